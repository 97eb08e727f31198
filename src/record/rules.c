/* SPDX-License-Identifier: ISC */
#include "record/rules.h"

#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096
/* Rules kept at most; a store with more begins anew, which costs a compilation each. */
#define RULES_MAX 16384

struct rule {
	struct rule *next;
	const char *kind;
	struct span name;
	struct arena *arena;   /* holds the rule and this struct's name */
	const void *made;
	uint64_t people;       /* generation when it was made */
};

struct rules {
	uint64_t generation;
	uint64_t txn;          /* that looked here last */
	size_t count;
	struct rule *buckets[BUCKETS];
};

static void
forget(struct rules *rules)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (rules->buckets[i] != NULL) {
			struct rule *rule = rules->buckets[i];

			rules->buckets[i] = rule->next;
			arena_free(&rule->arena);
			free(rule);
		}
	rules->count = 0;
}

static void
end(void *attached)
{
	forget(attached);
	free(attached);
}

static struct rules *
rules_of(struct txn *txn)
{
	struct store *store = txn_store(txn);
	void **place = store_attachment(store, end);
	struct rules *rules = *place;

	if (rules == NULL) {
		rules = *place = calloc(1, sizeof *rules);
		if (rules == NULL)
			abort();
	}
	/* What a transaction has found it may hold to its end. */
	if (rules->txn != txn_number(txn) &&
	    (rules->generation != store_generation(store) || rules->count > RULES_MAX)) {
		forget(rules);
		rules->generation = store_generation(store);
	}
	rules->txn = txn_number(txn);
	return rules;
}

static size_t
bucket_of(const char *kind, struct span name)
{
	size_t hash = 5381;

	for (; *kind != '\0'; kind++)
		hash = hash * 33 + (unsigned char)*kind;
	for (size_t i = 0; i < name.n; i++)
		hash = hash * 33 + (unsigned char)name.p[i];
	return hash % BUCKETS;
}

static void
drop(struct rules *rules, struct rule **link)
{
	struct rule *rule = *link;

	*link = rule->next;
	arena_free(&rule->arena);
	free(rule);
	rules->count--;
}

static const void *
find(struct txn *txn, const char *kind, struct span name, bool person,
    void *(*make)(struct txn *, struct arena *, struct span))
{
	struct rules *rules = rules_of(txn);
	struct rule *rule, **bucket = &rules->buckets[bucket_of(kind, name)], **link;

	for (link = bucket; (rule = *link) != NULL; link = &rule->next)
		if (span_eq(rule->name, name) && strcmp(rule->kind, kind) == 0)
			break;
	/* The generation stands still in a transaction: nobody holds a stale one. */
	if (rule != NULL && person && rule->people != store_people_generation(txn_store(txn)))
		drop(rules, link);
	else if (rule != NULL)
		return rule->made;
	rule = calloc(1, sizeof *rule);
	if (rule == NULL)
		abort();
	rule->kind = kind;
	rule->arena = arena_small();
	rule->name = arena_copy(rule->arena, name);
	rule->people = store_people_generation(txn_store(txn));
	rule->made = make(txn, rule->arena, rule->name);
	if (rule->made == NULL) {
		arena_free(&rule->arena);
		free(rule);
		return NULL;
	}
	rule->next = *bucket;
	*bucket = rule;
	rules->count++;
	return rule->made;
}

/* What a transaction changes may be undone: nothing of it is kept. */

const void *
rules_find(struct txn *txn, const char *kind, struct span name,
    void *(*make)(struct txn *, struct arena *, struct span))
{
	return txn_changes_config(txn) ? make(txn, txn_arena(txn), name)
	                               : find(txn, kind, name, false, make);
}

const void *
rules_find_person(struct txn *txn, const char *kind, struct span name,
    void *(*make)(struct txn *, struct arena *, struct span))
{
	return txn_changes_config(txn) || txn_changes_people(txn)
	    ? make(txn, txn_arena(txn), name) : find(txn, kind, name, true, make);
}
