/* A new inotify instance numbers its watches from 1 on, so a plain array leads
 * from the wd to the place: the least that a look-up can cost, and the same for
 * every design. */

#include "bench/handover/places.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>

int places_watch(struct places *places, int inotify_fd,
                 const struct load *load) {
  const uint32_t count = load->shape.watch_count + 1; /* that of the last too */
  places->of_wd = calloc(count + 1, sizeof(*places->of_wd));
  places->all = calloc(count + 1, sizeof(*places->all));
  if (places->of_wd == NULL || places->all == NULL) return -ENOMEM;
  places->count = count;
  for (uint32_t i = 0; i < count; i++) {
    struct place *place = &places->all[i + 1];
    load_directory(load, i, place->path);
    place->path_size = strlen(place->path);
    const int wd = inotify_add_watch(inotify_fd, place->path, IN_MODIFY);
    if (wd < 0) return -errno;
    RN_ASSERT((uint32_t)wd <= count);
    places->of_wd[wd] = i + 1;
  }
  return 0;
}

void places_fini(struct places *places) {
  free(places->of_wd);
  free(places->all);
}
