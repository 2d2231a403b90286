// What the user may choose: defaults, bounds, older and newer structs.

#include <errno.h>
#include <limits.h>
#include <sys/inotify.h>

#include <cstring>
#include <functional>
#include <vector>

#include "gtest/gtest.h"
#include "test/options/options_in_c.h"

namespace rn {
namespace {

rn_thread_notifier_options Options() {
  rn_thread_notifier_options options{};
  options.size = sizeof(options);
  return options;
}

rn_watch_options WatchOptions(uint32_t mask = IN_CREATE) {
  rn_watch_options options{};
  options.size = sizeof(options);
  options.mask = mask;
  return options;
}

// Result for the default options with one change.
int ReadWith(const std::function<void(rn_thread_notifier_options *)> &change) {
  rn_thread_notifier_options options = Options(), complete;
  change(&options);
  return options_read(&options, &complete);
}

int ReadWatchWith(uint32_t mask, unsigned flags = 0) {
  rn_watch_options options = WatchOptions(mask), complete;
  options.flags = flags;
  return watch_options_read(&options, &complete);
}

// -- rn_thread_notifier_options
// ---------------------------------------------------------------

void ExpectDefaults(const rn_thread_notifier_options &options) {
  EXPECT_EQ(options.worker_count, 1U);
  EXPECT_EQ(options.order, RN_ORDER_DIRECTORY);
  EXPECT_EQ(options.full, RN_FULL_SPILL);
  EXPECT_EQ(options.slot_count, 1024U);
  EXPECT_EQ(options.batch_count, 4096U);
  EXPECT_EQ(options.read_size, 64U * 1024);
  EXPECT_EQ(options.backlog_size, 256U * 1024 * 1024);
  EXPECT_STREQ(options.thread_name, "ringnotify");
  EXPECT_EQ(options.stack_size, 256U * 1024);
  EXPECT_EQ(options.reader_cpus, nullptr);
  EXPECT_EQ(options.worker_cpus, nullptr);
  EXPECT_EQ(options.handler, nullptr);
}

TEST(Options, AreAllDefaultsWhereThereAreNone) {
  rn_thread_notifier_options complete;

  ASSERT_EQ(options_read(nullptr, &complete), 0);

  ExpectDefaults(complete);
}

TEST(Options, HaveADefaultForZero) {
  const rn_thread_notifier_options options = Options();
  rn_thread_notifier_options complete;

  ASSERT_EQ(options_read(&options, &complete), 0);

  ExpectDefaults(complete);
}

TEST(Options, KeepWhatWasChosen) {
  rn_thread_notifier_options options = Options(), complete;
  options.worker_count = 3;
  options.order = RN_ORDER_NONE;
  options.full = RN_FULL_DROP;
  options.slot_count = 2;
  options.batch_count = 1;
  options.read_size = 8192;
  options.backlog_size = 1;
  options.thread_name = "name";
  options.stack_size = 1024 * 1024;
  options.coalesce = true;

  ASSERT_EQ(options_read(&options, &complete), 0);

  EXPECT_EQ(std::memcmp(&options, &complete, sizeof(options)), 0);
}

TEST(Options, HaveBounds) {
  using Bound = std::function<void(rn_thread_notifier_options *)>;
  const Bound good[] = {
      [](rn_thread_notifier_options *o) { o->worker_count = 256; },
      [](rn_thread_notifier_options *o) { o->order = RN_ORDER_NONE; },
      [](rn_thread_notifier_options *o) { o->full = RN_FULL_DROP; },
      [](rn_thread_notifier_options *o) { o->slot_count = 2; },
      [](rn_thread_notifier_options *o) { o->slot_count = 1 << 20; },
      [](rn_thread_notifier_options *o) { o->batch_count = 1; },
      [](rn_thread_notifier_options *o) { o->batch_count = 65536; },
      [](rn_thread_notifier_options *o) { o->read_size = 8192; },
      [](rn_thread_notifier_options *o) { o->read_size = 1 << 20; },
      [](rn_thread_notifier_options *o) { o->backlog_size = 1; },
      [](rn_thread_notifier_options *o) { o->backlog_size = SIZE_MAX; },
      [](rn_thread_notifier_options *o) { o->stack_size = 128 * 1024; },
  };
  for (size_t i = 0; i < std::size(good); i++)
    EXPECT_EQ(ReadWith(good[i]), 0) << i;
}

TEST(Options, RefuseWhatIsOutOfBounds) {
  using Bound = std::function<void(rn_thread_notifier_options *)>;
  const Bound bad[] = {
      [](rn_thread_notifier_options *o) { o->worker_count = 257; },
      [](rn_thread_notifier_options *o) { o->worker_count = UINT32_MAX; },
      [](rn_thread_notifier_options *o) {
        o->order = static_cast<rn_order>(3);
      },
      [](rn_thread_notifier_options *o) {
        o->order = static_cast<rn_order>(-1);
      },
      [](rn_thread_notifier_options *o) { o->full = static_cast<rn_full>(3); },
      [](rn_thread_notifier_options *o) { o->full = static_cast<rn_full>(-1); },
      [](rn_thread_notifier_options *o) { o->slot_count = 1; },
      [](rn_thread_notifier_options *o) { o->slot_count = 3; },
      [](rn_thread_notifier_options *o) { o->slot_count = 1000; },
      [](rn_thread_notifier_options *o) { o->slot_count = 1 << 21; },
      [](rn_thread_notifier_options *o) { o->batch_count = 65537; },
      [](rn_thread_notifier_options *o) { o->read_size = 8191; },
      [](rn_thread_notifier_options *o) { o->read_size = (1 << 20) + 1; },
      [](rn_thread_notifier_options *o) { o->stack_size = 128 * 1024 - 1; },
  };
  for (size_t i = 0; i < std::size(bad); i++)
    EXPECT_EQ(ReadWith(bad[i]), -EINVAL) << i;
}

TEST(Options, AreNotWrittenWhenRefused) {
  rn_thread_notifier_options options = Options(), complete;
  std::memset(static_cast<void *>(&complete), 0x5a, sizeof(complete));
  rn_thread_notifier_options before;
  std::memcpy(static_cast<void *>(&before), &complete, sizeof(before));
  options.slot_count = 3;

  ASSERT_EQ(options_read(&options, &complete), -EINVAL);

  EXPECT_EQ(std::memcmp(&before, &complete, sizeof(before)), 0);
}

// -- The size -----------------------------------------------------------------

// Room for a struct of any size.
template <typename Struct>
struct Sized {
  explicit Sized(const Struct &known) : words(5000 / sizeof(uint64_t)) {
    std::memcpy(words.data(), &known, sizeof(known));
  }
  Struct *get() { return reinterpret_cast<Struct *>(words.data()); }
  unsigned char *bytes() {
    return reinterpret_cast<unsigned char *>(words.data());
  }
  std::vector<uint64_t> words;
};

TEST(Options, MayBeOlder) {
  rn_thread_notifier_options options = Options(), complete;
  options.worker_count = 4;
  options.slot_count = 3;  // behind the end: not read
  options.size = offsetof(rn_thread_notifier_options, slot_count);

  ASSERT_EQ(options_read(&options, &complete), 0);

  EXPECT_EQ(complete.worker_count, 4U);
  EXPECT_EQ(complete.slot_count, 1024U);
}

TEST(Options, MayBeNoMoreThanTheirSize) {
  rn_thread_notifier_options complete;
  const size_t size = sizeof(size_t);

  ASSERT_EQ(
      options_read(reinterpret_cast<const rn_thread_notifier_options *>(&size),
                   &complete),
      0);

  ExpectDefaults(complete);
}

// What a newer program leaves at its default is no matter.
TEST(Options, MayBeNewer) {
  Sized<rn_thread_notifier_options> options(Options());
  rn_thread_notifier_options complete;
  for (const size_t size :
       {sizeof(rn_thread_notifier_options) + 1, size_t{4096}}) {
    options.get()->size = size;
    EXPECT_EQ(options_read(options.get(), &complete), 0) << size;
  }
}

TEST(Options, AreRefusedWithANewFieldInUse) {
  for (const size_t place :
       {sizeof(rn_thread_notifier_options), size_t{4095}}) {
    Sized<rn_thread_notifier_options> options(Options());
    rn_thread_notifier_options complete;
    options.get()->size = 4096;
    options.bytes()[place] = 1;
    EXPECT_EQ(options_read(options.get(), &complete), -EINVAL) << place;
  }
}

TEST(Options, AreRefusedWithAnImpossibleSize) {
  Sized<rn_thread_notifier_options> options(Options());
  rn_thread_notifier_options complete;
  for (const size_t size :
       {size_t{0}, sizeof(size_t) - 1, size_t{4097}, SIZE_MAX}) {
    options.get()->size = size;
    EXPECT_EQ(options_read(options.get(), &complete), -EINVAL) << size;
  }
}

// -- rn_watch_options ---------------------------------------------------------

TEST(WatchOptions, KeepWhatWasChosen) {
  const char *globs[] = {"a", nullptr};
  rn_handler handler{};
  int context;
  rn_watch_options options = WatchOptions(IN_ALL_EVENTS | IN_ONLYDIR);
  options.flags = RN_WATCH_RECURSIVE | RN_WATCH_PARTIAL;
  options.handler = &handler;
  options.exclude = options.include = globs;
  options.on_failure = [](const char *, int, void *) {};
  options.failure_context = &context;
  options.pair_wait_ms = 60000;
  options.settle_ms = 3600000;
  const rn_rule rule = {"a", RN_RULE_EXCLUDE, RN_RULE_GLOB, 0};
  options.rules = &rule;
  options.rule_count = 1;
  options.exclude_filter = [](const char *, bool, void *) { return true; };
  options.exclude_context = &context;
  options.exclude_flags = RN_RULE_WATCHING;
  rn_watch_options complete;

  ASSERT_EQ(watch_options_read(&options, &complete), 0);

  EXPECT_EQ(std::memcmp(&options, &complete, sizeof(options)), 0);
}

TEST(WatchOptions, TakeAMaskOfEventsAndModifiers) {
  for (const uint32_t mask :
       {uint32_t{IN_CREATE}, uint32_t{IN_ALL_EVENTS},
        uint32_t{IN_OPEN | IN_ONLYDIR}, uint32_t{IN_OPEN | IN_DONT_FOLLOW},
        uint32_t{IN_OPEN | IN_EXCL_UNLINK}, IN_OPEN | uint32_t{IN_ONESHOT},
        uint32_t{IN_OPEN | IN_MASK_CREATE}, uint32_t{IN_OPEN | IN_IGNORED}})
    EXPECT_EQ(ReadWatchWith(mask), 0) << mask;
}

TEST(WatchOptions, RefuseAMaskThatMakesNoWatch) {
  for (const uint32_t mask :
       {uint32_t{0}, uint32_t{IN_ISDIR}, uint32_t{IN_ONLYDIR},
        uint32_t{IN_IGNORED}, uint32_t{IN_OPEN | (1 << 12)},
        uint32_t{IN_OPEN | IN_MASK_ADD},
        uint32_t{IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE}})
    EXPECT_EQ(ReadWatchWith(mask), -EINVAL) << mask;
}

TEST(WatchOptions, TakeEachFlag) {
  for (const unsigned flags :
       {0U, 1U, 2U, 3U, 4U, 5U, 7U, 8U, 11U, 1U << 4, 1U << 4 | 3U, 1U << 5,
        1U << 5 | 7U, 1U << 6, 1U << 6 | 7U, 1U << 7, 1U << 7 | 7U})
    EXPECT_EQ(ReadWatchWith(IN_OPEN, flags), 0) << flags;
}

TEST(WatchOptions, RefuseAFlagThatIsNone) {
  for (unsigned flag = 1U << 8; flag != 0; flag <<= 1)
    EXPECT_EQ(ReadWatchWith(IN_OPEN, flag), -EINVAL) << flag;
}

TEST(WatchOptions, RefuseFixedDirectoriesThatAreRepairedOrFollowed) {
  for (const unsigned flag : {RN_WATCH_RECOVER, RN_WATCH_PERSISTENT})
    EXPECT_EQ(ReadWatchWith(IN_OPEN, RN_WATCH_FIXED | flag), -EINVAL);
}

TEST(WatchOptions, RefuseToTellNeitherFilesNorDirectories) {
  EXPECT_EQ(
      ReadWatchWith(IN_OPEN, RN_WATCH_FILES_ONLY | RN_WATCH_DIRECTORIES_ONLY),
      -EINVAL);
}

TEST(WatchOptions, TakeScopesAndTypesForAPredicate) {
  rn_watch_options options = WatchOptions(), complete;
  for (unsigned flags = 0; flags < 1U << 9; flags++) {
    options.exclude_flags = flags;
    const bool right =
        flags < 1U << 4 && flags != (RN_RULE_WATCHING | RN_RULE_FILES);
    EXPECT_EQ(watch_options_read(&options, &complete), right ? 0 : -EINVAL)
        << flags;
  }
}

TEST(WatchOptions, RefuseToRecoverAPathThatMayGo) {
  EXPECT_EQ(ReadWatchWith(IN_OPEN, RN_WATCH_RECOVER | RN_WATCH_PERSISTENT),
            -EINVAL);
}

TEST(WatchOptions, HaveALongestWaitForHalfARename) {
  rn_watch_options options = WatchOptions(IN_MOVE), complete;
  ASSERT_EQ(watch_options_read(&options, &complete), 0);
  EXPECT_EQ(complete.pair_wait_ms, 500U);

  options.pair_wait_ms = 60001;
  EXPECT_EQ(watch_options_read(&options, &complete), -EINVAL);
}

TEST(WatchOptions, HaveALongestTimeToSettle) {
  rn_watch_options options = WatchOptions(IN_MODIFY), complete;
  ASSERT_EQ(watch_options_read(&options, &complete), 0);
  EXPECT_EQ(complete.settle_ms, 0U);

  options.settle_ms = 3600001;
  EXPECT_EQ(watch_options_read(&options, &complete), -EINVAL);
}

TEST(WatchOptions, RefuseOneShotWhereEntriesSettle) {
  rn_watch_options options = WatchOptions(IN_MODIFY | IN_ONESHOT), complete;
  options.settle_ms = 1;
  EXPECT_EQ(watch_options_read(&options, &complete), -EINVAL);
}

TEST(WatchOptions, RefuseOneShotBelow) {
  EXPECT_EQ(ReadWatchWith(IN_OPEN | IN_ONESHOT, RN_WATCH_RECURSIVE), -EINVAL);
  EXPECT_EQ(ReadWatchWith(IN_OPEN | IN_ONESHOT, RN_WATCH_PERSISTENT), -EINVAL);
  EXPECT_EQ(ReadWatchWith(IN_OPEN | IN_ONESHOT, RN_WATCH_PARTIAL), 0);
}

TEST(WatchOptions, MayBeOlder) {
  rn_watch_options options = WatchOptions(), complete;
  options.flags = UINT_MAX;  // behind the end: not read
  options.size = offsetof(rn_watch_options, flags);

  ASSERT_EQ(watch_options_read(&options, &complete), 0);

  EXPECT_EQ(complete.mask, static_cast<uint32_t>(IN_CREATE));
  EXPECT_EQ(complete.flags, 0U);
}

TEST(WatchOptions, AreRefusedWithoutAMask) {
  rn_watch_options options = WatchOptions(), complete;
  options.size = offsetof(rn_watch_options, flags) - 1;
  EXPECT_EQ(watch_options_read(&options, &complete), -EINVAL);
  options.size = 0;
  EXPECT_EQ(watch_options_read(&options, &complete), -EINVAL);
}

TEST(WatchOptions, MayBeNewer) {
  Sized<rn_watch_options> options(WatchOptions());
  rn_watch_options complete;
  options.get()->size = 4096;
  EXPECT_EQ(watch_options_read(options.get(), &complete), 0);

  options.bytes()[sizeof(rn_watch_options)] = 1;
  EXPECT_EQ(watch_options_read(options.get(), &complete), -EINVAL);
}

TEST(WatchOptions, AreRefusedWhenTheyAreTooLarge) {
  Sized<rn_watch_options> options(WatchOptions());
  rn_watch_options complete;
  options.get()->size = 4097;

  EXPECT_EQ(watch_options_read(options.get(), &complete), -EINVAL);
}

TEST(WatchOptions, AreNotWrittenWhenRefused) {
  const rn_watch_options options = WatchOptions(0);
  rn_watch_options complete = WatchOptions(42);

  ASSERT_EQ(watch_options_read(&options, &complete), -EINVAL);

  EXPECT_EQ(complete.mask, 42U);
}

}  // namespace
}  // namespace rn
