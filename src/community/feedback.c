/* SPDX-License-Identifier: ISC */
#include "community/feedback_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/tally.h"
#include "store/store.h"

#include <inttypes.h>
#include <string.h>

#define LISTED_BYTES 200 /* of the names in a sentence */

const char *const feedback_exposures[] = { "private", "team", "public", NULL };

bool
feedback_listed(struct json_object *project, const char *list, struct span name)
{
	struct json_object *names = json_get(project, list);

	return json_count(names) == 0 || doc_list_find(names, name) < json_count(names);
}

/* "; it has Open, Closed": as many as fit. */
static const char *
listed(struct arena *arena, struct json_object *names)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < json_count(names) && text.n < LISTED_BYTES; i++) {
		buf_puts(&text, i == 0 ? "; it has " : ", ");
		text_visible(&text, json_span(json_at(names, i)));
	}
	if (text.n >= LISTED_BYTES)
		buf_puts(&text, " …");
	return buf_keep(&text, arena).p;
}

const char *
feedback_unlisted(struct arena *arena, struct json_object *project, const char *what,
    const char *list, struct span name)
{
	struct json_object *names = json_get(project, list);
	struct text_nearest nearest = text_nearest_to(name);
	struct span key = json_string(project, "key");

	for (size_t i = 0; i < json_count(names); i++)
		text_nearest_try(&nearest, json_span(json_at(names, i)));
	return arena_printf(arena, "project %.*s has no %s \"%s\"%s", (int)key.n, key.p, what,
	    doc_short(arena, name), nearest.found.p == NULL ? listed(arena, names)
	    : arena_printf(arena, "; did you mean \"%.*s\"?", (int)nearest.found.n, nearest.found.p));
}

/* A weight is at most a million; counts beyond 10^12 do not occur. */
static int64_t
weighed(int64_t weight, int64_t count)
{
	int64_t product;

	return __builtin_mul_overflow(weight, count, &product) ? INT64_MAX / 4 : product;
}

void
feedback_derive(struct txn *txn, struct json_object *feedback)
{
	struct json_object *weights = json_get(doc_load(txn, "setting", SPAN(""),
	    SPAN("setting")), "popularity");
	struct tally tally = tally_load(txn, json_string(feedback, "id"));

	json_set_int(feedback, "comments", tally.comments);
	json_set_int(feedback, "popularity",
	    weighed(json_integer(weights, "comment", 1), tally.comments) +
	    weighed(json_integer(weights, "follower", 2),
	        (int64_t)json_count(json_get(feedback, "followers"))) +
	    weighed(json_integer(weights, "vote", 3), json_integer(feedback, "votes", 0)));
}

/* Setters */

static void
touch(struct json_object *feedback, int64_t now)
{
	char at[TEXT_TIME_SIZE];

	json_set_text(feedback, "updatedAt", span_of(text_time_write(now, at)));
}

/* "Open → Closed"; an empty name is shown as "none". */
static const char *
moved(struct arena *arena, struct span before, struct span after)
{
	return arena_printf(arena, "%s → %s",
	    before.n > 0 ? doc_short(arena, before) : "none",
	    after.n > 0 ? doc_short(arena, after) : "none");
}

static struct json_object *
project_of(struct txn *txn, struct json_object *feedback)
{
	return record_load(txn, RECORD_PROJECT, json_string(feedback, "project"));
}

static const char *
refused(struct txn *txn, struct json_object *feedback, const char *what, const char *list,
    struct span name)
{
	txn_fail(txn, FAULT_MACRO_FAILED, "%s", feedback_unlisted(txn_arena(txn),
	    project_of(txn, feedback), what, list, name));
	return NULL;
}

static const char *
set_text(struct txn *txn, struct json_object *feedback, const char *member,
    struct span text, int64_t now)
{
	struct arena *arena = txn_arena(txn);
	struct span before = arena_copy(arena, json_string(feedback, member));

