/* SPDX-License-Identifier: ISC */
/* See mls_fuzz.h. */
#include "mls_fuzz.h"

#define NOW 1800000000ull

/* Made by the first input; the only state between two. */
static struct {
	bool made;
	struct buf group[2];
	struct buf package, private;
} first;

struct mls_self
fuzz_self(struct fuzz_world *w, size_t i)
{
	static const char *name[4] = { "a", "b", "c", "d" };

	return (struct mls_self){ .signer = w->signer[i],
		.identity = mls_text(name[i]), .no_grease = true };
}

static void
make_package(struct fuzz_world *w, size_t i, struct buf *public,
    struct buf *private)
{
	struct mls_package_ask ask = { .suite = MLS_SUITE_X25519,
		.self = fuzz_self(w, i), .not_before = NOW - 9,
		.not_after = NOW + 9 };

	must(mls_package_make(&w->env, &ask, public, private) == 0);
}

/* Group of 0 with 1 and 3 added; 1 joins. */
static void
make_group(struct fuzz_world *w)
{
	struct mls_group_ask ask = { .suite = MLS_SUITE_X25519,
		.group_id = mls_text("fuzz"), .self = fuzz_self(w, 0),
		.not_after = NOW + 9 };
	struct buf public[2] = { { 0 } }, private[2] = { { 0 } };
	struct mls_commit_ask add = { .n_add = 2, .path = true };
	struct mls_join_ask join;
	struct bytes package[2];
	struct mls_made made;

	must(mls_group_create(&w->env, &ask, &w->g[0]) == 0);
	make_package(w, 1, &public[0], &private[0]);
	make_package(w, 3, &public[1], &private[1]);
	package[0] = buf_view(&public[0]);
	package[1] = buf_view(&public[1]);
	add.add = package;
	must(mls_commit_make(&w->env, w->g[0], &add, &made) == 0);
	join = (struct mls_join_ask){ .private = buf_view(&private[0]),
		.signer = w->signer[1], .welcome = buf_view(&made.welcome) };
	must(mls_join_welcome(&w->env, &join, &w->g[1], NULL) == 0);
	must(mls_stage_apply(w->g[0], made.stage) == 0);
	made.stage = NULL;
	mls_made_free(&made);
	buf_free(&public[0]);
	buf_free(&public[1]);
	buf_free(&private[0]);
	buf_free(&private[1]);
}

static void
make_first(struct fuzz_world *w)
{
	size_t i;

	make_group(w);
	for (i = 0; i < 2; i++) {
		mls_group_save(w->g[i], &first.group[i]);
		mls_group_free(w->g[i]);
	}
	make_package(w, 2, &first.package, &first.private);
	first.made = true;
}

void
fuzz_world_start(struct fuzz_world *w)
{
	uint8_t public[SIGN_PUBLIC];
	struct mls_package p;
	size_t i;

	must(seal_start() == 0);
	*w = (struct fuzz_world){ 0 };
	w->rng = rng_seed(&w->seeded, 1);
	w->env = (struct mls_env){ .rng = &w->rng, .now = NOW,
		.lifetime_max = MLS_LIFETIME_MAX };
	for (i = 0; i < 4; i++)
		sign_keypair(&w->rng, public, w->signer[i]);
	if (!first.made)
		make_first(w);
	for (i = 0; i < 2; i++)
		must(mls_group_restore(buf_view(&first.group[i]),
		    &w->g[i]) == 0);
	buf_bytes(&w->package, buf_view(&first.package));
	buf_bytes(&w->private, buf_view(&first.private));
	must(mls_package_parse(buf_view(&w->package), &p) == 0);
	w->init_key = p.init_key;
}

void
fuzz_world_end(struct fuzz_world *w)
{
	mls_group_free(w->g[0]);
	mls_group_free(w->g[1]);
	buf_free(&w->package);
	buf_free(&w->private);
}

bool
fuzz_lay_over(struct buf *b, struct rd *in)
{
	struct buf old = { 0 };
	size_t n, at;
	bool changed;

	buf_bytes(&old, buf_view(b));
	for (n = rd_u8(in) % 16; n > 0 && b->n > 0; n--) {
		at = rd_u16(in) % b->n;
		b->p[at] ^= rd_u8(in);
	}
	if (rd_u8(in) % 8 == 7)
		b->n -= rd_u16(in) % (b->n + 1);
	changed = !bytes_same(buf_view(&old), buf_view(b));
	buf_free(&old);
	return changed;
}

void
fuzz_welcome(struct fuzz_world *w, struct buf *out)
{
	struct bytes package = buf_view(&w->package);
	struct mls_commit_ask ask = { .add = &package, .n_add = 1 };
	struct mls_made made;

	must(mls_commit_make(&w->env, w->g[0], &ask, &made) == 0);
	buf_bytes(out, buf_view(&made.welcome));
	mls_made_free(&made);
}
