/* SPDX-License-Identifier: ISC */
#include "cli/assign.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "record/doc.h"
#include "record/schema.h"
#include "record/words.h"

#include <string.h>

#define LINE_WIDTH 90 /* an item that is longer has a line for each member */

/* What may stand in an object. */
struct shape {
	const struct member *const *tables; /* NULL: anything */
	const struct variants *variants;
};

/* An object on the way to a value, and the same in the patch. */
struct place {
	struct shape shape;
	struct json_object *object;
	struct json_object *patch; /* NULL: it stands in a list, which is in the patch as a whole */
};

static const struct member *const nothing[] = { NULL };

static struct shape
shape_of(const struct kind *kind)
{
	return (struct shape){ kind->members != NULL ? kind->members : nothing, kind->variants };
}

/* Of a member that is an object, or of its items. tables_r is for the shape to point to. */
static struct shape
shape_below(const struct member *member, const struct member *tables_r[2])
{
	tables_r[0] = member != NULL ? member->parts : NULL;
	tables_r[1] = NULL;
	return member == NULL || (member->parts == NULL && member->variants == NULL)
	    ? (struct shape){ NULL, NULL } : (struct shape){ tables_r, member->variants };
}

static const struct member *
find(const struct shape *shape, struct json_object *object, struct span name)
{
	return shape->tables != NULL
	    ? schema_find(shape->tables, shape->variants, object, name) : NULL;
}

static bool
is_list(const struct member *member)
{
	return member != NULL && (member->flags & MEMBER_LIST) != 0;
}

/* Read as words: an object, or a list of such. */
static bool
has_parts(const struct member *member)
{
	return member != NULL && (member->type == MEMBER_ANY || member->type == MEMBER_OBJECT) &&
	    (member->parts != NULL || member->variants != NULL);
}

/* Values */

/* "yes" is what people say. */
static bool
read_boolean(struct span text, bool *value_r)
{
	if (text_boolean(text, value_r))
		return true;
	*value_r = span_is_nocase(text, "yes") || span_is_nocase(text, "on");
	return *value_r || span_is_nocase(text, "no") || span_is_nocase(text, "off");
}

static struct json_object *
new_value(struct arena *arena, const char *json)
{
	return json_at(json_load(arena, span_of(arena_printf(arena, "[%s]", json))), 0);
}

static struct json_object *
new_integer(struct arena *arena, int64_t number)
{
	return new_value(arena, arena_printf(arena, "%lld", (long long)number));
}

/* The word that is stored for one that people use. */
static struct span
our_word(const struct member *member, struct span text)
{
	const char *ours = words_ours(member->words, text), *offer;

	for (size_t i = 0; ours == NULL && (offer = schema_offer(member, i)) != NULL; i++)
		if (words_same(text, span_of(offer)))
			ours = offer;
	return ours != NULL ? span_of(ours) : text;
}

static struct json_object *read_item(struct cli_assigning *assigning,
    const struct member *member, struct span text);

/* One value, or one item of a list; NULL after a sentence. */
static struct json_object *
read_one(struct cli_assigning *assigning, const struct member *member, struct span text)
{
	struct arena *arena = assigning->arena;
	int64_t number;
	bool flag;

	if (member == NULL)
		return json_new_text(arena, text);
	switch (member->type) {
	case MEMBER_BOOLEAN:
		if (read_boolean(text, &flag))
			return new_value(arena, flag ? "true" : "false");
		buf_printf(assigning->wrong, "\"%s\" must be yes or no, not \"%.*s\"",
		    member->name, (int)text.n, text.p);
		return NULL;
	case MEMBER_INTEGER:
		if (text_integer(text, &number))
			return new_integer(arena, number);
		buf_printf(assigning->wrong, "\"%s\" must be a whole number, not \"%.*s\"",
		    member->name, (int)text.n, text.p);
		return NULL;
	case MEMBER_ANY:
		if (has_parts(member))
			return read_item(assigning, member, text);
		if (text_integer(text, &number))
			return new_integer(arena, number);
		if (text_boolean(text, &flag))
			return new_value(arena, flag ? "true" : "false");
		return json_new_text(arena, text);
	case MEMBER_OBJECT:
	case MEMBER_FIELDS:
		return read_item(assigning, member, text);
	default:
		return json_new_text(arena, our_word(member, text));
	}
}

