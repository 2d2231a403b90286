// Listing of one directory.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/support/fake_kernel.h"
#include "test/support/temp_dir.h"

extern "C" {
#include "lib/scan/scan.h"
}

namespace rn {
namespace {

namespace fs = std::filesystem;

// Name -> whether it is a directory.
using Entries = std::map<std::string, bool>;

struct Listed {
  Entries entries;
  size_t count = 0;  // more than entries: one came twice
  int end = 0;       // what the last call gave
};

Listed List(const rn_sys *sys, int fd) {
  Listed listed;
  const auto listing = std::make_unique<rn_listing>();
  rn_listing_begin(listing.get(), sys, fd);
  rn_entry entry;
  while ((listed.end = rn_listing_next(listing.get(), &entry)) > 0) {
    if (listed.end == RN_LISTING_NONE) continue;
    EXPECT_EQ(entry.name.data[entry.name.size], '\0');
    listed.entries[std::string(entry.name.data, entry.name.size)] =
        entry.is_dir;
    listed.count++;
  }
  rn_listing_end(listing.get());
  return listed;
}

int Open(const std::string &path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  EXPECT_GE(fd, 0) << path;
  return fd;
}

Listed List(const std::string &path) { return List(&rn_sys_linux, Open(path)); }

// -- The real kernel ----------------------------------------------------------

TEST(Scan, FindsNothingInAnEmptyDirectory) {
  const TempDir dir;

  const Listed listed = List(dir.path());

  EXPECT_EQ(listed.entries, Entries{});
  EXPECT_EQ(listed.end, 0);
}

TEST(Scan, TellsDirectoriesFromFiles) {
  const TempDir dir;
  dir.Write("file", "");
  dir.MkDir("directory/below");

  EXPECT_EQ(List(dir.path()).entries,
            (Entries{{"file", false}, {"directory", true}}));
}

TEST(Scan, FollowsNoLink) {
  const TempDir dir;
  dir.MkDir("d");
  fs::create_directory_symlink(dir.Path("d"), dir.Path("to-directory"));
  fs::create_symlink("nowhere", dir.Path("broken"));
  fs::create_symlink("loop", dir.Path("loop"));

  EXPECT_EQ(List(dir.path()).entries, (Entries{{"d", true},
                                               {"to-directory", false},
                                               {"broken", false},
                                               {"loop", false}}));
}

TEST(Scan, FindsWhatIsNoFile) {
  const TempDir dir;
  ASSERT_EQ(mkfifo(dir.Path("fifo").c_str(), 0600), 0);
  // The directory by its descriptor: an address has 108 bytes for a path.
  const int dir_fd = Open(dir.path());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path =
      "/proc/self/fd/" + std::to_string(dir_fd) + "/socket";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)),
            0);

  EXPECT_EQ(List(dir.path()).entries,
            (Entries{{"fifo", false}, {"socket", false}}));
  close(fd);
  close(dir_fd);
}

TEST(Scan, TakesNamesAsBytes) {
  const TempDir dir;
  const Entries names = {{"\xff\xfe", false},
                         {"a\nb", false},
                         {" ", false},
                         {"...", false},
                         {".hidden", false},
                         {"..x", false},
                         {std::string(255, 'n'), false}};
  for (const auto &[name, is_dir] : names) dir.Write(name, "");

  EXPECT_EQ(List(dir.path()).entries, names);
}

TEST(Scan, FindsEachOfTenThousandOnce) {
  const TempDir dir;
  const std::string file = dir.Write("file", "");
  Entries expected = {{"file", false}};
  for (int i = 1; i < 10000; i++) {
    const std::string name = "entry-" + std::to_string(i);
    ASSERT_EQ(link(file.c_str(), dir.Path(name).c_str()), 0);
    expected[name] = false;
  }

  const Listed listed = List(dir.path());

  EXPECT_EQ(listed.entries, expected);
  EXPECT_EQ(listed.count, expected.size());
}

TEST(Scan, SaysThatTheDirectoryIsDeleted) {
  const TempDir dir;
  const int fd = Open(dir.MkDir("d"));
  ASSERT_EQ(rmdir(dir.Path("d").c_str()), 0);

  const Listed listed = List(&rn_sys_linux, fd);

  EXPECT_EQ(listed.entries, Entries{});
  EXPECT_EQ(listed.end, -ENOENT);
}

