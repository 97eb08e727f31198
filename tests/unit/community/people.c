/* SPDX-License-Identifier: ISC */
#include "community/people.h"

#include "base/text.h"
#include "community/feedback.h"
#include "community/people_apply.h"
#include "kinds/template.h"
#include "record/record.h"

static const int64_t noon = INT64_C(1795867200000000); /* 2026-11-28T12:00:00Z */

static const struct step {
	const struct kind *kind;
	const char *text, *expected;
} community[] = {
	{ &kind_setting, "{'kind':'setting','community':'Acme Beta'}", "c" },
	{ &kind_project, "{'kind':'project','key':'phone','name':'Phone beta'}", "c" },
	{ &kind_project, "{'key':'tv','name':'TV'}", "c" },
	{ &kind_rank, "{'key':'star','name':'Star','points':10}", "c" },
	{ &kind_rank, "{'key':'late','name':'Late','points':-3}", "c" },
	{ &kind_team, "{'key':'all','name':'Everybody'}", "c" },
	{ &kind_team, "{'key':'vip','project':'phone','name':'VIP'}", "c" },
	{ &kind_team, "{'key':'beta','project':'phone','name':'Beta'}", "c" },
	{ &kind_team, "{'key':'beta','project':'tv','name':'Beta'}", "c" },
	{ &kind_user, "{'kind':'user','email':'Jim@acme.example','firstName':'Jim',"
	    "'roles':['admin']}", "c" },
	{ &kind_user, "{'email':'ann@mail.example','username':'Ann',"
	    "'teams':['phone/vip','all','all'],'projects':['tv'],'fields':{'jira':'A-1','n':null},"
	    "'ranks':[{'rank':'star'},{'rank':'star','project':'phone','points':4,'count':2}],"
	    "'createdAt':'2026-01-01','notes':[{'at':'2026-01-01T01:00:00+01:00','text':'hi',"
	    "'author':'jim@acme.example'}]}", "c" },
	{ &kind_user, "{'id':'pm','email':'pm@acme.example','roles':['manager']}", "c" },
	{ &kind_project, "{'key':'phone','name':'Phone beta','managers':['pm@acme.example']}",
	    "u" },
	{ &kind_feedback, "{'id':'1042','project':'phone','title':'Crash','submitter':"
	    "'ann@mail.example','followers':['ANN@mail.example','pm@acme.example'],"
	    "'createdAt':'2026-02-01T00:00:00Z'}", "c" },
	{ &kind_feedback, "{'id':'1043','project':'phone','title':'Slow','exposure':'team',"
	    "'submitter':'pm@acme.example'}", "c" },
	{ &kind_comment, "{'id':'01940000-0000-7000-8000-000000000001','feedback':'1042',"
	    "'author':'ann@mail.example','text':'me too','at':'2026-02-02T00:00:00Z'}", "c" },
	{ &kind_comment, "{'id':'01940000-0000-7000-8000-000000000002','user':"
	    "'ann@mail.example','project':'phone','author':'jim@acme.example','text':'nice',"
	    "'at':'2026-02-02T00:00:00Z','listener':'phone/x',"
	    "'delivery':'01940000-0000-7000-8000-000000000009'}", "c" },
	{ &kind_template, "{'key':'thanks','automation':'user','subject':'Hi {{user.firstName}}',"
	    "'text':'x'}", "c" },
	{ NULL, NULL, NULL },
};

static void
fill(struct txn *txn, void *arg)
{
	(void)arg;
	for (const struct step *step = community; step->kind != NULL; step++)
		is_text(apply(txn, step->kind, step->text), step->expected, step->text);
}

