#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# A sanitizer maps terabytes of shadow memory, which a scan would not end in.
#
# Where secrets must not be: arguments, environment, files, logs and the relay's
# folder never hold a passphrase, an invite or a text; the memory of a locked
# client holds none of them any more. Texts and passphrase are marked, and the
# marks are searched for in raw bytes. Each search must find what is there.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

PASS=pass-canary-7f3a91c2
SAID=text-canary-4be0d7
umask 000	# what is private must be so by itself

# memory PID MARK [where]: how often the mark stands in the process, as bytes or
# a letter at a time in cells (ours, curses', wide characters); or in which part
# of it, and between what
memory() {
	python3 - "$@" <<-'EOF'
	import re, sys
	pid, mark, n = sys.argv[1], sys.argv[2].encode(), 0
	where = len(sys.argv) > 3
	def spread(step, zeros):
	    rest = b'\\0' * zeros + b'.{%d}' % (step - 1 - zeros)
	    return rest.join(re.escape(mark[i:i + 1]) for i in range(len(mark)))
	forms = [re.compile(form, re.S) for form in
	    (re.escape(mark), spread(4, 3), spread(28, 3), spread(43, 1))]
	def places(data):
	    return [m.start() for form in forms for m in form.finditer(data)]
	def tell(part, at, data):
	    for i in places(data):
	        print('%s %x: %r' % (part, at + i, data[max(i - 48, 0):i + 80]))
	with open('/proc/%s/maps' % pid) as maps, \
	     open('/proc/%s/mem' % pid, 'rb', 0) as mem:
	    for line in maps:
	        span, mode = line.split()[:2]
	        a, b = (int(x, 16) for x in span.split('-'))
	        if mode[0] != 'r' or '[v' in line:
	            continue
	        part = (line.split() + ['anonymous'])[5]
	        while a < b:
	            size = min(b - a, 1 << 24)
	            try:
	                mem.seek(a)
	                data = mem.read(size)
	            except (OSError, ValueError, OverflowError):
	                break	# guard pages, device memory
	            if where:
	                tell(part, a, data)
	            n += len(places(data))
	            a += size
	if not where:
	    print(n)
	EOF
}
gone() { # gone WHAT PID MARK: it is nowhere in the process
	_n=$(memory "$2" "$3")
	same "$1" "$_n" 0
	[ "$_n" = 0 ] || memory "$2" "$3" where | sed 's/^/# /'
}
found() { # found MARK PATH...: in raw bytes, names included
	_mark=$1; shift
	LC_ALL=C grep -raFl -- "$_mark" "$@" 2>/dev/null
	find "$@" -name "*$_mark*" 2>/dev/null
}

