// Names of IN_* bits, masks as text and back, what a watch may ask for.

#include "ringnotify/mask.h"

#include <errno.h>

#include <cstring>
#include <string>

#include "gtest/gtest.h"

namespace rn {
namespace {

constexpr uint32_t kUnknownBits =
    0x0fff1000 & ~(IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK);

std::string Format(uint32_t mask) {
  char text[512];
  EXPECT_LT(rn_mask_format(mask, text, sizeof(text)), sizeof(text));
  return text;
}

// The mask that `text` means, or how far it was understood.
struct Read {
  int result;
  uint32_t mask;
  ptrdiff_t bad;
};

Read Parse(const char *text) {
  const char *bad = text - 1;
  Read read{0, 0xdead, 0};
  read.result = rn_mask_parse(text, &read.mask, &bad);
  read.bad = bad - text;
  return read;
}

TEST(Mask, ListsEachFlagOnceInTheOrderOfItsBit) {
  size_t count;
  const rn_flag *flags = rn_flags(&count);

  ASSERT_EQ(count, 22U);

  for (size_t i = 0; i < count; i++) {
    EXPECT_EQ(flags[i].bit & (flags[i].bit - 1), 0U) << flags[i].name;
    EXPECT_GT(flags[i].bit, i > 0 ? flags[i - 1].bit : 0) << flags[i].name;
  }
}

TEST(Mask, NamesEachFlagAsTheKernelDoes) {
#define FLAG(name) \
  { name, #name }
  const struct {
    uint32_t bit;
    const char *name;
  } cases[] = {
      FLAG(IN_ACCESS),      FLAG(IN_MODIFY),        FLAG(IN_ATTRIB),
      FLAG(IN_CLOSE_WRITE), FLAG(IN_CLOSE_NOWRITE), FLAG(IN_OPEN),
      FLAG(IN_MOVED_FROM),  FLAG(IN_MOVED_TO),      FLAG(IN_CREATE),
      FLAG(IN_DELETE),      FLAG(IN_DELETE_SELF),   FLAG(IN_MOVE_SELF),
      FLAG(IN_UNMOUNT),     FLAG(IN_Q_OVERFLOW),    FLAG(IN_IGNORED),
      FLAG(IN_ONLYDIR),     FLAG(IN_DONT_FOLLOW),   FLAG(IN_EXCL_UNLINK),
      FLAG(IN_MASK_CREATE), FLAG(IN_MASK_ADD),      FLAG(IN_ISDIR),
      FLAG(IN_ONESHOT)};
#undef FLAG
  for (const auto &one : cases) {
    EXPECT_STREQ(rn_flag_name(one.bit), one.name);
    EXPECT_EQ(Format(one.bit), one.name);
    EXPECT_EQ(Parse(one.name).mask, one.bit) << one.name;
    EXPECT_EQ(Parse(one.name + 3).mask, one.bit) << one.name;
  }
}

TEST(Mask, HasNoNameForNoneOrSeveralOrUnknownBits) {
  for (uint32_t bits : {0U, 0x1000U, 0x10000U, 3U, uint32_t{IN_CLOSE},
                        uint32_t{IN_ALL_EVENTS}, UINT32_MAX})
    EXPECT_EQ(rn_flag_name(bits), nullptr) << bits;
}

TEST(Mask, WritesText) {
  const struct {
    uint32_t mask;
    const char *text;
  } cases[] = {
      {0, "0"},
      {IN_CREATE | IN_ISDIR, "IN_CREATE|IN_ISDIR"},
      {IN_ISDIR | IN_ACCESS, "IN_ACCESS|IN_ISDIR"},
      {IN_CLOSE, "IN_CLOSE_WRITE|IN_CLOSE_NOWRITE"},
      {IN_MOVE, "IN_MOVED_FROM|IN_MOVED_TO"},
      {0x1000, "0x1000"},
      {0x10000, "0x10000"},
      {0x08ff0000, "0x8ff0000"},
      {IN_ONESHOT | 0x1000 | IN_OPEN, "IN_OPEN|IN_ONESHOT|0x1000"},
  };
  for (const auto &one : cases) EXPECT_EQ(Format(one.mask), one.text);
}

TEST(Mask, CutsTextToItsRoom) {
  const std::string whole = "IN_CREATE|IN_ISDIR|0x1000";
  const uint32_t mask = IN_CREATE | IN_ISDIR | 0x1000;
  for (size_t size = 1; size <= whole.size() + 1; size++) {
    std::string text(whole.size() + 2, '#');

    EXPECT_EQ(rn_mask_format(mask, &text[0], size), whole.size());

    EXPECT_EQ(text.c_str(), whole.substr(0, size - 1));
    EXPECT_EQ(text[size], '#') << "wrote past " << size;
  }
}

TEST(Mask, MeasuresTextWithoutRoom) {
  char untouched = '#';

  EXPECT_EQ(rn_mask_format(IN_CREATE, &untouched, 0), strlen("IN_CREATE"));

  EXPECT_EQ(untouched, '#');
}

TEST(Mask, HasRoomFor512InEachMask) {
  EXPECT_LT(rn_mask_format(UINT32_MAX, nullptr, 0), 512U);
}

TEST(Mask, ReadsText) {
  const struct {
    const char *text;
    uint32_t mask;
  } cases[] = {
      {"IN_CREATE", IN_CREATE},
      {"create", IN_CREATE},
      {"in_Create", IN_CREATE},
      {"create,delete", IN_CREATE | IN_DELETE},
      {"create|delete,IN_ISDIR", IN_CREATE | IN_DELETE | IN_ISDIR},
      {"create,create", IN_CREATE},
      {" create ,\tdelete ", IN_CREATE | IN_DELETE},
      {"close", IN_CLOSE},
      {"IN_CLOSE", IN_CLOSE},
      {"close_write", IN_CLOSE_WRITE},
      {"move", IN_MOVE},
      {"move_self", IN_MOVE_SELF},
      {"all_events", IN_ALL_EVENTS},
      {"IN_ALL_EVENTS", IN_ALL_EVENTS},
      {"mask_create", IN_MASK_CREATE},
      {"0", 0},
      {"256", IN_CREATE},
      {"0256", IN_CREATE},
      {"0x100", IN_CREATE},
      {"0X1aB", 0x1ab},
      {"4294967295", UINT32_MAX},
      {"0xffffffff", UINT32_MAX},
      {"create|0x1000", IN_CREATE | 0x1000},
  };
  for (const auto &one : cases) {
    const Read read = Parse(one.text);
    EXPECT_EQ(read.result, 0) << one.text;
    EXPECT_EQ(read.mask, one.mask) << one.text;
    EXPECT_EQ(read.bad, -1) << one.text;
  }
}

TEST(Mask, TellsWhereTextIsNotUnderstood) {
  const struct {
    const char *text;
    ptrdiff_t bad;
  } cases[] = {
      {"", 0},
      {" ", 1},
      {",", 0},
      {"create,", 7},
      {"create, ", 8},
      {",create", 0},
      {"create||move", 7},
      {"create,wrong", 7},
      {"create, wrong", 8},
      {"wrong,create", 0},
      {"IN_", 0},
      {"IN_IN_CREATE", 0},
      {"create delete", 0},
      {"creat", 0},
      {"createx", 0},
      {"ALL", 0},
      {"0x", 0},
      {"0xg", 0},
      {"12a", 0},
      {"-1", 0},
      {"+1", 0},
      {"4294967296", 0},
      {"0x100000000", 0},
      {"99999999999999999999999", 0},
      {"create\n", 0},
      {"cr\xc3\xa9"
       "ate",
       0},
  };
  for (const auto &one : cases) {
    const Read read = Parse(one.text);
    EXPECT_EQ(read.result, -EINVAL) << one.text;
    EXPECT_EQ(read.bad, one.bad) << one.text;
    EXPECT_EQ(read.mask, 0xdeadU) << one.text;
  }
}

TEST(Mask, NeedsNoPlaceForWhatIsBad) {
  uint32_t mask;

  EXPECT_EQ(rn_mask_parse("wrong", &mask, nullptr), -EINVAL);
  EXPECT_EQ(rn_mask_parse("create", &mask, nullptr), 0);
}

TEST(Mask, ReadsBackWhatItWrites) {
  uint32_t mask = 1;
  for (int i = 0; i < 10000; i++) {
    mask = mask * 1664525 + 1013904223;  // each bit takes both values
    EXPECT_EQ(Parse(Format(mask).c_str()).mask, mask);
  }
}

TEST(Mask, AllowsMasksThatWatchSomething) {
  const uint32_t modifiers =
      IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_ONESHOT | IN_MASK_ADD;
  const uint32_t reported = IN_ISDIR | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW;
  for (uint32_t bit = 1; bit <= IN_MOVE_SELF; bit <<= 1) {
    EXPECT_EQ(rn_mask_check(bit), 0) << bit;
    EXPECT_EQ(rn_mask_check(bit | modifiers | reported), 0) << bit;
    EXPECT_EQ(rn_mask_check(bit | IN_MASK_CREATE), 0) << bit;
  }
}

TEST(Mask, RefusesMasksThatWatchNothing) {
  for (uint32_t mask :
       {0U, uint32_t{IN_ISDIR}, uint32_t{IN_IGNORED}, uint32_t{IN_MASK_ADD},
        uint32_t{IN_ONLYDIR | IN_ONESHOT}, uint32_t{IN_Q_OVERFLOW}})
    EXPECT_EQ(rn_mask_check(mask), -EINVAL) << mask;
}

TEST(Mask, RefusesBitsThatNobodyKnows) {
  for (uint32_t bit = 1; bit != 0; bit <<= 1) {
    if ((bit & kUnknownBits) == 0) continue;
    EXPECT_EQ(rn_mask_check(IN_CREATE | bit), -EINVAL) << bit;
  }
}

TEST(Mask, RefusesToAddAndToCreateAtOnce) {
  EXPECT_EQ(rn_mask_check(IN_CREATE | IN_MASK_ADD | IN_MASK_CREATE), -EINVAL);
}

}  // namespace
}  // namespace rn
