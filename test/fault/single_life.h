#ifndef TEST_FAULT_SINGLE_LIFE_H_
#define TEST_FAULT_SINGLE_LIFE_H_

#include <functional>
#include <string>

#include "test/fault/life.h"

namespace rn {

// The life of a notifier without threads, with a fault in it: it watches a
// tree, follows what is made and renamed there, is suspended and resumed, and
// freed.  What is expected of it is what is expected of a Life.
class SingleLife {
 public:
  SingleLife(FakeKernel *kernel, const Life::Fault &fault);
  ~SingleLife();
  SingleLife(const SingleLife &) = delete;
  SingleLife &operator=(const SingleLife &) = delete;

  void Run();

 private:
  void Try(const char *what, const std::function<int()> &call);
  int Make();
  int Add();
  void Change() const;
  // What has happened is read and handled.
  void Dispatch();
  void SuspendAndResume();
  void Probe();
  void Stop();
  void ExpectTold(const Entries &before) const;
  bool WasTold() const;
  bool HasFailed() const;
  rn_watch_manager *Manager() { return rn_notifier_manager(notifier_); }

  FakeKernel *const kernel_;
  const Life::Fault fault_;
  TempDir dir_;
  EventLog log_;
  rn_handler handler_;
  rn_notifier *notifier_ = nullptr;
  rn_watch watch_ = {};
  bool failed_ = false;  // a call did, or a directory it had to watch
};

}  // namespace rn

#endif  // TEST_FAULT_SINGLE_LIFE_H_
