// The harness through the command, with sizes that take a second.

#include <jansson.h>
#include <signal.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/core/build.h"
#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

std::string Text(const json_t *object, const char *key) {
  const char *value = json_string_value(json_object_get(object, key));
  return value == nullptr ? "" : value;
}

json_int_t Integer(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

// Whether a field holds figures: three numbers above 0, ascending.
bool HasFigures(const json_t *object, const char *key) {
  const json_t *figures = json_object_get(object, key);
  const double min = json_number_value(json_object_get(figures, "min"));
  const double median = json_number_value(json_object_get(figures, "median"));
  const double max = json_number_value(json_object_get(figures, "max"));
  return 0 < min && min <= median && median <= max;
}

class Bench : public testing::Test {
 protected:
  ~Bench() override { json_decref(report_); }

  // Run scenarios and read the report.
  void Run(std::vector<std::string> arguments, const Start &start = {}) {
    arguments.insert(arguments.begin(),
                     {"bench", "--any-build", "--quick", "--no-peers",
                      "--events", "2000", "--repeat", "2", "--dir",
                      dir_.MkDir("work"), "--json", dir_.Path("out.json")});
    Command command(arguments, start);
    output_ = command.Rest();
    ASSERT_EQ(command.Exit(), 0) << output_ << command.Errors();
    EXPECT_EQ(command.Errors(), "");
    report_ = json_load_file(dir_.Path("out.json").c_str(), 0, nullptr);
    ASSERT_NE(report_, nullptr);
  }

  const json_t *Cases() const { return json_object_get(report_, "cases"); }

  // The number of cases of each subject; none may be wrong.
  std::map<std::string, int> Subjects(const std::string &scenario) const {
    std::map<std::string, int> subjects;
    size_t index;
    json_t *one;
    json_array_foreach(Cases(), index, one) {
      EXPECT_EQ(Text(one, "scenario"), scenario);
      EXPECT_EQ(Text(one, "wrong"), "");
      EXPECT_EQ(Integer(one, "repeats"), 2);
      subjects[Text(one, "subject")]++;
    }
    return subjects;
  }

  TempDir dir_;
  std::string output_;
  json_t *report_ = nullptr;
};

void CheckDrain(const json_t *one) {
  EXPECT_GT(Integer(one, "events"), 0);
  EXPECT_EQ(Integer(one, "delivered"), Integer(one, "events"));
  EXPECT_EQ(Integer(one, "dropped"), 0);
  EXPECT_EQ(Integer(one, "kernel_overflows"), 0);
  for (const char *key :
       {"ns_per_event", "cpu_ns_per_event", "ratio_to_raw", "cpu_ratio_to_raw"})
    EXPECT_TRUE(HasFigures(one, key)) << key;
}

TEST_F(Bench, DrainsEveryPoint) {
  Run({"drain"});

  const std::map<std::string, int> subjects = Subjects("drain");
  EXPECT_GE(subjects.at("raw"), 5);
  EXPECT_GE(subjects.at("ringnotify"), 10);
  size_t index;
  json_t *one;
  json_array_foreach(Cases(), index, one) CheckDrain(one);
  EXPECT_NE(output_.find("  ringnotify, 1 worker, path, batches"),
            std::string::npos);
}

TEST_F(Bench, LeavesNothingBehind) {
  Run({"lifecycle"});

  EXPECT_TRUE(std::filesystem::is_empty(dir_.Path("work")));
}

TEST_F(Bench, SetsUpATreeBesideARawWalk) {
  Run({"setup"});

  EXPECT_EQ(Subjects("setup").at("ringnotify"), 1);
  const json_t *own = json_array_get(Cases(), 1);
  EXPECT_EQ(Integer(own, "directories"), 1000);
  EXPECT_TRUE(HasFigures(own, "seconds"));
  EXPECT_TRUE(HasFigures(own, "ratio_to_raw"));
  EXPECT_EQ(json_object_get(json_array_get(Cases(), 0), "bytes_per_watch"),
            nullptr);
}

TEST_F(Bench, StartsAndStopsIdleAndBusy) {
  Run({"lifecycle"});

  size_t index;
  json_t *one;
  std::map<std::string, int> loads;
  json_array_foreach(Cases(), index, one) {
    loads[Text(one, "load")]++;
    for (const char *key :
         {"start_ns", "sync_ns", "sync_p99_ns", "stop_ns", "free_ns"})
      EXPECT_TRUE(HasFigures(one, key)) << key;
  }
  EXPECT_GE(loads["idle"], 1);
  EXPECT_EQ(loads["idle"], loads["busy"]);
}

// What was measured by then is reported.
TEST_F(Bench, EndsBehindACaseWhenItIsInterrupted) {
  Command command({"bench", "--any-build", "drain", "--quick", "--no-peers",
                   "--events", "20000", "--dir", dir_.MkDir("work"), "--json",
                   dir_.Path("out.json")});
  while (command.Record().find("  raw, no-op") == std::string::npos) {
  }

  command.Signal(SIGINT);

  command.Rest();
  EXPECT_EQ(command.Exit(), 128 + SIGINT);
  report_ = json_load_file(dir_.Path("out.json").c_str(), 0, nullptr);
  EXPECT_GE(json_array_size(Cases()), 1U);
  EXPECT_LT(json_array_size(Cases()), 5U);
  EXPECT_TRUE(std::filesystem::is_empty(dir_.Path("work")));
}

// As for any user, and in many containers for root.
TEST_F(Bench, NeedsNoRightToChangeLimits) {
  if (!CanLimit()) GTEST_SKIP() << "no user namespaces here";
  Start start;
  start.launcher = {"unshare",
                    "--user",
                    "--map-root-user",
                    "--mount",
                    "sh",
                    "-c",
                    "mount --bind /proc/sys /proc/sys &&"
                    " mount -o remount,bind,ro /proc/sys && exec \"$@\"",
                    "sh"};

  Run({"drain"}, start);

  const json_t *machine = json_object_get(report_, "machine");
  EXPECT_TRUE(json_is_false(json_object_get(machine, "root")));
  EXPECT_GE(Subjects("drain").at("ringnotify"), 10);
}

TEST(BenchCommand, ShowsItsHelpAndItsScenarios) {
  Command help({"bench", "--help"});
  EXPECT_EQ(help.Rest().find("Usage: ringnotify bench "), 0U);
  EXPECT_EQ(help.Exit(), 0);

  Command list({"bench", "--list"});
  EXPECT_EQ(list.Rest().find("drain "), 0U);
  EXPECT_EQ(list.Exit(), 0);
}

// What tools/test leaves in bazel-bin would say that the library is slow.
TEST(BenchCommand, RefusesABuildWhoseFiguresSayNothing) {
  if (build_is_measurable()) GTEST_SKIP() << "this build is optimised";
  for (const std::vector<std::string> &arguments :
       {std::vector<std::string>{"bench", "drain"},
        {"bench", "--advise", "1/s,1us,1"}}) {
    Command command(arguments);

    EXPECT_EQ(command.Rest(), "");
    EXPECT_EQ(command.Exit(), 1);
    EXPECT_EQ(command.Errors(),
              std::string("ringnotify: error: ") + build_refusal + "\n");
    EXPECT_NE(command.Errors().find("'bazel build -c opt "), std::string::npos);
  }
}

TEST(BenchCommand, SaysWhatIsWrong) {
  const struct {
    std::vector<std::string> arguments;
    int code;
    const char *errors;
  } cases[] = {
      {{"bench", "dran"}, 64, "unknown scenario 'dran'; did you mean 'drain'?"},
      {{"bench", "xyzzy"}, 64, "unknown scenario 'xyzzy'; --list shows them"},
      {{"bench", "--hepl"},
       64,
       "unknown option '--hepl'; did you mean '--help'?"},
      {{"bench", "--any-build", "--dir", "/no/such"},
       1,
       "cannot make a work folder in '/no/such': No such file or directory; "
       "give --dir PATH"},
      {{"bench", "--any-build", "--json", "/no/such"},
       1,
       "cannot write the report to '/no/such': No such file or directory"},
  };

  for (const auto &one : cases) {
    Command command(one.arguments);

    EXPECT_EQ(command.Rest(), "");
    EXPECT_EQ(command.Exit(), one.code);
    EXPECT_EQ(command.Errors(),
              std::string("ringnotify: error: ") + one.errors + "\n");
  }
}

}  // namespace
}  // namespace rn
