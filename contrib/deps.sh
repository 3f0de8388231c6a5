#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What tacet needs before it can be built: Debian packages by name, and a
# private static libsodium >= 1.0.22 under $DEPS/sodium, built with its own
# tests from Debian's source package. No host is named here: packages and
# source come from the mirror that the system already uses, and apt checks
# the signatures. Done once; when nothing is missing it says nothing.
#
# usage: contrib/deps.sh [build|all|deb]
#	build: what `make all` and `make demo` need; all: `make check` too;
#	deb: what `make deb` needs
# DEPS=folder (default build/deps), SODIUM_PREFIX=a ready libsodium

set -eu

NEED=1.0.22
BUILD_PACKAGES='build-essential ca-certificates pkg-config libevent-dev
	libncurses-dev libqrencode-dev libsqlite3-dev libseccomp-dev
	libavformat-dev libavcodec-dev libavutil-dev libswscale-dev
	libswresample-dev libturbojpeg0-dev libopus-dev libsdl2-dev
	portaudio19-dev libchafa-dev'
CHECK_PACKAGES='clang libclang-rt-14-dev llvm-14 clang-tidy faketime gcovr
	libjansson-dev libvterm-dev mandoc ncurses-term openssh-client
	openssh-server procps strace systemd tmux ffmpeg xvfb xauth x11-utils
	x11-apps xdotool imagemagick pulseaudio pulseaudio-utils
	libasound2-plugins libimage-exiftool-perl iproute2 valgrind'
DEB_PACKAGES='debhelper dpkg-dev lintian'

root=$(cd "$(dirname "$0")/.." && pwd)
deps=${DEPS:-$root/build/deps}
what=${1:-all}

say() {
	echo "deps: $*"
}

die() {
	echo "deps: $*" >&2
	exit 1
}

# Prints the packages of "$@" that are not installed.
missing() {
	for p in "$@"; do
		s=$(dpkg-query -W -f '${db:Status-Status}' "$p" \
		    2>/dev/null) || s=
		[ "$s" = installed ] || printf ' %s' "$p"
	done
}

# Asks once at a terminal; elsewhere `make deps` itself was the answer.
agree() {
	[ -t 0 ] && [ -t 1 ] || return 0
	printf 'deps: install the Debian packages%s? [Y/n] ' "$1"
	read -r answer || answer=n
	case $answer in
	'' | y* | Y*) return 0 ;;
	esac
	return 1
}

packages() {
	command -v dpkg-query >/dev/null || {
		say "no dpkg here: packages are not checked"
		return 0
	}
	set -- $BUILD_PACKAGES
	case $what in
	all) set -- "$@" $CHECK_PACKAGES ;;
	deb) set -- "$@" $DEB_PACKAGES ;;
	esac
	need=$(missing "$@")
	[ -n "$need" ] || return 0
	by_hand="apt-get install --no-install-recommends$need"
	agree "$need" || die "nothing installed; by hand: $by_hand"
	as=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null ||
		    die "needs root; as root run: $by_hand"
		as=sudo
		[ -t 0 ] || sudo -n true 2>/dev/null ||
		    die "sudo wants a password; run: sudo $by_hand"
	fi
	say "installing$need"
	mkdir -p "$deps"
	log=$deps/packages.log
	{
		$as apt-get -q -o DPkg::Lock::Timeout=300 update &&
		$as env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		    install --no-install-recommends $need
	} >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "the packages were not installed; the whole log: $log"
	}
}

# version_of prefix: the version its pkg-config file gives, or nothing
version_of() {
	sed -n 's/^Version: *//p' "$1/lib/pkgconfig/libsodium.pc" 2>/dev/null ||
	    true
}

new_enough() {
	[ -n "$1" ] && [ "$(printf '%s\n%s\n' $NEED "$1" | sort -V |
	    head -n 1)" = $NEED ]
}

# The mirror that most of the system's package lists come from.
mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
	    grep '/debian/$' | sort | uniq -c | sort -rn |
	    sed -n '1s/^ *[0-9]* //p'
}

# Downloads the newest libsodium source of Debian into the folder $1.
download() {
	uri=$(mirror)
	[ -n "$uri" ] || die "no Debian mirror among apt's sources:" \
	    "run apt-get update"
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial" "$1/parts"
	cat >"$1/parts/tacet.sources" <<-END
	Types: deb-src
	URIs: $uri
	Suites: forky sid
	Components: main
	Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	END
	set -- "$1" -o Dir::Etc::sourcelist=/dev/null \
	    -o "Dir::Etc::sourceparts=$1/parts" \
	    -o "Dir::State::lists=$1/lists" -o "Dir::Cache=$1/cache" \
	    -o APT::Sandbox::User=root
	dir=$1
	shift
	apt-get "$@" -q update
	best=
	for v in $(apt-cache "$@" madison libsodium |
	    awk -F '|' '{ gsub(/ /, "", $2); print $2 }'); do
		if [ -z "$best" ] || dpkg --compare-versions "$v" gt "$best"
		then
			best=$v
		fi
	done
	[ -n "$best" ] || die "the mirror has no libsodium source"
	dpkg --compare-versions "$best" ge $NEED ||
	    die "the mirror has libsodium $best, and $NEED is needed"
	(cd "$dir" && apt-get "$@" -q source --download-only "libsodium=$best")
}

# Builds, tests and installs into $deps/sodium, which appears whole or not.
sodium() {
	tmp=$deps/sodium.tmp
	rm -rf "$tmp"
	mkdir -p "$tmp/src"
	say "fetching the libsodium source"
	(download "$tmp") >"$tmp/log" 2>&1 || {
		tail -n 8 "$tmp/log" >&2
		die "libsodium was not fetched. Look at the mirror and at the" \
		    "clock ($(date)), or give SODIUM_PREFIX=, a ready" \
		    "libsodium >= $NEED"
	}
	tar -xf "$tmp"/libsodium_*.orig.tar.* -C "$tmp/src" \
	    --strip-components=1
	say "building and testing it (about a minute, once)"
	(
		cd "$tmp/src"
		# as a user would: our own make's flags are not libsodium's
		unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS CPPFLAGS || :
		./configure --disable-shared --enable-static --with-pic \
		    --prefix="$deps/sodium" &&
		make -j2 && make -j2 check &&
		make install DESTDIR="$tmp/out"
	) >>"$tmp/log" 2>&1 || {
		tail -n 30 "$tmp/log" >&2
		die "libsodium did not build; the whole log: $tmp/log"
	}
	grep '^# [A-Z]*:' "$tmp/log" | tr '\n' ' ' >"$tmp/tests"
	rm -rf "$deps/sodium"
	mv "$tmp/out$deps/sodium" "$deps/sodium"
	say "libsodium $(version_of "$deps/sodium") in $deps/sodium," \
	    "its tests: $(cat "$tmp/tests")"
	rm -rf "$tmp"
}

case $what in
build | all | deb) ;;
*) die "usage: contrib/deps.sh [build|all|deb]" ;;
esac

packages
if [ -n "${SODIUM_PREFIX:-}" ]; then
	v=$(version_of "$SODIUM_PREFIX")
	new_enough "$v" || die "SODIUM_PREFIX=$SODIUM_PREFIX has libsodium" \
	    "${v:-nowhere}; $NEED or newer is needed"
	exit 0
fi
new_enough "$(version_of "$deps/sodium")" && exit 0
mkdir -p "$deps"
deps=$(cd "$deps" && pwd)
exec 9>"$deps/.lock"
flock 9
new_enough "$(version_of "$deps/sodium")" || sodium
