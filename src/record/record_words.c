/* SPDX-License-Identifier: ISC */
/* The words of names and titles: of one document, and of all that a store has. */
#include "record/record_private.h"

#include "base/json.h"
#include "base/log.h"
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
#define WORDS_ALL SPAN("all")

/* Users are done first, both by their ids. */
struct done {
	enum record record;
	struct span id; /* the last one; "" none of this record */
	bool all;
};

static struct done
load_done(struct txn *txn)
{
	struct done done = { .record = RECORD_USER, .id = SPAN("") };
	struct span mark;

	if (!table_get(txn, TABLE_META, WORDS_MARK, &mark))
		return done;
	done.all = span_eq(mark, WORDS_ALL);
	if (mark.p[0] != record_letter(RECORD_USER))
		done.record = RECORD_FEEDBACK;
	if (!done.all)
		done.id = arena_copy(txn_arena(txn), (struct span){ mark.p + 1, mark.n - 1 });
	return done;
}

static void
save_done(struct txn *txn, const struct done *done)
{
	struct keybuf mark;

	key_begin(&mark);
	key_letter(&mark, record_letter(done->record));
	key_bytes(&mark, done->id);
	table_put(txn, TABLE_META, WORDS_MARK, done->all ? WORDS_ALL : key_span(&mark));
}

/* Estimates. */
static int
percent_of(struct txn *txn, const struct done *done)
{
	double users = (double)table_rows(txn, TABLE_USER), rows = users +
	    (double)table_rows(txn, TABLE_FEEDBACK);
	double before = done->record == RECORD_USER ? 0 : users;

	if (done->id.n > 0)
		before += table_between(txn, done->record == RECORD_USER ? TABLE_USER
		    : TABLE_FEEDBACK, SPAN(""), done->id);
	return done->all ? 100 : rows <= 0 || before <= 0 ? 0
	    : before >= rows ? 99 : (int)(before * 100 / rows);
}

static void
tell(struct txn *txn, const struct done *before, const struct done *done)
{
	int was = percent_of(txn, before), is = percent_of(txn, done);

	if (done->all)
		log_line(LOG_LEVEL_INFO, "the words of all names and titles are in the index: search "
		    "finds by them");
	else if (before->record == RECORD_USER && before->id.n == 0)
		log_line(LOG_LEVEL_INFO, "the store is of an older version: the words of its names and "
		    "titles are put into the index now, and search finds by them as far as that is");
	else if (is / 10 > was / 10)
		log_line(LOG_LEVEL_INFO, "the words of names and titles are put into the index: %d %%",
		    is);
}

bool
record_index_words(struct txn *txn, size_t max)
{
	struct arena *arena = txn_arena(txn);
	struct done before = load_done(txn), done = before;
	struct arena_mark memory;
	struct walk *walk;
	struct keybuf last;
	struct span id, text;
	size_t n = 0;

	if (done.all || !txn_ok(txn))
		return false;
	key_begin(&last);
	walk = record_scan(txn, done.record, done.id);
	memory = arena_mark(arena);
	while (n < max && txn_ok(txn) && record_scan_next(walk, done.record, &id, &text)) {
		key_begin(&last);
		key_bytes(&last, id);
		add_words(txn, done.record, id, text);
		arena_rewind(arena, memory);
		n++;
	}
	walk_close(&walk);
	done.id = key_span(&last);
	if (n < max) {
		done.all = done.record == RECORD_FEEDBACK;
		done.record = RECORD_FEEDBACK;
		done.id = SPAN("");
	}
	save_done(txn, &done);
	/* What is done at once is not worth a word. */
	if (n == max || before.id.n > 0)
		tell(txn, &before, &done);
	return txn_ok(txn) && !done.all;
}

int
record_words_percent(struct txn *txn)
{
	struct done done = load_done(txn);

	return done.all ? 100 : percent_of(txn, &done);
}

bool
record_words_there(struct txn *txn, enum record record, struct span id)
{
	struct done done = load_done(txn);

	return done.all || (record == done.record ? span_cmp(id, done.id) <= 0
	    : record == RECORD_USER);
}
