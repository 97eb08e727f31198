/* SPDX-License-Identifier: ISC */
/*
 * pulse {"listener"?}: what each listener did in the last day, by hour, the oldest first:
 * {"listener","hours":[[done,filtered,failed],…],"done","filtered","failed","last"?: {"id",
 * "at","outcome"},"failure"?}. Those who deliver go first: it is counted with breaths.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "listen/gate.h"
#include "listen/listener.h"
#include "listen/pulse.h"

#define ROWS_AT_ONCE 2000

static void
tell(struct job *job, const struct pulse_listener *listener)
{
	struct jsonout out = json_to(job->out);
	int64_t now = job->now, sums[PULSE__MAX] = { 0 };
	char text[ID_TEXT_SIZE], at[TEXT_TIME_SIZE];

	json_open(&out, '{');
	json_member(&out, "listener", listener->name);
	json_key(&out, "hours");
	json_open(&out, '[');
	for (int ago = PULSE_HOURS - 1; ago >= 0; ago--) {
		const uint32_t *counts = pulse_hour(listener, now, ago);

		json_open(&out, '[');
		for (int class = 0; class < PULSE__MAX; class++) {
			json_int(&out, counts[class]);
			sums[class] += counts[class];
		}
		json_close(&out, ']');
	}
	json_close(&out, ']');
	json_member_int(&out, "done", sums[PULSE_DONE]);
	json_member_int(&out, "filtered", sums[PULSE_FILTERED]);
	json_member_int(&out, "failed", sums[PULSE_FAILED]);
	if (listener->outcome[0] != '\0') {
		json_key(&out, "last");
		json_open(&out, '{');
		json_member(&out, "id", span_of(id_text(listener->last, text)));
		json_member(&out, "at", span_of(text_time_write(id_time(listener->last), at)));
		json_member(&out, "outcome", span_of(listener->outcome));
		json_close(&out, '}');
	}
	if (sums[PULSE_FAILED] > 0 && listener->failure[0] != '\0')
		json_member(&out, "failure", span_of(listener->failure));
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

static void
pulse(struct txn *txn, struct job *job)
{
	struct span only = json_string(job->args, "listener"), at = { NULL, 0 }, name;
	struct command_position position = { .n = 0 };
	struct arena_mark mark = arena_mark(txn_arena(txn));
	const struct pulse_listener *listener;
	struct json_object *doc;

	while (txn_breathe(txn) && (doc = doc_next(txn, kind_listener.name,
	    command_position(&position), &at)) != NULL) {
		command_position_set(&position, at);
		name = doc_full_name(txn_arena(txn), doc);
		if ((only.n == 0 || span_eq(name, only)) && command_may_read_of(job, name)) {
			while ((listener = pulse_of(txn, job->gate->pulse, name, job->now,
			    ROWS_AT_ONCE)) == NULL && txn_breathe(txn))
				;
			if (listener != NULL)
				tell(job, listener);
		}
		arena_rewind(txn_arena(txn), mark);
	}
}

const struct command command_pulse = {
	.name = "pulse", .words = "show what listeners did in the last day, by hour",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = pulse,
};
