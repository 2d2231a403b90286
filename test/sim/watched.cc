#include "test/sim/watched.h"

#include <sys/inotify.h>

namespace rn::sim {
namespace {

constexpr uint32_t kModelMask = IN_CREATE | IN_DELETE | IN_MOVE;
constexpr uint32_t kTouches =
    IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_TO;
constexpr uint32_t kSettlingMask = kTouches | kModelMask;
constexpr uint32_t kFilters = kExcludes | kIncludes | kDirsOnly | kFilesOnly;
constexpr uint32_t kSettleMs = 40;
constexpr char kMark = '!';
constexpr char kAppended = '+';
constexpr char kProbe[] = "probe";

struct Gathering {
  uint32_t kind;
  size_t root_size;
  const Inodes *watched;
  PathSet *paths;
};

void Gather(const Gathering &gathering, const Inode *dir,
            const std::string &path) {
  const uint32_t kind = gathering.kind;
  if (gathering.watched != nullptr && gathering.watched->count(dir) == 0)
    return;
  for (const Entry &entry : dir->entries) {
    const std::string below = path + "/" + entry.name;
    const std::string behind = below.substr(gathering.root_size);
    const bool is_dir = entry.inode->is_dir();
    if (IsTold(kind, behind, is_dir)) gathering.paths->emplace(below, is_dir);
    if (is_dir && (kind & kRecursive) != 0 && IsWatched(kind, behind))
      Gather(gathering, entry.inode, below);
  }
}

int64_t TimeOf(const rn_event *event) {
  const timespec time = rn_event_monotonic(event);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

Told ToldBy(const rn_event *event) {
  Told told;
  told.mask = rn_event_mask(event);
  told.cookie = rn_event_cookie(event);
  told.path = rn_event_path(event, nullptr);
  told.is_dir = rn_event_is_dir(event);
  told.synthetic = rn_event_is_synthetic(event);
  told.is_end = rn_event_is_end(event);
  const char *source = rn_event_src_path(event, nullptr);
  told.has_source = source != nullptr;
  if (source != nullptr) told.source = source;
  size_t size = 0;
  rn_event_name(event, &size);
  told.of_itself = size == 0;
  return told;
}

// Moves what is at or below one path of a map to another; "" nowhere.
template <typename Value>
void MoveKeys(std::map<std::string, Value> *map, const std::string &from,
              const std::string &to) {
  std::map<std::string, Value> moved;
  for (auto at = map->lower_bound(from); at != map->end();) {
    const std::string &path = at->first;
    if (path.compare(0, from.size(), from) != 0) break;
    if (path.size() > from.size() && path[from.size()] != '/') {
      ++at;
      continue;
    }
    if (!to.empty()) moved.emplace(to + path.substr(from.size()), at->second);
    at = map->erase(at);
  }
  map->insert(moved.begin(), moved.end());
}

}  // namespace

const Inode *InodeAt(ModelFs *fs, const std::string &path) {
  Place place;
  return fs->Lookup(fs->root(), path, true, &place) < 0 ? nullptr : place.inode;
}

PathSet PathsBelow(ModelFs *fs, const std::string &root, uint32_t kind,
                   const Inodes *watched) {
  PathSet paths;
  const Inode *top = InodeAt(fs, root);
  if (top != nullptr && top->is_dir())
    Gather({kind, root.size(), watched, &paths}, top, root);
  return paths;
}

bool IsMark(const std::string &name) { return name[0] == kMark; }
bool IsAppended(const std::string &name) { return name[0] == kAppended; }

// -- Its life -----------------------------------------------------------------

Watched::Watched(World *world, std::string slot, std::string path,
                 uint32_t kind)
    : world_(world),
      slot_(std::move(slot)),
      path_(std::move(path)),
      kind_(kind),
      inode_(InodeAt(world->kernel->fs(), path_)) {
  handler_.size = sizeof(handler_);
  handler_.context = this;
  handler_.on_default = OnEvent;
  handler_.on_release = OnRelease;
}

rn_watch_options Watched::Options() {
  static const char *const kExclude[] = {"b", nullptr};
  static const char *const kInclude[] = {"a", nullptr};
  static constexpr struct {
    uint32_t kind;
    unsigned flag;
  } kFlags[] = {
      {kRecursive, RN_WATCH_RECURSIVE},       {kFixed, RN_WATCH_FIXED},
      {kPersistent, RN_WATCH_PERSISTENT},     {kPairs, RN_WATCH_PAIR_MOVES},
      {kRecovers, RN_WATCH_RECOVER},          {kPartial, RN_WATCH_PARTIAL},
      {kDirsOnly, RN_WATCH_DIRECTORIES_ONLY}, {kFilesOnly, RN_WATCH_FILES_ONLY},
  };
  rn_watch_options options = {};
  options.size = sizeof(options);
  options.mask = mask();
  options.handler = &handler_;
  for (const auto &[kind, flag] : kFlags)
    if (Is(kind)) options.flags |= flag;
  if (Is(kExcludes)) options.exclude = kExclude;
  if (Is(kIncludes)) options.include = kInclude;
  if (Is(kSettles)) options.settle_ms = kSettleMs;
  return options;
}

void Watched::Fault(const std::string &what) const {
  world_->fault("root " + slot_ + ": " + what);
}

void Watched::BecomeLive(rn_watch watch) {
  watch_ = watch;
  NoteHearing();
  if (state_ == State::kAsked) state_ = State::kLive;
  if (Is(kPersistent) || !is_adrift_) return;
  inode_ = world_->kernel->inotify()->InodeOf(watch.wd);
}

void Watched::Fail() { state_ = State::kFailed; }

void Watched::NoteChange() {
  NoteHearing();
  if (is_adrift_) return;
  is_adrift_ = InodeAt(world_->kernel->fs(), path_) != inode_;
  if (!is_adrift_ || Is(kPersistent)) return;
  world_->any_adrift = true;
  DropConsumer();
}

bool Watched::IsDead() const {
  return inode_ != nullptr && inode_->is_dead() && inode_->open_count == 0;
}

void Watched::BeginChange() {
  if (changes_ == 0) meanwhile_.clear();
  changes_++;
  DropConsumer();
}

void Watched::EndChange(uint32_t kind) {
  changes_--;
  kind_ = kind;
  NoteHearing();
}

void Watched::Suspend() {
  is_suspended_ = true;
  NoteHearing();
  DropConsumer();
}

void Watched::Expect(const std::string &name) {
  if (is_adrift_ || !is_live() || changes_ > 0) return;
  if ((mask() & IN_CREATE) == 0) return;
  if (IsTold(kind_, "/" + name, false)) expected_.insert(name);
}

void Watched::ExpectAppended(const std::string &name) {
  if (changes_ > 0 || is_suspended_ || (mask() & IN_CREATE) == 0) return;
  if (IsTold(kind_, "/" + name, false)) appended_.insert(name);
}

bool Watched::MakesModel() const {
  return (mask() & kModelMask) == kModelMask && !Is(kFilesOnly);
}

void Watched::SetWatched(Inodes inodes) {
  watched_ = std::move(inodes);
  if (consumer_ == nullptr) return;
  for (const Inode *inode : watched_)
    if (known_.count(inode) == 0)
      Fault("a directory is watched that came: " +
            world_->kernel->fs()->PathOf(inode));
}

void Watched::StartConsumer() {
  if (consumer_ != nullptr || !is_live() || is_suspended_) return;
  if (changes_ > 0) return;
  if (is_adrift_ && !Is(kPersistent)) return;
  known_ = watched_;
  ModelFs *fs = world_->kernel->fs();
  if (MakesModel())
    consumer_ = std::make_unique<Consumer>(
        path_, kind_,
        PathsBelow(fs, path_, kind_, Is(kFixed) ? &watched_ : nullptr),
        InodeAt(fs, path_) != nullptr, world_->kernel->processes());
  settles_ = Is(kSettles) && (kind_ & kFilters) == 0 &&
             (mask() & kSettlingMask) == kSettlingMask;
  touched_.clear();
}

void Watched::DropConsumer() {
  consumer_ = nullptr;
  settles_ = false;
  expected_.clear();
}

// -- What it is told ----------------------------------------------------------

int Watched::OnEvent(const rn_event *event, void *context) {
  static_cast<Watched *>(context)->Take(event);
  return 0;
}

void Watched::OnRelease(void *context) {
  static_cast<Watched *>(context)->is_released_ = true;
}

void Watched::Take(const rn_event *event) {
  const Told told = ToldBy(event);
  const enum rn_event_kind kind = rn_event_kind(event);
  if (is_released_) Fault("told behind its release");
  if (state_ == State::kFailed && kind != RN_EVENT_OVERFLOW)
    Fault("told though its addition failed");
  if (has_ended_ && kind != RN_EVENT_OVERFLOW)
    Fault("told behind its end: " + ToldText(told));
  Trace *trace = world_->trace;
  switch (kind) {
    case RN_EVENT_OVERFLOW:
      if (trace->on()) trace->Line("        told %s overflow", slot_.c_str());
      return TakeLoss();
    case RN_EVENT_RESCAN:
      if (trace->on()) trace->Line("        told %s rescan", slot_.c_str());
      is_unrepaired_ = false;
      return;
    case RN_EVENT_ERROR:
      return Excuse(told.path, rn_event_error(event));
    case RN_EVENT_SETTLED:
      if (trace->on())
        trace->Line("        told %s settled %s", slot_.c_str(),
                    told.path.c_str());
      return TakeSettled(told, TimeOf(event));
    case RN_EVENT_CHANGE:
      break;
  }
  if (trace->on())
    trace->Line("        told %s %s%s", slot_.c_str(), ToldText(told).c_str(),
                told.is_end ? " end" : "");
  TakeChange(told, rn_event_name(event, nullptr), TimeOf(event));
}

void Watched::TakeLoss() {
  expected_.clear();
  settles_ = false;
  if (Is(kRecovers))
    is_unrepaired_ = true;
  else
    DropConsumer();
}

void Watched::TakeChange(const Told &told, const std::string &name,
                         int64_t time_ns) {
  was_told_ = true;
  if (told.is_end) {
    has_ended_ = true;
    if (state_ != State::kFailed) state_ = State::kEnded;
    if (!is_leaving_ && !is_adrift_ && !IsDead())
      Fault("it has ended, and is there");
    return;
  }
  if (TakeMarked(told, name)) return;
  if (is_suspended_) Fault("told while it is suspended: " + ToldText(told));
  if (told.has_source) {
    MoveExcuses(told.source, told.path);
    if (state_ == State::kAsked || changes_ > 0)
      meanwhile_.emplace_back(told.source, told.path);
  }
  if ((told.mask & IN_CREATE) != 0 && name == kProbe)
    probes_.push_back(told.path);
  if (settles_) Touch(told, time_ns);
  if (consumer_ == nullptr) return;
  Told doubted = told;
  doubted.source_may_be_wrong = world_->any_adrift;
  doubted.source_is_excused = told.has_source && IsExcused(told.source);
  const std::string wrong = consumer_->Take(doubted);
  if (!wrong.empty() && !IsExcused(told.path))
    Fault(ToldText(told) + ": " + wrong);
}

bool Watched::TakeMarked(const Told &told, const std::string &name) {
  if (!IsMark(name) && !IsAppended(name)) return false;
  if (IsAppended(name)) {
    appended_.erase(name);
    return true;
  }
  // Where a directory could not be listed it is not known when what a listing
  // does not show any more has left.
  const bool is_missed =
      told.synthetic && (told.mask & IN_DELETE) != 0 && IsExcused(told.path);
  if (forbidden_.count(name) != 0 && !is_missed)
    Fault("told of what happened behind its end, or while it was suspended: " +
          told.path);
  if ((told.mask & IN_CREATE) != 0) expected_.erase(name);
  return true;
}

// -- Settling -----------------------------------------------------------------

void Watched::MoveTouched(const std::string &from, const std::string &to) {
  MoveKeys(&touched_, from, to);
}

void Watched::Touch(const Told &told, int64_t time_ns) {
  if (told.of_itself && told.path != path_) return;
  const bool at_once = (told.mask & IN_MOVE) == IN_MOVE;
  const bool leaves = (told.mask & IN_DELETE) != 0;
  // What was at the place that something moves to is not there any more.
  if ((told.mask & IN_MOVED_TO) != 0) MoveTouched(told.path, "");
  // What is below a directory that is renamed goes on waiting, between the two
  // halves as well, which are told with the same cookie.
  const std::string between = "#" + std::to_string(told.cookie);
  if (leaves || (told.mask & IN_MOVE) == IN_MOVED_FROM) {
    touched_.erase(told.path);
    MoveTouched(told.path, leaves ? "" : between);
  } else if (told.has_source) {
    if (told.is_dir) MoveTouched(at_once ? told.source : between, told.path);
    if (at_once) touched_.erase(told.source);
  }
  if ((told.mask & kTouches) != 0) touched_[told.path] = time_ns;
}

void Watched::TakeSettled(const Told &told, int64_t time_ns) {
  if (!settles_) return;
  const auto at = touched_.find(told.path);
  if (at == touched_.end())
    return Fault("settled, and was not touched: " + told.path);
  if (time_ns - at->second < int64_t{kSettleMs} * 1000000)
    Fault("settled too early: " + told.path);
  touched_.erase(at);
}

void Watched::CheckSettled() {
  if (!settles_ || consumer_ == nullptr || !is_live()) return;
  for (const auto &[path, time] : touched_)
    if (consumer_->paths().count(path) != 0 && !IsExcused(path))
      return Fault("never told as settled: " + path);
}

// -- At rest ------------------------------------------------------------------

void Watched::CheckEnd() {
  if (IsDead() && is_live() && !Is(kPersistent) && !IsExcused(path_))
    Fault("its end was not told: " + path_);
}

void Watched::CheckModel() {
  if (consumer_ == nullptr || !is_live()) return;
  ModelFs *fs = world_->kernel->fs();
  const PathSet &told = consumer_->paths();
  const PathSet there =
      PathsBelow(fs, path_, kind_, Is(kFixed) ? &watched_ : nullptr);
  if (Is(kPersistent) && !IsExcused(path_) &&
      consumer_->is_there() != (InodeAt(fs, path_) != nullptr))
    return Fault("its path is told to be there, and is not, or the reverse");
  for (const auto &[path, is_dir] : there) {
    const auto at = told.find(path);
    const bool right = at != told.end() && at->second == is_dir;
    if (right || IsExcused(path)) continue;
    return Fault((at == told.end() ? "never told of " : "of another type: ") +
                 path);
  }
  for (const auto &[path, is_dir] : told)
    if (there.count(path) == 0 && !IsExcused(path))
      return Fault("told of, but not there: " + path);
}

void Watched::CheckMarks() {
  if (!expected_.empty() && is_live() && !is_adrift_ && !IsExcused(path_))
    Fault("never told of what is to be told: " + *expected_.begin());
  if (!appended_.empty() && is_live() && !is_suspended_)
    Fault("an appended event was not told");
  expected_.clear();
  appended_.clear();
}

void Watched::CheckAtRest() {
  if (is_released_ && !has_ended_ && state_ != State::kFailed)
    Fault("released before its end");
  if (has_ended_ && !is_released_) Fault("its end was told, not its release");
  if (state_ == State::kFailed && !is_released_)
    Fault("its addition failed, and it was not released");
  if (is_removed_ && !has_ended_ && state_ != State::kFailed)
    Fault("removed, and its end was not told");
  CheckEnd();
  CheckModel();
  CheckSettled();
  CheckMarks();
  if (is_unrepaired_ && is_live() && !is_adrift_ && !IsExcused(path_))
    Fault("the repair of a loss was not told: " + path_);
}

std::vector<std::string> Watched::TakeProbes() {
  std::vector<std::string> probes;
  probes.swap(probes_);
  return probes;
}

}  // namespace rn::sim
