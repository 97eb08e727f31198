/* SPDX-License-Identifier: ISC */
#include "console/form.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/page.h"

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
form_rows(const struct page *page, const char *prefix)
{
	struct doc_member *members;
	size_t n = doc_members(page->arena, page_root(page, "form"), &members), rows = 0, row;
	const char *rest;

	for (size_t i = 0; i < n; i++)
		if (row_of(members[i].name, prefix, &row, &rest) && row + 1 > rows)
			rows = row + 1;
	return rows;
}

bool
form_row_says(const struct page *page, const char *prefix, size_t row,
    const char *const members[])
{
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
