/* SPDX-License-Identifier: ISC */
/*
 * What filters and tags may name: `user`, `feedback`, `project`, `data`,
 * `payload`, `delivery`, `community`. A root is fetched when it is first
 * named, so a rule pays only for what it looks at.
 */
#ifndef EARSHOT_FACTS_H
#define EARSHOT_FACTS_H

#include <stddef.h>
#include <stdint.h>

struct json_object;

struct facts {
	/* The root of that name, NULL when there is none. Lives as long as the facts. */
	struct json_object *(*root)(void *arg, const char *name);
	void *arg;
	int64_t now; /* microseconds UTC; the same for one delivery */
	size_t *steps; /* that all filters together may still take; NULL: each its own alone */
};

#endif
