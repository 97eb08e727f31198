/* SPDX-License-Identifier: ISC */
/* The rows of the log of changes: written, found, let go. */
#include "record/audit_private.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/settings.h"
#include "base/text.h"
#include "record/clock.h"
#include "record/doc.h"
#include "record/doc_merge.h"
#include "record/record.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define COUNT_BYTES 8  /* before an entry: of what was written before it */
#define FORGET_ROWS 64 /* that are found before they are removed */
#define PASSED_MAX 20  /* rows that one step of a search looks at */

void
audit_made_by(struct txn *txn, const struct audit_by *by)
{
	txn_carry(txn, by);
}

const struct audit_by *
audit_by(const struct txn *txn)
{
	return txn_carried(txn);
}

/* Keys */

static struct span
index_key(struct arena *arena, char letter, struct span first, const struct span *second,
    const struct id *id)
{
	struct keybuf key;

	key_begin(&key);
	key_letter(&key, letter);
	key_text(&key, first);
	if (second != NULL)
		key_text(&key, *second);
	if (id != NULL)
		key_id(&key, *id);
	return key_keep(&key, arena);
}

static struct span
part_key(struct arena *arena, struct id id, int64_t number)
{
	struct keybuf key;

	key_begin(&key);
	key_id(&key, id);
	key_unsigned(&key, (uint64_t)number);
	return key_keep(&key, arena);
}

/* Records may be many, and rules are looked for among them: only of these the log is found
 * by kind. */
static bool
is_record(struct span kind)
{
	static const char *const records[] = { "user", "feedback", "comment", "value" };

	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
		if (span_is(kind, records[i]))
			return true;
	return false;
}

/* What an entry is found by. */
struct about {
	struct span kind, of, project, formerly, user;
};

static size_t
keys_of(struct arena *arena, const struct about *about, struct id id,
    struct span keys[AUDIT_KEYS])
{
	struct span person = audit_person_of(about->of);
	size_t n = 0;

	keys[n++] = index_key(arena, 'd', about->kind, &about->of, &id);
	if (!is_record(about->kind))
		keys[n++] = index_key(arena, 'k', about->kind, NULL, &id);
	if (about->project.n > 0)
		keys[n++] = index_key(arena, 'p', about->project, NULL, &id);
	if (about->formerly.n > 0)
		keys[n++] = index_key(arena, 'p', about->formerly, NULL, &id);
	if (about->user.n > 0)
		keys[n++] = index_key(arena, 'a', about->user, NULL, &id);
	if (person.n > 0)
		keys[n++] = index_key(arena, 'u', person, NULL, &id);
	return n;
}

size_t
audit_keys(struct arena *arena, struct json_object *entry, struct id id,
    struct span keys[AUDIT_KEYS])
{
	const struct about about = { .kind = json_string(entry, "kind"),
		.of = json_string(entry, "of"), .project = json_string(entry, "project"),
		.formerly = json_string(entry, "formerly"),
		.user = json_string(json_get(entry, "by"), "user") };

	return keys_of(arena, &about, id, keys);
}

/* Rows */

static bool
read_count(struct span row, uint64_t *count_r)
{
	return row.n > COUNT_BYTES && key_take_unsigned(&row, count_r);
}

struct json_object *
audit_read(struct arena *arena, struct span row)
{
	if (row.n <= COUNT_BYTES)
		return NULL;
	return json_load(arena, (struct span){ row.p + COUNT_BYTES, row.n - COUNT_BYTES });
}

/* How much was written before the entry that comes next. Of a transaction that writes many,
 * it is looked up once. */
static uint64_t
written(struct txn *txn, size_t more)
{
	static _Thread_local struct {
		const struct store *store;
		uint64_t number, bytes;
	} last;
	struct span key, row;
	uint64_t before;

	if (last.store != txn_store(txn) || last.number != txn_number(txn)) {
		struct walk *walk = walk_open(txn, TABLE_AUDIT, SPAN(""), SPAN(""), true);

		last.store = txn_store(txn);
		last.number = txn_number(txn);
		last.bytes = 0;
		if (walk_next(walk, &key, &row) && read_count(row, &last.bytes))
			last.bytes += row.n;
		walk_close(&walk);
	}
	before = last.bytes;
	last.bytes += more;
	return before;
}

