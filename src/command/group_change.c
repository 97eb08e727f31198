/* SPDX-License-Identifier: ISC */
/*
 * A group that many have values of gets another form (community/group_rows.h): before its
 * document can be put, by set, apply or the undo of a change, the values are written in that
 * form, with breaths. When the owner dies meanwhile, who asked asks the next one, which goes on.
 *
 * group-stop {"name"}: the change of a group ends where it is, and the group stays as it was.
 */
#include "command/command_private.h"
#include "command/task.h"

#include "base/json.h"
#include "community/group_rows.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "store/store.h"

#include <string.h>

#define AT_ONCE 500 /* records of one transaction at most */

static bool
later(struct complaints *base, struct json_object *doc)
{
	struct command_complaints *complaints = base->arg;
	struct span name = doc_full_name(complaints->job->arena, doc);

	if (complaints->dry && doc_list_has(complaints->counted, name))
		return true;
	complaints->later = json_keep(complaints->job->arena, doc);
	base->count++;
	return false;
}

void
command_complaints_wait(struct command_complaints *complaints, bool dry)
{
	complaints->base.later = later;
	complaints->dry = dry;
	complaints->counted = json_new_array(complaints->job->arena);
}

struct changing {
	struct changing *before;   /* another one of the same call */
	struct job *job;
	struct command_complaints *complaints;
	struct json_object *doc;
	struct span name;
	struct group_conversion conversion;
	int64_t done, of;
	size_t count;      /* of this transaction */
	bool ready;
	const char *why;   /* it is given up */
};

static double
share(const void *of)
{
	const struct changing *changing = of;

	return changing->of <= 0 ? 0 : changing->done >= changing->of ? 0.99
	    : (double)changing->done / (double)changing->of;
}

static const char *
what_is_counted(const void *of)
{
	(void)of;
	return "looking at stored values";
}

static const char *
what_is_written(const void *of)
{
	(void)of;
	return "converting stored values";
}

static const struct group *
load(struct txn *txn, const struct changing *changing)
{
	const struct group *group = group_rule(txn, changing->name);

	if (group == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "the group %.*s was removed meanwhile",
		    (int)changing->name.n, changing->name.p);
	return group;
}

/* ---- what would be lost, before anything is done */

static const struct group *
plan(struct txn *txn, struct changing *changing)
{
	struct arena *arena = changing->job->arena;
	struct json_object *doc = doc_get(txn, "group", changing->name);
	const struct group *old = doc != NULL ? group_change_compile(txn, arena, doc) : NULL;

	if (old == NULL) {
		load(txn, changing);
		return NULL;
	}
	group_conversion_plan(arena, old, group_compile(arena, changing->doc, SPAN("")),
	    &changing->conversion);
	return old;
}

static void
count(struct txn *txn, void *arg)
{
	struct changing *changing = arg;
	uint64_t generation = store_generation(changing->job->store);
	const struct group *old = plan(txn, changing);
	struct record_range range;
	struct record_walk *walk;
	struct arena_mark mark;
	struct span id, position;

	if (old == NULL)
		return;
	range = (struct record_range){ .record = old->record, .path = old->path };
	changing->of = (int64_t)record_range_rows(txn, &range) + 1;
	walk = record_walk_open(txn, &range, SPAN(""));
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn) && record_walk_next(walk, &id, NULL, &position)) {
		if (generation != store_generation(changing->job->store) &&
		    !group_is_still(txn, old)) {
			txn_fail(txn, FAULT_BAD_DOCUMENT, "somebody else has changed the group meanwhile; "
			    "look at it again");
			break;
		}
		generation = store_generation(changing->job->store);
		changing->done++;
		group_conversion_count(txn, &changing->conversion, arena_copy(txn_arena(txn), id));
		arena_rewind(txn_arena(txn), mark);
	}
	record_walk_close(&walk);
}

