/* SPDX-License-Identifier: ISC */
/* Batches: what bounds one delivery, what the answer and the log tell of it, and how a
 * large one goes on in slices, also when whoever carries it out dies between two. */
#include "act/macro.h"
#include "base/text.h"
#include "community/apikey.h"
#include "community/group.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "community/throttle.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/listener.h"

#define SECRET "a secret that the sender knows"

static struct scratch store;
static struct gate gate;
static struct reply reply;
static struct arena *arena;

static void
set_up(struct txn *txn, void *arg)
{
	struct json_object *options = doc_of(txn, "{'name':'app','hint':'a'}");
	unsigned char hash[SECRET_SHA256_SIZE];
	struct buf actions = { 0 };
	struct sink sink;

	(void)arg;
	sink_open(&sink);
	secret_sha256(SPAN(SECRET), hash);
	json_set_text(options, "sha256", secret_hex(txn_arena(txn),
	    (struct span){ (char *)hash, sizeof hash }));
	ok(apikey_add_secret(txn, options, true, text_now(), &sink.complaints) != NULL,
	    "an API key%s", sink.text);
	is_text(apply(txn, &kind_user, "{'email':'ann@mail.example'}"), "c", "a user");
	for (int i = 0; i < 8; i++)
		is_text(apply(txn, &kind_user, arena_printf(arena, "{'email':'u%d@mail.example',"
		    "'fields':{'g':'x'}}", i)), "c", "a user of a group");
	is_text(apply(txn, &kind_group, "{'key':'seen','name':'Seen','automation':'user',"
	    "'fields':[{'label':'N','parameter':'n','type':'integer'},"
	    "{'label':'Word','parameter':'word','type':'string'}]}"), "c", "a group");
	is_text(apply(txn, &kind_macro, "{'key':'mail','automation':'user','actions':[{'action':"
	    "'email','to':'target','subject':'{{payload.n}}','text':'x','essential':true}]}"),
	    "c", "a macro");
#define LISTENER(key, rest) is_text(apply(txn, &kind_listener, "{'key':'" key "','type':'data'," \
	"'automation':'user','apiKey':'app','group':'seen','each':'list'," rest "}"), "c", key)
	LISTENER("each", "'target':{'match':'email','parameter':'user'}");
	LISTENER("whole", "'target':{'match':'email','parameter':'user'},'batch':'atomic'");
	LISTENER("all", "'target':{'match':'fields.g','parameter':'g','many':'all'}");
	LISTENER("made", "'target':{'match':'email','parameter':'user','missing':'create'}");
	LISTENER("paced", "'target':{'match':'email','parameter':'user'},"
	    "'rate':{'perMinute':60,'burst':30}");
	LISTENER("secret", "'target':{'match':'email','parameter':'user'},'mask':['word','n']");
	LISTENER("slow", "'target':{'match':'email','parameter':'user'},"
	    "'filter':'payload.word.matches(\\'[ab].*[xy]\\')'");
#undef LISTENER
	is_text(apply(txn, &kind_listener, "{'key':'post','type':'macro','automation':'user',"
	    "'apiKey':'app','macro':'mail','each':'list','target':{'match':'fields.g',"
	    "'parameter':'g','many':'all'}}"), "c", "post");
	for (int i = 0; i < 20; i++)
		buf_printf(&actions, "%s{'action':'set-field','field':'f','value':%d}",
		    i > 0 ? "," : "", i);
	is_text(apply(txn, &kind_macro, arena_printf(arena, "{'key':'long','automation':'user',"
	    "'actions':[%.*s]}", (int)actions.n, actions.p)), "c", "a long macro");
	buf_free(&actions);
	is_text(apply(txn, &kind_listener, "{'key':'long','type':'macro','automation':'user',"
	    "'apiKey':'app','macro':'long','target':{'match':'fields.g','parameter':'g',"
	    "'many':'all'}}"), "c", "long");
}

static unsigned slices; /* that the last delivery took */

