/* SPDX-License-Identifier: ISC */
#include "console/imports.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/settings.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/progress.h"
#include "console/tree.h"
#include "record/import.h"
#include "record/schema.h"

#include <string.h>

#define SENT_AT_ONCE ((size_t)192 << 10)
#define HASHED_END ((size_t)64 << 10)
#define COLUMNS_CHOSEN 60  /* that have a field of their own in the form */
#define CELLS_SHOWN 8

/* "16 MiB" */
static const char *
size_said(struct page *page, int64_t bytes)
{
	return bytes >= 1 << 20 ? arena_printf(page->arena, "%lld.%lld MiB",
	    (long long)(bytes >> 20), (long long)((bytes & 0xfffff) * 10 >> 20))
	    : bytes >= 1 << 10 ? arena_printf(page->arena, "%lld KiB", (long long)(bytes >> 10))
	    : arena_printf(page->arena, "%lld bytes", (long long)bytes);
}

static void
set_encodings(struct page *page, struct span chosen)
{
	struct json_object *list = json_new_array(page->arena), *one;

	for (const struct import_encoding *known = import_encodings; known->name != NULL; known++) {
		one = json_new_object(page->arena);
		json_set_text(one, "value", span_of(known->name));
		json_set_text(one, "label", span_of(known->words));
		json_set_bool(one, "chosen", span_is(chosen, known->name));
		json_append(list, json_share(one));
	}
	json_set(page_root(page, "page"), "encodings", json_share(list));
}

void
imports_offer(struct page *page)
{
	struct json_object *shown = page_root(page, "page");
	char key[ID_TEXT_SIZE];

	json_set_text(shown, "limit", span_of(size_said(page,
	    page->console->settings->console_upload_bytes)));
	json_set_text(shown, "key", span_of(id_text(id_new(page->now), key)));
	set_encodings(page, page_text(page, "form", "encoding"));
}

bool
imports_before(struct page *page)
{
	struct json_object *shown = page_root(page, "page"), *problems = json_get(shown, "problems");

	imports_offer(page);
	if (page_text(page, "form", "group").n > 0)
		json_set_text(shown, "group", page_text(page, "form", "group"));
	json_set_bool(shown, "of_tickets", span_is(page_text(page, "form", "kind"), "feedback") ||
	    span_is(page_text(page, "query", "kind"), "feedback"));
	for (size_t i = 0; i < json_count(problems); i++)
		json_set_text(json_at(problems, i), "id", SPAN("f-file"));
	return true;
}

/* ---- the list */

static void
shape_import(struct page *page, struct json_object *import)
{
	static const char *const said[][2] = { { "receiving", "incomplete" },
		{ "checking", "being looked at" }, { "checked", "waits for you" },
		{ "importing", "running" } };
	struct span state;
	int64_t bytes, read;

	tree_make_visible(page->arena, import);
	state = json_string(import, "state");
	bytes = json_integer(import, "bytes", 0);
	read = json_integer(import, "read", 0);
	json_set_bool(import, arena_printf(page->arena, "is_%.*s", (int)state.n, state.p), true);
	json_set_text(import, "state_said", state);
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		if (span_is(state, said[i][0]))
			json_set_text(import, "state_said", span_of(said[i][1]));
	json_set_bool(import, "goes_on", span_is(state, "checking") || span_is(state, "importing"));
	json_set_text(import, "what", json_has(import, "group") ? span_of(arena_printf(page->arena,
	    "Values of the data group %.*s", (int)json_string(import, "group").n,
	    json_string(import, "group").p)) : span_is(json_string(import, "kind"), "user")
	    ? SPAN("People") : SPAN("Tickets"));
	json_set_text(import, "size", span_of(size_said(page, bytes)));
	progress_tell(page, import, json_string(import, "begun"), read, bytes);
	json_set_bool(import, "has_created", json_integer(import, "created", 0) > 0);
	json_set_bool(import, "has_updated", json_integer(import, "updated", 0) > 0);
	json_set_bool(import, "has_refused", json_integer(import, "refused", 0) > 0);
	/* Of what cannot be read nothing was counted. */
	json_set_bool(import, "is_unread", span_is(state, "receiving") ||
	    (span_is(state, "checked") && json_has(import, "wrong")));
	json_set_bool(import, "lost_refused", json_integer(import, "refused", 0) >
	    json_integer(import, "kept", 0));
}