static void
put_entry(struct txn *txn, struct id id, const struct about *about, struct span json)
{
	struct arena *arena = txn_arena(txn);
	struct span keys[AUDIT_KEYS];
	size_t n = keys_of(arena, about, id, keys);
	struct keybuf row;
	char *bytes = arena_alloc(arena, COUNT_BYTES + json.n);

	key_begin(&row);
	key_unsigned(&row, written(txn, COUNT_BYTES + json.n));
	memcpy(bytes, row.p, COUNT_BYTES);
	memcpy(bytes + COUNT_BYTES, json.p, json.n);
	table_put(txn, TABLE_AUDIT, id_span(&id), (struct span){ bytes, COUNT_BYTES + json.n });
	for (size_t i = 0; i < n; i++)
		table_put(txn, TABLE_AUDIT_OF, keys[i], SPAN(""));
}

/* What is written of it */

static void
tell_id(struct jsonout *out, const char *member, struct id id)
{
	static const struct id none;
	char text[ID_TEXT_SIZE];

	if (memcmp(&id, &none, sizeof id) != 0)
		json_member(out, member, span_of(id_text(id, text)));
}

static void
tell_text(struct jsonout *out, const char *member, struct span text)
{
	if (text.n > 0)
		json_member(out, member, text);
}

static void
tell_by(struct jsonout *out, const struct audit_by *by)
{
	json_key(out, "by");
	json_open(out, '{');
	json_member(out, "via", span_of(by->via));
	tell_text(out, "user", by->user);
	tell_text(out, "operator", by->operator);
	tell_text(out, "listener", by->listener);
	tell_id(out, "delivery", by->delivery);
	tell_text(out, "apiKey", by->api_key);
	tell_text(out, "macro", by->macro);
	tell_text(out, "schedule", by->schedule);
	json_close(out, '}');
}

/* To which project it belongs; "" the community. */
static struct span
project_of(struct txn *txn, const struct kind *kind, struct json_object *doc)
{
	if (strcmp(kind->name, "project") == 0)
		return json_string(doc, "key");
	if (strcmp(kind->name, "comment") == 0 && json_string(doc, "feedback").n > 0)
		return json_string(record_load(txn, RECORD_FEEDBACK, json_string(doc, "feedback")),
		    "project");
	return json_string(doc, "project");
}

static struct about
about_of(struct txn *txn, const struct auditing *auditing, struct json_object *before,
    struct json_object *after)
{
	struct json_object *doc = after != NULL ? after : before;
	struct about about = { .kind = span_of(auditing->kind->name),
		.of = audit_of(txn, auditing->kind, doc),
		.project = project_of(txn, auditing->kind, doc), .formerly = SPAN(""),
		.user = auditing->by->user };
	struct span was = before != NULL ? project_of(txn, auditing->kind, before)
	                                 : about.project;

	if (!span_eq(was, about.project))
		about.formerly = was;
	return about;
}

static void
tell_document(struct jsonout *out, const struct auditing *auditing, const struct about *about,
    const char *change)
{
	json_member(out, "change", span_of(change));
	json_member(out, "kind", about->kind);
	json_member(out, "of", about->of);
	tell_text(out, "project", about->project);
	tell_text(out, "formerly", about->formerly);
	tell_by(out, auditing->by);
	tell_id(out, "undoes", auditing->by->undoes);
}

static void
tell_json(struct arena *arena, struct jsonout *out, const char *member,
    struct json_object *value)
{
	json_key(out, member);
	json_raw(out, json_write(arena, value));
}

static bool
is_among(const char *const *names, const char *name)
{
	while (names != NULL && *names != NULL && strcmp(*names, name) != 0)
		names++;
	return names != NULL && *names != NULL;
}

/* Without the members that only say when it was changed, and those that another log tells. */
static struct json_object *
undated(struct arena *arena, const struct auditing *auditing, struct json_object *doc)
{
	const char *stamp = doc_stamp(auditing->kind);
	struct json_object *out = json_new_object(arena);
	struct doc_member *members;
	size_t n = doc_members(arena, doc, &members);

	for (size_t i = 0; i < n; i++)
		if ((stamp == NULL || strcmp(members[i].name, stamp) != 0) &&
		    !is_among(auditing->kind->dated, members[i].name) &&
		    !is_among(auditing->by->passes, members[i].name))
			json_set(out, members[i].name, json_share(members[i].value));
	return out;
}

/* False: they tell the same. */
static bool
tell_change(struct arena *arena, struct jsonout *out, struct json_object *before,
    struct json_object *after)
{
	struct json_object *forth = doc_patch(arena, before, after);
	struct json_object *back = doc_patch(arena, after, before);

