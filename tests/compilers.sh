#!/usr/bin/env bash
# Builds and tests with the compilers, standards and configurations that the other runs leave out; all of them, or those named:
#   tests/compilers.sh [cxx23 | clang19 | without-tls | libcxx] ...
# cxx23 is g++ 12, libcxx flexcrm::messages with clang 14's own standard library.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- cxx23 clang19 without-tls libcxx
mkdir -p build
cmake/prerequisites.sh build test compilers
for name in "$@"; do
  printf '\n== %s (%d s)\n' "$name" "$SECONDS"
  case $name in
    libcxx)
      cmake -S tests/libcxx -B build/libcxx -G Ninja -DCMAKE_CXX_COMPILER=clang++ > build/libcxx.configure.log
      cmake --build build/libcxx
      ctest --test-dir build/libcxx --output-on-failure --no-tests=error
      ;;
    cxx23 | clang19 | without-tls)
      cmake --preset "$name" > "build/$name.configure.log"
      cmake --build --preset "$name"
      ctest --preset "$name" -R '^flexcrm_(unit|net|phone|nats)_tests$'
      ;;
    *) echo "compilers.sh: unknown $name" >&2; exit 2 ;;
  esac
done
