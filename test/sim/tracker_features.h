#ifndef TEST_SIM_TRACKER_FEATURES_H_
#define TEST_SIM_TRACKER_FEATURES_H_

// Parts of the tracker's interface that a simulator can do without: each is
// used where it is declared.

#include "test/batch/c11.h"

extern "C" {
#include "lib/track/track.h"
}

namespace rn::sim {

// How long the reader may sleep, in ms; -1: until there are records.
template <typename Tracker>
auto PatienceOf(const Tracker *tracker, int)
    -> decltype(rn_tracker_patience_ms(tracker)) {
  return rn_tracker_patience_ms(tracker);
}
template <typename Tracker>
int PatienceOf(const Tracker *tracker, long) {
  constexpr int kFenceMs = 100;
  return rn_tracker_wants_turn(tracker) ? kFenceMs : -1;
}

}  // namespace rn::sim

#endif  // TEST_SIM_TRACKER_FEATURES_H_
