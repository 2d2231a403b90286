#include "test/track/track_fixture.h"

#include <memory>

namespace rn {
namespace {

constexpr int kTurnsMax = 1000;
constexpr size_t kBufferSize = 8192;

std::string MaskText(uint32_t mask) {
  static const std::vector<std::pair<uint32_t, std::string>> kNames = {
      {IN_CREATE, "CREATE"},           {IN_DELETE, "DELETE"},
      {IN_MODIFY, "MODIFY"},           {IN_MOVED_FROM, "MOVED_FROM"},
      {IN_MOVED_TO, "MOVED_TO"},       {IN_MOVE_SELF, "MOVE_SELF"},
      {IN_DELETE_SELF, "DELETE_SELF"}, {IN_IGNORED, "IGNORED"},
      {IN_ATTRIB, "ATTRIB"},
  };
  if ((mask & IN_MOVE) == IN_MOVE) return "MOVED";
  for (const auto &[bit, name] : kNames) {
    if ((mask & bit) != 0) return name;
  }
  return "mask " + std::to_string(mask);
}

std::string PathText(const rn_node *node, rn_bytes name) {
  std::string path(RN_PATH_SIZE_MAX, '\0');
  const ssize_t size = rn_node_path(node, path.data(), path.size());
  EXPECT_GE(size, 0);
  path.resize(static_cast<size_t>(size));
  if (name.size == 0) return path;
  return path + "/" + std::string(name.data, name.size);
}

std::string ChangeText(const rn_change &change) {
  const std::string path = PathText(change.node, change.name);
  std::string text = change.synthetic ? "~" : "";
  text += MaskText(change.mask) + " " + path;
  if (change.is_dir) text += "/";
  if (change.kind == RN_EVENT_ERROR)
    text = "error " + std::to_string(change.error) + " " + path;
  if (change.src_path.data != nullptr)
    text += " < " + std::string(change.src_path.data, change.src_path.size);
  return text;
}

}  // namespace

TrackFixture::TrackFixture() {
  const rn_sink sink = {this,        OnChange, OnPlain,  OnSlow,
                        OnOverflow,  OnMoved,  OnEnded,  OnFailed,
                        OnRecovered, OnLeft,   OnEmptied};
  EXPECT_EQ(rn_tracker_new(kernel_.sys(), &sink, &tracker_), 0);
}

TrackFixture::~TrackFixture() { rn_tracker_free(tracker_); }

// What came in has gone somewhere.
void TrackFixture::TearDown() {
  rn_tracker_finish(tracker_);
  const rn_track_counts counts = Counts();
  EXPECT_EQ(counts.read + counts.synthetic + counts.copied,
            told_count_ + counts.filtered + counts.coalesced);
}

rn_root *TrackFixture::Add(const std::string &path,
                           const std::string &access_path, bool recursive) {
  rn_addition addition = {};
  addition.path = rn_bytes_of(path.c_str());
  addition.access_path = rn_bytes_of(access_path.c_str());
  addition.mask = mask_;
  addition.recursive = recursive;
  addition.pair_wait_ns = pair_wait_ns_;
  rn_root *root = nullptr;
  EXPECT_EQ(rn_tracker_add(tracker_, &addition, &root), 0);
  Settle();
  return root;
}

rn_root *TrackFixture::AddRecovering(const std::string &path, bool recursive) {
  rn_addition addition = {};
  addition.path = rn_bytes_of(path.c_str());
  addition.access_path = addition.path;
  addition.mask = kAllNamed | IN_ATTRIB;
  addition.recursive = recursive;
  addition.recover = true;
  rn_root *root = nullptr;
  EXPECT_EQ(rn_tracker_add(tracker_, &addition, &root), 0);
  Settle();
  return root;
}

int TrackFixture::SetMask(rn_root *root, uint32_t mask) {
  rn_root_change change = {};
  change.mask = mask;
  change.recursive = root->recursive;
  change.fixed = root->fixed;
  return rn_tracker_update(tracker_, root, &change);
}

int TrackFixture::Feed(const Bytes &records) {
  // Of its own size, so that a sanitizer sees who reads behind it.
  const auto copy = std::make_unique<char[]>(records.size());
  records.copy(copy.get(), records.size());
  return rn_tracker_feed(tracker_, copy.get(), records.size());
}

void TrackFixture::Walk() {
  int turns = 0;
  for (rn_walk_kind kind : {RN_WALK_ADDED, RN_WALK_NEW}) {
    while (rn_tracker_is_walking(tracker_, kind)) {
      ASSERT_LT(turns++, kTurnsMax) << "the walk has no end";
      rn_tracker_walk(tracker_, kind);
      if (rn_tracker_is_to_be_read(tracker_)) Drain();
    }
  }
}

bool TrackFixture::Drain() {
  const int fd = rn_tracker_fd(tracker_);
  std::string buffer(kBufferSize, '\0');
  bool any = false;
  for (;;) {
    const ssize_t size = kernel_.beneath()->read(kernel_.beneath(), fd,
                                                 buffer.data(), buffer.size());
    if (size <= 0) return any;
    EXPECT_EQ(Feed(buffer.substr(0, static_cast<size_t>(size))), 0);
    any = true;
  }
}

void TrackFixture::LoseQueue() {
  const int fd = rn_tracker_fd(tracker_);
  std::string buffer(kBufferSize, '\0');
  while (kernel_.beneath()->read(kernel_.beneath(), fd, buffer.data(),
                                 buffer.size()) > 0)
    continue;
}

void TrackFixture::Settle() {
  int turns = 0;
  do {
    ASSERT_LT(turns++, kTurnsMax) << "nothing comes to rest";
    Walk();
    EndTurn();
  } while (Drain() || rn_tracker_is_walking(tracker_, RN_WALK_NEW));
}

int TrackFixture::Wd(const std::string &path) const {
  const int wd = kernel_.WdOf(path);
  EXPECT_GT(wd, 0) << path << " is not watched";
  return wd;
}

void TrackFixture::RemoveDir(const std::string &path) {
  const int wd = Wd(path);
  kernel_.Remove(path);
  kernel_.EndWatch(wd);
}

void TrackFixture::FailOpening(const std::string &name, int error) {
  kernel_.On(&KernelHooks::dir_open,
             [this, name, error](int dir_fd, const char *path, int flags) {
               if (path == name) return error;
               const rn_sys *sys = kernel_.beneath();
               return sys->dir_open(sys, dir_fd, path, flags);
             });
}

void TrackFixture::FailWatching(const std::string &name, int error) {
  const auto refused = std::make_shared<std::string>();
  kernel_.On(&KernelHooks::dir_open,
             [this, name, refused](int dir_fd, const char *path, int flags) {
               const rn_sys *sys = kernel_.beneath();
               const int fd = sys->dir_open(sys, dir_fd, path, flags);
               if (path == name)
                 *refused = RN_FD_DIRECTORY + std::to_string(fd);
               return fd;
             });
  kernel_.On(&KernelHooks::close, [this, refused](int fd) {
    if (*refused == RN_FD_DIRECTORY + std::to_string(fd)) refused->clear();
    return kernel_.beneath()->close(kernel_.beneath(), fd);
  });
  kernel_.On(&KernelHooks::watch_add,
             [this, refused, error](int fd, const char *path, uint32_t mask) {
               if (path == *refused) return error;
               const rn_sys *sys = kernel_.beneath();
               return sys->watch_add(sys, fd, path, mask);
             });
}

Lines TrackFixture::Told() {
  Lines told;
  told.swap(told_);
  return told;
}

// -- What the tracker calls ---------------------------------------------------

void TrackFixture::OnChange(void *context, const rn_change *change) {
  auto *self = static_cast<TrackFixture *>(context);
  self->told_count_++;
  self->told_cookie_ = change->cookie;
  self->told_time_ns_ = change->monotonic_ns;
  self->told_.push_back(ChangeText(*change));
}

void TrackFixture::OnPlain(void *context, rn_node *node,
                           const rn_raw_event *raw) {
  rn_change change = {};
  change.kind = RN_EVENT_CHANGE;
  change.mask = raw->mask;
  change.cookie = raw->cookie;
  change.node = node;
  change.name = {raw->name, raw->name_size};
  change.is_dir = rn_record_is_dir(node, raw);
  OnChange(context, &change);
}

void TrackFixture::OnSlow(void *) {}

void TrackFixture::OnOverflow(void *context) {
  auto *self = static_cast<TrackFixture *>(context);
  self->told_count_++;
  self->told_.push_back("overflow");
}

void TrackFixture::OnMoved(void *context) {
  static_cast<TrackFixture *>(context)->moved_count_++;
}

void TrackFixture::OnEnded(void *context, rn_root *root) {
  auto *self = static_cast<TrackFixture *>(context);
  self->told_.push_back("ended " + std::string(root->path, root->path_size));
}

void TrackFixture::OnFailed(void *context, const rn_node *directory,
                            rn_bytes name, int error) {
  auto *self = static_cast<TrackFixture *>(context);
  self->told_.push_back("failed " + std::to_string(error) + " " +
                        PathText(directory, name));
}

void TrackFixture::OnRecovered(void *context, const rn_recovery *recovery) {
  auto *self = static_cast<TrackFixture *>(context);
  self->told_.push_back("rescan " + std::to_string(recovery->changes) + " " +
                        PathText(recovery->root->top, rn_bytes_of("")));
}

void TrackFixture::OnLeft(void *context, rn_node *node, rn_bytes name) {
  auto *self = static_cast<TrackFixture *>(context);
  self->told_.push_back("left " + PathText(node, name));
}

void TrackFixture::OnEmptied(void *, rn_node *) {}

}  // namespace rn