static void
test_put(struct txn *txn, void *arg)
{
	(void)arg;
	fill(txn, NULL);
	for (const struct step *step = community; step->kind != NULL; step++)
		if (step->kind != &kind_project || strstr(step->text, "phone") == NULL)
			is_text(apply(txn, step->kind, step->text), "=", "the same again");
	is_text(get(txn, &kind_user, "ANN@mail.example"), "{'kind':'user','id':'2','email':"
	    "'ann@mail.example','username':'Ann','roles':[],'teams':['phone/vip','all'],"
	    "'projects':['tv'],'ranks':[{'rank':'star','count':1,'points':10},"
	    "{'rank':'star','project':'phone','count':2,'points':4}],'fields':{'jira':'A-1'},"
	    "'createdAt':'2026-01-01T00:00:00Z','notes':[{'at':'2026-01-01T00:00:00Z',"
	    "'text':'hi','author':'jim@acme.example'}]}", "a user as export prints it");
	is_text(text_of(txn, json_get(people_load(txn, SPAN("ann@mail.example")), "projects")),
	    "['phone','tv']", "projects follow from teams");
	is_text(text_of(txn, json_get(people_load(txn, SPAN("ann@mail.example")), "scores")),
	    "{'phone':4}", "the score in a project");
	is_text(get(txn, &kind_user, "pm"), get(txn, &kind_user, "pm@acme.example"),
	    "by id and by e-mail");
	is_text(get(txn, &kind_user, "aNN"), get(txn, &kind_user, "2"), "by username");
	is_text(get(txn, &kind_user, "nobody"), "null", "nobody");
	is_text(get(txn, &kind_setting, "setting"),
	    "{'kind':'setting','community':'Acme Beta'}", "the setting");
	is_text(get(txn, &kind_team, "phone/vip"),
	    "{'kind':'team','key':'vip','project':'phone','name':'VIP'}", "a team");
	is_text(apply(txn, &kind_user, "{'email':'ann@mail.example','username':'Ann',"
	    "'teams':['all']}"), "u", "a document declares the whole");
	is_text(get(txn, &kind_user, "2"), "{'kind':'user','id':'2','email':"
	    "'ann@mail.example','username':'Ann','roles':[],'teams':['all'],"
	    "'ranks':[{'rank':'star','count':1,'points':10},"
	    "{'rank':'star','project':'phone','count':2,'points':4}],"
	    "'createdAt':'2026-01-01T00:00:00Z','notes':[{'at':'2026-01-01T00:00:00Z',"
	    "'text':'hi','author':'jim@acme.example'}]}", "but what the system keeps");
}

static const struct step complaints[] = {
	{ &kind_user, "{'email':'bob@mail.example','fistName':'Bob'}",
	    "/fistName: \"fistName\" is not known here; did you mean \"firstName\"?" },
	{ &kind_user, "{'email':'bob@mail.example','qqqq':1}",
	    "/qqqq: \"qqqq\" is not known here" },
	{ &kind_user, "{'email':'bob'}", "/email: \"email\" must be an e-mail address "
	    "such as ann@mail.example" },
	{ &kind_user, "{'username':'bob'}", "/email: \"email\" is missing" },
	{ &kind_user, "{'email':'bob@mail.example','roles':'admin','optOut':1}",
	    "/roles: \"roles\" must be a list\n"
	    "/optOut: \"optOut\" must be true or false, not an integer" },
	{ &kind_user, "{'email':'bob@mail.example','roles':['admin','root']}",
	    "/roles/1: must be \"admin\", \"manager\", \"viewer\" or \"tester\"" },
	{ &kind_user, "{'email':'bob@mail.example','teams':['phone/none','a/b/c']}",
	    "/teams/1: must be a team: its key, or project/key" },
	{ &kind_user, "{'email':'bob@mail.example','teams':['phone/none'],'projects':['x'],"
	    "'ranks':[{'rank':'moon','project':'y'}]}",
	    "/teams/0: there is no team \"phone/none\"\n"
	    "/projects/0: there is no project \"x\"\n"
	    "/ranks/0/rank: there is no rank \"moon\"\n"
	    "/ranks/0/project: there is no project \"y\"" },
	{ &kind_user, "{'email':'bob@mail.example','username':'ANN'}",
	    "/username: \"ANN\" is the name of user 2 already" },
	{ &kind_user, "{'id':'3','email':'Ann@Mail.example'}",
	    "/email: Ann@Mail.example is the e-mail address of user 2 already" },
	{ &kind_user, "{'id':'a/b','email':'b@mail.example'}",
	    "/id: \"id\" must be at most 64 letters, digits, dots, dashes and "
	    "underscores, a letter or digit first" },
	{ &kind_user, "{'email':'bob@mail.example','fields':{'a':{}}}",
	    "/fields/a: must be a string of at most 65536 characters without NUL, a number, true or false" },
	{ &kind_user, "{'email':'bob@mail.example','firstName':'a\\nb'}",
	    "/firstName: \"firstName\" must be one line without control characters" },
	{ &kind_user, "{'email':'bob@mail.example','createdAt':'yesterday'}",
	    "/createdAt: \"createdAt\" must be a time with its zone such as "
	    "2026-11-24T09:30:00Z" },
	{ &kind_user, "{'email':'bob@mail.example','notes':[{'text':'x'},7]}",
	    "/notes/0/at: \"at\" is missing\n/notes/1: must be an object, not an integer" },
	{ &kind_project, "{'key':'Phone','name':'','managers':['x']}",
	    "/key: \"key\" must be at most 64 of a-z, 0-9, dot, dash and "
	    "underscore, a letter or digit first\n"
	    "/name: \"name\" must be a string that is not empty\n"
	    "/managers/0: must be an e-mail address" },
	{ &kind_project, "{'key':'x','name':'X','managers':['no@acme.example']}",
	    "/managers/0: there is no user \"no@acme.example\"" },
	{ &kind_team, "{'key':'x','project':'none','name':'X'}",
	    "/project: there is no project \"none\"" },
	{ &kind_rank, "{'key':'x','name':'X','points':1.5}",
	    "/points: \"points\" must be an integer, not a number" },
	{ &kind_setting, "{'community':'A','baseUrl':'beta.example',"
	    "'popularity':{'comment':-1,'votes':1}}",
	    "/popularity/comment: \"comment\" must be from 0 to 1000000\n"
	    "/popularity/votes: \"votes\" is not known here; did you mean \"vote\"?\n"
	    "/baseUrl: \"baseUrl\" must begin with https:// or http://" },
	{ &kind_template, "{'key':'t','automation':'users','subject':'{{usr.name}}',"
	    "'text':'{{#a}}','from':'Ann <ann>','replyTo':'A <a@mail.example>'}",
	    NULL },
};

