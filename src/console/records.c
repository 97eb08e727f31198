/* SPDX-License-Identifier: ISC */
#include "console/records.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "community/select.h"
#include "console/console_private.h"
#include "console/filter_form.h"
#include "console/form.h"
#include "console/tree.h"
#include "lang/filter_rows.h"
#include "record/doc_check.h"
#include "record/doc_merge.h"
#include "record/schema.h"

#include <string.h>

#define ROWS "50"
/* Records that a page looks at: some 5 us each; where few match, it says how to go on. */
#define LOOK "5000"
#define COLUMNS_MAX 40
#define CSV_ROWS_MAX 20000
#define CSV_ROWS 1000         /* of one call, unless they are long */
#define CSV_BYTES_MAX ((size_t)64 << 20) /* it is made in memory */
#define CSV_LOOKS_MAX 200     /* calls that have come to the end of what they look at */

/* The two lists, by the path of the page. */
static const struct listed {
	const char *path, *record;
	enum record which;
	const char *named;        /* what rows are known by */
} listed[] = {
	{ "people", "user", RECORD_USER, "email" },
	{ "tickets", "feedback", RECORD_FEEDBACK, "id" },
};

static const struct listed *
listed_of(const struct page *page)
{
	struct span path = span_of(page->route->path);

	if (span_starts(path, "/list/"))
		path = (struct span){ path.p + 5, path.n - 5 };
	return span_starts(path, "/tickets") ? &listed[1] : &listed[0];
}

static struct json_object *
list_of(const struct page *page)
{
	return json_get(page_root(page, "page"), "list");
}

/* ---- what is asked for */

bool
records_before(struct page *page)
{
	const struct listed *of = listed_of(page);
	struct json_object *list = page_add(page, "list");
	struct span project = page_text(page, "query", "project");

	json_set_text(list, "record", span_of(of->record));
	json_set_text(list, "path", span_of(of->path));
	json_set_bool(list, "of_users", of->which == RECORD_USER);
	if (project.n > 0 && text_key(project))
		json_set_text(list, "project", project);
	return true;
}

/* A manager of some projects reads nothing else: the first of them, until he chooses. */
static void
choose_project(struct page *page)
{
	struct json_object *me = page_root(page, "me"), *list = list_of(page);
	struct span first = json_string(json_at(json_get(me, "projects"), 0), "key");

	if (json_string(list, "project").n > 0 || json_flag(me, "reads_community", false) ||
	    first.n == 0)
		return;
	json_set_text(list, "project", first);
	json_set_text(page_root(page, "query"), "project", first);
}

/* One of the query, or as the view has it. */
static struct span
said(const struct page *page, struct json_object *view, const char *member)
{
	return json_has(page_root(page, "query"), member) ? page_text(page, "query", member)
	                                                  : json_string(view, member);
}

static bool
has_text(struct json_object *list, struct span text)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (span_eq(json_span(json_at(list, i)), text))
			return true;
	return false;
}

static void
add_text(struct page *page, struct json_object *list, struct span text)
{
	if (text.n > 0 && json_count(list) < COLUMNS_MAX && !has_text(list, text))
		json_append(list, json_share(json_new_text(page->arena, text)));
}

/* What came under a name of the query or the form, once or several times; NULL: nothing. */
static struct json_object *
texts_of(struct page *page, struct json_object *from)
{
	struct json_object *out = json_new_array(page->arena);

	if (json_is_array(from))
		for (size_t i = 0; i < json_count(from); i++)
			add_text(page, out, json_span(json_at(from, i)));
	else
		add_text(page, out, json_span(from));
	return json_count(out) > 0 ? out : NULL;
}

