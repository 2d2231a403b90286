// What is told of files: what an event says, and when a watch of one ends.

#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

class Acceptance : public NotifierFixture {
 protected:
  void ChangeMode(const std::string &name) const {
    ASSERT_EQ(chmod(Path(name).c_str(), 0600), 0);
  }
};

TEST_F(Acceptance, Case01AFileIsMadeAndWritten) {
  WatchAll(IN_ALL_EVENTS);

  dir_.Write("f", "text");
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"CREATE f", "OPEN f", "MODIFY f", "CLOSE_WRITE f"}));
  for (const LoggedEvent &event : log_.Events()) {
    EXPECT_FALSE(event.is_dir);
    EXPECT_FALSE(event.synthetic);
    EXPECT_EQ(event.directory, dir_.path());
    EXPECT_EQ(event.path, Path("f"));
    EXPECT_EQ(event.name, "f");
  }
}

TEST_F(Acceptance, Case03AFileIsWatchedAndItsDirectory) {
  Touch("f");
  EventLog own;
  Make();
  ASSERT_EQ(Add("", IN_ALL_EVENTS), 0);
  const rn_watch directory = watch_;
  ASSERT_EQ(Add("f", IN_ALL_EVENTS, 0, &own), 0);
  const rn_watch file = watch_;
  Start();

  ChangeMode("f");
  Drain();

  EXPECT_NE(directory.wd, file.wd);
  ASSERT_EQ(Texts(), Strings{"ATTRIB f"});
  EXPECT_EQ(log_.Events()[0].name, "f");
  EXPECT_EQ(log_.Events()[0].watch.wd, directory.wd);
  ASSERT_EQ(own.Texts(dir_.path()), Strings{"ATTRIB f"});
  EXPECT_EQ(own.Events()[0].name, "");
  EXPECT_EQ(own.Events()[0].watch.wd, file.wd);
  Finish();
}

TEST_F(Acceptance, Case30AWatchedFileIsDeleted) {
  Touch("f");
  EventLog own;
  Make();
  ASSERT_EQ(Add("f", IN_ALL_EVENTS, 0, &own), 0);
  Start();

  Remove("f");
  ASSERT_TRUE(WaitUntil([&] { return own.Released() == 1; }));

  EXPECT_EQ(own.Texts(dir_.path()),
            (Strings{"ATTRIB f", "DELETE_SELF f", "IGNORED f"}));
  rn_watch_manager *manager = rn_thread_notifier_manager(notifier_);
  rn_watch_update update = Sized<rn_watch_update>();
  update.mask = IN_OPEN;
  EXPECT_EQ(rn_watch_manager_update(manager, watch_, &update), -ENOENT);
  EXPECT_EQ(rn_watch_manager_remove(manager, watch_), 1);
  EXPECT_EQ(Statistics().watches, 0U);
  Finish();
}

}  // namespace
}  // namespace rn
