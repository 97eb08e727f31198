/* SPDX-License-Identifier: ISC */
/*
 * Selections: whatever the plan, the rows are those that the filter holds for
 * when every record is read, each once, in the order that was asked for; and
 * pages, breaths and passes give the same rows as one walk.
 */
#include "base/json_document.h"
#include "base/json_text.h"
#include "base/pointer.h"
#include "command/job.h"
#include "community/group.h"
#include "community/select.h"
#include "lang/filter.h"

#define USERS 150
#define ROWS_MAX 1000
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct scratch store;
static uint32_t seed = 42;
static unsigned ways; /* that were seen: a bit each */

enum { SEEN_ALL = 1, SEEN_INDEX = 2, SEEN_ORDER = 4, SEEN_MEMORY = 8 };

static uint32_t
dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % sides;
}

static const char *const world[] = {
	"{'kind':'project','key':'phone','name':'Phone'}",
	"{'kind':'project','key':'watch','name':'Watch'}",
	"{'kind':'team','key':'vip','project':'phone','name':'VIP'}",
	"{'kind':'group','key':'usage','name':'Usage','automation':'user','fields':["
	"{'label':'Launches','parameter':'launches','type':'integer'},"
	"{'label':'Paying','parameter':'paying','type':'boolean'},"
	"{'label':'Seen','parameter':'/last/seen','type':'datetime'},"
	"{'label':'Plan','parameter':'plan','type':'string'}]}",
	/* Twice the same key: data.both means another group for some. */
	"{'kind':'group','key':'both','name':'B','automation':'user','fields':["
	"{'label':'N','parameter':'n','type':'integer'}]}",
	"{'kind':'group','key':'both','project':'phone','name':'B','automation':'user','fields':["
	"{'label':'N','parameter':'n','type':'integer'}]}",
	"{'kind':'group','key':'only','project':'watch','name':'O','automation':'user','fields':["
	"{'label':'N','parameter':'n','type':'integer'}]}",
	"{'kind':'filter','key':'paying','automation':'user','filter':'data.usage.paying'}",
};

static const char *const numbers[] = { "-9223372036854775808", "9223372036854775807", "0",
	"-1", "1", "41", "42", "1000000" };
static const char *const plans[] = { "''", "'Pro'", "'pro'", "'pro plus'", "'Ärger'",
	"'pro\\u0001x'", "'zz'" };

