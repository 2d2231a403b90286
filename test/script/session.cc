// Watches, sync-points, and events as lines.
//
// A sync-point creates a file in a directory of its own that the same notifier
// watches, and waits for its event: the kernel's queue is one, so everything
// before has been read by then.  What that leads to (a new directory is listed,
// a fence comes back) is done in the reader's next turns; so a sync-point does
// it several times, each of which takes at least one turn.

#include "test/script/session.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <fstream>
#include <system_error>

#include "gtest/gtest.h"
#include "test/support/events/event_log.h"

namespace rn {
namespace {

constexpr int kMarkersPerSyncPoint = 8;
constexpr std::chrono::seconds kDeadline(60);

void Check(int result, const std::string &what) {
  if (result < 0)
    throw std::system_error(-result, std::generic_category(), what);
}

// Bytes as they are written in the expected output.
std::string Escape(const std::string &bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    char escape[8];
    if (byte > 0x20 && byte < 0x7f && byte != '\\') {
      text += c;
    } else {
      snprintf(escape, sizeof(escape), "\\x%02x", byte);
      text += escape;
    }
  }
  return text;
}

std::string ErrorName(int error) {
  const char *name = strerrorname_np(-error);
  return name == nullptr ? std::to_string(error) : name;
}

// "CREATE|ISDIR" of a mask.
std::string EventNames(uint32_t mask) {
  char text[512];
  (void)rn_mask_format(mask, text, sizeof(text));
  std::string names = text;
  for (size_t at = 0; (at = names.find("IN_", at)) != std::string::npos;)
    names.erase(at, 3);
  return names;
}

std::string LineOf(const rn_event *event) {
  size_t size;
  const char *path = rn_event_path(event, &size);
  std::string place = Escape(std::string(path, size));
  if (!place.empty()) place = " " + place;
  if (rn_event_kind(event) == RN_EVENT_ERROR)
    return "ERROR " + ErrorName(rn_event_error(event)) + place;
  std::string line = EventNames(rn_event_mask(event)) + place;
  const char *src_path = rn_event_src_path(event, &size);
  if (src_path != nullptr) line += " <- " + Escape(std::string(src_path, size));
  (void)rn_event_name(event, &size);
  if (size == 0 && rn_event_kind(event) == RN_EVENT_CHANGE) line += " (self)";
  return line;
}

// The lines of /proc/self/fdinfo that are watches.
size_t KernelWatches() {
  size_t count = 0;
  DIR *dir = opendir("/proc/self/fd");
  while (const dirent *entry = readdir(dir)) {
    const std::string name = entry->d_name;
    char target[PATH_MAX] = "";
    (void)!readlink(("/proc/self/fd/" + name).c_str(), target,
                    sizeof(target) - 1);
    if (std::string(target) != "anon_inode:inotify") continue;
    std::ifstream file("/proc/self/fdinfo/" + name);
    for (std::string line; std::getline(file, line);)
      count += line.rfind("inotify wd:", 0) == 0;
  }
  closedir(dir);
  return count;
}

}  // namespace

Session::Session() {
  rn_thread_notifier_options options{};
  options.size = sizeof(options);
  options.worker_count = 1;
  options.order = RN_ORDER_TOTAL;
  Check(rn_thread_notifier_new(&options, &notifier_), "new");
  rn_handler handler{};
  handler.size = sizeof(handler);
  handler.context = this;
  handler.on_create = OnMarker;
  rn_watch_options watch{};
  watch.size = sizeof(watch);
  watch.mask = IN_CREATE;
  watch.handler = &handler;
  Check(rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                             markers_.path().c_str(), &watch, nullptr),
        "the watch for sync-points");
  Check(rn_thread_notifier_start(notifier_), "start");
}

Session::~Session() { EXPECT_EQ(rn_thread_notifier_free(notifier_), 0); }

// ---- commands ----

void Session::Run(const ScriptCommand &command) {
  if (command.name == "watch") {
    Watch(command);
  } else if (command.name == "update") {
    uint32_t mask = 0;
    Check(rn_mask_parse(command.options.at('e').c_str(), &mask, nullptr), "-e");
    Check(SetMask(notifier_, WatchOf(command.operands[0]), mask),
          command.operands[0]);
  } else if (command.name == "unwatch") {
    const int result = rn_watch_manager_remove(
        rn_thread_notifier_manager(notifier_), WatchOf(command.operands[0]));
    Check(result, command.operands[0]);
    if (result == 1) AddLine("failed ended " + Escape(command.operands[0]));
  } else if (command.name == "watches") {
    AddLine("watches " + std::to_string(KernelWatches() - 1));
  } else {
    SyncPoint();
  }
}

