/* SPDX-License-Identifier: ISC */
/* What the files of the log of changes share. */
#ifndef EARSHOT_AUDIT_PRIVATE_H
#define EARSHOT_AUDIT_PRIVATE_H

#include "record/audit.h"

/* Stands before the id of a person in a text of an entry; doubled, for itself. */
#define AUDIT_PERSON '\1'

/* The document as entries tell it. own: id of the account that it is about, whose address is
 * no other's; "". sealed: it may have secrets. */
struct json_object *audit_tell(struct txn *txn, struct json_object *doc, struct span own,
    bool sealed);
/* A sum of all secrets of the document as it is stored, which its name and kind tell. */
void audit_sum_secrets(struct txn *txn, const struct kind *kind, struct json_object *doc,
    unsigned char sum[SECRET_SHA256_SIZE]);
/* Id of the account that a name of an entry begins or ends with; "" none. */
struct span audit_person_of(struct span of);

#endif
