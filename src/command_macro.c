/* SPDX-License-Identifier: ISC */
/*
 * macro-run {"macro", "target": {"kind"?, "id"? or "email"?}, "preview"?}: by
 * hand, without a listener and with an empty payload. A preview does all but
 * the commit.
 */
#include "command_private.h"

#include "doc_check.h"
#include "journal.h"
#include "json.h"
#include "macro.h"
#include "people.h"

#include <string.h>

struct by_hand {
	struct job *job;
	struct request request;
	struct delivery delivery;
	bool repeated;
};

/* A user by id, e-mail or username; a ticket by id. */
static bool
find_target(struct txn *txn, struct by_hand *hand, enum record record)
{
	struct json_object *target = json_get(hand->job->args, "target");
	struct span kind = json_string(target, "kind"), name = json_string(target, "id");
	const char *what = record_name(record);

	if (kind.n > 0 && !span_is(kind, what))
		return txn_fail(txn, FAULT_USAGE, "the macro is for %s automation, not for a "
		    "target of kind \"%s\"", what, doc_short(txn_arena(txn), kind));
	if (name.n == 0)
		name = json_string(target, "email");
	if (name.n == 0)
		return txn_fail(txn, FAULT_USAGE, "the target needs an \"id\" or an \"email\"");
	hand->delivery.target = (struct target){ .record = record };
	hand->delivery.target.id = json_string(
	    kind_by_name(span_of(what))->get(txn, name), "id");
	return hand->delivery.target.id.n > 0 || txn_fail(txn, FAULT_UNKNOWN_TARGET,
	    "there is no %s \"%s\"", what, doc_short(txn_arena(txn), name));
}

static void
run(struct txn *txn, void *arg)
{
	struct by_hand *hand = arg;
	struct delivery *delivery = &hand->delivery;
	struct span project, key;
	const struct macro *macro;

	hand->repeated = command_repeated(txn, hand->job);
	if (hand->repeated)
		return;
	doc_name_split(json_string(hand->job->args, "macro"), &project, &key);
	macro = macro_load(txn, txn_arena(txn), project, key);
	if (macro == NULL || !find_target(txn, hand, macro_record(macro)))
		return;
	delivery->arena = txn_arena(txn);
	delivery->payload = json_new_object(txn_arena(txn));
	facts_of_delivery(txn, delivery);
	macro_run(txn, delivery, macro);
}

static void
tell(struct by_hand *hand)
{
	struct jsonout out = json_to(hand->job->out);

	json_open(&out, '{');
	if (hand->repeated) {
		json_key(&out, "repeated");
		json_boolean(&out, true);
	}
	json_key(&out, "steps");
	journal_steps(&out, &hand->delivery);
	json_key(&out, "effects");
	json_open(&out, '[');
	for (struct effect *effect = hand->delivery.effects; effect != NULL;
	    effect = effect->next) {
		json_open(&out, '{');
		json_member(&out, "action", span_of(effect->action));
		json_member(&out, "result", effect->result);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_close(&out, '}');
	buf_putc(hand->job->out, '\n');
}

static enum job_state
run_step(struct job *job)
{
	bool preview = json_flag(job->args, "preview", false);
	struct by_hand hand = { .job = job };
	struct span macro;

	if (!command_text(job, "macro", &macro))
		return JOB_DONE;
	hand.request = (struct request){ .method = SPAN("POST"), .body = SPAN("{}") };
	/* Without an id: there is no entry in the log that it could name. */
	hand.delivery = (struct delivery){ .now = job->now, .request = &hand.request,
		.explain = preview };
	if (command_run(job, preview ? STORE_DRY : STORE_WRITE, run, &hand) ||
	    hand.delivery.steps != NULL)
		tell(&hand);
	return JOB_DONE;
}

const struct command command_macro_run = { .name = "macro-run", .step = run_step };
