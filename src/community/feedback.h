/* SPDX-License-Identifier: ISC */
/*
 * Feedback tickets and the comments on tickets and users.
 *
 * feedback document: id, project, type, title, description?, status, submitter
 * (e-mail), exposure ("private", "team", "public"), blocking (bool), feature?, fields{},
 * followers[] (e-mails), votes, createdAt, updatedAt, macros[] (those that run once
 * for each ticket, and did for this one). Derived when it is shown:
 * comments, popularity = the weighted sum of comments, followers, votes by the
 * setting document's popularity {comment, follower, vote} (defaults 1, 2, 3).
 */
#ifndef EARSHOT_FEEDBACK_H
#define EARSHOT_FEEDBACK_H

#include "base/secret.h"
#include "community/allowance.h"
#include "record/doc.h"
#include "record/record.h"

#include <stdint.h>

extern const struct kind kind_feedback, kind_comment;

/* Adds what is derived (comments, popularity) to a loaded document. */
void feedback_derive(struct txn *txn, struct json_object *feedback);

/* Setters as in people.h: a sentence ("Open → Closed") or NULL after txn_fail(). */
const char *feedback_set_status(struct txn *txn, struct json_object *feedback,
    struct span status, int64_t now);
const char *feedback_set_field(struct txn *txn, struct json_object *feedback,
    struct span name, struct json_object *value /* NULL clears */, int64_t now);
const char *feedback_set_exposure(struct txn *txn, struct json_object *feedback,
    struct span exposure, int64_t now);
const char *feedback_set_blocking(struct txn *txn, struct json_object *feedback,
    bool blocking, int64_t now);
const char *feedback_set_feature(struct txn *txn, struct json_object *feedback,
    struct span feature, int64_t now);

/* A comment on a user (community, or one project's) or a ticket. */
struct comment {
	struct id id;
	enum record record;     /* RECORD_USER or RECORD_FEEDBACK */
	struct span target;     /* record id */
	struct span project;    /* of a user comment; "" community level */
	struct span author;     /* e-mail as stored, "" deleted */
	struct span text;
	int64_t at;
	struct span listener;   /* name of the listener that added it, or "" */
	struct id delivery;     /* zero: none */
	int64_t changed;        /* when its text was, last; 0: never */
	struct span changed_by; /* id of the user who did; "" not known */
	struct allowance *allowance; /* of the delivery, for notifications; or NULL */
};
#define COMMENT_TEXT_MAX 65536 /* characters: as many as GitHub takes */
/* Stores it, moves the tally, and queues the followers' notifications. */
void comment_add(struct txn *txn, const struct comment *comment);
void comment_drop_all(struct txn *txn, enum record record, struct span target);
/* Comments by `from` are by `to`, or by nobody when to.p is NULL. */
void comment_rename(struct txn *txn, struct span from, struct span to);

#endif
