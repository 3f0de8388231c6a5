/* SPDX-License-Identifier: ISC */
/*
 * A new device and an old one: the same words when nobody is between them,
 * others for anything that was changed on the way; a number other than the one
 * committed to is refused; every bit of every message counts; what is sealed
 * opens once, in order, at the other end only.
 */
#include "ident.h"
#include "tap.h"

struct end {
	struct pairing p;
	uint8_t public[SIGN_PUBLIC], secret[SIGN_SECRET];
	struct buf out;
};
struct both {
	struct end old, new;
	uint8_t account[SIGN_PUBLIC], account_secret[SIGN_SECRET];
	uint8_t transport[DH_SIZE], transport_secret[DH_SIZE];
	struct rng_seeded seeded;
	struct rng rng;
};

static void
both_open(struct both *b, uint64_t seed, const uint16_t *code)
{
	uint8_t place[WIRE_ID];

	memset(b, 0, sizeof(*b));
	b->rng = rng_seed(&b->seeded, seed);
	sign_keypair(&b->rng, b->account, b->account_secret);
	sign_keypair(&b->rng, b->old.public, b->old.secret);
	sign_keypair(&b->rng, b->new.public, b->new.secret);
	dh_keypair(&b->rng, b->transport, b->transport_secret);
	pairing_place(code, place);
	pairing_old(&b->old.p, &b->rng, place, b->account, b->old.public,
	    &b->old.out);
	if (pairing_new(&b->new.p, &b->rng, place, b->new.public,
	    b->transport) != 0)
		bail("no key");
}

static void
both_close(struct both *b)
{
	buf_free(&b->old.out);
	buf_free(&b->new.out);
	pairing_wipe(&b->old.p);
	pairing_wipe(&b->new.p);
}

static int
hear(struct end *to, struct end *from)
{
	int err;

	buf_clear(&to->out);
	err = pairing_hear(&to->p, buf_view(&from->out), to->secret, &to->out);
	return err;
}

/* Message i, from 0: whose it is */
static struct end *
speaker(struct both *b, int i)
{
	return i % 2 == 0 ? &b->old : &b->new;
}

static int
run(struct both *b, int upto)
{
	int i, err = 0;

	for (i = 0; i < upto && err == 0; i++)
		err = hear(speaker(b, i + 1), speaker(b, i));
	return err;
}

static bool
same_words(const struct both *b)
{
	uint16_t x[PAIRING_WORDS], y[PAIRING_WORDS];

	pairing_words(&b->old.p, x);
	pairing_words(&b->new.p, y);
	return memcmp(x, y, sizeof(x)) == 0;
}

static const uint16_t code[PAIRING_CODE] = {1, 20, 300, 2000};

static void
test_straight(void)
{
	struct buf wire = {0}, plain = {0};
	struct both b;

	both_open(&b, 1, code);
	is_int(run(&b, 4), 0, "four messages");
	ok(pairing_ready(&b.old.p) && pairing_ready(&b.new.p), "both are ready");
	ok(same_words(&b), "and show the same words");
	ok(memcmp(b.old.p.new_sign, b.new.public, SIGN_PUBLIC) == 0 &&
	    memcmp(b.old.p.transport, b.transport, DH_SIZE) == 0,
	    "the old one has the new one's keys");
	ok(memcmp(b.new.p.account_key, b.account, SIGN_PUBLIC) == 0,
	    "the new one has the account's");
	is_int(pairing_seal(&b.old.p, bytes_of("hello", 5), &wire), 0, "sealed");
	is_int(pairing_open(&b.old.p, buf_view(&wire), &plain), ERR_AUTH,
	    "not for oneself");
	buf_clear(&plain);
	is_int(pairing_open(&b.new.p, buf_view(&wire), &plain), 0, "opened");
	ok(bytes_same(buf_view(&plain), bytes_of("hello", 5)), "the same");
	buf_clear(&plain);
	is_int(pairing_open(&b.new.p, buf_view(&wire), &plain), ERR_AUTH,
	    "not twice");
	buf_free(&wire);
	buf_free(&plain);
	both_close(&b);
}

/* Every bit of every message, one at a time: it ends, or the words differ. */
static void
test_bits(void)
{
	size_t through[4] = {0}, tried = 0, n, bit;
	struct end *from;
	struct both b;
	int i;

	for (i = 0; i < 4; i++) {
		for (bit = n = 0; bit == 0 || bit < n; bit += 97) {
			both_open(&b, 2, code);
			if (run(&b, i) != 0)
				bail("message %d", i);
			from = speaker(&b, i);
			n = from->out.n * 8;
			from->out.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (hear(speaker(&b, i + 1), from)
			    != 0) {
				both_close(&b);
				tried++;
				continue;
			}
			for (int k = i + 1; k < 4; k++)
				if (hear(speaker(&b, k + 1), speaker(&b, k))
				    != 0)
					break;
			through[i] += pairing_ready(&b.old.p) &&
			    pairing_ready(&b.new.p) && same_words(&b);
			both_close(&b);
			tried++;
		}
	}
	ok(tried > 200, "%zu bits were changed", tried);
	for (i = 0; i < 4; i++)
		is_int(through[i], 0, "none in message %d goes unnoticed",
		    i + 1);
}

/* Somebody between who has keys of his own for either side */
static void
test_between(void)
{
	uint16_t x[PAIRING_WORDS], y[PAIRING_WORDS];
	struct both left, right;        /* old - he as new; he as old - new */
	size_t same = 0;

	for (unsigned i = 0; i < 20; i++) {
		both_open(&left, 100 + i, code);
		both_open(&right, 200 + i, code);
		if (run(&left, 4) != 0 || run(&right, 4) != 0)
			bail("it does not run");
		pairing_words(&left.old.p, x);
		pairing_words(&right.new.p, y);
		same += memcmp(x, y, sizeof(x)) == 0;
		both_close(&left);
		both_close(&right);
	}
	is_int(same, 0, "who sits between with the right code makes no two "
	    "screens the same (T07)");
}

/* He shows another number than he committed to, to choose the words by it. */
static void
test_commitment(void)
{
	struct both b;

	both_open(&b, 3, code);
	if (run(&b, 1) != 0)
		bail("message 1");
	b.old.p.number[0][0] ^= 1;
	if (hear(&b.old, &b.new) != 0)
		bail("message 2");
	is_int(hear(&b.new, &b.old), ERR_AUTH, "another number than was "
	    "committed to is refused (T07)");
	both_close(&b);
}

static void
test_refused(void)
{
	struct buf out = {0};
	struct both b;
	static const uint8_t later[] = {1, 9};

	both_open(&b, 4, code);
	is_int(pairing_hear(&b.new.p, bytes_of(later, 2), b.new.secret, &out),
	    ERR_VERSION, "another version");
	is_int(pairing_hear(&b.new.p, bytes_of("", 0), b.new.secret, &out),
	    ERR_FORMAT, "nothing");
	is_int(pairing_hear(&b.old.p, bytes_of("\4", 1), b.old.secret, &out),
	    ERR_STATE, "out of turn");
	is_int(pairing_open(&b.new.p, bytes_of("\5", 1), &out), ERR_STATE,
	    "sealed before its time");
	is_int(run(&b, 4), 0, "all the same it goes on");
	is_int(pairing_open(&b.new.p, bytes_of("\5", 1), &out), ERR_FORMAT,
	    "too short to be sealed");
	buf_free(&out);
	both_close(&b);
}

int
main(void)
{
	test_straight();
	test_bits();
	test_between();
	test_commitment();
	test_refused();
	return done();
}
