/* SPDX-License-Identifier: ISC */
#include "record/record_scratch.h"

#include <ftw.h>

bool
scratch_reopen(struct scratch *s, bool create)
{
	struct store_options options = { .home = s->home, .settings = &s->settings,
		.create = create };

	error_clear(&s->error);
	s->store = store_open(&options, &s->error);
	if (s->store == NULL)
		printf("Bail out! %s\n", s->error.detail);
	return s->store != NULL;
}

bool
scratch_open(struct scratch *s)
{
	memset(s, 0, sizeof *s);
	s->kept = arena_new();
	s->arena = arena_new();
	snprintf(s->home, sizeof s->home, "/tmp/earshot-unit-XXXXXX");
	return secret_start() && mkdtemp(s->home) != NULL &&
	    settings_read(s->kept, s->home, &s->settings, &s->error) &&
	    scratch_reopen(s, true);
}

bool
scratch_run(struct scratch *s, enum store_mode mode, void (*body)(struct txn *, void *),
    void *arg)
{
	bool good;

	error_clear(&s->error);
	good = store_run(s->store, mode, s->arena, body, arg, &s->error);
	if (!good)
		printf("# %s\n", s->error.detail);
	arena_reset(s->arena);
	return good;
}

static int
scratch_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void
scratch_remove(const char *directory)
{
	nftw(directory, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

void
scratch_close(struct scratch *s)
{
	store_close(&s->store);
	scratch_remove(s->home);
	arena_free(&s->arena);
	arena_free(&s->kept);
}

void
scratch_bodies(struct scratch *s, const struct scratch_body *bodies, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ok(scratch_run(s, bodies[i].mode, bodies[i].body, NULL) != bodies[i].fails &&
		    (!bodies[i].fails || s->error.fault == FAULT_MACRO_FAILED), "%s runs",
		    bodies[i].name);
}

size_t
rows_in(struct txn *txn, enum table table)
{
	struct walk *walk = walk_open(txn, table, SPAN(""), SPAN(""), false);
	struct span key;
	size_t n = 0;

	while (walk_next(walk, &key, NULL))
		n++;
	walk_close(&walk);
	return n;
}

struct json_object *
doc_of(struct txn *txn, const char *text)
{
	struct error error = { 0 };
	struct json_object *doc;
	char *copy = arena_string(txn_arena(txn), span_of(text));

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	doc = json_read(txn_arena(txn), span_of(copy), &json_limits_document, &error);
	if (doc == NULL)
		printf("Bail out! %s: %s\n", text, error.detail);
	return doc;
}

const char *
text_of(struct txn *txn, struct json_object *doc)
{
	char *copy;

	if (doc == NULL)
		return "null";
	copy = arena_string(txn_arena(txn), json_write(txn_arena(txn), doc));
	for (char *p = copy; *p != '\0'; p++)
		if (*p == '"')
			*p = '\'';
	return copy;
}
