#!/usr/bin/env bash
# Makes the Debian packages, installs them into a Debian that has nothing else of flexcrm, and uses them there: the consumers are
# built and run, and the CRM is started and asked. The empty system stays in build/debian/base.tar for the next time.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$PWD/build/debian
root=$work/root
mkdir -p "$work"
rm -f build/debian.skipped

cmake --preset deb > build/deb.configure.log || { cat build/deb.configure.log; exit 1; }
cmake --build --preset deb --target flexcrm_browser flexcrm_phone flexcrm_nats flexcrm-crm flexcrm-plugin-stub flexcrm-check
rm -rf build/deb/packages
cpack --preset deb > build/deb.cpack.log 2>&1 || { cat build/deb.cpack.log; exit 1; }

# Not asked for: an address that exists, a bug of Debian's, manual pages (--help tells), a package for each library, and other
# scripts than those of CPack.
lintian --fail-on error,warning --tag-display-limit 0 --allow-root --suppress-tags \
  bogus-mail-host,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs,no-manual-page,package-name-doesnt-match-sonames,maintscript-calls-ldconfig \
  build/deb/packages/*.deb

skip() { echo "SKIPPED: the Debian packages are made but not installed: $1" | tee build/debian.skipped; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "a clean system to install them into takes root"
chroot / true 2> /dev/null || skip "chroot is not possible here"
mkdir -p "$work/probe" && mount -t tmpfs none "$work/probe" 2> /dev/null || skip "mount is not possible here"
umount "$work/probe"

. /etc/os-release
sources=/etc/apt/sources.list.d/debian.sources
[ -e "$sources" ] || sources=/etc/apt/sources.list
if [ ! -e "$work/base.tar" ]; then
  mmdebstrap --quiet --format=tar --variant=minbase --include=g++,cmake,ninja-build "$VERSION_CODENAME" "$work/base.new" "$sources"
  mv "$work/base.new" "$work/base.tar"
fi
rm -rf --one-file-system "$root"
mkdir "$root"
tar -xf "$work/base.tar" -C "$root" --exclude=./dev
in_root=(chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
  ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"})

crm=
end() {
  [ -z "$crm" ] || kill "$crm" 2> /dev/null || true
  umount "$root/proc" "$root/dev" 2> /dev/null || true
}
trap end EXIT
mkdir -p "$root/dev"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

# What apt is told on this machine it is told in there.
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
mkdir "$root/packages"
cp build/deb/packages/*.deb "$root/packages/"
"${in_root[@]}" apt-get update -qq
"${in_root[@]}" sh -c 'apt-get install -y -qq --no-install-recommends /packages/*.deb' > "$work/install.log" 2>&1 || { cat "$work/install.log"; exit 1; }

knows=$(find "$root/usr" -ipath '*flexcrm*' -type f -exec grep -l "$PWD" {} +) || true
[ -z "$knows" ] || { printf 'installed files know where they were built:\n%s\n' "$knows"; exit 1; }

# Built with libflexcrm-dev, in there, without OpenSSL's headers.
mkdir "$root/src"
cp -r tests/consumers/messages tests/consumers/transport tests/consumers/phone tests/consumers/nats "$root/src/"
for consumer in messages transport phone nats; do
  "${in_root[@]}" cmake -G Ninja -S "/src/$consumer" -B "/src/build/$consumer" -DFLEXCRM_WANTED_VERSION=0.1 -DFLEXCRM_WANTED_COMPONENTS=messages > /dev/null
  "${in_root[@]}" cmake --build "/src/build/$consumer"
  "${in_root[@]}" ctest --test-dir "/src/build/$consumer" --output-on-failure --no-tests=error
done
[[ $("${in_root[@]}" ldd /src/build/transport/transport_consumer) == *"libflexcrm_transport.so.0.1 => /"* ]] || { echo "not linked with the package's library"; exit 1; }

# The CRM, from anywhere, asked over loopback.
"${in_root[@]}" sh -c 'cd /tmp && exec flexcrm-crm --port 0' > "$work/crm.log" 2>&1 &
crm=$!
for _ in $(seq 100); do
  page=$(sed -n 's/^flexcrm-crm: open //p' "$work/crm.log")
  [ -z "$page" ] || break
  kill -0 "$crm" || { cat "$work/crm.log"; exit 1; }
  sleep 0.1
done
for asked in "crm.html|</html>" "flexcrm/js/bridge.js|export" "flex/|importmap" "flexcrm/plugin/FlexcrmPlugin.js|startPlugin"; do
  answer=$(curl --silent --show-error --fail --location --max-time 10 "${page%crm.html}${asked%|*}")
  [[ $answer == *"${asked#*|}"* ]] || { echo "/${asked%|*} is not served"; exit 1; }
done
kill "$crm"
wait "$crm" || true
crm=
echo '{"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}}' | "${in_root[@]}" flexcrm-check

# Nothing is left of them.
"${in_root[@]}" apt-get purge -y -qq flexcrm-examples libflexcrm-dev libflexcrm0.1 > "$work/purge.log" 2>&1 || { cat "$work/purge.log"; exit 1; }
left=$(find "$root/usr" "$root/etc" -iname '*flexcrm*')
[ -z "$left" ] || { printf 'left behind:\n%s\n' "$left"; exit 1; }
rm -rf --one-file-system "$root/src" "$root/packages"
echo "installed, built with, used and removed"
