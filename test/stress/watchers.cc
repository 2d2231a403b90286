// The command writes into a file, so that nothing slows it down.  The library's
// handler takes everything down in memory.

#include "test/stress/watchers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "test/support/events/watch_table.h"
#include "test/support/queue_limit.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr size_t kRoomMax = 256;
constexpr std::chrono::seconds kDeadline(60);

// A new file is one record; another may be on its way for each.
size_t RoomOf(uint32_t queue) {
  return queue == 0 ? kRoomMax : std::clamp<size_t>(queue / 4, 1, kRoomMax);
}

}  // namespace

// ---- the command ----

class CommandWatcher::Growing {
 public:
  explicit Growing(const std::string &path) : file_(path) {}

  // Whether the text has come, behind what was passed.
  bool Has(const std::string &text) {
    char bytes[65536];
    file_.clear();
    while (file_.read(bytes, sizeof(bytes)), file_.gcount() > 0)
      read_.append(bytes, static_cast<size_t>(file_.gcount()));
    if (text != text_) looked_ = 0;
    text_ = text;
    found_ = read_.find(text, looked_);
    if (found_ == std::string::npos)
      looked_ = read_.size() - std::min(read_.size(), text.size());
    return found_ != std::string::npos;
  }
  // Passes what was found.
  void Pass() {
    read_.erase(0, found_ + text_.size());
    text_.clear();
  }

 private:
  std::ifstream file_;
  std::string read_;
  std::string text_;   // looked for last,
  size_t looked_ = 0;  // up to here,
  size_t found_ = 0;   // and found here
};

CommandWatcher::CommandWatcher(const std::string &lines,
                               std::vector<std::string> options, uint32_t queue)
    : lines_(lines), options_(std::move(options)), queue_(queue) {}

CommandWatcher::~CommandWatcher() = default;

bool CommandWatcher::WaitForText(const std::string &text,
                                 std::chrono::milliseconds deadline) {
  return WaitUntil([&] { return output_->Has(text); }, deadline);
}

std::string CommandWatcher::Start(const std::string &root) {
  std::optional<QueueLimit> limit;
  if (queue_ != 0) limit.emplace(queue_);
  std::vector<std::string> words = {"watch", "-r", "--json"};
  words.insert(words.end(), options_.begin(), options_.end());
  words.push_back(root);
  const int fd =
      open(lines_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  rn::Start how;
  how.output_fd = fd;
  command_ = std::make_unique<Command>(words, how);
  close(fd);
  output_ = std::make_unique<Growing>(lines_);
  if (!WaitForText("\"ready\"", kDeadline)) return "it does not get ready";
  output_->Pass();
  return limit ? limit->refusal() : "";
}

std::string CommandWatcher::Stop() {
  if (kill(command_->pid(), SIGTERM) != 0) return "it had ended";
  const int code = command_->Exit();
  if (code == 0) return "";
  return "exit code " + std::to_string(code) + ": " + command_->Errors();
}

void CommandWatcher::Hold() {
  int status;
  if (kill(command_->pid(), SIGSTOP) != 0 ||
      waitpid(command_->pid(), &status, WUNTRACED) != command_->pid())
    abort();
}

void CommandWatcher::LetGo() {
  if (kill(command_->pid(), SIGCONT) != 0) abort();
}

bool CommandWatcher::WaitForRepair() {
  for (const char *text : {"\"type\":\"overflow\"", "\"type\":\"rescan\""}) {
    if (!WaitForText(text, kDeadline)) return false;
    output_->Pass();
  }
  return true;
}

std::multiset<ino_t> CommandWatcher::Watched() const {
  return WatchedInodes(std::to_string(command_->pid()));
}

bool CommandWatcher::WaitFor(const std::string &path,
                             std::chrono::milliseconds deadline) {
  return WaitForText("\"path\":\"" + path + "\"", deadline);
}

size_t CommandWatcher::Room() const { return RoomOf(queue_); }

std::vector<ToldLine> CommandWatcher::Lines() const {
  return ReadToldLines(lines_);
}

// ---- the library ----

LibraryWatcher::LibraryWatcher(unsigned flags, uint32_t queue)
    : flags_(flags), queue_(queue), handler_(log_.Handler()) {}

LibraryWatcher::~LibraryWatcher() {
  if (rn_thread_notifier_free(notifier_) != 0) abort();
}

std::string LibraryWatcher::Make() {
  std::optional<QueueLimit> limit;
  if (queue_ != 0) limit.emplace(queue_);
  rn_thread_notifier_options options = Sized<rn_thread_notifier_options>();
  options.handler = &handler_;
  if (rn_thread_notifier_new(&options, &notifier_) != 0)
    return "it cannot be made";
  return limit ? limit->refusal() : "";
}

std::string LibraryWatcher::Start(const std::string &root) {
  const std::string refusal = Make();
  if (!refusal.empty()) return refusal;
  rn_watch_options how = Sized<rn_watch_options>();
  how.mask = IN_CREATE | IN_DELETE | IN_MOVE;
  how.flags = RN_WATCH_RECURSIVE | flags_;
  if (rn_watch_manager_add(rn_thread_notifier_manager(notifier_), root.c_str(),
                           &how, nullptr) != 0)
    return "it cannot be watched";
  return rn_thread_notifier_start(notifier_) == 0 ? "" : "it cannot be started";
}

std::string LibraryWatcher::Stop() {
  if (rn_thread_notifier_stop(notifier_, RN_STOP_DRAIN) != 0)
    return "it cannot be stopped";
  return "";
}

std::multiset<ino_t> LibraryWatcher::Watched() const { return WatchedInodes(); }

bool LibraryWatcher::WaitFor(const std::string &path,
                             std::chrono::milliseconds deadline) {
  const auto told = [&] {
    const std::vector<LoggedEvent> events = log_.Events();
    return std::any_of(
        events.rbegin(), events.rend(),
        [&](const LoggedEvent &event) { return event.path == path; });
  };
  return WaitUntil(told, deadline);
}

size_t LibraryWatcher::Room() const { return RoomOf(queue_); }

std::vector<ToldLine> LibraryWatcher::Lines() const {
  std::vector<ToldLine> lines;
  for (const LoggedEvent &event : log_.Events()) lines.emplace_back(event);
  return lines;
}

}  // namespace rn
