/* SPDX-License-Identifier: ISC */
/*
 * show, remove {"kind", "name"}, set {"kind", "name", "members", "version"?, "background"?}: one
 * document. With "background" the change of a group that many have values of is only begun: the
 * result is "begun", and `groups` tells how far it is.
 * uses {"kind", "name"}: who refers to it, so that it cannot be removed, {"kind","name"} each;
 * the summary {"uses"} says how many, of which the first are told that may be read.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "community/group.h"
#include "listen/register.h"
#include "record/doc_check.h"
#include "record/doc_merge.h"
#include "record/schema.h"

#include <string.h>

struct one {
	struct job *job;
	const struct kind *kind;
	struct span name;
	struct command_complaints complaints;
	struct json_object *members; /* set */
	bool background;             /* likewise: a task does it, where it takes long */
	const char *result;          /* of set */
	const char *warning;         /* likewise; NULL: none */
};

static bool
one_read(struct job *job, struct one *one)
{
	struct span kind;

	*one = (struct one){ .job = job };
	command_complaints(&one->complaints, job);
	return command_text(job, "kind", &kind) &&
	    (one->kind = command_kind(job, kind)) != NULL &&
	    (strcmp(one->kind->name, "setting") == 0 ||
	    command_text(job, "name", &one->name));
}

static void
not_found(struct txn *txn, struct one *one)
{
	command_fail_unknown(txn, one->job, one->kind, one->name);
}

/* Complaints are in the output; the sentence says what became of it all. */
static bool
refused(struct txn *txn, struct one *one)
{
	size_t n = one->complaints.base.count;

	if (n > 0)
		txn_fail(txn, FAULT_BAD_DOCUMENT, "%zu error%s in 1 document; nothing was "
		    "changed", n, n == 1 ? "" : "s");
	return n > 0;
}

static void
show(struct txn *txn, void *arg)
{
	struct one *one = arg;
	struct json_object *doc = command_derived(txn, one->kind,
	    kind_find(txn, one->kind, one->name));

	if (doc == NULL)
		not_found(txn, one);
	else
		command_put(one->job, doc);
}

static void
show_run(struct job *job)
{
	struct one one;

	if (one_read(job, &one))
		command_run(job, STORE_READ, show, &one);
}

static void
remove_it(struct txn *txn, void *arg)
{
	struct one *one = arg;

	if (command_repeated(txn, one->job))
		return;
	command_complaints_in(&one->complaints, txn);
	if (!kind_remove(txn, one->kind, one->name, &one->complaints.base) &&
	    !refused(txn, one))
		not_found(txn, one);
}

static void
remove_run(struct job *job)
{
	struct one one;

	if (!one_read(job, &one))
		return;
	one.complaints.subject = arena_printf(job->arena, "%s %.*s", one.kind->name,
	    (int)one.name.n, one.name.p);
	if (one.kind->members == NULL)
		error_set(&job->error, FAULT_USAGE, "a %s cannot be removed; it goes with its age",
		    one.kind->name);
	else if (command_run(job, STORE_WRITE, remove_it, &one))
		command_result(job, one.kind, one.name, "removed", NULL);
}

/* Of values those that are named are set: now, or when it is said. The others stay, and so do the
 * times when they were set. */
static void
leave_values(struct one *one, struct json_object *new)
{
	if (one->kind != &kind_value || !json_has(one->members, "values"))
		return;
	for (const char *const *dated = one->kind->dated; *dated != NULL; dated++)
		if (!json_has(one->members, *dated))
			json_del(new, *dated);
	json_set(new, "values", json_share(json_get(one->members, "values")));
}

static struct json_object *
merged(struct txn *txn, struct one *one, struct json_object *old)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *new = doc_merged(arena, one->kind, old, one->members);

	leave_values(one, new);
	if (!span_is(json_string(new, "kind"), one->kind->name) ||
	    (strcmp(one->kind->name, "user") != 0 && !span_eq(
	    kind_name(arena, one->kind, new), kind_name(arena, one->kind, old))))
		complain(&one->complaints.base, "", "a %s cannot be given another name or "
		    "kind; export it, apply it under the new name, remove the old",
		    one->kind->name);
	return new;
}

/* Nobody sets what is derived; a document that has it was exported with it. */
static void
refuse_derived(struct one *one)
{
	for (const struct member *const *table = one->kind->members; *table != NULL; table++)
		for (const struct member *m = *table; m->name != NULL; m++)
			if ((m->flags & MEMBER_DERIVED) && json_has(one->members, m->name))
				complain(&one->complaints.base, arena_printf(one->job->arena, "/%s",
				    m->name), "\"%s\" cannot be set: it comes from %s", m->name,
				    m->from);
}

