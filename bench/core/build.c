/* Bazel builds the harness and the library with the same options, so what the
 * compiler says of this file holds for both. */

#include "bench/core/build.h"

#ifdef __OPTIMIZE__
#define OPTIMISED "optimised"
#else
#define OPTIMISED "not optimised"
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

#ifdef SANITIZED
#define SANITIZER ", with a sanitizer"
#else
#define SANITIZER ""
#endif

#ifdef __clang__
#define COMPILER __VERSION__ /* begins with its name */
#else
#define COMPILER "gcc " __VERSION__
#endif

const char build_text[] = OPTIMISED SANITIZER ", " COMPILER;

const char build_refusal[] =
    "this program is built for tests (" OPTIMISED SANITIZER
    "), and its figures would say nothing: build it by 'bazel build -c opt "
    "//cmd/ringnotify //bench', or try it all the same with --any-build";

bool build_is_measurable(void) {
#if defined(__OPTIMIZE__) && !defined(SANITIZED)
  return true;
#else
  return false;
#endif
}
