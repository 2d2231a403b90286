#ifndef TEST_SUPPORT_RAW_RECORD_H_
#define TEST_SUPPORT_RAW_RECORD_H_

#include <cstdint>
#include <string>

namespace rn {

// Bytes as an inotify descriptor gives them.  Put them together with +.
using Bytes = std::string;

// One record, with its name padded as the kernel does: at least one NUL, the
// whole a multiple of 16; no name, no padding.
Bytes Record(int32_t wd, uint32_t mask, uint32_t cookie = 0,
             const std::string &name = "");

// The kernel's marker of a loss: wd -1, IN_Q_OVERFLOW.
Bytes OverflowRecord();

// The last record of a watch.
Bytes IgnoredRecord(int32_t wd);

// A record as nobody writes it: `name` as it stands, with a length that need
// not be its.
Bytes RawRecord(int32_t wd, uint32_t mask, uint32_t cookie, uint32_t length,
                const Bytes &name);

// Size of the record at the start of `bytes`; all of them when it is cut.
size_t FirstRecordSize(const Bytes &bytes);

}  // namespace rn

#endif  // TEST_SUPPORT_RAW_RECORD_H_
