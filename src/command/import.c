/* SPDX-License-Identifier: ISC */
/*
 * Files of users, tickets or values of a data group that are uploaded, looked at, and then
 * imported by a task, for the console. A file stands in the store until it is imported or given
 * up, and belongs to whoever has sent it.
 *
 * import-create {"kind", "group"?, "file", "bytes", "encoding"?, "clearEmpty"?, "key"?}:
 * {"import"}, and "state" and "received" (bytes) of one that was made by the same key.
 * import-put {"import", "at", "data"}: the next bytes, in base64. import-check {"import",
 * "encoding"?, "clearEmpty"?, "columns"?[]}: begins to look at what would be done, with these
 * columns (null: as the file calls it, "": passed over). import-start {"import"}: begins to do
 * that. import-stop {"import"}; import-drop {"import"}: the file, or its log, is
 * forgotten.
 * imports {"limit"?, "after"?}: those that may be seen, newest first. import {"import"}: one.
 * import-refused {"import", "limit"?, "after"?}: rows with their reasons.
 */
#include "command/command_import_private.h"
#include "command/task.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/group.h"
#include "record/clock.h"
#include "record/doc_check.h"
#include "record/meta.h"
#include "record/schema.h"
#include "record/sweep.h"
#include "store/key.h"

#include <string.h>

#define FILE_NAME_MAX 100
#define PIECE ((size_t)32 << 10)     /* bytes in a row of the file */
#define PUT_MAX ((size_t)512 << 10)  /* bytes of one import-put */
#define WAITING_MAX 5                /* files of one person that are not imported yet */
#define LOG_MAX 200                  /* imports that are remembered */
#define WAIT_US (INT64_C(86400) * 1000000)     /* for the person */
#define RECEIVE_US (INT64_C(3600) * 1000000)   /* for the rest of the file */

/* ---- rows */

static struct span
row_key(struct arena *arena, const char *name, const struct id *id, const uint64_t *number)
{
	struct keybuf key;

	key_begin(&key);
	key_text(&key, span_of(name));
	if (id != NULL)
		key_id(&key, *id);
	if (number != NULL)
		key_unsigned(&key, *number);
	return key_keep(&key, arena);
}

struct json_object *
import_load(struct txn *txn, struct id id)
{
	return meta_load(txn, row_key(txn_arena(txn), "import", &id, NULL));
}

void
import_save(struct txn *txn, struct id id, struct json_object *row)
{
	meta_save(txn, row_key(txn_arena(txn), "import", &id, NULL), row);
}

bool
import_piece(struct txn *txn, struct id id, size_t number, struct span *bytes_r)
{
	uint64_t n = number;

	return table_get(txn, TABLE_META, row_key(txn_arena(txn), "import-file", &id, &n), bytes_r);
}

void
import_refuse(struct txn *txn, struct id task, int64_t line, struct span json)
{
	uint64_t n = (uint64_t)line;

	table_put(txn, TABLE_META, row_key(txn_arena(txn), "import-refused", &task, &n), json);
}

/* The row behind this line; NULL at the end. *line_r is its own, and where to go on. */
static struct json_object *
next_refused(struct txn *txn, struct id task, int64_t after, int64_t *line_r)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = row_key(arena, "import-refused", &task, NULL), key, value;
	uint64_t n = (uint64_t)after + 1;
	struct walk *walk = walk_open(txn, TABLE_META, prefix,
	    row_key(arena, "import-refused", &task, &n), false);
	struct json_object *row = NULL;

	if (walk_next(walk, &key, &value)) {
		row = json_load(arena, arena_copy(arena, value));
		*line_r = json_integer(row, "line", 0);
	}
	walk_close(&walk);
	return row;
}

/* What the last task has refused; its rows may be many. */
static void
forget_refused(struct txn *txn, struct json_object *row)
{
	struct id task;

	if (id_read(json_string(row, "run"), &task))
		sweep_later(txn, row_key(txn_arena(txn), "import-refused", &task, NULL));
}

/* The file is not needed any more. */
static void
forget_file(struct txn *txn, struct id id, struct json_object *row)
{
	sweep_later(txn, row_key(txn_arena(txn), "import-file", &id, NULL));
	json_set_bool(row, "removed", true);
}

