/* SPDX-License-Identifier: ISC */
/*
 * Seven words that two people see at the same time when nobody is between them.
 * Who begins commits to a number, the other side draws one, then the first is
 * shown: neither could choose it with the words in mind, so somebody who sits
 * between and shows each a key of his own makes the words equal with a chance
 * of 2^-77 per try, and each try is seen by both. Both whole account keys and
 * the conversation are bound.
 */
#include "ident.h"

#define SPOKEN_BYTES ((SPOKEN_WORDS * WORD_BITS + 7) / 8)

_Static_assert(SPOKEN_BYTES <= HASH32, "a hash holds the words");

static void
spoken_pieces(const struct spoken *s, struct bytes piece[static 4])
{
	piece[0] = bytes_of(s->first, SIGN_PUBLIC);
	piece[1] = bytes_of(s->second, SIGN_PUBLIC);
	piece[2] = bytes_of(s->log, WIRE_ID);
	piece[3] = bytes_of(s->session, WIRE_ID);
}

void
spoken_commit(const struct spoken *s, const uint8_t number[static KEY_SIZE],
    uint8_t commit[static HASH32])
{
	struct bytes piece[5];

	spoken_pieces(s, piece);
	piece[4] = bytes_of(number, KEY_SIZE);
	hash_label("spoken commit", piece, COUNT(piece), commit);
}

void
spoken_words(const struct spoken *s, const uint8_t first[static KEY_SIZE],
    const uint8_t second[static KEY_SIZE], uint16_t word[static SPOKEN_WORDS])
{
	struct bytes piece[6];
	uint8_t h[HASH32];

	spoken_pieces(s, piece);
	piece[4] = bytes_of(first, KEY_SIZE);
	piece[5] = bytes_of(second, KEY_SIZE);
	hash_label("spoken words", piece, COUNT(piece), h);
	words_take(h, SPOKEN_WORDS, word);
}
