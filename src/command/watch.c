/* SPDX-License-Identifier: ISC */
/*
 * watch {}: one round of looking for what needs a person, and of writing to those who are
 * concerned. Whoever sends mail asks for it each minute. Conditions that a transaction
 * makes are there already (community/condition.h); looked for is what nobody does: time
 * that passes, a disk that fills up, requests that left no trace.
 */
#include "command/command_private.h"

#include "act/schedule.h"
#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/people.h"
#include "listen/attention.h"
#include "listen/gate.h"
#include "listen/journal.h"
#include "listen/refusals.h"
#include "record/record.h"

#include <string.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US (24 * HOUR_US)
#define OVER_KEPT (7 * DAY_US)

/* An API key that ends soon. */
struct ending {
	struct ending *next;
	struct span name;
	int64_t end;
	const char *projects;  /* of listeners that name it, with commas between */
};

/* A listener that lets nobody in, as far as is remembered. */
struct refused {
	struct refused *next;
	struct span listener;
	int64_t admitted;      /* when somebody was, 0 never */
	int64_t count, since;  /* requests since then */
	struct id id;          /* of the newest */
	enum fault fault;
};

struct watch {
	struct job *job;
	struct ending *endings;
	struct refused *refused;
	struct attention_person *persons;
	size_t person_count, person_room;
	bool seen[CONDITION__MAX];     /* of the store itself */
	struct command_position after; /* of a walk */
	struct attention_person *person;
	bool news;
};

/* The next document of the kind, with a breath before it; NULL at the end. What was
 * allocated since the mark is gone. */
static struct json_object *
next_doc(struct txn *txn, struct watch *watch, const char *kind, struct arena_mark mark)
{
	struct json_object *doc;
	struct span position;

	arena_rewind(txn_arena(txn), mark);
	if (!txn_breathe(txn))
		return NULL;
	doc = doc_next(txn, kind, command_position(&watch->after), &position);
	if (doc != NULL)
		command_position_set(&watch->after, position);
	else
		watch->after.n = 0;
	return doc;
}

/* Ends that come */

static bool
ends_soon(const struct job *job, struct json_object *doc, int64_t *end_r)
{
	return json_flag(doc, "enabled", true) && json_string(doc, "revoked").n == 0 &&
	    text_time(json_string(doc, "expires"), end_r) && *end_r > job->now &&
	    *end_r <= job->now + job->settings->alerts_ahead;
}

static void
look_at_keys(struct txn *txn, struct watch *watch)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct arena *arena = watch->job->arena;
	struct json_object *doc;
	int64_t end;

	while ((doc = next_doc(txn, watch, "apikey", mark)) != NULL) {
		struct ending *ending;

		if (!ends_soon(watch->job, doc, &end))
			continue;
		ending = arena_alloc(arena, sizeof *ending);
		*ending = (struct ending){ .next = watch->endings, .end = end, .projects = "",
			.name = arena_copy(arena, json_string(doc, "name")) };
		watch->endings = ending;
	}
}

static bool
has_word(const char *words, struct span word)
{
	struct span rest = span_of(words);

	while (rest.n > 0)
		if (span_eq(text_cut(&rest, ','), word))
			return true;
	return false;
}

static void
note_project(struct watch *watch, struct json_object *listener)
{
	struct span key = json_string(listener, "apiKey");
	struct span project = json_string(listener, "project");

	for (struct ending *ending = watch->endings; ending != NULL; ending = ending->next)
		if (project.n > 0 && span_eq(ending->name, key) &&
		    !has_word(ending->projects, project))
			ending->projects = arena_printf(watch->job->arena, "%s%s%.*s",
			    ending->projects, ending->projects[0] != '\0' ? "," : "",
			    (int)project.n, project.p);
}

static void
look_at_listeners(struct txn *txn, struct watch *watch)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct json_object *doc;

	while ((doc = next_doc(txn, watch, "listener", mark)) != NULL) {
		struct condition ends = { .kind = CONDITION_LISTENER_ENDS };

		note_project(watch, doc);
		ends.subject = doc_full_name(txn_arena(txn), doc);
		if (ends_soon(watch->job, doc, &ends.end))
			condition_is(txn, &ends, watch->job->now);
	}
	for (const struct ending *ending = watch->endings; ending != NULL; ending = ending->next) {
		struct condition ends = { .kind = CONDITION_APIKEY_ENDS, .subject = ending->name,
			.end = ending->end, .projects = span_of(ending->projects) };

		condition_is(txn, &ends, watch->job->now);
	}
}

