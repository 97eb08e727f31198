/* SPDX-License-Identifier: ISC */
#include "console/form.h"
#include "console/form_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "console/page.h"
#include "http/mask.h"
#include "listen/listener.h"
#include "record/schema.h"
#include "record/words.h"

#include <ctype.h>
#include <string.h>

#define OFFERED_MAX 300   /* names in a list to choose from; more are typed */

struct drawing {
	struct page *page;
	struct arena *arena;
	struct json_object *fields;
	struct json_object *form;   /* what was typed; NULL: nothing was */
	const char *fixed;
	bool quiet;                 /* nobody sees it: complaints stay for who does */
	bool conflict;              /* what is stored is told beside what was typed */
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

const char *
form_join(struct arena *arena, const char *pointer, const char *name)
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

bool
form_is_rows(const struct member *member)
{
	return (member->flags & MEMBER_LIST) && member->parts != NULL &&
	    (member->type == MEMBER_OBJECT || member->variants != NULL);
}

/* Texts, or secrets that nobody sees. */
static bool
are_pairs(struct json_object *value)
{
	struct arena *arena = arena_new();
	struct doc_member *members;
	size_t n = doc_members(arena, value, &members);
	bool good = value == NULL || json_is_object(value);

	for (size_t i = 0; i < n; i++)
		good = good && (json_span(members[i].value).p != NULL ||
		    form_is_sealed(members[i].value));
	arena_free(&arena);
	return good;
}

bool
form_is_sealed(struct json_object *value)
{
	return json_is_object(value) && json_string(value, "sealed").n > 0;
}

static bool
rows_can_be_drawn(const struct member *member, struct json_object *list)
{
	for (const struct member *part = member->parts; part->name != NULL; part++)
		if (form_is_rows(part) || !form_can_draw(part, NULL))
			return false; /* rows of rows are for a page of their own */
	if (list != NULL && !json_is_array(list))
		return false;
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);
		const struct member *tables[] = { member->parts, schema_variant(member->variants,
		    item) };

		if (!json_is_object(item) || (member->variants != NULL && tables[1] == NULL))
			return false;
		for (size_t t = 0; t < 2; t++)
			for (const struct member *part = tables[t]; part != NULL && part->name != NULL;
			    part++)
				if (form_is_for_people(part) &&
				    !form_can_draw(part, json_get(item, part->name)))
					return false;
	}
	return true;
}

/* One text, or a list of texts and of {"team": "testers"}. */
static bool
are_several(struct json_object *value)
{
	size_t n = json_is_array(value) ? json_count(value) : 1;
	struct arena *arena = arena_new();
	struct doc_member *members;
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_is_array(value) ? json_at(value, i) : value;

		if (json_is_object(one) ? doc_members(arena, one, &members) != 1 ||
		    json_span(members[0].value).p == NULL : one != NULL && json_span(one).p == NULL)
			good = false;
	}
	arena_free(&arena);
	return good;
}

