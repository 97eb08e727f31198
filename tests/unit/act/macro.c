/* SPDX-License-Identifier: ISC */
/* Macros that run; macro_documents.c has what is complained about. */
#include "act/macro_world.h"

#include "listen/listener.h"

static struct world world;

struct run {
	enum record record;
	const char *id;
	const char *project, *macro;
	const char *payload;
	bool by_hand;       /* without listener and id */
	bool explain;
	struct buf trace;
};

static struct listener listener = {
	.full_name = { "phone/hook", 10 }, .project = { "phone", 5 },
};

static void
run_body(struct txn *txn, void *arg)
{
	struct run *run = arg;
	struct error error = { 0 };
	struct delivery delivery = {
		.now = INT64_C(1800000000000000), .arena = txn_arena(txn),
		.target = { .record = run->record, .id = span_of(run->id) },
		.explain = run->explain,
	};
	const struct macro *macro = macro_load(txn, txn_arena(txn), span_of(run->project),
	    span_of(run->macro));

	if (!run->by_hand) {
		delivery.id = id_new(delivery.now);
		listener_take(&delivery, &listener);
	}
	if (run->payload != NULL)
		delivery.payload = json_read(txn_arena(txn), span_of(run->payload),
		    &json_limits_default, &error);
	if (macro != NULL)
		macro_run(txn, &delivery, macro);
	world_trace(&delivery, &run->trace);
}

/* The trace, or the error behind it. */
static const char *
run(struct run r)
{
	const char *error = world_run(&world, STORE_WRITE, run_body, &r), *result;

	buf_puts(&r.trace, error);
	result = arena_string(world.arena, buf_bytes(&r.trace));
	buf_free(&r.trace);
	return result;
}

static const char *
user_run(const char *id, const char *macro, const char *payload)
{
	return run((struct run){ .record = RECORD_USER, .id = id, .project = "",
	    .macro = macro, .payload = payload });
}

static const char *
ticket_run(const char *id, const char *macro, const char *payload)
{
	return run((struct run){ .record = RECORD_FEEDBACK, .id = id, .project = "phone",
	    .macro = macro, .payload = payload });
}

static void
define(const char *scope, const char *key, const char *more, const char *actions)
{
	world_need(&world, arena_printf(world.arena, "{\"kind\":\"macro\",\"key\":\"%s\",%s%s,"
	    "\"actions\":[%s]}", key, scope, more, actions));
}

#define OF_USER "\"automation\":\"user\""
#define OF_PHONE_USER "\"automation\":\"user\",\"project\":\"phone\""
#define OF_TICKET "\"automation\":\"feedback\",\"project\":\"phone\""

static void
test_people(void)
{
	define(OF_PHONE_USER, "people", "",
	    "{\"action\":\"add-rank\",\"rank\":\"active\",\"reason\":\"did {{payload.what}}\"},"
	    "{\"action\":\"add-note\",\"text\":\"score is {{user.scores.phone}}\"},"
	    "{\"action\":\"remove-teams\",\"teams\":[\"vip\"]},"
	    "{\"action\":\"set-field\",\"field\":\"plan\",\"value\":\"{{payload.plan}}\"},"
	    "{\"action\":\"set-field\",\"field\":\"seats\",\"value\":3},"
	    "{\"action\":\"set-field\",\"field\":\"price\",\"value\":0.10},"
	    "{\"action\":\"add-note\",\"text\":\"never\",\"when\":\"user.fields.seats == 4\"}");
	is_text(run((struct run){ .record = RECORD_USER, .id = "2", .project = "phone",
	    .macro = "people", .payload = "{\"what\":\"it\",\"plan\":\"paid\"}" }),
	    "add-rank ok: active: score in phone 0 → 10\nadd-note ok: noted\n"
	    "remove-teams ok: left phone/vip\nset-field ok: plan: free → paid\n"
	    "set-field ok: seats: none → 3\nset-field ok: price: none → 0.10\n"
	    "add-note skipped: its `when` does not hold\n"
	    "+ add-rank: active: score in phone 0 → 10\n+ add-note: noted\n"
	    "+ remove-teams: left phone/vip\n+ set-field: plan: free → paid\n"
	    "+ set-field: seats: none → 3\n+ set-field: price: none → 0.10\n",
	    "actions on a user are told in order");
	is_text(world_get(&world, RECORD_USER, "2", "ranks.0.reason"), "\"did it\"",
	    "the reason of a rank is rendered");
	is_text(world_get(&world, RECORD_USER, "2", "notes.0.text"), "\"score is 10\"",
	    "a tag sees what an earlier action changed");
	is_text(world_get(&world, RECORD_USER, "2", "fields"),
	    "{\"plan\":\"paid\",\"seats\":3,\"price\":0.10}",
	    "fields are stored with their type");
	is_text(world_get(&world, RECORD_USER, "2", "teams"), "[\"all\"]",
	    "the team was left");
}