static struct json_object *
usual_columns(struct page *page)
{
	const struct listed *of = listed_of(page);
	const struct member *const *tables = SCHEMA(schema_of_record(of->which));
	struct json_object *columns = json_new_array(page->arena);
	const struct member *member;

	for (unsigned i = 1; (member = schema_column(tables, i)) != NULL; i++)
		/* Numbers of people say nothing to anybody. */
		if (of->which != RECORD_USER || strcmp(member->name, "id") != 0)
			add_text(page, columns, span_of(member->name));
	return columns;
}

static void
put_pair(struct buf *out, const char *name, struct span value)
{
	buf_printf(out, "%s%s=", out->n > 0 ? "&" : "", name);
	text_percent_encode(out, value);
}

enum part_of_address { WITH_VIEW = 1, WITH_FILTER = 2, WITH_SORT = 4, WITH_COLUMNS = 8 };

/* The address behind the "?", as far as the query says it. */
static struct span
address(struct page *page, unsigned with)
{
	struct json_object *query = page_root(page, "query"), *columns;
	static const struct { const char *name; unsigned part; } texts[] = {
		{ "view", WITH_VIEW }, { "filter", WITH_FILTER }, { "sort", WITH_SORT } };
	struct span project = json_string(list_of(page), "project");
	struct buf out = { 0 };

	if (project.n > 0)
		put_pair(&out, "project", project);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if ((with & texts[i].part) && json_has(query, texts[i].name))
			put_pair(&out, texts[i].name, json_string(query, texts[i].name));
	columns = with & WITH_COLUMNS ? texts_of(page, json_get(query, "column")) : NULL;
	for (size_t i = 0; i < json_count(columns); i++)
		put_pair(&out, "column", json_span(json_at(columns, i)));
	return buf_keep(&out, page->arena);
}

/* Whom the list means, for who does something on all of them: the filter with the project. */
static struct span
all_of(struct page *page)
{
	struct json_object *list = list_of(page);
	struct span project = json_string(list, "project"), filter = json_string(list, "filter"), of;

	of = project.n == 0 ? SPAN("") : span_of(arena_printf(page->arena,
	    listed_of(page)->which == RECORD_USER ? "'%.*s' in user.projects"
	    : "feedback.project == '%.*s'", (int)project.n, project.p));
	filter = select_both(page->arena, of, filter);
	return filter.n > 0 ? filter : SPAN("true");
}

/* What the list shows: the view, changed by what the query says. */
static void
read_list(struct page *page)
{
	struct json_object *list = list_of(page), *query = page_root(page, "query");
	struct json_object *view = json_get(page_reply(page, "view"), "row"), *columns;

	choose_project(page);
	if (view != NULL && json_string(list, "project").n == 0 &&
	    json_string(view, "project").n > 0)
		json_set_text(list, "project", json_string(view, "project"));
	columns = texts_of(page, json_get(query, "column"));
	if (columns == NULL)
		columns = texts_of(page, json_get(view, "columns"));
	if (columns == NULL)
		columns = usual_columns(page);
	json_set_text(list, "filter", said(page, view, "filter"));
	json_set_text(list, "sort", said(page, view, "sort"));
	json_set(list, "columns", json_share(columns));
	json_set_bool(list, "chosen", json_string(list, "filter").n > 0);
	json_set_bool(list, "changed", view != NULL && (json_has(query, "filter") ||
	    json_has(query, "sort") || json_has(query, "column")));
	json_set_text(list, "query", address(page, WITH_VIEW | WITH_FILTER | WITH_SORT |
	    WITH_COLUMNS));
	json_set_text(list, "all", all_of(page));
	if (view == NULL)
		return;
	json_set_text(list, "view", doc_full_name(page->arena, view));
	json_set_text(list, "view_said", json_string(view, "name").n > 0
	    ? json_string(view, "name") : json_string(view, "key"));
	json_set_text(list, "version", doc_version(page->arena, &kind_view, view));
}

