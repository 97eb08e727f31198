/* SPDX-License-Identifier: ISC */
#include "draw.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "record/doc.h"
#include "record/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE \
	"{\"kind\":\"project\",\"key\":\"home\",\"name\":\"Home\"}," \
	"{\"kind\":\"rank\",\"key\":\"gold\",\"name\":\"Gold\",\"points\":3}," \
	"{\"kind\":\"team\",\"key\":\"all\",\"name\":\"All\"}," \
	"{\"kind\":\"user\",\"email\":\"p1@mail.example\",\"roles\":[\"admin\"]}," \
	"{\"kind\":\"user\",\"email\":\"p2@mail.example\",\"fields\":{\"a\":\"1\"}}," \
	"{\"kind\":\"feedback\",\"id\":\"1\",\"project\":\"home\",\"title\":\"T\",\"fields\":{\"a\":\"1\"}}," \
	"{\"kind\":\"template\",\"key\":\"mail\",\"automation\":\"user\",\"subject\":\"S\",\"text\":\"T\"}," \
	"{\"kind\":\"group\",\"key\":\"usage\",\"name\":\"U\",\"automation\":\"user\",\"fields\":[" \
	"{\"label\":\"N\",\"parameter\":\"n\",\"type\":\"integer\"}," \
	"{\"label\":\"S\",\"parameter\":\"s\",\"type\":\"string\",\"history\":\"30d\"}]}," \
	"{\"kind\":\"filter\",\"key\":\"few\",\"automation\":\"user\",\"filter\":\"user.score > 3\"}," \
	"{\"kind\":\"macro\",\"key\":\"act\",\"automation\":\"user\",\"actions\":[" \
	"{\"action\":\"add-rank\",\"rank\":\"gold\"}]}"

const char *
draw_base(void)
{
	return BASE;
}

/* What a member by this path may be, where its type does not say enough: JSON lists. */
static const struct {
	const char *kind, *path; /* kind NULL: of all */
	const char *values;
} pools[] = {
	{ NULL, "filter", "\"user.score > 1\",\"user.score > 2\",\"now > timestamp('2020-01-01')\"" },
	{ NULL, "when", "\"user.score > 1\",\"has(payload.x)\"" },
	{ NULL, "zone", "\"UTC\",\"Europe/Berlin\",\"Nowhere\"" },
	{ NULL, "timeZone", "\"UTC\",\"Europe/Berlin\"" },
	{ NULL, "baseUrl", "\"https://a.example\",\"https://b.example/x\"" },
	{ NULL, "rank", "\"gold\"" },
	{ NULL, "teams", "\"all\"" },
	{ NULL, "macros", "\"act\"" },
	{ NULL, "author", "\"p1@mail.example\"" },
	{ NULL, "columns", "\"email\",\"score\",\"fields.a\"" },
	{ NULL, "sort", "\"email\",\"-score\"" },
	{ NULL, "macro", "\"act\"" },
	{ NULL, "template", "\"mail\"" },
	{ NULL, "to", "\"target\",\"p1@mail.example\",{\"team\":\"all\"}" },
	{ NULL, "points", "3,\"{{payload.n}}\"" },
	{ NULL, "url", "\"https://a.example/{{payload.n}}\"" },
	{ NULL, "method", "\"POST\",\"PUT\"" },
	{ NULL, "timeout", "5,\"10s\"" },
	{ NULL, "secret", "\"a secret that nobody guesses\"" },
	{ NULL, "auth", "{\"user\":\"u\",\"password\":\"p\"}" },
	{ NULL, "headers", "{\"X-A\":\"b\"}" },
	{ NULL, "returns", "{\"ok\":\"200\"}" },
	{ NULL, "from", "\"Ann <ann@mail.example>\"" },
	{ NULL, "replyTo", "\"ann@mail.example\"" },
	{ NULL, "history", "\"30d\",\"365d\"" },
	{ "report", "of", "\"user\",\"usage\",\"data.usage\"" },
	{ "report", "by", "\"score\",\"fields.a\"" },
	{ "report", "fields", "\"score\",\"fields.a\"" },
	{ "feedback", "status", "\"Open\",\"Closed\"" },
	{ "listener", "automation", "\"user\"" },
	{ "macro", "automation", "\"user\"" },
	{ "group", "automation", "\"user\",\"feedback\",\"project\"" },
	{ "listener", "apiKey", "\"app\"" },
	{ "listener", "type", "\"macro\",\"comment\",\"data\"" },
	{ "listener", "group", "\"usage\"" },
	{ "listener", "store", NULL },
	{ "listener", "author", "\"author\",\"/a/b\",{\"match\":\"username\",\"parameter\":\"x\"}" },
	{ "listener", "authors", "\"user.score > 1\"" },
	{ "listener", "target.match", "\"email\",\"id\",\"username\",\"fields.a\",\"data.usage.n\"" },
	{ "listener", "target.create", "{\"firstName\":\"/a/first\"}" },
	{ "listener", "sender", "{\"preset\":\"github\",\"secrets\":[\"one secret of ours\"]},"
	    "{\"preset\":\"github\",\"secrets\":[\"two secrets of ours\"]},\"jira\"" },
	{ "listener", "challenge", "{\"query\":\"c\"},{\"parameter\":\"c\",\"where\":{\"type\":\"t\"}}" },
	{ "listener", "ack", "{\"filtered\":202},{\"filtered\":202,\"bad-value\":200}" },
	{ "listener", "batch", NULL },
	{ "listener", "eventTime", NULL },
	{ "schedule", "lastRun", NULL },
	{ "schedule", "nextRun", NULL },
	{ "schedule", "since", NULL },
	{ "value", "group", "\"usage\"" },
	{ "value", "user", "\"p1@mail.example\"" },
	{ "value", "feedback", NULL },
	{ "value", "target", NULL },
	{ "value", "project", NULL },
	{ "value", "values", "{\"n\":1},{\"n\":2,\"s\":\"x\"},{\"s\":\"y\"},{\"s\":null}" },
	{ "value", "set", NULL },
	{ "value", "history", NULL },
	{ "comment", "feedback", "\"1\"" },
	{ "comment", "user", NULL },
	{ "apikey", "scope", "{\"verbs\":[\"deliver\"]},{\"listeners\":[\"home/*\"]}" },
	{ "apikey", "secrets", NULL },
	{ "apikey", "revoked", NULL },
	{ "apikey", "key", NULL },
	{ "apikey", "prefix", NULL },
	{ "user", "ranks", "[{\"rank\":\"gold\"}],[{\"rank\":\"gold\",\"count\":2,\"points\":4}],[]" },
};

