/* SPDX-License-Identifier: ISC */
/*
 * Users or tickets by what a person types: first those that have just this as id, address,
 * user name or value of a field that few share (a key of Jira, say), then users whose address begins so, then
 * those of whose name or title every word begins like a word that was typed. By the index
 * alone, one row of it at a time, so that it can breathe, end and go on anywhere.
 */
#ifndef EARSHOT_SEARCH_H
#define EARSHOT_SEARCH_H

#include "record/record.h"

#define SEARCH_TEXT_MAX 200 /* bytes */

struct search_ask {
	enum record record;
	struct span text;
	/* Only their participants or tickets; NULL: all. Who sees few of many is answered by
	 * these, where that is less to look at. */
	struct json_object *projects;
};

struct search;
/* In the arena. NULL after txn_fail(), FAULT_USAGE. */
struct search *search_new(struct txn *txn, struct arena *arena, const struct search_ask *ask);
/* To go on behind a position of another one that asks the same; false: it is none. */
bool search_after(struct search *search, struct span position);

enum search_step {
	SEARCH_HIT,
	SEARCH_LOOKED, /* no hit: one row was looked at */
	SEARCH_END,    /* no more, or the transaction failed */
};
/* doc_r: the stored document of a hit, in the transaction's arena. Each hit comes once. */
enum search_step search_step(struct txn *txn, struct search *search,
    struct json_object **doc_r);
/* Of what was looked at last; lives until the next step. */
struct span search_position(const struct search *search);
/* Some fields were not looked at, since there are too many of them. */
bool search_is_partial(const struct search *search);

#endif
