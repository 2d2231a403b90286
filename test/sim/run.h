#ifndef TEST_SIM_RUN_H_
#define TEST_SIM_RUN_H_

#include <cstdint>
#include <string>

#include "test/sim/generator.h"
#include "test/sim/history.h"
#include "test/sim/trace.h"

namespace rn::sim {

// Each returns what is wrong; "" nothing.

// Runs the history of a seed.  history: out, what it was; or nullptr.
std::string RunSeed(const Choice &choice, Trace *trace, History *history);
std::string RunHistory(const History &history, Trace *trace);

// The same in a process of its own: a crash and a hang are faults.
std::string RunSeedApart(const Choice &choice, History *history);
std::string RunHistoryApart(const History &history);

// What is wrong without the paths and numbers in it: faults that are alike.
std::string KindOf(const std::string &wrong);

// Whether it is the tracker's fault, not the script's.
bool IsFault(const std::string &wrong);

}  // namespace rn::sim

#endif  // TEST_SIM_RUN_H_
