/* SPDX-License-Identifier: ISC */
#include "console/sign_in.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/derive.h"

#define PASSWORD_MIN 12 /* characters: no other rule, as NIST SP 800-63B advises */
#define PASSWORD_MAX 1000
#define ENDED "Your session has ended: nothing was done."

/* A page of what is told of the browser to who looks at his sessions. */
#define FACTS "\"hash\":\"{{doc.hash}}\",\"agent\":\"{{doc.agent}}\",\"address\":\"{{doc.address}}\""

static struct json_object *
doc_of(struct page *page)
{
	struct json_object *doc = json_new_object(page->arena);

	json_set(page->model, "doc", json_share(doc));
	return doc;
}

/* A token for a new session; its hash is doc.hash. */
static struct span
new_token(struct page *page)
{
	struct json_object *doc = page_root(page, "doc") != NULL ? page_root(page, "doc")
	                                                         : doc_of(page);
	unsigned char bytes[32], hash[SECRET_SHA256_SIZE];
	struct span token;

	secret_random(bytes, sizeof bytes);
	token = secret_hex(page->arena, (struct span){ (const char *)bytes, sizeof bytes });
	secret_sha256(token, hash);
	json_set_text(doc, "hash", secret_hex(page->arena,
	    (struct span){ (const char *)hash, sizeof hash }));
	json_set_text(doc, "token", token);
	json_set_text(doc, "agent", text_head(request_header(page->request, "user-agent"), 200));
	json_set_text(doc, "address", page_text(page, "site", "address"));
	return token;
}

static struct span
wanted(const struct page *page)
{
	struct span to = page_text(page, "form", "to");

	return page_local(to.n > 0 ? to : page_text(page, "query", "to"));
}

/* ---- where one has to */

bool
sign_in_can_keep(const struct page *page)
{
	struct json_object *form = page_root(page, "form");

	/* Passwords stand on no page, and files in no form. */
	return span_is(page->request->method, "POST") && !page->route->takes_file &&
	    !json_has(form, "password") && json_members(form) > json_has(form, "csrf") &&
	    console_own_form(page);
}

static void
show_kept(struct page *page, const char *title, const char *help)
{
	static const char *const but[] = { NULL };
	struct json_object *shown = page_root(page, "page");

	page_keep_typed(page, but);
	json_set_text(shown, "title", span_of(title));
	json_set_text(shown, "help", span_of(help));
	page_show(page, "form-kept", 403);
}

void
sign_in_keep(struct page *page)
{
	json_set_text(page_root(page, "site"), "csrf", page_csrf(page));
	json_set_bool(page_root(page, "page"), "again", true);
	show_kept(page, "Send it once more", "You have signed in again since the page was opened: "
	    "nothing was done yet, and what you have sent is kept here.");
}

static void
on_remote(struct page *page)
{
	struct json_object *problem = page_problem(page, "signIn");

	if (problem != NULL) {
		page_fail(page, 403, "You may not sign in here", "The web server has signed you in, "
		    "and nobody of that name has a role in the console: an admin gives one (admin, "
		    "manager or viewer), or makes you a manager of a project.");
		return;
	}
	page_set_token(page, page_text(page, "doc", "token"));
	if (sign_in_can_keep(page))
		sign_in_keep(page);
	else if (span_is(page->request->method, "POST"))
		page_go(page, SPAN("/"), SPAN(ENDED));
	else
		page_go(page, page_text(page, "page", "here"), SPAN(""));
}

void
sign_in_first(struct page *page)
{
	struct span here = page_text(page, "page", "here");
	struct buf to = { 0 };

	page->token = SPAN("");
	if (page_text(page, "site", "user").n > 0) {
		new_token(page);
		page_call(page, "signIn", "{\"command\":\"console-sign-in\",\"remoteUser\":"
		    "\"{{site.user}}\"," FACTS "}");
		page_wait(page, on_remote);
		return;
	}
	if (sign_in_can_keep(page)) {
		show_kept(page, "You are not signed in any more", ENDED " What you have sent is kept here.");
		return;
	}
	buf_puts(&to, "/sign-in");
	if (here.n > 1 && span_is(page->request->method, "GET")) {
		buf_puts(&to, "?to=");
		text_percent_encode(&to, here);
	}
	page_go(page, buf_keep(&to, page->arena), span_is(page->request->method, "POST")
	    ? SPAN(ENDED) : SPAN(""));
}

bool
sign_in_before(struct page *page)
{
	struct span to = wanted(page);

	if (to.n > 1)
		json_set_text(page_root(page, "page"), "to", to);
	return true;
}

