/* SPDX-License-Identifier: ISC */
/*
 * check {}: every row of every table is read, and the tables are held against
 * each other. With breaths, each row within one transaction, so that deliveries
 * that come meanwhile do no harm.
 */
#include "command/check.h"

#include "base/json.h"
#include "base/text.h"
#include "listen/service.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char check_restore[] = "restore a backup, or remove it and apply it again";
const char check_rebuild[] = "export everything and apply it to a new store: "
    "the index is made anew";
const char check_apply[] = "correct what it names, or change it and apply it again";

static const struct check_pass *const parts[] = { check_documents, check_records,
	check_logs, NULL };

/* "listener phone/jira" of a document's key: kind, project, key; each ends with a NUL but
 * the last. Nothing of a key that is none. */
static struct span
document_name(struct check *check)
{
	struct span rest = check->key, begin[2]; /* kind, project */

	for (size_t i = 0; i < 2; i++) {
		const char *nul = rest.n > 0 ? memchr(rest.p, '\0', rest.n) : NULL;

		if (nul == NULL)
			return SPAN("");
		begin[i] = (struct span){ rest.p, (size_t)(nul - rest.p) };
		rest.n -= begin[i].n + 1;
		rest.p = nul + 1;
	}
	return span_of(arena_printf(txn_arena(check->txn), "%.*s %.*s%s%.*s", (int)begin[0].n,
	    begin[0].p, (int)begin[1].n, begin[1].p, begin[1].n > 0 ? "/" : "", (int)rest.n,
	    rest.p));
}

/* Of an id as a key has it. */
static struct span
binary_id(struct check *check, const char *bytes)
{
	char shown[ID_TEXT_SIZE];
	struct id id;

	memcpy(id.b, bytes, sizeof id.b);
	return arena_copy(txn_arena(check->txn), span_of(id_text(id, shown)));
}

/* "1042/…" or "ann@mail.example/…" of a comment's key: letter and id of what it is on, NUL,
 * its own. Nothing of a key that is none. */
static struct span
comment_name(struct check *check)
{
	struct span key = check->key, on, own;
	const char *nul = key.n > 0 ? memchr(key.p, '\0', key.n) : NULL;

	if (nul == NULL || key.p + key.n - nul != 1 + (ptrdiff_t)sizeof(struct id))
		return SPAN("");
	on = (struct span){ key.p + 1, (size_t)(nul - key.p) - 1 };
	own = binary_id(check, nul + 1);
	if (key.p[0] == record_letter(RECORD_USER)) {
		struct span email = json_string(record_load(check->txn, RECORD_USER, on), "email");

		on = email.n > 0 ? email : on;
	}
	return doc_name(txn_arena(check->txn), on, own);
}

/* Rows as commands name them, where they do; everything else so that it can be read. */
static void
put_key(struct check *check, struct jsonout *out)
{
	enum table table = check->pass->table;
	struct span key = SPAN("");
	struct buf text = { 0 };

	if (table == TABLE_DOC)
		key = document_name(check);
	else if (table == TABLE_COMMENT)
		key = comment_name(check);
	else if ((table == TABLE_DELIVERY || table == TABLE_BODY || table == TABLE_OUTBOX ||
	    table == TABLE_AUDIT) &&
	    check->key.n == sizeof(struct id))
		key = binary_id(check, check->key.p);
	json_key(out, "key");
	text_visible(&text, key.n > 0 ? key : check->key);
	json_text(out, buf_bytes(&text));
	buf_free(&text);
}

void
check_problem(struct check *check, const char *repair, const char *format, ...)
{
	struct jsonout out = json_to(check->job->out);
	char sentence[500];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	check->problems++;
	json_open(&out, '{');
	json_member(&out, "table", span_of(table_name(check->pass->table)));
	put_key(check, &out);
	json_member(&out, "problem", span_of(sentence));
	json_member(&out, "repair", span_of(repair));
	json_close(&out, '}');
	buf_putc(check->job->out, '\n');
}

struct json_object *
check_parse(struct check *check, struct span value)
{
	struct json_object *doc = json_load(txn_arena(check->txn), value);

	if (!json_is_object(doc)) {
		check_problem(check, check_restore, "cannot be read");
		return NULL;
	}
	return doc;
}

struct reference {
	struct complaints base;
	struct check *check;
};

