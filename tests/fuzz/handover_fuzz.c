/* SPDX-License-Identifier: ISC */
/* floor: client */
/*
 * Fuzzes what an old device hands to a new one: items in any order, whose
 * records are true ones, true ones bent, or the fuzzer's bytes. What is taken
 * is within its bounds, and nothing goes in front of the account.
 */
#include "fuzz.h"
#include "ident_make.h"
#include "linkup.h"

#define KINDS 10                /* and one that nobody knows */

/* A record as its sender may put it: whole, bent, or none. */
static void
put_record(const struct who *w, struct rd *in, struct buf *out)
{
	uint8_t pick = rd_u8(in);
	size_t from = out->n;

	if (pick % 4 == 0) {
		buf_bytes(out, rd_view(in, rd_u8(in) % (rd_left(in) + 1)));
		return;
	}
	buf_bytes(out, buf_view(&w->record_raw));
	if (pick % 4 == 1)
		out->p[from + rd_u16(in) % w->record_raw.n] ^= rd_u8(in);
}

static void
put_account(const struct who *w, struct rd *in, struct buf *out)
{
	uint8_t has = rd_u8(in) % 3;

	buf_u16(out, rd_u16(in));
	buf_u8(out, has);
	if (has == 1)
		buf_put(out, w->account_secret, SIGN_SECRET);
	else if (has == 2)
		buf_zero(out, SIGN_SECRET);
	put_record(w, in, out);
}

static void
put_body(const struct who *w, enum hand kind, struct rd *in, struct buf *out)
{
	uint8_t pick = rd_u8(in);

	if (pick % 4 == 0) {
		buf_bytes(out, rd_view(in, rd_u8(in) % (rd_left(in) + 1)));
	} else if (kind == HAND_ACCOUNT) {
		put_account(w, in, out);
	} else if (kind == HAND_PERSON) {
		buf_bytes(out, rd_view(in, 10));
		put_record(w, in, out);
	} else {
		/* the heads of settings and messages are the fuzzer's */
		buf_bytes(out, rd_view(in, pick));
	}
}

static void
judge(const struct handed *h)
{
	size_t i;

	must(h->account || h->people + h->settings + h->messages == 0);
	must(!h->whole || h->account);
	if (h->has_key && h->account)
		must(h->key != NULL && memcmp(h->key->secret + SIGN_SEED,
		    h->record.account_key, SIGN_PUBLIC) == 0);
	for (i = 0; i < h->people; i++)
		must(h->person[i].record.version > 0 &&
		    (unsigned)h->person[i].way <= WAY_code &&
		    (unsigned)h->person[i].state <= PERSON_BLOCKED);
	for (i = 0; i < h->settings; i++)
		must(h->setting[i].name[0] != '\0' &&
		    utf8_valid(h->setting[i].value,
		    strlen(h->setting[i].value)));
	for (i = 0; i < h->messages; i++)
		must((h->message[i].m.kind == MESSAGE_TEXT ||
		    h->message[i].m.kind == MESSAGE_FILM) &&
		    strchr(h->message[i].m.text.s, '\033') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct who w;
	struct rd in = rd_of(bytes_of(data, size)), body;
	struct handed h = {0};
	struct buf b = {0};
	enum hand kind;
	int err = 0;

	if (w.record_raw.n == 0)
		who_make(&w, 1, "alice", 2);
	while (err == 0 && rd_left(&in) > 0) {
		kind = (enum hand)(rd_u8(&in) % KINDS);
		buf_clear(&b);
		put_body(&w, kind, &in, &b);
		body = rd_of(buf_view(&b));
		err = handed_item(&h, kind, &body);
		if (err == 0)
			judge(&h);
	}
	handed_free(&h);
	buf_free(&b);
	return 0;
}
