/* SPDX-License-Identifier: ISC */
/*
 * Another passphrase. The master key of the store stays and is wrapped anew in
 * the header; the account key, where it goes by the same passphrase, first gets
 * the new wrapping beside the old one, then the header changes in one step,
 * then the old wrapping goes. Cut short anywhere, the header says which of the
 * two passphrases is in force, and the next unlock tidies up (account.c).
 */
#include "inside.h"

static int
passwd_judge(struct client *c, struct bytes old, struct bytes new, char **why)
{
	if (!c->open)
		return client_refuse(why, ERR_LOCKED, "locked: unlock first");
	if (!c->self.have)
		return client_refuse(why, ERR_STATE, "there is no account here "
		    "yet: tacet init NAME makes one");
	if (c->keep_failed)
		return client_refuse(why, ERR_IO, "%s can't be written now: "
		    "make room first (df %s)", c->folder, c->folder);
	if (unlock_chars(new) < PASS_CHARS_MIN)
		return client_refuse(why, ERR_INPUT, "the passphrase needs %d "
		    "characters or more: type a longer one", PASS_CHARS_MIN);
	if (old.n == new.n && seal_same(old.p, new.p, new.n))
		return client_refuse(why, ERR_INPUT, "that is the passphrase "
		    "you have: type another one");
	return 0;
}

static int
passwd_old(struct client *c, struct bytes old, char **why)
{
	uint8_t master[KEY_SIZE];
	int err = unlock_wait(c);

	if (err != 0)
		return client_refuse(why, err, "too many wrong passphrases: "
		    "wait a moment, then try again");
	err = profile_open(c->folder, old, master);
	if (err == 0 && !seal_same(master, vault_master(c->vault), KEY_SIZE))
		err = ERR_FORMAT;       /* somebody else's header */
	mem_wipe(master, sizeof(master));
	if (err == ERR_PASS) {
		unlock_wrong(c);
		return client_refuse(why, err, "that is not your passphrase: "
		    "nothing was changed, try again");
	}
	if (err != 0)
		return client_refuse(why, err, "the header of %s can't be "
		    "read: %s", c->folder, err_text(err));
	return 0;
}

static int
passwd_keep(struct client *c, char **why)
{
	int err = client_keep(c);

	return err == 0 ? 0 : client_refuse(why, err, "%s can't be written: "
	    "%s. The old passphrase holds", c->folder, err_text(err));
}

static int
passwd_header(struct client *c, struct bytes new, char **why)
{
	struct profile_cost cost = {c->setup.pass_mem_kib, c->setup.pass_ops};
	int err;

	keep_crash("passwd-before");
	err = profile_rewrap(c->folder, c->rng, new, &cost,
	    vault_master(c->vault));
	keep_crash("passwd-after");
	return err == 0 ? 0 : client_refuse(why, err, "%s/header can't be "
	    "written: %s. The old passphrase holds", c->folder, err_text(err));
}

/* The account key goes along. */
static int
passwd_both(struct client *c, struct bytes old, struct bytes new, char **why)
{
	struct account_key *k;
	int err = account_open(c, old, &k, why);

	if (err != 0)
		return err;
	err = account_wrap(c, k, new, false, true);
	if (err == 0)
		err = passwd_keep(c, why);
	if (err == 0)
		err = passwd_header(c, new, why);
	/* in force; if this can't be kept, both open the key until it can */
	if (err == 0 && (err = account_wrap(c, k, new, false, false)) == 0)
		(void)client_keep(c);
	else
		account_unlocked(c, old);
	account_close(&k);
	return err;
}

static int
passwd_account(struct client *c, struct bytes old, struct bytes new,
    char **why)
{
	struct account_key *k;
	uint8_t master[KEY_SIZE];
	int err = account_open(c, old, &k, why);
	bool apart;

	if (err != 0)
		return err;
	apart = profile_open(c->folder, new, master) != 0;
	mem_wipe(master, sizeof(master));
	err = account_wrap(c, k, new, apart, false);
	account_close(&k);
	if (err == 0)
		err = passwd_keep(c, why);
	return err;
}

int
client_passwd(struct client *c, struct bytes old, struct bytes new,
    bool account, char **why)
{
	int err = passwd_judge(c, old, new, why);

	if (err != 0)
		return err;
	if (account)
		return passwd_account(c, old, new, why);
	err = passwd_old(c, old, why);
	if (err != 0)
		return err;
	if (!c->self.box.apart)
		return passwd_both(c, old, new, why);
	return passwd_header(c, new, why);
}
