#ifndef BENCH_SUBJECT_PEER_H
#define BENCH_SUBJECT_PEER_H

/* The peers: other libraries and commands, each driven by a program of
 * bench/peers that runs as a child.
 *
 * A peer is a subject like others: it drains and it sets up.  For what it does
 * besides, a child of it is started by peer_start(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/core/scenario.h"
#include "bench/subject/peer_child.h"
#include "bench/subject/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  PEER_PATH_SIZE = 4096,
  PEERS_MAX = 8, /* that there are */
};

struct peer {
  const char *name;
  const char *package;   /* of Debian */
  uint32_t ns_per_event; /* what one costs it, roughly: for plans */
  uint32_t ns_per_watch; /* likewise */
  uint64_t timeout_ns;   /* of one child */
  char path[PEER_PATH_SIZE];
  char version[48];
  char reason[160]; /* why it cannot be measured; "": it can */
};

/* Look whether a peer's program is in `folder` and works: peer->path and the
 * fields behind it.
 *
 * folder     or NULL: the programs were not found. */
void peer_look(struct peer *peer, const char *folder);

/* The subject that a peer is; peer must outlive it. */
struct subject peer_subject(const struct peer *peer);

/* The peer that a subject is; NULL when it is none. */
const struct peer *peer_of(const struct subject *subject);

/* The peers that can be measured, looked for once; none with --no-peers.
 *
 * plan       those that cannot are noted in it; or NULL.
 * count      out. */
const struct subject *peers_for(const struct options *options,
                                struct plan *plan, size_t *count);

/* The one of this name, or NULL. */
const struct subject *peer_named(const struct options *options,
                                 const char *name);

/* Start a child and wait until it is ready.
 *
 * mode       "drain", "live", "setup", "storm".
 * Returns    0; -EBADMSG, -ETIMEDOUT, -errno: there is no child. */
int peer_start(const struct peer *peer, const char *mode, const char *dir,
               uint32_t work_ns, struct peer_child *child);

/* Wait until it is done, and end it.
 *
 * poke       or NULL: called every 20 ms meanwhile: it makes the last event
 *            again, in case the first was lost.
 * Returns    0; -EBADMSG it said something else, or nothing; -ETIMEDOUT; what
 *            poke gave. */
int peer_finish(struct peer_child *child, int (*poke)(void *context),
                void *context, struct peer_done *done);

#ifdef __cplusplus
}
#endif

#endif
