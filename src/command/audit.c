/* SPDX-License-Identifier: ISC */
/*
 * audit {"kind"?, "name"?, "actor"?, "project"?, "since"?, "until"?, "limit"?, "after"?,
 * "look"?}: the log of changes (record/audit.h), newest first, without what stood before and
 * after. The actor is a user, a login name of the command line, a listener, an API key, a
 * schedule or a macro. look: as of deliveries.
 *
 * audit-show {"id"}: one change, whole: "before" and "after", and "changes" member by member.
 * audit-undo {"id", "dryRun"?}: makes it as it was before; a change itself, which is refused
 * where it would undo more than that one. {"id"?, "undid", "kind", "name", "notes"?}.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/text.h"
#include "community/people.h"
#include "listen/register.h"
#include "record/audit.h"
#include "record/doc_check.h"
#include "record/doc_merge.h"
#include "record/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LATER_MAX 200 /* changes of one document that are looked at */
#define USES_SHOWN 3

/* ---- who and what */

/* In words; people by the addresses that they have now. */
static struct span
who(struct txn *txn, struct json_object *by)
{
	static const char *const names[] = { "operator", "listener", "schedule" };
	struct span user = json_string(by, "user"), name;

	if (user.n > 0)
		return span_of(command_who(txn, user));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if ((name = json_string(by, names[i])).n > 0)
			return name;
	return json_string(by, "via");
}

static struct span
name_of(struct txn *txn, struct json_object *entry)
{
	return audit_name(txn, json_string(entry, "kind"), json_string(entry, "of"));
}

static void
put_names(struct txn *txn, struct json_object *entry)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *changed = json_get(entry, "after"), *members = json_new_array(arena);
	struct span name = name_of(txn, entry);
	struct doc_member *list;
	size_t n;

	json_set_text(entry, "name", name);
	json_del(entry, "of"); /* which may be the name */
	json_set_text(entry, "who", who(txn, json_get(entry, "by")));
	if (!span_is(json_string(entry, "change"), "changed"))
		return;
	n = doc_members(arena, changed, &list);
	for (size_t i = 0; i < n; i++)
		json_append(members, json_share(json_new_text(arena, span_of(list[i].name))));
	if (json_flag(entry, "secrets", false))
		json_append(members, json_share(json_new_text(arena, SPAN("secrets"))));
	json_set(entry, "members", json_share(members));
}

static bool
may_read(struct txn *txn, struct job *job, struct json_object *entry)
{
	struct arena *arena = txn_arena(txn);

	return command_may_read_of(job, doc_name(arena, json_string(entry, "project"),
	    SPAN("-"))) && (!json_has(entry, "formerly") || command_may_read_of(job,
	    doc_name(arena, json_string(entry, "formerly"), SPAN("-"))));
}

/* ---- list */

struct chosen {
	struct audit_query query;
	struct span actor;     /* that is no user; "" any */
};

/* The name of one that is gone may only stand in the log. */
static struct span
sought(struct txn *txn, const struct kind *kind, struct span name)
{
	struct json_object *doc = kind_find(txn, kind, name);

	return doc != NULL ? audit_of(txn, kind, doc) : name;
}

static bool
choose(struct txn *txn, struct job *job, struct chosen *chosen)
{
	struct span kind_word = json_string(job->args, "kind");
	struct span name = json_string(job->args, "name");
	const struct kind *kind = NULL;
	struct json_object *user;

	*chosen = (struct chosen){ .query.project = json_string(job->args, "project"),
		.actor = json_string(job->args, "actor") };
	if (kind_word.n > 0 && (kind = command_kind(job, kind_word)) == NULL)
		return false;
	if (name.n > 0 && kind == NULL)
		return error_set(&job->error, FAULT_USAGE,
		    "a \"name\" needs its \"kind\": there may be more of that name");
	if (kind != NULL) {
		chosen->query.kind = span_of(kind->name);
		chosen->query.has = span_of(arena_printf(job->arena, "\"kind\":\"%s\"", kind->name));
	}
	if (name.n > 0)
		chosen->query.of = arena_copy(job->arena, sought(txn, kind, name));
	user = chosen->actor.n > 0 ? kind_find(txn, &kind_user, chosen->actor) : NULL;
	if (user != NULL) {
		chosen->query.user = arena_copy(job->arena, json_string(user, "id"));
		chosen->actor = SPAN("");
	} else if (chosen->actor.n > 0) {
		chosen->query.has = json_write(job->arena, json_new_text(job->arena, chosen->actor));
	}
	/* Who may read one project alone need not look through all. */
	if (job->actor != NULL && json_count(job->actor->projects) == 1 &&
	    !job->actor->reads_all && chosen->query.project.n == 0)
		chosen->query.project = json_span(json_at(job->actor->projects, 0));
	return command_time(job, "since", &chosen->query.since) &&
	    command_time(job, "until", &chosen->query.until);
}

