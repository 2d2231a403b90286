// A well-behaved watch beside one that is attacked.

#include "test/stress/hostile_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "ringnotify/ringnotify.h"
#include "test/stress/hostile_acts.h"
#include "test/stress/reader_meter.h"
#include "test/support/events/event_log.h"
#include "test/support/events/event_model.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHostile = 3;
constexpr char kName[] = "hostile";

int64_t Since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() -
                                                               begin)
      .count();
}

// The work of the well-behaved: files and directories that come, change, get
// other names and go, one step a millisecond.
void WorkWell(const std::string &good, uint32_t seed, int ms) {
  Hostility time(good, good, seed, ms); /* for its clock and its numbers */
  for (int i = 0; time.Goes(); i++) {
    const std::string dir = good + "/" + std::to_string(time.Below(4));
    const std::string path = dir + "/" + std::to_string(time.Below(16));
    switch (time.Below(6)) {
      case 0:
        mkdir(dir.c_str(), 0755);
        break;
      case 1:
        unlink(path.c_str());
        break;
      case 2:
        rename(path.c_str(), (path + "n").c_str());
        break;
      case 3:
        rename(dir.c_str(), (dir + "n").c_str());
        rename((dir + "n").c_str(), dir.c_str());
        break;
      default: {
        const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd >= 0) close(fd);
      }
    }
    poll(nullptr, 0, 1); /* its leisure */
  }
}

// Processes that can be ended at any moment.
class Children {
 public:
  Children() = default;
  ~Children() {
    for (const pid_t pid : pids_) kill(pid, SIGKILL);
    for (const pid_t pid : pids_) waitpid(pid, nullptr, 0);
  }
  Children(const Children &) = delete;
  Children &operator=(const Children &) = delete;

  template <typename Work>
  void Add(const Work &work) {
    const pid_t pid = fork();
    if (pid == 0) {
      work();
      _exit(0);
    }
    if (pid > 0) pids_.push_back(pid);
  }

  void WaitForLast() {
    if (pids_.empty()) return;
    waitpid(pids_.back(), nullptr, 0);
    pids_.pop_back();
  }

 private:
  std::vector<pid_t> pids_;
};

class Run {
 public:
  explicit Run(const HostilePlan &plan)
      : plan_(plan),
        good_(plan.base + "/good"),
        bad_(plan.base + "/bad"),
        outside_(plan.base + "/outside"),
        random_(plan.seed) {}
  ~Run() {
    if (notifier_ != nullptr && rn_thread_notifier_free(notifier_) != 0)
      abort();
    UnmountHostileTree(bad_);
  }

  HostileVerdict Go();

 private:
  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(random_() % bound);
  }
  void Suspect(bool fault, const std::string &what) {
    if (fault) verdict_.faults.push_back(what);
  }

  void ChooseActs();
  void Attack(Children *children);
  bool Make();
  rn_watch_options HowToWatchBad();
  bool WatchTheGood();
  bool WatchTheBad();
  template <typename Call>
  int Time(const char *name, const Call &call);
  void CallAround(Clock::time_point begin);
  void AwaitTheGood();
  void Stop();
  void Judge(ReaderMeter *meter, size_t memory_before);

  const HostilePlan plan_;
  const std::string good_, bad_, outside_;
  std::mt19937 random_;
  std::vector<HostileAct> acts_;
  std::vector<std::string> also_watched_;
  EventLog log_;           // of the good
  rn_handler ignoring_{};  // of the bad
  rn_rule rule_{};
  rn_watch bad_watch_{};
  rn_thread_notifier *notifier_ = nullptr;
  HostileVerdict verdict_;
};

void Run::ChooseActs() {
  std::vector<HostileAct> all = HostileActs();
  std::shuffle(all.begin(), all.end(), random_);
  acts_.assign(all.begin(), all.begin() + kHostile);
  for (const HostileAct &act : acts_)
    verdict_.acts +=
        (verdict_.acts.empty() ? "" : ", ") + std::string(act.name);
}

