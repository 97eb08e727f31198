/* SPDX-License-Identifier: ISC */
#include "console/console_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "http/body.h"
#include "lang/tag.h"
#include "listen/admit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define PAGE_MAX ((size_t)8 << 20) /* bytes of one page, and of one call */
#define ROWS_MAX 2000              /* of one call: pages ask for less */
/* Of one form: the longest of ours, with hundreds of rows, have less. Others are served by
 * the same thread meanwhile. */
#define FIELDS_MAX 4000
#define UPLOAD_FIELDS_MAX 20       /* of one with a file */
#define COMPLAINTS_MAX 50          /* that are shown at once: each is looked for at each field */
/* Plain HTTP has no __Host-: browsers refuse such a cookie there. */
#define COOKIE_HTTPS "__Host-earshot"
#define COOKIE_HTTP "earshot-session"
#define COOKIE_SAID "earshot-said"
#define COOKIE_ONCE "earshot-once"

struct page_call {
	struct pending pending;
	struct page_call *before;    /* of page->calls */
	struct page *page;
	const char *name;
	struct call call;
	struct buf args;             /* of page_send() */
	struct buf rows;
	bool kept;                   /* they are read by page_rows() */
	size_t taken;                /* bytes of them */
	struct arena *arena;         /* of the row that was read last; NULL none */
	bool cut;                    /* there were more than a page may have */
	bool answered;
	struct json_object *reply;
};

struct span
page_text(const struct page *page, const char *root, const char *member)
{
	return json_string(json_get(page->model, root), member);
}

struct json_object *
page_root(const struct page *page, const char *root)
{
	return json_get(page->model, root);
}

struct json_object *
page_add(struct page *page, const char *name)
{
	struct json_object *object = json_new_object(page->arena);

	json_set(page_root(page, "page"), name, json_share(object));
	return object;
}

/* ---- cookies */

/* p NULL: there is none of that name. */
static struct span
cookie(const struct request *request, const char *name)
{
	struct span rest = request_header(request, "cookie"), value;

	while (rest.n > 0) {
		value = text_trim(text_cut(&rest, ';'));
		if (span_eq(text_cut(&value, '='), span_of(name)))
			return value;
	}
	return (struct span){ NULL, 0 };
}

void
page_header(struct page *page, const char *name, const char *format, ...)
{
	va_list args;
	char *value = NULL;

	va_start(args, format);
	if (vasprintf(&value, format, args) < 0)
		abort();
	va_end(args);
	buf_printf(&page->pending->reply.headers, "%s: %s\r\n", name, value);
	free(value);
}

static void
set_cookie_at(struct page *page, const char *path, const char *name, struct span value,
    const char *more)
{
	page_header(page, "Set-Cookie", "%s=%.*s; Path=%s; HttpOnly; SameSite=Lax%s%s", name,
	    (int)value.n, value.p, path, console_https(page) ? "; Secure" : "", more);
}

static void
set_cookie(struct page *page, const char *name, struct span value, const char *more)
{
	set_cookie_at(page, "/", name, value, more);
}

void
page_keep(struct page *page, const char *path, struct span name, struct json_object *value,
    int seconds)
{
	struct json_object *kept = json_new_object(page->arena);
	struct buf text = { 0 };

	json_set_text(kept, "name", name);
	json_set(kept, "value", json_share(value));
	text_percent_encode(&text, json_write(page->arena, kept));
	set_cookie_at(page, arena_printf(page->arena, "%.*s%s", (int)page->base.n, page->base.p,
	    path), COOKIE_ONCE, buf_bytes(&text), arena_printf(page->arena, "; Max-Age=%d", seconds));
	buf_free(&text);
}

struct json_object *
page_kept(struct page *page, const char *path)
{
	struct span sent = cookie(page->request, COOKIE_ONCE), text;
	struct json_object *kept;
	struct error error = { 0 };

	if (sent.p == NULL)
		return NULL;
	set_cookie_at(page, arena_printf(page->arena, "%.*s%s", (int)page->base.n, page->base.p,
	    path), COOKIE_ONCE, SPAN(""), "; Max-Age=0");
	if (!text_percent_decode(page->arena, sent, false, &text) || !text_utf8(text))
		return NULL;
	kept = json_read(page->arena, text, &json_limits_default, &error);
	return span_eq(json_string(kept, "name"), page_text(page, "path", "name"))
	    ? json_get(kept, "value") : NULL;
}

