/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "community/outbox.h"
#include "record/record_scratch.h"

#define NOW INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */
#define SECOND INT64_C(1000000)
#define MANY 10

static struct scratch s;
static struct id ids[3];

static struct id
add(struct txn *txn, const char *parcel, int64_t now, int64_t due)
{
	struct span text = outbox_add(txn, doc_of(txn, parcel), now, due);
	struct id id = { { 0 } };

	ok(id_read(text, &id), "added %s", parcel);
	return id;
}

/* The subjects of what is due, in order. */
static const char *
due(struct txn *txn, int64_t now, size_t max)
{
	struct id found[MANY];
	size_t n = outbox_due(txn, now, found, max);
	const char *out = "";

	for (size_t i = 0; i < n; i++) {
		struct span name = json_string(outbox_load(txn, found[i]), "subject");

		out = arena_printf(txn_arena(txn), "%s%.*s ", out, (int)name.n, name.p);
	}
	return out;
}

static const char *
list(struct txn *txn, enum outbox_list which)
{
	struct span at = { NULL, 0 };
	const char *out = "";
	struct id id;

	while (outbox_next(txn, which, at, &id, &at)) {
		struct json_object *parcel = outbox_load(txn, id);
		struct span name = json_string(parcel, "subject");
		struct span state = json_string(parcel, "state");

		out = arena_printf(txn_arena(txn), "%s%.*s:%.*s ", out, (int)name.n, name.p,
		    (int)state.n, state.p);
	}
	return out;
}

/* The e-mails to an address. */
static const char *
list_to(struct txn *txn, const char *address)
{
	struct span at = { NULL, 0 };
	const char *out = "";
	struct id id;

	while (outbox_next_to(txn, span_of(address), at, &id, &at)) {
		struct span name = json_string(outbox_load(txn, id), "subject");

		out = arena_printf(txn_arena(txn), "%s%.*s ", out, (int)name.n, name.p);
	}
	return out;
}

static void
move(struct txn *txn, struct id id, const char *state, int64_t when)
{
	struct json_object *parcel = outbox_load(txn, id);

	/* What the caller's copy says of itself does not matter. */
	json_set_text(parcel, "state", SPAN("sent"));
	json_set_text(parcel, "due", SPAN("1999-01-01T00:00:00Z"));
	outbox_save(txn, id, parcel, state, when);
}

static void
test_adding(struct txn *txn, void *arg)
{
	struct id id;

	(void)arg;
	ok(outbox_next_due(txn) == INT64_MAX && outbox_due(txn, INT64_MAX, &id, 1) == 0,
	    "empty");
	ids[0] = add(txn, "{'kind':'email','to':'Ann@mail.example','subject':'a','text':'x'}",
	    NOW, NOW);
	ids[1] = add(txn, "{'kind':'email','to':'bob@mail.example','subject':'b'}", NOW,
	    NOW - SECOND);
	ids[2] = add(txn, "{'kind':'webhook','to':'https://a.example/','subject':'c'}",
	    NOW + 1, NOW + 5 * SECOND);
	is_text(text_of(txn, outbox_load(txn, ids[0])), arena_printf(txn_arena(txn),
	    "{'id':'%s','kind':'email','state':'waiting','created':'2023-11-14T22:13:20Z',"
	    "'due':'2023-11-14T22:13:20Z','tries':0,'to':'Ann@mail.example','subject':'a',"
	    "'text':'x'}", id_text(ids[0], (char[ID_TEXT_SIZE]){ 0 })), "as it is stored");
	ok(outbox_next_due(txn) == NOW - SECOND, "the first");
	is_text(due(txn, NOW - SECOND - 1, MANY), "", "too early");
	is_text(due(txn, NOW, MANY), "b a ", "due, the oldest first");
	is_text(due(txn, INT64_MAX, MANY), "b a c ", "all");
	is_text(due(txn, INT64_MAX, 2), "b a ", "not more than there is room for");
	ok(outbox_load(txn, id_new(NOW)) == NULL, "an unknown parcel");
}

