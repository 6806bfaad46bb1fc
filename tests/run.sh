#!/usr/bin/env bash
# The tests, from nothing, on Debian 12:
#   tests/run.sh                 install, build, unit and golden tests, short live tests
#   tests/run.sh every           and lint, tidy, asan, fuzz, tsan, chaos
#   tests/run.sh PART,PART...    these parts, in this order
#   tests/run.sh PART [WORD]     one part; WORD picks among its tests
# A line for each part; what a part printed is in build/log/PART.txt, and its end is shown if it
# failed. The last line is `N passed, N failed`: a unit test, a live test, a fuzz target, lint, tidy, asan
# and tsan count one each. No part has a time limit: a busy machine makes it slow, not wrong. A unit test that
# hangs fails after 1500 s.
set -u
cd "$(dirname "$0")/.."
mkdir -p build/log
passed=0
failed=0

# result PART PASSED FAILED [WHAT]: adds to the totals, prints the line.
result() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    if [ "$3" != 0 ]; then
        tail -n 60 "build/log/$1.txt" | sed 's/^/    /'
    fi
    printf '%-8s %s passed, %s failed (%d s)%s\n' "$1" "$2" "$3" $((SECONDS - began)) "${4:+: $4}"
}

# logged PART COMMAND...: output goes to the part's log.
logged() {
    local log=build/log/$1.txt
    shift
    echo "+ $*" >>"$log"
    "$@" >>"$log" 2>&1
}

begin() {
    began=$SECONDS
    : >"build/log/$1.txt"
}

build() {  # build PART PRESET TARGET...: 0 if it builds
    local part=$1 preset=$2
    shift 2
    logged "$part" tests/install.sh build && logged "$part" cmake --preset "$preset" &&
        logged "$part" cmake --build "build/$preset" --target "$@"
}

# tests PART PRESET WORD [OPTION...]: ctest, in another order each time; sets good and bad.
tests() {
    logged "$1" ctest --test-dir "build/$2" -j "$(nproc)" --output-on-failure --no-tests=error --timeout 1500 \
        --schedule-random ${3:+-R "$3"} "${@:4}"
    local code=$? total
    total=$(sed -n 's/.* tests failed out of \([0-9]*\)$/\1/p' "build/log/$1.txt")
    bad=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "build/log/$1.txt")
    good=$((${total:-0} - ${bad:-0}))
    if [ $code != 0 ] && [ "${bad:-0}" = 0 ]; then bad=1; fi
}

part_install() {
    begin install
    if logged install tests/install.sh; then result install 0 0; else result install 0 1; fi
}

part_unit() {
    begin unit
    if ! build unit dev all; then result unit 0 1 'does not build'; return; fi
    tests unit dev "${1:-}" --repeat until-fail:2
    result unit "$good" "${bad:-0}"
}

part_lint() {
    begin lint
    logged lint tests/install.sh build
    [ -e build/dev/compile_commands.json ] || logged lint cmake --preset dev
    if logged lint .ci/lint; then result lint 1 0; else result lint 0 1; fi
}

# Half a minute of CPU for each file that is not in its cache. Tests and benchmarks are read by `.ci/tidy` alone.
part_tidy() {
    begin tidy
    logged tidy tests/install.sh build
    [ -e build/dev/compile_commands.json ] || logged tidy cmake --preset dev
    if logged tidy .ci/tidy $(find protocol rewrite proxy -name '*.cpp'); then result tidy 1 0; else result tidy 0 1; fi
}

# Threads meet in proxy alone.
part_tsan() {
    begin tsan
    if ! build tsan tsan proxy_tests; then result tsan 0 1 'does not build'; return; fi
    tests tsan tsan "${1:-}" -E '_corpus$|^install$|_NOT_BUILT$'
    if [ "${bad:-0}" != 0 ]; then result tsan 0 1 "$bad of them"; else result tsan 1 0 "$good tests"; fi
}

# Ten seconds of each fuzz target.
part_fuzz() {
    local last
    begin fuzz
    logged fuzz tests/install.sh build
    logged fuzz tests/fuzz/run.sh 10 "$@"
    last=$(tail -n 1 build/log/fuzz.txt)
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        result fuzz "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    else
        result fuzz 0 1
    fi
}

# The same tests, the fuzzers' corpora, and some of the live ones, under AddressSanitizer and UBSan.
part_asan() {
    begin asan
    if ! build asan asan protocol_tests rewrite_tests proxy_tests fuzzers unghost pages; then result asan 0 1 'does not build'; return; fi
    tests asan asan "${1:-}"
    if [ "${bad:-0}" != 0 ]; then result asan 0 1 "$bad of them"; return; fi
    if ! logged asan tests/install.sh; then result asan 0 1 'a server or tool is missing'; return; fi
    if UNGHOST=$PWD/build/asan/unghost logged asan tests/live/testbed.py tests/live ci. commands. relay. tls. middleman.; then
        result asan 1 0 "$good tests, and live ones"
    else
        result asan 0 1 'a live test'
    fi
}

# The live tests of every change; tests/long.sh runs the rest. A WORD picks among all of them.
live_words=(ci. testbed. commands. captures. source. relay. tls. middleman.)

part_live() {
    if [ $# = 0 ]; then set -- "${live_words[@]}"; fi
    begin live
    if ! logged live tests/install.sh; then result live 0 1 'a server or tool is missing'; return; fi
    if ! build live dev unghost pull_bench print_rows; then result live 0 1 'does not build'; return; fi
    live_result live tests/live "$@"
}

# A few kills; tests/long.sh has more, and the faults.
part_chaos() {
    begin chaos
    if ! logged chaos tests/install.sh; then result chaos 0 1 'a server or tool is missing'; return; fi
    if ! build chaos dev unghost; then result chaos 0 1 'does not build'; return; fi
    live_result chaos tests/chaos "${@:-killed_eight_times}"
}

live_result() {  # live_result PART FOLDER WORD...
    local part=$1 code last
    shift
    UNGHOST=$PWD/build/dev/unghost logged "$part" tests/live/testbed.py "$@"
    code=$?
    last=$(tail -n 1 "build/log/$part.txt")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        result "$part" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    else
        result "$part" 0 1 "ended with $code"
    fi
}

for part in $(tr , ' ' <<<"${1:-all}"); do
    case $part in
        install | unit | lint | tidy | asan | tsan | fuzz | live | chaos) ;;
        all | every) [ "$part" = "${1:-all}" ] ;;
        *) false ;;
    esac || {
        echo "unknown part '$part': every, install, unit, lint, tidy, asan, tsan, fuzz, live or chaos" >&2
        exit 2
    }
done
case ${1:-all} in
    all) for part in install unit live; do part_$part; done ;;
    every) for part in install unit lint tidy asan fuzz tsan live chaos; do part_$part; done ;;
    *,*) for part in ${1//,/ }; do "part_$part"; done ;;
    *) "part_$@" ;;
esac
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