static const char *
token_cookie(const struct page *page)
{
	return console_https(page) ? COOKIE_HTTPS : COOKIE_HTTP;
}

void
page_set_token(struct page *page, struct span token)
{
	page->token = token;
	set_cookie(page, token_cookie(page), token, token.n == 0 ? "; Max-Age=0" : "");
}

static struct span
token_read(const struct page *page)
{
	struct span token = cookie(page->request, token_cookie(page)), bytes;

	return secret_hex_read(page->arena, token, &bytes) && bytes.n == 32 ? token : SPAN("");
}

/* What the page before wanted to be said, once. */
static void
take_said(struct page *page)
{
	struct span said = cookie(page->request, COOKIE_SAID), text;

	if (said.p == NULL || !span_is(page->request->method, "GET"))
		return;
	set_cookie(page, COOKIE_SAID, SPAN(""), "; Max-Age=0");
	if (text_percent_decode(page->arena, said, false, &text) && text_printable(text))
		json_set_text(page_root(page, "page"), "said", text);
}

struct span
page_csrf(const struct page *page)
{
	struct span parts[] = { SPAN("form") };
	unsigned char mac[SECRET_MAC_MAX];
	size_t n = secret_hmac(SECRET_SHA256, page->token, parts, 1, mac);

	return page->token.n == 0 ? SPAN("")
	    : secret_hex(page->arena, (struct span){ (const char *)mac, n });
}

/* ---- the model */

static struct span
base_of(const struct request *request)
{
	struct span base = request_mount(request);

	return base.n > 0 ? base : SPAN("/listen/console");
}

/* What came more than once is a list. */
static void
add_pair(struct page *page, struct json_object *to, struct span name, struct span value)
{
	const char *key = arena_string(page->arena, name);
	struct json_object *text = json_new_text(page->arena, value), *old = json_get(to, key);

	if (old == NULL) {
		json_set(to, key, json_share(text));
		return;
	}
	if (!json_is_array(old)) {
		struct json_object *list = json_new_array(page->arena);

		json_append(list, json_share(old));
		json_set(to, key, json_share(list));
		old = list;
	}
	json_append(old, json_share(text));
}

/* Without what browsers add: line breaks are CR LF in forms. */
static struct span
unix_lines(struct arena *arena, struct span text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r' || i + 1 == text.n || text.p[i + 1] != '\n')
			out[n++] = text.p[i];
	return (struct span){ out, n };
}

static struct json_object *
pairs(struct page *page, struct span text)
{
	struct json_object *object = json_new_object(page->arena);
	struct span name, value;

	while (request_pair(&text, &name, &value))
		if (text_percent_decode(page->arena, name, true, &name) &&
		    text_percent_decode(page->arena, value, true, &value) && text_utf8(name) &&
		    text_utf8(value) && !text_has_nul(name) && !text_has_nul(value))
			add_pair(page, object, name, unix_lines(page->arena, value));
	return object;
}

struct page *
page_new(struct console *console, struct pending *pending)
{
	struct arena *arena = arena_new();
	struct page *page = arena_alloc(arena, sizeof *page);
	struct json_object *site = json_new_object(arena), *shown = json_new_object(arena);
	const struct request *request = &pending->call->view.request;

	*page = (struct page){ .console = console, .pending = pending, .request = request,
		.arena = arena, .now = text_now(), .base = base_of(request), .waiting = 1 };
	page->model = json_new_object(arena);
	page->token = token_read(page);
	json_set_text(site, "base", page->base);
	json_set_text(site, "css", span_of(texts_asset_name(console->texts, "console.css")));
	json_set_text(site, "js", span_of(texts_asset_name(console->texts, "console.js")));
	json_set_text(site, "csrf", page_csrf(page));
	json_set_text(site, "version", SPAN(PACKAGE_VERSION));
	json_set_text(site, "address", admit_address(console->settings, request, arena));
	json_set_bool(site, "mail", console->settings->mail_url.n > 0);
	json_set(page->model, "site", json_share(site));
	json_set_text(shown, "here", span_of(arena_printf(arena, "%.*s%s%.*s",
	    (int)request->path.n, request->path.p, request->query.n > 0 ? "?" : "",
	    (int)request->query.n, request->query.p)));
	json_set(page->model, "page", json_share(shown));
	json_set(page->model, "calls", json_share(json_new_object(arena)));
	json_set(page->model, "query", json_share(pairs(page, request->query)));
	json_set(page->model, "form", json_share(json_new_object(arena)));
	take_said(page);
	return page;
}

