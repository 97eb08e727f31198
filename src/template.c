/* SPDX-License-Identifier: ISC */
#include "template.h"

#include "doc_check.h"
#include "json.h"
#include "store.h"
#include "tag.h"
#include "text.h"

#include <string.h>

static const char *const members[] = { "!key:k", "project:k", "!automation:s", "!subject:S",
	"!text:S", "html:s", "from:s", "replyTo:s", "description:s", "essential:b", NULL };
static const char *const automations[] = { "user", "feedback", NULL };
static const char *const roots[] = { "user", "feedback", "project", "data", "payload",
	"delivery", "community", "now", NULL };

/* One text with tags, and where the names in it are complained about. */
struct source {
	struct complaints *complaints;
	const char *pointer;
};

static void
check_root(void *arg, struct span name, size_t at)
{
	const struct source *source = arg;
	const char *dot = memchr(name.p, '.', name.n), *nearest;
	struct span root = { name.p, dot != NULL ? (size_t)(dot - name.p) : name.n };

	for (size_t i = 0; roots[i] != NULL; i++)
		if (span_is(root, roots[i]))
			return;
	nearest = doc_nearest(root, roots);
	complain(source->complaints, source->pointer,
	    "at offset %zu: a tag begins with user, feedback, project, data, payload, delivery, "
	    "community or now, not \"%.*s\"%s%s%s", at, (int)(root.n < 60 ? root.n : 60), root.p,
	    nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
	    nearest != NULL ? "\"?" : "");
}

/* NULL when it is absent or no template. */
static const struct tag *
check_tags(struct arena *arena, struct json_object *doc, const char *member,
    enum tag_place place, struct complaints *complaints)
{
	struct source source = { complaints, arena_printf(arena, "/%s", member) };
	struct tag_error error;
	const struct tag *tag;

	if (json_string(doc, member).n == 0)
		return NULL;
	tag = tag_compile(arena, json_string(doc, member), place, &error);
	if (tag == NULL)
		complain(complaints, source.pointer, "at offset %zu: %s", error.at, error.text);
	else
		tag_names(tag, check_root, &source);
	return tag;
}

/* "Ann <ann@mail.example>" or the address alone; with tags only the mail tells. */
static void
check_address(struct arena *arena, struct json_object *doc, const char *member,
    struct complaints *complaints)
{
	const struct tag *tag = check_tags(arena, doc, member, TAG_HEADER, complaints);
	struct span text = json_string(doc, member);
	const char *open;

	if (tag == NULL || !tag_is_plain(tag))
		return;
	open = memrchr(text.p, '<', text.n);
	if (open != NULL && text.p[text.n - 1] == '>' && text_printable(text))
		text = (struct span){ open + 1, text.n - (size_t)(open - text.p) - 2 };
	if (!text_email(text))
		complain(complaints, arena_printf(arena, "/%s", member),
		    "\"%s\" must be an e-mail address, or a name and <address>", member);
}

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct arena *arena = txn_arena(txn);

	doc_check_members(doc, members, complaints, "");
	doc_check_choice(doc, "automation", automations, complaints, "");
	doc_check_text(doc, "description", DOC_TEXT_MAX, complaints, "");
	check_tags(arena, doc, "subject", TAG_HEADER, complaints);
	check_tags(arena, doc, "text", TAG_TEXT, complaints);
	check_tags(arena, doc, "html", TAG_HTML, complaints);
	check_address(arena, doc, "from", complaints);
	check_address(arena, doc, "replyTo", complaints);
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	(void)complaints;
	return doc_put(txn, "template", doc);
}

static struct json_object *
get(struct txn *txn, struct span name)
{
	return doc_get(txn, "template", name);
}

static bool
template_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	struct doc_uses uses = { .n = 0 };

	doc_uses_rules(&uses, txn, "template", name);
	return doc_uses_none(&uses, complaints) && doc_remove(txn, "template", name);
}

static struct json_object *
next(struct txn *txn, struct span after, struct span *position_r)
{
	return doc_next(txn, "template", after, position_r);
}

const struct kind kind_template = {
	.name = "template",
	.order = 70,
	.config = true,
	.exported = true,
	.check = check,
	.refer = doc_refer_project,
	.put = put,
	.get = get,
	.remove = template_remove,
	.next = next,
};
