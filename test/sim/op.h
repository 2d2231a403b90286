#ifndef TEST_SIM_OP_H_
#define TEST_SIM_OP_H_

#include <cstdint>
#include <string>
#include <vector>

namespace rn::sim {

// One thing that happens beside the tracker.  In text a line each; `a` and `b`
// are absolute paths.
enum class OpKind : uint8_t {
  kCreate,    // create a      a file, opened and closed
  kWrite,     // write a       opened, written, closed
  kChmod,     // chmod a
  kMkdir,     // mkdir a
  kRmdir,     // rmdir a
  kUnlink,    // unlink a
  kMove,      // mv a b        over what is there
  kExchange,  // xchg a b
  kLink,      // ln a b        b becomes another name of a
  kSymlink,   // symlink a b   b leads to a
  kFifo,      // fifo a
  kHold,      // hold a        somebody keeps the directory open
  kRelease,   // release a     and closes it; `a` as it was held
  kStep,      // step          the process goes on with what it began

  kFail,         // fail watch_add ENOSPC   the next such call of the tracker
  kWatches,      // watches 10              limit of watches
  kDescriptors,  // descriptors 10          limit of open descriptors
  kLose,         // lose                    the next record, without a word:
                 //                         no kernel does; it has to be found

  // What the user asks of the library; it goes on meanwhile.  Roots are named
  // by a word of the user's; what names none, or adds one that is there, is
  // passed over.
  kAdd,      // add 2 recursive+pair /r/a    kinds: kind.h
  kUpdate,   // update 2 plain               with or without recursion, fixed,
             //                              and the mask
  kRemove,   // remove 2
  kSuspend,  // suspend 2
  kResume,   // resume 2
  kAppend,   // append 2                     an event of the user's own
  kSync,     // sync
  kStill,    // still     a sync, and nothing else happens until it has passed
};

constexpr int kProcessCount = 3;

struct Op {
  OpKind kind = OpKind::kStep;
  // Who does it.  0 does all at once; the others change the tree, and queue
  // the records one by one with each kStep, or, when that never comes, 30
  // system calls of the tracker later.
  uint8_t process = 0;
  std::string a, b, c;
};

// "mv@1 /r/a /r/b": the process is told when it is not 0.
std::string OpText(const Op &op);
// Whether it is the user who does it.
inline bool IsUsers(OpKind kind) { return kind >= OpKind::kAdd; }
// Returns false when it is no operation's name.
bool ParseOpKind(const std::string &name, OpKind *kind);
// Returns false when the words are none.
bool ParseOp(const std::vector<std::string> &words, Op *op);

}  // namespace rn::sim

#endif  // TEST_SIM_OP_H_
