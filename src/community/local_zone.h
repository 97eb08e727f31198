/* SPDX-License-Identifier: ISC */
/* The clock on the community's wall: "timeZone" of its setting. */
#ifndef EARSHOT_LOCAL_ZONE_H
#define EARSHOT_LOCAL_ZONE_H

#include "base/zone.h"

struct txn;

/* NULL: UTC. Lives until another transaction looks for a rule (rules.h). */
const struct zone *local_zone(struct txn *txn);

#endif
