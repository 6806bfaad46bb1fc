#!/usr/bin/env bash
# What takes too long for every change: all live suites, chaos, consumers, one after another.
#   tests/long.sh                    all, about two and a half hours
#   tests/long.sh WORD...            the suites whose 'folder/file' holds one of the words: live/gh_ost chaos
# A line for each suite; what it printed is in build/log/long-FOLDER-FILE.txt. $UNGHOST: another build.
set -u
cd "$(dirname "$0")/.."
mkdir -p build/log
passed=0
failed=0

if [ -z "${UNGHOST:-}" ]; then
    # The program as it is shipped; pull_bench for what tests measure, print_rows for what they read.
    if ! { tests/install.sh && cmake --preset bench &&
        cmake --build build/bench --target unghost pull_bench print_rows &&
        .ci/binary build/bench/unghost; } >build/log/long-build.txt 2>&1; then
        tail -n 40 build/log/long-build.txt
        exit 1
    fi
    export UNGHOST=$PWD/build/bench/unghost
fi

wanted() {  # wanted SUITE WORD...
    local suite=$1
    shift
    [ $# = 0 ] && return 0
    for word in "$@"; do [[ $suite == *"$word"* ]] && return 0; done
    return 1
}

for file in tests/{live,chaos,consumers,packaging}/*_test.py; do
    [ -e "$file" ] || continue
    folder=$(basename "$(dirname "$file")")
    name=$(basename "$file" _test.py)
    wanted "$folder/$name" "$@" || continue
    log=build/log/long-$folder-$name.txt
    began=$SECONDS
    if [ "$folder" = packaging ] && [ -z "${UNGHOST_PACKAGES:-}" ]; then packaging/build.sh >"$log" 2>&1; fi
    [ "$folder" != consumers ] || tests/consumers/run.sh --install  # what cannot be had fails its tests
    timeout --kill-after=20 7200 tests/live/testbed.py "tests/$folder" "$name." >"$log" 2>&1
    code=$?
    if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        good=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]}
    else
        good=0 bad=1
        echo "ended with $code" >>"$log"
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    printf '%-28s %s passed, %s failed (%d s)\n' "$folder/$name" "$good" "$bad" $((SECONDS - began))
    grep -E '^ *FAIL ' "$log" | sed 's/^ */    /'
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
