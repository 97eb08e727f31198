/* SPDX-License-Identifier: ISC */
/*
 * apply {"documents":[{"line":N,"doc":{…},"creates"?,"version"?},…],"keys"?,"dryRun"?,
 * "replace"?,"creates"?,"changes"?,"counts"?}: all or nothing, in one transaction. With
 * "creates" what is there already is an error, of all or of that one; with "version"
 * (doc_version()) that one is as it was looked at. The shape of the documents is checked with
 * breaths before it begins, since that is most of the work. With "changes" each result tells
 * what became different (doc_changes()); with "counts" there are no results, but how many
 * there would be of each. Of a call that was carried out before, and comes again because its
 * answer was lost, all that is known is that it was: its results are "repeated". "keys" are API
 * keys that are made before all else, each {"line", …} as apikey-create takes it.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/apikey.h"
#include "listen/register.h"
#include "record/doc_check.h"
#include "record/doc_merge.h"
#include "record/record.h"
#include "record/schema.h"

#include <stdlib.h>
#include <string.h>

struct item {
	int64_t line;
	struct json_object *given;
	struct json_object *doc; /* what becomes of it */
	const struct kind *kind;
	struct span name;     /* in the arena of the job */
	bool creates;         /* it may not be there already */
	struct span version;  /* that the stored one must have; "" any */
	char result;          /* of kind_put() */
	bool partial;         /* was whole only together with what was stored */
	struct span changes;  /* JSON, in the arena of the job; empty: none were asked for */
	const char *warning;  /* NULL: none; in the arena of the job */
};

struct apply {
	struct job *job;
	struct arena *arena;  /* of what is known of the items: the job's */
	struct command_complaints complaints;
	struct item *items;   /* as they stand in the file */
	struct item **order;  /* what is referred to first */
	size_t n;
	size_t bad;           /* documents with complaints */
	bool replaces, tells, counts; /* the arguments "replace", "changes" and "counts" */
	bool repeated;
};

static struct apply *
begin(struct job *job)
{
	struct apply *apply = arena_alloc(job->arena, sizeof *apply);
	struct json_object *documents = json_get(job->args, "documents");

	apply->job = job;
	apply->arena = job->arena;
	apply->replaces = json_flag(job->args, "replace", false);
	apply->tells = json_flag(job->args, "changes", false);
	apply->counts = json_flag(job->args, "counts", false);
	command_complaints(&apply->complaints, job);
	if (!json_is_array(documents))
		error_set(&job->error, FAULT_USAGE, "\"documents\" must be a list");
	apply->n = json_count(documents);
	apply->items = arena_alloc(job->arena, (apply->n + 1) * sizeof *apply->items);
	apply->order = arena_alloc(job->arena, (apply->n + 1) * sizeof *apply->order);
	for (size_t i = 0; i < apply->n; i++) {
		struct json_object *given = json_at(documents, i);

		apply->items[i].line = json_integer(given, "line", (int64_t)i + 1);
		apply->items[i].given = apply->items[i].doc = json_get(given, "doc");
		apply->items[i].creates = json_flag(given, "creates",
		    json_flag(job->args, "creates", false));
		apply->items[i].version = json_string(given, "version");
		apply->order[i] = &apply->items[i];
	}
	for (size_t i = 0; i < json_count(json_get(job->args, "keys")) &&
	    job->error.fault == FAULT_NONE; i++)
		command_apikey_good(job, json_at(json_get(job->args, "keys"), i));
	return apply;
}

/* "setting, project, …" */
static const char *
applied_kinds(struct arena *arena)
{
	const char *names = "";

	for (size_t i = 0; kinds[i] != NULL; i++)
		if (kinds[i]->members != NULL)
			names = arena_printf(arena, "%s%s%s", names, names[0] != '\0' ? ", " : "",
			    kinds[i]->name);
	return names;
}

