/* SPDX-License-Identifier: ISC */
/*
 * listener-past {"listener", "documents"?: as of apply, "since"?, "until"?, "limit"?,
 * "after"?, "delivery"?: an id, that one alone, always explained}: what the listener's last
 * deliveries would become now, by these documents, or as it stands. Nothing is done. One object:
 *
 * {"listener", "since"?, "tried", "differ", "outcomes": [{"then", "now", "deliveries",
 * "by"?}], "then": {outcome: n}, "now": {outcome: n}, "cannotBeTried"?: {why: n},
 * "passedOver"?: {why: n}, "more"?: the position to go on after, "deliveries": [{"id", "at",
 * "then": {"outcome", "detail"?, "target"?, "actions"?}, "now": likewise, "stored"?: likewise
 * (what would become of it without the documents, where that is not the same), "differs",
 * "by"?, "withoutMasked"?, "explanation"? (steps, of those that differ)}], "untold"?}.
 *
 * Those that differ come first. "by" is "documents": they make the difference, since as it
 * stands it would be another; or "since": so it would be without them, too, since records or
 * rules are not what they were then.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "listen/gate.h"
#include "listen/journal.h"

#include <stdlib.h>
#include <string.h>

#define TRIED_USUAL 100
#define TRIED_MAX 1000
/* Of deliveries that are told, in bytes: the rest is only counted. */
#define TOLD_MAX ((size_t)4 << 20)

/* How a delivery ended, as its entry or the answer of a dry run tells. */
struct ending {
	struct span outcome;
	struct json_object *told;
};

/* What makes the difference; the first is told first. */
enum by { BY_DOCUMENTS, BY_TIME, BY_NOTHING, BY__MAX };
static const char *const bys[] = { "documents", "since", NULL };

struct pair {
	enum fault then, now;
	enum by by;
	int64_t deliveries;
};

struct count {
	const char *why;       /* static */
	int64_t deliveries;
};

struct past {
	struct job *job;
	struct apply *documents;         /* NULL: as it stands */
	struct span listener;
	struct journal_query query;
	struct command_position position; /* of the entry looked at last */
	struct json_object *entry;       /* to be tried; NULL at the end */
	int64_t limit, tried, differ, untold;
	bool more;                       /* than the limit */
	bool single;                     /* the delivery that was named */
	struct pair *pairs;
	size_t pair_count, pair_room;
	struct count lost[2], passed[5];
	struct buf told[BY__MAX];        /* objects with commas between, by what makes them differ */
	size_t told_bytes;
	struct reply reply;
};

enum { LOST_BODY, LOST_OTHER };
enum { PASSED_DRY, PASSED_DUPLICATE, PASSED_CHALLENGE, PASSED_REPLAY, PASSED_UNFINISHED };

static void
free_past(void *arg)
{
	struct past *past = arg;

	for (int by = 0; by < BY__MAX; by++)
		buf_free(&past->told[by]);
	reply_free(&past->reply);
}

static enum fault
fault_of(struct past *past, struct span outcome)
{
	return fault_by_code(arena_string(past->job->scratch, outcome));
}

/* Which deliveries */

/* Not one that came to be carried out, or one whose first is tried. */
static struct count *
passes_over(struct past *past, struct json_object *entry)
{
	switch (fault_of(past, json_string(entry, "outcome"))) {
	case FAULT_DRY_RUN:
		return &past->passed[PASSED_DRY];
	case FAULT_DUPLICATE:
		return &past->passed[PASSED_DUPLICATE];
	case FAULT_CHALLENGE:
		return &past->passed[PASSED_CHALLENGE];
	case FAULT_UNFINISHED:
		return &past->passed[PASSED_UNFINISHED];
	default:
		return json_has(entry, "replayOf") ? &past->passed[PASSED_REPLAY] : NULL;
	}
}

static bool
has_body(struct txn *txn, struct json_object *entry)
{
	struct span body;
	struct id id;

	return !json_flag(entry, "cut", false) && (json_integer(entry, "bodyBytes", 0) == 0 ||
	    (id_read(json_string(entry, "id"), &id) && journal_body(txn, id, &body)));
}

static void
look_at_one(struct txn *txn, struct past *past)
{
	struct json_object *entry;
	struct id id;

	if (past->tried + past->lost[LOST_BODY].deliveries + past->lost[LOST_OTHER].deliveries > 0 ||
	    !id_read(json_string(past->job->args, "delivery"), &id))
		return;
	entry = journal_load(txn, id);
	if (!span_eq(json_string(entry, "listener"), past->listener))
		txn_fail(txn, FAULT_NOT_FOUND, "the log has no such delivery of listener %.*s",
		    (int)past->listener.n, past->listener.p);
	else if (has_body(txn, entry))
		past->entry = entry;
	else
		past->lost[LOST_BODY].deliveries++;
}

