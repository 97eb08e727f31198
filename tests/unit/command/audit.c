/* SPDX-License-Identifier: ISC */
/*
 * The log of changes. Whatever changes are made, of any kind, drawn from the schema (draw.h):
 * undone one after the other, the last first, they leave the store as it was, but for times;
 * and undone once more, from the log of the undoing, as they had made it. Beside that: what
 * is not undone and why, what of people and secrets stands in it, who may see it, and its end.
 */
#include "base/json_document.h"
#include "base/settings.h"
#include "command/job.h"
#include "draw.h"
#include "listen/register.h"
#include "record/audit.h"
#include "record/doc.h"
#include "store/table.h"

#define ROUNDS 40
#define CHANGES 12 /* of one round, at most */
#define TRIES 400  /* drawn for one that is valid */

static struct scratch store;
static struct draw draw;

/* As it is printed; NULL when it failed. */
static const char *
call_told(struct arena *arena, const char *args, const char **failure_r)
{
	struct run job = { 0 };
	char *quoted = arena_string(arena, span_of(args));
	const char *out;

	/* run_open() takes ' for ". */
	for (char *p = quoted; *p != '\0'; p++)
		if (*p == '\'')
			*p = '`';
	if (!run_open(&job, &store, quoted))
		return NULL;
	while (run_step(&job))
		continue;
	if (failure_r != NULL)
		*failure_r = arena_string(arena, span_of(job.job.error.detail));
	out = job.job.error.fault != FAULT_NONE ? NULL
	    : arena_printf(arena, "%.*s", (int)job.out.n, job.out.n > 0 ? job.out.p : "");
	run_close(&job);
	return out;
}

static const char *
call(struct arena *arena, const char *args)
{
	return call_told(arena, args, NULL);
}

static struct json_object *
first_line(struct arena *arena, const char *text)
{
	struct span rest = span_of(text);

	return text != NULL ? json_load(arena, text_cut(&rest, '\n')) : NULL;
}

/* The change last made: "id" and all that the list tells. NULL: none. */
static struct json_object *
newest(struct arena *arena)
{
	return first_line(arena, call(arena, "{\"command\":\"audit\",\"limit\":1}"));
}

static struct json_object *
undo(struct arena *arena, struct span id, const char **failure_r)
{
	return first_line(arena, call_told(arena, arena_printf(arena,
	    "{\"command\":\"audit-undo\",\"id\":\"%.*s\"}", (int)id.n, id.p), failure_r));
}

/* ---- any changes */

/* Everything, without times and what only tells of times: of values when each was set and
 * what it was before that. */
static const char *
world(struct arena *arena)
{
	static const char *const dated[] = { "updatedAt", "at", "set", "history", NULL };
	struct span text = span_of(arena_printf(arena, "%s%s", call(arena,
	    "{\"command\":\"export\"}"), call(arena, "{\"command\":\"export\",\"kind\":\"apikey\"}")));
	struct buf out = { 0 };

	while (text.n > 0) {
		struct json_object *doc = json_load(arena, text_cut(&text, '\n'));
		bool value = span_is(json_string(doc, "kind"), "value");

		for (size_t i = 0; doc != NULL && dated[i] != NULL; i++)
			if (value || i == 0)
				json_del(doc, dated[i]);
		if (doc != NULL)
			buf_span(&out, json_write(arena, doc));
		buf_putc(&out, '\n');
	}
	return arena_string(arena, buf_keep(&out, arena));
}

static const char *
apply(struct arena *arena, struct json_object *doc, bool dry, bool replace)
{
	return call(arena, arena_printf(arena, "{\"command\":\"apply\",\"dryRun\":%s,\"replace\":%s,"
	    "\"documents\":[{\"line\":1,\"doc\":%s}]}", dry ? "true" : "false",
	    replace ? "true" : "false", arena_string(arena, json_write(arena, doc))));
}

static const struct kind *
any_kind(void)
{
	size_t n = 0;

	while (kinds[n] != NULL)
		n++;
	return kinds[draw_below(&draw, n)];
}

