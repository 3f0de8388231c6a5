/* SPDX-License-Identifier: ISC */
/*
 * Sentences about the directory: what is wrong with it, what was kept back, and
 * what to do. Each is said once for a name, until an answer was good again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"

#define TOLD_MAX 256

const char *
directory_name(enum directory_state s)
{
	static const char *const name[] = {"unknown", "reading", "good",
		"silent", "old", "unproven", "forked"};

	return (unsigned)s < COUNT(name) ? name[s] : "?";
}

void
client_directory(const struct client *c, struct directory *d)
{
	const struct audit *a = &c->audit;
	uint64_t size = a->aiming ? a->aim.size : a->head.size;

	*d = (struct directory){.state = a->state};
	d->size = a->have ? a->head.size : 0;
	d->time = a->have ? (int64_t)a->head.time : 0;
	d->copied = replay_small(c, size);
	d->at = a->mirror.range.size < size ? a->mirror.range.size : size;
	d->to = size;
}

static char *
alarm_clock(const struct client *c)
{
	int64_t off = 0;

	if (!client_clock_off(c, &off) || (off <= CLOCK_SKEW &&
	    off >= -CLOCK_SKEW))
		return mem_string("ask its operator why, then /connect");
	return mem_format("this computer's clock is %lld minutes off: set it "
	    "right (timedatectl set-ntp true), then /connect",
	    (long long)((off < 0 ? -off : off) / 60000));
}

char *
client_directory_why(const struct client *c)
{
	const struct audit *a = &c->audit;
	const char *host = c->self.address.host;
	char *clock, *s;

	switch (a->state) {
	case DIRECTORY_UNKNOWN:
		return mem_string("nothing of it was seen yet: it is read when "
		    "you are online");
	case DIRECTORY_READING:
		return mem_format("its log is being read: %llu of %llu",
		    (unsigned long long)a->mirror.range.size,
		    (unsigned long long)a->aim.size);
	case DIRECTORY_GOOD:
		return mem_format("proven, %llu entries%s",
		    (unsigned long long)a->head.size,
		    replay_small(c, a->head.size) ? ", all of them read" :
		    "; too many to read all: your own name and your contacts' "
		    "are watched");
	case DIRECTORY_SILENT:
		return mem_string("the directory has not answered; what needs "
		    "it waits, and is asked again by itself");
	case DIRECTORY_OLD:
		clock = alarm_clock(c);
		s = mem_format("the relay shows an old directory: nobody's "
		    "keys are taken from it; %s", clock);
		free(clock);
		return s;
	case DIRECTORY_UNPROVEN:
		return mem_format("the relay does not prove what its directory "
		    "says: nothing is sent on its word. Ask the operator of "
		    "%s; it is asked again by itself", host);
	case DIRECTORY_FORKED:
		return mem_format("the relay at %s has shown two directories: "
		    "nothing is sent there any more; /view fork tells what was "
		    "kept", host);
	}
	return mem_string("?");
}

/* ---- lookups ------------------------------------------------------------- */

/* True the first time. */
static bool
alarm_once(struct client *c, const char *name, int err)
{
	struct audit *a = &c->audit;
	struct audit_told *t;
	size_t i;

	for (i = 0; i < a->tolds; i++)
		if (strcmp(a->told[i].name, name) == 0 &&
		    a->told[i].err == err)
			return false;
	if (a->tolds == TOLD_MAX)
		memmove(a->told, a->told + 1, --a->tolds * sizeof(*a->told));
	a->told = mem_grow(a->told, a->tolds + 1, sizeof(*a->told));
	t = &a->told[a->tolds++];
	memset(t, 0, sizeof(*t));
	memcpy(t->name, name, strnlen(name, NAME_LEN));
	t->err = err;
	return true;
}

static void
alarm_person(struct client *c, const char *name, bool unproven)
{
	struct person *p = client_person_named(c, name);

	if (p == NULL || p->unproven == unproven)
		return;
	p->unproven = unproven;
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
	client_show(c);
}

void
alarm_good(struct client *c, const char *name)
{
	struct audit *a = &c->audit;
	size_t i, left = 0;

	for (i = 0; i < a->tolds; i++)
		if (strcmp(a->told[i].name, name) != 0)
			a->told[left++] = a->told[i];
	a->tolds = left;
	alarm_person(c, name, false);
	if (!a->broken && !a->aiming && a->have)
		audit_state(c, DIRECTORY_GOOD);
}

static const char *
alarm_what(int err)
{
	switch (err) {
	case ERR_PROOF:
		return "the relay's answer is not in a directory that it has "
		    "signed";
	case ERR_REPLAY:
		return "the relay shows an older record than its directory "
		    "has (a rollback)";
	case ERR_KEY:
		return "the relay signs its directory with another key than "
		    "the one that its address pins";
	case ERR_RULE:
		return "the directory has given the name to another account "
		    "before";
	default:
		return err_text(err);
	}
}

