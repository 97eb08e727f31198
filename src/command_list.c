/* SPDX-License-Identifier: ISC */
/* export {"kind"?}, list {"kind", "filter"?, "limit"?, "after"?}. */
#include "command_private.h"

#include "doc_check.h"
#include "feedback.h"
#include "filter.h"
#include "group.h"
#include "json.h"
#include "record.h"

#include <string.h>

struct listing {
	struct job *job;
	const struct kind **kinds;  /* to be walked, NULL-terminated */
	bool derived;               /* as lists show documents, not as export prints them */
	const struct filter *filter;
	int64_t limit, count;       /* limit 0: none */
	struct command_position position;
	bool cut;                   /* the limit was reached and there is more */
	int64_t deadline;
};

static struct listing *
listing_new(struct job *job)
{
	struct listing *listing = job->state = arena_alloc(job->arena, sizeof *listing);

	listing->job = job;
	return listing;
}

/* Users and tickets, of which more is known than their documents say. */
static bool
is_record(const struct kind *kind, enum record *record_r)
{
	return record_by_name(span_of(kind->name), record_r) && *record_r != RECORD_PROJECT;
}

static struct json_object *
derive(struct txn *txn, enum record which, struct json_object *record)
{
	if (record != NULL && which == RECORD_FEEDBACK)
		feedback_derive(txn, record);
	return doc_with_kind(txn_arena(txn), record_name(which), record);
}

struct json_object *
command_derived(struct txn *txn, const struct kind *kind, struct json_object *doc)
{
	enum record which;

	if (doc == NULL || !is_record(kind, &which))
		return doc;
	return derive(txn, which, record_load(txn, which, json_string(doc, "id")));
}

/* What one filter sees of one document. */
struct view {
	struct txn *txn;
	const struct kind *kind;
	struct json_object *doc;
	struct json_object *data, *project;
	bool project_known;
};

static struct json_object *
view_data(struct view *view)
{
	enum record record;

	if (view->data != NULL || !record_by_name(span_of(view->kind->name), &record))
		return view->data;
	if (record == RECORD_PROJECT)
		view->data = group_data(view->txn, record, json_string(view->doc, "key"));
	else
		view->data = group_data_in(view->txn, json_string(view->doc, "project"),
		    record, json_string(view->doc, "id"));
	return view->data;
}

static struct json_object *
view_project(struct view *view)
{
	struct span key = json_string(view->doc, "project");

	if (!view->project_known && key.n > 0)
		view->project = record_load(view->txn, RECORD_PROJECT, key);
	view->project_known = true;
	return view->project;
}

static struct json_object *
view_root(void *arg, const char *name)
{
	struct view *view = arg;

	if (strcmp(name, view->kind->name) == 0)
		return view->doc;
	if (strcmp(name, "data") == 0)
		return view_data(view);
	return strcmp(name, "project") == 0 ? view_project(view) : NULL;
}

static bool
matches(struct txn *txn, struct listing *listing, const struct kind *kind,
    struct json_object *doc)
{
	struct view view = { .txn = txn, .kind = kind, .doc = doc };
	struct facts facts = { .root = view_root, .arg = &view, .now = listing->job->now };

	return listing->filter == NULL ||
	    filter_match(listing->filter, &facts, txn_arena(txn), NULL);
}

/* The next document of the listing: the one place that decides how it is found. */
static struct json_object *
next_document(struct txn *txn, struct listing *listing, struct span *position_r)
{
	const struct kind *kind = *listing->kinds;
	struct span after = command_position(&listing->position);
	enum record which;

	if (listing->derived && is_record(kind, &which))
		return derive(txn, which, record_next(txn, which, after, position_r));
	return kind->next(txn, after, position_r);
}

static void
list_document(struct txn *txn, struct listing *listing)
{
	const struct kind *kind = *listing->kinds;
	struct span position;
	struct json_object *doc = next_document(txn, listing, &position);

	if (doc == NULL) {
		listing->kinds++;
		listing->position.n = 0;
	} else if (listing->limit > 0 && listing->count == listing->limit) {
		listing->cut = true;
	} else {
		if (matches(txn, listing, kind, doc)) {
			command_put(listing->job, doc);
			listing->count++;
		}
		command_position_set(&listing->position, position);
	}
}

static void
list_some(struct txn *txn, void *arg)
{
	struct listing *listing = arg;
	struct arena *arena = txn_arena(txn);

	while (*listing->kinds != NULL && !listing->cut && txn_ok(txn)) {
		struct arena_mark mark = arena_mark(arena);

		list_document(txn, listing);
		arena_rewind(arena, mark);
		if (command_late(listing->deadline))
			break;
	}
}

static enum job_state
listing_step(struct job *job, struct listing *listing)
{
	if (job->error.fault != FAULT_NONE)
		return JOB_DONE;
	listing->deadline = command_deadline();
	if (!command_run(job, STORE_READ, list_some, listing))
		return JOB_DONE;
	if (listing->cut)
		command_more(job, command_position(&listing->position));
	return listing->cut || *listing->kinds == NULL ? JOB_DONE : JOB_MORE;
}

static bool
only_kind(struct job *job, struct listing *listing, struct span name)
{
	const struct kind *kind = command_kind(job, name);

	listing->kinds = arena_alloc(job->arena, 2 * sizeof *listing->kinds);
	listing->kinds[0] = kind;
	return kind != NULL;
}

/* In the order in which they can be applied again. */
static void
exported_kinds(struct job *job, struct listing *listing)
{
	size_t n = 0;

	for (size_t i = 0; kinds[i] != NULL; i++)
		n++;
	listing->kinds = arena_alloc(job->arena, (n + 1) * sizeof *listing->kinds);
	n = 0;
	for (size_t i = 0; kinds[i] != NULL; i++) {
		size_t place = n;

		if (!kinds[i]->exported)
			continue;
		for (; place > 0 && listing->kinds[place - 1]->order > kinds[i]->order; place--)
			listing->kinds[place] = listing->kinds[place - 1];
		listing->kinds[place] = kinds[i];
		n++;
	}
}

static enum job_state
export_step(struct job *job)
{
	struct listing *listing = job->state;

	if (listing == NULL) {
		struct span name = json_string(job->args, "kind");

		listing = listing_new(job);
		if (name.n > 0)
			only_kind(job, listing, name);
		else
			exported_kinds(job, listing);
	}
	return listing_step(job, listing);
}

static bool
compile_filter(struct job *job, struct listing *listing)
{
	const char *const names[] = { listing->kinds[0]->name, "data", "project", NULL };
	const struct filter_roots roots = { names };
	struct span source = json_string(job->args, "filter");
	struct filter_error wrong;
	struct buf shown = { 0 };

	if (source.n == 0)
		return true;
	listing->filter = filter_compile(job->arena, source, &roots, &wrong);
	if (listing->filter != NULL)
		return true;
	filter_error_show(&wrong, source, &shown);
	error_set(&job->error, FAULT_USAGE, "the filter: %s\n%.*s", wrong.text,
	    (int)shown.n, shown.p);
	buf_free(&shown);
	return false;
}

static enum job_state
list_step(struct job *job)
{
	struct listing *listing = job->state;
	struct span name;

	if (listing == NULL) {
		listing = listing_new(job);
		listing->derived = true;
		(void)(command_text(job, "kind", &name) && only_kind(job, listing, name) &&
		    compile_filter(job, listing) && command_limit(job, &listing->limit) &&
		    command_position_read(job, &listing->position));
	}
	return listing_step(job, listing);
}

const struct command command_export = { .name = "export", .step = export_step };
const struct command command_list = { .name = "list", .step = list_step };
