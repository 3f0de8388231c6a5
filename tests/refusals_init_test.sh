#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The first run refused: names, invites, addresses, passphrases, relays that
# take nobody or are not there. After each refusal the same profile can be
# registered by doing what the sentence says.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

init() { # init NAME ADDRESS [option...]
	_n=$1 _a=$2; shift 2
	t "$_n" --relay "$_a" "$@" init "$_n"
}

relay_start relay || { ok 1 "the relay starts"; stage_done; }
FIRST=$ADDRESS
BARE=${FIRST%%\?*}

# --- what is wrong before the relay is asked ---

refused "no relay" 2 'relay is missing: tacet init alice --relay ADDRESS' \
    t alice init alice
refused "no such scheme" 2 'starts with tacet://.*--relay' \
    init alice https://example.org
refused "an address without its key" 2 'key is missing.*tacet://HOST:PORT/KEY' \
    init alice tacet://127.0.0.1:8223
refused "an address cut short" 2 'cut or mistyped: copy the whole address' \
    init alice "${BARE%???}"
refused "an invite cut short" 2 'invite is cut or mistyped: copy it again' \
    init alice "${FIRST%?}"
refused "an invite mistyped" 1 'the invite is not valid.*tacetd invite' \
    init alice "$BARE?invite=$(echo "${FIRST##*=}" | sed 's/^a/b/; t
	s/^./a/')"
refused "a name with a blank" 2 'Alice B can.t be a name: small letters' \
    t alice --relay "$FIRST" init 'Alice B'
refused "a name too long" 2 'at most 32' \
    t alice --relay "$FIRST" init a23456789012345678901234567890123
PASS=short
refused "a passphrase too short" 2 'needs [0-9]+ characters or more' \
    init fresh "$FIRST"
PASS=correct-horse-$$

# --- what the relay refuses; the invite is not spent by it ---

refused "no invite" 1 'by invite only: ask its operator.*tacetd invite' \
    init alice "$BARE"
works "the same profile, with an invite" init alice "$FIRST"
refused "there is an account already" 1 'alice; another one: --profile NAME' \
    t alice --relay "$FIRST" init alice2
refused "an invite spent" 1 'invite is not valid: it was used.*tacetd invite' \
    init bob "$FIRST"
SECOND=$(relay_invite relay)
refused "a name taken" 1 'name alice is taken.*choose another.*tacet init' \
    t bob --relay "$SECOND" init alice
works "another name, with the invite that was not spent" init bob "$SECOND"
GONE=$(relay_invite relay)
"$BIN/tacetd" --data "$STAGE/relay" revoke "$GONE" >"$OUT"
refused "an invite revoked" 1 'invite is not valid.*was revoked' \
    init carol "$GONE"
relay_stop $RELAY
if PRELOAD=$(faketime -f +0 sh -c 'echo $LD_PRELOAD' 2>"$ERR"); then
	relay_start late
	OLD=$ADDRESS
	relay_stop $RELAY
	ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$PRELOAD FAKETIME=+8d relay_start late
	OLD=$(echo "$OLD" | sed "s|:[0-9][0-9]*/|:$(cat "$STAGE/late.port")/|")
	refused "an invite that has expired" 1 'not valid.*has expired' \
	    init carol "$OLD"
	relay_stop $RELAY
else
	ok 0 "an invite that has expired # SKIP needs faketime"
fi
relay_start relay
THIRD=$(relay_invite relay)
relay_stop $RELAY
relay_start relay --registration closed
refused "registration closed" 1 'takes no new accounts: ask its operator' \
    init carol "$THIRD"
relay_stop $RELAY

# --- a relay that is not there, or another one ---

refused "nobody answers: kept for later" 4 \
    'connection refused.*kept here.*registered when tacet next runs' \
    init carol "$THIRD" --timeout 2s
relay_start relay
works "and registered by the next verb" t carol status
has "under that name" "$(cat "$OUT")" 'account +carol'
OTHER=$(relay_invite relay)
mkfifo "$STAGE/wait"
exec 8<>"$STAGE/wait"
tb erin init erin <"$STAGE/wait" >"$OUT" 2>"$ERR" 8>&-
sleep 1
kill $BG
until_true 60 sh -c "! kill -0 $BG" || kill -9 $BG
wait $BG 2>"$ERR"
same "init that waits for an address can be ended" $? 143
exec 8>&-
relay_start second --registration open
WRONG=$(echo "$OTHER" | sed "s|:[0-9][0-9]*/|:$(cat "$STAGE/second.port")/|")
refused "a relay with another key" 1 \
    'not registered:.*does not have the key that is pinned' init dave "$WRONG"
works "the right address then registers the same profile" init dave "$OTHER"
works "and alice finds dave there" t alice add dave
has "dave hears of it" "$(t dave notices)" 'alice'
stage_done
