#!/usr/bin/env bash
# The program that follows a name: a file that comes, is replaced, and goes.
set -euo pipefail

follow="$1"
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT

fail() {
  echo "$*"
  exit 1
}

# said LINE: the next line of the program's output, soon, is LINE.
said() {
  local line
  read -r -t 60 line <&3 || fail "not said: $1"
  [[ "$line" == "$1" ]] || fail "said: $line, not: $1"
}

mkfifo "$dir/errors"
coproc program { "$follow" "$dir/config" 2>"$dir/errors"; }
pid="$!"
exec 3<&"${program[0]}" 4>&"${program[1]}" # these go with the program
read -r -t 60 line <"$dir/errors"
[[ "$line" == "follow: following $dir/config, Enter ends it" ]] || fail "$line"

echo one >"$dir/new" && mv "$dir/new" "$dir/config"
said "read $dir/config"
echo two >"$dir/config"
said "read $dir/config"
echo three >"$dir/new" && mv "$dir/new" "$dir/config"
said "gone $dir/config"
said "read $dir/config"
rm "$dir/config"
said "gone $dir/config"
echo >&4
said "end of $dir/config"
wait "$pid"
echo "1 passed, 0 failed"
