// Rules, predicates and types: what of a watch is wanted.

#include <errno.h>
#include <sys/inotify.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/batch/memory.h"

extern "C" {
#include "lib/filter/filter.h"
}

namespace rn {
namespace {

using Rules = std::vector<rn_rule>;

rn_rule Glob(const char *pattern, unsigned flags = 0,
             rn_rule_action action = RN_RULE_EXCLUDE) {
  return {pattern, action, RN_RULE_GLOB, flags};
}

rn_rule Regex(const char *pattern, unsigned flags = 0,
              rn_rule_action action = RN_RULE_EXCLUDE) {
  return {pattern, action, RN_RULE_REGEX, flags};
}

// With a value in a field that C++ does not allow there.
rn_rule With(rn_rule rule, size_t offset, int value) {
  std::memcpy(reinterpret_cast<char *>(&rule) + offset, &value, sizeof(value));
  return rule;
}

rn_watch_options Options(const Rules &rules) {
  rn_watch_options options{};
  options.size = sizeof(options);
  options.rules = rules.data();
  options.rule_count = rules.size();
  return options;
}

class Filter {
 public:
  explicit Filter(const rn_watch_options &options) {
    EXPECT_EQ(rn_filter_init(&filter_, &options), 0);
    rn_filter_count(&filter_, &undecided_);
  }
  explicit Filter(const Rules &rules) : Filter(Options(rules)) {}
  ~Filter() { rn_filter_fini(&filter_); }
  Filter(const Filter &) = delete;
  Filter &operator=(const Filter &) = delete;

  bool Tells(const std::string &path, bool is_dir = false) const {
    return rn_filter_tells(&filter_, path.c_str(), Name(path), is_dir);
  }
  bool Watches(const std::string &path) const {
    return rn_filter_watches(&filter_, path.c_str(), Name(path));
  }
  const rn_filter *get() const { return &filter_; }
  uint64_t undecided() const { return undecided_; }

 private:
  static const char *Name(const std::string &path) {
    return path.c_str() + path.rfind('/') + 1;
  }

