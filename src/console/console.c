/* SPDX-License-Identifier: ISC */
#include "console/console.h"

#include "base/json.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/counting.h"
#include "console/derive.h"
#include "console/sign_in.h"
#include "http/pages.h"

#include <stdlib.h>
#include <string.h>

/* Nothing from elsewhere, nothing inline, in no frame, to no other place. Our own frames show
 * e-mails (page_sandboxed()). */
#define POLICY "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " \
	"connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
#define FORM_TYPE "application/x-www-form-urlencoded"
#define UPLOAD_TYPE "multipart/form-data"
#define UPLOAD_REST (64 << 10) /* bytes of such a form beside its file */

static void
put_headers(struct buf *headers)
{
	buf_puts(headers, "Content-Security-Policy: " POLICY "\r\n"
	    "Referrer-Policy: same-origin\r\n"
	    "X-Frame-Options: DENY\r\n"
	    "Cross-Origin-Opener-Policy: same-origin\r\n"
	    "Cross-Origin-Resource-Policy: same-origin\r\n"
	    "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n");
}

static bool
from_trusted_proxy(const struct page *page)
{
	const struct settings *settings = page->console->settings;

	for (size_t i = 0; i < settings->trusted_proxy_count; i++)
		if (text_network_has(&settings->trusted_proxies[i], page->request->address))
			return true;
	return false;
}

/* Of a URL: "https://beta.acme.example/listen" is at beta.acme.example. */
static struct span
authority(struct span url)
{
	const char *at = url.n > 0 ? memmem(url.p, url.n, "://", 3) : NULL;

	if (at == NULL)
		return SPAN("");
	url.n -= (size_t)(at + 3 - url.p);
	url.p = at + 3;
	return text_cut(&url, '/');
}

bool
console_https(const struct page *page)
{
	struct span address = page->console->settings->console_address;

	return page->request->https ||
	    (span_starts(address, "https://") &&
	        span_eq(authority(address), request_header(page->request, "host"))) ||
	    (from_trusted_proxy(page) &&
	        span_is_nocase(request_header(page->request, "x-forwarded-proto"), "https"));
}

/* Browsers say where a form comes from; what says nothing has no cookie of anybody's. */
static bool
is_same_origin(const struct page *page)
{
	struct span site = request_header(page->request, "sec-fetch-site");
	struct span origin = request_header(page->request, "origin");
	struct span host = request_header(page->request, "host");
	struct span forwarded = request_header(page->request, "x-forwarded-host");

	if (site.n > 0 && !span_is(site, "same-origin") && !span_is(site, "none"))
		return false;
	if (origin.n == 0)
		return true;
	/* Whoever is on the way can send forms as the same host over plain HTTP. */
	if (console_https(page) && !span_starts(origin, "https://"))
		return false;
	if (forwarded.n > 0 && from_trusted_proxy(page))
		host = forwarded;
	return authority(origin).n > 0 && (span_eq(authority(origin), host) ||
	    span_eq(authority(origin), authority(page->console->settings->console_address)));
}

bool
console_own_form(const struct page *page)
{
	return is_same_origin(page) && (request_header(page->request, "origin").n > 0 ||
	    span_is(request_header(page->request, "sec-fetch-site"), "same-origin"));
}

static bool
is_asset(struct console *console, struct pending *pending)
{
	struct span name = pending->call->view.request.path, bytes;
	const char *type;

	if (!span_starts(name, "/assets/"))
		return false;
	name.p += sizeof "/assets/" - 1;
	name.n -= sizeof "/assets/" - 1;
	if (!texts_asset(console->texts, name, &bytes, &type))
		return false;
	pending->reply.content_type = span_of(type);
	pending->reply.immutable = true;
	buf_span(&pending->reply.body, bytes);
	return true;
}

/* ---- the replies are there */

static void
show(struct page *page)
{
	page_show(page, page->route->template, page_has_complaints(page) ? 422 : 200);
}

/* The first call that failed, of those that the page cannot do without. */
static struct json_object *
failed(const struct page *page, const struct route_call *calls)
{
	for (; calls != NULL && calls->name != NULL; calls++)
		if (!calls->optional && page_problem(page, calls->name) != NULL)
			return page_problem(page, calls->name);
	return NULL;
}

static void
on_shown(struct page *page)
{
	struct json_object *problem = failed(page, page->route->calls);

	if (problem != NULL)
		page_fail_by(page, problem);
	else if (page->route->after != NULL)
		page->route->after(page);
	else
		show(page);
}

void
page_finish(struct page *page)
{
	show(page);
}

