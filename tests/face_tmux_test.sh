#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The screen on a real terminal (tmux): what refuses to start says why, every
# size from 20x5 to 300x100, locales that are not UTF-8, pastes that try to be
# keys (T66), what others write as bytes on the wire (T60, T68), and that the
# terminal is given back as it was, however one leaves (T67, T69).
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
tap_needs tmux tmux

T="$BIN/tacet"

# --- what can't be a screen says so, and what to do ---

refuses() { # refuses NAME REGEX COMMAND
	screen_new no 80 24 "sh -c '$3; echo left with \$?; sleep 60'"
	see "$1" no "$2"
	see "$1: and leaves with 2" no 'left with 2'
	$TMUX_ kill-session -t no
}
screen_new keep 20 5 'sleep 600'	# the server stays
refuses "TERM=dumb is refused" 'tacet watch' "TERM=dumb $T"
refuses "no TERM is refused" 'tacet watch' "TERM= $T"
refuses "an unknown TERM is refused" 'does not know TERM=no-such' \
    "TERM=no-such-terminal $T"
has "a pipe is refused" "$("$T" 2>&1 </dev/null)" 'not a terminal.*tacet run'

# --- the first run, its refusals on the screen ---

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
screen_new alice 80 24 "exec $T --profile alice --bell none"
see "welcome" alice 'Welcome to tacet'
screen_line alice 'Alice'
see "a capital is refused, with what is allowed" alice 'small letters, digits'
see "and stays to be edited" alice 'your name: Alice'
screen_key alice C-u
screen_line alice alice
see "the relay is asked for" alice 'Which relay'
screen_line alice 'relay.example.org'
see "an address without a key is refused" alice "the relay's key is missing"
screen_key alice C-u
screen_line alice "$ADDRESS"
see "the passphrase is asked for" alice 'new passphrase:'
screen_line alice short
see "a short one is refused" alice 'at least'
screen_type alice "$PASS"
see "a passphrase shows as dots" alice 'new passphrase: •+$'
screen_key alice Enter
screen_line alice "not the same"
see "another one is refused" alice 'not the same'
screen_line alice "$PASS"
screen_line alice "$PASS"
see "alice is registered" alice 'alice +online'
ok "$(screen_text alice | grep -q "$PASS"; [ $? = 1 ]; echo $?)" \
    "the passphrase is nowhere"

# --- somebody to talk to, from the shell ---

t bob init bob --relay "$ADDRESS" >/dev/null || ok 1 "bob registers"
t bob add alice >/dev/null
see "bob asks" alice '1 to answer'
screen_key alice M-n
see "the request" alice 'bob wants to talk'
screen_key alice a
see "accepted" alice 'bob>'

# --- every size ---

sized() { # sized W H: the prompt is there, and no line is longer
	screen_size alice "$1" "$2"
	if [ "$1" -lt 20 ] || [ "$2" -lt 5 ]; then
		[ "$1" -lt 3 ] || see "$1x$2 is too small" alice '^too'
		return
	fi
	see "$1x$2" alice '^bob>'
}
for s in 20x5 21x6 40x12 80x24 120x40 300x100 10x3 1x1 500x2 20x5 80x24; do
	sized "${s%x*}" "${s#*x}"
done
for i in 1 2 3 4 5 6 7 8; do
	for s in 30x10 200x60 20x5 100x30 55x17; do
		screen_size alice "${s%x*}" "${s#*x}"
	done
done
sized 80 24
see "a storm of sizes ends well" alice 'alice +online'

# --- pastes ---

paste() { # paste TEXT: as a terminal hands it over, end marks and all
	printf "$1" >"$STAGE/paste"
	$TMUX_ load-buffer "$STAGE/paste"
	$TMUX_ paste-buffer -p -r -t alice
}
paste 'one line'
see "one line is typed" alice '^bob> one line$'
screen_key alice C-u
paste '/quit\n'
see "a pasted command is not run" alice '^command /quit$'
screen_key alice C-u
paste 'first\nsecond\033[201~/quit\nthird\n/lock\n'
see "lines ask, with an end mark inside too" alice '4 lines'
see "and are shown" alice 'second/quit'
screen_key alice Escape
see "Escape drops them" alice 'dropped'
paste 'text\033[201~\n/quit\n'
see "an end mark and Enter do not send" alice 'paste: Enter sends'
screen_key alice Escape
# or the next look finds this paste's hint, and Enter comes before the end
see "and are dropped" alice 'dropped'
head -c 1048576 /dev/zero | tr '\0' 'x' | fold -w 70 >"$STAGE/paste"
$TMUX_ load-buffer "$STAGE/paste"
$TMUX_ paste-buffer -p -r -t alice
see "a megabyte is asked about" alice 'lines, [0-9]+ bytes pasted'
screen_key alice Enter
see "and refused with a sentence" alice 'at most [0-9]+ fit'
screen_key alice C-c
see "C-c drops it as well" alice 'dropped'
ok "$(t bob history alice 2>/dev/null | grep -q 'first\|xxxx\|text'; [ $? = 1 ]
    echo $?)" "none of it was sent"
