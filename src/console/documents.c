/* SPDX-License-Identifier: ISC */
#include "console/documents.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "community/group.h"
#include "console/beside.h"
#include "console/form.h"
#include "console/page.h"
#include "console/trial.h"
#include "console/values.h"
#include "listen/register.h"
#include "record/doc_merge.h"
#include "record/schema.h"
#include "record/words.h"

#include <string.h>

/* What people call documents of a kind (NULL: as in words.h), many of them, and what these
 * are for. */
static const struct {
	const char *kind, *one, *many, *purpose;
} words[] = {
	{ "setting", "Settings", "Settings", "What holds for the whole community." },
	{ "project", "Project", "Projects", "A beta test of one product, with managers, tickets and "
	    "participants of its own." },
	{ "rank", "Rank", "Ranks", "What testers earn, and how many points it gives: macros award "
	    "ranks." },
	{ "team", "Team", "Teams", "A group of users, of the community or of a project." },
	{ "user", NULL, "People", "Testers, managers and admins, with their scores and "
	    "external data." },
	{ "feedback", NULL, "Tickets", "What testers report in a project." },
	{ "template", "Template", "Templates", "An e-mail that macros send, with tags for names and "
	    "values." },
	{ "group", NULL, "Data groups", "Fields for what other systems send about "
	    "users, tickets or projects: External Data listeners fill them." },
	{ "filter", "Filter", "Saved filters", "A condition with a name, to stand in listeners, "
	    "macros, lists and reports." },
	{ "view", "View", "Views", "A list with its columns, filter and order, under a name." },
	{ "report", "Report", "Saved reports", "What is counted, under a name: shown in Reports, on the "
	    "home page, and by earshot report NAME." },
	{ "macro", "Macro", "Macros", "What is done on a user or a ticket, one action after the other: "
	    "by a listener, by a schedule, or by hand." },
	{ "listener", NULL, "External Listeners", "A URL by which another system acts "
	    "on one user or ticket." },
	{ "schedule", "Schedule", "Schedules", "Runs a macro by the calendar." },
	{ "apikey", "API key", "API keys", "What another system shows to be let in. A listener says "
	    "which one it wants." },
	{ "comment", "Comment", "Comments", "What people and other systems have said about users and "
	    "tickets." },
	{ "value", "Value", "External data", "What other systems have stored about users, tickets and "
	    "projects." },
};

const char *
documents_kind_said(const char *kind)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].kind, kind) == 0 && words[i].one != NULL)
			return words[i].one;
	return words_said(words_kinds, kind) != NULL ? words_said(words_kinds, kind) : kind;
}

bool
documents_may_change_in(const struct page *page, struct span project)
{
	struct json_object *me = page_root(page, "me"), *own = json_get(me, "projects");

	if (!json_flag(me, "may_write", false) || json_flag(me, "of_community", false))
		return json_flag(me, "may_write", false);
	for (size_t i = 0; i < json_count(own); i++)
		if (project.n > 0 && span_eq(json_string(json_at(own, i), "key"), project))
			return true;
	return false;
}

static const struct kind *
kind_of(const struct page *page)
{
	return kind_by_name(page_text(page, "path", "kind"));
}

/* Those of the project that is looked at, where documents of the kind have one. */
static void
set_filter(struct page *page, const struct kind *kind)
{
	struct span project = page_text(page, "query", "project");

	if (project.n == 0 || !text_key(project))
		return;
	for (const struct member *const *table = kind->members; *table != NULL; table++)
		if (schema_member(*table, SPAN("project")) != NULL)
			json_set_text(page_root(page, "page"), "filter", span_of(arena_printf(
			    page->arena, "%s.project == '%.*s'", kind->name, (int)project.n, project.p)));
}

/* The list that a document of the kind is in; of the setting, which is one, its page. */
static struct span
among_of(struct page *page, const struct kind *kind)
{
	static const char *const lists[][2] = { { "user", "/people" }, { "feedback", "/tickets" },
		{ "group", "/groups" }, { "report", "/reports" },
		{ "setting", "/documents/setting/edit/setting" } };

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (strcmp(kind->name, lists[i][0]) == 0)
			return span_of(lists[i][1]);
	return span_of(arena_printf(page->arena, "/documents/%s", kind->name));
}

