/* SPDX-License-Identifier: ISC */
/* floor: cmd */
/*
 * Events as lines: JSON that a foreign parser reads back, one line each,
 * whatever the texts hold; and text whose further lines can't pass for lines
 * of somebody else.
 */
#include "vec.h" /* first: it keeps jansson's json_string apart from ours */

#include <unistd.h>

#include "clean.h"
#include "cmd.h"
#include "tap.h"

struct scene {
	char dir[32];
	struct loop *loop;
	struct client *client;
	struct log log;
	struct talk talk;
	struct person person;
	struct message message;
	struct notice notice;
};

static void
scene_open(struct scene *s)
{
	struct client_setup setup = {.profile = s->dir, .log = &s->log,
	    .pass_mem_kib = 64, .pass_ops = 1};
	char *why = NULL;

	memset(s, 0, sizeof(*s));
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/tacet-event-XXXXXX");
	if (seal_start() != 0 || mkdtemp(s->dir) == NULL)
		bail("no folder");
	s->loop = loop_new(&clock_system, &rng_system);
	s->log = (struct log){.fd = -1, .clock = &clock_system};
	setup.loop = s->loop;
	if (client_open(&s->client, &setup, &why) != 0)
		bail("%s", why);
	s->talk.title = safe_of("bob");
	s->person.name = safe_of("bob");
	s->message = (struct message){.row = 7, .sent = 1000, .heard = 2000,
	    .text = safe_of("hello")};
	memset(s->message.id, 0xab, WIRE_ID);
	s->notice = (struct notice){.kind = NOTICE_REQUEST, .open = true,
	    .time = 3000, .text = safe_of("bob wants to talk")};
}

static void
scene_close(struct scene *s)
{
	char *lock = path_join(s->dir, "lock");

	safe_free(&s->talk.title);
	safe_free(&s->person.name);
	safe_free(&s->message.text);
	safe_free(&s->notice.text);
	client_close(s->client);
	loop_free(s->loop);
	(void)unlink(lock);
	ok(rmdir(s->dir) == 0, "nothing is left behind");
	free(lock);
}

static void
set_text(struct safe *text, const char *s, size_t n)
{
	safe_free(text);
	*text = safe_make(SAFE_TEXT, s, n);
}

