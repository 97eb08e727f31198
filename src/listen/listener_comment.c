/* SPDX-License-Identifier: ISC */
/*
 * Listener type "comment": a comment on the user or ticket. Which parameters
 * name the author and the text is the listener's rule. This is the shortest
 * path there is: the document of a user that is commented on is not read.
 */
#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/text.h"
#include "community/feedback.h"
#include "community/people.h"
#include "community/saved_filter.h"
#include "listen/listener.h"
#include "listen/listener_example.h"
#include "listen/match.h"
#include "record/schema.h"
#include "store/store.h"

struct comment_rule {
	struct span author, comment;  /* parameters */
	struct match match;           /* of the author, among users */
	bool by_email;
	const struct filter *authors; /* over user: who may be one; NULL: who may comment */
};

static const struct member members[] = {
	{ "author", MEMBER_PARAMETER, MEMBER_NEEDED | MEMBER_FILLED, .label = "Author Field",
	    .parts = match_parts, .hint = "the parameter with the author's e-mail address, "
	        "such as author_name or /user/email" },
	{ "comment", MEMBER_PARAMETER, MEMBER_NEEDED | MEMBER_FILLED, .label = "Comment Field",
	    .hint = "the parameter with the text, such as comment_text or /comment/body" },
	{ "authors", MEMBER_STRING, MEMBER_FILLED | MEMBER_LONG, .label = "Who may be an author",
	    .hint = "an expression over user, such as user.email == 'jira@acme.example'; without "
	        "one: all who may comment" },
	{ .name = NULL },
};
static const char *const author_roots[] = { "user", NULL };

static struct match
author_match(struct json_object *doc)
{
	struct span by = json_string(json_get(doc, "author"), "match");

	return (struct match){ .record = RECORD_USER, .project = json_string(doc, "project"),
		.by = by.n > 0 ? by : SPAN("email") };
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	const struct saved_scope scope = { .project = json_string(doc, "project"),
		.record = RECORD_USER };
	struct match match = author_match(doc);

	saved_check(txn, &scope, author_roots, json_string(doc, "authors"), complaints,
	    "/authors");
	match_check(match.by, complaints, "/author/match");
	match_refer(txn, &match, complaints, "/author/match");
}

static void *
compile(struct txn *txn, struct arena *arena, struct json_object *doc)
{
	const struct saved_scope scope = { .project = json_string(doc, "project"),
		.record = RECORD_USER };
	struct comment_rule *rule = arena_alloc(arena, sizeof *rule);
	struct json_object *author = json_get(doc, "author");
	struct match match = author_match(doc);
	struct span authors = json_string(doc, "authors");
	struct filter_error error;

	rule->authors = authors.n == 0 ? NULL
	    : saved_compile(txn, arena, &scope, author_roots, authors, &error);
	if (authors.n > 0 && rule->authors == NULL)
		txn_fail(txn, FAULT_INTERNAL, "authors: %s", error.text);
	rule->author = arena_copy(arena, json_is_object(author)
	    ? json_string(author, "parameter") : json_span(author));
	rule->match = (struct match){ match.record, arena_copy(arena, match.project),
		arena_copy(arena, match.by) };
	rule->by_email = span_is(match.by, "email");
	rule->comment = arena_copy(arena, json_string(doc, "comment"));
	return rule;
}

static void
describe_one(struct jsonout *out, struct span name, const char *description)
{
	json_open(out, '{');
	json_key(out, "name");
	json_text(out, name);
	json_member(out, "type", SPAN("string"));
	json_member_bool(out, "required", true);
	json_member(out, "description", span_of(description));
	json_close(out, '}');
}

static void
describe(const void *rule, struct jsonout *parameters)
{
	const struct comment_rule *comment = rule;
	struct arena *arena = arena_new();

	describe_one(parameters, comment->author, comment->by_email
	    ? "e-mail address of the user who comments"
	    : arena_printf(arena, "names the user who comments (by %.*s)",
	        (int)comment->match.by.n, comment->match.by.p));
	arena_free(&arena);
	describe_one(parameters, comment->comment, "text of the comment");
}

static void
example(const void *rule, struct json_object *body)
{
	const struct comment_rule *comment = rule;
	struct arena *arena = arena_new();

	listener_example_set(body, comment->author,
	    json_new_text(arena, comment->by_email ? SPAN("jim@example.com")
	        : span_is(comment->match.by, "id") ? SPAN("1") : SPAN("jim")));
	listener_example_set(body, comment->comment,
	    json_new_text(arena, SPAN("Reached level 5")));
	arena_free(&arena);
}

static void
sample(struct txn *txn, const void *rule, struct span person, struct json_object *body)
{
	const struct comment_rule *comment = rule;
	struct json_object *user = people_load(txn, person), *value;

	value = user == NULL ? NULL : match_value(txn, txn_arena(txn), &comment->match, user);
	if (value != NULL)
		listener_example_set(body, comment->author, value);
}

