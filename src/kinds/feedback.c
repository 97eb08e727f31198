/* SPDX-License-Identifier: ISC */
/* Documents of kind feedback. */
#include "community/feedback_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "community/group.h"
#include "community/people.h"
#include "kinds/parts.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "store/store.h"

#include <string.h>

static void
check_listed(struct arena *arena, struct json_object *doc, struct json_object *project,
    const char *member, const char *list, struct complaints *complaints)
{
	struct span name = json_string(doc, member);

	if (name.n == 0 || feedback_listed(project, list, name))
		return;
	complain(complaints, arena_printf(arena, "/%s", member), "%s",
	    feedback_unlisted(arena, project, member, list, name));
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *project = record_load(txn, RECORD_PROJECT,
	    json_string(doc, "project"));
	struct doc_member *fields;
	size_t n = doc_members(txn_arena(txn), json_get(doc, "fields"), &fields);

	schema_refer(txn, SCHEMA(schema_feedback), doc, complaints, "");
	check_listed(txn_arena(txn), doc, project, "type", "types", complaints);
	check_listed(txn_arena(txn), doc, project, "status", "statuses", complaints);
	check_listed(txn_arena(txn), doc, project, "exposure", "exposures", complaints);
	for (size_t i = 0; i < n; i++)
		if (!feedback_listed(project, "fields", span_of(fields[i].name)))
			complain(complaints, "/fields", "%s", feedback_unlisted(txn_arena(txn), project,
			    "field", "fields", span_of(fields[i].name)));
}

/* Of the project's statuses the first, or "Open". */
static struct span
first_status(struct txn *txn, struct json_object *doc)
{
	struct json_object *project = record_load(txn, RECORD_PROJECT,
	    json_string(doc, "project"));
	struct json_object *statuses = json_get(project, "statuses");

	return json_count(statuses) > 0 ? json_span(json_at(statuses, 0)) : SPAN("Open");
}

/* Each follower once, whatever the case. */
static struct json_object *
follower_set(struct arena *arena, struct json_object *list)
{
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);

		if (doc_list_find_folded(arena, out, json_span(item)) == json_count(out))
			json_append(out, json_share(item));
	}
	return out;
}

/* The document as it will be stored, but for updatedAt when it says nothing of it. */
static struct json_object *
assemble(struct txn *txn, struct json_object *doc, struct json_object *old,
    struct span id, int64_t now)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *from = schema_pick(arena, schema_feedback, doc);

	json_set_text(from, "id", id);
	if (!json_has(from, "status"))
		json_set_text(from, "status", first_status(txn, doc));
	if (!json_has(from, "exposure"))
		json_set_text(from, "exposure", SPAN("private"));
	json_set_bool(from, "blocking", json_flag(from, "blocking", false));
	json_set_int(from, "votes", json_integer(from, "votes", 0));
	json_set(from, "followers",
	    json_share(follower_set(arena, json_get(from, "followers"))));
	doc_tidy_fields(arena, from);
	if (!json_has(from, "createdAt") && json_has(old, "createdAt"))
		json_set_text(from, "createdAt", json_string(old, "createdAt"));
	else if (!json_has(from, "createdAt"))
		doc_set_time(from, "createdAt", now);
	doc_tidy_time(from, "createdAt");
	doc_tidy_time(from, "updatedAt");
	return schema_pick(arena, schema_feedback, from);
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span id = json_string(doc, "id");
	struct json_object *old = NULL, *new;
	int64_t now = text_now();

	(void)complaints;
	if (id.n > 0)
		old = record_load(txn, RECORD_FEEDBACK, id);
	else
		id = record_new_id(txn, RECORD_FEEDBACK);
	new = assemble(txn, doc, old, id, now);
	if (!json_has(new, "updatedAt")) {
		if (json_has(old, "updatedAt"))
			json_set_text(new, "updatedAt", json_string(old, "updatedAt"));
		if (old != NULL && json_equal(old, new))
			return '=';
		if (old != NULL)
			doc_set_time(new, "updatedAt", now);
		else
			json_set_text(new, "updatedAt", json_string(new, "createdAt"));
	}
	if (old != NULL && json_equal(old, new))
		return '=';
	record_save(txn, RECORD_FEEDBACK, id, new);
	return old != NULL ? 'u' : 'c';
}

static struct json_object *
shown(struct arena *arena, struct json_object *feedback)
{
	if (feedback == NULL)
		return NULL;
	return doc_with_kind(arena, "feedback", schema_pick(arena, schema_feedback, feedback));
}

static struct json_object *
get(struct txn *txn, struct span name)
{
	return shown(txn_arena(txn), record_load(txn, RECORD_FEEDBACK, name));
}

static void
parts(struct txn *txn, struct span name, const struct doc_visit *visit)
{
	comment_each(txn, RECORD_FEEDBACK, name, visit);
	value_each(txn, RECORD_FEEDBACK, name, visit);
}

static bool
feedback_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	(void)complaints;
	if (!record_exists(txn, RECORD_FEEDBACK, name))
		return false;
	comment_drop_all(txn, RECORD_FEEDBACK, name);
	group_drop_all(txn, RECORD_FEEDBACK, name);
	record_drop(txn, RECORD_FEEDBACK, name);
	return true;
}

static struct json_object *
next(struct txn *txn, struct span after, struct span *position_r)
{
	return shown(txn_arena(txn), record_next(txn, RECORD_FEEDBACK, after, position_r));
}

const struct kind kind_feedback = {
	.name = "feedback",
	.order = 60,
	.exported = true,
	.members = SCHEMA(schema_feedback),
	.merged = true,
	.refer = refer,
	.put = put,
	.get = get,
	.parts = parts,
	.remove = feedback_remove,
	.next = next,
};
