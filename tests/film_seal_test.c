/* SPDX-License-Identifier: ISC */
/*
 * The pieces of a film: what was sealed for one place opens there and nowhere
 * else, each wrong one under its own name (T16, T72, T80); nothing is sealed twice
 * under one nonce (T78); sizes fall into the buckets only (T82). floor: client
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "film.h"
#include "tap.h"

#define ROWS 2
#define NUMBERS 3

struct reel {                   /* a film, whole */
	struct film_key key;
	struct index index;
	struct index_part part[ROWS * NUMBERS];
	struct buf blob;
	uint64_t at;            /* of its index */
	uint8_t hash[HASH32];
};

static void
segment_of(uint8_t row, uint32_t number, struct buf *b)
{
	uint8_t jpeg[1000];
	struct item i = {ITEM_PICTURE, 0, bytes_of(jpeg, sizeof(jpeg))};

	memset(jpeg, (int)(16 * row + number), sizeof(jpeg));
	buf_clear(b);
	segment_begin(b, row, number, number * MEDIA_SEGMENT_MS,
	    MEDIA_SEGMENT_MS);
	segment_item(b, &i);
	segment_pad(b);
}

static void
reel_make(struct reel *f, uint8_t id)
{
	struct index *x = &f->index;
	struct buf s = {0};
	uint32_t n;
	uint8_t r;
	int err = 0;

	memset(f, 0, sizeof(*f));
	memset(f->key.id, id, FILM_ID);
	memset(f->key.key, 7, KEY_SIZE);
	*x = (struct index){.rows = ROWS, .segments = NUMBERS,
	    .length = NUMBERS * MEDIA_SEGMENT_MS, .part = f->part};
	for (r = 0; r < ROWS; r++)
		x->row[r] = (struct index_row){64, 48, 1000};
	for (n = 0; n < NUMBERS; n++)
		for (r = 0; r < ROWS && err == 0; r++) {
			segment_of(r, n, &s);
			f->part[n * ROWS + r].offset = f->blob.n;
			err = film_seal(&f->key, &rng_system, r, n,
			    buf_view(&s), &f->blob, &f->part[n * ROWS + r]);
		}
	f->at = f->blob.n;
	if (err == 0)
		err = film_index_seal(&f->key, &rng_system, x, &f->blob,
		    f->hash);
	is_int(err, 0, "a film of %u pieces is sealed", ROWS * NUMBERS);
	buf_free(&s);
}

static struct bytes
piece(const struct reel *f, uint8_t row, uint32_t number)
{
	const struct index_part *p = index_part(&f->index, number, row);

	return bytes_of(f->blob.p + p->offset, p->length);
}

static enum film_fault
opens(const struct reel *f, uint8_t row, uint32_t number, struct bytes sealed)
{
	struct buf plain = {0}, want = {0};
	struct segment s;
	enum film_fault e = film_open(&f->key, &f->index, row, number, sealed,
	    &plain, &s);

	segment_of(row, number, &want);
	if (e == FILM_GOOD && !bytes_same(buf_view(&plain), buf_view(&want)))
		note("another content");
	buf_free(&plain);
	buf_free(&want);
	return e;
}

/* What the relay may send in place of one piece: any other of this film or of
 * another, less of it, more of it. */
static size_t
wrong_pieces(const struct reel *f, const struct reel *other, uint8_t row,
    uint32_t number)
{
	struct bytes p = piece(f, row, number), q = piece(f, row, 0);
	size_t passed = 0, n;
	struct buf more = {0};

	for (uint32_t i = 0; i < ROWS * NUMBERS; i++) {
		uint8_t r = (uint8_t)(i % ROWS);
		bool same = r == row && i / ROWS == number;

		passed += !same && opens(f, row, number, piece(f, r,
		    i / ROWS)) == FILM_GOOD;
		passed += opens(f, row, number, piece(other, r, i / ROWS)) ==
		    FILM_GOOD;
	}
	for (n = 0; n < p.n; n += n + 1 < p.n / 2 ? 61 : 1)
		passed += opens(f, row, number, bytes_of(p.p, n)) == FILM_GOOD;
	buf_bytes(&more, p);
	buf_bytes(&more, q);
	passed += opens(f, row, number, buf_view(&more)) == FILM_GOOD;
	passed += opens(f, row, number, bytes_of(more.p, p.n + 1)) ==
	    FILM_GOOD;
	buf_free(&more);
	return passed;
}

static void
test_wrong(const struct reel *f, const struct reel *other)
{
	size_t passed = 0;

	for (uint32_t i = 0; i < ROWS * NUMBERS; i++)
		passed += wrong_pieces(f, other, (uint8_t)(i % ROWS),
		    i / ROWS);
	is_int(passed, 0, "cut, longer, swapped, twice, another film's: none "
	    "opens anywhere (T72)");
}

