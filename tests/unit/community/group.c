/* SPDX-License-Identifier: ISC */
#include "community/group_store.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct scratch s;

/* Groups as documents */

static const struct {
	const char *doc;
	const char *expected;
} groups[] = {
	{ USAGE, "c" },
	{ USAGE, "=" },
	{ "{'kind':'group','key':'u','name':'U','automation':'user','fields':[]}", "c" },
	{ "{'kind':'group','key':'usage','project':'phone','name':'Usage of phone',"
	    "'automation':'user','fields':["
	    "{'label':'Launches','parameter':'launches','type':'integer'}]}", "c" },
	{ "{'kind':'group','key':'state','name':'State','automation':'user',"
	    "'project':'tablet','fields':[{'label':'S','parameter':'s','type':'string'}]}",
	    "c" },
	{ "{'kind':'group','key':'sync','name':'Sync','automation':'feedback','fields':["
	    "{'label':'Id','parameter':'/a/~1i~0d','type':'string'}]}", "c" },
	{ "{'kind':'group','key':'totals','name':'Totals','automation':'project','fields':["
	    "{'label':'Users','parameter':'users','type':'integer'}]}", "c" },
	{ "{'kind':'group','key':'x','project':'none','name':'X','automation':'user',"
	    "'fields':[]}", "/project: there is no project \"none\"" },
	{ "{'kind':'group','key':'x','name':'X','automation':'users','fields':[]}",
	    "/automation: \"automation\" must be \"user\", \"feedback\" or \"project\"" },
	{ "{'kind':'group','key':'x.y','name':'X','automation':'user','fields':[],"
	    "'convert':'all'}",
	    "/convert: \"convert\" must be \"lossy\"\n"
	    "/key: the key of a group cannot have a dot: in data.<group>.<parameter> it ends "
	    "there" },
	{ "{'kind':'group','key':'x','name':'X','automation':'user','fields':["
	    "{'label':'A','parameter':'/a~2','type':'int'},"
	    "{'label':'A','parameter':'b','type':'string','history':'0'},"
	    "{'label':'B','parameter':'b','type':'string','history':'10'},7]}",
	    "/fields/0/parameter: In a JSON Pointer only ~0 (for ~) and ~1 (for /) may follow "
	    "a tilde.\n"
	    "/fields/0/type: \"type\" must be \"boolean\", \"datetime\", \"integer\" or "
	    "\"string\"\n"
	    "/fields/3: must be an object, not an integer\n"
	    "/fields/1/history: \"history\" must be a time such as \"90d\", at most \"36500d\"\n"
	    "/fields/1/label: field 0 has the same label\n"
	    "/fields/2/history: \"history\" must be a time such as \"90d\", at most \"36500d\"\n"
	    "/fields/2/parameter: field 1 has the same parameter" },
};

static void
test_groups(struct txn *txn, void *arg)
{
	const struct group *group;

	(void)arg;
	group_people(txn);
	for (size_t i = 0; i < COUNT(groups); i++)
		is_text(apply(txn, &kind_group, groups[i].doc), groups[i].expected,
		    groups[i].doc);
	is_text(get(txn, &kind_group, "u"),
	    "{'kind':'group','key':'u','name':'U','automation':'user','fields':[]}", "get");
	group = group_load(txn, txn_arena(txn), SPAN("phone"), SPAN("usage"));
	ok(group != NULL && span_is(group->full_name, "phone/usage") &&
	    group->record == RECORD_USER && group->field_count == 1 &&
	    span_is(group->fields[0].path, "data.phone/usage.launches"), "a compiled group");
	ok(group_load(txn, txn_arena(txn), SPAN("tablet"), SPAN("usage")) == NULL, "none");
	group = group_load(txn, txn_arena(txn), SPAN(""), SPAN("usage"));
	ok(group->fields[3].history == 90 * 86400 * SECOND && group->fields[0].history == 0,
	    "history");
}

/* Storing */

/* Rows of the index below "data". */
static size_t
indexed(struct txn *txn)
{
	static const char *const prefixes[] = { "udata.", "fdata.", "pdata." };
	struct span key;
	size_t n = 0;

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		struct walk *walk = walk_open(txn, TABLE_INDEX, span_of(prefixes[i]), SPAN(""),
		    false);

		while (walk_next(walk, &key, NULL))
			n++;
		walk_close(&walk);
	}
	return n;
}