relay_start relay --log-level debug || { ok 1 "the relay starts"; stage_done; }
CODE=${ADDRESS##*invite=}
t alice --relay "$ADDRESS" init alice >"$OUT"
t bob --relay "$(relay_invite relay)" init bob >"$OUT"
t alice add bob "note-canary-11aa" >"$OUT"
has "a note goes with the request" "$(t bob notices)" 'alice'
t bob accept alice >"$OUT"

# --- two running clients, one of them with a screen ---

tb bob watch --json >"$STAGE/bob.json" 2>"$STAGE/bob.err"
BOB=$BG
until_true 60 grep -q '"online"' "$STAGE/bob.json"
pass_put
screen_new alice 80 24 "$BIN/tacet --profile alice --log-level debug"
see "the passphrase is asked for" alice 'passphrase:'
screen_type alice "$PASS"
screen_text alice | grep -q canary
ok $((! $?)) "and not shown"
screen_key alice Enter
see "alice is online" alice 'alice +online'
screen_line alice '/talk bob'
ALICE=$(cat "$XDG_DATA_HOME/tacet/alice/lock")
screen_line alice "$SAID-out"
see "she writes" alice "$SAID-out +at device"
t bob send alice "$SAID-in" >"$OUT"
see "and reads" alice "$SAID-in"
t alice send bob "$SAID-verb" >"$OUT"
screen_type alice "$SAID-draft"
see "and begins to write" alice "$SAID-draft"

# --- arguments and environment ---

for who in "alice $ALICE" "bob $BOB" "relay $RELAY"; do
	set -- $who
	same "no secret in the arguments of $1 (T91)" "$(found canary "/proc/$2/cmdline")" ''
	same "nor in its environment (T91)" "$(found canary "/proc/$2/environ")" ''
	has "no core is dumped of $1" "$(cat "/proc/$2/limits")" \
	    'Max core file size +0 +0 '
done
# What may not be dumped belongs to root in /proc; root itself can't see that of
# its own processes, so it runs them as somebody else.
mkfifo "$STAGE/wait"
exec 8<>"$STAGE/wait"
run_as=
if [ "$(id -u)" = 0 ]; then
	run_as="setpriv --reuid=65534 --regid=65534 --clear-groups"
	OTHERS=$(mktemp -d "/tmp/stage-other.XXXXXX")
	chown 65534 "$OTHERS"
else
	OTHERS=$(mktemp -d "$STAGE/other.XXXXXX")
fi
chmod 700 "$OTHERS"
named() { [ "$(cat "/proc/$_pid/comm")" = "$1" ]; }
roots() { [ "$(stat -c %u "/proc/$_pid/mem")" = 0 ]; }
owner() { # owner COMMAND...: who owns its memory in /proc while it waits
	env XDG_DATA_HOME="$OTHERS" XDG_CONFIG_HOME="$OTHERS" $run_as "$@" \
	    <"$STAGE/wait" >"$OUT" 2>"$ERR" 8>&- &
	_pid=$!
	PIDS="$PIDS $_pid"
	# it is itself by then, and has had the time to close itself
	until_true 60 named "${1##*/}"
	[ "$1" = sleep ] || until_true 20 roots
	stat -c %u "/proc/$_pid/mem" >"$STAGE/owner" 2>"$ERR" || echo ended >"$STAGE/owner"
	kill $_pid 2>"$ERR"; wait $_pid 2>"$ERR"
}
owner sleep 60
if [ "$(cat "$STAGE/owner")" = ended ] || ! $run_as "$BIN/tacet" --version >"$OUT" 2>"$ERR"; then
	ok 0 "no dumps # SKIP programs do not run as another user here"
else
	ok $(($(cat "$STAGE/owner") == 0)) "what may be dumped would be seen"
	owner "$BIN/tacet" --profile dump init dump
	same "tacet may not be dumped or traced by its user" "$(cat "$STAGE/owner")" 0
	owner "$BIN/tacetd" --data "$OTHERS/d" --port 0 --listen 127.0.0.1 \
	    --metrics off
	same "nor tacetd" "$(cat "$STAGE/owner")" 0
fi
rm -rf "$OTHERS"
exec 8>&-
for who in "alice $ALICE" "bob $BOB"; do
	set -- $who
	ok $(($(sed -n 's/^VmLck:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$2/status") == 0)) \
	    "keys of $1 are locked into memory"
done

# --- files ---

modes() { find "$1" \( -type f -o -type s \) ! -perm 0600 -o -type d ! -perm 0700; }
same "every file of the profiles is private, whatever the umask" \
    "$(modes "$XDG_DATA_HOME/tacet/alice"; modes "$XDG_DATA_HOME/tacet/bob")" ''
same "so is every one of the relay's" "$(modes "$STAGE/relay")" ''
echo "$SAID" >"$XDG_DATA_HOME/tacet/alice/planted"
same "a mark in a file would be found" \
    "$(found "$SAID" "$XDG_DATA_HOME")" "$XDG_DATA_HOME/tacet/alice/planted"
rm "$XDG_DATA_HOME/tacet/alice/planted"
ls "$XDG_DATA_HOME/tacet/alice"/*-wal >/dev/null 2>&1
ok $? "the stores are open, with what is not yet checkpointed"
same "no text, note or passphrase in the profiles" \
    "$(found canary "$XDG_DATA_HOME" "$XDG_CONFIG_HOME")" ''
same "nor in the relay's folder (T18)" "$(found canary "$STAGE/relay")" ''
same "nor in its log (T18)" "$(found canary "$STAGE/relay.log" "$STAGE/relay.out")" ''
ok $(($(wc -l <"$STAGE/relay.log") < 5)) "which says something"
same "no invite either" "$(found "$CODE" "$XDG_DATA_HOME" "$STAGE/relay" \
    "$STAGE/relay.log")" ''
same "nobody's name in the relay's log" \
    "$(grep -cE 'alice|bob' "$STAGE/relay.log")" 0

# --- memory ---

if ! command -v python3 >/dev/null || ! memory $ALICE tacet >"$OUT" 2>"$ERR"; then
	ok 0 "memory of a locked client # SKIP $(tail -n 1 "$ERR" | head -c 80)"
	screen_key alice C-q
	stage_done
fi
ok $(($(memory $ALICE "$SAID-in") == 0)) "an open client has texts in memory"
ok $(($(memory $ALICE "$SAID-draft") < 3)) "and what is typed in the cells of its screen"
gone "but not the passphrase" $ALICE "$PASS"
gone "the relay has none of it, ever (T18)" $RELAY canary
# what is drawn anew leaves old cells and curses' own output behind
screen_size alice 120 30
see "on another screen" alice "$SAID-draft"
screen_size alice 80 24
see "and the first again" alice "$SAID-draft"
screen_key alice C-l
screen_key alice M-k
see "alice locks" alice 'passphrase:'
for mark in "$SAID-in" "$SAID-out" "$SAID-verb" "$SAID-draft" note-canary "$PASS"; do
	gone "$mark has left the memory" $ALICE "$mark"
done
screen_text alice | grep -q canary
ok $((! $?)) "and the screen"
refused "a locked client does nothing for a verb" 3 'locked: unlock it there' \
    t alice history bob
screen_line alice "$PASS"
see "unlocked" alice 'alice +online'
screen_line alice '/talk bob'
see "all is there" alice "$SAID-in"
see "the draft too" alice "$SAID-draft"
screen_key alice C-u
screen_key alice C-q
until_true 60 screen_gone alice
screen_new after 80 24 "cat '$STAGE/bob.err'; sleep 10"
kill $BOB; wait $BOB 2>/dev/null
same "closed, the profiles hold nothing in clear" \
    "$(found canary "$XDG_DATA_HOME")" ''
stage_done
