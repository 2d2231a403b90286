/* The kernel's own instructions are left out: then it takes no right, up to
 * kernel.perf_event_paranoid = 2. */

#include "bench/core/perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

int perf_open_instructions(bool inherit) {
  struct perf_event_attr attributes = {
      .size = sizeof(attributes),
      .type = PERF_TYPE_HARDWARE,
      .config = PERF_COUNT_HW_INSTRUCTIONS,
      .inherit = inherit,
      .exclude_kernel = 1,
      .exclude_hv = 1,
  };
  const long fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1,
                          PERF_FLAG_FD_CLOEXEC);
  return fd < 0 ? -errno : (int)fd;
}

uint64_t perf_read(int fd) {
  uint64_t count = 0;
  return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}
