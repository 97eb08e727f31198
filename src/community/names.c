/* SPDX-License-Identifier: ISC */
#include "kinds/tag_names.h"

#include "base/json.h"
#include "base/text.h"
#include "community/feedback.h"
#include "community/group.h"
#include "community/people.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "store/store.h"

#include <string.h>

#define NAMES_MAX 64 /* that are searched for the one that was meant */

static const struct member delivery_members[] = {
	{ "id", MEMBER_STRING, 0, .label = "Id" },
	{ "at", MEMBER_TIME, 0, .label = "At" },
	{ "listener", MEMBER_STRING, 0, .label = "Listener" },
	{ "event", MEMBER_STRING, 0, .label = "Event" },
	{ .name = NULL },
};

static const char *const roots[] = { "user", "feedback", "project", "data", "payload",
	"delivery", "community", "now", NULL };

struct checking {
	const struct model *model;
	struct complaints *complaints;
	const char *pointer;
};

/* The first part of a dotted name; rest_r is empty behind the last one. */
static struct span
part(struct span name, struct span *rest_r)
{
	struct span first = text_cut(&name, '.');

	*rest_r = name.p != NULL ? name : SPAN("");
	return first;
}

static int
shown(struct span name)
{
	return (int)(name.n < 60 ? name.n : 60);
}

/* names: what could stand for `wrong`, the part of the name that is not known. */
static void
unknown(const struct checking *checking, struct span name, struct span wrong, size_t at,
    const char *const names[])
{
	const char *nearest = doc_nearest(wrong, names);
	int before = (int)(wrong.p - name.p);

	name.n = (size_t)before + wrong.n;
	if (nearest != NULL && before < 60)
		complain(checking->complaints, checking->pointer, "at byte %zu: nothing is "
		    "called '%.*s'; did you mean '%.*s%s'?", at, shown(name), name.p, before,
		    name.p, nearest);
	else if (names == roots)
		complain(checking->complaints, checking->pointer, "at byte %zu: nothing is "
		    "called '%.*s'; a tag begins with user, feedback, project, data, payload, "
		    "delivery, community or now", at, shown(name), name.p);
	else
		complain(checking->complaints, checking->pointer, "at byte %zu: nothing is "
		    "called '%.*s'", at, shown(name), name.p);
}

static void
check_member(const struct checking *checking, struct span name, struct span rest, size_t at,
    const struct member *const tables[])
{
	const char *names[NAMES_MAX] = { "id" };
	struct span deeper, wanted = part(rest, &deeper);
	const struct member *member = NULL;
	size_t n = 1;

	if (span_is(wanted, "id") && deeper.n == 0)
		return;
	for (size_t i = 0; tables[i] != NULL && member == NULL; i++)
		member = schema_member(tables[i], wanted);
	if (member == NULL) {
		for (size_t i = 0; tables[i] != NULL; i++)
			for (const struct member *m = tables[i]; m->name != NULL && n + 1 < NAMES_MAX; m++)
				names[n++] = m->name;
		names[n] = NULL;
		unknown(checking, name, wanted, at, names);
	} else if (deeper.n > 0 && member->type != MEMBER_OBJECT && member->type != MEMBER_FIELDS &&
	    member->type != MEMBER_ANY && !(member->flags & MEMBER_LIST)) {
		complain(checking->complaints, checking->pointer, "at byte %zu: '%.*s' "
		    "is a single value, there is nothing below it", at,
		    (int)(deeper.p - 1 - name.p), name.p);
	}
}

/* Names of fields by which data can be asked for; true when this is one of them. */
static bool
names_of(struct txn *txn, const struct group *group, struct span wanted, const char **names,
    size_t *n)
{
	struct arena *arena = txn_arena(txn);

	for (size_t i = 0; i < group->field_count && *n + 3 < NAMES_MAX; i++) {
		const struct group_field *field = &group->fields[i];
		const struct span each[] = { field->parameter, field->label,
			group_last_part(arena, field->parameter) };

		for (size_t k = 0; k < sizeof each / sizeof each[0]; k++) {
			if (each[k].n > 0 && span_eq(each[k], wanted))
				return true;
			if (each[k].n > 0)
				names[(*n)++] = arena_string(arena, each[k]);
		}
	}
	names[*n] = NULL;
	return false;
}