/* The state of a xorshift generator is never 0. */
static uint64_t
draw_next(struct draw *draw)
{
	draw->state ^= draw->state << 13;
	draw->state ^= draw->state >> 7;
	draw->state ^= draw->state << 17;
	return draw->state;
}

uint64_t
draw_below(struct draw *draw, uint64_t n)
{
	return (draw_next(draw) >> 16) % n;
}

uint64_t
draw_seed(void)
{
	const char *text = getenv("DRAW_SEED");
	uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : (uint64_t)text_now();

	seed = seed != 0 ? seed : 1;
	printf("# DRAW_SEED=%" PRIu64 "\n", seed);
	return seed;
}

static const char *
draw_json(struct draw *draw, const char *values)
{
	struct error error = { 0 };
	struct json_object *list = json_read(draw->arena,
	    span_of(arena_printf(draw->arena, "[%s]", values)), &json_limits_document, &error);

	if (list == NULL) {
		printf("Bail out! %s: %s\n", values, error.detail);
		exit(1);
	}
	return json_write(draw->arena, json_at(list, (size_t)draw_below(draw, json_count(list)))).p;
}

/* NULL where the member is not drawn. *known_r: there is such a row. */
static const char *
pool_of(const char *kind, const char *path, bool *known_r)
{
	const char *dot = strrchr(path, '.');

	for (int own = 1; own >= 0; own--)
		for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++)
			if ((pools[i].kind != NULL) == own &&
			    (!own || strcmp(pools[i].kind, kind) == 0) &&
			    (strcmp(pools[i].path, path) == 0 ||
			    (!own && dot != NULL && strcmp(pools[i].path, dot + 1) == 0))) {
				*known_r = true;
				return pools[i].values;
			}
	*known_r = false;
	return NULL;
}

static const char *draw_object(struct draw *draw, const char *kind, const char *path,
    const struct member *const tables[], const struct variants *variants, const char *first);

