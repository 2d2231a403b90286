// P9: on_release is called exactly once, after the last event: what the context
// points to may be freed in it.

#include <sys/inotify.h>

#include <atomic>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

class Release : public NotifierFixture {
 protected:
  Strings OwnTexts() const { return own_.Texts(dir_.path()); }
  bool BecomesReleased() const {
    return WaitUntil([this] { return own_.Released() == 1; });
  }
  void TearDown() override {
    own_.Let();
    Finish();
    EXPECT_EQ(own_.Released(), 1);
    EXPECT_EQ(own_.AfterRelease(), 0U);
    EXPECT_EQ(log_.Released(), 1);
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  EventLog own_;
};

TEST_F(Release, AfterARemovalWithPendingEvents) {
  WatchAll(IN_OPEN);
  dir_.MkDir("d");
  ASSERT_EQ(Add("d", IN_CREATE, 0, &own_), 0);
  own_.Hold();
  for (int i = 0; i < 500; i++) Touch("d/" + std::to_string(i));
  ASSERT_TRUE(WaitUntil([&] { return own_.Held() == 1; }));

  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);
  EXPECT_EQ(own_.Released(), 0);
  own_.Let();

  EXPECT_TRUE(BecomesReleased());
  EXPECT_EQ(own_.Count(), 501U);
  EXPECT_EQ(OwnTexts().back(), "IGNORED d");
}

TEST_F(Release, AfterTheRemovalOfATreeOverManyWorkers) {
  options_.worker_count = 4;
  WatchAll(IN_OPEN);
  for (int i = 0; i < 20; i++) dir_.MkDir("d/" + std::to_string(i));
  ASSERT_EQ(Add("d", IN_CREATE, RN_WATCH_RECURSIVE, &own_), 0);
  for (int i = 0; i < 2000; i++)
    Touch("d/" + std::to_string(i % 20) + "/" + std::to_string(i));

  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);

  EXPECT_TRUE(BecomesReleased());
  EXPECT_EQ(own_.Count(), 2001U);
}

TEST_F(Release, WhenTheDirectoryIsDeleted) {
  WatchAll(IN_OPEN);
  dir_.MkDir("d");
  ASSERT_EQ(Add("d", IN_CREATE | IN_DELETE_SELF, 0, &own_), 0);

  RmDir("d");

  EXPECT_TRUE(BecomesReleased());
  EXPECT_EQ(OwnTexts(), (Strings{"DELETE_SELF d", "IGNORED d"}));
  EXPECT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      1);
}

TEST_F(Release, WhenATreeIsDeleted) {
  WatchAll(IN_OPEN);
  dir_.MkDir("d/e/f");
  ASSERT_EQ(Add("d", IN_DELETE, RN_WATCH_RECURSIVE, &own_), 0);

  for (const char *name : {"d/e/f", "d/e", "d"}) RmDir(name);

  EXPECT_TRUE(BecomesReleased());
}

TEST_F(Release, WhenAFileIsDeleted) {
  WatchAll(IN_OPEN);
  Touch("f");
  ASSERT_EQ(Add("f", IN_DELETE_SELF, 0, &own_), 0);

  Remove("f");

  EXPECT_TRUE(BecomesReleased());
  EXPECT_EQ(OwnTexts(), (Strings{"DELETE_SELF f", "IGNORED f"}));
}

TEST_F(Release, WhenAOneShotWatchHasFired) {
  WatchAll(IN_OPEN);
  dir_.MkDir("d");
  ASSERT_EQ(Add("d", IN_CREATE | IN_ONESHOT, 0, &own_), 0);

  Touch("d/f");

  EXPECT_TRUE(BecomesReleased());
}

TEST_F(Release, WhenDrainedWithTheWatchAlive) {
  dir_.MkDir("d");
  WatchAll(IN_OPEN);
  ASSERT_EQ(Add("d", IN_CREATE, 0, &own_), 0);
  for (int i = 0; i < 100; i++) Touch("d/" + std::to_string(i));

  Drain();

  EXPECT_EQ(own_.Released(), 1);
  EXPECT_EQ(OwnTexts()[99], "CREATE d/99");
}

TEST_F(Release, WhenDiscardedWithTheWatchAlive) {
  dir_.MkDir("d");
  WatchAll(IN_OPEN);
  ASSERT_EQ(Add("d", IN_CREATE, 0, &own_), 0);
  for (int i = 0; i < 100; i++) Touch("d/" + std::to_string(i));

  ASSERT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD), 0);

  EXPECT_EQ(own_.Released(), 1);
}

