/* SPDX-License-Identifier: ISC */
/*
 * First run, unlocking and locking: when secrets and texts come into memory
 * and when they leave it. Wrong passphrases cost more each time.
 */
#include <stdlib.h>

#include "play.h"
#include "publish.h"

#define WRONG_FREE 2            /* wrong ones before there is a wait */
#define WRONG_MAX_MS 60000

void
client_passphrase_min(unsigned *chars)
{
	*chars = PASS_CHARS_MIN;
}

int
client_init_state(const struct client *c, char **why)
{
	if (why != NULL)
		*why = c->init_why != NULL ? mem_string(c->init_why) : NULL;
	return c->init_state;
}

unsigned
unlock_chars(struct bytes pass)
{
	unsigned n = 0;
	size_t i, used;

	for (i = 0; i < pass.n; i += used, n++)
		(void)utf8_get((const char *)pass.p + i, pass.n - i, &used);
	return n;
}

int
init_judge(const struct client *c, const char *name, struct bytes pass,
    const struct address *relay, char **why)
{
	if (client_locked(c))
		return client_refuse(why, ERR_LOCKED, "there is a profile in "
		    "%s: unlock it with its passphrase, or choose another "
		    "folder with --profile", c->folder);
	if (c->self.registered || (c->init_state == 1 && session_up(c)))
		return client_refuse(why, ERR_EXISTS, "this profile belongs to "
		    "%s already: choose another with --profile", c->self.name);
	if (!name_ok(bytes_of(name, strlen(name))))
		return client_refuse(why, ERR_INPUT, "a name has 1 to 32 of "
		    "a-z 0-9 . _ - and starts with a letter or digit: "
		    "for example %s", "alice");
	if (unlock_chars(pass) < PASS_CHARS_MIN)
		return client_refuse(why, ERR_INPUT, "the passphrase needs %d "
		    "characters or more: type a longer one", PASS_CHARS_MIN);
	if (!relay->pinned)
		return client_refuse(why, ERR_PIN, "the address has no key: "
		    "ask for the whole line that tacetd prints, "
		    "tacet://%s/KEY", relay->host);
	return 0;
}

/* The store comes before the header: a header without its store is damage. */
static int
init_keep(struct client *c, const uint8_t master[static KEY_SIZE], char **why)
{
	char *path = path_join(c->folder, "store.db");
	int i, err;

	c->vault = vault_new(master);
	err = keep_open(&c->keep, path, c->vault, c->rng, true, why);
	for (i = 0; i < TABLE_COUNT && err == 0; i++)
		if (c->keep.next[i] > 1)
			err = client_refuse(why, ERR_EXISTS, "%s is there, but "
			    "the header that opens it is missing: restore "
			    "%s/header from a backup, or begin anew with "
			    "--profile NAME", path, c->folder);
	free(path);
	return err;
}

/* A master key and a store, or the passphrase of what a refused try left. */
int
init_store(struct client *c, struct bytes pass, char **why)
{
	struct profile_cost cost = {c->setup.pass_mem_kib, c->setup.pass_ops};
	uint8_t master[KEY_SIZE];
	bool made = c->vault == NULL;
	int err = 0;

	if (made)
		rng_fill(c->rng, master, KEY_SIZE);
	else
		memcpy(master, vault_master(c->vault), KEY_SIZE);
	if (made)
		err = init_keep(c, master, why);
	if (err == 0 && (err = profile_make(c->folder, c->rng, pass, &cost,
	    master)) != 0)
		err = client_refuse(why, err, "%s can't be written: %s",
		    c->folder, err_text(err));
	mem_wipe(master, sizeof(master));
	if (err == 0) {
		c->exists = true;
	} else if (made) {
		keep_close(&c->keep);
		vault_free(c->vault);
		c->vault = NULL;
	}
	return err;
}

/* The keys of a try before go on, which the relay may have taken without our
 * hearing of it; unless they were made under another passphrase. */
static int
init_self(struct client *c, const char *name, struct bytes pass,
    const struct address *relay)
{
	unsigned wrong = c->wrong;
	bool again = c->self.have && self_rename(c, name, pass) == 0;

	c->wrong = wrong;
	if (!again)
		self_free(&c->self);
	c->self.address = *relay;
	c->self.suite = c->setup.suite;
	if (!again)
		return self_make(c, name, pass);
	self_keep(c);
	return 0;
}

int
client_init(struct client *c, const char *name, struct bytes pass,
    const struct address *relay, char **why)
{
	int err;

	err = init_judge(c, name, pass, relay, why);
	if (err == 0)
		err = init_store(c, pass, why);
	if (err != 0)
		return err;
	c->open = true;
	err = init_self(c, name, pass, relay);
	if (err != 0)
		return client_refuse(why, err, "no keys could be made: %s",
		    err_text(err));
	c->init_state = 1;
	free(c->init_why);
	c->init_why = NULL;
	c->session.off = false;
	session_end(c);
	client_connect(c);
	return 0;
}

