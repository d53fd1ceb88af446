#!/usr/bin/env bash
# What clang-format says of all C++, and clang-tidy and include-what-you-use of the library and the examples, as build/dev
# compiles them; the files named, or all: tests/tidy.sh [FILE ...]. Nothing found is success.
set -euo pipefail
cd "$(dirname "$0")/.."
files=("$@")

mkdir -p build
cmake/prerequisites.sh build test tidy
cmake --preset dev > build/dev.configure.log
cmake --build --preset dev --target flexcrm_browser  # a source of it is generated

echo "== clang-format"
git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 --dry-run -Werror

echo "== clang-tidy"
[ $# -gt 0 ] || mapfile -t files < <(git ls-files 'src/*.cpp' 'examples/*.cpp' | grep -v '^examples/qt/')
run-clang-tidy-19 -quiet -extra-arg=-Wno-unknown-warning-option -j "$(nproc)" -p build/dev "${files[@]/#/^$PWD/}" 2> /dev/null

echo "== include-what-you-use, public headers"
node tests/iwyu.mjs
