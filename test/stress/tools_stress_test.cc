// Real programs under a watch: each alone, and all at once.

#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/stress/memory_dir.h"
#include "test/stress/storm_run.h"
#include "test/stress/watchers.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

// What a tool does in BASE, as sh(1) has it: T is watched, O is not.  Each has
// a directory of its own in both.
struct Tool {
  const char *program;  // "" when it is everywhere
  const char *script;
};

// A repository with two branches that have little in common.
constexpr char kGit[] = R"(
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git() { command git -c user.name=n -c user.email=e -c init.defaultBranch=one \
  -c gc.auto=0 "$@" >/dev/null 2>&1; }
git init T/git && cd T/git
for i in 1 2 3 4 5 6 7 8; do
  mkdir -p d$i/sub; for j in 1 2 3 4 5; do echo $i >d$i/$j; echo $j >d$i/sub/$j
  done
done
git add . && git commit -m one && git checkout -b two
git rm -r d1 d2 && git mv d3 moved && mkdir d1 && echo new >d1/new &&
  echo changed >d4/1 && mkdir -p new/deep/tree && echo f >new/deep/tree/f &&
  git add . && git commit -m two
git checkout one && git checkout two && git checkout one
cd ../.. && git clone T/git T/git-clone && cd T/git-clone &&
  git checkout -b two origin/two && git checkout one && git clean -fdx
)";

// Trees as they are unpacked: made outside, in two depths.
constexpr char kTree[] = R"(
make() { for i in 1 2 3 4 5 6; do for j in 1 2 3 4 5; do
  mkdir -p "$1/$i/$j/below"; echo "$i$j" >"$1/$i/$j/f"
  echo x >"$1/$i/$j/below/g"; ln -s f "$1/$i/$j/link"; done; done; }
)";

constexpr char kTar[] = R"(
make O/tar && tar cf O/tar.tar -C O tar && mkdir T/tar &&
tar xf O/tar.tar -C T/tar && tar cf T/tar/again.tar -C T/tar tar &&
tar xf T/tar/again.tar -C T/tar && rm T/tar/again.tar
)";

constexpr char kCopy[] = R"(
make O/cp && cp -a O/cp T/cp && cp -a T/cp T/cp-twice && cp -a O/cp/. T/cp &&
mv T/cp-twice T/cp/within && mv T/cp/1 O/cp-out && mv O/cp-out T/cp/back
)";

constexpr char kSync[] = R"(
make O/rsync && rsync -a O/rsync/ T/rsync/ && rm -r O/rsync/1 O/rsync/2/3 &&
mkdir O/rsync/1 && echo new >O/rsync/1/new && echo changed >O/rsync/3/1/f &&
rsync -a --delete O/rsync/ T/rsync/ &&
rsync -a --delete --delay-updates O/rsync/3/ T/rsync/4/
)";

constexpr char kRemove[] = R"(
make T/rm && rm -rf T/rm && make T/rm && cp -a T/rm T/rm-other &&
rm -rf T/rm & make T/rm-late && rm -rf T/rm-late && wait
rm -rf T/rm T/rm-other
)";

const Tool kTools[] = {
    {"git", kGit}, {"tar", kTar}, {"", kCopy}, {"rsync", kSync}, {"", kRemove}};

bool IsThere(const std::string &program) {
  return program.empty() ||
         system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

class Tools : public testing::TestWithParam<FileSystem> {
 protected:
  void ExpectTruth(const std::vector<Tool> &tools) {
    StormPlan plan;
    plan.base = dir_.path();
    plan.processes = static_cast<int>(tools.size());
    dir_.MkDir("T");
    dir_.MkDir("O");
    const std::string before = "set -e; cd '" + plan.base + "'\n" + kTree;
    plan.work = [&](int index) {
      const std::string script =
          before + tools[static_cast<size_t>(index)].script;
      if (system(script.c_str()) != 0) _exit(1);
    };
    CommandWatcher watcher(dir_.Path("lines.jsonl"), {}, 0);
    const StormVerdict verdict = RunStorm(plan, &watcher);
    EXPECT_EQ(verdict.fault, "") << verdict.history;
    EXPECT_GT(verdict.events, 50U);
  }

  void ExpectTruth(const Tool &tool) {
    if (!IsThere(tool.program)) GTEST_SKIP() << tool.program << " is missing";
    ExpectTruth(std::vector<Tool>{tool});
  }

  const TempDirsOn on_{GetParam()};
  const TempDir dir_;
};

TEST_P(Tools, GitClonesAndChecksOut) { ExpectTruth(kTools[0]); }
TEST_P(Tools, TarCreatesAndExtracts) { ExpectTruth(kTools[1]); }
TEST_P(Tools, CpCopiesATree) { ExpectTruth(kTools[2]); }
TEST_P(Tools, RsyncBringsUpToDate) { ExpectTruth(kTools[3]); }
TEST_P(Tools, RmRemovesTrees) { ExpectTruth(kTools[4]); }

TEST_P(Tools, AllAtOnce) {
  std::vector<Tool> there;
  for (const Tool &tool : kTools)
    if (IsThere(tool.program)) there.push_back(tool);
  ExpectTruth(there);
}

INSTANTIATE_TEST_SUITE_P(, Tools,
                         testing::Values(FileSystem::kMemory,
                                         FileSystem::kDisk),
                         [](const auto &given) {
                           return given.param == FileSystem::kMemory ? "Memory"
                                                                     : "Disk";
                         });

}  // namespace
}  // namespace rn
