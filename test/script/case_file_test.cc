// The parser of case files: what it reads, and what it says of mistakes.

#include "test/script/case_file.h"

#include "gtest/gtest.h"

namespace rn {
namespace {

TEST(CaseFile, TakesCommandsApart) {
  const CaseFile file = ParseCase(
      "c", "# Comment\n\n  watch -r -e CREATE,DELETE  -n a T\nOutput:\n");

  ASSERT_EQ(file.commands.size(), 1U);
  const ScriptCommand &command = file.commands[0];
  EXPECT_EQ(command.line, 3);
  EXPECT_EQ(command.name, "watch");
  EXPECT_TRUE(command.Has('r'));
  EXPECT_EQ(command.options.at('e'), "CREATE,DELETE");
  EXPECT_EQ(command.options.at('n'), "a");
  EXPECT_EQ(command.operands, std::vector<std::string>{"T"});
}

TEST(CaseFile, WordsMayHaveEscapes) {
  const CaseFile file =
      ParseCase("c", "mkdir a\\ b \\x0a\\xFF \\\\\nOutput:\n");

  EXPECT_EQ(file.commands[0].operands,
            (std::vector<std::string>{"a b", "\n\xff", "\\"}));
}

TEST(CaseFile, BlanksInTheOutputDoNotCount) {
  const CaseFile file =
      ParseCase("c", "ls T\nOutput:\n\n  CREATE   T/a\n# no\n\tDELETE T/a \n");

  EXPECT_EQ(file.output,
            (std::vector<std::string>{"CREATE T/a", "DELETE T/a"}));
  EXPECT_FALSE(file.any_order);
}

TEST(CaseFile, OrderMayBeOpen) {
  EXPECT_TRUE(ParseCase("c", "ls T\nOutput (any order):\n").any_order);
}

struct Mistake {
  const char *text;
  const char *message;
};

class CaseFileMistake : public testing::TestWithParam<Mistake> {};

TEST_P(CaseFileMistake, IsNamedWithFileAndLine) {
  try {
    ParseCase("c.txt", GetParam().text);
    FAIL() << "no mistake was found";
  } catch (const CaseError &error) {
    EXPECT_STREQ(error.what(), GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, CaseFileMistake,
    testing::Values(
        Mistake{"", "c.txt:1: there is no 'Output:'"},
        Mistake{"ls T\n", "c.txt:2: there is no 'Output:'"},
        Mistake{"Output:\n", "c.txt:2: there are no commands"},
        Mistake{"\nmkdri T\n", "c.txt:2: unknown command 'mkdri'"},
        Mistake{"mkdir -q T\n",
                "c.txt:1: unknown option '-q'; usage: mkdir [-p] DIR..."},
        Mistake{"mkdir -pp T\n",
                "c.txt:1: unknown option '-pp'; usage: mkdir [-p] DIR..."},
        Mistake{
            "watch -: T\n",
            "c.txt:1: unknown option '-:'; usage: watch [-r] [-m] [-e EVENTS] "
            "[-i GLOB] [-x GLOB] [-n NAME] PATH"},
        Mistake{"watch -r -r T\n", "c.txt:1: option '-r' is given twice"},
        Mistake{"watch -e\n", "c.txt:1: option '-e' wants a value"},
        Mistake{"mkdir\n", "c.txt:1: usage: mkdir [-p] DIR..."},
        Mistake{"mv a b c\n", "c.txt:1: usage: mv OLD NEW"},
        Mistake{"update T\n", "c.txt:1: usage: update -e EVENTS NAME"},
        Mistake{"watch -e OPEN,CREAT,MOVE T\n",
                "c.txt:1: unknown event 'CREAT'"},
        Mistake{"chmod 0789 T\n", "c.txt:1: '0789' is no octal mode"},
        Mistake{"mkdir a\\n\n",
                "c.txt:1: unknown escape '\\n'; known are '\\\\', '\\ ' and "
                "'\\xHH'"},
        Mistake{"mkdir a\\x00\n", "c.txt:1: '\\x00' cannot stand in a word"},
        Mistake{"mkdir a\\\n",
                "c.txt:1: unknown escape '\\'; known are '\\\\', '\\ ' and "
                "'\\xHH'"},
        Mistake{"ls T\nOutput\n",
                "c.txt:2: 'Output:' or 'Output (any order):' is wanted here"},
        Mistake{"ls T\nOutput:\nOutput:\n", "c.txt:3: a second 'Output:'"},
        Mistake{"ls T\nOutput:\nCREAT T/a\n", "c.txt:3: 'CREAT' are no events"},
        Mistake{"ls T\nOutput:\na:\n", "c.txt:3: a label and no more"},
        Mistake{"ls T\nOutput:\nMODIFY T/a\nMODIFY  T/a\n",
                "c.txt:4: the kernel may merge this line with the one above"},
        Mistake{"ls T\nOutput:\na: ATTRIB T/a\na: ATTRIB  T/a\n",
                "c.txt:4: the kernel may merge this line with the one above"},
        Mistake{"ls T\nsync-point\nOutput:\n",
                "c.txt:4: there are 1 sync-points, but 0 lines '---' in the "
                "output"}));

TEST(CaseFile, OnlySomeEventsMayMerge) {
  EXPECT_TRUE(MayMerge("MODIFY T/a"));
  EXPECT_TRUE(MayMerge("a: ACCESS|ISDIR T (self)"));
  EXPECT_FALSE(MayMerge("CREATE T/a"));
  EXPECT_FALSE(MayMerge("a: DELETE T/MODIFY"));
  EXPECT_FALSE(MayMerge("CREATE T/ATTRIB"));
}

}  // namespace
}  // namespace rn
