/* SPDX-License-Identifier: ISC */
/* Documents of kind view: a selection with a name. */
#include "community/select_private.h"

#include "base/json.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/words.h"
#include "record/scope.h"
#include "store/store.h"

static const char *const automations[] = { "user", "feedback", "project", NULL };

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 1, .asked = 1 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project" },
	{ "name", MEMBER_LINE, 0, .label = "Name", .column = 2, .asked = 2 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "automation", MEMBER_CHOICE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Automation",
	    .choices = automations, .words = words_automations, .asked = 3 },
	{ "filter", MEMBER_STRING, 0, .label = "Filter", .asked = 4,
	    .hint = "an expression such as user.score > 10 && 'phone' in user.projects" },
	{ "columns", MEMBER_LINE, MEMBER_LIST | MEMBER_FILLED, .label = "Columns", .asked = 5,
	    .hint = "email, fields.plan, data.usage.launches …",
	    .item = "the name of a column" },
	{ "sort", MEMBER_STRING, 0, .label = "Sorted by",
	    .hint = "a column; with a minus before it the other way round" },
	{ .name = NULL },
};

static bool
read_view(struct arena *arena, struct json_object *doc, struct select_ask *ask_r)
{
	*ask_r = (struct select_ask){
		.project = arena_copy(arena, json_string(doc, "project")),
		.filter = arena_copy(arena, json_string(doc, "filter")),
		.sort = arena_copy(arena, json_string(doc, "sort")),
	};
	ask_r->columns = doc_list_spans(arena, json_get(doc, "columns"), &ask_r->column_count);
	return record_by_name(json_string(doc, "automation"), &ask_r->record);
}

bool
select_view(struct txn *txn, struct arena *arena, struct span project, struct span name,
    struct select_ask *ask_r)
{
	struct span of, key;

	if (!scope_find(txn, "view", project, name, &of, &key))
		return txn_fail(txn, FAULT_USAGE, "there is no view \"%s\"",
		    doc_short(txn_arena(txn), name));
	return read_view(arena, doc_load(txn, "view", of, key), ask_r);
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct saved_scope scope = { .project = json_string(doc, "project"),
		.only_shape = true };

	schema_check(SCHEMA(members), doc, complaints, "");
	if (record_by_name(json_string(doc, "automation"), &scope.record))
		saved_check(txn, &scope, select_roots(scope.record), json_string(doc, "filter"),
		    complaints, "/filter");
}

/* As whoever uses it: the filter, the columns and the order have to be there. */
static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct arena *arena = arena_new();
	struct error *error = txn_error(txn);
	struct select_ask ask;
	struct select *select;

	schema_refer(txn, SCHEMA(members), doc, complaints, "");
	if (txn_ok(txn) && read_view(arena, doc, &ask)) {
		ask.names = true;
		select = select_new(arena, &ask);
		if (select_begin(txn, select)) {
			select_end(select);
		} else if (error->fault == FAULT_USAGE) {
			complain(complaints, "", "%s", error->detail);
			error_clear(error);
		}
	}
	arena_free(&arena);
}

/* Reports are of it. */
static void
uses(struct doc_uses *uses_r, struct txn *txn, struct span name)
{
	struct span at = { NULL, 0 }, of, project, key;
	struct json_object *doc;

	while ((doc = doc_next(txn, "report", at, &at)) != NULL) {
		of = json_string(doc, "of");
		if (span_starts(of, "view."))
			of = (struct span){ of.p + 5, of.n - 5 };
		if (scope_find(txn, "view", json_string(doc, "project"), of, &project, &key) &&
		    span_eq(doc_name(txn_arena(txn), project, key), name))
			doc_uses_add(uses_r, txn_arena(txn), "report", doc_full_name(txn_arena(txn), doc));
	}
}

const struct kind kind_view = {
	.name = "view",
	.order = 120,
	.exported = true,
	.members = SCHEMA(members),
	.check = check,
	.refer = refer,
	.uses = uses,
};
