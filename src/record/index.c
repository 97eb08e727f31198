/* SPDX-License-Identifier: ISC */
/* Keys of TABLE_INDEX: made, read, looked up and walked. */
#include "record/record_private.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PATH_BYTES_MAX 1200 /* "data." group "." parameter */
#define ID_BYTES_MAX 256
#define LEAPS_MAX 20000 /* from one list of ids to another: some 100 ms */
#define TEXT_CUT 200
#define HASH_BYTES 16
#define AUTHOR_LETTER 'c'

static const char type_letters[] = {
	[RECORD_TEXT] = 's',
	[RECORD_INTEGER] = 'i',
	[RECORD_TIME] = 't',
	[RECORD_BOOLEAN] = 'b',
};

/* Behind a NUL: 0 ends the value, 1 is a NUL of the text, 2 a hash follows.
 * In this order, so that shorter text stands before longer. */
static void
put_text(struct keybuf *term, struct span text, bool prefix)
{
	struct span rest = { text.p, text.n < TEXT_CUT ? text.n : TEXT_CUT }, part;
	unsigned char hash[SECRET_SHA256_SIZE];

	while (key_take_text(&rest, &part)) {
		key_bytes(term, part);
		key_bytes(term, SPAN("\0\1"));
	}
	key_bytes(term, rest);
	if (text.n <= TEXT_CUT || prefix)
		return;
	secret_sha256(text, hash);
	key_bytes(term, SPAN("\0\2"));
	key_bytes(term, (struct span){ (const char *)hash, HASH_BYTES });
}

/* Letter, path, NUL. */
static bool
put_head(struct keybuf *term, char letter, struct span path)
{
	key_begin(term);
	if (path.n > PATH_BYTES_MAX)
		return false;
	key_letter(term, letter);
	key_text(term, path);
	return true;
}

static void
put_value(struct keybuf *term, const struct record_value *value, bool prefix)
{
	key_letter(term, type_letters[value->type]);
	if (value->type == RECORD_TEXT)
		put_text(term, value->text, prefix);
	else if (value->type == RECORD_BOOLEAN)
		key_letter(term, value->number != 0);
	else
		key_number(term, value->number);
	if (!prefix)
		key_bytes(term, SPAN("\0\0"));
}

struct span
record_term(struct arena *arena, char letter, struct span path,
    const struct record_value *value, struct span id)
{
	struct keybuf term;

	if (id.n > ID_BYTES_MAX || !put_head(&term, letter, path))
		return (struct span){ NULL, 0 };
	put_value(&term, value, false);
	key_bytes(&term, id);
	return key_keep(&term, arena);
}

/* The length of encoded text up to its end mark; the end of the key if none. */
static size_t
text_length(struct span key, bool *escaped_r)
{
	size_t i = 0;

	*escaped_r = false;
	while (i + 1 < key.n && !(key.p[i] == '\0' && key.p[i + 1] == '\0')) {
		if (key.p[i] != '\0') {
			i++;
			continue;
		}
		*escaped_r = true;
		i += key.p[i + 1] == 2 ? 2 + HASH_BYTES : 2;
	}
	return i < key.n ? i : key.n;
}

static struct span
text_decode(struct arena *arena, struct span encoded)
{
	char *out = arena_alloc(arena, encoded.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < encoded.n; i++) {
		if (encoded.p[i] == '\0' && i + 1 < encoded.n && encoded.p[i + 1] == 2)
			break;
		out[n++] = encoded.p[i];
		i += encoded.p[i] == '\0';
	}
	return (struct span){ out, n };
}

static struct span
behind(struct span text, size_t n)
{
	n = n < text.n ? n : text.n;
	return (struct span){ text.p + n, text.n - n };
}

/* Splits what follows the head of a key. value_r may be NULL. */
static struct span
split(struct arena *arena, struct span rest, struct record_value *value_r)
{
	struct record_value value = { .type = RECORD_TEXT };
	char letter = rest.n > 0 ? *rest.p : '\0';
	bool escaped;

	rest = behind(rest, 1);
	if (letter == 's') {
		value.text = (struct span){ rest.p, text_length(rest, &escaped) };
		rest = behind(rest, value.text.n);
		if (escaped && value_r != NULL)
			value.text = text_decode(arena, value.text);
	} else if (letter == 'b' && rest.n >= 1) {
		value = (struct record_value){ .type = RECORD_BOOLEAN, .number = *rest.p };
		rest = behind(rest, 1);
	} else if (key_take_number(&rest, &value.number)) {
		value.type = letter == 't' ? RECORD_TIME : RECORD_INTEGER;
	}
	if (value_r != NULL)
		*value_r = value;
	return behind(rest, 2);
}

