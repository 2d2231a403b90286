/* The schedule begins a little after the threads were made, so that all of them
 * are there.  A producer sleeps while it is far from the next due time; near to
 * it, it makes what is due after its sleep (its lateness is the timer's, some
 * 50 us, made up for by the next events), or goes on looking at the clock. */

#include "bench/scenario/producers.h"

#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

#include "bench/core/clock.h"
#include "bench/core/task_cpu.h"

enum {
  BEGIN_AFTER_NS = 2000000, /* from making the threads */
  SPIN_NS = 150000, /* before the due time: longer than a timer is late */
  FILES_EACH_MIN = 2,
};

struct producer {
  /* const: set before the thread starts */
  const struct producing *asked;
  const struct schedule *schedule;
  uint32_t index;
  /* the thread's, until it has been joined */
  pthread_t thread;
  uint64_t made;
  uint64_t cpu_ns;
  uint64_t end_ns;
  int error;
};

static void sleep_until(uint64_t time_ns) {
  const struct timespec until = {.tv_sec = (time_t)(time_ns / 1000000000U),
                                 .tv_nsec = (long)(time_ns % 1000000000U)};
  int err;
  do err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  while (err == EINTR);
}

static void wait_until(uint64_t due_ns, bool precise) {
  const uint64_t now = now_ns();
  if (now >= due_ns) return;
  if (!precise)
    sleep_until(due_ns);
  else if (due_ns - now > SPIN_NS)
    sleep_until(due_ns - SPIN_NS);
  while (now_ns() < due_ns) continue;
}

static void *make_events(void *context) {
  struct producer *producer = context;
  const struct producing *asked = producer->asked;
  const uint32_t file_count = asked->load->shape.file_count;
  task_name_producer(producer->index);
  (void)prctl(PR_SET_TIMERSLACK, 1UL);
  wait_until(producer->schedule->begin_ns, true);
  for (uint64_t i = producer->index; i < asked->events; i += asked->count) {
    if (asked->rate != 0)
      wait_until(schedule_due(producer->schedule, i), asked->precise);
    producer->error = load_touch(asked->load, (uint32_t)(i % file_count));
    if (producer->error < 0) break;
    producer->made++;
  }
  producer->end_ns = now_ns();
  producer->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  return NULL;
}

static void join(struct producer *producer, struct produced *produced,
                 int *error) {
  (void)pthread_join(producer->thread, NULL);
  produced->made += producer->made;
  produced->cpu_ns += producer->cpu_ns;
  if (producer->end_ns > produced->end_ns) produced->end_ns = producer->end_ns;
  if (*error == 0) *error = producer->error;
}

int produce(const struct producing *producing, struct produced *produced) {
  const uint32_t file_count = producing->load->shape.file_count;
  const uint32_t count = producing->count;
  if (count == 0 || count > PRODUCERS_MAX || file_count % count != 0 ||
      file_count / count < FILES_EACH_MIN)
    return -EINVAL;
  struct producer producers[PRODUCERS_MAX];
  *produced = (struct produced){.schedule = {
                                    .begin_ns = now_ns() + BEGIN_AFTER_NS,
                                    .rate = producing->rate,
                                }};
  int err = 0;
  uint32_t started = 0;
  for (; started < count && err == 0; started++) {
    struct producer *producer = &producers[started];
    *producer = (struct producer){
        .asked = producing, .schedule = &produced->schedule, .index = started};
    err = -pthread_create(&producer->thread, NULL, make_events, producer);
    if (err < 0) break;
  }
  for (uint32_t i = 0; i < started; i++) join(&producers[i], produced, &err);
  return err;
}

uint32_t producers_file_count(uint32_t files, uint32_t producers) {
  const uint32_t rest = files % producers;
  return rest == 0 ? files : files + producers - rest;
}
