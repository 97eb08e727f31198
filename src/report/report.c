/* SPDX-License-Identifier: ISC */
/* What is asked for: whose fields, which of them, of which type. */
#include "report/report_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/group.h"
#include "community/names.h"
#include "community/select.h"
#include "lang/filter.h"
#include "listen/journal.h"
#include "listen/register.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/scope.h"
#include "store/store.h"

#include <string.h>

const char *const report_numbers[REPORT__NUMBERS] = { "count", "sum", "mean" };

static const enum summary_type types[] = {
	[RECORD_BOOLEAN] = SUMMARY_BOOLEAN, [RECORD_TIME] = SUMMARY_TIME,
	[RECORD_INTEGER] = SUMMARY_INTEGER, [RECORD_TEXT] = SUMMARY_TEXT,
};

static void
set_field(struct report_field *field, const struct countable_field *of)
{
	*field = (struct report_field){ .name = of->name, .label = of->label, .path = of->path,
		.source = of->source, .type = types[of->type], .any_type = of->any_type,
		.list = of->list };
}

static void
group_field(struct report *report, const struct group *group, size_t i,
    struct report_field *field)
{
	struct countable_field of;

	countable_data(report->arena, group, i, &of);
	set_field(field, &of);
}

static bool
member_field(struct report *report, struct span name, struct report_field *field)
{
	struct countable_field of;

	if (!countable_member(report->arena, report->subject, name, &of))
		return false;
	set_field(field, &of);
	return true;
}

static bool
named_field(struct txn *txn, struct report *report, struct span name,
    struct report_field *field)
{
	const struct countable_scope scope = { report->subject, report->group, report->project };
	struct countable_field of;

	if (!countable_field(txn, report->arena, &scope, name, &of))
		return false;
	set_field(field, &of);
	return true;
}

/* Room for one more, which counts when field_count does. */
static struct report_field *
next_field(struct report *report)
{
	report->fields = arena_grow(report->arena, report->fields, report->field_count,
	    &report->field_room, sizeof *report->fields);
	return &report->fields[report->field_count];
}

/* Of the columns of a view, what stands in the index. */
static void
column_fields(struct txn *txn, struct report *report)
{
	struct group_named named;

	for (size_t i = 0; i < report->column_count; i++) {
		struct report_field *field = next_field(report);
		struct span name = report->columns[i];

		if (!span_starts(name, "data.")) {
			report->field_count += member_field(report, name, field);
		} else if (group_named(txn, report->record, report->project, name, &named)) {
			group_field(report, named.group, named.field, field);
			report->field_count++;
		}
	}
}

static bool
usual_fields(struct txn *txn, struct report *report)
{
	const struct group *group = report->group;
	struct span path = SPAN("fields.");
	const struct member *member;
	unsigned place = 0;

	if (group != NULL) {
		for (size_t i = 0; i < group->field_count; i++, report->field_count++)
			group_field(report, group, i, next_field(report));
		return true;
	}
	if (report->column_count > 0) {
		column_fields(txn, report);
		return txn_ok(txn);
	}
	while ((member = schema_reported(countable_members(report->subject), ++place)) != NULL)
		report->field_count += member_field(report, span_of(member->name),
		    next_field(report));
	/* And all fields.* that somebody has. */
	while (report->of_records && record_path_next(txn, report->record, path, &path) &&
	    span_starts(path, "fields."))
		report->field_count += member_field(report, path, next_field(report));
	for (size_t i = 0; i < report->field_count; i++)
		report->fields[i].optional = true;
	return txn_ok(txn);
}

static bool
chosen_fields(struct txn *txn, struct report *report)
{
	const struct report_ask *ask = &report->ask;

	for (size_t i = 0; i < ask->field_count; i++, report->field_count++)
		if (!named_field(txn, report, ask->fields[i], next_field(report)))
			return false;
	return true;
}