static void
forget(struct txn *txn, struct id id, struct json_object *row)
{
	forget_refused(txn, row);
	if (!json_flag(row, "removed", false))
		forget_file(txn, id, row);
	table_del(txn, TABLE_META, row_key(txn_arena(txn), "import", &id, NULL));
}

/* The one behind this, backwards: before it. NULL at the end. */
static struct json_object *
next_import(struct txn *txn, const struct id *at, bool backwards, struct id *id_r)
{
	struct arena *arena = txn_arena(txn);

	return meta_next(txn, row_key(arena, "import", NULL, NULL),
	    at != NULL ? row_key(arena, "import", at, NULL) : SPAN(""), backwards, id_r);
}

static bool
is_in(struct json_object *row, const char *const states[])
{
	for (; *states != NULL; states++)
		if (span_is(json_string(row, "state"), *states))
			return true;
	return false;
}

static const char *const waiting_states[] = { "receiving", "checking", "checked", NULL };
static const char *const ended_states[] = { "done", "failed", "stopped", NULL };

/* ---- who may */

static bool
is_own(const struct job *job, struct json_object *row)
{
	return job->actor == NULL || span_eq(json_string(row, "user"), job->actor->user);
}

static bool
may_see(const struct job *job, struct json_object *row)
{
	return is_own(job, row) || command_may_read_of(job, SPAN(""));
}

struct json_object *
import_of(struct txn *txn, struct job *job, bool own, struct id *id_r)
{
	struct json_object *row = id_read(json_string(job->args, "import"), id_r)
	    ? import_load(txn, *id_r) : NULL;

	if (row == NULL || !may_see(job, row)) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no such import: a file that nobody imports "
		    "is kept for a day, its log for a while");
		return NULL;
	}
	if (!own || is_own(job, row))
		return row;
	txn_fail(txn, FAULT_NOT_ALLOWED, "the file belongs to %s, who has sent it",
	    command_who(txn, json_string(row, "user")));
	return NULL;
}

/* ---- what it is */

/* As documents of kind value name whose they are. */
static const char *const values_of[] = { [RECORD_USER] = "user", [RECORD_FEEDBACK] = "feedback",
	[RECORD_PROJECT] = "target" };

static struct import_values *
values_of_group(struct txn *txn, struct arena *arena, struct span name)
{
	static const enum member_type types[] = { [GROUP_BOOLEAN] = MEMBER_BOOLEAN,
		[GROUP_DATETIME] = MEMBER_TIME, [GROUP_INTEGER] = MEMBER_INTEGER,
		[GROUP_STRING] = MEMBER_TEXT };
	struct import_values *values = arena_alloc(arena, sizeof *values);
	struct span project, key;
	const struct group *group;

	doc_name_split(name, &project, &key);
	group = group_load(txn, arena, project, key);
	if (group == NULL) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no data group \"%s\" any more",
		    doc_short(txn_arena(txn), name));
		return NULL;
	}
	*values = (struct import_values){ .group = group->key, .project = group->project,
		.who = values_of[group->record], .count = group->field_count,
		.fields = arena_alloc(arena, (group->field_count + 1) * sizeof *values->fields) };
	for (size_t i = 0; i < group->field_count; i++) {
		struct member *member = arena_alloc(arena, sizeof *member);

		*member = (struct member){ .name = arena_string(arena, group->fields[i].parameter),
			.type = types[group->fields[i].type] };
		values->fields[i] = (struct import_value){ group->fields[i].parameter,
			group->fields[i].label, member };
	}
	return values;
}

bool
import_options_of(struct txn *txn, struct arena *arena, struct json_object *row,
    struct import_options *options_r)
{
	struct json_object *columns = json_get(row, "columns");
	size_t n = json_count(columns);
	struct span *names = arena_alloc(arena, (n + 1) * sizeof *names);
	struct span encoding = json_string(row, "encoding");

	for (size_t i = 0; i < n; i++)
		if (json_span(json_at(columns, i)).p != NULL)
			names[i] = arena_copy(arena, json_span(json_at(columns, i)));
	*options_r = (struct import_options){ .by_form = true, .columns = names, .column_count = n,
		.clear_empty = json_flag(row, "clearEmpty", false), .takes_json = true,
		.encoding = encoding.n > 0 ? arena_string(arena, encoding) : NULL };
	return !json_has(row, "group") || (options_r->values = values_of_group(txn, arena,
	    json_string(row, "group"))) != NULL;
}

