/* SPDX-License-Identifier: ISC */
/* What the commands share. */
#ifndef EARSHOT_COMMAND_PRIVATE_H
#define EARSHOT_COMMAND_PRIVATE_H

#include "command/command.h"
#include "community/outbox.h"
#include "listen/journal.h"
#include "record/doc.h"
#include "record/record.h"
#include "store/store.h"
#include "store/table.h"

/* True when the job is to breathe: for what has to come to an end before it can. */
bool command_late(const struct job *job);

/* Where a list goes on, in this call or in another one. */
#define COMMAND_POSITION_MAX 3072
struct command_position {
	size_t n;
	char p[COMMAND_POSITION_MAX];
};
struct span command_position(const struct command_position *position);
void command_position_set(struct command_position *position, struct span to);
/* position.c: for who asks, and nobody else; lives as long as the scratch arena. */
struct span command_position_text(const struct job *job, struct span position);
/* From the member "after"; false after an error. */
bool command_position_read(struct job *job, struct command_position *position);
/* Sealed under secret.key for this owner, a text without NUL; its length is rounded up, so that
 * it tells nothing of a position that may not be known. In the arena; it may go into a query. */
struct span command_seal_position(const struct job *job, struct arena *arena, struct span owner,
    struct span position);
/* In the scratch arena; false when it is none of this owner. */
bool command_unseal_position(const struct job *job, struct span owner, struct span text,
    struct span *position_r);
/* {"more":"…"}: the position to go on after; "" of what goes on by itself. */
void command_more(struct job *job, struct span position);
/* What was written since job->out->n was `at`, an object, is told of all rows. */
void command_summary(struct job *job, size_t at);
/* {"place":"…"}, to who asks for that: the rows so far, `count`, end at this position. Every
 * few hundred; for lists that are told whole, and yet survive the owner. */
struct command_places {
	int64_t told; /* rows, by the last one */
};
bool command_tells_places(const struct job *job);
void command_place(struct job *job, struct command_places *places, int64_t count,
    struct span position);
/* {"columns":[…]}: what the rows have. */
void command_columns(struct job *job, const struct span *columns, size_t count);

/* A list that is told page by page. */
struct command_page {
	struct job *job;
	int64_t limit, count;              /* limit 0: none; count: told */
	int64_t look, looked;              /* likewise, at what is told or not */
	struct command_position position;  /* of what was looked at last */
	struct command_places places;
};
/* The members "limit", "look" and "after"; false after FAULT_USAGE. Where few of many are
 * wanted, "look" bounds the work: the page may end before its limit, and tells that there is
 * more. */
bool command_page_read(struct job *job, struct command_page *page);
/* Whether to look at what was found at the position, which becomes the page's: not at the
 * end, and not beyond the limits; then it is told that there is more. */
bool command_page_take(struct command_page *page, bool found, const struct span *position);
/* A line of it. */
void command_page_put(struct command_page *page, struct json_object *doc);

/* Arguments. A member that is missing or wrong is FAULT_USAGE. */
bool command_text(struct job *job, const char *member, struct span *text_r);
/* Absent: 0 and true. */
bool command_limit(struct job *job, int64_t *limit_r);
bool command_time(struct job *job, const char *member, int64_t *time_r);
/* The kind of that name, "delivery" too; NULL after FAULT_USAGE. */
const struct kind *command_kind(struct job *job, struct span name);
/* Every name of a kind, NULL-terminated, for suggestions. */
const char *const *command_kind_names(struct arena *arena);

/* apply.c: documents that are only tried, those of the argument "documents". NULL once the
 * job has failed: what is wrong with them was told. */
struct apply;
struct apply *command_documents(struct job *job);
/* Whether one of them is of that kind and name; else the name of another of that kind, "". */
bool command_documents_have(const struct apply *documents, const char *kind, struct span name,
    struct span *other_r);
/* Applies them in a transaction that will be undone. */
void command_documents_try(struct txn *txn, const struct apply *documents);

/* apply.c: one document, as a part of the caller's transaction, which takes it back when there
 * are complaints. */