/* "one, two"; of objects it is one item. */
static struct json_object *
read_list(struct cli_assigning *assigning, const struct member *member, struct span text)
{
	struct json_object *list = json_new_array(assigning->arena), *item;
	struct span piece;

	while (text.n > 0) {
		if (has_parts(member)) {
			piece = text;
			text = SPAN("");
		} else {
			piece = text_trim(text_cut(&text, ','));
		}
		if (piece.n == 0)
			continue;
		item = read_one(assigning, member, piece);
		if (item == NULL)
			return NULL;
		json_append(list, json_share(item));
	}
	return list;
}

static bool
read_json(struct cli_assigning *assigning, struct span name, struct span text,
    struct json_object **value_r)
{
	struct error error = { 0 };
	/* In a list, so that plain values can be read as well. */
	struct json_object *list = json_read(assigning->arena,
	    span_of(arena_printf(assigning->arena, "[%.*s]", (int)text.n, text.p)),
	    &json_limits_document, &error);

	if (json_count(list) != 1) {
		buf_printf(assigning->wrong, "%.*s:=%.*s: what follows := is not one JSON value; a "
		    "text needs its quotes there", (int)name.n, name.p, (int)text.n, text.p);
		return false;
	}
	*value_r = json_at(list, 0);
	return true;
}

/* Items */

/* A word, without its quotation marks. bare_r: it began with one, and is no assignment. */
static bool
next_word(struct cli_assigning *assigning, struct span *rest, struct span *word_r, bool *bare_r)
{
	struct buf word = { 0 };
	bool quoted = false;
	size_t i = 0;

	while (i < rest->n && strchr(" \t\n", rest->p[i]) != NULL)
		i++;
	if (i == rest->n)
		return false;
	*bare_r = rest->p[i] == '"';
	for (; i < rest->n && (quoted || strchr(" \t\n", rest->p[i]) == NULL); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[i] == '\\' && i + 1 < rest->n)
			buf_putc(&word, rest->p[++i]);
		else
			buf_putc(&word, rest->p[i]);
	}
	if (quoted)
		buf_printf(assigning->wrong, "the closing quotation mark is missing: %.*s",
		    (int)text_head(*rest, 60).n, rest->p);
	*rest = (struct span){ rest->p + i, rest->n - i };
	*word_r = buf_keep(&word, assigning->arena);
	return assigning->wrong->n == 0;
}

/* The i-th member that a bare word may give: needed ones come first, then the others that are
 * people's to give. */
static const struct member *
in_turn(const struct shape *shape, struct json_object *object, size_t i)
{
	const struct member *variant = schema_variant(shape->variants, object);

	for (int needed = 1; needed >= 0; needed--)
		for (size_t t = 0; ; t++) {
			bool last = shape->tables == NULL || shape->tables[t] == NULL;
			const struct member *m = last ? variant : shape->tables[t];

			for (; m != NULL && m->name != NULL; m++)
				if (((m->flags & MEMBER_NEEDED) != 0) == needed &&
				    !(m->flags & MEMBER_DERIVED) && i-- == 0)
					return m;
			if (last)
				break;
		}
	return NULL;
}

static bool assign_at(struct cli_assigning *assigning, struct place place, struct span name,
    char how, struct span text);
static bool split(struct span assignment, struct span *name_r, char *how_r, struct span *text_r);

static bool
take_word(struct cli_assigning *assigning, struct place place, struct span word, bool bare)
{
	const struct variants *variants = place.shape.variants;
	const struct member *member;
	struct span name, text;
	char how;

	if (!bare && split(word, &name, &how, &text))
		return assign_at(assigning, place, name, how, text);
	for (size_t i = 0; (member = in_turn(&place.shape, place.object, i)) != NULL; i++)
		if (!json_has(place.object, member->name))
			return assign_at(assigning, place, span_of(member->name), '=', word);
	/* Of what is not known nobody can say how many it has; the check names what there is. */
	if (variants != NULL && json_string(place.object, variants->by).n > 0 &&
	    schema_variant(variants, place.object) == NULL)
		return true;
	buf_printf(assigning->wrong, "\"%.*s\" is one word too many; write MEMBER=VALUE, and "
	    "\"…\" around what has blanks", (int)word.n, word.p);
	return false;
}

