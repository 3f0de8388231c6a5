/* SPDX-License-Identifier: ISC */
/*
 * Verbs about publishing films: files and folders of them, how far it is, the
 * end of it, and taking one back.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd.h"

#define FILES_MAX 1000          /* of a folder */
#define TO " --to "

/* ---- how it goes ---------------------------------------------------------- */

#define STEPS 20                /* of the bar */
#define AGAIN_MS 500            /* it is drawn anew where it can be */
#define SURE_MS 5000            /* the key twice within */

/* "[########------------]" */
static void
progress_bar(char bar[static STEPS + 3], unsigned percent)
{
	unsigned full = percent * STEPS / 100;

	bar[0] = '[';
	for (unsigned i = 0; i < STEPS; i++)
		bar[1 + i] = i < full ? '#' : '-';
	bar[STEPS + 1] = ']';
	bar[STEPS + 2] = '\0';
}

static char *
progress_text(const struct publish_view *v)
{
	const char *name = v->film != NULL ? v->film->name.s : v->path;
	char *left = v->left < 0 ? mem_string("") :
	    mem_format(", %lld:%02lld left", (long long)(v->left / 60000),
	    (long long)(v->left / 1000 % 60)), *text, *more;
	char bar[STEPS + 3];

	progress_bar(bar, v->percent);
	more = v->queued > 0 ? mem_format(", %zu more", v->queued) :
	    mem_string("");
	if (v->film == NULL)
		text = mem_format("publishing %s: looking what it is%s", name,
		    more);
	else if (v->waiting)
		text = mem_format("publishing %s: %s %u %%, waiting for the "
		    "relay%s", name, bar, v->percent, more);
	else
		text = mem_format("publishing %s: %s %u %%, %llu.%llu MB/s, "
		    "%u.%u times as fast as it is watched%s%s", name, bar,
		    v->percent, (unsigned long long)(v->rate / 1000000),
		    (unsigned long long)(v->rate / 100000 % 10),
		    v->tenths / 10, v->tenths % 10, left, more);
	free(left);
	free(more);
	return text;
}

/* M-s was pressed once, and its second press is waited for. */
static bool
stop_asked(const struct env *env)
{
	return env->stop_at != 0 && clock_mono(loop_clock(client_loop(
	    env->client))) < env->stop_at + SURE_MS;
}

/* The bar of the screen has how far it is; a hint says once how to stop. */
void
cmd_publishing(struct env *env)
{
	struct publish_view v;

	/* on a screen, what a restart has interrupted goes on by itself */
	client_publish_resume(env->client);
	if (!client_publishing(env->client, &v))
		env->published = 0;
	else if (env->published == 0 && v.film != NULL) {
		env->published = 1;
		/* who was asked just now already knows how to stop it */
		if (!stop_asked(env))
			client_hint(env->client, false, "publishing %s; M-s "
			    "twice stops it, and nothing of it stays",
			    v.film->name.s);
	}
}

static void
say_result(struct env *env, const struct publish_result *r)
{
	const struct film *f = client_film(env->client, r->film);
	char *text;

	if (f == NULL) {
		text = cmd_speak(env, r->why != NULL ? r->why : r->path);
		cmd_say(env, "not published: %s", text);
		free(text);
		env->status = EXIT_REFUSED;
		return;
	}
	text = client_film_text(f);
	cmd_say(env, "published %s as film %lld", text, (long long)f->row);
	if (r->why != NULL)
		cmd_say(env, "%s", r->why);
	free(text);
}

/* A line that is drawn over itself, where there is a terminal for it. */
static void
draw_progress(struct env *env, const struct publish_view *v)
{
	int64_t now = clock_mono(loop_clock(client_loop(env->client)));
	char *text;

	if (now < env->said_at + AGAIN_MS &&
	    env->published == (int)v->percent + 1)
		return;
	env->said_at = now;
	env->published = (int)v->percent + 1;
	text = progress_text(v);
	cmd_say(env, "\r%s", text);
	free(text);
}