/* "200 applied, logged" */
static const char *
deliver(const struct call_view *call)
{
	struct gate_batch *batch;

	reply_reset(&reply);
	slices = 0;
	if (gate_deliver(&gate, call, &reply) == GATE_UNFINISHED) {
		batch = gate_batch_open(&gate, &call->id);
		do
			slices++;
		while (!gate_batch_step(batch, 0, &reply));
		gate_batch_close(&batch);
	}
	return arena_printf(arena, "%d %s%s", reply.status, fault_info(reply.fault)->code,
	    reply.logged ? ", logged" : "");
}

/* {'list':[item,item,…]}; # is the number. */
static const char *
list_of(const char *item, int count)
{
	struct buf buf = { 0 };

	buf_puts(&buf, "{'list':[");
	for (int i = 0; i < count; i++) {
		buf_puts(&buf, i > 0 ? "," : "");
		for (const char *p = item; *p != '\0'; p++)
			if (*p == '#')
				buf_int(&buf, i);
			else
				buf_putc(&buf, *p);
	}
	buf_puts(&buf, "]}");
	return buf_keep(&buf, arena).p;
}

static struct call_view
batch_of(const char *path, const char *name, const char *body)
{
	struct call_view call = { .verb = VERB_DELIVER, .id = id_new(text_now()) };
	bool macro = strcmp(path, "/post") == 0 || strcmp(path, "/long") == 0;
	struct header *headers = arena_alloc(arena, 2 * sizeof *headers);
	char *text = arena_string(arena, span_of(body));

	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	headers[0] = (struct header){ SPAN("x-api-key"), SPAN(SECRET) };
	headers[1] = (struct header){ SPAN("idempotency-key"), span_of(name) };
	call.request = (struct request){ .type = macro ? SPAN("macro") : SPAN("data"),
		.method = SPAN("POST"),
		.path = span_of(path), .query = SPAN(""), .address = SPAN("192.0.2.1"),
		.content_type = SPAN("application/json"), .url = SPAN(""),
		.headers = headers, .header_count = 2, .body = span_of(text) };
	return call;
}

#define ANN "{'user':'ann@mail.example','n':#}"

/* A member of the answer, as a number. */
static int
told(const char *member)
{
	return (int)json_integer(json_load(arena, buf_bytes(&reply.body)), member, -1);
}

static size_t
items_told(void)
{
	return json_count(json_get(json_load(arena, buf_bytes(&reply.body)), "items"));
}

static bool
says(const char *text)
{
	return memmem(reply.body.p, reply.body.n, text, strlen(text)) != NULL;
}

static int
times_told(const char *text)
{
	int times = 0;
	const char *p = reply.body.p, *end = reply.body.p + reply.body.n;

	while ((p = memmem(p, (size_t)(end - p), text, strlen(text))) != NULL) {
		times++;
		p += strlen(text);
	}
	return times;
}

