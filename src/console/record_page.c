/* SPDX-License-Identifier: ISC */
#include "console/record_page.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "community/feedback.h"
#include "community/people.h"
#include "console/beside.h"
#include "console/documents.h"
#include "console/form.h"
#include "console/page.h"
#include "console/tree.h"
#include "record/doc.h"
#include "record/doc_check.h"
#include "record/doc_merge.h"
#include "record/schema.h"

#include <string.h>

#define NOTES_SHOWN 20
#define RANKS_SHOWN 100
#define ITEMS_SHOWN 50

static bool
is_user(const struct page *page)
{
	return strstr(page->route->path, "/people") != NULL;
}

static const struct kind *
kind_of(const struct page *page)
{
	return is_user(page) ? &kind_user : &kind_feedback;
}

static struct json_object *
one_of(const struct page *page)
{
	return json_get(page_root(page, "page"), "one");
}

bool
record_page_before(struct page *page)
{
	struct json_object *one = page_add(page, "one");
	bool typed = json_members(page_root(page, "form")) > 0;

	json_set_text(one, "path", is_user(page) ? SPAN("people") : SPAN("tickets"));
	json_set_text(one, "record", is_user(page) ? SPAN("user") : SPAN("feedback"));
	json_set_bool(one, "of_user", is_user(page));
	json_set_bool(one, "changing", page_text(page, "query", "change").n > 0 ||
	    (typed && !json_has(page_root(page, "form"), "text")));
	if (json_flag(one, "changing", false))
		form_calls(page, kind_of(page)->members);
	return true;
}

/* ---- facts */

static struct span
shown(struct page *page, struct json_object *value)
{
	switch (doc_type(value)) {
	case DOC_STRING:
		return tree_visible(page->arena, json_span(value));
	case DOC_BOOLEAN:
		return doc_number(value) != 0 ? SPAN("Yes") : SPAN("No");
	case DOC_NULL:
		return SPAN("");
	default:
		return tree_visible(page->arena, arena_copy(page->arena, json_number_text(value)));
	}
}

/* Where what is named leads; "" nowhere. */
static struct span
link_of(struct page *page, const struct member *member, struct span name)
{
	struct buf out = { 0 }, filter = { 0 };

	if (member->refers == NULL || name.n == 0)
		return SPAN("");
	if (strcmp(member->refers, "user") == 0)
		return beside_link(page, SPAN("user"), name);
	if (strcmp(member->refers, "project") == 0) {
		buf_puts(&out, "/tickets?project=");
		text_percent_encode(&out, name);
	} else if (strcmp(member->refers, "team") == 0) {
		/* Names of teams have nothing that a filter would read as something else. */
		buf_printf(&filter, "'%.*s' in user.teams", (int)name.n, name.p);
		buf_puts(&out, "/people?filter=");
		text_percent_encode(&out, buf_bytes(&filter));
		buf_free(&filter);
	}
	return buf_keep(&out, page->arena);
}

static void
add_item(struct page *page, struct json_object *items, const struct member *member,
    struct json_object *value)
{
	struct json_object *item = json_new_object(page->arena);

	json_set_text(item, "text", shown(page, value));
	json_set_text(item, "link", link_of(page, member, json_span(value)));
	json_set_bool(item, "is_time", member->type == MEMBER_TIME);
	json_append(items, json_share(item));
}

static void
add_fact(struct page *page, struct json_object *facts, const struct member *member,
    struct span label, struct json_object *value)
{
	struct json_object *fact = json_new_object(page->arena);
	struct json_object *items = json_new_array(page->arena);

	if (doc_type(value) == DOC_ARRAY)
		for (size_t i = 0; i < json_count(value) && i < ITEMS_SHOWN; i++)
			add_item(page, items, member, json_at(value, i));
	else if (doc_type(value) != DOC_NULL)
		add_item(page, items, member, value);
	if (json_count(items) == 0)
		return;
	json_set_text(fact, "label", label);
	json_set(fact, "items", json_share(items));
	json_set_bool(fact, "is_text", member->type == MEMBER_TEXT);
	if (doc_type(value) == DOC_ARRAY && json_count(value) > ITEMS_SHOWN)
		json_set_int(fact, "left", (int64_t)(json_count(value) - ITEMS_SHOWN));
	json_append(facts, json_share(fact));
}

