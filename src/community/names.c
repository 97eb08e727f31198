/* SPDX-License-Identifier: ISC */
#include "community/names.h"

#include "base/json.h"
#include "base/text.h"
#include "community/feedback.h"
#include "community/group.h"
#include "community/people.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "store/store.h"

#include <stdio.h>

static const struct member delivery_members[] = {
	{ "id", MEMBER_STRING, 0, .label = "Id" },
	{ "at", MEMBER_TIME, 0, .label = "At" },
	{ "listener", MEMBER_STRING, 0, .label = "Listener" },
	{ "event", MEMBER_STRING, 0, .label = "Event" },
	{ .name = NULL },
};

static const char *const roots[] = { "user", "feedback", "project", "data", "payload",
	"delivery", "community", "now", NULL };

/* A name on its way through what there is. */
struct lookup {
	const struct names *names;
	struct span whole;       /* "user.ranks.0.rank" */
	/* What it is, once it is found; member NULL: nothing is known of it. */
	const struct member *member;
	const struct group_field *field;
	const char *wrong;       /* the sentence; NULL: it can be answered */
};

/* The first part of a dotted name; rest_r is empty behind the last one. */
static struct span
part(struct span name, struct span *rest_r)
{
	struct span first = text_cut(&name, '.');

	*rest_r = name.p != NULL ? name : SPAN("");
	return first;
}

static bool
is_number(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n > 0;
}

static int
shown(struct span name)
{
	return (int)(name.n < 60 ? name.n : 60);
}

/* `part` of the name is not known; `nearest` was asked for what is. */
static void
unknown(struct lookup *lookup, struct span wrong, const struct text_nearest *nearest)
{
	struct arena *arena = lookup->names->arena;
	int before = (int)(wrong.p - lookup->whole.p);
	struct span name = { lookup->whole.p, (size_t)before + wrong.n };

	if (nearest->found.p != NULL && before < 60)
		lookup->wrong = arena_printf(arena, "nothing is called '%.*s'; did you mean "
		    "'%.*s%.*s'?", shown(name), name.p, before, name.p, (int)nearest->found.n,
		    nearest->found.p);
	else
		lookup->wrong = arena_printf(arena, "nothing is called '%.*s'", shown(name), name.p);
}

static void find_member(struct lookup *lookup, const struct member *const tables[],
    struct span rest, bool with_id);

/* What follows a member that was found. */
static void
below(struct lookup *lookup, const struct member *member, struct span rest)
{
	struct span deeper;
	bool item = (member->flags & MEMBER_LIST) && is_number(part(rest, &deeper));

	if (item)
		rest = deeper;
	lookup->member = rest.n == 0 && (item || !(member->flags & MEMBER_LIST)) ? member : NULL;
	if (rest.n == 0)
		return;
	if (member->parts != NULL) {
		find_member(lookup, SCHEMA(member->parts), rest, false);
	} else if (member->type != MEMBER_OBJECT && member->type != MEMBER_FIELDS &&
	    member->type != MEMBER_ANY && (item || !(member->flags & MEMBER_LIST))) {
		lookup->wrong = arena_printf(lookup->names->arena, "'%.*s' is a single "
		    "value, there is nothing below it", (int)(rest.p - 1 - lookup->whole.p),
		    lookup->whole.p);
	}
}

/* with_id: documents that have no such member are shown with one all the same. */
static void
find_member(struct lookup *lookup, const struct member *const tables[], struct span rest,
    bool with_id)
{
	struct span deeper, wanted = part(rest, &deeper);
	struct text_nearest nearest = text_nearest_to(wanted);

	for (const struct member *const *table = tables; *table != NULL; table++) {
		const struct member *member = schema_member(*table, wanted);

		if (member != NULL) {
			below(lookup, member, deeper);
			return;
		}
		for (const struct member *m = *table; m->name != NULL; m++)
			text_nearest_try(&nearest, span_of(m->name));
	}
	if (!with_id || !span_is(wanted, "id"))
		unknown(lookup, wanted, &nearest);
}

/* The field that data can be asked for by this name: parameter, label, last part. */
static const struct group_field *
field_of(struct txn *txn, const struct group *group, struct span wanted,
    struct text_nearest *nearest)
{
	for (size_t i = 0; i < group->field_count; i++) {
		const struct group_field *field = &group->fields[i];
		const struct span each[] = { field->parameter, field->label,
			group_last_part(txn_arena(txn), field->parameter) };

		for (size_t k = 0; k < sizeof each / sizeof each[0]; k++) {
			if (each[k].n > 0 && span_eq(each[k], wanted))
				return field;
			if (each[k].n > 0)
				text_nearest_try(nearest, each[k]);
		}
	}
	return NULL;
}

