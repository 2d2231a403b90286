#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/* Run the benchmark harness as its command line says: `--help` shows it.
 *
 * argv       argv[0] is ignored.
 * Returns    the exit code: 0; 1 a measurement failed or its counts were wrong;
 *            64 wrong usage.  All was told on stderr. */
int rn_bench_main(int argc, char **argv);

#endif
