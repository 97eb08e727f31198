/* SPDX-License-Identifier: ISC */
/*
 * TABLE_DUE has two kinds of rows. A class, a time (8 bytes, big-endian, the
 * sign flipped) and the parcel's id: 'w' waiting by due time, 'l' leased by the
 * end of that, 'd' dead and 's' sent or dropped by the time of that. And 'a', the
 * folded address, NUL, id: e-mails of the first two classes by recipient; 'r' likewise,
 * those of the others (not those that an older version has settled).
 */
#include "community/outbox.h"

#include "base/json.h"
#include "base/text.h"
#include "community/condition.h"
#include "record/doc_check.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

enum { CLASS_WAITING = 'w', CLASS_LEASED = 'l', CLASS_DEAD = 'd', CLASS_SETTLED = 's',
	CLASS_ADDRESS = 'a', CLASS_REACHED = 'r' };

static char
class_of(struct span state)
{
	if (span_is(state, "waiting"))
		return CLASS_WAITING;
	if (span_is(state, "leased"))
		return CLASS_LEASED;
	return span_is(state, "dead") ? CLASS_DEAD : CLASS_SETTLED;
}

static void
due_key(struct keybuf *key, char class, int64_t time, struct id id)
{
	key_begin(key);
	key_letter(key, class);
	key_number(key, time);
	key_id(key, id);
}

static int64_t
due_time(struct span key)
{
	struct span rest = { key.p + 1, key.n - 1 };
	int64_t time = 0;

	key_take_number(&rest, &time);
	return time;
}

static struct id
id_of(struct span key)
{
	struct id id = { { 0 } };

	key_take_id(&key, &id);
	return id;
}

/* Of all e-mails to the address, of one class. */
static void
address_prefix(struct keybuf *key, char class, struct arena *arena, struct span address)
{
	key_begin(key);
	key_letter(key, class);
	key_text(key, text_fold(arena, address));
}

static void
set_row(struct txn *txn, struct span key, bool present)
{
	if (present)
		table_put(txn, TABLE_DUE, key, SPAN(""));
	else
		table_del(txn, TABLE_DUE, key);
}

/* The rows of TABLE_DUE of a parcel, by its state and due time. */
static void
set_due(struct txn *txn, struct id id, struct json_object *parcel, bool present)
{
	char class = class_of(json_string(parcel, "state"));
	struct keybuf key;
	int64_t time;

	if (!text_time(json_string(parcel, "due"), &time))
		return;
	due_key(&key, class, time, id);
	set_row(txn, key_span(&key), present);
	if (!span_is(json_string(parcel, "kind"), "email"))
		return;
	address_prefix(&key, class == CLASS_WAITING || class == CLASS_LEASED ? CLASS_ADDRESS
	    : CLASS_REACHED, txn_arena(txn), json_string(parcel, "to"));
	key_id(&key, id);
	set_row(txn, key_span(&key), present);
}

struct span
outbox_add(struct txn *txn, struct json_object *parcel, int64_t now, int64_t due)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *doc = json_new_object(arena);
	struct id id = id_new(now);
	char text[ID_TEXT_SIZE];
	struct doc_member *members;
	size_t n = doc_members(arena, parcel, &members);

	json_set_text(doc, "id", span_of(id_text(id, text)));
	json_set_text(doc, "kind", json_string(parcel, "kind"));
	json_set_text(doc, "state", SPAN("waiting"));
	doc_set_time(doc, "created", now);
	doc_set_time(doc, "due", due);
	json_set_int(doc, "tries", 0);
	for (size_t i = 0; i < n; i++)
		if (!json_has(doc, members[i].name))
			json_set(doc, members[i].name, json_share(members[i].value));
	table_put(txn, TABLE_OUTBOX, id_span(&id), json_write(arena, doc));
	set_due(txn, id, doc, true);
	return arena_copy(arena, span_of(text));
}

struct json_object *
outbox_load(struct txn *txn, struct id id)
{
	struct json_object *parcel;
	char text_id[ID_TEXT_SIZE];
	struct span text;

	if (!table_get(txn, TABLE_OUTBOX, id_span(&id), &text))
		return NULL;
	parcel = json_load(txn_arena(txn), text);
	if (parcel == NULL)
		txn_fail(txn, FAULT_INTERNAL, "parcel %s cannot be read in the store",
		    id_text(id, text_id));
	return parcel;
}

void
outbox_save(struct txn *txn, struct id id, struct json_object *parcel, const char *state,
    int64_t due)
{
	/* What the caller's document says of itself may be changed already. */
	struct json_object *old = outbox_load(txn, id);
	int dead = span_is(span_of(state), "dead");

	if (!txn_ok(txn))
		return;
	if (old != NULL) {
		set_due(txn, id, old, false);
		dead -= span_is(json_string(old, "state"), "dead");
	}
	if (dead != 0)
		condition_of_parcel(txn, parcel, dead, due);
	json_set_text(parcel, "state", span_of(state));
	doc_set_time(parcel, "due", due);
	table_put(txn, TABLE_OUTBOX, id_span(&id), json_write(txn_arena(txn), parcel));
	set_due(txn, id, parcel, true);
}

static size_t
due_of(struct txn *txn, const char *class, int64_t now, struct id *ids, size_t max)
{
	struct walk *walk = walk_open(txn, TABLE_DUE, span_of(class), SPAN(""), false);
	struct span key;
	size_t n = 0;

	while (n < max && walk_next(walk, &key, NULL) && due_time(key) <= now)
		ids[n++] = id_of(key);
	walk_close(&walk);
	return n;
}

