/* SPDX-License-Identifier: ISC */
#include "record/doc_check.h"

#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define POINTER_MAX 512
#define ID_MAX 64
#define NAME_MAX_NEAR 40 /* longer names get no suggestion */

static const char *const type_names[] = {
	[DOC_NULL] = "null",
	[DOC_BOOLEAN] = "a boolean",
	[DOC_INTEGER] = "an integer",
	[DOC_FRACTION] = "a number",
	[DOC_STRING] = "a string",
	[DOC_ARRAY] = "a list",
	[DOC_OBJECT] = "an object",
};
_Static_assert(sizeof type_names / sizeof type_names[0] == DOC__MAX, "a name per type");

/* pointer "/" member, with RFC 6901's escapes. */
static const char *
member_pointer(char out[POINTER_MAX], const char *pointer, const char *member)
{
	size_t n = (size_t)snprintf(out, POINTER_MAX / 2, "%s/", pointer);

	if (n >= POINTER_MAX / 2)
		n = POINTER_MAX / 2 - 1;
	for (; *member != '\0' && n < POINTER_MAX - 3; member++) {
		if (*member == '~' || *member == '/') {
			out[n++] = '~';
			out[n++] = *member == '~' ? '0' : '1';
		} else {
			out[n++] = *member;
		}
	}
	out[n] = '\0';
	return out;
}

const char *
doc_nearest(struct span name, const char *const names[])
{
	size_t best = name.n < 3 ? 2 : name.n / 3 + 2;
	const char *nearest = NULL;

	if (name.n > NAME_MAX_NEAR)
		return NULL;
	for (; *names != NULL; names++) {
		struct span other = span_of(*names);
		size_t d = other.n > NAME_MAX_NEAR ? best : text_distance(name, other);

		if (d < best && d < other.n) {
			best = d;
			nearest = *names;
		}
	}
	return nearest;
}

/* One entry of a list of members, taken apart. */
struct entry {
	char name[64];
	char type;
	bool needed;
};

static bool
entry_read(const char *text, struct entry *entry_r)
{
	const char *colon = strrchr(text, ':');
	size_t n;

	entry_r->needed = text[0] == '!';
	text += entry_r->needed;
	if (colon == NULL)
		return false;
	n = (size_t)(colon - text) < sizeof entry_r->name ? (size_t)(colon - text)
	    : sizeof entry_r->name - 1;
	memcpy(entry_r->name, text, n);
	entry_r->name[n] = '\0';
	entry_r->type = colon[1];
	return true;
}

static const char without_nul[] = "text without the character NUL (\\u0000)";

static const char *
expected(char type, struct json_object *value)
{
	struct span text = json_span(value);
	enum doc_type is = doc_type(value);
	int64_t at;

	switch (type) {
	case 's':
		return is != DOC_STRING ? "a string" : text_has_nul(text) ? without_nul : NULL;
	case 'S':
		return text.n == 0 ? "a string that is not empty"
		    : text_has_nul(text) ? without_nul : NULL;
	case 'i':
		return is == DOC_INTEGER ? NULL : "an integer";
	case 'b':
		return is == DOC_BOOLEAN ? NULL : "true or false";
	case 'o':
		return is == DOC_OBJECT ? NULL : "an object";
	case 'a':
		return is == DOC_ARRAY ? NULL : "a list";
	case 'k':
		return text_key(text) ? NULL : "a key: at most 64 of a-z, 0-9, dot, dash "
		    "and underscore, a letter or digit first";
	case 't':
		return text_time(text, &at) ? NULL : "a time with its zone such as "
		    "2026-11-24T09:30:00Z";
	case 'e':
		return text_email(text) ? NULL : "an e-mail address such as ann@mail.example";
	default:
		return NULL;
	}
}

static void
check_entry(struct json_object *doc, const struct entry *entry,
    struct complaints *complaints, const char *pointer)
{
	struct json_object *value = json_get(doc, entry->name);
	const char *want = value != NULL ? expected(entry->type, value) : NULL;
	char at[POINTER_MAX];

