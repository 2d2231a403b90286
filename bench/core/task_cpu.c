/* The clock of another thread of the process is named by its number; the
 * kernel's own files lag behind by up to a tick. */

#include "bench/core/task_cpu.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/core/clock.h"

/* As the kernel makes them (include/linux/posix-timers.h): the number inverted,
 * then "of one thread" and "time that was scheduled". */
static clockid_t thread_clock(int tid) {
  return (clockid_t)((~(unsigned)tid << 3) | 4U | 2U);
}

static void read_name(const char *tid, char name[32]) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/task/%.20s/comm", tid);
  name[0] = '\0';
  FILE *file = fopen(path, "re");
  if (file == NULL) return;
  if (fgets(name, 32, file) == NULL) name[0] = '\0';
  (void)fclose(file);
}

/* Where a thread of this name counts, or NULL. */
static uint64_t *place_of(struct task_cpu *cpu, const char *name) {
  const size_t size = strlen(TASK_NAME "-");
  if (strncmp(name, TASK_NAME "-", size) != 0) return NULL;
  const char role = name[size];
  if (role == 'r') return &cpu->reader_ns;
  if (role == 'p') return &cpu->producers_ns;
  return role >= '0' && role <= '9' ? &cpu->workers_ns : NULL;
}

int task_cpu_read(struct task_cpu *cpu) {
  *cpu = (struct task_cpu){0};
  DIR *tasks = opendir("/proc/self/task");
  if (tasks == NULL) return -errno;
  const struct dirent *entry;
  while ((entry = readdir(tasks)) != NULL) {
    char name[32] = "";
    read_name(entry->d_name, name);
    uint64_t *place = place_of(cpu, name);
    if (place != NULL) *place += clock_ns(thread_clock(atoi(entry->d_name)));
  }
  (void)closedir(tasks);
  return 0;
}

void task_name_producer(uint32_t index) {
  char name[16];
  snprintf(name, sizeof(name), TASK_NAME "-p%u", index % 1000);
  (void)pthread_setname_np(pthread_self(), name);
}
