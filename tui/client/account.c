/* SPDX-License-Identifier: ISC */
/*
 * The account key, wrapped apart from everything else: inside the store's own
 * seal lies a second one, under Argon2id of a passphrase with its own salt. It
 * is opened to sign a record and wiped at once; who has the open store, or its
 * memory, still can't sign. A wrong passphrase costs time, as at the unlock.
 *
 * u8 format, u8 apart, u32 KiB, u32 passes, salt, nonce, sealed key; the
 * associated data is what precedes it and the account.
 */
#include <stdlib.h>

#include "inside.h"

#define ACCOUNT_FORMAT 1
#define ACCOUNT_NONCE 24
#define ACCOUNT_SEALED (SIGN_SECRET + 16)
#define ACCOUNT_SIZE (10 + PASS_SALT + ACCOUNT_NONCE + ACCOUNT_SEALED)
#define ACCOUNT_ROW 1

static void
account_ad(const struct client *c, struct bytes head, struct buf *ad)
{
	buf_bytes(ad, head);
	buf_put(ad, c->self.account, ACCOUNT_ID);
}

static int
account_seal(struct client *c, const struct account_key *k, struct bytes pass,
    bool apart, struct buf *b)
{
	struct client_setup *cost = &c->setup;
	uint8_t salt[PASS_SALT], nonce[ACCOUNT_NONCE], key[KEY_SIZE];
	uint8_t sealed[ACCOUNT_SEALED];
	size_t at = b->n;
	struct buf ad = {0};
	int err;

	rng_fill(c->rng, salt, sizeof(salt));
	rng_fill(c->rng, nonce, sizeof(nonce));
	buf_u8(b, ACCOUNT_FORMAT);
	buf_u8(b, apart);
	buf_u32(b, cost->pass_mem_kib);
	buf_u32(b, cost->pass_ops);
	buf_put(b, salt, sizeof(salt));
	buf_put(b, nonce, sizeof(nonce));
	account_ad(c, bytes_of(b->p + at, b->n - at), &ad);
	err = pass_key(pass, salt, cost->pass_mem_kib, cost->pass_ops, key);
	if (err == 0)
		err = aead_seal(AEAD_XCHACHA, key, nonce, buf_view(&ad),
		    bytes_of(k->secret, SIGN_SECRET), sealed);
	mem_wipe(key, sizeof(key));
	buf_put(b, sealed, sizeof(sealed));
	buf_free(&ad);
	return err;
}

static void
account_put(struct client *c, struct buf *b)
{
	struct account_box *box = &c->self.box;

	assert(b->n > 0 && b->n % ACCOUNT_SIZE == 0);
	buf_free(&box->wrapped);
	box->wrapped = *b;
	memset(b, 0, sizeof(*b));
	box->apart = box->wrapped.p[1] != 0;
	keep_put(&c->keep, TABLE_account, ACCOUNT_ROW, 0, NULL,
	    buf_view(&box->wrapped));
	c->keep.erased = true;  /* the wrapping from before leaves the WAL */
}

int
account_wrap(struct client *c, const struct account_key *k, struct bytes pass,
    bool apart, bool beside)
{
	struct buf b = {0};
	int err;

	if (beside)
		buf_bytes(&b, buf_view(&c->self.box.wrapped));
	err = account_seal(c, k, pass, apart, &b);
	if (err == 0)
		account_put(c, &b);
	buf_free(&b);
	return err;
}

static int
account_unwrap(const struct client *c, struct bytes all, struct bytes pass,
    struct account_key *k)
{
	uint8_t salt[PASS_SALT], nonce[ACCOUNT_NONCE], key[KEY_SIZE];
	struct rd r = rd_of(all);
	struct buf ad = {0};
	struct bytes sealed;
	uint32_t mem, ops;
	int err;

	if (rd_u8(&r) != ACCOUNT_FORMAT)
		return r.err != 0 ? ERR_FORMAT : ERR_VERSION;
	(void)rd_u8(&r);        /* apart */
	mem = rd_u32(&r);
	ops = rd_u32(&r);
	rd_copy(&r, salt, sizeof(salt));
	rd_copy(&r, nonce, sizeof(nonce));
	account_ad(c, bytes_of(all.p, all.n - rd_left(&r)), &ad);
	sealed = rd_view(&r, ACCOUNT_SEALED);
	err = rd_end(&r) != 0 ? ERR_FORMAT :
	    pass_key(pass, salt, mem, ops, key);
	if (err == 0) {
		err = aead_open(AEAD_XCHACHA, key, nonce, buf_view(&ad),
		    sealed, k->secret);
		mem_wipe(key, sizeof(key));
	}
	buf_free(&ad);
	return err == ERR_AUTH ? ERR_PASS : err;
}

