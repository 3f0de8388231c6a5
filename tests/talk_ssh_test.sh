#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Two people, each in an SSH session of a real sshd inside tmux, by keys alone:
# the first run with an invite, add, accept, talk both ways, one goes away,
# messages wait, it comes back. Screens are captured and compared.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/sshd

# --- register, each with an invite of one's own ---

relay_start relay || { ok 1 "the relay starts"; stage_done; }
has "the first start prints an invite" "$ADDRESS" 'invite='
FOR_alice=$ADDRESS
FOR_bob=$(relay_invite relay)

first_run() { # first_run NAME ADDRESS
	screen_new "$1" 80 24 "$(over_ssh "$1")"
	see "$1 is welcomed" "$1" 'Welcome to tacet'
	screen_line "$1" "$1"
	see "$1 is asked for the relay" "$1" 'Which relay'
	screen_line "$1" "$2"
	see "$1 is asked for a passphrase" "$1" 'new passphrase:'
	screen_line "$1" "$PASS"
	see "$1 repeats it" "$1" 'once more:'
	screen_line "$1" "$PASS"
	see "$1 is registered and online" "$1" "$1 +online"
}
first_run alice "$FOR_alice"
first_run bob "$FOR_bob"

# --- ask, answer by one key, talk ---

screen_line alice '/add bob'
see "alice is in the conversation" alice 'bob>'
screen_line alice 'Hello bob, this is alice.'
see "the relay has it before bob answers" alice 'this is alice\. +on relay'
see "bob's bar says that somebody asks" bob '1 to answer'
screen_key bob M-n
see "the notifications show who" bob 'alice wants to talk'
screen_key bob a
see "bob reads what was said meanwhile" bob 'alice │ Hello bob, this is alice\.'
see "alice learns that it arrived" alice 'this is alice\. +at device'
screen_line bob 'Hi alice. Grüße, 世界 🔒'
see "bob's answer arrives" alice 'bob │ Hi alice\. Grüße, 世界 🔒'
see "and bob knows" bob '世界 🔒 +at device'

# --- one goes away ---

screen_key bob C-q
ok "$(until_true 60 screen_gone bob; echo $?)" "bob leaves with one key"
screen_line alice 'Are you there?'
screen_line alice 'I will wait.'
see "messages wait on the relay" alice 'I will wait\. +on relay'
screen_new bob 80 24 "$(over_ssh bob)"
see "bob comes back to a locked store" bob 'passphrase:'
screen_line bob 'not the passphrase'
see "a wrong passphrase has its sentence" bob 'wrong passphrase'
sleep 2		# a store is slower to try again after a wrong one
screen_line bob "$PASS"
see "bob is back" bob 'bob +online'
screen_line bob '/talk alice'
see "what waited is there" bob 'alice │ I will wait\.'
see "alice knows" alice 'I will wait\. +at device'
screen_line bob 'Back again.'
see "and they talk on" alice 'bob │ Back again\.'
see "both ways" bob 'Back again\. +at device'

# --- the screens ---

plain() { # the conversation without clock, date and the blanks of the columns
	screen_text "$1" | sed -n 's/^[0-9][0-9]:[0-9][0-9] *//p' |
	    grep -v '^\*' | sed 's/  */ /g; s/ *$//'
}
same "alice's screen" "$(plain alice)" "alice │ Hello bob, this is alice. at device
bob │ Hi alice. Grüße, 世界 🔒
alice │ Are you there? at device
alice │ I will wait. at device
bob │ Back again."
same "bob's screen has the same in the same order" \
    "$(plain bob | sed 's/ at device$//')" \
    "$(plain alice | sed 's/ at device$//')"
has "nothing of either is left on the way" \
    "$(t alice status; t bob status)" 'waiting +0'
for who in alice bob; do
	same "every message of $who is at device" \
	    "$(t $who history $([ $who = alice ] && echo bob || echo alice) 50 |
	    grep '\[' | grep -vc 'at device')" 0
	screen_key $who C-q
done
until_true 60 screen_gone alice
stage_done
