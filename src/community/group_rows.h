/* SPDX-License-Identifier: ISC */
/*
 * What the files of the room share. A row of TABLE_VALUE is
 * {"values":{parameter: value},"set":{parameter: {"at":…,"delivery":…}},"at":…}
 * as group_row_save() writes it: compact, values in the order of the group's
 * fields, strings as buf_json_string() does. Rows are changed by every delivery,
 * so they are read without json-c.
 */
#ifndef EARSHOT_GROUP_ROWS_H
#define EARSHOT_GROUP_ROWS_H

#include "community/group.h"

#define GROUP_STRING_MAX 65536 /* characters of a value: as many as GitHub takes */

/* Compiled once for a configuration. NULL: there is none (or failed). */
const struct group *group_rule(struct txn *txn, struct span full_name);
/* With the rows that it has, and what it is becoming. */
struct group *group_change_compile(struct txn *txn, struct arena *arena,
    struct json_object *doc);
/* rows: "" its name. */
struct group *group_compile(struct arena *arena, struct json_object *doc, struct span rows);
/* The group has still the fields and rows of this one. */
bool group_is_still(struct txn *txn, const struct group *group);

struct group_entry {
	struct span value;    /* JSON; p is NULL: has none */
	struct span at;       /* RFC 3339; p is NULL: never set */
	struct span delivery; /* text of its id, or empty */
};

struct group_row {
	const struct group *group;
	struct span id;               /* of the record */
	struct span key;
	struct group_entry *entries;  /* parallel to group->fields */
	struct span at;               /* the newest there was; empty: none */
	bool exists;                  /* in the store */
	struct span stored;           /* as it stands there */
};

/* In the transaction's arena. A missing row is empty; false after txn_fail(). */
bool group_row_load(struct txn *txn, const struct group *group, struct span id,
    struct group_row *row_r);
/* The last thing that is done to a row. One without any entry is removed. False when it is the
 * same as before. */
bool group_row_save(struct txn *txn, const struct group_row *row);
struct span group_row_text(struct arena *arena, const struct group_row *row);
bool group_row_has_values(const struct group_row *row);
/* The row and everything that comes with it. */
void group_row_drop(struct txn *txn, struct group_row *row);

struct group_setting {
	const struct group_value *value;
	int64_t at;
	struct id delivery;  /* zero: none */
	bool only_newer;     /* an older `at` than the stored one changes nothing */
	bool remember;       /* the clear of what never was, too */
	int64_t now;
};
/* With index and history; false where the value did not change. */
bool group_row_set(struct txn *txn, struct group_row *row, size_t field,
    const struct group_setting *setting);
/* The same value stands there already. */
bool group_row_same(struct txn *txn, const struct group_row *row, size_t field,
    const struct group_value *value);
void group_row_index(struct txn *txn, const struct group_row *row, size_t field,
    bool present);
/* A later time moves the row's own. */
void group_row_touch(struct txn *txn, struct group_row *row, int64_t at);

/* letter id NUL; the group's name behind it when it is not empty. */
struct span group_key(struct arena *arena, enum record record, struct span id,
    struct span full_name);
/* The parts of a whole key; false when it is none. */
bool group_key_read(struct span key, enum record *record_r, struct span *id_r,
    struct span *full_name_r);

/* JSON text; p is NULL for a clear. */
struct span group_value_json(struct arena *arena, enum group_type type,
    const struct group_value *value);
/* A stored value. */
bool group_value_load(struct arena *arena, enum group_type type, struct span json,
    struct group_value *value_r);

/* Rows of TABLE_HISTORY: key of the row, NUL parameter NUL time. */
/* False when it stands there already. */
bool group_past_put(struct txn *txn, const struct group_row *row, size_t field,
    int64_t at, struct span json);
void group_past_del(struct txn *txn, const struct group_row *row, size_t field, int64_t at);
/* The oldest, no more than max; how many went. */
size_t group_past_drop(struct txn *txn, const struct group_row *row, size_t field, size_t max);
/* Oldest first from the first at or after `from`; false at the end. Bytes in the arena. */
bool group_past_next(struct txn *txn, const struct group_row *row, size_t field,
    int64_t from, int64_t *at_r, struct span *json_r);

