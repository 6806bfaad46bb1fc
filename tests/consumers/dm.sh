#!/usr/bin/env bash
# TiDB Data Migration behind unghost: real tidb-server, dm-master, dm-worker, dmctl. Run by hand.
#   TIDB_BIN=FOLDER tests/consumers/dm.sh              all cases (hours)
#   TIDB_BIN=FOLDER tests/consumers/dm.sh WORD...      the cases whose name holds all of the words
#   tests/consumers/dm.sh --list [WORD...]             their names, and what is expected of each
#   tests/consumers/dm.sh --write FOLDER [WORD...]     writes their source and task files only
# FOLDER holds the four programs, as a TiDB release's bin folders do. $DM_MYSQL: the primaries' version
# (8.0; 9.7 needs a DM that knows SHOW BINARY LOG STATUS, v8.5.6). $UNGHOST: a build that is not this
# checkout's. $UNGHOST_KEEP=1 keeps the folders with all logs.
# A line for each case, tool and verdict; the last is `N as expected, N not`. Exit code 0, 1, or 2 if it
# cannot run.
set -eu
cd "$(dirname "$0")/../.."
exec tests/consumers/dm.py "$@"
