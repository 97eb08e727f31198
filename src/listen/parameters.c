/* SPDX-License-Identifier: ISC */
#include "listen/parameters.h"

#include "act/delivery.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/text.h"
#include "lang/filter.h"
#include "listen/listener.h"
#include "listen/make_target.h"

#include <stdlib.h>
#include <string.h>

/* A body may hold a thousand members that nobody asked for: these many are told, by so
 * many bytes of their names. */
#define TOLD_MAX 10
#define NAME_MAX_TOLD 64
#define PAYLOAD "payload"

struct gathered {
	struct arena *arena;
	struct buf names;  /* struct span after struct span */
	bool all;          /* the filter looks at the body as a whole */
};

static void
add(struct buf *list, struct span name)
{
	if (name.n > 0)
		buf_put(list, &name, sizeof name);
}

static struct span *
keep(struct buf *list, struct arena *arena, size_t *count_r)
{
	*count_r = list->n / sizeof(struct span);
	return (struct span *)(uintptr_t)buf_keep(list, arena).p;
}

static void
take_mention(void *arg, const struct filter_mention *mention)
{
	struct gathered *gathered = arg;
	struct span path = mention->path;
	const size_t root = sizeof PAYLOAD - 1;

	if (!span_starts(path, PAYLOAD) || (path.n > root && path.p[root] != '.'))
		return;
	if (path.n == root) {
		gathered->all = true;
		return;
	}
	/* A name may hold a dot: both readings are known. */
	path = (struct span){ path.p + root + 1, path.n - root - 1 };
	add(&gathered->names, arena_copy(gathered->arena, path));
	add(&gathered->names, arena_copy(gathered->arena, text_cut(&path, '.')));
}

static int
compare(const void *left, const void *right)
{
	const struct span *a = left, *b = right;
	size_t n = a->n < b->n ? a->n : b->n;
	int order = memcmp(a->p, b->p, n);

	return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

void
parameters_compile(struct arena *arena, struct listener *listener)
{
	struct parameters *parameters = &listener->parameters;
	struct gathered gathered = { .arena = arena };
	struct arena *scratch = arena_new();
	struct buf text = { 0 }, names = { 0 };
	struct jsonout out = json_to(&text);
	struct json_object *list;

	json_open(&out, '[');
	if (listener->rule != NULL)
		listener->type->describe(listener->rule, &out);
	json_close(&out, ']');
	list = json_load(scratch, buf_bytes(&text));
	add(&names, listener->parameter);
	add(&names, listener->each);
	add(&names, listener->event_time);
	for (size_t i = 0; listener->making != NULL && i < listener->making->count; i++)
		add(&names, listener->making->members[i].parameter);
	for (size_t i = 0; i < json_count(list); i++)
		add(&names, arena_copy(arena, json_string(json_at(list, i), "name")));
	parameters->names = keep(&names, arena, &parameters->count);
	for (size_t i = 0; i < parameters->count; i++) {
		struct span rest = parameters->names[i], top;

		if (pointer_token(arena, &rest, &top))
			add(&gathered.names, top);
	}
	if (listener->filter != NULL)
		filter_mentions(listener->filter, scratch, take_mention, &gathered);
	/* Nobody types the body of a known sender, or of one that tests the URL; a macro's
	 * texts may name anything of it. */
	if (listener->rule != NULL && listener->type->reads_parameters &&
	    listener->sender == NULL && listener->challenge == NULL && !gathered.all) {
		parameters->tops = keep(&gathered.names, arena, &parameters->top_count);
		qsort(parameters->tops, parameters->top_count, sizeof *parameters->tops, compare);
	}
	buf_free(&gathered.names);
	buf_free(&text);
	arena_free(&scratch);
}

bool
parameters_have(const struct parameters *parameters, struct span name)
{
	for (size_t i = 0; i < parameters->count; i++)
		if (span_eq(parameters->names[i], name))
			return true;
	return false;
}

/* Those that did not come. */
static struct span *
missing(struct arena *arena, const struct parameters *parameters, struct json_object *body,
    size_t *count_r)
{
	struct span *list = arena_alloc(arena, parameters->count * sizeof *list);
	struct json_object *value;

	*count_r = 0;
	for (size_t i = 0; i < parameters->count; i++)
		if (!pointer_get(body, parameters->names[i], &value))
			list[(*count_r)++] = parameters->names[i];
	return list;
}

static struct span
nearest_of(const struct span *list, size_t count, struct span name)
{
	struct text_nearest nearest = text_nearest_to(name);

	for (size_t i = 0; i < count; i++)
		text_nearest_try(&nearest, list[i]);
	return nearest.found;
}

void
parameters_pass_over(struct delivery *item)
{
	const struct parameters *parameters = &item->listener->parameters;
	struct doc_member *members;
	struct span *absent = NULL;
	size_t n, absent_count = 0, told = 0;

	if (parameters->tops == NULL || !json_is_object(item->payload))
		return;
	n = doc_members(item->arena, item->payload, &members);
	for (size_t i = 0; i < n && told < TOLD_MAX; i++) {
		struct span name = span_of(members[i].name), near;

		if (bsearch(&name, parameters->tops, parameters->top_count,
		    sizeof *parameters->tops, compare) != NULL)
			continue;
		if (absent == NULL)
			absent = missing(item->arena, parameters, item->payload, &absent_count);
		near = nearest_of(absent, absent_count, name);
		delivery_ignore(item, arena_copy(item->arena, text_head(name, NAME_MAX_TOLD)), near);
		told++;
	}
}
