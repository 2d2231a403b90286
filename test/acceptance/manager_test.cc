// Adding, changing and ending watches.

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

class Acceptance : public NotifierFixture {
 protected:
  rn_watch_manager *Manager() { return rn_thread_notifier_manager(notifier_); }

  void Sync() { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  // How many events there are of a text.
  size_t CountOf(const std::string &text) const {
    const Strings texts = Texts();
    return std::count(texts.begin(), texts.end(), text);
  }

  void Link(const std::string &to, const std::string &name) {
    ASSERT_EQ(symlink(to.c_str(), Path(name).c_str()), 0);
  }
};

TEST_F(Acceptance, Case12EachRealDirectoryIsWatchedOnce) {
  for (const char *name : {"t", "t/a", "t/a/b", "t/a/b/c", "elsewhere"})
    MkDir(name);
  Link(Path("elsewhere"), "t/a/link");
  Link(Path("t"), "root");
  Make();
  ASSERT_EQ(Add("root", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  Start();

  EXPECT_EQ(Statistics().watches, 4U);
  EXPECT_EQ(WatchedInodes(), LiveDirectories(Path("t")));
  Touch("elsewhere/f");
  Touch("t/a/b/c/f");
  Sync();
  EXPECT_EQ(Texts(), Strings{"CREATE root/a/b/c/f"});
}

// More of this: test/notifier/shared_inode_test.cc.
TEST_F(Acceptance, Case27AddingAnAliasKeepsBothHandlers) {
  Touch("f");
  ASSERT_EQ(link(Path("f").c_str(), Path("hard").c_str()), 0);
  Link(Path("f"), "soft");
  EventLog hard, soft;
  Make();
  ASSERT_EQ(Add("f", IN_ATTRIB), 0);
  const rn_watch first = watch_;
  ASSERT_EQ(Add("hard", IN_ATTRIB, 0, &hard), 0);
  EXPECT_EQ(watch_.wd, first.wd) << "one inode, one descriptor of the kernel";
  ASSERT_EQ(Add("soft", IN_ATTRIB | IN_OPEN, 0, &soft), 0);
  EXPECT_EQ(Add("f", IN_ATTRIB | IN_MASK_CREATE), -EEXIST);
  Start();

  ASSERT_EQ(chmod(Path("f").c_str(), 0600), 0);
  Sync();
  EXPECT_EQ(Texts(), Strings{"ATTRIB f"});
  EXPECT_EQ(hard.Texts(dir_.path()), Strings{"ATTRIB hard"});
  EXPECT_EQ(soft.Texts(dir_.path()), Strings{"ATTRIB soft"});
  Finish();
}

TEST_F(Acceptance, Case28UpdatesHoldForWhatComesLater) {
  EventLog other;
  const rn_handler handler = other.Handler();
  MkDir("a");
  WatchAll(IN_CREATE | IN_MOVE, RN_WATCH_RECURSIVE);
  Move("a", "b");
  Sync();

  rn_watch_update update = Sized<rn_watch_update>();
  update.mask = IN_DELETE;
  update.set_handler = true;
  update.handler = &handler;
  ASSERT_EQ(rn_watch_manager_update(Manager(), watch_, &update), 0);
  MkDir("b/later");
  Sync();
  Touch("b/later/f");
  Remove("b/later/f");
  Sync();
  EXPECT_EQ(other.Texts(dir_.path()), Strings{"DELETE b/later/f"});
  EXPECT_EQ(Texts(), (Strings{"MOVED_FROM|ISDIR a", "MOVED_TO|ISDIR b <- a"}));

  update = Sized<rn_watch_update>();
  update.mask = IN_CREATE;
  update.set_flags = RN_WATCH_FIXED;  // auto_add=False
  ASSERT_EQ(rn_watch_manager_update(Manager(), watch_, &update), 0);
  MkDir("new");
  Touch("new/unseen");
  Sync();
  update = Sized<rn_watch_update>();
  update.clear_flags = RN_WATCH_FIXED;  // auto_add=True
  update.set_handler = true;            // proc_fun=None: the default again
  ASSERT_EQ(rn_watch_manager_update(Manager(), watch_, &update), 0);
  MkDir("new/d");
  Touch("new/d/f");
  Sync();
  EXPECT_EQ(other.Texts(dir_.path()),
            (Strings{"DELETE b/later/f", "CREATE|ISDIR new"}));
  EXPECT_TRUE(Has("CREATE new/d/f"));
  EXPECT_EQ(other.Released(), 1);
  EXPECT_TRUE(WatchesAgree());
}

TEST_F(Acceptance, Case29RemovalTellsWhatWaitsAndThenTheEndOnce) {
  constexpr int kFiles = 100;
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  for (int i = 0; i < kFiles; i++) Touch(std::to_string(i));
  Start();
  ASSERT_EQ(rn_watch_manager_remove(Manager(), watch_), 0);
  Touch("silent");
  EXPECT_EQ(rn_watch_manager_remove(Manager(), watch_), 1);
  Sync();
  Strings texts = Texts();
  ASSERT_EQ(texts.size(), kFiles + 1U);
  EXPECT_EQ(texts.front(), "CREATE 0");
  EXPECT_EQ(texts.back(), "IGNORED .");
  EXPECT_EQ(rn_watch_manager_remove(Manager(), watch_), 1);
}

TEST_F(Acceptance, Case29RemovalTakesAThousandDirectoriesAlong) {
  constexpr size_t kDirectories = 1000;
  for (size_t i = 0; i < kDirectories; i++) MkDir(std::to_string(i));
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  ASSERT_EQ(Statistics().watches, kDirectories + 1);
  ASSERT_EQ(rn_watch_manager_remove(Manager(), watch_), 0);
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 0; }));
  rn_watch_list *list = nullptr;
  ASSERT_EQ(rn_watch_manager_list(Manager(), true, &list), 0);
  EXPECT_EQ(rn_watch_list_count(list), 0U);
  rn_watch_list_free(list);
  EXPECT_EQ(WatchedInodes().size(), 0U);
}

TEST_F(Acceptance, Case45BookkeepingGoesOnWhileSuspended) {
  MkDir("s");
  WatchAll(IN_ALL_EVENTS, RN_WATCH_RECURSIVE);
  ASSERT_EQ(rn_watch_manager_suspend(Manager(), nullptr), 0);
  MkDir("n");
  Touch("n/hidden");
  RmDir("s");
  ASSERT_EQ(rn_watch_manager_resume(Manager(), nullptr), 0);
  EXPECT_EQ(log_.Count(), 0U);
  EXPECT_TRUE(WatchesAgree());
  Touch("n/f");
  Sync();
  EXPECT_EQ(CountOf("CREATE n/f"), 1U);
  for (const std::string &text : Texts())
    EXPECT_EQ(text.find("hidden"), std::string::npos) << text;
}

}  // namespace
}  // namespace rn
