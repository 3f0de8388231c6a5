#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# The Debian packages. Their source always: it speaks of this version, of files
# that exist, and of the libsodium that is linked in. What `make deb` built, if
# it was built from this tree: contents, programs that run, hardening, lintian,
# and installing, removing and purging under a root of its own, so that the
# system stays as it is (dpkg --root, with scripts that honour DPKG_ROOT).

set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 1
debs=$(dirname "${TACET_BIN:?}")/deb
src=contrib/debian
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0
: >"$tmp/out"

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		head -n 20 "$tmp/out" | sed 's/^/# /'
		bad=1
	fi
	: >"$tmp/out"
}
skip_rest() {
	n=$((n + 1))
	echo "ok $n # SKIP $1"
	echo "1..$n"
	exit $bad
}

# --- the source of the packages --------------------------------------------

version=$(sed -n 's/^VERSION = //p' Makefile)
[ "$(sed -n '1s/^tacet (\(.*\)) .*/\1/p' $src/changelog)" = "$version" ]
ok $? "the changelog is about $version"
! grep -q libsodium $src/control
ok $? "libsodium is no build dependency"
grep -q 'libsodium' $src/copyright && grep -q 'Frank Denis' $src/copyright
ok $? "its copyright is told"
for p in tacet tacetd; do
	cat $src/$p.install $src/$p.manpages $src/$p.docs $src/$p.examples \
	    2>/dev/null | awk '{ print $1 }' | grep -v '^build/' |
	    while read -r f; do
		[ -f "$f" ] || echo "$p: $f"
	done
done >"$tmp/out"
[ ! -s "$tmp/out" ]
ok $? "what it installs exists"
ls man | while read -r f; do
	cat $src/*.manpages | grep -qx "man/$f" || echo "$f"
done >"$tmp/out"
[ ! -s "$tmp/out" ]
ok $? "every page of the manual is in a package"

# --- the packages ------------------------------------------------------------

set -- "$debs"/tacet_"$version"_*.deb "$debs"/tacetd_"$version"_*.deb
[ -f "$1" ] && [ -f "$2" ] || skip_rest "no packages were built: make deb"
newer=$(find Makefile tui relay shared man contrib -type f -newer "$1" |
    head -n 1)
[ -z "$newer" ] || skip_rest "the packages are older than $newer: make deb"
[ -f "$debs/lintian.log" ] && cp "$debs/lintian.log" "$tmp/out" &&
    [ ! -s "$debs/lintian.log" ]
ok $? "lintian has nothing to say"

# --- installed, removed, purged ----------------------------------------------

root=$tmp/root
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info" "$root/etc"
: >"$root/var/lib/dpkg/status"
# force-depends: nothing else is installed under this root
dpkg_root() {
	dpkg --root="$root" --force-not-root --force-script-chrootless \
	    --force-depends --log=/dev/null "$@" >"$tmp/out" 2>&1
}
state() {
	dpkg-query --admindir="$root/var/lib/dpkg" -W \
	    -f '${db:Status-Status}' "$1" 2>/dev/null
}
if [ "$(id -u)" != 0 ]; then
	for d; do dpkg-deb -x "$d" "$root"; done
	n=$((n + 1))
	echo "ok $n # SKIP needs root: installing under a root of its own"
else
	dpkg_root -i "$1" "$2"
	ok $? "both are installed"
	[ "$(state tacet) $(state tacetd)" = "installed installed" ]
	ok $? "and configured"
	grep -q '^tacetd:' "$root/etc/passwd"
	ok $? "the user is made"
	uid=$(sed -n 's/^tacetd:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/passwd")
	[ "$(stat -c '%a %u' "$root/var/lib/tacetd")" = "700 $uid" ]
	ok $? "so is its folder, private"
	[ -z "$(find "$root/etc/systemd" -name 'tacetd*' 2>/dev/null)" ]
	ok $? "nothing is started or enabled"
fi
for f in usr/bin/tacet usr/bin/tacetd etc/tacet/tacetd.conf \
    lib/systemd/system/tacetd.service usr/lib/sysusers.d/tacetd.conf \
    usr/lib/tmpfiles.d/tacetd.conf usr/share/man/man1/tacet.1.gz \
    usr/libexec/tacet/tacet-media usr/share/man/man1/tacet-media.1.gz \
    usr/share/man/man8/tacetd.8.gz usr/share/man/man5/tacetd.conf.5.gz \
    usr/share/doc/tacet/README.md.gz usr/share/doc/tacet/copyright \
    usr/share/doc/tacetd/README.Debian; do
	[ -s "$root/$f" ] || [ -s "$root/${f%.gz}" ] || echo "$f"
done >"$tmp/out"
[ ! -s "$tmp/out" ]
ok $? "every file is in its place"
find "$root/usr" "$root/etc/tacet" "$root/lib" -perm /6022 ! -type l \
    >"$tmp/out"
[ ! -s "$tmp/out" ]
ok $? "nobody else may write to them, none changes who one is"
for p in tacet tacetd; do
	[ "$("$root/usr/bin/$p" --version)" = "$p $version" ]
	ok $? "the installed $p runs"
	! readelf -Wd "$root/usr/bin/$p" | grep -q 'NEEDED.*sodium'
	ok $? "libsodium is in $p"
done
[ "$("$root/usr/libexec/tacet/tacet-media" -V)" = "tacet-media $version" ]
ok $? "and so does the media helper, beside them"
"$root/usr/bin/tacetd" --data "$tmp/data" status >"$tmp/out" 2>&1
ok $? "the installed relay makes its folder"
if readelf -S "$root/usr/bin/tacetd" | grep -q ' \.symtab'; then false; fi
ok $? "it is stripped"
mkdir -p "$tmp/rel"
cp "$root/usr/bin/tacet" "$root/usr/bin/tacetd" "$tmp/rel"
for flag in -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
    -fstack-clash-protection -O2; do
	printf ' %s' "$flag"
done >"$tmp/rel/flags"
OBJ=$tmp/rel tests/hardening_test.sh >"$tmp/hard" 2>&1
grep '^not ok' "$tmp/hard" | grep -v 'check their canary' >"$tmp/out"
[ ! -s "$tmp/out" ] && grep -q '^ok .*full RELRO' "$tmp/hard"
ok $? "both are hardened as the release is"

if [ "$(id -u)" = 0 ]; then
	echo secret >"$root/var/lib/tacetd/keys"
	dpkg_root -r tacet tacetd
	ok $? "both are removed"
	[ ! -e "$root/usr/bin/tacetd" ] && [ ! -e "$root/usr/bin/tacet" ] &&
	    [ -e "$root/etc/tacet/tacetd.conf" ]
	ok $? "the programs are gone, the options file stays"
	dpkg_root -P tacet tacetd
	ok $? "both are purged"
	find "$root/usr" "$root/etc" "$root/lib" -path '*tacet*' ! -type d \
	    >"$tmp/out" 2>/dev/null
	[ ! -s "$tmp/out" ]
	ok $? "no file of theirs is left"
	[ -s "$root/var/lib/tacetd/keys" ]
	ok $? "but the keys of the relay are"
fi
echo "1..$n"
exit $bad