/* Runs that nobody makes */

static void
look_at_schedules(struct txn *txn, struct watch *watch)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct schedule schedule;
	struct span position;

	watch->after.n = 0;
	while (txn_breathe(txn) && schedule_walk(txn, command_position(&watch->after), &position,
	        &schedule)) {
		command_position_set(&watch->after, position);
		schedule_look(txn, &schedule, watch->job->now);
		arena_rewind(txn_arena(txn), mark);
	}
	watch->after.n = 0;
}

/* Who is not let in */

static bool
keeps_out(enum fault fault)
{
	/* Without any key comes whoever looks at a URL. */
	return fault == FAULT_BAD_API_KEY || fault == FAULT_API_KEY_EXPIRED ||
	    fault == FAULT_API_KEY_DISABLED || fault == FAULT_BAD_SIGNATURE ||
	    fault == FAULT_STALE_SIGNATURE || fault == FAULT_ADDRESS_NOT_ALLOWED;
}

/* When somebody was let in last. */
static int64_t
admitted(struct txn *txn, struct span listener)
{
	struct journal_query query = { .listener = listener, .brief = true };
	struct span position;
	struct id id;

	return id_read(json_string(journal_next(txn, &query, SPAN(""), &position), "id"), &id)
	    ? id_time(id) : 0;
}

static struct refused *
refused_of(struct txn *txn, struct watch *watch, struct span listener)
{
	struct refused *refused = watch->refused;

	while (refused != NULL && !span_eq(refused->listener, listener))
		refused = refused->next;
	if (refused != NULL)
		return refused;
	refused = arena_alloc(watch->job->arena, sizeof *refused);
	*refused = (struct refused){ .next = watch->refused,
		.listener = arena_copy(watch->job->arena, listener),
		.admitted = admitted(txn, listener) };
	return watch->refused = refused;
}

/* All at once, since it changes with every breath; there are few. */
static void
look_at_refusals(struct txn *txn, struct watch *watch)
{
	const struct refusals *refusals = watch->job->gate->refusals;
	struct refusal_brief brief;

	for (size_t n = 0; refusals_brief(refusals, n, &brief); n++) {
		struct refused *refused;

		if (brief.listener.n == 0 || !keeps_out(brief.fault))
			continue;
		refused = refused_of(txn, watch, brief.listener);
		if (id_time(brief.id) <= refused->admitted)
			continue;
		if (refused->count++ == 0) {
			refused->id = brief.id;
			refused->fault = brief.fault;
		}
		refused->since = id_time(brief.id);
	}
	for (struct refused *refused = watch->refused; refused != NULL; refused = refused->next) {
		struct condition condition = { .kind = CONDITION_LISTENER_REFUSING,
			.subject = refused->listener, .count = refused->count,
			.since = refused->since,
			.code = span_of(fault_info(refused->fault)->code) };
		char id[ID_TEXT_SIZE];

		condition.id = span_of(id_text(refused->id, id));
		if (refused->count >= watch->job->settings->alerts_failures &&
		    doc_get(txn, "listener", refused->listener) != NULL)
			condition_is(txn, &condition, watch->job->now);
	}
}

/* The store itself. Nobody stands in an empty one who could be told. */
static void
look_at_store(struct txn *txn, struct watch *watch)
{
	struct condition condition;

	for (int kind = CONDITION_STORE_EMPTY + 1; condition_is_of_store((enum condition_kind)kind);
	     kind++) {
		watch->seen[kind] = attention_seen(txn, &watch->job->gate->counters,
		    (enum condition_kind)kind, &condition);
		if (watch->seen[kind])
			condition_is(txn, &condition, watch->job->now);
	}
}

/* What stands: is it still so? */

static const char *
of_document(struct txn *txn, const struct condition *condition, const char *what)
{
	return arena_printf(txn_arena(txn), "%s %.*s %s",
	    condition->kind == CONDITION_APIKEY_ENDS ? "API key" : "listener",
	    (int)condition->subject.n, condition->subject.p, what);
}

