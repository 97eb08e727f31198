/* SPDX-License-Identifier: ISC */
/* Documents of kind user. */
#include "community/people_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "store/store.h"

/* In the order in which they are stored and printed. */
static const char *const members[] = { "id", "email", "username", "firstName", "lastName",
	"roles", "teams", "projects", "ranks", "fields", "optOut", "createdAt", "notes", "macros",
	NULL };
/* What the system keeps itself stays when a document says nothing of it. */
static const char *const kept[] = { "ranks", "createdAt", "notes", "macros", NULL };

static bool
is_role(struct span text)
{
	return span_is(text, "admin") || span_is(text, "manager") || span_is(text, "tester");
}

static void
check_ranks(struct arena *arena, struct json_object *doc, struct complaints *complaints)
{
	static const char *const rank_members[] = { "!rank:k", "project:k", "count:i",
		"points:i", "at:t", "reason:s", NULL };
	struct json_object *ranks = json_get(doc, "ranks");

	for (size_t i = 0; i < json_count(ranks); i++)
		doc_check_members(json_at(ranks, i), rank_members, complaints,
		    arena_printf(arena, "/ranks/%zu", i));
}

static void
check_notes(struct arena *arena, struct json_object *doc, struct complaints *complaints)
{
	static const char *const note_members[] = { "!at:t", "!text:S", "author:s", NULL };
	struct json_object *notes = json_get(doc, "notes");

	for (size_t i = 0; i < json_count(notes); i++) {
		const char *pointer = arena_printf(arena, "/notes/%zu", i);

		doc_check_members(json_at(notes, i), note_members, complaints, pointer);
		doc_check_text(json_at(notes, i), "text", DOC_TEXT_MAX, complaints, pointer);
		doc_check_line(json_at(notes, i), "author", DOC_LINE_MAX * 2, complaints,
		    pointer);
	}
}

static const char *const all[] = { "id:s", "!email:e", "username:S", "firstName:s",
	"lastName:s", "roles:a", "teams:a", "projects:a", "ranks:a", "score:i", "scores:o",
	"fields:o", "optOut:b", "createdAt:t", "notes:a", "macros:a", NULL };

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	doc_check_members(doc, all, complaints, "");
	doc_check_id(doc, complaints);
	doc_check_line(doc, "username", DOC_LINE_MAX, complaints, "");
	doc_check_line(doc, "firstName", DOC_LINE_MAX, complaints, "");
	doc_check_line(doc, "lastName", DOC_LINE_MAX, complaints, "");
	doc_check_list(doc, "roles", is_role, "\"admin\", \"manager\" or \"tester\"",
	    complaints);
	doc_check_list(doc, "teams", doc_full_name_good, "a team: its key, or project/key",
	    complaints);
	doc_check_list(doc, "projects", text_key, "the key of a project", complaints);
	doc_check_list(doc, "macros", doc_full_name_good, "a macro: its key, or project/key",
	    complaints);
	doc_check_fields(doc, complaints);
	check_ranks(txn_arena(txn), doc, complaints);
	check_notes(txn_arena(txn), doc, complaints);
}

static void
missing(struct txn *txn, struct complaints *complaints, const char *list, size_t i,
    const char *kind, struct span name)
{
	complain(complaints, arena_printf(txn_arena(txn), "/%s/%zu", list, i),
	    "there is no %s \"%.*s\"", kind, (int)name.n, name.p);
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *teams = json_get(doc, "teams"), *ranks = json_get(doc, "ranks");
	struct json_object *projects = json_get(doc, "projects");
	struct span name, project, key;

	for (size_t i = 0; i < json_count(teams); i++) {
		name = json_span(json_at(teams, i));
		doc_name_split(name, &project, &key);
		if (!doc_exists(txn, "team", project, key))
			missing(txn, complaints, "teams", i, "team", name);
	}
	for (size_t i = 0; i < json_count(projects); i++) {
		name = json_span(json_at(projects, i));
		if (!record_exists(txn, RECORD_PROJECT, name))
			missing(txn, complaints, "projects", i, "project", name);
	}
	for (size_t i = 0; i < json_count(ranks); i++) {
		name = json_string(json_at(ranks, i), "rank");
		project = json_string(json_at(ranks, i), "project");
		if (!doc_exists(txn, "rank", SPAN(""), name))
			missing(txn, complaints, "ranks", i, "rank", name);
		if (project.n > 0 && !record_exists(txn, RECORD_PROJECT, project))
			missing(txn, complaints, "ranks", i, "project", project);
	}
}

/* Without points a rank counts what its document says. */
static struct json_object *
tidy_ranks(struct txn *txn, struct json_object *ranks)
{
	static const char *const rank_members[] = { "rank", "project", "count", "points",
		"at", "reason", NULL };
	struct arena *arena = txn_arena(txn);
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(ranks); i++) {
		struct json_object *rank = doc_pick(arena, json_at(ranks, i), rank_members);

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
	static const char *const note_members[] = { "at", "text", "author", NULL };
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(notes); i++) {
		struct json_object *note = doc_pick(arena, json_at(notes, i), note_members);

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
	struct json_object *from = doc_pick(arena, doc, members), *new;

	for (size_t i = 0; kept[i] != NULL; i++)
		if (!json_has(from, kept[i]) && json_has(old, kept[i]))
			json_set(from, kept[i], json_share(json_get(old, kept[i])));
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
	doc_tidy_fields(arena, from);
	if (!json_has(from, "createdAt"))
		doc_set_time(from, "createdAt", text_now());
	doc_tidy_time(from, "createdAt");
	people_derive(arena, from);
	new = doc_pick(arena, from, members);
	json_set(new, "score", json_share(json_get(from, "score")));
	json_set(new, "scores", json_share(json_get(from, "scores")));
	return new;
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
	struct json_object *old = NULL, *new;
	struct span email, id;

	if (!identify(txn, doc, complaints, &id))
		return '=';
	if (id.n > 0)
		old = record_load(txn, RECORD_USER, id);
	else
		id = record_new_id(txn, RECORD_USER);
	if (json_has(doc, "notes")) { /* it says all of them */
		old = people_whole(txn, old);
		new = assemble(txn, doc, old, id);
	} else {
		new = assemble(txn, doc, old, id);
		people_keep_notes(new, old);
	}
	if (old != NULL && json_equal(old, new))
		return '=';
	if (json_has(doc, "notes"))
		people_drop_notes(txn, id);
	record_save(txn, RECORD_USER, id, new);
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
	doc = doc_pick(arena, user, members);
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

static bool
user_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	struct doc_uses uses = { .n = 0 };
	struct span id;

	if (!find(txn, name, &id))
		return false;
	doc_uses_rules(&uses, txn, "author",
	    json_string(record_load(txn, RECORD_USER, id), "email"));
	if (!doc_uses_none(&uses, complaints))
		return false;
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
	.members = all,
	.check = check,
	.refer = refer,
	.put = put,
	.get = get,
	.remove = user_remove,
	.next = next,
};
