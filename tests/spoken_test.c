/* SPDX-License-Identifier: ISC */
/*
 * Seven words: the same for two who saw the same, others for anything else that
 * went in; and a commitment that holds the one who begins to a number.
 */
#include "ident.h"
#include "tap.h"

static void
make(unsigned seed, struct spoken *s, uint8_t number[static 2][KEY_SIZE])
{
	struct rng_seeded g;
	struct rng r = rng_seed(&g, seed);

	rng_fill(&r, s, sizeof(*s));
	rng_fill(&r, number, 2 * KEY_SIZE);
}

/* Every bit of keys, conversation, session and both numbers is bound. */
static void
test_bound(void)
{
	uint16_t want[SPOKEN_WORDS], got[SPOKEN_WORDS];
	uint8_t commit[2][HASH32], number[2][KEY_SIZE];
	size_t words = 0, commits = 0, bits;
	struct spoken s;
	uint8_t *p;

	make(1, &s, number);
	spoken_words(&s, number[0], number[1], want);
	spoken_commit(&s, number[0], commit[0]);
	for (size_t i = 0; i < sizeof(s) * 8; i++) {
		p = (uint8_t *)&s;
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		spoken_words(&s, number[0], number[1], got);
		spoken_commit(&s, number[0], commit[1]);
		words += memcmp(want, got, sizeof(want)) == 0;
		commits += memcmp(commit[0], commit[1], HASH32) == 0;
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(words, 0, "keys, conversation and session are in the words");
	is_int(commits, 0, "and in the commitment");
	bits = sizeof(number) * 8;
	for (size_t i = words = 0; i < bits; i++) {
		p = &number[0][0];
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		spoken_words(&s, number[0], number[1], got);
		words += memcmp(want, got, sizeof(want)) == 0;
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(words, 0, "both numbers are");
	spoken_words(&s, number[1], number[0], got);
	ok(memcmp(want, got, sizeof(want)) != 0, "in their order");
}

/* All 77 bits move: each word takes many values. */
static void
test_spread(void)
{
	uint8_t seen[SPOKEN_WORDS][WORDS] = {0}, number[2][KEY_SIZE];
	uint16_t word[SPOKEN_WORDS];
	size_t least = WORDS;
	struct spoken s;

	for (unsigned i = 0; i < 2000; i++) {
		make(i, &s, number);
		spoken_words(&s, number[0], number[1], word);
		for (size_t k = 0; k < SPOKEN_WORDS; k++)
			seen[k][word[k]] = 1;
	}
	for (size_t k = 0; k < SPOKEN_WORDS; k++) {
		size_t n = 0;

		for (size_t i = 0; i < WORDS; i++)
			n += seen[k][i];
		least = n < least ? n : least;
	}
	ok(least > 1000, "each of seven places takes many words (%zu)", least);
}

int
main(void)
{
	test_bound();
	test_spread();
	return done();
}
