/* SPDX-License-Identifier: ISC */
/* What happens when a macro runs, action by action. */
#include "act/macro_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/outbox.h"
#include "record/doc_check.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

/* Beyond what any sender may have passed through: the courier stops at less. */
#define HOPS_MAX 100

/* Of one delivery, with everything that run-macro brings in. */
#define RUN_ACTIONS (MACRO_ACTIONS * 10)
#define ACTIONS_OF_TARGET 10

bool
macro_render(struct macro_run *run, const struct tag *tag, size_t limit,
    const char *what, struct span *text_r)
{
	return macro_render_told(run, tag, limit, what, text_r, NULL, NULL);
}

bool
macro_render_told(struct macro_run *run, const struct tag *tag, size_t limit,
    const char *what, struct span *text_r, void (*value)(void *arg, size_t from, size_t to),
    void *arg)
{
	struct delivery *delivery = run->delivery;
	struct buf out = { 0 };
	bool good = tag_render_told(tag, &delivery->facts, delivery->arena, limit, &out, value,
	    arg);

	*text_r = buf_keep(&out, delivery->arena);
	if (!good)
		txn_fail(run->txn, FAULT_MACRO_FAILED, "%s would be longer than %zu bytes",
		    what, limit);
	else if (text_has_nul(*text_r))
		txn_fail(run->txn, FAULT_MACRO_FAILED, "%s " TEXT_NUL, what);
	return good && txn_ok(run->txn);
}

const char *
macro_skip(struct macro_run *run, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	run->skipped = true;
	return arena_printf(run->delivery->arena, "%s", text);
}

static struct json_object *
target_json(struct arena *arena, const struct target *target)
{
	struct json_object *json = json_new_object(arena);

	json_set_text(json, "kind", span_of(record_name(target->record)));
	json_set_text(json, "id", target->id);
	return json;
}

struct json_object *
macro_parcel_new(struct macro_run *run, const char *kind)
{
	static const struct id none;
	const struct delivery *delivery = run->delivery;
	struct json_object *parcel = json_new_object(delivery->arena);
	char id[ID_TEXT_SIZE];
	int64_t hops;

	json_set_text(parcel, "kind", span_of(kind));
	if (memcmp(&delivery->id, &none, sizeof none) != 0)
		json_set_text(parcel, "delivery", span_of(id_text(delivery->id, id)));
	if (delivery->listener_name.n > 0)
		json_set_text(parcel, "listener", delivery->listener_name);
	json_set_text(parcel, "macro", run->macro->full_name);
	json_set(parcel, "target",
	    json_share(target_json(delivery->arena, &delivery->target)));
	/* A loop of webhooks through our own listeners is counted, and so stopped. */
	if (delivery->request != NULL && text_integer(request_header(delivery->request,
	        "x-earshot-hops"), &hops) && hops > 0)
		json_set_int(parcel, "hops", hops > HOPS_MAX ? HOPS_MAX : hops);
	return parcel;
}

bool
macro_parcel_add(struct macro_run *run, struct span identity, struct json_object *doc)
{
	struct macro_parcel *parcel;

	for (parcel = run->parcels; parcel != NULL; parcel = parcel->next)
		if (span_eq(parcel->identity, identity))
			return false;
	if (!allowance_parcels(run->txn, run->delivery->allowance, 1))
		return false;
	parcel = arena_alloc(run->delivery->arena, sizeof *parcel);
	*parcel = (struct macro_parcel){ .identity = identity, .doc = doc };
	*run->parcels_end = parcel;
	run->parcels_end = &parcel->next;
	return true;
}

/* The last comparison that `when` made, for a dry run. */
static void
keep_comparison(void *arg, struct span expression, struct span left,
    const char *operator, struct span right, bool result)
{
	struct buf *text = arg;

	text->n = 0;
	buf_span(text, expression);
	buf_printf(text, " (%.*s %s %.*s) is %s", (int)left.n, left.p, operator,
	    (int)right.n, right.p, result ? "true" : "false");
}

static bool
when_holds(struct macro_run *run, const struct macro_action *action)
{
	struct delivery *delivery = run->delivery;
	struct buf seen = { 0 };
	struct filter_trace trace = { keep_comparison, &seen };
	bool holds = action->when == NULL || filter_match(action->when, &delivery->facts,
	    delivery->arena, delivery->explain ? &trace : NULL);

	if (!allowance_filter(run->txn, delivery->allowance))
		holds = false;
	if (!holds && txn_ok(run->txn))
		delivery_step(delivery, action->type->name, STEP_SKIPPED,
		    "its `when` does not hold%s%.*s", seen.n > 0 ? ": " : "", (int)seen.n,
		    seen.n > 0 ? seen.p : "");
	buf_free(&seen);
	return holds;
}

/* False when the action cannot act; it is skipped then, or failed. */
static bool
find_whom(struct macro_run *run, const struct action_type *type, const char **result_r)
{
	struct delivery *delivery = run->delivery;

	if (type->on == ON_NOTHING)
		return true;
	if (delivery->target.gone)
		return txn_fail(run->txn, FAULT_MACRO_FAILED,
		    "the user was deleted by an action before this one");
	if (target_doc(run->txn, delivery) == NULL)
		return txn_fail(run->txn, FAULT_MACRO_FAILED, "%s does not exist any more",
		    target_text(delivery));
	if (type->on == ON_RECORD)
		return true;
	run->user = target_user(run->txn, delivery);
	if (run->user == NULL)
		*result_r = macro_skip(run, "the submitter is gone");
	return run->user != NULL;
}

