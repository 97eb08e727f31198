/* SPDX-License-Identifier: ISC */
/* FastCGI records: taken from bytes that come in any pieces, and written. */
#include "serve/fcgi.h"
#include "tap.h"

#include <stdlib.h>

static struct arena *arena;

/* A request as a web server sends it: padding, a pair over two records, a long value. */
static struct buf
real_request(void)
{
	static const char begin[] = { 1, 1, 1, 2, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0 };
	static const char first[] = { 1, 4, 1, 2, 0, 9, 7, 0, 14, 4, 'R', 'E', 'Q', 'U', 'E', 'S',
		'T', 0, 0, 0, 0, 0, 0, 0 };
	static const char second[] = { 1, 4, 1, 2, 0, 11 + 7, 0, 0, '_', 'M', 'E', 'T', 'H', 'O', 'D',
		'P', 'O', 'S', 'T', 1, (char)0x80, 0, 0, 1, 'Q', '/' };
	static const char params_end[] = { 1, 4, 1, 2, 0, 0, 0, 0 };
	static const char body[] = { 1, 5, 1, 2, 0, 4, 4, 0, '{', '"', 'a', '"', 0, 0, 0, 0 };
	static const char more[] = { 1, 5, 1, 2, 0, 3, 0, 0, ':', '1', '}' };
	static const char body_end[] = { 1, 5, 1, 2, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct buf out = { 0 };

	buf_put(&out, begin, sizeof begin);
	buf_put(&out, first, sizeof first);
	buf_put(&out, second, sizeof second);
	buf_put(&out, params_end, sizeof params_end);
	buf_put(&out, body, sizeof body);
	buf_put(&out, more, sizeof more);
	buf_put(&out, body_end, sizeof body_end);
	return out;
}

/* What the records say, as text, from bytes that come up to each of these places. */
static const char *
heard(struct span bytes, const size_t *places, size_t count)
{
	struct buf come = { 0 }, said = { 0 };
	struct fcgi_record record;
	size_t from = 0;

	for (size_t i = 0; i <= count; i++) {
		/* cppcheck-suppress nullPointer ; without places there are none to look at */
		size_t to = i < count ? places[i] : bytes.n;
		struct span rest;
		int rc;

		buf_put(&come, bytes.p + from, to - from);
		from = to;
		rest = buf_bytes(&come);
		while ((rc = fcgi_take(&rest, &record)) == 1)
			buf_printf(&said, "%d/%u[%.*s]", record.type, record.id,
			    (int)record.content.n, record.content.p);
		if (rc < 0)
			buf_puts(&said, "wrong");
		buf_shift(&come, come.n - rest.n);
	}
	buf_printf(&said, "+%zu", come.n);
	buf_free(&come);
	return buf_keep(&said, arena).p;
}

static void
test_splits(void)
{
	struct buf bytes = real_request();
	const char *whole = heard(buf_bytes(&bytes), NULL, 0);
	size_t *all = calloc(bytes.n, sizeof *all), differ = 0;

	for (size_t i = 0; i < bytes.n; i++)
		all[i] = i;
	ok(strstr(whole, "4/258[]5/258[{\"a\"]5/258[:1}]5/258[]+0") != NULL, "a request: %s", whole);
	for (size_t i = 0; i < bytes.n; i++)
		differ += strcmp(heard(buf_bytes(&bytes), &i, 1), whole) != 0;
	ok(differ == 0, "the same when it is split at any of %zu places", bytes.n);
	differ = 0;
	for (size_t i = 0; i < bytes.n; i++)
		for (size_t j = i; j < bytes.n; j++)
			differ += strcmp(heard(buf_bytes(&bytes),
			    (const size_t[]){ i, j }, 2), whole) != 0;
	ok(differ == 0, "at any two");
	is_text(heard(buf_bytes(&bytes), all, bytes.n), whole, "and byte by byte");
	free(all);
	buf_free(&bytes);
}

static void
test_environment(void)
{
	struct buf bytes = real_request(), pairs = { 0 };
	struct span rest = buf_bytes(&bytes);
	struct fcgi_record record;
	char **env;
	int role;
	bool keep;

	ok(fcgi_take(&rest, &record) == 1 && record.type == FCGI_BEGIN_REQUEST &&
	    fcgi_begin(record.content, &role, &keep) && role == FCGI_RESPONDER && keep,
	    "a responder that keeps its connection");
	record.content.n--;
	ok(!fcgi_begin(record.content, &role, &keep), "a short BEGIN_REQUEST");
	while (fcgi_take(&rest, &record) == 1 && record.content.n > 0)
		buf_span(&pairs, record.content);
	env = fcgi_environment(arena, buf_bytes(&pairs));
	ok(env != NULL && strcmp(env[0], "REQUEST_METHOD=POST") == 0 &&
	    strcmp(env[1], "Q=/") == 0 && env[2] == NULL, "variables over two records");
	ok(fcgi_environment(arena, SPAN(""))[0] == NULL, "no variables");
	buf_free(&pairs);
	buf_free(&bytes);
}

static void
test_hostile(void)
{
	static const struct {
		const char *name;
		struct span pairs;
	} bad[] = {
		{ "a name without the length of its value", { "\1", 1 } },
		{ "half a long length", { "\x80\0\0", 3 } },
		{ "half a long length of a value", { "\1\xff\xff", 3 } },
		{ "a name longer than all", { "\5\0abcd", 6 } },
		{ "a value longer than all", { "\1\5abcd", 6 } },
		{ "the longest name", { "\xff\xff\xff\xff\0ab", 7 } },
		{ "the longest name and value", { "\xff\xff\xff\xff\xff\xff\xff\xff", 8 } },
		{ "the second pair", { "\1\1ab\1\1a", 7 } },
	};
	struct fcgi_record record;
	struct span bytes;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(fcgi_environment(arena, bad[i].pairs) == NULL, "%s", bad[i].name);
	bytes = SPAN("GET / HTTP/1.1\r\n\r\n");
	ok(fcgi_take(&bytes, &record) == -1, "another protocol");
	bytes = (struct span){ "\2", 1 };
	ok(fcgi_take(&bytes, &record) == -1, "another version, by its first byte");
	bytes = (struct span){ "\1\5\0\1\xff\xff\xff\0", 8 };
	ok(fcgi_take(&bytes, &record) == 0 && bytes.n == 8, "the longest record has still to come");
	bytes = (struct span){ "\1\xee\0\0\0\0\0\0", 8 };
	ok(fcgi_take(&bytes, &record) == 1 && record.type == 0xee && record.id == 0 &&
	    bytes.n == 0, "a type that nobody knows");
}

/* The stream that records carry, and how many they are. */
static struct span
stream_of(struct span bytes, int type, size_t *count_r)
{
	struct fcgi_record record = { .content = SPAN("x") };
	struct buf all = { 0 };

	*count_r = 0;
	while (fcgi_take(&bytes, &record) == 1 && record.type == type && record.id == 0xabcd) {
		buf_span(&all, record.content);
		++*count_r;
		if (record.content.n == 0)
			break;
	}
	return record.content.n == 0 ? buf_keep(&all, arena) : (buf_free(&all), SPAN("not ended"));
}

static void
test_written(void)
{
	static const size_t sizes[] = { 0, 1, 65527, 65528, 65529, 65535, 65536, 300000 };
	struct buf text = { 0 }, out = { 0 };
	struct fcgi_record record;
	struct span rest, got;
	size_t count;

	for (size_t i = 0; i < 300000; i++)
		buf_putc(&text, (char)(i * 7 + i / 251));
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct span bytes = { text.p, sizes[i] };

		out.n = 0;
		fcgi_put_stream(&out, FCGI_STDOUT, 0xabcd, bytes);
		got = stream_of(buf_bytes(&out), FCGI_STDOUT, &count);
		ok(span_eq(got, bytes), "a stream of %zu bytes in %zu records",
		    sizes[i], count);
	}
	out.n = 0;
	fcgi_put_end(&out, 0xabcd, FCGI_UNKNOWN_ROLE);
	rest = buf_bytes(&out);
	ok(fcgi_take(&rest, &record) == 1 && record.type == FCGI_END_REQUEST &&
	    record.id == 0xabcd && span_eq(record.content, (struct span){ "\0\0\0\0\3\0\0\0", 8 }),
	    "END_REQUEST");
	out.n = 0;
	fcgi_put_unknown_type(&out, 0xee);
	rest = buf_bytes(&out);
	ok(fcgi_take(&rest, &record) == 1 && record.type == FCGI_UNKNOWN_TYPE && record.id == 0 &&
	    span_eq(record.content, (struct span){ "\xee\0\0\0\0\0\0\0", 8 }), "UNKNOWN_TYPE");
	buf_free(&text);
	buf_free(&out);
}

