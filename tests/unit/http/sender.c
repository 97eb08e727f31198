/* SPDX-License-Identifier: ISC */
/* Signatures: every preset against every change that must not pass. */
#include "http/sender_draft.h"

#include <sodium.h>

/* Signing, written apart from the code under test. */

enum how {
	TOKEN,
	BODY_HEX,
	BODY_BASE64,
	STRIPE,
	SLACK,
	STANDARD,
	STANDARD_ED25519,
	TWILIO,
	STAMP_HEX, /* timestamp.body */
	ID_STAMP,  /* id.timestamp.body */
};

struct scheme {
	const char *spec;
	const char *header;
	const char *prefix;
	const char *stamp; /* name of the header with the time */
	const char *id;
	enum how how;
	enum secret_hash hash;
	const char *secret;
	const char *other; /* another secret of the same kind */
};

#define KEY1 "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define WHSEC1 "whsec_" KEY1
#define WHSEC2 "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"

#define HMAC_LIST "{\"preset\":\"hmac\",\"header\":\"X-Sign\",\"prefix\":\"s1:\"," \
    "\"hash\":\"sha1\",\"signed\":\"timestamp.body\"," \
    "\"timestampHeader\":\"X-Time\",\"tolerance\":300}"
#define HMAC_SPACED "{\"preset\":\"hmac\",\"header\":\"X-Sign\",\"prefix\":\"HMAC \"}"

static char whpk1[64], whpk2[64];
static unsigned char ed_secret[crypto_sign_SECRETKEYBYTES];

static const struct scheme schemes[] = {
	{ "github", "x-hub-signature-256", "sha256=", NULL, NULL, BODY_HEX,
	    SECRET_SHA256, "It's a secret", "another" },
	{ "gitlab", "x-gitlab-token", "", NULL, NULL, TOKEN, SECRET_SHA256,
	    "glpat-12345", "glpat-54321" },
	{ "gitlab", "webhook-signature", "v1,", "webhook-timestamp", "webhook-id",
	    STANDARD, SECRET_SHA256, WHSEC1, WHSEC2 },
	{ "jira", "x-hub-signature", "sha256=", NULL, NULL, BODY_HEX,
	    SECRET_SHA256, "jira", "arij" },
	{ "bugzilla", "x-api-key", "", NULL, NULL, TOKEN, SECRET_SHA256,
	    "bugs", "sgub" },
	{ "{\"preset\":\"bugzilla\",\"header\":\"X-Bug-Token\"}", "x-bug-token", "",
	    NULL, NULL, TOKEN, SECRET_SHA256, "bugs", "sgub" },
	{ "stripe", "stripe-signature", "v1=", NULL, NULL, STRIPE, SECRET_SHA256,
	    "whsec_notbase64", "whsec_other" },
	{ "slack", "x-slack-signature", "v0=", "x-slack-request-timestamp", NULL,
	    SLACK, SECRET_SHA256, "8f742231", "9f742231" },
	{ "shopify", "x-shopify-hmac-sha256", "", NULL, NULL, BODY_BASE64,
	    SECRET_SHA256, "hush", "shush" },
	{ "twilio", "x-twilio-signature", "", NULL, NULL, TWILIO, SECRET_SHA1,
	    "12345", "54321" },
	{ "sentry", "sentry-hook-signature", "", NULL, NULL, BODY_HEX,
	    SECRET_SHA256, "raven", "corvus" },
	{ "standard-webhooks", "webhook-signature", "v1,", "webhook-timestamp",
	    "webhook-id", STANDARD, SECRET_SHA256, WHSEC1, WHSEC2 },
	{ "standard-webhooks", "webhook-signature", "v1a,", "webhook-timestamp",
	    "webhook-id", STANDARD_ED25519, SECRET_SHA256, whpk1, whpk2 },
	{ "svix", "svix-signature", "v1,", "svix-timestamp", "svix-id", STANDARD,
	    SECRET_SHA256, WHSEC1, WHSEC2 },
	{ "{\"preset\":\"hmac\",\"header\":\"X-Sign\",\"hash\":\"sha512\","
	  "\"encoding\":\"base64\"}", "x-sign", "", NULL, NULL, BODY_BASE64,
	    SECRET_SHA512, "k", "K" },
	{ HMAC_LIST, "x-sign", "s1:",
	    "x-time", NULL, STAMP_HEX, SECRET_SHA1, "k", "K" },
	{ "{\"preset\":\"hmac\",\"header\":\"X-Sign\","
	  "\"signed\":\"id.timestamp.body\",\"timestampHeader\":\"X-Time\","
	  "\"idHeader\":\"X-Id\"}", "x-sign", "", "x-time", "x-id", ID_STAMP,
	    SECRET_SHA256, "k", "K" },
	{ HMAC_SPACED, "x-sign", "HMAC ", NULL, NULL, BODY_HEX, SECRET_SHA256, "k", "K" },
};
#define SCHEMES (sizeof schemes / sizeof schemes[0])

