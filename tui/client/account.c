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
#define ACCOUNT_ROW 1

static void
account_ad(const struct client *c, struct bytes head, struct buf *ad)
{
	buf_bytes(ad, head);
	buf_put(ad, c->self.account, ACCOUNT_ID);
}

int
account_wrap(struct client *c, const struct account_key *k, struct bytes pass,
    bool apart)
{
	struct client_setup *cost = &c->setup;
	uint8_t salt[PASS_SALT], nonce[ACCOUNT_NONCE], key[KEY_SIZE];
	uint8_t sealed[ACCOUNT_SEALED];
	struct buf b = {0}, ad = {0};
	int err;

	rng_fill(c->rng, salt, sizeof(salt));
	rng_fill(c->rng, nonce, sizeof(nonce));
	buf_u8(&b, ACCOUNT_FORMAT);
	buf_u8(&b, apart);
	buf_u32(&b, cost->pass_mem_kib);
	buf_u32(&b, cost->pass_ops);
	buf_put(&b, salt, sizeof(salt));
	buf_put(&b, nonce, sizeof(nonce));
	account_ad(c, buf_view(&b), &ad);
	err = pass_key(pass, salt, cost->pass_mem_kib, cost->pass_ops, key);
	if (err == 0)
		err = aead_seal(AEAD_XCHACHA, key, nonce, buf_view(&ad),
		    bytes_of(k->secret, SIGN_SECRET), sealed);
	mem_wipe(key, sizeof(key));
	buf_free(&ad);
	if (err != 0) {
		buf_free(&b);
		return err;
	}
	buf_put(&b, sealed, sizeof(sealed));
	buf_free(&c->self.box.wrapped);
	c->self.box.wrapped = b;
	c->self.box.apart = apart;
	keep_put(&c->keep, TABLE_account, ACCOUNT_ROW, 0, NULL, buf_view(&b));
	c->keep.erased = true;  /* the wrapping from before leaves the WAL */
	return 0;
}

static int
account_unwrap(const struct client *c, struct bytes pass,
    struct account_key *k)
{
	uint8_t salt[PASS_SALT], nonce[ACCOUNT_NONCE], key[KEY_SIZE];
	struct bytes all = buf_view(&c->self.box.wrapped), sealed;
	struct rd r = rd_of(all);
	struct buf ad = {0};
	uint32_t mem, ops;
	int err;

	if (rd_u8(&r) != ACCOUNT_FORMAT)
		return r.err != 0 ? ERR_FORMAT : ERR_VERSION;
	(void)rd_u8(&r);        /* apart, for account_load */
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

int
account_open(struct client *c, struct bytes pass, struct account_key **out,
    char **why)
{
	struct account_key *k;
	int err = unlock_wait(c);

	*out = NULL;
	if (err != 0)
		return client_refuse(why, err, "too many wrong passphrases: "
		    "wait a moment, then try again");
	k = mem_secret(sizeof(*k));
	err = account_unwrap(c, pass, k);
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
	err = account_wrap(c, k, pass, false);
	account_close(&k);
	if (err != 0)
		log_say(c->log, LOG_ERROR, "account", "the account key is not "
		    "wrapped: %s", err_text(err));
}

void
account_unlocked(struct client *c, struct bytes pass)
{
	struct account_key *k;
	char *why = NULL;

	if (c->self.box.wrapped.n == SIGN_SECRET)
		account_early(c, pass);
	if (!change_waits(c) || c->self.box.apart)
		return;
	if (account_open(c, pass, &k, &why) == 0) {
		if (change_sign(c, k, &why) != 0)
			log_say(c->log, LOG_ERROR, "account", "%s",
			    why != NULL ? why : "not signed");
		account_close(&k);
	}
	free(why);
}
