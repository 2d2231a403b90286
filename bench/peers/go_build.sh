#!/usr/bin/env bash
# Builds the Go peer with Debian's compiler and Debian's fsnotify. Where one of
# them is not there, makes a program that says so.
#
# Usage: go_build.sh SOURCE OUTPUT
set -euo pipefail

source="$1"
output="$2"
library=/usr/share/gocode/src/github.com/fsnotify/fsnotify

missing=''
[[ -d "$library" ]] || missing=golang-github-fsnotify-fsnotify-dev
command -v go >/dev/null || missing=golang-go

if [[ -n "$missing" ]]; then
  printf '#!/bin/sh\necho "fsnotify: not installed; Debian package %s"\nexit 77\n' \
    "$missing" >"$output"
  chmod +x "$output"
  exit
fi

cache="$(mktemp -d)"
trap 'chmod -R u+w "$cache" && rm -rf "$cache"' EXIT
version="$(dpkg-query -W -f '${Version}' golang-github-fsnotify-fsnotify-dev)"
GOCACHE="$cache" GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS=-trimpath \
  go build -ldflags "-X main.version=$version" -o "$output" "$source"
