#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Terminals that will not do, and a screen that refuses: no terminal, TERM dumb,
# unknown or unset, too few cells and how it recovers; wrong passphrases on the
# screen with their growing wait; refusals on the prompt that keep what was typed.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
friends alice bob || { ok 1 "two friends"; cat "$ERR"; stage_done; }

# --- terminals ---

refused "no terminal" 2 'not a terminal; use .tacet run --json.' t alice
tty_run() { # tty_run TERM: on a terminal, what it says before it ends
	screen_new tty 160 10 "env -u NO_COLOR $1 $BIN/tacet --profile alice \
	    --passphrase-fd 5 5<$STAGE/pass; echo ended with \$?; sleep 20"
	until_true 60 _shows tty 'ended with'
	screen_text tty | tr '\n' ' '
	$TMUX_ kill-session -t tty
}
has "TERM=dumb" "$(tty_run TERM=dumb)" \
    'TERM=dumb\).*use .tacet watch. and .tacet send.*ended with 2'
has "an unknown TERM" "$(tty_run TERM=frobnitz)" \
    'does not know TERM=frobnitz; try TERM=xterm-256color tacet.*ended with 2'
has "no TERM" "$(tty_run '-u TERM')" 'use .tacet watch.*ended with 2'
for term in xterm vt100 linux screen; do
	screen_new "$term" 80 24 "TERM=$term $BIN/tacet --profile alice \
	    --passphrase-fd 5 5<$STAGE/pass"
	see "TERM=$term will do" "$term" 'alice .*online'
	screen_key "$term" C-q
	until_true 60 screen_gone "$term"
done

# --- sizes ---

screen_new size 80 24 "$BIN/tacet --profile alice --passphrase-fd 5 \
    --start 'talk bob' 5<$STAGE/pass"
see "80x24" size 'bob>'
screen_type size 'draft'
screen_size size 20 5
see "20x5 works" size 'bob> draft'
same "and is no wider" "$(screen_text size | awk 'length > 20' | wc -l)" 0
screen_size size 19 5
see "19 columns are too few, and it says so" size '20x5|20 x 5|too small|larger'
screen_size size 20 4
see "so are 4 rows" size '20x5|too small|larger'
screen_size size 3 2
sleep 0.5
screen_there size
ok $? "at 3x2 it lives"
screen_size size 300 100
see "300x100 works, and the draft is still there" size 'bob> draft'
screen_size size 80 24
screen_key size C-u
screen_line size 'after all the sizes'
see "it recovers" size 'after all the sizes +(on relay|at device)'

# --- refusals on the prompt ---

screen_line size '/frobnicate'
see "an unknown command" size 'no command frobnicate; /help lists them'
screen_key size C-u
screen_line size '/add alice'
see "oneself" size 'your own name'
screen_key size C-u
screen_line size '/add nemo'
see "nobody, below the conversation" size '^ nobody on this relay is called nemo'
screen_key size M-n
see "nobody of that name" size 'nobody on this relay is called nemo'
screen_key size Escape
see "Escape goes back" size 'bob>'
sleep 0.2
screen_line size '/talk nemo'
see "no conversation" size 'no conversation with nemo: /add nemo'
screen_key size C-u
screen_line size '/set bell maybe'
see "a value" size 'bell: "maybe" will not do'
screen_key size C-u
screen_line size '/bind F99 quit'
see "a key" size 'F99 is no key'
screen_key size C-u
screen_key size C-q
until_true 60 screen_gone size
ok $? "and it ends"
same "refusals sent nothing" "$(t bob history alice | grep -c ' alice  ')" 1

# --- wrong passphrases: a wait that grows, and no text while it lasts ---

screen_new lock 80 24 "$BIN/tacet --profile alice"
see "the store is locked" lock 'passphrase:'
for i in 1 2 3; do
	screen_line lock "wrong number $i"
	see "wrong $i" lock 'wrong passphrase; try again|too many wrong ones: wait'
	screen_key lock C-l
done
# the wait is short yet: all in one go, or a slow machine types after it
screen_key lock 'wrong number 4' Enter C-l "$PASS" Enter
see "wrong 4" lock 'wrong passphrase; try again|too many wrong ones: wait'
see "the right one too must wait" lock 'too many wrong ones: wait'
screen_text lock | grep -q 'after all'
ok $((! $?)) "nothing is shown meanwhile"
sleep 3
screen_line lock "$PASS"
see "after it, it opens" lock 'alice +online'
screen_key lock C-q
until_true 60 screen_gone lock

# --- signals leave a terminal and a store behind that work ---

screen_new sig 80 24 "$BIN/tacet --profile alice --passphrase-fd 5 \
    --start 'talk bob' 5<$STAGE/pass; echo ended with \$?; stty -a; sleep 20"
see "running" sig 'bob>'
screen_type sig 'half a sentence'
see "typing" sig 'half a sentence'
kill -TERM "$(cat "$XDG_DATA_HOME/tacet/alice/lock")"
see "SIGTERM ends it" sig 'ended with 0'
see "and the terminal is as before" sig '[^-]icanon.*[^-]echo |[^-]echo '
screen_text sig | grep -q 'after all'
ok $((! $?)) "no message stays on it"
screen_new sig2 80 24 "$BIN/tacet --profile alice --passphrase-fd 5 \
    --start 'talk bob' 5<$STAGE/pass"
see "what was typed is still there" sig2 'bob> half a sentence'
stage_done
