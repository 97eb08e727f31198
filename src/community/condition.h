/* SPDX-License-Identifier: ISC */
/*
 * What needs a person: conditions. A listener's deliveries fail, parcels were given up, a
 * key ends soon … Each is known by its kind and its subject, begins, lasts and is over.
 * Rows of TABLE_META, written in the transaction that makes it so, or by the watch
 * (command/watch.c), which looks for what nobody does: time that passes, a disk that
 * fills up.
 *
 *   "condition" NUL code NUL subject   a JSON object, as struct condition
 *   "told" NUL user NUL                {"at"}: when he was written to last
 *   "told" NUL user NUL code NUL subject  nothing: he has been told that it began
 */
#ifndef EARSHOT_CONDITION_H
#define EARSHOT_CONDITION_H

#include "base/arena.h"
#include "base/fault.h"

#include <stdint.h>

struct json_object;
struct store;
struct txn;

enum condition_kind {
	CONDITION_STORE_EMPTY,      /* only ever told live */
	CONDITION_DISK_LOW,
	CONDITION_SECRET_UNREADABLE, /* told live with the subject "listener phone/jira" */
	CONDITION_SECRET_KEY_GONE,
	CONDITION_CLOCK_DOUBTED,
	CONDITION_SITE_BEHIND,      /* of a group: subject: their names */
	CONDITION_LISTENER_FAILING, /* subject: its full name, as in all that follow */
	CONDITION_LISTENER_REFUSING, /* nobody is let in */
	CONDITION_LISTENER_ENDS,
	CONDITION_APIKEY_ENDS,
	CONDITION_PARCEL_DEAD,      /* subject: the macro, or the kind of a parcel without one */
	CONDITION_SCHEDULE_MISSED,
	CONDITION__MAX
};

/* Never NULL: "listener-failing". */
const char *condition_code(enum condition_kind kind);

/* Spans live in the transaction's arena. */
struct condition {
	enum condition_kind kind;
	struct span subject;   /* "" the store itself */
	int64_t begun;         /* µs; 0: it has not come to that */
	int64_t over;          /* µs; 0: it lasts */
	int64_t last;          /* when it was last so */
	int64_t since;         /* what is counted: from then on */
	int64_t count;         /* failed deliveries since; dead parcels now */
	int64_t all;           /* deliveries since */
	int64_t score;         /* of a listener: rises with a failure, falls otherwise */
	int64_t end;           /* of a key or listener; when a schedule was due */
	struct span code;      /* outcome of the last that failed */
	struct span detail;    /* why, a sentence */
	struct span id;        /* of the delivery or parcel */
	struct span projects;  /* of a key: where listeners name it, with commas between */
};

/* It has begun and is not over. */
bool condition_lasts(const struct condition *condition);
/* As it stands; kind and subject alone when it stands nowhere: false. */
bool condition_load(struct txn *txn, enum condition_kind kind, struct span subject,
    struct condition *condition_r);
void condition_save(struct txn *txn, const struct condition *condition);
void condition_drop(struct txn *txn, enum condition_kind kind, struct span subject);
/* The row behind the position (empty: the first), also of what is over or may never begin; its
 * position in the arena. False at the end. */
bool condition_next(struct txn *txn, struct span after, struct span *position_r,
    struct condition *condition_r);

/* It is so now: begins, or lasts. The other members are what is kept of it. */
void condition_is(struct txn *txn, struct condition *condition, int64_t now);
/* It is not so any more, where it was. detail: what became of it, or "". */
void condition_ends(struct txn *txn, enum condition_kind kind, struct span subject, int64_t now,
    struct span detail);

/*
 * A delivery to the listener has ended. Failures raise a score up to [alerts] failures,
 * where the condition begins; others lower it to 0, where it is over. So a few failures
 * among many good ones begin nothing, and one good one among failures ends nothing.
 */
struct condition_delivery {
	struct span listener;
	bool good;
	const char *code;      /* of a failure */
	struct span detail;    /* likewise */
	struct span id;
};
void condition_of_delivery(struct txn *txn, const struct condition_delivery *delivery,
    int64_t now);
/* The parcel was given up (+1), or a dead one is tried again or dropped (-1). */
void condition_of_parcel(struct txn *txn, struct json_object *parcel, int change, int64_t now);
/* Of a store of before there were conditions: its dead parcels are counted. False with error. */
bool condition_upgrade(struct store *store, int64_t now, struct error *error);

/* The part of the name before the slash; "" community. Of a kind that is about nothing of
 * a project: "". */
struct span condition_project(const struct condition *condition);
/* Only for those who run the store: admins. */
bool condition_is_of_store(enum condition_kind kind);

/* When the watch has last looked at all there is; 0 never. */
int64_t condition_looked(struct txn *txn);
void condition_look(struct txn *txn, int64_t now);

/* Whom what was told. */
bool condition_told(struct txn *txn, struct span user, const struct condition *condition);
void condition_tell(struct txn *txn, struct span user, const struct condition *condition);
void condition_untell(struct txn *txn, struct span user, const struct condition *condition);
/* The next that the user was told of, behind the position; kind and subject. */
bool condition_told_next(struct txn *txn, struct span user, struct span after,
    struct span *position_r, struct condition *condition_r);
/* The next user of whom is known when he was written to, behind this one. */
bool condition_told_user(struct txn *txn, struct span after, struct span *user_r);
/* When he was written to last; 0 never. */
int64_t condition_written(struct txn *txn, struct span user);
void condition_write(struct txn *txn, struct span user, int64_t now);
/* No row of TABLE_META is about this user any more. */
void condition_forget(struct txn *txn, struct span user);

#endif
