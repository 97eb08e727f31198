/* SPDX-License-Identifier: ISC */
#include "console/reports.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/counting.h"
#include "console/filter_form.h"
#include "console/form.h"
#include "console/page.h"
#include "console/tree.h"
#include "kinds/report.h"
#include "record/doc_merge.h"
#include "report/behind.h"
#include "report/chart.h"
#include "report/print.h"
#include "report/shown.h"

#include <string.h>

#define FIELDS_MAX 60          /* of one report */
#define FRESH_US (INT64_C(600) * 1000000)
#define CHART_ROWS_MAX 400     /* of a table; a report of many days has more */
#define HOME_MAX 4             /* charts */

static struct json_object *
report_of(const struct page *page)
{
	return json_get(page_root(page, "page"), "report");
}

/* ---- what is asked for */

static const char *const texts[] = { "of", "project", "filter", "by", "period", "number", NULL };

static void
put_pair(struct buf *out, const char *name, struct span value)
{
	buf_printf(out, "%s%s=", out->n > 0 ? "&" : "", name);
	text_percent_encode(out, value);
}

/* What came under a name, once or several times. */
static struct json_object *
list_of(struct page *page, struct json_object *from)
{
	struct json_object *out = json_new_array(page->arena);
	size_t n = json_is_array(from) ? json_count(from) : from != NULL;

	for (size_t i = 0; i < n && i < FIELDS_MAX; i++) {
		struct span text = json_span(json_is_array(from) ? json_at(from, i) : from);

		if (text.n > 0)
			json_append(out, json_share(json_new_text(page->arena, text)));
	}
	return out;
}

/* A manager of some projects reads nothing else: the first of them, until he chooses. */
static struct span
usual_project(const struct page *page, struct span of)
{
	struct json_object *me = page_root(page, "me");

	return json_flag(me, "reads_community", false) || memchr(of.p, '/', of.n) != NULL ? SPAN("")
	    : json_string(json_at(json_get(me, "projects"), 0), "key");
}

/* As the address says it, and else the saved report. */
static void
read_report(struct page *page)
{
	struct json_object *report = page_add(page, "report"), *query = page_root(page, "query");
	struct json_object *doc = json_get(page_reply(page, "document"), "row"), *fields;
	struct span saved = page_text(page, "query", "report");
	struct buf address = { 0 };

	if (saved.n > 0) {
		put_pair(&address, "report", saved);
		json_set_text(report, "saved", saved);
	}
	for (size_t i = 0; texts[i] != NULL; i++) {
		bool said = json_has(query, texts[i]);

		json_set_text(report, texts[i], said ? page_text(page, "query", texts[i])
		    : json_string(doc, texts[i]));
		if (said)
			put_pair(&address, texts[i], page_text(page, "query", texts[i]));
	}
	if (json_string(report, "project").n == 0)
		json_set_text(report, "project", usual_project(page, json_string(report, "of")));
	fields = list_of(page, json_get(json_has(query, "field") ? query : NULL, "field"));
	for (size_t i = 0; i < json_count(fields); i++)
		put_pair(&address, "field", json_span(json_at(fields, i)));
	if (json_count(fields) == 0)
		fields = list_of(page, json_get(doc, "fields"));
	json_set(report, "fields", json_share(fields));
	json_set_text(report, "query", buf_keep(&address, page->arena));
	if (doc != NULL)
		json_set_text(report, "name", json_string(doc, "name").n > 0
		    ? json_string(doc, "name") : json_string(doc, "key"));
}

/* Arguments of the call "report". Equal reports have equal ones. */
static struct span
ask_of(struct page *page, struct json_object *report, bool plan)
{
	struct json_object *args = json_new_object(page->arena);

	json_set_text(args, "command", SPAN("report"));
	for (size_t i = 0; texts[i] != NULL; i++)
		if (json_string(report, texts[i]).n > 0)
			json_set_text(args, texts[i], json_string(report, texts[i]));
	if (json_count(json_get(report, "fields")) > 0)
		json_set(args, "fields", json_share(json_get(report, "fields")));
	if (plan)
		json_set_bool(args, "plan", true);
	return json_write(page->arena, args);
}

/* ---- links to what stands behind a bar */

struct linking {
	struct page *page;
	const struct shown *shown;
};

