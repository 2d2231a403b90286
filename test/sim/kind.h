#ifndef TEST_SIM_KIND_H_
#define TEST_SIM_KIND_H_

#include <cstdint>
#include <string>

namespace rn::sim {

// How a root is watched: bits.
enum : uint32_t {
  kRecursive = 1U << 0,
  kFixed = 1U << 1,
  kPersistent = 1U << 2,
  kPairs = 1U << 3,
  kRecovers = 1U << 4,
  kSettles = 1U << 5,
  kPartial = 1U << 6,
  // What it leaves out; the names are those of the generator.
  kExcludes = 1U << 7,    // everything that is called "b"
  kIncludes = 1U << 8,    // files that are not called "a"
  kDirsOnly = 1U << 9,    // events of files
  kFilesOnly = 1U << 10,  // events of directories
  // What it is watched for, where that is not what the history says.
  kNoisy = 1U << 11,   // everything
  kNarrow = 1U << 12,  // MODIFY, CLOSE_WRITE: nothing that makes a model
};
constexpr uint32_t kKindCount = 13;
constexpr uint32_t kMaskKinds = kNoisy | kNarrow;

// "recursive+pair"; "plain" for none.
std::string KindText(uint32_t kind);
bool ParseKind(const std::string &text, uint32_t *kind);

// What such a root is watched for; `usual` is the history's.
uint32_t MaskOfKind(uint32_t kind, uint32_t usual);

// Whether what is below a root is told, and watched if it is a directory.
//
// below      its path behind that of the root: "/a/b".
bool IsWatched(uint32_t kind, const std::string &below);
bool IsTold(uint32_t kind, const std::string &below, bool is_dir);

}  // namespace rn::sim

#endif  // TEST_SIM_KIND_H_
