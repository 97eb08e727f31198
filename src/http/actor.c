/* SPDX-License-Identifier: ISC */
#include "http/actor.h"

const char *
actor_role_name(enum actor_role role)
{
	static const char *const names[] = {
		[ACTOR_NONE] = "nobody with rights",
		[ACTOR_VIEWER] = "viewer",
		[ACTOR_MANAGER] = "manager",
		[ACTOR_ADMIN] = "admin",
	};

	return names[role];
}
