/* SPDX-License-Identifier: ISC */
/*
 * What the documents of a manager of projects may reach. Rights to a document follow from where
 * it stands (actor.c); but a rule acts later, by itself, on what it names. So that nobody does
 * by a rule what he may not do by hand, what a manager writes names
 *
 *   macros, teams, and groups that are written to   of his projects
 *   templates                                       of his projects, or of the community
 *   users, and tickets                              who belong to the document's project
 *
 * and changes of users what belongs to the project: ranks, points, teams, comments. Accounts
 * are the community's. What somebody else has written is carried out as it stands; a manager
 * may name and describe it, and switch it off.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/people.h"
#include "record/doc_check.h"
#include "record/scope.h"

#include <string.h>

struct reach {
	struct txn *txn;
	const struct actor *actor;
	struct complaints *complaints;
	struct span project;     /* of the document */
	struct json_object *old; /* what stands there; NULL: nothing */
};

static const char *
at(struct reach *reach, const char *above, const char *member)
{
	return arena_printf(txn_arena(reach->txn), "%s/%s", above, member);
}

/* What the document names so is of his projects; or of the community, where that is shared.
 * What is not there is told when names are looked up. */
static void
look_at_name(struct reach *reach, const char *kind, struct span name, bool shared,
    const char *pointer)
{
	struct span project, key;

	if (name.n == 0 || !scope_find(reach->txn, kind, reach->project, name, &project, &key) ||
	    (project.n == 0 ? shared : doc_list_has(reach->actor->projects, project)))
		return;
	complain(reach->complaints, pointer, "%s \"%s\" belongs to %s%.*s: to have it here needs the "
	    "right to change that, too", kind, doc_short(txn_arena(reach->txn), name),
	    project.n > 0 ? "project " : "the community", (int)project.n, project.p);
}

/* Who stands there already may stay. */
static void
look_at_user(struct reach *reach, struct span email, struct json_object *old, bool works,
    const char *pointer)
{
	struct arena *arena = txn_arena(reach->txn);
	struct json_object *user;

	if (email.n == 0 || (json_is_array(old) ? doc_list_find_folded(arena, old, email) <
	        json_count(old) : span_eq(text_fold(arena, email), text_fold(arena, json_span(old)))))
		return;
	user = people_load(reach->txn, email);
	if (works ? !people_belongs(reach->txn, user, reach->project)
	          : user == NULL || !people_participates(user, reach->project))
		complain(reach->complaints, pointer, "project %.*s has no user \"%s\"",
		    (int)reach->project.n, reach->project.p, doc_short(arena, email));
}

static void
look_at_users(struct reach *reach, struct json_object *doc, const char *member)
{
	struct json_object *list = json_get(doc, member);

	for (size_t i = 0; i < json_count(list); i++)
		look_at_user(reach, json_span(json_at(list, i)), json_get(reach->old, member), true,
		    arena_printf(txn_arena(reach->txn), "/%s/%zu", member, i));
}

static void
look_at_account(struct reach *reach, const char *pointer, const char *what)
{
	complain(reach->complaints, pointer, "%s: accounts belong to the community, and this needs "
	    "the right to change it", what);
}

/* Of an e-mail: who is of a team is told by whom it goes to. */
static void
look_at_mail(struct reach *reach, struct json_object *to, const char *pointer)
{
	if (json_is_object(to))
		look_at_name(reach, "team", json_string(to, "team"), false, pointer);
	for (size_t i = 0; json_is_array(to) && i < json_count(to); i++)
		look_at_mail(reach, json_at(to, i), pointer);
}

static void
look_at_action(struct reach *reach, struct json_object *action, bool of_user, const char *pointer)
{
	struct span name = json_string(action, "action");
	struct json_object *teams = json_get(action, "teams");

	for (size_t i = 0; i < json_count(teams); i++)
		look_at_name(reach, "team", json_span(json_at(teams, i)), false,
		    at(reach, pointer, "teams"));
	look_at_name(reach, "macro", json_string(action, "macro"), false, at(reach, pointer, "macro"));
	look_at_name(reach, "template", json_string(action, "template"), true,
	    at(reach, pointer, "template"));
	look_at_name(reach, "group", json_string(json_get(action, "returns"), "group"), false,
	    at(reach, pointer, "returns/group"));
	if (span_is(name, "email"))
		look_at_mail(reach, json_get(action, "to"), at(reach, pointer, "to"));
	if (span_is(name, "delete-user"))
		look_at_account(reach, at(reach, pointer, "action"), "deletes an account");
	if (span_is(name, "add-note"))
		look_at_account(reach, at(reach, pointer, "action"), "adds a note to an account");
	if (span_is(name, "set-field") && of_user)
		look_at_account(reach, at(reach, pointer, "action"), "sets a field of an account");
}

