// Paths that are long, lead elsewhere than they look, or lead nowhere yet.

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

class Acceptance : public NotifierFixture {
 protected:
  void Sync() const { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }
};

// -- Long paths ---------------------------------------------------------------

// Directories deeper than any path can say.
class Deep {
 public:
  explicit Deep(const std::string &root) : path_(root) {
    fd_ = open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  ~Deep() { close(fd_); }
  Deep(const Deep &) = delete;
  Deep &operator=(const Deep &) = delete;

  const std::string &path() const { return path_; }

  // Go on downwards until the path is longer than `size`.
  void Grow(size_t size) {
    const std::string name(250, 'd');
    while (path_.size() <= size) {
      ASSERT_EQ(mkdirat(fd_, name.c_str(), 0755), 0);
      const int below =
          openat(fd_, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      ASSERT_GE(below, 0);
      close(fd_);
      fd_ = below;
      path_ += "/" + name;
    }
  }
  void Touch(const char *name) const {
    const int fd = openat(fd_, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ASSERT_GE(fd, 0);
    close(fd);
  }

 private:
  std::string path_;
  int fd_;
};

TEST_F(Acceptance, Case41BelowPathMaxAllIsWatchedAndToldByItsPath) {
  Deep deep(dir_.path());
  deep.Grow(PATH_MAX + 1000);
  WatchAll(IN_CREATE, RN_WATCH_RECURSIVE);

  deep.Touch("f");
  Sync();
  ASSERT_EQ(log_.Count(), 1U);
  EXPECT_EQ(log_.Events()[0].path, deep.path() + "/f");

  deep.Grow(PATH_MAX + 3000);
  Sync();
  deep.Touch("g");
  Drain();
  EXPECT_EQ(log_.Events().back().path, deep.path() + "/g");
  for (const LoggedEvent &event : log_.Events())
    EXPECT_EQ(event.kind, RN_EVENT_CHANGE);
}

TEST_F(Acceptance, Case41APathBeyondPathMaxIsRefused) {
  Deep deep(dir_.path());
  deep.Grow(PATH_MAX);
  Make();

  EXPECT_EQ(AddPath(deep.path(), Watch(IN_CREATE)), -ENAMETOOLONG);

  EXPECT_TRUE(WatchedInodes().empty());
}

// -- Paths that lead elsewhere ------------------------------------------------

// What is behind a link has another parent than the link.
TEST_F(Acceptance, Case41DotDotIsThatOfTheLinksTarget) {
  outside_.MkDir("sub");
  outside_.MkDir("x");
  MkDir("x");
  ASSERT_EQ(symlink(outside_.Path("sub").c_str(), Path("link").c_str()), 0);
  WatchAll(0U | IN_DELETE);
  ASSERT_EQ(Add("link/../x", IN_CREATE), 0);
  EXPECT_NE(WatchedMask(outside_.Path("x")) & IN_CREATE, 0U);
  EXPECT_EQ(WatchedMask(Path("x")), 0U);

  outside_.Write("x/f", "");
  Touch("x/silent");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE link/../x/f"});
}

// -- A path that comes and goes -----------------------------------------------

constexpr uint32_t kFileMask = IN_CLOSE_WRITE | IN_MODIFY;

class AcceptanceTransient : public Acceptance {
 protected:
  AcceptanceTransient() { std::filesystem::current_path(dir_.path()); }
  ~AcceptanceTransient() override { std::filesystem::current_path(before_); }

  // Follow a name without a directory, that is one in the working directory,
  // beside an ordinary watch of that directory.
  void Follow(const std::string &name) {
    Make();
    ASSERT_EQ(AddPath(dir_.path(), Watch(IN_CREATE | IN_DELETE)), 0);
    rn_watch_options options = Watch(kFileMask, RN_WATCH_PERSISTENT);
    const rn_handler handler = own_.Handler();
    options.handler = &handler;
    ASSERT_EQ(AddPath(name, options), 0);
    Start();
  }
  size_t Times(const std::string &text) const {
    const Strings texts = own_.Texts(dir_.path());
    return static_cast<size_t>(std::count(texts.begin(), texts.end(), text));
  }
  // Whether a text was told so often, now or soon.
  [[nodiscard]] bool IsTold(const std::string &text, size_t times) const {
    return WaitUntil([&] { return Times(text) == times; });
  }
  void TearDown() override {
    own_.Let();
    Finish();
  }

  EventLog own_;

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(AcceptanceTransient, Case46EachThingAtThePathIsTold) {
  Follow("pid");
  Touch("other");
  dir_.Write("pid", "1");
  ASSERT_TRUE(IsTold("CREATE pid", 1));
  dir_.Write("pid", "22");
  ASSERT_TRUE(WaitUntil([&] { return Times("CLOSE_WRITE pid") >= 1; }));
  Remove("pid");
  ASSERT_TRUE(IsTold("IGNORED pid", 1));
  dir_.Write("pid", "333");
  ASSERT_TRUE(IsTold("CREATE pid", 2));

  dir_.Write("tmp", "4");
  Move("tmp", "pid");
  ASSERT_TRUE(IsTold("IGNORED pid", 2));
  ASSERT_TRUE(IsTold("CREATE pid", 3));

  Move("pid", "pid~");  // as vim saves
  ASSERT_TRUE(IsTold("IGNORED pid", 3));
  dir_.Write("pid", "5");
  Remove("pid~");
  ASSERT_TRUE(IsTold("CREATE pid", 4));
  dir_.Write("pid", "66");
  Drain();

  EXPECT_GE(Times("MODIFY pid"), 2U);
  EXPECT_EQ(own_.Texts(dir_.path()).back(), "CLOSE_WRITE pid");
  for (const LoggedEvent &event : own_.Events()) EXPECT_EQ(event.path, "pid");
  for (const char *text : {"CREATE other", "CREATE pid", "DELETE pid",
                           "CREATE tmp", "DELETE pid~"})
    EXPECT_TRUE(Has(text)) << text;
}

}  // namespace
}  // namespace rn
