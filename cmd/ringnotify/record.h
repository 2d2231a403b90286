#ifndef CMD_RINGNOTIFY_RECORD_H
#define CMD_RINGNOTIFY_RECORD_H

/* What the formats print of an event, as plain values. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ringnotify/ringnotify.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The fields are those of rn_event_..(); strings are borrowed. */
struct record {
  enum rn_event_kind kind;
  uint64_t seq;
  struct timespec time;
  uint32_t mask;
  uint32_t cookie;
  int32_t wd;
  bool synthetic;
  const char *path; /* path_size bytes */
  size_t path_size;
  const char *src_path; /* or NULL; src_path_size bytes */
  size_t src_path_size;
  enum rn_loss loss;   /* RN_EVENT_OVERFLOW */
  uint64_t lost_count; /* RN_EVENT_OVERFLOW; 0: not known */
  uint64_t changes;    /* RN_EVENT_RESCAN */
  uint32_t ms;         /* RN_EVENT_RESCAN */
  int error;           /* RN_EVENT_ERROR */
};

/* Read an event.
 *
 * Ownership  the strings are the event's, valid as long as it is.
 * Threads    the handler's. */
struct record record_of(const struct rn_event *event);

#ifdef __cplusplus
}
#endif

#endif
