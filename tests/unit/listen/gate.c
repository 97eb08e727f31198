/* SPDX-License-Identifier: ISC */
/* One delivery after the other into one listener: answers, ids that come again,
 * and what the log and the witness may name. */
#include "base/log.h"
#include "base/text.h"
#include "community/apikey.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "community/throttle.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/listener.h"
#include "listen/refusals.h"
#include "record/clock.h"
#include "store/table.h"

#define SECRET "a secret that the sender knows"
#define HELLO "{'user_email':'ann@mail.example','author':'jim@acme.example','text':'hi'}"
#define NOBODY "{'user_email':'no@mail.example','author':'jim@acme.example','text':'hi'}"

static struct scratch store;
static struct gate gate;
static struct reply reply;
static struct arena *arena;

static void
set_up(struct txn *txn, void *arg)
{
	struct json_object *options = doc_of(txn, "{'name':'app','hint':'a'}");
	unsigned char hash[SECRET_SHA256_SIZE];
	struct sink sink;

	(void)arg;
	sink_open(&sink);
	secret_sha256(SPAN(SECRET), hash);
	json_set_text(options, "sha256", secret_hex(txn_arena(txn),
	    (struct span){ (char *)hash, sizeof hash }));
	ok(apikey_add_secret(txn, options, true, text_now(), &sink.complaints) != NULL,
	    "an API key%s", sink.text);
	is_text(apply(txn, &kind_user, "{'email':'jim@acme.example','roles':['admin']}"), "c",
	    "an administrator");
	is_text(apply(txn, &kind_user, "{'email':'ann@mail.example'}"), "c", "a user");
	is_text(apply(txn, &kind_listener, "{'key':'note','type':'comment',"
	    "'automation':'user','apiKey':'app','target':{'match':'email',"
	    "'parameter':'user_email'},'author':'author','comment':'text'}"), "c",
	    "a listener");
	is_text(apply(txn, &kind_listener, "{'key':'narrow','type':'comment',"
	    "'automation':'user','apiKey':'app','target':{'match':'email',"
	    "'parameter':'user_email'},'author':'author','comment':'text',"
	    "'concurrency':2,'rate':{'perMinute':60,'burst':4}}"), "c", "one with limits");
}

static struct call_view
call_of(const char *key, const char *path, const char *name, const char *body)
{
	struct call_view call = { .verb = VERB_DELIVER, .id = id_new(text_now()) };
	struct header *headers = arena_alloc(arena, 2 * sizeof *headers);
	char *text = arena_string(arena, span_of(body));

	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	headers[0] = (struct header){ SPAN("x-api-key"), span_of(key) };
	headers[1] = (struct header){ SPAN("idempotency-key"), span_of(name) };
	call.request = (struct request){ .type = SPAN("comment"), .method = SPAN("POST"),
		.path = span_of(path), .query = SPAN(""), .address = SPAN("192.0.2.1"),
		.content_type = SPAN("application/json"), .url = SPAN(""),
		.headers = headers, .header_count = 2, .body = span_of(text) };
	return call;
}

/* "200 applied, logged" */
static const char *
deliver(const struct call_view *call)
{
	reply_reset(&reply);
	gate_deliver(&gate, call, &reply);
	return arena_printf(arena, "%d %s%s", reply.status, fault_info(reply.fault)->code,
	    reply.logged ? ", logged" : "");
}

