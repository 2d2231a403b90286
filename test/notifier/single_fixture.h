#ifndef TEST_NOTIFIER_SINGLE_FIXTURE_H_
#define TEST_NOTIFIER_SINGLE_FIXTURE_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "ringnotify/ringnotify.h"
#include "test/support/events/event_log.h"
#include "test/support/fake_kernel.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {

using Strings = std::vector<std::string>;

// A notifier without threads, on a directory of its own.  After each test it is
// stopped and its account has to balance.
class SingleFixture : public testing::Test {
 protected:
  ~SingleFixture() override;
  void TearDown() override { Finish(); }

  // Make the notifier from options_, on kernel_; its handler is log_'s unless
  // options_ has one.
  void Make();
  // Watch a path below dir_; "" is dir_ itself.  Returns what the call gave.
  int Add(const std::string &name, uint32_t mask, unsigned flags = 0,
          EventLog *log = nullptr);
  int AddWith(const std::string &name, const rn_watch_options &options);
  int Remove() { return rn_watch_manager_remove(Manager(), watch_); }
  // Make, and watch dir_.
  void WatchAll(uint32_t mask, unsigned flags = 0);
  // Dispatch until nothing is left to do.
  void DispatchAll();
  // Dispatch until a handler was given an event, waiting for what is due by
  // time.
  [[nodiscard]] bool DispatchUntil(const std::string &text);
  // Whether a poll of the descriptor says that there is something to do.
  bool IsReadable() const;
  // Stop, bring that to its end, and check the account.
  void Finish();

  rn_watch_manager *Manager() { return rn_notifier_manager(notifier_); }
  rn_statistics Statistics() const;
  Strings Texts() const { return log_.Texts(dir_.path()); }
  bool Has(const std::string &text) const {
    return log_.Has(dir_.path(), text);
  }

  std::string Path(const std::string &name) const;
  void MkDir(const std::string &name) const;
  void Touch(const std::string &name) const { dir_.Write(name, ""); }
  void Unlink(const std::string &name) const;
  void Move(const std::string &from, const std::string &to) const;

  TempDir dir_;
  TempDir outside_;
  EventLog log_;
  FakeKernel kernel_{FakeKernel::Mode::kReal};
  rn_notifier_options options_ = Sized<rn_notifier_options>();
  rn_notifier *notifier_ = nullptr;
  rn_watch watch_ = {};  // the last one added

 private:
  rn_handler handler_;
};

}  // namespace rn

#endif  // TEST_NOTIFIER_SINGLE_FIXTURE_H_
