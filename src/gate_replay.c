/* SPDX-License-Identifier: ISC */
/* A stored delivery once more. */
#include "gate_private.h"

#include "json.h"
#include "store.h"

/* What a replay needs of the first delivery. */
struct first {
	struct id id;
	struct request *request;
};

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
	if (!journal_body(txn, first->id, &request->body) ||
	    (int64_t)request->body.n != json_integer(entry, "bodyBytes", -1)) {
		txn_fail(txn, FAULT_NOT_FOUND, "the body of delivery %s was not kept whole",
		    id_text(first->id, id));
		return;
	}
	request->type = member(txn, entry, "type");
	request->method = SPAN("POST");
	request->path = member(txn, entry, "path");
	request->query = request->url = SPAN("");
	request->content_type = member(txn, entry, "contentType");
	request->address = member(txn, entry, "address");
}

bool
gate_replay(struct gate *gate, struct id original, struct id id, bool again,
    bool dry_run, struct reply *reply, struct error *error)
{
	struct call call = { .verb = VERB_DELIVER, .id = id, .again = again };
	struct passage *passage;
	struct first first = { .id = original, .request = &call.request };
	char text[ID_TEXT_SIZE];

	arena_reset(gate->arena);
	passage = arena_alloc(gate->arena, sizeof *passage);
	if (!store_run(gate->store, STORE_READ, gate->arena, load_first, &first, error))
		return false;
	gate_begin(passage, gate, &call, reply);
	passage->replay = true;
	passage->dry_run = dry_run;
	passage->delivery.explain = dry_run;
	passage->entry.replay_of = original;
	if (!endpoint_read(gate->arena, call.request.path, &passage->endpoint, error))
		return false;
	if (dry_run)
		delivery_step(&passage->delivery, "endpoint", STEP_OK, "replay of delivery %s",
		    id_text(original, text));
	gate_go(passage, error);
	if (error->fault != FAULT_NONE && !passage->admitted)
		return false;
	error_clear(error);
	return true;
}
