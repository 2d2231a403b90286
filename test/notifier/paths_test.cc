// Names are bytes, paths begin as they were given, and globs choose among them.

#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

namespace fs = std::filesystem;

class Paths : public NotifierFixture {
 protected:
  void TearDown() override {
    fs::current_path(home_);
    Finish();
  }
  // What handlers were told, with whole paths.
  Strings WholeTexts() const { return log_.Texts("none"); }

  const fs::path home_ = fs::current_path();
};

TEST_F(Paths, NamesAreBytes) {
  const Strings names = {std::string(255, '\xff'),
                         std::string(255, 'n'),
                         "\x01\n\t\"\\",
                         "a b",
                         "-",
                         "*"};
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);

  for (const std::string &name : names) {
    MkDir(name);
    Touch(name + "/" + name);
  }
  Drain();

  for (const std::string &name : names) {
    EXPECT_TRUE(Has("CREATE|ISDIR " + name)) << name;
    EXPECT_TRUE(Has("CREATE " + name + "/" + name)) << name;
  }
  EXPECT_EQ(log_.Count(), 2 * names.size());
}

TEST_F(Paths, NamesOfEveryLength) {
  Make();
  ASSERT_EQ(Add("", IN_CREATE), 0);
  for (size_t size = 1; size <= 255; size++) Touch(std::string(size, 'n'));

  Start();
  Drain();

  ASSERT_EQ(log_.Count(), 255U);
  for (size_t i = 0; i < 255; i++)
    EXPECT_EQ(log_.Events()[i].name, std::string(i + 1, 'n'));
}

TEST_F(Paths, OfARelativeWatchStayWhenTheDirectoryIsChanged) {
  dir_.MkDir("d");
  Make();
  fs::current_path(dir_.path());
  const rn_watch_options options = Watch(IN_CREATE, RN_WATCH_RECURSIVE);
  ASSERT_EQ(AddPath("d", options), 0);
  Start();
  fs::current_path("/");

  MkDir("d/e");
  ASSERT_TRUE(WaitUntil([&] { return log_.Count() == 1; }));
  Touch("d/e/f");
  Drain();

  EXPECT_EQ(WholeTexts(), (Strings{"CREATE|ISDIR d/e", "CREATE d/e/f"}));
}

TEST_F(Paths, BeginAsTheyWereGiven) {
  dir_.MkDir("d");
  WatchAll(IN_OPEN);
  fs::current_path(Path("d"));
  const rn_watch_options options = Watch(IN_CREATE);
  for (const char *path : {".", "../d", "./", "..//d/"}) {
    ASSERT_EQ(AddPath(path, options), 0);
    const size_t before = log_.Count();
    Touch("d/f");
    ASSERT_TRUE(WaitUntil([&] { return log_.Count() > before; }));
    ASSERT_EQ(
        rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch_),
        0);
    Remove("d/f");
  }
  Drain();

  Strings created;
  for (const LoggedEvent &event : log_.Events())
    if ((event.mask & IN_CREATE) != 0) created.push_back(event.path);
  EXPECT_EQ(created, (Strings{"./f", "../d/f", "./f", "..//d/f"}));
}

TEST_F(Paths, OfALinkAreTheLinks) {
  dir_.MkDir("d/e");
  fs::create_symlink("d", Path("link"));
  Make();
  ASSERT_EQ(Add("link", IN_CREATE, RN_WATCH_RECURSIVE), 0);
  Start();

  Touch("d/f");
  Touch("d/e/f");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE link/f", "CREATE link/e/f"}));
}

TEST_F(Paths, LinksBelowAreNotFollowed) {
  outside_.MkDir("d");
  fs::create_directory_symlink(outside_.Path("d"), Path("before"));
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);

  fs::create_directory_symlink(outside_.Path("d"), Path("after"));
  outside_.Write("d/f", "");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE after"});
}

// -- Globs --------------------------------------------------------------------

class Globs : public Paths {
 protected:
  void WatchChosen(const char *const *exclude, const char *const *include) {
    rn_watch_options options = Watch(IN_CREATE | IN_DELETE, RN_WATCH_RECURSIVE);
    options.exclude = exclude;
    options.include = include;
    Make();
    ASSERT_EQ(AddPath(dir_.path(), options), 0);
    Start();
  }
};

TEST_F(Globs, ExcludedDirectoriesAreNotWatched) {
  dir_.MkDir("skip.d/in");
  dir_.MkDir("keep/skip.d");
  const char *exclude[] = {"skip.*", nullptr};
  WatchChosen(exclude, nullptr);
  EXPECT_EQ(Statistics().watches, 2U);

  MkDir("skip.new");
  Touch("skip.d/f");
  Touch("keep/f");
  Touch("keep/skip.f");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE keep/f"});
}

TEST_F(Globs, IncludeChoosesFilesAndLeavesDirectories) {
  MkDir("d");
  const char *include[] = {"*.c", "*.h", nullptr};
  WatchChosen(nullptr, include);

  Touch("d/a.c");
  Touch("d/a.o");
  Touch("d/a.h");
  MkDir("d/new");
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"CREATE d/a.c", "CREATE d/a.h", "CREATE|ISDIR d/new"}));
}

TEST_F(Globs, ExcludeGoesBeforeInclude) {
  const char *exclude[] = {"x*", nullptr};
  const char *include[] = {"*.c", nullptr};
  WatchChosen(exclude, include);

  Touch("x.c");
  Touch("y.c");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE y.c"});
}

TEST_F(Globs, WithASlashAreForTheWholePath) {
  MkDir("a");
  MkDir("b");
  const std::string pattern = Path("a/*.c");
  const char *exclude[] = {pattern.c_str(), nullptr};
  WatchChosen(exclude, nullptr);

  Touch("a/f.c");
  Touch("b/f.c");
  Touch("a/f.h");
  Drain();

  std::multiset<std::string> told;
  for (const std::string &text : Texts()) told.insert(text);
  EXPECT_EQ(told, (std::multiset<std::string>{"CREATE a/f.h", "CREATE b/f.c"}));
}

TEST_F(Globs, AreCopied) {
  std::string pattern = "*.c";
  const char *exclude[] = {pattern.c_str(), nullptr};
  WatchChosen(exclude, nullptr);
  pattern = "*.h";
  exclude[0] = nullptr;

  Touch("f.c");
  Touch("f.h");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE f.h"});
}

}  // namespace
}  // namespace rn
