#ifndef TEST_SUPPORT_EVENTS_WATCH_TABLE_H_
#define TEST_SUPPORT_EVENTS_WATCH_TABLE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace rn {

// Inodes that the inotify instances of a process watch, as the kernel tells in
// /proc/PROCESS/fdinfo; one line each.
std::multiset<ino_t> WatchedInodes(const std::string &process = "self");

// The mask that the kernel has for an inode; 0 when it is not watched.
uint32_t WatchedMask(const std::string &path);

// Inodes of a directory and of all directories below it.
std::multiset<ino_t> LiveDirectories(const std::string &root);

// Entries of /proc/self/fd and /proc/self/task.
size_t OpenDescriptors();
size_t Threads();

}  // namespace rn

#endif  // TEST_SUPPORT_EVENTS_WATCH_TABLE_H_