/* At the field of this name of a form that the schema does not know. */
static void
complain(struct page *page, const char *name, const char *text)
{
	struct json_object *shown = page_root(page, "page"), *problems;

	page_complain(page, span_of(arena_printf(page->arena, "/%s", name)), span_of(text));
	problems = json_get(shown, "problems");
	json_set_text(json_at(problems, json_count(problems) - 1), "id",
	    span_of(arena_printf(page->arena, "f-%s", name)));
	if (!json_has(shown, "wrong"))
		page_add(page, "wrong");
	json_set_text(json_get(shown, "wrong"), name, span_of(text));
}

static void
want_user(struct page *page)
{
	if (text_trim(page_text(page, "form", "user")).n == 0)
		complain(page, "user", "Type your e-mail address.");
}

bool
sign_in_mail(struct page *page)
{
	want_user(page);
	return sign_in_before(page);
}

void
sign_in_mailed(struct page *page)
{
	json_set_text(page_root(page, "page"), "mailed", page_text(page, "form", "user"));
	json_set_text(page_root(page, "page"), "title", SPAN("Look into your mail"));
	page_show(page, "sign-in-mailed", 200);
}

/* ---- by what */

static void
on_signed_in(struct page *page)
{
	struct json_object *problem = page_problem(page, "signIn");

	if (problem != NULL) {
		page_complain(page, SPAN(""), json_string(problem, "detail"));
		page_again(page);
		return;
	}
	/* A token of its own for each session: whoever knew the one before has nothing. */
	page_set_token(page, page_text(page, "doc", "token"));
	page_go(page, wanted(page), SPAN(""));
}

bool
sign_in_by_link(struct page *page)
{
	struct json_object *doc = doc_of(page);
	unsigned char hash[SECRET_SHA256_SIZE];

	secret_sha256(page_text(page, "form", "token"), hash);
	json_set_text(doc, "link", secret_hex(page->arena,
	    (struct span){ (const char *)hash, sizeof hash }));
	new_token(page);
	page_call(page, "signIn", "{\"command\":\"console-sign-in\",\"link\":\"{{doc.link}}\","
	    FACTS "}");
	page_wait(page, on_signed_in);
	return false;
}

static void
busy(struct page *page)
{
	page_fail(page, 503, "Too many sign in at this moment", "Try again in a few seconds.");
}

static void
on_proof(struct page *page, struct span proof)
{
	json_set_text(page_root(page, "doc"), "proof", proof);
	new_token(page);
	page_call(page, "signIn", "{\"command\":\"console-sign-in\",\"user\":\"{{form.user}}\","
	    "\"proof\":\"{{doc.proof}}\"," FACTS "}");
	page_wait(page, on_signed_in);
}

static void
on_salt(struct page *page)
{
	struct json_object *problem = page_problem(page, "salt");
	struct span salt = json_string(json_get(page_reply(page, "salt"), "row"), "salt");

	if (problem != NULL) {
		page_complain(page, SPAN(""), json_string(problem, "detail"));
		page_again(page);
	} else if (!derive_add(page->console->derive, page, page_text(page, "form", "password"),
	        salt, on_proof)) {
		busy(page);
	}
}

bool
sign_in_by_password(struct page *page)
{
	want_user(page);
	if (page_text(page, "form", "password").n == 0)
		complain(page, "password", "Type your password, or let a link be mailed.");
	else if (page_text(page, "form", "password").n > PASSWORD_MAX)
		complain(page, "password", "That is longer than a password may be.");
	if (page_has_complaints(page)) {
		page_again(page);
		return false;
	}
	doc_of(page);
	page_call(page, "salt", "{\"command\":\"console-salt\",\"user\":\"{{form.user}}\","
	    "\"address\":\"{{site.address}}\"}");
	page_wait(page, on_salt);
	return false;
}

void
sign_in_out(struct page *page)
{
	page_set_token(page, SPAN(""));
	page_go(page, SPAN("/sign-in"), SPAN("You are signed out."));
}

/* ---- one's own password */

static void
on_new_proof(struct page *page, struct span proof)
{
	json_set_text(page_root(page, "doc"), "proof", proof);
	page_proceed(page);
}

bool
sign_in_set_password(struct page *page)
{
	struct span password = page_text(page, "form", "password");
	struct json_object *doc = doc_of(page);
	unsigned char salt[16];

	if (page_text(page, "form", "remove").n > 0)
		return true;
	if (text_characters(password) < PASSWORD_MIN)
		complain(page, "password", "Take at least 12 characters; a few words are good.");
	else if (password.n > PASSWORD_MAX)
		complain(page, "password", "That is longer than a password may be.");
	else if (!span_eq(password, page_text(page, "form", "repeat")))
		complain(page, "repeat", "The two are not the same.");
	if (page_has_complaints(page))
		return true; /* to the form again */
	secret_random(salt, sizeof salt);
	json_set_text(doc, "salt", secret_hex(page->arena,
	    (struct span){ (const char *)salt, sizeof salt }));
	if (!derive_add(page->console->derive, page, password, page_text(page, "doc", "salt"),
	        on_new_proof))
		busy(page);
	return false;
}
