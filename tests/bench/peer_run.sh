#!/bin/bash
# SPDX-License-Identifier: ISC
#
# peer_run.sh DIR PEER MODE READERS WINDOW SECONDS: starts a peer on the first
# core, loads it from the second and prints one number: CPU of the server in
# us for a delivery (fan, sat) or a connection (idle), or acknowledged
# messages per second (ack). Prints nothing where the peer is not installed.

set -u
dir=$1 peer=$2 mode=$3 readers=$4 window=$5 secs=$6
cd "$dir" || exit 1
ulimit -n "$(ulimit -Hn)"
more=
case $peer in
nats-tls) set -- nats-server -c out/conf/natstls.conf
	port=25223 more="--proto nats --tls" ;;
redis-tls) set -- redis-server out/conf/redistls.conf
	port=16380 more="--proto redis --tls" ;;
redis-aof) set -- redis-server out/conf/redisaof.conf
	rm -rf data/raof && mkdir -p data/raof
	port=16381 more="--proto redis --xadd" ;;
*) exit 1 ;;
esac
command -v "$1" >/dev/null || exit 0
# never measure somebody else's server
(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && exit 1
taskset -c 0 "$@" >"out/$peer.log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null' EXIT
for _ in $(seq 100); do
	(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
	sleep 0.05
done
out=$(taskset -c 1 timeout 60 bin/lg $more --port $port --pid $pid \
    --label "$peer" --mode "$mode" --subs "$readers" --secs "$secs" \
    --warm 0.1 --window "$window" --threads 8) || exit 1
case $mode in
ack) field='ack/s=\([0-9.]*\)' ;;
idle) field='(\([0-9.]*\) us/conn)' ;;
*) field='srv_us_per_deliv=\([0-9.]*\)' ;;
esac
printf '%s\n' "$out" | sed -n "s#.*$field.*#\\1#p" | head -n 1
