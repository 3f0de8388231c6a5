#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
# limit: 900
#
# Backup and restore as tacetd(8) describes them: stop, copy the folder, start.
# The disk is lost, the copy is put back: the same relay for everybody, but it
# says that it was restored, and what only the lost disk had comes again from
# the clients, once. The copy holds nothing that can be read. When it lacks what
# clients have seen of the directory they stop, until it begins anew.

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage

# relay_copy FROM TO: what the page says, word for word but for the paths
relay_copy() {
	tar -C "$STAGE" -cpf "$STAGE/backup.tar" "$1" && mkdir "$STAGE/$2" &&
	    tar -C "$STAGE/$2" -xpf "$STAGE/backup.tar"
}
# there WHO WHOM TEXT: it has arrived, after at most ten looks
there() {
	for _i in 1 2 3 4 5 6 7 8 9 10; do
		t "$1" history "$2" 50 2>/dev/null | grep -qF "$3" && return
		t "$1" --timeout 3s doctor >/dev/null 2>&1
	done
	t "$1" history "$2" 50 2>&1 | sed 's/^/# /'
	return 1
}
# hears WHO REGEX: it is said in a session of its own
hears() {
	rm -f "$STAGE/in"
	mkfifo "$STAGE/in"
	pass_put
	"$BIN/tacet" --profile "$1" --passphrase-fd 5 run --json \
	    <>"$STAGE/in" 5<"$STAGE/pass" >"$STAGE/out" 2>&1 &
	_pid=$!
	PIDS="$PIDS $_pid"
	until_true 60 grep -qE -- "$2" "$STAGE/out"
	_rc=$?
	echo quit >"$STAGE/in"
	wait $_pid
	[ $_rc = 0 ] || sed 's/^/# /' "$STAGE/out"
	return $_rc
}
count() { # count WHO WHOM TEXT: how often it is there
	t "$1" history "$2" 50 | grep -cF "$3"
}

relay_start relay || { ok 1 "the relay starts"; stage_done; }
pin=$(echo "$ADDRESS" | sed 's/?.*//')
t alice --relay "$ADDRESS" init alice >/dev/null 2>&1
ok $? "alice registers"
t bob --relay "$(relay_invite relay)" init bob >/dev/null 2>&1
ok $? "so does bob"
t alice --timeout 20s add bob >/dev/null 2>&1
t bob --timeout 20s accept alice >/dev/null 2>&1
ok $? "bob accepts alice"
t alice --wait relay --timeout 20s send bob 'before the backup' >/dev/null 2>&1
there bob alice 'before the backup'
ok $? "a message before the backup arrives"
for_dave=$(relay_invite relay)

# --- the backup ---

relay_stop "$RELAY"
relay_copy relay saved
ok $? "the folder of the stopped relay is copied"
same "owner and modes are in it" "$(cd "$STAGE/saved/relay" &&
    stat -c '%a %n' . keys tacetd.db blobs | tr '\n' ' ')" \
    "700 . 600 keys 600 tacetd.db 700 blobs "
! grep -rqaF 'before the backup' "$STAGE/saved" "$STAGE/backup.tar"
ok $? "no text can be read in it"
relay_start relay
same "after it the relay has the same address" "$ADDRESS" "$pin"
! grep -q 'folder is a copy' "$STAGE/relay.log"
ok $? "and does not take itself for a copy"

# --- what comes after the backup ---

# nobody registers meanwhile: what then becomes of a backup is shown at the end
for i in 1 2 3; do
	t alice --wait relay --timeout 20s send bob "after the backup $i" \
	    >/dev/null 2>&1
done
same "three messages are on the relay" \
    "$(t alice history bob 50 | grep -c 'after the backup .*on relay')" 3

# --- the disk is lost, the copy put back ---

relay_stop "$RELAY" KILL
rm -rf "${STAGE:?}/relay"
cp -a "$STAGE/saved/relay" "$STAGE/relay"
: >"$STAGE/relay.log"
relay_start relay
same "the restored relay has the same address" "$ADDRESS" "$pin"
has "it sees that its folder is a copy" "$(cat "$STAGE/relay.log")" \
    'the data folder is a copy: clients are told to compare'
there bob alice 'before the backup'
ok $? "bob has what he had"
hears alice '"event":"notice".*restored from a backup'
ok $? "alice is told that the relay was restored"
# her screen about it, on a terminal
if command -v tmux >/dev/null; then
	screen_new alice 80 24 \
	    "exec $BIN/tacet --profile alice --bell none"
	see "alice is asked for the passphrase" alice 'passphrase:'
	screen_line alice "$PASS"
	see "alice is online" alice 'alice +online'
	screen_line alice '/view notices'
	see "a notice says it, and the key" alice 'Enter tells more'
	screen_key alice Enter
	see "Enter opens the screen about it" alice \
	    'The relay at 127.0.0.1 was restored from a backup'
	see "what was done" alice '[34] messages that no device had confirmed'
	see "what to do" alice 'Nothing, as a rule'
	see "all of it is there again" alice 'all of yours is on the relay'
	screen_shot alice restored
	screen_key alice C-q
	until_true 60 screen_gone alice
	ok $? "alice leaves"
