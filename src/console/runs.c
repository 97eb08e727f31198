/* SPDX-License-Identifier: ISC */
#include "console/runs.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/beside.h"
#include "console/filter_form.h"
#include "console/page.h"
#include "console/progress.h"
#include "console/tree.h"
#include "record/doc.h"
#include "record/record.h"

#include <string.h>

#define SAMPLE 10
/* A longer address is not taken by every web server: the form is shown as the answer then. */
#define QUERY_MAX 1500

/* What was asked for stands in the query, or in the form of a list or of this page. */
static const char *
said_in(const struct page *page)
{
	return span_is(page->request->method, "POST") ? "form" : "query";
}

static void
add_id(struct page *page, struct json_object *ids, struct span id)
{
	id = text_trim(id);
	if (id.n > 0)
		json_append(ids, json_share(json_new_text(page->arena, id)));
}

/* "id" may come once or often. */
static struct json_object *
read_ids(struct page *page)
{
	struct json_object *ids = json_new_array(page->arena);
	struct json_object *one = json_get(page_root(page, said_in(page)), "id");
	struct span list = page_text(page, said_in(page), "ids");

	for (size_t i = 0; i < json_count(one); i++)
		add_id(page, ids, json_span(json_at(one, i)));
	if (!json_is_array(one))
		add_id(page, ids, page_text(page, said_in(page), "id"));
	while (list.n > 0)
		add_id(page, ids, text_cut(&list, ','));
	return ids;
}

static void
add_to_query(struct buf *query, const char *name, struct span value)
{
	if (value.n == 0)
		return;
	buf_printf(query, "%s%s=", query->n > 0 ? "&" : "", name);
	text_percent_encode(query, value);
}

static void
read_run(struct page *page)
{
	const char *in = said_in(page);
	struct json_object *run = page_add(page, "run"), *ids = read_ids(page);
	struct span filter = text_trim(page_text(page, in, "filter")), macro, project;
	bool users = !span_is(page_text(page, in, "automation"), "feedback");
	struct buf query = { 0 };

	/* What a macro of a project runs on is counted there. */
	macro = page_text(page, in, "macro");
	if (macro.n > 0) {
		project = text_cut(&macro, '/');
		json_set_text(run, "scope", macro.p != NULL ? project : SPAN(""));
	}
	json_set_text(run, "within", json_string(run, "scope").n > 0 ? json_string(run, "scope")
	    : page_text(page, in, "project"));

	json_set_text(run, "automation", users ? SPAN("user") : SPAN("feedback"));
	json_set_bool(run, "of_users", users);
	json_set_text(run, "macro", page_text(page, in, "macro"));
	json_set_text(run, "project", page_text(page, in, "project"));
	json_set_text(run, "exact", page_text(page, in, "exact"));
	json_set_text(run, "filter", filter);
	json_set_bool(run, "by_ids", json_count(ids) > 0);
	json_set_bool(run, "by_filter", json_count(ids) == 0 && filter.n > 0);
	json_set(run, "ids", json_share(ids));
	add_to_query(&query, "automation", json_string(run, "automation"));
	add_to_query(&query, "macro", json_string(run, "macro"));
	add_to_query(&query, "project", json_string(run, "project"));
	if (json_count(ids) == 0)
		add_to_query(&query, "filter", filter);
	for (size_t i = 0; i < json_count(ids); i++)
		add_to_query(&query, "id", json_span(json_at(ids, i)));
	json_set_text(run, "query", buf_keep(&query, page->arena));
}

bool
runs_before(struct page *page)
{
	struct json_object *run;
	char key[ID_TEXT_SIZE];

	read_run(page);
	run = json_get(page_root(page, "page"), "run");
	/* Sent twice, the form begins one run. */
	json_set_text(run, "key", span_of(id_text(id_new(page->now), key)));
	if (span_is(page_text(page, "form", "ask"), "count"))
		json_set_text(run, "counted", page_text(page, "form", "counted"));
	return true;
}

/* ---- who it is for */

