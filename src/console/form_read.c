/* SPDX-License-Identifier: ISC */
/* Documents from the forms that came back. */
#include "console/form.h"
#include "console/form_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/page.h"
#include "http/mask.h"
#include "record/schema.h"

#include <string.h>

/* A form: as it was typed, or as it is when nobody touches it. */
struct making {
	struct arena *arena;
	struct json_object *form;
};

static struct span
said(const struct making *making, const char *at)
{
	return json_string(making->form, at);
}

/* As its type has it, or as it was typed: the kind then says what it should be. */
static struct json_object *
value_of(const struct making *making, enum member_type type, struct span text)
{
	struct json_object *holder;
	int64_t number;
	bool flag;

	if (type == MEMBER_INTEGER && text_integer(text, &number)) {
		holder = json_new_object(making->arena);
		json_set_int(holder, "v", number);
		return json_get(holder, "v");
	}
	if (type == MEMBER_BOOLEAN && text_boolean(text, &flag)) {
		holder = json_new_object(making->arena);
		json_set_bool(holder, "v", flag);
		return json_get(holder, "v");
	}
	return json_new_text(making->arena, text);
}

/* What stands in quotes; NULL: it is none, or not in quotes alone. */
static struct json_object *
quoted(const struct making *making, struct span line)
{
	struct error error = { 0 };

	if (line.n < 2 || line.p[0] != '"' || line.p[line.n - 1] != '"')
		return NULL;
	return json_at(json_read(making->arena, span_of(arena_join(making->arena, SPAN("["), line,
	    SPAN("]"))), &json_limits_default, &error), 0);
}

/* In quotes it is what stands in them. */
static struct json_object *
line_of(const struct making *making, enum member_type type, struct span line)
{
	struct json_object *text = quoted(making, line);

	return text != NULL ? text : value_of(making, type, line);
}

struct json_object *
form_filled(struct arena *arena, struct json_object *list)
{
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(list); i++)
		if (json_span(json_at(list, i)).n > 0)
			json_append(out, json_share(json_at(list, i)));
	return out;
}

/* Of checkboxes, or a line each; NULL when there is none. */
static struct json_object *
list_of(const struct making *making, const struct member *member, struct json_object *given)
{
	struct json_object *list = form_filled(making->arena, given);
	struct span rest = json_span(given), item;

	while (rest.n > 0)
		if ((item = text_trim(text_cut(&rest, '\n'))).n > 0)
			json_append(list, json_share(line_of(making, member->type, item)));
	return json_count(list) > 0 ? list : NULL;
}

/* A number, true or false, else text; in quotes it is text, whatever stands in it. */
static struct json_object *
plain_value(const struct making *making, struct span line)
{
	struct json_object *value = quoted(making, line);

	if (value == NULL && form_needs_quotes(line) && line.n > 0 && line.p[0] != '"')
		value = value_of(making, (line.p[0] | 0x20) == 't' || (line.p[0] | 0x20) == 'f'
		    ? MEMBER_BOOLEAN : MEMBER_INTEGER, line);
	return value != NULL ? value : json_new_text(making->arena, line);
}

/* A parameter alone, or an object that also says by what its value finds somebody. */
static struct json_object *
person_of(const struct making *making, const char *at, struct json_object *given)
{
	struct span parameter = text_strip(json_span(given));
	struct span match = text_strip(said(making, form_join(making->arena, at, "match")));
	struct json_object *object;

	if (parameter.n == 0 && match.n == 0)
		return NULL;
	if (match.n == 0)
		return json_new_text(making->arena, parameter);
	object = json_new_object(making->arena);
	json_set_text(object, "match", match);
	if (parameter.n > 0)
		json_set_text(object, "parameter", parameter);
	return object;
}

/* Behind the quotation mark with which the line begins, that which closes it. */
static const char *
closing_quote(struct span line)
{
	for (size_t i = 1; i < line.n; i++) {
		if (line.p[i] == '\\')
			i++;
		else if (line.p[i] == '"')
			return line.p + i;
	}
	return NULL;
}