	/* Most documents are in order. */
	if (value != NULL ? want == NULL : !entry->needed)
		return;
	member_pointer(at, pointer, entry->name);
	if (value == NULL)
		complain(complaints, at, "\"%s\" is missing", entry->name);
	else if (doc_type(value) == DOC_STRING)
		complain(complaints, at, "\"%s\" must be %s", entry->name, want);
	else
		complain(complaints, at, "\"%s\" must be %s, not %s", entry->name, want,
		    type_names[doc_type(value)]);
}

static void
check_unknown(struct json_object *doc, const char *const names[],
    struct complaints *complaints, const char *pointer)
{
	struct arena *arena = arena_new();
	struct doc_member *members;
	size_t n = doc_members(arena, doc, &members);
	char at[POINTER_MAX];

	for (size_t i = 0; i < n; i++) {
		const char *name = members[i].name, *nearest;
		const char *const *known = names;

		while (*known != NULL && strcmp(*known, name) != 0)
			known++;
		if (*known != NULL)
			continue;
		nearest = doc_nearest(span_of(name), names);
		member_pointer(at, pointer, name);
		if (nearest != NULL)
			complain(complaints, at, "\"%s\" is not known here; did you mean "
			    "\"%s\"?", doc_short(arena, span_of(name)), nearest);
		else
			complain(complaints, at, "\"%s\" is not known here",
			    doc_short(arena, span_of(name)));
	}
	arena_free(&arena);
}

void
doc_check_members(struct json_object *doc, const char *const members[],
    struct complaints *complaints, const char *pointer)
{
	struct entry entries[64];
	const char *names[65];
	size_t n = 0, named = 0;

	if (doc_type(doc) != DOC_OBJECT) {
		complain(complaints, pointer, "must be an object, not %s",
		    type_names[doc_type(doc)]);
		return;
	}
	names[named++] = "kind";
	for (; *members != NULL && n < 63; members++) {
		if (strcmp(*members, "*") == 0) {
			named = 0;
			break;
		}
		if (!entry_read(*members, &entries[n]))
			continue;
		check_entry(doc, &entries[n], complaints, pointer);
		names[named++] = entries[n++].name;
	}
	names[named] = NULL;
	if (named > 0)
		check_unknown(doc, names, complaints, pointer);
}

void
doc_check_line(struct json_object *doc, const char *member, size_t max,
    struct complaints *complaints, const char *pointer)
{
	struct span text = json_string(doc, member);
	char at[POINTER_MAX];

	if (text.n == 0)
		return;
	member_pointer(at, pointer, member);
	if (text.n > max)
		complain(complaints, at, "\"%s\" must be at most %zu bytes long", member, max);
	else if (!text_printable(text) && !text_has_nul(text))
		complain(complaints, at, "\"%s\" must be one line without control characters",
		    member);
}

void
doc_check_text(struct json_object *doc, const char *member, size_t max,
    struct complaints *complaints, const char *pointer)
{
	struct span text = json_string(doc, member);
	char at[POINTER_MAX];

	/* What characters there are was looked at with the types. */
	if (text.n > max)
		complain(complaints, member_pointer(at, pointer, member),
		    "\"%s\" must be at most %zu bytes long", member, max);
}

void
doc_check_named(struct json_object *doc, const char *const members[],
    struct complaints *complaints)
{
	doc_check_members(doc, members, complaints, "");
	doc_check_line(doc, "name", DOC_LINE_MAX, complaints, "");
	doc_check_text(doc, "description", DOC_TEXT_MAX, complaints, "");
}

static bool
is_one_of(struct span text, const char *const choices[])
{
	for (; *choices != NULL; choices++)
		if (span_is(text, *choices))
			return true;
	return false;
}

void
doc_check_choice(struct json_object *doc, const char *member, const char *const choices[],
    struct complaints *complaints, const char *pointer)
{
	struct span text = json_string(doc, member);
	char at[POINTER_MAX], list[200];
	size_t n = 0;

