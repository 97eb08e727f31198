/* SPDX-License-Identifier: ISC */
#include "console/filter_form.h"

#include "base/json.h"
#include "base/text.h"
#include "console/page.h"
#include "lang/filter_rows.h"

#include <string.h>

#define ROWS_MAX 50

/* A field that is offered, or one that is not and stands in the filter all the same. */
struct field {
	struct span path;       /* of a free one all before the name */
	struct span label;
	enum filter_has has;
	bool free;
	struct json_object *choices;
};

/* One row, as it is typed. */
struct typed {
	struct span field, name, is, value;
};

static struct json_object *
offered(const struct page *page)
{
	return json_get(page_reply(page, FILTER_FORM_CALL), "rows");
}

static bool
field_of(struct json_object *row, struct field *field_r)
{
	*field_r = (struct field){ .path = json_string(row, "field"),
		.label = json_string(row, "label"), .free = json_flag(row, "free", false),
		.choices = json_get(row, "choices") };
	return filter_has_by_name(json_string(row, "type"), &field_r->has);
}

/* The field that the form names. */
static struct field
field_named(const struct page *page, struct span path)
{
	struct json_object *rows = offered(page);
	struct field field;

	for (size_t i = 0; i < json_count(rows); i++)
		if (field_of(json_at(rows, i), &field) && span_eq(field.path, path))
			return field;
	return (struct field){ .path = path, .label = path, .has = FILTER_HAS_ANY };
}

/* The field that this path of a filter is, and the name behind a free one. */
static struct field
field_at(const struct page *page, struct span path, struct span *name_r)
{
	struct json_object *rows = offered(page);
	struct field field, found = { .path = { NULL, 0 } };
	struct span name;

	*name_r = SPAN("");
	for (size_t i = 0; i < json_count(rows); i++) {
		if (!field_of(json_at(rows, i), &field))
			continue;
		if (!field.free && span_eq(field.path, path))
			return field;
		name = !field.free ? (struct span){ NULL, 0 } : filter_path_parameter(page->arena,
		    arena_string(page->arena, field.path), path);
		if (name.p != NULL && field.path.n > found.path.n) {
			found = field;
			*name_r = name;
		}
	}
	return found.path.p != NULL ? found : field_named(page, path);
}

/* ---- values */

/* Text that would be read as something else stands in quotes, where that is not known. */
static bool
needs_quotes(struct span text)
{
	int64_t number;
	bool flag;

	return text.n == 0 || text.p[0] == '"' || text_integer(text, &number) ||
	    text_boolean(text, &flag) || text.p[0] == ' ' || text.p[text.n - 1] == ' ' ||
	    (strchr("+-.0123456789", text.p[0]) != NULL);
}

static struct span
shown_value(struct arena *arena, enum filter_has has, const struct filter_row_value *value)
{
	struct buf out = { 0 };

	if (has != FILTER_HAS_ANY || value->type != FILTER_IS_TEXT || !needs_quotes(value->text))
		return value->text;
	buf_json_string(&out, value->text);
	return buf_keep(&out, arena);
}

static bool
is_number(struct arena *arena, struct span text)
{
	struct span list = span_of(arena_join(arena, SPAN("["), text, SPAN("]")));
	struct error error = { 0 };
	struct json_object *value = json_at(json_read(arena, list, &json_limits_default, &error), 0);

	return value != NULL && !json_is_object(value) && !json_is_array(value) &&
	    json_span(value).p == NULL && !span_is(text, "true") && !span_is(text, "false");
}

/* NULL, or what is wrong with the text. */
static const char *
read_any(struct arena *arena, struct span text, struct filter_row_value *value_r)
{
	struct error error = { 0 };
	struct json_object *quoted;
	bool flag;

	text = text_trim(text);
	*value_r = (struct filter_row_value){ FILTER_IS_TEXT, text };
	if (text.n > 1 && text.p[0] == '"' && text.p[text.n - 1] == '"') {
		quoted = json_at(json_read(arena, span_of(arena_join(arena, SPAN("["), text,
		    SPAN("]"))), &json_limits_default, &error), 0);
		if (json_span(quoted).p == NULL)
			return "must be a text in quotes, such as \"5\"";
		value_r->text = json_span(quoted);
	} else if (text_boolean(text, &flag)) {
		*value_r = (struct filter_row_value){ FILTER_IS_BOOL, flag ? SPAN("true")
		                                                           : SPAN("false") };
	} else if (text.n > 0 && is_number(arena, text)) {
		value_r->type = FILTER_IS_NUMBER;
	}
	return NULL;
}

