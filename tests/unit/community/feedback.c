/* SPDX-License-Identifier: ISC */
#include "community/feedback.h"

#include "base/text.h"
#include "community/outbox.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "record/record.h"

static const int64_t noon = INT64_C(1795867200000000); /* 2026-11-28T12:00:00Z */
#define NOON "2026-11-28T12:00:00Z"

static void
fill(struct txn *txn, void *arg)
{
	static const struct {
		const struct kind *kind;
		const char *text;
	} docs[] = {
		{ &kind_project, "{'key':'phone','name':'Phone','statuses':['New','Open','Closed'],"
		    "'types':['issue'],'exposures':['private','public'],'fields':['jira','n']}" },
		{ &kind_project, "{'key':'tv','name':'TV'}" },
		{ &kind_user, "{'id':'1','email':'ann@mail.example','firstName':'Ann',"
		    "'lastName':'Lee'}" },
		{ &kind_user, "{'id':'2','email':'bob@mail.example','username':'bob99'}" },
		{ &kind_user, "{'id':'3','email':'cy@mail.example','optOut':true}" },
		{ &kind_user, "{'id':'4','email':'dan@mail.example'}" },
		{ &kind_feedback, "{'kind':'feedback','id':'1042','project':'phone','type':'issue',"
		    "'title':'Crash on rotate','status':'Open','submitter':'ann@mail.example',"
		    "'fields':{'jira':'PHN-7'},'followers':['ann@mail.example','bob@mail.example',"
		    "'cy@mail.example','Bob@mail.example'],'votes':2,"
		    "'createdAt':'2026-01-01T00:00:00Z'}" },
		{ &kind_feedback, "{'id':'7','project':'tv','title':'Quiet',"
		    "'createdAt':'2026-01-01T00:00:00Z'}" },
	};

	(void)arg;
	for (size_t i = 0; i < sizeof docs / sizeof docs[0]; i++)
		is_text(apply(txn, docs[i].kind, docs[i].text), "c", docs[i].text);
}

static void
test_put(struct txn *txn, void *arg)
{
	struct json_object *ticket;

	(void)arg;
	is_text(get(txn, &kind_feedback, "1042"), "{'kind':'feedback','id':'1042',"
	    "'project':'phone','type':'issue','title':'Crash on rotate','status':'Open',"
	    "'submitter':'ann@mail.example','exposure':'private','blocking':false,"
	    "'fields':{'jira':'PHN-7'},'followers':['ann@mail.example','bob@mail.example',"
	    "'cy@mail.example'],'votes':2,'createdAt':'2026-01-01T00:00:00Z',"
	    "'updatedAt':'2026-01-01T00:00:00Z'}", "a ticket as export prints it");
	is_text(apply(txn, &kind_feedback, get(txn, &kind_feedback, "1042")), "=", "again");
	is_text(apply(txn, &kind_feedback, "{'id':'1042','project':'phone','type':'issue',"
	    "'title':'Crash on rotate','status':'Open','submitter':'ann@mail.example',"
	    "'fields':{'jira':'PHN-7'},'comments':9,'popularity':9}"), "=",
	    "what the system keeps need not be said");
	is_text(apply(txn, &kind_feedback, "{'id':'1042','project':'phone',"
	    "'title':'Crash'}"), "u", "changed");
	ticket = record_load(txn, RECORD_FEEDBACK, SPAN("1042"));
	ok(!json_has(ticket, "submitter") && !json_has(ticket, "fields") &&
	    json_count(json_get(ticket, "followers")) == 3 &&
	    json_integer(ticket, "votes", 0) == 2, "a document declares the whole");
	is_text(text_of(txn, json_get(ticket, "status")), "'New'",
	    "the first status of the project");
	ok(!span_is(json_string(ticket, "updatedAt"), "2026-01-01T00:00:00Z") &&
	    span_is(json_string(ticket, "createdAt"), "2026-01-01T00:00:00Z"), "times");
	is_text(apply(txn, &kind_feedback, "{'project':'tv','title':'New'}"), "c", "without id");
	is_text(text_of(txn, json_get(record_load(txn, RECORD_FEEDBACK, SPAN("1043")),
	    "status")), "'Open'", "gets the next number");
}

