/* SPDX-License-Identifier: ISC */
/* A store in a temporary directory for one test program, and documents from
 * literals with single quotes. */
#ifndef EARSHOT_RECORD_SCRATCH_H
#define EARSHOT_RECORD_SCRATCH_H

#include "base/json.h"
#include "base/secret.h"
#include "base/settings.h"
#include "store/store.h"
#include "store/table.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

struct scratch {
	char home[64];
	struct settings settings;
	struct arena *kept;  /* settings */
	struct arena *arena; /* of the body that runs */
	struct store *store;
	struct error error;  /* of the last body */
};

/* A new store; false when that fails. scratch_close() removes it. */
bool scratch_open(struct scratch *s);
void scratch_close(struct scratch *s);

/* A directory with all that is in it. */
void scratch_remove(const char *directory);

/* Once more, after store_close(). It bails out when it returns false. */
bool scratch_reopen(struct scratch *s, bool create);

/* One transaction; what the arena holds is gone afterwards. An error is told and kept. */
bool scratch_run(struct scratch *s, enum store_mode mode, void (*body)(struct txn *, void *),
    void *arg);

struct scratch_body {
	const char *name;
	enum store_mode mode;
	void (*body)(struct txn *, void *);
	bool fails; /* as a macro does */
};

/* Runs each as a check of its name. */
void scratch_bodies(struct scratch *s, const struct scratch_body *bodies, size_t n);

/* How many there are in the table. */
size_t rows_in(struct txn *txn, enum table table);

/* ' stands for ". NULL, after bailing out, for what is no JSON. */
struct json_object *doc_of(struct txn *txn, const char *text);

/* The document's JSON with ' for ". */
const char *text_of(struct txn *txn, struct json_object *doc);

#endif
