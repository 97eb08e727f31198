/* SPDX-License-Identifier: ISC */
/*
 * Tests of an endpoint before a sender uses it: a value that came is sent back, in the
 * way that the listener's document describes. Pure: no store.
 *
 * Meta and WhatsApp (GET, hub.challenge with hub.verify_token), Microsoft Graph (POST,
 * validationToken in the query), Dropbox (GET, challenge), X (GET, crc_token, by its
 * HMAC), Zoom (POST, plainToken with its HMAC), Asana (POST, header X-Hook-Secret) and
 * Amazon SNS (a URL that somebody has to open) do so.
 */
#ifndef EARSHOT_CHALLENGE_H
#define EARSHOT_CHALLENGE_H

#include "base/arena.h"
#include "http/request.h"

#include <stdbool.h>

struct json_object;

struct challenge; /* compiled, immutable */

/* What is answered: members of the reply, in the arena. */
struct challenge_answer {
	const char *content_type; /* static; NULL: the usual answer, in which nothing is echoed */
	struct span body;
	struct span headers;      /* a line of the answer's header, or "" */
	struct span sentence;     /* for the trace: what was asked, what a person has to do */
};

/* The member "challenge" beyond its schema: what its members ask of each other. */
const char *challenge_wrong(struct arena *arena, struct json_object *spec);
const struct challenge *challenge_compile(struct arena *arena, struct json_object *spec);

/* It stands in the query or a header: it comes without signature and body. */
bool challenge_is_bare(const struct challenge *challenge);
/* The secret in the query by which its sender is known; "" where there is none. */
struct span challenge_token(const struct challenge *challenge, const struct request *request,
    struct arena *arena);
bool challenge_has_token(const struct challenge *challenge);

/*
 * True with the answer when this request is one. payload is NULL before the body was
 * read. secret (p NULL: none) is that of the HMAC; without it nothing that asks for
 * one is answered.
 */
bool challenge_read(const struct challenge *challenge, const struct request *request,
    struct json_object *payload, struct span secret, struct arena *arena,
    struct challenge_answer *answer_r);

#endif
