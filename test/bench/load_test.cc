// What a load's changes look like to who watches its directories.

#include "bench/core/load.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "bench/core/tree.h"
#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

// A record of inotify.
struct Seen {
  int wd;
  uint32_t mask;
  std::string name;
};

class Load : public testing::Test {
 protected:
  Load() { load_.root_fd = -1; }
  ~Load() override {
    load_remove(&load_);
    if (fd_ >= 0) close(fd_);
  }

  int Make(uint32_t watches, uint32_t files, uint32_t name_size) {
    const load_shape shape = {watches, files, name_size};
    return load_make(&load_, dir_.path().c_str(), &shape);
  }

  void WatchAll() {
    fd_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    for (uint32_t i = 0; i <= load_.shape.watch_count; i++) {
      char path[LOAD_DIRECTORY_SIZE];
      load_directory(&load_, i, path);
      ASSERT_GT(inotify_add_watch(fd_, path, IN_ALL_EVENTS), 0) << path;
    }
  }

  std::vector<Seen> ReadAll() const {
    std::vector<Seen> all;
    alignas(inotify_event) char bytes[4096];
    for (ssize_t size; (size = read(fd_, bytes, sizeof(bytes))) > 0;) {
      for (ssize_t at = 0; at < size;) {
        const auto *event = reinterpret_cast<inotify_event *>(bytes + at);
        all.push_back(
            {event->wd, event->mask, event->len > 0 ? event->name : ""});
        at += static_cast<ssize_t>(sizeof(*event) + event->len);
      }
    }
    return all;
  }

  TempDir dir_;
  load load_ = {};
  int fd_ = -1;
};

TEST_F(Load, MakesOneModifyAnEventAndTheLastOne) {
  ASSERT_EQ(Make(3, 7, 12), 0);
  WatchAll();

  ASSERT_EQ(load_make_events(&load_, 20), 0);

  const std::vector<Seen> seen = ReadAll();
  ASSERT_EQ(seen.size(), 21U);
  for (const Seen &one : seen) {
    EXPECT_EQ(one.mask, static_cast<uint32_t>(IN_MODIFY));
    EXPECT_EQ(one.name.size(), 12U);
  }
  EXPECT_EQ(seen.back().name.substr(0, 4), "last");
  EXPECT_EQ(seen.back().wd, 4) << "in a directory of its own";
}

TEST_F(Load, GoesThroughAllFilesBeforeItComesBack) {
  ASSERT_EQ(Make(4, 30, 8), 0);
  WatchAll();

  ASSERT_EQ(load_make_events(&load_, 30), 0);

  std::set<std::string> names;
  std::vector<Seen> seen = ReadAll();
  for (size_t i = 0; i + 1 < seen.size(); i++) {
    names.insert(seen[i].name);
    if (i > 0) {
      EXPECT_NE(seen[i].wd, seen[i - 1].wd);
    }
  }
  EXPECT_EQ(names.size(), 30U);
}

TEST_F(Load, DoesTheSameWithMoreFilesThanItKeepsOpen) {
  ASSERT_EQ(Make(2, 1100, 9), 0);
  ASSERT_EQ(load_.fds, nullptr);
  WatchAll();

  ASSERT_EQ(load_make_events(&load_, 100), 0);

  const std::vector<Seen> seen = ReadAll();
  ASSERT_EQ(seen.size(), 101U);
  for (const Seen &one : seen)
    EXPECT_EQ(one.mask, static_cast<uint32_t>(IN_MODIFY));
}

TEST_F(Load, HasNamesOfTheLengthAskedFor) {
  for (const int size : {+LOAD_NAME_SIZE_MIN, 16, +LOAD_NAME_SIZE_MAX}) {
    ASSERT_EQ(Make(1, 2, static_cast<uint32_t>(size)), 0);

    char path[LOAD_DIRECTORY_SIZE];
    load_directory(&load_, 0, path);
    EXPECT_EQ(load_.path_size,
              std::string(path).size() + 1 + static_cast<size_t>(size));
  }
}

TEST_F(Load, IsMadeAnewOnlyForAnotherShape) {
  ASSERT_EQ(Make(2, 4, 12), 0);
  const int first = load_.root_fd;
  ASSERT_EQ(Make(2, 4, 12), 0);
  EXPECT_EQ(load_.root_fd, first);

  ASSERT_EQ(Make(1, 4, 12), 0);

  char path[LOAD_DIRECTORY_SIZE];
  load_directory(&load_, 2, path);
  EXPECT_NE(access(path, F_OK), 0) << "of the shape before";
}

TEST_F(Load, RefusesShapesThatGiveNoEvents) {
  EXPECT_EQ(Make(0, 2, 12), -EINVAL);
  EXPECT_EQ(Make(1, 1, 12), -EINVAL);
  EXPECT_EQ(Make(3, 2, 12), -EINVAL);
  EXPECT_EQ(Make(1, 2, LOAD_NAME_SIZE_MIN - 1), -EINVAL);
  EXPECT_EQ(Make(1, 2, LOAD_NAME_SIZE_MAX + 1), -EINVAL);
}

TEST(Tree, HasTenDirectoriesBelowEach) {
  const TempDir dir;
  const std::string root = dir.Path("tree");

  ASSERT_EQ(tree_make(root.c_str(), 112), 0);

  for (const char *path : {"/d0000001", "/d0000010/d0000110",
                           "/d0000001/d0000011/d0000111", "/f0000001"})
    EXPECT_EQ(access((root + path).c_str(), F_OK), 0) << path;
  EXPECT_NE(access((root + "/d0000011").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace rn
