/* SPDX-License-Identifier: ISC */
/*
 * Watching a film, in one process with the relay, with a helper that looks
 * into nothing: it starts at once, goes to where one says, pauses, ends; waits
 * for a link that is gone and goes on by itself; outlives its helper once; a
 * relay that lies is found out (T80); nothing but the place is remembered.
 *
 * floor: all
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cinema.h"
#include "tap.h"

static bool
runs(const struct play_view *v)
{
	return v->state == PLAY_RUNNING && v->first != 0;
}

static bool
stopped(const struct play_view *v)
{
	return v->state == PLAY_STOPPED;
}

static bool
ended(const struct play_view *v)
{
	return v->state == PLAY_ENDED;
}

static bool
waits(const struct play_view *v)
{
	return v->state == PLAY_BUFFERING;
}

static bool
full(const struct play_view *v)
{
	return v->ahead + 2 * MEDIA_SEGMENT_MS > PLAY_AHEAD_MS;
}

static bool
beyond_3s(const struct play_view *v)
{
	return v->at >= 3000;
}

static bool
beyond_31s(const struct play_view *v)
{
	return v->at >= 31000;
}

/* What it shows is of now, and it holds no more than it may. */
static bool
honest(const struct play_view *v)
{
	unsigned row, ms;

	return cinema_picture(v, &row, &ms) && ms + 4000 > v->at &&
	    ms <= v->at + 1000 && v->ahead <= PLAY_AHEAD_MS;
}

static struct client *
me(struct cinema *k)
{
	return k->pair.who[k->me].c;
}

static void
plays_test(struct cinema *k)
{
	unsigned row, ms;

	cinema_play(k);
	ok(client_play(me(k))->state == PLAY_OPENING, "it opens");
	ok(cinema_until(k, runs), "and plays");
	note("the first picture after %lld ms",
	    (long long)cinema_at(k)->first);
	ok(cinema_until(k, honest), "what is shown is what is due");
	ok(cinema_until(k, full), "20 s ahead are fetched");
	ok(cinema_until(k, beyond_3s), "time goes on");
	ok(cinema_picture(cinema_at(k), &row, &ms) && row == 0,
	    "in the best size, the link being what it is");
	ok(cinema_at(k)->ahead <= PLAY_AHEAD_MS,
	    "and never more than 20 s are held");
	is_int(cinema_at(k)->stalls, 0, "without waiting");
}

static void
keys_test(struct cinema *k)
{
	uint32_t at;

	client_play_to(me(k), 30000);
	is_int(cinema_at(k)->at, 30000, "seeking is at once");
	ok(cinema_until(k, runs) && cinema_until(k, beyond_31s) &&
	    cinema_until(k, honest), "and plays from there");
	client_play_pause(me(k));
	pair_quiet(&k->pair);
	at = cinema_at(k)->at;
	pair_quiet(&k->pair);
	ok(cinema_at(k)->at == at && at > 30000 &&
	    cinema_at(k)->state == PLAY_PAUSED, "pause is pause");
	client_play_to(me(k), -5000);
	is_int(cinema_at(k)->at, 0, "nobody is before the beginning");
	is_int(cinema_at(k)->state, PLAY_PAUSED, "and it stays paused");
	client_play_pause(me(k));
	ok(cinema_until(k, runs), "and goes on");
	client_play_volume(me(k), 250);
	is_int(cinema_at(k)->volume, 100, "as loud as can be");
	client_play_mute(me(k));
	ok(cinema_at(k)->muted, "or silent");
	client_play_to(me(k), 1 << 30);
	is_int(cinema_at(k)->at, k->film.length - 1,
	    "nobody is behind the end");
	ok(cinema_until(k, ended), "where it ends");
	client_play_pause(me(k));
	ok(cinema_at(k)->at == 0 && cinema_until(k, runs),
	    "and begins anew");
}

static void
away_test(struct cinema *k)
{
	ok(cinema_until(k, full), "much is here");
	pair_relay(&k->pair, false);
	pair_quiet(&k->pair);
	ok(cinema_until(k, runs), "a link that is gone is not noticed at once");
	client_play_to(me(k), 60000);
	ok(cinema_until(k, waits), "further on it waits, and says so");
	pair_relay(&k->pair, true);
	client_connect(me(k));
	ok(cinema_until(k, runs) && cinema_at(k)->at >= 60000,
	    "and goes on by itself when the relay is back");
}

