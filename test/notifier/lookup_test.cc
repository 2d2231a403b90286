// From paths to watches, and back.

#include <sys/inotify.h>
#include <unistd.h>

#include <map>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

class Lookup : public NotifierFixture {
 protected:
  rn_watch_manager *Manager() { return rn_thread_notifier_manager(notifier_); }

  // The handle that a path has; wd 0 without one.
  rn_watch Find(const std::string &path) {
    rn_watch watch = {};
    const int err = rn_watch_manager_find(Manager(), path.c_str(), &watch);
    EXPECT_TRUE(err == 0 || err == -ENOENT) << err;
    return watch;
  }

  // The path of a handle, or "-2".
  std::string PathOf(rn_watch watch) {
    char path[4096];
    const int size =
        rn_watch_manager_path(Manager(), watch, path, sizeof(path));
    return size < 0 ? std::to_string(size) : std::string(path, size);
  }

  std::map<std::string, rn_watch> List(bool all) {
    rn_watch_list *list = nullptr;
    EXPECT_EQ(rn_watch_manager_list(Manager(), all, &list), 0);
    std::map<std::string, rn_watch> found;
    for (size_t i = 0; i < rn_watch_list_count(list); i++)
      found[rn_watch_list_at(list, i)->path] = rn_watch_list_at(list, i)->watch;
    rn_watch_list_free(list);
    return found;
  }

  void Sync() { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }
};

TEST_F(Lookup, GoesBothWays) {
  MkDir("a");
  MkDir("a/b");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  EXPECT_EQ(Find(Path("")).wd, watch_.wd);
  const rn_watch below = Find(Path("a/b"));
  EXPECT_GT(below.wd, 0);
  EXPECT_EQ(PathOf(below), Path("a/b"));
  EXPECT_EQ(PathOf(watch_), Path(""));
  Touch("a/b/f");
  ASSERT_TRUE(WaitFor("CREATE a/b/f"));
  EXPECT_EQ(log_.Events().back().watch.wd, below.wd);
  EXPECT_EQ(log_.Events().back().watch.generation, below.generation);
}

TEST_F(Lookup, OfWhatIsNotThere) {
  MkDir("a");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  EXPECT_EQ(Find(Path("a/gone")).wd, 0);
  EXPECT_EQ(Find(Path("") + "x").wd, 0) << "a beginning of a name is no path";
  EXPECT_EQ(Find("").wd, 0);
  EXPECT_EQ(Find("/").wd, 0);
  EXPECT_EQ(PathOf({12345, 1}), "-2");
  EXPECT_EQ(PathOf({watch_.wd, watch_.generation + 1}), "-2");
}

// The longest beginning of the path that is a watch's counts.
TEST_F(Lookup, OfNestedWatches) {
  MkDir("a");
  MkDir("a/b");
  MkDir("a/b/c");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  const rn_watch outer = Find(Path("a/b/c"));
  ASSERT_GT(outer.wd, 0);
  ASSERT_EQ(AddPath(Path("a") + "/", Watch(IN_CREATE, RN_WATCH_RECURSIVE)), 0);
  const rn_watch a = Find(Path("a") + "/");
  ASSERT_EQ(AddPath(Path("a/b/c"), Watch(IN_CREATE)), 0);
  const rn_watch c = Find(Path("a/b/c"));

  EXPECT_NE(a.generation, Find(Path("a")).generation);
  EXPECT_NE(c.generation, outer.generation);
  EXPECT_EQ(Find(Path("a") + "//b///c").wd, outer.wd);
  EXPECT_NE(Find(Path("a") + "//b///c").generation, outer.generation);
  EXPECT_NE(Find(Path("a") + "//b///c").generation, c.generation);
  EXPECT_EQ(PathOf(Find(Path("a/b/"))), Path("a") + "/b");
}

// No watch has it: the reader does not go over it.
TEST_F(Lookup, OfAPathThatIsLongerThanAny) {
  MkDir("a");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);

  EXPECT_GT(Find(Path("") + std::string(16000, '/') + "a").wd, 0);
  EXPECT_EQ(Find(Path("") + std::string(16384, '/') + "a").wd, 0);
}

