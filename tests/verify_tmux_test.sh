#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Two people verify each other on two terminals, by the keys that the screens
# name and no others: the number read out, seven words live, the number typed
# in; the first of it within a minute. What they saw is kept in log/screens (or
# SHOTS=folder), at 80x24 and 120x40.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
tap_needs tmux tmux

T="$BIN/tacet"
n=0
shot() { # shot SCREEN NAME: kept in both sizes, in the order of the test
	n=$((n + 1))
	screen_shot "$1" "verify-$(printf %02d $n)-$2-of-$1"
}
words_of() { # the seven words on a screen, a line each
	screen_text "$1" | sed -n 's/^ *[1-7]   \([a-z][a-z]*\) *$/\1/p'
}
number_of() { # the nineteen words on a person screen
	screen_text "$1" | sed -n '/same must/,/between you/p' |
	    grep -E '^ +[a-z]+( +[a-z]+){3,} *$' | tr -s ' \n' ' '
}
seven() { [ "$(words_of "$1" | wc -l)" = 7 ]; }
nineteen() { [ "$(number_of "$1" | wc -w)" = 19 ]; }

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
for who in alice bob; do
	t $who init $who --relay "$ADDRESS" >/dev/null || ok 1 "$who registers"
done
t alice add bob "it's me" >/dev/null || ok 1 "alice asks"
for who in alice bob; do
	screen_new $who 80 24 "exec $T --profile $who --bell none"
	see "$who is asked for the passphrase" $who 'passphrase:'
	screen_line $who "$PASS"
	see "$who is online" $who "$who +online"
done
screen_key bob M-n
see "bob sees who asks, and the key" bob 'a accept'
screen_key bob a
see "they talk" bob '^alice>'
screen_key alice F2
screen_key alice Enter
see "alice is in the conversation" alice '^bob>'
see "which says that keys are not compared, and the key for it" alice \
    'not compared.*M-p compares keys'
shot alice talk

# --- the number, read out ---

BEGAN=$(date +%s)
screen_key alice M-p
see "the person screen says what to do" alice 'Is it bob[?] Read this'
see "and names the keys" alice 'y they are the same +n they are not'
screen_key bob M-p
see "so does bob's" bob 'Is it alice[?] Read this'
until_true 60 nineteen alice
until_true 60 nineteen bob
same "both read the same words" "$(number_of alice)" "$(number_of bob)"
ok "$([ "$(number_of alice | wc -w)" = 19 ]; echo $?)" "nineteen of them"
NUMBER=$(number_of bob)
shot alice person
screen_key alice d
see "digits, by the key named" alice '[0-9]{5}  [0-9]{5}  [0-9]{5}'
shot alice digits
screen_key alice d
screen_key alice s
see "the QR code" alice "camera"
see "black on white" alice '█▀▀▀▀▀█'
shot alice qr
screen_key alice q
see "back" alice 'Is it bob'
screen_key alice y
see "y says so" alice 'trust +verified: the safety number was compared'
see "bob is told" bob 'their side +says: the safety number was compared'
TOOK=$(($(date +%s) - BEGAN))
echo "# verified for the first time after $TOOK s"
shot bob theirs
screen_key bob n
see "bob says no" bob 'noted: not the same'
screen_key bob y
see "and yes" alice 'their side +says: the safety number'
screen_key alice Escape
see "the conversation shows it" alice '^ bob  verified, by both'
shot alice verified
screen_key alice M-l
see "the list too" alice '✓ bob'
screen_key alice Enter
screen_key alice M-p
screen_key alice n
see "n takes it back" alice "not verified any more"
see "which bob hears" bob 'has not verified your key'

# --- seven words, live ---

screen_key bob Escape
screen_key alice c
see "alice waits" alice 'Waiting for bob to join'
shot alice calling
see "bob is told" bob '1 to answer'
screen_key bob M-n
see "by whom, and the key" bob 'c compare'
shot bob called
screen_key bob c
see "bob sees seven words" bob '^ +7   [a-z]+'
see "alice sees seven words" alice '^ +7   [a-z]+'
until_true 60 seven alice
until_true 60 seven bob
same "the same ones" "$(words_of alice)" "$(words_of bob)"
shot alice words
screen_key alice y
see "alice waits for bob's word" alice 'Waiting for bob to say so too'
see "bob sees hers" bob 'alice says: the same'
screen_key bob y
see "both are done" bob 'same on both sides: alice is verified'
see "both see it" alice 'same on both sides: bob is verified'
shot alice done
screen_key alice q
see "by which way" alice 'seven words were compared live'
screen_key alice Escape
see "remembered in the title" alice '^ bob  verified, by both'
see "and in the conversation" alice 'compared *$|seven words: they were'

# a no is heard on both sides
screen_key alice M-p
screen_key alice c
screen_key bob c
see "once more" bob '^ +7   [a-z]+'
see "on both" alice '^ +7   [a-z]+'
screen_key bob n
see "a no alarms bob" bob 'words were NOT the same'
see "and alice" alice 'words were NOT the same'
shot alice differ
screen_key alice q
see "who is not verified any more" alice 'WORDS DIFFERED'
shot alice differed

# --- the number, typed in ---

screen_key alice t
see "the line begins by itself" alice '^command /verify bob --code$'
screen_key alice Enter
see "an empty one says nothing" alice 'nothing was typed in'
screen_line alice "orange"
see "one word is not enough" alice 'words|none of'
screen_key alice C-u
screen_key alice t
screen_line alice "$NUMBER"
see "all are" alice 'trust +verified: the safety number was typed in'
shot alice typed
screen_key alice C-u
has "people says so" "$(t alice people)" 'bob +contact +verified'
stage_done
