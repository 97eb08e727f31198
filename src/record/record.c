/* SPDX-License-Identifier: ISC */
#include "record/record_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/tally.h"
#include "store/store.h"
#include "store/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ids that people choose above this do not move the counter of new ones. */
#define COUNTED_ID_MAX INT64_C(1000000000000000)
/* What their rows of TABLE_DOC begin with: they are of no project. */
#define PROJECT_ROWS SPAN("project\0\0")

static const struct {
	const char *name;
	char letter;
	enum table table;
	const char *next; /* row of TABLE_META: the next new id */
} records[] = {
	[RECORD_USER] = { "user", 'u', TABLE_USER, "next user" },
	[RECORD_FEEDBACK] = { "feedback", 'f', TABLE_FEEDBACK, "next feedback" },
	[RECORD_PROJECT] = { "project", 'p', TABLE_DOC, NULL },
};
_Static_assert(sizeof records / sizeof records[0] == RECORD__MAX, "a row per record");

const char *
record_name(enum record record)
{
	return records[record].name;
}

bool
record_by_name(struct span name, enum record *record_r)
{
	for (int i = 0; i < RECORD__MAX; i++)
		if (span_is(name, records[i].name)) {
			*record_r = (enum record)i;
			return true;
		}
	return false;
}

char
record_letter(enum record record)
{
	return records[record].letter;
}

static enum record_type
indexed_type(const struct member *member)
{
	switch (member->type) {
	case MEMBER_INTEGER:
		return RECORD_INTEGER;
	case MEMBER_TIME:
		return RECORD_TIME;
	case MEMBER_BOOLEAN:
		return RECORD_BOOLEAN;
	default:
		return RECORD_TEXT;
	}
}

/* The member that stands in the index under this path, or the part of one. */
static const struct member *
indexed_member(const struct member *members, struct span path, bool *list_r)
{
	const struct member *found = NULL;

	for (; members->name != NULL && found == NULL; members++) {
		const char *own = members->path != NULL ? members->path : members->name;

		if ((members->flags & MEMBER_INDEXED) && span_is(path, own))
			found = members;
		else if (members->parts != NULL)
			found = indexed_member(members->parts, path, list_r);
		*list_r = *list_r || (found != NULL && (members->flags & MEMBER_LIST));
	}
	return found;
}

bool
record_path(enum record record, struct span path, struct record_path *path_r)
{
	const struct member *member;
	bool list = false;

	if (record == RECORD_PROJECT)
		return false;
	if (span_starts(path, "fields.")) {
		*path_r = (struct record_path){ .any_type = true };
		return true;
	}
	member = indexed_member(schema_of_record(record), path, &list);
	if (member == NULL)
		return false;
	*path_r = (struct record_path){ .type = indexed_type(member),
		.folded = (member->flags & MEMBER_FOLDED) != 0, .list = list };
	return true;
}

bool
record_folded(enum record record, struct span path)
{
	struct record_path how;

	return record_path(record, path, &how) && how.folded;
}

bool
record_id_valid(struct span id)
{
	return doc_id_good(id);
}

bool
record_exists(struct txn *txn, enum record record, struct span id)
{
	if (!record_id_valid(id))
		return false;
	if (record == RECORD_PROJECT)
		return doc_exists(txn, "project", SPAN(""), id);
	return table_has(txn, records[record].table, id);
}

bool
record_text(struct txn *txn, enum record record, struct span id, struct span *text_r)
{
	if (record == RECORD_PROJECT)
		return doc_text(txn, "project", SPAN(""), id, text_r);
	return table_get(txn, records[record].table, id, text_r);
}

struct walk *
record_scan(struct txn *txn, enum record record, struct span after)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = SPAN(""), from = { NULL, 0 };

	if (record == RECORD_PROJECT)
		prefix = PROJECT_ROWS;
	if (after.n > 0) { /* the least key that is greater has a NUL behind it */
		char *key = arena_alloc(arena, prefix.n + after.n + 1);

		memcpy(key, prefix.p, prefix.n);
		memcpy(key + prefix.n, after.p, after.n);
		from = (struct span){ key, prefix.n + after.n + 1 };
	}
	return walk_open(txn, records[record].table, prefix, from, false);
}

bool
record_scan_next(struct walk *walk, enum record record, struct span *id_r,
    struct span *text_r)
{
	size_t head = record == RECORD_PROJECT ? PROJECT_ROWS.n : 0;

	if (!walk_next(walk, id_r, text_r))
		return false;
	*id_r = (struct span){ id_r->p + head, id_r->n - head };
	return true;
}

