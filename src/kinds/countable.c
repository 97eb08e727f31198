/* SPDX-License-Identifier: ISC */
#include "kinds/countable.h"

#include "base/buf.h"
#include "base/text.h"
#include "community/feedback.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "store/store.h"

#include <ctype.h>
#include <string.h>

/* Of the log, which has no documents that people write: what entries tell. */
static const struct member delivery_members[] = {
	{ "at", MEMBER_TIME, 0, .label = "Arrived", .report = 1 },
	{ "listener", MEMBER_STRING, 0, .label = "Listener", .report = 2 },
	{ "outcome", MEMBER_STRING, 0, .label = "Outcome", .report = 3 },
	/* Only when they are named: they stand in the entries alone. */
	{ "type", MEMBER_STRING, 0, .label = "Type" },
	{ "event", MEMBER_STRING, 0, .label = "Event" },
	{ .name = NULL },
};

static const struct countable subjects[] = {
	{ "user", "Users", "users", true, RECORD_USER, NULL, false },
	{ "feedback", "Feedback", "tickets", true, RECORD_FEEDBACK, NULL, false },
	{ "project", "Projects", "projects", true, RECORD_PROJECT, NULL, false },
	{ "comment", "Comments", "comments", false, RECORD_USER, NULL, false },
	{ "delivery", "Deliveries", "deliveries", false, RECORD_USER, delivery_members, true },
};
#define SUBJECTS (sizeof subjects / sizeof subjects[0])

const struct countable *
countable_by_name(struct span name)
{
	for (size_t i = 0; i < SUBJECTS; i++)
		if (span_is(name, subjects[i].name))
			return &subjects[i];
	return NULL;
}

const struct countable *
countable_of(enum record record)
{
	return countable_by_name(span_of(record_name(record)));
}

const struct member *
countable_members(const struct countable *subject)
{
	return subject->of_records ? schema_of_record(subject->record)
	    : subject->members != NULL ? subject->members : kind_comment.members[0];
}

/* ---- as filters write it */

static void
put_name(struct buf *out, struct span name)
{
	bool plain = name.n > 0 && !isdigit((unsigned char)name.p[0]);

	for (size_t i = 0; i < name.n; i++)
		plain = plain && (isalnum((unsigned char)name.p[i]) || name.p[i] == '_');
	if (plain) {
		buf_putc(out, '.');
		buf_span(out, name);
		return;
	}
	buf_putc(out, '[');
	buf_json_string(out, name);
	buf_putc(out, ']');
}

/* "fields.plan" is of two parts, the second of which may have dots. */
static struct span
source_of(struct arena *arena, const char *root, struct span first, struct span second)
{
	struct buf out = { 0 };

	buf_puts(&out, root);
	put_name(&out, first);
	if (second.p != NULL)
		put_name(&out, second);
	return buf_keep(&out, arena);
}

/* ---- fields */

static const enum record_type type_of_group[] = {
	[GROUP_BOOLEAN] = RECORD_BOOLEAN, [GROUP_DATETIME] = RECORD_TIME,
	[GROUP_INTEGER] = RECORD_INTEGER, [GROUP_STRING] = RECORD_TEXT,
};

static bool
has_dot(struct span name)
{
	return name.n > 0 && memchr(name.p, '.', name.n) != NULL;
}

/* Filters know no names with a dot: then the label is one, unless another field has it. */
static struct span
name_for_filters(const struct group *group, size_t i)
{
	struct span label = group->fields[i].label;

	if (!has_dot(group->fields[i].parameter))
		return group->fields[i].parameter;
	for (size_t k = 0; k < group->field_count; k++)
		if (has_dot(label) || span_eq(group->fields[k].parameter, label) ||
		    (k < i && span_eq(group->fields[k].label, label)))
			return SPAN("");
	return label;
}

void
countable_data(struct arena *arena, const struct group *group, size_t i,
    struct countable_field *field_r)
{
	const struct group_field *field = &group->fields[i];
	struct span name = name_for_filters(group, i);

	*field_r = (struct countable_field){
		/* Not as the index calls it: that may be another form of the group. */
		.name = span_of(arena_printf(arena, "data.%.*s.%.*s", (int)group->full_name.n,
		    group->full_name.p, (int)field->parameter.n, field->parameter.p)),
		.label = arena_copy(arena, field->label),
		.path = arena_copy(arena, field->path),
		.source = name.n == 0 || has_dot(group->full_name) ? SPAN("")
		    : source_of(arena, "data", group->full_name, name),
		.type = type_of_group[field->type],
	};
}

