#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Runs the fuzzers (tests/fuzz/x_fuzz.c, built by `make fuzzers`), two at a
# time, and prints TAP. Seeds are read from tests/fuzz/corpus/x, what they
# grow into is kept in the build folder. A crash leaves its input there and
# prints it in base64, so that the log alone is enough to reproduce it.
#
# usage: tests/fuzz/fuzz.sh [name ...]; FUZZ_SECONDS for each (30)

set -u
cd "$(dirname "$0")/../.." || exit 1
bin=$(dirname "${TACET_BIN:-$PWD/build/test}")/fuzz
seconds=${FUZZ_SECONDS:-30}
out=$bin/out
mkdir -p "$out"

# fuzz name: one fuzzer; its log is $out/name.log
fuzz() {
	local corpus=$bin/corpus/$1 args=()
	mkdir -p "$corpus"
	args=("$corpus")
	[ ! -d "tests/fuzz/corpus/$1" ] || args+=("tests/fuzz/corpus/$1")
	[ ! -f "tests/fuzz/$1.dict" ] || args+=("-dict=tests/fuzz/$1.dict")
	"$bin/${1}_fuzz" -max_total_time="$seconds" -timeout=20 -verbosity=1 \
	    -rss_limit_mb=2048 -print_final_stats=1 -close_fd_mask=1 \
	    -artifact_prefix="$out/$1-" "${args[@]}" >"$out/$1.log" 2>&1
	echo $? >"$out/$1.rc"
}

# tell number name: one TAP line, and on a crash what is needed to repeat it
tell() {
	local log=$out/$2.log runs rc
	rc=$(cat "$out/$2.rc")
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ "$rc" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
		echo "ok $1 - fuzz $2: $runs runs in $seconds s"
		return
	fi
	echo "not ok $1 - fuzz $2: returned $rc after ${runs:-0} runs"
	grep -aE -A 12 'ERROR|runtime error|Test unit written|Base64' "$log" |
	    head -n 40 | sed 's/^/# /'
}

names=()
for f in "${@:-tests/fuzz/*_fuzz.c}"; do
	for f in $f; do
		names+=("$(basename "$f" _fuzz.c)")
	done
done
if [ "${names[*]}" = '*' ]; then
	echo "1..0 # SKIP there is no fuzzer yet"
	exit 0
fi
i=0
for n in "${names[@]}"; do
	rm -f "$out/$n.rc"
	fuzz "$n" &
	i=$((i + 1))
	[ $((i % 2)) != 0 ] || wait
done
wait
i=0
for n in "${names[@]}"; do
	i=$((i + 1))
	tell $i "$n"
done >"$out/tap"
cat "$out/tap"
echo "1..$i"
! grep -q '^not ok' "$out/tap"