static void
test_complaints(struct txn *txn, void *arg)
{
	static const struct {
		const struct kind *kind;
		const char *text, *expected;
	} cases[] = {
		{ &kind_feedback, "{'title':'x'}", "/project: \"project\" is missing" },
		{ &kind_feedback, "{'project':'none','title':'x'}",
		    "/project: there is no project \"none\"" },
		{ &kind_feedback, "{'project':'phone','title':'x','status':'Done','type':'idea',"
		    "'exposure':'team','fields':{'other':1},'submitter':'x@mail.example',"
		    "'followers':['ann@mail.example','y@mail.example']}",
		    "/submitter: there is no user \"x@mail.example\"\n"
		    "/followers/1: there is no user \"y@mail.example\"\n"
		    "/type: project phone has no type \"idea\"; it has issue\n"
		    "/status: project phone has no status \"Done\"; it has New, Open, Closed\n"
		    "/exposure: project phone has no exposure \"team\"; it has private, public\n"
		    "/fields: project phone has no field \"other\"; it has jira, n" },
		{ &kind_feedback, "{'project':'tv','title':'x','exposure':'secret','votes':-1,"
		    "'blocking':'yes'}",
		    "/exposure: \"exposure\" must be \"private\", \"team\" or \"public\"\n"
		    "/blocking: \"blocking\" must be true or false\n"
		    "/votes: \"votes\" must be from 0 to 1000000000" },
		{ &kind_comment, "{'text':'x'}",
		    ": either \"feedback\" or \"user\" must be given" },
		{ &kind_comment, "{'text':'x','feedback':'7','user':'ann@mail.example'}",
		    ": either \"feedback\" or \"user\" must be given" },
		{ &kind_comment, "{'text':'','feedback':'7','id':'1','delivery':'2',"
		    "'project':'tv'}",
		    "/id: \"id\" must be a UUID\n"
		    "/text: \"text\" must be a string that is not empty\n"
		    "/delivery: \"delivery\" must be a UUID\n"
		    "/project: only comments on users have a project" },
		{ &kind_comment, "{'text':'x','feedback':'8','author':'z@mail.example'}",
		    "/feedback: there is no feedback \"8\"\n"
		    "/author: there is no user \"z@mail.example\"" },
		{ &kind_comment, "{'text':'x','user':'z@mail.example'}",
		    "/user: there is no user \"z@mail.example\"" },
	};

	(void)arg;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_text(apply(txn, cases[i].kind, cases[i].text), cases[i].expected,
		    cases[i].text);
}

static void
test_setters(struct txn *txn, void *arg)
{
	struct json_object *t = record_load(txn, RECORD_FEEDBACK, SPAN("1042"));
	struct json_object *values = doc_of(txn, "['PHN-8',41,true,{}]");

	(void)arg;
	is_text(feedback_set_status(txn, t, SPAN("Open"), noon), "was Open already", "status");
	is_text(text_of(txn, json_get(t, "updatedAt")), "'2026-01-01T00:00:00Z'", "untouched");
	is_text(feedback_set_status(txn, t, SPAN("Closed"), noon), "Open → Closed", "status");
	is_text(text_of(txn, json_get(t, "updatedAt")), "'" NOON "'", "touched");
	is_text(feedback_set_exposure(txn, t, SPAN("public"), noon), "private → public",
	    "exposure");
	is_text(feedback_set_blocking(txn, t, true, noon), "blocking now", "blocking");
	is_text(feedback_set_blocking(txn, t, true, noon), "was blocking already", "blocking");
	is_text(feedback_set_feature(txn, t, SPAN("Camera"), noon), "none → Camera", "feature");
	is_text(feedback_set_feature(txn, t, SPAN(""), noon), "Camera → none", "feature");
	is_text(feedback_set_field(txn, t, SPAN("jira"), json_at(values, 0), noon),
	    "jira: PHN-7 → PHN-8", "field");
	is_text(feedback_set_field(txn, t, SPAN("jira"), json_at(values, 0), noon),
	    "jira was PHN-8 already", "field");
	is_text(feedback_set_field(txn, t, SPAN("n"), json_at(values, 1), noon),
	    "n: none → 41", "field");
	is_text(feedback_set_field(txn, t, SPAN("jira"), NULL, noon), "jira: PHN-8 → none",
	    "cleared");
	is_text(feedback_set_field(txn, t, SPAN("jira"), NULL, noon),
	    "jira was none already", "cleared");
	is_text(text_of(txn, json_get(t, "fields")), "{'n':41}", "fields");
	record_save(txn, RECORD_FEEDBACK, SPAN("1042"), t);
	is_text(text_of(txn, json_get(record_load(txn, RECORD_FEEDBACK, SPAN("1042")),
	    "status")), "'Closed'", "saved");
	t = record_load(txn, RECORD_FEEDBACK, SPAN("7"));
	is_text(feedback_set_status(txn, t, SPAN("Anything"), noon), "Open → Anything",
	    "a project without a list");
	is_text(feedback_set_field(txn, t, SPAN("any"), json_at(values, 2), noon),
	    "any: none → true", "likewise fields");
}