/* The end that was to come: NULL, it still is; else what became of it, "" it was put off. */
static const char *
what_became(struct txn *txn, struct watch *watch, const struct condition *condition)
{
	bool is_key = condition->kind == CONDITION_APIKEY_ENDS;
	struct json_object *doc = doc_get(txn, is_key ? "apikey" : "listener",
	    condition->subject);
	int64_t end;

	if (doc == NULL)
		return of_document(txn, condition, "was removed");
	if (ends_soon(watch->job, doc, &end))
		return NULL;
	if (json_string(doc, "revoked").n > 0)
		return of_document(txn, condition, "was revoked");
	if (!json_flag(doc, "enabled", true))
		return of_document(txn, condition, "was switched off");
	if (text_time(json_string(doc, "expires"), &end) && end <= watch->job->now)
		return of_document(txn, condition, "has ended");
	return "";
}

/* Likewise of a listener that fails, or lets nobody in. */
static const char *
listener_became(struct txn *txn, struct watch *watch, const struct condition *condition)
{
	struct json_object *doc = doc_get(txn, "listener", condition->subject);
	int64_t now = watch->job->now;

	if (doc == NULL)
		return of_document(txn, condition, "was removed");
	if (!json_flag(doc, "enabled", true))
		return of_document(txn, condition, "was switched off");
	if (condition->kind == CONDITION_LISTENER_FAILING)
		/* The log knows nothing of it any more. */
		return condition->last < now - watch->job->settings->deliveries
		    ? of_document(txn, condition, "has had no deliveries for long") : NULL;
	if (admitted(txn, condition->subject) > condition->last)
		return "";
	return condition->last < now - DAY_US
	    ? of_document(txn, condition, "has refused nobody for a day") : NULL;
}

static const char *
schedule_became(struct txn *txn, struct watch *watch, const struct condition *condition)
{
	struct schedule schedule;

	if (!schedule_load(txn, condition->subject, &schedule))
		return arena_printf(txn_arena(txn), "schedule %.*s was removed",
		    (int)condition->subject.n, condition->subject.p);
	/* A run that was made up for is not missed for ever. */
	return condition->last < watch->job->now - DAY_US && schedule.due > watch->job->now
	    ? arena_printf(txn_arena(txn), "schedule %.*s waits for its next run",
	        (int)condition->subject.n, condition->subject.p) : NULL;
}

static void
look_again(struct txn *txn, struct watch *watch, const struct condition *condition)
{
	const char *became = NULL;

	if (condition->over != 0 || condition->begun == 0) {
		if (condition->over != 0 ? condition->over < watch->job->now - OVER_KEPT
		    : condition->last < watch->job->now - watch->job->settings->deliveries)
			condition_drop(txn, condition->kind, condition->subject);
		return;
	}
	switch (condition->kind) {
	case CONDITION_LISTENER_FAILING:
	case CONDITION_LISTENER_REFUSING:
		became = listener_became(txn, watch, condition);
		break;
	case CONDITION_LISTENER_ENDS:
	case CONDITION_APIKEY_ENDS:
		became = what_became(txn, watch, condition);
		break;
	case CONDITION_SCHEDULE_MISSED:
		became = schedule_became(txn, watch, condition);
		break;
	case CONDITION_PARCEL_DEAD:
		break;
	default:
		became = watch->seen[condition->kind] ? NULL : "";
	}
	if (became != NULL)
		condition_ends(txn, condition->kind, condition->subject, watch->job->now,
		    span_of(became));
}

static void
look_at_rows(struct txn *txn, struct watch *watch)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct gate *gate = watch->job->gate;
	uint64_t failures = gate->failures;
	struct condition condition;
	struct span position;
	bool failing = false;

	while (txn_breathe(txn) && condition_next(txn, command_position(&watch->after), &position,
	        &condition)) {
		command_position_set(&watch->after, position);
		failing = failing || (condition.kind == CONDITION_LISTENER_FAILING &&
		    condition.over == 0);
		look_again(txn, watch, &condition);
		arena_rewind(txn_arena(txn), mark);
	}
	watch->after.n = 0;
	if (txn_ok(txn) && !failing && gate->failures == failures)
		gate->all_well = true;
}

static void
look(struct txn *txn, void *arg)
{
	struct watch *watch = arg;

	look_at_store(txn, watch);
	look_at_keys(txn, watch);
	look_at_listeners(txn, watch);
	look_at_schedules(txn, watch);
	look_at_refusals(txn, watch);
	look_at_rows(txn, watch);
	condition_look(txn, watch->job->now);
}

