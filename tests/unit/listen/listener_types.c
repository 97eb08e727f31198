/* SPDX-License-Identifier: ISC */
#include "act/macro_world.h"

#include "listen/listener.h"
#include "listen/listener_example.h"
#include "record/words.h"

static struct world world;

struct call {
	const struct listener_type *type;
	const char *doc;        /* of the listener */
	const char *payload;
	enum record record;
	const char *id;
	const char *project;    /* of the listener */
	const char *event_time;
	struct span mask;
	bool twice;             /* the delivery failed for another item before */
	const char *found;      /* by stored(): a dotted name */
	struct buf trace;
};

static void
call_body(struct txn *txn, void *arg)
{
	struct call *call = arg;
	struct arena *arena = txn_arena(txn);
	struct error error = { 0 };
	struct listener listener = {
		.full_name = SPAN("hook"), .project = span_of(call->project),
		.type = call->type, .record = call->record,
		.event_time = span_of(call->event_time),
		.mask = { .parameters = &call->mask, .count = call->mask.n > 0 },
	};
	struct delivery delivery = {
		.now = INT64_C(1800000000000000), .arena = arena,
		.target = { .record = call->record, .id = span_of(call->id) },
	};

	delivery.id = id_new(delivery.now);
	listener_take(&delivery, &listener);
	delivery.payload = json_read(arena, span_of(call->payload), &json_limits_default,
	    &error);
	mask_find(arena, &listener.mask, delivery.payload, &delivery.masked);
	listener.rule = call->type->compile(txn, arena, json_read(arena,
	    span_of(call->doc), &json_limits_default, &error));
	if (call->twice)
		delivery_bad_field(&delivery, SPAN("other"), "was bad");
	if (listener.rule != NULL)
		call->type->apply(txn, &delivery, listener.rule);
	for (const struct bad_field *bad = delivery.bad_fields; bad != NULL; bad = bad->next)
		buf_printf(&call->trace, "bad %.*s: %.*s\n", (int)bad->parameter.n,
		    bad->parameter.p, (int)bad->sentence.n, bad->sentence.p);
	for (const struct effect *effect = delivery.effects; effect != NULL;
	    effect = effect->next)
		buf_printf(&call->trace, "+ %s: %.*s\n", effect->action,
		    (int)effect->result.n, effect->result.p);
	buf_printf(&call->trace, "%s", call->record == RECORD_USER &&
	    call->type == &listener_comment && delivery.target.doc != NULL
	    ? "the user was read\n" : "");
}

/* Bad fields, effects and the error. */
static const char *
deliver(struct call call)
{
	const char *error, *result;

	if (call.project == NULL)
		call.project = "";
	error = world_run(&world, STORE_WRITE, call_body, &call);
	buf_puts(&call.trace, error);
	result = arena_string(world.arena, buf_bytes(&call.trace));
	buf_free(&call.trace);
	return result;
}

/* Comments */

#define AUTHORS "{\"author\":\"who\",\"comment\":\"/what/text\"," \
	"\"authors\":\"user.fields.plan == 'free' && 'phone/vip' in user.teams\"}"
#define COMMENT "{\"author\":\"who\",\"comment\":\"/what/text\"}"

