#!/usr/bin/env bash
# Runs libFuzzer over the fuzz targets, two at a time: tests/fuzz.sh [SECONDS [TARGET ...]]
# It goes on from the corpus of the run before. An input that breaks a rule fails the run and stays in build/fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-30}
shift || true
[ $# -gt 0 ] || set -- decode_v1 decode_bare round_trip session upgrade server_connection phone dial_policy
programs=build/asan/tests/fuzz
out=build/fuzz

mkdir -p "$out"
cmake --preset asan > "$out.configure.log" || { cat "$out.configure.log"; exit 1; }
cmake --build --preset asan --target fuzzers
ctest --preset asan -R '^fuzz_'

# run TARGET: one libFuzzer run, told in two lines.
run() {
  local target=$1 status=0
  local seeds
  case $target in
    session) seeds=("$programs/seeds/session" tests/fuzz/scripts) ;;
    upgrade) seeds=(tests/fuzz/requests) ;;
    server_connection) seeds=(tests/fuzz/connections) ;;
    phone) seeds=(tests/fuzz/numbers) ;;
    dial_policy) seeds=(tests/fuzz/policies) ;;
    *) seeds=("$programs/seeds/frames") ;;
  esac
  [ ! -d "tests/fuzz/crashes/$target" ] || seeds+=("tests/fuzz/crashes/$target")
  mkdir -p "$out/corpus/$target" "$out/found"
  "$programs/flexcrm_fuzz_$target" -max_total_time="$seconds" -max_len=2048 -timeout=60 -entropic=0 -print_final_stats=1 \
    -dict="$programs/seeds/dictionary" -artifact_prefix="$out/found/$target-" \
    "$out/corpus/$target" "${seeds[@]}" > "$out/$target.log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then
    tail -n 60 "$out/$target.log"
    echo "$target: FAILED; copy the input to tests/fuzz/crashes/$target once it is understood"
    return 1
  fi
  echo "$target: $(grep -ao 'DONE .*' "$out/$target.log" | tail -n 1)"
  echo "$target: $(grep -a number_of_executed_units "$out/$target.log")"
}
export -f run
# Three times as many executions. An input that was found tells its stacks in full when it is run alone.
export ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=0
export out programs seconds
printf '%s\n' "$@" | xargs -P 2 -I '{}' bash -c 'run {}'
