/* SPDX-License-Identifier: ISC */
#include "record/doc.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/json_document.h"
#include "record/audit.h"
#include "record/schema.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <stdio.h>
#include <string.h>

void
complain(struct complaints *complaints, const char *pointer, const char *format, ...)
{
	char sentence[512];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	complaints->add(complaints, pointer, sentence);
}

void
doc_name_split(struct span name, struct span *project_r, struct span *key_r)
{
	const char *slash = name.n > 0 ? memchr(name.p, '/', name.n) : NULL;
	size_t n = slash != NULL ? (size_t)(slash - name.p) : 0;

	*project_r = slash != NULL ? (struct span){ name.p, n } : SPAN("");
	*key_r = slash != NULL ? (struct span){ slash + 1, name.n - n - 1 } : name;
}

struct span
doc_name(struct arena *arena, struct span project, struct span key)
{
	char *name;

	if (project.n == 0)
		return arena_copy(arena, key);
	name = arena_alloc(arena, project.n + key.n + 2);
	memcpy(name, project.p, project.n);
	name[project.n] = '/';
	if (key.n > 0)
		memcpy(name + project.n + 1, key.p, key.n);
	return (struct span){ name, project.n + 1 + key.n };
}

struct span
doc_full_name(struct arena *arena, struct json_object *doc)
{
	return doc_name(arena, json_string(doc, "project"), json_string(doc, "key"));
}

/* kind NUL project NUL key. A kind of which there is one has no key: its name. */
static struct span
row_key(struct arena *arena, const char *kind, struct span project, struct span key)
{
	struct keybuf row;

	key_begin(&row);
	key_text(&row, span_of(kind));
	key_text(&row, project);
	key_bytes(&row, key.n > 0 ? key : span_of(kind));
	return key_keep(&row, arena);
}

static struct json_object *
parse(struct txn *txn, const char *kind, struct span text)
{
	struct json_object *doc = json_load(txn_arena(txn), text);

	if (doc == NULL)
		txn_fail(txn, FAULT_INTERNAL, "a %s cannot be read in the store", kind);
	return doc;
}

bool
doc_text(struct txn *txn, const char *kind, struct span project, struct span key,
    struct span *text_r)
{
	return table_get(txn, TABLE_DOC, row_key(txn_arena(txn), kind, project, key), text_r);
}

struct json_object *
doc_load(struct txn *txn, const char *kind, struct span project, struct span key)
{
	struct span text;

	if (!doc_text(txn, kind, project, key, &text))
		return NULL;
	return parse(txn, kind, text);
}

bool
doc_exists(struct txn *txn, const char *kind, struct span project, struct span key)
{
	return table_has(txn, TABLE_DOC, row_key(txn_arena(txn), kind, project, key));
}

/* As it is stored: kind, key and project first, then the rest as it was given. */
static struct json_object *
in_order(struct arena *arena, const char *kind, struct json_object *doc)
{
	struct json_object *out = json_new_object(arena);
	struct doc_member *members;
	size_t n = doc_members(arena, doc, &members);
	struct span project = json_string(doc, "project");

	json_set_text(out, "kind", span_of(kind));
	if (json_string(doc, "key").n > 0)
		json_set_text(out, "key", json_string(doc, "key"));
	if (project.n > 0)
		json_set_text(out, "project", project);
	for (size_t i = 0; i < n; i++)
		if (members[i].value != NULL && !json_has(out, members[i].name) &&
		    strcmp(members[i].name, "project") != 0)
			json_set(out, members[i].name, json_share(members[i].value));
	return out;
}

char
doc_put(struct txn *txn, const char *kind, struct json_object *doc)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *new = in_order(arena, kind, doc);
	struct span row = row_key(arena, kind, json_string(doc, "project"),
	    json_string(doc, "key"));
	struct span stored;
	bool had = table_get(txn, TABLE_DOC, row, &stored);

	if (had && json_equal(json_load(arena, stored), new))
		return '=';
	table_put(txn, TABLE_DOC, row, json_write(arena, new));
	txn_config_changed(txn);
	return had ? 'u' : 'c';
}

struct json_object *
doc_get(struct txn *txn, const char *kind, struct span name)
{
	struct span project, key;

	doc_name_split(name, &project, &key);
	return doc_load(txn, kind, project, key);
}

bool
doc_remove(struct txn *txn, const char *kind, struct span name)
{
	struct span project, key, row;

	doc_name_split(name, &project, &key);
	row = row_key(txn_arena(txn), kind, project, key);
	if (!table_has(txn, TABLE_DOC, row))
		return false;
	table_del(txn, TABLE_DOC, row);
	txn_config_changed(txn);
	return true;
}

