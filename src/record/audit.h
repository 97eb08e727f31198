/* SPDX-License-Identifier: ISC */
/*
 * The log of changes: who created, changed or removed which document, when and by which
 * way, what it was before and what it is since. It is written in the transaction of the
 * change, by kind_put() and kind_remove() (doc.h), in transactions that say for whom they
 * are made: those of management calls. What deliveries do to values, comments, tickets,
 * scores, ranks and notes stands in their own log, once; of what they do, only changes of
 * accounts are told here, too (act/target.c).
 *
 * An entry, as it is stored behind eight bytes that count what was written before it:
 *
 *   change     "created", "changed", "removed"; or what has happened to who is told of, without
 *              a change: "link made", "sessions ended"
 *   kind, of   which document: its name (kind_name()), of users their id
 *   project    "" or absent: of the community; formerly: where it was before, if elsewhere
 *   by         via ("console", "command line", "import", "delivery", "schedule", "link"), and
 *              what is known of: user (id), operator (login), listener, delivery, apiKey,
 *              macro, schedule
 *   before, after  of a change the merge patches (RFC 7396) back and forth; else the whole
 *   was        all of it before, where the patch would bring it back in another order
 *   secrets    true: secrets were changed as well, which are nowhere told
 *   lossy      true: values were given up for it
 *   parts      how many documents went with it, which are kept in TABLE_AUDIT_PART
 *   undoes     the entry that it undoes
 *
 * No name of a person stands in it: where a document names a user by his address, the entry
 * has his id, and tells the address that he has when it is read. So it follows renames, and
 * knows nobody any more whose account was deleted; what was told about that account itself is
 * removed with it (audit_forget()). A sealed secret is "***" and a check sum of the seal, by
 * which it is found again if the present document still has it.
 */
#ifndef EARSHOT_AUDIT_H
#define EARSHOT_AUDIT_H

#include "base/arena.h"
#include "base/secret.h"

struct json_object;
struct kind;
struct txn;

/* For whom and how. */
struct audit_by {
	const char *via;
	struct span user;      /* id of who is signed in, or asked; "" nobody */
	struct span operator;  /* login name of whoever gave the command; "" not known */
	struct span listener, api_key, macro, schedule; /* names; "" none */
	struct id delivery;    /* all zero: none */
	const char *const *passes; /* members that another log tells, NULL-terminated; NULL */
	struct id undoes;      /* likewise: the entry that this change takes back */
	int64_t parts;         /* how many documents come with what is created again */
};
/* Until it is NULL again or the transaction has ended, what is put and removed is told. */
void audit_made_by(struct txn *txn, const struct audit_by *by);
/* NULL: nothing is told. */
const struct audit_by *audit_by(const struct txn *txn);

/* One change on its way. What it is made of lives in the transaction's arena. */
struct auditing {
	const struct audit_by *by;
	const struct kind *kind;
	struct json_object *before; /* as kind_find() tells it, NULL: it is new */
	unsigned char secrets[SECRET_SHA256_SIZE]; /* a sum of those that it had */
	struct id id;
	int64_t parts;
};
/* False: it is not told. doc: what is to be put. */
bool audit_begin(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct auditing *auditing);
/* The same of one that is there, by its name, for who changes it past kind_put(). */
bool audit_begin_named(struct txn *txn, const struct kind *kind, struct span name,
    struct auditing *auditing);
void audit_put(struct txn *txn, const struct auditing *auditing, struct json_object *doc);
/* Of one that was made past kind_put(), by its name. */
void audit_created(struct txn *txn, const struct kind *kind, struct span name);
/* That this happened to the document of this name, which stays as it is. */
void audit_happened(struct txn *txn, const struct kind *kind, struct span name, const char *what);
/* Of what goes with it the documents are kept. */
bool audit_begin_removal(struct txn *txn, const struct kind *kind, struct span name,
    struct auditing *auditing);
void audit_removed(struct txn *txn, const struct auditing *auditing);

/* Everything about the account; before it is removed, so that the removal stays. */
void audit_forget(struct txn *txn, struct span user);

/* Takes what is older than the settings say, or more, from the old end: at most about max
 * rows. True: there may be more to do. */
bool audit_expire(struct txn *txn, int64_t now, size_t max);

/* Newest first. Unset members are open; the first of of, user, project and kind that is
 * set chooses the index, the others are not looked at. */
struct audit_query {
	struct span kind, of;  /* of needs kind */
	struct span user;      /* who did it */
	struct span project;
	int64_t since, until;
	/* JSON that stands in the entries that are looked for. Of those that no index finds, some
	 * that do not have it are passed over in each step, but not all. p NULL: none. */
	struct span has;
};
/* The entry behind this position, as it is stored with "id" and "at"; NULL at the end. */
struct json_object *audit_next(struct txn *txn, const struct audit_query *query,
    struct span after, struct span *position_r);
struct json_object *audit_load(struct txn *txn, struct id id);
/* The document that went with it behind this number (0: the first); NULL at the end. */
struct json_object *audit_part(struct txn *txn, struct id id, int64_t *number);

/* How entries name a document, as kind_find() tells it. */
struct span audit_of(struct txn *txn, const struct kind *kind, struct json_object *doc);
/* Back from that to the name, with the addresses that people have now; an account that is
 * gone by its id. */
struct span audit_name(struct txn *txn, struct span kind, struct span of);
/* The document as entries tell it. sealed: secrets may stand in it. */
struct json_object *audit_telling(struct txn *txn, struct json_object *doc, bool sealed);
/* Part of an entry with people by their addresses; who is gone is left out. Sealed secrets
 * as "***" alone, or, for audit_unseal(), with their sum. */
struct json_object *audit_told(struct txn *txn, struct json_object *part, bool sums);
/* The document with the secrets that the present one (may be NULL) has in the place of those
 * that were told with their sums. kept_r: some are others than they were. False: for one
 * there is none. */
bool audit_unseal(struct arena *arena, struct json_object **doc, struct json_object *present,
    bool *kept_r);

/* For checking a store: how the entry of the row reads, and the keys of its index; NULL when
 * it cannot be read. */
struct json_object *audit_read(struct arena *arena, struct span row);
#define AUDIT_KEYS 6
size_t audit_keys(struct arena *arena, struct json_object *entry, struct id id,
    struct span keys[AUDIT_KEYS]);

#endif