static void
set(struct txn *txn, void *arg)
{
	struct one *one = arg;
	struct complaints *complaints = &one->complaints.base;
	struct json_object *old = kind_find(txn, one->kind, one->name), *new;
	struct span version = json_string(one->job->args, "version");
	char result;

	/* It was done, or begun, and its owner died before it could say so. */
	if (version.n > 0 && command_repeated(txn, one->job)) {
		one->result = one->background && strcmp(one->kind->name, "group") == 0 &&
		    command_prepared_goes_on(txn, one->name) ? "begun" : "updated";
		return;
	}
	schema_words(txn_arena(txn), one->kind->members, one->members);
	if (old == NULL && strcmp(one->kind->name, "setting") == 0) {
		old = json_new_object(txn_arena(txn));
		json_set_text(old, "kind", span_of(one->kind->name));
	}
	if (old == NULL) {
		not_found(txn, one);
		return;
	}
	if (version.n > 0 && !span_eq(version, doc_version(txn_arena(txn), one->kind,
	        command_derived(txn, one->kind, old))))
		complain(complaints, "", DOC_CHANGED);
	refuse_derived(one);
	new = merged(txn, one, old);
	if (complaints->count == 0)
		kind_check(txn, one->kind, new, complaints);
	if (complaints->count == 0 && !command_may_change(txn, one->job, one->kind, new))
		return;
	if (complaints->count == 0)
		command_reach(txn, one->job, one->kind, new, old, complaints);
	if (refused(txn, one))
		return;
	result = kind_put(txn, one->kind, new, complaints);
	if (txn_ok(txn) && complaints->count == 0)
		kind_refer(txn, one->kind, new, complaints);
	if (refused(txn, one) || !txn_ok(txn))
		return;
	if (one->kind->warn != NULL)
		one->warning = one->kind->warn(txn, new);
	one->name = kind_name(txn_arena(txn), one->kind, new);
	one->result = result == '=' ? "same" : "updated";
}

static void
set_it(struct one *one)
{
	struct job *job = one->job;
	struct command_complaints *complaints = &one->complaints;
	bool done;

	one->background = json_flag(job->args, "background", false) && !job->task;
	command_complaints_wait(complaints, false);
	done = command_run(job, STORE_WRITE, set, one);
	if (!done && one->background && command_prepared_begin(job, complaints)) {
		command_result(job, one->kind, one->name, "begun", NULL);
		return;
	}
	while (!done && !one->background && command_prepared(job, complaints))
		done = command_run(job, STORE_WRITE, set, one);
	command_prepared_end(job, complaints);
	if (done) {
		command_result(job, one->kind, one->name, one->result, one->warning);
	} else if (job->task && complaints->first != NULL) {
		/* Nobody sees the complaints of a task but by its error. */
		error_clear(&job->error);
		error_set(&job->error, FAULT_BAD_DOCUMENT, "%s", complaints->first);
	}
}

static void
set_run(struct job *job)
{
	struct one one;

	if (!one_read(job, &one))
		return;
	one.members = json_get(job->args, "members");
	if (!json_is_object(one.members))
		error_set(&job->error, FAULT_USAGE, "\"members\" must be an object");
	else if (one.kind->members == NULL)
		error_set(&job->error, FAULT_USAGE, "a %s cannot be changed", one.kind->name);
	else
		set_it(&one);
}

static void
set_give_up(struct txn *txn, struct job *job)
{
	if (span_is(json_string(job->args, "kind"), "group"))
		command_prepared_give_up(txn, job);
}

static void
tell_uses(struct txn *txn, void *arg)
{
	struct one *one = arg;
	struct job *job = one->job;
	struct doc_uses *uses = arena_alloc(txn_arena(txn), sizeof *uses);
	struct jsonout out = json_to(job->out);
	size_t at;

	if (kind_find(txn, one->kind, one->name) == NULL) {
		not_found(txn, one);
		return;
	}
	if (one->kind->uses != NULL)
		one->kind->uses(uses, txn, one->name);
	for (size_t i = 0; i < uses->n && i < DOC_USES_KEPT; i++) {
		const struct kind *kind = kind_by_name(span_of(uses->kept[i].kind));

		if (command_is_limited(job) && (kind == NULL || !command_may_read(txn, job, kind,
		        kind_find(txn, kind, uses->kept[i].name))))
			continue;
		json_open(&out, '{');
		json_member(&out, "kind", span_of(uses->kept[i].kind));
		json_member(&out, "name", uses->kept[i].name);
		json_close(&out, '}');
		buf_putc(job->out, '\n');
		out.comma = false;
	}
	at = job->out->n;
	json_open(&out, '{');
	json_member_int(&out, "uses", (int64_t)uses->n);
	json_close(&out, '}');
	command_summary(job, at);
}

static void
uses_run(struct job *job)
{
	struct one one;

	if (one_read(job, &one))
		command_run(job, STORE_READ, tell_uses, &one);
}

const struct command command_uses = {
	.name = "uses", .words = "tell who refers to an object",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .answer = ANSWER_SUMMED,
	.run = uses_run,
};
const struct command command_show = {
	.name = "show", .words = "show an object",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .answer = ANSWER_ONE,
	.run = show_run,
};
const struct command command_remove = {
	.name = "remove", .words = "remove objects",
	.right = RIGHT_CHANGE, .scope = SCOPE_DOCUMENT, .answer = ANSWER_ONE,
	.run = remove_run,
};
const struct command command_set = {
	.name = "set", .words = "change members of an object",
	.right = RIGHT_CHANGE, .scope = SCOPE_DOCUMENT, .answer = ANSWER_ONE,
	.run = set_run, .give_up = set_give_up,
};
