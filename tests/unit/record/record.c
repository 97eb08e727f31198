/* SPDX-License-Identifier: ISC */
#include "record/record.h"

#include "base/text.h"
#include "record/doc.h"
#include "record/record_scratch.h"

static const char ann[] = "{'id':'1','email':'Ann@Mail.example','username':'Ann','roles':[],"
    "'teams':['phone/vip','all'],'projects':['phone'],'score':-5,"
    "'ranks':[{'rank':'star','count':2,'points':4}],"
    "'fields':{'jira':'PHN-7','build':41,'paying':true,'ratio':1.5,'since':'2026-01-02T03:04:05Z'},"
    "'createdAt':'2026-01-01T00:00:00Z','notes':[{'at':'2026-01-01T00:00:00Z','text':'x',"
    "'author':'Jim@acme.example'}]}";

static void
save(struct txn *txn, enum record record, const char *id, const char *text)
{
	record_save(txn, record, span_of(id), doc_of(txn, text));
}

/* The ids found, joined by commas, at most `max`. */
static const char *
found(struct txn *txn, enum record record, const char *path, struct span value, size_t max)
{
	struct span ids[8];
	size_t n = record_find(txn, record, span_of(path), value, ids, max);
	char *text = arena_printf(txn_arena(txn), "%s", "");

	for (size_t i = 0; i < n; i++)
		text = arena_printf(txn_arena(txn), "%s%s%.*s", text, i > 0 ? "," : "",
		    (int)ids[i].n, ids[i].p);
	return text;
}

static void
test_find(struct txn *txn, void *arg)
{
	static const struct {
		const char *path, *value, *ids;
	} cases[] = {
		{ "id", "1", "1" },
		{ "id", "2", "" },
		{ "email", "ann@mail.example", "1" },
		{ "email", "ANN@MAIL.EXAMPLE", "1" },
		{ "email", "ann@mail.exampl", "" },
		{ "username", "aNN", "1" },
		{ "teams", "phone/vip", "1" },
		{ "teams", "all", "1" },
		{ "teams", "ALL", "" },
		{ "projects", "phone", "1" },
		{ "ranks", "star", "1" },
		{ "score", "-5", "1" },
		{ "fields.jira", "PHN-7", "1" },
		{ "fields.jira", "phn-7", "" },
		{ "fields.build", "41", "1" },
		{ "fields.build", "041", "" },
		{ "fields.build", "+41", "" },
		{ "fields.ratio", "1.5", "1" },
		{ "fields.since", "2026-01-02T03:04:05Z", "1" },
		{ "fields", "PHN-7", "" },
		{ "notes.author", "jim@ACME.example", "1" },
		{ "firstName", "Ann", "" },
	};

	(void)arg;
	save(txn, RECORD_USER, "1", ann);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_text(found(txn, RECORD_USER, cases[i].path, span_of(cases[i].value), 2),
		    cases[i].ids, arena_printf(txn_arena(txn), "find %s %s", cases[i].path,
		        cases[i].value));
	is_text(found(txn, RECORD_FEEDBACK, "fields.jira", SPAN("PHN-7"), 2), "",
	    "a ticket is not found among users");
	save(txn, RECORD_USER, "2", "{'email':'bob@mail.example','fields':{'build':'41'}}");
	save(txn, RECORD_USER, "3", "{'email':'cy@mail.example','fields':{'build':41}}");
	is_text(found(txn, RECORD_USER, "fields.build", SPAN("41"), 8), "2,1,3",
	    "text and integers of one value");
	is_text(found(txn, RECORD_USER, "fields.build", SPAN("41"), 2), "2,1",
	    "no more than asked for");
	is_text(text_of(txn, json_get(record_load(txn, RECORD_USER, SPAN("2")), "id")), "'2'",
	    "the id is written into the document");
}

static void
test_drop(struct txn *txn, void *arg)
{
	(void)arg;
	ok(rows_in(txn, TABLE_INDEX) > 0, "there are index rows");
	record_drop(txn, RECORD_USER, SPAN("1"));
	record_drop(txn, RECORD_USER, SPAN("2"));
	record_drop(txn, RECORD_USER, SPAN("3"));
	record_drop(txn, RECORD_USER, SPAN("4"));
	ok(rows_in(txn, TABLE_INDEX) == 0, "dropping leaves no index row");
	ok(!record_exists(txn, RECORD_USER, SPAN("1")), "and no record");
}