static bool
is_chosen(const struct chosen *chosen, struct json_object *entry)
{
	static const char *const names[] = { "operator", "listener", "apiKey", "schedule",
		"macro" };
	const struct audit_query *query = &chosen->query;
	struct json_object *by = json_get(entry, "by");
	bool actor = chosen->actor.n == 0;

	for (size_t i = 0; !actor && i < sizeof names / sizeof names[0]; i++)
		actor = span_eq(json_string(by, names[i]), chosen->actor);
	return actor &&
	    (query->kind.n == 0 || span_eq(json_string(entry, "kind"), query->kind)) &&
	    (query->user.n == 0 || span_eq(json_string(by, "user"), query->user)) &&
	    (query->project.n == 0 || span_eq(json_string(entry, "project"), query->project) ||
	    span_eq(json_string(entry, "formerly"), query->project));
}

static void
list(struct txn *txn, struct job *job)
{
	static const char *const whole[] = { "before", "after", "was", NULL };
	struct arena_mark mark;
	struct command_page page;
	struct chosen chosen;
	struct json_object *entry;
	struct span position;

	if (!choose(txn, job, &chosen) || !command_page_read(job, &page))
		return;
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		entry = audit_next(txn, &chosen.query, command_position(&page.position),
		    &position);
		if (!command_page_take(&page, entry != NULL, &position))
			break;
		if (is_chosen(&chosen, entry) && may_read(txn, job, entry)) {
			put_names(txn, entry);
			for (size_t i = 0; whole[i] != NULL; i++)
				json_del(entry, whole[i]);
			command_page_put(&page, entry);
		}
		arena_rewind(txn_arena(txn), mark);
	}
}

/* ---- one */

/* NULL once the job has failed. */
static struct json_object *
find(struct txn *txn, struct job *job, struct id *id_r)
{
	struct json_object *entry;
	char text[ID_TEXT_SIZE];

	if (!command_find_id(txn, job, TABLE_AUDIT, NULL, id_r))
		return NULL;
	entry = audit_load(txn, *id_r);
	if (entry == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "there is no change %s in the log; changes leave it "
		    "with their age ([audit] in earshot.conf)", id_text(*id_r, text));
	return entry;
}

/* The latest change of the same document that came behind this one, and changed the member
 * ("": any), or undid it (member NULL); NULL: none is known. */
static struct json_object *
later(struct txn *txn, struct json_object *entry, const char *member)
{
	const struct audit_query query = { .kind = json_string(entry, "kind"),
		.of = json_string(entry, "of") };
	struct span position, id = json_string(entry, "id");
	struct command_position after = { .n = 0 };
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct json_object *other;

	for (size_t i = 0; i < LATER_MAX && (other = audit_next(txn, &query,
	        command_position(&after), &position)) != NULL &&
	     !span_eq(json_string(other, "id"), id); i++) {
		if (member == NULL ? span_eq(json_string(other, "undoes"), id)
		    : *member == '\0' || json_has(json_get(other, "after"), member))
			return other;
		command_position_set(&after, position);
		arena_rewind(txn_arena(txn), mark);
	}
	return NULL;
}

static void
put_changes(struct txn *txn, struct json_object *entry)
{
	const struct kind *kind = kind_by_name(json_string(entry, "kind"));
	struct json_object *before = json_get(entry, "before"), *after = json_get(entry, "after");
	struct buf changes = { 0 };
	struct jsonout out = json_to(&changes);

	if (kind == NULL)
		return;
	json_open(&out, '[');
	doc_changes(txn_arena(txn), kind, before, after, after, &out);
	json_close(&out, ']');
	json_set(entry, "changes", json_share(json_load(txn_arena(txn),
	    arena_copy(txn_arena(txn), buf_bytes(&changes)))));
	buf_free(&changes);
}

