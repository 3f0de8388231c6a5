/* SPDX-License-Identifier: ISC */
/*
 * What the numbers of media_fail.def mean, for a person.
 */
#include "media.h"

const char *
media_fail_text(unsigned why)
{
	switch (why) {
#define MEDIA_FAIL(code, name, text) \
	case code: \
		return text;
#include "media_fail.def"
#undef MEDIA_FAIL
	}
	return "the media helper gave a reason that is not known here";
}
