/* SPDX-License-Identifier: ISC */
/* Reports: the same however often they breathe, and what they refuse.
 * Whether the figures are right is compared with sqlite3 by tests/reports.sh. */
#include "command/job.h"
#include "report/report.h"

#define USERS 700
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct scratch store;

static void
fill(void)
{
	static const char *const words[] = { "pro", "free", "Zürich", "" };
	struct run job = { .store = NULL };
	struct buf out = { 0 };

	buf_puts(&out, "{'command':'apply','documents':[{'doc':{'kind':'setting','community':'C'}},"
	    "{'doc':{'kind':'project','key':'phone','name':'Phone'}},"
	    "{'doc':{'kind':'team','key':'vip','project':'phone','name':'VIP'}},"
	    "{'doc':{'kind':'team','key':'all','name':'All'}},"
	    "{'doc':{'kind':'group','key':'g','name':'G','automation':'user','fields':["
	    "{'label':'Number','parameter':'n','type':'integer'},"
	    "{'label':'Word','parameter':'/w','type':'string'}]}},"
	    "{'doc':{'kind':'group','key':'p','project':'phone','name':'P','automation':'user',"
	    "'fields':[{'label':'N','parameter':'n','type':'integer'}]}},"
	    "{'doc':{'kind':'view','key':'v','name':'Some','automation':'user',"
	    "'filter':'data.g.n < 100','columns':['email','firstName','data.g.n','fields.x']}}");
	for (int i = 0; i < USERS; i++) {
		buf_printf(&out, ",{'doc':{'kind':'user','email':'u%d@x.example','teams':[%s],"
		    "'fields':{'x':%s}}}", i, i % 5 == 0 ? "'all','phone/vip'" : i % 3 == 0
		    ? "'all'" : "", i % 2 == 0 ? "1" : i % 7 == 0 ? "true" : "'t'");
		if (i % 4 != 0)
			buf_printf(&out, ",{'doc':{'kind':'value','group':'g','user':'u%d@x.example',"
			    "'values':{'n':%d,'/w':'%s'}}}", i, i * 7 % 311, words[i % 4]);
		if (i % 10 == 0)
			buf_printf(&out, ",{'doc':{'kind':'value','group':'phone/p',"
			    "'user':'u%d@x.example','values':{'n':%d}}}", i, i);
		buf_printf(&out, ",{'doc':{'kind':'comment','user':'u%d@x.example',"
		    "'author':'u%d@x.example','text':'T','at':'2026-11-%02dT10:00:00Z'}}", i,
		    i % 9, i % 28 + 1);
	}
	buf_puts(&out, "]}");
	buf_putc(&out, '\0');
	if (!ok(strstr(run(&job, &store, out.p), "! ") == NULL, "the world is applied"))
		printf("# %.1000s\n", job.out.p);
	run_close(&job);
	buf_free(&out);
}

struct cut {
	struct report *report;
	bool breathes;
	int breaths;
};

static bool
late(void *arg)
{
	return ((struct cut *)arg)->breathes;
}

static void
others(void *arg)
{
	((struct cut *)arg)->breaths++;
}

static void
make(struct txn *txn, void *arg)
{
	struct cut *cut = arg;
	struct breath breath = { late, others, cut };

	txn_breathes(txn, &breath);
	report_make(txn, cut->report);
}

static const char *
made(struct arena *arena, struct report_ask ask, bool breathes, int *breaths_r)
{
	struct cut cut = { .report = report_new(arena, &ask), .breathes = breathes };
	struct buf out = { 0 };
	struct jsonout json = json_to(&out);
	const char *text;

	if (!scratch_run(&store, STORE_READ, make, &cut))
		return arena_printf(arena, "! %s", store.error.detail);
	*breaths_r = cut.breaths;
	report_tell(cut.report, &json);
	text = arena_string(arena, buf_bytes(&out));
	buf_free(&out);
	return text;
}

static void
test_cuts(void)
{
	static const struct {
		const char *of, *by, *filter, *like;
	} cases[] = {
		{ "g", "", "", "*\"records\":700,*\"records\":525,*\"unset\":175,*" },
		{ "g", "Word", "", "*\"by\":*{\"value\":\"\"}*" },
		{ "g", "data.g.n", "data.g.n > 50", "*\"filter\":*" },
		{ "user", "", "", "*\"field\":\"teams\"*\"list\":true,\"records\":327,"
		    "*\"values\":467,\"unset\":373,*" },
		{ "user", "teams", "'all' in user.teams", "*\"records\":[327,140,0]*" },
		{ "user", "fields.x", "", "*\"field\":\"fields.x\",\"label\":\"x\",\"type\":\"string\"*" },
		{ "phone/p", "", "", "*\"records\":140,*\"records\":70,*" },
		{ "v", "", "", "*\"title\":\"Some\"*\"field\":\"email\"*\"field\":\"data.g.n\"*"
		    "\"max\":99,*\"field\":\"fields.x\"*" },
		{ "v", "", "data.g.n > 90", "*\"min\":91,\"max\":99,*" },
		{ "comment", "", "", "*\"records\":700,*\"first\":\"2026-11-01T10:00:00Z\"*" },
		{ "comment", "author", "comment.at > '2026-11-20'", "*\"by\":{\"field\":\"author\"*" },
		{ "feedback", "status", "", "*\"records\":0,*" },
		{ "nobody", "", "", "! there is no report, no group and no view \"nobody\"*" },
		{ "user", "", "user.", "! the filter: *" },
		{ "user", "firstName", "", "! users have no field \"firstName\" that can be counted*" },
		{ "user", "scor", "", "*did you mean \"score\"?" },
		{ "user", "data.g.zz", "", "! users have no external data \"data.g.zz\"" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *arena = arena_new();
		struct report_ask ask = { .of = span_of(cases[i].of), .by = span_of(cases[i].by),
			.filter = span_of(cases[i].filter), .now = 1 };
		int once = 0, often = 0;
		const char *whole = made(arena, ask, false, &once);
		const char *cut = made(arena, ask, true, &often);

		is_like(whole, cases[i].like, cases[i].of);
		is_text(cut, whole, "the same with breaths");
		ok(once == 0 && (often > 1 || whole[0] == '!' || strcmp(cases[i].of, "feedback") == 0),
		    "%d of them", often);
		arena_free(&arena);
	}
}

int
main(void)
{
	if (!scratch_open(&store))
		return 1;
	fill();
	test_cuts();
	scratch_close(&store);
	return tap_done();
}