TEST_F(Lookup, IsTrueAfterARename) {
  MkDir("a");
  MkDir("a/b");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  const rn_watch below = Find(Path("a/b"));
  Move("a", "z");
  Sync();
  EXPECT_EQ(PathOf(below), Path("z/b"));
  EXPECT_EQ(Find(Path("z/b")).wd, below.wd);
  EXPECT_EQ(Find(Path("a/b")).wd, 0);
}

TEST_F(Lookup, TakesThePathAsItWasGiven) {
  MkDir("a");
  MkDir("a/b");
  Make();
  ASSERT_EQ(AddPath(Path("a") + "//", Watch(IN_CREATE, RN_WATCH_RECURSIVE)), 0);
  EXPECT_EQ(Find(Path("a") + "//").wd, watch_.wd);
  EXPECT_EQ(Find(Path("a")).wd, 0);
  EXPECT_GT(Find(Path("a") + "//b").wd, 0);
}

TEST_F(Lookup, CutsAPathThatDoesNotFit) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  char path[4] = "xyz";
  const size_t size = Path("").size();
  EXPECT_EQ(rn_watch_manager_path(Manager(), watch_, path, sizeof(path)),
            static_cast<int>(size));
  EXPECT_EQ(std::string(path), Path("").substr(0, 3));
  EXPECT_EQ(rn_watch_manager_path(Manager(), watch_, nullptr, 0),
            static_cast<int>(size));
}

TEST_F(Lookup, OfAPersistentWatchWithoutAnythingThere) {
  Make();
  ASSERT_EQ(Add("later", IN_CREATE, RN_WATCH_PERSISTENT), 0);
  const rn_watch found = Find(Path("later"));
  EXPECT_EQ(found.generation, watch_.generation);
  EXPECT_EQ(PathOf(watch_), Path("later"));
  EXPECT_EQ(List(false).size(), 1U) << "not the ways to it";
}

TEST_F(Lookup, SaysWhatAWatchIs) {
  MkDir("a");
  WatchAll(IN_CREATE | IN_DELETE, RN_WATCH_RECURSIVE | RN_WATCH_PAIR_MOVES);
  rn_watch_info info = Sized<rn_watch_info>();
  ASSERT_EQ(rn_watch_manager_info(Manager(), Find(Path("a")), &info), 0);
  EXPECT_EQ(info.added.wd, watch_.wd);
  EXPECT_EQ(info.mask, static_cast<uint32_t>(IN_CREATE | IN_DELETE));
  EXPECT_EQ(info.flags,
            static_cast<unsigned>(RN_WATCH_RECURSIVE | RN_WATCH_PAIR_MOVES));
  EXPECT_TRUE(info.is_dir);
  EXPECT_FALSE(info.is_suspended);
  EXPECT_EQ(rn_watch_manager_info(Manager(), {12345, 1}, &info), -ENOENT);
  info.size = 0;
  EXPECT_EQ(rn_watch_manager_info(Manager(), watch_, &info), -EINVAL);
}

TEST_F(Lookup, ListsOneMoment) {
  MkDir("a");
  MkDir("a/b");
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);
  ASSERT_EQ(Add("a", IN_DELETE), 0);
  EXPECT_EQ(List(false).size(), 2U);
  const auto all = List(true);
  ASSERT_EQ(all.count(Path("a/b")), 1U);
  for (const auto &[path, watch] : all) EXPECT_EQ(PathOf(watch), path);
  for (const auto &[path, watch] : List(false))
    EXPECT_EQ(rn_watch_manager_remove(Manager(), watch), 0) << path;
  Sync();
  EXPECT_TRUE(List(true).empty());
}

TEST_F(Lookup, WhenStopped) {
  WatchAll(IN_CREATE);
  Drain();
  rn_watch watch;
  rn_watch_list *list;
  EXPECT_EQ(rn_watch_manager_find(Manager(), "/", &watch), -ESHUTDOWN);
  EXPECT_EQ(rn_watch_manager_list(Manager(), true, &list), -ESHUTDOWN);
  EXPECT_EQ(PathOf(watch_), std::to_string(-ESHUTDOWN));
}

TEST_F(Lookup, FromAHandler) {
  std::string path;
  log_.OnEvent(
      [&](const rn_event *event) { path = PathOf(rn_event_watch(event)); });
  WatchAll(IN_CREATE);
  Touch("f");
  Sync();
  EXPECT_EQ(path, Path(""));
}

}  // namespace
}  // namespace rn
