/* SPDX-License-Identifier: ISC */
/*
 * Users, and what belongs to them: teams, ranks, scores; the names of users in
 * everything else. Documents name users by e-mail, compared without case.
 *
 * user document: id, email, username?, firstName?, lastName?, roles[] ("admin",
 * "manager", "tester"), teams[] ("team" or "project/team"), projects[] (derived:
 * participates through a team of that project or named here), ranks[]
 * {rank?, project?, count, points, at, reason?} (without a rank: points that were given by
 * themselves), score (sum of the points of the community), scores {project: sum}, fields{}, optOut, alerts?
 * (false: he is not written to about what needs a hand), createdAt, notes[] {at, text, author?},
 * macros[] (those that run once for each user, and did for this one).
 * score and scores are derived when a document is saved.
 */
#ifndef EARSHOT_PEOPLE_H
#define EARSHOT_PEOPLE_H

#include "http/actor.h"
#include "record/doc.h"

#include <stdint.h>

extern const struct kind kind_setting, kind_project, kind_team, kind_rank, kind_user;

/* The user's id by e-mail; false when there is none. */
bool people_id(struct txn *txn, struct span email, struct span *id_r);
/* Was written just now: the next to ask for this address need not look it up. */
void people_is(struct txn *txn, struct span email, struct span id);
/* The document by e-mail or NULL. */
struct json_object *people_load(struct txn *txn, struct span email);
/* The same from memory, when it was read before: only to be read, and only what
 * people_may() looks at (email, roles, teams, projects). */
struct json_object *people_author(struct txn *txn, struct span email);
struct json_object *people_author_by_id(struct txn *txn, struct span id);

/*
 * May this user comment (in the project, "" for the community)? Admins may
 * everywhere; managers of the project and users with role "manager" may there;
 * a participant may comment on feedback that he can see.
 */
enum people_right { PEOPLE_COMMENT_USER, PEOPLE_COMMENT_FEEDBACK };
bool people_may(struct txn *txn, struct json_object *user, enum people_right right,
    struct span project, struct json_object *feedback);

/*
 * Is this somebody of whom who works in the project alone may know? Who participates in it,
 * and who may comment there. user may be NULL, and be what people_author() returns; with ""
 * all are. What is shown to people and rules of a project about anybody else is the same as
 * about somebody who does not exist.
 */
bool people_belongs(struct txn *txn, struct json_object *user, struct span project);
/* He participates in it. */
bool people_participates(struct json_object *user, struct span project);

/* Who this user is when something is done for him, by his roles and those projects that name
 * him as a manager; in the arena. False: there is no user (NULL). */
bool people_actor(struct txn *txn, struct arena *arena, struct json_object *user,
    struct actor *actor_r);

/* Users whose path of the index has this value, for a refusal to remove it. */
void people_uses(struct doc_uses *uses, struct txn *txn, struct span path,
    struct span value);

/* Changes to a loaded user document; record_save() afterwards by the caller.
 * Each returns a sentence in the arena about what happened ("already in phone/vip"),
 * or NULL with txn_fail() when it cannot be done. */
const char *people_add_rank(struct txn *txn, struct json_object *user, struct span rank,
    struct span project, struct span reason, int64_t now);
/* Without a rank. */
const char *people_add_points(struct txn *txn, struct json_object *user, int64_t points,
    struct span project, struct span reason, int64_t now);
const char *people_remove_rank(struct txn *txn, struct json_object *user, struct span rank,
    struct span project);
const char *people_add_teams(struct txn *txn, struct json_object *user,
    struct json_object *teams /* array of names */, struct span project);
const char *people_remove_teams(struct txn *txn, struct json_object *user,
    struct json_object *teams, struct span project);
const char *people_leave_project(struct txn *txn, struct json_object *user, struct span project);
const char *people_add_note(struct txn *txn, struct json_object *user, struct span text,
    int64_t now);

/* people_note.c: the notes that macros add stand beside the stored document. The document
 * with all its notes, for who reads it: another object, or the same when there are none. */
struct json_object *people_whole(struct txn *txn, struct json_object *user);
/* The user's document, which is whole and has the notes of the old one, leaves them where
 * they stand: with it, or beside it. */
void people_keep_notes(struct json_object *user, struct json_object *old);
bool people_has_note_rows(struct json_object *user);
void people_drop_notes(struct txn *txn, struct span id);

/*
 * Every document that names the user says `to` instead (e-mail changed) or
 * nobody any more (to.p is NULL: the account is deleted): submitter and
 * followers of feedback, authors of comments, managers of projects.
 */
void people_rename(struct txn *txn, struct span from, struct span to);
/* The only one with the role "admin": who deletes it leaves nobody to appoint another. */
bool people_last_admin(struct txn *txn, struct json_object *user);
/* The account with comments on it, values, memberships; feedback and comments
 * by the user stay, without a name. Waiting parcels to the address are dropped. */
void people_delete(struct txn *txn, struct span id);

#endif
