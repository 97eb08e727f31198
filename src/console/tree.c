/* SPDX-License-Identifier: ISC */
#include "console/tree.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"

#include <string.h>

struct drawing {
	struct arena *arena;
	struct json_object *rows;
	size_t max, left;
};

struct span
tree_visible(struct arena *arena, struct span text)
{
	struct buf out = { 0 };

	while (text.n > 0) {
		size_t n = 0;

		while (n < text.n && text.p[n] != '\n' && text.p[n] != '\t')
			n++;
		text_visible(&out, (struct span){ text.p, n });
		if (n < text.n)
			buf_putc(&out, text.p[n++]);
		text.p += n;
		text.n -= n;
	}
	return buf_keep(&out, arena);
}

static void
visible_list(struct arena *arena, struct json_object *list)
{
	for (size_t i = 0; i < json_count(list); i++)
		tree_make_visible(arena, json_at(list, i));
}

void
tree_make_visible(struct arena *arena, struct json_object *value)
{
	struct doc_member *members;
	size_t n = json_is_object(value) ? doc_members(arena, value, &members) : 0;

	if (json_is_array(value))
		visible_list(arena, value);
	for (size_t i = 0; i < n; i++) {
		struct span text = json_span(members[i].value);

		if (text.p == NULL)
			tree_make_visible(arena, members[i].value);
		else
			json_set_text(value, members[i].name, tree_visible(arena, text));
	}
}

static struct json_object *
row(struct drawing *drawing, const char *is, struct span name, struct span pointer)
{
	struct json_object *one = json_new_object(drawing->arena);

	json_set_bool(one, is, true);
	json_set_text(one, "name", tree_visible(drawing->arena, name));
	json_set_text(one, "pointer", pointer);
	json_append(drawing->rows, json_share(one));
	return one;
}

/* ~ and / of a name are ~0 and ~1 (RFC 6901). */
static struct span
below(struct arena *arena, struct span pointer, struct span name)
{
	struct buf out = { 0 };

	buf_span(&out, pointer);
	buf_putc(&out, '/');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '~' || name.p[i] == '/')
			buf_puts(&out, name.p[i] == '~' ? "~0" : "~1");
		else
			buf_putc(&out, name.p[i]);
	}
	return buf_keep(&out, arena);
}

static void draw(struct drawing *drawing, struct json_object *value, struct span name,
    struct span pointer);

static void
draw_below(struct drawing *drawing, struct json_object *value, struct span pointer)
{
	struct arena *arena = drawing->arena;
	struct doc_member *members;
	size_t n;

	if (json_is_array(value)) {
		for (size_t i = 0; i < json_count(value); i++) {
			struct span name = span_of(arena_printf(arena, "%zu", i));

			draw(drawing, json_at(value, i), name, below(arena, pointer, name));
		}
		return;
	}
	n = doc_members(arena, value, &members);
	for (size_t i = 0; i < n; i++) {
		struct span name = span_of(members[i].name);

		draw(drawing, members[i].value, name, below(arena, pointer, name));
	}
}

static void
draw(struct drawing *drawing, struct json_object *value, struct span name, struct span pointer)
{
	struct span text = json_span(value), shown;
	struct json_object *one;
	size_t n;

	if (json_count(drawing->rows) >= drawing->max) {
		drawing->left++;
		return;
	}
	if (json_is_object(value) || json_is_array(value)) {
		n = json_is_array(value) ? json_count(value) : json_members(value);
		one = row(drawing, "is_open", name, pointer);
		json_set_text(one, "of", span_of(arena_printf(drawing->arena, "%zu %s%s", n,
		    json_is_array(value) ? "item" : "value", n == 1 ? "" : "s")));
		draw_below(drawing, value, pointer);
		row(drawing, "is_close", name, pointer);
		return;
	}
	one = row(drawing, "is_leaf", name, pointer);
	/* A name at the top is known without a slash, unless it would be read as a pointer. */
	json_set_text(one, "parameter", memchr(pointer.p + 1, '/', pointer.n - 1) == NULL &&
	    memchr(pointer.p, '~', pointer.n) == NULL && name.n > 0 ? name : pointer);
	shown = value == NULL ? SPAN("nothing") : text.p != NULL ? text : json_number_text(value);
	json_set_text(one, "value", tree_visible(drawing->arena, shown));
	json_set_text(one, "type", value == NULL ? SPAN("nothing") : text.p != NULL ? SPAN("text")
	    : span_is(shown, "true") || span_is(shown, "false") ? SPAN("boolean") : SPAN("number"));
}

struct json_object *
tree_of(struct arena *arena, struct json_object *value, size_t max, size_t *left_r)
{
	struct drawing drawing = { .arena = arena, .rows = json_new_array(arena), .max = max };

	if (json_is_object(value) || json_is_array(value))
		draw_below(&drawing, value, SPAN(""));
	*left_r = drawing.left;
	return drawing.rows;
}