static void
test_bounds(void)
{
	struct settings *settings = &store.settings;
	struct call_view call;

	settings->batch_items = 40;
	call = batch_of("/each", "", list_of(ANN, 41));
	is_text(deliver(&call), "422 too-much-work, logged", "more items than a delivery may have");
	ok(says("batch_items") && says("40"), "names the setting and its value");
	settings->atomic_targets = 25;
	call = batch_of("/whole", "", list_of(ANN, 26));
	is_text(deliver(&call), "422 too-much-work, logged", "more than are done in one go");
	ok(says("atomic_targets"), "names the setting");
	call = batch_of("/each", "", list_of(ANN, 26));
	call.request.query = SPAN("dry_run=1");
	is_text(deliver(&call), "200 dry-run, logged", "a dry run is one, too");
	ok(says("too-much-work") && says("atomic_targets"), "and says so");
	call = batch_of("/each", "", list_of(ANN, 26));
	is_text(deliver(&call), "200 applied, logged", "in slices it may be");
	ok(slices == 26 && told("applied") == 26, "each item in one of its own: %u", slices);
	settings->delivery_targets = 30;
	call = batch_of("/all", "", list_of("{'g':'x','n':#}", 5));
	is_text(deliver(&call), "200 applied, logged", "items times targets");
	ok(told("applied") == 3 && told("failed") == 2 && says("delivery_targets"),
	    "those beyond the bound fail: %d", told("failed"));
	settings->atomic_targets = 7;
	call = batch_of("/all", "", list_of("{'g':'x','n':#}", 1));
	is_text(deliver(&call), "422 batch-failed, logged", "one item with too many targets");
	ok(says("too-much-work") && says("more than 7"), "is too much");
	settings->atomic_targets = 12;
	call = batch_of("/long", "", "{'g':'x'}");
	is_text(deliver(&call), "422 too-much-work, logged", "many actions of a macro are work, too");
	settings->atomic_targets = 24;
	call = batch_of("/long", "", "{'g':'x'}");
	is_text(deliver(&call), "200 applied, logged", "like another target for every ten");
	settings->atomic_targets = 1000;
	settings->delivery_targets = 10000;
	settings->delivery_parcels = 20;
	call = batch_of("/post", "", list_of("{'g':'x','n':#}", 4));
	is_text(deliver(&call), "200 applied, logged", "e-mails");
	ok(told("applied") == 2 && told("failed") == 2 && says("delivery_parcels"),
	    "are bounded for the delivery: %d", told("applied"));
	settings->delivery_parcels = 2000;
	settings->filter_steps = 2500000;
	call = batch_of("/slow", "", list_of(arena_printf(arena,
	    "{'user':'ann@mail.example','n':1,'word':'%s'}", (char *)memset(arena_alloc(arena,
	    30001), 'a', 30000)), 5));
	is_text(deliver(&call), "200 filtered, logged", "a slow pattern");
	ok(told("filtered") == 2 && told("failed") == 3 && says("filter_steps"),
	    "is bounded for the delivery: %d", told("filtered"));
	settings->filter_steps = 5000000;
	settings->batch_items = 5000;
}

static void
test_rates(void)
{
	struct call_view call = batch_of("/paced", "", list_of(ANN, 31));

	is_text(deliver(&call), "422 too-much-work, logged", "more items than the burst");
	ok(says("burst"), "will never be taken");
	call = batch_of("/paced", "", list_of(ANN, 25));
	is_text(deliver(&call), "200 applied, logged", "as many as there are tokens");
	call = batch_of("/paced", "", list_of(ANN, 6));
	is_text(deliver(&call), "429 rate-limited", "items count against the rate");
	for (int i = 0; i < 5; i++) {
		call = batch_of("/paced", "", list_of(ANN, 1));
		is_text(deliver(&call), "200 applied, logged", "what was turned away took nothing");
	}
	call = batch_of("/paced", "", list_of(ANN, 1));
	is_text(deliver(&call), "429 rate-limited", "and then there is none");
}

/* The stored row of an entry. */
struct row {
	struct id id;
	size_t bytes;
	bool has;        /* text stands in it */
	const char *text;
};

static void
look_at_row(struct txn *txn, void *arg)
{
	struct row *row = arg;
	struct json_object *entry = journal_load(txn, row->id);
	struct span text = json_write(txn_arena(txn), entry);

	row->bytes = text.n;
	row->has = memmem(text.p, text.n, row->text, strlen(row->text)) != NULL;
}

static struct row
row_of(struct id id, const char *text)
{
	struct row row = { .id = id, .text = text };

	scratch_run(&store, STORE_READ, look_at_row, &row);
	return row;
}

static void
look_for_replay(struct txn *txn, void *arg)
{
	struct row *row = arg;
	struct journal_mark mark;
	char id[ID_TEXT_SIZE];

	row->has = journal_mark_find(txn, SPAN("each"), MARK_REPLAY, span_of(id_text(row->id, id)),
	    text_now(), &mark);
}

static bool
is_replayed(struct id id)
{
	struct row row = { .id = id };

	scratch_run(&store, STORE_READ, look_for_replay, &row);
	return row.has;
}

