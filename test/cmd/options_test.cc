// The command line of `ringnotify watch`, by tables.

#include "cmd/ringnotify/options.h"

#include <errno.h>
#include <sys/inotify.h>

#include <string>
#include <vector>

#include "cmd/ringnotify/watch_help.h"
#include "gtest/gtest.h"

namespace rn {
namespace {

struct Parsed {
  int result;
  watch_options options;
  std::string problem;
  std::vector<std::string> paths;
  std::vector<std::string> exclude;
  std::vector<std::string> include;
  std::string output;
  std::string errors;
  std::string pid_file;
};

std::string StringOf(const char *string) {
  return string == nullptr ? "" : string;
}

std::vector<std::string> ListOf(const char **globs) {
  std::vector<std::string> list;
  for (; globs != nullptr && *globs != nullptr; globs++) list.push_back(*globs);
  return list;
}

Parsed Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "watch");
  std::vector<char *> argv;
  for (std::string &argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  Parsed parsed = {};
  text problem = {};
  parsed.result = watch_options_parse(static_cast<int>(arguments.size()),
                                      argv.data(), &parsed.options, &problem);
  for (size_t i = 0; i < parsed.options.path_count; i++)
    parsed.paths.push_back(parsed.options.paths[i]);
  parsed.exclude = ListOf(parsed.options.exclude);
  parsed.include = ListOf(parsed.options.include);
  parsed.output = StringOf(parsed.options.output);
  parsed.errors = StringOf(parsed.options.errors);
  parsed.pid_file = StringOf(parsed.options.pid_file);
  watch_options owned = parsed.options; /* its plain values stay to be read */
  watch_options_fini(&owned);
  parsed.problem.assign(problem.size > 0 ? problem.data : "", problem.size);
  text_fini(&problem);
  return parsed;
}

using Strings = std::vector<std::string>;

TEST(Options, WatchesChangesByDefault) {
  const Parsed parsed = Parse({"dir"});

  ASSERT_EQ(parsed.result, 0) << parsed.problem;
  constexpr uint32_t changes = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE |
                               IN_MOVE | IN_CREATE | IN_DELETE |
                               IN_DELETE_SELF | IN_MOVE_SELF;
  EXPECT_EQ(parsed.options.mask, changes);
  EXPECT_FALSE(parsed.options.recursive);
  EXPECT_FALSE(parsed.options.recover);
  EXPECT_FALSE(parsed.options.persist);
  EXPECT_FALSE(parsed.options.daemon);
  EXPECT_EQ(parsed.options.output, nullptr);
  EXPECT_EQ(parsed.options.errors, nullptr);
  EXPECT_EQ(parsed.options.pid_file, nullptr);
  EXPECT_EQ(parsed.options.exclude, nullptr);
  EXPECT_EQ(parsed.options.include, nullptr);
  EXPECT_FALSE(parsed.options.json);
  EXPECT_FALSE(parsed.options.null_separated);
  EXPECT_FALSE(parsed.options.fail_on_loss);
  EXPECT_FALSE(parsed.options.help);
  EXPECT_EQ(parsed.options.timeout_ns, 0U);
  EXPECT_EQ(parsed.paths, Strings({"dir"}));
}

TEST(Options, ReadsShortLongAndAbbreviatedOnes) {
  for (const Strings &arguments :
       {Strings{"-r", "--json", "--fail-on-loss", "a", "b"},
        Strings{"a", "--recursive", "b", "--js", "--fail"},
        Strings{"--recu", "--json", "a", "--fail-on-loss", "b"}}) {
    const Parsed parsed = Parse(arguments);

    ASSERT_EQ(parsed.result, 0) << parsed.problem;
    EXPECT_TRUE(parsed.options.recursive);
    EXPECT_TRUE(parsed.options.json);
    EXPECT_TRUE(parsed.options.fail_on_loss);
    EXPECT_EQ(parsed.paths, Strings({"a", "b"}));
  }
}

TEST(Options, ReadsRecover) {
  const Parsed parsed = Parse({"-r", "--recover", "a"});

  ASSERT_EQ(parsed.result, 0) << parsed.problem;
  EXPECT_TRUE(parsed.options.recover);
  EXPECT_TRUE(parsed.options.recursive);
}

TEST(Options, ReadsPersist) {
  const Parsed parsed = Parse({"--persist", "a"});

  ASSERT_EQ(parsed.result, 0) << parsed.problem;
  EXPECT_TRUE(parsed.options.persist);
}

TEST(Options, ReadsFiles) {
  const Parsed parsed = Parse({"--daemon", "--output=a/b", "--errors", "c",
                               "--pid-file", "/d", "--output", "-", "p"});

  ASSERT_EQ(parsed.result, 0) << parsed.problem;
  EXPECT_TRUE(parsed.options.daemon);
  EXPECT_EQ(parsed.output, "-");
  EXPECT_EQ(parsed.errors, "c");
  EXPECT_EQ(parsed.pid_file, "/d");
}

TEST(Options, CollectsGlobs) {
  const Parsed parsed =
      Parse({"--exclude", "*.o", "--include=*.c", "a", "--exclude", ".git",
             "--include", "*.h", "--exclude", "-x"});

  ASSERT_EQ(parsed.result, 0) << parsed.problem;
  EXPECT_EQ(parsed.exclude, Strings({"*.o", ".git", "-x"}));
  EXPECT_EQ(parsed.include, Strings({"*.c", "*.h"}));
  EXPECT_EQ(parsed.paths, Strings({"a"}));
}

TEST(Options, ReadsBundles) {
  const Parsed parsed = Parse({"-r0e", "create", "a"});

  ASSERT_EQ(parsed.result, 0) << parsed.problem;
  EXPECT_TRUE(parsed.options.recursive);
  EXPECT_TRUE(parsed.options.null_separated);
  EXPECT_EQ(parsed.options.mask, static_cast<uint32_t>(IN_CREATE));
}

TEST(Options, TakesAllBehindTwoDashesAsPaths) {
  const Parsed parsed = Parse({"--", "-r", "--json"});

  ASSERT_EQ(parsed.result, 0) << parsed.problem;
  EXPECT_FALSE(parsed.options.recursive);
  EXPECT_EQ(parsed.paths, Strings({"-r", "--json"}));
}

TEST(Options, ShowsHelpWhateverComesBehind) {
  for (const char *help : {"-h", "--help"}) {
    const Parsed parsed = Parse({help, "--bogus"});

    ASSERT_EQ(parsed.result, 0);
    EXPECT_TRUE(parsed.options.help);
  }
}

TEST(Options, JoinsEventsOfSeveralLists) {
  const struct {
    Strings arguments;
    uint32_t mask;
  } cases[] = {
      {{"-e", "create"}, IN_CREATE},
      {{"-e", "CREATE,In_Delete"}, IN_CREATE | IN_DELETE},
      {{"-e", "create", "-e", "move"}, IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO},
      {{"--events=close"}, IN_CLOSE_WRITE | IN_CLOSE_NOWRITE},
      {{"--event", "all_events"}, IN_ALL_EVENTS},
      {{"-e", "open", "-e", "isdir"}, IN_OPEN | IN_ISDIR},
      {{"-ecreate,ignored,unmount,q_overflow"},
       IN_CREATE | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW},
      {{"-e", "0x100"}, IN_CREATE},
  };

  for (const auto &one : cases) {
    Strings arguments = one.arguments;
    arguments.push_back("path");
    const Parsed parsed = Parse(arguments);

    ASSERT_EQ(parsed.result, 0) << parsed.problem;
    EXPECT_EQ(parsed.options.mask, one.mask) << one.arguments.back();
  }
}

TEST(Options, ReadsATimeInSeconds) {
  const struct {
    const char *text;
    uint64_t ns;
  } cases[] = {
      {"2", 2000000000}, {"0.5", 500000000},           {"1e-3", 1000000},
      {"1e-12", 1},      {"1e9", 1000000000000000000},
  };

  for (const auto &one : cases) {
    const Parsed parsed = Parse({"--timeout", one.text, "path"});

    ASSERT_EQ(parsed.result, 0) << parsed.problem;
    EXPECT_EQ(parsed.options.timeout_ns, one.ns) << one.text;
  }
}

TEST(Options, NamesWhatIsWrongAndTheRemedy) {
  const char *const all =
      "there are access, modify, attrib, close_write, close_nowrite, open, "
      "moved_from, moved_to, create, delete, delete_self, move_self, close, "
      "move, all_events";
  const struct {
    Strings arguments;
    std::string problem;
  } cases[] = {
      {{}, "nothing to watch: name a PATH, '.' for this directory"},
      {{"-r"}, "nothing to watch: name a PATH, '.' for this directory"},
      {{"p", "--jsn"}, "unknown option '--jsn'; did you mean '--json'?"},
      {{"p", "--evnets=x"},
       "unknown option '--evnets'; did you mean '--events'?"},
      {{"p", "--bogus"},
       "unknown option '--bogus'; see 'ringnotify watch --help'"},
      {{"--rec", "p"}, "unknown option '--rec'; did you mean '--recursive'?"},
      {{"--inc-lude", "p"},
       "unknown option '--inc-lude'; did you mean '--include'?"},
      {{"-R", "p"}, "unknown option '-R'; did you mean '-r'?"},
      {{"-E", "create", "p"}, "unknown option '-E'; did you mean '-e'?"},
      {{"-x", "p"}, "unknown option '-x'; see 'ringnotify watch --help'"},
      {{"-rx", "p"}, "unknown option '-x'; see 'ringnotify watch --help'"},
      {{"--json=1", "p"}, "option '--json' takes no value"},
      {{"--recursive=1", "p"}, "option '--recursive' takes no value"},
      {{"p", "-e"}, "option '-e' needs a value"},
      {{"p", "--timeout"}, "option '--timeout' needs a value"},
      {{"p", "--json", "-0"},
       "--json and -0 exclude each other; choose one of them"},
      {{"p", "--persist", "--recover"},
       "--persist and --recover exclude each other; choose one of them"},
      {{"p", "--daemon"},
       "--daemon needs --output FILE: in the background there is no stdout to "
       "write to"},
      {{"p", "--daemon=1"}, "option '--daemon' takes no value"},
      {{"p", "--output"}, "option '--output' needs a value"},
      {{"p", "--deamon"},
       "unknown option '--deamon'; did you mean '--daemon'?"},
      {{"p", "--pidfile", "a"},
       "unknown option '--pidfile'; did you mean '--pid-file'?"},
      {{"p", "--ouptut", "a"},
       "unknown option '--ouptut'; did you mean '--output'?"},
      {{"p", "--error5", "a"},
       "unknown option '--error5'; did you mean '--errors'?"},
      {{"p", "--exclude"}, "option '--exclude' needs a value"},
      {{"p", "--exclude", ""},
       "option '--exclude' has the empty value ''; give a GLOB, as '*.o'"},
      {{"p", "--incl="},
       "option '--include' has the empty value ''; give a GLOB, as '*.o'"},
      {{"p", "--exclude", "build/"},
       "the GLOB 'build/' matches nothing, for no path ends with '/'; give "
       "'build'"},
      {{"p", "--output", ""},
       "option '--output' has the empty value ''; give the path of a file"},
      {{"p", "--errors="},
       "option '--errors' has the empty value ''; give the path of a file"},
      {{"p", "--pid-file", ""},
       "option '--pid-file' has the empty value ''; give the path of a file"},
      {{"p", "--exclud3=a"},
       "unknown option '--exclud3'; did you mean '--exclude'?"},
      {{"p", "--inlcude", "a"},
       "unknown option '--inlcude'; did you mean '--include'?"},
      {{"p", "--presist"},
       "unknown option '--presist'; did you mean '--persist'?"},
      {{"p", "--exclude", "x", "--bogus"},
       "unknown option '--bogus'; see 'ringnotify watch --help'"},
      {{"-e", "creat", "p"}, "unknown event 'creat'; did you mean 'create'?"},
      {{"-e", "create,IN_MODFY", "p"},
       "unknown event 'IN_MODFY'; did you mean 'modify'?"},
      {{"-e", "modify, al_events |open", "p"},
       "unknown event 'al_events'; did you mean 'all_events'?"},
      {{"-e", "rename", "p"}, std::string("unknown event 'rename'; ") + all},
      {{"-e", "-r", "p"}, std::string("unknown event '-r'; ") + all},
      {{"-e", "create,", "p"}, "an event name is missing in 'create,'"},
      {{"-e", "", "p"}, "an event name is missing in ''"},
      {{"-e", ",create", "p"}, "an event name is missing in ',create'"},
      {{"-e", "create,onlydir", "p"},
       "'IN_ONLYDIR' in 'create,onlydir' is not an event"},
      {{"-e", "0", "p"}, "'0' names no event"},
  };

  for (const auto &one : cases) {
    const Parsed parsed = Parse(one.arguments);

    EXPECT_EQ(parsed.result, -EINVAL) << one.problem;
    EXPECT_EQ(parsed.problem, one.problem);
  }
}

TEST(Options, WantsAnEventThatCanBeWatchedFor) {
  for (const char *list : {"isdir", "ignored", "q_overflow,unmount"}) {
    const Parsed parsed = Parse({"-e", list, "path"});

    EXPECT_EQ(parsed.result, -EINVAL) << list;
    EXPECT_EQ(parsed.problem.find("these events come unasked"), 0U)
        << parsed.problem;
  }
}

TEST(Options, RefusesWhatIsNoTime) {
  for (const char *text : {"0", "-1", "", "x", "1x", "nan", "inf", "1e10"}) {
    const Parsed parsed = Parse({"--timeout", text, "path"});

    EXPECT_EQ(parsed.result, -EINVAL) << text;
    EXPECT_EQ(parsed.problem, std::string("'") + text +
                                  "' is not a time: give seconds above 0, as "
                                  "2 or 0.5");
  }
}

TEST(Options, AreAllOnTheHelpPage) {
  const std::string page = watch_help;

  for (const char *option :
       {"-r, --recursive", "-e, --events LIST", "--exclude GLOB",
        "--include GLOB", "--persist", "--json", "-0, --print0", "--recover",
        "--output FILE", "--errors FILE", "--daemon", "--pid-file FILE",
        "--timeout SECONDS", "--fail-on-loss", "-h, --help"})
    EXPECT_NE(page.find(option), std::string::npos) << option;
}

TEST(Options, HaveAHelpPageOf80Columns) {
  const std::string page = watch_help;

  for (size_t start = 0; start < page.size();) {
    const size_t end = page.find('\n', start);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - start, 80U) << page.substr(start, end - start);
    start = end + 1;
  }
}

}  // namespace
}  // namespace rn
