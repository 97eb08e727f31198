/* SPDX-License-Identifier: ISC */
/*
 * Who asks, and may he? The store's user and root are the operator, who may do all, also in the
 * place of a user. A front of the web asks for people who are signed in to the console: each
 * of its calls names the session, and it is here that this becomes a person, so that no front
 * can do more than the people who use it; without one it may only help them to sign in.
 *
 * Rights are checked here, before a command is carried out, whoever calls: by the row
 * of the command (command.h), which says what right it needs and what it is about. What it is
 * about belongs to a project, or to the community:
 *
 *   rules and groups, values of groups     where their key stands
 *   tickets, comments on them              the ticket's project
 *   users, comments on them                the community; managers of a project in which they
 *                                          participate may read them
 *   comments on users in a project         are its managers' to change, too
 *   deliveries                             where their listener stands
 *   e-mails and webhooks to be sent        where the macro stands that wrote them
 *   changes in the log                     what they changed
 *
 * A manager of projects reads and changes what belongs to them, and of the community nothing;
 * what his documents name is looked at in reach.c.
 * One of all projects has the community, too, but for what makes others more than they are:
 * accounts with a role, API keys and the setting.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "community/outbox.h"
#include "community/people.h"
#include "community/session.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/refusals.h"
#include "listen/register.h"
#include "record/audit.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "record/schema.h"
#include "record/sealed.h"

#include <string.h>

/* What is asked for, as it is held against what he may. */
struct asked {
	struct txn *txn;
	struct job *job;
	enum right right;
	const struct actor *actor;
	bool quiet;               /* a refusal is no failure */
	struct error *why;        /* likewise, but is told here; NULL: it is not */
};

static bool
is_kind(const struct kind *kind, const char *name)
{
	return strcmp(kind->name, name) == 0;
}

/* Manager of all, or of this project; "" is the community. */
static bool
in_reach(const struct actor *actor, enum right right, struct span project)
{
	return actor->role != ACTOR_MANAGER || actor->projects == NULL ||
	    (right == RIGHT_READ && actor->reads_all) ||
	    (project.n > 0 && doc_list_has(actor->projects, project));
}

/* Always false. where: "project", or what else it is. */
static bool
refuse(struct asked *asked, const char *where, struct span name)
{
	static const char *const rights[] = { [RIGHT_READ] = "read", [RIGHT_CHANGE] = "change",
		[RIGHT_ADMINISTER] = "administer" };
	const struct actor *actor = asked->actor;
	struct arena *arena = txn_arena(asked->txn);
	struct buf of = { 0 };

	if (asked->quiet && asked->why == NULL)
		return false;
	for (size_t i = 0; i < json_count(actor->projects); i++) {
		struct span key = json_span(json_at(actor->projects, i));

		buf_printf(&of, "%s%.*s", i == 0 ? " of " : ", ", (int)key.n, key.p);
	}
	error_set(asked->why != NULL ? asked->why : txn_error(asked->txn), FAULT_NOT_ALLOWED,
	    "to %s needs the right to %s %s%s%s; %s is %s%s",
	    asked->job->command->words, rights[asked->right], where, name.n > 0 ? " " : "",
	    doc_short(arena, name), doc_short(arena, actor->email),
	    actor_role_name(actor->role), doc_short(arena, buf_bytes(&of)));
	buf_free(&of);
	return false;
}

static bool
project_allowed(struct asked *asked, struct span project)
{
	if (in_reach(asked->actor, asked->right, project))
		return true;
	return project.n > 0 ? refuse(asked, "project", project)
	                     : refuse(asked, "the community", SPAN(""));
}

/* Has a role by which he may sign in and do something. */
static bool
is_privileged(struct json_object *user)
{
	static const char *const roles[] = { "admin", "manager", "viewer" };

	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		if (doc_list_has(json_get(user, "roles"), span_of(roles[i])))
			return true;
	return false;
}

/* In one of his projects; as exported, a user does not name those that his teams tell. */
static bool
participates(struct asked *asked, struct json_object *user)
{
	struct json_object *projects = json_get(record_load(asked->txn, RECORD_USER,
	    json_string(user, "id")), "projects");

	for (size_t i = 0; i < json_count(projects); i++)
		if (in_reach(asked->actor, RIGHT_CHANGE, json_span(json_at(projects, i))))
			return true;
	return false;
}