struct command_applied {
	const struct kind *kind;
	struct span name;
	char result;         /* of kind_put() */
	struct span changes; /* JSON; only when they are asked for, and it was there */
};
void command_apply_one(struct txn *txn, struct job *job, struct json_object *doc, bool tells,
    struct complaints *complaints, struct command_applied *applied_r);
/* find.c: hexadecimal digits, at least four, with dashes or without: the least id that begins
 * so. False: they are none. */
struct id_beginning {
	struct id from;
	unsigned char digits[32];
	size_t digit_count;
};
bool command_id_begins(struct span text, struct id_beginning *beginning_r);
bool command_id_fits(const struct id_beginning *beginning, const struct id *id);

/* find.c: the id that "id" means: a whole one, the beginning of one in the table (or among
 * these refusals, which may be NULL), or "last". False after FAULT_USAGE or _NOT_FOUND. */
struct refusals;
bool command_find_id(struct txn *txn, struct job *job, enum table table,
    const struct refusals *refusals, struct id *id_r);
/* FAULT_NOT_FOUND, with the name of one that may be read and was perhaps meant. Always false. */
bool command_fail_unknown(struct txn *txn, struct job *job, const struct kind *kind,
    struct span name);
/* The member "listener", where there is one, names a listener, or one that the log knows. */
bool command_listener_known(struct txn *txn, struct job *job);

/* listener_test.c: type and path of a request to the listener that the member "listener"
 * names. False after FAULT_USAGE or _NOT_FOUND. */
struct request;
bool command_listener_path(struct job *job, struct request *request, struct span target);
/* delivery.c: a choice among the deliveries of the log, as the command line names it. */
struct command_deliveries {
	struct journal_query query;  /* without the outcome */
	struct span outcome;         /* "" all */
	struct span target, user;    /* "" all; the id of the user that is meant, "" none */
	const struct filter *filter;
	struct span contains;        /* "" not asked for */
};
/* False after an error. */
bool command_deliveries_read(struct txn *txn, struct job *job,
    struct command_deliveries *chosen);
bool command_deliveries_has(struct txn *txn, const struct command_deliveries *chosen,
    struct json_object *entry, int64_t now);
/* A copy of {"kind","id"} with "name": users are known by their addresses; who is gone, or may
 * not be read by who asks, by the id. */
struct json_object *command_named(struct txn *txn, struct job *job, struct json_object *target);

/* Complaints become lines {"line"?, "pointer", "error"}. */
struct changing;
struct command_complaints {
	struct complaints base;
	struct job *job;
	int64_t line; /* of the file; 0: none */
	const char *subject; /* whom they are about as a whole, "group usage"; NULL: none */
	const char *first;   /* sentence; NULL: there was none */
	/* group_change.c */
	struct json_object *later;   /* a group that has to be prepared; NULL: none */
	struct json_object *counted; /* names of those that were only counted: */
	bool dry;                    /* nothing is done */
	struct changing *prepared;   /* groups; NULL: none */
	struct txn *txn;             /* of command_complaints_in() */
};
void command_complaints(struct command_complaints *complaints, struct job *job);
/* While this transaction lasts: who refers to something is named where he may be read. */
void command_complaints_in(struct command_complaints *complaints, struct txn *txn);

/*
 * group_change.c: what puts a group that many have values of. The transaction fails, and is
 * carried out once more when this has prepared it: true; false when it failed for anything
 * else, or does now. In the end what was prepared in vain is given up; not what somebody else
 * has begun.
 */
void command_complaints_wait(struct command_complaints *complaints, bool dry);
bool command_prepared(struct job *job, struct command_complaints *complaints);
void command_prepared_end(struct job *job, struct command_complaints *complaints);
/* Instead: a task does it, and its give_up. */
bool command_prepared_begin(struct job *job, struct command_complaints *complaints);
/* The one that was begun has not ended. */
bool command_prepared_goes_on(struct txn *txn, struct span group);
void command_prepared_give_up(struct txn *txn, struct job *job);

