/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"
#include "lang/tag_private.h"

#include <string.h>

/*
 * Look-ups and operations of one rendering. Sections over lists inside each
 * other can repeat without writing a byte, so the limit alone bounds nothing.
 */
#define STEPS_MAX 1000000

/* A section that is being rendered. */
struct frame {
	struct json_object *value; /* the context; NULL for a JSON null */
	struct json_object *list;  /* NULL: no list, rendered once */
	bool payload;              /* the value is of the payload */
	size_t i;                  /* of value in list */
};

struct render {
	const struct tag *tag;
	const struct facts *facts;
	struct arena *scratch;
	struct buf *out;
	size_t end; /* the size that out must not exceed */
	size_t steps;
	struct frame frames[TAG_DEPTH + 1]; /* the first is in no section */
	unsigned depth;
	struct json_object *now; /* made when first named */
	void (*value)(void *arg, size_t from, size_t to); /* NULL: nobody asks */
	void *value_arg;
};

static struct json_object *
root(struct render *render, const char *name)
{
	char text[TEXT_TIME_SIZE];

	if (strcmp(name, "now") != 0)
		return render->facts->root == NULL ? NULL :
		    render->facts->root(render->facts->arg, name);
	if (render->now == NULL)
		render->now = json_new_text(render->scratch,
		    span_of(text_time_write(render->facts->now, text)));
	return render->now;
}

static struct json_object *
whole_root(struct render *render, const struct tag_op *op)
{
	struct json_object *value = root(render, op->first);
	struct span rest = op->rest;

	if (value == NULL || render->facts->whole == NULL)
		return value;
	return render->facts->whole(render->facts->arg, op->first, value, text_cut(&rest, '.'));
}

/* Whoever hides values hears of all that are looked at, and so knows that the text is
 * made of one. */
static struct json_object *
seen(struct render *render, const char *name, struct json_object *value)
{
	if (value != NULL && render->facts->hides != NULL)
		render->facts->hides(render->facts->arg, name, value);
	return value;
}

/*
 * The first part of a name in the sections around it, from within. What a sender writes
 * does not stand in for a root: whose address {{user.email}} is, is not up to the body.
 */
static bool
find_first(struct render *render, const struct tag_op *op, struct json_object **value_r,
    bool *payload_r)
{
	struct span first = span_of(op->first);

	for (unsigned i = render->depth; i > 0; i--) {
		const struct frame *frame = &render->frames[i];

		render->steps++;
		*payload_r = frame->payload;
		if (frame->value != NULL && (op->own || !op->reserved || !frame->payload) &&
		    pointer_dotted(frame->value, first, value_r) == 1)
			return true;
		if (op->own && json_is_object(frame->value))
			break;
	}
	return false;
}

/* NULL when absent or null. */
static struct json_object *
lookup(struct render *render, const struct tag_op *op, bool *payload_r)
{
	struct json_object *value = NULL;
	bool found;

	render->steps += op->parts;
	*payload_r = render->frames[render->depth].payload;
	if (op->first == NULL)
		return seen(render, NULL, render->frames[render->depth].value);
	found = (op->own || !op->rooted) && find_first(render, op, &value, payload_r);
	if (!found) {
		*payload_r = strcmp(op->first, "payload") == 0;
		value = op->own ? NULL : whole_root(render, op);
	}
	if (value != NULL && op->rest.n > 0 &&
	    pointer_dotted(value, op->rest, &value) == 0)
		return NULL;
	return seen(render, found ? NULL : op->first, value);
}

static bool
is_string(struct json_object *value)
{
	return json_span(value).p != NULL;
}

/* Absent, null, false, "" and [] are not; 0 and {} are. */
static bool
holds(struct json_object *value)
{
	if (value == NULL || json_is_object(value))
		return value != NULL;
	if (json_is_array(value))
		return json_count(value) > 0;
	if (is_string(value))
		return json_span(value).n > 0;
	return !span_is(json_number_text(value), "false");
}

/* Lives as long as the value, until it is printed again. */
static struct span
printed(struct json_object *value)
{
	if (value == NULL)
		return SPAN("");
	return is_string(value) ? json_span(value) : json_number_text(value);
}

static void
put_html(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		switch (text.p[i]) {
		case '&': buf_puts(out, "&amp;"); break;
		case '<': buf_puts(out, "&lt;"); break;
		case '>': buf_puts(out, "&gt;"); break;
		case '"': buf_puts(out, "&quot;"); break;
		case '\'': buf_puts(out, "&#39;"); break;
		default: buf_putc(out, text.p[i]); break;
		}
	}
}

/* Each byte of a control character: C0, DEL, C1 (U+0080 on: c2 80 to c2 9f). */
static void
put_header(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == 0xc2 && i + 1 < text.n &&
		    ((unsigned char)text.p[i + 1] & 0xe0) == 0x80) {
			buf_puts(out, "  ");
			i++;
		} else {
			buf_putc(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
		}
	}
}

