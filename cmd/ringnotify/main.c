/* The command: its subcommands, its own options, and what holds for all.
 *
 * A subcommand is a row of `commands`.  It parses its own arguments and returns
 * its exit code; main() only finds it.  SIGPIPE is ignored for all of them, so
 * that a reader who leaves shows as EPIPE where it can be handled. */

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "cmd/ringnotify/message.h"
#include "cmd/ringnotify/nearest.h"
#include "cmd/ringnotify/standard_output.h"
#include "cmd/ringnotify/text.h"
#include "cmd/ringnotify/watch.h"
#include "ringnotify/base.h"

struct command {
  const char *name;
  const char *summary;
  enum exit_code (*run)(int argc, char **argv);
};

static enum exit_code bench_main(int argc, char **argv) {
  return (enum exit_code)rn_bench_main(argc, argv);
}

static const struct command commands[] = {
    {"watch", "write a line for each change under given paths", watch_main},
    {"bench", "measure how fast the library is on this machine", bench_main},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

static enum exit_code show(struct text *page) {
  text_add_byte(page, '\0');
  const enum exit_code code =
      page->failed ? EXIT_CODE_ERROR : standard_output_show(page->data);
  text_fini(page);
  return code;
}

static enum exit_code show_help(void) {
  struct text page = {0};
  text_add_string(&page,
                  "Usage: ringnotify COMMAND [OPTION]... [ARGUMENT]...\n"
                  "\n"
                  "Tells what changes in the file system, by Linux inotify.\n"
                  "\n"
                  "Commands:\n");
  for (int i = 0; i < COMMAND_COUNT; i++)
    text_add_format(&page, "  %-9s %s\n", commands[i].name,
                    commands[i].summary);
  text_add_string(&page,
                  "  help      show the page of a command\n"
                  "\n"
                  "Options:\n"
                  "  -h, --help     show this page\n"
                  "  -V, --version  show the version\n"
                  "\n"
                  "More: ringnotify COMMAND --help\n");
  return show(&page);
}

static enum exit_code show_version(void) {
  struct text page = {0};
  text_add_format(&page, "ringnotify %s\n", rn_version());
  return show(&page);
}

static enum exit_code fail_unknown(const char *word) {
  const bool is_option = word[0] == '-';
  const char *kind = is_option ? "option" : "command";
  struct nearest nearest = nearest_begin(word, strlen(word));
  for (int i = 0; i < COMMAND_COUNT && !is_option; i++)
    nearest_offer(&nearest, commands[i].name);
  if (is_option) {
    nearest_offer(&nearest, "--help");
    nearest_offer(&nearest, "--version");
  }
  if (nearest.best != NULL)
    message_error("unknown %s '%s'; did you mean '%s'?", kind, word,
                  nearest.best);
  else
    message_error("unknown %s '%s'; see 'ringnotify --help'", kind, word);
  return EXIT_CODE_USAGE;
}

static bool is(const char *word, const char *letter, const char *name) {
  return strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

/* `ringnotify help [COMMAND]`: the page of a command, or of all. */
static enum exit_code show_help_of(int count, char **words) {
  if (count == 0 || words[0][0] == '-') return show_help();
  for (int i = 0; i < COMMAND_COUNT; i++) {
    if (strcmp(words[0], commands[i].name) != 0) continue;
    char help[] = "--help";
    char *arguments[] = {words[0], help, NULL};
    return commands[i].run(2, arguments);
  }
  return fail_unknown(words[0]);
}

static enum exit_code dispatch(int argc, char **argv) {
  if (argc < 2) {
    message_error("a command is missing; see 'ringnotify --help'");
    return EXIT_CODE_USAGE;
  }
  const char *word = argv[1];
  for (int i = 0; i < COMMAND_COUNT; i++)
    if (strcmp(word, commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  if (is(word, "-h", "--help")) return show_help();
  if (strcmp(word, "help") == 0) return show_help_of(argc - 2, argv + 2);
  if (is(word, "-V", "--version")) return show_version();
  return fail_unknown(word);
}

int main(int argc, char **argv) {
  if (standard_output_check() != EXIT_CODE_OK) return EXIT_CODE_ERROR;
  signal(SIGPIPE, SIG_IGN);
  return (int)dispatch(argc, argv);
}
