/* SPDX-License-Identifier: ISC */
/*
 * import-run {"import"}: the task that looks at what a file would do, or does it, as the state
 * of the import says. Every row is a part of a transaction: it is applied, or refused with its
 * reasons. Who only looks tries each row by itself, as the store is: of two rows about one new
 * user both would make him. Each transaction remembers the last line that it has done, so that the next owner
 * goes on behind it; of who only looks, one now and then.
 *
 * import-rows {"import", "limit"?, "after"?}: {"columns":[{"name","as"?}], "count", "wrong"?},
 * the first of so many columns, and then
 * for each row {"line","cells","result" (created, updated, same, refused, or none),"name"?,
 * "changes"?,"error"?}: what it would do now. "after": the line to go on behind.
 */
#include "command/command_import_private.h"
#include "command/task.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"
#include "listen/register.h"
#include "record/doc_check.h"

#include <string.h>

#define REFUSED_MAX 10000    /* rows that are kept with their reasons */
#define REFUSED_BYTES ((int64_t)8 << 20)
#define NOTES_MAX 20
#define NOTED_US 20000       /* between two notes of how far it is, of who only looks */
#define CELL_SHOWN 120
#define CELLS_SHOWN 80
#define ROWS_USUAL 25
#define ROWS_MAX 200

/* A row of the file that waits for its turn. */
struct line {
	int64_t number;
	struct span json;    /* the document; p NULL: it is refused */
	struct span cells;   /* JSON */
	struct buf why;      /* it is refused */
	char result;         /* else: of kind_put(), once it was tried */
};

struct tally {
	int64_t created, updated, same, refused, kept, kept_bytes;
};

struct running {
	struct job *job;
	struct id id;
	bool dry;
	struct import *import;
	struct import_options options;
	struct span kind, group;   /* of its documents */
	struct arena *arena;       /* of the lines that wait */
	struct line *lines;
	size_t count, room;
	size_t next, told;         /* those before were tried; and counted */
	struct buf cells;          /* of the row that is read */
	int64_t cells_line;
	struct span header;        /* the first row, as it is kept with those that are refused */
	int64_t header_line;
	size_t piece;
	int64_t read, done;        /* bytes; the last line */
	struct tally tally;
	struct buf wrong;          /* why it cannot be read on */
	struct json_object *notes;
	int64_t noted;
	bool over;                 /* stopped, or another one does it */
};

/* ---- one row */

/* As a part of the transaction. */
struct import_row {
	struct job *job;
	struct span kind, group; /* that documents of the file may have; "" of values alone */
	struct span json;        /* the document */
	bool tells;              /* what it changes */
	bool tries;              /* it is undone again, so that no other row sees it */
	struct command_applied applied;
	struct buf why;          /* it is refused: the reasons */
};

static void
add_reason(struct complaints *complaints, const char *pointer, const char *sentence)
{
	struct import_row *row = complaints->arg;
	struct arena *arena = row->job->scratch;
	struct span rest = span_of(pointer), token;
	struct buf where = { 0 };

	complaints->count++;
	while (pointer_check(rest) == NULL && pointer_token(arena, &rest, &token)) {
		buf_puts(&where, where.n > 0 ? "." : "");
		buf_span(&where, token);
	}
	buf_puts(&row->why, row->why.n > 0 ? "; " : "");
	/* Most sentences name it themselves. */
	if (where.n > 0 && strstr(sentence, arena_printf(arena, "\"%.*s\"", (int)where.n,
	        where.p)) == NULL)
		buf_printf(&row->why, "%.*s: ", (int)where.n, where.p);
	buf_puts(&row->why, sentence);
	buf_free(&where);
}

