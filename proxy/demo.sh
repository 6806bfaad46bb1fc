#!/usr/bin/env bash
# Shows unghost at work, from nothing, in a few minutes: real MySQL servers, real gh-ost and
# pt-online-schema-change under load, a replica downstream of unghost. Exit 0 only if it ends up equal.
#   proxy/demo.sh [--server 9.7|8.0]     more: tests/live/demo.py --help
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
tests/install.sh
echo 'building unghost ...'
if ! { cmake --preset release && cmake --build build/release --target unghost; } >"$log" 2>&1; then
    tail -n 40 "$log"
    exit 1
fi
UNGHOST=$PWD/build/release/unghost tests/live/demo.py "$@"
