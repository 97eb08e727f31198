/* SPDX-License-Identifier: ISC */
/*
 * Searches find what reading every record finds, in any portions, whatever was saved, changed,
 * dropped and undone before; the index has no word too few or too many, also when it was made
 * for a store that had none.
 */
#include "community/search.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/record_scratch.h"

#include <ctype.h>
#include <stdlib.h>

#define RECORDS 60
#define ROUNDS 40
#define KEYS_MAX 20000
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct scratch s;

static unsigned
dice(unsigned sides)
{
	static uint64_t state = 20261129;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(state >> 33) % sides;
}

static const char *const names[] = { "Ann", "anna", "ANNE", "Zo\xc3\xab", "Zoe", "\xc3\x85ke",
	"O'Brien", ("M\xc3\xbcller-L\xc3\xbc" "denscheid"), "x", "", "ann lee", "Lee  Ann\tLee", "7up",
	"Kyi_kyi", "zo\xc3\x89", "Zoe\xcc\x88" };
static const char *const queries[] = { "ann", "ANN", "anna", "an", "lee ann", "ann lee", "l a",
	"zo\xc3\xab", "zoe", "ZO\xc3\x8b", "\xc3\xa5ke", "brien", "o brien", "o'brien", "m\xc3\xbcller",
	"denscheid", "7", "7up", "kyi", "x", "1", "#12", "12", "u3@mail.example", "U3@MAIL", "u", "phn-7",
	"PHN-11", "user5", "mail", "example ann", "!", "ann ann", "nobody", "zoe\xcc\x88", "\xc3\xa5" };
static const char *const projects[] = { "phone", "watch", "book" };

static struct json_object *
a_record(struct arena *arena, enum record record, unsigned id)
{
	struct json_object *doc = json_new_object(arena), *list = json_new_array(arena);
	struct json_object *fields = json_new_object(arena);
	const char *first = names[dice(COUNT(names))], *last = names[dice(COUNT(names))];

	json_set_text(fields, dice(2) ? "jira" : "key", span_of(arena_printf(arena, "PHN-%u", dice(20))));
	json_set(doc, "fields", json_share(fields));
	if (record == RECORD_FEEDBACK) {
		json_set_text(doc, "project", span_of(projects[dice(3)]));
		json_set_text(doc, "title", span_of(arena_printf(arena, "%s %s %u", first, last,
		    dice(20))));
		return doc;
	}
	json_set_text(doc, "email", span_of(arena_printf(arena, "%s%u@%s.example", dice(2) ? "u" : "U",
	    id, dice(2) ? "mail" : "Mail")));
	json_set_text(doc, "firstName", span_of(first));
	if (dice(3))
		json_set_text(doc, "lastName", span_of(last));
	if (dice(4) == 0)
		json_set_text(doc, "username", span_of(arena_printf(arena, "User%u", id)));
	for (size_t i = 0; i < 3; i++)
		if (dice(2))
			json_append(list, json_share(json_new_text(arena, span_of(projects[i]))));
	json_set(doc, "projects", json_share(list));
	return doc;
}

/* A few changes, of which all are undone in the end, or none. */
static void
change(struct txn *txn, void *arg)
{
	struct arena *arena = txn_arena(txn);
	const bool *undone = arg;

	for (unsigned i = dice(30); i > 0; i--) {
		enum record record = dice(2) ? RECORD_USER : RECORD_FEEDBACK;
		unsigned number = dice(RECORDS);
		struct span id = span_of(arena_printf(arena, "%u", number));
		struct json_object *old = record_load(txn, record, id);

		if (dice(5) == 0) {
			record_drop(txn, record, id);
		} else if (old != NULL && dice(2)) {
			json_set_int(old, "score", dice(9));
			record_save(txn, record, id, old);
		} else {
			record_save(txn, record, id, a_record(arena, record, number));
		}
	}
	if (*undone)
		txn_fail(txn, FAULT_BUSY, "undone");
}

/* ---- the index */