int
client_load(struct client *c)
{
	/* a person before the talks with them, a talk before what goes out */
	static int (*const load[])(struct client *) = {
		settings_load, audit_load, people_load, witness_load,
		gossip_load, past_load, talks_load, outs_load,
		receipts_load, notices_load, stock_load, inboxes_load,
		jobs_load, films_load, watched_load, publishing_load,
	};
	size_t i;
	int err = self_load(c);

	if (err == ERR_NONE)
		return 0;       /* a first run that didn't come far */
	if (err != 0)
		return err;
	for (i = 0; i < COUNT(load); i++) {
		err = load[i](c);
		if (err != 0)
			return err;
	}
	keep_trim(&c->keep);
	if (c->keep.damaged > 0) {
		log_say(c->log, LOG_ERROR, "store", "%u rows do not open",
		    c->keep.damaged);
		client_hint(c, true, "%u entries of the store are damaged and "
		    "left out", c->keep.damaged);
	}
	return 0;
}

static void
unlock_hint(struct client *c, int err, const char *file)
{
	char *path = path_join(c->folder, file), *why = NULL;

	(void)profile_refuse(&why, err, path);
	client_hint(c, true, "%s", why);
	free(why);
	free(path);
}

static int
unlock_store(struct client *c, const uint8_t master[static KEY_SIZE])
{
	char *path, *why = NULL;
	int err = 0;

	c->vault = vault_new(master);
	if (c->keep.db != NULL) {
		/* what couldn't be written before the lock */
		c->keep.vault = c->vault;
		err = keep_commit(&c->keep);
	} else {
		path = path_join(c->folder, "store.db");
		err = keep_open(&c->keep, path, c->vault, c->rng, false, &why);
		free(path);
	}
	if (err == 0)
		err = client_load(c);
	if (why != NULL)
		client_hint(c, true, "%s", why);
	else if (err != 0)
		unlock_hint(c, err, "store.db");
	free(why);
	return err;
}

int
unlock_wait(struct client *c)
{
	return client_mono(c) < c->wrong_until && defence(wrong) ? ERR_RATE :
	    0;
}

void
unlock_wrong(struct client *c)
{
	unsigned n = ++c->wrong;
	int64_t ms = 1000;

	if (n <= WRONG_FREE)
		return;
	for (n -= WRONG_FREE + 1; n > 0 && ms < WRONG_MAX_MS; n--)
		ms *= 2;
	if (ms > WRONG_MAX_MS)
		ms = WRONG_MAX_MS;
	c->wrong_until = client_mono(c) + ms;
}

/* During the wait after wrong ones, nothing is tried: ERR_RATE. Of what is
 * wrong with the files, the hint says what to do. */
int
client_unlock(struct client *c, struct bytes pass)
{
	uint8_t master[KEY_SIZE];
	int err;

	if (c->open)
		return 0;
	if (!c->exists)
		return ERR_NONE;
	err = unlock_wait(c);
	if (err != 0)
		return err;
	err = profile_open(c->folder, pass, master);
	if (err == ERR_PASS)
		unlock_wrong(c);
	else if (err != 0)
		unlock_hint(c, err, "header");
	else
		err = unlock_store(c, master);
	mem_wipe(master, sizeof(master));
	if (err != 0) {
		if (c->vault != NULL)
			client_unload(c);
		return err;
	}
	c->wrong = 0;
	c->open = c->look = true;
	c->keep_failed = false;
	if (c->screen.view == VIEW_lock)
		c->screen.view = c->self.have ? VIEW_list : VIEW_first;
	c->init_state = c->self.have && !c->self.registered;
	if (c->self.have)
		account_unlocked(c, pass);
	client_event(c, EVENT_ready, NULL, NULL, NULL, NULL);
	client_event(c, EVENT_lock, NULL, NULL, NULL, NULL);
	if (c->self.have && !c->session.off)
		client_connect(c);
	client_show(c);
	return 0;
}

/* Everything that was loaded leaves memory, wiped. Steps that could not be
 * written stay: they are sealed. */
void
client_unload(struct client *c)
{
	play_free(c);
	watched_free(c);
	linkup_free(c);
	session_end(c);
	audit_free(c);
	backup_free(c);
	jobs_free(c);
	publishing_free(c);
	posters_free(c);
	films_free(c);
	seeks_free(c);
	inboxes_free(c);
	stock_free(c);
	notices_free(c);
	talks_free(c);
	people_free(c);
	settings_free(c);
	self_free(&c->self);
	c->events = 0;
	c->open = false;
	vault_free(c->vault);
	c->vault = c->keep.vault = NULL;
	if (!keep_pending(&c->keep))
		keep_close(&c->keep);
}

/* What stands in the input line becomes the talk's draft. */
void
client_draft(struct client *c)
{
	struct talk *t = client_talk(c, c->screen.talk);

	if (t == NULL || c->screen.edit.n == 0 || c->screen.ask != ASK_NONE)
		return;
	string_wipe(&t->draft);
	t->draft = mem_string(c->screen.edit.s);
}

void
client_lock(struct client *c)
{
	if (!c->open)
		return;
	client_draft(c);
	play_free(c);
	(void)client_keep(c);   /* sealed steps wait for the next unlock */
	client_tell_all(c);
	session_stop(c, ONLINE_OFF, "locked");
	client_unload(c);
	screen_wipe(&c->screen);
	c->screen.view = VIEW_lock;
	client_event(c, EVENT_lock, NULL, NULL, NULL, NULL);
	client_tell_all(c);
	client_show(c);
}
