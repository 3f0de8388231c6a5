#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# Disks that fail, forget, or are damaged, under both stores: the nth write,
# sync, rename or allocation fails (T45, T47); power is lost after any step
# (T43); pages are flipped, zeroed, cut (T46). What was acknowledged is there.

set -u
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.." || exit 1
KEEPER=${TACET_BIN:?}/tool/keeper
tmp=$(mktemp -d "${TMPDIR:-/tmp}/disk.XXXXXX") || exit 1
[ -w /dev/shm ] && fast=$(mktemp -d /dev/shm/disk.XXXXXX) || fast=$tmp/fast
trap 'rm -rf "$tmp" "$fast"' EXIT
trap 'exit 130' INT TERM HUP
n=0 bad=0

ok() { # ok STATUS NAME...
	local rc=$1
	shift
	n=$((n + 1))
	[ "$rc" = 0 ] && echo "ok $n - $*" && return
	bad=1
	echo "not ok $n - $*"
}

cc=$(command -v gcc || command -v clang || command -v cc) || {
	echo "1..0 # SKIP needs a C compiler"
	exit 0
}
$cc -shared -fPIC -O1 -w -o "$tmp/shim.so" tests/tool/fault_shim.c -ldl || {
	echo "Bail out! the shim does not compile"
	exit 2
}
fresh() { rm -rf "$fast/d"; mkdir -m 700 -p "$fast/d"; }

for who in client relay; do
	# --- power (T43) ---
	fresh
	rm -f "$tmp/log"
	FAULT_DIR=$fast/d FAULT_LOG=$tmp/log LD_PRELOAD=$tmp/shim.so \
	    "$KEEPER" $who run "$fast/d" 30 >"$tmp/out" 2>&1
	ok $? "$who: 30 rows are kept and every step recorded"
	"$KEEPER" $who replay "$tmp/log" "$fast/r" >"$tmp/out" 2>&1
	ok $? "$who: power lost after any step, nothing acknowledged is (T43):" \
	    "$(tail -n 1 "$tmp/out")"

	# --- the nth one fails (T45), or the three from there ---
	for op in write short sync rename malloc; do
		lost=0 crash=0 hit=0
		for at in 1 2 3 4 5 6 7 8 9 10 12 15 20 27 35 46 60 80; do
			fresh
			[ $((at % 2)) = 1 ] ||
			    "$KEEPER" $who run "$fast/d" 3 >/dev/null 2>&1
			FAULT_DIR=$fast/d FAULT_OP=${op/short/write} \
			    FAULT_AT=$at FAULT_FOR=$((at % 3 + 1)) \
			    FAULT_SHORT=$([ $op = short ] && echo 1) LD_PRELOAD=$tmp/shim.so \
			    "$KEEPER" $who run "$fast/d" 12 >"$tmp/out" 2>&1
			rc=$?
			[ $rc = 0 ] || hit=$((hit + 1))
			[ $rc -gt 128 ] && [ $op != malloc ] && crash=$((crash + 1))
			[ $rc = 139 ] && crash=$((crash + 1))
			"$KEEPER" $who check "$fast/d" >"$tmp/out" 2>&1 ||
			    lost=$((lost + 1))
			"$KEEPER" $who run "$fast/d" 12 >/dev/null 2>&1 ||
			    lost=$((lost + 1))
		done
		number=T45
		[ $op = malloc ] && number=T47
		ok $((lost != 0)) "$who: $op fails, $hit runs ended: nothing" \
		    "acknowledged is lost, and it goes on after ($number)"
		ok $((crash != 0)) "$who: $op fails: it does not crash ($number)"
	done

	# --- damage (T46) ---
	fresh
	"$KEEPER" $who run "$fast/d" 30 >/dev/null 2>&1
	db=$(ls "$fast"/d/*.db)
	rm -rf "$fast/whole"
	cp -a "$fast/d" "$fast/whole"
	size=$(stat -c %s "$db")
	crash=0 tried=0 noticed=0
	step=$((size / 512 / 40 * 512 + 512))
	for ((at = 0; at < size; at += step)); do
		for how in flip zero cut; do
			rm -rf "$fast/d"
			cp -a "$fast/whole" "$fast/d"
			case $how in
			flip) printf '\xff\x5a\x00\xa5' ;;
			zero) head -c 512 /dev/zero ;;
			cut) truncate -s $at "$db" ;;
			esac >"$tmp/bytes"
			[ $how = cut ] || dd if="$tmp/bytes" of="$db" bs=1 \
			    seek=$((at + 7)) conv=notrunc 2>/dev/null
			timeout 20 "$KEEPER" $who check "$fast/d" \
			    >"$tmp/out" 2>&1
			rc=$?
			tried=$((tried + 1))
			[ $rc -lt 124 ] || crash=$((crash + 1))
			[ $rc = 0 ] || noticed=$((noticed + 1))
			if [ $who = client ] && grep -q '[1-9][0-9]* wrong' \
			    "$tmp/out"; then
				crash=$((crash + 1))
			fi
		done
	done
	ok $((crash != 0)) "$who: $tried damages, $noticed cost rows, none" \
	    "crashed it or changed a sealed row unseen (T46)"
	ok $((noticed == 0)) "$who: and some were noticed"
done
echo "1..$n"
exit $bad
