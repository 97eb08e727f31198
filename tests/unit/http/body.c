/* SPDX-License-Identifier: ISC */
#include "http/body.h"
#include "http/body_private.h"
#include "tap.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define CASE(text) { (text), sizeof(text) - 1 }

#define FORM "application/x-www-form-urlencoded"
#define PARTS "multipart/form-data; boundary=xX"
#define PART(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"

static struct arena *arena;
static struct error error;

/* From blocks of exactly this size, so that reading past them is caught. */
static struct json_object *
read_body(struct span type, struct span body)
{
	char *exact = malloc(body.n + (body.n == 0));
	char *exact_type = malloc(type.n + (type.n == 0));
	struct json_object *root;

	memcpy(exact, body.p, body.n);
	memcpy(exact_type, type.p, type.n);
	error_clear(&error);
	root = body_read(arena, (struct span){ exact_type, type.n },
	    (struct span){ exact, body.n }, &json_limits_default, NULL, &error);
	free(exact);
	free(exact_type);
	return root;
}

struct sample {
	struct span type, body;
	const char *json; /* NULL: refused with the fault */
	enum fault fault;
};

#define GOOD(type, body, json) { CASE(type), CASE(body), (json), FAULT_NONE }
#define BAD(type, body, fault) { CASE(type), CASE(body), NULL, (fault) }

