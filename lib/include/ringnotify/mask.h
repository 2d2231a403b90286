#ifndef RINGNOTIFY_MASK_H
#define RINGNOTIFY_MASK_H

/* IN_* bits: their names, text to mask and back, and what a watch may ask for.
 * The constants are the system's own, from <sys/inotify.h>. */

#include <sys/inotify.h>

#include "ringnotify/base.h"

/* Linux 4.18; older C libraries lack it. */
#ifndef IN_MASK_CREATE
#define IN_MASK_CREATE 0x10000000U
#endif

RN_BEGIN_DECLS

/* One bit and its name. */
struct rn_flag {
  const char *name; /* as the kernel's headers spell it: "IN_CREATE" */
  uint32_t bit;
};

/* Every single-bit flag in the order of its bit.
 *
 * count      out: how many.
 * Ownership  static storage.
 * Threads    any.
 * Source     inotify(7) "inotify events", inotify_add_watch(2). */
RN_API const struct rn_flag *rn_flags(size_t *count);

/* Name of one bit ("IN_CREATE"), or NULL when `bit` is none or several.
 *
 * Ownership  static storage.
 * Threads    any. */
RN_API const char *rn_flag_name(uint32_t bit);

/* Write `mask` as text: names in the order of their bits joined by '|', bits
 * without a name last in one hexadecimal number, "0" for an empty mask.
 *
 * text, size the buffer, always terminated when size > 0; 512 holds any mask.
 * Returns    the length without the NUL that the whole text has: it was cut
 *            when that is >= size.
 * Threads    any. */
RN_API size_t rn_mask_format(uint32_t mask, char *text, size_t size);

/* Read a mask: names joined by ',' or '|', in any case, with or without "IN_";
 * the groups CLOSE, MOVE and ALL_EVENTS; numbers of 32 bits (0x100, 256).
 * Blanks and tabs round a name do not count; the locale does not matter.
 *
 * bad        out or NULL: on -EINVAL, and only then, the place in `text` where
 *            the name begins that was not understood.
 * Returns    0; -EINVAL an unknown or an empty name.
 * Threads    any. */
RN_API RN_CHECKED int rn_mask_parse(const char *text, uint32_t *mask,
                                    const char **bad);

/* Say whether a watch may be made with `mask`.
 *
 * The kernel takes some masks that do silent harm: one of IN_ISDIR alone
 * empties a watch.  A mask must hold one of IN_ALL_EVENTS, may hold the
 * modifiers of inotify_add_watch(2) and IN_ISDIR, IN_IGNORED, IN_UNMOUNT and
 * IN_Q_OVERFLOW (which need not be asked for), and no other bit; IN_MASK_ADD
 * and IN_MASK_CREATE exclude each other.
 *
 * Returns    0; -EINVAL.
 * Threads    any.
 * Source     inotify_add_watch(2) ERRORS; measured on Linux 6.18. */
RN_API RN_CHECKED int rn_mask_check(uint32_t mask);

RN_END_DECLS

#endif
