/* SPDX-License-Identifier: ISC */
/*
 * mls-vectors: runs files in the formats of the MLS working group's test
 * vectors against our MLS, whatever their number of cases. Prints one line per
 * file; exits 1 when a case fails, 2 when a file can't be read.
 *
 *	mls-vectors FILE...
 *	mls-vectors -m FILE...    also damages each field of each case (evenly
 *	                          spread, MUTATIONS per file): all must fail
 *	mls-vectors -o FOLDER     makes our own known answers
 */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

#include "mls_make.h"
#include "mls_vec.h"

#define COMPLAINTS 20           /* lines per file */
#define MUTATIONS 200           /* damaged cases per file */

struct mls_format {
	const char *name;               /* of the file, without .json */
	const char *field[3];           /* a case has these */
	bool suites;                    /* and cipher_suite */
	void (*run)(struct mls_case *);
	const char *spared;     /* fields that may change unnoticed, "|a|b|" */
};

/* The codec of messages.json takes whatever is well formed. Only the first Nh
 * bytes of a ciphertext make the sender data keys. The sender of an Add or
 * Remove does not matter to the tree. A Welcome carries secrets for
 * others, of which the scenario's client knows nothing. */
static const struct mls_format mls_format[] = {
	{ "tree-math", { "n_leaves", "root", "sibling" }, false,
	    mls_vec_tree_math, "" },
	{ "crypto-basics", { "ref_hash", "sign_with_label", "derive_secret" },
	    true, mls_vec_crypto_basics, "" },
	{ "secret-tree", { "sender_data", "encryption_secret", "leaves" },
	    true, mls_vec_secret_tree, "|ciphertext|" },
	{ "message-protection", { "proposal_priv", "commit_pub",
	    "application_priv" }, true, mls_vec_message_protection, "" },
	{ "key-schedule", { "initial_init_secret", "epochs", "group_id" },
	    true, mls_vec_key_schedule, "" },
	{ "psk_secret", { "psks", "psk_secret", "psks" }, true,
	    mls_vec_psk_secret, "" },
	{ "transcript-hashes", { "confirmation_key", "authenticated_content",
	    "interim_transcript_hash_before" }, true,
	    mls_vec_transcript_hashes, "" },
	{ "welcome", { "signer_pub", "key_package", "welcome" }, true,
	    mls_vec_welcome, "" },
	{ "tree-operations", { "tree_before", "proposal", "tree_after" },
	    true, mls_vec_tree_operations, "|proposal_sender|" },
	{ "tree-validation", { "tree", "tree_hashes", "resolutions" }, true,
	    mls_vec_tree_validation, "" },
	{ "treekem", { "ratchet_tree", "leaves_private", "update_paths" },
	    true, mls_vec_treekem, "" },
	{ "messages", { "mls_welcome", "mls_group_info", "private_message" },
	    false, mls_vec_messages, NULL },
	{ "deserialization", { "vlbytes_header", "length", "length" }, false,
	    mls_vec_deserialization, "" },
	{ "passive-client", { "welcome", "init_priv", "epochs" }, true,
	    mls_vec_passive, "|welcome|" },
};

struct mls_file {
	struct vec v;
	const char *path;
	const struct mls_format *format;
	unsigned passed, failed, skipped, complaints;
	unsigned damaged, unnoticed;
	struct rng_seeded seed;
	struct rng rng;
};

static bool
mls_fits(const struct mls_format *f, const json_t *c)
{
	size_t i;

	for (i = 0; i < COUNT(f->field); i++)
		if (json_object_get(c, f->field[i]) == NULL)
			return false;
	return true;
}

/* By name first; a name that promises other fields than the first case has
 * (interop files are called welcome_join and the like) counts for nothing. */
static const struct mls_format *
mls_detect(const char *path, const json_t *root)
{
	const json_t *c = json_array_get(root, 0);
	char *copy = mem_string(path);
	const char *name = basename(copy);
	const struct mls_format *found = NULL;
	size_t i;

	for (i = 0; i < COUNT(mls_format) && found == NULL; i++)
		if (strncmp(name, mls_format[i].name,
		    strlen(mls_format[i].name)) == 0 &&
		    mls_fits(&mls_format[i], c))
			found = &mls_format[i];
	for (i = 0; i < COUNT(mls_format) && found == NULL; i++)
		if (mls_fits(&mls_format[i], c))
			found = &mls_format[i];
	free(copy);
	return found;
}

/*
 * tree-operations exist for suite 1 only; they need its hash, key and
 * signature scheme and nothing else, and those are the ones of suite 3.
 */
static const struct mls_suite *
mls_suite_of(const struct mls_format *f, const json_t *c)
{
	uint16_t id = (uint16_t)json_integer_value(json_object_get(c,
	    "cipher_suite"));

	if (f->run == mls_vec_tree_operations && id == 1)
		id = MLS_SUITE_X25519;
	return mls_suite_find(id);
}

static void
mls_case_run(struct mls_file *f, const json_t *c, struct mls_case *k)
{
	memset(k, 0, sizeof(*k));
	k->v = &f->v;
	k->c = c;
	k->rng = &f->rng;
	if (f->format->suites)
		k->suite = mls_suite_of(f->format, c);
	if (f->format->suites)
		(void)mls_vec_int(k, c, "cipher_suite");
	if (!f->format->suites || k->suite != NULL)
		f->format->run(k);
	vec_forget(&f->v);
	buf_u8(&k->why, 0);
}

static void
mls_complain(struct mls_file *f, size_t i, const char *what, const char *why)
{
	if (f->complaints++ < COMPLAINTS)
		fprintf(stderr, "%s: case %zu: %s%s\n", f->path, i, what, why);
}

