/* SPDX-License-Identifier: ISC */
/*
 * Which size of a film fits the link: by the rate that bytes have come at,
 * what the next segments weigh, and how much is here already. Comes down
 * before it has to wait, goes up only with room to spare. Pure.
 */
#include "play.h"

#define NEED_SEGMENTS 5         /* looked at ahead */
#define SOON_MS 120             /* a first segment may take so long */
#define LOW_MS 4000             /* with less at hand a row must fit well, */
#define HIGH_MS 8000            /* and with more it may take its time */

void
row_begin(struct row_rate *r, int64_t now)
{
	if (r->since != 0)
		return;
	r->since = r->busy = now > 0 ? now : 1;
	r->bytes = r->all = 0;
}

static uint64_t
row_per_s(uint64_t bytes, int64_t ms)
{
	return bytes * 1000 / (uint64_t)(ms > 0 ? ms : 1);
}

/* Falls at once, so that nothing has to wait; rises by and by. */
static void
row_sample(struct row_rate *r, uint64_t rate)
{
	if (r->rate == 0)
		r->rate = rate;
	else if (rate < r->rate)
		r->rate = (r->rate + 2 * rate) / 3;
	else
		r->rate = (3 * r->rate + 2 * rate) / 5;
	if (r->rate == 0)
		r->rate = 1;
}

void
row_bytes(struct row_rate *r, size_t n)
{
	r->bytes += n;
	r->all += n;
}

void
row_look(struct row_rate *r, int64_t now)
{
	if (r->since == 0 || r->bytes == 0 || now - r->since < ROW_SAMPLE_MS)
		return;
	row_sample(r, row_per_s(r->bytes, now - r->since));
	r->since = now > 0 ? now : 1;
	r->bytes = 0;
}

/* What came since it was asked for counts as a whole, where nothing is known or
 * when it shows more. */
void
row_rest(struct row_rate *r, int64_t now)
{
	uint64_t rate = row_per_s(r->all, now - r->busy);

	if (r->since != 0 && r->all > 0 && (r->rate == 0 || rate > r->rate))
		row_sample(r, rate);
	r->since = 0;
	r->bytes = 0;
}

uint64_t
row_need(const struct index *x, uint8_t row, uint32_t number)
{
	const struct index_part *p;
	uint64_t sum = 0, ms = 0;

	for (uint32_t i = number; i < number + NEED_SEGMENTS; i++) {
		if ((p = index_part(x, i, row)) == NULL)
			break;
		sum += p->length;
		ms += i + 1 < x->segments || x->length %
		    MEDIA_SEGMENT_MS == 0 ? MEDIA_SEGMENT_MS :
		    x->length % MEDIA_SEGMENT_MS;
	}
	return ms == 0 ? 0 : sum * 1000 / ms;
}

/* The largest that needs no more than so much, else the smallest there is. */
static uint8_t
row_within(const struct index *x, uint32_t number, uint64_t most)
{
	uint64_t need, best = 0, least = UINT64_MAX;
	uint8_t good = 0, small = 0;
	bool any = false;

	for (uint8_t i = 0; i < x->rows; i++) {
		need = row_need(x, i, number);
		if (need < least) {
			least = need;
			small = i;
		}
		if (need <= most && (!any || need > best)) {
			best = need;
			good = i;
			any = true;
		}
	}
	return any ? good : small;
}

uint8_t
row_choose(const struct index *x, const struct row_rate *r, uint32_t number,
    uint32_t ahead, uint8_t was)
{
	uint64_t need = row_need(x, was, number);
	uint8_t up;

	if (r->rate == 0)
		return was;
	if (ahead < LOW_MS)
		return row_within(x, number, r->rate * 7 / 10);
	up = row_within(x, number, r->rate * 7 / 10);
	if (row_need(x, up, number) > need)
		return up;
	/* what is here bears a row that is a little too large for a while */
	if (need <= r->rate * (ahead > HIGH_MS ? 10u : 9u) / 10)
		return was;
	return row_within(x, number, r->rate * 8 / 10);
}

uint8_t
row_first(const struct index *x, const struct row_rate *r, uint32_t number)
{
	const struct index_part *p;
	uint64_t best = 0;
	uint8_t row = row_within(x, number, 0);

	for (uint8_t i = 0; i < x->rows; i++) {
		p = index_part(x, number, i);
		if (p != NULL && (uint64_t)p->length * 1000 <=
		    r->rate * SOON_MS && row_need(x, i, number) <=
		    r->rate * 7 / 10 && p->length > best) {
			best = p->length;
			row = i;
		}
	}
	return row;
}