static const char *
read_value(struct arena *arena, enum filter_has has, enum filter_qualifier qualifier,
    struct span text, struct filter_row_value *value_r)
{
	bool duration = qualifier == FILTER_ROW_WITHIN || qualifier == FILTER_ROW_LONGER;
	bool time = qualifier == FILTER_ROW_AFTER || qualifier == FILTER_ROW_BEFORE;
	bool part = qualifier == FILTER_ROW_CONTAINS || qualifier == FILTER_ROW_BEGINS ||
	    qualifier == FILTER_ROW_ENDS;
	int64_t number;
	bool flag;

	*value_r = (struct filter_row_value){ FILTER_IS_TEXT, text };
	if (duration || time) {
		value_r->text = text_trim(text);
		if (duration && (!text_duration(value_r->text, &number) || number <= 0))
			return "must be a duration such as 36h or 7d";
		return time && !text_time(value_r->text, &number)
		    ? "must be a date such as 2026-11-24, or a time such as 2026-11-24T09:30:00Z" : NULL;
	}
	if (part || has & (FILTER_HAS_LIST | FILTER_HAS_NAME))
		return text.n > 0 ? NULL : "say what it is compared with";
	if (has == FILTER_HAS_NUMBER) {
		*value_r = (struct filter_row_value){ FILTER_IS_NUMBER, text_trim(text) };
		return is_number(arena, value_r->text) ? NULL : "must be a number";
	}
	if (has == FILTER_HAS_BOOL) {
		if (!text_boolean(text, &flag))
			return "must be yes or no";
		*value_r = (struct filter_row_value){ FILTER_IS_BOOL, flag ? SPAN("true")
		                                                           : SPAN("false") };
		return NULL;
	}
	if (has != FILTER_HAS_ANY)
		return NULL;
	if (qualifier == FILTER_ROW_MORE || qualifier == FILTER_ROW_AT_LEAST ||
	    qualifier == FILTER_ROW_LESS || qualifier == FILTER_ROW_AT_MOST) {
		*value_r = (struct filter_row_value){ FILTER_IS_NUMBER, text_trim(text) };
		return is_number(arena, value_r->text) ? NULL : "must be a number";
	}
	return text_trim(text).n == 0 ? "say what it is compared with"
	    : read_any(arena, text, value_r);
}

/* ---- from the form */

static const char *
name_of(const struct page *page, size_t n, const char *part)
{
	return arena_printf(page->arena, "filter/%zu/%s", n, part);
}

static struct span
typed_part(const struct page *page, size_t n, const char *part)
{
	struct json_object *value = json_get(page_root(page, "form"), name_of(page, n, part));

	if (json_is_array(value))
		value = json_at(value, 0);
	return json_span(value).p != NULL ? json_span(value) : SPAN("");
}

static size_t
typed_count(const struct page *page)
{
	size_t n = 0;

	while (n < ROWS_MAX && json_has(page_root(page, "form"), name_of(page, n, "field")))
		n++;
	return n;
}

static struct typed
typed_row(const struct page *page, size_t n)
{
	return (struct typed){ typed_part(page, n, "field"), typed_part(page, n, "name"),
		typed_part(page, n, "is"), typed_part(page, n, "value") };
}

static void
put_typed(struct page *page, size_t n, const struct typed *row)
{
	struct json_object *form = page_root(page, "form");

	json_set_text(form, name_of(page, n, "field"), row->field);
	json_set_text(form, name_of(page, n, "name"), row->name);
	json_set_text(form, name_of(page, n, "is"), row->is);
	json_set_text(form, name_of(page, n, "value"), row->value);
}

static void
drop_typed(struct page *page, size_t n)
{
	static const char *const parts[] = { "field", "name", "is", "value" };

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		json_del(page_root(page, "form"), name_of(page, n, parts[i]));
}

