/* Both pages are made from the table of scenarios. */

#include "bench/core/page.h"

#include "bench/core/options.h"
#include "cmd/ringnotify/standard_output.h"
#include "cmd/ringnotify/text.h"

static enum exit_code show(struct text *page) {
  text_add_byte(page, '\0');
  const enum exit_code code =
      page->failed ? EXIT_CODE_ERROR : standard_output_show(page->data);
  text_fini(page);
  return code;
}

enum exit_code page_show_help(const char *name,
                              const struct scenario *const *scenarios) {
  struct text page = {0};
  text_add_format(&page, "Usage: %s [OPTION]... [SCENARIO]...\n", name);
  text_add_string(&page,
                  "\n"
                  "Measures how the library does its work on this machine, "
                  "beside a raw read\n"
                  "loop and other programs, and prints a table. Without "
                  "SCENARIO: all of them.\n"
                  "\n"
                  "Scenarios:\n");
  for (; *scenarios != NULL; scenarios++)
    text_add_format(&page, "  %-10s %s\n", (*scenarios)->name,
                    (*scenarios)->summary);
  text_add_string(&page, "\n");
  text_add_string(&page, options_help);
  text_add_string(&page,
                  "\n"
                  "Exit codes:\n"
                  "  0   all was measured, or skipped with its reason\n"
                  "  1   a measurement failed or its counts were wrong\n"
                  "  64  wrong usage\n");
  return show(&page);
}

enum exit_code page_show_list(const struct scenario *const *scenarios) {
  struct text page = {0};
  for (; *scenarios != NULL; scenarios++) {
    text_add_format(&page, "%-10s %s\n", (*scenarios)->name,
                    (*scenarios)->summary);
    if ((*scenarios)->needs != NULL)
      text_add_format(&page, "%-10s needs: %s\n", "", (*scenarios)->needs);
  }
  return show(&page);
}
