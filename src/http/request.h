/* SPDX-License-Identifier: ISC */
/*
 * One HTTP request as the gate sees it, however it came: FastCGI, plain CGI,
 * the owner's socket, a replay. Only data: whoever fills it in has read the
 * environment once, refused ambiguous names and read the body to its end.
 */
#ifndef EARSHOT_REQUEST_H
#define EARSHOT_REQUEST_H

#include "base/arena.h"

struct header {
	struct span name; /* lower case with hyphens: "x-hub-signature-256" */
	struct span value;
};

struct request {
	struct span type;         /* listener type of the binary: "macro" … */
	struct span method;       /* "POST" */
	struct span path;         /* raw, percent-encoded, behind the binary: "/jira/PHN-7" */
	struct span query;        /* raw, without '?' */
	struct span content_type; /* "" when absent */
	struct span address;      /* REMOTE_ADDR */
	struct span url;          /* REQUEST_URI: for Twilio's signature and the log */
	struct header *headers;   /* HTTP_* */
	size_t header_count;
	struct span body;         /* raw bytes */
	/* What a front of its own looks at; not passed on to the owner of the store. */
	struct span user;         /* REMOTE_USER: whom the web server has signed in; "" nobody */
	bool https;               /* as the web server says; a proxy before it may know better */
};

/* "" when absent. */
struct span request_header(const struct request *request, const char *name);
/*
 * The first query parameter of this name, percent-decoded ('+' is a space).
 * p is NULL when it is absent or cannot be decoded; "?name" alone is "".
 */
struct span request_query(const struct request *request, struct arena *arena,
    const char *name);
/* The first name in the query that differs from this one in case, "-" and "_" only; p
 * NULL: none. */
struct span request_query_near(const struct request *request, struct arena *arena,
    const char *name);
/* Where the program is mounted, as the sender wrote it: "/listen/macro.fcgi"; "" when that
 * cannot be told, or holds more than a path of plain names. */
struct span request_mount(const struct request *request);
/*
 * Takes the next name=value off a query or form, both still encoded; empty
 * pairs are skipped. False at the end.
 */
bool request_pair(struct span *rest, struct span *name_r, struct span *value_r);
/* What the name of a header may be: a token of RFC 9110. */
bool request_is_token(struct span name);
/* A header of the connection or of a signature, which no rule sets. */
bool request_is_reserved(struct span name);

#endif
