/* SPDX-License-Identifier: ISC */
/* What a room's members agree on: there and back, and every way to be wrong. */
#include "ident.h"
#include "tap.h"

static void
sample(struct room *m)
{
	memset(m, 0, sizeof(*m));
	memcpy(m->name, "das Labor \xc3\xa4", 12);
	m->admins = 2;
	memset(m->admin[0], 1, ACCOUNT_ID);
	memset(m->admin[1], 2, ACCOUNT_ID);
}

static void
test_back(void)
{
	uint8_t three[ACCOUNT_ID];
	struct buf b = {0};
	struct room m, n;

	sample(&m);
	is_int(room_put(&m, &b), 0, "written");
	is_int(room_get(buf_view(&b), &n), 0, "and read");
	is_str(n.name, m.name, "its name");
	is_int((int)n.admins, 2, "its admins");
	ok(room_admin(&n, m.admin[1]), "are admins");
	memset(three, 3, sizeof(three));
	ok(!room_admin(&n, three), "others aren't");
	buf_free(&b);
}

static void
test_short(void)
{
	struct buf b = {0};
	struct room m, n;
	int bad = 0;
	size_t i;

	sample(&m);
	if (room_put(&m, &b) != 0)
		bail("not written");
	for (i = 0; i < b.n; i++)
		bad += room_get(bytes_of(b.p, i), &n) >= 0 || n.admins != 0;
	is_int(bad, 0, "no truncation is taken, and nothing of it stays");
	buf_u8(&b, 0);
	is_int(room_get(buf_view(&b), &n), ERR_TRAIL, "nor a byte more");
	buf_free(&b);
}

static int
altered(size_t at, uint8_t with)
{
	struct buf b = {0};
	struct room m, n;
	int err;

	sample(&m);
	if (room_put(&m, &b) != 0)
		bail("not written");
	b.p[at] = with;
	err = room_get(buf_view(&b), &n);
	buf_free(&b);
	return err;
}

static void
test_bad(void)
{
	struct buf b = {0};
	struct room m;

	is_int(altered(0, 2), ERR_VERSION, "another version");
	is_int(altered(2, '\n'), ERR_FORMAT, "a control in the name");
	is_int(altered(2, 0x80), ERR_FORMAT, "a name that is not UTF-8");
	is_int(altered(14, 0), ERR_RANGE, "no admin");
	is_int(altered(14, 17), ERR_RANGE, "too many admins");
	sample(&m);
	m.name[0] = '\0';
	is_int(room_put(&m, &b), ERR_INPUT, "none without a name is made");
	sample(&m);
	m.admins = 0;
	is_int(room_put(&m, &b), ERR_RANGE, "nor one without an admin");
	buf_free(&b);
}

int
main(void)
{
	test_back();
	test_short();
	test_bad();
	return done();
}