static const struct {
	const char *name, *key, *path, *id, *body, *expected;
} cases[] = {
	{ "a delivery", SECRET, "/note", "", HELLO, "200 applied, logged" },
	{ "with a name", SECRET, "/note", "n1", HELLO, "200 applied, logged" },
	{ "and once more", SECRET, "/note", "n1", HELLO, "200 duplicate, logged" },
	{ "and with another body", SECRET, "/note", "n1", NOBODY, "409 id-reused, logged" },
	{ "nobody there", SECRET, "/note", "n2", NOBODY, "422 unknown-target, logged" },
	{ "what failed may come again", SECRET, "/note", "n2", HELLO, "200 applied, logged" },
	{ "path and body differ", SECRET, "/note/jim@acme.example", "", HELLO,
	    "422 target-conflict, logged" },
	{ "no JSON", SECRET, "/note", "", "{", "400 bad-json, logged" },
	{ "an array", SECRET, "/note", "", "[]", "400 bad-json, logged" },
	{ "no listener", SECRET, "/other", "", HELLO, "404 unknown-listener" },
	{ "no path", SECRET, "/", "", HELLO, "400 bad-path" },
	{ "no key", "", "/note", "", HELLO, "401 no-api-key" },
	{ "a wrong key", "x", "/note", "", HELLO, "401 bad-api-key" },
	{ "a wrong key and no listener", "x", "/other", "", HELLO, "401 bad-api-key" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct call_view call = call_of(cases[i].key, cases[i].path, cases[i].id,
		    cases[i].body);

		is_text(deliver(&call), cases[i].expected, cases[i].name);
	}
}

struct look {
	struct id id;
	bool there;
};

static void
look_up(struct txn *txn, void *arg)
{
	struct look *look = arg;

	look->there = journal_has(txn, look->id);
}

static bool
in_log(struct id id)
{
	struct look look = { .id = id };

	scratch_run(&store, STORE_READ, look_up, &look);
	return look.there;
}

/* A row as stores had it before marks had kinds. */
struct old_mark {
	const char *name;
	struct id delivery;
	struct span body;
};

static void
put_old_mark(struct txn *txn, void *arg)
{
	const struct old_mark *mark = arg;
	char key[sizeof "note" + 16] = "note", value[16 + SECRET_SHA256_SIZE + 8];
	unsigned char hash[SECRET_SHA256_SIZE];
	int64_t until = text_now() + 3600000000;

	secret_sha256(span_of(mark->name), hash);
	memcpy(key + sizeof "note", hash, 16);
	memcpy(value, mark->delivery.b, 16);
	secret_sha256(mark->body, hash);
	memcpy(value + 16, hash, sizeof hash);
	for (size_t i = 0; i < 8; i++)
		value[sizeof value - 1 - i] = (char)(until >> (8 * i));
	table_put(txn, TABLE_DEDUP, (struct span){ key, sizeof key },
	    (struct span){ value, sizeof value });
}

static void
test_old_marks(void)
{
	struct call_view first = call_of(SECRET, "/note/ann@mail.example", "", HELLO), call;
	struct old_mark mark = { "old", first.id, first.request.body };

	deliver(&first);
	scratch_run(&store, STORE_WRITE, put_old_mark, &mark);
	call = call_of(SECRET, "/note/ann%40mail.example", "old", HELLO);
	is_text(deliver(&call), "200 duplicate, logged", "a mark of an older store");
	call = call_of(SECRET, "/note", "old", HELLO);
	is_text(deliver(&call), "409 id-reused, logged", "whose path the log tells");
	call = call_of(SECRET, "/note/ann@mail.example", "old", NOBODY);
	is_text(deliver(&call), "409 id-reused, logged", "and itself its body");
	mark = (struct old_mark){ "gone", id_new(text_now()), first.request.body };
	scratch_run(&store, STORE_WRITE, put_old_mark, &mark);
	call = call_of(SECRET, "/note", "gone", HELLO);
	is_text(deliver(&call), "200 duplicate, logged", "one that the log has forgotten");
	mark = (struct old_mark){ "replay-me", first.id, first.request.body };
	scratch_run(&store, STORE_WRITE, put_old_mark, &mark);
	call = call_of(SECRET, "/note", "me", HELLO);
	is_text(deliver(&call), "200 applied, logged", "a replay's is none of a sender's");
}

