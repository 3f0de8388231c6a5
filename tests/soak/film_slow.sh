#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# Readers of films who stop again and again, for moments and for longer than
# the relay waits for anybody: what it holds does not grow by them (T56). The
# short forms are tests/uploads_test.c and tests/deaf_test.c.
#
# environment: FILM_SLOW (readers, 4), FILM_SLOW_SECS (120)
# limit: 900

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/stage
. tests/refusals
READERS=${FILM_SLOW:-4} SECS=${FILM_SLOW_SECS:-120}
ROOM=4096		# KiB, which one connection may hold before it is cut

[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"
relay_start relay --registration open --blob-quota 8g ||
    { ok 1 "the relay starts"; stage_done; }
t alice --relay "$ADDRESS" init alice >"$OUT" || ok 1 "alice registers"
for i in $(seq "$READERS"); do
	t "bob$i" --relay "$ADDRESS" init "bob$i" >"$OUT" &&
	    t alice add "bob$i" >"$OUT" && t "bob$i" accept alice >"$OUT" &&
	    t alice --timeout 300s publish --to "bob$i" pattern:300 >"$OUT" \
	    2>&1 || ok 1 "bob$i has a film"
done

held() { # KiB of the relay and its signer
	for _pid in $RELAY $(ps -o pid= --ppid "$RELAY"); do
		sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' \
		    "/proc/$_pid/status" 2>/dev/null
	done | awk '{ n += $1 } END { print n + 0 }'
}
shows=
watch() { # watch I: begins anew when its connection was cut and it ended
	tb "bob$1" --sink none --timeout 60m play 1 >"$STAGE/said$1" 2>&1
	shows="$shows $BG"
}
for i in $(seq "$READERS"); do
	watch "$i"
done
sleep 5
first=$(held) most=0
echo "# the relay holds $first KiB with $READERS readers"
end=$((SECONDS + SECS))
stops=0
while [ $SECONDS -lt $end ]; do
	for pid in $shows; do
		[ $((RANDOM % 4)) != 0 ] && kill -STOP "$pid" 2>/dev/null &&
		    stops=$((stops + 1))
	done
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		now=$(held)
		[ "$now" -le $most ] || most=$now
		sleep 0.2
	done
	for pid in $shows; do
		kill -CONT "$pid" 2>/dev/null
	done
	sleep 0.5
done
[ "$most" -gt 0 ] &&
    [ "$most" -le $((first + READERS * ROOM)) ]
ok $? "stopped $stops times, the relay holds $most KiB at most (T56)"

# --- all of them at once, until the relay gives them up ---

for pid in $shows; do
	kill -STOP "$pid" 2>/dev/null
done
[ "$SECS" -lt 120 ] || sleep 100
now=$(held)
[ "$now" -le $((first + READERS * ROOM)) ]
ok $? "all of them stopped: $now KiB"
for pid in $shows; do
	kill -CONT "$pid" 2>/dev/null
done
alive=0
for pid in $shows; do
	kill -0 "$pid" 2>/dev/null && alive=$((alive + 1))
done
same "nobody's client has ended" "$alive" "$READERS"
has "and the relay still answers" "$(t alice status)" 'waiting +0 not'
stage_done