static void
test_tickets(void)
{
	define(OF_TICKET, "close", "",
	    "{\"action\":\"set-status\",\"status\":\"Closed\","
	    "\"when\":\"feedback.status == 'Open'\"},"
	    "{\"action\":\"set-field\",\"field\":\"jira\",\"value\":\"{{payload.key}}\"},"
	    "{\"action\":\"set-exposure\",\"exposure\":\"private\"},"
	    "{\"action\":\"set-blocking\",\"blocking\":true},"
	    "{\"action\":\"set-feature\",\"feature\":\"Rotation\"},"
	    "{\"action\":\"add-comment\",\"author\":\"jim@acme.example\","
	    "\"text\":\"now {{feedback.status}}, by {{delivery.listener}}\"},"
	    "{\"action\":\"add-rank\",\"to\":\"submitter\",\"rank\":\"active\"},"
	    "{\"action\":\"email\",\"to\":\"submitter\",\"template\":\"closed\"},"
	    "{\"action\":\"set-field\",\"field\":\"seen\",\"value\":\"{{feedback.comments}}\"}");
	is_text(ticket_run("10", "close", "{\"key\":\"PHN-7\"}"),
	    "set-status ok: Open → Closed\nset-field ok: jira: none → PHN-7\n"
	    "set-exposure ok: public → private\nset-blocking ok: blocking now\n"
	    "set-feature ok: none → Rotation\nadd-comment ok: added by jim@acme.example\n"
	    "add-rank ok: active: score in phone 10 → 20\nemail ok: queued\n"
	    "set-field ok: seen: none → 1\n"
	    "+ set-status: Open → Closed\n+ set-field: jira: none → PHN-7\n"
	    "+ set-exposure: public → private\n+ set-blocking: blocking now\n"
	    "+ set-feature: none → Rotation\n+ add-comment: added by jim@acme.example\n"
	    "+ add-rank: active: score in phone 10 → 20\n+ email: queued\n+ set-field: seen: none → 1\n",
	    "actions on a ticket are told in order");
	is_text(world_get(&world, RECORD_FEEDBACK, "10", "status"), "\"Closed\"",
	    "the status is stored");
	is_text(world_get(&world, RECORD_FEEDBACK, "10", "comments"), "absent",
	    "what is derived is not stored");
	is_text(world_get(&world, RECORD_USER, "2", "scores.phone"), "20",
	    "the submitter has the rank");
	is_text(world_parcels(&world),
	    "email|ann@mail.example|Crash <1>|is Closed|false\n",
	    "the e-mail is rendered with what the macro did");
	ok(strstr(world_rows(&world, TABLE_COMMENT, true), "now Closed, by phone/hook") != NULL,
	    "the comment is stored");
	is_text(ticket_run("11", "close", "{}"),
	    "set-status ok: Open → Closed\nset-field ok: jira: none → none\n"
	    "set-exposure ok: was private already\nset-blocking ok: blocking now\n"
	    "set-feature ok: none → Rotation\nadd-comment ok: added by jim@acme.example\n"
	    "add-rank skipped: the submitter is gone\n"
	    "email skipped: the submitter is gone\nset-field ok: seen: none → 1\n"
	    "+ set-status: Open → Closed\n+ set-field: jira: none → none\n"
	    "+ set-exposure: was private already\n+ set-blocking: blocking now\n"
	    "+ set-feature: none → Rotation\n+ add-comment: added by jim@acme.example\n"
	    "+ add-rank: skipped: the submitter is gone\n"
	    "+ email: skipped: the submitter is gone\n+ set-field: seen: none → 1\n",
	    "without a submitter his actions are skipped");
}