/* What stands in lines of JSON may be anything. */
static bool
is_of_file(struct txn *txn, struct import_row *row, struct json_object *doc)
{
	struct arena *arena = txn_arena(txn);
	const struct kind *kind = kind_by_word(json_string(doc, "kind"));
	struct span project, key, named = json_string(doc, "group");

	if (!json_has(doc, "kind"))
		json_set_text(doc, "kind", row->kind);
	else if (kind == NULL || !span_is(row->kind, kind->name))
		return txn_fail(txn, FAULT_BAD_DOCUMENT, "it is a %s, and this import is of kind %.*s",
		    doc_short(arena, json_string(doc, "kind")), (int)row->kind.n, row->kind.p);
	if (row->group.n == 0)
		return true;
	doc_name_split(row->group, &project, &key);
	if (!json_has(doc, "group"))
		named = json_string(doc, "project").n > 0 ? key : row->group;
	if (json_string(doc, "project").n > 0)
		named = doc_name(arena, json_string(doc, "project"), named);
	if (!span_eq(named, row->group))
		return txn_fail(txn, FAULT_BAD_DOCUMENT, "it is of the data group %s, and this import is of "
		    "%.*s", doc_short(arena, named), (int)row->group.n, row->group.p);
	json_set_text(doc, "group", key);
	if (project.n > 0)
		json_set_text(doc, "project", project);
	return true;
}

static void
apply_row(struct txn *txn, void *arg)
{
	struct import_row *row = arg;
	struct complaints complaints = { .add = add_reason, .arg = row };
	struct json_object *doc = json_read(txn_arena(txn), row->json, &json_limits_document,
	    txn_error(txn));
	struct error why = { 0 };

	if (doc == NULL || !is_of_file(txn, row, doc))
		return;
	if (!command_may_apply(txn, row->job, doc, &why)) {
		txn_fail(txn, FAULT_NOT_ALLOWED, "%s", why.detail);
		return;
	}
	command_apply_one(txn, row->job, doc, row->tells, &complaints, &row->applied);
	if (complaints.count > 0)
		txn_fail(txn, FAULT_BAD_DOCUMENT, "it is refused");
	else if (row->tries && txn_ok(txn))
		txn_fail(txn, FAULT_DRY_RUN, "it would be applied");
}

/* True when it was applied, or would be, or is refused with a reason; false when the transaction
 * failed. */
static bool
import_apply(struct txn *txn, struct import_row *row)
{
	struct error error = { 0 };

	row->why.n = 0;
	if (txn_part(txn, apply_row, row, &error) || error.fault == FAULT_DRY_RUN)
		return txn_ok(txn);
	/* Not about this row: the import waits here, and goes on later. */
	if (!txn_ok(txn) || fault_info(error.fault)->passing || error.fault == FAULT_INTERNAL)
		return txn_fail(txn, error.fault, "%s", error.detail);
	if (row->why.n == 0)
		buf_puts(&row->why, error.detail);
	return true;
}

/* ---- what the file tells */

static void
free_running(void *arg)
{
	struct running *run = arg;

	for (size_t i = 0; i < run->count; i++)
		buf_free(&run->lines[i].why);
	import_free(&run->import);
	buf_free(&run->cells);
	buf_free(&run->wrong);
	arena_free(&run->arena);
}

static struct line *
add_line(struct running *run, size_t number)
{
	struct line *line;

	run->lines = arena_grow(run->arena, run->lines, run->count, &run->room,
	    sizeof *run->lines);
	line = &run->lines[run->count++];
	*line = (struct line){ .number = (int64_t)number };
	line->cells = run->cells_line == (int64_t)number
	    ? arena_copy(run->arena, buf_bytes(&run->cells)) : SPAN("[]");
	return line;
}

/* The row's cells as a JSON array, none longer than max bytes and no more than so many. */
static void
cells_json(const struct import *import, size_t cells, size_t max, struct buf *out)
{
	struct jsonout json = json_to(out);
	size_t n = import_cells(import);

	json_open(&json, '[');
	for (size_t i = 0; i < n && i < cells; i++) {
		struct span cell = import_cell(import, i), head = text_head(cell, max);
		struct buf visible = { 0 };

		if (text_utf8(cell)) {
			buf_span(&visible, head);
		} else {
			text_visible(&visible, cell.n > max ? (struct span){ cell.p, max } : cell);
		}
		if (head.n < cell.n)
			buf_puts(&visible, "…");
		json_text(&json, buf_bytes(&visible));
		buf_free(&visible);
	}
	json_close(&json, ']');
}

