/* SPDX-License-Identifier: ISC */
/*
 * Listener type "data": typed values into a data group of the user or ticket,
 * or ("store":"project") of the listener's project. All fields are read before
 * one is stored, and every bad one is named.
 */
#include "base/json.h"
#include "base/pointer.h"
#include "community/group.h"
#include "listen/listener.h"
#include "listen/listener_example.h"
#include "record/schema.h"
#include "record/words.h"
#include "record/scope.h"
#include "store/store.h"

#define SHOWN_MAX 80 /* bytes of a value in the answer and the trace */

struct data_rule {
	const struct group *group;
	bool of_project;
};

static const struct word words_stores[] = { { "The project of the listener", "project" },
	{ NULL, NULL } };

static const struct member members[] = {
	{ "group", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "External Data",
	    .names = "group", .hint = "the External Data Group that keeps the values: its key" },
	{ "store", MEMBER_STRING, MEMBER_FILLED, .label = "Kept for",
	    .hint = "left open: the user or ticket that the delivery is about",
	    .words = words_stores },
	{ .name = NULL },
};

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span own = json_string(doc, "project"), store = json_string(doc, "store");
	struct span name = json_string(doc, "group"), project, key, automation;
	struct span wanted = json_string(doc, "automation");

	if (store.n > 0) {
		if (!span_is(store, "project"))
			complain(complaints, "/store", "store can only be \"project\"");
		else if (own.n == 0)
			complain(complaints, "/store",
			    "a listener without a project cannot store for its project");
		wanted = SPAN("project");
	}
	if (!scope_find(txn, "group", own, name, &project, &key)) {
		complain(complaints, "/group", "there is no group '%.*s'", (int)name.n, name.p);
		return;
	}
	automation = json_string(doc_load(txn, "group", project, key), "automation");
	if (!span_eq(automation, wanted))
		complain(complaints, "/group", "the group '%.*s' has the automation "
		    "\"%.*s\", it would have to be \"%.*s\"", (int)name.n, name.p,
		    (int)automation.n, automation.p, (int)wanted.n, wanted.p);
}

static void *
compile(struct txn *txn, struct arena *arena, struct json_object *doc)
{
	struct data_rule *rule = arena_alloc(arena, sizeof *rule);
	struct span name = json_string(doc, "group"), project, key;

	if (scope_find(txn, "group", json_string(doc, "project"), name, &project, &key))
		rule->group = group_load(txn, arena, project, key);
	if (rule->group == NULL) {
		txn_fail(txn, FAULT_INTERNAL, "the group '%.*s' was removed", (int)name.n,
		    name.p);
		return NULL;
	}
	rule->of_project = json_string(doc, "store").n > 0;
	return rule;
}

static void
describe(const void *rule, struct jsonout *parameters)
{
	const struct group *group = ((const struct data_rule *)rule)->group;

	for (size_t i = 0; i < group->field_count; i++) {
		const struct group_field *field = &group->fields[i];

		json_open(parameters, '{');
		json_member(parameters, "name", field->parameter);
		json_member(parameters, "type", span_of(group_type_name(field->type)));
		json_member_bool(parameters, "required", false);
		json_member(parameters, "description", field->label);
		json_close(parameters, '}');
	}
}

static void
example(const void *rule, struct json_object *body)
{
	static const char *const values[] = {
		[GROUP_BOOLEAN] = "true",
		[GROUP_DATETIME] = "\"2030-01-31T12:00:00Z\"",
		[GROUP_INTEGER] = "41",
		[GROUP_STRING] = "\"text\"",
	};
	const struct group *group = ((const struct data_rule *)rule)->group;
	struct arena *arena = arena_new();

	for (size_t i = 0; i < group->field_count; i++)
		listener_example_set(body, group->fields[i].parameter,
		    json_load(arena, span_of(values[group->fields[i].type])));
	arena_free(&arena);
}

/* The sentence quotes what came, unless that is masked. */
static void
refuse_value(struct delivery *delivery, struct span parameter, enum group_type type,
    struct json_object *value, const char *wrong)
{
	if (mask_covers(&delivery->masked, value))
		wrong = arena_printf(delivery->arena, "a value of the type %s is expected",
		    group_type_name(type));
	delivery_bad_field(delivery, parameter, wrong);
}

/* Values that are older than the stored ones do not replace them. */
static bool
read_event_time(struct txn *txn, struct delivery *delivery, int64_t *time_r)
{
	struct span parameter = delivery->listener->event_time;
	struct json_object *value = NULL;
	const struct group_reading how = { .zone = delivery->listener->zone };
	struct group_value time;
	const char *wrong;

	*time_r = 0;
	if (parameter.n == 0)
		return true;
	if (!pointer_get(delivery->payload, parameter, &value) || value == NULL)
		return txn_fail(txn, FAULT_MISSING_PARAMETER,
		    "the parameter '%.*s', the time of the event, is missing from the body",
		    (int)parameter.n, parameter.p);
	if (group_value_read(delivery->arena, GROUP_DATETIME, &how, value, &time, &wrong))
		*time_r = time.number;
	else
		refuse_value(delivery, parameter, GROUP_DATETIME, value, wrong);
	return true;
}