static const struct sample types[] = {
	GOOD("", "{\"a\":1}", "{\"a\":1}"),
	GOOD(" ", "[{}]", "[{}]"),
	GOOD("application/json", "{\"a\":1}", "{\"a\":1}"),
	GOOD("Application/JSON", "{}", "{}"),
	GOOD("application/json; charset=utf-8", "{}", "{}"),
	GOOD("application/json;charset=\"UTF-8\"", "{}", "{}"),
	GOOD("application/json ; Charset=utf8 ; x=\"a;b\\\"c\" ;", "{}", "{}"),
	GOOD("application/json; charset=us-ascii", "{}", "{}"),
	GOOD("application/cloudevents+json; charset=UTF-8", "{}", "{}"),
	GOOD("application/vnd.api+JSON", "[]", "[]"),
	GOOD("application/json", "\xef\xbb\xbf{}", "{}"),
	GOOD(FORM "; charset=UTF-8", "a=1", "{\"a\":\"1\"}"),
	GOOD("APPLICATION/X-WWW-FORM-URLENCODED", "a=1", "{\"a\":\"1\"}"),
	BAD("", "\x1f\x8b\x08\x00", FAULT_BAD_ENCODING),
	BAD("application/json", "a=1&b=2", FAULT_BAD_JSON),
	BAD("application/json; charset=iso-8859-1", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json; charset=utf-16", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json; charset=\"\"", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json; charset=utf-8; charset=utf-16", "{}",
	    FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json; charset=\"utf-8", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json; charset", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json; charset=", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json charset=utf-8", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json, text/plain", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/json\0", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/jsonx", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("+json", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application/", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("application", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("/json", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("text/plain", "{}", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("text/xml", "<a/>", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("multipart/mixed; boundary=xX", "", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD(FORM "; charset=latin1", "a=1", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD("", "", FAULT_BAD_JSON),
	BAD("application/json", "", FAULT_BAD_JSON),
	BAD("application/json", "null", FAULT_BAD_JSON),
	BAD("application/json", "\"text\"", FAULT_BAD_JSON),
	BAD("application/json", "7", FAULT_BAD_JSON),
	BAD("application/json", "{\"a\":1,\"a\":2}", FAULT_BAD_JSON),
	BAD("application/json", "a=1", FAULT_BAD_JSON),
	BAD("application/json", "{\"a\":\"\xe9\"}", FAULT_BAD_ENCODING),
};

static const struct sample forms[] = {
	/* curl -d calls everything a form. */
	GOOD(FORM, "{\"a\":1}", "{\"a\":1}"),
	GOOD(FORM, " \n[{\"a\":\"x=1&y\"}]", "[{\"a\":\"x=1&y\"}]"),
	GOOD(FORM, "\xef\xbb\xbf{\"a\":1}", "{\"a\":1}"),
	GOOD(FORM, "[a]=1&b=2", "{\"[a]\":\"1\",\"b\":\"2\"}"),
	BAD(FORM, "{\"a\":1", FAULT_BAD_JSON),
	BAD(FORM, "{'a':1}", FAULT_BAD_JSON),
	/* a byte order mark */
	GOOD(FORM, "\xef\xbb\xbf" "a=1", "{\"a\":\"1\"}"),
	GOOD(FORM, "\xef\xbb\xbf", "{}"),
	GOOD(FORM, "", "{}"),
	GOOD(FORM, "a=1&b=two+words&c=%C3%A9%26%3D%2B", "{\"a\":\"1\",\"b\":\"two words\","
	    "\"c\":\"\xc3\xa9&=+\"}"),
	GOOD(FORM, "a=1&b=2&a=3&a=", "{\"a\":[\"1\",\"3\",\"\"],\"b\":\"2\"}"),
	GOOD(FORM, "&&a=1&&", "{\"a\":\"1\"}"),
	GOOD(FORM, "a", "{\"a\":\"\"}"),
	GOOD(FORM, "a=b=c", "{\"a\":\"b=c\"}"),
	GOOD(FORM, "=x", "{\"\":\"x\"}"),
	GOOD(FORM, "a%20b+c=1", "{\"a b c\":\"1\"}"),
	GOOD(FORM, "a=x%00y", "{\"a\":\"x\\u0000y\"}"),
	GOOD(FORM, "a=1;b=2", "{\"a\":\"1;b=2\"}"),
	GOOD(FORM, "a[]=1&a[]=2", "{\"a[]\":[\"1\",\"2\"]}"),
	GOOD(FORM, "payload=%7B%22a%22%3A%5B1%2Cnull%5D%7D", "{\"a\":[1,null]}"),
	GOOD(FORM, "&payload={\"a\":\"b+c\"}&", "{\"a\":\"b c\"}"),
	GOOD(FORM, "payload={}&x=1", "{\"payload\":\"{}\",\"x\":\"1\"}"),
	GOOD(FORM, "x=1&payload={}", "{\"x\":\"1\",\"payload\":\"{}\"}"),
	GOOD(FORM, "payload={}&payload={}", "{\"payload\":[\"{}\",\"{}\"]}"),
	GOOD(FORM, "payload=text", "{\"payload\":\"text\"}"),
	GOOD(FORM, "payload=[1]", "{\"payload\":\"[1]\"}"),
	GOOD(FORM, "Payload={}", "{\"Payload\":\"{}\"}"),
	GOOD(FORM, "data={}", "{\"data\":\"{}\"}"),
	BAD(FORM, "payload={\"a\":1,\"a\":2}", FAULT_BAD_JSON),
	BAD(FORM, "payload={\"a\":", FAULT_BAD_JSON),
	BAD(FORM, "a=%", FAULT_BAD_FORM),
	BAD(FORM, "a=%4", FAULT_BAD_FORM),
	BAD(FORM, "a=%4&b=1", FAULT_BAD_FORM),
	BAD(FORM, "%zz=1", FAULT_BAD_FORM),
	BAD(FORM, "a%00b=1", FAULT_BAD_FORM),
	BAD(FORM, "a=%E9", FAULT_BAD_ENCODING),
	BAD(FORM, "a=%C0%AF", FAULT_BAD_ENCODING),
	BAD(FORM, "%ED%A0%80=1", FAULT_BAD_ENCODING),
	BAD(FORM, "a=\xe9", FAULT_BAD_ENCODING),
};

static const struct sample parts[] = {
	GOOD(PARTS, "", "{}"),
	GOOD(PARTS, "--xX--", "{}"),
	GOOD(PARTS, "--xX--\r\n", "{}"),
	GOOD(PARTS, "--xX\r\n" PART("a") "\r\n1\r\n--xX--\r\n", "{\"a\":\"1\"}"),
	GOOD("multipart/form-data; boundary=\"a b:c?\"",
	    "--a b:c?\r\n" PART("a") "\r\n1\r\n--a b:c?--", "{\"a\":\"1\"}"),
	GOOD("Multipart/Form-Data; charset=utf-8; Boundary=xX",
	    "preamble\r\n--xX \t\r\n" PART("a") "\r\n\r\n--xX--epilogue", "{\"a\":\"\"}"),
	GOOD(PARTS, "--xX\r\n" PART("a") "\r\n1\r\n--xX\r\n" PART("b") "\r\nx\r\ny\r\n\r\n"
	    "--xX\r\n" PART("a") "\r\n2\r\n--xX--", "{\"a\":[\"1\",\"2\"],\"b\":\"x\\r\\ny\\r\\n\"}"),
	GOOD(PARTS, "--xX\r\ncontent-disposition:form-data;NAME=a\r\n\r\n-- xX\r\n-xX\n--xX\r\n"
	    "--xX--", "{\"a\":\"-- xX\\r\\n-xX\\n--xX\"}"),
	GOOD(PARTS, "--xX\r\nX-Other: 1\r\n" PART("a") "Content-Type: text/plain; charset=UTF-8"
	    "\r\nContent-Transfer-Encoding: 8BIT\r\n\r\n\xc3\xa9\r\n--xX--", "{\"a\":\"\xc3\xa9\"}"),
	GOOD(PARTS, "--xX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"C:\\a \\\""
	    "b\\\".png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\0\xff\r\n--xX--",
	    "{\"f\":{\"filename\":\"C:\\\\a \\\"b\\\".png\",\"type\":\"image/png\",\"size\":8}}"),
	GOOD(PARTS, "--xX\r\nContent-Disposition: form-data; name=f; filename=\"\"\r\n\r\n\r\n"
	    "--xX\r\n" PART("f") "\r\n1\r\n--xX--",
	    "{\"f\":[{\"filename\":\"\",\"type\":\"application/octet-stream\",\"size\":0},\"1\"]}"),
	GOOD(PARTS, "--xX\r\n" PART("payload") "Content-Type: application/json\r\n\r\n"
	    "{\"a\":1}\r\n--xX\r\nContent-Disposition: form-data; name=thumb; filename=t.jpg\r\n"
	    "\r\n\xff\xd8\r\n--xX--", "{\"a\":1}"),
	GOOD(PARTS, "--xX\r\n" PART("payload") "\r\n{}\r\n--xX\r\n" PART("b") "\r\n1\r\n--xX--",
	    "{\"payload\":\"{}\",\"b\":\"1\"}"),
	BAD("multipart/form-data", "--xX--", FAULT_BAD_FORM),
	BAD("multipart/form-data; boundary=\"\"", "----", FAULT_BAD_FORM),
	BAD("multipart/form-data; boundary=\"x \"", "--x --", FAULT_BAD_FORM),
	BAD("multipart/form-data; boundary=\"x*\"", "--x*--", FAULT_BAD_FORM),
	BAD("multipart/form-data; boundary=\"x\0\"", "--x\0--", FAULT_BAD_FORM),
	BAD("multipart/form-data; boundary=a; boundary=b", "--a--",
	    FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD(PARTS, "\r\n", FAULT_BAD_FORM),
	BAD(PARTS, "x--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xx\r\n" PART("a") "\r\n1\r\n--xx--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "\r\n1\r\n--xX", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "\r\n1\r\n--xX-", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "\r\n1\r\n--xXy\r\n\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xXy\r\n" PART("a") "\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "\r\n1", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "\r\n1--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\n" PART("a") "\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\nX: y\r\n\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\nContent-Disposition: form-data; name=\r\n\r\n1\r\n--xX--",
	    FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--xX--",
	    FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\nContent-Disposition: form-data; name=a b\r\n\r\n1\r\n--xX--",
	    FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--xX--",
	    FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n--xX--",
	    FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "Content-Disposition: form-data; filename=f\r\n\r\n1\r\n"
	    "--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") PART("b") "\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n1\r\n"
	    "--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "Content-Type: text\r\n\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "Content-Transfer-Encoding: base64\r\n\r\nMQ==\r\n"
	    "--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "folded: x\r\n y\r\n\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a") "no colon\r\n\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a\0") "\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("a\nb") "\r\n1\r\n--xX--", FAULT_BAD_FORM),
	BAD(PARTS, "--xX\r\n" PART("\xe9") "\r\n1\r\n--xX--", FAULT_BAD_ENCODING),
	BAD(PARTS, "--xX\r\nContent-Disposition: form-data; name=f; filename=\"\xe9\"\r\n\r\n1"
	    "\r\n--xX--", FAULT_BAD_ENCODING),
	BAD(PARTS, "--xX\r\n" PART("a") "\r\n\xe9\r\n--xX--", FAULT_BAD_ENCODING),
	BAD(PARTS, "--xX\r\n" PART("a") "Content-Type: text/plain; charset=latin1\r\n\r\n1\r\n"
	    "--xX--", FAULT_UNSUPPORTED_MEDIA_TYPE),
	BAD(PARTS, "--xX\r\n" PART("payload") "\r\n{\"a\"}\r\n--xX--", FAULT_BAD_JSON),
};

static void
reads(const struct sample *samples, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		const struct sample *s = &samples[i];
		struct json_object *root = read_body(s->type, s->body);

		is_text(root != NULL ? json_write(arena, root).p : NULL, s->json, s->body.p);
		if (!ok(error.fault == s->fault && (root == NULL) == (error.detail[0] != '\0'),
		        "%s %zu: %s", name, i, fault_info(s->fault)->code))
			printf("# %s: %s\n", fault_info(error.fault)->code, error.detail);
		arena_reset(arena);
	}
}

/* Every sample cut at every byte, and its type too: an answer or an error. */
static void
survives_cuts(const struct sample *samples, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		struct span type = samples[i].type, body = samples[i].body;
		bool good = true;

		while (body.n-- > 0) {
			struct json_object *root = read_body(type, body);

			good = good && (root == NULL) == (error.fault != FAULT_NONE);
			arena_reset(arena);
		}
		while (type.n-- > 0) {
			struct json_object *root = read_body(type, samples[i].body);

			good = good && (root == NULL) == (error.fault != FAULT_NONE);
			arena_reset(arena);
		}
		ok(good, "%s %zu cut anywhere", name, i);
	}
}

