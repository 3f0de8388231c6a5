/* SPDX-License-Identifier: ISC */
/*
 * Which picture is due, by a clock that only the test turns: they come in time
 * and in order, late ones are dropped, it waits where nothing is known, stops
 * and goes on, and takes nothing of before a seek. No device: by the other
 * clock. With one it is lips_test that looks.
 */
#include "show.h"
#include "tap.h"

#define SIDE 4
#define BYTES (SIDE * SIDE * 3 / 2)

static int
put(struct pace *p, uint32_t gen, uint32_t time)
{
	static const uint8_t planes[BYTES];
	struct packet_picture m = {.gen = gen, .time = time, .width = SIDE,
	    .height = SIDE, .planes = {planes, sizeof(planes)}};

	return pace_picture(p, &m);
}

static int
sound(struct pace *p, uint32_t gen, uint32_t time, unsigned ms)
{
	static const uint8_t pcm[MEDIA_RATE * 4];
	struct packet_sound m = {.gen = gen, .time = time, .channels = 2,
	    .pcm = {pcm, (size_t)ms * (MEDIA_RATE / 1000) * 4}};

	return pace_sound(p, &m);
}

/* Turns until `to`, every ms; the time of the last picture that was due. */
static int64_t
turn(struct pace *p, int64_t *now, int64_t to, struct picture *last)
{
	int64_t due = -1;

	for (; *now < to; ++*now) {
		(void)pace_turn(p, *now);
		while (pace_due(p, *now, last))
			due = last->time;
	}
	return due;
}

static void
test_time(bool with_sound)
{
	struct picture last = {0};
	struct pace p;
	int64_t now = 1000, due, first = 0;
	unsigned early = 0, late = 0, n = 0;

	pace_init(&p);
	pace_start(&p, 1, 0, false, now);
	for (uint32_t t = 0; n < 26 && now < 5000; now++) {
		while (!pace_full(&p) && t <= 1000) {
			(void)put(&p, 1, t);
			if (with_sound)
				(void)sound(&p, 1, t, 40);
			t += 40;
		}
		(void)pace_turn(&p, now);
		while (pace_due(&p, now, &last)) {
			n++;
			due = now - first - last.time;
			if (last.time == 40)
				first = now - 40;
			early += last.time > 40 && due < -1;
			late += last.time > 40 && due > 2;
		}
	}
	is_int((int)n, 26, "every picture is due once (%s)", with_sound ?
	    "beside sound" : "alone");
	ok(early == 0 && late == 0, "when its time has come");
	is_int((int)p.count_dropped, 0, "none is dropped");
	pace_done(&p, 1);
	(void)turn(&p, &now, now + 500, &last);
	is_int(p.state, MEDIA_ENDED, "and it ends");
	is_int((int)pace_at(&p, now), 1040, "behind the last of them");
	buf_free(&last.planes);
	pace_free(&p);
}

static void
test_late(void)
{
	struct picture last = {0};
	struct pace p;
	int64_t now = 0;

	pace_init(&p);
	pace_start(&p, 1, 0, false, now);
	for (uint32_t t = 0; t < 8 * 40; t += 40)
		(void)put(&p, 1, t);
	is_int(put(&p, 1, 320), ERR_RANGE, "more than it may hold is refused");
	ok(pace_full(&p), "and it says that it is full");
	(void)turn(&p, &now, 10, &last);
	ok(p.shown && last.time == 0, "the first is shown at once");
	now += 190;             /* nobody looked meanwhile */
	(void)pace_turn(&p, now);
	ok(pace_due(&p, now, &last) && last.time > 120, "of those that are "
	    "late the newest is shown (%u)", last.time);
	ok(p.count_dropped >= 3, "the others are dropped (%u)",
	    p.count_dropped);
	ok(!pace_due(&p, now, &last), "and nothing of later");
	buf_free(&last.planes);
	pace_free(&p);
}

static void
test_stops(void)
{
	struct picture last = {0};
	struct pace p;
	int64_t now = 0, at;

	pace_init(&p);
	pace_start(&p, 1, 5000, true, now);
	for (uint32_t t = 5000; t < 5200; t += 40) {
		(void)put(&p, 1, t);
		(void)sound(&p, 1, t, 40);
	}
	(void)sound(&p, 1, 5200, 800);
	(void)turn(&p, &now, 100, &last);
	ok(last.time == 5000 && p.count_shown == 1,
	    "paused, one picture is shown");
	is_int((int)pace_at(&p, now), 5000, "and it stands");
	pace_pause(&p, false, now);
	(void)turn(&p, &now, 200, &last);
	is_int(p.state, MEDIA_RUNS, "it goes on");
	pace_pause(&p, true, now);
	at = pace_at(&p, now);
	(void)turn(&p, &now, 1000, &last);
	ok(pace_at(&p, now) == at, "it stands again, for as long as it takes");
	pace_pause(&p, false, now);
	(void)turn(&p, &now, 3000, &last);
	is_int(p.state, MEDIA_WAITS, "it waits where nothing is known");
	is_int((int)pace_at(&p, now), 6000, "at the end of what is");
	(void)put(&p, 1, 6000);
	(void)sound(&p, 1, 6000, 200);
	(void)turn(&p, &now, 3100, &last);
	is_int(p.state, MEDIA_WAITS, "a little more is not enough");
	(void)sound(&p, 1, 6200, 400);
	(void)turn(&p, &now, 3120, &last);
	is_int(p.state, MEDIA_RUNS, "more is");
	buf_free(&last.planes);
	pace_free(&p);
}

static void
test_seek(void)
{
	struct picture last = {0};
	struct pace p;
	int64_t now = 0;

	pace_init(&p);
	pace_start(&p, 1, 0, false, now);
	for (uint32_t t = 0; t < 200; t += 40)
		(void)put(&p, 1, t);
	(void)turn(&p, &now, 50, &last);
	pace_start(&p, 2, 60000, false, now);
	is_int(put(&p, 1, 200), 0, "what was under way");
	is_int(sound(&p, 1, 200, 20), 0, "and its sound");
	pace_done(&p, 1);
	ok(p.waiting == 0 && !p.sound && !p.done, "is left out");
	is_int((int)pace_at(&p, now), 60000, "it is where it was sent");
	(void)put(&p, 2, 60000);
	ok(pace_due(&p, now, &last) && last.time == 60000, "and shows that");
	is_int((int)pace_wait(&p, now), 10, "looks again soon");
	buf_free(&last.planes);
	pace_free(&p);
}

static void
test_nonsense(void)
{
	static const uint8_t planes[BYTES];
	struct packet_picture m = {.gen = 1, .width = SIDE, .height = SIDE,
	    .planes = {planes, BYTES - 1}};
	struct pace p;

	pace_init(&p);
	pace_start(&p, 1, 0, false, 0);
	is_int(pace_picture(&p, &m), ERR_RANGE, "too few bytes");
	m.planes.n = BYTES;
	m.width = 0;
	is_int(pace_picture(&p, &m), ERR_RANGE, "no width");
	m.width = SIDE;
	m.time = UINT32_MAX;
	is_int(pace_picture(&p, &m), ERR_RANGE, "a time that no film has");
	is_int(sound(&p, 1, UINT32_MAX, 20), ERR_RANGE, "nor a sound");
	ok(p.waiting == 0 && !p.sound, "nothing of it is kept");
	pace_free(&p);
}

int
main(void)
{
	test_time(false);
	test_time(true);
	test_late();
	test_stops();
	test_seek();
	test_nonsense();
	return done();
}
