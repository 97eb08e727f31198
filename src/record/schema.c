/* SPDX-License-Identifier: ISC */
#include "record/schema.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/pointer.h"
#include "base/secret.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/words.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

#define POINTER_MAX 512
#define ID_MAX 64

/* The records */

static const char *const roles[] = { "admin", "manager", "viewer", "tester", NULL };
static const char *const exposures[] = { "private", "team", "public", NULL };

static const struct member rank_parts[] = {
	{ "rank", MEMBER_KEY, MEMBER_INDEXED, .refers = "rank", .path = "ranks" },
	{ "project", MEMBER_KEY, .refers = "project" },
	{ "count", MEMBER_INTEGER, .label = "Count" },
	{ "points", MEMBER_INTEGER, .label = "Points" },
	{ "at", MEMBER_TIME, .label = "At" },
	{ "reason", MEMBER_STRING, .label = "Reason" },
	{ .name = NULL },
};

static const struct member note_parts[] = {
	{ "at", MEMBER_TIME, MEMBER_NEEDED, .label = "At" },
	{ "text", MEMBER_TEXT, MEMBER_NEEDED | MEMBER_FILLED, .label = "Text" },
	{ "author", MEMBER_LINE, MEMBER_INDEXED | MEMBER_FOLDED, .max = 2 * DOC_LINE_MAX,
	    .path = "notes.author" },
	{ .name = NULL },
};

#define GIVE_POINTS "a macro gives some by add-points or add-rank"
#define A_NETWORK "an address or network such as 192.0.2.0/24 or 2001:db8::/32"
#define A_MACRO "a macro: its key, or project/key"

const struct member schema_user[] = {
	{ "id", MEMBER_ID, MEMBER_CSV, .label = "Id", .column = 1 },
	{ "email", MEMBER_EMAIL, MEMBER_NEEDED | MEMBER_INDEXED | MEMBER_FOLDED | MEMBER_CSV, .label = "E-mail", .column = 2, .asked = 1 },
	{ "username", MEMBER_LINE, MEMBER_FILLED | MEMBER_INDEXED | MEMBER_FOLDED | MEMBER_CSV |
	    MEMBER_WORDS, .label = "Username" },
	{ "firstName", MEMBER_LINE, MEMBER_CSV | MEMBER_WORDS, .label = "First name", .column = 3, .asked = 2 },
	{ "lastName", MEMBER_LINE, MEMBER_CSV | MEMBER_WORDS, .label = "Last name", .column = 4, .asked = 3 },
	{ "roles", MEMBER_CHOICE, MEMBER_LIST | MEMBER_INDEXED | MEMBER_CSV, .label = "Roles",
	    .hint = "admins, managers and viewers sign in to the console",
	    .choices = roles, .words = words_roles, .report = 3, .asked = 4 },
	{ "teams", MEMBER_NAME, MEMBER_LIST | MEMBER_INDEXED | MEMBER_CSV, .label = "Teams",
	    .item = "a team: its key, or project/key", .refers = "team", .column = 6,
	    .report = 4 },
	{ "projects", MEMBER_KEY, MEMBER_LIST | MEMBER_INDEXED | MEMBER_CSV, .label = "Projects",
	    .item = "the key of a project", .refers = "project" },
	{ "ranks", MEMBER_OBJECT, MEMBER_LIST | MEMBER_KEPT, .label = "Ranks", .parts = rank_parts,
	    .report = 5 },
	{ "fields", MEMBER_FIELDS, MEMBER_INDEXED, .label = "Fields",
	    .hint = "of your own" },
	{ "optOut", MEMBER_BOOLEAN, MEMBER_CSV, .label = "Gets no mail",
	    .hint = "but what is essential" },
	{ "alerts", MEMBER_BOOLEAN, MEMBER_CSV, .label = "Hears what needs a hand" },
	{ "createdAt", MEMBER_TIME, MEMBER_KEPT | MEMBER_INDEXED | MEMBER_CSV, .label = "Joined",
	    .report = 2 },
	{ "notes", MEMBER_OBJECT, MEMBER_LIST | MEMBER_KEPT, .label = "Notes", .parts = note_parts },
	{ "macros", MEMBER_NAME, MEMBER_LIST | MEMBER_KEPT, .label = "Macros that ran once",
	    .item = A_MACRO },
	{ "score", MEMBER_INTEGER, MEMBER_DERIVED | MEMBER_INDEXED, .label = "Score", .column = 5,
	    .report = 1, .from = "the points of all ranks without a project; " GIVE_POINTS },
	{ "scores", MEMBER_OBJECT, MEMBER_DERIVED, .label = "Scores",
	    .from = "the points of all ranks of each project; " GIVE_POINTS },
	{ .name = NULL },
};

