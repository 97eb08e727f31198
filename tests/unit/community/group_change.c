/* SPDX-License-Identifier: ISC */
/* Groups that change or go while they have values. */
#include "community/group_store.h"

static struct scratch s;

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
	ok(strstr(row(txn, "u2\0c"), "'a'") == NULL, "what was dropped is not called cleared");
	is_text(text_of(txn, json_get(json_at(group_history(txn, load(txn, "c"), 1, SPAN("1")),
	    0), "value")), "1", "history is converted");
	ok(found(txn, "data.c.d", "2020-01-01") == 0 && found(txn, "data.c.a", "2") == 1,
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
	ok(found(txn, "data.r.b", "2") == 1 && found(txn, "data.r.a", "2") == 0 &&
	    found(txn, "data.r.c", "3") == 0, "the index follows");
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
	scratch_close(&s);
	return tap_done();
}
