/* SPDX-License-Identifier: ISC */
/*
 * The part of client.h about one's own devices, which includes it: changing the
 * record, linking one more device, backups and the way back from one. Nobody
 * else includes this.
 */
#ifndef TACET_CLIENT_DEVICE_PART_H
#define TACET_CLIENT_DEVICE_PART_H

/* change.c: one's own record. The next version is signed, kept, and published;
 * EVENT_record says that the relay has it. ERR_PASS, ERR_RATE (as unlocking),
 * ERR_BUSY: another change is on its way. With neither it is only renewed. */
struct record_change {
	const struct device *add;       /* its keys; the id follows from them */
	const uint8_t *revoke;          /* DEVICE_ID bytes */
};
int account_change(struct client *, const struct record_change *,
    struct bytes pass, char **why);
/* Signs what waits for it (NOTICE_RENEW), or renews. */
int client_renew(struct client *, struct bytes pass, char **why);
bool client_renew_waits(const struct client *);
bool client_account_apart(const struct client *);       /* its own passphrase */

/* linkup.c: one more device of an account. Two meet by four words and show
 * seven; on both somebody says that they are the same. EVENT_linking tells of
 * each step; what ended it stands in `why'. */
enum linkup_step {
	LINKUP_NONE,
	LINKUP_DIAL,            /* new: the relay is called */
	LINKUP_CODE,            /* new: `code' is shown, nobody has come yet */
	LINKUP_MEET,            /* keys go to and fro */
	LINKUP_COMPARE,         /* `words' are shown: the same there? */
	LINKUP_WAIT,            /* yes here; not yet there */
	LINKUP_SIGN,            /* old: the passphrase is needed */
	LINKUP_HAND,            /* the account goes over */
	LINKUP_DONE,
	LINKUP_OVER,
};
struct linkup_view {
	enum linkup_step step;
	bool old;               /* this device has the account */
	char code[PAIRING_CODE * (WORD_LEN + 1)];
	char words[PAIRING_WORDS * (WORD_LEN + 1)];
	size_t done, total;     /* of what goes over; total 0: not known */
	size_t talks;           /* conversations that the account is in */
	char *why;
};
const struct linkup_view *client_link(const struct client *);   /* or NULL */
/* `code' as a line for cameras, which /link takes too */
#define LINK_LINE 64
void client_link_line(const struct linkup_view *, char line[static LINK_LINE]);
/* After LINKUP_DONE: in how many of view.talks both devices are by now */
size_t client_link_joined(const struct client *);
/* On a fresh profile: this is the new one. */
int client_link_new(struct client *, struct bytes pass, const struct address *,
    char **why);
/* On the one that has the account: the words that the new one shows */
int client_link_join(struct client *, const char *words, char **why);
enum { LINK_SIGN = 1, LINK_HISTORY = 2 };      /* what the new one is given */
int client_link_answer(struct client *, bool yes, unsigned with, char **why);
int client_link_sign(struct client *, struct bytes pass, char **why);
                                        /* ERR_PASS, ERR_RATE as unlocking */
void client_link_stop(struct client *); /* ends it, or puts its end away */
bool client_link_ends(const struct client *);   /* it can still be ended */
bool client_revoked(const struct client *);     /* our own record says so */
bool client_may_sign(const struct client *);    /* the account key is here */

/* backup.c: a file sealed under the passphrase of the account key. The state is
 * 1 while it is written, then 0 or what went wrong. */
int client_backup(struct client *, const char *path, struct bytes pass,
    bool history, bool force, char **why);
int client_backup_state(const struct client *, unsigned *percent);
/* restore.c: as a new device; `revoke`: the one that made the backup is lost.
 * Then as after client_init. */
struct restored {
	size_t people, talks, messages, films;
	int64_t made;
};
int client_restore(struct client *, const char *path, struct bytes pass,
    bool revoke, struct restored *, char **why);

#endif
