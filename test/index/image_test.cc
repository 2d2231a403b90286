// The image of a tree: names, inodes, moves.

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/support/flood.h"

extern "C" {
#include "lib/index/image.h"
#include "lib/index/refs.h"
}

namespace rn {
namespace {

constexpr rn_hash_key kKey = {{1, 2}};
constexpr uint8_t kDir = S_IFDIR >> 12;
constexpr uint8_t kFile = S_IFREG >> 12;

rn_bytes Bytes(const std::string &text) { return {text.data(), text.size()}; }

rn_status Status(uint64_t inode, mode_t mode = S_IFREG) {
  rn_status status = {};
  status.inode = inode;
  status.mode = mode;
  status.size = 7;
  return status;
}

// By multiples of it inodes and directories were spread.
constexpr uint64_t kGolden = 0x9e3779b97f4a7c15U;

// Steps that it took to put the items where they are, beyond one each.
uint64_t StepsOf(const rn_refs &refs) {
  uint64_t steps = 0;
  for (const rn_refs_table &table : {refs.now, refs.old}) {
    for (uint32_t at = 0; table.slots != nullptr && at <= table.mask; at++) {
      if (table.slots[at] == 0) continue;
      const uint64_t hash = refs.hash(refs.context, table.slots[at]);
      steps += (at - static_cast<uint32_t>(hash)) & table.mask;
    }
  }
  return steps;
}

class Image : public testing::Test {
 protected:
  Image() { EXPECT_EQ(rn_image_new(&kKey, &image_), 0); }
  ~Image() override { rn_image_free(image_); }

  uint32_t Add(uint32_t parent, const std::string &name, uint8_t type = kFile) {
    const uint32_t ref = rn_image_add(image_, parent, Bytes(name), type);
    EXPECT_NE(ref, 0U);
    return ref;
  }
  uint32_t Find(uint32_t parent, const std::string &name) const {
    return rn_image_find(image_, parent, Bytes(name));
  }
  uint32_t ByInode(uint64_t inode) const {
    const rn_status status = Status(inode);
    uint64_t at = rn_image_inode_hash(image_, inode, 0);
    return rn_image_by_inode(image_, &status, &at);
  }
  int CountOf(uint64_t inode) const {
    const rn_status status = Status(inode);
    uint64_t at = rn_image_inode_hash(image_, inode, 0);
    int count = 0;
    while (rn_image_by_inode(image_, &status, &at) != 0) count++;
    return count;
  }
  std::string PathOf(uint32_t ref) const {
    std::string path;
    for (; ref != image_->top; ref = rn_image_at(image_, ref)->parent) {
      const rn_bytes name = rn_image_name(image_, rn_image_at(image_, ref));
      path = "/" + std::string(name.data, name.size) + path;
    }
    return path;
  }

