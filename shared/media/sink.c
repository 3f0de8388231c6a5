/* SPDX-License-Identifier: ISC */
/*
 * The names of the places a film can be shown in: rows of sink.def.
 */
#include "media.h"

static const struct {
	unsigned code;
	const char *name;
} sink_row[] = {
#define SINK(code, name, help) {code, #name},
#include "sink.def"
#undef SINK
};

const char *
sink_name(unsigned code)
{
	for (size_t i = 0; i < COUNT(sink_row); i++)
		if (sink_row[i].code == code)
			return sink_row[i].name;
	return NULL;
}

int
sink_code(const char *name)
{
	for (size_t i = 0; i < COUNT(sink_row); i++)
		if (strcmp(sink_row[i].name, name) == 0)
			return (int)sink_row[i].code;
	return ERR_NONE;
}