/* The page with the form, when what it asked for went wrong. */
static void
show_again(struct page *page)
{
	page->route = route_form(page->route->again);
	if (page->route == NULL)
		abort(); /* a mistake in the table, which its test finds */
	if (page->route->before != NULL && !page->route->before(page))
		return;
	page_calls(page, page->route->calls);
	page_wait(page, on_shown);
}

static void
take_complaints(struct page *page, struct json_object *reply)
{
	struct json_object *complaints = json_get(reply, "complaints");
	struct json_object *problem = json_get(reply, "problem");

	for (size_t i = 0; i < json_count(complaints); i++)
		page_complain(page, json_string(json_at(complaints, i), "pointer"),
		    json_string(json_at(complaints, i), "error"));
	if (json_count(complaints) == 0)
		page_complain(page, SPAN(""), json_string(problem, "detail").n > 0
		    ? json_string(problem, "detail") : json_string(problem, "title"));
}

static void do_next(struct page *page);

static void
on_done(struct page *page)
{
	const struct route_call *call = &page->route->calls[page->done];
	struct json_object *reply = page_reply(page, call->name);

	if (json_get(reply, "problem") != NULL && !call->optional) {
		if (page->route->again == NULL) {
			page_fail_by(page, json_get(reply, "problem"));
			return;
		}
		take_complaints(page, reply);
		show_again(page);
		return;
	}
	page->done++;
	do_next(page);
}

/* The next call of a POST, or its end. */
static void
do_next(struct page *page)
{
	const struct route_call *calls = page->route->calls;

	if (page_has_complaints(page) && page->route->again != NULL) {
		show_again(page);
	} else if (calls != NULL && calls[page->done].name != NULL) {
		page_call(page, calls[page->done].name, calls[page->done].json);
		page_wait(page, on_done);
	} else if (page->route->after != NULL) {
		page->route->after(page);
	} else {
		page_go(page, page_make(page, page->route->then, PAGE_TEXT),
		    page_make(page, page->route->said, PAGE_TEXT));
	}
}

void
page_proceed(struct page *page)
{
	do_next(page);
}

void
page_again(struct page *page)
{
	show_again(page);
}

/* ---- who is signed in */

static bool
may_see(const struct page *page)
{
	struct json_object *me = page_root(page, "me");

	switch (page->route->needs) {
	case ROUTE_OPEN:
	case ROUTE_SIGNED:
		return true;
	case ROUTE_MANAGER:
		return json_flag(me, "may_write", false);
	case ROUTE_ADMIN:
		return json_flag(me, "is_admin", false);
	}
	return false;
}

/* Where listeners are, as this request has it. */
static struct span
own_address(struct page *page)
{
	struct span mount = page->base, host = request_header(page->request, "host");

	while (mount.n > 0 && mount.p[mount.n - 1] != '/')
		mount.n--;
	return span_of(arena_printf(page->arena, "%s://%.*s%.*s", console_https(page) ? "https"
	    : "http", (int)host.n, host.p, mount.n > 0 ? (int)mount.n - 1 : 0, mount.p));
}

/* False: the page has been answered. */
static bool
is_admitted(struct page *page)
{
	struct json_object *me = json_get(page_reply(page, "me"), "row");
	struct json_object *problem = page_problem(page, "me");

	if (me != NULL) {
		json_set(page->model, "me", json_share(me));
		/* Of what is not known the person sees what his browser has. */
		if (json_string(me, "listen").n == 0)
			json_set_text(me, "listen", own_address(page));
		if (may_see(page))
			return true;
		page_fail(page, 403, "This is for others", page->route->needs == ROUTE_ADMIN
		    ? "Only an admin may do that. Who has the role admin is told below People."
		    : "Only a manager or an admin may do that; you may look.");
	} else if (span_is(json_string(problem, "code"), "not-signed-in")) {
		page_set_token(page, SPAN(""));
		sign_in_first(page);
	} else {
		page_fail_by(page, problem);
	}
	return false;
}

static void
on_get(struct page *page)
{
	if (is_admitted(page))
		on_shown(page);
}

static void
on_post(struct page *page)
{
	if (is_admitted(page) && (page->route->before == NULL || page->route->before(page)))
		do_next(page);
}

#define ME "{\"command\":\"console-session\"{{#site.user}},\"remoteUser\":\"{{site.user}}\"{{/site.user}}}"

static bool
csrf_good(const struct page *page)
{
	return page->token.n > 0 && secret_equal(page_text(page, "form", "csrf"), page_csrf(page));
}

