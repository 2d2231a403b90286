#!/usr/bin/env bash
# Has spin look at every interleaving of parking.pml: as it is, where it must
# find nothing, and with each of the faults that can be put in, where it must.
#
# Usage: parking_test.sh MODEL
set -euo pipefail

model="$(realpath "$1")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

if ! command -v spin >/dev/null; then
  reason='no spin (Debian package spin)'
  echo "SKIPPED: $reason"
  cat >"${XML_OUTPUT_FILE:-/dev/null}" <<XML
<testsuites><testsuite name="Model"><testcase name="Parking" classname="Model">
<skipped message="$reason"/></testcase></testsuite></testsuites>
XML
  exit 0
fi

# check HOW DEFINES...: makes the verifier and runs it; prints what it says.  It
# is not optimised: that takes longer than it saves.
#   safety    assertions, and no state in which everybody waits for ever
#   liveness  that every run comes to its end, under weak fairness
check() {
  local how="$1" claim=() run=(-m100000 -w22 -n)
  shift
  if [[ "$how" == safety ]]; then
    claim=(-DSAFETY -DNOCLAIM)
  else
    claim=(-DNFAIR=3)
    run+=(-a -f)
  fi
  spin -a "$@" "$model" >spin.log || { cat spin.log; return; }
  gcc -w "${claim[@]}" -o pan pan.c
  ./pan "${run[@]}" 2>&1
}

failed=0

# holds HOW DEFINES...: nothing is to be found, in all of the states.
holds() {
  local said
  said="$(check "$@")"
  if [[ "$said" == *'errors: 0'* && "$said" != *'Search not completed'* ]]; then
    echo "holds: $*: $(grep -oE '[0-9.e+]+ states, stored' <<<"$said")"
  else
    echo "FAILED: $*: $said"
    failed=1
  fi
}

# finds HOW DEFINES...: the fault is to be found.
finds() {
  local said
  said="$(check "$@")"
  if [[ "$said" == *'errors: 1'* ]]; then
    echo "finds: $*: $(grep -E '^pan:[0-9]+:' <<<"$said")"
  else
    echo "FAILED: not found: $*: $said"
    failed=1
  fi
}

holds safety -DWORKERS=1 -DEVENTS=2
holds safety -DWORKERS=1 -DEVENTS=3 -DSTOP_LAST
holds safety -DWORKERS=2 -DEVENTS=1 -DSTOP_LAST
holds safety -DWORKERS=1 -DEVENTS=1 -DSYNC
holds liveness -DWORKERS=1 -DEVENTS=1

finds safety -DWORKERS=1 -DEVENTS=2 -DSTOP_LAST -DBUG_LATE_TICKET
finds safety -DWORKERS=1 -DEVENTS=3 -DSTOP_LAST -DBUG_NO_RECHECK
finds safety -DWORKERS=1 -DEVENTS=2 -DSTOP_LAST -DBUG_LEFT_ASLEEP
finds safety -DWORKERS=1 -DEVENTS=1 -DSTOP_LAST -DSYNC -DBUG_ASKED_LATE
finds safety -DWORKERS=1 -DEVENTS=1 -DSYNC -DBUG_KEPT_ON_DISCARD
finds safety -DWORKERS=1 -DEVENTS=1 -DBUG_LATE_FINISH
finds safety -DWORKERS=1 -DEVENTS=1 -DBUG_FINISH_UNSAID
finds safety -DWORKERS=1 -DEVENTS=1 -DBUG_WAKE_FIRST
finds safety -DWORKERS=1 -DEVENTS=1 -DBUG_NO_DRAIN

exit "$failed"