/* The columns of the list, and what a row is known by. */
static struct json_object *
asked_columns(struct page *page)
{
	struct json_object *asked = json_copy(page->arena, json_get(list_of(page), "columns"));

	if (!has_text(asked, SPAN("id")))
		json_append(asked, json_share(json_new_text(page->arena, SPAN("id"))));
	if (!has_text(asked, span_of(listed_of(page)->named)))
		json_append(asked, json_share(json_new_text(page->arena,
		    span_of(listed_of(page)->named))));
	return asked;
}

#define SELECT_CALL "{\"command\":\"select\",\"kind\":\"{{page.list.record}}\",\"rows\":\"json\"," \
	"\"columns\":{{{page.list.asked}}},\"filter\":\"{{page.list.filter}}\"," \
	"\"sort\":\"{{page.list.sort}}\"{{#page.list.project}}," \
	"\"project\":\"{{page.list.project}}\"{{/page.list.project}}"

static void draw(struct page *page);

void
records_viewed(struct page *page)
{
	struct json_object *list = list_of(page);

	read_list(page);
	json_set(list, "asked", json_share(asked_columns(page)));
	page_call(page, "rows", SELECT_CALL ",\"limit\":" ROWS ",\"look\":" LOOK
	    "{{#query.after}},\"after\":\"{{query.after}}\"{{/query.after}}}");
	page_call(page, FILTER_FORM_CALL, "{\"command\":\"filter-fields\",\"automation\":"
	    "\"{{page.list.record}}\"{{#page.list.project}},\"project\":\"{{page.list.project}}\""
	    "{{/page.list.project}}}");
	page_call(page, "views", "{\"command\":\"list\",\"kind\":\"view\",\"limit\":100,\"look\":2000,"
	    "\"filter\":\"view.automation == '{{page.list.record}}'\"}");
	if (span_is(page_text(page, "form", "ask"), "count")) {
		json_set_text(list, "counted", page_text(page, "form", "counted"));
		page_call(page, "count", "{\"command\":\"filter-count\",\"automation\":"
		    "\"{{page.list.record}}\"{{#page.list.project}},"
		    "\"project\":\"{{page.list.project}}\"{{/page.list.project}},"
		    "\"filter\":\"{{page.list.counted}}\"}");
	}
	page_wait(page, draw);
}

/* ---- columns that there are */

/* As columns name it what filters call user.score, data.usage.plan; p NULL: it is none. */
static struct span
column_of(struct page *page, struct span field)
{
	const struct listed *of = listed_of(page);
	struct span rest, part, pointer;
	struct buf out = { 0 };

	if (span_starts(field, arena_printf(page->arena, "%s.", of->record))) {
		rest = (struct span){ field.p + strlen(of->record) + 1, field.n - strlen(of->record) - 1 };
		pointer = filter_path_parameter(page->arena, of->record, field);
		/* What is not plainly dotted is a pointer. */
		return memchr(rest.p, '[', rest.n) == NULL ? rest : pointer;
	}
	if (!span_starts(field, "data."))
		return (struct span){ NULL, 0 };
	pointer = filter_path_parameter(page->arena, "data", field);
	if (pointer.n == 0 || pointer.p[0] != '/')
		return (struct span){ NULL, 0 };
	buf_puts(&out, "data");
	rest = (struct span){ pointer.p + 1, pointer.n - 1 };
	while (rest.n > 0) {
		part = text_cut(&rest, '/');
		buf_putc(&out, '.');
		for (size_t i = 0; i < part.n; i++) {
			bool escaped = part.p[i] == '~' && i + 1 < part.n;

			buf_putc(&out, !escaped ? part.p[i] : part.p[i + 1] == '1' ? '/' : '~');
			i += escaped;
		}
	}
	return buf_keep(&out, page->arena);
}

