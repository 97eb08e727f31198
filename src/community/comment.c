/* SPDX-License-Identifier: ISC */
#include "community/comment_rows.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "community/outbox.h"
#include "community/people.h"
#include "record/audit.h"
#include "record/doc_check.h"
#include "record/tally.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define SUBJECT_TITLE_MAX 200

/* Of all comments on the target. */
static void
target_prefix(struct keybuf *key, enum record record, struct span target)
{
	key_begin(key);
	key_letter(key, record_letter(record));
	key_text(key, target);
}

struct span
comment_prefix(struct arena *arena, enum record record, struct span target)
{
	struct keybuf key;

	target_prefix(&key, record, target);
	return key_keep(&key, arena);
}

struct span
comment_key(struct arena *arena, enum record record, struct span target, struct id id)
{
	struct keybuf key;

	target_prefix(&key, record, target);
	key_id(&key, id);
	return key_keep(&key, arena);
}

struct span
comment_target(struct span key)
{
	return (struct span){ key.p, key.n - 1 - sizeof(struct id) };
}

bool
comment_key_read(struct span key, enum record *record_r, struct span *target_r,
    struct id *id_r)
{
	if (!key_take_id(&key, id_r) || key.n < 2)
		return false;
	*record_r = key.p[0] == record_letter(RECORD_USER) ? RECORD_USER : RECORD_FEEDBACK;
	*target_r = (struct span){ key.p + 1, key.n - 2 };
	return true;
}

/* What the key does not tell. */
static struct span
row_text(struct arena *arena, const struct comment *comment)
{
	static const struct id no_delivery;
	struct buf buf = { 0 };
	struct jsonout out = json_to(&buf);
	char id[ID_TEXT_SIZE], at[TEXT_TIME_SIZE];
	struct span text;

	buf_room(&buf, comment->text.n + 512);
	json_open(&out, '{');
	if (comment->project.n > 0)
		json_member(&out, "project", comment->project);
	if (comment->author.n > 0) {
		json_member(&out, "author", comment->author);
	} else {
		json_key(&out, "author");
		json_null(&out);
	}
	json_member(&out, "text", comment->text);
	json_member(&out, "at", span_of(text_time_write(comment->at, at)));
	if (comment->changed != 0) {
		json_key(&out, "changed");
		json_open(&out, '{');
		json_member(&out, "at", span_of(text_time_write(comment->changed, at)));
		if (comment->changed_by.n > 0)
			json_member(&out, "by", comment->changed_by);
		json_close(&out, '}');
	}
	if (comment->listener.n > 0)
		json_member(&out, "listener", comment->listener);
	if (memcmp(&comment->delivery, &no_delivery, sizeof no_delivery) != 0)
		json_member(&out, "delivery", span_of(id_text(comment->delivery, id)));
	json_close(&out, '}');
	text = arena_copy(arena, buf_bytes(&buf));
	buf_free(&buf);
	return text;
}

static void
count(struct txn *txn, struct span feedback, int64_t change)
{
	struct tally tally = tally_load(txn, feedback);

	tally.comments += change;
	tally_save(txn, feedback, &tally);
}

bool
comment_store(struct txn *txn, const struct comment *comment)
{
	struct arena *arena = txn_arena(txn);
	struct span key = comment_key(arena, comment->record, comment->target, comment->id);

	if (!table_add(txn, TABLE_COMMENT, key, row_text(arena, comment)))
		return false;
	if (comment->author.n > 0)
		record_index_author(txn, comment->author, comment_target(key), true);
	if (comment->record == RECORD_FEEDBACK)
		count(txn, comment->target, 1);
	return true;
}

