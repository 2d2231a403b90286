// Events of the user's own, in both notifiers.

#include <errno.h>
#include <sys/inotify.h>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

constexpr uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVE;

// The engine before its start, as it is in the notifier without threads, and
// with a reader.
class Append : public NotifierFixture {
 protected:
  int AppendEvent(uint32_t mask, const char *name) {
    return rn_watch_manager_append_event(rn_thread_notifier_manager(notifier_),
                                         watch_, mask, name);
  }
};

TEST_F(Append, ComesBehindWhatWasReadAsASyntheticEvent) {
  WatchAll(kNames);
  Touch("a");
  ASSERT_TRUE(WaitFor("CREATE a"));

  EXPECT_EQ(AppendEvent(IN_DELETE, "made_up"), 0);
  EXPECT_EQ(AppendEvent(IN_CREATE | IN_ISDIR, "dir"), 0);
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"CREATE a", "DELETE made_up", "CREATE|ISDIR dir"}));
  EXPECT_FALSE(log_.Events()[0].synthetic);
  EXPECT_TRUE(log_.Events()[1].synthetic);
  EXPECT_EQ(log_.Events()[1].watch.wd, watch_.wd);
  EXPECT_GE(log_.Events()[1].time_ns, log_.Events()[0].time_ns);
  EXPECT_TRUE(log_.Events()[2].is_dir);
}

TEST_F(Append, WithoutANameIsAboutTheWatchItself) {
  WatchAll(IN_ATTRIB | IN_MODIFY);

  EXPECT_EQ(AppendEvent(IN_ATTRIB, ""), 0);
  EXPECT_EQ(AppendEvent(IN_MODIFY, nullptr), 0);
  Drain();

  EXPECT_EQ(Texts(), (Strings{"ATTRIB .", "MODIFY ."}));
}

TEST_F(Append, BeforeTheStartIsToldAfterIt) {
  Make();
  ASSERT_EQ(Add("", kNames), 0);
  EXPECT_EQ(AppendEvent(IN_CREATE, "early"), 0);
  Start();

  EXPECT_TRUE(WaitFor("CREATE early"));
}

TEST_F(Append, PassesTheMaskOrIsFiltered) {
  WatchAll(IN_CREATE);

  EXPECT_EQ(AppendEvent(IN_DELETE, "a"), 0);
  Drain();

  EXPECT_EQ(Texts(), Strings{});
}

TEST_F(Append, IsOnlyTold) {
  WatchAll(kNames, RN_WATCH_RECURSIVE | RN_WATCH_RECOVER);
  MkDir("d");
  ASSERT_TRUE(WaitFor("CREATE|ISDIR d"));

  EXPECT_EQ(AppendEvent(IN_DELETE | IN_ISDIR, "d"), 0);
  EXPECT_EQ(AppendEvent(IN_CREATE | IN_ISDIR, "none"), 0);
  Touch("d/f");

  EXPECT_TRUE(WaitFor("CREATE d/f"));
  EXPECT_TRUE(WatchesAgree());
}

TEST_F(Append, ComesBehindTheHalfOfARenameThatItIsAbout) {
  Touch("a");
  Make();
  rn_watch_options options = Watch(kNames | IN_OPEN, RN_WATCH_PAIR_MOVES);
  options.pair_wait_ms = 60000;
  ASSERT_EQ(AddPath(Path(""), options), 0);
  Start();
  Move("a", outside_.Path("a"));
  ASSERT_TRUE(WaitUntil([this] { return Statistics().read > 0; }));

  EXPECT_EQ(AppendEvent(IN_CREATE, "a"), 0);
  Drain();

  EXPECT_EQ(Texts(), (Strings{"MOVED_FROM a", "CREATE a"}));
}

TEST_F(Append, ReachesADirectoryBelow) {
  MkDir("d");
  WatchAll(kNames, RN_WATCH_RECURSIVE);
  Touch("d/f");
  ASSERT_TRUE(WaitFor("CREATE d/f"));
  watch_ = log_.Events()[0].watch;

  EXPECT_EQ(AppendEvent(IN_DELETE, "g"), 0);

  EXPECT_TRUE(WaitFor("DELETE d/g"));
}

TEST_F(Append, ReachesWhatIsAtAPersistentPath) {
  Make();
  ASSERT_EQ(Add("d", kNames, RN_WATCH_PERSISTENT), 0);
  Start();
  EXPECT_EQ(AppendEvent(IN_CREATE, "f"), -ENOENT);
  MkDir("d");
  ASSERT_TRUE(WaitFor("CREATE|ISDIR d"));

  EXPECT_EQ(AppendEvent(IN_CREATE, "f"), 0);

  EXPECT_TRUE(WaitFor("CREATE d/f"));
}

TEST_F(Append, WhatIsNoEventIsRefused) {
  WatchAll(kNames);

  for (const uint32_t mask :
       {0U, uint32_t{IN_ISDIR}, uint32_t{IN_CREATE | IN_DELETE},
        uint32_t{IN_IGNORED}, uint32_t{IN_Q_OVERFLOW}, uint32_t{IN_UNMOUNT},
        uint32_t{IN_CREATE} | IN_ONESHOT})
    EXPECT_EQ(AppendEvent(mask, "a"), -EINVAL) << mask;
  EXPECT_EQ(AppendEvent(IN_CREATE, "a/b"), -EINVAL);
  EXPECT_EQ(AppendEvent(IN_CREATE, std::string(4096, 'x').c_str()),
            -ENAMETOOLONG);
  EXPECT_EQ(AppendEvent(IN_CREATE, std::string(4095, 'x').c_str()), 0);
}

TEST_F(Append, WithoutAWatchIsRefused) {
  Touch("file");
  Make();
  ASSERT_EQ(Add("file", IN_ALL_EVENTS), 0);
  Start();
  EXPECT_EQ(AppendEvent(IN_CREATE, "a"), -ENOTDIR);
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);

  EXPECT_EQ(AppendEvent(IN_MODIFY, ""), -ENOENT);
  watch_.generation += 1000;
  EXPECT_EQ(AppendEvent(IN_MODIFY, ""), -ENOENT);
  Drain();
  EXPECT_EQ(AppendEvent(IN_MODIFY, ""), -ESHUTDOWN);
}

TEST_F(Append, FromAHandler) {
  WatchAll(kNames);
  log_.OnEvent([this](const rn_event *event) {
    if (rn_event_is_synthetic(event)) return;
    EXPECT_EQ(rn_watch_manager_append_event(
                  rn_thread_notifier_manager(notifier_), rn_event_watch(event),
                  IN_DELETE, "answer"),
              0);
  });
  Touch("a");

  EXPECT_TRUE(WaitFor("DELETE answer"));
}

}  // namespace
}  // namespace rn