static struct span
delivery_link(struct page *page, const struct shown *shown, size_t field, size_t row)
{
	struct json_object *json = shown->fields[field].json, *bin = shown->fields[field].rows[row].bin;
	struct span name = json_string(json, "field");
	struct buf out = { 0 };
	int64_t to;
	char text[TEXT_TIME_SIZE];

	if (bin == NULL || json_flag(bin, "rest", false) || json_string(shown->report, "filter").n > 0 ||
	    json_string(shown->report, "project").n > 0)
		return SPAN("");
	buf_printf(&out, "%.*s/deliveries?", (int)page->base.n, page->base.p);
	if (span_is(name, "listener") || span_is(name, "outcome")) {
		buf_printf(&out, "%.*s=", (int)name.n, name.p);
		text_percent_encode(&out, json_string(bin, "value"));
	} else if (span_is(name, "at") && text_time(json_string(bin, "to"), &to)) {
		buf_puts(&out, "since=");
		text_percent_encode(&out, json_string(bin, "from"));
		buf_puts(&out, "T00:00&until=");
		text_time_write(to + INT64_C(86400000000), text);
		buf_printf(&out, "%.10sT00:00", text);
	} else {
		buf_free(&out);
		return SPAN("");
	}
	return buf_keep(&out, page->arena);
}

/* column: BEHIND_ALL, or one of a cross table. */
static struct span
link_to(struct page *page, const struct shown *shown, size_t field, size_t row, size_t column)
{
	struct span record = json_string(shown->report, "record");
	struct span project = json_string(shown->report, "project"), filter;
	struct buf out = { 0 };

	if (span_is(json_string(shown->report, "unit"), "deliveries"))
		return column == BEHIND_ALL ? delivery_link(page, shown, field, row) : SPAN("");
	if (!span_is(record, "user") && !span_is(record, "feedback"))
		return SPAN("");
	filter = behind_filter(page->arena, shown, field, row, column);
	if (filter.p == NULL)
		return SPAN("");
	buf_printf(&out, "%.*s/%s?", (int)page->base.n, page->base.p, span_is(record, "user")
	    ? "people" : "tickets");
	if (project.n > 0) {
		buf_puts(&out, "project=");
		text_percent_encode(&out, project);
		buf_putc(&out, '&');
	}
	buf_puts(&out, "filter=");
	text_percent_encode(&out, filter);
	return buf_keep(&out, page->arena);
}

static struct span
link_of(void *arg, size_t field, size_t row, size_t column)
{
	const struct linking *linking = arg;

	return link_to(linking->page, linking->shown, field, row,
	    linking->shown->column_count > 0 ? column : BEHIND_ALL);
}

/* ---- a report that is counted */

static struct json_object *
cell_new(struct page *page, int64_t count, struct span link)
{
	struct json_object *cell = json_new_object(page->arena);

	json_set_int(cell, "count", count);
	if (link.n > 0)
		json_set_text(cell, "link", link);
	return cell;
}

static struct json_object *
row_new(struct page *page, const struct shown *shown, size_t field, size_t n)
{
	const struct shown_row *row = &shown->fields[field].rows[n];
	struct span link = row->count > 0 ? link_to(page, shown, field, n, BEHIND_ALL) : SPAN("");
	struct json_object *out = cell_new(page, row->count, link);
	struct json_object *cells = json_new_array(page->arena);
	struct buf share = { 0 };

	if (shown->number.n > 0)
		json_set_text(out, "told", row->told);
	shown_share(&share, row->count, shown->records);
	json_set_text(out, "label", tree_visible(page->arena, row->label));
	json_set_text(out, "share", buf_keep(&share, page->arena));
	for (size_t i = 0; i < shown->column_count; i++)
		if (shown->columns[i].used) {
			struct json_object *cell = cell_new(page, row->counts[i], row->counts[i] > 0
			    ? link_to(page, shown, field, n, i) : SPAN(""));

			json_set_text(cell, "label", tree_visible(page->arena, shown->columns[i].name));
			json_append(cells, json_share(cell));
		}
	json_set(out, "cells", json_share(cells));
	return out;
}

/* Sum, mean and median of the columns: what bars cannot say. */
static struct json_object *
figures_of(struct page *page, const struct shown *shown, const struct shown_field *field)
{
	static const char *const names[] = { "sum", "mean", "median" };
	static const char *const labels[] = { "Sum", "Average", "Median" };
	struct json_object *series = json_get(field->json, "series");
	struct json_object *rows = json_new_array(page->arena);

	for (size_t i = 0; i < 3; i++) {
		struct json_object *number = json_get(field->json, names[i]), *row, *cells;

		if (number == NULL)
			continue;
		row = json_new_object(page->arena);
		cells = json_new_array(page->arena);
		json_set_text(row, "label", span_of(labels[i]));
		json_set_text(row, "all", shown_number(page->arena, number));
		for (size_t k = 0; k < shown->column_count; k++)
			if (shown->columns[k].used) {
				struct json_object *one = json_get(json_at(series, k), names[i]);
				struct json_object *cell = json_new_object(page->arena);

				json_set_text(cell, "text", one != NULL ? shown_number(page->arena, one)
				    : SPAN(""));
				json_set_text(cell, "label", tree_visible(page->arena,
				    shown->columns[k].name));
				json_append(cells, json_share(cell));
			}
		json_set(row, "cells", json_share(cells));
		json_append(rows, json_share(row));
	}
	return rows;
}

