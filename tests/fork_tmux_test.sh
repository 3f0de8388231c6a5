#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A relay that lies about its directory is caught by people who only talk to
# each other, on two terminals (tmux): it shows bob another one than alice, and
# after one message both have a screen that says so, and a proof that anybody
# can check. One that takes its directory back is told of, and gets nothing.
# What they saw is kept in log/screens (or SHOTS=folder), at 80x24 and 120x40.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
# a path as long as people's, which stands on the screen that is looked at
export TMPDIR=/tmp
. tests/stage
tap_needs tmux tmux

T="$BIN/tacet"

# --- a relay that lies about its directory when it is told to ---

mkfifo "$STAGE/in"
tests/malrelay "$STAGE/mal" registration open <"$STAGE/in" >"$STAGE/mal.out" &
PIDS="$PIDS $!"
exec 8>"$STAGE/in"
until_true 60 grep -q tacet: "$STAGE/mal.out" || { ok 1 "the relay starts"; stage_done; }
ADDRESS=$(head -n 1 "$STAGE/mal.out")
told=0
oks() { [ "$(grep -c '^ok$' "$STAGE/mal.out")" -ge "$1" ]; }
tell() { # tell LINE: to the relay
	told=$((told + 1))
	echo "$1" >&8
	until_true 60 oks $told || ok 1 "the relay takes: $1"
}
open() { # open WHO: on a screen of its own
	screen_new $1 80 24 "exec $T --profile $1 --bell none"
	see "$1 is asked for the passphrase" $1 'passphrase:'
	screen_line $1 "$PASS"
	see "$1 is online" $1 "$1 +online"
	screen_line $1 "/talk $2"
	see "$1 is in the conversation" $1 "^$2>"
}
again() { # again WHO: as after a night
	screen_line $1 /disconnect
	see "$1 is offline" $1 "$1 +offline"
	screen_line $1 /connect
	see "$1 is online again" $1 "$1 +online"
}
all_of() { # all_of NAME SCREEN WIDTH HEIGHT: nothing of the fork is cut off
	screen_size $2 $3 $4
	until_true 60 wide $2 $3
	see "$1: what happened" $2 'has shown two directories'
	see "$1: both heads" $2 'the other: 4 entries, root [0-9a-f]{16}'
	see "$1: the proof's file" $2 'evidence-'
	see "$1: how others check it" $2 'tacet verify-evidence FILE'
	see "$1: what to do next" $2 'tacet --profile'
	see "$1: the keys" $2 'Press Escape'
	screen_keep $2 fork-$2
}
wide() { [ "$($TMUX_ display -p -t "$1" '#{pane_width}')" = "$2" ]; }

for who in alice bob carol; do
	t $who init $who --relay "$ADDRESS" >/dev/null || ok 1 "$who registers"
done
t alice add bob >/dev/null; t bob accept alice >/dev/null
t carol add alice >/dev/null; t alice accept carol >/dev/null
open alice bob
open bob alice

# --- two directories ---

tell 'fork directory for bob'
t dave init dave --relay "$ADDRESS" >/dev/null
ok $? "dave registers, whom bob is not shown"
again bob
again alice
# what a message tells of is what its sender has: the new directory, not yet
# the old one
knows() { t "$1" status | grep -qE '^directory .*\b4 entries'; }
until_true 60 knows alice && until_true 60 knows bob
ok $? "both have seen a directory with dave's place"
screen_line alice 'did you sleep well?'
see "one message, and bob's screen says it (T03)" bob 'has shown two directories'
see "so does alice's" alice 'has shown two directories'
for who in alice bob; do
	all_of "$who, small" $who 80 24
	all_of "$who, large" $who 120 40
	screen_size $who 80 24
	until_true 60 wide $who 80
	set -- "$STAGE/data/tacet/$who"/evidence-*
	ok "$([ -s "$1" ]; echo $?)" "$who has the proof as a file"
	same "which nobody else may read" "$(stat -c %a "$1")" 600
	out=$("$T" verify-evidence "$1" 2>&1)
	same "verify-evidence accepts it, offline and without a profile (T03)" "$?" 0
	has "and says what it proves" "$out" 'two'
	cp "$1" "$STAGE/bent"
	size=$(stat -c %s "$1")
	byte=$(tail -c 1 "$1" | od -An -tu1)
	head -c $((size - 1)) "$1" >"$STAGE/bent"
	# shellcheck disable=SC2059
	printf "\\$(printf %o $((byte ^ 1)))" >>"$STAGE/bent"
	same "the bent one is as long" "$(stat -c %s "$STAGE/bent")" "$size"
	! out=$("$T" verify-evidence "$STAGE/bent" 2>&1)
	ok $? "verify-evidence refuses it when a bit is turned"
	has "and says so" "$out" '[a-z]'
done
screen_key alice Escape
see "alice is back in the conversation" alice '^bob>'
screen_line alice 'not to this relay'
see "nothing is sent there, and the sentence names the screen" alice '/view fork'
see "what she typed is still there" alice '^bob> *not to this relay'

# --- a directory that goes back ---

tell clear
tell 'rewind directory by 2'
screen_new carol 80 24 "exec $T --profile carol --bell none"
see "carol is asked for the passphrase" carol 'passphrase:'
screen_line carol "$PASS"
see "carol is online" carol 'carol +online'
screen_line carol '/talk alice'
see "carol is in the conversation" carol '^alice>'
screen_line carol 'into the dark'
see "what she writes waits" carol 'into the dark'
screen_line carol '/view notices'
see "the directory went back, says tacet (T04)" carol 'went back from 3'
screen_keep carol rewind-carol
screen_size carol 120 40
until_true 60 wide carol 120
see "on a large screen, too" carol 'went back from 3 entries to 2'
screen_keep carol rewind-carol
stage_done
