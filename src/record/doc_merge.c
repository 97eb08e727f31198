/* SPDX-License-Identifier: ISC */
#include "record/doc_merge.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/secret.h"
#include "http/mask.h"
#include "record/doc.h"
#include "record/schema.h"

#include <string.h>

/*
 * Objects member by member, as in RFC 7396; anything else is replaced. What is not
 * changed is shared with the two.
 */
static struct json_object *
merge(struct arena *arena, struct json_object *old, struct json_object *patch)
{
	struct json_object *new = json_new_object(arena);
	struct doc_member *members;
	size_t n = doc_members(arena, old, &members);

	for (size_t i = 0; i < n; i++)
		if (!json_has(patch, members[i].name))
			json_set(new, members[i].name, json_share(members[i].value));
		else if (json_get(patch, members[i].name) != NULL)
			json_set(new, members[i].name, NULL); /* its place */
	n = doc_members(arena, patch, &members);
	for (size_t i = 0; i < n; i++) {
		const char *name = members[i].name;
		struct json_object *value = members[i].value;

		if (value == NULL)
			continue;
		if (json_is_object(value))
			value = merge(arena, json_get(old, name), value);
		json_set(new, name, json_share(value));
	}
	return new;
}

const char *
doc_stamp(const struct kind *kind)
{
	for (const struct member *const *table = kind->members; table != NULL && *table != NULL; table++)
		for (const struct member *m = *table; m->name != NULL; m++)
			if (m->flags & MEMBER_STAMP)
				return m->name;
	return NULL;
}

struct json_object *
doc_merged(struct arena *arena, const struct kind *kind, struct json_object *old,
    struct json_object *doc)
{
	struct json_object *new = merge(arena, old, doc);
	const char *stamp = doc_stamp(kind);

	if (stamp != NULL && !json_has(doc, stamp))
		json_del(new, stamp);
	return new;
}

struct json_object *
doc_replaced(struct arena *arena, const struct kind *kind, struct json_object *old,
    struct json_object *doc)
{
	struct json_object *new = merge(arena, NULL, doc);

	for (const struct member *const *table = kind->members; *table != NULL; table++)
		schema_keep(*table, new, old);
	return new;
}

struct json_object *
doc_patched(struct arena *arena, struct json_object *doc, struct json_object *patch)
{
	return merge(arena, doc, patch);
}

struct json_object *
doc_patch(struct arena *arena, struct json_object *from, struct json_object *to)
{
	struct json_object *patch = json_new_object(arena);
	struct doc_member *members;
	size_t n = doc_members(arena, from, &members);

	for (size_t i = 0; i < n; i++)
		if (!json_has(to, members[i].name))
			json_set(patch, members[i].name, NULL);
	n = doc_members(arena, to, &members);
	for (size_t i = 0; i < n; i++) {
		struct json_object *old = json_get(from, members[i].name);
		struct json_object *new = members[i].value;

		if (json_has(from, members[i].name) && json_equal(old, new))
			continue;
		if (json_is_object(old) && json_is_object(new))
			new = doc_patch(arena, old, new);
		json_set(patch, members[i].name, new != NULL ? json_share(new) : NULL);
	}
	return patch;
}

/* Changes */

struct comparing {
	struct arena *arena;
	struct jsonout *out;
	size_t count;
};

static void compare(struct comparing *comparing, const char *pointer,
    struct json_object *before, struct json_object *after);

static void
tell(struct comparing *comparing, const char *pointer, struct json_object *before,
    struct json_object *after)
{
	struct jsonout *out = comparing->out;

	comparing->count++;
	json_open(out, '{');
	json_member(out, "member", span_of(pointer));
	if (before != NULL) {
		json_key(out, "before");
		json_raw(out, json_write(comparing->arena, before));
	}
	if (after != NULL) {
		json_key(out, "after");
		json_raw(out, json_write(comparing->arena, after));
	}
	json_close(out, '}');
}

static void
compare_members(struct comparing *comparing, const char *pointer,
    struct json_object *before, struct json_object *after, const char *passed)
{
	struct doc_member *members;
	size_t n = doc_members(comparing->arena, before, &members);

	for (size_t i = 0; i < n; i++)
		if (passed == NULL || strcmp(members[i].name, passed) != 0)
			compare(comparing, pointer_member(comparing->arena, pointer,
			    members[i].name), members[i].value,
			    json_get(after, members[i].name));
	n = doc_members(comparing->arena, after, &members);
	for (size_t i = 0; i < n; i++)
		if (!json_has(before, members[i].name) &&
		    (passed == NULL || strcmp(members[i].name, passed) != 0))
			compare(comparing, pointer_member(comparing->arena, pointer,
			    members[i].name), NULL, members[i].value);
}

/* A list of the same length is compared item by item, if its items have members. */
static bool
is_parallel(struct json_object *before, struct json_object *after)
{
	size_t n = json_count(before);

	for (size_t i = 0; i < n; i++)
		if (!json_is_object(json_at(before, i)) || !json_is_object(json_at(after, i)))
			return false;
	return n > 0 && json_count(after) == n;
}

/* {"sealed":TEXT}, or a listener's "sealed": another one each time the same secret is
 * sealed, and nothing to be read. */
static bool
is_secret(const char *pointer, struct json_object *value)
{
	return strcmp(pointer, "/sealed") == 0 || json_string(value, "sealed").n > 0;
}

static void
compare(struct comparing *comparing, const char *pointer, struct json_object *before,
    struct json_object *after)
{
	if (json_equal(before, after))
		return;
	if (is_secret(pointer, before) || is_secret(pointer, after)) {
		struct json_object *hidden = json_new_text(comparing->arena, SPAN(MASK_TEXT));

		tell(comparing, pointer, before != NULL ? hidden : NULL,
		    after != NULL ? hidden : NULL);
	} else if ((json_is_object(before) || before == NULL) &&
	    (json_is_object(after) || after == NULL) &&
	    json_members(before) + json_members(after) > 0) {
		compare_members(comparing, pointer, before, after, NULL);
	} else if (is_parallel(before, after)) {
		for (size_t i = 0; i < json_count(before); i++)
			compare(comparing, arena_printf(comparing->arena, "%s/%zu", pointer, i),
			    json_at(before, i), json_at(after, i));
	} else {
		tell(comparing, pointer, before, after);
	}
}

size_t
doc_changes(struct arena *arena, const struct kind *kind, struct json_object *before,
    struct json_object *after, struct json_object *doc, struct jsonout *out)
{
	struct comparing comparing = { .arena = arena, .out = out };
	const char *stamp = doc_stamp(kind);

	compare_members(&comparing, "", before, after,
	    stamp != NULL && json_has(doc, stamp) ? NULL : stamp);
	return comparing.count;
}

struct span
doc_version(struct arena *arena, const struct kind *kind, struct json_object *doc)
{
	struct json_object *written = json_new_object(arena);
	unsigned char hash[SECRET_SHA256_SIZE];
	struct doc_member *members;
	size_t n = doc_members(arena, doc, &members);

	for (size_t i = 0; i < n; i++) {
		const struct member *member = NULL;

		for (const struct member *const *table = kind->members; *table != NULL; table++)
			if (member == NULL)
				member = schema_member(*table, span_of(members[i].name));
		if (member == NULL ||
		    !(member->flags & (MEMBER_DERIVED | MEMBER_KEPT | MEMBER_STAMP)))
			json_set(written, members[i].name, json_share(members[i].value));
	}
	secret_sha256(json_canonical(arena, written), hash);
	return secret_hex(arena, (struct span){ (const char *)hash, sizeof hash });
}
