/* SPDX-License-Identifier: ISC */
/*
 * assay PROFILE FILM BLOBS check [STRIP]	is what the relay's folder BLOBS
 *			has of film FILM what its card and index say, piece by
 *			piece, and, where STRIP says of what it was made, that?
 * assay PROFILE FILM BLOBS swap	pieces 1 and 2 change places there
 * assay PROFILE FILM BLOBS bend	a byte of the last piece of each size
 * assay PROFILE FILM BLOBS index	the end of its index is lost
 * assay PROFILE FILM BLOBS cut		it ends within its index
 * assay PROFILE FILM BLOBS key		the card in PROFILE gets another key
 *
 * What a relay's owner could do to a film, and somebody who has its card; the
 * profile's passphrase comes from standard input. Nothing is sent.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "film.h"
#include "inside.h"
#include "strip.h"

struct assay {
	struct loop *loop;
	struct client *c;
	struct film *f;
	struct film_key k;
	struct index x;
	int fd;
	uint8_t *p;             /* all of the blob, */
	size_t n;               /* so many bytes */
};

static int
fails(const char *what)
{
	(void)fprintf(stderr, "assay: %s\n", what);
	return 2;
}

static int
assay_blob(struct assay *a, const char *blobs)
{
	struct bytes cap = bytes_of(a->f->read, KEY_SIZE);
	char hex[2 * KEY_SIZE + 1], *path;
	uint8_t id[KEY_SIZE];
	struct stat st;

	hash_label("blob", &cap, 1, id);
	hex_put(hex, id, KEY_SIZE);
	path = path_join(blobs, hex);
	a->fd = open(path, O_RDWR | O_CLOEXEC);
	free(path);
	if (a->fd < 0 || fstat(a->fd, &st) < 0)
		return fails("the relay has no such blob");
	a->n = (size_t)st.st_size;
	a->p = mem_alloc(a->n > 0 ? a->n : 1);
	if (pread(a->fd, a->p, a->n, 0) != (ssize_t)a->n)
		return fails("the blob can't be read");
	if (a->n != a->f->at + a->f->size)
		return fails("the blob is not as long as its card says");
	memcpy(a->k.id, a->f->id, FILM_ID);
	memcpy(a->k.key, a->f->key, KEY_SIZE);
	if (film_index_open(&a->k, a->f->hash, a->f->at, bytes_of(a->p +
	    a->f->at, a->f->size), &a->x) != FILM_GOOD)
		return fails("the index is not the card's");
	return 0;
}

static bool
assay_piece(const struct assay *a, const struct strip *r, uint8_t row,
    uint32_t number, uint64_t at)
{
	const struct index_part *part = index_part(&a->x, number, row);
	struct buf plain = {0}, want = {0};
	struct segment s;
	bool good = part->offset == at &&
	    part->offset + part->length <= a->f->at &&
	    film_open(&a->k, &a->x, row, number, bytes_of(a->p + part->offset,
	    part->length), &plain, &s) == FILM_GOOD;

	if (good && r != NULL) {
		strip_segment(r, row, number, &want);
		good = bytes_same(buf_view(&plain), buf_view(&want));
	}
	buf_free(&plain);
	buf_free(&want);
	return good;
}

static int
assay_check(const struct assay *a, const char *made_of)
{
	struct buf text = {0};
	struct strip r;
	uint64_t at = 0;
	unsigned wrong = 0;

	if (made_of != NULL && path_read(made_of, 256, &text) != 0)
		return fails("no strip can be read there");
	buf_u8(&text, 0);
	if (made_of != NULL && !strip_read((char *)text.p, &r))
		return fails("that is no strip");
	buf_free(&text);
	for (uint32_t n = 0; n < a->x.segments; n++)
		for (uint8_t row = 0; row < a->x.rows; row++) {
			wrong += !assay_piece(a, made_of ? &r : NULL, row, n,
			    at);
			at += index_part(&a->x, n, row)->length;
		}
	if (made_of != NULL)
		wrong += a->x.segments != r.segments || a->x.rows != r.rows;
	wrong += at != a->f->at;
	return printf("%u of %u pieces are wrong\n", wrong,
	    a->x.segments * a->x.rows) < 0 || wrong > 0;
}

