/* SPDX-License-Identifier: ISC */
#include "console/groups.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "community/group_rows.h"
#include "console/beside.h"
#include "console/documents.h"
#include "console/form.h"
#include "console/imports.h"
#include "console/page.h"
#include "console/progress.h"
#include "console/tree.h"
#include "record/doc_merge.h"
#include "record/schema.h"
#include "record/words.h"

#include <string.h>

#define ROWS_MAX 500 /* as many as a group may have */

static const char *const parts[] = { "label", "parameter", "type", "description", "zone",
	"history", "was", NULL };

static const char *
name_of(const struct page *page, size_t row, const char *part)
{
	return arena_printf(page->arena, "/fields/%zu/%s", row, part);
}

/* ---- rows, as they are typed or stored: objects of texts */

static struct json_object *
typed_rows(struct page *page)
{
	struct json_object *rows = json_new_array(page->arena), *row;

	for (size_t i = 0; i < ROWS_MAX && json_has(page_root(page, "form"),
	    name_of(page, i, "label")); i++) {
		row = json_new_object(page->arena);
		for (size_t k = 0; parts[k] != NULL; k++)
			json_set_text(row, parts[k], text_strip(page_text(page, "form",
			    name_of(page, i, parts[k]))));
		json_append(rows, json_share(row));
	}
	return rows;
}

static bool
says_something(struct json_object *row)
{
	return json_string(row, "label").n > 0 || json_string(row, "parameter").n > 0 ||
	    json_string(row, "description").n > 0;
}

/* The member "fields" that the rows make. Rows without a word are passed over. */
static struct json_object *
fields_of(struct page *page, struct json_object *rows)
{
	struct json_object *fields = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i), *field = json_new_object(page->arena);

		for (size_t k = 0; parts[k] != NULL; k++) {
			struct span text = json_string(row, parts[k]);

			if (text.n > 0 && !(strcmp(parts[k], "was") == 0 &&
			    span_eq(text, json_string(row, "parameter"))))
				json_set_text(field, parts[k], text);
		}
		if (says_something(row))
			json_append(fields, json_share(field));
	}
	return fields;
}

/* The rows take the place of those that were typed. */
static void
put_rows(struct page *page, struct json_object *rows)
{
	struct json_object *form = page_root(page, "form");
	struct doc_member *members;
	size_t n = doc_members(page->arena, form, &members), count = 0;

	for (size_t i = 0; i < n; i++)
		if (span_starts(span_of(members[i].name), "/fields/"))
			json_del(form, members[i].name);
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);

		if (!json_is_object(row))
			continue;
		for (size_t k = 0; parts[k] != NULL; k++)
			json_set_text(form, name_of(page, count, parts[k]), json_string(row, parts[k]));
		count++;
	}
}

static bool
takes_row(struct span ask, const char *what, size_t rows, size_t *row_r)
{
	uint64_t row;

	if (!span_starts(ask, what))
		return false;
	ask.p += strlen(what);
	ask.n -= strlen(what);
	if (!text_unsigned(ask, ROWS_MAX, &row) || row >= rows)
		return false;
	*row_r = (size_t)row;
	return true;
}

/* What a button asked for; the form is as it asks for. */
static void
asked(struct page *page, struct span ask)
{
	struct json_object *rows = typed_rows(page), *made = json_new_array(page->arena);
	size_t n = json_count(rows), row = n, other = n;
	bool drop = takes_row(ask, "field-drop ", n, &row);

	if (takes_row(ask, "field-up ", n, &row) && row > 0)
		other = row - 1;
	else if (takes_row(ask, "field-down ", n, &row) && row + 1 < n)
		other = row + 1;
	for (size_t i = 0; i < n; i++) {
		size_t from = other < n && i == row ? other : other < n && i == other ? row : i;

		if (!(drop && i == row))
			json_append(made, json_share(json_at(rows, from)));
	}
	if (span_is(ask, "field-add") && n < ROWS_MAX) {
		json_append(made, json_share(json_new_object(page->arena)));
		json_set_bool(page_root(page, "page"), "keeps_empty", true);
	}
	put_rows(page, made);
}

