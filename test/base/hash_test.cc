// The hash of names that others choose.

#include <cstring>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "test/batch/c11.h"

extern "C" {
#include "lib/base/hash.h"
}

namespace rn {
namespace {

constexpr rn_hash_key kNoKey = {{0, 0}};

rn_bytes Bytes(const std::string &text) { return {text.data(), text.size()}; }

uint64_t Hash(const std::string &text, uint64_t seed = 0,
              const rn_hash_key &key = kNoKey) {
  return rn_hash_bytes(&key, seed, Bytes(text));
}

// What another implementation gives, Python's, whose strings are hashed by it:
//   PYTHONHASHSEED=0 python3 -c 'print(hex(hash(b"12345678a") % 2**64))'
TEST(Hash, IsSipHashOfSeedAndBytes) {
  const uint64_t seed = 0x3837363534333231U;  // "12345678"
  std::string high;
  for (int i = 200; i < 223; i++) high += static_cast<char>(i);

  EXPECT_EQ(Hash("", seed), 0x3489982430560a87U);
  EXPECT_EQ(Hash("a", seed), 0x648a65fcaa5b5b18U);
  EXPECT_EQ(Hash("file-7.txt", seed), 0x57e3b6427f4882d5U);
  EXPECT_EQ(Hash(high, seed), 0x7f41a0a55e8c4ad3U);
}

TEST(Hash, IsAnotherUnderEachHalfOfAKey) {
  EXPECT_NE(Hash("a"), Hash("a", 0, {{1, 0}}));
  EXPECT_NE(Hash("a"), Hash("a", 0, {{0, 1}}));
  EXPECT_NE(Hash("a", 0, {{1, 0}}), Hash("a", 0, {{0, 1}}));
}

TEST(Hash, TellsSizesAndSeedsApart) {
  std::set<uint64_t> hashes;
  for (size_t size = 0; size < 100; size++)
    for (uint64_t seed = 0; seed < 10; seed++)
      hashes.insert(Hash(std::string(size, '\0'), seed));

  EXPECT_EQ(hashes.size(), 1000U);
}

TEST(Hash, DependsOnEachByte) {
  for (size_t size = 1; size < 40; size++) {
    std::string text(size, 'x');
    std::set<uint64_t> hashes = {Hash(text)};
    for (size_t at = 0; at < size; at++) {
      text[at] ^= 1;
      hashes.insert(Hash(text));
      text[at] ^= 1;
    }
    EXPECT_EQ(hashes.size(), size + 1);
  }
}

TEST(Hash, IsTheSameInPieces) {
  std::string text;
  for (int i = 0; i < 40; i++) text += static_cast<char>('a' + i);
  const rn_hash_key key = {{5, 6}};
  for (size_t first = 0; first <= text.size(); first++) {
    for (size_t second = first; second <= text.size(); second++) {
      rn_hash hash;
      rn_hash_begin(&hash, &key, 7);
      rn_hash_add(&hash, Bytes(text.substr(0, first)));
      EXPECT_EQ(rn_hash_so_far(&hash), Hash(text.substr(0, first), 7, key));
      rn_hash_add(&hash, Bytes(text.substr(first, second - first)));
      EXPECT_EQ(rn_hash_so_far(&hash), Hash(text.substr(0, second), 7, key));
      rn_hash_add(&hash, Bytes(text.substr(second)));
      EXPECT_EQ(rn_hash_so_far(&hash), Hash(text, 7, key));
    }
  }
}

}  // namespace
}  // namespace rn
