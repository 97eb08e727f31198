/* SPDX-License-Identifier: ISC */
/* Twilio: which URL, which fields, which body a signature covers. */
#include "http/sender_draft.h"

#define TWILIO_BODY "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&" \
	"Digits=1234&From=%2B14158675309&To=%2B18005551212"
#define TWILIO_SIGNED "RSOYDt4T1cUTdK1PDd93/VVr8B8="
#define FORM "application/x-www-form-urlencoded"
#define JSON_BODY "{\"CallSid\":\"CA1234567890ABCDE\"," \
	"\"Caller\":\"+12349013030\"}"
#define JSON_SHA256 \
	"5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9"
#define ORIGIN "https://mycompany.com"

static struct span
signature_of(struct span text)
{
	unsigned char mac[SECRET_MAC_MAX];
	size_t n = secret_hmac(SECRET_SHA1, SPAN("12345"), &text, 1, mac);

	return secret_base64(arena, (struct span){ (char *)mac, n });
}

/* signed_text: what we sign ourselves; NULL: the published signature. */
static const struct {
	const char *base, *url, *type, *body, *signed_text;
	bool good;
	const char *what; /* "login…": with that of me, whose password is pass */
} requests[] = {
	{ ORIGIN, "/myapp.php?foo=1&bar=2", FORM, TWILIO_BODY, NULL, true,
	    "published signature" },
	{ ORIGIN "/", "/myapp.php?foo=1&bar=2", FORM, TWILIO_BODY, NULL,
	    true, "slash behind the base URL" },
	{ ORIGIN ":443", "/myapp.php?foo=1&bar=2", FORM, TWILIO_BODY, NULL,
	    true, "port in the base URL, none signed" },
	{ ORIGIN, "http://inside:8080/myapp.php?foo=1&bar=2", FORM,
	    TWILIO_BODY, NULL, true, "absolute request URL" },
	{ ORIGIN, "/myapp.php?foo=1&bar=3", FORM, TWILIO_BODY, NULL, false,
	    "another query" },
	{ "https://evil.example", "/myapp.php?foo=1&bar=2", FORM,
	    TWILIO_BODY, NULL, false, "another host" },
	{ "http://mycompany.com", "/myapp.php?foo=1&bar=2", FORM,
	    TWILIO_BODY, NULL, false, "another scheme" },
	{ "", "/myapp.php?foo=1&bar=2", FORM, TWILIO_BODY, NULL, false,
	    "no base URL" },
	{ ORIGIN, "/myapp.php?foo=1&bar=2", FORM, TWILIO_BODY "&x=1", NULL,
	    false, "field added" },
	{ ORIGIN, "/myapp.php?foo=1&bar=2", FORM, TWILIO_BODY
	    "&Digits=1234", NULL, true, "same field twice" },
	{ ORIGIN, "/myapp.php?foo=1&bar=2", FORM, TWILIO_BODY "&Digits=%zz",
	    NULL, false, "bad escape" },
	{ ORIGIN, "/myapp.php?foo=1&bar=2", "application/json", TWILIO_BODY,
	    NULL, false, "not called a form" },
	{ ORIGIN, "/a", FORM, "b=2&a=1&b=1&B=3&a=",
	    ORIGIN "/aB3aa1b1b2", true, "sorted names and values" },
	{ ORIGIN, "/a", FORM, "", ORIGIN ":443/a", true, "default port" },
	{ "http://x.example", "/a", FORM, "", "http://x.example:80/a", true,
	    "default port of http" },
	{ "http://x.example", "/a", FORM, "", "http://x.example:443/a",
	    false, "port of the other scheme" },
	{ ORIGIN ":8443", "/a", FORM, "", ORIGIN ":8443/a", true,
	    "explicit port" },
	{ "https://[::1]:8443", "/a", FORM, "", "https://[::1]/a", true,
	    "port behind an IPv6 address" },
	{ "https://[::1]", "/a", FORM, "", "https://[::1]:443/a", true,
	    "IPv6 address without a port" },
	{ ORIGIN "/hooks", "/a", FORM, "", ORIGIN "/hooks/a", true,
	    "base URL with a path" },
	{ ORIGIN "/hooks", "/hooks/a", FORM, "", ORIGIN "/hooks/a", true,
	    "path that the server sees too" },
	{ ORIGIN "/hooks", "/hooksa", FORM, "", ORIGIN "/hooksa", false,
	    "path that only begins alike" },
	{ ORIGIN, "/a?bodySHA256=" JSON_SHA256, "application/json",
	    JSON_BODY, ORIGIN "/a?bodySHA256=" JSON_SHA256, true, "JSON" },
	{ ORIGIN, "/a?bodySHA256=" JSON_SHA256, "application/json",
	    JSON_BODY " ", ORIGIN "/a?bodySHA256=" JSON_SHA256, false,
	    "JSON altered" },
	{ ORIGIN, "/a?bodySHA256=" JSON_SHA256, "application/json",
	    "", ORIGIN "/a?bodySHA256=" JSON_SHA256, false,
	    "JSON taken away" },
	{ ORIGIN, "/a?bodySHA256=" JSON_SHA256, FORM,
	    "", ORIGIN "/a?bodySHA256=" JSON_SHA256, false,
	    "JSON made an empty form" },
	{ ORIGIN, "/a?bodySHA256=", "application/json", JSON_BODY,
	    ORIGIN "/a?bodySHA256=", false, "empty hash" },
	{ ORIGIN, "/a", "application/json", JSON_BODY, ORIGIN "/a", false,
	    "JSON without its hash" },
	{ ORIGIN, "/a?b=1", "", "", ORIGIN "/a?b=1", true, "GET" },
	{ "https://x.example/hooks", "/a", FORM, "", "https://me:pass@x.example/hooks/a", true,
	    "login in the URL" },
	{ "https://x.example", "/a", FORM, "", "https://me:pass@x.example:443/a", true,
	    "login, and a port" },
	{ "https://x.example", "/a", FORM, "", "https://x.example/a", true,
	    "login that is not in the URL" },
	{ "https://x.example", "/a", FORM, "", "https://me:pass@x.example/a", false,
	    "no login came" },
	{ "https://x.example", "/a", FORM, "", "https://me:word@x.example/a", false,
	    "login of another password" },
};

