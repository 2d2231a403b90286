// Records of inotify(7), written by hand: the tests' own idea of the format,
// shared with nothing in lib.

#include "test/support/raw_record.h"

#include <sys/inotify.h>

#include <cstring>

namespace rn {

Bytes RawRecord(int32_t wd, uint32_t mask, uint32_t cookie, uint32_t length,
                const Bytes &name) {
  const uint32_t head[] = {static_cast<uint32_t>(wd), mask, cookie, length};
  Bytes bytes(reinterpret_cast<const char *>(head), sizeof(head));
  return bytes + name;
}

Bytes Record(int32_t wd, uint32_t mask, uint32_t cookie,
             const std::string &name) {
  Bytes padded = name;
  if (!name.empty()) padded.resize(name.size() / 16 * 16 + 16, '\0');
  const auto length = static_cast<uint32_t>(padded.size());
  return RawRecord(wd, mask, cookie, length, padded);
}

Bytes OverflowRecord() { return Record(-1, IN_Q_OVERFLOW); }

Bytes IgnoredRecord(int32_t wd) { return Record(wd, IN_IGNORED); }

size_t FirstRecordSize(const Bytes &bytes) {
  constexpr size_t kHeadSize = 16;
  if (bytes.size() < kHeadSize) return bytes.size();
  uint32_t length;
  std::memcpy(&length, bytes.data() + 12, sizeof(length));
  return length > bytes.size() - kHeadSize ? bytes.size() : kHeadSize + length;
}

}  // namespace rn