static void
fail_missing(struct txn *txn, const struct group *group)
{
	struct buf names = { 0 };

	for (size_t i = 0; i < group->field_count && names.n < 200; i++) {
		buf_puts(&names, i == 0 ? "" : ", ");
		buf_span(&names, group->fields[i].parameter);
	}
	txn_fail(txn, FAULT_MISSING_PARAMETER,
	    "none of the parameters of the group is in the body: %.*s", (int)names.n,
	    names.p);
	buf_free(&names);
}

static void
fail_bad(struct txn *txn, const struct bad_field *bad)
{
	struct buf text = { 0 };
	size_t count = 0;

	for (; bad != NULL; bad = bad->next)
		buf_printf(&text, "%s%.*s: %.*s", count++ == 0 ? "" : "; ",
		    (int)bad->parameter.n, bad->parameter.p, (int)bad->sentence.n,
		    bad->sentence.p);
	txn_fail(txn, FAULT_BAD_VALUE, "%zu bad value%s: %.*s", count,
	    count == 1 ? "" : "s", (int)text.n, text.p);
	buf_free(&text);
}

/* Changes parallel to the group's fields; NULL after txn_fail(). */
static struct group_change *
read_fields(struct txn *txn, struct delivery *delivery, const struct group *group)
{
	struct group_change *changes = arena_alloc(delivery->arena,
	    (group->field_count + 1) * sizeof *changes);
	/* Earlier items of a batch may have left bad fields of theirs. */
	struct bad_field **bad = delivery->bad_fields == NULL ? &delivery->bad_fields
	                                                      : delivery->bad_fields_end;
	struct group_reading how = { .form = delivery->form, .cut = delivery->listener->cut };
	struct json_object *value;
	const char *wrong;
	size_t present = 0;
	int64_t newer_than;

	if (!read_event_time(txn, delivery, &newer_than))
		return NULL;
	for (size_t i = 0; i < group->field_count; i++) {
		const struct group_field *field = &group->fields[i];

		value = NULL;
		if (!pointer_get(delivery->payload, field->parameter, &value))
			continue;
		present++;
		changes[i].present = true;
		changes[i].newer_than = newer_than;
		how.zone = field->zone != NULL ? field->zone : delivery->listener->zone;
		if (!group_value_read(delivery->arena, field->type, &how, value,
		    &changes[i].value, &wrong))
			refuse_value(delivery, field->parameter, field->type, value, wrong);
	}
	if (*bad != NULL)
		fail_bad(txn, *bad);
	else if (present == 0)
		fail_missing(txn, group);
	return txn_ok(txn) ? changes : NULL;
}

/* "launches = 41", for people: long text is cut, secrets stay out. */
static const char *
shown(struct delivery *delivery, const struct group_field *field,
    const struct group_value *value)
{
	struct json_object *given = NULL;
	struct span text = SPAN("…"), head;

	if (value->clear)
		return arena_printf(delivery->arena, "%.*s cleared",
		    (int)field->parameter.n, field->parameter.p);
	pointer_get(delivery->payload, field->parameter, &given);
	if (!mask_covers(&delivery->masked, given))
		text = group_value_text(delivery->arena, field->type, value);
	head = text_head(text, SHOWN_MAX);
	return arena_printf(delivery->arena, "%.*s = %.*s%s", (int)field->parameter.n,
	    field->parameter.p, (int)head.n, head.p, head.n < text.n ? "…" : "");
}

static void
apply(struct txn *txn, struct delivery *delivery, const void *rule)
{
	const struct data_rule *data = rule;
	const struct group *group = data->group;
	struct group_change *changes = read_fields(txn, delivery, group);
	bool *changed;

	if (changes == NULL)
		return;
	changed = arena_alloc(delivery->arena, group->field_count + 1);
	group_store(txn, group,
	    data->of_project ? delivery->listener->project : delivery->target.id,
	    changes, delivery->id, delivery->now, changed);
	if (!txn_ok(txn))
		return;
	delivery->data = NULL; /* what tags saw before is stale */
	for (size_t i = 0; i < group->field_count; i++) {
		const char *text, *kept = changed[i] ? "" : changes[i].newer_than != 0
		    ? " (unchanged: the same or newer already)" : " (unchanged)";
		const char *cut = changes[i].value.cut ? " (cut: it was too long)" : "";

		if (!changes[i].present)
			continue;
		text = shown(delivery, &group->fields[i], &changes[i].value);
		delivery_step(delivery, "field", changed[i] ? STEP_OK : STEP_SKIPPED, "%s%s%s",
		    text, cut, kept);
		delivery_effect(delivery, "set", "%s%s%s", text, cut, kept);
	}
}

const struct listener_type listener_data = {
	.name = "data",
	.help = "Stores typed values of the user or ticket, for filters, tags and reports.",
	.dated = true,
	.command = "earshot listener create usage --type data --automation user --api-key app \\\n"
	    "    --target-match email --target-parameter email --group usage\n",
	.members = members,
	.refer = refer,
	.compile = compile,
	.describe = describe,
	.example = example,
	.apply = apply,
	.reads_parameters = true,
	.needs = "at least one of the parameters that are not required; null clears a value, and "
	    "what is absent stays as it is",
};