static void
complain(struct page *page, size_t n, const char *part, const char *sentence)
{
	page_complain(page, span_of(name_of(page, n, part)), span_of(arena_printf(page->arena,
	    "Filter, condition %zu: %s", n + 1, sentence)));
}

/* False after a complaint. */
static bool
read_values(struct page *page, size_t n, const struct field *field, const struct typed *typed,
    struct filter_row *row)
{
	enum filter_operand takes = filter_qualifier_info(row->qualifier)->takes;
	struct filter_row_value *values;
	struct span rest = typed->value, line;
	const char *wrong = NULL;
	size_t lines = 1;

	if (takes == FILTER_TAKES_NONE)
		return true;
	for (size_t i = 0; i < rest.n; i++)
		lines += rest.p[i] == '\n';
	values = arena_alloc(page->arena, lines * sizeof *values);
	row->values = values;
	if (takes == FILTER_TAKES_ONE) {
		row->count = 1;
		wrong = read_value(page->arena, field->has, row->qualifier, rest, values);
	}
	while (takes == FILTER_TAKES_MANY && rest.n > 0 && wrong == NULL) {
		line = text_trim(text_cut(&rest, '\n'));
		if (line.n > 0)
			wrong = read_value(page->arena, field->has, row->qualifier, line,
			    &values[row->count++]);
	}
	if (wrong == NULL && row->count == 0)
		wrong = "say what it may be, one on each line";
	if (wrong != NULL)
		complain(page, n, "value", wrong);
	return wrong == NULL;
}

static bool
read_row(struct page *page, size_t n, struct filter_row *row)
{
	struct typed typed = typed_row(page, n);
	struct field field = field_named(page, typed.field);

	*row = (struct filter_row){ .path = field.path };
	if (field.free && text_trim(typed.name).n == 0) {
		complain(page, n, "name", span_is(field.path, "payload")
		    ? "say which parameter of the sender is meant" : "say which field is meant");
		return false;
	}
	if (field.free)
		row->path = filter_path_of(page->arena, arena_string(page->arena, field.path),
		    text_trim(typed.name));
	if (!filter_qualifier_by_name(typed.is, &row->qualifier) ||
	    !(filter_qualifier_info(row->qualifier)->has & field.has)) {
		complain(page, n, "is", arena_printf(page->arena, "choose how %.*s is compared",
		    (int)field.label.n, field.label.p));
		return false;
	}
	return read_values(page, n, &field, &typed, row);
}

static struct span
any_saved(void *arg, struct span name, const char **sentence_r)
{
	(void)arg;
	(void)name;
	(void)sentence_r;
	return SPAN("true");
}

static bool
rows_of(struct arena *arena, struct span source, struct filter_rows *rows_r)
{
	static const struct filter_roots roots = { .saved = any_saved };
	struct filter_error error;
	const struct filter *filter = filter_compile(arena, source, &roots, &error);

	return filter != NULL && filter_rows_read(arena, filter, rows_r);
}

struct span
filter_form_read(struct page *page)
{
	struct span was = page_text(page, "form", "filter/was"), written;
	struct filter_rows rows = { .any = span_is(page_text(page, "form", "filter/all"), "any") };
	struct filter_rows before;
	size_t n = typed_count(page);
	bool good = true;

	if (!span_is(page_text(page, "form", "filter/as"), "rows"))
		return page_text(page, "form", "/filter");
	rows.rows = arena_alloc(page->arena, (n + 1) * sizeof *rows.rows);
	for (size_t i = 0; i < n; i++) {
		struct filter_row row;

		if (typed_part(page, i, "field").n == 0)
			continue;
		if (!read_row(page, i, &row)) {
			good = false;
			continue;
		}
		/* A path that is none must not be more than a part of the filter. */
		if (!rows_of(page->arena, filter_rows_write(page->arena, &(struct filter_rows){ &row,
		        1, false }), &before) || before.count != 1 ||
		    !span_eq(before.rows[0].path, row.path)) {
			complain(page, i, "field", "this is not a field");
			good = false;
			continue;
		}
		rows.rows[rows.count++] = row;
	}
	if (!good)
		return was;
	if (rows_of(page->arena, was, &before) && filter_rows_same(&before, &rows))
		return was;
	written = filter_rows_write(page->arena, &rows);
	return written;
}

/* ---- from a filter */

