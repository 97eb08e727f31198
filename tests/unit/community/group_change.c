/* SPDX-License-Identifier: ISC */
/* Groups that change or go while they have values. */
#include "community/group_store.h"

#include "base/buf.h"
#include "community/group_rows.h"
#include "community/search.h"

static struct scratch s;

/* What the index has under the name of a field, wherever that stands there. */
static size_t
found_by(struct txn *txn, const char *path, const char *value)
{
	return found(txn, arena_string(txn_arena(txn), group_index_path(txn, RECORD_USER, SPAN(""),
	    span_of(path))), value);
}

static void
fill(struct txn *txn, void *arg)
{
	(void)arg;
	group_people(txn);
	apply(txn, &kind_group, USAGE);
	apply(txn, &kind_group, "{'kind':'group','key':'sync','name':'Sync',"
	    "'automation':'feedback','fields':["
	    "{'label':'Id','parameter':'/a/~1i~0d','type':'string'}]}");
	store(txn, "usage", "1", "{'launches':44,'/account/plan':'old'}", text_now() - SECOND, 0);
	store(txn, "usage", "1", "{'/account/plan':'max'}", text_now(), 0);
	store(txn, "usage", "2", "{'launches':1}", NOW, 0);
	store(txn, "sync", "1042", "{'/a/~1i~0d':'R-1'}", NOW, 0);
}

static void
test_retype(struct txn *txn, void *arg)
{
	(void)arg;
	apply(txn, &kind_group, "{'kind':'group','key':'c','name':'C','automation':'user',"
	    "'fields':[{'label':'A','parameter':'a','type':'string','history':'365d'},"
	    "{'label':'B','parameter':'b','type':'integer'},"
	    "{'label':'D','parameter':'d','type':'datetime'}]}");
	store(txn, "c", "1", "{'a':'1','b':1,'d':'2020-01-01'}", text_now() - 10 * SECOND, 0);
	store(txn, "c", "1", "{'a':'2'}", text_now() - 5 * SECOND, 0);
	store(txn, "c", "2", "{'a':'x','b':2}", text_now(), 0);
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'c','name':'C2',"
	    "'automation':'user','fields':["
	    "{'label':'B','parameter':'b','type':'string'},"
	    "{'label':'A','parameter':'a','type':'integer','history':'365d'}]}"),
	    "/fields/1/type: 1 of 3 stored values of \"A\" cannot be converted from string to "
	    "integer and would be lost; add \"convert\":\"lossy\" to drop them\n"
	    "/fields: the field \"D\" is gone, its 1 stored value would be lost; add "
	    "\"convert\":\"lossy\" to drop them", "what would be lost is told");
	is_text(text_of(txn, json_get(doc_get(txn, "group", SPAN("c")), "name")), "'C'",
	    "and nothing is changed");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'c','name':'C2',"
	    "'automation':'user','convert':'lossy','fields':["
	    "{'label':'B','parameter':'b','type':'string'},"
	    "{'label':'A','parameter':'a','type':'integer','history':'365d'}]}"), "u",
	    "lossy");
	ok(json_get(doc_get(txn, "group", SPAN("c")), "convert") == NULL,
	    "lossy is for this time only");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("1")), "c")),
	    "{'b':'1','a':2,'B':'1','A':2}", "converted");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("2")), "c")),
	    "{'b':'2','B':'2'}", "dropped");
	is_text(arena_string(txn_arena(txn), load(txn, "c")->rows), "c#2", "in rows of its own");
	ok(strstr(row(txn, "u2\0c#2"), "'a'") == NULL, "what was dropped is not called cleared");
	is_text(text_of(txn, json_get(json_at(group_history(txn, load(txn, "c"), 1, SPAN("1")),
	    0), "value")), "1", "history is converted");
	ok(found(txn, "data.c.d", "2020-01-01") == 0 && found_by(txn, "data.c.a", "2") == 1,
	    "the index follows");
}

