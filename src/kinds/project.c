/* SPDX-License-Identifier: ISC */
/* Documents of kind project. It stands above values, which know people. */
#include "community/people.h"

#include "base/json.h"
#include "base/text.h"
#include "community/group.h"
#include "kinds/parts.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "record/schema.h"
#include "store/store.h"

/* Documents that stand in the project. */
static void
uses_scope(struct doc_uses *uses, struct txn *txn, const char *kind, struct span project)
{
	struct arena *arena = txn_arena(txn);
	struct span at = { NULL, 0 };
	struct json_object *doc;

	while ((doc = doc_next(txn, kind, at, &at)) != NULL)
		if (span_eq(json_string(doc, "project"), project))
			doc_uses_add(uses, arena, kind,
			    doc_name(arena, project, json_string(doc, "key")));
}

static void
uses(struct doc_uses *uses_r, struct txn *txn, struct span name)
{
	static const char *const scoped[] = { "team", "template", "group", NULL };
	struct span ids[DOC_USES_KEPT + 1];
	size_t n;

	for (size_t i = 0; scoped[i] != NULL; i++)
		uses_scope(uses_r, txn, scoped[i], name);
	doc_uses_rules(uses_r, txn, "project", name);
	people_uses(uses_r, txn, SPAN("projects"), name);
	n = record_find(txn, RECORD_FEEDBACK, SPAN("project"), name, ids, DOC_USES_KEPT + 1);
	for (size_t i = 0; i < n; i++)
		doc_uses_add(uses_r, txn_arena(txn), "feedback", ids[i]);
}

static void
parts(struct txn *txn, struct span name, const struct doc_visit *visit)
{
	value_each(txn, RECORD_PROJECT, name, visit);
}

static bool
project_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	(void)complaints;
	if (!record_exists(txn, RECORD_PROJECT, name))
		return false;
	group_drop_all(txn, RECORD_PROJECT, name);
	return doc_remove(txn, "project", name);
}

const struct kind kind_project = {
	.name = "project",
	.order = 20,
	.exported = true,
	.members = SCHEMA(schema_project),
	.merged = true,
	.uses = uses,
	.parts = parts,
	.remove = project_remove,
};
