/* SPDX-License-Identifier: ISC */
/* One document for the eye: its members by their dotted names. */
#include "cli/table.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"

#define NAME_COLUMN 40 /* names beyond it push their values to the right */

struct details {
	struct arena *arena;
	void (*member)(struct details *details, struct span name, struct json_object *value);
	unsigned width;        /* of the names */
	FILE *out;
	const struct cli_screen *screen;
};

static void
walk(struct details *details, struct span name, struct json_object *value)
{
	struct doc_member *members;
	size_t n = doc_members(details->arena, value, &members);
	bool nested = json_is_array(value) && doc_type(json_at(value, 0)) >= DOC_ARRAY;

	for (size_t i = 0; i < n; i++)
		walk(details, span_of(arena_printf(details->arena, "%.*s%s%s", (int)name.n,
		    name.p, name.n > 0 ? "." : "", members[i].name)), members[i].value);
	for (size_t i = 0; nested && i < json_count(value); i++)
		walk(details, span_of(arena_printf(details->arena, "%.*s.%zu", (int)name.n,
		    name.p, i)), json_at(value, i));
	if (n == 0 && !nested && name.n > 0)
		details->member(details, name, value);
}

static void
measure(struct details *details, struct span name, struct json_object *value)
{
	unsigned width = text_width(name);

	(void)value;
	if (width > details->width && width <= NAME_COLUMN)
		details->width = width;
}

/* Lines of a text stand below each other. */
static void
put_value(struct buf *out, struct span text, unsigned indent)
{
	size_t begin = 0;

	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] != '\n')
			continue;
		if (begin > 0)
			buf_printf(out, "\n%*s", (int)indent, "");
		if (i > begin)
			text_visible(out, (struct span){ text.p + begin, i - begin });
		begin = i + 1;
	}
}

static void
write_member(struct details *details, struct span name, struct json_object *value)
{
	struct buf line = { 0 }, shown = { 0 }, text = { 0 };
	unsigned wide;

	text_visible(&shown, name);
	cli_cell(&text, value);
	wide = text_width(buf_bytes(&shown));
	if (details->screen->colour)
		buf_puts(&line, "\x1b[1m");
	buf_span(&line, buf_bytes(&shown));
	if (details->screen->colour)
		buf_puts(&line, "\x1b[0m");
	buf_printf(&line, "%*s", (int)(wide < details->width ? details->width - wide : 0) + 2,
	    "");
	put_value(&line, buf_bytes(&text), details->width + 2);
	while (line.p[line.n - 1] == ' ')
		line.n--;
	buf_putc(&line, '\n');
	fwrite(line.p, 1, line.n, details->out);
	buf_free(&line);
	buf_free(&shown);
	buf_free(&text);
}

void
cli_details(FILE *out, const struct cli_screen *screen, struct json_object *document)
{
	struct details details = { .arena = arena_new(), .member = measure, .out = out,
		.screen = screen };

	walk(&details, SPAN(""), document);
	details.member = write_member;
	walk(&details, SPAN(""), document);
	arena_free(&details.arena);
}
