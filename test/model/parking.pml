/* How reader and workers sleep, are roused and stop.
 *
 * What is modelled, and by which function of the library, stands beside each
 * step; ARCHITECTURE.md "The protocol, checked" says what is left out.
 *
 *   kernel --queue--> reader --held--> ring --> worker --> handled
 *   asker: rn_thread_notifier_sync()      stopper: rn_thread_notifier_stop()
 *
 * Spin looks at every interleaving of the steps, each step being one access to
 * what threads share, in a memory that is sequentially consistent.
 *
 * -DSTOP_LAST     the stop comes when all is handled: a wake-up that is lost
 *                 leaves everybody asleep, where a stop would rouse them
 * -DBUG_...       leave out or exchange a step; each must be found */

#ifndef EVENTS
#define EVENTS 3
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#define SLOTS 1       /* what a ring holds */
#define UNWOKEN_MAX 1 /* blocks that a sleeper is left with: lib/lane */

mtype = { event, fence, note };

/* ---- what the kernel holds ---- */

chan queue = [EVENTS + 1] of { mtype }; /* of the inotify instance */
bool signalled;                         /* the eventfd is readable */
byte happened;                          /* events that were queued so far */

/* ---- the lanes: one ring and one parking word a worker ---- */

typedef lane {
  /* reader */
  chan held = [EVENTS + 1] of { mtype }; /* written, not published */
  byte unwoken;
  /* shared */
  chan ring = [SLOTS] of { mtype };
  bool reader_waits;
  bool counted; /* up since the worker's ticket: the event count */
  bool flag;  /* in the same word: somebody sleeps or is about to */
  bool asleep;
  bool finishing;
};
lane lanes[WORKERS];

byte handled; /* events whose handler has returned, or that were discarded */

/* ---- the notifier ---- */

bool locked;
bool asked, stop_asked, discard; /* the reader's flags */
bool stopping;                   /* the state, under the lock */
byte threads_left = WORKERS + 1; /* under the lock */
bool wanted, under_way, kept;    /* a barrier, under the lock */
byte lanes_left;                 /* lanes that the barrier has not passed */

bool answered, ended;

inline lock() { atomic { !locked -> locked = true } }
inline unlock() { locked = false }

/* rn_reader_wake(): write to the eventfd */
inline wake_reader() { signalled = true }

/* rn_parking_wake(): ck_ec32_inc() counts up and takes the flag away in one
 * step; whom the flag stood for is roused by futex(2) in another */
inline rouse(l) {
  atomic {
    lanes[l].unwoken = 0;
    lanes[l].counted = true;
    if
    :: lanes[l].flag -> lanes[l].flag = false
    :: else -> goto roused_all
    fi
  }
  lanes[l].asleep = false;
roused_all:
  skip
}

/* ---- the kernel: somebody changes files ---- */

active proctype kernel() {
  do
  :: atomic { happened < EVENTS -> queue!event; happened++ }
  :: atomic { happened == EVENTS -> break }
  od
}

/* ---- a worker: run() in lib/worker/worker.c ---- */

proctype worker(byte me) {
  bool finish, last;
  mtype item;
  do
  ::
     /* next_block() */
#ifndef BUG_LATE_TICKET
     lanes[me].counted = false; /* rn_parking_ticket() */
#endif
#ifndef BUG_LATE_FINISH
     finish = lanes[me].finishing;
#endif
     if /* rn_lane_take() */
     :: atomic { len(lanes[me].ring) > 0 -> lanes[me].ring?item }
        if /* rn_dispatch_block() */
        :: item == event -> handled++
        :: item == note -> /* rn_target_release() */
           atomic { lanes_left--; last = (lanes_left == 0) }
           if
           :: last -> /* on_passed() */
              lock();
              kept = !discard;
              under_way = false;
              unlock()
           :: else
           fi
        :: else
        fi;
        item = 0;
        /* rn_lane_done(): room first, then the flag [edge lane.room] */
        if
        :: atomic { lanes[me].reader_waits -> lanes[me].reader_waits = false }
           wake_reader()
        :: atomic { else -> skip }
        fi;
        last = false; finish = false
     :: else ->
#ifdef BUG_LATE_FINISH
        finish = lanes[me].finishing;
#endif
        if
        :: finish -> break
        :: else
        fi;
#ifdef BUG_LATE_TICKET
        lanes[me].counted = false;
#endif
        /* rn_parking_wait(): ck_ec32_wait() sets the flag where the count is
         * still the ticket; futex(2) sleeps where the word is still that */
        atomic {
          if
          :: !lanes[me].counted -> lanes[me].flag = true
          :: else -> goto awake
          fi
        }
        atomic {
          if
          :: lanes[me].flag -> lanes[me].asleep = true
          :: else -> goto awake
          fi
        }
        !lanes[me].asleep;
awake:  skip
     fi
  od;
  /* rn_thread_ended() */
  lock();
  threads_left--;
  unlock()
}