/* A call that is sent again because its owner died. */
static void
test_again(void)
{
	struct call_view call = call_of(SECRET, "/note", "", HELLO), other;
	struct call_view failed = call_of(SECRET, "/note", "", NOBODY);
	const char *first;

	deliver(&call);
	first = arena_string(arena, buf_bytes(&reply.body));
	call.again = true;
	is_text(deliver(&call), "200 applied, logged", "a call again");
	is_text(arena_string(arena, buf_bytes(&reply.body)), first, "is answered alike");
	is_text(deliver(&failed), "422 unknown-target, logged", "one that fails");
	first = arena_string(arena, buf_bytes(&reply.body));
	failed.again = true;
	is_text(deliver(&failed), "422 unknown-target, logged", "again");
	is_text(arena_string(arena, buf_bytes(&reply.body)), first, "is answered alike");
	other = call_of(SECRET, "/note", "", HELLO);
	other.again = true;
	is_text(deliver(&other), "200 applied, logged", "one that had not arrived");
	/* Ids are the callers' choice: no entry is replaced, none read by another path. */
	other = call_of(SECRET, "/note/ann@mail.example", "", HELLO);
	other.id = call.id;
	is_text(deliver(&other), "409 id-reused", "an id that the log has");
	other.again = true;
	is_text(deliver(&other), "409 id-reused", "and by another path");
	ok(in_log(call.id), "the entry is still there");
}

static void
test_dry_run(void)
{
	struct call_view call = call_of(SECRET, "/note", "dry", HELLO);
	const char *first;

	call.request.query = SPAN("dry_run=1");
	is_text(deliver(&call), "200 dry-run, logged", "a dry run");
	ok(in_log(call.id), "leaves an entry");
	first = arena_string(arena, buf_bytes(&reply.body));
	call.again = true;
	is_text(deliver(&call), "200 dry-run, logged", "whose call comes again");
	is_text(arena_string(arena, buf_bytes(&reply.body)), first, "is answered alike");
	call = call_of(SECRET, "/note", "dry", HELLO);
	is_text(deliver(&call), "200 applied, logged", "and no mark");
}

/* What goes to standard error, where the web server takes it. */
static int error_was, error_now;

static void
listen_to_log(void)
{
	char name[] = "/tmp/earshot-log-XXXXXX";

	error_was = dup(2);
	error_now = mkstemp(name);
	unlink(name);
	dup2(error_now, 2);
}

static void
logged(const char *text)
{
	char lines[4000] = "";
	ssize_t n;

	log_flush();
	dup2(error_was, 2);
	close(error_was);
	n = pread(error_now, lines, sizeof lines - 1, 0);
	close(error_now);
	ok(n > 0 && strstr(lines, text) != NULL, "the log says%s: %s", text, lines);
}

/* A ring: whoever comes in vain cannot make it grow. */
static void
test_refusals(void)
{
	struct refusals *refusals = gate.refusals = refusals_new();
	struct id first = { { 0 } }, last = first;

	for (int i = 0; i <= REFUSALS_MAX; i++) {
		struct call_view call = call_of("x", "/note", "", HELLO);

		deliver(&call);
		first = i == 0 ? call.id : first;
		last = call.id;
	}
	ok(refusals_find(refusals, first, arena) == NULL, "the first is forgotten");
	is_text(arena_string(arena, json_string(json_at(json_get(refusals_find(refusals, last,
	    arena), "steps"), 0), "text")), "this is not a whole API key: its check digits do "
	    "not match", "the last is known with its cause");
	ok(!in_log(last), "and costs no row");
	refusals_free(&gate.refusals);
}

static void
test_not_logged(void)
{
	struct call_view call = call_of(SECRET, "/note", "", HELLO);

	call.request.method = SPAN("GET");
	call.verb = call_verb(&call.request, false);
	is_text(deliver(&call), "200 described", "GET");
	call.request.method = SPAN("PUT");
	call.verb = call_verb(&call.request, false);
	is_text(deliver(&call), "405 method-not-allowed", "PUT");
	store.settings.free_bytes = INT64_MAX;
	usleep(510000); /* room is looked for twice a second */
	call.request.method = SPAN("POST");
	listen_to_log();
	is_text(deliver(&call), "503 disk-full", "without room");
	logged(" listener=note outcome=disk-full status=503 ");
	call = call_of(SECRET, "/projects/phone/note/x", "", HELLO);
	listen_to_log();
	is_text(deliver(&call), "503 disk-full", "of a project");
	logged(" listener=phone/note outcome=disk-full status=503 ");
	call = call_of(SECRET, "/-/health", "", "");
	deliver(&call);
	call = call_of(SECRET, "/note", "", HELLO);
	ok(!in_log(call.id), "nothing is kept");
	store.settings.free_bytes = 0;
	usleep(510000);
}