	if (span_eq(before, text))
		return arena_printf(arena, "was %s already",
		    text.n > 0 ? doc_short(arena, text) : "none");
	if (text.n > 0)
		json_set_text(feedback, member, text);
	else
		json_del(feedback, member);
	touch(feedback, now);
	return moved(arena, before, text);
}

const char *
feedback_set_status(struct txn *txn, struct json_object *feedback, struct span status,
    int64_t now)
{
	if (!doc_line_good(status)) {
		txn_fail(txn, FAULT_MACRO_FAILED, "a status is one line of 1 to %d bytes",
		    DOC_LINE_MAX);
		return NULL;
	}
	if (!feedback_listed(project_of(txn, feedback), "statuses", status))
		return refused(txn, feedback, "status", "statuses", status);
	return set_text(txn, feedback, "status", status, now);
}

const char *
feedback_set_exposure(struct txn *txn, struct json_object *feedback, struct span exposure,
    int64_t now)
{
	size_t i = 0;

	while (feedback_exposures[i] != NULL && !span_is(exposure, feedback_exposures[i]))
		i++;
	if (feedback_exposures[i] == NULL) {
		txn_fail(txn, FAULT_MACRO_FAILED,
		    "the exposure must be private, team or public, not \"%s\"",
		    doc_short(txn_arena(txn), exposure));
		return NULL;
	}
	if (!feedback_listed(project_of(txn, feedback), "exposures", exposure))
		return refused(txn, feedback, "exposure", "exposures", exposure);
	return set_text(txn, feedback, "exposure", exposure, now);
}

const char *
feedback_set_feature(struct txn *txn, struct json_object *feedback, struct span feature,
    int64_t now)
{
	if (feature.n > 0 && !doc_line_good(feature)) {
		txn_fail(txn, FAULT_MACRO_FAILED, "a feature is one line of at most %d bytes",
		    DOC_LINE_MAX);
		return NULL;
	}
	return set_text(txn, feedback, "feature", feature, now);
}

const char *
feedback_set_blocking(struct txn *txn, struct json_object *feedback, bool blocking,
    int64_t now)
{
	(void)txn;
	if (json_flag(feedback, "blocking", false) == blocking)
		return blocking ? "was blocking already" : "was not blocking";
	json_set_bool(feedback, "blocking", blocking);
	touch(feedback, now);
	return blocking ? "blocking now" : "no longer blocking";
}

/* A string without its quotes, else the JSON. */
static struct span
shown(struct arena *arena, struct json_object *value)
{
	if (value == NULL)
		return SPAN("");
	if (doc_type(value) == DOC_STRING)
		return arena_copy(arena, json_span(value));
	return arena_copy(arena, json_number_text(value));
}

const char *
feedback_set_field(struct txn *txn, struct json_object *feedback, struct span name,
    struct json_object *value, int64_t now)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *fields = json_get(feedback, "fields"), *old;
	const char *key = arena_string(arena, name);
	struct span before;

	if (!doc_field_name_good(name) || (value != NULL && !doc_field_good(value))) {
		txn_fail(txn, FAULT_MACRO_FAILED, "field \"%s\" takes a string of at most %d "
		    "characters without NUL, a number, true or false", doc_short(arena, name), DOC_TEXT_MAX);
		return NULL;
	}
	if (!feedback_listed(project_of(txn, feedback), "fields", name))
		return refused(txn, feedback, "field", "fields", name);
	old = json_get(fields, key);
	if (old == NULL ? value == NULL : value != NULL && json_equal(old, value))
		return arena_printf(arena, "%s was %s already", key,
		    value != NULL ? doc_short(arena, shown(arena, value)) : "none");
	before = shown(arena, old);
	if (!json_is_object(fields)) {
		fields = json_new_object(arena);
		json_set(feedback, "fields", json_share(fields));
	}
	if (value != NULL)
		json_set(fields, key, json_share(value));
	else
		json_del(fields, key);
	touch(feedback, now);
	return arena_printf(arena, "%s: %s", key, moved(arena, before, shown(arena, value)));
}