static void
test_change(struct txn *txn, void *arg)
{
	size_t rows;

	(void)arg;
	save(txn, RECORD_FEEDBACK, "7", "{'project':'phone','status':'Open','submitter':"
	    "'Ann@mail.example','followers':['a@x.example','B@x.example'],'blocking':false,"
	    "'fields':{'a':'1','b':'1'}}");
	rows = rows_in(txn, TABLE_INDEX);
	ok(rows == 8, "a row per term (%zu)", rows);
	save(txn, RECORD_FEEDBACK, "7", "{'project':'phone','status':'Closed','submitter':"
	    "'Ann@mail.example','followers':['b@x.example'],'blocking':true,"
	    "'fields':{'a':'1'}}");
	ok(rows_in(txn, TABLE_INDEX) == 6, "rows that nothing says any more are gone");
	is_text(found(txn, RECORD_FEEDBACK, "status", SPAN("Open"), 2), "", "not the old status");
	is_text(found(txn, RECORD_FEEDBACK, "status", SPAN("Closed"), 2), "7", "the new status");
	is_text(found(txn, RECORD_FEEDBACK, "followers", SPAN("b@X.example"), 2), "7",
	    "a follower");
	is_text(found(txn, RECORD_FEEDBACK, "submitter", SPAN("ann@mail.example"), 2), "7",
	    "the submitter");
	record_drop(txn, RECORD_FEEDBACK, SPAN("7"));
	ok(rows_in(txn, TABLE_INDEX) == 0, "nothing is left of it");
	ok(!table_has(txn, TABLE_TALLY, SPAN("7")), "no tally either");
}

static void
save_wide(struct txn *txn, void *arg)
{
	struct json_object *doc = json_new_object(txn_arena(txn));
	struct json_object *fields = json_new_object(txn_arena(txn));

	json_set(doc, "fields", json_share(fields));
	for (int i = 0; i < 300; i++)
		json_set_int(fields, arena_printf(txn_arena(txn), "field%d", i), 1);
	json_set_int(fields, "field7", *(int *)arg);
	record_save(txn, RECORD_FEEDBACK, SPAN("wide"), doc);
}

/* Bytes of log that this takes: 300 terms or two. */
static uint64_t
cost(struct scratch *s, int value)
{
	uint64_t before;

	store_flush(s->store, &s->error);
	before = store_written(s->store);
	scratch_run(s, STORE_WRITE, save_wide, &value);
	store_flush(s->store, &s->error);
	return store_written(s->store) - before;
}

static void
test_difference(struct scratch *s)
{
	uint64_t all = cost(s, 1), one = cost(s, 2), none = cost(s, 2);

	ok(one > 0 && one < all / 2, "one changed field writes little (%llu of %llu)",
	    (unsigned long long)one, (unsigned long long)all);
	ok(none == 0, "saving the same again writes nothing (%llu)", (unsigned long long)none);
}

static void
test_ids(struct txn *txn, void *arg)
{
	static const struct {
		const char *id;
		bool valid;
	} ids[] = { { "1", true }, { "A.b_c-9", true }, { "", false }, { ".a", false },
		{ "-", false }, { "a/b", false }, { "a b", false }, { "\xc3\xa4", false },
		{ "0123456789012345678901234567890123456789012345678901234567890123", true },
		{ "01234567890123456789012345678901234567890123456789012345678901234", false } };
	struct span id;

	(void)arg;
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		ok(record_id_valid(span_of(ids[i].id)) == ids[i].valid, "id \"%s\"", ids[i].id);
	id = record_new_id(txn, RECORD_FEEDBACK);
	is_text(id.p, "1", "the first id");
	id = record_new_id(txn, RECORD_FEEDBACK);
	is_text(id.p, "2", "is given out once");
	save(txn, RECORD_FEEDBACK, "1042", "{}");
	id = record_new_id(txn, RECORD_FEEDBACK);
	is_text(id.p, "1043", "ids go on behind one that was chosen");
	save(txn, RECORD_FEEDBACK, "99999999999999999999", "{}");
	save(txn, RECORD_FEEDBACK, "9007199254740993", "{}");
	save(txn, RECORD_FEEDBACK, "x-1", "{}");
	id = record_new_id(txn, RECORD_FEEDBACK);
	is_text(id.p, "1044", "but not behind a huge one");
	id = record_new_id(txn, RECORD_USER);
	is_text(id.p, "1", "users are counted apart");
}

