/* SPDX-License-Identifier: ISC */
/*
 * What a schedule has done stands beside its document, in TABLE_META under
 * "schedule" NUL its name: {"lastRun"?, "run"?, "known"? (when it was first applied)}.
 */
#include "act/schedule.h"

#include "act/macro.h"
#include "act/macro_log.h"
#include "base/json.h"
#include "base/text.h"
#include "community/condition.h"
#include "community/local_zone.h"
#include "community/saved_filter.h"
#include "record/doc_check.h"
#include "record/meta.h"
#include "record/schema.h"
#include "record/scope.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

#define PREFIX "schedule"
#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define LAST (253402300800 * SECOND - 1)   /* of the times that can be written */

static const char *const everies[] = { [SCHEDULE_HOURLY] = "hourly",
	[SCHEDULE_DAILY] = "daily", [SCHEDULE_WEEKLY] = "weekly",
	[SCHEDULE_MONTHLY] = "monthly", [SCHEDULE_ONCE] = "once", NULL };

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 2, .asked = 1 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project", .column = 1 },
	{ "name", MEMBER_LINE, 0, .label = "Name" },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "macro", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Macro",
	    .names = "macro", .column = 3, .asked = 2 },
	{ "filter", MEMBER_STRING, 0, .label = "Filter", .asked = 3,
	    .hint = "on whom it runs, such as user.score > 10; without one: on all" },
	{ "every", MEMBER_CHOICE, MEMBER_NEEDED | MEMBER_FILLED, .label = "Every", .choices = everies,
	    .column = 4, .asked = 4 },
	{ "start", MEMBER_TIME, MEMBER_NEEDED, .label = "Start",
	    .hint = "the first time, such as 2026-12-01T09:00:00Z", .asked = 5 },
	{ "zone", MEMBER_LINE, MEMBER_FILLED, .label = "Time zone",
	    .hint = "whose clock tells the time, such as Europe/Berlin; without one: the community's" },
	{ "end", MEMBER_TIME, 0, .label = "End" },
	{ "since", MEMBER_TIME, 0, .label = "Since" },
	{ "enabled", MEMBER_BOOLEAN, 0, .label = "Enabled", .column = 5 },
	{ "lastRun", MEMBER_TIME, 0, .label = "Last run", .column = 6 },
	{ "nextRun", MEMBER_TIME, 0, .label = "Next run", .column = 7 },
	{ .name = NULL },
};

/* The month that many months behind the one of start. */
static int64_t
month_behind(const struct text_date *start, int months)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct text_date date = *start;
	int month = start->month - 1 + months, last;

	date.year += month / 12;
	date.month = month % 12 + 1;
	last = days[date.month - 1];
	if (date.month == 2 && date.year % 4 == 0 &&
	    (date.year % 100 != 0 || date.year % 400 == 0))
		last = 29;
	if (date.day > last)
		date.day = last;
	return text_date_time(&date);
}

/* How many months lie between them, days left aside. */
static int64_t
months_between(int64_t start, int64_t after)
{
	struct text_date first, last;

	text_date(start, &first);
	text_date(after, &last);
	return (last.year - first.year) * 12 + last.month - first.month;
}

/* What the wall shows at the n-th time. */
static int64_t
local_turn(int64_t start, enum schedule_every every, int64_t n)
{
	struct text_date first;

	if (every != SCHEDULE_MONTHLY)
		return start + n * (every == SCHEDULE_DAILY ? DAY : 7 * DAY);
	text_date(start, &first);
	return month_behind(&first, (int)n);
}

/* By the calendar: clocks that change in between do not move it on the wall. */
static int64_t
next_on_wall(const struct zone *zone, int64_t start, enum schedule_every every, int64_t after)
{
	int64_t first = zone_local(zone, start, NULL, NULL);
	int64_t last = zone_local(zone, after, NULL, NULL), next;
	int64_t n = every == SCHEDULE_MONTHLY ? months_between(first, last)
	    : (last - first) / (every == SCHEDULE_DAILY ? DAY : 7 * DAY);

	/* A change of the clock may have moved either side by hours. */
	for (n = n > 0 ? n - 1 : 0; ; n++) {
		next = local_turn(first, every, n);
		if (next > LAST)
			return SCHEDULE_NEVER;
		/* The start is what it says, also where the wall shows it twice. */
		next = n == 0 ? start : zone_time(zone, next);
		if (next > after)
			return next > LAST ? SCHEDULE_NEVER : next;
	}
}