struct span
record_key(struct arena *arena, enum record record, struct span path,
    const struct record_value *value, struct span id)
{
	struct record_value folded = *value;

	if (value->type == RECORD_TEXT && record_folded(record, path))
		folded.text = text_fold(arena, value->text);
	return record_term(arena, record_letter(record), path, &folded, id);
}

struct span
record_author_key(struct arena *arena, struct span author, struct span target)
{
	struct record_value value = { .type = RECORD_TEXT, .text = text_fold(arena, author) };

	return record_term(arena, AUTHOR_LETTER, SPAN("author"), &value, target);
}

size_t
record_refold_author(struct txn *txn, struct span author, struct span target)
{
	struct arena *arena = txn_arena(txn);
	struct record_value old = { .type = RECORD_TEXT, .text = text_fold_full(arena, author) };

	if (span_eq(old.text, text_fold(arena, author)))
		return 0;
	table_del(txn, TABLE_INDEX, record_term(arena, AUTHOR_LETTER, SPAN("author"), &old,
	    target));
	return 1;
}

bool
record_key_read(struct span key, char *letter_r, struct span *path_r, struct span *id_r)
{
	if (key.n == 0)
		return false;
	*letter_r = key.p[0];
	key = behind(key, 1);
	if (!key_take_text(&key, path_r))
		return false;
	*id_r = split(NULL, key, NULL);
	return id_r->n > 0;
}

void
record_index(struct txn *txn, enum record record, struct span path,
    const struct record_value *value, struct span id, bool present)
{
	struct span key = record_key(txn_arena(txn), record, path, value, id);

	if (key.n == 0)
		txn_fail(txn, FAULT_BAD_VALUE, "the name of a field is longer than %d bytes",
		    PATH_BYTES_MAX);
	else if (present)
		table_put(txn, TABLE_INDEX, key, SPAN(""));
	else
		table_del(txn, TABLE_INDEX, key);
}

/* Calls of one equality: the ids behind the term. */
struct found {
	struct arena *arena;
	struct span *ids;
	size_t n, max;
	bool grows;
};

static bool
found_add(struct found *found, struct span id)
{
	if (found->grows)
		found->ids = arena_grow(found->arena, found->ids, found->n, &found->max,
		    sizeof *found->ids);
	else if (found->n == found->max)
		return false;
	found->ids[found->n++] = arena_copy(found->arena, id);
	return true;
}

static void
find_value(struct txn *txn, char letter, struct span path,
    const struct record_value *value, struct found *found)
{
	struct walk *walk;
	struct keybuf term;
	struct span key;

	if (!put_head(&term, letter, path) || (found->n == found->max && !found->grows))
		return;
	put_value(&term, value, false);
	walk = walk_open(txn, TABLE_INDEX, key_span(&term), (struct span){ 0 }, false);
	while ((found->grows || found->n < found->max) && walk_next(walk, &key, NULL))
		found_add(found, (struct span){ key.p + term.n, key.n - term.n });
	walk_close(&walk);
}

/* "41" is an integer too, "041" and "+41" are only text. */
static bool
is_integer(struct span text, int64_t *number_r)
{
	char out[24];
	int n;

	if (text.n >= sizeof out || !text_integer(text, number_r))
		return false;
	n = snprintf(out, sizeof out, "%" PRId64, *number_r);
	return span_eq(text, (struct span){ out, (size_t)n });
}

size_t
record_values(struct span text, struct record_value values_r[2])
{
	values_r[0] = (struct record_value){ .type = RECORD_TEXT, .text = text };
	values_r[1] = (struct record_value){ .type = RECORD_INTEGER };
	return is_integer(text, &values_r[1].number) ? 2 : 1;
}

static void
find_text(struct txn *txn, enum record record, struct span path, struct span text,
    struct found *found)
{
	struct record_value values[2];
	size_t n = record_values(text, values);

	if (record_folded(record, path))
		values[0].text = text_fold(txn_arena(txn), text);
	for (size_t i = 0; i < n; i++)
		find_value(txn, record_letter(record), path, &values[i], found);
}

