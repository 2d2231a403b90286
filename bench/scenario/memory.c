/* The kernel keeps the peak; writing "5" to clear_refs makes it begin anew,
 * proc(5). */

#include "bench/scenario/memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A field of /proc/self/status that is given in kB, in bytes; 0: no such. */
static uint64_t status_bytes(const char *field) {
  FILE *file = fopen("/proc/self/status", "re");
  if (file == NULL) return 0;
  char line[256];
  const size_t size = strlen(field);
  uint64_t kilobytes = 0;
  while (kilobytes == 0 && fgets(line, sizeof(line), file) != NULL)
    if (strncmp(line, field, size) == 0)
      (void)sscanf(line + size, ": %" SCNu64, &kilobytes);
  (void)fclose(file);
  return kilobytes * 1024;
}

uint64_t memory_begin(void) {
  (void)malloc_trim(0);
  const int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t written = write(fd, "5", 1);
  close(fd);
  return written == 1 ? status_bytes("VmRSS") : 0;
}

uint64_t memory_peak(void) { return status_bytes("VmHWM"); }