const struct member schema_feedback[] = {
	{ "id", MEMBER_ID, MEMBER_CSV, .label = "Id", .column = 1 },
	{ "project", MEMBER_KEY, MEMBER_NEEDED | MEMBER_INDEXED | MEMBER_CSV, .label = "Project",
	    .refers = "project", .column = 2, .report = 3, .asked = 1 },
	{ "type", MEMBER_LINE, MEMBER_FILLED | MEMBER_INDEXED | MEMBER_CSV, .label = "Type", .column = 3,
	    .report = 2 },
	{ "title", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED | MEMBER_CSV | MEMBER_WORDS, .label = "Title", .max = 500,
	    .column = 5, .asked = 2 },
	{ "description", MEMBER_TEXT, MEMBER_CSV, .label = "Description", .asked = 3 },
	{ "status", MEMBER_LINE, MEMBER_FILLED | MEMBER_INDEXED | MEMBER_CSV, .label = "Status",
	    .column = 4, .report = 1 },
	{ "submitter", MEMBER_EMAIL, MEMBER_INDEXED | MEMBER_FOLDED | MEMBER_CSV, .label = "Submitter",
	    .refers = "user", .column = 6, .asked = 4 },
	{ "exposure", MEMBER_CHOICE, MEMBER_INDEXED | MEMBER_CSV, .label = "Exposure",
	    .choices = exposures, .report = 4 },
	{ "blocking", MEMBER_BOOLEAN, MEMBER_INDEXED | MEMBER_CSV, .label = "Blocking", .report = 5 },
	{ "feature", MEMBER_LINE, MEMBER_FILLED | MEMBER_INDEXED | MEMBER_CSV, .label = "Feature",
	    .report = 6 },
	{ "fields", MEMBER_FIELDS, MEMBER_INDEXED, .label = "Fields" },
	{ "followers", MEMBER_EMAIL, MEMBER_LIST | MEMBER_KEPT | MEMBER_INDEXED | MEMBER_FOLDED |
	    MEMBER_CSV, .label = "Followers", .item = "an e-mail address", .refers = "user" },
	{ "votes", MEMBER_INTEGER, MEMBER_KEPT | MEMBER_CSV, .label = "Votes", .high = 1000000000 },
	{ "createdAt", MEMBER_TIME, MEMBER_KEPT | MEMBER_INDEXED | MEMBER_CSV, .label = "Created",
	    .report = 7 },
	{ "updatedAt", MEMBER_TIME, MEMBER_INDEXED | MEMBER_CSV | MEMBER_STAMP, .label = "Updated", .report = 8 },
	{ "macros", MEMBER_NAME, MEMBER_LIST | MEMBER_KEPT, .label = "Macros that ran once",
	    .item = A_MACRO },
	{ "comments", MEMBER_INTEGER, MEMBER_DERIVED, .label = "Comments",
	    .from = "the comments on the ticket" },
	{ "popularity", MEMBER_INTEGER, MEMBER_DERIVED, .label = "Popularity", .column = 7,
	    .from = "comments, followers and votes, by the weights of the setting" },
	{ .name = NULL },
};

const struct member schema_project[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 1, .asked = 1 },
	{ "name", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Name", .column = 2, .asked = 2 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "managers", MEMBER_EMAIL, MEMBER_LIST, .label = "Managers",
	    .hint = "they may do in the console what belongs to the project", .item = "an e-mail address",
	    .refers = "user", .column = 3 },
	{ "statuses", MEMBER_LINE, MEMBER_LIST | MEMBER_FILLED, .label = "Statuses",
	    .hint = "without any, every status may be given",
	    .item = "the name of a status", .asked = 3 },
	{ "types", MEMBER_LINE, MEMBER_LIST | MEMBER_FILLED, .label = "Types",
	    .item = "the name of a type" },
	{ "exposures", MEMBER_CHOICE, MEMBER_LIST, .label = "Exposures", .choices = exposures },
	{ "fields", MEMBER_LINE, MEMBER_LIST | MEMBER_FILLED, .label = "Fields of tickets",
	    .max = DOC_FIELD_NAME_MAX, .item = "the name of a field" },
	{ .name = NULL },
};

