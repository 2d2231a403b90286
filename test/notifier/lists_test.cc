// Several paths at once.

#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

class Lists : public NotifierFixture {
 protected:
  Lists() {
    for (const char *name : {"a", "b", "b/c", ".hidden", "odd[1]"}) MkDir(name);
  }
  ~Lists() override { rn_watch_list_free(list_); }

  int AddList(const Strings &names, unsigned flags = 0,
              uint32_t mask = IN_CREATE) {
    Strings paths;
    for (const std::string &name : names) paths.push_back(Path(name));
    std::vector<const char *> pointers;
    for (const std::string &path : paths) pointers.push_back(path.c_str());
    const rn_watch_options options = Watch(mask);
    rn_watch_list_free(list_);
    list_ = nullptr;
    return rn_watch_manager_add_list(rn_thread_notifier_manager(notifier_),
                                     pointers.data(), pointers.size(), &options,
                                     flags, &list_);
  }

  // "a", "gone -2"
  Strings Results() const {
    Strings texts;
    for (size_t i = 0; i < rn_watch_list_count(list_); i++) {
      const rn_watch_entry *entry = rn_watch_list_at(list_, i);
      const std::string path = entry->path;
      std::string text = path.substr(dir_.path().size() + 1);
      if (entry->error != 0) text += " " + std::to_string(entry->error);
      texts.push_back(text);
    }
    return texts;
  }

  rn_watch_list *list_ = nullptr;
};

TEST_F(Lists, HaveAResultForEachPath) {
  Make();
  EXPECT_EQ(AddList({"a", "gone", "b"}), 1);
  EXPECT_EQ(Results(), (Strings{"a", "gone -2", "b"}));
  Start();
  Touch("a/f");
  Touch("b/f");
  EXPECT_TRUE(WaitFor("CREATE a/f"));
  EXPECT_TRUE(WaitFor("CREATE b/f"));
}

TEST_F(Lists, HandOutHandles) {
  Make();
  ASSERT_EQ(AddList({"a"}), 0);
  EXPECT_EQ(rn_watch_manager_remove(rn_thread_notifier_manager(notifier_),
                                    rn_watch_list_at(list_, 0)->watch),
            0);
}

TEST_F(Lists, TakeEverythingBackWhenStrict) {
  Make();
  EXPECT_EQ(AddList({"a", "b", "gone", "b/c"}, RN_ADD_STRICT), -ENOENT);
  EXPECT_EQ(Results(), (Strings{"a -125", "b -125", "gone -2"}));
  Start();
  EXPECT_TRUE(WaitUntil([&] { return Statistics().watches == 0; }));
}

TEST_F(Lists, OfPatterns) {
  Make();
  EXPECT_EQ(AddList({"*", "b/?", "z*"}, RN_ADD_GLOB), 1);
  EXPECT_EQ(Results(), (Strings{"a", "b", "odd[1]", "b/c", "z* -2"}));
}

TEST_F(Lists, OfPatternsWithoutTheFlagArePaths) {
  Make();
  EXPECT_EQ(AddList({"odd[1]", "*"}), 1);
  EXPECT_EQ(Results(), (Strings{"odd[1]", "* -2"}));
}

TEST_F(Lists, OfPatternsEscapeThem) {
  Make();
  EXPECT_EQ(AddList({"odd\\[1]", ".h*"}, RN_ADD_GLOB), 0);
  EXPECT_EQ(Results(), (Strings{"odd[1]", ".hidden"}));
}

TEST_F(Lists, MayBeEmpty) {
  Make();
  EXPECT_EQ(AddList({}), 0);
  EXPECT_EQ(rn_watch_list_count(list_), 0U);
}

TEST_F(Lists, RefuseBadOptionsBeforeAnything) {
  Make();
  EXPECT_EQ(AddList({"a"}, 0, IN_ISDIR), -EINVAL);
  EXPECT_EQ(AddList({"a"}, 1U << 9), -EINVAL);
  EXPECT_EQ(list_, nullptr);
  EXPECT_EQ(Statistics().watches, 0U);
}

TEST_F(Lists, RefuseRulesAndHandlersBeforeAnything) {
  Make();
  const rn_rule rule = {"(", RN_RULE_EXCLUDE, RN_RULE_REGEX, 0};
  const rn_handler without_size{};
  rn_watch_options by_rule = Watch(IN_CREATE), by_handler = by_rule;
  by_rule.rules = &rule;
  by_rule.rule_count = 1;
  by_handler.handler = &without_size;
  const std::string path = Path("a");
  const char *paths[] = {path.c_str()};
  for (const rn_watch_options *options : {&by_rule, &by_handler}) {
    ASSERT_EQ(AddList({"a"}), 0);
    rn_watch_list *const before = list_;
    EXPECT_EQ(rn_watch_manager_add_list(rn_thread_notifier_manager(notifier_),
                                        paths, 1, options, 0, &list_),
              -EINVAL);
    EXPECT_EQ(list_, nullptr);
    rn_watch_list_free(before);
  }
}

}  // namespace
}  // namespace rn
