/* SPDX-License-Identifier: ISC */
#include "lang/tag_private.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUOTE_MAX 40 /* bytes of a name that an error shows */

struct parser {
	struct arena *arena;
	struct tag_error *error;
	struct span source;
	size_t at; /* the first byte not yet read */
	struct span open, close; /* delimiters */
	struct buf ops;          /* of struct tag_op */
	size_t sections[TAG_DEPTH]; /* operations that opened them */
	unsigned depth;
	unsigned contexts; /* of the open sections, those not inverted */
	bool plain;
	const struct tag_parts *parts; /* NULL: none */
	unsigned parts_open;
};

static bool parse(struct parser *parser);

/* One tag as it stands in the source. */
struct piece {
	char sigil; /* 0 for a plain variable */
	size_t start, end; /* with delimiters */
	size_t inner_at;
	struct span inner; /* without blanks around it */
};

bool
tag_fail(struct tag_error *error, size_t at, const char *format, ...)
{
	va_list args;

	error->at = at;
	va_start(args, format);
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	return false;
}

bool
tag_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* How much of a name an error shows: never half a character. */
static int
shown(struct span name)
{
	return (int)text_head(name, QUOTE_MAX).n;
}

static bool
starts_at(struct span text, size_t at, struct span what)
{
	return text.n - at >= what.n &&
	    memcmp(text.p + at, what.p, what.n) == 0;
}

/* SIZE_MAX when it is not there. */
static size_t
find(struct span text, size_t from, struct span what)
{
	const char *p = memmem(text.p + from, text.n - from, what.p, what.n);

	return p != NULL ? (size_t)(p - text.p) : SIZE_MAX;
}

/* As find(), but passes over quoted text: {{x | default "}}"}}. */
static size_t
find_unquoted(struct span text, size_t from, struct span what)
{
	char quote = 0;

	for (size_t i = from; i < text.n; i++) {
		if (quote != 0) {
			if (text.p[i] == '\\')
				i++;
			else if (text.p[i] == quote)
				quote = 0;
		} else if (starts_at(text, i, what)) {
			return i;
		} else if (text.p[i] == '"' || text.p[i] == '\'') {
			quote = text.p[i];
		}
	}
	return SIZE_MAX;
}

static bool
piece_find(struct parser *parser, size_t start, struct piece *piece)
{
	struct span source = parser->source, end;
	char text[TAG_DELIMITER_MAX + 1];
	size_t from = start + parser->open.n, to, at = from;

	while (at < source.n && tag_is_space(source.p[at]))
		at++;
	*piece = (struct piece){ .start = start };
	if (at < source.n && source.p[at] != '\0' &&
	    strchr("#^/!=&><$", source.p[at]) != NULL)
		piece->sigil = source.p[at++];
	else if (from < source.n && source.p[from] == '{')
		piece->sigil = source.p[at++];
	end = parser->close;
	if (piece->sigil == '=' || piece->sigil == '{') {
		text[0] = piece->sigil == '=' ? '=' : '}';
		memcpy(text + 1, parser->close.p, parser->close.n);
		end = (struct span){ text, parser->close.n + 1 };
	}
	if (piece->sigil == 0 || piece->sigil == '&' || piece->sigil == '{')
		to = find_unquoted(source, at, end);
	else
		to = find(source, at, end);
	if (to == SIZE_MAX)
		return tag_fail(parser->error, start,
		    "the tag that begins here has no closing %.*s",
		    (int)end.n, end.p);
	piece->end = to + end.n;
	while (at < to && tag_is_space(source.p[at]))
		at++;
	while (to > at && tag_is_space(source.p[to - 1]))
		to--;
	piece->inner_at = at;
	piece->inner = (struct span){ source.p + at, to - at };
	return true;
}

static struct tag_op *
op_at(struct parser *parser, size_t i)
{
	return (struct tag_op *)(void *)parser->ops.p + i;
}

static size_t
op_count(const struct parser *parser)
{
	return parser->ops.n / sizeof(struct tag_op);
}

static void
op_add(struct parser *parser, const struct tag_op *op)
{
	buf_put(&parser->ops, op, sizeof *op);
}

static void
text_add(struct parser *parser, size_t from, size_t to)
{
	if (from < to)
		op_add(parser, &(struct tag_op){ .kind = TAG_OP_TEXT,
		    .text = { parser->source.p + from, to - from } });
}

/*
 * A tag that inserts nothing and has its line to itself takes the whole line
 * with it, the line break included. Says where the text before the tag ends
 * and where the text behind it begins.
 */