static void
on_row(void *arg, size_t line)
{
	struct running *run = arg;
	bool header = run->header_line == 0 && !import_is_json(run->import);

	run->cells.n = 0;
	run->cells_line = (int64_t)line;
	if ((int64_t)line <= run->done && !header)
		return;
	cells_json(run->import, IMPORT_COLUMNS_MAX, IMPORT_ROW_MAX, &run->cells);
	if (header) {
		run->header_line = (int64_t)line;
		run->header = span_of(arena_printf(run->job->arena, "{\"line\":%zu,\"header\":true,"
		    "\"cells\":%.*s}", line, (int)run->cells.n, run->cells.p));
	}
}

static void
on_document(void *arg, size_t line, struct span json)
{
	struct running *run = arg;

	if ((int64_t)line > run->done)
		add_line(run, line)->json = arena_copy(run->arena, json);
}

static void
on_error(void *arg, size_t number, const char *sentence)
{
	struct running *run = arg;
	struct line *line = run->count > 0 ? &run->lines[run->count - 1] : NULL;

	if ((int64_t)number <= run->done)
		return;
	if (line == NULL || line->number != (int64_t)number || line->json.p != NULL)
		line = add_line(run, number);
	buf_puts(&line->why, line->why.n > 0 ? "; " : "");
	buf_puts(&line->why, sentence);
}

static void
on_note(void *arg, size_t line, const char *sentence)
{
	struct running *run = arg;

	(void)line;
	if (json_count(run->notes) < NOTES_MAX)
		json_append(run->notes, json_share(json_new_text(run->job->arena,
		    span_of(sentence))));
}

static bool
open_file(struct txn *txn, struct running *run, struct json_object *row)
{
	if (!import_options_of(txn, run->job->arena, row, &run->options))
		return false;
	run->kind = arena_copy(run->job->arena, json_string(row, "kind"));
	run->group = arena_copy(run->job->arena, json_string(row, "group"));
	run->options.sink = (struct import_sink){ .document = on_document, .error = on_error,
		.note = on_note, .row = on_row, .arg = run };
	run->import = import_new(run->kind, &run->options, txn_error(txn));
	return run->import != NULL;
}

/* Behind the lines of which the reading ended: what is wrong there is no row's fault. */
static void
take_wrong(struct running *run)
{
	struct line *line = run->count > 0 ? &run->lines[run->count - 1] : NULL;

	if (line != NULL && line->json.p == NULL) {
		buf_printf(&run->wrong, "line %lld: ", (long long)line->number);
		buf_span(&run->wrong, buf_bytes(&line->why));
		buf_free(&line->why);
		run->count--;
	} else {
		buf_puts(&run->wrong, "it cannot be read");
	}
}

/* ---- how far it is */

static void
write_tally(struct json_object *row, const struct running *run)
{
	json_set_int(row, "line", run->done);
	json_set_int(row, "read", run->read);
	json_set_int(row, "created", run->tally.created);
	json_set_int(row, "updated", run->tally.updated);
	json_set_int(row, "same", run->tally.same);
	json_set_int(row, "refused", run->tally.refused);
	json_set_int(row, "kept", run->tally.kept);
	json_set_int(row, "keptBytes", run->tally.kept_bytes);
}

/* The row, where this task is still what it waits for; NULL: it ends here. */
static struct json_object *
own_row(struct txn *txn, struct running *run)
{
	struct json_object *row = import_load(txn, run->id);
	struct id task;

	if (row != NULL && id_read(json_string(row, "task"), &task) &&
	    memcmp(&task, &run->job->id, sizeof task) == 0)
		return row;
	run->over = true;
	return NULL;
}

static void
begin(struct txn *txn, void *arg)
{
	struct running *run = arg;
	struct json_object *row = own_row(txn, run);

	if (row == NULL)
		return;
	run->dry = span_is(json_string(row, "state"), "checking");
	run->done = json_integer(row, "line", 0);
	run->tally = (struct tally){ json_integer(row, "created", 0),
		json_integer(row, "updated", 0), json_integer(row, "same", 0),
		json_integer(row, "refused", 0), json_integer(row, "kept", 0),
		json_integer(row, "keptBytes", 0) };
	(void)open_file(txn, run, row);
}

