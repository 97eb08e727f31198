/* SPDX-License-Identifier: ISC */
/* check: documents, users, tickets, comments, values, and the index of them all. */
#include "command/check.h"

#include "base/json.h"
#include "base/text.h"
#include "community/group.h"
#include "community/people.h"
#include "listen/register.h"
#include "record/doc_check.h"
#include "record/sealed.h"
#include "record/tally.h"

#include <stdlib.h>
#include <string.h>

/* Takes what stands before the next NUL. False when there is none. */
static bool
take_part(struct span *key, struct span *part_r)
{
	const char *nul = key->n > 0 ? memchr(key->p, '\0', key->n) : NULL;

	if (nul == NULL)
		return false;
	*part_r = (struct span){ key->p, (size_t)(nul - key->p) };
	key->n -= part_r->n + 1;
	key->p = nul + 1;
	return true;
}

static bool
record_by_letter(char letter, enum record *record_r)
{
	for (int i = 0; i < RECORD__MAX; i++)
		if (record_letter((enum record)i) == letter) {
			*record_r = (enum record)i;
			return true;
		}
	return false;
}

/* Letter and id before the first NUL: whose the row is. False after a problem. */
static bool
take_owner(struct check *check, struct span *key, enum record *record_r, struct span *id_r)
{
	if (!take_part(key, id_r) || id_r->n < 2 ||
	    !record_by_letter(id_r->p[0], record_r)) {
		check_problem(check, check_restore, "is no key of this table");
		return false;
	}
	id_r->p++;
	id_r->n--;
	if (record_exists(check->txn, *record_r, *id_r))
		return true;
	check_problem(check, check_restore, "belongs to %s %.*s, which does not exist",
	    record_name(*record_r), (int)id_r->n, id_r->p);
	return false;
}

/* TABLE_DOC: kind NUL project NUL key */
static void
document_row(struct check *check, struct span key, struct span value)
{
	struct json_object *doc = check_parse(check, value);
	struct arena *arena = txn_arena(check->txn);
	struct span name, project;
	const struct kind *kind;
	size_t secrets, lost;

	if (doc == NULL)
		return;
	if (!take_part(&key, &name) || !take_part(&key, &project)) {
		check_problem(check, check_restore, "is no key of this table");
		return;
	}
	kind = kind_by_name(name);
	if (kind == NULL) {
		check_problem(check, check_restore, "is of no kind that is known");
		return;
	}
	if (!span_eq(json_string(doc, "project"), project) ||
	    (json_has(doc, "key") && !span_eq(json_string(doc, "key"), key)))
		check_problem(check, check_restore, "says that it is another document");
	else
		check_refer(check, kind, kind_find(check->txn, kind,
		    doc_name(arena, project, key)));
	secrets = sealed_count(check->txn, doc, &lost);
	if (secrets > lost && !store_has_key_file(txn_store(check->txn)))
		check_problem(check, "put secret.key back before the owner of the store ends; it "
		    "cannot be opened afterwards", "%zu of its secrets can be opened only as long "
		    "as this owner of the store lives: its secret.key is gone", secrets - lost);
	if (lost > 0)
		check_problem(check, sealed_why(check->txn), "%zu of its secrets cannot be "
		    "opened", lost);
}

/* The escape stands for NUL, unless its backslash is escaped itself. */
static bool
json_has_nul(struct span json)
{
	static const char escape[] = { '\\', 'u', '0', '0', '0', '0' };
	const char *end = json.p + json.n;

	for (const char *at = json.p; (at = memchr(at, '\\', (size_t)(end - at))) != NULL; at += 2)
		if ((size_t)(end - at) >= sizeof escape && memcmp(at, escape, sizeof escape) == 0)
			return true;
		else if (end - at < 2)
			break;
	return false;
}

/* A row of what people write and senders send. Older versions took NUL there. */
static struct json_object *
parse_texts(struct check *check, struct span value)
{
	struct json_object *doc = check_parse(check, value);

	if (doc != NULL && json_has_nul(value))
		check_problem(check, "change or remove it; until then its export cannot be applied",
		    "has a text with the character NUL (\\u0000), which older versions took");
	return doc;
}