/* What is offered as this column; NULL: nothing. */
static struct json_object *
field_of_column(struct page *page, struct span column)
{
	struct json_object *rows = json_get(page_reply(page, FILTER_FORM_CALL), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		if (!json_flag(json_at(rows, i), "free", false) && span_eq(column_of(page,
		    json_string(json_at(rows, i), "field")), column))
			return json_at(rows, i);
	return NULL;
}

static struct span
label_of(struct page *page, struct span column)
{
	const struct member *member = schema_member(schema_of_record(listed_of(page)->which),
	    column);
	struct json_object *field = field_of_column(page, column);
	struct span label = json_string(field, "label"), of = json_string(field, "of");

	if (member != NULL)
		return span_of(schema_label(member));
	if (label.n == 0)
		return tree_visible(page->arena, column);
	return tree_visible(page->arena, of.n == 0 ? label : span_of(arena_printf(page->arena,
	    "%.*s: %.*s", (int)of.n, of.p, (int)label.n, label.p)));
}

static bool
is_time(struct page *page, struct span column)
{
	const struct member *member = schema_member(schema_of_record(listed_of(page)->which),
	    column);

	return member != NULL ? member->type == MEMBER_TIME
	    : span_is(json_string(field_of_column(page, column), "type"), "time");
}

static void
offer_order(struct page *page, struct json_object *orders, struct json_object *column,
    const char *minus, struct span sort)
{
	struct span value = json_string(column, "value"), label = json_string(column, "label");
	struct json_object *one = json_new_object(page->arena);

	json_set_text(one, "value", span_of(arena_join(page->arena, span_of(minus), value,
	    SPAN(""))));
	json_set_text(one, "label", *minus == '\0' ? label : span_of(arena_join(page->arena, label,
	    SPAN(", backwards"), SPAN(""))));
	json_set_bool(one, "chosen", span_eq(json_string(one, "value"), sort));
	json_append(orders, json_share(one));
}

/* The columns to choose from, and to sort by; those that are shown, in their order, first. */
static void
offer_columns(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, FILTER_FORM_CALL), "rows");
	struct json_object *typed = json_get(page_root(page, "form"), "column");
	struct json_object *columns = typed != NULL ? texts_of(page, typed)
	    : json_get(list_of(page), "columns");
	struct json_object *offered = json_new_array(page->arena), *done = json_new_array(page->arena);
	const struct member *member = schema_of_record(listed_of(page)->which);
	struct span sort = json_has(page_root(page, "form"), "sort")
	    ? page_text(page, "form", "sort") : json_string(list_of(page), "sort");
	struct json_object *orders = json_new_array(page->arena), *one;
	size_t shown = json_count(columns), n = 0;

	for (size_t i = 0; i < shown; i++)
		json_append(done, json_share(json_at(columns, i)));
	for (; member->name != NULL; member++)
		if (member->type != MEMBER_OBJECT && member->type != MEMBER_FIELDS &&
		    !has_text(done, span_of(member->name)))
			json_append(done, json_share(json_new_text(page->arena, span_of(member->name))));
	for (size_t i = 0; i < json_count(rows); i++) {
		struct span column = json_flag(json_at(rows, i), "free", false) ? SPAN("")
		    : column_of(page, json_string(json_at(rows, i), "field"));

		if (column.n > 0 && !has_text(done, column))
			json_append(done, json_share(json_new_text(page->arena, column)));
	}
	for (; n < json_count(done); n++) {
		one = json_new_object(page->arena);
		json_set_text(one, "value", json_span(json_at(done, n)));
		json_set_text(one, "label", label_of(page, json_span(json_at(done, n))));
		json_set_int(one, "n", (int64_t)n);
		json_set_bool(one, "chosen", n < shown);
		json_append(offered, json_share(one));
		offer_order(page, orders, one, "", sort);
		offer_order(page, orders, one, "-", sort);
	}
	json_set(list_of(page), "offered", json_share(offered));
	json_set(list_of(page), "orders", json_share(orders));
}

/* ---- rows */

