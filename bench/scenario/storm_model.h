#ifndef BENCH_SCENARIO_STORM_MODEL_H
#define BENCH_SCENARIO_STORM_MODEL_H

/* What is on disk, as far as it was told.
 *
 * It is told in lines, as peers say them (bench/peers/protocol.h):
 *
 *     C path            is there now
 *     D path            is gone, with all that is below it
 *     F cookie path     is gone, with all that is below it, ...
 *     T cookie path     ... and is there now, if an F with this cookie came
 *                       before; else only it itself
 *     R old<TAB>new     both at once
 *
 * Paths are absolute and UTF-8. */

#include <jansson.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct storm_model {
  const char *root; /* what is not below it is passed over */
  json_t *entries;  /* an object for each directory or file */
  json_t *moving;   /* those between their F and their T, by cookie */
  uint64_t changes; /* lines taken */
  uint64_t doubled; /* told as created while it was there */
  int error;        /* -ENOMEM: it is not complete */
};

/* How a model and the disk differ. */
struct storm_difference {
  uint64_t missed; /* on disk, not told */
  uint64_t extra;  /* told, not on disk */
};

/* An empty model.
 *
 * root       must outlive it.
 * Returns    0 or -ENOMEM. */
int storm_model_init(struct storm_model *model, const char *root);

/* Take a line, without its end.
 *
 * Returns    0; -EBADMSG it is none of these, or not below the root. */
int storm_model_take(struct storm_model *model, const char *line);

/* Compare with what is below the root now.
 *
 * Returns    0; -errno: a directory could not be read. */
int storm_model_compare(const struct storm_model *model,
                        struct storm_difference *difference);

void storm_model_fini(struct storm_model *model);

#ifdef __cplusplus
}
#endif

#endif