static void
draw_facts(struct page *page, struct json_object *doc)
{
	struct json_object *facts = json_new_array(page->arena);
	const struct member *member = *kind_of(page)->members;

	for (; member->name != NULL; member++) {
		struct json_object *value = json_get(doc, member->name);
		struct doc_member *own;
		size_t n = member->type == MEMBER_FIELDS ? doc_members(page->arena, value, &own) : 0;

		for (size_t i = 0; i < n; i++)
			add_fact(page, facts, member, tree_visible(page->arena, span_of(own[i].name)),
			    own[i].value);
		if (member->type != MEMBER_FIELDS && member->type != MEMBER_OBJECT)
			add_fact(page, facts, member, span_of(schema_label(member)), value);
	}
	json_set(one_of(page), "facts", json_share(facts));
}

/* ---- ranks, points, notes */

/* The last of a list, as far as they are shown; *left_r: those before them. */
static struct json_object *
last_of(struct page *page, struct json_object *list, size_t most, const char *left)
{
	struct json_object *out = json_new_array(page->arena);
	size_t n = json_count(list), first = n > most ? n - most : 0;

	for (size_t i = n; i-- > first;) {
		struct json_object *copy = json_copy(page->arena, json_at(list, i));

		tree_make_visible(page->arena, copy);
		json_append(out, json_share(copy));
	}
	if (first > 0)
		json_set_int(one_of(page), left, (int64_t)first);
	return out;
}

static void
draw_scores(struct page *page, struct json_object *doc)
{
	struct json_object *scores = json_new_array(page->arena), *score;
	struct doc_member *own;
	size_t n = doc_members(page->arena, json_get(doc, "scores"), &own);

	for (size_t i = 0; i < n; i++) {
		score = json_new_object(page->arena);
		json_set_text(score, "project", span_of(own[i].name));
		json_set(score, "points", json_share(own[i].value));
		json_append(scores, json_share(score));
	}
	json_set(one_of(page), "scores", json_share(scores));
	json_set(one_of(page), "ranks", json_share(last_of(page, json_get(doc, "ranks"),
	    RANKS_SHOWN, "ranks_left")));
	json_set(one_of(page), "notes", json_share(last_of(page, json_get(doc, "notes"),
	    NOTES_SHOWN, "notes_left")));
}

/* ---- external data */

static void
draw_data(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "values"), "rows");
	struct span project, key;

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *fields = json_get(json_at(rows, i), "fields");

		for (size_t k = 0; k < json_count(fields); k++) {
			struct json_object *field = json_at(fields, k), *value = json_get(field, "value");

			json_set_bool(field, "is_time", span_is(json_string(field, "type"), "datetime") &&
			    value != NULL);
			json_set_bool(field, "cleared", value == NULL && json_has(field, "at"));
			json_set_text(field, "text", shown(page, value));
			json_set_text(field, "label", tree_visible(page->arena,
			    json_string(field, "label")));
		}
		json_set_text(json_at(rows, i), "name", tree_visible(page->arena,
		    json_string(json_at(rows, i), "name")));
		doc_name_split(json_string(json_at(rows, i), "group"), &project, &key);
		json_set_bool(json_at(rows, i), "may_change", documents_may_change_in(page, project));
	}
}

/* ---- comments */

static void
draw_comments(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "comments"), "rows");
	struct span of = json_string(one_of(page), "project");

	for (size_t i = 0; i < json_count(rows); i++)
		json_set_bool(json_at(rows, i), "may_change", documents_may_change_in(page,
		    is_user(page) ? json_string(json_at(rows, i), "project") : of));
}

/* ---- all of it */

static void
make_visible(struct page *page)
{
	static const char *const calls[] = { "comments", "deliveries", "runs", "parcels" };

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (page_reply(page, calls[i]) != NULL)
			tree_make_visible(page->arena, page_reply(page, calls[i]));
}

