/* SPDX-License-Identifier: ISC */
/*
 * What filters and tags may name: the roots of facts.h and the members of their
 * documents (schema.h), external data groups and their fields, and the fields,
 * statuses and types that a project lists for its tickets. A name that nothing
 * can ever answer, and a comparison that can never hold, are mistakes that are
 * found when a document is applied or a question is asked. What people name
 * themselves stays free: members of a payload, fields{} that no project lists.
 */
#ifndef EARSHOT_NAMES_H
#define EARSHOT_NAMES_H

#include "lang/filter.h"
#include "lang/filter_rows.h"
#include "lang/tag.h"
#include "record/doc.h"
#include "record/record.h"

struct names {
	struct txn *txn;       /* only looked into for what is stored */
	struct arena *arena;   /* of the sentences */
	enum record record;    /* what the rule is about: whose data, whose tickets */
	struct span project;   /* its project, "" community */
	bool stored;           /* what is stored, too: groups, lists of the project */
	const struct kind *own; /* a root of its own: documents of this kind; NULL: none */
};

/* Complains about the names in the tag that nothing can answer, with their place. */
void names_check_tag(const struct names *names, const struct tag *tag,
    struct complaints *complaints, const char *pointer);
/* False with the first such name of the filter, or comparison, as filter_compile() has it. */
bool names_check_filter(const struct names *names, const struct filter *filter,
    struct filter_error *error_r);
/* A dotted name such as "data.usage.launches": NULL, or the sentence that says what is
 * wrong with it. */
const char *names_wrong(const struct names *names, struct span name);

/*
 * What a form of rows offers (names_fields.c): every field that a rule about these records
 * can ask for by a simple comparison, in an order for people. Fields of their own that
 * records have are known from the project's list and from some records.
 */
struct names_field {
	struct span path;            /* as filters write it; "saved" for saved filters */
	struct span label;
	const char *heading;         /* what it is of: "User", "Submitter", … */
	struct span of;              /* likewise, of data: the name of the group; "" otherwise */
	enum filter_has has;
	bool free;                   /* the path only begins so: a name follows that people know */
	const struct span *choices;  /* what it can be, where somebody lists that */
	size_t choice_count;
};
/* Each lives until the callback returns. */
void names_fields(const struct names *names, void (*each)(void *arg,
    const struct names_field *field), void *arg);

#endif
