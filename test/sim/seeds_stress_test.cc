// 100 000 seeds, and 50 000 with losses that are repaired.  Each failing one is
// told, up to ten; the first is shrunk.

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

void ExpectPass(const Choice &choice, uint64_t first, uint64_t count) {
  constexpr int kFailuresMax = 10;
  int failures = 0;
  for (uint64_t seed = first; seed < first + count; seed++) {
    Choice one = choice;
    one.seed = seed;
    Trace silent;
    const std::string wrong = RunSeed(one, &silent, nullptr);
    if (wrong.empty()) continue;
    ADD_FAILURE() << "seed " << seed << ": " << wrong
                  << (failures == 0 ? "\n" + ShrunkText(one) : "");
    if (++failures == kFailuresMax) break;
  }
}

TEST(Seeds, HundredThousandPass) { ExpectPass({}, 1000000, 100000); }

TEST(Seeds, FiftyThousandAreRepaired) {
  Choice choice;
  choice.recover = true;
  ExpectPass(choice, 100000, 50000);
}

}  // namespace
}  // namespace rn::sim
