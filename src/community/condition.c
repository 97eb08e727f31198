/* SPDX-License-Identifier: ISC */
#include "community/condition.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/outbox.h"
#include "record/doc_check.h"
#include "record/meta.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <inttypes.h>
#include <string.h>

#define CONDITION SPAN("condition")
#define TOLD SPAN("told")
#define LOOKED SPAN("looked") /* row of TABLE_META: when the watch did */
#define COUNTED SPAN("dead-counted") /* row of TABLE_META: dead parcels have been */
/* What parcels that no macro has made are known by; no macro has a name with a space. */
#define OF_FOLLOWING SPAN("mail to followers")
#define OF_CONDITIONS SPAN("mail about conditions")

static const char *const codes[] = {
	[CONDITION_STORE_EMPTY] = "holds-nothing",
	[CONDITION_DISK_LOW] = "disk-low",
	[CONDITION_SECRET_UNREADABLE] = "secret-unreadable",
	[CONDITION_SECRET_KEY_GONE] = "secret-key-gone",
	[CONDITION_CLOCK_DOUBTED] = "clock-doubted",
	[CONDITION_SITE_BEHIND] = "site-behind",
	[CONDITION_LISTENER_FAILING] = "listener-failing",
	[CONDITION_LISTENER_REFUSING] = "listener-refusing",
	[CONDITION_LISTENER_ENDS] = "listener-ends",
	[CONDITION_APIKEY_ENDS] = "apikey-ends",
	[CONDITION_PARCEL_DEAD] = "parcel-dead",
	[CONDITION_SCHEDULE_MISSED] = "schedule-missed",
};
_Static_assert(sizeof codes / sizeof codes[0] == CONDITION__MAX, "a code per kind");

const char *
condition_code(enum condition_kind kind)
{
	return codes[kind];
}

bool
condition_is_of_store(enum condition_kind kind)
{
	return kind < CONDITION_LISTENER_FAILING;
}

struct span
condition_project(const struct condition *condition)
{
	struct span project, key;

	if (condition_is_of_store(condition->kind) || condition->kind == CONDITION_APIKEY_ENDS)
		return SPAN("");
	doc_name_split(condition->subject, &project, &key);
	return project;
}

bool
condition_lasts(const struct condition *condition)
{
	return condition->begun != 0 && condition->over == 0;
}

/* Rows */

static void
row_key(struct keybuf *key, enum condition_kind kind, struct span subject)
{
	key_begin(key);
	key_text(key, CONDITION);
	key_text(key, span_of(codes[kind]));
	key_bytes(key, subject);
}

static bool
take_kind(struct span *key, enum condition_kind *kind_r)
{
	struct span code;

	if (!key_take_text(key, &code))
		return false;
	for (int kind = 0; kind < CONDITION__MAX; kind++)
		if (span_is(code, codes[kind])) {
			*kind_r = (enum condition_kind)kind;
			return true;
		}
	return false; /* of a later version */
}

static void
read_row(struct txn *txn, struct span value, struct condition *condition)
{
	struct json_object *row = json_load(txn_arena(txn), arena_copy(txn_arena(txn), value));

	condition->begun = json_integer(row, "begun", 0);
	condition->over = json_integer(row, "over", 0);
	condition->last = json_integer(row, "last", 0);
	condition->since = json_integer(row, "since", 0);
	condition->count = json_integer(row, "count", 0);
	condition->all = json_integer(row, "all", 0);
	condition->score = json_integer(row, "score", 0);
	condition->end = json_integer(row, "end", 0);
	condition->code = json_string(row, "code");
	condition->detail = json_string(row, "detail");
	condition->id = json_string(row, "id");
	condition->projects = json_string(row, "projects");
}

bool
condition_load(struct txn *txn, enum condition_kind kind, struct span subject,
    struct condition *condition_r)
{
	struct keybuf key;
	struct span value;

	*condition_r = (struct condition){ .kind = kind, .subject = subject };
	row_key(&key, kind, subject);
	if (!table_get(txn, TABLE_META, key_span(&key), &value))
		return false;
	read_row(txn, value, condition_r);
	return true;
}

static void
member_number(struct json_object *row, const char *name, int64_t value)
{
	if (value != 0)
		json_set_int(row, name, value);
}

static void
member_text(struct json_object *row, const char *name, struct span value)
{
	if (value.n > 0)
		json_set_text(row, name, value);
}

void
condition_save(struct txn *txn, const struct condition *condition)
{
	struct json_object *row = json_new_object(txn_arena(txn));
	struct keybuf key;

	member_number(row, "begun", condition->begun);
	member_number(row, "over", condition->over);
	member_number(row, "last", condition->last);
	member_number(row, "since", condition->since);
	member_number(row, "count", condition->count);
	member_number(row, "all", condition->all);
	member_number(row, "score", condition->score);
	member_number(row, "end", condition->end);
	member_text(row, "code", condition->code);
	member_text(row, "detail", condition->detail);
	member_text(row, "id", condition->id);
	member_text(row, "projects", condition->projects);
	row_key(&key, condition->kind, condition->subject);
	meta_save(txn, key_span(&key), row);
}