static void
test_complaints(struct txn *txn, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof complaints / sizeof complaints[0]; i++) {
		const char *got = apply(txn, complaints[i].kind, complaints[i].text);

		if (complaints[i].expected != NULL) {
			is_text(got, complaints[i].expected, complaints[i].text);
			continue;
		}
		ok(strstr(got, "/automation: \"automation\" must be \"user\" or \"feedback\"") &&
		    strstr(got, "did you mean 'user'?") && strstr(got, "/text: at byte ") &&
		    strstr(got, "/from: ") && !strstr(got, "/replyTo"), "%s", complaints[i].text);
	}
}

/* What export prints makes the same store elsewhere. */
static const struct kind *const exported[] = { &kind_setting, &kind_project, &kind_rank,
	&kind_team, &kind_user, &kind_feedback, &kind_template, &kind_comment };
static const enum table compared[] = { TABLE_META, TABLE_DOC, TABLE_USER, TABLE_FEEDBACK,
	TABLE_INDEX, TABLE_TALLY, TABLE_COMMENT };

struct copy {
	char *docs[sizeof exported / sizeof exported[0]];
	char *tables[sizeof compared / sizeof compared[0]];
};

static void
take(struct txn *txn, void *arg)
{
	struct copy *copy = arg;

	for (size_t i = 0; i < sizeof exported / sizeof exported[0]; i++)
		copy->docs[i] = strdup(export(txn, exported[i]));
	for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++)
		copy->tables[i] = strdup(dump(txn, compared[i]));
}

static void
give(struct txn *txn, void *arg)
{
	struct json_object *docs[32];
	const struct kind *of[32];
	struct copy *copy = arg;
	struct sink sink;
	size_t n = 0, created = 0;

	sink_open(&sink);
	for (size_t i = 0; i < sizeof exported / sizeof exported[0]; i++)
		for (char *rest, *line = strtok_r(copy->docs[i], "\n", &rest); line != NULL &&
		     n < 32; line = strtok_r(NULL, "\n", &rest)) {
			docs[n] = doc_of(txn, line);
			of[n++] = exported[i];
		}
	for (size_t i = 0; i < n; i++) {
		kind_check(txn, of[i], docs[i], &sink.complaints);
		created += kind_put(txn, of[i], docs[i], &sink.complaints) == 'c';
	}
	for (size_t i = 0; i < n; i++)
		kind_refer(txn, of[i], docs[i], &sink.complaints);
	is_text(sink.text, "", "exported documents are applied without complaints");
	ok(n == 17 && created == n, "%zu of %zu are created", created, n);
}

