/* SPDX-License-Identifier: ISC */
/* Actions that change what is stored: people, tickets, comments. */
#include "act/macro_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/feedback.h"
#include "community/people.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/words.h"
#include "record/scope.h"
#include "store/store.h"

#define REASON_MAX ((size_t)1000)
#define POINTS_MAX 1000000 /* as of a rank */
#define NOTE_MAX ((size_t)16 * 1024)

static const char *const exposures[] = { "private", "team", "public" };
#define EXPOSURES (sizeof exposures / sizeof exposures[0])

/* All of these actions do with one of each. */
struct rule {
	struct span name;          /* rank, author, field, status … */
	const struct tag *text;    /* NULL: none */
	struct json_object *value; /* teams, a scalar */
	bool flag;
};

struct points_rule {
	const struct tag *text;    /* that comes to the points; NULL: they are given */
	int64_t points;
	const struct tag *reason;  /* NULL: none */
};

static struct rule *
rule_new(struct macro_compile *compile)
{
	return arena_alloc(compile->arena, sizeof(struct rule));
}

static struct span
own_project(const struct macro_run *run)
{
	return run->macro->project;
}

/* Names are taken as they are: a tag in one is a mistake. */
static struct span
plain_name(struct macro_compile *compile, struct json_object *doc, const char *member)
{
	struct span name = macro_span(compile, doc, member);

	for (size_t i = 0; i + 1 < name.n; i++)
		if (name.p[i] == '{' && name.p[i + 1] == '{') {
			macro_complain(compile, member, "tags cannot stand here");
			break;
		}
	return name;
}

static void
team_exists(struct macro_compile *compile, struct span name)
{
	struct span project, key;

	if (!compile->shape &&
	    !scope_find(compile->txn, "team", compile->project, name, &project, &key))
		macro_complain(compile, "teams", "there is no team '%.*s'", (int)name.n, name.p);
}

static void *
rank_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);

	rule->name = plain_name(compile, doc, "rank");
	if (json_get(doc, "reason") != NULL)
		rule->text = macro_tag(compile, "reason", json_string(doc, "reason"), TAG_TEXT);
	if (!compile->shape && !doc_exists(compile->txn, "rank", SPAN(""), rule->name))
		macro_complain(compile, "rank", "there is no rank '%.*s'", (int)rule->name.n,
		    rule->name.p);
	return rule;
}

static const char *
add_rank_run(struct macro_run *run, const void *arg)
{
	const struct rule *rule = arg;
	struct span reason = { "", 0 };

	if (rule->text != NULL &&
	    !macro_render(run, rule->text, REASON_MAX, "the reason", &reason))
		return NULL;
	target_user_touch(run->delivery);
	return people_add_rank(run->txn, run->user, rule->name, own_project(run), reason,
	    run->delivery->now);
}

static const char *
remove_rank_run(struct macro_run *run, const void *arg)
{
	const struct rule *rule = arg;

	target_user_touch(run->delivery);
	return people_remove_rank(run->txn, run->user, rule->name, own_project(run));
}

static bool
points_good(int64_t points)
{
	return points >= -POINTS_MAX && points <= POINTS_MAX;
}

static void *
points_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct points_rule *rule = arena_alloc(compile->arena, sizeof *rule);
	struct json_object *points = json_get(doc, "points");

	if (doc_type(points) == DOC_STRING)
		rule->text = macro_tag(compile, "points", json_span(points), TAG_TEXT);
	else if (doc_type(points) == DOC_INTEGER && points_good(doc_number(points)))
		rule->points = doc_number(points);
	else if (points != NULL)
		macro_complain(compile, "points", "must be an integer from -%d to %d, or a text "
		    "with tags that comes to one", POINTS_MAX, POINTS_MAX);
	if (json_get(doc, "reason") != NULL)
		rule->reason = macro_tag(compile, "reason", json_string(doc, "reason"), TAG_TEXT);
	return rule;
}

static const char *
add_points_run(struct macro_run *run, const void *arg)
{
	const struct points_rule *rule = arg;
	struct span reason = { "", 0 }, text;
	int64_t points = rule->points;

	if (rule->text != NULL) {
		if (!macro_render(run, rule->text, REASON_MAX, "the points", &text))
			return NULL;
		text = text_trim(text);
		if (text.n == 0)
			return macro_skip(run, "there are no points");
		if (!text_integer(text, &points) || !points_good(points)) {
			txn_fail(run->txn, FAULT_MACRO_FAILED, "the points are an integer from "
			    "-%d to %d", POINTS_MAX, POINTS_MAX);
			return NULL;
		}
	}
	if (rule->reason != NULL &&
	    !macro_render(run, rule->reason, REASON_MAX, "the reason", &reason))
		return NULL;
	target_user_touch(run->delivery);
	return people_add_points(run->txn, run->user, points, own_project(run), reason,
	    run->delivery->now);
}