static const struct {
	const char *payload;
	enum record record;
	const char *id;
	const char *expected;
} comments[] = {
	{ "{\"who\":\"jim@acme.example\",\"what\":{\"text\":\"hi\"}}", RECORD_USER, "2",
	    "+ comment: added by jim@acme.example\n" },
	{ "{\"who\":\"JIM@acme.example\",\"what\":{\"text\":\"hi\"}}", RECORD_FEEDBACK, "10",
	    "+ comment: added by jim@acme.example\n" },
	{ "{\"who\":\"ann@mail.example\",\"what\":{\"text\":\"hi\"}}", RECORD_FEEDBACK, "10",
	    "+ comment: added by ann@mail.example\n" },
	{ "{\"who\":\"ann@mail.example\",\"what\":{\"text\":\"hi\"}}", RECORD_USER, "2",
	    "author-not-permitted: ann@mail.example may not comment on user 2" },
	{ "{\"who\":\"nobody@mail.example\",\"what\":{\"text\":\"hi\"}}", RECORD_USER, "2",
	    "unknown-author: no user has the e-mail address 'nobody@mail.example'" },
	{ "{\"who\":\"jim\",\"what\":{\"text\":\"hi\"}}", RECORD_USER, "2",
	    "unknown-author: no user has the e-mail address 'jim'" },
	{ "{\"what\":{\"text\":\"hi\"}}", RECORD_USER, "2",
	    "missing-parameter: the parameter 'who' is missing from the body" },
	{ "{\"who\":\"jim@acme.example\",\"/what/text\":\"hi\"}", RECORD_USER, "2",
	    "missing-parameter: the parameter '/what/text' is missing from the body" },
	{ "{}", RECORD_USER, "2", "missing-parameter: the parameters 'who' and "
	    "'/what/text' are missing from the body" },
	{ "{\"who\":\"jim@acme.example\",\"what\":{\"text\":7}}", RECORD_USER, "2",
	    "bad /what/text: must be a string\n"
	    "bad-value: the parameter '/what/text' must be a string" },
	{ "{\"who\":null,\"what\":{\"text\":\" \\n\"}}", RECORD_USER, "2",
	    "bad who: must be a string\nbad /what/text: must not be empty\n"
	    "bad-value: the parameter 'who' must be a string" },
};

static void
test_comments(void)
{
	const char *rows;

	for (size_t i = 0; i < sizeof comments / sizeof comments[0]; i++)
		is_text(deliver((struct call){ .type = &listener_comment, .doc = COMMENT,
		    .payload = comments[i].payload, .record = comments[i].record,
		    .id = comments[i].id }), comments[i].expected, comments[i].payload);
	is_text(deliver((struct call){ .type = &listener_comment, .doc = AUTHORS,
	    .payload = comments[0].payload, .record = RECORD_USER, .id = "2" }),
	    "author-not-permitted: jim@acme.example is not among the authors that the "
	    "listener allows", "who is not among the authors");
	is_text(deliver((struct call){ .type = &listener_comment, .doc = AUTHORS,
	    .payload = comments[2].payload, .record = RECORD_FEEDBACK, .id = "10" }),
	    "+ comment: added by ann@mail.example\n", "who is");
	is_text(deliver((struct call){ .type = &listener_comment, .doc = AUTHORS,
	    .payload = comments[2].payload, .record = RECORD_USER, .id = "2" }),
	    "author-not-permitted: ann@mail.example may not comment on user 2",
	    "may not do more for it");
	rows = world_rows(&world, TABLE_COMMENT, true);
	ok(strstr(rows, "\"author\":\"jim@acme.example\",\"text\":\"hi\"") != NULL &&
	    strstr(rows, "\"project\"") == NULL, "a comment of the community");
	deliver((struct call){ .type = &listener_comment, .doc = COMMENT,
	    .payload = comments[0].payload, .record = RECORD_USER, .id = "2",
	    .project = "phone" });
	ok(strstr(world_rows(&world, TABLE_COMMENT, true), "\"project\":\"phone\"") != NULL,
	    "a comment of the listener's project");
}

