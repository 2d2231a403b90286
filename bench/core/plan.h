#ifndef BENCH_CORE_PLAN_H
#define BENCH_CORE_PLAN_H

/* The list of cases, made before anything is measured: so it is known what will
 * be skipped, and how long the rest takes. */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct scenario;

enum { LABEL_SIZE = 64 };

/* One case. */
struct planned {
  const struct scenario *scenario;
  const char *subject;    /* a literal: who is measured */
  char label[LABEL_SIZE]; /* what its line of the table begins with */
  double seconds;         /* that it will take, roughly */
  void *parameters;       /* the scenario's own */
};

struct plan {
  struct planned *cases;
  size_t count;
  const struct scenario *scenario; /* that is being planned */
  json_t *skipped;                 /* array, as in the report */
  int error;                       /* -ENOMEM: it is not complete */
};

/* An empty plan.  Returns 0 or -ENOMEM. */
int plan_init(struct plan *plan);

/* Add a case of the scenario that is being planned.
 *
 * subject    a literal.
 * seconds    with all repetitions and the warm-up.
 * parameters copied, `size` bytes: what its run() will be given. */
void plan_add(struct plan *plan, const char *subject, const char *label,
              double seconds, const void *parameters, size_t size);

/* Note what will not be measured, and why. */
void plan_skip(struct plan *plan, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Seconds that the cases from `index` on will take. */
double plan_seconds_from(const struct plan *plan, size_t index);

void plan_fini(struct plan *plan);

#ifdef __cplusplus
}
#endif

#endif
