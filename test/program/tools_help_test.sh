#!/usr/bin/env bash
# Each tool shows its page with --help and -h, and does nothing else.
#
# Usage: tools_help_test.sh TOOL...
set -euo pipefail

passed=0
failed=0
for tool in "$@"; do
  for option in --help -h; do
    # Whatever the tool would call is not to be found.
    if page="$(PATH=/usr/bin:/bin timeout 10 "$tool" "$option" 2>&1)" &&
      [[ "$page" == *"Usage: tools/${tool#*tools/}"* ]]; then
      passed=$((passed + 1))
    else
      echo "FAILED: $tool $option: $page"
      failed=$((failed + 1))
    fi
  done
done
echo "$passed passed, $failed failed"
((failed == 0 && passed == 2 * $#))