bool
page_take_form(struct page *page)
{
	struct span body = page->request->body;
	size_t fields = 1;

	for (const char *p = body.p, *end = body.p + body.n; body.n > 0 &&
	    (p = memchr(p, '&', (size_t)(end - p))) != NULL; p++)
		fields++;
	if (fields > FIELDS_MAX)
		return false;
	json_set(page->model, "form", json_share(pairs(page, body)));
	return true;
}

static void
take_file(void *arg, const struct body_file *file)
{
	struct page *page = arg;

	if (page->upload.p != NULL || (file->name.n == 0 && file->bytes.n == 0))
		return;
	page->upload_name = file->name;
	page->upload = file->bytes;
}

bool
page_take_upload(struct page *page, struct error *error)
{
	struct json_object *form = body_upload(page->arena, page->request->content_type,
	    page->request->body, UPLOAD_FIELDS_MAX, take_file, page, error);

	if (form != NULL)
		json_set(page->model, "form", json_share(form));
	return form != NULL;
}

void
page_free(struct page *page)
{
	struct arena *arena = page->arena; /* in which the page is */

	for (struct page_call *call = page->calls; call != NULL; call = call->before) {
		buf_free(&call->args);
		buf_free(&call->rows);
		arena_free(&call->arena);
		reply_free(&call->pending.reply);
	}
	arena_free(&arena);
}

static struct json_object *
root(void *arg, const char *name)
{
	const struct page *page = arg;

	return json_get(page->model, name);
}

static struct facts
facts_of(const struct page *page)
{
	return (struct facts){ .root = root, .arg = (void *)(uintptr_t)page, .now = page->now };
}

struct span
page_make(struct page *page, const char *mustache, enum page_place place)
{
	const struct tag_parts parts = { .roots = texts_roots };
	struct facts facts = facts_of(page);
	struct tag_error error = { 0, "" };
	struct buf out = { 0 };
	const struct tag *tag;

	if (mustache == NULL)
		return SPAN("");
	tag = tag_compile_with(page->arena, span_of(mustache),
	    place == PAGE_JSON ? TAG_JSON : TAG_TEXT, &parts, &error);
	if (tag == NULL)
		log_line(LOG_LEVEL_ERROR, "console: %s in %s", error.text, mustache);
	else
		tag_render(tag, &facts, page->arena, PAGE_MAX, &out);
	return buf_keep(&out, page->arena);
}

/* ---- calls */

static enum taken
on_part(struct pending *pending, enum part kind, struct span output)
{
	struct page_call *call = (struct page_call *)pending;
	struct arena *arena = call->page->arena;
	struct json_object *signal, *list;

	if (kind == PART_ROWS) {
		call->cut = call->cut || call->rows.n + output.n > PAGE_MAX;
		if (!call->cut)
			buf_span(&call->rows, output);
		return PART_TAKEN;
	}
	signal = json_load(arena, output);
	if (kind == PART_MORE)
		json_set_text(call->reply, "more", json_string(signal, "more"));
	if (kind == PART_SUMMARY)
		json_set(call->reply, "summary", json_share(signal));
	if (kind == PART_COLUMNS)
		json_set(call->reply, "columns", json_share(json_get(signal, "columns")));
	if (kind == PART_COMPLAINT) {
		list = json_get(call->reply, "complaints");
		if (list == NULL) {
			list = json_new_array(arena);
			json_set(call->reply, "complaints", json_share(list));
		}
		json_append(list, json_share(signal));
	}
	return PART_TAKEN;
}

static void
on_anew(struct pending *pending)
{
	struct page_call *call = (struct page_call *)pending;

	call->rows.n = 0;
	call->cut = false;
	json_del(call->reply, "more");
	json_del(call->reply, "complaints");
}

static void
read_rows(struct page_call *call, struct span text)
{
	struct arena *arena = call->page->arena;
	struct json_object *rows = json_new_array(arena), *row;
	size_t n = 0;

	while (text.n > 0 && !call->cut) {
		struct span line = text_cut(&text, '\n');

		if (line.n > 0 && (row = json_load(arena, line)) != NULL) {
			if (n++ == 0)
				json_set(call->reply, "row", json_share(row));
			json_append(rows, json_share(row));
			call->cut = n > ROWS_MAX;
		}
	}
	json_set(call->reply, "rows", json_share(rows));
}