int64_t
schedule_next(const struct zone *zone, int64_t start, enum schedule_every every,
    int64_t after)
{
	int64_t next;

	if (after < start)
		return start;
	if (every == SCHEDULE_ONCE)
		return SCHEDULE_NEVER;
	if (every != SCHEDULE_HOURLY)
		return next_on_wall(zone, start, every, after);
	next = start + ((after - start) / HOUR + 1) * HOUR;
	return next > LAST ? SCHEDULE_NEVER : next;
}

bool
schedule_every_by_name(struct span name, enum schedule_every *every_r)
{
	int i = 0;

	while (everies[i] != NULL && !span_is(name, everies[i]))
		i++;
	*every_r = (enum schedule_every)i;
	return everies[i] != NULL;
}

static enum schedule_every
every_of(struct json_object *doc)
{
	enum schedule_every every;

	(void)schedule_every_by_name(json_string(doc, "every"), &every);
	return every;
}

static struct span
state_key(struct arena *arena, struct span full_name)
{
	char *key = arena_alloc(arena, sizeof PREFIX + full_name.n);

	memcpy(key, PREFIX, sizeof PREFIX);
	memcpy(key + sizeof PREFIX, full_name.p, full_name.n);
	return (struct span){ key, sizeof PREFIX + full_name.n };
}

static struct json_object *
state_load(struct txn *txn, struct span full_name)
{
	struct json_object *state = meta_load(txn, state_key(txn_arena(txn), full_name));

	return state != NULL ? state : json_new_object(txn_arena(txn));
}

static void
state_save(struct txn *txn, struct span full_name, struct json_object *state)
{
	meta_save(txn, state_key(txn_arena(txn), full_name), state);
}

static int64_t
time_of(struct json_object *object, const char *member)
{
	int64_t time;

	return text_time(json_string(object, member), &time) ? time : INT64_MIN;
}

/* Of the schedule, else of the community. */
static const struct zone *
zone_of(struct txn *txn, struct json_object *doc)
{
	struct span name = json_string(doc, "zone");

	return name.n > 0 ? zone_load(txn_arena(txn), name) : local_zone(txn);
}

static int64_t
due_of(struct txn *txn, struct json_object *doc, struct json_object *state)
{
	int64_t last = time_of(state, "lastRun"), since = time_of(doc, "since");
	int64_t end = time_of(doc, "end"), next;

	if (!json_flag(doc, "enabled", true))
		return SCHEDULE_NEVER;
	next = schedule_next(zone_of(txn, doc), time_of(doc, "start"), every_of(doc),
	    last > since ? last : since);
	return end != INT64_MIN && next > end ? SCHEDULE_NEVER : next;
}

static void
read_schedule(struct txn *txn, struct json_object *doc, struct schedule *schedule)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *state;

	*schedule = (struct schedule){ .project = json_string(doc, "project"),
		.full_name = doc_full_name(arena, doc), .filter = json_string(doc, "filter") };
	if (!scope_find(txn, "macro", schedule->project, json_string(doc, "macro"),
	    &schedule->macro_project, &schedule->macro_key))
		schedule->macro_key = SPAN("");
	state = state_load(txn, schedule->full_name);
	schedule->running = id_read(json_string(state, "run"), &schedule->run);
	schedule->due = due_of(txn, doc, state);
	schedule->known = time_of(state, "known");
}

bool
schedule_walk(struct txn *txn, struct span after, struct span *position_r,
    struct schedule *schedule_r)
{
	struct json_object *doc = doc_next(txn, "schedule", after, position_r);

	if (doc != NULL)
		read_schedule(txn, doc, schedule_r);
	return doc != NULL;
}

bool
schedule_load(struct txn *txn, struct span full_name, struct schedule *schedule_r)
{
	struct json_object *doc = doc_get(txn, "schedule", full_name);

	if (doc != NULL)
		read_schedule(txn, doc, schedule_r);
	return doc != NULL;
}

