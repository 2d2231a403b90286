// The simulator: what it is made of, the regression cases, and some thousand
// seeds.

#include <sys/inotify.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "test/sim/consumer.h"
#include "test/sim/generator.h"
#include "test/sim/model_kernel.h"
#include "test/sim/random.h"
#include "test/sim/run.h"
#include "test/sim/script.h"
#include "test/sim/shrink.h"

namespace rn::sim {
namespace {

std::string RunScript(const std::string &script) {
  History history;
  const std::string wrong = ParseScript(script, &history);
  if (!wrong.empty()) return wrong;
  Trace silent;
  return RunHistory(history, &silent);
}

constexpr char kStart[] =
    "list oldest\n"
    "mask CREATE|DELETE|MOVED_FROM|MOVED_TO\n"
    "before mkdir /r\n"
    "watch /r\n";

// -- What it is made of -------------------------------------------------------

TEST(Script, IsReadAsItIsWritten) {
  for (uint64_t seed = 0; seed < 50; seed++) {
    Choice choice;
    choice.seed = seed;
    Trace silent;
    History history, read;
    RunSeed(choice, &silent, &history);
    const std::string text = ScriptText(history);
    ASSERT_EQ(ParseScript(text, &read), "");
    ASSERT_EQ(ScriptText(read), text);
  }
}

TEST(Script, HasRootsAndUsers) {
  for (uint64_t seed = 0; seed < 50; seed++) {
    Choice choice;
    choice.seed = seed;
    choice.wide = true;
    Trace silent;
    History history, read;
    RunSeed(choice, &silent, &history);
    const std::string text = ScriptText(history);
    ASSERT_EQ(ParseScript(text, &read), "");
    ASSERT_EQ(ScriptText(read), text);
  }
}

TEST(Script, SaysWhichLineIsWrong) {
  History history;
  EXPECT_EQ(ParseScript("piece 2\n\n3 mkdir\n", &history), "line 3: 3 mkdir");
  EXPECT_EQ(ParseScript("rest leap /r/a # far\n", &history),
            "line 1: rest leap /r/a # far");
}

TEST(Seed, GivesTheSameHistoryAndTheSameEnd) {
  for (uint64_t seed = 0; seed < 200; seed++) {
    Choice choice;
    choice.seed = seed;
    Trace silent;
    History first, second;
    const std::string wrong = RunSeed(choice, &silent, &first);
    ASSERT_EQ(RunSeed(choice, &silent, &second), wrong) << "seed " << seed;
    ASSERT_EQ(ScriptText(first), ScriptText(second)) << "seed " << seed;
    ASSERT_EQ(RunHistory(first, &silent), wrong) << "seed " << seed;
  }
}

// Without the library: what it calls does not matter then.
std::string ScriptAtRest(const Choice &choice) {
  Generator generator(choice);
  Trace silent;
  ModelKernel kernel(generator.setup().traits, &silent);
  for (const Op &op : generator.setup().before) kernel.processes()->Run(op);
  while (generator.Rest(&kernel)) continue;
  return ScriptText({generator.setup(), generator.steps()});
}

// The number changes with the generator, and with nothing else.
TEST(Seed, GivesTheSameHistoryWhicheverCompilerBuiltIt) {
  uint64_t digest = 0;
  for (uint64_t seed = 0; seed < 400; seed++) {
    Choice choice;
    choice.seed = seed / 2;
    choice.wide = seed % 2 != 0;
    for (const char c : ScriptAtRest(choice))
      digest = Mix(digest ^ static_cast<unsigned char>(c));
  }
  EXPECT_EQ(digest, 3005844101539013469U);
}

// Of a script: all that was called, and all that was told.
uint64_t DigestOf(const std::string &script) {
  History history;
  EXPECT_EQ(ParseScript(script, &history), "");
  Trace trace = Trace::Digesting();
  RunHistory(history, &trace);
  return trace.digest();
}

TEST(Digest, ChangesWithWhatIsCalledAndTold) {
  const std::string start =
      "list oldest\nmask CREATE|DELETE|MOVED_FROM|MOVED_TO\n"
      "before mkdir /r\nwatch /r\n";
  const uint64_t one = DigestOf(start + "rest mkdir /r/a\n");
  EXPECT_EQ(DigestOf(start + "rest mkdir /r/a\n"), one);
  EXPECT_NE(DigestOf(start + "rest mkdir /r/b\n"), one);
  EXPECT_NE(DigestOf("pace 1\n" + start + "rest mkdir /r/a\n" +
                     "before mkdir /r/x\nbefore mkdir /r/y\n"),
            one);
}

TEST(Shrink, LeavesWhatMatters) {
  Choice choice;
  choice.seed = 4;
  Generator generator(choice);
  History history = {generator.setup(), {}};
  for (int i = 0; i < 40; i++) {
    Step step = {static_cast<uint32_t>(i % 5), {}};
    step.op.kind = i == 13 || i == 31 ? OpKind::kMove : OpKind::kMkdir;
    step.op.a = "/r/" + std::to_string(i);
    history.steps.push_back(step);
  }
  const History shrunk = Shrink(history, [](const History &candidate) {
    int moves = 0;
    for (const Step &step : candidate.steps)
      if (step.op.kind == OpKind::kMove) moves++;
    return moves == 2;
  });
  ASSERT_EQ(shrunk.steps.size(), 2U);
  EXPECT_EQ(shrunk.steps[0].op.a, "/r/13");
  EXPECT_EQ(shrunk.steps[1].op.a, "/r/31");
  EXPECT_TRUE(shrunk.setup.before.empty());
}

// -- The oracle ---------------------------------------------------------------

// A record that is lost without a word is found out, whatever it is.
TEST(Oracle, MissesNoRecord) {
  EXPECT_EQ(RunScript(std::string(kStart) + "rest lose\nrest mkdir /r/a\n"),
            "root 0: never told of /r/a");
  EXPECT_EQ(RunScript(std::string(kStart) + "before create /r/a\n" +
                      "rest lose\nrest unlink /r/a\n"),
            "root 0: told of, but not there: /r/a");
  EXPECT_EQ(RunScript(std::string(kStart) + "before mkdir /r/a\n" +
                      "rest lose\nrest mv /r/a /r/b\n"),
            "root 0: told of, but not there: /r/a");
}

TEST(Oracle, SeesWatchesThatAreMissing) {
  EXPECT_NE(RunScript(std::string(kStart) + "rest lose\nrest mkdir /r/a\n" +
                      "rest rmdir /r/a\n"),
            "");
}

// What a consumer says of changes, told one after the other.
class Consumers : public testing::Test {
 protected:
  std::string Take(uint32_t mask, const std::string &path, uint32_t cookie = 0,
                   const std::string &source = "") {
    Told told;
    told.mask = mask;
    told.path = path;
    told.cookie = cookie;
    told.is_dir = (mask & IN_ISDIR) != 0;
    told.has_source = !source.empty();
    told.source = source;
    return consumer_.Take(told);
  }

