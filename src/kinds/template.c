/* SPDX-License-Identifier: ISC */
#include "kinds/template.h"

#include "base/json.h"
#include "base/text.h"
#include "community/names.h"
#include "record/schema.h"
#include "record/words.h"
#include "store/store.h"

#include <string.h>

static const char *const automations[] = { "user", "feedback", NULL };

static const struct member members[] = {
	{ "key", MEMBER_KEY, MEMBER_NEEDED, .label = "Key", .column = 2 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project", .column = 1 },
	{ "automation", MEMBER_CHOICE, MEMBER_NEEDED, .label = "Automation", .choices = automations, .words = words_automations,
	    .column = 3 },
	{ "subject", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED | MEMBER_TAGS, .label = "Subject",
	    .hint = "with tags: {{user.firstName}}, {{feedback.title}} …", .column = 4 },
	{ "text", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED | MEMBER_LONG | MEMBER_TAGS, .label = "Text",
	    .hint = "the e-mail as plain text, with tags" },
	{ "html", MEMBER_STRING, MEMBER_LONG | MEMBER_TAGS, .label = "HTML",
	    .hint = "likewise as HTML, beside the text; what tags insert is escaped" },
	{ "from", MEMBER_STRING, MEMBER_TAGS, .label = "From",
	    .hint = "another name or address to come from than that of the settings" },
	{ "replyTo", MEMBER_STRING, MEMBER_TAGS, .label = "Reply to" },
	{ "description", MEMBER_TEXT, 0, .label = "Description" },
	{ "essential", MEMBER_BOOLEAN, 0, .label = "Essential",
	    .hint = "also goes to people who want no more mail: only what they have to know" },
	{ .name = NULL },
};

/* Members with tags. */
static const struct {
	const char *member;
	enum tag_place place;
} texts[] = {
	{ "subject", TAG_HEADER }, { "text", TAG_TEXT }, { "html", TAG_HTML },
	{ "from", TAG_HEADER }, { "replyTo", TAG_HEADER },
};

/* "Ann <ann@mail.example>" or the address alone; with tags only the mail tells. */
static void
check_address(const char *member, struct span text, struct complaints *complaints,
    const char *pointer)
{
	const char *open = memrchr(text.p, '<', text.n);

	if (open != NULL && text.p[text.n - 1] == '>' && text_printable(text))
		text = (struct span){ open + 1, text.n - (size_t)(open - text.p) - 2 };
	if (!text_email(text))
		complain(complaints, pointer,
		    "\"%s\" must be an e-mail address, or a name and <address>", member);
}

static void
check_text(struct txn *txn, struct json_object *doc, size_t i, bool stored,
    struct complaints *complaints)
{
	const char *member = texts[i].member;
	const char *pointer = arena_printf(txn_arena(txn), "/%s", member);
	struct span text = json_string(doc, member);
	struct names names = { .txn = txn, .arena = txn_arena(txn), .project = json_string(doc, "project"),
		.record = span_is(json_string(doc, "automation"), "user") ? RECORD_USER
		                                                          : RECORD_FEEDBACK,
		.stored = stored };
	struct tag_error error;
	const struct tag *tag;

	if (text.n == 0)
		return;
	tag = tag_compile(txn_arena(txn), text, texts[i].place, &error);
	if (tag == NULL && !stored)
		complain(complaints, pointer, "at byte %zu: %s", error.at, error.text);
	if (tag == NULL)
		return;
	names_check_tag(&names, tag, complaints, pointer);
	if (!stored && tag_is_plain(tag) && (span_is(span_of(member), "from") ||
	    span_is(span_of(member), "replyTo")))
		check_address(member, text, complaints, pointer);
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	schema_check(SCHEMA(members), doc, complaints, "");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		check_text(txn, doc, i, false, complaints);
}

static void
refer(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	schema_refer(txn, SCHEMA(members), doc, complaints, "");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		check_text(txn, doc, i, true, complaints);
}

static void
uses_of(struct doc_uses *uses, struct txn *txn, struct span name)
{
	doc_uses_rules(uses, txn, "template", name);
}

const struct kind kind_template = {
	.name = "template",
	.order = 70,
	.exported = true,
	.members = SCHEMA(members),
	.check = check,
	.refer = refer,
	.uses = uses_of,
};
