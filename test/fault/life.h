#ifndef TEST_FAULT_LIFE_H_
#define TEST_FAULT_LIFE_H_

#include <functional>
#include <string>

#include "gtest/gtest.h"
#include "ringnotify/ringnotify.h"
#include "test/support/events/event_log.h"
#include "test/support/events/event_model.h"
#include "test/support/fake_kernel.h"
#include "test/support/temp_dir.h"

namespace rn {

// The life of a thread notifier, always the same: made, watches added before
// and after the start, a tree changed in all ways, a backlog, an overflow, an
// update, a removal, a stop.  Somewhere in it something fails.
//
// What is expected of it (by GoogleTest's EXPECT_...):
//   - no call fails twice;
//   - either the failure was told, by a result, an error event or a loss, or
//     the events are as true as without it;
//   - at the end a new file is told in the directories it did not concern;
//   - the account balances, no descriptor is left.
class Life {
 public:
  struct Fault {
    std::function<void()> begin;     // the notifier is about to be made
    std::function<void()> mend;      // nothing fails from now on
    std::function<bool()> happened;  // whether it has failed
    // Whether the fault says that an entry is not there: then the library is
    // right to pass over it.
    bool denies_entries = false;
  };

  // How large the trees are.
  struct Size {
    int depth;    // of a chain of directories
    int names;    // in one directory
    int backlog;  // events that wait, with names of 200 bytes
    // Whether there is an overflow: then what a fault has left unwatched is
    // looked for, and found, once more.
    bool overflow;
  };

  Life(FakeKernel *kernel, const Size &size, const Fault &fault);
  ~Life();
  Life(const Life &) = delete;
  Life &operator=(const Life &) = delete;

  void Run();

 private:
  void Try(const char *what, const std::function<int()> &call);
  int Make();
  int Add(const std::string &path, unsigned flags, EventLog *log);
  void AddBefore();
  void AddAfter();
  void MakeTrees() const;
  void PutRecordBetweenHalves();
  void BreakDirectory();
  void ChangeDirectories();
  void RenameDirectories();
  void ChangeLater();
  uint64_t ReadCount() const;
  void BuildBacklog();
  void Overflow();
  void FollowPaths();
  void LookUp();
  void SuspendAndResume();
  void UpdateAndRemove();
  void Sync();
  void Probe();
  void ProbeDirectory(const std::string &name, const EventLog &log);
  void Stop();
  void ExpectTold() const;
  bool WasTold() const;
  bool HasReaderFailed() const;
  void WaitUntilRead(const EventLog &log, const std::string &text) const;

  std::string Path(const std::string &name) const { return dir_.Path(name); }
  void MkDir(const std::string &name) const;
  void Remove(const std::string &name) const;
  void Move(const std::string &from, const std::string &to) const;

  FakeKernel *const kernel_;
  const Size size_;
  const Fault fault_;
  TempDir dir_;
  EventLog tree_log_;  // of the recursive watch, and of the notifier
  EventLog flat_log_;  // of the others
  rn_handler tree_handler_;
  rn_handler flat_handler_;
  rn_thread_notifier *notifier_ = nullptr;
  rn_watch flat_ = {};
  rn_watch late_ = {};
  rn_watch link_ = {};
  rn_watch pairs_ = {};
  rn_watch added_ = {};     // the last one
  Entries before_;          // of the tree, when it was watched
  bool failed_ = false;     // a call did, or a directory it had to watch
  bool told_path_ = false;  // of the directory that cannot be opened
};

// Calls until it goes well, the second time with the fault mended; then it has
// to, unless the reader has failed.  Returns whether it did the first time.
bool TryTwice(const Life::Fault &fault, const char *what,
              const std::function<int()> &call,
              const std::function<bool()> &has_reader_failed);

}  // namespace rn

#endif  // TEST_FAULT_LIFE_H_
