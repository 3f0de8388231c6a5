/* SPDX-License-Identifier: ISC */
/*
 * MLS alone, in both suites: making a group, adding, committing, joining,
 * sealing and opening with 10, 100 and 1,000 leaves, and how many bytes each
 * message has. Times are CPU. The members were added by one commit, so the
 * tree above them is blank and a commit seals to every leaf: the dearest tree
 * of its size.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "mls.h"

#define SEALS 100               /* in one reading */
#define TEXT_BYTES 256

static const unsigned mls_sizes[] = {10, 100, 1000};

struct someone {
	uint8_t public[SIGN_PUBLIC], signer[SIGN_SECRET];
	uint8_t identity[CREDENTIAL_SIZE], ext[8 + LEAF_EXT_SIZE];
	struct buf list, package, private;
};
struct bench_mls {
	const struct mls_suite *suite;
	struct mls_env env;
	struct someone *who;            /* one more than leaves */
	unsigned n;
	struct mls_group *group, *last; /* of the first and the last member */
	struct series package, create, bulk, join, add, commit, follow, seal,
	    open, add_bytes, commit_bytes, welcome_bytes, tree_bytes, text_bytes;
};

static void
mls_must(int err, const char *what)
{
	if (err)
		bench_die("mls, %s: %s", what, err_text(err));
}

static struct mls_self
mls_self(struct someone *p)
{
	static const uint16_t types[] = {LEAF_EXT_TYPE};

	return (struct mls_self){.signer = p->signer,
	    .identity = bytes_of(p->identity, sizeof(p->identity)),
	    .extensions = buf_view(&p->list), .types = types,
	    .n_types = COUNT(types)};
}

static void
mls_package(struct bench_mls *b, struct someone *p)
{
	struct mls_package_ask ask = {.suite = b->suite->id,
	    .not_before = b->env.now - 60, .not_after = b->env.now + 86400};

	sign_keypair(&rng_system, p->public, p->signer);
	rng_fill(&rng_system, p->identity, sizeof(p->identity));
	leaf_ext_put(p->ext, 1, p->public);
	mls_ext_put(&p->list, LEAF_EXT_TYPE, bytes_of(p->ext, LEAF_EXT_SIZE));
	ask.self = mls_self(p);
	mls_must(mls_package_make(&b->env, &ask, &p->package, &p->private),
	    "a package");
}

/* CPU: others on this machine don't count. */
static double
mls_ms(double from)
{
	return (bench_cpu(0) - from) * 1e3;
}

/* A group of one, and the others by one commit. */
static void
mls_build(struct bench_mls *b, struct mls_made *made)
{
	struct mls_group_ask ask = {.suite = b->suite->id,
	    .group_id = bytes_of("0123456789abcdef", 16),
	    .self = mls_self(&b->who[0]), .not_before = b->env.now - 60,
	    .not_after = b->env.now + 86400};
	struct bytes *add = mem_array(b->n, sizeof(*add));
	struct mls_commit_ask commit = {.add = add, .n_add = b->n - 1,
	    .no_tree = true};
	double t = bench_cpu(0);
	unsigned i;

	mls_must(mls_group_create(&b->env, &ask, &b->group), "a group");
	series_put(&b->create, mls_ms(t));
	for (i = 1; i < b->n; i++)
		add[i - 1] = buf_view(&b->who[i].package);
	t = bench_cpu(0);
	mls_must(mls_commit_make(&b->env, b->group, &commit, made),
	    "adding all");
	mls_must(mls_stage_apply(b->group, made->stage), "adding all");
	made->stage = NULL;
	series_put(&b->bulk, mls_ms(t));
	free(add);
}

static void
mls_join(struct bench_mls *b, const struct mls_made *made)
{
	struct someone *p = &b->who[b->n - 1];
	struct mls_join_ask ask = {.private = buf_view(&p->private),
	    .signer = p->signer, .welcome = buf_view(&made->welcome)};
	struct buf tree = {0};
	double t;

	mls_group_tree(b->group, &tree);
	series_put(&b->tree_bytes, (double)tree.n);
	ask.tree = buf_view(&tree);
	t = bench_cpu(0);
	mls_must(mls_join_welcome(&b->env, &ask, &b->last, NULL), "joining");
	series_put(&b->join, mls_ms(t));
	buf_free(&tree);
}

/* The last one follows what the first one committed. */
static void
mls_follow(struct bench_mls *b, struct mls_made *made)
{
	struct mls_received got;
	double t = bench_cpu(0);

	mls_must(mls_message_open(&b->env, b->last, buf_view(&made->message),
	    &got), "following");
	mls_must(mls_stage_apply(b->last, got.stage), "following");
	got.stage = NULL;
	series_put(&b->follow, mls_ms(t));
	mls_received_free(&got);
	mls_must(mls_stage_apply(b->group, made->stage), "a commit");
	made->stage = NULL;
}

