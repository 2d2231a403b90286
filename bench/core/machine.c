/* The commit is asked of git only in a working copy of this project: elsewhere
 * it would be another project's. */

#include "bench/core/machine.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bench/core/guard.h"

static const struct {
  uint32_t magic; /* statfs(2) */
  const char *name;
} file_systems[] = {
    {0x01021994, "tmpfs"}, {0xEF53, "ext4"},        {0x9123683E, "btrfs"},
    {0x58465342, "xfs"},   {0x794C7630, "overlay"}, {0x6969, "nfs"},
    {0x2FC12FC1, "zfs"},   {0xF2F52010, "f2fs"},
};

static void read_file_system(struct machine *machine, const char *folder) {
  struct statfs status;
  if (statfs(folder, &status) < 0) {
    snprintf(machine->file_system, sizeof(machine->file_system), "unknown");
    return;
  }
  const uint32_t magic = (uint32_t)status.f_type;
  snprintf(machine->file_system, sizeof(machine->file_system), "0x%" PRIx32,
           magic);
  for (size_t i = 0; i < sizeof(file_systems) / sizeof(*file_systems); i++)
    if (file_systems[i].magic == magic)
      snprintf(machine->file_system, sizeof(machine->file_system), "%s",
               file_systems[i].name);
}

static void read_kernel(struct machine *machine) {
  struct utsname system = {.sysname = "?", .release = "?"};
  (void)uname(&system);
  snprintf(machine->kernel, sizeof(machine->kernel), "%.30s %.40s",
           system.sysname, system.release);
}

/* The model as the kernel names it; not every architecture has one. */
static void read_cpu(struct machine *machine) {
  snprintf(machine->cpu, sizeof(machine->cpu), "unknown");
  FILE *file = fopen("/proc/cpuinfo", "re");
  if (file == NULL) return;
  char line[256];
  while (fgets(line, sizeof(line), file) != NULL) {
    if (strncmp(line, "model name", 10) != 0) continue;
    const char *colon = strchr(line, ':');
    if (colon == NULL) continue;
    const char *model = colon + 1 + strspn(colon + 1, " ");
    snprintf(machine->cpu, sizeof(machine->cpu), "%.*s",
             (int)strcspn(model, "\n"), model);
    break;
  }
  (void)fclose(file);
}

static uint32_t count_cpus(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    return (uint32_t)CPU_COUNT(&set);
  return (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
}

void machine_read(struct machine *machine, const char *folder) {
  *machine = (struct machine){
      .cpus = count_cpus(),
      .memory_bytes =
          (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE),
      .queue_limit = guard_limit(LIMIT_QUEUE),
      .watch_limit = guard_limit(LIMIT_WATCHES),
      .root = guard_may_set(LIMIT_QUEUE),
  };
  read_kernel(machine);
  read_cpu(machine);
  read_file_system(machine, folder);
}

json_t *machine_json(const struct machine *machine) {
  return json_pack(
      "{s:s, s:s, s:i, s:I, s:s, s:I, s:I, s:b}", "kernel", machine->kernel,
      "cpu", machine->cpu, "cpus", (int)machine->cpus, "memory_bytes",
      (json_int_t)machine->memory_bytes, "file_system", machine->file_system,
      "queue_limit", (json_int_t)machine->queue_limit, "watch_limit",
      (json_int_t)machine->watch_limit, "root", (int)machine->root);
}

void machine_commit(char *commit, size_t size) {
  static const char ask[] =
      "cd \"${BUILD_WORKSPACE_DIRECTORY:-.}\" 2>/dev/null && "
      "top=$(git rev-parse --show-toplevel 2>/dev/null) && "
      "test -f \"$top/lib/include/ringnotify/ringnotify.h\" && "
      "git describe --always --dirty 2>/dev/null";
  snprintf(commit, size, "unknown");
  FILE *git = popen(ask, "re");
  if (git == NULL) return;
  char line[64];
  if (fgets(line, sizeof(line), git) != NULL)
    snprintf(commit, size, "%.*s", (int)strcspn(line, "\n"), line);
  (void)pclose(git);
}