static struct json_object *
read_item(struct cli_assigning *assigning, const struct member *member, struct span text)
{
	struct json_object *item = json_new_object(assigning->arena);
	const struct member *tables[2];
	struct place place = { shape_below(member, tables), item, NULL };
	struct span word;
	bool bare;

	while (next_word(assigning, &text, &word, &bare))
		if (!take_word(assigning, place, word, bare))
			return NULL;
	return assigning->wrong->n == 0 ? item : NULL;
}

/* Assignments */

static bool
split(struct span assignment, struct span *name_r, char *how_r, struct span *text_r)
{
	const char *equals = assignment.n > 0 ? memchr(assignment.p, '=', assignment.n) : NULL;
	size_t n = equals != NULL ? (size_t)(equals - assignment.p) : 0;

	*how_r = n > 1 && strchr(":+-", assignment.p[n - 1]) != NULL ? assignment.p[n - 1] : '=';
	*name_r = (struct span){ assignment.p, *how_r == '=' ? n : n - 1 };
	if (equals == NULL)
		return false;
	*text_r = (struct span){ equals + 1, assignment.n - n - 1 };
	for (size_t i = 0; i < n; i++)
		if (i < text_trim(*name_r).n && strchr(" \t\n\"", assignment.p[i]) != NULL)
			return false;
	return n > 0 && assignment.p[0] != '.' && assignment.p[name_r->n - 1] != '.' &&
	    memmem(name_r->p, name_r->n, "..", 2) == NULL;
}

bool
cli_is_assignment(struct span text)
{
	struct span name, value;
	char how;

	return split(text, &name, &how, &value);
}

static bool
is_index(struct span token, uint64_t *index_r)
{
	return token.n > 0 && text_unsigned(token, INT32_MAX, index_r);
}

static void
put(struct place *place, const char *name, struct json_object *value)
{
	if (value == NULL)
		json_del(place->object, name);
	else
		json_set(place->object, name, json_share(value));
	if (place->patch != NULL)
		json_set(place->patch, name, json_share(value));
}

/* Into the item of the list at this place; one behind the last is new. */
static bool
enter_item(struct cli_assigning *assigning, struct place *place, const struct member *member,
    const char *name, struct span token, const struct member *tables[2])
{
	struct json_object *list = json_get(place->object, name), *item;
	uint64_t index = 0;

	if (list == NULL)
		list = json_new_array(assigning->arena);
	if (!is_index(token, &index) || index > json_count(list)) {
		buf_printf(assigning->wrong, "\"%s\" is a list of %zu: %s.0 is its first item, "
		    "%s.%zu would be a new one", name, json_count(list), name, name,
		    json_count(list));
		return false;
	}
	if (index == json_count(list))
		json_append(list, json_share(json_new_object(assigning->arena)));
	item = json_at(list, (size_t)index);
	if (!json_is_object(item)) {
		buf_printf(assigning->wrong, "the items of \"%s\" are no objects: write %s+=ITEM or "
		    "%s-=ITEM", name, name, name);
		return false;
	}
	put(place, name, list);
	*place = (struct place){ shape_below(member, tables), item, NULL };
	return true;
}

static bool
enter(struct cli_assigning *assigning, struct place *place, const struct member *member,
    const char *name, const struct member *tables[2])
{
	struct json_object *object = json_get(place->object, name);
	struct json_object *patch = json_get(place->patch, name);

	if (object != NULL && !json_is_object(object)) {
		buf_printf(assigning->wrong, "\"%s\" is no object: nothing stands below it", name);
		return false;
	}
	if (object == NULL) {
		object = json_new_object(assigning->arena);
		json_set(place->object, name, json_share(object));
	}
	if (place->patch != NULL && !json_is_object(patch)) {
		patch = json_new_object(assigning->arena);
		json_set(place->patch, name, json_share(patch));
	}
	*place = (struct place){ shape_below(member, tables), object,
	    place->patch != NULL ? patch : NULL };
	return true;
}

/* An object is known by what a bare word would give it first. */
static bool
is_item(const struct member *member, struct json_object *item, struct span text)
{
	const struct member *tables[2];
	struct shape shape = shape_below(member, tables);
	const struct member *first = json_is_object(item) ? in_turn(&shape, item, 0) : NULL;
	struct json_object *value = first != NULL ? json_get(item, first->name) : item;

	return span_eq(json_span(value).p != NULL ? json_span(value) : json_number_text(value),
	    text);
}

