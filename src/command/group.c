/* SPDX-License-Identifier: ISC */
/*
 * group-clear {"name", "count"?}: drops all values of a group, record by record and
 * with breaths, so that it can be removed or changed at once afterwards. "count" only
 * tells how many records have some: {"records"}.
 *
 * groups {"name"?, "project"?, "limit"?, "after"?}: what there is, a line each: {"name",
 * "project"?, "key", "title", "automation", "fields", "records", "about"?, "changing"?,
 * "gaveUp"?}. Beyond a few thousand records have values about so many. "changing" is {"at", "by",
 * "done", "of", "lost"}, records and values: its values are being written in another form;
 * "gaveUp" {"at", "detail"}: why that ended before it was done.
 *
 * group-uses {"name"}: who names it, a line {"kind", "name", "title"?, "whole"?, "fields":
 * [parameters]} each.
 *
 * group-values {"name", "limit"?, "after"?}: the values of all records, a document of kind value
 * each, as they are exported.
 *
 * group-preview {"name", "members"}: what a change (as of `set`) would do to stored values:
 * {"records", "lost", "converted", "forgotten", "fields":[{"label", "parameter", "type",
 * "to"?: {"label", "parameter", "type"}, "values", "converted", "lost", "forgotten",
 * "lostSamples", "convertedSamples": [{"name", "from", "to"?}]}]} of the fields that are
 * touched. Without "to" the field goes.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/group_rows.h"
#include "listen/register.h"
#include "record/doc_merge.h"
#include "record/record.h"
#include "record/schema.h"

#define COUNTED_MAX 5000 /* of a group, one by one: a page waits for it */

/* NULL after txn_fail(). */
static const struct group *
load(struct txn *txn, struct job *job)
{
	struct span name = json_string(job->args, "name"), project, key;
	const struct group *group;

	doc_name_split(name, &project, &key);
	group = group_load(txn, txn_arena(txn), project, key);
	if (group == NULL)
		command_fail_unknown(txn, job, &kind_group, name);
	return group;
}

static int64_t
count(struct txn *txn, const struct group *group)
{
	struct record_range range = { .record = group->record, .path = group->path };
	struct record_walk *walk = record_walk_open(txn, &range, SPAN(""));
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct span id, position;
	int64_t n = 0;

	for (; txn_breathe(txn) && record_walk_next(walk, &id, NULL, &position); n++)
		arena_rewind(txn_arena(txn), mark);
	record_walk_close(&walk);
	return n;
}

struct clearing {
	int64_t records, expected;
};

static double
share(const void *of)
{
	const struct clearing *clearing = of;

	return (double)clearing->records / (double)clearing->expected;
}

/* The values of one record; false when there are none left. */
static bool
drop_one(struct txn *txn, const struct group *group, struct complaints *complaints)
{
	struct span id;

	if (!group_first(txn, group, &id))
		return false;
	if (group->record == RECORD_USER)
		id = json_string(record_load(txn, RECORD_USER, id), "email");
	return kind_remove(txn, &kind_value, doc_name(txn_arena(txn), group->full_name, id),
	    complaints);
}

static int64_t
clear(struct txn *txn, struct job *job, const struct group *group,
    struct complaints *complaints)
{
	struct clearing clearing = { .expected = json_integer(job->args, "expected", 0) };
	struct arena_mark mark = arena_mark(txn_arena(txn));
	uint64_t generation = store_generation(job->store);

	if (clearing.expected > 0)
		job->progress = (struct job_progress){ share, &clearing, NULL, -1, NULL };
	while (txn_breathe(txn)) {
		if (generation != store_generation(job->store)) {
			/* The group may be another one by now. */
			generation = store_generation(job->store);
			arena_rewind(txn_arena(txn), mark);
			if ((group = load(txn, job)) == NULL)
				break;
			mark = arena_mark(txn_arena(txn));
		}
		if (!drop_one(txn, group, complaints))
			break;
		clearing.records++;
		arena_rewind(txn_arena(txn), mark);
	}
	job->progress.share = NULL;
	return clearing.records;
}