/* ---- lines are done */

/* The reason stands beside the line, while there is room. */
static void
refuse(struct txn *txn, struct running *run, const struct line *line)
{
	struct buf text = { 0 };
	struct jsonout out = json_to(&text);

	if (run->header.n > 0)
		import_refuse(txn, run->job->id, run->header_line, run->header);
	run->header = SPAN("");
	run->tally.refused++;
	if (run->tally.kept >= REFUSED_MAX || run->tally.kept_bytes >= REFUSED_BYTES)
		return;
	json_open(&out, '{');
	json_member_int(&out, "line", line->number);
	json_member(&out, "error", buf_bytes(&line->why));
	json_key(&out, "cells");
	json_raw(&out, line->cells);
	json_close(&out, '}');
	run->tally.kept++;
	run->tally.kept_bytes += (int64_t)text.n;
	import_refuse(txn, run->job->id, line->number, buf_bytes(&text));
	buf_free(&text);
}

static void
count(struct running *run, const struct line *line)
{
	run->tally.created += line->result == 'c';
	run->tally.updated += line->result == 'u';
	run->tally.same += line->result != 'c' && line->result != 'u';
	run->done = line->number;
}

/* The next one that was tried is done with. */
static void
tell(struct txn *txn, struct running *run)
{
	const struct line *line = &run->lines[run->told++];

	if (line->why.n == 0) {
		count(run, line);
	} else {
		refuse(txn, run, line);
		run->done = line->number;
	}
}

static bool
try_line(struct txn *txn, struct running *run, struct import_row *one)
{
	struct line *line = &run->lines[run->next];
	bool good = line->json.p == NULL || import_apply(txn, one);

	if (good) {
		buf_span(&line->why, buf_bytes(&one->why));
		line->result = one->applied.result;
		run->next++;
	}
	buf_free(&one->why);
	return good;
}

/* As many as there is time for; at least one. */
static void
do_lines(struct txn *txn, void *arg)
{
	struct running *run = arg;
	struct json_object *row = run->dry ? NULL : own_row(txn, run);
	struct arena_mark mark = arena_mark(txn_arena(txn));

	while (!run->over && run->next < run->count && txn_ok(txn)) {
		struct import_row one = { .job = run->job, .kind = run->kind, .group = run->group,
			.json = run->lines[run->next].json, .tries = run->dry };

		if (!try_line(txn, run, &one))
			return;
		if (!run->dry)
			tell(txn, run);
		arena_rewind(txn_arena(txn), mark);
		if (command_late(run->job))
			break;
	}
	if (row != NULL && txn_ok(txn)) {
		write_tally(row, run);
		import_save(txn, run->id, row);
	}
}

/* Of who only looks, likewise. */
static void
note(struct txn *txn, void *arg)
{
	struct running *run = arg;
	struct json_object *row = own_row(txn, run);
	struct arena_mark mark = arena_mark(txn_arena(txn));

	if (row == NULL)
		return;
	do {
		tell(txn, run);
		arena_rewind(txn_arena(txn), mark);
	} while (run->told < run->next && txn_ok(txn) && !command_late(run->job));
	write_tally(row, run);
	import_save(txn, run->id, row);
	run->noted = text_clock();
}

/* What was looked at is remembered: now and then, and where a line is refused. */
static bool
noted(struct running *run)
{
	struct job *job = run->job;
	struct arena_mark mark = arena_mark(job->scratch);
	bool due = text_clock() - run->noted > NOTED_US;

	for (size_t i = run->told; i < run->next && !due; i++)
		due = run->lines[i].why.n > 0;
	while (!due && run->told < run->next)
		count(run, &run->lines[run->told++]);
	while (run->told < run->next && !run->over) {
		if (!command_run(job, STORE_WRITE, note, run))
			return false;
		arena_rewind(job->scratch, mark);
		if (!job_breathe(job))
			return false;
	}
	return true;
}

