#!/usr/bin/env bash
# round.sh BUILD RESULTS ROUND: every server under every load once; every second round in reverse order.
set -euo pipefail
here=$(dirname "$0")
[ -d "$here/../../abuse/node_modules" ] || npm ci --prefix "$here/../../abuse" --no-audit --no-fund --loglevel=error
node "$here/round.mjs" "$1/tests/benchmarks/server" "$3" > "$2/server-$3.json"
