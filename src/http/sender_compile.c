/* SPDX-License-Identifier: ISC */
/* A listener's "sender" member to a row: one of the table, or a copy changed. */
#include "base/json.h"
#include "base/pointer.h"
#include "http/sender.h"
#include "http/sender_private.h"

#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

#define HEADER_NAME_MAX 64 /* of a header */
#define PREFIX_MAX 32
#define TOLERANCE_MAX 86400

/* A member of the document: fills a column, or says what would be right. */
struct option {
	const char *name;
	enum sender_freedom freedom; /* that a row must grant */
	const char *(*set)(void *column, struct json_object *value, struct arena *arena);
	size_t column;               /* its offset in struct sender_preset */
};

static bool
is_string(struct json_object *value)
{
	return json_object_get_type(value) == json_type_string;
}

static const char *
set_header(void *column, struct json_object *value, struct arena *arena)
{
	static const char sentence[] =
	    "must be the name of a header: letters, digits and hyphens";
	struct span text = json_span(value);
	char *name;

	if (!is_string(value) || text.n == 0 || text.n > HEADER_NAME_MAX)
		return sentence;
	name = arena_string(arena, text);
	for (size_t i = 0; i < text.n; i++) {
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
		if (!(name[i] >= 'a' && name[i] <= 'z') &&
		    !(name[i] >= '0' && name[i] <= '9') && name[i] != '-')
			return sentence;
	}
	*(const char **)column = name;
	return NULL;
}

static const char *
set_pointer(void *column, struct json_object *value, struct arena *arena)
{
	struct span pointer = arena_copy(arena, json_span(value));

	if (!is_string(value) || pointer.n == 0)
		return "must be the name of a member of the body or a JSON Pointer";
	*(struct span *)column = pointer;
	return pointer_check(pointer);
}

static const char *
set_tolerance(void *column, struct json_object *value, struct arena *arena)
{
	int64_t seconds = json_object_get_type(value) == json_type_int
	    ? json_object_get_int64(value) : 0;

	(void)arena;
	if (seconds < 1 || seconds > TOLERANCE_MAX)
		return "must be a whole number of seconds from 1 to 86400";
	*(int64_t *)column = seconds;
	return NULL;
}

/* The place of the text among the names, or -1. */
static int
choice(struct json_object *value, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (is_string(value) && span_is(json_span(value), names[i]))
			return i;
	return -1;
}

static const char *
set_hash(void *column, struct json_object *value, struct arena *arena)
{
	static const char *const names[] = {
		[SECRET_SHA1] = "sha1",
		[SECRET_SHA256] = "sha256",
		[SECRET_SHA512] = "sha512",
	};
	int hash = choice(value, names, 3);

	(void)arena;
	if (hash < 0)
		return "must be \"sha1\", \"sha256\" or \"sha512\"";
	*(enum secret_hash *)column = (enum secret_hash)hash;
	return NULL;
}

static const char *
set_encoding(void *column, struct json_object *value, struct arena *arena)
{
	static const char *const names[] = { "hex", "base64" };
	int encoding = choice(value, names, 2);

	(void)arena;
	if (encoding < 0)
		return "must be \"hex\" or \"base64\"";
	*(bool *)column = encoding == 1;
	return NULL;
}

static const char *
set_prefix(void *column, struct json_object *value, struct arena *arena)
{
	struct span text = json_span(value);

	if (!is_string(value) || text.n > PREFIX_MAX)
		return "must be a text of at most 32 characters";
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return "must be of printable ASCII characters";
	*(const char **)column = arena_string(arena, text);
	return NULL;
}

static const char *
set_signed(void *column, struct json_object *value, struct arena *arena)
{
	static const char *const names[] = {
		[COVERS_BODY] = "body",
		[COVERS_STAMP] = "timestamp.body",
		[COVERS_ID_STAMP] = "id.timestamp.body",
	};
	int covers = choice(value, names, 3);

	(void)arena;
	if (covers < 0)
		return "must be \"body\", \"timestamp.body\" or \"id.timestamp.body\"";
	*(enum sender_covers *)column = (enum sender_covers)covers;
	return NULL;
}

