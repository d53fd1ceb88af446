#!/usr/bin/env bash
# Installs what is missing on a Debian 12: prerequisites.sh build | test | all | packages | compilers | tidy | bench | qt ...
#   build  the library and the examples   test  their tests   all  also the clang and sanitizer builds, fuzzing, coverage, the reference
#   packages  the Debian packages and their test   compilers  those of tests/compilers.sh   tidy  the tools of tests/tidy.sh
#   bench  the benchmarks, and the libraries that are measured beside this one   qt  the example with Qt
#   nodes  the servers of NATS that the example with several nodes starts
# Asks apt only when something is missing; uses sudo when not root.
set -euo pipefail

build=(g++ cmake ninja-build ccache libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libboost-program-options1.81-dev libssl-dev libsqlite3-dev libphonenumber-dev libicu-dev libnats-dev)
nodes=(nats-server)
tests=(doctest-dev chromium fonts-liberation nginx "${nodes[@]}" python3-websockets)
all=(clang libclang-rt-14-dev gcovr doxygen)
compilers=(clang libclang-rt-14-dev libc++-14-dev libc++abi-14-dev clang-19)
tidy=(clang-format-14 clang-tidy-19 iwyu)
packages=(mmdebstrap lintian dpkg-dev file curl)
bench=(libbenchmark-dev valgrind nlohmann-json3-dev rapidjson-dev libsimdjson-dev libwebsocketpp-dev strace)

wanted=()
for group in "$@"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    test)
      wanted+=("${tests[@]}")
      # Debian's Node is 18; one that is here already may be newer and need not come from Debian.
      command -v node > /dev/null || wanted+=(nodejs)
      command -v npm > /dev/null || wanted+=(npm)
      ;;
    all) wanted+=("${all[@]}") ;;
    packages) wanted+=("${packages[@]}") ;;
    compilers) wanted+=("${compilers[@]}") ;;
    tidy) wanted+=("${tidy[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    nodes) wanted+=("${nodes[@]}") ;;
    qt) wanted+=(libqt5websockets5-dev) ;;
    *) echo "prerequisites.sh: unknown group $group" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "Installing: ${missing[*]}"
# Of these the tests want the program: masked, its service starts neither now nor with the machine.
for service in nginx nats-server; do
  if [[ " ${missing[*]} " == *" $service "* && -d /run/systemd/system ]]; then "${as_root[@]}" systemctl mask --quiet "$service"; fi
done
"${as_root[@]}" apt-get update -qq
# Debian 12's libphonenumber-dev depends on libboost-thread-dev, which is Boost 1.74 and conflicts with 1.81. All that it
# needs is a few of Boost's headers, of any version: a package without files says that they are there.
if [[ " ${missing[*]} " == *" libphonenumber-dev "* ]]; then
  stand_in=$(mktemp -d)
  trap 'rm -r "$stand_in"' EXIT
  chmod 755 "$stand_in"
  mkdir -p "$stand_in/root/DEBIAN"
  cat > "$stand_in/root/DEBIAN/control" << END
Package: flexcrm-boost-thread-dev
Version: 1.81
Architecture: all
Maintainer: flexcrm maintainers <flexcrm@localhost.localdomain>
Depends: libboost1.81-dev
Provides: libboost-thread-dev
Description: lets libphonenumber-dev be installed beside Boost 1.81
END
  dpkg-deb --build "$stand_in/root" "$stand_in/flexcrm-boost-thread-dev.deb" > /dev/null
  missing+=("$stand_in/flexcrm-boost-thread-dev.deb")
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