static bool
may_lose(struct changing *changing)
{
	struct job *job = changing->job;
	int64_t most = !span_is(json_string(changing->doc, "convert"), "lossy") ? 0
	    : json_integer(changing->doc, "mayLose", INT64_MAX);

	job->progress = (struct job_progress){ share, changing, what_is_counted, -1, NULL };
	command_run(job, STORE_READ, count, changing);
	job->progress.share = NULL;
	if (job->error.fault == FAULT_NONE && !group_may_lose(job->arena, &changing->conversion,
	        most, &changing->complaints->base))
		error_set(&job->error, FAULT_BAD_DOCUMENT, "nothing was changed");
	return job->error.fault == FAULT_NONE;
}

/* ---- the values in the new form */

/* What stands there is of this task; or, where somebody waits, of whoever asked for the same, and
 * whose owner may have died. */
static bool
is_own(const struct changing *changing, const struct group_changing *there)
{
	const struct job *job = changing->job;
	struct id task;

	return job->task ? id_read(there->task, &task) && memcmp(&task, &job->id, sizeof task) == 0
	    : there->task.n == 0 && group_change_is(there, changing->doc);
}

static void
begin(struct txn *txn, void *arg)
{
	struct changing *changing = arg;
	const struct job *job = changing->job;
	const struct group *group = load(txn, changing);
	struct group_changing other;
	char text[ID_TEXT_SIZE];

	if (group == NULL)
		return;
	if (!group_change_load(txn, changing->name, &other))
		group_change_begin(txn, group, changing->doc, span_of(command_by(job)),
		    span_of(job->task ? id_text(job->id, text) : ""));
	else if (!group_change_is(&other, changing->doc))
		txn_fail(txn, FAULT_BAD_DOCUMENT, "the fields of the group are being changed since "
		    "%.*s by somebody else", (int)other.at.n, other.at.p);
}

static bool
late(void *arg)
{
	struct changing *changing = arg;

	return ++changing->count >= AT_ONCE || command_late(changing->job);
}

static void
step(struct txn *txn, void *arg)
{
	struct changing *changing = arg;
	const struct group *group = load(txn, changing);
	struct group_changing now;
	bool there;

	if (group == NULL)
		return;
	there = group_change_load(txn, changing->name, &now);
	if (!there)
		now = (struct group_changing){ .doc = doc_get(txn, "group", changing->name) };
	if (!group_change_is(&now, changing->doc)) {
		txn_fail(txn, FAULT_BAD_DOCUMENT, "this change of the group was stopped, or another one "
		    "was made; look at the group, and begin anew where it is not as you want it");
	} else if (!there) {
		changing->ready = true; /* somebody else wanted the same, and was faster */
	} else {
		changing->done = now.done;
		changing->of = now.of;
		changing->count = 0;
		changing->ready = group_change_step(txn, group, late, changing);
	}
}

bool
command_prepared(struct job *job, struct command_complaints *complaints)
{
	struct changing *changing;
	struct arena_mark mark;

	if (complaints->later == NULL || complaints->base.count != 1 ||
	    job->error.fault != FAULT_BAD_DOCUMENT)
		return false;
	changing = arena_alloc(job->arena, sizeof *changing);
	*changing = (struct changing){ .job = job, .complaints = complaints,
		.doc = complaints->later, .name = doc_full_name(job->arena, complaints->later) };
	complaints->later = NULL;
	complaints->base.count = 0;
	error_clear(&job->error);
	/* The form of a task has told what it will do. */
	if (!job->task && !may_lose(changing))
		return false;
	json_append(complaints->counted, json_share(json_new_text(job->arena, changing->name)));
	if (complaints->dry)
		return true;
	changing->done = changing->of = 0;
	if (!command_run(job, STORE_WRITE, begin, changing))
		return false;
	changing->before = complaints->prepared;
	complaints->prepared = changing;
	job->progress = (struct job_progress){ share, changing, what_is_written, -1, NULL };
	mark = arena_mark(job->scratch);
	while (!changing->ready && command_run(job, STORE_WRITE, step, changing)) {
		arena_rewind(job->scratch, mark);
		job_breathe(job);
	}
	job->progress.share = NULL;
	return job->error.fault == FAULT_NONE;
}