static struct json_object *
chart_new(struct page *page, const struct shown *shown, size_t n)
{
	const struct shown_field *field = &shown->fields[n];
	struct linking linking = { page, shown };
	const struct chart_links links = { link_of, &linking };
	struct json_object *chart = json_new_object(page->arena), *rows, *heads;
	struct buf svg = { 0 };

	chart_inside(&svg, shown, n, &links);
	json_set_int(chart, "n", (int64_t)n);
	json_set_text(chart, "caption", tree_visible(page->arena, field->label));
	json_set_text(chart, "sentence", tree_visible(page->arena, field->sentence));
	json_set_text(chart, "svg", buf_keep(&svg, page->arena));
	rows = json_new_array(page->arena);
	for (size_t i = 0; field->bars && i < field->n && i < CHART_ROWS_MAX; i++)
		json_append(rows, json_share(row_new(page, shown, n, i)));
	json_set(chart, "rows", json_share(rows));
	if (field->n > CHART_ROWS_MAX)
		json_set_int(chart, "left", (int64_t)(field->n - CHART_ROWS_MAX));
	heads = json_new_array(page->arena);
	for (size_t i = 0; i < shown->column_count; i++)
		if (shown->columns[i].used)
			json_append(heads, json_share(json_new_text(page->arena,
			    tree_visible(page->arena, shown->columns[i].name))));
	json_set(chart, "heads", json_share(heads));
	json_set_bool(chart, "divided", shown->column_count > 0);
	json_set_text(chart, "number", shown->number);
	if (shown->column_count > 0)
		json_set(chart, "figures", json_share(figures_of(page, shown, field)));
	return chart;
}

static void
draw_counted(struct page *page, struct json_object *report, const struct counted *counted)
{
	struct json_object *json = json_load(page->arena, counted->json);
	struct json_object *charts = json_new_array(page->arena);
	const struct shown *shown = shown_new(page->arena, json);
	char at[TEXT_TIME_SIZE];

	for (size_t i = 0; i < shown->field_count; i++)
		json_append(charts, json_share(chart_new(page, shown, i)));
	json_set(report, "charts", json_share(charts));
	json_set_bool(report, "done", true);
	json_set_bool(report, "once", page_is_once(page));
	json_set_int(report, "records", shown->records);
	json_set_text(report, "at", span_of(text_time_write(counted->at, at)));
	if (json_get(json, "by") != NULL)
		json_set_text(report, "by_label", tree_visible(page->arena,
		    json_string(json_get(json, "by"), "label")));
}

/* ---- the form */

static bool
is_among(struct json_object *list, struct span text)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (span_eq(json_span(json_at(list, i)), text))
			return true;
	return false;
}

/* Fields to count, and to divide by, below what they are of. */
static void
draw_offers(struct page *page, struct json_object *report, struct json_object *offers,
    struct json_object *fields, struct span by)
{
	struct json_object *groups = json_new_array(page->arena), *group = NULL, *one;
	bool none = json_count(fields) == 0, found = by.n == 0;

	for (size_t i = 0; i < json_count(offers); i++) {
		struct json_object *offer = json_at(offers, i);
		struct span heading = json_string(offer, "heading");

		if (group == NULL || !span_eq(json_string(group, "heading"), heading)) {
			group = json_new_object(page->arena);
			json_set_text(group, "heading", heading);
			json_set(group, "options", json_share(json_new_array(page->arena)));
			json_append(groups, json_share(group));
		}
		one = json_new_object(page->arena);
		json_set_int(one, "n", (int64_t)i);
		json_set_text(one, "value", json_string(offer, "field"));
		json_set_text(one, "label", tree_visible(page->arena, json_string(offer, "label")));
		json_set_bool(one, "chosen", none ? json_flag(offer, "usual", false)
		    : is_among(fields, json_string(offer, "field")));
		json_set_bool(one, "divides", span_eq(by, json_string(offer, "field")));
		found = found || span_eq(by, json_string(offer, "field"));
		json_append(json_get(group, "options"), json_share(one));
	}
	json_set(report, "offers", json_share(groups));
	if (!found)
		json_set_text(report, "by_other", by);
}

struct choice {
	const char *value, *label;
};
static const struct choice periods[] = { { "", "as fits" }, { "day", "day" }, { "week", "week" },
	{ "month", "month" }, { "year", "year" }, { NULL, NULL } };