static enum record_type
type_of(const struct member *member)
{
	switch (member->type) {
	case MEMBER_INTEGER:
		return RECORD_INTEGER;
	case MEMBER_TIME:
		return RECORD_TIME;
	case MEMBER_BOOLEAN:
		return RECORD_BOOLEAN;
	default:
		return RECORD_TEXT;
	}
}

bool
countable_member(struct arena *arena, const struct countable *subject, struct span name,
    struct countable_field *field_r)
{
	const struct member *member = schema_member(countable_members(subject), name);
	bool own = span_starts(name, "fields.");
	struct record_path known;

	*field_r = (struct countable_field){ .name = arena_copy(arena, name) };
	field_r->path = field_r->label = field_r->name;
	if (!subject->of_records) {
		if (member == NULL || (member->report == 0 && !subject->all))
			return false;
		field_r->label = span_of(schema_label(member));
		field_r->type = type_of(member);
		field_r->source = source_of(arena, subject->name, name, (struct span){ NULL, 0 });
		return true;
	}
	if (!record_path(subject->record, name, &known))
		return false;
	field_r->type = known.type;
	field_r->any_type = known.any_type;
	field_r->list = known.list || own;
	if (own)
		field_r->label = (struct span){ field_r->name.p + 7, field_r->name.n - 7 };
	else if (member != NULL && member->report > 0)
		field_r->label = span_of(schema_label(member));
	/* Ranks, say, stand in objects, which filters cannot look through. */
	if (!own && (member == NULL || member->type == MEMBER_OBJECT))
		return true;
	field_r->source = own ? source_of(arena, subject->name, SPAN("fields"), field_r->label)
	    : span_of(arena_printf(arena, "%s.%.*s", subject->name, (int)name.n, name.p));
	return true;
}

/* "score" of "user.score": the name without that of its root. */
static struct span
without_root(const struct countable *subject, struct span name)
{
	size_t n = strlen(subject->name);

	if (name.n > n + 1 && memcmp(name.p, subject->name, n) == 0 && name.p[n] == '.')
		return (struct span){ name.p + n + 1, name.n - n - 1 };
	return name;
}

static bool
no_field(struct txn *txn, const struct countable_scope *scope, struct span name)
{
	const struct countable *subject = scope->subject;
	struct text_nearest nearest = text_nearest_to(without_root(subject, name));

	for (size_t i = 0; scope->group != NULL && i < scope->group->field_count; i++) {
		text_nearest_try(&nearest, scope->group->fields[i].parameter);
		text_nearest_try(&nearest, scope->group->fields[i].label);
	}
	for (const struct member *m = countable_members(subject); m->name != NULL; m++)
		if (m->report > 0 || subject->all)
			text_nearest_try(&nearest, span_of(m->name));
	return txn_fail(txn, FAULT_USAGE, "%s have no field \"%s\" that can be counted%s%.*s%s",
	    subject->unit, doc_short(txn_arena(txn), name),
	    nearest.found.p != NULL ? "; did you mean \"" : "", (int)nearest.found.n,
	    nearest.found.p != NULL ? nearest.found.p : "",
	    nearest.found.p != NULL ? "\"?" : "");
}

bool
countable_field(struct txn *txn, struct arena *arena, const struct countable_scope *scope,
    struct span name, struct countable_field *field_r)
{
	const struct countable *subject = scope->subject;
	const struct group *group = scope->group;
	struct group_named named;
	struct span inside;

	if (group != NULL) {
		inside = span_of(arena_printf(txn_arena(txn), "data.%.*s.%.*s", (int)group->full_name.n,
		    group->full_name.p, (int)name.n, name.p));
		if (group_named(txn, subject->record, group->project, inside, &named) &&
		    span_eq(named.group->full_name, group->full_name)) {
			countable_data(arena, group, named.field, field_r);
			return true;
		}
	}
	if (subject->of_records && span_starts(name, "data.")) {
		if (group_named(txn, subject->record, scope->project, name, &named)) {
			countable_data(arena, named.group, named.field, field_r);
			return true;
		}
		return txn_fail(txn, FAULT_USAGE, "%s have no external data \"%s\"", subject->unit,
		    doc_short(txn_arena(txn), name));
	}
	return countable_member(arena, subject, without_root(subject, name), field_r) ||
	    no_field(txn, scope, name);
}