static bool
user_allowed(struct asked *asked, struct json_object *user)
{
	if (asked->right == RIGHT_READ && user != NULL && participates(asked, user))
		return true;
	return project_allowed(asked, SPAN(""));
}

static bool
ticket_allowed(struct asked *asked, struct span id)
{
	return project_allowed(asked, json_string(record_load(asked->txn, RECORD_FEEDBACK, id),
	    "project"));
}

/* The name is that of kind_find(); doc: what is there, what is to be there, or NULL. */
static bool
document_allowed(struct asked *asked, const struct kind *kind, struct span name,
    struct json_object *doc)
{
	struct span project, key;

	if (is_kind(kind, "user"))
		return user_allowed(asked, doc);
	if (is_kind(kind, "comment"))
		return json_string(doc, "feedback").n > 0
		    ? ticket_allowed(asked, json_string(doc, "feedback"))
		    : user_allowed(asked, people_load(asked->txn, json_string(doc, "user")));
	if (is_kind(kind, "project"))
		return project_allowed(asked, name);
	if (is_kind(kind, "delivery"))
		doc_name_split(json_string(doc, "listener"), &project, &key);
	else if (doc != NULL)
		project = json_string(doc, "project");
	else
		doc_name_split(name, &project, &key);
	return project_allowed(asked, project);
}

/* What only admins change: whoever changed it could do more afterwards than before. */
static bool
privilege_allowed(struct asked *asked, const struct kind *kind, struct json_object *old,
    struct json_object *given)
{
	if (asked->right == RIGHT_READ || asked->actor->role == ACTOR_ADMIN)
		return true;
	if (is_kind(kind, "user") ? !is_privileged(old) && !json_has(given, "roles")
	                          : !is_kind(kind, "apikey") && !is_kind(kind, "setting"))
		return true;
	asked->right = RIGHT_ADMINISTER;
	return refuse(asked, is_kind(kind, "user") ? "accounts with roles" : "kind",
	    is_kind(kind, "user") ? SPAN("") : span_of(kind->name));
}

static bool
named_allowed(struct asked *asked, const struct kind *kind, struct span name,
    struct json_object *members)
{
	struct json_object *old = kind_find(asked->txn, kind, name);

	/* What was written in his project about somebody is his to change and remove. */
	if (asked->right == RIGHT_CHANGE && is_kind(kind, "comment") && json_has(old, "user") &&
	    json_string(old, "project").n > 0 &&
	    in_reach(asked->actor, asked->right, json_string(old, "project")))
		return true;
	/* Who is to change what is not there is told so where he may know that. */
	return document_allowed(asked, kind, name, old) &&
	    privilege_allowed(asked, kind, old, members);
}

/* What stands there, and what is to stand there. */
static bool
given_allowed(struct asked *asked, struct json_object *doc)
{
	const struct kind *kind = kind_by_word(json_string(doc, "kind"));
	struct json_object *old;

	if (kind == NULL || kind->members == NULL || !json_is_object(doc))
		return true; /* apply says what is wrong with it */
	schema_words(asked->why != NULL ? txn_arena(asked->txn) : asked->job->arena, kind->members,
	    doc);
	old = kind_current(asked->txn, kind, doc);
	return document_allowed(asked, kind, kind_name(txn_arena(asked->txn), kind, doc), doc) &&
	    (old == NULL || document_allowed(asked, kind,
	        kind_name(txn_arena(asked->txn), kind, old), old)) &&
	    privilege_allowed(asked, kind, old, doc);
}

static bool
documents_allowed(struct asked *asked)
{
	struct json_object *documents = json_get(asked->job->args, "documents");
	struct arena_mark mark = arena_mark(txn_arena(asked->txn));

	for (size_t i = 0; i < json_count(documents); i++) {
		if (!given_allowed(asked, json_get(json_at(documents, i), "doc")))
			return false;
		arena_rewind(txn_arena(asked->txn), mark);
	}
	/* With them, API keys may be made: what only admins do. */
	return json_count(json_get(asked->job->args, "keys")) == 0 ||
	    privilege_allowed(asked, kind_by_name(SPAN("apikey")), NULL, NULL);
}

/* The member "target" of what is of one automation. Of whom he may not know is said what is
 * said of those who are not there. */
