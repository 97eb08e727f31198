/* SPDX-License-Identifier: ISC */
/* Macros as documents: checked, stored, compiled. macro_run.c runs them. */
#include "act/macro_private.h"

#include "act/macro_log.h"
#include "base/json.h"
#include "community/feedback_rows.h"
#include "community/names.h"
#include "community/saved_filter.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/words.h"
#include "record/scope.h"
#include "store/store.h"

#include <stdio.h>

static const struct action_type *const tables[] = {
	macro_person_actions, macro_ticket_actions, macro_parcel_actions,
};

/* Macros that stand behind one, each compiled once. */
struct loaded {
	struct loaded *next;
	struct span full_name;
	const struct macro *macro; /* NULL while it is open, or when it has failed */
	bool open;                 /* being compiled */
};

struct macro_loader {
	struct loaded *loaded;
	unsigned depth;
};

enum record
macro_record(const struct macro *macro)
{
	return macro->record;
}

void
macro_complain(struct macro_compile *compile, const char *member, const char *format, ...)
{
	char pointer[300], text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	snprintf(pointer, sizeof pointer, "%s%s%.200s", compile->pointer,
	    member[0] == '\0' ? "" : "/", member);
	complain(compile->complaints, pointer, "%s", text);
}

struct span
macro_span(struct macro_compile *compile, struct json_object *doc, const char *member)
{
	return arena_copy(compile->arena, json_string(doc, member));
}

const struct tag *
macro_tag(struct macro_compile *compile, const char *member, struct span source,
    enum tag_place place)
{
	const struct names names = { .txn = compile->txn, .arena = compile->arena,
		.record = compile->record, .project = compile->project,
		.stored = !compile->shape };
	struct tag_error error;
	const struct tag *tag = tag_compile(compile->arena,
	    arena_copy(compile->arena, source), place, &error);

	if (tag == NULL)
		macro_complain(compile, member, "at byte %zu: %s", error.at, error.text);
	else if (compile->shape || compile->names)
		names_check_tag(&names, tag, compile->complaints,
		    arena_printf(compile->arena, "%s/%s", compile->pointer, member));
	return tag;
}

static const struct action_type *
action_type(struct span name)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct action_type *type = tables[i]; type->name != NULL; type++)
			if (span_is(name, type->name))
				return type;
	return NULL;
}

static bool
stands_in(const struct action_type *type, enum record record)
{
	return record == RECORD_USER ? type->user : type->feedback;
}

static const char *
listed(struct arena *arena, const char *const names[])
{
	const char *list = "";

	for (size_t i = 0; names[i] != NULL; i++)
		list = arena_printf(arena, "%s%s%s", list, i > 0 ? ", " : "", names[i]);
	return list;
}

#define NAMES_MAX 40

static const char *const *
action_names(enum record record, const char *names[NAMES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct action_type *type = tables[i]; type->name != NULL; type++)
			if (stands_in(type, record) && n < NAMES_MAX - 1)
				names[n++] = type->name;
	names[n] = NULL;
	return names;
}

const char *const *
macro_action_names(struct arena *arena, enum record record)
{
	return action_names(record, arena_alloc(arena, NAMES_MAX * sizeof(const char *)));
}

const struct member *
macro_action_members(struct span name)
{
	const struct action_type *type = action_type(name);

	return type != NULL ? type->members : NULL;
}

static void
complain_unknown(struct macro_compile *compile, struct span name)
{
	const char *names[NAMES_MAX];
	const char *nearest = doc_nearest(name, action_names(compile->record, names));

	macro_complain(compile, "action", "there is no action '%.*s'%s%s%s",
	    (int)(name.n > 60 ? 60 : name.n), name.p,
	    nearest != NULL ? "; did you mean '" : "; it is one of ",
	    nearest != NULL ? nearest : listed(compile->arena, names),
	    nearest != NULL ? "'?" : "");
}

static void
complain_missing(struct macro_compile *compile)
{
	const char *names[NAMES_MAX];

	action_names(compile->record, names);
	macro_complain(compile, "", "must be an object with the member \"action\": one of %s",
	    listed(compile->arena, names));
}

static void
check_to(struct macro_compile *compile, const struct action_type *type,
    struct json_object *doc)
{
	struct span to = json_string(doc, "to");

	if (type->on != ON_PERSON)
		return;
	if (compile->record == RECORD_FEEDBACK && !span_is(to, "submitter"))
		macro_complain(compile, "to",
		    "%s in feedback automation needs \"to\":\"submitter\"", type->name);
	else if (compile->record == RECORD_USER && to.n > 0 && !span_is(to, "target"))
		macro_complain(compile, "to",
		    "can only be \"target\" in user automation, and may be left out");
}

