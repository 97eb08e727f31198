/* SPDX-License-Identifier: ISC */
#include "listen/listener.h"

#include "record/rules.h"
#include "store/store.h"

#define TYPES_MAX 8

#define TYPE_ROW(word) &listener_##word,
static const struct listener_type *types[TYPES_MAX + 1] = { LISTENER_TYPES(TYPE_ROW) };

const struct listener_type *
listener_type(struct span name)
{
	for (size_t i = 0; types[i] != NULL; i++)
		if (span_is(name, types[i]->name))
			return types[i];
	return NULL;
}

const struct listener_type *
listener_type_at(size_t i)
{
	return i < TYPES_MAX ? types[i] : NULL;
}

bool
listener_type_add(const struct listener_type *type)
{
	size_t i = 0;

	while (types[i] != NULL && types[i] != type)
		i++;
	if (i == TYPES_MAX)
		return false;
	types[i] = type;
	return true;
}

const char *
listener_type_names(struct arena *arena)
{
	const char *names = "";

	for (size_t i = 0; types[i] != NULL; i++)
		names = arena_printf(arena, "%s%s%s", names, i > 0 ? ", " : "", types[i]->name);
	return names;
}

static void *
make(struct txn *txn, struct arena *arena, struct span name)
{
	struct span project, key;
	struct json_object *doc;

	doc_name_split(name, &project, &key);
	doc = doc_load(txn, kind_listener.name, project, key);
	return doc != NULL ? listener_compile(txn, arena, doc) : NULL;
}

const struct listener *
listener_load(struct txn *txn, struct span type, struct span project, struct span key)
{
	const struct listener *listener = rules_find(txn, kind_listener.name,
	    doc_name(txn_arena(txn), project, key), make);

	return listener != NULL && span_is(type, listener->type->name) ? listener : NULL;
}

int
listener_status(const struct listener *listener, enum fault fault)
{
	if (listener != NULL && listener->ack[fault] != 0)
		return listener->ack[fault];
	if (listener != NULL && listener->sender != NULL)
		return sender_status(listener->sender, fault);
	return fault_info(fault)->status;
}

void
listener_take(struct delivery *delivery, const struct listener *listener)
{
	delivery->listener = listener;
	delivery->unzoned = listener != NULL ? listener->zone : NULL;
	delivery->listener_name = listener != NULL ? listener->full_name : SPAN("");
	delivery->listener_project = listener != NULL ? listener->project : SPAN("");
}
