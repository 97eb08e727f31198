/* SPDX-License-Identifier: ISC */
/* Shared by the tests of groups: people to have values, and storing them. */
#ifndef EARSHOT_GROUP_STORE_H
#define EARSHOT_GROUP_STORE_H

#include "base/text.h"
#include "community/feedback.h"
#include "community/group.h"
#include "community/people.h"
#include "community/people_apply.h"

#define NOW INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */
#define SECOND INT64_C(1000000)

#define FIELDS "'fields':[" \
	"{'label':'Launches','parameter':'launches','type':'integer'}," \
	"{'label':'Paying','parameter':'paying','type':'boolean'}," \
	"{'label':'Last seen','parameter':'last_seen','type':'datetime'}," \
	"{'label':'Plan','parameter':'/account/plan','type':'string','history':'90d'}]"
#define USAGE "{'kind':'group','key':'usage','name':'Usage','automation':'user'," FIELDS "}"

/* Two projects, two users, a ticket. */
void group_people(struct txn *txn);

/* "usage" or "phone/usage", compiled; NULL when there is none. */
const struct group *load(struct txn *txn, const char *name);

/* The id of the nth delivery. */
struct id delivery(int n);

/* Stores values{parameter: value}; which changed, as "+-" by member. */
const char *store(struct txn *txn, const char *name, const char *id, const char *values,
    int64_t now, int64_t event);

/* What TABLE_VALUE has under "group\0id", with ' for "; "none". */
const char *row(struct txn *txn, const char *key);

/* How many users the index has with this value, up to 4. */
size_t found(struct txn *txn, const char *path, const char *value);

#endif
