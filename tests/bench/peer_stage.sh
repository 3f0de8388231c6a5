#!/bin/bash
# SPDX-License-Identifier: ISC
#
# peer_stage.sh FROM TO: copies the peers' set-ups to TO, builds their load
# generators and makes keys for their TLS. Once.

set -eu
from=$1 to=$2
[ -x "$to/bin/mjrx" ] && [ -f "$to/out/conf/cert.pem" ] && exit 0
mkdir -p "$to/bin" "$to/out/conf" "$to/data/raof" "$to/data/www"
cp -r "$from/conf" "$to/"
chmod -R u+w "$to/conf"
cc() {
	local out=$1
	shift
	"${CC:-gcc}" -O2 -w -o "$to/bin/$out" "$@"
}
cc lg "$from/lg.c" -lssl -lcrypto -lpthread
cc dl "$from/dl.c" -lssl -lcrypto
cc fakev4l.so -shared -fPIC "$from/fakev4l.c" -ldl
cc mjrx "$from/mjrx.c"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -days 30 -subj /CN=localhost -keyout "$to/out/conf/key.pem" \
    -out "$to/out/conf/cert.pem" 2>/dev/null
to=$(cd "$to" && pwd)
for f in "$to"/conf/*.conf; do
	sed "s#@DIR@/conf/#$to/out/conf/#g; s#@DIR@#$to#g" "$f" \
	    >"$to/out/conf/${f##*/}"
done
