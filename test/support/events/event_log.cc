// What handlers were given, in the order in which they were called.

#include "test/support/events/event_log.h"

#include <algorithm>

namespace rn {
namespace {

using Lock = std::unique_lock<std::mutex>;

std::string MaskText(uint32_t mask) {
  char text[512];
  rn_mask_format(mask, text, sizeof(text));
  std::string short_text = text;
  for (size_t at; (at = short_text.find("IN_")) != std::string::npos;)
    short_text.erase(at, 3);
  return short_text;
}

std::string Below(const std::string &root, const std::string &path) {
  if (path == root) return ".";
  if (path.rfind(root + "/", 0) == 0) return path.substr(root.size() + 1);
  return path;
}

int64_t Nanoseconds(const timespec &time) {
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

std::string Bytes(const char *text, size_t size) {
  return text == nullptr ? "" : std::string(text, size);
}

}  // namespace

LoggedEvent::LoggedEvent(const rn_event *event)
    : kind(rn_event_kind(event)),
      mask(rn_event_mask(event)),
      cookie(rn_event_cookie(event)),
      is_dir(rn_event_is_dir(event)),
      synthetic(rn_event_is_synthetic(event)),
      is_end(rn_event_is_end(event)),
      watch(rn_event_watch(event)),
      seq(rn_event_seq(event)),
      time_ns(Nanoseconds(rn_event_time(event))),
      monotonic_ns(Nanoseconds(rn_event_monotonic(event))),
      loss(rn_event_loss(event)),
      lost(rn_event_lost_count(event)),
      error(rn_event_error(event)),
      thread(std::this_thread::get_id()) {
  size_t size;
  const char *text = rn_event_name(event, &size);
  name = Bytes(text, size);
  text = rn_event_path(event, &size);
  path = Bytes(text, size);
  text = rn_event_directory(event, &size);
  directory = Bytes(text, size);
  text = rn_event_src_path(event, &size);
  has_src = text != nullptr;
  src = Bytes(text, size);
}

std::string LoggedEvent::Text(const std::string &root) const {
  if (kind == RN_EVENT_OVERFLOW)
    return loss == RN_LOSS_KERNEL ? "OVERFLOW kernel"
                                  : "OVERFLOW ring " + std::to_string(lost);
  if (kind == RN_EVENT_RESCAN) return "RESCAN";
  if (kind == RN_EVENT_SETTLED) return "SETTLED " + Below(root, path);
  if (kind == RN_EVENT_ERROR)
    return "ERROR " + std::to_string(error) + " " + Below(root, path);
  std::string text = MaskText(mask) + " " + Below(root, path);
  if (has_src) text += " <- " + Below(root, src);
  return text;
}

rn_handler EventLog::Handler() {
  rn_handler handler = Sized<rn_handler>();
  handler.context = this;
  handler.on_default = Take;
  handler.on_release = Release;
  return handler;
}

int EventLog::Take(const rn_event *event, void *context) {
  auto *log = static_cast<EventLog *>(context);
  const LoggedEvent logged(event);
  std::function<void(const rn_event *)> call;
  {
    const Lock lock(log->mutex_);
    log->events_.push_back(logged);
    if (log->released_ > 0) log->after_release_++;
    call = log->call_;
  }
  if (call) call(event);
  Lock lock(log->mutex_);
  log->held_++;
  log->changed_.wait(lock, [log] { return !log->holding_; });
  log->held_--;
  return 0;
}

void EventLog::Release(void *context) {
  auto *log = static_cast<EventLog *>(context);
  const Lock lock(log->mutex_);
  log->released_++;
}

std::vector<LoggedEvent> EventLog::Events() const {
  const Lock lock(mutex_);
  return events_;
}

size_t EventLog::Count() const {
  const Lock lock(mutex_);
  return events_.size();
}

int EventLog::Released() const {
  const Lock lock(mutex_);
  return released_;
}

size_t EventLog::AfterRelease() const {
  const Lock lock(mutex_);
  return after_release_;
}

std::vector<std::string> EventLog::Texts(const std::string &root) const {
  std::vector<std::string> texts;
  for (const LoggedEvent &event : Events()) texts.push_back(event.Text(root));
  return texts;
}

bool EventLog::Has(const std::string &root, const std::string &text) const {
  const std::vector<std::string> texts = Texts(root);
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

void EventLog::OnEvent(std::function<void(const rn_event *)> call) {
  const Lock lock(mutex_);
  call_ = std::move(call);
}

void EventLog::Hold() {
  const Lock lock(mutex_);
  holding_ = true;
}

void EventLog::Let() {
  const Lock lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

int EventLog::Held() const {
  const Lock lock(mutex_);
  return held_;
}

}  // namespace rn
