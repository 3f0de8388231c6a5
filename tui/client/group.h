/* SPDX-License-Identifier: ISC */
/*
 * The part of inside.h about who is in a group. A change of it is a wish (a
 * job) until a commit of somebody has made it true; what the commit says is
 * judged the same way whoever made it. Included by inside.h alone.
 */
#ifndef TACET_CLIENT_GROUP_H
#define TACET_CLIENT_GROUP_H

/* seek.c: accounts that stand in a group and that we haven't seen, or not in
 * that version of their record: looked up by id, until we have */

struct seek {
	uint8_t account[ACCOUNT_ID];
	uint64_t flight;
	int64_t not_before;
	unsigned tries;
};
void seek_want(struct client *, const uint8_t account[static ACCOUNT_ID]);
void seek_drive(struct client *);
void seek_got(struct client *, int64_t row, const struct answer *);
/* The first bytes of an account as the number of its question */
int64_t seek_row(const uint8_t account[static ACCOUNT_ID]);
bool seek_done(const struct client *);  /* nobody is looked for */
bool seek_waits(const struct client *,
    const uint8_t account[static ACCOUNT_ID]);
void seeks_free(struct client *);

/* member.c: who is in a group, and who may say so */

/* The record that a leaf of this account is judged by: our own, a person's
 * that hasn't changed, or NULL. */
const struct record *record_of(struct client *,
    const uint8_t account[static ACCOUNT_ID]);
/* The account of a leaf, or no bytes */
struct bytes member_account(const struct mls_group *, uint32_t leaf);
int member_room(const struct mls_group *, struct room *) MUST_CHECK;
void members_note(struct client *, struct talk *);      /* t->member anew */
bool member_is(const struct talk *, int64_t person);
bool member_in(const struct mls_group *, struct bytes account);
/* Of this device, which asked to be let in again and is not yet */
bool invite_stale(const struct mls_group *, const struct job *, uint32_t leaf);
/* Of a device that its account has revoked */
bool member_gone(struct client *, const struct mls_group *, uint32_t leaf);
void members_look(struct client *);     /* a record has changed */
/* May this commit be? ERR_RULE, or ERR_STATE: look somebody up first. */
int members_judge(struct client *, const struct talk *,
    const struct mls_stage *) MUST_CHECK;
void members_tell(struct client *, struct talk *, const struct mls_group *was,
    const struct mls_stage *);          /* lines about who came and went */

/* commit.c: commits of ours that change who is in a group */

/* Stages a commit and puts it into the outbox; *welcome may be NULL. */
int commit_put(struct client *, struct talk *, const struct mls_commit_ask *,
    bool cut, uint8_t id[static WIRE_ID], struct buf *welcome) MUST_CHECK;
#define COMMIT_AGAIN_MS 1000
void commit_drive(struct client *, struct talk *);
bool commit_waits(struct client *, struct talk *); /* seal nothing now */
void commit_done(struct client *, const uint8_t id[static WIRE_ID]);
void commit_undone(struct client *, const uint8_t id[static WIRE_ID]);

/* invite.c: the KeyPackages for it, and the Welcome to those who were added */

struct job *invite_add(struct client *, struct talk *,
    const uint8_t account[static ACCOUNT_ID]);
struct job *invite_of(struct client *, const struct talk *,
    const uint8_t account[static ACCOUNT_ID], enum job_kind);
/* KeyPackages taken so far, and the device that the next one is for */
#define INVITE_TAKEN_MAX DEVICES_MAX
struct invite_taken {
	struct bytes package[INVITE_TAKEN_MAX];
	uint8_t device[INVITE_TAKEN_MAX][DEVICE_ID];
	size_t n;
};
void invite_taken(const struct job *, struct invite_taken *);
bool invite_whole(struct client *, const struct talk *, const struct job *);
/* There is nobody to bring in now */
bool invite_idle(struct client *, const struct talk *, const struct job *);
void invite_drive(struct client *, struct job *);
void invite_package(struct client *, struct job *, int err, struct bytes raw);
void invite_welcome(struct client *, struct job *);

/* join.c: a Welcome for this device */

/* May this account put us into a group, or come back into one? */
bool join_from(struct client *,
    const uint8_t account[static ACCOUNT_ID]);
void join_record(struct client *, struct job *, int err, struct bytes raw);
void join_drive(struct client *, struct job *);

/* leave.c */

void leave_drive(struct client *, struct talk *);
void leave_done(struct client *, struct talk *);

/* rejoin.c: back into a conversation that this device can't follow */

void rejoin_want(struct client *, struct talk *, const char *why);
void rejoin_drive(struct client *);
/* We have asked to be let into this one */
bool rejoin_waits(const struct talk *, const uint8_t log[static WIRE_ID]);
void rejoin_back(struct client *, struct talk *, const struct person *);
void rejoin_record(struct client *, struct job *, int err, struct bytes raw);

/* branch.c: where nobody can follow, a new group from the last epoch that all
 * agreed on (RFC 9420 11.3) */

void halt_begin(struct client *, struct talk *, const char *why);
void halt_end(struct talk *);
void halt_put(const struct talk *, struct buf *);
void halt_get(struct rd *, struct talk *);
/* They can't follow it either */
void halt_stuck(struct talk *, const struct person *);

/* The group, before it is forgotten; and when it isn't needed any more */
void branch_keep(struct client *, struct talk *);
void branch_drop(struct client *, struct talk *);
void branch_drive(struct client *, struct talk *);
int branches_load(struct client *) MUST_CHECK;
/* A branch of ours whose first commit is not made yet: may this device of the
 * group before be added to it? */
bool branch_pending(const struct talk *);
bool branch_had(const struct talk *, struct bytes account,
    const uint8_t device[static DEVICE_ID]);
/* mls_env.group: what we have under this id, by which a branch is verified */
const struct mls_group *branch_group(void *client, struct bytes id);
void branch_joined(struct client *, struct talk *, const struct person *);
/* Whoever was in a room that we can't follow, or that goes on in a branch since
 * lately, may branch it */
bool branch_from(struct client *, const struct person *);
/* The talk that goes on in g, which branches the group `link`; NULL: none, or it
 * may not: somebody would be left out, its rules are others, or it goes on
 * elsewhere already. */
struct talk *branch_talk(struct client *, const struct mls_group *g,
    struct bytes link);

/* halted.c: notices about them, in notice.c */

void halted_drive(struct client *);
/* Which conversation (or NULL) it is about, and since when */
void notice_about(struct client *, struct notice *, const struct talk *,
    int64_t time);

/* resend.c: what nobody has confirmed, once more */

/* The relay may have lost it; how many messages go out once more */
unsigned resend_restored(struct client *);
void resend_group(struct client *, struct talk *);      /* into another group */
/* A commit lets somebody in again, who may have missed it */
void resend_back(struct client *, struct talk *, const struct mls_group *was,
    const struct mls_stage *);

/* rooms.c */

struct talk *room_add(struct client *, enum talk_state);
int room_create(struct client *, struct talk *, const char *title) MUST_CHECK;
/* A group of its own, with us alone in it */
int room_group(struct client *, struct talk *, uint16_t suite,
    struct bytes extensions) MUST_CHECK;
bool room_alone(const struct talk *);   /* nobody else is in it yet */

#endif