static void
clear_or_count(struct txn *txn, struct job *job)
{
	bool only_count = json_flag(job->args, "count", false);
	const struct group *group = load(txn, job);
	struct command_complaints complaints;
	struct jsonout out = json_to(job->out);
	int64_t records;

	if (group == NULL)
		return;
	/* What could not be removed afterwards is not emptied. */
	command_complaints(&complaints, job);
	command_complaints_in(&complaints, txn);
	complaints.subject = arena_printf(job->arena, "group %.*s",
	    (int)json_string(job->args, "name").n, json_string(job->args, "name").p);
	if (!group_unused(txn, group, &complaints.base)) {
		txn_fail(txn, FAULT_BAD_DOCUMENT, "nothing was changed");
		return;
	}
	records = only_count ? count(txn, group) : clear(txn, job, group,
	    &complaints.base);
	if (!txn_ok(txn))
		return;
	json_open(&out, '{');
	json_member_int(&out, "records", records);
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

const struct command command_group_clear = {
	.name = "group-clear", .words = "drop the values of a group",
	.right = RIGHT_CHANGE, .dry = "count", .scope = SCOPE_DOCUMENT, .kind = "group",
	.answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = clear_or_count,
};

/* ---- what there is */

/* What its values are becoming, or why they have not. */
static void
put_changing(struct txn *txn, struct json_object *row, const struct group *group)
{
	struct json_object *told = group_change_told(txn, group->full_name);
	struct group_changing changing;

	if (told != NULL)
		json_set(row, "gaveUp", json_share(told));
	if (!group_change_load(txn, group->full_name, &changing))
		return;
	told = json_new_object(txn_arena(txn));
	json_set_text(told, "at", changing.at);
	json_set_text(told, "by", changing.by);
	json_set_int(told, "done", changing.done);
	json_set_int(told, "of", changing.of);
	json_set_int(told, "lost", changing.lost);
	json_set(row, "changing", json_share(told));
}

static void
put_group(struct txn *txn, struct command_page *page, struct json_object *doc)
{
	struct span full = doc_full_name(txn_arena(txn), doc), id;
	struct json_object *row = json_new_object(txn_arena(txn));
	const struct group *group = group_rule(txn, full);
	struct record_value value;
	struct record_runs *runs;
	bool fresh, about = false;
	int64_t n = 0;

	if (group == NULL)
		return;
	runs = record_runs_open(txn, group->record, group->path);
	while (!about && record_runs_next(runs, &id, &fresh, &value))
		about = n++ == COUNTED_MAX;
	record_runs_close(&runs);
	if (about) {
		struct record_range range = { .record = group->record, .path = group->path };
		double rows = record_range_rows(txn, &range);

		n = rows > COUNTED_MAX ? (int64_t)rows : COUNTED_MAX;
	}
	json_set_text(row, "name", full);
	if (group->project.n > 0)
		json_set_text(row, "project", group->project);
	json_set_text(row, "key", group->key);
	json_set_text(row, "title", group->name);
	json_set_text(row, "automation", span_of(record_name(group->record)));
	json_set_int(row, "fields", (int64_t)group->field_count);
	json_set_int(row, "records", n);
	if (about)
		json_set_bool(row, "about", true);
	put_changing(txn, row, group);
	command_page_put(page, row);
}

static void
tell_groups(struct txn *txn, struct job *job)
{
	struct span name = json_string(job->args, "name"), position;
	struct span project = json_string(job->args, "project");
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct command_page page;
	struct json_object *doc;

	if (!command_page_read(job, &page))
		return;
	if (name.n > 0) {
		doc = kind_find(txn, &kind_group, name);
		if (doc == NULL || !command_may_read(txn, job, &kind_group, doc))
			command_fail_unknown(txn, job, &kind_group, name);
		else
			put_group(txn, &page, doc);
		return;
	}
	for (;;) {
		doc = doc_next(txn, "group", command_position(&page.position), &position);
		if (!command_page_take(&page, doc != NULL, &position))
			break;
		if ((project.n == 0 || span_eq(json_string(doc, "project"), project)) &&
		    command_may_read(txn, job, &kind_group, doc))
			put_group(txn, &page, doc);
		arena_rewind(txn_arena(txn), mark);
		if (!txn_breathe(txn))
			break;
	}
}

/* ---- who names it */

static void
put_uses(struct txn *txn, struct job *job, const struct group *group, const struct kind *kind,
    struct json_object *doc, const struct group_uses *uses)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *row = json_new_object(arena), *fields = json_new_array(arena);

	json_set_text(row, "kind", span_of(kind->name));
	json_set_text(row, "name", kind_name(arena, kind, doc));
	if (json_string(doc, "name").n > 0)
		json_set_text(row, "title", json_string(doc, "name"));
	if (uses->whole)
		json_set_bool(row, "whole", true);
	for (size_t i = 0; i < group->field_count; i++)
		if (uses->fields[i])
			json_append(fields, json_share(json_new_text(arena,
			    group->fields[i].parameter)));
	json_set(row, "fields", json_share(fields));
	command_put(job, row);
}

