// "Did you mean ...".

#include "cmd/ringnotify/nearest.h"

#include <cstring>
#include <string>

#include "gtest/gtest.h"

namespace rn {
namespace {

std::string Nearest(const std::string &typed) {
  nearest nearest = nearest_begin(typed.data(), typed.size());
  for (const char *word : {"create", "delete", "delete_self", "modify", "move",
                           "moved_to", "CLOSE_WRITE"})
    nearest_offer(&nearest, word);
  return nearest.best == nullptr ? "" : nearest.best;
}

TEST(Nearest, FindsWordsWithOneErrorInThreeLetters) {
  const struct {
    const char *typed;
    const char *word;
  } cases[] = {
      {"creat", "create"},
      {"createe", "create"},
      {"craete", "create"},
      {"ceatr", ""},
      {"modfy", "modify"},
      {"delte_slef", "delete_self"},
      {"closewrite", "CLOSE_WRITE"},
      {"MODIFI", "modify"},
      {"mov", "move"},
      {"mvoe", "move"},
      {"movedto", "moved_to"},
      {"x", ""},
      {"", ""},
      {"rename", ""},
      {"delet", "delete"},
      {"del", "delete"},
      {"Clos", "CLOSE_WRITE"},
      {"de", ""},
  };

  for (const auto &one : cases)
    EXPECT_EQ(Nearest(one.typed), one.word) << one.typed;
}

TEST(Nearest, PrefersTheNearer) {
  nearest nearest = nearest_begin("moved", 5);

  nearest_offer(&nearest, "move");
  nearest_offer(&nearest, "moved");
  nearest_offer(&nearest, "moves");

  EXPECT_STREQ(nearest.best, "moved");
}

TEST(Nearest, LooksAtTheGivenBytesOnly) {
  nearest nearest = nearest_begin("modfy,create", 5);

  nearest_offer(&nearest, "modify");

  EXPECT_STREQ(nearest.best, "modify");
}

TEST(Nearest, HasNoneForAWordTooLong) {
  const std::string typed(41, 'a');
  nearest nearest = nearest_begin(typed.data(), typed.size());

  nearest_offer(&nearest, std::string(40, 'a').c_str());

  EXPECT_EQ(nearest.best, nullptr);
}

}  // namespace
}  // namespace rn
