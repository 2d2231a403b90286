#!/usr/bin/env bash
# Checks that what the shared library shows is what the headers mark and what
# the list says, and that it is called by its version.
#
# Usage: abi_test.sh LIBRARY LIST API_NAMES HEADER...
set -euo pipefail

library="$1" list="$2" api_names="$3"
shift 3
failed=0

# Fails where two lists of names differ; $3 says what that means.
same() {
  local differences
  differences="$(diff <(echo "$1") <(echo "$2") | grep '^[<>]' || true)"
  [[ -z "$differences" ]] && return
  echo "$3"
  echo "$differences"
  failed=1
}

shown="$(nm -D --defined-only "$library" | awk '{ print $NF }' | LC_ALL=C sort)"
marked="$("$api_names" "$@")"
same "$marked" "$shown" \
  'The headers (<) and the library (>) differ: what RN_API marks has to be there.'
same "$(cat "$list")" "$shown" \
  "The list (<) and the library (>) differ. A function that is no longer there
breaks programs; of one that is new the list has to know. If it is meant so:

    tools/checks/abi --fix
"
version="$(LC_ALL=C readelf -d "$library" | grep -F '(SONAME)' || true)"
if [[ "$version" != *'[libringnotify.so.0]' ]]; then
  echo "It is called $version, not libringnotify.so.0."
  failed=1
fi
exit "$failed"
