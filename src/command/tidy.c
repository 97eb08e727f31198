/* SPDX-License-Identifier: ISC */
/*
 * tidy {}: removes what has outlived its retention in the logs, and what nobody wants any more,
 * and ends what is to be done once to a store of an older version.
 */
#include "command/tidy.h"

#include "command/command_import_private.h"

#include "community/group.h"
#include "record/audit.h"
#include "record/record.h"
#include "record/sweep.h"

#define TIDY_ROWS 200

bool
tidy_some(struct txn *txn, struct tidying *tidying, int64_t now, size_t max)
{
	bool more;

	if (!tidying->looked)
		import_expire(txn, now);
	tidying->looked = true;
	more = journal_expire(txn, &tidying->journal, now, max);
	more = audit_expire(txn, now, max) || more;
	more = group_change_sweep(txn, now, max) || more;
	more = sweep_some(txn, max) || more;
	tidying->indexing = record_index_words(txn, max);
	return tidying->indexing || more;
}

static void
tidy(struct txn *txn, struct job *job)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct tidying tidying = { .looked = false };
	bool more = true;

	/* Marks are looked at once all round, however few are to go. */
	while (more && txn_breathe(txn)) {
		more = tidy_some(txn, &tidying, job->now, TIDY_ROWS) || tidying.journal.mark_size > 0;
		arena_rewind(txn_arena(txn), mark);
	}
}

const struct command command_tidy = {
	.name = "tidy", .words = "remove what has outlived its time",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_NONE,
	.beside = BESIDE_IDLE, .mode = STORE_WRITE, .body = tidy,
};
