// Whose fault a loss is.

#include "bench/scenario/losses.h"

#include "gtest/gtest.h"

namespace rn {
namespace {

class Losses : public testing::Test {
 protected:
  ~Losses() override { result_fini(&result_); }

  bool Note(uint64_t raw, uint64_t subject) {
    return losses_note(&losses_, {raw, subject}, 100, "subject", &result_);
  }

  losses losses_ = {};
  result result_ = result_begin("latency", "subject");
};

TEST_F(Losses, AreTheLoadsWhereTheRawLoopLoses) {
  EXPECT_FALSE(Note(7, 0));
  EXPECT_FALSE(Note(7, 50));

  EXPECT_FALSE(result_.wrong);
  EXPECT_EQ(losses_.raw, 14U);
  EXPECT_EQ(losses_.subject, 50U);
}

TEST_F(Losses, AreTheSubjectsWhereTheRawLoopLosesNothing) {
  EXPECT_TRUE(Note(0, 0));
  EXPECT_FALSE(result_.wrong);

  EXPECT_TRUE(Note(0, 3));
  EXPECT_TRUE(result_.wrong);
  EXPECT_STREQ(json_string_value(json_object_get(result_.object, "wrong")),
               "3 of 100 events lost by subject");
}

}  // namespace
}  // namespace rn
