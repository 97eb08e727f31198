/* SPDX-License-Identifier: ISC */
/* When conditions begin and end, and whom what was told. */
#include "community/condition.h"
#include "base/text.h"
#include "community/outbox.h"
#include "record/record_scratch.h"

#define NOW INT64_C(1700000000000000)
#define SECOND INT64_C(1000000)

static struct scratch s;

/* A delivery a second: '+' succeeds, '-' fails. What became of the condition after each: '.'
 * nothing stands, 's' a failure is counted, '!' it lasts, 'o' it is over. */
static const char *
run_of(struct txn *txn, const char *listener, const char *deliveries)
{
	struct arena *arena = txn_arena(txn);
	char *out = arena_alloc(arena, strlen(deliveries) + 1);
	size_t n = 0;

	for (; deliveries[n] != '\0'; n++) {
		struct condition_delivery delivery = { .listener = span_of(listener),
			.good = deliveries[n] == '+', .code = "unknown-target",
			.detail = SPAN("nobody"), .id = SPAN("x") };
		struct condition found;

		condition_of_delivery(txn, &delivery, NOW + (int64_t)n * SECOND);
		out[n] = !condition_load(txn, CONDITION_LISTENER_FAILING, span_of(listener), &found)
		    ? '.' : condition_lasts(&found) ? '!' : found.over != 0 ? 'o' : 's';
	}
	out[n] = '\0';
	return out;
}

static const struct {
	const char *deliveries, *expected, *name;
} runs[] = {
	{ "++++", "....", "good ones leave nothing" },
	{ "-+-+-+", "s.s.s.", "as many good as bad begin nothing" },
	{ "---", "ss!", "three more bad than good ones begin it" },
	{ "--+-+--", "sssss" "s!", "wherever they stand" },
	{ "---+++", "ss!!!o", "three more good ones end it" },
	{ "-----+++", "ss!!!!!o", "however many were bad" },
	{ "---+-+-+++", "ss!!!!!!!o", "and not the first good one" },
	{ "---+++++", "ss!!!ooo", "over it stays" },
	{ "---+++-", "ss!!!os", "until one fails: that counts anew" },
	{ "---+++---", "ss!!!oss!", "and begins again" },
	{ "---+++-+", "ss!!!os.", "or comes to nothing" },
};

static void
test_runs(struct txn *txn, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
		is_text(run_of(txn, arena_printf(txn_arena(txn), "l%zu", i), runs[i].deliveries),
		    runs[i].expected, runs[i].name);
}

static void
test_counts(struct txn *txn, void *arg)
{
	struct condition found;

	(void)arg;
	run_of(txn, "phone/counted", "+-+---+-");
	condition_load(txn, CONDITION_LISTENER_FAILING, SPAN("phone/counted"), &found);
	ok(found.count == 4 && found.all == 5, "failures are counted from the last time that all "
	    "was well: %d of %d", (int)found.count, (int)found.all);
	ok(found.since == NOW + 3 * SECOND && found.begun == NOW + 5 * SECOND &&
	    found.last == NOW + 7 * SECOND, "since then; it began with the third");
	ok(span_is(found.code, "unknown-target") && span_is(found.detail, "nobody"), "why");
	ok(span_is(condition_project(&found), "phone"), "of its project");
}

static void
test_lasting(struct txn *txn, void *arg)
{
	struct condition ends = { .kind = CONDITION_APIKEY_ENDS, .subject = SPAN("app"),
		.end = NOW }, found;

	(void)arg;
	condition_is(txn, &ends, NOW);
	condition_is(txn, &ends, NOW + SECOND);
	condition_load(txn, CONDITION_APIKEY_ENDS, SPAN("app"), &found);
	ok(found.begun == NOW && found.last == NOW, "what is so as before is not written again");
	ends.end = NOW + 1;
	condition_is(txn, &ends, NOW + 2 * SECOND);
	condition_load(txn, CONDITION_APIKEY_ENDS, SPAN("app"), &found);
	ok(found.begun == NOW && found.last == NOW + 2 * SECOND && found.end == NOW + 1,
	    "what changes is, and began when it did");
	condition_ends(txn, CONDITION_APIKEY_ENDS, SPAN("app"), NOW + 3 * SECOND, SPAN("gone"));
	condition_ends(txn, CONDITION_APIKEY_ENDS, SPAN("app"), NOW + 4 * SECOND, SPAN("again"));
	condition_load(txn, CONDITION_APIKEY_ENDS, SPAN("app"), &found);
	ok(found.over == NOW + 3 * SECOND && span_is(found.detail, "gone"), "it ends once");
	condition_is(txn, &ends, NOW + 5 * SECOND);
	condition_load(txn, CONDITION_APIKEY_ENDS, SPAN("app"), &found);
	ok(condition_lasts(&found) && found.begun == NOW + 5 * SECOND, "and may begin again");
	ok(condition_project(&found).n == 0, "a key is of no project");
}

static int64_t
dead(struct txn *txn, const char *subject)
{
	struct condition found;

	condition_load(txn, CONDITION_PARCEL_DEAD, span_of(subject), &found);
	return condition_lasts(&found) ? found.count : 0;
}

static struct id
parcel(struct txn *txn, const char *text)
{
	struct id id = { { 0 } };

	id_read(outbox_add(txn, doc_of(txn, text), NOW, NOW), &id);
	return id;
}