static void
of_subject(struct report *report, const struct countable *subject)
{
	report->subject = subject;
	report->title = span_of(subject->title);
	report->unit = subject->unit;
	report->of_records = subject->of_records;
	report->record = subject->record;
	report->kind = strcmp(subject->name, kind_delivery.name) == 0 ? &kind_delivery
	    : kind_by_name(span_of(subject->name));
}

/* What stands in a project is counted there alone. False after FAULT_USAGE. */
static bool
in_project(struct txn *txn, struct report *report, const char *kind, struct span project,
    struct span key)
{
	if (project.n > 0 && report->project.n > 0 && !span_eq(project, report->project))
		return txn_fail(txn, FAULT_USAGE, "the %s \"%.*s\" is of project %.*s, not of %.*s",
		    kind, (int)key.n, key.p, (int)project.n, project.p, (int)report->project.n,
		    report->project.p);
	if (project.n > 0)
		report->project = arena_copy(report->arena, project);
	return true;
}

static struct span
titled(struct report *report, struct json_object *doc)
{
	struct span name = json_string(doc, "name");

	return arena_copy(report->arena, name.n > 0 ? name : json_string(doc, "key"));
}

/* The records of a saved view, and those of its columns that can be counted. */
static bool
of_view(struct txn *txn, struct report *report, struct span project, struct span key)
{
	struct select_ask view;

	if (!in_project(txn, report, "view", project, key) ||
	    !select_view(txn, report->arena, project, key, &view))
		return false;
	of_subject(report, countable_of(view.record));
	report->title = titled(report, doc_load(txn, "view", project, key));
	report->ask.filter = select_both(report->arena, view.filter, report->ask.filter);
	report->columns = view.columns;
	report->column_count = view.column_count;
	return true;
}

static bool
of_group(struct txn *txn, struct report *report, struct span project, struct span key)
{
	const struct group *group = group_load(txn, report->arena, project, key);

	if (group == NULL || !in_project(txn, report, "group", project, key))
		return false;
	of_subject(report, countable_of(group->record));
	report->group = group;
	report->title = group->name.n > 0 ? group->name : group->full_name;
	return true;
}

static bool resolve_of(struct txn *txn, struct report *report, struct span name, bool named);

/* What is not asked for is as the document has it; a filter narrows its own. */
static bool
of_named(struct txn *txn, struct report *report, struct span project, struct span key)
{
	struct arena *arena = report->arena;
	struct json_object *doc = doc_load(txn, "report", project, key);
	struct report_ask *ask = &report->ask;
	struct span filter = ask->filter;

	if (!in_project(txn, report, "report", project, key))
		return false;
	ask->filter = arena_copy(arena, json_string(doc, "filter"));
	if (!resolve_of(txn, report, json_string(doc, "of"), false))
		return false;
	ask->filter = select_both(arena, ask->filter, filter);
	report->title = titled(report, doc);
	if (ask->by.n == 0)
		ask->by = arena_copy(arena, json_string(doc, "by"));
	if (ask->field_count == 0)
		ask->fields = doc_list_spans(arena, json_get(doc, "fields"), &ask->field_count);
	for (enum summary_period p = SUMMARY_AUTO; ask->period == SUMMARY_AUTO &&
	    p < SUMMARY__PERIODS; p++)
		if (span_is(json_string(doc, "period"), summary_periods[p]))
			ask->period = p;
	for (int number = REPORT_SUM; ask->number == REPORT_COUNT && number < REPORT__NUMBERS; number++)
		if (span_is(json_string(doc, "number"), report_numbers[number]))
			ask->number = (enum report_number)number;
	return true;
}

/* A kind of what is counted, and the word before its name that tells it from the others. */
static const struct source {
	const char *kind, *prefix;
	bool (*of)(struct txn *txn, struct report *report, struct span project, struct span key);
} sources[] = {
	{ "report", "report.", of_named },
	{ "group", "data.", of_group },
	{ "view", "view.", of_view },
};
#define SOURCES (sizeof sources / sizeof sources[0])