static const struct filter *
compile_when(struct macro_compile *compile, struct json_object *doc)
{
	const struct saved_scope scope = { .project = compile->project,
		.record = compile->record, .only_shape = compile->shape,
		.names = compile->shape || compile->names };
	struct span source = macro_span(compile, doc, "when");
	struct filter_error error;
	const struct filter *when;

	if (source.n == 0)
		return NULL;
	when = saved_compile(compile->txn, compile->arena, &scope, NULL, source, &error);
	if (when != NULL)
		return when;
	macro_complain(compile, "when", "%s", filter_error_show(compile->arena, &error, source));
	return NULL;
}

/* Of every action. */
static const char *action_offer(size_t i);
static const struct member action_members[] = {
	{ "action", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Action",
	    .offers = action_offer, .asked = 1 },
	{ "when", MEMBER_STRING, 0, .label = "When",
	    .hint = "only when this filter matches: payload.status == 'done'" },
	{ .name = NULL },
};

static const struct action_type *
action_at(size_t i)
{
	for (size_t k = 0; k < sizeof tables / sizeof tables[0]; k++)
		for (const struct action_type *type = tables[k]; type->name != NULL; type++)
			if (i-- == 0)
				return type;
	return NULL;
}

static const char *
action_offer(size_t i)
{
	const struct action_type *type = action_at(i);

	return type != NULL ? type->name : NULL;
}

static const struct member *
action_table(size_t i, const char **word_r)
{
	const struct action_type *type = action_at(i);

	*word_r = type != NULL ? type->name : NULL;
	return type != NULL ? type->members : NULL;
}

static const struct variants action_variants = { .by = "action", .table = action_table };

static void
compile_action(struct macro_compile *compile, struct json_object *doc,
    struct macro_action *action_r)
{
	struct span name = json_string(doc, "action");
	const struct action_type *type = action_type(name);
	size_t before = compile->complaints->count;

	if (!json_is_object(doc) || name.n == 0) {
		complain_missing(compile);
		return;
	}
	if (type == NULL) {
		complain_unknown(compile, name);
		return;
	}
	if (!stands_in(type, compile->record)) {
		macro_complain(compile, "action", "%s cannot stand in %s automation",
		    type->name, record_name(compile->record));
		return;
	}
	if (compile->shape)
		schema_check(SCHEMA(action_members, type->members), doc, compile->complaints,
		    compile->pointer);
	check_to(compile, type, doc);
	action_r->type = type;
	action_r->when = compile_when(compile, doc);
	/* With members of wrong types it would complain of the same again. */
	if (compile->complaints->count == before)
		action_r->rule = type->compile(compile, doc);
}

/* NULL after complaints. */
static struct macro *
compile_macro(struct macro_compile *compile, struct json_object *doc)
{
	struct macro *macro = arena_alloc(compile->arena, sizeof *macro);
	struct json_object *actions = json_get(doc, "actions");
	size_t before = compile->complaints->count;

	compile->project = macro->project = macro_span(compile, doc, "project");
	compile->record = macro->record = span_is(json_string(doc, "automation"), "feedback")
	    ? RECORD_FEEDBACK : RECORD_USER;
	macro->key = macro_span(compile, doc, "key");
	macro->full_name = doc_name(compile->arena, macro->project, macro->key);
	macro->enabled = json_flag(doc, "enabled", true);
	macro->once = json_flag(doc, "once", false);
	macro->action_count = json_count(actions);
	macro->actions = arena_alloc(compile->arena,
	    (macro->action_count + 1) * sizeof *macro->actions);
	for (size_t i = 0; i < macro->action_count; i++) {
		compile->pointer = arena_printf(compile->arena, "/actions/%zu", i);
		compile_action(compile, json_at(actions, i), &macro->actions[i]);
	}
	macro->height = compile->height;
	return compile->complaints->count == before ? macro : NULL;
}

/* Complaints about a macro that another one runs are complaints about run-macro. */
struct nested_complaints {
	struct complaints base;
	struct macro_compile *outer;
	struct span name;
};

static void
nested_add(struct complaints *complaints, const char *pointer, const char *sentence)
{
	struct nested_complaints *nested = complaints->arg;

	if (complaints->count++ == 0)
		macro_complain(nested->outer, "macro", "in '%.*s' at %s: %s",
		    (int)nested->name.n, nested->name.p, pointer, sentence);
}

static struct loaded *
loaded_find(const struct macro_loader *loader, struct span full_name)
{
	for (struct loaded *loaded = loader->loaded; loaded != NULL; loaded = loaded->next)
		if (span_eq(loaded->full_name, full_name))
			return loaded;
	return NULL;
}