/* ---- drawing */

static struct json_object *
type_options(struct page *page, struct span chosen)
{
	struct json_object *options = json_new_array(page->arena);

	for (int type = GROUP_BOOLEAN; type <= GROUP_STRING; type++) {
		const char *name = group_type_name((enum group_type)type);
		const char *said = words_said(words_field_types, name);
		struct json_object *option = json_new_object(page->arena);
		char *label = arena_string(page->arena, span_of(said != NULL ? said : name));

		if (*label >= 'a' && *label <= 'z')
			*label = (char)(*label - 'a' + 'A');
		json_set_text(option, "value", span_of(name));
		json_set_text(option, "label", span_of(label));
		json_set_bool(option, "chosen", span_is(chosen, name));
		json_append(options, json_share(option));
	}
	return options;
}

/* Complaints about the row stand at it, and their links lead to its fields. */
static void
draw_problems(struct page *page, struct json_object *shown, size_t row)
{
	struct json_object *problems = json_get(page_root(page, "page"), "problems");
	const char *below = arena_printf(page->arena, "/fields/%zu/", row);

	for (size_t i = 0; i < json_count(problems); i++) {
		struct json_object *one = json_at(problems, i);
		struct span part = json_string(one, "pointer");

		if (!span_starts(part, below))
			continue;
		part.p += strlen(below);
		part.n -= strlen(below);
		if (span_is(part, "was"))
			part = SPAN("parameter");
		json_set_text(one, "id", span_of(arena_printf(page->arena, "f-fields-%zu-%.*s", row,
		    (int)part.n, part.p)));
		json_set_text(one, "text", span_of(arena_printf(page->arena, "Field %zu: %.*s",
		    row + 1, (int)json_string(one, "text").n, json_string(one, "text").p)));
		if (!json_has(shown, "problem"))
			json_set_text(shown, "problem", json_string(one, "text"));
		json_set_bool(shown, arena_printf(page->arena, "wrong_%.*s", (int)part.n, part.p), true);
	}
}

static void
draw_rows(struct page *page, struct json_object *rows)
{
	struct json_object *out = json_new_array(page->arena);
	bool keeps = json_flag(page_root(page, "page"), "keeps_empty", false);
	size_t n = 0, count = json_count(rows);

	for (size_t i = 0; i < count || n == 0; i++) {
		struct json_object *row = i < count ? json_at(rows, i) : json_new_object(page->arena);
		struct json_object *shown = json_new_object(page->arena);

		/* As fields_of() counts them. */
		if (i < count && !keeps && !says_something(row))
			continue;
		for (size_t k = 0; parts[k] != NULL; k++)
			json_set_text(shown, parts[k], json_string(row, parts[k]));
		json_set_int(shown, "n", (int64_t)n);
		json_set_int(shown, "number", (int64_t)n + 1);
		json_set(shown, "options", json_share(type_options(page, json_string(row, "type"))));
		json_set_bool(shown, "more", json_string(row, "zone").n > 0 ||
		    json_string(row, "history").n > 0);
		json_set_bool(shown, "first", n == 0);
		draw_problems(page, shown, n++);
		json_append(out, json_share(shown));
	}
	json_set_bool(json_at(out, n - 1), "last", true);
	json_set(page_root(page, "page"), "rows", json_share(out));
}

static struct json_object *
stored_rows(struct page *page, struct json_object *doc)
{
	struct json_object *fields = json_get(doc, "fields"), *rows = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(fields); i++) {
		struct json_object *row = json_copy(page->arena, json_at(fields, i));

		json_set_text(row, "was", json_string(row, "parameter"));
		json_append(rows, json_share(row));
	}
	return rows;
}

static struct span
automation_said(struct page *page, struct span ours)
{
	static const struct { const char *ours, *said; } about[] = { { "user", "Users" },
		{ "feedback", "Feedback tickets" }, { "project", "Projects" } };

	for (size_t i = 0; i < sizeof about / sizeof about[0]; i++)
		if (span_is(ours, about[i].ours))
			return span_of(about[i].said);
	return arena_copy(page->arena, ours);
}

