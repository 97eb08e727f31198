/* SPDX-License-Identifier: ISC */
/*
 * Everything that can be the outcome of a delivery or the failure of a call,
 * in one enumeration: its HTTP status, the code that senders see, a sentence
 * for a person, what to do about it, and how loudly it is logged. A fault names the kind; the
 * detail travels beside it in a struct error.
 */
#ifndef EARSHOT_FAULT_H
#define EARSHOT_FAULT_H

#include <stdbool.h>

enum fault {
	/* Outcomes: 200, the delivery is settled. */
	FAULT_NONE,      /* applied */
	FAULT_DUPLICATE, /* answered as the first time */
	FAULT_FILTERED,  /* the target does not match the filter */
	FAULT_CHALLENGE, /* a sender's test of the endpoint */
	FAULT_CAPTURED,  /* stored without acting, as the listener asks */
	FAULT_DRY_RUN,   /* all but the commit */
	FAULT_UNFINISHED, /* a large batch that is being carried out; only in the log */
	FAULT_DESCRIBED, /* GET, HEAD or OPTIONS */
	/* The request cannot be read. */
	FAULT_BAD_JSON,
	FAULT_BAD_FORM,
	FAULT_BAD_ENCODING,
	FAULT_BAD_PATH,
	FAULT_BAD_REQUEST, /* lying length, ambiguous headers */
	/* The sender is not who it should be. */
	FAULT_NO_API_KEY,
	FAULT_BAD_API_KEY,
	FAULT_API_KEY_EXPIRED,
	FAULT_API_KEY_DISABLED,
	FAULT_BAD_SIGNATURE,
	FAULT_STALE_SIGNATURE,
	FAULT_ADDRESS_NOT_ALLOWED,
	FAULT_AUTHOR_NOT_PERMITTED,
	FAULT_UNKNOWN_LISTENER,
	FAULT_METHOD_NOT_ALLOWED,
	FAULT_TOO_SLOW, /* the body did not come in time */
	FAULT_ID_REUSED,
	FAULT_TOO_LARGE,
	FAULT_UNSUPPORTED_MEDIA_TYPE,
	/* The request is clear but cannot be carried out. */
	FAULT_MISSING_PARAMETER,
	FAULT_BAD_VALUE,
	FAULT_UNKNOWN_TARGET,
	FAULT_AMBIGUOUS_TARGET,
	FAULT_TARGET_CONFLICT,
	FAULT_UNKNOWN_AUTHOR,
	FAULT_MACRO_FAILED, /* an action cannot be carried out on this target */
	FAULT_BATCH_FAILED, /* an atomic batch has a bad item */
	FAULT_ANSWER_TOO_LARGE,
	FAULT_TOO_MUCH_WORK, /* beyond what one delivery may ask for */
	FAULT_RATE_LIMITED,
	/* Ours to repair. */
	FAULT_INTERNAL,
	FAULT_BUSY,
	FAULT_STORE_UNAVAILABLE,
	FAULT_DISK_FULL,
	FAULT_SECRET_UNREADABLE,
	FAULT_INTEGRATIONS_DISABLED,
	/* Only the command line meets these. */
	FAULT_USAGE,
	FAULT_NOT_FOUND,
	FAULT_BAD_DOCUMENT,
	FAULT_NOT_PERMITTED, /* to the process that asks */
	FAULT_NOT_ALLOWED,   /* to the user for whom it asks */
	FAULT_NOT_SIGNED_IN, /* to the console */
	FAULT__MAX
};

struct fault_info {
	int status;           /* HTTP */
	const char *code;     /* in answers, logs and acknowledgement maps */
	const char *title;    /* a sentence without detail */
	bool settled;         /* an outcome: 2xx */
	bool passing;         /* may pass by itself: Retry-After is sent */
	int exit_code;        /* of the command line (sysexits) */
	const char *advice;   /* what the sender, or whoever reads it, can do */
};

/* Never NULL. */
const struct fault_info *fault_info(enum fault fault);
/* FAULT__MAX when no fault has this code. */
enum fault fault_by_code(const char *code);

/* What went wrong: the kind and one sentence about this case. */
struct error {
	enum fault fault; /* FAULT_NONE: nothing went wrong */
	char detail[900]; /* without secrets; may quote what was sent */
};

/* Keeps the first error when one is set already. Always returns false. */
bool error_set(struct error *error, enum fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void error_clear(struct error *error);

#endif