static void
compare(struct txn *txn, void *arg)
{
	struct copy *copy = arg;

	for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++)
		is_text(dump(txn, compared[i]), copy->tables[i], table_name(compared[i]));
}

static void
test_export(struct scratch *s)
{
	struct scratch other;
	struct copy copy;

	ok(scratch_run(s, STORE_READ, take, &copy), "export");
	if (!ok(scratch_open(&other), "another store"))
		return;
	ok(scratch_run(&other, STORE_WRITE, give, &copy), "apply");
	scratch_run(&other, STORE_READ, compare, &copy);
	scratch_close(&other);
	for (size_t i = 0; i < sizeof exported / sizeof exported[0]; i++)
		free(copy.docs[i]);
	for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++)
		free(copy.tables[i]);
}

static void
test_ranks(struct txn *txn, void *arg)
{
	struct json_object *ann = people_load(txn, SPAN("ann@mail.example"));

	(void)arg;
	is_text(people_add_rank(txn, ann, SPAN("star"), SPAN(""), SPAN("used it"), noon),
	    "star: score 10 → 20", "a rank again");
	is_text(people_add_rank(txn, ann, SPAN("late"), SPAN("tv"), SPAN(""), noon),
	    "late: score in tv 0 → -3", "a rank in a project");
	is_text(text_of(txn, json_get(ann, "ranks")), "[{'rank':'star','count':2,'points':20,"
	    "'at':'2026-11-28T12:00:00Z','reason':'used it'},{'rank':'star','project':'phone',"
	    "'count':2,'points':4},{'rank':'late','project':'tv','count':1,'points':-3,"
	    "'at':'2026-11-28T12:00:00Z'}]", "ranks");
	is_text(text_of(txn, json_get(ann, "scores")), "{'phone':4,'tv':-3}", "scores");
	is_text(people_add_rank(txn, ann, SPAN("late"), SPAN("phone"), SPAN(""), noon),
	    "late: score in phone 4 → 1", "the ranks of a project add up");
	is_text(people_remove_rank(txn, ann, SPAN("star"), SPAN("")),
	    "star taken: score 20 → 0", "taken");
	is_text(people_add_points(txn, ann, 7, SPAN(""), SPAN("used it"), noon),
	    "score 0 → 7", "points without a rank");
	is_text(people_add_points(txn, ann, -2, SPAN(""), SPAN(""), noon), "score 7 → 5",
	    "some are taken");
	is_text(people_add_points(txn, ann, 3, SPAN("phone"), SPAN(""), noon),
	    "score in phone 1 → 4", "in a project");
	is_text(text_of(txn, json_at(json_get(ann, "ranks"), 3)), "{'count':2,'points':5,"
	    "'at':'2026-11-28T12:00:00Z','reason':'used it'}", "are one entry");
	ok(json_integer(ann, "score", 0) == 5, "the score follows");
	ok(people_add_points(txn, ann, 3, SPAN("none"), SPAN(""), noon) == NULL &&
	    txn_error(txn)->fault == FAULT_MACRO_FAILED, "in no project");
	error_clear(txn_error(txn));
	is_text(people_remove_rank(txn, ann, SPAN("star"), SPAN("")), "did not have star",
	    "taken twice");
	is_text(people_add_note(txn, ann, SPAN("text"), noon), "noted", "a note");
	ok(json_count(json_get(people_whole(txn, ann), "notes")) == 2, "is there");
}

