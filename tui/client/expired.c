/* SPDX-License-Identifier: ISC */
/*
 * Account records that have ended. Nothing new is sealed for an account until
 * it has signed another record; what it says itself is read as ever. Our own
 * clock alone judges: a relay that could talk it back could bring back devices
 * that nobody vouches for any more. Only a clock by which our own record has
 * ended as well, which is wrong more often than right, has to agree with the
 * relay's before it is believed (T48).
 */
#include <time.h>

#include "inside.h"

static bool
has_ended(const struct client *c, const struct record *r)
{
	return r->expires < INT64_MAX &&
	    (int64_t)r->expires < client_now(c) - CLOCK_SKEW;
}

bool
expired_self(const struct client *c)
{
	return has_ended(c, &c->self.record);
}

bool
expired_record(const struct client *c, const struct record *r)
{
	return defence(expired) && has_ended(c, r) &&
	    (!expired_self(c) || session_clock_ok(c));
}

void
expired_day(const struct record *r, char day[static EXPIRED_DAY])
{
	time_t end = (time_t)(r->expires / 1000);
	struct tm tm;

	if (localtime_r(&end, &tm) == NULL ||
	    strftime(day, EXPIRED_DAY, "%Y-%m-%d", &tm) == 0)
		day[0] = '\0';
}

const struct person *
expired_in(const struct client *c, const struct talk *t)
{
	const struct person *p;
	size_t i;

	for (i = 0; i < c->people; i++) {
		p = c->person[i];
		if (expired_record(c, &p->record) &&
		    (p->row == t->person || member_is(t, p->row)))
			return p;
	}
	return NULL;
}