static void
tell_uses(struct txn *txn, struct job *job)
{
	static const char *const names[] = { "listener", "macro", "schedule", "template",
		"filter", "view", "report" };
	const struct group *group = load(txn, job);
	struct group_uses uses;
	struct arena_mark mark;

	if (group == NULL)
		return;
	uses.fields = arena_alloc(txn_arena(txn), (group->field_count + 1) * sizeof *uses.fields);
	mark = arena_mark(txn_arena(txn));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct kind *kind = kind_by_name(span_of(names[i]));
		struct command_position at = { .n = 0 };
		struct json_object *doc;
		struct span position;

		while (kind != NULL && (doc = doc_next(txn, kind->name, command_position(&at),
		    &position)) != NULL) {
			if (command_may_read(txn, job, kind, doc) &&
			    group_uses(txn, group, doc, &uses))
				put_uses(txn, job, group, kind, doc, &uses);
			command_position_set(&at, position);
			arena_rewind(txn_arena(txn), mark);
			if (!txn_breathe(txn))
				return;
		}
	}
}

/* ---- the values */

/* Whose they are may be nobody that he may know. */
static struct json_object *
values_of(struct txn *txn, struct job *job, const struct group *group, struct span id)
{
	const struct kind *kind = kind_by_name(span_of(record_name(group->record)));
	struct json_object *doc;

	if (command_is_limited(job) && ((doc = kind_find(txn, kind, id)) == NULL ||
	    !command_may_read(txn, job, kind, doc)))
		return NULL;
	if (group->record == RECORD_USER)
		id = json_string(record_load(txn, RECORD_USER, id), "email");
	return kind_find(txn, &kind_value, doc_name(txn_arena(txn), group->full_name, id));
}

static void
tell_values(struct txn *txn, struct job *job)
{
	const struct group *group = load(txn, job);
	uint64_t generation = store_generation(job->store);
	struct command_page page;
	struct record_range range;
	struct json_object *doc;
	struct record_walk *walk;
	struct arena_mark mark;
	struct span id = SPAN(""), position = SPAN("");

	if (!command_page_read(job, &page) || group == NULL)
		return;
	range = (struct record_range){ .record = group->record, .path = group->path };
	walk = record_walk_open(txn, &range, command_position(&page.position));
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		bool found = record_walk_next(walk, &id, NULL, &position);

		if (generation != store_generation(job->store) && !group_is_still(txn, group)) {
			txn_fail(txn, FAULT_BAD_DOCUMENT, "the group is another one by now; begin anew");
			break;
		}
		generation = store_generation(job->store);
		if (!command_page_take(&page, found, &position))
			break;
		doc = values_of(txn, job, group, arena_copy(txn_arena(txn), id));
		if (doc != NULL)
			command_page_put(&page, doc);
		arena_rewind(txn_arena(txn), mark);
	}
	record_walk_close(&walk);
}

/* ---- what a change would do */

struct looking {
	struct group_conversion conversion;
	int64_t records, expected;
};

static double
looked(const void *of)
{
	const struct looking *looking = of;

	return (double)looking->records / (double)looking->expected;
}

/* The group as it would be; NULL after txn_fail(). */
static const struct group *
changed(struct txn *txn, struct job *job, const struct group *old)
{
	struct json_object *stored = kind_find(txn, &kind_group, old->full_name), *new;
	struct json_object *members = json_get(job->args, "members");
	struct command_complaints complaints;

	if (!json_is_object(members)) {
		txn_fail(txn, FAULT_USAGE, "\"members\" must be an object");
		return NULL;
	}
	command_complaints(&complaints, job);
	schema_words(job->arena, kind_group.members, members);
	new = doc_merged(txn_arena(txn), &kind_group, stored, members);
	kind_check(txn, &kind_group, new, &complaints.base);
	if (complaints.base.count > 0) {
		txn_fail(txn, FAULT_BAD_DOCUMENT, "nothing was changed");
		return NULL;
	}
	return group_compile(job->arena, new, SPAN(""));
}

static void
put_form(struct jsonout *out, const struct group_field *field)
{
	json_member(out, "label", field->label);
	json_member(out, "parameter", field->parameter);
	json_member(out, "type", span_of(group_type_name(field->type)));
}