static void
test_answers(void)
{
	struct call_view call = batch_of("/each", "long", list_of(ANN, 200)), again;
	struct row row;

	store.settings.answer_bytes = 8192;
	is_text(deliver(&call), "200 applied, logged", "an answer that is too long");
	ok(reply.body.n < 8192 && told("applied") == 200 && items_told() > 10 &&
	    (int)items_told() + told("untold") == 200, "counts what it does not tell: %d",
	    told("untold"));
	row = row_of(call.id, "untold");
	ok(row.has && row.bytes < 20000, "and so does the log: %zu bytes", row.bytes);
	again = batch_of("/each", "long", list_of(ANN, 200));
	is_text(deliver(&again), "200 duplicate, logged", "its repeat");
	ok(told("applied") == 200, "is answered like the first");
	row = row_of(again.id, "repeatOf");
	ok(row.has && row.bytes < 1200, "but kept by a reference: %zu bytes", row.bytes);
	again.again = true;
	is_text(deliver(&again), "200 duplicate, logged", "the repeat's call again");
	ok(told("applied") == 200, "is answered likewise");
	call = batch_of("/each", "", list_of("{'user':'no@mail.example','n':#}", 200));
	is_text(deliver(&call), "422 batch-failed, logged", "nothing but failures");
	ok(reply.body.n < 8192 + 400 && items_told() + (size_t)told("untold") == 200,
	    "are bounded, too: %zu bytes", reply.body.n);
	store.settings.answer_bytes = 262144;
}

/* One dies between two slices: the next goes on where it was. */
static void
test_unfinished(void)
{
	struct call_view call = batch_of("/each", "torn", list_of(ANN, 60)), other;
	struct gate_batch *batch;
	struct gate_replay replay;
	struct error error = { 0 };

	reply_reset(&reply);
	ok(gate_deliver(&gate, &call, &reply) == GATE_UNFINISHED, "a large batch is not done at once");
	ok(row_of(call.id, "\"unfinished\"").has, "the log has it");
	batch = gate_batch_open(&gate, &call.id);
	ok(batch != NULL && gate_batch_open(&gate, &call.id) == NULL &&
	    gate_batch_open(&gate, NULL) == NULL, "it is open once");
	for (int i = 0; i < 20; i++)
		ok(!gate_batch_step(batch, 0, &reply), "a slice");
	other = batch_of("/each", "torn", list_of(ANN, 60));
	is_text(deliver(&other), "503 busy", "its repeat is told to wait");
	reply_reset(&reply);
	gate_batch_close(&batch);
	call.again = true;
	ok(gate_deliver(&gate, &call, &reply) == GATE_UNFINISHED, "the call again waits for the rest");
	is_text(deliver(&call), "200 applied, logged", "which is done");
	ok(slices == 40 && told("applied") == 60 && items_told() == 60,
	    "from where it was: %u slices", slices);
	is_text(deliver(&call), "200 applied, logged", "and once more");
	ok(slices == 0 && told("applied") == 60, "it is only told");
	ok(gate_batch_open(&gate, NULL) == NULL, "nothing is left");
	other.id = id_new(text_now());
	is_text(deliver(&other), "200 duplicate, logged", "its repeat is one now");
	/* What has failed may come again. */
	other = batch_of("/each", "bad", list_of("{'user':'no@mail.example','n':#}", 30));
	is_text(deliver(&other), "422 batch-failed, logged", "all of it fails");
	other.id = id_new(text_now());
	is_text(deliver(&other), "422 batch-failed, logged", "and again: it is no duplicate");
	/* A replay goes the same way. */
	reply_reset(&reply);
	replay = (struct gate_replay){ .original = call.id, .id = id_new(text_now()) };
	ok(gate_replay(&gate, &replay, &reply, &error) && reply.fault == FAULT_UNFINISHED,
	    "a replay of it: %s", error.detail);
	batch = gate_batch_open(&gate, NULL);
	while (!gate_batch_step(batch, INT64_MAX, &reply))
		;
	gate_batch_close(&batch);
	ok(told("applied") == 60 && row_of(replay.id, "replayOf").has, "is carried out");
	ok(is_replayed(call.id), "and remembered");
	reply_reset(&reply);
	replay = (struct gate_replay){ .original = other.id, .id = id_new(text_now()) };
	ok(gate_replay(&gate, &replay, &reply, &error), "a replay of what failed");
	batch = gate_batch_open(&gate, NULL);
	while (!gate_batch_step(batch, INT64_MAX, &reply))
		;
	gate_batch_close(&batch);
	ok(reply.fault == FAULT_BATCH_FAILED && !is_replayed(other.id), "may be tried again");
}