static void
remember_test(struct cinema *k)
{
	struct watched w;
	uint32_t at;

	client_play_to(me(k), 42000);
	ok(cinema_until(k, runs), "somewhere in the middle");
	client_play_pause(me(k));
	at = cinema_at(k)->at;
	pair_turn(&k->pair, 0);
	pair_stop(&k->pair, k->me);
	pair_start(&k->pair, k->me);
	ok(client_play(me(k)) == NULL, "after a restart nothing plays");
	ok(client_watched(me(k), k->film.key.id, &w) && w.at >= 42000 &&
	    w.at <= at, "but where one was is known");
	ok(pair_online(&k->pair, k->me, ONLINE_ON), "back");
	cinema_play(k);
	ok(cinema_until(k, runs) && cinema_at(k)->at >= w.at,
	    "and it goes on there");
	client_lock(me(k));
	ok(client_play(me(k)) == NULL, "a lock ends it");
	is_int(client_unlock(me(k), PAIR_PASS_BYTES), 0,
	    "unlocked");
	ok(pair_online(&k->pair, k->me, ONLINE_ON), "and back");
}

static pid_t
end_helper(struct cinema *k, bool show)
{
	pid_t pid = cinema_pid(me(k), show);

	if (pid <= 0 || kill(pid, SIGKILL) != 0)
		bail("there is no helper");
	return pid;
}

static void
helper_test(struct cinema *k)
{
	pid_t was;

	cinema_play(k);
	ok(cinema_until(k, runs), "plays");
	client_play_to(me(k), 20000);
	ok(cinema_until(k, runs), "at 20 s");
	was = end_helper(k, false);
	while (cinema_pid(me(k), false) <= 0 ||
	    cinema_pid(me(k), false) == was)
		pair_turn(&k->pair, 10);
	ok(cinema_until(k, runs), "T75 a helper that dies is started again");
	ok(cinema_at(k)->at >= 20000, "where one was");
	(void)end_helper(k, true);
	ok(cinema_until(k, stopped), "T75 one that dies again is not");
	ok(strstr(cinema_at(k)->why, "twice") != NULL, "%s",
	    cinema_at(k)->why);
	client_play_close(me(k));
	ok(client_play(me(k)) == NULL, "the tile is put away");
	if (setenv("TACET_ACTOR", "decode:hang:3", 1) != 0)
		bail("no environment");
	cinema_play(k);
	ok(cinema_until(k, stopped), "T75 one that hangs is noticed");
	ok(strstr(cinema_at(k)->why, "does not answer") != NULL, "%s",
	    cinema_at(k)->why);
	ok(client_online(me(k)) == ONLINE_ON, "all else goes on");
	client_play_close(me(k));
	(void)unsetenv("TACET_ACTOR");
}

enum lie { LIE_SWAP, LIE_ROW, LIE_BIT, LIE_INDEX, LIE_CUT };

static void
lie(struct cinema *k, enum lie how)
{
	for (unsigned r = 0; r < CINEMA_ROWS && how != LIE_INDEX; r++) {
		uint8_t row = (uint8_t)r;
		uint8_t next = (uint8_t)((r + 1) % CINEMA_ROWS);
		uint8_t *a = cinema_piece(k, 1, row);
		uint32_t n = index_part(&k->index, 1, row)->length;

		if (how == LIE_SWAP)
			memcpy(a, cinema_piece(k, 2, row), n);
		else if (how == LIE_ROW)
			memcpy(a, cinema_piece(k, 1, next),
			    n < index_part(&k->index, 1, next)->length ? n :
			    400);
		else if (how == LIE_BIT)
			a[n / 2] ^= 1;
	}
	if (how == LIE_INDEX)
		k->blob.p[k->film.at + k->film.n / 2] ^= 1;
	if (how == LIE_CUT)
		k->blob.n -= 10;
}

static void
lies_test(struct cinema *k)
{
	static const char *const name[] = {"a piece in place of another",
	    "a piece of another size", "an altered bit", "an altered index",
	    "a tail that is missing"};

	for (int i = LIE_SWAP; i <= LIE_CUT; i++) {
		cinema_make(k, 5);
		lie(k, (enum lie)i);
		cinema_put(k);
		cinema_play(k);
		ok(cinema_until(k, stopped), "T80 %s stops the film", name[i]);
		ok(cinema_at(k)->at < 2 * MEDIA_SEGMENT_MS &&
		    cinema_fed(me(k)) <= 1, "T80 %s: nothing of it is played",
		    name[i]);
		ok(strstr(cinema_at(k)->why, "published") != NULL, "%s",
		    cinema_at(k)->why);
		client_play_close(me(k));
	}
	rng_fill(&rng_system, k->film.read, KEY_SIZE);
	cinema_play(k);
	ok(cinema_until(k, stopped), "one that is not there");
	ok(strstr(cinema_at(k)->why, "withdrawn") != NULL, "%s",
	    cinema_at(k)->why);
	client_play_close(me(k));
}

int
main(void)
{
	struct cinema k;

	cinema_open(&k, 50);
	plays_test(&k);
	keys_test(&k);
	away_test(&k);
	remember_test(&k);
	helper_test(&k);
	lies_test(&k);
	cinema_close(&k);
	return done();
}
