// System calls are counted between the marks, and only there.

#include "bench/core/trace.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace rn {
namespace {

int Call(void *context) {
  const int count = *static_cast<int *>(context);
  (void)syscall(SYS_getuid);
  trace_mark();
  for (int i = 0; i < count; i++) (void)syscall(SYS_getuid);
  trace_mark();
  (void)syscall(SYS_getuid);
  return 0;
}

int Fail(void *context) {
  (void)context;
  return -ENOSPC;
}

int MarkNothing(void *context) {
  (void)context;
  return 0;
}

TEST(Trace, CountsExactly) {
  for (int count : {0, 1, 1000}) {
    uint64_t counted = 0;
    const int err = trace_system_calls(Call, &count, &counted);
    if (err != 0 && counted == 0) GTEST_SKIP() << "no tracing here: " << err;

    EXPECT_EQ(counted, static_cast<uint64_t>(count));
  }
}

TEST(Trace, PassesAFailureOn) {
  uint64_t counted = 0;

  EXPECT_EQ(trace_system_calls(Fail, nullptr, &counted), -ENOSPC);
  EXPECT_NE(trace_system_calls(MarkNothing, nullptr, &counted), 0);
}

}  // namespace
}  // namespace rn