/* TABLE_USER, TABLE_FEEDBACK */
static void
record_row(struct check *check, enum record record, struct span id, struct span value)
{
	struct json_object *doc = parse_texts(check, value);
	struct span *keys;
	size_t n;

	if (doc == NULL)
		return;
	if (!span_eq(json_string(doc, "id"), id)) {
		check_problem(check, check_restore, "says that it is another %s",
		    record_name(record));
		return;
	}
	n = record_keys(txn_arena(check->txn), record, id, record_words_there(check->txn, record, id),
	    doc, &keys);
	for (size_t i = 0; i < n; i++)
		check_in_index(check, keys[i]);
	check_refer(check, kind_by_name(span_of(record_name(record))), doc);
}

static void
user_row(struct check *check, struct span key, struct span value)
{
	struct span email = json_string(json_load(txn_arena(check->txn), value), "email");
	struct span ids[2];

	record_row(check, RECORD_USER, key, value);
	if (record_find(check->txn, RECORD_USER, SPAN("email"), email, ids, 2) > 1)
		check_problem(check, check_apply, "user %.*s has the same e-mail address",
		    (int)ids[span_eq(ids[0], key)].n, ids[span_eq(ids[0], key)].p);
}

static void
feedback_row(struct check *check, struct span key, struct span value)
{
	struct json_object *doc = json_load(txn_arena(check->txn), value);
	struct tally tally = tally_load(check->txn, key);

	record_row(check, RECORD_FEEDBACK, key, value);
	if (doc != NULL && (size_t)tally.followers != json_count(json_get(doc, "followers")))
		check_problem(check, check_restore, "has %zu followers, %lld are counted",
		    json_count(json_get(doc, "followers")), (long long)tally.followers);
}

/* TABLE_NOTE: user id NUL number */
static void
note_row(struct check *check, struct span key, struct span value)
{
	struct json_object *user;
	struct span id;

	if (parse_texts(check, value) == NULL)
		return;
	if (!take_part(&key, &id) || key.n != 4)
		check_problem(check, check_restore, "is no key of this table");
	else if ((user = record_load(check->txn, RECORD_USER, id)) == NULL)
		check_problem(check, check_restore, "belongs to user %.*s, which does not exist",
		    (int)id.n, id.p);
	else if (!people_has_note_rows(user))
		check_problem(check, check_restore, "is a note that user %.*s does not know of",
		    (int)id.n, id.p);
}

/* TABLE_COMMENT: letter id NUL id of the comment */

/* Not beyond max. */
static int64_t
count_comments(struct check *check, struct span ticket, int64_t max)
{
	struct arena *arena = txn_arena(check->txn);
	char *prefix = arena_printf(arena, "%c%.*s", record_letter(RECORD_FEEDBACK),
	    (int)ticket.n, ticket.p);
	struct walk *walk = walk_open(check->txn, TABLE_COMMENT,
	    (struct span){ prefix, ticket.n + 2 }, SPAN(""), false);
	struct span key;
	int64_t n = 0;

	while (n < max && walk_next(walk, &key, NULL))
		n++;
	walk_close(&walk);
	return n;
}

/* When all comments of the ticket were seen. If they changed meanwhile, they
 * are counted again at once. */
static void
compare_tally(struct check *check)
{
	struct span ticket = command_position(&check->ticket);
	int64_t counted = tally_load(check->txn, ticket).comments;

	if (ticket.n > 0 && check->comments != counted &&
	    (check->comments = count_comments(check, ticket, INT64_MAX)) != counted) {
		check->key = ticket;
		check_problem(check, check_restore, "the ticket has %lld comments, %lld are "
		    "counted", (long long)check->comments, (long long)counted);
	}
	check->comments = 0;
	check->ticket.n = 0;
}

static void
count_comment(struct check *check, struct span key)
{
	bool of_ticket = key.n > 0 && key.p[0] == record_letter(RECORD_FEEDBACK);
	struct span row = check->key, ticket = { "", 0 };

	if (of_ticket && take_part(&key, &ticket)) {
		ticket.p++;
		ticket.n--;
	}
	if (!span_eq(ticket, command_position(&check->ticket))) {
		compare_tally(check);
		check->key = row;
		command_position_set(&check->ticket, ticket);
	}
	check->comments += ticket.n > 0;
}

