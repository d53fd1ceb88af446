#!/usr/bin/env bash
# Sets up, builds and runs the functional tests that fit into ten minutes; `--all` everything, or parts of that by name:
#   tests/run.sh [--all | dev | deb | asan | tsan | instructions | fuzz | plugin | coverage] ...
set -euo pipefail
cd "$(dirname "$0")/.."

parts=(dev deb asan tsan instructions fuzz plugin coverage)
wanted=("$@")
[ "${1:-}" != --all ] || wanted=("${parts[@]}")
[ $# -gt 0 ] || wanted=(short)
for part in "${wanted[@]}"; do
  [[ " short ${parts[*]} " == *" $part "* ]] || { grep -A1 '^# Sets up' "$0" >&2; exit 2; }
done

began=()
section() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; began+=("$SECONDS $1"); }

# build PRESET [target ...]: configures and builds, everything unless told what.
build() {
  local preset=$1
  shift
  section "$preset: build"
  cmake --preset "$preset" > "build/$preset.configure.log" || { cat "build/$preset.configure.log"; return 1; }
  cmake --build --preset "$preset" ${1:+--target "$@"}
}

# check PRESET TESTS_AT_ONCE [ctest argument ...]
check() {
  section "$1: test"
  ctest --preset "$1" -j "${@:2}"
}

# A page waits more than it works.
pages=4

short() {
  build dev
  check dev "$pages" -LE long
}

# The long walks of Chromium and the long simulation too, in place of the short one. What takes long and runs under a sanitizer as
# well does so there alone.
dev() {
  build dev
  check dev "$pages" -E '^(simulation(_hub)?|flexcrm_nats_faults|flexcrm_net_long|abuse)$'
}

# As it is installed: how much it stands, what the shared libraries export, the Debian packages. And the example with Qt.
deb() {
  cmake --preset deb -DFLEXCRM_BUILD_QT_EXAMPLE=ON > build/qt.configure.log
  build deb flexcrm_browser flexcrm_phone flexcrm_nats flexcrm-crm flexcrm-plugin-stub flexcrm-check flexcrm_load flexcrm-qt 3_click_to_dial_server 4_click_to_dial_client
  check deb 2 -R '^(load|faults|faults_at_every_byte|qt|abi|consumer.*)$'
  section "Debian packages"
  tests/packaging/debian.sh
}

# The same sources by the other compiler, watched.
asan() {
  build asan
  check asan 2 -LE browser
}

# Threads are the transport's and the examples' matter, and the dial policy's.
tsan() {
  build tsan flexcrm_phone_tests flexcrm_net_tests flexcrm_nats_tests flexcrm_nats_faults flexcrm_load flexcrm_process_tests flexcrm-crm flexcrm-plugin-stub
  check tsan 2 -R '^(flexcrm_phone_tests|flexcrm_net_tests|flexcrm_net_long|flexcrm_nats_tests|flexcrm_nats_faults|load|flexcrm_process_tests|faults|faults_at_every_byte|abuse)$'
}

# Of the codec, which do not depend on what else the machine does; times are for tests/benchmarks/run.sh.
instructions() {
  build bench flexcrm_codec_instructions
  check bench 2
}

fuzz() {
  section "fuzz"
  tests/fuzz.sh 30
}

plugin() {
  build dev flexcrm-crm
  section "the plugin, built by Twilio's scripts"
  tests/flex_plugin.sh
}

coverage() {
  section "coverage"
  tests/coverage.sh
}

mkdir -p build
section "prerequisites"
groups=(build test)
for part in "${wanted[@]}"; do
  case $part in
    deb) groups+=(packages qt) ;;
    instructions) groups+=(bench) ;;
    dev | asan | fuzz | coverage) groups+=(all) ;;
  esac
done
cmake/prerequisites.sh "${groups[@]}"
for tests in browser/e2e browser/schema browser/package faults abuse; do
  npm ci --prefix "tests/$tests" --no-audit --no-fund --loglevel=error
done
for part in "${wanted[@]}"; do "$part"; done

# What could not be tried on this machine is said last, so that nobody takes it for tested.
grep -ahoE '# SKIP.*|SKIPPED.*' build/*/Testing/Temporary/LastTest.log build/*.skipped 2> /dev/null | sort -u | sed 's/^/note: /' || true
section "all passed"
for i in "${!began[@]}"; do
  [ "$i" -eq 0 ] || printf '%5d s  %s\n' $((${began[i]%% *} - ${began[i - 1]%% *})) "${began[i - 1]#* }"
done