static void *
teams_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);

	rule->value = json_copy(compile->arena, json_get(doc, "teams"));
	if (json_count(rule->value) == 0)
		macro_complain(compile, "teams", "at least one team is needed");
	for (size_t i = 0; i < json_count(rule->value); i++) {
		struct span name = json_span(json_at(rule->value, i));

		if (name.n == 0)
			macro_complain(compile, "teams", "every team is named by a string");
		else
			team_exists(compile, name);
	}
	return rule;
}

static const char *
add_teams_run(struct macro_run *run, const void *arg)
{
	target_account_touch(run->delivery);
	return people_add_teams(run->txn, run->user, ((const struct rule *)arg)->value,
	    own_project(run));
}

static const char *
remove_teams_run(struct macro_run *run, const void *arg)
{
	target_account_touch(run->delivery);
	return people_remove_teams(run->txn, run->user, ((const struct rule *)arg)->value,
	    own_project(run));
}

static void *
note_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);

	rule->text = macro_tag(compile, "text", json_string(doc, "text"), TAG_TEXT);
	return rule;
}

static const char *
add_note_run(struct macro_run *run, const void *arg)
{
	struct span text;

	if (!macro_render(run, ((const struct rule *)arg)->text, NOTE_MAX, "the note", &text))
		return NULL;
	if (text.n == 0)
		return macro_skip(run, "the text is empty");
	target_user_touch(run->delivery);
	return people_add_note(run->txn, run->user, text, run->delivery->now);
}

static void *
leave_compile(struct macro_compile *compile, struct json_object *doc)
{
	(void)doc;
	if (compile->project.n == 0)
		macro_complain(compile, "",
		    "leave-project needs a macro with a project: that is the one to leave");
	return rule_new(compile);
}

static const char *
leave_run(struct macro_run *run, const void *arg)
{
	(void)arg;
	target_account_touch(run->delivery);
	return people_leave_project(run->txn, run->user, own_project(run));
}

static void *
nothing_compile(struct macro_compile *compile, struct json_object *doc)
{
	(void)doc;
	return rule_new(compile);
}

/* The document stays: tags of later e-mails and webhooks may name the user. */
static const char *
delete_run(struct macro_run *run, const void *arg)
{
	struct target *target = &run->delivery->target;
	const struct audit_by *before;
	struct auditing auditing;
	struct audit_by by;
	bool told;

	(void)arg;
	if (people_last_admin(run->txn, target_doc(run->txn, run->delivery))) {
		txn_fail(run->txn, FAULT_MACRO_FAILED, "the user is the last admin; give the role "
		    "to another one first");
		return NULL;
	}
	before = target_audits(run->txn, run->delivery, &by);
	told = audit_begin_removal(run->txn, &kind_user, target->id, &auditing);
	people_delete(run->txn, target->id);
	if (told)
		audit_removed(run->txn, &auditing);
	audit_made_by(run->txn, before);
	target->gone = true;
	target->changed = false;
	return "deleted";
}

static void *
comment_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);

	rule->name = macro_span(compile, doc, "author");
	rule->text = macro_tag(compile, "text", json_string(doc, "text"), TAG_TEXT);
	return rule;
}

/* The author's document; NULL after txn_fail(). */
static struct json_object *
comment_author(struct macro_run *run, struct span email, struct span project)
{
	bool ticket = run->macro->record == RECORD_FEEDBACK;
	struct json_object *author = people_load(run->txn, email);

	if (!people_belongs(run->txn, author, own_project(run))) {
		txn_fail(run->txn, FAULT_UNKNOWN_AUTHOR,
		    "no user has the e-mail address '%.*s'", (int)email.n, email.p);
		return NULL;
	}
	if (people_may(run->txn, author,
	    ticket ? PEOPLE_COMMENT_FEEDBACK : PEOPLE_COMMENT_USER, project,
	    ticket ? target_doc(run->txn, run->delivery) : NULL))
		return author;
	txn_fail(run->txn, FAULT_AUTHOR_NOT_PERMITTED, "%.*s may not comment on %s",
	    (int)email.n, email.p, target_text(run->delivery));
	return NULL;
}

