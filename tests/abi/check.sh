#!/usr/bin/env bash
# What shared libraries export, beside what was accepted: check.sh [--accept] LIBRARY...
set -euo pipefail
accept=false
if [ "$1" = --accept ]; then accept=true; shift; fi

status=0
for library in "$@"; do
  name=${library##*/libflexcrm_}
  name=${name%%.so*}
  accepted=$(dirname "$0")/$name.txt
  exported=$(nm -DC --defined-only "$library" | cut -d' ' -f3- | LC_ALL=C sort -u)
  # cmake/exported.map says why Asio's are there.
  strangers=$(grep -vE '^((typeinfo|typeinfo name|vtable) for )?flexcrm::|boost::asio::(detail::(call_stack|keyword_tss_ptr)<|error::get_)' <<< "$exported" || true)
  if [ -n "$strangers" ]; then
    printf '%s exports what is not flexcrm'\''s:\n%s\n' "$library" "$strangers" >&2
    status=1
  elif $accept; then
    printf '%s\n' "$exported" > "$accepted"
  elif ! diff -u "$accepted" - <<< "$exported"; then
    echo "$library does not export what tests/abi/$name.txt has; to accept: cmake --build --preset deb --target accept_abi" >&2
    status=1
  fi
done
exit $status