void
imports_listed(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "imports"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		shape_import(page, json_at(rows, i));
	page_finish(page);
}

/* ---- a file is sent */

static void
upload_failed(struct page *page, const char *name)
{
	struct json_object *problem = page_problem(page, name);
	struct span detail = json_string(problem, "detail");

	page_complain(page, SPAN("file"), detail.n > 0 ? detail : json_string(problem, "title"));
	page_again(page);
}

static void
go_to(struct page *page)
{
	struct span id = json_string(json_get(page_reply(page, "create"), "row"), "import");

	page_go(page, span_of(arena_printf(page->arena, "/imports/%.*s", (int)id.n, id.p)),
	    SPAN(""));
}

static void
on_checked(struct page *page)
{
	if (page_problem(page, "check") != NULL)
		upload_failed(page, "check");
	else
		go_to(page);
}

static void
send_more(struct page *page)
{
	struct span id = json_string(json_get(page_reply(page, "create"), "row"), "import"), part;
	struct buf json = { 0 };
	struct arena *arena;

	if (page_problem(page, "put") != NULL) {
		upload_failed(page, "put");
		return;
	}
	if (page->sent == page->upload.n) {
		page_call(page, "check", "{\"command\":\"import-check\","
		    "\"import\":\"{{calls.create.row.import}}\"}");
		page_wait(page, on_checked);
		return;
	}
	part = (struct span){ page->upload.p + page->sent, page->upload.n - page->sent };
	if (part.n > SENT_AT_ONCE)
		part.n = SENT_AT_ONCE;
	arena = arena_new();
	buf_printf(&json, "{\"command\":\"import-put\",\"import\":\"%.*s\",\"at\":%zu,\"data\":\"",
	    (int)id.n, id.p, page->sent);
	buf_span(&json, secret_base64(arena, part));
	buf_puts(&json, "\"}");
	arena_free(&arena);
	page->sent += part.n;
	page_send(page, "put", &json);
	page_wait(page, send_more);
}

static void
on_created(struct page *page)
{
	struct json_object *created = json_get(page_reply(page, "create"), "row");

	if (page_problem(page, "create") != NULL) {
		upload_failed(page, "create");
		return;
	}
	/* The same form with the same file came before: whole, or only so far. */
	page->sent = (size_t)json_integer(created, "received", 0);
	if (page->sent > page->upload.n || (json_has(created, "state") &&
	    !span_is(json_string(created, "state"), "receiving")))
		go_to(page);
	else
		send_more(page);
}

/* For telling two files of one form apart, without looking at all of a long one. */
static void
hash_ends(struct span file, unsigned char hash[SECRET_SHA256_SIZE])
{
	size_t n = file.n < HASHED_END ? file.n : HASHED_END;
	struct span parts[] = { { file.p, n }, { file.p + file.n - n, n },
		{ (const char *)&file.n, sizeof file.n } };

	secret_sha256_parts(parts, sizeof parts / sizeof parts[0], hash);
}