static void
test_values(void)
{
	struct span asked = { "\17\0FCGI_MPXS_CONNS\4\0NONE\16\0FCGI_MAX_CONNS\16\0FCGI_MAX_CONNS",
		17 + 6 + 16 + 16 };
	struct buf out = { 0 };
	struct fcgi_record record;
	struct span rest;
	char **env;

	fcgi_put_values(&out, asked, 1024);
	rest = buf_bytes(&out);
	ok(fcgi_take(&rest, &record) == 1 && record.type == FCGI_GET_VALUES_RESULT &&
	    record.id == 0 && rest.n == 0, "GET_VALUES_RESULT");
	env = fcgi_environment(arena, record.content);
	ok(env != NULL && strcmp(env[0], "FCGI_MAX_CONNS=1024") == 0 &&
	    strcmp(env[1], "FCGI_MPXS_CONNS=0") == 0 && env[2] == NULL,
	    "what was asked and is known, once");
	out.n = 0;
	fcgi_put_values(&out, SPAN("\5"), 1024);
	ok(out.n == 8, "nothing to a malformed question");
	buf_free(&out);
}

int
main(void)
{
	arena = arena_new();
	test_splits();
	test_environment();
	test_hostile();
	test_written();
	test_values();
	arena_free(&arena);
	return tap_done();
}