  rn_image *image_ = nullptr;
};

TEST_F(Image, FindsWhatWasAdded) {
  const uint32_t dir = Add(image_->top, "d", kDir);
  const uint32_t file = Add(dir, "f");

  EXPECT_EQ(Find(image_->top, "d"), dir);
  EXPECT_EQ(Find(dir, "f"), file);
  EXPECT_EQ(Find(image_->top, "f"), 0U);
  EXPECT_EQ(image_->count, 2U);
}

TEST_F(Image, KnowsNothingOfANewEntry) {
  const uint32_t file = Add(image_->top, "f");

  EXPECT_EQ(rn_image_at(image_, file)->inode, 0U);
  EXPECT_EQ(rn_image_at(image_, file)->flags,
            RN_IMAGE_DATA_OLD | RN_IMAGE_META_OLD);
}

TEST_F(Image, LearnsAndForgetsThatItIsOld) {
  const uint32_t file = Add(image_->top, "f");
  const rn_status status = Status(5);

  rn_image_learn(image_, file, &status);

  EXPECT_EQ(rn_image_at(image_, file)->flags, 0);
  EXPECT_EQ(rn_image_at(image_, file)->size, 7U);
  EXPECT_EQ(ByInode(5), file);
}

TEST_F(Image, FindsEachNameOfAnInode) {
  const rn_status status = Status(5);
  for (const char *name : {"a", "b", "c"}) {
    const uint32_t ref = Add(image_->top, name);
    rn_image_learn(image_, ref, &status);
  }

  EXPECT_EQ(CountOf(5), 3);
}

// All names of an inode have one place in the table.
TEST_F(Image, TakesManyNamesOfAnInodeAsOthers) {
  const uint64_t count = 1500;
  const rn_status status = Status(5);
  std::vector<uint32_t> refs;
  for (uint64_t i = 0; i < count; i++) {
    refs.push_back(Add(image_->top, std::to_string(i)));
    rn_image_learn(image_, refs.back(), &status);
  }
  EXPECT_LT(StepsOf(image_->by_inode), 4 * count);
  EXPECT_EQ(CountOf(5), RN_IMAGE_LINKS_MAX);

  for (uint32_t ref : refs) rn_image_remove(image_, ref);
  EXPECT_EQ(image_->by_inode.count, 0U);
}

// Each of them is still known to be of that inode, and found by it as soon as
// others are not.
TEST_F(Image, FindsOtherNamesOfAnInodeWhenSomeAreGone) {
  const rn_status status = Status(5);
  std::vector<uint32_t> refs;
  for (int i = 0; i < RN_IMAGE_LINKS_MAX + 2; i++) {
    refs.push_back(Add(image_->top, std::to_string(i)));
    rn_image_learn(image_, refs.back(), &status);
  }
  const uint32_t loose = refs.back();
  ASSERT_EQ(rn_image_at(image_, loose)->inode, 5U);
  ASSERT_EQ(CountOf(5), RN_IMAGE_LINKS_MAX);

  rn_image_remove(image_, refs[0]);
  rn_image_remove(image_, refs[1]);
  EXPECT_EQ(CountOf(5), RN_IMAGE_LINKS_MAX - 2);
  rn_image_learn(image_, loose, &status);
  EXPECT_EQ(CountOf(5), RN_IMAGE_LINKS_MAX - 1);

  const std::string longer(40, 'x');
  const uint32_t other = refs[RN_IMAGE_LINKS_MAX];
  const uint32_t moved =
      rn_image_move(image_, other, image_->top, Bytes(longer));
  EXPECT_NE(moved, other);
  EXPECT_EQ(CountOf(5), RN_IMAGE_LINKS_MAX);
}

TEST_F(Image, TellsInodesOfTwoDevicesApart) {
  rn_status status = Status(5);
  rn_image_learn(image_, Add(image_->top, "a"), &status);

  status.device = 1;
  uint64_t at = rn_image_inode_hash(image_, 5, 1);

  EXPECT_EQ(rn_image_by_inode(image_, &status, &at), 0U);
}

TEST_F(Image, RemovesWhatIsBelow) {
  const uint32_t dir = Add(image_->top, "d", kDir);
  const rn_status status = Status(5);
  rn_image_learn(image_, Add(Add(dir, "e", kDir), "f"), &status);

  rn_image_remove(image_, dir);

  EXPECT_EQ(image_->count, 0U);
  EXPECT_EQ(ByInode(5), 0U);
  EXPECT_EQ(Find(image_->top, "d"), 0U);
}

TEST_F(Image, RemovesALargeTreeInPieces) {
  const uint32_t dir = Add(image_->top, "d", kDir);
  constexpr uint32_t kCount = 3 * RN_IMAGE_PIECE;
  for (uint32_t i = 0; i < kCount; i++) Add(dir, std::to_string(i));

  rn_image_remove(image_, dir);

  EXPECT_EQ(Find(image_->top, "d"), 0U);
  EXPECT_EQ(image_->count, kCount + 1 - RN_IMAGE_PIECE);
  int pieces = 0;
  for (; rn_image_has_trash(image_); pieces++) rn_image_sweep(image_);
  EXPECT_EQ(pieces, 3);
  EXPECT_EQ(image_->count, 0U);
}

// A random table that is three quarters full takes 1.5 steps more than one, on
// average; names of one place, half their number.
TEST_F(Image, TakesNamesThatWereChosenToMeetAsOthers) {
  const size_t count = 1500;  // in 2048 slots
  const uint64_t seed = image_->top * kGolden;
  for (const auto &name : FloodNames(count, seed, 11, FloodBits::kLow))
    Add(image_->top, name);

  EXPECT_LT(StepsOf(image_->by_name), 4 * count);
}

// A server of a network file system chooses them.
TEST_F(Image, TakesInodesThatWereChosenToMeetAsOthers) {
  const uint64_t count = 1500;
  uint64_t inverse = kGolden;  // five steps of Newton's
  for (int i = 0; i < 5; i++) inverse *= 2 - kGolden * inverse;
  ASSERT_EQ(inverse * kGolden, 1U);
  for (uint64_t i = 0; i < count; i++) {
    const rn_status status = Status(((i + 1) << 11) * inverse);
    rn_image_learn(image_, Add(image_->top, std::to_string(i)), &status);
  }

  EXPECT_LT(StepsOf(image_->by_inode), 4 * count);
}

TEST_F(Image, MovesADirectoryWithWhatIsBelow) {
  const uint32_t dir = Add(image_->top, "d", kDir);
  const uint32_t file = Add(Add(dir, "e", kDir), "f");
  const uint32_t other = Add(image_->top, "o", kDir);

  EXPECT_EQ(rn_image_move(image_, dir, other, rn_bytes_of("x")), dir);

  EXPECT_EQ(PathOf(file), "/o/x/e/f");
  EXPECT_EQ(Find(image_->top, "d"), 0U);
}

// Else whoever renames it again and again has all that is in it keyed anew.
TEST_F(Image, KeepsADirectoryWhereItIsWhateverItsName) {
  const uint32_t dir = Add(image_->top, "d", kDir);
  const uint32_t file = Add(dir, "f");
  const rn_status status = Status(5, S_IFDIR);
  rn_image_learn(image_, dir, &status);

  for (const size_t size : {255, 1, 9, 4095, 2}) {
    const std::string name(size, 'x');
    ASSERT_EQ(rn_image_move(image_, dir, image_->top, Bytes(name)), dir);
    EXPECT_EQ(Find(image_->top, name), dir);
    EXPECT_EQ(Find(dir, "f"), file);
    EXPECT_EQ(PathOf(file), "/" + name + "/f");
    EXPECT_EQ(ByInode(5), dir);
  }
  rn_image_remove(image_, dir);
  EXPECT_EQ(image_->count, 0U);
}

TEST_F(Image, KeepsWhatItKnowsOfAFileWithALongerName) {
  const uint32_t file = Add(image_->top, "f");
  const rn_status status = Status(5);
  rn_image_learn(image_, file, &status);
  const std::string name(255, 'x');

  const uint32_t moved = rn_image_move(image_, file, image_->top, Bytes(name));

  EXPECT_EQ(Find(image_->top, name), moved);
  EXPECT_EQ(ByInode(5), moved);
  EXPECT_EQ(rn_image_at(image_, moved)->size, 7U);
}

TEST_F(Image, GoesOverATreeBothWays) {
  const uint32_t dir = Add(image_->top, "d", kDir);
  Add(dir, "f");
  Add(dir, "g");
  Add(image_->top, "h");

  std::string down, up;
  for (uint32_t ref = image_->top; ref != 0;
       ref = rn_image_next(image_, image_->top, ref))
    down += PathOf(ref) + " ";
  for (uint32_t ref = rn_image_deepest(image_, dir); ref != 0;
       ref = rn_image_deepest_next(image_, dir, ref))
    up += PathOf(ref) + " ";

  EXPECT_EQ(down, " /h /d /d/g /d/f ");
  EXPECT_EQ(up, "/d/g /d/f /d ");
}

TEST_F(Image, TakesNamesOfAnyLength) {
  for (const size_t size : {1U, 12U, 13U, 255U, RN_NAME_SIZE_MAX}) {
    const std::string name(size, 'n');
    EXPECT_EQ(Find(image_->top, name), 0U);
    EXPECT_EQ(Find(image_->top, name), 0U);
    const uint32_t ref = Add(image_->top, name);
    EXPECT_EQ(Find(image_->top, name), ref);
  }
}

TEST_F(Image, UsesPiecesAgain) {
  for (int i = 0; i < 10000; i++) Add(image_->top, std::to_string(100000 + i));
  const size_t before = rn_image_memory(image_);

  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < 10000; i++)
      rn_image_remove(image_, Find(image_->top, std::to_string(100000 + i)));
    for (int i = 0; i < 10000; i++)
      Add(image_->top, std::to_string(100000 + i));
  }