static const struct choice numbers[] = { { "", "how many" }, { "sum", "the sum of integers" },
	{ "mean", "the average of integers" }, { NULL, NULL } };

static void
draw_choices(struct page *page, struct json_object *report, const char *name,
    const struct choice *choices, struct span chosen)
{
	struct json_object *options = json_new_array(page->arena);

	for (; choices->value != NULL; choices++) {
		struct json_object *option = json_new_object(page->arena);

		json_set_text(option, "value", span_of(choices->value));
		json_set_text(option, "label", span_of(choices->label));
		json_set_bool(option, "chosen", span_is(chosen, choices->value));
		json_append(options, json_share(option));
	}
	json_set(report, name, json_share(options));
}

static void
draw_projects(struct page *page, struct json_object *report, struct span chosen)
{
	struct json_object *projects = json_get(page_root(page, "me"), "projects");
	struct json_object *options = json_new_array(page->arena);
	bool found = chosen.n == 0;

	for (size_t i = 0; i < json_count(projects); i++) {
		struct json_object *project = json_at(projects, i), *option;

		option = json_new_object(page->arena);
		json_set_text(option, "value", json_string(project, "key"));
		json_set_text(option, "label", json_string(project, "name"));
		json_set_bool(option, "chosen", span_eq(chosen, json_string(project, "key")));
		found = found || span_eq(chosen, json_string(project, "key"));
		json_append(options, json_share(option));
	}
	json_set(report, "projects", json_share(options));
	if (!found)
		json_set_text(report, "project_other", chosen);
}

static void
draw_form(struct page *page, struct json_object *report)
{
	struct json_object *plan = json_get(page_reply(page, "plan"), "row");
	struct json_object *form = page_root(page, "form");
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	bool typed = json_members(form) > 0;
	struct json_object *shown = page_root(page, "page");

	json_set_text(report, "title", json_string(plan, "title"));
	json_set_text(report, "unit", json_string(plan, "unit"));
	json_set_text(report, "record", json_string(plan, "record"));
	json_set_bool(report, "of_users", span_is(json_string(plan, "record"), "user"));
	json_set_bool(report, "filtered", json_string(report, "filter").n > 0);
	json_set_bool(report, "fixed_project", memchr(json_string(report, "of").p, '/',
	    json_string(report, "of").n) != NULL);
	draw_offers(page, report, json_get(plan, "offers"), typed ? list_of(page,
	    json_get(form, "field")) : json_get(report, "fields"),
	    typed ? page_text(page, "form", "by") : json_string(report, "by"));
	draw_choices(page, report, "periods", periods, typed ? page_text(page, "form", "period")
	    : json_string(report, "period"));
	draw_choices(page, report, "numbers", numbers, typed ? page_text(page, "form", "number")
	    : json_string(report, "number"));
	draw_projects(page, report, typed ? page_text(page, "form", "project")
	    : json_string(report, "project"));
	json_set_bool(report, "open", typed);
	json_set_bool(report, "home", typed ? page_text(page, "form", "home").n > 0
	    : json_flag(doc, "onHome", false));
	if (doc != NULL)
		json_set_text(report, "version", doc_version(page->arena, &kind_report, doc));
	json_set_text(report, "new_name", page_text(page, "form", "save/name"));
	if (json_string(plan, "record").n > 0 &&
	    !span_is(json_string(plan, "record"), "project")) {
		json_set_bool(report, "has_rows", true);
		filter_form_of_records(page, json_string(plan, "record"));
		filter_form_draw(page, json_string(report, "filter"));
		json_set_bool(json_get(shown, "filter"), "stored", true);
		json_set_bool(json_get(shown, "filter"), "of_users", span_is(json_string(plan,
		    "record"), "user"));
	} else if (typed) {
		json_set_text(report, "filter", page_text(page, "form", "/filter"));
	}
}

/* ---- one report */

static void
on_drawn(struct page *page)
{
	struct json_object *report = report_of(page), *shown = page_root(page, "page");
	struct span ask = json_string(report, "key");
	struct counted counted;

	draw_form(page, report);
	if (ask.n == 0) {
		/* The form came back; it is counted when it is as it should be. */
	} else if (!counting_find(page, ask, &counted)) {
		json_set_bool(report, json_flag(report, "refused", false) ? "crowded" : "stopped", true);
	} else if (!counted.done) {
		json_set_bool(report, "counting", true);
		json_set_int(report, "percent", counted.percent);
		json_set_bool(report, "mine", counted.mine);
		json_set_text(shown, "refresh", SPAN("2"));
	} else if (counted.fault != FAULT_NONE) {
		json_set_text(report, "wrong", counted.detail.n > 0 ? arena_copy(page->arena,
		    counted.detail) : SPAN("It could not be counted."));
	} else {
		draw_counted(page, report, &counted);
	}
	page_finish(page);
}