static void
show(struct txn *txn, struct job *job)
{
	static const char *const sides[] = { "before", "after", NULL };
	struct json_object *entry, *undo;
	struct id id;

	entry = find(txn, job, &id);
	if (entry == NULL)
		return;
	undo = later(txn, entry, NULL);
	if (undo != NULL)
		json_set_text(entry, "undoneBy", json_string(undo, "id"));
	put_names(txn, entry);
	json_del(entry, "was");
	for (size_t i = 0; sides[i] != NULL; i++)
		if (json_has(entry, sides[i]))
			json_set(entry, sides[i], json_share(audit_told(txn, json_get(entry,
			    sides[i]), false)));
	put_changes(txn, entry);
	command_put(job, entry);
}

/* ---- undo */

struct undoing {
	struct txn *txn;
	struct job *job;
	struct id id;
	struct json_object *entry;
	const struct kind *kind;
	struct span name;
	struct json_object *now;       /* the document; NULL: it is not there */
	struct command_complaints *complaints;
	struct json_object *notes;     /* what is told to whoever undoes it */
};

/* Always false. */
__attribute__((format(printf, 2, 3))) static bool
refuse(struct undoing *undoing, const char *format, ...)
{
	char why[500];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	return txn_fail(undoing->txn, FAULT_BAD_DOCUMENT, "this change cannot be undone: %s", why);
}

static void
note(struct undoing *undoing, const char *text)
{
	json_append(undoing->notes, json_share(json_new_text(txn_arena(undoing->txn),
	    span_of(text))));
}

/* Without null, and without what only says when it was changed. */
static struct json_object *
plain(struct undoing *undoing, struct json_object *doc)
{
	struct json_object *out = doc_patched(txn_arena(undoing->txn), NULL, doc);
	const char *stamp = doc_stamp(undoing->kind);

	if (stamp != NULL)
		json_del(out, stamp);
	for (const char *const *at = undoing->kind->dated; at != NULL && *at != NULL; at++)
		json_del(out, *at);
	return out;
}

/* The document as the log would tell it now. */
static struct json_object *
told_now(struct undoing *undoing)
{
	bool sealed = undoing->kind->sealed;

	return plain(undoing, audit_told(undoing->txn, audit_telling(undoing->txn, undoing->now,
	    sealed), true));
}

static struct json_object *
told(struct undoing *undoing, const char *member)
{
	return audit_told(undoing->txn, json_get(undoing->entry, member), true);
}

/* Of what the patch says of this document, the first member that is another by now, as a
 * pointer; NULL: it is as it says. */
static const char *
other_member(struct arena *arena, struct json_object *doc, struct json_object *patch,
    const char *pointer)
{
	struct doc_member *members;
	size_t n = doc_members(arena, patch, &members);
	const char *found = NULL;

	for (size_t i = 0; i < n && found == NULL; i++) {
		const char *own = pointer_member(arena, pointer, members[i].name);
		struct json_object *value = json_get(doc, members[i].name);

		if (json_is_object(members[i].value) && json_is_object(value))
			found = other_member(arena, value, members[i].value, own);
		else if (!json_equal(value, members[i].value))
			found = own;
	}
	return found;
}

static bool
refuse_later(struct undoing *undoing, const char *pointer)
{
	struct arena *arena = txn_arena(undoing->txn);
	struct span rest = span_of(pointer), member = SPAN(""), at;
	struct json_object *other;

	pointer_token(arena, &rest, &member);
	other = later(undoing->txn, undoing->entry, arena_string(arena, member));
	if (other == NULL)
		return refuse(undoing, "%.*s was changed since, by something that this log does "
		    "not tell of, such as a delivery", (int)member.n, member.p);
	/* "2026-11-30 02:36:27 UTC" */
	at = json_string(other, "at");
	return refuse(undoing, "%.*s was changed since, at %.10s %.8s UTC by %.*s; undo that first: "
	    "%.*s", (int)member.n, member.p, at.p, at.p + 11,
	    (int)who(undoing->txn, json_get(other, "by")).n,
	    who(undoing->txn, json_get(other, "by")).p, (int)json_string(other, "id").n,
	    json_string(other, "id").p);
}