/* "name: value", or "\"odd: name\": value". */
static struct span
cut_name(const struct making *making, struct span *line)
{
	const char *close = line->n > 0 && line->p[0] == '"' ? closing_quote(*line) : NULL;
	struct json_object *name = close == NULL ? NULL : quoted(making,
	    (struct span){ line->p, (size_t)(close + 1 - line->p) });
	struct span rest;

	if (name == NULL)
		return text_trim(text_cut(line, ':'));
	rest = (struct span){ close + 1, line->n - (size_t)(close + 1 - line->p) };
	text_cut(&rest, ':');
	*line = rest;
	return json_span(name);
}

/* A pair on each line; texts: its value is text, whatever it looks like. */
static struct json_object *
pairs_of(const struct making *making, struct span text, bool texts)
{
	struct json_object *object = json_new_object(making->arena), *value;

	while (text.n > 0) {
		struct span line = text_trim(text_cut(&text, '\n')), name;

		if (line.n == 0)
			continue;
		name = cut_name(making, &line);
		line = text_trim(line);
		value = texts ? line_of(making, MEMBER_STRING, line) : plain_value(making, line);
		json_set(object, arena_string(making->arena, name), json_share(value));
	}
	return json_members(object) > 0 ? object : NULL;
}

/* "team: testers" */
static struct json_object *
one_of_several(const struct making *making, struct span line)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct json_object *object;
	struct span name;

	if (colon == NULL || line.p[0] == '"')
		return line_of(making, MEMBER_STRING, line);
	name = text_trim(text_cut(&line, ':'));
	object = json_new_object(making->arena);
	json_set(object, arena_string(making->arena, name), json_share(line_of(making,
	    MEMBER_STRING, text_trim(line))));
	return object;
}

static struct json_object *
several_of(const struct making *making, struct span text)
{
	struct json_object *list = json_new_array(making->arena);

	while (text.n > 0) {
		struct span line = text_trim(text_cut(&text, '\n'));

		if (line.n > 0)
			json_append(list, json_share(one_of_several(making, line)));
	}
	return json_count(list) > 1 ? list : json_at(list, 0);
}

/* The secret itself, or where it may be plain text: text, unless it is said to be one. */
static struct json_object *
sealed_of(const struct making *making, const struct member *member, const char *at,
    struct span text)
{
	struct json_object *object;

	if (text.n == 0)
		return NULL;
	if (!(member->flags & MEMBER_TYPED) ||
	    said(making, form_join(making->arena, at, FORM_SECRET)).n == 0)
		return json_new_text(making->arena, text);
	object = json_new_object(making->arena);
	json_set_text(object, "secret", text);
	return object;
}

static size_t fill(const struct making *making, const struct member *members,
    const char *pointer, struct json_object *to);

/* The table of what the row says it is. */
static const struct member *
row_variant(const struct making *making, const struct member *member, const char *at)
{
	struct json_object *object;

	if (member->variants == NULL)
		return NULL;
	object = json_new_object(making->arena);
	json_set_text(object, member->variants->by, said(making, form_join(making->arena, at,
	    member->variants->by)));
	return schema_variant(member->variants, object);
}

static struct json_object *
row_of(const struct making *making, const struct member *member, const char *at)
{
	struct json_object *item = json_new_object(making->arena);
	const struct member *variant = row_variant(making, member, at);

	fill(making, member->parts, at, item);
	if (variant != NULL)
		fill(making, variant, at, item);
	return item;
}

static struct json_object *
rows_of(const struct making *making, const struct member *member, const char *pointer)
{
	struct json_object *list = json_new_array(making->arena);
	size_t n = form_rows_in(making->arena, making->form, pointer);

	for (size_t i = 0; i < n; i++) {
		struct json_object *item = row_of(making, member, arena_printf(making->arena, "%s/%zu",
		    pointer, i));

		if (json_members(item) > 0)
			json_append(list, json_share(item));
	}
	return n == 0 || (json_count(list) == 0 && !(member->flags & MEMBER_NEEDED)) ? NULL : list;
}

