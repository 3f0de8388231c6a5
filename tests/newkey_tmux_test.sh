#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Somebody else has a name from one day to the next, on two terminals (tmux),
# with programs and a relay that gives the name away: sending stops, the draft
# stays, the screen shows both numbers and since when, and each of its keys is
# pressed: later, a contact who vouches (after a no, and with another key in
# hand), accepted once, typed in, compared. What the new key wrote is held apart.
# SHOTS=folder keeps what was seen, at 80x24 and 120x40.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
tap_needs tmux tmux

T="$BIN/tacet"

# --- a relay that gives a name away ---

mkfifo "$STAGE/in"
tests/malrelay "$STAGE/mal" registration open <"$STAGE/in" >"$STAGE/mal.out" &
PIDS="$PIDS $!"
exec 8>"$STAGE/in"
until_true 60 grep -q tacet: "$STAGE/mal.out" || { ok 1 "the relay starts"; stage_done; }
ADDRESS=$(head -n 1 "$STAGE/mal.out")
oks() { [ "$(grep -c '^ok$' "$STAGE/mal.out")" -ge "$1" ]; }
given=0
# another BOB: a new account under the name bob. What the directory says of a
# name is whole with its second record.
another() {
	given=$((given + 1))
	echo "free bob" >&8
	until_true 60 oks $given || ok 1 "the name is free"
	t "$1" init bob --relay "$ADDRESS" >/dev/null || ok 1 "$1 registers"
	t "$1" renew >/dev/null || ok 1 "$1 signs"
}
offline() {
	screen_line alice /disconnect
	see "alice is offline" alice 'alice +offline'
}
changed() { # changed NAME: alice comes back and sees it
	screen_line alice /connect
	see "$1: it is said at once" alice 'KEY CHANGED|ANOTHER KEY|1 to answer'
}

for who in alice bob carol; do
	t $who init $who --relay "$ADDRESS" >/dev/null || ok 1 "$who registers"
done
befriend() { t $1 add $2 >/dev/null; t $2 accept $1 >/dev/null; }
befriend alice bob; befriend alice carol; befriend carol bob
t alice verify bob >/dev/null
t alice verify carol >/dev/null
t carol verify alice >/dev/null
screen_new alice 80 24 "exec $T --profile alice --bell none"
see "alice is asked for the passphrase" alice 'passphrase:'
screen_line alice "$PASS"
see "online" alice 'alice +online'
screen_line alice '/talk bob'
see "with bob, who is verified" alice '^ bob  verified'
offline
screen_type alice 'are you there?'

another bob2
t bob2 add alice "my new laptop, it is me" >/dev/null
screen_key alice C-u
changed "another key"
screen_key alice C-y
see "the draft is where it was" alice '^bob> are you there'
screen_key alice Enter
see "sending has stopped" alice 'account key.*changed|sending has stopped'
see "and what is written stays" alice 'are you there'
screen_shot alice newkey-1-talk
screen_key alice C-u
screen_key alice M-p
see "one screen about it" alice 'ANOTHER KEY for bob'
see "since when" alice 'shown since +[0-9]+ [A-Z][a-z]+ 20'
see "what became of what is sent" alice 'nothing is sent, your draft is kept'
see "what the new one wants is apart" alice 'asks to talk: "my new laptop'
see "the old number" alice 'OLD number'
see "the new number" alice 'NEW number'
see "its keys" alice 'a accept once'
screen_shot alice newkey-2-changed

# --- later ---

screen_key alice l
see "l: later" alice '^ bob .*KEY CHANGED'
ok "$(screen_text alice | grep -c 'my new laptop')" \
    "what the new key wrote stands in no conversation"
t bob2 notices >"$STAGE/asked"
has "the new one is answered nothing" "$(t bob2 people)" 'bob|alice'

# --- somebody who vouches ---

# what carol has is what the directory shows now, compared with nobody
t carol newkey bob >/dev/null
screen_key alice M-p
see "the screen again" alice 'NEW number'
screen_key alice v
see "v: the one verified contact is asked" alice 'asked carol'
screen_new carol 80 24 "exec $T --profile carol --bell none"
see "carol opens" carol 'passphrase:'
screen_line carol "$PASS"
see "and is told" carol '1 to answer|2 to answer'
screen_key carol M-n
see "of what, and the keys" carol 'alice asks.*bob'
screen_shot carol newkey-3-asked
screen_key carol y
see "carol answers" carol 'is told what you know'
see "alice reads whom to ask" alice 'carol.*(not compared|hasn.t compared|is shown the same)'
screen_shot alice newkey-4-vouched
t bob2 status >/dev/null

# --- accepted once ---

screen_key alice a
see "a: the new key is accepted" alice '^bob>'
see "and not compared" alice '^ bob  not compared'
see "with a line between the two" alice 'another key of bob'
screen_shot alice newkey-5-accepted
screen_line alice "and this is for the new one"
has_it() { t bob2 history alice | grep -q 'for the new one'; }
until_true 60 has_it
ok $? "who reads it"
ok "$(t bob2 history alice | grep -c 'are you there')" \
    "and nothing that was for the old one"

# --- typed in; and compared ---

another_one() { # another_one NAME: one more, and alice looks at it
	offline
	another "$1"
	changed "$1"
	screen_key alice M-p
	see "$1: the screen" alice 'NEW number'
	sleep 2.2       # what has only just changed isn't compared yet
}
another_one bob3
t bob3 add alice >/dev/null
NUMBER=$(t bob3 safety alice | head -n 1)
screen_key alice t
screen_key alice Enter
see "t, and nothing typed: no yes" alice 'nothing was typed in'
see "t: the line begins by itself" alice '/verify bob'
screen_line alice "$(t bob2 safety alice | head -n 1)"
see "the number of another key is refused" alice 'not the safety number'
screen_key alice C-u
see "away" alice '^>$'
screen_key alice t
see "once more" alice '/verify bob'
screen_line alice "$NUMBER"
see "the right one is taken" alice 'verified: the safety number was typed in'
screen_shot alice newkey-6-typed

another_one bob4
screen_key alice y
see "y: compared" alice 'verified: the safety number was compared'
screen_shot alice newkey-7-compared
stage_done
