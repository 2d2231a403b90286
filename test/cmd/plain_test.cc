// Plain records, by tables.

#include "cmd/ringnotify/plain.h"

#include <string>

#include "gtest/gtest.h"

namespace rn {
namespace {

std::string Format(uint32_t mask, const std::string &path, plain_form form) {
  record record = {};
  record.mask = mask;
  record.path = path.data();
  record.path_size = path.size();
  text text = {};
  plain_event(&text, &record, form);
  const std::string formatted(text.data, text.size);
  EXPECT_FALSE(text.failed);
  text_fini(&text);
  return formatted;
}

TEST(Plain, NamesEventsInTheOrderOfTheirBits) {
  const struct {
    uint32_t mask;
    const char *names;
  } cases[] = {
      {IN_CREATE | IN_ISDIR, "CREATE,ISDIR"},
      {IN_ACCESS, "ACCESS"},
      {IN_CLOSE_WRITE, "CLOSE_WRITE"},
      {IN_MOVED_TO, "MOVED_TO"},
      {IN_UNMOUNT, "UNMOUNT"},
      {IN_ISDIR | IN_DELETE_SELF, "DELETE_SELF,ISDIR"},
      {IN_Q_OVERFLOW, "Q_OVERFLOW"},
      {IN_CREATE | 0x1000, "CREATE,0x1000"},
      {0, ""},
  };

  for (const auto &one : cases)
    EXPECT_EQ(Format(one.mask, "p", PLAIN_LINES),
              std::string(one.names) + "\tp\n");
}

TEST(Plain, KeepsAnEventOnOneLine) {
  EXPECT_EQ(Format(IN_CREATE, "a\nb\tc\\d\x7f", PLAIN_LINES),
            "CREATE\ta\\nb\\tc\\\\d\\x7f\n");
  EXPECT_EQ(Format(IN_CREATE, "\xff caf\xc3\xa9", PLAIN_LINES),
            "CREATE\t\xff caf\xc3\xa9\n");
}

TEST(Plain, EscapesNothingBeforeANul) {
  const std::string path = "a\nb\tc\\d\x7f\xff";

  EXPECT_EQ(Format(IN_DELETE, path, PLAIN_NUL),
            "DELETE\t" + path + std::string(1, '\0'));
}

TEST(Plain, HasAnEmptyPathForAnOverflow) {
  EXPECT_EQ(Format(IN_Q_OVERFLOW, "", PLAIN_LINES), "Q_OVERFLOW\t\n");
  EXPECT_EQ(Format(IN_Q_OVERFLOW, "", PLAIN_NUL),
            "Q_OVERFLOW\t" + std::string(1, '\0'));
}

TEST(Plain, NamesTheWatchThatWasRepaired) {
  record record = {};
  record.path = "T\n";
  record.path_size = 2;
  text text = {};

  plain_rescan(&text, &record, PLAIN_LINES);
  plain_rescan(&text, &record, PLAIN_NUL);

  EXPECT_EQ(std::string(text.data, text.size),
            "RESCAN\tT\\n\nRESCAN\tT\n" + std::string(1, '\0'));
  text_fini(&text);
}

}  // namespace
}  // namespace rn
