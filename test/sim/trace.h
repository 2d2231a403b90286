#ifndef TEST_SIM_TRACE_H_
#define TEST_SIM_TRACE_H_

#include <cstdarg>
#include <cstdio>

namespace rn::sim {

// What happens, a line each, for people; silent unless switched on.
class Trace {
 public:
  explicit Trace(std::FILE *out = nullptr) : out_(out) {}

  bool on() const { return out_ != nullptr; }

  [[gnu::format(printf, 2, 3)]] void Line(const char *format, ...) {
    if (out_ == nullptr) return;
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(out_, format, arguments);
    va_end(arguments);
    std::fputc('\n', out_);
  }

 private:
  std::FILE *const out_;
};

}  // namespace rn::sim

#endif  // TEST_SIM_TRACE_H_
