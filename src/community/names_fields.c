/* SPDX-License-Identifier: ISC */
/* The fields that a form offers for filters. */
#include "community/names.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "community/group.h"
#include "community/saved_filter.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "store/store.h"

#include <string.h>

#define RECORDS_SAMPLED 100
#define CHOICES_MAX 200 /* more than these are typed */

struct offering {
	const struct names *names;
	struct arena *arena;
	const char *root, *heading;
	void (*each)(void *arg, const struct names_field *field);
	void *arg;
};

static void
offer(const struct offering *offering, struct names_field field)
{
	if (field.heading == NULL)
		field.heading = offering->heading;
	offering->each(offering->arg, &field);
}

/* ---- choices */

static void
add_choice(struct arena *arena, struct names_field *field, size_t *room, struct span choice)
{
	struct span *choices = arena_grow(arena, (void *)(uintptr_t)field->choices,
	    field->choice_count, room, sizeof *choices);

	choices[field->choice_count++] = choice;
	field->choices = choices;
}

/* The names of all documents of a kind that a rule of this scope can mean. */
static void
add_names(const struct offering *offering, const char *kind, const char *about,
    struct names_field *field, size_t *room)
{
	const struct names *names = offering->names;
	struct span position = SPAN("");
	struct json_object *doc;

	while (field->choice_count <= CHOICES_MAX &&
	    (doc = doc_next(names->txn, kind, position, &position)) != NULL) {
		struct span project = json_string(doc, "project");

		if (about != NULL && !span_is(json_string(doc, "automation"), about))
			continue;
		if (project.n == 0 || names->project.n == 0 || span_eq(project, names->project))
			add_choice(offering->arena, field, room, arena_copy(offering->arena,
			    doc_full_name(offering->arena, doc)));
	}
	if (field->choice_count > CHOICES_MAX)
		field->choice_count = 0;
}

static void
add_list(struct arena *arena, struct json_object *list, struct names_field *field,
    size_t *room)
{
	for (size_t i = 0; i < json_count(list); i++)
		add_choice(arena, field, room, json_span(json_at(list, i)));
}

/* In the schema, in the lists of the project, or all that there are. */
static void
choices_of(const struct offering *offering, const struct member *member,
    struct names_field *field)
{
	const struct names *names = offering->names;
	struct json_object *project = names->project.n > 0
	    ? record_load(names->txn, RECORD_PROJECT, names->project) : NULL;
	bool ticket = strcmp(offering->root, "feedback") == 0;
	size_t room = 0;

	if (ticket && strcmp(member->name, "status") == 0)
		add_list(offering->arena, json_get(project, "statuses"), field, &room);
	else if (ticket && strcmp(member->name, "type") == 0)
		add_list(offering->arena, json_get(project, "types"), field, &room);
	else if (member->refers != NULL && strcmp(member->refers, "user") != 0)
		add_names(offering, member->refers, NULL, field, &room);
	for (const char *const *choice = member->choices; choice != NULL && *choice != NULL;
	    choice++)
		add_choice(offering->arena, field, &room, span_of(*choice));
}

/* ---- members of records */

/* 0: no row asks for it. */
static unsigned
has_of(const struct member *member)
{
	switch (member->type) {
	case MEMBER_ANY:
	case MEMBER_OBJECT:
	case MEMBER_FIELDS:
		return 0;
	case MEMBER_INTEGER:
		return FILTER_HAS_NUMBER;
	case MEMBER_BOOLEAN:
		return FILTER_HAS_BOOL;
	case MEMBER_TIME:
		return FILTER_HAS_TIME;
	default:
		return member->flags & MEMBER_LIST ? FILTER_HAS_LIST : FILTER_HAS_TEXT;
	}
}

static void
offer_members(const struct offering *offering, const struct member *members)
{
	for (; members->name != NULL; members++) {
		struct names_field field = {
			.path = span_of(arena_printf(offering->arena, "%s.%s", offering->root,
			    members->name)),
			.label = span_of(schema_label(members)),
			.has = (enum filter_has)has_of(members) };

		if (field.has == 0)
			continue;
		choices_of(offering, members, &field);
		offer(offering, field);
	}
}

static bool
is_known(const struct span *known, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(known[i], name))
			return true;
	return false;
}