/* Who may be concerned */

static struct attention_person *
person_of(struct watch *watch, struct span id)
{
	struct arena *arena = watch->job->arena;

	for (size_t i = 0; i < watch->person_count; i++)
		if (span_eq(watch->persons[i].id, id))
			return &watch->persons[i];
	watch->persons = arena_grow(arena, watch->persons, watch->person_count,
	    &watch->person_room, sizeof *watch->persons);
	watch->persons[watch->person_count] = (struct attention_person){
		.id = arena_copy(arena, id) };
	return &watch->persons[watch->person_count++];
}

static void
gather_role(struct txn *txn, struct watch *watch, struct span role, bool admin)
{
	struct span *ids;
	size_t n = record_find_all(txn, RECORD_USER, SPAN("roles"), role, &ids);

	for (size_t i = 0; i < n; i++) {
		struct attention_person *person = person_of(watch, ids[i]);

		person->admin = person->admin || admin;
		person->manager = true;
	}
}

static void
manage(struct watch *watch, struct span id, struct span project)
{
	struct attention_person *person = person_of(watch, id);
	struct span *longer = arena_alloc(watch->job->arena,
	    (person->project_count + 1) * sizeof *longer);

	if (person->project_count > 0)
		memcpy(longer, person->projects, person->project_count * sizeof *longer);
	longer[person->project_count++] = arena_copy(watch->job->arena, project);
	person->projects = longer;
}

static void
gather_persons(struct txn *txn, void *arg)
{
	struct watch *watch = arg;
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct json_object *project;
	struct span user = SPAN("");

	gather_role(txn, watch, SPAN("admin"), true);
	gather_role(txn, watch, SPAN("manager"), false);
	while ((project = next_doc(txn, watch, "project", mark)) != NULL) {
		struct json_object *managers = json_get(project, "managers");
		struct span id;

		for (size_t i = 0; i < json_count(managers); i++)
			if (people_id(txn, json_span(json_at(managers, i)), &id))
				manage(watch, id, json_string(project, "key"));
	}
	/* Who was told something may have no part in it any more. */
	while (txn_breathe(txn) && condition_told_user(txn, user, &user))
		user = person_of(watch, user)->id;
}

/* Writing to them */

static void
look_for_news(struct txn *txn, void *arg)
{
	struct watch *watch = arg;
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct condition condition;
	struct span position;

	watch->news = false;
	watch->after.n = 0;
	switch (attention_way(txn, watch->person, watch->job->now)) {
	case ATTENTION_WAITS:
		return;
	case ATTENTION_FORGETS:
		watch->news = condition_told_next(txn, watch->person->id, SPAN(""), &position,
		    &condition) || condition_written(txn, watch->person->id) != 0;
		return;
	case ATTENTION_WRITES:
		break;
	}
	while (!watch->news && txn_breathe(txn) && condition_next(txn,
	        command_position(&watch->after), &position, &condition)) {
		command_position_set(&watch->after, position);
		watch->news = attention_is_news(txn, watch->person, &condition,
		    watch->job->now);
		arena_rewind(txn_arena(txn), mark);
	}
	watch->after.n = 0;
	while (!watch->news && txn_breathe(txn) && condition_told_next(txn, watch->person->id,
	        command_position(&watch->after), &position, &condition)) {
		command_position_set(&watch->after, position);
		watch->news = attention_is_over(txn, watch->person, &condition);
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
write_to(struct txn *txn, void *arg)
{
	struct watch *watch = arg;

	attention_write(txn, watch->person, watch->job->now);
}

static void
run(struct job *job)
{
	struct watch *watch = arena_alloc(job->arena, sizeof *watch);
	struct arena_mark mark;

	watch->job = job;
	if (!command_run(job, STORE_WRITE, look, watch) ||
	    !command_run(job, STORE_READ, gather_persons, watch))
		return;
	mark = arena_mark(job->scratch);
	for (size_t i = 0; i < watch->person_count && job_breathe(job); i++) {
		watch->person = &watch->persons[i];
		if (command_run(job, STORE_READ, look_for_news, watch) && watch->news)
			command_run(job, STORE_WRITE, write_to, watch);
		arena_rewind(job->scratch, mark);
	}
}

const struct command command_watch = {
	.name = "watch", .words = "look for what needs a hand, and write to those concerned",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_NONE,
	.run = run,
};
