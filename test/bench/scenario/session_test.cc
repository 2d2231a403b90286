// Listeners and producers on the real kernel, and the account between them.

#include <errno.h>
#include <jansson.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

// A struct and a function of one name are two things in C; g++ warns.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wshadow"
#endif

extern "C" {
#include "bench/scenario/session.h"
#include "bench/subject/listen_own.h"
#include "bench/subject/listen_raw.h"
}

namespace rn {
namespace {

class Session : public testing::TestWithParam<const listener_kind *> {
 protected:
  Session() {
    load_.root_fd = -1;
    const load_shape shape{4, 12, 12};
    EXPECT_EQ(load_make(&load_, dir_.path().c_str(), &shape), 0);
    session_.kind = GetParam();
    session_.listening.load = &load_;
    session_.listening.handler = handler_kind("noop");
    session_.listening.workers = 1;
    session_.producing.load = &load_;
    session_.producing.count = 1;
    session_.producing.events = 1000;
  }
  ~Session() override { load_remove(&load_); }

  // Run it, and see that nothing was lost.
  void RunComplete() {
    ASSERT_EQ(session_run(&session_, &outcome_), 0);
    EXPECT_EQ(outcome_.produced.made, session_.producing.events);
    EXPECT_EQ(outcome_.listened.delivered, session_.producing.events);
    EXPECT_TRUE(outcome_is_complete(&outcome_));
    EXPECT_EQ(outcome_.lost_kernel + outcome_.lost_ring, 0U);
  }

  TempDir dir_;
  load load_{};
  session session_{};
  outcome outcome_{};
};

TEST_P(Session, HearsEveryEvent) {
  RunComplete();

  EXPECT_GT(outcome_.listened.last_ns, outcome_.produced.end_ns);
  EXPECT_GT(outcome_.produced.cpu_ns, 0U);
  EXPECT_GT(outcome_.listened.reader_cpu_ns, 0U);
  EXPECT_EQ(outcome_.listened.workers_cpu_ns > 0, GetParam()->has_workers);
}

TEST_P(Session, HearsSeveralProducers) {
  session_.producing.count = 3;

  RunComplete();
}

TEST_P(Session, KeepsToARate) {
  session_.producing.rate = 10000;

  RunComplete();

  const uint64_t took =
      outcome_.produced.end_ns - outcome_.produced.schedule.begin_ns;
  EXPECT_GE(took, 99900000U);  // the last of 1000 is due after 99.9 ms
}

TEST_P(Session, StampsEachEventAfterItWasDue) {
  stamps stamps;
  ASSERT_EQ(stamps_init(&stamps, 1000, 12), 0);
  session_.listening.stamps = &stamps;
  session_.producing.rate = 50000;
  session_.producing.precise = true;

  RunComplete();

  EXPECT_EQ(stamps.seen, 1000U);
  EXPECT_EQ(stamps.extra, 0U);
  uint64_t early = 0;
  for (uint64_t i = 0; i < 1000; i++)
    if (stamps.times_ns[i] < schedule_due(&outcome_.produced.schedule, i))
      early++;
  EXPECT_EQ(early, 0U);
  stamps_fini(&stamps);
}

TEST_P(Session, BurnsWhatTheHandlerIsToCost) {
  session_.listening.handler = handler_kind("10us");

  RunComplete();

  const listened &listened = outcome_.listened;
  EXPECT_GE(GetParam()->has_workers ? listened.workers_cpu_ns
                                    : listened.reader_cpu_ns,
            5000000U);
}

TEST_P(Session, WantsFilesForEachProducer) {
  session_.producing.count = 5;  // 12 files are no multiple
  EXPECT_EQ(session_run(&session_, &outcome_), -EINVAL);

  session_.producing.count = 12;  // one file each: its events would merge
  EXPECT_EQ(session_run(&session_, &outcome_), -EINVAL);
}

INSTANTIATE_TEST_SUITE_P(Listeners, Session,
                         testing::Values(&raw_listener, &own_listener),
                         [](const auto &param) {
                           return std::string(param.param->name);
                         });

// -- Losses -------------------------------------------------------------------

// A listener that says what it is told to.
listened told;

int BeginNothing(const listener_kind *, const listening *, listener **) {
  return 0;
}
bool SeeLast(listener *, int) { return true; }
int TellLosses(listener *, listened *out) {
  *out = told;
  return 0;
}

const listener_kind teller{"teller",     nullptr, false,
                           BeginNothing, SeeLast, TellLosses};

// What the result says is wrong of 100 events, and what was lost where.
std::string Check(uint64_t delivered, uint64_t dropped, uint64_t overflows,
                  uint64_t last_ns, outcome *outcome) {
  const TempDir dir;
  load load{};
  load.root_fd = -1;
  const load_shape shape{1, 2, 12};
  EXPECT_EQ(load_make(&load, dir.path().c_str(), &shape), 0);
  told = {};
  told.delivered = delivered;
  told.dropped = dropped;
  told.overflows = overflows;
  told.last_ns = last_ns;
  session session{};
  session.kind = &teller;
  session.listening.load = session.producing.load = &load;
  session.producing.count = 1;
  session.producing.events = 100;
  EXPECT_EQ(session_run(&session, outcome), 0);
  load_remove(&load);
  struct result result = result_begin("test", "teller");
  outcome_check(outcome, &result);
  const char *wrong =
      json_string_value(json_object_get(result.object, "wrong"));
  const std::string said = wrong == nullptr ? "" : wrong;
  result_fini(&result);
  return said;
}

TEST(Outcome, SaysWhereEventsWereLost) {
  outcome outcome;

  EXPECT_EQ(Check(100, 0, 0, 1, &outcome), "");
  EXPECT_TRUE(outcome_is_complete(&outcome));

  EXPECT_EQ(Check(70, 20, 1, 1, &outcome), "");
  EXPECT_EQ(outcome.lost_ring, 20U);
  EXPECT_EQ(outcome.lost_kernel, 10U);
  EXPECT_FALSE(outcome_is_complete(&outcome));

  // The last event found the queue full: so it was at its end.
  EXPECT_EQ(Check(100, 0, 1, 1, &outcome), "");
  EXPECT_FALSE(outcome_is_complete(&outcome));
}

TEST(Outcome, TakesADroppedLastEventForNoEvent) {
  outcome outcome;

  EXPECT_EQ(Check(90, 11, 0, 1, &outcome), "");

  EXPECT_EQ(outcome.lost_ring, 10U);
  EXPECT_EQ(outcome.lost_kernel, 0U);
}

TEST(Outcome, IsWrongWhereTheAccountDoesNotBalance) {
  outcome outcome;

  EXPECT_EQ(Check(99, 0, 0, 1, &outcome),
            "1 of 100 events missing without an overflow that says so");
  EXPECT_EQ(Check(101, 0, 0, 1, &outcome), "101 events delivered, 100 made");
  EXPECT_EQ(Check(100, 0, 0, 0, &outcome), "the last event never came");
}

}  // namespace
}  // namespace rn
