/* SPDX-License-Identifier: ISC */
/* Which documents name a group, and which of its fields. */
#include "community/group.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "lang/filter.h"
#include "record/doc.h"
#include "record/scope.h"
#include "store/store.h"

#include <string.h>

#define DEPTH_MAX 8 /* of documents; deeper ones are not made */

struct looking {
	struct txn *txn;
	const struct group *group;
	struct span project;     /* of the document */
	struct span of;          /* "of" of a report: names may be of fields alone there */
	bool other;              /* what the document is about has no such values itself */
	struct group_uses *uses;
};

static void
found(const struct looking *looking, size_t field)
{
	looking->uses->fields[field] = true;
	looking->uses->any = true;
}

/* "data.usage.plan", or the group alone. */
static void
take_path(const struct looking *looking, struct span path)
{
	const struct group *group = looking->group;
	struct span of, key, name = path;
	struct group_named named;

	if (!span_starts(path, "data."))
		return;
	if (group_named(looking->txn, group->record, looking->project, path, &named)) {
		if (span_eq(named.group->full_name, group->full_name))
			found(looking, named.field);
		return;
	}
	name.p += sizeof "data." - 1;
	name.n -= sizeof "data." - 1;
	if (scope_find(looking->txn, "group", looking->project, name, &of, &key) &&
	    span_eq(of, group->project) && span_eq(key, group->key))
		looking->uses->any = looking->uses->whole = true;
}

static void
take_mention(void *arg, const struct filter_mention *mention)
{
	take_path(arg, mention->path);
}

static struct span
any_saved(void *arg, struct span name, const char **sentence_r)
{
	(void)arg;
	(void)name;
	(void)sentence_r;
	return SPAN("true");
}

static void
take_filter(const struct looking *looking, struct span source)
{
	static const struct filter_roots roots = { .saved = any_saved };
	struct arena *arena = txn_arena(looking->txn);
	struct filter_error error;
	const struct filter *filter = filter_compile(arena, source, &roots, &error);

	if (filter != NULL)
		filter_mentions(filter, arena, take_mention, (void *)(uintptr_t)looking);
}

/* Every {{name}} of it, also those in sections. */
static void
take_tags(const struct looking *looking, struct span text)
{
	while (text.n > 0) {
		const char *at = memmem(text.p, text.n, "{{", 2), *end;
		struct span name;

		if (at == NULL)
			return;
		text.n -= (size_t)(at + 2 - text.p);
		text.p = at + 2;
		end = memmem(text.p, text.n, "}}", 2);
		if (end == NULL)
			return;
		name = (struct span){ text.p, (size_t)(end - text.p) };
		while (name.n > 0 && strchr("#^/&{", name.p[0]) != NULL) {
			name.p++;
			name.n--;
		}
		take_path(looking, text_trim(text_cut(&name, '|')));
	}
}

/* Within a report of the group a field has its name alone. */
static void
take_name(const struct looking *looking, struct span name)
{
	if (span_starts(name, "-"))
		name = (struct span){ name.p + 1, name.n - 1 };
	take_path(looking, name);
	if (looking->of.n > 0 && !span_starts(name, "data."))
		take_path(looking, span_of(arena_printf(txn_arena(looking->txn), "data.%.*s.%.*s",
		    (int)looking->of.n, looking->of.p, (int)name.n, name.p)));
}

static void
take_text(const struct looking *looking, const char *member, struct span text)
{
	struct span of, key;

	if (strcmp(member, "group") == 0 || strcmp(member, "of") == 0) {
		if (span_starts(text, "data."))
			text = (struct span){ text.p + 5, text.n - 5 };
		if (scope_find(looking->txn, "group", looking->project, text, &of, &key) &&
		    span_eq(of, looking->group->project) && span_eq(key, looking->group->key))
			looking->uses->any = looking->uses->whole = true;
	} else if (looking->other && strcmp(member, "match") != 0) {
		return;
	} else if (strcmp(member, "filter") == 0 || strcmp(member, "when") == 0 ||
	    strcmp(member, "authors") == 0) {
		take_filter(looking, text);
	} else if (text.n > 4 && memmem(text.p, text.n, "{{", 2) != NULL) {
		take_tags(looking, text);
	} else {
		take_name(looking, text);
	}
}

static void
take(const struct looking *looking, const char *member, struct json_object *value, int depth)
{
	struct doc_member *members;
	size_t n;

	if (json_span(value).p != NULL)
		take_text(looking, member, json_span(value));
	if (depth == DEPTH_MAX)
		return;
	for (size_t i = 0; json_is_array(value) && i < json_count(value); i++)
		take(looking, member, json_at(value, i), depth + 1);
	n = json_is_object(value) ? doc_members(txn_arena(looking->txn), value, &members) : 0;
	for (size_t i = 0; i < n; i++)
		take(looking, members[i].name, members[i].value, depth + 1);
}

bool
group_uses(struct txn *txn, const struct group *group, struct json_object *doc,
    struct group_uses *uses)
{
	struct span automation = json_string(doc, "automation");
	const struct looking looking = { .txn = txn, .group = group, .uses = uses,
		.project = json_string(doc, "project"), .of = json_string(doc, "of"),
		.other = automation.n > 0 && !span_is(automation, record_name(group->record)) };

	uses->any = uses->whole = false;
	memset(uses->fields, 0, group->field_count * sizeof *uses->fields);
	take(&looking, "", doc, 0);
	return uses->any;
}
