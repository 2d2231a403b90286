// A thousand lives of a notifier leave nothing behind.  Memory: with ASan.

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <atomic>

#include "test/stress/memory_dir.h"
#include "test/support/events/watch_table.h"

namespace rn {
namespace {

constexpr int kCycles = 1000;

// What the handlers of one life may use until they are released.
struct Counts {
  std::atomic<uint64_t> handled{0};
  std::atomic<int> *released;
};

class Cycles : public StressFixture {
 protected:
  // A handler that owns its context.
  rn_handler Owning() {
    rn_handler handler = Sized<rn_handler>();
    auto *own = new Counts;
    own->released = &released_;
    handler.context = own;
    handler.on_default = [](const rn_event *event, void *context) {
      size_t size;
      rn_event_path(event, &size);
      static_cast<Counts *>(context)->handled += size > 0 ? 1 : 0;
      return 0;
    };
    handler.on_release = [](void *context) {
      auto *counts = static_cast<Counts *>(context);
      (*counts->released)++;
      delete counts;
    };
    return handler;
  }

  // Nobody waits for what this makes.
  void MakeEvents(int cycle) const {
    for (int i = 0; i < 20; i++) {
      const std::string name = std::to_string(cycle) + "-" + std::to_string(i);
      MkDir("tree/" + name);
      Touch("tree/" + name + "/f");
      Touch("flat/" + std::to_string(i));
    }
    for (int i = 0; i < 20; i++) {
      const std::string name = std::to_string(cycle) + "-" + std::to_string(i);
      Remove("tree/" + name + "/f");
      RmDir("tree/" + name);
    }
  }

  void Live(int cycle) {
    const rn_handler own = Owning();
    const rn_handler handler = Owning();
    options_.handler = &handler;
    options_.worker_count = 1 + static_cast<uint32_t>(cycle / 2 % 4);
    Make();
    ASSERT_EQ(Add("flat", IN_ALL_EVENTS), 0);
    rn_watch_options options = Watch(IN_ALL_EVENTS, RN_WATCH_RECURSIVE);
    options.handler = &own;
    ASSERT_EQ(AddPath(Path("tree"), options), 0);
    Start();
    MakeEvents(cycle);
    if (cycle % 2 == 0) Drain();
    Finish();  // or stop and discard
  }

  std::atomic<int> released_{0};
};

TEST_F(Cycles, LeaveNeitherDescriptorsNorThreads) {
  MkDir("flat");
  MkDir("tree");
  Live(0);  // with the first thread a sanitizer starts one of its own
  const size_t descriptors = OpenDescriptors();
  const size_t threads = Threads();

  for (int cycle = 1; cycle <= kCycles; cycle++) {
    Live(cycle);
    ASSERT_FALSE(HasFatalFailure()) << cycle;
    ASSERT_EQ(released_, 2 * (cycle + 1));
  }

  EXPECT_EQ(OpenDescriptors(), descriptors);
  EXPECT_TRUE(WaitUntil([&] { return Threads() == threads; })) << Threads();
}

}  // namespace
}  // namespace rn
