// What a match may cost, whatever the path: it is counted, not measured.

#include <string>

#include "gtest/gtest.h"
#include "test/batch/c11.h"

extern "C" {
#include "lib/filter/pattern.h"
}

namespace rn {
namespace {

class Pattern {
 public:
  explicit Pattern(const std::string &text, unsigned flags = 0) {
    const rn_rule rule = {text.c_str(), RN_RULE_EXCLUDE, RN_RULE_REGEX, flags};
    EXPECT_EQ(rn_pattern_init(&pattern_, &rule, nullptr, 0), 0) << text;
    EXPECT_EQ(rn_match_space_init(&space_), 0);
    space_.steps = &steps_;
  }
  ~Pattern() {
    rn_pattern_fini(&pattern_);
    rn_match_space_fini(&space_);
  }
  Pattern(const Pattern &) = delete;
  Pattern &operator=(const Pattern &) = delete;

  rn_match Match(const std::string &path) {
    steps_ = 0;
    const rn_subject subject = {path.c_str(),
                                path.c_str() + path.rfind('/') + 1};
    return rn_pattern_match(&pattern_, &space_, &subject);
  }
  // Of the last match.
  size_t steps() const { return steps_; }
  bool counts() const { return pattern_.counts; }

 private:
  rn_pattern pattern_;
  rn_match_space space_;
  size_t steps_ = 0;
};

// A path of directories of this name, of some 15 KiB, and a file.
std::string LongPath(const std::string &directory, const std::string &file) {
  std::string path;
  while (path.size() < 15000) path += "/" + directory;
  return path + "/" + file;
}

// Beyond so many it is undecided; the last one may count for more.
size_t StepsMax(const std::string &path) {
  return 20000 + 4 * path.size() + path.size() / 32 + 1;
}

const char *const kHow[] = {"", "(*NO_JIT)"};

// None of these nests repeats, each is quick from one place: there are 2500.
TEST(Pattern, IsBoundOverAllPlaces) {
  const std::string path = LongPath("build", "file.c.o.d");
  for (const char *how : kHow) {
    for (const char *text :
         {"(build|out)/(.*/)?[^/]*[.]o$", "build/.*[.]o$", "build/.*[.]o[^.]",
          "build/[^+]*[+]", "build/[^+]{10000,}[+]", "(build).*\\1[+]",
          "(?<n>b.*)(?P=n)[+]"}) {
      Pattern pattern(std::string(how) + text);
      const rn_match match = pattern.Match(path);
      EXPECT_NE(match, RN_MATCH_YES) << how << text;
      EXPECT_LE(pattern.steps(), StepsMax(path)) << how << text;
      EXPECT_EQ(match == RN_MATCH_UNDECIDED,
                pattern.steps() > 20000 + 4 * path.size())
          << how << text;
    }
  }
}

TEST(Pattern, IsUndecidedBeyondTheBound) {
  const std::string path = LongPath("build", "file.c.o.d");
  for (const char *how : kHow) {
    EXPECT_EQ(
        Pattern(how + std::string("(build|out)/(.*/)?[^/]*[.]o$")).Match(path),
        RN_MATCH_UNDECIDED);
    EXPECT_EQ(Pattern(how + std::string("(a+)+$"))
                  .Match("/d/" + std::string(40, 'a') + "!"),
              RN_MATCH_UNDECIDED);
  }
}

// What people write is decided on such paths, too.
TEST(Pattern, DecidesWhatIsOrdinaryOnALongPath) {
  const std::string path = LongPath("build", "file.o");
  for (const char *how : kHow) {
    for (const char *text :
         {"[.]o$", "build/.*[.]o$", "^/build/", "(^|/)build(/|$)",
          "[^/]*[.](o|obj)$", "(build|out)/(.*/)?[^/]*[.]o$"})
      EXPECT_EQ(Pattern(how + std::string(text)).Match(path), RN_MATCH_YES)
          << how << text;
    for (const char *text : {"[.]obj$", "^/out/", "(^|/)node_modules(/|$)",
                             "(^|/)[.]git/", "~$", "\\.(tmp|swp)$"})
      EXPECT_EQ(Pattern(how + std::string(text)).Match(path), RN_MATCH_NO)
          << how << text;
  }
}

// With the counting it has no room: then each place has its share.
TEST(Pattern, IsBoundWhereItIsTooLargeToBeCounted) {
  std::string names = "/(";
  for (int i = 0; names.size() < 16000; i++)
    names += "name" + std::to_string(i) + "|";
  const std::string tail = "last)/(a+)+$";
  Pattern large(names + tail);

  EXPECT_FALSE(large.counts());
  EXPECT_EQ(large.Match("/d/name7/aaa"), RN_MATCH_YES);
  EXPECT_EQ(large.Match("/d/name7/aab"), RN_MATCH_NO);
  EXPECT_EQ(large.Match("/d/name7/" + std::string(40, 'a') + "!"),
            RN_MATCH_UNDECIDED);
}

// The steps of both count.
TEST(Pattern, IsBoundWhereMachineCodeHasNoRoom) {
  const std::string path = "/" + std::string(14000, 'a') + "c";
  Pattern pattern("/(?:a|x(?=y))+b$");

  EXPECT_NE(pattern.Match(path), RN_MATCH_YES);
  EXPECT_LE(pattern.steps(), StepsMax(path));
}

}  // namespace
}  // namespace rn
