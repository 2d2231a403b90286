// One tiny run of each scenario that makes events while somebody listens.

#include <jansson.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

// A struct and a function of one name are two things in C; g++ warns.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wshadow"
#endif

extern "C" {
#include "bench/core/machine.h"
#include "bench/core/options.h"
#include "bench/scenario/latency.h"
#include "bench/scenario/live.h"
#include "bench/scenario/overflow.h"
}

namespace rn {
namespace {

// Plans a scenario and runs all of its cases; without changing a limit of the
// machine, on which other tests run.
class LiveScenario : public testing::Test {
 protected:
  LiveScenario() {
    options_.quick = true;
    options_.repeat = 1;
    options_.events = 300;
    machine_read(&machine_, dir_.path().c_str());
    machine_.root = false;
    machine_.cpus = 2;
    run_.options = &options_;
    run_.machine = &machine_;
    run_.folder = dir_.path().c_str();
    run_.load.root_fd = -1;
    EXPECT_EQ(plan_init(&plan_), 0);
  }
  ~LiveScenario() override {
    for (result &one : results_) result_fini(&one);
    load_remove(&run_.load);
    plan_fini(&plan_);
  }

  void Run(const scenario &scenario) {
    plan_.scenario = &scenario;
    ASSERT_EQ(scenario.plan(&plan_, &run_), 0);
    ASSERT_EQ(plan_.error, 0);
    for (size_t i = 0; i < plan_.count; i++) {
      SCOPED_TRACE(plan_.cases[i].label);
      result result = result_begin(scenario.name, plan_.cases[i].subject);
      EXPECT_EQ(scenario.run(plan_.cases[i].parameters, &run_, &result), 0);
      EXPECT_EQ(Text(result, "wrong"), "");
      EXPECT_STREQ(result.skip_reason, "");
      results_.push_back(result);
    }
  }

  static std::string Text(const result &result, const char *key) {
    const char *text = json_string_value(json_object_get(result.object, key));
    return text == nullptr ? "" : text;
  }

  // A field, or a part of it; -1: it is not there.
  static double Number(const result &result, const char *key,
                       const char *part = nullptr) {
    const json_t *value = json_object_get(result.object, key);
    if (part != nullptr) value = json_object_get(value, part);
    return json_is_number(value) ? json_number_value(value) : -1;
  }

  // How many cases each subject has.
  std::map<std::string, int> Subjects() const {
    std::map<std::string, int> subjects;
    for (const result &one : results_) subjects[Text(one, "subject")]++;
    return subjects;
  }

  const TempDir dir_;
  options options_{};
  machine machine_{};
  run run_{};
  plan plan_{};
  std::vector<result> results_;
};

TEST_F(LiveScenario, LiveCountsWhatIsMadeAndHandled) {
  ASSERT_NO_FATAL_FAILURE(Run(live_scenario));

  EXPECT_EQ(Subjects(),
            (std::map<std::string, int>{{"raw", 2}, {"ringnotify", 3}}));
  for (const result &one : results_) {
    EXPECT_EQ(Number(one, "delivered"), 300);
    EXPECT_EQ(Number(one, "kernel_overflows"), 0);
    EXPECT_GT(Number(one, "rate_made", "median"), 0);
    EXPECT_GT(Number(one, "delivered_per_s", "median"), 0);
    EXPECT_GT(Number(one, "cpu_ns_per_event", "producers"), 0);
    EXPECT_GT(Number(one, "cpu_ns_per_event", "reader"), 0);
  }
}

TEST_F(LiveScenario, LiveKeepsToRates) {
  options_.quick = false;
  options_.events = 100;

  ASSERT_NO_FATAL_FAILURE(Run(live_scenario));

  int with_rate = 0;
  for (const result &one : results_) {
    const double wanted = Number(one, "rate_wanted");
    if (wanted == 0) continue;
    with_rate++;
    // 100 events end with the due time of the last one
    EXPECT_LT(Number(one, "rate_made", "max"), wanted * 1.02);
  }
  EXPECT_EQ(with_rate, 6);
}

TEST_F(LiveScenario, OverflowAbsorbsABurstThatTheQueueHolds) {
  ASSERT_NO_FATAL_FAILURE(Run(overflow_scenario));

  EXPECT_EQ(Subjects().at("raw"), 1);
  EXPECT_EQ(Subjects().at("ringnotify"), 4);
  for (const result &one : results_) {
    EXPECT_EQ(Number(one, "burst"), 300);
    EXPECT_EQ(Number(one, "lost_kernel"), 0);
    EXPECT_GE(Number(one, "recover_ns"), 0);
    if (Text(one, "full") == "drop") continue;  // the ring may be full
    EXPECT_EQ(Number(one, "absorbed"), 300);
    EXPECT_EQ(Number(one, "lost_ring"), 0);
  }
}

TEST_F(LiveScenario, OverflowSaysWhatItLeftOut) {
  ASSERT_NO_FATAL_FAILURE(Run(overflow_scenario));

  ASSERT_EQ(json_array_size(plan_.skipped), 1U);
}

TEST_F(LiveScenario, LatencyGivesPercentilesOfEverySample) {
  options_.events = 50;

  ASSERT_NO_FATAL_FAILURE(Run(latency_scenario));

  std::map<std::string, int> loads;
  for (const result &one : results_) {
    loads[Text(one, "load")]++;
    EXPECT_EQ(Number(one, "samples"), 50);
    EXPECT_GT(Number(one, "rate"), 0);
    const double p50 = Number(one, "latency_ns", "p50");
    EXPECT_GT(p50, 0);
    EXPECT_GE(Number(one, "latency_ns", "p99"), p50);
    EXPECT_GE(Number(one, "latency_ns", "max"),
              Number(one, "latency_ns", "p999"));
    EXPECT_GT(Number(one, "ratio_p50_to_raw"), 0);
  }
  EXPECT_EQ(loads, (std::map<std::string, int>{
                       {"10", 2}, {"50", 2}, {"90", 2}, {"idle", 2}}));
}

}  // namespace
}  // namespace rn
