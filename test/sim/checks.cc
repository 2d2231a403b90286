// What has to be true of a tracker at rest.

#include <errno.h>
#include <limits.h>

#include <algorithm>

#include "test/sim/simulation.h"

namespace rn::sim {
namespace {

void Collect(const Inode *dir, const std::string &path, bool dirs_only,
             PathSet *paths) {
  for (const Entry &entry : dir->entries) {
    const std::string below = path + "/" + entry.name;
    const bool is_dir = entry.inode->is_dir();
    if (is_dir || !dirs_only) paths->emplace(below, is_dir);
    if (is_dir) Collect(entry.inode, below, dirs_only, paths);
  }
}

}  // namespace

PathSet Simulation::PathsBelow(const std::string &root, bool dirs_only) {
  PathSet paths;
  Place place;
  const int err =
      kernel_.fs()->Lookup(kernel_.fs()->root(), root, true, &place);
  if (err < 0 || place.inode == nullptr) return paths;
  if (dirs_only) paths.emplace(root, true);
  Collect(place.inode, root, dirs_only, &paths);
  return paths;
}

PathSet Simulation::DirsOf(const Watched &watched) {
  return IsAdrift(watched) ? PathSet() : PathsBelow(watched.path, true);
}

void Simulation::CheckModel(const Watched &watched) {
  const bool dead = watched.inode->is_dead() && watched.inode->open_count == 0;
  if (dead && IsExcused(watched.path)) return;
  if (dead) return Fault("the end of a root was not told: " + watched.path);
  if (watched.consumer == nullptr || IsAdrift(watched)) return;
  const PathSet &told = watched.consumer->paths();
  const PathSet there = PathsBelow(watched.path, false);
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

void Simulation::CheckModels() {
  for (const auto &[root, watched] : roots_) {
    if (!fault_.empty()) return;
    CheckModel(watched);
    if (watched.unrepaired && !IsAdrift(watched) && !IsExcused(watched.path))
      Fault("the repair of a loss was not told: " + watched.path);
  }
}

// An error names the directory, where it is by then or where it was.
void Simulation::Excuse(const std::string &path, int error) {
  if (trace_->on())
    trace_->Line("        told error %d %s", error, path.c_str());
  if (!kernel_.has_failed() && !AnyAdrift())
    return Fault("error " + std::to_string(error) + " " + path);
  excused_paths_.insert(path);
  Place place;
  const int err =
      kernel_.fs()->Lookup(kernel_.fs()->root(), path, false, &place);
  if (err == 0 && place.inode != nullptr) excused_.insert(place.inode);
}

bool Simulation::IsExcused(const std::string &path) {
  if (excused_paths_.empty()) return false;
  for (size_t size = path.size(); size > 0 && size != std::string::npos;
       size = path.rfind('/', size - 1)) {
    const std::string above = path.substr(0, size);
    if (excused_paths_.count(above) != 0) return true;
    Place place;
    kernel_.fs()->Lookup(kernel_.fs()->root(), above, false, &place);
    if (excused_.count(place.inode) != 0) return true;
  }
  return false;
}

// What was moved meanwhile is excused where it is told to be.
void Simulation::MoveExcuses(const std::string &from, const std::string &to) {
  std::set<std::string> moved;
  for (const std::string &path : excused_paths_)
    if (path == from || path.rfind(from + "/", 0) == 0)
      moved.insert(to + path.substr(from.size()));
  excused_paths_.insert(moved.begin(), moved.end());
}

bool Simulation::IsAdrift(const Watched &watched) {
  return watched.inode->moves > 0 || watched.inode->is_dead();
}

bool Simulation::AnyAdrift() const {
  for (const auto &[root, watched] : roots_)
    if (IsAdrift(watched)) return true;
  return root_ended_;
}

void Simulation::CheckOverflows() {
  const uint64_t markers = kernel_.inotify()->marker_count();
  if (overflows_ != markers)
    Fault(std::to_string(markers) + " overflows, " +
          std::to_string(overflows_) + " told");
}

// Each node is the directory that is at its path.  `live` gets what has one.
void Simulation::CheckNodes(rn_root *root,
                            std::map<const Inode *, bool> *live) {
  const std::vector<Inode *> &watched = kernel_.inotify()->watched();
  for (const rn_node *node = root->top; node != nullptr;
       node = rn_node_next(root->top, node)) {
    if ((node->flags & RN_NODE_GHOST) != 0) return Fault("a ghost is left");
    char path[PATH_MAX];
    const ssize_t size = rn_node_access_path(node, path, sizeof(path));
    const std::string access(path, static_cast<size_t>(size));
    const Inode *inode = watched[static_cast<size_t>(node->wd)];
    const bool excused = IsExcused(access);
    if (inode == nullptr && excused) continue;
    if (inode == nullptr) return Fault("a node without watch: " + access);
    const auto at = roots_.find(root);
    const bool adrift = at != roots_.end() && IsAdrift(at->second);
    if (kernel_.fs()->PathOf(inode) != access && !adrift && !excused)
      return Fault("a node's path is not true: " + access + " is " +
                   kernel_.fs()->PathOf(inode));
    (*live)[inode] = true;
  }
}

// Watched are the directories below the roots, and nothing else.
void Simulation::CheckWatches() {
  std::map<const Inode *, bool> live;
  for (rn_root *root = rn_tracker_roots(tracker_); root != nullptr;
       root = root->next)
    CheckNodes(root, &live);
  for (const auto &[root, watched] : roots_)
    for (const auto &[path, is_dir] : DirsOf(watched)) {
      Place place;
      kernel_.fs()->Lookup(kernel_.fs()->root(), path, false, &place);
      if (live.count(place.inode) == 0 && !IsExcused(path))
        return Fault("not watched: " + path);
    }
  for (const Inode *inode : kernel_.inotify()->watched())
    if (inode != nullptr && live.count(inode) == 0)
      return Fault("watched for nothing: inode " + std::to_string(inode->id) +
                   " " + kernel_.fs()->PathOf(inode));
}

void Simulation::Check() {
  if (rn_tracker_is_waiting(tracker_)) return Fault("something still waits");
  CheckModels();
  if (fault_.empty()) CheckWatches();
  if (kernel_.heard_itself() && !kernel_.has_failed())
    Fault("a listing of the tracker's own was told");
  if (kernel_.open_count() != 2) Fault("a descriptor is left open");
}

// A file that is made in each directory is told once, under its path.
void Simulation::CheckProbes() {
  probes_.clear();
  std::vector<std::string> made;
  for (const auto &[root, watched] : roots_)
    for (const auto &[path, is_dir] : DirsOf(watched)) {
      if (IsExcused(path)) continue;
      made.push_back(path + "/probe");
      Op op;
      op.kind = OpKind::kCreate;
      op.a = made.back();
      kernel_.Run(op);
    }
  Settle();
  std::sort(made.begin(), made.end());
  std::sort(probes_.begin(), probes_.end());
  if (made != probes_) Fault("probes are not told as they should be");
}

void Simulation::CheckAccount() {
  const rn_track_counts counts = rn_tracker_counts(tracker_);
  const uint64_t came = counts.read + counts.synthetic + counts.copied;
  if (came != told_ + counts.filtered + counts.coalesced)
    Fault("account: " + std::to_string(came) + " came, " +
          std::to_string(told_) + " were told, " +
          std::to_string(counts.filtered) + " filtered, " +
          std::to_string(counts.coalesced) + " coalesced");
}

}  // namespace rn::sim