static const struct member weights[] = {
	{ "comment", MEMBER_INTEGER, 0, .label = "Of a comment", .high = 1000000 },
	{ "follower", MEMBER_INTEGER, 0, .label = "Of a follower", .high = 1000000 },
	{ "vote", MEMBER_INTEGER, 0, .label = "Of a vote", .high = 1000000 },
	{ .name = NULL },
};

const struct member schema_setting[] = {
	{ "community", MEMBER_LINE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Community" },
	{ "baseUrl", MEMBER_LINE, 0, .label = "Base URL",
	    .hint = "where the listeners are, as others see it: https://beta.acme.example/listen", .max = 1000 },
	{ "timeZone", MEMBER_LINE, MEMBER_FILLED, .label = "Time zone",
	    .hint = "of dates in mail and reports, such as Europe/Berlin; UTC without it" },
	{ "integrations", MEMBER_BOOLEAN, 0, .label = "Integrations",
	    .hint = "enhanced integrations: without them no delivery is taken" },
	{ "popularity", MEMBER_OBJECT, 0, .label = "Popularity",
	    .hint = "what makes a ticket popular", .parts = weights },
	{ .name = NULL },
};

const struct member *
schema_of_record(enum record record)
{
	static const struct member *const records[] = {
		[RECORD_USER] = schema_user,
		[RECORD_FEEDBACK] = schema_feedback,
		[RECORD_PROJECT] = schema_project,
	};
	_Static_assert(sizeof records / sizeof records[0] == RECORD__MAX, "a table per record");

	return records[record];
}

/* Rows */

const struct member *
schema_member(const struct member *members, struct span name)
{
	for (; members->name != NULL; members++)
		if (span_is(name, members->name))
			return members;
	return NULL;
}

const struct member *
schema_variant(const struct variants *variants, struct json_object *object)
{
	struct span said = variants != NULL ? json_string(object, variants->by) : SPAN("");
	const struct member *table;
	const char *word;

	for (size_t i = 0; said.n > 0 && (table = variants->table(i, &word)) != NULL; i++)
		if (words_same(said, span_of(word)))
			return table;
	return NULL;
}

const struct member *
schema_find(const struct member *const tables[], const struct variants *variants,
    struct json_object *object, struct span name)
{
	const struct member *found = NULL, *table = schema_variant(variants, object);
	const char *word;

	for (; found == NULL && *tables != NULL; tables++)
		found = schema_member(*tables, name);
	if (found != NULL || variants == NULL)
		return found;
	if (table != NULL || json_string(object, variants->by).n > 0)
		return table != NULL ? schema_member(table, name) : NULL;
	for (size_t i = 0; found == NULL && (table = variants->table(i, &word)) != NULL; i++)
		found = schema_member(table, name);
	return found;
}

const char *
schema_offer(const struct member *member, size_t i)
{
	if (member->offers != NULL)
		return member->offers(i);
	for (const char *const *choice = member->choices; choice != NULL && *choice != NULL;
	    choice++)
		if (i-- == 0)
			return *choice;
	return NULL;
}

const char *
schema_label(const struct member *member)
{
	return member->label != NULL ? member->label : member->name;
}

const struct member *
schema_column(const struct member *const tables[], unsigned place)
{
	for (; *tables != NULL; tables++)
		for (const struct member *m = *tables; m->name != NULL; m++)
			if (m->column == place)
				return m;
	return NULL;
}

const struct member *
schema_reported(const struct member *members, unsigned place)
{
	while (members->name != NULL && members->report != place)
		members++;
	return members->name != NULL ? members : NULL;
}

const char *
schema_nearest(const struct member *const tables[], struct span name)
{
	struct text_nearest nearest = text_nearest_to(name);

	for (; *tables != NULL; tables++)
		for (const struct member *m = *tables; m->name != NULL; m++)
			text_nearest_try(&nearest, span_of(m->name));
	return nearest.found.p;
}

/* Shape */

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

/* What a value of this type must be; NULL: it is. */
static const char *
expected(const struct member *member, struct json_object *value)
{
	struct span text = json_span(value);
	enum doc_type is = doc_type(value);
	int64_t at;

	switch (member->type) {
	case MEMBER_STRING:
	case MEMBER_LINE:
	case MEMBER_TEXT:
	case MEMBER_CHOICE:
	case MEMBER_NAME:
	case MEMBER_ID:
	case MEMBER_DURATION:
	case MEMBER_UUID:
	case MEMBER_PARAMETER:
	case MEMBER_NETWORK:
		if (text.n == 0 && (member->flags & MEMBER_FILLED))
			return "a string that is not empty";
		if (is != DOC_STRING)
			return "a string";
		return text_has_nul(text) ? "text without the character NUL (\\u0000)" : NULL;
	case MEMBER_INTEGER:
		return is == DOC_INTEGER ? NULL : "an integer";
	case MEMBER_BOOLEAN:
		return is == DOC_BOOLEAN ? NULL : "true or false";
	case MEMBER_OBJECT:
	case MEMBER_FIELDS:
		return is == DOC_OBJECT ? NULL : "an object";
	case MEMBER_KEY:
		return text_key(text) ? NULL : "at most 64 of a-z, 0-9, dot, dash "
		    "and underscore, a letter or digit first";
	case MEMBER_TIME:
		return text_time(text, &at) ? NULL : "a time with its zone such as "
		    "2026-11-24T09:30:00Z";
	case MEMBER_EMAIL:
		return text_email(text) ? NULL : "an e-mail address such as ann@mail.example";
	case MEMBER_ANY:
		break;
	}
	return NULL;
}

static size_t
longest(const struct member *member)
{
	if (member->max > 0)
		return member->max;
	return member->type == MEMBER_TEXT ? DOC_TEXT_MAX : DOC_LINE_MAX;
}

/* Of text in characters, of lines in bytes. */
static size_t
length_of(const struct member *member, struct span text)
{
	return member->type == MEMBER_TEXT ? text_characters(text) : text.n;
}

static bool
is_choice(const struct member *member, struct span text)
{
	for (const char *const *choice = member->choices; *choice != NULL; choice++)
		if (span_is(text, *choice))
			return true;
	return false;
}

/* "a", "b" or "c" */
static const char *
choices_told(const struct member *member, char out[], size_t size)
{
	const char *const *choices = member->choices;
	size_t n = 0;

	for (size_t i = 0; choices[i] != NULL && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s\"%s\"",
		    i == 0 ? "" : choices[i + 1] != NULL ? ", " : " or ", choices[i]);
	return out;
}

/* Of a value that has the right type; at is where it stands. */
static void
check_bounds(const struct member *member, struct json_object *value, const char *at,
    struct complaints *complaints)
{
	struct span text = json_span(value);
	struct text_network network;
	const char *wrong;
	char told[400];
	int64_t duration;
	struct id id;

	switch (member->type) {
	case MEMBER_LINE:
	case MEMBER_TEXT:
		if (length_of(member, text) > longest(member))
			complain(complaints, at, "\"%s\" must be at most %zu %s long",
			    member->name, longest(member),
			    member->type == MEMBER_TEXT ? "characters" : "bytes");
		else if (member->type == MEMBER_LINE && !text_printable(text))
			complain(complaints, at, "\"%s\" must be one line without control "
			    "characters", member->name);
		break;
	case MEMBER_CHOICE:
		if (!is_choice(member, text))
			complain(complaints, at, "\"%s\" must be %s", member->name,
			    choices_told(member, told, sizeof told));
		break;
	case MEMBER_ID:
		if (!doc_id_good(text))
			complain(complaints, at, "\"%s\" must be at most %d letters, digits, dots, "
			    "dashes and underscores, a letter or digit first", member->name, ID_MAX);
		break;
	case MEMBER_NAME:
		if (!doc_full_name_good(text))
			complain(complaints, at, "\"%s\" must be the key of one, or project/key",
			    member->name);
		break;
	case MEMBER_INTEGER:
		if ((member->low == 0 && member->high == 0) ||
		    (doc_number(value) >= member->low && doc_number(value) <= member->high))
			break;
		if (member->high == INT64_MAX)
			complain(complaints, at, "\"%s\" must be %lld or more", member->name,
			    (long long)member->low);
		else
			complain(complaints, at, "\"%s\" must be from %lld to %lld", member->name,
			    (long long)member->low, (long long)member->high);
		break;
	case MEMBER_DURATION:
		if (!text_duration(text, &duration) || duration <= 0)
			complain(complaints, at, "\"%s\" must be a duration such as 10m or 2h",
			    member->name);
		break;
	case MEMBER_UUID:
		if (text.n > 0 && !id_read(text, &id))
			complain(complaints, at, "\"%s\" must be a UUID", member->name);
		break;
	case MEMBER_PARAMETER:
		wrong = text.n > 0 ? pointer_check(text) : NULL;
		if (wrong != NULL)
			complain(complaints, at, "%s", wrong);
		break;
	case MEMBER_NETWORK:
		if (!text_network(text, &network))
			complain(complaints, at, "\"%s\" must be %s", member->name, A_NETWORK);
		break;
	case MEMBER_ANY:
	case MEMBER_STRING:
	case MEMBER_KEY:
	case MEMBER_EMAIL:
	case MEMBER_TIME:
	case MEMBER_BOOLEAN:
	case MEMBER_OBJECT:
	case MEMBER_FIELDS:
		break;
	}
}

static bool
item_good(const struct member *member, struct json_object *item)
{
	struct span text = json_span(item);
	struct text_network network;

	if (expected(member, item) != NULL)
		return false;
	switch (member->type) {
	case MEMBER_LINE:
	case MEMBER_TEXT:
		return length_of(member, text) <= longest(member) &&
		    (member->type == MEMBER_TEXT || text_printable(text));
	case MEMBER_CHOICE:
		return is_choice(member, text);
	case MEMBER_ID:
		return doc_id_good(text);
	case MEMBER_NAME:
		return doc_full_name_good(text);
	case MEMBER_PARAMETER:
		return pointer_check(text) == NULL;
	case MEMBER_NETWORK:
		return text_network(text, &network);
	default:
		return true;
	}
}

static void
check_list(const struct member *member, struct json_object *list, const char *at,
    struct complaints *complaints)
{
	char item_at[POINTER_MAX], told[400];

	if (json_count(list) > DOC_LIST_MAX) {
		complain(complaints, at, "\"%s\" must have at most %d items", member->name,
		    DOC_LIST_MAX);
		return;
	}
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);

		snprintf(item_at, sizeof item_at, "%.480s/%zu", at, i);
		if (member->parts != NULL && member->type != MEMBER_ANY)
			schema_check(SCHEMA(member->parts), item, complaints, item_at);
		else if (member->type != MEMBER_ANY && !item_good(member, item))
			complain(complaints, item_at, "must be %s", member->item != NULL
			    ? member->item : member->type == MEMBER_NETWORK ? A_NETWORK
			    : choices_told(member, told, sizeof told));
	}
}

