// What happens to the trees in the life of a notifier.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/fault/life.h"
#include "test/support/raw_record.h"
#include "test/support/wait_until.h"

namespace rn {

void Life::MakeTrees() const {
  for (const char *name :
       {"tree/a/b/c", "tree/d", "tree/k", "tree/gone", "flat", "late/e",
        "late/broken", "late/a name that is long", "outside/x/y/z",
        "outside/w"})
    dir_.MkDir(name);
  for (const char *name : {"way/1", "way/2", "pairs/a/b", "pairs/c"})
    dir_.MkDir(name);
  EXPECT_EQ(symlink("way/1", Path("link").c_str()), 0);
  std::string deep = "tree/deep";
  for (int i = 0; i < size_.depth; i++) deep += "/" + std::to_string(i);
  dir_.MkDir(deep);
  for (int i = 0; i < size_.names; i++)
    dir_.Write("outside/x/" + std::to_string(i), "");
  for (const char *name : {"tree/a/f", "tree/k/inside", "outside/x/y/f"})
    dir_.Write(name, "");
}

void Life::MkDir(const std::string &name) const {
  EXPECT_EQ(mkdir(Path(name).c_str(), 0755), 0) << name;
}

void Life::Remove(const std::string &name) const {
  EXPECT_EQ(remove(Path(name).c_str()), 0) << name;
}

void Life::Move(const std::string &from, const std::string &to) const {
  EXPECT_EQ(rename(Path(from).c_str(), Path(to).c_str()), 0) << from;
}

// Another process that writes into a directory while it is renamed puts its
// record between the halves: here it is done for it.
void Life::PutRecordBetweenHalves() {
  kernel_->On(&KernelHooks::read, [this](int fd, void *buffer, size_t size) {
    const rn_sys *real = kernel_->beneath();
    const ssize_t got = real->read(real, fd, buffer, size);
    static int inside_wd = 0;
    Bytes bytes;
    const char *const all = static_cast<const char *>(buffer);
    for (ssize_t at = 0; at < got;) {
      inotify_event head;
      memcpy(&head, all + at, sizeof(head));
      const char *name = head.len > 0 ? all + at + sizeof(head) : "";
      const size_t record_size = sizeof(head) + head.len;
      bytes.append(all + at, record_size);
      if (strcmp(name, "inside") == 0) inside_wd = head.wd;
      if (strcmp(name, "k") == 0 && (head.mask & IN_MOVED_FROM) != 0 &&
          inside_wd != 0)
        bytes += Record(inside_wd, IN_CREATE, 0, "between") +
                 Record(inside_wd, IN_DELETE, 0, "between");
      at += static_cast<ssize_t>(record_size);
    }
    if (got <= 0 || bytes.size() > size) return got;
    memcpy(buffer, bytes.data(), bytes.size());
    return static_cast<ssize_t>(bytes.size());
  });
}

// One directory that cannot be opened: the addition tells of it.
void Life::BreakDirectory() {
  kernel_->On(&KernelHooks::dir_open,
              [this](int dir_fd, const char *path, int flags) {
                if (strcmp(path, "broken") == 0) return -EIO;
                return kernel_->beneath()->dir_open(kernel_->beneath(), dir_fd,
                                                    path, flags);
              });
}

void Life::ChangeDirectories() {
  MkDir("tree/new");
  dir_.Write("tree/new/f", "");
  dir_.MkDir("tree/new/1/2");
  Remove("tree/k/inside");
  dir_.Write("tree/k/inside", "");
  Move("tree/k", "tree/a/k");
  Move("tree/a/k", "tree/d/k");
  Remove("tree/gone");
  MkDir("tree/gone");
  Move("outside/x", "tree/x");
  Move("tree/x/y", "outside/y");
}

void Life::RenameDirectories() {
  Move("tree/a/b", "tree/d/b");
  Move("outside/y", "tree/gone/y");
  Move("tree/x", "tree/new/x");
  MkDir("tree/empty");
  Move("outside/w", "tree/empty");
}

void Life::ChangeLater() {
  Move("tree/new", "outside/new");
  dir_.Write("outside/new/1/later", "");
  Move("outside/new", "tree/back");
  Remove("tree/back/f");
  Remove("tree/back/1/later");
  Remove("tree/back/1/2");
  Remove("tree/back/1");
  MkDir("tree/back/1");
  dir_.Write("tree/back/1/f", "");
  Move("tree/back/1/f", "tree/a/f");
  dir_.Write("late/e/f", "");
  dir_.Write("flat/f.skip", "");
}

// Where a persistent watch and one of whole renames have to follow.
void Life::FollowPaths() {
  dir_.Write("way/1/f", "");
  dir_.Write("way/2/f", "");
  EXPECT_EQ(symlink("way/2", Path("other").c_str()), 0);
  Move("other", "link");
  Remove("way/2/f");
  dir_.Write("way/2/f", "");
  dir_.Write("pairs/a/f", "");
  Move("pairs/a/f", "pairs/c/f");
  Move("pairs/a", "pairs/c/a");
  Move("pairs/c", "pairs/d");
}

uint64_t Life::ReadCount() const {
  rn_statistics now = Sized<rn_statistics>();
  EXPECT_EQ(rn_thread_notifier_statistics(notifier_, &now), 0);
  return now.read;
}

void Life::BuildBacklog() {
  flat_log_.Hold();
  int fds[2];
  for (int i = 0; i < 2; i++)
    fds[i] = open(
        dir_.Write("flat/" + std::string(200, static_cast<char>('a' + i)), "")
            .c_str(),
        O_WRONLY | O_CLOEXEC);
  const uint64_t before = ReadCount();
  for (int i = 0; i < size_.backlog; i++)
    EXPECT_EQ(pwrite(fds[i % 2], "x", 1, 0), 1);
  for (const int fd : fds) close(fd);
  const uint64_t all = before + static_cast<uint64_t>(size_.backlog);
  EXPECT_TRUE(WaitUntil([&] {
    return ReadCount() >= all || HasReaderFailed();
  })) << ReadCount()
      << " read, " << before << " before";
  flat_log_.Let();
}

void Life::Overflow() {
  kernel_->QueueRead(OverflowRecord());
  EXPECT_TRUE(WaitUntil([&] {
    for (const LoggedEvent &event : flat_log_.Events())
      if (event.kind == RN_EVENT_OVERFLOW) return true;
    return HasReaderFailed();
  }));
}

void Life::LookUp() {
  rn_watch_manager *manager = rn_thread_notifier_manager(notifier_);
  Try("list", [&] {
    rn_watch_list *list = nullptr;
    const int err = rn_watch_manager_list(manager, false, &list);
    rn_watch_list_free(list);
    return err;
  });
  Try("find", [&] {
    rn_watch found;
    return rn_watch_manager_find(manager, Path("flat").c_str(), &found);
  });
}

// Nothing happens meanwhile: what is expected stays the same.
void Life::SuspendAndResume() {
  rn_watch_manager *manager = rn_thread_notifier_manager(notifier_);
  Try("suspend", [&] { return rn_watch_manager_suspend(manager, &late_); });
  Try("resume", [&] { return rn_watch_manager_resume(manager, &late_); });
}

void Life::UpdateAndRemove() {
  LookUp();
  SuspendAndResume();
  Try("update", [this] { return SetMask(notifier_, flat_, IN_CREATE); });
  for (const rn_watch &watch : {late_, link_, pairs_})
    Try("remove", [&] {
      return rn_watch_manager_remove(rn_thread_notifier_manager(notifier_),
                                     watch);
    });
}

void Life::Sync() {
  // What is not to be had may hold it up until that is mended: no failure.
  constexpr int kPieceMs = 1000, kPieces = 60;
  Try("sync", [this] {
    int err = -ETIMEDOUT;
    for (int i = 0; i < kPieces && err == -ETIMEDOUT; i++) {
      err = rn_thread_notifier_sync(notifier_, kPieceMs);
      if (err == -ETIMEDOUT && fault_.happened()) fault_.mend();
    }
    return err;
  });
}

}  // namespace rn
