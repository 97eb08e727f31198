/* SPDX-License-Identifier: ISC */
/*
 * group-clear {"name", "count"?}: drops all values of a group, record by record and
 * with breaths, so that it can be removed or changed at once afterwards. "count" only
 * tells how many records have some: {"records"}.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "community/group.h"
#include "record/record.h"

/* NULL after txn_fail(). */
static const struct group *
load(struct txn *txn, struct job *job)
{
	struct span name = json_string(job->args, "name"), project, key;
	const struct group *group;

	doc_name_split(name, &project, &key);
	group = group_load(txn, txn_arena(txn), project, key);
	if (group == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "there is no group \"%.*s\"", (int)name.n, name.p);
	return group;
}

static int64_t
count(struct txn *txn, const struct group *group)
{
	struct record_range range = { .record = group->record, .path = group->path };
	struct record_walk *walk = record_walk_open(txn, &range, SPAN(""));
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct span id, position;
	int64_t n = 0;

	for (; txn_breathe(txn) && record_walk_next(walk, &id, NULL, &position); n++)
		arena_rewind(txn_arena(txn), mark);
	record_walk_close(&walk);
	return n;
}

struct clearing {
	int64_t records, expected;
};

static double
share(const void *of)
{
	const struct clearing *clearing = of;

	return (double)clearing->records / (double)clearing->expected;
}

/* The values of one record; false when there are none left. */
static bool
drop_one(struct txn *txn, const struct group *group, struct complaints *complaints)
{
	struct span id;

	if (!group_first(txn, group, &id))
		return false;
	if (group->record == RECORD_USER)
		id = json_string(record_load(txn, RECORD_USER, id), "email");
	return kind_remove(txn, &kind_value, doc_name(txn_arena(txn), group->full_name, id),
	    complaints);
}

static int64_t
clear(struct txn *txn, struct job *job, const struct group *group,
    struct complaints *complaints)
{
	struct clearing clearing = { .expected = json_integer(job->args, "expected", 0) };
	struct arena_mark mark = arena_mark(txn_arena(txn));
	uint64_t generation = store_generation(job->store);

	if (clearing.expected > 0)
		job->progress = (struct job_progress){ share, &clearing, NULL, -1, NULL };
	while (txn_breathe(txn)) {
		if (generation != store_generation(job->store)) {
			/* The group may be another one by now. */
			generation = store_generation(job->store);
			arena_rewind(txn_arena(txn), mark);
			if ((group = load(txn, job)) == NULL)
				break;
			mark = arena_mark(txn_arena(txn));
		}
		if (!drop_one(txn, group, complaints))
			break;
		clearing.records++;
		arena_rewind(txn_arena(txn), mark);
	}
	job->progress.share = NULL;
	return clearing.records;
}

static void
clear_or_count(struct txn *txn, struct job *job)
{
	bool only_count = json_flag(job->args, "count", false);
	const struct group *group = load(txn, job);
	struct command_complaints complaints;
	struct jsonout out = json_to(job->out);
	int64_t records;

	if (group == NULL)
		return;
	/* What could not be removed afterwards is not emptied. */
	command_complaints(&complaints, job);
	complaints.subject = arena_printf(job->arena, "group %.*s",
	    (int)json_string(job->args, "name").n, json_string(job->args, "name").p);
	if (!group_unused(txn, group, &complaints.base)) {
		txn_fail(txn, FAULT_BAD_DOCUMENT, "nothing was changed");
		return;
	}
	records = only_count ? count(txn, group) : clear(txn, job, group,
	    &complaints.base);
	if (!txn_ok(txn))
		return;
	json_open(&out, '{');
	json_member_int(&out, "records", records);
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

const struct command command_group_clear = {
	.name = "group-clear", .words = "drop the values of a group",
	.right = RIGHT_CHANGE, .dry = "count", .scope = SCOPE_DOCUMENT, .kind = "group",
	.answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = clear_or_count,
};
