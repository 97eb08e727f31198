/* SPDX-License-Identifier: ISC */
/* Who still refers to a document. Removing is rare: the rules are walked. */
#include "record/doc.h"

#include "base/json.h"
#include "base/json_document.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

#define SHOWN 3

void
doc_uses_add(struct doc_uses *uses, struct arena *arena, const char *kind, struct span name)
{
	for (size_t i = 0; i < uses->n && i < DOC_USES_KEPT; i++)
		if (strcmp(uses->kept[i].kind, kind) == 0 && span_eq(uses->kept[i].name, name))
			return;
	if (uses->n < DOC_USES_KEPT)
		uses->kept[uses->n] = (struct doc_use){ kind, arena_copy(arena, name) };
	uses->n++;
}

bool
doc_uses_none(const struct doc_uses *uses, struct complaints *complaints)
{
	const struct doc_use *shown[SHOWN];
	char text[400] = "";
	size_t n = 0, at = 0;

	if (uses->n == 0)
		return true;
	for (size_t i = 0; i < uses->n && i < DOC_USES_KEPT && n < SHOWN; i++)
		if (complaints->may_know == NULL || complaints->may_know(complaints,
		        uses->kept[i].kind, uses->kept[i].name))
			shown[n++] = &uses->kept[i];
	for (size_t i = 0; i < n && at < sizeof text; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s%s %.*s",
		    i == 0 ? "" : i + 1 == uses->n ? " and " : ", ", shown[i]->kind,
		    (int)shown[i]->name.n, shown[i]->name.p);
	complain(complaints, "", "is still used by %s%s", text, n == uses->n ? "" : n > 0
	    ? " and others" : "others");
	return false;
}

/* One search: is the document named anywhere in this rule? */
struct search {
	struct arena *arena;
	const char *member;
	struct span name;
	struct span project; /* of the rule that is searched */
};

static bool
names_it(const struct search *search, struct span reference)
{
	if (reference.n == 0)
		return false;
	return span_eq(reference, search->name) ||
	    (search->project.n > 0 && span_eq(search->name,
	        doc_name(search->arena, search->project, reference)));
}

static bool
value_names_it(const struct search *search, struct json_object *value)
{
	if (doc_type(value) == DOC_STRING)
		return names_it(search, json_span(value));
	for (size_t i = 0; i < json_count(value); i++)
		if (names_it(search, json_span(json_at(value, i))))
			return true;
	return false;
}

static bool
rule_names_it(const struct search *search, struct json_object *value)
{
	struct doc_member *members;
	size_t n = doc_members(search->arena, value, &members);

	for (size_t i = 0; i < n; i++)
		if ((strcmp(members[i].name, search->member) == 0 &&
		        value_names_it(search, members[i].value)) ||
		    rule_names_it(search, members[i].value))
			return true;
	for (size_t i = 0; i < json_count(value); i++)
		if (rule_names_it(search, json_at(value, i)))
			return true;
	return false;
}

void
doc_uses_rules(struct doc_uses *uses, struct txn *txn, const char *member, struct span name)
{
	static const char *const rules[] = { "macro", "listener", "schedule" };
	struct search search = { txn_arena(txn), member, name, { NULL, 0 } };
	struct json_object *doc;

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct span at = { NULL, 0 };

		while ((doc = doc_next(txn, rules[i], at, &at)) != NULL) {
			search.project = json_string(doc, "project");
			if (rule_names_it(&search, doc))
				doc_uses_add(uses, search.arena, rules[i], doc_name(search.arena,
				    search.project, json_string(doc, "key")));
		}
	}
}