static void
test_teams(struct txn *txn, void *arg)
{
	struct json_object *ann = people_load(txn, SPAN("ann@mail.example"));
	const struct span phone = SPAN("phone"), nowhere = SPAN("");

	(void)arg;
	is_text(people_add_teams(txn, ann, doc_of(txn, "['beta','vip','tv/beta','all']"), phone),
	    "joined phone/beta; already in phone/vip; joined tv/beta; already in all",
	    "teams are looked for in the project first");
	is_text(text_of(txn, json_get(ann, "teams")), "['phone/vip','all','phone/beta','tv/beta']",
	    "teams");
	is_text(people_remove_teams(txn, ann, doc_of(txn, "['vip','vip']"), phone),
	    "left phone/vip; was not in phone/vip", "left");
	is_text(text_of(txn, json_get(ann, "projects")), "['phone','tv']",
	    "still in the project by another team");
	is_text(people_remove_teams(txn, ann, doc_of(txn, "['phone/beta']"), nowhere),
	    "left phone/beta", "the last one");
	is_text(text_of(txn, json_get(ann, "projects")), "['tv']", "not in the project any more");
	is_text(people_leave_project(txn, ann, SPAN("tv")), "left tv", "leave a project");
	is_text(text_of(txn, json_get(ann, "teams")), "['all']", "and its teams");
	is_text(people_leave_project(txn, ann, SPAN("tv")), "was not in tv", "twice");
}

static void
look_at_notes(struct txn *txn, const char *expected, const char *name)
{
	is_text(text_of(txn, json_get(people_whole(txn, people_load(txn,
	    SPAN("nan@mail.example"))), "notes")), expected, name);
}

/* Notes that are added stand in rows of their own, behind those of the document. */
static void
test_notes(struct txn *txn, void *arg)
{
#define AUTHORED "{'at':'2026-01-01T00:00:00Z','text':'1','author':'jim@acme.example'}"
#define OLD "{'at':'2026-01-02T00:00:00Z','text':'2'}"
#define ADDED "{'at':'2026-11-28T12:00:00Z','text':'3'}"
	struct span text = SPAN("3"), id;
	struct json_object *nan;
	struct walk *walk;

	(void)arg;
	is_text(apply(txn, &kind_user, "{'email':'nan@mail.example','notes':[" AUTHORED ","
	    OLD "]}"), "c", "a user with notes");
	nan = people_load(txn, SPAN("nan@mail.example"));
	id = json_string(nan, "id");
	is_text(people_add_note(txn, nan, text, noon), "noted", "one more");
	record_save(txn, RECORD_USER, id, nan);
	nan = people_load(txn, SPAN("nan@mail.example"));
	is_text(text_of(txn, json_get(nan, "notes")), "[" AUTHORED "]",
	    "the document keeps what has an author");
	look_at_notes(txn, "[" AUTHORED "," OLD "," ADDED "]", "all of them, in their order");
	is_text(people_add_note(txn, nan, text, noon), "noted", "another one");
	is_text(text_of(txn, people_load(txn, SPAN("nan@mail.example"))), text_of(txn, nan),
	    "leaves the document as it is");
	is_text(apply(txn, &kind_user, "{'email':'nan@mail.example','firstName':'Nan'}"), "u",
	    "a document that is silent about notes");
	look_at_notes(txn, "[" AUTHORED "," OLD "," ADDED "," ADDED "]", "leaves them");
	is_text(text_of(txn, json_get(people_load(txn, SPAN("nan@mail.example")), "notes")),
	    "[" AUTHORED "]", "where they stand");
	is_text(apply(txn, &kind_user, "{'email':'nan@mail.example','firstName':'Nan','notes':["
	    AUTHORED "," OLD "," ADDED "," ADDED "]}"), "=", "one that says the same changes nothing");
	people_rename(txn, SPAN("jim@acme.example"), SPAN("jo@acme.example"));
	people_rename(txn, SPAN("jo@acme.example"), SPAN("jim@acme.example"));
	look_at_notes(txn, "[" AUTHORED "," OLD "," ADDED "," ADDED "]", "a changed address is "
	    "changed there");
	is_text(apply(txn, &kind_user, "{'email':'nan@mail.example','notes':[" OLD "]}"), "u",
	    "one that says others");
	look_at_notes(txn, "[" OLD "]", "replaces all");
	is_text(apply(txn, &kind_user, "{'email':'nan@mail.example','notes':[]}"), "u", "or none");
	look_at_notes(txn, "null", "takes all away");
	nan = people_load(txn, SPAN("nan@mail.example"));
	for (int i = 0; i < 1000; i++)
		people_add_note(txn, nan, text, noon);
	record_save(txn, RECORD_USER, id, nan);
	ok(txn_ok(txn) && json_count(json_get(people_whole(txn, nan), "notes")) == 1000,
	    "a thousand");
	ok(json_write(txn_arena(txn), nan).n < 400, "and the document is as small as before");
	people_delete(txn, id);
	walk = walk_open(txn, TABLE_NOTE, SPAN(""), SPAN(""), false);
	ok(!walk_next(walk, &text, NULL), "nothing of them is left without the user");
	walk_close(&walk);
}