static struct loaded *
loaded_add(struct macro_compile *compile, struct span full_name)
{
	struct loaded *loaded = arena_alloc(compile->arena, sizeof *loaded);

	*loaded = (struct loaded){ .next = compile->loader->loaded,
		.full_name = full_name, .open = true };
	compile->loader->loaded = loaded;
	return loaded;
}

static const struct macro *
load_nested(struct macro_compile *outer, struct span project, struct span key,
    struct span full_name)
{
	struct nested_complaints nested = {
		.base = { .add = nested_add, .arg = &nested },
		.outer = outer,
		.name = full_name,
	};
	struct macro_compile compile = {
		.txn = outer->txn, .arena = outer->arena, .complaints = &nested.base,
		.loader = outer->loader,
	};
	struct loaded *loaded = loaded_add(outer, full_name);

	outer->loader->depth++;
	loaded->macro = compile_macro(&compile, doc_load(outer->txn, "macro", project, key));
	outer->loader->depth--;
	loaded->open = false;
	return loaded->macro;
}

static const struct macro *
complain_depth(struct macro_compile *compile)
{
	macro_complain(compile, "macro", "macros cannot run each other more than %d deep",
	    MACRO_DEPTH);
	return NULL;
}

const struct macro *
macro_nested(struct macro_compile *compile, struct span name)
{
	struct span project, key, full_name;
	const struct macro *macro;
	struct loaded *loaded;

	if (!scope_find(compile->txn, "macro", compile->project, name, &project, &key)) {
		macro_complain(compile, "macro", "there is no macro '%.*s'", (int)name.n, name.p);
		return NULL;
	}
	full_name = doc_name(compile->arena, project, key);
	loaded = loaded_find(compile->loader, full_name);
	if (loaded != NULL && loaded->macro == NULL) {
		macro_complain(compile, "macro", loaded->open
		    ? "'%.*s' would run itself" : "'%.*s' cannot be run",
		    (int)full_name.n, full_name.p);
		return NULL;
	}
	if (loaded != NULL)
		macro = loaded->macro;
	else if (compile->loader->depth < MACRO_DEPTH)
		macro = load_nested(compile, project, key, full_name);
	else
		macro = complain_depth(compile);
	if (macro == NULL)
		return NULL;
	if (macro->height >= MACRO_DEPTH)
		return complain_depth(compile);
	if (macro->record != compile->record)
		macro_complain(compile, "macro", "'%.*s' is for %s automation",
		    (int)full_name.n, full_name.p, record_name(macro->record));
	if (macro->height + 1 > compile->height)
		compile->height = macro->height + 1;
	return macro;
}

/* From a stored or a new document, with everything that it names. names: also what
 * its tags do, which may be gone when it runs. */
static const struct macro *
load(struct txn *txn, struct arena *arena, struct json_object *doc, bool names,
    struct complaints *complaints)
{
	struct macro_loader loader = { 0 };
	struct macro_compile compile = {
		.txn = txn, .arena = arena, .complaints = complaints, .loader = &loader,
		.names = names,
	};

	loaded_add(&compile, doc_full_name(arena, doc));
	return compile_macro(&compile, doc);
}

static void
load_failed(struct complaints *complaints, const char *pointer, const char *sentence)
{
	complaints->count++;
	txn_fail(complaints->arg, FAULT_MACRO_FAILED, "the macro cannot be run: %s: %s",
	    pointer, sentence);
}

const struct macro *
macro_load(struct txn *txn, struct arena *arena, struct span project, struct span key)
{
	struct complaints complaints = { .add = load_failed, .arg = txn };
	struct json_object *doc = doc_load(txn, "macro", project, key);
	const struct macro *macro;

	if (doc == NULL) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no macro '%.*s'", (int)key.n, key.p);
		return NULL;
	}
	macro = load(txn, arena, doc, false, &complaints);
	return txn_ok(txn) ? macro : NULL;
}

static const char *const automations[] = { "user", "feedback", NULL };

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 2, .asked = 1 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project", .column = 1, .asked = 2 },
	{ "name", MEMBER_LINE, 0, .label = "Name", .column = 4 },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "automation", MEMBER_CHOICE, MEMBER_NEEDED, .label = "Automation", .choices = automations, .words = words_automations,
	    .column = 3, .asked = 3 },
	{ "enabled", MEMBER_BOOLEAN, 0, .label = "Enabled" },
	{ "once", MEMBER_BOOLEAN, 0, .label = "Once for each",
	    .hint = "runs at most once for each user or ticket" },
	{ "actions", MEMBER_ANY, MEMBER_NEEDED | MEMBER_LIST, .label = "Actions",
	    .parts = action_members, .variants = &action_variants,
	    .hint = "what is done, one after the other: set-status Closed, "
	        "add-comment jim@acme.example \"Fixed.\" …" },
	{ .name = NULL },
};

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct macro_compile compile = {
		.txn = txn, .arena = txn_arena(txn), .complaints = complaints, .shape = true,
	};
	size_t count = json_count(json_get(doc, "actions"));

	schema_check(SCHEMA(members), doc, complaints, "");
	if (json_is_array(json_get(doc, "actions")) && (count == 0 || count > MACRO_ACTIONS))
		complain(complaints, "/actions", "must have 1 to %d items", MACRO_ACTIONS);
	if (count <= MACRO_ACTIONS && (span_is(json_string(doc, "automation"), "user") ||
	    span_is(json_string(doc, "automation"), "feedback")))
		compile_macro(&compile, doc);
}

