/* SPDX-License-Identifier: ISC */
/*
 * The codec of proposals (RFC 9420 12.1). A type that is not known here has no
 * known end, so the message that carries it is refused with ERR_SUITE. What a
 * proposal may do is mls_list.c's matter.
 */
#include "mls_parts.h"

static void
get_extensions(struct rd *rd, struct bytes *out)
{
	int err;

	*out = mls_get_vector(rd);
	if (rd->err == 0 && (err = mls_ext_check(*out)) != 0)
		rd_fail(rd, err);
}

static void
get_reinit(struct rd *rd, struct mls_reinit *r)
{
	r->group_id = mls_get_vector(rd);
	r->version = rd_u16(rd);
	r->suite = rd_u16(rd);
	get_extensions(rd, &r->extensions);
}

int
mls_proposal_get_body(struct rd *rd, uint16_t type, struct mls_proposal *p)
{
	const uint8_t *start = rd->p;

	*p = (struct mls_proposal){ .type = type };
	switch (type) {
	case MLS_ADD:
		mls_package_get(rd, &p->package);
		break;
	case MLS_UPDATE:
		mls_leaf_get(rd, &p->leaf);
		break;
	case MLS_REMOVE:
		p->removed = rd_u32(rd);
		break;
	case MLS_PSK:
		mls_psk_get(rd, &p->psk);
		break;
	case MLS_REINIT:
		get_reinit(rd, &p->reinit);
		break;
	case MLS_EXTERNAL_INIT:
		p->kem_output = mls_get_vector(rd);
		break;
	case MLS_GROUP_EXTENSIONS:
		get_extensions(rd, &p->extensions);
		break;
	default:
		rd_fail(rd, ERR_SUITE);
	}
	if (rd->err == 0)
		p->raw = bytes_of(start, (size_t)(rd->p - start));
	return rd->err;
}

int
mls_proposal_get(struct rd *rd, struct mls_proposal *p)
{
	const uint8_t *start = rd->p;
	uint16_t type = rd_u16(rd);

	mls_proposal_get_body(rd, type, p);
	if (rd->err == 0)
		p->raw = bytes_of(start, (size_t)(rd->p - start));
	return rd->err;
}

void
mls_proposal_put_body(struct buf *b, const struct mls_proposal *p)
{
	switch (p->type) {
	case MLS_ADD:
		mls_package_put(b, &p->package);
		break;
	case MLS_UPDATE:
		mls_leaf_put(b, &p->leaf);
		break;
	case MLS_REMOVE:
		buf_u32(b, p->removed);
		break;
	case MLS_PSK:
		mls_psk_put(b, &p->psk);
		break;
	case MLS_REINIT:
		mls_put_vector(b, p->reinit.group_id);
		buf_u16(b, p->reinit.version);
		buf_u16(b, p->reinit.suite);
		mls_put_vector(b, p->reinit.extensions);
		break;
	case MLS_EXTERNAL_INIT:
		mls_put_vector(b, p->kem_output);
		break;
	case MLS_GROUP_EXTENSIONS:
		mls_put_vector(b, p->extensions);
		break;
	default:
		assert(p->type == 0); /* nobody makes one of no known type */
	}
}

void
mls_proposal_put(struct buf *b, const struct mls_proposal *p)
{
	buf_u16(b, p->type);
	mls_proposal_put_body(b, p);
}
