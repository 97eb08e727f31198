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

enum verb {
	VERB_DELIVER = 1, /* a request to an endpoint, GET included */
	VERB_COMMAND,     /* management: args is a JSON object with "command" */
	VERB_YIELD,       /* the daemon asks the owner to leave in order */
};

enum rights {
	RIGHTS_WEB,  /* may deliver and describe */
	RIGHTS_ALL,  /* of the store's user, or root: may do all */
};

struct call {
	enum verb verb;
	struct id id;           /* also the id of the delivery */
	bool again;             /* sent before to an owner that died */
	enum rights rights;     /* set by who received it, never sent */
	struct request request; /* VERB_DELIVER */
	struct span args;       /* VERB_COMMAND */
};

struct reply {
	enum fault fault;
	int status;              /* HTTP */
	struct span content_type;
	struct buf headers;      /* "Name: value\r\n" lines beyond the usual ones */
	struct buf body;
	struct buf line;         /* of a delivery, for the log once the reply is final */
	bool logged;             /* the call's id is in the delivery log: the witness may name it */
	unsigned places[2];      /* of the owner's throttle, left when this is answered */
};

void reply_reset(struct reply *reply); /* keeps the buffers' memory */
void reply_free(struct reply *reply);
/* All but the places, which are of a call's own. */
void reply_copy(struct reply *to, const struct reply *from);
/* A problem document (RFC 9457) with code, detail and the call's id. */
void reply_problem(struct reply *reply, enum fault fault, int status,
    struct id id, const char *detail);
/* The store cannot be had. Why is told to those who run it; a sender hears only
 * that it should try again. */
void reply_no_store(struct reply *reply, const struct call *call, const struct error *why);
/* Instead of the usual two seconds, for what passes by itself. */
void reply_retry_after(struct reply *reply, int64_t seconds);
/* More members of the problem document: "errors":[…] as JSON text, without braces. */
void reply_problem_more(struct reply *reply, struct span members);

#endif