static void
test_failures(void)
{
	define(OF_USER, "undone", "",
	    "{\"action\":\"set-field\",\"field\":\"undone\",\"value\":1},"
	    "{\"action\":\"email\",\"to\":\"target\",\"template\":\"thanks\"},"
	    "{\"action\":\"add-comment\",\"author\":\"nobody@mail.example\",\"text\":\"x\"},"
	    "{\"action\":\"add-note\",\"text\":\"x\"}");
	is_text(user_run("2", "undone", NULL),
	    "set-field ok: undone: none → 1\nemail ok: queued\n"
	    "add-comment failed: no user has the e-mail address 'nobody@mail.example'\n"
	    "+ set-field: undone: none → 1\n+ email: queued\n"
	    "unknown-author: action 3 of undone (add-comment): no user has the e-mail "
	    "address 'nobody@mail.example'", "an unknown author fails the macro");
	is_text(world_get(&world, RECORD_USER, "2", "fields.undone"), "absent",
	    "nothing of it is stored");
	is_text(world_parcels(&world), "", "nothing of it is sent");
	define(OF_USER, "tester", "",
	    "{\"action\":\"add-comment\",\"author\":\"ann@mail.example\",\"text\":\"x\"}");
	is_text(user_run("2", "tester", NULL),
	    "add-comment failed: ann@mail.example may not comment on user ann@mail.example\n"
	    "author-not-permitted: action 1 of tester (add-comment): ann@mail.example may "
	    "not comment on user ann@mail.example", "a tester may not comment on users");
	define(OF_USER, "long", "",
	    "{\"action\":\"add-rank\",\"rank\":\"active\",\"reason\":\"{{payload.x}}\"}");
	is_text(user_run("2", "long", arena_printf(world.arena, "{\"x\":\"%01200d\"}", 7)),
	    "add-rank failed: the reason would be longer than 1000 bytes\n"
	    "macro-failed: action 1 of long (add-rank): the reason would be longer than "
	    "1000 bytes", "text that is too long fails the macro");
	is_text(ticket_run("99", "close", NULL),
	    "set-status skipped: its `when` does not hold\n"
	    "set-field failed: feedback 99 does not exist any more\n"
	    "macro-failed: action 2 of phone/close (set-field): feedback 99 does not exist "
	    "any more", "a target that is gone fails the macro");
	is_text(run((struct run){ .record = RECORD_FEEDBACK, .id = "10", .project = "",
	    .macro = "long" }), "macro-failed: the macro long is for user automation, not for "
	    "feedback 10", "a macro acts on its own kind of record only");
	is_text(user_run("2", "none", NULL), "not-found: there is no macro 'none'",
	    "a macro that is not there");
}