static void
count_made(struct txn *txn, void *arg)
{
	int *count = arg;

	for (int i = 0; i < 200; i++)
		*count += people_load(txn, span_of(arena_printf(txn_arena(txn),
		    "made%d@mail.example", i))) != NULL;
}

/* Users that a batch makes which another goes on with. */
static void
test_made(void)
{
	struct call_view call = batch_of("/made", "made",
	    list_of("{'user':'made#@mail.example','n':#}", 60));
	struct gate_batch *batch;
	int count = 0;

	reply_reset(&reply);
	ok(gate_deliver(&gate, &call, &reply) == GATE_UNFINISHED, "users that are made in a large batch");
	batch = gate_batch_open(&gate, &call.id);
	for (int i = 0; i < 20; i++)
		ok(!gate_batch_step(batch, 0, &reply), "a slice");
	gate_batch_close(&batch);
	scratch_run(&store, STORE_READ, count_made, &count);
	ok(count == 20, "as many are there as there were slices: %d", count);
	call.again = true;
	is_text(deliver(&call), "200 applied, logged", "the rest");
	ok(slices == 40 && told("applied") == 60, "is done by another: %u slices", slices);
	ok(times_told("\"created\":true") == 60, "and all are told: %d",
	    times_told("\"created\":true"));
	is_text(deliver(&call), "200 applied, logged", "once more");
	ok(times_told("\"created\":true") == 60, "they are told again");
	store.settings.delivery_targets = 90;
	call = batch_of("/made", "", list_of("{'user':'made1#@mail.example','n':#}", 100));
	is_text(deliver(&call), "200 applied, logged", "each is a target of those allowed");
	store.settings.delivery_targets = 10000;
	ok(told("applied") == 90 && told("failed") == 10 && says("delivery_targets"),
	    "and no more than these: %d", told("applied"));
	count = 0;
	scratch_run(&store, STORE_READ, count_made, &count);
	ok(count == 60 + 40 + 40, "what was too much is not there: %d", count);
}

static void
remove_listener(struct txn *txn, void *arg)
{
	doc_remove(txn, "listener", span_of(arg));
}

static void
test_removed(void)
{
	struct call_view call = batch_of("/secret", "", list_of(ANN, 30));
	struct gate_batch *batch;

	reply_reset(&reply);
	ok(gate_deliver(&gate, &call, &reply) == GATE_UNFINISHED, "another one");
	batch = gate_batch_open(&gate, &call.id);
	ok(!gate_batch_step(batch, 0, &reply), "whose listener is removed");
	scratch_run(&store, STORE_WRITE, remove_listener, (void *)(uintptr_t)"secret");
	ok(gate_batch_step(batch, INT64_MAX, &reply), "ends");
	gate_batch_close(&batch);
	ok(told("applied") == 1 && told("failed") == 29 && says("unknown-listener"),
	    "with what was done: %d", told("failed"));
}

/* Sentences are made without an item's masked values, also by who goes on with a batch. */
static void
test_masks(void)
{
	struct call_view call = batch_of("/secret", "", list_of(
	    "{'user':'ann@mail.example','n':'hidden#','word':'hidden#'}", 200));

	is_text(deliver(&call), "422 batch-failed, logged", "values that are masked and bad");
	ok(says("errors") && !says("hidden"), "are not told");
	ok(row_of(call.id, "errors").has && !row_of(call.id, "hidden").has, "nor in the log");
	call = batch_of("/secret", "", list_of(
	    "{'user':'ann@mail.example','n':#,'word':'hidden#'}", 30));
	reply_reset(&reply);
	ok(gate_deliver(&gate, &call, &reply) == GATE_UNFINISHED && !row_of(call.id, "hidden").has,
	    "nor while it is carried out");
	is_text((call.again = true, deliver(&call)), "200 applied, logged", "those that are good");
	ok(!row_of(call.id, "hidden").has, "neither");
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
	test_bounds();
	test_rates();
	test_answers();
	test_unfinished();
	test_made();
	test_masks();
	test_removed();
	reply_free(&reply);
	throttle_free(&gate.throttle);
	arena_free(&gate.arena);
	arena_free(&arena);
	scratch_close(&store);
	return tap_done();
}
