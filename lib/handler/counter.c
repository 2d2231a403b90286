/* Events counted by their names.
 *
 * An event is counted in one row: that of its bit, of a whole rename, or of its
 * kind where it has no bit; and once more in the row of IN_ISDIR where it has
 * that.  So the rows but that one add up to the events given.
 *
 * Several workers count at once.  A row is an atomic number that nothing else
 * depends on; a text copies all rows first, so that its bars fit together. */

#include "ringnotify/counter.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/cancel.h"
#include "lib/handler/line.h"
#include "lib/handler/output.h"
#include "lib/handler/ready.h"
#include "ringnotify/mask.h"

enum row {
  ROW_BIT = 0, /* the event bits, by their numbers */
  /* A bit that inotify does not use: for a mask without any. */
  ROW_NO_BIT = 12,
  ROW_MOVED = 16,
  ROW_IS_DIR,
  ROW_ERROR,
  ROW_RESCAN,
  ROW_SETTLED,
  ROW_COUNT,
};

enum {
  BAR_SIZE = 45,
  CHART_SIZE = 2048, /* any chart, says the header */
};

struct rn_counter {
  struct rn_holders holders;
  /* const: set before the first event */
  struct timespec start;         /* CLOCK_REALTIME */
  struct timespec elapsed_since; /* CLOCK_MONOTONIC */
  /* shared: w each worker | r any thread | relaxed | numbers, order nothing */
  _Atomic uint64_t rows[ROW_COUNT];
};

/* All rows as they were at one look. */
struct rows {
  uint64_t count[ROW_COUNT];
};

int rn_counter_new(struct rn_counter **counter) {
  struct rn_counter *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  rn_holders_init(&made->holders);
  clock_gettime(CLOCK_REALTIME, &made->start);
  clock_gettime(CLOCK_MONOTONIC, &made->elapsed_since);
  for (size_t i = 0; i < ROW_COUNT; i++) atomic_init(&made->rows[i], 0);
  *counter = made;
  return 0;
}

void rn_counter_free(struct rn_counter *counter) {
  if (counter != NULL && rn_holders_drop(&counter->holders)) free(counter);
}

/* ---- counting ---- */

/* The row of an event's mask without IN_ISDIR. */
static unsigned row_of_mask(uint32_t mask) {
  if ((mask & IN_MOVE) == IN_MOVE) return ROW_MOVED;
  const uint32_t bits = mask & ((1U << ROW_MOVED) - 1);
  return bits == 0 ? ROW_NO_BIT : (unsigned)__builtin_ctz(bits);
}

static unsigned row_of(const struct rn_event *event) {
  switch (rn_event_kind(event)) {
    case RN_EVENT_ERROR:
      return ROW_ERROR;
    case RN_EVENT_RESCAN:
      return ROW_RESCAN;
    case RN_EVENT_SETTLED:
      return ROW_SETTLED;
    case RN_EVENT_CHANGE:
    case RN_EVENT_OVERFLOW:
      break;
  }
  return row_of_mask(rn_event_mask(event));
}

static void count(struct rn_counter *counter, unsigned row) {
  atomic_fetch_add_explicit(&counter->rows[row], 1, memory_order_relaxed);
}

static int on_event(const struct rn_event *event, void *context) {
  struct rn_counter *counter = context;
  count(counter, row_of(event));
  if ((rn_event_mask(event) & IN_ISDIR) != 0) count(counter, ROW_IS_DIR);
  return 0;
}

static void retain(void *context) {
  struct rn_counter *counter = context;
  rn_holders_add(&counter->holders);
}

static void release(void *context) { rn_counter_free(context); }

int rn_counter_handler(struct rn_counter *counter, struct rn_handler *handler) {
  const struct rn_handler from = {
      .size = sizeof(from),
      .context = counter,
      .on_default = on_event,
      .on_release = release,
      .on_retain = retain,
  };
  return rn_ready_handler(&from, handler);
}

/* ---- numbers ---- */

static uint64_t row(const struct rn_counter *counter, unsigned index) {
  return atomic_load_explicit(&counter->rows[index], memory_order_relaxed);
}

uint64_t rn_counter_get(const struct rn_counter *counter, uint32_t mask) {
  if (mask == IN_ISDIR) return row(counter, ROW_IS_DIR);
  const uint32_t bits = mask & ~(uint32_t)IN_ISDIR;
  const bool is_one = bits != 0 && (bits & (bits - 1)) == 0;
  if (bits != IN_MOVE && (!is_one || bits >= 1U << ROW_MOVED)) return 0;
  return row(counter, row_of_mask(bits));
}

