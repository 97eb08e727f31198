/* SPDX-License-Identifier: ISC */
/* check: the log of deliveries, the outbox and the log of changes, and what is found by them. */
#include "command/check.h"

#include "base/json.h"
#include "base/text.h"
#include "community/outbox.h"
#include "listen/journal.h"
#include "listen/register.h"
#include "record/audit.h"

#include <string.h>

#define TIME_BYTES 8

static const char goes[] = "nothing needs to be done: it goes with its age";

/* The id of 16 bytes at the end of a key. */
static bool
id_behind(struct check *check, struct span key, struct id *id_r)
{
	if (key.n < sizeof id_r->b) {
		check_problem(check, goes, "is no key of this table");
		return false;
	}
	memcpy(id_r->b, key.p + key.n - sizeof id_r->b, sizeof id_r->b);
	return true;
}

/* TABLE_DELIVERY: id -> entry, perhaps its body; TABLE_BYLIST: listener NUL id */
static void
delivery_row(struct check *check, struct span key, struct span value)
{
	struct json_object *doc = check_parse(check, journal_row_entry(value));
	struct span listener = json_string(doc, "listener"), outcome;
	size_t n = listener.n + 1 + sizeof(struct id);
	struct id id;
	char *row;

	if (doc == NULL || !id_behind(check, key, &id))
		return;
	row = arena_alloc(txn_arena(check->txn), n);
	if (listener.n > 0)
		memcpy(row, listener.p, listener.n);
	memcpy(row + listener.n + 1, id.b, sizeof id.b);
	if (!table_get(check->txn, TABLE_BYLIST, (struct span){ row, n }, &outcome))
		check_problem(check, goes, "is missing in the log of its listener");
	else if (!span_eq(outcome, json_string(doc, "outcome")))
		check_problem(check, goes, "has another outcome in the log of its listener");
}

static void
body_row(struct check *check, struct span key, struct span value)
{
	(void)value;
	if (!table_has(check->txn, TABLE_DELIVERY, key))
		check_problem(check, goes, "is the body of a delivery that is not in the log");
}

static void
bylist_row(struct check *check, struct span key, struct span value)
{
	struct span listener = { key.p, 0 }, text;
	struct json_object *doc;
	struct id id;

	if (!id_behind(check, key, &id))
		return;
	if (!table_get(check->txn, TABLE_DELIVERY, id_span(&id), &text)) {
		check_problem(check, goes, "names a delivery that is not in the log");
		return;
	}
	doc = json_load(txn_arena(check->txn), journal_row_entry(text));
	if (key.n > sizeof id.b)
		listener.n = key.n - sizeof id.b - 1;
	if (doc != NULL && (!span_eq(json_string(doc, "listener"), listener) ||
	    !span_eq(json_string(doc, "outcome"), value)))
		check_problem(check, goes, "differs from the log");
}

/* TABLE_DEDUP: the delivery's id, the hash of what came, when it ends */
static void
dedup_row(struct check *check, struct span key, struct span value)
{
	(void)key;
	if (value.n != sizeof(struct id) + SECRET_SHA256_SIZE + TIME_BYTES)
		check_problem(check, goes, "cannot be read");
}

/* TABLE_DUE: class, time (8 bytes, the sign flipped), id: 'w' waits, 'l' leased,
 * 'd' dead, 's' settled; or 'a', address, NUL, id. */

static char
due_class(struct json_object *parcel)
{
	struct span state = json_string(parcel, "state");

	if (span_is(state, "waiting") || span_is(state, "leased"))
		return state.p[0];
	return span_is(state, "dead") ? 'd' : 's';
}

static bool
due_key(struct json_object *parcel, struct id id, char out[1 + TIME_BYTES + sizeof id.b])
{
	int64_t due;
	uint64_t bits;

	if (!text_time(json_string(parcel, "due"), &due))
		return false;
	bits = (uint64_t)due ^ (UINT64_C(1) << 63);
	out[0] = due_class(parcel);
	for (int i = TIME_BYTES; i > 0; i--, bits >>= 8)
		out[i] = (char)(bits & 0xff);
	memcpy(out + 1 + TIME_BYTES, id.b, sizeof id.b);
	return true;
}

