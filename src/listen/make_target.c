/* SPDX-License-Identifier: ISC */
#include "listen/make_target.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/text.h"
#include "community/feedback.h"
#include "community/people.h"
#include "listen/listener.h"
#include "listen/match.h"
#include "store/store.h"

#include <string.h>

/* Of which records a member is, and of which it has to be told. */
enum { USERS = 1 << RECORD_USER, TICKETS = 1 << RECORD_FEEDBACK };

const struct member making_parts[] = {
	{ "email", MEMBER_PARAMETER, MEMBER_FILLED, .label = "E-mail" },
	{ "username", MEMBER_PARAMETER, MEMBER_FILLED, .label = "Username" },
	{ "firstName", MEMBER_PARAMETER, MEMBER_FILLED, .label = "First name" },
	{ "lastName", MEMBER_PARAMETER, MEMBER_FILLED, .label = "Last name" },
	{ "project", MEMBER_PARAMETER, MEMBER_FILLED, .label = "Project" },
	{ "title", MEMBER_PARAMETER, MEMBER_FILLED, .label = "Title" },
	{ "description", MEMBER_PARAMETER, MEMBER_FILLED, .label = "Description" },
	{ "type", MEMBER_PARAMETER, MEMBER_FILLED, .label = "Type" },
	{ "feature", MEMBER_PARAMETER, MEMBER_FILLED, .label = "Feature" },
	{ "submitter", MEMBER_PARAMETER, MEMBER_FILLED, .label = "Submitter",
	    .parts = match_parts },
	{ "fields", MEMBER_FIELDS, 0, .label = "Fields" },
	{ .name = NULL },
};

static unsigned
records_with(const char *name)
{
	return (schema_member(schema_user, span_of(name)) != NULL ? USERS : 0u) |
	    (schema_member(schema_feedback, span_of(name)) != NULL ? TICKETS : 0u);
}

static struct json_object *
create_of(struct json_object *doc)
{
	return json_get(json_get(doc, "target"), "create");
}

static bool
is_needed(enum record record, const char *name)
{
	if (record == RECORD_USER)
		return strcmp(name, "email") == 0;
	return strcmp(name, "title") == 0 || strcmp(name, "project") == 0;
}

/* What the new record gets otherwise: by which it is matched, and the listener's project. */
static bool
is_given(struct json_object *doc, enum record record, const char *name)
{
	struct span match = json_string(json_get(doc, "target"), "match");

	return span_is(match, name) || (record == RECORD_FEEDBACK &&
	    strcmp(name, "project") == 0 && json_string(doc, "project").n > 0);
}

static void
check_fields(struct json_object *fields, struct span match, struct complaints *complaints)
{
	struct arena *arena = arena_new();
	struct doc_member *members;
	size_t n = doc_members(arena, fields, &members);

	for (size_t i = 0; i < n; i++) {
		const char *at = arena_printf(arena, "/target/create/fields/%s", members[i].name);
		struct span parameter = json_span(members[i].value);
		const char *wrong = parameter.n > 0 ? pointer_check(parameter)
		    : "must be a parameter: a name or a JSON Pointer";

		if (wrong != NULL)
			complain(complaints, at, "%s", wrong);
		else if (span_eq(match, span_of(arena_printf(arena, "fields.%s",
		        members[i].name))))
			complain(complaints, at, "is the field by which the target is found: it "
			    "gets that value already");
	}
	arena_free(&arena);
}

void
making_check(struct json_object *doc, struct complaints *complaints)
{
	struct json_object *target = json_get(doc, "target"), *create = create_of(doc);
	bool asked = span_is(json_string(target, "missing"), "create");
	struct span match = json_string(target, "match");
	enum record record;

	if (!asked && create != NULL)
		complain(complaints, "/target/create", "needs \"missing\":\"create\"");
	if (!asked || !record_by_name(json_string(doc, "automation"), &record))
		return;
	if (!span_starts(match, "fields.") && (record != RECORD_USER ||
	        (!span_is(match, "email") && !span_is(match, "username"))))
		complain(complaints, "/target/match", "what is created has to be found again, by "
		    "%sfields.<name>; ids are ours", record == RECORD_USER
		    ? "email, username or " : "");
	for (const struct member *m = making_parts; m->name != NULL; m++) {
		char at[64] = "/target/create/";

		strcat(at, m->name);
		if (json_get(create, m->name) == NULL) {
			if (is_needed(record, m->name) && !is_given(doc, record, m->name))
				complain(complaints, at, "\"%s\" is missing: no %s is without one",
				    m->name, record_name(record));
		} else if (!(records_with(m->name) & (1u << record))) {
			complain(complaints, at, "a %s has no %s", record_name(record), m->name);
		} else if (is_given(doc, record, m->name)) {
			complain(complaints, at, strcmp(m->name, "project") == 0
			    ? "is the project of the listener"
			    : "is that by which the target is found");
		}
	}
	check_fields(json_get(create, "fields"), match, complaints);
}

