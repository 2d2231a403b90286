#!/usr/bin/env bash
# Writes decode_corpus and mask_corpus beside this script anew. Records are in
# the order of bytes of little-endian machines; on others the fuzz targets read
# them as broken ones, which they must stand too.
#
# Usage: make_corpus.sh
set -euo pipefail
cd "$(dirname "$0")"
rm -rf decode_corpus mask_corpus
mkdir decode_corpus mask_corpus

# Four bytes of a number.
word() {
  local n=$1
  printf '%b' "$(printf '\\x%02x' $((n & 255)) $((n >> 8 & 255)) \
    $((n >> 16 & 255)) $((n >> 24 & 255)))"
}

# head WD MASK COOKIE LENGTH
head_of() { word "$1"; word "$2"; word "$3"; word "$4"; }

# pad COUNT: that many NULs. fill COUNT: that many letters.
pad() { head -c "$1" /dev/zero; }
fill() { head -c "$1" /dev/zero | tr '\0' x; }

# record WD MASK COOKIE NAME: as the kernel pads it.
record() {
  local size=${#4} length
  length=$((size == 0 ? 0 : size / 16 * 16 + 16))
  head_of "$1" "$2" "$3" "$length"
  printf '%s' "$4"
  pad $((length - size))
}

decode() { cat >"decode_corpus/$1"; }

: | decode empty
record 1 0x100 0 name | decode one
record 1 0x400 0 '' | decode no_name
head_of 0xffffffff 0x4000 0 0 | decode overflow
{ record 1 0x40 77 old; record 1 0x80 77 new; } | decode rename
{ record 1 0x40000100 0 dir; record 2 0x20 0 ''; record 1 0x8000 0 ''; } |
  decode several
record 1 0x100 0 "$(fill 15)" | decode name_15
record 1 0x100 0 "$(fill 16)" | decode name_16
record 1 0x100 0 "$(fill 255)" | decode name_255
{ head_of 1 0x100 0 16; printf '\x80\x01\xff\x81\n'; pad 11; } | decode bytes
{ head_of 1 0x100 0 16; printf 'ab'; pad 1; fill 12; pad 1; } | decode nul_within
{ head_of 1 0x100 0 16; pad 16; } | decode only_nuls
{ head_of 1 0x100 0 9; fill 8; pad 1; } | decode odd_length
{ head_of 1 0x100 0 16; fill 16; } | decode no_nul
{ record 1 0x100 0 whole; word 1; pad 3; } | decode cut_head
{ record 1 0x100 0 whole; head_of 1 0x100 0 32; fill 9; } | decode cut_name
{ head_of 1 0x100 0 0xffffffff; pad 16; } | decode length_max
{ head_of 1 0x100 0 0xfffffff0; pad 16; } | decode length_round

# mask NAME TEXT: with room for 20 bytes.
mask() { printf '\x14%s' "$2" >"mask_corpus/$1"; }

mask empty ''
mask one IN_CREATE
mask short create
mask several 'create|delete,IN_ISDIR'
mask groups 'close,move,ALL_EVENTS'
mask blanks "$(printf ' create ,\tdelete ')"
mask hex 0xffffffff
mask decimal 4294967295
mask too_large 4294967296
mask no_digits 0x
mask empty_name 'create,,delete'
mask at_end 'create,'
mask unknown 'create,wrong'
mask twice_prefixed IN_IN_CREATE
mask mixed 'oneshot|0x1000|256'
printf '\x00\x10\x00\x80' >mask_corpus/unknown_bits
printf '\x00' >mask_corpus/no_room
