/* SPDX-License-Identifier: ISC */
/*
 * What belongs to one user or ticket, beside its document: "kind" is user or feedback, "name"
 * as show takes it.
 *
 * record-values {"kind", "name"}: one line {"group", "name", "at", "fields": [{"label",
 * "parameter", "type", "value"?, "at"?, "delivery"?}]} for each group that it has values of; not
 * for those of projects that may not be read.
 * record-comments {"kind", "name", "limit"?, "after"?}: the newest first, as they are
 * exported, but that "changed" names who did. record-parcels {"name", "limit"?, "after"?}: e-mails to a user, as outbox lists
 * them: those that wait, then the others, newest first. record-runs {"kind", "name"}: the
 * last macros that were run on it by hand, newest first, as macro-log tells them, with
 * "macro".
 *
 * comment-add {"feedback" or "user", "project"?, "text", "author"?}: a comment by who asks;
 * the operator of the store says by whom. Followers hear of it as of any other: {"id"}.
 */
#include "command/command_macro_private.h"

#include "act/macro_log.h"
#include "base/json.h"
#include "base/text.h"
#include "community/comment_rows.h"
#include "community/group_rows.h"
#include "community/people.h"
#include "listen/register.h"
#include "record/audit.h"
#include "record/doc_check.h"
#include "store/key.h"

#include <string.h>

/* Whose they are; false after a failure. */
static bool
read_record(struct txn *txn, struct job *job, enum record *record_r, struct span *id_r)
{
	struct span word = json_string(job->args, "kind"), name = json_string(job->args, "name");
	const struct kind *kind = kind_by_word(word);
	struct json_object *doc;

	if (kind == NULL || !record_by_name(span_of(kind->name), record_r) ||
	    *record_r == RECORD_PROJECT)
		return txn_fail(txn, FAULT_USAGE, "\"kind\" must be user or feedback");
	doc = kind_find(txn, kind, name);
	if (doc == NULL)
		return command_fail_unknown(txn, job, kind, name);
	*id_r = arena_copy(job->arena, json_string(doc, "id"));
	return true;
}

/* ---- values */

static void
put_field(struct jsonout *out, const struct group_field *field, const struct group_entry *entry)
{
	json_open(out, '{');
	json_member(out, "label", field->label);
	json_member(out, "parameter", field->parameter);
	json_member(out, "type", span_of(group_type_name(field->type)));
	if (entry->value.p != NULL) {
		json_key(out, "value");
		json_raw(out, entry->value);
	}
	if (entry->at.p != NULL)
		json_member(out, "at", entry->at);
	if (entry->delivery.n > 0)
		json_member(out, "delivery", entry->delivery);
	json_close(out, '}');
}

