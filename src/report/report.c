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
#include "store/store.h"

#include <string.h>

/* Of the log, which has no documents that people write: what entries tell. */
static const struct member delivery_members[] = {
	{ "at", MEMBER_TIME, 0, .label = "Arrived", .report = 1 },
	{ "listener", MEMBER_STRING, 0, .label = "Listener", .report = 2 },
	{ "outcome", MEMBER_STRING, 0, .label = "Outcome", .report = 3 },
	/* Only when they are named: they stand in the entries alone. */
	{ "type", MEMBER_STRING, 0, .label = "Type" },
	{ "event", MEMBER_STRING, 0, .label = "Event" },
	{ .name = NULL },
};

static const struct subject {
	const char *name, *title, *unit;
} subjects[] = {
	{ "user", "Users", "users" },
	{ "feedback", "Feedback", "tickets" },
	{ "project", "Projects", "projects" },
	{ "comment", "Comments", "comments" },
	{ "delivery", "Deliveries", "deliveries" },
};
#define SUBJECTS (sizeof subjects / sizeof subjects[0])

static const enum summary_type type_of_group[] = {
	[GROUP_BOOLEAN] = SUMMARY_BOOLEAN, [GROUP_DATETIME] = SUMMARY_TIME,
	[GROUP_INTEGER] = SUMMARY_INTEGER, [GROUP_STRING] = SUMMARY_TEXT,
};
static const enum summary_type type_of_record[] = {
	[RECORD_BOOLEAN] = SUMMARY_BOOLEAN, [RECORD_TIME] = SUMMARY_TIME,
	[RECORD_INTEGER] = SUMMARY_INTEGER, [RECORD_TEXT] = SUMMARY_TEXT,
};

static void
group_field(struct report *report, const struct group *group, size_t i,
    struct report_field *field)
{
	*field = (struct report_field){
		.name = arena_copy(report->arena, group->fields[i].path),
		.label = arena_copy(report->arena, group->fields[i].label),
		.path = arena_copy(report->arena, group->fields[i].path),
		.type = type_of_group[group->fields[i].type],
	};
}

/* "score" of "user.score": the name without that of its root. */
static struct span
without_root(const struct report *report, struct span name)
{
	const char *root = report->of_records ? record_name(report->record)
	                                      : report->kind->name;
	size_t n = strlen(root);

	if (name.n > n + 1 && memcmp(name.p, root, n) == 0 && name.p[n] == '.')
		return (struct span){ name.p + n + 1, name.n - n - 1 };
	return name;
}

/* What can be counted of the report's subject. */
static const struct member *
members_of(const struct report *report)
{
	if (report->of_records)
		return schema_of_record(report->record);
	return report->kind == &kind_delivery ? delivery_members : report->kind->members[0];
}

static enum summary_type
summary_of(const struct member *member)
{
	switch (member->type) {
	case MEMBER_INTEGER:
		return SUMMARY_INTEGER;
	case MEMBER_TIME:
		return SUMMARY_TIME;
	case MEMBER_BOOLEAN:
		return SUMMARY_BOOLEAN;
	default:
		return SUMMARY_TEXT;
	}
}

/* A member of the record's document that stands in the index, or of the entries. */
static bool
member_field(struct report *report, struct span path, struct report_field *field)
{
	const struct member *member = schema_member(members_of(report), path);
	struct record_path known;

	*field = (struct report_field){ .name = arena_copy(report->arena, path) };
	field->path = field->label = field->name;
	if (!report->of_records) {
		if (member == NULL || (member->report == 0 && members_of(report) != delivery_members))
			return false;
		field->label = span_of(schema_label(member));
		field->type = summary_of(member);
		return true;
	}
	if (!record_path(report->record, path, &known))
		return false;
	field->type = type_of_record[known.type];
	field->any_type = known.any_type;
	field->list = known.list;
	if (span_starts(path, "fields.")) {
		field->list = true;
		field->label = (struct span){ field->name.p + 7, field->name.n - 7 };
	} else if (member != NULL && member->report > 0) {
		field->label = span_of(schema_label(member));
	}
	return true;
}

static bool
no_field(struct txn *txn, const struct report *report, const struct group *group,
    struct span name)
{
	struct text_nearest nearest = text_nearest_to(without_root(report, name));

