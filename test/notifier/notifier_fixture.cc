// What the tests of the thread notifier share.

#include "test/notifier/notifier_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/notifier/notifier_in_c.h"
#include "test/support/events/watch_table.h"

namespace rn {

NotifierFixture::~NotifierFixture() {
  log_.Let();
  EXPECT_EQ(rn_thread_notifier_free(notifier_), 0);
}

void NotifierFixture::TearDown() { Finish(); }

void NotifierFixture::Make(const rn_sys *sys) {
  handler_ = log_.Handler();
  if (options_.handler == nullptr) options_.handler = &handler_;
  const int err = sys == nullptr
                      ? rn_thread_notifier_new(&options_, &notifier_)
                      : rn_test_notifier_new(sys, &options_, &notifier_);
  ASSERT_EQ(err, 0);
}

rn_watch_options NotifierFixture::Watch(uint32_t mask, unsigned flags) {
  rn_watch_options options = Sized<rn_watch_options>();
  options.mask = mask;
  options.flags = flags;
  return options;
}

int NotifierFixture::AddPath(const std::string &path,
                             const rn_watch_options &options) {
  return rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                              path.c_str(), &options, &watch_);
}

int NotifierFixture::Add(const std::string &name, uint32_t mask, unsigned flags,
                         EventLog *log) {
  rn_watch_options options = Watch(mask, flags);
  rn_handler handler;
  if (log != nullptr) {
    handler = log->Handler();
    options.handler = &handler;
  }
  return AddPath(Path(name), options);
}

void NotifierFixture::WatchAll(uint32_t mask, unsigned flags) {
  if (notifier_ == nullptr) Make();
  ASSERT_EQ(Add("", mask, flags), 0);
  Start();
}

void NotifierFixture::Start() {
  ASSERT_EQ(rn_thread_notifier_start(notifier_), 0);
}

void NotifierFixture::Drain() {
  ASSERT_EQ(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), 0);
}

void NotifierFixture::Finish() {
  log_.Let();
  if (notifier_ == nullptr) return;
  const int err = rn_thread_notifier_stop(notifier_, RN_STOP_DISCARD);
  EXPECT_TRUE(err == 0 || err == -EALREADY) << err;
  const rn_statistics s = Statistics();
  EXPECT_EQ(s.read + s.synthetic + s.copied,
            s.delivered + s.filtered + s.coalesced + s.dropped)
      << "read " << s.read << " synthetic " << s.synthetic << " copied "
      << s.copied << " delivered " << s.delivered << " filtered " << s.filtered
      << " dropped " << s.dropped;
  EXPECT_EQ(rn_thread_notifier_free(notifier_), 0);
  notifier_ = nullptr;
  EXPECT_EQ(log_.AfterRelease(), 0U);
}

rn_statistics NotifierFixture::Statistics() const {
  rn_statistics statistics = Sized<rn_statistics>();
  EXPECT_EQ(rn_thread_notifier_statistics(notifier_, &statistics), 0);
  return statistics;
}

bool NotifierFixture::WaitFor(const std::string &text) const {
  return WaitUntil([&] { return Has(text); });
}

bool NotifierFixture::WatchesAgree() const {
  const bool agree = WaitUntil(
      [&] { return WatchedInodes() == LiveDirectories(dir_.path()); });
  if (!agree) {
    std::multiset<ino_t> watched = WatchedInodes();
    for (ino_t inode : LiveDirectories(dir_.path()))
      if (watched.count(inode) > 0) watched.erase(watched.find(inode));
    ADD_FAILURE() << WatchedInodes().size() << " watches, "
                  << LiveDirectories(dir_.path()).size()
                  << " directories; watched and not live: " << watched.size();
  }
  return agree;
}

std::string NotifierFixture::Path(const std::string &name) const {
  if (name.empty()) return dir_.path();
  return name[0] == '/' ? name : dir_.Path(name);
}

void NotifierFixture::MkDir(const std::string &name) const {
  ASSERT_EQ(mkdir(Path(name).c_str(), 0755), 0) << name;
}

void NotifierFixture::RmDir(const std::string &name) const {
  ASSERT_EQ(rmdir(Path(name).c_str()), 0) << name;
}

void NotifierFixture::Remove(const std::string &name) const {
  ASSERT_EQ(unlink(Path(name).c_str()), 0) << name;
}

void NotifierFixture::Move(const std::string &from,
                           const std::string &to) const {
  ASSERT_EQ(rename(Path(from).c_str(), Path(to).c_str()), 0) << from;
}

void NotifierFixture::Exchange(const std::string &a,
                               const std::string &b) const {
  ASSERT_EQ(renameat2(AT_FDCWD, Path(a).c_str(), AT_FDCWD, Path(b).c_str(),
                      RENAME_EXCHANGE),
            0);
}

void NotifierFixture::List(const std::string &name) const {
  DIR *dir = opendir(Path(name).c_str());
  ASSERT_NE(dir, nullptr) << name;
  while (readdir(dir) != nullptr) continue;
  closedir(dir);
}

}  // namespace rn
