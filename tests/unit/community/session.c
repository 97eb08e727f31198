/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "community/session.h"
#include "record/record_scratch.h"

#define NOW INT64_C(1700000000000000)
#define MINUTE (INT64_C(60) * 1000000)

static struct scratch s;

static struct span
hash(struct txn *txn, const char *token)
{
	return session_hash(txn_arena(txn), span_of(token));
}

static void
begin(struct txn *txn, const char *token, const char *user, int64_t now)
{
	session_begin(txn, hash(txn, token), span_of(user), doc_of(txn, "{'by':'link'}"), now);
}

static bool
lives(struct txn *txn, const char *token, int64_t now)
{
	return session_find(txn, hash(txn, token), now) != NULL;
}

static void
links(struct txn *txn, void *arg)
{
	struct span user;

	(void)arg;
	session_link_add(txn, hash(txn, "a"), SPAN("1"), NOW, NOW + 15 * MINUTE);
	session_link_add(txn, hash(txn, "b"), SPAN("2"), NOW, NOW + 15 * MINUTE);
	ok(!session_link_use(txn, hash(txn, "c"), NOW, &user), "a link that nobody made");
	ok(session_link_use(txn, hash(txn, "a"), NOW + 15 * MINUTE, &user) && span_is(user, "1"),
	    "a link names its user");
	ok(!session_link_use(txn, hash(txn, "a"), NOW, &user), "once");
	ok(!session_link_use(txn, hash(txn, "b"), NOW + 15 * MINUTE + 1, &user),
	    "and within its time");
	ok(!session_link_use(txn, hash(txn, "b"), NOW, &user), "an old one is used up by a try");
}

static void
count(void *arg, struct span name, struct json_object *session)
{
	(void)name;
	(void)session;
	++*(int *)arg;
}

static int
counted(struct txn *txn, const char *user, int64_t now)
{
	int n = 0;

	session_each(txn, span_of(user), now, count, &n);
	return n;
}

static void
sessions(struct txn *txn, void *arg)
{
	int64_t idle = s.settings.console_idle, longest = s.settings.console_longest, at = NOW;

	(void)arg;
	begin(txn, "one", "1", NOW);
	begin(txn, "two", "1", NOW);
	begin(txn, "three", "1", NOW);
	begin(txn, "other", "2", NOW);
	ok(lives(txn, "one", NOW + idle) && !lives(txn, "one", NOW + idle + 1),
	    "a session ends when it is idle");
	ok(!session_is_stale(session_find(txn, hash(txn, "one"), NOW), NOW + MINUTE) &&
	    session_is_stale(session_find(txn, hash(txn, "one"), NOW), NOW + MINUTE + 1),
	    "its use is noted each minute");
	while (at + idle < NOW + longest) {
		at += idle;
		session_touch(txn, hash(txn, "one"), at);
	}
	ok(lives(txn, "one", NOW + longest) && !lives(txn, "one", NOW + longest + 1),
	    "and at the latest by its age");
	session_touch(txn, hash(txn, "nobody's"), NOW);
	ok(!lives(txn, "nobody's", NOW), "no touch makes one");
	ok(counted(txn, "1", NOW) == 3 && counted(txn, "", NOW) == 4, "those of a user, and all");
	ok(session_end_all(txn, SPAN("1"), hash(txn, "two")) == 2 && !lives(txn, "one", NOW) &&
	    lives(txn, "two", NOW) && lives(txn, "other", NOW), "all others end");
	session_end(txn, hash(txn, "two"));
	ok(!lives(txn, "two", NOW), "one ends");
	begin(txn, "later", "1", NOW + longest + 1);
	ok(!table_has(txn, TABLE_META, span_of(arena_printf(txn_arena(txn), "session:%s",
	    hash(txn, "other").p))), "what has ended is removed");
}

/* Some programs keep no cookie. */
static void
too_many(struct txn *txn, void *arg)
{
	(void)arg;
	begin(txn, "other", "2", NOW - 1);
	begin(txn, "used", "1", NOW);
	begin(txn, "idle", "1", NOW);
	session_touch(txn, hash(txn, "used"), NOW + 1);
	for (int i = 0; i < 2 * SESSION_MAX; i++) {
		begin(txn, arena_printf(txn_arena(txn), "%d", i), "1", NOW + 2 + i);
		session_touch(txn, hash(txn, "used"), NOW + 2 + i);
	}
	ok(counted(txn, "1", NOW) == SESSION_MAX, "a user has so many sessions");
	ok(lives(txn, "used", NOW) && !lives(txn, "idle", NOW) && !lives(txn, "0", NOW) &&
	    lives(txn, "other", NOW), "those go on that are used, and others'");
}

/* Rows whose keys begin so. */
static int
rows(struct txn *txn, const char *prefix)
{
	struct walk *walk = walk_open(txn, TABLE_META, span_of(prefix), SPAN(""), false);
	struct span key, text;
	int n = 0;

	while (walk_next(walk, &key, &text))
		n++;
	walk_close(&walk);
	return n;
}

