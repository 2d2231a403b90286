/* A handler that notes the signal and is gone with it (SA_RESETHAND). */

#include "bench/core/interrupt.h"

#include <signal.h>
#include <stddef.h>

enum { SIGNALS = 2 };

static const int signals[SIGNALS] = {SIGINT, SIGTERM};
static struct sigaction before[SIGNALS];
static volatile sig_atomic_t caught;

static void note(int signal) { caught = signal; }

void interrupt_begin(void) {
  struct sigaction action = {.sa_handler = note,
                             .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
  caught = 0;
  for (int i = 0; i < SIGNALS; i++) {
    (void)sigaction(signals[i], NULL, &before[i]);
    /* One that is ignored, as below nohup(1), stays ignored. */
    if (before[i].sa_handler != SIG_IGN)
      (void)sigaction(signals[i], &action, NULL);
  }
}

int interrupt_signal(void) { return caught; }

void interrupt_end(void) {
  for (int i = 0; i < SIGNALS; i++)
    (void)sigaction(signals[i], &before[i], NULL);
  if (caught != 0) (void)raise(caught);
}