static struct span
cell_text(struct page *page, struct json_object *value)
{
	struct buf out = { 0 };

	switch (doc_type(value)) {
	case DOC_NULL:
		return SPAN("");
	case DOC_STRING:
		return json_span(value);
	case DOC_BOOLEAN:
		return doc_number(value) != 0 ? SPAN("Yes") : SPAN("No");
	case DOC_ARRAY:
		for (size_t i = 0; i < json_count(value); i++) {
			buf_puts(&out, i > 0 ? ", " : "");
			buf_span(&out, cell_text(page, json_at(value, i)));
		}
		return buf_keep(&out, page->arena);
	case DOC_OBJECT:
		return json_write(page->arena, value);
	default:
		return arena_copy(page->arena, json_number_text(value));
	}
}

static void
draw_heads(struct page *page)
{
	struct json_object *list = list_of(page), *columns = json_get(list, "columns");
	struct json_object *heads = json_new_array(page->arena), *head;
	struct span sort = json_string(list, "sort");
	bool backwards = sort.n > 0 && sort.p[0] == '-';

	if (backwards)
		sort = (struct span){ sort.p + 1, sort.n - 1 };
	for (size_t i = 0; i < json_count(columns); i++) {
		struct span column = json_span(json_at(columns, i));
		struct span rest = address(page, WITH_VIEW | WITH_FILTER | WITH_COLUMNS);
		bool by = span_eq(sort, column);
		struct buf link = { 0 };

		buf_span(&link, rest);
		put_pair(&link, "sort", by && !backwards ? span_of(arena_join(page->arena, SPAN("-"),
		    column, SPAN(""))) : column);
		head = json_new_object(page->arena);
		json_set_text(head, "label", label_of(page, column));
		json_set_text(head, "link", buf_keep(&link, page->arena));
		json_set_bool(head, "up", by && !backwards);
		json_set_bool(head, "down", by && backwards);
		json_append(heads, json_share(head));
	}
	json_set(list, "heads", json_share(heads));
}

static void
draw_rows(struct page *page)
{
	struct json_object *list = list_of(page), *columns = json_get(list, "columns");
	struct json_object *found = json_get(page_reply(page, "rows"), "rows");
	struct json_object *rows = json_new_array(page->arena), *row, *cells, *cell;
	size_t count = json_count(columns);
	struct span *names = arena_alloc(page->arena, (count + 1) * sizeof *names);
	bool *times = arena_alloc(page->arena, count + 1);

	for (size_t i = 0; i < count; i++) {
		names[i] = label_of(page, json_span(json_at(columns, i)));
		times[i] = is_time(page, json_span(json_at(columns, i)));
	}
	for (size_t n = 0; n < json_count(found); n++) {
		struct json_object *doc = json_at(found, n);

		row = json_new_object(page->arena);
		cells = json_new_array(page->arena);
		for (size_t i = 0; i < count; i++) {
			struct json_object *value = json_get(doc, arena_string(page->arena,
			    json_span(json_at(columns, i))));
			struct span text = tree_visible(page->arena, cell_text(page, value));

			cell = json_new_object(page->arena);
			json_set_text(cell, "text", text);
			json_set_text(cell, "label", names[i]);
			json_set_bool(cell, "is_time", times[i] && text.n > 0);
			json_set_bool(cell, "is_number", doc_type(value) == DOC_INTEGER);
			json_set_bool(cell, "leads", i == 0);
			json_append(cells, json_share(cell));
		}
		json_set_text(row, "id", json_string(doc, "id"));
		json_set_text(row, "name", json_string(doc, listed_of(page)->named));
		json_set(row, "cells", json_share(cells));
		json_append(rows, json_share(row));
	}
	json_set(list, "rows", json_share(rows));
	if (page_problem(page, "rows") != NULL)
		json_set_text(list, "wrong", json_string(page_problem(page, "rows"), "detail"));
}

