/* SPDX-License-Identifier: ISC */
/*
 * Management calls: VERB_COMMAND with {"command":NAME, …}. A command is one
 * const struct whose run does all of it, with loops on a stack of its own; in them it
 * breathes (job_breathe(), txn_breathe()), so that deliveries go on in between. Output
 * is JSON Lines, rows and signals, each told apart by its kind; the command line
 * turns it into tables.
 */
#ifndef EARSHOT_COMMAND_H
#define EARSHOT_COMMAND_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"
#include "http/actor.h"
#include "http/call.h"
#include "record/audit.h"
#include "store/store.h"

struct json_object;
struct settings;
struct gate;

/* Of what a job has written, this part is no row. */
struct signal {
	enum part kind;
	size_t at, n;
};

/* What a job does. It is told in percents when others had their turn. */
struct job_progress {
	double (*share)(const void *of); /* 0 to 1; NULL: nothing is told */
	const void *of;
	const char *(*what)(const void *of); /* in words; may be NULL, or say so */
	int percent;                         /* told last */
	const char *said;
};

struct command;

struct job {
	const struct command *command; /* that it does */
	struct store *store;
	const struct settings *settings;
	struct gate *gate;         /* for replays, and what it has answered */
	struct arena *arena;       /* of the whole job */
	struct arena *scratch;     /* likewise; of its transactions */
	struct json_object *args;
	enum rights rights;        /* of the process that the call came from */
	struct span session;       /* its hash, of who is signed in to the console; "": nobody */
	struct span on_behalf;     /* e-mail address of whom it is done for, of a task the id; "":
	                            * the operator, or whose session "session" among the
	                            * arguments names */
	const struct actor *actor; /* who that is; NULL: the operator, or nobody (open) */
	uint64_t known;            /* of a task: what people and rules were when he was looked at */
	struct id id;              /* the call's: deliveries that the job makes derive from it */
	bool again;
	int64_t now;               /* when it began */
	struct audit_by by;        /* who is told to have changed what it changes */
	int64_t slice;             /* between two breaths, µs; 0: as often as it can */
	int64_t slice_end;         /* of the monotonic clock: behind it the job breathes */
	/* Lets others have their turn; back when the job is to go on, or with its error set.
	 * NULL: nobody waits. */
	void (*pause)(struct job *job);
	void *pauser;              /* of whoever set it */
	struct breath breath;      /* of its transactions */
	struct job_progress progress;
	struct buf *out;           /* JSON Lines that have not been taken yet */
	size_t settled;            /* of these, told by transactions that have ended */
	struct signal *signals;    /* in these, in their order; in arena */
	size_t signal_count, signal_room;
	const struct call *call;   /* of the web (read.h), which gets its output whole as the */
	struct reply *reply;       /* body of this; NULL: a management call */
	int64_t wait;              /* then: seconds until it may come again, 0 nothing to say */
	bool task;                 /* it is one (task.h): nobody waits */
	bool left;                 /* nobody waits any more: its error says so */
	bool begins;               /* it has begun one, which is to be carried out from now on */
	struct error error;        /* set: the job failed */
};

/* In a group a call reaches the master from any of its machines. */
enum beside {
	BESIDE_ANY,    /* and is the same from each of them */
	BESIDE_MASTER, /* this one is about the machine: elsewhere it is refused */
	BESIDE_IDLE,   /* elsewhere it finds nothing to do */
};

/* What it needs of whom it is carried out for. The operator of the store, by the command line,
 * has them all. */
enum right {
	RIGHT_READ = 1,   /* viewers, managers, admins */
	RIGHT_CHANGE,     /* managers, admins */
	RIGHT_ADMINISTER, /* admins: secrets, and the store itself */
};

