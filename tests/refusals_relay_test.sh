#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A relay that is down, is another one or none, and clocks that are far off: each
# has its sentence, the message is kept and goes out later, exactly once. (A relay
# of another version: client_relay_test.c.)
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
friends alice bob || { ok 1 "two friends"; cat "$ERR"; stage_done; }
PORT=$(cat "$STAGE/relay.port")

# --- down ---

relay_stop $RELAY
refused "relay down: kept, exit 4" 4 \
    "sealed: connection refused by 127.0.0.1 port $PORT.*it is kept and goes on" \
    t alice --timeout 2s send bob 'while down'
refused "so is a request" 4 'not yet asked: connection refused.*it is kept' \
    t alice --timeout 2s add carol
has "status says what waits" "$(t alice --timeout 2s status)" \
    'waiting +1 not yet on the relay'
has "why says it in plain words" "$(t alice --timeout 2s why)" 'relay'
t alice --timeout 2s doctor >"$OUT"
has "doctor marks it" "$? $(cat "$OUT")" '!! relay +connection refused'
screen_new alice 80 24 "$BIN/tacet --profile alice --passphrase-fd 5 5<$STAGE/pass"
see "the bar says what is happening" alice 'refused|waiting'
screen_line alice '/talk bob'
screen_line alice 'from the screen'
see "a message waits visibly" alice 'from the screen +sealed'
relay_start relay --registration open
see "and goes out by itself" alice 'from the screen +on relay'
see "so does the older one" alice 'while down +on relay'
screen_key alice C-q
until_true 60 screen_gone alice
same "each arrives once" "$(t bob history alice | grep -c 'while down$') \
$(t bob history alice | grep -c 'from the screen$')" '1 1'
has "who does not exist was noticed" "$(t alice people; t alice add carol 2>&1)" \
    'nobody on this relay is called carol'

# --- another key ---

relay_stop $RELAY
mv "$STAGE/relay" "$STAGE/true"
relay_start relay --registration open
screen_new alice 80 24 "$BIN/tacet --profile alice --passphrase-fd 5 5<$STAGE/pass"
see "another key stops the screen" alice 'not have the +$|not have the key|stopped'
screen_key alice C-q
until_true 60 screen_gone alice
refused "another key is a hard stop, said at once" 4 \
    'does not have the key that is pinned: nothing was sent.*it is kept' \
    t alice --timeout 60s send bob 'not for that one'
grep -qi 'enrol\|registered' "$STAGE/relay.log"
same "the other relay was told nothing" \
    "$("$BIN/tacetd" --data "$STAGE/relay" status | grep -E '^(boxes|entries)')" \
    "$(printf 'entries-taken 0\nboxes-taken 0')"
relay_stop $RELAY
mv "$STAGE/relay" "$STAGE/false"
mv "$STAGE/true" "$STAGE/relay"
relay_start relay --registration open
works "the pin has not moved: the true relay is taken" t alice status
same "and the message arrives, once" \
    "$(t bob history alice | grep -c 'not for that one$')" 1

# --- no relay at all, on that port ---

relay_stop $RELAY
if command -v python3 >/dev/null; then
	python3 - "$PORT" >"$STAGE/fake" <<-'EOF' &
	import socket, sys
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind(('127.0.0.1', int(sys.argv[1])))
	s.listen()
	print('listens', flush=True)
	while True:
	    c, _ = s.accept()
	    c.sendall(b'SSH-2.0-OpenSSH_9.2\r\n')
	EOF
	FAKE=$!
	PIDS="$PIDS $FAKE"
	until_true 60 grep -q listens "$STAGE/fake"
	refused "something else on that port" 4 'answered, but it is no tacet relay' \
	    t alice --timeout 3s send bob 'not for ssh'
	kill $FAKE; wait $FAKE 2>/dev/null
else
	ok 0 "something else on that port # SKIP needs python3"
fi
relay_start relay --registration open

# --- clocks far off ---

if command -v faketime >/dev/null; then
	ft() { # ft BY PROFILE WORDS...
		_by=$1 _p=$2; shift 2
		ASAN_OPTIONS=verify_asan_link_order=0 faketime -f "$_by" \
		    "$BIN/tacet" --profile "$_p" --passphrase-fd 5 "$@" \
		    5<"$STAGE/pass"
	}
	for by in -3d +400d +30y -20y; do
		ft $by alice --timeout 10s doctor >"$OUT" 2>"$ERR" </dev/null
		has "clock $by: doctor says so and what to do" "$? $(cat "$OUT")" \
		    '!! clock .*(behind|ahead).*timedatectl set-ntp true'
		same "clock $by: a message goes nevertheless" \
		    "$(ft $by alice --timeout 20s send bob "at $by" 2>"$ERR")" 'on relay'
	done
	works "the clock is right again" t alice status
	works "nothing has expired" t alice send bob 'in time'
	same "all of it arrived, once, in order" \
	    "$(t bob history alice 5 | sed 's/.* alice *//' | tr '\n' '|')" \
	    'at -3d|at +400d|at +30y|at -20y|in time|'
	works "and back" t bob send alice 'all here'
	has "both ways" "$(t alice history bob 1)" 'all here'
else
	ok 0 "clocks far off # SKIP needs faketime: apt-get install faketime"
fi
has "nothing is left waiting" "$(t alice status)" '^waiting +0 not'
stage_done
