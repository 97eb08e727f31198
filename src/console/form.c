/* SPDX-License-Identifier: ISC */
#include "console/form.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/page.h"
#include "listen/listener.h"
#include "record/schema.h"
#include "record/words.h"

#include <ctype.h>
#include <string.h>

#define ROWS_MAX 500
#define OFFERED_MAX 300   /* names in a list to choose from; more are typed */

struct drawing {
	struct page *page;
	struct arena *arena;
	struct json_object *fields;
	struct json_object *form;   /* what was typed; NULL: nothing was */
	const char *fixed;
	bool quiet;                 /* nobody sees it: complaints stay for who does */
};

/* Whether the words, with blanks between, have this one. */
static bool
has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; (p = strstr(p, word)) != NULL; p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

const struct member *const *
form_tables(struct page *page, const struct kind *kind, struct json_object *doc)
{
	const struct member **tables;
	const struct listener_type *type;
	struct span word = json_string(doc, "type");
	const char *ours;
	size_t n = 0;

	if (kind != &kind_listener)
		return kind->members;
	if (page_text(page, "form", "/type").n > 0)
		word = page_text(page, "form", "/type");
	else if (page_text(page, "query", "type").n > 0)
		word = page_text(page, "query", "type");
	ours = words_ours(words_listener_types, word);
	type = listener_type(ours != NULL ? span_of(ours) : word);
	while (kind->members[n] != NULL)
		n++;
	tables = arena_alloc(page->arena, (n + 2) * sizeof *tables);
	for (size_t i = 0; i < n; i++)
		tables[i] = kind->members[i];
	if (type != NULL)
		tables[n] = type->members;
	return tables;
}

static const char *
join(struct arena *arena, const char *pointer, const char *name)
{
	return arena_printf(arena, "%s/%s", pointer, name);
}

/* "/target/match" to "f-target-match" */
static struct span
id_of_pointer(struct arena *arena, struct span pointer)
{
	char *id = arena_printf(arena, "f%.*s", (int)pointer.n, pointer.p);

	for (char *p = id; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p))
			*p = '-';
	return span_of(id);
}

/* Whether a form can show all of it: else it is kept as it is. */
static bool
can_be_drawn(const struct member *member, struct json_object *value)
{
	if ((member->type == MEMBER_ANY && !(member->flags & MEMBER_TYPED)) ||
	    member->variants != NULL ||
	    (member->type == MEMBER_OBJECT && member->parts == NULL))
		return false;
	if (member->type != MEMBER_OBJECT && member->type != MEMBER_FIELDS &&
	    !(member->type == MEMBER_PARAMETER && member->parts != NULL) && json_is_object(value))
		return false;
	if (json_is_array(value) && !(member->flags & MEMBER_LIST))
		return false;
	for (size_t i = 0; member->type != MEMBER_OBJECT && i < json_count(value); i++)
		if (json_is_object(json_at(value, i)) || json_is_array(json_at(value, i)))
			return false;
	if (member->type == MEMBER_OBJECT)
		for (const struct member *part = member->parts; part->name != NULL; part++) {
			if (!can_be_drawn(part, json_get(value, part->name)))
				return false;
			/* Rows of rows are for a page of its own. */
			if ((member->flags & MEMBER_LIST) && part->type == MEMBER_OBJECT)
				return false;
		}
	return true;
}

static bool
is_for_people(const struct member *member)
{
	return (member->flags & (MEMBER_DERIVED | MEMBER_KEPT | MEMBER_STAMP)) == 0;
}

/* What its type wants, in words. */
static const char *
shape_of(struct arena *arena, const struct member *member)
{
	switch (member->type) {
	case MEMBER_KEY:
		return member->refers != NULL ? NULL
		    : "At most 64 of a-z, 0-9, dot, dash and underscore, a letter or digit first.";
	case MEMBER_TIME:
		return "A time with its zone, such as 2026-11-24T09:30:00Z.";
	case MEMBER_DURATION:
		return "A duration such as 10m or 2h.";
	case MEMBER_PARAMETER:
		return "A name in the body, or a JSON Pointer such as /issue/key.";
	case MEMBER_NETWORK:
		return "An address or a network such as 192.0.2.0/24.";
	case MEMBER_FIELDS:
		return "One on each line: name: value.";
	case MEMBER_INTEGER:
		if (member->low == 0 && member->high == 0)
			return NULL;
		return member->high == INT64_MAX
		    ? arena_printf(arena, "%lld or more.", (long long)member->low)
		    : arena_printf(arena, "%lld to %lld.", (long long)member->low,
		        (long long)member->high);
	default:
		return member->flags & MEMBER_LIST && member->choices == NULL
		    ? "One on each line." : NULL;
	}
}