/* named: reports are looked for, too. */
static bool
resolve_of(struct txn *txn, struct report *report, struct span name, bool named)
{
	const struct countable *subject = countable_by_name(name);
	struct span project, key;

	if (subject != NULL) {
		of_subject(report, subject);
		return true;
	}
	for (int bare = 0; bare < 2; bare++)
		for (size_t i = named ? 0 : 1; i < SOURCES; i++) {
			size_t n = strlen(sources[i].prefix);
			struct span rest = name;

			if (!bare && !span_starts(name, sources[i].prefix))
				continue;
			if (!bare)
				rest = (struct span){ name.p + n, name.n - n };
			if (scope_find(txn, sources[i].kind, report->project, rest, &project, &key))
				return sources[i].of(txn, report, project, key);
		}
	return txn_fail(txn, FAULT_NOT_FOUND, "there is no report, no group and no view \"%s\"; a "
	    "report is of one of these, or of user, feedback, project, comment or delivery",
	    doc_short(txn_arena(txn), name));
}

static bool
compile_filter(struct txn *txn, struct report *report)
{
	const char *const names[] = { report->kind->name, NULL };
	const struct filter_roots roots = { .names = names };
	const struct names known = { .txn = txn, .arena = txn_arena(txn), .own = report->kind };
	struct filter_error wrong;

	if (report->of_records || report->ask.filter.n == 0)
		return true;
	report->filter = filter_compile(report->arena, report->ask.filter, &roots, &wrong);
	if (report->filter != NULL && names_check_filter(&known, report->filter, &wrong))
		return true;
	return txn_fail(txn, FAULT_USAGE, "the filter: %s",
	    filter_error_show(txn_arena(txn), &wrong, report->ask.filter));
}

/* Of records a selection says it; before anything is counted. */
static bool
check_filter(struct txn *txn, struct report *report)
{
	const struct select_ask ask = { .record = report->record, .project = report->project,
		.filter = report->ask.filter, .now = report->ask.now, .names = true };
	struct select *select;

	if (!report->of_records || ask.filter.n == 0)
		return true;
	select = select_new(report->arena, &ask);
	if (!select_begin(txn, select))
		return false;
	select_end(select);
	return true;
}

/* Sums and averages are of integers, for each value of something else. */
static bool
only_integers(struct txn *txn, struct report *report)
{
	size_t kept = 0;

	if (report->by == NULL)
		return txn_fail(txn, FAULT_USAGE, "a %s is told for each value of a field: say which by "
		    "\"by\"", report_numbers[report->ask.number]);
	for (size_t i = 0; i < report->field_count; i++) {
		struct report_field *field = &report->fields[i];

		if (field->type == SUMMARY_INTEGER || field->any_type)
			report->fields[kept++] = *field;
		else if (report->ask.field_count > 0)
			return txn_fail(txn, FAULT_USAGE, "%.*s has no %s: it is no integer",
			    (int)field->name.n, field->name.p, report_numbers[report->ask.number]);
	}
	report->field_count = kept;
	return kept > 0 || txn_fail(txn, FAULT_USAGE, "there is no integer to make a %s of; choose "
	    "another field", report_numbers[report->ask.number]);
}

bool
report_resolve(struct txn *txn, struct report *report)
{
	const struct report_ask *ask = &report->ask;

	report->project = ask->project;
	if (ask->project.n > 0 && !record_exists(txn, RECORD_PROJECT, ask->project))
		return txn_fail(txn, FAULT_NOT_FOUND, "there is no project \"%s\"",
		    doc_short(txn_arena(txn), ask->project));
	if (!resolve_of(txn, report, ask->of, true) || (ask->may_read != NULL &&
	    !ask->may_read(ask->arg, txn, report->project)))
		return false;
	if (report->record == RECORD_PROJECT && report->of_records && report->project.n > 0 &&
	    report->group == NULL)
		return txn_fail(txn, FAULT_USAGE, "a report of projects is of all");
	if (!compile_filter(txn, report) || !(ask->field_count > 0
	        ? chosen_fields(txn, report) : usual_fields(txn, report)))
		return false;
	if (ask->by.n > 0) {
		report->by = arena_alloc(report->arena, sizeof *report->by);
		if (!named_field(txn, report, ask->by, report->by))
			return false;
	}
	return ask->number == REPORT_COUNT || only_integers(txn, report);
}

