// What the tests of the notifier without threads share.

#include "test/notifier/single_fixture.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/notifier/notifier_in_c.h"

namespace rn {

SingleFixture::~SingleFixture() {
  log_.Let();
  EXPECT_EQ(rn_notifier_free(notifier_), 0);
}

void SingleFixture::Make() {
  handler_ = log_.Handler();
  if (options_.handler == nullptr) options_.handler = &handler_;
  ASSERT_EQ(rn_test_single_new(kernel_.sys(), &options_, &notifier_), 0);
}

int SingleFixture::AddWith(const std::string &name,
                           const rn_watch_options &options) {
  return rn_watch_manager_add(Manager(), Path(name).c_str(), &options, &watch_);
}

int SingleFixture::Add(const std::string &name, uint32_t mask, unsigned flags,
                       EventLog *log) {
  rn_watch_options options = Sized<rn_watch_options>();
  options.mask = mask;
  options.flags = flags;
  rn_handler handler;
  if (log != nullptr) {
    handler = log->Handler();
    options.handler = &handler;
  }
  return AddWith(name, options);
}

void SingleFixture::WatchAll(uint32_t mask, unsigned flags) {
  if (notifier_ == nullptr) Make();
  ASSERT_EQ(Add("", mask, flags), 0);
}

void SingleFixture::DispatchAll() {
  int ready;
  while ((ready = rn_notifier_check_events(notifier_, 0)) == 1)
    ASSERT_GE(rn_notifier_dispatch(notifier_), 0);
  ASSERT_EQ(ready, 0);
}

bool SingleFixture::DispatchUntil(const std::string &text) {
  return WaitUntil([&] {
    if (rn_notifier_check_events(notifier_, 100) == 1) {
      EXPECT_GE(rn_notifier_dispatch(notifier_), 0);
    }
    return Has(text);
  });
}

bool SingleFixture::IsReadable() const {
  pollfd polled = {rn_notifier_fd(notifier_), POLLIN, 0};
  return poll(&polled, 1, 0) == 1;
}

void SingleFixture::Finish() {
  log_.Let();
  if (notifier_ == nullptr) return;
  (void)rn_notifier_stop(notifier_);
  EXPECT_EQ(rn_notifier_dispatch(notifier_), -ESHUTDOWN);
  EXPECT_EQ(rn_notifier_state(notifier_), RN_STATE_STOPPED);
  const rn_statistics s = Statistics();
  EXPECT_EQ(s.read + s.synthetic + s.copied,
            s.delivered + s.filtered + s.coalesced + s.dropped)
      << "read " << s.read << " synthetic " << s.synthetic << " copied "
      << s.copied << " delivered " << s.delivered << " filtered " << s.filtered
      << " dropped " << s.dropped;
  EXPECT_EQ(rn_notifier_free(notifier_), 0);
  notifier_ = nullptr;
  EXPECT_EQ(log_.AfterRelease(), 0U);
}

rn_statistics SingleFixture::Statistics() const {
  rn_statistics statistics = Sized<rn_statistics>();
  EXPECT_EQ(rn_notifier_statistics(notifier_, &statistics), 0);
  return statistics;
}

std::string SingleFixture::Path(const std::string &name) const {
  if (name.empty()) return dir_.path();
  return name[0] == '/' ? name : dir_.Path(name);
}

void SingleFixture::MkDir(const std::string &name) const {
  ASSERT_EQ(mkdir(Path(name).c_str(), 0755), 0) << name;
}

void SingleFixture::Unlink(const std::string &name) const {
  ASSERT_EQ(unlink(Path(name).c_str()), 0) << name;
}

void SingleFixture::Move(const std::string &from, const std::string &to) const {
  ASSERT_EQ(rename(Path(from).c_str(), Path(to).c_str()), 0) << from;
}

}  // namespace rn
