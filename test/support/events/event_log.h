#ifndef TEST_SUPPORT_EVENTS_EVENT_LOG_H_
#define TEST_SUPPORT_EVENTS_EVENT_LOG_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ringnotify/ringnotify.h"

namespace rn {

// What the RN_..._INIT macros give, by the type.
template <typename Struct>
Struct Sized() {
  Struct made{};
  made.size = sizeof(made);
  return made;
}

// Change the mask of a watch, and nothing else.
inline int SetMask(rn_thread_notifier *notifier, rn_watch watch,
                   uint32_t mask) {
  rn_watch_update update = Sized<rn_watch_update>();
  update.mask = mask;
  return rn_watch_manager_update(rn_thread_notifier_manager(notifier), watch,
                                 &update);
}

// A copy of an event, for after its handler.
struct LoggedEvent {
  enum rn_event_kind kind;
  uint32_t mask;
  uint32_t cookie;
  std::string name;
  std::string path;
  std::string directory;
  bool has_src;
  std::string src;  // "" without one
  bool is_dir;
  bool synthetic;
  bool is_end;
  rn_watch watch;
  uint64_t seq;
  int64_t time_ns;  // CLOCK_REALTIME
  int64_t monotonic_ns;
  rn_loss loss;
  uint64_t lost;
  int error;
  std::thread::id thread;

  explicit LoggedEvent(const rn_event *event);

  // "CREATE|ISDIR a/b", "MOVED_TO b <- a", "OVERFLOW kernel", "OVERFLOW ring
  // 3", "ERROR -28 a/b"; paths without `root` and the slash behind it.
  std::string Text(const std::string &root) const;
};

// Takes down what handlers are given.
//
// It can hold the handlers: then each that is called waits until Let().
//
// Threads: any.
class EventLog {
 public:
  EventLog() = default;
  EventLog(const EventLog &) = delete;
  EventLog &operator=(const EventLog &) = delete;

  // A table whose callbacks are this log's.  What they return is 0.
  rn_handler Handler();

  std::vector<LoggedEvent> Events() const;
  size_t Count() const;
  // How often on_release was called.
  int Released() const;
  // Events that came after on_release.
  size_t AfterRelease() const;

  // All of them as LoggedEvent::Text().
  std::vector<std::string> Texts(const std::string &root) const;
  bool Has(const std::string &root, const std::string &text) const;

  // Called for each event on the handler's thread, before it is held.
  void OnEvent(std::function<void(const rn_event *)> call);

  // Let every handler that is called from now on wait.
  void Hold();
  // Let those that wait, and all later ones, go on.
  void Let();
  // Handlers that wait now.
  int Held() const;

 private:
  static int Take(const rn_event *event, void *context);
  static void Release(void *context);

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<LoggedEvent> events_;
  std::function<void(const rn_event *)> call_;
  bool holding_ = false;
  int held_ = 0;
  int released_ = 0;
  size_t after_release_ = 0;
};

}  // namespace rn

#endif  // TEST_SUPPORT_EVENTS_EVENT_LOG_H_
