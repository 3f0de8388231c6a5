#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# The unit, the user and the folder of the relay as a service, as systemd's own
# tools judge them: nothing to complain about, exposure at most 1.5, and every
# kernel call that the relay makes let through, its own jail included.

set -u
export LC_ALL=C SYSTEMD_PAGER= SYSTEMD_LOG_COLOR=0
cd "$(dirname "$0")/.." || exit 1
. tests/tap
tap_needs systemd-analyze systemd
unit=contrib/systemd/tacetd.service
bin=${TACET_BIN:?}/tacetd
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

tap_why() {
	sed 's/^/# /' "$tmp/out"
}

# verify FILE: the tool returns 0 for unknown keys too, but not without a word
verify() {
	mkdir -p "$tmp/unit"
	sed "s,^ExecStart=/usr/bin/tacetd,ExecStart=$bin," "$1" \
	    >"$tmp/unit/tacetd.service"
	systemd-analyze verify --man=no "$tmp/unit/tacetd.service" \
	    >"$tmp/out" 2>&1 && [ ! -s "$tmp/out" ]
}
verify "$unit"
ok $? "the unit has no mistake"
sed 's/^ProtectClock=/ProtectClok=/' "$unit" >"$tmp/wrong.service"
! verify "$tmp/wrong.service"
ok $? "and one would be seen"

# exposed FILE: at most 1.5 of 10
exposed() {
	systemd-analyze security --offline=true --threshold=15 "$1" \
	    >"$tmp/out" 2>&1
	rc=$?
	sed -i '$!d' "$tmp/out"
	return $rc
}
cp "$unit" "$tmp/tacetd.service"
exposed "$tmp/tacetd.service"
ok $? "its exposure: $(sed -n 's/.*: //p' "$tmp/out" | tr -cd '0-9.')"
grep -v '^SystemCallFilter\|^ProtectProc' "$unit" >"$tmp/open.service"
! exposed "$tmp/open.service"
ok $? "with less it would be too much"

# --- kernel calls ----------------------------------------------------------

# group NAME: the calls of a group, with those of the groups in it
group() {
	systemd-analyze syscall-filter "$1" |
	    sed -n 's/^ *\([@a-z_][a-z0-9_-]*\).*/\1/p' | while read -r c; do
		case $c in
		"$1") ;;
		@*) group "$c" ;;
		*) echo "$c" ;;
		esac
	done
}
: >"$tmp/let"
sed -n 's/^SystemCallFilter=//p' "$unit" | while read -r words; do
	take=
	case $words in '~'*) take=1 words=${words#\~} ;; esac
	for w in $words; do
		case $w in @*) group "$w" ;; *) echo "$w" ;; esac
	done | sort -u >"$tmp/words"
	if [ "$take" ]; then
		sort -u "$tmp/let" | comm -23 - "$tmp/words" >"$tmp/left"
		mv "$tmp/left" "$tmp/let"
	else
		sort -u "$tmp/let" "$tmp/words" -o "$tmp/let"
	fi
done
# what a relay asks for in its jail, and before it; SQLite gives files away
# (fchown) only as root, which the service is not
sed -n 's/^SYSCALL(\([a-z0-9_]*\), *\(ALLOW\|DATA\|SELF\|COUNT\))/\1/p' \
    shared/base/syscall.def >"$tmp/asks"
before='arch_prctl bind connect execve listen mkdir prctl prlimit64 seccomp
socket landlock_create_ruleset landlock_add_rule landlock_restrict_self
epoll_create1 set_tid_address set_robust_list signalfd4 socketpair pipe2 umask'
for c in $before; do echo "$c"; done >>"$tmp/asks"
[ "$(wc -l <"$tmp/asks")" -gt 80 ]
ok $? "$(wc -l <"$tmp/asks") kernel calls of the relay are known"
grep -v '^fchown' "$tmp/asks" | sort -u | comm -23 - "$tmp/let" >"$tmp/out"
[ ! -s "$tmp/out" ]
ok $? "the unit lets all of them through"
grep -qxE 'ptrace|mount|init_module|reboot|bpf|kexec_load' "$tmp/let" \
    >"$tmp/out"
[ $? = 1 ]
ok $? "and none of those that it must not"

# --- the user and the folder -----------------------------------------------

mkdir -p "$tmp/root/etc" "$tmp/root/var/lib" "$tmp/root/usr/lib/sysusers.d" \
    "$tmp/root/usr/lib/tmpfiles.d"
cp contrib/systemd/tacetd.sysusers "$tmp/root/usr/lib/sysusers.d/tacetd.conf"
cp contrib/systemd/tacetd.tmpfiles "$tmp/root/usr/lib/tmpfiles.d/tacetd.conf"
if [ "$(id -u)" = 0 ]; then
	systemd-sysusers --root="$tmp/root" >"$tmp/out" 2>&1 &&
	    grep -q '^tacetd:.*:/var/lib/tacetd:.*nologin$' \
	    "$tmp/root/etc/passwd"
	ok $? "the user is made, and can't log in"
	systemd-tmpfiles --root="$tmp/root" --create >"$tmp/out" 2>&1
	id=$(sed -n 's/^tacetd:[^:]*:\([0-9]*\):.*/\1/p' "$tmp/root/etc/passwd")
	[ "$(stat -c '%a %u' "$tmp/root/var/lib/tacetd")" = "700 $id" ]
	ok $? "the folder is made, its own and private"
else
	tap_skip "needs root: a user in a folder of its own"
fi

# --- the options file that is installed ------------------------------------

sed "s,/var/lib/tacetd,$tmp/data," contrib/systemd/tacetd.conf >"$tmp/conf"
timeout 20 "$bin" --config "$tmp/conf" status >"$tmp/out" 2>&1
grep -q '^not running' "$tmp/out" && [ -f "$tmp/data/keys" ]
ok $? "its options file is read, and names the folder"
sed -n 's/^#\([a-z][a-z-]* .*\)/\1/p' "$tmp/conf" >>"$tmp/conf"
timeout 20 "$bin" --config "$tmp/conf" status >"$tmp/out" 2>&1
grep -q '^address tacet://relay.example.org' "$tmp/out"
ok $? "what it only shows is right too"
tap_done
