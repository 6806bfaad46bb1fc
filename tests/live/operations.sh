#!/usr/bin/env bash
# What an operator meets, one case after another: what was done, what unghost said, what consumers saw.
#   tests/live/operations.sh            all, about three minutes
#   tests/live/operations.sh WORD,WORD  cases whose name holds one of the words
# $UNGHOST: another build than the one that is shipped.
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${UNGHOST:-}" ]; then
    tests/install.sh
    cmake --preset bench >/dev/null
    cmake --build build/bench --target unghost
    export UNGHOST=$PWD/build/bench/unghost
fi
UNGHOST_SCENARIO=${1:-} exec tests/live/testbed.py tests/live operations.