static struct span
submitter_by(struct json_object *doc)
{
	struct span by = json_string(json_get(create_of(doc), "submitter"), "match");

	return by.n > 0 ? by : SPAN("email");
}

void
making_refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);
	struct match match = { .record = RECORD_USER, .project = json_string(doc, "project"),
		.by = submitter_by(doc) };
	struct doc_member *members;
	size_t n = doc_members(arena, json_get(create_of(doc), "fields"), &members);

	match_check(match.by, complaints, "/target/create/submitter/match");
	match_refer(txn, &match, complaints, "/target/create/submitter/match");
	if (!record_by_name(json_string(doc, "automation"), &match.record))
		return;
	for (size_t i = 0; i < n; i++) {
		match.by = span_of(arena_printf(arena, "fields.%s", members[i].name));
		match_refer(txn, &match, complaints, arena_printf(arena,
		    "/target/create/fields/%s", members[i].name));
	}
}

const struct making *
making_compile(struct arena *arena, struct json_object *doc)
{
	struct making *making = arena_alloc(arena, sizeof *making);
	struct json_object *create = create_of(doc);
	struct doc_member *fields;
	size_t n = doc_members(arena, json_get(create, "fields"), &fields);
	enum record record = RECORD_USER;

	record_by_name(json_string(doc, "automation"), &record);
	making->submitter_by = arena_copy(arena, submitter_by(doc));
	making->members = arena_alloc(arena,
	    (n + json_members(create) + 1) * sizeof *making->members);
	for (const struct member *m = making_parts; m->name != NULL; m++) {
		struct json_object *value = json_get(create, m->name);

		if (value != NULL && m->type == MEMBER_PARAMETER)
			making->members[making->count++] = (struct making_member){ .name = m->name,
				.needed = is_needed(record, m->name),
				.parameter = arena_copy(arena, json_is_object(value)
				    ? json_string(value, "parameter") : json_span(value)) };
	}
	for (size_t i = 0; i < n; i++)
		making->members[making->count++] = (struct making_member){
			.name = arena_string(arena, span_of(fields[i].name)), .field = true,
			.parameter = arena_copy(arena, json_span(fields[i].value)) };
	return making;
}

const char *
making_example(const struct making *making, size_t member)
{
	static const char *const examples[][2] = {
		{ "email", "ann@example.com" }, { "username", "ann" }, { "firstName", "Ann" },
		{ "lastName", "Ito" }, { "project", "phone" }, { "title", "Crash on rotate" },
		{ "description", "It happens in landscape" }, { "type", "issue" },
		{ "feature", "Camera" }, { "submitter", "ann@example.com" },
	};

	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
		if (!making->members[member].field &&
		    strcmp(making->members[member].name, examples[i][0]) == 0)
			return examples[i][1];
	return "text";
}

/* One record on its way from the parameters to the store. */
struct attempt {
	struct txn *txn;
	struct delivery *item;
	struct json_object *doc;
};

static bool
is_scalar(struct json_object *value)
{
	enum doc_type type = doc_type(value);

	return type == DOC_STRING || type == DOC_INTEGER || type == DOC_FRACTION ||
	    type == DOC_BOOLEAN;
}

static void
set_field(struct attempt *attempt, const char *name, struct json_object *value)
{
	struct json_object *fields = json_get(attempt->doc, "fields");

	if (fields == NULL) {
		fields = json_new_object(attempt->item->arena);
		json_set(attempt->doc, "fields", json_share(fields));
	}
	json_set(fields, name, json_share(value));
}

/* A user by what the sender calls him; his address stands in documents. */
static struct span
submitter(struct attempt *attempt, const struct making_member *member,
    struct json_object *value)
{
	const struct listener *listener = attempt->item->listener;
	const struct match match = { RECORD_USER, listener->project,
		listener->making->submitter_by };
	struct span ids[2], name = match_name(attempt->item->arena, &match, value);
	size_t count = match_find(attempt->txn, &match, name, ids, 2);

	if (count == 1)
		return json_string(record_load(attempt->txn, RECORD_USER, ids[0]), "email");
	delivery_bad_field(attempt->item, member->parameter, arena_printf(attempt->item->arena,
	    count == 0 ? "no user has this as %.*s" : "more than one user has this as %.*s",
	    (int)match.by.n, match.by.p));
	return (struct span){ NULL, 0 };
}

/* From the body into the document; what is absent is left out. */
static void
take(struct attempt *attempt, const struct making_member *member)
{
	struct delivery *item = attempt->item;
	struct json_object *value = NULL;
	struct span text;

	pointer_get(item->payload, member->parameter, &value);
	if (value == NULL && member->needed)
		txn_fail(attempt->txn, FAULT_MISSING_PARAMETER, "the parameter '%.*s' is missing "
		    "from the body: the %s of what is to be made", (int)member->parameter.n,
		    member->parameter.p, member->name);
	if (value == NULL)
		return;
	if (!is_scalar(value)) {
		delivery_bad_field(item, member->parameter, "a text or a number is expected");
		return;
	}
	if (member->field) {
		set_field(attempt, member->name, value);
		return;
	}
	text = json_span(value).p != NULL ? json_span(value) : json_number_text(value);
	if (text.n == 0)
		return;
	if (strcmp(member->name, "submitter") == 0)
		text = submitter(attempt, member, value);
	else if (strcmp(member->name, "email") == 0)
		text = text_strip(text);
	if (text.p != NULL)
		json_set_text(attempt->doc, member->name, text);
}

