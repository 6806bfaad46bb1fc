#!/usr/bin/env bash
# Builds the release and measures it, on a machine that should do nothing else meanwhile.
# Arguments go to serve_bench.py. Results: bench/results/ (table.md, serve.json, *.txt).
#   bench/run.sh                            the micro benchmarks and serve_bench.py, about 20 minutes
#   bench/run.sh read --mib 256 --pairs 3   these parts of serve_bench.py alone
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset bench >/dev/null
programs=(parse_bench rows_bench rewrite_bench store_bench dump_bench)
cmake --build build/bench --target unghost drain fake_source make_binlog "${programs[@]}"
results=bench/results
mkdir -p "$results"
if [ $# -eq 0 ]; then
    for one in "${programs[@]}"; do
        "build/bench/$one" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true \
            | tee "$results/$one.txt"
    done
fi
# In memory, so that no disk decides: give --folder to measure with one.
folder=$(mktemp -d /dev/shm/unghost-bench-XXXXXX)
trap 'rm -rf "$folder"' EXIT
bench/serve_bench.py --folder "$folder" --json "$results/serve.json" "$@" | tee "$results/table.md"
