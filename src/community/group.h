/* SPDX-License-Identifier: ISC */
/*
 * External data: groups of typed fields, and their values for users, feedback
 * tickets and projects.
 *
 * group document: key, project?, name, automation ("user", "feedback",
 * "project"), description?, fields[] {label, parameter, type, description?,
 * history? (a duration: earlier values are kept that long)}.
 * value document: group, project? (of the group; or group is "phone/usage"),
 * user (e-mail) | feedback (id) | target (key of a project), values{parameter:
 * value}, at, set{parameter: {at, delivery?}} and history{parameter: [{at, value}]}.
 * Values are stored as JSON true/false, integers, strings, times as RFC 3339 UTC.
 * What is set without a value was cleared then.
 *
 * Records that have a row of the group stand in the index under
 * "data.<group>" as the boolean true: a report walks them there.
 *
 * A group whose fields change their types, or go, is given other rows, beside those that it
 * has: of many, in slices. Until the new ones are whole, it is as it was, with all that is
 * written meanwhile; then, in one transaction, it has the new form, and the old rows go after.
 */
#ifndef EARSHOT_GROUP_H
#define EARSHOT_GROUP_H

#include "base/secret.h"
#include "base/zone.h"
#include "record/doc.h"
#include "record/record.h"

#include <stdint.h>

extern const struct kind kind_group, kind_value;

enum group_type { GROUP_BOOLEAN, GROUP_DATETIME, GROUP_INTEGER, GROUP_STRING };

struct group_field {
	struct span label;
	struct span parameter; /* as in pointer.h */
	enum group_type type;
	const struct zone *zone; /* of times without one; NULL: as they came */
	int64_t history;       /* microseconds earlier values are kept; 0: not */
	struct span was;       /* of a change: the parameter that it had; "" the same */
	struct span quoted;    /* the parameter as JSON */
	struct span path;      /* of the index: "data.phone/usage.launches" */
};

struct group {
	struct span project;   /* "" community */
	struct span key;
	struct span name;
	struct span full_name; /* "usage", "phone/usage" */
	struct span rows;      /* of its rows and of the index: the same, or "usage#2" of one whose
	                        * values were given another form */
	struct span path;      /* in the index: "data." and that, of who has values */
	enum record record;    /* what its values belong to */
	struct group_field *fields;
	size_t field_count;
	const struct group *next; /* the form that it is being given (group_rows.h), or NULL */
};

/* Compiled from its document, in the arena; NULL when there is none. */
const struct group *group_load(struct txn *txn, struct arena *arena, struct span project,
    struct span key);
/* Whose rows these are now, as group_rule(); NULL: they are not there for anybody yet, or any
 * more, or of no group. */
const struct group *group_of_rows(struct txn *txn, struct span rows);
/* The form in which rows are written, also of one that comes or has gone, as group_rule().
 * NULL: none. */
const struct group *group_form(struct txn *txn, struct span rows);
/* Likewise by what is in the store alone, for who looks whether that is whole; in the
 * transaction's arena. */
const struct group *group_stored_form(struct txn *txn, struct span rows);
/* "data.usage.plan" of the index: of rows that are there for nobody? */
bool group_path_is_hidden(struct txn *txn, struct span path);
/* Removes rows that nobody reads any more, and the work of about max of them. True when there
 * is more. Gives up changes that nobody goes on with. */
bool group_change_sweep(struct txn *txn, int64_t now, size_t max);
const char *group_type_name(enum group_type type);
/* The last part of a JSON Pointer, in the arena; empty when it is none. Values are
 * found by it as well as by label and parameter. */
struct span group_last_part(struct arena *arena, struct span parameter);

/* How values came; all zero is how documents have them. */
struct group_reading {
	const struct zone *zone; /* of times without one; NULL: they are refused */
	bool form;               /* every value is a text: on, yes and 1 are true */
	bool cut;                /* a text that is too long is cut, not refused */
};
/* One value of the table of types in earshot-listener(7). JSON null
 * clears. False with a sentence for the sender about what is accepted. */
struct group_value {
	bool clear;
	bool flag;
	int64_t number;    /* integer or microseconds */
	struct span text;  /* string: in the arena */
	bool cut;          /* not all of it */
};
bool group_value_read(struct arena *arena, enum group_type type,
    const struct group_reading *how /* NULL: of a document */, struct json_object *value /* NULL is JSON null */, struct group_value *value_r,
    const char **sentence_r);
/* As the index has it; its text is the value's. */
struct record_value group_value_index(enum group_type type,
    const struct group_value *value);
/* For people and answers: "true", "41", RFC 3339, the text. In the arena. */
struct span group_value_text(struct arena *arena, enum group_type type,
    const struct group_value *value);

/* What one delivery sets: parallel to group->fields; present tells which. */
struct group_change {
	bool present;
	struct group_value value;
	int64_t newer_than; /* event time for "only if newer", 0: always */
};
/* Stores, with index and history; the event time, else now, becomes the value's
 * time. changed_r[i] is false where the value was the same or newer already. */
void group_store(struct txn *txn, const struct group *group, struct span id,
    const struct group_change *changes, struct id delivery, int64_t now,
    bool *changed_r);

/*
 * All values of one record as the `data` root of facts: {group: {parameter or
 * label: value}}; the last part of a JSON Pointer is a name too where it is free.
 * A project's group is also found under its own key alone: before the community's
 * when it is of the project that asks, else when no other has that key.
 */
struct json_object *group_data(struct txn *txn, struct span project, enum record record,
    struct span id);
/* The JSON of each value that the record has, parallel to group->fields; p NULL: none.
 * In the transaction's arena. */
bool group_values(struct txn *txn, const struct group *group, struct span id,
    struct span *values_r);
/*
 * What filters, columns and target.match of this project call "data.usage.plan"
 * (parameter, label or last part of a pointer): the key is looked for in the
 * project, in the community, and is else that of the only group which has it.
 * The group lives as long as rules do. *only_r: there is no other one of the name,
 * so that all records mean this one by it. False when there is no such field.
 */
struct group_named {
	const struct group *group;
	size_t field;
	bool only;
};
bool group_named(struct txn *txn, enum record record, struct span project,
    struct span path, struct group_named *named_r);
/*
 * The path in the index of what filters and target.match of this project call
 * "data.usage.plan" (parameter, label or last part of a pointer), in the
 * transaction's arena. Empty when such records have no such field.
 */
struct span group_index_path(struct txn *txn, enum record record, struct span project,
    struct span path);
/* What a field was before, oldest first: [{"at":…,"value":…}]. */
struct json_object *group_history(struct txn *txn, const struct group *group,
    size_t field, struct span id);
/* What a document (a rule, a template, a list …) names of the group: in its filters and tags,
 * its columns, by what it finds its target. False when it is nothing. */
struct group_uses {
	bool any;
	bool whole;            /* the group itself: a listener that fills it, a report of it */
	bool *fields;          /* parallel to those of the group; the caller's */
};
bool group_uses(struct txn *txn, const struct group *group, struct json_object *doc,
    struct group_uses *uses);
/* Nobody refers to it; complains otherwise. */
bool group_unused(struct txn *txn, const struct group *group, struct complaints *complaints);
/* The first record that has values of the group, in the arena; false when none has. */
bool group_first(struct txn *txn, const struct group *group, struct span *id_r);
void group_drop_all(struct txn *txn, enum record record, struct span id);

#endif