bool
comment_reword(struct txn *txn, const struct comment *comment)
{
	struct arena *arena = txn_arena(txn);
	struct span key = comment_key(arena, comment->record, comment->target, comment->id), row, by;
	struct json_object *stored, *changed = json_new_object(arena);
	char at[TEXT_TIME_SIZE];
	int64_t time = comment->changed;

	if (!table_get(txn, TABLE_COMMENT, key, &row))
		return false;
	stored = json_load(arena, row);
	if (span_eq(json_string(stored, "text"), comment->text))
		return false;
	by = comment->changed_by;
	if (time == 0 || span_is(json_string(json_get(stored, "changed"), "at"),
	        text_time_write(time, at))) {
		time = text_now();
		by = audit_by(txn) != NULL ? audit_by(txn)->user : SPAN("");
	}
	json_set_text(changed, "at", span_of(text_time_write(time, at)));
	if (by.n > 0)
		json_set_text(changed, "by", by);
	json_set_text(stored, "text", comment->text);
	json_set(stored, "changed", json_share(changed));
	table_put(txn, TABLE_COMMENT, key, json_write(arena, stored));
	return true;
}

/* A name for people, never the address: followers need not know it. */
static const char *
author_name(struct arena *arena, struct json_object *author)
{
	struct span first = json_string(author, "firstName");
	struct span last = json_string(author, "lastName");
	struct span username = json_string(author, "username");

	if (first.n > 0 || last.n > 0)
		return arena_printf(arena, "%.*s%s%.*s", (int)first.n, first.n > 0 ? first.p : "",
		    first.n > 0 && last.n > 0 ? " " : "", (int)last.n, last.n > 0 ? last.p : "");
	return username.n > 0 ? arena_string(arena, username) : "Somebody";
}

static void
notify(struct txn *txn, const struct comment *comment, struct json_object *feedback,
    struct json_object *user, const char *name)
{
	struct arena *arena = txn_arena(txn);
	struct span title = json_string(feedback, "title");
	struct span short_title = text_head(title, SUBJECT_TITLE_MAX);
	struct json_object *parcel = json_new_object(arena), *target = json_new_object(arena);
	static const struct id no_delivery;
	struct buf text = { 0 };
	char id[ID_TEXT_SIZE];

	buf_printf(&text, "%s commented on %.*s: %.*s\n\n", name, (int)comment->target.n,
	    comment->target.p, (int)title.n, title.p);
	buf_span(&text, comment->text);
	buf_putc(&text, '\n');
	json_set_text(parcel, "kind", SPAN("email"));
	json_set_text(parcel, "to", json_string(user, "email"));
	if (memcmp(&comment->delivery, &no_delivery, sizeof no_delivery) != 0)
		json_set_text(parcel, "delivery", span_of(id_text(comment->delivery, id)));
	json_set_text(target, "kind", SPAN("feedback"));
	json_set_text(target, "id", comment->target);
	json_set(parcel, "target", json_share(target));
	json_set_text(parcel, "subject", span_of(arena_printf(arena,
	    "New comment on %.*s: %.*s", (int)comment->target.n, comment->target.p,
	    (int)short_title.n, short_title.p)));
	json_set_text(parcel, "text", buf_bytes(&text));
	json_set_bool(parcel, "essential", false);
	buf_free(&text);
	outbox_add(txn, parcel, comment->at, comment->at);
}

static void
notify_followers(struct txn *txn, const struct comment *comment)
{
	struct arena *arena = txn_arena(txn);
	struct span author = text_fold(arena, comment->author);
	struct json_object *feedback, *followers;
	const char *name;

	feedback = record_load(txn, RECORD_FEEDBACK, comment->target);
	followers = json_get(feedback, "followers");
	name = author_name(arena, people_load(txn, comment->author));
	for (size_t i = 0; i < json_count(followers); i++) {
		struct span email = json_span(json_at(followers, i));
		struct json_object *user;

		if (span_eq(text_fold(arena, email), author))
			continue;
		user = people_load(txn, email);
		if (user == NULL || json_flag(user, "optOut", false))
			continue;
		if (!allowance_parcels(txn, comment->allowance, 1))
			return;
		notify(txn, comment, feedback, user, name);
	}
}

