#ifndef TEST_SIM_RANDOM_H_
#define TEST_SIM_RANDOM_H_

#include <cstddef>
#include <cstdint>

namespace rn::sim {

// Mixes the bits of a number (the finisher of splitmix64).
inline uint64_t Mix(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31);
}

// Numbers that depend on the seed alone, on every machine: where no two
// arguments of a call draw one.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(Mix(seed + kStep)) {}

  uint64_t Next() { return Mix(state_ += kStep); }

  // 0 .. bound - 1; bound > 0.
  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>((Next() >> 32) * bound >> 32);
  }
  uint32_t Between(uint32_t low, uint32_t high) {
    return low + Below(high - low + 1);
  }
  bool Percent(uint32_t chance) { return Below(100) < chance; }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15U;

  uint64_t state_;
};

}  // namespace rn::sim

#endif  // TEST_SIM_RANDOM_H_
