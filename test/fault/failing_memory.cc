// The linker sends the calls here (--wrap), so a sanitizer's allocator works
// beneath it as ever.

#include "test/fault/failing_memory.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include <cerrno>
#include <mutex>
#include <set>
#include <unordered_set>

namespace rn {
namespace {

struct State {
  std::mutex mutex;  // guards all below
  bool armed = false;
  bool lasting = false;
  uint64_t nth = 0;
  uint64_t count = 0;
  const void *failed_at = nullptr;
  std::set<const void *> sites;
  std::unordered_set<const void *> live;
};

State &state() {
  static State *const made = new State;  // threads may outlive main()
  return *made;
}

// Whether what is asked for at this place is to fail.
bool Fails(const void *site) {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (!s.armed) return false;
  s.sites.insert(site);
  s.count++;
  if (s.count != s.nth && !(s.lasting && s.count > s.nth)) return false;
  s.failed_at = site;
  return true;
}

void *Taken(void *memory) {
  if (memory == nullptr) return nullptr;
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.live.insert(memory);
  return memory;
}

void Given(const void *memory) {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.live.erase(memory);
}

}  // namespace

void FailingMemory::FailNth(uint64_t nth, bool lasting) {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.armed = true;
  s.lasting = lasting;
  s.nth = nth;
  s.count = 0;
  s.failed_at = nullptr;
  s.sites.clear();
}

void FailingMemory::Mend() {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.armed = false;
}

bool FailingMemory::HasFailed() {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return s.failed_at != nullptr;
}

std::string FailingMemory::Site() {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  Dl_info info;
  if (s.failed_at == nullptr || dladdr(s.failed_at, &info) == 0) return "";
  char text[32];
  snprintf(text, sizeof(text), "%#tx",
           static_cast<const char *>(s.failed_at) -
               static_cast<const char *>(info.dli_fbase) - 1);
  return text;
}

uint64_t FailingMemory::Count() {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return s.count;
}

size_t FailingMemory::SiteCount() {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return s.sites.size();
}

size_t FailingMemory::LiveCount() {
  State &s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  return s.live.size();
}

}  // namespace rn

// Names that the linker makes of those of the C library.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument);

void *__wrap_malloc(size_t size) {
  if (rn::Fails(__builtin_return_address(0))) return nullptr;
  return rn::Taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
  if (rn::Fails(__builtin_return_address(0))) return nullptr;
  return rn::Taken(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size) {
  if (rn::Fails(__builtin_return_address(0))) return nullptr;
  rn::Given(memory);
  return rn::Taken(__real_realloc(memory, size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  if (rn::Fails(__builtin_return_address(0))) return nullptr;
  return rn::Taken(__real_aligned_alloc(alignment, size));
}

char *__wrap_strdup(const char *text) {
  if (rn::Fails(__builtin_return_address(0))) return nullptr;
  return static_cast<char *>(rn::Taken(__real_strdup(text)));
}

void __wrap_free(void *memory) {
  rn::Given(memory);
  __real_free(memory);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument) {
  if (rn::Fails(__builtin_return_address(0))) return EAGAIN;
  return __real_pthread_create(thread, attributes, run, argument);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
