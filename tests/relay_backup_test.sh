#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# Backup and restore as tacetd(8) describes them: stop, copy the folder, start.
# The disk is lost, the copy is put back: the same relay for everybody, but it
# says that it was restored, and what only the lost disk had comes again from
# the clients, once. The copy holds nothing that can be read.

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

# nobody registers meanwhile: to who saw a longer directory it would be a relay
# that takes something back, and they stop (audit_test)
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
sleep 4 | t alice run --json >"$STAGE/out" 2>&1
grep -q '"event":"notice".*restored from a backup' "$STAGE/out"
ok $? "alice is told that the relay was restored"
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
stage_done
