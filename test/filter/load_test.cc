// Rules from files.

#include <errno.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "ringnotify/filter.h"
#include "test/batch/memory.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

class RulesRead : public testing::Test {
 protected:
  ~RulesRead() override { rn_rules_free(rules_); }

  int Read(const std::string &content) {
    dir_.Write("rules", content);
    return ReadFile("rules");
  }
  int ReadFile(const std::string &name) {
    return rn_rules_read(dir_.Path(name).c_str(), &form_, &rules_, text_,
                         sizeof(text_));
  }
  std::vector<std::string> Patterns() const {
    size_t count;
    const rn_rule *rules = rn_rules_get(rules_, &count);
    std::vector<std::string> patterns;
    for (size_t i = 0; i < count; i++) patterns.push_back(rules[i].pattern);
    return patterns;
  }
  // The text, without the directory.
  std::string Text() const {
    const std::string text = text_, dir = dir_.path() + "/";
    return text.rfind(dir, 0) == 0 ? text.substr(dir.size()) : text;
  }

  TempDir dir_;
  rn_rule form_ = {nullptr, RN_RULE_EXCLUDE, RN_RULE_REGEX, RN_RULE_START};
  rn_rules *rules_ = nullptr;
  char text_[1024] = "x";
};

using Strings = std::vector<std::string>;

TEST_F(RulesRead, TakesEachLineForAPattern) {
  ASSERT_EQ(Read("/a\n/b c\n"), 0);

  EXPECT_EQ(Patterns(), (Strings{"/a", "/b c"}));
  EXPECT_STREQ(text_, "");
}

TEST_F(RulesRead, StripsAndPassesOver) {
  ASSERT_EQ(Read("\n# comment\n  \t\n /a \t\r\n\t# another\n\v\f/b\n/c#d"), 0);

  EXPECT_EQ(Patterns(), (Strings{"/a", "/b", "/c#d"}));
}

TEST_F(RulesRead, MakesRulesOfTheForm) {
  form_ = {nullptr, RN_RULE_INCLUDE, RN_RULE_GLOB, RN_RULE_DELIVERY};
  ASSERT_EQ(Read("*.c\n"), 0);

  size_t count;
  const rn_rule *rules = rn_rules_get(rules_, &count);
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(rules->action, RN_RULE_INCLUDE);
  EXPECT_EQ(rules->kind, RN_RULE_GLOB);
  EXPECT_EQ(rules->flags, static_cast<unsigned>(RN_RULE_DELIVERY));
}

TEST_F(RulesRead, FindsNoRulesInAnEmptyFile) {
  ASSERT_EQ(Read(""), 0);

  size_t count = 1;
  EXPECT_EQ(rn_rules_get(rules_, &count), nullptr);
  EXPECT_EQ(count, 0U);
  count = 1;
  EXPECT_EQ(rn_rules_get(nullptr, &count), nullptr);
  EXPECT_EQ(count, 0U);
}

TEST_F(RulesRead, AddsToWhatWasRead) {
  ASSERT_EQ(Read("/a\n"), 0);
  std::string many;
  for (int i = 0; i < 100; i++) many += "/b\n";
  ASSERT_EQ(Read(many), 0);

  const Strings patterns = Patterns();
  ASSERT_EQ(patterns.size(), 101U);
  EXPECT_EQ(patterns.front(), "/a");
  EXPECT_EQ(patterns.back(), "/b");
}

TEST_F(RulesRead, NamesFileLineAndReasonAndKeepsWhatWasBefore) {
  ASSERT_EQ(Read("/a\n"), 0);

  EXPECT_EQ(Read("# one\n/b\n\n/c(\n/d\n"), -EINVAL);

  EXPECT_EQ(Text(),
            "rules: line 4: regex \"/c(\" fails at byte 3: missing closing "
            "parenthesis; put \\ before a character that stands for itself, "
            "see pcre2syntax(3)");
  EXPECT_EQ(Patterns(), (Strings{"/a", "/b"}));
}

TEST_F(RulesRead, RefusesAByteThatEndsStrings) {
  EXPECT_EQ(Read(std::string("/a\n/b\0c\n", 8)), -EINVAL);

  EXPECT_EQ(Text(), "rules: line 2: a NUL byte: this is no text file");
  EXPECT_EQ(Patterns(), Strings{"/a"});
}

TEST_F(RulesRead, RefusesAFormThatMakesNoRule) {
  form_ = {nullptr, RN_RULE_EXCLUDE, RN_RULE_GLOB, RN_RULE_FULL};

  EXPECT_EQ(Read(""), -EINVAL);

  EXPECT_EQ(Text().rfind("rules: flags has ", 0), 0U) << text_;
}

TEST_F(RulesRead, TellsWhyAFileCannotBeRead) {
  EXPECT_EQ(ReadFile("none"), -ENOENT);
  EXPECT_EQ(Text(), "none: cannot be read: No such file or directory");
  dir_.MkDir("d");
  EXPECT_EQ(ReadFile("d"), -EISDIR);
  EXPECT_EQ(Text(), "d: cannot be read: Is a directory");
  EXPECT_EQ(Patterns(), Strings{});
}

TEST_F(RulesRead, HasBounds) {
  const std::string comment(1024 * 1024, '#');
  EXPECT_EQ(Read(comment), 0);
  EXPECT_EQ(Read(comment + "#"), -EFBIG);
  EXPECT_EQ(Text(), "rules: cannot be read: File too large: more than 1 MiB");

  std::string many;
  for (int i = 0; i < 4097; i++) many += "/a\n";
  EXPECT_EQ(Read(many), -EINVAL);
  EXPECT_EQ(Text(),
            "rules: line 4097: more than 4096 rules: put some together");
  EXPECT_EQ(Patterns().size(), 4096U);
}

TEST_F(RulesRead, NeedsNoText) {
  dir_.Write("rules", "(\n");
  EXPECT_EQ(
      rn_rules_read(dir_.Path("rules").c_str(), &form_, &rules_, nullptr, 0),
      -EINVAL);
}

TEST_F(RulesRead, SaysThatThereIsNoMemory) {
  dir_.Write("rules", "/a\n/b\n");
  const std::string path = dir_.Path("rules");
  const int64_t before = LiveBlocks();
  int err = -ENOMEM;
  int blocks = 0;
  for (; err == -ENOMEM && blocks < 100; blocks++) {
    rn_rules *rules = nullptr;
    {
      const MemoryEnd end(blocks);
      err = rn_rules_read(path.c_str(), &form_, &rules, text_, sizeof(text_));
    }
    rn_rules_free(rules);
    EXPECT_EQ(LiveBlocks(), before) << blocks;
  }
  EXPECT_EQ(err, 0);
  EXPECT_GT(blocks, 6);
}

}  // namespace
}  // namespace rn