static const char *
draw_reference(struct draw *draw, const char *kind)
{
	return draw_json(draw, strcmp(kind, "user") == 0 ? "\"p1@mail.example\",\"p2@mail.example\""
	    : strcmp(kind, "feedback") == 0 ? "\"1\"" : strcmp(kind, "project") == 0 ? "\"home\""
	    : strcmp(kind, "rank") == 0 ? "\"gold\"" : strcmp(kind, "team") == 0 ? "\"all\""
	    : "\"act\"");
}

/* One value of the member's type as JSON, not a list of them. */
static const char *
draw_value(struct draw *draw, const char *kind, const char *path, const struct member *member)
{
	static const char texts[] = "\"one\",\"two\",\"drei €\",\"a,b; \\\"c\\\"\",\"= 7\",\"7\",\"true\","
	    "\"line\\nbreak\",\"line\\n\\n  deep\\n\",\" blanks \",\"tab\\tin it\",\"# remark\",\"a=b\","
	    "\"back\\\\slash\",\"x.y\",\"\\\"quoted\\\"\"";
	static const char lines[] = "\"one\",\"two\",\"drei €\",\"a \\\"b\\\", c\",\"12\",\"a=b\",\" x\"";
	int64_t low = member->low, span;

	switch (member->type) {
	case MEMBER_CHOICE:
		return arena_printf(draw->arena, "\"%s\"", member->choices[draw_below(draw,
		    member->choices[1] == NULL ? 1 : member->choices[2] == NULL ? 2 : 3)]);
	case MEMBER_KEY:
		return draw_json(draw, "\"one\",\"two-2\"");
	case MEMBER_NAME:
		return draw_json(draw, "\"act\",\"all\"");
	case MEMBER_ID:
		return draw_json(draw, "\"1\"");
	case MEMBER_EMAIL:
		return draw_json(draw, "\"p1@mail.example\",\"p2@mail.example\",\"new@mail.example\"");
	case MEMBER_TIME:
		return draw_json(draw, "\"2026-01-02T03:04:05Z\",\"2030-05-06T07:08:09Z\"");
	case MEMBER_DURATION:
		return draw_json(draw, "\"10m\",\"2h\"");
	case MEMBER_UUID:
		return draw_json(draw, "\"0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\"");
	case MEMBER_PARAMETER:
		return draw_json(draw, "\"email\",\"/x/y\",\"/a~1b/0\",\"with space\"");
	case MEMBER_NETWORK:
		return draw_json(draw, "\"192.0.2.0/24\",\"2001:db8::/32\",\"198.51.100.7\"");
	case MEMBER_INTEGER:
		span = member->high > low && member->high - low < 1000 ? member->high - low + 1 : 1000;
		return arena_printf(draw->arena, "%" PRId64,
		    (low == 0 ? 0 : low) + (int64_t)draw_below(draw, (uint64_t)span));
	case MEMBER_BOOLEAN:
		return draw_json(draw, "true,false");
	case MEMBER_FIELDS:
		return draw_json(draw, "{},{\"a\":\"1\"},{\"a\":\"2\",\"b/~c\":true},{\"b/~c\":12,\"d\":1.5},"
		    "{\"a.b\":\"x\",\"e\":\"text\\nwith lines\"},{\"a\":\"\",\"f g\":false},{\"n\":\"12\"}");
	case MEMBER_OBJECT:
	case MEMBER_ANY:
		if (member->parts != NULL || member->variants != NULL)
			return draw_object(draw, kind, path, SCHEMA(member->parts), member->variants, NULL);
		return draw_json(draw, "{\"a\":1},{}");
	case MEMBER_LINE:
		return draw_json(draw, lines);
	case MEMBER_STRING:
	case MEMBER_TEXT:
		break;
	}
	return draw_json(draw, texts);
}

static const char *
draw_member(struct draw *draw, const char *kind, const char *path, const struct member *member)
{
	const char *list = "", *item, *pool;
	size_t n;
	bool known;

	pool = pool_of(kind, path, &known);
	if (pool != NULL && (!(member->flags & MEMBER_LIST) || pool[0] == '['))
		return draw_json(draw, pool);
	if (!(member->flags & MEMBER_LIST))
		return member->refers != NULL || member->names != NULL
		    ? draw_reference(draw, member->refers != NULL ? member->refers : member->names)
		    : draw_value(draw, kind, path, member);
	n = (size_t)draw_below(draw, 4);
	for (size_t i = 0; i < n; i++) {
		item = pool != NULL ? draw_json(draw, pool) : member->refers != NULL
		    ? draw_reference(draw, member->refers) : draw_value(draw, kind, path, member);
		if (strstr(list, item) == NULL || item[0] == '{')
			list = arena_printf(draw->arena, "%s%s%s", list, list[0] != '\0' ? "," : "", item);
	}
	return arena_printf(draw->arena, "[%s]", list);
}

