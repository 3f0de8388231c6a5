#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Two people through verbs of the shell alone: `send` in a pipe, `watch --json`
# read line by line, with and without a running client beside. Bursts, blobs,
# hostile texts; client and relay killed in the middle: everything that was
# acknowledged is there, once, in order, and at device.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

# field NAME < one JSON object: its string; jq where there is one
if command -v jq >/dev/null; then
	field() { jq -r ".$1 // empty" 2>/dev/null; }
else
	field() { sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }
fi
texts() { # texts FILE FROM: what watch has heard from somebody, a line each
	grep '"event":"message"' "$1" | grep "\"from\":\"$2\"" | field text
}
listen() { # listen WHO: sets WATCH, its output is $STAGE/WHO.json
	tb "$1" watch --json >>"$STAGE/$1.json" 2>>"$STAGE/$1.err"
	WATCH=$BG
	until_true 60 test -S "$XDG_DATA_HOME/tacet/$1/control"
}
hush() { kill "$1" 2>/dev/null; wait "$1" 2>/dev/null; }
heard() { [ "$(texts "$STAGE/$1.json" "$2" | wc -l)" -ge "$3" ]; }
same_lines() { # same_lines NAME GOT WANTED: files
	if cmp -s "$2" "$3"; then
		ok 0 "$1"
	else
		ok 1 "$1"
		diff "$2" "$3" | head -n 10 | cut -c 1-100 | sed 's/^/# /'
	fi
}

relay_start relay || { ok 1 "the relay starts"; stage_done; }
echo "$ADDRESS" | t alice init alice >"$OUT" 2>"$ERR"
ok $? "init takes the invite from standard input"
works "and from an option" t bob init bob --relay "$(relay_invite relay)"
works "alice asks" t alice add bob "it's me"
has "bob is asked" "$(t bob notices)" 'alice wants to talk'
works "bob accepts" t bob accept
has "alice hears of it" "$(t alice people)" 'bob +contact'

# --- one pipe into another ---

listen bob
echo "hello from a pipe" | t alice send bob >"$OUT" 2>"$ERR"
same "send ends when the relay has it" "$? $(cat "$OUT")" "0 on relay"
until_true 60 heard bob alice 1
same "watch hears it" "$(texts "$STAGE/bob.json" alice)" "hello from a pipe"
works "bob answers beside his watch" t bob send alice "hello back"
until_true 60 grep -q '"mine":true.*"text":"hello back"' "$STAGE/bob.json"
ok $? "which shows it"
same "--wait device waits for the other's device" \
    "$(t alice --wait device --timeout 60s send bob "are you there?")" \
    "at device"
same "the answer was there all the time" \
    "$(t alice history bob 3 | grep -c ' bob  *hello back$')" 1
bad_json=$(grep -vcE '^\{"event":"[a-z]+".*\}$' "$STAGE/bob.json")
same "every line of watch is an object" "$bad_json" 0
if command -v jq >/dev/null; then
	jq -e . <"$STAGE/bob.json" >"$OUT" 2>"$ERR"
	ok $? "and valid JSON"
fi

# --- a burst both ways: one inside `run`, one by verbs ---

mkfifo "$STAGE/in"
exec 9<>"$STAGE/in"
tb alice run --json <"$STAGE/in" >"$STAGE/alice.json" 2>"$STAGE/alice.err" 9>&-
RUN=$BG
until_true 60 grep -q '"link":"online"' "$STAGE/alice.json"
for i in $(seq 30); do echo "send bob burst $i" >&9; done
for i in $(seq 30); do
	t bob --wait none send alice "volley $i" >"$OUT" 2>&1 9>&- || break
done
until_true 60 heard alice bob 30
until_true 60 heard bob alice 32
seq -f 'burst %g' 30 >"$STAGE/want"
texts "$STAGE/bob.json" alice | grep burst >"$STAGE/got"
same_lines "30 messages to bob, once and in order" "$STAGE/got" "$STAGE/want"
seq -f 'volley %g' 30 >"$STAGE/want"
texts "$STAGE/alice.json" bob | grep volley >"$STAGE/got"
same_lines "30 to alice" "$STAGE/got" "$STAGE/want"

# --- long, of many lines, hostile ---

head -c 37000 /dev/urandom | base64 -w 0 | head -c 49152 >"$STAGE/long"
t alice --wait device --timeout 60s send bob <"$STAGE/long" >"$OUT" 2>"$ERR" 9>&-
same "50 KB" "$? $(cat "$OUT")" "0 at device"
texts "$STAGE/bob.json" alice | tail -n 1 | tr -d '\n' >"$STAGE/got"
same_lines "arrive whole" "$STAGE/got" "$STAGE/long"
printf 'one\n\n\tthree "quoted" \\ back\nGrüße, 世界 🔒' >"$STAGE/lines"
works "lines go through the socket" t alice send bob "$(cat "$STAGE/lines")"
until_true 60 grep -q 'quoted' "$STAGE/bob.json"
if command -v jq >/dev/null; then
	grep quoted "$STAGE/bob.json" | jq -r .text | sed 's/\t/ /g' >"$STAGE/got"
	printf '%s\n' "$(sed 's/\t/ /g' "$STAGE/lines")" >"$STAGE/want"
	sed -i 's/  *three/ three/' "$STAGE/got" "$STAGE/want"
	same_lines "and arrive as lines" "$STAGE/got" "$STAGE/want"
