// What does it cost to find the directory that a watch descriptor stands for,
// and does it grow with the number of watches?
//
// Beforehand: the same directory as the last time is a comparison, 1 ns.
// Another one is a slot of the index and the node it points to: in the caches
// 3 ns, and at a million watches (8 or 16 MB of slots, 96 MB of nodes) two
// misses of them, 50 to 150 ns when the order is random.

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "bench/micro/bench_tree.h"

namespace rn {
namespace {

constexpr size_t kLookUps = 4096;  // in one iteration

// A tree of so many watches, made once: a million take longer to add than to
// measure.
BenchTree *TreeOf(int watch_count) {
  static std::map<int, std::unique_ptr<BenchTree>> trees;
  std::unique_ptr<BenchTree> &tree = trees[watch_count];
  if (tree != nullptr) return tree.get();
  tree = std::make_unique<BenchTree>("/srv/files");
  while (tree->last_wd() < watch_count)
    (void)tree->Add(tree->top(),
                    "d" + std::to_string(1000000 + tree->last_wd()));
  return tree.get();
}

// All watch descriptors, mixed.
std::vector<int> Mixed(int watch_count) {
  std::vector<int> wds(static_cast<size_t>(watch_count));
  std::iota(wds.begin(), wds.end(), 1);
  Numbers numbers;
  for (size_t i = wds.size(); i > 1; i--)
    std::swap(wds[i - 1], wds[numbers.Below(i)]);
  return wds;
}

// Look up kLookUps descriptors an iteration, going round in `wds`.
void LookUp(benchmark::State &state, BenchTree *tree,
            const std::vector<int> &wds) {
  size_t next = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < kLookUps; i++) {
      benchmark::DoNotOptimize(rn_tree_find(tree->tree(), wds[next]));
      if (++next == wds.size()) next = 0;
    }
  }
  CountPerItem(state, "look_up", kLookUps);
}

// Always the directory of the event before.
void LookUpLast(benchmark::State &state) {
  const int watch_count = static_cast<int>(state.range(0));
  LookUp(state, TreeOf(watch_count), {watch_count});
}

// Directories in the order they were added in, each but once a round.
void LookUpInOrder(benchmark::State &state) {
  const int watch_count = static_cast<int>(state.range(0));
  std::vector<int> wds(static_cast<size_t>(watch_count));
  std::iota(wds.begin(), wds.end(), 1);
  LookUp(state, TreeOf(watch_count), wds);
}

// Directories in no order: the worst case.
void LookUpMixed(benchmark::State &state) {
  const int watch_count = static_cast<int>(state.range(0));
  LookUp(state, TreeOf(watch_count), Mixed(watch_count));
}

// A descriptor that belongs to no watch any more.
void LookUpUnknown(benchmark::State &state) {
  const int watch_count = static_cast<int>(state.range(0));
  LookUp(state, TreeOf(watch_count), {watch_count + 1, watch_count + 2});
}

BENCHMARK(LookUpLast)->ArgName("watches")->Arg(1000000);
BENCHMARK(LookUpInOrder)
    ->ArgName("watches")
    ->Arg(1)
    ->Arg(2)
    ->Arg(1000)
    ->Arg(1000000);
BENCHMARK(LookUpMixed)
    ->ArgName("watches")
    ->Arg(1)
    ->Arg(2)
    ->Arg(1000)
    ->Arg(1000000);
BENCHMARK(LookUpUnknown)->ArgName("watches")->Arg(1)->Arg(1000)->Arg(1000000);

}  // namespace
}  // namespace rn

BENCHMARK_MAIN();