static void
complain_kind(struct apply *apply, struct span name)
{
	struct arena *arena = apply->job->scratch;
	const char *nearest = doc_nearest(name, command_kind_names(arena));

	if (nearest != NULL)
		complain(&apply->complaints.base, "/kind",
		    "there is no kind \"%s\"; did you mean \"%s\"?", doc_short(arena, name),
		    nearest);
	else
		complain(&apply->complaints.base, "/kind", "there is no kind \"%s\"; it is one of "
		    "%s", doc_short(arena, name), applied_kinds(arena));
}

/* What would be stored of it. */
static struct json_object *
applied(struct txn *txn, const struct apply *apply, const struct item *item,
    struct json_object *old)
{
	if (!item->kind->merged || old == NULL)
		return item->doc;
	return apply->replaces ? doc_replaced(txn_arena(txn), item->kind, old, item->doc)
	                       : doc_merged(txn_arena(txn), item->kind, old, item->doc);
}

static void
count_only(struct complaints *complaints, const char *pointer, const char *sentence)
{
	(void)pointer;
	(void)sentence;
	complaints->count++;
}

/* Of a record that is stored already the document may be a part; most are whole. */
static void
check_shape(struct txn *txn, struct apply *apply, struct item *item)
{
	struct complaints quiet = { .add = count_only };
	struct json_object *old = NULL;

	if (item->kind->merged && !apply->replaces) {
		kind_check(txn, item->kind, item->doc, &quiet);
		if (quiet.count == 0)
			return;
		old = kind_current(txn, item->kind, item->doc);
	}
	item->partial = old != NULL;
	kind_check(txn, item->kind, applied(txn, apply, item, old),
	    &apply->complaints.base);
}

/* What was checked by itself is checked again where it can have become wrong since: what
 * it was a part of is gone, or both together have too many fields. */
static bool
is_doubtful(const struct item *item, const struct json_object *old)
{
	return (item->partial && old == NULL) ||
	    (old != NULL && json_members(json_get(item->doc, "fields")) > DOC_LIST_MAX);
}

static void
check_item(struct txn *txn, struct apply *apply, struct item *item)
{
	struct complaints *complaints = &apply->complaints.base;
	struct span name = json_string(item->doc, "kind");
	size_t before = complaints->count;

	apply->complaints.line = item->line;
	item->kind = name.n > 0 ? kind_by_word(name) : NULL;
	if (item->kind != NULL && item->kind->members != NULL) {
		if (!span_is(name, item->kind->name))
			json_set_text(item->doc, "kind", span_of(item->kind->name));
		schema_words(apply->arena, item->kind->members, item->doc);
	}
	if (!json_is_object(item->doc))
		complain(complaints, "", "a document must be an object");
	else if (name.n == 0)
		complain(complaints, "/kind", "\"kind\" is missing: one of %s",
		    applied_kinds(apply->job->scratch));
	else if (item->kind == NULL)
		complain_kind(apply, name);
	else if (item->kind->members == NULL)
		complain(complaints, "/kind", "a %s is a record that is not applied from files",
		    item->kind->name);
	else
		check_shape(txn, apply, item);
	apply->bad += complaints->count > before;
}

static void
check_items(struct txn *txn, void *arg)
{
	struct apply *apply = arg;
	struct arena_mark mark = arena_mark(txn_arena(txn));

	for (size_t i = 0; i < apply->n && txn_breathe(txn); i++) {
		check_item(txn, apply, &apply->items[i]);
		arena_rewind(txn_arena(txn), mark);
	}
}