static bool
target_allowed(struct asked *asked, struct json_object *rule)
{
	struct json_object *target = json_get(asked->job->args, "target");
	struct span name = json_string(target, "id");
	struct json_object *doc;
	enum record record;

	if (rule == NULL || !record_by_name(json_string(rule, "automation"), &record))
		return true; /* there is none: the command says so */
	if (name.n == 0)
		name = json_string(target, "email");
	doc = kind_find(asked->txn, kind_by_name(span_of(record_name(record))), name);
	if (doc == NULL || in_reach(asked->actor, asked->right, record == RECORD_USER ? SPAN("")
	        : json_string(doc, "project")))
		return true;
	return (record == RECORD_USER && record_is_of(asked->txn, record, json_string(doc, "id"),
	    json_string(rule, "project"))) || command_no_target(asked->txn, record, name);
}

/* For each that has that name: among the documents that are tried, however they call their
 * kind, or else stored. */
static bool
targets_allowed(struct asked *asked, const struct kind *kind, struct span name)
{
	struct json_object *documents = json_get(asked->job->args, "documents");
	bool tried = false;

	for (size_t i = 0; i < json_count(documents); i++) {
		struct json_object *doc = json_get(json_at(documents, i), "doc");

		if (kind_by_word(json_string(doc, "kind")) != kind ||
		    !span_eq(kind_name(txn_arena(asked->txn), kind, doc), name))
			continue;
		tried = true;
		if (!target_allowed(asked, doc))
			return false;
	}
	return tried || target_allowed(asked, kind_find(asked->txn, kind, name));
}

/* The argument "id". What it begins, or "last", may be another one a moment later: the command
 * is given the one that was looked at. */
static bool
find_id(struct asked *asked, enum table table, const struct refusals *refusals, struct id *id_r)
{
	struct job *job = asked->job;
	char text[ID_TEXT_SIZE];

	if (!command_find_id(asked->txn, job, table, refusals, id_r))
		return false;
	json_set_text(job->args, "id", span_of(id_text(*id_r, text)));
	return true;
}

static bool
delivery_allowed(struct asked *asked)
{
	const struct job *job = asked->job;
	/* Who only looks sees those that were not let in, too. */
	const struct refusals *refusals = job->command->right == RIGHT_READ ? job->gate->refusals
	                                                                    : NULL;
	struct json_object *entry;
	struct id id;

	if (!find_id(asked, TABLE_DELIVERY, refusals, &id))
		return false;
	entry = journal_load_brief(asked->txn, id);
	if (entry == NULL)
		entry = refusals_find(refusals, id, txn_arena(asked->txn));
	return document_allowed(asked, &kind_delivery, SPAN(""), entry);
}

static bool
parcel_allowed(struct asked *asked)
{
	struct span project, key;
	struct id id;

	if (!find_id(asked, TABLE_OUTBOX, NULL, &id))
		return false;
	doc_name_split(json_string(outbox_load(asked->txn, id), "macro"), &project, &key);
	return project_allowed(asked, project);
}

/* On a participant of his project a manager writes in that project. */
static bool
comment_allowed(struct asked *asked)
{
	struct json_object *args = asked->job->args, *user;
	struct span project = json_string(args, "project");

	if (json_string(args, "user").n == 0)
		return ticket_allowed(asked, json_string(args, "feedback"));
	if (!project_allowed(asked, project))
		return false;
	user = kind_find(asked->txn, kind_by_name(SPAN("user")), json_string(args, "user"));
	return in_reach(asked->actor, asked->right, SPAN("")) || (user != NULL && doc_list_has(
	    json_get(record_load(asked->txn, RECORD_USER, json_string(user, "id")), "projects"),
	    project)) || project_allowed(asked, SPAN(""));
}

/* Where the document stands, and stood before. */
static bool
change_allowed(struct asked *asked)
{
	struct json_object *entry;
	const struct kind *kind;
	struct id id;

	if (!find_id(asked, TABLE_AUDIT, NULL, &id))
		return false;
	entry = audit_load(asked->txn, id);
	kind = kind_by_name(json_string(entry, "kind"));
	return kind == NULL || (project_allowed(asked, json_string(entry, "project")) &&
	    (!json_has(entry, "formerly") ||
	    project_allowed(asked, json_string(entry, "formerly"))) &&
	    privilege_allowed(asked, kind, kind_find(asked->txn, kind, audit_name(asked->txn,
	    json_string(entry, "kind"), json_string(entry, "of"))), json_get(entry, "before")));
}