/* Fields exchange their parameters; values, index and history go with them. */
static void
test_rename(struct txn *txn, void *arg)
{
	(void)arg;
	apply(txn, &kind_group, "{'kind':'group','key':'r','name':'R','automation':'user',"
	    "'fields':[{'label':'A','parameter':'a','type':'string','history':'365d'},"
	    "{'label':'B','parameter':'b','type':'string','history':'365d'},"
	    "{'label':'C','parameter':'c','type':'string'}]}");
	store(txn, "r", "1", "{'a':'1','b':'2','c':'3'}", text_now() - SECOND, 0);
	store(txn, "r", "1", "{'a':'2','b':'x'}", text_now(), 0);
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'r','name':'R','automation':'user',"
	    "'fields':[{'label':'A','parameter':'z','was':'nothing','type':'string'}]}"),
	    "/fields/0/was: the group has no field of the parameter \"nothing\"", "of no field");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'r','name':'R','automation':'user',"
	    "'convert':'lossy','mayLose':1,'fields':["
	    "{'label':'B','parameter':'b','was':'a','type':'integer','history':'365d'},"
	    "{'label':'A','parameter':'a','was':'b','type':'integer','history':'365d'}]}"),
	    ": 2 stored values would be lost, and 1 were told: others have come meanwhile\n"
	    "/fields/1/type: 1 of 2 stored values of \"B\" cannot be converted from string to "
	    "integer and would be lost; add \"convert\":\"lossy\" to drop them\n"
	    "/fields: the field \"C\" is gone, its 1 stored value would be lost; add "
	    "\"convert\":\"lossy\" to drop them", "more than may be");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'r','name':'R','automation':'user',"
	    "'convert':'lossy','mayLose':2,'fields':["
	    "{'label':'B','parameter':'b','was':'a','type':'integer','history':'365d'},"
	    "{'label':'A','parameter':'a','was':'b','type':'integer','history':'365d'}]}"), "u",
	    "as many as may be");
	ok(!json_has(json_at(json_get(doc_get(txn, "group", SPAN("r")), "fields"), 0), "was"),
	    "what a field was is for this time only");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("1")), "r")),
	    "{'b':2,'B':2}", "values go with their fields");
	is_text(text_of(txn, json_get(json_at(group_history(txn, load(txn, "r"), 0, SPAN("1")),
	    0), "value")), "1", "history, too");
	is_text(text_of(txn, json_get(json_at(group_history(txn, load(txn, "r"), 1, SPAN("1")),
	    0), "value")), "2", "of the other");
	ok(found_by(txn, "data.r.b", "2") == 1 && found_by(txn, "data.r.a", "2") == 0 &&
	    found(txn, "data.r.c", "3") == 0 && found(txn, "data.r.b", "2") == 0,
	    "the index follows");
	is_text(drop(txn, &kind_value, "r/ann@mail.example"), "removed", "values");
	is_text(drop(txn, &kind_group, "r"), "removed", "group");
}

static void
test_forgetting(struct txn *txn, void *arg)
{
	size_t before = rows_in(txn, TABLE_HISTORY);

	(void)arg;
	apply(txn, &kind_group, "{'kind':'group','key':'h','name':'H','automation':'user',"
	    "'fields':[{'label':'A','parameter':'a','type':'string','history':'365d'}]}");
	store(txn, "h", "1", "{'a':'1'}", text_now() - SECOND, 0);
	store(txn, "h", "1", "{'a':'2'}", text_now(), 0);
	ok(rows_in(txn, TABLE_HISTORY) == before + 1, "history");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'h','name':'H',"
	    "'automation':'user','fields':["
	    "{'label':'A','parameter':'a','type':'integer'}]}"), "u", "another type, no history");
	ok(rows_in(txn, TABLE_HISTORY) == before, "history goes");
	is_text(drop(txn, &kind_value, "h/ann@mail.example"), "removed", "values");
	is_text(drop(txn, &kind_group, "h"), "removed", "group");
}

/* Index rows of this group, by type letter, in order. */
static const char *
letters(struct txn *txn, const char *prefix)
{
	struct walk *walk = walk_open(txn, TABLE_INDEX, span_of(prefix), SPAN(""), false);
	struct buf out = { 0 };
	const char *text;
	struct span key;

	while (walk_next(walk, &key, NULL))
		buf_putc(&out, key.p[strlen(key.p) + 1]);
	walk_close(&walk);
	text = arena_string(txn_arena(txn), buf_bytes(&out));
	buf_free(&out);
	return text;
}