static json_t *
parsed(struct scene *s, const struct event *e)
{
	struct buf b = {0};
	json_error_t error;
	json_t *root;

	event_json(s->client, e, &b);
	ok(b.n > 0 && memchr(b.p, '\n', b.n) == b.p + b.n - 1,
	    "one line and its end");
	root = json_loadb((char *)b.p, b.n, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		bail("%s: %.*s", error.text, (int)b.n, b.p);
	buf_free(&b);
	return root;
}

static void
test_kinds(struct scene *s)
{
	static const char *const name[] = {
#define EVENT(name, when) #name,
#include "event.def"
#undef EVENT
	};

	for (unsigned k = 0; k < EVENT_COUNT; k++) {
		struct event e = {.kind = (enum event_kind)k};
		json_t *j;

		if (k == EVENT_message || k == EVENT_delivery) {
			e.talk = &s->talk;
			e.message = &s->message;
		}
		if (k == EVENT_notice)
			e.notice = &s->notice;
		if (k == EVENT_person)
			e.person = &s->person;
		j = parsed(s, &e);
		is_str(vec_string(j, "event"), name[k], "event %s", name[k]);
		json_decref(j);
	}
}

static void
test_message(struct scene *s)
{
	struct event e = {.kind = EVENT_message, .talk = &s->talk,
	    .message = &s->message};
	json_t *j = parsed(s, &e);

	is_str(vec_string(j, "talk"), "bob", "talk");
	is_str(vec_string(j, "text"), "hello", "text");
	is_str(vec_string(j, "kind"), "text", "kind");
	is_str(vec_string(j, "id"), "abababababababababababababababab", "id");
	is_int(vec_int(j, "time"), 1000, "the sender's time");
	ok(!vec_bool(j, "mine") && !vec_has(j, "delivery"), "not mine");
	json_decref(j);
	s->message.mine = true;
	s->message.ladder = LADDER_DEVICE;
	e.kind = EVENT_delivery;
	j = parsed(s, &e);
	is_str(vec_string(j, "delivery"), "at device", "how far mine came");
	is_int(vec_int(j, "time"), 2000, "our time");
	ok(!vec_has(j, "text") && !vec_has(j, "error"), "a step has no text");
	json_decref(j);
	s->message.ladder = LADDER_FAILED;
	s->message.err = ERR_QUOTA;
	j = parsed(s, &e);
	is_str(vec_string(j, "error"), "QUOTA", "why it failed");
	json_decref(j);
	s->message.mine = false;
	s->message.err = 0;
	s->message.kind = MESSAGE_SYSTEM;
	e.kind = EVENT_message;
	j = parsed(s, &e);
	ok(vec_has(j, "kind") && !vec_has(j, "from"), "of nobody");
	json_decref(j);
	s->message.kind = MESSAGE_TEXT;
}

static void
test_others(struct scene *s)
{
	struct event e = {.kind = EVENT_notice, .notice = &s->notice,
	    .person = &s->person};
	json_t *j;

	s->person.state = PERSON_ASKING;
	s->person.changed = true;
	j = parsed(s, &e);
	is_str(vec_string(j, "notice"), "request", "a notice's kind");
	ok(vec_bool(j, "open"), "open");
	is_str(vec_string(j, "person"), "bob", "whose");
	is_str(vec_string(j, "state"), person_state_name(PERSON_ASKING),
	    "state");
	ok(vec_bool(j, "changed") && !vec_bool(j, "verified"), "trust");
	json_decref(j);
	e = (struct event){.kind = EVENT_link};
	j = parsed(s, &e);
	is_str(vec_string(j, "link"), online_name(client_online(s->client)),
	    "the connection");
	json_decref(j);
}

/* Every hostile string as text, title, name and notice. */
static void
try_hostile(struct scene *s, const char *text, size_t n)
{
	struct event e = {.kind = EVENT_message, .talk = &s->talk,
	    .message = &s->message, .person = &s->person};
	struct event notice = {.kind = EVENT_notice, .notice = &s->notice};
	struct buf b = {0};
	json_error_t error;
	json_t *j;

	set_text(&s->message.text, text, n);
	set_text(&s->notice.text, text, n);
	set_text(&s->talk.title, text, n);
	set_text(&s->person.name, text, n);
	event_json(s->client, &e, &b);
	for (size_t i = 0; i + 1 < b.n; i++)
		if (b.p[i] < ' ' || b.p[i] == 127)
			ok(false, "a control byte in JSON");
	j = json_loadb((char *)b.p, b.n, JSON_REJECT_DUPLICATES, &error);
	if (j == NULL || strcmp(vec_string(j, "text"), s->notice.text.s) != 0)
		ok(false, "it is not read back: %.*s", (int)b.n, b.p);
	json_decref(j);
	buf_clear(&b);
	event_text(s->client, &e, &b);
	event_text(s->client, &notice, &b);
	if (clean_why(SAFE_TEXT, (const char *)b.p, b.n) != NULL)
		ok(false, "a line of text: %s", clean_why(SAFE_TEXT,
		    (const char *)b.p, b.n));
	buf_free(&b);
}

static void
test_hostile(struct scene *s)
{
	struct vec v;
	json_t *c;
	size_t i, n = 0;

	if (!vec_open(&v, "terminal/hostile-strings.json")) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		return;
	}
	vec_each(v.root, i, c) {
		struct bytes raw = vec_hex(&v, c, "hex");

		try_hostile(s, (const char *)raw.p, raw.n);
		n++;
	}
	ok(n > 100, "%zu hostile strings", n);
	vec_close(&v);
}

static const char *
as_text(struct scene *s, const struct event *e)
{
	static struct buf b;

	buf_clear(&b);
	event_text(s->client, e, &b);
	buf_u8(&b, 0);
	return (const char *)b.p;
}

static void
test_text(struct scene *s)
{
	struct event e = {.kind = EVENT_message, .talk = &s->talk,
	    .message = &s->message};
	const char *spoof = "hi\n* bob left\nalice: yes";

	set_text(&s->message.text, "* bob left", 10);
	is_str(as_text(s, &e), "* * bob left\n", "nobody known says something");
	set_text(&s->message.text, spoof, strlen(spoof));
	is_str(as_text(s, &e), "* hi\n    * bob left\n    alice: yes\n",
	    "further lines are indented");
	e = (struct event){.kind = EVENT_notice, .notice = &s->notice};
	set_text(&s->notice.text, spoof, strlen(spoof));
	is_str(as_text(s, &e), "* hi\n    * bob left\n    alice: yes\n",
	    "of a notice as well");
	e = (struct event){.kind = EVENT_link};
	is_str(as_text(s, &e), "", "not everything is a line");
	s->message.mine = true;
	e = (struct event){.kind = EVENT_message, .talk = &s->talk,
	    .message = &s->message};
	is_str(as_text(s, &e), "", "nor what we said ourselves");
	s->message.mine = false;
}

int
main(void)
{
	struct scene s;

	scene_open(&s);
	test_kinds(&s);
	test_message(&s);
	test_others(&s);
	test_text(&s);
	test_hostile(&s);
	scene_close(&s);
	return done();
}
