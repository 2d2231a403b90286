#ifndef TEST_SCRIPT_SESSION_H_
#define TEST_SCRIPT_SESSION_H_

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ringnotify/ringnotify.h"
#include "test/script/case_file.h"
#include "test/support/temp_dir.h"

namespace rn {

// A thread notifier on the real kernel that writes down what it is told.
//
// One worker and the total order: the lines stand in the kernel's order.
class Session {
 public:
  Session();
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  // Run one of the commands watch, update, unwatch, watches and sync-point.
  // Throws std::system_error when it fails where it should not.
  void Run(const ScriptCommand &command);

  // Stop, with everything handled.  Returns all lines.
  std::vector<std::string> Stop();

 private:
  struct Line {
    std::string text;
    std::string made_up;  // who was told of which path, if CREATE is synthetic
  };

  // Whom a watch reports to.
  struct Observer {
    Session *session;
    std::string label;  // "" or "NAME: "
  };

  void Watch(const ScriptCommand &command);
  void SyncPoint();
  void AddLine(const std::string &text, const std::string &made_up = "");
  bool TakeBack(const std::string &key);
  rn_watch WatchOf(const std::string &name) const;
  void CheckStatistics() const;

  static int OnEvent(const rn_event *event, void *context);
  static int OnMarker(const rn_event *event, void *context);
  static void OnFailure(const char *path, int error, void *context);

  const TempDir markers_;
  rn_thread_notifier *notifier_ = nullptr;
  std::map<std::string, rn_watch> watches_;  // by label or path
  std::vector<std::unique_ptr<Observer>> observers_;
  int marker_count_ = 0;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<Line> lines_;
  std::string last_marker_;
};

}  // namespace rn

#endif  // TEST_SCRIPT_SESSION_H_