/* ---- values as text */

static struct span
scalar(struct json_object *value)
{
	struct span text = json_span(value);

	return value == NULL ? SPAN("") : text.p != NULL ? text : json_number_text(value);
}

static struct span
lines_of(struct arena *arena, struct json_object *list)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < json_count(list); i++) {
		buf_span(&out, scalar(json_at(list, i)));
		buf_putc(&out, '\n');
	}
	return buf_keep(&out, arena);
}

/* Text that would be read as something else stands in quotes. */
static bool
needs_quotes(struct span text)
{
	int64_t number;
	bool flag;

	return text.n == 0 || text.p[0] == '"' || text_integer(text, &number) ||
	    text_boolean(text, &flag) || text.p[0] == ' ' || text.p[text.n - 1] == ' ' ||
	    memchr(text.p, '\n', text.n) != NULL;
}

/* A text, or a number: text that looks like one stands in quotes. */
static struct span
plain_of(struct arena *arena, struct json_object *value)
{
	struct span text = json_span(value);
	struct buf out = { 0 };

	if (text.n == 0 || !needs_quotes(text))
		return scalar(value);
	buf_json_string(&out, text);
	return buf_keep(&out, arena);
}

static struct span
pairs_of(struct arena *arena, struct json_object *object)
{
	struct doc_member *members;
	size_t n = doc_members(arena, object, &members);
	struct buf out = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct span text = json_span(members[i].value);

		buf_printf(&out, "%s: ", members[i].name);
		if (text.p != NULL && needs_quotes(text))
			buf_json_string(&out, text);
		else
			buf_span(&out, scalar(members[i].value));
		buf_putc(&out, '\n');
	}
	return buf_keep(&out, arena);
}

/* What was typed into the field; p NULL: the form had none. */
static struct span
typed(const struct drawing *drawing, const char *pointer)
{
	struct json_object *value = json_get(drawing->form, pointer);

	if (json_is_array(value)) /* a hidden one goes before checkboxes */
		value = json_at(value, json_count(value) - 1);
	return json_span(value);
}

/* "as the other system sends it" begins with a capital letter, and ends. */
static struct span
sentence(struct arena *arena, const char *hint)
{
	size_t n = strlen(hint);
	char *text = arena_join(arena, span_of(hint), strchr(".?!", hint[n - 1]) == NULL &&
	    (unsigned char)hint[n - 1] < 0x80 ? SPAN(".") : SPAN(""), SPAN(""));

	text[0] = (char)toupper((unsigned char)text[0]);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	return span_of(text);
}

/* ---- fields */

/* A complaint about an item of a list is one about the field that has all of it. */
static bool
is_about(const struct member *member, struct span complained, const char *pointer)
{
	size_t n = strlen(pointer);
	bool has_fields = member->parts != NULL;

	return span_is(complained, pointer) ||
	    (has_fields && member->type == MEMBER_PARAMETER && complained.n == n + 10 &&
	        span_starts(complained, pointer) && strcmp(complained.p + n, "/parameter") == 0) ||
	    (!has_fields && complained.n > n && span_starts(complained, pointer) &&
	        complained.p[n] == '/');
}

/* Complaints name members as documents do; people know the label. */
static struct span
in_words(struct arena *arena, const struct member *member, struct span text)
{
	const char *quoted = arena_printf(arena, "\"%s\"", member->name);
	size_t n = strlen(quoted);

	if (span_starts(text, quoted))
		return span_of(arena_join(arena, span_of(schema_label(member)),
		    (struct span){ text.p + n, text.n - n }, SPAN("")));
	return span_of(arena_join(arena, span_of(schema_label(member)), SPAN(": "), text));
}

