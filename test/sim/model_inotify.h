#ifndef TEST_SIM_MODEL_INOTIFY_H_
#define TEST_SIM_MODEL_INOTIFY_H_

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "test/sim/model_fs.h"
#include "test/sim/trace.h"

namespace rn::sim {

struct Record {
  int wd;
  uint32_t mask;
  uint32_t cookie;
  std::string name;
  bool again = false;  // its wd was another's before
};

// "IN_CREATE|IN_ISDIR", for people.
std::string MaskText(uint32_t mask);
std::string RecordText(const Record &record);

// One inotify instance: watches on inodes, and the queue.
class ModelInotify {
 public:
  // Both limits may be changed at any time.
  size_t queue_max = 16384;
  size_t watches_max = 1 << 20;
  // The next record is lost without a marker.
  bool lose_next = false;
  // Whose records are not counted as read.
  const Inode *uncounted = nullptr;

  explicit ModelInotify(Trace *trace) : trace_(trace) {}

  // inotify_add_watch(2) on what was found.  Returns a wd, -ENOSPC, -EEXIST,
  // -EINVAL.
  int Add(Inode *inode, uint32_t mask);
  // inotify_rm_watch(2).
  int Remove(int wd);
  // What INOTIFY_IOC_SETNEXTWD does.
  int SetNext(int wd);

  // Something happened to an inode, or with `name` to an entry in it: queued
  // when its watch wants it.
  void Happen(Inode *inode, uint32_t mask, uint32_t cookie,
              const std::string &name);
  // Its last name and the last descriptor are gone: DELETE_SELF, IGNORED.
  void End(Inode *inode);

  // read(2): whole records.  Returns bytes, -EAGAIN, -EINVAL.
  ssize_t Read(char *buffer, size_t size);
  size_t QueuedBytes() const;
  bool is_empty() const { return queue_.empty(); }

  // Records that found no room.
  uint64_t lost() const { return lost_; }
  // Records that were read.
  uint64_t read_count() const { return read_count_; }
  // Those of a fence that had the number of a watch which had ended.  They say
  // what that one's own did, if it was lost; else they are not counted.
  uint64_t again_count() const { return again_count_; }
  // Markers that were queued.
  uint64_t marker_count() const { return markers_; }

  // Inodes by wd; nullptr where there is no watch any more.
  const std::vector<Inode *> &watched() const { return watched_; }
  // What a wd is or was the watch of, at first.
  const Inode *InodeOf(int wd) const {
    return inodes_[static_cast<size_t>(wd)];
  }

 private:
  void Queue(Record record);
  void DropWatch(Inode *inode);
  int FreeWd();

  Trace *const trace_;
  std::deque<Record> queue_;
  bool marker_queued_ = false;
  uint64_t lost_ = 0;
  uint64_t read_count_ = 0;
  uint64_t again_count_ = 0;
  uint64_t markers_ = 0;
  size_t watch_count_ = 0;
  size_t next_wd_ = 1;
  std::vector<Inode *> watched_{nullptr};
  std::vector<const Inode *> inodes_{nullptr};
};

}  // namespace rn::sim

#endif  // TEST_SIM_MODEL_INOTIFY_H_