static const char *
comment_run(struct macro_run *run, const void *arg)
{
	const struct rule *rule = arg;
	struct delivery *delivery = run->delivery;
	bool ticket = run->macro->record == RECORD_FEEDBACK;
	struct comment comment = {
		.record = run->macro->record,
		.target = delivery->target.id,
		.at = delivery->now,
		.delivery = delivery->id,
		.allowance = delivery->allowance,
	};
	struct span project = own_project(run);
	struct json_object *author;

	if (!macro_render(run, rule->text, 4 * COMMENT_TEXT_MAX, "the comment", &comment.text))
		return NULL;
	if (comment.text.n == 0)
		return macro_skip(run, "the text is empty");
	if (ticket)
		project = json_string(target_doc(run->txn, delivery), "project");
	else
		comment.project = project;
	author = comment_author(run, rule->name, project);
	if (author == NULL)
		return NULL;
	if (delivery->listener_name.n > 0)
		comment.listener = delivery->listener_name;
	comment.id = id_new(delivery->now);
	comment.author = json_string(author, "email");
	comment_add(run->txn, &comment);
	facts_of_delivery(run->txn, delivery); /* the ticket's popularity moved */
	return arena_printf(delivery->arena, "added by %.*s", (int)comment.author.n,
	    comment.author.p);
}

static void *
field_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);
	struct json_object *value = json_get(doc, "value");

	rule->name = plain_name(compile, doc, "field");
	if (!doc_field_name_good(rule->name))
		macro_complain(compile, "field",
		    "the name of a field must be 1 to %d bytes without control characters",
		    DOC_FIELD_NAME_MAX);
	if (!json_has(doc, "value"))
		macro_complain(compile, "value", "is missing; null clears the field");
	if (doc_type(value) == DOC_STRING)
		rule->text = macro_tag(compile, "value", json_span(value), TAG_TEXT);
	else if (value == NULL || doc_field_good(value))
		rule->value = json_copy(compile->arena, value);
	else
		macro_complain(compile, "value",
		    "must be text, a number, true, false or null");
	return rule;
}

static const char *
value_text(struct arena *arena, struct json_object *value)
{
	struct span text = json_span(value);

	if (value == NULL)
		return "none";
	return doc_short(arena, text.p != NULL ? text : json_number_text(value));
}

static const char *
user_set_field(struct macro_run *run, struct span field, struct json_object *value)
{
	struct arena *arena = run->delivery->arena;
	struct json_object *user = target_doc(run->txn, run->delivery);
	struct json_object *fields = json_get(user, "fields");
	const char *key = arena_string(arena, field), *old;

	if (fields == NULL) {
		fields = json_new_object(arena);
		json_set(user, "fields", json_share(fields));
	}
	old = value_text(arena, json_get(fields, key));
	if (json_equal(json_get(fields, key), value))
		return arena_printf(arena, "%s was %s already", key, old);
	if (value == NULL)
		json_del(fields, key);
	else
		json_set(fields, key, json_share(value));
	return arena_printf(arena, "%s: %s → %s", key, old, value_text(arena, value));
}

static const char *
field_run(struct macro_run *run, const void *arg)
{
	const struct rule *rule = arg;
	struct arena *arena = run->delivery->arena;
	/* A copy: the rule outlives this transaction. */
	struct json_object *value = json_copy(arena, rule->value);
	struct span text;

	if (rule->text != NULL) {
		if (!macro_render(run, rule->text, DOC_TEXT_BYTES, "the value", &text))
			return NULL;
		value = json_new_text(arena, text);
	}
	target_touch(run->delivery);
	if (run->macro->record == RECORD_USER)
		return user_set_field(run, rule->name, value);
	return feedback_set_field(run->txn, target_doc(run->txn, run->delivery),
	    rule->name, value, run->delivery->now);
}

static void *
status_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);

	rule->name = plain_name(compile, doc, "status");
	return rule;
}

static const char *
status_run(struct macro_run *run, const void *arg)
{
	target_touch(run->delivery);
	return feedback_set_status(run->txn, target_doc(run->txn, run->delivery),
	    ((const struct rule *)arg)->name, run->delivery->now);
}

static void *
exposure_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);

	rule->name = macro_span(compile, doc, "exposure");
	for (size_t i = 0; i < EXPOSURES; i++)
		if (span_is(rule->name, exposures[i]))
			return rule;
	macro_complain(compile, "exposure", "must be \"private\", \"team\" or \"public\"");
	return rule;
}

static const char *
exposure_run(struct macro_run *run, const void *arg)
{
	target_touch(run->delivery);
	return feedback_set_exposure(run->txn, target_doc(run->txn, run->delivery),
	    ((const struct rule *)arg)->name, run->delivery->now);
}

static void *
blocking_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);

	rule->flag = json_flag(doc, "blocking", false);
	return rule;
}

static const char *
blocking_run(struct macro_run *run, const void *arg)
{
	target_touch(run->delivery);
	return feedback_set_blocking(run->txn, target_doc(run->txn, run->delivery),
	    ((const struct rule *)arg)->flag, run->delivery->now);
}

static void *
feature_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct rule *rule = rule_new(compile);

	rule->name = plain_name(compile, doc, "feature");
	return rule;
}

static const char *
feature_run(struct macro_run *run, const void *arg)
{
	target_touch(run->delivery);
	return feedback_set_feature(run->txn, target_doc(run->txn, run->delivery),
	    ((const struct rule *)arg)->name, run->delivery->now);
}