static void
comment_row(struct check *check, struct span key, struct span value)
{
	struct json_object *doc = parse_texts(check, value);
	struct span rest = key, target, author = json_string(doc, "author"), id;
	enum record record;

	count_comment(check, key);
	if (doc == NULL || !take_owner(check, &rest, &record, &target))
		return;
	if (json_string(doc, "project").n > 0 && !record_exists(check->txn, RECORD_PROJECT,
	        json_string(doc, "project")))
		check_problem(check, check_restore, "its project does not exist");
	if (author.n == 0)
		return;
	if (!people_id(check->txn, author, &id))
		check_problem(check, check_restore, "its author %s does not exist",
		    doc_short(txn_arena(check->txn), author));
	check_in_index(check, record_author_key(txn_arena(check->txn), author,
	    (struct span){ key.p, target.n + 1 }));
}

/* TABLE_TALLY: feedback id */
static void
tally_row(struct check *check, struct span key, struct span value)
{
	struct json_object *doc = check_parse(check, value);

	if (doc == NULL)
		return;
	if (!record_exists(check->txn, RECORD_FEEDBACK, key))
		check_problem(check, check_restore, "counts for a ticket that does not exist");
	else if (json_integer(doc, "comments", 0) > 0 && count_comments(check, key, 1) == 0)
		check_problem(check, check_restore, "counts comments where there are none");
}

/* TABLE_VALUE: letter id NUL group; TABLE_HISTORY: NUL parameter NUL time behind it */

/* What the index knows of a stored value, also of a text with NUL. False: it is none of
 * its type. */
static bool
value_index(struct arena *arena, enum group_type type, struct json_object *stored,
    struct record_value *index_r)
{
	struct group_value value;
	const char *sentence;

	if (!group_value_read(arena, type, NULL, stored, &value, &sentence)) {
		if (type != GROUP_STRING || doc_type(stored) != DOC_STRING ||
		    !text_has_nul(json_span(stored)))
			return false;
		value = (struct group_value){ .text = json_span(stored) };
	}
	*index_r = group_value_index(type, &value);
	return true;
}

/* The keys of the index that a row of values must have: at most one for each
 * field, and one for the row. tell: what is wrong with the row itself. */
static size_t
value_keys(struct check *check, const struct group *group, struct span id,
    struct json_object *row, bool tell, struct span *keys)
{
	static const struct record_value there = { .type = RECORD_BOOLEAN, .number = 1 };
	struct arena *arena = txn_arena(check->txn);
	struct json_object *values = json_get(row, "values");
	size_t n = 0;

	keys[n++] = record_key(arena, group->record, group->path, &there, id);
	for (size_t i = 0; i < group->field_count; i++) {
		const struct group_field *field = &group->fields[i];
		struct json_object *stored = json_get(values, field->parameter.p);
		struct record_value index;

		if (stored == NULL)
			continue;
		if (value_index(arena, field->type, stored, &index))
			keys[n++] = record_key(arena, group->record, field->path, &index, id);
		else if (tell)
			check_problem(check, check_restore, "its %s is not of the type %s",
			    field->parameter.p, group_type_name(field->type));
	}
	return n;
}

static void
value_row(struct check *check, struct span key, struct span value)
{
	struct json_object *doc = parse_texts(check, value);
	const struct group *group;
	struct span id, *keys;
	enum record record;
	size_t n;

	if (doc == NULL || !take_owner(check, &key, &record, &id))
		return;
	group = group_stored_form(check->txn, key);
	if (group == NULL || group->record != record) {
		check_problem(check, check_restore, "is of a group that does not exist");
		return;
	}
	keys = arena_alloc(txn_arena(check->txn), (group->field_count + 1) * sizeof *keys);
	n = value_keys(check, group, id, doc, true, keys);
	for (size_t i = 0; i < n; i++)
		check_in_index(check, keys[i]);
}

