/* How far inotify sees on a file system.
 *
 * The idea: statfs(2) gives a number for the kind of file system, and a table
 * says what is known of that kind.  inotify hooks sit in the kernel's own file
 * calls (fs/notify), so they see what a program on this machine does, and
 * nothing that changes by another way: on a server, in the program behind a
 * FUSE mount, in a layer below an overlay, or because the kernel makes up the
 * content as it is read.
 *
 * The numbers are those of linux/magic.h and statfs(2), and, marked, of file
 * systems outside the kernel.  They are written out here, as headers of the
 * machine that builds may be older than the kernel that runs.
 *
 * What this does not do: find out whether a network file system is used by this
 * machine alone, or look at what is mounted below the path. */

#include "lib/base/base.h"
#include "lib/base/cancel.h"
#include "lib/filesystem/filesystem_internal.h"
#include "lib/sys/sys.h"

/* A kind may have several numbers; no number stands twice. */
static const struct rn_filesystem known[] = {
    /* on a disk */
    {RN_REACH_ALL, "adfs", 0xadf5},
    {RN_REACH_ALL, "affs", 0xadff},
    {RN_REACH_ALL, "bcachefs", 0xca451a4e},
    {RN_REACH_ALL, "befs", 0x42465331},
    {RN_REACH_ALL, "bfs", 0x1badface},
    {RN_REACH_ALL, "btrfs", 0x9123683e},
    {RN_REACH_ALL, "cramfs", 0x28cd3d45},
    {RN_REACH_ALL, "efs", 0x00414a53},
    {RN_REACH_ALL, "erofs", 0xe0f5e1e2},
    {RN_REACH_ALL, "exfat", 0x2011bab0},
    {RN_REACH_ALL, "ext4", 0xef53},
    {RN_REACH_ALL, "f2fs", 0xf2f52010},
    {RN_REACH_ALL, "hfs", 0x4244},
    {RN_REACH_ALL, "hfsplus", 0x482b},
    {RN_REACH_ALL, "hpfs", 0xf995e849},
    {RN_REACH_ALL, "isofs", 0x9660},
    {RN_REACH_ALL, "jffs2", 0x72b6},
    {RN_REACH_ALL, "jfs", 0x3153464a},
    {RN_REACH_ALL, "minix", 0x137f},
    {RN_REACH_ALL, "minix", 0x138f},
    {RN_REACH_ALL, "minix", 0x2468},
    {RN_REACH_ALL, "minix", 0x2478},
    {RN_REACH_ALL, "minix", 0x4d5a},
    {RN_REACH_ALL, "nilfs2", 0x3434},
    {RN_REACH_ALL, "ntfs", 0x5346544e},
    {RN_REACH_ALL, "ntfs3", 0x7366746e},
    {RN_REACH_ALL, "qnx4", 0x002f},
    {RN_REACH_ALL, "qnx6", 0x68191122},
    {RN_REACH_ALL, "reiserfs", 0x52654973},
    {RN_REACH_ALL, "romfs", 0x7275},
    {RN_REACH_ALL, "squashfs", 0x73717368},
    {RN_REACH_ALL, "ubifs", 0x24051905},
    {RN_REACH_ALL, "udf", 0x15013346},
    {RN_REACH_ALL, "ufs", 0x00011954},
    {RN_REACH_ALL, "vfat", 0x4d44},
    {RN_REACH_ALL, "xfs", 0x58465342},
    {RN_REACH_ALL, "zfs", 0x2fc12fc1}, /* OpenZFS */
    {RN_REACH_ALL, "zonefs", 0x5a4f4653},
    /* in memory */
    {RN_REACH_ALL, "hugetlbfs", 0x958458f6},
    {RN_REACH_ALL, "ramfs", 0x858458f6},
    {RN_REACH_ALL, "tmpfs", 0x01021994},
    /* on a server, shared between machines, or with a program behind it */
    {RN_REACH_LOCAL, "9p", 0x01021997},
    {RN_REACH_LOCAL, "afs", 0x5346414f},
    {RN_REACH_LOCAL, "afs", 0x6b414653},
    {RN_REACH_LOCAL, "beegfs", 0x19830326}, /* its client module */
    {RN_REACH_LOCAL, "ceph", 0x00c36400},
    {RN_REACH_LOCAL, "cifs", 0xff534d42},
    {RN_REACH_LOCAL, "coda", 0x73757245},
    {RN_REACH_LOCAL, "fuse", 0x65735546},
    {RN_REACH_LOCAL, "gfs2", 0x01161970},
    {RN_REACH_LOCAL, "gpfs", 0x47504653}, /* IBM Storage Scale */
    {RN_REACH_LOCAL, "hostfs", 0x00c0ffee},
    {RN_REACH_LOCAL, "lustre", 0x0bd00bd0}, /* its client module */
    {RN_REACH_LOCAL, "ncpfs", 0x564c},
    {RN_REACH_LOCAL, "nfs", 0x6969},
    {RN_REACH_LOCAL, "ocfs2", 0x7461636f},
    {RN_REACH_LOCAL, "orangefs", 0x20030528},
    {RN_REACH_LOCAL, "prl_fs", 0x7c7c6673}, /* Parallels */
    {RN_REACH_LOCAL, "smb2", 0xfe534d42},
    {RN_REACH_LOCAL, "smbfs", 0x517b},
    {RN_REACH_LOCAL, "vboxsf", 0x786f4256},
    {RN_REACH_LOCAL, "vmhgfs", 0xbacbacbc}, /* VMware */
    /* over another one */
    {RN_REACH_UPPER, "ecryptfs", 0xf15f},
    {RN_REACH_UPPER, "overlay", 0x794c7630},
    {RN_REACH_UPPER, "aufs", 0x61756673}, /* outside the kernel */
    /* what the kernel shows of itself */
    {RN_REACH_LITTLE, "autofs", 0x0187},
    {RN_REACH_LITTLE, "binder", 0x6c6f6f70},
    {RN_REACH_LITTLE, "binfmt_misc", 0x42494e4d},
    {RN_REACH_LITTLE, "bpf", 0xcafe4a11},
    {RN_REACH_LITTLE, "cgroup", 0x0027e0eb},
    {RN_REACH_LITTLE, "cgroup2", 0x63677270},
    {RN_REACH_LITTLE, "configfs", 0x62656570},
    {RN_REACH_LITTLE, "debugfs", 0x64626720},
    {RN_REACH_LITTLE, "devpts", 0x1cd1},
    {RN_REACH_LITTLE, "efivarfs", 0xde5e81e4},
    {RN_REACH_LITTLE, "mqueue", 0x19800202},
    {RN_REACH_LITTLE, "nsfs", 0x6e736673},
    {RN_REACH_LITTLE, "openprom", 0x9fa1},
    {RN_REACH_LITTLE, "proc", 0x9fa0},
    {RN_REACH_LITTLE, "pstore", 0x6165676c},
    {RN_REACH_LITTLE, "resctrl", 0x07655821},
    {RN_REACH_LITTLE, "rpc_pipefs", 0x67596969},
    {RN_REACH_LITTLE, "securityfs", 0x73636673},
    {RN_REACH_LITTLE, "selinuxfs", 0xf97cff8c},
    {RN_REACH_LITTLE, "smackfs", 0x43415d53},
    {RN_REACH_LITTLE, "sysfs", 0x62656572},
    {RN_REACH_LITTLE, "tracefs", 0x74726163},
    {RN_REACH_LITTLE, "usbdevfs", 0x9fa2},
    {RN_REACH_LITTLE, "xenfs", 0xabba1974},
};

int rn_filesystem_of(const char *path, struct rn_filesystem *filesystem) {
  return rn_filesystem_of_on(&rn_sys_linux, path, filesystem);
}

int rn_filesystem_of_on(const struct rn_sys *sys, const char *path,
                        struct rn_filesystem *filesystem) {
  RN_UNCANCELLED;
  uint32_t magic;
  const int err = sys->filesystem(sys, path, &magic);
  if (err < 0) return err;
  *filesystem = (struct rn_filesystem){
      .reach = RN_REACH_UNKNOWN, .name = "unknown", .magic = magic};
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (known[i].magic == magic) *filesystem = known[i];
  return 0;
}
