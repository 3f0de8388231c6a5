#!/bin/bash
# SPDX-License-Identifier: ISC
#
# tacet link as a verb of the shell, on both ends, on terminals (tmux): words
# and code at once, the comparison, progress, what it ends with; a no; C-c on
# either; a relay that isn't there; a profile that is open elsewhere.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
tap_needs tmux tmux

T="$BIN/tacet"
new() { # new SCREEN PROFILE [address]: up to its words
	screen_new "$1" 80 50 "$T --profile $2 link '${3:-$ADDRESS}'; echo status \$?; exec cat"
	see "$2: a passphrase for it" "$1" 'new passphrase:'
	screen_line "$1" "$PASS"
	see "$2: twice" "$1" 'same again:'
	screen_line "$1" "$PASS"
}
words() { screen_text "$1" | sed -n 's|^ */link \([a-z ]*[a-z]\) *$|\1|p' | head -n 1; }
seven() { screen_text "$1" | sed -n 's|^ *\(\([a-z]\{3,7\} \)\{6\}[a-z]\{3,7\}\) *$|\1|p' | head -n 1; }
old() { # old SCREEN WORDS: the end that has the account
	screen_new "$1" 80 24 "$T --profile alice link $2; echo status \$?; exec cat"
	see "the old one asks for its passphrase" "$1" '^passphrase:'
	screen_line "$1" "$PASS"
}
no_store() { ok "$(ls "$XDG_DATA_HOME/tacet/$1" | grep -c store)" "$1: no store"; }

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
t alice init alice --relay "$ADDRESS" >/dev/null || ok 1 "alice registers"
t bob init bob --relay "$ADDRESS" >/dev/null || ok 1 "bob registers"
t alice add bob >/dev/null
t bob accept alice >/dev/null
t alice send bob "said before" >/dev/null

# --- all the way ---

new n1 second
see "the words are there, and what to type where" n1 '^ +/link [a-z]+ [a-z]+ [a-z]+ [a-z]+'
see "for a shell, too" n1 'tacet link [a-z]+ [a-z]+'
see "and the code" n1 '█▀▀▀▀▀█'
old o1 "$(words n1)"
see "seven words on the old one" o1 'same on both screens'
see "and the new one" n1 'same on both screens'
same "the same" "$(seven o1)" "$(seven n1)"
screen_line n1 perhaps
see "what is no answer is told so" n1 'type y when both screens'
screen_line o1 h
see "the old one waits" o1 'now the same on the other'
screen_line n1 y
see "how many conversations" n1 'joining: [01] of 1'
see "all of them" n1 'joining: 1 of 1 conversations'
see "done there" n1 'status 0'
see "and here" o1 'status 0'
has "what was said before went along" "$(t second history bob)" 'said before'
t bob send alice "to both" >/dev/null
has "what is said after, too" "$(t second history bob)" 'to both'

# --- no, and C-c ---

new n2 third
see "words" n2 'C-c ends it'
old o2 "$(words n2)"
see "to compare" o2 'same on both screens'
see "on both" n2 'same on both screens'
screen_line o2 n
see "a no is heard" n2 'ended on the other device'
see "with a status" n2 'status 1'
see "on both" o2 'not the same.*|status 1'
no_store third

new n3 third
see "words" n3 'C-c ends it'
old o3 "$(words n3)"
see "to compare" n3 'same on both screens'
see "on both" o3 'same on both screens'
screen_key o3 C-c
see "C-c on the old one" o3 'you ended it'
see "ends it on the new one" n3 'ended on the other device'
see "with a status" n3 'status 1'
no_store third

new n4 third
see "words" n4 'C-c ends it'
screen_key n4 C-c
see "C-c on the new one" n4 'you ended it: nothing was handed over'
see "with a status" n4 'status 1'
no_store third

# --- what can't be ---

mkfifo "$STAGE/quiet"   # somebody is there, and types nothing
exec 7<>"$STAGE/quiet"
out=$(t alice link amber amber amber amber 2>&1 <&7)
ok $(($? == 1 ? 0 : 1)) "words of nobody: refused"
has "in words" "$out" 'no new device waits at these words'
out=$(t alice link these are no words 2>&1 </dev/null)
has "what is no word" "$out" 'is no word of'
out=$(t fresh link nowhere 2>&1 </dev/null)
has "no address" "$out" 'tacet://'
screen_new open 80 24 "exec $T --profile alice --bell none"
see "alice is open elsewhere" open 'passphrase:'
screen_line open "$PASS"
see "online" open 'alice +online'
out=$(t alice link amber amber amber amber 2>&1 </dev/null)
has "then it belongs there" "$out" 'press / and type link amber'
relay_stop "$RELAY"
out=$(t fresh link "$ADDRESS" 2>&1 <&7)
ok $(($? == 1 ? 0 : 1)) "no relay: refused"
has "in words" "$out" 'connection to 127.0.0.1 has ended.*try again'
stage_done