static void
mls_commits(struct bench_mls *b)
{
	struct bytes one = buf_view(&b->who[b->n].package);
	struct mls_commit_ask add = {.add = &one, .n_add = 1, .no_tree = true};
	struct mls_commit_ask fresh = {.path = true};
	struct mls_made made = {.stage = NULL};
	double t = bench_cpu(0);

	mls_must(mls_commit_make(&b->env, b->group, &add, &made), "adding");
	series_put(&b->add, mls_ms(t));
	series_put(&b->add_bytes, (double)made.message.n);
	series_put(&b->welcome_bytes, (double)made.welcome.n);
	mls_made_free(&made);
	t = bench_cpu(0);
	mls_must(mls_commit_make(&b->env, b->group, &fresh, &made),
	    "fresh keys");
	series_put(&b->commit, mls_ms(t));
	series_put(&b->commit_bytes, (double)made.message.n);
	mls_follow(b, &made);
	mls_made_free(&made);
}

static void
mls_talk(struct bench_mls *b)
{
	static const uint8_t text[TEXT_BYTES];
	struct buf m[SEALS] = {{.n = 0}};
	struct mls_received got;
	double t = bench_cpu(0);
	unsigned i;

	for (i = 0; i < SEALS; i++)
		mls_must(mls_message_seal(&b->env, b->group, bytes_of(NULL, 0),
		    bytes_of(text, sizeof(text)), 0, &m[i]), "sealing");
	series_put(&b->seal, mls_ms(t) * 1e3 / SEALS);
	series_put(&b->text_bytes, (double)m[0].n);
	t = bench_cpu(0);
	for (i = 0; i < SEALS; i++) {
		mls_must(mls_message_open(&b->env, b->last, buf_view(&m[i]),
		    &got), "opening");
		mls_received_free(&got);
	}
	series_put(&b->open, mls_ms(t) * 1e3 / SEALS);
	for (i = 0; i < SEALS; i++)
		buf_free(&m[i]);
}

static void
mls_round(struct bench_mls *b)
{
	struct mls_made made = {.stage = NULL};

	mls_build(b, &made);
	mls_join(b, &made);
	mls_made_free(&made);
	mls_commits(b);
	mls_talk(b);
	mls_group_free(b->group);
	mls_group_free(b->last);
}

static void
mls_rows(const struct bench_mls *b)
{
	const char *suite = b->suite->id == MLS_SUITE_XWING ? "X-Wing" :
	    "X25519";
	const struct {
		const char *what, *unit;
		const struct series *s;
	} row[] = {
		{"create", "ms", &b->create},
		{"one commit adds all", "ms", &b->bulk},
		{"join by Welcome", "ms", &b->join},
		{"add one more", "ms", &b->add},
		{"commit fresh keys", "ms", &b->commit},
		{"follow that commit", "ms", &b->follow},
		{"seal 256 bytes", "us", &b->seal},
		{"open 256 bytes", "us", &b->open},
		{"Add commit", "bytes", &b->add_bytes},
		{"its Welcome, without the tree", "bytes", &b->welcome_bytes},
		{"the tree", "bytes", &b->tree_bytes},
		{"commit", "bytes", &b->commit_bytes},
		{"message of 256", "bytes", &b->text_bytes},
	};
	char name[80];
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		(void)snprintf(name, sizeof(name), "mls %s, %u leaves: %s",
		    suite, b->n, row[i].what);
		row_put(name, row[i].unit, row[i].s);
	}
}

static void
mls_packages(struct bench_mls *b)
{
	struct series bytes = {.n = 0};
	char name[64];
	unsigned i;
	double t;

	b->who = mem_array(b->n + 1, sizeof(*b->who));
	for (i = 0; i <= b->n; i++) {
		t = bench_cpu(0);
		mls_package(b, &b->who[i]);
		if (i < bench_rounds())
			series_put(&b->package, mls_ms(t));
	}
	if (b->n != mls_sizes[0])
		return;
	series_put(&bytes, (double)b->who[0].package.n);
	(void)snprintf(name, sizeof(name), "mls %s: make a KeyPackage",
	    b->suite->id == MLS_SUITE_XWING ? "X-Wing" : "X25519");
	row_put(name, "ms", &b->package);
	(void)snprintf(name, sizeof(name), "mls %s: a KeyPackage",
	    b->suite->id == MLS_SUITE_XWING ? "X-Wing" : "X25519");
	row_put(name, "bytes", &bytes);
}

static void
mls_size(uint16_t suite, unsigned n)
{
	struct bench_mls b = {.n = n, .suite = mls_suite_find(suite)};
	unsigned i;

	b.env = (struct mls_env){.rng = &rng_system,
	    .now = (uint64_t)(clock_wall(&clock_system) / 1000)};
	mls_packages(&b);
	for (i = 0; i < bench_rounds(); i++)
		mls_round(&b);
	mls_rows(&b);
	for (i = 0; i <= n; i++) {
		buf_free(&b.who[i].list);
		buf_free(&b.who[i].package);
		buf_free(&b.who[i].private);
	}
	free(b.who);
}

int
main(void)
{
	size_t i;

	if (seal_start() != 0)
		bench_die("libsodium");
	bench_pin(1);
	for (i = 0; i < COUNT(mls_sizes); i++)
		mls_size(MLS_SUITE_XWING, mls_sizes[i]);
	for (i = 0; i < COUNT(mls_sizes); i++)
		mls_size(MLS_SUITE_X25519, mls_sizes[i]);
	return 0;
}
