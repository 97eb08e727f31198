/* SPDX-License-Identifier: ISC */
/* What a preset knows besides signatures, and descriptions of senders. */
#include "http/sender_draft.h"
#include "http/sender_private.h"

#define WHSEC "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static void
test_secret_check(void)
{
	static const struct {
		const char *spec, *secret;
		bool good;
	} cases[] = {
		{ "github", "x", false }, { "github", "1234567", false },
		{ "github", "12345678", true }, { "github", "", false },
		{ "gitlab", "token-of-ours", true }, { "gitlab", "token", false }, { "gitlab", WHSEC, true },
		{ "gitlab", "whsec_short", false },
		{ "stripe", "whsec_notbase64", true },
		{ "standard-webhooks", WHSEC, true },
		{ "standard-webhooks", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true },
		{ "standard-webhooks", "plain text", false },
		{ "standard-webhooks", "whsec_AAECAwQFBgcICQoLDA0ODw==", false },
		{ "standard-webhooks", "whpk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", true },
		{ "standard-webhooks", "whpk_AAECAwQFBgcICQoLDA0ODw==", false },
		{ "svix", "", false }, { "bugzilla", "", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ok((sender_secret_check(compiled(cases[i].spec),
		    span_of(cases[i].secret), arena) == NULL) == cases[i].good,
		    "secret of %s: %s", cases[i].spec, cases[i].secret);
}

/* Delivery ids, events, challenges. */

static const struct {
	const char *spec;
	const char *headers[4];
	const char *payload; /* NULL: not read yet */
	const char *id, *event;
} named[] = {
	{ "github", { "x-github-delivery", "72d3162e", "x-github-event",
	    "issues" }, "{}", "72d3162e", "issues" },
	{ "github", { NULL }, "{\"id\":1}", "", "" },
	{ "gitlab", { "idempotency-key", "k1", "x-gitlab-event-uuid", "u1" },
	    NULL, "k1", "" },
	{ "gitlab", { "x-gitlab-event-uuid", "u1", "x-gitlab-event",
	    "Issue Hook" }, NULL, "", "Issue Hook" },
	/* The id of a chain of events alone does not tell them apart. */
	{ "gitlab", { "x-gitlab-event-uuid", "u1" }, "{\"a\":1,\"b\":[{\"d\":2,\"c\":3}]}",
	    "u1 879f877b556a5e7f505d351899d69257", "" },
	{ "gitlab", { "x-gitlab-event-uuid", "u1" }, "{\"b\":[{\"c\":3,\"d\":2}],\"a\":1}",
	    "u1 879f877b556a5e7f505d351899d69257", "" },
	{ "jira", { "x-atlassian-webhook-identifier", "a1" },
	    "{\"webhookEvent\":\"jira:issue_updated\"}", "a1",
	    "jira:issue_updated" },
	{ "jira", { "x-atlassian-webhook-identifier", "a1" }, NULL, "a1", "" },
	{ "bugzilla", { NULL }, "{\"webhook_id\":7,\"event\":{\"time\":"
	    "\"2026-11-01T10:00:00\",\"target\":\"bug\",\"action\":"
	    "\"modify\"},\"bug\":{\"id\":42}}",
	    "7 2026-11-01T10:00:00 bug modify 42 66b47ee19577d1c4f1e6c3d70166853f",
	    "bug modify" },
	{ "bugzilla", { NULL }, "{\"webhook_id\":7,\"event\":{\"action\":"
	    "\"modify\"},\"bug\":{\"id\":42}}", "", "" },
	{ "stripe", { NULL }, "{\"id\":\"evt_1\",\"type\":\"charge.paid\"}",
	    "evt_1", "charge.paid" },
	{ "stripe", { NULL }, NULL, "", "" },
	{ "stripe", { NULL }, "{\"id\":null,\"type\":[\"x\"]}", "", "" },
	{ "stripe", { NULL }, "{\"id\":true,\"type\":{\"a\":1}}", "", "" },
	{ "stripe", { NULL }, "[{\"id\":\"evt_1\"}]", "", "" },
	{ "slack", { NULL }, "{\"type\":\"event_callback\",\"event_id\":"
	    "\"Ev1\",\"event\":{\"type\":\"message\"}}", "Ev1", "message" },
	{ "slack", { NULL }, "{\"type\":\"block_actions\"}", "",
	    "block_actions" },
	{ "slack", { NULL }, "{\"command\":\"/bug\"}", "", "/bug" },
	{ "shopify", { "x-shopify-webhook-id", "w1", "x-shopify-topic",
	    "orders/create" }, NULL, "w1", "orders/create" },
	{ "twilio", { "i-twilio-idempotency-token", "t1" }, "{}", "t1", "" },
	{ "sentry", { "request-id", "r1", "sentry-hook-resource", "issue" },
	    NULL, "r1", "issue" },
	{ "standard-webhooks", { "webhook-id", "msg_1" },
	    "{\"type\":\"user.created\"}", "msg_1", "user.created" },
	{ "svix", { "svix-id", "msg_1", "webhook-id", "msg_2" },
	    "{\"type\":\"a\"}", "msg_1", "a" },
	{ "{\"preset\":\"hmac\",\"header\":\"x-s\",\"idHeader\":\"X-My-Id\","
	  "\"eventHeader\":\"X-My-Event\"}", { "x-my-id", "i1",
	    "x-my-event", "e1" }, "{}", "i1", "e1" },
	{ "{\"preset\":\"github\",\"idPointer\":\"/head/id\","
	  "\"eventPointer\":\"action\"}", { "x-github-delivery", "72d3162e",
	    "x-github-event", "issues" },
	    "{\"head\":{\"id\":18446744073},\"action\":\"opened\"}",
	    "18446744073", "opened" },
	{ "{\"preset\":\"github\",\"idPointer\":\"/head/id\"}",
	    { "x-github-delivery", "72d3162e" }, NULL, "", "" },
	{ "{\"preset\":\"github\",\"idPointer\":\"/head/id\"}",
	    { "x-github-delivery", "72d3162e" }, "{}", "72d3162e", "" },
	{ "github", { "x-github-delivery", "a\tb", "x-github-event",
	    "a\tb" }, NULL, "sha256-894891f8b78a9945b0aa07e70d5f71f1"
	    "0b1f1990af127de561cc0ac36024c188", "" },
	{ "github", { "x-github-delivery", "\xff", "x-github-event",
	    "\xff" }, NULL, "sha256-a8100ae6aa1940d0b663bb31cd466142"
	    "ebbdbd5187131b92d93818987832eb89", "" },
};

static void
test_names(void)
{
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
		const struct sender *sender = compiled(named[i].spec);
		struct json_object *payload =
		    named[i].payload != NULL ? json(named[i].payload) : NULL;
		struct draft draft = { 0 };

		for (size_t k = 0; k < 4 && named[i].headers[k] != NULL; k += 2)
			draft_header(&draft, named[i].headers[k],
			    span_of(named[i].headers[k + 1]));
		is_text(arena_string(arena, sender_delivery_id(sender,
		    &draft.request, payload, arena)), named[i].id,
		    arena_printf(arena, "id of case %zu: %s", i, named[i].spec));
		is_text(arena_string(arena, sender_event(sender, &draft.request,
		    payload, arena)), named[i].event,
		    arena_printf(arena, "event of case %zu: %s", i, named[i].spec));
	}
}

static void
test_long_id(void)
{
	struct draft draft = { 0 };
	char text[256];
	struct span id;

	memset(text, 'x', sizeof text);
	draft_header(&draft, "x-github-delivery", (struct span){ text, 255 });
	id = sender_delivery_id(compiled("github"), &draft.request, NULL, arena);
	ok(id.n == 255, "an id of 255 bytes stays");
	draft.headers[0].value.n = 256;
	id = sender_delivery_id(compiled("github"), &draft.request, NULL, arena);
	ok(id.n == 7 + 64 && span_starts(id, "sha256-"),
	    "a longer one is replaced by its hash");
}

static void
test_challenge(void)
{
	static const struct {
		const char *spec, *payload, *answer;
	} cases[] = {
		{ "slack", "{\"type\":\"url_verification\",\"challenge\":\"3eZb\"}",
		    "3eZb" },
		{ "slack", "{\"type\":\"event_callback\",\"challenge\":\"3eZb\"}",
		    NULL },
		{ "slack", "{\"type\":\"url_verification\"}", NULL },
		{ "slack", "{\"type\":\"url_verification\",\"challenge\":\"\"}",
		    NULL },
		{ "slack", "{\"type\":\"url_verification\",\"challenge\":7}", NULL },
		{ "slack", "[\"url_verification\"]", NULL },
		{ "slack", NULL, NULL },
		{ "github", "{\"type\":\"url_verification\",\"challenge\":\"3eZb\"}",
		    NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct draft draft = { 0 };
		const char *type = NULL;
		struct span answer = sender_challenge(compiled(cases[i].spec),
		    &draft.request,
		    cases[i].payload != NULL ? json(cases[i].payload) : NULL,
		    arena, &type);

		is_text(answer.p != NULL ? arena_string(arena, answer) : NULL,
		    cases[i].answer, arena_printf(arena, "challenge %zu", i));
		is_text(type, cases[i].answer != NULL ? "text/plain; charset=utf-8"
		                                      : NULL,
		    arena_printf(arena, "type of challenge %zu", i));
	}
}

/* The acknowledgement maps. */

static void
test_status(void)
{
	/* Under presets that punish honest codes; the others see honest ones. */
	static const struct {
		enum fault fault;
		int status;
	} settled[] = {
		{ FAULT_NONE, 200 }, { FAULT_DUPLICATE, 200 },
		{ FAULT_FILTERED, 200 }, { FAULT_CHALLENGE, 200 },
		{ FAULT_CAPTURED, 200 }, { FAULT_DRY_RUN, 200 },
		{ FAULT_DESCRIBED, 200 },
		{ FAULT_BAD_JSON, 200 }, { FAULT_BAD_FORM, 200 },
		{ FAULT_BAD_ENCODING, 200 }, { FAULT_BAD_PATH, 400 },
		{ FAULT_BAD_REQUEST, 400 },
		{ FAULT_NO_API_KEY, 401 }, { FAULT_BAD_API_KEY, 401 },
		{ FAULT_API_KEY_EXPIRED, 401 }, { FAULT_API_KEY_DISABLED, 401 },
		{ FAULT_BAD_SIGNATURE, 401 }, { FAULT_STALE_SIGNATURE, 401 },
		{ FAULT_ADDRESS_NOT_ALLOWED, 403 },
		{ FAULT_AUTHOR_NOT_PERMITTED, 200 },
		{ FAULT_UNKNOWN_LISTENER, 404 }, { FAULT_METHOD_NOT_ALLOWED, 405 },
		{ FAULT_UNSUPPORTED_MEDIA_TYPE, 200 },
		{ FAULT_TOO_LARGE, 200 },
		{ FAULT_MISSING_PARAMETER, 200 }, { FAULT_BAD_VALUE, 200 },
		{ FAULT_UNKNOWN_TARGET, 200 }, { FAULT_AMBIGUOUS_TARGET, 200 },
		{ FAULT_TARGET_CONFLICT, 200 }, { FAULT_UNKNOWN_AUTHOR, 200 },
		{ FAULT_MACRO_FAILED, 200 }, { FAULT_BATCH_FAILED, 200 },
		{ FAULT_RATE_LIMITED, 503 }, { FAULT_INTERNAL, 500 },
		{ FAULT_BUSY, 503 }, { FAULT_STORE_UNAVAILABLE, 503 },
		{ FAULT_DISK_FULL, 503 }, { FAULT_INTEGRATIONS_DISABLED, 503 },
	};
	static const char *const strict[] = { "gitlab", "jira", "bugzilla",
		"stripe", "shopify", "standard-webhooks", "svix", NULL };
	static const char *const honest[] = { "github", "slack", "twilio",
		"sentry", "{\"preset\":\"hmac\",\"header\":\"x\"}", NULL };

	for (const char *const *p = strict; *p != NULL; p++) {
		const struct sender *sender = compiled(*p);

		for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++)
			ok(sender_status(sender, settled[i].fault) ==
			    settled[i].status, "%s: %s is %d", *p,
			    fault_info(settled[i].fault)->code, settled[i].status);
	}
	for (const char *const *p = honest; *p != NULL; p++) {
		const struct sender *sender = compiled(*p);
		int wrong = 0;

		for (int fault = 0; fault < FAULT__MAX; fault++)
			wrong += sender_status(sender, (enum fault)fault) !=
			    fault_info((enum fault)fault)->status;
		ok(wrong == 0, "%s: every status is the honest one", *p);
	}
}

/* Descriptions. */

static const struct {
	const char *spec;
	const char *detail; /* a part of the sentence; NULL: good */
} specs[] = {
	{ "\"github\"", NULL },
	{ "{\"preset\":\"github\",\"secrets\":[\"x\"]}", NULL },
	{ "{\"preset\":\"hmac\",\"header\":\"X-S\"}", NULL },
	{ "\"hmac\"", "\"header\" is missing" },
	{ "\"GitHub\"", "there are github, gitlab," },
	{ "\"\"", "no preset" },
	{ "{}", "no preset" },
	{ "{\"preset\":1}", "no preset" },
	{ "[]", "must be the name" },
	{ "1", "must be the name" },
	{ "{\"preset\":\"github\",\"colour\":1}", "no member \"colour\"" },
	{ "{\"preset\":\"github\",\"header\":\"X\"}", "is fixed" },
	{ "{\"preset\":\"bugzilla\",\"hash\":\"sha1\"}", "is fixed" },
	{ "{\"preset\":\"slack\",\"tolerance\":0}", "from 1 to 86400" },
	{ "{\"preset\":\"slack\",\"tolerance\":86400}", NULL },
	{ "{\"preset\":\"slack\",\"tolerance\":86401}", "from 1 to 86400" },
	{ "{\"preset\":\"slack\",\"tolerance\":-1}", "from 1 to 86400" },
	{ "{\"preset\":\"slack\",\"tolerance\":1.5}", "from 1 to 86400" },
	{ "{\"preset\":\"slack\",\"tolerance\":\"9\"}", "from 1 to 86400" },
	{ "{\"preset\":\"slack\",\"tolerance\":null}", "from 1 to 86400" },
	{ "{\"preset\":\"slack\",\"idPointer\":\"/a~2\"}", "idPointer" },
	{ "{\"preset\":\"slack\",\"idPointer\":\"\"}", "JSON Pointer" },
	{ "{\"preset\":\"slack\",\"eventPointer\":7}", "JSON Pointer" },
	{ "{\"preset\":\"hmac\",\"header\":\"X_S\"}", "hyphens" },
	{ "{\"preset\":\"hmac\",\"header\":\"\"}", "hyphens" },
	{ "{\"preset\":\"hmac\",\"header\":\"X\\u0000\"}", "hyphens" },
	{ "{\"preset\":\"hmac\",\"header\":null}", "hyphens" },
	{ "{\"preset\":\"hmac\",\"header\":\"x\",\"hash\":\"md5\"}",
	    "must be \"sha1\"" },
	{ "{\"preset\":\"hmac\",\"header\":\"x\",\"encoding\":\"Hex\"}",
	    "must be \"hex\"" },
	{ "{\"preset\":\"hmac\",\"header\":\"x\",\"prefix\":\"\\n\"}",
	    "printable" },
	{ "{\"preset\":\"hmac\",\"header\":\"x\",\"prefix\":"
	  "\"123456789012345678901234567890123\"}", "at most 32" },
	{ "{\"preset\":\"hmac\",\"header\":\"x\",\"signed\":\"url\"}",
	    "must be \"body\"" },
	{ "{\"preset\":\"hmac\",\"header\":\"x\",\"signed\":"
	  "\"timestamp.body\"}", "\"timestampHeader\" is missing" },
	{ "{\"preset\":\"hmac\",\"header\":\"x\",\"timestampHeader\":"
	  "\"t\"}", "\"timestampHeader\" needs" },
	{ "{\"preset\":\"hmac\",\"header\":\"x\",\"signed\":"
	  "\"id.timestamp.body\",\"timestampHeader\":\"t\"}",
	    "\"idHeader\" is missing" },
};

static void
test_compile(void)
{
	for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
		struct error error = { 0 };
		const struct sender *sender = sender_compile(arena,
		    json(arena_printf(arena, "{\"s\":%s}", specs[i].spec)) != NULL
		        ? json_get(json(arena_printf(arena, "{\"s\":%s}",
		              specs[i].spec)), "s")
		        : NULL,
		    &error);
		bool good = specs[i].detail == NULL
		    ? sender != NULL && error.fault == FAULT_NONE
		    : sender == NULL && error.fault == FAULT_BAD_DOCUMENT &&
		        strstr(error.detail, specs[i].detail) != NULL;

		if (!ok(good, "compile %s", specs[i].spec))
			printf("# %s\n", error.detail);
	}
}

