/* SPDX-License-Identifier: ISC */
/*
 * Addresses: a table of what is read and what it means, one of what is refused
 * and with which sentence, every truncation, every changed character, and that
 * what is put is read again.
 */
#include "ident.h"
#include "ident_make.h"
#include "tap.h"

#define PIN "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyy" \
    "denbwha5dypsaijcemsckjrhfausukzmfuxc6"
#define INV "aaaqeaydaudaocajbifqydiob4"

static void
test_good(void)
{
	static const struct {
		const char *s, *host;
		unsigned port;
		bool pinned, invited;
	} t[] = {
		{"tacet://relay.example/" , "relay.example", 8223, 0, 0},
		{"tacet://relay.example", "relay.example", 8223, 0, 0},
		{"relay.example", "relay.example", 8223, 0, 0},
		{"relay.example:9", "relay.example", 9, 0, 0},
		{"TACET://relay.example/", "relay.example", 8223, 0, 0},
		{"tacet://127.0.0.1:65535/" PIN, "127.0.0.1", 65535, 1, 0},
		{"tacet://h/" PIN, "h", 8223, 1, 0},
		{"tacet://h:1/" PIN "?invite=" INV, "h", 1, 1, 1},
		{"tacet://h?invite=" INV, "h", 8223, 0, 1},
		{"tacet://h:7?invite=" INV, "h", 7, 0, 1},
		{"tacet://h/?invite=" INV, "h", 8223, 0, 1},
		{"tacet://[::1]/" PIN, "::1", 8223, 1, 0},
		{"tacet://[::1]:99/" PIN, "::1", 99, 1, 0},
		{"[2001:db8::7]:99", "2001:db8::7", 99, 0, 0},
		{"tacet://[fe80::1%eth0]/", "fe80::1%eth0", 8223, 0, 0},
		{"tacet://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", 8223, 0, 0},
		{"tacet://my_host-1.lan/", "my_host-1.lan", 8223, 0, 0},
	};
	struct address a;
	const char *why;

	for (size_t i = 0; i < COUNT(t); i++) {
		is_int(address_get(t[i].s, &a, &why), 0, "%s", t[i].s);
		is_str(a.host, t[i].host, "its host");
		is_int(a.port, t[i].port, "its port");
		ok(a.pinned == t[i].pinned && a.invited == t[i].invited &&
		    why == NULL, "key and invite");
	}
}

static void
test_bad(void)
{
	static const struct {
		const char *s, *why;
	} t[] = {
		{"", "host is missing"},
		{"tacet://", "host is missing"},
		{"tacet:///" PIN, "host is missing"},
		{"tacet://:8223/" PIN, "host is missing"},
		{"https://relay.example/", "tacet://"},
		{"tacets://relay.example/", "tacet://"},
		{"tacet://h:0/", "1 to 65535"},
		{"tacet://h:65536/", "1 to 65535"},
		{"tacet://h:99999999999999999999/", "1 to 65535"},
		{"tacet://h:-1/", "1 to 65535"},
		{"tacet://h:/", "1 to 65535"},
		{"tacet://h:80x/" PIN, "after host and port"},
		{"tacet://h:8223" PIN, "after host and port"},
		{"tacet://[::1]x/" PIN, "after host and port"},
		{"tacet://[::1/" PIN, "not closed"},
		{"tacet://[]/" PIN, "host is missing"},
		{"tacet://[relay]/", "no IPv6"},
		{"tacet://[1.2.3.4]/", "no IPv6"},
		{"tacet://[:::1]/", "no IPv6"},
		{"tacet://[1:2:3:4:5:6:7:8:9]/", "no IPv6"},
		{"tacet://[fe80::1%]/", "zone"},
		{"tacet://[fe80::1%-x]/", "zone"},
		{"tacet://[fe80::1%a b]/", "zone"},
		{"tacet://::1/" PIN, "brackets"},
		{"fe80::1", "brackets"},
		{"tacet://user@h/", "character"},
		{"tacet://h h/", "character"},
		{"tacet://h\n/", "character"},
		{"tacet://h\x1b[2J/", "character"},
		{"tacet://b\xc3\xbc" "cher/", "character"},
		{"tacet://-oProxyCommand/", "starts with"},
		{"tacet://.h/", "starts with"},
		{"tacet://h/abc", "cut or mistyped"},
		{"tacet://h/" PIN "a", "cut or mistyped"},
		{"tacet://h/" PIN "/", "cut or mistyped"},
		{"tacet://h//" PIN, "cut or mistyped"},
		{"tacet://h/" PIN "?", "?invite="},
		{"tacet://h/" PIN "?Invite=" INV, "?invite="},
		{"tacet://h/" PIN "?invite=", "invite is cut"},
		{"tacet://h/" PIN "?invite=abc", "invite is cut"},
		{"tacet://h/" PIN "?invite=" INV "&x=1", "invite is cut"},
		{"tacet://h/" PIN "?invite=" INV " ", "invite is cut"},
	};
	static const struct address zero;
	struct address a;
	const char *why;

	for (size_t i = 0; i < COUNT(t); i++) {
		is_int(address_get(t[i].s, &a, &why), ERR_FORMAT, "bad %zu", i);
		ok(why != NULL && strstr(why, t[i].why) != NULL,
		    "because: %s", why != NULL ? why : "no sentence");
		is_mem(&a, &zero, sizeof(a), "and nothing is left");
	}
}