static void
test_removal(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(letters(txn, "udata.c"), "bbiss", "rows of the index: two records, one a, two b");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'c','name':'C',"
	    "'automation':'feedback','fields':[]}"),
	    "/fields: the field \"B\" is gone, its 2 stored values would be lost; add "
	    "\"convert\":\"lossy\" to drop them\n"
	    "/fields: the field \"A\" is gone, its 2 stored values would be lost; add "
	    "\"convert\":\"lossy\" to drop them", "another automation");
	is_text(drop(txn, &kind_group, "c"), ": still has values; remove it with --yes to "
	    "drop them", "a group with values stays");
	store(txn, "c", "1", "{'a':null,'b':null}", text_now(), 0);
	store(txn, "c", "2", "{'a':null,'b':null}", text_now(), 0);
	doc_put(txn, "listener", doc_of(txn, "{'key':'l','group':'c'}"));
	doc_put(txn, "listener", doc_of(txn, "{'key':'m','automation':'user',"
	    "'target':{'match':'data.c.A'}}"));
	is_text(drop(txn, &kind_group, "c"), ": is still used by listener l and listener m",
	    "a group that is named stays");
	doc_remove(txn, "listener", SPAN("l"));
	doc_remove(txn, "listener", SPAN("m"));
	ok(rows_in(txn, TABLE_HISTORY) > 0, "there is history");
	is_text(drop(txn, &kind_group, "c"), "removed", "without values it goes");
	is_text(letters(txn, "udata.c"), "", "with all it had");
	is_text(drop(txn, &kind_group, "c"), "absent", "gone");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'sync','name':'S',"
	    "'automation':'project','convert':'lossy','fields':[]}"), "u", "dropped lossily");
	is_text(drop(txn, &kind_group, "sync"), "removed", "and then it can go");
	ok(rows_in(txn, TABLE_VALUE) == 2, "other groups keep their rows");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'usage','name':'U',"
	    "'automation':'user','fields':["
	    "{'label':'Plan','parameter':'/account/plan','type':'string'},"
	    "{'label':'Seen','parameter':'last_seen','type':'datetime'},"
	    "{'label':'Paying','parameter':'paying','type':'boolean'},"
	    "{'label':'Launches','parameter':'launches','type':'integer'}]}"), "u",
	    "other order and labels, no history");
	ok(rows_in(txn, TABLE_HISTORY) == 0, "history that is not wanted goes");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("1")), "usage")),
	    "{'/account/plan':'max','launches':44,'Plan':'max','Launches':44,'plan':'max'}",
	    "values stay");
}

/* ---- more records than one transaction takes */

#define MANY (GROUP_AT_ONCE + 400)
#define MANY_OLD "{'kind':'group','key':'m','name':'M','automation':'user','fields':[" \
	"{'label':'A','parameter':'a','type':'string','history':'365d'}," \
	"{'label':'B','parameter':'b','type':'integer'}]}"
#define MANY_NEW(lose) "{'kind':'group','key':'m','name':'M','automation':'user'," lose "'fields':[" \
	"{'label':'A','parameter':'a','type':'integer','history':'365d'}," \
	"{'label':'B','parameter':'c','was':'b','type':'integer'}]}"

static const char *
many_id(int n)
{
	static char id[8];

	snprintf(id, sizeof id, "%04d", n);
	return id;
}

static void
fill_many(struct txn *txn, void *arg)
{
	(void)arg;
	apply(txn, &kind_group, MANY_OLD);
	for (int n = 0; n < MANY; n++) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		if (n % 4 == 0)
			store(txn, "m", many_id(n), "{'a':'before'}", text_now() - 2 * SECOND, 0);
		store(txn, "m", many_id(n), arena_printf(txn_arena(txn), "{'a':'%s%d','b':%d}",
		    n % 3 == 0 ? "x" : "", n, n), text_now() - SECOND, 0);
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
test_refused(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(apply(txn, &kind_group, MANY_NEW("")), "/fields: the values that users have of the "
	    "group, and earlier ones, are more than are written anew together with other changes: "
	    "change it by itself", "too many for one transaction");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'m','name':'Many','automation':'user',"
	    "'fields':[{'label':'A','parameter':'a','type':'string','history':'365d'},"
	    "{'label':'B','parameter':'b','type':'integer'}]}"), "u", "a name changes at once");
}

static void
test_begin(struct txn *txn, void *arg)
{
	(void)arg;
	group_change_begin(txn, load(txn, "m"), doc_of(txn, MANY_NEW("")), SPAN("jim"), SPAN(""));
}

