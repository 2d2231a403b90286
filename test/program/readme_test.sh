#!/usr/bin/env bash
# The README shows the guide as it is compiled and run here.
set -euo pipefail

readme="$1"
guide="$2"
shown="$(awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' "$readme")"
if [[ "$shown" == "$(cat "$guide")" ]]; then
  echo "1 passed, 0 failed"
else
  diff <(echo "$shown") "$guide" || true
  echo "README.md and guide.c differ"
  exit 1
fi
