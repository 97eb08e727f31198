/* SPDX-License-Identifier: ISC */
/*
 * The page that mail names in List-Unsubscribe: GET asks, and changes nothing, since
 * programs that look for bad links open it as well; POST with List-Unsubscribe=One-Click
 * (RFC 8058) sets the user's optOut.
 */
#ifndef EARSHOT_SERVICE_OPT_OUT_H
#define EARSHOT_SERVICE_OPT_OUT_H

#include "http/call.h"

struct txn;

void service_opt_out(struct txn *txn, const struct request *request, struct span token,
    struct reply *reply);

#endif