static void
say_progress(struct env *env)
{
	struct publish_view v;
	char *text;

	if (!client_publishing(env->client, &v) || v.film == NULL)
		return;
	if (env->terminal) {
		draw_progress(env, &v);
		return;
	}
	/* each tenth, and when the relay goes and comes */
	if (env->published == (int)v.percent / 10 * 2 + v.waiting + 1)
		return;
	env->published = (int)v.percent / 10 * 2 + v.waiting + 1;
	text = progress_text(&v);
	cmd_say(env, "%s", text);
	free(text);
}

static bool
publish_over(struct env *env)
{
	const struct publish_result *r;
	struct publish_view v;

	while ((r = client_published(env->client,
	    (size_t)env->until_row)) != NULL) {
		say_result(env, r);
		env->until_row++;
		env->published = 0;
	}
	say_progress(env);
	if (!client_publishing(env->client, &v) &&
	    client_settled(env->client, false)) {
		if (env->published != 0)
			cmd_late(env, EXIT_REFUSED, "not published: it was "
			    "stopped, and nothing of it stays on the relay");
		return true;
	}
	if (!cmd_waited(env) || client_online(env->client) == ONLINE_ON)
		return false;
	cmd_late(env, EXIT_LATER, "%s; what was begun is kept, and %s goes on "
	    "with it", client_online_why(env->client), env->wait != NULL ?
	    "the client that is open" : "the same command");
	return true;
}

/* ---- what is to be published ---------------------------------------------- */

static int
one_file(struct env *env, struct talk *t, const char *path, size_t *n,
    char **why)
{
	int err = client_publish(env->client, t, path, why);

	*n += err == 0;
	return err;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* A library: what in it is no film is told of when its turn has come. */
static int
folder(struct env *env, struct talk *t, const char *path, size_t *n,
    char **why)
{
	struct dirent **e = NULL;
	int i, k = scandir(path, &e, not_hidden, by_name), err = 0;
	size_t had = *n;
	struct stat st;
	char *file;

	for (i = 0; i < k; i++) {
		file = path_join(path, e[i]->d_name);
		if (err == 0 && i < FILES_MAX && stat(file, &st) == 0 &&
		    S_ISREG(st.st_mode) && st.st_size > 0)
			err = one_file(env, t, file, n, why);
		free(file);
		free(e[i]);
	}
	free(e);
	if (err == 0 && *n == had)
		err = cmd_refuse(why, ERR_NONE, "there is no file in %s that "
		    "could be a film: look with ls %s", path, path);
	return err;
}

static int
one(struct env *env, struct talk *t, const char *path, size_t *n, char **why)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return folder(env, t, path, n, why);
	return one_file(env, t, path, n, why);
}

/* Names may hold blanks: the longest run of words that is one counts. */
static int
each(struct env *env, struct talk *t, char *text, size_t *n, char **why)
{
	char *end, *cut;
	struct stat st;
	int err = 0;

	while (err == 0 && *(text += strspn(text, " ")) != '\0') {
		end = text + strlen(text);
		while (end > text && end[-1] == ' ')
			*--end = '\0';
		while (stat(text, &st) < 0) {
			for (cut = text + strlen(text);
			    cut > text && *cut != ' '; cut--)
				;
			if (cut == text)
				break;
			*cut = '\0';
		}
		cut = text + strlen(text);
		err = one(env, t, text, n, why);
		/* each word that was tried has left an end behind */
		for (text = cut; cut < end; cut++)
			if (*cut == '\0')
				*cut = ' ';
	}
	return err;
}

/* `--to WHO' may stand in front or behind. */
static char *
take_to(char *text)
{
	char *at, *who = NULL;
	size_t n;

	if (strncmp(text, &TO[1], sizeof(TO) - 2) == 0) {
		who = text + sizeof(TO) - 2;
		n = strcspn(who, " ");
		who = mem_format("%.*s", (int)n, who);
		memset(text, ' ', sizeof(TO) - 2 + n);
		return who;
	}
	at = strstr(text, TO);
	if (at == NULL)
		return NULL;
	who = at + sizeof(TO) - 1;
	n = strcspn(who, " ");
	who = mem_format("%.*s", (int)n, who);
	memset(at, ' ', sizeof(TO) - 1 + n);
	return who;
}

