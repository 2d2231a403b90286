// The command without a subcommand: help, version, wrong usage.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/cmd/command.h"

namespace rn {
namespace {

TEST(Main, ShowsHelpOnStdout) {
  for (const char *option : {"--help", "-h"}) {
    Command command({option});

    const std::string page = command.Rest();

    EXPECT_EQ(page.find("Usage: ringnotify COMMAND"), 0U);
    EXPECT_NE(page.find("\n  watch "), std::string::npos);
    EXPECT_EQ(command.Exit(), 0);
    EXPECT_EQ(command.Errors(), "");
  }
}

TEST(Main, ShowsItsVersion) {
  for (const char *option : {"--version", "-V"}) {
    Command command({option});

    EXPECT_EQ(command.Rest(), "ringnotify 0.1.0\n");
    EXPECT_EQ(command.Exit(), 0);
  }
}

TEST(Main, ShowsTheHelpOfWatch) {
  Command command({"watch", "--help"});

  EXPECT_EQ(command.Rest().find("Usage: ringnotify watch"), 0U);
  EXPECT_EQ(command.Exit(), 0);
}

TEST(Main, HasHelpAsACommand) {
  Command all({"help"}), watch({"help", "watch"}), bench({"help", "bench"});
  EXPECT_EQ(all.Rest().find("Usage: ringnotify COMMAND"), 0U);
  EXPECT_EQ(watch.Rest().find("Usage: ringnotify watch"), 0U);
  EXPECT_EQ(bench.Rest().find("Usage: "), 0U);
  for (Command *command : {&all, &watch, &bench}) EXPECT_EQ(command->Exit(), 0);
}

TEST(Main, EndsWith64OnWrongUsage) {
  const struct {
    std::vector<std::string> arguments;
    const char *errors;
  } cases[] = {
      {{}, "a command is missing; see 'ringnotify --help'"},
      {{"wacth"}, "unknown command 'wacth'; did you mean 'watch'?"},
      {{"help", "wacth"}, "unknown command 'wacth'; did you mean 'watch'?"},
      {{"bogus\n"}, "unknown command 'bogus\\n'; see 'ringnotify --help'"},
      {{"--hepl"}, "unknown option '--hepl'; did you mean '--help'?"},
      {{"-x"}, "unknown option '-x'; see 'ringnotify --help'"},
      {{"watch"}, "nothing to watch: name a PATH, '.' for this directory"},
      {{"watch", "--recusive", "."},
       "unknown option '--recusive'; did you mean '--recursive'?"},
      {{"watch", "-e", "creat", "."},
       "unknown event 'creat'; did you mean 'create'?"},
  };

  for (const auto &one : cases) {
    Command command(one.arguments);

    EXPECT_EQ(command.Rest(), "");
    EXPECT_EQ(command.Exit(), 64);
    EXPECT_EQ(command.Errors(),
              std::string("ringnotify: error: ") + one.errors + "\n");
  }
}

}  // namespace
}  // namespace rn