static struct json_object *
field_new(struct drawing *drawing, const char *pointer, const struct member *member)
{
	struct json_object *field = json_new_object(drawing->arena), *problems, *one;
	const char *shape = shape_of(drawing->arena, member);
	struct span id = id_of_pointer(drawing->arena, span_of(pointer));
	struct buf described = { 0 };

	json_set_text(field, "name", span_of(pointer));
	json_set_text(field, "id", id);
	json_set_text(field, "label", span_of(schema_label(member)));
	json_set_bool(field, "needed", (member->flags & MEMBER_NEEDED) != 0);
	if (member->hint != NULL)
		json_set_text(field, "hint", sentence(drawing->arena, member->hint));
	if (shape != NULL)
		json_set_text(field, "shape", span_of(shape));
	if (member->hint != NULL || shape != NULL)
		buf_printf(&described, "%.*s-help ", (int)id.n, id.p);
	problems = drawing->quiet ? NULL
	    : json_get(page_root(drawing->page, "page"), "problems");
	for (size_t i = 0; i < json_count(problems); i++) {
		one = json_at(problems, i);
		if (!is_about(member, json_string(one, "pointer"), pointer))
			continue;
		json_set_text(one, "id", id);
		if (!json_has(field, "problem")) {
			json_set_text(one, "text", in_words(drawing->arena, member,
			    json_string(one, "text")));
			json_set_text(field, "problem", json_string(one, "text"));
			buf_printf(&described, "%.*s-problem", (int)id.n, id.p);
		}
	}
	if (described.n > 0)
		json_set_text(field, "described", text_trim(buf_bytes(&described)));
	buf_free(&described);
	json_append(drawing->fields, json_share(field));
	return field;
}

static struct json_object *
option_add(struct drawing *drawing, struct json_object *options, struct span value,
    struct span label, bool chosen)
{
	struct json_object *option = json_new_object(drawing->arena);

	json_set_text(option, "value", value);
	json_set_text(option, "label", label.n > 0 ? label : value);
	json_set_bool(option, "chosen", chosen);
	json_append(options, json_share(option));
	return option;
}

/* What people call it: "External Data" for data, "Team" for team. */
static struct span
word_of(struct arena *arena, const struct member *member, const char *choice)
{
	char *label;

	for (const struct word *word = member->words; word != NULL && word->said != NULL; word++)
		if (strcmp(word->ours, choice) == 0)
			return span_of(word->said);
	label = arena_string(arena, span_of(choice));
	label[0] = (char)toupper((unsigned char)label[0]);
	return span_of(label);
}

static struct json_object *
options_new(struct drawing *drawing, struct json_object *field, const struct member *member)
{
	struct json_object *options = json_new_array(drawing->arena);

	json_set(field, "options", json_share(options));
	if (!(member->flags & MEMBER_LIST))
		option_add(drawing, options, SPAN(""), SPAN("\xe2\x80\x93"), false);
	return options;
}

static bool
is_among(struct json_object *list, struct span item)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (span_eq(json_span(json_at(list, i)), item))
			return true;
	return false;
}

static void
draw_choices(struct drawing *drawing, struct json_object *field, const struct member *member,
    struct span value, struct json_object *values)
{
	struct json_object *options = options_new(drawing, field, member);

	json_set_bool(field, member->flags & MEMBER_LIST ? "is_checks" : "is_choice", true);
	if (member->choices == NULL) /* the words are all there are */
		for (const struct word *word = member->words; word->said != NULL; word++)
			option_add(drawing, options, span_of(word->ours), span_of(word->said),
			    span_is(value, word->ours));
	for (size_t i = 0; member->choices != NULL && member->choices[i] != NULL; i++) {
		struct json_object *option = option_add(drawing, options, span_of(member->choices[i]),
		    word_of(drawing->arena, member, member->choices[i]),
		    span_is(value, member->choices[i]) ||
		        is_among(values, span_of(member->choices[i])));

		json_set_text(option, "id", span_of(arena_printf(drawing->arena, "%s-%zu",
		    json_string(field, "id").p, i)));
	}
}

