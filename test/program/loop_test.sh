#!/usr/bin/env bash
# A program with a loop of its own: it is told of changes, a new tree included,
# and of its input, and is quiet in between.
#
# Usage: loop_test.sh PROGRAM
set -euo pipefail

program="$1"
name="$(basename "$program")"
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
watched="$dir/watched"
mkdir "$watched"

fail() {
  echo "$*"
  exit 1
}

# said LINE...: the next lines of the program's output, soon, are these.
said() {
  local line expected
  for expected in "$@"; do
    read -r -t 60 line <&3 || fail "not said: $expected"
    [[ "$line" == "$expected" ]] || fail "said: $line, not: $expected"
  done
}

mkfifo "$dir/errors"
coproc loop { "$program" "$watched" 2>"$dir/errors"; }
pid="$!"
exec 3<&"${loop[0]}" 4>&"${loop[1]}" # these go with the program
read -r -t 60 line <"$dir/errors"
[[ "$line" == "$name: watching $watched, Enter ends it" ]] || fail "$line"

echo one >"$watched/f"
said "IN_CREATE $watched/f" "IN_CLOSE_WRITE $watched/f"
mv "$watched/f" "$watched/g"
said "IN_MOVED_FROM $watched/f" "IN_MOVED_TO $watched/g"
mkdir -p "$dir/tree/a"
echo two >"$dir/tree/a/h"
mv "$dir/tree" "$watched/tree"
said "IN_MOVED_TO|IN_ISDIR $watched/tree" "IN_CREATE|IN_ISDIR $watched/tree/a" \
  "IN_CREATE $watched/tree/a/h"
rm "$watched/tree/a/h"
said "IN_DELETE $watched/tree/a/h"
threads=("/proc/$pid/task"/*)
((${#threads[@]} == 1)) || fail "it has threads"
echo >&4
wait "$pid" || fail "it ended with $?"
if read -r -t 60 line <&3; then fail "said: $line"; fi
echo "1 passed, 0 failed"
