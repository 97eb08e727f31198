/* SPDX-License-Identifier: ISC */
/*
 * Listeners: the rule behind one endpoint URL. What all types share is
 * compiled here (API key, sender, target, filter, acknowledgement); a type is
 * one file that exports one const struct listener_type.
 */
#ifndef EARSHOT_LISTENER_H
#define EARSHOT_LISTENER_H

#include "act/delivery.h"
#include "base/buf.h"
#include "base/text.h"
#include "community/throttle.h"
#include "http/mask.h"
#include "http/sender.h"
#include "listen/parameters.h"
#include "record/doc.h"

extern const struct kind kind_listener;
extern const struct member listener_sender_parts[];

struct challenge;
struct listener;

struct listener_type {
	const char *name;             /* "macro": the binary's name, too */
	const char *help;             /* for people: what a delivery does, a sentence */
	const char *command;          /* one to begin with, for a shell, a line; NULL: none */
	const struct member *members; /* of the document, beyond those of all types (schema.h) */
	bool dated;                   /* knows the newer of two values: takes "eventTime" */
	/* Beyond shape: do the things it names exist? */
	void (*refer)(struct txn *txn, struct json_object *doc, struct complaints *complaints);
	/* What apply() needs, in the arena, from a checked document; NULL after
	 * txn_fail() (something it names was removed). */
	void *(*compile)(struct txn *txn, struct arena *arena, struct json_object *doc);
	/* Parameters that a sender may send, as objects {"name":…,"type":…,"required":…,
	 * "description":…}. */
	void (*describe)(const void *rule, struct jsonout *parameters);
	/* An example value for every parameter, put into the body. */
	void (*example)(const void *rule, struct json_object *body);
	/* Likewise of this person, by e-mail address, where the rule asks for somebody. NULL: it
	 * asks for nobody. */
	void (*sample)(struct txn *txn, const void *rule, struct span person,
	    struct json_object *body);
	/* The effect, inside the transaction; txn_fail() undoes all of it. */
	void (*apply)(struct txn *txn, struct delivery *delivery, const void *rule);
	/* Of a body it reads the described parameters alone: senders are told what else came. */
	bool reads_parameters;
	const char *needs; /* of its parameters together, for a sender to read; NULL: nothing */
};

/* One to be found, none or many: what then (listener document "target"). */
enum target_miss { TARGET_REFUSE, TARGET_SKIP /* settle as filtered */, TARGET_CREATE };
enum target_many { TARGET_AMBIGUOUS, TARGET_FIRST, TARGET_ALL };

struct listener {
	struct span project;          /* "" community */
	struct span key;
	struct span full_name;        /* "phone/jira-status" */
	struct span name;
	const struct listener_type *type;
	enum record record;           /* automation: what it acts on */
	bool enabled;
	bool read_as_json;            /* the body is JSON, whatever its Content-Type */
	bool duplicates_last;         /* of members of one name the last counts */
	bool cut;                     /* texts that are too long are cut, not refused */
	bool capture;                 /* store, do not act */
	int64_t expires;              /* µs UTC, 0 never */
	struct span api_key;          /* "" where the sender's signature suffices */
	const struct sender *sender;  /* NULL: none */
	struct sender_secret *secrets; /* unsealed; in memory only */
	size_t secret_count;
	const struct challenge *challenge; /* a test of the sender's; NULL: none */
	struct text_network *allow;   /* addresses that may post; none: all */
	size_t allow_count;
	struct span match;            /* "email", "fields.jira", … */
	struct span parameter;        /* in the body; "" only by the path */
	enum target_miss miss;
	const struct making *making;  /* TARGET_CREATE: how (make_target.h) */
	enum target_many many;
	struct span each;             /* array of items in the body, "" one delivery, one item */
	bool each_atomic;
	const struct zone *zone;      /* of times without one; NULL: such are refused */
	struct span event_time;       /* parameter: "only if newer"; "" not used */
	int64_t repeat_window;        /* µs: same body is a duplicate; 0 not used */
	struct throttle_limits limits;
	struct mask mask;             /* what is kept out of the log */
	int64_t keep_body_bytes;      /* -1: the setting */
	const struct filter *filter;  /* NULL: everything matches */
	struct span filter_source;
	int ack[FAULT__MAX];          /* status for a fault; 0: not mapped */
	const void *rule;             /* of the type */
	struct parameters parameters; /* of the type, and those of all listeners */
};

/*
 * The register of types, the only place that names them: a word here is the type
 * listener_WORD. A program of others adds its own before it serves.
 */
#define LISTENER_TYPES(TYPE) TYPE(macro) TYPE(comment) TYPE(data)
#define LISTENER_TYPE_EXTERN(word) extern const struct listener_type listener_##word;
LISTENER_TYPES(LISTENER_TYPE_EXTERN)
const struct listener_type *listener_type(struct span name);
bool listener_type_add(const struct listener_type *type);
/* NULL behind the last. */
const struct listener_type *listener_type_at(size_t i);
/* "macro, comment, data", for sentences; in the arena. */
const char *listener_type_names(struct arena *arena);

/* Compiled from its document and kept until the configuration changes; NULL
 * when there is none of that type, or after txn_fail(). */
const struct listener *listener_load(struct txn *txn, struct span type,
    struct span project, struct span key);
/* The delivery is one to this listener from now on; NULL: to none. */
void listener_take(struct delivery *delivery, const struct listener *listener);
/* listener_compile.c: from a checked document, in the arena. NULL after
 * txn_fail(): something that it names was removed since. */
struct listener *listener_compile(struct txn *txn, struct arena *arena,
    struct json_object *doc);
/* The status a sender sees: the listener's own map, its sender's, the fault's. */
int listener_status(const struct listener *listener, enum fault fault);

#endif
