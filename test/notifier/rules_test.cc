// Rules, predicates and types, from outside: what they do to watching and to
// telling beyond acceptance case 25.

#include <errno.h>
#include <sys/inotify.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

constexpr uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVE;

class Rules : public NotifierFixture {
 protected:
  void WatchWith(const rn_rule &rule, unsigned flags = 0,
                 uint32_t mask = kMask) {
    rn_watch_options options = Watch(mask, RN_WATCH_RECURSIVE | flags);
    options.rules = &rule;
    options.rule_count = 1;
    if (notifier_ == nullptr) Make();
    ASSERT_EQ(AddPath(dir_.path(), options), 0);
    Start();
  }
  static rn_rule Regex(const char *pattern, unsigned flags = 0) {
    return {pattern, RN_RULE_EXCLUDE, RN_RULE_REGEX, flags};
  }
  void Sync() { ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0); }
};

TEST_F(Rules, ThatDoNotCompileAreRefused) {
  Make();
  const rn_rule rule = Regex("a(");
  rn_watch_options options = Watch(kMask);
  options.rules = &rule;
  options.rule_count = 1;

  EXPECT_EQ(AddPath(dir_.path(), options), -EINVAL);

  EXPECT_EQ(Statistics().watches, 0U);
}

TEST_F(Rules, AreNotAskedAboutThePathItself) {
  dir_.MkDir("x");
  Make();
  const rn_rule rule = Regex("");
  rn_watch_options options = Watch(IN_DELETE_SELF, RN_WATCH_RECURSIVE);
  options.rules = &rule;
  options.rule_count = 1;
  ASSERT_EQ(AddPath(Path("x"), options), 0);
  Start();

  RmDir("x");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"DELETE_SELF x", "IGNORED x"}));
}

// As pyinotify's exclude_filter does.
TEST_F(Rules, ForWatchingTellOfTheDirectoryItself) {
  MkDir("skip");
  WatchWith(Regex("/skip", RN_RULE_WATCHING));

  Touch("skip/f");
  MkDir("skip2");
  Touch("skip2/f");
  Touch("f");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE|ISDIR skip2", "CREATE f"}));
}

TEST_F(Rules, ForDeliveryTellOfWhatIsInTheDirectory) {
  MkDir("d");
  WatchWith(Regex("/d$", RN_RULE_DELIVERY), 0, kMask | IN_DELETE_SELF);

  Touch("d/f");
  Remove("d/f");
  RmDir("d");
  MkDir("d");
  Sync();
  Touch("d/g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE d/f", "DELETE d/f", "CREATE d/g"}));
}

// Who puts both halves together would take along what is told no more.
TEST_F(Rules, ForWatchingPartTheHalvesOfARenameOutOfTheWatch) {
  for (const unsigned flags :
       {0U, unsigned{RN_WATCH_PAIR_MOVES}, unsigned{RN_WATCH_RECOVER}}) {
    EventLog log;
    const std::string name = "r" + std::to_string(flags);
    dir_.MkDir(name + "/d/in");
    if (notifier_ == nullptr) Make();
    const rn_rule rule = Regex("/skip$", RN_RULE_WATCHING);
    rn_handler handler = log.Handler();
    rn_watch_options options = Watch(kMask, RN_WATCH_RECURSIVE | flags);
    options.handler = &handler;
    options.rules = &rule;
    options.rule_count = 1;
    ASSERT_EQ(AddPath(Path(name), options), 0);
    if (rn_thread_notifier_state(notifier_) == RN_STATE_NEW) Start();

    Move(name + "/d", name + "/skip");
    Sync();
    Touch(name + "/skip/in/f");
    Move(name + "/skip", name + "/d");
    Sync();

    const Strings texts = log.Texts(Path(name));
    ASSERT_GE(texts.size(), 5U) << flags;
    EXPECT_EQ(texts[0], "MOVED_FROM|ISDIR d") << flags;
    EXPECT_EQ(texts[1], "MOVED_TO|ISDIR skip") << flags;
    EXPECT_EQ(log.Events()[1].cookie, 0U) << flags;
    EXPECT_TRUE(log.Has(Path(name), "CREATE|ISDIR d/in")) << flags;
    EXPECT_TRUE(log.Has(Path(name), "CREATE d/in/f")) << flags;
    rn_watch watch = watch_;
    ASSERT_EQ(
        rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch),
        0);
    ASSERT_TRUE(WaitUntil([&] { return log.Released() == 1; }));
  }
}

TEST_F(Rules, MakeExceptions) {
  dir_.MkDir("build/keep");
  const rn_rule rules[] = {
      {"keep", RN_RULE_INCLUDE, RN_RULE_GLOB, 0},
      {"*/build/*", RN_RULE_EXCLUDE, RN_RULE_GLOB, 0},
      {"[.]c$", RN_RULE_INCLUDE, RN_RULE_REGEX, RN_RULE_FILES},
      {"*", RN_RULE_EXCLUDE, RN_RULE_GLOB, RN_RULE_FILES},
  };
  rn_watch_options options = Watch(kMask, RN_WATCH_RECURSIVE);
  options.rules = rules;
  options.rule_count = 4;
  Make();
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  EXPECT_EQ(Statistics().watches, 3U);
  Start();

  MkDir("build/other");
  Touch("build/a.c");
  MkDir("build/keep/d");
  Touch("a.c");
  Touch("a.h");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE a.c"});
}

