/* SPDX-License-Identifier: ISC */
/*
 * May this request come in? API key, signature, address. Who may not hears the
 * same 401 whether the listener exists or not.
 */
#ifndef EARSHOT_ADMIT_H
#define EARSHOT_ADMIT_H

#include "act/delivery.h"
#include "http/challenge.h"
#include "http/endpoint.h"

struct settings;

/* The sender's address: behind trusted proxies the last address in
 * X-Forwarded-For that is not one of them. */
struct span admit_address(const struct settings *settings, const struct request *request,
    struct arena *arena);

/* Sets delivery->listener and ->api_key, or ->cause, and adds the steps; verb is "deliver"
 * or "describe". False after txn_fail(). */
bool admit(struct txn *txn, struct delivery *delivery, const struct endpoint *endpoint,
    const char *verb);

/*
 * True, with delivery->listener set, when the request is a challenge that comes without
 * signature (challenge.h) and its listener answers it: its API key was presented, where
 * it has one, or the secret that the challenge has to show. known_r: one of these was;
 * else it is a stranger's, and nothing is kept of it. False leaves no trace: it is
 * admitted as everything else is, or not.
 */
bool admit_challenge(struct txn *txn, struct delivery *delivery,
    const struct endpoint *endpoint, bool *known_r, struct challenge_answer *answer_r);

/* A secret of the listener that has not ended; p NULL: it has none. */
struct span admit_live_secret(const struct delivery *delivery);

/* Adds the steps of what admission would say, for who needs no admission. False with the
 * refusal that a sender would meet, as far as that can be told. */
bool admit_tell(struct delivery *delivery, struct error *error);

#endif
