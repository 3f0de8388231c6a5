/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes sealed boxes. The first byte picks the game: raw bytes, a true box
 * with bytes changed (only the true one may open), or an inside of the
 * fuzzer's choice, well sealed: it may open, and no signature may hold.
 */
#include "fuzz.h"
#include "ident.h"
#include "ident_make.h"

enum game { RAW, EDIT, INSIDE, GAMES };

struct play {
	struct who alice, bob;
	struct buf box;         /* from alice to bob */
	struct buf inside;      /* what it holds */
};

static int
open_it(const struct play *p, struct bytes in, struct buf *plain,
    struct box *b)
{
	const struct who *w = &p->bob;

	return box_open(w->inbox_secret, w->inbox.key, w->record.account,
	    w->record.device[0].id, in, plain, b);
}

static void
play_start(struct play *p)
{
	static const char body[] = "hello, bob";
	struct box b;

	who_make(&p->alice, 1, "alice", 1);
	who_make(&p->bob, 2, "bob", 1);
	who_box(&p->alice, &p->bob, bytes_of(body, sizeof(body)), &p->box);
	must(open_it(p, buf_view(&p->box), &p->inside, &b) == 0);
}

static void
seal_inside(struct play *p, struct bytes inside, struct buf *out)
{
	const struct who *w = &p->bob;
	struct buf info = {0}, cipher = {0};

	buf_put(&info, "tacet box", 10);
	buf_put(&info, w->record.account, ACCOUNT_ID);
	buf_put(&info, w->record.device[0].id, DEVICE_ID);
	must(hpke_seal(HPKE_XWING_SHA512, &p->alice.rng,
	    bytes_of(w->inbox.key, XWING_PUBLIC), buf_view(&info),
	    (struct bytes){0}, inside, out, &cipher) == 0);
	buf_bytes(out, buf_view(&cipher));
	buf_free(&info);
	buf_free(&cipher);
}

/* Whatever a peer seals: the views stay inside, and it is nobody's word. */
static void
play_inside(struct play *p, struct rd *in)
{
	struct buf inside = {0}, box = {0}, plain = {0};
	struct box b;

	if (rd_u8(in) % 2 == 0) {
		buf_bytes(&inside, buf_view(&p->inside));
		fuzz_edit(&inside, in);
	} else {
		buf_bytes(&inside, rd_rest(in));
	}
	seal_inside(p, buf_view(&inside), &box);
	if (open_it(p, buf_view(&box), &plain, &b) == 0) {
		must(b.body.n <= plain.n && (b.body.n == 0 ||
		    (b.body.p >= plain.p &&
		    b.body.p + b.body.n <= plain.p + plain.n)));
		must(padme(plain.n) == plain.n);
		must(box_check(&b, p->alice.record.device[0].sign) != 0);
	}
	buf_free(&inside);
	buf_free(&box);
	buf_free(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play p;
	struct rd in = rd_of(bytes_of(data, size));
	enum game g = rd_u8(&in) % GAMES;
	struct buf b = {0}, plain = {0};
	struct box box;
	int err;

	if (p.box.n == 0)
		play_start(&p);
	if (g == INSIDE) {
		play_inside(&p, &in);
		return 0;
	}
	if (g == EDIT) {
		buf_bytes(&b, buf_view(&p.box));
		fuzz_edit(&b, &in);
	} else {
		buf_bytes(&b, rd_rest(&in));
	}
	err = open_it(&p, buf_view(&b), &plain, &box);
	must((err == 0) == bytes_same(buf_view(&b), buf_view(&p.box)));
	buf_free(&b);
	buf_free(&plain);
	return 0;
}