  EXPECT_EQ(rn_image_memory(image_), before);
}

// Random changes, held against a map.
TEST_F(Image, AgreesWithAMap) {
  std::mt19937 random(1);
  std::map<std::string, uint64_t> files;
  const uint32_t dirs[] = {image_->top, Add(image_->top, "d", kDir)};
  for (int i = 0; i < 100000; i++) {
    const uint32_t dir = random() % 2;
    const std::string name = "f" + std::string(random() % 60, 'x');
    const std::string key = std::to_string(dir) + name;
    const uint32_t ref = Find(dirs[dir], name);
    ASSERT_EQ(ref != 0, files.count(key) > 0) << key;
    if (ref == 0) {
      files[key] = 1 + random() % 50;
      const rn_status status = Status(files[key]);
      rn_image_learn(image_, Add(dirs[dir], name), &status);
      continue;
    }
    ASSERT_EQ(rn_image_at(image_, ref)->inode, files[key]);
    const uint64_t inode = files[key];
    files.erase(key);
    const uint32_t to = random() % 2;
    const std::string other = "f" + std::string(random() % 60, 'x');
    if (Find(dirs[to], other) != 0) {
      rn_image_remove(image_, ref);
    } else {
      rn_image_move(image_, ref, dirs[to], Bytes(other));
      files[std::to_string(to) + other] = inode;
    }
  }
  EXPECT_EQ(image_->count, files.size() + 1);
}