	if (json_members(forth) == 0)
		return false;
	tell_json(arena, out, "before", back);
	tell_json(arena, out, "after", forth);
	if (!span_eq(json_write(arena, doc_patched(arena, after, back)),
	        json_write(arena, before)))
		tell_json(arena, out, "was", before);
	return true;
}

/* Begins and puts */

static bool
begin(struct txn *txn, const struct kind *kind, struct auditing *auditing)
{
	*auditing = (struct auditing){ .by = audit_by(txn), .kind = kind };
	return auditing->by != NULL && kind->members != NULL && txn_ok(txn);
}

bool
audit_begin(struct txn *txn, const struct kind *kind, struct json_object *doc,
    struct auditing *auditing)
{
	if (!begin(txn, kind, auditing))
		return false;
	auditing->before = kind_current(txn, kind, doc);
	if (auditing->before != NULL)
		audit_sum_secrets(txn, kind, auditing->before, auditing->secrets);
	return true;
}

bool
audit_begin_named(struct txn *txn, const struct kind *kind, struct span name,
    struct auditing *auditing)
{
	return begin(txn, kind, auditing) &&
	    (auditing->before = kind_find(txn, kind, name)) != NULL;
}

void
audit_put(struct txn *txn, const struct auditing *auditing, struct json_object *doc)
{
	struct arena *arena = txn_arena(txn);
	const struct kind *kind = auditing->kind;
	struct json_object *after = kind_current(txn, kind, doc), *before = auditing->before;
	struct span own = strcmp(kind->name, "user") == 0 ? json_string(after, "id") : SPAN("");
	unsigned char secrets[SECRET_SHA256_SIZE];
	struct buf json = { 0 };
	struct jsonout out = json_to(&json);
	struct about about;
	bool changed, secret;

	if (!txn_ok(txn) || after == NULL)
		return;
	about = about_of(txn, auditing, before, after);
	audit_sum_secrets(txn, kind, after, secrets);
	secret = memcmp(secrets, auditing->secrets, sizeof secrets) != 0;
	json_open(&out, '{');
	tell_document(&out, auditing, &about, before != NULL ? "changed" : "created");
	after = audit_tell(txn, after, own, kind->sealed);
	if (before != NULL) {
		before = audit_tell(txn, before, own, kind->sealed);
		changed = tell_change(arena, &out, undated(arena, auditing, before),
		    undated(arena, auditing, after));
	} else {
		tell_json(arena, &out, "after", after);
		if (auditing->by->parts > 0)
			json_member_int(&out, "parts", auditing->by->parts);
		changed = true;
	}
	if (secret)
		json_member_bool(&out, "secrets", true);
	if (span_is(json_string(doc, "convert"), "lossy"))
		json_member_bool(&out, "lossy", true);
	json_close(&out, '}');
	if (changed || secret)
		put_entry(txn, id_new(text_now()), &about, buf_bytes(&json));
	buf_free(&json);
}

void
audit_created(struct txn *txn, const struct kind *kind, struct span name)
{
	struct auditing auditing;
	struct json_object *doc;

	if (begin(txn, kind, &auditing) && (doc = kind_find(txn, kind, name)) != NULL)
		audit_put(txn, &auditing, doc);
}

void
audit_happened(struct txn *txn, const struct kind *kind, struct span name, const char *what)
{
	struct auditing auditing;
	struct buf json = { 0 };
	struct jsonout out = json_to(&json);
	struct about about;

	if (!audit_begin_named(txn, kind, name, &auditing))
		return;
	about = about_of(txn, &auditing, auditing.before, auditing.before);
	json_open(&out, '{');
	tell_document(&out, &auditing, &about, what);
	json_close(&out, '}');
	put_entry(txn, id_new(text_now()), &about, buf_bytes(&json));
	buf_free(&json);
}

struct keeping {
	struct txn *txn;
	struct auditing *auditing;
};

static void
keep_part(void *arg, const struct kind *kind, struct json_object *doc)
{
	struct keeping *keeping = arg;
	struct txn *txn = keeping->txn;
	struct auditing *auditing = keeping->auditing;

	(void)kind; /* the document names it */
	table_put(txn, TABLE_AUDIT_PART, part_key(txn_arena(txn), auditing->id,
	    auditing->parts++), json_write(txn_arena(txn), audit_tell(txn, doc, SPAN(""),
	    false)));
}

