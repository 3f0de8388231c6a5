#!/bin/sh
# SPDX-License-Identifier: ISC
# variant: test
#
# Keeps the floors apart (the table BELOW), foreign libraries in their files
# (HOME_OF), and the house in order: no threads, no writable globals, one
# header per floor, names once, files short. One rule, one line of TAP.
# `floors.sh --self` builds a small house, breaks each rule in it once and
# proves that exactly this rule goes red.
#
# environment: ROOT (the tree), OBJ (its release build, build/rel)

set -u
export LC_ALL=C
self=$(cd "$(dirname "$0")" && pwd)/floors.sh
ROOT=${ROOT:-$(dirname "$self")/..}
if [ -n "${TACET_BIN:-}" ]; then
	OBJ=${OBJ:-$(dirname "$TACET_BIN")/rel}
fi
cd "$ROOT" || exit 1
OBJ=${OBJ:-$PWD/build/rel}

# folder: the floors whose headers its files may include, besides its own
BELOW='
shared/base:
shared/wire: base
shared/crypto: base
shared/db: base
shared/media: base
shared/mls: base crypto
shared/ident: base wire crypto
shared/link: base wire crypto db media mls ident
tui/client: base wire crypto db media mls ident link
tui/cmd: base wire crypto db media mls ident link client
tui/face: base wire crypto db media mls ident link client cmd
tui: base wire crypto db media mls ident link client cmd face
tui/media: base media
relay: base wire crypto db mls ident link
'

# a foreign header (regular expression): the files that may include it
HOME_OF='
sodium([/_].*)?[.]h	shared/crypto/seal(_[a-z0-9]+)?[.]c
sqlite3(ext)?[.]h	(shared/db/db(_[a-z0-9]+)?|tests/bench/bare)[.]c
(ncursesw/|ncurses/)?(n?curses|term|panel|unctrl)[.]h	tui/face/(ui|input)[.]c
qrencode[.]h	tui/face/qr[.]c
(event2/.*|event|evdns|evutil)[.]h	shared/link/[a-z0-9_]+[.][ch]
(seccomp|linux/(seccomp|filter|audit|bpf))[.]h	(shared/base/jail|tests/[a-z_]+)[.]c
lib(av(codec|format|util)|sw(scale|resample))/.*[.]h	tui/media/source(_[a-z]+)?[.]c
turbojpeg[.]h	(tui/media/jpeg|tests/bench/[a-z_]+)[.]c
opus[.]h	tui/media/opus[.]c
(SDL2/)?SDL(_[a-z]+)?[.]h	tui/media/window[.]c
(portaudio|alsa/asoundlib)[.]h	tui/media/speaker[.]c
chafa[.]h	(tui/media/pixels|tests/bench/[a-z_]+)[.]c
jansson[.]h	tests/.*
vterm(_keycodes)?[.]h	tests/.*
valgrind/memcheck[.]h	shared/base/mem[.]c
'

# headers of the C library and the kernel; pthread.h and threads.h are not
# among them, and neither is a library that nobody has put into the table
SYSTEM='(assert|ctype|dirent|dlfcn|endian|err|errno|fcntl|fenv|float|ftw|getopt|glob|grp'
SYSTEM=$SYSTEM'|ifaddrs|inttypes|langinfo|libgen|limits|locale|malloc|math'
SYSTEM=$SYSTEM'|netdb|paths|poll|pty|pwd|regex|sched|setjmp|signal|spawn'
SYSTEM=$SYSTEM'|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn'
SYSTEM=$SYSTEM'|string|strings|syslog|termios|time|uchar|unistd|utmp|wait|wchar'
SYSTEM=$SYSTEM'|wctype|cpuid|elf|link|arpa/inet|net/if|netinet/(in|tcp|ip|udp)'
SYSTEM=$SYSTEM'|linux/[a-z_0-9]+|sys/[a-z_0-9]+)[.]h'

TOP='LICENSE Makefile README.md contrib man relay shared tests tui'

# --- the tree, read once ---------------------------------------------------

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

files() {
	find shared tui relay tests contrib man .ci -type f \
	    ! -path '*/node_modules/*' ! -path 'tests/data/*' \
	    ! -path 'tests/fuzz/corpus/*' 2>/dev/null | sort
}