void Run::Attack(Children *children) {
  const int ms = plan_.ms + 30000; /* they are ended before */
  for (size_t i = 0; i < acts_.size(); i++)
    children->Add([this, i, ms] {
      Hostility hostility(bad_, outside_,
                          plan_.seed * 10 + static_cast<uint32_t>(i), ms);
      acts_[i].run(&hostility);
    });
}

bool Run::Make() {
  rn_thread_notifier_options options = Sized<rn_thread_notifier_options>();
  const rn_full full[] = {RN_FULL_SPILL, RN_FULL_SPILL, RN_FULL_BLOCK};
  options.thread_name = kName;
  options.worker_count = 1 + Below(2);
  options.order = RN_ORDER_TOTAL; /* the good are put together in order */
  options.full = full[Below(3)];
  options.backlog_size = 16 << 20;
  options.coalesce = Below(2) == 0;
  verdict_.how += std::to_string(options.worker_count) + " workers";
  if (options.full == RN_FULL_BLOCK) verdict_.how += ", block";
  if (options.coalesce) verdict_.how += ", coalesce";
  return rn_thread_notifier_new(&options, &notifier_) == 0;
}

rn_watch_options Run::HowToWatchBad() {
  rn_watch_options how = Sized<rn_watch_options>();
  how.flags = RN_WATCH_RECURSIVE | RN_WATCH_PARTIAL;
  how.handler = &ignoring_;
  how.mask = IN_ALL_EVENTS;
  if (Below(2) == 0) how.mask = IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY;
  const struct {
    unsigned flag;
    const char *name;
  } more[] = {{0, ""},
              {RN_WATCH_RECOVER, ", recover"},
              {RN_WATCH_PAIR_MOVES, ", pairs"},
              {RN_WATCH_RECOVER | RN_WATCH_PAIR_MOVES, ", recover, pairs"}};
  const auto &chosen = more[Below(4)];
  how.flags |= chosen.flag;
  verdict_.how += chosen.name;
  if (how.mask == IN_ALL_EVENTS) verdict_.how += ", all events";
  if (Below(3) == 0) {
    how.settle_ms = 50;
    verdict_.how += ", settle";
  }
  if (Below(2) == 0) {
    rule_.pattern = "(build|out)/(.*/)?[^/]*[.]o$";
    rule_.kind = RN_RULE_REGEX;
    how.rules = &rule_;
    how.rule_count = 1;
    verdict_.how += ", regex";
  }
  return how;
}

bool Run::WatchTheGood() {
  rn_handler handler = log_.Handler();
  rn_watch_options good = Sized<rn_watch_options>();
  good.flags = RN_WATCH_RECURSIVE | RN_WATCH_RECOVER;
  good.mask = IN_CREATE | IN_DELETE | IN_MOVE;
  good.handler = &handler;
  return rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                              good_.c_str(), &good, nullptr) == 0;
}

bool Run::WatchTheBad() {
  rn_watch_manager *manager = rn_thread_notifier_manager(notifier_);
  ignoring_ = Sized<rn_handler>();
  ignoring_.on_default = [](const rn_event *, void *) { return 0; };
  rn_watch_options bad = HowToWatchBad();
  if (rn_watch_manager_add(manager, bad_.c_str(), &bad, &bad_watch_) != 0)
    return false;
  bad.flags = RN_WATCH_RECURSIVE;
  bad.settle_ms = 0;
  for (const std::string &path : also_watched_) {
    const int err = rn_watch_manager_add(manager, path.c_str(), &bad, nullptr);
    if (err != 0 && err != -ENOENT) return false; /* it may be gone already */
  }
  return true;
}

template <typename Call>
int Run::Time(const char *name, const Call &call) {
  const auto begin = Clock::now();
  const int result = call();
  const int64_t ms = Since(begin);
  verdict_.longest_call_ms = std::max(verdict_.longest_call_ms, ms);
  Suspect(ms > plan_.bounds.call_ms, std::string(name) + " took " +
                                         std::to_string(ms) + " ms, gave " +
                                         std::to_string(result));
  return result;
}

