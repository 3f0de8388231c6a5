/* SPDX-License-Identifier: ISC */
/*
 * mls-driver: members of MLS groups behind a pipe, for interop with other
 * people's code (interop.mjs). One command per line, words apart by one space,
 * bytes in hex, "-" for none; one line back, "ok ..." or "no ERROR clause".
 * Keys come from a seed: this is no program for secrets.
 *
 *	reset SEED                  forgets all members
 *	new M SUITE IDENTITY
 *	kp M                        ok KEYPACKAGE
 *	psk M ID SECRET
 *	create M GROUPID
 *	propose M WIRE PROPOSAL     ok MESSAGE; WIRE: public or private
 *	commit M WIRE path|lean tree|bare PROPOSAL...
 *	                            ok COMMIT WELCOME|-; not yet applied
 *	merge M, drop M             the commit was accepted, or was not
 *	recv M MESSAGE              ok message DATA, or ok proposal, commit,
 *	                            removed
 *	send M DATA                 ok MESSAGE
 *	join M WELCOME TREE|-
 *	enter M GROUPINFO fresh|resync      ok COMMIT
 *	info M, tree M              ok GROUPINFO, ok TREE
 *	state M                     ok EPOCH AUTHENTICATOR LEAF
 *	roster M                    ok LEAF:IDENTITY... TYPE=EXTENSION...
 *	export M LABEL CONTEXT N    ok SECRET
 *	link M branch|reinit SUITE GROUPID KEYPACKAGE...
 *	                            ok WELCOME TREE; joined by join
 *	suite M SUITE               of the next KeyPackage
 *	reload M                    through its saved form and back
 *
 *	PROPOSAL: add KEYPACKAGE | remove LEAF | psk ID | resume EPOCH |
 *	gce TYPE=DATA,... | reinit SUITE=GROUPID | update (in propose only)
 */
#include <stdio.h>
#include <stdlib.h>

#include "mls_driver.h"

/* words in, words out */

int
driver_hex(struct driver *d, size_t i, struct bytes *out)
{
	struct buf *b = &d->given[d->n_given];
	const char *s;
	size_t n;

	*out = bytes_of(NULL, 0);
	if (i >= d->words || d->n_given == WORDS_MAX)
		return ERR_INPUT;
	s = d->word[i];
	if (strcmp(s, "-") == 0)
		return 0;
	n = strlen(s);
	buf_clear(b);
	if (n % 2 != 0 || hex_get(s, n, buf_room(b, n / 2), n / 2) != 0)
		return ERR_INPUT;
	d->n_given++;
	*out = buf_view(b);
	return 0;
}

int
driver_number(const struct driver *d, size_t i, uint64_t *out)
{
	char *end;

	if (i >= d->words || *d->word[i] < '0' || *d->word[i] > '9')
		return ERR_INPUT;
	*out = strtoull(d->word[i], &end, 10);
	return *end == '\0' ? 0 : ERR_INPUT;
}

bool
driver_is(const struct driver *d, size_t i, const char *word)
{
	return i < d->words && strcmp(d->word[i], word) == 0;
}

void
driver_say_hex(struct driver *d, struct bytes b)
{
	char *text = mem_alloc(2 * b.n + 1);

	hex_put(text, b.p, b.n);
	buf_format(&d->out, " %s", b.n == 0 ? "-" : text);
	free(text);
}

/* members */

static int
driver_psk(void *arg, struct bytes id, struct buf *psk)
{
	const struct member *m = arg;
	size_t i;

	for (i = 0; i < m->n_psk; i++)
		if (bytes_same(id, buf_view(&m->psk[i].id))) {
			buf_bytes(psk, buf_view(&m->psk[i].secret));
			return 0;
		}
	return ERR_NONE;
}

/* The group that a new one is linked to is the one before it. */
static const struct mls_group *
driver_group(void *arg, struct bytes group_id)
{
	const struct member *m = arg;

	if (m->group == NULL || !bytes_same(group_id, mls_group_id(m->group)))
		return NULL;
	return m->group;
}

static struct member *
driver_member(struct driver *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (strcmp(d->member[i].name, name) == 0) {
			d->env.arg = &d->member[i];
			return &d->member[i];
		}
	return NULL;
}

