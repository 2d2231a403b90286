// A set of the names of one directory.

#include <errno.h>

#include <map>
#include <string>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/batch/memory.h"

extern "C" {
#include "lib/tree/names.h"
}

namespace rn {
namespace {

constexpr rn_hash_key kKey = {{1, 2}};

class Names {
 public:
  Names() { rn_names_init(&names_, &kKey); }
  ~Names() { rn_names_fini(&names_); }
  Names(const Names &) = delete;
  Names &operator=(const Names &) = delete;

  int Add(const std::string &name, bool is_dir = false) {
    return rn_names_add(&names_, {name.data(), name.size()}, is_dir);
  }
  bool Remove(const std::string &name) {
    return rn_names_remove(&names_, {name.data(), name.size()});
  }
  bool Has(const std::string &name) const {
    return rn_names_find(&names_, {name.data(), name.size()}) != nullptr;
  }
  std::map<std::string, bool> All() const {
    std::map<std::string, bool> all;
    uint32_t at = 0;
    while (const rn_name *name = rn_names_next(&names_, &at))
      all[std::string(name->data, name->size)] = name->is_dir;
    return all;
  }

 private:
  rn_names names_;
};

TEST(Names, AreNoneAtFirst) {
  Names names;

  EXPECT_FALSE(names.Has("a"));
  EXPECT_FALSE(names.Remove("a"));
  EXPECT_TRUE(names.All().empty());
}

TEST(Names, AreKeptAsBytes) {
  Names names;
  const std::string all[] = {"a", "\xff\n", " ", std::string(255, 'x'),
                             std::string(RN_NAME_SIZE_MAX, 'y')};
  for (const std::string &name : all) ASSERT_EQ(names.Add(name), 0);

  for (const std::string &name : all) EXPECT_TRUE(names.Has(name));
  EXPECT_FALSE(names.Has("aa"));
  EXPECT_FALSE(names.Has(""));
  EXPECT_EQ(names.All().size(), std::size(all));
}

TEST(Names, AreCopied) {
  Names names;
  std::string name = "abc";
  ASSERT_EQ(names.Add(name), 0);

  name[0] = 'x';

  EXPECT_TRUE(names.Has("abc"));
}

TEST(Names, AreInItOnce) {
  Names names;
  ASSERT_EQ(names.Add("a", true), 0);

  EXPECT_EQ(names.Add("a", false), 1);

  EXPECT_EQ(names.All(), (std::map<std::string, bool>{{"a", true}}));
}

TEST(Names, AreGoneWhenRemoved) {
  Names names;
  ASSERT_EQ(names.Add("a"), 0);
  ASSERT_EQ(names.Add("b", true), 0);

  EXPECT_TRUE(names.Remove("a"));

  EXPECT_FALSE(names.Remove("a"));
  EXPECT_EQ(names.All(), (std::map<std::string, bool>{{"b", true}}));
}

TEST(Names, AreFreed) {
  const int64_t before = LiveBlocks();
  {
    Names names;
    for (int i = 0; i < 1000; i++) ASSERT_EQ(names.Add(std::to_string(i)), 0);
    for (int i = 0; i < 500; i++) ASSERT_TRUE(names.Remove(std::to_string(i)));
  }

  EXPECT_EQ(LiveBlocks(), before);
}

TEST(Names, StayAsTheyWereWithoutMemory) {
  for (const int blocks : {0, 1}) {
    Names names;
    {
      const MemoryEnd end(blocks);
      EXPECT_EQ(names.Add("a"), -ENOMEM) << blocks;
    }
    EXPECT_FALSE(names.Has("a"));
    EXPECT_EQ(names.Add("a"), 0);
  }
}

TEST(NamesDeathTest, AreNotTooLong) {
  Names names;

  EXPECT_DEATH((void)names.Add(std::string(RN_NAME_SIZE_MAX + 1, 'x')),
               "broken contract");
}

}  // namespace
}  // namespace rn