static bool
set_item(struct cli_assigning *assigning, struct place place, const struct member *member,
    const char *name, bool present, struct span text)
{
	struct json_object *old = json_get(place.object, name), *item = NULL;
	struct json_object *new = json_new_array(assigning->arena);

	if ((old != NULL && !json_is_array(old)) || (old == NULL && member != NULL &&
	        !is_list(member))) {
		buf_printf(assigning->wrong, "%s is not a list; write %s=TEXT", name, name);
		return false;
	}
	if (present && (item = read_one(assigning, member, text)) == NULL)
		return false;
	for (size_t i = 0; i < json_count(old); i++)
		if (present ? json_is_object(item) || !json_equal(json_at(old, i), item)
		            : !is_item(member, json_at(old, i), text))
			json_append(new, json_share(json_at(old, i)));
	if (present)
		json_append(new, json_share(item));
	put(&place, name, new);
	return true;
}

static bool
set_value(struct cli_assigning *assigning, struct place place, const struct member *member,
    struct span name, char how, struct span text)
{
	const char *own = arena_string(assigning->arena, name);
	struct json_object *value = NULL;

	if (how == '+' || how == '-')
		return set_item(assigning, place, member, own, how == '+', text);
	if (how == ':' ? !read_json(assigning, name, text, &value)
	    : text.n > 0 && (value = is_list(member) ? read_list(assigning, member, text)
	                                             : read_one(assigning, member, text)) == NULL)
		return false;
	put(&place, own, value);
	return true;
}

static bool
assign_at(struct cli_assigning *assigning, struct place place, struct span name, char how,
    struct span text)
{
	struct span token = text_cut(&name, '.');
	const struct member *tables[2];

	while (name.p != NULL) {
		const struct member *member = find(&place.shape, place.object, token);
		const char *own = arena_string(assigning->arena, token);
		struct span next = name;

		if (is_list(member) || json_is_array(json_get(place.object, own))) {
			token = text_cut(&next, '.');
			if (next.p == NULL) {
				buf_printf(assigning->wrong, "\"%s\" is a list: write %s+=ITEM, %s-=ITEM, or "
				    "%s.0.MEMBER=VALUE", own, own, own, own);
				return false;
			}
			if (!enter_item(assigning, &place, member, own, token, tables))
				return false;
		} else if (!enter(assigning, &place, member, own, tables)) {
			return false;
		}
		name = next;
		token = text_cut(&name, '.');
	}
	return set_value(assigning, place, find(&place.shape, place.object, token), token, how,
	    text);
}

bool
cli_assign_value(struct cli_assigning *assigning, struct span name, char how, struct span text)
{
	return assign_at(assigning, (struct place){ shape_of(assigning->kind), assigning->doc,
	    assigning->patch }, name, how, text);
}

bool
cli_assign(struct cli_assigning *assigning, struct span assignment, bool lines)
{
	struct span name, text;
	char how;

	if (!split(assignment, &name, &how, &text)) {
		buf_printf(assigning->wrong, "\"%.*s\" assigns nothing: write NAME=TEXT, NAME:=JSON, "
		    "NAME+=ITEM, NAME-=ITEM, or NAME= to take it away",
		    (int)text_head(assignment, 200).n, assignment.p);
		return false;
	}
	return cli_assign_value(assigning, lines ? text_trim(name) : name, how,
	    lines ? text_trim(text) : text);
}

/* Lines */

/* Whether the text reads as it is behind "NAME = ". */
static bool
plain_text(struct span text)
{
	char before = ' ';

	for (size_t i = 0; i < text.n; i++) {
		if ((before == ' ' || before == '\t') && text.p[i] == '\n')
			return false;
		if (i == 0 && strchr(" \t\n", text.p[i]) != NULL)
			return false;
		if (((unsigned char)text.p[i] < ' ' && text.p[i] != '\n' && text.p[i] != '\t') ||
		    text.p[i] == 0x7f)
			return false;
		before = text.p[i];
	}
	return text.n > 0 && strchr(" \t\n", before) == NULL;
}

