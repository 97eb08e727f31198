/* SPDX-License-Identifier: ISC */
/* Environments as the web servers make them of harmless and hostile requests. */
#include "http/call.h"
#include "http/environment.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#define ENV_MAX 16

static struct arena *arena;

/* "name: value" of each header, and what else was read, by lines. */
static const char *
told(const char *const *env, const char *type)
{
	struct request request;
	struct error error = { 0 };
	struct buf out = { 0 };
	const char *text;
	int64_t length;
	bool good = environment_read(arena, (char *const *)(uintptr_t)env, type, &request,
	    &length, &error);

	if (!good) {
		buf_printf(&out, "! %s: %s", fault_info(error.fault)->code, error.detail);
	} else {
		buf_printf(&out, "%.*s %.*s", (int)request.method.n, request.method.p,
		    (int)request.path.n, request.path.p);
		if (request.query.n > 0)
			buf_printf(&out, "?%.*s", (int)request.query.n, request.query.p);
		buf_printf(&out, " %lld", (long long)length);
		if (request.user.n > 0)
			buf_printf(&out, " by %.*s", (int)request.user.n, request.user.p);
		buf_puts(&out, request.https ? " https" : "");
		for (size_t i = 0; i < request.header_count; i++)
			buf_printf(&out, "\n%.*s: %.*s", (int)request.headers[i].name.n,
			    request.headers[i].name.p, (int)request.headers[i].value.n,
			    request.headers[i].value.p);
	}
	text = arena_string(arena, buf_bytes(&out));
	buf_free(&out);
	return text;
}