# file, kind (" or <), header
includes() {
	files | grep -E '[.](c|h|def)$' | xargs -r awk '
	/^[ \t]*#[ \t]*include/ {
		s = $0
		sub(/^[ \t]*#[ \t]*include[ \t]*/, "", s)
		kind = substr(s, 1, 1)
		s = substr(s, 2)
		sub(/[">].*/, "", s)
		print FILENAME "\t" kind "\t" s
	}'
}

files >"$tmp/files"
includes >"$tmp/includes"

# --- the rules: each prints what breaks it ---------------------------------

# A floor includes its own folder and the floors below, by plain name.
rule_look_down() {
	awk -F '\t' -v below="$BELOW" '
	BEGIN {
		n = split(below, row, "\n")
		for (i = 1; i <= n; i++) {
			if (split(row[i], part, ":") < 2) continue
			m = split(part[2], f, " ")
			known[part[1]] = 1
			for (j = 1; j <= m; j++) may[part[1], f[j]] = 1
		}
	}
	function dir(p) { sub(/\/[^\/]*$/, "", p); return p }
	function base(p) { sub(/.*\//, "", p); return p }
	FNR == NR {
		if ($1 ~ /[.](h|def)$/ && $1 !~ /^tests\//) {
			own[$1] = 1
			where[base($1)] = where[base($1)] " " base(dir($1))
		}
		next
	}
	$1 ~ /^tests\// || $1 ~ /^contrib\// || $2 != "\"" { next }
	!(dir($1) in known) { print $1 " lies on no floor"; next }
	((dir($1) "/" $3) in own) { next }
	!($3 in where) { print $1 " includes " $3 ", which no floor has"; next }
	{
		good = 0
		n = split(where[$3], w, " ")
		for (i = 1; i <= n; i++)
			if ((dir($1), w[i]) in may) good = 1
		if (!good)
			print $1 " includes " $3 " of" where[$3]
	}' "$tmp/files" "$tmp/includes"
}

# A floor shows one header, named like it; a further one is for its own files
# (and its tests) only. tui/media is a program and shows nothing to anybody.
rule_one_header() {
	echo "$BELOW" | sed -n 's/^\([^:]*\):.*/\1/p' | while read -r d; do
		[ "$d" != tui ] && ls "$d"/*.c >/dev/null 2>&1 || continue
		[ -f "$d/${d##*/}.h" ] || [ "$d" = tui/media ] ||
		    echo "$d has no ${d##*/}.h"
		for h in "$d"/*.h; do
			[ "$h" != "$d/${d##*/}.h" ] && [ -f "$h" ] || continue
			awk -F '\t' -v h="$h" -v name="${h##*/}" -v own="$d/" '
			$3 == name && index($1, own) != 1 &&
			    $1 !~ /^tests\// {
				print $1 " includes " h ", which is private"
			}' "$tmp/includes"
		done
	done
}

rule_foreign() {
	awk -F '\t' -v table="$HOME_OF" -v system_h="^$SYSTEM\$" '
	BEGIN {
		n = split(table, row, "\n")
		for (i = 1; i <= n; i++)
			if (split(row[i], part, "\t") == 2) {
				pat[++rows] = "^" part[1] "$"
				home[rows] = "^" part[2] "$"
			}
	}
	function judge(file, header,    i, hit) {
		for (i = 1; i <= rows; i++) {
			if (header !~ pat[i]) continue
			hit = 1
			if (file !~ home[i])
				print file " includes <" header \
				    ">, which belongs in " \
				    substr(home[i], 2, length(home[i]) - 2)
		}
		if (!hit && header !~ system_h && file !~ /^contrib\//)
			print file " includes <" header \
			    ">, a library nobody has placed"
	}
	# x/y.h is private to floor x unless it is x/x.h
	function private(f) {
		return f ~ /^(shared|tui|relay)\/.*[.]h$/ && !shown(f)
	}
	function shown(f,    n, p) {
		n = split(f, p, "/")
		return p[n] == p[n - 1] ".h"
	}
	function dir(f) { sub(/[^\/]*$/, "", f); return f }
	# first pass: what private headers bring in
	FNR == NR {
		if ($2 == "<" && private($1)) brings[$1] = brings[$1] " " $3
		next
	}
	$2 == "\"" {
		n = split(brings[dir($1) $3], more, " ")
		for (j = 1; j <= n; j++) judge($1, more[j])
		next
	}
	$3 ~ /^(pthread|threads)[.]h$/ || private($1) { next }
	{ judge($1, $3) }
	' "$tmp/includes" "$tmp/includes"
}

rule_no_threads() {
	awk -F '\t' '$3 ~ /^(pthread|threads|stdatomic)[.]h$/ {
		print $1 " includes <" $3 ">"
	}' "$tmp/includes"
	grep -E '^(shared|tui|relay)/.*[.][ch]$' "$tmp/files" |
	    xargs -r grep -nE '\<(_Thread_local|__thread|thread_local)\>' \
	    /dev/null
	objects | xargs -r nm -A -u 2>/dev/null |
	    grep -E ' U (pthread_create|thrd_create|clone3?)(@|$)'
}

objects() {
	find "$OBJ/obj/shared" "$OBJ/obj/tui" "$OBJ/obj/relay" -name '*.o' \
	    2>/dev/null
}

# Constants with addresses in them lie in .data.rel.ro: read-only once loaded.
rule_no_globals() {
	objects | xargs -r objdump -t 2>/dev/null | awk '
	/file format/ { file = $1; sub(/:$/, "", file); next }
	{
		# value, 7 characters of flags, section, size, name
		split(substr($0, 26), f, /[ \t]+/)
		if (f[1] !~ /^([*]COM[*]|[.](data|bss|tdata|tbss)([.].*)?)$/ ||
		    f[1] ~ /^[.]data[.]rel[.]ro/ || f[2] ~ /^0+$/)
			next
		print file ": " f[3] " lies in " f[1]
	}'
}

# The build that the two rules above look at is whole and a release.
rule_release() {
	grep -E '^(shared|tui|relay)/.*[.]c$' "$tmp/files" |
	    while read -r f; do
		o=$OBJ/obj/${f%.c}.o
		if [ ! -f "$o" ]; then
			echo "$f is not built: run make all"
		elif [ "$f" -nt "$o" ]; then
			echo "$f is newer than its object: run make all"
		fi
	done
	! grep -s TACET_TEST "$OBJ/flags" || echo "TACET_TEST is defined"
	for p in tacet tacetd tacet-media; do
		[ -f "$OBJ/$p" ] || continue
		! nm "$OBJ/$p" | grep -iE ' [a-z] (test|crash)_point' ||
		    echo "$p has crash points"
	done
}

# The relay's program is linked with nothing that draws, plays or decodes.
rule_relay_links() {
	[ -f "$OBJ/tacetd" ] || return 0
	readelf -d "$OBJ/tacetd" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
	    grep -vE '^(libc|libm|libsqlite3|libseccomp|ld-linux.*)[.]so' |
	    grep -vE '^libevent(_core|_extra)?-' |
	    sed 's/^/tacetd needs /'
}

# options have one table per program, each by that name
rule_names_once() {
	grep -E '[.](c|h|def|sh|mjs)$' "$tmp/files" |
	    grep -vE '/option[.]def$' | sed 's,.*/,,' | sort | uniq -d |
	    while read -r n; do
		echo "$n: $(grep "/$n\$" "$tmp/files" | tr '\n' ' ')"
	done
}

rule_top_level() {
	for f in * .ci; do
		case " $TOP .ci build " in
		*" $f "*) ;;
		*) echo "$f does not belong there" ;;
		esac
	done
	for f in $TOP .ci; do
		[ -e "$f" ] || echo "$f is missing"
	done
}

