// What the user of the library does, and what it is answered.

#include <errno.h>
#include <sys/inotify.h>

#include <algorithm>

#include "test/sim/simulation.h"

namespace rn::sim {
namespace {

// What an update may change.
constexpr uint32_t kChanges = kRecursive | kFixed | kMaskKinds;

uint32_t ChangesOf(const Op &op) {
  uint32_t kind = 0;
  ParseKind(op.b, &kind);
  if ((kind & kRecursive) == 0) kind &= ~uint32_t{kFixed};
  return kind & kChanges;
}

}  // namespace

Watched *Simulation::Find(const std::string &slot) {
  for (size_t i = roots_.size(); i-- > 0;) {
    Watched *watched = roots_[i].get();
    if (watched->slot() != slot) continue;
    const bool is_over = watched->state() == Watched::State::kEnded ||
                         watched->state() == Watched::State::kFailed;
    return is_over || watched->is_removed() ? nullptr : watched;
  }
  return nullptr;
}

// -- Asking -------------------------------------------------------------------

void Simulation::Ask(const Op &op, Watched *watched, engine_call *call) {
  calls_.push_back({op, watched, call, changes_, ""});
}

void Simulation::User(const Op &op) {
  if (op.kind == OpKind::kSync || op.kind == OpKind::kStill) {
    for (const auto &watched : roots_)
      if (watched->is_live()) MarkFor(watched.get());
    Ask(op, nullptr, engine_sync(engine_));
    // What is under way may be queued behind the fence.
    if (IsBetweenRecords()) changes_++;
    frozen_ = op.kind == OpKind::kStill;
    return;
  }
  Watched *watched = Find(op.a);
  if (op.kind == OpKind::kAdd) {
    if (watched == nullptr) UserAdd(op);
    return;
  }
  if (watched == nullptr || !watched->is_live()) return;
  switch (op.kind) {
    case OpKind::kUpdate:
      return UserUpdate(watched, op);
    case OpKind::kRemove:
      watched->BeginRemoval();
      return Ask(op, watched, engine_remove(engine_, watched->watch()));
    case OpKind::kAppend:
      return UserAppend(watched, op);
    default:
      return UserSwitch(watched, op);
  }
}

void Simulation::UserAdd(const Op &op) {
  uint32_t kind = 0;
  ParseKind(op.b, &kind);
  roots_.push_back(std::make_unique<Watched>(&world_, op.a, op.c, kind));
  Watched *watched = roots_.back().get();
  const rn_watch_options options = watched->Options();
  Ask(op, watched, engine_add(engine_, op.c.c_str(), &options));
}

void Simulation::UserUpdate(Watched *watched, const Op &op) {
  const uint32_t kind = ChangesOf(op);
  rn_watch_update update = {};
  update.size = sizeof(update);
  update.mask = MaskOfKind(kind, setup_.mask);
  const bool recursive = (kind & kRecursive) != 0;
  const bool fixed = (kind & kFixed) != 0;
  (recursive ? update.set_flags : update.clear_flags) |= RN_WATCH_RECURSIVE;
  (fixed ? update.set_flags : update.clear_flags) |= RN_WATCH_FIXED;
  watched->BeginChange();
  Ask(op, watched, engine_update(engine_, watched->watch(), &update));
}

bool Simulation::IsSwitching(const Watched &watched) const {
  return std::any_of(calls_.begin(), calls_.end(), [&](const Call &call) {
    return call.watched == &watched && (call.op.kind == OpKind::kSuspend ||
                                        call.op.kind == OpKind::kResume);
  });
}

void Simulation::UserSwitch(Watched *watched, const Op &op) {
  const bool suspends = op.kind == OpKind::kSuspend;
  if (suspends == watched->is_suspended()) return;
  // What happens before the call is as it was then; unless another switch, of
  // which it has not been answered yet, comes before that.
  const bool switches = IsSwitching(*watched);
  if (suspends && !switches)
    MarkFor(watched);
  else if (!switches)
    MarkAll(watched);
  Ask(op, watched,
      suspends ? engine_suspend(engine_, watched->watch())
               : engine_resume(engine_, watched->watch()));
}

void Simulation::UserAppend(Watched *watched, const Op &op) {
  const std::string name = "+" + std::to_string(++marks_);
  Ask(op, watched,
      engine_append(engine_, watched->watch(), IN_CREATE, name.c_str()));
  calls_.back().name = name;
}

// -- Marks --------------------------------------------------------------------

std::string Simulation::Mark(const std::string &directory) {
  const std::string name = "!" + std::to_string(++marks_);
  kernel_.processes()->Run(
      {OpKind::kCreate, 0, directory + "/" + name, "", ""});
  kernel_.processes()->Run(
      {OpKind::kUnlink, 0, directory + "/" + name, "", ""});
  return name;
}

void Simulation::MarkAll(Watched *forbidden) {
  constexpr size_t kMarksMax = 6;
  if (forbidden->is_adrift()) return;
  std::vector<std::string> dirs = {forbidden->path()};
  for (const auto &[path, is_dir] :
       PathsBelow(kernel_.fs(), forbidden->path(), kRecursive, nullptr))
    if (is_dir && dirs.size() < kMarksMax) dirs.push_back(path);
  for (const std::string &dir : dirs) forbidden->Forbid(Mark(dir));
}

void Simulation::MarkFor(Watched *expected) {
  if (expected->is_adrift() || expected->is_suspended()) return;
  if (expected->inode() == nullptr || !expected->inode()->is_dir()) return;
  expected->Expect(Mark(expected->path()));
}

// -- Answers ------------------------------------------------------------------

bool Simulation::TakeAnswers() {
  bool any = false;
  for (size_t i = 0; i < calls_.size();) {
    if (!engine_call_is_done(engine_, calls_[i].call)) {
      i++;
      continue;
    }
    any = true;
    const Call call = calls_[i];
    calls_.erase(calls_.begin() + static_cast<std::ptrdiff_t>(i));
    const int result = engine_call_result(call.call);
    if (trace_->on())
      trace_->Line("  < %s: %d", OpText(call.op).c_str(), result);
    if (call.op.kind == OpKind::kAdd)
      AnswerAdd(call.watched, call.call);
    else
      Answer(call, result);
    engine_call_free(
        call.call,
        [](const char *path, int error, void *context) {
          auto *watched = static_cast<Watched *>(context);
          watched->ExcuseFailure(path, error);
          // Where a limit is reached a walk ends: what is left is not named.
          if (error == -ENOSPC || error == -ENOMEM || error == -EMFILE ||
              error == -ENFILE)
            watched->ExcuseFailure(watched->path(), error);
        },
        call.watched);
  }
  return any;
}

bool Simulation::MayFail(const Watched &watched, int result) const {
  return kernel_.has_failed() || watched.is_adrift() || watched.IsDead() ||
         (result == -ENOENT && (!watched.is_live() || watched.is_leaving()));
}

void Simulation::AnswerAdd(Watched *watched, engine_call *call) {
  const int result = engine_call_result(call);
  if (result == 0) return watched->BecomeLive(engine_call_watch(call));
  watched->Fail();
  const Inode *inode = watched->inode();
  const bool no_dir = inode != nullptr && !inode->is_dir() &&
                      watched->Is(kRecovers) && result == -ENOTDIR;
  const bool nothing =
      inode == nullptr &&
      (result == -ENOENT || result == -ENOTDIR || result == -ELOOP);
  if (!no_dir && !nothing && !MayFail(*watched, result))
    Fault("the addition failed: " + std::to_string(result));
}

void Simulation::AnswerUpdate(Watched *watched, const Op &op, int result) {
  const uint32_t kind = ChangesOf(op);
  const bool no_fixed = (kind & kFixed) != 0 &&
                        (watched->Is(kRecovers) || watched->Is(kPersistent));
  const bool other =
      watched->Is(kRecovers) && ((watched->kind() ^ kind) & kRecursive) != 0;
  watched->EndChange(result == 0 ? (watched->kind() & ~kChanges) | kind
                                 : watched->kind());
  if (result < 0 && !(result == -EOPNOTSUPP && (no_fixed || other)) &&
      !MayFail(*watched, result))
    Fault("the update failed: " + std::to_string(result));
}

// What is at the path of a persistent root is for an append what the records
// that were read say, and what was found there then, at the end of a link, too.
bool Simulation::HasNoPlace(const Call &call, int result) const {
  if (call.op.kind != OpKind::kAppend) return false;
  if (call.watched->Is(kPersistent) && changes_ != quiet_changes_)
    return result == -ENOENT || result == -ENOTDIR;
  const Inode *inode = call.watched->inode();
  return (inode == nullptr && result == -ENOENT) ||
         (inode != nullptr && !inode->is_dir() && result == -ENOTDIR);
}

void Simulation::Answer(const Call &call, int result) {
  Watched *watched = call.watched;
  const bool failed = result < 0;
  switch (call.op.kind) {
    case OpKind::kUpdate:
      return AnswerUpdate(watched, call.op, result);
    case OpKind::kRemove:
      watched->EndRemoval();
      if (result == 0) MarkAll(watched);
      break;
    case OpKind::kSuspend:
      if (failed) break;
      watched->Suspend();
      return MarkAll(watched);
    case OpKind::kResume:
      if (failed) break;
      watched->Resume();
      return MarkFor(watched);
    case OpKind::kAppend:
      if (!failed && watched->is_live()) watched->ExpectAppended(call.name);
      break;
    default:
      return AnswerSync(call);
  }
  if (failed && !HasNoPlace(call, result) && !MayFail(*watched, result))
    Fault(OpText(call.op) + " failed: " + std::to_string(result));
}

// All that had happened was told: where nothing has since, that is all.  What a
// listing has yet to find, the removal of a root cuts short.
void Simulation::AnswerSync(const Call &call) {
  frozen_ = false;
  if (call.changes != changes_) return;
  if (IsBetweenRecords()) return;
  NoteNodes();
  for (const auto &watched : roots_)
    if (!watched->is_unrepaired() && !watched->is_leaving())
      watched->CheckModel();
}

}  // namespace rn::sim
