/* SPDX-License-Identifier: ISC */
/*
 * tasks {}: what goes on at the moment without anybody waiting: {"task", "at"} each, with
 * "macro", its name, "group", the name of one whose fields are changed, or "import", its id, and
 * "file", its name.
 */
#include "command/command_private.h"
#include "command/task.h"

#include "base/json.h"
#include "record/doc_check.h"
#include "record/meta.h"
#include "store/key.h"

/* That go on or wait: each is a row that is looked at whenever one has ended. */
#define TASKS_OF_ONE 20

/* id NULL: what those of all begin with. */
static struct span
row_key(struct arena *arena, const struct id *id)
{
	struct keybuf key;

	key_begin(&key);
	key_text(&key, SPAN("task"));
	if (id != NULL)
		key_id(&key, *id);
	return key_keep(&key, arena);
}

static struct json_object *
next_row(struct txn *txn, const struct id *after, struct id *id_r)
{
	struct arena *arena = txn_arena(txn);

	return meta_next(txn, row_key(arena, NULL), after != NULL ? row_key(arena, after) : SPAN(""),
	    false, id_r);
}

/* He may begin another one. */
static bool
has_room(struct txn *txn, struct span user)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct json_object *row;
	struct id id, after;
	int n = 0;

	for (const struct id *from = NULL; (row = next_row(txn, from, &id)) != NULL; from = &after) {
		after = id;
		n += span_eq(json_string(row, "user"), user);
		arena_rewind(txn_arena(txn), mark);
	}
	return n < TASKS_OF_ONE || txn_fail(txn, FAULT_BUSY, "%d macro runs, imports and "
	    "changes of data groups of yours go on or wait already: wait until one of them has "
	    "ended, or stop one", n);
}

void
task_begin(struct txn *txn, struct job *job, struct id id, struct json_object *args)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *row = json_new_object(arena), *from = json_new_object(arena);

	if (!has_room(txn, job->actor != NULL ? job->actor->user : SPAN("")))
		return;
	doc_set_time(row, "at", job->now);
	if (job->actor != NULL)
		json_set_text(row, "user", job->actor->user);
	/* For the log of changes: how it was asked for, not who carries it out. */
	if (!json_has(args, "from")) {
		json_set_text(from, "via", span_of(job->by.via));
		json_set(args, "from", json_share(from));
	}
	json_set(row, "args", json_share(args));
	meta_save(txn, row_key(arena, &id), row);
	job->begins = true;
}

void
task_drop(struct txn *txn, struct id id)
{
	table_del(txn, TABLE_META, row_key(txn_arena(txn), &id));
}

bool
task_next(struct txn *txn, const struct id *after, struct task *task_r)
{
	struct json_object *row = next_row(txn, after, &task_r->id);

	if (row == NULL)
		return false;
	task_r->args = json_get(row, "args");
	task_r->user = json_string(row, "user");
	return true;
}

static bool
is_of_group(struct json_object *args)
{
	return span_is(json_string(args, "kind"), "group");
}

/* Whose macro, group or import it is, as those themselves may be read. */
static bool
may_read(const struct job *job, struct json_object *row)
{
	struct json_object *args = json_get(row, "args");

	return json_has(args, "macro") ? command_may_read_of(job, json_string(args, "macro"))
	    : is_of_group(args) ? command_may_read_of(job, json_string(args, "name"))
	    : job->actor == NULL || span_eq(json_string(row, "user"), job->actor->user) ||
	      command_may_read_of(job, SPAN(""));
}

static void
list(struct txn *txn, struct job *job)
{
	static const char *const members[] = { "macro", "import", "file" };
	struct json_object *row;
	char text[ID_TEXT_SIZE];
	struct id id, after;
	bool begun = false;

	while ((row = next_row(txn, begun ? &after : NULL, &id)) != NULL) {
		struct json_object *args = json_get(row, "args"), *told;

		begun = true;
		after = id;
		if (!may_read(job, row))
			continue;
		told = json_new_object(txn_arena(txn));
		json_set_text(told, "task", span_of(id_text(id, text)));
		json_set_text(told, "at", json_string(row, "at"));
		for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
			if (json_has(args, members[i]))
				json_set_text(told, members[i], json_string(args, members[i]));
		if (is_of_group(args))
			json_set_text(told, "group", json_string(args, "name"));
		command_put(job, told);
	}
}

const struct command command_tasks = {
	.name = "tasks", .words = "list what goes on by itself",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = list,
};
