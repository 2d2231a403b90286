#ifndef TEST_SIM_SHRINK_H_
#define TEST_SIM_SHRINK_H_

#include <functional>

#include "test/sim/history.h"

namespace rn::sim {

// Whether a history still fails.
using Fails = std::function<bool(const History &)>;

// Makes a failing history short: as few operations as possible, plain traits,
// steps at rest where it does not matter.
History Shrink(History history, const Fails &fails);

}  // namespace rn::sim

#endif  // TEST_SIM_SHRINK_H_