static void
outbox_row(struct check *check, struct span key, struct span value)
{
	static const char again[] = "earshot outbox retry, or drop, puts it right";
	char due[1 + TIME_BYTES + sizeof(struct id)];
	struct json_object *doc = check_parse(check, value);
	struct id id, said;

	if (doc == NULL || !id_behind(check, key, &id))
		return;
	if (!id_read(json_string(doc, "id"), &said) || memcmp(&said, &id, sizeof id) != 0)
		check_problem(check, check_restore, "says that it has another id");
	else if (!due_key(doc, id, due))
		check_problem(check, again, "does not say when it is due");
	else if (!table_has(check->txn, TABLE_DUE, (struct span){ due, sizeof due }))
		check_problem(check, again, "is missing among the parcels that are due");
}

static void
due_row(struct check *check, struct span key, struct span value)
{
	char due[1 + TIME_BYTES + sizeof(struct id)];
	struct json_object *doc;
	struct id id;

	(void)value;
	if (!id_behind(check, key, &id))
		return;
	doc = outbox_load(check->txn, id);
	if (doc == NULL)
		check_problem(check, check_rebuild, "names a parcel that does not exist");
	else if (key.p[0] == 'a' || key.p[0] == 'r'
	    ? (strchr("wl", due_class(doc)) != NULL) != (key.p[0] == 'a')
	    : !due_key(doc, id, due) || !span_eq(key, (struct span){ due, sizeof due }))
		check_problem(check, check_rebuild, "differs from its parcel");
}

/* TABLE_AUDIT: id -> a change; TABLE_AUDIT_OF: what it is found by, NUL id;
 * TABLE_AUDIT_PART: id, number -> what went with it */
static void
audit_row(struct check *check, struct span key, struct span value)
{
	struct arena *arena = txn_arena(check->txn);
	struct json_object *entry = audit_read(arena, value);
	struct span keys[AUDIT_KEYS];
	struct id id;
	size_t n;

	if (!id_behind(check, key, &id))
		return;
	if (!json_is_object(entry) || kind_by_name(json_string(entry, "kind")) == NULL ||
	    !json_is_object(json_get(entry, "by"))) {
		check_problem(check, goes, "cannot be read");
		return;
	}
	n = audit_keys(arena, entry, id, keys);
	for (size_t i = 0; i < n; i++)
		if (!table_has(check->txn, TABLE_AUDIT_OF, keys[i]))
			check_problem(check, goes, "is not found by what it is about");
}

static void
audit_index_row(struct check *check, struct span key, struct span value)
{
	struct arena *arena = txn_arena(check->txn);
	struct span keys[AUDIT_KEYS], row;
	struct id id;
	size_t n = 0, i = 0;

	(void)value;
	if (!id_behind(check, key, &id))
		return;
	if (table_get(check->txn, TABLE_AUDIT, id_span(&id), &row))
		n = audit_keys(arena, audit_read(arena, row), id, keys);
	while (i < n && !span_eq(keys[i], key))
		i++;
	if (i == n)
		check_problem(check, goes, "names a change that is not in the log, or says "
		    "something else");
}

static void
audit_part_row(struct check *check, struct span key, struct span value)
{
	struct json_object *doc = json_load(txn_arena(check->txn), value);
	struct span id = { key.p, sizeof(struct id) };

	if (key.n != sizeof(struct id) + 8 || !json_is_object(doc))
		check_problem(check, goes, "cannot be read");
	else if (!table_has(check->txn, TABLE_AUDIT, id))
		check_problem(check, goes, "is part of a change that is not in the log");
}

const struct check_pass check_logs[] = {
	{ TABLE_DELIVERY, delivery_row, NULL },
	{ TABLE_BODY, body_row, NULL },
	{ TABLE_BYLIST, bylist_row, NULL },
	{ TABLE_DEDUP, dedup_row, NULL },
	{ TABLE_OUTBOX, outbox_row, NULL },
	{ TABLE_DUE, due_row, NULL },
	{ TABLE_AUDIT, audit_row, NULL },
	{ TABLE_AUDIT_OF, audit_index_row, NULL },
	{ TABLE_AUDIT_PART, audit_part_row, NULL },
	{ 0 },
};
