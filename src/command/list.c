/* SPDX-License-Identifier: ISC */
/* export {"kind"?}, list {"kind", "filter"?, "limit"?, "after"?}. */
#include "command/command_private.h"

#include "base/json.h"
#include "community/feedback.h"
#include "community/names.h"
#include "community/people.h"
#include "lang/filter.h"
#include "listen/journal.h"
#include "listen/register.h"
#include "record/doc_check.h"
#include "record/record.h"

#include <string.h>

struct listing {
	struct command_page page;
	const struct kind **kinds;  /* to be walked, NULL-terminated */
	const struct filter *filter;
};

struct json_object *
command_derived(struct txn *txn, const struct kind *kind, struct json_object *doc)
{
	enum record which;

	if (doc == NULL || !record_by_name(span_of(kind->name), &which) ||
	    which == RECORD_PROJECT)
		return doc;
	doc = record_load(txn, which, json_string(doc, "id"));
	if (doc != NULL && which == RECORD_FEEDBACK)
		feedback_derive(txn, doc);
	else if (which == RECORD_USER)
		doc = people_whole(txn, doc);
	return doc_with_kind(txn_arena(txn), record_name(which), doc);
}

/* What one filter sees of one document. */
struct view {
	struct txn *txn;
	const struct kind *kind;
	struct json_object *doc;
};

static struct json_object *
view_root(void *arg, const char *name)
{
	struct view *view = arg;
	struct span project = json_string(view->doc, "project");

	if (strcmp(name, view->kind->name) == 0)
		return view->doc;
	return strcmp(name, "project") == 0 && project.n > 0
	    ? record_load(view->txn, RECORD_PROJECT, project) : NULL;
}

static bool
matches(struct txn *txn, struct listing *listing, const struct kind *kind,
    struct json_object *doc)
{
	struct view view = { .txn = txn, .kind = kind, .doc = doc };
	struct facts facts = { .root = view_root, .arg = &view, .now = listing->page.job->now };

	return listing->filter == NULL ||
	    filter_match(listing->filter, &facts, txn_arena(txn), NULL);
}

static void
list_one(struct txn *txn, void *own)
{
	struct listing *listing = own;
	struct command_page *page = &listing->page;
	const struct kind *kind = *listing->kinds;
	struct span position;
	struct json_object *doc = kind_walk(txn, kind, command_position(&page->position),
	    &position);

	if (doc == NULL && listing->kinds[1] != NULL) {
		listing->kinds++;
		page->position.n = 0;
	} else if (command_page_has(page, doc != NULL)) {
		if (matches(txn, listing, kind, doc)) {
			command_put(page->job, doc);
			page->count++;
		}
		command_position_set(&page->position, position);
	}
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

		listing = command_page_new(job, sizeof *listing, list_one);
		if (name.n > 0)
			only_kind(job, listing, name);
		else
			exported_kinds(job, listing);
	}
	return command_page_step(&listing->page);
}

bool
command_filter(struct job *job, const char *kind, const struct filter **filter_r)
{
	const char *const names[] = { kind, "project", NULL };
	const struct filter_roots roots = { .names = names };
	const struct names known = { .arena = job->scratch,
		.own = strcmp(kind, kind_delivery.name) == 0 ? &kind_delivery
		                                             : kind_by_name(span_of(kind)) };
	struct span source = json_string(job->args, "filter");
	struct filter_error wrong;

	if (source.n == 0)
		return true;
	*filter_r = filter_compile(job->arena, source, &roots, &wrong);
	if (*filter_r != NULL && names_check_filter(&known, *filter_r, &wrong))
		return true;
	return error_set(&job->error, FAULT_USAGE, "the filter: %s",
	    filter_error_show(job->scratch, &wrong, source));
}

static enum job_state
list_step(struct job *job)
{
	struct listing *listing = job->state;
	struct span name;

	if (listing == NULL) {
		listing = command_page_new(job, sizeof *listing, list_one);
		(void)(command_text(job, "kind", &name) && only_kind(job, listing, name) &&
		    command_filter(job, listing->kinds[0]->name, &listing->filter) &&
		    command_page_read(&listing->page));
	}
	return command_page_step(&listing->page);
}

const struct command command_export = { .name = "export", .step = export_step };
const struct command command_list = { .name = "list", .step = list_step };
