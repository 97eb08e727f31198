/* SPDX-License-Identifier: ISC */
/*
 * External data: groups of typed fields, and their values for users, feedback
 * tickets and projects.
 *
 * group document: key, project?, name, automation ("user", "feedback",
 * "project"), description?, fields[] {label, parameter, type, description?,
 * history? (a duration: earlier values are kept that long)}.
 * value document: group, project? (of the group), user | feedback | target
 * project, values{parameter: value}, at, and set{parameter: {at, delivery}}.
 * Values are stored as JSON true/false, integers, strings, times as RFC 3339 UTC.
 */
#ifndef EARSHOT_GROUP_H
#define EARSHOT_GROUP_H

#include "doc.h"
#include "record.h"
#include "secret.h"

#include <stdint.h>

extern const struct kind kind_group, kind_value;

enum group_type { GROUP_BOOLEAN, GROUP_DATETIME, GROUP_INTEGER, GROUP_STRING };

struct group_field {
	struct span label;
	struct span parameter; /* as in pointer.h */
	enum group_type type;
	int64_t history;       /* microseconds earlier values are kept; 0: not */
};

struct group {
	struct span project;   /* "" community */
	struct span key;
	struct span name;
	enum record record;    /* what its values belong to */
	struct group_field *fields;
	size_t field_count;
};

/* Compiled from its document, in the arena; NULL when there is none. */
const struct group *group_load(struct txn *txn, struct arena *arena, struct span project,
    struct span key);
const char *group_type_name(enum group_type type);

/* One value of the table in contract.md ("Types of external data"). JSON null
 * clears. False with a sentence for the sender about what is accepted. */
struct group_value {
	bool clear;
	bool flag;
	int64_t number;    /* integer or microseconds */
	struct span text;  /* string: bytes in the arena */
};
bool group_value_read(struct arena *arena, enum group_type type,
    struct json_object *value /* NULL is JSON null */, struct group_value *value_r,
    const char **sentence_r);
/* For people and answers: "true", "41", RFC 3339, the text. In the arena. */
struct span group_value_text(struct arena *arena, enum group_type type,
    const struct group_value *value);

/* What one delivery sets: parallel to group->fields; present tells which. */
struct group_change {
	bool present;
	struct group_value value;
	int64_t newer_than; /* event time for "only if newer", 0: always */
};
/* Stores, with index and history. changed_r[i] is false where the value was the
 * same or newer already. */
void group_store(struct txn *txn, const struct group *group, struct span id,
    const struct group_change *changes, struct id delivery, int64_t now,
    bool *changed_r);

/* All values of one record as the `data` root of facts: {group: {parameter or
 * label: value}}; a project's group is also found under its own key alone. */
struct json_object *group_data(struct txn *txn, enum record record, struct span id);
void group_drop_all(struct txn *txn, enum record record, struct span id);

#endif