/* A slot has four digits: there are 65536 of a letter at most, however many names there are. */
static bool
all_slots(struct txn *txn, const char *prefix)
{
	struct walk *walk = walk_open(txn, TABLE_META, span_of(prefix), SPAN(""), false);
	struct span key, text, digits;
	bool good = true;

	while (walk_next(walk, &key, &text))
		good = good && key.n == strlen(prefix) + 4 && secret_hex_read(txn_arena(txn),
		    (struct span){ key.p + key.n - 4, 4 }, &digits);
	walk_close(&walk);
	return good;
}

/* Strangers make rows by trying; all go, a few with each try that comes later. */
static void
leftovers(struct txn *txn, void *arg)
{
	struct arena *arena = txn_arena(txn);
	int64_t later = NOW + 15 * MINUTE + 1;

	(void)arg;
	for (int i = 0; i < 1000; i++)
		session_try(txn, 'p', span_of(arena_printf(arena, "%d", i)), 2, NOW);
	session_try(txn, 'm', SPAN("x"), 2, NOW);
	ok(rows(txn, "tries:p") > 900 && rows(txn, "tries:p") <= 1000, "about as many rows as names");
	ok(all_slots(txn, "tries:p"), "by slots, which are bounded");
	for (int i = 0; i < 200; i++)
		session_try(txn, 'p', span_of(arena_printf(arena, "later %d", i)), 2, later);
	ok(rows(txn, "tries:p") < 600, "fewer after some more (%d)", rows(txn, "tries:p"));
	session_try(txn, 'm', SPAN("y"), 2, later);
	ok(rows(txn, "tries:m") == 1, "of a few none is left over");
}

static void
passwords(struct txn *txn, void *arg)
{
	struct span salt = session_salt(txn, SPAN("1"), SPAN("Jim@acme.example"));

	(void)arg;
	ok(salt.n == 32 && span_eq(salt, session_salt(txn, SPAN(""), SPAN("jim@ACME.example"))) &&
	    !span_eq(salt, session_salt(txn, SPAN(""), SPAN("ann@mail.example"))),
	    "who has no password, and nobody, have the same salt each time");
	ok(!session_password_is(txn, SPAN("1"), SPAN("")) && session_password_at(txn, SPAN("1")) == 0,
	    "no password is none that fits");
	session_password_set(txn, SPAN("1"), SPAN("5a17"), SPAN("proof"), NOW);
	ok(span_is(session_salt(txn, SPAN("1"), SPAN("x")), "5a17") &&
	    session_password_is(txn, SPAN("1"), SPAN("proof")) &&
	    !session_password_is(txn, SPAN("1"), SPAN("other")) &&
	    !session_password_is(txn, SPAN("2"), SPAN("proof")) &&
	    session_password_at(txn, SPAN("1")) == NOW, "one that is set");
	session_password_set(txn, SPAN("1"), SPAN(""), SPAN(""), NOW);
	ok(!session_password_is(txn, SPAN("1"), SPAN("proof")), "and taken away");
}

static void
tries(struct txn *txn, void *arg)
{
	(void)arg;
	ok(session_try(txn, 'p', SPAN("jim"), 2, NOW) && session_try(txn, 'p', SPAN("Jim"), 2, NOW) &&
	    !session_try(txn, 'p', SPAN("jim"), 2, NOW + 15 * MINUTE), "two tries");
	ok(session_try(txn, 'p', SPAN("ann"), 2, NOW) && session_try(txn, 'm', SPAN("jim"), 2, NOW),
	    "others, and other kinds, have theirs");
	ok(session_try(txn, 'p', SPAN("jim"), 2, NOW + 15 * MINUTE + 1), "later there are more");
}

static void
forget(struct txn *txn, void *arg)
{
	struct span user;

	(void)arg;
	begin(txn, "one", "1", NOW);
	begin(txn, "other", "2", NOW);
	session_link_add(txn, hash(txn, "a"), SPAN("1"), NOW, NOW + MINUTE);
	session_password_set(txn, SPAN("1"), SPAN("5a17"), SPAN("proof"), NOW);
	session_forget(txn, SPAN("1"));
	ok(!lives(txn, "one", NOW) && lives(txn, "other", NOW) &&
	    !session_link_use(txn, hash(txn, "a"), NOW, &user) &&
	    !session_password_is(txn, SPAN("1"), SPAN("proof")),
	    "of a deleted account nothing is left that signs in");
}

int
main(void)
{
	static void (*const bodies[])(struct txn *, void *) = { links, sessions, too_many, leftovers,
		passwords, tries, forget };

	if (!scratch_open(&s))
		return 99;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		scratch_run(&s, STORE_DRY, bodies[i], NULL);
	scratch_close(&s);
	return tap_done();
}