/* Makes one, or makes another one of it. */
static bool
apply_any(void)
{
	const struct kind *kind = any_kind();
	const char *name = arena_printf(draw.arena, "drawn-%d", (int)draw_below(&draw, 3));
	bool replace = draw_below(&draw, 2) == 0;

	if (kind->members == NULL)
		return false;
	if (strcmp(kind->name, "apikey") == 0)
		name = "app";
	for (int i = 0; i < TRIES; i++) {
		struct json_object *doc = draw_document(&draw, kind, name);

		if (apply(draw.arena, json_copy(draw.arena, doc), true, replace) != NULL)
			return apply(draw.arena, doc, false, replace) != NULL;
	}
	return false;
}

/* A document that is there, and has no secret that nothing could bring back. */
static struct json_object *
any_document(void)
{
	struct span text = span_of(call(draw.arena, "{\"command\":\"export\"}"));
	struct json_object *found = NULL;
	uint64_t seen = 0;

	while (text.n > 0) {
		struct span line = text_cut(&text, '\n');
		struct json_object *doc = json_load(draw.arena, line);

		if (doc == NULL || span_is(json_string(doc, "kind"), "user") ||
		    memmem(line.p, line.n, "\"sealed\"", 8) != NULL ||
		    (span_is(json_string(doc, "kind"), "listener") && !json_has(doc, "apiKey")))
			continue;
		if (draw_below(&draw, ++seen) == 0)
			found = doc;
	}
	return found;
}

static const char *
named(struct json_object *doc)
{
	const struct kind *kind = kind_by_name(json_string(doc, "kind"));

	return arena_printf(draw.arena, "\"kind\":\"%s\",\"name\":\"%s\"", kind->name,
	    arena_string(draw.arena, kind_name(draw.arena, kind, doc)));
}

static bool
remove_any(void)
{
	struct json_object *doc = any_document();

	return doc != NULL && call(draw.arena, arena_printf(draw.arena,
	    "{\"command\":\"remove\",%s}", named(doc))) != NULL;
}

/* Takes a member away. */
static bool
clear_any(void)
{
	struct json_object *doc = any_document();
	struct doc_member *members;
	size_t n = doc_members(draw.arena, doc, &members);

	return n > 0 && call(draw.arena, arena_printf(draw.arena,
	    "{\"command\":\"set\",%s,\"members\":{\"%s\":null}}", named(doc),
	    members[draw_below(&draw, n)].name)) != NULL;
}

/* Gives somebody another address, whom others name. */
static bool
rename_any(void)
{
	int from = 1 + (int)draw_below(&draw, 2), to = (int)draw_below(&draw, 3);

	return call(draw.arena, arena_printf(draw.arena, "{\"command\":\"set\",\"kind\":\"user\","
	    "\"name\":\"p%d@mail.example\",\"members\":{\"email\":\"moved-%d@mail.example\"}}",
	    from, to)) != NULL;
}

static bool
revoke_or_rotate(void)
{
	return call(draw.arena, "{\"command\":\"set\",\"kind\":\"apikey\",\"name\":\"app\","
	    "\"members\":{\"description\":\"another\"}}") != NULL;
}

/* The ids of all changes behind this one, the last first. */
static size_t
changes_since(struct arena *arena, struct span begin, struct span **ids_r)
{
	struct span text = span_of(call(arena, "{\"command\":\"audit\"}"));
	struct span *ids = NULL;
	size_t n = 0, room = 0;

	while (text.n > 0) {
		struct span id = json_string(json_load(arena, text_cut(&text, '\n')), "id");

		if (id.n == 0 || span_eq(id, begin))
			break;
		ids = arena_grow(arena, ids, n, &room, sizeof *ids);
		ids[n++] = arena_copy(arena, id);
	}
	*ids_r = ids;
	return n;
}

/* Accounts and secrets are kept nowhere: that one was made and undone is not taken back. */
static bool
took_for_good(struct arena *arena, struct span begin)
{
	struct span text = span_of(call(arena, "{\"command\":\"audit\"}"));

	while (text.n > 0) {
		struct json_object *entry = json_load(arena, text_cut(&text, '\n'));

		if (entry == NULL || span_eq(json_string(entry, "id"), begin))
			break;
		if ((span_is(json_string(entry, "kind"), "user") &&
		    span_is(json_string(entry, "change"), "removed")) ||
		    json_flag(entry, "secrets", false))
			return true;
	}
	return false;
}

