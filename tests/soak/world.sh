#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The simulated world for long: 10,000 steps for each of a few seeds that no
# earlier run had (tests/world_test.c). A seed that fails is printed with the
# command that plays it again.
#
# environment: SEED (the time), SEEDS (4), STEPS (10000)
# limit: 14400

exec "$TACET_BIN/tests/world_test" --first "${SEED:-$(date +%s)}" \
    --seeds "${SEEDS:-4}" --steps "${STEPS:-10000}"
