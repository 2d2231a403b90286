// A time for each event, and the right one also behind a loss.

#include "bench/subject/stamps.h"

#include <cstdio>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rn {
namespace {

class StampsOf {
 public:
  StampsOf(uint64_t count, uint32_t file_count) {
    EXPECT_EQ(stamps_init(&stamps_, count, file_count), 0);
  }
  ~StampsOf() { stamps_fini(&stamps_); }

  // The event of a file came at this time.
  void Put(unsigned file, uint64_t time) {
    char name[32];
    const int size = std::snprintf(name, sizeof(name), "f%011u", file);
    stamps_put(&stamps_, name, static_cast<size_t>(size), time);
  }
  std::vector<uint64_t> times() const {
    return {stamps_.times_ns, stamps_.times_ns + stamps_.count};
  }
  const stamps &get() const { return stamps_; }

 private:
  stamps stamps_;
};

TEST(Stamps, GoRoundTheFiles) {
  StampsOf stamps(5, 2);

  for (unsigned i = 0; i < 5; i++) stamps.Put(i % 2, 10 + i);

  EXPECT_EQ(stamps.times(), (std::vector<uint64_t>{10, 11, 12, 13, 14}));
  EXPECT_EQ(stamps.get().seen, 5U);
  EXPECT_EQ(stamps.get().extra, 0U);
}

TEST(Stamps, LeaveOutWhatWasLost) {
  StampsOf stamps(8, 4);

  stamps.Put(0, 10);
  stamps.Put(3, 13);  // 1 and 2 are missing
  stamps.Put(1, 15);  // 4 is missing
  stamps.Put(2, 16);

  EXPECT_EQ(stamps.times(),
            (std::vector<uint64_t>{10, 0, 0, 13, 0, 15, 16, 0}));
  EXPECT_EQ(stamps.get().seen, 4U);
}

TEST(Stamps, CountWhatIsTooMuch) {
  StampsOf stamps(2, 4);

  stamps.Put(0, 10);
  stamps.Put(1, 11);
  stamps.Put(2, 12);  // behind the last
  stamps.Put(7, 13);  // no file of the load

  EXPECT_EQ(stamps.times(), (std::vector<uint64_t>{10, 11}));
  EXPECT_EQ(stamps.get().extra, 2U);
}

TEST(Stamps, ReadTheNumberAtTheEndOfAName) {
  stamps at;
  ASSERT_EQ(stamps_init(&at, 20, 20), 0);

  for (const std::string name : {"f3", "4", "f2-0005", "f00000000000000019"})
    stamps_put(&at, name.data(), name.size(), 1);

  EXPECT_EQ(at.next, 20U);
  EXPECT_EQ(at.seen, 4U);
  stamps_fini(&at);
}

}  // namespace
}  // namespace rn