/* Those that can be meant here: of the project that is looked at, or of the community. */
static void
draw_views(struct page *page)
{
	struct json_object *list = list_of(page), *found = json_get(page_reply(page, "views"), "rows");
	struct json_object *views = json_new_array(page->arena), *one;
	struct span project = json_string(list, "project");

	for (size_t i = 0; i < json_count(found); i++) {
		struct json_object *view = json_at(found, i);
		struct span of = json_string(view, "project");
		struct span full = doc_full_name(page->arena, view);
		struct buf link = { 0 };

		if (of.n > 0 && project.n > 0 && !span_eq(of, project))
			continue;
		put_pair(&link, "view", full);
		if (project.n > 0 || of.n > 0)
			put_pair(&link, "project", project.n > 0 ? project : of);
		one = json_new_object(page->arena);
		json_set_text(one, "label", tree_visible(page->arena, json_string(view, "name").n > 0
		    ? json_string(view, "name") : full));
		json_set_text(one, "link", buf_keep(&link, page->arena));
		json_set_bool(one, "open", span_eq(full, json_string(list, "view")));
		json_append(views, json_share(one));
	}
	json_set(list, "views", json_share(views));
}

static void
draw_form(struct page *page)
{
	struct json_object *list = list_of(page), *shown = page_root(page, "page");
	struct json_object *form = page_root(page, "form");

	filter_form_draw(page, json_string(list, "filter"));
	json_set_bool(json_get(shown, "filter"), "stored", true);
	json_set(json_get(shown, "filter"), "of_users", json_share(json_get(list, "of_users")));
	json_set_bool(list, "open", json_members(form) > 0);
	json_set_text(list, "view_name", page_text(page, "form", "view/name"));
	filter_form_matching(page, "count", span_of(listed_of(page)->record));
	offer_columns(page);
}

static void
draw(struct page *page)
{
	filter_form_of_records(page, span_of(listed_of(page)->record));
	draw_heads(page);
	draw_rows(page);
	draw_views(page);
	draw_form(page);
	page_finish(page);
}

/* ---- another filter, other columns, a view */

/* Members of a view, as the form has them. */
static void
put_members(struct page *page, struct json_object *doc, bool clears)
{
	struct json_object *list = list_of(page), *columns = json_get(list, "columns");
	static const char *const texts[] = { "filter", "sort" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct span text = json_string(list, texts[i]);

		if (text.n > 0)
			json_set_text(doc, texts[i], text);
		else if (clears)
			json_set(doc, texts[i], NULL);
	}
	json_set(doc, "columns", json_share(columns));
}

static void
go_to_view(struct page *page, struct span name, const char *format)
{
	struct buf to = { 0 }, query = { 0 };
	struct span project = json_string(list_of(page), "project");

	put_pair(&query, "view", name);
	if (project.n > 0)
		put_pair(&query, "project", project);
	buf_printf(&to, "/%s?", listed_of(page)->path);
	buf_span(&to, buf_bytes(&query));
	buf_free(&query);
	page_go(page, buf_keep(&to, page->arena), span_of(arena_printf(page->arena, format,
	    arena_string(page->arena, name))));
}

static bool
went_well(struct page *page, const char *call)
{
	struct json_object *problem = page_problem(page, call);
	struct json_object *complaints = json_get(page_reply(page, call), "complaints");

	for (size_t i = 0; i < json_count(complaints); i++)
		page_complain(page, SPAN(""), json_string(json_at(complaints, i), "error"));
	if (problem != NULL && json_count(complaints) == 0)
		page_complain(page, SPAN(""), json_string(problem, "detail").n > 0
		    ? json_string(problem, "detail") : json_string(problem, "title"));
	if (page_has_complaints(page))
		page_again(page);
	return !page_has_complaints(page);
}

static void
on_made(struct page *page)
{
	if (page_problem(page, "apply") == NULL)
		go_to_view(page, doc_full_name(page->arena, page_root(page, "doc")),
		    "The view %s is saved.");
	else
		went_well(page, "apply");
}

static void
on_changed(struct page *page)
{
	if (page_problem(page, "set") == NULL)
		go_to_view(page, page_text(page, "form", "view"), "The view %s is changed.");
	else
		went_well(page, "set");
}

