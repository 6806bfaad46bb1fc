#!/usr/bin/env bash
# Builds the fuzz targets with the asan preset and runs each, starting from its corpus, one on each core:
#   tests/fuzz/run.sh                   ten seconds each
#   tests/fuzz/run.sh SECONDS [NAME...] so long each; NAME as in tests/fuzz/NAME_fuzz.cpp
#   tests/fuzz/run.sh grow SECONDS [NAME...]  and adds to the corpus what reached new code
# A line for each; what a target said is in build/log/fuzz/NAME.txt, what broke it in
# build/found/NAME/. The last line is `N passed, N failed`.
set -u
cd "$(dirname "$0")/../.."

grow=
if [ "${1:-}" = grow ]; then
    grow=1
    shift
fi
seconds=${1:-10}
shift $(($# > 0))
names=("$@")
if [ ${#names[@]} = 0 ]; then
    for source in tests/fuzz/*_fuzz.cpp; do
        name=${source##*/}
        names+=("${name%_fuzz.cpp}")
    done
fi

mkdir -p build/log/fuzz
if ! { cmake --preset asan && cmake --build build/asan --target "${names[@]/%/_fuzz}"; } >build/log/fuzz/build.txt 2>&1; then
    tail -n 40 build/log/fuzz/build.txt
    echo '0 passed, 1 failed'
    exit 1
fi

# Adds the smallest of the inputs that reached new code: 80 files of at most a kilobyte in one go.
keep_new() {  # keep_new NAME COPY
    local kept file corpus=tests/fuzz/corpus/$1 added=0
    kept=$(mktemp -d)
    cp "$corpus"/* "$kept" 2>/dev/null  # those with names given by hand stay
    build/asan/"$1"_fuzz -merge=1 -max_len=2048 "$kept" "$2" >>"build/log/fuzz/$1.txt" 2>&1
    while read -r file; do
        if [ $added -lt 80 ] && [ ! -e "$corpus/$file" ] && [ "$(stat -c %s "$kept/$file")" -le 1024 ]; then
            cp "$kept/$file" "$corpus"
            added=$((added + 1))
        fi
    done < <(ls -Sr "$kept")
    rm -r "$kept"
}

# New inputs go to a copy of the corpus; a target that hangs in itself is ended from outside.
run_one() {  # run_one NAME: its line; 0 if nothing broke it
    local name=$1 log=build/log/fuzz/$1.txt found=build/found/$1/ copy runs covered code
    copy=$(mktemp -d)
    mkdir -p "$found" "tests/fuzz/corpus/$name"
    cp -r "tests/fuzz/corpus/$name/." "$copy"
    timeout --kill-after=10 $((seconds + 120)) build/asan/"$name"_fuzz -max_total_time="$seconds" \
        -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$found" "$copy" >"$log" 2>&1
    code=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    if [ $code = 0 ]; then
        printf '%-20s %s runs, %s edges\n' "$name" "${runs:-0}" "${covered:-0}"
        [ -z "$grow" ] || keep_new "$name" "$copy"
    else
        grep -E 'ERROR|SUMMARY|runtime error|^Test unit|deadly' "$log" | head -n 8 | sed 's/^/    /'
        printf '%-20s FAILED, see %s and %s\n' "$name" "$log" "$found"
    fi
    rm -r "$copy"
    return $code
}

started=()
for name in "${names[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    run_one "$name" &
    started+=($!)
done
passed=0
failed=0
for pid in "${started[@]}"; do
    if wait "$pid"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