static void
driver_forget(struct driver *d)
{
	struct member *m;
	size_t i;

	while (d->n > 0) {
		m = &d->member[--d->n];
		for (i = 0; i < m->n_psk; i++) {
			buf_free(&m->psk[i].id);
			buf_free(&m->psk[i].secret);
		}
		mls_made_free(&m->made);
		mls_group_free(m->group);
		buf_free(&m->identity);
		buf_free(&m->private);
		free(m->name);
		memset(m, 0, sizeof(*m));
	}
}

struct mls_self
driver_self(const struct member *m)
{
	static const uint16_t types[] = { EXTENSION };

	return (struct mls_self){
		.signer = m->signer, .identity = buf_view(&m->identity),
		.types = types, .n_types = COUNT(types),
	};
}

/* A new group takes the place of the one before. */
int
driver_settle(struct member *m, int err, struct mls_group *group)
{
	if (err == 0) {
		mls_group_free(m->group);
		m->group = group;
	}
	return err;
}

static int
do_new(struct driver *d, struct member *unused)
{
	struct member *m = &d->member[d->n];
	struct bytes identity;
	uint64_t suite;
	int err = driver_number(d, 2, &suite);

	(void)unused;
	if (err == 0)
		err = driver_hex(d, 3, &identity);
	if (err != 0 || d->n == MEMBERS_MAX)
		return ERR_INPUT;
	d->n++;
	m->name = mem_string(d->word[1]);
	m->suite = (uint16_t)suite;
	m->private.secret = true;
	buf_bytes(&m->identity, identity);
	sign_keypair(&d->rng, m->public, m->signer);
	return 0;
}

static int
do_kp(struct driver *d, struct member *m)
{
	const struct mls_package_ask ask = {
		.suite = m->suite, .self = driver_self(m),
		.not_before = d->env.now - 3600,
		.not_after = d->env.now + 90 * DAY,
	};
	struct buf public = { 0 };
	int err;

	buf_clear(&m->private);
	err = mls_package_make(&d->env, &ask, &public, &m->private);
	driver_say_hex(d, buf_view(&public));
	buf_free(&public);
	return err;
}

static int
do_psk(struct driver *d, struct member *m)
{
	struct bytes id, secret;
	int err = driver_hex(d, 2, &id);

	if (err == 0)
		err = driver_hex(d, 3, &secret);
	if (err != 0 || m->n_psk == PSKS_MAX)
		return ERR_INPUT;
	buf_bytes(&m->psk[m->n_psk].id, id);
	buf_bytes(&m->psk[m->n_psk++].secret, secret);
	return 0;
}

static int
do_suite(struct driver *d, struct member *m)
{
	uint64_t suite;
	int err = driver_number(d, 2, &suite);

	if (err == 0)
		m->suite = (uint16_t)suite;
	return err;
}

static int
do_create(struct driver *d, struct member *m)
{
	struct mls_group_ask ask = {
		.suite = m->suite, .self = driver_self(m),
		.not_before = d->env.now - 3600,
		.not_after = d->env.now + 90 * DAY,
	};
	struct mls_group *group = NULL;
	int err = driver_hex(d, 2, &ask.group_id);

	if (err == 0)
		err = mls_group_create(&d->env, &ask, &group);
	return driver_settle(m, err, group);
}

/* views */

static int
do_tree(struct driver *d, struct member *m)
{
	struct buf tree = { 0 };

	mls_group_tree(m->group, &tree);
	driver_say_hex(d, buf_view(&tree));
	buf_free(&tree);
	return 0;
}

static int
do_state(struct driver *d, struct member *m)
{
	buf_format(&d->out, " %llu",
	    (unsigned long long)mls_group_epoch(m->group));
	driver_say_hex(d, mls_group_authenticator(m->group));
	buf_format(&d->out, " %u", mls_group_self(m->group));
	return 0;
}

static int
do_roster(struct driver *d, struct member *m)
{
	struct rd list = rd_of(mls_group_extensions(m->group));
	const struct mls_leaf *leaf;
	struct bytes data;
	uint16_t type;
	char *text;
	uint32_t i;

	for (i = 0; i < mls_group_leaves(m->group); i++) {
		leaf = mls_group_leaf(m->group, i);
		if (leaf == NULL)
			continue;
		buf_format(&d->out, " %u:", i);
		buf_bytes(&d->out, leaf->credential.body);
	}
	while (rd_left(&list) > 0 && mls_ext_next(&list, &type, &data) == 0) {
		text = mem_alloc(2 * data.n + 1);
		hex_put(text, data.p, data.n);
		buf_format(&d->out, " %u=%s", type, text);
		free(text);
	}
	return 0;
}