static bool
is_stamped(const struct scheme *scheme)
{
	return scheme->stamp != NULL || scheme->how == STRIPE;
}

static bool
is_hex(const struct scheme *scheme)
{
	return scheme->how == BODY_HEX || scheme->how == STRIPE ||
	    scheme->how == SLACK || scheme->how == STAMP_HEX ||
	    scheme->how == ID_STAMP;
}

static struct span
body_of(const struct scheme *scheme)
{
	return scheme->how == TWILIO ? SPAN("To=%2B1&Body=a+b")
	                             : SPAN("{\"type\":\"x\",\"n\":\"\xc3\xa9\"}");
}

static struct span
text_of(const struct scheme *scheme, const char *stamp, struct span body)
{
	const char *b = arena_string(arena, body);

	switch (scheme->how) {
	case STRIPE:
	case STAMP_HEX:
		return span_of(arena_printf(arena, "%s.%s", stamp, b));
	case SLACK:
		return span_of(arena_printf(arena, "v0:%s:%s", stamp, b));
	case STANDARD:
	case STANDARD_ED25519:
	case ID_STAMP:
		return span_of(arena_printf(arena, "msg_1.%s.%s", stamp, b));
	case TWILIO:
		return SPAN(BASE PATH "Bodya bTo+1");
	default:
		return body;
	}
}

static struct span
signature_of(const struct scheme *scheme, const char *secret, struct span text)
{
	unsigned char mac[SECRET_MAC_MAX];
	struct span key = span_of(secret), bytes = { (char *)mac, 0 };

	if (scheme->how == STANDARD_ED25519) {
		bytes.n = crypto_sign_BYTES;
		crypto_sign_detached(mac, NULL, (const unsigned char *)text.p,
		    text.n, ed_secret);
		return secret_base64(arena, bytes);
	}
	if (scheme->how == STANDARD)
		secret_base64_read(arena, span_of(secret + strlen("whsec_")), &key);
	bytes.n = secret_hmac(scheme->hash, key, &text, 1, mac);
	return is_hex(scheme) ? secret_hex(arena, bytes)
	                      : secret_base64(arena, bytes);
}

static void
sign_stamped(struct draft *draft, const struct scheme *scheme, const char *secret,
    const char *stamp)
{
	struct span body = body_of(scheme);
	struct span signature = scheme->how == TOKEN
	    ? span_of(secret)
	    : signature_of(scheme, secret, text_of(scheme, stamp, body));

	*draft = (struct draft){ .request = { .body = body,
	    .url = SPAN(PATH), .query = SPAN("x=1"), .method = SPAN("POST"),
	    .content_type = scheme->how == TWILIO
	        ? SPAN("application/x-www-form-urlencoded; charset=UTF-8")
	        : SPAN("application/json") } };
	draft_header(draft, scheme->header, span_of(arena_printf(arena,
	    scheme->how == STRIPE ? "t=%s,%s%.*s" : "%.0s%s%.*s", stamp,
	    scheme->prefix, (int)signature.n, signature.p)));
	if (scheme->stamp != NULL)
		draft_header(draft, scheme->stamp, span_of(stamp));
	if (scheme->id != NULL)
		draft_header(draft, scheme->id, SPAN("msg_1"));
}

