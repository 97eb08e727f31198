/* SPDX-License-Identifier: ISC */
/*
 * May this request come in? API key, signature, address. Who may not hears the
 * same 401 whether the listener exists or not.
 */
#ifndef EARSHOT_ADMIT_H
#define EARSHOT_ADMIT_H

#include "act/delivery.h"
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

/* Adds the steps of what admission would say, for who needs no admission. False with the
 * refusal that a sender would meet, as far as that can be told. */
bool admit_tell(struct delivery *delivery, struct error *error);

#endif
