#!/usr/bin/env bash
# Measures a release build end to end: sustained ingest into an empty store, the load of the data
# set, disk and memory, start-up time over the loaded store, and the queries.
#
# Settings (environment):
#   FERROPIK_BENCH_TRACES    traces to load, five spans each on average   (1000000)
#   FERROPIK_BENCH_SPANS     spans of the sustained ingest measurement    (600000)
#   FERROPIK_BENCH_REPS      repetitions of each query                    (100)
#   FERROPIK_BENCH_ITEMS     items of the evaluation dataset; 0 skips it  (1000000)
#   FERROPIK_BENCH_RUNS      items of each of two compared experiments    (100000)
#   FERROPIK_BENCH_EXPERIMENTS  small experiments beside them             (10000)
#   FERROPIK_BENCH_DIR       folder for data and results                  (a new one under TMPDIR)
#   FERROPIK_BENCH_OUT       the Markdown report                          (<folder>/performance-results.md)
#   FERROPIK_BENCH_KEEP      1 keeps the loaded store                     (removed at the end)
#   FERROPIK_BENCH_SKIP_BUILD  1 uses the binaries that are already built
#   FERROPIK_BENCH_SERVER_ARGS further arguments for `ferropik serve`
set -euo pipefail
cd "$(dirname "$0")/.."

traces="${FERROPIK_BENCH_TRACES:-1000000}"
spans="${FERROPIK_BENCH_SPANS:-600000}"
repetitions="${FERROPIK_BENCH_REPS:-100}"
items="${FERROPIK_BENCH_ITEMS:-1000000}"
runs="${FERROPIK_BENCH_RUNS:-100000}"
experiments="${FERROPIK_BENCH_EXPERIMENTS:-10000}"
target_dir="${CARGO_TARGET_DIR:-target}"
work="${FERROPIK_BENCH_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/ferropik-bench.XXXXXX")}"
mkdir -p "$work"
report="${FERROPIK_BENCH_OUT:-$work/performance-results.md}"
read -r -a server_args <<<"${FERROPIK_BENCH_SERVER_ARGS:-}"

if [ "${FERROPIK_BENCH_SKIP_BUILD:-0}" != 1 ]; then
    cargo build --release -p ferropik -p ferropik-bench
fi
server="$target_dir/release/ferropik"
bench="$target_dir/release/ferropik-bench"

pid=""
address=""
stop_server() {
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=""
}
trap stop_server EXIT

# Starts the server on a data folder; sets pid, address and startup_ms (until the first answer).
start_server() {
    local started port
    port="$("$bench" free-port)"
    address="127.0.0.1:$port"
    started="$(date +%s%N)"
    "$server" serve --listen "$address" --data-dir "$1" ${server_args[@]+"${server_args[@]}"} >>"$work/server.log" 2>&1 &
    pid=$!
    if ! startup_ms="$("$bench" wait --address "$address" --since-ns "$started")"; then
        echo "the server does not answer; the end of its log:" >&2
        tail -n 20 "$work/server.log" >&2
        exit 1
    fi
    # The port could belong to a stranger if ours failed to bind.
    kill -0 "$pid" || { tail -n 20 "$work/server.log" >&2; exit 1; }
}

memory_bytes() { awk -v name="$1:" '$1 == name {print $2 * 1024}' "/proc/$pid/status"; }
disk_bytes() { du -s -B1 "$1" | cut -f1; }
json_number() { sed -n "s/^ *\"$2\": \([0-9.]*\),\{0,1\}\$/\1/p" "$1" | head -n 1; }

echo "== sustained ingest of $spans spans into an empty store"
rm -rf "$work/ingest" "$work/data"
mkdir -p "$work/ingest" "$work/data"
start_server "$work/ingest"
empty_startup_ms="$startup_ms"
idle_empty="$(memory_bytes RssAnon)"
"$bench" ingest-bench --address "$address" --pid "$pid" --spans "$spans" --out "$work/ingest.json"
echo "   $(json_number "$work/ingest.json" spans_per_second) spans/s"
echo "== the same with traces, while pages are read"
"$bench" ingest-bench --address "$address" --pid "$pid" --spans "$((spans / 2))" --round 2 --with-traces --probe \
    --out "$work/ingest-mixed.json"
