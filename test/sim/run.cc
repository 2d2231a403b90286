#include "test/sim/run.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "test/sim/generator.h"
#include "test/sim/script.h"
#include "test/sim/simulation.h"

namespace rn::sim {
namespace {

constexpr unsigned kSecondsMax = 10;

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  ssize_t got;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0)
    text.append(buffer, static_cast<size_t>(got));
  return text;
}

void WriteAll(int fd, const std::string &text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t put = write(fd, text.data() + at, text.size() - at);
    if (put <= 0) break;
    at += static_cast<size_t>(put);
  }
}

// What `run` writes to the descriptor it is given, in a process of its own;
// behind it, what ended that process too early.
std::string RunApart(const std::function<void(int)> &run, std::string *ended) {
  int ends[2];
  if (pipe(ends) != 0) return "setup: no pipe";
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(kSecondsMax);
    run(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  const std::string text = ReadAll(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) *ended = strsignal(WTERMSIG(status));
  return text;
}

}  // namespace

std::string KindOf(const std::string &wrong) {
  std::string kind;
  bool skips = false;
  for (const char c : wrong) {
    if (c == ' ' || c == ':') skips = false;
    if (c == '/' || c == '#' || (c >= '0' && c <= '9')) skips = true;
    if (!skips) kind += c;
  }
  const size_t told = kind.find(": ");
  return told == std::string::npos ? kind : kind.substr(told);
}

bool IsFault(const std::string &wrong) {
  return !wrong.empty() && wrong.rfind("setup: ", 0) != 0;
}

std::string RunSeed(const Choice &choice, Trace *trace, History *history) {
  Generator generator(choice);
  Simulation simulation(generator.setup(), &generator, trace);
  const std::string wrong = simulation.Run();
  if (history != nullptr) *history = {generator.setup(), generator.steps()};
  return wrong;
}

std::string RunHistory(const History &history, Trace *trace) {
  Replay replay(&history.steps);
  return Simulation(history.setup, &replay, trace).Run();
}

std::string RunSeedApart(const Choice &choice, History *history) {
  // What was done is told as it is done: a crash leaves no other trace.
  std::string ended;
  const std::string text = RunApart(
      [&choice](int fd) {
        Trace silent;
        Generator generator(choice);
        History made = {generator.setup(), {}};
        WriteAll(fd, ScriptText(made));
        generator.on_step = [fd](const Step &step) {
          WriteAll(fd, StepText(step) + "\n");
        };
        Simulation simulation(generator.setup(), &generator, &silent);
        const std::string wrong = simulation.Run();
        WriteAll(fd, "# " + wrong);
      },
      &ended);
  ParseScript(text, history);
  if (!ended.empty()) return ended;
  return text.substr(text.rfind("# ") + 2);
}

std::string RunHistoryApart(const History &history) {
  std::string ended;
  const std::string wrong = RunApart(
      [&history](int fd) {
        Trace silent;
        WriteAll(fd, RunHistory(history, &silent));
      },
      &ended);
  return ended.empty() ? wrong : ended;
}

}  // namespace rn::sim