rule_short_files() {
	grep -E '[.](c|h|sh|mjs)$|/(run|check)$' "$tmp/files" |
	    xargs -r wc -l | awk '$2 != "total" && $1 > 500 {
		print $2 " has " $1 " lines"
	}'
}

rule_licence() {
	grep -E '[.](c|h|def|sh|mjs)$|/(run|check)$' "$tmp/files" |
	    while read -r f; do
		head -n 2 "$f" | grep -q 'SPDX-License-Identifier: ISC' ||
		    echo "$f"
	done
}

# The mirror and the registry are what the system is set up with.
rule_no_hosts() {
	{ cat "$tmp/files"; ls Makefile README.md; } 2>/dev/null |
	    xargs -r grep -nIE \
	    '(deb|security|snapshot|ftp)[.]debian[.]|registry[.][a-z]|"resolve[d]": *"http' \
	    /dev/null | cut -c 1-100
}

RULES='look_down one_header foreign no_threads no_globals release relay_links
names_once top_level short_files licence no_hosts'

text_of() {
	case $1 in
	look_down) echo "a floor includes only floors below" ;;
	one_header) echo "a floor shows one header, of its own name" ;;
	foreign) echo "a foreign library stays in its file" ;;
	no_threads) echo "no threads" ;;
	no_globals) echo "no writable globals in the release" ;;
	release) echo "the release is whole and knows no TACET_TEST" ;;
	relay_links) echo "the relay links nothing that draws or plays" ;;
	names_once) echo "a file name occurs once" ;;
	top_level) echo "the top level is as it was fixed" ;;
	short_files) echo "files have at most 500 lines" ;;
	licence) echo "every file says its licence" ;;
	no_hosts) echo "no mirror or registry is named" ;;
	esac
}

