/* SPDX-License-Identifier: ISC */
/*
 * Somebody new who is easily taken for somebody we know (T63): by the name, or
 * by a key whose words begin like another's, which is how a forger would make
 * one for people who compare only the first. The newer one is marked wherever
 * the name is, until the keys are compared.
 */
#include "trust.h"

static enum alike
alike_name(const char *a, const char *b)
{
	switch (lookalike_names(a, b)) {
	case LOOKALIKE_SHAPE:
		return ALIKE_NAME;
	case LOOKALIKE_LETTER:
		return ALIKE_LETTER;
	case LOOKALIKE_NONE:
		break;
	}
	return ALIKE_NONE;
}

static enum alike
alike_both(const struct person *p, const char *name,
    const uint8_t account[static ACCOUNT_ID])
{
	enum alike is = alike_name(p->name.s, name);

	if (is == ALIKE_NONE && lookalike_keys(p->account, account))
		is = ALIKE_KEY;
	return is;
}

void
alike_look(struct client *c, struct person *p)
{
	struct trust *t = &p->trust;
	const struct person *q = NULL;
	enum alike is = alike_both(p, c->self.name, c->self.account);
	struct buf text = {0};

	for (size_t i = 0; i < c->people && is == ALIKE_NONE; i++) {
		q = c->person[i];
		if (q != p && (q->state == PERSON_CONTACT ||
		    q->state == PERSON_ASKED || q->verified))
			is = alike_both(p, q->name.s, q->account);
	}
	if (is == ALIKE_NONE || !defence(alike))
		return;
	t->alike = is;
	t->alike_row = q != NULL ? q->row : 0;
	trust_keep(c, p);
	client_alike_text(c, p, &text);
	buf_u8(&text, 0);
	if (text.n > 1)
		notice_add(c, NOTICE_ALIKE, p->row, false, "take care: %s",
		    (char *)text.p);
	buf_free(&text);
}

/* Whom the person is like: a name of theirs or of ours; NULL when nobody. */
const char *
client_alike(struct client *c, const struct person *p)
{
	const struct person *q = client_person(c, p->trust.alike_row);

	if (p->trust.alike == ALIKE_NONE || p->verified)
		return NULL;
	return p->trust.alike_row == 0 ? c->self.name :
	    q != NULL ? q->name.s : NULL;
}

void
client_alike_text(struct client *c, const struct person *p, struct buf *out)
{
	const char *other = client_alike(c, p);
	bool me = p->trust.alike_row == 0;

	if (other == NULL)
		return;
	if (p->trust.alike == ALIKE_KEY) {
		buf_format(out, "the words of %s's key begin like those of "
		    "%s: compare all of them", p->name.s, me ? "yours" : other);
		return;
	}
	buf_format(out, "%s is not %s, %s: ", p->name.s, other, me ?
	    "which is you" : "whom you know");
	lookalike_where(p->name.s, other, out);
}
