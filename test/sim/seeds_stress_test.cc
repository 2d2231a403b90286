// 100 000 seeds.  Each failing one is told, up to ten; the first is shrunk.

#include "gtest/gtest.h"
#include "test/sim/run.h"
#include "test/sim/script.h"
#include "test/sim/shrink.h"

namespace rn::sim {
namespace {

std::string ShrunkText(const Choice &choice) {
  History history;
  const std::string wrong = RunSeedApart(choice, &history);
  return ScriptText(Shrink(history, [&wrong](const History &candidate) {
    return KindOf(RunHistoryApart(candidate)) == KindOf(wrong);
  }));
}

// Not every exchange can be told from a move over something and one back; the
// cases that can stand in cases/.
constexpr uint32_t kExchanges = uint32_t{1}
                                << static_cast<uint32_t>(OpKind::kExchange);

TEST(Seeds, HundredThousandPass) {
  constexpr uint64_t kFirst = 1000000, kCount = 100000;
  constexpr int kFailuresMax = 10;
  int failures = 0;
  for (uint64_t seed = kFirst; seed < kFirst + kCount; seed++) {
    Choice choice;
    choice.seed = seed;
    choice.without = kExchanges;
    Trace silent;
    const std::string wrong = RunSeed(choice, &silent, nullptr);
    if (wrong.empty()) continue;
    ADD_FAILURE() << "seed " << seed << ": " << wrong
                  << (failures == 0 ? "\n" + ShrunkText(choice) : "");
    if (++failures == kFailuresMax) break;
  }
}

}  // namespace
}  // namespace rn::sim
