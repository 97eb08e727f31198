/* SPDX-License-Identifier: ISC */
/*
 * Notes. Those of an applied document stand in the user's document; those that macros
 * add have rows of their own behind them, so that a note costs as much as its text,
 * however many there are. A user who has rows says so in a member that nobody is shown.
 *
 * TABLE_NOTE: user id NUL number (BE32) -> {at, text}
 */
#include "community/people.h"

#include "base/json.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define NOTES_MAX 1000
#define MARK "moreNotes"
#define NUMBER_SIZE 4

/* Without a number the prefix of all of them. */
static struct span
row_key(struct arena *arena, struct span id, const size_t *number)
{
	char *key = arena_alloc(arena, id.n + 1 + NUMBER_SIZE);
	size_t n = id.n + 1;

	if (id.n > 0)
		memcpy(key, id.p, id.n);
	for (int i = NUMBER_SIZE - 1; number != NULL && i >= 0; i--)
		key[n++] = (char)(*number >> (8 * i) & 0xff);
	return (struct span){ key, n };
}

/* They are numbered from 0, and go together. */
static size_t
row_count(struct txn *txn, struct json_object *user)
{
	struct span prefix = row_key(txn_arena(txn), json_string(user, "id"), NULL), key;
	struct walk *walk;
	size_t count = 0;

	if (!json_has(user, MARK))
		return 0;
	walk = walk_open(txn, TABLE_NOTE, prefix, SPAN(""), true);
	if (walk_next(walk, &key, NULL) && key.n == prefix.n + NUMBER_SIZE) {
		for (size_t i = prefix.n; i < key.n; i++)
			count = count << 8 | (unsigned char)key.p[i];
		count++;
	}
	walk_close(&walk);
	return count;
}

static void
row_add(struct txn *txn, struct json_object *user, size_t number, struct json_object *note)
{
	struct arena *arena = txn_arena(txn);

	table_put(txn, TABLE_NOTE, row_key(arena, json_string(user, "id"), &number),
	    json_write(arena, note));
}

/* With the first row the last notes of the document go there, too: a user who was given
 * many before there were rows is small again. Those of an author are found by the index
 * of documents, and stay. */
static size_t
move_out(struct txn *txn, struct json_object *user)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *notes = json_get(user, "notes"), *stay;
	size_t n = json_count(notes), first = n;

	while (first > 0 && json_string(json_at(notes, first - 1), "author").n == 0)
		first--;
	for (size_t i = first; i < n; i++)
		row_add(txn, user, i - first, json_at(notes, i));
	json_set_bool(user, MARK, true);
	if (first == n)
		return 0;
	stay = json_new_array(arena);
	for (size_t i = 0; i < first; i++)
		json_append(stay, json_share(json_at(notes, i)));
	if (first > 0)
		json_set(user, "notes", json_share(stay));
	else
		json_del(user, "notes");
	return n - first;
}

const char *
people_add_note(struct txn *txn, struct json_object *user, struct span text, int64_t now)
{
	struct json_object *note = json_new_object(txn_arena(txn));
	size_t rows = row_count(txn, user);

	if (text.n == 0 || text_characters(text) > DOC_TEXT_MAX) {
		txn_fail(txn, FAULT_MACRO_FAILED, "a note must be 1 to %d characters long",
		    DOC_TEXT_MAX);
		return NULL;
	}
	if (text_has_nul(text)) {
		txn_fail(txn, FAULT_MACRO_FAILED, "a note " TEXT_NUL);
		return NULL;
	}
	if (json_count(json_get(user, "notes")) + rows >= NOTES_MAX) {
		txn_fail(txn, FAULT_MACRO_FAILED, "the user has %d notes already", NOTES_MAX);
		return NULL;
	}
	doc_set_time(note, "at", now);
	json_set_text(note, "text", text);
	if (rows == 0)
		rows = move_out(txn, user);
	row_add(txn, user, rows, note);
	return "noted";
}

static struct json_object *
all_notes(struct txn *txn, struct json_object *user)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *notes = json_new_array(arena), *stored = json_get(user, "notes");
	struct walk *walk = walk_open(txn, TABLE_NOTE,
	    row_key(arena, json_string(user, "id"), NULL), SPAN(""), false);
	struct span key, row;

	for (size_t i = 0; i < json_count(stored); i++)
		json_append(notes, json_share(json_at(stored, i)));
	while (walk_next(walk, &key, &row))
		json_append(notes, json_share(json_load(arena, row)));
	walk_close(&walk);
	return notes;
}

struct json_object *
people_whole(struct txn *txn, struct json_object *user)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *whole;
	struct doc_member *members;
	size_t n;

	if (user == NULL || !json_has(user, MARK))
		return user;
	whole = json_new_object(arena);
	n = doc_members(arena, user, &members);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(members[i].name, MARK) == 0 || strcmp(members[i].name, "notes") == 0)
			continue;
		json_set(whole, members[i].name, json_share(members[i].value));
		if (strcmp(members[i].name, "createdAt") == 0) /* where they always stand */
			json_set(whole, "notes", json_share(all_notes(txn, user)));
	}
	return whole;
}

void
people_keep_notes(struct json_object *user, struct json_object *old)
{
	if (!json_has(old, MARK))
		return;
	if (json_has(old, "notes"))
		json_set(user, "notes", json_share(json_get(old, "notes")));
	else
		json_del(user, "notes");
	json_set_bool(user, MARK, true);
}

bool
people_has_note_rows(struct json_object *user)
{
	return json_has(user, MARK);
}

void
people_drop_notes(struct txn *txn, struct span id)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_NOTE, row_key(arena, id, NULL), SPAN(""), false);
	struct span key;

	while (walk_next(walk, &key, NULL))
		table_del(txn, TABLE_NOTE, arena_copy(arena, key));
	walk_close(&walk);
}
