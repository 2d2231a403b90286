#ifndef LIB_FILESYSTEM_FILESYSTEM_INTERNAL_H
#define LIB_FILESYSTEM_FILESYSTEM_INTERNAL_H

/* File systems as a kernel of the caller's choice tells them. */

#include "ringnotify/filesystem.h"

RN_BEGIN_DECLS

struct rn_sys;

/* As rn_filesystem_of(). */
RN_CHECKED int rn_filesystem_of_on(const struct rn_sys *sys, const char *path,
                                   struct rn_filesystem *filesystem);

RN_END_DECLS

#endif