/* The next that can be tried. */
static void
look(struct txn *txn, void *arg)
{
	struct past *past = arg;
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct json_object *entry;
	struct count *count;
	struct span position;

	past->entry = NULL;
	if (past->single) {
		look_at_one(txn, past);
		return;
	}
	while (txn_breathe(txn) && (entry = journal_next(txn, &past->query,
	        command_position(&past->position), &position)) != NULL) {
		count = passes_over(past, entry);
		if (count == NULL && past->tried == past->limit) {
			past->more = true;
			return;
		}
		command_position_set(&past->position, position);
		if (count == NULL && has_body(txn, entry)) {
			past->entry = entry;
			return;
		}
		(count != NULL ? count : &past->lost[LOST_BODY])->deliveries++;
		arena_rewind(txn_arena(txn), mark);
	}
}

/* Trying one */

static void
change(struct txn *txn, void *arg)
{
	struct past *past = arg;

	command_documents_try(txn, past->documents);
}

/* Its dry run: NULL when it could not be tried, or the job has failed. */
static struct json_object *
try(struct past *past, struct id id, bool changed)
{
	struct job *job = past->job;
	struct gate_replay order = { .original = id, .id = id_new(text_now()), .dry_run = true,
		.masked = true, .change = changed ? change : NULL, .change_arg = past };
	struct error error = { 0 };

	reply_reset(&past->reply);
	if (!gate_replay(job->gate, &order, &past->reply, &error)) {
		if (error.fault == FAULT_BAD_DOCUMENT)
			job->error = error;
		return NULL;
	}
	if (past->reply.fault != FAULT_DRY_RUN)
		return NULL;
	return json_load(job->scratch, arena_copy(job->scratch, buf_bytes(&past->reply.body)));
}

static struct ending
ending_of(struct json_object *told, const char *member)
{
	return (struct ending){ json_string(told, member), told };
}

static bool
same_target(struct json_object *a, struct json_object *b)
{
	a = json_get(a, "target");
	b = json_get(b, "target");
	return span_eq(json_string(a, "kind"), json_string(b, "kind")) &&
	    span_eq(json_string(a, "id"), json_string(b, "id"));
}

/* Of a refusal the target is not always known. */
static bool
ends_alike(struct past *past, const struct ending *a, const struct ending *b)
{
	return span_eq(a->outcome, b->outcome) &&
	    (!fault_info(fault_of(past, a->outcome))->settled || same_target(a->told, b->told));
}

static bool
does_the_same(const struct ending *a, const struct ending *b)
{
	struct json_object *x = json_get(a->told, "actions"), *y = json_get(b->told, "actions");

	return json_count(x) == json_count(y) && (json_count(x) == 0 || json_equal(x, y));
}

static enum by
compare(struct past *past, const struct ending *then, const struct ending *stored,
    const struct ending *now)
{
	if (past->documents != NULL && (!ends_alike(past, stored, now) ||
	    !does_the_same(stored, now)))
		return BY_DOCUMENTS;
	return ends_alike(past, then, now) ? BY_NOTHING : BY_TIME;
}

static void
count_pair(struct past *past, enum fault then, enum fault now, enum by by)
{
	size_t i = 0;

	while (i < past->pair_count && (past->pairs[i].then != then || past->pairs[i].now != now ||
	    past->pairs[i].by != by))
		i++;
	if (i == past->pair_count) {
		past->pairs = arena_grow(past->job->arena, past->pairs, past->pair_count,
		    &past->pair_room, sizeof *past->pairs);
		past->pairs[past->pair_count++] = (struct pair){ then, now, by, 0 };
	}
	past->pairs[i].deliveries++;
}

/* Telling it */

static void
tell_ending(struct past *past, struct jsonout *out, const char *name, const struct ending *ending)
{
	static const char *const members[] = { "target", "actions", "errors" };
	struct span detail = json_string(ending->told, "detail");

	json_key(out, name);
	json_open(out, '{');
	json_member(out, "outcome", ending->outcome);
	if (detail.n > 0)
		json_member(out, "detail", detail);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		struct json_object *value = json_get(ending->told, members[i]);

		if (value == NULL || (json_is_array(value) && json_count(value) == 0))
			continue;
		json_key(out, members[i]);
		json_raw(out, json_write(past->job->scratch, value));
	}
	json_close(out, '}');
}