/* Whether this text, read for this member, is this value. */
static bool
reads_back(const struct member *member, struct span text, struct json_object *value)
{
	struct buf wrong = { 0 };
	struct arena *arena = arena_new();
	struct cli_assigning assigning = { .arena = arena, .wrong = &wrong };
	struct json_object *read = !plain_text(text) || has_parts(member) ? NULL
	    : read_one(&assigning, member, text);
	bool same = read != NULL && json_equal(read, value);

	buf_free(&wrong);
	arena_free(&arena);
	return same;
}

static struct span
text_of(struct json_object *value)
{
	return json_span(value).p != NULL ? json_span(value) : json_number_text(value);
}

/* A name that may stand before a dot or a sign. */
static bool
plain_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && strpbrk(name, ".= \t\n\"#") == NULL && strchr(":+-", name[n - 1]) == NULL;
}

/* Writes one assignment of a text. */
typedef void put_assignment(struct buf *out, struct span name, const char *sign,
    struct span text);

/* "name = text", the further lines of the text below. */
static void
put_line(struct buf *out, struct span name, const char *sign, struct span text)
{
	buf_span(out, name);
	buf_printf(out, " %s ", sign);
	for (size_t i = 0; i < text.n; i++) {
		buf_putc(out, text.p[i]);
		if (text.p[i] == '\n' && i + 1 < text.n && text.p[i + 1] != '\n')
			buf_puts(out, "  ");
	}
	buf_putc(out, '\n');
}

/* Behind the words before it: name=text */
static void
put_word(struct buf *out, struct span name, const char *sign, struct span text)
{
	bool quotes = text.n == 0;

	for (size_t i = 0; i < text.n; i++)
		quotes |= strchr(" \t\n\"", text.p[i]) != NULL;
	if (out->n > 0)
		buf_putc(out, ' ');
	buf_span(out, name);
	buf_puts(out, name.n > 0 ? sign : "");
	buf_puts(out, quotes ? "\"" : "");
	for (size_t i = 0; i < text.n; i++) {
		if (quotes && (text.p[i] == '"' || text.p[i] == '\\'))
			buf_putc(out, '\\');
		buf_putc(out, text.p[i]);
	}
	buf_puts(out, quotes ? "\"" : "");
}

static void write_members(struct buf *out, struct arena *arena, put_assignment *put_it,
    struct shape shape, struct json_object *object, const char *before, size_t bare);

/* The words of an object that is an item; false where only JSON will do. */
static bool
item_words(struct arena *arena, const struct member *member, struct json_object *item,
    struct span *words_r)
{
	const struct member *tables[2], *in;
	struct shape shape = shape_below(member, tables);
	struct buf words = { 0 };
	struct span text, name, value;
	size_t bare = 0;
	char how;

	while ((in = in_turn(&shape, item, bare)) != NULL && (in->flags & MEMBER_NEEDED)) {
		text = text_of(json_get(item, in->name));
		if (text.n == 0 || is_list(in) || !reads_back(in, text, json_get(item, in->name)) ||
		    split(text, &name, &how, &value))
			break;
		put_word(&words, SPAN(""), "", text);
		bare++;
	}
	write_members(&words, arena, put_word, shape, item, "", bare);
	*words_r = buf_keep(&words, arena);
	return plain_text(*words_r);
}

/* NULL: not all of it has the form of a line for each item. */
static struct span *
list_items(struct arena *arena, const struct member *member, struct json_object *list)
{
	size_t n = json_count(list);
	struct span *items = arena_alloc(arena, (n + 1) * sizeof *items);

	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_at(list, i);

		if (json_is_object(item) && has_parts(member)) {
			if (!item_words(arena, member, item, &items[i]))
				return NULL;
			continue;
		}
		items[i] = text_of(item);
		if (!reads_back(member, items[i], item))
			return NULL;
		for (size_t k = 0; k < i; k++)
			if (span_eq(items[k], items[i]))
				return NULL;
	}
	return n > 0 ? items : NULL;
}

static void
write_json(struct buf *out, struct arena *arena, put_assignment *put_it, struct span name,
    struct json_object *value)
{
	put_it(out, name, ":=", json_write(arena, value));
}

static bool
plain_names(struct arena *arena, struct json_object *object)
{
	struct doc_member *members;
	size_t n = doc_members(arena, object, &members);

	for (size_t i = 0; i < n; i++)
		if (!plain_name(members[i].name))
			return false;
	return n > 0;
}

