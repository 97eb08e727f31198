/* SPDX-License-Identifier: ISC */
/*
 * One delivery on its way through the gate: what came, what it is about, what
 * was done, and the trace that explains it. Every room on the way adds steps;
 * none of them knows the order.
 */
#ifndef EARSHOT_DELIVERY_H
#define EARSHOT_DELIVERY_H

#include "base/secret.h"
#include "community/allowance.h"
#include "community/throttle.h"
#include "http/mask.h"
#include "http/request.h"
#include "http/sender.h"
#include "lang/facts.h"
#include "record/audit.h"
#include "record/record.h"

#include <stdint.h>

struct json_object;
struct jsonout;
struct listener;
struct txn;
struct zone;

enum step_verdict { STEP_OK, STEP_SKIPPED, STEP_FAILED };

struct step {
	struct step *next;
	const char *name;         /* "endpoint", "filter", or the action's */
	enum step_verdict verdict;
	struct span sentence;     /* for a person */
};

/* One action or field, as the answer lists it. */
struct effect {
	struct effect *next;
	const char *action;       /* "set-status", "set", "comment" */
	struct span result;       /* "Open → Closed", "queued" */
};

/* A parameter whose value is refused (FAULT_BAD_VALUE), as the answer lists it. */
struct bad_field {
	struct bad_field *next;
	struct span parameter;
	struct span sentence;     /* what is accepted */
};

/* A member of the body that nothing reads, as the answer lists it. */
struct ignored {
	struct ignored *next;
	struct span name;
	struct span near;         /* the parameter that may have been meant; p NULL: none */
};

/* The record that is acted on; documents are loaded when first looked at. */
struct target {
	enum record record;
	struct span id;               /* n is 0 before it was found */
	struct json_object *doc;      /* NULL until loaded: target_doc() */
	struct json_object *submitter;/* user document of a ticket's submitter */
	bool changed, submitter_changed;
	bool account;                 /* of the user, more than scores, ranks and notes */
	bool gone;                    /* deleted by this delivery; doc tells what it was */
	bool created;                 /* by this delivery, which found none */
	bool unnamed;                 /* sentences tell its id only: the rest is hidden */
};

struct delivery {
	struct id id;
	int64_t now;                  /* microseconds; the same throughout */
	struct arena *arena;
	const struct request *request;
	const struct listener *listener;
	struct span listener_name;    /* its full name, "" while there is none */
	const struct zone *unzoned;   /* of times without one, NULL: unknown */
	struct span listener_project; /* of its scope, "" community */
	struct span base_url;         /* public URL of the mounted programs, "" unknown */
	struct span api_key;          /* name of the key presented, "" none */
	struct throttle_limits key_limits; /* of that key */
	struct json_object *payload;  /* NULL before the body was read */
	bool form;                    /* the payload is one: its values are texts */
	struct mask_nodes masked;     /* of it, or of the batch that it is an item of */
	bool discreet;                /* whoever reads the trace may see what came, no records */
	bool hid;                     /* something masked was looked at: see macro_run.c */
	struct target target;
	struct span project;          /* of the macro, where the listener has none */
	struct facts facts;           /* roots of this delivery: facts_of_delivery() */
	struct fact_roots *roots;     /* those that were looked at (target.c) */
	struct json_object *data;     /* cached root */
	struct txn *txn;              /* the running one, for facts */
	struct span event;            /* of the sender, "" */
	struct sender_proof proof;    /* what it signed */
	bool reads_records;           /* the API key has a verb for that */
	struct span refused_by;       /* for the log: the listener that did not let it in, or that
	                               * nobody could look at, "" */
	const char *cause_step;       /* likewise where and why; NULL */
	const char *cause;
	struct allowance *allowance;  /* of the whole delivery; NULL: bounded by who runs it */
	bool explain;                 /* a dry run: steps that the log entry tells are traced, too */
	struct json_object *parcels;  /* then: what macros would send, as outbox.h has it; or NULL */
	size_t told;                  /* bytes of steps and effects so far */
	size_t untold;                /* of them that were only counted: DELIVERY_TOLD_MAX */
	struct step *steps, **steps_end;
	struct effect *effects, **effects_end;
	struct bad_field *bad_fields, **bad_fields_end;
	struct ignored *ignored, **ignored_end;
};

/* The trace of one delivery, or of one item, is for reading: what goes beyond this many
 * bytes is only counted. delivery_told() adds a step that says how much that was. */
#define DELIVERY_TOLD_MAX ((size_t)64 << 10)
void delivery_told(struct delivery *delivery);

/* Sentences live in the delivery's arena. */
void delivery_step(struct delivery *delivery, const char *name, enum step_verdict verdict,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void delivery_effect(struct delivery *delivery, const char *action,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Also a failed step "field". The caller ends the delivery by txn_fail(). */
void delivery_bad_field(struct delivery *delivery, struct span parameter,
    const char *sentence);
/* Where it is traced, also a skipped step "body". The spans live as long as the delivery. */
void delivery_ignore(struct delivery *delivery, struct span name, struct span near);
/* The sentence of that step, in the arena. */
const char *delivery_ignored_text(struct arena *arena, struct span name, struct span near);
/* The value as sentences show it: "***" for one that is masked, else what cannot be seen is
 * told, in quotation marks where its ends do not show, and long text is cut. */
struct span delivery_shown(const struct delivery *delivery, struct json_object *value,
    struct span text);
/* Why it is not let in, for the log and for those who run the store; the first stays. */
void delivery_cause(struct delivery *delivery, const char *step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "actions":[{"action":…,"result":…},…], by this name. */
void delivery_effects(struct jsonout *out, const char *name, const struct delivery *delivery);
/* What is wrong with what came, where something is: "errors":[{"parameter":…,"detail":…},…],
 * "ignored":["lunches"],"didYouMean":{"lunches":"launches"}. */
void delivery_complaints(struct jsonout *out, const struct delivery *delivery);
/* What senders are told of it: "target", "actions" and how many of these are
 * "untold" (of one that was undone: neither), and the complaints. */
void delivery_tell(struct jsonout *out, const struct delivery *delivery, bool undone);

/* target.c: loads on first use; NULL when the record is gone. */
struct json_object *target_doc(struct txn *txn, struct delivery *delivery);
/* The submitter of a ticket (or the user itself); NULL when there is none. */
struct json_object *target_user(struct txn *txn, struct delivery *delivery);
/* Says that the document was changed and is saved by target_save(). */
void target_touch(struct delivery *delivery);
void target_user_touch(struct delivery *delivery);
/* Likewise of what makes the account: the log of changes (audit.h) tells of it. */
void target_account_touch(struct delivery *delivery);
/* What is put and removed until audit_made_by() says what this returned is told in the log of
 * changes, as the delivery's if it is of none of those that are told anyway. by is filled in. */
const struct audit_by *target_audits(struct txn *txn, const struct delivery *delivery,
    struct audit_by *by);
void target_save(struct txn *txn, struct delivery *delivery);
/* "target":{"kind":…,"id":…,"created"?:true}, where there is one. */
void target_tell(struct jsonout *out, const struct target *target);
/* "feedback 1042" for sentences. */
const char *target_text(struct delivery *delivery);
/*
 * Sets delivery->facts so that filters and tags see this delivery. Roots are
 * fetched when first named and forget nothing but what target_touch() makes
 * stale; call it again when the delivery goes on to another target or payload.
 */
void facts_of_delivery(struct txn *txn, struct delivery *delivery);

#endif