void
condition_drop(struct txn *txn, enum condition_kind kind, struct span subject)
{
	struct keybuf key;

	row_key(&key, kind, subject);
	table_del(txn, TABLE_META, key_span(&key));
}

bool
condition_next(struct txn *txn, struct span after, struct span *position_r,
    struct condition *condition_r)
{
	struct arena *arena = txn_arena(txn);
	struct span key, value;
	struct keybuf prefix;
	struct walk *walk;
	bool found = false;

	key_begin(&prefix);
	key_text(&prefix, CONDITION);
	walk = walk_open(txn, TABLE_META, key_span(&prefix), after, false);
	while (!found && walk_next(walk, &key, &value)) {
		struct span rest = { key.p + prefix.n, key.n - prefix.n };

		*condition_r = (struct condition){ .over = 0 };
		if ((after.n > 0 && span_eq(key, after)) || !take_kind(&rest, &condition_r->kind))
			continue;
		*position_r = arena_copy(arena, key);
		condition_r->subject = arena_copy(arena, rest);
		read_row(txn, value, condition_r);
		found = true;
	}
	walk_close(&walk);
	return found;
}

/* Beginning and end */

/* Where there was none, or it was over. */
static void
begin(struct condition *condition, int64_t now)
{
	condition->begun = now;
	condition->over = 0;
}

void
condition_is(struct txn *txn, struct condition *condition, int64_t now)
{
	struct condition old;

	/* What lasts is not written at every look. */
	if (condition_load(txn, condition->kind, condition->subject, &old) &&
	    condition_lasts(&old) && old.count == condition->count && old.end == condition->end &&
	    span_eq(old.code, condition->code) && span_eq(old.detail, condition->detail) &&
	    span_eq(old.id, condition->id) && span_eq(old.projects, condition->projects))
		return;
	if (condition_lasts(&old))
		condition->begun = old.begun;
	else
		begin(condition, now);
	condition->last = now;
	condition_save(txn, condition);
}

void
condition_ends(struct txn *txn, enum condition_kind kind, struct span subject, int64_t now,
    struct span detail)
{
	struct condition condition;

	if (!condition_load(txn, kind, subject, &condition) || condition.over != 0)
		return;
	if (condition.begun == 0) {
		condition_drop(txn, kind, subject);
		return;
	}
	condition.over = now;
	condition.score = 0;
	condition.detail = detail;
	condition_save(txn, &condition);
}

/* Deliveries */

/* What is counted begins with the first failure. */
static void
count_failure(struct condition *condition, const struct condition_delivery *delivery,
    int64_t most, int64_t now)
{
	if (condition->score == 0) {
		condition->begun = condition->over = 0;
		condition->count = condition->all = 0;
		condition->since = now;
	}
	condition->count++;
	condition->all++;
	condition->score += condition->score < most;
	condition->last = now;
	condition->code = span_of(delivery->code);
	condition->detail = delivery->detail;
	condition->id = delivery->id;
	if (condition->score == most && !condition_lasts(condition))
		begin(condition, now);
}

void
condition_of_delivery(struct txn *txn, const struct condition_delivery *delivery, int64_t now)
{
	struct condition condition;

	condition_load(txn, CONDITION_LISTENER_FAILING, delivery->listener, &condition);
	if (delivery->good && condition.score <= 1) {
		condition_ends(txn, CONDITION_LISTENER_FAILING, delivery->listener, now, SPAN(""));
		return;
	}
	if (delivery->good) {
		condition.score--;
		condition.all++;
	} else {
		count_failure(&condition, delivery,
		    store_settings(txn_store(txn))->alerts_failures, now);
	}
	condition_save(txn, &condition);
}

/* Parcels */

static struct span
parcel_subject(struct json_object *parcel)
{
	struct span macro = json_string(parcel, "macro");

	if (macro.n > 0)
		return macro;
	return json_flag(parcel, "alert", false) ? OF_CONDITIONS : OF_FOLLOWING;
}

void
condition_of_parcel(struct txn *txn, struct json_object *parcel, int change, int64_t now)
{
	struct condition condition;
	struct span subject = parcel_subject(parcel);

	condition_load(txn, CONDITION_PARCEL_DEAD, subject, &condition);
	if (condition.over != 0)
		condition.count = 0;
	condition.count += change;
	if (condition.count <= 0) {
		condition_ends(txn, CONDITION_PARCEL_DEAD, subject, now, SPAN(""));
		return;
	}
	if (!condition_lasts(&condition))
		begin(&condition, now);
	if (change > 0) {
		condition.last = now;
		condition.detail = json_string(parcel, "lastError");
		condition.id = json_string(parcel, "id");
	}
	condition_save(txn, &condition);
}