static void
call_fields(struct page *page)
{
	struct json_object *plan = json_get(page_reply(page, "plan"), "row");
	struct span record = json_string(plan, "record");

	if (span_is(record, "user") || span_is(record, "feedback"))
		page_call(page, FILTER_FORM_CALL, "{\"command\":\"filter-fields\",\"automation\":"
		    "\"{{calls.plan.row.record}}\"{{#calls.plan.row.project}},\"project\":"
		    "\"{{calls.plan.row.project}}\"{{/calls.plan.row.project}}}");
}

static void
on_planned(struct page *page)
{
	struct json_object *report = report_of(page), *problem = page_problem(page, "plan");
	struct span ask;

	if (problem != NULL) {
		page_fail_by(page, problem);
		return;
	}
	if (json_members(page_root(page, "form")) == 0) {
		ask = ask_of(page, report, false);
		json_set_text(report, "key", ask);
		json_set_bool(report, "refused", !counting_begin(page, ask, page->now - FRESH_US));
		counting_wait(page, ask);
	}
	call_fields(page);
	page_wait(page, on_drawn);
}

void
reports_show(struct page *page)
{
	struct json_object *report, *of;

	read_report(page);
	report = report_of(page);
	if (json_string(report, "of").n == 0) {
		page_go(page, SPAN("/reports"), SPAN(""));
		return;
	}
	if (json_members(page_root(page, "form")) > 0) {
		/* What was typed may be wrong: what may be asked for is told without it. */
		of = json_new_object(page->arena);
		json_set_text(of, "of", json_string(report, "of"));
		json_set_text(of, "project", json_string(report, "project"));
		page_call_json(page, "plan", ask_of(page, of, true));
	} else {
		page_call_json(page, "plan", ask_of(page, report, true));
	}
	page_wait(page, on_planned);
}

/* ---- as files */

static void
put_row(void *arg, struct json_object *row)
{
	static const char *const columns[] = { "field", "label", "type", "figure", "from", "to",
		"value", "by", "number" };
	struct page *page = arg;
	struct buf *out = page->data;
	struct span cells[sizeof columns / sizeof columns[0]];
	size_t n = sizeof columns / sizeof columns[0];

	for (size_t i = 0; i < n; i++) {
		struct json_object *value = json_get(row, columns[i]);

		cells[i] = value == NULL ? SPAN("") : json_span(value).p != NULL ? json_span(value)
		    : arena_copy(page->arena, json_number_text(value));
		if (json_span(value).p != NULL)
			cells[i] = text_guard(page->arena, cells[i]);
	}
	text_csv_line(out, cells, n);
}

static const char *
file_name(struct page *page, struct json_object *report, const char *ending)
{
	struct span key = form_key(page->arena, json_string(report, "saved").n > 0
	    ? json_string(report, "saved") : json_string(report, "of"));
	char date[TEXT_TIME_SIZE];

	text_time_write(page->now, date);
	return arena_printf(page->arena, "%.*s-%.10s.%s", (int)key.n, key.p, date, ending);
}

static void
on_file(struct page *page)
{
	struct json_object *report = report_of(page);
	struct counted counted;
	struct buf out = { 0 };
	const struct shown *shown;

	if (!counting_find(page, json_string(report, "key"), &counted) || !counted.done) {
		page_fail(page, 503, "Too many reports are counted now", "Try again in a moment.");
		return;
	}
	if (counted.fault != FAULT_NONE) {
		page_fail(page, 422, "It could not be counted", arena_string(page->arena,
		    counted.detail));
		return;
	}
	shown = shown_new(page->arena, json_load(page->arena, counted.json));
	if (span_starts(span_of(page->route->path), "/reports/svg")) {
		chart_svg(&out, shown);
		page_attached(page, SPAN("image/svg+xml; charset=utf-8"), file_name(page, report,
		    "svg"), &out);
		return;
	}
	buf_puts(&out, PRINT_ROW "\r\n");
	page->data = &out;
	print_rows(shown, put_row, page);
	page->data = NULL;
	page_attached(page, SPAN("text/csv; charset=utf-8"), file_name(page, report, "csv"), &out);
}

static void
on_file_planned(struct page *page)
{
	struct json_object *report = report_of(page), *problem = page_problem(page, "plan");
	struct span ask = ask_of(page, report, false);

	if (problem != NULL) {
		page_fail_by(page, problem);
		return;
	}
	json_set_text(report, "key", ask);
	counting_begin(page, ask, page->now - FRESH_US);
	counting_wait_all(page, ask);
	page_wait(page, on_file);
}

