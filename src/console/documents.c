/* SPDX-License-Identifier: ISC */
#include "console/documents.h"

#include "base/json.h"
#include "base/text.h"
#include "console/form.h"
#include "console/page.h"
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
	{ "apikey", "API key", "API keys", "What another system shows to be let in. One is made "
	    "together with a listener, or by whoever runs the server: earshot apikey create NAME." },
	{ "comment", "Comment", "Comments", "What people and other systems have said about users and "
	    "tickets." },
	{ "value", "Value", "External data", "What other systems have stored about users, tickets and "
	    "projects." },
};

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
	/* User and feedback automation are called so, too. */
	json_set_bool(page_add(page, "at"), strcmp(kind->name, "user") == 0 ? "people"
	    : strcmp(kind->name, "feedback") == 0 ? "tickets" : kind->name, true);
	return true;
}

/* As commands name it. */
static struct span
name_of(struct page *page, const struct kind *kind, struct json_object *doc)
{
	static const struct { const char *kind, *member; } named[] = { { "user", "email" },
		{ "feedback", "id" }, { "apikey", "name" } };

	if (strcmp(kind->name, "setting") == 0)
		return SPAN("setting");
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
		if (strcmp(kind->name, named[i].kind) == 0)
			return json_string(doc, named[i].member);
	return doc_full_name(page->arena, doc);
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
				json_set_text(cell, "link", name_of(page, kind, doc));
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

void
documents_form_new(struct page *page)
{
	const struct kind *kind = kind_of(page);
	struct json_object *from = json_get(page_reply(page, "from"), "row");

	/* A copy gets a name of its own. */
	json_del(from, strcmp(kind->name, "user") == 0 ? "email"
	    : strcmp(kind->name, "apikey") == 0 ? "name" : "key");
	json_del(from, "id");
	form_fields(page, form_tables(page, kind, from), from, "");
	page_finish(page);
}

void
documents_form_edit(struct page *page)
{
	const struct kind *kind = kind_of(page);
	struct json_object *doc = json_get(page_reply(page, "document"), "row");

	json_set_text(page_root(page, "page"), "version", doc_version(page->arena, kind, doc));
	form_fields(page, form_tables(page, kind, doc), doc,
	    strcmp(kind->name, "user") == 0 ? "id" : strcmp(kind->name, "apikey") == 0 ? "name"
	    : strcmp(kind->name, "feedback") == 0 ? "id project" : "key project");
	page_finish(page);
}

bool
documents_create(struct page *page)
{
	const struct kind *kind = kind_of(page);
	struct json_object *doc;

	if (!documents_kind(page))
		return false;
	if (form_asks_for_rows(page)) {
		page_again(page);
		return false;
	}
	doc = form_document(page, form_tables(page, kind, NULL), false);
	json_set_text(doc, "kind", span_of(kind->name));
	json_set(page->model, "doc", json_share(doc));
	return true;
}

bool
documents_change(struct page *page)
{
	const struct kind *kind = kind_of(page);
	struct json_object *doc;

	if (!documents_kind(page))
		return false;
	if (form_asks_for_rows(page)) {
		page_again(page);
		return false;
	}
	doc = form_document(page, form_tables(page, kind, NULL), true);
	json_set(page->model, "doc", json_share(doc));
	return true;
}