#define SET "{'at':'2023-11-14T22:13:20Z','delivery':'018bcfe5-6800-7000-8000-000000000007'}"
#define LATER "{'at':'2023-11-14T22:13:30Z','delivery':'018bcfe5-6800-7000-8000-000000000007'}"

static void
test_storing(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(store(txn, "usage", "1", "{'launches':41,'paying':true,"
	    "'/account/plan':'pro \\\"x\\\" \\\\'}", NOW, 0), "++.+", "first values");
	is_text(row(txn, "u1\0usage"), "{'values':{'launches':41,'paying':true,"
	    "'/account/plan':'pro \\'x\\' \\\\'},'set':{'launches':" SET ",'paying':" SET ","
	    "'/account/plan':" SET "},'at':'2023-11-14T22:13:20Z'}", "the row");
	ok(found(txn, "data.usage.launches", "41") == 1 &&
	    found(txn, "data.usage./account/plan", "pro \"x\" \\") == 1 && indexed(txn) == 4,
	    "the index");
	is_text(store(txn, "usage", "1", "{'launches':42,'paying':true}", NOW + 10 * SECOND, 0),
	    "+-..", "one changes, one stays");
	is_text(row(txn, "u1\0usage"), "{'values':{'launches':42,'paying':true,"
	    "'/account/plan':'pro \\'x\\' \\\\'},'set':{'launches':" LATER ",'paying':" LATER ","
	    "'/account/plan':" SET "},'at':'2023-11-14T22:13:30Z'}", "times of both move");
	ok(found(txn, "data.usage.launches", "41") == 0 &&
	    found(txn, "data.usage.launches", "42") == 1 && indexed(txn) == 4,
	    "the index follows");
	is_text(store(txn, "usage", "1", "{'paying':null,'last_seen':null}", NOW, 0), ".+-.",
	    "clearing");
	ok(indexed(txn) == 3 && found(txn, "data.usage.paying", "true") == 0,
	    "a cleared value leaves the index");
	is_text(row(txn, "u1\0usage"), "{'values':{'launches':42,"
	    "'/account/plan':'pro \\'x\\' \\\\'},'set':{'launches':" LATER ",'paying':" SET ","
	    "'/account/plan':" SET "},'at':'2023-11-14T22:13:30Z'}",
	    "cleared is remembered, never set is not");
	is_text(store(txn, "usage", "2", "{'last_seen':1}", NOW, 0), "..+.", "another user");
	is_text(row(txn, "u2\0usage"), "{'values':{'last_seen':'1970-01-01T00:00:01Z'},"
	    "'set':{'last_seen':" SET "},'at':'2023-11-14T22:13:20Z'}", "a time");
	is_text(store(txn, "usage", "2", "{'paying':null}", NOW, 0), ".-..",
	    "nothing to clear");
}

/* Times of events, in seconds beside NOW. */
static const struct {
	const char *values;
	int event;
	const char *expected, *data;
} events[] = {
	{ "{'launches':5}", 100, "+...", "5" },
	{ "{'launches':4}", 99, "-...", "5" },
	{ "{'launches':6}", 100, "+...", "6" },
	{ "{'launches':7,'paying':true}", 50, "-+..", "6" },
	{ "{'launches':null}", 200, "+...", "none" },
	{ "{'launches':8}", 199, "-...", "none" },
	{ "{'launches':9}", 201, "+...", "9" },
	{ "{'last_seen':null}", 300, "..+.", "9" },
	{ "{'last_seen':'2020-01-01'}", 299, "..-.", "9" },
	{ "{'last_seen':'2020-01-01'}", 301, "..+.", "9" },
};

static void
test_events(struct txn *txn, void *arg)
{
	struct json_object *data;

	(void)arg;
	for (size_t i = 0; i < COUNT(events); i++) {
		const char *name = arena_printf(txn_arena(txn), "%s at %d", events[i].values,
		    events[i].event);

		is_text(store(txn, "usage", "2", events[i].values, NOW,
		    NOW + events[i].event * SECOND), events[i].expected, name);
		data = json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("2")), "usage");
		is_text(json_has(data, "launches")
		    ? arena_string(txn_arena(txn), json_number_text(json_get(data, "launches")))
		    : "none", events[i].data, name);
	}
	is_text(store(txn, "tablet/state", "2", "{'s':null}", NOW, NOW + 9), "-", "clear first");
	is_text(store(txn, "tablet/state", "2", "{'s':'x'}", NOW, NOW + 8), "-",
	    "what is older than a clear stays out");
	group_drop_all(txn, RECORD_USER, SPAN("2"));
	is_text(store(txn, "usage", "2", "{'launches':9,'paying':true}", NOW, 0), "++..",
	    "anew");
}

