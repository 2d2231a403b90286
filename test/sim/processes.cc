// The order of records is that of fs/namei.c and include/linux/fsnotify.h;
// kernel_test holds it against the running kernel.

#include "test/sim/processes.h"

#include <errno.h>
#include <sys/inotify.h>

#include <algorithm>
#include <cstring>

namespace rn::sim {
namespace {

constexpr int kAgeMax = 30;
constexpr int64_t kTickNs = 4000000;

// A process has taken the name of an inode away, and still has it in hand.
void TakeName(Inode *dir, Inode *inode) {
  inode->open_count++;
  if (!inode->is_dir()) return;
  inode->pinned = dir;
  dir->open_count++;
}

uint32_t DirBit(const Inode *inode) { return inode->is_dir() ? IN_ISDIR : 0; }

}  // namespace

void PutInode(ModelInotify *inotify, Inode *inode) {
  if (--inode->open_count > 0 || !inode->is_dead() || inode->removed) return;
  inotify->End(inode);
  if (inode->pinned != nullptr) PutInode(inotify, inode->pinned);
}

// -- What was begun -----------------------------------------------------------

void Processes::StepOf(Begun *begun) {
  if (begun->next == begun->emissions.size()) return;
  const Emission &emission = begun->emissions[begun->next++];
  if (emission.mask == 0)
    PutInode(inotify_, emission.inode);
  else
    inotify_->Happen(emission.inode, emission.mask, emission.cookie,
                     emission.name);
  if (begun->next < begun->emissions.size()) return;
  begun->emissions.clear();
  begun->locked.clear();
  begun->next = 0;
}

void Processes::Finish(Begun *begun) {
  while (!begun->emissions.empty()) StepOf(begun);
}

void Processes::Tick() {
  for (Begun &begun : begun_)
    if (!begun.emissions.empty() && begun.age++ >= kAgeMax) Finish(&begun);
}

void Processes::FinishAll() {
  for (Begun &begun : begun_) Finish(&begun);
}

void Processes::FinishLocking(const Inode *dir) {
  for (Begun &begun : begun_)
    if (std::find(begun.locked.begin(), begun.locked.end(), dir) !=
        begun.locked.end())
      Finish(&begun);
}

// -- System calls -------------------------------------------------------------

int Processes::Run(const Op &op) {
  Begun *begun = &begun_[op.process];
  if (op.kind == OpKind::kStep) {
    if (trace_->on()) trace_->Line("  > %s", OpText(op).c_str());
    StepOf(begun);
    return 0;
  }
  Finish(begun);
  Begun made;
  const int err = Perform(op, &made);
  if (trace_->on())
    trace_->Line("  > %s%s%s", OpText(op).c_str(), err < 0 ? ": " : "",
                 err < 0 ? strerrorname_np(-err) : "");
  *begun = std::move(made);
  if (begun->emissions.empty()) begun->locked.clear();
  if (op.process == 0) Finish(begun);
  return err;
}

int Processes::Perform(const Op &op, Begun *begun) {
  switch (op.kind) {
    case OpKind::kCreate:
      return Make(op, FileType::kFile, begun);
    case OpKind::kMkdir:
      return Make(op, FileType::kDir, begun);
    case OpKind::kSymlink:
      return Make(op, FileType::kLink, begun);
    case OpKind::kFifo:
      return Make(op, FileType::kFifo, begun);
    case OpKind::kWrite:
    case OpKind::kChmod:
      return Touch(op, begun);
    case OpKind::kRmdir:
    case OpKind::kUnlink:
      return Remove(op, begun);
    case OpKind::kMove:
    case OpKind::kExchange:
      return Move(op, begun);
    case OpKind::kLink:
      return Hardlink(op, begun);
    case OpKind::kHold:
      return Hold(op);
    case OpKind::kRelease:
      return Release(op);
    default:
      break;
  }
  return 0;
}

int64_t Processes::Now() const { return *clock_ / kTickNs * kTickNs; }

void Processes::Stamp(Inode *inode, Inode *dir) const {
  inode->ctime = dir->mtime = dir->ctime = Now();
}

int Processes::Look(const std::string &path, Place *place) {
  const int err = fs_->Lookup(fs_->root(), path, false, place);
  return err == 0 && place->name == "." ? -EBUSY : err;
}

int Processes::Find(const std::string &path, Place *place) {
  const int err = Look(path, place);
  if (err == 0) FinishLocking(place->dir);
  return err;
}

int Processes::Make(const Op &op, FileType type, Begun *begun) {
  Place place;
  const int err = Find(type == FileType::kLink ? op.b : op.a, &place);
  if (err < 0) return err;
  if (place.inode != nullptr) return -EEXIST;
  if (place.dir->is_dead()) return -ENOENT;
  Inode *made = fs_->NewInode(type);
  if (type == FileType::kLink) made->target = op.a;
  fs_->Link(place.dir, place.name, made);
  Stamp(made, place.dir);
  made->mtime = made->ctime;
  begun->locked = {place.dir};
  begun->emissions = {{place.dir, IN_CREATE | DirBit(made), 0, place.name}};
  if (type != FileType::kFile) return 0;
  begun->emissions.push_back({place.dir, IN_OPEN, 0, place.name});
  begun->emissions.push_back({place.dir, IN_CLOSE_WRITE, 0, place.name});
  return 0;
}

int Processes::Touch(const Op &op, Begun *begun) {
  Place place;
  const int err = Look(op.a, &place);
  if (err < 0) return err;
  if (place.inode == nullptr) return -ENOENT;
  std::vector<uint32_t> masks = {IN_ATTRIB};
  if (op.kind == OpKind::kWrite) {
    if (place.inode->is_dir()) return -EISDIR;
    if (place.inode->type == FileType::kLink) return -ELOOP;
    if (place.inode->type == FileType::kFifo) return -ENXIO;
    masks = {IN_OPEN, IN_MODIFY, IN_CLOSE_WRITE};
    place.inode->size++;
    place.inode->mtime = Now();
  }
  if (place.inode->type == FileType::kLink) return -EOPNOTSUPP;
  place.inode->ctime = Now();
  for (const uint32_t mask : masks) {
    const uint32_t whole = mask | DirBit(place.inode);
    begun->emissions.push_back({place.dir, whole, 0, place.name});
    begun->emissions.push_back({place.inode, whole, 0, ""});
  }
  return 0;
}

int Processes::Remove(const Op &op, Begun *begun) {
  Place place;
  const int err = Find(op.a, &place);
  if (err < 0) return err;
  Inode *inode = place.inode;
  if (inode == nullptr) return -ENOENT;
  if (op.kind == OpKind::kRmdir) {
    if (!inode->is_dir()) return -ENOTDIR;
    FinishLocking(inode);
    if (!inode->entries.empty()) return -ENOTEMPTY;
  } else if (inode->is_dir()) {
    return -EISDIR;
  }
  fs_->Unlink(place.dir, place.name);
  Stamp(inode, place.dir);
  begun->locked = {place.dir};
  TakeName(place.dir, inode);
  if (op.kind == OpKind::kUnlink)
    begun->emissions.push_back({inode, IN_ATTRIB, 0, ""});
  begun->emissions.push_back({inode, 0, 0, ""});
  begun->emissions.push_back(
      {place.dir, IN_DELETE | DirBit(inode), 0, place.name});
  return 0;
}

int Processes::Hardlink(const Op &op, Begun *begun) {
  Place from, to;
  int err = Find(op.a, &from);
  if (err == 0) err = Find(op.b, &to);
  if (err < 0) return err;
  if (from.inode == nullptr) return -ENOENT;
  if (to.inode != nullptr) return -EEXIST;
  if (from.inode->is_dir()) return -EPERM;
  fs_->Link(to.dir, to.name, from.inode);
  Stamp(from.inode, to.dir);
  begun->locked = {to.dir};
  begun->emissions = {{from.inode, IN_ATTRIB, 0, ""},
                      {to.dir, IN_CREATE, 0, to.name}};
  return 0;
}

// -- Renames ------------------------------------------------------------------

int Processes::Move(const Op &op, Begun *begun) {
  const bool exchange = op.kind == OpKind::kExchange;
  Place from, to;
  int err = Find(op.a, &from);
  if (err == 0) err = Find(op.b, &to);
  if (err < 0) return err;
  Inode *moved = from.inode, *target = to.inode;
  if (moved == nullptr) return -ENOENT;
  if (target == nullptr && exchange) return -ENOENT;
  if (moved->is_dir() && fs_->IsBelow(to.dir, moved)) return -EINVAL;
  if (target == moved) return 0;
  if (target != nullptr && target->is_dir() && fs_->IsBelow(from.dir, target))
    return exchange ? -EINVAL : -ENOTEMPTY;
  begun->locked = {from.dir, to.dir};
  if (exchange) return Exchange(from, to, begun);
  if (target != nullptr) {
    if (moved->is_dir() && !target->is_dir()) return -ENOTDIR;
    if (!moved->is_dir() && target->is_dir()) return -EISDIR;
    FinishLocking(target);
    if (!target->entries.empty()) return -ENOTEMPTY;
  }
  Replace(from, to, begun);
  return 0;
}

void Processes::TellMove(const Place &from, const Place &to, Inode *moved,
                         Begun *begun) {
  const auto cookie = static_cast<uint32_t>(replaces_.size());
  replaces_.push_back(to.inode != nullptr);
  begun->emissions.push_back(
      {from.dir, IN_MOVED_FROM | DirBit(moved), cookie, from.name});
  begun->emissions.push_back(
      {to.dir, IN_MOVED_TO | DirBit(moved), cookie, to.name});
}

std::string Processes::PathOf(const Place &place) const {
  const std::string dir = fs_->PathOf(place.dir);
  return (dir == "/" ? "" : dir) + "/" + place.name;
}

void Processes::Replace(const Place &from, const Place &to, Begun *begun) {
  Inode *target = to.inode;
  fs_->Unlink(from.dir, from.name);
  if (target != nullptr) fs_->Unlink(to.dir, to.name);
  fs_->Link(to.dir, to.name, from.inode);
  from.inode->moves++;
  if (from.inode->is_dir()) moves_.emplace_back(PathOf(from), PathOf(to));
  Stamp(from.inode, from.dir);
  Stamp(from.inode, to.dir);
  TellMove(from, to, from.inode, begun);
  if (target != nullptr)
    begun->emissions.push_back({target, IN_ATTRIB | DirBit(target), 0, ""});
  begun->emissions.push_back({from.inode, IN_MOVE_SELF, 0, ""});
  if (target == nullptr) return;
  TakeName(to.dir, target);
  begun->emissions.push_back({target, 0, 0, ""});
}

int Processes::Exchange(const Place &a, const Place &b, Begun *begun) {
  fs_->Unlink(a.dir, a.name);
  fs_->Unlink(b.dir, b.name);
  fs_->Link(b.dir, b.name, a.inode);
  fs_->Link(a.dir, a.name, b.inode);
  a.inode->moves++;
  b.inode->moves++;
  const std::string aside = "exchanged";
  moves_.emplace_back(PathOf(a), aside);
  moves_.emplace_back(PathOf(b), PathOf(a));
  moves_.emplace_back(aside, PathOf(b));
  Stamp(a.inode, a.dir);
  Stamp(b.inode, b.dir);
  TellMove(a, b, a.inode, begun);
  begun->emissions.push_back({a.inode, IN_MOVE_SELF, 0, ""});
  TellMove(b, a, b.inode, begun);
  begun->emissions.push_back({b.inode, IN_MOVE_SELF, 0, ""});
  return 0;
}

// -- Descriptors of others ----------------------------------------------------

int Processes::Hold(const Op &op) {
  Place place;
  const int err = Look(op.a, &place);
  if (err < 0) return err;
  if (place.inode == nullptr) return -ENOENT;
  if (!place.inode->is_dir()) return -ENOTDIR;
  place.inode->open_count++;
  held_.emplace(op.a, place.inode);
  return 0;
}

int Processes::Release(const Op &op) {
  const auto at = held_.find(op.a);
  if (at == held_.end()) return -EBADF;
  PutInode(inotify_, at->second);
  held_.erase(at);
  return 0;
}

}  // namespace rn::sim
