// Entries that are told when they have been quiet for a while, on the real
// kernel; the clock stands still unless a test lets time pass.

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr uint32_t kWindowMs = 100;
constexpr int kLookMs = 2;  // how often the reader looks whether time passed

class Settling : public NotifierFixture {
 protected:
  void SetUp() override {
    const rn_sys *sys = kernel_.beneath();
    kernel_.On(&KernelHooks::monotonic_ns,
               [this] { return now_ms_ * int64_t{1000000}; });
    kernel_.On(&KernelHooks::poll, [this, sys](pollfd *fds, size_t count,
                                               int timeout_ms) {
      asked_ms_ = timeout_ms;
      const int most = timeout_ms < 0 ? kLookMs : std::min(timeout_ms, kLookMs);
      return sys->poll(sys, fds, count, most);
    });
  }

  static rn_watch_options SettleOptions(uint32_t mask, unsigned flags = 0) {
    rn_watch_options options = Watch(mask, flags);
    options.settle_ms = kWindowMs;
    return options;
  }

  // Watch a path below dir_ with a window.
  int AddSettling(const std::string &name, const rn_watch_options &options) {
    if (notifier_ == nullptr) Make(kernel_.sys());
    return AddPath(Path(name), options);
  }

  // Watch dir_, or a path in it, and start.
  void Begin(uint32_t mask, unsigned flags = RN_WATCH_RECURSIVE,
             const std::string &name = "") {
    ASSERT_EQ(AddSettling(name, SettleOptions(mask, flags)), 0);
    Start();
  }

