/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "base/pointer.h"
#include "http/mask.h"
#include "tap.h"

#define FORM "application/x-www-form-urlencoded"
#define MULTIPART "multipart/form-data; boundary=b"
#define PART(name, text) "--b\r\nContent-Disposition: form-data; name=\"" name \
	"\"\r\n\r\n" text "\r\n"

static struct arena *arena;

/* mask: parameters with spaces between. */
static const struct {
	const char *type, *mask, *each, *body, *kept; /* kept NULL: cannot be read */
	size_t parameters;
} bodies[] = {
	{ "", "secret", "", "{\"secret\":\"abc\",\"b\":1}", "{\"secret\":\"***\",\"b\":1}", 1 },
	{ "", "secret", "", "{\"b\" : \"secret\", \"c\":[ ]}", "{\"b\" : \"secret\", \"c\":[ ]}",
	    0 },
	{ "", "secret", "", "{\n\t\"secret\" : {\"x\":[1,\"}\"]} ,\"b\": -1.50e3 }",
	    "{\n\t\"secret\" : \"***\" ,\"b\": -1.50e3 }", 1 },
	{ "", "/card/number", "", "{\"card\":{\"name\":\"A\",\"number\":4242}}",
	    "{\"card\":{\"name\":\"A\",\"number\":\"***\"}}", 1 },
	{ "", "/card /card/number", "", "{\"card\":{\"number\":4242},\"z\":0}",
	    "{\"card\":\"***\",\"z\":0}", 2 },
	{ "", "/list/1", "", "{\"list\":[\"a\",\"b\",\"c\"]}", "{\"list\":[\"a\",\"***\",\"c\"]}", 1 },
	{ "", "/list/01 /list/3 /list/x", "", "{\"list\":[1,2]}", "{\"list\":[1,2]}", 0 },
	{ "", "/a~1b/m~0n", "", "{\"a/b\":{\"m~n\":\"x\"}}", "{\"a/b\":{\"m~n\":\"***\"}}", 1 },
	{ "", "gr\xc3\xbc\xc3\x9f" "e", "", "{\"gr\\u00fc\\u00dfe\":\"x\\\"y\"}",
	    "{\"gr\\u00fc\\u00dfe\":\"***\"}", 1 },
	{ "", "pin", "/list", "{\"pin\":1,\"list\":[{\"pin\":2},{\"x\":3},{\"pin\":4}]}",
	    "{\"pin\":\"***\",\"list\":[{\"pin\":\"***\"},{\"x\":3},{\"pin\":\"***\"}]}", 1 },
	{ "", "pin", "/list", "[{\"pin\":2}, {\"pin\":\"q\"}]",
	    "[{\"pin\":\"***\"}, {\"pin\":\"***\"}]", 1 },
	{ "", "pin", "", "\xef\xbb\xbf {\"pin\":2}", "\xef\xbb\xbf {\"pin\":\"***\"}", 1 },
	{ "", "pin", "", "{\"pin\":2", NULL, 0 },
	{ "text/plain", "pin", "", "pin=2", NULL, 0 },
	{ "", "pin", "", "", "", 0 },
	{ FORM, "pin", "", "a=1&pin=12+3%34&b=pin&pin=9", "a=1&pin=***&b=pin&pin=***", 1 },
	{ FORM, "/pin", "", "p%69n=2&pin&x=1", "p%69n=***&pin&x=1", 1 },
	{ FORM, "/card/number", "", "payload=%7B%22card%22%3A%7B%22number%22%3A42%7D%7D",
	    "payload=%7B%22card%22%3A%7B%22number%22%3A%22%2A%2A%2A%22%7D%7D", 1 },
	{ FORM, "pin", "", "payload=%7B%22b%22%3A1%7D", "payload=%7B%22b%22%3A1%7D", 0 },
	{ FORM, "payload", "", "payload=hello", "payload=***", 1 },
	{ FORM, "payload", "", "payload=%7B%7D&a=1", "payload=***&a=1", 1 },
	{ FORM, "pin", "", "pin=%zz", NULL, 0 },
	{ MULTIPART, "pin", "", PART("a", "1") PART("pin", "1\r\n2") "--b--\r\n",
	    PART("a", "1") PART("pin", "***") "--b--\r\n", 1 },
	{ MULTIPART, "pin", "", PART("payload", "{\"pin\":7}") "--b--",
	    PART("payload", "{\"pin\":\"***\"}") "--b--", 1 },
};