static int
by_order(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

	if (x->kind->order != y->kind->order)
		return x->kind->order < y->kind->order ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* What has no name yet gets it here, so that it can be told. */
static void
name_item(struct txn *txn, struct item *item)
{
	char id[ID_TEXT_SIZE];
	int64_t at;

	if (json_string(item->doc, "id").n > 0)
		return;
	if (strcmp(item->kind->name, "feedback") == 0) {
		json_set_text(item->doc, "id", record_new_id(txn, RECORD_FEEDBACK));
	} else if (strcmp(item->kind->name, "comment") == 0) {
		if (!text_time(json_string(item->doc, "at"), &at))
			at = text_now();
		json_set_text(item->doc, "id", span_of(id_text(id_new(at), id)));
	}
}

static void
note_changes(struct txn *txn, struct apply *apply, struct item *item,
    struct json_object *given, struct json_object *before)
{
	struct buf changes = { 0 };
	struct jsonout out = json_to(&changes);

	json_open(&out, '[');
	doc_changes(txn_arena(txn), item->kind, before, kind_find(txn, item->kind, item->name),
	    given, &out);
	json_close(&out, ']');
	item->changes = buf_keep(&changes, apply->arena);
}

/* The member that a document is named by. */
static const char *
name_pointer(const struct kind *kind)
{
	static const char *const pointers[][2] = { { "user", "/email" }, { "feedback", "/id" },
		{ "apikey", "/name" } };

	for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++)
		if (strcmp(kind->name, pointers[i][0]) == 0)
			return pointers[i][1];
	return "/key";
}

static void
put_item(struct txn *txn, struct apply *apply, struct item *item)
{
	struct complaints *complaints = &apply->complaints.base;
	struct json_object *given = item->doc, *old = NULL;
	struct error *error = txn_error(txn);
	size_t before = complaints->count;

	apply->complaints.line = item->line;
	name_item(txn, item);
	if (item->kind->merged || apply->tells || item->creates || item->version.n > 0 ||
	    command_is_limited(apply->job))
		old = kind_current(txn, item->kind, given);
	if (item->version.n > 0 && (old == NULL || !span_eq(item->version, doc_version(
	        txn_arena(txn), item->kind, command_derived(txn, item->kind, old)))))
		complain(complaints, "", DOC_CHANGED);
	item->doc = json_keep(apply->arena, applied(txn, apply, item, old));
	item->name = kind_name(apply->arena, item->kind, item->doc);
	if (item->creates && old != NULL && apply->job->actor != NULL)
		complain(complaints, name_pointer(item->kind), "there is a %s \"%.*s\" already",
		    item->kind->name, (int)item->name.n, item->name.p);
	else if (item->creates && old != NULL)
		complain(complaints, name_pointer(item->kind), "there is a %s \"%.*s\" already; to "
		    "change it: earshot %s set %.*s NAME=TEXT", item->kind->name,
		    (int)item->name.n, item->name.p,
		    item->kind->name, (int)item->name.n, item->name.p);
	if (item->kind->join != NULL)
		item->kind->join(txn, item->doc, complaints);
	if (is_doubtful(item, old))
		kind_check(txn, item->kind, item->doc, complaints);
	if (complaints->count == before)
		command_reach(txn, apply->job, item->kind, item->doc, old, complaints);
	if (complaints->count > before)
		return;
	item->result = kind_put(txn, item->kind, item->doc, complaints);
	if (item->result == 'u' && apply->tells && txn_ok(txn))
		note_changes(txn, apply, item, given, old);
	/* A room below refused a value: a fault of the document, not of the store. */
	if (!txn_ok(txn) && !fault_info(error->fault)->passing &&
	    error->fault != FAULT_INTERNAL) {
		complain(complaints, "", "%s", error->detail);
		error->fault = FAULT_BAD_DOCUMENT;
	}
}

static bool
visit(struct txn *txn, struct apply *apply,
    void (*what)(struct txn *, struct apply *, struct item *))
{
	struct complaints *complaints = &apply->complaints.base;

	for (size_t i = 0; i < apply->n && txn_ok(txn); i++) {
		struct arena_mark mark = arena_mark(txn_arena(txn));
		size_t before = complaints->count;

		what(txn, apply, apply->order[i]);
		apply->bad += complaints->count > before;
		arena_rewind(txn_arena(txn), mark);
	}
	return txn_ok(txn) && complaints->count == 0;
}

