#ifndef RN_TOOLS_BAZEL_FUZZ_FUZZ_H
#define RN_TOOLS_BAZEL_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Run the code under test on one input. Each fuzz target defines it.
 *
 * data       size bytes, any value; not NUL-terminated.
 *
 * Returns    0. A finding is a crash: an assertion or a sanitizer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* RN_TOOLS_BAZEL_FUZZ_FUZZ_H */
