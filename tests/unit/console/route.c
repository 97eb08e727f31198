/* SPDX-License-Identifier: ISC */
/* The table of pages: how paths are matched, and that each row is whole. */
#include "base/json.h"
#include "base/secret.h"
#include "base/settings.h"
#include "console/console.h"
#include "console/console_private.h"
#include "console/derive.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;

static void
is_route(const char *method, const char *path, const char *expected, const char *names)
{
	struct json_object *found = NULL;
	bool other;
	const struct route *route = route_find(arena, span_of(method), span_of(path), &found, &other);

	is_text(route != NULL ? route->path : other ? "other method" : "none", expected,
	    arena_printf(arena, "%s %s", method, path));
	if (names != NULL)
		is_text(json_write(arena, found).p, names, "… and its names");
}

static void
paths(void)
{
	is_route("GET", "", "/", "{}");
	is_route("GET", "/", "/", "{}");
	is_route("HEAD", "/you", "/you", NULL);
	is_route("GET", "/you/", "/you", NULL);
	is_route("GET", "/you/x", "none", NULL);
	is_route("GET", "/yo", "none", NULL);
	is_route("GET", "/yous", "none", NULL);
	is_route("GET", "//you", "none", NULL);
	is_route("PUT", "/you", "other method", NULL);
	is_route("GET", "/sign-in/password", "other method", NULL);
	is_route("GET", "/documents/macro", "/documents/{kind}", "{\"kind\":\"macro\"}");
	is_route("GET", "/documents/macro/new", "/documents/{kind}/new", NULL);
	is_route("GET", "/documents/macro/edit/phone/close%2Dticket", "/documents/{kind}/edit/{name*}",
	    "{\"kind\":\"macro\",\"name\":\"phone/close-ticket\"}");
	is_route("GET", "/documents/macro/edit/", "none", NULL);
	is_route("GET", "/documents/macro/edit/a%00b", "none", NULL);
	is_route("GET", "/documents/macro/edit/a%ff", "none", NULL);
	is_route("GET", "/documents/macro/edit/a%", "none", NULL);
	is_route("GET", "/documents/%2e%2e", "/documents/{kind}", "{\"kind\":\"..\"}");
}

static void
submit_nothing(void *arg, struct pending *pending)
{
	(void)arg;
	(void)pending;
}

/* A page of an empty request for it, so that what it makes of its model can be seen. */
static struct page *
page_for(struct console *console, struct pending *pending, struct call *call)
{
	*call = (struct call){ .view = { .request = { .type = SPAN("console"), .method = SPAN("GET"),
		.path = SPAN("/x"), .query = SPAN(""), .content_type = SPAN(""), .address = SPAN(""),
		.url = SPAN("/listen/console/x"), .body = SPAN("") } } };
	*pending = (struct pending){ .call = call };
	reply_reset(&pending->reply);
	return page_new(console, pending);
}

static void
check_calls(struct page *page, const struct route *route)
{
	for (const struct route_call *call = route->calls; call != NULL && call->name != NULL; call++) {
		/* A whole document stands where {{{doc}}} does. */
		struct span text = page_make(page, call->json, PAGE_JSON);
		struct error error = { 0 };

		ok(text.n < 2 || json_read(arena, text, &json_limits_default, &error) != NULL,
		    "%s %s: the call %s is JSON: %.*s", route->method, route->path, call->name,
		    (int)text.n, text.p);
	}
}

static void
rows(void)
{
	struct settings settings = { .console_enabled = true };
	struct console *console = (struct console *)console_new(&settings, NULL);
	struct pending pending;
	struct call call;
	struct page *page = page_for(console, &pending, &call);

	console->front.call = submit_nothing;
	json_set(page->model, "path", json_share(json_load(arena,
	    SPAN("{\"kind\":\"macro\",\"name\":\"x\",\"record\":\"user\"}"))));
	json_set(page->model, "doc", json_share(json_new_object(arena)));
	for (const struct route *route = routes; route->method != NULL; route++) {
		bool get = span_is(span_of(route->method), "GET");

		ok(get || span_is(span_of(route->method), "POST"), "%s %s: a method", route->method,
		    route->path);
		ok(route->title != NULL && route->help != NULL && route->help[0] != '\0',
		    "%s %s: title and help", route->method, route->path);
		if (get)
			ok(route->template != NULL ? texts_page(console->texts, route->template) != NULL
			    : route->after != NULL, "%s %s: its template", route->method, route->path);
		else
			ok(route->then != NULL || route->after != NULL || route->before != NULL,
			    "%s %s: where it goes", route->method, route->path);
		if (route->again != NULL)
			ok(route_form(route->again) != NULL, "%s %s: the page of its form",
			    route->method, route->path);
		check_calls(page, route);
	}
	ok(texts_page(console->texts, "problem") != NULL && texts_page(console->texts,
	    "sign-in-mailed") != NULL, "the pages without a row");
	ok(texts_asset_name(console->texts, "console.css") == texts_asset_name(console->texts,
	    "console.css"), "the name of the style sheet is made once, and not by each request");
	page_free(page);
	reply_free(&pending.reply);
	texts_free(&console->texts);
	derive_free(&console->derive);
	free(console->counting);
	free(console);
}