else
	tap_skip "no tmux: the screen about it is not looked at"
fi
for i in 1 2 3; do
	there bob alice "after the backup $i"
	ok $? "message $i, lost with the disk, comes again"
done
t alice --timeout 3s doctor >/dev/null 2>&1
for text in 'before the backup' 'after the backup 1' 'after the backup 2' \
    'after the backup 3'; do
	same "bob sees '$text' once" "$(count bob alice "$text")" 1
done
t bob --wait relay --timeout 20s send alice 'and on we go' >/dev/null 2>&1
there alice bob 'and on we go'
ok $? "they talk on"
t dave --relay "$for_dave" init dave >/dev/null 2>&1
ok $? "an invite from before the backup is good"

# --- only a part is put back: the file system shows nothing of it ---

relay_stop "$RELAY"
cp "$STAGE/saved/relay/tacetd.db" "$STAGE/relay/tacetd.db"
"$BIN/tacetd" --data "$STAGE/relay" --listen 127.0.0.1 --port 0 \
    --metrics off >/dev/null 2>"$STAGE/err"
same "a database behind the signer does not start" "$?" 1
has "it says what to do" "$(cat "$STAGE/err")" \
    'older than the directory.s last signed head .*restore a newer one'
cp "$STAGE/saved/relay/signer/signed" "$STAGE/relay/signer/signed"
sed -i d "$STAGE/relay.log"
has "said by hand" \
    "$("$BIN/tacetd" --data "$STAGE/relay" restored 2>&1)" 'compare'
relay_start relay
t dave --timeout 5s doctor >"$STAGE/out" 2>&1
has "who came later is told again" "$(cat "$STAGE/out")" \
    'does not know|not know|register'

# --- a backup that lacks what clients have seen of the directory ---

t carol --relay "$(relay_invite relay)" init carol >/dev/null 2>&1
ok $? "carol registers after the backup"
t alice --wait relay --timeout 20s send bob 'carol is here' >/dev/null 2>&1
t alice --timeout 5s person carol >/dev/null 2>&1
t alice --timeout 10s add carol >/dev/null 2>&1
has "alice has seen the directory with carol in it" \
    "$(t alice --timeout 5s status 2>&1)" 'directory.*proven, 3 entries'
relay_stop "$RELAY" KILL
rm -rf "${STAGE:?}/relay"
cp -a "$STAGE/saved/relay" "$STAGE/relay"
relay_start relay
hears alice 'directory went back from 3 entries to 2'
ok $? "who saw the longer directory says that it went back"
! t alice --wait relay --timeout 6s send bob 'into the dark' \
    >"$STAGE/out" 2>&1
ok $? "and sends nothing"
has "which shows" "$(t alice history bob 5)" 'into the dark.*(waiting|sealed)'
has "nor does status call it good" "$(t alice --timeout 5s status 2>&1)" \
    'directory.*does not prove'

# --- the directory begins anew, and each person takes the new address ---

has "not while the relay serves" \
    "$("$BIN/tacetd" --data "$STAGE/relay" new-directory 2>&1)" 'stop it first'
relay_stop "$RELAY"
port=$(cat "$STAGE/relay.port")
new=$("$BIN/tacetd" --data "$STAGE/relay" --public 127.0.0.1 --port "$port" \
    new-directory 2>&1 | grep -o 'tacet://[^ ]*')
[ -n "$new" ] && [ "$new" != "$pin" ]
ok $? "the directory begins anew, under a new address"
relay_start relay
same "which the relay has from now on" "$ADDRESS" "$new"
hears bob 'another key than the one that its address'
ok $? "without it the new head key is refused, with its sentence"
other=$(printf '%s\n' "$new" | sed 's|/[a-z2-7]\{4\}|/aaaa|')
has "no other relay gets in by this" "$(t bob address "$other" 2>&1)" \
    'another relay'
for who in alice bob; do
	t $who address "$new" >"$STAGE/out" 2>&1
	ok $? "$who takes the new address"
done
t alice --timeout 10s doctor >/dev/null 2>&1
has "and what had waited is sent" "$(t alice history bob 5)" \
    'into the dark.*(on relay|at device)'
there bob alice 'into the dark'
ok $? "and arrives"
t bob --wait relay --timeout 20s send alice 'light again' >/dev/null 2>&1
there alice bob 'light again'
ok $? "they talk on"
has "the new directory is proven" "$(t alice --timeout 5s status 2>&1)" \
    'directory.*proven'
stage_done
