// What an error has said to be missed: of that nothing is demanded.

#include <sys/inotify.h>

#include "test/sim/watched.h"

namespace rn::sim {
namespace {

bool IsAtOrBelow(const std::string &path, const std::string &top) {
  return path.rfind(top, 0) == 0 &&
         (path.size() == top.size() || path[top.size()] == '/');
}

}  // namespace

bool Watched::CanErr() const {
  return world_->kernel->has_failed() || is_adrift_ || !is_live() ||
         Is(kPersistent);
}

// An error names the directory, where it is by then or where it was.
void Watched::Excuse(const std::string &path, int error) {
  if (world_->trace->on())
    world_->trace->Line("        told %s error %d %s", slot_.c_str(), error,
                        path.c_str());
  if (!CanErr()) return Fault("error " + std::to_string(error) + " " + path);
  excused_paths_.insert(path);
  named_.insert(path);
  Place place;
  ModelFs *fs = world_->kernel->fs();
  const int err = fs->Lookup(fs->root(), path, false, &place);
  if (err == 0 && place.inode != nullptr) excused_.insert(place.inode);
}

void Watched::ExcuseFailure(const std::string &path, int error) {
  Excuse(path, error);
  for (const auto &[from, to] : meanwhile_) MoveExcuses(from, to);
}

bool Watched::IsExcused(const std::string &path) const {
  if (excused_paths_.empty()) return false;
  if (misses_renames_ && IsNamed(path)) return true;
  ModelFs *fs = world_->kernel->fs();
  for (size_t size = path.size(); size > 0 && size != std::string::npos;
       size = path.rfind('/', size - 1)) {
    const std::string above = path.substr(0, size);
    if (excused_paths_.count(above) != 0) return true;
    Place place;
    fs->Lookup(fs->root(), above, false, &place);
    if (excused_.count(place.inode) != 0) return true;
  }
  return false;
}

// What was moved meanwhile is excused where it is told to be.
void Watched::MoveExcuses(const std::string &from, const std::string &to) {
  std::set<std::string> moved;
  for (const std::string &path : excused_paths_)
    if (IsAtOrBelow(path, from)) moved.insert(to + path.substr(from.size()));
  excused_paths_.insert(moved.begin(), moved.end());
}

void Watched::NoteHearing() {
  misses_renames_ |=
      (mask() & IN_MOVE) != IN_MOVE || Is(kFilesOnly) || is_suspended_;
}

// Who is not told of renames is not told where to what an error named has been
// moved, nor whether that was before.  Whatever was at that path at some time
// is excused where it is.
bool Watched::IsNamed(const std::string &path) const {
  const auto &moves = world_->kernel->processes()->moves();
  for (const std::string &named : named_)
    for (size_t begin = 0; begin <= moves.size(); begin++) {
      std::string at = named;
      for (size_t i = begin; i < moves.size(); i++)
        if (IsAtOrBelow(at, moves[i].first))
          at = moves[i].second + at.substr(moves[i].first.size());
      if (IsAtOrBelow(path, at)) return true;
    }
  return false;
}

}  // namespace rn::sim