static void
test_pieces(const struct reel *f, const struct reel *other)
{
	struct bytes p = piece(f, 1, 1), q;
	uint8_t *bent = mem_copy(p.p, p.n);
	size_t i, passed = 0;

	is_int(opens(f, 1, 1, p), FILM_GOOD, "a piece opens in its place");
	is_int(opens(f, 1, 1, piece(f, 1, 2)), FILM_SWAPPED,
	    "another time: swapped (T80)");
	is_int(opens(f, 1, 1, piece(f, 0, 1)), FILM_SWAPPED,
	    "another quality: swapped (T80)");
	is_int(opens(f, 1, 1, piece(other, 1, 1)), FILM_FOREIGN,
	    "the same place of another film: foreign (T16, T80)");
	q = bytes_of(p.p, p.n - 1);
	is_int(opens(f, 1, 1, q), FILM_SHORT, "cut by a byte (T16)");
	is_int(opens(f, 1, 1, bytes_of(p.p, 0)), FILM_SHORT, "nothing at all");
	for (i = 0; i < p.n; i++) {
		bent[i] ^= 1;
		passed += opens(f, 1, 1, bytes_of(bent, p.n)) != FILM_FOREIGN;
		bent[i] ^= 1;
	}
	is_int(passed, 0, "no altered byte of %zu passes (T16)", p.n);
	free(bent);
}

/* The index is the publisher's: it too may say what isn't so. */
static void
test_label(struct reel *f)
{
	struct index_part a = f->part[0], b = f->part[ROWS];

	f->part[0].length = b.length;
	memcpy(f->part[0].hash, b.hash, HASH32);
	is_int(opens(f, 0, 0, piece(f, 0, 1)), FILM_LABEL,
	    "an index that names another piece: mislabelled (T80)");
	f->part[0] = a;
}

static enum film_fault
index_opens(const struct reel *f, uint64_t at, struct bytes sealed)
{
	struct index x;
	enum film_fault e = film_index_open(&f->key, f->hash, at, sealed, &x);

	if (e == FILM_GOOD) {
		ok(x.segments == NUMBERS && x.rows == ROWS &&
		    index_part(&x, 2, 1)->offset == f->part[5].offset,
		    "and says what it must");
		index_free(&x);
	}
	return e;
}

static void
test_index(const struct reel *f, const struct reel *other)
{
	struct bytes x = bytes_of(f->blob.p + f->at, f->blob.n - f->at);
	struct bytes y = bytes_of(other->blob.p + other->at,
	    other->blob.n - other->at);
	size_t n;

	is_int(index_opens(f, f->at, x), FILM_GOOD, "the index opens");
	is_int(index_opens(f, f->at + 1, x), FILM_INDEX,
	    "not behind other bytes than it sums up");
	is_int(index_opens(f, f->at, y), FILM_INDEX, "another film's does not");
	is_int(index_opens(f, f->at, piece(f, 0, 0)), FILM_INDEX,
	    "nor a piece of this one");
	for (n = 0; n < x.n; n++)
		if (index_opens(f, f->at, bytes_of(x.p, n)) == FILM_GOOD)
			break;
	is_int(n, x.n, "nor cut anywhere (T80)");
}

/* What the helper says is not believed either. */
static void
test_made(const struct reel *f)
{
	struct buf s = {0}, out = {0};
	struct index_part part;

	segment_of(1, 2, &s);
	is_int(film_seal(&f->key, &rng_system, 0, 2, buf_view(&s), &out,
	    &part), ERR_RANGE, "a segment that says it is another one");
	buf_u8(&s, 0);
	is_int(film_seal(&f->key, &rng_system, 1, 2, buf_view(&s), &out,
	    &part), ERR_FORMAT, "one whose size tells more than it may (T82)");
	is_int(out.n, 0, "nothing is sealed of either");
	buf_free(&s);
	buf_free(&out);
}

static void
test_sizes(const struct reel *f)
{
	size_t i, odd = 0, n;

	for (i = 0; i < ROWS * NUMBERS; i++) {
		n = f->part[i].length - FILM_MORE;
		odd += padme(n) != n;
	}
	n = f->blob.n - f->at - FILM_MORE;
	odd += padme(n) != n;
	is_int(odd, 0, "all sizes that the relay sees are of the set (T82)");
}

/* Sealed anew, a piece is another one: what the tap sees of both. */
static void
test_nonce(const struct reel *f)
{
	int fd = memfd_create("tap", MFD_CLOEXEC);
	struct seal_tap t[2];
	struct buf s = {0}, out = {0};
	struct index_part part;
	char number[16];
	int err;

	snprintf(number, sizeof(number), "%d", fd);
	if (fd < 0 || setenv(SEAL_TAP, number, 1) != 0)
		bail("memfd: %s", strerror(errno));
	segment_of(0, 0, &s);
	err = film_seal(&f->key, &rng_system, 0, 0, buf_view(&s), &out, &part);
	s.p[30] ^= 1;
	if (err == 0)
		err = film_seal(&f->key, &rng_system, 0, 0, buf_view(&s), &out,
		    &part);
	(void)unsetenv(SEAL_TAP);
	is_int(err, 0, "a piece is sealed, and once more with other bytes");
	is_int(pread(fd, t, sizeof(t), 0), sizeof(t), "both are seen");
	ok(memcmp(t[0].key, t[1].key, 16) == 0 &&
	    memcmp(t[0].use, t[1].use, 16) != 0,
	    "under one key, and never one nonce (T78)");
	(void)close(fd);
	buf_free(&s);
	buf_free(&out);
}

int
main(void)
{
	struct reel f, other;

	if (seal_start() != 0)
		bail("libsodium");
	reel_make(&f, 1);
	reel_make(&other, 2);
	test_pieces(&f, &other);
	test_wrong(&f, &other);
	test_label(&f);
	test_index(&f, &other);
	test_made(&f);
	test_sizes(&f);
	test_nonce(&f);
	buf_free(&f.blob);
	buf_free(&other.blob);
	return done();
}