/* Not by what was due before anybody had declared it. */
static bool
is_missed(const struct schedule *schedule, int64_t now)
{
	int64_t due = schedule->due > schedule->known ? schedule->due : schedule->known;

	return schedule->due != SCHEDULE_NEVER && now - due > HOUR;
}

static void
miss(struct txn *txn, const struct schedule *schedule, const char *what, struct span run,
    int64_t due, int64_t now)
{
	struct condition condition = { .kind = CONDITION_SCHEDULE_MISSED,
		.subject = schedule->full_name, .end = due, .detail = span_of(what), .id = run };

	condition_is(txn, &condition, now);
}

void
schedule_look(struct txn *txn, const struct schedule *schedule, int64_t now)
{
	if (!schedule->running && is_missed(schedule, now))
		miss(txn, schedule, "has not run since: nobody runs schedules (earshotd does, or "
		    "earshot tick by cron)", SPAN(""), schedule->due, now);
}

void
schedule_begin(struct txn *txn, const struct schedule *schedule, struct id run, int64_t now)
{
	struct json_object *state = state_load(txn, schedule->full_name);
	char text[ID_TEXT_SIZE], at[TEXT_TIME_SIZE];

	id_text(run, text);
	doc_set_time(state, "lastRun", now);
	json_set_text(state, "run", span_of(text));
	state_save(txn, schedule->full_name, state);
	if (is_missed(schedule, now))
		miss(txn, schedule, arena_printf(txn_arena(txn), "was made up for at %s",
		    text_time_write(now, at)), span_of(text), schedule->due, now);
}

/* What the run was late with is told until the next one is in time. */
void
schedule_end(struct txn *txn, const struct schedule *schedule, struct span failure, int64_t now)
{
	struct json_object *state = state_load(txn, schedule->full_name);
	struct condition missed;
	char run[ID_TEXT_SIZE];

	id_text(schedule->run, run);
	if (failure.n > 0)
		miss(txn, schedule, arena_printf(txn_arena(txn), "could not be carried out: %.*s",
		    (int)failure.n, failure.p), span_of(run), time_of(state, "lastRun"), now);
	else if (condition_load(txn, CONDITION_SCHEDULE_MISSED, schedule->full_name, &missed) &&
	    !span_is(missed.id, run))
		condition_ends(txn, CONDITION_SCHEDULE_MISSED, schedule->full_name, now, SPAN(""));
	json_del(state, "run");
	state_save(txn, schedule->full_name, state);
}

static const char *const *
roots_of(enum record record)
{
	static const char *const user[] = { "user", "project", "data", "community", NULL };
	static const char *const feedback[] = { "feedback", "user", "project", "data",
		"community", NULL };

	return record == RECORD_USER ? user : feedback;
}

const struct filter *
schedule_filter(struct txn *txn, struct arena *arena, struct span project,
    enum record record, struct span source, bool names, struct filter_error *error_r)
{
	const struct saved_scope scope = { .project = project, .record = record,
		.names = names };

	return saved_compile(txn, arena, &scope, roots_of(record), source, error_r);
}

static void
check_filter(struct txn *txn, struct json_object *doc, enum record record,
    struct complaints *complaints)
{
	const struct saved_scope scope = { .project = json_string(doc, "project"),
		.record = record };

	saved_check(txn, &scope, roots_of(record), json_string(doc, "filter"), complaints,
	    "/filter");
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span zone = json_string(doc, "zone");

	schema_check(SCHEMA(members), doc, complaints, "");
	if (zone.n > 0 && zone_load(txn_arena(txn), zone) == NULL)
		complain(complaints, "/zone", "%s", zone_missing(txn_arena(txn), zone));
	if (time_of(doc, "end") != INT64_MIN && time_of(doc, "end") < time_of(doc, "start"))
		complain(complaints, "/end", "must not be before \"start\"");
}

/* The macro says what the filter may look at. */
static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span name = json_string(doc, "macro"), project, key;
	enum record record;

	schema_refer(txn, SCHEMA(members), doc, complaints, "");
	if (!scope_find(txn, "macro", json_string(doc, "project"), name, &project, &key))
		complain(complaints, "/macro", "there is no macro \"%.*s\"", (int)name.n, name.p);
	else if (record_by_name(json_string(doc_load(txn, "macro", project, key), "automation"),
	    &record)) {
		check_filter(txn, doc, record, complaints);
		macro_refer(txn, json_string(doc, "project"), project, key, complaints, "/macro");
	}
}

