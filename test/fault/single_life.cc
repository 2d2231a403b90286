#include "test/fault/single_life.h"

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "gtest/gtest.h"
#include "test/notifier/notifier_in_c.h"
#include "test/support/events/event_model.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

constexpr uint32_t kSettleMs = 20;

}  // namespace

SingleLife::SingleLife(FakeKernel *kernel, const Life::Fault &fault)
    : kernel_(kernel), fault_(fault), handler_(log_.Handler()) {
  for (const char *name : {"tree/a/b", "tree/c", "outside/d/e"})
    dir_.MkDir(name);
  dir_.Write("outside/d/f", "");
}

SingleLife::~SingleLife() { EXPECT_EQ(rn_notifier_free(notifier_), 0); }

void SingleLife::Run() {
  const size_t descriptors = OpenDescriptors();
  const Entries before = EntriesOnDisk(dir_.Path("tree"));
  fault_.begin();
  Try("new", [this] { return Make(); });
  if (notifier_ == nullptr) return;
  Try("add", [this] { return Add(); });
  Change();
  Dispatch();
  SuspendAndResume();
  fault_.mend();
  Probe();
  Stop();
  ExpectTold(before);
  EXPECT_EQ(rn_notifier_free(notifier_), 0);
  notifier_ = nullptr;
  EXPECT_EQ(OpenDescriptors(), descriptors);
  EXPECT_EQ(log_.Released(), 1);
}

void SingleLife::Try(const char *what, const std::function<int()> &call) {
  failed_ |= !TryTwice(fault_, what, call, [this] { return HasFailed(); });
}

int SingleLife::Make() {
  rn_notifier_options options = Sized<rn_notifier_options>();
  options.handler = &handler_;
  return rn_test_single_new(kernel_->sys(), &options, &notifier_);
}

int SingleLife::Add() {
  rn_watch_options options = Sized<rn_watch_options>();
  options.mask = IN_CREATE | IN_DELETE | IN_MOVE;
  options.flags = RN_WATCH_RECURSIVE | RN_WATCH_PAIR_MOVES;
  options.settle_ms = kSettleMs;
  options.failure_context = &failed_;
  options.on_failure = [](const char *, int, void *failed) {
    *static_cast<bool *>(failed) = true;
  };
  return rn_watch_manager_add(Manager(), dir_.Path("tree").c_str(), &options,
                              &watch_);
}

void SingleLife::Change() const {
  const auto move = [this](const char *from, const char *to) {
    EXPECT_EQ(rename(dir_.Path(from).c_str(), dir_.Path(to).c_str()), 0);
  };
  dir_.MkDir("tree/new/1");
  dir_.Write("tree/new/1/f", "");
  move("tree/a", "tree/new/a");
  move("outside/d", "tree/c/d");
  dir_.Write("tree/new/a/b/f", "");
  move("tree/new/a/b/f", "tree/c/f");
}

void SingleLife::Dispatch() {
  const auto until_nothing_is_left = [this] {
    int result = 1;
    while (result > 0) {
      result = rn_notifier_check_events(notifier_, 0);
      if (result <= 0) return result;
      const int handled = rn_notifier_dispatch(notifier_);
      if (handled < 0) return handled;
    }
    return result;
  };
  Try("dispatch", until_nothing_is_left);
}

void SingleLife::SuspendAndResume() {
  if (HasFailed()) return;
  Try("suspend",
      [this] { return rn_watch_manager_suspend(Manager(), nullptr); });
  Try("resume", [this] { return rn_watch_manager_resume(Manager(), nullptr); });
}

// A loop that waits without a timeout: what wakes it is the notifier's.
void SingleLife::Probe() {
  if (HasFailed()) return;
  dir_.Write("tree/probe", "");
  const auto is_told = [](rn_notifier *, void *life) {
    const auto *self = static_cast<SingleLife *>(life);
    return self->log_.Has(self->dir_.path(), "SETTLED tree/probe");
  };
  Try("loop", [&] { return rn_notifier_loop(notifier_, is_told, this); });
  EXPECT_TRUE(HasFailed() || log_.Has(dir_.path(), "CREATE tree/probe"));
}

void SingleLife::Stop() {
  if (HasFailed()) failed_ = true;
  EXPECT_EQ(rn_notifier_stop(notifier_), 0);
  EXPECT_EQ(rn_notifier_dispatch(notifier_), -ESHUTDOWN);
  rn_statistics s = Sized<rn_statistics>();
  EXPECT_EQ(rn_notifier_statistics(notifier_, &s), 0);
  EXPECT_EQ(s.read + s.synthetic + s.copied,
            s.delivered + s.filtered + s.coalesced + s.dropped);
}

bool SingleLife::HasFailed() const {
  return notifier_ != nullptr &&
         rn_notifier_state(notifier_) == RN_STATE_FAILED;
}

bool SingleLife::WasTold() const {
  if (failed_) return true;
  for (const LoggedEvent &event : log_.Events())
    if (event.kind == RN_EVENT_ERROR || event.kind == RN_EVENT_OVERFLOW)
      return true;
  return false;
}

void SingleLife::ExpectTold(const Entries &before) const {
  if (fault_.denies_entries || WasTold()) return;
  const std::string root = dir_.Path("tree");
  EventModel model(root, before);
  for (const LoggedEvent &event : log_.Events()) model.Apply(event);
  EXPECT_EQ(model.faults(), std::vector<std::string>{});
  EXPECT_EQ(model.entries(), EntriesOnDisk(root));
  if (!testing::Test::HasFailure()) return;
  for (const std::string &text : log_.Texts(root)) puts(text.c_str());
}

}  // namespace rn
