/* The rules of pipeline executions, written a second time for the model checker SPIN.
 *
 * Sources: AWS CodePipeline user guide, "How pipeline executions work", "Stop a pipeline execution", "Retry a failed
 * stage", "Disable a transition". Nothing here is taken from cp_teach. One d_step is one command; what is stored
 * between two of them is one state. S stages, R releases, at most A actions in a stage; ORDER(s,a) is the run order of
 * an action, 0 where there is none. See README.md.
 */
#define NOBODY 0
/* an execution */
#define GONE 0
#define GOING 1
#define FAILED 2
#define STOPPING 3
#define STOPPED 4
/* an action */
#define NOTRUN 0
#define RUNS 1
#define WELL 2
#define BROKEN 3
#define LEFT 4

byte last;                    /* how many were released */
bit shut[S];                  /* the transition into a stage is disabled */
byte holder[S];               /* who has locked the stage */
byte entered[S];              /* who entered last: that one alone may be retried */
byte line[S * R];             /* who waits at the door, in order */
byte waiting[S];              /* how many */
byte how[R + 1];              /* each execution: GOING, ... */
byte place[R + 1];            /* its stage */
bit inside[R + 1];            /* in the stage, or at its door */
byte act[(R + 1) * A];        /* its actions there */

/* scratch: no part of the state */
hidden byte i, j, k, low, old, first, gone, here, next;
hidden byte running, broken, fresh;

inline forget(x) {
  how[x] = GONE; place[x] = 0; inside[x] = 0;
  for (i : 0 .. A - 1) { act[x * A + i] = NOTRUN }
}

inline look(x) {
  running = 0; broken = 0; fresh = 0;
  for (i : 0 .. A - 1) {
    if
    :: ORDER(place[x], i) > 0 && act[x * A + i] == RUNS -> running = 1
    :: ORDER(place[x], i) > 0 && act[x * A + i] == BROKEN -> broken = 1
    :: ORDER(place[x], i) > 0 && act[x * A + i] == NOTRUN -> fresh = 1
    :: else
    fi
  }
}

/* the lowest run order that has something to do starts, all of it */
inline begin(x) {
  low = 255;
  for (i : 0 .. A - 1) {
    if
    :: ORDER(place[x], i) > 0 && ORDER(place[x], i) < low && act[x * A + i] == NOTRUN -> low = ORDER(place[x], i)
    :: else
    fi
  }
  for (i : 0 .. A - 1) {
    if
    :: ORDER(place[x], i) == low && act[x * A + i] == NOTRUN -> act[x * A + i] = RUNS
    :: else
    fi
  }
}

inline leave_line(x, s) {
  j = 0;
  for (k : 0 .. R - 1) {
    if
    :: k < waiting[s] && line[s * R + k] != x -> line[s * R + j] = line[s * R + k]; j++
    :: else
    fi
  }
  for (k : 0 .. R - 1) {
    if
    :: k >= j -> line[s * R + k] = NOBODY
    :: else
    fi
  }
  waiting[s] = j
}

inline enter(x, s) {
  NEVER_THROUGH_A_CLOSED_DOOR(s);
  NEVER_INTO_A_LOCKED_STAGE(s);
  old = entered[s];
  if /* what failed or stopped here before is past retrying now */
  :: old != NOBODY && old != x && how[old] != GONE && inside[old] && place[old] == s -> forget(old)
  :: else
  fi;
  leave_line(x, s);
  holder[s] = x; entered[s] = x;
  how[x] = GOING; place[x] = s; inside[x] = 1;
  for (i : 0 .. A - 1) { act[x * A + i] = NOTRUN }
  begin(x)
}

inline admit(s) {
  if
  :: waiting[s] > 0 && MAY_COME_IN(s) -> first = line[s * R]; enter(first, s)
  :: else
  fi
}

inline arrive(x, s) {
  if
  :: waiting[s] == 0 && MAY_COME_IN(s) -> enter(x, s)
  :: else ->
    if
    :: !QUEUED && waiting[s] > 0 -> /* the newest takes the one place at the door */
      gone = line[s * R];
      NEVER_SUPERSEDED_INSIDE(gone);
      NEVER_SUPERSEDED(gone);
      leave_line(gone, s); forget(gone)
    :: else
    fi;
    SUPERSEDE_MORE(s);
    line[s * R + waiting[s]] = x; waiting[s]++;
    how[x] = GOING; place[x] = s; inside[x] = 0;
    for (i : 0 .. A - 1) { act[x * A + i] = NOTRUN }
  fi
}

/* an action of x has ended */
inline settle(x) {
  look(x);
  here = place[x];
  if
  :: running && !UNLOCK_EARLY(x) -> skip
  :: (!running || UNLOCK_EARLY(x)) && how[x] == STOPPING -> how[x] = STOPPED; holder[here] = NOBODY; admit(here)
  :: (!running || UNLOCK_EARLY(x)) && how[x] != STOPPING && broken -> how[x] = FAILED; holder[here] = NOBODY; admit(here)
  :: !running && how[x] != STOPPING && !broken && fresh -> begin(x)
  :: !running && how[x] != STOPPING && !broken && !fresh ->
    holder[here] = NOBODY;
    if
    :: here + 1 < S -> next = here + 1; arrive(x, next)
    :: else -> forget(x)
    fi;
    admit(here)
  fi
}

/* Numbers of those that are gone are given to the next ones, and nobody is remembered who is not there. */
inline tidy() {
  for (j : 0 .. S - 1) {
    if
    :: entered[j] != NOBODY && (how[entered[j]] == GONE || !inside[entered[j]] || place[entered[j]] != j) -> entered[j] = NOBODY
    :: else
    fi
  }
  k = 1;
  for (j : 1 .. R) {
    if
    :: how[j] != GONE ->
      if
      :: j != k ->
        how[k] = how[j]; place[k] = place[j]; inside[k] = inside[j];
        for (i : 0 .. A - 1) { act[k * A + i] = act[j * A + i] }
        for (i : 0 .. S - 1) {
          if :: holder[i] == j -> holder[i] = k :: else fi;
          if :: entered[i] == j -> entered[i] = k :: else fi
        }
        for (i : 0 .. S * R - 1) {
          if :: line[i] == j -> line[i] = k :: else fi
        }
        forget(j)
      :: else
      fi;
      k++
    :: else
    fi
  }
}

inline release() {
  last++;
  first = 1;
  do
  :: first < R && how[first] != GONE -> first++
  :: else -> break
  od;
  how[first] = GOING;
  next = first;
  arrive(next, 0);
  tidy()
}

inline retry_failed(x) {
  for (i : 0 .. A - 1) {
    if
    :: act[x * A + i] == BROKEN || act[x * A + i] == LEFT -> act[x * A + i] = NOTRUN
    :: else
    fi
  }
  how[x] = GOING; holder[place[x]] = x;
  begin(x); tidy()
}

inline retry_all(x) {
  for (i : 0 .. A - 1) { act[x * A + i] = NOTRUN }
  how[x] = GOING; holder[place[x]] = x;
  begin(x); tidy()
}

inline stop_waiting(x) {
  here = place[x];
  leave_line(x, here); forget(x); tidy()
}

inline abandon(x) {
  how[x] = STOPPING;
  for (i : 0 .. A - 1) {
    if
    :: act[x * A + i] == RUNS -> act[x * A + i] = LEFT
    :: else
    fi
  }
  settle(x); tidy()
}
