/* SPDX-License-Identifier: ISC */
#include "console/form.h"
#include "console/form_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/page.h"
#include "record/schema.h"

#include <stdio.h>
#include <string.h>

/* The row that the name is of, and what follows; false: it is of none. */
static bool
row_of(const char *name, const char *prefix, size_t *row_r, const char **rest_r)
{
	size_t n = strlen(prefix);
	struct span rest, number;
	uint64_t row;

	if (strncmp(name, prefix, n) != 0 || name[n] != '/')
		return false;
	rest = span_of(name + n + 1);
	number = text_cut(&rest, '/');
	if (rest.p == NULL || !text_unsigned(number, FORM_ROWS_MAX - 1, &row))
		return false;
	*row_r = (size_t)row;
	*rest_r = rest.p;
	return true;
}

size_t
form_rows_in(struct arena *arena, struct json_object *form, const char *prefix)
{
	struct doc_member *members;
	size_t n = doc_members(arena, form, &members), rows = 0, row;
	const char *rest;

	for (size_t i = 0; i < n; i++)
		if (row_of(members[i].name, prefix, &row, &rest) && row + 1 > rows)
			rows = row + 1;
	return rows;
}

size_t
form_rows(const struct page *page, const char *prefix)
{
	return form_rows_in(page->arena, page_root(page, "form"), prefix);
}

/* Something was typed into it, or chosen. */
static bool
says_anything(const struct page *page, const char *prefix, size_t row)
{
	struct doc_member *members;
	size_t n = doc_members(page->arena, page_root(page, "form"), &members), at;
	const char *rest;

	for (size_t i = 0; i < n; i++) {
		struct json_object *value = members[i].value;

		if (row_of(members[i].name, prefix, &at, &rest) && at == row && rest[0] != '@' &&
		    (text_trim(json_span(value)).n > 0 ||
		        json_count(form_filled(page->arena, value)) > 0))
			return true;
	}
	return false;
}

bool
form_row_says(const struct page *page, const char *prefix, size_t row,
    const char *const members[])
{
	if (members == NULL)
		return says_anything(page, prefix, row);
	for (size_t i = 0; members[i] != NULL; i++)
		if (text_trim(page_text(page, "form", arena_printf(page->arena, "%s/%zu/%s", prefix, row,
		        members[i]))).n > 0)
			return true;
	return false;
}

void
form_rows_drop(struct page *page, const char *prefix, size_t row,
    const char *const says[])
{
	struct json_object *form = page_root(page, "form");
	size_t rows = form_rows(page, prefix), n, at;
	size_t *places = arena_alloc(page->arena, (rows + 1) * sizeof *places), kept = 0;
	struct doc_member *members;
	const char *rest;

	for (size_t i = 0; i < rows; i++)
		places[i] = (row == SIZE_MAX ? !form_row_says(page, prefix, i, says) : i == row)
		    ? SIZE_MAX : kept++;
	/* In the order of the rows: what moves up finds its place free. */
	for (size_t i = 0; i < rows; i++) {
		n = doc_members(page->arena, form, &members);
		for (size_t k = 0; k < n; k++) {
			if (!row_of(members[k].name, prefix, &at, &rest) || at != i || places[i] == i)
				continue;
			if (places[i] != SIZE_MAX)
				json_set(form, arena_printf(page->arena, "%s/%zu/%s", prefix, places[i],
				    rest), json_share(members[k].value));
			json_del(form, members[k].name);
		}
	}
}

/* Both exchange their places. */
static void
swap(struct page *page, const char *prefix, size_t a, size_t b)
{
	struct json_object *form = page_root(page, "form"), *moved = json_new_object(page->arena);
	struct doc_member *members;
	size_t n = doc_members(page->arena, form, &members), at;
	const char *rest;

	for (size_t i = 0; i < n; i++) {
		if (!row_of(members[i].name, prefix, &at, &rest) || (at != a && at != b))
			continue;
		json_set(moved, arena_printf(page->arena, "%s/%zu/%s", prefix, at == a ? b : a, rest),
		    json_share(members[i].value));
		json_del(form, members[i].name);
	}
	n = doc_members(page->arena, moved, &members);
	for (size_t i = 0; i < n; i++)
		json_set(form, members[i].name, json_share(members[i].value));
}

static void
add(struct page *page, const char *prefix)
{
	size_t rows = form_rows(page, prefix);

	/* One is shown where there is none. */
	if (rows < FORM_ROWS_MAX)
		json_set_text(page_root(page, "form"), arena_printf(page->arena, "%s/%zu/" FORM_ORIGIN,
		    prefix, rows > 0 ? rows : 1), SPAN(""));
}

bool
form_ask_rows(struct page *page)
{
	struct span rest = page_text(page, "form", "ask"), verb = text_cut(&rest, ' '), number;
	const char *slash = rest.n > 0 ? memrchr(rest.p, '/', rest.n) : NULL;
	const char *prefix;
	uint64_t row;

	if (slash == NULL || (!span_is(verb, "add") && !span_is(verb, "drop") &&
	        !span_is(verb, "up") && !span_is(verb, "down")))
		return false;
	if (span_is(verb, "add")) {
		add(page, arena_string(page->arena, rest));
		return true;
	}
	prefix = arena_string(page->arena, (struct span){ rest.p, (size_t)(slash - rest.p) });
	number = (struct span){ slash + 1, rest.n - (size_t)(slash + 1 - rest.p) };
	if (!text_unsigned(number, FORM_ROWS_MAX - 1, &row))
		return true;
	if (span_is(verb, "drop"))
		form_rows_drop(page, prefix, (size_t)row, NULL);
	else if (span_is(verb, "up") && row > 0)
		swap(page, prefix, (size_t)row, (size_t)row - 1);
	else if (span_is(verb, "down") && row + 1 < form_rows(page, prefix))
		swap(page, prefix, (size_t)row, (size_t)row + 1);
	return true;
}

void
form_tidy_rows(struct page *page, const struct member *const tables[])
{
	for (; *tables != NULL; tables++)
		for (const struct member *member = *tables; member->name != NULL; member++)
			if (form_is_rows(member))
				form_rows_drop(page, form_join(page->arena, "", member->name), SIZE_MAX, NULL);
}

struct span
form_key(struct arena *arena, struct span name)
{
	char *out = arena_alloc(arena, name.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < 64; i++) {
		char c = name.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
		else if (n > 0 && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	return (struct span){ out, n };
}