static bool
blank(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != ' ' && (text.p[i] < '\t' || text.p[i] > '\r'))
			return false;
	return true;
}

/* Text of a parameter, or what names somebody by this match; false when it is absent (told
 * by missing_r) or bad. */
static bool
read_text(struct delivery *delivery, struct span parameter, const struct match *match,
    bool *missing_r, struct span *text_r)
{
	bool number = match != NULL && !span_is(match->by, "email");
	struct json_object *value;
	enum doc_type type;
	const char *wrong = NULL;

	if (!pointer_get(delivery->payload, parameter, &value)) {
		delivery_step(delivery, "field", STEP_FAILED,
		    "%.*s: missing from the body", (int)parameter.n, parameter.p);
		*missing_r = true;
		return false;
	}
	type = doc_type(value);
	*text_r = (match != NULL && type == DOC_STRING) ||
	    (number && (type == DOC_INTEGER || type == DOC_FRACTION))
	    ? match_name(delivery->arena, match, value) : json_span(value);
	if (text_r->p == NULL)
		wrong = number ? "must be a string or a number" : "must be a string";
	else if (blank(*text_r))
		wrong = "must not be empty";
	else if (text_has_nul(*text_r))
		wrong = TEXT_NUL;
	else if (text_characters(*text_r) > COMMENT_TEXT_MAX) {
		if (delivery->listener->cut)
			*text_r = text_first(*text_r, COMMENT_TEXT_MAX);
		else
			wrong = arena_printf(delivery->arena, "must not be longer than %d "
			    "characters; \"long\":\"cut\" in the listener cuts such",
			    COMMENT_TEXT_MAX);
	}
	if (wrong != NULL)
		delivery_bad_field(delivery, parameter, wrong);
	return wrong == NULL;
}

/* Both parameters are looked at before one of them is complained about. */
static bool
read_both(struct txn *txn, struct delivery *delivery, const struct comment_rule *rule,
    struct span *author_r, struct span *text_r)
{
	struct bad_field **bad = delivery->bad_fields == NULL ? &delivery->bad_fields
	                                                      : delivery->bad_fields_end;
	bool no_author = false, no_text = false;
	bool author = read_text(delivery, rule->author, &rule->match, &no_author, author_r);
	bool text = read_text(delivery, rule->comment, NULL, &no_text, text_r);
	struct span name = no_author ? rule->author : rule->comment;

	if (no_author && no_text)
		return txn_fail(txn, FAULT_MISSING_PARAMETER,
		    "the parameters '%.*s' and '%.*s' are missing from the body",
		    (int)rule->author.n, rule->author.p, (int)rule->comment.n,
		    rule->comment.p);
	if (no_author || no_text)
		return txn_fail(txn, FAULT_MISSING_PARAMETER,
		    "the parameter '%.*s' is missing from the body", (int)name.n, name.p);
	if (author && text)
		return true;
	return txn_fail(txn, FAULT_BAD_VALUE, "the parameter '%.*s' %.*s",
	    (int)(*bad)->parameter.n, (*bad)->parameter.p, (int)(*bad)->sentence.n,
	    (*bad)->sentence.p);
}

/* The whole document: what people_author() keeps may be older in what it need not know. */
struct author {
	struct txn *txn;
	struct span email;
	struct span project;      /* of the listener */
	struct json_object *user; /* NULL: not read yet */
	bool known;               /* all of him */
};

static struct json_object *
author_root(void *arg, const char *name)
{
	/* What a project may know of who works for it. */
	static const struct member known[] = { { .name = "id" }, { .name = "email" },
		{ .name = "username" }, { .name = "firstName" }, { .name = "lastName" },
		{ .name = "roles" }, { .name = "teams" }, { .name = NULL } };
	struct author *author = arg;

	(void)name; /* there is no other */
	if (author->user != NULL)
		return author->user;
	author->user = people_load(author->txn, author->email);
	author->known = author->project.n == 0 || people_participates(author->user, author->project);
	if (!author->known)
		author->user = schema_pick(txn_arena(author->txn), known, author->user);
	return author->user;
}

static struct json_object *
author_whole(void *arg, const char *name, struct json_object *root, struct span member)
{
	const struct author *author = arg;

	(void)name;
	return author->known && (member.n == 0 || span_is(member, "notes"))
	    ? people_whole(author->txn, root) : root;
}

/* So that the holder of one key cannot speak in the name of everybody. */
static bool
is_among(struct txn *txn, struct delivery *delivery, const struct comment_rule *rule,
    struct span email)
{
	struct author author = { .txn = txn, .email = email,
		.project = rule->match.project };
	struct allowance *allowance = delivery->allowance;
	const struct facts facts = { .root = author_root, .whole = author_whole, .arg = &author,
		.now = delivery->now, .steps = allowance != NULL ? &allowance->filter_steps : NULL };

	return rule->authors == NULL ||
	    (filter_match(rule->authors, &facts, delivery->arena, NULL) &&
	    allowance_filter(txn, allowance));
}

