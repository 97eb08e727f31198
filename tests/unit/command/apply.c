/* SPDX-License-Identifier: ISC */
/*
 * Any two documents of a kind, drawn from the schema (draw.h), applied one after the other,
 * merged or replaced: whatever is another one in the store afterwards was listed, of this
 * document and of all others, with what it was and what it is; a dry run tells the same;
 * and what a merged document does not mention stays.
 */
#include "base/json_document.h"
#include "base/pointer.h"
#include "command/job.h"
#include "community/feedback.h"
#include "draw.h"
#include "listen/register.h"
#include "record/doc.h"

#define PAIRS 24   /* of each kind */
#define TRIES 4000 /* drawn for one that is valid */

static struct scratch store;
static struct draw draw;

/* What a call prints, as it is; NULL when it failed. */
static const char *
call(struct arena *arena, const char *args)
{
	struct run job = { 0 };
	const char *out;
	char *quoted = arena_string(arena, span_of(args));

	/* run_open() takes ' for ". */
	for (char *p = quoted; *p != '\0'; p++)
		if (*p == '\'')
			*p = '`';
	if (!run_open(&job, &store, quoted))
		return NULL;
	while (run_step(&job))
		continue;
	out = job.job.error.fault != FAULT_NONE ? NULL
	    : arena_printf(arena, "%.*s", (int)job.out.n, job.out.n > 0 ? job.out.p : "");
	run_close(&job);
	return out;
}

static const char *
apply(struct arena *arena, struct json_object *doc, bool dry, bool replace)
{
	return call(arena, arena_printf(arena, "{\"command\":\"apply\",\"changes\":true,\"dryRun\":%s,"
	    "\"replace\":%s,\"documents\":[{\"line\":1,\"doc\":%s}]}", dry ? "true" : "false",
	    replace ? "true" : "false", json_write(arena, doc).p));
}

/* One that the store takes, as a dry run tells; NULL: none was drawn. */
static struct json_object *
draw_valid(const struct kind *kind, const char *name, bool replace, const char **told_r)
{
	for (int i = 0; i < TRIES; i++) {
		struct arena_mark mark = arena_mark(draw.arena);
		struct json_object *doc = draw_document(&draw, kind, name);

		*told_r = apply(draw.arena, doc, true, replace);
		if (*told_r != NULL)
			return doc;
		arena_rewind(draw.arena, mark);
	}
	return NULL;
}

/* An export. */
struct lines {
	struct span *items;
	size_t count, room;
};

static struct lines
exported(struct arena *arena)
{
	struct span text = span_of(call(arena, "{\"command\":\"export\"}"));
	struct lines lines = { 0 };

	while (text.n > 0) {
		lines.items = arena_grow(arena, lines.items, lines.count, &lines.room,
		    sizeof *lines.items);
		lines.items[lines.count] = text_cut(&text, '\n');
		lines.count += lines.items[lines.count].n > 0;
	}
	return lines;
}

/* Most documents are the same, at the same place or near. */
static bool
has_line(const struct lines *lines, size_t at, struct span line)
{
	if (at < lines->count && span_eq(lines->items[at], line))
		return true;
	for (size_t i = 0; i < lines->count; i++)
		if (span_eq(lines->items[i], line))
			return true;
	return false;
}

static bool
same_name(struct json_object *a, struct json_object *b)
{
	static const char *const names[] = { "kind", "project", "key", "email", "id" };

	if (!span_eq(json_string(a, "kind"), json_string(b, "kind")))
		return false;
	if (span_is(json_string(a, "kind"), "value"))
		return span_eq(json_string(a, "user"), json_string(b, "user"));
	if (span_is(json_string(a, "kind"), "apikey"))
		return span_eq(json_string(a, "name"), json_string(b, "name"));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		/* A ticket may change its project. */
		if ((strcmp(names[i], "project") != 0 || json_has(a, "key")) &&
		    !span_eq(json_string(a, names[i]), json_string(b, names[i])))
			return false;
	return true;
}

/* NULL: none is of this name. */
static struct json_object *
namesake(struct arena *arena, const struct lines *lines, struct json_object *doc)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct json_object *other = json_load(arena, lines->items[i]);

		if (same_name(other, doc))
			return json_copy(arena, other);
	}
	return NULL;
}