rn_watch Session::WatchOf(const std::string &name) const {
  const auto at = watches_.find(name);
  if (at == watches_.end()) Check(-ENOENT, "no watch '" + name + "'");
  return at->second;
}

void Session::Watch(const ScriptCommand &command) {
  const std::string &path = command.operands[0];
  const auto value = [&](char option) {
    return command.Has(option) ? command.options.at(option).c_str() : nullptr;
  };
  const std::string name = command.Has('n') ? value('n') : "";
  observers_.push_back(std::make_unique<Observer>(
      Observer{this, name.empty() ? "" : name + ": "}));
  rn_handler handler{};
  handler.size = sizeof(handler);
  handler.context = observers_.back().get();
  handler.on_default = OnEvent;
  const char *const exclude[] = {value('x'), nullptr};
  const char *const include[] = {value('i'), nullptr};
  rn_watch_options options{};
  options.size = sizeof(options);
  options.mask = IN_ALL_EVENTS;
  if (command.Has('e'))
    Check(rn_mask_parse(value('e'), &options.mask, nullptr), "-e");
  options.flags = (command.Has('r') ? RN_WATCH_RECURSIVE : 0) |
                  (command.Has('m') ? RN_WATCH_PAIR_MOVES : 0);
  options.handler = &handler;
  options.exclude = command.Has('x') ? exclude : nullptr;
  options.include = command.Has('i') ? include : nullptr;
  options.on_failure = OnFailure;
  options.failure_context = this;
  rn_watch watch;
  const int result = rn_watch_manager_add(rn_thread_notifier_manager(notifier_),
                                          path.c_str(), &options, &watch);
  if (result < 0)
    OnFailure(path.c_str(), result, this);
  else
    watches_[name.empty() ? path : name] = watch;
}

void Session::SyncPoint() {
  for (int i = 0; i < kMarkersPerSyncPoint; i++) {
    const std::string name = std::to_string(marker_count_++);
    markers_.Write(name, "");
    std::unique_lock<std::mutex> lock(mutex_);
    if (!changed_.wait_for(lock, kDeadline,
                           [&] { return last_marker_ == name; }))
      Check(-ETIMEDOUT, "sync-point");
  }
  AddLine(kSyncPointLine);
}

// ---- the end ----

std::vector<std::string> Session::Stop() {
  Check(rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN), "stop");
  CheckStatistics();
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> texts;
  for (const Line &line : lines_) texts.push_back(line.text);
  return texts;
}

void Session::CheckStatistics() const {
  rn_statistics count{};
  count.size = sizeof(count);
  ASSERT_EQ(rn_thread_notifier_statistics(notifier_, &count), 0);
  EXPECT_EQ(count.read + count.synthetic + count.copied,
            count.delivered + count.filtered + count.coalesced + count.dropped);
  EXPECT_EQ(count.dropped, 0U);
  EXPECT_EQ(count.kernel_overflows, 0U);
}

// ---- what the notifier calls ----

void Session::AddLine(const std::string &text, const std::string &made_up) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!lines_.empty() && text == lines_.back().text && MayMerge(text)) return;
  lines_.push_back({text, made_up});
}

// Leave out a synthetic CREATE.  Returns false when there is none.
bool Session::TakeBack(const std::string &key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto at = lines_.end(); at != lines_.begin();) {
    if ((--at)->made_up != key) continue;
    lines_.erase(at);
    return true;
  }
  return false;
}

int Session::OnEvent(const rn_event *event, void *context) {
  const auto *observer = static_cast<const Observer *>(context);
  const std::string key = observer->label + rn_event_path(event, nullptr);
  const bool synthetic = rn_event_is_synthetic(event);
  const uint32_t mask = rn_event_mask(event);
  if (synthetic && (mask & IN_DELETE) != 0 && observer->session->TakeBack(key))
    return 0;
  observer->session->AddLine(
      observer->label + LineOf(event),
      synthetic && (mask & IN_CREATE) != 0 ? key : std::string());
  return 0;
}

int Session::OnMarker(const rn_event *event, void *context) {
  auto *session = static_cast<Session *>(context);
  const std::lock_guard<std::mutex> lock(session->mutex_);
  session->last_marker_ = rn_event_name(event, nullptr);
  session->changed_.notify_all();
  return 0;
}

void Session::OnFailure(const char *path, int error, void *context) {
  static_cast<Session *>(context)->AddLine("failed " + ErrorName(error) + " " +
                                           Escape(path));
}

}  // namespace rn