struct drawing {
	struct draw *draw;
	const char *kind, *path;
	struct buf out;
};

static void
draw_table(struct drawing *drawing, const struct member *table, const char *first)
{
	struct draw *draw = drawing->draw;

	for (const struct member *m = table; m != NULL && m->name != NULL; m++) {
		const char *path = drawing->path[0] == '\0' ? m->name
		    : arena_printf(draw->arena, "%s.%s", drawing->path, m->name);
		const char *name = arena_printf(draw->arena, "\"%s\":", m->name);
		bool known;

		if ((m->flags & MEMBER_DERIVED) || (first != NULL && strstr(first, name) != NULL) ||
		    (drawing->out.n > 0 &&
		    memmem(drawing->out.p, drawing->out.n, name, strlen(name)) != NULL))
			continue;
		if (pool_of(drawing->kind, path, &known) == NULL && known)
			continue;
		if (!(m->flags & MEMBER_NEEDED) && draw_below(draw, 3) != 0)
			continue;
		buf_printf(&drawing->out, ",%s%s", name, draw_member(draw, drawing->kind, path, m));
	}
}

/* first: members that it begins with, behind commas; NULL: none. */
static const char *
draw_object(struct draw *draw, const char *kind, const char *path,
    const struct member *const tables[], const struct variants *variants, const char *first)
{
	struct drawing drawing = { .draw = draw, .kind = kind, .path = path };
	const struct member *table = NULL;
	const char *word = NULL;
	size_t n = 0;

	buf_puts(&drawing.out, first != NULL ? first : "");
	while (variants != NULL && variants->table(n, &word) != NULL)
		n++;
	if (n > 0) {
		table = variants->table((size_t)draw_below(draw, n), &word);
		buf_printf(&drawing.out, ",\"%s\":\"%s\"", variants->by, word);
	}
	for (; *tables != NULL; tables++)
		draw_table(&drawing, *tables, first);
	draw_table(&drawing, table, first);
	first = arena_printf(draw->arena, "{%.*s}", (int)(drawing.out.n > 0 ? drawing.out.n - 1 : 0),
	    drawing.out.n > 0 ? drawing.out.p + 1 : "");
	buf_free(&drawing.out);
	return first;
}

struct json_object *
draw_document(struct draw *draw, const struct kind *kind, const char *name)
{
	const char *first = arena_printf(draw->arena, ",\"kind\":\"%s\"", kind->name), *json;
	struct error error = { 0 };
	struct json_object *doc;
	static const char *const names[] = { "key", "id", "email", "name" };
	bool found = false;

	/* A user has an e-mail address, a key, and an API key a name. */
	for (size_t i = 0; i < sizeof names / sizeof names[0] && !found; i++) {
		bool email = strcmp(names[i], "email") == 0;

		found = schema_find(kind->members, NULL, NULL, span_of(names[i])) != NULL &&
		    (strcmp(kind->name, "user") != 0 || email) &&
		    (strcmp(kind->name, "apikey") != 0 || strcmp(names[i], "name") == 0);
		if (found && strcmp(kind->name, "comment") != 0)
			first = arena_printf(draw->arena, "%s,\"%s\":\"%s%s\"", first, names[i], name,
			    email ? "@mail.example" : "");
	}
	if (strcmp(kind->name, "user") == 0)
		first = arena_printf(draw->arena, "%s,\"id\":\"%s-id\"", first, name);
	if (strcmp(kind->name, "comment") == 0)
		first = arena_printf(draw->arena, "%s,\"id\":\"0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\"",
		    first);
	json = draw_object(draw, kind->name, "", kind->members, kind->variants, first);
	doc = json_read(draw->arena, span_of(json), &json_limits_document, &error);
	if (doc == NULL) {
		printf("Bail out! %s: %s\n", json, error.detail);
		exit(1);
	}
	return doc;
}
