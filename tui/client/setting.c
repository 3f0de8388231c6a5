/* SPDX-License-Identifier: ISC */
/*
 * Settings that live sealed in the store: a name and a value, both text. They
 * are few, so they are all in memory while the store is open.
 */
#include <stdlib.h>

#include "inside.h"

static struct setting *
setting_find(struct client *c, const char *key)
{
	size_t i;

	for (i = 0; i < c->settings; i++)
		if (strcmp(c->setting[i]->name, key) == 0)
			return c->setting[i];
	return NULL;
}

static struct setting *
setting_add(struct client *c, int64_t row, char *name)
{
	struct setting *s = mem_alloc(sizeof(*s));

	s->row = row;
	s->name = name;
	c->setting = mem_grow(c->setting, c->settings + 1,
	    sizeof(*c->setting));
	c->setting[c->settings++] = s;
	return s;
}

static void
setting_free(struct setting *s)
{
	string_wipe(&s->name);
	string_wipe(&s->value);
	free(s);
}

char *
client_setting(struct client *c, const char *key)
{
	struct setting *s = setting_find(c, key);

	return s != NULL ? s->value : NULL;
}

static void
setting_keep(struct client *c, const struct setting *s)
{
	struct buf b = {.secret = true};

	buf_u32(&b, (uint32_t)strlen(s->name));
	buf_string(&b, s->name);
	buf_u32(&b, (uint32_t)strlen(s->value));
	buf_string(&b, s->value);
	keep_put(&c->keep, TABLE_setting, s->row, 0, NULL, buf_view(&b));
	buf_free(&b);
}

static void
setting_remove(struct client *c, struct setting *s)
{
	size_t i;

	for (i = 0; c->setting[i] != s; i++)
		;
	keep_drop(&c->keep, TABLE_setting, s->row);
	c->setting[i] = c->setting[--c->settings];
	setting_free(s);
}

/* A value of NULL takes the setting away. */
int
client_set(struct client *c, const char *key, const char *value)
{
	struct setting *s = setting_find(c, key);
	char *copy;

	if (!c->open)
		return ERR_LOCKED;
	if (value == NULL) {
		if (s != NULL)
			setting_remove(c, s);
		return 0;
	}
	if (s == NULL)
		s = setting_add(c, keep_row(&c->keep, TABLE_setting),
		    mem_string(key));
	else if (strcmp(s->value, value) == 0)
		return 0;
	copy = mem_string(value);
	string_wipe(&s->value);
	s->value = copy;
	setting_keep(c, s);
	return 0;
}

static char *
setting_text(struct rd *r)
{
	size_t n = rd_u32(r);
	struct bytes b = rd_view(r, n);
	char *s = mem_alloc(b.n + 1);

	if (b.n > 0)
		memcpy(s, b.p, b.n);
	return s;
}

static void
setting_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct setting *s;

	(void)owner;
	s = setting_add(arg, row, setting_text(r));
	s->value = setting_text(r);
}

int
settings_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_setting, setting_got, c);
}

void
settings_free(struct client *c)
{
	size_t i;

	for (i = 0; i < c->settings; i++)
		setting_free(c->setting[i]);
	free(c->setting);
	c->setting = NULL;
	c->settings = 0;
}
