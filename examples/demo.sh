#!/usr/bin/env bash
# Installs what is missing, builds, starts the CRM and says which page to open. Arguments go to flexcrm-crm.
# `demo.sh nodes` starts three that are one, joined by NATS: examples/crm/nodes.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

prerequisites=(build)
targets=(flexcrm-crm flexcrm-plugin-stub)
if [ "${1:-}" = nodes ]; then
  prerequisites+=(nodes)
  targets+=(4_click_to_dial_client)
fi
cmake/prerequisites.sh "${prerequisites[@]}"
mkdir -p build
echo "Building (a few minutes the first time) ..."
cmake --preset release -B build/demo -DFLEXCRM_BUILD_TESTS=OFF > build/demo.log
cmake --build build/demo --target "${targets[@]}" >> build/demo.log || { tail -n 40 build/demo.log; exit 1; }
if [ "${1:-}" = nodes ]; then exec examples/crm/nodes.sh build/demo; fi
exec build/demo/examples/crm/flexcrm-crm --database build/demo.sqlite "$@"