static void
sign(struct draft *draft, const struct scheme *scheme, const char *secret,
    int64_t at)
{
	sign_stamped(draft, scheme, secret,
	    arena_printf(arena, "%lld", (long long)at));
}

/* The sender's signature, changed in one way at a time. */

static void
test_changes(const struct scheme *scheme)
{
	struct draft draft;
	struct span *header;
	const char *spec = scheme->spec;
	char *text;

	sign(&draft, scheme, scheme->secret, NOW_SECONDS);
	is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_NONE, spec,
	    "good");
	is_fault(verify_at(spec, &draft, scheme->other, NOW), FAULT_BAD_SIGNATURE,
	    spec, "wrong secret");
	is_fault(verify_at(spec, &draft, "", NOW), FAULT_BAD_SIGNATURE, spec,
	    "empty secret");

	text = arena_string(arena, draft.request.body);
	text[draft.request.body.n - 2] ^= 1;
	draft.request.body.p = text;
	is_fault(verify_at(spec, &draft, scheme->secret, NOW),
	    scheme->how == TOKEN ? FAULT_NONE : FAULT_BAD_SIGNATURE, spec,
	    "altered body");

	sign(&draft, scheme, scheme->secret, NOW_SECONDS);
	header = draft_value(&draft, scheme->header);
	for (size_t cut = 1; cut <= 4; cut++) {
		header->n--;
		is_fault(verify_at(spec, &draft, scheme->secret, NOW),
		    FAULT_BAD_SIGNATURE, spec, "truncated signature");
	}
	*header = SPAN("");
	is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_BAD_SIGNATURE,
	    spec, "empty header");
	is_fault(verify_at(spec, &draft, "", NOW), FAULT_BAD_SIGNATURE, spec,
	    "empty header, empty secret");
	draft.request.header_count = 0;
	is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_BAD_SIGNATURE,
	    spec, "missing header");
	is_fault(verify_at(spec, &draft, "", NOW), FAULT_BAD_SIGNATURE, spec,
	    "missing header, empty secret");
}

/* The same bytes in another writing: upper-case hex passes, nothing else. */
static void
test_encodings(const struct scheme *scheme)
{
	const char *spec = scheme->spec;
	struct draft draft;
	struct span *header, good;
	char *text;

	if (scheme->how == TOKEN)
		return;
	sign(&draft, scheme, scheme->secret, NOW_SECONDS);
	header = draft_value(&draft, scheme->header);
	good = *header;

	if (is_hex(scheme)) {
		size_t at = good.n - 40; /* SHA-1 is the shortest */

		text = arena_string(arena, good);
		for (size_t i = at; i < good.n; i++)
			if (text[i] >= 'a')
				text[i] = (char)(text[i] - 'a' + 'A');
		header->p = text;
		is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_NONE,
		    spec, "upper-case hex");
		text[good.n - 1] = 'g';
		is_fault(verify_at(spec, &draft, scheme->secret, NOW),
		    FAULT_BAD_SIGNATURE, spec, "no hex digit");
	} else {
		*header = (struct span){ good.p, good.n - 1 };
		is_fault(verify_at(spec, &draft, scheme->secret, NOW),
		    FAULT_BAD_SIGNATURE, spec, "base64 without its padding");
		text = arena_string(arena, good);
		/* The last digit holds bits that must be zero. */
		for (size_t i = good.n - 1; i > 0; i--) {
			if (text[i] == '=')
				continue;
			text[i]++;
			break;
		}
		*header = (struct span){ text, good.n };
		is_fault(verify_at(spec, &draft, scheme->secret, NOW),
		    FAULT_BAD_SIGNATURE, spec, "base64 with loose bits");
	}
	*header = span_of(arena_printf(arena, "%.*s ", (int)good.n, good.p));
	is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_BAD_SIGNATURE,
	    spec, "space behind");
	*header = span_of(arena_printf(arena, " %.*s", (int)good.n, good.p));
	is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_BAD_SIGNATURE,
	    spec, "space before");
	if (scheme->how == STRIPE) /* a list: see test_lists() */
		return;
	*header = span_of(arena_printf(arena, "%.*s%.*s", (int)good.n, good.p,
	    (int)good.n, good.p));
	is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_BAD_SIGNATURE,
	    spec, "twice without a separator");
}

