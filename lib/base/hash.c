/* SipHash-1-3, from the paper of Aumasson and Bernstein ("SipHash: a fast
 * short-input PRF", 2012): one round a word, three at the end. */

#include "lib/base/hash.h"

enum { WORD = sizeof(uint64_t) };

static inline uint64_t rotate(uint64_t word, unsigned bits) {
  return word << bits | word >> (64 - bits);
}

static inline void mix(uint64_t state[4]) {
  uint64_t a = state[0], b = state[1], c = state[2], d = state[3];
  a += b;
  c += d;
  b = rotate(b, 13) ^ a;
  d = rotate(d, 16) ^ c;
  a = rotate(a, 32) + d;
  c += b;
  d = rotate(d, 21) ^ a;
  b = rotate(b, 17) ^ c;
  state[0] = a;
  state[1] = b;
  state[2] = rotate(c, 32);
  state[3] = d;
}

static inline void take_word(uint64_t state[4], uint64_t word) {
  state[3] ^= word;
  mix(state);
  state[0] ^= word;
}

/* Four or eight bytes, the first one lowest. */
static inline uint64_t load4(const char *data) {
  uint32_t word;
  memcpy(&word, data, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap32(word);
#endif
  return word;
}

static inline uint64_t load8(const char *data) {
  uint64_t word;
  memcpy(&word, data, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

static inline uint64_t load1(const char *data, size_t at) {
  return (uint64_t)(unsigned char)data[at] << (8 * at);
}

/* The first `size` bytes, fewer than eight, as a word: by loads that overlap,
 * not by a loop. */
static inline uint64_t load_short(const char *data, size_t size) {
  if (size >= 4) return load4(data) | load4(data + size - 4) << 8 * (size - 4);
  if (size == 0) return 0;
  return load1(data, 0) | load1(data, size / 2) | load1(data, size - 1);
}

static inline void begin(struct rn_hash *hash, const struct rn_hash_key *key,
                         uint64_t seed) {
  const uint64_t *k = key->words;
  hash->state[0] = k[0] ^ 0x736f6d6570736575U;
  hash->state[1] = k[1] ^ 0x646f72616e646f6dU;
  hash->state[2] = k[0] ^ 0x6c7967656e657261U;
  hash->state[3] = k[1] ^ 0x7465646279746573U;
  hash->tail = 0;
  hash->size = WORD;
  take_word(hash->state, seed);
}

static inline void add_whole(struct rn_hash *hash, struct rn_bytes bytes) {
  const char *at = bytes.data;
  size_t left = bytes.size;
  for (; left >= WORD; at += WORD, left -= WORD)
    take_word(hash->state, load8(at));
  hash->tail = load_short(at, left);
  hash->size += bytes.size;
}

static inline uint64_t end(const struct rn_hash *hash) {
  uint64_t state[4];
  memcpy(state, hash->state, sizeof(state));
  take_word(state, hash->tail | hash->size << 56);
  state[2] ^= 0xff;
  for (int i = 0; i < 3; i++) mix(state);
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

uint64_t rn_hash_bytes(const struct rn_hash_key *key, uint64_t seed,
                       struct rn_bytes bytes) {
  struct rn_hash hash;
  begin(&hash, key, seed);
  add_whole(&hash, bytes);
  return end(&hash);
}

void rn_hash_begin(struct rn_hash *hash, const struct rn_hash_key *key,
                   uint64_t seed) {
  begin(hash, key, seed);
}

void rn_hash_add(struct rn_hash *hash, struct rn_bytes bytes) {
  const size_t used = hash->size % WORD;
  if (used > 0) {
    const size_t room = WORD - used;
    const size_t size = bytes.size < room ? bytes.size : room;
    hash->tail |= load_short(bytes.data, size) << (8 * used);
    hash->size += size;
    bytes.data += size;
    bytes.size -= size;
    if (size < room) return;
    take_word(hash->state, hash->tail);
  }
  add_whole(hash, bytes);
}

uint64_t rn_hash_so_far(const struct rn_hash *hash) { return end(hash); }