/* data.usage.launches: any group of this record that the name can mean has the field. */
static void
find_data(struct lookup *lookup, struct span rest)
{
	const struct names *names = lookup->names;
	struct txn *txn = names->txn;
	struct span field, deeper, key = part(rest, &field), position = SPAN("");
	struct text_nearest groups = text_nearest_to(key), fields;
	struct json_object *doc;
	bool found = false;

	field = part(field, &deeper);
	fields = text_nearest_to(field);
	while ((doc = doc_next(txn, "group", position, &position)) != NULL) {
		struct span project = json_string(doc, "project"), own = json_string(doc, "key");
		const struct group *group;

		/* A macro of the community meets tickets of all projects. */
		if (!span_is(json_string(doc, "automation"), record_name(names->record)) ||
		    (names->project.n > 0 && project.n > 0 && !span_eq(project, names->project)))
			continue;
		text_nearest_try(&groups, own);
		if (!span_eq(own, key) && !span_eq(doc_name(txn_arena(txn), project, own), key))
			continue;
		found = true;
		group = group_load(txn, txn_arena(txn), project, own);
		if (field.n == 0 || group == NULL)
			return;
		lookup->field = field_of(txn, group, field, &fields);
		if (lookup->field != NULL)
			return;
	}
	unknown(lookup, found ? field : key, found ? &fields : &groups);
}

/* A project may list the fields of its tickets. */
static void
find_listed(struct lookup *lookup, struct span rest)
{
	const struct names *names = lookup->names;
	struct json_object *fields = json_get(record_load(names->txn, RECORD_PROJECT,
	    names->project), "fields");
	struct span deeper, member = part(rest, &deeper), field = part(deeper, &deeper);
	struct text_nearest nearest = text_nearest_to(field);

	if (!span_is(member, "fields") || field.n == 0 || json_count(fields) == 0 ||
	    doc_list_has(fields, field))
		return;
	for (size_t i = 0; i < json_count(fields); i++)
		text_nearest_try(&nearest, json_span(json_at(fields, i)));
	unknown(lookup, field, &nearest);
}

static void
find(struct lookup *lookup)
{
	const struct names *names = lookup->names;
	const struct {
		const char *root;
		const struct member *const *members;
	} documents[] = {
		{ "user", SCHEMA(schema_user) }, { "feedback", SCHEMA(schema_feedback) },
		{ "project", SCHEMA(schema_project) }, { "community", SCHEMA(schema_setting) },
		{ "delivery", SCHEMA(delivery_members) },
		{ names->own != NULL ? names->own->name : "", names->own != NULL
		    ? names->own->members : NULL },
	};
	struct span rest, root = part(lookup->whole, &rest);

	for (size_t i = sizeof documents / sizeof documents[0]; i-- > 0 && rest.n > 0;)
		if (span_is(root, documents[i].root)) {
			if (documents[i].members != NULL)
				find_member(lookup, documents[i].members, rest, true);
			break;
		}
	if (lookup->wrong != NULL || !names->stored || rest.n == 0)
		return;
	if (span_is(root, "data"))
		find_data(lookup, rest);
	else if (span_is(root, "feedback") && names->project.n > 0)
		find_listed(lookup, rest);
}

const char *
names_wrong(const struct names *names, struct span name)
{
	struct lookup lookup = { .names = names, .whole = name };

	find(&lookup);
	return lookup.wrong;
}

/* Tags */

struct tag_check {
	const struct names *names;
	struct complaints *complaints;
	const char *pointer;
};

static void
check_tag_name(void *arg, struct span name, size_t at)
{
	const struct tag_check *check = arg;
	struct span rest, root = part(name, &rest);
	struct text_nearest nearest = text_nearest_to(root);
	const char *wrong = NULL;
	size_t i = 0;

	while (roots[i] != NULL && !span_is(root, roots[i]))
		text_nearest_try(&nearest, span_of(roots[i++]));
	if (roots[i] != NULL && span_is(root, "feedback") && check->names->record == RECORD_USER)
		wrong = "there is no feedback in user automation";
	else if (roots[i] != NULL)
		wrong = names_wrong(check->names, name);
	else if (nearest.found.p != NULL)
		wrong = arena_printf(check->names->arena, "nothing is called '%.*s'; did "
		    "you mean '%s'?", shown(root), root.p, nearest.found.p);
	else
		wrong = arena_printf(check->names->arena, "nothing is called '%.*s'; a tag "
		    "begins with user, feedback, project, data, payload, delivery, community or now",
		    shown(root), root.p);
	if (wrong != NULL)
		complain(check->complaints, check->pointer, "at byte %zu: %s", at, wrong);
}

void
names_check_tag(const struct names *names, const struct tag *tag,
    struct complaints *complaints, const char *pointer)
{
	struct tag_check check = { names, complaints, pointer };

	tag_names(tag, check_tag_name, &check);
}

/* Filters */

/* What a value can be, as filters compare it. */
enum values { VALUES_ANY, VALUES_BOOL, VALUES_NUMBER, VALUES_TEXT };