TEST_F(Rules, AreReadFromAFile) {
  dir_.MkDir("data");
  dir_.MkDir("data2");
  outside_.Write("rules", "# excluded\n\n  " + Path("data") + "$ \n");
  const rn_rule form = {nullptr, RN_RULE_EXCLUDE, RN_RULE_REGEX,
                        RN_RULE_START | RN_RULE_WATCHING};
  rn_rules *rules = nullptr;
  char text[256];
  ASSERT_EQ(rn_rules_read(outside_.Path("rules").c_str(), &form, &rules, text,
                          sizeof(text)),
            0)
      << text;
  rn_watch_options options = Watch(kMask, RN_WATCH_RECURSIVE);
  options.rules = rn_rules_get(rules, &options.rule_count);
  Make();
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  rn_rules_free(rules);
  Start();

  Touch("data/f");
  Touch("data2/f");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE data2/f"});
}

TEST_F(Rules, ThatAreGivenUpHideNothingAndAreCounted) {
  WatchWith(Regex("/(a+)+$"));
  const std::string name = std::string(100, 'a') + "!";

  Touch(name);
  Touch("aaa");
  Drain();

  EXPECT_EQ(Texts(), Strings{"CREATE " + name});
  EXPECT_EQ(Statistics().undecided, 1U);
}

TEST_F(Rules, DoNotSpendAOneShotWatch) {
  Make();
  const rn_rule rule = Regex("[.]tmp$");
  rn_watch_options options = Watch(kMask | IN_ONESHOT);
  options.rules = &rule;
  options.rule_count = 1;
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  Start();

  Touch("f.tmp");
  Touch("f");
  Touch("g");
  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE f", "IGNORED ."}));
}

// -- A loss -------------------------------------------------------------------

class RulesAfterALoss : public Rules {
 protected:
  void MakeLosing() {
    kernel_.On(&KernelHooks::read, [this](int fd, void *buffer, size_t size) {
      const rn_sys *sys = kernel_.beneath();
      const ssize_t got = sys->read(sys, fd, buffer, size);
      if (got <= 0 || !lose_.exchange(false)) return got;
      const Bytes record = OverflowRecord();
      std::memcpy(buffer, record.data(), record.size());
      return static_cast<ssize_t>(record.size());
    });
    Make(kernel_.sys());
  }
  void LoseOnce() {
    Sync();
    lose_ = true;
  }

  FakeKernel kernel_{FakeKernel::Mode::kReal};
  std::atomic<bool> lose_{false};
};

TEST_F(RulesAfterALoss, HoldForTheRepair) {
  dir_.MkDir("skip/in");
  dir_.MkDir("x.skip/in");
  MakeLosing();
  WatchWith(Regex("[./]skip$"), RN_WATCH_RECOVER);
  LoseOnce();

  Move("x.skip", "final");

  ASSERT_TRUE(WaitFor("RESCAN"));
  EXPECT_EQ(Texts(), (Strings{"OVERFLOW kernel", "CREATE|ISDIR final",
                              "CREATE|ISDIR final/in", "RESCAN"}));
  EXPECT_EQ(Statistics().watches, 3U);
}

TEST_F(RulesAfterALoss, TellThatAnExcludedDirectoryLeft) {
  dir_.MkDir("d/in");
  MakeLosing();
  WatchWith(Regex("/skip$"), RN_WATCH_RECOVER);
  LoseOnce();

  Move("d", "skip");

  ASSERT_TRUE(WaitFor("RESCAN"));
  EXPECT_EQ(Texts(), (Strings{"OVERFLOW kernel", "DELETE|ISDIR d/in",
                              "DELETE|ISDIR d", "RESCAN"}));
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 1; }));
}

// -- Predicates ---------------------------------------------------------------

TEST_F(Rules, PredicateIsAskedByTheReader) {
  struct Asked {
    std::mutex mutex;
    std::thread::id thread;
  } asked;
  Make();
  rn_watch_options options = Watch(kMask);
  options.exclude_context = &asked;
  options.exclude_filter = [](const char *path, bool, void *context) {
    auto *it = static_cast<Asked *>(context);
    const std::lock_guard<std::mutex> lock(it->mutex);
    it->thread = std::this_thread::get_id();
    return std::strstr(path, "skip") != nullptr;
  };
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  Start();

  Touch("skip");
  Touch("f");
  Drain();

  ASSERT_EQ(Texts(), Strings{"CREATE f"});
  EXPECT_NE(asked.thread, std::this_thread::get_id());
  EXPECT_NE(asked.thread, log_.Events()[0].thread);
}

