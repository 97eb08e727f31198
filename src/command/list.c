/* SPDX-License-Identifier: ISC */
/* export {"kind"?}, list {"kind", "filter"?, "limit"?, "look"?, "after"?}. */
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
matches(struct txn *txn, struct job *job, const struct filter *filter, const struct kind *kind,
    struct json_object *doc)
{
	struct view view = { .txn = txn, .kind = kind, .doc = doc };
	struct facts facts = { .root = view_root, .arg = &view, .now = job->now };

	return filter == NULL || filter_match(filter, &facts, txn_arena(txn), NULL);
}

/* Of people and tickets there are many, and a manager of projects may read but his own: they
 * are found by the index. */
static struct json_object *
next_of(struct txn *txn, struct job *job, const struct kind *kind, struct span after,
    struct span *position_r)
{
	struct json_object *doc;
	enum record record;

	if (!command_is_limited(job) || job->actor->reads_all ||
	    !record_by_name(span_of(kind->name), &record) || record == RECORD_PROJECT)
		return kind_walk(txn, kind, after, position_r);
	if (!record_next_of(txn, record, job->actor->projects, after, position_r))
		return NULL;
	doc = json_new_object(txn_arena(txn));
	json_set_text(doc, "id", *position_r);
	return kind_current(txn, kind, doc);
}

/* Every document of the kind behind the page's position; filter may be NULL. */
static void
list_kind(struct txn *txn, struct command_page *page, const struct kind *kind,
    const struct filter *filter)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct json_object *doc;
	struct span position;

	while (txn_breathe(txn)) {
		doc = next_of(txn, page->job, kind, command_position(&page->position), &position);
		if (!command_page_take(page, doc != NULL, &position))
			break;
		if (command_may_read(txn, page->job, kind, doc) &&
		    matches(txn, page->job, filter, kind, doc))
			command_page_put(page, doc);
		arena_rewind(txn_arena(txn), mark);
	}
}

/* All kinds, in the order in which they can be applied again. */
static const struct kind *
next_exported(const struct kind *last)
{
	const struct kind *next = NULL;
	bool behind = last == NULL;

	/* Of equal order the register's goes first. */
	for (size_t i = 0; kinds[i] != NULL; i++) {
		const struct kind *kind = kinds[i];

		if (kind == last)
			behind = true;
		else if (kind->exported && (last == NULL || kind->order > last->order ||
		    (kind->order == last->order && behind)) &&
		    (next == NULL || kind->order < next->order))
			next = kind;
	}
	return next;
}

static void
export(struct txn *txn, struct job *job)
{
	struct span name = json_string(job->args, "kind");
	struct command_page page = { .job = job };
	const struct kind *kind = name.n > 0 ? command_kind(job, name) : next_exported(NULL);

	for (; kind != NULL && txn_ok(txn); kind = name.n > 0 ? NULL : next_exported(kind)) {
		page.position.n = 0;
		list_kind(txn, &page, kind, NULL);
	}
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

static void
list(struct txn *txn, struct job *job)
{
	const struct filter *filter = NULL;
	const struct kind *kind;
	struct command_page page;
	struct span name;

	if (command_text(job, "kind", &name) && (kind = command_kind(job, name)) != NULL &&
	    command_filter(job, kind->name, &filter) && command_page_read(job, &page))
		list_kind(txn, &page, kind, filter);
}

const struct command command_export = {
	.name = "export", .words = "export objects",
	.right = RIGHT_READ, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = export,
};
const struct command command_list = {
	.name = "list", .words = "list objects",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = list,
};
