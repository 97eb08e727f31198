/* SPDX-License-Identifier: ISC */
/* What entries of the log of changes say of people and of secrets, and how it is read. */
#include "record/audit_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "http/mask.h"
#include "record/doc.h"
#include "record/record.h"
#include "store/store.h"

#include <string.h>

#define SUM_DIGITS 8
#define ADDRESS_MAX 254 /* bytes (RFC 5321) */

/* One value on its way into an entry or out of it, item by item. */
struct rewriting {
	struct txn *txn;
	struct arena *arena;
	struct span own;     /* id of the account that it is, and its address */
	struct span address;
	bool sealed, sums;
	/* What becomes of a text; NULL: it goes, with its member or item. */
	struct json_object *(*text)(const struct rewriting *rewriting, struct json_object *value);
	/* Likewise of a member "sealed". */
	struct json_object *(*seal)(const struct rewriting *rewriting, struct json_object *value);
};

static struct json_object *rewrite(const struct rewriting *rewriting,
    struct json_object *value);

static struct json_object *
rewrite_list(const struct rewriting *rewriting, struct json_object *list)
{
	size_t n = json_count(list), i = 0;
	struct json_object *out, *item = NULL;

	while (i < n && (item = rewrite(rewriting, json_at(list, i))) == json_at(list, i))
		i++;
	if (i == n)
		return list;
	out = json_new_array(rewriting->arena);
	for (size_t j = 0; j < n; j++) {
		struct json_object *old = json_at(list, j);

		item = j < i ? old : rewrite(rewriting, old);
		if (item != NULL || old == NULL)
			json_append(out, item != NULL ? json_share(item) : NULL);
	}
	return out;
}

static struct json_object *
rewrite_member(const struct rewriting *rewriting, const struct doc_member *member)
{
	if (rewriting->sealed && strcmp(member->name, "sealed") == 0 &&
	    doc_type(member->value) == DOC_STRING)
		return rewriting->seal(rewriting, member->value);
	return rewrite(rewriting, member->value);
}

static struct json_object *
rewrite_object(const struct rewriting *rewriting, struct json_object *object)
{
	struct doc_member *members;
	size_t n = doc_members(rewriting->arena, object, &members), i = 0;
	struct json_object *out, *value = NULL;

	while (i < n && (value = rewrite_member(rewriting, &members[i])) == members[i].value)
		i++;
	if (i == n)
		return object;
	out = json_new_object(rewriting->arena);
	for (size_t j = 0; j < n; j++) {
		value = j < i ? members[j].value : rewrite_member(rewriting, &members[j]);
		/* In a patch, null says that the member goes: so it does. */
		json_set(out, members[j].name, value != NULL ? json_share(value) : NULL);
	}
	return out;
}

static struct json_object *
rewrite(const struct rewriting *rewriting, struct json_object *value)
{
	switch (doc_type(value)) {
	case DOC_STRING:
		return rewriting->text(rewriting, value);
	case DOC_ARRAY:
		return rewrite_list(rewriting, value);
	case DOC_OBJECT:
		return rewrite_object(rewriting, value);
	default:
		return value;
	}
}

static bool
is_address(struct span text)
{
	return text.n > 2 && text.n <= ADDRESS_MAX && memchr(text.p, '@', text.n) != NULL &&
	    memchr(text.p, ' ', text.n) == NULL && memchr(text.p, '\n', text.n) == NULL;
}

static struct json_object *
hide_person(const struct rewriting *rewriting, struct json_object *value)
{
	static const char mark[] = { AUDIT_PERSON };
	struct span text = json_span(value), id;

	if (text.n > 0 && text.p[0] == AUDIT_PERSON)
		return json_new_text(rewriting->arena, span_of(arena_join(rewriting->arena,
		    (struct span){ mark, 1 }, text, SPAN(""))));
	if (!is_address(text) || span_eq(text, rewriting->address) ||
	    record_find(rewriting->txn, RECORD_USER, SPAN("email"), text, &id, 1) != 1 ||
	    span_eq(id, rewriting->own))
		return value;
	return json_new_text(rewriting->arena, span_of(arena_join(rewriting->arena,
	    (struct span){ mark, 1 }, id, SPAN(""))));
}

static const char *
sum_of(struct arena *arena, struct span sealed)
{
	unsigned char sum[SECRET_SHA256_SIZE];

	secret_sha256(sealed, sum);
	return arena_printf(arena, MASK_TEXT "%.*s", SUM_DIGITS,
	    secret_hex(arena, (struct span){ (const char *)sum, sizeof sum }).p);
}