see "and nothing was run" alice 'alice +online'

# --- what others write, as bytes on the terminal ---

$TMUX_ pipe-pane -t alice "cat >$STAGE/bytes"
t bob send alice "$(printf 'x\033]8;;http://evil\033\\click\033]8;;\033\\ \033[2Jy')" >/dev/null
t bob send alice "$(printf 'a\033]52;c;ZXZpbA==\007b\033]0;title\007 \302\2332J')" >/dev/null
t bob send alice "$(printf '* bob left\n> /quit\r* eve joined\nend of it')" >/dev/null
see "hostile texts arrive as texts" alice 'end of it'
until_true 60 grep -q 'end of it' "$STAGE/bytes"
for s in $'\033]' $'\033P' $'\033_' $'\033\\[2J' $'\302\233' $'\007'; do
	ok "$(LC_ALL=C grep -q -- "$s" "$STAGE/bytes"; [ $? = 1 ]; echo $?)" \
	    "no $(printf %s "$s" | cat -v) reaches the terminal"
done
$TMUX_ pipe-pane -t alice
see "a spoofed line stands right of the gutter" alice '│ \* bob left'
see "each of its rows" alice '^ +│ > /quit'

# --- a second screen, a verb beside the first ---

screen_new second 80 24 "sh -c '$T --profile alice; echo left with \$?; sleep 60'"
see "a second screen on one store refuses, and names the process" second \
    'open in process [0-9]+'
$TMUX_ kill-session -t second
screen_new shell 80 24 "exec sh"
screen_line shell "PS1='shell> '; $T --profile bob people"
see "the passphrase prompt" shell '^passphrase: $|^passphrase:$'
screen_key shell C-c
see "can be left" shell 'stopped; nothing was changed'
screen_line shell 'stty -a | grep -ow -- "-*echo"'
see "and the terminal echoes again" shell '^(shell> )?echo$'

# --- locales ---

for l in C POSIX no_SUCH.locale; do
	screen_new loc 80 24 "env -u LANG LC_ALL=$l $T --profile fresh --bell none"
	see "LC_ALL=$l: a screen" loc 'Welcome to tacet'
	screen_type loc 'grüße 漢字'
	see "LC_ALL=$l: typed in UTF-8" loc 'your name: grüße 漢字'
	screen_key loc C-q
	until_true 60 screen_gone loc
done
screen_new loc 80 24 "env LC_ALL=C.UTF-8 NO_COLOR=1 TERM=vt100 $T --profile fresh"
see "vt100 without colours" loc 'Welcome to tacet'
screen_key loc C-c
ok "$(until_true 60 screen_gone loc; echo $?)" "C-c leaves the first run"

# --- leaving gives the terminal back ---

left() { # left HOW: the shell's screen is back, clean, cooked, unbracketed
	see "$1: the screen before is back" shell '^BEFORE$'
	see "$1: the program has ended" shell '^AFTER [0-9]+'
	ok "$(screen_text shell | grep -q 'end of it\|online'; [ $? = 1 ]
	    echo $?)" "$1: no message is left on it"
	same "$1: not the alternate screen, cursor on" "$($TMUX_ display -p \
	    -t shell '#{alternate_on} #{cursor_flag} #{mouse_any_flag}')" "0 1 0"
	screen_line shell 'clear; stty -a | grep -oE -- "-?(icanon|echo|isig) "'
	see "$1: cooked" shell '^icanon'
	ok "$(screen_text shell | grep -q '^-'; [ $? = 1 ]; echo $?)" \
	    "$1: nothing is left off"
	screen_line shell "clear; echo READY; cat -v"
	see "$1: a line is read" shell "^READY"
	printf 'pasted' >"$STAGE/paste"
	$TMUX_ load-buffer "$STAGE/paste"
	$TMUX_ paste-buffer -p -t shell
	see "$1: pastes are plain again" shell '^pasted$'
	screen_key shell C-c
	screen_line shell 'clear'
}
unasked() { ! _shows shell 'passphrase:'; }
start() {
	# a question from before is not the one that is waited for
	screen_line shell clear
	until_true 60 unasked
	screen_line shell "clear; echo BEFORE; $T --profile alice --bell none --start 'talk bob'; echo AFTER \$?"
	see "$1: alice's screen" shell '^passphrase:'
	[ $bad = 0 ] || stage_done      # the rest would only wait
	screen_line shell "$PASS"
	see "$1: opens" shell 'alice +online'
	see "$1: with messages on it" shell 'end of it'
}
screen_key alice C-q
ok "$(until_true 60 screen_gone alice; echo $?)" "C-q leaves"
screen_there alice && screen_text alice | sed 's/^/# /'
start "/quit"
screen_line shell '/quit'
left "/quit"
for sig in TERM HUP INT; do
	start "SIG$sig"
	kill -$sig "$(cat "$XDG_DATA_HOME/tacet/alice/lock")"
	left "SIG$sig"
done

stage_done