bool
imports_upload(struct page *page)
{
	struct json_object *form = page_root(page, "form");
	unsigned char hash[SECRET_SHA256_SIZE];

	if (page->upload.p == NULL || page->upload.n == 0) {
		page_complain(page, SPAN("file"), page->upload.p == NULL
		    ? SPAN("Choose a file.") : SPAN("The file is empty."));
		page_again(page);
		return false;
	}
	json_set_text(form, "name", text_utf8(page->upload_name) ? page->upload_name : SPAN(""));
	json_set_int(form, "bytes", (int64_t)page->upload.n);
	hash_ends(page->upload, hash);
	json_set_text(form, "hash", secret_hex(page->arena, (struct span){ (char *)hash, 16 }));
	page_call(page, "create", "{\"command\":\"import-create\",\"kind\":\"{{form.kind}}\","
	    "{{#form.group}}\"group\":\"{{form.group}}\",{{/form.group}}\"file\":\"{{form.name}}\","
	    "\"bytes\":{{form.bytes}},\"key\":\"{{form.key}} {{form.hash}}\""
	    "{{#form.encoding}},\"encoding\":\"{{form.encoding}}\"{{/form.encoding}}"
	    ",\"clearEmpty\":{{#form.clear}}true{{/form.clear}}{{^form.clear}}false{{/form.clear}}}");
	page_wait(page, on_created);
	return false;
}

/* ---- what it would do */

static void
add_option(struct page *page, struct json_object *list, struct span value, struct span label,
    bool chosen)
{
	struct json_object *one = json_new_object(page->arena);

	json_set_text(one, "value", value);
	json_set_text(one, "label", label);
	json_set_bool(one, "chosen", chosen);
	json_append(list, json_share(one));
}

/* Whose the values of the group are, and its fields. */
static struct json_object *
value_options(struct page *page, struct span name, struct span as)
{
	struct json_object *list = json_new_array(page->arena), *doc, *fields;
	const struct member *member;
	bool users, tickets;

	doc = json_get(page_reply(page, "group"), "row");
	users = span_is(json_string(doc, "automation"), "user");
	tickets = span_is(json_string(doc, "automation"), "feedback");
	if (as.p == NULL)
		add_option(page, list, name, SPAN("Choose what it is"), true);
	for (size_t i = 0; (member = import_member(SPAN("value"), i)) != NULL; i++)
		if (strcmp(member->name, "at") == 0 || strcmp(member->name, users ? "user" : tickets
		        ? "feedback" : "target") == 0)
			add_option(page, list, span_of(member->name), span_of(schema_label(member)),
			    span_is(as, member->name));
	fields = json_get(doc, "fields");
	for (size_t i = 0; i < json_count(fields); i++) {
		struct json_object *field = json_at(fields, i);
		struct span full = span_of(arena_join(page->arena, SPAN("values."),
		    json_string(field, "parameter"), SPAN("")));

		add_option(page, list, full, json_string(field, "label"), span_eq(as, full));
	}
	add_option(page, list, SPAN("-"), SPAN("Pass it over"), as.p != NULL && as.n == 0);
	return list;
}

/* What a column may be: the members that there are, a field of its name, or nothing. */
static struct json_object *
column_options(struct page *page, struct span kind, struct span name, struct span as)
{
	struct json_object *list = json_new_array(page->arena);
	struct span field = span_of(arena_printf(page->arena, "fields.%.*s", (int)name.n, name.p));
	const struct member *member;
	bool found = as.p != NULL && as.n == 0;

	if (span_is(kind, "value"))
		return value_options(page, name, as);
	if (as.p == NULL)
		add_option(page, list, name, SPAN("Choose what it is"), true);
	for (size_t i = 0; (member = import_member(kind, i)) != NULL; i++) {
		add_option(page, list, span_of(member->name), span_of(schema_label(member)),
		    span_is(as, member->name));
		found = found || span_is(as, member->name);
	}
	if (as.p != NULL && !found)
		add_option(page, list, as, as, true);
	if (name.n > 0 && !span_starts(name, "fields.") && !span_eq(field, as))
		add_option(page, list, field, field, false);
	add_option(page, list, SPAN("-"), SPAN("Pass it over"), as.p != NULL && as.n == 0);
	return list;
}

