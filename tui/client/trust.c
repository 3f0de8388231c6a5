/* SPDX-License-Identifier: ISC */
/*
 * How a person's key came to be trusted: by which way it was verified and when,
 * what they say of ours, what was shown instead of it, who vouches. It is about
 * the account key, so a new device of theirs changes nothing. Nothing here is
 * believed of the relay; what others say of a key stays their claim.
 */
#include <stdlib.h>

#include "trust.h"

#define VOUCHES_MAX 32          /* kept of one person */

static const struct {
	const char *name, *text;
} way_row[WAY_COUNT] = {
#define WAY(number, name, how) [number] = {#name, how},
#include "way.def"
#undef WAY
};

const char *
way_name(enum way w)
{
	return (unsigned)w < WAY_COUNT ? way_row[w].name : "?";
}

const char *
way_text(enum way w)
{
	return (unsigned)w < WAY_COUNT ? way_row[w].text : "?";
}

/* ---- kept ---------------------------------------------------------------- */

static void
put_data(struct buf *b, struct bytes v)
{
	buf_u32(b, (uint32_t)v.n);
	buf_bytes(b, v);
}

static void
trust_put(const struct trust *t, struct buf *b)
{
	buf_u8(b, (uint8_t)t->way);
	buf_u64(b, (uint64_t)t->when);
	buf_u8(b, (uint8_t)t->theirs);
	buf_u64(b, (uint64_t)t->theirs_when);
	buf_u8(b, t->differed);
	buf_u64(b, (uint64_t)t->differed_when);
	buf_u64(b, (uint64_t)t->changed_when);
	put_data(b, buf_view(&t->shown));
	put_data(b, buf_view(&t->held));
	put_data(b, bytes_of(t->note.s, t->note.n));
	put_data(b, bytes_of(t->asks.s, t->asks.n));
	buf_u8(b, t->had);
	buf_put(b, t->before, ACCOUNT_ID);
	buf_u64(b, (uint64_t)t->accepted);
	buf_u8(b, t->accept);
	buf_u8(b, (uint8_t)t->alike);
	buf_u64(b, (uint64_t)t->alike_row);
	buf_u8(b, (uint8_t)t->vouches);
	for (size_t i = 0; i < t->vouches; i++) {
		buf_u64(b, (uint64_t)t->vouch[i].by);
		buf_put(b, t->vouch[i].account, ACCOUNT_ID);
		buf_u8(b, (uint8_t)t->vouch[i].said);
		buf_u64(b, (uint64_t)t->vouch[i].since);
		buf_u64(b, (uint64_t)t->vouch[i].time);
	}
}

void
trust_keep(struct client *c, struct person *p)
{
	struct trust *t = &p->trust;
	struct buf b = {.secret = true};

	/* a vouch that was asked for long ago makes room for others */
	while (t->vouches > VOUCHES_MAX)
		memmove(t->vouch, t->vouch + 1, --t->vouches *
		    sizeof(*t->vouch));
	if (t->row == 0)
		t->row = keep_row(&c->keep, TABLE_trust);
	trust_put(t, &b);
	keep_put(&c->keep, TABLE_trust, t->row, p->row, NULL, buf_view(&b));
	buf_free(&b);
}

static void
get_data(struct rd *r, struct buf *b)
{
	buf_clear(b);
	buf_bytes(b, rd_view(r, rd_u32(r)));
}

static void
get_text(struct rd *r, enum safe_kind kind, struct safe *s)
{
	struct bytes text = rd_view(r, rd_u32(r));

	safe_free(s);
	*s = safe_make(kind, text.p, text.n);
}

static void
get_vouches(struct rd *r, struct trust *t)
{
	size_t n = rd_u8(r);

	t->vouch = mem_array(n, sizeof(*t->vouch));
	for (t->vouches = 0; t->vouches < n; t->vouches++) {
		struct vouch *v = &t->vouch[t->vouches];

		v->by = (int64_t)rd_u64(r);
		rd_copy(r, v->account, ACCOUNT_ID);
		v->said = (enum vouch_said)rd_u8(r);
		v->since = (int64_t)rd_u64(r);
		v->time = (int64_t)rd_u64(r);
	}
}

static void
trust_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct person *p = client_person(arg, owner);
	struct trust *t;

	if (p == NULL) {
		rd_fail(r, ERR_NONE);
		return;
	}
	t = &p->trust;
	t->row = row;
	t->way = (enum way)rd_u8(r);
	t->when = (int64_t)rd_u64(r);
	t->theirs = (enum way)rd_u8(r);
	t->theirs_when = (int64_t)rd_u64(r);
	t->differed = rd_u8(r) != 0;
	t->differed_when = (int64_t)rd_u64(r);
	t->changed_when = (int64_t)rd_u64(r);
	get_data(r, &t->shown);
	get_data(r, &t->held);
	get_text(r, SAFE_TEXT, &t->note);
	get_text(r, SAFE_NAME, &t->asks);
	t->had = rd_u8(r) != 0;
	rd_copy(r, t->before, ACCOUNT_ID);
	t->accepted = (int64_t)rd_u64(r);
	t->accept = rd_u8(r) != 0;
	t->alike = (enum alike)rd_u8(r);
	t->alike_row = (int64_t)rd_u64(r);
	get_vouches(r, t);
}

int
trusts_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_trust, trust_got, c);
}