size_t
record_find(struct txn *txn, enum record record, struct span path, struct span value,
    struct span *ids, size_t max)
{
	struct found found = { txn_arena(txn), ids, 0, max, false };

	if (span_is(path, "id") || (record == RECORD_PROJECT && span_is(path, "key"))) {
		if (max > 0 && record_exists(txn, record, value))
			found_add(&found, value);
	} else {
		find_text(txn, record, path, value, &found);
	}
	return txn_ok(txn) ? found.n : 0;
}

/* Where the index tells of a record to which project it belongs. */
static struct span
project_path(enum record record)
{
	return record == RECORD_USER ? SPAN("projects") : SPAN("project");
}

bool
record_is_of(struct txn *txn, enum record record, struct span id, struct span project)
{
	const struct record_value value = { .type = RECORD_TEXT, .text = project };
	struct span key;

	if (project.n == 0)
		return true;
	if (record == RECORD_PROJECT)
		return span_eq(id, project);
	key = record_key(txn_arena(txn), record, project_path(record), &value, id);
	return key.n > 0 && table_has(txn, TABLE_INDEX, key);
}

/* The first id of the term that is not before this one; "" the first. False: there is none. */
static bool
leap(struct txn *txn, struct span term, struct span from, struct keybuf *id_r)
{
	struct keybuf start;
	struct walk *walk;
	struct span key;
	bool found;

	key_begin(&start);
	key_bytes(&start, term);
	key_bytes(&start, from);
	walk = walk_open(txn, TABLE_INDEX, term, key_span(&start), false);
	found = walk_next(walk, &key, NULL);
	if (found) {
		key_begin(id_r);
		key_bytes(id_r, (struct span){ key.p + term.n, key.n - term.n });
	}
	walk_close(&walk);
	return found;
}

bool
record_next_of(struct txn *txn, enum record record, struct json_object *projects,
    struct span after, struct span *id_r)
{
	struct arena *arena = txn_arena(txn);
	struct span from = after.n > 0 ? span_of(arena_join(arena, after, SPAN("\x01"), SPAN("")))
	                               : after;
	struct keybuf id;

	id_r->p = NULL;
	for (size_t i = 0; i < json_count(projects); i++) {
		const struct record_value of = { .type = RECORD_TEXT,
			.text = json_span(json_at(projects, i)) };
		struct span term = record_key(arena, record, project_path(record), &of, SPAN(""));

		if (term.n > 0 && leap(txn, term, from, &id) &&
		    (id_r->p == NULL || span_cmp(key_span(&id), *id_r) < 0))
			*id_r = key_keep(&id, arena);
	}
	return id_r->p != NULL;
}

/* Ids stand in one order behind every value: whoever stands behind both is found by leaping
 * from the one to the other, however many others stand behind either. */
static bool
find_both(struct txn *txn, struct span one, struct span other, struct found *found)
{
	struct keybuf id, also;
	struct span from = SPAN("");

	for (int leaps = 0; found->n < found->max; leaps++) {
		if (leaps == LEAPS_MAX)
			return false;
		if (!leap(txn, one, from, &id) || !leap(txn, other, key_span(&id), &also))
			break;
		if (span_eq(key_span(&id), key_span(&also))) {
			found_add(found, key_span(&id));
			key_bytes(&also, (struct span){ "", 1 }); /* behind this one */
		}
		from = key_span(&also);
	}
	return true;
}

size_t
record_find_of(struct txn *txn, enum record record, struct span path, struct span value,
    struct span project, struct span *ids, size_t max)
{
	struct found found = { txn_arena(txn), ids, 0, max, false };
	const struct record_value of = { .type = RECORD_TEXT, .text = project };
	struct record_value values[2];
	struct span term, other;
	size_t n;

	if (project.n == 0)
		return record_find(txn, record, path, value, ids, max);
	if (span_is(path, "id") || record == RECORD_PROJECT) {
		n = record_find(txn, record, path, value, ids, max);
		return n > 0 && record_is_of(txn, record, ids[0], project) ? n : 0;
	}
	n = record_values(value, values);
	other = record_key(found.arena, record, project_path(record), &of, SPAN(""));
	for (size_t i = 0; i < n && txn_ok(txn); i++) {
		term = record_key(found.arena, record, path, &values[i], SPAN(""));
		if (term.n > 0 && !find_both(txn, term, other, &found))
			txn_fail(txn, FAULT_TOO_MUCH_WORK, "too many %ss have the same %s, to find "
			    "those of project %.*s among them", record_name(record),
			    arena_string(found.arena, path), (int)project.n, project.p);
	}
	return txn_ok(txn) ? found.n : 0;
}

