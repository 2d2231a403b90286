#ifndef BENCH_HANDOVER_PLACES_H
#define BENCH_HANDOVER_PLACES_H

/* The watched directories of a load: wd -> path.  Nothing is renamed here, so
 * one table, constant while events flow, serves reader and workers; the library
 * writes a place into each segment instead. */

#include <stdint.h>

#include "bench/core/load.h"
#include "lib/base/base.h"

struct place {
  size_t path_size; /* without the NUL */
  char path[LOAD_DIRECTORY_SIZE];
};

struct places {
  uint32_t count;
  uint32_t *of_wd;   /* count + 1 of them; of_wd[0]: not a wd, the overflow's */
  struct place *all; /* likewise; the first has the path "" */
};

/* Watch the directories of `load` for IN_MODIFY.
 *
 * places     zero; out: also where it failed, for places_fini().
 * Returns    0; -ENOMEM; what inotify_add_watch(2) gave. */
int places_watch(struct places *places, int inotify_fd,
                 const struct load *load);

void places_fini(struct places *places);

/* Place of a record: 0 for one that no directory is behind. */
static inline uint32_t places_find(const struct places *places, int wd) {
  const uint32_t index = (uint32_t)wd;
  return index <= places->count ? places->of_wd[index] : 0;
}

#endif
