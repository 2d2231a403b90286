#ifndef TEST_STRESS_WATCHERS_H_
#define TEST_STRESS_WATCHERS_H_

#include <memory>
#include <string>
#include <vector>

#include "ringnotify/ringnotify.h"
#include "test/cmd/command.h"
#include "test/stress/storm_run.h"
#include "test/support/events/event_log.h"

namespace rn {

// `ringnotify watch -r --json`, with its lines in a file.
class CommandWatcher : public Watcher {
 public:
  // lines    a file to be made.
  // options  more for the command.
  // queue    max_queued_events while it starts; 0: as it is.
  CommandWatcher(const std::string &lines, std::vector<std::string> options,
                 uint32_t queue);
  ~CommandWatcher() override;

  std::string Start(const std::string &root) override;
  std::string Stop() override;
  void Hold() override;
  void LetGo() override;
  bool WaitForRepair() override;
  std::multiset<ino_t> Watched() const override;
  bool WaitFor(const std::string &path,
               std::chrono::milliseconds deadline) override;
  size_t Room() const override;
  std::vector<ToldLine> Lines() const override;

 private:
  bool WaitForText(const std::string &text, std::chrono::milliseconds deadline);

  class Growing;  // a file that another process writes

  const std::string lines_;
  const std::vector<std::string> options_;
  const uint32_t queue_;
  std::unique_ptr<Command> command_;
  std::unique_ptr<Growing> output_;
};

// A thread notifier of this process.
class LibraryWatcher : public Watcher {
 public:
  // flags    RN_WATCH_*, besides RN_WATCH_RECURSIVE.
  // queue    as above.
  LibraryWatcher(unsigned flags, uint32_t queue);
  ~LibraryWatcher() override;

  std::string Start(const std::string &root) override;
  std::string Stop() override;
  std::multiset<ino_t> Watched() const override;
  bool WaitFor(const std::string &path,
               std::chrono::milliseconds deadline) override;
  size_t Room() const override;
  std::vector<ToldLine> Lines() const override;

 private:
  std::string Make();

  const unsigned flags_;
  const uint32_t queue_;
  EventLog log_;
  rn_handler handler_;
  rn_thread_notifier *notifier_ = nullptr;
};

}  // namespace rn

#endif  // TEST_STRESS_WATCHERS_H_