static void
give_file(struct page *page)
{
	read_report(page);
	page_call_json(page, "plan", ask_of(page, report_of(page), true));
	page_wait(page, on_file_planned);
}

void
reports_csv(struct page *page)
{
	give_file(page);
}

void
reports_svg(struct page *page)
{
	give_file(page);
}

/* ---- another form of it */

/* What the form says, as an object of the members of page.report. */
static struct json_object *
typed_report(struct page *page)
{
	struct json_object *report = report_of(page), *typed = json_new_object(page->arena);
	struct json_object *plan = json_get(page_reply(page, "plan"), "row"), *fields;
	bool rows = span_is(json_string(plan, "record"), "user") ||
	    span_is(json_string(plan, "record"), "feedback");
	struct json_object *offers = json_get(plan, "offers");
	bool usual = true;

	json_set_text(typed, "of", json_string(report, "of"));
	json_set_text(typed, "project", page_text(page, "form", "project"));
	json_set_text(typed, "by", page_text(page, "form", "by"));
	json_set_text(typed, "period", page_text(page, "form", "period"));
	json_set_text(typed, "number", page_text(page, "form", "number"));
	json_set_text(typed, "filter", rows ? filter_form_read(page)
	    : text_trim(page_text(page, "form", "/filter")));
	/* Just the usual ones: then those of a later day, too. */
	fields = list_of(page, json_get(page_root(page, "form"), "field"));
	for (size_t i = 0; i < json_count(offers); i++)
		usual = usual && json_flag(json_at(offers, i), "usual", false) == is_among(fields,
		    json_string(json_at(offers, i), "field"));
	json_set(typed, "fields", json_share(usual ? json_new_array(page->arena) : fields));
	return typed;
}

static struct span
address_of(struct page *page, struct json_object *typed)
{
	struct span saved = page_text(page, "query", "report");
	struct json_object *fields = json_get(typed, "fields");
	struct buf out = { 0 };

	if (saved.n > 0)
		put_pair(&out, "report", saved);
	for (size_t i = 0; texts[i] != NULL; i++)
		if (json_string(typed, texts[i]).n > 0 || saved.n > 0)
			put_pair(&out, texts[i], json_string(typed, texts[i]));
	for (size_t i = 0; i < json_count(fields); i++)
		put_pair(&out, "field", json_span(json_at(fields, i)));
	return buf_keep(&out, page->arena);
}

static void
on_saved(struct page *page)
{
	struct json_object *complaints = json_get(page_reply(page, "apply"), "complaints");
	struct json_object *problem = page_problem(page, "apply");
	struct span full = doc_full_name(page->arena, page_root(page, "doc"));
	struct buf to = { 0 };

	for (size_t i = 0; i < json_count(complaints); i++)
		page_complain(page, SPAN("save/name"), json_string(json_at(complaints, i), "error"));
	if (problem != NULL && json_count(complaints) == 0)
		page_complain(page, SPAN(""), json_string(problem, "detail"));
	if (problem != NULL) {
		page_again(page);
		return;
	}
	/* Keys and projects need no escapes. */
	buf_printf(&to, "/reports/show?report=%.*s", (int)full.n, full.p);
	page_go(page, buf_keep(&to, page->arena), span_of(arena_printf(page->arena,
	    "The report %.*s is saved.", (int)full.n, full.p)));
}

/* What the form says of the report, into a document; of one that is there, what it says no
 * more is taken out. */
static void
put_members(struct page *page, struct json_object *doc, struct json_object *typed, bool clears)
{
	struct json_object *fields = json_get(typed, "fields");

	for (size_t i = 0; texts[i] != NULL; i++) {
		struct span text = json_string(typed, texts[i]);

		if (strcmp(texts[i], "project") == 0)
			continue;
		if (text.n > 0)
			json_set_text(doc, texts[i], text);
		else if (clears)
			json_set(doc, texts[i], NULL);
	}
	if (json_count(fields) > 0)
		json_set(doc, "fields", json_share(fields));
	else if (clears)
		json_set(doc, "fields", NULL);
	if (page_text(page, "form", "home").n > 0)
		json_set_bool(doc, "onHome", true);
	else if (clears)
		json_set(doc, "onHome", NULL);
}