bool
documents_kind(struct page *page)
{
	struct json_object *shown = page_root(page, "page");
	const struct kind *kind = kind_of(page);

	if (kind == NULL || kind->members == NULL) {
		page_fail(page, 404, "There is no such page", "There is no such kind of document.");
		return false;
	}
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].kind, kind->name) == 0) {
			json_set_text(shown, "kind", span_of(words[i].one != NULL
			    ? words[i].one : words_said(words_kinds, kind->name)));
			json_set_text(shown, "kinds", span_of(words[i].many));
			json_set_text(shown, "purpose", span_of(words[i].purpose));
		}
	set_filter(page, kind);
	json_set_bool(page_add(page, "is"), kind->name, true);
	json_set_text(shown, "among", among_of(page, kind));
	if (page_text(page, "query", "back").n > 0)
		json_set_text(shown, "back", page_local(page_text(page, "query", "back")));
	if (page_text(page, "path", "name").n > 0)
		json_set_text(shown, "place", beside_link(page, span_of(kind->name),
		    page_text(page, "path", "name")));
	/* User and feedback automation are called so, too. */
	json_set_bool(page_add(page, "at"), strcmp(kind->name, "user") == 0 ? "people"
	    : strcmp(kind->name, "feedback") == 0 ? "tickets" : kind->name, true);
	return true;
}

static struct span
cell_of(struct page *page, struct json_object *value)
{
	struct buf out = { 0 };

	if (value == NULL)
		return SPAN("");
	if (json_span(value).p != NULL)
		return json_span(value);
	if (!json_is_array(value))
		return json_number_text(value);
	for (size_t i = 0; i < json_count(value); i++) {
		struct json_object *item = json_at(value, i);

		buf_puts(&out, i > 0 ? ", " : "");
		buf_span(&out, json_span(item).p != NULL ? json_span(item) : json_number_text(item));
	}
	return buf_keep(&out, page->arena);
}

void
documents_listed(struct page *page)
{
	const struct kind *kind = kind_of(page);
	struct json_object *shown = page_root(page, "page"), *rows, *columns, *listed;
	const struct member *column;

	columns = json_new_array(page->arena);
	for (unsigned i = 1; (column = schema_column(kind->members, i)) != NULL; i++)
		json_append(columns, json_share(json_new_text(page->arena,
		    span_of(schema_label(column)))));
	rows = json_new_array(page->arena);
	listed = json_get(page_reply(page, "documents"), "rows");
	for (size_t n = 0; n < json_count(listed); n++) {
		struct json_object *doc = json_at(listed, n), *row = json_new_object(page->arena);
		struct json_object *cells = json_new_array(page->arena);
		bool led = false;

		for (unsigned i = 1; (column = schema_column(kind->members, i)) != NULL; i++) {
			struct json_object *cell = json_new_object(page->arena);

			json_set_text(cell, "text", cell_of(page, json_get(doc, column->name)));
			json_set_text(cell, "label", span_of(schema_label(column)));
			json_set_bool(cell, "is_time", column->type == MEMBER_TIME);
			/* What names it leads to it: its project alone does not. */
			if (!led && strcmp(column->name, "project") != 0 &&
			    json_string(cell, "text").n > 0) {
				json_set_text(cell, "link", kind_name(page->arena, kind, doc));
				led = true;
			}
			json_append(cells, json_share(cell));
		}
		json_set(row, "cells", json_share(cells));
		json_append(rows, json_share(row));
	}
	json_set(shown, "columns", json_share(columns));
	json_set(shown, "rows", json_share(rows));
	page_finish(page);
}

bool
documents_form(struct page *page)
{
	if (!documents_kind(page))
		return false;
	form_calls(page, form_tables(page, kind_of(page), NULL));
	return true;
}

/* What names a document, and what the system says of it: shown, and not changed. */
static const char *
fixed_of(const struct kind *kind)
{
	static const char *const fixed[][2] = { { "user", "id" }, { "apikey", "name" },
		{ "feedback", "id project" }, { "schedule", "key project since lastRun nextRun" },
		{ "comment", "id feedback user project author at listener delivery" } };

	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (strcmp(kind->name, fixed[i][0]) == 0)
			return fixed[i][1];
	return "key project";
}

/* What has a place of its own. */
static const char *
hidden_of(const struct kind *kind)
{
	return strcmp(kind->name, "apikey") == 0 ? "secrets key revoked"
	    : strcmp(kind->name, "schedule") == 0 ? "nextRun" : "";
}

/* What a copy starts with: all that people have said of the document, but for its name. */
static struct json_object *
copy_of(struct page *page, const struct kind *kind)
{
	static const char *const own[] = { "id", "key", "email", "username", "since", "lastRun",
		"nextRun" };
	struct json_object *from = json_get(page_reply(page, "from"), "row");
	struct json_object *copy = from != NULL ? json_copy(page->arena, from)
	                                        : json_new_object(page->arena);
	bool user = strcmp(kind->name, "user") == 0;

	for (const struct member *const *table = kind->members; *table != NULL; table++)
		for (const struct member *m = *table; m->name != NULL; m++)
			if (m->flags & (MEMBER_DERIVED | MEMBER_KEPT | MEMBER_STAMP))
				json_del(copy, m->name);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (user || (strcmp(own[i], "email") != 0 && strcmp(own[i], "username") != 0))
			json_del(copy, own[i]);
	json_del(copy, "kind");
	return copy;
}