/* data.usage.launches: any group of this record that the name can mean has the field. */
static void
check_data(const struct checking *checking, struct span name, struct span rest, size_t at)
{
	const struct model *model = checking->model;
	struct txn *txn = model->txn;
	struct span field, deeper, key = part(rest, &field), position = SPAN("");
	const char *groups[NAMES_MAX] = { NULL }, *fields[NAMES_MAX] = { NULL };
	size_t group_count = 0, field_count = 0;
	struct json_object *doc;
	bool found = false;

	field = part(field, &deeper);
	while ((doc = doc_next(txn, "group", position, &position)) != NULL) {
		struct span project = json_string(doc, "project"), own = json_string(doc, "key");
		const struct group *group;

		/* A macro of the community meets tickets of all projects. */
		if (!span_is(json_string(doc, "automation"), record_name(model->record)) ||
		    (model->project.n > 0 && project.n > 0 && !span_eq(project, model->project)))
			continue;
		if (group_count + 1 < NAMES_MAX)
			groups[group_count++] = arena_string(txn_arena(txn), own);
		if (!span_eq(own, key) && !span_eq(doc_name(txn_arena(txn), project, own), key))
			continue;
		found = true;
		group = group_load(txn, txn_arena(txn), project, own);
		if (field.n == 0 || group == NULL ||
		    names_of(txn, group, field, fields, &field_count))
			return;
	}
	groups[group_count] = NULL;
	unknown(checking, name, found ? field : key, at, found ? fields : groups);
}

/* A project may list the fields of its tickets. */
static void
check_field(const struct checking *checking, struct span name, struct span rest, size_t at)
{
	const struct model *model = checking->model;
	struct json_object *fields = json_get(record_load(model->txn, RECORD_PROJECT,
	    model->project), "fields");
	struct span deeper, member = part(rest, &deeper), field = part(deeper, &deeper);
	const char *names[NAMES_MAX];
	size_t n = 0;

	if (!span_is(member, "fields") || field.n == 0 || json_count(fields) == 0 ||
	    doc_list_has(fields, field))
		return;
	for (size_t i = 0; i < json_count(fields) && n + 1 < NAMES_MAX; i++)
		names[n++] = arena_string(txn_arena(model->txn), json_span(json_at(fields, i)));
	names[n] = NULL;
	unknown(checking, name, field, at, names);
}

static void
check_name(void *arg, struct span name, size_t at)
{
	const struct checking *checking = arg;
	const struct model *model = checking->model;
	const struct {
		const char *root;
		const struct member *const *members;
	} documents[] = {
		{ "user", kind_user.members }, { "feedback", kind_feedback.members },
		{ "project", kind_project.members }, { "community", kind_setting.members },
		{ "delivery", SCHEMA(delivery_members) },
	};
	struct span rest, root = part(name, &rest);
	bool ticket = span_is(root, "feedback");
	size_t i = 0;

	if (model->stored) {
		if (span_is(root, "data") && rest.n > 0)
			check_data(checking, name, rest, at);
		else if (ticket && model->project.n > 0)
			check_field(checking, name, rest, at);
		return;
	}
	while (roots[i] != NULL && !span_is(root, roots[i]))
		i++;
	if (roots[i] == NULL)
		unknown(checking, name, root, at, roots);
	else if (ticket && model->record == RECORD_USER)
		complain(checking->complaints, checking->pointer,
		    "at byte %zu: there is no feedback in user automation", at);
	for (i = 0; rest.n > 0 && i < sizeof documents / sizeof documents[0]; i++)
		if (span_is(root, documents[i].root))
			check_member(checking, name, rest, at, documents[i].members);
}

void
model_check(const struct model *model, const struct tag *tag, struct complaints *complaints,
    const char *pointer)
{
	struct checking checking = { model, complaints, pointer };

	tag_names(tag, check_name, &checking);
}
