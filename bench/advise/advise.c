/* The computation.
 *
 * Three things do work, each at a speed that was measured: a producer makes an
 * event in make_ns, the reader takes it out of the kernel in read_ns, a worker
 * handles it in hand_ns + cost_ns.  What the rate asks for decides the number
 * of workers and whether it can be kept up with; what a burst leaves between
 * two of the three decides what the queues in between must hold:
 *
 *     producer --(kernel's queue)--> reader --(ring and backlog)--> workers
 *
 * Where more threads want to run than there are processors all of them slow
 * down alike, so the proportions, and with them what waits, stay as they are;
 * only the time slices during which the reader does not run must be added to
 * the kernel's queue.
 *
 * What it leaves out: several producers at once, handlers that wait instead of
 * computing (the text says so), all events in one directory. */

#include "bench/advise/advise.h"

#include <math.h>

/* Of the defaults in thread_notifier.h, and of the kernel. */
enum {
  SLOTS_DEFAULT = 1024,
  SLOTS_MOST = 1 << 16, /* 1 MiB a worker */
  READ_SIZE_DEFAULT = 65536,
  WORKERS_MOST = 256,
  QUEUE_DEFAULT = 16384,
};
static const double backlog_default = 256.0 * 1048576;

/* An event in memory: 44 bytes and a name of up to 19 bytes, with its NUL. */
static const double event_bytes = 64;
/* In the kernel: its record, and what the allocator adds. */
static const double kernel_event_bytes = 96;

/* How full a thread may be, so that it catches up after a hiccup. */
static const double busy_most = 0.7;
/* What of its capacity it may use without being called tight. */
static const double tight = 0.8;
/* For what was forgotten. */
static const double margin = 1.25;
/* Of the machine's memory: for the backlog, for the kernel's queue. */
static const double backlog_share = 0.25;
static const double queue_share = 0.125;
/* A thread that wants to run may have to wait that long behind each other one,
 * and a reader that sleeps that long for its processor. */
static const double slice_s = 0.004;
static const double wake_s = 0.05;

static const double ns = 1e-9;

static double at_least(double value, double least) {
  return value < least ? least : value;
}

static double at_most(double value, double most) {
  return value > most ? most : value;
}

/* The least power of two that is not below `value`. */
static uint64_t power_of_two(double value) {
  uint64_t power = 1;
  while ((double)power < value && power < (uint64_t)1 << 40) power *= 2;
  return power;
}

static uint64_t whole(double value) { return (uint64_t)ceil(value); }

/* ---- the rate ---- */

/* Time that a worker takes for an event. */
static double handle_ns(const struct advise_want *want,
                        const struct advise_figures *figures) {
  return figures->hand_ns + want->cost_ns;
}

static void choose_workers(const struct advise_want *want,
                           const struct advise_figures *figures,
                           struct advice *advice) {
  const double load = want->rate * handle_ns(want, figures) * ns;
  const double wanted = at_least(ceil(load / busy_most), 1);
  const double most = at_most(figures->cpus, WORKERS_MOST);
  advice->wanted_workers = (uint32_t)at_most(wanted, WORKERS_MOST);
  advice->workers = (uint32_t)at_most(wanted, most);
  advice->order = RN_ORDER_DIRECTORY;
  advice->total_order_fits = load <= busy_most;
}

/* How many events a second come through, and what is in the way. */
static void find_capacity(const struct advise_want *want,
                          const struct advise_figures *figures,
                          struct advice *advice) {
  const double handle = handle_ns(want, figures);
  const double reader = 1 / (figures->read_ns * ns);
  const double workers = advice->workers / (at_least(handle, 1) * ns);
  const double cpus = figures->cpus / ((figures->read_ns + handle) * ns);
  const double beyond_reader = at_most(workers, cpus);
  advice->capacity = at_most(reader, beyond_reader);
  advice->bound = ADVISE_KEEPS_UP;
  if (advice->capacity < want->rate)
    advice->bound = reader <= beyond_reader ? ADVISE_READER : ADVISE_WORKERS;
  advice->is_tight = advice->capacity * tight < want->rate;
  const double rate = at_most(want->rate, advice->capacity);
  advice->reader_busy = rate * figures->read_ns * ns;
  advice->worker_busy = rate * handle * ns / advice->workers;
  advice->cpus_busy = rate * (figures->read_ns + handle) * ns;
  advice->lost_share = 1 - rate / want->rate;
  advice->notifiers = (uint32_t)at_most(
      ceil(want->rate * figures->read_ns * ns / busy_most), UINT32_MAX);
}