static void
mls_count(struct mls_file *f, size_t i, const json_t *c)
{
	struct mls_case k;

	mls_case_run(f, c, &k);
	if (f->format->suites && k.suite == NULL && k.missed == 0) {
		f->skipped++;
	} else if (k.missed == 0 && k.wanted > 0) {
		f->passed++;
	} else {
		f->failed++;
		mls_complain(f, i, "", k.wanted == 0 ? "nothing to check" :
		    (const char *)k.why.p);
	}
	buf_free(&k.why);
}

/*
 * Damage. Each field that holds a number or hex is changed alone, hex in its
 * first, middle and last byte in turn; the list of places is walked with a
 * stride that gives at most MUTATIONS.
 */
struct mls_damage {
	struct mls_file *f;
	const json_t *c;
	size_t i;                       /* the case */
	size_t at, stride, next;        /* place in the walk; one to damage */
	bool count;                     /* only count places */
};

static void
mls_judge(struct mls_damage *d, const char *field, const char *part)
{
	struct mls_case k;
	char what[128];

	mls_case_run(d->f, d->c, &k);
	d->f->damaged++;
	if (k.missed == 0) {
		d->f->unnoticed++;
		(void)snprintf(what, sizeof(what), "%s changed (%s): ", field,
		    part);
		mls_complain(d->f, d->i, what, "it passes");
	}
	buf_free(&k.why);
}

static bool
mls_turn(struct mls_damage *d)
{
	if (d->at++ != d->next)
		return false;
	if (!d->count)
		d->next += d->stride;
	return !d->count;
}

static void
mls_damage_hex(struct mls_damage *d, json_t *s, const char *field)
{
	static const char *const part[] = { "first", "middle", "last" };
	size_t n = json_string_length(s), i, at;
	char *text = mem_string(json_string_value(s)), old;

	for (i = 0; i < COUNT(part); i++) {
		if (!mls_turn(d))
			continue;
		at = i == 0 ? 0 : i == 1 ? n / 2 : n - 1;
		old = text[at];
		text[at] = old == '5' ? '4' : '5';
		(void)json_string_set(s, text);
		mls_judge(d, field, part[i]);
		text[at] = old;
		(void)json_string_set(s, text);
	}
	free(text);
}

static void
mls_damage_value(struct mls_damage *d, json_t *v, const char *field)
{
	json_t *o;
	const char *name;
	char spared[64];
	size_t i;

	(void)snprintf(spared, sizeof(spared), "|%s|", field);
	if (strcmp(field, "cipher_suite") == 0 ||
	    strstr(d->f->format->spared, spared) != NULL)
		return;
	if (json_is_object(v)) {
		json_object_foreach(v, name, o)
			mls_damage_value(d, o, name);
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, o)
			mls_damage_value(d, o, field);
	} else if (json_is_integer(v) && mls_turn(d)) {
		(void)json_integer_set(v, json_integer_value(v) ^ 1);
		mls_judge(d, field, "number");
		(void)json_integer_set(v, json_integer_value(v) ^ 1);
	} else if (json_is_string(v) && json_string_length(v) > 0) {
		mls_damage_hex(d, v, field);
	}
}

static void
mls_damage(struct mls_file *f)
{
	struct mls_damage d = { .f = f, .count = true };
	const json_t *c;
	size_t i;

	if (f->format->spared == NULL)
		return;
	for (; ; d.count = false) {
		vec_each(f->v.root, i, c) {
			d.c = c;
			d.i = i;
			if (!f->format->suites ||
			    mls_suite_of(f->format, c) != NULL)
				mls_damage_value(&d, json_array_get(f->v.root,
				    i), "");
		}
		if (!d.count)
			return;
		d.stride = d.at / MUTATIONS + 1;
		d.next = d.at = 0;
	}
}

/* 0, 1: a case failed, 2: unreadable */
static int
mls_file_run(const char *path, bool damage)
{
	struct mls_file f = { .path = path };
	json_error_t e;
	json_t *root = json_load_file(path, 0, &e), *c;
	size_t i;

	if (json_array_size(root) > 0)
		f.format = mls_detect(path, root);
	if (f.format == NULL) {
		fprintf(stderr, "%s: %s\n", path, root == NULL ? e.text :
		    "no list of cases in a format known here");
		json_decref(root);
		return 2;
	}
	f.v.root = root;
	f.rng = rng_seed(&f.seed, 9420);
	vec_each(root, i, c)
		mls_count(&f, i, c);
	if (damage)
		mls_damage(&f);
	printf("%s: %u passed, %u failed, %u skipped (suite)\n", path, f.passed,
	    f.failed, f.skipped);
	if (f.damaged > 0)
		printf("%s: %u damaged, %u unnoticed\n", path, f.damaged,
		    f.unnoticed);
	fflush(stdout);
	vec_close(&f.v);
	return f.failed > 0 || f.unnoticed > 0;
}

int
main(int argc, char **argv)
{
	bool damage = argc > 1 && strcmp(argv[1], "-m") == 0;
	int i, err, worst = 0;

	if (argc < 2 + damage) {
		fprintf(stderr, "usage: mls-vectors [-m] FILE...\n"
		    "       mls-vectors -o FOLDER\n");
		return 2;
	}
	if (seal_start() != 0) {
		fprintf(stderr, "mls-vectors: libsodium does not start\n");
		return 2;
	}
	if (argc == 3 && strcmp(argv[1], "-o") == 0)
		return mls_make_all(argv[2]) == 0 ? 0 : 2;
	for (i = 1 + damage; i < argc; i++) {
		err = mls_file_run(argv[i], damage);
		if (err > worst)
			worst = err;
	}
	return worst;
}