/* What was complained of is in the output. */
static bool
sound(struct undoing *undoing)
{
	if (undoing->complaints->base.count > 0)
		refuse(undoing, "what it was before cannot stand any more%s",
		    json_flag(undoing->entry, "secrets", false)
		    ? ", without the secrets that it had, which are kept nowhere; change it by hand, "
		      "and give them anew" : "");
	return txn_ok(undoing->txn);
}

/* '=' after a failure, too. */
static char
put(struct undoing *undoing, const struct kind *kind, struct json_object *doc)
{
	struct complaints *complaints = &undoing->complaints->base;
	char result;

	kind_check(undoing->txn, kind, doc, complaints);
	if (complaints->count == 0 && kind == undoing->kind &&
	    !command_may_change(undoing->txn, undoing->job, kind, doc))
		return '=';
	/* Of what comes with it he had no say. */
	if (complaints->count == 0 && kind == undoing->kind)
		command_reach(undoing->txn, undoing->job, kind, doc, undoing->now, complaints);
	if (!sound(undoing))
		return '=';
	result = kind_put(undoing->txn, kind, doc, complaints);
	if (txn_ok(undoing->txn) && complaints->count == 0)
		kind_refer(undoing->txn, kind, doc, complaints);
	return sound(undoing) ? result : '=';
}

/* Of values only those are put that it changed; the others stay with their times. */
static struct json_object *
value_before(struct undoing *undoing, struct json_object *patch)
{
	struct json_object *doc = plain(undoing, undoing->now);

	json_set(doc, "values", json_share(json_get(patch, "values")));
	return doc;
}

/* The whole of before, if since then nothing else has changed; else what the patch makes. */
static struct json_object *
document_before(struct undoing *undoing)
{
	struct arena *arena = txn_arena(undoing->txn);
	struct json_object *was = json_has(undoing->entry, "was") ? told(undoing, "was") : NULL;

	if (strcmp(undoing->kind->name, "value") == 0)
		return value_before(undoing, told(undoing, "before"));
	if (was != NULL && json_equal(plain(undoing, doc_patched(arena, was,
	        told(undoing, "after"))), told_now(undoing)))
		return plain(undoing, was);
	was = doc_patched(arena, undoing->now, told(undoing, "before"));
	if (doc_stamp(undoing->kind) != NULL)
		json_del(was, doc_stamp(undoing->kind));
	return was;
}

static void
undo_change(struct undoing *undoing)
{
	struct arena *arena = txn_arena(undoing->txn);
	bool secrets = json_flag(undoing->entry, "secrets", false), kept = false;
	struct json_object *doc;
	const char *other;

	if (undoing->now == NULL) {
		refuse(undoing, "there is no %s %.*s any more", undoing->kind->name,
		    (int)undoing->name.n, undoing->name.p);
		return;
	}
	if (secrets && json_members(json_get(undoing->entry, "after")) == 0) {
		refuse(undoing, "it changed secrets alone, and what they were is kept nowhere; set "
		    "them anew");
		return;
	}
	if (secrets && strcmp(undoing->kind->name, "apikey") == 0) {
		refuse(undoing, "secrets of API keys are kept nowhere; give it another one: "
		    "earshot apikey rotate %.*s", (int)undoing->name.n, undoing->name.p);
		return;
	}
	other = other_member(arena, told_now(undoing), told(undoing, "after"), "");
	if (other != NULL) {
		refuse_later(undoing, other);
		return;
	}
	doc = document_before(undoing);
	if (undoing->kind->sealed && !audit_unseal(arena, &doc, undoing->now, &kept)) {
		refuse(undoing, "a secret stood in it that is kept nowhere; change it by hand, and "
		    "give the secret anew");
		return;
	}
	if (kept || secrets)
		note(undoing, "secrets were changed, too, and what they were is kept nowhere: those "
		    "that are there now stay");
	if (json_flag(undoing->entry, "lossy", false))
		note(undoing, "values were given up by that change: they do not come back");
	if (put(undoing, undoing->kind, doc) == '=' && txn_ok(undoing->txn))
		refuse(undoing, "it is already as it was before");
}

/* What came with it and is about somebody who is gone stays away. */
static bool
is_of_nobody(struct json_object *part)
{
	return json_has(part, "user") && json_get(part, "user") == NULL;
}

