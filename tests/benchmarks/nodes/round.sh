#!/usr/bin/env bash
# round.sh BUILD RESULTS ROUND: requests and news between two nodes over NATS, and in memory.
set -euo pipefail
node "$(dirname "$0")/round.mjs" "$1/tests/benchmarks/nodes/flexcrm_benchmark_nodes" > "$2/nodes-$3.json"
