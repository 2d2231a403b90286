#ifndef BENCH_CORE_TRACE_H
#define BENCH_CORE_TRACE_H

/* How many system calls something makes, counted exactly. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Run `work(context)` in a child process and count the system calls between its
 * first and its second call of trace_mark().
 *
 * count      out.
 * Returns    0; what the work returned; -ENODATA it made no two marks; another
 *            negative errno: it cannot be traced here.
 * Threads    when there is no other. */
int trace_system_calls(int (*work)(void *context), void *context,
                       uint64_t *count);

/* Bound what is counted.  Without a tracer it does nothing to speak of. */
void trace_mark(void);

#ifdef __cplusplus
}
#endif

#endif
