/* SPDX-License-Identifier: ISC */
/*
 * Jobs, and those who do them: what takes several questions to the relay and
 * outlives a restart. Private to this folder and its tests.
 */
#ifndef TACET_CLIENT_JOB_H
#define TACET_CLIENT_JOB_H

#include "client.h"

/* job.c and contact.c: what takes several steps, and survives a restart */

enum job_kind {
	JOB_ADD, JOB_POST, JOB_BOX, JOB_RECORD,
	JOB_INVITE,             /* an account's devices belong in a group */
	JOB_REMOVE,             /* an account's devices don't */
	JOB_WELCOME,            /* a Welcome, until its commit is taken */
	JOB_JOIN,               /* a Welcome for us */
	JOB_REJOIN,             /* somebody asks to be let in again */
};
enum job_step { STEP_LOOKUP, STEP_KEYS, STEP_SEND, STEP_SIGN };
struct job {
	int64_t row;
	enum job_kind kind;
	enum job_step step;
	int64_t person, talk;
	char name[NAME_LEN + 1];        /* ADD, BOX, JOIN, REJOIN: who is looked up */
	uint8_t account[ACCOUNT_ID], device[DEVICE_ID];
	uint8_t id[WIRE_ID];    /* WELCOME: of the commit */
	struct buf data;        /* ADD: the note; POST: the body; BOX, JOIN: its
	                           body; RECORD: the change; WELCOME: for whom;
	                           INVITE: the key of a leaf to be replaced */
	struct buf got;         /* ADD, INVITE: KeyPackages; POST: the sealed
	                           box; RECORD: the signed record; WELCOME:
	                           that */
	int64_t made;
	/* of this connection */
	uint64_t flight;
	int64_t not_before;
	unsigned tries;
};
struct job *job_add(struct client *, enum job_kind);
void job_keep(struct client *, const struct job *);
void job_done(struct client *, struct job *);
struct job *job_row(struct client *, int64_t row);
void job_later(struct client *, struct job *, int err); /* tries again */
int jobs_load(struct client *) MUST_CHECK;
void jobs_free(struct client *);
void jobs_drive(struct client *);
struct job *job_named(struct client *, enum job_kind, const char *name);
/* contact.c, post.c */
void contact_record(struct client *, struct job *, int err, struct bytes raw);
void contact_package(struct client *, struct job *, int err, struct bytes raw);
void contact_drive(struct client *, struct job *);
int contact_package_ok(struct client *,
    const uint8_t account[static ACCOUNT_ID], const struct device *,
    struct bytes raw) MUST_CHECK;
void post_drive(struct client *, struct job *);
void post_key(struct client *, struct job *, int err, struct bytes raw);
void post_sent(struct client *, struct job *, int err);
void post_all(struct client *, struct person *, const struct body *);
/* To one device of an account, which may be our own */
void post_one(struct client *, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID], const struct body *);
/* asked.c: a request of somebody else's */
void asked_box(struct client *, struct job *, int err, struct bytes raw);
int asked_take(struct client *, struct talk *, char **why) MUST_CHECK;
/* Does the directory's answer agree with what a box claimed? */
int asked_directory(const struct job *, struct bytes raw, struct bytes claimed,
    struct record *) MUST_CHECK;
void asked_unused(struct client *, struct bytes welcome);
void asked_joined(struct client *, struct talk *);

#endif
