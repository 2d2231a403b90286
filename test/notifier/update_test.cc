// Watches that are changed: mask, handler, recursion.

#include <sys/inotify.h>
#include <unistd.h>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

class Update : public NotifierFixture {
 protected:
  int Change(const rn_watch_update &update) {
    return rn_watch_manager_update(rn_thread_notifier_manager(notifier_),
                                   watch_, &update);
  }

  int Switch(unsigned set, unsigned clear) {
    rn_watch_update update = Sized<rn_watch_update>();
    update.set_flags = set;
    update.clear_flags = clear;
    return Change(update);
  }

  int SetHandler(const rn_handler *handler) {
    rn_watch_update update = Sized<rn_watch_update>();
    update.set_handler = true;
    update.handler = handler;
    return Change(update);
  }

  void Sync() { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  EventLog other_;
};

TEST_F(Update, ChangesTheMaskOfWhatComesLater) {
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  ASSERT_EQ(SetMask(notifier_, watch_, IN_DELETE), 0);
  MkDir("d");
  Sync();  // what comes and goes before it is watched is not told
  Touch("d/f");
  Remove("d/f");
  Sync();
  EXPECT_EQ(Texts(), Strings{"DELETE d/f"});
}

TEST_F(Update, FollowsADirectoryThatWasRenamed) {
  MkDir("d");
  Make();
  ASSERT_EQ(Add("d", IN_CREATE), 0);
  Start();
  Move("d", "e");
  MkDir("d");
  ASSERT_EQ(SetMask(notifier_, watch_, IN_CREATE | IN_OPEN), -ESTALE)
      << "what is there now is another";
  Touch("e/f");
  ASSERT_TRUE(WaitFor("CREATE d/f"));
}

TEST_F(Update, HandsOverToAnotherHandler) {
  const rn_handler handler = other_.Handler();
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  MkDir("before");
  Sync();
  ASSERT_EQ(SetHandler(&handler), 0);
  Touch("before/f");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE|ISDIR before"});
  EXPECT_EQ(other_.Texts(dir_.path()), Strings{"CREATE before/f"});

  ASSERT_EQ(SetHandler(nullptr), 0);
  Touch("g");
  Sync();
  EXPECT_TRUE(Has("CREATE g"));
  EXPECT_EQ(other_.Released(), 1);
}

// The one before may have events that wait: it is released behind them.
TEST_F(Update, ReleasesAHandlerBehindItsLastEvent) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE, 0, &other_), 0);
  other_.Hold();
  Start();
  Touch("a");
  ASSERT_TRUE(WaitUntil([&] { return other_.Held() == 1; }));
  Touch("b");
  ASSERT_TRUE(WaitUntil([&] { return Statistics().read == 2; }));
  ASSERT_EQ(SetHandler(nullptr), 0);
  Touch("c");
  EXPECT_EQ(other_.Released(), 0);
  other_.Let();
  Sync();
  EXPECT_EQ(other_.Texts(dir_.path()).back(), "CREATE b");
  EXPECT_EQ(other_.Released(), 1);
  EXPECT_EQ(Texts(), Strings{"CREATE c"});
}

TEST_F(Update, FromAHandler) {
  const rn_handler handler = other_.Handler();
  int result = -1;
  log_.OnEvent([&](const rn_event *) { result = SetHandler(&handler); });
  WatchAll(IN_CREATE);
  Touch("a");
  ASSERT_TRUE(WaitUntil([&] { return log_.Count() == 1; }));
  Touch("b");
  ASSERT_TRUE(WaitUntil([&] { return other_.Has(dir_.path(), "CREATE b"); }));
  EXPECT_EQ(result, 0);
}

// They belong to the addition.
TEST_F(Update, RefusesModifiersOfAMask) {
  WatchAll(IN_CREATE);
  for (const uint32_t modifier :
       {uint32_t{IN_ONLYDIR}, uint32_t{IN_DONT_FOLLOW},
        uint32_t{IN_EXCL_UNLINK}, IN_ONESHOT * uint32_t{1},
        uint32_t{IN_MASK_CREATE}})
    EXPECT_EQ(SetMask(notifier_, watch_, IN_OPEN | modifier), -EINVAL)
        << modifier;
}

