/* SPDX-License-Identifier: ISC */
/*
 * What the numbers of media_fail.def mean, for a person.
 */
#include "media.h"

const char *
media_fail_text(unsigned why)
{
	switch (why) {
#define MEDIA_FAIL(code, name, text, next) \
	case code: \
		return text;
#include "media_fail.def"
#undef MEDIA_FAIL
	}
	return "the media helper gave a reason that is not known here";
}

char *
media_fail_next(unsigned why, const char *file)
{
	const char *next = "install tacet and tacet-media of one version, "
	    "tacet --version says which", *at;

	switch (why) {
#define MEDIA_FAIL(code, name, text, then) \
	case code: \
		next = then; \
		break;
#include "media_fail.def"
#undef MEDIA_FAIL
	}
	at = strstr(next, "FILE");
	if (at == NULL)
		return mem_string(next);
	return mem_format("%.*s%s%s", (int)(at - next), next, file, at + 4);
}
