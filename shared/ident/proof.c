/* SPDX-License-Identifier: ISC */
/*
 * A connection proves that it holds an epoch's access key: a keyed hash over
 * this very handshake, so that a proof is worth nothing on another connection.
 */
#include "ident.h"

void
epoch_proof(const uint8_t access[static KEY_SIZE],
    const uint8_t handshake[static HASH64], const uint8_t log[static WIRE_ID],
    uint64_t epoch, uint8_t proof[static HASH32])
{
	uint8_t e[8];
	struct bytes part[] = {
		{handshake, HASH64}, {log, WIRE_ID}, {e, sizeof(e)},
	};

	for (size_t i = 0; i < sizeof(e); i++)
		e[i] = (uint8_t)(epoch >> (56 - 8 * i));
	hash_keyed(access, "tacet epoch proof", part, COUNT(part), proof);
}
