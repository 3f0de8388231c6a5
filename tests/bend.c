/* SPDX-License-Identifier: ISC */
/* See bend.h. */
#include "bend.h"
#include "linkup.h"
#include "trust.h"

void
bend_number(struct client *c)
{
	c->compare.mine[0] ^= 1;
}

int
bend_record(struct client *c, struct person *p, const struct record *r,
    struct bytes raw)
{
	return person_record(c, p, r, raw);
}

void
bend_policy(struct client *c)
{
	while (c->jobs > 0)
		job_done(c, c->job[0]);
	newkey_drive(c);
}

bool
bend_group(const struct talk *t)
{
	return t->secret->group != NULL;
}

void
bend_linking(struct client *c, struct bytes in)
{
	linkup_got(c, in);
}

int
bend_hand(struct client *c)
{
	struct buf b = {.secret = true};
	int err;

	hand_account(c, NULL, &b);
	err = linkup_seal(c, buf_view(&b));
	buf_free(&b);
	return err;
}

void
bend_stranger(struct client *c)
{
	session_stranger(c, true);
}

void
bend_reflect(struct client *c, uint16_t code)
{
	struct compare *k = &c->compare;
	struct person *p = client_person(c, k->person);
	struct body b = {.code = code, .time = (uint64_t)client_now(c)};

	switch (code) {
	case BODY_compare:
		memcpy(b.compare.session, k->what.session, WIRE_ID);
		memcpy(b.compare.commit, k->commit, HASH32);
		break;
	case BODY_compare_join:
		memcpy(b.compare_join.session, k->what.session, WIRE_ID);
		memcpy(b.compare_join.number, k->mine, KEY_SIZE);
		break;
	default:
		memcpy(b.compare_end.session, k->what.session, WIRE_ID);
		b.compare_end.how = COMPARE_SAME;
	}
	compare_body(c, talk_of_person(c, p->row), p, &b);
}

void
bend_vouch(struct client *c, const char *by, const char *of,
    const uint8_t account[ACCOUNT_ID], enum vouch_said said)
{
	struct person *p = client_person_named(c, by);
	struct body b = {.code = BODY_vouch};

	b.vouch.name = bytes_of(of, strlen(of));
	memcpy(b.vouch.account, account, ACCOUNT_ID);
	b.vouch.said = (uint8_t)said;
	vouch_body(c, talk_of_person(c, p->row), p, &b);
}