size_t
outbox_due(struct txn *txn, int64_t now, struct id *ids, size_t max)
{
	size_t n = due_of(txn, "l", now, ids, max);

	return n + due_of(txn, "w", now, ids + n, max - n);
}

/* The first key of TABLE_DUE that begins so. */
static bool
first(struct txn *txn, struct span prefix, struct span *key_r)
{
	struct walk *walk = walk_open(txn, TABLE_DUE, prefix, SPAN(""), false);
	struct span key;
	bool found = walk_next(walk, &key, NULL);

	if (found)
		*key_r = arena_copy(txn_arena(txn), key);
	walk_close(&walk);
	return found;
}

int64_t
outbox_next_due(struct txn *txn)
{
	struct span waiting, leased;
	int64_t due = first(txn, SPAN("w"), &waiting) ? due_time(waiting) : INT64_MAX;

	if (first(txn, SPAN("l"), &leased) && due_time(leased) < due)
		due = due_time(leased);
	return due;
}

void
outbox_drop_to(struct txn *txn, struct span address, int64_t now)
{
	struct arena *arena = txn_arena(txn);
	struct arena_mark mark = arena_mark(arena);
	struct keybuf prefix;
	struct span key;

	address_prefix(&prefix, CLASS_ADDRESS, arena, address);
	while (first(txn, key_span(&prefix), &key)) {
		struct json_object *parcel = outbox_load(txn, id_of(key));

		if (parcel != NULL)
			outbox_save(txn, id_of(key), parcel, "dropped", now);
		table_del(txn, TABLE_DUE, key);
		arena_rewind(arena, mark);
	}
}

size_t
outbox_refold(struct txn *txn)
{
	static const char letter = CLASS_ADDRESS;
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_DUE, (struct span){ &letter, 1 }, SPAN(""), false);
	struct arena_mark mark = arena_mark(arena);
	struct span key;
	size_t changed = 0;

	while (txn_ok(txn) && walk_next(walk, &key, NULL)) {
		struct json_object *parcel = outbox_load(txn, id_of(key));
		struct keybuf now;

		address_prefix(&now, CLASS_ADDRESS, arena, json_string(parcel, "to"));
		key_id(&now, id_of(key));
		if (parcel != NULL && !span_eq(key_span(&now), key)) {
			table_del(txn, TABLE_DUE, arena_copy(arena, key));
			set_row(txn, key_span(&now), true);
			changed++;
		}
		arena_rewind(arena, mark);
	}
	walk_close(&walk);
	return changed;
}

bool
outbox_next(struct txn *txn, enum outbox_list list, struct span after, struct id *id_r,
    struct span *position_r)
{
	enum table table = list == OUTBOX_ALL ? TABLE_OUTBOX : TABLE_DUE;
	struct span prefix = list == OUTBOX_WAITING ? SPAN("w") : list == OUTBOX_LEASED
	    ? SPAN("l") : list == OUTBOX_DEAD ? SPAN("d") : SPAN("");
	struct walk *walk = walk_open(txn, table, prefix, after,
	    list != OUTBOX_WAITING && list != OUTBOX_LEASED);
	struct span key;
	bool found = walk_next(walk, &key, NULL);

	if (found && after.n > 0 && span_eq(key, after))
		found = walk_next(walk, &key, NULL);
	if (found) {
		*id_r = id_of(key);
		*position_r = arena_copy(txn_arena(txn), key);
	}
	walk_close(&walk);
	return found;
}

bool
outbox_next_to(struct txn *txn, struct span address, struct span after, struct id *id_r,
    struct span *position_r)
{
	static const char classes[] = { CLASS_ADDRESS, CLASS_REACHED };
	struct arena *arena = txn_arena(txn);
	bool found = false;

	for (size_t i = after.n > 0 && after.p[0] == CLASS_REACHED; i < sizeof classes && !found;
	    i++) {
		struct keybuf prefix;
		struct walk *walk;
		struct span key;

		address_prefix(&prefix, classes[i], arena, address);
		if (after.n > 0 && (after.n != prefix.n + sizeof(struct id) ||
		    memcmp(after.p, prefix.p, prefix.n) != 0))
			after.n = 0;
		walk = walk_open(txn, TABLE_DUE, key_span(&prefix), after, true);
		found = walk_next(walk, &key, NULL);
		if (found && after.n > 0 && span_eq(key, after))
			found = walk_next(walk, &key, NULL);
		if (found) {
			*id_r = id_of(key);
			*position_r = arena_copy(arena, key);
		}
		walk_close(&walk);
	}
	return found;
}

/* The row by the recipient of one that goes. */
static void
forget_reached(struct txn *txn, struct id id)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *parcel = outbox_load(txn, id);
	struct keybuf key;

	if (!span_is(json_string(parcel, "kind"), "email"))
		return;
	address_prefix(&key, CLASS_REACHED, arena, json_string(parcel, "to"));
	key_id(&key, id);
	table_del(txn, TABLE_DUE, key_span(&key));
}

size_t
outbox_tidy(struct txn *txn, int64_t before, size_t max)
{
	struct arena *arena = txn_arena(txn);
	struct arena_mark mark = arena_mark(arena);
	struct span key;
	struct id id;
	size_t n = 0;

	while (n < max && first(txn, SPAN("s"), &key) && due_time(key) < before) {
		id = id_of(key);
		forget_reached(txn, id);
		table_del(txn, TABLE_OUTBOX, id_span(&id));
		table_del(txn, TABLE_DUE, key);
		arena_rewind(arena, mark);
		n++;
	}
	return n;
}