static double
estimate(struct txn *txn, enum record record)
{
	struct span rows = PROJECT_ROWS;
	char end[sizeof "project" + 1];

	if (record != RECORD_PROJECT)
		return table_between(txn, records[record].table, SPAN(""), SPAN(""));
	memcpy(end, rows.p, rows.n);
	end[rows.n - 1] = 1;
	return table_between(txn, TABLE_DOC, rows, (struct span){ end, rows.n });
}

double
record_count(struct txn *txn, enum record record)
{
	struct walk *walk = record_scan(txn, record, SPAN(""));
	struct span id;
	size_t n = 0;

	while (n < RECORD_MANY && record_scan_next(walk, record, &id, NULL))
		n++;
	walk_close(&walk);
	return fmax(estimate(txn, record), (double)n);
}

struct json_object *
record_load(struct txn *txn, enum record record, struct span id)
{
	struct json_object *doc;
	struct span text;

	if (!record_id_valid(id))
		return NULL;
	if (record == RECORD_PROJECT)
		return doc_load(txn, "project", SPAN(""), id);
	if (!table_get(txn, records[record].table, id, &text))
		return NULL;
	doc = json_load(txn_arena(txn), text);
	if (doc == NULL)
		txn_fail(txn, FAULT_INTERNAL, "%s %.*s cannot be read in the store",
		    records[record].name, (int)id.n, id.p);
	return doc;
}

/* Terms of one document, in the arena. */
struct terms {
	struct arena *arena;
	char letter;
	struct span id;
	struct span (*fold)(struct arena *arena, struct span text);
	bool words;        /* those of names and titles, too */
	struct span *keys;
	size_t n, size;
};

static void
terms_push(struct terms *terms, struct span path, const struct record_value *value)
{
	struct span key = record_term(terms->arena, terms->letter, path, value, terms->id);

	if (key.n == 0)
		return;
	terms->keys = arena_grow(terms->arena, terms->keys, terms->n, &terms->size,
	    sizeof *terms->keys);
	terms->keys[terms->n++] = key;
}

static void
terms_scalar(struct terms *terms, const struct member *member, struct span path,
    struct json_object *json)
{
	struct record_value value = { .type = RECORD_TEXT };

	switch (doc_type(json)) {
	case DOC_STRING:
		value.text = json_span(json);
		if (member->type == MEMBER_TIME) {
			value.type = RECORD_TIME;
			if (!text_time(value.text, &value.number))
				return;
		} else if (member->flags & MEMBER_FOLDED) {
			value.text = terms->fold(terms->arena, value.text);
		}
		break;
	case DOC_INTEGER:
		value.type = RECORD_INTEGER;
		value.number = doc_number(json);
		break;
	case DOC_BOOLEAN:
		value.type = RECORD_BOOLEAN;
		value.number = doc_number(json);
		break;
	case DOC_FRACTION:
		value.text = json_number_text(json);
		break;
	default:
		return;
	}
	terms_push(terms, path, &value);
}

static void
terms_fields(struct terms *terms, const struct member *member, struct json_object *fields)
{
	struct doc_member *members;
	size_t n = doc_members(terms->arena, fields, &members);

	for (size_t i = 0; i < n; i++)
		terms_scalar(terms, member, span_of(arena_printf(terms->arena, "%s.%s",
		    member->name, members[i].name)), members[i].value);
}

/* Each word of the text; of a word that comes twice the key is the same. */
static void
terms_words(struct terms *terms, struct json_object *json)
{
	struct span text = json_span(json);
	struct record_value value = { .type = RECORD_TEXT };

	if (text.n == 0)
		return;
	text = text_fold(terms->arena, text);
	while (text_word(&text, &value.text))
		terms_push(terms, SPAN(RECORD_WORDS), &value);
}

/* Lists by their items, objects by their parts. */
static void
terms_members(struct terms *terms, const struct member *members, struct json_object *doc)
{
	for (; members->name != NULL; members++) {
		struct json_object *json = json_get(doc, members->name);
		bool list = json_is_array(json);
		size_t n = list ? json_count(json) : json != NULL;

		for (size_t i = 0; i < n; i++) {
			struct json_object *item = list ? json_at(json, i) : json;

			if (terms->words && (members->flags & MEMBER_WORDS))
				terms_words(terms, item);
			if (members->parts != NULL)
				terms_members(terms, members->parts, item);
			else if (!(members->flags & MEMBER_INDEXED))
				break;
			else if (members->type == MEMBER_FIELDS)
				terms_fields(terms, members, item);
			else
				terms_scalar(terms, members, span_of(members->path != NULL
				    ? members->path : members->name), item);
		}
	}
}