static void
put_doc(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
put_doc(struct buf *out, const char *format, ...)
{
	char text[2000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	buf_printf(out, ",{'doc':%s}", text);
}

static void
put_user(struct buf *out, int i)
{
	char plan[300] = "'";
	char email[40];

	snprintf(email, sizeof email, "%s%d@mail.example", i % 3 == 0 ? "Ann" : "bob", i);
	put_doc(out, "{'kind':'user','id':'u%d','email':'%s','teams':[%s],'fields':{%s},"
	    "'createdAt':'2026-%02u-01'}", i, email, i % 4 == 0 ? "'phone/vip'" : "",
	    i % 5 == 0 ? "'n':2.5,'t':'x'" : i % 5 == 1 ? "'n':-3" : i % 5 == 2
	    ? "'n':'10'" : "'flag':true", dice(12) + 1);
	if (i % 7 == 0)
		return;
	/* Long texts have the same beginning. */
	if (dice(10) == 0)
		snprintf(plan, sizeof plan, "'%0230u'", dice(5));
	else
		snprintf(plan, sizeof plan, "%s", plans[dice(COUNT(plans))]);
	put_doc(out, "{'kind':'value','group':'usage','user':'%s','values':{'launches':%s,"
	    "'paying':%s,'/last/seen':%u,'plan':%s}}", email,
	    dice(9) == 0 ? "null" : dice(3) == 0 ? numbers[dice(COUNT(numbers))]
	    : (char[12]){ (char)('1' + dice(9)), (char)('0' + dice(10)), '\0' },
	    dice(2) == 0 ? "true" : "false", 1700000000 + dice(100) * 86400, plan);
	if (i % 2 == 0)
		put_doc(out, "{'kind':'value','group':'%s','user':'%s','values':{'n':%u}}",
		    i % 6 == 0 ? "phone/both" : "both", email, dice(20));
	if (i % 11 == 0)
		put_doc(out, "{'kind':'value','group':'watch/only','user':'%s',"
		    "'values':{'n':%u}}", email, dice(20));
}

static void
fill(void)
{
	struct run job = { .store = NULL };
	struct buf out = { 0 };

	buf_puts(&out, "{'command':'apply','documents':[{'doc':{'kind':'setting','community':'C'}}");
	for (size_t i = 0; i < COUNT(world); i++)
		put_doc(&out, "%s", world[i]);
	for (int i = 0; i < USERS; i++)
		put_user(&out, i);
	for (int i = 0; i < 60; i++)
		put_doc(&out, "{'kind':'feedback','project':'%s','id':'t%d','title':'T%u',"
		    "'status':'%s','votes':%u}", i % 3 == 0 ? "watch" : "phone", i, dice(50),
		    i % 2 == 0 ? "Open" : "Closed", dice(9));
	buf_puts(&out, "]}");
	buf_putc(&out, '\0');
	if (!ok(strstr(run(&job, &store, out.p), "! ") == NULL, "the world is applied"))
		printf("# %.1000s\n", job.out.p);
	run_close(&job);
	buf_free(&out);
}

/* One question, and what came. */
struct asked {
	struct select_ask ask;
	int64_t page;              /* rows of one selection; 0: all of one */
	int slice;                 /* records between two breaths; 0: none */
	int looked, stops;
	const char *change;        /* by a command, instead of others' changes, … */
	int change_at;             /* … at this breath */
	struct arena *arena;
	struct span ids[ROWS_MAX];
	struct span values[ROWS_MAX]; /* of the first column */
	size_t n;
	bool failed;
	struct select *select;
	bool explained;
};

static void
note_way(struct asked *asked)
{
	struct buf out = { 0 };
	struct jsonout json = json_to(&out);

	json_open(&json, '{');
	select_explain(asked->select, &json);
	buf_puts(&out, "}");
	buf_putc(&out, '\0');
	ways |= strstr(out.p, "\"order\":\"memory\"") != NULL ? SEEN_MEMORY
	    : strstr(out.p, "\"scan\":\"all\"") != NULL ? SEEN_ALL
	    : asked->ask.sort.n > 0 ? SEEN_ORDER : SEEN_INDEX;
	buf_free(&out);
	asked->explained = true;
}

static bool
late(void *arg)
{
	struct asked *asked = arg;

	return asked->slice > 0 && ++asked->looked % asked->slice == 0;
}

/* Others change rules, so that all is compiled once more. */
static void
others(void *arg)
{
	struct asked *asked = arg;
	struct run job = { .store = NULL };

	if (asked->change != NULL) {
		if (asked->looked == asked->change_at * asked->slice)
			(void)run(&job, &store, asked->change);
	} else if (asked->looked % (3 * asked->slice) == 0)
		(void)run(&job, &store, asked->looked % 2 == 0
		    ? "{'command':'apply','documents':[{'doc':{'kind':'team','key':'x','name':'1'}}]}"
		    : "{'command':'apply','documents':[{'doc':{'kind':'team','key':'x','name':'2'}}]}");
	run_close(&job);
}

/* All, or a page. */
static bool
some(struct txn *txn, struct asked *asked)
{
	struct select_row row;
	int64_t rows = 0;

	if (!select_begin(txn, asked->select))
		return false;
	if (!asked->explained)
		note_way(asked);
	while (select_next(asked->select, &row)) {
		if (asked->n == ROWS_MAX)
			continue;
		asked->ids[asked->n] = arena_copy(asked->arena, row.id);
		asked->values[asked->n] = row.values[0].p != NULL
		    ? arena_copy(asked->arena, row.values[0]) : row.values[0];
		asked->n++;
		if (asked->page > 0 && ++rows == asked->page) {
			/* The next page is another selection, as of another call. */
			struct span position = arena_copy(asked->arena,
			    select_position(asked->select));

			select_end(asked->select);
			asked->select = select_new(asked->arena, &asked->ask);
			select_after(asked->select, position);
			return true;
		}
	}
	if (select_stopped(asked->select)) {
		struct span position = arena_copy(asked->arena, select_position(asked->select));

		select_end(asked->select);
		asked->stops++;
		asked->select = select_new(asked->arena, &asked->ask);
		select_after(asked->select, position);
		return true;
	}
	select_end(asked->select);
	return false;
}

static void
all(struct txn *txn, void *arg)
{
	struct asked *asked = arg;
	struct breath breath = { late, others, asked };

	txn_breathes(txn, &breath);
	while (some(txn, asked))
		continue;
}

static void
ask(struct asked *asked)
{
	asked->n = 0;
	asked->looked = 0;
	asked->failed = asked->explained = false;
	asked->select = select_new(asked->arena, &asked->ask);
	asked->failed = !scratch_run(&store, STORE_READ, all, asked);
}

/* The same by reading every record. */
struct expected {
	struct arena *arena;
	enum record record;
	struct span source, project;
	struct span ids[ROWS_MAX];
	size_t n;
	struct txn *txn;
	struct json_object *doc;
	struct span id;
};

static struct json_object *
root(void *arg, const char *name)
{
	struct expected *expected = arg;

	if (strcmp(name, record_name(expected->record)) == 0)
		return expected->doc;
	return group_data(expected->txn, expected->project, expected->record, expected->id);
}

static bool
participates(struct json_object *doc, struct span project)
{
	struct json_object *projects = json_get(doc, "projects");

	if (span_eq(json_string(doc, "project"), project))
		return true;
	for (size_t i = 0; i < json_count(projects); i++)
		if (span_eq(json_span(json_at(projects, i)), project))
			return true;
	return false;
}

static void
expect(struct txn *txn, void *arg)
{
	struct expected *expected = arg;
	struct facts facts = { .root = root, .arg = expected, .now = 1800000000000000 };
	const char *const names[] = { record_name(expected->record), "data", NULL };
	const struct filter_roots roots = { .names = names };
	struct filter_error error;
	const struct filter *filter = filter_compile(txn_arena(txn), expected->source, &roots,
	    &error);
	struct span after = { NULL, 0 };

	expected->txn = txn;
	while (filter != NULL && (expected->doc = record_next(txn, expected->record, after,
	    &after)) != NULL) {
		/* Of a project the position is of all documents. */
		expected->id = expected->record == RECORD_PROJECT ? json_string(expected->doc, "key")
		    : after;
		if (expected->project.n > 0 && !participates(expected->doc, expected->project))
			continue;
		if (filter_match(filter, &facts, txn_arena(txn), NULL))
			expected->ids[expected->n++] = arena_copy(expected->arena, expected->id);
	}
}

static int
by_id(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static bool
same_ids(const struct asked *asked, const struct expected *expected)
{
	struct span ids[ROWS_MAX];

	if (asked->failed || asked->n != expected->n)
		return false;
	memcpy(ids, asked->ids, asked->n * sizeof *ids);
	qsort(ids, asked->n, sizeof *ids, by_id);
	for (size_t i = 0; i < asked->n; i++)
		if (!span_eq(ids[i], expected->ids[i]))
			return false;
	return true;
}

/* Values of one type here: integers, or text by its bytes. */
static int
by_value(struct span a, struct span b, bool folded)
{
	struct arena *arena;
	int64_t x, y;
	int order;

	if (text_integer(a, &x) && text_integer(b, &y))
		return x < y ? -1 : x > y;
	arena = arena_new();
	if (a.p[0] == '"') {
		a = json_span(json_load(arena, a));
		b = json_span(json_load(arena, b));
	}
	order = span_cmp(folded ? text_fold(arena, a) : a, folded ? text_fold(arena, b) : b);
	arena_free(&arena);
	return order;
}

static bool
in_order(const struct asked *asked)
{
	bool backwards = span_starts(asked->ask.sort, "-");
	bool folded = span_is(asked->ask.columns[0], "email");

	for (size_t i = 1; i < asked->n; i++) {
		struct span a = asked->values[i - 1], b = asked->values[i];
		int order = a.p == NULL || b.p == NULL ? (a.p == NULL) - (b.p == NULL)
		    : (backwards ? -1 : 1) * by_value(a, b, folded);

		/* Beyond 200 bytes text has no order. */
		if (order > 0 && (a.p == NULL || a.n <= 200 || b.n <= 200))
			return false;
	}
	return true;
}

static bool
same_rows(const struct asked *a, const struct asked *b)
{
	if (a->failed || b->failed || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!span_eq(a->ids[i], b->ids[i]))
			return false;
	return true;
}

static int ordered_looks; /* how often an order was kept over several of them */

static void
compare(enum record record, const char *source, const char *sort, const char *project)
{
	struct span column = span_of(*sort == '-' ? sort + 1 : *sort != '\0' ? sort : "id");
	struct arena *arena = arena_new();
	struct asked *all = arena_alloc(arena, sizeof *all);
	struct asked *paged = arena_alloc(arena, sizeof *paged);
	struct expected *expected = arena_alloc(arena, sizeof *expected);
	char *copy = arena_string(arena, span_of(source));

	*expected = (struct expected){ .arena = arena, .record = record,
		.source = span_of(source), .project = span_of(project) };
	if (strcmp(copy, "saved('paying')") == 0)
		expected->source = SPAN("data.usage.paying");
	scratch_run(&store, STORE_READ, expect, expected);
	qsort(expected->ids, expected->n, sizeof *expected->ids, by_id);
	all->arena = paged->arena = arena;
	all->ask = (struct select_ask){ .record = record, .project = span_of(project),
		.filter = span_of(source), .sort = span_of(sort), .columns = &column,
		.column_count = 1, .now = 1800000000000000 };
	paged->ask = all->ask;
	ask(all);
	if (!ok(same_ids(all, expected), "%s [%s] by [%s] %s: the same rows", record_name(record),
	    source, sort, project))
		printf("# %zu rows, %zu expected\n", all->n, expected->n);
	if (*sort != '\0')
		ok(in_order(all), "%s by %s: in order", source, sort);
	paged->slice = 3;
	ask(paged);
	ok(same_rows(all, paged), "%s by %s: the same with breaths, while rules change", source, sort);
	/* A limit changes the plan, and memory holds no more than that at once. */
	paged->ask.limit = 7;
	ask(paged);
	if (!ok(same_ids(paged, expected), "%s by %s: the same in passes", source, sort))
		printf("# %zu rows, %zu expected, failed %d\n", paged->n, expected->n, paged->failed);
	paged->page = 7;
	paged->slice = 0;
	ask(paged);
	ok(same_ids(paged, expected) && (*sort == '\0' || in_order(paged)),
	    "%s by %s: the same by pages", source, sort);
	/* What is put in order in memory is looked at whole, or not at all. */
	paged->ask.looks = 4;
	ask(paged);
	ok((paged->failed && *sort != '\0') || (same_ids(paged, expected) &&
	    (*sort == '\0' || in_order(paged))), "%s by %s: the same by a few looks", source, sort);
	ordered_looks += !paged->failed && *sort != '\0' && paged->stops > 0;
	arena_free(&arena);
}

static void
test_rows(void)
{
	static const char *const filters[] = {
		"", "data.usage.launches > 41", ("data.usage.launches >= 41 && "
		"data.usage.launches < 43"), "data.usage.launches == 9223372036854775807",
		"data.usage.launches <= -9223372036854775808", "data.usage.launches < 41.5",
		"data.usage.launches > 40.5 && user.score == 0", "data.usage.launches == 41.0",
		"data.usage.paying && data.usage.Launches > 10", "data.usage.paying == false",
		"saved('paying')", "data.usage.plan == 'pro'", "data.usage.plan > 'pro'",
		"data.usage.plan.startsWith('pro')", "data.usage.plan == ''",
		"data.usage.plan.startsWith('0000') && data.usage.plan < '1'",
		"timestamp(data.usage.seen) > timestamp('2023-12-01')",
		"timestamp(data.usage.seen) > now - duration('1160d')",
		"data.usage.seen > '2023-12-01'", "user.email == 'Ann3@mail.example'",
		"user.email == 'ann3@mail.example'", "user.email > 'b'",
		"user.email.startsWith('Ann')", "'phone/vip' in user.teams",
		"user.teams == 'phone/vip'", "'n' in user.fields", "user.fields.n == -3",
		"user.fields.n > 2", "user.fields.n == '10'", "user.fields.flag",
		"data.both.n > 10", "data.both.n == 3 && user.score == 0", "data.only.n >= 0",
		"data['watch/only'].n > 5", "data['phone/both'].n > 5",
		"timestamp(user.createdAt) >= timestamp('2026-06-01') && data.usage.paying",
		"data.usage.launches > 1 || user.score > 0", "data.usage.launches > 'x'",
		"data.nothing.x == 1", "has(data.usage.plan) && !data.usage.paying",
	};
	static const char *const sorts[] = { "data.usage.launches", "-data.usage.launches",
		"email", "-createdAt", "fields.t", "data.usage.plan", "-data.usage.Plan" };

	for (size_t i = 0; i < COUNT(filters); i++)
		compare(RECORD_USER, filters[i], "", "");
	for (size_t i = 0; i < COUNT(filters); i += 5)
		for (size_t j = 0; j < COUNT(sorts); j++)
			compare(RECORD_USER, filters[i], sorts[j], "");
	compare(RECORD_USER, "data.usage.launches > 10", "-data.usage.launches", "phone");
	compare(RECORD_USER, "data.both.n > 5", "", "phone");
	compare(RECORD_FEEDBACK, "feedback.status == 'Open'", "title", "");
	compare(RECORD_FEEDBACK, "feedback.votes > 4", "-votes", "watch");
	compare(RECORD_PROJECT, "", "-name", "");
	ok(ordered_looks > 0, "orders of the index go on: %d", ordered_looks);
	ok(ways == (SEEN_ALL | SEEN_INDEX | SEEN_ORDER | SEEN_MEMORY),
	    "every plan was used: %u", ways);
}

#define MOVING(filter) "{'command':'apply','documents':[{'doc':{'kind':'filter'," \
	"'key':'moving','automation':'user','filter':'" filter "'}}]}"

/* A saved filter becomes another one at each place of the walk in turn, which holds for the
 * same users, but is found by another index. */
static void
test_changed_rules(void)
{
	static const char by_plan[] = MOVING("data.usage.plan == \\'pro\\' && "
	    "(data.usage.launches >= 0 || false)");
	static const char by_launches[] = MOVING("data.usage.launches >= 0 && "
	    "(data.usage.plan == \\'pro\\' || false)");
	static const char *const sorts[] = { "/fields/n", "" };
	struct arena *arena = arena_new();
	struct asked *quiet = arena_alloc(arena, sizeof *quiet);
	struct asked *changed = arena_alloc(arena, sizeof *changed);
	struct run job = { .store = NULL };
	struct span column = SPAN("/fields/n");

	for (size_t i = 0; i < COUNT(sorts); i++) {
		int wrong = 0, places = 0, refused = 0;
		bool moved = true;

		quiet->arena = changed->arena = arena;
		quiet->slice = 0;
		quiet->ask = (struct select_ask){ .record = RECORD_USER, .columns = &column,
			.filter = SPAN("saved('moving')"), .sort = span_of(sorts[i]),
			.column_count = 1, .now = 1800000000000000 };
		(void)run(&job, &store, by_launches);
		ask(quiet);
		changed->ask = quiet->ask;
		changed->slice = 1;
		changed->change = by_launches;
		for (changed->change_at = 1; moved; changed->change_at++) {
			(void)run(&job, &store, by_plan);
			ask(changed);
			moved = changed->looked >= changed->change_at;
			places += moved;
			/* In the order of the index what was told may have come before the rest. */
			if (*sorts[i] == '\0' && changed->n > 0 && changed->failed)
				refused += moved && store.error.fault == FAULT_BUSY;
			else
				wrong += *sorts[i] == '\0' ? changed->failed || changed->n != quiet->n
				                          : !same_rows(quiet, changed);
		}
		ok(wrong == 0 && places > (int)quiet->n && quiet->n > 3, "by [%s], a filter that "
		    "is found by another index at one of %d places: the same %zu rows, not so %d "
		    "times", sorts[i], places, quiet->n, wrong);
		ok((refused > 0) == (*sorts[i] == '\0'), "or, where rows were told by the index that "
		    "is left, to be asked again: %d times", refused);
	}
	(void)run(&job, &store, "{'command':'remove','kind':'filter','name':'moving'}");
	run_close(&job);
	arena_free(&arena);
}

/* By the command: what people ask and read. */
static void
test_command(void)
{
	static const struct {
		const char *name, *args, *like;
	} cases[] = {
		{ "documents", "{'command':'select','kind':'project','sort':'name'}",
		    "{'kind':'project','key':'phone','name':'Phone'}\n*'key':'watch'*" },
		{ "columns as JSON", "{'command':'select','kind':'user','filter':'user.id == \\'u1\\'',"
		    "'rows':'json','columns':['email','data.usage.nope2']}",
		    "! usage: there is no column 'data.usage.nope2'*" },
		{ "what is absent is null", "{'command':'select','kind':'user','rows':'json',"
		    "'filter':'user.id == \\'u7\\'','columns':['email','data.usage.plan','teams']}",
		    "{'email':'bob7@mail.example','data.usage.plan':null,'teams':[]}\n" },
		{ "CSV", "{'command':'select','kind':'user','rows':'csv','sort':'email','limit':2,"
		    "'columns':['email','teams','data.usage.plan']}",
		    "Ann0@mail.example,phone/vip,\r\nAnn102@mail.example,,*\r\n{'more':'*'}\n" },
		{ "a derived column", "{'command':'select','kind':'feedback','rows':'json','limit':1,"
		    "'columns':['/id','comments']}", "{'/id':'t0','comments':0}\n{'more':*" },
		{ "the plan", "{'command':'select','kind':'user','explain':true,'filter':"
		    "'data.usage.launches > 1000 && user.score == 0'}",
		    "{'scan':'index','index':'data.usage.launches','range':'> 1000',"
		    "'estimate':*,'of':*,'order':'index'}\n" },
		{ "few are put in order, and not looked for in it", "{'command':'select','kind':'user',"
		    "'explain':true,'sort':'email','limit':1,'filter':'data.usage.plan == \\'zz\\''}",
		    "{'scan':'index','index':'data.usage.plan',*'order':'memory',*}\n" },
		{ "a few looks", "{'command':'select','kind':'user','look':2,'rows':'json',"
		    "'columns':['id'],'filter':'user.id == \\'u99\\''}", "{'more':'*'}\n" },
		{ "an order for which that is too few", "{'command':'select','kind':'user','look':20,"
		    "'sort':'firstName'}", "! usage: about * records would have to be put in order by "
		    "firstName, and 20 can be*" },
		{ "another kind", "{'command':'select','kind':'macro'}", "! usage: *" },
		{ "a filter that is wrong", "{'command':'select','kind':'user','filter':'user.x =='}",
		    "! usage: the filter: *" },
		{ "a view that is not there", "{'command':'select','kind':'user','view':'x'}",
		    "! usage: there is no view 'x'\n" },
		{ "a position of another question",
		    "{'command':'select','kind':'user','after':'787575'}", "! usage: 'after'*" },
		{ "a position that is none",
		    "{'command':'select','kind':'user','after':'7a'}", "! usage: 'after'*" },
		{ "nor one in an order",
		    "{'command':'select','kind':'user','sort':'email','after':'7a'}", "! usage: 'after'*" },
		{ "a view", "{'command':'apply','documents':[{'doc':{'kind':'view','key':'v',"
		    "'automation':'user','filter':'saved(\\'paying\\')','columns':['id'],"
		    "'sort':'-id'}}]}", "*'created'}\n" },
		{ "a view and a filter", "{'command':'select','kind':'user','view':'v','rows':'csv',"
		    "'filter':'user.id.startsWith(\\'u12\\')'}", "u12*\r\n*" },
		{ "of users", "{'command':'select','kind':'feedback','view':'v'}",
		    "! usage: the view v is of user automation\n" },
		{ "a view with a bad column", "{'command':'apply','documents':[{'doc':{'kind':'view',"
		    "'key':'w','automation':'user','columns':['data.x.y']}}]}",
		    "*there is no column *data.x.y*" },
		{ "a saved filter that is used", "{'command':'remove','kind':'filter','name':'paying'}",
		    "*is still used by view v*" },
		{ "a saved filter of itself", "{'command':'apply','documents':[{'doc':{'kind':"
		    "'filter','key':'paying','automation':'user','filter':'saved(\\'paying\\')'}}]}",
		    "*for ever*" },
		{ "a saved filter for others", "{'command':'apply','documents':[{'doc':{'kind':"
		    "'filter','key':'paying','automation':'feedback','filter':'true'}}]}",
		    "*is still used by view v*" },
		{ "a saved filter in another automation", "{'command':'select','kind':'feedback',"
		    "'filter':'saved(\\'paying\\')'}", "! usage: *is about 'user'*" },
		{ "a group that a view shows", "{'command':'apply','documents':[{'doc':{'kind':'view',"
		    "'key':'w','automation':'user','columns':['data.only.n']}}]}", "*'created'}\n" },
		{ "is not emptied", "{'command':'group-clear','name':'watch/only'}",
		    "*is still used by view w*" },
		{ "nor removed", "{'command':'remove','kind':'group','name':'watch/only'}",
		    "*is still used by view w*" },
		{ "without it", "{'command':'remove','kind':'view','name':'w'}", "*'removed'}\n" },
		{ "values are counted", "{'command':'group-clear','name':'watch/only','count':true}",
		    "{'records':12}\n" },
		{ "it is not removed with values", "{'command':'remove','kind':'group',"
		    "'name':'watch/only'}", "*still has values*" },
		{ "they are dropped", "{'command':'group-clear','name':'watch/only','expected':12}",
		    "*{'records':12}\n" },
		{ "then it is", "{'command':'remove','kind':'group','name':'watch/only'}",
		    "*'removed'}\n" },
		{ "no such group", "{'command':'group-clear','name':'watch/only'}", "! not-found: *" },
		{ "later in the same file", "{'command':'apply','documents':[{'doc':{'kind':'filter',"
		    "'key':'a','automation':'user','filter':'saved(\\'b\\')'}},{'doc':{'kind':'filter',"
		    "'key':'b','automation':'user','filter':'user.score > 1'}}]}", "*'created'}\n" },
	};
	struct run job = { .store = NULL };

	for (size_t i = 0; i < COUNT(cases); i++)
		is_like(run(&job, &store, cases[i].args), cases[i].like, cases[i].name);
	run_close(&job);
}

static void
test_text(void)
{
	static const struct {
		const char *text, *members;
	} cases[] = {
		{ "{}", "" }, { "[]", "" }, { "41", "" }, { "", "" },
		{ "{\"a\":1,\"b\":\"x,}\\\"y\",\"c\":{\"d\":[1,{}]},\"e\":null}",
		    "a=1 b=\"x,}\\\"y\" c={\"d\":[1,{}]} e=null " },
		{ "[\"a\",\"\\\\\",3,[],{\"k\":\"]\"}]", "=\"a\" =\"\\\\\" =3 =[] ={\"k\":\"]\"} " },
	};
	struct span rest, name, value;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = { 0 };

		rest = span_of(cases[i].text);
		while (json_text_next(&rest, &name, &value)) {
			buf_span(&out, name);
			buf_putc(&out, '=');
			buf_span(&out, value);
			buf_putc(&out, ' ');
		}
		buf_putc(&out, '\0');
		is_text(out.p, cases[i].members, cases[i].text);
		buf_free(&out);
	}
}

static void
test_csv(void)
{
	static const char *const cells[] = { "\"a,b\"", "\"say \\\"x\\\"\"", "\" lead\"",
		"\"l\\r\\n2\"", "[1,\"a\",null]", "{\"a\":1}", "true", "-1.50", NULL };
	struct span values[COUNT(cells)];
	struct arena *arena = arena_new();
	struct buf out = { 0 };

	for (size_t i = 0; i < COUNT(cells); i++)
		values[i] = (struct span){ cells[i], cells[i] != NULL ? strlen(cells[i]) : 0 };
	select_csv(arena, &out, values, COUNT(cells));
	buf_putc(&out, '\0');
	is_text(out.p, "\"a,b\",\"say \"\"x\"\"\",\" lead\",\"l\r\n2\",\"1, a, \","
	    "\"{\"\"a\"\":1}\",true,-1.50,\r\n", "CSV");
	buf_free(&out);
	arena_free(&arena);
}

int
main(void)
{
	if (!scratch_open(&store))
		return 99;
	test_text();
	test_csv();
	fill();
	test_rows();
	test_changed_rules();
	test_command();
	scratch_close(&store);
	return tap_done();
}
