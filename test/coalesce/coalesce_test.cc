// Events that say what was said of the same entry just before.

#include <sys/inotify.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"

extern "C" {
#include "lib/coalesce/coalesce.h"
}

namespace rn {
namespace {

class Coalesce : public testing::Test {
 protected:
  Coalesce() : coalescer_(rn_coalescer_new()) {
    RN_ASSERT(coalescer_ != nullptr);
  }
  ~Coalesce() override { free(coalescer_); }

  static rn_coalesce_event Event(uint32_t mask, const std::string &name,
                                 uint32_t generation = 1) {
    const bool is_dir = (mask & IN_ISDIR) != 0;
    return {generation, {name.data(), name.size()}, mask, is_dir, true};
  }

  // Whether the event is told.
  bool Tells(uint32_t mask, const std::string &name, uint32_t generation = 1) {
    const rn_coalesce_event event = Event(mask, name, generation);
    return !rn_coalescer_take(coalescer_, &event);
  }

  bool TellsNotPlain(uint32_t mask, const std::string &name) {
    rn_coalesce_event event = Event(mask, name);
    event.plain = false;
    return !rn_coalescer_take(coalescer_, &event);
  }

  rn_coalescer *const coalescer_;
};

TEST_F(Coalesce, TellsOnceWhatComesAgain) {
  EXPECT_TRUE(Tells(IN_MODIFY, "f"));
  EXPECT_FALSE(Tells(IN_MODIFY, "f"));
  EXPECT_FALSE(Tells(IN_MODIFY, "f"));
}

TEST_F(Coalesce, TellsAChangeThatCameBack) {
  for (const uint32_t mask : {IN_CREATE, IN_DELETE, IN_CREATE, IN_DELETE})
    EXPECT_TRUE(Tells(mask, "f"));
}

TEST_F(Coalesce, KeepsEntriesApart) {
  EXPECT_TRUE(Tells(IN_MODIFY, "f"));
  EXPECT_TRUE(Tells(IN_MODIFY, "g"));
  EXPECT_FALSE(Tells(IN_MODIFY, "f"));
  EXPECT_FALSE(Tells(IN_MODIFY, "g"));
}

TEST_F(Coalesce, KeepsNodesApart) {
  EXPECT_TRUE(Tells(IN_MODIFY, "f", 1));
  EXPECT_TRUE(Tells(IN_MODIFY, "f", 2));
  EXPECT_TRUE(Tells(IN_MODIFY, "", 1));
  EXPECT_FALSE(Tells(IN_MODIFY, "f", 1));
  EXPECT_FALSE(Tells(IN_MODIFY, "f", 2));
}

TEST_F(Coalesce, TellsAFileBehindADirectory) {
  EXPECT_TRUE(Tells(IN_ATTRIB | IN_ISDIR, "f"));
  EXPECT_TRUE(Tells(IN_ATTRIB, "f"));
}

TEST_F(Coalesce, BeginsAnewWithEachRead) {
  EXPECT_TRUE(Tells(IN_MODIFY, "f"));
  rn_coalescer_clear(coalescer_);
  EXPECT_TRUE(Tells(IN_MODIFY, "f"));
  EXPECT_FALSE(Tells(IN_MODIFY, "f"));
}

TEST_F(Coalesce, TellsEveryRename) {
  for (int i = 0; i < 2; i++) {
    EXPECT_TRUE(TellsNotPlain(IN_MOVED_TO, "f"));
    EXPECT_TRUE(TellsNotPlain(IN_MOVED_FROM, "f"));
  }
  EXPECT_TRUE(Tells(IN_MOVED_TO, "g"));
  EXPECT_TRUE(Tells(IN_MOVED_TO, "g"));
}

TEST_F(Coalesce, TellsWhatARenameLiesBetween) {
  EXPECT_TRUE(Tells(IN_MODIFY, "f"));
  EXPECT_TRUE(TellsNotPlain(IN_MOVED_TO, "f"));
  EXPECT_TRUE(Tells(IN_MODIFY, "f"));
}

TEST_F(Coalesce, TellsARecordBehindASyntheticEvent) {
  EXPECT_TRUE(TellsNotPlain(IN_MODIFY, "f"));
  EXPECT_TRUE(Tells(IN_MODIFY, "f"));
  EXPECT_TRUE(TellsNotPlain(IN_MODIFY, "f"));
}

// What is below is told anew when a directory comes again.
TEST_F(Coalesce, ForgetsAllWhereADirectoryComesOrGoes) {
  for (const uint32_t mask :
       {IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVED_TO, IN_IGNORED,
        IN_UNMOUNT, IN_DELETE_SELF, IN_MOVE_SELF, IN_Q_OVERFLOW}) {
    EXPECT_TRUE(Tells(IN_CREATE, "f", 2)) << mask;
    EXPECT_TRUE(Tells(mask | IN_ISDIR, "s")) << mask;
    EXPECT_TRUE(Tells(mask | IN_ISDIR, "s")) << mask;
    EXPECT_TRUE(Tells(IN_CREATE, "f", 2)) << mask;
    rn_coalescer_clear(coalescer_);
  }
}

TEST_F(Coalesce, ComparesWholeNames) {
  const std::string longest(RN_NAME_SIZE_MAX, 'n');
  EXPECT_TRUE(Tells(IN_MODIFY, longest + "a"));
  EXPECT_TRUE(Tells(IN_MODIFY, longest + "b"));
  EXPECT_TRUE(Tells(IN_MODIFY, longest));
  EXPECT_FALSE(Tells(IN_MODIFY, longest));
}

TEST_F(Coalesce, TellsTwiceWhatThereWasNoRoomFor) {
  const std::string half(RN_COALESCE_NAMES / 2, 'n');
  EXPECT_TRUE(Tells(IN_MODIFY, half + "1"));
  EXPECT_TRUE(Tells(IN_MODIFY, half + "2"));
  EXPECT_TRUE(Tells(IN_MODIFY, half + "2"));
  EXPECT_FALSE(Tells(IN_MODIFY, half + "1"));
  rn_coalescer_clear(coalescer_);
  EXPECT_TRUE(Tells(IN_MODIFY, half + "2"));
  EXPECT_FALSE(Tells(IN_MODIFY, half + "2"));
}

// Against a table that forgets nothing: more entries than slots, so that they
// take one another's.
TEST_F(Coalesce, NeverDropsWhatIsNew) {
  constexpr int kEvents = 200000;
  const std::vector<uint32_t> masks = {IN_MODIFY, IN_CREATE, IN_DELETE};
  std::mt19937 random(17);
  std::map<std::pair<uint32_t, std::string>, uint32_t> last;
  int dropped = 0;
  for (int i = 0; i < kEvents; i++) {
    if (random() % 5000 == 0) {
      rn_coalescer_clear(coalescer_);
      last.clear();
    }
    const uint32_t mask = masks[random() % masks.size()];
    const uint32_t generation = random() % 4;
    const std::string name = std::to_string(random() % 500);
    uint32_t &before = last[{generation, name}];
    if (!Tells(mask, name, generation)) {
      ASSERT_EQ(before, mask) << i;
      dropped++;
    }
    before = mask;
  }
  EXPECT_GT(dropped, 0);
}

}  // namespace
}  // namespace rn