static void
check_fields(struct json_object *fields, const char *at, struct complaints *complaints)
{
	struct arena *arena = arena_new();
	struct doc_member *members;
	size_t n = doc_members(arena, fields, &members);
	char field_at[POINTER_MAX];

	if (n > DOC_LIST_MAX)
		complain(complaints, at, "must have at most %d members", DOC_LIST_MAX);
	for (size_t i = 0; i < n && n <= DOC_LIST_MAX; i++) {
		member_pointer(field_at, at, members[i].name);
		if (!doc_field_name_good(span_of(members[i].name)))
			complain(complaints, field_at, "the name of a field must be 1 to %d bytes "
			    "without control characters", DOC_FIELD_NAME_MAX);
		if (members[i].value != NULL && !doc_field_good(members[i].value))
			complain(complaints, field_at, "must be a string of at most %d "
			    "characters without NUL, a number, true or false", DOC_TEXT_MAX);
	}
	arena_free(&arena);
}

/* A text, or an object that says more. */
static bool
may_be_object(const struct member *member)
{
	return member->type == MEMBER_PARAMETER && member->parts != NULL;
}

static void
check_member(const struct member *member, struct json_object *doc,
    struct complaints *complaints, const char *pointer)
{
	struct json_object *value = json_get(doc, member->name);
	bool list = (member->flags & MEMBER_LIST) != 0;
	const char *want;
	char at[POINTER_MAX];

