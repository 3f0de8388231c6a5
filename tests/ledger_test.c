/* SPDX-License-Identifier: ISC */
/*
 * The log of the directory across starts: built where an earlier tacetd left
 * none, the same after restarts, and no start at all when what is here is not
 * what was signed. floor: relay
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "relay_help.h"

#define PEOPLE 12

static struct dev people[PEOPLE];

/* Is everybody's newest record proven? */
static size_t
proven(struct desk *w)
{
	struct msg m = {.code = MSG_lookup};
	const struct msg *a;
	struct record rec;
	struct head h;
	size_t i, good = 0;

	desk_turn(w);           /* who lost a relay hears of it */
	for (i = 0; i < PEOPLE; i++) {
		dev_back(&people[0]);
		m.lookup.name = bytes_of(people[i].name,
		    strlen(people[i].name));
		good += dev_ask(&people[0], &m, &a) == 0 &&
		    head_get(a->record.head, &h) == 0 &&
		    head_pinned(&h, w->relay->address.pin) &&
		    record_get(a->record.record, &rec) == 0 &&
		    rec.version == people[i].record.version &&
		    head_holds(&h, &rec, a->record.number, a->record.prev,
		    a->record.proof) == 0;
	}
	return good;
}

static void
next_version(struct dev *d)
{
	struct msg m = {.code = MSG_record_put};

	d->record.version++;
	memcpy(d->record.prev, d->record.hash, HASH32);
	buf_clear(&d->raw);
	if (record_put(&d->record, d->account_secret, &d->raw) != 0)
		bail("record_put");
	m.record_put.record = buf_view(&d->raw);
	if (dev_ask(d, &m, NULL) != 0)
		bail("the record is refused");
}

/* --- copies of files --- */

static void
shell(const char *dir, const char *what)
{
	char *line = mem_format("cd '%s' && %s", dir, what);

	if (system(line) != 0)
		bail("%s", line);
	free(line);
}

/* The sentence of a start that is refused; NULL: it started. */
static char *
refused(struct desk *w)
{
	struct relay_setup setup = {
		.loop = w->loop, .options = &w->options, .log = &w->log,
		.data = w->dir,
	};
	char *why = NULL;

	if (relay_new(&w->relay, &setup, &why) == 0)
		return NULL;
	w->relay = NULL;
	return why ? why : mem_string("?");
}

/* --- the tests --- */

static void
test_restart(struct desk *w)
{
	uint64_t size;

	is_int(proven(w), PEOPLE, "all are proven");
	size = w->relay->heads.head.size;
	desk_stop(w);
	desk_start(w);
	is_int(w->relay->heads.head.size, (int64_t)size,
	    "a restart finds the same log");
	is_int(proven(w), PEOPLE, "all are proven again");
	next_version(&people[0]);
	is_int(proven(w), PEOPLE, "and what comes after it");
}

struct keys_list {
	struct key key[512];
	size_t n;
};

static bool
list_each(void *arg, struct bytes key, struct bytes value)
{
	struct keys_list *l = arg;

	(void)value;
	l->key[l->n++] = key_of(key.p, key.n);
	return l->n < COUNT(l->key);
}

static void
empty(struct desk *w, enum table t)
{
	struct keys_list *l = mem_alloc(sizeof(*l));
	struct key from = {.n = 0}, below = {.n = 60};
	size_t i;

	memset(below.p, 0xff, below.n);
	if (store_scan(w->relay->store, t, key_view(&from), key_view(&below),
	    STORE_UP, list_each, l) != 0)
		bail("scan");
	for (i = 0; i < l->n; i++)
		if (store_del(w->relay->store, t, key_view(&l->key[i])) != 0)
			bail("del");
	free(l);
}

/* Makes the folder what a tacetd before the log left: no tree, no signer, and
 * both secrets in `keys`. */
static void
make_old(struct desk *w)
{
	struct buf keys = {0}, seed = {0};
	char *path = path_join(w->dir, "keys"), *head;
	int fd;

	empty(w, TABLE_leaf);
	empty(w, TABLE_node);
	empty(w, TABLE_place);
	if (store_del(w->relay->store, TABLE_meta, bytes_of("ledger", 6)) != 0)
		bail("del");
	relay_keep(w->relay);
	desk_stop(w);
	head = path_join(w->dir, "signer/key");
	if (path_read(path, 1000, &keys) != 0 ||
	    path_read(head, 1000, &seed) != 0 || keys.n != 78 || seed.n != 46)
		bail("keys");
	keys.p[12] = '1';
	memcpy(keys.p + 46, seed.p + 14, SIGN_SEED);
	fd = open(path, O_WRONLY | O_CLOEXEC);  /* the same file, no copy */
	if (fd < 0 || write(fd, keys.p, keys.n) != (ssize_t)keys.n)
		bail("keys");
	(void)close(fd);
	shell(w->dir, "rm -r signer");
	buf_free(&keys);
	buf_free(&seed);
	free(path);
	free(head);
}