static void
set_count(struct page *page, struct json_object *run)
{
	struct json_object *counted = json_get(page_reply(page, "count"), "row");
	int64_t count = counted != NULL ? json_integer(counted, "count", 0)
	    : (int64_t)json_count(json_get(run, "ids"));

	json_set_int(run, "count", count);
	json_set_bool(run, "one", count == 1);
	json_set_text(run, "noun", filter_form_noun(json_string(run, "automation"), count));
	json_set_bool(run, "any", count > 0);
	json_set_bool(run, "more", json_flag(counted, "more", false));
}

static void
take_ids(struct page *page, struct json_object *into, struct json_object *from)
{
	for (size_t i = 0; i < json_count(from) && json_count(into) < SAMPLE; i++) {
		struct json_object *one = json_at(from, i);
		struct span id = json_is_object(one) ? json_string(one, "id") : json_span(one);

		if (record_id_valid(id))
			json_append(into, json_share(json_new_text(page->arena, id)));
	}
}

static void
shape_outcome(struct json_object *row)
{
	struct span outcome = json_string(row, "outcome");

	json_set_bool(row, "failed", span_is(outcome, "failed"));
	json_set_bool(row, "skipped", span_is(outcome, "skipped"));
}

static void
link_target(struct page *page, struct json_object *row)
{
	struct json_object *target = json_get(row, "target");

	json_set_text(target, "link", beside_link(page, json_string(target, "kind"),
	    json_string(target, "name")));
}

static void
on_sample(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "sample"), "rows");

	for (size_t i = 0; i < json_count(rows); i++) {
		link_target(page, json_at(rows, i));
		tree_make_visible(page->arena, json_at(rows, i));
		shape_outcome(json_at(rows, i));
	}
	page_finish(page);
}

/* The macros to choose from; one is chosen. */
static void
set_macros(struct page *page, struct json_object *run)
{
	struct json_object *rows = json_get(page_reply(page, "macros"), "rows");
	struct span macro = json_string(run, "macro");
	bool found = false;

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span name = doc_full_name(page->arena, row);
		bool chosen = span_eq(name, macro);

		json_set_text(row, "full", name);
		json_set_bool(row, "chosen", chosen);
		found = found || chosen;
	}
	if (macro.n > 0 && !found)
		page_complain(page, SPAN("macro"), span_of(arena_printf(page->arena,
		    "There is no macro \"%.*s\" for %s.", (int)macro.n, macro.p,
		    json_flag(run, "of_users", false) ? "users" : "tickets")));
	json_set_bool(run, "known", found);
}

/* The rows of the filter; all is none. */
static void
draw_filter(struct page *page, struct json_object *run)
{
	struct span filter = json_string(run, "filter");

	if (json_flag(run, "by_ids", false))
		return;
	filter_form_of_records(page, json_string(run, "automation"));
	filter_form_draw(page, span_is(filter, "true") ? SPAN("") : filter);
	json_set_bool(json_get(page_root(page, "page"), "filter"), "stored", true);
	json_set_bool(json_get(page_root(page, "page"), "filter"), "of_users", json_flag(run,
	    "of_users", false));
	filter_form_matching(page, "matching", json_string(run, "automation"));
}

void
runs_asked(struct page *page)
{
	struct json_object *shown = page_root(page, "page"), *run = json_get(shown, "run");
	struct json_object *sample = json_new_array(page->arena), *problems;

	set_macros(page, run);
	set_count(page, run);
	draw_filter(page, run);
	problems = json_get(shown, "problems");
	for (size_t i = 0; i < json_count(problems); i++)
		if (span_is(json_string(json_at(problems, i), "pointer"), "macro")) {
			json_set_text(json_at(problems, i), "id", SPAN("f-macro"));
			json_set_text(run, "macro_problem", json_string(json_at(problems, i), "text"));
		}
	take_ids(page, sample, json_flag(run, "by_ids", false) ? json_get(run, "ids")
	    : json_get(json_get(page_reply(page, "count"), "row"), "first"));
	if (!json_flag(run, "known", false) || json_count(sample) == 0) {
		page_finish(page);
		return;
	}
	json_set(run, "sample", json_share(sample));
	json_set_bool(run, "ready", true);
	page_call(page, "sample", "{\"command\":\"macro-run-all\",\"preview\":true,"
	    "\"macro\":\"{{page.run.macro}}\",\"ids\":{{{page.run.sample}}}}");
	page_wait(page, on_sample);
}