static void
bad_id(struct txn *txn, void *arg)
{
	(void)arg;
	save(txn, RECORD_USER, "a/b", "{}");
}

static struct record_value
text_value(const char *p, size_t n)
{
	return (struct record_value){ .type = RECORD_TEXT, .text = { p, n } };
}

/* Long texts and texts with NUL are told apart although terms are cut. */
static void
test_exact(struct txn *txn, void *arg)
{
	char one[400], two[400], decoded[8] = "a\0b";
	const struct span path = SPAN("data.g.p");
	struct record_range range = { .record = RECORD_USER, .path = path };
	struct record_value value, seen;
	struct record_walk *walk;
	struct span id, position;

	(void)arg;
	memset(one, 'x', sizeof one);
	memset(two, 'x', sizeof two);
	two[399] = 'y';
	value = text_value(one, sizeof one);
	record_index(txn, RECORD_USER, path, &value, SPAN("1"), true);
	value = text_value(two, sizeof two);
	record_index(txn, RECORD_USER, path, &value, SPAN("2"), true);
	value = text_value(one, 200);
	record_index(txn, RECORD_USER, path, &value, SPAN("3"), true);
	is_text(found(txn, RECORD_USER, "data.g.p", (struct span){ one, 400 }, 8), "1", "one");
	is_text(found(txn, RECORD_USER, "data.g.p", (struct span){ two, 400 }, 8), "2", "other");
	is_text(found(txn, RECORD_USER, "data.g.p", (struct span){ one, 200 }, 8), "3", "short");
	value = text_value("a\0b", 3);
	record_index(txn, RECORD_USER, path, &value, SPAN("4"), true);
	is_text(found(txn, RECORD_USER, "data.g.p", (struct span){ "a\0b", 3 }, 8), "4", "NUL");
	is_text(found(txn, RECORD_USER, "data.g.p", SPAN("a"), 8), "", "cut at the NUL");
	walk = record_walk_open(txn, &range, SPAN(""));
	ok(record_walk_next(walk, &id, &seen, &position) && span_is(id, "4") &&
	    span_eq(seen.text, (struct span){ decoded, 3 }), "a walk gives the NUL back");
	ok(record_walk_next(walk, &id, &seen, &position) && span_is(id, "3") &&
	    seen.text.n == 200, "then the shorter");
	ok(record_walk_next(walk, &id, &seen, &position) && seen.text.n == 200,
	    "and the longer, cut");
	record_walk_close(&walk);
	record_index(txn, RECORD_USER, path, &value, SPAN("4"), false);
	is_text(found(txn, RECORD_USER, "data.g.p", (struct span){ "a\0b", 3 }, 8), "",
	    "taken out of the index");
}

static const int64_t numbers[] = { INT64_MIN, -300, -1, 0, 1, 255, 256, INT64_MAX };
#define NUMBERS (sizeof numbers / sizeof numbers[0])

/* Ids in the order of the walk, "a" is numbers[0]. */
static const char *
walked(struct txn *txn, const struct record_range *range, struct span after)
{
	struct record_walk *walk = record_walk_open(txn, range, after);
	char *text = arena_alloc(txn_arena(txn), 64);
	struct record_value value;
	struct span id, position;
	size_t n = 0;

	while (n < 60 && record_walk_next(walk, &id, &value, &position)) {
		if (value.type == RECORD_INTEGER && value.number != numbers[id.p[0] - 'a'])
			text[n++] = '!';
		text[n++] = id.p[0];
	}
	record_walk_close(&walk);
	return text;
}