bool
audit_begin_removal(struct txn *txn, const struct kind *kind, struct span name,
    struct auditing *auditing)
{
	struct keeping keeping = { txn, auditing };
	struct doc_visit visit = { keep_part, &keeping };

	if (!begin(txn, kind, auditing) ||
	    (auditing->before = kind_find(txn, kind, name)) == NULL)
		return false;
	auditing->id = id_new(text_now());
	audit_sum_secrets(txn, kind, auditing->before, auditing->secrets);
	if (kind->parts != NULL && !kind->personal)
		kind->parts(txn, name, &visit);
	return true;
}

void
audit_removed(struct txn *txn, const struct auditing *auditing)
{
	static const unsigned char none[SECRET_SHA256_SIZE];
	struct arena *arena = txn_arena(txn);
	const struct kind *kind = auditing->kind;
	struct buf json = { 0 };
	struct jsonout out = json_to(&json);
	struct about about;

	if (!txn_ok(txn))
		return;
	about = about_of(txn, auditing, auditing->before, NULL);
	json_open(&out, '{');
	tell_document(&out, auditing, &about, "removed");
	if (!kind->personal)
		tell_json(arena, &out, "before", audit_tell(txn, auditing->before, SPAN(""),
		    kind->sealed));
	if (memcmp(auditing->secrets, none, sizeof none) != 0)
		json_member_bool(&out, "secrets", true);
	if (auditing->parts > 0)
		json_member_int(&out, "parts", auditing->parts);
	json_close(&out, '}');
	put_entry(txn, auditing->id, &about, buf_bytes(&json));
	buf_free(&json);
}

/* Goes */

/* Of its parts at most about max. False: some are left, and so is the entry. */
static bool
remove_entry(struct txn *txn, struct id id, size_t *max)
{
	struct arena *arena = txn_arena(txn);
	struct span keys[AUDIT_KEYS], key, row;
	struct walk *walk = walk_open(txn, TABLE_AUDIT_PART, id_span(&id), SPAN(""), false);
	bool more = false;
	size_t n;

	while ((more = walk_next(walk, &key, NULL)) && *max > 0) {
		table_del(txn, TABLE_AUDIT_PART, arena_copy(arena, key));
		--*max;
	}
	walk_close(&walk);
	if (more || !table_get(txn, TABLE_AUDIT, id_span(&id), &row))
		return !more;
	n = audit_keys(arena, audit_read(arena, row), id, keys);
	for (size_t i = 0; i < n; i++)
		table_del(txn, TABLE_AUDIT_OF, keys[i]);
	table_del(txn, TABLE_AUDIT, id_span(&id));
	*max -= *max > 0;
	return true;
}

static bool
row_id(struct span key, struct id *id_r)
{
	return key.n >= sizeof id_r->b &&
	    memcpy(id_r->b, key.p + key.n - sizeof id_r->b, sizeof id_r->b) != NULL;
}

/* All entries that the index has under this key. */
static void
forget(struct txn *txn, struct span prefix)
{
	struct id ids[FORGET_ROWS];
	size_t n;

	do {
		struct arena_mark mark = arena_mark(txn_arena(txn));
		struct walk *walk = walk_open(txn, TABLE_AUDIT_OF, prefix, SPAN(""), false);
		size_t all = SIZE_MAX;
		struct span key;

		n = 0;
		while (n < FORGET_ROWS && walk_next(walk, &key, NULL))
			n += row_id(key, &ids[n]);
		walk_close(&walk);
		for (size_t i = 0; i < n; i++)
			remove_entry(txn, ids[i], &all);
		arena_rewind(txn_arena(txn), mark);
	} while (n == FORGET_ROWS && txn_ok(txn));
}

void
audit_forget(struct txn *txn, struct span user)
{
	struct arena *arena = txn_arena(txn);

	forget(txn, index_key(arena, 'd', SPAN("user"), &user, NULL));
	forget(txn, index_key(arena, 'u', user, NULL, NULL));
}

/* What the rows from the first to the last take, without their index. */
static uint64_t
stored(struct txn *txn, uint64_t first)
{
	struct walk *walk = walk_open(txn, TABLE_AUDIT, SPAN(""), SPAN(""), true);
	struct span key, row;
	uint64_t before = first;
	size_t n = 0;

	if (walk_next(walk, &key, &row) && read_count(row, &before))
		n = row.n;
	walk_close(&walk);
	return before + n;
}

