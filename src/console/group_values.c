/* SPDX-License-Identifier: ISC */
#include "console/group_values.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/form.h"
#include "console/page.h"

#include <string.h>

#define FILE_MAX ((size_t)64 << 20) /* bytes: it is made in memory */
#define AT_ONCE 500                 /* records of one call, unless they are long */
#define VALUES "values."

/* Kept between calls; page.values {limit, after} is what the next one asks for. */
struct file {
	struct buf out;
	int64_t limit;
	bool csv;
};

static struct json_object *
fields_of(struct page *page)
{
	return json_get(json_get(page_reply(page, "document"), "row"), "fields");
}

/* The member of a value that says whose it is, and the column of it. */
static const char *
whose(struct page *page)
{
	struct span automation = json_string(json_get(page_reply(page, "document"), "row"),
	    "automation");

	return span_is(automation, "user") ? "user" : span_is(automation, "feedback") ? "feedback"
	    : "target";
}

static struct span
cell(struct page *page, struct json_object *value)
{
	struct span text = json_span(value);

	if (text.p == NULL)
		return value == NULL ? SPAN("") : arena_copy(page->arena, json_number_text(value));
	return text_guard(page->arena, text);
}

/* doc NULL: the names of the columns. */
static void
put_line(struct page *page, struct file *file, struct json_object *doc)
{
	struct json_object *fields = fields_of(page), *values = json_get(doc, "values");
	size_t n = json_count(fields);
	struct span *cells = arena_alloc(page->arena, (n + 2) * sizeof *cells);

	cells[0] = doc != NULL ? cell(page, json_get(doc, whose(page))) : span_of(whose(page));
	for (size_t i = 0; i < n; i++) {
		struct span parameter = json_string(json_at(fields, i), "parameter");

		cells[i + 1] = doc == NULL ? span_of(arena_join(page->arena, SPAN(VALUES), parameter,
		    SPAN(""))) : cell(page, json_get(values, arena_string(page->arena, parameter)));
	}
	cells[n + 1] = doc != NULL ? json_string(doc, "at") : SPAN("set at");
	text_csv_line(&file->out, cells, n + 2);
}

static void
give(struct page *page, struct file *file)
{
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	struct span key = form_key(page->arena, json_string(doc, "key"));
	char date[TEXT_TIME_SIZE];

	text_time_write(page->now, date);
	page_attached(page, file->csv ? SPAN("text/csv; charset=utf-8")
	    : SPAN("application/jsonl; charset=utf-8"), arena_printf(page->arena, "%.*s-%.10s.%s",
	    (int)key.n, key.p, date, file->csv ? "csv" : "jsonl"), &file->out);
}

static void on_rows(struct page *page);

static void
ask(struct page *page)
{
	const struct file *file = page->data;

	json_set_int(json_get(page_root(page, "page"), "values"), "limit", file->limit);
	page_call_rows(page, "rows", "{\"command\":\"group-values\",\"name\":\"{{path.name}}\","
	    "\"limit\":{{page.values.limit}}{{#page.values.after}},\"after\":\"{{page.values.after}}\""
	    "{{/page.values.after}}}");
	page_wait(page, on_rows);
}

static void
refuse(struct page *page, const char *why)
{
	page_fail(page, 413, "These values are too many for a page", arena_printf(page->arena,
	    "%s Ask whoever runs the server for them: earshot export value.", why));
}

static void
on_rows(struct page *page)
{
	struct file *file = page->data;
	struct span more = json_string(page_reply(page, "rows"), "more");
	struct json_object *row;

	if (page_is_too_long(page, "rows")) {
		if (file->limit == 1) {
			refuse(page, "Those of one record are more than 8 MiB.");
			return;
		}
		file->limit = file->limit / 8 + 1;
		ask(page);
		return;
	}
	if (page_problem(page, "rows") != NULL) {
		page_fail_by(page, page_problem(page, "rows"));
		return;
	}
	while ((row = page_rows(page, "rows")) != NULL) {
		struct arena_mark mark = arena_mark(page->arena);

		if (file->csv) {
			put_line(page, file, row);
		} else {
			buf_span(&file->out, json_write(page->arena, row));
			buf_putc(&file->out, '\n');
		}
		arena_rewind(page->arena, mark);
	}
	if (file->out.n > FILE_MAX) {
		refuse(page, "They are more than 64 MiB.");
	} else if (more.n > 0) {
		json_set_text(json_get(page_root(page, "page"), "values"), "after", more);
		ask(page);
	} else {
		give(page, file);
	}
}

static void
free_file(void *arg)
{
	buf_free(&((struct file *)arg)->out);
}

static void
begin(struct page *page, bool csv)
{
	struct file *file = arena_alloc(page->arena, sizeof *file);

	*file = (struct file){ .csv = csv, .limit = AT_ONCE };
	arena_defer(page->arena, free_file, file);
	page->data = file;
	page_add(page, "values");
	if (csv)
		put_line(page, file, NULL);
	ask(page);
}

void
group_values_csv(struct page *page)
{
	begin(page, true);
}

void
group_values_json(struct page *page)
{
	begin(page, false);
}
