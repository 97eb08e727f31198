/* SPDX-License-Identifier: ISC */
/* What people.c and people_user.c share. */
#ifndef EARSHOT_PEOPLE_PRIVATE_H
#define EARSHOT_PEOPLE_PRIVATE_H

#include "community/people.h"

/* Sets what follows from the rest: projects, score, scores. */
void people_derive(struct arena *arena, struct json_object *user);
/* Projects in which teams of the user are; each once, in order. */
struct json_object *people_team_projects(struct arena *arena, struct json_object *user);

#endif
