#!/usr/bin/env bash
# Installs what is missing, builds, starts the CRM and says which page to open. Arguments go to flexcrm-crm.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake/prerequisites.sh build
mkdir -p build
echo "Building (a few minutes the first time) ..."
cmake --preset release -B build/demo -DFLEXCRM_BUILD_TESTS=OFF > build/demo.log
cmake --build build/demo --target flexcrm-crm flexcrm-plugin-stub >> build/demo.log || { tail -n 40 build/demo.log; exit 1; }
exec build/demo/examples/crm/flexcrm-crm --database build/demo.sqlite "$@"
