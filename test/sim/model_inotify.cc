// The rules are those of fs/notify in the kernel: the limit is looked at
// before merging, the marker is one object that is in the queue or not, an
// IN_IGNORED is never merged, cookies are not compared.

#include "test/sim/model_inotify.h"

#include <errno.h>
#include <sys/inotify.h>

#include <cstring>

namespace rn::sim {
namespace {

constexpr uint32_t kMaskCreate = 0x10000000;  // IN_MASK_CREATE
constexpr uint32_t kKept = IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_ONESHOT;

size_t NameSize(const Record &record) {
  if (record.name.empty()) return 0;
  constexpr size_t kUnit = sizeof(inotify_event);
  return (record.name.size() + 1 + kUnit - 1) / kUnit * kUnit;
}

size_t SizeOf(const Record &record) {
  return sizeof(inotify_event) + NameSize(record);
}

bool Merges(const Record &tail, const Record &record) {
  return (tail.mask & IN_IGNORED) == 0 && tail.mask == record.mask &&
         tail.wd == record.wd && tail.name == record.name;
}

}  // namespace

std::string MaskText(uint32_t mask) {
  static constexpr struct {
    uint32_t bit;
    const char *name;
  } kNames[] = {
      {IN_ACCESS, "ACCESS"},
      {IN_MODIFY, "MODIFY"},
      {IN_ATTRIB, "ATTRIB"},
      {IN_CLOSE_WRITE, "CLOSE_WRITE"},
      {IN_OPEN, "OPEN"},
      {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"},
      {IN_MOVED_FROM, "MOVED_FROM"},
      {IN_MOVED_TO, "MOVED_TO"},
      {IN_CREATE, "CREATE"},
      {IN_DELETE, "DELETE"},
      {IN_DELETE_SELF, "DELETE_SELF"},
      {IN_MOVE_SELF, "MOVE_SELF"},
      {IN_Q_OVERFLOW, "Q_OVERFLOW"},
      {IN_IGNORED, "IGNORED"},
      {IN_UNMOUNT, "UNMOUNT"},
      {IN_ISDIR, "ISDIR"},
  };
  std::string text;
  for (const auto &[bit, name] : kNames)
    if ((mask & bit) != 0)
      text += (text.empty() ? "" : "|") + std::string(name);
  return text;
}

std::string RecordText(const Record &record) {
  std::string text = "wd " + std::to_string(record.wd) + " ";
  text += MaskText(record.mask);
  if (record.cookie != 0) text += " #" + std::to_string(record.cookie);
  if (!record.name.empty()) text += " " + record.name;
  return text;
}

int ModelInotify::SetNext(int wd) {
  if (wd < 1) return -EINVAL;
  next_wd_ = static_cast<size_t>(wd);
  return 0;
}

int ModelInotify::FreeWd() {
  while (next_wd_ < watched_.size() && watched_[next_wd_] != nullptr)
    next_wd_++;
  if (next_wd_ >= watched_.size()) watched_.resize(next_wd_ + 1, nullptr);
  if (next_wd_ > inodes_.size()) inodes_.resize(next_wd_, nullptr);
  return static_cast<int>(next_wd_++);
}

int ModelInotify::Add(Inode *inode, uint32_t mask) {
  const bool adds = (mask & IN_MASK_ADD) != 0;
  const bool creates = (mask & kMaskCreate) != 0;
  if ((mask & IN_ALL_EVENTS) == 0 || (adds && creates)) return -EINVAL;
  if (inode->wd != 0) {
    if (creates) return -EEXIST;
    inode->mask = (adds ? inode->mask : 0) | (mask & kKept);
    return inode->wd;
  }
  if (watch_count_ >= watches_max) return -ENOSPC;
  inode->wd = FreeWd();
  inode->mask = mask & kKept;
  watched_[static_cast<size_t>(inode->wd)] = inode;
  if (static_cast<size_t>(inode->wd) == inodes_.size())
    inodes_.push_back(inode);
  watch_count_++;
  return inode->wd;
}

void ModelInotify::DropWatch(Inode *inode) {
  watched_[static_cast<size_t>(inode->wd)] = nullptr;
  watch_count_--;
  const int wd = inode->wd;
  inode->wd = 0;
  inode->mask = 0;
  Queue({wd, IN_IGNORED, 0, "", inodes_[static_cast<size_t>(wd)] != inode});
}

int ModelInotify::Remove(int wd) {
  if (wd <= 0 || static_cast<size_t>(wd) >= watched_.size()) return -EINVAL;
  Inode *inode = watched_[static_cast<size_t>(wd)];
  if (inode == nullptr) return -EINVAL;
  DropWatch(inode);
  return 0;
}

void ModelInotify::Happen(Inode *inode, uint32_t mask, uint32_t cookie,
                          const std::string &name) {
  if (inode->wd == 0 || (inode->mask & mask & IN_ALL_EVENTS) == 0) return;
  if ((mask & (IN_MOVE_SELF | IN_DELETE_SELF)) != 0) mask &= ~IN_ISDIR;
  Queue({inode->wd, mask, cookie, name});
}

void ModelInotify::End(Inode *inode) {
  inode->removed = true;
  Happen(inode, IN_DELETE_SELF, 0, "");
  if (inode->wd != 0) DropWatch(inode);
}

void ModelInotify::Queue(Record record) {
  if (lose_next) {
    lose_next = false;
    return;
  }
  if (queue_.size() >= queue_max) {
    lost_++;
    if (trace_->on()) trace_->Line("      lost %s", RecordText(record).c_str());
    if (marker_queued_) return;
    marker_queued_ = true;
    markers_++;
    record = {-1, IN_Q_OVERFLOW, 0, ""};
  } else if (!queue_.empty() && Merges(queue_.back(), record)) {
    return;
  }
  if (trace_->on()) trace_->Line("      queued %s", RecordText(record).c_str());
  queue_.push_back(std::move(record));
}

ssize_t ModelInotify::Read(char *buffer, size_t size) {
  if (queue_.empty()) return -EAGAIN;
  size_t used = 0;
  while (!queue_.empty()) {
    const Record &record = queue_.front();
    if (used + SizeOf(record) > size) break;
    const size_t name_size = NameSize(record);
    inotify_event head = {};
    head.wd = record.wd;
    head.mask = record.mask;
    head.cookie = record.cookie;
    head.len = static_cast<uint32_t>(name_size);
    std::memcpy(buffer + used, &head, sizeof(head));
    used += sizeof(head);
    std::memset(buffer + used, 0, name_size);
    std::memcpy(buffer + used, record.name.data(), record.name.size());
    used += name_size;
    if (trace_->on()) trace_->Line("      read %s", RecordText(record).c_str());
    if ((record.mask & IN_Q_OVERFLOW) != 0) marker_queued_ = false;
    if (record.again)
      again_count_++;
    else if (record.wd < 0 || InodeOf(record.wd) != uncounted)
      read_count_++;
    queue_.pop_front();
  }
  return used == 0 ? -EINVAL : static_cast<ssize_t>(used);
}

size_t ModelInotify::QueuedBytes() const {
  size_t bytes = 0;
  for (const Record &record : queue_) bytes += SizeOf(record);
  return bytes;
}

}  // namespace rn::sim
