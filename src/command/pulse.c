/* SPDX-License-Identifier: ISC */
/*
 * pulse {"listener"?}: what each listener did in the last day, by hour, the oldest first:
 * {"listener","hours":[[done,filtered,failed],…],"done","filtered","failed","last"?: {"id",
 * "at","outcome"},"failure"?}. Those who deliver go first: it is counted in slices.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "listen/gate.h"
#include "listen/listener.h"
#include "listen/pulse.h"

#define ROWS_AT_ONCE 2000

struct pulsing {
	struct job *job;
	struct span only;                  /* "" all */
	struct command_position position;
	bool ended;
};

static void
tell(struct pulsing *pulsing, const struct pulse_listener *listener)
{
	struct jsonout out = json_to(pulsing->job->out);
	int64_t now = pulsing->job->now, sums[PULSE__MAX] = { 0 };
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
	buf_putc(pulsing->job->out, '\n');
}

static bool
next(struct txn *txn, void *arg)
{
	struct pulsing *pulsing = arg;
	struct span position, name;
	struct json_object *doc = doc_next(txn, kind_listener.name,
	    command_position(&pulsing->position), &position);
	const struct pulse_listener *listener;

	pulsing->ended = doc == NULL;
	if (doc == NULL)
		return false;
	name = doc_full_name(txn_arena(txn), doc);
	if (pulsing->only.n == 0 || span_eq(name, pulsing->only)) {
		listener = pulse_of(txn, pulsing->job->gate->pulse, name, pulsing->job->now,
		    ROWS_AT_ONCE);
		if (listener == NULL)
			return true; /* and once more */
		tell(pulsing, listener);
	}
	command_position_set(&pulsing->position, position);
	return true;
}

static void
some(struct txn *txn, void *arg)
{
	struct pulsing *pulsing = arg;

	command_visit(txn, pulsing->job, next, pulsing);
}

static enum job_state
pulse_step(struct job *job)
{
	struct pulsing *pulsing = job->state;

	if (pulsing == NULL) {
		pulsing = job->state = arena_alloc(job->arena, sizeof *pulsing);
		pulsing->job = job;
		pulsing->only = json_string(job->args, "listener");
	}
	return command_run(job, STORE_READ, some, pulsing) && !pulsing->ended ? JOB_MORE : JOB_DONE;
}

const struct command command_pulse = { .name = "pulse", .step = pulse_step };
