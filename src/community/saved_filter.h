/* SPDX-License-Identifier: ISC */
/*
 * Saved filters: conditions with a name, used inside every other filter as
 * saved('paying') or saved('phone/paying').
 *
 * filter document: key, project?, name?, description?, automation ("user",
 * "feedback", "project": what it is about), filter (CEL over that record, its data
 * and its project).
 */
#ifndef EARSHOT_SAVED_H
#define EARSHOT_SAVED_H

#include "lang/filter.h"
#include "record/doc.h"
#include "record/record.h"

extern const struct kind kind_filter;

/* Whose filter it is that is compiled. */
struct saved_scope {
	struct span project;  /* names are looked for here, then in the community */
	enum record record;   /* what saved filters must be about */
	bool only_shape;      /* the saved ones may not be there yet: taken as true */
	bool names;           /* what names nothing, or can never hold, is an error (names.h); not
	                       * of rules that are in force: they go on as they did */
};
/* filter_compile() with them. names: the roots, NULL as there. */
const struct filter *saved_compile(struct txn *txn, struct arena *arena,
    const struct saved_scope *scope, const char *const *names, struct span source,
    struct filter_error *error_r);
/* Complains at the pointer where it does not compile; "" does. */
void saved_check(struct txn *txn, const struct saved_scope *scope,
    const char *const *names, struct span source, struct complaints *complaints,
    const char *pointer);

#endif
