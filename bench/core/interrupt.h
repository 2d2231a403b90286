#ifndef BENCH_CORE_INTERRUPT_H
#define BENCH_CORE_INTERRUPT_H

/* SIGINT and SIGTERM end a run behind the case that is being measured: the
 * report then holds what there is.  A second one ends the program at once, and
 * the guard cleans up. */

#ifdef __cplusplus
extern "C" {
#endif

/* From now on such a signal is only noted. */
void interrupt_begin(void);

/* The signal that came, or 0. */
int interrupt_signal(void);

/* Back to how signals were.  If one came the program ends by it, as whoever
 * started it expects. */
void interrupt_end(void);

#ifdef __cplusplus
}
#endif

#endif