bool
form_can_draw(const struct member *member, struct json_object *value)
{
	if (form_is_rows(member))
		return rows_can_be_drawn(member, value);
	if (member->variants != NULL)
		return false;
	if (member->flags & MEMBER_PAIRS)
		return are_pairs(value);
	if (member->flags & MEMBER_SEVERAL)
		return are_several(value);
	if (member->flags & MEMBER_SEALED)
		return value == NULL || json_span(value).p != NULL || form_is_sealed(value);
	if ((member->type == MEMBER_ANY && !(member->flags & MEMBER_TYPED)) ||
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
		for (const struct member *part = member->parts; part->name != NULL; part++)
			if (!form_can_draw(part, json_get(value, part->name)))
				return false;
	return true;
}

bool
form_is_for_people(const struct member *member)
{
	return (member->flags & (MEMBER_DERIVED | MEMBER_KEPT | MEMBER_STAMP)) == 0;
}

/* What its type wants, in words. */
static const char *
shape_of(struct arena *arena, const struct member *member)
{
	if (member->flags & MEMBER_PAIRS)
		return "One on each line: name: text. *** is a secret that is kept as it is.";
	if (member->flags & MEMBER_SEVERAL)
		return "One on each line; a team is written team: and its name.";
	switch (member->type) {
	case MEMBER_KEY:
		return member->refers != NULL ? NULL
		    : "At most 64 of a-z, 0-9, dot, dash and underscore, a letter or digit first.";
	case MEMBER_ID:
		return "Left empty, the next number is taken.";
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

	return value == NULL || json_is_object(value) ? SPAN("") : text.p != NULL ? text : json_number_text(value);
}

/* Would be read as something else, or not at all, where a line ends. */
static bool
is_odd_line(struct span text)
{
	if (text.n == 0 || text.p[0] == '"' || text.p[0] == ' ' || text.p[text.n - 1] == ' ')
		return true;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ')
			return true;
	return false;
}

static void
put_line(struct buf *out, struct span text)
{
	if (is_odd_line(text))
		buf_json_string(out, text);
	else
		buf_span(out, text);
}

static struct span
lines_of(struct arena *arena, struct json_object *list)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < json_count(list); i++) {
		put_line(&out, scalar(json_at(list, i)));
		buf_putc(&out, '\n');
	}
	return buf_keep(&out, arena);
}

bool
form_needs_quotes(struct span text)
{
	int64_t number;
	bool flag;

	return is_odd_line(text) || text_integer(text, &number) || text_boolean(text, &flag);
}

/* A text, or a number: text that looks like one stands in quotes. */
static struct span
plain_of(struct arena *arena, struct json_object *value)
{
	struct span text = json_span(value);
	struct buf out = { 0 };

	if (text.n == 0 || !form_needs_quotes(text))
		return scalar(value);
	buf_json_string(&out, text);
	return buf_keep(&out, arena);
}

/* texts: all values are; else text that looks like a number stands in quotes. */
static struct span
pairs_of(struct arena *arena, struct json_object *object, bool texts)
{
	struct doc_member *members;
	size_t n = doc_members(arena, object, &members);
	struct buf out = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct span name = span_of(members[i].name), text = json_span(members[i].value);

		if (memchr(name.p, ':', name.n) != NULL)
			buf_json_string(&out, name);
		else
			put_line(&out, name);
		buf_puts(&out, ": ");
		if (form_is_sealed(members[i].value))
			buf_puts(&out, MASK_TEXT);
		else if (text.p != NULL && (texts ? is_odd_line(text) || span_is(text, MASK_TEXT)
		                                  : form_needs_quotes(text)))
			buf_json_string(&out, text);
		else
			buf_span(&out, scalar(members[i].value));
		buf_putc(&out, '\n');
	}
	return buf_keep(&out, arena);
}

/* Each of several on a line: "jim@acme.example", "team: testers". */
static struct span
several_of(struct arena *arena, struct json_object *value)
{
	size_t n = json_is_array(value) ? json_count(value) : value != NULL;
	struct buf out = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_is_array(value) ? json_at(value, i) : value;
		struct doc_member *members;

		if (json_is_object(one) && doc_members(arena, one, &members) == 1) {
			buf_printf(&out, "%s: ", members[0].name);
			one = members[0].value;
		}
		put_line(&out, scalar(one));
		buf_putc(&out, '\n');
	}
	return buf_keep(&out, arena);
}

