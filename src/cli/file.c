/* SPDX-License-Identifier: ISC */
#include "cli/file.h"

#include "base/json.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char not_an_object[] =
    "a document is an object: it begins with { and ends with }";

static const char csv[] = "this is no JSON, it looks like CSV; load it with \"earshot import "
    "users FILE\" or \"earshot import feedback FILE\"";

struct reading {
	const struct cli_file_sink *sink;
	struct arena *arena;     /* of one document */
	const char *begin, *p, *end;
	size_t line;             /* of p, from 1 */
	bool good;
};

static const char *
line_end(const struct reading *reading)
{
	const char *end = memchr(reading->p, '\n', (size_t)(reading->end - reading->p));

	return end != NULL ? end : reading->end;
}

/* Blanks and lines of remarks between documents. */
static void
skip_blanks(struct reading *reading)
{
	while (reading->p < reading->end && memchr(" \t\r\n#", *reading->p, 5) != NULL)
		if (*reading->p == '#')
			reading->p = line_end(reading);
		else
			reading->line += *reading->p++ == '\n';
}

static void
complain(struct reading *reading, size_t line, const char *sentence)
{
	reading->good = false;
	reading->sink->error(reading->sink->arg, line, sentence);
}

/* Nothing behind this can be told apart. */
static void
give_up(struct reading *reading, const char *sentence)
{
	complain(reading, reading->line, sentence);
	reading->p = reading->end;
}

/* Behind the object or array that begins here; NULL when it does not end. */
static const char *
value_end(const char *p, const char *end)
{
	size_t depth = 0;
	bool quoted = false;

	for (; p < end; p++) {
		if (quoted) {
			if (*p == '\\' && p + 1 < end)
				p++;
			else if (*p == '"')
				quoted = false;
			continue;
		}
		if (*p == '"')
			quoted = true;
		else if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth -= depth > 0;
		else
			continue;
		if (depth == 0 && !quoted)
			return p + 1;
	}
	return NULL;
}

/*
 * The reader's sentence names a place by its offset; people look for a line and a
 * column, and see the place.
 */
static void
complain_at(struct reading *reading, struct span text, const char *sentence)
{
	static const char word[] = "offset ", where[] = " of the JSON";
	const char *place = strstr(sentence, word), *line = text.p;
	char *behind = NULL;
	size_t offset = place != NULL ? strtoul(place + strlen(word), &behind, 10) : 0;
	size_t number = reading->line, column = 1;
	struct buf out = { 0 };

	if (place == NULL || offset > text.n) {
		complain(reading, reading->line, sentence);
		return;
	}
	for (const char *p = text.p; p < text.p + offset; p++)
		if (*p == '\n') {
			number++;
			line = p + 1;
		}
	/* On the first line there may be something before the document. */
	while (line > reading->begin && line[-1] != '\n')
		line--;
	for (const char *p = line; p < text.p + offset; p++)
		column += ((unsigned char)*p & 0xc0) != 0x80;
	if (strncmp(behind, where, strlen(where)) == 0)
		behind += strlen(where);
	buf_printf(&out, "%.*scolumn %zu%s\n", (int)(place - sentence), sentence, column, behind);
	text_point(&out, (struct span){ line, (size_t)(reading->end - line) },
	    (size_t)(text.p + offset - line));
	buf_putc(&out, '\0');
	complain(reading, number, out.p);
	buf_free(&out);
}

static void
take_document(struct reading *reading, struct span text)
{
	struct error error = { 0 };
	struct json_object *doc = json_read(reading->arena, text, &json_limits_document,
	    &error);

	if (doc == NULL)
		complain_at(reading, text, error.detail);
	else if (!json_is_object(doc))
		complain(reading, reading->line, not_an_object);
	else
		reading->sink->document(reading->sink->arg, reading->line, text);
	arena_reset(reading->arena);
}

/* Takes the next document up to `stop` at most, and the lines it covers. */
static void
take_until(struct reading *reading, const char *stop)
{
	take_document(reading, (struct span){ reading->p, (size_t)(stop - reading->p) });
	for (; reading->p < stop; reading->p++)
		reading->line += *reading->p == '\n';
}

static bool
is_blank(const char *p, const char *end)
{
	while (p < end && memchr(" \t\r", *p, 3) != NULL)
		p++;
	return p == end;
}

/* A document on every line: an error on one says nothing about the others. */
static void
read_lines(struct reading *reading)
{
	for (skip_blanks(reading); reading->p < reading->end; skip_blanks(reading))
		take_until(reading, line_end(reading));
}

/* A file whose first line has names with a separator between them. */
static bool
looks_like_csv(const struct reading *reading)
{
	const char *end = line_end(reading);
	size_t n = (size_t)(end - reading->p);

	return reading->line == 1 && strchr("[{]}:", *reading->p) == NULL &&
	    memchr(reading->p, ':', n) == NULL &&
	    (memchr(reading->p, ',', n) != NULL || memchr(reading->p, ';', n) != NULL ||
	    memchr(reading->p, '\t', n) != NULL);
}

/* Documents of any number of lines; in an array with commas between them. */
static void
read_values(struct reading *reading, bool array)
{
	const char *stop;

	for (skip_blanks(reading); reading->p < reading->end; skip_blanks(reading)) {
		if (*reading->p != '{') {
			give_up(reading, looks_like_csv(reading) ? csv : not_an_object);
			return;
		}
		stop = value_end(reading->p, reading->end);
		take_until(reading, stop != NULL ? stop : reading->end);
		skip_blanks(reading);
		if (!array || stop == NULL)
			continue;
		if (reading->p < reading->end && *reading->p == ']')
			return;
		if (reading->p == reading->end || *reading->p != ',') {
			give_up(reading, "behind a document of an array stands a comma or ]");
			return;
		}
		reading->p++;
	}
	if (array && reading->good)
		complain(reading, reading->line, "the array does not end with ]");
}

static void
read_array(struct reading *reading)
{
	reading->p++;
	skip_blanks(reading);
	if (reading->p == reading->end || *reading->p != ']')
		read_values(reading, true);
	if (reading->p == reading->end)
		return;
	reading->p++;
	skip_blanks(reading);
	if (reading->p < reading->end)
		complain(reading, reading->line, "nothing may follow the array");
}

bool
cli_file_documents(struct span text, const struct cli_file_sink *sink)
{
	struct reading reading = { .sink = sink, .arena = arena_new(), .begin = text.p,
		.p = text.p, .end = text.p + text.n, .line = 1, .good = true };
	const char *stop;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		reading.p += 3; /* a byte order mark */
	skip_blanks(&reading);
	if (reading.p < reading.end && *reading.p == '[') {
		read_array(&reading);
	} else if (reading.p < reading.end) {
		/* JSON Lines, if its first document is whole on its line. */
		stop = value_end(reading.p, line_end(&reading));
		if (stop != NULL && is_blank(stop, line_end(&reading)))
			read_lines(&reading);
		else
			read_values(&reading, false);
	}
	arena_free(&reading.arena);
	return reading.good;
}