static void
put_values(struct job *job, const struct group_row *row)
{
	const struct group *group = row->group;
	struct jsonout out = json_to(job->out);

	json_open(&out, '{');
	json_member(&out, "group", group->full_name);
	json_member(&out, "name", group->name);
	if (row->at.n > 0)
		json_member(&out, "at", row->at);
	json_key(&out, "fields");
	json_open(&out, '[');
	for (size_t i = 0; i < group->field_count; i++)
		put_field(&out, &group->fields[i], &row->entries[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

static void
values(struct txn *txn, struct job *job)
{
	struct arena *arena = txn_arena(txn);
	struct span id, key, name, *names = NULL;
	size_t n = 0, room = 0;
	const struct group *group;
	struct group_row row;
	enum record record;
	struct walk *walk;

	if (!read_record(txn, job, &record, &id))
		return;
	walk = walk_open(txn, TABLE_VALUE, group_key(arena, record, id, SPAN("")), SPAN(""), false);
	while (walk_next(walk, &key, NULL)) {
		struct span own;
		enum record of;

		if (!group_key_read(key, &of, &own, &name))
			continue;
		names = arena_grow(arena, names, n, &room, sizeof *names);
		names[n++] = arena_copy(arena, name);
	}
	walk_close(&walk);
	for (size_t i = 0; i < n && txn_ok(txn); i++)
		if ((group = group_of_rows(txn, names[i])) != NULL &&
		    (group->project.n == 0 || command_may_read_of(job, group->full_name)) &&
		    group_row_load(txn, group, id, &row))
			put_values(job, &row);
}

/* ---- comments */

static void
put_comment(struct txn *txn, struct job *job, struct id id, struct span text)
{
	struct json_object *stored = json_load(txn_arena(txn), text);
	struct json_object *changed = json_get(stored, "changed");
	struct span by = arena_copy(txn_arena(txn), json_string(changed, "by"));
	char buffer[ID_TEXT_SIZE];

	if (by.n > 0)
		json_set_text(changed, "by", span_of(command_who(txn, by)));

	json_set_text(stored, "id", span_of(id_text(id, buffer)));
	command_put(job, stored);
}

static void
comments(struct txn *txn, struct job *job)
{
	struct arena *arena = txn_arena(txn);
	struct command_page page;
	struct arena_mark mark;
	struct span target, prefix, key, text;
	enum record record;

	if (!command_page_read(job, &page) || !read_record(txn, job, &record, &target))
		return;
	prefix = comment_prefix(job->arena, record, target);
	mark = arena_mark(arena);
	while (txn_breathe(txn)) {
		struct span from = command_position(&page.position);
		struct walk *walk = walk_open(txn, TABLE_COMMENT, prefix, from, true);
		bool found = walk_next(walk, &key, &text);
		enum record of;
		struct span own;
		struct id id;

		if (found && span_eq(key, from))
			found = walk_next(walk, &key, &text);
		if (found) {
			key = arena_copy(arena, key);
			text = arena_copy(arena, text);
		}
		walk_close(&walk);
		/* A position of somebody else's comments is none of these. */
		found = found && comment_key_read(key, &of, &own, &id) && span_eq(own, target);
		if (!command_page_take(&page, found, &key))
			break;
		put_comment(txn, job, id, text);
		page.count++;
		arena_rewind(arena, mark);
	}
}

/* ---- e-mails to a user */

static void
parcels(struct txn *txn, struct job *job)
{
	const struct kind *kind = kind_by_name(SPAN("user"));
	struct span name = json_string(job->args, "name"), address, position;
	struct json_object *user = kind_find(txn, kind, name), *parcel;
	struct command_page page;
	struct arena_mark mark;
	struct id id;

	if (user == NULL) {
		command_fail_unknown(txn, job, kind, name);
		return;
	}
	if (!command_page_read(job, &page))
		return;
	address = arena_copy(job->arena, json_string(user, "email"));
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		bool found = outbox_next_to(txn, address, command_position(&page.position), &id,
		    &position);

		if (!command_page_take(&page, found, &position))
			break;
		parcel = outbox_load(txn, id);
		if (parcel != NULL && command_may_read_of(job, json_string(parcel, "macro")))
			command_parcel_put(&page, parcel);
		arena_rewind(txn_arena(txn), mark);
	}
}

/* ---- macros that were run on it */

#define RUNS_MAX 20

struct run {
	struct id id;
	struct span text;
};

/* The newest stay, in their order. False: it is older than all, and there is no room. */
static bool
keep_run(struct job *job, struct run *runs, size_t *n, struct id id, struct json_object *doc)
{
	size_t at = *n;

	while (at > 0 && span_cmp(id_span(&runs[at - 1].id), id_span(&id)) < 0)
		at--;
	if (at == RUNS_MAX)
		return false;
	*n += *n < RUNS_MAX;
	memmove(&runs[at + 1], &runs[at], (*n - 1 - at) * sizeof *runs);
	runs[at] = (struct run){ id, arena_copy(job->arena, json_write(job->scratch, doc)) };
	return true;
}

/* Each macro keeps its last hundred runs. */
static void
runs(struct txn *txn, struct job *job)
{
	struct arena *arena = txn_arena(txn);
	struct run *runs = arena_alloc(job->arena, RUNS_MAX * sizeof *runs);
	struct span record_id, name, at = SPAN("");
	struct command_position after = { .n = 0 };
	struct json_object *macro, *run;
	struct arena_mark mark;
	enum record record;
	size_t n = 0;
	struct id id;

	if (!read_record(txn, job, &record, &record_id))
		return;
	mark = arena_mark(arena);
	while (txn_breathe(txn) &&
	    (macro = doc_next(txn, "macro", command_position(&after), &at)) != NULL) {
		bool begun = false;

		command_position_set(&after, at);
		name = doc_full_name(arena, macro);
		while (command_may_read_of(job, name) && (run = macro_log_on(txn, name,
		        span_of(record_name(record)), record_id, begun ? &id : NULL, &id)) != NULL) {
			begun = true;
			json_set_text(run, "macro", name);
			command_run_told(txn, job, run);
			if (!keep_run(job, runs, &n, id, run))
				break;
		}
		arena_rewind(arena, mark);
	}
	for (size_t i = 0; i < n; i++) {
		buf_span(job->out, runs[i].text);
		buf_putc(job->out, '\n');
	}
}

/* ---- a comment */

/* Who asks; false after a failure. */
static bool
read_author(struct txn *txn, struct job *job, struct span *author_r)
{
	struct span author = json_string(job->args, "author");

	if (job->actor != NULL && author.n > 0 && !span_eq(author, job->actor->email))
		return txn_fail(txn, FAULT_NOT_ALLOWED, "comments are written in one's own name");
	if (job->actor != NULL)
		author = job->actor->email;
	*author_r = arena_copy(job->arena, author);
	return author.n > 0 || txn_fail(txn, FAULT_USAGE, "\"author\" is missing: the e-mail address "
	    "of who comments");
}

/* What is commented on, and by whom; false after a failure. */
static bool
read_comment(struct txn *txn, struct job *job, struct comment *comment_r)
{
	struct span ticket = json_string(job->args, "feedback"), name = json_string(job->args, "user");
	bool of_user = name.n > 0;
	struct span project = of_user ? json_string(job->args, "project") : SPAN("");
	const struct kind *kind = kind_by_name(of_user ? SPAN("user") : SPAN("feedback"));
	struct json_object *doc, *author;

	*comment_r = (struct comment){ .record = of_user ? RECORD_USER : RECORD_FEEDBACK,
		.project = project, .text = json_string(job->args, "text"), .at = job->now,
		.id = id_new(job->now) };
	if (of_user == (ticket.n > 0))
		return txn_fail(txn, FAULT_USAGE, "either \"feedback\" or \"user\" must be given");
	if (!read_author(txn, job, &comment_r->author))
		return false;
	doc = kind_find(txn, kind, of_user ? name : ticket);
	if (doc == NULL)
		return command_fail_unknown(txn, job, kind, of_user ? name : ticket);
	if (project.n > 0 && !record_exists(txn, RECORD_PROJECT, project))
		return command_fail_unknown(txn, job, kind_by_name(SPAN("project")), project);
	comment_r->target = arena_copy(job->arena, json_string(doc, "id"));
	author = people_load(txn, comment_r->author);
	if (author == NULL)
		return command_fail_unknown(txn, job, kind_by_name(SPAN("user")), comment_r->author);
	comment_r->author = arena_copy(job->arena, json_string(author, "email"));
	return people_may(txn, author, of_user ? PEOPLE_COMMENT_USER : PEOPLE_COMMENT_FEEDBACK,
	    of_user ? project : json_string(doc, "project"), of_user ? NULL : doc) ||
	    txn_fail(txn, FAULT_NOT_ALLOWED, "%s may not comment on this %s",
	        doc_short(txn_arena(txn), comment_r->author), of_user ? "user" : "ticket");
}

static void
comment_on(struct txn *txn, struct job *job)
{
	struct comment comment;
	char id[ID_TEXT_SIZE];

	if (!read_comment(txn, job, &comment))
		return;
	/* The id of one that is written again by the next owner is that of the first. */
	comment.id = job->id;
	if (!command_repeated(txn, job)) {
		comment_add(txn, &comment);
		audit_created(txn, &kind_comment, doc_name(txn_arena(txn), comment.record ==
		    RECORD_USER ? json_string(record_load(txn, RECORD_USER, comment.target), "email")
		    : comment.target, span_of(id_text(comment.id, id))));
	}
	if (txn_ok(txn))
		buf_printf(job->out, "{\"id\":\"%s\"}\n", id_text(comment.id, id));
}

const struct command command_record_values = {
	.name = "record-values", .words = "list the external data of a user or ticket",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = values,
};
const struct command command_record_comments = {
	.name = "record-comments", .words = "list the comments on a user or ticket, newest first",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = comments,
};
const struct command command_record_parcels = {
	.name = "record-parcels", .words = "list e-mails to a user",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .kind = "user", .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = parcels,
};
const struct command command_record_runs = {
	.name = "record-runs", .words = "list the macros that were run on a user or ticket",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = runs,
};
const struct command command_comment_add = {
	.name = "comment-add", .words = "comment on a user or ticket",
	.right = RIGHT_CHANGE, .scope = SCOPE_COMMENT, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = comment_on,
};