static void
tell_one(struct past *past, const struct ending *then, const struct ending *stored,
    const struct ending *now, enum by by)
{
	struct arena *arena = past->job->scratch;
	struct buf *buf = &past->told[by], one = { 0 };
	struct jsonout out = json_to(&one);

	json_open(&out, '{');
	json_member(&out, "id", json_string(past->entry, "id"));
	json_member(&out, "at", json_string(past->entry, "at"));
	tell_ending(past, &out, "then", then);
	tell_ending(past, &out, "now", now);
	if (by == BY_DOCUMENTS && !ends_alike(past, stored, then))
		tell_ending(past, &out, "stored", stored);
	json_member_bool(&out, "differs", by != BY_NOTHING);
	if (bys[by] != NULL)
		json_member(&out, "by", span_of(bys[by]));
	if (json_has(past->entry, "masked")) {
		json_key(&out, "withoutMasked");
		json_raw(&out, json_write(arena, json_get(past->entry, "masked")));
	}
	if (by != BY_NOTHING || past->single) {
		json_key(&out, "explanation");
		json_raw(&out, json_write(arena, json_get(now->told, "steps")));
	}
	json_close(&out, '}');
	if (past->told_bytes + one.n > TOLD_MAX) {
		past->untold++;
	} else {
		past->told_bytes += one.n;
		if (buf->n > 0)
			buf_putc(buf, ',');
		buf_span(buf, buf_bytes(&one));
	}
	buf_free(&one);
}

static void
try_one(struct past *past)
{
	struct ending then = ending_of(past->entry, "outcome"), now, stored;
	struct json_object *told;
	struct id id;
	enum by by;

	id_read(json_string(past->entry, "id"), &id);
	told = try(past, id, past->documents != NULL);
	if (told == NULL) {
		past->lost[LOST_OTHER].deliveries++;
		return;
	}
	now = stored = ending_of(told, "would");
	if (past->documents != NULL) {
		told = try(past, id, false);
		/* Without them there may be no such listener. */
		if (told != NULL)
			stored = ending_of(told, "would");
	}
	by = compare(past, &then, &stored, &now);
	past->tried++;
	past->differ += by != BY_NOTHING;
	count_pair(past, fault_of(past, then.outcome), fault_of(past, now.outcome), by);
	tell_one(past, &then, &stored, &now, by);
}

/* Telling all */

static void
tell_counts(struct jsonout *out, const char *name, const struct count *counts, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (counts[i].deliveries == 0)
			continue;
		if (!any) {
			json_key(out, name);
			json_open(out, '{');
		}
		any = true;
		json_member_int(out, counts[i].why, counts[i].deliveries);
	}
	if (any)
		json_close(out, '}');
}

static void
tell_outcomes(struct past *past, struct jsonout *out, const char *name, bool now)
{
	int64_t counts[FAULT__MAX] = { 0 };

	for (size_t i = 0; i < past->pair_count; i++)
		counts[now ? past->pairs[i].now : past->pairs[i].then] +=
		    past->pairs[i].deliveries;
	json_key(out, name);
	json_open(out, '{');
	for (int fault = 0; fault < FAULT__MAX; fault++)
		if (counts[fault] > 0)
			json_member_int(out, fault_info((enum fault)fault)->code, counts[fault]);
	json_close(out, '}');
}

static int
by_importance(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->by != y->by)
		return x->by < y->by ? -1 : 1;
	return x->deliveries > y->deliveries ? -1 : x->deliveries < y->deliveries;
}

