#include "test/sim/simulation.h"

#include <sys/inotify.h>

namespace rn::sim {
namespace {

constexpr int kTurnsMax = 20000;

}  // namespace

Simulation::Simulation(const Setup &setup, Schedule *schedule, Trace *trace)
    : setup_(setup),
      schedule_(schedule),
      trace_(trace),
      kernel_(setup.traits, trace),
      world_{&kernel_, trace, [this](const std::string &what) { Fault(what); },
             setup.mask, false} {
  kernel_.before_call = [this] {
    if (!calls_.empty()) TakeAnswers();
    if (busy_ && !frozen_) schedule_->Tick(&kernel_);
  };
  kernel_.after_change = [this] {
    changes_++;
    for (const auto &watched : roots_) watched->NoteChange();
  };
  // A watch may be asked for more than is wanted until it has ended.
  kernel_.is_wanted = [this](const Inode *inode, uint32_t mask) {
    const std::string path = kernel_.fs()->PathOf(inode);
    for (const auto &watched : roots_)
      if ((watched->mask() & mask & IN_ALL_EVENTS) != 0 &&
          !watched->is_leaving() && !watched->is_adrift() &&
          path.rfind(watched->path(), 0) == 0)
        return true;
    return false;
  };
  kernel_.on_user = [this](const Op &op) { User(op); };
}

Simulation::~Simulation() {
  busy_ = false;
  const std::vector<Call> calls = std::move(calls_);
  calls_.clear();
  if (engine_ != nullptr) engine_free(engine_);
  for (const Call &call : calls) engine_call_free(call.call, nullptr, nullptr);
}

void Simulation::Fault(const std::string &what) {
  if (trace_->on()) trace_->Line("!!! %s", what.c_str());
  if (fault_.empty()) fault_ = what;
}

std::string Simulation::Run() {
  Begin();
  busy_ = true;
  while (fault_.empty()) {
    if (Turn()) continue;
    if (!calls_.empty() && !kernel_.has_failed())
      Fault("no answer to " + OpText(calls_.front().op));
    if (IsQuiet()) {
      quiet_changes_ = changes_;
      StartConsumers();
      CheckModels();
    }
    frozen_ = false;
    if (!fault_.empty() || !schedule_->Rest(&kernel_)) break;
  }
  busy_ = false;
  if (fault_.empty()) End();
  return fault_;
}

void Simulation::Begin() {
  for (const Op &op : setup_.before) kernel_.processes()->Run(op);
  kernel_.read_max = setup_.read_size;
  if (engine_new(kernel_.sys(), setup_.read_size, &engine_) < 0)
    return Fault("setup: no engine");
  rn_tracker *tracker = engine_tracker(engine_);
  if (setup_.pace > 0)
    rn_tracker_set_pace(tracker, setup_.pace, setup_.pace,
                        static_cast<uint32_t>(setup_.pace));
  busy_ = setup_.busy_add;
  for (size_t i = 0; i < setup_.roots.size() && fault_.empty(); i++) {
    const FirstRoot &root = setup_.roots[i];
    uint32_t kind = root.kind;
    if (setup_.recover) kind |= kRecovers;
    User({OpKind::kAdd, 0, std::to_string(i), KindText(kind), root.path});
    while (!calls_.empty() && fault_.empty())
      if (!Turn()) break;
  }
  busy_ = false;
  Settle();
  // They begin with the tree as it is: nothing may be owed for want of a watch.
  if (rn_tracker_wants_turn(tracker)) {
    kernel_.Heal();
    Settle();
  }
  StartConsumers();
}

void Simulation::End() {
  Settle();
  kernel_.Heal();
  Settle();
  if (fault_.empty() && !calls_.empty())
    Fault("no answer to " + OpText(calls_.front().op));
  if (fault_.empty()) Check();
  if (fault_.empty()) CheckProbes();
  if (!fault_.empty()) return;
  engine_stop(engine_);
  CheckAccount();
  engine_free(engine_);
  engine_ = nullptr;
  if (kernel_.open_count() != 0) Fault("a descriptor is left open");
}

// -- Turns --------------------------------------------------------------------

bool Simulation::Turn() {
  if (turns_++ > kTurnsMax) {
    Fault("nothing comes to rest");
    return false;
  }
  const int err = engine_turn(engine_);
  if (err < 0) Fault("reading failed: " + std::to_string(err));
  engine_dispatch(engine_);
  const bool answered = TakeAnswers();
  return (!kernel_.TakeAsleep() || answered) && err == 0;
}

void Simulation::Settle() {
  do {
    kernel_.processes()->FinishAll();
  } while (fault_.empty() && Turn());
}

bool Simulation::IsBetweenRecords() const {
  for (int process = 0; process < kProcessCount; process++)
    if (kernel_.processes()->HasBegun(process)) return true;
  return false;
}

bool Simulation::IsQuiet() const {
  if (IsBetweenRecords()) return false;
  const rn_tracker *tracker = engine_tracker(engine_);
  return calls_.empty() && rn_tracker_patience_ms(tracker) < 0 &&
         !rn_tracker_is_waiting(tracker);
}

void Simulation::StartConsumers() {
  NoteNodes();
  for (const auto &watched : roots_) watched->StartConsumer();
}

}  // namespace rn::sim
