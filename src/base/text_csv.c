/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <string.h>

static bool
needs_quotes(struct span cell)
{
	if (cell.n > 0 && (cell.p[0] == ' ' || cell.p[cell.n - 1] == ' '))
		return true;
	for (size_t i = 0; i < cell.n; i++)
		if (cell.p[i] == ',' || cell.p[i] == '"' || cell.p[i] == '\r' || cell.p[i] == '\n')
			return true;
	return false;
}

void
text_csv_line(struct buf *out, const struct span *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct span cell = cells[i];
		bool quoted = needs_quotes(cell);

		if (i > 0)
			buf_putc(out, ',');
		if (!quoted && (cell.n == 0 || memchr(cell.p, '\0', cell.n) == NULL)) {
			buf_span(out, cell);
			continue;
		}
		buf_puts(out, quoted ? "\"" : "");
		for (size_t k = 0; k < cell.n; k++)
			if (cell.p[k] == '\0') /* stores of older versions may have some */
				buf_puts(out, "\\x00");
			else if (cell.p[k] == '"')
				buf_puts(out, "\"\"");
			else
				buf_putc(out, cell.p[k]);
		buf_puts(out, quoted ? "\"" : "");
	}
	buf_puts(out, "\r\n");
}

bool
text_is_formula(struct span text)
{
	static const char *const beginnings[] = { "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋",
		"－", "＠" };

	for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
		if (span_starts(text, beginnings[i]))
			return true;
	return false;
}

/* A formula, once its first quotation marks are away. */
static bool
hides_formula(struct span text)
{
	while (text.n > 0 && text.p[0] == '\'') {
		text.p++;
		text.n--;
	}
	return text_is_formula(text);
}

struct span
text_guard(struct arena *arena, struct span text)
{
	return hides_formula(text) ? (struct span){ arena_join(arena, SPAN("'"), text, SPAN("")),
	    text.n + 1 } : text;
}

struct span
text_unguard(struct span text)
{
	return text.n > 0 && text.p[0] == '\'' && hides_formula(text)
	    ? (struct span){ text.p + 1, text.n - 1 } : text;
}
