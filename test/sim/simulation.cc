// The turn is that of lib/notifier/reader.c, without lanes and threads.

#include "test/sim/simulation.h"

#include <errno.h>
#include <limits.h>
#include <sys/inotify.h>

namespace rn::sim {
namespace {

constexpr int kTurnsMax = 20000;
constexpr int kExtraTurns = 256;  // as in lib/notifier/request.c

}  // namespace

Simulation::Simulation(const Setup &setup, Schedule *schedule, Trace *trace)
    : setup_(setup),
      schedule_(schedule),
      trace_(trace),
      kernel_(setup.traits, trace) {
  kernel_.before_call = [this] {
    if (busy_) schedule_->Tick(&kernel_);
  };
}

Simulation::~Simulation() { rn_tracker_free(tracker_); }

void Simulation::Fault(const std::string &what) {
  if (trace_->on()) trace_->Line("!!! %s", what.c_str());
  if (fault_.empty()) fault_ = what;
}

std::string Simulation::Run() {
  Begin();
  busy_ = true;
  while (fault_.empty()) {
    if (Turn() || Sleep()) continue;
    if (IsQuiet()) {
      StartConsumers();
      CheckModels();
    }
    if (!fault_.empty() || !schedule_->Rest(&kernel_)) break;
  }
  busy_ = false;
  if (fault_.empty()) End();
  return fault_;
}

void Simulation::Begin() {
  for (const Op &op : setup_.before) kernel_.processes()->Run(op);
  rn_sink sink = {};
  sink.context = this;
  sink.change = OnChange;
  sink.plain = OnPlain;
  sink.slow = OnNothing;
  sink.overflow = OnOverflow;
  sink.moved = OnNothing;
  sink.ended = OnEnded;
  sink.failed = OnFailed;
  sink.recovered = OnRecovered;
  if (rn_tracker_new(kernel_.sys(), &sink, &tracker_) < 0)
    return Fault("setup: no tracker");
  if (setup_.pace > 0) rn_tracker_set_pace(tracker_, setup_.pace, setup_.pace);
  busy_ = setup_.busy_add;
  for (const std::string &path : setup_.roots) Add(path);
  busy_ = false;
  Settle();
  // They begin with the tree as it is: nothing may be owed for want of a watch.
  if (rn_tracker_wants_turn(tracker_)) {
    kernel_.Heal();
    Settle();
  }
  StartConsumers();
}

void Simulation::End() {
  Settle();
  kernel_.Heal();
  Settle();
  if (fault_.empty()) CheckOverflows();
  if (fault_.empty()) Check();
  if (fault_.empty()) CheckProbes();
  if (!fault_.empty()) return;
  rn_tracker_finish(tracker_);
  CheckAccount();
  rn_tracker_free(tracker_);
  tracker_ = nullptr;
  if (kernel_.open_count() != 0) Fault("a descriptor is left open");
}

// -- Turns --------------------------------------------------------------------

void Simulation::Add(const std::string &path) {
  rn_addition addition = {};
  addition.path = rn_bytes_of(path.c_str());
  addition.access_path = addition.path;
  addition.mask = setup_.mask;
  addition.recursive = true;
  addition.recover = setup_.recover;
  rn_root *root = nullptr;
  const int err = rn_tracker_add(tracker_, &addition, &root);
  if (err < 0 && (kernel_.has_failed() || setup_.busy_add)) return;
  if (err < 0) return Fault("setup: cannot add: " + std::to_string(err));
  roots_[root].path = path;
  roots_[root].inode = kernel_.inotify()->InodeOf(root->top->wd);
  adding_ = true;
  extra_turns_ = 0;
  while (adding_ && fault_.empty()) Turn();
  const int walk_err = rn_tracker_walk_error(tracker_);
  if (walk_err == 0 || roots_.count(root) == 0) return;
  if (!kernel_.has_failed() && !AnyAdrift())
    return Fault("the addition failed: " + std::to_string(walk_err));
  roots_.erase(root);
  rn_tracker_abandon(tracker_, root);
  rn_tracker_end_turn(tracker_);
}

void Simulation::AdvanceAdding() {
  rn_tracker_walk(tracker_, RN_WALK_ADDED);
  if (rn_tracker_is_walking(tracker_, RN_WALK_ADDED)) return;
  if (rn_tracker_is_walking(tracker_, RN_WALK_NEW) &&
      extra_turns_++ < kExtraTurns)
    return;
  rn_tracker_end_turn(tracker_);
  adding_ = false;
}

bool Simulation::Feed(const std::vector<char> &buffer, ssize_t size) {
  const int err =
      rn_tracker_feed(tracker_, buffer.data(), static_cast<size_t>(size));
  if (err < 0) Fault("records refused: " + std::to_string(err));
  return err == 0;
}

ssize_t Simulation::ReadSome() {
  std::vector<char> buffer(setup_.read_size);
  const rn_sys *sys = kernel_.sys();
  const ssize_t got =
      sys->read(sys, rn_tracker_fd(tracker_), buffer.data(), buffer.size());
  if (got > 0) {
    sleeps_ = 0;
    Feed(buffer, got);
  }
  if (got < 0 && got != -EAGAIN) Fault("cannot read: " + std::to_string(got));
  return got;
}

bool Simulation::Turn() {
  if (turns_++ > kTurnsMax) {
    Fault("nothing comes to rest");
    return false;
  }
  const bool adding = adding_;
  if (adding) AdvanceAdding();
  const bool listing = rn_tracker_is_walking(tracker_, RN_WALK_NEW);
  if (listing) rn_tracker_walk(tracker_, RN_WALK_NEW);
  const ssize_t got = ReadSome();
  rn_tracker_end_turn(tracker_);
  constexpr size_t kLargest = sizeof(inotify_event) + NAME_MAX + 1;
  const bool more =
      got > 0 && static_cast<size_t>(got) + kLargest > setup_.read_size;
  return adding || listing || more ||
         rn_tracker_is_walking(tracker_, RN_WALK_NEW) ||
         !kernel_.inotify()->is_empty();
}

bool Simulation::Sleep() {
  constexpr int kSleepsMax = 30;
  const int patience_ms = rn_tracker_patience_ms(tracker_);
  if (patience_ms < 0 || sleeps_++ == kSleepsMax) {
    sleeps_ = 0;
    return false;
  }
  kernel_.Sleep(patience_ms);
  return true;
}

void Simulation::Settle() {
  do {
    kernel_.processes()->FinishAll();
  } while (fault_.empty() && (Turn() || Sleep()));
}

bool Simulation::IsQuiet() const {
  for (int process = 0; process < kProcessCount; process++)
    if (kernel_.processes()->HasBegun(process)) return false;
  return rn_tracker_patience_ms(tracker_) < 0 &&
         !rn_tracker_is_waiting(tracker_);
}

void Simulation::StartConsumers() {
  for (auto &[root, watched] : roots_)
    if (watched.consumer == nullptr && !IsAdrift(watched))
      watched.consumer = std::make_unique<Consumer>(
          watched.path, PathsBelow(watched.path, false), kernel_.processes());
}

// -- What the tracker tells ---------------------------------------------------

namespace {

std::string PathText(const rn_node *node, rn_bytes name) {
  char path[PATH_MAX];
  const ssize_t size = rn_node_path(node, path, sizeof(path));
  std::string text(path, size > 0 ? static_cast<size_t>(size) : 0);
  if (name.size > 0) text += "/" + std::string(name.data, name.size);
  return text;
}

bool IsProbe(const std::string &path) {
  constexpr char kProbe[] = "/probe";
  constexpr size_t kSize = sizeof(kProbe) - 1;
  return path.size() > kSize && path.substr(path.size() - kSize) == kProbe;
}

}  // namespace

void Simulation::Take(const rn_change &change) {
  told_++;
  Told told;
  told.mask = change.mask;
  told.cookie = change.cookie;
  told.path = PathText(change.node, change.name);
  told.is_dir = change.is_dir;
  told.synthetic = change.synthetic;
  told.has_source = change.src_path.data != nullptr;
  if (told.has_source)
    told.source = std::string(change.src_path.data, change.src_path.size);
  if (change.kind == RN_EVENT_ERROR) return Excuse(told.path, change.error);
  if (trace_->on()) trace_->Line("        told %s", ToldText(told).c_str());
  if (told.has_source) MoveExcuses(told.source, told.path);
  const auto at = roots_.find(change.node->root);
  if (at == roots_.end()) return;
  const bool adrift = IsAdrift(at->second);
  if (!adrift && (told.mask & IN_CREATE) != 0 && IsProbe(told.path))
    probes_.push_back(told.path);
  if (at->second.consumer == nullptr) return;
  const std::string wrong = at->second.consumer->Take(told);
  if (!wrong.empty() && !IsExcused(told.path) && !adrift)
    Fault(ToldText(told) + ": " + wrong);
}

void Simulation::OnChange(void *context, const rn_change *change) {
  static_cast<Simulation *>(context)->Take(*change);
}

void Simulation::OnPlain(void *context, rn_node *node,
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

void Simulation::OnOverflow(void *context) {
  auto *self = static_cast<Simulation *>(context);
  self->told_++;
  self->overflows_++;
  if (self->trace_->on()) self->trace_->Line("        told overflow");
  for (auto &[root, watched] : self->roots_) {
    if (self->setup_.recover)
      watched.unrepaired = true;
    else
      watched.consumer = nullptr;
  }
}

void Simulation::OnRecovered(void *context, const rn_recovery *recovery) {
  auto *self = static_cast<Simulation *>(context);
  if (self->trace_->on()) self->trace_->Line("        told rescan");
  const auto at = self->roots_.find(recovery->root);
  if (at != self->roots_.end()) at->second.unrepaired = false;
}

void Simulation::OnEnded(void *context, rn_root *root) {
  auto *self = static_cast<Simulation *>(context);
  if (self->trace_->on()) self->trace_->Line("        ended");
  self->root_ended_ = true;
  const auto at = self->roots_.find(root);
  if (at == self->roots_.end()) return;
  if (!at->second.inode->is_dead() && !IsAdrift(at->second))
    self->Fault("a root has ended that is there");
  self->roots_.erase(at);
}

void Simulation::OnFailed(void *context, const rn_node *directory,
                          rn_bytes name, int error) {
  auto *self = static_cast<Simulation *>(context);
  self->Excuse(PathText(directory, name), error);
}

}  // namespace rn::sim