TEST_F(Update, RefusesAHandlerWithoutASize) {
  WatchAll(IN_CREATE);
  const rn_handler none = {};
  EXPECT_EQ(SetHandler(&none), -EINVAL);
}

TEST_F(Update, WatchesWhatIsBelow) {
  MkDir("a");
  MkDir("a/b");
  WatchAll(IN_CREATE);
  Touch("a/unseen");
  ASSERT_EQ(Switch(RN_WATCH_RECURSIVE, 0), 0);
  Touch("a/b/f");
  MkDir("c");
  Touch("c/f");
  Sync();
  EXPECT_EQ(Texts(), (Strings{"CREATE a/b/f", "CREATE|ISDIR c", "CREATE c/f"}));
  EXPECT_TRUE(WatchesAgree());
}

TEST_F(Update, LeavesWhatIsBelow) {
  MkDir("a");
  MkDir("a/b");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  ASSERT_EQ(Switch(0, RN_WATCH_RECURSIVE), 0);
  Touch("a/f");
  Touch("f");
  MkDir("c");
  Touch("c/f");
  Sync();
  EXPECT_EQ(Texts(), (Strings{"CREATE f", "CREATE|ISDIR c"}));
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 1; }));
}

TEST_F(Update, KeepsToTheDirectoriesThatAreThere) {
  MkDir("a");
  MkDir("a/b");
  WatchAll(IN_CREATE | IN_MOVE, RN_WATCH_RECURSIVE | RN_WATCH_FIXED);
  MkDir("new");
  Touch("new/f");
  Touch("a/b/f");
  Move("a/b", "c");
  Touch("c/g");
  Sync();
  EXPECT_EQ(Texts(),
            (Strings{"CREATE|ISDIR new", "CREATE a/b/f", "MOVED_FROM|ISDIR a/b",
                     "MOVED_TO|ISDIR c <- a/b", "CREATE c/g"}));
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 3; }));

  ASSERT_EQ(Switch(0, RN_WATCH_FIXED), 0);
  Touch("new/g");
  MkDir("d");
  Touch("d/f");
  Sync();
  EXPECT_TRUE(Has("CREATE new/g"));
  EXPECT_TRUE(Has("CREATE d/f"));
  EXPECT_FALSE(Has("CREATE new/f"));
  EXPECT_TRUE(WatchesAgree());

  ASSERT_EQ(Switch(RN_WATCH_FIXED, 0), 0);
  MkDir("e");
  Touch("e/f");
  Sync();
  EXPECT_TRUE(Has("CREATE|ISDIR e"));
  EXPECT_FALSE(Has("CREATE e/f"));
}

TEST_F(Update, RefusesWhatAWatchCannotBe) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE | RN_WATCH_RECOVER), 0);
  EXPECT_EQ(Switch(0, RN_WATCH_RECURSIVE), -EOPNOTSUPP);
  EXPECT_EQ(Switch(RN_WATCH_FIXED, 0), -EOPNOTSUPP);
  EXPECT_EQ(Switch(RN_WATCH_RECOVER, 0), -EINVAL);
  EXPECT_EQ(Switch(RN_WATCH_RECURSIVE, RN_WATCH_RECURSIVE), -EINVAL);
  EXPECT_EQ(Switch(RN_WATCH_RECURSIVE, 0), 0) << "it is so";
  EXPECT_EQ(Add("", IN_CREATE, RN_WATCH_FIXED | RN_WATCH_RECOVER), -EINVAL);
  rn_watch_update none = {};
  EXPECT_EQ(Change(none), -EINVAL) << "size";
}

TEST_F(Update, RefusesADirectoryBelow) {
  MkDir("a");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  Touch("a/f");
  ASSERT_TRUE(WaitFor("CREATE a/f"));
  const rn_watch below = log_.Events().back().watch;
  EXPECT_EQ(SetMask(notifier_, below, IN_CREATE), -EOPNOTSUPP);
  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), below),
      -EOPNOTSUPP);
}

}  // namespace
}  // namespace rn