	if (doc_type(json_get(doc, member)) != DOC_STRING || is_one_of(text, choices))
		return;
	for (size_t i = 0; choices[i] != NULL && n < sizeof list; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s\"%s\"",
		    i == 0 ? "" : choices[i + 1] != NULL ? ", " : " or ", choices[i]);
	complain(complaints, member_pointer(at, pointer, member), "\"%s\" must be %s",
	    member, list);
}

void
doc_check_list(struct json_object *doc, const char *member,
    bool (*good)(struct span item), const char *what, struct complaints *complaints)
{
	struct json_object *list = json_get(doc, member);
	char at[POINTER_MAX];

	if (json_count(list) > DOC_LIST_MAX) {
		complain(complaints, member_pointer(at, "", member),
		    "\"%s\" must have at most %d items", member, DOC_LIST_MAX);
		return;
	}
	for (size_t i = 0; i < json_count(list); i++) {
		if (doc_type(json_at(list, i)) == DOC_STRING && good(json_span(json_at(list, i))))
			continue;
		snprintf(at, sizeof at, "/%s/%zu", member, i);
		complain(complaints, at, "must be %s", what);
	}
}

bool
doc_id_good(struct span id)
{
	if (id.n == 0 || id.n > ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			continue;
		if (i == 0 || (c != '.' && c != '_' && c != '-'))
			return false;
	}
	return true;
}

bool
doc_line_good(struct span text)
{
	return text.n > 0 && text.n <= DOC_LINE_MAX && text_printable(text);
}

bool
doc_field_name_good(struct span name)
{
	return name.n > 0 && name.n <= DOC_FIELD_NAME_MAX && text_printable(name);
}

bool
doc_field_good(struct json_object *value)
{
	struct span text = json_span(value);

	switch (doc_type(value)) {
	case DOC_STRING:
		return text.n <= DOC_TEXT_MAX && !text_has_nul(text);
	case DOC_INTEGER:
	case DOC_FRACTION:
	case DOC_BOOLEAN:
		return true;
	default:
		return false;
	}
}

bool
doc_full_name_good(struct span name)
{
	struct span project, key;

	doc_name_split(name, &project, &key);
	if (key.n < name.n && !text_key(project))
		return false;
	return text_key(key);
}

void
doc_check_fields(struct json_object *doc, struct complaints *complaints)
{
	struct json_object *fields = json_get(doc, "fields");
	struct arena *arena = arena_new();
	struct doc_member *members;
	size_t n = doc_members(arena, fields, &members);
	char at[POINTER_MAX];

	if (n > DOC_LIST_MAX)
		complain(complaints, "/fields", "must have at most %d members", DOC_LIST_MAX);
	for (size_t i = 0; i < n && n <= DOC_LIST_MAX; i++) {
		member_pointer(at, "/fields", members[i].name);
		if (!doc_field_name_good(span_of(members[i].name)))
			complain(complaints, at, "the name of a field must be 1 to %d bytes "
			    "without control characters", DOC_FIELD_NAME_MAX);
		if (members[i].value != NULL && !doc_field_good(members[i].value))
			complain(complaints, at, "must be a string of at most %d bytes without "
			    "NUL, a number, true or false", DOC_TEXT_MAX);
	}
	arena_free(&arena);
}

void
doc_check_id(struct json_object *doc, struct complaints *complaints)
{
	struct json_object *id = json_get(doc, "id");

	if (doc_type(id) == DOC_STRING && !doc_id_good(json_span(id)))
		complain(complaints, "/id", "\"id\" must be at most 64 letters, digits, dots, "
		    "dashes and underscores, a letter or digit first");
}

void
doc_refer_project(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span project = json_string(doc, "project");

	if (project.n > 0 && !doc_exists(txn, "project", SPAN(""), project))
		complain(complaints, "/project", "there is no project \"%.*s\"",
		    (int)project.n, project.p);
}
