// One life of a notifier with a fault in it.
//
// What is changed before the start is one queue that the reader finds, so the
// first part is the same each time; what comes later runs beside the reader.

#include "test/fault/life.h"

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/notifier/notifier_in_c.h"
#include "test/support/events/watch_table.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr uint32_t kTreeMask = IN_CREATE | IN_DELETE | IN_MOVE;

bool IsLoss(const LoggedEvent &event) {
  return event.kind == RN_EVENT_ERROR ||
         (event.kind == RN_EVENT_OVERFLOW && event.loss == RN_LOSS_RING);
}

}  // namespace

Life::Life(FakeKernel *kernel, const Size &size, const Fault &fault)
    : kernel_(kernel),
      size_(size),
      fault_(fault),
      tree_handler_(tree_log_.Handler()),
      flat_handler_(flat_log_.Handler()) {
  MakeTrees();
  PutRecordBetweenHalves();
  BreakDirectory();
  EXPECT_EQ(chdir(dir_.path().c_str()), 0);
}

Life::~Life() {
  fault_.mend();
  tree_log_.Let();
  flat_log_.Let();
  EXPECT_EQ(rn_thread_notifier_free(notifier_), 0);
}

void Life::Run() {
  const size_t descriptors = OpenDescriptors();
  fault_.begin();
  Try("new", [this] { return Make(); });
  AddBefore();
  ChangeDirectories();
  Try("start", [this] { return rn_thread_notifier_start(notifier_); });
  AddAfter();
  RenameDirectories();
  ChangeLater();
  FollowPaths();
  BuildBacklog();
  if (size_.overflow) Overflow();
  Sync();
  UpdateAndRemove();
  fault_.mend();
  Probe();
  Stop();
  ExpectTold();
  EXPECT_EQ(rn_thread_notifier_free(notifier_), 0);
  notifier_ = nullptr;
  EXPECT_EQ(OpenDescriptors(), descriptors);
}

// ---- calls ----

bool TryTwice(const Life::Fault &fault, const char *what,
              const std::function<int()> &call,
              const std::function<bool()> &has_reader_failed) {
  const int first = call();
  if (first >= 0) return true;
  EXPECT_TRUE(fault.happened()) << what << " " << first;
  fault.mend();
  const int second = call();
  if (!has_reader_failed()) {
    EXPECT_GE(second, 0) << what << ", after " << first;
  }
  return false;
}

void Life::Try(const char *what, const std::function<int()> &call) {
  failed_ |=
      !TryTwice(fault_, what, call, [this] { return HasReaderFailed(); });
}

int Life::Make() {
  rn_thread_notifier_options options = Sized<rn_thread_notifier_options>();
  options.handler = &tree_handler_;
  options.worker_count = 2;
  options.order = RN_ORDER_TOTAL;
  return rn_test_notifier_new(kernel_->sys(), &options, &notifier_);
}

int Life::Add(const std::string &path, unsigned flags, EventLog *log) {
  static const char *const excluded[] = {"*.skip", "*/secret/*", nullptr};
  static const rn_rule rule = {"[.](left|out)$", RN_RULE_EXCLUDE, RN_RULE_REGEX,
                               0};
  rn_watch_options options = Sized<rn_watch_options>();
  options.mask =
      log == &tree_log_ ? kTreeMask : kTreeMask | IN_MODIFY | IN_OPEN;
  options.flags = flags;
  if (log != &tree_log_) {
    options.handler = &flat_handler_;
    options.exclude = excluded;
    options.rules = &rule;
    options.rule_count = 1;
  }
  options.failure_context = this;
  options.on_failure = [](const char *failed, int, void *life) {
    auto *self = static_cast<Life *>(life);
    (strcmp(failed, "late/broken") == 0 ? self->told_path_ : self->failed_) =
        true;
  };
  return rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                              path.c_str(), &options, &added_);
}

void Life::AddBefore() {
  if (notifier_ == nullptr) return;
  Try("add flat", [this] { return Add(Path("flat"), 0, &flat_log_); });
  flat_ = added_;
  Try("add tree",
      [this] { return Add(Path("tree"), RN_WATCH_RECURSIVE, &tree_log_); });
  before_ = EntriesOnDisk(Path("tree"));
}

void Life::AddAfter() {
  Try("add late",
      [this] { return Add("late", RN_WATCH_RECURSIVE, &flat_log_); });
  late_ = added_;
  Try("add link",
      [this] { return Add(Path("link/f"), RN_WATCH_PERSISTENT, &flat_log_); });
  link_ = added_;
  Try("add pairs", [this] {
    return Add(Path("pairs"), RN_WATCH_RECURSIVE | RN_WATCH_PAIR_MOVES,
               &flat_log_);
  });
  pairs_ = added_;
  EXPECT_TRUE(told_path_ || fault_.happened());
  Try("add none", [this] { return Add("none", 0, &flat_log_) == 0 ? 1 : 0; });
}

// ---- what is expected ----

bool Life::HasReaderFailed() const {
  return notifier_ != nullptr &&
         rn_thread_notifier_state(notifier_) == RN_STATE_FAILED;
}

void Life::ProbeDirectory(const std::string &name, const EventLog &log) {
  dir_.Write(name, "");
  EXPECT_TRUE(WaitUntil([&] {
    return log.Has(dir_.path(), "CREATE " + name) || HasReaderFailed();
  })) << name;
}

void Life::Probe() {
  if (HasReaderFailed()) return;
  ProbeDirectory("flat/probe", flat_log_);
  if (fault_.denies_entries) return;
  ProbeDirectory("tree/probe", tree_log_);
  if (WasTold()) return;
  std::multiset<ino_t> live = LiveDirectories(Path("tree"));
  live.merge(LiveDirectories(Path("flat")));
  EXPECT_TRUE(WaitUntil([&] {
    return WasTold() || WatchedInodes() == live || HasReaderFailed();
  })) << WatchedInodes().size()
      << " watches, " << live.size() << " directories";
  for (const auto &[name, is_dir] : EntriesOnDisk(Path("tree")))
    if (is_dir) dir_.Write("tree/" + name + "/probe", "");
}

void Life::Stop() {
  const bool read_failed = HasReaderFailed();
  EXPECT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);
  rn_statistics s = Sized<rn_statistics>();
  EXPECT_EQ(rn_thread_notifier_statistics(notifier_, &s), 0);
  EXPECT_EQ(s.read + s.synthetic + s.copied,
            s.delivered + s.filtered + s.coalesced + s.dropped);
  if (read_failed) failed_ = true;
}

bool Life::WasTold() const {
  if (failed_) return true;
  for (const EventLog *log : {&tree_log_, &flat_log_}) {
    int overflows = 0;
    for (const LoggedEvent &event : log->Events()) {
      if (IsLoss(event)) return true;
      if (event.kind == RN_EVENT_OVERFLOW && ++overflows > 1) return true;
    }
  }
  return false;
}

void Life::ExpectTold() const {
  if (fault_.denies_entries || WasTold()) return;
  const std::string root = dir_.Path("tree");
  EventModel model(root, before_);
  for (const LoggedEvent &event : tree_log_.Events()) model.Apply(event);
  EXPECT_EQ(model.faults(), std::vector<std::string>{});
  EXPECT_EQ(model.entries(), EntriesOnDisk(root));
  if (!testing::Test::HasFailure()) return;
  for (const std::string &text : tree_log_.Texts(root)) puts(text.c_str());
}

}  // namespace rn
