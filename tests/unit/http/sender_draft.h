/* SPDX-License-Identifier: ISC */
/* Shared by the tests of the sender room: requests, senders, verdicts. */
#ifndef EARSHOT_SENDER_DRAFT_H
#define EARSHOT_SENDER_DRAFT_H

#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "http/sender.h"
#include "tap.h"

#include <stdlib.h>

#define NOW_SECONDS INT64_C(1700000000)
#define NOW (NOW_SECONDS * 1000000)
#define BASE "https://beta.acme.example"
#define PATH "/listen/macro.fcgi/tickets?x=1"

/* Of the test, which makes and frees it. */
extern struct arena *arena;

/* A request under construction. */
struct draft {
	struct request request;
	struct header headers[8];
};

void draft_header(struct draft *draft, const char *name, struct span value);

/* That of the header, to be changed; NULL when there is none. */
struct span *draft_value(struct draft *draft, const char *name);

/* JSON in the arena; NULL, which is told, when it is none. */
struct json_object *json(const char *text);

/* A name, or an object as text. What does not compile ends the test. */
const struct sender *compiled(const char *spec);

/* FAULT_NONE when the request has a good signature. */
enum fault verify_at(const char *spec, const struct draft *draft, const char *secret, int64_t now);

/* As a check, which shows both when it fails. */
void is_fault(enum fault got, enum fault expected, const char *spec, const char *what);

#endif
