/* SPDX-License-Identifier: ISC */
/* What macro.c and the files of actions share. */
#ifndef EARSHOT_MACRO_PRIVATE_H
#define EARSHOT_MACRO_PRIVATE_H

#include "act/macro.h"

#include "lang/filter.h"
#include "lang/tag.h"

/*
 * A macro on its way from document to rule. The same code checks documents:
 * complaints go to whoever applies them, or end the transaction when a stored
 * macro is loaded.
 */
struct macro_loader;
struct macro_compile {
	struct txn *txn;
	struct arena *arena;      /* of the rule */
	struct complaints *complaints;
	struct macro_loader *loader;
	enum record record;
	struct span project;      /* of the macro, "" community */
	const char *pointer;      /* of the action: "/actions/2" */
	bool shape;               /* the document alone: what it names may not exist yet */
	bool names;               /* or then: what its tags name must exist, too */
	unsigned height;          /* run-macro inside run-macro, so far */
};

struct macro_run {
	struct txn *txn;
	struct delivery *delivery;
	const struct macro *macro;   /* the innermost */
	struct json_object *user;    /* document of whom an ON_PERSON action is about */
	bool skipped;                /* the action did nothing, as its sentence says */
	unsigned budget;             /* actions that may still run */
	struct macro_parcel *parcels, **parcels_end;
};

enum action_on {
	ON_RECORD,  /* the user or ticket */
	ON_PERSON,  /* the user, or the submitter of a ticket: member "to" */
	ON_NOTHING, /* nothing in the store */
};

struct action_type {
	const char *name;
	const struct member *members; /* beyond "action" and "when" (schema.h) */
	bool user, feedback;         /* automations it may stand in */
	enum action_on on;
	/* The rule from an action's document; complains about what is wrong.
	 * Never NULL when it did not complain. */
	void *(*compile)(struct macro_compile *compile, struct json_object *doc);
	/* What was done, as a sentence; ignored after txn_fail(). */
	const char *(*run)(struct macro_run *run, const void *rule);
};

struct macro_action {
	const struct action_type *type;
	const struct filter *when;   /* NULL: always */
	const void *rule;
};

struct macro {
	struct span project, key, full_name;
	enum record record;
	bool enabled, once;
	unsigned height;
	struct macro_action *actions;
	size_t action_count;
};

/* Each array ends with a row without a name. */
extern const struct action_type macro_person_actions[], macro_ticket_actions[],
    macro_parcel_actions[];

/* member "" is the action itself. */
void macro_complain(struct macro_compile *compile, const char *member,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Copies into the arena of the rule. */
struct span macro_span(struct macro_compile *compile, struct json_object *doc,
    const char *member);
/* Text with tags; NULL after a complaint about the member. */
const struct tag *macro_tag(struct macro_compile *compile, const char *member,
    struct span source, enum tag_place place);
/* The macro that run-macro names; NULL after a complaint. */
const struct macro *macro_nested(struct macro_compile *compile, struct span name);
/* Runs one inside the other. */
void macro_run_nested(struct macro_run *run, const struct macro *macro);

/* False after txn_fail(): longer than limit. */
bool macro_render(struct macro_run *run, const struct tag *tag, size_t limit,
    const char *what, struct span *text_r);
/* Likewise; tells where values stand in the text, also those that are empty. */
bool macro_render_told(struct macro_run *run, const struct tag *tag, size_t limit,
    const char *what, struct span *text_r, void (*value)(void *arg, size_t from, size_t to),
    void *arg);
/* The sentence of an action that did nothing: why. */
const char *macro_skip(struct macro_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Parcels wait until the macro has run to its end: deleting a user drops what
 * waits for him in the outbox, but not the goodbye of the same macro.
 */
struct macro_parcel {
	struct macro_parcel *next;
	struct span identity;
	struct json_object *doc;
};
/* A parcel document with what all kinds have. */
struct json_object *macro_parcel_new(struct macro_run *run, const char *kind);
/* False when one with this identity is there already. */
bool macro_parcel_add(struct macro_run *run, struct span identity,
    struct json_object *doc);

/* macro_webhook.c */
extern const struct member webhook_auth_parts[], webhook_returns_parts[];
void *webhook_compile(struct macro_compile *compile, struct json_object *doc);
const char *webhook_run(struct macro_run *run, const void *rule);
/* What of this action's document will hardly do what was meant, in the arena; or NULL. */
const char *webhook_warn(struct arena *arena, struct json_object *doc);

/* macro_seal.c: a copy whose secrets are sealed; boxes of `old` (may be NULL) are
 * kept where they hold the same. */
struct json_object *macro_seal(struct txn *txn, struct json_object *doc,
    struct json_object *old);

#endif