static void
test_times(const struct scheme *scheme)
{
	static const struct {
		int64_t age;
		enum fault fault;
		const char *what;
	} ages[] = {
		{ 300, FAULT_NONE, "as old as allowed" },
		{ 301, FAULT_STALE_SIGNATURE, "too old" },
		{ 86400 * 365, FAULT_STALE_SIGNATURE, "a year old" },
		{ -300, FAULT_NONE, "as far ahead as allowed" },
		{ -301, FAULT_STALE_SIGNATURE, "from the future" },
	};
	static const char *const stamps[] = { "", "+1700000000", "-1", " 1700000000",
		"1700000000 ", "1700000000.0", "0x6553f100", "0001700000000",
		"99999999999999999999", "now" };
	const char *spec = scheme->spec;
	struct draft draft;

	for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
		sign(&draft, scheme, scheme->secret, NOW_SECONDS - ages[i].age);
		/* No public key is tried once the time is wrong. */
		is_fault(verify_at(spec, &draft, scheme->secret, NOW),
		    !is_stamped(scheme) ? FAULT_NONE : ages[i].fault != FAULT_NONE &&
		    scheme->how == STANDARD_ED25519 ? FAULT_BAD_SIGNATURE : ages[i].fault,
		    spec, ages[i].what);
	}
	if (!is_stamped(scheme))
		return;
	for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++) {
		sign_stamped(&draft, scheme, scheme->secret, stamps[i]);
		is_fault(verify_at(spec, &draft, scheme->secret, NOW),
		    FAULT_BAD_SIGNATURE, spec, stamps[i]);
	}
	/* An old time under a wrong key is wrong, not old. */
	sign(&draft, scheme, scheme->secret, 1);
	is_fault(verify_at(spec, &draft, scheme->other, NOW), FAULT_BAD_SIGNATURE,
	    spec, "old and wrong");
	if (scheme->stamp == NULL)
		return;
	sign(&draft, scheme, scheme->secret, NOW_SECONDS - 400);
	*draft_value(&draft, scheme->stamp) =
	    span_of(arena_printf(arena, "%lld", (long long)NOW_SECONDS));
	is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_BAD_SIGNATURE,
	    spec, "time renewed without the key");
	if (scheme->id == NULL)
		return;
	sign(&draft, scheme, scheme->secret, NOW_SECONDS);
	*draft_value(&draft, scheme->id) = SPAN("msg_2");
	is_fault(verify_at(spec, &draft, scheme->secret, NOW), FAULT_BAD_SIGNATURE,
	    spec, "another id");
}

static void
test_rotation(const struct scheme *scheme)
{
	static const struct {
		int64_t until; /* of the secret that signed, the second one */
		size_t count;
		enum fault fault;
		const char *what;
	} cases[] = {
		{ 0, 2, FAULT_NONE, "second secret, for ever" },
		{ NOW + 1, 2, FAULT_NONE, "second secret, still live" },
		{ NOW, 2, FAULT_BAD_SIGNATURE, "second secret, just expired" },
		{ 1, 2, FAULT_BAD_SIGNATURE, "second secret, long expired" },
		{ 0, 1, FAULT_BAD_SIGNATURE, "only the first" },
		{ 0, 0, FAULT_BAD_SIGNATURE, "no secrets" },
	};
	const struct sender *sender = compiled(scheme->spec);
	struct draft draft;

	sign(&draft, scheme, scheme->secret, NOW_SECONDS);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sender_secret secrets[] = {
			{ span_of(scheme->other), 0 },
			{ span_of(scheme->secret), cases[i].until },
		};
		struct error error = { 0 };
		struct sender_proof ignored;

		sender_verify(sender, &draft.request, secrets, cases[i].count,
		    SPAN(BASE), NOW, arena, &ignored, &error);
		is_fault(error.fault, cases[i].fault, scheme->spec, cases[i].what);
	}
}

