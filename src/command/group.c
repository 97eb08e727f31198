/* SPDX-License-Identifier: ISC */
/*
 * group-clear {"name", "count"?}: drops all values of a group, record by record and
 * by slices, so that it can be removed or changed at once afterwards. "count" only
 * tells how many records have some: {"records"}.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "community/group.h"

struct clearing {
	struct job *job;
	struct command_complaints complaints;
	bool count, done;
	int64_t records, expected;
	struct command_position position; /* while counting */
};

static const struct group *
load(struct txn *txn, struct clearing *clearing)
{
	struct span name = json_string(clearing->job->args, "name"), project, key;
	const struct group *group;

	doc_name_split(name, &project, &key);
	group = group_load(txn, txn_arena(txn), project, key);
	if (group == NULL) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no group \"%.*s\"", (int)name.n, name.p);
		return NULL;
	}
	/* What could not be removed afterwards is not emptied. */
	if (clearing->records == 0 && !group_unused(txn, group, &clearing->complaints.base)) {
		txn_fail(txn, FAULT_BAD_DOCUMENT, "nothing was changed");
		return NULL;
	}
	return group;
}

static void
count_some(struct txn *txn, struct clearing *clearing, const struct group *group)
{
	struct record_range range = { .record = group->record, .path = group->path };
	struct record_walk *walk = record_walk_open(txn, &range,
	    command_position(&clearing->position));
	struct span id, position;

	while (!clearing->done) {
		clearing->done = !record_walk_next(walk, &id, NULL, &position);
		if (clearing->done)
			break;
		clearing->records++;
		if (clearing->records % 64 == 0 && command_late(clearing->job)) {
			command_position_set(&clearing->position, position);
			break;
		}
	}
	record_walk_close(&walk);
}

static void
clear_some(struct txn *txn, void *arg)
{
	struct clearing *clearing = arg;
	const struct group *group = load(txn, clearing);
	struct arena_mark mark = arena_mark(txn_arena(txn));

	if (group == NULL)
		return;
	if (clearing->count) {
		count_some(txn, clearing, group);
		return;
	}
	while (!clearing->done && !command_late(clearing->job)) {
		clearing->done = !group_drop_one(txn, group);
		clearing->records += !clearing->done;
		arena_rewind(txn_arena(txn), mark);
	}
}

static enum job_state
group_clear_step(struct job *job)
{
	struct clearing *clearing = job->state;
	struct jsonout out;

	if (clearing == NULL) {
		clearing = job->state = arena_alloc(job->arena, sizeof *clearing);
		clearing->job = job;
		command_complaints(&clearing->complaints, job);
		clearing->complaints.subject = arena_printf(job->arena, "group %.*s",
		    (int)json_string(job->args, "name").n, json_string(job->args, "name").p);
		clearing->count = json_flag(job->args, "count", false);
		clearing->expected = json_integer(job->args, "expected", 0);
	}
	if (!command_run(job, clearing->count ? STORE_READ : STORE_WRITE, clear_some, clearing))
		return JOB_DONE;
	if (!clearing->done) {
		if (clearing->expected > 0)
			command_progress(job, (double)clearing->records /
			    (double)clearing->expected, NULL);
		return JOB_MORE;
	}
	out = json_to(job->out);
	json_open(&out, '{');
	json_member_int(&out, "records", clearing->records);
	json_close(&out, '}');
	buf_putc(job->out, '\n');
	return JOB_DONE;
}

const struct command command_group_clear = { .name = "group-clear",
	.step = group_clear_step };