static bool
is_edit(const struct page *page)
{
	return page_text(page, "path", "name").n > 0;
}

/* What makes others more than they are, only admins change: that is decided where calls are
 * carried out; here it is not offered. */
static bool
may_change(const struct page *page, const struct kind *kind)
{
	struct json_object *me = page_root(page, "me");

	return json_flag(me, "may_write", false) && (json_flag(me, "is_admin", false) ||
	    (strcmp(kind->name, "setting") != 0 && strcmp(kind->name, "apikey") != 0));
}

/* Its field says that it may be left to propose_key(). */
static void
say_key_is_proposed(struct page *page, const struct kind *kind)
{
	struct json_object *fields = json_get(page_root(page, "page"), "fields");

	for (size_t i = 0; i < json_count(fields) &&
	    schema_member(kind->members[0], SPAN("name")) != NULL; i++) {
		struct json_object *field = json_at(fields, i);

		if (!span_is(json_string(field, "name"), "/key"))
			continue;
		json_set_bool(field, "needed", false);
		json_set_text(field, "shape", span_of(arena_join(page->arena,
		    json_string(field, "shape"), SPAN(" Left empty, it is made from the name."),
		    SPAN(""))));
	}
}

static void
on_drawn(struct page *page)
{
	const struct kind *kind = kind_of(page);
	struct json_object *doc = json_get(page_root(page, "page"), "drawn");

	json_set_bool(page_root(page, "page"), "may_change", may_change(page, kind));
	json_set_bool(page_root(page, "page"), "edits", is_edit(page) &&
	    strcmp(kind->name, "setting") != 0);

	form_fields(page, form_tables(page, kind, doc), doc, is_edit(page) ? fixed_of(kind) : "",
	    hidden_of(kind));
	if (!is_edit(page))
		say_key_is_proposed(page, kind);
	if (trial_is_of(kind))
		trial_draw(page);
	if (is_edit(page))
		beside_draw(page, kind, doc);
	page_finish(page);
}

static void
on_called(struct page *page)
{
	const struct kind *kind = kind_of(page);

	if (trial_is_of(kind))
		trial_senders(page);
	if (is_edit(page))
		beside_more(page, kind, json_get(page_root(page, "page"), "drawn"));
	page_wait(page, on_drawn);
}

static void
draw(struct page *page, struct json_object *doc)
{
	const struct kind *kind = kind_of(page);

	json_set(page_root(page, "page"), "drawn", json_share(doc));
	if (trial_is_of(kind))
		trial_calls(page, kind, doc);
	if (is_edit(page))
		beside_calls(page, kind, doc);
	page_wait(page, on_called);
}

void
documents_form_new(struct page *page)
{
	const struct kind *kind = kind_of(page);
	struct json_object *doc = copy_of(page, kind);
	struct span name = json_string(doc, "name");

	if (page_text(page, "query", "from").n > 0 && name.n > 0 && json_has(doc, "name") &&
	    schema_member(kind->members[0], SPAN("key")) != NULL)
		json_set_text(doc, "name", span_of(arena_join(page->arena, name, SPAN(" (copy)"),
		    SPAN(""))));
	if (json_string(doc, "automation").n == 0 && page_text(page, "query", "automation").n > 0)
		json_set_text(doc, "automation", page_text(page, "query", "automation"));
	if (json_string(doc, "project").n == 0 && text_key(page_text(page, "query", "project")))
		json_set_text(doc, "project", page_text(page, "query", "project"));
	draw(page, doc);
}

/* Somebody else has changed it since it was looked at. */
static bool
is_conflict(const struct page *page)
{
	struct json_object *complaints = json_get(page_reply(page, "set"), "complaints");

	for (size_t i = 0; i < json_count(complaints); i++)
		if (span_is(json_string(json_at(complaints, i), "error"), DOC_CHANGED))
			return true;
	return false;
}

void
documents_looked_at(struct page *page, const struct kind *kind, struct json_object *doc)
{
	struct json_object *shown = page_root(page, "page");
	struct span looked_at = page_text(page, "form", "version");
	bool conflict = is_conflict(page);

	/* Who is told of it knows, and may send his once more. */
	json_set_text(shown, "version", looked_at.n > 0 && !conflict ? looked_at
	    : doc_version(page->arena, kind, doc));
	json_set_bool(shown, "conflict", conflict);
	if (conflict)
		form_forget_origins(page, "", form_tables(page, kind, doc), doc);
}

