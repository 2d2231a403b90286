// Names are few, so that they collide; what is named is mostly there.

#include "test/sim/generator.h"

#include <sys/inotify.h>

#include <numeric>

namespace rn::sim {
namespace {

constexpr char kOutside[] = "/o";

// No two arguments of one call may both draw numbers: compilers evaluate them
// in different orders, and a seed is to be the same history whichever it was.
Op MakeOp(OpKind kind, std::string a, std::string b = "") {
  Op op;
  op.kind = kind;
  op.a = std::move(a);
  op.b = std::move(b);
  return op;
}

// Weights of the plans by kind of history; what is not named is 0.
struct Theme {
  uint32_t weights[kPlanCount];
};

//   create write chmod mkdir unlink rmdir rmtree mvdir mvfile mvany out in
//   build xchg swap deep recreate link symlink fifo hold release
constexpr Theme kThemes[] = {
    {{8, 4, 1, 8, 5, 4, 3, 8, 5, 4, 3, 3, 3, 2, 2, 3, 2, 2, 1, 1, 1, 1}},
    {{2, 1, 0, 4, 1, 1, 1, 20, 4, 9, 2, 2, 2, 0, 6, 2, 0, 0, 0, 0, 0, 0}},
    {{2, 1, 0, 3, 1, 1, 1, 10, 2, 5, 1, 1, 1, 12, 4, 2, 0, 0, 0, 0, 0, 0}},
    {{4, 1, 0, 8, 1, 1, 4, 2, 1, 1, 0, 0, 0, 0, 0, 20, 4, 0, 0, 0, 0, 0}},
    {{3, 1, 0, 6, 2, 5, 8, 2, 1, 1, 0, 0, 0, 0, 0, 4, 15, 0, 0, 0, 3, 3}},
    {{3, 1, 0, 3, 1, 1, 1, 3, 1, 1, 9, 9, 7, 1, 1, 2, 1, 0, 0, 0, 1, 1}},
    {{9, 5, 2, 2, 9, 1, 1, 2, 9, 3, 1, 1, 1, 2, 2, 1, 1, 5, 3, 3, 0, 0}},
};
constexpr size_t kThemeCount = sizeof(kThemes) / sizeof(kThemes[0]);

}  // namespace

// -- The style of a seed ------------------------------------------------------

Generator::Generator(const Choice &choice)
    : random_(choice.seed), choice_(choice) {
  ChooseStyle();
  ChooseWeights();
  ChooseTraits();
  ChooseTrouble();
  ChooseWidth();
  MakeBefore();
}

void Generator::ChooseStyle() {
  constexpr uint32_t kDensities[] = {1, 4, 10, 25, 50};
  style_.density = kDensities[random_.Below(5)];
  style_.begin = random_.Percent(50) ? 0 : random_.Between(10, 80);
  style_.processes = random_.Between(1, kProcessCount - 1);
  style_.names = random_.Between(2, 4);
  style_.depth = random_.Between(2, 4);
  style_.op_count = random_.Between(3, random_.Percent(80) ? 20 : 60);
  style_.before_count = random_.Below(10);
  setup_.busy_add = random_.Percent(25);
}

void Generator::ChooseWeights() {
  const Theme &theme = kThemes[random_.Below(kThemeCount)];
  for (size_t i = 0; i < kPlanCount; i++) style_.weights[i] = theme.weights[i];
  if (!random_.Percent(6)) return;
  style_.weights[static_cast<size_t>(Plan::kRemoveRoot)] = 4;
  style_.weights[static_cast<size_t>(Plan::kMoveRoot)] = 1;
}

void Generator::ChooseTraits() {
  KernelTraits &traits = setup_.traits;
  traits.list_order = static_cast<ListOrder>(random_.Below(3));
  traits.list_salt = random_.Next();
  traits.list_piece = random_.Percent(50) ? 1000 : random_.Between(1, 4);
  traits.list_types = random_.Percent(90);
  setup_.read_size = random_.Percent(50) ? 4096 : 512;
  if (random_.Percent(50))
    setup_.pace = static_cast<int>(random_.Between(1, 3));
  setup_.mask = IN_CREATE | IN_DELETE | IN_MOVE;
  if (random_.Percent(40)) setup_.mask |= IN_MODIFY | IN_ATTRIB;
  if (random_.Percent(15) && !choice_.deaf) setup_.mask = IN_ALL_EVENTS;
}

void Generator::ChooseTrouble() {
  const bool loses = random_.Percent(14);
  const bool fails = random_.Percent(14);
  const auto queue_max = static_cast<size_t>(random_.Between(4, 24));
  if (choice_.calm) return;
  if (choice_.recover) return ChooseLosses();
  if (loses) setup_.traits.queue_max = queue_max;
  if (fails) style_.faults = 20;
}

// A queue is too short when much happens between two system calls.
void Generator::ChooseLosses() {
  constexpr uint32_t kDensities[] = {10, 40, 70, 85};
  setup_.recover = !choice_.wide;  // else it is a matter of each root's kind
  setup_.traits.queue_max = random_.Between(2, 8);
  style_.density = kDensities[random_.Below(4)];
}

// A tree that takes long to go through: fences come back, and records are read,
// while some of it was compared and some was not.
void Generator::ChooseWidth() {
  if (!random_.Percent(12)) return;
  style_.names = random_.Between(3, 8);
  style_.depth = random_.Between(3, 5);
  style_.before_count = random_.Between(10, 30);
  style_.weights[static_cast<size_t>(Plan::kNest)] = 15;
  setup_.pace = static_cast<int>(random_.Between(1, 2));
  if (choice_.calm || random_.Percent(50)) return;
  style_.density = random_.Between(10, 85);
  if (!choice_.recover) setup_.traits.queue_max = random_.Between(3, 10);
}

// The tree before anything is watched: made here as well, to know what is
// where.
void Generator::MakeBefore() {
  tops_ = {"/r"};
  if (random_.Percent(20)) tops_.push_back("/s");
  std::deque<Op> ops = {MakeOp(OpKind::kMkdir, kOutside)};
  for (const std::string &top : tops_) {
    ops.push_back(MakeOp(OpKind::kMkdir, top));
    setup_.roots.push_back({top});
  }
  Trace silent;
  ModelKernel scratch(setup_.traits, &silent);
  fs_ = scratch.fs();
  for (uint32_t left = style_.before_count;; left--) {
    for (const Op &op : ops) {
      scratch.processes()->Run(op);
      setup_.before.push_back(op);
    }
    ops.clear();
    if (left == 0) break;
    constexpr Plan kPlans[] = {Plan::kMkdir, Plan::kDeepDirs, Plan::kCreate,
                               Plan::kBuildOut};
    Expand(kPlans[random_.Below(4)], &ops);
  }
  if (choice_.wide) ChooseRoots();
  fs_ = nullptr;
  left_ = style_.op_count;
}

// -- When ---------------------------------------------------------------------

void Generator::Tick(ModelKernel *kernel) {
  constexpr int kAtOnceMax = 8;
  for (int i = 0; i < kAtOnceMax && random_.Percent(style_.density); i++) {
    if (!Act(kernel, waited_)) break;
    waited_ = 0;
  }
  waited_++;
}

bool Generator::Rest(ModelKernel *kernel) {
  waited_ = 0;
  return Act(kernel, kRest);
}

bool Generator::Act(ModelKernel *kernel, uint32_t wait) {
  fs_ = kernel->fs();
  const uint32_t process = 1 + random_.Below(style_.processes);
  Op op;
  op.process = static_cast<uint8_t>(process);
  if (!kernel->processes()->HasBegun(op.process) &&
      !NextOp(&planned_[process], &op))
    return false;
  steps_.push_back({wait, op});
  if (on_step) on_step(steps_.back());
  last_result_ = kernel->Run(op);
  return true;
}

bool Generator::NextOp(std::deque<Op> *ops, Op *op) {
  while (left_ > 0) {
    left_--;
    if (random_.Percent(style_.faults)) ops->push_front(MakeTrouble());
    if (style_.users > 0 && random_.Percent(style_.users)) PlanForUser(ops);
    if (ops->empty()) PlanFor(ops);
    if (ops->empty()) continue;
    const uint8_t process = op->process;
    *op = ops->front();
    ops->pop_front();
    const auto kind = static_cast<uint32_t>(op->kind);
    if ((choice_.without >> kind & 1) != 0) continue;
    if (op->kind < OpKind::kStep && random_.Percent(style_.begin))
      op->process = process;
    return true;
  }
  return false;
}

Op Generator::MakeTrouble() {
  static const std::vector<std::string> kErrors[] = {
      {"watch_add", "ENOSPC", "ENOMEM", "EACCES"},
      {"dir_open", "EACCES", "EMFILE", "ENFILE", "ENOMEM"},
      {"dir_read", "EIO", "EINTR", "ENOMEM"}};
  const uint32_t kind = random_.Below(5);
  const bool lifts = random_.Percent(50);
  const std::string limit =
      std::to_string(lifts ? 10000 : random_.Between(3, 9));
  if (kind == 3) return MakeOp(OpKind::kWatches, limit);
  if (kind == 4) return MakeOp(OpKind::kDescriptors, limit);
  const std::vector<std::string> &errors = kErrors[kind];
  const auto count = static_cast<uint32_t>(errors.size());
  return MakeOp(OpKind::kFail, errors[0],
                errors[random_.Between(1, count - 1)]);
}

void Generator::PlanFor(std::deque<Op> *ops) {
  const uint32_t total =
      std::accumulate(style_.weights, style_.weights + kPlanCount, uint32_t{0});
  uint32_t at = random_.Below(total);
  size_t plan = 0;
  while (at >= style_.weights[plan]) at -= style_.weights[plan++];
  Expand(static_cast<Plan>(plan), ops);
}

// -- What ---------------------------------------------------------------------

void Generator::Expand(Plan plan, std::deque<Op> *ops) {
  const std::string top = Top();
  switch (plan) {
    case Plan::kCreate:
      ops->push_back(MakeOp(OpKind::kCreate, NewPath(top)));
      break;
    case Plan::kWrite:
      ops->push_back(MakeOp(OpKind::kWrite, Existing(top, false)));
      break;
    case Plan::kChmod:
      ops->push_back(
          MakeOp(OpKind::kChmod, Existing(top, random_.Percent(50))));
      break;
    case Plan::kMkdir:
      ops->push_back(MakeOp(OpKind::kMkdir, NewPath(top)));
      break;
    case Plan::kUnlink:
      ops->push_back(MakeOp(OpKind::kUnlink, Existing(top, false)));
      break;
    case Plan::kRmdir:
      ops->push_back(MakeOp(OpKind::kRmdir, Existing(top, true)));
      break;
    case Plan::kRmtree:
      RemoveTree(Existing(top, true), ops);
      break;
    case Plan::kDeepDirs:
      DeepDirs(NewPath(top), ops);
      break;
    case Plan::kRecreate: {
      const std::string path = Existing(top, true);
      RemoveTree(path, ops);
      DeepDirs(path, ops);
      break;
    }
    case Plan::kBuildOut:
      DeepDirs(NewPath(kOutside), ops);
      break;
    case Plan::kLink: {
      const std::string to = NewPath(Top());
      ops->push_back(MakeOp(OpKind::kLink, Existing(top, false), to));
      break;
    }
    case Plan::kSymlink: {
      const std::string to = NewPath(top);
      ops->push_back(MakeOp(OpKind::kSymlink, Existing(Top(), true), to));
      break;
    }
    case Plan::kFifo:
      ops->push_back(MakeOp(OpKind::kFifo, NewPath(top)));
      break;
    case Plan::kHold:
      held_.push_back(Existing(top, true));
      ops->push_back(MakeOp(OpKind::kHold, held_.back()));
      break;
    case Plan::kRelease:
      if (held_.empty()) break;
      ops->push_back(MakeOp(OpKind::kRelease, held_.front()));
      held_.erase(held_.begin());
      break;
    case Plan::kRemoveRoot:
      RemoveTree(Root(), ops);
      if (random_.Percent(50)) ops->push_back(MakeOp(OpKind::kMkdir, Root()));
      break;
    case Plan::kMoveRoot: {
      const std::string to = NewPath(kOutside);
      ops->push_back(MakeOp(OpKind::kMove, Root(), to));
      break;
    }
    case Plan::kNest:
      Nest(top, ops);
      break;
    default:
      ExpandMove(plan, ops);
      break;
  }
}

void Generator::ExpandMove(Plan plan, std::deque<Op> *ops) {
  const std::string top = Top();
  const bool dir = random_.Percent(70);
  OpKind kind = OpKind::kMove;
  std::string from, to;  // drawn in this order, the last one first
  switch (plan) {
    case Plan::kMoveDir:
      to = NewPath(Top());
      from = Existing(top, true);
      break;
    case Plan::kMoveFile:
      to = NewPath(Top());
      from = Existing(top, false);
      break;
    case Plan::kMoveAny:
      to = Existing(Top(), dir);
      from = Existing(top, dir);
      break;
    case Plan::kMoveOut:
      to = NewPath(kOutside);
      from = Existing(top, dir);
      break;
    case Plan::kMoveIn:
      to = NewPath(top);
      from = Existing(kOutside, dir);
      break;
    case Plan::kExchange: {
      const bool other_dir = random_.Percent(70);
      kind = OpKind::kExchange;
      to = Existing(Top(), other_dir);
      from = Existing(top, dir);
      break;
    }
    default:  // kSwap
      return Swap(top, dir, ops);
  }
  ops->push_back(MakeOp(kind, from, to));
}

void Generator::Swap(const std::string &top, bool dir, std::deque<Op> *ops) {
  const std::string a = Existing(top, dir), b = Existing(top, dir);
  const std::string between = NewPath(top);
  ops->push_back(MakeOp(OpKind::kMove, a, between));
  ops->push_back(MakeOp(OpKind::kMove, b, a));
  ops->push_back(MakeOp(OpKind::kMove, between, b));
}

void Generator::RemoveTree(const std::string &path, std::deque<Op> *ops) {
  Place place;
  if (fs_->Lookup(fs_->root(), path, false, &place) < 0) return;
  if (place.inode == nullptr || place.name == ".") return;
  if (!place.inode->is_dir()) {
    ops->push_back(MakeOp(OpKind::kUnlink, path));
    return;
  }
  for (const Entry &entry : place.inode->entries)
    RemoveTree(path + "/" + entry.name, ops);
  ops->push_back(MakeOp(OpKind::kRmdir, path));
}

void Generator::DeepDirs(const std::string &top, std::deque<Op> *ops) {
  std::string path = top;
  const uint32_t depth = random_.Between(1, 3);
  for (uint32_t i = 0; i < depth; i++) {
    ops->push_back(MakeOp(OpKind::kMkdir, path));
    if (random_.Percent(40))
      ops->push_back(MakeOp(OpKind::kCreate, path + "/" + Name()));
    path += "/" + Name();
  }
}

// What is moved in comes under a name that was never listed, in a directory
// that was never listed, by a way that was renamed before anybody could go it.
void Generator::Nest(const std::string &top, std::deque<Op> *ops) {
  const std::string renamed = Existing(top, true);
  const std::string to = NewPath(top);
  const std::string made = "/" + Name();
  ops->push_back(MakeOp(OpKind::kMkdir, renamed + made));
  ops->push_back(MakeOp(OpKind::kMove, renamed, to));
  for (uint32_t left = random_.Below(4); left > 0; left--)
    ops->push_back(MakeOp(OpKind::kCreate, NewPath(top)));
  const std::string below = to + made + "/" + Name();
  ops->push_back(MakeOp(OpKind::kMove, Existing(top, true), below));
}

// -- Where --------------------------------------------------------------------

std::string Generator::Top() { return random_.Percent(6) ? kOutside : Root(); }

std::string Generator::Root() {
  return tops_[random_.Below(static_cast<uint32_t>(tops_.size()))];
}

std::string Generator::Name() {
  return std::string(1, static_cast<char>('a' + random_.Below(style_.names)));
}

std::string Generator::Dir(const std::string &top) {
  Place place;
  fs_->Lookup(fs_->root(), top, false, &place);
  std::string path = top;
  const Inode *at = place.inode;
  if (at == nullptr) return path;
  for (uint32_t i = 1; i < style_.depth && random_.Percent(65); i++) {
    std::vector<const Inode *> dirs;
    for (const Entry &entry : at->entries)
      if (entry.inode->is_dir()) dirs.push_back(entry.inode);
    if (dirs.empty()) break;
    at = dirs[random_.Below(static_cast<uint32_t>(dirs.size()))];
    path += "/" + at->name;
  }
  return path;
}

std::string Generator::NewPath(const std::string &top) {
  const std::string name = "/" + Name();
  return Dir(top) + name;
}

std::string Generator::Existing(const std::string &top, bool dir) {
  for (int tries = 0; tries < 4; tries++) {
    const std::string parent = Dir(top);
    Place place;
    fs_->Lookup(fs_->root(), parent, false, &place);
    if (place.inode == nullptr) continue;
    std::vector<const Entry *> fitting;
    for (const Entry &entry : place.inode->entries)
      if (entry.inode->is_dir() == dir) fitting.push_back(&entry);
    if (fitting.empty()) continue;
    const auto count = static_cast<uint32_t>(fitting.size());
    return parent + "/" + fitting[random_.Below(count)]->name;
  }
  return NewPath(top);
}

}  // namespace rn::sim