static void
save_new(struct page *page, struct json_object *typed)
{
	struct json_object *doc = json_new_object(page->arena);
	struct span name = text_trim(page_text(page, "form", "save/name"));
	struct span key = form_key(page->arena, name);

	if (key.n == 0) {
		page_complain(page, SPAN("save/name"), SPAN("Say what the report is called, with a "
		    "letter or a digit of a to z and 0 to 9 at least: its key is made of those."));
		page_again(page);
		return;
	}
	json_set_text(doc, "kind", SPAN("report"));
	json_set_text(doc, "key", key);
	if (json_string(typed, "project").n > 0)
		json_set_text(doc, "project", json_string(typed, "project"));
	json_set_text(doc, "name", name);
	put_members(page, doc, typed, false);
	json_set(page->model, "doc", json_share(doc));
	page_call(page, "apply", "{\"command\":\"apply\",\"creates\":true,\"documents\":[{\"doc\":"
	    "{{{doc}}}}]}");
	page_wait(page, on_saved);
}

/* Where it stands it stays. */
static void
save_old(struct page *page, struct json_object *typed)
{
	struct json_object *members = json_new_object(page->arena), *doc;
	struct span name = text_trim(page_text(page, "form", "save/name")), project, key;

	doc_name_split(page_text(page, "query", "report"), &project, &key);
	if (json_string(typed, "project").n > 0 && !span_eq(json_string(typed, "project"), project)) {
		page_complain(page, SPAN("project"), SPAN("A report stays in its project, or the community: "
		    "save it as a new one."));
		page_again(page);
		return;
	}
	if (name.n > 0)
		json_set_text(members, "name", name);
	put_members(page, members, typed, true);
	doc = json_copy(page->arena, members);
	json_set_text(doc, "key", key);
	if (project.n > 0)
		json_set_text(doc, "project", project);
	json_set(doc, "members", json_share(members));
	json_set(page->model, "doc", json_share(doc));
	page_call(page, "apply", "{\"command\":\"set\",\"kind\":\"report\",\"name\":"
	    "\"{{query.report}}\",\"version\":\"{{form.version}}\",\"members\":{{{doc.members}}}}");
	page_wait(page, on_saved);
}

static void
on_typed_planned(struct page *page)
{
	struct json_object *typed = json_get(page_root(page, "page"), "typed");
	struct json_object *problem = page_problem(page, "typed");
	struct buf to = { 0 };

	if (problem != NULL) {
		page_complain(page, SPAN(""), json_string(problem, "detail"));
		page_again(page);
		return;
	}
	if (span_is(page_text(page, "form", "save"), "new")) {
		save_new(page, typed);
		return;
	}
	if (page_text(page, "form", "save").n > 0) {
		save_old(page, typed);
		return;
	}
	buf_puts(&to, "/reports/show?");
	buf_span(&to, address_of(page, typed));
	page_go(page, buf_keep(&to, page->arena), SPAN(""));
}

static void
on_fields(struct page *page)
{
	struct span ask = page_text(page, "form", "ask");
	struct json_object *plan = json_get(page_reply(page, "plan"), "row"), *typed;

	if (json_string(plan, "record").n > 0)
		filter_form_of_records(page, json_string(plan, "record"));
	if (ask.n > 0) {
		filter_form_asked(page, ask);
		page_again(page);
		return;
	}
	typed = typed_report(page);
	if (page_has_complaints(page)) {
		page_again(page);
		return;
	}
	json_set(page_root(page, "page"), "typed", json_share(typed));
	page_call_json(page, "typed", ask_of(page, typed, true));
	page_wait(page, on_typed_planned);
}

static void
on_of_planned(struct page *page)
{
	if (page_problem(page, "plan") != NULL) {
		page_fail_by(page, page_problem(page, "plan"));
		return;
	}
	call_fields(page);
	page_wait(page, on_fields);
}

static void
on_document(struct page *page)
{
	struct json_object *of = json_new_object(page->arena);

	read_report(page);
	json_set_text(of, "of", json_string(report_of(page), "of"));
	json_set_text(of, "project", json_string(report_of(page), "project"));
	page_call_json(page, "plan", ask_of(page, of, true));
	page_wait(page, on_of_planned);
}

bool
reports_chosen(struct page *page)
{
	page_call(page, "document", "{{#query.report}}{\"command\":\"show\",\"kind\":\"report\","
	    "\"name\":\"{{query.report}}\"}{{/query.report}}");
	page_wait(page, on_document);
	return false;
}

/* ---- once more, or not any more */

static void
on_forgotten(struct page *page)
{
	struct buf to = { 0 };

	read_report(page);
	counting_forget(page, ask_of(page, report_of(page), false));
	if (span_is(page_text(page, "form", "do"), "stop")) {
		page_go(page, SPAN("/reports"), SPAN("The report is not counted any more."));
		return;
	}
	buf_puts(&to, "/reports/show?");
	buf_span(&to, json_string(report_of(page), "query"));
	page_go(page, buf_keep(&to, page->arena), SPAN(""));
}