static void
restore_parts(struct undoing *undoing)
{
	const struct audit_by *by = audit_by(undoing->txn);
	struct arena *arena = txn_arena(undoing->txn);
	struct arena_mark mark = arena_mark(arena);
	struct json_object *part;
	const struct kind *kind;
	int64_t number = 0;

	/* They are told as parts of it. */
	audit_made_by(undoing->txn, NULL);
	while (txn_ok(undoing->txn) &&
	    (part = audit_part(undoing->txn, undoing->id, &number)) != NULL) {
		part = audit_told(undoing->txn, part, true);
		kind = kind_by_name(json_string(part, "kind"));
		if (kind != NULL && !is_of_nobody(part))
			put(undoing, kind, doc_patched(arena, NULL, part));
		arena_rewind(arena, mark);
	}
	audit_made_by(undoing->txn, by);
}

static void
undo_removal(struct undoing *undoing)
{
	struct json_object *doc = told(undoing, "before");
	bool kept;

	if (undoing->kind->personal) {
		refuse(undoing, "when an account is deleted nothing of it is kept, here neither; "
		    "make a new one");
		return;
	}
	if (strcmp(undoing->kind->name, "apikey") == 0) {
		refuse(undoing, "secrets of API keys are kept nowhere; make another one: earshot "
		    "apikey create %.*s", (int)undoing->name.n, undoing->name.p);
		return;
	}
	if (undoing->now != NULL) {
		refuse(undoing, "there is a %s %.*s again", undoing->kind->name,
		    (int)undoing->name.n, undoing->name.p);
		return;
	}
	doc = doc_patched(txn_arena(undoing->txn), NULL, doc);
	if (undoing->kind->sealed && !audit_unseal(txn_arena(undoing->txn), &doc, NULL, &kept)) {
		refuse(undoing, "a secret stood in it that is kept nowhere; make it anew, and give "
		    "the secret anew");
		return;
	}
	if (json_flag(undoing->entry, "secrets", false))
		note(undoing, "its secrets are kept nowhere: give them anew");
	if (put(undoing, undoing->kind, doc) != '=')
		restore_parts(undoing);
}

struct counting {
	int64_t parts;
};

static void
count_part(void *arg, const struct kind *kind, struct json_object *doc)
{
	(void)kind;
	(void)doc;
	((struct counting *)arg)->parts++;
}

/* What would lose an account's name, though it was not there when it was made. */
static void
uses_of_person(struct undoing *undoing, struct doc_uses *uses)
{
	static const char *const paths[] = { "submitter", "followers" };
	struct arena *arena = txn_arena(undoing->txn);
	struct span ids[USES_SHOWN + 1], *targets, at = { NULL, 0 };
	struct span email = json_string(undoing->now, "email");
	struct json_object *project;
	size_t n;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		n = record_find(undoing->txn, RECORD_FEEDBACK, span_of(paths[i]), email, ids,
		    USES_SHOWN + 1);
		for (size_t k = 0; k < n; k++)
			doc_uses_add(uses, arena, "feedback", ids[k]);
	}
	n = record_find_authored(undoing->txn, email, &targets);
	for (size_t i = 0; i < n; i++)
		doc_uses_add(uses, arena, "a comment on",
		    (struct span){ targets[i].p + 1, targets[i].n - 1 });
	while ((project = doc_next(undoing->txn, "project", at, &at)) != NULL)
		if (doc_list_has(json_get(project, "managers"), email))
			doc_uses_add(uses, arena, "project", json_string(project, "key"));
}

static void
undo_creation(struct undoing *undoing)
{
	struct json_object *after = told(undoing, "after");
	struct doc_uses uses = { .n = 0 };
	struct counting counting = { 0 };
	struct doc_visit visit = { count_part, &counting };
	const char *other;

	if (undoing->now == NULL) {
		refuse(undoing, "there is no %s %.*s any more", undoing->kind->name,
		    (int)undoing->name.n, undoing->name.p);
		return;
	}
	other = other_member(txn_arena(undoing->txn), told_now(undoing), doc_patch(
	    txn_arena(undoing->txn), told_now(undoing), plain(undoing, after)), "");
	if (other != NULL) {
		refuse_later(undoing, other);
		return;
	}
	if (undoing->kind->parts != NULL)
		undoing->kind->parts(undoing->txn, undoing->name, &visit);
	if (counting.parts > json_integer(undoing->entry, "parts", 0)) {
		refuse(undoing, "it has got comments or values since, which would go with it; if "
		    "that is meant, remove it");
		return;
	}
	if (undoing->kind->personal)
		uses_of_person(undoing, &uses);
	if (doc_uses_none(&uses, &undoing->complaints->base))
		kind_remove(undoing->txn, undoing->kind, undoing->name,
		    &undoing->complaints->base);
	if (undoing->complaints->base.count > 0)
		refuse(undoing, "it is used by now");
}

