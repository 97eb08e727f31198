/* SPDX-License-Identifier: ISC */
#include "community/search.h"

#include "base/json.h"
#include "base/text.h"
#include "community/group.h"
#include "record/doc_check.h"
#include "store/key.h"
#include "store/store.h"

#include <string.h>

#define EXACT_MAX 30  /* hits by a whole value */
#define FEW 10        /* a value that more have names nobody: it is for filters */
#define PATHS_MAX 300 /* fields that are looked up: a seek each */
#define WORDS_MAX 16

/* Where it looks, one after the other. */
enum stage {
	BY_VALUE = 'v',    /* what was found when it began */
	BY_ADDRESS = 'a',
	BY_WORD = 'w',     /* by the word that the fewest names have */
	BY_PROJECT = 'p',  /* instead of both: whoever belongs to one project after the other */
	AT_END = 'z',
};

struct search {
	struct arena *arena;
	struct search_ask ask;
	struct span address;         /* folded; "" what was typed is no beginning of one */
	struct span words[WORDS_MAX];
	size_t word_count;
	struct span exact[EXACT_MAX]; /* ids */
	size_t exact_count;
	bool partial;
	bool by_project;
	size_t word;                 /* that is walked by */

	enum stage stage;
	size_t item;                 /* of exact, or of the projects */
	struct keybuf at;            /* of the walk: a key of the index; empty: its beginning */
	struct keybuf position;
};

/* ---- what was typed */

static bool
read_words(struct txn *txn, struct search *search)
{
	struct span rest = text_fold(search->arena, search->ask.text), word;

	while (text_word(&rest, &word)) {
		if (search->word_count == WORDS_MAX)
			return txn_fail(txn, FAULT_USAGE, "at most %d words are looked for", WORDS_MAX);
		search->words[search->word_count++] = word;
	}
	return true;
}

static bool
is_exact(const struct search *search, struct span id)
{
	for (size_t i = 0; i < search->exact_count; i++)
		if (span_eq(search->exact[i], id))
			return true;
	return false;
}

static void
add_exact(struct search *search, struct span id)
{
	if (is_exact(search, id))
		return;
	if (search->exact_count == EXACT_MAX)
		search->partial = true;
	else
		search->exact[search->exact_count++] = arena_copy(search->arena, id);
}

static void
find_value(struct txn *txn, struct search *search, struct span path, struct span text)
{
	struct span ids[FEW + 1];
	size_t n = record_find(txn, search->ask.record, path, text, ids, FEW + 1);

	for (size_t i = 0; i < n && n <= FEW; i++)
		add_exact(search, ids[i]);
}