struct looking {
	struct arena *arena;
	struct json_object *changes; /* that were listed */
	struct json_object *before, *after;
	size_t unlisted, found;
};

static bool
covers(struct span listed, struct span place)
{
	size_t n = listed.n < place.n ? listed.n : place.n;

	return memcmp(listed.p, place.p, n) == 0 && (listed.n == place.n ||
	    (listed.n > n ? listed.p[n] : place.p[n]) == '/');
}

static void
found(struct looking *looking, const char *place)
{
	looking->found++;
	for (size_t i = 0; i < json_count(looking->changes); i++)
		if (covers(json_string(json_at(looking->changes, i), "member"), span_of(place)))
			return;
	looking->unlisted++;
	printf("# %s was not listed\n# before %s\n# after %s\n", place,
	    json_write(looking->arena, looking->before).p,
	    json_write(looking->arena, looking->after).p);
}

/* Every place, as deep as can be, that is not the same on both sides. */
static void
look(struct looking *looking, const char *place, struct json_object *a, struct json_object *b)
{
	struct doc_member *members;
	size_t n;

	if (json_equal(a, b))
		return;
	if (!json_is_object(a) || !json_is_object(b)) {
		found(looking, place);
		return;
	}
	n = doc_members(looking->arena, a, &members);
	for (size_t i = 0; i < n; i++)
		look(looking, pointer_member(looking->arena, place, members[i].name),
		    members[i].value, json_get(b, members[i].name));
	n = doc_members(looking->arena, b, &members);
	for (size_t i = 0; i < n; i++)
		if (!json_has(a, members[i].name))
			found(looking, pointer_member(looking->arena, place, members[i].name));
}

/* The value in the document is the one that was told; of a secret that there is one. */
static bool
is_so(struct arena *arena, struct json_object *doc, struct span place, struct json_object *told)
{
	struct json_object *value = NULL;

	(void)arena;
	pointer_get(doc, place, &value);
	return json_equal(value, told) ||
	    (span_is(json_span(told), "***") && json_string(value, "sealed").n > 0);
}

static size_t
wrong_changes(struct arena *arena, struct json_object *changes, struct json_object *before,
    struct json_object *after)
{
	size_t wrong = 0;

	for (size_t i = 0; i < json_count(changes); i++) {
		struct json_object *change = json_at(changes, i);
		struct span place = json_string(change, "member");

		if (is_so(arena, before, place, json_get(change, "before")) &&
		    is_so(arena, after, place, json_get(change, "after")))
			continue;
		wrong++;
		printf("# %s is not so\n# before %s\n# after %s\n", json_write(arena, change).p,
		    json_write(arena, before).p, json_write(arena, after).p);
	}
	return wrong;
}

/* Members that a merged document does not mention, and are another one. */
static size_t
touched(struct arena *arena, struct json_object *given, struct json_object *before,
    struct json_object *after)
{
	struct doc_member *members;
	size_t n = doc_members(arena, before, &members), wrong = 0;

	for (size_t i = 0; i < n; i++)
		if (!json_has(given, members[i].name) && strcmp(members[i].name, "updatedAt") != 0 &&
		    !json_equal(members[i].value, json_get(after, members[i].name))) {
			wrong++;
			printf("# %s was not mentioned\n", members[i].name);
		}
	return wrong;
}

/* Without what a transaction stamps with its own time, or seals once more. */
static const char *
timeless(struct arena *arena, const char *text)
{
	char *copy = arena_string(arena, span_of(text)), *dot, *box = copy;

	/* {"sealed":BOX}, and a change {"member":"…/sealed", …BOX} */
	while ((box = strstr(box, "sealed\"")) != NULL)
		for (box += 7; *box != '}'; box++)
			*box = '0';

	for (char *p = copy; (dot = strchr(p, '.')) != NULL; p = dot + 1)
		if (dot - copy >= 19 && dot[-3] == ':' && dot[-6] == ':' && strchr(dot, 'Z') != NULL)
			memset(dot - 19, '0', (size_t)(strchr(dot, 'Z') - dot) + 19);
	return copy;
}

