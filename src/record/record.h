/* SPDX-License-Identifier: ISC */
/*
 * Users and feedback tickets as stored documents, and the typed index of
 * everything that can be looked up. Every change of a record goes through
 * here, so that the index always tells what the records say.
 *
 * A term of the index is: record letter ('u', 'f', 'p'), path ("email",
 * "fields.jira", "data.usage.launches"), NUL, type letter and the value in an
 * order-preserving encoding: integers by 8 bytes big-endian with the sign
 * flipped ('i'), times likewise ('t'), booleans ('b'), text as its bytes cut
 * to 200 with NUL escaped ('s'; longer text ends in a hash of all of it, so
 * equality stays exact). So equality, ranges and prefixes are ranges of the
 * table. What names a user is folded to lower case.
 *
 * Indexed are, of users: email, username, roles, teams, projects, ranks (their
 * keys), score, createdAt, notes.author and every fields.*; of feedback:
 * project, type, status, submitter, exposure, feature, blocking, followers,
 * createdAt, updatedAt and every fields.*; of all records: data.*. Fractions
 * are indexed by their text. For searches the words of names and titles (text_word(), of what
 * text_fold() makes) stand there, each once for a record, under the path RECORD_WORDS, which
 * no filter can name.
 */
#ifndef EARSHOT_RECORD_H
#define EARSHOT_RECORD_H

#include "base/arena.h"

#include <stdint.h>

struct error;
struct json_object;
struct store;
struct txn;

enum record {
	RECORD_USER,
	RECORD_FEEDBACK,
	RECORD_PROJECT, /* its document is of kind project (doc.h) */
	RECORD__MAX
};

const char *record_name(enum record record);   /* "user" … */
bool record_by_name(struct span name, enum record *record_r);
char record_letter(enum record record);

/* [A-Za-z0-9][A-Za-z0-9._-]{0,63}: what may be an id. */
bool record_id_valid(struct span id);

bool record_exists(struct txn *txn, enum record record, struct span id);
/* Parsed, owned by the transaction's arena; NULL when absent. */
struct json_object *record_load(struct txn *txn, enum record record, struct span id);
/* Creates or replaces; id in the document is kept equal to id. */
void record_save(struct txn *txn, enum record record, struct span id,
    struct json_object *doc);
/* The same under an id of record_new_id(), which is not looked up again. */
void record_save_new(struct txn *txn, enum record record, struct span id,
    struct json_object *doc);
void record_drop(struct txn *txn, enum record record, struct span id);
/* The record behind this position (its id; empty: the first), for listings. */
struct json_object *record_next(struct txn *txn, enum record record, struct span after,
    struct span *position_r);
/* A fresh numeric id, as text in the arena. */
struct span record_new_id(struct txn *txn, enum record record);

/* As it is stored, in the arena; false when absent. */
bool record_text(struct txn *txn, enum record record, struct span id, struct span *text_r);
/* All records by their id, from the one behind `after` (empty: the first), as they
 * are stored; both live until the next step. The walk is closed by walk_close(). */
struct walk *record_scan(struct txn *txn, enum record record, struct span after);
bool record_scan_next(struct walk *walk, enum record record, struct span *id_r,
    struct span *text_r);
/* About how many there are: up to here never fewer than there are. Some are counted, since a share
 * of the file says how many they are only where its pages have as many below them everywhere. */
#define RECORD_MANY 128
double record_count(struct txn *txn, enum record record);

/* The type of an indexed value. */
enum record_type { RECORD_TEXT, RECORD_INTEGER, RECORD_TIME, RECORD_BOOLEAN };
struct record_value {
	enum record_type type;
	struct span text;  /* RECORD_TEXT */
	int64_t number;    /* integer, microseconds, 0 or 1 */
};

/* How a member of the document stands in the index ("email", "fields.jira"). */
struct record_path {
	enum record_type type;
	bool any_type;      /* its values have the types that they have, fractions as text */
	bool folded;        /* compared without case */
	bool list;          /* by its items */
};
/* False when it does not. */
bool record_path(enum record record, struct span path, struct record_path *path_r);

#define RECORD_WORDS "words"
/* The words of the document's names or its title, as they stand there, but in no order. */
size_t record_words(struct arena *arena, enum record record, struct json_object *doc,
    struct span **words_r);
/* A store that an older version has made has none of them in its index. They come there while it
 * serves, of no more than max records in a transaction; what is written meanwhile has its own.
 * True: there is more to do. */