static void
test_presets(void)
{
	size_t count = 0;

	for (const struct sender_preset *row = sender_table; row->name != NULL; row++, count++) {
		const struct sender *sender = compiled(strcmp(row->name, "hmac") != 0 ? row->name
		    : "{\"preset\":\"hmac\",\"header\":\"x\"}");

		is_text(sender_name(sender), row->name, "a preset has its name");
		ok(sender_signs(sender), "%s can be verified", row->name);
	}
	ok(count == 12, "twelve presets");
}

/* Of src/request.h. */

static void
test_request(void)
{
	static const struct {
		const char *query, *name, *value;
	} cases[] = {
		{ "a=1&b=2", "a", "1" }, { "a=1&b=2", "b", "2" },
		{ "a=1&b=2", "c", NULL }, { "", "a", NULL },
		{ "a", "a", "" }, { "a=", "a", "" }, { "a&b=1", "b", "1" },
		{ "&&a=1", "a", "1" }, { "a=1&a=2", "a", "1" },
		{ "a=b=c", "a", "b=c" }, { "a=x%20y+z", "a", "x y z" },
		{ "%61=1", "a", "1" }, { "A=1", "a", NULL }, { "aa=1", "a", NULL },
		{ "a=%zz", "a", NULL }, { "%zz=1&a=2", "a", "2" },
	};
	struct draft draft = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct request request = { .query = span_of(cases[i].query) };
		struct span value = request_query(&request, arena, cases[i].name);

		is_text(value.p != NULL ? arena_string(arena, value) : NULL,
		    cases[i].value, arena_printf(arena, "%s of \"%s\"",
		    cases[i].name, cases[i].query));
	}
	draft_header(&draft, "x-one", SPAN("1"));
	draft_header(&draft, "x-two", SPAN("2"));
	ok(span_is(request_header(&draft.request, "x-two"), "2"), "a header");
	ok(request_header(&draft.request, "x-three").n == 0 &&
	    request_header(&draft.request, "x-three").p != NULL,
	    "an absent header is empty");
}

int
main(void)
{
	if (!secret_start())
		return 1;
	arena = arena_new();
	test_secret_check();
	test_names();
	test_long_id();
	test_challenge();
	test_status();
	test_compile();
	test_presets();
	test_request();
	arena_free(&arena);
	return tap_done();
}
