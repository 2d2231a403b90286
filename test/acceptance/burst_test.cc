// Whether the reader keeps up with all that the machine can write.
//
// It does where it gets a processor when it wants one.  For that it goes before
// all others, where the test has the right to have it so; where not, and others
// want the processors as well, the kernel's queue can fill while the reader
// waits for its turn, which says nothing of the library: then the test is
// skipped.

#include <fcntl.h>
#include <sched.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "test/stress/memory_dir.h"

namespace rn {
namespace {

constexpr int kWriters = 4;
constexpr int kFiles = 64;  // of each
constexpr std::chrono::seconds kTime(10);

using Clock = std::chrono::steady_clock;

int Pass(const rn_event *, void *) { return 0; }

// The thread of this process that has a name; 0 when there is none.
pid_t ThreadOf(const std::string &name) {
  for (const auto &task :
       std::filesystem::directory_iterator("/proc/self/task")) {
    std::string other;
    std::ifstream(task.path() / "comm") >> other;
    if (other == name) return std::stoi(task.path().filename());
  }
  return 0;
}

// Let a thread run whenever it can.  Returns whether that is allowed.
bool PutFirst(pid_t thread) {
  sched_param first{};
  first.sched_priority = 1;
  return sched_setscheduler(thread, SCHED_FIFO, &first) == 0;
}

class Acceptance : public StressFixture {
 protected:
  void SetUp() override {
    rn_limit limit;
    ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &limit), 0);
    if (limit.value < 16384) GTEST_SKIP() << "queue of " << limit.value;
  }

  // One event a write: neighbours have different names.
  void Write(int writer, Clock::time_point end) const {
    int fds[kFiles];
    for (int i = 0; i < kFiles; i++) {
      const std::string name = std::to_string(writer) + "-" + std::to_string(i);
      fds[i] = open(Path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
      ASSERT_GE(fds[i], 0);
    }
    while (Clock::now() < end)
      for (const int fd : fds) ASSERT_EQ(pwrite(fd, "x", 1, 0), 1);
    for (const int fd : fds) close(fd);
  }
};

TEST_F(Acceptance, Case49FourWritersForTenSeconds) {
  rn_handler handler = Sized<rn_handler>();
  handler.on_default = Pass;
  options_.handler = &handler;
  options_.thread_name = "burst";
  ASSERT_NO_FATAL_FAILURE(WatchAll(IN_MODIFY));
  pid_t reader = 0;
  ASSERT_TRUE(WaitUntil([&] { return (reader = ThreadOf("burst-r")) != 0; }));
  const bool is_first = PutFirst(reader);

  const Clock::time_point end = Clock::now() + kTime;
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; i++)
    writers.emplace_back([this, i, end] { Write(i, end); });
  for (std::thread &writer : writers) writer.join();
  Drain();

  const rn_statistics s = Statistics();
  EXPECT_GT(s.read, 0U);
  EXPECT_EQ(s.delivered, s.read + s.synthetic);
  EXPECT_EQ(s.dropped, 0U);
  Finish();
  if (s.kernel_overflows > 0 && !is_first)
    GTEST_SKIP() << "no right to go before others: " << s.kernel_overflows
                 << " overflows";
  EXPECT_EQ(s.kernel_overflows, 0U) << "in " << s.read << " events";
}

}  // namespace
}  // namespace rn