static int stepped;

static bool
after_some(void *arg)
{
	(void)arg;
	return ++stepped % 100 == 0;
}

static void
test_step(struct txn *txn, void *ready)
{
	*(bool *)ready = group_change_step(txn, load(txn, "m"), after_some, NULL);
}

static size_t
count_shown(struct txn *txn)
{
	struct span at = SPAN("");
	size_t n = 0;
	struct json_object *doc;

	while ((doc = kind_walk(txn, &kind_value, at, &at)) != NULL)
		n += span_is(json_string(doc, "group"), "m");
	return n;
}

/* Half of it is done: what is read is as it was, what is written is written in both forms. */
static void
test_half(struct txn *txn, void *arg)
{
	struct group_changing changing;

	(void)arg;
	ok(group_change_load(txn, SPAN("m"), &changing) && changing.done == 700 && !changing.ready,
	    "half of it is done");
	is_text(arena_string(txn_arena(txn), changing.by), "jim", "by whom");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("0004")), "m")),
	    "{'a':'4','b':4,'A':'4','B':4}", "one that was looked at is as it was");
	ok(found_by(txn, "data.m.a", "x3") == 1 && found_by(txn, "data.m.a", "x1302") == 1,
	    "the index, too");
	ok(count_shown(txn) == MANY, "no row is shown twice");
	ok(group_path_is_hidden(txn, SPAN("data.m#2.a")) &&
	    !group_path_is_hidden(txn, SPAN("data.m.a")), "searches look at those that are there");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'m','name':'M','automation':'user',"
	    "'fields':[]}"), arena_printf(txn_arena(txn), "/fields: the fields of the group are being "
	    "changed since %.*s; wait until that is done, or stop it", (int)changing.at.n,
	    changing.at.p), "another change waits");
	ok(strncmp(apply(txn, &kind_group, MANY_NEW("")), "/fields: the values", 19) == 0,
	    "it cannot be put before it is ready");
	store(txn, "m", "0003", "{'a':'3'}", text_now(), 0);
	store(txn, "m", "0004", "{'a':'y','b':44}", text_now(), 0);
	store(txn, "m", "1303", "{'a':'z'}", text_now(), 0);
	store(txn, "m", "new", "{'a':'5','b':5}", text_now(), 0);
	group_drop_all(txn, RECORD_USER, SPAN("0006"));
	group_drop_all(txn, RECORD_USER, SPAN("1306"));
}

struct sums {
	int64_t lost, kept;
};

/* What the stored values come to when they are looked at one by one. */
static void
sum_up(struct txn *txn, const struct group *old, const struct group *new, struct sums *sums)
{
	struct arena_mark mark;
	struct span *ids;
	size_t n = group_ids(txn, txn_arena(txn), old, &ids);
	struct group_conversion conversion;

	group_conversion_plan(txn_arena(txn), old, new, &conversion);
	mark = arena_mark(txn_arena(txn));
	for (size_t i = 0; i < n; i++) {
		group_conversion_count(txn, &conversion, ids[i]);
		arena_rewind(txn_arena(txn), mark);
	}
	*sums = (struct sums){ 0 };
	for (size_t i = 0; i < old->field_count; i++) {
		sums->lost += conversion.moves[i].lost;
		sums->kept += conversion.moves[i].values - conversion.moves[i].lost;
	}
}

