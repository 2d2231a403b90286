#ifndef TEST_DISPATCH_TEST_DISPATCH_H_
#define TEST_DISPATCH_TEST_DISPATCH_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/lane/test_lane.h"

extern "C" {
#include "lib/dispatch/dispatch.h"
}

namespace rn {

// What callbacks were called with.
struct Calls {
  std::vector<std::string> log;
  int result = 0;
  int released = 0;
  rn_dispatch *discard = nullptr;  // told to discard by the next call
};

// A handler with nothing set but its size and its context.
inline rn_handler HandlerOf(Calls *calls) {
  rn_handler handler{};
  handler.size = sizeof(handler);
  handler.context = calls;
  return handler;
}

inline rn_target *NewTarget(const rn_handler &handler,
                            uint32_t lane_count = 1) {
  rn_target *target = nullptr;
  EXPECT_EQ(rn_target_new(&handler, lane_count, &target), 0);
  return target;
}

// Logs the name of the event.
inline int LogName(const rn_event *event, void *context) {
  Calls *calls = static_cast<Calls *>(context);
  calls->log.emplace_back(rn_event_name(event, nullptr));
  if (calls->discard != nullptr) rn_dispatch_discard(calls->discard);
  return calls->result;
}

// Logs the names of a batch, joined by blanks.
inline int LogBatch(rn_batch *batch, void *context) {
  Calls *calls = static_cast<Calls *>(context);
  std::string names;
  while (const rn_event *event = rn_batch_next(batch)) {
    if (!names.empty()) names += ' ';
    names += rn_event_name(event, nullptr);
  }
  calls->log.push_back(names);
  if (calls->discard != nullptr) rn_dispatch_discard(calls->discard);
  return calls->result;
}

inline void CountRelease(void *context) {
  static_cast<Calls *>(context)->released++;
}

// A lane and the dispatch of its worker.
class TestDispatch {
 public:
  TestDispatch() { EXPECT_EQ(rn_dispatch_new(&dispatch_), 0); }
  ~TestDispatch() { rn_dispatch_free(dispatch_); }
  TestDispatch(const TestDispatch &) = delete;
  TestDispatch &operator=(const TestDispatch &) = delete;

  TestLane &lane() { return lane_; }
  rn_dispatch *get() const { return dispatch_; }

  rn_event *Write(const std::string &name, rn_target *target) {
    return lane_.Write(name, "/d", target);
  }

  // Handle what was written.
  void Run() {
    ASSERT_TRUE(rn_lane_flush(lane_.get()));
    while (rn_block *block = rn_lane_take(lane_.get())) {
      rn_dispatch_block(dispatch_, block);
      (void)rn_lane_done(lane_.get(), block);
    }
  }

 private:
  TestLane lane_;
  rn_dispatch *dispatch_ = nullptr;
};

}  // namespace rn

#endif  // TEST_DISPATCH_TEST_DISPATCH_H_
