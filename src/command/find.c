/* SPDX-License-Identifier: ISC */
/* What a person names by a part of it, or nearly. */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/refusals.h"
#include "listen/register.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "store/table.h"

#include <string.h>

#define DIGITS_MIN 4      /* of a beginning */
#define CANDIDATES_MAX 2000 /* documents that are looked at for a suggestion */

/* Ids in the order of their time: of a table, and of the requests that were not let in. */
struct sought {
	struct id_beginning beginning; /* without digits the last one is meant */
	struct id found;
	size_t count;             /* that fit; more than one is not gone on with */
};

bool
command_id_begins(struct span text, struct id_beginning *beginning_r)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;
	const char *at;

	*beginning_r = (struct id_beginning){ .digit_count = 0 };
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] + 32) : text.p[i];

		if (c == '-' && i > 0)
			continue;
		at = c != '\0' ? strchr(digits, c) : NULL;
		if (at == NULL || n == sizeof beginning_r->digits)
			return false;
		beginning_r->digits[n] = (unsigned char)(at - digits);
		beginning_r->from.b[n / 2] |= (unsigned char)((at - digits) << (n % 2 == 0 ? 4 : 0));
		n++;
	}
	beginning_r->digit_count = n;
	return n >= DIGITS_MIN;
}

bool
command_id_fits(const struct id_beginning *beginning, const struct id *id)
{
	for (size_t i = 0; i < beginning->digit_count; i++)
		if ((i % 2 == 0 ? id->b[i / 2] >> 4 : id->b[i / 2] & 15) != beginning->digits[i])
			return false;
	return true;
}

static void
take(struct sought *sought, const struct id *id)
{
	if (!command_id_fits(&sought->beginning, id) ||
	    (sought->count > 0 && memcmp(id, &sought->found, sizeof *id) == 0))
		return;
	/* Of those that fit nothing, the newest. */
	if (sought->beginning.digit_count > 0 || sought->count == 0 ||
	    memcmp(id->b, sought->found.b, sizeof id->b) > 0)
		sought->found = *id;
	sought->count++;
}

/* The first two from the beginning on, or the last two, of which one may be this call. */
static void
seek_table(struct txn *txn, const struct job *job, enum table table, struct sought *sought)
{
	const struct id *from = &sought->beginning.from;
	bool last = sought->beginning.digit_count == 0;
	struct walk *walk;
	struct span key, value;
	struct id id;

	walk = walk_open(txn, table, SPAN(""), last ? SPAN("") : id_span(from), last);
	for (size_t i = 0; i < 2 && walk_next(walk, &key, &value); i++) {
		if (key.n != sizeof id.b)
			continue;
		memcpy(id.b, key.p, sizeof id.b);
		if (last && memcmp(&id, &job->id, sizeof id) == 0)
			continue;
		take(sought, &id);
		if (last)
			break;
	}
	walk_close(&walk);
}

bool
command_find_id(struct txn *txn, struct job *job, enum table table,
    const struct refusals *refusals, struct id *id_r)
{
	struct span text = json_string(job->args, "id");
	struct sought sought = { .count = 0 };
	bool last = span_is(text, "last");
	struct id id;

	if (id_read(text, id_r))
		return true;
	if (!last && !command_id_begins(text, &sought.beginning))
		return txn_fail(txn, FAULT_USAGE, "\"id\" must be an id such as "
		    "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b, its beginning, or last");
	seek_table(txn, job, table, &sought);
	for (size_t i = 0; refusals_id(refusals, i, &id); i++)
		take(&sought, &id);
	if (sought.count == 0)
		return txn_fail(txn, FAULT_NOT_FOUND, last ? "there is none yet"
		    : "no id begins with %.*s", (int)text.n, text.p);
	if (!last && sought.count > 1)
		return txn_fail(txn, FAULT_NOT_FOUND, "more than one id begins with %.*s; give "
		    "more of it", (int)text.n, text.p);
	*id_r = sought.found;
	return true;
}

/* Of those that may be read, the name of the same key in another project, or the one that is
 * spelled most like it, in the transaction's arena; NULL: none comes near. */
static const char *
nearest_to(struct txn *txn, struct job *job, const struct kind *kind, struct span name)
{
	struct text_nearest nearest = text_nearest_to(name);
	struct span position = SPAN(""), project, key, own_project, own_key;
	struct json_object *doc;
	enum record record;

	/* People are not suggested: there may be a million. */
	if (kind->members == NULL || (record_by_name(span_of(kind->name), &record) &&
	    record != RECORD_PROJECT))
		return NULL;
	doc_name_split(name, &own_project, &own_key);
	for (size_t i = 0; i < CANDIDATES_MAX && txn_ok(txn) &&
	    (doc = kind_walk(txn, kind, position, &position)) != NULL; i++) {
		struct span full = kind_name(txn_arena(txn), kind, doc);

		if (!command_may_read(txn, job, kind, doc))
			continue;
		doc_name_split(full, &project, &key);
		if (span_eq(key, own_key) && !span_eq(project, own_project))
			return arena_string(txn_arena(txn), full);
		text_nearest_try(&nearest, full);
	}
	return nearest.found.p == NULL ? NULL : arena_string(txn_arena(txn), nearest.found);
}

bool
command_fail_unknown(struct txn *txn, struct job *job, const struct kind *kind,
    struct span name)
{
	const char *near = nearest_to(txn, job, kind, name);
	const char *shown = doc_short(txn_arena(txn), name);

	if (strcmp(kind->name, "setting") == 0)
		return txn_fail(txn, FAULT_NOT_FOUND, "the community has no settings yet; begin with: "
		    "earshot setting set community=NAME");
	if (near == NULL)
		return txn_fail(txn, FAULT_NOT_FOUND, "there is no %s \"%s\"", kind->name, shown);
	return txn_fail(txn, FAULT_NOT_FOUND, "there is no %s \"%s\"; did you mean %s?", kind->name,
	    shown, near);
}

bool
command_listener_known(struct txn *txn, struct job *job)
{
	struct span name = json_string(job->args, "listener"), position;
	const struct kind *kind = kind_by_name(SPAN("listener"));
	const struct journal_query query = { .listener = name, .brief = true };

	/* The log may still know one that was removed. */
	return name.n == 0 || kind_find(txn, kind, name) != NULL ||
	    journal_next(txn, &query, SPAN(""), &position) != NULL ||
	    command_fail_unknown(txn, job, kind, name);
}