static void
refer_item(struct txn *txn, struct apply *apply, struct item *item)
{
	const char *warning;

	apply->complaints.line = item->line;
	kind_refer(txn, item->kind, item->doc, &apply->complaints.base);
	if (item->kind->warn != NULL && txn_ok(txn) &&
	    (warning = item->kind->warn(txn, item->doc)) != NULL)
		item->warning = arena_string(apply->arena, span_of(warning));
}

/* The secrets are made by the caller, as those of apikey-create. */
static void
make_keys(struct txn *txn, struct apply *apply)
{
	struct complaints *complaints = &apply->complaints.base;
	struct job *job = apply->job;
	struct json_object *keys = json_get(job->args, "keys");

	for (size_t i = 0; i < json_count(keys) && txn_ok(txn); i++) {
		struct json_object *key = json_at(keys, i);

		apply->complaints.line = json_integer(key, "line", 0);
		apikey_add_secret(txn, key, true, job->now, complaints);
	}
}

static void
store_all(struct txn *txn, void *arg)
{
	struct apply *apply = arg;

	apply->repeated = command_repeated(txn, apply->job);
	if (apply->repeated)
		return;
	/* What is wrong with the documents is told at once with what is wrong with the keys. */
	make_keys(txn, apply);
	if (!visit(txn, apply, put_item) || !visit(txn, apply, refer_item))
		txn_fail(txn, FAULT_BAD_DOCUMENT, "there are errors");
}

/* In transactions, until what takes more than one is done before. */
static bool
store(struct apply *apply, bool dry)
{
	struct job *job = apply->job;
	bool done = command_run(job, dry ? STORE_DRY : STORE_WRITE, store_all, apply);

	while (!done && command_prepared(job, &apply->complaints)) {
		apply->bad = 0;
		for (size_t i = 0; i < apply->n; i++)
			apply->items[i].doc = apply->items[i].given;
		done = command_run(job, dry ? STORE_DRY : STORE_WRITE, store_all, apply);
	}
	command_prepared_end(job, &apply->complaints);
	return done;
}

static void
fail(struct apply *apply)
{
	struct job *job = apply->job;
	size_t errors = apply->complaints.base.count;

	if (job->error.fault != FAULT_NONE && job->error.fault != FAULT_BAD_DOCUMENT)
		return;
	error_clear(&job->error);
	error_set(&job->error, FAULT_BAD_DOCUMENT,
	    "%zu error%s in %zu document%s; nothing was changed", errors,
	    errors == 1 ? "" : "s", apply->bad, apply->bad == 1 ? "" : "s");
}

/* All that can be checked before the transaction. False: complaints were told. */
static bool
check_all(struct apply *apply)
{
	if (!command_run(apply->job, STORE_READ, check_items, apply))
		return false;
	if (apply->complaints.base.count > 0) {
		fail(apply);
		return false;
	}
	if (apply->n > 1)
		qsort(apply->order, apply->n, sizeof *apply->order, by_order);
	/* Those that wait go before what cannot be interrupted. */
	return job_breathe(apply->job);
}

struct apply *
command_documents(struct job *job)
{
	struct apply *apply = begin(job);

	command_complaints_wait(&apply->complaints, true);
	if (!check_all(apply))
		return NULL;
	if (store(apply, true))
		return apply;
	fail(apply);
	return NULL;
}

bool
command_documents_have(const struct apply *apply, const char *kind, struct span name,
    struct span *other_r)
{
	*other_r = SPAN("");
	for (size_t i = 0; i < apply->n; i++) {
		if (strcmp(apply->items[i].kind->name, kind) != 0)
			continue;
		if (span_eq(apply->items[i].name, name))
			return true;
		*other_r = apply->items[i].name;
	}
	return false;
}

