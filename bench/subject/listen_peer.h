#ifndef BENCH_SUBJECT_LISTEN_PEER_H
#define BENCH_SUBJECT_LISTEN_PEER_H

#include "bench/subject/listener.h"
#include "bench/subject/peer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The listener that a peer is.
 *
 * Stamps are not for it.  Its counts are known when it has seen the last event;
 * what it lost it need not have been told of: `overflows` of libraries that do
 * not tell is 0. */
struct listener_kind peer_listener(const struct peer *peer);

/* Whether a listener is one. */
bool is_peer_listener(const struct listener_kind *kind);

/* The version of one. */
const char *peer_version(const struct listener_kind *kind);

#ifdef __cplusplus
}
#endif

#endif