static void
put_samples(struct txn *txn, struct job *job, struct jsonout *out, const char *member,
    const struct group_sample *samples, size_t n, enum record record)
{
	struct arena *arena = txn_arena(txn);

	json_key(out, member);
	json_open(out, '[');
	for (size_t i = 0; i < n; i++) {
		struct json_object *target = json_new_object(arena);

		json_set_text(target, "kind", span_of(record_name(record)));
		json_set_text(target, "id", samples[i].id);
		json_open(out, '{');
		json_member(out, "name", json_string(command_named(txn, job, target), "name"));
		json_key(out, "from");
		json_raw(out, samples[i].from);
		if (samples[i].to.p != NULL) {
			json_key(out, "to");
			json_raw(out, samples[i].to);
		}
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_move(struct txn *txn, struct job *job, struct jsonout *out,
    const struct group_conversion *conversion, size_t field)
{
	const struct group_move *move = &conversion->moves[field];

	json_open(out, '{');
	put_form(out, &conversion->old->fields[field]);
	if (move->to < conversion->new->field_count) {
		json_key(out, "to");
		json_open(out, '{');
		put_form(out, &conversion->new->fields[move->to]);
		json_close(out, '}');
	}
	json_member_int(out, "values", move->values);
	json_member_int(out, "converted", move->converted);
	json_member_int(out, "lost", move->lost);
	json_member_int(out, "forgotten", move->forgotten);
	put_samples(txn, job, out, "lostSamples", move->lost_samples, move->lost_count,
	    conversion->old->record);
	put_samples(txn, job, out, "convertedSamples", move->converted_samples,
	    move->converted_count, conversion->old->record);
	json_close(out, '}');
}

static void
tell_preview(struct txn *txn, struct job *job, const struct looking *looking)
{
	const struct group_conversion *conversion = &looking->conversion;
	struct jsonout out = json_to(job->out);
	int64_t lost = 0, converted = 0, forgotten = 0;

	for (size_t i = 0; i < conversion->old->field_count; i++) {
		lost += conversion->moves[i].lost;
		converted += conversion->moves[i].converted;
		forgotten += conversion->moves[i].forgotten;
	}
	json_open(&out, '{');
	json_member_int(&out, "records", looking->records);
	json_member_int(&out, "lost", lost);
	json_member_int(&out, "converted", converted);
	json_member_int(&out, "forgotten", forgotten);
	json_key(&out, "fields");
	json_open(&out, '[');
	for (size_t i = 0; i < conversion->old->field_count; i++) {
		const struct group_move *move = &conversion->moves[i];

		if (move->to == conversion->new->field_count || move->retyped || move->renamed ||
		    move->forgets)
			put_move(txn, job, &out, conversion, i);
	}
	json_close(&out, ']');
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

static void
preview(struct txn *txn, struct job *job)
{
	struct looking looking = { .records = 0 };
	const struct group *old = load(txn, job), *new;
	uint64_t generation = store_generation(job->store);
	struct record_range range;
	struct record_walk *walk;
	struct arena_mark mark;
	struct span id, position, text, now;

	if (old == NULL || (new = changed(txn, job, old)) == NULL)
		return;
	group_conversion_plan(job->arena, old, new, &looking.conversion);
	if (!looking.conversion.works) {
		tell_preview(txn, job, &looking);
		return;
	}
	range = (struct record_range){ .record = old->record, .path = old->path };
	looking.expected = (int64_t)record_range_rows(txn, &range) + 1;
	job->progress = (struct job_progress){ looked, &looking, NULL, -1, NULL };
	(void)doc_text(txn, "group", old->project, old->key, &text);
	walk = record_walk_open(txn, &range, SPAN("")); /* it stands in the arena */
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		if (generation != store_generation(job->store)) {
			generation = store_generation(job->store);
			if (!doc_text(txn, "group", old->project, old->key, &now) ||
			    !span_eq(now, text)) {
				txn_fail(txn, FAULT_BAD_DOCUMENT, "somebody else has changed the group "
				    "meanwhile; look at it again");
				break;
			}
		}
		if (!record_walk_next(walk, &id, NULL, &position))
			break;
		looking.records++;
		id = arena_copy(txn_arena(txn), id);
		group_conversion_count(txn, &looking.conversion, id);
		arena_rewind(txn_arena(txn), mark);
	}
	record_walk_close(&walk);
	job->progress.share = NULL;
	if (txn_ok(txn))
		tell_preview(txn, job, &looking);
}

const struct command command_groups = {
	.name = "groups", .words = "list data groups",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = tell_groups,
};
const struct command command_group_uses = {
	.name = "group-uses", .words = "tell what names a group",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .kind = "group", .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = tell_uses,
};
const struct command command_group_values = {
	.name = "group-values", .words = "list the values of a group",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .kind = "group", .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = tell_values,
};
const struct command command_group_preview = {
	.name = "group-preview", .words = "tell what a change does to the values of a group",
	.right = RIGHT_CHANGE, .scope = SCOPE_DOCUMENT, .kind = "group", .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = preview,
};
