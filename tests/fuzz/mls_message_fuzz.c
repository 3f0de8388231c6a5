/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * Foreign messages to a group. Input as it is, and input framed, sealed and
 * signed by a member with all keys of the epoch, so that the fuzzer gets past
 * them: bodies of proposals and commits, and true ones with bytes laid over.
 * Whatever is refused leaves the group as it was.
 */
#include <stdlib.h>

#include "mls_fuzz.h"

/* A frame of member 0 with this body; false when it has no form at all. */
static bool
framed(struct fuzz_world *w, uint8_t type, enum mls_wire wire,
    struct bytes body, struct buf *out)
{
	struct mls_group *g = w->g[0];
	struct mls_frame_ask ask = { .wire = wire,
		.group_id = mls_group_id(g), .epoch = mls_group_epoch(g),
		.sender_type = MLS_MEMBER, .type = type, .body = body };
	struct mls_frame f;
	int err;

	if (mls_frame_make(&ask, mls_group_context(g), w->signer[0], &f) != 0)
		return false;
	err = mls_message_put(&w->env, g, &f, 0, out);
	mls_frame_free(&f);
	return err == 0;
}

static void
try_message(struct fuzz_world *w, struct bytes message)
{
	struct buf before = { 0 }, after = { 0 };
	struct mls_received r;
	int err;

	mls_group_save(w->g[1], &before);
	err = mls_message_open(&w->env, w->g[1], message, &r);
	mls_group_save(w->g[1], &after);
	if (err != 0 && !bytes_same(buf_view(&before), buf_view(&after)))
		abort();
	if (err == 0 && r.type == MLS_COMMIT &&
	    mls_stage_apply(w->g[1], r.stage) == 0)
		r.stage = NULL;
	mls_received_free(&r);
	buf_free(&before);
	buf_free(&after);
}

static void
true_one(struct fuzz_world *w, uint8_t pick, struct buf *out)
{
	struct mls_propose_ask propose = { .public_message = pick & 1,
		.type = pick & 2 ? MLS_UPDATE : MLS_REMOVE, .remove = 2 };
	struct mls_commit_ask commit = { .public_message = pick & 1 };
	struct mls_made made;

	if (pick & 4) {
		must(mls_propose(&w->env, w->g[0], &propose, out) == 0);
		return;
	}
	must(mls_commit_make(&w->env, w->g[0], &commit, &made) == 0);
	buf_bytes(out, buf_view(&made.message));
	mls_made_free(&made);
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
		try_message(&w, rd_rest(&in));
		break;
	case 1:
		true_one(&w, pick >> 2, &message);
		fuzz_lay_over(&message, &in);
		try_message(&w, buf_view(&message));
		break;
	default:
		if (framed(&w, pick % 4, pick & 16 ? MLS_WIRE_PUBLIC :
		    MLS_WIRE_PRIVATE, rd_rest(&in), &message))
			try_message(&w, buf_view(&message));
	}
	buf_free(&message);
	fuzz_world_end(&w);
	return 0;
}