bool
reports_again(struct page *page)
{
	page_call(page, "document", "{{#query.report}}{\"command\":\"show\",\"kind\":\"report\","
	    "\"name\":\"{{query.report}}\"}{{/query.report}}");
	page_wait(page, on_forgotten);
	return false;
}

/* ---- what there is to count */

/* "data.usage" by the name that the data group has. */
static struct span
said_of(struct page *page, struct span of)
{
	static const struct { const char *of, *said; } subjects[] = { { "user", "Users" },
		{ "feedback", "Feedback tickets" }, { "comment", "Comments" },
		{ "delivery", "Deliveries" } };
	static const struct { const char *begins, *call, *name; } named[] = {
		{ "data.", "groups", "title" }, { "view.", "views", "name" } };

	for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
		if (span_is(of, subjects[i].of))
			return span_of(subjects[i].said);
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
		struct json_object *rows = json_get(page_reply(page, named[i].call), "rows");
		size_t n = strlen(named[i].begins);

		for (size_t k = 0; span_starts(of, named[i].begins) && k < json_count(rows); k++)
			if (span_eq(json_string(json_at(rows, k), "full"), (struct span){ of.p + n,
			        of.n - n }) && json_string(json_at(rows, k), named[i].name).n > 0)
				return json_string(json_at(rows, k), named[i].name);
	}
	return of;
}

/* What it is divided by; below what it is of a field needs no more words. */
static struct span
said_by(struct page *page, struct span of, struct span by)
{
	struct span begins = span_of(arena_join(page->arena, of, SPAN("."), SPAN("")));

	return span_starts(by, begins.p) ? (struct span){ by.p + begins.n, by.n - begins.n } : by;
}

void
reports_listed(struct page *page)
{
	static const char *const calls[] = { "reports", "groups", "views" };
	struct json_object *reports = json_get(page_reply(page, "reports"), "rows");

	for (size_t i = 0; i < 3; i++) {
		struct json_object *rows = json_get(page_reply(page, calls[i]), "rows");

		for (size_t k = 0; k < json_count(rows); k++) {
			struct json_object *row = json_at(rows, k);

			if (i != 1)
				json_set_text(row, "full", doc_full_name(page->arena, row));
			else
				json_set_text(row, "full", json_string(row, "name"));
		}
	}
	for (size_t i = 0; i < json_count(reports); i++) {
		struct json_object *row = json_at(reports, i);
		struct span of = json_string(row, "of");

		json_set_text(row, "of_said", tree_visible(page->arena, said_of(page, of)));
		json_set_text(row, "by_said", tree_visible(page->arena, said_by(page, of,
		    json_string(row, "by"))));
	}
	page_finish(page);
}

/* ---- home */

/* The first field that is worth drawing: a home page has a look, the report the rest. */
static void
draw_small(struct page *page, struct json_object *out, const struct counted *counted)
{
	const struct shown *shown = shown_new(page->arena, json_load(page->arena, counted->json));
	struct linking linking = { page, shown };
	const struct chart_links links = { link_of, &linking };
	struct buf svg = { 0 };
	char at[TEXT_TIME_SIZE];
	size_t i = 0;

	while (i < shown->field_count && !shown->fields[i].bars)
		i++;
	json_set_text(out, "at", span_of(text_time_write(counted->at, at)));
	if (i == shown->field_count)
		return;
	chart_inside(&svg, shown, i, &links);
	json_set_text(out, "label", tree_visible(page->arena, shown->fields[i].label));
	json_set_text(out, "sentence", tree_visible(page->arena, shown->fields[i].sentence));
	json_set_text(out, "svg", buf_keep(&svg, page->arena));
}

void
reports_on_home(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "reports"), "rows");
	struct json_object *list = json_new_array(page->arena);
	bool waits = false;

	for (size_t i = 0; i < json_count(rows) && i < HOME_MAX; i++) {
		struct json_object *doc = json_at(rows, i), *out = json_new_object(page->arena);
		struct counted counted;
		struct span ask;

		json_set_text(out, "full", doc_full_name(page->arena, doc));
		json_set_text(out, "title", json_string(doc, "name").n > 0 ? json_string(doc, "name")
		    : json_string(out, "full"));
		json_append(list, json_share(out));
		ask = ask_of(page, doc, false);
		/* Nothing waits for it: who looks next sees it. A process that lives for one request
		 * would count all of them for every look. */
		if (!page_is_once(page))
			counting_begin(page, ask, page->now - FRESH_US);
		if (counting_last(page, ask, &counted) && counted.fault == FAULT_NONE)
			draw_small(page, out, &counted);
		else if (!page_is_once(page))
			json_set_bool(out, "counting", waits = true);
	}
	json_set(page_root(page, "page"), "reports", json_share(list));
	json_set_bool(page_root(page, "page"), "reports_counting", waits);
}
