#!/usr/bin/env bash
# Sets up, builds and runs every functional test. `--all` adds the release, clang and sanitizer builds, what the codec costs,
# fuzzing and coverage.
set -euo pipefail
cd "$(dirname "$0")/.."

all=false
case ${1:-} in
  "") ;;
  --all) all=true ;;
  *) echo "usage: tests/run.sh [--all]" >&2; exit 2 ;;
esac

section() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

# suite PRESET [ctest argument ...]: configures, builds and tests one preset.
suite() {
  local preset=$1
  shift
  section "$preset: build"
  cmake --preset "$preset" > "build/$preset.configure.log" || { cat "build/$preset.configure.log"; return 1; }
  cmake --build --preset "$preset"
  section "$preset: test"
  ctest --preset "$preset" "$@"
}

mkdir -p build
section "prerequisites"
cmake/prerequisites.sh build test
for tests in browser/e2e browser/schema browser/package faults abuse; do
  npm ci --prefix "tests/$tests" --no-audit --no-fund --loglevel=error
done

if ! $all; then
  suite dev -LE long
else
  suite dev
  cmake/prerequisites.sh all bench
  suite clang -LE 'browser|simulation'  # the same schedules run optimised, with g++
  suite release -LE browser
  suite asan -LE browser
  suite tsan -LE browser
  suite bench  # instructions of the codec; times are for tests/benchmarks/run.sh
  section "fuzz"
  tests/fuzz.sh 30
  section "coverage"
  tests/coverage.sh
fi

# What could not be tried on this machine is said last, so that nobody takes it for tested.
grep -ahoE '# SKIP.*|SKIPPED.*' build/*/Testing/Temporary/LastTest.log | sort -u | sed 's/^/note: /' || true
section "all passed"
