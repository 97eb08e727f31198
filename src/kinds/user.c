/* SPDX-License-Identifier: ISC */
/* Documents of kind user. */
#include "community/people_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "kinds/parts.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "record/schema.h"
#include "store/store.h"

/* Without points a rank counts what its document says. */
static struct json_object *
tidy_ranks(struct txn *txn, struct json_object *ranks)
{
	const struct member *parts = schema_member(schema_user, SPAN("ranks"))->parts;
	struct arena *arena = txn_arena(txn);
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(ranks); i++) {
		struct json_object *rank = schema_pick(arena, parts, json_at(ranks, i));

		if (!json_has(rank, "count"))
			json_set_int(rank, "count", 1);
		if (!json_has(rank, "points"))
			json_set_int(rank, "points", json_integer(doc_load(txn, "rank", SPAN(""),
			    json_string(rank, "rank")), "points", 0));
		doc_tidy_time(rank, "at");
		json_append(out, json_share(rank));
	}
	return out;
}

static struct json_object *
tidy_notes(struct arena *arena, struct json_object *notes)
{
	const struct member *parts = schema_member(schema_user, SPAN("notes"))->parts;
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(notes); i++) {
		struct json_object *note = schema_pick(arena, parts, json_at(notes, i));

		doc_tidy_time(note, "at");
		json_append(out, json_share(note));
	}
	return out;
}

/* The document as it will be stored. */
static struct json_object *
assemble(struct txn *txn, struct json_object *doc, struct json_object *old, struct span id)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *from = schema_pick(arena, schema_user, doc), *new;

	json_set_text(from, "id", id);
	json_set(from, "roles", json_share(doc_list_set(arena, json_get(from, "roles"))));
	json_set(from, "teams", json_share(doc_list_set(arena, json_get(from, "teams"))));
	if (json_count(json_get(from, "ranks")) > 0)
		json_set(from, "ranks", json_share(tidy_ranks(txn, json_get(from, "ranks"))));
	else
		json_del(from, "ranks");
	if (json_count(json_get(from, "notes")) > 0)
		json_set(from, "notes", json_share(tidy_notes(arena, json_get(from, "notes"))));
	else
		json_del(from, "notes");
	if (!json_flag(from, "optOut", false))
		json_del(from, "optOut");
	if (json_flag(from, "alerts", true))
		json_del(from, "alerts");
	doc_tidy_fields(arena, from);
	if (!json_has(from, "createdAt") && json_has(old, "createdAt"))
		json_set_text(from, "createdAt", json_string(old, "createdAt"));
	else if (!json_has(from, "createdAt"))
		doc_set_time(from, "createdAt", text_now());
	doc_tidy_time(from, "createdAt");
	people_derive(arena, from);
	new = schema_pick(arena, schema_user, from);
	json_set(new, "score", json_share(json_get(from, "score")));
	json_set(new, "scores", json_share(json_get(from, "scores")));
	return new;
}

/* An entry without a rank is points that were given by themselves. */
static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *ranks = json_get(doc, "ranks");

	schema_check(SCHEMA(schema_user), doc, complaints, "");
	for (size_t i = 0; i < json_count(ranks); i++)
		if (json_is_object(json_at(ranks, i)) && !json_has(json_at(ranks, i), "rank") &&
		    !json_has(json_at(ranks, i), "points"))
			complain(complaints, arena_printf(txn_arena(txn), "/ranks/%zu", i),
			    "\"rank\" is missing; only points of their own go without one");
}

/* Whose document it is: false with a complaint when it is nobody's. id_r is
 * empty when it is a new user's. */
static bool
identify(struct txn *txn, struct json_object *doc, struct complaints *complaints,
    struct span *id_r)
{
	struct span email = json_string(doc, "email"), id = json_string(doc, "id"), other;
	struct span username = json_string(doc, "username");

	if (people_id(txn, email, &other)) {
		if (id.n > 0 && !span_eq(id, other)) {
			complain(complaints, "/email", "%.*s is the e-mail address of user %.*s "
			    "already", (int)email.n, email.p, (int)other.n, other.p);
			return false;
		}
		id = other;
	}
	if (username.n > 0 && record_find(txn, RECORD_USER, SPAN("username"), username,
	        &other, 1) == 1 && !span_eq(id, other)) {
		complain(complaints, "/username", "\"%.*s\" is the name of user %.*s already",
		    (int)username.n, username.p, (int)other.n, other.p);
		return false;
	}
	*id_r = id;
	return true;
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *old = NULL, *whole, *new;
	struct span email, id;
	bool fresh;