/* Of copies, which go with the transaction: what is put may be changed by that. */
void
command_documents_try(struct txn *txn, const struct apply *apply)
{
	struct arena *arena = txn_arena(txn);
	struct apply *own = arena_alloc(arena, sizeof *own);

	*own = *apply;
	own->arena = arena;
	own->complaints.base.arg = &own->complaints;
	own->items = arena_alloc(arena, own->n * sizeof *own->items);
	own->order = arena_alloc(arena, own->n * sizeof(struct item *));
	for (size_t i = 0; i < own->n; i++) {
		own->items[i] = apply->items[i];
		own->items[i].doc = json_copy(arena, apply->items[i].given);
		own->order[i] = &own->items[apply->order[i] - apply->items];
	}
	for (size_t i = 0; i < own->n && txn_ok(txn); i++)
		put_item(txn, own, own->order[i]);
	if (own->complaints.base.count > 0)
		txn_fail(txn, FAULT_BAD_DOCUMENT, "what the documents refer to was changed "
		    "meanwhile");
}

void
command_apply_one(struct txn *txn, struct job *job, struct json_object *doc, bool tells,
    struct complaints *complaints, struct command_applied *applied_r)
{
	struct item item = { .given = doc, .doc = doc };
	struct item *order = &item;
	struct apply apply = { .job = job, .arena = txn_arena(txn), .items = &item,
		.order = &order, .n = 1, .tells = tells };
	struct complaints *own = &apply.complaints.base;

	*own = (struct complaints){ .add = complaints->add, .arg = complaints->arg };
	check_item(txn, &apply, &item);
	if (own->count == 0 && txn_ok(txn))
		put_item(txn, &apply, &item);
	if (own->count == 0 && txn_ok(txn))
		refer_item(txn, &apply, &item);
	complaints->count += own->count;
	*applied_r = (struct command_applied){ item.kind, item.name, item.result, item.changes };
}

static void
tell_counts(struct apply *apply)
{
	struct jsonout out = json_to(apply->job->out);
	int64_t created = 0, updated = 0;

	for (size_t i = 0; i < apply->n; i++) {
		created += apply->items[i].result == 'c';
		updated += apply->items[i].result == 'u';
	}
	json_open(&out, '{');
	json_member_int(&out, "created", created);
	json_member_int(&out, "updated", updated);
	json_member_int(&out, "same", apply->repeated ? 0 : (int64_t)apply->n - created - updated);
	if (apply->repeated)
		json_member_int(&out, "repeated", (int64_t)apply->n);
	json_close(&out, '}');
	buf_putc(apply->job->out, '\n');
}

static void
tell(struct apply *apply)
{
	struct jsonout out = json_to(apply->job->out);

	for (size_t i = 0; i < apply->n; i++) {
		struct item *item = &apply->items[i];

		if (apply->repeated)
			item->name = kind_name(apply->job->scratch, item->kind, item->doc);
		json_open(&out, '{');
		json_member_int(&out, "line", item->line);
		json_member(&out, "kind", span_of(item->kind->name));
		json_member(&out, "name", item->name);
		json_member(&out, "result", apply->repeated ? SPAN("repeated")
		    : item->result == 'c' ? SPAN("created")
		    : item->result == 'u' ? SPAN("updated") : SPAN("same"));
		if (item->changes.n > 0) {
			json_key(&out, "changes");
			json_raw(&out, item->changes);
		}
		if (item->warning != NULL)
			json_member(&out, "warning", span_of(item->warning));
		json_close(&out, '}');
		buf_putc(apply->job->out, '\n');
		out.comma = false;
	}
}

static void
run(struct job *job)
{
	struct apply *apply = begin(job);
	bool dry = json_flag(job->args, "dryRun", false);

	command_complaints_wait(&apply->complaints, dry);
	if (!check_all(apply))
		return;
	if (!store(apply, dry))
		fail(apply);
	else
		(apply->counts ? tell_counts : tell)(apply);
}

const struct command command_apply = {
	.name = "apply", .words = "declare objects",
	.right = RIGHT_CHANGE, .dry = "dryRun", .scope = SCOPE_DOCUMENTS, .answer = ANSWER_ROWS,
	.run = run,
};