static void
take_post(struct page *page)
{
	bool open = page->route->needs == ROUTE_OPEN;
	struct error error = { 0 };

	if (!is_same_origin(page)) {
		page_fail(page, 403, "This form came from elsewhere",
		    "Forms are taken only from pages of the console itself. Open the console, and "
		    "do it there.");
	} else if (!span_starts(page->request->content_type, page->route->takes_file
	    ? UPLOAD_TYPE : FORM_TYPE)) {
		page_fail(page, 415, "This is no form", page->route->takes_file
		    ? "A file is sent as " UPLOAD_TYPE "." : "Forms are sent as " FORM_TYPE ".");
	} else if (page->route->takes_file && !page_take_upload(page, &error)) {
		page_fail(page, fault_info(error.fault)->status, "This form cannot be read",
		    error.detail);
	} else if (!page->route->takes_file && !page_take_form(page)) {
		page_fail(page, 413, "This form is too long", "It has more fields than a page can "
		    "take at once; nothing was changed. Go back, and do it in parts.");
	} else if (open) {
		if (page->route->before == NULL || page->route->before(page))
			do_next(page);
	} else if (page->token.n == 0) {
		sign_in_first(page);
	} else if (!csrf_good(page) && sign_in_can_keep(page)) {
		sign_in_keep(page);
	} else if (!csrf_good(page)) {
		page_fail(page, 403, "This form is from another session",
		    "You have signed in again since the page was opened. Go back, load the page "
		    "anew, and send the form then; nothing was changed.");
	} else {
		page_call(page, "me", ME);
		page_wait(page, on_post);
	}
}

static void
take_get(struct page *page)
{
	if (page->route->needs != ROUTE_OPEN && page->token.n == 0) {
		sign_in_first(page);
		return;
	}
	if (page->route->before != NULL && !page->route->before(page))
		return;
	if (page->token.n > 0)
		page_call(page, "me", ME);
	page_calls(page, page->route->calls);
	page_wait(page, page->route->needs == ROUTE_OPEN ? on_shown : on_get);
}

/* What every program has: /-/health and its neighbours. */
static void
pass_on(struct console *console, struct pending *pending)
{
	struct call_view *call = &pending->call->view;

	if (pages_answer(&call->request, &pending->reply)) {
		pending->answer(pending);
		return;
	}
	call->verb = call_verb(&call->request, false);
	console->front.call(console->front.arg, pending);
}

static void
take(struct front *front, struct pending *pending)
{
	struct console *console = (struct console *)front;
	struct json_object *names = NULL;
	bool other_method;
	struct page *page;

	reply_reset(&pending->reply);
	if (span_starts(pending->call->view.request.path, "/-/")) {
		pass_on(console, pending);
		return;
	}
	pending->reply.fault = FAULT_DESCRIBED;
	put_headers(&pending->reply.headers);
	texts_begin(console->texts);
	if (is_asset(console, pending)) {
		pending->answer(pending);
		return;
	}
	page = page_new(console, pending);
	if (console->settings->console_trust_remote_user)
		json_set_text(page_root(page, "site"), "user", page->request->user);
	page->route = route_find(page->arena, page->request->method, page->request->path,
	    &names, &other_method);
	json_set(page->model, "path", json_share(names != NULL ? names
	    : json_new_object(page->arena)));
	if (!console->settings->console_enabled)
		page_fail(page, 404, "The console is switched off",
		    "Whoever runs the server switches it on: enabled in the section [console] of "
		    "earshot.conf.");
	else if (page->route == NULL && other_method)
		page_fail(page, 405, "That is not possible here", "The page takes no such request.");
	else if (page->route == NULL)
		page_fail(page, 404, "There is no such page", "The address may be mistyped, or what "
		    "it was about is gone.");
	else if (span_is(page->request->method, "POST"))
		take_post(page);
	else {
		page_may_be_left(page);
		take_get(page);
	}
}

/* Files are for the page that takes them; the rest of their form is short. */
static int64_t
body_max(const struct front *front, const struct request *request)
{
	const struct settings *settings = ((const struct console *)front)->settings;

	return span_is(request->path, "/imports") &&
	    span_starts(request->content_type, UPLOAD_TYPE) &&
	    settings->console_upload_bytes + UPLOAD_REST > settings->body_bytes
	    ? settings->console_upload_bytes + UPLOAD_REST : settings->body_bytes;
}

static void
worked(struct front *front)
{
	derive_turn(((struct console *)front)->derive);
}

struct front *
console_new(const struct settings *settings, const char *pages)
{
	struct console *console = calloc(1, sizeof *console);

	if (console == NULL)
		abort();
	console->settings = settings;
	console->texts = texts_new(pages);
	console->derive = derive_new();
	console->counting = counting_new();
	console->front = (struct front){ .take = take, .go_on = worked, .body_max = body_max,
		.event = derive_event(console->derive) };
	return &console->front;
}
