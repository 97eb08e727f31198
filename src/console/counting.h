/* SPDX-License-Identifier: ISC */
/*
 * Reports that are counted for pages, and those that were counted lately. A report may take
 * longer than anybody waits for a page: it goes on without one, and whoever asks for the same
 * again sees how far it is, or the result. What is counted is the same for everybody who may
 * ask for it; whether he may, each page asks by a call of its own (report, "plan").
 *
 * All of it is bounded: so many are counted at once, and so many results, of so many bytes, are
 * remembered for so long. The process remembers them, not the store.
 */
#ifndef EARSHOT_COUNTING_H
#define EARSHOT_COUNTING_H

#include "base/arena.h"
#include "base/fault.h"

#include <stdint.h>

struct counting;
struct page;

struct counting *counting_new(void);

/* A report, as it stands now; it lives until the loop goes on. */
struct counted {
	bool done;
	int percent;         /* of one that is counted */
	int64_t at;          /* when it began, microseconds */
	bool mine;           /* this session has begun it */
	enum fault fault;    /* done, and it went wrong: */
	struct span detail;
	struct span json;    /* the report (report.h) */
};

/* ask: arguments of the call "report", as JSON. What is known of it; false: nothing. */
bool counting_find(struct page *page, struct span ask, struct counted *counted_r);
/* Likewise, of those that are done: what to show while a new one is counted. */
bool counting_last(struct page *page, struct span ask, struct counted *counted_r);
/* Begins it where nothing is known, or where that was counted before this time. False: too
 * many are counted now. */
bool counting_begin(struct page *page, struct span ask, int64_t since);
/* Before page_wait(): that goes on when the report is there, or a moment after it was begun. */
void counting_wait(struct page *page, struct span ask);
/* Likewise, but only when it is there. */
void counting_wait_all(struct page *page, struct span ask);
/* What was counted is not asked for again; what is counted, by this session, ends. */
void counting_forget(struct page *page, struct span ask);

#endif
