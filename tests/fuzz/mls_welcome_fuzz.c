/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * Foreign Welcomes: as they are, with bytes laid over a true one, and with
 * GroupSecrets or GroupInfo made up by somebody who has our KeyPackage. Nobody
 * joins a group that did not sign its GroupInfo.
 */
#include "mls_fuzz.h"

static int
try_welcome(struct fuzz_world *w, struct bytes welcome)
{
	struct mls_join_ask ask = { .private = buf_view(&w->private),
		.signer = w->signer[2], .welcome = welcome };
	struct mls_group *g;
	int err;

	err = mls_join_welcome(&w->env, &ask, &g, NULL);
	mls_group_free(g);
	return err;
}

/* Both layers sealed as they should be, their insides foreign. */
static void
made_up(struct fuzz_world *w, bool inner, struct rd *in, struct buf *out)
{
	static const uint8_t joiner[32] = { 1 }, zero[32];
	struct buf info = { 0 }, secrets = { 0 }, plain = { 0 };
	const struct mls_suite *suite = w->g[0]->suite;
	struct mls_group_secrets s = { .joiner = bytes_of(joiner, 32) };
	struct mls_welcome welcome = { .suite = suite->id };
	uint8_t key[32], nonce[12], secret[32], ref[32];
	size_t n;
	uint8_t *to;

	must(mls_schedule_welcome_secret(suite, joiner, zero, secret) ==
	    0 && mls_schedule_welcome(suite, secret, key, nonce) == 0);
	if (inner)
		buf_bytes(&plain, rd_rest(in));
	else
		mls_group_secrets_put(&plain, &s);
	to = buf_room(&info, rd_left(in) + 16);
	must(aead_seal(suite->aead, key, nonce, bytes_of(NULL, 0),
	    rd_rest(in), to) == 0);
	must(mls_package_ref(buf_view(&w->package), ref, &n) == 0);
	mls_put_vector(&secrets, bytes_of(ref, n));
	must(mls_encrypt(suite, w->env.rng, w->init_key, "Welcome",
	    buf_view(&info), buf_view(&plain), &secrets) == 0);
	welcome.secrets = buf_view(&secrets);
	welcome.info = buf_view(&info);
	mls_put_header(out, MLS_WIRE_WELCOME);
	mls_welcome_put(out, &welcome);
	buf_free(&info);
	buf_free(&secrets);
	buf_free(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(bytes_of(data, size));
	struct buf message = { 0 };
	struct fuzz_world w;
	uint8_t pick = rd_u8(&in);

	fuzz_world_start(&w);
	switch (pick % 4) {
	case 0:
		must(try_welcome(&w, rd_rest(&in)) != 0);
		break;
	case 1:
		fuzz_welcome(&w, &message);
		if (fuzz_lay_over(&message, &in))
			must(try_welcome(&w, buf_view(&message)) != 0);
		else
			must(try_welcome(&w, buf_view(&message)) == 0);
		break;
	default:
		made_up(&w, pick % 4 == 2, &in, &message);
		try_welcome(&w, buf_view(&message));
	}
	buf_free(&message);
	fuzz_world_end(&w);
	return 0;
}