static const char *
refused(struct txn *txn, int i)
{
	struct json_object *t = record_load(txn, RECORD_FEEDBACK, SPAN("1042"));
	struct json_object *values = doc_of(txn, "[{},'x']");

	switch (i) {
	case 0:
		return feedback_set_status(txn, t, SPAN("Done"), noon);
	case 1:
		return feedback_set_status(txn, t, SPAN(""), noon);
	case 2:
		return feedback_set_status(txn, t, SPAN("a\nb"), noon);
	case 3:
		return feedback_set_exposure(txn, t, SPAN("secret"), noon);
	case 4:
		return feedback_set_exposure(txn, t, SPAN("team"), noon);
	case 5:
		return feedback_set_field(txn, t, SPAN("jira"), json_at(values, 0), noon);
	case 6:
		return feedback_set_field(txn, t, SPAN("other"), json_at(values, 1), noon);
	default:
		return feedback_set_field(txn, t, SPAN(""), json_at(values, 1), noon);
	}
}

static void
test_refused(struct txn *txn, void *arg)
{
	ok(refused(txn, *(int *)arg) == NULL, "setter %d refuses", *(int *)arg);
}

static struct comment
comment_of(struct span target, struct span author, struct span text, unsigned char n)
{
	struct comment comment = { .record = RECORD_FEEDBACK, .target = target,
		.author = author, .text = text, .at = noon };

	comment.id.b[6] = 0x70; /* UUIDv7 */
	comment.id.b[8] = 0x80;
	comment.id.b[15] = n;
	return comment;
}

static size_t
due(struct txn *txn, struct json_object **parcels, size_t max)
{
	struct id ids[16];
	size_t n = outbox_due(txn, INT64_MAX, ids, max);

	for (size_t i = 0; i < n; i++)
		parcels[i] = outbox_load(txn, ids[i]);
	return n;
}

