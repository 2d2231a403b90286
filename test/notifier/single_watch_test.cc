// The kinds of watches, driven by the caller: recursive, recovering,
// persistent, with renames in one event.

#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <atomic>
#include <cstring>
#include <fstream>

#include "test/notifier/single_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

constexpr uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVE;

class SingleWatch : public SingleFixture {
 protected:
  // The next read that brings records gives an overflow in their place.
  void LoseNextRead() {
    lose_ = true;
    kernel_.On(&KernelHooks::read, [this](int fd, void *buffer, size_t size) {
      const rn_sys *sys = kernel_.beneath();
      const ssize_t got = sys->read(sys, fd, buffer, size);
      if (got <= 0 || !lose_.exchange(false)) return got;
      const Bytes record = OverflowRecord();
      std::memcpy(buffer, record.data(), record.size());
      return static_cast<ssize_t>(record.size());
    });
  }

  std::atomic<bool> lose_{false};
};

TEST_F(SingleWatch, RecursiveTellsATreeThatComesAtOnce) {
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);

  dir_.MkDir("a/b/c");
  Touch("a/f");
  Touch("a/b/c/g");
  DispatchAll();
  Touch("a/b/c/late");
  DispatchAll();

  EXPECT_EQ(Texts().size(), 6U);
  for (const char *text :
       {"CREATE|ISDIR a", "CREATE|ISDIR a/b", "CREATE|ISDIR a/b/c",
        "CREATE a/f", "CREATE a/b/c/g", "CREATE a/b/c/late"})
    EXPECT_TRUE(Has(text)) << text;
  EXPECT_EQ(WatchedInodes(), LiveDirectories(dir_.path()));
}

TEST_F(SingleWatch, RecursiveListsAWideTreeInSeveralCalls) {
  outside_.MkDir("tree");
  for (int i = 0; i < 1000; i++) outside_.MkDir("tree/d" + std::to_string(i));
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);

  Move(outside_.Path("tree"), "tree");
  ASSERT_GE(rn_notifier_read_events(notifier_), 1);
  EXPECT_LT(WatchedInodes().size(), 1002U);
  EXPECT_TRUE(IsReadable());
  DispatchAll();

  EXPECT_EQ(WatchedInodes(), LiveDirectories(dir_.path()));
}

TEST_F(SingleWatch, AddingATreeReadsOn) {
  WatchAll(IN_CREATE);
  DispatchAll();
  for (int i = 0; i < 40; i++) outside_.MkDir("d" + std::to_string(i));
  std::atomic<int> listings{0};
  kernel_.On(&KernelHooks::dir_read, [&](int fd, void *buffer, size_t size) {
    if (listings++ == 0) Touch("meanwhile");
    const rn_sys *sys = kernel_.beneath();
    return sys->dir_read(sys, fd, buffer, size);
  });

  ASSERT_EQ(Add(outside_.path(), IN_CREATE, RN_WATCH_RECURSIVE), 0);

  EXPECT_GE(Statistics().read, 1U);
  EXPECT_TRUE(IsReadable());
  EXPECT_GE(rn_notifier_process_events(notifier_), 1);
  EXPECT_EQ(Texts(), Strings{"CREATE meanwhile"});
}

TEST_F(SingleWatch, OverflowIsTold) {
  WatchAll(kNames);
  DispatchAll();
  LoseNextRead();

  Touch("lost");
  DispatchAll();
  Touch("a");
  DispatchAll();

  EXPECT_EQ(Texts(), (Strings{"OVERFLOW kernel", "CREATE a"}));
}

TEST_F(SingleWatch, LossesAreRepaired) {
  MkDir("d");
  Touch("d/old");
  WatchAll(kNames, RN_WATCH_RECURSIVE | RN_WATCH_RECOVER);
  DispatchAll();
  LoseNextRead();

  Touch("d/new");
  Unlink("d/old");
  EXPECT_TRUE(DispatchUntil("RESCAN"));

  EXPECT_TRUE(Has("CREATE d/new"));
  EXPECT_TRUE(Has("DELETE d/old"));
  EXPECT_EQ(Statistics().rescans, 1U);
}

TEST_F(SingleWatch, SecondRescanComesByTime) {
  WatchAll(kNames, RN_WATCH_RECURSIVE | RN_WATCH_RECOVER);
  DispatchAll();
  for (int i = 0; i < 3; i++) {
    LoseNextRead();
    const std::string name = "f" + std::to_string(i);
    Touch(name);
    EXPECT_TRUE(DispatchUntil("CREATE " + name));
  }
}

TEST_F(SingleWatch, RenameIsToldInOneEvent) {
  Touch("a");
  Touch("b");
  WatchAll(kNames, RN_WATCH_PAIR_MOVES);

  Move("a", "c");
  Move("b", outside_.Path("b"));
  DispatchAll();

  EXPECT_EQ(Texts(), (Strings{"MOVED_FROM|MOVED_TO c <- a", "MOVED_FROM b"}));
}

TEST_F(SingleWatch, HalfOfARenameIsToldWhenItsTimeIsOver) {
  Touch("a");
  Make();
  rn_watch_options options = Sized<rn_watch_options>();
  options.mask = IN_MOVE | IN_OPEN;  // so the directory is not looked at
  options.flags = RN_WATCH_PAIR_MOVES;
  options.pair_wait_ms = 20;
  ASSERT_EQ(AddWith("", options), 0);
  DispatchAll();

  Move("a", outside_.Path("a"));
  DispatchAll();

  EXPECT_TRUE(DispatchUntil("MOVED_FROM a"));
  EXPECT_FALSE(IsReadable());
}

TEST_F(SingleWatch, PersistentFollowsItsPath) {
  Make();
  ASSERT_EQ(Add("d", IN_CREATE, RN_WATCH_PERSISTENT), 0);

  MkDir("d");
  DispatchAll();
  Touch("d/f");
  DispatchAll();
  Move("d", "old");
  DispatchAll();
  MkDir("d");
  DispatchAll();

  EXPECT_EQ(Texts(), (Strings{"CREATE|ISDIR d", "CREATE d/f", "IGNORED d",
                              "CREATE|ISDIR d"}));
}

}  // namespace
}  // namespace rn