/* What a refused request has cost, and what makes up for it: always two MACs at least. */
static void
test_cost(void)
{
	static const struct {
		const char *spec, *secret;
		size_t macs; /* over the body */
	} cases[] = {
		{ "github", "not the secret", 1 },
		{ "gitlab", "not the secret", 0 },
	};
	struct request request = { .type = SPAN("macro"), .method = SPAN("POST"),
		.path = SPAN("/key"), .query = SPAN(""), .content_type = SPAN("application/json"),
		.address = SPAN("192.0.2.1"), .url = SPAN(""), .body = SPAN("{\"a\":12345}") };
	struct sender_proof cost;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sender_secret secrets[] = { { span_of(cases[i].secret), 0 },
			{ span_of(cases[i].secret), 1 } };
		struct error error = { 0 };

		ok(!sender_verify(compiled(cases[i].spec), &request, secrets, 2, SPAN(BASE), NOW,
		    arena, &cost, &error), "%s: not signed", cases[i].spec);
		ok(cost.hashed == cases[i].macs * request.body.n, "and hashed %zu times: %zu",
		    cases[i].macs, cost.hashed);
		ok(cost.hashed + sender_decoy(&request, cost.hashed) == 2 * request.body.n,
		    "in all as much as where nothing is");
	}
	ok(sender_decoy(&request, 5 * request.body.n) == 0, "what cost more needs no more");
}

static struct sender_proof proof; /* of the last request */

static const char *
cause(const char *spec, const struct draft *draft, const char *secret)
{
	struct sender_secret secrets[] = { { span_of(secret), 0 } };
	struct error error = { 0 };

	sender_verify(compiled(spec), &draft->request, secrets, 1, SPAN(BASE), NOW, arena,
	    &proof, &error);
	return arena_string(arena, span_of(error.detail));
}

/* Headers with several signatures: G the good one, B a bad one of its form. */
static const struct {
	const char *spec, *list;
	bool good;
} lists[] = {
	{ "stripe", "t=T,v1=B,v1=G", true },
	{ "stripe", "v1=G,t=T", true },
	{ "stripe", "t=T,v1=G,v1=B", true },
	{ "stripe", "t=T,v1=G,t=T", false },
	{ "stripe", "t=T,v0=G,v1=G", true },
	{ "stripe", "t=T,v0=G", false },
	{ "stripe", "t=T,v2=G", false },
	{ "stripe", "t=T,V1=G", false },
	{ "stripe", "t=T, v1=G", false },
	{ "stripe", "t=T,,v1=G", false },
	{ "stripe", "t=T,v1=G,", false },
	{ "stripe", ",t=T,v1=G", false },
	{ "stripe", "t=T,t=T,v1=G", false },
	{ "stripe", "v1=G", false },
	{ "stripe", "t=T", false },
	{ "stripe", "t=T,v1=", false },
	{ "stripe", "t=T,v1=zz,v1=G", true },
	{ "stripe", "t=T,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=G",
	    true },
	{ "stripe", "t=T,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,"
	    "v1=G", false },
	{ "stripe", "v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,v1=B,"
	    "v1=G", false },
	{ "standard-webhooks", "v1,B v1,G", true },
	{ "standard-webhooks", "v1,G v1a,B v2,x", true },
	{ "standard-webhooks", "v1,G v1,B", true },
	{ "standard-webhooks", "v1a,G", false },
	{ "standard-webhooks", "v2,G", false },
	{ "standard-webhooks", "v1=G", false },
	{ "standard-webhooks", "G", false },
	{ "standard-webhooks", "v1,B  v1,G", false },
	{ "standard-webhooks", "v1,B,v1,G", false },
	{ "standard-webhooks", "v1,!! v1,G", true },
	{ "standard-webhooks",
	    "v1,B v1,B v1,B v1,B v1,B v1,B v1,B v1,B v1,B v1,G", true },
	{ "standard-webhooks",
	    "v1,B v1,B v1,B v1,B v1,B v1,B v1,B v1,B v1,B v1,B v1,G", false },
	/* Of costly ones two are tried. */
	{ "standard-webhooks", "v1a,G v1a,B", true },
	{ "standard-webhooks", "v1a,B v1a,G", true },
	{ "standard-webhooks", "v1a,B v1a,B v1a,G", false },
	{ "standard-webhooks", "v1,x v1,x v1a,B v1,x v1a,G", true },
	{ HMAC_LIST, "s1:G", true },
	{ HMAC_LIST, "s1:B,s1:G", true },
	{ HMAC_LIST, "s1:G, s1:B", true },
	{ HMAC_LIST, "s1:B s1:G", true },
	{ HMAC_LIST, "s0:G,s1:B", false },
	{ HMAC_LIST, "s0:B,s1:G", true },
	{ HMAC_LIST, "s1:B,G", false },
	{ HMAC_LIST, "s1:B,,s1:G", false },
	{ HMAC_LIST, "s1:B,  s1:G", false },
	{ HMAC_LIST, "s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:G", true },
	{ HMAC_LIST, "s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:B,s1:G", false },
	{ HMAC_SPACED, "HMAC G", true },
	{ HMAC_SPACED, "HMAC B,HMAC G", true },
	{ HMAC_SPACED, "HMAC B, HMAC G", true },
};

