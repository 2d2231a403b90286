#ifndef TEST_STRESS_SEEDS_H_
#define TEST_STRESS_SEEDS_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace rn {

// Runs that differ by a number alone, of a program that is run by hand.
struct Seeds {
  uint32_t first = 1;
  uint32_t last = 10;
};

// "A..B", or "A" alone.
inline Seeds ParseSeeds(const std::string &text) {
  const auto number = [](const char *digits) {
    return static_cast<uint32_t>(std::strtoul(digits, nullptr, 10));
  };
  const size_t dots = text.find("..");
  Seeds seeds;
  seeds.first = seeds.last = number(text.c_str());
  if (dots != std::string::npos) seeds.last = number(text.c_str() + dots + 2);
  return seeds;
}

// Do each, which says whether it went well.  Returns the exit code.
template <typename Run>
int RunSeeds(const Seeds &seeds, const Run &run) {
  uint32_t well = 0;
  for (uint32_t seed = seeds.first; seed <= seeds.last; seed++)
    if (run(seed)) well++;
  const uint32_t count = seeds.last - seeds.first + 1;
  std::printf("%u of %u seeds OK\n", well, count);
  return well == count ? 0 : 1;
}

}  // namespace rn

#endif  // TEST_STRESS_SEEDS_H_
