/* SPDX-License-Identifier: ISC */
#include "listen/service_opt_out.h"

#include "base/json.h"
#include "base/log.h"
#include "community/opt_out.h"
#include "community/people.h"
#include "http/body.h"
#include "record/audit.h"
#include "record/doc.h"
#include "store/store.h"

static void
put_escaped(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		switch (text.p[i]) {
		case '<': buf_puts(out, "&lt;"); break;
		case '>': buf_puts(out, "&gt;"); break;
		case '&': buf_puts(out, "&amp;"); break;
		case '"': buf_puts(out, "&quot;"); break;
		default: buf_putc(out, text.p[i]); break;
		}
}

/* What the page says, by what the link is for. */
static const struct {
	const char *question, *button, *done;
} pages[] = {
	[OPT_OUT_MAIL] = { "Do you want no more mail from us? What is essential for your account "
	    "is sent all the same.", "Send me no more mail", "You get no more mail from us." },
	[OPT_OUT_ALERTS] = { "Do you want no more mail about what needs a hand here? Other mail is "
	    "sent all the same.", "Send me no more of it",
	    "You get no more mail about what needs a hand; an administrator can switch it on "
	    "again (\"alerts\" of your user document)." },
};

/* button: NULL, nothing is asked. */
static void
put_page(struct txn *txn, struct reply *reply, const char *sentence, const char *button)
{
	struct span community = json_string(doc_load(txn, "setting", SPAN(""), SPAN("")),
	    "community");
	struct buf *out = &reply->body;

	reply->fault = FAULT_DESCRIBED;
	reply->content_type = SPAN("text/html; charset=utf-8");
	/* No other page frames it, so that nobody is led to press the button. */
	buf_puts(&reply->headers, "Content-Security-Policy: default-src 'none'; "
	    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
	    "Referrer-Policy: no-referrer\r\n");
	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n<title>");
	put_escaped(out, community);
	buf_puts(out, "</title>\n<h1>");
	put_escaped(out, community);
	buf_printf(out, "</h1>\n<p>%s</p>\n", sentence);
	if (button != NULL)
		buf_printf(out, "<form method=\"post\">\n<input type=\"hidden\" "
		    "name=\"List-Unsubscribe\" value=\"One-Click\">\n"
		    "<button>%s</button>\n</form>\n", button);
	buf_puts(out, "</html>\n");
}

static bool
is_one_click(struct txn *txn, const struct request *request)
{
	struct error error = { 0 };
	struct json_object *form = body_read(txn_arena(txn), request->content_type,
	    request->body, &json_limits_default, NULL, &error);

	return span_is(json_string(form, "List-Unsubscribe"), "One-Click");
}

void
service_opt_out(struct txn *txn, const struct request *request, struct span token,
    struct reply *reply)
{
	struct audit_by by = { .via = "link" };
	struct auditing auditing;
	enum opt_out what;
	struct span id;
	bool told;

	if (!opt_out_read(txn, token, &id, &what)) {
		txn_fail(txn, FAULT_BAD_PATH, "this address is not whole, or the account is gone: "
		    "nothing is sent to it any more");
		return;
	}
	if (!span_is(request->method, "POST")) {
		put_page(txn, reply, pages[what].question, pages[what].button);
		return;
	}
	if (!is_one_click(txn, request)) {
		txn_fail(txn, FAULT_MISSING_PARAMETER,
		    "a form with List-Unsubscribe=One-Click is expected (RFC 8058)");
		return;
	}
	by.user = id;
	audit_made_by(txn, &by);
	told = audit_begin_named(txn, &kind_user, id, &auditing);
	if (opt_out_set(txn, id, what))
		log_line(LOG_LEVEL_INFO, "user %.*s has opted out of %s by a link in it",
		    (int)id.n, id.p, what == OPT_OUT_ALERTS ? "alerts" : "mail");
	if (told)
		audit_put(txn, &auditing, auditing.before);
	audit_made_by(txn, NULL);
	if (txn_ok(txn))
		put_page(txn, reply, pages[what].done, NULL);
}