/* Of whom an action is about, a person. */
static const struct word words_to[] = { { "The user", "target" },
	{ "The submitter of the ticket", "submitter" }, { NULL, NULL } };
#define TO { "to", MEMBER_STRING, 0, .label = "To", .asked = 1, .words = words_to, \
	.hint = "submitter, in feedback automation" }
#define REASON { "reason", MEMBER_STRING, MEMBER_TAGS, .label = "Reason", \
	.hint = "with tags, such as {{payload.feature}}" }

static const struct member add_rank_members[] = { TO,
	{ "rank", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Rank", .names = "rank" },
	REASON, { .name = NULL } };
static const struct member add_points_members[] = { TO,
	{ "points", MEMBER_ANY, MEMBER_NEEDED | MEMBER_TYPED | MEMBER_TAGS, .label = "Points",
	    .hint = "a number, or a tag that is one, such as {{payload.points}}" },
	REASON, { .name = NULL } };
static const struct member remove_rank_members[] = { TO,
	{ "rank", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Rank", .names = "rank" }, { .name = NULL } };
static const struct member teams_members[] = { TO,
	{ "teams", MEMBER_ANY, MEMBER_NEEDED | MEMBER_LIST | MEMBER_TYPED, .label = "Teams",
	    .hint = "each by its key, or project/key", .names = "team" }, { .name = NULL } };
static const struct member note_members[] = { TO,
	{ "text", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED | MEMBER_LONG | MEMBER_TAGS, .label = "Text",
	    .hint = "with tags, such as {{payload.text}}" }, { .name = NULL } };
static const struct member no_members[] = { { .name = NULL } };

const struct action_type macro_person_actions[] = {
	{ "add-rank", add_rank_members, true, true, ON_PERSON,
	    rank_compile, add_rank_run },
	{ "add-points", add_points_members, true, true, ON_PERSON,
	    points_compile, add_points_run },
	{ "remove-rank", remove_rank_members, true, true, ON_PERSON,
	    rank_compile, remove_rank_run },
	{ "add-teams", teams_members, true, true, ON_PERSON,
	    teams_compile, add_teams_run },
	{ "remove-teams", teams_members, true, true, ON_PERSON,
	    teams_compile, remove_teams_run },
	{ "add-note", note_members, true, true, ON_PERSON,
	    note_compile, add_note_run },
	{ "leave-project", no_members, true, false,
	    ON_PERSON, leave_compile, leave_run },
	{ "delete-user", no_members, true, false,
	    ON_PERSON, nothing_compile, delete_run },
	{ NULL, NULL, false, false, ON_NOTHING, NULL, NULL },
};

static const struct member comment_members[] = {
	{ "author", MEMBER_EMAIL, MEMBER_NEEDED, .label = "Author",
	    .hint = "the e-mail address of a user who may comment" },
	{ "text", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED | MEMBER_LONG | MEMBER_TAGS, .label = "Text",
	    .hint = "with tags, such as {{payload.text}}" }, { .name = NULL } };
static const struct member field_members[] = {
	{ "field", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Field" },
	{ "value", MEMBER_ANY, MEMBER_TYPED | MEMBER_NULL | MEMBER_TAGS, .label = "Value", .asked = 1,
	    .hint = "with tags, such as {{payload.version}}; empty clears the field" },
	{ .name = NULL } };
static const struct member status_members[] = {
	{ "status", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Status" }, { .name = NULL } };
static const char *
exposure_offer(size_t i)
{
	return i < EXPOSURES ? exposures[i] : NULL;
}
static const struct member exposure_members[] = {
	{ "exposure", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Exposure",
	    .offers = exposure_offer },
	{ .name = NULL } };
static const struct member blocking_members[] = {
	{ "blocking", MEMBER_BOOLEAN, MEMBER_NEEDED, .label = "Blocking" }, { .name = NULL } };
static const struct member feature_members[] = {
	{ "feature", MEMBER_STRING, MEMBER_NEEDED, .label = "Feature" }, { .name = NULL } };

const struct action_type macro_ticket_actions[] = {
	{ "add-comment", comment_members, true, true, ON_RECORD,
	    comment_compile, comment_run },
	{ "set-field", field_members, true, true, ON_RECORD,
	    field_compile, field_run },
	{ "set-status", status_members, false, true, ON_RECORD,
	    status_compile, status_run },
	{ "set-exposure", exposure_members, false, true, ON_RECORD,
	    exposure_compile, exposure_run },
	{ "set-blocking", blocking_members, false, true, ON_RECORD,
	    blocking_compile, blocking_run },
	{ "set-feature", feature_members, false, true, ON_RECORD,
	    feature_compile, feature_run },
	{ NULL, NULL, false, false, ON_NOTHING, NULL, NULL },
};