struct pair {
	size_t changed;  /* places */
	size_t wrong;
};

static bool
second(const struct kind *kind, const char *name, bool replace, struct pair *pair)
{
	struct arena *arena = draw.arena;
	const char *dry, *told;
	struct json_object *doc = draw_valid(kind, name, replace, &dry);
	struct lines before = exported(arena), after;
	struct json_object *given;
	struct looking looking = { .arena = arena };

	if (doc == NULL)
		return false;
	given = json_copy(arena, doc);
	told = apply(arena, doc, false, replace);
	if (told == NULL || strcmp(timeless(arena, dry), timeless(arena, told)) != 0) {
		printf("# the dry run told\n# %s# and then it was\n# %s", dry, told != NULL ? told : "?\n");
		pair->wrong++;
		return true;
	}
	after = exported(arena);
	looking.changes = json_get(json_load(arena, text_cut(&(struct span){ told, strlen(told) },
	    '\n')), "changes");
	for (size_t i = 0; i < before.count; i++) {
		struct json_object *was, *is;
		bool own;

		if (has_line(&after, i, before.items[i]))
			continue;
		was = json_copy(arena, json_load(arena, before.items[i]));
		is = namesake(arena, &after, was);
		own = same_name(was, given);
		looking.before = was;
		looking.after = is;
		if (own && kind->merged && !json_has(given, "updatedAt")) {
			json_del(was, "updatedAt");
			json_del(is, "updatedAt");
		}
		if (!own) {
			struct looking other = { .arena = arena, .before = was, .after = is };

			look(&other, "", was, is);
			pair->wrong += other.unlisted;
			continue;
		}
		look(&looking, "", was, is);
		pair->wrong += wrong_changes(arena, looking.changes, was, is);
		if (kind->merged && !replace)
			pair->wrong += touched(arena, given, was, is);
	}
	pair->wrong += looking.unlisted;
	pair->changed += looking.found;
	return true;
}

static void
pairs(const struct kind *kind)
{
	struct pair pair = { 0 };
	int n = 0;

	for (int i = 0; i < PAIRS; i++) {
		struct arena_mark mark = arena_mark(draw.arena);
		/* There is one setting; values and comments have names of their own. */
		const char *name = arena_printf(draw.arena, "drawn-%d", i), *told;
		struct json_object *first = draw_valid(kind, name, false, &told);

		if (first != NULL && apply(draw.arena, first, false, false) != NULL)
			n += second(kind, name, i % 2 == 1, &pair);
		arena_rewind(draw.arena, mark);
	}
	ok(pair.wrong == 0, "%s: whatever is another one was listed", kind->name);
	if (!ok(n == PAIRS && pair.changed > 0, "%s: %d pairs, in which %zu places changed", kind->name,
	        n, pair.changed))
		printf("# hardly anything that was drawn is valid: this proves nothing\n");
}

int
main(void)
{
	struct arena *arena = arena_new();

	if (!scratch_open(&store))
		return 1;
	draw = (struct draw){ .arena = arena_new(), .state = draw_seed() };
	ok(call(arena, "{\"command\":\"init\"}") != NULL &&
	    call(arena, arena_printf(arena, "{\"command\":\"apikey-create\",\"name\":\"app\",\"sha256\":"
	        "\"%064d\",\"hint\":\"ear\"}", 7)) != NULL, "a store with an API key");
	for (const struct kind *const *kind = kinds; *kind != NULL; kind++) {
		struct span documents = span_of(draw_base());

		if (kind == kinds) {
			struct error error = { 0 };
			struct json_object *base = json_read(arena, span_of(arena_printf(arena, "[%.*s]",
			    (int)documents.n, documents.p)), &json_limits_document, &error);
			bool good = base != NULL;

			for (size_t i = 0; i < json_count(base); i++)
				good = good && apply(arena, json_at(base, i), false, false) != NULL;
			ok(good, "what the drawn ones name");
		}
		if ((*kind)->members != NULL && strcmp((*kind)->name, "apikey") != 0)
			pairs(*kind);
	}
	arena_free(&draw.arena);
	arena_free(&arena);
	scratch_close(&store);
	return tap_done();
}