static void
test_numbers(struct txn *txn, void *arg)
{
	static const struct {
		int low, high; /* -1: open end */
		bool low_open, high_open;
		const char *forwards, *backwards;
	} cases[] = {
		{ -1, -1, false, false, "abcdefgh", "hgfedcba" },
		{ 1, 4, false, false, "bcde", "edcb" },
		{ 1, 4, true, false, "cde", "edc" },
		{ 1, 4, false, true, "bcd", "dcb" },
		{ 1, 4, true, true, "cd", "dc" },
		{ 6, -1, true, false, "h", "h" },
		{ -1, 1, false, false, "ab", "ba" },
		{ -1, 0, false, true, "", "" },
		{ 7, 7, false, false, "h", "h" },
		{ 5, 2, false, false, "", "" },
	};
	struct record_value value = { .type = RECORD_INTEGER }, low = value, high = value;
	const struct span path = SPAN("data.n.n");

	(void)arg;
	for (size_t i = 0; i < NUMBERS; i++) {
		value.number = numbers[i];
		record_index(txn, RECORD_USER, path, &value,
		    (struct span){ &"abcdefgh"[i], 1 }, true);
	}
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct record_range range = { .record = RECORD_USER, .path = path,
			.low_open = cases[i].low_open, .high_open = cases[i].high_open };

		low.number = cases[i].low >= 0 ? numbers[cases[i].low] : 0;
		high.number = cases[i].high >= 0 ? numbers[cases[i].high] : 0;
		range.low = cases[i].low >= 0 ? &low : NULL;
		range.high = cases[i].high >= 0 ? &high : NULL;
		is_text(walked(txn, &range, SPAN("")), cases[i].forwards, "range forwards");
		range.backwards = true;
		is_text(walked(txn, &range, SPAN("")), cases[i].backwards, "range backwards");
	}
}

static void
test_pages(struct txn *txn, void *arg)
{
	struct record_range range = { .record = RECORD_USER, .path = SPAN("data.n.n") };
	struct record_walk *walk;
	struct record_value value;
	struct span id, position;

	(void)arg;
	for (int backwards = 0; backwards < 2; backwards++) {
		range.backwards = backwards != 0;
		walk = record_walk_open(txn, &range, SPAN(""));
		record_walk_next(walk, &id, &value, &position);
		record_walk_next(walk, &id, &value, &position);
		position = arena_copy(txn_arena(txn), position);
		record_walk_close(&walk);
		is_text(walked(txn, &range, position), backwards ? "fedcba" : "cdefgh",
		    "a walk goes on behind a position");
	}
	is_text(walked(txn, &range, SPAN("zzz")), "hgfedcba", "a position behind everything");
	is_text(walked(txn, &range, SPAN("a")), "", "a position before everything");
}

/* Beside many others, which came in order: their pages are half full, and these are not. */
static void
test_rows(struct txn *txn, void *arg)
{
	enum { MARKS = 40, EACH = 5, OTHERS = 20000 };
	struct record_range range = { .record = RECORD_USER, .path = SPAN("fields.mark") };
	struct record_value value = { .type = RECORD_TEXT };
	char id[16], mark[16];
	double rows;
	int wrong = 0;

	(void)arg;
	for (int i = 0; i < MARKS * EACH; i++) {
		snprintf(id, sizeof id, "u%d", i);
		snprintf(mark, sizeof mark, "m%d", i % MARKS);
		value.text = span_of(mark);
		record_index(txn, RECORD_USER, range.path, &value, span_of(id), true);
	}
	for (int i = 0; i < OTHERS; i++) {
		snprintf(id, sizeof id, "%06d", i);
		value.text = span_of(id);
		record_index(txn, RECORD_USER, SPAN("username"), &value, span_of(id), true);
	}
	range.low = range.high = &value;
	for (int i = 0; i <= MARKS; i++) { /* the last one nobody has */
		snprintf(mark, sizeof mark, "m%d", i);
		value.text = span_of(mark);
		rows = record_range_rows(txn, &range);
		wrong += rows < (i < MARKS ? EACH : 0) || rows > (i < MARKS ? EACH : 0);
	}
	ok(wrong == 0, "few rows are counted (%d are not)", wrong);
	range.low = range.high = NULL;
	range.path = SPAN("username");
	rows = record_range_rows(txn, &range);
	ok(rows > OTHERS / 2 && rows < OTHERS * 2, "many are estimated (%.0f of %d)", rows, OTHERS);
}