static int
by_span(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static void
check_index(struct txn *txn, void *arg)
{
	struct arena *arena = txn_arena(txn);
	struct span *wanted = arena_alloc(arena, KEYS_MAX * sizeof *wanted), *keys, key, position;
	struct walk *walk = walk_open(txn, TABLE_INDEX, SPAN(""), SPAN(""), false);
	struct json_object *doc;
	size_t n = 0, i = 0, words = 0;

	for (enum record record = RECORD_USER; record <= RECORD_FEEDBACK; record++) {
		position = SPAN("");
		while ((doc = record_next(txn, record, position, &position)) != NULL) {
			size_t count = record_keys(arena, record, position, true, doc, &keys);

			for (size_t k = 0; k < count && n < KEYS_MAX; k++)
				wanted[n++] = keys[k];
		}
	}
	qsort(wanted, n, sizeof *wanted, by_span);
	while (walk_next(walk, &key, NULL) && i < n && span_eq(key, wanted[i])) {
		words += key.n > 7 && memcmp(key.p + 1, "words", 6) == 0;
		i++;
	}
	walk_close(&walk);
	ok(i == n && words > 0, "%s: the index says what the records say: %zu keys, %zu of words",
	    (const char *)arg, n, words);
}

/* ---- the same by reading all */

/* ASCII as it is, and all else is a letter: no other character of these texts stands between
 * words. */
static bool
next_plain(struct span *rest, struct span *word_r)
{
	*word_r = (struct span){ rest->p, 0 };
	while (rest->n > 0) {
		unsigned char c = (unsigned char)*rest->p;
		bool letter = c >= 0x80 || isalnum(c);

		if (!letter && word_r->n > 0)
			break;
		rest->p++;
		rest->n--;
		if (letter)
			word_r->n++;
		else
			word_r->p = rest->p;
	}
	return word_r->n > 0;
}

static bool
begins(struct span text, struct span with)
{
	return text.n >= with.n && memcmp(text.p, with.p, with.n) == 0;
}

static bool
has_word(struct arena *arena, struct json_object *doc, struct span word)
{
	static const char *const members[] = { "firstName", "lastName", "username", "title" };

	for (size_t i = 0; i < COUNT(members); i++) {
		struct span rest = text_fold(arena, json_string(doc, members[i])), own;

		while (next_plain(&rest, &own))
			if (begins(own, word))
				return true;
	}
	return false;
}

/* How many have this text in this field. */
static size_t
sharing(struct txn *txn, enum record record, const char *field, struct span text)
{
	struct span position = SPAN("");
	struct json_object *doc;
	size_t n = 0;

	while ((doc = record_next(txn, record, position, &position)) != NULL)
		n += span_eq(json_string(json_get(doc, "fields"), field), text);
	return n;
}

static bool
is_meant(struct txn *txn, enum record record, struct span id, struct json_object *doc,
    const char *query)
{
	static const char *const fields[] = { "jira", "key" };
	struct arena *arena = txn_arena(txn);
	struct span text = span_of(query), folded = text_fold(arena, text), rest = folded, word;
	char *upper = arena_string(arena, text);
	bool all = false;

	for (char *p = upper; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	if (span_eq(id, text.p[0] == '#' ? span_of(text.p + 1) : text))
		return true;
	for (size_t i = 0; i < COUNT(fields); i++) {
		struct span own = json_string(json_get(doc, "fields"), fields[i]);

		if (own.n > 0 && (span_eq(own, text) || span_is(own, upper)) &&
		    sharing(txn, record, fields[i], own) <= 10)
			return true;
	}
	if (record == RECORD_USER && (begins(text_fold(arena, json_string(doc, "email")), folded) ||
	    span_eq(text_fold(arena, json_string(doc, "username")), folded)))
		return true;
	while (next_plain(&rest, &word)) {
		all = has_word(arena, doc, word);
		if (!all)
			return false;
	}
	return all;
}

static bool
is_of(enum record record, struct json_object *doc, struct json_object *of)
{
	if (of == NULL)
		return true;
	for (size_t i = 0; i < json_count(of); i++)
		if (record == RECORD_USER
		    ? doc_list_has(json_get(doc, "projects"), json_span(json_at(of, i)))
		    : span_eq(json_string(doc, "project"), json_span(json_at(of, i))))
			return true;
	return false;
}

static void
compare(struct txn *txn, enum record record, const char *query, struct json_object *of)
{
	struct arena *arena = txn_arena(txn);
	const struct search_ask ask = { .record = record, .text = span_of(query), .projects = of };
	struct search *search = search_new(txn, arena, &ask);
	bool found[RECORDS] = { false }, twice = false;
	struct span position = SPAN("");
	struct json_object *doc;
	enum search_step step;
	size_t wrong = 0, hits = 0;

	while (search != NULL && (step = search_step(txn, search, &doc)) != SEARCH_END) {
		if (step == SEARCH_HIT && is_of(record, doc, of)) {
			int id = atoi(arena_string(arena, json_string(doc, "id")));

			twice = twice || found[id];
			found[id] = true;
			hits++;
		}
		/* As if it were another call. */
		if (dice(3) == 0) {
			struct span at = arena_copy(arena, search_position(search));

			search = search_new(txn, arena, &ask);
			if (search != NULL && !search_after(search, at))
				search = NULL;
		}
	}
	while ((doc = record_next(txn, record, position, &position)) != NULL) {
		bool meant = is_of(record, doc, of) && is_meant(txn, record, position, doc, query);

		wrong += meant != found[atoi(arena_string(arena, position))];
	}
	ok(search != NULL && wrong == 0 && !twice, "%s \"%s\"%s: %zu", record_name(record), query,
	    of != NULL ? " of some projects" : "", hits);
}

static void
compare_all(struct txn *txn, void *arg)
{
	struct arena *arena = txn_arena(txn);
	const unsigned *round = arg;

	for (size_t i = *round % 3; i < COUNT(queries); i += 3)
		for (enum record record = RECORD_USER; record <= RECORD_FEEDBACK; record++) {
			struct json_object *of = json_new_array(arena);

			compare(txn, record, queries[i], NULL);
			json_append(of, json_share(json_new_text(arena, span_of(projects[dice(3)]))));
			compare(txn, record, queries[i], of);
			json_append(of, json_share(json_new_text(arena, span_of(projects[dice(3)]))));
			compare(txn, record, queries[i], of);
		}
}

/* ---- a store of an older version */

static void
forget_words(struct txn *txn, void *arg)
{
	static const char *const prefixes[] = { "uwords", "fwords" };
	const char *mark = arg;

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		struct span prefix = { prefixes[i], 7 }, key;
		struct walk *walk = walk_open(txn, TABLE_INDEX, prefix, SPAN(""), false);

		while (walk_next(walk, &key, NULL))
			table_del(txn, TABLE_INDEX, arena_copy(txn_arena(txn), key));
		walk_close(&walk);
	}
	if (*mark == '\0')
		table_del(txn, TABLE_META, SPAN("words"));
	else
		table_put(txn, TABLE_META, SPAN("words"), span_of(mark));
}

/* ---- what cannot be asked */

static void
ask_badly(struct txn *txn, void *arg)
{
	struct search_ask ask = { .record = RECORD_USER, .text = SPAN("ann") };
	struct search *search = search_new(txn, txn_arena(txn), &ask);
	static const char *const positions[] = { "", "q", "v", "w1234567", "w\xff\xff\xff\xff\xff\xff\xff\xff" };
	/* Told when there were more, or told by nobody. */
	static const char *const beyond[] = { "v\0\0\0\0\0\0\0\35", "v\0\0\0\0\0\0\2\0",
		"v\0\0\0\0\0\0\100\0", "v\77\377\377\377\377\377\377\377" };
	static const char typed[] = "a b c d e f g h i j k l m n o p q";
	struct json_object *doc;
	int steps;
	char many[300];

	(void)arg;
	for (size_t i = 0; i < COUNT(positions); i++)
		ok(!search_after(search, span_of(positions[i])), "position %zu", i);
	ok(search_after(search, (struct span){ "p\0\0\0\0\0\0\0\7x", 10 }) &&
	    search_step(txn, search, &doc) == SEARCH_END, "a project that is none");
	for (size_t i = 0; i < COUNT(beyond); i++) {
		steps = 0;
		ok(search_after(search, (struct span){ beyond[i], 9 }), "behind all that is so by a value");
		while (search_step(txn, search, &doc) != SEARCH_END && steps < 1000)
			steps++;
		ok(steps < 1000, "is the end of these");
	}
	ok(search_after(search, (struct span){ "w\0\0\0\0\0\0\0\0elsewhere", 18 }), "a strange key");
	for (int i = 0; i < 1000 && search_step(txn, search, &doc) != SEARCH_END; i++)
		continue;
	memset(many, 'a', sizeof many);
	ask.text = (struct span){ many, sizeof many };
	ok(search_new(txn, txn_arena(txn), &ask) == NULL && txn_error(txn)->fault == FAULT_USAGE,
	    "too long");
	error_clear(txn_error(txn));
	ask.text = span_of(typed);
	ok(search_new(txn, txn_arena(txn), &ask) == NULL && txn_error(txn)->fault == FAULT_USAGE,
	    "too many words");
	error_clear(txn_error(txn));
	ask.text = SPAN(" ");
	ok(search_new(txn, txn_arena(txn), &ask) == NULL && txn_error(txn)->fault == FAULT_USAGE,
	    "nothing");
	error_clear(txn_error(txn));
}

static void
index_some(struct txn *txn, void *more)
{
	*(bool *)more = record_index_words(txn, 7);
}

/* In transactions of few records each. False: it does not come to an end. */
static bool
index_all(void)
{
	bool more = true;
	int left = 10000;

	while (more && left-- > 0)
		scratch_run(&s, STORE_WRITE, index_some, &more);
	return !more;
}

int
main(void)
{
	static const char *const marks[] = { "", "u" };

	if (!scratch_open(&s))
		return 99;
	ok(index_all(), "an empty store");
	for (unsigned i = 0; i < ROUNDS; i++) {
		bool undone = i > 2 && dice(4) == 0;

		error_clear(&s.error);
		(void)store_run(s.store, STORE_WRITE, s.arena, change, &undone, &s.error);
		arena_reset(s.arena);
		scratch_run(&s, STORE_READ, check_index, (void *)(uintptr_t)(undone
		    ? "what was undone" : "changes"));
		scratch_run(&s, STORE_READ, compare_all, &i);
	}
	for (size_t i = 0; i < 2; i++) {
		scratch_run(&s, STORE_WRITE, forget_words, (void *)(uintptr_t)marks[i]);
		ok(index_all(), "a store of an older version");
		scratch_run(&s, STORE_READ, check_index, (void *)(uintptr_t)"made anew");
	}
	scratch_run(&s, STORE_READ, ask_badly, NULL);
	scratch_close(&s);
	return tap_done();
}
