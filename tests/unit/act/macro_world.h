/* SPDX-License-Identifier: ISC */
/* A small community in a store of its own, for tests of macros and listeners. */
#ifndef EARSHOT_MACRO_WORLD_H
#define EARSHOT_MACRO_WORLD_H

#include "act/delivery.h"
#include "act/macro.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/pointer.h"
#include "base/settings.h"
#include "community/feedback.h"
#include "community/group.h"
#include "community/people.h"
#include "kinds/template.h"
#include "record/doc.h"
#include "store/store.h"
#include "store/table.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

/* How the documents of macros begin. */
#define USER "{\"kind\":\"macro\",\"key\":\"m\",\"automation\":\"user\",\"actions\":["
#define TICKET "{\"kind\":\"macro\",\"key\":\"m\",\"project\":\"phone\"," \
	"\"automation\":\"feedback\",\"actions\":["

struct world {
	char home[64];
	struct settings settings;
	struct store *store;
	struct arena *arena;   /* of the test */
	struct arena *call;    /* of the running transaction */
};

/* A new store; what fails ends the test. world_close() removes it. */
void world_open(struct world *world);
void world_close(struct world *world);

/* "" or "code: detail", in the test's arena. What the body made lives until the next. */
const char *world_run(struct world *world, enum store_mode mode, void (*body)(struct txn *, void *),
    void *arg);

/* For struct complaints: appends to the struct buf that is its arg. */
void world_complain(struct complaints *complaints, const char *pointer, const char *sentence);

/* A document, and what is complained about it. */
struct world_put {
	const char *text;
	struct buf out;
};

/* Complaints, one a line; "" when the document was put. */
const char *world_put(struct world *world, const char *text);

/* The same; a complaint ends the test. */
void world_need(struct world *world, const char *text);

/* Every line of got begins with the line of expected. */
bool world_alike(const char *got, const char *expected);

/* JSON of a stored member, "absent", or "gone" without the record. */
const char *world_get(struct world *world, enum record record, const char *id, const char *path);

/* Every row of a table as JSON, one a line; removed when asked. */
const char *world_rows(struct world *world, enum table table, bool remove);

/* Parcels without id and times: what an action wrote into them. */
const char *world_parcels(struct world *world);

/* Steps and effects, one a line. */
void world_trace(const struct delivery *delivery, struct buf *out);

/* `x` for "x": JSON in C is hard to read. */
const char *world_quoted(struct world *world, const char *text);

/* The community of the tests. */
void world_people(struct world *world);

#endif