static bool
has_below(const struct making *making, const char *pointer)
{
	struct doc_member *members;
	size_t count = doc_members(making->arena, making->form, &members), n = strlen(pointer);

	for (size_t i = 0; i < count; i++)
		if (strncmp(members[i].name, pointer, n) == 0 && members[i].name[n] == '/')
			return true;
	return false;
}

/* The value of a member that is one field; NULL: nothing was said. */
static struct json_object *
field_of(const struct making *making, const struct member *member, const char *at)
{
	struct json_object *given = json_get(making->form, at);
	struct span text;

	if (member->type == MEMBER_PARAMETER && member->parts != NULL)
		return person_of(making, at, given);
	if ((member->flags & MEMBER_LIST) && !(member->flags & MEMBER_SEVERAL))
		return list_of(making, member, given);
	if (json_is_array(given)) /* a hidden one goes before */
		given = json_at(given, json_count(given) - 1);
	text = json_span(given);
	if (member->flags & MEMBER_PAIRS)
		return pairs_of(making, text, true);
	if (member->flags & MEMBER_SEVERAL)
		return several_of(making, text);
	if (member->flags & MEMBER_SEALED)
		return sealed_of(making, member, at, text_strip(text));
	if (member->type == MEMBER_FIELDS)
		return pairs_of(making, text, false);
	if (text.n == 0)
		return NULL;
	if (member->type == MEMBER_ANY)
		return plain_value(making, text_strip(text));
	return value_of(making, member->type, member->type == MEMBER_TEXT ||
	    (member->flags & MEMBER_LONG) ? text : text_strip(text));
}

/* Every member that the form had; how many of them say something. */
static size_t
fill(const struct making *making, const struct member *members, const char *pointer,
    struct json_object *to)
{
	size_t count = 0;

	for (; members->name != NULL; members++) {
		const char *at = form_join(making->arena, pointer, members->name);
		struct json_object *value = NULL;

		/* What the form does not draw is not taken from it either. */
		if (!form_is_for_people(members) || !form_can_draw(members, NULL))
			continue;
		if (form_is_rows(members)) {
			value = rows_of(making, members, at);
		} else if (members->type == MEMBER_OBJECT && !(members->flags & MEMBER_PAIRS)) {
			struct json_object *object = json_new_object(making->arena);

			if (has_below(making, at) && fill(making, members->parts, at, object) > 0)
				value = object;
		} else if (json_has(making->form, at)) {
			value = field_of(making, members, at);
			/* It counts only beside something that is said. */
			if (value == NULL && (members->flags & MEMBER_NULL) && count > 0)
				json_set(to, members->name, NULL);
		}
		if (value != NULL)
			json_set(to, members->name, json_share(value));
		count += value != NULL;
	}
	return count;
}

struct json_object *
form_part_document(struct page *page, const char *prefix, const struct member *const tables[])
{
	struct making making = { page->arena, page_root(page, "form") };
	struct json_object *doc = json_new_object(page->arena);

	for (; *tables != NULL; tables++)
		fill(&making, *tables, prefix, doc);
	return doc;
}

/* ---- what was changed */

/* As a browser sends it: a line has no line breaks, and those of a text are its own. */
static struct span
sent(struct arena *arena, struct json_object *field)
{
	struct span text = json_string(field, "value");
	bool line = json_flag(field, "is_line", false) || json_flag(field, "is_sealed", false);
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool pair = text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n';

		if (text.p[i] != '\r' && text.p[i] != '\n')
			out[n++] = text.p[i];
		else if (!line && !pair)
			out[n++] = '\n';
	}
	return (struct span){ out, n };
}

/* What comes back of this field when nobody touches it. */
static struct json_object *
untouched(struct arena *arena, struct json_object *field)
{
	struct json_object *options = json_get(field, "options"), *chosen;

	if (options == NULL || json_flag(field, "is_line", false))
		return json_new_text(arena, sent(arena, field));
	chosen = json_new_array(arena);
	for (size_t i = 0; i < json_count(options); i++)
		if (json_flag(json_at(options, i), "chosen", false))
			json_append(chosen, json_share(json_get(json_at(options, i), "value")));
	if (json_flag(field, "is_checks", false))
		return chosen;
	return json_count(chosen) > 0 ? json_at(chosen, json_count(chosen) - 1)
	                              : json_get(json_at(options, 0), "value");
}