static void
test_texts(struct txn *txn, void *arg)
{
	static const char *const texts[] = { "ab", "abc", "abd", "b", "", "Ab" };
	struct record_value value = { .type = RECORD_TEXT }, low = value, other;
	struct record_range range = { .record = RECORD_FEEDBACK, .path = SPAN("feature"),
		.low = &low };
	const struct span emails[] = { SPAN("Ann@x.example"), SPAN("bob@x.example") };

	(void)arg;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		value.text = span_of(texts[i]);
		record_index(txn, RECORD_FEEDBACK, range.path, &value,
		    (struct span){ &"abcdef"[i], 1 }, true);
	}
	low.text = SPAN("ab");
	is_text(walked(txn, &range, SPAN("")), "abcd", "text from a bound on");
	range.prefix = true;
	is_text(walked(txn, &range, SPAN("")), "abc", "a prefix");
	range.backwards = true;
	is_text(walked(txn, &range, SPAN("")), "cba", "a prefix backwards");
	/* cppcheck-suppress redundantAssignment ; it is read through the range */
	low.text = SPAN("");
	is_text(walked(txn, &range, SPAN("")), "dcbafe", "the empty prefix");
	other = (struct record_value){ .type = RECORD_BOOLEAN, .number = 1 };
	record_index(txn, RECORD_FEEDBACK, range.path, &other, SPAN("g"), true);
	is_text(walked(txn, &range, SPAN("")), "dcbafe", "other types are no texts");
	range = (struct record_range){ .record = RECORD_FEEDBACK, .path = SPAN("feature") };
	is_text(walked(txn, &range, SPAN("")), "gefabcd", "without bounds all types");
	for (size_t i = 0; i < 2; i++) {
		value.text = emails[i];
		record_index(txn, RECORD_USER, SPAN("email"), &value,
		    (struct span){ &"ab"[i], 1 }, true);
	}
	range = (struct record_range){ .record = RECORD_USER, .path = SPAN("email"),
		.low = &low, .prefix = true };
	/* cppcheck-suppress unreadVariable ; likewise */
	low.text = SPAN("ANN");
	is_text(walked(txn, &range, SPAN("")), "a", "bounds are folded where values are");
}

static void
test_authors(struct txn *txn, void *arg)
{
	const struct span key = { "f1042\0\0\1\2\0\0\xff", 12 };
	struct span *keys;

	(void)arg;
	record_index_author(txn, SPAN("Ann@x.example"), key, true);
	record_index_author(txn, SPAN("ann@x.example"), SPAN("f1"), true);
	record_index_author(txn, SPAN("bob@x.example"), SPAN("f2"), true);
	ok(record_find_authored(txn, SPAN("ann@X.example"), &keys) == 2 &&
	    span_is(keys[0], "f1") && span_eq(keys[1], key), "comments by their author");
	record_index_author(txn, SPAN("ann@x.example"), key, false);
	ok(record_find_authored(txn, SPAN("ann@x.example"), &keys) == 1, "one less");
}

static void
test_projects(struct txn *txn, void *arg)
{
	struct span after = { NULL, 0 };

	(void)arg;
	save(txn, RECORD_PROJECT, "phone", "{'name':'Phone'}");
	ok(record_exists(txn, RECORD_PROJECT, SPAN("phone")), "a project is a record");
	is_text(text_of(txn, record_load(txn, RECORD_PROJECT, SPAN("phone"))),
	    "{'kind':'project','key':'phone','name':'Phone'}", "with its document");
	is_text(found(txn, RECORD_PROJECT, "key", SPAN("phone"), 1), "phone", "found by key");
	is_text(text_of(txn, json_get(record_next(txn, RECORD_PROJECT, after, &after), "key")),
	    "'phone'", "and listed");
	ok(record_next(txn, RECORD_PROJECT, after, &after) == NULL, "once");
}

