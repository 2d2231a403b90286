#include "test/sim/kind.h"

#include <sys/inotify.h>

#include <sstream>

namespace rn::sim {
namespace {

constexpr const char *kNames[kKindCount] = {
    "recursive", "fixed",   "persistent", "pair",    "recover",
    "settle",    "partial", "exclude",    "include", "dirs",
    "files",     "noisy",   "narrow"};
constexpr char kPlain[] = "plain";

// Whether a glob without a slash that excludes "b" finds a name on the way.
bool PassesExcluded(const std::string &below) {
  std::istringstream names(below);
  for (std::string name; std::getline(names, name, '/');)
    if (name == "b") return true;
  return false;
}

}  // namespace

std::string KindText(uint32_t kind) {
  std::string text;
  for (uint32_t i = 0; i < kKindCount; i++)
    if ((kind >> i & 1) != 0)
      text += (text.empty() ? "" : "+") + std::string(kNames[i]);
  return text.empty() ? kPlain : text;
}

bool ParseKind(const std::string &text, uint32_t *kind) {
  *kind = 0;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, '+');) {
    uint32_t i = 0;
    while (i < kKindCount && word != kNames[i]) i++;
    if (i == kKindCount && word != kPlain) return false;
    if (i < kKindCount) *kind |= uint32_t{1} << i;
  }
  return !text.empty();
}

uint32_t MaskOfKind(uint32_t kind, uint32_t usual) {
  if ((kind & kNoisy) != 0) return IN_ALL_EVENTS;
  if ((kind & kNarrow) != 0) return IN_MODIFY | IN_CLOSE_WRITE;
  return usual;
}

bool IsWatched(uint32_t kind, const std::string &below) {
  return (kind & kExcludes) == 0 || !PassesExcluded(below);
}

bool IsTold(uint32_t kind, const std::string &below, bool is_dir) {
  if (!IsWatched(kind, below)) return false;
  if ((kind & (is_dir ? kFilesOnly : kDirsOnly)) != 0) return false;
  if (is_dir || (kind & kIncludes) == 0) return true;
  return below.substr(below.rfind('/') + 1) == "a";
}

}  // namespace rn::sim
