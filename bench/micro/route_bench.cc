// What does it cost to find the lane of an event?
//
// Beforehand: the key of a directory is a hash of its name, a multiplication a
// byte, made once in the directory's life; the lane of an event is one
// load from a table: under a nanosecond.

#include <string>
#include <vector>

#include "bench/micro/micro.h"

extern "C" {
#include "lib/route/route.h"
}

namespace rn {
namespace {

// The key of a new directory; the argument is the length of its name.
void RouteKey(benchmark::State &state) {
  const std::string name(static_cast<size_t>(state.range(0)), 'n');
  uint32_t key = 0;
  for (auto _ : state) {
    key = rn_route_key(key, {name.data(), name.size()});
    benchmark::DoNotOptimize(key);
  }
}

// The lane of an event; the argument is the number of lanes.
void RouteLane(benchmark::State &state) {
  constexpr size_t kDirectories = 1024;
  Numbers numbers;
  std::vector<uint32_t> keys(kDirectories);
  for (uint32_t &key : keys)
    key = static_cast<uint32_t>(numbers.Below(UINT32_MAX));
  uint32_t lane_count = static_cast<uint32_t>(state.range(0));
  benchmark::DoNotOptimize(lane_count);
  rn_router router;
  rn_router_init(&router, RN_ORDER_DIRECTORY, lane_count);
  for (auto _ : state) {
    for (const uint32_t key : keys)
      benchmark::DoNotOptimize(rn_router_lane(&router, key));
  }
  CountPerItem(state, "event", kDirectories);
}

BENCHMARK(RouteKey)->ArgName("name")->Arg(8)->Arg(32)->Arg(255);
BENCHMARK(RouteLane)->ArgName("lanes")->Arg(1)->Arg(2)->Arg(16);

}  // namespace
}  // namespace rn

BENCHMARK_MAIN();