static void
tell_pairs(struct past *past, struct jsonout *out)
{
	if (past->pair_count > 1)
		qsort(past->pairs, past->pair_count, sizeof *past->pairs, by_importance);
	json_key(out, "outcomes");
	json_open(out, '[');
	for (size_t i = 0; i < past->pair_count; i++) {
		const struct pair *pair = &past->pairs[i];

		json_open(out, '{');
		json_member(out, "then", span_of(fault_info(pair->then)->code));
		json_member(out, "now", span_of(fault_info(pair->now)->code));
		json_member_int(out, "deliveries", pair->deliveries);
		if (bys[pair->by] != NULL)
			json_member(out, "by", span_of(bys[pair->by]));
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
tell_deliveries(struct past *past, struct jsonout *out)
{
	json_key(out, "deliveries");
	json_open(out, '[');
	for (int by = 0; by < BY__MAX; by++)
		if (past->told[by].n > 0)
			json_raw(out, buf_bytes(&past->told[by]));
	json_close(out, ']');
	if (past->untold > 0)
		json_member_int(out, "untold", past->untold);
}

static void
tell(struct past *past)
{
	struct jsonout out = json_to(past->job->out);
	char since[TEXT_TIME_SIZE];

	json_open(&out, '{');
	json_member(&out, "listener", past->listener);
	if (past->query.since > 0)
		json_member(&out, "since", span_of(text_time_write(past->query.since, since)));
	json_member_int(&out, "tried", past->tried);
	json_member_int(&out, "differ", past->differ);
	tell_pairs(past, &out);
	tell_outcomes(past, &out, "then", false);
	tell_outcomes(past, &out, "now", true);
	tell_counts(&out, "cannotBeTried", past->lost, sizeof past->lost / sizeof past->lost[0]);
	tell_counts(&out, "passedOver", past->passed,
	    sizeof past->passed / sizeof past->passed[0]);
	if (past->more)
		json_member(&out, "more", command_position_text(past->job,
		    command_position(&past->position)));
	tell_deliveries(past, &out);
	json_close(&out, '}');
	buf_putc(past->job->out, '\n');
}

/* The whole */

static void
know(struct txn *txn, void *arg)
{
	struct past *past = arg;

	command_listener_known(txn, past->job);
}

/* Documents about other listeners alone would try nothing. */
static bool
take_documents(struct past *past)
{
	struct job *job = past->job;
	struct span other;

	if (!json_has(job->args, "documents"))
		return true;
	past->documents = command_documents(job);
	if (past->documents == NULL)
		return false;
	if (command_documents_have(past->documents, "listener", past->listener, &other) ||
	    other.n == 0)
		return true;
	return error_set(&job->error, FAULT_USAGE, "the documents change listener %.*s, not %.*s",
	    (int)other.n, other.p, (int)past->listener.n, past->listener.p);
}

static double
share(const void *of)
{
	const struct past *past = of;

	return (double)past->tried / (double)past->limit;
}

static const char *
what(const void *of)
{
	(void)of;
	return "trying";
}

static bool
begin(struct past *past)
{
	struct job *job = past->job;

	if (!command_text(job, "listener", &past->listener) || !command_limit(job, &past->limit) ||
	    !command_time(job, "since", &past->query.since) ||
	    !command_time(job, "until", &past->query.until) ||
	    !command_position_read(job, &past->position) ||
	    !command_run(job, STORE_READ, know, past))
		return false;
	if (past->limit == 0)
		past->limit = TRIED_USUAL;
	if (past->limit > TRIED_MAX)
		return error_set(&job->error, FAULT_USAGE, "at most %d deliveries are tried at once; "
		    "go on after them with what stands in \"more\"", TRIED_MAX);
	past->query.listener = past->listener;
	past->single = json_has(job->args, "delivery");
	return take_documents(past);
}

static void
run(struct job *job)
{
	static const struct count lost[] = { [LOST_BODY] = { .why = "body no longer kept" },
		[LOST_OTHER] = { .why = "refused before it could be tried" } };
	static const struct count passed[] = { [PASSED_DRY] = { .why = "dry-run" },
		[PASSED_DUPLICATE] = { .why = "duplicate" },
		[PASSED_CHALLENGE] = { .why = "challenge" }, [PASSED_REPLAY] = { .why = "replay" },
		[PASSED_UNFINISHED] = { .why = "unfinished" } };
	struct past *past = arena_alloc(job->arena, sizeof *past);
	struct arena_mark mark;

	past->job = job;
	memcpy(past->lost, lost, sizeof lost);
	memcpy(past->passed, passed, sizeof passed);
	arena_defer(job->arena, free_past, past);
	if (!begin(past))
		return;
	job->progress = (struct job_progress){ share, past, what, -1, NULL };
	mark = arena_mark(job->scratch);
	while (command_run(job, STORE_READ, look, past) && past->entry != NULL) {
		try_one(past);
		arena_rewind(job->scratch, mark);
		if (!job_breathe(job))
			return;
	}
	if (job->error.fault == FAULT_NONE)
		tell(past);
}

const struct command command_listener_past = {
	.name = "listener-past", .words = "tell what deliveries of the log would become",
	.right = RIGHT_READ, .scope = SCOPE_TRIAL, .kind = "listener", .named = "listener",
	.answer = ANSWER_ONE,
	.run = run,
};
