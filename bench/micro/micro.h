#ifndef BENCH_MICRO_MICRO_H
#define BENCH_MICRO_MICRO_H

// What the programs of this folder share: C headers of the library in C++, and
// figures by the item instead of by the iteration.

#include <cstdint>

#include "benchmark/benchmark.h"

// What the headers of lib/ say in C11 that C++17 does not take.
#define _Noreturn [[noreturn]]
#define _Static_assert static_assert

// A struct and a function of one name are two things in C; g++ warns.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wshadow"
#endif

namespace rn {

// Add the column `name`: the time that one item took, where an iteration
// handles `items` of them.  It is printed in seconds: 1.5n is one and a half
// nanoseconds.
inline void CountPerItem(benchmark::State &state, const char *name,
                         uint64_t items) {
  using benchmark::Counter;
  state.counters[name] =
      Counter(static_cast<double>(items),
              Counter::kIsIterationInvariantRate | Counter::kInvert);
}

// Numbers that look random and are the same in each run: xorshift64*.
class Numbers {
 public:
  uint64_t Below(uint64_t bound) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return ((state_ * UINT64_C(2685821657736338717)) >> 32) % bound;
  }

 private:
  uint64_t state_ = 88172645463325252U;
};

}  // namespace rn

#endif