/* Whether the form can show the value so that it comes back. */
static bool
is_showable(enum filter_has has, const struct filter_qualifier_info *info,
    const struct filter_row_value *value)
{
	static const enum filter_has of_type[] = { [FILTER_IS_BOOL] = FILTER_HAS_BOOL,
		[FILTER_IS_NUMBER] = FILTER_HAS_NUMBER,
		[FILTER_IS_TEXT] = FILTER_HAS_TEXT | FILTER_HAS_TIME | FILTER_HAS_LIST |
		    FILTER_HAS_NAME };
	bool many = info->takes == FILTER_TAKES_MANY;
	struct span text = value->text;

	if (has != FILTER_HAS_ANY && !(of_type[value->type] & has))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ')
			return false;
	return !many || (text.n > 0 && text_trim(text).n == text.n);
}

/* Puts the rows into the form; false: only the expression shows it. */
static bool
put_rows(struct page *page, struct span source)
{
	struct json_object *form = page_root(page, "form");
	struct filter_rows rows;
	struct typed *all;

	if (!rows_of(page->arena, source, &rows) || rows.count > ROWS_MAX)
		return false;
	all = arena_alloc(page->arena, (rows.count + 1) * sizeof *all);
	for (size_t i = 0; i < rows.count; i++) {
		const struct filter_row *row = &rows.rows[i];
		const struct filter_qualifier_info *info = filter_qualifier_info(row->qualifier);
		struct span name;
		struct field field = field_at(page, row->path, &name);
		struct buf value = { 0 };

		if (!(info->has & field.has))
			return false;
		for (size_t k = 0; k < row->count; k++) {
			if (!is_showable(field.has, info, &row->values[k]))
				return false;
			buf_puts(&value, k > 0 ? "\n" : "");
			buf_span(&value, shown_value(page->arena, field.has, &row->values[k]));
		}
		all[i] = (struct typed){ field.path, name, span_of(info->name),
			buf_keep(&value, page->arena) };
	}
	for (size_t i = typed_count(page); i-- > 0;)
		drop_typed(page, i);
	for (size_t i = 0; i < rows.count; i++)
		put_typed(page, i, &all[i]);
	json_set_text(form, "filter/as", SPAN("rows"));
	json_set_text(form, "filter/all", rows.any ? SPAN("any") : SPAN("all"));
	json_set_text(form, "filter/was", source);
	return true;
}

bool
filter_form_asked(struct page *page, struct span ask)
{
	struct json_object *form = page_root(page, "form");
	size_t n = typed_count(page);
	struct typed none = { SPAN(""), SPAN(""), SPAN(""), SPAN("") };
	struct span source;
	uint64_t drop;

	if (span_is(ask, "filter-add")) {
		json_set_text(form, "filter/as", SPAN("rows"));
		put_typed(page, n, &none);
	} else if (span_is(ask, "filter-expression")) {
		source = filter_form_read(page);
		if (!page_has_complaints(page)) {
			json_set_text(form, "filter/as", SPAN("expression"));
			json_set_text(form, "/filter", source);
		}
	} else if (span_is(ask, "filter-rows")) {
		if (!put_rows(page, page_text(page, "form", "/filter")))
			json_set_bool(page_root(page, "page"), "no_rows", true);
	} else if (span_starts(ask, "filter-drop ")) {
		struct span number = { ask.p + 12, ask.n - 12 };

		if (!text_unsigned(number, ROWS_MAX, &drop) || drop >= n)
			return true;
		for (size_t i = (size_t)drop; i + 1 < n; i++) {
			struct typed next = typed_row(page, i + 1);

			put_typed(page, i, &next);
		}
		drop_typed(page, n - 1);
	} else {
		return span_is(ask, "filter");
	}
	return true;
}

void
filter_form_of_records(struct page *page, struct span record)
{
	struct json_object *reply = page_reply(page, FILTER_FORM_CALL), *rows = json_get(reply, "rows");
	struct json_object *kept = json_new_array(page->arena);
	const char *own = arena_printf(page->arena, "%s.", arena_string(page->arena, record));

	for (size_t i = 0; i < json_count(rows); i++) {
		struct span field = json_string(json_at(rows, i), "field");

		if (span_starts(field, own) || span_starts(field, "data") || span_is(field, "saved"))
			json_append(kept, json_share(json_at(rows, i)));
	}
	if (rows != NULL)
		json_set(reply, "rows", json_share(kept));
}