TEST(Scan, ClosesTheDirectory) {
  const TempDir dir;
  const int fd = Open(dir.path());

  List(&rn_sys_linux, fd);

  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

// -- A scripted one -----------------------------------------------------------

// One record of getdents64(2).
Bytes DirRecord(const std::string &name, uint8_t type) {
  const size_t head = 19;
  const uint16_t size = static_cast<uint16_t>((head + name.size() + 8) & ~7U);
  Bytes record(size, '\0');
  std::memcpy(&record[16], &size, sizeof(size));
  record[18] = static_cast<char>(type);
  std::memcpy(&record[head], name.data(), name.size());
  return record;
}

// A kernel whose directory gives these pieces, one a call.
class Directory {
 public:
  explicit Directory(std::deque<Bytes> pieces) : pieces_(std::move(pieces)) {
    kernel_.On(&KernelHooks::dir_read, [this](int, void *buffer, size_t size) {
      if (pieces_.empty()) return ssize_t{0};
      const Bytes piece = pieces_.front();
      pieces_.pop_front();
      EXPECT_LE(piece.size(), size);
      std::memcpy(buffer, piece.data(), piece.size());
      return static_cast<ssize_t>(piece.size());
    });
    kernel_.On(&KernelHooks::close, [](int) { return 0; });
  }
  FakeKernel &kernel() { return kernel_; }
  const rn_sys *sys() const { return kernel_.sys(); }

 private:
  FakeKernel kernel_;
  std::deque<Bytes> pieces_;
};

// A kernel whose directory shows such entries for ever.
void ShowForEver(FakeKernel *kernel, const std::string &name) {
  const Bytes record = DirRecord(name, DT_REG);
  kernel->On(&KernelHooks::dir_read, [=](int, void *buffer, size_t size) {
    Bytes all;
    while (all.size() + record.size() <= size) all += record;
    std::memcpy(buffer, all.data(), all.size());
    return static_cast<ssize_t>(all.size());
  });
  kernel->On(&KernelHooks::close, [](int) { return 0; });
}

// Whether it shows entries or none: a call that gives none counts, too.
TEST(Scan, GivesUpADirectoryWithoutEnd) {
  for (const char *name : {"a", "."}) {
    FakeKernel kernel;
    ShowForEver(&kernel, name);
    rn_listing listing;
    rn_listing_begin(&listing, kernel.sys(), 5);
    rn_entry entry;
    int64_t steps = 0;
    int got;
    while ((got = rn_listing_next(&listing, &entry)) > 0 &&
           steps <= RN_LISTING_MAX)
      steps++;
    rn_listing_end(&listing);

    EXPECT_EQ(got, -EOVERFLOW) << name;
  }
}

TEST(Scan, LeavesOutTheDots) {
  Directory directory({DirRecord(".", DT_DIR) + DirRecord("..", DT_DIR) +
                       DirRecord("a", DT_REG)});

  EXPECT_EQ(List(directory.sys(), 5).entries, (Entries{{"a", false}}));
}

TEST(Scan, AsksForNoModeWhereTheTypeIsTold) {
  Directory directory({DirRecord("a", DT_DIR) + DirRecord("b", DT_REG) +
                       DirRecord("c", DT_LNK)});

  List(directory.sys(), 5);

  EXPECT_EQ(directory.kernel().Count(Call::kEntryMode), 0U);
}

// Some file systems tell no type.
TEST(Scan, AsksForTheModeWhereNoTypeIsTold) {
  Directory directory({DirRecord("d", DT_UNKNOWN) + DirRecord("f", DT_UNKNOWN) +
                       DirRecord("l", DT_UNKNOWN)});
  const std::map<std::string, mode_t> modes = {
      {"d", S_IFDIR | 0755}, {"f", S_IFREG | 0644}, {"l", S_IFLNK | 0777}};
  directory.kernel().On(&KernelHooks::entry_mode,
                        [&](int fd, const char *name, mode_t *mode) {
                          EXPECT_EQ(fd, 5);
                          *mode = modes.at(name);
                          return 0;
                        });

  EXPECT_EQ(List(directory.sys(), 5).entries,
            (Entries{{"d", true}, {"f", false}, {"l", false}}));
}

TEST(Scan, PassesOverAnEntryThatWentMeanwhile) {
  Directory directory({DirRecord("a", DT_UNKNOWN) + DirRecord("b", DT_DIR)});
  directory.kernel().FailAlways(Call::kEntryMode, -ENOENT);

  const Listed listed = List(directory.sys(), 5);

  EXPECT_EQ(listed.entries, (Entries{{"b", true}}));
  EXPECT_EQ(listed.end, 0);
}

TEST(Scan, TakesAnEntryWithoutAModeForAFileAndSaysSo) {
  Directory directory({DirRecord("a", DT_UNKNOWN) + DirRecord("b", DT_DIR)});
  directory.kernel().FailAlways(Call::kEntryMode, -EACCES);

  const Listed listed = List(directory.sys(), 5);

  EXPECT_EQ(listed.entries, (Entries{{"a", false}, {"b", true}}));
  EXPECT_EQ(listed.end, -EACCES);
}

TEST(Scan, PassesOverAnEntryThatItHasNoMemoryForAndSaysSo) {
  Directory directory({DirRecord("a", DT_UNKNOWN) + DirRecord("b", DT_DIR)});
  directory.kernel().FailAlways(Call::kEntryMode, -ENOMEM);

  const Listed listed = List(directory.sys(), 5);

  EXPECT_EQ(listed.entries, (Entries{{"b", true}}));
  EXPECT_EQ(listed.end, -ENOMEM);
}

// The longest that the kernel gives, and one that only a fault of it could.
TEST(Scan, PassesOverANameThatIsTooLongAndSaysSo) {
  const std::string longest(RN_NAME_SIZE_MAX, 'n');
  Directory directory({DirRecord("a", DT_REG) + DirRecord(longest, DT_DIR) +
                       DirRecord(longest + "n", DT_DIR) +
                       DirRecord("b", DT_REG)});

  const Listed listed = List(directory.sys(), 5);

  EXPECT_EQ(listed.entries,
            (Entries{{"a", false}, {longest, true}, {"b", false}}));
  EXPECT_EQ(listed.end, -ENAMETOOLONG);
}

TEST(Scan, GoesOverPieces) {
  Directory directory({DirRecord("a", DT_REG) + DirRecord("b", DT_REG),
                       DirRecord(".", DT_DIR), DirRecord("c", DT_REG)});

  EXPECT_EQ(List(directory.sys(), 5).entries.size(), 3U);
  EXPECT_EQ(directory.kernel().Count(Call::kDirRead), 4U);
}

TEST(Scan, PassesAnErrorOn) {
  Directory directory({DirRecord("a", DT_REG)});
  directory.kernel().FailNth(Call::kDirRead, 2, -EIO);

  const Listed listed = List(directory.sys(), 5);

  EXPECT_EQ(listed.entries, (Entries{{"a", false}}));
  EXPECT_EQ(listed.end, -EIO);
}

// A file system may show nothing for ever.
TEST(Scan, ReadsOnceACall) {
  Directory directory({DirRecord(".", DT_DIR), DirRecord("..", DT_DIR)});
  const auto listing = std::make_unique<rn_listing>();
  rn_entry entry;
  rn_listing_begin(listing.get(), directory.sys(), 5);

  EXPECT_EQ(rn_listing_next(listing.get(), &entry), RN_LISTING_NONE);
  EXPECT_EQ(directory.kernel().Count(Call::kDirRead), 1U);
  EXPECT_EQ(rn_listing_next(listing.get(), &entry), RN_LISTING_NONE);
  EXPECT_EQ(rn_listing_next(listing.get(), &entry), 0);

  rn_listing_end(listing.get());
}

TEST(Scan, TellsWhetherTheNextCallReads) {
  Directory directory({DirRecord("a", DT_REG) + DirRecord("b", DT_REG)});
  const auto listing = std::make_unique<rn_listing>();
  rn_entry entry;
  rn_listing_begin(listing.get(), directory.sys(), 5);
  EXPECT_EQ(rn_listing_left(listing.get()), 0U);

  ASSERT_EQ(rn_listing_next(listing.get(), &entry), 1);
  EXPECT_GT(rn_listing_left(listing.get()), 0U);
  ASSERT_EQ(rn_listing_next(listing.get(), &entry), 1);
  EXPECT_EQ(rn_listing_left(listing.get()), 0U);

  rn_listing_end(listing.get());
}

}  // namespace
}  // namespace rn
