// Results, the table and the report made from them.

#include "bench/core/report.h"

#include <errno.h>
#include <jansson.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "bench/core/table.h"
#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

constexpr column kColumns[] = {
    {"ns/event", "ns_per_event", "median", 1, 0},
    {"ms", "seconds", "max", 1, 1e-3},
    {"correct", "correct", nullptr, 0, 0},
    {"kind", "kind", nullptr, 0, 0},
    {nullptr, nullptr, nullptr, 0, 0},
};

result Measured() {
  result made = result_begin("drain", "ringnotify");
  auto figures = std::make_unique<samples>();
  for (const double value : {3.0, 1.0, 2.0}) samples_add(figures.get(), value);
  result_count(&made, "events", 1000000);
  result_figures(&made, "ns_per_event", figures.get());
  result_flag(&made, "correct", true);
  return made;
}

double Number(const json_t *object, const char *key, const char *part) {
  return json_number_value(json_object_get(json_object_get(object, key), part));
}

std::string Text(const json_t *object, const char *key) {
  const char *value = json_string_value(json_object_get(object, key));
  return value == nullptr ? "" : value;
}

// The table's line of a result, which is used up.
std::string Line(result made) {
  scenario shown = {};
  shown.name = "drain";
  shown.columns = kColumns;
  text line = {};
  table_add_line(&line, &shown, "label", &made);
  const std::string taken(line.data, line.size);
  text_fini(&line);
  result_fini(&made);
  return taken;
}

TEST(Result, HoldsTheFiguresOfItsSamples) {
  result made = Measured();

  EXPECT_EQ(Text(made.object, "subject"), "ringnotify");
  EXPECT_EQ(Number(made.object, "ns_per_event", "min"), 1);
  EXPECT_EQ(Number(made.object, "ns_per_event", "median"), 2);
  EXPECT_EQ(Number(made.object, "ns_per_event", "max"), 3);
  EXPECT_FALSE(made.failed);
  result_fini(&made);
}

TEST(Result, LacksFiguresWithoutASample) {
  result made = result_begin("drain", "raw");
  const auto none = std::make_unique<samples>();

  result_figures(&made, "ns_per_event", none.get());

  EXPECT_EQ(json_object_get(made.object, "ns_per_event"), nullptr);
  result_fini(&made);
}

TEST(Result, KeepsTheFirstThingThatIsWrong) {
  result made = Measured();

  result_wrong(&made, "%d of %d", 1, 2);
  result_wrong(&made, "another");

  EXPECT_TRUE(made.wrong);
  EXPECT_EQ(Text(made.object, "wrong"), "1 of 2");
  result_fini(&made);
}

TEST(Table, ShowsFieldsInTheirColumns) {
  EXPECT_EQ(Line(Measured()), "  label" + std::string(35, ' ') +
                                  "       2.0        -      yes        -\n");
}

TEST(Table, ShowsWhatIsWrongBelowTheLine) {
  result made = Measured();
  result_wrong(&made, "1 of 2 events");

  EXPECT_NE(Line(made).find("\n  ! wrong: 1 of 2 events\n"), std::string::npos);
}

TEST(Table, SaysWhyACaseWasSkipped) {
  result made = Measured();
  result_skip(&made, "needs %s", "root");

  EXPECT_EQ(Line(made),
            "  label" + std::string(35, ' ') + "  skipped: needs root\n");
}

class Report : public testing::Test {
 protected:
  Report() {
    EXPECT_EQ(report_init(&report_, json_pack("{s:i}", "cpus", 2),
                          json_object(), "abc1234", json_array()),
              0);
  }
  ~Report() override {
    report_fini(&report_);
    json_decref(read_);
  }

  void WriteAndRead() {
    const std::string path = dir_.Path("out.json");
    ASSERT_EQ(report_write(&report_, 1.5, path.c_str()), 0);
    read_ = json_load_file(path.c_str(), 0, nullptr);
    ASSERT_NE(read_, nullptr);
  }

  TempDir dir_;
  report report_ = {};
  json_t *read_ = nullptr;
};

TEST_F(Report, HoldsWhatTheContractNames) {
  WriteAndRead();

  EXPECT_EQ(json_integer_value(json_object_get(read_, "v")), 1);
  EXPECT_EQ(json_number_value(json_object_get(read_, "seconds")), 1.5);
  EXPECT_EQ(Text(read_, "commit"), "abc1234");
  EXPECT_EQ(Text(read_, "started").size(), 20U);
  EXPECT_EQ(json_array_size(json_object_get(read_, "cases")), 0U);
}

TEST_F(Report, TellsMeasuredCasesFromSkippedOnes) {
  result measured = Measured();
  result skipped = Measured();
  result_skip(&skipped, "needs root");
  ASSERT_EQ(report_add(&report_, &measured), 0);
  ASSERT_EQ(report_add(&report_, &skipped), 0);

  WriteAndRead();

  const json_t *cases = json_object_get(read_, "cases");
  ASSERT_EQ(json_array_size(cases), 1U);
  EXPECT_EQ(Number(json_array_get(cases, 0), "ns_per_event", "median"), 2);
  const json_t *rest = json_object_get(read_, "skipped");
  ASSERT_EQ(json_array_size(rest), 1U);
  EXPECT_EQ(Text(json_array_get(rest, 0), "reason"), "needs root");
}

TEST_F(Report, SaysThatItsFileCannotBeWritten) {
  EXPECT_EQ(report_write(&report_, 1, dir_.Path("no/out.json").c_str()),
            -ENOENT);
  if (access("/dev/full", W_OK) == 0) {
    EXPECT_LT(report_write(&report_, 1, "/dev/full"), 0);
  }
}

}  // namespace
}  // namespace rn