static const char *
past(struct txn *txn, const char *name, size_t field, const char *id)
{
	return text_of(txn, group_history(txn, load(txn, name), field, span_of(id)));
}

static void
test_history(struct txn *txn, void *arg)
{
	const int64_t day = 86400 * SECOND;

	(void)arg;
	store(txn, "usage", "1", "{'/account/plan':'free'}", NOW + day, 0);
	store(txn, "usage", "1", "{'/account/plan':'free'}", NOW + 2 * day, 0);
	store(txn, "usage", "1", "{'/account/plan':'team','launches':43}", NOW + 3 * day, 0);
	is_text(past(txn, "usage", 3, "1"),
	    "[{'at':'2023-11-14T22:13:20Z','value':'pro \\'x\\' \\\\'},"
	    "{'at':'2023-11-16T22:13:20Z','value':'free'}]", "earlier values");
	is_text(past(txn, "usage", 0, "1"), "[]", "where none is kept");
	store(txn, "usage", "1", "{'/account/plan':null}", NOW + 91 * day, 0);
	is_text(past(txn, "usage", 3, "1"),
	    "[{'at':'2023-11-16T22:13:20Z','value':'free'},"
	    "{'at':'2023-11-17T22:13:20Z','value':'team'}]", "the oldest is forgotten");
	store(txn, "usage", "1", "{'/account/plan':'solo'}", NOW + 200 * day, 0);
	store(txn, "usage", "1", "{'/account/plan':'pro'}", NOW + 400 * day, 0);
	is_text(past(txn, "usage", 3, "1"), "[]", "all are too old");
	store(txn, "usage", "1", "{'/account/plan':'old'}", text_now() - 2 * day, 0);
	store(txn, "usage", "1", "{'/account/plan':'max'}", text_now() - day, 0);
}

static void
test_data(struct txn *txn, void *arg)
{
	(void)arg;
	store(txn, "phone/usage", "1", "{'launches':1}", NOW, 0);
	store(txn, "tablet/state", "1", "{'s':'on'}", NOW, 0);
	store(txn, "sync", "1042", "{'/a/~1i~0d':'R-1'}", NOW, 0);
	store(txn, "totals", "phone", "{'users':3}", NOW, 0);
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("1")), "usage")),
	    "{'launches':43,'/account/plan':'max','Launches':43,'Plan':'max','plan':'max'}",
	    "parameters, labels, last parts");
	is_text(text_of(txn, group_data(txn, SPAN(""), RECORD_USER, SPAN("1"))),
	    "{'phone/usage':{'launches':1,'Launches':1},'tablet/state':{'s':'on','S':'on'},"
	    "'usage':{'launches':43,'/account/plan':'max','Launches':43,'Plan':'max',"
	    "'plan':'max'},'state':{'s':'on','S':'on'}}", "a free key is a name");
	is_text(text_of(txn, json_get(group_data(txn, SPAN("phone"), RECORD_USER,
	    SPAN("1")), "usage")), "{'launches':1,'Launches':1}", "the own project's before");
	is_text(text_of(txn, group_data(txn, SPAN(""), RECORD_FEEDBACK, SPAN("1042"))),
	    "{'sync':{'/a/~1i~0d':'R-1','Id':'R-1','/i~d':'R-1'}}", "of a ticket");
	is_text(text_of(txn, group_data(txn, SPAN("phone"), RECORD_PROJECT, SPAN("phone"))),
	    "{'totals':{'users':3,'Users':3}}", "of a project");
	is_text(text_of(txn, group_data(txn, SPAN(""), RECORD_USER, SPAN("9"))), "{}", "of nobody");
	apply(txn, &kind_group, "{'kind':'group','key':'state','name':'S','automation':'user',"
	    "'project':'phone','fields':[{'label':'b','parameter':'/x/c','type':'string'},"
	    "{'label':'c','parameter':'b','type':'string'}]}");
	store(txn, "phone/state", "1", "{'/x/c':'v'}", NOW, 0);
	is_text(text_of(txn, json_get(group_data(txn, SPAN(""), RECORD_USER, SPAN("1")), "phone/state")),
	    "{'/x/c':'v'}", "a name that another field has is not free, whether it is set or not");
	ok(!json_has(group_data(txn, SPAN(""), RECORD_USER, SPAN("1")), "state"),
	    "a key that two projects have is not free");
	store(txn, "phone/state", "1", "{'/x/c':null}", NOW, 0);
}