struct json_object *
doc_next(struct txn *txn, const char *kind, struct span after, struct span *position_r)
{
	struct arena *arena = txn_arena(txn);
	size_t n = strlen(kind) + 1;
	char *from = arena_alloc(arena, n + after.n + 1);
	struct json_object *doc = NULL;
	struct walk *walk;
	struct span key, text;

	/* The least key behind `after` is that key with a NUL. */
	memcpy(from, kind, n);
	if (after.n > 0)
		memcpy(from + n, after.p, after.n);
	walk = walk_open(txn, TABLE_DOC, (struct span){ from, n },
	    (struct span){ from, after.n > 0 ? n + after.n + 1 : n }, false);
	if (walk_next(walk, &key, &text)) {
		*position_r = arena_copy(arena, (struct span){ key.p + n, key.n - n });
		doc = parse(txn, kind, text);
	}
	walk_close(&walk);
	return doc;
}

void
kind_check(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct complaints *complaints)
{
	if (kind->check != NULL)
		kind->check(txn, doc, complaints);
	else
		schema_check(kind->members, doc, complaints, "");
}

void
kind_refer(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct complaints *complaints)
{
	if (kind->refer != NULL)
		kind->refer(txn, doc, complaints);
	else
		schema_refer(txn, kind->members, doc, complaints, "");
}

/* "1042/0193…", "ann@mail.example/0193…" */
static struct span
comment_name(struct arena *arena, struct json_object *doc)
{
	struct span target = json_string(doc, "user");

	if (target.n == 0)
		target = json_string(doc, "feedback");
	return doc_name(arena, target, json_string(doc, "id"));
}

/* "usage/ann@mail.example", "phone/sync/1042" */
static struct span
value_name(struct arena *arena, struct json_object *doc)
{
	static const char *const targets[] = { "user", "feedback", "target" };
	struct span group = doc_name(arena, json_string(doc, "project"),
	    json_string(doc, "group")), target = SPAN("");

	for (size_t i = 0; i < sizeof targets / sizeof targets[0] && target.n == 0; i++)
		target = json_string(doc, targets[i]);
	return doc_name(arena, group, target);
}

struct span
kind_name(struct arena *arena, const struct kind *kind, struct json_object *doc)
{
	static const struct {
		const char *kind, *member;
	} named[] = {
		{ "user", "email" },
		{ "feedback", "id" },
		{ "delivery", "id" },
		{ "apikey", "name" },
	};

	if (strcmp(kind->name, "setting") == 0)
		return SPAN("setting");
	if (strcmp(kind->name, "comment") == 0)
		return comment_name(arena, doc);
	if (strcmp(kind->name, "value") == 0)
		return value_name(arena, doc);
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
		if (strcmp(kind->name, named[i].kind) == 0)
			return arena_copy(arena, json_string(doc, named[i].member));
	return doc_full_name(arena, doc);
}

struct json_object *
kind_current(struct txn *txn, const struct kind *kind, struct json_object *doc)
{
	struct span name;

	if (kind->current != NULL)
		return kind->current(txn, doc);
	name = kind_name(txn_arena(txn), kind, doc);
	return name.n > 0 ? kind_find(txn, kind, name) : NULL;
}

static char
put(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct complaints *complaints)
{
	return kind->put != NULL ? kind->put(txn, doc, complaints)
	                         : doc_put(txn, kind->name, doc);
}

char
kind_put(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct complaints *complaints)
{
	size_t before = complaints->count;
	struct auditing auditing;
	char result;

	if (!audit_begin(txn, kind, doc, &auditing))
		return put(txn, kind, doc, complaints);
	result = put(txn, kind, doc, complaints);
	if (result != '=' && complaints->count == before)
		audit_put(txn, &auditing, doc);
	return result;
}

struct json_object *
kind_find(struct txn *txn, const struct kind *kind, struct span name)
{
	return kind->get != NULL ? kind->get(txn, name) : doc_get(txn, kind->name, name);
}

static bool
remove_it(struct txn *txn, const struct kind *kind, struct span name,
    struct complaints *complaints)
{
	struct doc_uses uses = { .n = 0 };

	if (kind->uses != NULL)
		kind->uses(&uses, txn, name);
	if (!doc_uses_none(&uses, complaints))
		return false;
	return kind->remove != NULL ? kind->remove(txn, name, complaints)
	                            : doc_remove(txn, kind->name, name);
}

bool
kind_remove(struct txn *txn, const struct kind *kind, struct span name,
    struct complaints *complaints)
{
	struct auditing auditing;

	if (!audit_begin_removal(txn, kind, name, &auditing))
		return remove_it(txn, kind, name, complaints);
	if (!remove_it(txn, kind, name, complaints))
		return false;
	audit_removed(txn, &auditing);
	return true;
}

struct json_object *
kind_walk(struct txn *txn, const struct kind *kind, struct span after,
    struct span *position_r)
{
	return kind->next != NULL ? kind->next(txn, after, position_r)
	                          : doc_next(txn, kind->name, after, position_r);
}