void
alarm_lookup(struct client *c, const char *name, int err)
{
	struct person *p = client_person_named(c, name);
	const char *who = name[0] != '\0' ? name : "somebody";
	char *why;

	if (!audit_refused(err) || err == ERR_FORK)
		return;
	if (err != ERR_OLD && err != ERR_CLOCK)
		alarm_person(c, name, true);
	audit_state(c, (err == ERR_OLD || err == ERR_CLOCK) &&
	    !c->audit.broken ? DIRECTORY_OLD : DIRECTORY_UNPROVEN);
	if (!alarm_once(c, name, err))
		return;
	if (err == ERR_OLD || err == ERR_CLOCK) {
		why = client_directory_why(c);
		notice_add(c, NOTICE_ALARM, p != NULL ? p->row : 0, false,
		    "key not proven: of %s, because %s. What needs the key "
		    "waits", who, why);
		free(why);
		return;
	}
	notice_add(c, NOTICE_ALARM, p != NULL ? p->row : 0, false, "key not "
	    "proven: of %s, because %s. Nothing was sent; what you write "
	    "waits, and the relay is asked again. Ask its operator, and tell "
	    "%s over another way", who, alarm_what(err), who);
	client_hint(c, true, "key not proven: %s; see the notices", who);
}

/* ---- heads --------------------------------------------------------------- */

/* A relay that was restored from a backup and lost leaves looks like one that
 * lies, and can't go on; the way back is the same: a log under another key. */
static void
alarm_broken(struct client *c, const struct head *h, int err)
{
	unsigned long long was = c->audit.head.size;
	unsigned long long is = h != NULL ? h->size : 0;

	if (err == ERR_KEY)
		notice_add(c, NOTICE_ALARM, 0, false, "the relay signs its "
		    "directory with another key than the one that its address "
		    "pins. Nothing is sent. Ask its operator over another way: "
		    "if they had to begin the directory anew, they have a new "
		    "address for you, and /address ADDRESS takes it");
	else if (err == ERR_REPLAY)
		notice_add(c, NOTICE_ALARM, 0, false, "the relay's directory "
		    "went back from %llu entries to %llu: it denies what it "
		    "has shown before. Nothing is sent until it shows them "
		    "again; ask its operator. If a backup was put back that "
		    "lacks them, they have to begin the directory anew and "
		    "give you the new address", was, is);
	else
		notice_add(c, NOTICE_ALARM, 0, false, "the relay does not "
		    "prove that its directory of now goes on from the one you "
		    "know (%llu entries, now %llu). Nothing is sent until it "
		    "does; ask its operator", was, is);
	client_hint(c, true, "the relay's directory can't be believed: see the "
	    "notices");
}

void
alarm_head(struct client *c, const struct head *h, int err)
{
	char *why;

	c->audit.head_at = answer_wait(c, &(struct answer){.err = err},
	    4 + c->audit.tries++);
	if (!alarm_once(c, "", err))
		return;
	if (err == ERR_OLD || err == ERR_CLOCK) {
		audit_state(c, DIRECTORY_OLD);
		why = client_directory_why(c);
		notice_add(c, NOTICE_ALARM, 0, false, "%s", why);
		free(why);
		return;
	}
	alarm_broken(c, h, err);
}

bool
alarm_own(struct client *c, const struct name_seen *n)
{
	if (n->count == 0 || memcmp(n->account, c->self.account,
	    MIRROR_ID) == 0 || !defence(ownname))
		return false;
	if (alarm_once(c, c->self.name, ERR_CHANGED))
		notice_add(c, NOTICE_ALARM, 0, false, "the relay's directory "
		    "gives your name, %s, to an account that is not yours: "
		    "whoever looks you up now gets a stranger's keys. Those "
		    "who know you are stopped and asked; tell them over "
		    "another way not to accept a new key of yours, and ask "
		    "the operator of %s", c->self.name, c->self.address.host);
	return true;
}

/* Who has a new leaf is looked up; our own name is watched most closely. */
void
alarm_names(struct client *c)
{
	struct audit *a = &c->audit;
	struct person *p;
	size_t i;

	for (i = 0; i < a->names; i++) {
		if (!a->name[i].again)
			continue;
		a->name[i].again = false;
		p = client_person_named(c, a->name[i].name);
		if (p != NULL)
			p->again = true;
		else if (strcmp(a->name[i].name, c->self.name) == 0 &&
		    !alarm_own(c, &a->name[i]))
			c->self.watched = 0;
	}
}
