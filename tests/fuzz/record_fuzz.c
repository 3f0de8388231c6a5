/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes what is read of other people's identities: records and inbox keys.
 * The first byte picks the game: raw bytes, a true object with bytes changed
 * (only the true one may be taken), or fields of the fuzzer's choice with a
 * true signature (which may be taken, and then means the same when put again).
 */
#include "fuzz.h"
#include "ident.h"
#include "ident_make.h"

enum game { RAW, EDIT, SIGNED, GAMES };

static void
judge_record(struct bytes raw)
{
	struct record r, again;

	if (record_get(raw, &r) != 0)
		return;
	must(r.version > 0 && r.devices <= DEVICES_MAX &&
	    r.revoked <= REVOKED_MAX && record_follows(&r, &r) == 0);
	must(name_ok(bytes_of(r.name, strlen(r.name))));
	for (size_t i = 0; i < r.devices; i++)
		must(sign_public_ok(r.device[i].sign) &&
		    dh_public_ok(r.device[i].transport));
	must(record_get(raw, &again) == 0 &&
	    memcmp(&r, &again, sizeof(r)) == 0);
}

static void
play_record(struct who *w, enum game g, struct rd *in)
{
	struct buf b = {0};
	struct record r;
	bool same;

	if (g == RAW) {
		judge_record(rd_rest(in));
		return;
	}
	if (g == SIGNED && rd_u8(in) % 2 == 0) {
		/* near a true one, else hardly any would be whole */
		buf_bytes(&b, buf_view(&w->record_raw));
		fuzz_edit(&b, in);
		if (b.n > SIGN_SIZE)
			sign_again("tacet record", w->account_secret, &b);
		judge_record(buf_view(&b));
	} else if (g == SIGNED) {
		/* the key must stand where it does, or nothing verifies */
		buf_u8(&b, rd_u8(in));
		buf_put(&b, w->record.account_key, SIGN_PUBLIC);
		buf_bytes(&b, rd_rest(in));
		buf_zero(&b, SIGN_SIZE);
		sign_again("tacet record", w->account_secret, &b);
		judge_record(buf_view(&b));
	} else {
		buf_bytes(&b, buf_view(&w->record_raw));
		fuzz_edit(&b, in);
		same = bytes_same(buf_view(&b), buf_view(&w->record_raw));
		must((record_get(buf_view(&b), &r) == 0) == same);
	}
	buf_free(&b);
}

static void
play_inbox(struct who *w, enum game g, struct rd *in)
{
	const uint8_t *sign = w->record.device[0].sign;
	struct bytes raw = buf_view(&w->inbox_raw);
	struct buf b = {0}, put = {0};
	struct inbox_key k;
	int err;

	if (g == RAW) {
		buf_bytes(&b, rd_rest(in));
	} else {
		buf_bytes(&b, raw);
		fuzz_edit(&b, in);
	}
	if (g == SIGNED && b.n >= SIGN_SIZE)
		sign_again("tacet inbox key", w->sign_secret[0], &b);
	err = inbox_key_get(buf_view(&b), sign, WHO_NOW, &k);
	if (g != SIGNED)
		must((err == 0) == bytes_same(buf_view(&b), raw));
	else if (err == 0) {
		must(xwing_public_ok(k.key) && k.from < k.until);
		must(inbox_key_put(&k, w->sign_secret[0], &put) == 0);
		must(bytes_same(buf_view(&put), buf_view(&b)));
	}
	buf_free(&b);
	buf_free(&put);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct who w;
	struct rd in = rd_of(bytes_of(data, size));
	uint8_t pick = rd_u8(&in);

	if (w.record_raw.n == 0)
		who_make(&w, 1, "alice", 2);
	if (pick / GAMES % 2 == 0)
		play_record(&w, pick % GAMES, &in);
	else
		play_inbox(&w, pick % GAMES, &in);
	return 0;
}
