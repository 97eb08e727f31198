/* SPDX-License-Identifier: ISC */
/* Documents put as `apply` does it, and what is complained about them. */
#ifndef EARSHOT_PEOPLE_APPLY_H
#define EARSHOT_PEOPLE_APPLY_H

#include "record/doc.h"
#include "record/doc_merge.h"
#include "record/record_scratch.h"

struct sink {
	struct complaints complaints;
	char text[4000]; /* "/pointer: sentence" by line */
};

void sink_open(struct sink *sink);

/* "c", "u", "=", or the complaints. */
const char *put_doc(struct txn *txn, const struct kind *kind, struct json_object *doc);
const char *apply(struct txn *txn, const struct kind *kind, const char *text);

/* "removed", "absent", or the complaints. */
const char *drop(struct txn *txn, const struct kind *kind, const char *name);

/* As export prints it. */
const char *get(struct txn *txn, const struct kind *kind, const char *name);

/* Everything of a kind, a document by line. */
const char *export(struct txn *txn, const struct kind *kind);

/* The bytes of a table, for telling whether two stores are the same. */
const char *dump(struct txn *txn, enum table table);

#endif
