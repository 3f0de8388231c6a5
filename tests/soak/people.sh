#!/bin/bash
# SPDX-License-Identifier: ISC
#
# 200 simulated people on two relays for an hour, with kills and faults: nothing
# lost, nothing twice, and no memory that grows (tests/tool/soak.c). A seed that
# fails is printed with the words that play it again.
#
# environment: SEED (the time), SOAK_SECONDS (3600), SOAK_PEOPLE (200)
# limit: 14400

# what a thread's cache of freed blocks holds would count as held
export GLIBC_TUNABLES=glibc.malloc.tcache_count=0
exec "$TACET_BIN/tool/soak" --seed "${SEED:-$(date +%s)}" \
    --seconds "${SOAK_SECONDS:-3600}" --people "${SOAK_PEOPLE:-200}"
