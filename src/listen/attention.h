/* SPDX-License-Identifier: ISC */
/*
 * What needs a person (community/condition.h), as it is told: by `earshot stat` and
 * `earshot attention`, by /-/health and /-/metrics, on the console's first page, and by
 * mail. All of them walk one list.
 */
#ifndef EARSHOT_ATTENTION_H
#define EARSHOT_ATTENTION_H

#include "community/condition.h"
#include "listen/service.h"
#include "record/sealed.h"

struct jsonout;

/* One step of the list: what is seen to be so now (the store, its disk, secrets and clock),
 * then what stands. Begins with zeros; `after` is in the transaction's arena, or the
 * caller's copy. */
struct attention_list {
	struct service_counters *counters;
	int64_t now;
	int live;                        /* kind of those that are seen */
	struct sealed_position secrets;
	struct span after;
};
bool attention_next(struct txn *txn, struct attention_list *list,
    struct condition *condition_r);
/* Whether a condition of the store itself, without a subject, is seen to be so. */
bool attention_seen(struct txn *txn, struct service_counters *counters,
    enum condition_kind kind, struct condition *condition_r);
/* What has ended within so long, behind list->after: it is well again. */
bool attention_next_over(struct txn *txn, struct attention_list *list, int64_t within,
    struct condition *condition_r);

/* A sentence for a person, without its end; of what is over, what became of it. */
const char *attention_sentence(struct txn *txn, const struct condition *condition);
/* The command that explains it, and the page of the console, below its address, that an admin,
 * or whoever else is concerned, may see. */
const char *attention_command(struct txn *txn, const struct condition *condition);
const char *attention_page(struct txn *txn, const struct condition *condition, bool admin);
/* An object: {"condition", "subject"?, "project"?, "begun"?, "over"?, "last"?, "since"?,
 * "count"?, "deliveries"?, "outcome"?, "detail"?, "delivery"? | "parcel"? | "run"?, "end"?, "projects"?,
 * "sentence", "command", "page"}. */
void attention_tell(struct txn *txn, struct jsonout *out, const struct condition *condition,
    bool admin);

/* Somebody who may be concerned. */
struct attention_person {
	struct span id;
	bool admin;            /* by everything */
	bool manager;          /* by what is of no project, but not of the store */
	struct span *projects; /* that he manages */
	size_t project_count;
};
bool attention_concerns(const struct attention_person *person,
    const struct condition *condition);
/* Whether he is written to now. */
enum attention_way {
	ATTENTION_WAITS,   /* he was within [alerts] interval, or there is no relay */
	ATTENTION_WRITES,
	ATTENTION_FORGETS, /* he is gone, or has switched it off: what he was told is forgotten */
};
enum attention_way attention_way(struct txn *txn, const struct attention_person *person,
    int64_t now);
/* There is something to tell him: this condition, as it stands, or (told) one that he was
 * told of. */
bool attention_is_news(struct txn *txn, const struct attention_person *person,
    const struct condition *condition, int64_t now);
bool attention_is_over(struct txn *txn, const struct attention_person *person,
    struct condition *told);
/* Queues one e-mail with all there is to tell him, or with as much as one may hold: then
 * the next has the rest. Or forgets him. */
void attention_write(struct txn *txn, const struct attention_person *person, int64_t now);

#endif
