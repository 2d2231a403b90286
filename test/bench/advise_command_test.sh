#!/usr/bin/env bash
# `bench --advise` as a user runs it: measures, tells, leaves nothing behind.
#
# Usage: advise_command_test.sh BENCH
set -euo pipefail

bench="$1"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
passed=0

die() { echo "FAILED: $*"; exit 1; }

# Runs it: $code, $out, $err.
run() {
  code=0
  "$bench" "$@" >"$folder/out" 2>"$folder/err" || code=$?
  out="$(cat "$folder/out")"
  err="$(cat "$folder/err")"
}

# expect CODE PART...: that code, and PART in what was printed.
expect() {
  local wanted="$1" part
  shift
  [[ "$code" == "$wanted" ]] || die "exit code $code, not $wanted: $out$err"
  for part in "$@"; do
    [[ "$out$err" == *"$part"* ]] || die "no '$part' in: $out$err"
  done
  passed=$((passed + 1))
}

mkdir "$folder/work"
run --any-build --advise 1000/s,2us,1000 --dir "$folder/work"
expect 0 'measured now' '.worker_count = ' 'struct rn_thread_notifier_options options = {'
[[ -z "$(ls -A "$folder/work")" ]] || die "left behind: $(ls -A "$folder/work")"

cat >"$folder/report.json" <<'END'
{"v":1,"machine":{"cpus":2,"memory_bytes":8589934592,"queue_limit":16384},
 "cases":[{"scenario":"drain","subject":"ringnotify","workers":1,
  "order":"directory","callback":"single","handler":"noop","events":1000,
  "ns_per_event":{"min":1,"median":300,"max":2},
  "cpu_ns_per_event":{"min":1,"median":350,"max":2}}]}
END
run --advise 1M/s,2us,0 --from "$folder/report.json"
expect 0 'CANNOT keep up' '.full = RN_FULL_DROP' "$folder/report.json"

run --advise 1M/s,2us,0 --from "$folder/none.json"
expect 1 'ringnotify: error: --from' 'No such file' '--json FILE'
run --advise 1M/s,2,0
expect 64 "ringnotify: error: --advise: COST cannot be '2'" '2us'
run --advise
expect 64 "option '--advise' needs a value"
run --from "$folder/report.json"
expect 64 '--from is for --advise'
run --advise 1,1us,1 drain
expect 64 "takes no SCENARIO: leave out 'drain'"
run --advise 1,1us,1 --json "$folder/x.json"
expect 64 'leave out --json'
[[ ! -e "$folder/x.json" ]] || die 'a report was made'
run --any-build --advise 1,1us,1 --dir "$folder/none"
expect 1 'cannot make a work folder' '--dir PATH'
run --help
expect 0 '--advise RATE,COST,BURST' '--from FILE'

echo "$passed passed, 0 failed"
