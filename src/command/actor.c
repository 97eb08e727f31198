/* SPDX-License-Identifier: ISC */
/*
 * Who asks. The store's user and root are the operator, and may do all. A front of the web
 * asks for people who are signed in to the console: each of its calls names the session,
 * and it is here that it becomes a person with rights, so that no front can do more than
 * the people who use it. Without a session it may only help them to sign in.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "community/session.h"
#include "record/record.h"
#include "record/doc_check.h"

#include <string.h>

_Static_assert((int)ACTOR_NONE == SESSION_NONE && (int)ACTOR_VIEWER == SESSION_VIEWER &&
    (int)ACTOR_MANAGER == SESSION_MANAGER && (int)ACTOR_ADMIN == SESSION_ADMIN,
    "the roles of sessions are those of actors");

const char *
actor_role_name(enum actor_role role)
{
	static const char *const names[] = { "none", "viewer", "manager", "admin" };

	return names[role];
}

struct finding {
	struct job *job;
	struct actor *actor;
};

static void
find(struct txn *txn, void *arg)
{
	struct finding *finding = arg;
	struct job *job = finding->job;
	struct actor *actor = finding->actor;
	struct json_object *session, *user, *projects;
	enum session_role role;

	actor->session = session_hash(job->arena, json_string(job->args, "session"));
	session = session_find(txn, actor->session, job->now);
	user = session == NULL ? NULL
	    : record_load(txn, RECORD_USER, json_string(session, "user"));
	if (user == NULL || (role = session_role(txn, user, &projects)) == SESSION_NONE) {
		txn_fail(txn, FAULT_NOT_SIGNED_IN, "the session has ended: sign in again");
		return;
	}
	actor->role = (enum actor_role)role;
	actor->user = arena_copy(job->arena, json_string(user, "id"));
	actor->email = arena_copy(job->arena, json_string(user, "email"));
	actor->projects = projects == NULL ? NULL : json_keep(job->arena, projects);
}

bool
command_admit(const struct command *command, struct job *job)
{
	struct finding finding = { .job = job };

	if (json_string(job->args, "session").n == 0)
		return job->rights == RIGHTS_ALL || command->open || error_set(&job->error,
		    FAULT_NOT_SIGNED_IN, "nobody is signed in");
	finding.actor = arena_alloc(job->arena, sizeof *finding.actor);
	if (!store_run(job->store, STORE_READ, job->scratch, find, &finding, &job->error)) {
		/* Who has just ended his session may sign in. */
		if (!command->open || job->error.fault != FAULT_NOT_SIGNED_IN)
			return false;
		error_clear(&job->error);
		return true;
	}
	job->actor = finding.actor;
	arena_reset(job->scratch);
	return true;
}