// -- Growing ------------------------------------------------------------------

uint64_t hashes = 0;  // that were worked out

uint64_t HashOf(const void *, uint32_t ref) {
  hashes++;
  return ref % 10 == 0 ? ref : ref * uint64_t{0x9e3779b97f4a7c15} >> 16;
}

bool Has(const rn_refs *refs, uint32_t wanted) {
  uint64_t at = static_cast<uint32_t>(HashOf(nullptr, wanted));
  uint32_t ref;
  while ((ref = rn_refs_next(refs, &at)) != 0)
    if (ref == wanted) return true;
  return false;
}

// However many there are, a step takes no longer; each is found meanwhile.
TEST(Refs, GrowAFewAtATime) {
  constexpr uint32_t kCount = 200000;
  rn_refs refs;
  rn_refs_init(&refs, nullptr, HashOf);
  uint64_t most = 0;
  for (uint32_t ref = 1; ref <= kCount; ref++) {
    const uint64_t before = hashes;
    ASSERT_EQ(rn_refs_reserve(&refs), 0);
    rn_refs_add(&refs, ref);
    most = std::max(most, hashes - before);
    if (ref % 7 == 0) rn_refs_remove(&refs, ref - 3);
    const uint32_t other = ref * uint64_t{2654435761} % ref + 1;
    const bool removed = (other + 3) % 7 == 0 && other + 3 <= ref;
    ASSERT_EQ(Has(&refs, other), !removed) << other << " of " << ref;
  }
  EXPECT_LT(most, kCount / 100);
  for (uint32_t ref = 1; ref <= kCount; ref++)
    ASSERT_EQ(Has(&refs, ref), (ref + 3) % 7 != 0 || ref + 3 > kCount) << ref;
  rn_refs_fini(&refs);
}

}  // namespace
}  // namespace rn