static void
test_email(void)
{
	define(OF_USER, "mail", "",
	    "{\"action\":\"email\",\"to\":\"target\",\"template\":\"thanks\"},"
	    "{\"action\":\"email\",\"to\":[\"target\",\"ANN@mail.example\"],"
	    "\"template\":\"thanks\"},"
	    "{\"action\":\"email\",\"to\":\"ops@acme.example\",\"subject\":\"{{payload.s}}\","
	    "\"text\":\"{{payload.s}}\",\"html\":\"{{payload.s}}\"},"
	    "{\"action\":\"email\",\"to\":\"ops@acme.example\",\"subject\":\"{{payload.s}}\","
	    "\"text\":\"{{payload.s}}\"}");
	is_text(user_run("2", "mail", "{\"note\":\"<i>\",\"s\":\"a\\r\\n<b>\"}"),
	    "email ok: queued\nemail skipped: queued by an action before this one\n"
	    "email ok: queued\nemail skipped: queued by an action before this one\n"
	    "+ email: queued\n+ email: skipped: queued by an action before this one\n"
	    "+ email: queued\n+ email: skipped: queued by an action before this one\n",
	    "one address gets one e-mail of a text");
	is_text(world_parcels(&world),
	    "email|ann@mail.example|Thank you, Ann|Score 0|<b>&lt;i&gt;</b>|false\n"
	    "email|ops@acme.example|a  <b>|a\r\n<b>|a\r\n&lt;b&gt;|false\n",
	    "each text is escaped for its place");
	is_text(user_run("3", "mail", "{}"),
	    "email skipped: opted out\nemail ok: queued for 1, 1 opted out\n"
	    "email ok: queued\nemail skipped: queued by an action before this one\n"
	    "+ email: skipped: opted out\n+ email: queued for 1, 1 opted out\n"
	    "+ email: queued\n+ email: skipped: queued by an action before this one\n",
	    "who opted out gets none");
	world_parcels(&world);
	define(OF_USER, "vital", "",
	    "{\"action\":\"email\",\"to\":\"target\",\"subject\":\"s\",\"text\":\"t\","
	    "\"essential\":true},"
	    "{\"action\":\"add-teams\",\"teams\":[\"phone/vip\"]},"
	    "{\"action\":\"email\",\"to\":{\"team\":\"phone/vip\"},\"subject\":\"s\","
	    "\"text\":\"team\"}");
	is_text(user_run("2", "vital", NULL),
	    "email ok: queued\nadd-teams ok: joined phone/vip\n"
	    "email ok: queued for 1, 1 opted out\n"
	    "+ email: queued\n+ add-teams: joined phone/vip\n"
	    "+ email: queued for 1, 1 opted out\n", "a team is who is in it now");
	is_text(world_parcels(&world), "email|ann@mail.example|s|t|true\n"
	    "email|ann@mail.example|s|team|false\n", "essential is told to the courier");
	is_text(user_run("3", "vital", NULL),
	    "email ok: queued\nadd-teams ok: already in phone/vip\n"
	    "email ok: queued for 1, 1 opted out\n"
	    "+ email: queued\n+ add-teams: already in phone/vip\n"
	    "+ email: queued for 1, 1 opted out\n",
	    "who opted out gets what is essential");
	world_parcels(&world);
}

