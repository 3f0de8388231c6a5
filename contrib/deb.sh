#!/bin/sh
# SPDX-License-Identifier: ISC
#
# deb.sh: stages the source in $BUILD/deb, builds the Debian packages there and
# lets lintian look at them. Nothing is installed, nothing needs root.
#
# environment: BUILD (build), SODIUM_PREFIX (a libsodium >= 1.0.22)

set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
: "${SODIUM_PREFIX:?}"
version=$(sed -n 's/^VERSION = //p' Makefile)
stage=$build/deb
src=$stage/tacet-$version
[ "$(sed -n '1s/.*(\(.*\)).*/\1/p' contrib/debian/changelog)" = "$version" ] || {
	echo "deb: contrib/debian/changelog is not about $version" >&2
	exit 1
}

rm -rf "$stage"
mkdir -p "$src"
cp -a Makefile README.md LICENSE tui relay shared man contrib "$src"
mv "$src/contrib/debian" "$src/debian"
for f in service sysusers tmpfiles; do
	cp "contrib/systemd/tacetd.$f" "$src/debian"
done
stage=$(cd "$stage" && pwd)
SODIUM_PREFIX=$(cd "$SODIUM_PREFIX" && pwd)
export SODIUM_PREFIX

# as a packager would: our own make's flags are not theirs
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR PREFIX || :
(cd "$src" && dpkg-buildpackage -b -us -uc -j"${JOBS:-2}") \
    >"$stage/build.log" 2>&1 || {
	tail -n 30 "$stage/build.log" >&2
	echo "deb: the packages did not build; the whole log:" \
	    "$stage/build.log" >&2
	exit 1
}
rm -rf "$src"
as=
[ "$(id -u)" != 0 ] || as=--allow-root
lintian $as --fail-on error,warning,info --display-info \
    "$stage"/*.changes | tee "$stage/lintian.log"
[ ! -s "$stage/lintian.log" ] || {
	echo "deb: lintian has something to say" >&2
	exit 1
}
ls -l "$stage"/*.deb