/* All that wait. */
static bool
carry_out(struct running *run)
{
	struct job *job = run->job;
	struct arena_mark mark = arena_mark(job->scratch);

	while (run->next < run->count && !run->over) {
		if (!command_run(job, run->dry ? STORE_DRY : STORE_WRITE, do_lines, run))
			return false;
		arena_rewind(job->scratch, mark);
		if (!job_breathe(job))
			return false;
	}
	if (run->dry && !run->over && !noted(run))
		return false;
	for (size_t i = 0; i < run->count; i++)
		buf_free(&run->lines[i].why);
	run->lines = NULL;
	run->count = run->room = run->next = run->told = 0;
	arena_reset(run->arena);
	return !run->over;
}

struct reading {
	struct running *run;
	struct span bytes;
};

static void
read_piece(struct txn *txn, void *arg)
{
	struct reading *reading = arg;

	if (!import_piece(txn, reading->run->id, reading->run->piece, &reading->bytes))
		reading->bytes = SPAN("");
}

/* To the end of the file, or to where it cannot be read on. */
static void
read_file(struct running *run)
{
	struct job *job = run->job;
	struct arena_mark mark = arena_mark(job->scratch);
	bool good = true;

	while (good && !run->over) {
		struct reading reading = { .run = run };

		if (!command_run(job, STORE_READ, read_piece, &reading))
			return;
		if (reading.bytes.n == 0)
			break;
		run->piece++;
		run->read += (int64_t)reading.bytes.n;
		good = import_feed(run->import, reading.bytes);
		arena_rewind(job->scratch, mark);
		if (!good)
			take_wrong(run);
		if (!job_breathe(job) || !carry_out(run))
			return;
	}
	if (good && !run->over && !import_end(run->import))
		take_wrong(run);
	(void)carry_out(run);
}

static void
end(struct txn *txn, void *arg)
{
	struct running *run = arg;
	struct json_object *row = own_row(txn, run);

	if (row == NULL)
		return;
	write_tally(row, run);
	json_set_text(row, "state", run->dry ? SPAN("checked") : run->wrong.n > 0 ? SPAN("failed")
	    : SPAN("done"));
	if (run->wrong.n > 0)
		json_set_text(row, "wrong", text_head(buf_bytes(&run->wrong), 4000));
	if (json_count(run->notes) > 0)
		json_set(row, "notes", json_share(run->notes));
	if (!run->dry)
		doc_set_time(row, "ended", text_now());
	json_del(row, "task");
	import_save(txn, run->id, row);
}

static void
run_task(struct job *job)
{
	struct running *run = arena_alloc(job->arena, sizeof *run);

	if (!job->task) {
		error_set(&job->error, FAULT_USAGE, "import-check and import-start begin it");
		return;
	}
	run->job = job;
	run->arena = arena_new();
	run->notes = json_new_array(job->arena);
	arena_defer(job->arena, free_running, run);
	if (!id_read(json_string(job->args, "import"), &run->id)) {
		error_set(&job->error, FAULT_USAGE, "\"import\" must be an id");
		return;
	}
	if (!command_run(job, STORE_WRITE, begin, run) || run->over)
		return;
	read_file(run);
	if (!run->over && job->error.fault == FAULT_NONE)
		command_run(job, STORE_WRITE, end, run);
}

static void
give_up(struct txn *txn, struct job *job)
{
	struct running run = { .job = job };
	struct json_object *row = id_read(json_string(job->args, "import"), &run.id)
	    ? own_row(txn, &run) : NULL;
	bool dry;

	if (row == NULL)
		return;
	/* What was only looked at can be looked at again. */
	dry = span_is(json_string(row, "state"), "checking");
	json_set_text(row, "state", dry ? SPAN("checked") : SPAN("failed"));
	json_set_text(row, "wrong", span_of(job->error.detail));
	if (!dry)
		doc_set_time(row, "ended", text_now());
	json_del(row, "task");
	import_save(txn, run.id, row);
}