static int
do_export(struct driver *d, struct member *m)
{
	struct bytes label, context;
	uint8_t out[255];
	uint64_t n = 0;
	int err = driver_hex(d, 2, &label);

	if (err == 0)
		err = driver_hex(d, 3, &context);
	if (err == 0)
		err = driver_number(d, 4, &n);
	if (err == 0 && n > sizeof(out))
		err = ERR_BIG;
	if (err == 0)
		err = mls_group_export_bytes(m->group, label, context, out,
		    (size_t)n);
	if (err == 0)
		driver_say_hex(d, bytes_of(out, (size_t)n));
	return err;
}

/* the loop */

static int
do_reset(struct driver *d, struct member *m)
{
	uint64_t seed;
	int err = driver_number(d, 1, &seed);

	(void)m;
	if (err != 0)
		return err;
	driver_forget(d);
	d->rng = rng_seed(&d->seed, seed);
	d->env.rng = &d->rng;
	return 0;
}

static const struct {
	const char *verb;
	int (*run)(struct driver *, struct member *);
	bool member, group;             /* needs one that exists */
} driver_row[] = {
	{ "reset", do_reset, false, false },
	{ "new", do_new, false, false },
	{ "kp", do_kp, true, false },
	{ "psk", do_psk, true, false },
	{ "suite", do_suite, true, false },
	{ "create", do_create, true, false },
	{ "join", do_join, true, false },
	{ "enter", do_enter, true, false },
	{ "propose", do_propose, true, true },
	{ "commit", do_commit, true, true },
	{ "merge", do_merge, true, true },
	{ "drop", do_drop, true, true },
	{ "recv", do_recv, true, true },
	{ "send", do_send, true, true },
	{ "info", do_info, true, true },
	{ "link", do_link, true, true },
	{ "tree", do_tree, true, true },
	{ "state", do_state, true, true },
	{ "roster", do_roster, true, true },
	{ "export", do_export, true, true },
	{ "reload", do_reload, true, true },
};

static int
driver_run(struct driver *d)
{
	struct member *m = NULL;
	size_t i;

	for (i = 0; i < COUNT(driver_row); i++)
		if (driver_is(d, 0, driver_row[i].verb))
			break;
	if (i == COUNT(driver_row) || d->words < 2)
		return ERR_INPUT;
	if (driver_row[i].member) {
		m = driver_member(d, d->word[1]);
		if (m == NULL || (driver_row[i].group && m->group == NULL))
			return ERR_NONE;
	}
	return driver_row[i].run(d, m);
}

static void
driver_line(struct driver *d, char *line)
{
	char *rest;
	int err;

	d->words = 0;
	for (line = strtok_r(line, " \n", &rest); line != NULL &&
	    d->words < WORDS_MAX; line = strtok_r(NULL, " \n", &rest))
		d->word[d->words++] = line;
	err = driver_run(d);
	if (err == 0)
		printf("ok%.*s\n", (int)d->out.n, (const char *)d->out.p);
	else
		printf("no %s %s\n", err_name(err), err_text(err));
	fflush(stdout);
	buf_clear(&d->out);
	while (d->n_given > 0)
		buf_free(&d->given[--d->n_given]);
}

int
main(int argc, char **argv)
{
	struct driver *d;
	char *line = NULL;
	size_t cap = 0;

	if (argc != 2 || seal_start() != 0) {
		fprintf(stderr, "usage: mls_driver SEED\n");
		return 2;
	}
	d = mem_alloc(sizeof(*d));
	d->rng = rng_seed(&d->seed, strtoull(argv[1], NULL, 10));
	d->env = (struct mls_env){
		.rng = &d->rng, .psk = driver_psk, .group = driver_group,
		.now = (uint64_t)clock_wall(&clock_system) / 1000,
		.lifetimes = true, .lifetime_max = MLS_LIFETIME_MAX,
	};
	while (getline(&line, &cap, stdin) > 0 && strcmp(line, "quit\n") != 0)
		driver_line(d, line);
	driver_forget(d);
	buf_free(&d->out);
	free(d);
	free(line);
	return 0;
}