/* ---- the burst ---- */

/* What the producer is ahead of the reader by at the end of a burst, and what
 * comes while the reader does not run. */
static double kernel_waits(const struct advise_want *want,
                           const struct advise_figures *figures,
                           const struct advice *advice) {
  const double ahead =
      want->burst * at_least(1 - figures->make_ns / figures->read_ns, 0);
  const double threads = 2 + (double)advice->workers;
  const double slices = at_least(threads / figures->cpus, 1);
  double asleep = want->rate * wake_s;
  if (figures->make_ns > 0) {
    const double held = slice_s * slices / (figures->make_ns * ns);
    asleep = at_least(asleep, at_most(want->burst, held));
  }
  return ahead + asleep;
}

/* What the reader is ahead of the workers by. */
static double memory_waits(const struct advise_want *want,
                           const struct advise_figures *figures,
                           const struct advice *advice) {
  const double handle = at_least(handle_ns(want, figures), 1);
  const double come_ns = at_least(figures->make_ns, figures->read_ns);
  const double handled = come_ns * advice->workers / handle;
  return want->burst * at_least(1 - handled, 0);
}

/* Give each of the two queues what it needs, as far as there is memory; what
 * has no room in the backlog waits in the kernel. */
static void size_queues(const struct advise_want *want,
                        const struct advise_figures *figures,
                        struct advice *advice) {
  const double memory = (double)figures->memory_bytes;
  const double backlog_most = memory * backlog_share;
  const double queue_most = memory * queue_share / kernel_event_bytes;
  const double waits = memory_waits(want, figures, advice);
  const double backlog = waits * event_bytes * margin;
  const double kept = at_most(waits, backlog_most / event_bytes);
  const double kernel = kernel_waits(want, figures, advice) + (waits - kept);
  const double queue = at_most(kernel * margin, queue_most);

  advice->waits_in_memory = whole(kept);
  advice->memory_bytes = advice->waits_in_memory * (uint64_t)event_bytes;
  const double size = at_most(at_least(backlog, backlog_default), backlog_most);
  advice->backlog_size = whole(size / 1048576) * 1048576;
  advice->queue_limit = power_of_two(at_least(queue, QUEUE_DEFAULT));
  advice->queue_is_as_now = advice->queue_limit <= figures->queue_limit;
  if (advice->queue_is_as_now) advice->queue_limit = figures->queue_limit;
  const double room = (double)advice->queue_limit;
  advice->waits_in_kernel = whole(at_most(kernel, room));
  advice->burst_lost = whole(at_least(kernel - room, 0));
}

static void find_recovery(const struct advise_want *want,
                          struct advice *advice) {
  const double spare = advice->capacity - want->rate;
  const double waits =
      (double)advice->waits_in_memory + (double)advice->waits_in_kernel;
  advice->recover_s = -1;
  if (spare > 0) advice->recover_s = want->burst > 0 ? waits / spare : 0;
}

/* ---- what does not fit ---- */

/* Under a load that is too high any memory is full after a while.  Dropping
 * then keeps the reader reading: directories stay watched, and what was lost is
 * counted, which the kernel does not do.  A reader that is itself too slow has
 * no choice. */
static void choose_full(const struct advise_want *want, struct advice *advice) {
  const double surplus = want->rate - advice->capacity;
  double room = (double)advice->queue_limit;
  advice->full = RN_FULL_SPILL;
  advice->slots = SLOTS_DEFAULT;
  advice->first_loss_s = -1;
  if (advice->bound == ADVISE_WORKERS) {
    advice->full = RN_FULL_DROP;
    room = (double)advice->backlog_size / event_bytes;
    const double slots = room / advice->workers;
    advice->slots = (uint32_t)at_most(
        at_least((double)power_of_two(slots), SLOTS_DEFAULT), SLOTS_MOST);
  }
  if (surplus > 0) advice->first_loss_s = room / surplus;
}

void advise(const struct advise_want *want,
            const struct advise_figures *figures, struct advice *advice) {
  *advice = (struct advice){.read_size = READ_SIZE_DEFAULT};
  choose_workers(want, figures, advice);
  find_capacity(want, figures, advice);
  size_queues(want, figures, advice);
  find_recovery(want, advice);
  choose_full(want, advice);
}
