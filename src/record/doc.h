/* SPDX-License-Identifier: ISC */
/*
 * Documents: every object that people declare is one JSON document with a
 * `kind`. A kind is one const struct: how its documents are checked, stored,
 * removed, listed. apply, export, show, remove and the console know nothing
 * of single kinds; they walk the register (listen/register.h).
 *
 * Configuration (setting, project, team, rank, template, group, macro,
 * listener, apikey, …) stands as it is in TABLE_DOC; people and records have
 * tables of their own.
 */
#ifndef EARSHOT_DOC_H
#define EARSHOT_DOC_H

#include "base/arena.h"
#include "base/fault.h"

struct doc_uses;
struct json_object;
struct kind;
struct member;
struct txn;
struct variants;

/* Where errors of a document go: each with the member it is about. */
struct complaints {
	/* pointer: JSON Pointer of the member ("/actions/2/rank"), "" the whole */
	void (*add)(struct complaints *complaints, const char *pointer, const char *sentence);
	void *arg;
	size_t count; /* raised by add and later */
	/* This document takes more than one transaction: something has to be done before. True:
	 * it is only tried, and goes on as if that was done. NULL: it is complained of. */
	bool (*later)(struct complaints *complaints, struct json_object *doc);
	/* Whether whoever is told may know of this document; NULL: of each. */
	bool (*may_know)(const struct complaints *complaints, const char *kind, struct span name);
};
/* printf-like front of complaints->add. */
void complain(struct complaints *complaints, const char *pointer,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* doc lives until fn returns. */
struct doc_visit {
	void (*fn)(void *arg, const struct kind *kind, struct json_object *doc);
	void *arg;
};

struct kind {
	const char *name;      /* "user" */
	int order;             /* of export and of checks: what is referred to first */
	bool exported;         /* by `export` without a kind */
	/* What its documents may hold (schema.h), a NULL-terminated list of tables. NULL: only
	 * the system writes such documents. */
	const struct member *const *members;
	const struct variants *variants; /* beside them; NULL: none */

	/* Many hands write it (users, tickets, projects): it is merged into a stored one, where
	 * configuration is replaced (doc_merge.h). */
	bool merged;
	/* What the log of changes (audit.h) has to know of it: it has secrets, which get() does
	 * not print or prints sealed; it is about a person, of whom nothing stays when it is
	 * removed; members that say when it was changed, beside the stamp, NULL-terminated. */
	bool sealed, personal;
	const char *const *dated;

	/* The document's shape alone: members, types, grammar. Unknown members are complaints.
	 * NULL: the schema says it all. */
	void (*check)(struct txn *txn, struct json_object *doc, struct complaints *complaints);
	/* After all documents of a file are put: do the things it names exist? NULL: likewise. */
	void (*refer)(struct txn *txn, struct json_object *doc, struct complaints *complaints);

	/* With refer: a document that may stand, and can do nothing as things are. A sentence
	 * in the transaction's arena, or NULL. May be NULL. */
	const char *(*warn)(struct txn *txn, struct json_object *doc);
	/* What a document of a file leaves as it is in the one that is there: doc becomes what
	 * is to be put. Complaints say what a file may not change. NULL: it replaces all. */
	void (*join)(struct txn *txn, struct json_object *doc, struct complaints *complaints);

	/* Plain configuration leaves out what follows: kind_put() and its neighbours know
	 * how it is done in TABLE_DOC. */
	/* Creates, or stores in place of what is stored; 'c' created, 'u' updated, '=' the
	 * same already. */
	char (*put)(struct txn *txn, struct json_object *doc, struct complaints *complaints);
	/* By name as the command line writes it ("phone/close-ticket", "ann@mail.example").
	 * NULL when absent. The document as `export` prints it. */
	struct json_object *(*get)(struct txn *txn, struct span name);
	/* The stored document that this one is about, as get prints it, where that is not
	 * told by its name alone. */
	struct json_object *(*current)(struct txn *txn, struct json_object *doc);
	/* Adds who still refers to it: it cannot be removed then. NULL: nobody does. */
	void (*uses)(struct doc_uses *uses, struct txn *txn, struct span name);
	/* Visits the documents that go with it when it is removed. NULL: there are none. */
	void (*parts)(struct txn *txn, struct span name, const struct doc_visit *visit);
	/* Removes what get finds and nobody refers to; complaints say why not. */
	bool (*remove)(struct txn *txn, struct span name, struct complaints *complaints);
	/* One step of a listing in key order: the document behind position `after`
	 * (empty: the first), its position in the arena. NULL at the end. */
	struct json_object *(*next)(struct txn *txn, struct span after, struct span *position_r);
};

/* What the kind's functions do, or for those left out what the schema says, and what is
 * done in TABLE_DOC. What is put and removed in a transaction that says for whom (audit.h)
 * stands in the log of changes. */
void kind_check(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct complaints *complaints);
void kind_refer(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct complaints *complaints);
char kind_put(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct complaints *complaints);
struct json_object *kind_find(struct txn *txn, const struct kind *kind, struct span name);
bool kind_remove(struct txn *txn, const struct kind *kind, struct span name,
    struct complaints *complaints);
struct json_object *kind_walk(struct txn *txn, const struct kind *kind, struct span after,
    struct span *position_r);

/* The stored document that this one is about, as get prints it; NULL: it is new. */
struct json_object *kind_current(struct txn *txn, const struct kind *kind,
    struct json_object *doc);
/* The name of a document as kind_find() takes it. It has all that this is made of. */
struct span kind_name(struct arena *arena, const struct kind *kind, struct json_object *doc);

/* TABLE_DOC, for kinds that are plain configuration. Members "project" (may be
 * absent) and "key" name the row. */
struct json_object *doc_load(struct txn *txn, const char *kind, struct span project,
    struct span key);
/* As it is stored, in the arena; false when absent. */
bool doc_text(struct txn *txn, const char *kind, struct span project, struct span key,
    struct span *text_r);
bool doc_exists(struct txn *txn, const char *kind, struct span project, struct span key);
char doc_put(struct txn *txn, const char *kind, struct json_object *doc);
struct json_object *doc_get(struct txn *txn, const char *kind, struct span name);
bool doc_remove(struct txn *txn, const char *kind, struct span name);
struct json_object *doc_next(struct txn *txn, const char *kind, struct span after,
    struct span *position_r);
/* "phone/close-ticket" or "close-ticket" to project and key. */
void doc_name_split(struct span name, struct span *project_r, struct span *key_r);
/* The name of a document: "phone/close-ticket". */
struct span doc_name(struct arena *arena, struct span project, struct span key);
struct span doc_full_name(struct arena *arena, struct json_object *doc);

/*
 * Who still refers to a document that is to be removed: the first are kept, up to three are
 * named in the complaint.
 */
#define DOC_USES_KEPT 100
struct doc_uses {
	struct doc_use {
		const char *kind;
		struct span name;     /* "phone/close-ticket" */
	} kept[DOC_USES_KEPT];
	size_t n;             /* may be more than are kept */
};
void doc_uses_add(struct doc_uses *uses, struct arena *arena, const char *kind,
    struct span name);
/* Adds every macro, listener and schedule with this member, at any depth (a string or a
 * list of strings), naming the document: by its name, or by its key alone
 * within its project. */
void doc_uses_rules(struct doc_uses *uses, struct txn *txn, const char *member,
    struct span name);
/* True when nobody does; complains otherwise, and names those that may be known. */
bool doc_uses_none(const struct doc_uses *uses, struct complaints *complaints);

#endif
