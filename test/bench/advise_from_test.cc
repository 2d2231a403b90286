/* The figures that --advise takes out of a report. */

#include "bench/advise/from.h"

#include <gtest/gtest.h>

#include <string>

#include "test/support/temp_dir.h"

namespace {

const char kMachine[] =
    R"("machine":{"cpus":4,"memory_bytes":8000000000,"queue_limit":16384})";

std::string Drain(const char *handler, double ns, double cpu, int events = 1000,
                  const char *more = "") {
  return R"({"scenario":"drain","subject":"ringnotify","workers":1,)"
         R"("order":"directory","callback":"single","handler":")" +
         std::string(handler) + R"(","events":)" + std::to_string(events) +
         R"(,"ns_per_event":{"min":1,"median":)" + std::to_string(ns) +
         R"(,"max":9e9},"cpu_ns_per_event":{"min":1,"median":)" +
         std::to_string(cpu) + R"(,"max":9e9})" + more + "}";
}

class AdviseFrom : public testing::Test {
 protected:
  /* Returns what was said, "" when it went well. */
  std::string From(const std::string &content) {
    return FromFile(dir_.Write("report.json", content));
  }

  std::string FromCases(const std::string &cases) {
    return From(R"({"v":1,)" + std::string(kMachine) + R"(,"cases":[)" + cases +
                "]}");
  }

  std::string FromFile(const std::string &path) {
    text problem = {};
    const int err = advise_from(path.c_str(), &figures_, &problem);
    const std::string said(problem.data == nullptr ? "" : problem.data,
                           problem.size);
    text_fini(&problem);
    EXPECT_EQ(err < 0, !said.empty());
    return said;
  }

  rn::TempDir dir_;
  advise_figures figures_ = {};
};

TEST_F(AdviseFrom, TakesTheMachine) {
  ASSERT_EQ(FromCases(Drain("noop", 310, 400)), "");

  EXPECT_EQ(figures_.cpus, 4U);
  EXPECT_EQ(figures_.memory_bytes, 8000000000U);
  EXPECT_EQ(figures_.queue_limit, 16384U);
}

TEST_F(AdviseFrom, TakesTheDrainOfMostEventsThatWasRight) {
  ASSERT_EQ(FromCases(Drain("noop", 500, 1, 1000) + "," +
                      Drain("noop", 310, 1, 100000) + "," +
                      Drain("noop", 100, 1, 900000, R"(,"wrong":"lost")")),
            "");

  EXPECT_DOUBLE_EQ(figures_.read_ns, 310);
}

TEST_F(AdviseFrom, TakesTheWorkersOwnTimeFromADearHandler) {
  ASSERT_EQ(FromCases(Drain("noop", 310, 400) + "," + Drain("1us", 1075, 1)),
            "");

  EXPECT_DOUBLE_EQ(figures_.hand_ns, 75);
}

TEST_F(AdviseFrom, TakesNoHandlerThatTheReaderIsSlowerThan) {
  ASSERT_EQ(FromCases(Drain("noop", 1200, 1300) + "," + Drain("1us", 1300, 1) +
                      "," + Drain("10us", 10090, 1)),
            "");

  EXPECT_DOUBLE_EQ(figures_.hand_ns, 90);
}

TEST_F(AdviseFrom, TakesTheWorkersOwnTimeFromTheProcessors) {
  ASSERT_EQ(FromCases(Drain("noop", 310, 400)), "");

  EXPECT_DOUBLE_EQ(figures_.hand_ns, 90);
}

TEST_F(AdviseFrom, TakesTheProducerFromLive) {
  const std::string drain = Drain("noop", 310, 400);
  ASSERT_EQ(FromCases(drain), "");
  EXPECT_EQ(figures_.make_ns, 0);

  ASSERT_EQ(
      FromCases(drain + R"(,{"scenario":"live","subject":"raw","producers":1,)"
                        R"("rate_wanted":0,"rate_made":{"median":2e6}})"),
      "");
  EXPECT_DOUBLE_EQ(figures_.make_ns, 500);
}

TEST_F(AdviseFrom, SaysWhatIsWrong) {
  const struct {
    const char *content, *said;
  } table[] = {
      {"", "not JSON: line 1"},
      {"{", "not JSON: line 1"},
      {"[]", "no report of this program"},
      {R"({"v":1})", "no report of this program"},
      {R"({"v":2,"machine":{},"cases":[]})", "a report of another version"},
      {R"({"v":1,"machine":{},"cases":[3,null,{"scenario":4}]})",
       "it has no drain of ringnotify with one worker"},
  };
  for (const auto &row : table) {
    const std::string said = From(row.content);
    EXPECT_NE(said.find(row.said), std::string::npos) << said;
    EXPECT_NE(said.find("report.json"), std::string::npos) << said;
    EXPECT_NE(said.find("--json FILE drain"), std::string::npos) << said;
  }
}

TEST_F(AdviseFrom, SaysThatTheMachineIsMissing) {
  const std::string said =
      From(R"({"v":1,"machine":{},"cases":[)" + Drain("noop", 310, 400) + "]}");
  EXPECT_NE(said.find("does not tell the machine"), std::string::npos) << said;
}

TEST_F(AdviseFrom, SaysThatThereIsNoFile) {
  const std::string said = FromFile(dir_.Path("none.json"));
  EXPECT_NE(said.find("none.json"), std::string::npos) << said;
  EXPECT_EQ(said.find('\n'), std::string::npos);
}

}  // namespace
