#!/usr/bin/env bash
# Measures everything of docs/performance.md: tests/benchmarks/run.sh [rounds]
# Each suite is a directory with a round.sh, which measures once and writes JSON. The suites take turns, round by round,
# so that what else the machine does meets all of them. Results are in build/bench/results; the tables and charts of
# docs/performance.md are made anew.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-5}

cmake/prerequisites.sh build test bench
[ -d tests/browser/schema/node_modules ] || npm ci --prefix tests/browser/schema --no-audit --no-fund --loglevel=error
cmake --preset bench > /dev/null
cmake --build --preset bench

results=$PWD/build/bench/results
rm -rf "$results"
mkdir -p "$results"
for ((round = 1; round <= rounds; ++round)); do
  for suite in tests/benchmarks/*/round.sh; do
    echo "round $round of $rounds: $(basename "$(dirname "$suite")")"
    "$suite" "$PWD/build/bench" "$results" "$round"
  done
done
node tests/benchmarks/codec/instructions.mjs build/bench/tests/benchmarks/codec/flexcrm_codec_instructions \
  build/bench/callgrind "$results/codec-instructions.json"
node tests/benchmarks/server/counts.mjs build/bench/tests/benchmarks/server "$results" | tee "$results/counts.md"
node tests/benchmarks/insert.mjs docs/performance.md counts "$results/counts.md"
for suite in codec server nodes; do
  node "tests/benchmarks/$suite/report.mjs" "$results" docs/images | tee "$results/$suite.md"
  node tests/benchmarks/insert.mjs docs/performance.md "$suite" "$results/$suite.md"
done
