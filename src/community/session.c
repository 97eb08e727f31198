/* SPDX-License-Identifier: ISC */
#include "community/session.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "record/meta.h"
#include "store/store.h"
#include "store/table.h"

#define SESSION "session:"
#define LINK "sign-in:"
#define PASSWORD "password:"
#define TRIES "tries:"
#define TRIES_US (INT64_C(15) * 60 * 1000000)
#define SEEN_EVERY (INT64_C(60) * 1000000)
#define FACT_MAX 200 /* bytes of what a browser calls itself */
#define SALT_SIZE 16
#define SLOT_DIGITS 4 /* 65536 of each kind of tries: who comes into one that is taken begins anew */
#define TIDY_MAX 50 /* rows that are looked at on the way */

static struct span
key_of(struct arena *arena, const char *what, struct span name)
{
	return span_of(arena_join(arena, span_of(what), name, SPAN("")));
}

struct span
session_hash(struct arena *arena, struct span token)
{
	unsigned char hash[SECRET_SHA256_SIZE];

	secret_sha256(token, hash);
	return secret_hex(arena, (struct span){ (const char *)hash, sizeof hash });
}

static bool
has_ended(struct txn *txn, struct json_object *session, int64_t now)
{
	const struct settings *settings = store_settings(txn_store(txn));

	return now - json_integer(session, "seen", 0) > settings->console_idle ||
	    now - json_integer(session, "began", 0) > settings->console_longest;
}

/* Removes links and tries whose time is over, so that nothing else has to: of the first few
 * behind a place that dice choose, since whoever wants makes more of them, and all are looked
 * at one after the other when there are not many. */
static void
tidy(struct txn *txn, struct span prefix, int64_t now)
{
	unsigned char dice[2];
	struct span key, text, from;
	size_t looked = 0;

	secret_random(dice, sizeof dice);
	from = span_of(arena_join(txn_arena(txn), prefix, secret_hex(txn_arena(txn),
	    (struct span){ (const char *)dice, sizeof dice }), SPAN("")));
	for (int turn = 0; turn < 2; turn++) {
		struct walk *walk = walk_open(txn, TABLE_META, prefix, turn == 0 ? from : SPAN(""),
		    false);

		while (looked < TIDY_MAX && walk_next(walk, &key, &text)) {
			looked++;
			if (json_integer(json_load(txn_arena(txn), text), "until", 0) < now)
				table_del(txn, TABLE_META, arena_copy(txn_arena(txn), key));
		}
		walk_close(&walk);
	}
}

/* Removes sessions that have ended, and of the user's, when they are too many, the one that
 * was not used for the longest time. */
static void
make_room(struct txn *txn, struct span user, int64_t now)
{
	struct walk *walk = walk_open(txn, TABLE_META, SPAN(SESSION), SPAN(""), false);
	struct span key, text, oldest = SPAN("");
	int64_t seen = INT64_MAX;
	size_t n = 0;

	while (walk_next(walk, &key, &text)) {
		struct json_object *row = json_load(txn_arena(txn), text);

		key = arena_copy(txn_arena(txn), key);
		if (has_ended(txn, row, now)) {
			table_del(txn, TABLE_META, key);
		} else if (span_eq(json_string(row, "user"), user)) {
			n++;
			if (json_integer(row, "seen", 0) < seen) {
				seen = json_integer(row, "seen", 0);
				oldest = key;
			}
		}
	}
	walk_close(&walk);
	if (n >= SESSION_MAX)
		table_del(txn, TABLE_META, oldest);
}

void
session_link_add(struct txn *txn, struct span hash, struct span user, int64_t now,
    int64_t until)
{
	struct json_object *row = json_new_object(txn_arena(txn));

	tidy(txn, SPAN(LINK), now);
	json_set_text(row, "user", user);
	json_set_int(row, "until", until);
	meta_save(txn, key_of(txn_arena(txn), LINK, hash), row);
}

bool
session_link_use(struct txn *txn, struct span hash, int64_t now, struct span *user_r)
{
	struct span key = key_of(txn_arena(txn), LINK, hash);
	struct json_object *row = meta_load(txn, key);

	if (row == NULL)
		return false;
	table_del(txn, TABLE_META, key);
	*user_r = json_string(row, "user");
	return json_integer(row, "until", 0) >= now;
}

void
session_begin(struct txn *txn, struct span hash, struct span user,
    struct json_object *facts, int64_t now)
{
	static const char *const told[] = { "by", "agent", "address" };
	struct json_object *row = json_new_object(txn_arena(txn));

	make_room(txn, user, now);
	json_set_text(row, "user", user);
	json_set_int(row, "began", now);
	json_set_int(row, "seen", now);
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
		json_set_text(row, told[i], text_head(json_string(facts, told[i]), FACT_MAX));
	meta_save(txn, key_of(txn_arena(txn), SESSION, hash), row);
}

struct json_object *
session_find(struct txn *txn, struct span hash, int64_t now)
{
	struct json_object *row = meta_load(txn, key_of(txn_arena(txn), SESSION, hash));

	return row == NULL || has_ended(txn, row, now) ? NULL : row;
}

bool
session_is_stale(struct json_object *session, int64_t now)
{
	return now - json_integer(session, "seen", 0) > SEEN_EVERY;
}

