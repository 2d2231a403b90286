// malloc(3) that counts, and that can run out.

#include "test/batch/memory.h"

#include <stddef.h>

#include <atomic>

namespace rn {
namespace {

std::atomic<uint64_t> taken{0};
std::atomic<int64_t> live{0};
thread_local int blocks_left = -1;  // -1: no end

bool MayTake() {
  if (blocks_left == 0) return false;
  if (blocks_left > 0) blocks_left--;
  return true;
}

template <typename Block>
Block Counted(Block block) {
  if (block == nullptr) return block;
  taken.fetch_add(1, std::memory_order_relaxed);
  live.fetch_add(1, std::memory_order_relaxed);
  return block;
}

}  // namespace

uint64_t TakenBlocks() { return taken.load(std::memory_order_relaxed); }

int64_t LiveBlocks() { return live.load(std::memory_order_relaxed); }

MemoryEnd::MemoryEnd(int blocks) { blocks_left = blocks; }

MemoryEnd::~MemoryEnd() { blocks_left = -1; }

}  // namespace rn

extern "C" {

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size) {
  return rn::MayTake() ? rn::Counted(__real_malloc(size)) : nullptr;
}

void *__wrap_calloc(size_t count, size_t size) {
  return rn::MayTake() ? rn::Counted(__real_calloc(count, size)) : nullptr;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return rn::MayTake() ? rn::Counted(__real_aligned_alloc(alignment, size))
                       : nullptr;
}

char *__wrap_strdup(const char *text) {
  return rn::MayTake() ? rn::Counted(__real_strdup(text)) : nullptr;
}

void __wrap_free(void *block) {
  if (block != nullptr) rn::live.fetch_sub(1, std::memory_order_relaxed);
  __real_free(block);
}

}  // extern "C"