/* The form that comes back when nobody touches what these tables show of the document. */
static struct json_object *
untouched_form(struct page *page, const char *prefix, const struct member *const tables[],
    struct json_object *doc)
{
	struct json_object *fields = json_new_array(page->arena);
	struct json_object *form = json_new_object(page->arena);

	form_draw_quietly(page, fields, prefix, tables, doc);
	for (size_t i = 0; i < json_count(fields); i++) {
		struct json_object *field = json_at(fields, i);
		const char *name = arena_string(page->arena, json_string(field, "name"));

		if (json_string(field, "id").n > 0 && !json_flag(field, "is_fixed", false) &&
		    !json_flag(field, "is_open", false))
			json_set(form, name, json_share(untouched(page->arena, field)));
	}
	return form;
}

struct comparing {
	struct making typed, untouched;
};

static void take_changes(const struct comparing *comparing, const struct member *members,
    const char *pointer, struct json_object *made, struct json_object *same,
    struct json_object *doc);

/* What of a stored row was changed; one that became something else is new. */
static struct json_object *
row_changed(const struct comparing *comparing, const struct member *member, const char *at,
    const char *was_at, struct json_object *item, struct json_object *old)
{
	const struct member *variant = schema_variant(member->variants, old);
	struct json_object *same, *copy;

	if (member->variants != NULL && row_variant(&comparing->typed, member, at) != variant)
		return item;
	same = row_of(&comparing->untouched, member, was_at);
	copy = json_copy(comparing->typed.arena, old);
	take_changes(comparing, member->parts, at, item, same, copy);
	if (variant != NULL)
		take_changes(comparing, variant, at, item, same, copy);
	return copy;
}

/* Each row that was stored stays as it is but for what was changed in it, wherever it went. */
static void
take_rows(const struct comparing *comparing, const struct member *member, const char *pointer,
    struct json_object *doc)
{
	const struct making *typed = &comparing->typed;
	struct json_object *stored = json_get(doc, member->name);
	struct json_object *list = json_new_array(typed->arena);
	size_t n = form_rows_in(typed->arena, typed->form, pointer);

	for (size_t i = 0; i < n; i++) {
		const char *at = arena_printf(typed->arena, "%s/%zu", pointer, i);
		struct json_object *item = row_of(typed, member, at), *old = NULL;
		struct span from = said(typed, form_join(typed->arena, at, FORM_ORIGIN));
		uint64_t origin;

		if (json_members(item) == 0)
			continue;
		if (text_unsigned(from, FORM_ROWS_MAX, &origin))
			old = json_at(stored, (size_t)origin);
		if (json_is_object(old))
			item = row_changed(comparing, member, at, arena_printf(typed->arena, "%s/%zu",
			    pointer, (size_t)origin), item, old);
		json_append(list, json_share(item));
	}
	if (json_equal(list, stored) || (stored == NULL && json_count(list) == 0))
		return;
	if (json_count(list) > 0 || (member->flags & MEMBER_NEEDED))
		json_set(doc, member->name, json_share(list));
	else
		json_del(doc, member->name);
}

/* "***" is what stands there. */
static void
keep_sealed(struct arena *arena, struct json_object *pairs, struct json_object *stored)
{
	struct doc_member *members;
	size_t n = doc_members(arena, pairs, &members);

	for (size_t i = 0; i < n; i++)
		if (span_is(json_span(members[i].value), MASK_TEXT) &&
		    form_is_sealed(json_get(stored, members[i].name)))
			json_set(pairs, members[i].name,
			    json_share(json_get(stored, members[i].name)));
}

static void
take_value(const struct comparing *comparing, const struct member *member, const char *at,
    struct json_object *made, struct json_object *same, struct json_object *doc)
{
	struct json_object *before = json_get(same, member->name);
	struct json_object *after = json_get(made, member->name);
	struct arena *arena = comparing->typed.arena;