	if (value == NULL && !(member->flags & MEMBER_NEEDED))
		return;
	member_pointer(at, pointer, member->name);
	if (value == NULL) {
		complain(complaints, at, "\"%s\" is missing", member->name);
		return;
	}
	if (may_be_object(member) && doc_type(value) == DOC_OBJECT) {
		schema_check(SCHEMA(member->parts), value, complaints, at);
		return;
	}
	want = !list ? expected(member, value) : doc_type(value) != DOC_ARRAY ? "a list" : NULL;
	if (want != NULL && doc_type(value) == DOC_STRING)
		complain(complaints, at, "\"%s\" must be %s", member->name, want);
	else if (want != NULL)
		complain(complaints, at, "\"%s\" must be %s, not %s", member->name, want,
		    doc_type_name(doc_type(value)));
	else if (member->flags & MEMBER_DERIVED)
		return;
	else if (list)
		check_list(member, value, at, complaints);
	else if (member->type == MEMBER_FIELDS)
		check_fields(value, at, complaints);
	else if (member->parts != NULL && member->type != MEMBER_ANY && !may_be_object(member))
		schema_check(SCHEMA(member->parts), value, complaints, at);
	else
		check_bounds(member, value, at, complaints);
}

const struct member schema_anything[] = { { .name = NULL } };

