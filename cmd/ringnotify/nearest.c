/* "Did you mean ...": the word that is the fewest typing errors away.
 *
 * The distance counts a letter missing, a letter too many, a wrong letter and
 * two neighbours swapped, one each (optimal string alignment); the case of
 * letters does not count.  A word is near when at most one letter in three is
 * wrong: a far-fetched guess helps nobody.  A word of which only the beginning
 * was typed, three letters or more, is as near as one with one error.
 *
 * For words of a command line: longer ones than WORD_MAX have no nearest. */

#include "cmd/ringnotify/nearest.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 40 };

static char lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static size_t min(size_t a, size_t b) { return a < b ? a : b; }

/* Errors between the first `a_size` bytes of a and the first `b_size` of b. */
static size_t distance(const char *a, size_t a_size, const char *b,
                       size_t b_size) {
  size_t cost[WORD_MAX + 1][WORD_MAX + 1];
  for (size_t i = 0; i <= a_size; i++) cost[i][0] = i;
  for (size_t j = 0; j <= b_size; j++) cost[0][j] = j;
  for (size_t i = 1; i <= a_size; i++) {
    for (size_t j = 1; j <= b_size; j++) {
      const char x = lower(a[i - 1]), y = lower(b[j - 1]);
      size_t best = cost[i - 1][j - 1] + (x != y);
      best = min(best, min(cost[i - 1][j], cost[i][j - 1]) + 1);
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
        best = min(best, cost[i - 2][j - 2] + 1);
      cost[i][j] = best;
    }
  }
  return cost[a_size][b_size];
}

struct nearest nearest_begin(const char *typed, size_t typed_size) {
  return (struct nearest){.typed = typed,
                          .typed_size = typed_size,
                          .best_distance = typed_size / 3 + 1};
}

static bool begins(const struct nearest *nearest, const char *word) {
  return nearest->typed_size >= 3 &&
         strncasecmp(nearest->typed, word, nearest->typed_size) == 0;
}

void nearest_offer(struct nearest *nearest, const char *word) {
  const size_t size = strlen(word);
  if (size > WORD_MAX || nearest->typed_size > WORD_MAX) return;
  size_t now = distance(nearest->typed, nearest->typed_size, word, size);
  if (begins(nearest, word)) now = min(now, 1);
  if (now >= nearest->best_distance) return;
  nearest->best_distance = now;
  nearest->best = word;
}