/* ---- drawing */

static struct json_object *
option_add(struct page *page, struct json_object *options, struct span value, struct span label,
    struct span chosen)
{
	struct json_object *option = json_new_object(page->arena);

	json_set_text(option, "value", value);
	json_set_text(option, "label", label);
	json_set_bool(option, "chosen", span_eq(value, chosen));
	json_append(options, json_share(option));
	return option;
}

/* Under the headings of what they are of. */
static struct json_object *
field_groups(struct page *page, struct span chosen)
{
	struct json_object *groups = json_new_array(page->arena), *group = NULL;
	struct json_object *rows = offered(page);
	bool found = chosen.n == 0;

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span heading = json_string(row, "of").n > 0 ? json_string(row, "of")
		                                                    : json_string(row, "heading");

		if (group == NULL || !span_eq(json_string(group, "heading"), heading)) {
			group = json_new_object(page->arena);
			json_set_text(group, "heading", heading);
			json_set(group, "options", json_share(json_new_array(page->arena)));
			json_append(groups, json_share(group));
		}
		found = found || span_eq(json_string(row, "field"), chosen);
		option_add(page, json_get(group, "options"), json_string(row, "field"),
		    json_string(row, "label"), chosen);
	}
	if (!found) {
		group = json_new_object(page->arena);
		json_set_text(group, "heading", SPAN("Of this filter"));
		json_set(group, "options", json_share(json_new_array(page->arena)));
		json_append(groups, json_share(group));
		option_add(page, json_get(group, "options"), chosen, chosen, chosen);
	}
	return groups;
}

/* Those that work on the field; of one that is not chosen yet all, told apart by it. */
static struct json_object *
qualifiers_of(struct page *page, const struct field *field, struct span chosen)
{
	struct json_object *options = json_new_array(page->arena);

	for (int i = 0; i < FILTER_ROW__MAX; i++) {
		const struct filter_qualifier_info *info =
		    filter_qualifier_info((enum filter_qualifier)i);

		if (field->path.n == 0 || (info->has & field->has))
			option_add(page, options, span_of(info->name), span_of(info->label), chosen);
	}
	return options;
}

static void
draw_value(struct page *page, struct json_object *row, const struct field *field,
    const struct typed *typed)
{
	struct json_object *options = json_new_array(page->arena);
	enum filter_qualifier qualifier = FILTER_ROW_IS;
	bool known = filter_qualifier_by_name(typed->is, &qualifier), found = typed->value.n == 0;
	enum filter_operand takes = filter_qualifier_info(qualifier)->takes;
	bool whole = qualifier == FILTER_ROW_IS || qualifier == FILTER_ROW_IS_NOT ||
	    qualifier == FILTER_ROW_NOT_IS || qualifier == FILTER_ROW_HOLDS ||
	    qualifier == FILTER_ROW_HOLDS_NOT || field->has == FILTER_HAS_NAME;

	json_set_text(row, "value", typed->value);
	if (known && takes == FILTER_TAKES_NONE) {
		json_set_bool(row, "is_none", true);
		return;
	}
	if (known && takes == FILTER_TAKES_MANY) {
		json_set_bool(row, "is_many", true);
		return;
	}
	if (field->has == FILTER_HAS_BOOL) {
		option_add(page, options, SPAN("true"), SPAN("Yes"), typed->value);
		option_add(page, options, SPAN("false"), SPAN("No"), typed->value);
		found = true;
	}
	for (size_t i = 0; whole && i < json_count(field->choices); i++) {
		struct span choice = json_span(json_at(field->choices, i));

		found = found || span_eq(choice, typed->value);
		option_add(page, options, choice, choice, typed->value);
	}
	if (json_count(options) == 0) {
		json_set_bool(row, "is_line", true);
		json_set_text(row, "mode", field->has == FILTER_HAS_NUMBER ? SPAN("decimal") : SPAN("text"));
		return;
	}
	if (!found)
		option_add(page, options, typed->value, typed->value, typed->value);
	json_set_bool(row, "is_choice", true);
	json_set(row, "choices", json_share(options));
}

