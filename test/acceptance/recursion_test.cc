// Directories that come faster than anyone can watch them.

#include <spawn.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "test/stress/memory_dir.h"
#include "test/stress/storm.h"
#include "test/support/events/event_model.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

constexpr uint32_t kTreeMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

class Acceptance : public StressFixture {
 protected:
  void Sync() const { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  // How often each path was told with one of the bits.
  std::map<std::string, int> TimesOf(uint32_t bits) const {
    std::map<std::string, int> times;
    for (const LoggedEvent &event : log_.Events())
      if ((event.mask & bits) != 0) times[event.path]++;
    return times;
  }

  // What is told of coming and going is what is on the disk, each once.
  void ExpectModelIsDisk(const Entries &before = {}) const {
    EventModel model(dir_.path(), before);
    for (const LoggedEvent &event : log_.Events()) model.Apply(event);
    EXPECT_EQ(model.entries(), EntriesOnDisk(dir_.path()));
    EXPECT_EQ(model.faults(), Strings{});
  }
};

TEST_F(Acceptance, Case13ChainsOfDirectoriesEachInOneBurst) {
  constexpr int kBursts = 1000;
  WatchAll(kTreeMask | IN_MODIFY, RN_WATCH_RECURSIVE);

  for (int i = 0; i < kBursts; i++) {
    const std::string deep = std::to_string(i) + "/a/b/c/d";
    dir_.MkDir(deep);
    Touch(deep + "/f");
  }
  Sync();
  for (int i = 0; i < kBursts; i++)
    dir_.Write(std::to_string(i) + "/a/b/c/d/f", "text");
  EXPECT_TRUE(WatchesAgree());
  Drain();

  const std::map<std::string, int> made = TimesOf(IN_CREATE);
  EXPECT_EQ(made.size(), 6U * kBursts);
  for (const auto &[path, times] : made) EXPECT_EQ(times, 1) << path;
  EXPECT_EQ(TimesOf(IN_MODIFY).size(), 1U * kBursts);
  ExpectModelIsDisk();
}

TEST_F(Acceptance, Case14ADirectoryWithEntriesOfEveryType) {
  Make();
  ASSERT_EQ(Add("", IN_ALL_EVENTS, RN_WATCH_RECURSIVE), 0);
  MkDir("new");
  Touch("new/file");
  ASSERT_EQ(mkfifo(Path("new/fifo").c_str(), 0600), 0);
  ASSERT_EQ(mknod(Path("new/socket").c_str(), S_IFSOCK | 0600, 0), 0);
  ASSERT_EQ(symlink("nowhere", Path("new/broken").c_str()), 0);
  ASSERT_EQ(symlink("/etc", Path("new/etc").c_str()), 0);
  MkDir("new/directory");

  Start();
  Sync();

  Strings texts = Texts();
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(texts,
            (Strings{"CREATE new/broken", "CREATE new/etc", "CREATE new/fifo",
                     "CREATE new/file", "CREATE new/socket", "CREATE|ISDIR new",
                     "CREATE|ISDIR new/directory"}));
  EXPECT_TRUE(WatchesAgree());
}

// -- A copy -------------------------------------------------------------------

constexpr int kCopyDirectories = 50;
constexpr int kCopyFiles = 500;

class AcceptanceCopy : public Acceptance {
 protected:
  void SetUp() override {
    for (int i = 0; i < kCopyDirectories; i++) outside_.MkDir(Directory(i));
    for (int i = 0; i < kCopyFiles; i++)
      outside_.Write(Directory(i % kCopyDirectories) + "/" + std::to_string(i),
                     "some text");
    MkDir("noise");
    rn_watch_options options =
        Watch(kTreeMask | IN_CLOSE_WRITE, RN_WATCH_RECURSIVE);
    options.settle_ms = 3600000;  // so it is told when the stop drains
    Make();
    ASSERT_EQ(AddPath(dir_.path(), options), 0);
    Start();
  }

  // Some lie in others.
  static std::string Directory(int i) {
    const std::string name = "source/" + std::to_string(i % 10);
    return i < 10 ? name : name + "/" + std::to_string(i);
  }