void
groups_listed(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "groups"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		json_set_text(json_at(rows, i), "about_said", automation_said(page,
		    json_string(json_at(rows, i), "automation")));
	page_finish(page);
}

bool
groups_before(struct page *page)
{
	form_calls(page, kind_group.members);
	return true;
}

static void
draw(struct page *page, struct json_object *doc, bool is_new)
{
	struct json_object *key;

	form_fields_of(page, kind_group.members, doc, is_new ? "name" : "name description");
	if (is_new) {
		key = page_add(page, "key_part");
		form_part(page, key, "", kind_group.members, doc, "key");
		form_part(page, page_add(page, "rest"), "", kind_group.members, doc,
		    "automation project description");
	}
	draw_rows(page, json_members(page_root(page, "form")) > 0 ? typed_rows(page)
	    : stored_rows(page, doc));
}

void
groups_form_new(struct page *page)
{
	struct json_object *doc = json_get(page_reply(page, "from"), "row"), *rows;

	json_del(doc, "key");
	if (doc == NULL) {
		doc = json_new_object(page->arena);
		json_set_text(doc, "project", page_text(page, "query", "project"));
	}
	draw(page, doc, true);
	rows = json_get(page_root(page, "page"), "rows");
	for (size_t i = 0; i < json_count(rows); i++) /* a copy has no values to keep */
		json_set_text(json_at(rows, i), "was", SPAN(""));
	page_finish(page);
}

/* ---- who names it */

static struct span
label_of(struct json_object *doc, struct span parameter)
{
	struct json_object *fields = json_get(doc, "fields");

	for (size_t i = 0; i < json_count(fields); i++)
		if (span_eq(json_string(json_at(fields, i), "parameter"), parameter))
			return json_string(json_at(fields, i), "label");
	return parameter;
}

static void
shape_use(struct page *page, struct json_object *use, struct json_object *doc)
{
	struct span kind = json_string(use, "kind");
	const char *said = words_said(words_kinds, arena_string(page->arena, kind));
	struct json_object *fields = json_get(use, "fields");
	char *word = arena_string(page->arena, said != NULL ? span_of(said) : kind);
	struct buf what = { 0 };

	if (*word >= 'a' && *word <= 'z')
		*word = (char)(*word - 'a' + 'A');
	json_set_text(use, "kind_said", span_of(word));
	json_set_text(use, "link", beside_link(page, kind, json_string(use, "name")));
	if (json_flag(use, "whole", false))
		buf_puts(&what, span_is(kind, "listener") ? "fills it" : "the whole group");
	for (size_t i = 0; i < json_count(fields); i++) {
		buf_puts(&what, what.n > 0 ? ", " : "");
		buf_span(&what, label_of(doc, json_span(json_at(fields, i))));
	}
	json_set_text(use, "what", buf_keep(&what, page->arena));
}

/* Its values are being converted: the fields are not to be changed meanwhile. */
static void
set_changing(struct page *page)
{
	struct json_object *row = json_get(page_reply(page, "count"), "row"), *changing, *told;

	changing = json_get(row, "changing");
	told = json_get(row, "gaveUp");
	if (changing != NULL) {
		progress_tell(page, changing, json_string(changing, "at"),
		    json_integer(changing, "done", 0), json_integer(changing, "of", 0));
		tree_make_visible(page->arena, changing);
		json_set(page_root(page, "page"), "changing", json_share(changing));
	}
	if (told != NULL) {
		tree_make_visible(page->arena, told);
		json_set(page_root(page, "page"), "gave_up", json_share(told));
	}
}

void
groups_form(struct page *page)
{
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	struct json_object *uses = json_get(page_reply(page, "uses"), "rows");
	struct json_object *shown = page_root(page, "page");

	set_changing(page);
	imports_offer(page);
	documents_looked_at(page, &kind_group, doc);
	json_set_text(shown, "about", automation_said(page, json_string(doc, "automation")));
	json_set_text(shown, "full", page_text(page, "path", "name"));
	for (size_t i = 0; i < json_count(uses); i++)
		shape_use(page, json_at(uses, i), doc);
	draw(page, doc, false);
	page_finish(page);
}

/* ---- what is made of the form */

