// What does a path cost: of an event, as a handler asks for it, and of a
// directory in the tree, as the reader needs it?
//
// Beforehand: the path of an event is two short copies, 5 to 10 ns.  That of a
// directory follows one pointer a level, up twice, and copies a name at each:
// 5 ns a level while it is in the caches.

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "bench/micro/bench_tree.h"
#include "ringnotify/ringnotify.h"

namespace rn {
namespace {

constexpr size_t kEvents = 512;  // fewer than one read brings

// Directories d0, d1, ... in a new one; removed at the end.
class Directories {
 public:
  explicit Directories(size_t count)
      : root_(std::filesystem::temp_directory_path() /
              "ringnotify-bench.XXXXXX") {
    if (mkdtemp(root_.data()) == nullptr) std::abort();
    for (size_t i = 0; i < count; i++) {
      paths_.push_back(root_ + "/d" + std::to_string(1000000 + i));
      std::filesystem::create_directory(paths_.back());
    }
  }
  ~Directories() { std::filesystem::remove_all(root_); }
  Directories(const Directories &) = delete;
  Directories &operator=(const Directories &) = delete;

  const std::vector<std::string> &paths() const { return paths_; }

  // Create kEvents files, in each directory in turn.
  bool MakeFiles() const {
    for (size_t i = 0; i < kEvents; i++) {
      const std::string path =
          paths_[i % paths_.size()] + "/file-" + std::to_string(1000000 + i);
      const int fd = open(path.c_str(), O_CREAT | O_CLOEXEC | O_WRONLY, 0600);
      if (fd < 0) return false;
      close(fd);
    }
    return true;
  }

 private:
  std::string root_;
  std::vector<std::string> paths_;
};

// What a batch of events is measured with, on the worker's thread.
struct Measurement {
  benchmark::State *state;
  std::promise<void> done;
  bool begun;
};

void AskForPaths(benchmark::State &state,
                 const std::vector<const rn_event *> &events) {
  for (auto _ : state) {
    for (const rn_event *event : events) {
      size_t size;
      benchmark::DoNotOptimize(rn_event_path(event, &size));
      benchmark::DoNotOptimize(size);
    }
  }
  CountPerItem(state, "event", events.size());
}

int OnBatch(rn_batch *batch, void *context) {
  auto *measurement = static_cast<Measurement *>(context);
  if (measurement->begun) return 0;
  measurement->begun = true;
  std::vector<const rn_event *> events;
  while (const rn_event *event = rn_batch_next(batch)) events.push_back(event);
  AskForPaths(*measurement->state, events);
  measurement->done.set_value();
  return 0;
}

// Fill the queue of `notifier`, and let one batch of it be measured.
int Run(rn_thread_notifier *notifier, const Directories &directories,
        Measurement *measurement) {
  rn_watch_options watch{};
  watch.size = sizeof(watch);
  watch.mask = IN_CREATE;
  int err = 0;
  for (const std::string &path : directories.paths())
    if (err == 0)
      err = rn_watch_manager_add(rn_thread_notifier_manager(notifier),
                                 path.c_str(), &watch, nullptr);
  if (err == 0 && !directories.MakeFiles()) err = -EIO;
  if (err == 0) err = rn_thread_notifier_start(notifier);
  if (err < 0) return err;
  measurement->done.get_future().wait();
  return rn_thread_notifier_stop(notifier, RN_STOP_DISCARD);
}

// The path of each event of a batch, one after the other; the argument is the
// number of directories, which the events come from in turn.
void PathOfEvent(benchmark::State &state) {
  const Directories directories(static_cast<size_t>(state.range(0)));
  Measurement measurement{&state, {}, false};
  rn_handler handler{};
  handler.size = sizeof(handler);
  handler.context = &measurement;
  handler.on_batch = OnBatch;
  rn_thread_notifier_options options{};
  options.size = sizeof(options);
  options.handler = &handler;
  rn_thread_notifier *notifier = nullptr;
  int err = rn_thread_notifier_new(&options, &notifier);
  if (err == 0) err = Run(notifier, directories, &measurement);
  if (err < 0) state.SkipWithError(strerror(-err));
  rn_thread_notifier_free(notifier);
}

// The path of a directory so deep below the root, names of eight bytes.
void PathOfNode(benchmark::State &state) {
  BenchTree tree("/srv/files");
  const rn_node *node = tree.top();
  for (int64_t depth = 0; depth < state.range(0); depth++)
    node = tree.Add(const_cast<rn_node *>(node),
                    "d" + std::to_string(1000000 + depth));
  char path[1024];
  for (auto _ : state) {
    benchmark::DoNotOptimize(rn_node_path(node, path, sizeof(path)));
    benchmark::ClobberMemory();
  }
}

BENCHMARK(PathOfEvent)->ArgName("directories")->Arg(1)->Arg(16);
BENCHMARK(PathOfNode)->ArgName("depth")->Arg(1)->Arg(8)->Arg(32);

}  // namespace
}  // namespace rn

BENCHMARK_MAIN();
