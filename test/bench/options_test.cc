// The command line of the harness, by tables.

#include "bench/core/options.h"

#include <errno.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rn {
namespace {

// The strings of `read` are gone.
struct Parsed {
  int result = 0;
  options read = {};
  std::string problem;
  std::vector<std::string> names;
  std::string json;  // --json; "" without it
};

Parsed Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bench");
  std::vector<char *> argv;
  for (std::string &argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  Parsed parsed;
  text problem = {};
  parsed.result = options_read(static_cast<int>(arguments.size()), argv.data(),
                               &parsed.read, &problem);
  for (size_t i = 0; i < parsed.read.name_count; i++)
    parsed.names.emplace_back(parsed.read.names[i]);
  if (parsed.read.json != nullptr) parsed.json = parsed.read.json;
  if (problem.size > 0) parsed.problem.assign(problem.data, problem.size);
  text_fini(&problem);
  return parsed;
}

TEST(BenchOptions, RunEverythingByDefault) {
  const Parsed parsed = Parse({});

  EXPECT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.read.repeat, 5U);
  EXPECT_EQ(parsed.read.events, 1000000U);
  EXPECT_EQ(parsed.json, "");
  EXPECT_TRUE(options_want(&parsed.read, "drain"));
}

TEST(BenchOptions, AreReadWhereverTheyStand) {
  const Parsed parsed = Parse({"--quick", "drain", "--json", "out.json",
                               "setup", "--events=2000", "--no-peers"});

  EXPECT_EQ(parsed.result, 0) << parsed.problem;
  EXPECT_TRUE(parsed.read.quick);
  EXPECT_TRUE(parsed.read.no_peers);
  EXPECT_EQ(parsed.read.events, 2000U);
  EXPECT_EQ(parsed.json, "out.json");
  EXPECT_EQ(parsed.names, (std::vector<std::string>{"drain", "setup"}));
}

TEST(BenchOptions, TakeLessWithQuickButWhatWasAskedFor) {
  EXPECT_LT(Parse({"--quick"}).read.events, 1000000U);
  EXPECT_EQ(Parse({"--quick"}).read.repeat, 3U);
  EXPECT_EQ(Parse({"--quick", "--repeat", "9"}).read.repeat, 9U);
  EXPECT_EQ(Parse({"--events", "7", "--quick"}).read.events, 7U);
}

TEST(BenchOptions, WantOnlyTheScenariosThatAreNamed) {
  std::string name = "drain";
  char *names[] = {name.data()};
  options read = {};
  read.names = names;
  read.name_count = 1;

  EXPECT_TRUE(options_want(&read, "drain"));
  EXPECT_FALSE(options_want(&read, "setup"));
}

TEST(BenchOptions, SayWhatIsWrongAndWhatToDo) {
  const struct {
    std::vector<std::string> arguments;
    const char *problem;
  } cases[] = {
      {{"--quik"}, "unknown option '--quik'; did you mean '--quick'?"},
      {{"--zzzzzz"}, "unknown option '--zzzzzz'; --help lists the options"},
      {{"-x"}, "unknown option '-x'; --help lists the options"},
      {{"--quick=1"}, "option '--quick' takes no value"},
      {{"--json"}, "option '--json' needs a value"},
      {{"--events", "many"},
       "--events 'many' is no such number: give one from 1 to 100000000"},
      {{"--events", "0"},
       "--events '0' is no such number: give one from 1 to 100000000"},
      {{"--repeat", "1001"},
       "--repeat '1001' is no such number: give one from 1 to 1000"},
      {{"--repeat", "-1"},
       "--repeat '-1' is no such number: give one from 1 to 1000"},
  };

  for (const auto &one : cases) {
    const Parsed parsed = Parse(one.arguments);

    EXPECT_EQ(parsed.result, -EINVAL) << one.problem;
    EXPECT_EQ(parsed.problem, one.problem);
  }
}

}  // namespace
}  // namespace rn
