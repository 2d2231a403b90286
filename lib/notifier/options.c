/* What the user may choose, checked.
 *
 * A struct of the user's begins with its size: what lies beyond the library's
 * own idea of it must be zero, what it lacks counts as zero, and zero means the
 * default. */

#include <errno.h>
#include <limits.h>

#include "lib/decode/decode.h"
#include "lib/notifier/notifier.h"

enum {
  WORKERS_MAX = 256,
  SLOTS_MAX = 1 << 20,
  BATCH_MAX = 65536,
  STACK_MIN = 128 * 1024, /* test/notifier/stack_test.cc measures it */
  READ_MIN = 8192,
  READ_MAX = 1 << 20,
  PAIR_WAIT_MS = 500,
  PAIR_WAIT_MS_MAX = 60000,
  SETTLE_MS_MAX = 3600000,
  HOLD_MS = 1000,
  HOLD_MS_MAX = 3600000,
};

#define TYPES_ONLY ((unsigned)(RN_WATCH_FILES_ONLY | RN_WATCH_DIRECTORIES_ONLY))
/* What a watch has from its addition on. */
#define MODIFIERS                                                             \
  ((uint32_t)(IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | \
              IN_ONESHOT))

_Static_assert((size_t)READ_MIN >= RN_RECORD_SIZE_MAX,
               "a read into less than a record gives EINVAL");

/* Copy a struct that may be older or newer than ours. */
static int read_sized(const void *from, size_t from_size, size_t least,
                      void *to, size_t to_size) {
  if (from_size < least || from_size > 4096) return -EINVAL;
  const size_t common = from_size < to_size ? from_size : to_size;
  memcpy(to, from, common);
  const char *bytes = from;
  for (size_t i = common; i < from_size; i++)
    if (bytes[i] != 0) return -EINVAL;
  return 0;
}

static void fill_in(struct rn_thread_notifier_options *o) {
  if (o->worker_count == 0) o->worker_count = 1;
  if (o->slot_count == 0) o->slot_count = 1024;
  if (o->batch_count == 0) o->batch_count = 4096;
  if (o->read_size == 0) o->read_size = 64 * 1024;
  if (o->backlog_size == 0) o->backlog_size = (size_t)256 * 1024 * 1024;
  if (o->thread_name == NULL) o->thread_name = "ringnotify";
  if (o->stack_size == 0) o->stack_size = 256 * 1024;
}

static bool are_valid(const struct rn_thread_notifier_options *o) {
  return o->worker_count <= WORKERS_MAX &&
         (unsigned)o->order <= RN_ORDER_NONE &&
         (unsigned)o->full <= RN_FULL_DROP && o->slot_count >= 2 &&
         o->slot_count <= SLOTS_MAX &&
         (o->slot_count & (o->slot_count - 1)) == 0 &&
         o->batch_count <= BATCH_MAX && o->read_size >= READ_MIN &&
         o->read_size <= READ_MAX && o->stack_size >= STACK_MIN;
}

int rn_options_read(const struct rn_thread_notifier_options *options,
                    struct rn_thread_notifier_options *complete) {
  struct rn_thread_notifier_options read = RN_THREAD_NOTIFIER_OPTIONS_INIT;
  if (options != NULL) {
    const size_t least =
        offsetof(struct rn_thread_notifier_options, worker_count);
    const int err =
        read_sized(options, options->size, least, &read, sizeof(read));
    if (err < 0) return err;
  }
  fill_in(&read);
  if (!are_valid(&read)) return -EINVAL;
  *complete = read;
  return 0;
}

/* Whether these flags can say what a predicate is asked about. */
static bool is_scope(unsigned flags) {
  const unsigned known =
      RN_RULE_WATCHING | RN_RULE_DELIVERY | RN_RULE_DIRECTORIES | RN_RULE_FILES;
  return (flags & ~known) == 0 && flags != (RN_RULE_WATCHING | RN_RULE_FILES);
}

int rn_notifier_options_read(const struct rn_notifier_options *options,
                             struct rn_notifier_options *complete) {
  struct rn_notifier_options read = RN_NOTIFIER_OPTIONS_INIT;
  if (options != NULL) {
    const size_t least = offsetof(struct rn_notifier_options, handler);
    const int err =
        read_sized(options, options->size, least, &read, sizeof(read));
    if (err < 0) return err;
  }
  if (read.threshold_ms == 0) read.threshold_ms = HOLD_MS;
  if (read.timeout_ms == 0) read.timeout_ms = -1;
  if (read.read_delay_ms > HOLD_MS_MAX || read.read_period_ms > HOLD_MS_MAX ||
      read.threshold_ms > HOLD_MS_MAX)
    return -EINVAL;
  *complete = read;
  return 0;
}

int rn_watch_options_read(const struct rn_watch_options *options,
                          struct rn_watch_options *complete) {
  struct rn_watch_options read = RN_WATCH_OPTIONS_INIT;
  const size_t least = offsetof(struct rn_watch_options, flags);
  int err = read_sized(options, options->size, least, &read, sizeof(read));
  if (err < 0) return err;
  err = rn_mask_check(read.mask);
  if (err < 0) return err;
  const unsigned known = RN_WATCH_RECURSIVE | RN_WATCH_PARTIAL |
                         RN_WATCH_RECOVER | RN_WATCH_PERSISTENT |
                         RN_WATCH_PAIR_MOVES | RN_WATCH_FIXED | TYPES_ONLY;
  const unsigned lasting =
      RN_WATCH_RECURSIVE | RN_WATCH_RECOVER | RN_WATCH_PERSISTENT;
  const unsigned apart = RN_WATCH_RECOVER | RN_WATCH_PERSISTENT;
  if ((read.flags & apart) == apart) return -EINVAL;
  if ((read.flags & ~known) != 0) return -EINVAL;
  if ((read.flags & RN_WATCH_FIXED) != 0 && (read.flags & apart) != 0)
    return -EINVAL;
  if ((read.flags & TYPES_ONLY) == TYPES_ONLY) return -EINVAL;
  if (!is_scope(read.exclude_flags)) return -EINVAL;
  if (read.pair_wait_ms > PAIR_WAIT_MS_MAX) return -EINVAL;
  if (read.pair_wait_ms == 0) read.pair_wait_ms = PAIR_WAIT_MS;
  if (read.settle_ms > SETTLE_MS_MAX) return -EINVAL;
  if ((read.mask & IN_MASK_ADD) != 0) return -EINVAL;
  if (((read.flags & lasting) != 0 || read.settle_ms > 0) &&
      (read.mask & IN_ONESHOT) != 0)
    return -EINVAL;
  *complete = read;
  return 0;
}

int rn_watch_update_read(const struct rn_watch_update *update,
                         struct rn_watch_update *complete) {
  struct rn_watch_update read = RN_WATCH_UPDATE_INIT;
  const size_t least = offsetof(struct rn_watch_update, set_flags);
  const int err = read_sized(update, update->size, least, &read, sizeof(read));
  if (err < 0) return err;
  if (read.mask != 0 && rn_mask_check(read.mask) < 0) return -EINVAL;
  if ((read.mask & MODIFIERS) != 0) return -EINVAL;
  const unsigned known = RN_WATCH_RECURSIVE | RN_WATCH_FIXED;
  const unsigned flags = read.set_flags | read.clear_flags;
  if ((flags & ~known) != 0 || (read.set_flags & read.clear_flags) != 0)
    return -EINVAL;
  *complete = read;
  return 0;
}