fi
E=$(printf '\033')
works "hostile text" t alice send bob "a${E}]0;pwned$(printf '\007')b${E}[2Jc\
$(printf '\302\233')31md$(printf '\342\200\256')e$(printf '\r')* bob left
bob: not from bob"
until_true 60 grep -q 'not from bob' "$STAGE/bob.json"
t bob history alice 3 >"$STAGE/history" 9>&-
tb bob watch >"$STAGE/text" 2>&1 9>&-
TEXT=$BG
until_true 60 test -s "$STAGE/bob.json"
sleep 0.5
works "once more" t alice send bob "x${E}[31my
bob: not from bob"
until_true 60 grep -q 'not from bob' "$STAGE/text"
hush $TEXT
for f in history text bob.json; do
	LC_ALL=C grep -q "[$(printf '\001')-$(printf '\010')$(printf '\013')-$(printf '\037')$(printf '\177')]" \
	    "$STAGE/$f"
	ok $((! $?)) "no control character in $f"
	LC_ALL=C grep -qE "$(printf '\302[\200-\237]|\342\200[\252-\256]')" "$STAGE/$f"
	ok $((! $?)) "no C1, nothing that turns the line, in $f"
done
grep -q '^bob: not from bob\|^\* bob left' "$STAGE/history" "$STAGE/text"
ok $((! $?)) "no line of a text looks like one of ours"

# --- clients killed in the middle ---

kill -9 $WATCH; wait $WATCH 2>/dev/null
for i in 1 2 3 4 5 6; do echo "send bob away $i" >&9; done
until_true 60 sh -c "[ \$(grep -c '\"ok\":true' '$STAGE/alice.json') -ge 36 ]"
kill -9 $RUN; wait $RUN 2>/dev/null
exec 9>&-
works "alice starts again" t alice status
: >"$STAGE/bob.json"
listen bob
until_true 60 heard bob alice 6
sleep 0.3
kill -9 $WATCH; wait $WATCH 2>/dev/null
listen bob
works "and says more" t alice --wait device --timeout 60s send bob 'after all'
seq -f 'away %g' 6 >"$STAGE/want"
t bob history alice 200 >"$STAGE/history"
grep -o 'away [0-9]*$' "$STAGE/history" >"$STAGE/got"
same_lines "bob has each once, whoever was killed" "$STAGE/got" "$STAGE/want"
grep -o 'away [0-9]*$' <(texts "$STAGE/bob.json" alice) | sort -u >"$STAGE/got"
same_lines "and watch has told of each" "$STAGE/got" "$STAGE/want"
same "the one who was not killed only once" \
    "$(texts "$STAGE/bob.json" alice | grep -c 'after all')" 1

# --- the relay killed in the middle ---

for i in $(seq 12); do
	tb alice --timeout 60s send bob "kill $i" >"$STAGE/said.$i" 2>&1
	SENDER=$BG
	if [ $((i % 3)) = 0 ]; then
		sleep 0.0$((i / 3 * 2))
		relay_stop $RELAY KILL
		relay_start relay
	fi
	wait $SENDER
	echo $? >>"$STAGE/codes"
done
same "every send got through or said that it waits" \
    "$(grep -vcE '^(0|4)$' "$STAGE/codes")" 0
t alice --wait device --timeout 60s send bob 'kill last' >"$OUT" 2>"$ERR"
same "the last one is at device" "$(cat "$OUT" "$ERR")" "at device"
{ seq -f 'kill %g' 12; echo 'kill last'; } >"$STAGE/want"
t bob history alice 200 | grep -o 'kill .*$' >"$STAGE/got"
same_lines "nothing was lost with the relay, nothing came twice" \
    "$STAGE/got" "$STAGE/want"
hush $WATCH
t bob status >"$OUT"; t alice status >"$OUT"
for who in alice bob; do
	other=$([ $who = alice ] && echo bob || echo alice)
	t $who history $other 300 >"$STAGE/history"
	same "every message of $who is at device" \
	    "$(grep -E '\[(waiting|sealed|on relay|failed)\]$' "$STAGE/history")" ''
	ok $(($(grep -c '\[at device\]$' "$STAGE/history") < 30)) \
	    "and there are $(grep -c '\[at device\]$' "$STAGE/history")"
done
stage_done