// What others ask of the notifier meanwhile, again and again.
void Run::CallAround(Clock::time_point begin) {
  rn_watch_manager *manager = rn_thread_notifier_manager(notifier_);
  while (Since(begin) < plan_.ms) {
    Time("sync", [&] {
      return rn_thread_notifier_sync(notifier_, plan_.bounds.call_ms * 9 / 10);
    });
    Time("suspend",
         [&] { return rn_watch_manager_suspend(manager, &bad_watch_); });
    poll(nullptr, 0, 50);
    Time("resume",
         [&] { return rn_watch_manager_resume(manager, &bad_watch_); });
    poll(nullptr, 0, 200);
  }
}

// What was reported of the good adds up to what is there, while the attack goes
// on.
void Run::AwaitTheGood() {
  size_t taken = 0, first_fault = 0;
  EventModel model(good_);
  std::vector<LoggedEvent> events;
  const bool agrees = WaitUntil([&] {
    events = log_.Events();
    for (; taken < events.size(); taken++) {
      model.Apply(events[taken]);
      if (model.faults().size() == 1 && first_fault == 0) first_fault = taken;
    }
    return model.entries() == EntriesOnDisk(good_);
  });
  Suspect(!agrees, "what was reported of the good is not what is there");
  if (model.faults().empty()) return;
  std::string fault = "the good: " + model.faults()[0] + ", after";
  for (size_t i = first_fault - std::min<size_t>(first_fault, 40);
       i <= first_fault; i++)
    fault += "\n    " + events[i].Text(good_) +
             (events[i].synthetic ? " synthetic" : "");
  Suspect(true, fault);
}

void Run::Stop() {
  const auto begin = Clock::now();
  const int result = rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN);
  verdict_.stop_ms = Since(begin);
  Suspect(result != 0, "stop gave " + std::to_string(result));
  Suspect(verdict_.stop_ms > plan_.bounds.stop_ms,
          "stop took " + std::to_string(verdict_.stop_ms) + " ms");
  rn_statistics s = Sized<rn_statistics>();
  if (rn_thread_notifier_statistics(notifier_, &s) != 0) return;
  Suspect(s.read + s.synthetic + s.copied !=
              s.delivered + s.filtered + s.coalesced + s.dropped,
          "the account does not balance");
  verdict_.overflows = s.kernel_overflows;
  verdict_.read = s.read;
}

void Run::Judge(ReaderMeter *meter, size_t memory_before) {
  verdict_.turn_cpu_ms = meter->turn_cpu_ms();
  verdict_.turn_ms = meter->turn_ms();
  verdict_.memory = meter->memory() - std::min(meter->memory(), memory_before);
  Suspect(verdict_.turn_cpu_ms > plan_.bounds.turn_cpu_ms,
          "a turn of the reader took " + std::to_string(verdict_.turn_cpu_ms) +
              " ms of its processor");
  Suspect(verdict_.memory > plan_.bounds.memory,
          "memory grew by " + std::to_string(verdict_.memory >> 20) + " MiB");
}

HostileVerdict Run::Go() {
  for (const std::string &dir : {good_, outside_}) mkdir(dir.c_str(), 0755);
  also_watched_ = PrepareHostileTree(bad_);
  if (MountHostileTree(bad_)) verdict_.how += "mount point, ";
  ChooseActs();
  Children children; /* forked before there are threads */
  const size_t memory_before = ResidentMemory();
  if (!Make()) {
    Suspect(true, "no notifier can be made");
    return verdict_;
  }
  const auto begin = Clock::now();
  Attack(&children);
  const bool watched = WatchTheGood();
  children.Add([this] { WorkWell(good_, plan_.seed, plan_.ms * 3 / 4); });
  if (!watched || !WatchTheBad() || rn_thread_notifier_start(notifier_) != 0) {
    Suspect(true, "it cannot be watched");
    return verdict_;
  }
  ReaderMeter meter(notifier_, kName);
  CallAround(begin);
  children.WaitForLast(); /* the good has done its work */
  AwaitTheGood();
  meter.Stop(); /* a stop that drains is many turns, which it does not tell */
  Stop();
  Judge(&meter, memory_before);
  return verdict_;
}

}  // namespace

HostileVerdict RunHostile(const HostilePlan &plan) { return Run(plan).Go(); }

}  // namespace rn
