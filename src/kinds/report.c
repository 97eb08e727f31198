/* SPDX-License-Identifier: ISC */
#include "kinds/report.h"

#include "base/json.h"
#include "kinds/countable.h"
#include "community/select.h"
#include "lang/filter.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/scope.h"
#include "record/words.h"
#include "store/store.h"

static const char *const periods[] = { "day", "week", "month", "year", NULL };

static const char *const numbers[] = { "count", "sum", "mean", NULL };
static const struct word words_numbers[] = { { "Average", "mean" }, { NULL, NULL } };

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 1, .asked = 1 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project" },
	{ "name", MEMBER_LINE, 0, .label = "Name", .column = 2, .asked = 2 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "of", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Of", .column = 3, .asked = 3,
	    .hint = "user, feedback, comment, delivery, or the name of a data group or a view" },
	{ "filter", MEMBER_STRING, 0, .label = "Filter",
	    .hint = "an expression such as user.score > 10 && 'phone' in user.projects" },
	{ "by", MEMBER_LINE, MEMBER_FILLED, .label = "Divided by", .column = 4,
	    .hint = "a field: each bar is divided by its values" },
	{ "fields", MEMBER_LINE, MEMBER_LIST | MEMBER_FILLED, .label = "Fields",
	    .hint = "what is counted: score, fields.plan, data.usage.launches …",
	    .item = "the name of a field" },
	{ "period", MEMBER_CHOICE, 0, .label = "Period", .choices = periods,
	    .hint = "how long the bars of dates and times are" },
	{ "number", MEMBER_CHOICE, 0, .label = "Bars show", .choices = numbers, .words = words_numbers,
	    .hint = "count; or sum or mean of integers, for each value of what divides" },
	{ "onHome", MEMBER_BOOLEAN, 0, .label = "On the home page" },
	{ .name = NULL },
};

/* Where "of" looks for a name, without the word that may stand before it. */
static bool
find_of(struct txn *txn, struct span project, struct span of, const char *kind,
    const char *prefix, struct span *project_r, struct span *key_r)
{
	size_t n = span_of(prefix).n;

	if (span_starts(of, prefix) && scope_find(txn, kind, project,
	    (struct span){ of.p + n, of.n - n }, project_r, key_r))
		return true;
	return scope_find(txn, kind, project, of, project_r, key_r);
}

/* What a failed look-up said becomes a complaint. */
static void
take_error(struct txn *txn, struct complaints *complaints, const char *pointer)
{
	struct error *error = txn_error(txn);

	if (error->fault != FAULT_USAGE)
		return;
	complain(complaints, pointer, "%s", error->detail);
	error_clear(error);
}

static void
check_fields(struct txn *txn, const struct countable_scope *scope, struct json_object *doc,
    struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *fields = json_get(doc, "fields");
	struct countable_field field;
	struct span by = json_string(doc, "by");

	if (by.n > 0 && !countable_field(txn, arena, scope, by, &field))
		take_error(txn, complaints, "/by");
	for (size_t i = 0; i < json_count(fields); i++)
		if (!countable_field(txn, arena, scope, json_span(json_at(fields, i)), &field))
			take_error(txn, complaints, arena_printf(arena, "/fields/%zu", i));
}

static void
check_filter(struct txn *txn, const struct countable_scope *scope, struct span filter,
    struct complaints *complaints)
{
	const char *const names[] = { scope->subject->name, NULL };
	const struct filter_roots roots = { .names = names };
	struct filter_error wrong;
	struct arena *arena;
	struct select_ask ask = { .record = scope->subject->record, .project = scope->project,
		.filter = filter, .names = true };
	struct select *select;

	if (filter.n == 0)
		return;
	if (!scope->subject->of_records) {
		if (filter_compile(txn_arena(txn), filter, &roots, &wrong) == NULL)
			complain(complaints, "/filter", "%s", filter_error_show(txn_arena(txn), &wrong,
			    filter));
		return;
	}
	arena = arena_new();
	select = select_new(arena, &ask);
	if (select_begin(txn, select))
		select_end(select);
	else
		take_error(txn, complaints, "/filter");
	arena_free(&arena);
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span of = json_string(doc, "of"), project = json_string(doc, "project"), own, key;
	struct countable_scope scope = { .subject = countable_by_name(of), .project = project };
	struct arena *arena = txn_arena(txn);
	struct select_ask view;

	schema_refer(txn, SCHEMA(members), doc, complaints, "");
	if (scope.subject == NULL && find_of(txn, project, of, "group", "data.", &own, &key)) {
		scope.group = group_load(txn, arena, own, key);
		scope.subject = scope.group != NULL ? countable_of(scope.group->record) : NULL;
	} else if (scope.subject == NULL && find_of(txn, project, of, "view", "view.", &own, &key)) {
		if (select_view(txn, arena, own, key, &view))
			scope.subject = countable_of(view.record);
	} else if (scope.subject != NULL) {
		own = project;
	}
	if (!txn_ok(txn))
		return;
	if (scope.subject == NULL) {
		complain(complaints, "/of", "there is no group and no view \"%s\"; a report is of one "
		    "of these, or of user, feedback, project, comment or delivery",
		    doc_short(arena, of));
		return;
	}
	if (own.n > 0 && project.n > 0 && !span_eq(own, project))
		complain(complaints, "/of", "\"%s\" is of project %.*s, not of %.*s",
		    doc_short(arena, of), (int)own.n, own.p, (int)project.n, project.p);
	if (own.n > 0)
		scope.project = own;
	check_fields(txn, &scope, doc, complaints);
	check_filter(txn, &scope, json_string(doc, "filter"), complaints);
}

const struct kind kind_report = {
	.name = "report",
	.order = 125,
	.exported = true,
	.members = SCHEMA(members),
	.refer = refer,
};
