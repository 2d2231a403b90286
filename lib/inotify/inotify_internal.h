#ifndef LIB_INOTIFY_INOTIFY_INTERNAL_H
#define LIB_INOTIFY_INOTIFY_INTERNAL_H

/* rn_inotify on a kernel of the caller's choice. */

#include "ringnotify/inotify.h"

RN_BEGIN_DECLS

struct rn_sys;

/* As rn_inotify_open().
 *
 * sys        the kernel; must outlive the instance. */
RN_CHECKED int rn_inotify_open_on(const struct rn_sys *sys, unsigned flags,
                                  struct rn_inotify **inotify);

RN_END_DECLS

#endif