/* What was left empty is absent, or goes (clears). */
static struct json_object *
document_of(struct page *page, bool clears)
{
	static const char *const cleared[] = { "name", "description" };
	struct json_object *rows = typed_rows(page), *doc, *said = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(rows); i++)
		if (says_something(json_at(rows, i)))
			json_append(said, json_share(json_at(rows, i)));
	put_rows(page, said);
	doc = form_part_document(page, "", kind_group.members);
	for (size_t i = 0; clears && i < sizeof cleared / sizeof cleared[0]; i++)
		if (json_has(page_root(page, "form"), arena_printf(page->arena, "/%s", cleared[i])) &&
		    !json_has(doc, cleared[i]))
			json_set(doc, cleared[i], NULL);
	json_set(doc, "fields", json_share(fields_of(page, said)));
	return doc;
}

bool
groups_create(struct page *page)
{
	struct json_object *form = page_root(page, "form"), *doc;
	struct span ask = page_text(page, "form", "ask");

	if (text_trim(page_text(page, "form", "/key")).n == 0)
		json_set_text(form, "/key", form_key(page->arena, page_text(page, "form", "/name")));
	if (ask.n > 0) {
		asked(page, ask);
		page_again(page);
		return false;
	}
	doc = document_of(page, false);
	json_set_text(doc, "kind", SPAN("group"));
	if (json_count(json_get(doc, "fields")) == 0)
		page_complain(page, SPAN("/fields/0/label"), SPAN("a data group has at least one "
		    "field: say its label, the parameter that has it, and its type"));
	json_set(page->model, "doc", json_share(doc));
	return true;
}

/* A value as people write it. */
static void
show_value(struct page *page, struct json_object *sample, const char *member)
{
	struct json_object *value = json_get(sample, member);

	if (value != NULL)
		json_set_text(sample, member, tree_visible(page->arena, text_head(
		    json_span(value).p != NULL ? json_span(value) : json_number_text(value), 120)));
}

static bool
is_named(struct json_object *use, struct span parameter)
{
	struct json_object *fields = json_get(use, "fields");

	for (size_t i = 0; i < json_count(fields); i++)
		if (span_eq(json_span(json_at(fields, i)), parameter))
			return true;
	return false;
}

static struct json_object *
uses_of(struct page *page, struct span parameter)
{
	struct json_object *uses = json_get(page_reply(page, "uses"), "rows");
	struct json_object *named = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(uses); i++)
		if (is_named(json_at(uses, i), parameter))
			json_append(named, json_share(json_at(uses, i)));
	return named;
}

