// How far inotify sees: what the table says, then what the real kernel does.

#include "ringnotify/filesystem.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "lib/filesystem/filesystem_internal.h"
#include "ringnotify/inotify.h"
#include "test/support/fake_kernel.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

struct Row {
  uint32_t magic;
  const char *name;
  rn_reach reach;
};

// The kernel's own list of numbers, where it has them.
constexpr Row kRows[] = {
    {EXT4_SUPER_MAGIC, "ext4", RN_REACH_ALL},
    {XFS_SUPER_MAGIC, "xfs", RN_REACH_ALL},
    {BTRFS_SUPER_MAGIC, "btrfs", RN_REACH_ALL},
    {TMPFS_MAGIC, "tmpfs", RN_REACH_ALL},
    {MSDOS_SUPER_MAGIC, "vfat", RN_REACH_ALL},
    {NFS_SUPER_MAGIC, "nfs", RN_REACH_LOCAL},
    {CIFS_SUPER_MAGIC, "cifs", RN_REACH_LOCAL},
    {SMB2_SUPER_MAGIC, "smb2", RN_REACH_LOCAL},
    {V9FS_MAGIC, "9p", RN_REACH_LOCAL},
    {FUSE_SUPER_MAGIC, "fuse", RN_REACH_LOCAL},
    {CEPH_SUPER_MAGIC, "ceph", RN_REACH_LOCAL},
    {AFS_SUPER_MAGIC, "afs", RN_REACH_LOCAL},
    {AFS_FS_MAGIC, "afs", RN_REACH_LOCAL},
    {OCFS2_SUPER_MAGIC, "ocfs2", RN_REACH_LOCAL},
    {CODA_SUPER_MAGIC, "coda", RN_REACH_LOCAL},
    {0x0bd00bd0, "lustre", RN_REACH_LOCAL},
    {OVERLAYFS_SUPER_MAGIC, "overlay", RN_REACH_UPPER},
    {ECRYPTFS_SUPER_MAGIC, "ecryptfs", RN_REACH_UPPER},
    {PROC_SUPER_MAGIC, "proc", RN_REACH_LITTLE},
    {SYSFS_MAGIC, "sysfs", RN_REACH_LITTLE},
    {DEVPTS_SUPER_MAGIC, "devpts", RN_REACH_LITTLE},
    {CGROUP_SUPER_MAGIC, "cgroup", RN_REACH_LITTLE},
    {CGROUP2_SUPER_MAGIC, "cgroup2", RN_REACH_LITTLE},
    {DEBUGFS_MAGIC, "debugfs", RN_REACH_LITTLE},
    {TRACEFS_MAGIC, "tracefs", RN_REACH_LITTLE},
};

class Filesystem : public testing::Test {
 protected:
  // What the path "/x" is on, on a kernel that gives this number.
  rn_filesystem Of(uint32_t magic) {
    kernel_.On(&KernelHooks::filesystem, [&](const char *path, uint32_t *out) {
      EXPECT_STREQ(path, "/x");
      *out = magic;
      return 0;
    });
    rn_filesystem found{};
    EXPECT_EQ(rn_filesystem_of_on(kernel_.sys(), "/x", &found), 0);
    return found;
  }

  FakeKernel kernel_;
};

TEST_F(Filesystem, IsKnownByItsNumber) {
  for (const Row &row : kRows) {
    const rn_filesystem found = Of(row.magic);
    EXPECT_STREQ(found.name, row.name);
    EXPECT_EQ(found.reach, row.reach) << row.name;
    EXPECT_EQ(found.magic, row.magic) << row.name;
  }
}

TEST_F(Filesystem, IsUnknownByAnotherNumber) {
  for (const uint32_t magic : {0U, 0x12345678U, 0xffffffffU}) {
    const rn_filesystem found = Of(magic);
    EXPECT_STREQ(found.name, "unknown");
    EXPECT_EQ(found.reach, RN_REACH_UNKNOWN);
    EXPECT_EQ(found.magic, magic);
  }
}