static void
write_value(struct buf *out, struct arena *arena, put_assignment *put_it,
    const struct member *member, struct span name, struct json_object *value)
{
	const struct member *tables[2];
	struct span *items;

	if (json_is_object(value) && plain_names(arena, value)) {
		write_members(out, arena, put_it, shape_below(member, tables), value,
		    arena_printf(arena, "%.*s.", (int)name.n, name.p), 0);
	} else if (json_is_array(value) &&
	    (member == NULL || is_list(member)) &&
	    (items = list_items(arena, member, value)) != NULL) {
		for (size_t i = 0; i < json_count(value); i++)
			put_it(out, name, "+=", items[i]);
	} else if (!json_is_array(value) && !json_is_object(value) && !is_list(member) &&
	    reads_back(member, text_of(value), value)) {
		put_it(out, name, "=", text_of(value));
	} else {
		write_json(out, arena, put_it, name, value);
	}
}

/* All but the first `bare` of those that come in turn. */
static void
write_members(struct buf *out, struct arena *arena, put_assignment *put_it,
    struct shape shape, struct json_object *object, const char *before, size_t bare)
{
	struct doc_member *members;
	size_t n = doc_members(arena, object, &members);

	for (size_t i = 0; i < n; i++) {
		struct span name = span_of(members[i].name);
		const struct member *member = find(&shape, object, name);
		bool said = members[i].value == NULL ||
		    (member != NULL && (member->flags & MEMBER_DERIVED));

		for (size_t k = 0; k < bare && !said; k++)
			said = in_turn(&shape, object, k) == member;
		if (!said)
			write_value(out, arena, put_it, member, span_of(arena_printf(arena, "%s%.*s",
			    before, (int)name.n, name.p)), members[i].value);
	}
}

/* Where an item is long, its members stand below each other. */
static void
put_item_line(struct buf *out, struct span name, const char *sign, struct span text)
{
	struct buf broken = { 0 };
	bool quoted = false;

	if (strcmp(sign, "+=") != 0 || text.n <= LINE_WIDTH || memchr(text.p, '"', text.n) == NULL) {
		put_line(out, name, sign, text);
		return;
	}
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && quoted)
			buf_putc(&broken, text.p[i++]);
		else if (text.p[i] == '"')
			quoted = !quoted;
		buf_putc(&broken, !quoted && text.p[i] == ' ' ? '\n' : text.p[i]);
	}
	put_line(out, name, sign, plain_text(buf_bytes(&broken)) ? buf_bytes(&broken) : text);
	buf_free(&broken);
}

void
cli_assign_write(struct buf *out, const struct kind *kind, struct json_object *doc)
{
	struct arena *arena = arena_new();
	struct json_object *all = json_copy(arena, doc);

	json_del(all, "kind");
	write_members(out, arena, put_item_line, shape_of(kind), all, "", 0);
	arena_free(&arena);
}

/* Without the end of a line as other systems write it. */
static struct span
next_line(struct span *text)
{
	struct span line = text_cut(text, '\n');

	line.n -= line.n > 0 && line.p[line.n - 1] == '\r';
	return line;
}

bool
cli_assign_read(struct cli_assigning *assigning, struct span text, size_t *line_r)
{
	size_t line = 0;

	while (text.n > 0) {
		struct buf whole = { 0 };
		size_t blank = 0;
		struct span piece = next_line(&text);
		bool good;

		*line_r = ++line;
		if (piece.n == 0 || piece.p[0] == '#' || text_trim(piece).n == 0)
			continue;
		buf_span(&whole, piece);
		/* What goes on below; blank lines count when more of it follows. */
		for (struct span ahead = text; ahead.n > 0;) {
			piece = next_line(&ahead);
			if (text_trim(piece).n == 0) {
				blank++;
				continue;
			}
			if (!span_starts(piece, "  "))
				break;
			for (; blank > 0; blank--, line++)
				buf_putc(&whole, '\n');
			buf_putc(&whole, '\n');
			buf_put(&whole, piece.p + 2, piece.n - 2);
			line++;
			text = ahead;
		}
		good = cli_assign(assigning, buf_keep(&whole, assigning->arena), true);
		if (!good)
			return false;
	}
	return true;
}