/* Ids of all records that have a row of the group, in the arena: of few, or for a group that
 * is about to go. */
size_t group_ids(struct txn *txn, struct arena *arena, const struct group *group,
    struct span **ids_r);
/*
 * What becomes of the stored values when a group takes another form. They are told by what
 * does it: whoever looks before, record by record, counts what the change will do.
 */
#define GROUP_SAMPLES 5
struct group_sample {
	struct span id;        /* of the record */
	struct span from, to;  /* JSON; to.p is NULL: it is lost */
};
struct group_move {
	size_t to;             /* field of the new form, or its field_count: the field goes */
	bool retyped, renamed;
	bool forgets;          /* earlier values are not kept any more */
	int64_t values;        /* with earlier ones that stay */
	int64_t converted;     /* of these, those that are written otherwise */
	int64_t lost;
	int64_t forgotten;     /* earlier values that go */
	struct group_sample lost_samples[GROUP_SAMPLES], converted_samples[GROUP_SAMPLES];
	size_t lost_count, converted_count; /* of samples, no two alike */
};
struct group_conversion {
	struct arena *arena;   /* of the samples */
	const struct group *old, *new;
	struct group_move *moves; /* parallel to old->fields */
	bool works;            /* stored values are touched */
};
void group_conversion_plan(struct arena *arena, const struct group *old,
    const struct group *new, struct group_conversion *conversion_r);
/* Adds the values of one record; nothing is changed. */
void group_conversion_count(struct txn *txn, struct group_conversion *conversion,
    struct span id);
/* Writes the row of this record in the form of old->next, too: how many values are lost. */
int64_t group_row_follow(struct txn *txn, const struct group *old, struct span id);
/* Both numbers are long long. */
#define GROUP_LOSES_MORE "%lld stored values would be lost, and %lld were told: others have come " \
	"meanwhile"
/* False when more values would be lost than may: complains for each field. */
bool group_may_lose(struct arena *arena, const struct group_conversion *conversion,
    int64_t may_lose, struct complaints *complaints);

/*
 * group_change.c: a group gets another form. One that few have values of at once. More than
 * GROUP_AT_ONCE rows, earlier values among them, are written by group_change_step(), in
 * transactions of some records each, after group_change_begin(); what is written meanwhile, by
 * deliveries or by hand, is written in both forms. When it is ready, the document with the new form may be
 * put, which is the moment in which the values change. Who has begun it may have gone:
 * group_change_sweep() forgets it then.
 */
#define GROUP_AT_ONCE 1000
struct group_changing {
	struct json_object *doc; /* as it is to be put */
	struct span at, by;      /* when it was begun; "" by whom is not known */
	struct span task;        /* id of the call that goes on with it; "" somebody waits */
	bool ready;
	int64_t done, of;        /* records, about */
	int64_t lost;            /* values, of those that are done */
};
bool group_change_load(struct txn *txn, struct span full_name, struct group_changing *changing_r);
/* A row of a group that is becoming another was written: the other one is written, too. */
void group_change_follow(struct txn *txn, const struct group *group, struct span id);
/* The same fields, and about the same: what was begun for one is good for the other. */
bool group_change_is(const struct group_changing *changing, struct json_object *doc);
void group_change_begin(struct txn *txn, const struct group *old, struct json_object *doc,
    struct span by, struct span task);
/* Some records more, until `late` says so. True when it is ready. */
bool group_change_step(struct txn *txn, const struct group *old, bool (*late)(void *arg),
    void *arg);
/* The group stays as it is. why: what is told of it, to who looks; "": nothing. */
void group_change_abandon(struct txn *txn, const struct group *group, struct span why);
/* Why the last one was given up, {"at", "detail"}; NULL: it was not. */
struct json_object *group_change_told(struct txn *txn, struct span full_name);
/* doc is put in the place of old; false with complaints, and nothing is changed. */
bool group_change(struct txn *txn, const struct group *old, struct json_object *doc,
    struct complaints *complaints);
/* A group of this name is made, or has gone. */
void group_change_made(struct txn *txn, struct json_object *doc);
void group_change_gone(struct txn *txn, const struct group *group);

/* The position of the field, or field_count. */
size_t group_field_by_parameter(const struct group *group, struct span parameter);

#endif