static void
test_old_folder(struct desk *w)
{
	uint8_t pin[PIN_SIZE], id[WIRE_ID];
	struct buf keys = {0}, seed = {0};
	char *path = path_join(w->dir, "keys"), *head;
	uint64_t records = w->relay->heads.head.size;

	memcpy(pin, w->relay->address.pin, PIN_SIZE);
	memcpy(id, w->relay->incarnation, WIRE_ID);
	make_old(w);
	desk_start(w);
	is_mem(w->relay->address.pin, pin, PIN_SIZE,
	    "a folder of an earlier tacetd: the same address");
	is_mem(w->relay->incarnation, id, WIRE_ID, "the same relay, no copy");
	is_int(w->relay->heads.head.size, (int64_t)records,
	    "the log is built of its records");
	is_int(proven(w), PEOPLE, "all are proven");
	head = path_join(w->dir, "signer/key");
	if (path_read(path, 1000, &keys) != 0 ||
	    path_read(head, 1000, &seed) != 0)
		bail("keys");
	ok(keys.n == 78 && memcmp(keys.p + 46, seed.p + 14, SIGN_SEED) != 0,
	    "T94: the head key's secret is no longer in `keys`");
	desk_stop(w);
	desk_start(w);
	is_mem(w->relay->incarnation, id, WIRE_ID, "nor at the next start");
	is_int(proven(w), PEOPLE, "still proven");
	buf_free(&keys);
	buf_free(&seed);
	free(path);
	free(head);
}

/* The database is put back, the signer is not. */
static void
test_rollback(struct desk *w)
{
	char *why;

	desk_stop(w);
	shell(w->dir, "mkdir old && cp tacetd.db* old/");
	desk_start(w);
	dev_back(&people[3]);
	next_version(&people[3]);
	dev_back(&people[5]);
	next_version(&people[5]);
	is_int(proven(w), PEOPLE, "two more versions, signed");
	desk_stop(w);
	shell(w->dir, "mkdir new && mv tacetd.db* new/ && "
	    "cp old/tacetd.db* .");
	why = refused(w);
	ok(why != NULL, "T95: a directory behind its signer does not start");
	ok(why && strstr(why, "older than the directory's last signed head") &&
	    strstr(why, "restore"), "and says what to do: %s",
	    why ? why : "");
	free(why);
	desk_stop(w);
	shell(w->dir, "rm tacetd.db* && cp new/tacetd.db* .");
	why = refused(w);
	ok(why == NULL, "with the newer one it does");
	free(why);
}

/* As long, and another one. */
static void
test_other(struct desk *w)
{
	char *why;

	/* the records in another order than they came */
	empty(w, TABLE_node);
	empty(w, TABLE_place);
	empty(w, TABLE_leaf);
	if (store_del(w->relay->store, TABLE_meta, bytes_of("ledger", 6)) != 0)
		bail("del");
	relay_keep(w->relay);
	desk_stop(w);
	why = refused(w);
	ok(why != NULL, "T95: another directory does not start");
	note("%s", why ? why : "");
	free(why);
}

static void
test_missing(struct desk *w)
{
	char *why;

	shell(w->dir, "rm tacetd.db* && cp new/tacetd.db* . && "
	    "mv signer signer.gone");
	why = refused(w);
	ok(why && strstr(why, "signer/key"), "no signer folder: %s",
	    why ? why : "");
	free(why);
	shell(w->dir, "mv signer.gone signer");
	why = refused(w);
	ok(why == NULL, "put back, it starts");
	free(why);
	is_int(proven(w), PEOPLE, "and all are proven");
}

int
main(void)
{
	struct desk w;
	char name[16];
	size_t i;

	desk_open(&w, "sqlite", "rate", "1000000", "burst", "1000000", NULL);
	for (i = 0; i < PEOPLE; i++) {
		(void)snprintf(name, sizeof(name), "p%zu", i);
		dev_join(&people[i], &w, name);
	}
	next_version(&people[4]);
	next_version(&people[4]);
	test_restart(&w);
	test_old_folder(&w);
	test_rollback(&w);
	test_other(&w);
	test_missing(&w);
	for (i = 0; i < PEOPLE; i++)
		dev_free(&people[i]);
	desk_close(&w);
	return done();
}