/* One of the list that forms offer. False after an error. */
static bool
is_offered(struct txn *txn, struct span encoding)
{
	const struct import_encoding *known = import_encodings;
	const char *names = "";

	while (known->name != NULL && !span_is_nocase(encoding, known->name))
		known++;
	if (known->name != NULL)
		return true;
	for (known = import_encodings; known->name != NULL; known++)
		if (known->name[0] != '\0')
			names = arena_printf(txn_arena(txn), "%s%s%s", names,
			    names[0] != '\0' ? ", " : "", known->name);
	return txn_fail(txn, FAULT_USAGE, "there is no encoding \"%s\" here; it is one of %s, or \"\" "
	    "for UTF-8", doc_short(txn_arena(txn), encoding), names);
}

/* What a form may say of it. False after an error. */
static bool
read_options(struct txn *txn, struct job *job, struct json_object *row)
{
	struct json_object *columns = json_get(job->args, "columns");
	struct import_options options;
	struct error error = { 0 };
	struct import *import;

	if (!is_offered(txn, json_string(job->args, "encoding")))
		return false;
	if (json_has(job->args, "encoding"))
		json_set_text(row, "encoding", json_string(job->args, "encoding"));
	if (json_has(job->args, "clearEmpty"))
		json_set_bool(row, "clearEmpty", json_flag(job->args, "clearEmpty", false));
	if (json_count(columns) > IMPORT_COLUMNS_MAX)
		return txn_fail(txn, FAULT_USAGE, "\"columns\" has more than %d items",
		    IMPORT_COLUMNS_MAX);
	if (json_is_array(columns))
		json_set(row, "columns", json_share(columns));
	if (!import_options_of(txn, txn_arena(txn), row, &options))
		return false;
	import = import_new(json_string(row, "kind"), &options, &error);
	if (import == NULL)
		return txn_fail(txn, error.fault, "%s", error.detail);
	import_free(&import);
	return true;
}

/* ---- it comes */

static bool
disk_has_room(struct txn *txn)
{
	return store_has_room(txn_store(txn)) || txn_fail(txn, FAULT_DISK_FULL, "there is too little "
	    "room on the disk to keep the file: whoever runs the server has to make some");
}

/* No more of his wait than may. Where there are too many of all, the oldest are forgotten. */
static bool
has_room(struct txn *txn, struct job *job)
{
	struct json_object *row;
	struct id id, at;
	size_t waiting = 0, all = 0;
	struct arena_mark mark = arena_mark(txn_arena(txn));

	for (const struct id *from = NULL; (row = next_import(txn, from, true, &id)) != NULL;
	     from = &at) {
		at = id;
		waiting += is_in(row, waiting_states) && is_own(job, row);
		if (++all >= LOG_MAX && is_in(row, ended_states))
			forget(txn, id, row);
		arena_rewind(txn_arena(txn), mark);
	}
	return waiting < WAITING_MAX || txn_fail(txn, FAULT_BUSY, "%d files of yours wait already: "
	    "import them, or throw them away", WAITING_MAX);
}

/* Of values: the group that they are of. False after a failure. */
static bool
read_group(struct txn *txn, struct job *job, struct json_object *row)
{
	struct span name = json_string(job->args, "group");
	struct json_object *doc;

	if (!span_is(json_string(job->args, "kind"), "value"))
		return true;
	doc = kind_find(txn, &kind_group, name);
	if (doc == NULL || !command_may_read(txn, job, &kind_group, doc))
		return command_fail_unknown(txn, job, &kind_group, name);
	json_set_text(row, "group", doc_full_name(txn_arena(txn), doc));
	return command_may_change(txn, job, &kind_group, doc);
}

/* A name for people: without what a browser has put before it. */
static struct span
file_name(struct job *job)
{
	struct span name = json_string(job->args, "file");
	struct buf out = { 0 };

	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/' || name.p[i - 1] == '\\') {
			name.p += i;
			name.n -= i;
			break;
		}
	text_visible(&out, text_head(name, FILE_NAME_MAX));
	if (out.n == 0)
		buf_puts(&out, "file.csv");
	return buf_keep(&out, job->arena);
}

