#!/usr/bin/env bash
# The program of the thin layer: what comes into a directory is printed.
set -euo pipefail

raw="$1"
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT

# Files come until it has said something: it may not have begun to watch.
"$raw" "$dir" >"$dir.out" &
pid="$!"
trap 'rm -rf "$dir" "$dir.out"' EXIT
for ((i = 0; i < 1000000; i++)); do
  kill -0 "$pid" 2>/dev/null || break
  : >"$dir/file$i"
done
wait "$pid" || { echo "exit code $?"; exit 1; }
grep -q "IN_CREATE.*name=file" "$dir.out" || {
  cat "$dir.out"
  exit 1
}
echo "1 passed, 0 failed"
