#ifndef RINGNOTIFY_FILESYSTEM_H
#define RINGNOTIFY_FILESYSTEM_H

/* How far inotify sees on a file system.  A watch can be added on all of them,
 * and on some it stays silent while things change: the kernel tells of what
 * goes through its own file calls, on this machine. */

#include "ringnotify/base.h"

RN_BEGIN_DECLS

/* Which changes are told. */
enum rn_reach {
  RN_REACH_UNKNOWN, /* the library does not know the file system */
  RN_REACH_ALL,     /* all: a disk's, or one in memory */
  RN_REACH_LOCAL,  /* those made through this machine; not those of a server, of
                     other machines or of the program behind it: nfs, cifs, 9p,
                     fuse, ceph, ... */
  RN_REACH_UPPER,  /* those made through the mount; not those made directly in
                     the directories that it lies over: overlay, ecryptfs */
  RN_REACH_LITTLE, /* what programs make, remove or write there; not what the
                      kernel shows there of itself, which is nearly all: proc,
                      sysfs, cgroup, devpts, ... */
};

/* The file system of a path.  No fields will be added. */
struct rn_filesystem {
  enum rn_reach reach;
  const char *name; /* as mount(8) has it: "nfs", "proc"; "ext4" for ext2 and
                       ext3, "smb2" for cifs of that version, too; "unknown" */
  uint32_t magic;   /* statfs(2) f_type */
};

/* Find the file system that a path is on.
 *
 * It is that of the path itself, a link followed: what is mounted below may
 * have another.
 *
 * Returns    0; -ENOENT, -EACCES, -ENOTDIR, -ELOOP, -ENAMETOOLONG the path;
 *            else what statfs(2) gave.
 * Ownership  the name is static.
 * Threads    any.
 * Blocks     while a file server that is away is waited for.
 * Source     statfs(2); linux/magic.h; inotify(7) "Limitations and caveats". */
RN_API RN_CHECKED int rn_filesystem_of(const char *path,
                                       struct rn_filesystem *filesystem);

RN_END_DECLS

#endif