static void
draw_flag(struct drawing *drawing, struct json_object *field, const struct member *member,
    struct span value)
{
	struct json_object *options = options_new(drawing, field, member);

	json_set_bool(field, "is_choice", true);
	option_add(drawing, options, SPAN("true"), SPAN("Yes"), span_is(value, "true"));
	option_add(drawing, options, SPAN("false"), SPAN("No"), span_is(value, "false"));
}

static const char *
offered(const struct member *member)
{
	return member->names != NULL ? member->names : member->refers;
}

/* The names of a kind, from the reply of its list. */
static struct span
name_of(struct arena *arena, struct json_object *row)
{
	struct span key = json_string(row, "key"), project = json_string(row, "project");

	if (key.n == 0)
		key = json_string(row, "name");
	return project.n > 0 ? span_of(arena_join(arena, project, SPAN("/"), key)) : key;
}

/* False: there is no list to choose from; then it is typed. */
static bool
draw_offered(struct drawing *drawing, struct json_object *field, const struct member *member,
    struct span value)
{
	const char *kind = offered(member);
	struct json_object *reply = kind == NULL ? NULL : page_reply(drawing->page,
	    arena_printf(drawing->arena, "offered-%s", kind)), *options, *rows;
	bool found = value.n == 0;

	if (reply == NULL || json_has(reply, "more") || json_has(reply, "problem"))
		return false;
	rows = json_get(reply, "rows");
	options = options_new(drawing, field, member);
	json_set_bool(field, "is_choice", true);
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span name = name_of(drawing->arena, row), said = json_string(row, "name");
		bool chosen = span_eq(value, name);

		found = found || chosen;
		option_add(drawing, options, name, said.n == 0 || span_eq(said, name) ? name
		    : span_of(arena_printf(drawing->arena, "%.*s (%.*s)", (int)said.n, said.p,
		        (int)name.n, name.p)), chosen);
	}
	if (!found)
		option_add(drawing, options, value, value, true);
	return true;
}

/* What its kind offers, one after the other. */
static void
draw_offers(struct drawing *drawing, struct json_object *field, const struct member *member,
    struct span value)
{
	struct json_object *options = options_new(drawing, field, member);
	bool found = value.n == 0;
	const char *offer;

	json_set_bool(field, "is_choice", true);
	for (size_t i = 0; (offer = member->offers(i)) != NULL; i++) {
		found = found || span_is(value, offer);
		option_add(drawing, options, span_of(offer), word_of(drawing->arena, member, offer),
		    span_is(value, offer));
	}
	if (!found)
		option_add(drawing, options, value, value, true);
}

static void
draw_line(struct json_object *field, const struct member *member)
{
	if (member->type == MEMBER_TEXT || (member->flags & MEMBER_LONG)) {
		json_set_bool(field, "is_text", true);
		return;
	}
	json_set_bool(field, "is_line", true);
	json_set_text(field, "type", member->type == MEMBER_EMAIL ? SPAN("email") : SPAN("text"));
	if (member->type == MEMBER_INTEGER)
		json_set_text(field, "mode", SPAN("numeric"));
}

static void draw_members(struct drawing *drawing, const struct member *members,
    struct json_object *doc, const char *pointer);

static void
draw_group(struct drawing *drawing, const char *pointer, const struct member *member,
    struct json_object *value)
{
	struct json_object *open = field_new(drawing, pointer, member), *close;

	json_set_bool(open, "is_open", true);
	draw_members(drawing, member->parts, value, pointer);
	close = json_new_object(drawing->arena);
	json_set_bool(close, "is_close", true);
	json_append(drawing->fields, json_share(close));
}

/* Rows that were typed: "/fields/0/label" … */
static size_t
typed_rows(const struct drawing *drawing, const char *pointer)
{
	struct doc_member *members;
	size_t count = doc_members(drawing->arena, drawing->form, &members), n = strlen(pointer);
	size_t rows = 0;

	for (size_t i = 0; i < count; i++) {
		struct span rest = span_of(members[i].name), number;
		uint64_t row;

		if (!span_starts(rest, pointer) || rest.p[n] != '/')
			continue;
		rest.p += n + 1;
		rest.n -= n + 1;
		number = text_cut(&rest, '/');
		if (text_unsigned(number, ROWS_MAX - 1, &row) && row + 1 > rows)
			rows = (size_t)row + 1;
	}
	return rows;
}