static void
put_escaped(struct render *render, struct span text)
{
	struct buf quoted = { 0 };

	switch (render->tag->place) {
	case TAG_TEXT:
		buf_span(render->out, text);
		break;
	case TAG_HTML:
		put_html(render->out, text);
		break;
	case TAG_JSON:
		buf_json_string(&quoted, text);
		buf_put(render->out, quoted.p + 1, quoted.n - 2);
		buf_free(&quoted);
		break;
	case TAG_URL:
		text_percent_encode(render->out, text);
		break;
	case TAG_HEADER:
		put_header(render->out, text);
		break;
	}
}

/*
 * {{{x}}} in JSON is a whole JSON value, so that {"id": {{{id}}} } stays valid:
 * null when there is none, unless a default (as it was written) says more.
 * A value that another format has passed over is a string.
 */
static void
put_json(struct render *render, const struct tag_op *op,
    struct json_object *value, struct span plain, struct span text)
{
	bool string = is_string(value);

	for (const struct tag_format *f = op->formats; f != NULL; f = f->next)
		string |= f->kind != TAG_FORMAT_DEFAULT;
	if (plain.n == 0 && text.n > 0)
		buf_span(render->out, text);
	else if (value == NULL)
		buf_puts(render->out, "null");
	else if (string)
		buf_json_string(render->out, text);
	else
		buf_span(render->out, text);
}

static bool
put_value(struct render *render, const struct tag_op *op)
{
	bool payload;
	struct json_object *value = lookup(render, op, &payload);
	size_t from = render->out->n;
	struct span plain = printed(value), text = plain;
	enum tag_place place = render->tag->place;
	struct arena_mark mark = arena_mark(render->scratch);

	if (op->formats != NULL)
		text = tag_format_apply(op->formats, plain, render->facts,
		    render->scratch);
	/* Escaping never shortens: do not escape what cannot fit. */
	if (text.n > render->end - render->out->n)
		return false;
	if (!op->raw || place == TAG_URL || place == TAG_HEADER)
		put_escaped(render, text);
	else if (place == TAG_JSON)
		put_json(render, op, value, plain, text);
	else
		buf_span(render->out, text);
	arena_rewind(render->scratch, mark);
	if (render->value != NULL)
		render->value(render->value_arg, from, render->out->n);
	return true;
}

/* Enters a section or passes over it: the next operation. */
static size_t
section(struct render *render, size_t at)
{
	const struct tag_op *op = &render->tag->ops[at];
	bool payload;
	struct json_object *value = lookup(render, op, &payload);
	struct frame *frame;

	if (holds(value) != (op->kind == TAG_OP_SECTION))
		return op->partner + 1;
	if (op->kind == TAG_OP_SECTION) {
		frame = &render->frames[++render->depth];
		*frame = (struct frame){ .value = value, .payload = payload };
		if (json_is_array(value)) {
			frame->list = value;
			frame->value = json_at(value, 0);
		}
	}
	return at + 1;
}

/* Leaves a section, or begins it again with the next item of its list. */
static size_t
section_end(struct render *render, size_t at)
{
	size_t start = render->tag->ops[at].partner;
	struct frame *frame;

	if (render->tag->ops[start].kind == TAG_OP_INVERTED)
		return at + 1;
	frame = &render->frames[render->depth];
	if (++frame->i < json_count(frame->list)) {
		frame->value = json_at(frame->list, frame->i);
		return start + 1;
	}
	render->depth--;
	return at + 1;
}

static bool
run(struct render *render)
{
	size_t at = 0;

	while (at < render->tag->count) {
		const struct tag_op *op = &render->tag->ops[at];

		if (++render->steps > STEPS_MAX)
			return false;
		switch (op->kind) {
		case TAG_OP_TEXT:
			if (op->text.n > render->end - render->out->n)
				return false;
			/* A subject's own line breaks are no safer. */
			if (render->tag->place == TAG_HEADER)
				put_header(render->out, op->text);
			else
				buf_span(render->out, op->text);
			at++;
			break;
		case TAG_OP_VALUE:
			if (!put_value(render, op))
				return false;
			at++;
			break;
		case TAG_OP_SECTION:
		case TAG_OP_INVERTED:
			at = section(render, at);
			break;
		case TAG_OP_END:
			at = section_end(render, at);
			break;
		}
		if (render->out->n > render->end)
			return false;
	}
	return true;
}

bool
tag_render(const struct tag *tag, const struct facts *facts,
    struct arena *scratch, size_t limit, struct buf *out)
{
	return tag_render_told(tag, facts, scratch, limit, out, NULL, NULL);
}

bool
tag_render_told(const struct tag *tag, const struct facts *facts,
    struct arena *scratch, size_t limit, struct buf *out,
    void (*value)(void *arg, size_t from, size_t to), void *arg)
{
	struct render render = { .tag = tag, .facts = facts,
		.scratch = scratch, .out = out, .value = value, .value_arg = arg };
	size_t start = out->n;

	render.end = limit < SIZE_MAX - start ? start + limit : SIZE_MAX;
	if (run(&render))
		return true;
	out->n = start;
	return false;
}

void
tag_names(const struct tag *tag, void (*each)(void *arg, struct span name,
    size_t at), void *arg)
{
	for (size_t i = 0; i < tag->count; i++) {
		if (tag->ops[i].outermost)
			each(arg, tag->ops[i].text, tag->ops[i].at);
	}
}

bool
tag_is_plain(const struct tag *tag)
{
	return tag->plain;
}
