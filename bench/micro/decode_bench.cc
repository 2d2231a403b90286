// What does it cost to take one record out of the bytes of a read?
//
// Beforehand: 16 bytes of head to copy, and a name of which every eight bytes
// take some three instructions: 1 to 2 ns for names up to 16 bytes, and ten
// more for the longest.

#include <sys/inotify.h>

#include <cstring>
#include <string>
#include <vector>

#include "bench/micro/micro.h"

extern "C" {
#include "lib/decode/decode.h"
}

namespace rn {
namespace {

constexpr size_t kReadSize = 65536;  // what the reader asks for by default

// Append a record as the kernel writes it: the name padded with NULs to a
// multiple of 16 bytes.
void Append(std::vector<char> *buffer, int wd, const std::string &name) {
  inotify_event head{};
  head.wd = wd;
  head.mask = IN_MODIFY;
  head.len =
      name.empty() ? 0 : static_cast<uint32_t>(name.size() / 16 + 1) * 16;
  const char *bytes = reinterpret_cast<const char *>(&head);
  buffer->insert(buffer->end(), bytes, bytes + sizeof(head));
  const size_t end = buffer->size() + head.len;
  buffer->insert(buffer->end(), name.begin(), name.end());
  buffer->resize(end, '\0');
}

// As many records as one read brings.
std::vector<char> Records(size_t name_size, uint64_t *count) {
  std::vector<char> buffer;
  *count = 0;
  while (buffer.size() + sizeof(inotify_event) + name_size + 16 < kReadSize)
    Append(&buffer, static_cast<int>(++*count % 16),
           std::string(name_size, 'n'));
  return buffer;
}

// Go over the buffer by `next`; the first argument is the length of the names.
template <typename Next>
void Decode(benchmark::State &state, Next next) {
  uint64_t count;
  const std::vector<char> buffer =
      Records(static_cast<size_t>(state.range(0)), &count);
  for (auto _ : state) {
    rn_cursor at{buffer.data(), buffer.data() + buffer.size()};
    rn_raw_event event;
    while (next(&at, &event) == 1) benchmark::DoNotOptimize(event);
  }
  CountPerItem(state, "record", count);
}

// As the reader does it: inlined.
void DecodeInlined(benchmark::State &state) {
  Decode(state, [](rn_cursor *at, rn_raw_event *event) {
    return rn_decode_next(at, event);
  });
}

// As a user of the thin layer does it: a call a record.
void DecodePublic(benchmark::State &state) {
  Decode(state, [](rn_cursor *at, rn_raw_event *event) {
    return rn_parse_next(at, event);
  });
}

BENCHMARK(DecodeInlined)
    ->ArgName("name")
    ->Arg(0)
    ->Arg(8)
    ->Arg(15)
    ->Arg(64)
    ->Arg(255);
BENCHMARK(DecodePublic)
    ->ArgName("name")
    ->Arg(0)
    ->Arg(8)
    ->Arg(15)
    ->Arg(64)
    ->Arg(255);

}  // namespace
}  // namespace rn

BENCHMARK_MAIN();
