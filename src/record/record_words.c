/* SPDX-License-Identifier: ISC */
/* The words of names and titles: of one document, and of all that a store has. */
#include "record/record_private.h"

#include "base/json.h"
#include "base/text.h"
#include "record/schema.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

size_t
record_words(struct arena *arena, enum record record, struct json_object *doc,
    struct span **words_r)
{
	struct span *words = NULL, text, word;
	size_t n = 0, size = 0;

	for (const struct member *m = schema_of_record(record); m->name != NULL; m++) {
		text = m->flags & MEMBER_WORDS ? json_string(doc, m->name) : SPAN("");
		if (text.n > 0)
			text = text_fold(arena, text);
		while (text_word(&text, &word)) {
			words = arena_grow(arena, words, n, &size, sizeof *words);
			words[n++] = word;
		}
	}
	*words_r = words;
	return n;
}

/* One record of a store that had no words yet: what others have put meanwhile stays. */
static void
add_words(struct txn *txn, enum record record, struct span id, struct span text)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *doc = json_load(arena, text);
	struct record_value value = { .type = RECORD_TEXT };
	struct span *words;
	size_t n = record_words(arena, record, doc, &words);

	for (size_t i = 0; i < n; i++) {
		value.text = words[i];
		table_put(txn, TABLE_INDEX, record_term(arena, record_letter(record),
		    SPAN(RECORD_WORDS), &value, id), SPAN(""));
	}
}

/* Row of TABLE_META: absent as long as nothing is done, then the letter of the record and the
 * id that was done last, then WORDS_ALL. */
#define WORDS_MARK SPAN("words")
#define TICKETS_NEXT SPAN("f")
#define WORDS_ALL SPAN("all")
#define WORDS_AT_ONCE 2000 /* records of one transaction */

static void
index_some(struct txn *txn, void *arg)
{
	struct arena *arena = txn_arena(txn);
	struct arena_mark memory;
	enum record record = RECORD_USER;
	struct span mark, id, text, last = SPAN("");
	struct walk *walk;
	bool *done = arg;
	int n = 0;

	if (table_get(txn, TABLE_META, WORDS_MARK, &mark)) {
		*done = span_eq(mark, WORDS_ALL);
		if (*done)
			return;
		record = mark.p[0] == record_letter(RECORD_USER) ? RECORD_USER : RECORD_FEEDBACK;
		last = (struct span){ mark.p + 1, mark.n - 1 };
	}
	last = arena_copy(arena, last);
	walk = record_scan(txn, record, last);
	memory = arena_mark(arena);
	while (n < WORDS_AT_ONCE && txn_ok(txn) && record_scan_next(walk, record, &id, &text)) {
		struct keybuf at;

		key_begin(&at);
		key_letter(&at, record_letter(record));
		key_bytes(&at, id);
		add_words(txn, record, id, text);
		arena_rewind(arena, memory);
		if (++n == WORDS_AT_ONCE)
			table_put(txn, TABLE_META, WORDS_MARK, key_span(&at));
	}
	walk_close(&walk);
	if (n < WORDS_AT_ONCE)
		table_put(txn, TABLE_META, WORDS_MARK, record == RECORD_USER ? TICKETS_NEXT
		    : WORDS_ALL);
}

bool
record_index_words(struct store *store, struct error *error)
{
	struct arena *arena = arena_new();
	bool done = false;

	while (!done && store_run(store, STORE_WRITE, arena, index_some, &done, error))
		arena_reset(arena);
	arena_free(&arena);
	return done;
}
