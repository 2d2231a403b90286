// The guard is forked before the value is changed.  It sleeps on a pipe whose
// other end its parent holds, so it wakes when the parent closes it, however
// that comes about; a session of its own keeps the terminal's signals away.

#include "test/support/queue_limit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace rn {
namespace {

constexpr char kPath[] = "/proc/sys/fs/inotify/max_queued_events";

std::string ReadValue(int fd) {
  char text[32];
  const ssize_t size = pread(fd, text, sizeof(text), 0);
  return size <= 0 ? "" : std::string(text, static_cast<size_t>(size));
}

bool WriteValue(int fd, const std::string &text) {
  return pwrite(fd, text.data(), text.size(), 0) ==
         static_cast<ssize_t>(text.size());
}

}  // namespace

QueueLimit::QueueLimit(uint32_t value) {
  file_ = open(kPath, O_RDWR | O_CLOEXEC);
  if (file_ < 0) {
    refusal_ = std::string(kPath) + ": " + strerror(errno) + "; be root";
    return;
  }
  int ends[2];
  if (flock(file_, LOCK_EX) != 0 || pipe2(ends, O_CLOEXEC) != 0) {
    refusal_ = std::string("no guard: ") + strerror(errno);
    return;
  }
  const std::string old_value = ReadValue(file_);
  guard_ = fork();
  if (guard_ == 0) {
    close(ends[1]);
    Guard(old_value, ends[0]);
    _exit(0);
  }
  close(ends[0]);
  hold_ = ends[1];
  if (guard_ < 0 || !WriteValue(file_, std::to_string(value)))
    refusal_ = std::string(kPath) + ": " + strerror(errno);
}

// In the guard.
void QueueLimit::Guard(const std::string &old_value, int hold) const {
  setsid();
  for (const int stop : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    signal(stop, SIG_IGN);
  char none;
  while (read(hold, &none, 1) < 0 && errno == EINTR) continue;
  if (!WriteValue(file_, old_value)) _exit(1);
}

QueueLimit::~QueueLimit() {
  if (hold_ >= 0) close(hold_);
  if (guard_ > 0) waitpid(guard_, nullptr, 0);
  if (file_ >= 0) close(file_);  // and so unlock it
}

KeptQueueLimit::KeptQueueLimit() {
  file_ = open(kPath, O_RDONLY | O_CLOEXEC);
  if (file_ < 0) return;
  while (flock(file_, LOCK_SH) != 0 && errno == EINTR) continue;
  value_ = static_cast<uint32_t>(
      std::strtoul(ReadValue(file_).c_str(), nullptr, 10));
}

KeptQueueLimit::~KeptQueueLimit() {
  if (file_ >= 0) close(file_);
}

}  // namespace rn