static struct json_object *
hide_seal(const struct rewriting *rewriting, struct json_object *value)
{
	return json_new_text(rewriting->arena, span_of(sum_of(rewriting->arena,
	    json_span(value))));
}

struct json_object *
audit_tell(struct txn *txn, struct json_object *doc, struct span own, bool sealed)
{
	struct rewriting rewriting = { .txn = txn, .arena = txn_arena(txn), .own = own,
		.address = own.n > 0 ? json_string(doc, "email") : SPAN(""),
		.sealed = sealed, .text = hide_person, .seal = hide_seal };

	return rewrite(&rewriting, doc);
}

struct json_object *
audit_telling(struct txn *txn, struct json_object *doc, bool sealed)
{
	return audit_tell(txn, doc, SPAN(""), sealed);
}

/* The address of an account; "" when it is gone. */
static struct span
address_of(struct txn *txn, struct span id)
{
	return json_string(record_load(txn, RECORD_USER, id), "email");
}

static struct json_object *
show_person(const struct rewriting *rewriting, struct json_object *value)
{
	struct span text = json_span(value), address;

	if (text.n == 0 || text.p[0] != AUDIT_PERSON)
		return value;
	text.p++;
	text.n--;
	if (text.n > 0 && text.p[0] == AUDIT_PERSON)
		return json_new_text(rewriting->arena, text);
	address = address_of(rewriting->txn, text);
	return address.n > 0 ? json_new_text(rewriting->arena, address) : NULL;
}

static struct json_object *
show_seal(const struct rewriting *rewriting, struct json_object *value)
{
	return rewriting->sums || !span_starts(json_span(value), MASK_TEXT) ? value
	    : json_new_text(rewriting->arena, SPAN(MASK_TEXT));
}

struct json_object *
audit_told(struct txn *txn, struct json_object *part, bool sums)
{
	struct rewriting rewriting = { .txn = txn, .arena = txn_arena(txn), .sealed = true,
		.sums = sums, .text = show_person, .seal = show_seal };

	return rewrite(&rewriting, part);
}

/* Names */

struct span
audit_of(struct txn *txn, const struct kind *kind, struct json_object *doc)
{
	struct arena *arena = txn_arena(txn);

	if (strcmp(kind->name, "user") == 0)
		return arena_copy(arena, json_string(doc, "id"));
	/* Comments on users and values of users are named by them, too. */
	if (json_has(doc, "user"))
		doc = audit_tell(txn, doc, SPAN(""), false);
	return kind_name(arena, kind, doc);
}

struct span
audit_person_of(struct span of)
{
	const char *at = of.n > 0 ? memchr(of.p, AUDIT_PERSON, of.n) : NULL, *end;
	struct span id = { "", 0 };

	if (at == NULL)
		return id;
	id.p = at + 1;
	id.n = of.n - (size_t)(id.p - of.p);
	end = id.n > 0 ? memchr(id.p, '/', id.n) : NULL;
	if (end != NULL)
		id.n = (size_t)(end - id.p);
	return id;
}

struct span
audit_name(struct txn *txn, struct span kind, struct span of)
{
	struct arena *arena = txn_arena(txn);
	struct span id = audit_person_of(of), address, head, tail;

	if (span_is(kind, "user")) {
		address = address_of(txn, of);
		return address.n > 0 ? address : of;
	}
	if (id.n == 0)
		return of;
	address = address_of(txn, id);
	head = (struct span){ of.p, (size_t)(id.p - of.p) - 1 };
	tail = (struct span){ id.p + id.n, (size_t)(of.p + of.n - (id.p + id.n)) };
	return span_of(arena_join(arena, head, address.n > 0 ? address : id, tail));
}

/* Secrets */

/* Calls for each text that is a secret or its hash, in order. */
static void
each_secret(struct arena *arena, struct json_object *value,
    void (*fn)(void *arg, struct span text), void *arg)
{
	static const char *const names[] = { "sealed", "box", "sha256", "until" };
	struct doc_member *members;
	size_t n = doc_members(arena, value, &members);

	for (size_t i = 0; i < n; i++) {
		struct span text = json_span(members[i].value);

		for (size_t k = 0; text.n > 0 && k < sizeof names / sizeof names[0]; k++)
			if (strcmp(members[i].name, names[k]) == 0)
				fn(arg, text);
		each_secret(arena, members[i].value, fn, arg);
	}
	for (size_t i = 0; i < json_count(value); i++)
		each_secret(arena, json_at(value, i), fn, arg);
}

static void
gather(void *arg, struct span text)
{
	buf_span(arg, text);
	buf_putc(arg, '\0');
}

