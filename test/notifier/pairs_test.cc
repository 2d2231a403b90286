// Renames that are told in one event, on the real kernel: what waits, for how
// long, and what does not.

#include <errno.h>
#include <sys/inotify.h>

#include <atomic>
#include <random>
#include <thread>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/event_model.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr uint32_t kTreeMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr uint32_t kMinute = 60000;

class Pairs : public NotifierFixture {
 protected:
  // Watch all; half a rename waits for a minute, if nothing else ends it.
  void WatchInOne(uint32_t mask, uint32_t wait_ms = kMinute) {
    if (notifier_ == nullptr) Make();
    rn_watch_options options =
        Watch(mask, RN_WATCH_RECURSIVE | RN_WATCH_PAIR_MOVES);
    options.pair_wait_ms = wait_ms;
    ASSERT_EQ(AddPath(dir_.path(), options), 0);
  }

  // The same, where the library does not look at the directory.
  void LeaveOnlyTheTime(uint32_t wait_ms = kMinute) {
    WatchInOne(kTreeMask | IN_OPEN, wait_ms);
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

TEST_F(Pairs, AreCountedAsCoalesced) {
  Touch("f");
  WatchInOne(kTreeMask);
  Move("f", "g");
  Start();

  Drain();

  EXPECT_EQ(Texts(), Strings{"MOVED_FROM|MOVED_TO g <- f"});
  EXPECT_EQ(Statistics().coalesced, 1U);
  EXPECT_EQ(Statistics().delivered, 1U);
}

TEST_F(Pairs, CallTheCallbackOfAWholeRename) {
  static std::atomic<int> calls{0};
  calls = 0;
  rn_handler handler = Sized<rn_handler>();
  handler.on_moved = [](const rn_event *event, void *) {
    calls += rn_event_src_path(event, nullptr) != nullptr;
    return 0;
  };
  options_.handler = &handler;
  Touch("f");
  WatchInOne(kTreeMask);
  Move("f", "g");
  Start();

  Drain();

  EXPECT_EQ(calls, 1);
}

// -- Out of the tree ----------------------------------------------------------

TEST_F(Pairs, WaitNoLongerThanAFence) {
  Touch("f");
  dir_.MkDir("d/e");
  Touch("d/e/g");
  WatchInOne(kTreeMask);
  Start();

  Move("f", outside_.Path("f"));
  Move("d/e/g", outside_.Path("g"));
  Move("d", outside_.Path("d"));

  EXPECT_TRUE(WaitFor("MOVED_FROM f"));
  EXPECT_TRUE(WaitFor("MOVED_FROM d/e/g"));
  EXPECT_TRUE(WaitFor("MOVED_FROM|ISDIR d"));
  EXPECT_EQ(Statistics().coalesced, 0U);
}

TEST_F(Pairs, HoldUpNothingElse) {
  Touch("f");
  LeaveOnlyTheTime();
  Start();

  Move("f", outside_.Path("f"));
  Touch("g");
  ASSERT_TRUE(WaitFor("CREATE g"));
  EXPECT_FALSE(Has("MOVED_FROM f"));

  Touch("f");
  Drain();
  EXPECT_EQ(Texts(), (Strings{"CREATE g", "OPEN g", "MOVED_FROM f", "CREATE f",
                              "OPEN f"}));
}

TEST_F(Pairs, AreToldWhenTheStopDrains) {
  Touch("f");
  Touch("g");
  LeaveOnlyTheTime();
  Start();
  Move("f", outside_.Path("f"));
  MkDir("read");
  ASSERT_TRUE(WaitFor("CREATE|ISDIR read"));
  Move("g", "h");

  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE|ISDIR read", "MOVED_FROM|MOVED_TO h <- g",
                              "MOVED_FROM f"}));
}

TEST_F(Pairs, AreToldBeforeTheReadersFailure) {
  Touch("f");
  Make(kernel_.sys());
  LeaveOnlyTheTime();
  Start();
  Move("f", outside_.Path("f"));
  MkDir("read");
  ASSERT_TRUE(WaitFor("CREATE|ISDIR read"));

  kernel_.QueueReadError(-EIO);

  ASSERT_TRUE(WaitUntil([&] { return log_.Count() == 3; }));
  EXPECT_EQ(Texts()[1], "MOVED_FROM f");
  EXPECT_EQ(log_.Events()[2].kind, RN_EVENT_ERROR);
}

// -- Time ---------------------------------------------------------------------

// The reader sleeps for as long as is left; the clock goes on when it does.
TEST_F(Pairs, AreToldWhenTheirTimeIsOver) {
  const rn_sys *sys = kernel_.beneath();
  std::atomic<int64_t> slept_ms{0};
  std::atomic<int> longest_ms{0};
  kernel_.On(&KernelHooks::monotonic_ns,
             [&] { return (1000 + slept_ms) * int64_t{1000000}; });
  kernel_.On(&KernelHooks::poll,
             [&](pollfd *fds, size_t count, int timeout_ms) {
               if (timeout_ms > longest_ms) longest_ms = timeout_ms;
               const int ready =
                   sys->poll(sys, fds, count, timeout_ms > 0 ? 0 : timeout_ms);
               if (ready == 0) slept_ms += timeout_ms;
               return ready;
             });
  Touch("f");
  Make(kernel_.sys());
  LeaveOnlyTheTime(700);
  Start();

  Move("f", outside_.Path("f"));

  EXPECT_TRUE(WaitFor("MOVED_FROM f"));
  EXPECT_EQ(longest_ms, 700);
  Finish();
}

// -- Many ---------------------------------------------------------------------

// Renames at random, of files and directories, within the tree, out and back.
class Mover {
 public:
  Mover(const std::string &inside, const std::string &outside, int number)
      : places_{inside + "/a/", inside + "/b/", inside + "/a/sub/",
                outside + "/"},
        names_{"f" + std::to_string(number), "d" + std::to_string(number)},
        random_(static_cast<unsigned>(number)) {}

  void Run(int count) {
    for (int i = 0; i < count; i++) {
      const std::string from = OneOf(places_) + OneOf(names_);
      const std::string to = OneOf(places_) + OneOf(names_);
      (void)rename(from.c_str(), to.c_str());
    }
  }

 private:
  const std::string &OneOf(const Strings &list) {
    return list[random_() % list.size()];
  }

  const Strings places_;
  const Strings names_;
  std::mt19937 random_;
};

TEST_F(Pairs, LeadToWhatIsOnTheDisk) {
  constexpr int kMovers = 3;
  dir_.MkDir("a/sub");
  dir_.MkDir("b");
  for (int i = 0; i < kMovers; i++) {
    Touch("a/f" + std::to_string(i));
    dir_.MkDir("b/d" + std::to_string(i) + "/below");
  }
  const Entries before = EntriesOnDisk(dir_.path());
  WatchInOne(kTreeMask);
  Start();

  std::vector<std::thread> threads;
  for (int i = 0; i < kMovers; i++)
    threads.emplace_back(
        [&, i] { Mover(dir_.path(), outside_.path(), i).Run(2000); });
  for (std::thread &thread : threads) thread.join();
  EXPECT_TRUE(WatchesAgree());
  Drain();

  EventModel model(dir_.path(), before);
  for (const LoggedEvent &event : log_.Events()) model.Apply(event);
  EXPECT_EQ(model.entries(), EntriesOnDisk(dir_.path()));
  EXPECT_EQ(model.faults(), Strings{});
  EXPECT_GT(Statistics().coalesced, 0U);
}

}  // namespace
}  // namespace rn