static void
test_switch(struct txn *txn, void *arg)
{
	struct group_changing changing;
	const struct group *old = load(txn, "m");
	struct sums before, after;
	const char *doc;

	(void)arg;
	sum_up(txn, old, old->next, &before);
	ok(group_change_load(txn, SPAN("m"), &changing) && changing.ready, "it is ready");
	ok(before.lost > MANY / 3 && changing.lost == before.lost,
	    "so many are lost as there are, whenever they came");
	doc = MANY_NEW("'convert':'lossy','mayLose':%lld,");
	ok(strstr(apply(txn, &kind_group, arena_printf(txn_arena(txn), doc,
	    (long long)before.lost - 1)), "others have come meanwhile") != NULL,
	    "one more than was told");
	ok(load(txn, "m")->fields[0].type == GROUP_STRING, "and the group is as it was");
	is_text(apply(txn, &kind_group, arena_printf(txn_arena(txn), doc,
	    (long long)before.lost)), "u", "as many as were told");
	sum_up(txn, load(txn, "m"), load(txn, "m"), &after);
	ok(after.kept == before.kept && after.lost == 0, "all others are there");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("0007")), "m")),
	    "{'a':7,'c':7,'A':7,'B':7}", "in the new form");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("0003")), "m")),
	    "{'a':3,'c':3,'A':3,'B':3}", "with what came meanwhile");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("0004")), "m")),
	    "{'c':44,'B':44}", "and was lost by it");
	is_text(text_of(txn, json_at(group_history(txn, load(txn, "m"), 0, SPAN("0004")), 0)),
	    arena_printf(txn_arena(txn), "{'at':%s,'value':4}", text_of(txn, json_get(json_at(
	    group_history(txn, load(txn, "m"), 0, SPAN("0004")), 0), "at"))), "the past, too");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("new")), "m")),
	    "{'a':5,'c':5,'A':5,'B':5}", "and who came");
	ok(!json_has(group_data(txn, SPAN(""), RECORD_USER, SPAN("0006")), "m") &&
	    !json_has(group_data(txn, SPAN(""), RECORD_USER, SPAN("1306")), "m"), "and who went");
	ok(found_by(txn, "data.m.a", "7") == 1 && found_by(txn, "data.m.c", "44") == 2,
	    "the index has it");
	ok(count_shown(txn) == MANY - 1, "rows that are there are shown");
}

/* For each of many old rows. */
static void
test_old_form(struct txn *txn, void *arg)
{
	const struct group *form = group_form(txn, SPAN("m"));

	(void)arg;
	ok(form != NULL && form->fields[0].type == GROUP_STRING, "old rows have the old form");
	ok(form == group_form(txn, SPAN("m")), "which is compiled once");
	ok(group_of_rows(txn, SPAN("m")) == NULL, "and are nobody's");
}

static void
test_sweep(struct txn *txn, void *more)
{
	*(bool *)more = group_change_sweep(txn, text_now(), 500);
}

static void
test_swept(struct txn *txn, void *arg)
{
	struct record_runs *runs = record_runs_open(txn, RECORD_USER, SPAN("data.m"));
	struct record_value value;
	struct span id;
	bool fresh;

	(void)arg;
	ok(!record_runs_next(runs, &id, &fresh, &value), "the old rows have gone from the index");
	record_runs_close(&runs);
	ok(table_get(txn, TABLE_VALUE, (struct span){ "u0007\0m#2", 9 }, &id) &&
	    !table_get(txn, TABLE_VALUE, (struct span){ "u0007\0m", 7 }, &id),
	    "and from their table");
	is_text(row(txn, "u0004\0m"), "none", "all of them");
	ok(group_rule(txn, SPAN("m")) != NULL, "the group is there");
}

static void
test_abandoned(struct txn *txn, void *arg)
{
	bool more = true;

	(void)arg;
	group_change_begin(txn, load(txn, "m"), doc_of(txn, MANY_OLD), SPAN(""), SPAN(""));
	group_change_step(txn, load(txn, "m"), after_some, NULL);
	more = group_change_sweep(txn, text_now() + 60 * SECOND, SIZE_MAX);
	ok(!more && load(txn, "m")->next != NULL, "who was there a minute ago goes on");
	group_change_sweep(txn, text_now() + 3600 * SECOND, SIZE_MAX);
	ok(load(txn, "m")->next == NULL, "who has left does not");
	is_text(text_of(txn, json_get(group_change_told(txn, SPAN("m")), "detail")),
	    "'whoever asked for it has left before it was done'", "which is told");
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("0007")), "m")),
	    "{'a':7,'c':7,'A':7,'B':7}", "and all is as it was");
	is_text(row(txn, "u0007\0m#3"), "none", "nothing else is left");
	group_change_begin(txn, load(txn, "m"), doc_of(txn, MANY_OLD), SPAN("jim"),
	    SPAN("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"));
	group_change_sweep(txn, text_now() + 3600 * SECOND, SIZE_MAX);
	ok(load(txn, "m")->next != NULL, "what a task is to do waits for its turn");
	group_change_abandon(txn, load(txn, "m"), SPAN(""));
	group_change_sweep(txn, text_now(), SIZE_MAX);
}

