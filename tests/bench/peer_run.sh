#!/bin/bash
# SPDX-License-Identifier: ISC
#
# peer_run.sh DIR PEER MODE READERS WINDOW SECONDS: starts a peer on the first
# core, loads it from the second and prints one number: CPU of the server in
# us for a delivery (fan, sat), a connection (idle) or a picture of WINDOW
# bytes (film), in seconds for a GB (blob), or acknowledged messages per second
# (ack). Prints nothing where the peer is not installed.

set -u
dir=$1 peer=$2 mode=$3 readers=$4 window=$5 secs=$6
cd "$dir" || exit 1
dir=$PWD
ulimit -n "$(ulimit -Hn)"
# the kernel gives the time of a process in hundredths of a second
long=$(awk "BEGIN { print $secs * 5 }")
more= user=
[ "$(id -u)" != 0 ] || user='user root;'
case $peer in
nats-tls) set -- nats-server -c out/conf/natstls.conf
	port=25223 more="--proto nats --tls" ;;
redis-tls) set -- redis-server out/conf/redistls.conf
	port=16380 more="--proto redis --tls" ;;
redis-aof) set -- redis-server out/conf/redisaof.conf
	rm -rf data/raof && mkdir -p data/raof
	port=16381 more="--proto redis --xadd" ;;
nginx-tls) set -- nginx -p "$dir/out" -c "$dir/out/conf/nginx.conf" -g "$user"
	port=18443 ;;
ustreamer) set -- env FAKE_JPEG="$dir/data/frame.jpg" FAKE_FPS=30 \
	    LD_PRELOAD="$dir/bin/fakev4l.so" ustreamer \
	    --device="$dir/data/video0" --format=MJPEG --encoder=HW \
	    --host 127.0.0.1 --port 18090 --resolution 640x480 --desired-fps 30
	: >data/video0
	port=18090 ;;
*) exit 1 ;;
esac
name=$1
[ "$name" != env ] || name=ustreamer
command -v "$name" >/dev/null || exit 0
# never measure somebody else's server
(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && exit 1
taskset -c 0 "$@" >"out/$peer.log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null' EXIT
for _ in $(seq 100); do
	(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
	sleep 0.05
done

load() {
	taskset -c 1 timeout 60 "$@"
}

case $mode in
blob)
	out=$(load bin/dl $port "$readers" "$long" tls \
	    "$(pgrep -P $pid | head -n 1)") || exit 1
	field=' = \([0-9.]*\) s/GB' ;;
film)
	out=$(load bin/mjrx $port /stream "$readers" "$long" $pid \
	    "$window") || exit 1
	field=' = \([0-9.]*\) us cpu' ;;
*)
	out=$(load bin/lg $more --port $port --pid $pid --label "$peer" \
	    --mode "$mode" --subs "$readers" --secs "$secs" --warm 0.1 \
	    --window "$window" --threads 8) || exit 1
	case $mode in
	ack) field='ack/s=\([0-9.]*\)' ;;
	idle) field='(\([0-9.]*\) us/conn)' ;;
	*) field='srv_us_per_deliv=\([0-9.]*\)' ;;
	esac ;;
esac
printf '%s\n' "$out" | tee -a out/loads.log |
    sed -n "s#.*$field.*#\1#p" | head -n 1