/* A part of a member, where no member is like it: "scope.verbs" of "verb"; of several that
 * of one that is asked for. */
static const char *
near_name(struct arena *arena, const struct member *const tables[], struct span name)
{
	const char *nearest = schema_nearest(tables, name), *part;
	bool asked = false;

	if (nearest != NULL)
		return nearest;
	for (; *tables != NULL; tables++)
		for (const struct member *m = *tables; m->name != NULL; m++) {
			if (m->parts == NULL || (m->flags & MEMBER_LIST) || asked ||
			    (part = schema_nearest(SCHEMA(m->parts), name)) == NULL)
				continue;
			asked = m->asked > 0;
			if (nearest == NULL || asked)
				nearest = arena_printf(arena, "%s.%s", m->name, part);
		}
	return nearest;
}

static void
check_unknown(const struct member *const tables[], struct json_object *doc,
    struct complaints *complaints, const char *pointer)
{
	struct arena *arena = arena_new();
	struct doc_member *members;
	size_t n = doc_members(arena, doc, &members);
	char at[POINTER_MAX];

	for (const struct member *const *table = tables; *table != NULL; table++)
		if (*table == schema_anything)
			n = 0;
	for (size_t i = 0; i < n; i++) {
		struct span name = span_of(members[i].name);
		const struct member *const *table = tables;
		const char *nearest;

		while (*table != NULL && schema_member(*table, name) == NULL)
			table++;
		if (*table != NULL || span_is(name, "kind"))
			continue;
		nearest = near_name(arena, tables, name);
		member_pointer(at, pointer, members[i].name);
		if (nearest != NULL)
			complain(complaints, at, "\"%s\" is not known here; did you mean "
			    "\"%s\"?", doc_short(arena, name), nearest);
		else
			complain(complaints, at, "\"%s\" is not known here", doc_short(arena, name));
	}
	arena_free(&arena);
}

void
schema_check(const struct member *const tables[], struct json_object *doc,
    struct complaints *complaints, const char *pointer)
{
	if (doc_type(doc) != DOC_OBJECT) {
		complain(complaints, pointer, "must be an object, not %s",
		    doc_type_name(doc_type(doc)));
		return;
	}
	for (const struct member *const *table = tables; *table != NULL; table++)
		for (const struct member *m = *table; m->name != NULL; m++)
			check_member(m, doc, complaints, pointer);
	check_unknown(tables, doc, complaints, pointer);
}

/* Words */

