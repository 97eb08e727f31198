/* SPDX-License-Identifier: ISC */
/*
 * What the data model knows of the names in tags: the roots of facts.h and the
 * members of their documents, external data groups and their fields, and the
 * fields that a project lists for its tickets. A name that nothing can ever
 * answer is a mistake that is found when a document is applied.
 */
#ifndef EARSHOT_MODEL_H
#define EARSHOT_MODEL_H

#include "lang/tag.h"
#include "record/doc.h"
#include "record/record.h"

struct model {
	struct txn *txn;
	enum record record;    /* what the macro or template is about */
	struct span project;   /* its project, "" community */
	bool stored;           /* names of what is stored, too: groups, fields of tickets */
};

/* Complains about the names in the tag that nothing can answer, with their place. */
void model_check(const struct model *model, const struct tag *tag,
    struct complaints *complaints, const char *pointer);

#endif
