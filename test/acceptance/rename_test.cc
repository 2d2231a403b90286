// Renames that lead out of what is watched and into it.

#include <malloc.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <fstream>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/event_model.h"

namespace rn {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RN_SANITIZED 1
#endif
#endif
#ifdef RN_SANITIZED
constexpr bool kIsSanitized = true;  // memory is not what it seems
#else
constexpr bool kIsSanitized = false;
#endif

constexpr uint32_t kTreeMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

int Pass(const rn_event *, void *) { return 0; }

class Acceptance : public NotifierFixture {
 protected:
  void Sync() const { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  // Nothing is held for what may still come: all that was read was told.
  [[nodiscard]] bool NothingIsHeld() const {
    return WaitUntil([this] {
      const rn_statistics s = Statistics();
      return s.read + s.synthetic + s.copied ==
             s.delivered + s.filtered + s.coalesced + s.dropped;
    });
  }

  // Whether an event of a text is synthetic; fails without one.
  bool IsSynthetic(const std::string &text) const {
    for (const LoggedEvent &event : log_.Events())
      if (event.Text(dir_.path()) == text) return event.synthetic;
    ADD_FAILURE() << "no " << text << " in " << testing::PrintToString(Texts());
    return false;
  }
};

std::string HowToldName(const testing::TestParamInfo<unsigned> &info) {
  return info.param == 0 ? "InHalves" : "InOne";
}

// -- A file leaves ------------------------------------------------------------

class AcceptanceLeaving : public Acceptance,
                          public testing::WithParamInterface<unsigned> {};

// What comes in next is not taken for its other half.
TEST_P(AcceptanceLeaving, Case09AFileIsMovedOutOfTheTree) {
  Touch("f");
  outside_.Write("g", "");
  WatchAll(IN_ALL_EVENTS, RN_WATCH_RECURSIVE | GetParam());

  Move("f", outside_.Path("f"));
  Sync();

  EXPECT_EQ(Texts(), Strings{"MOVED_FROM f"});
  EXPECT_TRUE(NothingIsHeld());
  Move(outside_.Path("g"), "g");
  Sync();
  EXPECT_EQ(Texts(), (Strings{"MOVED_FROM f", "MOVED_TO g"}));
  EXPECT_TRUE(NothingIsHeld());
}

INSTANTIATE_TEST_SUITE_P(, AcceptanceLeaving,
                         testing::Values(0U, RN_WATCH_PAIR_MOVES), HowToldName);

// -- Memory -------------------------------------------------------------------

// Files and directories go out and in under new names, so nobody ever sees the
// other half.
class AcceptanceMemory : public Acceptance,
                         public testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override {
    handler_ = Sized<rn_handler>();
    handler_.on_default = Pass;
    options_.handler = &handler_;
    Touch("file0");
    MkDir("directory0");
    WatchAll(kTreeMask, RN_WATCH_RECURSIVE | GetParam());
  }

  void MoveAround(int count) {
    for (int i = 0; i < count; i++) {
      const char *kind = i % 2 == 0 ? "file" : "directory";
      int &number = i % 2 == 0 ? file_ : directory_;
      const std::string out = outside_.Path(kind);
      Move(kind + std::to_string(number), out);
      number++;
      Move(out, kind + std::to_string(number));
      if (i % 100 == 99) Sync();
    }
    Sync();
    EXPECT_TRUE(NothingIsHeld());
  }

  static int64_t Resident() {
    std::ifstream file("/proc/self/statm");
    int64_t all = 0;
    int64_t resident = 0;
    file >> all >> resident;
    return resident * sysconf(_SC_PAGESIZE);
  }
  static int64_t Allocated() {
    return static_cast<int64_t>(mallinfo2().uordblks);
  }

  rn_handler handler_;
  int file_ = 0;
  int directory_ = 0;
};

TEST_P(AcceptanceMemory, Case11IsFlatOverTenThousandRenamesOutAndIn) {
  MoveAround(2000);
  const int64_t resident = Resident();
  const int64_t allocated = Allocated();

  MoveAround(kIsSanitized ? 2000 : 10000);

  // 10 bytes a rename would be more than that.
  if (!kIsSanitized) {
    EXPECT_LT(Allocated() - allocated, 100000);
    EXPECT_LT(Resident() - resident, 1 << 20);
  }
  EXPECT_LE(Statistics().watches, 3U);  // a fence's may be among them
}

INSTANTIATE_TEST_SUITE_P(, AcceptanceMemory,
                         testing::Values(0U, RN_WATCH_PAIR_MOVES), HowToldName);

// -- Directories leave and come -----------------------------------------------

TEST_F(Acceptance, Case22ASubtreeIsMovedOutAndBack) {
  dir_.MkDir("a/b/c");
  WatchAll(kTreeMask, RN_WATCH_RECURSIVE);

  Move("a", outside_.Path("a"));
  Sync();
  EXPECT_TRUE(WatchesAgree());  // T alone
  outside_.Write("a/b/c/f", "");
  Sync();
  EXPECT_EQ(Texts(), Strings{"MOVED_FROM|ISDIR a"});

  Move(outside_.Path("a"), "back");
  Sync();
  EXPECT_TRUE(WatchesAgree());
  Touch("back/b/c/g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"MOVED_FROM|ISDIR a", "MOVED_TO|ISDIR back",
                              "CREATE|ISDIR back/b", "CREATE|ISDIR back/b/c",
                              "CREATE back/b/c/f", "CREATE back/b/c/g"}));
  EXPECT_TRUE(IsSynthetic("CREATE|ISDIR back/b"));
  EXPECT_TRUE(IsSynthetic("CREATE|ISDIR back/b/c"));
  EXPECT_TRUE(IsSynthetic("CREATE back/b/c/f"));
  EXPECT_FALSE(IsSynthetic("CREATE back/b/c/g"));
}

// All of it happens before the reader looks.
TEST_F(Acceptance, Case23TheSecondOfANameLeavesAndTheFirstStays) {
  MkDir("a");
  Make();
  ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
  Move("a", "b");
  MkDir("a");
  Move("a", outside_.Path("a"));
  outside_.Write("a/f", "");

  Start();
  Sync();
  outside_.Write("a/g", "");
  Touch("b/h");
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"MOVED_FROM|ISDIR a", "MOVED_TO|ISDIR b <- a",
                     "CREATE|ISDIR a", "MOVED_FROM|ISDIR a", "CREATE b/h"}));
}

TEST_F(Acceptance, Case24ADirectoryWithContentIsMovedIn) {
  outside_.MkDir("a/b/c");
  outside_.Write("a/f", "");
  outside_.Write("a/b/c/g", "");
  WatchAll(kTreeMask, RN_WATCH_RECURSIVE);

  Move(outside_.Path("a"), "a");
  Sync();
  EXPECT_TRUE(WatchesAgree());
  Touch("a/b/c/h");
  Drain();

  EXPECT_EQ(Texts().size(), 6U) << testing::PrintToString(Texts());
  EXPECT_FALSE(IsSynthetic("MOVED_TO|ISDIR a"));
  for (const char *text : {"CREATE|ISDIR a/b", "CREATE|ISDIR a/b/c",
                           "CREATE a/f", "CREATE a/b/c/g"})
    EXPECT_TRUE(IsSynthetic(text)) << text;
  EXPECT_FALSE(IsSynthetic("CREATE a/b/c/h"));
}

}  // namespace
}  // namespace rn