/* ---- what can be asked for */

static void
put_offer(struct jsonout *out, const struct report_field *field, const char *heading,
    struct span of, bool usual)
{
	static const char *const names[] = { [SUMMARY_BOOLEAN] = "boolean",
		[SUMMARY_INTEGER] = "integer", [SUMMARY_TIME] = "datetime", [SUMMARY_TEXT] = "string" };

	json_open(out, '{');
	json_member(out, "field", field->name);
	json_member(out, "label", field->label);
	json_member(out, "heading", of.n > 0 ? of : span_of(heading));
	json_member(out, "type", span_of(field->any_type ? "any" : names[field->type]));
	if (usual)
		json_member_bool(out, "usual", true);
	json_close(out, '}');
}

static bool
is_usual(const struct report *report, struct span path)
{
	for (size_t i = 0; i < report->field_count; i++)
		if (span_eq(report->fields[i].path, path))
			return true;
	return false;
}

static void
offer_group(struct report *report, const struct group *group, struct jsonout *out)
{
	struct report_field field;

	for (size_t i = 0; i < group->field_count; i++) {
		group_field(report, group, i, &field);
		put_offer(out, &field, "", group->name, is_usual(report, field.path));
	}
}

static void
offer_members(struct txn *txn, struct report *report, struct jsonout *out)
{
	struct span path = SPAN("fields.");
	struct report_field field;

	for (const struct member *m = countable_members(report->subject); m->name != NULL; m++)
		if (member_field(report, span_of(m->name), &field) &&
		    (m->report > 0 || !report->of_records))
			put_offer(out, &field, report->subject->title, SPAN(""),
			    is_usual(report, field.path));
	while (report->of_records && record_path_next(txn, report->record, path, &path) &&
	    span_starts(path, "fields."))
		if (member_field(report, path, &field))
			put_offer(out, &field, report->subject->title, SPAN(""),
			    is_usual(report, field.path));
}

static void
put_offers(struct txn *txn, struct report *report, struct jsonout *out)
{
	struct span at = SPAN("");
	struct json_object *doc;

	json_open(out, '[');
	if (report->group != NULL)
		offer_group(report, report->group, out);
	offer_members(txn, report, out);
	while (report->of_records && (doc = doc_next(txn, "group", at, &at)) != NULL) {
		struct span project = json_string(doc, "project");
		const struct group *group;

		if (!span_is(json_string(doc, "automation"), record_name(report->record)) ||
		    (project.n > 0 && report->project.n > 0 && !span_eq(project, report->project)))
			continue;
		group = group_load(txn, report->arena, project, json_string(doc, "key"));
		if (group != NULL && (report->group == NULL ||
		    !span_eq(group->full_name, report->group->full_name)))
			offer_group(report, group, out);
	}
	json_close(out, ']');
}

bool
report_plan(struct txn *txn, struct report *report, struct jsonout *out)
{
	report->txn = txn;
	if (!report_resolve(txn, report) || !check_filter(txn, report))
		return false;
	json_open(out, '{');
	json_member(out, "kind", SPAN("plan"));
	json_member(out, "of", report->ask.of);
	json_member(out, "title", report->title);
	json_member(out, "subject", span_of(report->subject->name));
	json_member(out, "unit", span_of(report->unit));
	if (report->of_records)
		json_member(out, "record", span_of(record_name(report->record)));
	if (report->project.n > 0)
		json_member(out, "project", report->project);
	if (report->by != NULL)
		json_member(out, "by", report->by->name);
	json_key(out, "offers");
	put_offers(txn, report, out);
	json_close(out, '}');
	return txn_ok(txn);
}