/* NULL: as it stands. */
static const char *
ours(const struct member *member, struct span said)
{
	if (said.p == NULL || (member->choices != NULL && is_choice(member, said)))
		return NULL;
	for (const char *const *choice = member->choices; choice != NULL && *choice != NULL;
	    choice++)
		if (words_same(said, span_of(*choice)))
			return *choice;
	return words_ours(member->words, said);
}

static void
list_words(struct arena *arena, const struct member *member, struct json_object *doc)
{
	struct json_object *list = json_get(doc, member->name);

	for (size_t i = 0; json_is_array(list) && i < json_count(list); i++) {
		const char *word = ours(member, json_span(json_at(list, i)));

		if (member->parts != NULL)
			schema_words(arena, SCHEMA(member->parts), json_at(list, i));
		else if (word != NULL)
			list = doc_list_with(arena, list, i, span_of(word));
	}
	if (list != json_get(doc, member->name))
		json_set(doc, member->name, json_share(list));
}

void
schema_words(struct arena *arena, const struct member *const tables[], struct json_object *doc)
{
	if (!json_is_object(doc))
		return;
	for (; *tables != NULL; tables++)
		for (const struct member *m = *tables; m->name != NULL; m++) {
			struct json_object *value = json_get(doc, m->name);
			const char *word;

			if (m->parts == NULL && m->choices == NULL && m->words == NULL)
				continue;
			if (m->flags & MEMBER_LIST)
				list_words(arena, m, doc);
			else if (m->parts != NULL)
				schema_words(arena, SCHEMA(m->parts), value);
			else if ((word = ours(m, json_span(value))) != NULL)
				json_set_text(doc, m->name, span_of(word));
		}
}

/* References */

static bool
exists(struct txn *txn, const char *kind, struct span name)
{
	enum record record;
	struct span project, key;

	if (record_by_name(span_of(kind), &record))
		return record == RECORD_USER
		    ? record_find(txn, RECORD_USER, SPAN("email"), name, &key, 1) == 1
		    : record_exists(txn, record, name);
	doc_name_split(name, &project, &key);
	return doc_exists(txn, kind, project, key);
}

static void
refer_one(struct txn *txn, const struct member *member, struct json_object *value,
    struct complaints *complaints, const char *pointer)
{
	struct span name = json_span(value);

	if (member->parts != NULL && json_is_object(value))
		schema_refer(txn, SCHEMA(member->parts), value, complaints, pointer);
	else if (member->refers != NULL && name.n > 0 && !exists(txn, member->refers, name))
		complain(complaints, pointer, "there is no %s \"%s\"", member->refers,
		    doc_short(txn_arena(txn), name));
}

void
schema_refer(struct txn *txn, const struct member *const tables[], struct json_object *doc,
    struct complaints *complaints, const char *pointer)
{
	for (; *tables != NULL; tables++)
		for (const struct member *m = *tables; m->name != NULL && txn_ok(txn); m++) {
			struct json_object *value = json_get(doc, m->name);
			const char *at;

			if (value == NULL || (m->refers == NULL && m->parts == NULL))
				continue;
			at = arena_printf(txn_arena(txn), "%s/%s", pointer, m->name);
			if (!(m->flags & MEMBER_LIST))
				refer_one(txn, m, value, complaints, at);
			else
				for (size_t i = 0; i < json_count(value); i++)
					refer_one(txn, m, json_at(value, i), complaints,
					    arena_printf(txn_arena(txn), "%s/%zu", at, i));
		}
}

/* Documents in order */

struct json_object *
schema_pick(struct arena *arena, const struct member *members, struct json_object *doc)
{
	struct json_object *out = json_new_object(arena);

	for (const struct member *m = members; m->name != NULL; m++)
		if (!(m->flags & MEMBER_DERIVED) && json_get(doc, m->name) != NULL)
			json_set(out, m->name, json_share(json_get(doc, m->name)));
	return out;
}

void
schema_keep(const struct member *members, struct json_object *doc, struct json_object *old)
{
	for (const struct member *m = members; m->name != NULL; m++)
		if ((m->flags & MEMBER_KEPT) && !json_has(doc, m->name) && json_has(old, m->name))
			json_set(doc, m->name, json_share(json_get(old, m->name)));
}

/* JSON Schema */