/* Where a list does not name a scheme of its own: by its preset. */
static const struct scheme *
scheme_of(const char *spec, const char *list)
{
	if (strcmp(spec, HMAC_LIST) == 0)
		return &schemes[15];
	if (strcmp(spec, HMAC_SPACED) == 0)
		return &schemes[17];
	if (strcmp(spec, "stripe") == 0)
		return &schemes[6];
	return strstr(list, "v1a,G") != NULL && strcmp(list, "v1a,G") != 0 ? &schemes[12]
	                                                               : &schemes[11];
}

static void
test_lists(void)
{
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		const struct scheme *scheme = scheme_of(lists[i].spec, lists[i].list);
		const char *stamp =
		    arena_printf(arena, "%lld", (long long)NOW_SECONDS);
		struct draft draft;
		struct span good, bad;
		struct buf header = { 0 };

		sign(&draft, scheme, scheme->secret, NOW_SECONDS);
		good = signature_of(scheme, scheme->secret,
		    text_of(scheme, stamp, body_of(scheme)));
		bad = signature_of(scheme, scheme->other, scheme->how == STANDARD_ED25519
		    ? SPAN("another text") : text_of(scheme, stamp, body_of(scheme)));
		for (const char *p = lists[i].list; *p != '\0'; p++) {
			if (*p == 'G')
				buf_span(&header, good);
			else if (*p == 'B')
				buf_span(&header, bad);
			else if (*p == 'T')
				buf_puts(&header, stamp);
			else
				buf_putc(&header, *p);
		}
		*draft_value(&draft, scheme->header) = buf_bytes(&header);
		ok((verify_at(lists[i].spec, &draft, scheme->secret, NOW) ==
		    FAULT_NONE) == lists[i].good, "%s: %s", lists[i].spec,
		    lists[i].list);
		buf_free(&header);
	}
}

/* 4096 bytes of header are read, one more is not. */
static void
test_long_header(void)
{
	const struct scheme *scheme = &schemes[6];
	struct draft draft;
	struct span *header;
	struct buf text = { 0 };

	sign(&draft, scheme, scheme->secret, NOW_SECONDS);
	header = draft_value(&draft, scheme->header);
	buf_span(&text, *header);
	buf_puts(&text, ",v9=");
	while (text.n < 4096)
		buf_putc(&text, 'x');
	*header = buf_bytes(&text);
	is_fault(verify_at("stripe", &draft, scheme->secret, NOW), FAULT_NONE,
	    "stripe", "header of 4096 bytes");
	buf_putc(&text, 'x');
	*header = buf_bytes(&text);
	is_fault(verify_at("stripe", &draft, scheme->secret, NOW),
	    FAULT_BAD_SIGNATURE, "stripe", "header of 4097 bytes");
	buf_free(&text);
}