/* What a project may list, and what action names it by which member. */
static const struct {
	const char *action, *member, *list;
} listings[] = {
	{ "set-status", "status", "statuses" },
	{ "set-exposure", "exposure", "exposures" },
	{ "set-field", "field", "fields" },
};

/* Where it is known of which project the tickets are, before a delivery fails by it. */
static void
check_listed(struct txn *txn, struct json_object *project, struct json_object *macro, int depth,
    struct complaints *complaints, const char *above, const char *in)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *actions = json_get(macro, "actions");
	struct span of, key;

	if (!span_is(json_string(macro, "automation"), "feedback") || depth > MACRO_DEPTH)
		return;
	for (size_t i = 0; i < json_count(actions); i++) {
		struct json_object *action = json_at(actions, i);
		struct span name = json_string(action, "action");
		const char *at = arena_printf(arena, "/actions/%zu", i);

		for (size_t k = 0; k < sizeof listings / sizeof listings[0]; k++) {
			struct span value = json_string(action, listings[k].member);

			if (span_is(name, listings[k].action) &&
			    !feedback_listed(project, listings[k].list, value))
				complain(complaints, *in == '\0' ? arena_printf(arena, "%s/%s", at,
				    listings[k].member) : above, "%s%s", in, feedback_unlisted(arena,
				    project, listings[k].member, listings[k].list, value));
		}
		if (span_is(name, "run-macro") && scope_find(txn, "macro", json_string(macro, "project"),
		        json_string(action, "macro"), &of, &key))
			check_listed(txn, project, doc_load(txn, "macro", of, key), depth + 1, complaints,
			    *in == '\0' ? arena_printf(arena, "%s/macro", at) : above,
			    arena_printf(arena, "macro %s: ", doc_name(arena, of, key).p));
	}
}

void
macro_refer(struct txn *txn, struct span project, struct span macro_project,
    struct span macro_key, struct complaints *complaints, const char *pointer)
{
	if (project.n > 0 && macro_project.n == 0)
		check_listed(txn, record_load(txn, RECORD_PROJECT, project), doc_load(txn, "macro",
		    macro_project, macro_key), 1, complaints, pointer, arena_printf(txn_arena(txn),
		    "macro %.*s: ", (int)macro_key.n, macro_key.p));
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span project = json_string(doc, "project");
	size_t before = complaints->count;

	schema_refer(txn, SCHEMA(members), doc, complaints, "");
	load(txn, txn_arena(txn), doc, true, complaints);
	if (project.n > 0 && complaints->count == before)
		check_listed(txn, record_load(txn, RECORD_PROJECT, project), doc, 0, complaints, "", "");
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct json_object *old = doc_load(txn, "macro", json_string(doc, "project"),
	    json_string(doc, "key"));

	(void)complaints;
	return doc_put(txn, "macro", macro_seal(txn, doc, old));
}

static void
uses_of(struct doc_uses *uses, struct txn *txn, struct span name)
{
	doc_uses_rules(uses, txn, "macro", name);
}

static bool
macro_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	(void)complaints;
	macro_log_drop(txn, name);
	return doc_remove(txn, "macro", name);
}

static const char *
warn(struct txn *txn, struct json_object *doc)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *actions = json_get(doc, "actions");

	for (size_t i = 0; i < json_count(actions); i++) {
		struct json_object *action = json_at(actions, i);
		const char *warning = span_is(json_string(action, "action"), "webhook")
		    ? webhook_warn(arena, action) : NULL;

		if (warning != NULL)
			return arena_printf(arena, "/actions/%zu: %s", i, warning);
	}
	return NULL;
}

const struct kind kind_macro = {
	.name = "macro",
	.order = 90,
	.exported = true,
	.sealed = true,
	.members = SCHEMA(members),
	.check = check,
	.refer = refer,
	.warn = warn,
	.put = put,
	.uses = uses_of,
	.remove = macro_remove,
};
