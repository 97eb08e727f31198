/* SPDX-License-Identifier: ISC */
#include "community/saved_filter.h"

#include "base/json.h"
#include "community/names.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/words.h"
#include "record/scope.h"
#include "store/store.h"

#include <string.h>

static const char *const automations[] = { "user", "feedback", "project", NULL };

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 1 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project" },
	{ "name", MEMBER_LINE, 0, .label = "Name", .column = 2 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "automation", MEMBER_CHOICE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Automation",
	    .choices = automations, .words = words_automations },
	{ "filter", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Filter",
	    .hint = "an expression such as user.score > 10 && 'phone' in user.projects" },
	{ .name = NULL },
};

/* Where saved('…') is looked up during one compilation. */
struct looking {
	struct txn *txn;
	const struct saved_scope *scope;
	struct span sought;   /* full name of the one whose users are wanted; empty: none */
	bool found;
};

static struct span
look_up(void *arg, struct span name, const char **sentence_r)
{
	struct looking *looking = arg;
	struct arena *arena = txn_arena(looking->txn);
	struct span project, key;
	struct json_object *doc;

	if (looking->scope->only_shape)
		return SPAN("true");
	if (!scope_find(looking->txn, "filter", looking->scope->project, name, &project, &key)) {
		*sentence_r = arena_printf(arena, "there is no saved filter \"%s\"",
		    doc_short(arena, name));
		return (struct span){ NULL, 0 };
	}
	if (looking->sought.n > 0) {
		looking->found |= span_eq(doc_name(arena, project, key), looking->sought);
		return SPAN("true");
	}
	doc = doc_load(looking->txn, "filter", project, key);
	if (span_is(json_string(doc, "automation"), record_name(looking->scope->record)))
		return json_string(doc, "filter");
	*sentence_r = arena_printf(arena, "the saved filter \"%s\" is about \"%s\"",
	    doc_short(arena, name), doc_short(arena, json_string(doc, "automation")));
	return (struct span){ NULL, 0 };
}

const struct filter *
saved_compile(struct txn *txn, struct arena *arena, const struct saved_scope *scope,
    const char *const *names, struct span source, struct filter_error *error_r)
{
	struct looking looking = { .txn = txn, .scope = scope };
	const struct filter_roots roots = { names, look_up, &looking };

	const struct names known = { .txn = txn, .arena = txn_arena(txn),
		.record = scope->record, .project = scope->project, .stored = !scope->only_shape };
	const struct filter *filter = filter_compile(arena, source, &roots, error_r);

	if (filter != NULL && scope->names && !names_check_filter(&known, filter, error_r))
		return NULL;
	return filter;
}

void
saved_check(struct txn *txn, const struct saved_scope *scope, const char *const *names,
    struct span source, struct complaints *complaints, const char *pointer)
{
	struct arena *arena = txn_arena(txn);
	struct saved_scope strict = *scope;
	struct filter_error error;

	strict.names = true;
	if (saved_compile(txn, arena, &strict, names, source, &error) == NULL)
		complain(complaints, pointer, "%s", filter_error_show(arena, &error, source));
}

/* Who uses a saved filter: every "filter", "when" and "authors" of the rules is asked. */
struct search {
	struct txn *txn;
	struct span sought;
	struct saved_scope scope;  /* of the rule that is searched */
};

static bool
source_uses(const struct search *search, struct span source)
{
	struct looking looking = { .txn = search->txn, .scope = &search->scope,
		.sought = search->sought };
	const struct filter_roots roots = { NULL, look_up, &looking };
	struct filter_error error;

	filter_compile(txn_arena(search->txn), source, &roots, &error);
	return looking.found;
}

static bool
value_uses(const struct search *search, struct json_object *value)
{
	struct doc_member *all;
	size_t n = doc_members(txn_arena(search->txn), value, &all);

	for (size_t i = 0; i < n; i++)
		if (doc_type(all[i].value) == DOC_STRING
		    ? (strcmp(all[i].name, "filter") == 0 || strcmp(all[i].name, "when") == 0 ||
		        strcmp(all[i].name, "authors") == 0) &&
		        source_uses(search, json_span(all[i].value))
		    : value_uses(search, all[i].value))
			return true;
	for (size_t i = 0; i < json_count(value); i++)
		if (value_uses(search, json_at(value, i)))
			return true;
	return false;
}

static void
uses_of(struct doc_uses *uses, struct txn *txn, struct span name)
{
	static const char *const rules[] = { "macro", "listener", "schedule", "view", "report",
		"filter" };
	struct search search = { .txn = txn, .sought = name };
	struct json_object *doc;

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct span at = { NULL, 0 };

		while ((doc = doc_next(txn, rules[i], at, &at)) != NULL) {
			search.scope.project = json_string(doc, "project");
			if (value_uses(&search, doc))
				doc_uses_add(uses, txn_arena(txn), rules[i], doc_name(txn_arena(txn),
				    search.scope.project, json_string(doc, "key")));
		}
	}
}

/* The kind */

static void
check_filter(struct txn *txn, struct json_object *doc, bool only_shape,
    struct complaints *complaints)
{
	struct saved_scope scope = { .project = json_string(doc, "project"),
		.only_shape = only_shape };
	struct span automation = json_string(doc, "automation");

	if (record_by_name(automation, &scope.record))
		saved_check(txn, &scope, (const char *const[]){ record_name(scope.record), "data",
		    "project", NULL }, json_string(doc, "filter"), complaints, "/filter");
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	schema_check(SCHEMA(members), doc, complaints, "");
	check_filter(txn, doc, true, complaints);
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	schema_refer(txn, SCHEMA(members), doc, complaints, "");
	check_filter(txn, doc, false, complaints);
}

/* Those who use it compile it for their own automation. */
static bool
may_change(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span name = doc_full_name(txn_arena(txn), doc);
	struct json_object *old = doc_get(txn, "filter", name);
	struct doc_uses uses = { .n = 0 };

	if (old == NULL || span_eq(json_string(old, "automation"),
	    json_string(doc, "automation")))
		return true;
	uses_of(&uses, txn, name);
	return doc_uses_none(&uses, complaints);
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	return may_change(txn, doc, complaints) ? doc_put(txn, "filter", doc) : '=';
}

const struct kind kind_filter = {
	.name = "filter",
	.order = 75,
	.exported = true,
	.members = SCHEMA(members),
	.check = check,
	.refer = refer,
	.put = put,
	.uses = uses_of,
};