  // All that was done is read, and counts from now.
  void Sync() { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  // Let time pass, and what is due by then be told.
  void Pass(int ms) {
    now_ms_ += ms;
    const uint64_t before = kernel_.Count(Call::kPoll);
    ASSERT_TRUE(
        WaitUntil([&] { return kernel_.Count(Call::kPoll) >= before + 3; }));
    Sync();
  }

  // Have the reader take in a record; its turn is over then.
  void TakeIn(const Bytes &record) {
    const uint64_t before = Statistics().read;
    kernel_.QueueRead(record);
    ASSERT_TRUE(WaitUntil([&] { return Statistics().read > before; }));
  }

  // Texts of the events that say that something has settled.
  Strings Settled() const {
    Strings settled;
    for (const LoggedEvent &event : log_.Events())
      if (event.kind == RN_EVENT_SETTLED)
        settled.push_back(event.Text(dir_.path()));
    std::sort(settled.begin(), settled.end());
    return settled;
  }

  void Append(const std::string &name) const {
    const int fd = open(Path(name).c_str(), O_WRONLY | O_APPEND);
    ASSERT_EQ(write(fd, "x", 1), 1);
    close(fd);
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<int64_t> now_ms_{1000};
  std::atomic<int> asked_ms_{0};
};

// -- When ---------------------------------------------------------------------

TEST_F(Settling, TakesTheWindowAndNoMore) {
  Begin(IN_CREATE);
  Touch("f");
  Sync();
  EXPECT_TRUE(WaitUntil([&] { return asked_ms_ == kWindowMs; }));

  Pass(kWindowMs - 1);
  EXPECT_EQ(Settled(), Strings{});
  EXPECT_TRUE(WaitUntil([&] { return asked_ms_ == 1; }));

  Pass(1);
  EXPECT_EQ(Settled(), Strings{"SETTLED f"});
  Pass(10 * kWindowMs);
  EXPECT_EQ(Settled(), Strings{"SETTLED f"});
  EXPECT_TRUE(WaitUntil([&] { return asked_ms_ == -1; }));
}

TEST_F(Settling, BeginsAnewWithEachChange) {
  Begin(IN_DELETE);
  Touch("f");
  Sync();
  for (int i = 0; i < 3; i++) {
    Pass(60);
    Append("f");
    Sync();
  }
  Pass(kWindowMs - 1);
  EXPECT_EQ(Settled(), Strings{});

  Pass(1);
  EXPECT_EQ(Settled(), Strings{"SETTLED f"});
}

TEST_F(Settling, IsToldAgainAfterTheNextChange) {
  Touch("f");
  Begin(IN_DELETE);
  for (int i = 0; i < 2; i++) {
    ASSERT_EQ(chmod(Path("f").c_str(), 0600), 0);
    Sync();
    Pass(kWindowMs);
  }
  EXPECT_EQ(Settled(), (Strings{"SETTLED f", "SETTLED f"}));
}

TEST_F(Settling, IsNotToldOfWhatWasThere) {
  dir_.MkDir("d");
  Touch("f");
  Touch("d/f");
  Begin(IN_ALL_EVENTS);
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{});
}

// Nothing happened to the entry.
TEST_F(Settling, IsNotMovedByWhatIsAppended) {
  Begin(IN_CREATE);
  Touch("f");
  Sync();
  rn_watch_manager *manager = rn_thread_notifier_manager(notifier_);
  for (const auto &[mask, name] :
       {std::pair{IN_DELETE, "f"}, std::pair{IN_CREATE, "g"},
        std::pair{IN_MODIFY, "g"}})
    ASSERT_EQ(rn_watch_manager_append_event(manager, watch_, mask, name), 0);
  Pass(kWindowMs);

  EXPECT_EQ(Settled(), Strings{"SETTLED f"});
}

// The clock goes on while more is queued than one read brings: what is read
// last says that the file was written meanwhile.  A read is the last one if a
// record with the longest name would have fitted in.
class SettlingBehind : public Settling,
                       public testing::WithParamInterface<size_t> {};

INSTANTIATE_TEST_SUITE_P(RoomLeft, SettlingBehind,
                         testing::Values(0, 1000, 4000));

TEST_P(SettlingBehind, WaitsForAllThatIsQueued) {
  options_.read_size = 8192;
  ASSERT_EQ(AddSettling("", SettleOptions(IN_MODIFY)), 0);
  const int wd = kernel_.WdOf(dir_.path());
  const Bytes modified = Record(wd, IN_MODIFY, 0, "f");
  Bytes full;
  while (full.size() + modified.size() <= options_.read_size - GetParam())
    full += Record(wd, IN_ACCESS, 0, "g");
  kernel_.QueueRead(modified + full.substr(modified.size()));
  for (int i = 0; i < 20; i++) kernel_.QueueRead(full);
  kernel_.QueueRead(modified);
  kernel_.On(&KernelHooks::monotonic_ns,
             [this] { return (now_ms_ += 30) * int64_t{1000000}; });
  Start();

  EXPECT_TRUE(WaitFor("SETTLED f"));
  EXPECT_EQ(Texts(), (Strings{"MODIFY f", "MODIFY f", "SETTLED f"}));
}

TEST_F(Settling, DoesNotHeedAClockThatIsSet) {
  Begin(IN_CREATE);
  Touch("f");
  Sync();
  kernel_.On(&KernelHooks::time_ns, [] { return int64_t{1}; });
  Pass(kWindowMs - 1);
  kernel_.On(&KernelHooks::time_ns, [] { return int64_t{1} << 62; });
  Pass(0);
  EXPECT_EQ(Settled(), Strings{});

  Pass(1);
  EXPECT_EQ(Settled(), Strings{"SETTLED f"});
}

// -- What it says -------------------------------------------------------------

TEST_F(Settling, HasAnEventOfItsOwn) {
  dir_.MkDir("d");
  Begin(IN_DELETE);
  MkDir("d/e");
  Sync();
  Pass(kWindowMs);

  ASSERT_EQ(log_.Count(), 1U);
  const LoggedEvent event = log_.Events()[0];
  EXPECT_EQ(event.kind, RN_EVENT_SETTLED);
  EXPECT_EQ(event.mask, 0U);
  EXPECT_EQ(event.cookie, 0U);
  EXPECT_EQ(event.name, "e");
  EXPECT_EQ(event.directory, Path("d"));
  EXPECT_EQ(event.path, Path("d/e"));
  EXPECT_TRUE(event.is_dir);
  EXPECT_TRUE(event.synthetic);
  EXPECT_FALSE(event.has_src);
  EXPECT_GE(Statistics().filtered, 1U);
  EXPECT_EQ(Statistics().synthetic, 1U);
}

TEST_F(Settling, HasACallbackOfItsOwn) {
  std::atomic<int> calls{0};
  rn_handler handler = Sized<rn_handler>();
  handler.context = &calls;
  handler.on_settled = [](const rn_event *, void *context) {
    ++*static_cast<std::atomic<int> *>(context);
    return 0;
  };
  rn_watch_options options = SettleOptions(IN_CREATE);
  options.handler = &handler;
  ASSERT_EQ(AddSettling("", options), 0);
  Start();
  Touch("f");
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(calls, 1);
}

TEST_F(Settling, IsOfTheWatchedFileToo) {
  Touch("f");
  Begin(IN_OPEN, 0, "f");
  Append("f");
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{"SETTLED f"});
}