	if ((member->flags & MEMBER_SEALED) &&
	    said(&comparing->typed, form_join(arena, at, FORM_NONE)).n > 0 && after == NULL) {
		json_del(doc, member->name);
		return;
	}
	if (json_equal(before, after))
		return;
	if (member->flags & MEMBER_PAIRS)
		keep_sealed(arena, after, json_get(doc, member->name));
	if (after != NULL || json_has(made, member->name))
		json_set(doc, member->name, json_share(after));
	else
		json_del(doc, member->name);
}

/* Members that came back otherwise than they were shown take the place of the stored ones. */
static void
take_changes(const struct comparing *comparing, const struct member *members,
    const char *pointer, struct json_object *made, struct json_object *same,
    struct json_object *doc)
{
	for (; members->name != NULL; members++) {
		const char *at = form_join(comparing->typed.arena, pointer, members->name);
		struct json_object *stored = json_get(doc, members->name);
		bool below = has_below(&comparing->typed, at);

		if (!json_has(comparing->typed.form, at) && !below)
			continue;
		if (form_is_rows(members)) {
			take_rows(comparing, members, at, doc);
		} else if (members->type == MEMBER_OBJECT && members->parts != NULL &&
		    json_is_object(stored)) {
			bool any = json_members(stored) > 0;

			take_changes(comparing, members->parts, at, json_get(made, members->name),
			    json_get(same, members->name), stored);
			if (any && json_members(stored) == 0)
				json_del(doc, members->name);
		} else {
			take_value(comparing, members, at, made, same, doc);
		}
	}
}

struct json_object *
form_part_changed(struct page *page, const char *prefix, const struct member *const tables[],
    struct json_object *doc)
{
	const struct comparing comparing = { .typed = { page->arena, page_root(page, "form") },
		.untouched = { page->arena, untouched_form(page, prefix, tables, doc) } };
	struct json_object *made = json_new_object(page->arena), *same = json_new_object(page->arena);
	struct json_object *copy = json_copy(page->arena, doc);

	for (; *tables != NULL; tables++) {
		fill(&comparing.typed, *tables, prefix, made);
		fill(&comparing.untouched, *tables, prefix, same);
		take_changes(&comparing, *tables, prefix, made, same, copy);
	}
	return copy;
}

void
form_forget_origins(struct page *page, const char *prefix, const struct member *const tables[],
    struct json_object *doc)
{
	const struct making typed = { page->arena, page_root(page, "form") };
	const struct making now = { page->arena, untouched_form(page, prefix, tables, doc) };

	for (; *tables != NULL; tables++)
		for (const struct member *member = *tables; member->name != NULL; member++) {
			const char *at = form_join(page->arena, prefix, member->name);
			size_t n = form_is_rows(member) ? form_rows_in(page->arena, typed.form, at) : 0;

			for (size_t i = 0; i < n; i++) {
				const char *row = arena_printf(page->arena, "%s/%zu", at, i);
				const char *origin = form_join(page->arena, row, FORM_ORIGIN);
				uint64_t was;

				if (text_unsigned(said(&typed, origin), FORM_ROWS_MAX, &was) &&
				    !json_equal(row_of(&typed, member, row), row_of(&now, member,
				        arena_printf(page->arena, "%s/%zu", at, (size_t)was))))
					json_del(typed.form, origin);
			}
		}
}

struct json_object *
form_patch(struct arena *arena, struct json_object *from, struct json_object *to)
{
	struct json_object *patch = json_new_object(arena);
	struct doc_member *members;
	size_t n = doc_members(arena, from, &members);

	for (size_t i = 0; i < n; i++)
		if (members[i].value != NULL && json_get(to, members[i].name) == NULL)
			json_set(patch, members[i].name, NULL);
	n = doc_members(arena, to, &members);
	for (size_t i = 0; i < n; i++) {
		struct json_object *before = json_get(from, members[i].name), *after = members[i].value;

		if (after == NULL || json_equal(before, after))
			continue;
		if (json_is_object(before) && json_is_object(after))
			after = form_patch(arena, before, after);
		json_set(patch, members[i].name, json_share(after));
	}
	return patch;
}
