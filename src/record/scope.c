/* SPDX-License-Identifier: ISC */
#include "record/scope.h"

#include "record/doc.h"

#define NAME_MAX_BYTES 129 /* two keys and a slash */

bool
scope_find(struct txn *txn, const char *kind, struct span project,
    struct span name, struct span *project_r, struct span *key_r)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return false;
	doc_name_split(name, project_r, key_r);
	if (project_r->n > 0)
		return doc_exists(txn, kind, *project_r, *key_r);
	*project_r = project;
	if (project.n > 0 && doc_exists(txn, kind, project, *key_r))
		return true;
	*project_r = (struct span){ "", 0 };
	return doc_exists(txn, kind, *project_r, *key_r);
}