static void
test_replay(void)
{
	struct call_view call = call_of(SECRET, "/note", "", HELLO);
	struct id id = id_new(text_now());
	struct gate_replay replay;
	struct error error = { 0 };
	const char *first;

	deliver(&call);
	reply_reset(&reply);
	replay = (struct gate_replay){ .original = call.id, .id = id };
	ok(gate_replay(&gate, &replay, &reply, &error) &&
	    reply.fault == FAULT_NONE && in_log(id), "a replay: %s", error.detail);
	first = arena_string(arena, buf_bytes(&reply.body));
	reply_reset(&reply);
	replay.again = true;
	ok(gate_replay(&gate, &replay, &reply, &error) &&
	    reply.fault == FAULT_NONE, "whose call comes again: %s", error.detail);
	is_text(arena_string(arena, buf_bytes(&reply.body)), first, "is answered alike");
	replay = (struct gate_replay){ .original = id_new(text_now()), .id = id };
	ok(!gate_replay(&gate, &replay, &reply, &error) &&
	    error.fault == FAULT_NOT_FOUND, "of nothing");
}

/* What is remembered of an author follows his rights. */
static void
set_roles(struct txn *txn, void *arg)
{
	is_text(apply(txn, &kind_user, arg), "u", "the author's roles change");
}

static void
test_author(void)
{
	struct call_view call = call_of(SECRET, "/note", "", HELLO);

	scratch_run(&store, STORE_WRITE, set_roles,
	    (void *)(uintptr_t)"{'email':'jim@acme.example','roles':['tester']}");
	is_text(deliver(&call), "403 author-not-permitted, logged", "a tester");
	scratch_run(&store, STORE_WRITE, set_roles,
	    (void *)(uintptr_t)"{'email':'jim@acme.example','roles':['admin']}");
	call.id = id_new(text_now());
	is_text(deliver(&call), "200 applied, logged", "an administrator again");
}

/* Bodies go before their entries, short ones (in the entry's row) and long ones. */
struct aging {
	struct id short_body, long_body;
	int64_t now;
	const char *expected;   /* what is left of the two: "entry+body entry+body" */
};

static const char *
left(struct txn *txn, struct id id)
{
	struct span body;

	return !journal_has(txn, id) ? "nothing"
	    : journal_body(txn, id, &body) && body.n > 0 ? "entry+body" : "entry";
}

static void
age(struct txn *txn, void *arg)
{
	struct aging *aging = arg;
	struct journal_sweep sweep = { 0 };

	ok(!journal_expire(txn, &sweep, aging->now, 1000), "all at once");
	is_text(arena_printf(arena, "%s %s", left(txn, aging->short_body),
	    left(txn, aging->long_body)), aging->expected, "what is left of a short and a long one");
}

static void
age_slowly(struct txn *txn, void *arg)
{
	struct aging *aging = arg;
	struct journal_sweep sweep = { 0 };
	int slices = 1;

	while (journal_expire(txn, &sweep, aging->now, 1))
		slices++;
	ok(slices > 2, "in %d slices", slices);
	is_text(left(txn, aging->short_body), "nothing", "all of it");
}

/* As it goes on while the service runs: within no week unseen. */
static void
time_passes(struct txn *txn, void *arg)
{
	const struct aging *aging = arg;

	for (int64_t at = text_now(); at < aging->now; at += INT64_C(86400) * 1000000)
		clock_believed(txn, at);
	clock_believed(txn, aging->now);
}

