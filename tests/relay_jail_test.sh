#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The jail of a relay that serves: what a planted piece of code (TACET_TRY, in
# test builds) can't do there, and what the relay still can: verbs, reload,
# conversations, a database that grows, blobs, a clean end. With the defence
# off (`jail no`) the same tries succeed, so the tests can fail.

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
mkdir -p "$XDG_CONFIG_HOME/tacet"

relay_start relay --registration open
log=$STAGE/relay.log
until_true 60 grep -q 'serves on' "$log"
line=$(grep ' jail: ' "$log" | sed 's/.* jail: //')
same "one line of the log tells of the jail" "$(echo "$line" | wc -l)" 1
case $line in
*calls*seccomp*) stage_skip "this build is not jailed: $line" ;;
esac
files=1 ports=1
case $line in *'files (Landlock)'*) files= ;; esac
case $line in *'ports (Landlock 4)'*) ports= ;; esac
[ "$files" ] && [ "$ports" ] &&
    same "it says that all is closed" "$line" \
	"closed: files, ports, kernel calls"
field() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$RELAY/status"
}
same "a filter is set" "$(field Seccomp)" 2
same "no new privileges" "$(field NoNewPrivs)" 1

# --- the relay's own work goes on ---

for who in alice bob; do
	t $who --relay "$ADDRESS" init $who >/dev/null 2>"$STAGE/err"
	ok $? "$who registers"
done
t alice --timeout 20s add bob >/dev/null 2>&1
t bob --timeout 20s accept alice >"$STAGE/out" 2>&1
ok $? "bob accepts"
t alice --wait relay --timeout 20s send bob "through the wall" >"$STAGE/out" \
    2>&1
ok $? "the relay takes a message"
t bob --timeout 5s doctor >/dev/null 2>&1
has "and it arrives" "$(t bob history alice)" 'through the wall'
has "status is answered" \
    "$("$BIN/tacetd" --data "$STAGE/relay" status 2>&1)" '^running'
has "an invite is made" \
    "$("$BIN/tacetd" --data "$STAGE/relay" invite 2>/dev/null)" 'invite='
echo 'registration closed' >"$XDG_CONFIG_HOME/tacet/tacetd.conf"
kill -HUP "$RELAY"
until_true 60 grep -q 'options read again' "$log"
ok $? "a reload reads the file"
for i in $(seq 20); do
	head -c 2000 /dev/urandom | base64 -w 0 |
	    t alice --wait relay --timeout 20s send bob >/dev/null 2>&1 || break
done
same "the database grows by twenty messages" "$i" 20
kill -0 "$RELAY" 2>/dev/null
ok $? "the relay is still there"
kill -TERM "$RELAY"
wait "$RELAY"
same "and ends cleanly" "$?" 0
[ ! -e "$STAGE/relay/control" ]
ok $? "with its socket removed"
rm "$XDG_CONFIG_HOME/tacet/tacetd.conf"

# --- a stranger's code in it ---

# try WHAT [option...]: prints refused, done or killed
try() {
	: >"$STAGE/try.log"
	TACET_TRY=$1 "$BIN/tacetd" --data "${DATA:-$STAGE/try}" \
	    --listen 127.0.0.1 --port 0 --metrics off "${@:2}" \
	    >/dev/null 2>"$STAGE/try.log" &
	_pid=$!
	until_true 60 sh -c "grep -q '^try\|serves on' '$STAGE/try.log' ||
	    ! kill -0 $_pid" 2>/dev/null
	kill -TERM $_pid 2>/dev/null
	wait $_pid 2>/dev/null
	case $? in
	159) echo killed ;;
	*) sed -n "s/^try $1: //p; s/^tacetd: //p" "$STAGE/try.log" ;;
	esac
}
# try_signer WHAT [option...]: the same in the head signer
try_signer() {
	TACET_TRY_SIGNER=$1 "$BIN/tacetd" --data "$STAGE/try" \
	    --listen 127.0.0.1 --port 0 --metrics off "${@:2}" \
	    >/dev/null 2>"$STAGE/try.log" &
	_pid=$!
	# the signer says it beside the relay, perhaps after that serves
	until_true 60 sh -c "grep -q '^tacetd:\|^try' '$STAGE/try.log' ||
	    ! kill -0 $_pid" 2>/dev/null
	kill -TERM $_pid 2>/dev/null
	wait $_pid 2>/dev/null
	if grep -q '^tacetd: the head signer does not start' "$STAGE/try.log"
	then
		echo killed
	else
		sed -n "s/^try $1: //p; s/^tacetd: //p" "$STAGE/try.log"
	fi
}
if try own | grep -q done; then
	ok 0 "its own database it may open"
	same "blobs come and go, the database grows and shrinks" \
	    "$(try store)" done
	same "no blob is left" "$(ls -A "$STAGE/try/blobs")" ""
	if [ "$files" ]; then
		same "no other file is read" "$(try read)" refused
		same "none is made elsewhere" "$(try make)" refused
		same "T94: its own keys are not read again" "$(try keys)" \
		    refused
		same "T94: nor is the head key" "$(try head)" refused
		same "T94: nor is what was signed" "$(try signed)" refused
	else
		ok 0 "# SKIP this kernel has no Landlock"
	fi
	same "no folder is made" "$(try folder)" killed
	same "no socket is opened" "$(try socket)" killed
	same "no program is started" "$(try exec)" killed
	same "no process is forked" "$(try fork)" killed
	same "no memory becomes code" "$(try code)" killed
	same "T94: no other directory is signed" \
	    "$(DATA=$STAGE/relay try sign)" refused
	for what in open socket exec fork; do
		same "T94: the signer is ended when it tries: $what" \
		    "$(try_signer $what)" killed
		[ $what = exec ] || same "the defence off: it is let" \
		    "$(try_signer $what --no-jail)" done
	done
	same "the defence off: a file is read" "$(try read --no-jail)" done
	same "the defence off: so are the keys" "$(try keys --no-jail)" done
	same "the defence off: a socket is opened" \
	    "$(try socket --no-jail)" done
	same "the defence off: a process is forked" \
	    "$(try fork --no-jail)" done
	grep -q 'jail: open, as the option says' "$STAGE/try.log"
	ok $? "and the log says that it is off"

	# --- kernels that hold less: what they say is put into their mouth ---

	# lacking INJECTION: what the log of such a relay says
	lacking() {
		rm -f "$STAGE/lack.log"
		strace -f -qq -o "$STAGE/trace" -e trace=landlock_create_ruleset \
		    -e "inject=landlock_create_ruleset:$1" "$BIN/tacetd" \
		    --data "$STAGE/try" --listen 127.0.0.1 --port 0 \
		    --metrics off >/dev/null 2>"$STAGE/lack.log" &
		_pid=$!
		until_true 60 grep -q 'serves on' "$STAGE/lack.log"
		grep -o 'not held.*' "$STAGE/lack.log"
		kill -TERM "$(cat /proc/$_pid/task/$_pid/children)" 2>/dev/null
		wait $_pid
	}
	if ! [ "$files" ] || ! command -v strace >/dev/null; then
		ok 0 "# SKIP needs strace and Landlock: older kernels"
	else
		same "without Landlock it serves and says so" \
		    "$(lacking error=ENOSYS)" "not held by this kernel or\
 build: files (Landlock) ports (Landlock 4)"
		same "so it does with an early one" \
		    "$(lacking retval=2:when=1)" "not held by this kernel or\
 build: ports (Landlock 4)"
	fi
else
	ok 0 "# SKIP only test builds hold the planted code"
fi
stage_done