static void
move(struct txn *txn, struct id id, const char *state)
{
	outbox_save(txn, id, outbox_load(txn, id), state, NOW);
}

static void
test_parcels(struct txn *txn, void *arg)
{
	struct id a = parcel(txn, "{'kind':'webhook','macro':'phone/m','lastError':'no'}");
	struct id b = parcel(txn, "{'kind':'email','to':'a@mail.example','macro':'phone/m'}");
	struct id c = parcel(txn, "{'kind':'email','to':'a@mail.example'}");
	struct id d = parcel(txn, "{'kind':'email','to':'a@mail.example','alert':true}");

	(void)arg;
	move(txn, a, "leased");
	ok(dead(txn, "phone/m") == 0, "what waits and is sent is no condition");
	move(txn, a, "dead");
	move(txn, a, "dead");
	ok(dead(txn, "phone/m") == 1, "a dead parcel is, once");
	move(txn, b, "dead");
	ok(dead(txn, "phone/m") == 2, "two of a macro are one");
	move(txn, c, "dead");
	move(txn, d, "dead");
	ok(dead(txn, "mail to followers") == 1 && dead(txn, "mail about conditions") == 1,
	    "others are told by what they are");
	move(txn, a, "waiting");
	ok(dead(txn, "phone/m") == 1, "one that is tried again is none any more");
	move(txn, a, "sent");
	move(txn, b, "dropped");
	ok(dead(txn, "phone/m") == 0, "nor one that is dropped");
	move(txn, b, "dead");
	ok(dead(txn, "phone/m") == 1, "it begins anew");
}

/* A store of before conditions has dead parcels that nobody counted. */
static void
forget_all(struct txn *txn, void *arg)
{
	struct condition found;
	struct span position = SPAN("");

	(void)arg;
	while (condition_next(txn, position, &position, &found))
		condition_drop(txn, found.kind, found.subject);
	table_del(txn, TABLE_META, SPAN("dead-counted"));
}

static void
test_counted(struct txn *txn, void *arg)
{
	(void)arg;
	ok(dead(txn, "phone/m") == 1 && dead(txn, "mail to followers") == 1,
	    "dead parcels of an older store are counted when it is opened");
}

static const char *
told_to(struct txn *txn, const char *user)
{
	struct condition told;
	struct span position = SPAN("");
	const char *out = "";

	while (condition_told_next(txn, span_of(user), position, &position, &told))
		out = arena_printf(txn_arena(txn), "%s%s %.*s\n", out, condition_code(told.kind),
		    (int)told.subject.n, told.subject.p);
	return out;
}

/* Ids of users begin with each other. */
static void
test_told(struct txn *txn, void *arg)
{
	static const char *const users[] = { "1", "10", "1a", "2" };
	const struct condition a = { .kind = CONDITION_PARCEL_DEAD, .subject = SPAN("m") };
	const struct condition b = { .kind = CONDITION_LISTENER_FAILING, .subject = SPAN("p/l") };
	struct span user = SPAN("");
	size_t n = 0;

	(void)arg;
	for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
		condition_write(txn, span_of(users[i]), NOW + (int64_t)i);
		condition_tell(txn, span_of(users[i]), i % 2 == 0 ? &a : &b);
	}
	condition_tell(txn, SPAN("1"), &b);
	is_text(told_to(txn, "1"), "listener-failing p/l\nparcel-dead m\n", "what one was told");
	is_text(told_to(txn, "10"), "listener-failing p/l\n", "and another");
	while (condition_told_user(txn, user, &user)) {
		ok(n < 4 && span_is(user, users[n]), "user %.*s is one who was written to",
		    (int)user.n, user.p);
		n++;
	}
	ok(n == 4, "all of them");
	condition_untell(txn, SPAN("1"), &b);
	ok(condition_told(txn, SPAN("1"), &a) && !condition_told(txn, SPAN("1"), &b) &&
	    condition_told(txn, SPAN("10"), &b), "told is told each");
	condition_forget(txn, SPAN("1"));
	is_text(told_to(txn, "1"), "", "one is forgotten");
	ok(condition_written(txn, SPAN("1")) == 0 && condition_written(txn, SPAN("10")) == NOW + 1,
	    "and no other");
}

int
main(void)
{
	static const struct scratch_body bodies[] = {
		{ "runs of deliveries", STORE_WRITE, test_runs, false },
		{ "counts", STORE_WRITE, test_counts, false },
		{ "lasting", STORE_WRITE, test_lasting, false },
		{ "parcels", STORE_WRITE, test_parcels, false },
		{ "an older store", STORE_WRITE, forget_all, false },
	};
	static const struct scratch_body after[] = {
		{ "and what it has", STORE_READ, test_counted, false },
		{ "told", STORE_WRITE, test_told, false },
	};
	struct error error = { 0 };

	if (!scratch_open(&s))
		return 1;
	scratch_bodies(&s, bodies, sizeof bodies / sizeof bodies[0]);
	ok(condition_upgrade(s.store, NOW, &error) && condition_upgrade(s.store, NOW, &error),
	    "counting, and once more, which counts nothing");
	scratch_bodies(&s, after, sizeof after / sizeof after[0]);
	scratch_close(&s);
	return tap_done();
}