static const char *
set_same(void *column, struct json_object *value, struct arena *arena)
{
	static const char *const names[] = { "replay", "event" };
	int same = choice(value, names, 2);

	(void)arena;
	if (same < 0)
		return "must be \"replay\" or \"event\"";
	*(enum sender_same *)column = same == 0 ? SAME_REPLAY : SAME_EVENT;
	return NULL;
}

#define COLUMN(name) offsetof(struct sender_preset, name)

static const struct option options[] = {
	{ "preset", FREEDOM_NONE, NULL, 0 },
	{ "secrets", FREEDOM_NONE, NULL, 0 },
	{ "tolerance", FREEDOM_NONE, set_tolerance, COLUMN(tolerance) },
	{ "idPointer", FREEDOM_NONE, set_pointer, COLUMN(id_pointer) },
	{ "eventPointer", FREEDOM_NONE, set_pointer, COLUMN(event_pointer) },
	{ "sameBody", FREEDOM_NONE, set_same, COLUMN(same) },
	{ "header", FREEDOM_HEADER, set_header, COLUMN(header) },
	{ "hash", FREEDOM_ALL, set_hash, COLUMN(hash) },
	{ "encoding", FREEDOM_ALL, set_encoding, COLUMN(base64) },
	{ "prefix", FREEDOM_ALL, set_prefix, COLUMN(prefix) },
	{ "signed", FREEDOM_ALL, set_signed, COLUMN(covers) },
	{ "timestampHeader", FREEDOM_ALL, set_header, COLUMN(stamp_header) },
	{ "idHeader", FREEDOM_NONE, set_header, COLUMN(id_headers) },
	{ "lead", FREEDOM_ALL, set_prefix, COLUMN(lead) },
	{ "separator", FREEDOM_ALL, set_prefix, COLUMN(separator) },
	{ "eventHeader", FREEDOM_ALL, set_header, COLUMN(event_header) },
};
#define OPTIONS (sizeof options / sizeof options[0])

static bool
set(struct sender_preset *row, const char *name, struct json_object *value,
    struct arena *arena, struct error *error)
{
	const char *sentence;

	for (size_t i = 0; i < OPTIONS; i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		if (options[i].freedom > row->freedom)
			return error_set(error, FAULT_BAD_DOCUMENT,
			    "sender: \"%s\" is fixed for the preset \"%s\"; "
			    "the preset \"hmac\" describes other schemes",
			    name, row->name);
		if (options[i].set == NULL)
			return true;
		sentence = options[i].set((char *)row + options[i].column, value, arena);
		if (sentence != NULL)
			return error_set(error, FAULT_BAD_DOCUMENT,
			    "sender: \"%s\" %s", name, sentence);
		return true;
	}
	return error_set(error, FAULT_BAD_DOCUMENT,
	    "sender: there is no member \"%.60s\"", name);
}