// A directory is told of by the one above it and by itself; the one that was
// added only by itself.
TEST_F(Settling, IsToldOnceOfADirectory) {
  dir_.MkDir("d");
  Begin(IN_DELETE);
  ASSERT_EQ(chmod(Path("d").c_str(), 0700), 0);
  ASSERT_EQ(chmod(dir_.path().c_str(), 0700), 0);
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), (Strings{"SETTLED .", "SETTLED d"}));
}

TEST_F(Settling, FollowsTheGlobs) {
  dir_.MkDir("d");
  const char *exclude[] = {"*.tmp", nullptr};
  const char *include[] = {"*.c", nullptr};
  rn_watch_options options = SettleOptions(IN_CREATE, RN_WATCH_RECURSIVE);
  options.exclude = exclude;
  options.include = include;
  ASSERT_EQ(AddSettling("", options), 0);
  Start();
  for (const char *name : {"d/a.c", "d/b.tmp", "d/c.h"}) Touch(name);
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{"SETTLED d/a.c"});
  EXPECT_EQ(Statistics().synthetic, 1U);  // the others do not wait
}

TEST_F(Settling, FollowsTheGlobsUnderItsNewPath) {
  dir_.MkDir("d");
  const std::string glob = Path("e/*");
  const char *exclude[] = {glob.c_str(), nullptr};
  rn_watch_options options = SettleOptions(IN_CREATE, RN_WATCH_RECURSIVE);
  options.exclude = exclude;
  ASSERT_EQ(AddSettling("", options), 0);
  Start();
  Touch("d/f");
  Sync();
  Move("d", "e");
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{"SETTLED e"});
}

TEST_F(Settling, IsToldOfWhatANewDirectoryHolds) {
  Begin(IN_DELETE);
  dir_.MkDir("a/b");
  Touch("a/b/f");
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), (Strings{"SETTLED a", "SETTLED a/b", "SETTLED a/b/f"}));
}

// -- Departures and renames ---------------------------------------------------

TEST_F(Settling, EndsWithTheEntry) {
  dir_.MkDir("d");
  Begin(IN_CREATE);
  for (const char *name : {"f", "d/f", "g"}) Touch(name);
  Sync();
  Remove("f");
  Remove("d/f");
  RmDir("d");
  Move("g", outside_.Path("g"));
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{});
}

TEST_F(Settling, GoesAlongWithARename) {
  for (const unsigned flags : {0U, unsigned{RN_WATCH_PAIR_MOVES}}) {
    const std::string name = flags == 0 ? "alone" : "paired";
    dir_.MkDir(name);
    ASSERT_EQ(AddSettling(name, SettleOptions(IN_MOVE, flags)), 0);
  }
  Start();
  for (const std::string name : {"alone", "paired"}) {
    Touch(name + "/f");
    Sync();
    Pass(50);
    Move(name + "/f", name + "/g");
    Sync();
    Pass(50);
  }
  EXPECT_EQ(Settled(), Strings{"SETTLED alone/g"});
  Pass(50);
  EXPECT_EQ(Settled(), (Strings{"SETTLED alone/g", "SETTLED paired/g"}));
}