  Trace silent_;
  ModelFs fs_;
  ModelInotify inotify_{&silent_};
  int64_t clock_ = 0;
  Processes processes_{&fs_, &inotify_, &clock_, &silent_};
  Consumer consumer_{
      "/r", kRecursive, {{"/r/d", true}, {"/r/d/f", false}}, true, &processes_};
};

TEST_F(Consumers, ArrivalsAndDeparturesAlternate) {
  EXPECT_EQ(Take(IN_CREATE, "/r/a"), "");
  EXPECT_EQ(Take(IN_CREATE, "/r/a"), "arrival of what is there");
  EXPECT_EQ(Take(IN_DELETE, "/r/a"), "");
  EXPECT_EQ(Take(IN_DELETE, "/r/a"), "departure of what is not there");
  EXPECT_EQ(Take(IN_MOVED_FROM, "/r/a", 1), "departure of what is not there");
}

TEST_F(Consumers, ADirectoryTakesItsContentAlong) {
  EXPECT_EQ(Take(IN_MOVED_FROM | IN_ISDIR, "/r/d", 1), "");
  EXPECT_TRUE(consumer_.paths().empty());
  EXPECT_EQ(Take(IN_MOVED_TO | IN_ISDIR, "/r/e", 1, "/r/d"), "");
  EXPECT_EQ(consumer_.paths(), (PathSet{{"/r/e", true}, {"/r/e/f", false}}));
}

TEST_F(Consumers, SourcesAreTrue) {
  EXPECT_EQ(Take(IN_MOVED_TO, "/r/a", 1, "/r/b"), "from where it has not left");
  EXPECT_EQ(Take(IN_MOVED_FROM | IN_ISDIR, "/r/d", 2), "");
  EXPECT_EQ(Take(IN_MOVED_TO | IN_ISDIR, "/r/e", 2), "without its source");
  EXPECT_EQ(Take(IN_MOVED_TO | IN_ISDIR, "/r/e", 2, "/r/x"),
            "not from there, but from /r/d");
}

TEST_F(Consumers, ParentsComeFirst) {
  EXPECT_EQ(Take(IN_CREATE, "/r/n/a"), "in a directory that is not there");
  EXPECT_EQ(Take(IN_CREATE, "/s/a"), "outside of its root");
}

// -- Histories ----------------------------------------------------------------

class Cases : public testing::TestWithParam<std::string> {};

TEST_P(Cases, Pass) {
  std::ifstream file(std::string("test/sim/cases/") + GetParam() + ".txt");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(RunScript(text.str()), "");
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto &entry :
       std::filesystem::directory_iterator("test/sim/cases"))
    names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Sim, Cases, testing::ValuesIn(CaseNames()),
                         [](const auto &info) {
                           std::string name = info.param;
                           for (char &c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(Seeds, Pass) {
  constexpr uint64_t kCount = 4000;
  for (uint64_t seed = 0; seed < kCount; seed++) {
    Choice choice;
    choice.seed = seed;
    Trace silent;
    ASSERT_EQ(RunSeed(choice, &silent, nullptr), "")
        << "seed " << seed << ": bazel run //test/sim -- --seed " << seed;
  }
}

// Whatever is lost, what is told afterwards brings all that is there.
TEST(Seeds, PassWithLossesThatAreRepaired) {
  constexpr uint64_t kCount = 8000;
  for (uint64_t seed = 0; seed < kCount; seed++) {
    Choice choice;
    choice.seed = seed;
    choice.recover = true;
    Trace silent;
    ASSERT_EQ(RunSeed(choice, &silent, nullptr), "")
        << "seed " << seed << ": bazel run //test/sim -- --recover --seed "
        << seed;
  }
}

// Roots of every kind, and users at work.
TEST(Seeds, PassWithManyRoots) {
  constexpr uint64_t kCount = 2000;
  for (const bool recover : {false, true})
    for (uint64_t seed = 0; seed < kCount; seed++) {
      Choice choice;
      choice.seed = seed;
      choice.wide = true;
      choice.recover = recover;
      Trace silent;
      ASSERT_EQ(RunSeed(choice, &silent, nullptr), "")
          << "seed " << seed << ": bazel run //test/sim -- --wide"
          << (recover ? " --recover" : "") << " --seed " << seed;
    }
}

}  // namespace
}  // namespace rn::sim
