/* SPDX-License-Identifier: ISC */
#include "console/apikeys.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/secret.h"
#include "base/text.h"
#include "community/apikey.h"
#include "console/beside.h"
#include "console/documents.h"
#include "console/form.h"
#include "console/page.h"
#include "record/doc.h"

#include <string.h>

#define SECRET_S 300 /* seconds that a secret waits to be shown */
#define SECRET_PATH "/apikeys/secret/"
#define PREFIX "ear"

/* How long an old secret goes on. */
static const struct {
	const char *value, *label;
} overlaps[] = {
	{ "1d", "A day: time to change it everywhere" },
	{ "1h", "An hour" },
	{ "1w", "A week" },
	{ "0", "It ends at once: somebody has it who should not" },
};

bool
apikeys_form(struct page *page)
{
	json_set_text(page_root(page, "path"), "kind", SPAN("apikey"));
	return true;
}

bool
apikeys_listed_before(struct page *page)
{
	apikeys_form(page);
	return documents_kind(page);
}

/* ---- the list */

static size_t
count_listeners(const struct page *page, struct span name)
{
	struct json_object *rows = json_get(page_reply(page, "listeners"), "rows");
	size_t n = 0;

	for (size_t i = 0; i < json_count(rows); i++)
		n += span_eq(json_string(json_at(rows, i), "apiKey"), name);
	return n;
}

/* The newest delivery of those that were looked at. */
static struct span
last_use(const struct page *page, struct span name)
{
	struct json_object *rows = json_get(page_reply(page, "deliveries"), "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		if (span_eq(json_string(json_at(rows, i), "apiKey"), name))
			return json_string(json_at(rows, i), "at");
	return SPAN("");
}

void
apikeys_listed(struct page *page)
{
	struct json_object *rows = json_get(page_reply(page, "documents"), "rows");
	int64_t expires;

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span name = json_string(row, "name"), last = last_use(page, name);
		bool ended = text_time(json_string(row, "expires"), &expires) && expires <= page->now;

		json_set_text(row, "state", json_string(row, "revoked").n > 0 ? SPAN("revoked")
		    : ended ? SPAN("expired") : SPAN("on"));
		json_set_int(row, "listeners", (int64_t)count_listeners(page, name));
		if (last.n > 0)
			json_set_text(row, "last", last);
	}
	page_finish(page);
}

/* ---- secrets */

/* Its hash and hint go into the call; the secret itself waits for the page behind. */
static void
make_secret(struct page *page, struct json_object *options, struct span prefix)
{
	struct json_object *kept = json_new_object(page->arena);
	char token[SECRET_TOKEN_SIZE];

	apikey_new_secret(page->arena, secret_token_prefix_valid(prefix)
	    ? arena_string(page->arena, prefix) : PREFIX, token, options);
	json_set_text(kept, "name", json_string(options, "name"));
	json_set_text(kept, "secret", arena_copy(page->arena, span_of(token)));
	json_set(page_root(page, "page"), "kept", json_share(kept));
	json_set(page->model, "doc", json_share(options));
}

bool
apikeys_create(struct page *page)
{
	struct json_object *options;

	apikeys_form(page);
	if (!documents_kind(page))
		return false;
	if (page_text(page, "form", "ask").n > 0) {
		form_ask_rows(page);
		page_again(page);
		return false;
	}
	form_tidy_rows(page, kind_apikey.members);
	options = form_part_document(page, "", kind_apikey.members);
	if (json_string(options, "name").n == 0) {
		page_complain(page, SPAN("/name"), SPAN("\"name\" is missing"));
		page_again(page);
		return false;
	}
	make_secret(page, options, json_string(options, "prefix"));
	json_set_text(options, "command", SPAN("apikey-create"));
	return true;
}

static bool
is_overlap(struct span value)
{
	for (size_t i = 0; i < sizeof overlaps / sizeof overlaps[0]; i++)
		if (span_is(value, overlaps[i].value))
			return true;
	return false;
}

static void
on_known(struct page *page)
{
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	struct json_object *options = json_new_object(page->arena);
	struct span overlap = page_text(page, "form", "overlap");
	char until[TEXT_TIME_SIZE];
	int64_t length = 0;

	if (page_problem(page, "document") != NULL) {
		page_fail_by(page, page_problem(page, "document"));
		return;
	}
	if (!is_overlap(overlap)) {
		page_complain(page, SPAN("overlap"), SPAN("Say how long the old secret goes on."));
		page_again(page);
		return;
	}
	(void)text_duration(overlap, &length);
	json_set_text(options, "name", json_string(doc, "name"));
	json_set_text(options, "overlapUntil", span_of(arena_string(page->arena, span_of(
	    text_time_write(page->now + length, until)))));
	make_secret(page, options, json_string(doc, "prefix"));
	json_set_text(options, "command", SPAN("apikey-rotate"));
	page_proceed(page);
}

bool
apikeys_rotate(struct page *page)
{
	page_call(page, "document", "{\"command\":\"show\",\"kind\":\"apikey\",\"name\":"
	    "\"{{path.name}}\"}");
	page_wait(page, on_known);
	return false;
}

void
apikeys_made(struct page *page)
{
	struct json_object *kept = json_get(page_root(page, "page"), "kept");
	struct span name = json_string(kept, "name");

	page_keep(page, SECRET_PATH, name, kept, SECRET_S);
	page_go(page, span_of(arena_join(page->arena, SPAN(SECRET_PATH), name, SPAN(""))), SPAN(""));
}

bool
apikeys_secret(struct page *page)
{
	json_set_text(page_root(page, "page"), "secret", json_string(page_kept(page, SECRET_PATH),
	    "secret"));
	return true;
}

/* ---- before it is done */

void
apikeys_asked(struct page *page)
{
	struct json_object *doc = json_get(page_reply(page, "document"), "row");
	struct json_object *list = json_new_array(page->arena), *shown = page_root(page, "page");
	struct json_object *problems = json_get(shown, "problems");
	struct span chosen = page_text(page, "form", "overlap");

	for (size_t i = 0; i < sizeof overlaps / sizeof overlaps[0]; i++) {
		struct json_object *one = json_new_object(page->arena);

		json_set_text(one, "value", span_of(overlaps[i].value));
		json_set_text(one, "label", span_of(overlaps[i].label));
		json_set_bool(one, "chosen", chosen.n > 0 ? span_is(chosen, overlaps[i].value) : i == 0);
		json_append(list, json_share(one));
	}
	json_set(shown, "overlaps", json_share(list));
	for (size_t i = 0; i < json_count(problems); i++)
		json_set_text(json_at(problems, i), "id", SPAN("f-overlap-1d"));
	beside_draw(page, &kind_apikey, doc);
	page_finish(page);
}