static struct rows look(const struct rn_counter *counter) {
  struct rows rows;
  for (unsigned i = 0; i < ROW_COUNT; i++) rows.count[i] = row(counter, i);
  return rows;
}

static uint64_t sum_of_masks(const struct rows *rows) {
  uint64_t sum = 0;
  for (unsigned i = ROW_BIT; i <= ROW_MOVED; i++) sum += rows->count[i];
  return sum;
}

uint64_t rn_counter_kind(const struct rn_counter *counter,
                         enum rn_event_kind kind) {
  const struct rows rows = look(counter);
  const uint64_t overflows = rows.count[row_of_mask(IN_Q_OVERFLOW)];
  switch (kind) {
    case RN_EVENT_CHANGE:
      return sum_of_masks(&rows) - overflows;
    case RN_EVENT_OVERFLOW:
      return overflows;
    case RN_EVENT_ERROR:
      return rows.count[ROW_ERROR];
    case RN_EVENT_RESCAN:
      return rows.count[ROW_RESCAN];
    case RN_EVENT_SETTLED:
      return rows.count[ROW_SETTLED];
  }
  return 0;
}

uint64_t rn_counter_total(const struct rn_counter *counter) {
  const struct rows rows = look(counter);
  return sum_of_masks(&rows) + rows.count[ROW_ERROR] + rows.count[ROW_RESCAN] +
         rows.count[ROW_SETTLED];
}

struct timespec rn_counter_start(const struct rn_counter *counter) {
  return counter->start;
}

/* ---- text ---- */

enum { NAME_SIZE = 64 };

static void name_row(unsigned index, char *name) {
  if (index == ROW_ERROR)
    memcpy(name, "ERROR", sizeof("ERROR"));
  else if (index == ROW_RESCAN)
    memcpy(name, "RESCAN", sizeof("RESCAN"));
  else if (index == ROW_SETTLED)
    memcpy(name, "SETTLED", sizeof("SETTLED"));
  else
    rn_mask_format(index == ROW_MOVED    ? IN_MOVE
                   : index == ROW_IS_DIR ? IN_ISDIR
                                         : 1U << index,
                   name, NAME_SIZE);
}

size_t rn_counter_format(const struct rn_counter *counter, char *text,
                         size_t size) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const struct rows rows = look(counter);
  struct rn_line line = {.text = text, .size = size};
  int64_t seconds = now.tv_sec - counter->elapsed_since.tv_sec;
  if (now.tv_nsec < counter->elapsed_since.tv_nsec) seconds--;
  rn_line_add(&line, "elapsed=");
  rn_line_add_elapsed(&line, (uint64_t)seconds);
  for (unsigned i = 0; i < ROW_COUNT; i++) {
    if (rows.count[i] == 0) continue;
    char name[NAME_SIZE];
    name_row(i, name);
    rn_line_add(&line, "\t%s=%llu", name, (unsigned long long)rows.count[i]);
  }
  return rn_line_end(&line);
}

/* Length of a bar, without leaving 64 bits. */
static unsigned bar_size(uint64_t count, uint64_t largest) {
  const uint64_t size = count <= UINT64_MAX / BAR_SIZE
                            ? count * BAR_SIZE / largest
                            : count / (largest / BAR_SIZE);
  return size < BAR_SIZE ? (unsigned)size : BAR_SIZE;
}

size_t rn_counter_chart(const struct rn_counter *counter, char *text,
                        size_t size) {
  static const char bar[] = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
  _Static_assert(sizeof(bar) == BAR_SIZE + 1, "the longest bar");
  const struct rows rows = look(counter);
  uint64_t largest = 0;
  for (unsigned i = 0; i < ROW_COUNT; i++)
    if (rows.count[i] > largest) largest = rows.count[i];
  struct rn_line line = {.text = text, .size = size};
  for (unsigned i = 0; i < ROW_COUNT; i++) {
    if (rows.count[i] == 0) continue;
    char name[NAME_SIZE];
    name_row(i, name);
    rn_line_add(&line, "%-26s%-46.*s%llu\n", name,
                (int)bar_size(rows.count[i], largest), bar,
                (unsigned long long)rows.count[i]);
  }
  return rn_line_end(&line);
}

int rn_counter_dump(const struct rn_counter *counter, const char *path) {
  RN_UNCANCELLED;
  char text[CHART_SIZE];
  const size_t size = rn_counter_chart(counter, text, sizeof(text));
  RN_ASSERT(size < sizeof(text));
  return rn_output_new_file(path, (struct rn_bytes){text, size});
}