void
session_touch(struct txn *txn, struct span hash, int64_t now)
{
	struct json_object *row = session_find(txn, hash, now);

	if (row == NULL)
		return;
	json_set_int(row, "seen", now);
	meta_save(txn, key_of(txn_arena(txn), SESSION, hash), row);
}

void
session_end(struct txn *txn, struct span hash)
{
	table_del(txn, TABLE_META, key_of(txn_arena(txn), SESSION, hash));
}

/* Every row of the kind that is the user's. */
static size_t
drop_all(struct txn *txn, const char *kind, struct span user, struct span but)
{
	struct walk *walk = walk_open(txn, TABLE_META, span_of(kind), SPAN(""), false);
	struct span key, text, kept = key_of(txn_arena(txn), kind, but);
	size_t n = 0;

	while (walk_next(walk, &key, &text))
		if (!span_eq(key, kept) &&
		    span_eq(json_string(json_load(txn_arena(txn), text), "user"), user)) {
			table_del(txn, TABLE_META, arena_copy(txn_arena(txn), key));
			n++;
		}
	walk_close(&walk);
	return n;
}

size_t
session_end_all(struct txn *txn, struct span user, struct span but)
{
	return drop_all(txn, SESSION, user, but);
}

void
session_each(struct txn *txn, struct span user, int64_t now,
    void (*each)(void *, struct span, struct json_object *), void *arg)
{
	struct walk *walk = walk_open(txn, TABLE_META, SPAN(SESSION), SPAN(""), false);
	struct span key, text;

	while (walk_next(walk, &key, &text)) {
		struct json_object *row = json_load(txn_arena(txn), text);

		key = arena_copy(txn_arena(txn), key);
		key.p += sizeof SESSION - 1;
		key.n -= sizeof SESSION - 1;
		if ((user.n == 0 || span_eq(json_string(row, "user"), user)) &&
		    !has_ended(txn, row, now))
			each(arg, key, row);
	}
	walk_close(&walk);
}

/* Hexadecimal, of what only this store can compute: nobody chooses names that share a slot. */
static struct span
keyed_hash(struct txn *txn, const char *what, struct span name)
{
	const struct seal *seal = store_seal(txn_store(txn));
	struct span parts[] = { span_of(what), text_fold(txn_arena(txn), name) };
	unsigned char mac[SECRET_MAC_MAX];
	size_t n = secret_hmac(SECRET_SHA256, (struct span){ (const char *)seal->key,
	    sizeof seal->key }, parts, 2, mac);

	return secret_hex(txn_arena(txn), (struct span){ (const char *)mac, n });
}

bool
session_try(struct txn *txn, char letter, struct span name, int64_t max, int64_t now)
{
	struct arena *arena = txn_arena(txn);
	struct span hash = keyed_hash(txn, "tries", name);
	struct span key = span_of(arena_printf(arena, TRIES "%c%.*s", letter, SLOT_DIGITS, hash.p));
	struct json_object *row = meta_load(txn, key);
	int64_t tries = json_integer(row, "tries", 0);

	if (row == NULL || json_integer(row, "until", 0) < now ||
	    !span_eq(json_string(row, "of"), hash)) {
		tidy(txn, text_head(key, sizeof TRIES), now);
		row = json_new_object(arena);
		json_set_text(row, "of", hash);
		json_set_int(row, "until", now + TRIES_US);
		tries = 0;
	}
	if (tries >= max)
		return false;
	json_set_int(row, "tries", tries + 1);
	meta_save(txn, key, row);
	return true;
}

struct span
session_salt(struct txn *txn, struct span user, struct span name)
{
	struct json_object *row = user.n > 0
	    ? meta_load(txn, key_of(txn_arena(txn), PASSWORD, user)) : NULL;
	struct span salt = json_string(row, "salt");

	return salt.n > 0 ? salt : text_head(keyed_hash(txn, "salt", name), 2 * SALT_SIZE);
}

void
session_password_set(struct txn *txn, struct span user, struct span salt,
    struct span proof, int64_t now)
{
	struct json_object *row = json_new_object(txn_arena(txn));
	struct span key = key_of(txn_arena(txn), PASSWORD, user);

	if (proof.n == 0) {
		table_del(txn, TABLE_META, key);
		return;
	}
	json_set_text(row, "salt", salt);
	json_set_text(row, "proof", session_hash(txn_arena(txn), proof));
	json_set_int(row, "set", now);
	meta_save(txn, key, row);
}

bool
session_password_is(struct txn *txn, struct span user, struct span proof)
{
	struct json_object *row = meta_load(txn, key_of(txn_arena(txn), PASSWORD, user));

	return secret_equal(json_string(row, "proof"), session_hash(txn_arena(txn), proof));
}

int64_t
session_password_at(struct txn *txn, struct span user)
{
	return json_integer(meta_load(txn, key_of(txn_arena(txn), PASSWORD, user)), "set", 0);
}

void
session_forget(struct txn *txn, struct span user)
{
	drop_all(txn, SESSION, user, SPAN(""));
	drop_all(txn, LINK, user, SPAN(""));
	table_del(txn, TABLE_META, key_of(txn_arena(txn), PASSWORD, user));
}