size_t
record_find_all(struct txn *txn, enum record record, struct span path, struct span text,
    struct span **ids_r)
{
	struct found found = { .arena = txn_arena(txn), .grows = true };

	find_text(txn, record, path, text, &found);
	*ids_r = found.ids;
	return found.n;
}

void
record_index_author(struct txn *txn, struct span author, struct span target, bool present)
{
	struct span key = record_author_key(txn_arena(txn), author, target);

	if (present)
		table_add(txn, TABLE_INDEX, key, SPAN(""));
	else
		table_del(txn, TABLE_INDEX, key);
}

size_t
record_find_authored(struct txn *txn, struct span author, struct span **targets_r)
{
	struct found found = { .arena = txn_arena(txn), .grows = true };
	struct record_value value = { .type = RECORD_TEXT,
		.text = text_fold(found.arena, author) };

	find_value(txn, AUTHOR_LETTER, SPAN("author"), &value, &found);
	*targets_r = found.ids;
	return found.n;
}

struct record_walk {
	struct txn *txn;
	struct walk *rows;
	size_t head;           /* bytes before the type letter */
	struct span low, high; /* as they begin a key; empty: open */
	bool low_open, high_open, backwards;
	struct span after;     /* key that the walk goes on behind */
};

static struct span
bound(struct arena *arena, const struct record_range *range, struct keybuf *head,
    const struct record_value *value)
{
	struct record_value folded;
	struct span whole;
	size_t n = head->n;

	if (value == NULL)
		return (struct span){ NULL, 0 };
	folded = *value;
	if (value->type == RECORD_TEXT && record_folded(range->record, range->path))
		folded.text = text_fold(arena, value->text);
	put_value(head, &folded, range->prefix);
	whole = key_keep(head, arena);
	head->n = n;
	return whole;
}

/* Just behind every key that begins so: no id begins with the byte 255. */
static struct span
beyond(struct arena *arena, struct span begin)
{
	return (struct span){ arena_join(arena, begin, SPAN("\xff"), SPAN("")), begin.n + 1 };
}

static struct span
walk_start(struct arena *arena, const struct record_walk *walk)
{
	if (walk->after.n > 0)
		return walk->after;
	if (!walk->backwards)
		return walk->low.n > 0 && walk->low_open ? beyond(arena, walk->low) : walk->low;
	return walk->high.n > 0 && !walk->high_open ? beyond(arena, walk->high) : walk->high;
}

static double
estimate(struct txn *txn, const struct record_range *range)
{
	struct arena *arena = txn_arena(txn);
	const struct record_value *typed = range->low != NULL ? range->low : range->high;
	struct span from, to, high;
	struct keybuf head;

	if (!put_head(&head, record_letter(range->record), range->path))
		return 0;
	from = bound(arena, range, &head, range->low);
	high = range->prefix ? from : bound(arena, range, &head, range->high);
	if (typed != NULL)
		key_letter(&head, type_letters[typed->type]);
	if (from.n == 0)
		from = key_keep(&head, arena);
	to = beyond(arena, high.n > 0 ? high : key_span(&head));
	return table_between(txn, TABLE_INDEX, from, to);
}

struct record_walk *
record_walk_open(struct txn *txn, const struct record_range *range, struct span after)
{
	struct arena *arena = txn_arena(txn);
	struct record_walk *walk = arena_alloc(arena, sizeof *walk);
	const struct record_value *typed = range->low != NULL ? range->low : range->high;
	struct span start, prefix;
	struct keybuf head;

	*walk = (struct record_walk){ .txn = txn, .backwards = range->backwards,
		.low_open = range->low_open, .high_open = range->high_open };
	if (!put_head(&head, record_letter(range->record), range->path))
		return walk;
	walk->head = head.n;
	walk->after = arena_copy(arena, after);
	walk->low = bound(arena, range, &head, range->low);
	walk->high = range->prefix ? walk->low : bound(arena, range, &head, range->high);
	if (range->prefix)
		walk->low_open = walk->high_open = false;
	if (typed != NULL)
		key_letter(&head, type_letters[typed->type]);
	prefix = key_keep(&head, arena);
	start = walk_start(arena, walk);
	walk->rows = walk_open(txn, TABLE_INDEX, prefix, start, walk->backwards);
	return walk;
}