bool
audit_expire(struct txn *txn, int64_t clock, size_t max)
{
	const struct settings *settings = store_settings(txn_store(txn));
	int64_t limit = clock_believed(txn, clock) - settings->audit_keep;
	uint64_t end = 0, most = (uint64_t)settings->audit_bytes, before;
	struct arena_mark mark = arena_mark(txn_arena(txn));
	bool old = true;

	while (old && max > 0 && txn_ok(txn)) {
		struct walk *walk = walk_open(txn, TABLE_AUDIT, SPAN(""), SPAN(""), false);
		struct span key, row;
		struct id id;

		old = walk_next(walk, &key, &row) && row_id(key, &id) && read_count(row, &before);
		walk_close(&walk);
		if (old && end == 0)
			end = stored(txn, before);
		old = old && (id_time(id) < limit || (end > before && end - before > most));
		if (old)
			remove_entry(txn, id, &max);
		arena_rewind(txn_arena(txn), mark);
	}
	return old;
}

/* Reads */

static struct json_object *
entry_of(struct txn *txn, struct id id, struct span row)
{
	struct json_object *entry = audit_read(txn_arena(txn), row);
	char text[TEXT_TIME_SIZE > ID_TEXT_SIZE ? TEXT_TIME_SIZE : ID_TEXT_SIZE];

	if (entry == NULL) {
		txn_fail(txn, FAULT_INTERNAL, "entry %s of the log of changes cannot be read in "
		    "the store", id_text(id, text));
		return NULL;
	}
	json_set_text(entry, "id", span_of(id_text(id, text)));
	json_set_text(entry, "at", span_of(text_time_write(id_time(id), text)));
	return entry;
}

struct json_object *
audit_load(struct txn *txn, struct id id)
{
	struct span row;

	return table_get(txn, TABLE_AUDIT, id_span(&id), &row) ? entry_of(txn, id, row) : NULL;
}

/* "" all. */
static struct span
range_of(struct arena *arena, const struct audit_query *query)
{
	if (query->of.n > 0)
		return index_key(arena, 'd', query->kind, &query->of, NULL);
	if (query->user.n > 0)
		return index_key(arena, 'a', query->user, NULL, NULL);
	if (query->project.n > 0)
		return index_key(arena, 'p', query->project, NULL, NULL);
	if (query->kind.n > 0 && !is_record(query->kind))
		return index_key(arena, 'k', query->kind, NULL, NULL);
	return SPAN("");
}

struct json_object *
audit_next(struct txn *txn, const struct audit_query *query, struct span after,
    struct span *position_r)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = range_of(arena, query), from = SPAN(""), key;
	struct id id, until = id_of_time(query->until);
	enum table table = prefix.n > 0 ? TABLE_AUDIT_OF : TABLE_AUDIT;
	struct walk *walk;
	struct span row;
	int passed = 0;
	bool found;

	if (after.n == 0 && query->until > 0)
		after = id_span(&until);
	if (after.n > 0) /* ids have bytes that are 0 */
		from = (struct span){ arena_join(arena, prefix, after, SPAN("")), prefix.n + after.n };
	walk = walk_open(txn, table, prefix, from, true);
	/* What lies at the position itself was told already. */
	while ((found = walk_next(walk, &key, &row)) && (span_eq(key, from) ||
	    (table == TABLE_AUDIT && query->has.p != NULL && ++passed < PASSED_MAX &&
	    memmem(row.p, row.n, query->has.p, query->has.n) == NULL)))
		;
	found = found && row_id(key, &id) && id_time(id) >= query->since;
	walk_close(&walk);
	if (!found)
		return NULL;
	*position_r = arena_copy(arena, id_span(&id));
	return audit_load(txn, id);
}

struct json_object *
audit_part(struct txn *txn, struct id id, int64_t *number)
{
	struct arena *arena = txn_arena(txn);
	struct walk *walk = walk_open(txn, TABLE_AUDIT_PART, id_span(&id),
	    part_key(arena, id, *number), false);
	struct json_object *doc = NULL;
	struct span key, row;
	uint64_t at;

	if (walk_next(walk, &key, &row)) {
		key.p += sizeof id.b;
		key.n -= sizeof id.b;
		if (key_take_unsigned(&key, &at))
			*number = (int64_t)at + 1;
		doc = json_load(arena, arena_copy(arena, row));
	}
	walk_close(&walk);
	return doc;
}
