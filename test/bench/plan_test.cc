// The plan and what it says of the time that is left.

#include "bench/core/plan.h"

#include <jansson.h>

#include <string>

#include "bench/core/progress.h"
#include "bench/core/scenario.h"
#include "gtest/gtest.h"

namespace rn {
namespace {

class Plan : public testing::Test {
 protected:
  Plan() {
    scenario_.name = "drain";
    EXPECT_EQ(plan_init(&plan_), 0);
    plan_.scenario = &scenario_;
  }
  ~Plan() override { plan_fini(&plan_); }

  void Add(const char *label, double seconds, int parameters = 0) {
    plan_add(&plan_, "raw", label, seconds, &parameters, sizeof(parameters));
  }

  scenario scenario_ = {};
  plan plan_ = {};
};

TEST_F(Plan, KeepsCasesInOrderWithTheirParameters) {
  Add("first", 1, 11);
  Add("second", 2, 22);

  ASSERT_EQ(plan_.count, 2U);
  EXPECT_STREQ(plan_.cases[0].label, "first");
  EXPECT_EQ(plan_.cases[1].scenario, &scenario_);
  EXPECT_EQ(*static_cast<int *>(plan_.cases[0].parameters), 11);
  EXPECT_EQ(*static_cast<int *>(plan_.cases[1].parameters), 22);
  EXPECT_EQ(plan_.error, 0);
}

TEST_F(Plan, CutsALabelThatIsTooLong) {
  Add(std::string(2 * LABEL_SIZE, 'x').c_str(), 1);

  EXPECT_EQ(std::string(plan_.cases[0].label).size(), LABEL_SIZE - 1U);
}

TEST_F(Plan, NamesWhatIsSkippedAsTheReportDoes) {
  plan_skip(&plan_, "libuv", "needs %s", "libuv1-dev");

  const json_t *entry = json_array_get(plan_.skipped, 0);
  EXPECT_STREQ(json_string_value(json_object_get(entry, "scenario")), "drain");
  EXPECT_STREQ(json_string_value(json_object_get(entry, "subject")), "libuv");
  EXPECT_STREQ(json_string_value(json_object_get(entry, "reason")),
               "needs libuv1-dev");
}

TEST_F(Plan, TrustsItsEstimateUntilACaseIsDone) {
  Add("a", 10);
  Add("b", 30);

  EXPECT_EQ(plan_seconds_from(&plan_, 0), 40);
  EXPECT_EQ(progress_left(&plan_, 0, 0), 40);
}

TEST_F(Plan, CorrectsItsEstimateByWhatWasSeen) {
  Add("a", 10);
  Add("b", 30);

  const double left = progress_left(&plan_, 1, 20);  // twice as slow

  EXPECT_EQ(left, 60);
  EXPECT_EQ(progress_left(&plan_, 2, 80), 0);
}

}  // namespace
}  // namespace rn