TEST_F(Settling, GoesAlongWithTheDirectoryAbove) {
  dir_.MkDir("d/e");
  Begin(IN_DELETE);
  Touch("d/e/f");
  Sync();
  Pass(50);
  Move("d", "g");
  Sync();
  Pass(50);
  EXPECT_EQ(Settled(), Strings{"SETTLED g/e/f"});
  Pass(50);
  EXPECT_EQ(Settled(), (Strings{"SETTLED g", "SETTLED g/e/f"}));
}

TEST_F(Settling, EndsWhereTheDirectoryAboveLeaves) {
  dir_.MkDir("d/e");
  Begin(IN_DELETE);
  Touch("d/e/f");
  Sync();
  Move("d", outside_.Path("d"));
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{});
}

// A rename of which the second half is not read yet.
TEST_F(Settling, WaitsForTheOtherHalfOfARename) {
  dir_.MkDir("d");
  Begin(IN_CREATE);
  Touch("d/f");
  Sync();
  const int wd = kernel_.WdOf(dir_.path());
  TakeIn(Record(wd, IN_MOVED_FROM | IN_ISDIR, 7, "d"));
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{});

  TakeIn(Record(wd, IN_MOVED_TO | IN_ISDIR, 7, "e"));
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), (Strings{"SETTLED e", "SETTLED e/f"}));
}

// -- Ends and bounds ----------------------------------------------------------

TEST_F(Settling, IsToldEarlyByAStopThatDrains) {
  Begin(IN_DELETE);
  Touch("f");
  Sync();
  Touch("g");
  Drain();
  EXPECT_EQ(Settled(), (Strings{"SETTLED f", "SETTLED g"}));
}

TEST_F(Settling, IsForgottenByAStopThatDiscards) {
  Begin(IN_DELETE);
  Touch("f");
  Sync();
  ASSERT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD), 0);
  EXPECT_EQ(Settled(), Strings{});
  EXPECT_EQ(Statistics().synthetic, 0U);
}

TEST_F(Settling, IsForgottenWithTheWatch) {
  Begin(IN_DELETE);
  const rn_watch first = watch_;
  dir_.MkDir("d");
  ASSERT_EQ(AddSettling("d", SettleOptions(IN_DELETE)), 0);
  Touch("d/f");
  Sync();
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), first), 0);
  Sync();
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{"SETTLED d/f"});
}

TEST_F(Settling, LetsTheReaderSleepWhenTheWatchHasEnded) {
  Begin(IN_DELETE);
  Touch("f");
  EXPECT_TRUE(WaitUntil([&] { return asked_ms_ == kWindowMs; }));
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);
  EXPECT_TRUE(WaitUntil([&] { return asked_ms_ == -1; }));
}

TEST_F(Settling, GoesOnBehindAnOverflow) {
  Begin(IN_DELETE);
  Touch("f");
  Sync();
  kernel_.QueueRead(OverflowRecord());
  ASSERT_TRUE(WaitFor("OVERFLOW kernel"));
  Pass(kWindowMs);
  EXPECT_EQ(Settled(), Strings{"SETTLED f"});
}

TEST_F(Settling, IsToldEarlyWhereTooManyWait) {
  constexpr int kMost = 65536;
  ASSERT_EQ(AddSettling("", SettleOptions(IN_CREATE)), 0);
  const int wd = kernel_.WdOf(dir_.path());
  for (int i = 0; i <= kMost + 1;) {
    Bytes records;
    for (; i <= kMost + 1 && records.size() < 60000; i++)
      records += Record(wd, IN_ATTRIB, 0, std::to_string(i));
    kernel_.QueueRead(records);
  }
  Start();
  ASSERT_TRUE(WaitUntil([&] { return log_.Count() >= 2; }));
  Sync();
  EXPECT_EQ(Texts(), (Strings{"SETTLED 0", "SETTLED 1"}));

  Drain();
  EXPECT_EQ(log_.Count(), kMost + 2U);
}

}  // namespace
}  // namespace rn