static const struct {
	const char *name;
	const char *env[ENV_MAX];
	const char *expected;
} cases[] = {
	{ "lighttpd, FastCGI", {
	    "REQUEST_METHOD=POST", "CONTENT_LENGTH=8", "CONTENT_TYPE=application/json",
	    "SCRIPT_NAME=/macro.fcgi", "PATH_INFO=/jira/a/b",
	    "REQUEST_URI=/macro.fcgi/jira/a%2Fb?x=1", "QUERY_STRING=x=1",
	    "REMOTE_ADDR=192.0.2.1", "HTTP_HOST=a.example", "HTTP_CONTENT_LENGTH=8" },
	  "POST /jira/a%2Fb?x=1 8\nhost: a.example" },
	{ "nginx, POST without a length", {
	    "REQUEST_METHOD=POST", "CONTENT_LENGTH=", "CONTENT_TYPE=",
	    "REQUEST_URI=/x/macro.fcgi/jira", "SCRIPT_NAME=/x/macro.fcgi", "PATH_INFO=/jira" },
	  "POST /jira -1" },
	{ "who is signed in, by HTTPS", {
	    "REQUEST_METHOD=GET", "REQUEST_URI=/macro.fcgi/jira", "REMOTE_USER=jim", "HTTPS=on" },
	  "GET /jira -1 by jim https" },
	{ "or not, as IIS says it", {
	    "REQUEST_METHOD=GET", "REQUEST_URI=/macro.fcgi/jira", "REMOTE_USER=", "HTTPS=off" },
	  "GET /jira -1" },
	{ "headers of these names say nothing of it", {
	    "REQUEST_METHOD=GET", "REQUEST_URI=/macro.fcgi/jira", "HTTP_REMOTE_USER=jim",
	    "HTTP_HTTPS=on" },
	  "GET /jira -1\nremote-user: jim\nhttps: on" },
	{ "two of them", {
	    "REQUEST_METHOD=GET", "REQUEST_URI=/macro.fcgi/jira", "REMOTE_USER=jim",
	    "REMOTE_USER=ann" },
	  "! bad-request: the web server passed REMOTE_USER twice" },
	{ "nginx, Proxy: x", {
	    "REQUEST_METHOD=GET", "REQUEST_URI=/macro.fcgi/jira", "HTTP_PROXY=x" },
	  "GET /jira -1" },
	{ "nginx, the same header twice", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira", "HTTP_X_API_KEY=a",
	    "HTTP_X_API_KEY=b" },
	  "! bad-request: the header x-api-key came twice; send it once" },
	{ "lighttpd, X-Api-Key and X_Api_Key", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira", "HTTP_X_API_KEY=a",
	    "HTTP_HOST=h", "HTTP_X_API_KEY=a" },
	  "! bad-request: the header x-api-key came twice; send it once" },
	{ "a signature twice", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira",
	    "HTTP_X_HUB_SIGNATURE_256=sha256=1", "HTTP_X_HUB_SIGNATURE_256=sha256=2" },
	  "! bad-request: the header x-hub-signature-256 came twice; send it once" },
	{ "X-Forwarded-For twice", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira",
	    "HTTP_X_FORWARDED_FOR=192.0.2.1", "HTTP_X_FORWARDED_FOR=192.0.2.2" },
	  "! bad-request: the header x-forwarded-for came twice; send it once" },
	{ "Accept twice does no harm", {
	    "REQUEST_METHOD=GET", "REQUEST_URI=/macro.fcgi/jira", "HTTP_ACCEPT=a",
	    "HTTP_ACCEPT=b" },
	  "GET /jira -1\naccept: a" },
	{ "two methods", {
	    "REQUEST_METHOD=GET", "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira" },
	  "! bad-request: the web server passed REQUEST_METHOD twice" },
	{ "two lengths", {
	    "REQUEST_METHOD=POST", "CONTENT_LENGTH=1", "CONTENT_LENGTH=1" },
	  "! bad-request: the web server passed CONTENT_LENGTH twice" },
	{ "Caddy, chunked", {
	    "REQUEST_METHOD=POST", "CONTENT_LENGTH=-1", "REQUEST_URI=/macro.fcgi/jira",
	    "HTTP_TRANSFER_ENCODING=chunked" },
	  "POST /jira -1\ntransfer-encoding: chunked" },
	{ "a length with a sign", {
	    "REQUEST_METHOD=POST", "CONTENT_LENGTH=+5", "REQUEST_URI=/macro.fcgi/jira" },
	  "POST /jira -1" },
	{ "a length of 2^63", {
	    "REQUEST_METHOD=POST", "CONTENT_LENGTH=9223372036854775808",
	    "REQUEST_URI=/macro.fcgi/jira" },
	  "POST /jira -1" },
	{ "the longest length there is", {
	    "REQUEST_METHOD=POST", "CONTENT_LENGTH=9223372036854775807",
	    "REQUEST_URI=/macro.fcgi/jira" },
	  "POST /jira 9223372036854775807" },
	{ "Caddy keeps // and ..", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi//jira/../x",
	    "PATH_INFO=//jira/../x" },
	  "POST //jira/../x -1" },
	{ "nginx, line ends in the path", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira/%0d%0aX:y",
	    "SCRIPT_NAME=/macro.fcgi/jira/\r\nX:y" },
	  "POST /jira/%0d%0aX:y -1" },
	{ "Apache, proxy_fcgi: all of it in SCRIPT_NAME", {
	    "REQUEST_METHOD=POST", "SCRIPT_NAME=/macro.fcgi/jira/a b" },
	  "POST /jira/a%20b -1" },
	{ "PATH_INFO alone is encoded again", {
	    "REQUEST_METHOD=POST", "PATH_INFO=/jira/a%b\r\n\xff" },
	  "POST /jira/a%25b%0D%0A%FF -1" },
	{ "Apache behind conf/: the short form", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/listen/macro/jira/7?apiKey=k",
	    "QUERY_STRING=apiKey=k", "PATH_INFO=/jira/7" },
	  "POST /jira/7?apiKey=k -1" },
	{ "an absolute URI with a foreign host", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=http://evil.example/macro.fcgi/jira",
	    "HTTP_HOST=evil.example" },
	  "POST /jira -1\nhost: evil.example" },
	{ "the name of the binary in the query is not the path", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/api?/macro.fcgi/other", "PATH_INFO=/jira" },
	  "POST /jira -1" },
	{ "another binary's name is not ours", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgibis/jira" },
	  "POST  -1" },
	{ "Apache, Authorization by way of a rewrite", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira",
	    "REDIRECT_HTTP_AUTHORIZATION=Bearer k" },
	  "POST /jira -1\nauthorization: Bearer k" },
	{ "Authorization itself comes first", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira",
	    "REDIRECT_HTTP_AUTHORIZATION=Bearer k", "HTTP_AUTHORIZATION=Bearer own" },
	  "POST /jira -1\nauthorization: Bearer own" },
	{ "a header is no variable", {
	    "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira",
	    "HTTP_REDIRECT_HTTP_AUTHORIZATION=Bearer k", "HTTP_REMOTE_ADDR=127.0.0.1" },
	  "POST /jira -1\nredirect-http-authorization: Bearer k\nremote-addr: 127.0.0.1" },
	{ "the rest of a CGI's environment is passed over", {
	    "REQUEST_METHOD=POST", "PATH=/bin", "LD_PRELOAD=x.so", "NOTHING",
	    "REQUEST_URI=/macro.fcgi/jira" },
	  "POST /jira -1" },
	{ "nothing at all", { NULL }, "  -1" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_text(told(cases[i].env, "macro"), cases[i].expected, cases[i].name);
}

static void
test_limits(void)
{
	const char *env[132] = { "REQUEST_METHOD=POST", "REQUEST_URI=/macro.fcgi/jira" };
	char *large = arena_printf(arena, "HTTP_COOKIE=%049152d", 1);

	for (int i = 2; i < 131; i++)
		env[i] = arena_printf(arena, "HTTP_H%d=1", i);
	is_text(told(env, "macro"), "! bad-request: more than 128 headers", "129 headers");
	env[130] = NULL;
	ok(told(env, "macro")[0] == 'P', "128 headers");
	env[2] = large;
	env[3] = NULL;
	is_text(told(env, "macro"),
	    "! bad-request: path, query and headers are larger than 49152 bytes", "48 KiB");
	large[40000] = '\0';
	ok(told(env, "macro")[0] == 'P', "40 kB");
}