/* Keys of other systems are typed in any case, and mostly stand in capitals. */
static struct span
upper(struct arena *arena, struct span text)
{
	char *copy = arena_string(arena, text);

	for (char *p = copy; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return (struct span){ copy, text.n };
}

/* Every field of their own that records have, and every value of external data. */
static void
find_fields(struct txn *txn, struct search *search, const char *begins)
{
	struct span path = span_of(begins), text = search->ask.text;
	struct span capitals = upper(search->arena, text);
	int n = 0;

	/* Just before the first of them. */
	path.n--;
	while (record_path_next(txn, search->ask.record, path, &path) && txn_ok(txn)) {
		if (!span_starts(path, begins))
			break;
		if (group_path_is_hidden(txn, path))
			continue;
		if (n++ == PATHS_MAX) {
			search->partial = true;
			break;
		}
		find_value(txn, search, path, text);
		if (!span_eq(capitals, text))
			find_value(txn, search, path, capitals);
	}
}

static void
find_exact(struct txn *txn, struct search *search)
{
	struct span id = search->ask.text;

	if (id.p[0] == '#') {
		id.p++;
		id.n--;
	}
	find_value(txn, search, SPAN("id"), id);
	if (search->ask.record == RECORD_USER) {
		find_value(txn, search, SPAN("email"), search->ask.text);
		find_value(txn, search, SPAN("username"), search->ask.text);
	}
	find_fields(txn, search, "data.");
	find_fields(txn, search, "fields.");
}

/* ---- where it looks */

static struct record_range
range_of(const struct search *search, const char *path, struct record_value *value,
    struct span text, bool prefix)
{
	*value = (struct record_value){ .type = RECORD_TEXT, .text = text };
	return (struct record_range){ .record = search->ask.record, .path = span_of(path),
		.low = value, .high = value, .prefix = prefix };
}

static struct span
project_at(const struct search *search, size_t i)
{
	return json_span(json_at(search->ask.projects, i));
}

static const char *
project_path(const struct search *search)
{
	return search->ask.record == RECORD_USER ? "projects" : "project";
}

static double
rows_of(struct txn *txn, const struct search *search, const char *path, struct span text,
    bool prefix)
{
	struct record_value value;
	struct record_range range = range_of(search, path, &value, text, prefix);

	return record_range_rows(txn, &range);
}

/* The fewest rows to look at. */
static void
plan(struct txn *txn, struct search *search)
{
	double fewest = 0, others = 0, rows;

	for (size_t i = 0; i < search->word_count; i++) {
		rows = rows_of(txn, search, RECORD_WORDS, search->words[i], true);
		if (i == 0 || rows < fewest) {
			fewest = rows;
			search->word = i;
		}
	}
	if (search->address.n > 0)
		fewest += rows_of(txn, search, "email", search->address, true);
	for (size_t i = 0; i < json_count(search->ask.projects); i++)
		others += rows_of(txn, search, project_path(search), project_at(search, i), false);
	search->by_project = search->ask.projects != NULL && others < fewest;
}

struct search *
search_new(struct txn *txn, struct arena *arena, const struct search_ask *ask)
{
	struct search *search = arena_alloc(arena, sizeof *search);

	search->arena = arena;
	search->ask = *ask;
	search->ask.text = arena_copy(arena, text_strip(ask->text));
	search->stage = BY_VALUE;
	if (search->ask.text.n == 0 || search->ask.text.n > SEARCH_TEXT_MAX) {
		txn_fail(txn, FAULT_USAGE, "what is looked for must be 1 to %d bytes of text",
		    SEARCH_TEXT_MAX);
		return NULL;
	}
	if (!read_words(txn, search))
		return NULL;
	if (ask->record == RECORD_USER && memchr(search->ask.text.p, ' ', search->ask.text.n) == NULL)
		search->address = text_fold(arena, search->ask.text);
	find_exact(txn, search);
	plan(txn, search);
	return txn_ok(txn) ? search : NULL;
}

static void
set_position(struct search *search)
{
	key_begin(&search->position);
	key_letter(&search->position, (char)search->stage);
	key_unsigned(&search->position, search->stage == BY_WORD ? search->word : search->item);
	key_bytes(&search->position, key_span(&search->at));
}

struct span
search_position(const struct search *search)
{
	return key_span(&search->position);
}

bool
search_after(struct search *search, struct span position)
{
	char letter = position.n > 0 ? position.p[0] : '\0';
	struct span rest = { position.p + 1, position.n - 1 };
	uint64_t item;

	if (letter == '\0' || strchr("vawpz", letter) == NULL || !key_take_unsigned(&rest, &item) ||
	    rest.n > KEY_MAX || (letter == BY_WORD && item > 0 && item >= search->word_count) ||
	    item > SIZE_MAX / 2)
		return false;
	search->stage = (enum stage)letter;
	search->item = letter == BY_WORD ? 0 : (size_t)item;
	if (letter == BY_WORD)
		search->word = (size_t)item;
	key_begin(&search->at);
	key_bytes(&search->at, rest);
	return true;
}

/* ---- what fits */

static bool
begins(struct span text, struct span with)
{
	return text.n >= with.n && memcmp(text.p, with.p, with.n) == 0;
}

static bool
has_address(struct txn *txn, const struct search *search, struct json_object *doc)
{
	return search->address.n > 0 && begins(text_fold(txn_arena(txn), json_string(doc, "email")),
	    search->address);
}

/* Every word that was typed begins one of its own. *first_r: the least of those that begin like
 * the one that is walked by, where the record is told. */
static bool
has_words(struct txn *txn, const struct search *search, struct json_object *doc,
    struct span *first_r)
{
	struct span *words;
	size_t n = record_words(txn_arena(txn), search->ask.record, doc, &words);

	*first_r = (struct span){ NULL, 0 };
	for (size_t i = 0; i < search->word_count; i++) {
		bool found = false;

		for (size_t k = 0; k < n; k++) {
			if (!begins(words[k], search->words[i]))
				continue;
			found = true;
			if (i == search->word && (first_r->p == NULL || span_cmp(words[k], *first_r) < 0))
				*first_r = words[k];
		}
		if (!found)
			return false;
	}
	return search->word_count > 0;
}

/* It belongs to an earlier one of the projects, with which it was told. */
static bool
was_told(const struct search *search, struct json_object *doc)
{
	for (size_t i = 0; i < search->item; i++)
		if (search->ask.record == RECORD_USER
		    ? doc_list_has(json_get(doc, "projects"), project_at(search, i))
		    : span_eq(json_string(doc, "project"), project_at(search, i)))
			return true;
	return false;
}

static bool
fits(struct txn *txn, const struct search *search, struct span id, struct span word,
    struct json_object *doc)
{
	struct span first;

	if (doc == NULL || is_exact(search, id))
		return false;
	switch (search->stage) {
	case BY_ADDRESS:
		return true;
	case BY_WORD:
		return !has_address(txn, search, doc) && has_words(txn, search, doc, &first) &&
		    span_eq(first, word);
	case BY_PROJECT:
		return !was_told(search, doc) && (has_address(txn, search, doc) ||
		    has_words(txn, search, doc, &first));
	default:
		return false;
	}
}

/* ---- the walk */

static void
next_stage(struct search *search, enum stage stage)
{
	search->stage = stage;
	search->item = 0;
	key_begin(&search->at);
}

/* The next row of this range that fits; false at its end. */
static bool
next_row(struct txn *txn, struct search *search, const struct record_range *range,
    enum search_step *step_r, struct json_object **doc_r)
{
	struct record_walk *walk = record_walk_open(txn, range, key_span(&search->at));
	struct record_value value;
	struct span id, key;
	bool found = record_walk_next(walk, &id, &value, &key);

	if (found) {
		id = arena_copy(txn_arena(txn), id);
		value.text = arena_copy(txn_arena(txn), value.text);
		key_begin(&search->at);
		key_bytes(&search->at, key);
	}
	record_walk_close(&walk);
	if (!found)
		return false;
	*doc_r = record_load(txn, search->ask.record, id);
	*step_r = fits(txn, search, id, value.text, *doc_r) ? SEARCH_HIT : SEARCH_LOOKED;
	return true;
}

static bool
look(struct txn *txn, struct search *search, enum search_step *step_r,
    struct json_object **doc_r)
{
	struct record_value value;
	struct record_range range;

	switch (search->stage) {
	case BY_VALUE:
		if (search->item >= search->exact_count) {
			next_stage(search, search->by_project ? BY_PROJECT : BY_ADDRESS);
			return true;
		}
		*doc_r = record_load(txn, search->ask.record, search->exact[search->item++]);
		if (*doc_r != NULL)
			*step_r = SEARCH_HIT;
		return true;
	case BY_ADDRESS:
		range = range_of(search, "email", &value, search->address, true);
		if (search->address.n == 0 || !next_row(txn, search, &range, step_r, doc_r))
			next_stage(search, BY_WORD);
		return true;
	case BY_WORD:
		if (search->word_count == 0)
			return false;
		range = range_of(search, RECORD_WORDS, &value, search->words[search->word], true);
		return next_row(txn, search, &range, step_r, doc_r);
	case BY_PROJECT:
		if (search->item >= json_count(search->ask.projects))
			return false;
		range = range_of(search, project_path(search), &value,
		    project_at(search, search->item), false);
		if (!next_row(txn, search, &range, step_r, doc_r)) {
			search->item++;
			key_begin(&search->at);
		}
		return true;
	case AT_END:
		break;
	}
	return false;
}

enum search_step
search_step(struct txn *txn, struct search *search, struct json_object **doc_r)
{
	enum search_step step = SEARCH_LOOKED;

	*doc_r = NULL;
	if (!look(txn, search, &step, doc_r))
		next_stage(search, AT_END);
	set_position(search);
	return !txn_ok(txn) || search->stage == AT_END ? SEARCH_END : step;
}

bool
search_is_partial(const struct search *search)
{
	return search->partial;
}