/* As the field of a document has it. */
static struct span
text_of(struct arena *arena, const struct member *member, struct json_object *value)
{
	if (member->flags & MEMBER_PAIRS)
		return pairs_of(arena, value, true);
	if (member->flags & MEMBER_SEVERAL)
		return several_of(arena, value);
	if (member->flags & MEMBER_SEALED)
		return member->flags & MEMBER_TYPED ? scalar(value) : SPAN("");
	if (member->flags & MEMBER_LIST)
		return lines_of(arena, value);
	if (member->type == MEMBER_FIELDS)
		return pairs_of(arena, value, false);
	if (member->type == MEMBER_ANY)
		return plain_of(arena, value);
	if (member->type == MEMBER_PARAMETER && json_is_object(value))
		return json_string(value, "parameter");
	return scalar(value);
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
	bool has_fields = member->parts != NULL || form_is_rows(member);

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

/* The first complaint about the field stands at it; all lead to it. */
static void
take_problems(struct drawing *drawing, struct json_object *field, const struct member *member,
    const char *pointer)
{
	struct json_object *problems = drawing->quiet ? NULL
	    : json_get(page_root(drawing->page, "page"), "problems"), *one;
	struct span id = id_of_pointer(drawing->arena, span_of(pointer));

	for (size_t i = 0; i < json_count(problems); i++) {
		one = json_at(problems, i);
		if (!is_about(member, json_string(one, "pointer"), pointer))
			continue;
		if (!json_has(one, "id"))
			json_set_text(one, "text", in_words(drawing->arena, member,
			    json_string(one, "text")));
		json_set_text(one, "id", id);
		if (!json_has(field, "problem"))
			json_set_text(field, "problem", json_string(one, "text"));
	}
}

/* That of a row as a whole. */
static void
take_problem(struct drawing *drawing, struct json_object *row, struct span pointer)
{
	struct json_object *problems = drawing->quiet ? NULL
	    : json_get(page_root(drawing->page, "page"), "problems"), *one;

	for (size_t i = 0; i < json_count(problems); i++) {
		one = json_at(problems, i);
		if (!span_eq(json_string(one, "pointer"), pointer))
			continue;
		json_set_text(one, "id", id_of_pointer(drawing->arena, pointer));
		if (!json_has(row, "problem"))
			json_set_text(row, "problem", json_string(one, "text"));
	}
}

static struct json_object *
field_new(struct drawing *drawing, const char *pointer, const struct member *member)
{
	struct json_object *field = json_new_object(drawing->arena);
	const char *shape = shape_of(drawing->arena, member);
	/* Cards show what there is to say. */
	const char *hint = member->variants != NULL ? NULL : member->hint;
	struct span id = id_of_pointer(drawing->arena, span_of(pointer));
	struct buf described = { 0 };

	json_set_text(field, "name", span_of(pointer));
	json_set_text(field, "id", id);
	json_set_text(field, "label", span_of(schema_label(member)));
	json_set_bool(field, "needed", (member->flags & MEMBER_NEEDED) != 0);
	json_set_bool(field, "tags", (member->flags & MEMBER_TAGS) != 0);
	if (hint != NULL)
		json_set_text(field, "hint", sentence(drawing->arena, hint));
	if (shape != NULL)
		json_set_text(field, "shape", span_of(shape));
	if (hint != NULL || shape != NULL)
		buf_printf(&described, "%.*s-help ", (int)id.n, id.p);
	take_problems(drawing, field, member, pointer);
	if (json_has(field, "problem"))
		buf_printf(&described, "%.*s-problem ", (int)id.n, id.p);
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
	for (char *p = label; *p != '\0'; p++)
		if (*p == '-')
			*p = ' ';
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

static void draw(struct drawing *drawing, const struct member *member,
    struct json_object *value, const char *pointer);
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

static const struct member *
row_variant(const struct drawing *drawing, const struct member *member,
    struct json_object *item, const char *at)
{
	struct span said = typed(drawing, member->variants != NULL
	    ? form_join(drawing->arena, at, member->variants->by) : at);
	struct json_object *object;

	if (member->variants == NULL || said.p == NULL)
		return schema_variant(member->variants, item);
	object = json_new_object(drawing->arena);
	json_set_text(object, member->variants->by, said);
	return schema_variant(member->variants, object);
}

/* A button of a row: "drop /fields/2". */
static void
row_button(struct drawing *drawing, struct json_object *row, const char *what, const char *at)
{
	json_set_text(row, what, span_of(arena_printf(drawing->arena, "%s %s", what, at)));
}

/* What it is about, for those who look for it: "2: add-points". */
static void
draw_row(struct drawing *drawing, const char *pointer, const struct member *member,
    struct json_object *list, size_t i, size_t rows)
{
	const char *at = arena_printf(drawing->arena, "%s/%zu", pointer, i);
	struct span from = typed(drawing, form_join(drawing->arena, at, FORM_ORIGIN));
	struct json_object *item = json_at(list, i), *row = json_new_object(drawing->arena);
	const struct member *variant, *by = member->variants == NULL ? NULL
	    : schema_member(member->parts, span_of(member->variants->by));
	uint64_t origin = i;

	/* Where it stood, however it was moved since. */
	if (drawing->form != NULL)
		item = text_unsigned(from, FORM_ROWS_MAX, &origin) ? json_at(list, (size_t)origin)
		                                                   : NULL;
	variant = row_variant(drawing, member, item, at);
	take_problem(drawing, row, span_of(at));
	json_set_bool(row, "is_open", true);
	json_set_bool(row, "is_row", true);
	json_set_text(row, "id", id_of_pointer(drawing->arena, span_of(at)));
	json_set_text(row, "part", id_of_pointer(drawing->arena, span_of(pointer)));
	json_set_text(row, "label", span_of(by != NULL ? arena_printf(drawing->arena, "%s %zu",
	    schema_label(by), i + 1) : arena_printf(drawing->arena, "%s, row %zu",
	    schema_label(member), i + 1)));
	row_button(drawing, row, "drop", at);
	if (i > 0)
		row_button(drawing, row, "up", at);
	if (i + 1 < rows)
		row_button(drawing, row, "down", at);
	if (item != NULL) {
		json_set_text(row, "origin", span_of(arena_printf(drawing->arena, "%zu",
		    (size_t)origin)));
		json_set_text(row, "origin_name", span_of(form_join(drawing->arena, at, FORM_ORIGIN)));
	}
	json_append(drawing->fields, json_share(row));
	if (member->variants == NULL) {
		draw_members(drawing, member->parts, item, at);
	} else {
		/* By what it is, then what that has, then what all have. */
		draw(drawing, by, json_get(item, by->name), form_join(drawing->arena, at, by->name));
		json_set_text(json_at(drawing->fields, json_count(drawing->fields) - 1), "part",
		    id_of_pointer(drawing->arena, span_of(pointer)));
		if (variant != NULL)
			draw_members(drawing, variant, item, at);
		for (const struct member *part = member->parts; part->name != NULL; part++)
			if (part != by && form_is_for_people(part))
				draw(drawing, part, json_get(item, part->name),
				    form_join(drawing->arena, at, part->name));
	}
	row = json_new_object(drawing->arena);
	json_set_bool(row, "is_close", true);
	json_append(drawing->fields, json_share(row));
}

static void
draw_rows(struct drawing *drawing, const char *pointer, const struct member *member,
    struct json_object *list)
{
	struct json_object *open = field_new(drawing, pointer, member), *item;
	size_t rows = drawing->form != NULL ? form_rows_in(drawing->arena, drawing->form, pointer)
	                                    : json_count(list);

	json_set_bool(open, "is_open", true);
	json_set_bool(open, "is_rows", true);
	if (rows == 0)
		rows++;
	for (size_t i = 0; i < rows && i < FORM_ROWS_MAX; i++)
		draw_row(drawing, pointer, member, list, i, rows);
	item = json_new_object(drawing->arena);
	json_set_bool(item, "is_more", true);
	json_set_text(item, "name", span_of(arena_printf(drawing->arena, "add %s", pointer)));
	json_set_text(item, "part", json_string(open, "id"));
	json_set_bool(item, "chooses", member->variants != NULL);
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

/* A parameter alone, or an object that also says by what its value finds somebody. */
static void
draw_person(struct drawing *drawing, const char *pointer, const struct member *member,
    struct json_object *value)
{
	const struct member *match = schema_member(member->parts, SPAN("match"));
	struct span text = typed(drawing, pointer);
	struct json_object *field = field_new(drawing, pointer, member);

	if (text.p == NULL)
		text = text_of(drawing->arena, member, value);
	json_set_text(field, "value", text);
	json_set_bool(field, "is_line", true);
	json_set_text(field, "type", SPAN("text"));
	if (match != NULL) {
		struct member found_by = *match;

		found_by.label = arena_printf(drawing->arena, "%s: %s", schema_label(member),
		    schema_label(match));
		draw(drawing, &found_by, json_get(value, "match"),
		    form_join(drawing->arena, pointer, "match"));
	}
}

/* Of a secret there is nothing to show but that it is there; and where it goes. */
static void
draw_sealed(struct drawing *drawing, struct json_object *field, const struct member *member,
    struct json_object *value, const char *pointer)
{
	bool may_be_plain = member->flags & MEMBER_TYPED, kept = form_is_sealed(value);
	const char *secret = form_join(drawing->arena, pointer, FORM_SECRET);

	json_set_bool(field, "is_sealed", true);
	if (kept)
		json_set_text(field, "kept", json_string(value, "host").n > 0
		    ? json_string(value, "host") : SPAN(MASK_TEXT));
	if (may_be_plain) {
		json_set_text(field, "secret_name", span_of(secret));
		json_set_bool(field, "secret", drawing->form != NULL && typed(drawing, secret).n > 0);
	}
	if (kept && !(member->flags & MEMBER_NEEDED)) {
		const char *none = form_join(drawing->arena, pointer, FORM_NONE);

		json_set_text(field, "none_name", span_of(none));
		json_set_bool(field, "none", drawing->form != NULL && typed(drawing, none).n > 0);
	}
}

/* What stands there now, beside what was typed: somebody else has changed it meanwhile. */
static void
tell_theirs(struct drawing *drawing, struct json_object *field, const struct member *member,
    struct json_object *value, struct span mine)
{
	struct json_object *options = json_get(field, "options"), *chosen;
	struct span theirs = text_of(drawing->arena, member, value);
	struct buf text = { 0 };

	if (!drawing->conflict || drawing->form == NULL || drawing->quiet)
		return;
	if (member->flags & MEMBER_LIST && member->choices != NULL) {
		chosen = json_get(drawing->form, arena_string(drawing->arena, json_string(field, "name")));
		mine = lines_of(drawing->arena, json_is_array(chosen) ? form_filled(drawing->arena,
		    chosen) : NULL);
	}
	if (span_eq(text_trim(mine), text_trim(theirs)))
		return;
	for (size_t i = 0; i < json_count(options); i++)
		if (span_eq(json_string(json_at(options, i), "value"), theirs))
			buf_span(&text, json_string(json_at(options, i), "label"));
	if (text.n == 0)
		buf_span(&text, text_trim(theirs));
	json_set_text(field, "theirs", text.n == 0 ? SPAN("nothing") : buf_keep(&text, drawing->arena));
	buf_free(&text);
}

static void
draw(struct drawing *drawing, const struct member *member, struct json_object *value,
    const char *pointer)
{
	struct span text = typed(drawing, pointer);
	struct json_object *field;

	if (!form_can_draw(member, value) || has_word(drawing->fixed, member->name)) {
		draw_fixed(drawing, pointer, member, value);
		return;
	}
	if (member->type == MEMBER_PARAMETER && member->parts != NULL) {
		draw_person(drawing, pointer, member, value);
		return;
	}
	if (form_is_rows(member)) {
		draw_rows(drawing, pointer, member, value);
		return;
	}
	if (member->type == MEMBER_OBJECT && !(member->flags & MEMBER_PAIRS)) {
		draw_group(drawing, pointer, member, value);
		return;
	}
	field = field_new(drawing, pointer, member);
	if (text.p == NULL)
		text = text_of(drawing->arena, member, value);
	json_set_text(field, "value", text);
	if (words_ours(member->words, text) != NULL)
		text = span_of(words_ours(member->words, text));
	if (member->choices != NULL || (member->words != NULL && member->offers == NULL &&
	    !(member->flags & MEMBER_LIST)))
		draw_choices(drawing, field, member, text, drawing->form == NULL ? value
		    : json_get(drawing->form, pointer));
	else if (member->flags & MEMBER_SEALED)
		draw_sealed(drawing, field, member, value, pointer);
	else if (member->flags & (MEMBER_LIST | MEMBER_SEVERAL))
		json_set_bool(field, "is_list", true);
	else if (member->type == MEMBER_FIELDS || (member->flags & MEMBER_PAIRS))
		json_set_bool(field, "is_pairs", true);
	else if (member->type == MEMBER_BOOLEAN)
		draw_flag(drawing, field, member, text);
	else if (member->offers != NULL)
		draw_offers(drawing, field, member, text);
	else if (!draw_offered(drawing, field, member, text))
		draw_line(field, member);
	tell_theirs(drawing, field, member, value, text);
}

static void
draw_members(struct drawing *drawing, const struct member *members, struct json_object *doc,
    const char *pointer)
{
	for (; members->name != NULL; members++)
		if (form_is_for_people(members))
			draw(drawing, members, json_get(doc, members->name),
			    form_join(drawing->arena, pointer, members->name));
}

/* into: what gets the fields. */
static struct drawing
begin_drawing(struct page *page, struct json_object *into, const char *fixed)
{
	struct drawing drawing = { .page = page, .arena = page->arena, .fixed = fixed,
		.fields = json_new_array(page->arena) };
	struct json_object *form = page_root(page, "form");

	if (json_members(form) > 0)
		drawing.form = form;
	drawing.conflict = json_flag(page_root(page, "page"), "conflict", false);
	json_set(into, "fields", json_share(drawing.fields));
	return drawing;
}

void
form_fields(struct page *page, const struct member *const tables[], struct json_object *doc,
    const char *fixed, const char *hidden)
{
	struct drawing drawing = begin_drawing(page, page_root(page, "page"), fixed);
	/* Documents are known by it. */
	const struct member *name = schema_member(*tables, SPAN("name"));

	if (name != NULL)
		draw(&drawing, name, json_get(doc, "name"), "/name");
	for (; *tables != NULL; tables++)
		for (const struct member *member = *tables; member->name != NULL; member++)
			if (member != name && form_is_for_people(member) &&
			    !has_word(hidden, member->name))
				draw(&drawing, member, json_get(doc, member->name),
				    form_join(page->arena, "", member->name));
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
				    form_join(drawing->arena, prefix, member->name));
		}
	}
}