void
audit_sum_secrets(struct txn *txn, const struct kind *kind, struct json_object *doc,
    unsigned char sum[SECRET_SHA256_SIZE])
{
	struct span key = json_string(doc, "key");
	struct buf texts = { 0 };

	memset(sum, 0, SECRET_SHA256_SIZE);
	if (!kind->sealed)
		return;
	if (key.n == 0)
		key = json_string(doc, "name");
	each_secret(txn_arena(txn), doc_load(txn, kind->name, json_string(doc, "project"), key),
	    gather, &texts);
	if (texts.n > 0)
		secret_sha256(buf_bytes(&texts), sum);
	buf_free(&texts);
}

struct restoring {
	struct arena *arena;
	struct json_object *present;  /* the whole document; NULL: none */
	struct json_object *item;     /* of a list: the present one in the same place */
	struct json_object *own;      /* the one that is rewritten */
	bool kept, lost;
};

struct seeking {
	struct arena *arena;
	struct span sum, found;
};

static void
compare_sum(void *arg, struct span text)
{
	struct seeking *seeking = arg;

	if (seeking->found.n == 0 && span_is(seeking->sum, sum_of(seeking->arena, text)))
		seeking->found = text;
}

static struct json_object *
hide_all(const struct rewriting *rewriting, struct json_object *value)
{
	(void)value;
	return json_new_text(rewriting->arena, SPAN(MASK_TEXT));
}

static struct json_object *
as_it_is(const struct rewriting *rewriting, struct json_object *value)
{
	(void)rewriting;
	return value;
}

/* The two differ in nothing but their secrets. */
static bool
same_but_secrets(struct arena *arena, struct json_object *a, struct json_object *b)
{
	struct rewriting hiding = { .arena = arena, .sealed = true, .text = as_it_is,
		.seal = hide_all };

	return a != NULL && b != NULL && json_equal(rewrite(&hiding, a), rewrite(&hiding, b));
}

static struct json_object *restore(struct restoring *restoring, struct json_object *value,
    struct json_object *there);

static struct json_object *
restore_text(struct restoring *restoring, struct json_object *value, struct json_object *there)
{
	struct arena *arena = restoring->arena;
	struct seeking seeking = { .arena = arena, .sum = json_span(value),
		.found = SPAN("") };

	if (!span_starts(seeking.sum, MASK_TEXT))
		return value;
	each_secret(arena, restoring->present, compare_sum, &seeking);
	if (seeking.found.n > 0)
		return json_new_text(arena, seeking.found);
	/* Another one by now. It goes on in its place, but to no other address than it was
	 * given for. */
	if (json_span(there).n > 0 && same_but_secrets(arena, restoring->own, restoring->item)) {
		restoring->kept = true;
		return json_new_text(arena, json_span(there));
	}
	restoring->lost = true;
	return value;
}

static struct json_object *
restore_list(struct restoring *restoring, struct json_object *list, struct json_object *there)
{
	struct json_object *out = json_new_array(restoring->arena);
	struct json_object *item = restoring->item, *own = restoring->own;

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *value;

		restoring->own = json_at(list, i);
		restoring->item = i < json_count(there) ? json_at(there, i) : NULL;
		value = restore(restoring, restoring->own, restoring->item);
		json_append(out, value != NULL ? json_share(value) : NULL);
	}
	restoring->item = item;
	restoring->own = own;
	return out;
}

static struct json_object *
restore(struct restoring *restoring, struct json_object *value, struct json_object *there)
{
	struct arena *arena = restoring->arena;
	struct json_object *out;
	struct doc_member *members;
	size_t n;

	if (json_is_array(value))
		return restore_list(restoring, value, there);
	if (!json_is_object(value))
		return value;
	out = json_new_object(arena);
	n = doc_members(arena, value, &members);
	for (size_t i = 0; i < n; i++) {
		struct json_object *other = json_get(there, members[i].name);
		struct json_object *member = strcmp(members[i].name, "sealed") == 0 &&
		    doc_type(members[i].value) == DOC_STRING
		    ? restore_text(restoring, members[i].value, other)
		    : restore(restoring, members[i].value, other);

		json_set(out, members[i].name, member != NULL ? json_share(member) : NULL);
	}
	return out;
}

bool
audit_unseal(struct arena *arena, struct json_object **doc, struct json_object *present,
    bool *kept_r)
{
	struct restoring restoring = { .arena = arena, .present = present,
		.item = present, .own = *doc };

	*doc = restore(&restoring, *doc, present);
	*kept_r = restoring.kept;
	return !restoring.lost;
}
