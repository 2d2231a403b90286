/* Large sizes are dear to try, so the search comes from below. */

#include "bench/scenario/search.h"

/* Double from `least` until it fails.  Returns 0 or a negative errno; *good
 * works or is 0, *bad does not or is 0. */
static int climb(const struct search *search, search_try_fn *attempt,
                 void *context, uint64_t *good, uint64_t *bad) {
  *good = 0;
  *bad = 0;
  for (uint64_t size = search->least;;) {
    const int works = attempt(size, context);
    if (works < 0) return works;
    if (works == 0) {
      *bad = size;
      return 0;
    }
    *good = size;
    if (size >= search->most) return 0;
    size = size > search->most / 2 ? search->most : size * 2;
  }
}

int search_largest(const struct search *search, search_try_fn *attempt,
                   void *context, uint64_t *largest) {
  uint64_t good;
  uint64_t bad;
  const int err = climb(search, attempt, context, &good, &bad);
  if (err < 0) return err;
  while (good > 0 && bad > good + 1 &&
         (double)bad > (double)good * search->precision) {
    const uint64_t middle = good + (bad - good) / 2;
    const int works = attempt(middle, context);
    if (works < 0) return works;
    if (works > 0)
      good = middle;
    else
      bad = middle;
  }
  *largest = good;
  return 0;
}