static void
test_comment(struct txn *txn, void *arg)
{
	struct comment c = comment_of(SPAN("1042"), SPAN("Ann@mail.example"),
	    SPAN("Fixed\nin 2.0"), 1);
	struct json_object *parcels[16], *ticket;
	size_t n;

	(void)arg;
	c.listener = SPAN("phone/jira");
	c.delivery.b[0] = 1;
	comment_add(txn, &c);
	n = due(txn, parcels, 16);
	ok(n == 1, "one parcel: not to the author, not to who opted out (%zu)", n);
	is_text(text_of(txn, json_get(parcels[0], "to")), "'bob@mail.example'", "to");
	is_text(text_of(txn, json_get(parcels[0], "subject")),
	    "'New comment on 1042: Crash on rotate'", "subject");
	is_text(text_of(txn, json_get(parcels[0], "text")),
	    "'Ann Lee commented on 1042: Crash on rotate\\n\\nFixed\\nin 2.0\\n'", "text");
	is_text(text_of(txn, json_get(parcels[0], "essential")), "false", "essential");
	is_text(text_of(txn, json_get(parcels[0], "kind")), "'email'", "kind");
	is_text(text_of(txn, json_get(parcels[0], "delivery")),
	    "'01000000-0000-0000-0000-000000000000'", "delivery");
	is_text(export(txn, &kind_comment), "{'kind':'comment',"
	    "'id':'00000000-0000-7000-8000-000000000001','feedback':'1042',"
	    "'author':'Ann@mail.example','text':'Fixed\\nin 2.0','at':'" NOON "',"
	    "'listener':'phone/jira','delivery':'01000000-0000-0000-0000-000000000000'}\n",
	    "the comment");
	comment_add(txn, &c);
	ok(due(txn, parcels, 16) == 1, "the same id twice is one comment");
	c = comment_of(SPAN("1042"), SPAN("bob@mail.example"), SPAN("x"), 2);
	comment_add(txn, &c);
	n = due(txn, parcels, 16);
	ok(n == 2 && strstr(text_of(txn, parcels[1]), "bob99 commented") != NULL &&
	    strstr(text_of(txn, parcels[1]), "'to':'ann@mail.example'") != NULL,
	    "the other way round");
	ticket = record_load(txn, RECORD_FEEDBACK, SPAN("1042"));
	feedback_derive(txn, ticket);
	ok(json_integer(ticket, "comments", 0) == 2 &&
	    json_integer(ticket, "popularity", 0) == 2 * 1 + 3 * 2 + 2 * 3, "popularity");
	apply(txn, &kind_setting, "{'community':'A','popularity':{'comment':10,'vote':0}}");
	feedback_derive(txn, ticket);
	ok(json_integer(ticket, "popularity", 0) == 2 * 10 + 3 * 2, "by the setting's weights");
	is_text(dump(txn, TABLE_TALLY), "1042 = {\"comments\":2,\"followers\":3}\n", "tally");
	is_text(drop(txn, &kind_comment, "1042/00000000-0000-7000-8000-000000000002"), "removed",
	    "a comment is taken away");
	is_text(drop(txn, &kind_comment, "1042/00000000-0000-7000-8000-000000000002"), "absent",
	    "once");
	is_text(dump(txn, TABLE_TALLY), "1042 = {\"comments\":1,\"followers\":3}\n", "tally");
	is_text(drop(txn, &kind_feedback, "1042"), "removed", "the ticket goes");
	is_text(export(txn, &kind_comment), "", "with its comments");
	is_text(dump(txn, TABLE_TALLY), "", "and its tally");
	ok(strstr(dump(txn, TABLE_INDEX), "1042") == NULL, "and its index");
}

/* A ticket that nobody follows is not read: it may even be unreadable. */
static void
test_quiet(struct txn *txn, void *arg)
{
	struct comment c = comment_of(SPAN("7"), SPAN(""), SPAN("x"), 1);
	struct json_object *parcels[16];

	(void)arg;
	table_put(txn, TABLE_FEEDBACK, SPAN("7"), SPAN("{broken"));
	comment_add(txn, &c);
	ok(txn_ok(txn) && due(txn, parcels, 16) == 0, "a comment that nobody is told of");
	is_text(dump(txn, TABLE_TALLY),
	    "1042 = {\"comments\":0,\"followers\":3}\n7 = {\"comments\":1,\"followers\":0}\n",
	    "is counted");
}

static void
test_user_comment(struct txn *txn, void *arg)
{
	struct comment c = comment_of(SPAN("1"), SPAN("bob@mail.example"), SPAN("hello"), 5);
	struct json_object *parcels[16];
	const char *all;

	(void)arg;
	c.record = RECORD_USER;
	c.project = SPAN("tv");
	comment_add(txn, &c);
	all = export(txn, &kind_comment);
	is_text(all, "{'kind':'comment','id':'00000000-0000-7000-8000-000000000005',"
	    "'user':'ann@mail.example','project':'tv','author':'bob@mail.example',"
	    "'text':'hello','at':'" NOON "'}\n", "a comment on a user");
	is_text(get(txn, &kind_comment, "Ann@mail.example/00000000-0000-7000-8000-000000000005"),
	    arena_printf(txn_arena(txn), "%.*s", (int)strlen(all) - 1, all), "by its name");
	ok(due(txn, parcels, 16) == 0, "is told nobody");
	is_text(apply(txn, &kind_comment, all), "=", "is applied once");
	comment_drop_all(txn, RECORD_USER, SPAN("1"));
	is_text(export(txn, &kind_comment), "", "and dropped");
	is_text(apply(txn, &kind_comment, all), "c", "applied again");
	is_text(export(txn, &kind_comment), all, "the same");
	is_text(apply(txn, &kind_comment, "{'feedback':'1042','author':null,'text':'x'}"), "c",
	    "an applied comment without id");
	ok(due(txn, parcels, 16) == 0, "is old news");
}

