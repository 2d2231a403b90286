/* --advise: question, figures, answer. */

#include "bench/advise/command.h"

#include <stdio.h>

#include "bench/advise/advise.h"
#include "bench/advise/from.h"
#include "bench/advise/measure.h"
#include "bench/core/build.h"
#include "cmd/ringnotify/message.h"
#include "cmd/ringnotify/standard_output.h"
#include "cmd/ringnotify/text.h"

static enum exit_code fail(struct text *problem, enum exit_code code) {
  message_error("%.*s", (int)problem->size, problem->data);
  text_fini(problem);
  return code;
}

static enum exit_code show(const struct advise_want *want,
                           const struct advise_figures *figures,
                           const char *source) {
  struct advice advice;
  struct text page = {0};
  advise(want, figures, &advice);
  advise_show(&page, want, figures, &advice, source);
  text_add_byte(&page, '\0');
  const enum exit_code code =
      page.failed ? EXIT_CODE_ERROR : standard_output_show(page.data);
  text_fini(&page);
  return code;
}

enum exit_code advise_command(const struct options *options) {
  struct advise_want want;
  struct advise_figures figures;
  struct text problem = {0};
  if (advise_parse(options->advise, &want, &problem) < 0)
    return fail(&problem, EXIT_CODE_USAGE);
  const char *source = options->from;
  if (source == NULL) {
    source = "measured now";
    if (!options->any_build && !build_is_measurable())
      text_add_string(&problem, build_refusal);
    if (problem.size > 0 ||
        advise_measure(options->dir, &figures, &problem) < 0)
      return fail(&problem, EXIT_CODE_ERROR);
  } else if (advise_from(source, &figures, &problem) < 0) {
    return fail(&problem, EXIT_CODE_ERROR);
  }
  return show(&want, &figures, source);
}
