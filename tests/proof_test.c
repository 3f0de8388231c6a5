/* SPDX-License-Identifier: ISC */
/*
 * Epoch proofs: every bit of every input changes the proof, nothing runs into
 * its neighbour, and it is the keyed hash that the protocol page describes.
 */
#include "ident.h"
#include "tap.h"
#include "vec.h"

struct input {
	uint8_t access[KEY_SIZE], handshake[HASH64], log[WIRE_ID], epoch[8];
};

static void
prove(const struct input *in, uint8_t proof[static HASH32])
{
	uint64_t e = 0;

	for (size_t i = 0; i < 8; i++)
		e = e << 8 | in->epoch[i];
	epoch_proof(in->access, in->handshake, in->log, e, proof);
}

static void
known_input(struct input *in)
{
	memset(in->access, 1, sizeof(in->access));
	memset(in->handshake, 2, sizeof(in->handshake));
	memset(in->log, 3, sizeof(in->log));
	memset(in->epoch, 0, sizeof(in->epoch));
	in->epoch[7] = 4;
}

static void
test_bits(void)
{
	struct input in;
	uint8_t *p = (uint8_t *)&in, proof[HASH32], got[HASH32];
	size_t same = 0;

	known_input(&in);
	prove(&in, proof);
	prove(&in, got);
	is_mem(got, proof, HASH32, "the same twice");
	for (size_t i = 0; i < sizeof(in) * 8; i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		prove(&in, got);
		same += memcmp(got, proof, HASH32) == 0;
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(same, 0, "each of %zu bits matters", sizeof(in) * 8);
}

/* keyed BLAKE2b-256 of label and pieces, as tacet-protocol(7) writes it */
static void
test_shape(void)
{
	static const uint8_t epoch[8] = {0, 0, 0, 0, 0, 0, 0, 4};
	struct input in;
	struct bytes part[3];
	uint8_t proof[HASH32], want[HASH32];

	known_input(&in);
	part[0] = bytes_of(in.handshake, HASH64);
	part[1] = bytes_of(in.log, WIRE_ID);
	part[2] = bytes_of(epoch, sizeof(epoch));
	hash_keyed(in.access, "tacet epoch proof", part, 3, want);
	prove(&in, proof);
	is_mem(proof, want, HASH32, "hash_keyed of handshake, log, epoch");
}

static void
test_known(void)
{
	struct vec v;
	struct input in;
	uint8_t proof[HASH32];

	vec_open_data(&v, "ident.json");
	known_input(&in);
	prove(&in, proof);
	is_mem(proof, vec_hex_n(&v, vec_field(v.root, "proof"), "proof",
	    HASH32), HASH32, "known");
	vec_close(&v);
}

int
main(void)
{
	if (seal_start() != 0)
		bail("libsodium does not start");
	test_bits();
	test_shape();
	test_known();
	return done();
}