bool record_index_words(struct txn *txn, size_t max);
/* How far that is; 100: nothing is to be done. */
int record_words_percent(struct txn *txn);
/* Those of this record are there. */
bool record_words_there(struct txn *txn, enum record record, struct span id);

/* Rows of other rooms' values (data.<group>.<parameter>) in the same index. */
void record_index(struct txn *txn, enum record record, struct span path,
    const struct record_value *value, struct span id, bool present);

/*
 * Ids whose path has this value, as text; at most max are written, the number
 * found (never counting beyond max) is returned. Path "id" looks at the
 * records. A text value also finds integers written as text and the reverse.
 */
size_t record_find(struct txn *txn, enum record record, struct span path,
    struct span value, struct span *ids, size_t max);
/*
 * Likewise, of those alone that belong to the project: users who participate in it, its
 * tickets, itself; with "" of all. The work is bounded by the fewer of both, and
 * FAULT_TOO_MUCH_WORK where these are too many.
 */
size_t record_find_of(struct txn *txn, enum record record, struct span path,
    struct span value, struct span project, struct span *ids, size_t max);
/* Does this one belong to it? By the index: the record is not read. */
bool record_is_of(struct txn *txn, enum record record, struct span id, struct span project);
/* The id behind this one, of the users or tickets of one of these projects, in the arena; the
 * order is that of record_next(). False: there is none. */
bool record_next_of(struct txn *txn, enum record record, struct json_object *projects,
    struct span after, struct span *id_r);
/* Those that it looks for: the text, and the integer that it writes. */
size_t record_values(struct span text, struct record_value values_r[2]);
/*
 * For refold.h: the keys of the index of this stored document, or of this author, as they
 * are made today, in the place of those by text_fold_full(). How many went; of an author
 * the new one is left to record_index_author().
 */
size_t record_refold(struct txn *txn, enum record record, struct span id,
    struct json_object *doc);
size_t record_refold_author(struct txn *txn, struct span author, struct span target);
/* Every id whose path has this text, in the arena: for what walks the users of a name. */
size_t record_find_all(struct txn *txn, enum record record, struct span path,
    struct span text, struct span **ids_r);

/* Who has commented where, in the same index under the letter 'c': the "id" is
 * record letter and id of what was commented on. One row however many comments:
 * a row for each would be a page more to write for every comment. */
void record_index_author(struct txn *txn, struct span author, struct span target,
    bool present);
size_t record_find_authored(struct txn *txn, struct span author, struct span **targets_r);

/* A range of the index, in order, for filters and sorting. Unset bounds are open. */
struct record_range {
	enum record record;
	struct span path;
	const struct record_value *low, *high; /* NULL: open */
	bool low_open, high_open;              /* bound itself excluded */
	bool prefix;                           /* low is a text prefix */
	bool backwards;
};
/* Rows in it: so many when they are fewer than this, else about so many. */
#define RECORD_FEW 32
double record_range_rows(struct txn *txn, const struct record_range *range);
struct record_walk;
struct record_walk *record_walk_open(struct txn *txn, const struct record_range *range,
    struct span after /* position of an earlier walk, or empty */);
/* id and position live until the next step. value_r may be NULL. */
bool record_walk_next(struct record_walk *walk, struct span *id_r,
    struct record_value *value_r, struct span *position_r);
void record_walk_close(struct record_walk **walk);

/*
 * All that stands in the index under a path, in order, for what counts it: much
 * faster than a walk. value_r is set, and true told by fresh_r, where the value
 * is another one than before.
 */
struct record_runs;
struct record_runs *record_runs_open(struct txn *txn, enum record record, struct span path);
/* All live until the next step. */
bool record_runs_next(struct record_runs *runs, struct span *id_r, bool *fresh_r,
    struct record_value *value_r);
void record_runs_close(struct record_runs **runs);
/* The first path of the index behind this one; false behind the last. In the arena. */
bool record_path_next(struct txn *txn, enum record record, struct span after,
    struct span *path_r);

/*
 * For checking a store: every key of the index that the document of a record
 * must have, sorted, in the arena (none of projects); the key of one value, or
 * of an author (empty when a part is too long); and back from a key to whose it
 * is: letter, path, id. False when it is no key.
 */
size_t record_keys(struct arena *arena, enum record record, struct span id, bool words,
    struct json_object *doc, struct span **keys_r);
struct span record_key(struct arena *arena, enum record record, struct span path,
    const struct record_value *value, struct span id);
struct span record_author_key(struct arena *arena, struct span author,
    struct span target);
bool record_key_read(struct span key, char *letter_r, struct span *path_r,
    struct span *id_r);

#endif