echo "   $(json_number "$work/ingest-mixed.json" rows_per_second) rows/s"
stop_server
rm -rf "$work/ingest"

echo "== load of $traces traces"
start_server "$work/data"
"$bench" load --address "$address" --pid "$pid" --traces "$traces" --out "$work/load.json"
echo "   $(json_number "$work/load.json" rows_per_second) rows/s"
sleep 5
idle_loaded="$(memory_bytes RssAnon)"
resident_loaded="$(memory_bytes VmRSS)"
peak_loaded="$(memory_bytes VmHWM)"
disk_running="$(disk_bytes "$work/data")"
stop_server
disk_stopped="$(disk_bytes "$work/data")"
raw="$(json_number "$work/load.json" raw_json_bytes)"

echo "== restart over the loaded store"
start_server "$work/data"
loaded_startup_ms="$startup_ms"
first_page_ms="$("$bench" wait --address "$address" \
    --path "/api/v1/private/traces/?project_name=bench-main&page=1&size=100&truncate=true")"
sleep 2
idle_restarted="$(memory_bytes RssAnon)"

echo "== queries"
query_status=0
"$bench" query-bench --address "$address" --pid "$pid" --traces "$traces" --repetitions "$repetitions" \
    --out "$work/query.json" || query_status=$?

if [ "$items" != 0 ]; then
    echo "== evaluation data: $items items, two experiments of $runs, $experiments small ones"
    evaluation=(--address "$address" --pid "$pid" --items "$items" --runs "$runs" --experiments "$experiments")
    "$bench" evaluation-load "${evaluation[@]}" --out "$work/evaluation-load.json"
    echo "== queries over it"
    "$bench" evaluation-bench "${evaluation[@]}" --repetitions "$repetitions" --out "$work/evaluation.json" \
        || query_status=$?
fi
stop_server

facts=(
    --fact "date=$(date -u +%Y-%m-%d)"
    --fact "processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, shared by server and client"
    --fact "memory=$(awk '/^MemTotal/ {printf "%.1f GiB", $2 / 1048576}' /proc/meminfo)"
    --fact "system=$(uname -sr)"
    --fact "server binary=bytes:$(stat -c %s "$server")"
    --fact "traces loaded=$traces"
    --fact "JSON sent by the load=bytes:$raw"
    --fact "disk while running=bytes:$disk_running"
    --fact "disk after stopping=bytes:$disk_stopped ($(awk -v raw="$raw" -v disk="$disk_stopped" 'BEGIN {printf "%.2f", raw / disk}') times smaller than the JSON)"
    --fact "start-up until the first answer, empty store=$empty_startup_ms ms"
    --fact "start-up until the first answer, loaded store=$loaded_startup_ms ms"
    --fact "first Logs page after that=$first_page_ms ms"
    --fact "memory without file pages, empty store=bytes:$idle_empty"
    --fact "memory without file pages, 5 s after the load=bytes:$idle_loaded"
    --fact "memory without file pages, 2 s after the restart=bytes:$idle_restarted"
    --fact "resident set, 5 s after the load=bytes:$resident_loaded"
    --fact "resident set, peak of the load=bytes:$peak_loaded"
)
reports=(--ingest "$work/ingest.json" --ingest "$work/ingest-mixed.json" --load "$work/load.json")
[ -f "$work/query.json" ] && reports+=(--query "$work/query.json")
[ -f "$work/evaluation-load.json" ] && reports+=(--evaluation-load "$work/evaluation-load.json")
[ -f "$work/evaluation.json" ] && reports+=(--evaluation "$work/evaluation.json")
"$bench" report "${facts[@]}" "${reports[@]}" --out "$report"
[ "${FERROPIK_BENCH_KEEP:-0}" = 1 ] || rm -rf "$work/data"
echo "report: $report (raw results in $work)"
exit "$query_status"