void
trust_free(struct person *p)
{
	buf_free(&p->trust.shown);
	buf_free(&p->trust.held);
	safe_wipe(&p->trust.note);
	safe_wipe(&p->trust.asks);
	free(p->trust.vouch);
}

/* ---- verified, or not ------------------------------------------------------- */

void
trust_say(struct client *c, struct talk *t, enum out_kind kind, struct body *b)
{
	client_id(c, b->id);
	b->time = (uint64_t)client_now(c);
	out_add(c, t, kind, 0, b->id, b);
	timer_set(c->timer, 1);
}

/* The other side hears of it, sealed: to them it is our claim. */
static void
trust_tell(struct client *c, struct person *p)
{
	struct body b = {.code = BODY_verified};
	struct talk *t = talk_of_person(c, p->row);

	if (t == NULL || t->state != TALK_OPEN || p->changed)
		return;
	memcpy(b.verified.account, p->account, ACCOUNT_ID);
	b.verified.way = (uint8_t)p->trust.way;
	trust_say(c, t, OUT_SAYING, &b);
}

static void
trust_changed(struct client *c, struct person *p)
{
	person_keep(c, p);
	trust_keep(c, p);
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
	client_show(c);
}

void
trust_set(struct client *c, struct person *p, enum way way)
{
	p->verified = way != WAY_none;
	p->trust.way = way;
	p->trust.when = client_now(c);
	if (p->verified)
		p->trust.differed = false;
	trust_changed(c, p);
	trust_tell(c, p);
	log_say(c->log, LOG_INFO, "trust", "%s: %s", p->name.s, way_text(way));
}

void
trust_differed(struct client *c, struct person *p)
{
	p->trust.differed = true;
	p->trust.differed_when = client_now(c);
	if (p->verified)
		trust_set(c, p, WAY_none);
	else
		trust_changed(c, p);
	log_say(c->log, LOG_WARN, "trust", "%s: the words were not the same",
	    p->name.s);
}

/* Vouches stay: they name the account that they are about. */
void
trust_renew(struct client *c, struct person *p)
{
	struct trust *t = &p->trust;

	p->verified = p->changed = false;
	t->way = t->theirs = WAY_none;
	t->when = t->theirs_when = 0;
	t->differed = false;
	buf_free(&t->shown);
	buf_free(&t->held);
	safe_free(&t->note);
	t->note = safe_of("");
	trust_changed(c, p);
}

static int
trust_judge(const struct person *p, char **why)
{
	if (p->changed)
		return client_refuse(why, ERR_CHANGED, "the account key of %s "
		    "has changed: /person %s shows both", p->name.s, p->name.s);
	return 0;
}

int
client_verified(struct client *c, struct person *p, bool yes, char **why)
{
	int err = trust_judge(p, why);

	if (err != 0)
		return err;
	if (p->verified != yes || (yes && p->trust.way == WAY_none))
		trust_set(c, p, yes ? WAY_number : WAY_none);
	return 0;
}

int
client_differs(struct client *c, struct person *p, char **why)
{
	int err = trust_judge(p, why);

	if (err == 0)
		trust_differed(c, p);
	return err;
}

int
client_typed(struct client *c, struct person *p, const char *typed, char **why)
{
	char *wrong = NULL;
	int err;

	if (p->changed)
		return client_newkey_verified(c, p, typed, why);
	err = safety_check(typed, c->self.account, p->account, &wrong);
	if (err == 0)
		trust_set(c, p, WAY_code);
	else if (err == ERR_DENIED)
		err = client_refuse(why, err, "this is not your safety number "
		    "with %s%s%s: mistyped, or somebody is between you. "
		    "/person %s shows yours; %s is not verified", p->name.s,
		    wrong != NULL ? ": " : "", wrong != NULL ? wrong : "",
		    p->name.s, p->name.s);
	else
		err = client_refuse(why, err, "%s: /person %s shows how it "
		    "looks", wrong != NULL ? wrong : err_text(err), p->name.s);
	free(wrong);
	return err;
}

/* ---- what they say ------------------------------------------------------- */

static void
trust_claimed(struct client *c, struct talk *t, struct person *p,
    const struct body_verified *v)
{
	enum way way = v->way < WAY_COUNT ? (enum way)v->way : WAY_number;

	/* about another account: not about us, whoever it was meant for */
	if (memcmp(v->account, c->self.account, ACCOUNT_ID) != 0 ||
	    p->trust.theirs == way)
		return;
	p->trust.theirs = way;
	p->trust.theirs_when = client_now(c);
	trust_changed(c, p);
	if (way == WAY_none)
		message_system(c, t, "%s says that your key is not verified "
		    "any more", p->name.s);
	else
		message_system(c, t, "%s has verified your key: %s%s%s",
		    p->name.s, way_text(way), p->verified ? "" :
		    "; /person and y say the same of theirs",
		    p->verified ? ", and you have verified theirs" : "");
}

bool
trust_body(struct client *c, struct talk *t, struct person *p,
    const struct body *b)
{
	switch (b->code) {
	case BODY_verified:
		trust_claimed(c, t, p, &b->verified);
		return true;
	case BODY_compare:
	case BODY_compare_join:
	case BODY_compare_show:
	case BODY_compare_end:
		compare_body(c, t, p, b);
		return true;
	case BODY_vouch_ask:
	case BODY_vouch:
		vouch_body(c, t, p, b);
		return true;
	default:
		return false;
	}
}