TEST_F(Filesystem, GivesTheErrorOfThePath) {
  for (const int error : {-ENOENT, -EACCES, -EIO}) {
    kernel_.FailNext(Call::kFilesystem, error);
    rn_filesystem found = {RN_REACH_UPPER, "untouched", 42};
    EXPECT_EQ(rn_filesystem_of_on(kernel_.sys(), "/x", &found), error);
    EXPECT_STREQ(found.name, "untouched");
  }
}

// -- The real kernel ----------------------------------------------------------

std::string NameOf(const std::string &path) {
  rn_filesystem found{};
  EXPECT_EQ(rn_filesystem_of(path.c_str(), &found), 0) << path;
  return found.name == nullptr ? "" : found.name;
}

rn_reach ReachOf(const std::string &path) {
  rn_filesystem found{};
  EXPECT_EQ(rn_filesystem_of(path.c_str(), &found), 0) << path;
  return found.reach;
}

TEST(FilesystemOfTheKernel, IsNamedAsItIsMounted) {
  EXPECT_EQ(NameOf("/proc"), "proc");
  EXPECT_EQ(NameOf("/proc/self/status"), "proc");
  EXPECT_EQ(ReachOf("/proc"), RN_REACH_LITTLE);
  const bool has_sys = access("/sys/kernel", F_OK) == 0;
  EXPECT_EQ(has_sys ? NameOf("/sys") : "sysfs", "sysfs");
}

TEST(FilesystemOfTheKernel, IsTheOneBehindALink) {
  const TempDir dir;
  ASSERT_EQ(symlink("/proc/self", dir.Path("link").c_str()), 0);

  EXPECT_EQ(NameOf(dir.Path("link")), "proc");
  EXPECT_NE(NameOf(dir.path()), "proc");
}

TEST(FilesystemOfTheKernel, IsThatOfTheDisk) {
  const TempDir dir;
  struct statfs status;
  ASSERT_EQ(statfs(dir.path().c_str(), &status), 0);
  rn_filesystem found{};
  ASSERT_EQ(rn_filesystem_of(dir.path().c_str(), &found), 0);

  EXPECT_EQ(found.magic, static_cast<uint32_t>(status.f_type));
  EXPECT_NE(found.reach, RN_REACH_LITTLE) << found.name;
}

TEST(FilesystemOfTheKernel, MayBeInMemory) {
  if (access("/dev/shm", F_OK) != 0) GTEST_SKIP() << "no /dev/shm";

  EXPECT_EQ(NameOf("/dev/shm"), "tmpfs");
  EXPECT_EQ(ReachOf("/dev/shm"), RN_REACH_ALL);
}

TEST(FilesystemOfTheKernel, IsNotFoundWithoutThePath) {
  const TempDir dir;
  dir.Write("file", "");
  rn_filesystem found{};

  EXPECT_EQ(rn_filesystem_of(dir.Path("none").c_str(), &found), -ENOENT);
  EXPECT_EQ(rn_filesystem_of(dir.Path("file/x").c_str(), &found), -ENOTDIR);
  EXPECT_EQ(rn_filesystem_of("", &found), -ENOENT);
}

// Whether an instance tells of what `change` does below a path.
template <typename Change>
bool IsTold(const std::string &path, Change change) {
  rn_inotify *inotify = nullptr;
  EXPECT_EQ(rn_inotify_open(0, &inotify), 0);
  EXPECT_GT(rn_inotify_add_watch(inotify, path.c_str(), IN_CREATE), 0);
  change();
  char buffer[4096];
  const bool told = read(rn_inotify_fd(inotify), buffer, sizeof(buffer)) > 0;
  rn_inotify_close(inotify);
  return told;
}

TEST(FilesystemOfTheKernel, HidesItsOwnChangesWhereItSaysSo) {
  const TempDir dir;
  const bool process_is_told = IsTold("/proc", [] {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
  });

  EXPECT_FALSE(process_is_told);
  EXPECT_TRUE(IsTold(dir.path(), [&] { dir.Write("file", ""); }));
}

}  // namespace
}  // namespace rn
