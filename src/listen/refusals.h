/* SPDX-License-Identifier: ISC */
/*
 * The last requests that were not let in, with their reason: in memory, since whoever
 * may not come in must not cost a byte of disk. They are gone with their owner.
 */
#ifndef EARSHOT_REFUSALS_H
#define EARSHOT_REFUSALS_H

#include "act/delivery.h"

#define REFUSALS_MAX 256 /* are kept */

struct refusals;

struct refusals *refusals_new(void);
void refusals_free(struct refusals **refusals_p);
/* detail is what was answered. Long texts are cut. NULL: nothing is kept. */
void refusals_add(struct refusals *refusals, const struct delivery *delivery,
    enum fault fault, int status, const char *detail);
/* The id of the nth newest, from 0; false behind the last. */
bool refusals_id(const struct refusals *refusals, size_t n, struct id *id_r);
/* The same in short, for what counts them. Lives until the next is added. */
struct refusal_brief {
	struct id id;
	enum fault fault;
	struct span listener; /* its full name, "" unknown */
};
bool refusals_brief(const struct refusals *refusals, size_t n, struct refusal_brief *brief_r);
/* As an entry of the log is told, with "refused": true and one step; NULL: not among them. */
struct json_object *refusals_find(const struct refusals *refusals, struct id id,
    struct arena *arena);

#endif
