// What has to be true of the library at rest.

#include <limits.h>
#include <sys/inotify.h>

#include <algorithm>

#include "test/sim/simulation.h"

namespace rn::sim {

Watched *Simulation::WatchedOf(const rn_root *root) {
  if (root->way != nullptr || root->ending) return nullptr;
  if (root->top == nullptr && root->follow == nullptr) return nullptr;
  const rn_watch handle = rn_tracker_handle(root);
  for (const auto &watched : roots_)
    if (watched->is_live() && watched->watch().wd == handle.wd &&
        watched->watch().generation == handle.generation)
      return watched.get();
  return nullptr;
}

// A fixed root is told of what its directories hold: of those it has.
void Simulation::NoteNodes() {
  const auto is_fixed = [](const auto &watched) {
    return watched->is_live() && watched->Is(kFixed);
  };
  if (std::none_of(roots_.begin(), roots_.end(), is_fixed)) return;
  for (rn_root *root = rn_tracker_roots(engine_tracker(engine_));
       root != nullptr; root = root->next) {
    Watched *watched = WatchedOf(root);
    if (watched == nullptr || !watched->Is(kFixed)) continue;
    Inodes inodes;  // of those that have a watch
    for (const rn_node *node = root->top; node != nullptr;
         node = rn_node_next(root->top, node))
      if (node->wd > 0)
        inodes.insert(
            kernel_.inotify()->watched()[static_cast<size_t>(node->wd)]);
    inodes.erase(nullptr);
    watched->SetWatched(std::move(inodes));
  }
}

PathSet Simulation::DirsOf(const Watched &watched) {
  PathSet dirs;
  const Inode *top = InodeAt(kernel_.fs(), watched.path());
  if (!watched.is_live() || top == nullptr || !top->is_dir()) return dirs;
  if (watched.is_adrift() && !watched.Is(kPersistent)) return dirs;
  dirs.emplace(watched.path(), true);
  if (!watched.Is(kRecursive) || watched.Is(kFixed)) return dirs;
  const uint32_t kind = kRecursive | (watched.kind() & kExcludes);
  for (const auto &[path, is_dir] :
       PathsBelow(kernel_.fs(), watched.path(), kind, nullptr))
    if (is_dir) dirs.emplace(path, true);
  return dirs;
}

void Simulation::CheckModels() {
  NoteNodes();
  for (const auto &watched : roots_) {
    if (!fault_.empty()) return;
    watched->CheckEnd();
    watched->CheckModel();
    if (watched->is_unrepaired() && watched->is_live() &&
        !watched->is_adrift() && !watched->IsExcused(watched->path()))
      Fault("the repair of a loss was not told: " + watched->path());
  }
}

// Each node is the directory that is at its path.  Notes those that have one.
void Simulation::CheckNodes(rn_root *root, const Watched *watched) {
  const bool adrift = watched == nullptr || watched->is_adrift();
  for (const rn_node *node = root->top; node != nullptr;
       node = rn_node_next(root->top, node)) {
    if ((node->flags & RN_NODE_GHOST) != 0) return Fault("a ghost is left");
    char path[PATH_MAX];
    const ssize_t size = rn_node_access_path(node, path, sizeof(path));
    const std::string access(path, static_cast<size_t>(size));
    const Inode *inode =
        kernel_.inotify()->watched()[static_cast<size_t>(node->wd)];
    const bool excused = watched == nullptr || watched->IsExcused(access);
    if (inode == nullptr && excused) continue;
    if (inode == nullptr) return Fault("a node without watch: " + access);
    if (!adrift && !excused && InodeAt(kernel_.fs(), access) != inode)
      return Fault("a node's path is not true: " + access + " is " +
                   kernel_.fs()->PathOf(inode));
    live_[inode] |= excused ? 0 : watched->mask();
  }
}

// Watched are the directories below the roots, and nothing else.
void Simulation::CheckWatches() {
  live_.clear();
  for (rn_root *root = rn_tracker_roots(engine_tracker(engine_));
       root != nullptr; root = root->next)
    CheckNodes(root, WatchedOf(root));
  for (const auto &watched : roots_)
    for (const auto &[path, is_dir] : DirsOf(*watched))
      if (live_.count(InodeAt(kernel_.fs(), path)) == 0 &&
          !watched->IsExcused(path))
        return Fault("not watched: " + path);
  for (const Inode *inode : kernel_.inotify()->watched())
    if (inode != nullptr && live_.count(inode) == 0)
      return Fault("watched for nothing: inode " + std::to_string(inode->id) +
                   " " + kernel_.fs()->PathOf(inode));
}

// Each is watched for what its roots ask for.
void Simulation::CheckMasks() {
  for (const auto &watched : roots_)
    if (watched->is_adrift() && !watched->Is(kPersistent)) return;
  for (const auto &[inode, mask] : live_)
    if ((mask & IN_ALL_EVENTS & ~inode->mask) != 0)
      return Fault("watched for too little: " + kernel_.fs()->PathOf(inode) +
                   " without " + MaskText(mask & ~inode->mask));
}

void Simulation::Check() {
  const rn_tracker *tracker = engine_tracker(engine_);
  if (rn_tracker_is_waiting(tracker)) return Fault("something still waits");
  CheckModels();
  if (fault_.empty()) CheckWatches();
  if (fault_.empty()) CheckMasks();
  for (const auto &watched : roots_)
    if (fault_.empty()) watched->CheckAtRest();
  if (kernel_.heard_itself() && !kernel_.has_failed())
    Fault("a listing of the library's own was told");
  constexpr size_t kOpen = 3;  // the instance, the fence, what rouses
  if (kernel_.open_count() != kOpen) Fault("a descriptor is left open");
}

// A file that is made in each directory is told once, under its path, to each
// root that watches it.
void Simulation::CheckProbes() {
  std::set<std::string> places;
  std::map<Watched *, std::vector<std::string>> due;
  for (const auto &watched : roots_) {
    watched->TakeProbes();
    for (const auto &[path, is_dir] : DirsOf(*watched)) {
      const std::string probe = path + "/probe";
      if (!watched->IsExcused(path)) places.insert(probe);
      const bool told =
          (watched->mask() & IN_CREATE) != 0 && !watched->is_suspended() &&
          IsTold(watched->kind(), probe.substr(watched->path().size()), false);
      if (told && !watched->IsExcused(path))
        due[watched.get()].push_back(probe);
    }
  }
  for (const std::string &place : places) {
    Op op;
    op.kind = OpKind::kCreate;
    op.a = place;
    kernel_.Run(op);
  }
  Settle();
  for (auto &[watched, made] : due) {
    std::vector<std::string> told = watched->TakeProbes();
    const auto is_excused = [watched = watched](const std::string &probe) {
      return watched->IsExcused(probe.substr(0, probe.rfind('/')));
    };
    told.erase(std::remove_if(told.begin(), told.end(), is_excused),
               told.end());
    std::sort(made.begin(), made.end());
    std::sort(told.begin(), told.end());
    if (!watched->Is(kFixed) && made != told)
      Fault("probes are not told as they should be: root " + watched->slot());
  }
}

void Simulation::CheckAccount() {
  rn_statistics s = {};
  s.size = sizeof(s);
  if (rn_thread_notifier_statistics(engine_, &s) < 0)
    return Fault("setup: no statistics");
  const uint64_t came = s.read + s.synthetic + s.copied;
  const uint64_t went = s.delivered + s.filtered + s.coalesced + s.dropped;
  if (came != went)
    Fault("account: " + std::to_string(came) + " came, " +
          std::to_string(s.delivered) + " were told, " +
          std::to_string(s.filtered) + " filtered, " +
          std::to_string(s.coalesced) + " coalesced");
  const uint64_t given = kernel_.inotify()->read_count();
  const uint64_t again = kernel_.inotify()->again_count();
  if (s.read < given || s.read > given + again)
    Fault("account: " + std::to_string(given) + " records were read, " +
          std::to_string(s.read) + " counted");
  const uint64_t markers = kernel_.inotify()->marker_count();
  if (s.kernel_overflows != markers)
    Fault(std::to_string(markers) + " overflows, " +
          std::to_string(s.kernel_overflows) + " counted");
}

}  // namespace rn::sim
