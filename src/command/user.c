/* SPDX-License-Identifier: ISC */
/* user-tickets {"name"}: how many tickets would lose the name of their submitter if the user
 * were removed, of those that may be read; "more": not all are counted. */
#include "command/command_private.h"

#include "base/json.h"
#include "listen/register.h"
#include "record/record.h"

#define COUNTED_MAX 1000

static void
count(struct txn *txn, struct job *job)
{
	const struct kind *kind = kind_by_name(SPAN("user"));
	const struct kind *tickets = kind_by_name(SPAN("feedback"));
	struct span name = json_string(job->args, "name");
	struct json_object *user = kind_find(txn, kind, name);
	struct span *ids = arena_alloc(job->scratch, (COUNTED_MAX + 1) * sizeof *ids);
	struct arena_mark mark;
	struct jsonout out = json_to(job->out);
	size_t n, known = 0;

	if (user == NULL) {
		command_fail_unknown(txn, job, kind, name);
		return;
	}
	n = record_find(txn, RECORD_FEEDBACK, SPAN("submitter"), json_string(user, "email"), ids,
	    COUNTED_MAX + 1);
	mark = arena_mark(txn_arena(txn));
	for (size_t i = 0; i < n && i < COUNTED_MAX && txn_breathe(txn); i++) {
		known += !command_is_limited(job) || command_may_read(txn, job, tickets,
		    record_load(txn, RECORD_FEEDBACK, ids[i]));
		arena_rewind(txn_arena(txn), mark);
	}
	if (!txn_ok(txn))
		return;
	json_open(&out, '{');
	json_member_int(&out, "tickets", (int64_t)known);
	json_member_bool(&out, "more", n > COUNTED_MAX);
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

const struct command command_user_tickets = {
	.name = "user-tickets", .words = "count a user's tickets",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .kind = "user", .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = count,
};