static void
test_corners(void)
{
	const struct scheme *standard = &schemes[11];
	struct draft draft;
	struct span dotted;

	/* With a dot, the id could take over a part of the time. */
	sign(&draft, standard, standard->secret, NOW_SECONDS);
	dotted = signature_of(standard, standard->secret, SPAN("msg.1.1700000000."));
	*draft_value(&draft, standard->id) = SPAN("msg.1");
	*draft_value(&draft, standard->header) = span_of(
	    arena_printf(arena, "v1,%.*s", (int)dotted.n, dotted.p));
	draft.request.body = SPAN("");
	is_fault(verify_at("standard-webhooks", &draft, standard->secret, NOW),
	    FAULT_BAD_SIGNATURE, "standard-webhooks", "dot in the id");

	/* The text of a public key is no HMAC key. */
	sign(&draft, standard, "whsec_" "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
	    NOW_SECONDS);
	is_fault(verify_at("standard-webhooks", &draft,
	    "whpk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", NOW), FAULT_BAD_SIGNATURE,
	    "standard-webhooks", "HMAC by a public key");
	/* A key too short to be one, also where it signs. */
	sign(&draft, standard, "whsec_AAECAwQFBgcICQoLDA0ODw==", NOW_SECONDS);
	is_fault(verify_at("standard-webhooks", &draft,
	    "whsec_AAECAwQFBgcICQoLDA0ODw==", NOW), FAULT_BAD_SIGNATURE,
	    "standard-webhooks", "key of 16 bytes");

	/* A secret is taken as a tool printed it. */
	sign(&draft, standard, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA==", NOW_SECONDS);
	is_fault(verify_at("standard-webhooks", &draft,
	    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA", NOW), FAULT_NONE,
	    "standard-webhooks", "a secret without its padding");
	is_fault(verify_at("standard-webhooks", &draft,
	    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA=", NOW), FAULT_BAD_SIGNATURE,
	    "standard-webhooks", "nor with a half of it");

	/* Svix under the names of Standard Webhooks. */
	sign(&draft, standard, standard->secret, NOW_SECONDS);
	is_fault(verify_at("svix", &draft, standard->secret, NOW), FAULT_NONE, "svix",
	    "webhook- headers");
	draft_header(&draft, "svix-id", SPAN("msg_2"));
	is_text(arena_string(arena, sender_delivery_id(compiled("svix"), &draft.request, NULL,
	    arena)), "msg_1", "and an id that was not signed does not count");
	draft_header(&draft, "svix-signature", SPAN("v1,x"));
	is_fault(verify_at("svix", &draft, standard->secret, NOW), FAULT_BAD_SIGNATURE, "svix",
	    "its own header goes first");

	/* A GitLab hook with a signing token is not content with the token. */
	draft = (struct draft){ .request.body = SPAN("{}") };
	draft_header(&draft, "x-gitlab-token", SPAN(WHSEC1));
	is_fault(verify_at("gitlab", &draft, WHSEC1, NOW), FAULT_BAD_SIGNATURE,
	    "gitlab", "signing token sent as a static one");

	sign(&draft, &schemes[2], WHSEC1, NOW_SECONDS - 20);
	is_fault(verify_at("{\"preset\":\"gitlab\",\"tolerance\":10}", &draft,
	    WHSEC1, NOW), FAULT_STALE_SIGNATURE, "gitlab", "tolerance as set");
	sign(&draft, &schemes[7], schemes[7].secret, NOW_SECONDS - 400);
	is_fault(verify_at("{\"preset\":\"slack\",\"tolerance\":400}", &draft,
	    schemes[7].secret, NOW), FAULT_NONE, "slack", "tolerance as set");
	is_fault(verify_at("{\"preset\":\"slack\",\"tolerance\":399}", &draft,
	    schemes[7].secret, NOW), FAULT_STALE_SIGNATURE, "slack",
	    "less tolerance");
}

/* What is said to the log when a signature is refused, and what a proof says. */
static void
test_causes(void)
{
	const struct scheme *slack = &schemes[7], *standard = &schemes[11];
	static const char *const once[] = { "github", "jira", "slack", "shopify", "twilio",
		"sentry", "stripe", HMAC_LIST };
	struct draft draft;

	sign(&draft, &schemes[0], "wrong", NOW_SECONDS);
	is_text(cause("github", &draft, "right"), "the header x-hub-signature-256 holds no "
	    "signature by a live secret of the listener", "a wrong secret");
	*draft_value(&draft, "x-hub-signature-256") = SPAN("sha1=00");
	is_text(cause("github", &draft, "right"), "the header x-hub-signature-256 holds no "
	    "signature in the form of github", "another form");
	draft.request.header_count = 0;
	is_text(cause("github", &draft, "right"), "the header x-hub-signature-256 is absent",
	    "no header");
	is_text(cause("github", &draft, ""), "the listener has no live secret of github",
	    "no secret");
	sign(&draft, slack, slack->secret, NOW_SECONDS);
	*draft_value(&draft, slack->stamp) = SPAN("");
	is_text(cause("slack", &draft, slack->secret), "the header x-slack-request-timestamp, "
	    "the time that is signed, is absent", "no time");
	sign(&draft, standard, standard->secret, NOW_SECONDS);
	*draft_value(&draft, standard->id) = SPAN("");
	is_text(cause("standard-webhooks", &draft, standard->secret), "the header webhook-id, "
	    "the id that is signed, is absent", "no id");
	sign(&draft, &schemes[12], whpk1, NOW_SECONDS - 900);
	is_text(cause("standard-webhooks", &draft, whpk1),
	    "its time lies outside of the 300 seconds that are allowed", "Ed25519, old");

	for (size_t i = 0; i < SCHEMES; i++) {
		bool expected = false;

		sign(&draft, &schemes[i], schemes[i].secret, NOW_SECONDS);
		cause(schemes[i].spec, &draft, schemes[i].secret);
		for (size_t k = 0; k < sizeof once / sizeof once[0]; k++)
			expected |= strcmp(schemes[i].spec, once[k]) == 0;
		/* GitLab signs an id, and calls its deliveries by another. */
		expected |= strcmp(schemes[i].spec, "gitlab") == 0 && schemes[i].how == STANDARD;
		ok(proof.once == expected, "%s: the same once more is %s", schemes[i].spec,
		    expected ? "a replay" : "not known to be one");
		ok((proof.count > 0) == (schemes[i].how != TOKEN), "%s: what was signed",
		    schemes[i].spec);
	}
	sign(&draft, &schemes[0], schemes[0].secret, NOW_SECONDS);
	cause("{\"preset\":\"github\",\"sameBody\":\"event\"}", &draft, schemes[0].secret);
	ok(!proof.once, "github: as the document says");
	sign(&draft, &schemes[17], "k", NOW_SECONDS);
	cause("{\"preset\":\"hmac\",\"header\":\"X-Sign\",\"prefix\":\"HMAC \","
	    "\"sameBody\":\"replay\"}", &draft, "k");
	ok(proof.once, "hmac: as the document says");
}

static void
keys_new(void)
{
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES], other[32] = { 7 };
	unsigned char seed[crypto_sign_SEEDBYTES] = { 1, 2, 3 };

	crypto_sign_seed_keypair(public_key, ed_secret, seed);
	snprintf(whpk1, sizeof whpk1, "whpk_%s", secret_base64(arena,
	    (struct span){ (char *)public_key, sizeof public_key }).p);
	snprintf(whpk2, sizeof whpk2, "whpk_%s", secret_base64(arena,
	    (struct span){ (char *)other, sizeof other }).p);
}

int
main(void)
{
	if (!secret_start())
		return 1;
	arena = arena_new();
	keys_new();
	for (size_t i = 0; i < SCHEMES; i++) {
		test_changes(&schemes[i]);
		test_encodings(&schemes[i]);
		test_times(&schemes[i]);
		test_rotation(&schemes[i]);
	}
	test_cost();
	test_lists();
	test_long_header();
	test_corners();
	test_causes();
	arena_free(&arena);
	return tap_done();
}
