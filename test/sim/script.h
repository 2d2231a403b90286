#ifndef TEST_SIM_SCRIPT_H_
#define TEST_SIM_SCRIPT_H_

#include <string>

#include "test/sim/history.h"

namespace rn::sim {

// A history as text, a line each; '#' begins a comment:
//
//   list hash 17 | list oldest | list newest    order of listings
//   piece 2              entries that one getdents64(2) gives
//   types no             listings do not tell the type of an entry
//   queue 16             records that the kernel's queue holds
//   read 512             size of the reader's buffer
//   mask CREATE|DELETE   what is watched for
//   watch /r             a root; there may be several, called 0, 1, ...
//   watch /r plain+pair  one that is not watched as usual: kind.h
//   recover              losses are to be repaired
//   busy                 steps may come while the roots are added
//   before mkdir /r      what is there before: any operation of op.h
//   3 mkdir /r/a         a step: three system calls after the one before
//   rest rmdir /r/a      a step: when the tracker is at rest
std::string StepText(const Step &step);
std::string ScriptText(const History &history);

// Returns what is wrong, with the number of the line; "" nothing.
std::string ParseScript(const std::string &text, History *history);

}  // namespace rn::sim

#endif  // TEST_SIM_SCRIPT_H_
