#ifndef TEST_NOTIFIER_NOTIFIER_FIXTURE_H_
#define TEST_NOTIFIER_NOTIFIER_FIXTURE_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "ringnotify/ringnotify.h"
#include "test/support/events/event_log.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

struct rn_sys;

namespace rn {

// A thread notifier on a directory of its own.  After each test it is stopped
// and its account has to balance.
class NotifierFixture : public testing::Test {
 protected:
  ~NotifierFixture() override;
  void TearDown() override;

  // Make the notifier from options_; its handler is log_'s unless options_ has
  // one.  sys: or nullptr, the real kernel.
  void Make(const rn_sys *sys = nullptr);

  // Watch a path below dir_ ("" is dir_ itself).  Returns what the call gave.
  int Add(const std::string &name, uint32_t mask, unsigned flags = 0,
          EventLog *log = nullptr);
  int AddPath(const std::string &path, const rn_watch_options &options);
  static rn_watch_options Watch(uint32_t mask, unsigned flags = 0);

  // Make if that was not done, watch dir_, start.
  void WatchAll(uint32_t mask, unsigned flags = 0);
  void Start();
  // Stop when everything that happened was handled.
  void Drain();
  // Stop, free and check the account.
  void Finish();

  rn_statistics Statistics() const;
  std::vector<std::string> Texts() const { return log_.Texts(dir_.path()); }
  bool Has(const std::string &text) const {
    return log_.Has(dir_.path(), text);
  }
  // Wait until the handlers were given an event.
  [[nodiscard]] bool WaitFor(const std::string &text) const;
  // Whether watches and live directories agree, now or soon.
  [[nodiscard]] bool WatchesAgree() const;

  std::string Path(const std::string &name) const;
  void MkDir(const std::string &name) const;
  void RmDir(const std::string &name) const;
  void Remove(const std::string &name) const;
  void Touch(const std::string &name) const { dir_.Write(name, ""); }
  void Move(const std::string &from, const std::string &to) const;
  void Exchange(const std::string &a, const std::string &b) const;
  // As ls(1) does.
  void List(const std::string &name) const;

  TempDir dir_;
  TempDir outside_;
  EventLog log_;
  rn_thread_notifier_options options_ = Sized<rn_thread_notifier_options>();
  rn_thread_notifier *notifier_ = nullptr;
  rn_watch watch_ = {};  // the last one added

 private:
  rn_handler handler_;
};

using Strings = std::vector<std::string>;

}  // namespace rn

#endif  // TEST_NOTIFIER_NOTIFIER_FIXTURE_H_