/* One that has grown under a higher bound may shrink, and not grow. */
static void
grow(struct txn *txn, void *arg)
{
	struct settings *settings = arg;
	struct json_object *ann = people_load(txn, SPAN("ann@mail.example"));
	struct json_object *fields = doc_of(txn, "{'a':'b'}");
	struct span id = json_string(ann, "id");
	char text[3000];

	memset(text, 'x', sizeof text);
	json_set_text(fields, "long", (struct span){ text, 3000 });
	json_set(ann, "fields", json_share(fields));
	record_save(txn, RECORD_USER, id, ann);
	settings->document_bytes = 2000;
	json_set_text(fields, "long", (struct span){ text, 2900 });
	record_save(txn, RECORD_USER, id, ann);
	ok(txn_ok(txn), "what is too large may become smaller");
	json_set_text(fields, "long", (struct span){ text, 2901 });
	record_save(txn, RECORD_USER, id, ann);
	settings->document_bytes = 262144;
	ok(!txn_ok(txn) && txn_error(txn)->fault == FAULT_TOO_MUCH_WORK &&
	    strstr(txn_error(txn)->detail, "document_bytes") != NULL, "and not larger: %s",
	    txn_error(txn)->detail);
}

static void
no_rank(struct txn *txn, void *arg)
{
	(void)arg;
	ok(people_add_rank(txn, people_load(txn, SPAN("ann@mail.example")), SPAN("moon"),
	    SPAN(""), SPAN(""), noon) == NULL, "an unknown rank fails");
}

static void
no_team(struct txn *txn, void *arg)
{
	(void)arg;
	ok(people_add_teams(txn, people_load(txn, SPAN("ann@mail.example")),
	    doc_of(txn, "['beta','none']"), SPAN("phone")) == NULL, "an unknown team fails");
}

static void
test_may(struct txn *txn, void *arg)
{
	static const struct {
		const char *user, *project, *feedback;
		enum people_right right;
		bool may;
	} cases[] = {
		{ "jim@acme.example", "", NULL, PEOPLE_COMMENT_USER, true },
		{ "jim@acme.example", "phone", "1042", PEOPLE_COMMENT_FEEDBACK, true },
		{ "ann@mail.example", "", NULL, PEOPLE_COMMENT_USER, false },
		{ "ann@mail.example", "phone", NULL, PEOPLE_COMMENT_USER, false },
		{ "ann@mail.example", "phone", "1042", PEOPLE_COMMENT_FEEDBACK, true },
		{ "ann@mail.example", "phone", "team", PEOPLE_COMMENT_FEEDBACK, true },
		{ "bob@mail.example", "phone", "team", PEOPLE_COMMENT_FEEDBACK, false },
		{ "bob@mail.example", "phone", "1042", PEOPLE_COMMENT_FEEDBACK, false },
		{ "bob@mail.example", "phone", "public", PEOPLE_COMMENT_FEEDBACK, true },
		{ "dan@mail.example", "phone", "public", PEOPLE_COMMENT_FEEDBACK, false },
		{ "cy@mail.example", "tv", NULL, PEOPLE_COMMENT_USER, true },
		{ "cy@mail.example", "phone", NULL, PEOPLE_COMMENT_USER, false },
		{ "cy@mail.example", "", NULL, PEOPLE_COMMENT_USER, false },
	};

	(void)arg;
	apply(txn, &kind_user, "{'email':'bob@mail.example','projects':['phone']}");
	apply(txn, &kind_user, "{'email':'cy@mail.example'}");
	apply(txn, &kind_user, "{'email':'dan@mail.example'}");
	apply(txn, &kind_user, "{'email':'eve@mail.example','teams':['phone/vip']}");
	apply(txn, &kind_project, "{'key':'tv','name':'TV','managers':['CY@mail.example']}");
	apply(txn, &kind_feedback, "{'id':'team','project':'phone','title':'x',"
	    "'submitter':'eve@mail.example','exposure':'team'}");
	apply(txn, &kind_feedback, "{'id':'public','project':'phone','title':'x',"
	    "'submitter':'eve@mail.example','exposure':'public'}");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ok(people_may(txn, people_load(txn, span_of(cases[i].user)), cases[i].right,
		    span_of(cases[i].project), cases[i].feedback == NULL ? NULL
		    : record_load(txn, RECORD_FEEDBACK, span_of(cases[i].feedback))) ==
		    cases[i].may, "%s %s comment: %s %s", cases[i].user,
		    cases[i].may ? "may" : "may not", cases[i].project,
		    cases[i].feedback == NULL ? "" : cases[i].feedback);
}