static int
find_talk(struct env *env, const char *who, struct talk **t, char **why)
{
	*t = who != NULL ? client_talk_with(env->client, who) :
	    env->shell ? NULL : client_talk(env->client,
	    client_screen(env->client)->talk);
	if (*t != NULL)
		return 0;
	if (who != NULL)
		return cmd_refuse(why, ERR_NONE, "there is no conversation "
		    "with %.64s: %sadd %.64s", who, cmd_slash(env), who);
	return cmd_refuse(why, ERR_INPUT, "who shall see it is missing: "
	    "%spublish FILE --to WHO", cmd_slash(env));
}

int
cmd_publish(struct env *env, const struct words *w, char **why)
{
	char *text = mem_string(w->w[0]), *who = take_to(text);
	struct talk *t;
	size_t n = 0;
	int err = find_talk(env, who, &t, why);

	env->until_row = 0;
	while (client_published(env->client, (size_t)env->until_row) != NULL)
		env->until_row++;
	env->published = -1;    /* until it is said what became of it */
	if (err == 0)
		err = each(env, t, text, &n, why);
	if (err == 0 && n == 0)
		err = cmd_refuse(why, ERR_INPUT, "the file is missing: "
		    "%spublish FILE --to WHO", cmd_slash(env));
	free(text);
	free(who);
	if (err == 0 && env->terminal)
		cmd_say(env, "C-c ends it here, the same command goes on "
		    "later; tacet publish-stop gives it up");
	/* the first ones go their way, the sentence is about the next */
	env->until = publish_over;
	return err;
}

/* By a key: hours of work are not lost by one that was hit by mistake. */
static bool
stop_sure(struct env *env)
{
	if (stop_asked(env)) {
		env->stop_at = 0;
		return true;
	}
	env->stop_at = clock_mono(loop_clock(client_loop(env->client)));
	cmd_say(env, "M-s once more stops publishing, and nothing of it stays "
	    "on the relay");
	return false;
}

int
cmd_publish_stop(struct env *env, const struct words *w, char **why)
{
	struct publish_view v;

	if (!client_publishing(env->client, &v))
		client_publish_resume(env->client);
	if (!client_publishing(env->client, &v))
		return cmd_refuse(why, ERR_NONE, "nothing is being published: "
		    "%spublish FILE --to WHO", cmd_slash(env));
	if (w->n > 0 && strcmp(w->w[0], "sure") == 0 && !stop_sure(env))
		return 0;
	client_publish_stop(env->client);
	cmd_say(env, "stopped; nothing of it stays on the relay");
	return 0;
}

/* Until the relay has deleted it and has the word for those who hold a card */
static bool
withdraw_over(struct env *env)
{
	const struct film *f = client_film(env->client, env->until_row);

	if (f == NULL || f->state == FILM_GONE)
		if (client_settled(env->client, false))
			return true;
	if (!cmd_waited(env))
		return false;
	cmd_late(env, EXIT_LATER, "%s; the relay is told as soon as there is "
	    "a connection", client_online_why(env->client));
	return true;
}

int
cmd_withdraw(struct env *env, const struct words *w, char **why)
{
	char *end;
	long long row = strtoll(w->w[0], &end, 10);
	const struct film *f = client_film(env->client, row);
	int err;

	if (*end != '\0')
		return cmd_refuse(why, ERR_INPUT, "\"%.40s\" is no number of a "
		    "film: the line of its card shows it, /play 3", w->w[0]);
	err = client_film_withdraw(env->client, row, why);
	env->until_row = row;
	env->until = withdraw_over;
	if (err == 0)
		cmd_say(env, "%s is withdrawn: the relay deletes it, and who "
		    "has its card is told", f->name.s);
	return err;
}

int
cmd_files(int *n, char **words, struct buf *text)
{
	bool name = true;
	char *whole;
	int i;

	if (*n < 2 || !cmd_is(words[0], "publish"))
		return 0;
	for (i = 1; i < *n; i++) {
		whole = name ? realpath(words[i], NULL) : NULL;
		buf_string(text, whole != NULL ? whole : words[i]);
		buf_u8(text, ' ');
		name = strcmp(words[i], "--to") != 0;
		free(whole);
	}
	text->p[text->n - 1] = '\0';
	words[1] = (char *)text->p;
	*n = 2;
	return 0;
}