static void
make_view(struct page *page)
{
	struct json_object *doc = json_new_object(page->arena), *list = list_of(page);
	struct span name = text_trim(page_text(page, "form", "view/name"));
	struct span key = form_key(page->arena, name);

	if (key.n == 0) {
		page_complain(page, SPAN("view/name"), SPAN("Say what the view is called, with a letter "
		    "or a digit of a to z and 0 to 9 at least: its key is made of those."));
		page_again(page);
		return;
	}
	json_set_text(doc, "kind", SPAN("view"));
	json_set_text(doc, "key", key);
	if (json_string(list, "project").n > 0)
		json_set_text(doc, "project", json_string(list, "project"));
	json_set_text(doc, "name", name);
	json_set_text(doc, "automation", json_string(list, "record"));
	put_members(page, doc, false);
	json_set(page->model, "doc", json_share(doc));
	page_call(page, "apply", "{\"command\":\"apply\",\"creates\":true,\"documents\":[{\"doc\":"
	    "{{{doc}}}}]}");
	page_wait(page, on_made);
}

static void
change_view(struct page *page)
{
	struct json_object *doc = json_new_object(page->arena);

	put_members(page, doc, true);
	json_set(page->model, "doc", json_share(doc));
	page_call(page, "set", "{\"command\":\"set\",\"kind\":\"view\",\"name\":\"{{form.view}}\","
	    "\"version\":\"{{form.version}}\",\"members\":{{{doc}}}}");
	page_wait(page, on_changed);
}

static void
show_chosen(struct page *page)
{
	struct json_object *list = list_of(page), *columns = json_get(list, "columns");
	static const char *const texts[] = { "project", "filter", "sort" };
	struct span view = page_text(page, "form", "view");
	struct buf to = { 0 }, query = { 0 };

	if (view.n > 0)
		put_pair(&query, "view", view);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (json_string(list, texts[i]).n > 0 || (view.n > 0 && i > 0))
			put_pair(&query, texts[i], json_string(list, texts[i]));
	for (size_t i = 0; i < json_count(columns); i++)
		put_pair(&query, "column", json_span(json_at(columns, i)));
	buf_printf(&to, "/%s?", listed_of(page)->path);
	buf_span(&to, buf_bytes(&query));
	buf_free(&query);
	page_go(page, buf_keep(&to, page->arena), SPAN(""));
}

/* What may be named is there. */
static void
on_fields(struct page *page)
{
	struct json_object *list = list_of(page), *columns;
	struct span ask = page_text(page, "form", "ask"), save = page_text(page, "form", "save");

	filter_form_of_records(page, span_of(listed_of(page)->record));
	if (ask.n > 0 && !span_is(ask, "count")) {
		filter_form_asked(page, ask);
		page_again(page);
		return;
	}
	json_set_text(list, "filter", filter_form_read(page));
	json_set_text(list, "sort", page_text(page, "form", "sort"));
	columns = texts_of(page, json_get(page_root(page, "form"), "column"));
	json_set(list, "columns", json_share(columns != NULL ? columns : usual_columns(page)));
	if (ask.n > 0) {
		json_set_text(page_root(page, "form"), "counted", json_string(list, "filter"));
		if (page_has_complaints(page))
			json_del(page_root(page, "form"), "ask");
	}
	if (ask.n > 0 || page_has_complaints(page))
		page_again(page);
	else if (span_is(save, "new"))
		make_view(page);
	else if (span_is(save, "view"))
		change_view(page);
	else
		show_chosen(page);
}

bool
records_chosen(struct page *page)
{
	if (!records_before(page))
		return false;
	choose_project(page);
	page_call(page, FILTER_FORM_CALL, "{\"command\":\"filter-fields\",\"automation\":"
	    "\"{{page.list.record}}\"{{#page.list.project}},\"project\":\"{{page.list.project}}\""
	    "{{/page.list.project}}}");
	page_wait(page, on_fields);
	return false;
}