static void
abandon(struct txn *txn, void *arg)
{
	struct changing *changing = arg;
	const struct group *group = group_rule(txn, changing->name);
	struct group_changing there;

	if (group != NULL && group_change_load(txn, group->full_name, &there) &&
	    is_own(changing, &there))
		group_change_abandon(txn, group, span_of(changing->why));
}

void
command_prepared_end(struct job *job, struct command_complaints *complaints)
{
	struct error error = job->error;
	struct changing *changing = complaints->prepared;

	complaints->prepared = NULL;
	/* Whoever waits no more comes again, perhaps. */
	if (error.fault == FAULT_NONE || fault_info(error.fault)->passing)
		return;
	for (; changing != NULL; changing = changing->before) {
		changing->why = complaints->first != NULL ? complaints->first : error.detail;
		error_clear(&job->error);
		command_run(job, STORE_WRITE, abandon, changing);
	}
	job->error = error;
}

/* ---- without anybody who waits */

static void
begin_task(struct txn *txn, void *arg)
{
	struct changing *changing = arg;
	static const char *const members[] = { "command", "kind", "name", "members", "version" };
	struct job *job = changing->job;
	struct json_object *args = json_new_object(txn_arena(txn));
	const struct group *group;
	struct group_changing other;
	char text[ID_TEXT_SIZE];
	struct id id = id_new(job->now);

	if (command_repeated(txn, job) || (group = load(txn, changing)) == NULL)
		return;
	if (group_change_load(txn, changing->name, &other)) {
		txn_fail(txn, FAULT_BAD_DOCUMENT, "the fields of the group are being changed already, "
		    "since %.*s", (int)other.at.n, other.at.p);
		return;
	}
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (json_has(job->args, members[i]))
			json_set(args, members[i], json_share(json_get(job->args, members[i])));
	group_change_begin(txn, group, changing->doc, span_of(command_by(job)),
	    span_of(id_text(id, text)));
	task_begin(txn, job, id, args);
}

bool
command_prepared_begin(struct job *job, struct command_complaints *complaints)
{
	struct changing changing = { .job = job, .doc = complaints->later };

	if (complaints->later == NULL || complaints->base.count != 1 ||
	    job->error.fault != FAULT_BAD_DOCUMENT)
		return false;
	changing.name = doc_full_name(job->arena, changing.doc);
	complaints->base.count = 0;
	error_clear(&job->error);
	return command_run(job, STORE_WRITE, begin_task, &changing);
}

bool
command_prepared_goes_on(struct txn *txn, struct span group)
{
	struct group_changing there;

	return group_change_load(txn, group, &there);
}

void
command_prepared_give_up(struct txn *txn, struct job *job)
{
	struct changing changing = { .job = job, .name = json_string(job->args, "name"),
		.why = job->error.detail };

	abandon(txn, &changing);
}

static void
stop(struct txn *txn, struct job *job)
{
	struct span name = json_string(job->args, "name");
	const struct group *group = group_rule(txn, name);
	struct json_object *told = json_new_object(txn_arena(txn));
	struct group_changing changing;
	struct id task;

	if (group == NULL || !group_change_load(txn, group->full_name, &changing)) {
		txn_fail(txn, FAULT_NOT_FOUND, "no change of the group \"%s\" is under way",
		    doc_short(txn_arena(txn), name));
		return;
	}
	if (id_read(changing.task, &task))
		task_drop(txn, task);
	group_change_abandon(txn, group, span_of(arena_printf(txn_arena(txn), "stopped by %s",
	    command_by(job))));
	json_set_text(told, "name", group->full_name);
	command_put(job, told);
}

const struct command command_group_stop = {
	.name = "group-stop", .words = "stop the change of a group",
	.right = RIGHT_CHANGE, .scope = SCOPE_DOCUMENT, .kind = "group", .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = stop,
};