static void
complained(struct complaints *complaints, const char *pointer, const char *sentence)
{
	struct reference *reference = complaints->arg;

	complaints->count++;
	check_problem(reference->check, check_apply, "%s%s%s", pointer,
	    *pointer != '\0' ? ": " : "", sentence);
}

void
check_refer(struct check *check, const struct kind *kind, struct json_object *doc)
{
	struct reference reference = {
		.base = { .add = complained, .arg = &reference }, .check = check };

	if (doc != NULL)
		kind_refer(check->txn, kind, doc, &reference.base);
}

bool
check_in_index(struct check *check, struct span key)
{
	struct span path, id;
	char letter;

	if (key.n == 0 || table_has(check->txn, TABLE_INDEX, key))
		return true;
	if (record_key_read(key, &letter, &path, &id))
		check_problem(check, check_rebuild, "the index does not know its %.*s",
		    (int)path.n, path.p);
	return false;
}

/* What a room below found unreadable is a problem of this row, not the end. */
static void
look_at(struct check *check, struct span key, struct span value)
{
	struct error *error = txn_error(check->txn);

	check->key = key;
	check->pass->row(check, key, value);
	if (error->fault == FAULT_NONE || fault_info(error->fault)->passing)
		return;
	check_problem(check, check_restore, "%s", error->detail);
	error_clear(error);
}

static void
check_table(struct check *check, const struct check_pass *pass)
{
	struct txn *txn = check->txn;
	struct walk *walk = walk_open(txn, pass->table, SPAN(""), SPAN(""), false);
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct span key, value;

	check->pass = pass;
	command_progress_tell(check->job);
	while (txn_breathe(txn) && walk_next(walk, &key, &value)) {
		look_at(check, key, value);
		check->checked++;
		arena_rewind(txn_arena(txn), mark);
	}
	walk_close(&walk);
	if (pass->end != NULL && txn_ok(txn))
		pass->end(check);
}

/* The number of rows is an estimate: the end comes when it comes. */
static double
share(const void *of)
{
	const struct check *check = of;
	double share = check->total == 0 ? 0 : (double)check->checked / (double)check->total;

	return share < 0.99 ? share : 0.99;
}

static const char *
what(const void *of)
{
	return table_name(((const struct check *)of)->pass->table);
}

static void
check_tables(struct txn *txn, void *arg)
{
	struct check *check = arg;

	check->txn = txn;
	check->pass = parts[0];
	for (int table = 0; table < TABLE__MAX; table++)
		check->total += table_rows(txn, (enum table)table);
	check->job->progress = (struct job_progress){ share, check, what, -1, NULL };
	for (size_t i = 0; parts[i] != NULL; i++)
		for (const struct check_pass *pass = parts[i]; pass->row != NULL; pass++)
			check_table(check, pass);
}

static void
check_pages(struct check *check)
{
	struct job *job = check->job;
	struct jsonout out = json_to(job->out);
	char advice[STORE_ADVICE_SIZE];
	const char *name;
	bool good;

	for (size_t file = 0; job_breathe(job) &&
	    (name = store_verify(job->store, file, &good, &job->error)) != NULL; file++) {
		if (good)
			continue;
		check->problems++;
		json_open(&out, '{');
		json_member(&out, "file", span_of(name));
		json_member(&out, "problem", SPAN("its pages do not fit together; the log of the "
		    "store's owner says which"));
		json_member(&out, "repair", span_of(store_advice(store_home(job->store),
		    job->settings, advice)));
		json_close(&out, '}');
		buf_putc(job->out, '\n');
		out.comma = false;
	}
}

static void
look_for_anything(struct txn *txn, void *arg)
{
	struct check *check = arg;

	check->empty = service_holds_nothing(txn);
}

static void
run(struct job *job)
{
	struct check *check = arena_alloc(job->arena, sizeof *check);
	size_t at;

	check->job = job;
	if (json_flag(job->args, "pages", false))
		check_pages(check);
	/* Rows are not looked for in pages that lead nowhere, or in a circle. */
	if (check->problems == 0)
		command_run(job, STORE_READ, check_tables, check);
	if (!command_run(job, STORE_READ, look_for_anything, check))
		return;
	at = job->out->n;
	buf_printf(job->out, "{\"checked\":%llu,\"problems\":%llu%s}",
	    (unsigned long long)check->checked, (unsigned long long)check->problems,
	    check->empty ? ",\"empty\":true" : "");
	command_summary(job, at);
}

const struct command command_check = {
	.name = "check", .words = "read the whole store and look for errors",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_SUMMED,
	.run = run,
};