/* The first complaint about the row stands at it, and its link leads to the field. */
static void
draw_problem(struct page *page, struct json_object *row, size_t n)
{
	struct json_object *problems = json_get(page_root(page, "page"), "problems");
	const char *below = arena_printf(page->arena, "filter/%zu/", n);

	for (size_t i = 0; i < json_count(problems); i++) {
		struct json_object *one = json_at(problems, i);
		struct span pointer = json_string(one, "pointer"), part = pointer;

		if (!span_starts(pointer, below))
			continue;
		part.p += strlen(below);
		part.n -= strlen(below);
		json_set_text(one, "id", span_of(arena_printf(page->arena, "f-filter-%zu-%.*s", n,
		    (int)part.n, part.p)));
		if (!json_has(row, "problem"))
			json_set_text(row, "problem", json_string(one, "text"));
		json_set_bool(row, arena_printf(page->arena, "wrong_%.*s", (int)part.n, part.p), true);
	}
}

static void
draw_row(struct page *page, struct json_object *rows, size_t n)
{
	struct json_object *row = json_new_object(page->arena);
	struct typed typed = typed_row(page, n);
	struct field field = typed.field.n == 0 ? (struct field){ .path = SPAN(""),
		.has = FILTER_HAS_TEXT } : field_named(page, typed.field);

	json_set_int(row, "n", (int64_t)n);
	json_set_int(row, "number", (int64_t)n + 1);
	json_set(row, "groups", json_share(field_groups(page, typed.field)));
	json_set(row, "qualifiers", json_share(qualifiers_of(page, &field, typed.is)));
	json_set_bool(row, "free", field.free);
	json_set_bool(row, "sent", span_is(field.path, "payload"));
	json_set_bool(row, "any", field.has == FILTER_HAS_ANY && field.path.n > 0);
	json_set_text(row, "name", typed.name);
	draw_value(page, row, &field, &typed);
	draw_problem(page, row, n);
	json_append(rows, json_share(row));
}

void
filter_form_draw(struct page *page, struct span filter)
{
	struct json_object *form = page_root(page, "form"), *shown = page_add(page, "filter");
	struct json_object *rows = json_new_array(page->arena);
	bool is_rows;

	if (!json_has(form, "filter/as")) {
		/* Put beside what was typed: the form stays empty for all others. */
		struct json_object *own = json_copy(page->arena, form);

		json_set(page->model, "form", json_share(own));
		if (!put_rows(page, filter)) {
			json_set_text(own, "filter/as", SPAN("expression"));
			json_set_text(own, "/filter", filter);
		}
		filter_form_draw(page, filter);
		json_set(page->model, "form", json_share(form));
		return;
	}
	is_rows = span_is(page_text(page, "form", "filter/as"), "rows");
	for (size_t i = 0; is_rows && i < typed_count(page); i++)
		draw_row(page, rows, i);
	json_set_bool(shown, "is_rows", is_rows);
	json_set_bool(shown, "any", span_is(page_text(page, "form", "filter/all"), "any"));
	json_set_bool(shown, "several", json_count(rows) > 1);
	json_set(shown, "rows", json_share(rows));
	json_set_text(shown, "was", page_text(page, "form", "filter/was"));
	json_set_text(shown, "expression", page_text(page, "form", "/filter"));
}

/* ---- who matches */

struct span
filter_form_noun(struct span record, int64_t count)
{
	bool users = span_is(record, "user");

	return count == 1 ? users ? SPAN("user") : SPAN("ticket")
	                  : users ? SPAN("users") : SPAN("tickets");
}

struct json_object *
filter_form_matching(struct page *page, const char *call, struct span record)
{
	struct json_object *matching = page_add(page, "matching");
	struct json_object *row = json_get(page_reply(page, call), "row");
	struct json_object *problem = page_problem(page, call);

	if (problem != NULL)
		json_set_text(matching, "problem", json_string(problem, "detail"));
	if (problem != NULL || row == NULL)
		return matching;
	json_set(matching, "row", json_share(row));
	json_set_text(matching, "noun", filter_form_noun(record, json_integer(row, "count", 0)));
	json_set_bool(matching, "one", json_integer(row, "count", 0) == 1);
	return matching;
}