static void
set_problem(struct page_call *call, enum fault fault, struct span detail)
{
	struct json_object *problem = json_new_object(call->page->arena);

	json_set_text(problem, "title", span_of(fault_info(fault)->title));
	json_set_text(problem, "code", span_of(fault_info(fault)->code));
	json_set_int(problem, "status", fault_info(fault)->status);
	json_set_text(problem, "detail", detail);
	json_set(call->reply, "problem", json_share(problem));
}

/* Of a store that cannot be had strangers hear no reason; the log has it. */
static void
take_problem(struct page_call *call, const struct reply *reply)
{
	struct json_object *problem = json_load(call->page->arena, buf_bytes(&reply->body));
	struct span detail = json_string(problem, "detail");

	if (reply->fault != FAULT_STORE_UNAVAILABLE) {
		set_problem(call, reply->fault, detail);
		return;
	}
	log_line(LOG_LEVEL_ERROR, "console: %.*s", (int)detail.n, detail.p);
	set_problem(call, reply->fault, SPAN("Try again in a moment. Whoever runs the server finds "
	    "why in its log."));
}

static void
answer(struct page *page)
{
	struct pending *pending = page->pending;

	pending->left = NULL;
	page_free(page);
	pending->answer(pending);
}

static void
go_on(struct page *page)
{
	void (*next)(struct page *) = page->next;

	page->waiting = 1;
	if (page->left)
		answer(page); /* what it is does not matter */
	else
		next(page);
}

static void
on_answer(struct pending *pending)
{
	struct page_call *call = (struct page_call *)pending;
	struct page *page = call->page;
	struct reply *reply = &pending->reply;

	buf_free(&call->args);
	call->answered = true;
	if (reply->fault == FAULT_NONE) {
		buf_span(&call->rows, buf_bytes(&reply->body));
		if (!call->kept)
			read_rows(call, buf_bytes(&call->rows));
		if (call->cut) {
			buf_free(&call->rows);
			set_problem(call, FAULT_ANSWER_TOO_LARGE, SPAN("There is more than a page can "
			    "show: ask for less."));
		}
	} else {
		take_problem(call, reply);
	}
	json_set(page_root(page, "calls"), call->name, json_share(call->reply));
	if (--page->waiting == 0)
		go_on(page);
}

void
page_hold(struct page *page)
{
	page->waiting++;
}

void
page_release(struct page *page)
{
	if (--page->waiting == 0)
		go_on(page);
}

bool
page_is_once(const struct page *page)
{
	return page->console->front.once;
}

/* The session goes with every call. */
struct span
page_with_session(struct page *page, struct span json)
{
	struct buf out = { 0 };

	if (page->token.n == 0)
		return json;
	buf_puts(&out, "{\"session\":");
	buf_json_string(&out, page->token);
	buf_putc(&out, ',');
	buf_put(&out, json.p + 1, json.n - 1);
	return buf_keep(&out, page->arena);
}

static struct page_call *
new_call(struct page *page, const char *name)
{
	struct page_call *call = arena_alloc(page->arena, sizeof *call);

	call->page = page;
	call->name = name;
	call->reply = json_new_object(page->arena);
	return call;
}

static void
make_call(struct page_call *call, struct span args)
{
	struct page *page = call->page;

	call->call = (struct call){ .view = { .verb = VERB_COMMAND, .id = id_new(page->now),
		.rights = RIGHTS_WEB, .args = args } };
	call->pending = (struct pending){ .call = &call->call, .answer = on_answer,
		.part = on_part, .anew = on_anew };
	call->before = page->calls;
	page->calls = call;
	page->waiting++;
	reply_reset(&call->pending.reply);
	page->console->front.call(page->console->front.arg, &call->pending);
}

static void
on_left(struct pending *pending)
{
	struct page *page = pending->waits;
	struct front *front = &page->console->front;

	page->left = true;
	page->waiting++; /* until all were told */
	for (struct page_call *call = page->calls; call != NULL; call = call->before)
		if (!call->answered && front->give_up != NULL)
			front->give_up(front->arg, &call->pending);
	if (--page->waiting == 0)
		go_on(page);
}

void
page_may_be_left(struct page *page)
{
	page->pending->waits = page;
	page->pending->left = on_left;
}

void
page_call_json(struct page *page, const char *name, struct span args)
{
	make_call(new_call(page, name), page_with_session(page, args));
}

void
page_call(struct page *page, const char *name, const char *json)
{
	struct span args = text_trim(page_make(page, json, PAGE_JSON));

	if (args.n >= 2 && args.p[0] == '{')
		page_call_json(page, name, args);
}