static void
trim_line(const struct parser *parser, const struct piece *piece,
    size_t *before_r, size_t *behind_r)
{
	struct span source = parser->source;
	size_t before = piece->start, behind = piece->end;

	*before_r = before;
	*behind_r = behind;
	if (piece->sigil == 0 || strchr("#^/!=>", piece->sigil) == NULL)
		return;
	while (before > parser->at && (source.p[before - 1] == ' ' ||
	    source.p[before - 1] == '\t'))
		before--;
	if (before > 0 && source.p[before - 1] != '\n')
		return;
	while (behind < source.n && (source.p[behind] == ' ' ||
	    source.p[behind] == '\t'))
		behind++;
	if (behind < source.n) {
		if (source.p[behind] == '\r' && behind + 1 < source.n)
			behind++;
		if (source.p[behind++] != '\n')
			return;
	}
	*before_r = before;
	*behind_r = behind;
}

static bool
name_check(struct parser *parser, struct span name, size_t at)
{
	if (name.n == 0)
		return tag_fail(parser->error, at,
		    "this tag is empty; it should hold a name");
	if (name.n > TAG_NAME_MAX)
		return tag_fail(parser->error, at,
		    "a name is at most %d bytes long", TAG_NAME_MAX);
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c == ' ')
			return tag_fail(parser->error, at + i,
			    "a name holds no blanks");
		if (c < 0x20 || c == 0x7f || strchr("\"'|{}", c) != NULL)
			return tag_fail(parser->error, at + i, "a name holds "
			    "no quotes, braces, bars or control characters");
		if (c == '.' && name.n > 1 && (i + 1 == name.n ||
		    name.p[i + 1] == '.'))
			return tag_fail(parser->error, at + i, "a name has no "
			    "empty parts: '%.*s'", shown(name), name.p);
	}
	return true;
}

