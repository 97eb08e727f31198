/* SPDX-License-Identifier: ISC */
#include "listen/pulse.h"

#include "base/fault.h"
#include "base/text.h"
#include "listen/journal.h"
#include "store/key.h"
#include "store/store.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define PLACES 1024 /* of a hash table */

struct pulse {
	struct arena *arena;
	struct pulse_listener *places[PLACES];
	unsigned char key[SECRET_TABLE_KEY_SIZE];
};

struct pulse *
pulse_new(void)
{
	struct pulse *pulse = calloc(1, sizeof *pulse);

	if (pulse == NULL)
		abort();
	pulse->arena = arena_new();
	secret_random(pulse->key, sizeof pulse->key);
	return pulse;
}

void
pulse_free(struct pulse **pulse)
{
	if (*pulse == NULL)
		return;
	arena_free(&(*pulse)->arena);
	free(*pulse);
	*pulse = NULL;
}

static void
keep(char out[32], struct span outcome)
{
	snprintf(out, 32, "%.*s", (int)outcome.n, outcome.p);
}

static enum fault
fault_of(struct span outcome)
{
	char code[32];

	keep(code, outcome);
	return fault_by_code(code);
}

/* Also one that came before the day. */
static void
find_last(struct txn *txn, struct pulse_listener *listener, int64_t before)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = journal_list_key(arena, listener->name, NULL);
	struct id start = id_of_time(before);
	struct walk *walk = walk_open(txn, TABLE_BYLIST, prefix,
	    journal_list_key(arena, listener->name, &start), true);
	struct span key, outcome;

	if (walk_next(walk, &key, &outcome) && key_take_id(&key, &listener->last) &&
	    key.n == prefix.n)
		keep(listener->outcome, outcome);
	walk_close(&walk);
}

static struct pulse_listener *
listener_of(struct txn *txn, struct pulse *pulse, struct span name, int64_t since)
{
	struct pulse_listener **place = &pulse->places[
	    secret_table_hash(name, pulse->key) % PLACES], *listener;

	for (listener = *place; listener != NULL; listener = listener->next)
		if (span_eq(listener->name, name))
			return listener;
	listener = arena_alloc(pulse->arena, sizeof *listener);
	listener->name = arena_copy(pulse->arena, name);
	listener->next = *place;
	*place = listener;
	find_last(txn, listener, since);
	return listener;
}

static void
count(struct pulse_listener *listener, struct id id, struct span outcome)
{
	int64_t hour = id_time(id) / HOUR_US;
	size_t at = (size_t)(hour % PULSE_HOURS);
	enum fault fault = fault_of(outcome);
	enum pulse_class class = fault == FAULT_FILTERED ? PULSE_FILTERED
	    : fault != FAULT__MAX && fault_info(fault)->settled ? PULSE_DONE : PULSE_FAILED;

	if (listener->hours[at] != hour) {
		listener->hours[at] = hour;
		memset(listener->counts[at], 0, sizeof listener->counts[at]);
	}
	listener->counts[at][class]++;
	listener->last = id;
	keep(listener->outcome, outcome);
	if (class == PULSE_FAILED)
		keep(listener->failure, outcome);
}

const struct pulse_listener *
pulse_of(struct txn *txn, struct pulse *pulse, struct span name, int64_t now, size_t max)
{
	int64_t since = (now / HOUR_US - PULSE_HOURS + 1) * HOUR_US;
	struct pulse_listener *listener = listener_of(txn, pulse, name, since);
	struct id from = id_time(listener->last) > since ? listener->last : id_of_time(since), id;
	struct span prefix = journal_list_key(txn_arena(txn), name, NULL), key, outcome;
	struct walk *walk = walk_open(txn, TABLE_BYLIST, prefix,
	    journal_list_key(txn_arena(txn), name, &from), false);
	size_t n = 0;
	bool more = false;

	while (!more && walk_next(walk, &key, &outcome)) {
		struct span rest = key;

		if (!key_take_id(&rest, &id) || rest.n != prefix.n ||
		    memcmp(&id, &listener->last, sizeof id) == 0)
			continue;
		count(listener, id, outcome);
		more = ++n == max;
	}
	walk_close(&walk);
	return more ? NULL : listener;
}

const uint32_t *
pulse_hour(const struct pulse_listener *listener, int64_t now, int ago)
{
	static const uint32_t none[PULSE__MAX];
	int64_t hour = now / HOUR_US - ago;
	size_t at = (size_t)(hour % PULSE_HOURS);

	return listener->hours[at] == hour ? listener->counts[at] : none;
}
