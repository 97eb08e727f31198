/* SPDX-License-Identifier: ISC */
#ifndef EARSHOT_FEEDBACK_PRIVATE_H
#define EARSHOT_FEEDBACK_PRIVATE_H

#include "community/feedback.h"

extern const char *const feedback_exposures[]; /* NULL-terminated */

/* Does the project's list ("statuses", "types", …) have this name? A project
 * without such a list allows all. */
bool feedback_listed(struct json_object *project, const char *list, struct span name);
/* "project phone has no status "closed"; did you mean "Closed"?": of a name that the list of
 * the project lacks, in the arena. */
const char *feedback_unlisted(struct arena *arena, struct json_object *project, const char *what,
    const char *list, struct span name);

#endif
