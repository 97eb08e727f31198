/* SPDX-License-Identifier: ISC */
/* Actions that leave the store as they find it: e-mail, webhook, run-macro. */
#include "act/macro_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/people.h"
#include "kinds/template.h"
#include "record/scope.h"
#include "store/store.h"

#define MAIL_RECIPIENTS 50
#define MAIL_PEOPLE 1000           /* of one action */

enum recipient_kind { TO_TARGET, TO_SUBMITTER, TO_ADDRESS, TO_TEAM };

struct recipient {
	enum recipient_kind kind;
	struct span name;    /* address, or the team's full name */
};

struct email {
	struct recipient *to;
	size_t to_count;
	bool essential;
	struct span template;  /* full name, "" none */
	const struct tag *subject, *text, *html, *from, *reply_to; /* NULL: none */
};

static void
compile_team(struct macro_compile *compile, struct json_object *to, struct recipient *out)
{
	static const struct member members[] = {
		{ "team", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Team" }, { .name = NULL } };
	struct span name = json_string(to, "team"), project, key;

	if (compile->shape)
		schema_check(SCHEMA(members), to, compile->complaints,
		    arena_printf(compile->arena, "%s/to", compile->pointer));
	out->kind = TO_TEAM;
	if (compile->shape)
		return;
	if (scope_find(compile->txn, "team", compile->project, name, &project, &key))
		out->name = doc_name(compile->arena, project, key);
	else
		macro_complain(compile, "to", "there is no team '%.*s'", (int)name.n, name.p);
}

static void
compile_recipient(struct macro_compile *compile, struct json_object *to,
    struct recipient *out)
{
	struct span text = json_span(to);
	bool tickets = compile->record == RECORD_FEEDBACK;

	if (json_is_object(to)) {
		compile_team(compile, to, out);
	} else if (span_is(text, "target")) {
		out->kind = TO_TARGET;
		if (tickets)
			macro_complain(compile, "to",
			    "a ticket has no address; its \"submitter\" has");
	} else if (span_is(text, "submitter")) {
		out->kind = TO_SUBMITTER;
		if (!tickets)
			macro_complain(compile, "to", "a user has no submitter; \"target\" is he");
	} else {
		out->kind = TO_ADDRESS;
		out->name = arena_copy(compile->arena, text);
		if (!text_email(text))
			macro_complain(compile, "to", "must be \"%s\", an e-mail address, a list "
			    "of them or {\"team\": …}", tickets ? "submitter" : "target");
	}
}

static void
compile_to(struct macro_compile *compile, struct json_object *to, struct email *email)
{
	size_t count = json_is_array(to) ? json_count(to) : 1;

	if (count == 0 || count > MAIL_RECIPIENTS) {
		macro_complain(compile, "to", "must name 1 to %d recipients", MAIL_RECIPIENTS);
		return;
	}
	email->to = arena_alloc(compile->arena, count * sizeof *email->to);
	email->to_count = count;
	for (size_t i = 0; i < count; i++)
		compile_recipient(compile, json_is_array(to) ? json_at(to, i) : to,
		    &email->to[i]);
}

/* From the action itself, or from its template. */
static void
compile_texts(struct macro_compile *compile, struct json_object *doc, struct email *email)
{
	const struct {
		const char *member;
		enum tag_place place;
		const struct tag **tag;
	} texts[] = {
		{ "subject", TAG_HEADER, &email->subject },
		{ "text", TAG_TEXT, &email->text },
		{ "html", TAG_HTML, &email->html },
		{ "from", TAG_HEADER, &email->from },
		{ "replyTo", TAG_HEADER, &email->reply_to },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (json_string(doc, texts[i].member).n > 0)
			*texts[i].tag = macro_tag(compile,
			    email->template.n > 0 ? "template" : texts[i].member,
			    json_string(doc, texts[i].member), texts[i].place);
}

static void
compile_template(struct macro_compile *compile, struct span name, struct email *email)
{
	struct span project, key, automation;
	struct json_object *template;

	if (compile->shape)
		return;
	if (!scope_find(compile->txn, "template", compile->project, name, &project, &key)) {
		macro_complain(compile, "template", "there is no template '%.*s'", (int)name.n,
		    name.p);
		return;
	}
	template = doc_load(compile->txn, "template", project, key);
	automation = json_string(template, "automation");
	if (!span_is(automation, record_name(compile->record)))
		macro_complain(compile, "template", "'%.*s' is for %.*s automation",
		    (int)name.n, name.p, (int)automation.n, automation.p);
	email->template = doc_name(compile->arena, project, key);
	email->essential = email->essential || json_flag(template, "essential", false);
	compile_texts(compile, template, email);
}

static void *
email_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct email *email = arena_alloc(compile->arena, sizeof *email);
	bool template = json_get(doc, "template") != NULL;

	compile_to(compile, json_get(doc, "to"), email);
	email->essential = json_flag(doc, "essential", false);
	if (template && (json_get(doc, "subject") != NULL || json_get(doc, "text") != NULL ||
	    json_get(doc, "html") != NULL))
		macro_complain(compile, "template",
		    "an e-mail has either a template or its own subject and text");
	else if (!template && (json_get(doc, "subject") == NULL || json_get(doc, "text") == NULL))
		macro_complain(compile, "",
		    "an e-mail needs a template, or a subject and a text");
	else if (template)
		compile_template(compile, json_string(doc, "template"), email);
	else
		compile_texts(compile, doc, email);
	return email;
}

/* What became of the addresses of one action. */
struct mailing {
	struct macro_run *run;
	const struct email *email;
	struct span identity;         /* of the text, behind the address */
	struct json_object *parcel;   /* rendered, without address; NULL: not yet */
	unsigned people, queued, opted_out, gone, before;
};

static bool
render_into(struct mailing *mailing, const struct tag *tag, size_t limit,
    const char *member)
{
	struct span text;

	if (tag == NULL)
		return true;
	if (!macro_render(mailing->run, tag, limit, member, &text))
		return false;
	if (tag == mailing->email->html)
		text = tag_html_links(mailing->run->delivery->arena, text);
	json_set_text(mailing->parcel, member, text);
	return true;
}

/* Once, for all addresses: tags are about the target, not about who reads. */
static bool
render(struct mailing *mailing)
{
	const struct email *email = mailing->email;
	struct buf identity = { 0 };

	if (mailing->parcel != NULL)
		return true;
	mailing->parcel = macro_parcel_new(mailing->run, "email");
	if (!render_into(mailing, email->subject, TEMPLATE_SUBJECT_MAX, "subject") ||
	    !render_into(mailing, email->text, TEMPLATE_TEXT_MAX, "text") ||
	    !render_into(mailing, email->html, TEMPLATE_TEXT_MAX, "html") ||
	    !render_into(mailing, email->from, TEMPLATE_ADDRESS_MAX, "from") ||
	    !render_into(mailing, email->reply_to, TEMPLATE_ADDRESS_MAX, "replyTo"))
		return false;
	json_set_bool(mailing->parcel, "essential", email->essential);
	buf_puts(&identity, email->template.n > 0 ? " template " : " text ");
	buf_span(&identity, email->template);
	if (email->template.n == 0) {
		buf_span(&identity, json_string(mailing->parcel, "subject"));
		buf_putc(&identity, '\n');
		buf_span(&identity, json_string(mailing->parcel, "text"));
	}
	mailing->identity = buf_keep(&identity, mailing->run->delivery->arena);
	return true;
}

static bool
add_parcel(struct mailing *mailing, struct span address)
{
	struct arena *arena = mailing->run->delivery->arena;
	struct json_object *parcel = json_copy(arena, mailing->parcel);
	struct buf identity = { 0 };
	bool added;

	json_set_text(parcel, "to", address);
	buf_span(&identity, text_fold(arena, address));
	buf_span(&identity, mailing->identity);
	added = macro_parcel_add(mailing->run, arena_copy(arena, buf_bytes(&identity)),
	    parcel);
	buf_free(&identity);
	return added;
}

/* user is NULL for an address of nobody in the community. */
static void
mail_one(struct mailing *mailing, struct span address, struct json_object *user)
{
	if (++mailing->people > MAIL_PEOPLE)
		txn_fail(mailing->run->txn, FAULT_MACRO_FAILED,
		    "one action cannot write to more than %d people", MAIL_PEOPLE);
	else if (json_flag(user, "optOut", false) && !mailing->email->essential)
		mailing->opted_out++;
	else if (!render(mailing))
		return;
	else if (add_parcel(mailing, address))
		mailing->queued++;
	else
		mailing->before++;
}

static void
mail_team(struct mailing *mailing, struct span team)
{
	struct macro_run *run = mailing->run;
	struct span *ids;
	size_t count;

	/* Who joins or leaves by this macro is found by what is stored. */
	target_save(run->txn, run->delivery);
	count = record_find_all(run->txn, RECORD_USER, SPAN("teams"), team, &ids);
	for (size_t i = 0; i < count && txn_ok(run->txn); i++) {
		struct json_object *user = record_load(run->txn, RECORD_USER, ids[i]);

		if (user != NULL)
			mail_one(mailing, json_string(user, "email"), user);
	}
}

static void
mail_to(struct mailing *mailing, const struct recipient *to)
{
	struct macro_run *run = mailing->run;
	struct json_object *user;

	switch (to->kind) {
	case TO_ADDRESS:
		mail_one(mailing, to->name, people_load(run->txn, to->name));
		break;
	case TO_TEAM:
		mail_team(mailing, to->name);
		break;
	case TO_TARGET:
	case TO_SUBMITTER:
		if (run->delivery->target.gone) {
			txn_fail(run->txn, FAULT_MACRO_FAILED,
			    "the user was deleted by an action before this one");
			break;
		}
		user = target_user(run->txn, run->delivery);
		if (user != NULL)
			mail_one(mailing, json_string(user, "email"), user);
		else
			mailing->gone++;
		break;
	}
}

/* "queued", "skipped: opted out", "queued for 12, 1 opted out". */
static const char *
mailing_result(const struct mailing *mailing)
{
	struct macro_run *run = mailing->run;
	unsigned all = mailing->people + mailing->gone;

	if (mailing->queued == 1 && all == 1)
		return "queued";
	if (mailing->queued == 0 && mailing->opted_out == all && all > 0)
		return macro_skip(run, "opted out");
	if (mailing->queued == 0 && mailing->gone == all && all > 0)
		return macro_skip(run, "the submitter is gone");
	if (mailing->queued == 0 && mailing->before == all && all > 0)
		return macro_skip(run, "queued by an action before this one");
	if (mailing->queued == 0)
		return macro_skip(run, "nobody to write to");
	return arena_printf(run->delivery->arena, mailing->opted_out > 0
	    ? "queued for %u, %u opted out" : "queued for %u", mailing->queued,
	    mailing->opted_out);
}

static const char *
email_run(struct macro_run *run, const void *rule)
{
	const struct email *email = rule;
	struct mailing mailing = { .run = run, .email = email };

	for (size_t i = 0; i < email->to_count && txn_ok(run->txn); i++)
		mail_to(&mailing, &email->to[i]);
	return mailing_result(&mailing);
}

static void *
run_macro_compile(struct macro_compile *compile, struct json_object *doc)
{
	const struct macro **rule = arena_alloc(compile->arena, sizeof *rule);

	if (!compile->shape)
		*rule = macro_nested(compile, json_string(doc, "macro"));
	return rule;
}

static const char *
run_macro_run(struct macro_run *run, const void *rule)
{
	const struct macro *const *macro = rule;

	macro_run_nested(run, *macro);
	run->skipped = false; /* what the last action inside left */
	return arena_printf(run->delivery->arena, "%.*s done", (int)(*macro)->full_name.n,
	    (*macro)->full_name.p);
}

static const struct member email_members[] = {
	{ "to", MEMBER_ANY, MEMBER_NEEDED | MEMBER_TYPED | MEMBER_SEVERAL, .label = "To",
	    .hint = "who gets it: target (the user), submitter, an address …" },
	{ "template", MEMBER_STRING, MEMBER_FILLED, .label = "Template",
	    .names = "template", .asked = 1 },
	{ "subject", MEMBER_STRING, MEMBER_FILLED | MEMBER_TAGS, .label = "Subject", .asked = 2 },
	{ "text", MEMBER_STRING, MEMBER_FILLED | MEMBER_LONG | MEMBER_TAGS, .label = "Text", .asked = 3 },
	{ "html", MEMBER_STRING, MEMBER_FILLED | MEMBER_LONG | MEMBER_TAGS, .label = "HTML" },
	{ "essential", MEMBER_BOOLEAN, 0, .label = "Essential",
	    .hint = "also goes to people who want no more mail: only what they have to know" },
	{ .name = NULL },
};
static const struct member webhook_members[] = {
	{ "method", MEMBER_STRING, MEMBER_FILLED, .label = "Method", .hint = "POST without one" },
	{ "url", MEMBER_ANY, MEMBER_NEEDED | MEMBER_TYPED | MEMBER_SEALED | MEMBER_TAGS, .label = "URL" },
	{ "headers", MEMBER_OBJECT, MEMBER_PAIRS, .label = "Headers" },
	{ "body", MEMBER_STRING, MEMBER_FILLED | MEMBER_LONG | MEMBER_TAGS, .label = "Body" },
	{ "auth", MEMBER_OBJECT, 0, .label = "User and password", .parts = webhook_auth_parts },
	{ "timeout", MEMBER_ANY, MEMBER_TYPED, .label = "Timeout",
	    .hint = "how long an answer is waited for, such as 15s" },
	{ "secret", MEMBER_ANY, MEMBER_SEALED, .label = "Secret",
	    .hint = "that signs it (Standard Webhooks): whsec_ and 24 to 64 bytes in base64" },
	{ "returns", MEMBER_OBJECT, 0, .label = "Returns", .parts = webhook_returns_parts,
	    .hint = "what of the answer is kept" },
	{ "ordered", MEMBER_BOOLEAN, 0, .label = "In order",
	    .hint = "one after the other to the same URL" },
	{ .name = NULL },
};
static const struct member run_macro_members[] = {
	{ "macro", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Macro",
	    .names = "macro" },
	{ .name = NULL },
};

const struct action_type macro_parcel_actions[] = {
	{ "email", email_members, true, true, ON_NOTHING,
	    email_compile, email_run },
	{ "webhook", webhook_members, true, true, ON_NOTHING, webhook_compile, webhook_run },
	{ "run-macro", run_macro_members, true, true, ON_NOTHING, run_macro_compile, run_macro_run },
	{ NULL, NULL, false, false, ON_NOTHING, NULL, NULL },
};
