/* SPDX-License-Identifier: ISC */
/*
 * What filters and tags may name: `user`, `feedback`, `project`, `data`,
 * `payload`, `delivery`, `community`. A root is fetched when it is first
 * named, so a rule pays only for what it looks at.
 */
#ifndef EARSHOT_FACTS_H
#define EARSHOT_FACTS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct zone;

extern const char *const facts_roots[]; /* these, NULL-terminated */

struct facts {
	/* The root of that name, NULL when there is none. Lives as long as the facts. */
	struct json_object *(*root)(void *arg, const char *name);
	/* The root as it is for who looks at this member ("": at all of it), where not all of
	 * them are fetched with it. NULL: they are. */
	struct json_object *(*whole)(void *arg, const char *name, struct json_object *root,
	    struct span member);
	void *arg;
	const struct zone *zone; /* of dates whose tag names none; NULL: UTC */
	int64_t now; /* microseconds UTC; the same for one delivery */
	size_t *steps; /* that all filters together may still take; NULL: each its own alone */
	const struct zone *unzoned; /* of times in texts without a zone; NULL: these are none */
	/* This value, read below that root (NULL: within a section), is not to be shown in
	 * a trace or in a sentence, nor is what is made of it. NULL: all may be. */
	bool (*hides)(void *arg, const char *root, struct json_object *value);
};

#endif
