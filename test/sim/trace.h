#ifndef TEST_SIM_TRACE_H_
#define TEST_SIM_TRACE_H_

#include <cstdarg>
#include <cstdint>
#include <cstdio>

#include "test/sim/random.h"

namespace rn::sim {

// What happens, a line each: for people, or only as a number that changes when
// any of it does; silent unless switched on.
class Trace {
 public:
  explicit Trace(std::FILE *out = nullptr) : out_(out) {}
  // Nothing is written, all is digested.
  static Trace Digesting() {
    Trace trace;
    trace.digests_ = true;
    return trace;
  }

  bool on() const { return out_ != nullptr || digests_; }

  [[gnu::format(printf, 2, 3)]] void Line(const char *format, ...) {
    if (!on()) return;
    va_list arguments;
    va_start(arguments, format);
    if (digests_) {
      char text[kLineMax];
      std::vsnprintf(text, sizeof(text), format, arguments);
      Digest(text);
    } else {
      std::vfprintf(out_, format, arguments);
      std::fputc('\n', out_);
    }
    va_end(arguments);
  }

  // Of all lines so far.
  uint64_t digest() const { return digest_; }

 private:
  static constexpr int kLineMax = 1024;  // what is behind that is left out

  void Digest(const char *text) {
    for (; *text != '\0'; text++)
      digest_ = (digest_ ^ static_cast<unsigned char>(*text)) * kPrime;
    digest_ = Mix(digest_);
  }

  static constexpr uint64_t kPrime = 0x100000001b3U;

  std::FILE *const out_;
  bool digests_ = false;
  uint64_t digest_ = 0xcbf29ce484222325U;
};

}  // namespace rn::sim

#endif  // TEST_SIM_TRACE_H_