static bool
is_among(const char *name, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static bool
name_set(struct parser *parser, struct tag_op *op, struct span name, size_t at)
{
	if (!name_check(parser, name, at))
		return false;
	op->text = name;
	op->at = at;
	op->parts = 1;
	op->outermost = parser->contexts == 0;
	op->own = name.p[0] == '.';
	if (op->own && op->outermost)
		return tag_fail(parser->error, at,
		    "'.' is the value of a section, and there is none here");
	if (span_is(name, "."))
		return true;
	for (size_t i = 0; i < name.n; i++)
		op->parts += name.p[i] == '.';
	op->rest = op->own ? (struct span){ name.p + 1, name.n - 1 } : name;
	op->first = arena_string(parser->arena, text_cut(&op->rest, '.'));
	/* As facts.h lists them; `now` is the tags' own. */
	op->reserved = is_among(op->first, facts_roots) || strcmp(op->first, "now") == 0;
	op->rooted = parser->parts != NULL && is_among(op->first, parser->parts->roots);
	return true;
}

static bool
value_read(struct parser *parser, const struct piece *piece)
{
	struct tag_op op = { .kind = TAG_OP_VALUE, .raw = piece->sigil != 0 };
	struct span inner = piece->inner;
	size_t n = 0;

	while (n < inner.n && !tag_is_space(inner.p[n]) && inner.p[n] != '|')
		n++;
	if (!name_set(parser, &op, (struct span){ inner.p, n },
	    piece->inner_at) || !tag_format_read(parser->arena,
	    (struct span){ inner.p + n, inner.n - n }, piece->inner_at + n,
	    &op.formats, parser->error))
		return false;
	op_add(parser, &op);
	return true;
}

static bool
section_open(struct parser *parser, const struct piece *piece)
{
	struct tag_op op = { .kind = piece->sigil == '#' ? TAG_OP_SECTION :
		TAG_OP_INVERTED };

	if (memchr(piece->inner.p, '|', piece->inner.n) != NULL)
		return tag_fail(parser->error, piece->inner_at,
		    "a section takes no format, only a value does");
	if (!name_set(parser, &op, piece->inner, piece->inner_at))
		return false;
	if (parser->depth == TAG_DEPTH)
		return tag_fail(parser->error, piece->start,
		    "sections stand at most %d deep in each other", TAG_DEPTH);
	parser->sections[parser->depth++] = op_count(parser);
	parser->contexts += piece->sigil == '#';
	op_add(parser, &op);
	return true;
}

static bool
section_close(struct parser *parser, const struct piece *piece)
{
	struct tag_op op = { .kind = TAG_OP_END }, *section;

	if (!name_check(parser, piece->inner, piece->inner_at))
		return false;
	if (parser->depth == 0)
		return tag_fail(parser->error, piece->start,
		    "no section '%.*s' is open here",
		    shown(piece->inner), piece->inner.p);
	op.partner = parser->sections[--parser->depth];
	section = op_at(parser, op.partner);
	if (!span_eq(section->text, piece->inner))
		return tag_fail(parser->error, piece->start,
		    "section '%.*s' is open here and must be closed before "
		    "'%.*s'", shown(section->text), section->text.p,
		    shown(piece->inner), piece->inner.p);
	parser->contexts -= section->kind == TAG_OP_SECTION;
	section->partner = op_count(parser);
	op_add(parser, &op);
	return true;
}

static bool
delimiters_set(struct parser *parser, const struct piece *piece)
{
	struct span inner = piece->inner;
	size_t open = 0, close = inner.n;

	while (open < inner.n && !tag_is_space(inner.p[open]))
		open++;
	while (close > open && !tag_is_space(inner.p[close - 1]))
		close--;
	for (size_t i = open; i < close; i++) {
		if (!tag_is_space(inner.p[i]))
			close = open; /* three words */
	}
	if (open == 0 || close == open || open > TAG_DELIMITER_MAX ||
	    inner.n - close > TAG_DELIMITER_MAX ||
	    memchr(inner.p, '=', inner.n) != NULL)
		return tag_fail(parser->error, piece->start,
		    "new delimiters are two words without '=' and of at most "
		    "%d bytes, as in {{=<%% %%>=}}", TAG_DELIMITER_MAX);
	parser->open = (struct span){ inner.p, open };
	parser->close = (struct span){ inner.p + close, inner.n - close };
	return true;
}

/* Its text is read as if it stood here, with delimiters of its own. */
static bool
part_read(struct parser *parser, const struct piece *piece)
{
	struct parser before = *parser;
	char text[sizeof parser->error->text];
	bool good;

	if (parser->parts == NULL)
		return tag_fail(parser->error, piece->start, "templates have "
		    "no partials ({{>name}}); write the text itself here");
	if (parser->parts_open == TAG_PARTS_DEPTH)
		return tag_fail(parser->error, piece->start,
		    "partials stand at most %d deep in each other", TAG_PARTS_DEPTH);
	if (!parser->parts->part(parser->parts->arg, piece->inner, &parser->source))
		return tag_fail(parser->error, piece->start, "there is no part '%.*s'",
		    shown(piece->inner), piece->inner.p);
	parser->at = 0;
	parser->open = SPAN("{{");
	parser->close = SPAN("}}");
	parser->parts_open++;
	good = parse(parser);
	if (good && parser->depth != before.depth)
		good = tag_fail(parser->error, 0, "a section ends in another part");
	if (!good) {
		memcpy(text, parser->error->text, sizeof text);
		tag_fail(parser->error, parser->error->at, "in %.*s: %.150s", shown(piece->inner),
		    piece->inner.p, text);
	}
	parser->source = before.source;
	parser->at = before.at;
	parser->open = before.open;
	parser->close = before.close;
	parser->parts_open--;
	return good;
}

static bool
piece_read(struct parser *parser, const struct piece *piece)
{
	switch (piece->sigil) {
	case '!':
		return true;
	case '=':
		return delimiters_set(parser, piece);
	case '#':
	case '^':
		return section_open(parser, piece);
	case '/':
		return section_close(parser, piece);
	case '>':
		return part_read(parser, piece);
	case '<':
		return tag_fail(parser->error, piece->start, "templates have "
		    "no parents ({{<name}}); write the text itself here");
	case '$':
		return tag_fail(parser->error, piece->start, "templates have "
		    "no blocks ({{$name}}); write the text itself here");
	default:
		return value_read(parser, piece);
	}
}

static bool
parse(struct parser *parser)
{
	unsigned depth = parser->depth;
	size_t start;

	while ((start = find(parser->source, parser->at, parser->open)) !=
	    SIZE_MAX) {
		struct piece piece;
		size_t before, behind;

		parser->plain = false;
		if (!piece_find(parser, start, &piece))
			return false;
		trim_line(parser, &piece, &before, &behind);
		text_add(parser, parser->at, before);
		parser->at = behind;
		if (!piece_read(parser, &piece))
			return false;
	}
	text_add(parser, parser->at, parser->source.n);
	if (parser->depth > depth) {
		const struct tag_op *op = op_at(parser,
		    parser->sections[parser->depth - 1]);

		return tag_fail(parser->error, op->at,
		    "section '%.*s' is not closed", shown(op->text),
		    op->text.p);
	}
	return true;
}

const struct tag *
tag_compile(struct arena *arena, struct span source, enum tag_place place,
    struct tag_error *error_r)
{
	return tag_compile_with(arena, source, place, NULL, error_r);
}

const struct tag *
tag_compile_with(struct arena *arena, struct span source, enum tag_place place,
    const struct tag_parts *parts, struct tag_error *error_r)
{
	struct parser parser = { .arena = arena, .error = error_r, .open = SPAN("{{"),
		.close = SPAN("}}"), .plain = true, .parts = parts };
	struct tag *tag = NULL;

	if (source.n > TAG_SOURCE_MAX) {
		tag_fail(error_r, TAG_SOURCE_MAX,
		    "a template is at most 256 KiB long");
		return NULL;
	}
	parser.source = arena_copy(arena, source);
	if (parse(&parser)) {
		tag = arena_alloc(arena, sizeof *tag);
		tag->place = place;
		tag->plain = parser.plain;
		tag->count = op_count(&parser);
		tag->ops = (const void *)arena_copy(arena,
		    buf_bytes(&parser.ops)).p;
	}
	buf_free(&parser.ops);
	return tag;
}