static void
draw_rows(struct drawing *drawing, const char *pointer, const struct member *member,
    struct json_object *list)
{
	struct json_object *open = field_new(drawing, pointer, member), *item;
	size_t rows = drawing->form != NULL ? typed_rows(drawing, pointer) : json_count(list);
	bool more = span_is(page_text(drawing->page, "form", "more"), pointer);

	json_set_bool(open, "is_open", true);
	json_set_bool(open, "is_rows", true);
	if (rows == 0 || more)
		rows++;
	for (size_t i = 0; i < rows && i < ROWS_MAX; i++) {
		const char *at = arena_printf(drawing->arena, "%s/%zu", pointer, i);

		item = json_new_object(drawing->arena);
		json_set_bool(item, "is_open", true);
		json_set_bool(item, "is_row", true);
		json_set_text(item, "label", span_of(arena_printf(drawing->arena, "%s, row %zu",
		    schema_label(member), i + 1)));
		json_append(drawing->fields, json_share(item));
		draw_members(drawing, member->parts, json_at(list, i), at);
		item = json_new_object(drawing->arena);
		json_set_bool(item, "is_close", true);
		json_append(drawing->fields, json_share(item));
	}
	item = json_new_object(drawing->arena);
	json_set_bool(item, "is_more", true);
	json_set_text(item, "name", span_of(pointer));
	json_append(drawing->fields, json_share(item));
	item = json_new_object(drawing->arena);
	json_set_bool(item, "is_close", true);
	json_append(drawing->fields, json_share(item));
}

static void
draw_fixed(struct drawing *drawing, const char *pointer, const struct member *member,
    struct json_object *value)
{
	struct json_object *field;

	if (value == NULL)
		return;
	field = field_new(drawing, pointer, member);
	json_set_bool(field, "is_fixed", true);
	json_set_text(field, "value", json_span(value).p != NULL ? json_span(value)
	    : json_write(drawing->arena, value));
}

static void draw(struct drawing *drawing, const struct member *member,
    struct json_object *value, const char *pointer);

/* A parameter alone, or an object that also says by what its value finds somebody. */
static void
draw_person(struct drawing *drawing, const char *pointer, const struct member *member,
    struct json_object *value)
{
	const struct member *match = schema_member(member->parts, SPAN("match"));
	struct span text = typed(drawing, pointer);
	struct json_object *field = field_new(drawing, pointer, member);

	if (text.p == NULL)
		text = json_is_object(value) ? json_string(value, "parameter") : scalar(value);
	json_set_text(field, "value", text);
	json_set_bool(field, "is_line", true);
	json_set_text(field, "type", SPAN("text"));
	if (match != NULL) {
		struct member found_by = *match;

		found_by.label = arena_printf(drawing->arena, "%s: %s", schema_label(member),
		    schema_label(match));
		draw(drawing, &found_by, json_get(value, "match"),
		    join(drawing->arena, pointer, "match"));
	}
}

static void
draw(struct drawing *drawing, const struct member *member, struct json_object *value,
    const char *pointer)
{
	struct span text = typed(drawing, pointer);
	struct json_object *field;

	if (!can_be_drawn(member, value) || has_word(drawing->fixed, member->name)) {
		draw_fixed(drawing, pointer, member, value);
		return;
	}
	if (member->type == MEMBER_PARAMETER && member->parts != NULL) {
		draw_person(drawing, pointer, member, value);
		return;
	}
	if (member->type == MEMBER_OBJECT) {
		if (member->flags & MEMBER_LIST)
			draw_rows(drawing, pointer, member, value);
		else
			draw_group(drawing, pointer, member, value);
		return;
	}
	field = field_new(drawing, pointer, member);
	if (text.p == NULL)
		text = member->flags & MEMBER_LIST ? lines_of(drawing->arena, value)
		    : member->type == MEMBER_FIELDS ? pairs_of(drawing->arena, value)
		    : member->type == MEMBER_ANY ? plain_of(drawing->arena, value) : scalar(value);
	json_set_text(field, "value", text);
	if (words_ours(member->words, text) != NULL)
		text = span_of(words_ours(member->words, text));
	if (member->choices != NULL || (member->words != NULL && member->offers == NULL &&
	    !(member->flags & MEMBER_LIST)))
		draw_choices(drawing, field, member, text, drawing->form == NULL ? value
		    : json_get(drawing->form, pointer));
	else if (member->flags & MEMBER_LIST)
		json_set_bool(field, "is_list", true);
	else if (member->type == MEMBER_FIELDS)
		json_set_bool(field, "is_pairs", true);
	else if (member->type == MEMBER_BOOLEAN)
		draw_flag(drawing, field, member, text);
	else if (member->offers != NULL)
		draw_offers(drawing, field, member, text);
	else if (!draw_offered(drawing, field, member, text))
		draw_line(field, member);
}