static struct mask
mask_of(const char *names, const char *each)
{
	struct mask mask = { .parameters = arena_alloc(arena, 8 * sizeof *mask.parameters),
		.each = span_of(each) };

	while (*names != '\0') {
		size_t n = strcspn(names, " ");

		mask.parameters[mask.count++] = (struct span){ names, n };
		names += n + (names[n] == ' ');
	}
	return mask;
}

static void
test_bodies(void)
{
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct mask mask = mask_of(bodies[i].mask, bodies[i].each);
		struct masked masked;
		bool good = mask_body(arena, &mask, span_of(bodies[i].type),
		    span_of(bodies[i].body), &masked);

		is_text(good ? arena_string(arena, masked.body) : NULL, bodies[i].kept,
		    arena_printf(arena, "%zu: %s", i, bodies[i].mask));
		ok(!good || masked.parameter_count == bodies[i].parameters,
		    "%zu: parameters that were there", i);
	}
}

/* Values by their pointers: with "!" those that are not hidden. */
static const struct {
	const char *mask, *each, *body, *pointers;
} nodes[] = {
	{ "m", "", "{\"m\":\"geheim\",\"n\":\"geheim\"}", "/m !/n" },
	{ "m", "", "{\"m\":{\"a\":[4711],\"b\":\"x\"},\"n\":1}", "/m /m/a /m/a/0 /m/b !/n" },
	{ "/m/a/1", "", "{\"m\":{\"a\":[1,2,3],\"b\":4}}", "/m /m/a !/m/a/0 /m/a/1 !/m/a/2 !/m/b" },
	{ "/m/x", "", "{\"m\":{\"a\":1}}", "!/m !/m/a" },
	{ "m", "/l", "{\"m\":1,\"l\":[{\"m\":2,\"n\":3},{\"n\":4}]}",
	    "/m /l /l/0 /l/0/m !/l/0/n !/l/1" },
	{ "m", "/l", "[{\"m\":2,\"n\":3}]", "/0 /0/m !/0/n" },
	{ "m", "", "{\"m\":true}", "/m" },
};

static void
test_nodes(void)
{
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		struct mask mask = mask_of(nodes[i].mask, nodes[i].each);
		struct error error = { 0 };
		struct json_object *body = json_read(arena, span_of(nodes[i].body),
		    &json_limits_default, &error), *value;
		struct mask pointers = mask_of(nodes[i].pointers, "");
		struct mask_nodes found;

		mask_find(arena, &mask, body, &found);
		ok(mask_covers(&found, body) == (nodes[i].pointers[0] != '!'),
		    "%s: the body that holds it", nodes[i].body);
		for (size_t k = 0; k < pointers.count; k++) {
			struct span pointer = pointers.parameters[k];
			bool open = pointer.p[0] == '!';

			pointer.p += open;
			pointer.n -= open;
			ok(pointer_get(body, pointer, &value) &&
			    mask_covers(&found, value) != open, "%s: %.*s is %s", nodes[i].body,
			    (int)pointer.n, pointer.p, open ? "shown" : "hidden");
		}
	}
}

static void
test_remove(void)
{
	static const struct {
		const char *parameter, *each, *body, *left;
	} cases[] = {
		{ "a", "", "{\"a\":1,\"b\":2}", "{\"b\":2}" },
		{ "/a/b", "", "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":2}}" },
		{ "/a/1", "", "{\"a\":[1,2,3]}", "{\"a\":[1,null,3]}" },
		{ "/a/7/x", "", "{\"a\":[1,2,3]}", "{\"a\":[1,2,3]}" },
		{ "a", "/l", "{\"l\":[{\"a\":1},{\"b\":2}]}", "{\"l\":[{},{\"b\":2}]}" },
		{ "a", "/l", "[{\"a\":1},2]", "[{},2]" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error error = { 0 };
		struct json_object *body = json_read(arena, span_of(cases[i].body),
		    &json_limits_default, &error);

		mask_remove(arena, body, span_of(cases[i].each), span_of(cases[i].parameter));
		is_text(arena_string(arena, json_write(arena, body)), cases[i].left,
		    cases[i].parameter);
	}
}

int
main(void)
{
	arena = arena_new();
	test_bodies();
	test_nodes();
	test_remove();
	arena_free(&arena);
	return tap_done();
}
