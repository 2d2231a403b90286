#!/usr/bin/env bash
# Runs a program with address randomisation off, where the machine allows it.
# A kernel that randomises more than 28 bits (vm.mmap_rnd_bits) now and then
# maps memory where the sanitizers keep their shadow, and the program dies
# before main.
#
# Usage: fixed_addresses.sh PROGRAM [ARGUMENT...]
set -euo pipefail

if setarch --addr-no-randomize true 2>/dev/null; then
  exec setarch --addr-no-randomize "$@"
fi
exec "$@"
