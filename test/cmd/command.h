#ifndef TEST_CMD_COMMAND_H_
#define TEST_CMD_COMMAND_H_

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace rn {

// How to start the command, where it is not as usual.
struct Start {
  std::vector<std::string> launcher = {};  // words before the command
  std::string directory = {};              // to run in; "": the test's own
  bool plain_user = false;                 // without root's right to all files
  unsigned descriptors = 0;                // RLIMIT_NOFILE; 0: the test's own
  int output_fd = -1;                      // for stdout; -1: a pipe
  bool close_output = false;               // start it without stdout
};

// The command as a process of its own, with its output at hand.
//
// Whatever waits does so up to a deadline, and then fails the test.  A process
// that still runs at the end is killed.
class Command {
 public:
  explicit Command(std::vector<std::string> arguments, const Start &start = {});
  ~Command();
  Command(const Command &) = delete;
  Command &operator=(const Command &) = delete;

  pid_t pid() const { return pid_; }

  // The next record of stdout, without its end.
  std::string Record(char end = '\n');

  // Everything on stdout until it is closed.
  std::string Rest();

  // Whether bytes can be read from stdout now.
  bool HasOutput() const;

  void CloseOutput();

  void Signal(int signal) const;

  // Wait until it ends.  Returns the exit code, or 128 and the signal.
  int Exit();

  // What it has written on stderr so far.
  std::string Errors() const;

  // Wait until it has this number of inotify watches.
  [[nodiscard]] bool WaitForWatches(size_t count) const;

 private:
  [[noreturn]] void Run(const std::vector<std::string> &words,
                        const Start &start, const int output[2]) const;
  bool Fill();

  pid_t pid_ = -1;
  int output_fd_ = -1;
  int errors_fd_ = -1;
  std::string pending_;  // read from stdout, not handed out yet
};

// Where the command is.
std::string CommandPath();

// A line of /proc/PID/status behind its name and blanks; "" when there is none.
std::string ProcessStatus(pid_t pid, const std::string &name);

// Words that start a program as root of a new user namespace in which `name`
// of /proc/sys/user, as "max_inotify_watches", has this value.
std::vector<std::string> WithLimit(const std::string &name, unsigned value);

// Whether such a namespace can be made here.
bool CanLimit();

}  // namespace rn

#endif  // TEST_CMD_COMMAND_H_