static void
set_columns(struct page *page, struct span kind, struct json_object *head)
{
	struct json_object *columns = json_get(head, "columns"), *list = json_new_array(page->arena);
	size_t n = json_count(columns), all = (size_t)json_integer(head, "count", 0);

	for (size_t i = 0; i < n && i < COLUMNS_CHOSEN; i++) {
		struct json_object *column = json_at(columns, i), *one = json_new_object(page->arena);
		struct span as = json_string(column, "as");
		bool unknown = !json_has(column, "as");

		json_set_int(one, "n", (int64_t)i);
		json_set_int(one, "number", (int64_t)i + 1);
		json_set_text(one, "name", tree_visible(page->arena, json_string(column, "name")));
		json_set_bool(one, "unknown", unknown);
		json_set(one, "options", json_share(column_options(page, kind,
		    json_string(column, "name"), unknown ? (struct span){ NULL, 0 } : as)));
		json_append(list, json_share(one));
	}
	json_set(page_root(page, "page"), "columns", json_share(list));
	if (all > COLUMNS_CHOSEN)
		json_set_int(page_root(page, "page"), "more_columns", (int64_t)(all - COLUMNS_CHOSEN));
}

static struct json_object *
first_cells(struct page *page, struct json_object *cells)
{
	struct json_object *list = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(cells) && i < CELLS_SHOWN; i++)
		json_append(list, json_share(json_new_text(page->arena,
		    tree_visible(page->arena, json_span(json_at(cells, i))))));
	if (json_count(cells) > CELLS_SHOWN)
		json_append(list, json_share(json_new_text(page->arena, SPAN("…"))));
	return list;
}

/* "/fields/plan": fields.plan, "/values/~1plan": values./plan; values as people read them. */
static void
shape_change(struct page *page, struct json_object *change)
{
	static const char *const sides[] = { "before", "after" };
	struct span rest = json_string(change, "member"), token;
	struct buf name = { 0 };

	while (pointer_token(page->arena, &rest, &token)) {
		buf_puts(&name, name.n > 0 ? "." : "");
		buf_span(&name, token);
	}
	json_set_text(change, "member", buf_keep(&name, page->arena));
	for (size_t i = 0; i < 2; i++) {
		struct json_object *value = json_get(change, sides[i]);

		json_set_text(change, sides[i], value == NULL ? SPAN("–")
		    : json_span(value).p != NULL ? text_head(json_span(value), 200)
		    : text_head(json_number_text(value), 200));
	}
}

static void
set_rows(struct page *page, struct json_object *rows)
{
	struct json_object *shown = page_root(page, "page"), *list = json_new_array(page->arena);

	for (size_t i = 1; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i), *changes;
		struct span result;

		if (json_has(row, "next")) {
			json_set_int(shown, "next", json_integer(row, "next", 0));
			continue;
		}
		tree_make_visible(page->arena, row);
		result = json_string(row, "result");
		json_set_bool(row, "is_refused", span_is(result, "refused"));
		json_set_bool(row, "is_same", span_is(result, "same"));
		json_set(row, "cells", json_share(first_cells(page, json_get(row, "cells"))));
		changes = json_get(row, "changes");
		for (size_t k = 0; k < json_count(changes); k++)
			shape_change(page, json_at(changes, k));
		json_append(list, json_share(row));
	}
	json_set(shown, "rows", json_share(list));
}

static void
on_rows(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "rows"), "rows");
	struct json_object *head = json_at(rows, 0);
	struct span kind = json_string(json_get(page_root(page, "page"), "import"), "kind");

	if (head != NULL) {
		set_columns(page, kind, head);
		set_rows(page, rows);
	}
	page_finish(page);
}