static void
create(struct txn *txn, struct job *job)
{
	int64_t bytes = json_integer(job->args, "bytes", 0);
	struct json_object *row = json_new_object(txn_arena(txn)), *told;
	struct id id = job->id;
	char text[ID_TEXT_SIZE];
	bool known;

	if (bytes <= 0 || bytes > job->settings->console_upload_bytes) {
		txn_fail(txn, bytes <= 0 ? FAULT_USAGE : FAULT_TOO_LARGE, bytes <= 0
		    ? "the file is empty" : "the file has %lld bytes; upload_bytes = %lld in the "
		    "section [console] of earshot.conf is the limit, and earshot import knows none",
		    (long long)bytes, (long long)job->settings->console_upload_bytes);
		return;
	}
	known = command_keyed(txn, job, &id) || command_repeated(txn, job);
	if (!known) {
		if (!disk_has_room(txn))
			return;
		if (job->actor != NULL)
			json_set_text(row, "user", job->actor->user);
		doc_set_time(row, "at", job->now);
		json_set_text(row, "kind", json_string(job->args, "kind"));
		json_set_text(row, "file", file_name(job));
		json_set_int(row, "bytes", bytes);
		json_set_int(row, "received", 0);
		json_set_text(row, "state", SPAN("receiving"));
		if (!read_group(txn, job, row) || !read_options(txn, job, row) ||
		    !has_room(txn, job))
			return;
		import_save(txn, id, row);
	}
	told = json_new_object(txn_arena(txn));
	json_set_text(told, "import", span_of(id_text(id, text)));
	if (known) {
		row = import_load(txn, id);
		json_set_text(told, "state", json_string(row, "state"));
		json_set_int(told, "received", json_integer(row, "received", 0));
	}
	command_put(job, told);
}

static void
put_pieces(struct txn *txn, struct id id, struct json_object *row, struct span data)
{
	int64_t received = json_integer(row, "received", 0);
	struct span last = { NULL, 0 };
	uint64_t number = (uint64_t)received / PIECE;
	size_t in_last = (size_t)received % PIECE;
	struct arena *arena = txn_arena(txn);

	json_set_int(row, "received", received + (int64_t)data.n);
	/* What came before ends in the midst of one. */
	if (in_last > 0 && !import_piece(txn, id, (size_t)number, &last))
		txn_fail(txn, FAULT_INTERNAL, "a piece of the file is lost");
	while (data.n > 0 && txn_ok(txn)) {
		size_t n = PIECE - in_last < data.n ? PIECE - in_last : data.n;

		table_put(txn, TABLE_META, row_key(arena, "import-file", &id, &number),
		    (struct span){ arena_join(arena, last, (struct span){ data.p, n }, SPAN("")),
		        last.n + n });
		data.p += n;
		data.n -= n;
		last = SPAN("");
		in_last = 0;
		number++;
	}
}

static void
put(struct txn *txn, struct job *job)
{
	struct span data;
	struct json_object *row;
	int64_t at = json_integer(job->args, "at", -1), received;
	struct id id;

	if (!secret_base64_read(job->arena, json_string(job->args, "data"), &data) ||
	    data.n == 0 || data.n > PUT_MAX) {
		txn_fail(txn, FAULT_USAGE, "\"data\" must be 1 to %zu bytes in base64", PUT_MAX);
		return;
	}
	row = import_of(txn, job, true, &id);
	if (row == NULL)
		return;
	received = json_integer(row, "received", 0);
	/* It came before. */
	if (at >= 0 && at + (int64_t)data.n <= received)
		return;
	if (!span_is(json_string(row, "state"), "receiving") || at != received ||
	    at + (int64_t)data.n > json_integer(row, "bytes", 0)) {
		txn_fail(txn, FAULT_USAGE, "the file goes on at byte %lld of %lld",
		    (long long)received, (long long)json_integer(row, "bytes", 0));
		return;
	}
	if (!disk_has_room(txn))
		return;
	put_pieces(txn, id, row, data);
	import_save(txn, id, row);
}

/* ---- what is begun with it */