/* What it is about, by its arguments: a manager has his projects alone (actor.c). */
enum scope {
	SCOPE_COMMUNITY,
	SCOPE_ROWS,      /* it tells those rows alone that may be read */
	SCOPE_PROJECT,   /* "project" */
	SCOPE_DOCUMENT,  /* of .kind, or "kind", by the name in .named */
	SCOPE_TARGET,    /* likewise, and the user or ticket "target" */
	SCOPE_DOCUMENTS, /* each of "documents" */
	SCOPE_TRIAL,     /* as SCOPE_DOCUMENT, and each of "documents" */
	SCOPE_DELIVERY,  /* "id" of one, or all of a "listener" */
	SCOPE_PARCEL,    /* "id" of one, or "all", whatever "id" says */
	SCOPE_COMMENT,   /* on "feedback", or on "user" in "project" */
	SCOPE_AUDIT,     /* "id" of a change: what it changed */
};

/* What comes of it, beside complaints and progress. */
enum answer {
	ANSWER_ONE,      /* one object */
	ANSWER_ROWS,     /* objects, as many as there are; perhaps PART_MORE, PART_COLUMNS, … */
	ANSWER_SUMMED,   /* likewise, and PART_SUMMARY behind them */
	ANSWER_NONE,     /* that it is done */
};

/* A row of the table of commands: the owner of the store carries it out by this, and whoever
 * calls it knows what there is by this. */
struct command {
	const char *name;
	const char *words;         /* what it does: "list the log of deliveries" */
	enum right right;
	const char *dry;           /* the flag with which it only reads; or NULL */
	enum scope scope;
	const char *kind, *named;  /* of the scope; NULL: "name" */
	enum answer answer;
	bool open;                 /* to people who are not signed in: it is how they sign in */
	enum beside beside;
	/* All of it; or, where it is one transaction: its mode, and its body. */
	void (*run)(struct job *job);
	enum store_mode mode;
	void (*body)(struct txn *txn, struct job *job);
	/* What may go on as a task: it cannot, for the reason in job->error, and says so where it
	 * is looked up. NULL: it is none. */
	void (*give_up)(struct txn *txn, struct job *job);
};

/* What it is asked to do, once, from beginning to end; job->error tells how it ended. */
void command_do(const struct command *command, struct job *job);
/* Between two pieces of work, outside of transactions: as txn_breathe(). */
bool job_breathe(struct job *job);

/* The table, by name, and one after the other: NULL behind the last. */
extern const struct command command_apply;
extern const struct command command_export, command_list, command_select;
extern const struct command command_show, command_remove, command_set, command_uses;
extern const struct command command_search;
extern const struct command command_group_clear, command_groups, command_group_uses,
    command_group_values, command_group_preview, command_group_stop, command_user_tickets;
extern const struct command command_record_values, command_record_comments,
    command_record_parcels, command_record_runs, command_comment_add;
extern const struct command command_init, command_stat;
extern const struct command command_apikey_create, command_apikey_rotate,
    command_apikey_revoke;
extern const struct command command_filter_count, command_filter_fields;
extern const struct command command_listener_describe, command_listener_test,
    command_listener_past, command_suggest;
extern const struct command command_deliveries, command_delivery, command_replay;
extern const struct command command_outbox, command_outbox_show, command_outbox_retry,
    command_outbox_drop, command_mail_trial;
extern const struct command command_macro_run, command_macro_run_all, command_macro_stop,
    command_macro_log;
extern const struct command command_template_preview;
extern const struct command command_schedule_run, command_tidy;
extern const struct command command_post_take, command_post_report;
extern const struct command command_report, command_pulse;
extern const struct command command_console_link, command_console_mail, command_console_salt,
    command_console_sign_in, command_console_session, command_console_sessions,
    command_console_sessions_end, command_console_password, command_console_alerts;
extern const struct command command_check, command_backup, command_settings;
extern const struct command command_watch, command_attention;
extern const struct command command_tasks;
extern const struct command command_import_create, command_import_put, command_import_check,
    command_import_start, command_import_stop, command_import_drop, command_imports,
    command_import, command_import_refused, command_import_run, command_import_rows;
extern const struct command command_audit, command_audit_show, command_audit_undo;
const struct command *command_by_name(struct span name);
const struct command *command_at(size_t place);

#endif
