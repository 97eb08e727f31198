/* SPDX-License-Identifier: ISC */
/*
 * A lease ends by itself when nobody has told what became of the parcel. It need
 * not be waited for when the courier has died, or never got what was leased to it
 * because the owner died with the answer: a new courier asks for this first, and
 * all do once in a while.
 */
#include "command/command_post_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "community/outbox.h"
#include "record/doc_check.h"
#include "store/owner.h"

#include <string.h>

/* After so many tries the parcel may be to blame: others get time before it. */
#define INNOCENT 3
#define SUSPECT_PAUSE INT64_C(30000000)

/* The name of the worker that was looked at last: most parcels have the same. */
struct worker {
	char name[OWNER_PROCESS_SIZE];
	bool ended;
};

static bool
has_ended(struct worker *worker, struct span name, bool alone)
{
	if (name.n >= sizeof worker->name)
		return false;
	if (!span_is(name, worker->name)) {
		memcpy(worker->name, name.p, name.n);
		worker->name[name.n] = '\0';
		worker->ended = owner_process_ended(worker->name, alone);
	}
	return worker->ended;
}

static void
release(struct txn *txn, struct job *job, struct json_object *parcel, bool tried)
{
	int64_t tries = json_integer(parcel, "tries", 1) - !tried;
	struct id id;

	if (!id_read(json_string(parcel, "id"), &id))
		return;
	json_set_int(parcel, "tries", tries);
	json_del(parcel, "worker");
	/* As it was at first: a round of what was due before takes it, too. */
	outbox_save(txn, id, parcel, "waiting",
	    tries > INNOCENT ? job->now + SUSPECT_PAUSE : id_time(id));
}

void
post_release(struct txn *txn, struct job *job)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct span own = json_string(job->args, "worker"), at;
	struct json_object *holds = json_get(job->args, "holds"), *parcel;
	struct command_position after = { .n = 0 };
	struct worker worker = { .name = "" };
	bool alone = job->settings->group_site_count == 0;

	while (txn_breathe(txn) && (parcel = command_parcel_next(txn, OUTBOX_LEASED,
	        command_position(&after), &at)) != NULL) {
		command_position_set(&after, at);
		if (span_eq(json_string(parcel, "worker"), own)) {
			if (!doc_list_has(holds, json_string(parcel, "id")))
				release(txn, job, parcel, false);
		} else if (has_ended(&worker, json_string(parcel, "worker"), alone)) {
			release(txn, job, parcel, true);
		}
		arena_rewind(txn_arena(txn), mark);
	}
}