void
page_call_rows(struct page *page, const char *name, const char *json)
{
	struct span args = text_trim(page_make(page, json, PAGE_JSON));
	struct page_call *call = new_call(page, name);

	call->kept = true;
	make_call(call, page_with_session(page, args));
}

struct json_object *
page_rows(struct page *page, const char *name)
{
	struct page_call *call = page->calls;
	struct json_object *row = NULL;
	struct span left;

	while (call != NULL && !(call->kept && strcmp(call->name, name) == 0))
		call = call->before;
	if (call == NULL)
		return NULL;
	arena_free(&call->arena);
	left = buf_bytes(&call->rows);
	left.p += call->taken;
	left.n -= call->taken;
	while (row == NULL && left.n > 0) {
		struct span line = text_cut(&left, '\n');

		call->taken = left.n > 0 ? (size_t)(left.p - call->rows.p) : call->rows.n;
		if (line.n == 0)
			continue;
		if (call->arena == NULL)
			call->arena = arena_small();
		row = json_load(call->arena, line);
	}
	if (row == NULL) {
		buf_free(&call->rows);
		reply_free(&call->pending.reply);
		call->taken = 0;
	}
	return row;
}

void
page_send(struct page *page, const char *name, struct buf *json)
{
	struct page_call *call = new_call(page, name);
	struct jsonout out;

	call->args = *json;
	*json = (struct buf){ 0 };
	/* The session goes with it, behind all else. */
	call->args.n--;
	out = (struct jsonout){ &call->args, true };
	if (page->token.n > 0)
		json_member(&out, "session", page->token);
	json_close(&out, '}');
	make_call(call, buf_bytes(&call->args));
}

void
page_wait(struct page *page, void (*next)(struct page *))
{
	page->next = next;
	if (--page->waiting == 0)
		go_on(page);
}

void
page_calls(struct page *page, const struct route_call *calls)
{
	for (; calls != NULL && calls->name != NULL; calls++)
		page_call(page, calls->name, calls->json);
}

struct json_object *
page_reply(const struct page *page, const char *name)
{
	return json_get(page_root(page, "calls"), name);
}

struct json_object *
page_problem(const struct page *page, const char *name)
{
	return json_get(page_reply(page, name), "problem");
}

bool
page_is_too_long(const struct page *page, const char *name)
{
	return span_is(json_string(page_problem(page, name), "code"),
	    fault_info(FAULT_ANSWER_TOO_LARGE)->code);
}

/* ---- answers */

static void
set_title(struct page *page)
{
	struct json_object *shown = page_root(page, "page");

	if (!json_has(shown, "title") && page->route != NULL)
		json_set_text(shown, "title", page_make(page, page->route->title, PAGE_TEXT));
	if (!json_has(shown, "help") && page->route != NULL && page->route->help != NULL)
		json_set_text(shown, "help", page_make(page, page->route->help, PAGE_TEXT));
	json_set_bool(shown, "has_problems", page_has_complaints(page));
	if (page->route != NULL && page->route->nav != NULL)
		json_set_bool(page_add(page, "at"), page->route->nav, true);
}

void
page_show(struct page *page, const char *template, int status)
{
	const struct tag *tag = texts_page(page->console->texts, template);
	struct reply *reply = &page->pending->reply;
	struct facts facts = facts_of(page);

	set_title(page);
	reply->status = status;
	reply->content_type = SPAN("text/html; charset=utf-8");
	if (tag == NULL || !tag_render(tag, &facts, page->arena, PAGE_MAX, &reply->body)) {
		reply->status = 500;
		reply->content_type = SPAN("text/plain; charset=utf-8");
		buf_puts(&reply->body, "This page cannot be shown; the log says why.\n");
		if (tag != NULL)
			log_line(LOG_LEVEL_ERROR, "the page %s is longer than it may be", template);
	}
	answer(page);
}

struct span
page_local(struct span to)
{
	if (to.n == 0 || to.p[0] != '/' || (to.n > 1 && to.p[1] == '/'))
		return SPAN("/");
	for (size_t i = 0; i < to.n; i++)
		if (to.p[i] <= ' ' || to.p[i] > '~' || strchr("\\\"<>`", to.p[i]) != NULL)
			return SPAN("/");
	return to;
}

