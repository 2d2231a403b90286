/* Going to the background, in the order that keeps every failure visible.
 *
 * The fork comes first, before the library has a thread or a descriptor, so
 * that watches are made by the process that keeps them.  The process that was
 * called waits on a pipe and ends as the daemon says: with 0 when events are
 * read and the pid file is there, else with the daemon's own exit code, whose
 * message went to the stderr that both still have.  A pipe that ends without a
 * word is a daemon that was killed.
 *
 * One fork is enough: the second of the old recipe keeps a daemon from getting
 * a terminal by opening one, which O_NOCTTY does.  While somebody waits, the
 * daemon ends with him (PR_SET_PDEATHSIG): Ctrl-C ends both.
 *
 * The working directory is left after the last path was resolved, so relative
 * paths mean what they mean in the foreground, and no file system is kept busy
 * by a daemon that happened to be started there. */

#include "cmd/ringnotify/background.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/ringnotify/message.h"
#include "cmd/ringnotify/output.h"
#include "cmd/ringnotify/text.h"

static enum exit_code fail(const char *what, int error) {
  message_error("cannot %s: %s", what, strerrordesc_np(-error));
  return EXIT_CODE_ERROR;
}

static bool is_fifo(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* Open a file to add to; -1, told.
 *
 * waits      for somebody who reads a FIFO. */
static int open_to_add(const char *path, bool waits) {
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC;
  int fd = open(path, flags | O_NONBLOCK, 0666);
  const bool unread = fd < 0 && errno == ENXIO && is_fifo(path);
  if (unread && waits)
    message_note("'%s' is a FIFO: waiting for somebody who reads it", path);
  if (fd >= 0)
    (void)fcntl(fd, F_SETFL, O_APPEND);      /* all at once, however long */
  else if (unread ? waits : errno == EAGAIN) /* a lease is given back */
    fd = open(path, flags, 0666);
  if (fd < 0)
    message_error(
        "cannot write to '%s': %s", path,
        unread && !waits ? "nobody reads it" : strerrordesc_np(errno));
  return fd;
}

/* Let a descriptor be the standard one `number`; it is closed itself. */
static int become(int fd, int number) {
  const int err = dup2(fd, number) < 0 ? -errno : 0;
  close(fd);
  return err;
}

/* Where messages go later: a daemon has no stderr to keep. */
static const char *errors_of(const struct watch_options *options) {
  if (options->errors != NULL) return options->errors;
  return options->daemon ? "/dev/null" : NULL;
}

/* The same for the output, whose next record begins behind a whole one. */
static int open_output(const struct watch_options *options, const char *path,
                       bool waits) {
  const int fd = open_to_add(path, waits);
  if (fd >= 0) output_mend_end(fd, path, options->null_separated ? '\0' : '\n');
  return fd;
}

static enum exit_code open_files(struct background *background) {
  const struct watch_options *options = background->options;
  const char *output = options->output;
  const char *errors = errors_of(options);
  if (errors != NULL && (background->errors_fd = open_to_add(errors, true)) < 0)
    return EXIT_CODE_ERROR;
  if (output == NULL) return EXIT_CODE_OK;
  const int fd = open_output(options, output, true);
  if (fd < 0) return EXIT_CODE_ERROR;
  const int err = become(fd, STDOUT_FILENO);
  return err == 0 ? EXIT_CODE_OK : fail("replace stdout", err);
}

/* In the process that was called: what the daemon says. */
static enum exit_code await(int ready_fd) {
  unsigned char code;
  ssize_t count;
  do {
    count = read(ready_fd, &code, 1);
  } while (count < 0 && errno == EINTR);
  if (count == 1) return (enum exit_code)code;
  message_error("the process in the background was killed before it was ready");
  return EXIT_CODE_ERROR;
}

/* In the daemon: nothing of the caller's terminal but stderr, until it is
 * ready. */
static enum exit_code detach(pid_t caller) {
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return fail("detach", -errno);
  (void)signal(SIGHUP, SIG_DFL); /* it is asked for, though nohup ignores it */
  if (getppid() != caller) return EXIT_CODE_ERROR; /* it is gone already */
  if (setsid() < 0) return fail("make a session", -errno);
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int err = fd < 0 ? -errno : become(fd, STDIN_FILENO);
  return err == 0 ? EXIT_CODE_OK : fail("replace stdin", err);
}

/* Fork.
 *
 * Returns    whether this is the daemon. */
static bool fork_daemon(struct background *background, enum exit_code *code) {
  int ends[2];
  const pid_t caller = getpid();
  background->directory = getcwd(NULL, 0); /* or NULL: it was removed */
  /* Nobody's lock or pipe is to be held by a daemon for good. */
  (void)close_range(STDERR_FILENO + 1, UINT_MAX, 0);
  if (pipe2(ends, O_CLOEXEC) != 0) {
    *code = fail("make a pipe", -errno);
    return false;
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    background->ready_fd = ends[1];
    *code = detach(caller);
    return true;
  }
  close(ends[1]);
  *code = child < 0 ? fail("go to the background", -errno) : await(ends[0]);
  close(ends[0]);
  return false;
}

bool background_begin(struct background *background,
                      const struct watch_options *options,
                      enum exit_code *code) {
  *background =
      (struct background){.options = options, .ready_fd = -1, .errors_fd = -1};
  *code = EXIT_CODE_OK;
  if (options->daemon && !fork_daemon(background, code)) {
    free(background->directory);
    return false;
  }
  if (*code == EXIT_CODE_OK) *code = open_files(background);
  if (*code == EXIT_CODE_OK) return true;
  background_end(background, *code);
  return false;
}

static enum exit_code create_pid_file(struct background *background) {
  struct text problem = {0};
  const int err = pid_file_create(&background->pid_file,
                                  background->options->pid_file, &problem);
  if (err != 0) message_error("%.*s", (int)problem.size, problem.data);
  text_fini(&problem);
  return err == 0 ? EXIT_CODE_OK : EXIT_CODE_ERROR;
}

enum exit_code background_claim(struct background *background) {
  const struct watch_options *options = background->options;
  if (options->pid_file != NULL) {
    const enum exit_code code = create_pid_file(background);
    if (code != EXIT_CODE_OK) return code;
  }
  if (!options->daemon) return EXIT_CODE_OK;
  background->umask = umask(022);
  return chdir("/") == 0 ? EXIT_CODE_OK : fail("change to '/'", -errno);
}

/* Open a file under its name once more, in the place of a standard one. */
static void reopen(const struct background *background, int number) {
  const struct watch_options *options = background->options;
  const bool output = number == STDOUT_FILENO;
  const char *path = output ? options->output : options->errors;
  struct text whole = {0};
  text_add_path(&whole, background->directory, path);
  if (whole.failed) {
    text_fini(&whole);
    return;
  }
  const mode_t before = umask(background->umask);
  const int fd = output ? open_output(options, whole.data, false)
                        : open_to_add(whole.data, false);
  umask(before);
  text_fini(&whole);
  const int err = fd < 0 ? 0 : become(fd, number);
  if (err != 0) (void)fail("replace a file", err);
}

void background_reopen(struct background *background) {
  if (background->options->errors != NULL) reopen(background, STDERR_FILENO);
  reopen(background, STDOUT_FILENO);
}

void background_forsake(struct background *background) {
  pid_file_remove(&background->pid_file);
}

/* Say how it went to whoever waits, once. */
static int tell(struct background *background, enum exit_code code) {
  if (background->ready_fd < 0) return 0;
  const unsigned char byte = (unsigned char)code;
  const int err = write(background->ready_fd, &byte, 1) == 1 ? 0 : -errno;
  close(background->ready_fd);
  background->ready_fd = -1;
  return err;
}

enum exit_code background_ready(struct background *background) {
  int err = 0;
  if (background->errors_fd >= 0) {
    err = become(background->errors_fd, STDERR_FILENO);
    background->errors_fd = -1;
  }
  if (err != 0) return fail("replace stderr", err);
  if (background->options->daemon) {
    message_log(background->options->errors == NULL);
    (void)prctl(PR_SET_PDEATHSIG, 0);
  }
  return tell(background, EXIT_CODE_OK) == 0 ? EXIT_CODE_OK : EXIT_CODE_ERROR;
}

void background_end(struct background *background, enum exit_code code) {
  pid_file_remove(&background->pid_file);
  if (background->errors_fd >= 0) close(background->errors_fd);
  (void)tell(background, code);
  free(background->directory);
}