static const struct {
	const char *name;
	int status;
	const char *headers;
	bool head;
	const char *expected;
} answers[] = {
	{ "an answer", 200, "", false, "Status: 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: 3\r\nCache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "X-Earshot-Delivery: 01020304-0506-7008-800a-0b0c0d0e0f10\r\n\r\n{}\n" },
	{ "to HEAD", 422, "Allow: POST\r\n", true, "Status: 422 Unprocessable Content\r\n"
	    "Content-Type: application/json\r\nContent-Length: 3\r\nCache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "X-Earshot-Delivery: 01020304-0506-7008-800a-0b0c0d0e0f10\r\n"
	    "Allow: POST\r\n\r\n" },
	{ "204 has no body", 204, "", false, "Status: 204 No Content\r\n"
	    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	    "X-Earshot-Delivery: 01020304-0506-7008-800a-0b0c0d0e0f10\r\n\r\n" },
	{ "a status without a name", 299, "", true, "Status: 299 OK\r\n"
	    "Content-Type: application/json\r\nContent-Length: 3\r\nCache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "X-Earshot-Delivery: 01020304-0506-7008-800a-0b0c0d0e0f10\r\n\r\n" },
};

static void
test_answers(void)
{
	const struct id id = { { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16 } };
	const struct request request = { .url = SPAN("/listen/data/usage"),
		.path = SPAN("/usage") };
	struct reply reply = { 0 };

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct buf out = { 0 };

		reply_reset(&reply);
		reply.status = answers[i].status;
		buf_puts(&reply.headers, answers[i].headers);
		buf_puts(&reply.body, "{}\n");
		environment_answer(&out, &request, &reply, &id, answers[i].head);
		is_text(arena_string(arena, buf_bytes(&out)), answers[i].expected,
		    answers[i].name);
		buf_free(&out);
	}
	reply_free(&reply);
}

/* The type of a problem, by the URL and the path behind the program. */
static void
test_problem_types(void)
{
	static const struct {
		const char *name, *url, *path, *type;
	} problems[] = {
		{ "short path", "/listen/data/usage?dry_run=1", "/usage",
		    "/listen/data/-/problems/bad-value" },
		{ "program", "/a/b/data.fcgi/projects/p/usage", "/projects/p/usage",
		    "/a/b/data.fcgi/-/problems/bad-value" },
		{ "no path", "/listen/data", "", "/listen/data/-/problems/bad-value" },
		{ "no URL", "", "/usage", "about:blank" },
		{ "another path than the URL's", "/beta/hook", "/usage", "about:blank" },
		{ "at the root", "/usage", "/usage", "about:blank" },
		{ "a host", "//evil.example/data/usage", "/usage", "about:blank" },
		{ "quotes", "/li\"sten/data/usage", "/usage", "about:blank" },
		{ "not UTF-8", "/\xff/data/usage", "/usage", "about:blank" },
		{ "escapes", "/%22/data/usage", "/usage", "about:blank" },
	};
	const struct id id = { { 1 } };
	struct reply reply = { 0 };

	for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
		struct request request = { .url = span_of(problems[i].url),
			.path = span_of(problems[i].path) };
		struct buf out = { 0 };
		char *text;

		reply_reset(&reply);
		reply_problem(&reply, FAULT_BAD_VALUE, 422, id, "x");
		environment_answer(&out, &request, &reply, &id, false);
		text = arena_string(arena, buf_bytes(&out));
		text = strstr(text, "\r\n\r\n") + 4;
		ok(strncmp(text, "{\"type\":\"", 9) == 0 && strncmp(text + 9, problems[i].type,
		    strlen(problems[i].type)) == 0 && strstr(text, "\",\"title\":\"A value") ==
		    text + 9 + strlen(problems[i].type), "a problem's type: %s", problems[i].name);
		ok(strstr(buf_bytes(&out).p, arena_printf(arena, "Content-Length: %zu\r\n",
		    strlen(text))) != NULL, "and its length: %s", problems[i].name);
		buf_free(&out);
	}
	/* From the log, written before there were pages. */
	reply_reset(&reply);
	reply.content_type = SPAN("application/problem+json");
	buf_puts(&reply.body, "{\"type\":\"about:blank\"}\n");
	{
		struct buf out = { 0 };
		char *text;

		environment_answer(&out, &(struct request){ .url = SPAN("/l/d/u"),
			.path = SPAN("/u") }, &reply, &id, false);
		text = arena_string(arena, buf_bytes(&out));
		is_text(strstr(text, "\r\n\r\n") + 4, "{\"type\":\"about:blank\"}\n",
		    "a type that is there stays");
		buf_free(&out);
	}
	reply_free(&reply);
}

int
main(void)
{
	arena = arena_new();
	test_cases();
	test_limits();
	test_answers();
	test_problem_types();
	arena_free(&arena);
	return tap_done();
}