/* ---- on whom */

static void
on_fields(struct page *page)
{
	struct json_object *run = json_get(page_root(page, "page"), "run");
	struct json_object *form = page_root(page, "form");
	struct span ask = page_text(page, "form", "ask"), filter;
	struct buf to = { 0 };

	filter_form_of_records(page, json_string(run, "automation"));
	if (ask.n > 0 && !span_is(ask, "count")) {
		filter_form_asked(page, ask);
		page_again(page);
		return;
	}
	filter = filter_form_read(page);
	if (filter.n == 0)
		filter = SPAN("true");
	if (ask.n == 0 && json_string(run, "macro").n == 0)
		page_complain(page, SPAN("macro"), SPAN("Choose a macro."));
	if (ask.n > 0 && !page_has_complaints(page))
		json_set_text(form, "counted", filter);
	else
		json_del(form, "ask");
	if (ask.n > 0 || page_has_complaints(page)) {
		page_again(page);
		return;
	}
	add_to_query(&to, "automation", json_string(run, "automation"));
	add_to_query(&to, "macro", json_string(run, "macro"));
	add_to_query(&to, "project", json_string(run, "project"));
	add_to_query(&to, "filter", filter);
	if (to.n > QUERY_MAX) {
		buf_free(&to);
		json_set_text(form, "filter", filter);
		page_again(page);
		return;
	}
	page_go(page, span_of(arena_join(page->arena, SPAN("/macros/run?"), buf_keep(&to,
	    page->arena), SPAN(""))), SPAN(""));
}

bool
runs_chosen(struct page *page)
{
	read_run(page);
	page_call(page, FILTER_FORM_CALL, "{\"command\":\"filter-fields\",\"automation\":"
	    "\"{{page.run.automation}}\"{{#page.run.within}},\"project\":\"{{page.run.within}}\""
	    "{{/page.run.within}}}");
	page_wait(page, on_fields);
	return false;
}

/* ---- it is begun */

bool
runs_begin(struct page *page)
{
	struct json_object *run;
	struct buf to = { 0 };

	read_run(page);
	run = json_get(page_root(page, "page"), "run");
	if (page_text(page, "form", "key").n > 0) {
		if (!json_flag(run, "by_ids", false) && !json_flag(run, "by_filter", false))
			page_complain(page, SPAN(""), SPAN("Say on whom: choose some in a list, or say "
			    "by conditions whom it is for."));
		return true;
	}
	/* A list asks: nothing is begun yet. */
	if (json_string(run, "query").n > QUERY_MAX) {
		page_again(page);
		return false;
	}
	buf_puts(&to, "/macros/run?");
	buf_span(&to, json_string(run, "query"));
	page_go(page, buf_keep(&to, page->arena), SPAN(""));
	return false;
}

/* ---- one run, and all */

static void
shape_run(struct page *page, struct json_object *run)
{
	int64_t looked = json_integer(run, "looked", 0), of = json_integer(run, "of", 0);

	tree_make_visible(page->arena, run);
	json_set_bool(run, "is_running", span_is(json_string(run, "state"), "running"));
	json_set_bool(run, "has_applied", json_integer(run, "applied", 0) > 0);
	json_set_bool(run, "has_skipped", json_integer(run, "skipped", 0) > 0);
	json_set_bool(run, "has_failed", json_integer(run, "failed", 0) > 0);
	progress_tell(page, run, json_string(run, "at"), looked, of);
	json_set_bool(run, "by_schedule", span_starts(json_string(run, "by"), "schedule "));
}

void
runs_one(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "log"), "rows");
	struct json_object *failures = json_new_array(page->arena);
	struct json_object *run = json_at(rows, 0);

	shape_run(page, run);
	for (size_t i = 1; i < json_count(rows); i++) {
		link_target(page, json_at(rows, i));
		tree_make_visible(page->arena, json_at(rows, i));
		json_append(failures, json_share(json_at(rows, i)));
	}
	json_set(page_root(page, "page"), "failures", json_share(failures));
	page_finish(page);
}

void
runs_listed(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "log"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		shape_run(page, json_at(rows, i));
	page_finish(page);
}
