// Names, renames, links, mounts, times and lengths, chosen to hurt.
//
// Each act goes on until its time is over, or until it has done so much that
// doing more would show nothing.

#include "test/stress/hostile_acts.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace rn {
namespace {

constexpr int kTreeWidth = 18000;  // watches whose ends overflow a queue
constexpr int kLinks = 20000;
constexpr int kRounds = 1000000;

void MkDir(const std::string &path) { mkdir(path.c_str(), 0755); }

void Rename(const std::string &from, const std::string &to) {
  rename(from.c_str(), to.c_str());
}

void Touch(const std::string &path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd >= 0) close(fd);
}

std::string Few(Hostility *hostility) {
  return std::string(1, static_cast<char>('a' + hostility->Below(4)));
}

// Directories that are watched by several roots change their places for ever:
// what is looked for by its path is never where it was.
void RenameAroundWatches(Hostility *h) {
  for (int i = 0; i < kRounds && h->Goes(); i++) {
    const std::string from = h->Bad("nest/" + Few(h));
    const std::string to = h->Bad("nest/" + Few(h));
    switch (h->Below(5)) {
      case 0:
        MkDir(from);
        MkDir(from + "/" + Few(h));
        break;
      case 1:
        rmdir(from.c_str());
        break;
      case 2:
        Rename(from, h->Outside(Few(h)));
        break;
      case 3:
        Rename(h->Outside(Few(h)), to);
        break;
      default:
        Rename(from, to);
    }
  }
}

// A tree with more directories than the kernel's queue has room for goes and
// comes: each watch that ends is a record.
void MoveLargeTrees(Hostility *h) {
  const std::string here = h->Bad("large"), there = h->Outside("large");
  MkDir(there);
  for (int i = 0; i < kTreeWidth && h->Goes(); i++)
    MkDir(there + "/" + std::to_string(i));
  for (int i = 0; i < kRounds && h->Goes(); i++) {
    Rename(there, here);
    Rename(here, there);
  }
}

// One inode with as many names as there may be.
void LinkOften(Hostility *h) {
  const std::string dir = h->Bad("links");
  MkDir(dir);
  Touch(dir + "/0");
  for (int round = 0; h->Goes(); round++) {
    for (int i = 1; i < kLinks && h->Goes(); i++) {
      const std::string name = dir + "/" + std::to_string(i);
      if (link((dir + "/0").c_str(), name.c_str()) != 0 && round == 0) break;
    }
    for (int i = 1; i < kLinks && h->Goes(); i++)
      unlink((dir + "/" + std::to_string(i)).c_str());
  }
}

// The longest names, of any bytes, in the longest paths.
void NameAtLength(Hostility *h) {
  std::string dir = h->Bad("long");
  MkDir(dir);
  while (dir.size() + 260 < 3900) {
    std::string name;
    for (int i = 0; i < 250; i++) name += static_cast<char>(1 + h->Below(255));
    for (char &byte : name)
      if (byte == '/') byte = '\n';
    dir += "/" + name;
    MkDir(dir);
  }
  for (int i = 0; i < kRounds && h->Goes(); i++) {
    const std::string path = dir + "/" + std::to_string(h->Below(8));
    if (h->Below(2) == 0) {
      Touch(path);
      MkDir(path + "d");
    } else {
      unlink(path.c_str());
      rmdir((path + "d").c_str());
    }
  }
}

// Paths in which a match can begin at each name and fails only at the end.
void NamePatterns(Hostility *h) {
  std::string dir = h->Bad("build");
  while (dir.size() < 3900 && (MkDir(dir), true)) dir += "/build";
  dir = dir.substr(0, dir.rfind('/'));
  for (int i = 0; i < kRounds && h->Goes(); i++) {
    const std::string path = dir + "/" + std::to_string(h->Below(64)) + ".c";
    if (h->Below(2) == 0)
      Touch(path);
    else
      unlink(path.c_str());
  }
}

// Times that no clock shows.
void SetTimes(Hostility *h) {
  const std::string dir = h->Bad("times");
  MkDir(dir);
  const time_t times[] = {INT64_MAX, INT64_MIN, INT64_C(1) << 62, -1, 0};
  for (int i = 0; i < kRounds && h->Goes(); i++) {
    const std::string path = dir + "/" + Few(h);
    Touch(path);
    const time_t time = times[h->Below(5)];
    const timespec both[] = {{time, 0}, {time, 999999999}};
    utimensat(AT_FDCWD, path.c_str(), both, 0);
    if (h->Below(4) == 0) unlink(path.c_str());
  }
}

