/* SPDX-License-Identifier: ISC */
/*
 * What people.h promises of the names of users in everything else: changed and
 * taken away. It stands above feedback, comments and values, which know people.
 */
#include "community/people.h"

#include "base/json.h"
#include "base/text.h"
#include "community/feedback.h"
#include "community/group.h"
#include "community/outbox.h"
#include "community/session.h"
#include "record/audit.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "store/store.h"

struct change {
	struct txn *txn;
	struct arena *arena;
	struct span from; /* folded */
	struct span to;   /* p is NULL: nobody */
};

static bool
is_from(const struct change *change, struct span name)
{
	return name.n > 0 && span_eq(text_fold(change->arena, name), change->from);
}

/* A member that is the name. True when it was changed. */
static bool
change_member(const struct change *change, struct json_object *doc, const char *member)
{
	if (!is_from(change, json_string(doc, member)))
		return false;
	if (change->to.p == NULL)
		json_del(doc, member);
	else
		json_set_text(doc, member, change->to);
	return true;
}

/* A member that is a list of names. */
static bool
change_list(const struct change *change, struct json_object *doc, const char *member)
{
	struct json_object *list = json_get(doc, member);
	size_t i = doc_list_find_folded(change->arena, list, change->from);

	if (i == json_count(list))
		return false;
	list = change->to.p == NULL ? doc_list_without(change->arena, list, i)
	                            : doc_list_with(change->arena, list, i, change->to);
	json_set(doc, member, json_share(list));
	return true;
}

static void
change_feedback(const struct change *change, const char *path)
{
	struct span *ids;
	size_t n = record_find_all(change->txn, RECORD_FEEDBACK, span_of(path), change->from,
	    &ids);

	for (size_t i = 0; i < n; i++) {
		struct json_object *doc = record_load(change->txn, RECORD_FEEDBACK, ids[i]);

		if (doc == NULL)
			return;
		change_member(change, doc, "submitter");
		change_list(change, doc, "followers");
		record_save(change->txn, RECORD_FEEDBACK, ids[i], doc);
	}
}

static void
change_notes(const struct change *change)
{
	struct span *ids;
	size_t n = record_find_all(change->txn, RECORD_USER, SPAN("notes.author"),
	    change->from, &ids);

	for (size_t i = 0; i < n; i++) {
		struct json_object *user = record_load(change->txn, RECORD_USER, ids[i]);
		struct json_object *notes = json_get(user, "notes");

		for (size_t j = 0; j < json_count(notes); j++)
			change_member(change, json_at(notes, j), "author");
		if (user != NULL)
			record_save(change->txn, RECORD_USER, ids[i], user);
	}
}

static void
change_managers(const struct change *change)
{
	struct span at = { NULL, 0 };
	struct json_object *project;

	while ((project = doc_next(change->txn, "project", at, &at)) != NULL)
		if (change_list(change, project, "managers"))
			doc_put(change->txn, "project", project);
}

/* Authors of the comments that macros add. A deleted one stays: the macro has
 * to be given another, and says so when it runs. */
static void
change_macros(const struct change *change)
{
	struct span at = { NULL, 0 };
	struct json_object *macro;

	while ((macro = doc_next(change->txn, "macro", at, &at)) != NULL) {
		struct json_object *actions = json_get(macro, "actions");
		bool changed = false;

		for (size_t i = 0; i < json_count(actions); i++)
			changed |= change_member(change, json_at(actions, i), "author");
		if (changed)
			doc_put(change->txn, "macro", macro);
	}
}

void
people_rename(struct txn *txn, struct span from, struct span to)
{
	struct arena *arena = txn_arena(txn);
	struct change change = { txn, arena, text_fold(arena, from), to };

	if (from.n == 0)
		return;
	change_feedback(&change, "submitter");
	change_feedback(&change, "followers");
	comment_rename(txn, from, to);
	change_notes(&change);
	change_managers(&change);
	if (to.p != NULL)
		change_macros(&change);
}

void
people_delete(struct txn *txn, struct span id)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *user = record_load(txn, RECORD_USER, id);
	struct span email;

	if (user == NULL)
		return;
	id = arena_copy(arena, id);
	email = arena_copy(arena, json_string(user, "email"));
	comment_drop_all(txn, RECORD_USER, id);
	group_drop_all(txn, RECORD_USER, id);
	people_drop_notes(txn, id);
	session_forget(txn, id);
	audit_forget(txn, id);
	record_drop(txn, RECORD_USER, id);
	people_rename(txn, email, (struct span){ NULL, 0 });
	outbox_drop_to(txn, email, text_now());
}
