#ifndef CMD_RINGNOTIFY_EVENT_LIST_H
#define CMD_RINGNOTIFY_EVENT_LIST_H

/* The argument of -e: names of events. */

#include <stdint.h>

#include "cmd/ringnotify/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is watched without -e: all but reading, opening and closing unchanged,
 * which are no changes and of which there are too many. */
uint32_t event_list_default(void);

/* Add the events that `list` names to `mask`.
 *
 * problem    out: on -EINVAL one line about what is wrong and what to do.
 * Returns    0; -EINVAL. */
int event_list_add(const char *list, uint32_t *mask, struct text *problem);

/* Say whether the events of all lists together can be watched for.
 *
 * problem    as above.
 * Returns    0; -EINVAL. */
int event_list_check(uint32_t mask, struct text *problem);

#ifdef __cplusplus
}
#endif

#endif