static void
test_webhook(void)
{
	define(OF_TICKET, "hook", "",
	    "{\"action\":\"webhook\","
	    "\"url\":\"https://a.example:8443/{{payload.p}}?q={{payload.p}}\","
	    "\"headers\":{\"X-Key\":\"{{payload.p}}\",\"Authorization\":{\"sealed\":\"zzz\"}},"
	    "\"body\":\"{\\\"p\\\":\\\"{{payload.p}}\\\"}\",\"timeout\":5,\"ordered\":true,"
	    "\"auth\":{\"user\":\"u\",\"password\":\"pw\"},"
	    "\"secret\":\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\","
	    "\"returns\":{\"group\":\"sync\",\"fields\":{\"remote_id\":\"/id\"}}},"
	    "{\"action\":\"webhook\",\"url\":\"https://a.example/f\",\"method\":\"PUT\","
	    "\"headers\":{\"Content-Type\":\"application/x-www-form-urlencoded\"},"
	    "\"body\":\"p={{payload.p}}\"},"
	    "{\"action\":\"webhook\",\"url\":\"https://a.example/t\","
	    "\"headers\":{\"content-type\":\"text/plain\"},\"body\":\"{{payload.p}}\"},"
	    "{\"action\":\"webhook\",\"url\":\"https://a.example/t\","
	    "\"headers\":{\"content-type\":\"text/plain\"},\"body\":\"{{payload.p}}\"},"
	    "{\"action\":\"webhook\",\"url\":\"https://a.example/g\",\"method\":\"GET\"}");
	is_text(ticket_run("10", "hook", "{\"p\":\"a \\\"/\\n&\"}"),
	    "webhook ok: queued\nwebhook ok: queued\nwebhook ok: queued\n"
	    "webhook skipped: queued by an action before this one\nwebhook ok: queued\n"
	    "+ webhook: queued\n+ webhook: queued\n+ webhook: queued\n"
	    "+ webhook: skipped: queued by an action before this one\n+ webhook: queued\n",
	    "the same request is queued once");
	is_text(world_parcels(&world),
	    "webhook|https://a.example:8443/a%20%22%2F%0A%26?q=a%20%22%2F%0A%26|POST"
	    "|{\"Content-Type\":\"application/json\",\"X-Key\":\"a \\\"/ &\","
	    "\"Authorization\":{\"sealed\":\"zzz\"}}|{\"p\":\"a \\\"/\\n&\"}"
	    "|{\"user\":\"u\",\"password\":\"pw\"}|whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	    "|{\"group\":\"sync\",\"fields\":{\"remote_id\":\"/id\"}}|5000000|true\n"
	    "webhook|https://a.example/f|PUT"
	    "|{\"Content-Type\":\"application/x-www-form-urlencoded\"}|p=a%20%22%2F%0A%26\n"
	    "webhook|https://a.example/t|POST|{\"content-type\":\"text/plain\"}|a \"/\n&\n"
	    "webhook|https://a.example/g|GET|{}\n",
	    "URL, headers and body are escaped for their places");
	define(OF_TICKET, "raw", "", "{\"action\":\"webhook\",\"url\":\"https://a.example/a b\"}");
	is_text(ticket_run("10", "raw", NULL),
	    "webhook failed: the URL has a character at byte 19 that has to be "
	    "percent-encoded\nmacro-failed: action 1 of phone/raw (webhook): the URL has a "
	    "character at byte 19 that has to be percent-encoded",
	    "a URL that cannot be sent is refused");
}

/* What a tag may not make of a path. */
static void
test_segments(void)
{
	static const struct {
		const char *url, *payload, *sent; /* NULL: refused */
	} cases[] = {
		{ "/users/{{payload.id}}", "{\"id\":\"17\"}", "/users/17" },
		{ "/users/{{payload.id}}", "{\"id\":\"..\"}", NULL },
		{ "/users/{{payload.id}}", "{\"id\":\".\"}", NULL },
		{ "/users/{{payload.id}}", "{\"id\":\"\"}", NULL },
		{ "/users/{{payload.id}}", "{}", NULL },
		{ "/users/{{payload.id}}?x=1", "{\"id\":\"..\"}", NULL },
		{ "/users/{{payload.id}}/mail", "{}", NULL },
		{ "/{{payload.id}}{{payload.id}}", "{\"id\":\".\"}", NULL },
		{ "/.{{payload.id}}", "{\"id\":\".\"}", NULL },
		{ "/%2E{{payload.id}}", "{\"id\":\".\"}", NULL },
		{ "/{{#payload.id}}a{{payload.id}}{{/payload.id}}", "{\"id\":\"..\"}", "/a.." },
		{ "/{{payload.id}}", "{\"id\":\"...\"}", "/..." },
		{ "/{{payload.id}}", "{\"id\":\"../x\"}", "/..%2Fx" },
		{ "/{{payload.id}}", "{\"id\":\"%2e%2e\"}", "/%252e%252e" },
		{ "/u-{{payload.id}}", "{}", "/u-" },
		{ "/a//b/../", "{}", "/a//b/../" },
		{ "/a/?q={{payload.id}}", "{\"id\":\"..\"}", "/a/?q=.." },
		{ "?q={{payload.id}}/..", "{}", "?q=/.." },
		{ "/a#{{payload.id}}", "{}", "/a#" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *key = arena_printf(world.arena, "seg%zu", i), *got;

		define(OF_TICKET, key, "", arena_printf(world.arena,
		    "{\"action\":\"webhook\",\"method\":\"DELETE\",\"url\":\"https://a.example%s\"}",
		    cases[i].url));
		got = ticket_run("10", key, cases[i].payload);
		if (cases[i].sent == NULL)
			ok(strstr(got, "a tag makes a segment of the URL's path") != NULL,
			    "%s of %s is refused: %s", cases[i].url, cases[i].payload, got);
		else
			is_text(world_parcels(&world), arena_printf(world.arena,
			    "webhook|https://a.example%s|DELETE|{}\n", cases[i].sent),
			    cases[i].url);
	}
}

static void
test_nesting(void)
{
	const char *outer = "a0";

	define(OF_USER, "a0", "", "{\"action\":\"add-note\",\"text\":\"x\"}");
	for (int i = 1; i <= MACRO_DEPTH; i++) {
		const char *key = arena_printf(world.arena, "a%d", i);

		define(OF_USER, key, "", arena_printf(world.arena,
		    "{\"action\":\"run-macro\",\"macro\":\"%s\"}", outer));
		outer = key;
	}
	is_text(user_run("2", outer, NULL),
	    "add-note ok: noted\nrun-macro ok: a0 done\nrun-macro ok: a1 done\n"
	    "run-macro ok: a2 done\nrun-macro ok: a3 done\nrun-macro ok: a4 done\n"
	    "+ add-note: noted\n+ run-macro: a0 done\n+ run-macro: a1 done\n"
	    "+ run-macro: a2 done\n+ run-macro: a3 done\n+ run-macro: a4 done\n",
	    "macros run each other");
	ok(world_alike(world_put(&world, USER "{\"action\":\"run-macro\",\"macro\":\"a5\"}]}"),
	    "/actions/0/macro: "), "but not deeper than five");
	define(OF_USER, "b", "", "{\"action\":\"run-macro\",\"macro\":\"a4\"}");
	ok(world_alike(world_put(&world, USER "{\"action\":\"run-macro\",\"macro\":\"a4\"},"
	    "{\"action\":\"run-macro\",\"macro\":\"b\"}]}"), "/actions/1/macro: macros "
	    "cannot run each other more than 5 deep"), "by another way neither");
	ok(world_alike(world_put(&world, "{\"kind\":\"macro\",\"key\":\"a0\"," OF_USER
	    ",\"actions\":[{\"action\":\"run-macro\",\"macro\":\"a3\"}]}"),
	    "/actions/0/macro: in 'a3' at /actions/0/macro: in 'a2' at /actions/0/macro: in "
	    "'a1' at /actions/0/macro: 'a0' would run itself"), "a circle is found");
	ok(world_alike(world_put(&world, TICKET "{\"action\":\"run-macro\",\"macro\":\"a0\"}]}"),
	    "/actions/0/macro: 'a0' is for user automation"),
	    "a macro on tickets does not run one on users");
	define(OF_USER, "many", "", "{\"action\":\"run-macro\",\"macro\":\"a0\"},"
	    "{\"action\":\"run-macro\",\"macro\":\"a0\"}");
	ok(strstr(user_run("2", "many", NULL), "add-note ok: noted\nrun-macro ok: a0 done\n"
	    "add-note ok: noted\nrun-macro ok: a0 done\n") != NULL, "a macro may run one twice");
}

static void
test_switches(void)
{
	define(OF_USER, "off", ",\"enabled\":false", "{\"action\":\"add-note\",\"text\":\"x\"}");
	is_text(user_run("2", "off", NULL), "run-macro skipped: off is switched off\n"
	    "+ run-macro: skipped: off is switched off\n", "a macro can be switched off");
	define(OF_USER, "once", ",\"once\":true", "{\"action\":\"add-note\",\"text\":\"x\"}");
	is_text(user_run("2", "once", NULL), "add-note ok: noted\n+ add-note: noted\n",
	    "a macro that runs once runs");
	is_text(user_run("2", "once", NULL),
	    "run-macro skipped: once ran for this target before, and runs once\n"
	    "+ run-macro: skipped: once ran for this target before, and runs once\n",
	    "but not again");
	is_text(user_run("3", "once", NULL), "add-note ok: noted\n+ add-note: noted\n",
	    "and for each target");
	define(OF_USER, "if", "", "{\"action\":\"add-note\",\"text\":\"x\","
	    "\"when\":\"payload.n > 3 && user.email == 'x'\"}");
	is_text(run((struct run){ .record = RECORD_USER, .id = "2", .project = "",
	    .macro = "if", .payload = "{\"n\":4}", .explain = true }),
	    "add-note skipped: its `when` does not hold: user.email == 'x' "
	    "(\"ann@mail.example\" == \"x\") is false\n",
	    "a dry run tells what `when` saw");
	define(OF_PHONE_USER, "hand", "", "{\"action\":\"add-note\","
	    "\"text\":\"{{project.name}}|{{delivery.id}}|{{community.community}}\"}");
	run((struct run){ .record = RECORD_USER, .id = "1", .project = "phone",
	    .macro = "hand", .by_hand = true });
	is_text(world_get(&world, RECORD_USER, "1", "notes.0.text"),
	    "\"Phone beta||Acme Beta\"", "a macro runs by hand");
}

static void
remove_body(struct txn *txn, void *arg)
{
	struct world_put *put = arg;
	struct complaints complaints = { .add = world_complain, .arg = &put->out };

	if (!kind_remove(txn, &kind_macro, span_of(put->text), &complaints) && complaints.count == 0)
		buf_puts(&put->out, "absent");
}

static const char *
remove_macro(const char *name)
{
	struct world_put put = { .text = name };
	const char *result;

	world_run(&world, STORE_WRITE, remove_body, &put);
	result = arena_string(world.arena, buf_bytes(&put.out));
	buf_free(&put.out);
	return result;
}

static void
test_remove(void)
{
	is_text(remove_macro("a4"), ": is still used by macro a5 and macro b",
	    "what another macro runs stays");
	is_text(remove_macro("a5"), "", "what nobody uses goes");
	remove_macro("b");
	is_text(remove_macro("a4"), "", "then the other one, too");
	is_text(remove_macro("a4"), "absent", "once");
}

static void
test_delete(void)
{
	define(OF_USER, "bye", "",
	    "{\"action\":\"email\",\"to\":\"target\",\"subject\":\"Bye {{user.firstName}}\","
	    "\"text\":\"t\"},{\"action\":\"delete-user\"},"
	    "{\"action\":\"email\",\"to\":\"ops@acme.example\",\"subject\":\"left\","
	    "\"text\":\"{{user.email}}\"}");
	define(OF_USER, "after", "",
	    "{\"action\":\"delete-user\"},{\"action\":\"add-note\",\"text\":\"x\"}");
	define(OF_USER, "just-bye", "", "{\"action\":\"delete-user\"}");
	ok(strstr(user_run("1", "just-bye", NULL), "the user is the last admin") != NULL,
	    "the last admin is not deleted");
	define(OF_USER, "mail-after", "", "{\"action\":\"delete-user\"},"
	    "{\"action\":\"email\",\"to\":\"target\",\"template\":\"thanks\"}");
	is_text(user_run("2", "after", NULL), "delete-user ok: deleted\n"
	    "add-note failed: the user was deleted by an action before this one\n"
	    "+ delete-user: deleted\n"
	    "macro-failed: action 2 of after (add-note): the user was deleted by an action "
	    "before this one", "nothing can be done to a deleted user");
	ok(strstr(user_run("2", "mail-after", NULL), "macro-failed: action 2 of mail-after "
	    "(email): the user was deleted") != NULL, "nor written to him");
	is_text(world_get(&world, RECORD_USER, "2", "email"), "\"ann@mail.example\"",
	    "then he is not deleted either");
	world_parcels(&world);
	is_text(user_run("2", "bye", NULL),
	    "email ok: queued\ndelete-user ok: deleted\nemail ok: queued\n"
	    "+ email: queued\n+ delete-user: deleted\n+ email: queued\n",
	    "a goodbye comes before");
	is_text(world_get(&world, RECORD_USER, "2", "email"), "gone", "the user is gone");
	is_text(world_parcels(&world), "email|ann@mail.example|Bye Ann|t|false\n"
	    "email|ops@acme.example|left|ann@mail.example|false\n",
	    "the goodbye is kept, and others hear of it");
}

int
main(void)
{
	world_open(&world);
	world_people(&world);
	test_people();
	test_tickets();
	test_failures();
	test_email();
	test_webhook();
	test_segments();
	test_nesting();
	test_switches();
	test_remove();
	test_delete();
	world_close(&world);
	return tap_done();
}
