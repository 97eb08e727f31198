/* SPDX-License-Identifier: ISC */
#include "console/audit.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/settings.h"
#include "base/text.h"
#include "console/beside.h"
#include "console/console_private.h"
#include "console/deliveries.h"
#include "console/documents.h"
#include "console/tree.h"
#include "listen/register.h"
#include "record/schema.h"
#include "record/words.h"

#include <string.h>

#define TREE_MAX 300 /* values of one member on one side */

/* ---- which are meant */

static void
offer_kinds(struct page *page)
{
	struct json_object *list = json_new_array(page->arena);
	struct span chosen = page_text(page, "query", "kind");

	for (const struct kind *const *kind = kinds; *kind != NULL; kind++) {
		struct json_object *one = json_new_object(page->arena);

		if ((*kind)->members == NULL)
			continue;
		json_set_text(one, "value", span_of((*kind)->name));
		json_set_text(one, "label", span_of(documents_kind_said((*kind)->name)));
		json_set_bool(one, "chosen", span_is(chosen, (*kind)->name));
		json_append(list, json_share(one));
	}
	json_set(page_root(page, "page"), "kinds", json_share(list));
}

/* False: it is a time that is none. */
static bool
read_time(struct page *page, const char *member, struct span *text)
{
	int64_t time;

	if (strcmp(member, "since") != 0 && strcmp(member, "until") != 0)
		return true;
	*text = deliveries_time(page, *text);
	if (text_time(*text, &time))
		return true;
	page_complain(page, SPAN(""), SPAN("A time is a day and an hour, such as 2026-11-29T20:00: the "
	    "times that were asked for are left out."));
	return false;
}

bool
audit_before(struct page *page)
{
	static const char *const members[] = { "kind", "name", "actor", "project", "since", "until",
		NULL };
	struct json_object *choice = page_add(page, "choice"), *shown = page_root(page, "page");
	struct buf query = { 0 };

	for (size_t i = 0; members[i] != NULL; i++) {
		struct span text = text_trim(page_text(page, "query", members[i])), value = text;

		if (text.n == 0 || !read_time(page, members[i], &value))
			continue;
		json_set_text(choice, members[i], value);
		buf_printf(&query, "%s%s=", query.n > 0 ? "&" : "", members[i]);
		text_percent_encode(&query, text);
	}
	json_set_bool(shown, "chosen", query.n > 0);
	json_set_text(shown, "choice_query", buf_keep(&query, page->arena));
	json_set_int(shown, "days", page->console->settings->audit_keep / (INT64_C(86400) * 1000000));
	offer_kinds(page);
	return true;
}

/* ---- in words */

/* "Target › If none is found" of "/target/missing": names as forms have them. member_r: that of
 * the last, NULL where the schema does not tell. */
static struct span
label_of(struct page *page, const struct kind *kind, struct span pointer,
    const struct member **member_r)
{
	const struct member *const *tables = kind != NULL ? kind->members : NULL;
	const struct variants *variants = kind != NULL ? kind->variants : NULL;
	const struct member *member = NULL, *parts[2] = { NULL, NULL };
	struct buf out = { 0 };
	struct span token;
	int64_t number;

	while (pointer_token(page->arena, &pointer, &token)) {
		if (out.n > 0)
			buf_puts(&out, " › ");
		if (member != NULL && (member->flags & MEMBER_LIST) && text_integer(token, &number)) {
			buf_printf(&out, "%lld", (long long)number + 1);
			continue; /* an item: its members are those of the list */
		}
		member = tables != NULL ? schema_find(tables, variants, NULL, token) : NULL;
		if (member != NULL)
			buf_puts(&out, schema_label(member));
		else
			text_visible(&out, token);
		parts[0] = member != NULL ? member->parts : NULL;
		variants = member != NULL ? member->variants : NULL;
		tables = parts[0] != NULL || variants != NULL ? parts : NULL;
	}
	*member_r = member;
	return buf_keep(&out, page->arena);
}

/* As people say it; p NULL: it is no single value. */
static struct span
said(struct page *page, const struct member *member, struct json_object *value)
{
	const char *word;

	switch (doc_type(value)) {
	case DOC_STRING:
		word = member != NULL && member->words != NULL
		    ? words_said(member->words, arena_string(page->arena, json_span(value))) : NULL;
		return word != NULL ? span_of(word)
		    : json_span(value).n > 0 ? json_span(value) : SPAN("(empty)");
	case DOC_BOOLEAN:
		return doc_number(value) != 0 ? SPAN("yes") : SPAN("no");
	case DOC_INTEGER:
	case DOC_FRACTION:
		return json_number_text(value);
	default:
		return (struct span){ NULL, 0 };
	}
}

static struct json_object *
side_of(struct page *page, const struct member *member, struct json_object *value)
{
	struct json_object *side = json_new_object(page->arena);
	struct buf list = { 0 };
	struct span text = said(page, member, value);
	bool plain = json_is_array(value);
	size_t left = 0;

	if (value == NULL) {
		json_set_bool(side, "absent", true);
		return side;
	}
	for (size_t i = 0; plain && i < json_count(value); i++) {
		struct span item = said(page, member, json_at(value, i));

		plain = item.p != NULL;
		buf_puts(&list, i > 0 ? "\n" : "");
		buf_span(&list, item);
	}
	if (plain)
		text = list.n > 0 ? buf_keep(&list, page->arena) : SPAN("(none)");
	else
		buf_free(&list);
	if (text.p != NULL)
		json_set_text(side, "text", tree_visible(page->arena, text));
	else
		json_set(side, "tree", json_share(tree_of(page->arena, value, TREE_MAX, &left)));
	if (left > 0)
		json_set_int(side, "left", (int64_t)left);
	return side;
}