static void
begin(struct txn *txn, struct job *job, struct id id, struct json_object *row, bool dry)
{
	struct json_object *args = json_new_object(txn_arena(txn));
	struct json_object *from = json_new_object(txn_arena(txn));
	struct id task = id_new(text_now()), old;
	static const char *const counts[] = { "line", "read", "created", "updated", "same",
		"refused", "kept", "keptBytes" };
	char text[ID_TEXT_SIZE];

	if (id_read(json_string(row, "task"), &old))
		task_drop(txn, old);
	forget_refused(txn, row);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		json_set_int(row, counts[i], 0);
	json_del(row, "wrong");
	json_del(row, "notes");
	json_set_text(row, "state", dry ? SPAN("checking") : SPAN("importing"));
	json_set_text(row, "task", span_of(id_text(task, text)));
	json_set_text(row, "run", span_of(id_text(task, text)));
	doc_set_time(row, "begun", job->now);
	import_save(txn, id, row);
	json_set_text(args, "command", SPAN("import-run"));
	json_set_text(args, "import", json_string(job->args, "import"));
	json_set_text(args, "file", json_string(row, "file"));
	json_set_text(from, "via", SPAN("import"));
	json_set(args, "from", json_share(from));
	task_begin(txn, job, task, args);
}

static void
tell(struct txn *txn, struct job *job, struct id id, struct json_object *row)
{
	char text[ID_TEXT_SIZE];
	struct json_object *told = json_new_object(txn_arena(txn));

	json_set_text(told, "import", span_of(id_text(id, text)));
	json_set_text(told, "state", json_string(row, "state"));
	command_put(job, told);
}

static void
check(struct txn *txn, struct job *job)
{
	struct id id;
	struct json_object *row = import_of(txn, job, true, &id);

	if (row == NULL)
		return;
	if (!is_in(row, waiting_states) ||
	    json_integer(row, "received", 0) < json_integer(row, "bytes", 0)) {
		txn_fail(txn, FAULT_USAGE, is_in(row, waiting_states)
		    ? "the file has not come whole: send it again"
		    : "the file was, or is being, imported already");
		return;
	}
	if (!read_options(txn, job, row))
		return;
	begin(txn, job, id, row, true);
	tell(txn, job, id, row);
}

/* Asked again, it says how it is: it is done once. */
static void
start(struct txn *txn, struct job *job)
{
	struct id id;
	struct json_object *row = import_of(txn, job, true, &id);
	struct span state;

	if (row == NULL)
		return;
	state = json_string(row, "state");
	if (span_is(state, "checked") && !json_has(row, "wrong")) {
		begin(txn, job, id, row, false);
	} else if (is_in(row, waiting_states)) {
		txn_fail(txn, FAULT_USAGE, json_has(row, "wrong")
		    ? "the file cannot be read: say what its columns are, or mend it"
		    : "what it would do is not known yet: wait until it has been looked at");
		return;
	}
	tell(txn, job, id, row);
}

static void
stop(struct txn *txn, struct job *job)
{
	struct id id, task;
	struct json_object *row = import_of(txn, job, true, &id);

	if (row == NULL)
		return;
	if (span_is(json_string(row, "state"), "importing")) {
		json_set_text(row, "state", SPAN("stopped"));
		doc_set_time(row, "ended", job->now);
		if (id_read(json_string(row, "task"), &task))
			task_drop(txn, task);
		json_del(row, "task");
		import_save(txn, id, row);
	}
	tell(txn, job, id, row);
}

static void
drop(struct txn *txn, struct job *job)
{
	struct id id, task;
	struct json_object *row = import_of(txn, job, true, &id);

	if (row == NULL)
		return;
	if (span_is(json_string(row, "state"), "importing")) {
		txn_fail(txn, FAULT_USAGE, "it is being imported: stop it first");
		return;
	}
	if (id_read(json_string(row, "task"), &task))
		task_drop(txn, task);
	forget(txn, id, row);
	json_set_text(row, "state", SPAN("gone"));
	tell(txn, job, id, row);
}

/* ---- what there is */

static void
put_row(struct txn *txn, struct job *job, struct id id, struct json_object *row)
{
	char text[ID_TEXT_SIZE];

	json_set_text(row, "import", span_of(id_text(id, text)));
	json_set_bool(row, "own", is_own(job, row));
	json_set_text(row, "by", span_of(command_who(txn, json_string(row, "user"))));
	json_del(row, "user");
	json_del(row, "task");
	json_del(row, "run");
	command_put(job, row);
}

