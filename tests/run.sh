#!/usr/bin/env bash
# Sets up, builds and runs the functional tests that fit into ten minutes. `--all` adds those labelled `long`, an optimised
# build, what others install, clang with AddressSanitizer, ThreadSanitizer, what the codec costs, fuzzing and coverage.
set -euo pipefail
cd "$(dirname "$0")/.."

all=false
case ${1:-} in
  "") ;;
  --all) all=true ;;
  *) echo "usage: tests/run.sh [--all]" >&2; exit 2 ;;
esac

section() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

# build PRESET [target ...]: configures and builds, everything unless told what.
build() {
  local preset=$1
  shift
  section "$preset: build"
  cmake --preset "$preset" > "build/$preset.configure.log" || { cat "build/$preset.configure.log"; return 1; }
  cmake --build --preset "$preset" ${1:+--target "$@"}
}

# check PRESET [ctest argument ...]
check() {
  section "$1: test"
  ctest -j 2 --preset "$@"
}

mkdir -p build
section "prerequisites"
groups=(build test)
if $all; then groups+=(all packages bench qt); fi
cmake/prerequisites.sh "${groups[@]}"
for tests in browser/e2e browser/schema browser/package faults abuse; do
  npm ci --prefix "tests/$tests" --no-audit --no-fund --loglevel=error
done

build dev
if ! $all; then
  check dev -LE long
else
  check dev

  # As it is installed: how much it stands, what the shared libraries export, the Debian packages. And the example with Qt.
  cmake --preset deb -DFLEXCRM_BUILD_QT_EXAMPLE=ON > build/qt.configure.log
  build deb flexcrm_browser flexcrm-crm flexcrm-plugin-stub flexcrm-check flexcrm_load flexcrm-qt 3_click_to_dial_server 4_click_to_dial_client
  check deb -R '^(load|faults|faults_at_every_byte|qt|abi|consumer.*)$'
  section "Debian packages"
  tests/packaging/debian.sh

  # The same sources by the other compiler.
  build asan
  check asan -LE browser

  # Threads are the transport's and the examples' matter.
  build tsan flexcrm_net_tests flexcrm_load flexcrm_process_tests flexcrm-crm flexcrm-plugin-stub
  check tsan -R '^(flexcrm_net_tests|flexcrm_net_long|load|flexcrm_process_tests|faults|faults_at_every_byte|abuse)$'

  # Instructions of the codec, which do not depend on what else the machine does; times are for tests/benchmarks/run.sh.
  build bench flexcrm_codec_instructions
  check bench

  section "fuzz"
  tests/fuzz.sh 30
  section "the plugin, built by Twilio's scripts"
  tests/flex_plugin.sh
  section "coverage"
  tests/coverage.sh
fi

# What could not be tried on this machine is said last, so that nobody takes it for tested.
grep -ahoE '# SKIP.*|SKIPPED.*' build/*/Testing/Temporary/LastTest.log build/*.skipped 2> /dev/null | sort -u | sed 's/^/note: /' || true
section "all passed"
