#!/usr/bin/env bash
# Writes a program, in C or C++, that includes each public header and refers to
# each function of a list.
#
# Usage: every_call.sh LIST HEADER...
set -euo pipefail

list="$1"
shift
for header in "$@"; do echo "#include <ringnotify/${header##*/}>"; done
cat <<'HEAD'
#include <stdio.h>

typedef void any_function(void);

struct call {
  const char *name;
  any_function *function;
};

HEAD
# Each struct that a caller fills, as its macro begins it.
init='s/^#define (RN_[A-Z_]+)_INIT.*/\1/p'
sed -nE "$init" "$@" | while read -r macro; do
  echo "static struct ${macro,,} begun_${macro,,} = ${macro}_INIT;"
done
echo "static size_t begun(void) {"
echo "  size_t size = 0;"
sed -nE "$init" "$@" | while read -r macro; do
  echo "  size += begun_${macro,,}.size;"
done
cat <<'HEAD'
  return size;
}

static const struct call calls[] = {
HEAD
sed 's/.*/    {"&", (any_function *)&},/' "$list"
cat <<'TAIL'
};

int main(void) {
  size_t i;
  for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
    if (calls[i].function == NULL) printf("%s is missing\n", calls[i].name);
  printf("ringnotify %s: %u functions, %u bytes of structs\n", rn_version(),
         (unsigned)i, (unsigned)begun());
  return begun() > 0 ? 0 : 1;
}
TAIL