static void
test_list(struct txn *txn, void *arg)
{
	struct span at = { NULL, 0 };
	const char *seen = "";

	(void)arg;
	save(txn, RECORD_USER, "1", "{}");
	save(txn, RECORD_USER, "10", "{}");
	save(txn, RECORD_USER, "2", "{}");
	while (record_next(txn, RECORD_USER, at, &at) != NULL)
		seen = arena_printf(txn_arena(txn), "%s %.*s", seen, (int)at.n, at.p);
	is_text(seen, " 1 10 2", "records are listed in the order of their ids");
}

static void
count_chosen(struct txn *txn, int64_t number)
{
	struct json_object *user = json_new_object(txn_arena(txn));

	record_save(txn, RECORD_USER, span_of(arena_printf(txn_arena(txn), "%lld",
	    (long long)number)), user);
}

/* Ids given out in a part, which may be undone. */
static void
take_two(struct txn *txn, void *arg)
{
	record_new_id(txn, RECORD_USER);
	record_new_id(txn, RECORD_USER);
	if (arg != NULL)
		txn_fail(txn, FAULT_BAD_VALUE, "undone");
}

static int64_t came[5]; /* offsets from the first */

static void
ids_in_parts(struct txn *txn, void *arg)
{
	struct error error = { 0 }, none = { 0 };

	for (int i = 0; i < 5; i++) {
		text_integer(record_new_id(txn, RECORD_USER), &came[i]);
		if (i == 1)
			txn_part(txn, take_two, txn, &error); /* undone: they are given out again */
		if (i == 2)
			txn_part(txn, take_two, NULL, &none);
		if (i == 3)
			count_chosen(txn, came[i] + 10);
	}
	for (int i = 4; i >= 0; i--)
		came[i] -= came[0];
	(void)arg;
}

static void
test_new_ids(struct scratch *s)
{
	static const int64_t wanted[] = { 0, 1, 2, 5, 16 };

	for (int i = 0; i < 2; i++) {
		ok(scratch_run(s, i == 0 ? STORE_DRY : STORE_WRITE, ids_in_parts, NULL) &&
		    memcmp(came, wanted, sizeof wanted) == 0,
		    "ids follow each other, but for what a part takes or somebody chooses");
	}
}

/* The next id in a transaction of its own. */
static void
look_at_next(struct txn *txn, void *arg)
{
	text_integer(record_new_id(txn, RECORD_USER), arg);
}

static void
test_next_is_kept(struct scratch *s)
{
	int64_t before = 0, after = 0, again = 0;

	scratch_run(s, STORE_DRY, look_at_next, &before);
	scratch_run(s, STORE_DRY, look_at_next, &again);
	ok(before > 0 && again == before, "what is only tried takes none");
	scratch_run(s, STORE_WRITE, ids_in_parts, NULL);
	store_close(&s->store);
	scratch_reopen(s, false);
	scratch_run(s, STORE_DRY, look_at_next, &after);
	ok(after == before + 17, "what was given out is not given out again: %lld, %lld",
	    (long long)before, (long long)after);
}

int
main(void)
{
	static const struct scratch_body bodies[] = {
		{ "ids", STORE_DRY, test_ids, false },
		{ "find", STORE_WRITE, test_find, false },
		{ "drop", STORE_WRITE, test_drop, false },
		{ "change", STORE_WRITE, test_change, false },
		{ "exact", STORE_DRY, test_exact, false },
		{ "numbers", STORE_WRITE, test_numbers, false },
		{ "pages", STORE_READ, test_pages, false },
		{ "rows", STORE_DRY, test_rows, false },
		{ "texts", STORE_DRY, test_texts, false },
		{ "authors", STORE_DRY, test_authors, false },
		{ "projects", STORE_DRY, test_projects, false },
		{ "list", STORE_DRY, test_list, false },
	};
	struct scratch s;

	if (!scratch_open(&s))
		return 99;
	scratch_bodies(&s, bodies, sizeof bodies / sizeof bodies[0]);
	test_difference(&s);
	test_new_ids(&s);
	test_next_is_kept(&s);
	ok(!scratch_run(&s, STORE_WRITE, bad_id, NULL) && s.error.fault == FAULT_BAD_VALUE,
	    "an impossible id is refused");
	scratch_close(&s);
	return tap_done();
}