/* No row of any table says the name, in either case. */
static bool
nowhere(struct txn *txn, const char *name)
{
	bool good = true;

	for (int i = 0; i < TABLE__MAX; i++)
		if (strcasestr(dump(txn, (enum table)i), name) != NULL) {
			printf("# in table %s\n", table_name((enum table)i));
			good = false;
		}
	return good;
}

static void
add_macro(struct txn *txn)
{
	doc_put(txn, "macro", doc_of(txn, "{'key':'m','project':'phone','actions':["
	    "{'action':'add-comment','author':'Jim@acme.example','text':'x'},"
	    "{'action':'add-rank','rank':'star'},{'action':'email','template':'thanks'},"
	    "{'action':'add-teams','teams':['vip','all']}]}"));
}

static void
test_rename(struct txn *txn, void *arg)
{
	(void)arg;
	add_macro(txn);
	is_text(apply(txn, &kind_user, "{'id':'2','email':'Ann.Lee@mail.example',"
	    "'username':'Ann','teams':['all']}"), "u", "another e-mail");
	ok(nowhere(txn, "ann@mail.example"), "the old address is nowhere");
	is_text(text_of(txn, json_get(record_load(txn, RECORD_FEEDBACK, SPAN("1042")),
	    "followers")), "['Ann.Lee@mail.example','pm@acme.example']", "a follower");
	is_text(text_of(txn, json_get(record_load(txn, RECORD_FEEDBACK, SPAN("1042")),
	    "submitter")), "'Ann.Lee@mail.example'", "the submitter");
	ok(strstr(export(txn, &kind_comment), "'author':'Ann.Lee@mail.example'") != NULL,
	    "the author of a comment");
	is_text(apply(txn, &kind_user, "{'id':'1','email':'jim@ACME.example'}"), "u",
	    "another case");
	ok(strstr(get(txn, &kind_user, "2"), "'author':'jim@ACME.example'") != NULL,
	    "the author of a note");
	ok(strstr(dump(txn, TABLE_DOC), "\"author\":\"jim@ACME.example\"") != NULL,
	    "the author in a macro");
	is_text(apply(txn, &kind_user, "{'id':'pm','email':'boss@acme.example'}"), "u",
	    "a manager");
	is_text(get(txn, &kind_project, "phone"), "{'kind':'project','key':'phone',"
	    "'name':'Phone beta','managers':['boss@acme.example']}", "of a project");
}

