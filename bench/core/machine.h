#ifndef BENCH_CORE_MACHINE_H
#define BENCH_CORE_MACHINE_H

/* Where the figures were taken. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct machine {
  char kernel[80];
  char cpu[80];
  uint32_t cpus; /* that this process may use */
  uint64_t memory_bytes;
  char file_system[24]; /* of the work folder */
  uint64_t queue_limit; /* fs.inotify.max_queued_events */
  uint64_t watch_limit; /* fs.inotify.max_user_watches */
  bool root;            /* the limits may be changed */
};

/* Look at the machine and at the file system of `folder`. */
void machine_read(struct machine *machine, const char *folder);

/* As the report has it; NULL without memory. */
json_t *machine_json(const struct machine *machine);

/* The project's commit, as git describes it, or "unknown". */
void machine_commit(char *commit, size_t size);

#ifdef __cplusplus
}
#endif

#endif
