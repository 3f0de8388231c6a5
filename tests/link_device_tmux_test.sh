#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A second device as a user makes one, on two terminals (tmux): /link on the
# new one, the four words on the old one, seven words on both, y and the
# passphrase; a conversation that is read on both; wrong words and a no; one
# that is linked from the shell; and what the one that was revoked shows (T36).
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
tap_needs tmux tmux

T="$BIN/tacet"
# The words that stand below or behind a line of a screen
code() { screen_text "$1" | sed -n 's|^ *\(/link\)\{0,1\} *\([a-z]* [a-z]* [a-z]* [a-z]*\) *$|\2|p' | head -n 1; }
seven() { screen_text "$1" | sed -n 's|^ *\(\([a-z]\{3,7\} \)\{6\}[a-z]\{3,7\}\) *$|\1|p' | head -n 1; }

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
t alice init alice --relay "$ADDRESS" >/dev/null || ok 1 "alice registers"
t bob init bob --relay "$ADDRESS" >/dev/null || ok 1 "bob registers"
t alice add bob >/dev/null
t bob accept alice >/dev/null
t alice send bob "said before" >/dev/null
screen_new old 80 24 "exec $T --profile alice --bell none"
see "the old device asks for its passphrase" old 'passphrase'
screen_line old "$PASS"
see "alice is there" old 'alice +online'

# --- the new one, on a larger screen ---

screen_new new 120 40 "exec $T --profile second --bell none"
see "a first run offers it" new 'Type /link'
screen_line new /link
see "the relay is asked for" new 'Which relay'
screen_line new "$ADDRESS"
see "a passphrase for this device" new 'new passphrase:'
screen_line new "$PASS"
screen_line new "$PASS"
see "four words to type" new '/link [a-z]+ [a-z]+ [a-z]+ [a-z]+'
screen_keep new link-1-new
screen_line old '/link these are no words'
see "what is no word is named" old 'is no word of'
screen_key old C-u
screen_line old '/link amber amber amber amber'
see "words that nobody waits at" old 'no new device waits'
screen_keep old link-2-wrong
screen_key old q
words=$(screen_text new | sed -n 's|.*/link \([a-z ]*[a-z]\).*|\1|p' | head -n 1)
screen_line old "/link $words"
see "the old one shows seven words" old 'same on both screens'
see "and the new one" new 'same on both screens'
screen_keep old link-3-old
screen_keep new link-3-new
all_seven() { [ -n "$(seven "$1")" ]; }
until_true 60 all_seven old
until_true 60 all_seven new
a=$(seven old) b=$(seven new)
same "they are the same" "$a" "$b"
ok $((${#a} < 27)) "seven of them"
screen_key new y
see "the new one waits" new 'Now press y on the other'
screen_key old h
see "the old one asks for the passphrase" old 'passphrase'
screen_keep old link-4-old
screen_line old "wrong passphrase"
see "a wrong one is refused" old 'wrong passphrase'
screen_line old "$PASS"
see "the old one has a new device" old 'The new device is one of yours'
see "and the new one says so" new 'This device is one of yours'
screen_keep old link-5-old
screen_keep new link-5-new
for who in new old; do
	screen_key $who Escape
	screen_past $who 'one of yours'
	ok $? "Escape leaves the screen of the $who one"
done
see "the new one is alice" new 'alice +online'
see "which is in the list" new 'bob'
screen_line new '/talk bob'
see "and has joined the conversation" new '^bob>'
see "what was said before is handed over" new 'handed over by'
# only what is said after the commit that adds it can be read by it
reads() {
	t bob send alice "to both of you" >/dev/null
	sleep 1
	_shows new 'to both of you'
}
ok "$(until_true 2 reads; echo $?)" "it reads what is said"
screen_line new "from the second"
screen_line old '/talk bob'
see "what it says is ours on the old one" old 'alice.*from the second|from the second'
screen_keep old link-6-old
screen_keep new link-6-new
has "bob hears it" "$(t bob history alice)" 'from the second'

# --- no ---

screen_new third 80 24 "exec $T --profile third --bell none"
see "a third" third 'Type /link'
screen_line third /link
screen_line third "$ADDRESS"
screen_line third "$PASS"
screen_line third "$PASS"
see "has words" third '/link [a-z]+ [a-z]+ [a-z]+ [a-z]+'
words=$(screen_text third | sed -n 's|.*/link \([a-z ]*[a-z]\).*|\1|p' | head -n 1)
screen_line old "/link $words"
see "both compare" third 'same on both screens'
screen_key third n
see "a no ends it there" old 'ended on the other device'
see "and here" third 'not the same'
screen_keep third link-7-no
screen_key third q
see "nothing is left, it may begin anew" third 'Welcome to tacet'
ok "$(ls "$XDG_DATA_HOME/tacet/third" | grep -c store)" "no store"
screen_key old q

# --- revoked ---

screen_line old '/devices'
see "the devices are listed" old 'another device'
screen_keep old link-8-devices
id=$(screen_text old | sed -n 's/^.*\([0-9a-f]\{8\}\)  another device.*/\1/p' | head -n 1)
screen_key old Escape
screen_past old 'another device'
screen_line old "/revoke $id"
see "revoking asks for the passphrase" old 'passphrase'
screen_line old "$PASS"
see "the second one is told (T36)" new 'was revoked'
screen_keep new link-9-revoked
t bob send alice "not for the second" >/dev/null
see "the old one reads on" old 'not for the second'
screen_key new Escape
screen_past new 'Escape goes back'
screen_line new '/talk bob'
see "what was read stays" new 'to both of you'
ok "$(screen_text new | grep -c 'not for the second')" \
    "and nothing more comes (T36)"
stage_done