static enum values
values_of(const struct lookup *lookup)
{
	static const enum values of_group[] = {
		[GROUP_BOOLEAN] = VALUES_BOOL, [GROUP_DATETIME] = VALUES_TEXT,
		[GROUP_INTEGER] = VALUES_NUMBER, [GROUP_STRING] = VALUES_TEXT,
	};

	if (lookup->field != NULL)
		return of_group[lookup->field->type];
	if (lookup->member == NULL)
		return VALUES_ANY;
	switch (lookup->member->type) {
	case MEMBER_ANY:
	case MEMBER_OBJECT:
	case MEMBER_FIELDS:
		return VALUES_ANY;
	case MEMBER_INTEGER:
		return VALUES_NUMBER;
	case MEMBER_BOOLEAN:
		return VALUES_BOOL;
	default:
		return VALUES_TEXT;
	}
}

struct filter_check {
	const struct names *names;
	struct filter_error *error;
	bool good;
};

static void
fail(struct filter_check *check, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
fail(struct filter_check *check, size_t at, const char *format, ...)
{
	va_list args;

	check->good = false;
	check->error->at = at;
	va_start(args, format);
	vsnprintf(check->error->text, sizeof check->error->text, format, args);
	va_end(args);
}

/* The words that this member can be, where somebody lists them: in the schema, or in the
 * project; each is tried. True when the text is one of them, or anything goes. */
static bool
is_listed(const struct names *names, const struct member *member, struct span text,
    struct text_nearest *nearest)
{
	static const struct {
		const char *member, *list;
	} listed[] = { { "status", "statuses" }, { "type", "types" }, { "exposure", "exposures" } };
	struct json_object *project, *list = NULL;
	bool any = true;

	if (member == NULL)
		return true;
	for (const char *const *choice = member->choices; choice != NULL && *choice != NULL; choice++) {
		any = false;
		if (span_is(text, *choice))
			return true;
		text_nearest_try(nearest, span_of(*choice));
	}
	if (names->stored && names->project.n > 0) {
		project = record_load(names->txn, RECORD_PROJECT, names->project);
		for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++)
			if (member == schema_member(schema_feedback, span_of(listed[i].member)))
				list = json_get(project, listed[i].list);
	}
	for (size_t i = 0; i < json_count(list); i++) {
		any = false;
		if (span_eq(text, json_span(json_at(list, i))))
			return true;
		text_nearest_try(nearest, json_span(json_at(list, i)));
	}
	return any;
}

static void
check_constant(struct filter_check *check, const struct filter_mention *mention,
    const struct lookup *lookup, const struct filter_constant *constant)
{
	static const char *const kinds[] = { [VALUES_BOOL] = "true or false",
		[VALUES_NUMBER] = "a number", [VALUES_TEXT] = "text" };
	static const enum values of_constant[] = { [FILTER_IS_BOOL] = VALUES_BOOL,
		[FILTER_IS_NUMBER] = VALUES_NUMBER, [FILTER_IS_TEXT] = VALUES_TEXT };
	enum values values = values_of(lookup), other = of_constant[constant->type];
	struct text_nearest nearest;

	if (values != VALUES_ANY && other != VALUES_ANY && values != other) {
		fail(check, constant->at, "%.*s is %s, and is never equal to or compared with %s",
		    shown(mention->path), mention->path.p, kinds[values], kinds[other]);
		return;
	}
	nearest = text_nearest_to(constant->text);
	if (other == VALUES_TEXT &&
	    !is_listed(check->names, lookup->member, constant->text, &nearest))
		fail(check, constant->at, "%.*s is never '%.*s'%s%.*s%s", shown(mention->path),
		    mention->path.p, shown(constant->text), constant->text.p,
		    nearest.found.p != NULL ? "; did you mean '" : "",
		    (int)nearest.found.n, nearest.found.p != NULL ? nearest.found.p : "",
		    nearest.found.p != NULL ? "'?" : "");
}

static void
check_mention(void *arg, const struct filter_mention *mention)
{
	struct filter_check *check = arg;
	struct lookup lookup = { .names = check->names, .whole = mention->path };
	struct span rest, root = part(mention->path, &rest);

	if (!check->good)
		return;
	if (span_is(root, "feedback") && check->names->record == RECORD_USER &&
	    check->names->own == NULL) {
		fail(check, mention->at, "there is no feedback in user automation");
		return;
	}
	find(&lookup);
	if (lookup.wrong != NULL) {
		fail(check, mention->at, "%s", lookup.wrong);
		return;
	}
	/* The items of a list of texts. */
	if (mention->holds && lookup.member == NULL && !span_is(root, "payload")) {
		struct span item = span_of(arena_printf(check->names->arena, "%.*s.0",
		    (int)mention->path.n, mention->path.p));
		struct lookup items = { .names = check->names, .whole = item };

		find(&items);
		if (items.wrong == NULL)
			lookup.member = items.member;
	} else if (mention->holds) {
		return;
	}
	for (size_t i = 0; i < mention->constant_count && check->good; i++)
		check_constant(check, mention, &lookup, &mention->constants[i]);
}

bool
names_check_filter(const struct names *names, const struct filter *filter,
    struct filter_error *error_r)
{
	struct filter_check check = { .names = names, .error = error_r, .good = true };

	filter_mentions(filter, names->arena, check_mention, &check);
	return check.good;
}