/* n times the text between two others. */
static struct span
repeated(const char *before, const char *text, unsigned n, const char *after)
{
	struct span out = { arena_alloc(arena, strlen(before) + strlen(text) * n +
	    strlen(after) + 1), 0 };
	char *p = (char *)(size_t)out.p;

	out.n += (size_t)sprintf(p, "%s", before);
	for (unsigned i = 0; i < n; i++)
		out.n += (size_t)sprintf(p + out.n, "%s", text);
	out.n += (size_t)sprintf(p + out.n, "%s", after);
	return out;
}

static void
keeps_limits(void)
{
	static const char part[] = "--xX\r\n" PART("a") "\r\n1\r\n";
	static const unsigned others = sizeof PART("a") "X-Y: \r\n\r\n" - 1;
	struct span type = SPAN(PARTS), form = SPAN(FORM);

	ok(json_count(json_get(read_body(form, repeated("", "a=1&", 1000, "")), "a")) == 1000,
	    "1000 fields");
	ok(read_body(form, repeated("", "a=1&", 1001, "")) == NULL, "1001 fields");
	is_text(error.detail, "The form has more than 1000 fields.", "says so");
	ok(json_count(json_get(read_body(type, repeated("", part, 1000, "--xX--")), "a")) == 1000,
	    "1000 parts");
	ok(read_body(type, repeated("", part, 1001, "--xX--")) == NULL, "1001 parts");
	is_text(error.detail, "The form has more than 1000 parts.", "says so");
	ok(read_body(type, repeated("--xX\r\n" PART("a") "X-Y: ", "y", 4096 - others,
	    "\r\n\r\n1\r\n--xX--")) != NULL, "headers of 4096 bytes");
	ok(read_body(type, repeated("--xX\r\n" PART("a") "X-Y: ", "y", 4097 - others,
	    "\r\n\r\n1\r\n--xX--")) == NULL, "headers of 4097 bytes");
	is_text(error.detail, "The headers of a part do not end within 4096 bytes.", "says so");
	ok(read_body(repeated("multipart/form-data; boundary=", "b", 70, ""),
	    repeated("--", "b", 70, "--")) != NULL, "a boundary of 70 characters");
	ok(read_body(repeated("multipart/form-data; boundary=", "b", 71, ""),
	    repeated("--", "b", 71, "--")) == NULL, "a boundary of 71 characters");
	read_body(repeated("application/", "b", 500, ""), SPAN("x"));
	ok(strstr(error.detail, "multipart/form-data") != NULL, "a long type leaves the advice");
	ok(body_read(arena, (struct span){ NULL, 0 }, (struct span){ NULL, 0 },
	    &json_limits_default, NULL, &error) == NULL, "nothing at all");
	arena_reset(arena);
}

/* Hundreds of values in a line took the room of the whole line each. */
static void
takes_no_more_than_it_reads(void)
{
	struct span rest = repeated("", "; a=\"x\"", 500, ""), name, first, last;

	body_parameter(arena, &rest, &name, &first);
	for (int i = 0; i < 499 && body_parameter(arena, &rest, &name, &last) == 1; i++)
		;
	ok(rest.n == 0 && span_is(last, "x"), "500 quoted values");
	ok(last.p > first.p && last.p - first.p < 16 << 10, "take room for what they hold");
	arena_reset(arena);
}

int
main(void)
{
	arena = arena_new();
	reads(types, COUNT(types), "type");
	reads(forms, COUNT(forms), "form");
	reads(parts, COUNT(parts), "multipart");
	survives_cuts(types, COUNT(types), "type");
	survives_cuts(forms, COUNT(forms), "form");
	survives_cuts(parts, COUNT(parts), "multipart");
	keeps_limits();
	takes_no_more_than_it_reads();
	arena_free(&arena);
	return tap_done();
}