/* ---- the reader ---- */

/* publish_all() of one lane; sets `all` to whether nothing is left */
inline publish(l, more) {
  d_step {
    before = lanes[l].unwoken;
    do
    :: len(lanes[l].held) > 0 && len(lanes[l].ring) < SLOTS ->
       lanes[l].held?item;
       lanes[l].ring!item;
       lanes[l].unwoken++
    :: else -> break
    od;
    all = all && len(lanes[l].held) == 0;
    roused = !more || !all || lanes[l].unwoken == before ||
             lanes[l].unwoken > UNWOKEN_MAX;
    roused = roused && lanes[l].unwoken > 0;
    left_out = !roused && lanes[l].unwoken > 0;
    item = 0;
    before = 0
  }
}

/* rn_deliver_flush(): with `more`, rn_lane_flush_on() may leave a worker
 * asleep, but not when it published nothing, nor too often */
inline flush(more) {
  all = true;
  i = 0;
  do
  :: i < WORKERS ->
     publish(i, more);
     if
     :: left_out -> left_out = false; roused = true
     :: left_out -> left_out = false
     :: else
     fi;
     if
     :: roused -> rouse(i) /* rn_lane_wake() */
     :: else
     fi;
     roused = false;
     i++
  :: else -> break
  od;
  i = 0
}

/* rn_deliver_is_pressed(), RN_FULL_BLOCK: something is held, and the ring full.
 * What is held behind a ring with room is published before it is slept on. */
inline look_pressed() {
  d_step {
    pressed = false;
    do
    :: i < WORKERS ->
       pressed = pressed ||
                 (len(lanes[i].held) > 0 && len(lanes[i].ring) == SLOTS);
       i++
    :: else -> break
    od;
    i = 0
  }
}

/* rn_requests_serve(): the flag goes down under the lock, with what it stood
 * for; then rn_tracker_barrier_begin() and the fence */
inline serve() {
  lock();
  asked = false;
  if
  :: wanted && !under_way -> under_way = true; wanted = false; begin = true
  :: else
  fi;
  unlock();
  if
  :: begin -> queue!fence; begin = false
  :: else
  fi
}

/* The notes of a barrier, one to each lane: tell_ended() */
inline put_notes() {
  lanes_left = WORKERS;
  do
  :: i < WORKERS -> lanes[i].held!note; i++
  :: else -> break
  od;
  i = 0
}

/* read_some(): a read holds one record here, so one that brought something has
 * filled its buffer */
inline read_some() {
  atomic {
    if
    :: len(queue) > 0 ->
       queue?item;
       got = true;
       if
       :: item == fence -> put_notes()
       :: else ->
          if /* lane_of(): wherever its directory leads */
          :: lanes[0].held!event
          :: WORKERS > 1 -> lanes[WORKERS - 1].held!event
          fi
       fi;
       item = 0
    :: else
    fi
  }
}

/* sleep_until_wanted() */
inline sleep_until(for_events, for_publish, for_pressure) {
  if
  :: for_publish || for_pressure ->
     i = 0;
     do /* rn_lane_expect_room() [edge lane.room] */
     :: i < WORKERS -> lanes[i].reader_waits = true; i++
     :: else -> break
     od;
     i = 0;
#ifndef BUG_NO_RECHECK
     flush(false);
     look_pressed();
     if
     :: (for_publish && all) || (for_pressure && !pressed) -> awake = true
     :: else
     fi
#endif
  :: else
  fi;
  if
  :: !awake ->
     if /* poll(2) */
     :: signalled -> signalled = false /* rn_sys.wake_clear() */
     :: for_events && len(queue) > 0
     fi
  :: else
  fi;
  awake = false
}

