/* The peer ends itself behind the last event and says what it counted. */

#include "bench/subject/listen_peer.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/core/clock.h"

struct listener {
  struct peer_child child;
  struct listened listened;
  bool failed; /* it said something else, or ended */
};

static int start(const struct peer *peer, const struct listening *listening,
                 struct peer_child *child) {
  int err = peer_start(peer, "live", listening->load->root,
                       listening->handler->work_ns, child);
  if (err < 0) return err;
  err = peer_child_go(child);
  if (err < 0) (void)peer_child_end(child);
  return err;
}

static int begin(const struct listener_kind *kind,
                 const struct listening *listening,
                 struct listener **listener) {
  struct listener *made = calloc(1, sizeof(*made));
  if (made == NULL) return -ENOMEM;
  const int err = start(kind->context, listening, &made->child);
  if (err < 0)
    free(made);
  else
    *listener = made;
  return err;
}

static void take(struct listener *listener, const char *line) {
  struct peer_done done;
  listener->failed = peer_parse_done(line, &done) < 0 || done.events == 0;
  if (listener->failed) return;
  listener->listened.last_ns = now_ns();
  listener->listened.delivered = done.events - 1; /* without the last */
  listener->listened.overflows = done.overflows;
  listener->listened.reader_cpu_ns = done.cpu_ns;
}

static bool wait_last(struct listener *listener, int timeout_ms) {
  if (listener->failed) return true;
  const char *line;
  const uint64_t until = now_ns() + (uint64_t)timeout_ms * 1000000U;
  const int result = peer_child_line_until(&listener->child, until, &line);
  if (result == -EAGAIN) return false;
  if (result == 1)
    take(listener, line);
  else
    listener->failed = true;
  return true;
}

static int end(struct listener *listener, struct listened *listened) {
  (void)peer_child_end(&listener->child);
  *listened = listener->listened;
  const int err = listener->failed ? -EBADMSG : 0;
  free(listener);
  return err;
}

struct listener_kind peer_listener(const struct peer *peer) {
  return (struct listener_kind){.name = peer->name,
                                .context = peer,
                                .begin = begin,
                                .wait_last = wait_last,
                                .end = end};
}

const char *peer_version(const struct listener_kind *kind) {
  return ((const struct peer *)kind->context)->version;
}

bool is_peer_listener(const struct listener_kind *kind) {
  return kind->begin == begin;
}