/* The parameter of a member that a kind complains about, and its value; the target's own
 * where it is about nothing that the document names. */
static struct span
parameter_of(struct attempt *attempt, const char *pointer, struct json_object **value_r)
{
	const struct listener *listener = attempt->item->listener;
	struct span parameter = listener->parameter;

	for (size_t i = 0; i < listener->making->count; i++) {
		const struct making_member *member = &listener->making->members[i];
		const char *at = arena_printf(attempt->item->arena, "/%s%s",
		    member->field ? "fields/" : "", member->name);

		if (strcmp(at, pointer) == 0)
			parameter = member->parameter;
	}
	*value_r = NULL;
	pointer_get(attempt->item->payload, parameter, value_r);
	return parameter;
}

static void
tell_bad(struct complaints *complaints, const char *pointer, const char *sentence)
{
	struct attempt *attempt = complaints->arg;
	struct json_object *value;
	struct span parameter = parameter_of(attempt, pointer, &value);

	complaints->count++;
	delivery_bad_field(attempt->item, parameter, mask_covers(&attempt->item->masked, value)
	    ? "is not accepted" : sentence);
}

/* A user of that address is somebody else, since he was not found. */
static bool
is_taken(struct attempt *attempt, struct complaints *complaints)
{
	struct span email = json_string(attempt->doc, "email"), other;

	if (attempt->item->listener->record != RECORD_USER ||
	    !people_id(attempt->txn, email, &other))
		return false;
	complain(complaints, "/email", "a user who was not found has that address");
	return true;
}

/* By what the kind of document asks of everybody's. */
static struct span
store(struct attempt *attempt, struct complaints *complaints)
{
	const struct listener *listener = attempt->item->listener;
	const struct kind *kind = listener->record == RECORD_USER ? &kind_user : &kind_feedback;
	const struct audit_by *before = audit_by(attempt->txn);
	struct span none = { NULL, 0 }, id;
	struct audit_by by;

	kind_check(attempt->txn, kind, attempt->doc, complaints);
	if (complaints->count == 0)
		kind_refer(attempt->txn, kind, attempt->doc, complaints);
	if (complaints->count > 0 || is_taken(attempt, complaints) || !txn_ok(attempt->txn))
		return none;
	id = record_new_id(attempt->txn, listener->record);
	json_set_text(attempt->doc, "id", id);
	if (kind == &kind_user)
		before = target_audits(attempt->txn, attempt->item, &by);
	kind_put(attempt->txn, kind, attempt->doc, complaints);
	audit_made_by(attempt->txn, before);
	return complaints->count > 0 || !txn_ok(attempt->txn) ? none : id;
}

/* Whoever comes by a project's listener takes part in it. */
static void
begin(struct attempt *attempt, struct span name, struct json_object *value)
{
	struct arena *arena = attempt->item->arena;
	const struct listener *listener = attempt->item->listener;
	struct json_object *projects;

	attempt->doc = json_new_object(arena);
	if (span_starts(listener->match, "fields."))
		set_field(attempt, arena_string(arena, listener->match) + 7,
		    value != NULL ? value : json_new_text(arena, name));
	else
		json_set_text(attempt->doc, arena_string(arena, listener->match), name);
	if (listener->project.n == 0)
		return;
	if (listener->record == RECORD_FEEDBACK) {
		json_set_text(attempt->doc, "project", listener->project);
		return;
	}
	projects = json_new_array(arena);
	json_append(projects, json_share(json_new_text(arena, listener->project)));
	json_set(attempt->doc, "projects", json_share(projects));
}

struct span
make_target(struct txn *txn, struct delivery *item, struct span name,
    struct json_object *value)
{
	const struct listener *listener = item->listener;
	struct attempt attempt = { .txn = txn, .item = item };
	struct complaints complaints = { .add = tell_bad, .arg = &attempt };
	struct bad_field **bad = item->bad_fields == NULL ? &item->bad_fields
	                                                  : item->bad_fields_end;
	struct span id = { NULL, 0 };

	begin(&attempt, name, value);
	for (size_t i = 0; i < listener->making->count && txn_ok(txn); i++)
		take(&attempt, &listener->making->members[i]);
	if (txn_ok(txn) && *bad == NULL)
		id = store(&attempt, &complaints);
	if (txn_ok(txn) && *bad != NULL)
		txn_fail(txn, FAULT_BAD_VALUE, "no %s can be made: %.*s: %.*s",
		    record_name(listener->record), (int)(*bad)->parameter.n, (*bad)->parameter.p,
		    (int)(*bad)->sentence.n, (*bad)->sentence.p);
	return id;
}
