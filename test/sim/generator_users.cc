// Roots of every kind, and what users do about them.

#include "test/sim/generator.h"

#include <sys/inotify.h>

namespace rn::sim {
namespace {

struct Chance {
  uint32_t kind;
  uint32_t percent;
};

// What a root is at the bottom, of a hundred.
constexpr Chance kBases[] = {
    {kRecursive, 42},
    {0, 16},
    {kRecursive | kFixed, 10},
    {kPersistent, 8},
    {kPersistent | kRecursive, 10},
    {kRecovers, 3},
    {kRecovers | kRecursive, 11},
};

constexpr Chance kExtras[] = {
    {kPairs, 25},   {kSettles, 15}, {kPartial, 10}, {kExcludes, 8},
    {kIncludes, 4}, {kDirsOnly, 3}, {kNarrow, 5},
};

// What users do, of a hundred.
constexpr struct {
  OpKind kind;
  uint32_t percent;
} kDoings[] = {
    {OpKind::kAdd, 32},    {OpKind::kRemove, 20}, {OpKind::kUpdate, 12},
    {OpKind::kSuspend, 8}, {OpKind::kResume, 10}, {OpKind::kAppend, 4},
    {OpKind::kSync, 7},    {OpKind::kStill, 7},
};

}  // namespace

uint32_t Generator::MakeKind() {
  uint32_t at = random_.Below(100);
  const Chance *base = kBases;
  while (at >= base->percent) at -= (base++)->percent;
  uint32_t kind = base->kind;
  if (choice_.recover && (kind & (kPersistent | kFixed)) == 0)
    kind |= kRecovers;
  for (const auto &[extra, percent] : kExtras)
    if (random_.Percent(percent)) kind |= extra;
  if ((kind & kDirsOnly) == 0 && random_.Percent(3)) kind |= kFilesOnly;
  if ((kind & kNarrow) == 0 && !choice_.deaf && random_.Percent(15))
    kind |= kNoisy;
  return kind;
}

// A top, a directory below, or a place where perhaps nothing is.
std::string Generator::MakeRootPath() {
  const uint32_t choice = random_.Below(100);
  if (choice < 35) return Root();
  if (choice < 75) return Dir(Root());
  return NewPath(Top());
}

void Generator::ChooseRoots() {
  constexpr uint32_t kUsers[] = {0, 8, 20, 40};
  style_.users = kUsers[random_.Below(4)];
  for (uint32_t more = random_.Below(3); more > 0; more--)
    setup_.roots.push_back({MakeRootPath()});
  for (size_t i = 0; i < setup_.roots.size(); i++) {
    setup_.roots[i].kind = MakeKind();
    slots_[i] = true;
  }
  // What is looked at again after a loss takes room for each root.
  if (choice_.recover) setup_.traits.queue_max += 6 * setup_.roots.size();
  if (!random_.Percent(25)) return;
  style_.weights[static_cast<size_t>(Plan::kRemoveRoot)] = 4;
  style_.weights[static_cast<size_t>(Plan::kMoveRoot)] = 3;
}

std::string Generator::Slot(bool in_use) {
  const uint32_t from = random_.Below(kSlots);
  uint32_t slot = from;
  while (slots_[slot] != in_use && (slot + 1) % kSlots != from)
    slot = (slot + 1) % kSlots;
  return std::to_string(slot);
}

// Calls that fail are those of the addition, if nothing comes between.
void Generator::PlanAddition(std::deque<Op> *ops) {
  Op op;
  op.kind = OpKind::kAdd;
  op.a = Slot(false);
  op.b = KindText(MakeKind());
  op.c = MakeRootPath();
  slots_[op.a[0] - '0'] = true;
  ops->push_front(op);
  if (style_.faults > 0 && random_.Percent(40)) ops->push_front(MakeTrouble());
}

void Generator::PlanForUser(std::deque<Op> *ops) {
  uint32_t at = random_.Below(100);
  const auto *doing = kDoings;
  while (at >= doing->percent) at -= (doing++)->percent;
  if (doing->kind == OpKind::kAdd) return PlanAddition(ops);
  Op op;
  op.kind = doing->kind;
  if (op.kind != OpKind::kSync && op.kind != OpKind::kStill) op.a = Slot(true);
  if (op.kind == OpKind::kRemove) slots_[op.a[0] - '0'] = false;
  if (op.kind == OpKind::kUpdate) {
    constexpr uint32_t kKinds[] = {kRecursive, 0, kRecursive | kFixed};
    constexpr uint32_t kMasks[] = {0, kNarrow, kNoisy};
    const uint32_t mask = kMasks[random_.Below(choice_.deaf ? 2 : 3)];
    op.b = KindText(kKinds[random_.Below(3)] | mask);
  }
  ops->push_front(op);
}

}  // namespace rn::sim