static bool
assay_write(const struct assay *a, uint64_t at, const uint8_t *p, size_t n)
{
	return pwrite(a->fd, p, n, (off_t)at) == (ssize_t)n;
}

static int
assay_swap(const struct assay *a)
{
	const struct index_part *one, *two;

	for (uint8_t row = 0; row < a->x.rows; row++) {
		one = index_part(&a->x, 1, row);
		two = index_part(&a->x, 2, row);
		if (one == NULL || two == NULL || one->length != two->length)
			return fails("they are not of one length");
		if (!assay_write(a, one->offset, a->p + two->offset,
		    one->length) || !assay_write(a, two->offset, a->p +
		    one->offset, one->length))
			return fails("the blob can't be written");
	}
	return 0;
}

static int
assay_bend(const struct assay *a)
{
	const struct index_part *last;
	uint8_t other;

	for (uint8_t row = 0; row < a->x.rows; row++) {
		last = index_part(&a->x, a->x.segments - 1, row);
		other = a->p[last->offset + last->length / 2] ^ 1;
		if (!assay_write(a, last->offset + last->length / 2, &other,
		    1))
			return fails("the blob can't be written");
	}
	return 0;
}

static int
assay_index(const struct assay *a)
{
	uint64_t at = a->f->at + a->f->size / 2;

	memset(a->p + at, 0, a->n - at);
	return assay_write(a, at, a->p + at, a->n - at) ? 0 :
	    fails("the blob can't be written");
}

static int
assay_do(struct assay *a, const char *what, const char *more)
{
	if (strcmp(what, "check") == 0)
		return assay_check(a, more);
	if (strcmp(what, "swap") == 0)
		return assay_swap(a);
	if (strcmp(what, "bend") == 0)
		return assay_bend(a);
	if (strcmp(what, "index") == 0)
		return assay_index(a);
	if (strcmp(what, "cut") == 0)
		return ftruncate(a->fd, (off_t)(a->f->at + a->f->size / 2)) ==
		    0 ? 0 : fails("the blob can't be cut");
	if (strcmp(what, "key") != 0)
		return fails("check, swap, bend, index, cut or key?");
	a->f->key[0] ^= 1;
	film_keep(a->c, a->f);
	return client_keep(a->c) == 0 ? 0 : fails("it can't be kept");
}

static int
assay_open(struct assay *a, const char *profile, int64_t film, struct log *log)
{
	struct client_setup setup = {.loop = a->loop, .profile = profile,
	    .log = log};
	char pass[256], *why = NULL;

	if (fgets(pass, sizeof(pass), stdin) == NULL ||
	    client_open(&a->c, &setup, &why) != 0)
		return fails(why != NULL ? why : "no passphrase");
	if (client_unlock(a->c, bytes_of(pass, strcspn(pass, "\n"))) != 0)
		return fails("the passphrase is another one");
	a->f = film_row(a->c, film);
	return a->f != NULL ? 0 : fails("there is no such film");
}

int
main(int argc, char **argv)
{
	struct log log = {.fd = -1, .clock = &clock_system};
	struct assay a = {.fd = -1};
	int err;

	if (argc < 5 || seal_start() != 0)
		return fails("PROFILE FILM BLOBS check|swap|bend|index|cut|key");
	a.loop = loop_new(&clock_system, &rng_system);
	err = assay_open(&a, argv[1], strtoll(argv[2], NULL, 10), &log);
	if (err == 0)
		err = assay_blob(&a, argv[3]);
	if (err == 0)
		err = assay_do(&a, argv[4], argc > 5 ? argv[5] : NULL);
	index_free(&a.x);
	free(a.p);
	if (a.fd >= 0 && close(a.fd) != 0 && err == 0)
		err = 2;
	if (a.c != NULL)
		client_close(a.c);
	loop_free(a.loop);
	return err;
}
