#ifndef LIB_HANDLER_LINE_H
#define LIB_HANDLER_LINE_H

/* Text into a buffer that may be too small, as snprintf(3) does it. */

#include "lib/base/base.h"

struct rn_line {
  char *text;
  size_t size;
  size_t used; /* goes on counting where the room ends */
};

/* What printf(3) would write, after what is there. */
void rn_line_add(struct rn_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes, with control characters, bytes 0x80 to 0x9f outside of a UTF-8
 * character, and the backslash escaped. */
void rn_line_add_escaped(struct rn_line *line, struct rn_bytes bytes);

/* A length of time, in its two largest units: 42s, 3m5s, 2h10m, 4d3h. */
void rn_line_add_elapsed(struct rn_line *line, uint64_t seconds);

/* Terminate it.  Returns the length that it would have with enough room. */
size_t rn_line_end(struct rn_line *line);

#endif