void
imports_one(struct page *page)
{
	struct json_object *shown = page_root(page, "page"), *list = json_new_array(page->arena);
	struct json_object *import = json_get(page_reply(page, "import"), "row");
	struct json_object *refused = json_get(page_reply(page, "refused"), "rows");
	bool own = json_flag(import, "own", false);

	set_encodings(page, json_string(import, "encoding"));
	shape_import(page, import);
	json_set_bool(import, "ready", own && json_flag(import, "is_checked", false) &&
	    !json_has(import, "wrong") && (json_flag(import, "has_created", false) ||
	    json_flag(import, "has_updated", false)));
	json_set(shown, "import", json_share(import));
	for (size_t i = 0; i < json_count(refused); i++) {
		struct json_object *row = json_at(refused, i);

		if (json_flag(row, "header", false))
			continue;
		tree_make_visible(page->arena, row);
		json_set(row, "cells", json_share(first_cells(page, json_get(row, "cells"))));
		json_append(list, json_share(row));
	}
	json_set(shown, "refused", json_share(list));
	page_call(page, "group", "{{#page.import.group}}{\"command\":\"show\",\"kind\":\"group\","
	    "\"name\":\"{{.}}\"}{{/page.import.group}}");
	if (!own || !(json_flag(import, "is_checked", false) ||
	    json_flag(import, "is_checking", false))) {
		page_wait(page, page_finish);
		return;
	}
	page_call(page, "rows", "{\"command\":\"import-rows\",\"import\":\"{{path.id}}\",\"limit\":20"
	    "{{#query.line}},\"after\":{{query.line}}{{/query.line}}}");
	page_wait(page, on_rows);
}

bool
imports_columns(struct page *page)
{
	struct json_object *columns = json_new_array(page->arena);
	struct json_object *form = page_root(page, "form");

	for (size_t i = 0; i < IMPORT_COLUMNS_MAX; i++) {
		const char *name = arena_printf(page->arena, "column/%zu", i);
		struct span as = json_string(form, name);

		if (!json_has(form, name))
			break;
		json_append(columns, json_share(json_new_text(page->arena, span_is(as, "-")
		    ? SPAN("") : as)));
	}
	json_set(page->model, "doc", json_share(columns));
	return true;
}

/* ---- rows that were refused, as a file */

static void
put_line(struct page *page, struct json_object *row, struct buf *out)
{
	struct json_object *cells = json_get(row, "cells");
	size_t n = json_count(cells);
	struct span *line = arena_alloc(page->arena, (n + 2) * sizeof *line);
	bool header = json_flag(row, "header", false);

	line[0] = header ? SPAN("line") : span_of(arena_printf(page->arena, "%lld",
	    (long long)json_integer(row, "line", 0)));
	line[1] = header ? SPAN("reason") : text_guard(page->arena, json_string(row, "error"));
	for (size_t i = 0; i < n; i++)
		line[i + 2] = text_guard(page->arena, json_span(json_at(cells, i)));
	text_csv_line(out, line, n + 2);
}

static void
on_some_refused(struct page *page)
{
	struct json_object *reply = page_reply(page, "refused");
	struct json_object *rows = json_get(reply, "rows");
	struct buf *out = page->data;

	if (page_problem(page, "refused") != NULL) {
		page_fail_by(page, page_problem(page, "refused"));
		return;
	}
	for (size_t i = 0; i < json_count(rows); i++)
		put_line(page, json_at(rows, i), out);
	if (json_string(reply, "more").n > 0) {
		page_call(page, "refused", "{\"command\":\"import-refused\","
		    "\"import\":\"{{path.id}}\",\"limit\":1000,\"after\":\"{{calls.refused.more}}\"}");
		page_wait(page, on_some_refused);
		return;
	}
	page_attached(page, SPAN("text/csv; charset=utf-8"), "refused.csv", out);
}

static void
free_buf(void *buf)
{
	buf_free(buf);
}

void
imports_refused(struct page *page)
{
	page->data = arena_alloc(page->arena, sizeof(struct buf));
	arena_defer(page->arena, free_buf, page->data);
	on_some_refused(page);
}
