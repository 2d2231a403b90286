#ifndef CMD_RINGNOTIFY_NEAREST_H
#define CMD_RINGNOTIFY_NEAREST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps the best of the words that are offered for one that was mistyped. */
struct nearest {
  const char *typed;
  size_t typed_size;
  const char *best; /* out: the nearest word offered, or NULL: none is near */
  size_t best_distance;
};

/* typed      not NUL-terminated: typed_size bytes; borrowed. */
struct nearest nearest_begin(const char *typed, size_t typed_size);

/* Offer a word, which must live as long as `best` is used.  The first of equals
 * stays. */
void nearest_offer(struct nearest *nearest, const char *word);

#ifdef __cplusplus
}
#endif

#endif