static void
count_dead(struct txn *txn, void *arg)
{
	struct arena *arena = txn_arena(txn);
	struct span position = SPAN(""), counted;
	struct json_object *parcel;
	struct id id;
	int64_t *now = arg;
	char place[64];

	if (table_get(txn, TABLE_META, COUNTED, &counted))
		return;
	while (txn_ok(txn) && outbox_next(txn, OUTBOX_DEAD, position, &id, &position)) {
		struct arena_mark mark;

		/* The position outlives what is read of the parcel. */
		if (position.n > sizeof place)
			break;
		memcpy(place, position.p, position.n);
		position.p = place;
		mark = arena_mark(arena);
		parcel = outbox_load(txn, id);
		if (parcel != NULL)
			condition_of_parcel(txn, parcel, 1, *now);
		arena_rewind(arena, mark);
	}
	table_put(txn, TABLE_META, COUNTED, SPAN("1"));
}

bool
condition_upgrade(struct store *store, int64_t now, struct error *error)
{
	struct arena *arena = arena_new();
	bool good = store_run(store, STORE_WRITE, arena, count_dead, &now, error);

	arena_free(&arena);
	return good;
}

int64_t
condition_looked(struct txn *txn)
{
	struct span text;
	int64_t at = 0;

	if (table_get(txn, TABLE_META, LOOKED, &text))
		text_integer(text, &at);
	return at;
}

void
condition_look(struct txn *txn, int64_t now)
{
	table_put(txn, TABLE_META, LOOKED, span_of(arena_printf(txn_arena(txn), "%" PRId64, now)));
}

/* Who was told */

static void
told_key(struct keybuf *key, struct span user, const struct condition *condition)
{
	key_begin(key);
	key_text(key, TOLD);
	key_text(key, user);
	if (condition == NULL)
		return;
	key_text(key, span_of(codes[condition->kind]));
	key_bytes(key, condition->subject);
}

bool
condition_told(struct txn *txn, struct span user, const struct condition *condition)
{
	struct keybuf key;

	told_key(&key, user, condition);
	return table_has(txn, TABLE_META, key_span(&key));
}

void
condition_tell(struct txn *txn, struct span user, const struct condition *condition)
{
	struct keybuf key;

	told_key(&key, user, condition);
	table_put(txn, TABLE_META, key_span(&key), SPAN(""));
}

void
condition_untell(struct txn *txn, struct span user, const struct condition *condition)
{
	struct keybuf key;

	told_key(&key, user, condition);
	table_del(txn, TABLE_META, key_span(&key));
}

bool
condition_told_next(struct txn *txn, struct span user, struct span after,
    struct span *position_r, struct condition *condition_r)
{
	struct arena *arena = txn_arena(txn);
	struct keybuf prefix;
	struct walk *walk;
	struct span key;
	bool found = false;

	told_key(&prefix, user, NULL);
	walk = walk_open(txn, TABLE_META, key_span(&prefix), after, false);
	while (!found && walk_next(walk, &key, NULL)) {
		struct span rest = { key.p + prefix.n, key.n - prefix.n };

		*condition_r = (struct condition){ .over = 0 };
		if ((after.n > 0 && span_eq(key, after)) || !take_kind(&rest, &condition_r->kind))
			continue;
		*position_r = arena_copy(arena, key);
		condition_r->subject = arena_copy(arena, rest);
		found = true;
	}
	walk_close(&walk);
	return found;
}

bool
condition_told_user(struct txn *txn, struct span after, struct span *user_r)
{
	struct keybuf prefix, from;
	struct walk *walk;
	struct span key;
	bool found;

	key_begin(&prefix);
	key_text(&prefix, TOLD);
	from = prefix;
	/* Behind all rows of that user: his end with a NUL. */
	if (after.n > 0) {
		key_bytes(&from, after);
		key_letter(&from, '\1');
	}
	walk = walk_open(txn, TABLE_META, key_span(&prefix), key_span(&from), false);
	found = walk_next(walk, &key, NULL);
	if (found) {
		struct span rest = { key.p + prefix.n, key.n - prefix.n };

		found = key_take_text(&rest, user_r);
		*user_r = arena_copy(txn_arena(txn), *user_r);
	}
	walk_close(&walk);
	return found;
}

int64_t
condition_written(struct txn *txn, struct span user)
{
	struct keybuf key;

	told_key(&key, user, NULL);
	return json_integer(meta_load(txn, key_span(&key)), "at", 0);
}

void
condition_write(struct txn *txn, struct span user, int64_t now)
{
	struct json_object *row = json_new_object(txn_arena(txn));
	struct keybuf key;

	json_set_int(row, "at", now);
	told_key(&key, user, NULL);
	meta_save(txn, key_span(&key), row);
}

void
condition_forget(struct txn *txn, struct span user)
{
	struct arena *arena = txn_arena(txn);
	struct keybuf prefix;
	struct walk *walk;
	struct span key;

	told_key(&prefix, user, NULL);
	walk = walk_open(txn, TABLE_META, key_span(&prefix), SPAN(""), false);
	while (walk_next(walk, &key, NULL))
		table_del(txn, TABLE_META, arena_copy(arena, key));
	walk_close(&walk);
}