static void
test_aging(void)
{
	struct call_view small = call_of(SECRET, "/note", "", HELLO), large;
	struct aging aging;

	deliver(&small);
	large = call_of(SECRET, "/note", "", arena_printf(arena,
	    "{'user_email':'ann@mail.example','author':'jim@acme.example','text':'%02000d'}", 0));
	deliver(&large);
	aging = (struct aging){ small.id, large.id, text_now(), "entry+body entry+body" };
	scratch_run(&store, STORE_WRITE, age, &aging);
	aging.now += store.settings.deliveries + 1000000;
	scratch_run(&store, STORE_WRITE, age, &aging); /* by a clock that has leapt */
	aging.now = text_now() + store.settings.bodies + 1000000;
	aging.expected = "entry entry";
	scratch_run(&store, STORE_WRITE, time_passes, &aging);
	scratch_run(&store, STORE_WRITE, age, &aging);
	aging.now += store.settings.deliveries;
	aging.expected = "nothing nothing";
	scratch_run(&store, STORE_WRITE, time_passes, &aging);
	scratch_run(&store, STORE_WRITE, age, &aging);
	for (int i = 0; i < 3; i++) {
		small = call_of(SECRET, "/note", "", HELLO);
		deliver(&small);
	}
	aging.short_body = small.id;
	aging.now = text_now() + store.settings.deliveries + 1000000;
	scratch_run(&store, STORE_WRITE, age_slowly, &aging);
}

static void
leave(const unsigned *places)
{
	throttle_leave(gate.throttle, places[0]);
	throttle_leave(gate.throttle, places[1]);
}

/* What is not yet answered counts; what was turned away costs no token. */
static void
test_limits(void)
{
	struct call_view call = call_of(SECRET, "/narrow", "", HELLO);
	struct call_view other = call_of(SECRET, "/note", "", HELLO);
	unsigned first[2], second[2];

	is_text(deliver(&call), "200 applied, logged", "one under way");
	memcpy(first, reply.places, sizeof first);
	call.id = id_new(text_now());
	is_text(deliver(&call), "200 applied, logged", "two");
	memcpy(second, reply.places, sizeof second);
	ok(first[0] > 0 && first[1] == 0, "places of the listener alone");
	for (int i = 0; i < 9; i++) {
		call.id = id_new(text_now());
		is_text(deliver(&call), "503 busy", "no more at once");
	}
	ok(memmem(reply.headers.p, reply.headers.n, "Retry-After: 1\r\n", 16) != NULL,
	    "with the time to wait");
	ok(!in_log(call.id), "which the sender repeats: it is not logged");
	is_text(deliver(&other), "200 applied, logged", "others go on");
	leave(first);
	call.id = id_new(text_now());
	is_text(deliver(&call), "200 applied, logged", "when one was answered");
	memcpy(first, reply.places, sizeof first);
	leave(first);
	leave(second);
	call.id = id_new(text_now());
	is_text(deliver(&call), "200 applied, logged", "the fourth token");
	leave(reply.places);
	call.id = id_new(text_now());
	is_text(deliver(&call), "429 rate-limited", "there is no fifth");
	ok(reply.places[0] == 0, "and nothing to leave");
}

int
main(void)
{
	if (!scratch_open(&store))
		return 99;
	arena = arena_new();
	store.settings.free_bytes = 0;
	gate = (struct gate){ .store = store.store, .settings = &store.settings,
		.arena = arena_new(), .throttle = throttle_new() };
	ok(scratch_run(&store, STORE_WRITE, set_up, NULL), "a community");
	test_cases();
	test_old_marks();
	test_again();
	test_dry_run();
	test_not_logged(); /* before strangers have had their share of the log */
	test_refusals();
	test_replay();
	test_author();
	test_aging();
	test_limits();
	reply_free(&reply);
	throttle_free(&gate.throttle);
	arena_free(&gate.arena);
	arena_free(&arena);
	scratch_close(&store);
	return tap_done();
}