static struct span
title_of(struct page *page, struct json_object *doc)
{
	struct span first = json_string(doc, "firstName"), last = json_string(doc, "lastName");

	if (!is_user(page))
		return tree_visible(page->arena, span_of(arena_printf(page->arena, "Ticket %.*s: %.*s",
		    (int)json_string(doc, "id").n, json_string(doc, "id").p,
		    (int)json_string(doc, "title").n, json_string(doc, "title").p)));
	if (first.n + last.n == 0)
		return json_string(doc, "email");
	return tree_visible(page->arena, span_of(arena_printf(page->arena, "%.*s%s%.*s", (int)first.n,
	    first.p, first.n > 0 && last.n > 0 ? " " : "", (int)last.n, last.p)));
}

static void
ask_for_tickets(struct page *page, struct json_object *doc)
{
	struct span email = json_string(doc, "email");
	struct buf out = { 0 }, filter = { 0 };

	/* An address may have an apostrophe. */
	buf_puts(&filter, "feedback.submitter == ");
	buf_json_string(&filter, email);
	text_percent_encode(&out, buf_bytes(&filter));
	buf_free(&filter);
	json_set_text(one_of(page), "tickets", buf_keep(&out, page->arena));
}

/* What is wrong with a comment stands at it. */
static void
take_problem(struct page *page)
{
	struct json_object *problems = json_get(page_root(page, "page"), "problems");

	for (size_t i = 0; i < json_count(problems); i++) {
		json_set_text(json_at(problems, i), "id", SPAN("f-text"));
		json_set_text(one_of(page), "problem", json_string(json_at(problems, i), "text"));
	}
}

void
record_page_after(struct page *page)
{
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	struct json_object *one = one_of(page), *shown_page = page_root(page, "page");
	struct json_object *form = page_root(page, "form");

	json_set_text(shown_page, "title", title_of(page, doc));
	json_set_text(one, "id", json_string(doc, "id"));
	json_set_text(one, "name", json_string(doc, is_user(page) ? "email" : "id"));
	json_set_text(one, "project", json_string(doc, "project"));
	if (is_user(page))
		ask_for_tickets(page, doc);
	draw_facts(page, doc);
	draw_scores(page, doc);
	draw_data(page);
	draw_comments(page);
	json_set_text(one, "text", page_text(page, "form", "text"));
	if (json_has(form, "text"))
		take_problem(page);
	if (json_flag(one, "changing", false)) {
		documents_looked_at(page, kind_of(page), doc);
		form_fields(page, kind_of(page)->members, doc, is_user(page) ? "id" : "id project", "");
	}
	make_visible(page);
	page_finish(page);
}

/* ---- changes */

static void
on_known(struct page *page)
{
	const struct member *const *tables = kind_of(page)->members;
	struct json_object *doc = json_get(page_reply(page, "document"), "row");

	if (page_problem(page, "document") != NULL) {
		page_fail_by(page, page_problem(page, "document"));
		return;
	}
	if (form_ask_rows(page)) {
		page_again(page);
		return;
	}
	form_tidy_rows(page, tables);
	json_set(page->model, "doc", json_share(form_patch(page->arena, doc,
	    form_part_changed(page, "", tables, doc))));
	page_proceed(page);
}

bool
record_page_change(struct page *page)
{
	page_call(page, "document", is_user(page)
	    ? "{\"command\":\"show\",\"kind\":\"user\",\"name\":\"{{path.name}}\"}"
	    : "{\"command\":\"show\",\"kind\":\"feedback\",\"name\":\"{{path.name}}\"}");
	page_wait(page, on_known);
	return false;
}

void
record_page_changed(struct page *page)
{
	struct span name = page_text(page, "path", "name"), now = json_string(page_root(page, "doc"),
	    "email");

	page_go(page, beside_link(page, span_of(kind_of(page)->name), is_user(page) && now.n > 0
	    ? now : name), span_of(arena_printf(page->arena, "%.*s is changed.", (int)name.n,
	    name.p)));
}
