/* SPDX-License-Identifier: ISC */
/*
 * The seam: a call goes in, a reply comes out. The web fronts and the command
 * line only make calls; the owner of the store answers them, in-process or
 * over its socket (frame.h). A call carries an id chosen by the caller, and
 * may be sent again with it when its owner died: the effect happens once.
 */
#ifndef EARSHOT_CALL_H
#define EARSHOT_CALL_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"
#include "http/request.h"

/* What is asked for. Whoever makes the call knows. */
enum verb {
	VERB_DELIVER = 1, /* a request to an endpoint */
	VERB_DESCRIBE,    /* likewise, that only asks what would be taken: GET */
	VERB_READ,        /* a request for records */
	VERB_COMMAND,     /* management: args is a JSON object with "command" */
	VERB_YIELD,       /* the daemon asks the owner to leave in order */
	VERB_GROUP,       /* about this site of a group: args is a JSON object with "do" */
};

enum rights {
	RIGHTS_WEB,  /* a front: passes on requests of the web */
	RIGHTS_ALL,  /* of the store's user, or root: may do all */
};

/* A request of the web to a program that gives out records (reads), or to another. */
enum verb call_verb(const struct request *request, bool reads);
static inline bool
verb_is_web(enum verb verb)
{
	return verb >= VERB_DELIVER && verb <= VERB_READ;
}

/*
 * A call as it is read: its bytes are borrowed, and stand until the function that was
 * given it returns. What is carried out at once takes this.
 */
struct call_view {
	enum verb verb;
	struct id id;           /* also the id of the delivery */
	bool again;             /* sent before to an owner that died */
	enum rights rights;     /* set by who received it, never sent */
	struct request request; /* of verbs of the web */
	struct span args;       /* VERB_COMMAND */
	struct span actor;      /* likewise, e-mail address of for whom it is made (actor.h): named
	                         * only by who has RIGHTS_ALL; "" himself */
};

/*
 * A call with its bytes: whoever made it keeps them until it is answered. What waits
 * (a job, a call on its way to the owner or once more to its successor) takes this,
 * and a view becomes one by call_keep() alone.
 */
struct call {
	struct call_view view;
};
/* Copies every byte into the arena, which has to live until the call is answered. */
void call_keep(struct call *call, struct arena *arena, const struct call_view *view);

/*
 * What comes of a command before its reply, each kind by itself: no row can be taken
 * for a signal, whatever stands in it.
 */
enum part {
	PART_ROWS,      /* lines of the answer, in pieces of any size */
	PART_COMPLAINT, /* {"line"?, "pointer", "error"}: what was given is wrong there */
	PART_PROGRESS,  /* {"progress", "what"?}: from 0 to 100 */
	PART_MORE,      /* {"more"}: ended by its limit, and there is more behind this position */
	PART_SUMMARY,   /* an object about all rows, which came before it */
	/* To who asks for "places": */
	PART_COLUMNS,   /* {"columns"}: of the rows, before the first; none: whole documents */
	PART_PLACE,     /* {"place"}: asked anew for what stands "after" it, it goes on here */
	PART__MAX
};
/* Bytes of one piece of rows. */
#define PART_MAX ((size_t)1 << 20)

/* An answer is no longer than this, wherever it is made. */
#define REPLY_MAX ((size_t)16 << 20)
#define REPLY_MAX_TEXT "16 MiB"

struct reply {
	enum fault fault;
	int status;              /* HTTP */
	struct span content_type; /* of static bytes, or in content_type_read */
	struct buf content_type_read; /* of a reply that came over the socket */
	struct buf headers;      /* "Name: value\r\n" lines beyond the usual ones */
	struct buf body;
	const char *type;        /* of the program that took it, for that line; NULL unknown */
	struct buf line;         /* of a delivery, for the log once the reply is final */
	bool immutable;          /* its URL never means anything else: kept for ever */
	bool logged;             /* the call's id is in the delivery log: the witness may name it */
	unsigned places[2];      /* of the owner's throttle, left when this is answered */
};

void reply_reset(struct reply *reply); /* keeps the buffers' memory */
void reply_free(struct reply *reply);
/* All but the places, which are of a call's own. */
void reply_copy(struct reply *to, const struct reply *from);
/* A problem document (RFC 9457) with code, detail and the call's id, without its type: only
 * the front knows the URL of the page about the code (environment.h). */
void reply_problem(struct reply *reply, enum fault fault, int status,
    struct id id, const char *detail);
/* The store cannot be had. Why is told to those who run it; a sender hears only
 * that it should try again. */
void reply_no_store(struct reply *reply, const struct call_view *call,
    const struct error *why);
/* One that is longer than REPLY_MAX keeps its verdict and loses the rest; one that only
 * tells becomes FAULT_ANSWER_TOO_LARGE. What makes long answers bounds them itself, and
 * knows better what to advise. */
void reply_bound(struct reply *reply, struct id id);
/* Instead of the usual two seconds, for what passes by itself. */
void reply_retry_after(struct reply *reply, int64_t seconds);
/* More members of the problem document: "errors":[…] as JSON text, without braces. */
void reply_problem_more(struct reply *reply, struct span members);

#endif