static bool
scope_allowed(struct asked *asked)
{
	const struct command *command = asked->job->command;
	struct json_object *args = asked->job->args;
	struct span name = json_string(args, command->named != NULL ? command->named : "name");
	const struct kind *kind = kind_by_word(command->kind != NULL ? span_of(command->kind)
	    : json_string(args, "kind"));

	switch (command->scope) {
	case SCOPE_ROWS:
		return true; /* the command tells those that he may read: command_may_read() */
	case SCOPE_COMMUNITY:
		break;
	case SCOPE_PROJECT:
		return project_allowed(asked, json_string(args, "project"));
	case SCOPE_DOCUMENT:
		if (span_is(json_string(args, "kind"), kind_delivery.name) && command->kind == NULL)
			kind = &kind_delivery;
		return kind == NULL || named_allowed(asked, kind, name, json_get(args, "members"));
	case SCOPE_TARGET:
		return named_allowed(asked, kind, name, NULL) && documents_allowed(asked) &&
		    targets_allowed(asked, kind, name);
	case SCOPE_DOCUMENTS:
		return documents_allowed(asked);
	case SCOPE_TRIAL:
		return named_allowed(asked, kind, name, NULL) && documents_allowed(asked);
	case SCOPE_DELIVERY:
		if (json_has(args, "id"))
			return delivery_allowed(asked);
		return named_allowed(asked, kind_by_name(SPAN("listener")),
		    json_string(args, "listener"), NULL);
	case SCOPE_PARCEL:
		if (!json_flag(args, "all", false))
			return parcel_allowed(asked);
		break;
	case SCOPE_COMMENT:
		return comment_allowed(asked);
	case SCOPE_AUDIT:
		return change_allowed(asked);
	}
	return project_allowed(asked, SPAN(""));
}

static bool
role_allowed(struct asked *asked)
{
	static const enum actor_role needed[] = { [RIGHT_READ] = ACTOR_VIEWER,
		[RIGHT_CHANGE] = ACTOR_MANAGER, [RIGHT_ADMINISTER] = ACTOR_ADMIN };

	return asked->actor->role >= needed[asked->right] ||
	    refuse(asked, asked->right == RIGHT_ADMINISTER ? "Earshot" : "here", SPAN(""));
}

/* Of the session; false: it has ended, or whose it was may not sign in any more. */
static bool
find_session(struct txn *txn, struct job *job)
{
	struct span hash = session_hash(job->arena, json_string(job->args, "session"));
	struct json_object *session = session_find(txn, hash, job->now);
	struct json_object *user = session == NULL ? NULL
	    : record_load(txn, RECORD_USER, json_string(session, "user"));
	struct actor *actor = arena_alloc(job->arena, sizeof *actor);

	if (!people_actor(txn, job->arena, user, actor) || actor->role == ACTOR_NONE)
		return false;
	job->actor = actor;
	job->session = hash;
	return true;
}

static void
refuse_nobody(struct txn *txn, const struct job *job)
{
	if (job->task)
		txn_fail(txn, FAULT_NOT_ALLOWED, "the account for which it was done is gone");
	else
		txn_fail(txn, FAULT_NOT_ALLOWED, "there is no user \"%s\", for whom the call is made",
		    doc_short(txn_arena(txn), job->on_behalf));
}

static void
admit(struct txn *txn, void *arg)
{
	struct job *job = arg;
	struct actor *actor;
	struct asked asked = { .txn = txn, .job = job, .right = job->command->right };
	bool session = json_string(job->args, "session").n > 0;

	if (session && !find_session(txn, job)) {
		if (!job->command->open)
			txn_fail(txn, FAULT_NOT_SIGNED_IN, "the session has ended: sign in again");
		return;
	}
	if (job->actor == NULL) {
		job->actor = actor = arena_alloc(job->arena, sizeof *actor);
		if (!people_actor(txn, job->arena, job->task ? record_load(txn, RECORD_USER,
		        job->on_behalf) : people_load(txn, job->on_behalf), actor)) {
			refuse_nobody(txn, job);
			return;
		}
	}
	asked.actor = job->actor;
	if (job->command->dry != NULL && json_flag(job->args, job->command->dry, false) &&
	    asked.right == RIGHT_CHANGE)
		asked.right = RIGHT_READ;
	(void)(role_allowed(&asked) && (job->actor->role != ACTOR_MANAGER ||
	    scope_allowed(&asked)));
	if (command_is_limited(job))
		sealed_prepare(txn);
}