static void
look_at_macro(struct reach *reach, struct json_object *doc)
{
	struct json_object *actions = json_get(doc, "actions");

	for (size_t i = 0; i < json_count(actions); i++)
		look_at_action(reach, json_at(actions, i), span_is(json_string(doc, "automation"),
		    "user"), arena_printf(txn_arena(reach->txn), "/actions/%zu", i));
}

static void
look_at_listener(struct reach *reach, struct json_object *doc)
{
	look_at_name(reach, "macro", json_string(doc, "macro"), false, "/macro");
	look_at_name(reach, "group", json_string(doc, "group"), false, "/group");
	if (span_is(json_string(doc, "automation"), "user") &&
	    span_is(json_string(json_get(doc, "target"), "missing"), "create"))
		look_at_account(reach, "/target/missing", "creates accounts");
}

static void
look_at_schedule(struct reach *reach, struct json_object *doc)
{
	look_at_name(reach, "macro", json_string(doc, "macro"), false, "/macro");
}

/* A rule about a ticket knows all of its submitter. */
static void
look_at_ticket(struct reach *reach, struct json_object *doc)
{
	look_at_user(reach, json_string(doc, "submitter"), json_get(reach->old, "submitter"), false,
	    "/submitter");
	look_at_users(reach, doc, "followers");
}

static void
look_at_project(struct reach *reach, struct json_object *doc)
{
	reach->project = json_string(doc, "key");
	look_at_users(reach, doc, "managers");
}

/* Of a group of the project, about somebody of it, or one of its tickets. */
static void
look_at_value(struct reach *reach, struct json_object *doc)
{
	struct span ticket = json_string(doc, "feedback"), other = json_string(doc, "target");

	look_at_user(reach, json_string(doc, "user"), NULL, false, "/user");
	if (ticket.n > 0 && !record_is_of(reach->txn, RECORD_FEEDBACK, ticket, reach->project))
		complain(reach->complaints, "/feedback", "project %.*s has no ticket \"%s\"",
		    (int)reach->project.n, reach->project.p,
		    doc_short(txn_arena(reach->txn), ticket));
	if (other.n > 0 && !doc_list_has(reach->actor->projects, other))
		complain(reach->complaints, "/target", "to change this needs the right to change "
		    "project \"%s\"", doc_short(txn_arena(reach->txn), other));
}

static struct json_object *
without_words(struct arena *arena, struct json_object *doc)
{
	struct json_object *rest = json_copy(arena, doc);

	json_del(rest, "name");
	json_del(rest, "description");
	json_del(rest, "enabled");
	return rest;
}

/* It does nothing that the old one did not do. */
static bool
does_no_more(struct arena *arena, struct json_object *doc, struct json_object *old)
{
	return old != NULL && (!json_flag(doc, "enabled", true) || json_flag(old, "enabled", true)) &&
	    json_equal(without_words(arena, doc), without_words(arena, old));
}

void
command_reach(struct txn *txn, const struct job *job, const struct kind *kind,
    struct json_object *doc, struct json_object *old, struct complaints *complaints)
{
	static const struct {
		const char *kind;
		void (*look)(struct reach *reach, struct json_object *doc);
	} looks[] = {
		{ "listener", look_at_listener }, { "macro", look_at_macro },
		{ "schedule", look_at_schedule }, { "feedback", look_at_ticket },
		{ "project", look_at_project }, { "value", look_at_value },
	};
	struct reach reach = { .txn = txn, .actor = job->actor, .complaints = complaints,
		.project = json_string(doc, "project"), .old = old };

	if (!command_is_limited(job) || does_no_more(txn_arena(txn), doc, old))
		return;
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
		if (strcmp(kind->name, looks[i].kind) == 0)
			looks[i].look(&reach, doc);
}
