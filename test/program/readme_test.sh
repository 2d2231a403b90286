#!/usr/bin/env bash
# A page shows a program as it is compiled and run here.
set -euo pipefail

page="$1"
program="$2"
shown="$(awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' "$page")"
if [[ "$shown" == "$(cat "$program")" ]]; then
  echo "1 passed, 0 failed"
else
  diff <(echo "$shown") "$program" || true
  echo "${page##*/} and ${program##*/} differ"
  exit 1
fi