static bool
actor_same(const struct actor *a, const struct actor *b)
{
	return a->role == b->role && a->reads_all == b->reads_all && span_eq(a->email, b->email) &&
	    json_equal(a->projects, b->projects);
}

static struct actor *
actor_copy(struct arena *arena, const struct actor *actor)
{
	struct actor *copy = arena_alloc(arena, sizeof *copy);

	*copy = *actor;
	copy->user = arena_copy(arena, actor->user);
	copy->email = arena_copy(arena, actor->email);
	if (actor->projects != NULL)
		copy->projects = json_copy(arena, actor->projects);
	return copy;
}

/* Another one when accounts, or managers of projects, may have changed. */
static uint64_t
known_by(const struct job *job)
{
	return store_people_generation(job->store) + store_generation(job->store);
}

struct again {
	struct job *job;
	struct arena *arena;
};

/* As who he is by now, whatever he is called. */
static void
admit_again(struct txn *txn, void *arg)
{
	const struct again *again = arg;
	struct job *job = again->job;
	struct actor now;
	struct asked asked = { .txn = txn, .job = job, .right = job->command->right, .actor = &now };

	if (!people_actor(txn, again->arena, record_load(txn, RECORD_USER, job->actor->user), &now)) {
		refuse_nobody(txn, job);
		return;
	}
	if (role_allowed(&asked) && (now.role != ACTOR_MANAGER || scope_allowed(&asked)) &&
	    !actor_same(job->actor, &now))
		job->actor = actor_copy(job->arena, &now);
	job->known = known_by(job);
}

bool
command_admit(struct job *job)
{
	if (job->call != NULL)
		return true; /* a request that reads: its API key has let it in */
	if (json_string(job->args, "session").n == 0 && job->rights != RIGHTS_ALL)
		return job->command->open || error_set(&job->error, FAULT_NOT_SIGNED_IN,
		    "nobody is signed in");
	if (json_string(job->args, "session").n == 0 && job->on_behalf.n == 0 &&
	    job->actor == NULL)
		return true;
	(void)store_run(job->store, STORE_READ, job->scratch, admit, job, &job->error);
	arena_reset(job->scratch);
	job->known = known_by(job);
	return job->error.fault == FAULT_NONE;
}

bool
command_admit_again(struct job *job)
{
	struct again again = { .job = job };

	if (!job->task || job->actor == NULL || job->known == known_by(job))
		return true;
	again.arena = arena_new();
	(void)store_run(job->store, STORE_READ, again.arena, admit_again, &again, &job->error);
	arena_free(&again.arena);
	return job->error.fault == FAULT_NONE;
}

bool
command_is_limited(const struct job *job)
{
	return job->actor != NULL && job->actor->role == ACTOR_MANAGER &&
	    job->actor->projects != NULL;
}

bool
command_may_read(struct txn *txn, struct job *job, const struct kind *kind,
    struct json_object *doc)
{
	struct asked asked = { .txn = txn, .job = job, .right = RIGHT_READ, .actor = job->actor,
		.quiet = true };

	return job->actor == NULL || document_allowed(&asked, kind,
	    is_kind(kind, "project") ? json_string(doc, "key") : SPAN(""), doc);
}

bool
command_may_read_of(const struct job *job, struct span full_name)
{
	struct span project, key;

	doc_name_split(full_name, &project, &key);
	return job->actor == NULL || in_reach(job->actor, RIGHT_READ, project);
}

bool
command_may_change(struct txn *txn, struct job *job, const struct kind *kind,
    struct json_object *doc)
{
	struct asked asked = { .txn = txn, .job = job, .right = RIGHT_CHANGE, .actor = job->actor };

	if (!command_is_limited(job))
		return true;
	/* What he has written in his project about a participant is his. */
	if (is_kind(kind, "comment") && json_string(doc, "feedback").n == 0)
		return project_allowed(&asked, json_string(doc, "project"));
	return document_allowed(&asked, kind, kind_name(txn_arena(txn), kind, doc), doc);
}

bool
command_may_apply(struct txn *txn, struct job *job, struct json_object *doc, struct error *why)
{
	struct asked asked = { .txn = txn, .job = job, .right = RIGHT_CHANGE, .actor = job->actor,
		.quiet = true, .why = why };

	return job->actor == NULL || given_allowed(&asked, doc);
}