	if (!identify(txn, doc, complaints, &id))
		return '=';
	fresh = id.n == 0;
	if (fresh)
		id = record_new_id(txn, RECORD_USER);
	else
		old = record_load(txn, RECORD_USER, id);
	whole = people_whole(txn, old);
	new = assemble(txn, doc, whole, id);
	if (old != NULL && json_equal(whole, new))
		return '=';
	if (json_equal(json_get(whole, "notes"), json_get(new, "notes")))
		people_keep_notes(new, old);
	else if (!fresh)
		people_drop_notes(txn, id);
	(fresh ? record_save_new : record_save)(txn, RECORD_USER, id, new);
	people_is(txn, json_string(new, "email"), id);
	email = json_string(old, "email");
	if (old != NULL && !span_eq(email, json_string(new, "email")))
		people_rename(txn, email, json_string(new, "email"));
	return old != NULL ? 'u' : 'c';
}

/* As export prints it: nothing derived, so that it can be applied again. */
static struct json_object *
shown(struct txn *txn, struct json_object *user)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *doc, *derived, *projects, *named;

	if (user == NULL)
		return NULL;
	user = people_whole(txn, user);
	doc = schema_pick(arena, schema_user, user);
	derived = people_team_projects(arena, user);
	projects = json_get(user, "projects");
	named = json_new_array(arena);
	for (size_t i = 0; i < json_count(projects); i++)
		if (!doc_list_has(derived, json_span(json_at(projects, i))))
			json_append(named, json_share(json_at(projects, i)));
	json_set(doc, "projects", json_share(named));
	if (json_count(named) == 0)
		json_del(doc, "projects");
	return doc_with_kind(arena, "user", doc);
}

/* By e-mail, id or username. */
static bool
find(struct txn *txn, struct span name, struct span *id_r)
{
	if (people_id(txn, name, id_r))
		return true;
	if (record_exists(txn, RECORD_USER, name)) {
		*id_r = name;
		return true;
	}
	return record_find(txn, RECORD_USER, SPAN("username"), name, id_r, 1) == 1;
}

static struct json_object *
get(struct txn *txn, struct span name)
{
	struct span id;

	if (!find(txn, name, &id))
		return NULL;
	return shown(txn, record_load(txn, RECORD_USER, id));
}

/* As identify() finds it: by its address, else by the id of one who gets another. */
static struct json_object *
current(struct txn *txn, struct json_object *doc)
{
	struct span id = json_string(doc, "id"), other;

	if (people_id(txn, json_string(doc, "email"), &other))
		id = other;
	return id.n > 0 ? shown(txn, record_load(txn, RECORD_USER, id)) : NULL;
}

static void
uses_of(struct doc_uses *uses, struct txn *txn, struct span name)
{
	struct span id;

	if (find(txn, name, &id))
		doc_uses_rules(uses, txn, "author", json_string(record_load(txn, RECORD_USER, id),
		    "email"));
}

static void
parts(struct txn *txn, struct span name, const struct doc_visit *visit)
{
	struct span id;

	if (!find(txn, name, &id))
		return;
	comment_each(txn, RECORD_USER, id, visit);
	value_each(txn, RECORD_USER, id, visit);
}

static bool
user_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	struct span id;

	if (!find(txn, name, &id))
		return false;
	if (people_last_admin(txn, record_load(txn, RECORD_USER, id))) {
		complain(complaints, "", "this is the last admin; give the role to another one "
		    "first");
		return false;
	}
	people_delete(txn, id);
	return true;
}

static struct json_object *
next(struct txn *txn, struct span after, struct span *position_r)
{
	struct json_object *user = record_next(txn, RECORD_USER, after, position_r);

	return shown(txn, user);
}

const struct kind kind_user = {
	.name = "user",
	.order = 50,
	.exported = true,
	.members = SCHEMA(schema_user),
	.merged = true,
	.personal = true,
	.check = check,
	.put = put,
	.get = get,
	.current = current,
	.uses = uses_of,
	.parts = parts,
	.remove = user_remove,
	.next = next,
};