/* As it is stored; a new community has no setting yet, and then it is empty. NULL: there is none,
 * and the page has been answered. */
static struct json_object *
stored_of(struct page *page)
{
	struct json_object *problem = page_problem(page, "document"), *empty;

	if (problem == NULL)
		return json_get(page_reply(page, "document"), "row");
	if (strcmp(kind_of(page)->name, "setting") != 0 || !span_is(json_string(problem, "code"),
	        fault_info(FAULT_NOT_FOUND)->code)) {
		page_fail_by(page, problem);
		return NULL;
	}
	empty = json_new_object(page->arena);
	json_set_text(empty, "kind", span_of(kind_of(page)->name));
	return empty;
}

void
documents_form_edit(struct page *page)
{
	struct json_object *doc = stored_of(page);

	if (doc == NULL)
		return;
	/* They have a form by their types. */
	if (kind_of(page) == &kind_value && json_flag(page_root(page, "me"), "may_write", false)) {
		page_go(page, values_place(page, doc), SPAN(""));
		return;
	}
	documents_looked_at(page, kind_of(page), doc);
	draw(page, doc);
}

/* A button that changes the form alone. */
static bool
is_asked(struct page *page)
{
	if (page_text(page, "form", "ask").n == 0 || trial_is_asked(page))
		return false;
	form_ask_rows(page);
	page_again(page);
	return true;
}

/* Left empty, the key is made of the name. */
static void
propose_key(struct page *page, const struct kind *kind)
{
	if (schema_member(kind->members[0], SPAN("key")) != NULL &&
	    text_trim(page_text(page, "form", "/key")).n == 0 &&
	    page_text(page, "form", "/name").n > 0)
		json_set_text(page_root(page, "form"), "/key", form_key(page->arena,
		    page_text(page, "form", "/name")));
}

/* It is tried, or stored. */
static void
go_on(struct page *page, struct json_object *doc)
{
	if (trial_is_of(kind_of(page)) && trial_is_asked(page))
		trial_take(page, kind_of(page), doc);
	else
		page_proceed(page);
}

static void
on_known_new(struct page *page)
{
	const struct kind *kind = kind_of(page);
	const struct member *const *tables = form_tables(page, kind, NULL);
	struct json_object *problem = page_problem(page, "from"), *doc, *out;
	struct doc_member *members;
	size_t n;

	if (problem != NULL) {
		page_fail_by(page, problem);
		return;
	}
	if (is_asked(page))
		return;
	propose_key(page, kind);
	form_tidy_rows(page, tables);
	doc = form_part_changed(page, "", tables, copy_of(page, kind));
	out = json_new_object(page->arena);
	json_set_text(out, "kind", span_of(kind->name));
	n = doc_members(page->arena, doc, &members);
	for (size_t i = 0; i < n; i++)
		json_set(out, members[i].name, json_share(members[i].value));
	json_set(page->model, "doc", json_share(out));
	go_on(page, out);
}

/* What is counted and is none is not told. */
static void
leave_out_nothing(struct page *page, const char *call, const char *member)
{
	struct json_object *row = json_get(page_reply(page, call), "row");

	if (json_integer(row, member, 0) == 0)
		json_del(row, member);
}

void
documents_remove_asked(struct page *page)
{
	struct json_object *shown = page_root(page, "page");

	leave_out_nothing(page, "tickets", "tickets");
	leave_out_nothing(page, "records", "records");
	if (!json_has(shown, "back"))
		json_set_text(shown, "back", json_string(shown, "place"));
	beside_uses(page);
	page_finish(page);
}

bool
documents_create(struct page *page)
{
	if (!documents_kind(page))
		return false;
	/* Of a copy: what the form does not show, such as secrets. */
	page_call(page, "from", "{{#query.from}}{\"command\":\"show\",\"kind\":\"{{path.kind}}\","
	    "\"name\":\"{{query.from}}\"}{{/query.from}}");
	page_wait(page, on_known_new);
	return false;
}

static void
on_known(struct page *page)
{
	const struct kind *kind = kind_of(page);
	struct json_object *stored = stored_of(page), *changed;
	const struct member *const *tables;

	if (stored == NULL || is_asked(page))
		return;
	tables = form_tables(page, kind, stored);
	form_tidy_rows(page, tables);
	changed = form_part_changed(page, "", tables, stored);
	json_set(page->model, "doc", json_share(form_patch(page->arena, stored, changed)));
	go_on(page, changed);
}

bool
documents_change(struct page *page)
{
	if (!documents_kind(page))
		return false;
	page_call(page, "document", "{\"command\":\"show\",\"kind\":\"{{path.kind}}\",\"name\":"
	    "\"{{path.name}}\"}");
	page_wait(page, on_known);
	return false;
}