TEST_F(Release, WhenStoppedBeforeTheStart) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE, 0, &own_), 0);

  ASSERT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD), 0);

  EXPECT_EQ(own_.Released(), 1);
}

TEST_F(Release, WhenRemovedBeforeTheStart) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE, 0, &own_), 0);
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);

  Start();

  EXPECT_TRUE(BecomesReleased());
  EXPECT_EQ(OwnTexts(), Strings{"IGNORED ."});
}

TEST_F(Release, OfASharedWatchComesAfterWhatWasQueued) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  ASSERT_EQ(Add("", IN_CREATE, 0, &own_), 0);
  Touch("f");
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
      0);

  Start();
  Drain();

  EXPECT_EQ(OwnTexts(), (Strings{"CREATE f", "IGNORED ."}));
}

TEST_F(Release, WhenAddingFailsBeforeTheStart) {
  Make();

  EXPECT_EQ(Add("none", IN_CREATE, 0, &own_), -ENOENT);

  EXPECT_EQ(own_.Released(), 1);
}

TEST_F(Release, WhenAddingFailsWhileRunning) {
  WatchAll(IN_OPEN);

  EXPECT_EQ(Add("none", IN_CREATE, 0, &own_), -ENOENT);

  EXPECT_TRUE(BecomesReleased());
}

TEST_F(Release, WhenAddingComesTooLate) {
  WatchAll(IN_OPEN);
  Drain();

  EXPECT_EQ(Add("", IN_CREATE, 0, &own_), -ESHUTDOWN);

  EXPECT_EQ(own_.Released(), 1);
}

TEST_F(Release, NotWhenNothingWasLookedAt) {
  WatchAll(IN_OPEN);

  EXPECT_EQ(Add("", 0, 0, &own_), -EINVAL);
  EXPECT_EQ(own_.Released(), 0);

  ASSERT_EQ(Add("", IN_CREATE, 0, &own_), 0);
}

TEST_F(Release, WhenAWalkIsTakenBack) {
  for (const char *name : {"a", "b", "c", "d"}) MkDir(name);
  Make(kernel_.sys());
  Start();
  kernel_.FailNth(Call::kWatchAdd, 3, -ENOSPC);

  EXPECT_EQ(Add("", IN_CREATE, RN_WATCH_RECURSIVE, &own_), -ENOSPC);

  EXPECT_TRUE(BecomesReleased());
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 0; }));
  EXPECT_EQ(OwnTexts(), Strings{});
}

TEST_F(Release, AfterTheErrorOfAFailedReader) {
  Make(kernel_.sys());
  ASSERT_EQ(Add("", IN_CREATE, 0, &own_), 0);
  Start();
  kernel_.QueueReadError(-EIO);
  ASSERT_EQ(rn_thread_notifier_wait(notifier_, 10000), -EIO);

  Drain();

  EXPECT_EQ(own_.Released(), 1);
  EXPECT_EQ(OwnTexts()[0], "ERROR -5 ");
}

// The context is gone when on_release returns: ASan sees who comes later.
TEST(ReleaseOfAContext, LetsItBeFreed) {
  static std::atomic<int> released;
  released = 0;
  const TempDir dir;
  rn_thread_notifier_options options = Sized<rn_thread_notifier_options>();
  options.worker_count = 4;
  rn_thread_notifier *notifier = nullptr;
  ASSERT_EQ(rn_thread_notifier_new(&options, &notifier), 0);
  ASSERT_EQ(rn_thread_notifier_start(notifier), 0);

  for (int i = 0; i < 100; i++) {
    rn_handler handler = Sized<rn_handler>();
    handler.context = new std::atomic<int>(0);
    handler.on_default = [](const rn_event *, void *context) {
      return (*static_cast<std::atomic<int> *>(context))++ < 0 ? 1 : 0;
    };
    handler.on_release = [](void *context) {
      delete static_cast<std::atomic<int> *>(context);
      released++;
    };
    rn_watch_options watch = Sized<rn_watch_options>();
    watch.mask = IN_ALL_EVENTS;
    watch.handler = &handler;
    rn_watch made;
    ASSERT_EQ(rn_watch_manager_add(rn_thread_notifier_manager(notifier),
                                   dir.path().c_str(), &watch, &made),
              0);
    dir.Write("f", "text");
    const int err = i % 2 == 0 ? rn_watch_manager_remove(
                                     rn_thread_notifier_manager(notifier), made)
                               : 0;
    ASSERT_EQ(err, 0);
  }
  EXPECT_EQ(rn_thread_notifier_free(notifier), 0);

  EXPECT_EQ(released, 100);
}

}  // namespace
}  // namespace rn