static void
draw_members(struct drawing *drawing, const struct member *members, struct json_object *doc,
    const char *pointer)
{
	for (; members->name != NULL; members++)
		if (is_for_people(members))
			draw(drawing, members, json_get(doc, members->name),
			    join(drawing->arena, pointer, members->name));
}

/* into: what gets the fields. */
static struct drawing
drawing_of(struct page *page, struct json_object *into, const char *fixed)
{
	struct drawing drawing = { .page = page, .arena = page->arena, .fixed = fixed,
		.fields = json_new_array(page->arena) };
	struct json_object *form = page_root(page, "form");

	if (json_members(form) > 0)
		drawing.form = form;
	json_set(into, "fields", json_share(drawing.fields));
	return drawing;
}

void
form_fields(struct page *page, const struct member *const tables[], struct json_object *doc,
    const char *fixed)
{
	struct drawing drawing = drawing_of(page, page_root(page, "page"), fixed);

	for (; *tables != NULL; tables++)
		draw_members(&drawing, *tables, doc, "");
}

/* Those that are wanted, in that order. */
static void
draw_wanted(struct drawing *drawing, const struct member *const tables[],
    struct json_object *doc, const char *prefix, const char *wanted)
{
	struct span rest = span_of(wanted), name;

	while (rest.n > 0) {
		name = text_cut(&rest, ' ');
		for (const struct member *const *table = tables; *table != NULL; table++) {
			const struct member *member = schema_member(*table, name);

			if (member != NULL)
				draw(drawing, member, json_get(doc, member->name),
				    join(drawing->arena, prefix, member->name));
		}
	}
}

void
form_fields_of(struct page *page, const struct member *const tables[],
    struct json_object *doc, const char *wanted)
{
	struct drawing drawing = drawing_of(page, page_root(page, "page"), "");

	draw_wanted(&drawing, tables, doc, "", wanted);
}

void
form_part(struct page *page, struct json_object *into, const char *prefix,
    const struct member *const tables[], struct json_object *doc, const char *wanted)
{
	struct drawing drawing = drawing_of(page, into, "");

	draw_wanted(&drawing, tables, doc, prefix, wanted);
}

void
form_part_without(struct page *page, struct json_object *into, const char *prefix,
    const struct member *const tables[], struct json_object *doc, const char *unwanted)
{
	struct drawing drawing = drawing_of(page, into, "");

	for (; *tables != NULL; tables++)
		for (const struct member *member = *tables; member->name != NULL; member++)
			if (is_for_people(member) && !has_word(unwanted, member->name))
				draw(&drawing, member, json_get(doc, member->name),
				    join(page->arena, prefix, member->name));
}

bool
form_asks_for_rows(const struct page *page)
{
	return page_text(page, "form", "more").n > 0;
}

/* ---- documents */

struct making {
	struct arena *arena;
	struct json_object *form;
	bool clears;
};