static const struct {
	enum record record;
	const char *project, *path, *expected;
} paths[] = {
	{ RECORD_USER, "", "data.usage.launches", "data.usage.launches" },
	{ RECORD_USER, "", "data.usage.Launches", "data.usage.launches" },
	{ RECORD_USER, "", "data.usage.plan", "data.usage./account/plan" },
	{ RECORD_USER, "phone", "data.usage.launches", "data.phone/usage.launches" },
	{ RECORD_USER, "phone", "data.usage.plan", "" },
	{ RECORD_USER, "", "data.phone/usage.Launches", "data.phone/usage.launches" },
	{ RECORD_USER, "tablet", "data.state.s", "data.tablet/state.s" },
	{ RECORD_FEEDBACK, "", "data.usage.launches", "" },
	{ RECORD_FEEDBACK, "", "data.sync./i~d", "data.sync./a/~1i~0d" },
	{ RECORD_USER, "", "data.usage", "" },
	{ RECORD_USER, "", "data.usage.", "" },
	{ RECORD_USER, "", "fields.usage.launches", "" },
};

static void
test_paths(struct txn *txn, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < COUNT(paths); i++)
		is_text(arena_string(txn_arena(txn), group_index_path(txn, paths[i].record,
		    span_of(paths[i].project), span_of(paths[i].path))), paths[i].expected,
		    paths[i].path);
}

/* Values as documents */

static const struct {
	const char *doc, *expected;
} values[] = {
	{ "{'kind':'value','group':'usage','user':'ANN@mail.example','values':{'launches':43}}",
	    "=" },
	{ "{'kind':'value','group':'usage','user':'ann@mail.example',"
	    "'values':{'launches':'44','paying':null},'at':'2024-01-01T00:00:00Z'}", "u" },
	{ "{'kind':'value','group':'usage','user':'ann@mail.example',"
	    "'values':{'launches':'44','paying':null},'at':'2024-01-01T00:00:00Z'}", "=" },
	{ "{'kind':'value','group':'tablet/state','user':'a/b@mail.example',"
	    "'values':{'s':'off'},'set':{'s':{'at':'2023-01-01T00:00:00Z'}}}", "c" },
	{ "{'kind':'value','group':'state','project':'tablet','user':'a/b@mail.example',"
	    "'values':{},'set':{'s':{'at':'2023-01-02'}}}", "u" },
	{ "{'kind':'value','group':'state','project':'tablet','user':'a/b@mail.example',"
	    "'values':{},'set':{'s':{'at':'2023-01-02'}},'at':'2023-01-03'}", "u" },
	{ "{'kind':'value','group':'totals','target':'phone','values':{'users':3}}", "=" },
	{ "{'kind':'value','group':'sync','user':'ann@mail.example','values':{}}",
	    "/group: is a group for feedback automation: \"feedback\" must be given" },
	{ "{'kind':'value','group':'sync','feedback':'1','values':{}}",
	    "/feedback: there is no feedback \"1\"" },
	{ "{'kind':'value','group':'none','feedback':'1','values':{}}",
	    "/group: there is no group \"none\"" },
	{ "{'kind':'value','group':'usage','user':'ann@mail.example',"
	    "'values':{'launches':1.5,'a/b':1},'set':{'x':{'at':'2023-01-02'}},"
	    "'history':{'launches':[{'at':'2023-01-02','value':'y'}]}}",
	    "/set/x: the group has no parameter \"x\"\n"
	    "/values/launches: an integer is expected, got the number 1.5\n"
	    "/values/a~1b: the group has no parameter \"a/b\"\n"
	    "/history/launches/0/value: an integer is expected, got the string \"y\"" },
	{ "{'kind':'value','group':'phone/usage','project':'phone','values':{},"
	    "'set':{'a':{'delivery':'x'}},'history':{'a':1,'b':[{}]}}",
	    "/project: the name of the group has a project already\n"
	    ": one of \"user\", \"feedback\" and \"target\" (the key of a project) must be "
	    "given\n"
	    "/set/a/at: \"at\" is missing\n"
	    "/set/a/delivery: \"delivery\" must be a UUID\n"
	    "/history/a: must be a list of {\"at\":…,\"value\":…}\n"
	    "/history/b/0/at: \"at\" is missing\n"
	    "/history/b/0/value: \"value\" is missing" },
};