/* Found otherwise than by the address. */
static void
test_authors(void)
{
	static const struct {
		const char *author, *payload, *expected;
	} cases[] = {
		{ "{\"match\":\"id\",\"parameter\":\"who\"}", "{\"who\":1,\"what\":\"hi\"}",
		    "+ comment: added by jim@acme.example\n" },
		{ "{\"match\":\"id\",\"parameter\":\"who\"}", "{\"who\":\"99\",\"what\":\"hi\"}",
		    "unknown-author: no user has id '99'" },
		{ "{\"match\":\"fields.x\",\"parameter\":\"who\"}", "{\"who\":true,\"what\":\"hi\"}",
		    "bad who: must be a string or a number\n"
		    "bad-value: the parameter 'who' must be a string or a number" },
		{ "{\"match\":\"fields.x\",\"parameter\":\"who\"}", "{\"who\":\"\",\"what\":\"hi\"}",
		    "bad who: must not be empty\nbad-value: the parameter 'who' must not be empty" },
		{ "{\"parameter\":\"who\"}", "{\"who\":1,\"what\":\"hi\"}",
		    "bad who: must be a string\nbad-value: the parameter 'who' must be a string" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_text(deliver((struct call){ .type = &listener_comment,
		    .doc = arena_printf(world.arena, "{\"author\":%s,\"comment\":\"what\"}",
		        cases[i].author), .payload = cases[i].payload, .record = RECORD_USER,
		    .id = "2" }), cases[i].expected, cases[i].payload);
	world_rows(&world, TABLE_COMMENT, true);
}

static void
test_long_comment(void)
{
	char *payload = arena_alloc(world.arena, 70000);
	size_t n = (size_t)sprintf(payload, "{\"who\":\"jim@acme.example\",\"what\":{\"text\":\"");
	struct call call = { .type = &listener_comment, .doc = COMMENT, .payload = payload,
		.record = RECORD_USER, .id = "2" };

	memset(payload + n, 'x', 65536);
	strcpy(payload + n + 65536, "\"}}");
	is_text(deliver(call), "+ comment: added by jim@acme.example\n", "65,536 characters are accepted");
	strcpy(payload + n + 65536, "x\"}}");
	is_text(deliver(call), "bad /what/text: must not be longer than 65536 characters; \"long\":\"cut\" in the listener cuts such\n"
	    "bad-value: the parameter '/what/text' must not be longer than 65536 characters; \"long\":\"cut\" in the listener cuts such",
	    "one more is not");
	world_rows(&world, TABLE_COMMENT, true);
}

/* Data */

static void
stored_body(struct txn *txn, void *arg)
{
	struct call *call = arg;
	struct json_object *value;

	if (pointer_dotted(group_data(txn, SPAN(""), call->record, span_of(call->id)),
	    span_of(call->found), &value))
		buf_span(&call->trace, json_write(txn_arena(txn), value));
}

/* JSON of the values in a group; labels included. */
static const char *
stored(const char *group, enum record record, const char *id)
{
	struct call call = { .record = record, .id = id, .found = group };
	const char *result;

	world_run(&world, STORE_READ, stored_body, &call);
	result = arena_string(world.arena, buf_bytes(&call.trace));
	buf_free(&call.trace);
	return result;
}

#define USAGE "{\"group\":\"usage\"}"

static const struct {
	const char *payload;
	const char *event_time;
	const char *expected;
} values[] = {
	{ "{\"launches\":\"41\",\"paying\":\"TRUE\",\"other\":1,\"account\":{\"plan\":\"pro\"}}",
	    NULL, "+ set: launches = 41\n+ set: paying = true\n+ set: /account/plan = pro\n" },
	{ "{\"launches\":41,\"paying\":null}", NULL,
	    "+ set: launches = 41 (unchanged)\n+ set: paying cleared\n" },
	{ "{\"other\":1}", NULL, "missing-parameter: none of the parameters of the group is "
	    "in the body: launches, paying, last_seen, /account/plan" },
	{ "{\"launches\":42,\"at\":\"2027-02-02T00:00:00Z\"}", "at",
	    "+ set: launches = 42\n" },
	{ "{\"launches\":40,\"at\":\"2027-02-01T00:00:00Z\"}", "at",
	    "+ set: launches = 40 (unchanged: the same or newer already)\n" },
	{ "{\"launches\":43}", "at", "missing-parameter: the parameter 'at', the time of the "
	    "event, is missing from the body" },
};

static void
test_values(void)
{
	const char *got;

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		is_text(deliver((struct call){ .type = &listener_data, .doc = USAGE,
		    .payload = values[i].payload, .event_time = values[i].event_time,
		    .record = RECORD_USER, .id = "2" }), values[i].expected,
		    values[i].payload);
	is_text(stored("usage.launches", RECORD_USER, "2"), "42", "the newest value is kept");
	got = deliver((struct call){ .type = &listener_data, .doc = USAGE, .twice = true,
	    .payload = "{\"launches\":1.5,\"paying\":\"no\",\"account\":{\"plan\":\"x\"},"
	    "\"at\":\"never\"}", .event_time = "at", .record = RECORD_USER, .id = "2" });
	ok(strstr(got, "bad other: was bad\nbad at: ") == got &&
	    strstr(got, "\nbad launches: ") != NULL && strstr(got, "\nbad paying: ") != NULL &&
	    strstr(got, "plan") == NULL && strstr(got, "+") == NULL &&
	    strstr(got, "bad-value: 3 bad values: at: ") != NULL,
	    "every bad field of this item is named, nothing is stored");
	is_text(stored("usage./account/plan", RECORD_USER, "2"), "\"pro\"",
	    "good fields beside bad ones are not stored");
	is_text(deliver((struct call){ .type = &listener_data, .doc = USAGE, .twice = true,
	    .payload = "{\"launches\":50}", .record = RECORD_USER, .id = "2" }),
	    "bad other: was bad\n+ set: launches = 50\n",
	    "bad fields of another item do not matter");
	is_text(deliver((struct call){ .type = &listener_data, .doc = USAGE,
	    .payload = "{\"launches\":51}", .record = RECORD_USER, .id = "2",
	    .mask = SPAN("launches") }), "+ set: launches = …\n", "a masked value is not shown");
	got = deliver((struct call){ .type = &listener_data, .doc = USAGE,
	    .payload = arena_printf(world.arena, "{\"account\":{\"plan\":\"%079d€€\"}}", 0),
	    .record = RECORD_USER, .id = "2" });
	is_text(got, arena_printf(world.arena, "+ set: /account/plan = %079d…\n", 0),
	    "a long value is cut at a character");
}

static void
test_project_values(void)
{
	is_text(deliver((struct call){ .type = &listener_data,
	    .doc = "{\"group\":\"totals\",\"store\":\"project\",\"project\":\"phone\"}",
	    .payload = "{\"users\":7}", .record = RECORD_USER, .id = "2", .project = "phone" }),
	    "+ set: users = 7\n", "values for a project");
	is_text(stored("totals.users", RECORD_PROJECT, "phone"), "7",
	    "they are the project's");
}

/* What a listener's document may name */

static const struct {
	const struct listener_type *type;
	const char *doc;
	const char *complaint;
} references[] = {
	{ &listener_comment, "{\"author\":\"a\",\"comment\":\"/b\"}", "" },
	{ &listener_comment, "{\"author\":\"a\",\"comment\":\"/b\",\"authors\":\"payload.x\"}",
	    "/authors: " },
	{ &listener_comment, "{\"author\":{\"match\":\"title\",\"parameter\":\"a\"},"
	    "\"comment\":\"b\"}", "/author/match: " },
	{ &listener_comment, "{\"author\":{\"match\":\"fields.a\",\"parameter\":\"a\"},"
	    "\"comment\":\"b\"}", "" },
	{ &listener_macro, "{\"macro\":\"note\",\"automation\":\"user\"}", "" },
	{ &listener_macro, "{\"macro\":\"note\",\"automation\":\"feedback\"}",
	    "/macro: the macro 'note' is for user automation, the listener is not" },
	{ &listener_macro, "{\"macro\":\"none\",\"automation\":\"user\"}",
	    "/macro: there is no macro 'none'" },
	{ &listener_data, "{\"group\":\"usage\",\"automation\":\"user\"}", "" },
	{ &listener_data, "{\"group\":\"none\",\"automation\":\"user\"}",
	    "/group: there is no group 'none'" },
	{ &listener_data, "{\"group\":\"sync\",\"automation\":\"user\"}",
	    "/group: the group 'sync' has the automation \"feedback\"" },
	{ &listener_data, "{\"group\":\"totals\",\"automation\":\"user\",\"project\":\"phone\","
	    "\"store\":\"project\"}", "" },
	{ &listener_data, "{\"group\":\"phone/totals\",\"automation\":\"user\","
	    "\"store\":\"project\"}", "/store: a listener without a project" },
	{ &listener_data, "{\"group\":\"usage\",\"automation\":\"user\",\"store\":\"user\"}",
	    "/store: store can only be" },
};

struct reference {
	size_t i;
	struct buf out;
};

static void
refer_body(struct txn *txn, void *arg)
{
	struct reference *reference = arg;
	struct complaints complaints = { .add = world_complain, .arg = &reference->out };
	struct error error = { 0 };

	references[reference->i].type->refer(txn, json_read(txn_arena(txn),
	    span_of(references[reference->i].doc), &json_limits_default, &error), &complaints);
}

static void
test_references(void)
{
	for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
		struct reference reference = { .i = i };
		const char *expected = references[i].complaint, *got;

		world_run(&world, STORE_READ, refer_body, &reference);
		got = arena_string(world.arena, buf_bytes(&reference.out));
		if (!ok(strncmp(got, expected, strlen(expected)) == 0 &&
		    (*expected != '\0' || *got == '\0'), "%s", references[i].doc))
			printf("# got: %s\n", got);
		buf_free(&reference.out);
	}
}

/* The macro type, and what GET tells */

static void
describe_body(struct txn *txn, void *arg)
{
	struct call *call = arg;
	struct arena *arena = txn_arena(txn);
	struct jsonout out = json_to(&call->trace);
	struct json_object *body = json_new_object(arena);
	struct error error = { 0 };
	void *rule = call->type->compile(txn, arena, json_read(arena, span_of(call->doc),
	    &json_limits_default, &error));

	json_open(&out, '[');
	call->type->describe(rule, &out);
	json_close(&out, ']');
	call->type->example(rule, body);
	buf_putc(&call->trace, ' ');
	buf_span(&call->trace, json_write(arena, body));
}

static const char *
describe(const struct listener_type *type, const char *doc)
{
	struct call call = { .type = type, .doc = doc };
	const char *result;

	world_run(&world, STORE_READ, describe_body, &call);
	result = arena_string(world.arena, buf_bytes(&call.trace));
	buf_free(&call.trace);
	return result;
}

static void
test_macro_type(void)
{
	is_text(deliver((struct call){ .type = &listener_macro, .doc = "{\"macro\":\"note\"}",
	    .payload = "{\"x\":\"y\"}", .record = RECORD_USER, .id = "2" }),
	    "+ add-note: noted\n", "the macro runs");
	is_text(world_get(&world, RECORD_USER, "2", "notes.0.text"), "\"y\"",
	    "with the body as payload");
	deliver((struct call){ .type = &listener_macro, .doc = "{\"macro\":\"seen\"}",
	    .payload = "{}", .record = RECORD_USER, .id = "2", .project = "phone" });
	is_text(world_get(&world, RECORD_USER, "2", "notes.1.text"),
	    "\"51 launches, Phone beta, hook\"", "data, project and delivery can be named");
	is_text(deliver((struct call){ .type = &listener_macro, .doc = "{\"macro\":\"gone\"}",
	    .payload = "{}", .record = RECORD_USER, .id = "2" }),
	    "macro-failed: the macro 'gone' was removed", "a macro that was removed");
	is_text(describe(&listener_macro, "{\"macro\":\"note\"}"), "[] {}",
	    "a macro needs no parameters");
	is_text(describe(&listener_comment, COMMENT),
	    "[{\"name\":\"who\",\"type\":\"string\",\"required\":true,\"description\":\"e-mail address of the "
	    "user who comments\"},{\"name\":\"/what/text\",\"type\":\"string\",\"required\":true,"
	    "\"description\":\"text of the comment\"}] {\"who\":\"jim@example.com\","
	    "\"what\":{\"text\":\"Reached level 5\"}}", "parameters of a comment");
	is_text(describe(&listener_data, USAGE),
	    "[{\"name\":\"launches\",\"type\":\"integer\",\"required\":false,\"description\":\"Launches\"},"
	    "{\"name\":\"paying\",\"type\":\"boolean\",\"required\":false,\"description\":\"Paying\"},"
	    "{\"name\":\"last_seen\",\"type\":\"datetime\",\"required\":false,\"description\":\"Last seen\"},"
	    "{\"name\":\"/account/plan\",\"type\":\"string\",\"required\":false,\"description\":\"Plan\"}] "
	    "{\"launches\":41,\"paying\":true,\"last_seen\":\"2030-01-31T12:00:00Z\","
	    "\"account\":{\"plan\":\"text\"}}", "parameters of data");
}

static const struct {
	const char *parameter, *body;
} examples[] = {
	{ "a", "{\"a\":1}" },
	{ "/b/c~1d~0", "{\"a\":1,\"b\":{\"c/d~\":1}}" },
	{ "/b/x", "{\"a\":1,\"b\":{\"c/d~\":1,\"x\":1}}" },
	{ "/l/1/n", "{\"a\":1,\"b\":{\"c/d~\":1,\"x\":1},\"l\":[null,{\"n\":1}]}" },
	{ "/l/1/m", "{\"a\":1,\"b\":{\"c/d~\":1,\"x\":1},\"l\":[null,{\"n\":1,\"m\":1}]}" },
	{ "/a/deeper", "{\"a\":1,\"b\":{\"c/d~\":1,\"x\":1},\"l\":[null,{\"n\":1,\"m\":1}]}" },
	{ "/l/name", "{\"a\":1,\"b\":{\"c/d~\":1,\"x\":1},\"l\":[null,{\"n\":1,\"m\":1}]}" },
	{ "a", "{\"a\":1,\"b\":{\"c/d~\":1,\"x\":1},\"l\":[null,{\"n\":1,\"m\":1}]}" },
};

static void
test_examples(void)
{
	struct arena *arena = arena_new();
	struct json_object *body = json_new_object(arena);

	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
		listener_example_set(body, span_of(examples[i].parameter),
		    json_load(arena, SPAN("1")));
		is_text(arena_string(arena, json_write(arena, body)), examples[i].body,
		    examples[i].parameter);
	}
	arena_free(&arena);
}

