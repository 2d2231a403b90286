#ifndef BENCH_CORE_BUILD_H
#define BENCH_CORE_BUILD_H

/* How this program, and the library in it, was built. */

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For a person: "optimised, gcc 12.2.0". */
extern const char build_text[];

/* Why it is refused where its figures say nothing, and what to do. */
extern const char build_refusal[];

/* Whether its figures say something about the library: it was optimised, and no
 * sanitizer is in it. */
bool build_is_measurable(void);

#ifdef __cplusplus
}
#endif

#endif