static void
test_delete(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(drop(txn, &kind_user, "ann@mail.example"), "removed", "Ann leaves");
	ok(nowhere(txn, "ann@mail.example"), "her address is nowhere");
	is_text(export(txn, &kind_comment), "{'kind':'comment','id':"
	    "'01940000-0000-7000-8000-000000000001','feedback':'1042','author':null,"
	    "'text':'me too','at':'2026-02-02T00:00:00Z'}\n", "her comment has no author");
	is_text(text_of(txn, json_get(record_load(txn, RECORD_FEEDBACK, SPAN("1042")),
	    "followers")), "['pm@acme.example']", "a follower less");
	is_text(dump(txn, TABLE_TALLY), "1042 = {\"comments\":1,\"followers\":1}\n", "tally");
	is_text(drop(txn, &kind_user, "ann@mail.example"), "absent", "she is gone");
	is_text(drop(txn, &kind_user, "pm"), "removed", "a manager leaves");
	is_text(get(txn, &kind_project, "phone"), "{'kind':'project','key':'phone',"
	    "'name':'Phone beta','managers':[]}", "his project");
	add_macro(txn);
	is_text(drop(txn, &kind_user, "jim@acme.example"), ": is still used by macro phone/m",
	    "a user in whose name a macro comments");
	people_delete(txn, SPAN("1"));
	ok(people_load(txn, SPAN("jim@acme.example")) == NULL, "goes when a delivery says so");
}

static void
test_remove(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(drop(txn, &kind_team, "phone/beta"), "removed", "an unused team");
	is_text(drop(txn, &kind_team, "phone/beta"), "absent", "twice");
	is_text(drop(txn, &kind_rank, "star"), ": is still used by user ann@mail.example",
	    "a rank that a user has");
	add_macro(txn);
	is_text(drop(txn, &kind_team, "all"),
	    ": is still used by macro phone/m and user ann@mail.example", "a team");
	is_text(drop(txn, &kind_team, "phone/vip"),
	    ": is still used by macro phone/m and user ann@mail.example", "by its key alone");
	is_text(drop(txn, &kind_team, "tv/beta"), "removed", "another project's team");
	is_text(drop(txn, &kind_template, "thanks"), ": is still used by macro phone/m",
	    "a template");
	is_text(drop(txn, &kind_project, "phone"), ": is still used by team phone/vip, "
	    "macro phone/m, user ann@mail.example and others", "a project");
	is_text(drop(txn, &kind_project, "tv"), ": is still used by user ann@mail.example",
	    "a project with a user");
	doc_remove(txn, "macro", SPAN("phone/m"));
	is_text(drop(txn, &kind_template, "thanks"), "removed", "an unused template");
	is_text(drop(txn, &kind_setting, "setting"), "removed", "the setting");
}

static void
read_generation(struct scratch *s, uint64_t expected, const char *name)
{
	ok(store_generation(s->store) == expected, "%s", name);
}

static void
put_rank(struct txn *txn, void *arg)
{
	apply(txn, &kind_rank, arg);
}

static void
put_user(struct txn *txn, void *arg)
{
	apply(txn, &kind_user, arg);
}

static void
test_generation(struct scratch *s)
{
	static char rank[] = "{'key':'new','name':'N','points':1}";
	static char user[] = "{'email':'new@mail.example'}";
	uint64_t g = store_generation(s->store);

	scratch_run(s, STORE_WRITE, put_rank, rank);
	read_generation(s, g + 1, "a new rank makes compiled rules stale");
	scratch_run(s, STORE_WRITE, put_rank, rank);
	scratch_run(s, STORE_WRITE, put_user, user);
	read_generation(s, g + 1, "the same again and a user do not");
}

int
main(void)
{
	static const struct scratch_body bodies[] = {
		{ "put", STORE_DRY, test_put, false },
		{ "fill", STORE_WRITE, fill, false },
		{ "complaints", STORE_DRY, test_complaints, false },
		{ "ranks", STORE_DRY, test_ranks, false },
		{ "teams", STORE_DRY, test_teams, false },
		{ "notes", STORE_DRY, test_notes, false },
		{ "no rank", STORE_DRY, no_rank, true },
		{ "no team", STORE_DRY, no_team, true },
		{ "may", STORE_DRY, test_may, false },
		{ "rename", STORE_DRY, test_rename, false },
		{ "delete", STORE_DRY, test_delete, false },
		{ "remove", STORE_DRY, test_remove, false },
	};
	struct scratch s;

	if (!scratch_open(&s))
		return 99;
	scratch_bodies(&s, bodies, sizeof bodies / sizeof bodies[0]);
	ok(!scratch_run(&s, STORE_DRY, grow, &s.settings), "a document that grows for ever");
	test_export(&s);
	test_generation(&s);
	scratch_close(&s);
	return tap_done();
}
