// What is left out of a watch: by glob, by regex, by predicate; alone, with
// recovery, with renames in one event.

#include <errno.h>
#include <sys/inotify.h>

#include <cstring>
#include <string>
#include <tuple>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

enum Means { kGlob, kRegex, kPredicate };

constexpr uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVE | IN_CLOSE_WRITE;

// Whether the last name ends in .tmp: what all three means say.
bool EndsInTmp(const char *path, bool, void *) {
  const size_t size = std::strlen(path);
  return size >= 4 && std::strcmp(path + size - 4, ".tmp") == 0;
}

class Filters
    : public NotifierFixture,
      public testing::WithParamInterface<std::tuple<Means, unsigned>> {
 protected:
  // Watch all but what ends in .tmp.
  void WatchWithoutTmp() {
    rn_watch_options options =
        Watch(kMask, RN_WATCH_RECURSIVE | std::get<1>(GetParam()));
    switch (std::get<0>(GetParam())) {
      case kGlob:
        rule_ = {"*.tmp", RN_RULE_EXCLUDE, RN_RULE_GLOB, 0};
        break;
      case kRegex:
        rule_ = {"[.]tmp$", RN_RULE_EXCLUDE, RN_RULE_REGEX, 0};
        break;
      case kPredicate:
        options.exclude_filter = EndsInTmp;
        break;
    }
    if (rule_.pattern != nullptr) {
      options.rules = &rule_;
      options.rule_count = 1;
    }
    options.on_failure = [](const char *, int, void *failures) {
      ++*static_cast<int *>(failures);
    };
    options.failure_context = &failures_;
    if (notifier_ == nullptr) Make();
    ASSERT_EQ(AddPath(dir_.path(), options), 0);
    Start();
  }

  // That the handlers have caught up.
  void Sync() { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }

  bool IsPaired() const {
    return (std::get<1>(GetParam()) & RN_WATCH_PAIR_MOVES) != 0;
  }

  rn_rule rule_ = {};
  int failures_ = 0;
};

TEST_P(Filters, Case25PrunesAnExcludedDirectory) {
  dir_.MkDir("keep/in");
  for (int i = 0; i < 300; i++) dir_.MkDir("big.tmp/" + std::to_string(i));
  dir_.MkDir("big.tmp/closed");
  // Not even root can read it.
  FakeKernel kernel(FakeKernel::Mode::kReal);
  const rn_sys *sys = kernel.beneath();
  kernel.On(&KernelHooks::dir_open,
            [sys](int dir_fd, const char *path, int flags) {
              if (std::strcmp(path, "closed") == 0) return -EACCES;
              return sys->dir_open(sys, dir_fd, path, flags);
            });

  Make(kernel.sys());
  WatchWithoutTmp();

  EXPECT_EQ(failures_, 0);
  EXPECT_EQ(Statistics().scanned, 3U);
  EXPECT_EQ(Statistics().watches, 3U);
  Touch("big.tmp/f");
  Touch("big.tmp/7/f");
  MkDir("new.tmp");
  MkDir("new.tmp/in");
  MkDir("keep/last");
  Drain();
  EXPECT_EQ(Texts(), Strings{"CREATE|ISDIR keep/last"});
  Finish();
}

TEST_P(Filters, Case25SuppressesAnExcludedFileInAWatchedDirectory) {
  MkDir("d");
  WatchWithoutTmp();

  Touch("d/f.tmp");
  Touch("d/f");
  Remove("d/f.tmp");
  Remove("d/f");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE d/f", "CLOSE_WRITE d/f", "DELETE d/f"}));
}

TEST_P(Filters, Case25WatchesATmpDirectoryRenamedToFinal) {
  dir_.MkDir("x.tmp/sub");
  Touch("x.tmp/sub/f");
  WatchWithoutTmp();

  Move("x.tmp", "final");
  Sync();
  Touch("final/sub/g");
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"MOVED_TO|ISDIR final <- x.tmp", "CREATE|ISDIR final/sub",
                     "CREATE final/sub/f", "CREATE final/sub/g",
                     "CLOSE_WRITE final/sub/g"}));
}

TEST_P(Filters, Case25LeavesADirectoryRenamedToTmp) {
  dir_.MkDir("first/sub");
  WatchWithoutTmp();

  Move("first", "x.tmp");
  Sync();
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 1; }));
  Touch("x.tmp/f");
  Touch("x.tmp/sub/f");
  Move("x.tmp", "final");
  Sync();
  Drain();

  EXPECT_EQ(Texts(), (Strings{"MOVED_FROM|ISDIR first",
                              "MOVED_TO|ISDIR final <- x.tmp", "CREATE final/f",
                              "CREATE|ISDIR final/sub", "CREATE final/sub/f"}));
}

// What an editor does to save a file.
TEST_P(Filters, Case25TellsOneHalfOfARenameFromOrToAnExcludedName) {
  WatchWithoutTmp();

  Touch("f.tmp");
  Move("f.tmp", "f");
  Move("f", "g");
  Move("g", "g.tmp");
  Drain();

  Strings expected = {"MOVED_TO f <- f.tmp"};
  if (IsPaired()) {
    expected.push_back("MOVED_FROM|MOVED_TO g <- f");
  } else {
    expected.push_back("MOVED_FROM f");
    expected.push_back("MOVED_TO g <- f");
  }
  expected.push_back("MOVED_FROM g");
  EXPECT_EQ(Texts(), expected);
}

std::string NameOf(
    const testing::TestParamInfo<std::tuple<Means, unsigned>> &info) {
  const char *const means[] = {"Glob", "Regex", "Predicate"};
  const unsigned flags = std::get<1>(info.param);
  return std::string(means[std::get<0>(info.param)]) +
         ((flags & RN_WATCH_RECOVER) != 0 ? "Recover" : "") +
         ((flags & RN_WATCH_PAIR_MOVES) != 0 ? "Pairs" : "");
}

INSTANTIATE_TEST_SUITE_P(
    All, Filters,
    testing::Combine(testing::Values(kGlob, kRegex, kPredicate),
                     testing::Values(0U, RN_WATCH_RECOVER, RN_WATCH_PAIR_MOVES,
                                     RN_WATCH_RECOVER | RN_WATCH_PAIR_MOVES)),
    NameOf);

}  // namespace
}  // namespace rn