/* ---- as CSV */

/* Kept between calls. */
struct csv {
	struct buf out;
	int64_t rows, looks; /* so far */
	int64_t limit;       /* rows that the next one asks for */
};

static void
put_line(struct page *page, struct csv *csv, struct json_object *doc)
{
	struct json_object *columns = json_get(list_of(page), "columns");
	size_t count = json_count(columns);
	struct span *cells = arena_alloc(page->arena, (count + 1) * sizeof *cells);

	for (size_t i = 0; i < count; i++) {
		struct json_object *name = json_at(columns, i);
		struct json_object *value = doc == NULL ? name
		    : json_get(doc, arena_string(page->arena, json_span(name)));

		cells[i] = doc != NULL && doc_type(value) == DOC_BOOLEAN ? json_number_text(value)
		    : cell_text(page, value);
		if (doc_type(value) >= DOC_STRING)
			cells[i] = text_guard(page->arena, cells[i]);
	}
	text_csv_line(&csv->out, cells, count);
}

static void csv_call(struct page *page, struct csv *csv);

static void
csv_end(struct page *page, struct csv *csv)
{
	char date[TEXT_TIME_SIZE];

	text_time_write(page->now, date);
	page_attached(page, SPAN("text/csv; charset=utf-8"), arena_printf(page->arena,
	    "%s-%.10s.csv", listed_of(page)->path, date), &csv->out);
}

static void
on_csv(struct page *page)
{
	struct csv *csv = page->data;
	struct json_object *reply = page_reply(page, "rows"), *row;
	struct span more = json_string(reply, "more");
	int64_t before = csv->rows;

	if (page_is_too_long(page, "rows") && csv->limit > 1) {
		csv->limit = csv->limit / 8 + 1;
		csv_call(page, csv);
		return;
	}
	if (page_problem(page, "rows") != NULL) {
		page_fail_by(page, page_problem(page, "rows"));
		return;
	}
	while ((row = page_rows(page, "rows")) != NULL) {
		struct arena_mark mark = arena_mark(page->arena);

		put_line(page, csv, row);
		csv->rows++;
		arena_rewind(page->arena, mark);
	}
	csv->looks += csv->rows - before < csv->limit;
	if (more.n == 0) {
		csv_end(page, csv);
	} else if (csv->rows >= CSV_ROWS_MAX || csv->out.n > CSV_BYTES_MAX ||
	    csv->looks >= CSV_LOOKS_MAX) {
		page_fail(page, 413, "This list is too long for a page", "More than 20000 rows, 64 MiB, "
		    "or a million records to look for them, are not given out here. Choose a narrower "
		    "filter or fewer columns, or ask whoever runs the server for the whole list: "
		    "earshot user list or earshot feedback list with --spreadsheet.");
	} else {
		json_set_text(list_of(page), "after", more);
		csv_call(page, csv);
	}
}

static void
csv_call(struct page *page, struct csv *csv)
{
	json_set_int(list_of(page), "limit", csv->limit);
	page_call_rows(page, "rows", SELECT_CALL ",\"limit\":{{page.list.limit}},\"look\":" LOOK
	    "{{#page.list.after}},\"after\":\"{{page.list.after}}\"{{/page.list.after}}}");
	page_wait(page, on_csv);
}

static void
free_csv(void *arg)
{
	buf_free(&((struct csv *)arg)->out);
}

void
records_csv(struct page *page)
{
	struct csv *csv = arena_alloc(page->arena, sizeof *csv);

	*csv = (struct csv){ .limit = CSV_ROWS };
	arena_defer(page->arena, free_csv, csv);
	page->data = csv;
	read_list(page);
	json_set(list_of(page), "asked", json_share(asked_columns(page)));
	put_line(page, csv, NULL);
	csv_call(page, csv);
}