/* A run of what the schedule was before goes no further. */
static void
stop_run(struct txn *txn, struct json_object *old, struct json_object *state)
{
	struct json_object *run;
	struct schedule schedule;
	struct span macro;

	read_schedule(txn, old, &schedule);
	if (!schedule.running)
		return;
	json_del(state, "run");
	macro = doc_name(txn_arena(txn), schedule.macro_project, schedule.macro_key);
	run = macro_log_load(txn, macro, schedule.run);
	if (run == NULL)
		return;
	macro_log_end(run, "stopped", text_now());
	macro_log_save(txn, macro, schedule.run, run);
}

/* old: what the document was before a change, NULL without. True when it is news
 * that the schedule has run. */
static bool
state_put(struct txn *txn, struct json_object *old, struct json_object *doc)
{
	struct span full_name = doc_full_name(txn_arena(txn), doc);
	struct json_object *state = state_load(txn, full_name);
	int64_t last = time_of(doc, "lastRun");
	bool later = last > time_of(state, "lastRun");

	if (later)
		doc_set_time(state, "lastRun", last);
	if (old != NULL)
		stop_run(txn, old, state);
	else if (json_members(state) == 0)
		doc_set_time(state, "known", text_now());
	state_save(txn, full_name, state);
	return later;
}

/* What was missed while it was off is not made up for. */
static void
keep_since(struct json_object *old, struct json_object *doc)
{
	if (json_string(doc, "since").n == 0 && json_string(old, "since").n > 0)
		json_set_text(doc, "since", json_string(old, "since"));
	if (old != NULL && !json_flag(old, "enabled", true) && json_flag(doc, "enabled", true))
		doc_set_time(doc, "since", text_now());
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *plain = json_copy(arena, doc), *old;
	bool later;
	char result;

	(void)complaints;
	doc_tidy_time(plain, "start");
	doc_tidy_time(plain, "end");
	doc_tidy_time(plain, "since");
	json_del(plain, "lastRun");
	json_del(plain, "nextRun");
	old = doc_load(txn, "schedule", json_string(doc, "project"), json_string(doc, "key"));
	keep_since(old, plain);
	result = doc_put(txn, "schedule", plain);
	later = state_put(txn, result == '=' ? NULL : old, doc);
	return result == '=' && later ? 'u' : result;
}

static struct json_object *
shown(struct txn *txn, struct json_object *doc)
{
	struct json_object *state;
	int64_t due;

	if (doc == NULL)
		return NULL;
	state = state_load(txn, doc_full_name(txn_arena(txn), doc));
	due = due_of(txn, doc, state);
	if (json_string(state, "lastRun").n > 0)
		json_set_text(doc, "lastRun", json_string(state, "lastRun"));
	if (due != SCHEDULE_NEVER)
		doc_set_time(doc, "nextRun", due);
	return doc;
}

static struct json_object *
get(struct txn *txn, struct span name)
{
	return shown(txn, doc_get(txn, "schedule", name));
}

static struct json_object *
next(struct txn *txn, struct span after, struct span *position_r)
{
	return shown(txn, doc_next(txn, "schedule", after, position_r));
}

static bool
schedule_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	struct json_object *doc = doc_get(txn, "schedule", name);

	(void)complaints;
	if (doc == NULL)
		return false;
	stop_run(txn, doc, json_new_object(txn_arena(txn)));
	table_del(txn, TABLE_META, state_key(txn_arena(txn), doc_full_name(txn_arena(txn), doc)));
	return doc_remove(txn, "schedule", name);
}

/* They follow from when it runs and is switched on. */
static const char *const dated[] = { "since", "lastRun", "nextRun", NULL };

const struct kind kind_schedule = {
	.name = "schedule",
	.order = 110,
	.exported = true,
	.dated = dated,
	.members = SCHEMA(members),
	.check = check,
	.refer = refer,
	.put = put,
	.get = get,
	.remove = schedule_remove,
	.next = next,
};
