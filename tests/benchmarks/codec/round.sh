#!/usr/bin/env bash
# round.sh BUILD RESULTS ROUND: every operation of every library once, in random order.
set -euo pipefail
here=$(dirname "$0")
times=$1/tests/benchmarks/codec/flexcrm_codec_times
documents=$1/documents
mkdir -p "$documents"
"$times" --documents "$documents"
"$times" --benchmark_min_time=0.05 --benchmark_enable_random_interleaving=true --benchmark_out="$2/codec-$3.json" \
  --benchmark_out_format=json > "$2/codec-$3.log" 2>&1
node "$here/node.mjs" "$documents" > "$2/codec-node-$3.json"