static bool
begins(struct span key, struct span with)
{
	return key.n >= with.n && memcmp(key.p, with.p, with.n) == 0;
}

/* -1 before the range, 0 in it, 1 behind it. */
static int
place(const struct record_walk *walk, struct span key)
{
	if (walk->low.n > 0) {
		bool equal = begins(key, walk->low);

		if ((equal && walk->low_open) || (!equal && span_cmp(key, walk->low) < 0))
			return -1;
	}
	if (walk->high.n > 0) {
		bool equal = begins(key, walk->high);

		if ((equal && walk->high_open) || (!equal && span_cmp(key, walk->high) > 0))
			return 1;
	}
	return 0;
}

bool
record_walk_next(struct record_walk *walk, struct span *id_r, struct record_value *value_r,
    struct span *position_r)
{
	struct span key;

	while (walk->rows != NULL && walk_next(walk->rows, &key, NULL)) {
		int where = place(walk, key);

		if (where == (walk->backwards ? -1 : 1))
			return false;
		if (where != 0 || (walk->after.n > 0 && span_eq(key, walk->after)))
			continue;
		*position_r = key;
		*id_r = split(txn_arena(walk->txn),
		    (struct span){ key.p + walk->head, key.n - walk->head }, value_r);
		return true;
	}
	return false;
}

void
record_walk_close(struct record_walk **walk)
{
	if ((*walk)->rows != NULL)
		walk_close(&(*walk)->rows);
	*walk = NULL;
}

double
record_range_rows(struct txn *txn, const struct record_range *range)
{
	struct record_walk *walk = record_walk_open(txn, range, SPAN(""));
	struct span id, position;
	size_t n = 0;

	while (n < RECORD_FEW && record_walk_next(walk, &id, NULL, &position))
		n++;
	record_walk_close(&walk);
	return n < RECORD_FEW ? (double)n : fmax(estimate(txn, range), RECORD_FEW);
}

struct record_runs {
	struct txn *txn;
	struct walk *rows;
	size_t head;        /* bytes before the type letter */
	size_t same;        /* bytes of the last value, with its end mark */
	char last[KEY_MAX];
};

/* The value of the key, whose head is off, is the next ones' to compare with. */
static void
keep_value(struct record_runs *runs, struct span rest, struct record_value *value_r)
{
	runs->same = rest.n - split(txn_arena(runs->txn), rest, value_r).n;
	memcpy(runs->last, rest.p, runs->same);
}

struct record_runs *
record_runs_open(struct txn *txn, enum record record, struct span path)
{
	struct arena *arena = txn_arena(txn);
	struct record_runs *runs = arena_alloc(arena, sizeof *runs);
	struct keybuf head;

	runs->txn = txn;
	if (!put_head(&head, record_letter(record), path))
		return runs;
	runs->head = head.n;
	runs->rows = walk_open_bulk(txn, TABLE_INDEX, key_span(&head), SPAN(""));
	return runs;
}

bool
record_runs_next(struct record_runs *runs, struct span *id_r, bool *fresh_r,
    struct record_value *value_r)
{
	struct span key, rest;

	if (runs->rows == NULL || !walk_next(runs->rows, &key, NULL))
		return false;
	rest = (struct span){ key.p + runs->head, key.n - runs->head };
	*fresh_r = runs->same == 0 || rest.n < runs->same ||
	    memcmp(rest.p, runs->last, runs->same) != 0;
	if (*fresh_r)
		keep_value(runs, rest, value_r);
	*id_r = (struct span){ rest.p + runs->same, rest.n - runs->same };
	return true;
}

void
record_runs_close(struct record_runs **runs)
{
	if ((*runs)->rows != NULL)
		walk_close(&(*runs)->rows);
	*runs = NULL;
}

bool
record_path_next(struct txn *txn, enum record record, struct span after,
    struct span *path_r)
{
	char letter = record_letter(record);
	struct walk *walk;
	struct span key, id;
	struct keybuf from;
	bool found;

	if (!put_head(&from, letter, after))
		return false;
	from.p[from.n - 1] = 1; /* behind its NUL */
	walk = walk_open(txn, TABLE_INDEX, (struct span){ &letter, 1 }, key_span(&from), false);
	found = walk_next(walk, &key, NULL) && record_key_read(key, &letter, &key, &id);
	if (found)
		*path_r = arena_copy(txn_arena(txn), key);
	walk_close(&walk);
	return found;
}