/* One field and what becomes of it. True when whoever asked for it should know. */
static bool
shape_move(struct page *page, struct json_object *move)
{
	static const char *const samples[] = { "lostSamples", "convertedSamples" };
	struct json_object *to = json_get(move, "to"), *named;
	int64_t values = json_integer(move, "values", 0), lost = json_integer(move, "lost", 0);
	int64_t converted = json_integer(move, "converted", 0);
	int64_t forgotten = json_integer(move, "forgotten", 0);
	bool renamed = to != NULL && !span_eq(json_string(to, "parameter"),
	    json_string(move, "parameter"));
	struct span types[] = { json_string(move, "type"), json_string(to, "type") };

	for (size_t i = 0; i < 2; i++) {
		const char *said = words_said(words_field_types, arena_string(page->arena, types[i]));

		json_set_text(move, i == 0 ? "type_said" : "to_type", said != NULL ? span_of(said)
		    : types[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		struct json_object *list = json_get(move, samples[i]);

		for (size_t k = 0; k < json_count(list); k++) {
			show_value(page, json_at(list, k), "from");
			show_value(page, json_at(list, k), "to");
		}
	}
	json_set_bool(move, "goes", to == NULL);
	json_set_bool(move, "renamed", renamed);
	json_set_bool(move, "retyped", to != NULL && !span_eq(types[0], types[1]));
	json_set_int(move, "kept", values - lost - converted);
	json_set_bool(move, "any_lost", lost > 0);
	json_set_bool(move, "any_converted", converted > 0);
	json_set_bool(move, "any_kept", values - lost - converted > 0);
	json_set_bool(move, "any_forgotten", forgotten > 0);
	json_set_bool(move, "none", values + forgotten == 0);
	named = to == NULL || renamed ? uses_of(page, json_string(move, "parameter"))
	                              : json_new_array(page->arena);
	json_set(move, "uses", json_share(named));
	return values > 0 || forgotten > 0 || json_count(named) > 0;
}

static void
on_previewed(struct page *page)
{
	struct json_object *told = json_get(page_reply(page, "preview"), "row");
	struct json_object *moves = json_get(told, "fields"), *shown = page_root(page, "page");
	struct json_object *complaints = json_get(page_reply(page, "preview"), "complaints");
	struct json_object *problem = page_problem(page, "preview");
	struct json_object *uses = json_get(page_reply(page, "uses"), "rows"), *doc;
	static const char *const buttons[] = { "ask", "sure", "lost", NULL };
	bool matters = false;

	for (size_t i = 0; i < json_count(complaints); i++)
		page_complain(page, json_string(json_at(complaints, i), "pointer"),
		    json_string(json_at(complaints, i), "error"));
	if (problem != NULL && json_count(complaints) == 0)
		page_complain(page, SPAN(""), json_string(problem, "detail"));
	if (problem != NULL) {
		page_again(page);
		return;
	}
	doc = json_get(page_reply(page, "document"), "row");
	for (size_t i = 0; i < json_count(uses); i++)
		shape_use(page, json_at(uses, i), doc);
	for (size_t i = 0; i < json_count(moves); i++)
		matters = shape_move(page, json_at(moves, i)) || matters;
	if (!matters) {
		page_proceed(page);
		return;
	}
	page_keep_typed(page, buttons);
	json_set(shown, "moves", json_share(moves));
	json_set_int(shown, "lost", json_integer(told, "lost", 0));
	json_set_bool(shown, "any_lost", json_integer(told, "lost", 0) > 0);
	json_set_bool(shown, "lost_many", json_integer(told, "lost", 0) > 1);
	json_set_int(shown, "records", json_integer(told, "records", 0));
	json_set_bool(shown, "many", json_integer(told, "records", 0) > GROUP_AT_ONCE);
	json_set_text(shown, "title", span_of(arena_printf(page->arena, "Change %.*s?",
	    (int)page_text(page, "path", "name").n, page_text(page, "path", "name").p)));
	json_set_text(shown, "help", SPAN("Nothing is changed yet: this is what it does to what is "
	    "stored."));
	page_show(page, "group-change", 200);
}

void
groups_changed(struct page *page)
{
	struct json_object *row = json_get(page_reply(page, "set"), "row");
	struct span name = page_text(page, "path", "name");

	page_go(page, page_make(page, "/groups/edit/{{path.name | path}}", PAGE_TEXT),
	    span_of(arena_printf(page->arena, span_is(json_string(row, "result"), "begun")
	        ? "The change of %.*s is begun." : "%.*s is changed.", (int)name.n, name.p)));
}

bool
groups_change(struct page *page)
{
	struct span ask = page_text(page, "form", "ask"), lost = page_text(page, "form", "lost");
	struct json_object *doc;
	int64_t may_lose;

	if (ask.n > 0) {
		asked(page, ask);
		page_again(page);
		return false;
	}
	doc = document_of(page, true);
	json_set(page->model, "doc", json_share(doc));
	if (page_text(page, "form", "sure").n > 0) {
		json_set_text(doc, "convert", SPAN("lossy"));
		json_set_int(doc, "mayLose", text_integer(lost, &may_lose) && may_lose >= 0
		    ? may_lose : 0);
		return true;
	}
	page_call(page, "document", "{\"command\":\"show\",\"kind\":\"group\",\"name\":"
	    "\"{{path.name}}\"}");
	page_call(page, "uses", "{\"command\":\"group-uses\",\"name\":\"{{path.name}}\"}");
	page_call(page, "preview", "{\"command\":\"group-preview\",\"name\":\"{{path.name}}\","
	    "\"members\":{{{doc}}}}");
	page_wait(page, on_previewed);
	return false;
}