static int
by_key(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Sorted, each once. doc may be NULL. */
static struct terms
terms_folded(struct arena *arena, enum record record, struct span id, struct json_object *doc,
    struct span (*fold)(struct arena *arena, struct span text), bool words)
{
	struct terms terms = { .arena = arena, .letter = records[record].letter, .id = id,
		.fold = fold, .words = words };
	size_t n = 0;

	if (doc == NULL)
		return terms;
	terms_members(&terms, schema_of_record(record), doc);
	if (terms.n > 1)
		qsort(terms.keys, terms.n, sizeof *terms.keys, by_key);
	for (size_t i = 0; i < terms.n; i++)
		if (n == 0 || !span_eq(terms.keys[i], terms.keys[n - 1]))
			terms.keys[n++] = terms.keys[i];
	terms.n = n;
	return terms;
}

static struct terms
terms_of(struct arena *arena, enum record record, struct span id, struct json_object *doc,
    bool words)
{
	return terms_folded(arena, record, id, doc, text_fold, words);
}

/* Most changes are of other members, and then words need not be looked for. */
static bool
same_words(enum record record, struct json_object *old, struct json_object *new)
{
	for (const struct member *m = schema_of_record(record); m->name != NULL; m++)
		if ((m->flags & MEMBER_WORDS) &&
		    !json_equal(json_get(old, m->name), json_get(new, m->name)))
			return false;
	return true;
}

/* Writes only the difference. */
static void
terms_move(struct txn *txn, const struct terms *old, const struct terms *new)
{
	size_t i = 0, j = 0;

	while (i < old->n || j < new->n) {
		int order = i == old->n ? 1 : j == new->n ? -1
		    : span_cmp(old->keys[i], new->keys[j]);

		if (order < 0)
			table_del(txn, TABLE_INDEX, old->keys[i++]);
		else if (order > 0)
			table_put(txn, TABLE_INDEX, new->keys[j++], SPAN(""));
		else
			i++, j++;
	}
}

size_t
record_refold(struct txn *txn, enum record record, struct span id, struct json_object *doc)
{
	struct arena *arena = txn_arena(txn);
	struct terms old = terms_folded(arena, record, id, doc, text_fold_full, false);
	struct terms new = terms_of(arena, record, id, doc, false);
	size_t gone = 0;

	for (size_t i = 0, j = 0; i < old.n; i++) {
		while (j < new.n && span_cmp(new.keys[j], old.keys[i]) < 0)
			j++;
		gone += j == new.n || !span_eq(new.keys[j], old.keys[i]);
	}
	if (gone > 0)
		terms_move(txn, &old, &new);
	return gone;
}

static void
move_tally(struct txn *txn, struct span id, struct json_object *old,
    struct json_object *new)
{
	size_t followers = json_count(json_get(new, "followers"));
	struct tally tally;

	if (followers == json_count(json_get(old, "followers")))
		return;
	tally = tally_load(txn, id);
	tally.followers = (int64_t)followers;
	tally_save(txn, id, &tally);
}

/* The next new ids, in the transaction that runs: a bulk load takes many, and their row is
 * written once, at its end. */
static _Thread_local struct {
	int64_t next; /* 0: as in the row */
	bool moved;   /* from what is in the row */
} new_ids[RECORD__MAX];

static void
settle_ids(struct txn *txn)
{
	for (int i = 0; i < RECORD__MAX; i++)
		if (new_ids[i].moved)
			table_put(txn, TABLE_META, span_of(records[i].next), span_of(arena_printf(
			    txn_arena(txn), "%" PRId64, new_ids[i].next)));
}

static int64_t
next_id(struct txn *txn, enum record record)
{
	struct span row;

	if (!txn_settle_by(txn, settle_ids))
		memset(new_ids, 0, sizeof new_ids);
	if (new_ids[record].next == 0) {
		new_ids[record].next = 1;
		if (table_get(txn, TABLE_META, span_of(records[record].next), &row))
			text_integer(row, &new_ids[record].next);
	}
	return new_ids[record].next;
}

static void
move_next_id(enum record record, int64_t next)
{
	new_ids[record].next = next;
	new_ids[record].moved = true;
}

/* An id that somebody chose is not given out again. */
static void
count_id(struct txn *txn, enum record record, struct span id)
{
	int64_t number;

	if (id.p[0] != '0' && text_integer(id, &number) && number < COUNTED_ID_MAX &&
	    number >= next_id(txn, record))
		move_next_id(record, number + 1);
}

/* What others remember of a user (people_author()). */
static bool
same_rights(struct json_object *old, struct json_object *new)
{
	static const char *const members[] = { "email", "roles", "teams", "projects" };

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (!json_equal(json_get(old, members[i]), json_get(new, members[i])))
			return false;
	return true;
}

/* fresh: nothing is stored under the id, which record_new_id() made. */
static void
save_row(struct txn *txn, enum record record, struct span id, struct json_object *doc,
    bool fresh)
{
	struct arena *arena = txn_arena(txn);
	struct span text = json_write(arena, doc), stored;
	size_t most = (size_t)store_settings(txn_store(txn))->document_bytes;
	struct json_object *old = NULL;
	struct terms before, after;
	bool words;

	stored = SPAN("");
	if (!fresh && table_get(txn, records[record].table, id, &stored)) {
		if (span_eq(stored, text))
			return;
		old = json_load(arena, stored);
	} else if (!fresh) {
		count_id(txn, record, id);
	}
	/* One that is larger already may only become smaller. */
	if (text.n > most && text.n > stored.n) {
		txn_fail(txn, FAULT_TOO_MUCH_WORK, "%s %.*s would take %zu bytes, %zu are allowed "
		    "(document_bytes in earshot.conf)", records[record].name, (int)id.n, id.p,
		    text.n, most);
		return;
	}
	words = old == NULL || !same_words(record, old, doc);
	before = terms_of(arena, record, id, old, words);
	after = terms_of(arena, record, id, doc, words);
	table_put(txn, records[record].table, id, text);
	terms_move(txn, &before, &after);
	if (record == RECORD_FEEDBACK)
		move_tally(txn, id, old, doc);
	else if (!same_rights(old, doc))
		txn_people_changed(txn);
}

static void
save(struct txn *txn, enum record record, struct span id, struct json_object *doc, bool fresh)
{
	struct arena *arena = txn_arena(txn);
	const char *member = record == RECORD_PROJECT ? "key" : "id";
	struct arena_mark mark;

	if (!txn_ok(txn))
		return;
	if (!record_id_valid(id)) {
		txn_fail(txn, FAULT_BAD_VALUE, "the id of a %s is 1 to 64 letters, digits, "
		    "dots, dashes and underscores", records[record].name);
		return;
	}
	if (!span_eq(json_string(doc, member), id))
		json_set_text(doc, member, id);
	if (record == RECORD_PROJECT) {
		doc_put(txn, "project", doc);
		return;
	}
	/* A bulk load saves many in one transaction: nothing of one outlives it. */
	mark = arena_mark(arena);
	save_row(txn, record, id, doc, fresh);
	arena_rewind(arena, mark);
}

void
record_save(struct txn *txn, enum record record, struct span id, struct json_object *doc)
{
	save(txn, record, id, doc, false);
}

void
record_save_new(struct txn *txn, enum record record, struct span id, struct json_object *doc)
{
	save(txn, record, id, doc, true);
}

void
record_drop(struct txn *txn, enum record record, struct span id)
{
	struct arena *arena = txn_arena(txn);
	struct terms before, after = { 0 };
	struct json_object *old;

	if (record == RECORD_PROJECT) {
		doc_remove(txn, "project", id);
		return;
	}
	old = record_load(txn, record, id);
	if (old == NULL)
		return;
	before = terms_of(arena, record, id, old, true);
	terms_move(txn, &before, &after);
	table_del(txn, records[record].table, id);
	if (record == RECORD_FEEDBACK)
		move_tally(txn, id, old, NULL);
	else
		txn_people_changed(txn);
}

struct span
record_new_id(struct txn *txn, enum record record)
{
	int64_t number = next_id(txn, record);
	struct span id;

	do {
		id = span_of(arena_printf(txn_arena(txn), "%" PRId64, number++));
	} while (record_exists(txn, record, id));
	move_next_id(record, number);
	return id;
}

struct json_object *
record_next(struct txn *txn, enum record record, struct span after,
    struct span *position_r)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *doc = NULL;
	struct span id;
	struct walk *walk;

	if (record == RECORD_PROJECT)
		return doc_next(txn, "project", after, position_r);
	walk = record_scan(txn, record, after);
	if (walk_next(walk, &id, NULL)) {
		*position_r = arena_copy(arena, id);
		doc = record_load(txn, record, *position_r);
	}
	walk_close(&walk);
	return doc;
}

size_t
record_keys(struct arena *arena, enum record record, struct span id, bool words,
    struct json_object *doc, struct span **keys_r)
{
	struct terms terms = terms_of(arena, record, id, doc, words);

	*keys_r = terms.keys;
	return terms.n;
}