/* turn() */
inline turn() {
  if
  :: asked -> flush(false); serve()
  :: else
  fi;
  look_pressed();
  was_pressed = pressed;
  got = false;
  if
  :: !was_pressed -> read_some()
  :: else
  fi;
#ifdef BUG_LEFT_ASLEEP
  flush(true);
#else
  flush(got);
#endif
  if
  :: got && !was_pressed
  :: else -> sleep_until(!was_pressed, !all, was_pressed)
  fi;
  was_pressed = false; got = false; all = false; pressed = false
}

/* wait_for_room() */
inline wait_for_room() {
  do
  :: look_pressed();
     if
     :: pressed && !discard -> sleep_until(false, false, true)
     :: else -> break
     fi
  od;
  pressed = false
}

proctype reader() {
  bool all, pressed, was_pressed, got, awake, begin, roused, left_out;
  byte i, before, left;
  mtype item;
  /* rn_reader_run() */
  do
  :: !stop_asked -> turn()
  :: else -> break
  od;
  /* drain(): what is queued at this moment */
  if
  :: !discard ->
     left = len(queue);
#ifdef BUG_NO_DRAIN
     left = 0;
#endif
     do
     :: wait_for_room();
        if
        :: discard || left == 0 -> break
        :: else
        fi;
        read_some();
        got = false;
        left--;
        flush(left > 0)
     od;
     left = 0
  :: else
  fi;
  /* flush_all() */
  do
  :: flush(false);
     if
     :: all -> break
     :: else -> sleep_until(false, true, false)
     fi
  od;
  pressed = false;
  /* rn_worker_finish() */
  i = 0;
  do
  :: i < WORKERS ->
#ifdef BUG_FINISH_UNSAID
     rouse(i); lanes[i].finishing = true;
#else
     lanes[i].finishing = true; rouse(i);
#endif
     i++
  :: else -> break
  od;
  i = 0;
  lock();
  threads_left--;
  unlock()
}

/* ---- rn_thread_notifier_sync() ---- */

active proctype asker() {
#ifndef SYNC
  answered = true
#else
  byte before;
  lock();
  if
  :: stopping -> unlock(); goto done /* -ESHUTDOWN */
  :: else
  fi;
  before = happened;
  wanted = true;
#ifdef BUG_ASKED_LATE
  unlock();
  wake_reader();
  asked = true;
#else
  asked = true;
  wake_reader();
  unlock();
#endif
  /* pthread_cond_wait(): each change under the lock is looked at */
  atomic {
    !locked && (kept || discard || (stopping && threads_left == 0)) ->
#ifdef BUG_KEPT_ON_DISCARD
    assert(handled >= before)
#else
    assert(discard || handled >= before)
#endif
  }
done:
  answered = true
#endif
}

/* ---- rn_thread_notifier_stop() ---- */

active proctype stopper() {
  byte before;
#ifdef STOP_LAST
  handled == EVENTS && answered;
#endif
  lock();
  atomic { /* begin_stop() */
    before = happened;
    stopping = true;
    if
    :: skip
    :: discard = true
    fi
  }
#ifdef BUG_WAKE_FIRST
  wake_reader();
  stop_asked = true;
#else
  stop_asked = true;
  wake_reader();
#endif
  unlock();
#ifdef SECOND_STOP
  lock(); /* it cuts the first one short */
  discard = true;
  wake_reader();
  unlock();
#endif
  atomic { !locked && threads_left == 0 -> skip } /* complete_stop() */
  /* Nothing that happened before a draining stop is lost, and nothing that was
   * read stays behind in a ring. */
  assert(discard || handled >= before);
  assert(empty(lanes[0].ring) && empty(lanes[WORKERS - 1].ring));
  ended = true
}

init {
  byte i;
  atomic {
    do
    :: i < WORKERS -> run worker(i); i++
    :: else -> break
    od;
    run reader()
  }
}

/* A stop always ends, and who asked always has an answer. */
ltl always_ends { <> (ended && answered) }