static void
put(const struct making *making, struct json_object *to, const char *name,
    struct json_object *value)
{
	if (value != NULL)
		json_set(to, name, json_share(value));
	else if (making->clears)
		json_set(to, name, NULL);
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

static struct json_object *
list_of(const struct making *making, const struct member *member, struct json_object *given)
{
	struct json_object *list = json_new_array(making->arena);
	struct span rest = json_span(given), item;

	for (size_t i = 0; i < json_count(given); i++) /* of checkboxes */
		if ((item = json_span(json_at(given, i))).n > 0)
			json_append(list, json_share(json_new_text(making->arena, item)));
	while (rest.n > 0)
		if ((item = text_trim(text_cut(&rest, '\n'))).n > 0)
			json_append(list, json_share(value_of(making, member->type, item)));
	return json_count(list) > 0 || making->clears ? list : NULL;
}

/* A number, true or false, else text; in quotes it is text, whatever stands in it. */
static struct json_object *
plain_value(const struct making *making, struct span line)
{
	struct json_object *value = NULL;
	struct error error = { 0 };

	if (line.n > 1 && line.p[0] == '"' && line.p[line.n - 1] == '"')
		value = json_at(json_read(making->arena, span_of(arena_join(making->arena,
		    SPAN("["), line, SPAN("]"))), &json_limits_default, &error), 0);
	if (value == NULL && needs_quotes(line) && line.n > 0 && line.p[0] != '"')
		value = value_of(making, (line.p[0] | 0x20) == 't' || (line.p[0] | 0x20) == 'f'
		    ? MEMBER_BOOLEAN : MEMBER_INTEGER, line);
	return value != NULL ? value : json_new_text(making->arena, line);
}

/* As draw_person() shows it. */
static struct json_object *
person_of(const struct making *making, const char *at, struct json_object *given)
{
	struct span parameter = text_strip(json_span(given));
	struct span match = text_strip(json_string(making->form, join(making->arena, at, "match")));
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

/* "name: value" on each line. */
static struct json_object *
fields_of(const struct making *making, struct span text)
{
	struct json_object *object = json_new_object(making->arena), *value;

	while (text.n > 0) {
		struct span line = text_trim(text_cut(&text, '\n')), name;

		if (line.n == 0)
			continue;
		name = text_trim(text_cut(&line, ':'));
		value = plain_value(making, text_trim(line));
		json_set(object, arena_string(making->arena, name), json_share(value));
	}
	return json_members(object) > 0 ? object : NULL;
}

static size_t
fill(const struct making *making, const struct member *members, const char *pointer,
    struct json_object *to);

static struct json_object *
rows_of(const struct making *making, const struct member *member, const char *pointer)
{
	struct drawing drawing = { .arena = making->arena, .form = making->form };
	struct making row = { making->arena, making->form, false };
	struct json_object *list = json_new_array(making->arena);
	size_t n = typed_rows(&drawing, pointer);

	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_new_object(making->arena);

		fill(&row, member->parts, arena_printf(making->arena, "%s/%zu", pointer, i), item);
		if (json_members(item) > 0)
			json_append(list, json_share(item));
	}
	return n == 0 ? NULL : list;
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

/* Every member that the form had; how many of them say something. */
static size_t
fill(const struct making *making, const struct member *members, const char *pointer,
    struct json_object *to)
{
	size_t said = 0;

	for (; members->name != NULL; members++) {
		const char *at = join(making->arena, pointer, members->name);
		struct json_object *given = json_get(making->form, at), *value = NULL;
		bool list = members->flags & MEMBER_LIST;

		/* What the form does not draw is not taken from it either. */
		if (!is_for_people(members) || !can_be_drawn(members, NULL))
			continue;
		if (members->type == MEMBER_OBJECT && members->parts != NULL && has_below(making, at)) {
			struct json_object *object = json_new_object(making->arena);

			if (list)
				value = rows_of(making, members, at);
			else if (fill(making, members->parts, at, object) > 0)
				value = object;
		} else if (given == NULL) {
			continue;
		} else if (members->type == MEMBER_PARAMETER && members->parts != NULL) {
			value = person_of(making, at, given);
		} else if (list) {
			value = list_of(making, members, given);
		} else if (json_is_array(given)) {
			given = json_at(given, json_count(given) - 1);
			value = json_span(given).n > 0 ? value_of(making, members->type, json_span(given))
			                               : NULL;
		} else if (members->type == MEMBER_FIELDS) {
			value = fields_of(making, json_span(given));
		} else if (members->type == MEMBER_ANY && json_span(given).n > 0) {
			value = plain_value(making, text_strip(json_span(given)));
		} else if (json_span(given).n > 0) {
			value = value_of(making, members->type, members->type == MEMBER_TEXT ||
			    (members->flags & MEMBER_LONG) ? json_span(given) : text_strip(json_span(given)));
		}
		put(making, to, members->name, value);
		said += value != NULL;
	}
	return said;
}

struct json_object *
form_document(struct page *page, const struct member *const tables[], bool clears)
{
	struct making making = { page->arena, page_root(page, "form"), clears };
	struct json_object *doc = json_new_object(page->arena);

	for (; *tables != NULL; tables++)
		fill(&making, *tables, "", doc);
	return doc;
}

struct json_object *
form_part_document(struct page *page, const char *prefix, const struct member *const tables[])
{
	struct making making = { page->arena, page_root(page, "form"), false };
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
	bool line = json_flag(field, "is_line", false);
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

	if (options == NULL)
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
	struct drawing drawing = { .page = page, .arena = page->arena, .fixed = "",
		.fields = json_new_array(page->arena), .quiet = true };
	struct json_object *form = json_new_object(page->arena);

	for (; *tables != NULL; tables++)
		draw_members(&drawing, *tables, doc, prefix);
	for (size_t i = 0; i < json_count(drawing.fields); i++) {
		struct json_object *field = json_at(drawing.fields, i);
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

/* Members that came back otherwise than they were shown take the place of the stored ones. */
static void
take_changes(const struct comparing *comparing, const struct member *members,
    const char *pointer, struct json_object *made, struct json_object *same,
    struct json_object *doc)
{
	for (; members->name != NULL; members++) {
		const char *at = join(comparing->typed.arena, pointer, members->name);
		struct json_object *before = json_get(same, members->name);
		struct json_object *after = json_get(made, members->name);
		struct json_object *stored = json_get(doc, members->name);
		bool object = members->type == MEMBER_OBJECT && !(members->flags & MEMBER_LIST);

		if ((!json_has(comparing->typed.form, at) && !has_below(&comparing->typed, at)) ||
		    json_equal(before, after))
			continue;
		if (object && members->parts != NULL && json_is_object(stored)) {
			take_changes(comparing, members->parts, at, after, before, stored);
			if (json_members(stored) == 0)
				json_del(doc, members->name);
		} else if (after != NULL) {
			json_set(doc, members->name, json_share(after));
		} else {
			json_del(doc, members->name);
		}
	}
}

struct json_object *
form_part_changed(struct page *page, const char *prefix, const struct member *const tables[],
    struct json_object *doc)
{
	const struct comparing comparing = {
		.typed = { page->arena, page_root(page, "form"), false },
		.untouched = { page->arena, untouched_form(page, prefix, tables, doc), false } };
	struct json_object *made = json_new_object(page->arena), *same = json_new_object(page->arena);
	struct json_object *copy = json_copy(page->arena, doc);

	for (; *tables != NULL; tables++) {
		fill(&comparing.typed, *tables, prefix, made);
		fill(&comparing.untouched, *tables, prefix, same);
		take_changes(&comparing, *tables, prefix, made, same, copy);
	}
	return copy;
}

/* ---- names to choose from */

static void
call_offered(struct page *page, const struct member *members)
{
	for (; members->name != NULL; members++) {
		const char *kind = offered(members);

		if (kind != NULL && strcmp(kind, "user") != 0 && !(members->flags & MEMBER_LIST)) {
			const char *name = arena_printf(page->arena, "offered-%s", kind);

			if (page_reply(page, name) == NULL) {
				json_set(page_root(page, "calls"), name,
				    json_share(json_new_object(page->arena)));
				page_call(page, name, arena_printf(page->arena,
				    "{\"command\":\"list\",\"kind\":\"%s\",\"limit\":%d}", kind, OFFERED_MAX));
			}
		}
		if (members->parts != NULL)
			call_offered(page, members->parts);
	}
}

void
form_calls(struct page *page, const struct member *const tables[])
{
	for (; *tables != NULL; tables++)
		call_offered(page, *tables);
}