void
comment_add(struct txn *txn, const struct comment *comment)
{
	size_t characters = text_characters(comment->text);

	if (characters == 0 || characters > COMMENT_TEXT_MAX) {
		txn_fail(txn, FAULT_BAD_VALUE, "a comment must be 1 to %d characters long, not %zu",
		    COMMENT_TEXT_MAX, characters);
		return;
	}
	if (text_has_nul(comment->text)) {
		txn_fail(txn, FAULT_BAD_VALUE, "a comment " TEXT_NUL);
		return;
	}
	if (comment_store(txn, comment) && comment->record == RECORD_FEEDBACK &&
	    tally_load(txn, comment->target).followers > 0)
		notify_followers(txn, comment);
}

/* The author of the comment that the walk is at, in lower case. */
static struct span
row_author(struct arena *arena, struct span row)
{
	return text_fold(arena, json_string(json_load(arena, row), "author"));
}

static bool
has_comment_by(struct txn *txn, struct span prefix, struct span author)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_COMMENT, prefix, SPAN(""), false);
	struct span key, row;
	bool found = false;

	author = text_fold(arena, author);
	while (!found && walk_next(walk, &key, &row))
		found = span_eq(row_author(arena, row), author);
	walk_close(&walk);
	return found;
}

/* With all comments on it, or with the last one of its author, the target goes
 * out of the index of authors. */
static void
drop(struct txn *txn, struct span key, bool all)
{
	struct arena *arena = txn_arena(txn);
	enum record record;
	struct span row, target, author;
	struct keybuf prefix;
	struct id id;

	if (!comment_key_read(key, &record, &target, &id) ||
	    !table_get(txn, TABLE_COMMENT, key, &row))
		return;
	author = row_author(arena, row);
	target_prefix(&prefix, record, target);
	table_del(txn, TABLE_COMMENT, key);
	if (author.n > 0 && (all || !has_comment_by(txn, key_span(&prefix), author)))
		record_index_author(txn, author, comment_target(key), false);
	if (record == RECORD_FEEDBACK)
		count(txn, target, -1);
}

void
comment_drop(struct txn *txn, struct span key)
{
	drop(txn, key, false);
}

void
comment_drop_all(struct txn *txn, enum record record, struct span target)
{
	struct arena *arena = txn_arena(txn);
	struct keybuf prefix;
	struct walk *walk;
	struct span key;
	bool found;

	target_prefix(&prefix, record, target);
	/* From the beginning each time: what was found is gone then. */
	do {
		walk = walk_open(txn, TABLE_COMMENT, key_span(&prefix), SPAN(""), false);
		found = walk_next(walk, &key, NULL);
		if (found)
			key = arena_copy(arena, key);
		walk_close(&walk);
		if (found)
			drop(txn, key, true);
	} while (found && txn_ok(txn));
}

static void
rename_on(struct txn *txn, struct span prefix, struct span from, struct span to)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_COMMENT, prefix, SPAN(""), false);
	struct span key, row;

	while (walk_next(walk, &key, &row)) {
		struct json_object *comment = json_load(arena, row);

		if (!span_eq(text_fold(arena, json_string(comment, "author")), from))
			continue;
		json_set_text(comment, "author", to);
		table_put(txn, TABLE_COMMENT, arena_copy(arena, key), json_write(arena, comment));
	}
	walk_close(&walk);
}

void
comment_rename(struct txn *txn, struct span from, struct span to)
{
	struct arena *arena = txn_arena(txn);
	struct span *targets;
	size_t n = record_find_authored(txn, from, &targets);

	from = text_fold(arena, from);
	for (size_t i = 0; i < n; i++) {
		/* A copy has a NUL behind it: the prefix of the keys of its comments. */
		rename_on(txn, (struct span){ targets[i].p, targets[i].n + 1 }, from, to);
		record_index_author(txn, from, targets[i], false);
		if (to.p != NULL)
			record_index_author(txn, to, targets[i], true);
	}
}