static void
history_row(struct check *check, struct span key, struct span value)
{
	struct span id, group, parameter;
	enum record record;

	if (json_load(txn_arena(check->txn), value) == NULL) {
		check_problem(check, check_restore, "cannot be read");
		return;
	}
	if (!take_owner(check, &key, &record, &id))
		return;
	if (!take_part(&key, &group) || !take_part(&key, &parameter) || key.n != 8)
		check_problem(check, check_restore, "is no key of this table");
	else if (group_stored_form(check->txn, group) == NULL)
		check_problem(check, check_restore, "is of a group that does not exist");
}

/* TABLE_INDEX: what a key says, the record says too. */

static bool
is_among(const struct span *keys, size_t n, struct span key)
{
	size_t i = 0;

	while (i < n && !span_eq(keys[i], key))
		i++;
	return i < n;
}

/* A document that cannot be read was told of before. */
static bool
record_says(struct check *check, enum record record, struct span id, struct span key)
{
	struct arena *arena = txn_arena(check->txn);
	struct json_object *doc;
	struct span text, *keys = NULL;
	size_t count;

	if (record == RECORD_PROJECT || !table_get(check->txn,
	        record == RECORD_USER ? TABLE_USER : TABLE_FEEDBACK, id, &text))
		return false;
	doc = json_load(arena, text);
	if (doc == NULL)
		return true;
	count = record_keys(arena, record, id, true, doc, &keys);
	return is_among(keys, count, key);
}

/* The name of the group ends at some dot of the path, or with it. */
static bool
values_say(struct check *check, char letter, struct span path, struct span id,
    struct span key)
{
	struct arena *arena = txn_arena(check->txn);
	const struct group *group;
	struct span text, *keys;

	for (size_t n = 1; n <= path.n; n++) {
		struct span name = { path.p, n }, row;

		if (n < path.n && path.p[n] != '.')
			continue;
		row.p = arena_printf(arena, "%c%.*s%c%.*s", letter, (int)id.n, id.p, '\0',
		    (int)name.n, name.p);
		row.n = id.n + name.n + 2;
		if (!table_get(check->txn, TABLE_VALUE, row, &text) ||
		    (group = group_stored_form(check->txn, name)) == NULL)
			continue;
		keys = arena_alloc(arena, (group->field_count + 1) * sizeof *keys);
		if (is_among(keys, value_keys(check, group, id, json_load(arena, text), false,
		        keys), key))
			return true;
	}
	return false;
}

/* One of the comments on the target (letter and id) has the author of the key. */
static bool
comment_says(struct check *check, struct span target, struct span key)
{
	struct arena *arena = txn_arena(check->txn);
	struct span prefix = { arena_copy(arena, target).p, target.n + 1 }, comment, row;
	struct walk *walk = walk_open(check->txn, TABLE_COMMENT, prefix, SPAN(""), false);
	bool right = false;

	while (!right && walk_next(walk, &comment, &row))
		right = span_eq(record_author_key(arena, json_string(json_load(arena, row),
		    "author"), target), key);
	walk_close(&walk);
	return right;
}

static void
index_row(struct check *check, struct span key, struct span value)
{
	struct span path, id;
	enum record record = RECORD_USER;
	bool right;
	char letter;

	(void)value;
	if (!record_key_read(key, &letter, &path, &id)) {
		check_problem(check, check_rebuild, "is no key of this table");
		return;
	}
	if (!record_by_letter(letter, &record))
		right = comment_says(check, id, key);
	else if (span_starts(path, "data."))
		right = values_say(check, letter, (struct span){ path.p + 5, path.n - 5 }, id,
		    key);
	else
		right = record_says(check, record, id, key);
	if (!right)
		check_problem(check, check_rebuild, "says of %s something that is not so",
		    record_by_letter(letter, &record) ? record_name(record) : "a comment");
}

const struct check_pass check_documents[] = {
	{ TABLE_DOC, document_row, NULL },
	{ 0 },
};
const struct check_pass check_records[] = {
	{ TABLE_USER, user_row, NULL },
	{ TABLE_FEEDBACK, feedback_row, NULL },
	{ TABLE_TALLY, tally_row, NULL },
	{ TABLE_NOTE, note_row, NULL },
	{ TABLE_COMMENT, comment_row, compare_tally },
	{ TABLE_VALUE, value_row, NULL },
	{ TABLE_HISTORY, history_row, NULL },
	{ TABLE_INDEX, index_row, NULL },
	{ 0 },
};
