/* SPDX-License-Identifier: ISC */
/* Management calls to an engine or over a link, what came of them, and people to ask about. */
#ifndef EARSHOT_CALLED_H
#define EARSHOT_CALLED_H

#include "base/buf.h"
#include "record/record_scratch.h"
#include "serve/engine.h"

struct called {
	struct pending pending; /* first: it stands for the whole */
	struct call call;
	int answers;
	enum fault fault;       /* of the answer */
	struct buf out;         /* rows, those of the answer, too */
	struct buf summary;
	struct buf args;        /* of the call */
};

/* What is to be submitted, by the operator; ' stands for ". What it had before is freed. */
void called_ask(struct called *called, struct id id, const char *args);
void called_free(struct called *called);

/* Rows that have come. */
size_t called_lines(const struct called *called);

/* Until it is answered; idle: as engine_work(). */
void called_wait(struct called *called, struct engine *engine, bool idle);

/* Of a store that is closed. Where there is none the test has ended. */
struct engine *called_engine(const struct scratch *scratch);

/* The body of a transaction that adds *n people: Ann N1, u1@mail.example with the id u1, … */
void called_users(struct txn *txn, void *n);

#endif
