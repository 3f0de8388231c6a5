/* SPDX-License-Identifier: ISC */
/*
 * Evidence that a relay showed two histories of one directory: two heads that
 * it signed and that can't both be true. Either they have the same size and
 * other roots; or the later one's tree, by a consistency proof that fits its
 * root, had another root at the size of the earlier. It proves this to anybody,
 * offline, with no word of whoever hands it on.
 *
 * "tacet evidence 1\n", the earlier head, the later head; and if their sizes
 * differ: other, the root at the earlier size in the later tree, u16 length,
 * the proof from that to the later root.
 */
#include "ident.h"

#define EVIDENCE_MAGIC "tacet evidence 1\n"
#define EVIDENCE_MAGIC_LEN (sizeof(EVIDENCE_MAGIC) - 1)

static int
evidence_judge(const struct evidence *e)
{
	if (memcmp(e->first.key, e->later.key, SIGN_PUBLIC) != 0)
		return ERR_KEY;
	if (e->first.size > e->later.size)
		return ERR_FORMAT;
	if (e->first.size == e->later.size)
		return memcmp(e->first.root, e->later.root, HASH32) != 0 ? 0 :
		    ERR_RULE;
	if (e->first.size == 0 || memcmp(e->other, e->first.root, HASH32) == 0)
		return ERR_RULE;
	return merkle_check_extends(e->first.size, e->later.size, e->other,
	    e->later.root, e->proof);
}

int
evidence_put(const struct evidence *e, struct buf *out)
{
	int err = evidence_judge(e);

	if (err)
		return err;
	buf_string(out, EVIDENCE_MAGIC);
	head_put(&e->first, out);
	head_put(&e->later, out);
	if (e->first.size < e->later.size) {
		buf_put(out, e->other, HASH32);
		buf_u16(out, (uint16_t)e->proof.n);
		buf_bytes(out, e->proof);
	}
	return out->err;
}

static int
evidence_read(struct bytes in, struct evidence *e)
{
	struct rd r = rd_of(in);
	struct bytes magic = rd_view(&r, EVIDENCE_MAGIC_LEN), head;
	int err;

	if (r.err || memcmp(magic.p, EVIDENCE_MAGIC, magic.n) != 0)
		return ERR_FORMAT;
	head = rd_view(&r, HEAD_SIZE);
	err = head_get(head, &e->first);
	head = rd_view(&r, HEAD_SIZE);
	if (!err)
		err = head_get(head, &e->later);
	if (!err && e->first.size < e->later.size) {
		rd_copy(&r, e->other, HASH32);
		e->proof = rd_view(&r, rd_u16(&r));
	}
	return err ? err : rd_end(&r);
}

int
evidence_check(struct bytes in, struct evidence *e)
{
	int err;

	memset(e, 0, sizeof(*e));
	err = evidence_read(in, e);
	return err ? err : evidence_judge(e);
}