  // cp -a of the source, beside others who work in the same tree.
  void CopyUnderLoad() {
    std::atomic<bool> copying{true};
    std::vector<std::thread> others;
    for (int i = 0; i < 2; i++)
      others.emplace_back([this, i, &copying] {
        const std::string name = "noise/" + std::to_string(i);
        while (copying) {
          Touch(name);
          Remove(name);
        }
      });
    const int status = Copy();
    copying = false;
    for (std::thread &other : others) other.join();
    ASSERT_EQ(status, 0);
  }

 private:
  int Copy() const {
    const std::string from = outside_.Path("source");
    const std::string to = Path("copy");
    const char *const args[] = {"cp", "-a", from.c_str(), to.c_str(), nullptr};
    pid_t pid;
    int status = 1;
    if (posix_spawnp(&pid, "cp", nullptr, nullptr,
                     const_cast<char *const *>(args), environ) != 0)
      return -1;
    return waitpid(pid, &status, 0) == pid ? status : -1;
  }
};

TEST_F(AcceptanceCopy, Case15EachEntryOfACopyIsToldOnce) {
  CopyUnderLoad();
  EXPECT_TRUE(WatchesAgree());
  Drain();

  ExpectModelIsDisk({{"noise", true}});
  std::map<std::string, int> made = TimesOf(IN_CREATE);
  std::map<std::string, int> settled;
  for (const LoggedEvent &event : log_.Events())
    if (event.kind == RN_EVENT_SETTLED) settled[event.path]++;
  int files = 0;
  for (const auto &[name, is_dir] : EntriesOnDisk(dir_.path())) {
    if (name.rfind("copy/", 0) != 0) continue;
    EXPECT_EQ(made[Path(name)], 1) << name;
    if (is_dir) continue;
    EXPECT_EQ(settled[Path(name)], 1) << name;
    files++;
  }
  EXPECT_EQ(files, kCopyFiles);
}

// -- The same name again and again --------------------------------------------

TEST_F(Acceptance, Case18ADirectoryIsRemovedAndMadeAThousandTimes) {
  MkDir("s");
  const Entries before = EntriesOnDisk(dir_.path());
  WatchAll(kTreeMask, RN_WATCH_RECURSIVE);

  for (int i = 0; i < 1000; i++) {
    RmDir("s");
    MkDir("s");
    if (i % 3 == 0) {
      Touch("s/short");
      Remove("s/short");
    }
  }
  Sync();
  EXPECT_TRUE(WatchesAgree());
  Touch("s/f");
  Drain();

  EXPECT_EQ(Texts().back(), "CREATE s/f");
  ExpectModelIsDisk(before);
}

// -- A walk while the tree grows ----------------------------------------------

constexpr int kProcesses = 4;
constexpr int kMadeByEach = 2500;
constexpr int kThere = 500;

// Directories in those that were there, and in one another.
void MakeBeside(const std::string &root, int process) {
  const std::string mine = "/p" + std::to_string(process) + "-";
  for (int i = 0; i < kMadeByEach; i++) {
    const std::string above =
        root + "/" + std::to_string(i * 7 % kThere) +
        (i >= kThere ? mine + std::to_string(i - kThere) : "");
    std::string path = above + mine + std::to_string(i);
    if (mkdir(path.c_str(), 0755) == 0) continue;
    path = root + mine + std::to_string(i);
    if (mkdir(path.c_str(), 0755) != 0) _exit(1);
  }
}

TEST_F(Acceptance, Case19TenThousandDirectoriesComeDuringTheWalk) {
  Processes makers(kProcesses,
                   [this](int index) { MakeBeside(dir_.path(), index); });
  for (int i = 0; i < kThere; i++) MkDir(std::to_string(i));
  Make();
  Start();

  std::thread adder(
      [this] { EXPECT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0); });
  EXPECT_TRUE(makers.Run());
  adder.join();
  Sync();

  EXPECT_TRUE(WatchesAgree());
  EXPECT_EQ(LiveDirectories(dir_.path()).size(),
            1U + kThere + kProcesses * kMadeByEach);
}

}  // namespace
}  // namespace rn