/* One transaction of the job, which breathes; what it allocates lasts as long as the job,
 * or until its scratch arena is rewound. False once the job has failed. */
bool command_run(struct job *job, enum store_mode mode,
    void (*body)(struct txn *txn, void *arg), void *arg);
/*
 * True when this call was carried out before: its owner died before it could
 * answer. Otherwise the transaction remembers that it carries it out now.
 */
bool command_repeated(struct txn *txn, struct job *job);

/* The same of the member "key", which a form has, for a week: sent twice it is carried out once.
 * Then true, and *id_r is what it was when it came first; *id_r is remembered otherwise. */
bool command_keyed(struct txn *txn, struct job *job, struct id *id_r);
/* For logs: who asks, an e-mail address; "hand": the operator. */
const char *command_by(const struct job *job);
/* Where a log has kept the id of who asked ("": the operator): the address that he has now, or
 * words for an account that is gone. */
const char *command_who(struct txn *txn, struct span user);

void command_put(struct job *job, struct json_object *doc); /* one line */
/* {"kind","name","result","warning"?} */
void command_result(struct job *job, const struct kind *kind, struct span name,
    const char *result, const char *warning);
void command_progress(struct job *job, double progress, const char *what);
/* What job->progress says, if it has changed; with each breath it is told anyway. */
void command_progress_tell(struct job *job);

/* list.c: the member "filter" about documents of a kind; stays NULL when it
 * is absent. False after FAULT_USAGE. */
struct filter;
bool command_filter(struct job *job, const char *kind, const struct filter **filter_r);

/* apikey.c: hash and hint of a secret among these options; false after FAULT_USAGE. */
bool command_apikey_good(struct job *job, struct json_object *options);

/* outbox.c: the next parcel, as outbox_next() takes them; NULL at the end. */
struct json_object *command_parcel_next(struct txn *txn, enum outbox_list list,
    struct span after, struct span *position_r);
/* A line of the page, without what is in it. */
void command_parcel_put(struct command_page *page, struct json_object *parcel);
/* What of a parcel is for the courier alone becomes "***". */
void command_parcel_mask(struct arena *arena, struct json_object *parcel);

/* actor.c: before anything is done. False with FAULT_NOT_ALLOWED. */
bool command_admit(struct job *job);
/* Of a task, between two of its transactions: whether he for whom it is done may still. */
bool command_admit_again(struct job *job);
/* It is made for a manager of some projects, who may not change the community. */
bool command_is_limited(const struct job *job);
/* reach.c: complains about what a document names that is to stand there, and that whom it is
 * given for may not reach; old is what stands there, as exported, or NULL. */
void command_reach(struct txn *txn, const struct job *job, const struct kind *kind,
    struct json_object *doc, struct json_object *old, struct complaints *complaints);
/* macro.c: FAULT_UNKNOWN_TARGET. Always false. */
bool command_no_target(struct txn *txn, enum record record, struct span name);
/* Of a list: whether it may tell this document, or what belongs to a rule of this name. */
bool command_may_read(struct txn *txn, struct job *job, const struct kind *kind,
    struct json_object *doc);
/* A document as it stands by now, or is to stand: another project may be told by it than by
 * what the command was admitted for. False after FAULT_NOT_ALLOWED. */
bool command_may_change(struct txn *txn, struct job *job, const struct kind *kind,
    struct json_object *doc);
/* Of one of many documents: whether it may be applied; else why not. The document lives in the
 * transaction's arena. */
bool command_may_apply(struct txn *txn, struct job *job, struct json_object *doc,
    struct error *why);
bool command_may_read_of(const struct job *job, struct span full_name);
/* list.c: the document with what is derived of it, as lists and show
 * print it and filters see it. */
struct json_object *command_derived(struct txn *txn, const struct kind *kind,
    struct json_object *doc);

struct jsonout;
/* Of a group, as the member "group": {"master", "sites": [{"site", "master", "linked",
 * "inStep", "behind": bytes of log}]}, as its master sees them; nothing of a store that is
 * alone. */
void command_tell_group(struct txn *txn, struct jsonout *out);

#endif