// Where this process sees a plain directory, others have something mounted on
// it: a rename that they see by half.
void RenameMountPoints(Hostility *h) {
  const std::string here = h->Bad("mounted"), there = h->Bad("moved");
  if (unshare(CLONE_NEWNS) != 0) return;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
  umount2(here.c_str(), MNT_DETACH);
  for (int i = 0; i < 2000 && h->Goes(); i++) {
    Rename(here, there);
    Touch(there + "/f" + std::to_string(h->Below(8)));
    Rename(there, here);
  }
}

// Directories, files and links change places under one name.
void SwapTypes(Hostility *h) {
  const std::string outside = h->Outside("elsewhere");
  MkDir(outside);
  for (int i = 0; i < kRounds && h->Goes(); i++) {
    const std::string path = h->Bad("swap" + Few(h));
    switch (h->Below(4)) {
      case 0:
        MkDir(path);
        Touch(path + "/f");
        break;
      case 1:
        Touch(path);
        break;
      case 2:
        if (symlink(outside.c_str(), path.c_str()) != 0) Touch(path);
        break;
      default:
        unlink((path + "/f").c_str());
        unlink(path.c_str());
        rmdir(path.c_str());
    }
  }
}

// More events than anybody reads.
void Flood(Hostility *h) {
  const std::string dir = h->Bad("flood");
  MkDir(dir);
  int fds[16];
  for (int i = 0; i < 16; i++)
    fds[i] = open((dir + "/" + std::to_string(i)).c_str(),
                  O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  for (int i = 0; i < 100 * kRounds && h->Goes(); i++)
    if (pwrite(fds[i % 16], "x", 1, 0) != 1) break;
  for (const int fd : fds) close(fd);
}

// Files that come and go in a directory which has very many.
void FillOneDirectory(Hostility *h) {
  const std::string dir = h->Bad("full");
  MkDir(dir);
  for (int i = 0; i < 50000 && h->Goes(); i++)
    Touch(dir + "/" + std::to_string(i));
  for (int i = 0; i < kRounds && h->Goes(); i++) {
    const std::string other = h->Bad("full" + Few(h));
    Rename(dir, other);
    Rename(other, dir);
  }
}

}  // namespace

Hostility::Hostility(const std::string &bad, const std::string &outside,
                     uint32_t seed, int ms)
    : bad_(bad), outside_(outside), random_(seed) {
  clock_gettime(CLOCK_MONOTONIC, &end_);
  end_.tv_sec += ms / 1000;
  end_.tv_nsec += ms % 1000 * 1000000L;
  if (end_.tv_nsec < 1000000000L) return;
  end_.tv_sec++;
  end_.tv_nsec -= 1000000000L;
}

bool Hostility::Goes() const {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec < end_.tv_sec ||
         (now.tv_sec == end_.tv_sec && now.tv_nsec < end_.tv_nsec);
}

const std::vector<HostileAct> &HostileActs() {
  static const std::vector<HostileAct> acts = {
      {"renames around watches", RenameAroundWatches},
      {"large trees in and out", MoveLargeTrees},
      {"hard links", LinkOften},
      {"long names", NameAtLength},
      {"paths for patterns", NamePatterns},
      {"times", SetTimes},
      {"mount points renamed", RenameMountPoints},
      {"types swapped", SwapTypes},
      {"flood", Flood},
      {"one full directory", FillOneDirectory},
  };
  return acts;
}

std::vector<std::string> PrepareHostileTree(const std::string &bad) {
  for (const char *name : {"", "/nest", "/nest/a", "/nest/b", "/mounted"})
    MkDir(bad + name);
  return {bad + "/nest/a", bad + "/nest"};
}

bool MountHostileTree(const std::string &bad) {
  static const bool own =
      unshare(CLONE_NEWNS) == 0 &&
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  const std::string point = bad + "/mounted";
  return own && mount("none", point.c_str(), "tmpfs", 0, "size=16m") == 0;
}

void UnmountHostileTree(const std::string &bad) {
  umount2((bad + "/mounted").c_str(), MNT_DETACH);
}

}  // namespace rn
