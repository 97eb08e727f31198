/* SPDX-License-Identifier: ISC */
/*
 * For whom a call is made. The store's user and root, by the command line or earshotd, are
 * the operator, who may do all and has no name. They may name a user instead, in whose place
 * they ask: then only what that user may is done.
 */
#ifndef EARSHOT_ACTOR_H
#define EARSHOT_ACTOR_H

#include "base/buf.h"

struct json_object;

enum actor_role {
	ACTOR_NONE,    /* testers: nothing */
	ACTOR_VIEWER,  /* reads all, but no secrets */
	ACTOR_MANAGER, /* reads and changes what belongs to his projects */
	ACTOR_ADMIN,   /* all */
};

struct actor {
	enum actor_role role;
	struct span user;             /* id */
	struct span email;
	/* Of a manager, keys of his projects, text. NULL: those and the community, but for what
	 * only admins change. */
	struct json_object *projects;
	bool reads_all;               /* he is a viewer, too */
};

/* "viewer" */
const char *actor_role_name(enum actor_role role);

#endif