static void
test_long(void)
{
	char s[600];
	struct address a;
	const char *why;

	memset(s, 'a', sizeof(s));
	s[HOST_LEN] = '\0';
	is_int(address_get(s, &a, &why), 0, "the longest host");
	s[HOST_LEN] = 'a';
	s[HOST_LEN + 1] = '\0';
	is_int(address_get(s, &a, &why), ERR_FORMAT, "one letter more");
	ok(why != NULL && strstr(why, "too long") != NULL, "is too long");
	memset(s, '1', sizeof(s));
	s[0] = '[';
	s[100] = ']';
	s[101] = '\0';
	is_int(address_get(s, &a, &why), ERR_FORMAT, "a long IPv6 address");
	memset(s, '0', sizeof(s));
	memcpy(s, "h:", 2);
	s[598] = '7';
	s[599] = '\0';
	is_int(address_get(s, &a, &why), 0, "zeros before the port");
	is_int(a.port, 7, "count nothing");
}

static void
test_round(void)
{
	static const char *const host[] = {
		"relay.example", "127.0.0.1", "::1", "fe80::1%eth0",
	};
	char out[ADDRESS_TEXT];
	struct address a, b;
	const char *why;

	for (size_t i = 0; i < COUNT(host) * 4; i++) {
		memset(&a, 0, sizeof(a));
		strcpy(a.host, host[i / 4]);
		a.port = (uint16_t)(1 + i * 4095);
		a.pinned = (i & 1) != 0;
		a.invited = (i & 2) != 0;
		for (size_t k = 0; a.pinned && k < PIN_SIZE; k++)
			a.pin[k] = (uint8_t)(k * 7);
		for (size_t k = 0; a.invited && k < INVITE_SIZE; k++)
			a.invite[k] = (uint8_t)~k;
		address_put(&a, true, out);
		is_int(address_get(out, &b, &why), 0, "%s", out);
		is_mem(&b, &a, sizeof(a), "is what was put");
		address_put(&a, false, out);
		ok(strstr(out, "invite") == NULL, "without the invite");
	}
	memset(&a, 0, sizeof(a));
	memset(a.host, 'h', HOST_LEN);
	a.port = UINT16_MAX;
	a.pinned = a.invited = true;
	address_put(&a, true, out);
	ok(strlen(out) < ADDRESS_TEXT - 1 && address_get(out, &b, &why) == 0,
	    "the longest fits: %zu", strlen(out));
}

/* A pasted address may be cut anywhere, or have one wrong character. */
static void
test_cut(void)
{
	const char *whole = "tacet://relay.example:8223/" PIN "?invite=" INV;
	size_t n = strlen(whole), same = 0, taken = 0, from;
	char s[256];
	struct address a, b;
	const char *why;

	if (address_get(whole, &a, &why) != 0)
		bail("%s", why);
	for (size_t i = 0; i < n; i++) {
		memcpy(s, whole, i);
		s[i] = '\0';
		if (address_get(s, &b, &why) == 0)
			same += memcmp(&a, &b, sizeof(a)) == 0;
		else
			taken += why == NULL;
	}
	is_int(same, 0, "no truncation reads as the whole");
	is_int(taken, 0, "and each refused one has its sentence");
	from = strlen("tacet://relay.example:8223");
	for (size_t i = from; i < n; i++)
		for (unsigned c = 1; c < 256; c++) {
			memcpy(s, whole, n + 1);
			s[i] = (char)c;
			/* the case of base32 does not matter */
			if ((c | 0x20) == ((unsigned char)whole[i] | 0x20u))
				continue;
			same += address_get(s, &b, &why) == 0 &&
			    memcmp(&a, &b, sizeof(a)) == 0;
		}
	is_int(same, 0, "no other character gives the same key and invite");
}

static void
test_pin(void)
{
	uint8_t transport[DH_SIZE], head[SIGN_PUBLIC], pin[PIN_SIZE];
	uint8_t again[PIN_SIZE];

	memset(transport, 1, sizeof(transport));
	memset(head, 2, sizeof(head));
	pin_make(transport, head, pin);
	is_mem(pin, transport, DH_SIZE, "a pin holds the transport key");
	head[31] ^= 1;
	pin_make(transport, head, again);
	ok(memcmp(pin, again, PIN_SIZE) != 0, "and binds the head key");
	ok(memcmp(pin, again, DH_SIZE) == 0, "in its last 16 bytes");
}

static void
test_confusion(void)
{
	struct object o[OBJECTS];
	struct address a;
	const char *why;
	struct who w;

	who_make(&w, 5, "eve", 1);
	objects_make(&w, o);
	for (size_t i = 0; i < OBJECTS; i++) {
		buf_u8(&o[i].raw, 0);
		ok((address_get((const char *)o[i].raw.p, &a, &why) == 0) ==
		    (i == 5), "%s as an address", o[i].name);
	}
	objects_free(o);
	who_free(&w);
}

int
main(void)
{
	test_good();
	test_bad();
	test_long();
	test_round();
	test_cut();
	test_pin();
	test_confusion();
	return done();
}
