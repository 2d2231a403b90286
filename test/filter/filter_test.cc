// What of a watch is wanted: masks and globs.

#include <errno.h>
#include <sys/inotify.h>

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

using Globs = std::vector<std::string>;

std::vector<const char *> Pointers(const Globs &globs) {
  std::vector<const char *> pointers;
  for (const std::string &glob : globs) pointers.push_back(glob.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

int Init(rn_filter *filter, const char *const *exclude,
         const char *const *include) {
  rn_watch_options options{};
  options.size = sizeof(options);
  options.exclude = exclude;
  options.include = include;
  return rn_filter_init(filter, &options);
}

// What the two questions say, which globs answer in the same way.
bool Passes(const rn_filter *filter, const std::string &path, bool is_dir) {
  const size_t slash = path.rfind('/');
  const char *name =
      path.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  const bool tells = rn_filter_tells(filter, path.c_str(), name, is_dir);
  if (is_dir) {
    EXPECT_EQ(rn_filter_watches(filter, path.c_str(), name), tells) << path;
  }
  return tells;
}

class Filter {
 public:
  explicit Filter(const Globs &exclude, const Globs &include = {},
                  uint32_t mask = IN_ALL_EVENTS) {
    EXPECT_EQ(
        Init(&filter_, Pointers(exclude).data(), Pointers(include).data()), 0);
    filter_.mask = mask;
  }
  ~Filter() { rn_filter_fini(&filter_); }
  Filter(const Filter &) = delete;
  Filter &operator=(const Filter &) = delete;

  bool Passes(const std::string &path, bool is_dir = false) const {
    return rn::Passes(&filter_, path, is_dir);
  }
  bool PassesDir(const std::string &path) const { return Passes(path, true); }
  const rn_filter *get() const { return &filter_; }

 private:
  rn_filter filter_;
};

// -- Masks --------------------------------------------------------------------

TEST(Filter, WantsTheEventsOfItsMask) {
  const uint32_t asked = IN_CREATE | IN_MOVED_TO;
  const struct {
    uint32_t mask;
    bool wanted;
  } rows[] = {
      {IN_CREATE, true},
      {IN_CREATE | IN_ISDIR, true},
      {IN_MOVED_TO, true},
      {IN_MOVED_FROM, false},
      {IN_DELETE, false},
      {IN_DELETE | IN_ISDIR, false},
      {IN_IGNORED, false},
      {IN_UNMOUNT, false},
      {IN_DELETE_SELF, false},
      {IN_ISDIR, false},
      {0, false},
  };
  const Filter filter({}, {}, asked);
  for (const auto &row : rows)
    EXPECT_EQ(rn_filter_wants_mask(filter.get(), row.mask, false), row.wanted)
        << row.mask;
}

// The end of the root is always told, and nothing else of it.
TEST(Filter, WantsTheEndOfARoot) {
  const Filter filter({}, {}, IN_CREATE);
  const struct {
    uint32_t mask;
    bool wanted;
  } rows[] = {
      {IN_IGNORED, true},
      {IN_UNMOUNT, true},
      {IN_CREATE, true},
      {IN_DELETE_SELF, false},
      {IN_MOVE_SELF, false},
      {IN_Q_OVERFLOW, false},
      {IN_IGNORED | IN_ISDIR, true},
  };
  for (const auto &row : rows)
    EXPECT_EQ(rn_filter_wants_mask(filter.get(), row.mask, true), row.wanted)
        << row.mask;
}

TEST(Filter, WantsTheEndOfADirectoryBelowWhereItWasAskedFor) {
  const Filter filter({}, {}, IN_CREATE | IN_IGNORED);

  EXPECT_TRUE(rn_filter_wants_mask(filter.get(), IN_IGNORED, false));
  EXPECT_FALSE(rn_filter_wants_mask(filter.get(), IN_UNMOUNT, false));
}

TEST(Filter, DoesNotTakeModifiersForEvents) {
  const Filter filter({}, {}, IN_CREATE | IN_ISDIR | IN_ONLYDIR | IN_ONESHOT);

  EXPECT_FALSE(rn_filter_wants_mask(filter.get(), IN_DELETE | IN_ISDIR, false));
}

TEST(Filter, WantsEachEventByItself) {
  for (uint32_t asked = 1; asked <= 0x8000; asked <<= 1) {
    const Filter filter({}, {}, asked);
    for (uint32_t bit = 1; bit <= 0x8000; bit <<= 1)
      EXPECT_EQ(rn_filter_wants_mask(filter.get(), bit, false), bit == asked);
  }
}

// -- Globs --------------------------------------------------------------------

TEST(Filter, LooksAtNoNamesWithoutGlobs) {
  EXPECT_FALSE(rn_filter_looks(Filter({}).get()));
  EXPECT_TRUE(rn_filter_looks_for_watching(Filter({"a"}).get()));
  EXPECT_TRUE(rn_filter_looks_for_telling(Filter({"a"}).get()));
  EXPECT_FALSE(rn_filter_looks_for_watching(Filter({}, {"a"}).get()));
  EXPECT_TRUE(rn_filter_looks_for_telling(Filter({}, {"a"}).get()));
}

TEST(Filter, PassesEverythingWithoutGlobs) {
  const Filter filter({});

  EXPECT_TRUE(filter.Passes("/d/a"));
  EXPECT_TRUE(filter.PassesDir("/d/a"));
}

TEST(Filter, TakesNoGlobsAtAll) {
  rn_filter filter;
  ASSERT_EQ(Init(&filter, nullptr, nullptr), 0);

  EXPECT_FALSE(rn_filter_looks(&filter));
  EXPECT_TRUE(Passes(&filter, "/d/a", false));

  rn_filter_fini(&filter);
}

TEST(Filter, MatchesGlobs) {
  const struct {
    std::string glob, path;
    bool matches;
  } rows[] = {
      {"a", "/d/a", true},
      {"a", "/a/b", false},
      {"a", "/d/ab", false},
      {"*.o", "/d/x.o", true},
      {"*.o", "/d/x.oo", false},
      {"*.o", "/x.o/y", false},
      {"*", "/d/.hidden", true},
      {"[ab]?", "/d/bz", true},
      {"[!ab]", "/d/a", false},
      {"\\*", "/d/*", true},
      {"\\*", "/d/a", false},
      {"a", "a", true},
      {"", "/d/a", false},
      // With a '/': the whole path; '*' goes over slashes.
      {"/d/a", "/d/a", true},
      {"/d/a", "/e/d/a", false},
      {"d/a", "/d/a", false},
      {"*/a", "/d/e/a", true},
      {"/d/*", "/d/e/f", true},
      {"/d/*.o", "/d/e/x.o", true},
      {"/d/*.o", "/e/x.o", false},
      {"*/.git", "/d/.git", true},
      {"*/.git/*", "/d/.git/HEAD", true},
      {"*/.git/*", "/d/.git", false},
  };
  for (const auto &row : rows) {
    const std::string which = row.glob + " on " + row.path;
    EXPECT_EQ(Filter({row.glob}).Passes(row.path), !row.matches) << which;
    EXPECT_EQ(Filter({}, {row.glob}).Passes(row.path), row.matches) << which;
  }
}

TEST(Filter, HidesAnExcludedDirectory) {
  const Filter filter({"build", "/d/tmp"});

  EXPECT_FALSE(filter.PassesDir("/d/build"));
  EXPECT_FALSE(filter.PassesDir("/d/tmp"));
  EXPECT_TRUE(filter.PassesDir("/d/e/tmp"));
}

TEST(Filter, HidesNoDirectoryThatIsNotIncluded) {
  const Filter filter({}, {"*.c"});

  EXPECT_TRUE(filter.PassesDir("/d/src"));
  EXPECT_FALSE(filter.Passes("/d/src"));
  EXPECT_TRUE(filter.Passes("/d/a.c"));
}

TEST(Filter, ExcludesBeforeItIncludes) {
  const Filter filter({"a*"}, {"*.c"});

  EXPECT_FALSE(filter.Passes("/d/a.c"));
  EXPECT_TRUE(filter.Passes("/d/b.c"));
  EXPECT_FALSE(filter.PassesDir("/d/a"));
}

TEST(Filter, MatchesAnyOfItsGlobs) {
  const Filter exclude({"a", "*.o", "/d/x"});
  for (const char *path : {"/d/a", "/d/b.o", "/d/x"})
    EXPECT_FALSE(exclude.Passes(path)) << path;
  EXPECT_TRUE(exclude.Passes("/d/b"));

  const Filter include({}, {"a", "*.o", "/d/x"});
  for (const char *path : {"/d/a", "/d/b.o", "/d/x"})
    EXPECT_TRUE(include.Passes(path)) << path;
  EXPECT_FALSE(include.Passes("/d/b"));
}

// -- Memory -------------------------------------------------------------------

TEST(Filter, KeepsItsOwnCopies) {
  std::string glob = "abc";
  std::vector<const char *> globs = {glob.c_str(), nullptr};
  rn_filter filter;
  ASSERT_EQ(Init(&filter, globs.data(), globs.data()), 0);

  glob[0] = 'x';
  globs[0] = nullptr;

  EXPECT_FALSE(Passes(&filter, "/d/abc", false));
  rn_filter_fini(&filter);
}

TEST(Filter, SaysThatThereIsNoMemory) {
  const std::vector<const char *> globs = {"a", "b", nullptr};
  const int64_t before = LiveBlocks();
  for (int blocks = 0; blocks < 7; blocks++) {
    rn_filter filter;
    const MemoryEnd end(blocks);
    EXPECT_EQ(Init(&filter, globs.data(), globs.data()), -ENOMEM);
    EXPECT_EQ(LiveBlocks(), before) << blocks;
    EXPECT_FALSE(rn_filter_looks(&filter));
  }
}

TEST(Filter, IsFreedTwice) {
  const int64_t before = LiveBlocks();
  const std::vector<const char *> globs = {"a", "b", nullptr};
  rn_filter filter;
  ASSERT_EQ(Init(&filter, globs.data(), globs.data()), 0);

  rn_filter_fini(&filter);
  rn_filter_fini(&filter);

  EXPECT_EQ(LiveBlocks(), before);
}

}  // namespace
}  // namespace rn