	for (size_t i = 0; group != NULL && i < group->field_count; i++) {
		text_nearest_try(&nearest, group->fields[i].parameter);
		text_nearest_try(&nearest, group->fields[i].label);
	}
	for (const struct member *m = members_of(report); m->name != NULL; m++)
		if (m->report > 0 || members_of(report) == delivery_members)
			text_nearest_try(&nearest, span_of(m->name));
	return txn_fail(txn, FAULT_USAGE, "%s have no field \"%s\" that can be counted%s%.*s%s",
	    report->unit, doc_short(txn_arena(txn), name),
	    nearest.found.p != NULL ? "; did you mean \"" : "", (int)nearest.found.n,
	    nearest.found.p != NULL ? nearest.found.p : "",
	    nearest.found.p != NULL ? "\"?" : "");
}

/* By any name that it has here. */
static bool
named_field(struct txn *txn, struct report *report, const struct group *group,
    struct span name, struct report_field *field)
{
	struct group_named named;
	struct span inside;

	if (group != NULL) {
		inside = span_of(arena_printf(txn_arena(txn), "%s.%.*s", group->path.p,
		    (int)name.n, name.p));
		if (group_named(txn, report->record, group->project, inside, &named) &&
		    span_eq(named.group->full_name, group->full_name)) {
			group_field(report, group, named.field, field);
			return true;
		}
	}
	if (report->of_records && span_starts(name, "data.")) {
		if (group_named(txn, report->record, report->project, name, &named)) {
			group_field(report, named.group, named.field, field);
			return true;
		}
		return txn_fail(txn, FAULT_USAGE, "%s have no external data \"%s\"",
		    report->unit, doc_short(txn_arena(txn), name));
	}
	return member_field(report, without_root(report, name), field) ||
	    no_field(txn, report, group, name);
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
usual_fields(struct txn *txn, struct report *report, const struct group *group)
{
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
	while ((member = schema_reported(members_of(report), ++place)) != NULL)
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
chosen_fields(struct txn *txn, struct report *report, const struct group *group)
{
	const struct report_ask *ask = &report->ask;

	for (size_t i = 0; i < ask->field_count; i++, report->field_count++)
		if (!named_field(txn, report, group, ask->fields[i], next_field(report)))
			return false;
	return true;
}

static bool
of_subject(struct report *report, struct span name)
{
	for (size_t i = 0; i < SUBJECTS; i++) {
		if (!span_is(name, subjects[i].name))
			continue;
		report->title = span_of(subjects[i].title);
		report->unit = subjects[i].unit;
		report->of_records = record_by_name(name, &report->record);
		report->kind = span_is(name, kind_delivery.name) ? &kind_delivery
		                                                 : kind_by_name(name);
		return true;
	}
	return false;
}

/* The records of a saved view, and those of its columns that can be counted. */
static bool
of_view(struct txn *txn, struct report *report, struct span project, struct span key)
{
	struct select_ask view;

	if (!select_view(txn, report->arena, project, key, &view))
		return false;
	of_subject(report, span_of(record_name(view.record)));
	report->title = json_string(doc_load(txn, "view", project, key), "name");
	report->title = arena_copy(report->arena, report->title.n > 0 ? report->title : key);
	report->project = view.project;
	report->ask.filter = select_both(report->arena, view.filter, report->ask.filter);
	report->columns = view.columns;
	report->column_count = view.column_count;
	return true;
}

static const struct group *
of_group(struct txn *txn, struct report *report, struct span name)
{
	const struct group *group;
	struct span project, key;

	if (span_starts(name, "data."))
		name = (struct span){ name.p + 5, name.n - 5 };
	doc_name_split(name, &project, &key);
	group = group_load(txn, report->arena, project, key);
	if (group == NULL && txn_ok(txn)) {
		if (doc_exists(txn, "view", project, key))
			of_view(txn, report, project, key);
		else
			txn_fail(txn, FAULT_NOT_FOUND, "there is no group and no view \"%s\"; a report "
			    "is of one of these, or of user, feedback, project, comment or delivery",
			    doc_short(txn_arena(txn), name));
		return NULL;
	}
	of_subject(report, span_of(record_name(group->record)));
	report->title = group->name.n > 0 ? group->name : group->full_name;
	report->project = group->project;
	return group;
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

bool
report_resolve(struct txn *txn, struct report *report)
{
	const struct report_ask *ask = &report->ask;
	const struct group *group = NULL;

	if (!of_subject(report, ask->of))
		group = of_group(txn, report, ask->of);
	if (!txn_ok(txn))
		return false;
	if (!compile_filter(txn, report) || !(ask->field_count > 0
	        ? chosen_fields(txn, report, group) : usual_fields(txn, report, group)))
		return false;
	if (ask->by.n > 0) {
		report->by = arena_alloc(report->arena, sizeof *report->by);
		if (!named_field(txn, report, group, ask->by, report->by))
			return false;
	}
	return true;
}
