#!/usr/bin/env bash
# Prints how much of src/messages its unit tests, the vectors and the replayed fuzz corpus run through, file by file,
# and fails below 95 % of its lines. No file is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

out=build/coverage
mkdir -p build
cmake --preset coverage > "$out.configure.log" || { cat "$out.configure.log"; exit 1; }
cmake --build --preset coverage
find "$out" -name '*.gcda' -delete  # counts of the run before
ctest --preset coverage

# Branches that only an exception takes are the compiler's, not ours.
gcovr -j 2 --root . --filter src/messages/ --exclude-throw-branches --exclude-unreachable-branches \
  --json "$out/coverage.json" "$out"
report() { gcovr --root . --add-tracefile "$out/coverage.json" "$@"; }
report --branches
report --print-summary --fail-under-line 95
