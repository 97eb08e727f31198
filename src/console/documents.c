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

#include <ctype.h>
#include <string.h>

/* What people call documents of the kind: "External Listener", "Macro". */
static const char *
label_of(struct arena *arena, const struct kind *kind)
{
	char *label;

	for (const struct word *word = words_kinds; word->said != NULL; word++)
		if (strcmp(word->ours, kind->name) == 0)
			return word->said;
	label = arena_string(arena, span_of(kind->name));
	label[0] = (char)toupper((unsigned char)label[0]);
	return label;
}

static const struct kind *
kind_of(const struct page *page)
{
	return kind_by_name(page_text(page, "path", "kind"));
}

bool
documents_kind(struct page *page)
{
	const struct kind *kind = kind_of(page);

	if (kind == NULL || kind->members == NULL) {
		page_fail(page, 404, "There is no such page", "There is no such kind of document.");
		return false;
	}
	json_set_text(page_root(page, "page"), "kind", span_of(label_of(page->arena, kind)));
	json_set_bool(page_add(page, "is"), kind->name, true);
	json_set_bool(page_add(page, "at"), kind->name, true);
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

		for (unsigned i = 1; (column = schema_column(kind->members, i)) != NULL; i++) {
			struct json_object *cell = json_new_object(page->arena);

			json_set_text(cell, "text", cell_of(page, json_get(doc, column->name)));
			json_set_text(cell, "label", span_of(schema_label(column)));
			json_set_bool(cell, "is_time", column->type == MEMBER_TIME);
			json_append(cells, json_share(cell));
		}
		json_set_text(row, "name", name_of(page, kind, doc));
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

void
documents_asked(struct page *page)
{
	page_finish(page);
}