  rn_filter filter_;
  uint64_t undecided_ = 0;
};

// What rn_rules_check() says; "" for rules that are right.
std::string Fault(const Rules &rules) {
  char text[1024];
  const int err =
      rn_rules_check(rules.data(), rules.size(), text, sizeof(text));
  EXPECT_EQ(err, text[0] == '\0' ? 0 : -EINVAL);
  rn_filter filter;
  const rn_watch_options options = Options(rules);
  EXPECT_EQ(rn_filter_init(&filter, &options), err);
  rn_filter_fini(&filter);
  return text;
}

// -- Patterns -----------------------------------------------------------------

TEST(Rules, MatchRegexes) {
  const struct {
    const char *pattern;
    unsigned flags;
    const char *path;
    bool matches;
  } rows[] = {
      // The whole path, anywhere in it.
      {"b", 0, "/a/b/c", true},
      {"[.]o$", 0, "/d/x.o", true},
      {"[.]o$", 0, "/d/x.o/y", false},
      {"^/d/", 0, "/d/x", true},
      {"^x", 0, "/d/x", false},
      {"", 0, "/d/x", true},
      // The last name.
      {"^x", RN_RULE_NAME, "/d/x", true},
      {"d", RN_RULE_NAME, "/d/x", false},
      // From the start, as re.match().
      {"/data", RN_RULE_START, "/data2", true},
      {"/data", RN_RULE_START, "/x/data", false},
      {"/data$", RN_RULE_START, "/data/x", false},
      {"a|/b", RN_RULE_START, "/b", true},
      // All of it, as re.fullmatch().
      {"/data", RN_RULE_FULL, "/data", true},
      {"/data", RN_RULE_FULL, "/data2", false},
      {"/a|/ab", RN_RULE_FULL, "/ab", true},
      {".*[.]o", RN_RULE_FULL, "/d/x.o", true},
      {"x|y", RN_RULE_NAME | RN_RULE_FULL, "/d/y", true},
      {"x|y", RN_RULE_NAME | RN_RULE_FULL, "/d/xy", false},
      // Letters of both cases.
      {"[.]TMP$", 0, "/d/x.tmp", false},
      {"[.]TMP$", RN_RULE_CASELESS, "/d/x.tmp", true},
      // What globs cannot say.
      {"^(?!.*[.]c$)", RN_RULE_NAME, "/d/x.h", true},
      {"^(?!.*[.]c$)", RN_RULE_NAME, "/d/x.c", false},
      {"(.)\\1", RN_RULE_NAME, "/d/aab", true},
      // Bytes, of any encoding and none.
      {"^.$", RN_RULE_NAME, "/d/\xe4", true},
      {"^..$", RN_RULE_NAME, "/d/\xc3\xa4", true},
      {"\\xff", 0, "/d/\xff", true},
      {"\xe4", RN_RULE_CASELESS, "/d/\xc4", false},
      // As in Python, '.' stands for all but a line's end.
      {"^a.b$", RN_RULE_NAME, "/d/a\nb", false},
      {"(?s)^a.b$", RN_RULE_NAME, "/d/a\nb", true},
      {"^a.b$", RN_RULE_NAME, "/d/a\rb", true},
  };
  for (const auto &row : rows) {
    const Filter filter({Regex(row.pattern, row.flags)});
    EXPECT_EQ(filter.Tells(row.path), !row.matches)
        << row.pattern << " on " << row.path;
    EXPECT_EQ(filter.Watches(row.path), !row.matches) << row.pattern;
    EXPECT_EQ(filter.undecided(), 0U);
  }
}

TEST(Rules, MatchGlobs) {
  const struct {
    const char *pattern;
    unsigned flags;
    const char *path;
    bool matches;
  } rows[] = {
      {"*.o", 0, "/d/x.o", true},
      {"d", 0, "/d/x", false},
      {"/d/*", 0, "/d/x/y", true},
      {"*.O", 0, "/d/x.o", false},
      {"*.O", RN_RULE_CASELESS, "/d/x.o", true},
  };
  for (const auto &row : rows)
    EXPECT_EQ(Filter({Glob(row.pattern, row.flags)}).Tells(row.path),
              !row.matches)
        << row.pattern << " on " << row.path;
}

// -- Order, scopes, types -----------------------------------------------------

TEST(Rules, AreAskedInTheirOrder) {
  const Filter filter({Glob("keep*", 0, RN_RULE_INCLUDE), Glob("*.tmp"),
                       Regex("^z", RN_RULE_NAME, RN_RULE_INCLUDE),
                       Glob("*", RN_RULE_FILES)});

  EXPECT_TRUE(filter.Tells("/d/keep.tmp"));
  EXPECT_FALSE(filter.Tells("/d/x.tmp"));
  EXPECT_FALSE(filter.Tells("/d/z.tmp"));
  EXPECT_TRUE(filter.Tells("/d/z"));
  EXPECT_FALSE(filter.Tells("/d/y"));
  EXPECT_TRUE(filter.Tells("/d/y", true));
}

TEST(Rules, LetPassWhatNoneMatches) {
  EXPECT_TRUE(Filter({Glob("a"), Regex("b$")}).Tells("/d/c"));
}

TEST(Rules, HaveScopes) {
  const Filter watching({Glob("d", RN_RULE_WATCHING)});
  EXPECT_FALSE(watching.Watches("/d"));
  EXPECT_TRUE(watching.Tells("/d", true));

  const Filter delivery({Glob("d", RN_RULE_DELIVERY)});
  EXPECT_TRUE(delivery.Watches("/d"));
  EXPECT_FALSE(delivery.Tells("/d", true));

  const Filter both({Glob("d", RN_RULE_WATCHING | RN_RULE_DELIVERY)});
  EXPECT_FALSE(both.Watches("/d"));
  EXPECT_FALSE(both.Tells("/d", true));
}

TEST(Rules, HaveTypes) {
  const Filter directories({Glob("d", RN_RULE_DIRECTORIES)});
  EXPECT_FALSE(directories.Watches("/d"));
  EXPECT_FALSE(directories.Tells("/d", true));
  EXPECT_TRUE(directories.Tells("/d", false));

  const Filter files({Glob("d", RN_RULE_FILES)});
  EXPECT_TRUE(files.Watches("/d"));
  EXPECT_TRUE(files.Tells("/d", true));
  EXPECT_FALSE(files.Tells("/d", false));
}

TEST(Rules, LookAtNoMoreThanTheyDecide) {
  EXPECT_FALSE(rn_filter_looks(Filter(Rules{}).get()));
  const Filter watching({Glob("d", RN_RULE_WATCHING)});
  EXPECT_TRUE(rn_filter_looks_for_watching(watching.get()));
  EXPECT_FALSE(rn_filter_looks_for_telling(watching.get()));
  const Filter files({Glob("d", RN_RULE_FILES)});
  EXPECT_FALSE(rn_filter_looks_for_watching(files.get()));
  EXPECT_TRUE(rn_filter_looks_for_telling(files.get()));
}

TEST(Rules, StandBesideTheGlobs) {
  const Rules rules = {Glob("x.c", 0, RN_RULE_INCLUDE), Regex("x")};
  const char *exclude[] = {"x.c", nullptr};
  const char *include[] = {"*.c", nullptr};
  rn_watch_options options = Options(rules);
  options.exclude = exclude;
  const Filter excluding(options);
  EXPECT_FALSE(excluding.Tells("/d/x.c"));
  EXPECT_FALSE(excluding.Tells("/d/x.h"));
  EXPECT_TRUE(excluding.Tells("/d/y.h"));

  options.exclude = nullptr;
  options.include = include;
  const Filter including(options);
  EXPECT_TRUE(including.Tells("/d/x.c"));
  EXPECT_FALSE(including.Tells("/d/y.h"));
}

TEST(Rules, AreCopied) {
  std::string pattern = "a", glob = "b";
  Rules rules = {Regex(pattern.c_str()), Glob(glob.c_str())};
  const Filter filter(rules);

  pattern[0] = glob[0] = 'x';
  rules.clear();

  EXPECT_FALSE(filter.Tells("/a"));
  EXPECT_FALSE(filter.Tells("/b"));
  EXPECT_TRUE(filter.Tells("/x"));
}

// -- Predicates ---------------------------------------------------------------

struct Asked {
  std::vector<std::string> paths;
  std::string excluded;
};

bool Ask(const char *path, bool is_dir, void *context) {
  auto *asked = static_cast<Asked *>(context);
  asked->paths.push_back(std::string(path) + (is_dir ? "/" : ""));
  return path == asked->excluded;
}

rn_watch_options Asking(Asked *asked, unsigned flags = 0) {
  rn_watch_options options = Options({});
  options.exclude_filter = Ask;
  options.exclude_context = asked;
  options.exclude_flags = flags;
  return options;
}

TEST(Predicate, ExcludesWhatItIsTrueFor) {
  Asked asked{{}, "/d/x"};
  const Filter filter(Asking(&asked));

  EXPECT_FALSE(filter.Watches("/d/x"));
  EXPECT_FALSE(filter.Tells("/d/x"));
  EXPECT_TRUE(filter.Tells("/d/y", true));

  EXPECT_EQ(asked.paths, (std::vector<std::string>{"/d/x/", "/d/x", "/d/y/"}));
}

TEST(Predicate, IsAskedOnlyAboutWhatItDecides) {
  const struct {
    unsigned flags;
    std::vector<std::string> paths;
  } rows[] = {
      {RN_RULE_WATCHING, {"/w/"}},
      {RN_RULE_DELIVERY, {"/t/", "/f"}},
      {RN_RULE_DIRECTORIES, {"/w/", "/t/"}},
      {RN_RULE_DELIVERY | RN_RULE_FILES, {"/f"}},
  };
  for (const auto &row : rows) {
    Asked asked;
    const Filter filter(Asking(&asked, row.flags));
    EXPECT_TRUE(filter.Watches("/w"));
    EXPECT_TRUE(filter.Tells("/t", true));
    EXPECT_TRUE(filter.Tells("/f"));
    EXPECT_EQ(asked.paths, row.paths) << row.flags;
  }
}

TEST(Predicate, IsNotAskedAboutWhatARuleExcludes) {
  Asked asked;
  rn_watch_options options = Asking(&asked);
  const rn_rule rule = Glob("x");
  options.rules = &rule;
  options.rule_count = 1;
  const Filter filter(options);

  EXPECT_FALSE(filter.Tells("/x"));
  EXPECT_TRUE(filter.Tells("/y"));

  EXPECT_EQ(asked.paths, std::vector<std::string>{"/y"});
}

// -- Types --------------------------------------------------------------------

TEST(Types, AreFilteredByFlags) {
  rn_watch_options options = Options({});
  options.flags = RN_WATCH_FILES_ONLY;
  const Filter files(options);
  EXPECT_TRUE(rn_filter_looks(files.get()));
  EXPECT_TRUE(rn_filter_wants_type(files.get(), false));
  EXPECT_FALSE(rn_filter_wants_type(files.get(), true));
  EXPECT_FALSE(rn_filter_looks_for_watching(files.get()));

  options.flags = RN_WATCH_DIRECTORIES_ONLY;
  const Filter directories(options);
  EXPECT_TRUE(rn_filter_looks(directories.get()));
  EXPECT_FALSE(rn_filter_wants_type(directories.get(), false));
  EXPECT_TRUE(rn_filter_wants_type(directories.get(), true));
}

// -- Faults -------------------------------------------------------------------

TEST(RulesCheck, NamesRulePatternPlaceAndReason) {
  EXPECT_EQ(Fault({Glob("a"), Regex("a(b")}),
            "rule 2 of 2: regex \"a(b\" fails at byte 3: missing closing "
            "parenthesis; put \\ before a character that stands for itself, "
            "see pcre2syntax(3)");
}

TEST(RulesCheck, FindsNoFaultInWhatIsRight) {
  EXPECT_EQ(Fault({}), "");
  EXPECT_EQ(Fault({Glob("a", RN_RULE_CASELESS), Regex("b", RN_RULE_FULL),
                   Regex("", RN_RULE_NAME | RN_RULE_START, RN_RULE_INCLUDE),
                   Glob("*", RN_RULE_DIRECTORIES)}),
            "");
}

TEST(RulesCheck, RefusesWhatIsNone) {
  const struct {
    rn_rule rule;
    const char *reason;
  } rows[] = {
      {Glob(nullptr), "pattern is NULL"},
      {With(Glob("a"), offsetof(rn_rule, action), 2), "action is none"},
      {With(Glob("a"), offsetof(rn_rule, kind), -1), "kind is none"},
      {Glob("a", 1U << 8), "none of RN_RULE_*"},
      {Glob("a", RN_RULE_NAME), "are for regexes"},
      {Glob("a", RN_RULE_START), "are for regexes"},
      {Glob("a", RN_RULE_FULL), "are for regexes"},
      {Glob("a", RN_RULE_WATCHING | RN_RULE_FILES), "only directories"},
      {Glob("a", 0, RN_RULE_INCLUDE), "without an exclusion behind it"},
      {Regex("*a"), "byte 0"},
      {Regex("[a"), "byte 2"},
      {Regex("(*UTF)a"), "UTF is disabled"},
      {Regex("(*UCP)a"), "UCP is disabled"},
  };
  for (const auto &row : rows) {
    const std::string fault = Fault({Glob("x"), row.rule});
    EXPECT_NE(fault.find(row.reason), std::string::npos) << fault;
    EXPECT_EQ(fault.find("rule 2 of 2: "), 0U) << fault;
  }
}

TEST(RulesCheck, BoundsPatternsAndTheirNumber) {
  const std::string longest(16383, 'a'), longer(16384, 'a');
  EXPECT_EQ(Fault({Glob(longest.c_str()), Regex(longest.c_str())}), "");
  EXPECT_NE(Fault({Regex(longer.c_str())}).find("longer than 16383 bytes"),
            std::string::npos);

  EXPECT_EQ(Fault(Rules(4096, Glob("a"))), "");
  EXPECT_NE(Fault(Rules(4097, Glob("a"))).find("more than 4096"),
            std::string::npos);
  EXPECT_EQ(rn_rules_check(nullptr, 1, nullptr, 0), -EINVAL);
}

TEST(RulesCheck, CutsTheText) {
  const rn_rule rule = Regex("(");
  char text[8] = "xxxxxxx";
  EXPECT_EQ(rn_rules_check(&rule, 1, text, 6), -EINVAL);
  EXPECT_STREQ(text, "rule ");
  EXPECT_EQ(rn_rules_check(&rule, 1, nullptr, 0), -EINVAL);
}

// -- Limits -------------------------------------------------------------------

// The reader waits for a match: it ends, and hides nothing.
TEST(Rules, GiveUpAPatternThatTakesTooLong) {
  const std::string path = "/d/" + std::string(200, 'a') + "!";
  for (const char *pattern :
       {"(a+)+$", "(a|a)*[bc]", "(*NO_JIT)(a+)+$", "^/d/(a*)*(a*)*[bc]"}) {
    const Filter filter({Regex(pattern), Glob("*")});
    EXPECT_TRUE(filter.Tells(path)) << pattern;
    EXPECT_EQ(filter.undecided(), 1U) << pattern;
    EXPECT_FALSE(filter.Tells("/d/b!")) << pattern;
    EXPECT_EQ(filter.undecided(), 1U) << pattern;
  }
}

// Machine code has little room for what it has to come back to.
TEST(Rules, MatchWhereMachineCodeHasNoRoom) {
  const std::string path = "/" + std::string(3000, 'a') + "b";
  const Filter filter({Regex("^/(?:a|x(?=y))+b$")});

  EXPECT_FALSE(filter.Tells(path));
  EXPECT_EQ(filter.undecided(), 0U);
}

// -- Memory -------------------------------------------------------------------

TEST(Rules, SayThatThereIsNoMemory) {
  const Rules rules = {Regex("a.*b"), Glob("c"), Regex("(x|y)")};
  const rn_watch_options options = Options(rules);
  const int64_t before = LiveBlocks();
  int failed = 0;
  for (int blocks = 0; blocks < 100; blocks++) {
    rn_filter filter;
    int err;
    {
      const MemoryEnd end(blocks);
      err = rn_filter_init(&filter, &options);
    }
    rn_filter_fini(&filter);
    EXPECT_EQ(LiveBlocks(), before) << blocks;
    if (err == 0) break;
    EXPECT_EQ(err, -ENOMEM) << blocks;
    failed++;
  }
  EXPECT_GT(failed, 8);
  EXPECT_LT(failed, 100);
}

TEST(RulesCheck, SaysThatThereIsNoMemory) {
  const rn_rule rule = Regex("a");
  const MemoryEnd end(0);
  EXPECT_EQ(rn_rules_check(&rule, 1, nullptr, 0), -ENOMEM);
}

// Matching takes none; without machine code no more after the first time.
TEST(Rules, TakeNoMemoryToMatch) {
  for (const char *pattern : {"(a|b)*c$", "(*NO_JIT)(a|b)*c$"}) {
    const Filter filter({Regex(pattern)});
    EXPECT_FALSE(filter.Tells("/d/abababababababababc"));

    const MemoryEnd end(0);
    EXPECT_FALSE(filter.Tells("/d/babababababababababc"));
    EXPECT_TRUE(filter.Tells("/d/babababababababababd"));
    EXPECT_EQ(filter.undecided(), 0U);
  }
}

}  // namespace
}  // namespace rn