/* While a passphrase is being changed there are two; *at is the one that this
 * passphrase opens. */
static int
account_any(const struct client *c, struct bytes pass, struct account_key *k,
    size_t *at)
{
	const struct buf *w = &c->self.box.wrapped;
	int err = ERR_FORMAT;

	for (*at = 0; *at + ACCOUNT_SIZE <= w->n; *at += ACCOUNT_SIZE) {
		err = account_unwrap(c, bytes_of(w->p + *at, ACCOUNT_SIZE),
		    pass, k);
		if (err != ERR_PASS)
			break;
	}
	return err;
}

int
account_open(struct client *c, struct bytes pass, struct account_key **out,
    char **why)
{
	struct account_key *k;
	size_t at;
	int err = unlock_wait(c);

	*out = NULL;
	if (!client_may_sign(c))
		return client_refuse(why, ERR_DENIED, "this device may not "
		    "sign for the account: do it on the one that may");
	if (err != 0)
		return client_refuse(why, err, "too many wrong passphrases: "
		    "wait a moment, then try again");
	k = mem_secret(sizeof(*k));
	err = account_any(c, pass, k, &at);
	if (err == 0 && memcmp(k->secret + SIGN_SEED,
	    c->self.record.account_key, SIGN_PUBLIC) != 0)
		err = ERR_FORMAT;
	if (err == 0) {
		c->wrong = 0;
		*out = k;
		return 0;
	}
	account_close(&k);
	if (err == ERR_PASS) {
		unlock_wrong(c);
		return client_refuse(why, err, c->self.box.apart ?
		    "that is not the passphrase of the account key, which has "
		    "one of its own here: try again" :
		    "wrong passphrase; try again");
	}
	return client_refuse(why, err, "the account key can't be opened: %s; "
	    "/restore FILE brings it back from a backup", err_text(err));
}

void
account_close(struct account_key **k)
{
	if (*k != NULL)
		mem_secret_free(*k);
	*k = NULL;
}

bool
client_may_sign(const struct client *c)
{
	return c->self.box.wrapped.n > 0;
}

bool
client_account_apart(const struct client *c)
{
	return c->self.box.apart;
}

static void
account_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct bytes all = rd_rest(r);

	(void)row;
	(void)owner;
	c->self.box.wrapped.secret = true;
	buf_bytes(&c->self.box.wrapped, all);
	if (all.n > 2 && all.n != SIGN_SECRET)
		c->self.box.apart = all.p[1] != 0;
}

int
account_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_account, account_got, c);
}

/* Stores of the first days have it without a wrapping of its own. */
static void
account_early(struct client *c, struct bytes pass)
{
	struct account_key *k = mem_secret(sizeof(*k));
	int err;

	memcpy(k->secret, c->self.box.wrapped.p, SIGN_SECRET);
	err = account_wrap(c, k, pass, false, false);
	account_close(&k);
	if (err != 0)
		log_say(c->log, LOG_ERROR, "account", "the account key is not "
		    "wrapped: %s", err_text(err));
}

/* A change of the passphrase was cut short: what the store opens with counts,
 * and the other wrapping goes. */
static void
account_settle(struct client *c, struct bytes pass)
{
	struct account_key *k = mem_secret(sizeof(*k));
	const uint8_t *w = c->self.box.wrapped.p;
	struct buf b = {0};
	size_t at;

	if (account_any(c, pass, k, &at) == 0) {
		buf_put(&b, w + at, ACCOUNT_SIZE);
		account_put(c, &b);
	}
	account_close(&k);
}

/* What has ended already is not renewed by one clock: that is wrong, or somebody
 * was away for years; once the relay's agrees, a notice asks for it (T48). */
void
account_unlocked(struct client *c, struct bytes pass)
{
	bool renew = change_waits(c) && !expired_self(c);
	struct account_key *k;
	char *why = NULL;

	if (c->self.box.wrapped.n == SIGN_SECRET)
		account_early(c, pass);
	if (c->self.box.wrapped.n > ACCOUNT_SIZE && !c->self.box.apart)
		account_settle(c, pass);
	if (c->self.box.apart || (!renew && (c->self.registered ||
	    c->self.record.version == 1)))
		return;
	if (account_open(c, pass, &k, &why) == 0 && !c->self.registered) {
		/* restored, and the relay may know of a later record */
		account_hold(c, k);
	} else if (k != NULL) {
		if (change_sign(c, k, &why) != 0)
			log_say(c->log, LOG_ERROR, "account", "%s",
			    why != NULL ? why : "not signed");
		account_close(&k);
	}
	free(why);
}
