#ifndef TEST_SUPPORT_FLOOD_H_
#define TEST_SUPPORT_FLOOD_H_

#include <cstdint>
#include <string>
#include <vector>

namespace rn {

// Which bits of the hash are the same: tables take either.
enum class FloodBits { kHigh, kLow };

// Names of twelve bytes that are a run of their own in a table by 64-bit FNV-1a
// (with the final mix of rn_bytes_hash()): `bits` bits of their hashes are 0.
// Takes 2^bits steps a name.
inline std::vector<std::string> FloodNames(size_t count, uint64_t seed,
                                           int bits, FloodBits which) {
  static const char kLetters[] =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
  const uint64_t mask = (uint64_t{1} << bits) - 1;
  std::vector<std::string> names;
  std::string name(12, '0');
  for (uint64_t at = 0; names.size() < count; at++) {
    uint64_t hash = seed ^ 0xcbf29ce484222325U;
    for (size_t i = 0; i < name.size(); i++) {
      name[i] = kLetters[i < 8 ? at >> (6 * i) & 63 : 0];
      hash = (hash ^ static_cast<unsigned char>(name[i])) * 0x100000001b3U;
    }
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93U;
    hash ^= hash >> 32;
    const uint64_t shared =
        which == FloodBits::kHigh ? hash >> (64 - bits) : hash & mask;
    if (shared == 0) names.push_back(name);
  }
  return names;
}

}  // namespace rn

#endif  // TEST_SUPPORT_FLOOD_H_
