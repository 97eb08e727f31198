/* SPDX-License-Identifier: ISC */
#include "record/doc_check.h"

#include "base/json.h"
#include "base/text.h"

#define SHORT_BYTES 60

void
doc_set_time(struct json_object *doc, const char *member, int64_t time)
{
	char out[TEXT_TIME_SIZE];

	json_set_text(doc, member, span_of(text_time_write(time, out)));
}

void
doc_tidy_time(struct json_object *doc, const char *member)
{
	int64_t at;

	if (text_time(json_string(doc, member), &at))
		doc_set_time(doc, member, at);
}

void
doc_tidy_fields(struct arena *arena, struct json_object *doc)
{
	struct json_object *fields = json_new_object(arena);
	struct doc_member *all;
	size_t n = doc_members(arena, json_get(doc, "fields"), &all);

	for (size_t i = 0; i < n; i++)
		if (all[i].value != NULL)
			json_set(fields, all[i].name, json_share(all[i].value));
	if (doc_members(arena, fields, &all) > 0)
		json_set(doc, "fields", json_share(fields));
	else
		json_del(doc, "fields");
}

struct json_object *
doc_with_kind(struct arena *arena, const char *kind, struct json_object *doc)
{
	struct json_object *out;
	struct doc_member *all;
	size_t n = doc_members(arena, doc, &all);

	if (doc == NULL)
		return NULL;
	out = json_new_object(arena);
	json_set_text(out, "kind", span_of(kind));
	for (size_t i = 0; i < n; i++)
		json_set(out, all[i].name, json_share(all[i].value));
	return out;
}

size_t
doc_list_find(struct json_object *list, struct span item)
{
	size_t i = 0, n = json_count(list);

	while (i < n && !span_eq(json_span(json_at(list, i)), item))
		i++;
	return i;
}

bool
doc_list_has(struct json_object *list, struct span item)
{
	return doc_list_find(list, item) < json_count(list);
}

struct json_object *
doc_list_of(struct arena *arena, struct json_object *doc, const char *member)
{
	struct json_object *list = json_get(doc, member);

	if (!json_is_array(list)) {
		list = json_new_array(arena);
		json_set(doc, member, json_share(list));
	}
	return list;
}

size_t
doc_list_find_folded(struct arena *arena, struct json_object *list, struct span item)
{
	size_t i = 0, n = json_count(list);

	item = text_fold(arena, item);
	while (i < n && !span_eq(text_fold(arena, json_span(json_at(list, i))), item))
		i++;
	return i;
}

struct span *
doc_list_spans(struct arena *arena, struct json_object *list, size_t *count_r)
{
	struct span *spans = arena_alloc(arena, (json_count(list) + 1) * sizeof *spans);

	*count_r = json_count(list);
	for (size_t i = 0; i < *count_r; i++)
		spans[i] = arena_copy(arena, json_span(json_at(list, i)));
	return spans;
}

struct text_network *
doc_list_networks(struct arena *arena, struct json_object *list, size_t *count_r)
{
	struct text_network *networks = arena_alloc(arena,
	    (json_count(list) + 1) * sizeof *networks);

	*count_r = 0;
	for (size_t i = 0; i < json_count(list); i++)
		*count_r += text_network(json_span(json_at(list, i)), &networks[*count_r]);
	return networks;
}

struct json_object *
doc_list_set(struct arena *arena, struct json_object *list)
{
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);

		if (!doc_list_has(out, json_span(item)))
			json_append(out, json_share(item));
	}
	return out;
}

struct json_object *
doc_list_without(struct arena *arena, struct json_object *list, size_t position)
{
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(list); i++)
		if (i != position)
			json_append(out, json_share(json_at(list, i)));
	return out;
}

struct json_object *
doc_list_with(struct arena *arena, struct json_object *list, size_t position,
    struct span item)
{
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(list); i++)
		json_append(out, json_share(i == position ? json_new_text(arena, item)
		                                          : json_at(list, i)));
	return out;
}

const char *
doc_short(struct arena *arena, struct span text)
{
	struct span head = text_head(text, SHORT_BYTES);

	return head.n == text.n ? arena_string(arena, text)
	                        : arena_printf(arena, "%.*s…", (int)head.n, head.p);
}