void
page_go(struct page *page, struct span to, struct span said)
{
	struct buf text = { 0 };

	to = page_local(to);
	if (said.n > 0) {
		text_percent_encode(&text, text_head(said, 1000));
		set_cookie(page, COOKIE_SAID, buf_bytes(&text), "; Max-Age=60");
		buf_free(&text);
	}
	page_header(page, "Location", "%.*s%.*s", (int)page->base.n, page->base.p, (int)to.n, to.p);
	page->pending->reply.status = 303;
	page->pending->reply.content_type = SPAN("text/plain; charset=utf-8");
	buf_printf(&page->pending->reply.body, "See %.*s\n", (int)to.n, to.p);
	answer(page);
}

void
page_sandboxed(struct page *page, struct span html)
{
	struct reply *reply = &page->pending->reply;

	reply->headers.n = 0; /* the policy of our own pages */
	page_header(page, "Content-Security-Policy", "sandbox; default-src 'none'; style-src "
	    "'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors "
	    "'self'");
	page_header(page, "Referrer-Policy", "no-referrer");
	page_header(page, "Cross-Origin-Resource-Policy", "same-origin");
	reply->status = 200;
	reply->content_type = SPAN("text/html; charset=utf-8");
	buf_span(&reply->body, html);
	answer(page);
}

void
page_attached(struct page *page, struct span type, const char *name, struct buf *bytes)
{
	struct reply *reply = &page->pending->reply;

	page_header(page, "Content-Disposition", "attachment; filename=\"%s\"", name);
	reply->status = 200;
	reply->content_type = type;
	buf_free(&reply->body);
	reply->body = *bytes;
	*bytes = (struct buf){ 0 };
	answer(page);
}

void
page_fail(struct page *page, int status, const char *title, const char *detail)
{
	struct json_object *shown = page_root(page, "page");

	json_set_text(shown, "title", span_of(title));
	json_set_text(shown, "detail", span_of(detail));
	json_del(shown, "help");
	page_show(page, "problem", status);
}

void
page_fail_by(struct page *page, struct json_object *problem)
{
	struct span title = json_string(problem, "title"), detail = json_string(problem, "detail");

	page_fail(page, (int)json_integer(problem, "status", 500),
	    arena_string(page->arena, title.n > 0 ? title : SPAN("This did not work.")),
	    arena_string(page->arena, detail));
}

/* ---- what a form says */

static void
add_typed(struct page *page, struct json_object *list, const char *name, struct json_object *value)
{
	struct json_object *one = json_new_object(page->arena);

	if (json_span(value).p == NULL)
		return; /* no browser has sent it */
	json_set_text(one, "name", span_of(name));
	json_set_text(one, "value", json_span(value));
	json_append(list, json_share(one));
}

void
page_keep_typed(struct page *page, const char *const but[])
{
	struct json_object *list = json_new_array(page->arena);
	struct doc_member *members;
	size_t n = doc_members(page->arena, page_root(page, "form"), &members);

	for (size_t i = 0; i < n; i++) {
		struct json_object *value = members[i].value;
		bool other = strcmp(members[i].name, "csrf") == 0;

		for (size_t k = 0; but[k] != NULL; k++)
			other = other || strcmp(members[i].name, but[k]) == 0;
		if (other)
			continue;
		for (size_t k = 0; k < json_count(value); k++)
			add_typed(page, list, members[i].name, json_at(value, k));
		if (!json_is_array(value))
			add_typed(page, list, members[i].name, value);
	}
	json_set(page_root(page, "page"), "typed", json_share(list));
}


/* A sentence on a page begins with a capital letter. */
static struct span
capital(struct arena *arena, struct span text)
{
	char *copy = arena_string(arena, text);

	if (*copy >= 'a' && *copy <= 'z')
		*copy = (char)(*copy - 'a' + 'A');
	return (struct span){ copy, text.n };
}

void
page_complain(struct page *page, struct span pointer, struct span text)
{
	struct json_object *shown = page_root(page, "page"), *list = json_get(shown, "problems");
	struct json_object *one = json_new_object(page->arena);

	if (list == NULL) {
		list = json_new_array(page->arena);
		json_set(shown, "problems", json_share(list));
	}
	if (json_count(list) == COMPLAINTS_MAX)
		return;
	if (json_count(list) == COMPLAINTS_MAX - 1) {
		pointer = SPAN("");
		text = SPAN("There is more that is wrong: it is told when this is mended.");
	}
	json_set_text(one, "pointer", pointer);
	json_set_text(one, "text", capital(page->arena, text));
	json_append(list, json_share(one));
}

bool
page_has_complaints(const struct page *page)
{
	return json_count(json_get(page_root(page, "page"), "problems")) > 0;
}
