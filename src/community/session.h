/* SPDX-License-Identifier: ISC */
/*
 * Who is signed in to the console, and by what people sign in: links that are used once,
 * and passwords. Rows of TABLE_META: "session:" and the hash of a token -> {"user", "began",
 * "seen", "by", "agent", "address"}; "sign-in:" and the hash of a link's -> {"user", "until"};
 * "password:" and the user's id -> {"salt", "proof", "set"}. Times are microseconds. Tokens
 * themselves are never here.
 */
#ifndef EARSHOT_SESSION_H
#define EARSHOT_SESSION_H

#include "base/arena.h"
#include "base/secret.h"

#include <stdint.h>

struct json_object;
struct txn;

/* As hashes stand in keys and calls: hexadecimal SHA-256 of the token, in the arena. */
struct span session_hash(struct arena *arena, struct span token);

/* A link for this user. */
void session_link_add(struct txn *txn, struct span hash, struct span user, int64_t now,
    int64_t until);
/* Once: it is gone afterwards. False when there is none, or its time is over. */
bool session_link_use(struct txn *txn, struct span hash, int64_t now, struct span *user_r);

/* Of one user at a time: a program that keeps no cookie begins one with each request where the
 * web server signs it in. */
#define SESSION_MAX 100

/* facts: "by", "agent", "address"; they are bounded. Of too many sessions the one ends that was
 * not used for the longest time. */
void session_begin(struct txn *txn, struct span hash, struct span user,
    struct json_object *facts, int64_t now);
/* NULL when it has ended, by the settings. */
struct json_object *session_find(struct txn *txn, struct span hash, int64_t now);
/* It is used now; written at most once a minute. */
bool session_is_stale(struct json_object *session, int64_t now);
void session_touch(struct txn *txn, struct span hash, int64_t now);
void session_end(struct txn *txn, struct span hash);
/* Those of the user, all but one (may be ""); how many they were. */
size_t session_end_all(struct txn *txn, struct span user, struct span but);
/* Each that has not ended, of this user, or of all ("") . */
void session_each(struct txn *txn, struct span user, int64_t now,
    void (*each)(void *arg, struct span hash, struct json_object *session), void *arg);

/*
 * One more try to sign in by this name, or from this network: "tries:", a letter for what is
 * tried and a slot, of which there are 65536, by a keyed hash of its name -> {"of": the hash,
 * "until", "tries"}. False: there were more than so many within a quarter of an hour. Kept in
 * the store, since a program of plain CGI remembers nothing; bounded, whatever is tried.
 */
bool session_try(struct txn *txn, char letter, struct span name, int64_t max, int64_t now);

/* The salt for a password, hexadecimal: of nobody, or of one without, one that is always
 * the same for the same name and tells nobody apart. */
struct span session_salt(struct txn *txn, struct span user, struct span name);
/* proof: what the password and the salt make (secret_password()), hexadecimal. Empty: none
 * any more. */
void session_password_set(struct txn *txn, struct span user, struct span salt,
    struct span proof, int64_t now);
bool session_password_is(struct txn *txn, struct span user, struct span proof);
/* When it was set; 0: there is none. */
int64_t session_password_at(struct txn *txn, struct span user);

/* The account is deleted. */
void session_forget(struct txn *txn, struct span user);

#endif