/* True when all were undone. */
static bool
undo_since(struct arena *arena, struct span begin, size_t *count_r)
{
	struct span *ids;
	size_t n = changes_since(arena, begin, &ids);

	for (size_t i = 0; i < n; i++) {
		const char *why = NULL;

		if (undo(arena, ids[i], &why) != NULL)
			continue;
		printf("# %.*s: %s\n# %s", (int)ids[i].n, ids[i].p, why, call(arena, arena_printf(arena,
		    "{\"command\":\"audit-show\",\"id\":\"%.*s\"}", (int)ids[i].n, ids[i].p)));
		return false;
	}
	*count_r += n;
	return true;
}

static void
tell_difference(const char *before, const char *after)
{
	struct span a = span_of(before), b = span_of(after);

	while (a.n > 0 || b.n > 0) {
		struct span x = text_cut(&a, '\n'), y = text_cut(&b, '\n');

		if (span_eq(x, y))
			continue;
		printf("# was %.*s\n#  is %.*s\n", (int)x.n, x.p, (int)y.n, y.p);
		return;
	}
}

static void
any_changes(void)
{
	static bool (*const ways[])(void) = { apply_any, apply_any, apply_any, remove_any,
		clear_any, rename_any, revoke_or_rotate };
	size_t changes = 0, bad = 0, again = 0;

	for (int round = 0; round < ROUNDS && bad == 0; round++) {
		struct arena_mark mark = arena_mark(draw.arena);
		struct span begin = json_string(newest(draw.arena), "id"), middle;
		const char *before = world(draw.arena), *made;
		uint64_t n = 1 + draw_below(&draw, CHANGES);

		for (uint64_t i = 0; i < n; i++)
			ways[draw_below(&draw, sizeof ways / sizeof ways[0])]();
		made = world(draw.arena);
		middle = json_string(newest(draw.arena), "id");
		bad += !undo_since(draw.arena, begin, &changes);
		if (bad == 0 && strcmp(world(draw.arena), before) != 0) {
			tell_difference(before, world(draw.arena));
			bad++;
		}
		/* And back to what they had made. */
		if (bad == 0 && round % 2 == 0 && !took_for_good(draw.arena, middle)) {
			struct span end = json_string(newest(draw.arena), "id");

			bad += !undo_since(draw.arena, middle, &again);
			if (bad == 0 && strcmp(world(draw.arena), made) != 0) {
				tell_difference(made, world(draw.arena));
				bad++;
			}
			bad += !undo_since(draw.arena, end, &again);
		}
		arena_rewind(draw.arena, mark);
	}
	ok(bad == 0, "what was changed and undone is as it was");
	ok(changes > 3 * ROUNDS && again > 0, "%zu changes, and %zu of the undoing", changes, again);
}

static void
applied(const char *documents)
{
	const char *out, *why = NULL;
	struct span rest = span_of(documents);
	struct buf list = { 0 };

	for (int i = 1; rest.n > 0; i++) {
		struct span line = text_cut(&rest, '\n');

		buf_printf(&list, "%s{\"line\":%d,\"doc\":%.*s}", i > 1 ? "," : "", i, (int)line.n,
		    line.p);
	}
	out = call_told(draw.arena, arena_printf(draw.arena,
	    "{\"command\":\"apply\",\"documents\":[%.*s]}", (int)list.n, list.p), &why);
	buf_free(&list);
	if (out == NULL)
		printf("Bail out! %s: %s\n", documents, why);
}

int
main(void)
{
	struct arena *arena = arena_new();
	struct error error = { 0 };
	struct json_object *base;

	if (!scratch_open(&store))
		return 1;
	draw = (struct draw){ .arena = arena_new(), .state = draw_seed() };
	ok(call(arena, "{\"command\":\"init\"}") != NULL &&
	    call(arena, arena_printf(arena, "{\"command\":\"apikey-create\",\"name\":\"app\",\"sha256\":"
	        "\"%064d\",\"hint\":\"ear\"}", 7)) != NULL, "a store with an API key");
	base = json_read(arena, span_of(arena_printf(arena, "[%s]", draw_base())),
	    &json_limits_document, &error);
	for (size_t i = 0; i < json_count(base); i++)
		applied(arena_string(arena, json_write(arena, json_at(base, i))));
	any_changes();
	arena_free(&draw.arena);
	arena_free(&arena);
	scratch_close(&store);
	return tap_done();
}