/* A change that is a task waits for whoever owns the store next, also through the night. */
static void
test_task(struct txn *txn, void *arg)
{
	(void)arg;
	group_change_begin(txn, load(txn, "m"), doc_of(txn, MANY_OLD), SPAN(""), SPAN("a-task"));
	group_change_sweep(txn, text_now() + 12 * 3600 * SECOND, SIZE_MAX);
	ok(load(txn, "m")->next != NULL, "a task does not leave");
	group_change_abandon(txn, load(txn, "m"), SPAN(""));
	ok(!group_change_sweep(txn, text_now(), SIZE_MAX) && load(txn, "m")->next == NULL,
	    "it is given up by itself");
}

/* ---- one record with a long past */

#define PAST "{'kind':'group','key':'p','name':'P','automation':'user','convert':'lossy'," \
	"'fields':[{'label':'A','parameter':'a','type':'%s','history':'365d'}]}"

static void
fill_past(struct txn *txn, void *arg)
{
	(void)arg;
	apply(txn, &kind_group, arena_printf(txn_arena(txn), PAST, "integer"));
	for (int n = 0; n <= GROUP_AT_ONCE; n++) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		store(txn, "p", "1", arena_printf(txn_arena(txn), "{'a':%d}", n),
		    text_now() - (2000 - n) * SECOND, 0);
		arena_rewind(txn_arena(txn), mark);
	}
	is_text(apply(txn, &kind_group, arena_printf(txn_arena(txn), PAST, "string")), "/fields: the "
	    "values that users have of the group, and earlier ones, are more than are written anew "
	    "together with other changes: change it by itself", "earlier values are counted");
	group_change_begin(txn, load(txn, "p"), doc_of(txn, arena_printf(txn_arena(txn), PAST,
	    "string")), SPAN(""), SPAN(""));
}

static void
change_past(struct txn *txn, void *arg)
{
	(void)arg;
	group_change_step(txn, load(txn, "p"), after_some, NULL);
	is_text(apply(txn, &kind_group, arena_printf(txn_arena(txn), PAST, "string")), "u",
	    "changed");
	ok(rows_in(txn, TABLE_HISTORY) >= 2 * GROUP_AT_ONCE, "the past is there twice");
}

static void
test_past(struct txn *txn, void *arg)
{
	size_t before = rows_in(txn, TABLE_HISTORY);

	(void)arg;
	ok(group_change_sweep(txn, text_now(), 300), "there is more");
	ok(before - rows_in(txn, TABLE_HISTORY) == 300, "a long past goes in pieces");
	ok(!group_change_sweep(txn, text_now(), SIZE_MAX), "until all is gone");
	ok(before - rows_in(txn, TABLE_HISTORY) == GROUP_AT_ONCE, "of the old form");
	ok(json_count(group_history(txn, load(txn, "p"), 0, SPAN("1"))) == GROUP_AT_ONCE,
	    "and nothing else");
}

/* What a damaged store has of rows that go does not keep the owner busy for ever. */
static void
test_damaged(struct txn *txn, void *arg)
{
	static const struct record_value there = { .type = RECORD_BOOLEAN, .number = 1 };
	struct span ids[1];

	(void)arg;
	table_put(txn, TABLE_META, (struct span){ "group-old\0q\0q", 13 }, SPAN("{\"doc\":{"
	    "\"key\":\"q\",\"name\":\"Q\",\"automation\":\"user\",\"fields\":[]}}"));
	record_index(txn, RECORD_USER, SPAN("data.q"), &there, SPAN("nobody"), true);
	ok(!group_change_sweep(txn, text_now(), 50), "what the index alone has goes");
	ok(record_find(txn, RECORD_USER, SPAN("data.q"), SPAN("true"), ids, 1) == 0, "from there");
	table_put(txn, TABLE_META, (struct span){ "group-old\0q\0q", 13 }, SPAN("{"));
	ok(!group_change_sweep(txn, text_now(), 50), "what cannot be read is left");
}

/* ---- rows that are there for nobody, one behind the other */

