/* From the library's event to the values that the formats print.
 *
 * An rn_event exists only while a handler runs.  The formats take this plain
 * struct instead, so that a table of test cases can be written down. */

#include "cmd/ringnotify/record.h"

struct record record_of(const struct rn_event *event) {
  struct record record = {
      .kind = rn_event_kind(event),
      .seq = rn_event_seq(event),
      .time = rn_event_time(event),
      .mask = rn_event_mask(event),
      .cookie = rn_event_cookie(event),
      .wd = rn_event_watch(event).wd,
      .synthetic = rn_event_is_synthetic(event),
      .loss = rn_event_loss(event),
      .lost_count = rn_event_lost_count(event),
      .changes = rn_event_rescan_changes(event),
      .ms = rn_event_rescan_ms(event),
      .error = rn_event_error(event),
  };
  record.path = rn_event_path(event, &record.path_size);
  record.src_path = rn_event_src_path(event, &record.src_path_size);
  return record;
}