static void
test_twilio(void)
{
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct draft draft = { .request = {
		    .url = span_of(requests[i].url), .body = span_of(requests[i].body),
		    .content_type = span_of(requests[i].type) } };
		struct sender_secret secret = { SPAN("12345"), 0 };
		struct error error = { 0 };
		struct sender_proof proof;
		struct span signature = SPAN(TWILIO_SIGNED);
		const char *query = strchr(requests[i].url, '?');
		bool good;

		draft.request.query = span_of(query != NULL ? query + 1 : "");
		if (requests[i].signed_text != NULL)
			signature = signature_of(span_of(requests[i].signed_text));
		draft_header(&draft, "x-twilio-signature", signature);
		if (strncmp(requests[i].what, "login", 5) == 0)
			draft_header(&draft, "authorization", SPAN("Basic bWU6cGFzcw==")); /* me:pass */
		good = sender_verify(compiled("twilio"), &draft.request, &secret, 1,
		    span_of(requests[i].base), NOW, arena, &proof, &error);
		ok(good == requests[i].good, "twilio: %s", requests[i].what);
	}
}

static void
test_twilio_fields(void)
{
	struct draft draft;
	struct buf body = { 0 }, text = { 0 };

	for (int n = 1000; n <= 1001; n++) {
		body.n = text.n = 0;
		buf_puts(&text, BASE PATH);
		for (int i = 0; i < n; i++) {
			buf_printf(&body, "&f%04d=v", i);
			buf_printf(&text, "f%04dv", i);
		}
		draft = (struct draft){ .request = { .url = SPAN(PATH),
		    .content_type = SPAN(FORM), .body = buf_bytes(&body) } };
		draft_header(&draft, "x-twilio-signature", signature_of(buf_bytes(&text)));
		is_fault(verify_at("twilio", &draft, "12345", NOW),
		    FAULT_NONE, "twilio", n == 1000 ? "very many fields" : "and more: the body has "
		    "limits, the signature has none");
	}
	buf_free(&body);
	buf_free(&text);
}

int
main(void)
{
	if (!secret_start())
		return 1;
	arena = arena_new();
	test_twilio();
	test_twilio_fields();
	arena_free(&arena);
	return tap_done();
}