/* What the members of a description of one's own ask of each other. */
static bool
is_complete(struct sender_preset *row, struct error *error)
{
	bool stamped = row->covers != COVERS_BODY;

	if (row->same == SAME_REPLAY && row->grammar == GRAMMAR_TOKEN)
		return error_set(error, FAULT_BAD_DOCUMENT, "sender: \"sameBody\" needs a "
		    "sender that signs the body; %s shows a secret", row->name);
	if (row->freedom != FREEDOM_ALL && row->signed_id_header != NULL &&
	    strcmp(row->id_headers[0], row->signed_id_header) != 0)
		return error_set(error, FAULT_BAD_DOCUMENT, "sender: \"idHeader\" is fixed for "
		    "%s, which signs its own", row->name);
	if (row->freedom != FREEDOM_ALL)
		return true;
	if (row->header == NULL)
		return error_set(error, FAULT_BAD_DOCUMENT, "sender: \"header\" is "
		    "missing: the name of the header that holds the signature");
	if (stamped != (row->stamp_header != NULL))
		return error_set(error, FAULT_BAD_DOCUMENT, stamped
		    ? "sender: \"timestampHeader\" is missing: what is signed "
		      "names the timestamp"
		    : "sender: \"timestampHeader\" needs \"signed\" to be "
		      "\"timestamp.body\" or \"id.timestamp.body\"");
	if (row->covers == COVERS_ID_STAMP && row->id_headers[0] == NULL)
		return error_set(error, FAULT_BAD_DOCUMENT, "sender: \"idHeader\" "
		    "is missing: what is signed names the id");
	if (row->covers == COVERS_ID_STAMP)
		row->signed_id_header = row->id_headers[0];
	return true;
}

const char *
sender_preset_name(size_t i)
{
	return sender_table[i].name;
}

const struct sender_preset *
sender_row(struct span name)
{
	for (const struct sender_preset *row = sender_table; row->name; row++)
		if (span_is(name, row->name))
			return row;
	return NULL;
}

const struct sender_words *
sender_words(struct span name)
{
	const struct sender_preset *row = sender_row(name);

	return row != NULL ? &row->words : NULL;
}

const char *
sender_enter(struct arena *arena, struct span preset)
{
	const struct sender_words *words = sender_words(preset);
	const char *text = words != NULL && words->where != NULL ? words->where : "";

	if (words == NULL || words->entries[0].field == NULL)
		return NULL;
	for (size_t i = 0; i < SENDER_ENTRIES && words->entries[i].field != NULL; i++) {
		const struct sender_entry *entry = &words->entries[i];

		text = arena_printf(arena, "%s%s%s%s%s", text, i > 0 ? ", " : *text ? ": " : "",
		    entry->field, entry->text != NULL ? " " : "", entry->text != NULL ? entry->text : "");
	}
	return words->secret == NULL ? text
	    : arena_printf(arena, "%s; its secret is: %s", text, words->secret);
}

bool
sender_gives_secret(struct span preset)
{
	const struct sender_words *words = sender_words(preset);

	return words != NULL && words->secret != NULL;
}

static void
unknown_preset(struct span name, struct arena *arena, struct error *error)
{
	const char *list = "";

	for (const struct sender_preset *row = sender_table; row->name != NULL; row++)
		list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", row->name);
	error_set(error, FAULT_BAD_DOCUMENT,
	    "sender: there is no preset \"%.*s\"; there are %s",
	    (int)(name.n < 40 ? name.n : 40), name.n > 0 ? name.p : "", list);
}

const struct sender *
sender_compile(struct arena *arena, struct json_object *spec, struct error *error)
{
	const struct sender_preset *preset;
	struct sender *sender;
	struct json_object_iterator at, end;
	struct span name;

	if (is_string(spec)) {
		name = json_span(spec);
	} else if (json_object_get_type(spec) == json_type_object) {
		name = json_string(spec, "preset");
	} else {
		error_set(error, FAULT_BAD_DOCUMENT, "sender: must be the name of a "
		    "preset or an object with a member \"preset\"");
		return NULL;
	}
	preset = sender_row(name);
	if (preset == NULL) {
		unknown_preset(name, arena, error);
		return NULL;
	}
	sender = arena_alloc(arena, sizeof *sender);
	sender->row = *preset;
	if (!is_string(spec)) {
		at = json_object_iter_begin(spec);
		end = json_object_iter_end(spec);
		for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
			if (!set(&sender->row, json_object_iter_peek_name(&at),
			    json_object_iter_peek_value(&at), arena, error))
				return NULL;
	}
	return is_complete(&sender->row, error) ? sender : NULL;
}