static void
fill_hidden(struct txn *txn, void *arg)
{
	(void)arg;
	apply(txn, &kind_group, "{'kind':'group','key':'h','name':'H','automation':'user','fields':["
	    "{'label':'A','parameter':'a','type':'integer'}]}");
	for (int n = 0; n < 2100; n++) {
		struct arena_mark mark = arena_mark(txn_arena(txn));

		store(txn, "h", arena_printf(txn_arena(txn), "h%d", n), "{'a':1}", text_now(), 0);
		arena_rewind(txn_arena(txn), mark);
	}
	group_change_begin(txn, load(txn, "h"), doc_of(txn, "{'kind':'group','key':'h','name':'H',"
	    "'automation':'feedback','fields':[]}"), SPAN(""), SPAN(""));
}

static void
hide(struct txn *txn, void *arg)
{
	(void)arg;
	while (!group_change_step(txn, load(txn, "h"), after_some, NULL))
		;
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'h','name':'H',"
	    "'automation':'feedback','convert':'lossy','fields':[]}"), "u", "about something else");
}

static bool
is_late(void *arg)
{
	(void)arg;
	return true;
}

static void
let_by(void *arg)
{
	++*(int *)arg;
}

static void
walk_hidden(struct txn *txn, void *arg)
{
	struct breath breath = { is_late, let_by, arg };
	struct span at;

	txn_breathes(txn, &breath);
	ok(span_is(json_string(kind_walk(txn, &kind_value, SPAN("ugz"), &at), "group"), "m"),
	    "the next one is somebody's");
	txn_breathes(txn, NULL);
}

/* ---- more fields than a search looks at, that are there for nobody */

#define WIDE 400
#define NARROW "{'kind':'group','key':'aw','name':'W','automation':'user','convert':'lossy'," \
	"'fields':[{'label':'N','parameter':'n','type':'string'}]}"

static void
fill_wide(struct txn *txn, void *arg)
{
	struct group_change changes[WIDE] = { { .present = false } };
	bool changed[WIDE];
	struct buf doc = { 0 };

	(void)arg;
	buf_puts(&doc, "{'kind':'group','key':'aw','name':'W','automation':'user','fields':[");
	for (int i = 0; i < WIDE; i++) {
		buf_printf(&doc, "%s{'label':'L%d','parameter':'p%d','type':'integer'}",
		    i == 0 ? "" : ",", i, i);
		changes[i].present = true;
	}
	buf_puts(&doc, "]}");
	apply(txn, &kind_group, arena_string(txn_arena(txn), buf_bytes(&doc)));
	buf_free(&doc);
	group_store(txn, load(txn, "aw"), SPAN("1"), changes, delivery(1), text_now(), changed);
	apply(txn, &kind_group, "{'kind':'group','key':'zz','name':'Z','automation':'user','fields':["
	    "{'label':'Z','parameter':'z','type':'string'}]}");
	store(txn, "zz", "2", "{'z':'needle'}", text_now(), 0);
	group_change_begin(txn, load(txn, "aw"), doc_of(txn, NARROW), SPAN(""), SPAN(""));
}

static void
make_narrow(struct txn *txn, void *arg)
{
	(void)arg;
	while (!group_change_step(txn, load(txn, "aw"), after_some, NULL))
		;
	is_text(apply(txn, &kind_group, NARROW), "u", "it has one field now");
}

static void
search_narrow(struct txn *txn, void *arg)
{
	struct search_ask ask = { .record = RECORD_USER, .text = SPAN("needle") };
	struct search *search = search_new(txn, txn_arena(txn), &ask);
	struct json_object *doc = NULL;
	enum search_step step;

	(void)arg;
	do
		step = search_step(txn, search, &doc);
	while (step == SEARCH_LOOKED);
	ok(step == SEARCH_HIT && span_is(json_string(doc, "id"), "2"), "a search finds behind them");
	ok(!search_is_partial(search), "and has looked at all that there is");
}

