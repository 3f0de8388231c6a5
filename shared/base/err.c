/* SPDX-License-Identifier: ISC */
/*
 * Errors as text. The rows of error.def are the only copy of what is known:
 * a number without a row still gets a sentence, since it may have come from a
 * newer peer.
 */
#include "base.h"

struct err_row {
	int err;
	const char *name;
	const char *text;
};

static const struct err_row err_rows[] = {
	{0, "OK", "no error"},
#define ERR(code, name, text) {-(code), #name, text},
#include "error.def"
#undef ERR
};

static const struct err_row *
err_find(int err)
{
	size_t i;

	for (i = 0; i < COUNT(err_rows); i++)
		if (err_rows[i].err == err)
			return &err_rows[i];
	return NULL;
}

const char *
err_text(int err)
{
	const struct err_row *row = err_find(err);

	return row ? row->text : "an error that is not known here";
}

const char *
err_name(int err)
{
	const struct err_row *row = err_find(err);

	return row ? row->name : "?";
}

bool
err_known(int err)
{
	return err_find(err) != NULL;
}