static void
json_type(struct jsonout *out, const struct member *member)
{
	static const char *const types[] = {
		[MEMBER_STRING] = "string", [MEMBER_LINE] = "string", [MEMBER_TEXT] = "string",
		[MEMBER_CHOICE] = "string", [MEMBER_KEY] = "string", [MEMBER_NAME] = "string",
		[MEMBER_ID] = "string", [MEMBER_EMAIL] = "string", [MEMBER_TIME] = "string",
		[MEMBER_DURATION] = "string", [MEMBER_UUID] = "string",
		[MEMBER_PARAMETER] = "string", [MEMBER_NETWORK] = "string",
		[MEMBER_INTEGER] = "integer", [MEMBER_BOOLEAN] = "boolean",
		[MEMBER_OBJECT] = "object", [MEMBER_FIELDS] = "object",
	};
	static const char *const formats[] = { [MEMBER_EMAIL] = "email",
		[MEMBER_TIME] = "date-time", [MEMBER_UUID] = "uuid", [MEMBER_FIELDS] = NULL };

	if (may_be_object(member)) {
		const struct member text = { member->name, member->type,
			member->flags & ~(unsigned)MEMBER_NEEDED, .label = NULL };

		json_key(out, "oneOf");
		json_open(out, '[');
		json_open(out, '{');
		json_type(out, &text);
		json_close(out, '}');
		json_open(out, '{');
		schema_json(out, SCHEMA(member->parts));
		json_close(out, '}');
		json_close(out, ']');
		return;
	}
	if (member->parts != NULL && member->type != MEMBER_ANY) {
		schema_json(out, SCHEMA(member->parts));
		return;
	}
	if (member->type != MEMBER_ANY)
		json_member(out, "type", span_of(types[member->type]));
	if (formats[member->type] != NULL)
		json_member(out, "format", span_of(formats[member->type]));
	if (member->flags & MEMBER_FILLED)
		json_member_int(out, "minLength", 1);
	if (member->type == MEMBER_KEY)
		json_member(out, "pattern", SPAN("^[a-z0-9][a-z0-9._-]{0,63}$"));
	if (member->type == MEMBER_NAME)
		json_member(out, "pattern",
		    SPAN("^([a-z0-9][a-z0-9._-]{0,63}/)?[a-z0-9][a-z0-9._-]{0,63}$"));
	if (member->type == MEMBER_ID)
		json_member(out, "pattern", SPAN("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"));
	if (member->low != 0 || member->high != 0) {
		json_member_int(out, "minimum", member->low);
		if (member->high != INT64_MAX)
			json_member_int(out, "maximum", member->high);
	}
	if (member->type == MEMBER_CHOICE) {
		json_key(out, "enum");
		json_open(out, '[');
		for (const char *const *choice = member->choices; *choice != NULL; choice++)
			json_text(out, span_of(*choice));
		json_close(out, ']');
	}
}

void
schema_json(struct jsonout *out, const struct member *const tables[])
{
	json_member(out, "type", SPAN("object"));
	json_key(out, "properties");
	json_open(out, '{');
	for (const struct member *const *table = tables; *table != NULL; table++)
		for (const struct member *m = *table; m->name != NULL; m++) {
			json_key(out, m->name);
			json_open(out, '{');
			if (m->label != NULL)
				json_member(out, "title", span_of(m->label));
			if (m->hint != NULL)
				json_member(out, "description", span_of(m->hint));
			if (m->flags & MEMBER_DERIVED)
				json_member_bool(out, "readOnly", true);
			if (m->flags & MEMBER_LIST) {
				json_member(out, "type", SPAN("array"));
				json_member_int(out, "maxItems", DOC_LIST_MAX);
				json_key(out, "items");
				json_open(out, '{');
				json_type(out, m);
				json_close(out, '}');
			} else {
				json_type(out, m);
			}
			json_close(out, '}');
		}
	json_close(out, '}');
	json_key(out, "required");
	json_open(out, '[');
	for (const struct member *const *table = tables; *table != NULL; table++)
		for (const struct member *m = *table; m->name != NULL; m++)
			if (m->flags & MEMBER_NEEDED)
				json_text(out, span_of(m->name));
	json_close(out, ']');
	json_member_bool(out, "additionalProperties", false);
}