static void
tell_undone(struct undoing *undoing)
{
	const struct audit_query query = { .kind = json_string(undoing->entry, "kind"),
		.of = json_string(undoing->entry, "of") };
	struct jsonout out = json_to(undoing->job->out);
	struct json_object *own;
	struct span position;
	char text[ID_TEXT_SIZE];

	own = audit_next(undoing->txn, &query, SPAN(""), &position);
	json_open(&out, '{');
	if (own != NULL && span_eq(json_string(own, "undoes"),
	        span_of(id_text(undoing->id, text))))
		json_member(&out, "id", json_string(own, "id"));
	json_member(&out, "undid", span_of(id_text(undoing->id, text)));
	json_member(&out, "change", json_string(undoing->entry, "change"));
	json_member(&out, "kind", span_of(undoing->kind->name));
	json_member(&out, "name", undoing->name);
	if (json_count(undoing->notes) > 0) {
		json_key(&out, "notes");
		json_raw(&out, json_write(txn_arena(undoing->txn), undoing->notes));
	}
	json_close(&out, '}');
	buf_putc(undoing->job->out, '\n');
}

static void
undo_it(struct undoing *undoing)
{
	struct span change = json_string(undoing->entry, "change");

	if (span_is(change, "changed"))
		undo_change(undoing);
	else if (span_is(change, "removed"))
		undo_removal(undoing);
	else if (span_is(change, "created"))
		undo_creation(undoing);
	else
		refuse(undoing, "it changed nothing of the %s", undoing->kind->name);
}

static void
undo(struct txn *txn, void *arg)
{
	struct command_complaints *complaints = arg;
	struct job *job = complaints->job;
	struct undoing undoing = { .txn = txn, .job = job, .complaints = complaints,
		.notes = json_new_array(txn_arena(txn)) };

	command_complaints_in(complaints, txn);
	undoing.entry = find(txn, job, &undoing.id);
	if (undoing.entry == NULL)
		return;
	undoing.kind = kind_by_name(json_string(undoing.entry, "kind"));
	if (undoing.kind == NULL) {
		refuse(&undoing, "this Earshot knows no kind of that name");
		return;
	}
	undoing.name = name_of(txn, undoing.entry);
	undoing.now = kind_find(txn, undoing.kind, undoing.name);
	/* It may have gone since to a project that is not his. */
	if (undoing.now != NULL && !command_may_change(txn, job, undoing.kind, undoing.now))
		return;
	if (!command_repeated(txn, job)) {
		job->by.undoes = undoing.id;
		job->by.parts = json_integer(undoing.entry, "parts", 0);
		undo_it(&undoing);
	}
	if (txn_ok(txn))
		tell_undone(&undoing);
}

static void
run_undo(struct job *job)
{
	bool dry = json_flag(job->args, "dryRun", false), done;
	struct command_complaints complaints;

	command_complaints(&complaints, job);
	command_complaints_wait(&complaints, dry);
	do
		done = command_run(job, dry ? STORE_DRY : STORE_WRITE, undo, &complaints);
	while (!done && command_prepared(job, &complaints));
	command_prepared_end(job, &complaints);
}

const struct command command_audit = {
	.name = "audit", .words = "list who changed what, newest first",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = list,
};
const struct command command_audit_show = {
	.name = "audit-show", .words = "show a change with what was before and after",
	.right = RIGHT_READ, .scope = SCOPE_AUDIT, .answer = ANSWER_ONE,
	.mode = STORE_READ, .body = show,
};
const struct command command_audit_undo = {
	.name = "audit-undo", .words = "undo a change, as a new change",
	.right = RIGHT_CHANGE, .dry = "dryRun", .scope = SCOPE_AUDIT, .answer = ANSWER_ONE,
	.run = run_undo,
};