/* An action failed: which, in the trace and in the error. */
static void
blame(struct macro_run *run, size_t i, const struct action_type *type)
{
	struct error *error = txn_error(run->txn);
	char detail[sizeof error->detail];

	if (run->delivery->discreet || run->delivery->hid)
		snprintf(error->detail, sizeof error->detail, "it cannot be carried out; why, "
		    "holds what is not shown here");
	delivery_step(run->delivery, type->name, STEP_FAILED, "%s", error->detail);
	if (fault_info(error->fault)->passing || error->fault == FAULT_INTERNAL)
		return;
	/* A room below speaks of names and documents; the sender asked for a macro. */
	if (error->fault != FAULT_UNKNOWN_AUTHOR && error->fault != FAULT_TOO_MUCH_WORK &&
	    error->fault != FAULT_AUTHOR_NOT_PERMITTED)
		error->fault = FAULT_MACRO_FAILED;
	snprintf(detail, sizeof detail, "%s", error->detail);
	snprintf(error->detail, sizeof error->detail, "action %zu of %.*s (%s): %.200s",
	    i + 1, (int)(run->macro->full_name.n > 130 ? 130 : run->macro->full_name.n),
	    run->macro->full_name.p, type->name, detail);
}

static void
run_action(struct macro_run *run, size_t i)
{
	const struct macro_action *action = &run->macro->actions[i];
	struct delivery *delivery = run->delivery;
	const char *result = NULL;

	if (run->budget-- == 0)
		txn_fail(run->txn, FAULT_MACRO_FAILED,
		    "a delivery cannot run more than %d actions", RUN_ACTIONS);
	else if (run->budget % ACTIONS_OF_TARGET == 0 &&
	    !allowance_target(run->txn, delivery->allowance))
		; /* many actions are work like another target */
	else if (!when_holds(run, action) && txn_ok(run->txn))
		return;
	run->skipped = false;
	delivery->hid = false;
	if (txn_ok(run->txn) && find_whom(run, action->type, &result))
		result = action->type->run(run, action->rule);
	if (!txn_ok(run->txn)) {
		blame(run, i, action->type);
		return;
	}
	if (delivery->discreet || delivery->hid)
		result = MASK_TEXT;
	delivery_step(delivery, action->type->name, run->skipped ? STEP_SKIPPED : STEP_OK,
	    "%s", result);
	delivery_effect(delivery, action->type->name, "%s%s",
	    run->skipped ? "skipped: " : "", result);
}

/* The target's own document lists the macros that run once and did. */
static bool
ran_before(struct macro_run *run, const struct macro *macro)
{
	struct json_object *ran = json_get(target_doc(run->txn, run->delivery), "macros");

	return macro->once && doc_list_has(ran, macro->full_name);
}

static void
remember(struct macro_run *run, const struct macro *macro)
{
	struct delivery *delivery = run->delivery;
	struct json_object *doc = target_doc(run->txn, delivery);

	if (!macro->once || delivery->target.gone)
		return;
	json_append(doc_list_of(delivery->arena, doc, "macros"),
	    json_share(json_new_text(delivery->arena, macro->full_name)));
	target_touch(delivery);
}

static bool
may_run(struct macro_run *run, const struct macro *macro)
{
	const char *why = NULL;

	if (!macro->enabled)
		why = "is switched off";
	else if (ran_before(run, macro))
		why = "ran for this target before, and runs once";
	if (why == NULL)
		return txn_ok(run->txn);
	delivery_step(run->delivery, "run-macro", STEP_SKIPPED, "%.*s %s",
	    (int)macro->full_name.n, macro->full_name.p, why);
	delivery_effect(run->delivery, "run-macro", "skipped: %.*s %s",
	    (int)macro->full_name.n, macro->full_name.p, why);
	return false;
}

void
macro_run_nested(struct macro_run *run, const struct macro *macro)
{
	const struct macro *outer = run->macro;

	if (!may_run(run, macro))
		return;
	run->macro = macro;
	for (size_t i = 0; i < macro->action_count && txn_ok(run->txn); i++)
		run_action(run, i);
	if (txn_ok(run->txn))
		remember(run, macro);
	run->macro = outer;
}

static void
tell_parcel(struct delivery *delivery, struct json_object *parcel)
{
	if (delivery->parcels == NULL)
		delivery->parcels = json_new_array(delivery->arena);
	json_append(delivery->parcels, json_share(parcel));
}

void
macro_run(struct txn *txn, struct delivery *delivery, const struct macro *macro)
{
	struct macro_run run = {
		.txn = txn, .delivery = delivery, .macro = macro, .budget = RUN_ACTIONS,
		.parcels_end = &run.parcels,
	};

	if (macro->record != delivery->target.record) {
		txn_fail(txn, FAULT_MACRO_FAILED, "the macro %.*s is for %s automation, not for %s",
		    (int)macro->full_name.n, macro->full_name.p, record_name(macro->record),
		    target_text(delivery));
		return;
	}
	delivery->project = macro->project;
	if (delivery->roots == NULL || delivery->txn != txn)
		facts_of_delivery(txn, delivery);
	macro_run_nested(&run, macro);
	if (!txn_ok(txn))
		return;
	target_save(txn, delivery);
	for (struct macro_parcel *p = run.parcels; p != NULL; p = p->next) {
		if (delivery->explain)
			tell_parcel(delivery, p->doc);
		outbox_add(txn, p->doc, delivery->now, delivery->now);
	}
}