static void
local(void)
{
	static const char *const good[] = { "/", "/you", "/a/b?c=%2F&d", NULL };
	static const char *const bad[] = { "", "you", "//evil.example", "https://evil.example",
		"/\\evil.example", "/a b", "/a\r\nX: y", "/\"", "/<", "\\\\evil", NULL };

	for (size_t i = 0; good[i] != NULL; i++)
		ok(span_is(page_local(span_of(good[i])), good[i]), "to %s one may be sent", good[i]);
	for (size_t i = 0; bad[i] != NULL; i++)
		ok(span_is(page_local(span_of(bad[i])), "/"), "to the %zuth one may not", i + 1);
}

/* The client of a page hangs up while its calls are under way. */

#define TOKEN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct pending *under_way[20];
static size_t made, given_up;
static int answers;

static void
submit_and_hold(void *arg, struct pending *pending)
{
	(void)arg;
	under_way[made++] = pending;
}

static void
answer_busy(void *arg, struct pending *pending)
{
	(void)arg;
	given_up++;
	reply_problem(&pending->reply, FAULT_BUSY, 503, pending->call->view.id, "");
	pending->answer(pending);
}

static void
on_answer(struct pending *pending)
{
	(void)pending;
	answers++;
}

/* A request of somebody who has a cookie. */
static void
request(struct console *console, struct pending *pending, struct call *call, const char *method,
    const char *path, const char *body)
{
	struct header headers[] = { { SPAN("cookie"), SPAN("earshot-session=" TOKEN) },
		{ SPAN("host"), SPAN("beta.acme.example") } };

	*call = (struct call){ .view = { .request = { .type = SPAN("console"),
		.method = span_of(method), .path = span_of(path), .query = SPAN(""),
		.content_type = SPAN("application/x-www-form-urlencoded"), .address = SPAN(""),
		.url = SPAN("/listen/console/x"), .body = span_of(body),
		.headers = memcpy(arena_alloc(arena, sizeof headers), headers, sizeof headers),
		.header_count = 2 } } };
	reply_free(&pending->reply);
	*pending = (struct pending){ .call = call, .answer = on_answer };
	made = given_up = 0;
	answers = 0;
	console->front.take(&console->front, pending);
}

static void
left(void)
{
	struct settings settings = { .console_enabled = true };
	struct console *console = (struct console *)console_new(&settings, NULL);
	struct pending pending = { 0 };
	struct call call;
	struct page *page;

	console->front.call = submit_and_hold;
	console->front.give_up = answer_busy;
	request(console, &pending, &call, "GET", "/outbox", "");
	ok(made > 1 && answers == 0 && pending.left != NULL, "a page makes %zu calls, and may be left",
	    made);
	if (pending.left != NULL)
		pending.left(&pending);
	ok(given_up == made && answers == 1, "then all are given up, and it ends: %zu", given_up);
	request(console, &pending, &call, "GET", "/outbox", "");
	answer_busy(NULL, under_way[0]);
	given_up = 0;
	pending.left(&pending);
	ok(given_up == made - 1 && answers == 1, "but those that have been answered");
	reply_free(&pending.reply);
	page = page_for(console, &pending, &call); /* for the token of its forms */
	page->token = SPAN(TOKEN);
	request(console, &pending, &call, "POST", "/sign-out", arena_printf(arena, "csrf=%.*s",
	    (int)page_csrf(page).n, page_csrf(page).p));
	ok(made == 1 && answers == 0 && pending.left == NULL, "a form that was sent is carried out");
	answer_busy(NULL, under_way[0]);
	page_free(page);
	reply_free(&pending.reply);
	texts_free(&console->texts);
	derive_free(&console->derive);
	free(console->counting);
	free(console);
}

int
main(void)
{
	if (!secret_start())
		return 99;
	arena = arena_new();
	paths();
	rows();
	local();
	left();
	arena_free(&arena);
	return tap_done();
}