/* What texts say of a type stands with it, but for its name in the words of the guide. */
static void
test_texts(void)
{
	const struct listener_type *type;
	size_t n = 0;

	for (; (type = listener_type_at(n)) != NULL; n++)
		ok(type->help != NULL && type->command != NULL &&
		    strstr(type->command, type->name) != NULL &&
		    words_said(words_listener_types, type->name) != NULL,
		    "%s has a sentence, a command to begin with, and a name for people", type->name);
	for (n = 0; words_listener_types[n].ours != NULL; n++)
		ok(listener_type(span_of(words_listener_types[n].ours)) != NULL, "%s is a type",
		    words_listener_types[n].said);
}

int
main(void)
{
	world_open(&world);
	world_people(&world);
	world_need(&world, "{\"kind\":\"macro\",\"key\":\"note\",\"automation\":\"user\","
	    "\"actions\":[{\"action\":\"add-note\",\"text\":\"{{payload.x}}\"}]}");
	world_need(&world, "{\"kind\":\"macro\",\"key\":\"seen\",\"automation\":\"user\","
	    "\"actions\":[{\"action\":\"add-note\",\"text\":\"{{data.usage.launches}} "
	    "launches, {{project.name}}, {{delivery.listener}}\"}]}");
	test_comments();
	test_authors();
	test_long_comment();
	test_values();
	test_project_values();
	test_references();
	test_macro_type();
	test_examples();
	test_texts();
	world_close(&world);
	return tap_done();
}