static void
test_states(struct txn *txn, void *arg)
{
	(void)arg;
	move(txn, ids[1], "leased", NOW + 60 * SECOND);
	is_text(due(txn, NOW, MANY), "a ", "a leased parcel is not due");
	is_text(due(txn, NOW + 60 * SECOND, MANY), "b a c ", "until its lease ends");
	ok(outbox_next_due(txn) == NOW, "what is due next");
	is_text(list(txn, OUTBOX_WAITING), "a:waiting c:waiting ", "what waits");
	is_text(list(txn, OUTBOX_LEASED), "b:leased ", "what is leased");
	move(txn, ids[1], "waiting", NOW + 2 * SECOND);
	is_text(due(txn, INT64_MAX, MANY), "a b c ", "waiting again");
	is_text(text_of(txn, json_get(outbox_load(txn, ids[1]), "due")),
	    "'2023-11-14T22:13:22Z'", "the parcel says when");
	move(txn, ids[0], "sent", NOW + 3 * SECOND);
	move(txn, ids[2], "dead", NOW + 4 * SECOND);
	is_text(due(txn, INT64_MAX, MANY), "b ", "settled ones are not due");
	is_text(list(txn, OUTBOX_DEAD), "c:dead ", "the dead");
	is_text(list(txn, OUTBOX_ALL), "c:dead b:waiting a:sent ", "all, newest first");
	move(txn, ids[2], "waiting", NOW + SECOND);
	is_text(due(txn, INT64_MAX, MANY), "c b ", "a dead one is tried again");
	is_text(list(txn, OUTBOX_DEAD), "", "and dead no more");
}

static void
test_dropping(struct txn *txn, void *arg)
{
	struct id leased;

	(void)arg;
	add(txn, "{'kind':'email','to':'ANN@mail.example','subject':'d'}", NOW, NOW);
	leased = add(txn, "{'kind':'email','to':'ann@mail.example','subject':'e'}", NOW, NOW);
	add(txn, "{'kind':'email','to':'ann@mail.example.org','subject':'f'}", NOW, NOW);
	is_text(list_to(txn, "ANN@mail.example"), "e d a ", "e-mails to the address: "
	    "those that wait, and the others");
	move(txn, leased, "leased", NOW + SECOND);
	is_text(list_to(txn, "ann@mail.example"), "e d a ", "also one that is being sent");
	is_text(list_to(txn, "ann@mail.exampl"), "", "to no other");
	is_text(list_to(txn, "https://a.example/"), "", "webhooks are to nobody");
	outbox_drop_to(txn, SPAN("ann@MAIL.example"), NOW + 9 * SECOND);
	is_text(list(txn, OUTBOX_ALL),
	    "f:waiting e:dropped d:dropped c:waiting b:waiting a:sent ",
	    "what waits for the address");
	is_text(due(txn, INT64_MAX, MANY), "f c b ", "it is not due any more");
	outbox_drop_to(txn, SPAN("ann@mail.example"), NOW);
	is_text(list_to(txn, "ann@mail.example"), "e d a ", "which are told all the same");
	is_text(list_to(txn, "bob@mail.example"), "b ", "others wait");
	ok(rows_in(txn, TABLE_DUE) == 11, "six parcels, five by their address");
}

static void
test_tidying(struct txn *txn, void *arg)
{
	(void)arg;
	ok(outbox_tidy(txn, NOW + 3 * SECOND, 9) == 0, "nothing is old enough");
	ok(outbox_tidy(txn, NOW + 3 * SECOND + 1, 9) == 1, "one is");
	is_text(list(txn, OUTBOX_ALL), "f:waiting e:dropped d:dropped c:waiting b:waiting ",
	    "by when it was settled");
	is_text(list_to(txn, "ann@mail.example"), "e d ", "it is not told any more");
	ok(outbox_tidy(txn, INT64_MAX, 1) == 1, "at most so many");
	move(txn, ids[2], "dead", NOW);
	ok(outbox_tidy(txn, INT64_MAX, 9) == 1, "the rest");
	is_text(list(txn, OUTBOX_ALL), "f:waiting c:dead b:waiting ", "the dead stay");
	ok(rows_in(txn, TABLE_DUE) == 5, "no row is left over");
}

int
main(void)
{
	if (!scratch_open(&s))
		return 1;
	ok(scratch_run(&s, STORE_WRITE, test_adding, NULL), "adding");
	ok(scratch_run(&s, STORE_WRITE, test_states, NULL), "states");
	ok(scratch_run(&s, STORE_WRITE, test_dropping, NULL), "dropping");
	ok(scratch_run(&s, STORE_WRITE, test_tidying, NULL), "tidying");
	scratch_close(&s);
	return tap_done();
}
