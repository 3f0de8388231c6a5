#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# T100: the programs that are shipped (the release beside this variant) are
# position independent, closed after loading, guarded on their stacks, checked
# where they copy, find their libraries where the system says, and hold nothing
# of the test builds. Each look is first shown a program that lacks the thing
# and must see it.
#
# environment: OBJ (a release, build/rel)

set -u
export LC_ALL=C
rel=${OBJ:-$(dirname "${TACET_BIN:?}")/rel}
cd "$(dirname "$0")/.." || exit 1
. tests/tap
if [ ! -x "$rel/tacet" ] || [ ! -x "$rel/tacetd" ]; then
	tap_none "no release build: run make"
fi
for need in readelf objdump nm strings cc; do
	tap_needs $need build-essential
done
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# --- the looks: each succeeds when FILE has the property -------------------

look_pie() {
	readelf -Wh "$1" | grep -q 'Type: *DYN' &&
	    readelf -Wd "$1" | grep -qE 'FLAGS_1.* PIE( |$)'
}
look_relro() {
	readelf -Wl "$1" | grep -q 'GNU_RELRO' && look_now "$1"
}
look_now() {
	readelf -Wd "$1" | grep -qE '\(FLAGS\).*BIND_NOW|FLAGS_1.* NOW'
}
look_stack() {
	readelf -Wl "$1" | grep -qE 'GNU_STACK.* RW +0x' &&
	    ! readelf -Wl "$1" | grep -q ' RWE '
}
look_path() {
	! readelf -Wd "$1" | grep -qE '\((RPATH|RUNPATH)\)'
}
look_text() {
	! readelf -Wd "$1" | grep -q TEXTREL
}
look_canary() {
	nm -D "$1" | grep -q ' U __stack_chk_fail'
}
look_fortify() {
	nm -D "$1" | grep -qE ' U __[a-z]+_chk(@|$)'
}
# Where a frame is larger than a page the compiler touches each page of it.
look_clash() {
	objdump -d --no-show-raw-insn "$1" |
	    grep -qE '\<or[lq] +\$0x0,(0x[0-9a-f]+)?\(%rsp\)'
}
# A name of the environment that only test builds read; they all look alike.
look_tests() {
	! strings -a "$1" | grep -qE '^TACET_[A-Z_]+$' &&
	    ! nm "$1" 2>/dev/null | grep -iE ' [a-z] ([a-z_]+_crash|relay_try)$'
}

# --- a program that lacks each of them -------------------------------------

cat >"$tmp/lack.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int relay_crash(int argc, char **argv);
int
relay_crash(int argc, char **argv)
{
	char a[20000];

	sprintf(a, "%s %d", argv[0], argc);
	strcat(a, getenv("TACET_CRASH") ? "x" : "y");
	puts(a);
	return (int)strlen(a);
}

int
main(int argc, char **argv)
{
	return relay_crash(argc, argv);
}
END
cc -w -O1 -no-pie -fno-pie -fno-stack-protector -U_FORTIFY_SOURCE \
    -fno-stack-clash-protection -Wl,-z,norelro,-z,lazy,-z,execstack \
    -Wl,-rpath,/nowhere -o "$tmp/lack" "$tmp/lack.c"
ok $? "a program without any of it is built"
looks='pie relro now stack path canary fortify tests'
case $(uname -m) in x86_64) looks="$looks clash" ;; esac
for look in $looks; do
	! "look_$look" "$tmp/lack" >/dev/null
	ok $? "look_$look sees that it lacks it"
done

# --- the programs ----------------------------------------------------------

text_of() {
	case $1 in
	pie) echo "loads anywhere (PIE)" ;;
	relro) echo "its tables are read-only once loaded (full RELRO)" ;;
	now) echo "binds everything at the start (BIND_NOW)" ;;
	stack) echo "no stack and no segment is both writable and code" ;;
	path) echo "names no folder for libraries (RPATH, RUNPATH)" ;;
	text) echo "its code is never written (TEXTREL)" ;;
	canary) echo "guards its stacks" ;;
	fortify) echo "checks what it copies (FORTIFY)" ;;
	clash) echo "touches each page of a large frame (stack clash)" ;;
	tests) echo "holds no crash point and nothing else of the tests" ;;
	esac
}
for p in tacet tacetd; do
	for look in $looks text; do
		"look_$look" "$rel/$p"
		ok $? "$p $(text_of $look) (T100)"
	done
done
case $looks in
*clash*) ;;
*)
	tap_skip "stack clash: how it looks on $(uname -m) is not known"
	;;
esac

# Every object, not only some: the flags that they were compiled with.
for flag in -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=[23] \
    -fstack-clash-protection -O[23]; do
	grep -qE -- " $flag( |\$)" "$rel/flags"
	ok $? "all objects are compiled with $flag"
done
# the archive that is linked in was built with the same care
canaries=$(objdump -d --no-show-raw-insn "$rel/tacetd" |
    grep -c 'call.*<__stack_chk_fail@plt>')
[ "$canaries" -ge 100 ] || [ "$(uname -m)" != x86_64 ]
ok $? "$canaries functions of tacetd check their canary"
tap_done