static void
put_rows(struct page *page, const struct kind *kind, struct json_object *changes)
{
	struct json_object *rows = json_new_array(page->arena);

	for (size_t i = 0; i < json_count(changes); i++) {
		struct json_object *change = json_at(changes, i), *row;
		const struct member *member;

		if (span_is(json_string(change, "member"), "/kind"))
			continue;
		row = json_new_object(page->arena);
		json_set_text(row, "label", label_of(page, kind, json_string(change, "member"),
		    &member));
		json_set(row, "before", json_share(side_of(page, member, json_get(change, "before"))));
		json_set(row, "after", json_share(side_of(page, member, json_get(change, "after"))));
		json_append(rows, json_share(row));
	}
	json_set(page_root(page, "page"), "rows", json_share(rows));
}

static struct span
how(struct page *page, struct json_object *by)
{
	static const struct {
		const char *via, *words;
	} ways[] = {
		{ "console", "in the console" }, { "command line", "by a command" },
		{ "import", "by an import" }, { "delivery", "by a delivery" },
		{ "schedule", "by a schedule" }, { "link", "by the link in a mail" },
	};
	struct span via = json_string(by, "via"), macro = json_string(by, "macro");
	const char *words = NULL;

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (span_is(via, ways[i].via))
			words = ways[i].words;
	return span_of(arena_printf(page->arena, "%s%s%.*s", words != NULL ? words
	    : arena_string(page->arena, via), macro.n > 0 ? ", macro " : "", (int)macro.n, macro.p));
}

/* Where what was changed is now; "" nowhere. */
static struct span
place_of(struct page *page, struct json_object *entry)
{
	struct span kind = json_string(entry, "kind");

	if (span_is(json_string(entry, "change"), "removed") || span_is(kind, "comment") ||
	    span_is(kind, "value"))
		return SPAN("");
	return beside_link(page, kind, json_string(entry, "name"));
}

/* What is shown of an entry; its name stays as commands know it. */
static void
shape(struct page *page, struct json_object *entry)
{
	const struct kind *kind = kind_by_name(json_string(entry, "kind"));
	struct span full = arena_copy(page->arena, json_string(entry, "name"));
	struct span place = place_of(page, entry), by = how(page, json_get(entry, "by"));
	struct json_object *members = json_get(entry, "members");
	const struct member *member;
	struct span change;
	struct buf text = { 0 };

	for (size_t i = 0; i < json_count(members); i++) {
		buf_puts(&text, i > 0 ? ", " : "");
		buf_span(&text, label_of(page, kind, json_span(json_at(members, i)), &member));
	}
	tree_make_visible(page->arena, entry);
	json_set_text(entry, "full", full);
	json_set_text(entry, "members", buf_keep(&text, page->arena));
	json_set_text(entry, "place", place);
	json_set_text(entry, "how", by);
	json_set_text(entry, "kind_said", span_of(kind != NULL ? documents_kind_said(kind->name)
	    : "Object"));
	change = json_string(entry, "change");
	json_set_bool(entry, "is_created", span_is(change, "created"));
	json_set_bool(entry, "is_changed", span_is(change, "changed"));
	json_set_bool(entry, "is_removed", span_is(change, "removed"));
	if (span_is(change, "link made"))
		json_set_text(entry, "event", SPAN("A link was made that signs in as this user."));
	else if (span_is(change, "sessions ended"))
		json_set_text(entry, "event", SPAN("Sessions of this user were ended."));
}

void
audit_listed(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "changes"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		shape(page, json_at(rows, i));
	page_finish(page);
}

/* A change that is in the way, the last word of the reason, becomes a link. */
static void
tell_why_not(struct page *page, struct span why)
{
	struct json_object *shown = page_root(page, "page");
	size_t n = ID_TEXT_SIZE - 1;
	struct span last = why.n > n ? (struct span){ why.p + why.n - n, n } : SPAN("");
	struct id id;

	if (id_read(last, &id)) {
		json_set_text(shown, "in_the_way", last);
		why.n -= n;
		while (why.n > 0 && strchr(": ", why.p[why.n - 1]) != NULL)
			why.n--;
	}
	json_set_text(shown, "cannot", tree_visible(page->arena, why));
}

void
audit_one(struct page *page)
{
	struct json_object *entry = json_get(page_reply(page, "entry"), "row");
	struct json_object *shown = page_root(page, "page"), *problem = page_problem(page, "try");
	struct json_object *complaints = json_get(page_reply(page, "try"), "complaints");

	put_rows(page, kind_by_name(json_string(entry, "kind")), json_get(entry, "changes"));
	shape(page, entry);
	if (problem != NULL)
		tell_why_not(page, json_string(problem, "detail").n > 0
		    ? json_string(problem, "detail") : json_string(problem, "title"));
	if (json_count(complaints) > 0) {
		tree_make_visible(page->arena, complaints);
		json_set(shown, "reasons", json_share(complaints));
	}
	if (page_reply(page, "try") != NULL && problem == NULL)
		json_set(shown, "notes", json_share(json_get(json_get(page_reply(page, "try"), "row"),
		    "notes")));
	page_finish(page);
}