/* Removed and made anew while old rows are still there: they are not taken for its own. */
static void
test_anew(struct txn *txn, void *arg)
{
	(void)arg;
	apply(txn, &kind_group, "{'kind':'group','key':'n','name':'N','automation':'user','fields':["
	    "{'label':'A','parameter':'a','type':'string'}]}");
	store(txn, "n", "1", "{'a':'old'}", text_now(), 0);
	group_change_begin(txn, load(txn, "n"), doc_of(txn, "{'kind':'group','key':'n','name':'N',"
	    "'automation':'feedback','fields':[]}"), SPAN(""), SPAN(""));
	group_change_step(txn, load(txn, "n"), after_some, NULL);
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'n','name':'N',"
	    "'automation':'feedback','convert':'lossy','fields':[]}"), "u", "about something else");
	is_text(drop(txn, &kind_group, "n"), "removed", "and gone");
	ok(strstr(row(txn, "u1\0n"), "old") != NULL, "the row is there");
	is_text(apply(txn, &kind_group, "{'kind':'group','key':'n','name':'N','automation':'user',"
	    "'fields':[{'label':'A','parameter':'a','type':'string'}]}"), "c", "made anew");
	ok(!json_has(group_data(txn, SPAN(""), RECORD_USER, SPAN("1")), "n"), "it has no values");
	group_change_sweep(txn, text_now(), SIZE_MAX);
	is_text(row(txn, "u1\0n"), "none", "and then it has gone");
}

static void
test_many(void)
{
	bool ready = false, more = true;

	ok(scratch_run(&s, STORE_WRITE, fill_many, NULL), "many records");
	ok(scratch_run(&s, STORE_WRITE, test_refused, NULL), "not at once");
	ok(scratch_run(&s, STORE_WRITE, test_begin, NULL), "begun");
	for (int i = 0; i < 7 && !ready; i++)
		scratch_run(&s, STORE_WRITE, test_step, &ready);
	ok(!ready, "not all at once");
	ok(scratch_run(&s, STORE_WRITE, test_half, NULL), "in the middle");
	/* The process ends, and the next one goes on. */
	store_close(&s.store);
	scratch_reopen(&s, false);
	for (int i = 0; i < 20 && !ready; i++)
		scratch_run(&s, STORE_WRITE, test_step, &ready);
	ok(ready, "the next owner goes on with it");
	ok(scratch_run(&s, STORE_WRITE, test_switch, NULL), "the new form");
	ok(scratch_run(&s, STORE_READ, test_old_form, NULL), "the old one");
	for (int i = 0; i < 20 && more; i++)
		scratch_run(&s, STORE_WRITE, test_sweep, &more);
	ok(!more, "old rows go in pieces");
	ok(scratch_run(&s, STORE_WRITE, test_swept, NULL), "swept");
	ok(scratch_run(&s, STORE_WRITE, test_abandoned, NULL), "abandoned");
	ok(scratch_run(&s, STORE_WRITE, test_task, NULL), "a task");
	ok(scratch_run(&s, STORE_WRITE, test_anew, NULL), "made anew");
}

static void
test_long(void)
{
	int breaths = 0, none = 0;

	ok(scratch_run(&s, STORE_WRITE, fill_past, NULL), "a long past");
	ok(scratch_run(&s, STORE_WRITE, change_past, NULL), "is changed");
	ok(scratch_run(&s, STORE_WRITE, test_past, NULL), "and swept");
	ok(scratch_run(&s, STORE_WRITE, test_damaged, NULL), "damaged");
	ok(scratch_run(&s, STORE_WRITE, fill_hidden, NULL), "many values");
	ok(scratch_run(&s, STORE_WRITE, hide, NULL), "that are nobody's");
	ok(scratch_run(&s, STORE_READ, walk_hidden, &breaths) && breaths == 2, "who passes them by "
	    "lets others by");
	ok(scratch_run(&s, STORE_WRITE, fill_wide, NULL), "many fields");
	ok(scratch_run(&s, STORE_WRITE, make_narrow, NULL), "that are nobody's");
	ok(scratch_run(&s, STORE_READ, search_narrow, NULL), "are passed by");
	ok(scratch_run(&s, STORE_DRY, walk_hidden, &none) && none == 0, "but leaves nothing half done");
}

int
main(void)
{
	if (!scratch_open(&s))
		return 1;
	ok(scratch_run(&s, STORE_WRITE, fill, NULL), "filled");
	ok(scratch_run(&s, STORE_WRITE, test_retype, NULL), "types change");
	ok(scratch_run(&s, STORE_WRITE, test_rename, NULL), "parameters change");
	ok(scratch_run(&s, STORE_WRITE, test_forgetting, NULL), "forgetting");
	ok(scratch_run(&s, STORE_WRITE, test_removal, NULL), "removal");
	test_many();
	test_long();
	scratch_close(&s);
	return tap_done();
}