/* ---- import-rows */

struct showing {
	struct running run;        /* first: sinks are given it */
	int64_t limit, after;
	bool full;                 /* as many lines as are wanted have come */
	bool more;
	struct json_object *names; /* the first row, its first cells */
	int64_t columns;           /* it has so many */
	struct span *given;        /* names of columns, where some are not known */
};

/* What stands in the first row, and as what it is read. */
static void
tell_columns(struct showing *showing, struct json_object *names)
{
	struct job *job = showing->run.job;
	struct jsonout out = json_to(job->out);
	size_t n = json_count(names), known = import_columns(showing->run.import);

	json_open(&out, '{');
	json_key(&out, "columns");
	json_open(&out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, '{');
		json_member(&out, "name", json_span(json_at(names, i)));
		if (i < known && import_column(showing->run.import, i) != NULL)
			json_member(&out, "as", span_of(import_column(showing->run.import, i)));
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_member_int(&out, "count", showing->columns);
	if (showing->run.wrong.n > 0)
		json_member(&out, "wrong", buf_bytes(&showing->run.wrong));
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

static void
load_row(struct txn *txn, void *arg)
{
	struct showing *showing = arg;
	struct running *run = &showing->run;
	struct json_object *row = import_of(txn, run->job, true, &run->id);

	if (row == NULL)
		return;
	if (json_flag(row, "removed", false)) {
		txn_fail(txn, FAULT_NOT_FOUND, "the file is not kept any more");
		return;
	}
	(void)open_file(txn, run, row);
}

/* Lines that are not shown go as they come. */
static void
forget_lines(struct showing *showing)
{
	struct running *run = &showing->run;
	size_t n = 0;

	for (size_t i = 0; i < run->count; i++) {
		if (run->lines[i].number > showing->after && n < (size_t)showing->limit) {
			run->lines[n++] = run->lines[i];
		} else {
			showing->more = showing->more || run->lines[i].number > showing->after;
			buf_free(&run->lines[i].why);
		}
	}
	run->count = n;
	showing->full = showing->more;
}

/* The first lines that are wanted; what is wrong with the file. */
static void
find_lines(struct showing *showing)
{
	struct running *run = &showing->run;
	struct job *job = run->job;
	struct arena_mark mark = arena_mark(job->scratch);
	bool good = true;

	while (good && !showing->full) {
		struct reading reading = { .run = run };

		if (!command_run(job, STORE_READ, read_piece, &reading))
			return;
		if (reading.bytes.n == 0)
			break;
		run->piece++;
		good = import_feed(run->import, reading.bytes);
		arena_rewind(job->scratch, mark);
		if (!good)
			take_wrong(run);
		forget_lines(showing);
		if (!job_breathe(job))
			return;
	}
	if (good && !showing->full && !import_end(run->import)) {
		take_wrong(run);
		forget_lines(showing);
	}
}

static void
put_line(struct showing *showing, const struct line *line, const struct command_applied *applied)
{
	struct buf *buf = showing->run.job->out;
	struct jsonout out = json_to(buf);

	json_open(&out, '{');
	json_member_int(&out, "line", line->number);
	json_key(&out, "cells");
	json_raw(&out, line->cells);
	if (line->why.n > 0) {
		json_member(&out, "result", SPAN("refused"));
		json_member(&out, "error", buf_bytes(&line->why));
	} else if (showing->given == NULL) {
		json_member(&out, "result", line->result == 'c' ? SPAN("created")
		    : line->result == 'u' ? SPAN("updated") : SPAN("same"));
		json_member(&out, "name", applied->name);
		if (applied->changes.n > 0) {
			json_key(&out, "changes");
			json_raw(&out, applied->changes);
		}
	}
	json_close(&out, '}');
	buf_putc(buf, '\n');
}

/* As many as there is time for; at least one. */
static void
show_lines(struct txn *txn, void *arg)
{
	struct showing *showing = arg;
	struct running *run = &showing->run;
	struct arena_mark mark = arena_mark(txn_arena(txn));

	while (run->next < run->count) {
		struct line *line = &run->lines[run->next];
		struct import_row one = { .job = run->job, .kind = run->kind, .group = run->group,
			.json = line->json, .tells = true, .tries = true };

		if (showing->given != NULL)
			run->next++; /* what its columns are is not known */
		else if (!try_line(txn, run, &one))
			return;
		put_line(showing, line, &one.applied);
		arena_rewind(txn_arena(txn), mark);
		if (command_late(run->job))
			return;
	}
}

static bool
show_all(struct showing *showing)
{
	struct running *run = &showing->run;
	struct job *job = run->job;
	struct arena_mark mark = arena_mark(job->scratch);

	while (run->next < run->count) {
		if (!command_run(job, STORE_DRY, show_lines, showing))
			return false;
		arena_rewind(job->scratch, mark);
		if (!job_breathe(job))
			return false;
	}
	return true;
}

static void
on_shown_row(void *arg, size_t line)
{
	struct showing *showing = arg;
	struct running *run = &showing->run;

	run->cells.n = 0;
	run->cells_line = (int64_t)line;
	cells_json(run->import, CELLS_SHOWN, CELL_SHOWN, &run->cells);
	/* The first row names the columns. */
	if (showing->names != NULL || import_is_json(run->import))
		return;
	showing->columns = (int64_t)import_cells(run->import);
	showing->names = json_load(run->job->arena, arena_copy(run->job->arena,
	    buf_bytes(&run->cells)));
}

static void
on_no_note(void *arg, size_t line, const char *sentence)
{
	(void)arg;
	(void)line;
	(void)sentence;
}

/* Columns that are not known are passed over, so that the rows can be looked at. */
static bool
look_again(struct showing *showing)
{
	struct running *run = &showing->run;
	size_t n = import_columns(run->import);
	struct span *given = arena_alloc(run->job->arena, (n + 1) * sizeof *given);
	struct error error = { 0 };
	bool unknown = false;

	for (size_t i = 0; i < n; i++) {
		bool known = import_column(run->import, i) != NULL;

		unknown = unknown || !known;
		if (i < run->options.column_count)
			given[i] = run->options.columns[i];
		if (!known)
			given[i] = SPAN("");
	}
	if (!unknown)
		return false;
	showing->given = given;
	run->options.columns = given;
	run->options.column_count = n;
	import_free(&run->import);
	run->import = import_new(run->kind, &run->options, &error);
	run->piece = 0;
	return run->import != NULL;
}

static void
show_rows(struct job *job)
{
	struct showing *showing = arena_alloc(job->arena, sizeof *showing);
	struct running *run = &showing->run;

	run->job = job;
	run->arena = arena_new();
	arena_defer(job->arena, free_running, run);
	showing->after = run->done = json_integer(job->args, "after", 0);
	if (!command_limit(job, &showing->limit))
		return;
	if (showing->limit == 0 || showing->limit > ROWS_MAX)
		showing->limit = showing->limit == 0 ? ROWS_USUAL : ROWS_MAX;
	if (!command_run(job, STORE_READ, load_row, showing))
		return;
	run->options.sink.row = on_shown_row;
	run->options.sink.note = on_no_note;
	import_free(&run->import);
	run->import = import_new(run->kind, &run->options, &job->error);
	if (run->import == NULL)
		return;
	find_lines(showing);
	if (job->error.fault != FAULT_NONE)
		return;
	tell_columns(showing, showing->names);
	if (run->wrong.n > 0 && run->count == 0 && showing->after == 0 && look_again(showing))
		find_lines(showing);
	if (show_all(showing) && showing->more && run->count > 0)
		buf_printf(job->out, "{\"next\":%lld}\n", (long long)run->lines[run->count - 1].number);
}

const struct command command_import_run = {
	.name = "import-run", .words = "import a file",
	.right = RIGHT_CHANGE, .scope = SCOPE_ROWS, .answer = ANSWER_NONE,
	.run = run_task, .give_up = give_up,
};
const struct command command_import_rows = {
	.name = "import-rows", .words = "import the rows of a file",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.run = show_rows,
};
