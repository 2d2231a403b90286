/* Cases in the order in which they were added; that is the order in which they
 * run, so a scenario adds those that share a load one after the other. */

#include "bench/core/plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/core/scenario.h"

int plan_init(struct plan *plan) {
  *plan = (struct plan){.skipped = json_array()};
  return plan->skipped == NULL ? -ENOMEM : 0;
}

void plan_add(struct plan *plan, const char *subject, const char *label,
              double seconds, const void *parameters, size_t size) {
  struct planned *cases =
      realloc(plan->cases, (plan->count + 1) * sizeof(*cases));
  if (cases != NULL) plan->cases = cases;
  void *copy = malloc(size);
  if (cases == NULL || copy == NULL) {
    free(copy);
    plan->error = -ENOMEM;
    return;
  }
  memcpy(copy, parameters, size);
  struct planned *added = &cases[plan->count++];
  *added = (struct planned){.scenario = plan->scenario,
                            .subject = subject,
                            .seconds = seconds,
                            .parameters = copy};
  snprintf(added->label, sizeof(added->label), "%s", label);
}

void plan_skip(struct plan *plan, const char *subject, const char *format,
               ...) {
  char reason[200];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(reason, sizeof(reason), format, arguments);
  va_end(arguments);
  json_t *entry = json_pack("{s:s, s:s, s:s}", "scenario", plan->scenario->name,
                            "subject", subject, "reason", reason);
  if (json_array_append_new(plan->skipped, entry) != 0) plan->error = -ENOMEM;
}

double plan_seconds_from(const struct plan *plan, size_t index) {
  double sum = 0;
  for (size_t i = index; i < plan->count; i++) sum += plan->cases[i].seconds;
  return sum;
}

void plan_fini(struct plan *plan) {
  for (size_t i = 0; i < plan->count; i++) free(plan->cases[i].parameters);
  free(plan->cases);
  json_decref(plan->skipped);
}
