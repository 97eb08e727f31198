/* SPDX-License-Identifier: ISC */
#include "community/group_store.h"

void
group_people(struct txn *txn)
{
	apply(txn, &kind_project, "{'kind':'project','key':'phone','name':'Phone'}");
	apply(txn, &kind_project, "{'kind':'project','key':'tablet','name':'Tablet'}");
	apply(txn, &kind_user, "{'kind':'user','id':'1','email':'ann@mail.example'}");
	apply(txn, &kind_user, "{'kind':'user','id':'2','email':'a/b@mail.example'}");
	apply(txn, &kind_feedback, "{'kind':'feedback','project':'phone','id':'1042',"
	    "'type':'issue','title':'Crash'}");
}

const struct group *
load(struct txn *txn, const char *name)
{
	struct span project, key;

	doc_name_split(span_of(name), &project, &key);
	return group_load(txn, txn_arena(txn), project, key);
}

struct id
delivery(int n)
{
	struct id id = id_of_time(NOW);

	id.b[15] = (unsigned char)n;
	return id;
}

const char *
store(struct txn *txn, const char *name, const char *id, const char *values, int64_t now,
    int64_t event)
{
	struct arena *arena = txn_arena(txn);
	const struct group *group = load(txn, name);
	struct group_change *changes = arena_alloc(arena, 10 * sizeof *changes);
	struct json_object *doc = doc_of(txn, values);
	char *out = arena_alloc(arena, 10);
	const char *sentence;
	bool changed[10];

	memset(changed, 1, sizeof changed);
	for (size_t i = 0; i < group->field_count; i++) {
		if (!json_has(doc, group->fields[i].parameter.p))
			continue;
		changes[i].present = true;
		changes[i].newer_than = event;
		group_value_read(arena, group->fields[i].type, NULL,
		    json_get(doc, group->fields[i].parameter.p), &changes[i].value, &sentence);
	}
	group_store(txn, group, span_of(id), changes, delivery(7), now, changed);
	for (size_t i = 0; i < group->field_count; i++)
		out[i] = changes[i].present ? changed[i] ? '+' : '-' : changed[i] ? '!' : '.';
	return out;
}

const char *
row(struct txn *txn, const char *key)
{
	struct span text;
	char *copy;

	if (!table_get(txn, TABLE_VALUE, (struct span){ key, strlen(key) + 1 + strlen(key +
	    strlen(key) + 1) }, &text))
		return "none";
	copy = arena_string(txn_arena(txn), text);
	for (char *p = copy; *p != '\0'; p++)
		if (*p == '"')
			*p = '\'';
	return copy;
}

size_t
found(struct txn *txn, const char *path, const char *value)
{
	struct span ids[4];

	return record_find(txn, RECORD_USER, span_of(path), span_of(value), ids, 4);
}