void
form_fields_of(struct page *page, const struct member *const tables[],
    struct json_object *doc, const char *wanted)
{
	struct drawing drawing = begin_drawing(page, page_root(page, "page"), "");

	draw_wanted(&drawing, tables, doc, "", wanted);
}

void
form_part(struct page *page, struct json_object *into, const char *prefix,
    const struct member *const tables[], struct json_object *doc, const char *wanted)
{
	struct drawing drawing = begin_drawing(page, into, "");

	draw_wanted(&drawing, tables, doc, prefix, wanted);
}

void
form_part_without(struct page *page, struct json_object *into, const char *prefix,
    const struct member *const tables[], struct json_object *doc, const char *unwanted)
{
	struct drawing drawing = begin_drawing(page, into, "");

	for (; *tables != NULL; tables++)
		for (const struct member *member = *tables; member->name != NULL; member++)
			if (form_is_for_people(member) && !has_word(unwanted, member->name))
				draw(&drawing, member, json_get(doc, member->name),
				    form_join(page->arena, prefix, member->name));
}

void
form_draw_quietly(struct page *page, struct json_object *fields, const char *prefix,
    const struct member *const tables[], struct json_object *doc)
{
	struct drawing drawing = { .page = page, .arena = page->arena, .fixed = "",
		.fields = fields, .quiet = true };

	for (; *tables != NULL; tables++)
		draw_members(&drawing, *tables, doc, prefix);
}

/* ---- names to choose from */

static void
call_offered(struct page *page, const struct member *members)
{
	const struct member *table;
	const char *word;

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
		for (size_t i = 0; members->variants != NULL &&
		    (table = members->variants->table(i, &word)) != NULL; i++)
			call_offered(page, table);
	}
}

void
form_calls(struct page *page, const struct member *const tables[])
{
	for (; *tables != NULL; tables++)
		call_offered(page, *tables);
}