/* The only user who has this name; shown stands for it in sentences. */
static struct json_object *
author_named(struct txn *txn, const struct comment_rule *rule, struct span name,
    struct span shown)
{
	int length = shown.n > 100 ? 100 : (int)shown.n;
	struct span ids[2];
	size_t count;
	struct json_object *author;

	if (rule->by_email) {
		author = text_email(name) ? people_author(txn, name) : NULL;
		if (!people_belongs(txn, author, rule->match.project))
			author = NULL;
		if (author == NULL)
			txn_fail(txn, FAULT_UNKNOWN_AUTHOR, "no user has the e-mail address '%.*s'",
			    length, shown.p);
		return author;
	}
	count = match_find_people(txn, &rule->match, name, ids, 2);
	if (count == 0)
		txn_fail(txn, FAULT_UNKNOWN_AUTHOR, "no user has %.*s '%.*s'",
		    (int)rule->match.by.n, rule->match.by.p, length, shown.p);
	else if (count > 1)
		txn_fail(txn, FAULT_AMBIGUOUS_TARGET, "more than one user has %.*s '%.*s': an "
		    "author has to be one", (int)rule->match.by.n, rule->match.by.p, length,
		    shown.p);
	return count == 1 ? people_author_by_id(txn, ids[0]) : NULL;
}

static struct json_object *
find_author(struct txn *txn, struct delivery *delivery, const struct comment_rule *rule,
    struct span name, struct span shown, struct span project)
{
	bool ticket = delivery->target.record == RECORD_FEEDBACK;
	struct json_object *author = author_named(txn, rule, name, shown);
	int length = shown.n > 100 ? 100 : (int)shown.n;

	if (author == NULL && !txn_ok(txn))
		delivery_step(delivery, "author", STEP_FAILED, "%s", txn_error(txn)->detail);
	if (author == NULL)
		return NULL;
	if (!is_among(txn, delivery, rule, json_string(author, "email"))) {
		if (allowance_filter(txn, delivery->allowance))
			txn_fail(txn, FAULT_AUTHOR_NOT_PERMITTED, "%.*s is not among the authors that the "
			    "listener allows", length, shown.p);
		delivery_step(delivery, "author", STEP_FAILED, "%.*s does not match the listener's "
		    "authors", length, shown.p);
		return NULL;
	}
	if (people_may(txn, author,
	    ticket ? PEOPLE_COMMENT_FEEDBACK : PEOPLE_COMMENT_USER, project,
	    ticket ? target_doc(txn, delivery) : NULL))
		return author;
	txn_fail(txn, FAULT_AUTHOR_NOT_PERMITTED, "%.*s may not comment on %s", length,
	    shown.p, target_text(delivery));
	delivery_step(delivery, "author", STEP_FAILED, "%.*s has neither the role admin nor manager%s",
	    length, shown.p, ticket ? ", does not manage the project, and cannot see the ticket"
	    : project.n > 0 ? ", and does not manage the project" : "");
	return NULL;
}

static void
apply(struct txn *txn, struct delivery *delivery, const void *rule)
{
	bool ticket = delivery->target.record == RECORD_FEEDBACK;
	struct comment comment = {
		.record = delivery->target.record,
		.target = delivery->target.id,
		.at = delivery->now,
		.listener = delivery->listener_name,
		.delivery = delivery->id,
		.allowance = delivery->allowance,
	};
	struct span name, project = delivery->listener->project;
	struct json_object *author, *given;
	struct span shown;

	if (!read_both(txn, delivery, rule, &name, &comment.text))
		return;
	if (ticket)
		project = json_string(target_doc(txn, delivery), "project");
	else
		comment.project = project;
	pointer_get(delivery->payload, ((const struct comment_rule *)rule)->author, &given);
	author = find_author(txn, delivery, rule, name, delivery_shown(delivery, given, name),
	    project);
	if (author == NULL || !txn_ok(txn))
		return;
	comment.id = id_new(delivery->now);
	comment.author = json_string(author, "email");
	comment_add(txn, &comment);
	if (!txn_ok(txn))
		return;
	shown = delivery_shown(delivery, given, comment.author);
	delivery_step(delivery, "comment", STEP_OK, "%.*s commented on %s (%zu bytes)",
	    (int)shown.n, shown.p, target_text(delivery),
	    comment.text.n);
	delivery_effect(delivery, "comment", "added by %.*s", (int)shown.n, shown.p);
}

const struct listener_type listener_comment = {
	.name = "comment",
	.help = "Adds a comment to the user or ticket: who says what stands in the delivery.",
	.command = "earshot listener create milestone --type comment --automation user --api-key app \\\n"
	    "    --target-match email --target-parameter user_email \\\n"
	    "    --author author_name --comment comment_text\n",
	.members = members,
	.refer = refer,
	.compile = compile,
	.describe = describe,
	.example = example,
	.sample = sample,
	.apply = apply,
	.reads_parameters = true,
};
