/* SPDX-License-Identifier: ISC */
/* A stored delivery once more, and one that is only tried. */
#include "listen/gate_private.h"

#include "base/json.h"
#include "store/store.h"

/* What a replay needs of the first delivery. */
struct first {
	struct id id;
	bool masked_too;            /* carry it out without what was masked */
	struct request *request;
	struct json_object *masked; /* parameters, or NULL */
};

/* The kept body, when that is what came. */
static bool
load_body(struct txn *txn, struct first *first, struct json_object *entry)
{
	struct request *request = first->request;
	int64_t bytes = json_integer(entry, "bodyBytes", 0);
	char id[ID_TEXT_SIZE];

	first->masked = json_get(entry, "masked");
	if (first->masked != NULL && !first->masked_too)
		return txn_fail(txn, FAULT_NOT_FOUND, "the log has delivery %s without what the "
		    "listener masks (%s); ask the sender to send it again, or leave that out: "
		    "--masked", id_text(first->id, id), json_write(txn_arena(txn),
		    first->masked).p);
	request->body = SPAN("");
	if ((bytes > 0 && !journal_body(txn, first->id, &request->body)) ||
	    json_flag(entry, "cut", false))
		return txn_fail(txn, FAULT_NOT_FOUND, "the body of delivery %s was not kept whole",
		    id_text(first->id, id));
	return true;
}

static struct span
member(struct txn *txn, struct json_object *entry, const char *name)
{
	return arena_copy(txn_arena(txn), json_string(entry, name));
}

static void
load_first(struct txn *txn, void *arg)
{
	struct first *first = arg;
	struct json_object *entry = journal_load(txn, first->id);
	struct request *request = first->request;
	char id[ID_TEXT_SIZE];

	if (entry == NULL) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no delivery %s", id_text(first->id, id));
		return;
	}
	if (!load_body(txn, first, entry))
		return;
	/* A replay of a replay is one of what came at first. */
	id_read(json_string(entry, "replayOf"), &first->id);
	request->type = member(txn, entry, "type");
	request->method = SPAN("POST");
	request->path = member(txn, entry, "path");
	request->query = request->url = SPAN("");
	request->content_type = member(txn, entry, "contentType");
	request->address = member(txn, entry, "address");
}

bool
gate_replay(struct gate *gate, const struct gate_replay *replay, struct reply *reply,
    struct error *error)
{
	struct call_view call = { .verb = VERB_DELIVER, .id = replay->id, .again = replay->again };
	struct first first = { .id = replay->original, .masked_too = replay->masked,
		.request = &call.request };
	struct passage *passage;
	char text[ID_TEXT_SIZE];

	arena_reset(gate->arena);
	passage = arena_alloc(gate->arena, sizeof *passage);
	if (!store_run(gate->store, STORE_READ, gate->arena, load_first, &first, error))
		return false;
	gate_begin(passage, gate, &call, reply);
	passage->origin = ORIGIN_LOG;
	passage->dry_run = passage->delivery.explain = replay->dry_run;
	passage->without = first.masked;
	if (replay->dry_run) {
		passage->change = replay->change;
		passage->change_arg = replay->change_arg;
	}
	passage->entry.replay_of = first.id;
	if (!endpoint_read(gate->arena, call.request.path, &passage->endpoint, error))
		return false;
	if (replay->dry_run)
		delivery_step(&passage->delivery, "endpoint", STEP_OK, "replay of delivery %s",
		    id_text(replay->original, text));
	gate_go(passage, error);
	if (error->fault != FAULT_NONE && !passage->admitted)
		return false;
	error_clear(error);
	return true;
}

void
gate_test(struct gate *gate, const struct call_view *call, struct reply *reply)
{
	struct passage *passage;
	struct error error = { 0 };

	arena_reset(gate->arena);
	passage = arena_alloc(gate->arena, sizeof *passage);
	gate_begin(passage, gate, call, reply);
	passage->origin = ORIGIN_HAND;
	passage->describe = call->verb == VERB_DESCRIBE;
	passage->dry_run = passage->delivery.explain = true;
	endpoint_read(gate->arena, call->request.path, &passage->endpoint, &error);
	gate_go(passage, &error);
}

void
gate_describe(struct gate *gate, const struct call_view *call, const struct sample *sample,
    struct reply *reply)
{
	struct passage *passage;
	struct error error = { 0 };

	arena_reset(gate->arena);
	passage = arena_alloc(gate->arena, sizeof *passage);
	gate_begin(passage, gate, call, reply);
	passage->origin = ORIGIN_HAND;
	passage->describe = true;
	passage->sample = sample;
	endpoint_read(gate->arena, call->request.path, &passage->endpoint, &error);
	gate_go(passage, &error);
}