static void
test_values(struct txn *txn, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < COUNT(values); i++)
		is_text(apply(txn, &kind_value, values[i].doc), values[i].expected,
		    values[i].doc);
	is_text(get(txn, &kind_value, "tablet/state/a/b@mail.example"),
	    "{'kind':'value','group':'state','project':'tablet','user':'a/b@mail.example',"
	    "'values':{},'at':'2023-01-03T00:00:00Z','set':{'s':{'at':'2023-01-02T00:00:00Z'}}}",
	    "cleared by its time");
	is_text(get(txn, &kind_value, "sync/1042"), "{'kind':'value','group':'sync',"
	    "'feedback':'1042','values':{'/a/~1i~0d':'R-1'},'at':'2023-11-14T22:13:20Z',"
	    "'set':{'/a/~1i~0d':" SET "}}", "with its delivery");
	is_text(get(txn, &kind_value, "usage/a/b@mail.example/x"), "null", "nobody's");
	is_text(drop(txn, &kind_value, "tablet/state/a/b@mail.example"), "removed", "remove");
	is_text(drop(txn, &kind_value, "tablet/state/a/b@mail.example"), "absent", "again");
}

struct exported {
	char *text;   /* JSON Lines, ' for " */
	char *tables;
};

static const char *
state(struct txn *txn)
{
	const char *index = dump(txn, TABLE_INDEX), *history = dump(txn, TABLE_HISTORY);

	return arena_printf(txn_arena(txn), "%s%s%s", dump(txn, TABLE_VALUE), index, history);
}

static void
test_export(struct txn *txn, void *arg)
{
	struct exported *exported = arg;

	exported->text = strdup(export(txn, &kind_value));
	exported->tables = strdup(state(txn));
	ok(strstr(exported->text, "'history':{'/account/plan':[{'at':'") != NULL,
	    "history is exported");
	group_drop_all(txn, RECORD_USER, SPAN("1"));
	group_drop_all(txn, RECORD_USER, SPAN("2"));
	group_drop_all(txn, RECORD_FEEDBACK, SPAN("1042"));
	group_drop_all(txn, RECORD_PROJECT, SPAN("phone"));
	ok(rows_in(txn, TABLE_VALUE) == 0 && rows_in(txn, TABLE_HISTORY) == 0 && indexed(txn) == 0,
	    "everything of all records is gone");
}

static void
test_import(struct txn *txn, void *arg)
{
	struct exported *exported = arg;
	bool created = true, same = true;

	for (int pass = 0; pass < 2; pass++) {
		char *copy = arena_string(txn_arena(txn), span_of(exported->text)), *rest;

		for (char *p = strtok_r(copy, "\n", &rest); p != NULL;
		    p = strtok_r(NULL, "\n", &rest)) {
			created &= pass > 0 || strcmp(apply(txn, &kind_value, p), "c") == 0;
			same &= pass == 0 || strcmp(apply(txn, &kind_value, p), "=") == 0;
		}
	}
	ok(created, "created anew");
	ok(same, "applied again nothing changes");
	is_text(state(txn), exported->tables, "the same store");
	free(exported->text);
	free(exported->tables);
}

int
main(void)
{
	struct exported exported = { NULL, NULL };

	if (!scratch_open(&s))
		return 1;
	ok(scratch_run(&s, STORE_WRITE, test_groups, NULL), "groups");
	ok(scratch_run(&s, STORE_WRITE, test_storing, NULL), "storing");
	ok(scratch_run(&s, STORE_WRITE, test_events, NULL), "events");
	ok(scratch_run(&s, STORE_WRITE, test_history, NULL), "history");
	ok(scratch_run(&s, STORE_WRITE, test_data, NULL), "data");
	ok(scratch_run(&s, STORE_READ, test_paths, NULL), "paths");
	ok(scratch_run(&s, STORE_WRITE, test_values, NULL), "values");
	ok(scratch_run(&s, STORE_WRITE, test_export, &exported), "export");
	ok(scratch_run(&s, STORE_WRITE, test_import, &exported), "import");
	scratch_close(&s);
	return tap_done();
}