run_rules() {
	i=0 bad=0
	for r in $RULES; do
		i=$((i + 1))
		case $r in
		no_globals | release | relay_links)
			if [ ! -d "$OBJ/obj" ]; then
				echo "ok $i # SKIP no release build: run make"
				continue
			fi ;;
		esac
		"rule_$r" >"$tmp/out"
		if [ -s "$tmp/out" ]; then
			bad=$((bad + 1))
			echo "not ok $i - $(text_of "$r") [$r]"
			head -n 20 "$tmp/out" | sed 's/^/# /'
		else
			echo "ok $i - $(text_of "$r") [$r]"
		fi
	done
	echo "1..$i"
	[ "$bad" = 0 ]
}

# --- the rules can fail ------------------------------------------------------

# file path line...: a file with a licence and these lines
file() {
	f=$1
	shift
	echo '/* SPDX-License-Identifier: ISC */' >"$f"
	[ $# = 0 ] || printf '%s\n' "$@" >>"$f"
}

# A small house in which every rule is kept, built as the Makefile does it.
house() {
	mkdir -p .ci contrib man tests build/rel
	touch Makefile README.md LICENSE
	echo "$BELOW" | sed -n 's/^\([^:]*\):.*/\1/p' | while read -r d; do
		n=${d##*/}
		[ "$d" != tui/media ] && [ "$n" != tui ] || continue
		mkdir -p "$d"
		file "$d/$n.h"
		file "$d/${n}_a.c" "#include \"$n.h\"" "int ${n}_a(void);" \
		    int "${n}_a(void)" "{ return 0; }"
	done
	file tui/tacet.c '#include "face.h"' int 'main(void) { return 0; }'
	file relay/tacetd.c '#include "relay.h"' int 'main(void) { return 0; }'
	file tests/base_a_test.c '#include "base.h"' '#include <jansson.h>'
	for f in $(find shared tui relay -name '*.c'); do
		compile "$f"
	done
	cc -o build/rel/tacetd build/rel/obj/relay/tacetd.o
	echo cc -O2 >build/rel/flags
}

compile() {
	mkdir -p "build/rel/obj/$(dirname "$1")"
	cc -w -fPIE $(find shared tui relay -type d -printf '-I%p ') \
	    -c -o "build/rel/obj/${1%.c}.o" "$1"
}

fresh() {
	cd "$tmp" || exit
	rm -rf house
	cp -a clean house
	cd house || exit
}

# verdict rule what: the rule, and no other, is red in the house
verdict() {
	red=$(ROOT=$PWD OBJ=$PWD/build/rel TACET_BIN='' sh "$self" |
	    sed -n 's/^not ok.*\[\(.*\)\]$/\1/p' | tr '\n' ' ')
	i=$((i + 1))
	if [ "$red" = "${1:+$1 }" ]; then
		echo "ok $i - $2: red is ${1:-nothing}"
	else
		echo "not ok $i - $2: red is '$red', not '$1'"
		bad=$((bad + 1))
	fi
}

# plant rule file line...: adds lines to a file of a fresh house
plant() {
	want=$1 f=$2
	shift 2
	fresh
	[ -f "$f" ] || file "$f"
	[ $# = 0 ] || printf '%s\n' "$@" >>"$f"
	case $f in shared/*.c | tui/*.c | relay/*.c) compile "$f" ;; esac
	verdict "$want" "$f"
}

run_self() {
	i=0 bad=0
	mkdir "$tmp/clean"
	(cd "$tmp/clean" && house)
	plant '' shared/base/base_b.c
	plant look_down shared/base/base_a.c '#include "wire.h"'
	plant look_down shared/wire/wire_a.c '#include "crypto.h"'
	plant look_down shared/link/link_a.c '#include "../../tui/face/face.h"'
	plant look_down shared/mls/mls_a.c '#include "ident.h"'
	plant look_down tui/client/client_a.c '#include "cmd.h"'
	plant look_down relay/relay_a.c '#include "client.h"'
	plant look_down tui/tacet.c '#include "relay.h"'
	plant look_down relay/relay_a.c '#include "media.h"'
	plant look_down shared/media/media_a.c '#include "crypto.h"'
	plant foreign shared/base/base_a.c '#include <event2/event.h>'
	plant foreign tui/client/client_a.c '#include <sqlite3.h>'
	plant foreign shared/crypto/noise.c '#include <sys/types.h>' \
	    '#include <curses.h>'
	plant foreign shared/wire/wire_a.c '#include <mntent.h>'
	plant foreign tui/cmd/cmd_a.c '#include <jansson.h>'
	plant foreign shared/media/media_a.c '#include <turbojpeg.h>'
	plant foreign tests/seal_test.c '#include <sodium.h>'
	plant foreign tui/face/face.h '#include <curses.h>'
	fresh
	file tui/face/ui_own.h '#include <curses.h>'
	file tui/face/ui.c '#include "ui_own.h"'
	compile tui/face/ui.c
	verdict '' "curses through a private header"
	echo '#include "ui_own.h"' >>tui/face/face_a.c
	compile tui/face/face_a.c
	verdict foreign "a private header brings curses elsewhere"
	plant no_threads tui/face/face_a.c '#include <pthread.h>'
	plant no_threads tui/face/face_a.c '#include <threads.h>'
	plant no_threads relay/relay_a.c 'int pthread_create(void);' \
	    'int x(void);' 'int x(void) { return pthread_create(); }'
	plant no_globals relay/relay_a.c 'int counter;'
	plant no_globals shared/db/db_a.c 'static int n = 3;' \
	    'int *db_n(void);' 'int *db_n(void) { return &n; }'
	plant no_globals shared/mls/mls_a.c 'int *mls_n(void);' \
	    'int *mls_n(void) { static int seen; return &seen; }'
	plant '' shared/mls/mls_a.c \
	    'const char *const mls_names[] = { "a", "b" };'
	plant names_once tui/cmd/base_a.c
	plant top_level notes.txt
	plant short_files tests/long_test.c "$(seq -f '/* %g */' 501)"
	plant no_hosts contrib/x.sh "# http://deb"."debian."org

	fresh
	file shared/base/inside.h
	echo '#include "inside.h"' >>shared/base/base_a.c
	compile shared/base/base_a.c
	verdict '' "a private header"
	echo '#include "inside.h"' >>shared/wire/wire_a.c
	compile shared/wire/wire_a.c
	verdict one_header "a private header seen from above"
	fresh
	rm shared/db/db.h
	sed -i '/include/d' shared/db/db_a.c
	compile shared/db/db_a.c
	verdict one_header "a floor without its header"
	fresh
	rm build/rel/obj/shared/wire/wire_a.o
	verdict release "an object is missing"
	fresh
	echo cc -DTACET_TEST >build/rel/flags
	verdict release "a release with TACET_TEST"
	fresh
	cc -o build/rel/tacetd build/rel/obj/relay/tacetd.o \
	    -Wl,--no-as-needed -lncursesw
	verdict relay_links "a relay linked with curses"
	fresh
	rm README.md
	verdict top_level "no README.md"
	fresh
	echo 'int a;' >tests/plain.c
	verdict licence "a file without a licence"
	echo "1..$i"
	cd /
	[ "$bad" = 0 ]
}

case ${1:-} in
--self) run_self ;;
*) run_rules ;;
esac