// What is deleted is asked about as what it is, and no rename is looked for.
TEST_F(Rules, PredicateIsAskedOfAFileAsOfAFile) {
  struct Asked {
    std::atomic<int> as_file{0}, as_directory{0};
  } asked;
  Make();
  rn_watch_options options = Watch(kMask);
  options.exclude_context = &asked;
  options.exclude_filter = [](const char *path, bool is_dir, void *context) {
    if (std::strstr(path, "/f") == nullptr) return false;
    auto *it = static_cast<Asked *>(context);
    (is_dir ? it->as_directory : it->as_file)++;
    return false;
  };
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  Start();

  Touch("f");
  ASSERT_EQ(unlink(Path("f").c_str()), 0);
  Drain();

  ASSERT_EQ(Texts(), (Strings{"CREATE f", "DELETE f"}));
  EXPECT_EQ(asked.as_file, 2);
  EXPECT_EQ(asked.as_directory, 0);
}

// A rename asks about each end once, and about what it replaces not at all.
TEST_F(Rules, PredicateIsAskedOnceOfEachEndOfARename) {
  std::atomic<int> asked{0};
  Make();
  rn_watch_options options = Watch(kMask);
  options.exclude_context = &asked;
  options.exclude_filter = [](const char *path, bool, void *context) {
    if (std::strstr(path, "/f") == nullptr) return false;
    (*static_cast<std::atomic<int> *>(context))++;
    return false;
  };
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  Start();

  Touch("f");
  ASSERT_EQ(rename(Path("f").c_str(), Path("f2").c_str()), 0);
  Drain();

  ASSERT_EQ(Texts(), (Strings{"CREATE f", "MOVED_FROM f", "MOVED_TO f2 <- f"}));
  EXPECT_EQ(asked, 3);
}

// -- Types --------------------------------------------------------------------

TEST_F(Rules, FilesOnly) {
  dir_.MkDir("top/d");
  Make();
  ASSERT_EQ(Add("top", IN_ALL_EVENTS & ~(IN_OPEN | IN_CLOSE | IN_MODIFY),
                RN_WATCH_RECURSIVE | RN_WATCH_FILES_ONLY),
            0);
  Start();

  MkDir("top/new");
  Sync();
  Touch("top/new/f");
  Remove("top/new/f");
  RmDir("top/new");
  RmDir("top/d");
  RmDir("top");
  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"CREATE top/new/f", "DELETE top/new/f", "IGNORED top"}));
}

TEST_F(Rules, DirectoriesOnly) {
  Touch("f");
  Make();
  ASSERT_EQ(Add("", kMask, RN_WATCH_RECURSIVE | RN_WATCH_DIRECTORIES_ONLY), 0);
  const rn_watch watch = watch_;
  ASSERT_EQ(Add("f", IN_ATTRIB | IN_DELETE_SELF, RN_WATCH_DIRECTORIES_ONLY), 0);
  Start();

  MkDir("d");
  Touch("d/f");
  Remove("f");
  MkDir("d/e");
  Sync();
  ASSERT_EQ(
      rn_watch_manager_remove(rn_thread_notifier_manager(notifier_), watch), 0);
  Drain();

  Strings texts = Texts();
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(texts, (Strings{"CREATE|ISDIR d", "CREATE|ISDIR d/e", "IGNORED .",
                            "IGNORED f"}));
}

TEST_F(Rules, FilesOnlyTellsOfErrors) {
  FakeKernel kernel(FakeKernel::Mode::kReal);
  const rn_sys *sys = kernel.beneath();
  kernel.On(&KernelHooks::dir_open,
            [sys](int dir_fd, const char *path, int flags) {
              if (std::strcmp(path, "broken") == 0) return -EACCES;
              return sys->dir_open(sys, dir_fd, path, flags);
            });
  Make(kernel.sys());
  WatchAll(kMask, RN_WATCH_RECURSIVE | RN_WATCH_FILES_ONLY);

  MkDir("broken");
  Drain();

  EXPECT_EQ(Texts(), Strings{"ERROR -13 broken"});
  Finish();
}

TEST_F(Rules, FilesOnlyTellsOfAPathThatComes) {
  Make();
  ASSERT_EQ(Add("p", IN_CREATE | IN_DELETE_SELF,
                RN_WATCH_PERSISTENT | RN_WATCH_FILES_ONLY),
            0);
  Start();

  MkDir("p");
  ASSERT_TRUE(WaitFor("CREATE|ISDIR p"));
  RmDir("p");
  ASSERT_TRUE(WaitFor("IGNORED p"));
  Drain();

  EXPECT_FALSE(Has("DELETE_SELF p"));
}

TEST_F(Rules, FilesOnlyPairsFilesAlone) {
  MkDir("d");
  Touch("f");
  Make();
  ASSERT_EQ(Add("", kMask,
                RN_WATCH_RECURSIVE | RN_WATCH_PAIR_MOVES | RN_WATCH_FILES_ONLY),
            0);
  Start();

  Move("d", "e");
  Move("f", "e/g");
  Drain();

  EXPECT_EQ(Texts(), Strings{"MOVED_FROM|MOVED_TO e/g <- f"});
  EXPECT_EQ(Statistics().coalesced, 1U);
}

}  // namespace
}  // namespace rn
