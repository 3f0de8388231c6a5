/* SPDX-License-Identifier: ISC */
/*
 * The key schedule (RFC 9420 8), GroupContext and transcript hashes. Takes
 * secrets, gives secrets; whoever holds them wipes them.
 */
#include "mls_epoch.h"

int
mls_context_get(struct rd *rd, struct mls_context *c)
{
	uint16_t version = rd_u16(rd);
	int err;

	c->number = rd_u16(rd);
	c->suite = mls_suite_find(c->number);
	c->group_id = mls_get_vector(rd);
	c->epoch = rd_u64(rd);
	c->tree_hash = mls_get_vector(rd);
	c->confirmed = mls_get_vector(rd);
	c->extensions = mls_get_vector(rd);
	if (rd->err == 0 && version != 1)
		rd_fail(rd, ERR_VERSION);
	if (rd->err == 0 && (err = mls_ext_check(c->extensions)) != 0)
		rd_fail(rd, err);
	return rd->err;
}

void
mls_context_put(struct buf *b, const struct mls_context *c)
{
	buf_u16(b, 1);
	buf_u16(b, c->suite == NULL ? c->number : c->suite->id);
	mls_put_vector(b, c->group_id);
	buf_u64(b, c->epoch);
	mls_put_vector(b, c->tree_hash);
	mls_put_vector(b, c->confirmed);
	mls_put_vector(b, c->extensions);
}

int
mls_schedule_joiner(const struct mls_suite *suite, const uint8_t *init,
    const uint8_t *commit_secret, struct bytes context, uint8_t *joiner)
{
	uint8_t prk[MLS_NH_MAX];
	int err;

	mls_extract(suite, bytes_of(init, suite->nh),
	    bytes_of(commit_secret, suite->nh), prk);
	err = mls_expand(suite, bytes_of(prk, suite->nh), mls_text("joiner"),
	    context, joiner, suite->nh);
	mem_wipe(prk, sizeof prk);
	return err;
}

int
mls_schedule_from(const struct mls_suite *suite, const uint8_t *epoch_secret,
    struct mls_epoch *e)
{
	const struct {
		const char *label;
		uint8_t *out;
	} row[] = {
		{ "sender data", e->sender_data },
		{ "encryption", e->encryption },
		{ "exporter", e->exporter },
		{ "external", e->external },
		{ "confirm", e->confirmation },
		{ "membership", e->membership },
		{ "resumption", e->resumption },
		{ "authentication", e->authenticator },
		{ "init", e->init },
	};
	size_t i;
	int err = 0;

	memset(e, 0, sizeof *e); /* the tails too: the whole is saved */
	for (i = 0; i < COUNT(row) && err == 0; i++)
		err = mls_derive(suite, epoch_secret, row[i].label,
		    row[i].out);
	return err;
}

int
mls_schedule_epoch(const struct mls_suite *suite, const uint8_t *joiner,
    const uint8_t *psk_secret, struct bytes context, uint8_t *welcome,
    struct mls_epoch *e)
{
	uint8_t prk[MLS_NH_MAX], epoch_secret[MLS_NH_MAX];
	int err = 0;

	mls_extract(suite, bytes_of(joiner, suite->nh),
	    bytes_of(psk_secret, suite->nh), prk);
	if (welcome != NULL)
		err = mls_derive(suite, prk, "welcome", welcome);
	if (err == 0)
		err = mls_expand(suite, bytes_of(prk, suite->nh),
		    mls_text("epoch"), context, epoch_secret, suite->nh);
	if (!defence(epoch))
		memset(epoch_secret, 0, sizeof epoch_secret);
	if (err == 0)
		err = mls_schedule_from(suite, epoch_secret, e);
	mem_wipe(prk, sizeof prk);
	mem_wipe(epoch_secret, sizeof epoch_secret);
	return err;
}

int
mls_schedule_welcome_secret(const struct mls_suite *suite,
    const uint8_t *joiner, const uint8_t *psk_secret, uint8_t *welcome)
{
	uint8_t prk[MLS_NH_MAX];
	int err;

	mls_extract(suite, bytes_of(joiner, suite->nh),
	    bytes_of(psk_secret, suite->nh), prk);
	err = mls_derive(suite, prk, "welcome", welcome);
	mem_wipe(prk, sizeof prk);
	return err;
}

int
mls_schedule_export(const struct mls_suite *suite, const uint8_t *exporter,
    struct bytes label, struct bytes context, uint8_t *out, size_t n)
{
	uint8_t derived[MLS_NH_MAX], hash[MLS_NH_MAX];
	int err;

	mls_hash(suite, context, hash);
	err = mls_expand(suite, bytes_of(exporter, suite->nh), label,
	    bytes_of(NULL, 0), derived, suite->nh);
	if (err == 0)
		err = mls_expand(suite, bytes_of(derived, suite->nh),
		    mls_text("exported"), bytes_of(hash, suite->nh), out, n);
	mem_wipe(derived, sizeof derived);
	return err;
}

int
mls_schedule_external(const struct mls_suite *suite, const uint8_t *external,
    uint8_t *public, uint8_t *secret)
{
	return hpke_derive(suite->hpke, bytes_of(external, suite->nh), public,
	    secret);
}

int
mls_schedule_welcome(const struct mls_suite *suite, const uint8_t *welcome,
    uint8_t *key, uint8_t *nonce)
{
	struct bytes secret = bytes_of(welcome, suite->nh);
	int err;

	err = mls_expand(suite, secret, mls_text("key"), bytes_of(NULL, 0),
	    key, suite->nk);
	if (err == 0)
		err = mls_expand(suite, secret, mls_text("nonce"),
		    bytes_of(NULL, 0), nonce, suite->nn);
	return err;
}

void
mls_schedule_confirmed(const struct mls_suite *suite, struct bytes interim,
    struct bytes input, uint8_t *out)
{
	struct bytes pieces[2] = { interim, input };

	hash_many(suite->hash, pieces, COUNT(pieces), out);
}

void
mls_schedule_interim(const struct mls_suite *suite, struct bytes confirmed,
    struct bytes tag, uint8_t *out)
{
	struct buf input = { 0 };
	struct bytes pieces[2] = { confirmed };

	mls_put_vector(&input, tag);
	assert(input.err == 0);
	pieces[1] = buf_view(&input);
	hash_many(suite->hash, pieces, COUNT(pieces), out);
	buf_free(&input);
}
