/* SPDX-License-Identifier: ISC */
/* What the sender reads: of one delivery, of a batch, of a dry run, of GET. */
#ifndef EARSHOT_ANSWER_H
#define EARSHOT_ANSWER_H

#include "act/delivery.h"
#include "http/call.h"

/* One item of a batch, or the delivery itself. */
struct outcome {
	enum fault fault;
	char *detail;            /* of a failure */
	struct delivery *item;   /* its target, effects, bad fields */
};

/* A batch, as far as it was carried out. Its items are JSON, with commas between them;
 * those that the answer has no room for are counted. */
struct batch {
	size_t count, next;
	size_t applied, filtered, failed;
	struct buf items, failures;
	size_t untold, untold_failures;
};

void answer_delivery(struct reply *reply, const struct delivery *delivery,
    const struct outcome *outcome);
void answer_item(struct buf *out, const struct outcome *outcome, size_t index);
void answer_batch(struct reply *reply, const struct delivery *delivery,
    const struct batch *batch);
/* With the trace; settled or failed, the status is 200. */
void answer_dry_run(struct reply *reply, const struct delivery *delivery,
    const struct outcome *outcome);
/* The answer of a logged delivery (journal.h) once more; as "duplicate" when a
 * sender has repeated itself. */
void answer_again(struct reply *reply, struct arena *arena, struct json_object *entry,
    bool duplicate);
/* The listener as senders need it: parameters, example, a curl command, with this target in
 * its path unless it is "". */
void answer_describe(struct reply *reply, const struct delivery *delivery, struct span target);

#endif
