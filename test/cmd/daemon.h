#ifndef TEST_CMD_DAEMON_H_
#define TEST_CMD_DAEMON_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace rn {

// Have this process inherit daemons that its children leave behind.
void InheritDaemons();

// A daemon that such a child left behind; killed at the end, if it still runs.
class Daemon {
 public:
  // pid: 0 for none.
  explicit Daemon(pid_t pid) : pid_(pid) {}
  ~Daemon();
  Daemon(const Daemon &) = delete;
  Daemon &operator=(const Daemon &) = delete;

  pid_t pid() const { return pid_; }

  void Signal(int signal) const;

  // Wait until it ends.  Returns the exit code, or 128 and the signal.
  int Exit();

  // What a link of its directory under /proc leads to, as "cwd" or "fd/1".
  std::string Link(const std::string &name) const;

  // What its open descriptors lead to.
  std::vector<std::string> Files() const;

 private:
  pid_t pid_;
};

// The number in a pid file; 0 when there is none.
pid_t PidIn(const std::string &path);

// What is in a file; "" when it cannot be read.
std::string ContentOf(const std::string &path);

// A process that another one has started, when it is there; 0 at the deadline.
pid_t WaitForChildOf(pid_t parent);

}  // namespace rn

#endif  // TEST_CMD_DAEMON_H_
