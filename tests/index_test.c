/* SPDX-License-Identifier: ISC */
/*
 * The index of a film: known bytes by hand, there and back at every size, every
 * truncation and flipped bit, and counts that lie (T73): refused before
 * anything is allocated for them.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media_make.h"
#include "tap.h"

static bool
same(const struct index *a, const struct index *b)
{
	return a->rows == b->rows && a->sound == b->sound &&
	    a->segments == b->segments && a->length == b->length &&
	    memcmp(a->row, b->row, sizeof(a->row)) == 0 &&
	    memcmp(a->part, b->part, (size_t)a->segments * a->rows *
	    sizeof(*a->part)) == 0;
}

static void
known_test(void)
{
	static const uint8_t head[] = {1, 1, 0, 0, 0, 1, 0, 0, 7, 0xc9, 1,
	    5, 0, 2, 0xd0, 0, 0xd, 0xbb, 0xa0, 0, 0, 3, 0xe8};
	struct index x = index_sample(1, 1), y;
	struct buf b = {0};

	index_put(&b, &x);
	is_int(b.n, sizeof(head) + 32, "as long as by hand");
	is_mem(b.p, head, sizeof(head), "the same bytes");
	is_int(index_get(buf_view(&b), &y), 0, "and it is read");
	ok(same(&x, &y), "as it was");
	ok(index_part(&y, 0, 0) != NULL && !index_part(&y, 1, 0) &&
	    !index_part(&y, 0, 1), "its one part");
	is_int(index_size(&y), 1000, "its size");
	index_free(&x);
	index_free(&y);
	buf_free(&b);
}

static void
sizes_test(void)
{
	static const uint32_t n[] = {1, 2, 150, 3600, MEDIA_SEGMENTS_MAX};
	struct buf b = {0};
	struct index x, y;
	unsigned bad = 0;
	uint64_t sum;
	size_t i;

	for (i = 0; i < COUNT(n) * MEDIA_ROWS; i++) {
		x = index_sample(n[i / MEDIA_ROWS],
		    (uint8_t)(1 + i % MEDIA_ROWS));
		buf_clear(&b);
		index_put(&b, &x);
		bad += index_get(buf_view(&b), &y) != 0 || !same(&x, &y);
		sum = 0;
		for (size_t k = 0; k < (size_t)x.segments * x.rows; k++)
			sum += x.part[k].length;
		bad += index_size(&y) != sum;
		index_free(&x);
		index_free(&y);
	}
	is_int(bad, 0, "%zu sizes, up to a day of four rows", i);
	buf_free(&b);
}

static void
bent_test(void)
{
	struct index x = index_sample(3, 2), y;
	struct buf b = {0}, again = {0};
	unsigned cut = 0, taken = 0, bad = 0;

	index_put(&b, &x);
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *copy = mem_copy(b.p, n);

		cut += index_get(bytes_of(copy, n), &y) == 0;
		free(copy);
	}
	is_int(cut, 0, "every truncation is refused");
	for (size_t bit = 0; bit < b.n * 8; bit++) {
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (index_get(buf_view(&b), &y) == 0) {
			taken++;
			buf_clear(&again);
			index_put(&again, &y);
			bad += !bytes_same(buf_view(&b), buf_view(&again));
			index_free(&y);
		}
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ok(taken > 0 && bad == 0,
	    "of flipped bits %u are read, as what they say", taken);
	index_free(&x);
	buf_free(&b);
	buf_free(&again);
}

static int
bend(size_t at, const void *bytes, size_t n)
{
	struct index x = index_sample(3, 2), y;
	struct buf b = {0};
	int err;

	index_put(&b, &x);
	memcpy(b.p + at, bytes, n);
	err = index_get(buf_view(&b), &y);
	if (err == 0)
		index_free(&y);
	index_free(&x);
	buf_free(&b);
	return err;
}

static void
lies_test(void)
{
	is_int(bend(0, "\2", 1), ERR_VERSION, "another version");
	is_int(bend(1, "\0", 1), ERR_RANGE, "no row");
	is_int(bend(1, "\5", 1), ERR_RANGE, "a row too many");
	is_int(bend(1, "\3", 1), ERR_FORMAT, "more rows than there are");
	is_int(bend(2, "\0\0\0\0\0\0\0\0", 8), ERR_RANGE, "no segment");
	is_int(bend(2, "\0\x98\x96\x80", 4), ERR_RANGE, "T73 ten millions");
	is_int(bend(2, "\xff\xff\xff\xff", 4), ERR_RANGE, "T73 2^32 - 1");
	is_int(bend(2, "\0\0\0\4\0\0\x1f\x39", 8), ERR_FORMAT,
	    "a segment too many");
	is_int(bend(2, "\0\0\0\2\0\0\xf\x99", 8), ERR_FORMAT,
	    "a segment too few");
	is_int(bend(6, "\0\0\x17\x71", 4), ERR_RANGE, "longer than its parts");
	is_int(bend(6, "\0\0\xf\xa0", 4), ERR_RANGE, "shorter");
	is_int(bend(6, "\xff\xff\xff\xff", 4), ERR_RANGE, "seven weeks");
	is_int(bend(10, "\2", 1), ERR_RANGE, "sound that is neither");
	is_int(bend(11, "\0\0", 2), ERR_RANGE, "T77 no width");
	is_int(bend(11, "\5\1", 2), ERR_RANGE, "too wide");
	is_int(bend(13, "\xff\xff", 2), ERR_RANGE, "T77 65535 high");
	is_int(bend(27, "\0\0\0\0", 4), ERR_RANGE, "T73 a part of nothing");
	is_int(bend(27, "\0\x40\1\1", 4), ERR_RANGE, "T73 a part too large");
	is_int(bend(27, "\xff\xff\xff\xff", 4), ERR_RANGE,
	    "T73 of four gigabytes");
}

#ifdef __SANITIZE_ADDRESS__
static void
memory_test(void)
{
	skip("T73 memory: the sanitizer has its own");
}
#else
/* How far memory goes, in a process that may have 1 MiB more: a day of four
 * rows would be 7 MiB of parts. */
static int
poor(struct bytes in)
{
	struct rlimit most;
	struct index x;
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (f == NULL || fscanf(f, "%lu", &pages) != 1)
		return 2;
	(void)fclose(f);
	most.rlim_cur = most.rlim_max =
	    pages * (rlim_t)sysconf(_SC_PAGESIZE) + (1 << 20);
	if (setrlimit(RLIMIT_AS, &most) != 0)
		return 2;
	if (mmap(NULL, 4 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0) != MAP_FAILED)
		return 3;       /* the limit limits nothing */
	return index_get(in, &x) == ERR_FORMAT ? 0 : 1;
}

static void
memory_test(void)
{
	static const uint8_t lie[43] = {1, 4, 0, 0, 0xa8, 0xc0, 5, 0x26, 0x5c,
	    0, 1, 5, 0, 2, 0xd0, 0, 0, 0, 1, 5, 0, 2, 0xd0, 0, 0, 0, 1, 5, 0,
	    2, 0xd0, 0, 0, 0, 1, 5, 0, 2, 0xd0, 0, 0, 0, 1};
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(poor(bytes_of(lie, sizeof(lie))));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("no process: fork");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "T73 an index that says a day is refused within 1 MiB");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		note("status %x", (unsigned)status);
}
#endif

int
main(void)
{
	memory_test();  /* before the allocator has learnt to keep much */
	known_test();
	sizes_test();
	bent_test();
	lies_test();
	return done();
}