static void
list(struct txn *txn, struct job *job)
{
	struct command_page page;
	struct json_object *row;
	struct arena_mark mark;
	struct span position;
	struct id id, at;

	if (!command_page_read(job, &page))
		return;
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		bool begun = page.position.n == sizeof at;

		if (begun)
			memcpy(&at, page.position.p, sizeof at);
		row = next_import(txn, begun ? &at : NULL, true, &id);
		position = id_span(&id);
		if (!command_page_take(&page, row != NULL, &position))
			break;
		if (may_see(job, row)) {
			json_del(row, "columns");
			put_row(txn, job, id, row);
			page.count++;
		}
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
show(struct txn *txn, struct job *job)
{
	struct id id;
	struct json_object *row = import_of(txn, job, false, &id);

	if (row != NULL)
		put_row(txn, job, id, row);
}

static void
list_refused(struct txn *txn, struct job *job)
{
	struct command_page page;
	struct json_object *row;
	struct arena_mark mark;
	struct span position;
	int64_t line, after = 0;
	struct id id, task;

	if (!command_page_read(job, &page) || (row = import_of(txn, job, false, &id)) == NULL ||
	    !id_read(json_string(row, "run"), &task))
		return;
	mark = arena_mark(txn_arena(txn));
	if (page.position.n == sizeof after)
		memcpy(&after, page.position.p, sizeof after);
	while (txn_breathe(txn)) {
		row = next_refused(txn, task, after, &line);
		position = (struct span){ (const char *)&line, sizeof line };
		if (!command_page_take(&page, row != NULL, &position))
			break;
		after = line;
		command_page_put(&page, row);
		arena_rewind(txn_arena(txn), mark);
	}
}

/* ---- what nobody wants any more */

static int64_t
time_of(struct json_object *row, const char *member)
{
	int64_t time;

	return text_time(json_string(row, member), &time) ? time : 0;
}

static bool
is_forgotten(struct txn *txn, struct json_object *row, int64_t now)
{
	const struct settings *settings = store_settings(txn_store(txn));
	int64_t at = time_of(row, "at"), ended = time_of(row, "ended");

	if (is_in(row, ended_states))
		return ended < now - settings->bodies;
	return span_is(json_string(row, "state"), "receiving") ? at < now - RECEIVE_US
	    : span_is(json_string(row, "state"), "checked") && at < now - WAIT_US;
}

void
import_expire(struct txn *txn, int64_t now)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct json_object *row;
	struct id id, at;

	now = clock_believed(txn, now);
	for (const struct id *from = NULL; (row = next_import(txn, from, false, &id)) != NULL;
	     from = &at) {
		at = id;
		if (is_forgotten(txn, row, now)) {
			forget(txn, id, row);
		} else if (is_in(row, ended_states) && !json_flag(row, "removed", false)) {
			forget_file(txn, id, row);
			import_save(txn, id, row);
		}
		arena_rewind(txn_arena(txn), mark);
	}
}

#define MANAGER .right = RIGHT_CHANGE, .scope = SCOPE_ROWS
const struct command command_import_create = {
	.name = "import-create", .words = "import a file", MANAGER, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = create,
};
const struct command command_import_put = {
	.name = "import-put", .words = "import a file", MANAGER, .answer = ANSWER_NONE,
	.mode = STORE_WRITE, .body = put,
};
const struct command command_import_check = {
	.name = "import-check", .words = "import a file", MANAGER, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = check,
};
const struct command command_import_start = {
	.name = "import-start", .words = "import a file", MANAGER, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = start,
};
const struct command command_import_stop = {
	.name = "import-stop", .words = "stop an import", MANAGER, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = stop,
};
const struct command command_import_drop = {
	.name = "import-drop", .words = "forget an import", MANAGER, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = drop,
};
const struct command command_imports = {
	.name = "imports", .words = "list imports of files, newest first",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = list,
};
const struct command command_import = {
	.name = "import", .words = "show the import of a file",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = show,
};
const struct command command_import_refused = {
	.name = "import-refused", .words = "list the rows of a file that were refused",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = list_refused,
};
