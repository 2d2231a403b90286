#ifndef CMD_RINGNOTIFY_PLAIN_H
#define CMD_RINGNOTIFY_PLAIN_H

#include "cmd/ringnotify/record.h"
#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How plain records end. */
enum plain_form {
  PLAIN_LINES, /* by a newline; control bytes and backslashes are escaped */
  PLAIN_NUL,   /* by a NUL; nothing is escaped */
};

/* Add one record for a change or an overflow: the names of the mask without
 * "IN_", joined by commas, a tab, the path. */
void plain_event(struct text *text, const struct record *record,
                 enum plain_form form);

/* Add one record for a repair: "RESCAN", a tab, the path that was repaired. */
void plain_rescan(struct text *text, const struct record *record,
                  enum plain_form form);

#ifdef __cplusplus
}
#endif

#endif