/* Nothing more is sent to an account that is deleted. */
static void
test_gone(struct txn *txn, void *arg)
{
	struct comment c = comment_of(SPAN("1042"), SPAN("ann@mail.example"), SPAN("x"), 1);
	struct json_object *parcels[16];

	(void)arg;
	comment_add(txn, &c);
	ok(due(txn, parcels, 16) == 1, "a parcel waits");
	people_delete(txn, SPAN("2"));
	ok(due(txn, parcels, 16) == 0, "no longer");
	is_text(dump(txn, TABLE_TALLY), "1042 = {\"comments\":1,\"followers\":2}\n", "tally");
}

static void
test_many(struct txn *txn, void *arg)
{
	struct comment c = comment_of(SPAN("1"), SPAN("bob@mail.example"), SPAN("x"), 0);

	(void)arg;
	for (unsigned char i = 0; i < 100; i++) {
		c.record = i % 2 ? RECORD_USER : RECORD_FEEDBACK;
		c.target = i % 2 ? SPAN("1") : SPAN("7");
		c.id.b[0] = (unsigned char)(i * 37); /* also 0 in the middle of keys */
		c.id.b[15] = i;
		comment_add(txn, &c);
	}
	people_rename(txn, SPAN("bob@mail.example"), SPAN("new@mail.example"));
	ok(strstr(dump(txn, TABLE_COMMENT), "bob@") == NULL, "100 comments have a new author");
	comment_drop_all(txn, RECORD_FEEDBACK, SPAN("7"));
	comment_drop_all(txn, RECORD_USER, SPAN("1"));
	is_text(dump(txn, TABLE_COMMENT), "", "100 comments are gone");
	ok(strstr(dump(txn, TABLE_INDEX), "cauthor") == NULL, "from the index, too");
}

static void
test_length(struct txn *txn, void *arg)
{
	struct comment c = comment_of(SPAN("7"), SPAN(""), SPAN(""), 1);

	c.text.n = *(size_t *)arg;
	c.text.p = arena_alloc(txn_arena(txn), c.text.n + 1);
	memset((char *)(uintptr_t)c.text.p, 'x', c.text.n);
	comment_add(txn, &c);
}

int
main(void)
{
	static const struct scratch_body bodies[] = {
		{ "fill", STORE_WRITE, fill, false },
		{ "put", STORE_DRY, test_put, false },
		{ "complaints", STORE_DRY, test_complaints, false },
		{ "setters", STORE_DRY, test_setters, false },
		{ "comment", STORE_DRY, test_comment, false },
		{ "quiet", STORE_DRY, test_quiet, false },
		{ "user comment", STORE_DRY, test_user_comment, false },
		{ "gone", STORE_DRY, test_gone, false },
		{ "many", STORE_DRY, test_many, false },
	};
	static const struct {
		size_t n;
		bool good;
	} lengths[] = { { 0, false }, { 1, true }, { COMMENT_TEXT_MAX, true },
		{ COMMENT_TEXT_MAX + 1, false } };
	struct scratch s;

	if (!scratch_open(&s))
		return 99;
	scratch_bodies(&s, bodies, sizeof bodies / sizeof bodies[0]);
	for (int i = 0; i < 8; i++)
		ok(!scratch_run(&s, STORE_DRY, test_refused, &i) &&
		    s.error.fault == FAULT_MACRO_FAILED, "and fails the macro");
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		size_t n = lengths[i].n;

		ok(scratch_run(&s, STORE_DRY, test_length, &n) == lengths[i].good,
		    "a comment of %zu bytes", n);
	}
	scratch_close(&s);
	return tap_done();
}