/* Those that the project lists, and those that some records have. */
static void
offer_fields(const struct offering *offering, enum record record)
{
	const struct names *names = offering->names;
	const char *root = arena_printf(offering->arena, "%s.fields", offering->root);
	struct span *known = NULL, position = SPAN("");
	struct json_object *listed = record == RECORD_FEEDBACK && names->project.n > 0
	    ? json_get(record_load(names->txn, RECORD_PROJECT, names->project), "fields") : NULL;
	struct json_object *doc;
	size_t n = 0, room = 0;

	for (size_t i = 0; i < json_count(listed); i++) {
		known = arena_grow(offering->arena, known, n, &room, sizeof *known);
		known[n++] = json_span(json_at(listed, i));
	}
	for (int i = 0; i < RECORDS_SAMPLED && json_count(listed) == 0 &&
	    (doc = record_next(names->txn, record, position, &position)) != NULL; i++) {
		struct doc_member *members;
		size_t count = doc_members(offering->arena, json_get(doc, "fields"), &members);

		for (size_t k = 0; k < count; k++) {
			if (is_known(known, n, span_of(members[k].name)))
				continue;
			known = arena_grow(offering->arena, known, n, &room, sizeof *known);
			known[n++] = span_of(members[k].name);
		}
	}
	for (size_t i = 0; i < n; i++)
		offer(offering, (struct names_field){ .label = known[i],
		    .path = filter_path_of(offering->arena, root, span_of(pointer_member(
		        offering->arena, "", arena_string(offering->arena, known[i])))),
		    .has = FILTER_HAS_ANY });
	offer(offering, (struct names_field){ .path = span_of(root),
	    .label = SPAN("Another field …"), .has = FILTER_HAS_ANY, .free = true });
}

/* ---- external data */

/* The name by which a filter asks for a field: the parameter, or where that is a JSON
 * Pointer its last part, when that is of this field alone. */
static struct span
name_of_field(struct arena *arena, const struct group *group, size_t i)
{
	struct span last = group_last_part(arena, group->fields[i].parameter);

	for (size_t k = 0; k < group->field_count && last.n > 0; k++)
		if (k != i && (span_eq(group->fields[k].parameter, last) ||
		    span_eq(group->fields[k].label, last) ||
		    span_eq(group_last_part(arena, group->fields[k].parameter), last)))
			last.n = 0;
	return last.n > 0 ? last : group->fields[i].parameter;
}

static void
offer_group(const struct offering *offering, const struct group *group)
{
	static const enum filter_has of_type[] = { [GROUP_BOOLEAN] = FILTER_HAS_BOOL,
		[GROUP_DATETIME] = FILTER_HAS_TIME, [GROUP_INTEGER] = FILTER_HAS_NUMBER,
		[GROUP_STRING] = FILTER_HAS_TEXT };
	struct arena *arena = offering->arena;
	const struct names *names = offering->names;
	struct span key = group->project.n == 0 || span_eq(group->project, names->project)
	    ? group->key : group->full_name;
	const char *root = arena_string(arena, filter_path_of(arena, "data",
	    span_of(pointer_member(arena, "", arena_string(arena, key)))));

	for (size_t i = 0; i < group->field_count; i++)
		offer(offering, (struct names_field){
		    .path = filter_path_of(arena, root, span_of(pointer_member(arena, "",
		        arena_string(arena, name_of_field(arena, group, i))))),
		    .label = group->fields[i].label, .of = group->name,
		    .has = of_type[group->fields[i].type] });
}

static void
offer_data(const struct offering *offering)
{
	const struct names *names = offering->names;
	struct span position = SPAN("");
	struct json_object *doc;

	while ((doc = doc_next(names->txn, "group", position, &position)) != NULL) {
		struct span project = json_string(doc, "project");
		const struct group *group;

		if (!span_is(json_string(doc, "automation"), record_name(names->record)) ||
		    (names->project.n > 0 && project.n > 0 && !span_eq(project, names->project)))
			continue;
		group = group_load(names->txn, offering->arena, project, json_string(doc, "key"));
		if (group != NULL)
			offer_group(offering, group);
	}
}

static void
offer_saved(const struct offering *offering)
{
	struct names_field field = { .path = SPAN("saved"), .label = SPAN("A saved filter"),
		.has = FILTER_HAS_NAME };
	size_t room = 0;

	add_names(offering, "filter", record_name(offering->names->record), &field, &room);
	if (field.choice_count > 0)
		offer(offering, field);
}

void
names_fields(const struct names *names, void (*each)(void *arg,
    const struct names_field *field), void *arg)
{
	struct offering offering = { .names = names, .arena = names->arena, .each = each,
		.arg = arg };

	if (names->record == RECORD_FEEDBACK) {
		offering.root = "feedback";
		offering.heading = "Ticket";
		offer_members(&offering, schema_feedback);
		offer_fields(&offering, RECORD_FEEDBACK);
	}
	offering.root = "user";
	offering.heading = names->record == RECORD_FEEDBACK ? "Submitter" : "User";
	offer_members(&offering, schema_user);
	offer_fields(&offering, RECORD_USER);
	offering.heading = "External Data";
	offer_data(&offering);
	offering.heading = "Filters";
	offer_saved(&offering);
	offering.heading = "What the sender sends";
	offer(&offering, (struct names_field){ .path = SPAN("payload"),
	    .label = SPAN("A parameter …"), .has = FILTER_HAS_ANY, .free = true });
	offer(&offering, (struct names_field){ .path = SPAN("delivery.event"),
	    .label = SPAN("The name of the event"), .has = FILTER_HAS_TEXT });
}
