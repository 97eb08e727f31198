/* SPDX-License-Identifier: ISC */
#include "http/environment.h"

#include "base/text.h"
#include "http/call.h"
#include "http/pages.h"

#include <string.h>

#define HEADERS_MAX 128
/* All that is kept of the environment, names and values. */
#define HEAD_MAX ((size_t)48 << 10)

/* Headers that say nothing about who sends what: a second one does no harm. */
static const char *const harmless[] = { "accept", "accept-charset",
	"accept-encoding", "accept-language", "cache-control", "cookie", "pragma",
	"via", "warning", NULL };

enum variable {
	REQUEST_METHOD, QUERY_STRING, CONTENT_TYPE, REMOTE_ADDR, CONTENT_LENGTH, PATH_INFO,
	REQUEST_URI, SCRIPT_NAME, REMOTE_USER, HTTPS,
	VARIABLE__MAX
};

#define NAME(name) [name] = { #name, sizeof #name - 1 }
static const struct span variable_names[VARIABLE__MAX] = {
	NAME(REQUEST_METHOD), NAME(QUERY_STRING), NAME(CONTENT_TYPE), NAME(REMOTE_ADDR),
	NAME(CONTENT_LENGTH), NAME(PATH_INFO), NAME(REQUEST_URI), NAME(SCRIPT_NAME), NAME(REMOTE_USER), NAME(HTTPS),
};
#undef NAME

struct variables {
	struct span of[VARIABLE__MAX]; /* p NULL: absent */
	size_t bytes;   /* kept so far, with the headers */
};

static bool
is_harmless(struct span name)
{
	for (size_t i = 0; harmless[i] != NULL; i++)
		if (span_is(name, harmless[i]))
			return true;
	return false;
}

/* HTTP_X_API_KEY to x-api-key. */
static struct span
header_name(struct arena *arena, struct span name)
{
	char *out = arena_string(arena, name);

	for (char *p = out; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
		else if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return (struct span){ out, name.n };
}

/* With one for restore_authorization(). */
static size_t
most_headers(char *const *env)
{
	size_t n = 1;

	for (; *env != NULL; env++)
		n += strncmp(*env, "HTTP_", 5) == 0;
	return n < HEADERS_MAX ? n : HEADERS_MAX;
}

static bool
add_header(struct arena *arena, struct request *request, struct span name,
    struct span value, struct error *error)
{
	struct header header = { header_name(arena, name), arena_copy(arena, value) };

	for (size_t i = 0; i < request->header_count; i++) {
		if (!span_eq(request->headers[i].name, header.name))
			continue;
		if (is_harmless(header.name))
			return true;
		return error_set(error, FAULT_BAD_REQUEST,
		    "the header %s came twice; send it once", header.name.p);
	}
	if (request->header_count == HEADERS_MAX)
		return error_set(error, FAULT_BAD_REQUEST, "more than %d headers", HEADERS_MAX);
	request->headers[request->header_count++] = header;
	return true;
}

static bool
within_head(struct variables *variables, size_t bytes, struct error *error)
{
	variables->bytes += bytes;
	return variables->bytes <= HEAD_MAX || error_set(error, FAULT_BAD_REQUEST,
	    "path, query and headers are larger than %zu bytes", HEAD_MAX);
}

/* VARIABLE__MAX: none that is of use. */
static enum variable
variable_of(struct span name)
{
	enum variable i = 0;

	/* Nearly all differ in length already. */
	while (i < VARIABLE__MAX && (variable_names[i].n != name.n ||
	    memcmp(variable_names[i].p, name.p, name.n) != 0))
		i++;
	return i;
}

static bool
read_variable(struct arena *arena, struct span name, struct span value,
    struct request *request, struct variables *variables, struct error *error)
{
	bool header = name.n >= 5 && memcmp(name.p, "HTTP_", 5) == 0;
	enum variable variable;

	if (header) {
		name.p += 5;
		name.n -= 5;
	}
	variable = variable_of(name);
	if (header) {
		/* Servers pass these as variables of their own as well. */
		if (variable == CONTENT_LENGTH || variable == CONTENT_TYPE ||
		    span_is(name, "PROXY"))
			return true;
		return within_head(variables, name.n + value.n, error) &&
		    add_header(arena, request, name, value, error);
	}
	if (variable == VARIABLE__MAX)
		return true;
	if (!within_head(variables, value.n, error))
		return false;
	if (variables->of[variable].p != NULL)
		return error_set(error, FAULT_BAD_REQUEST, "the web server passed %s twice",
		    variable_names[variable].p);
	variables->of[variable] = arena_copy(arena, value);
	return true;
}

/* Apache keeps Authorization from programs, and rewriting renames it. */
static void
restore_authorization(struct arena *arena, char *const *env, struct request *request)
{
	static const char name[] = "REDIRECT_HTTP_AUTHORIZATION=";
	struct error ignored = { 0 };

	if (request_header(request, "authorization").n > 0)
		return;
	for (; *env != NULL; env++)
		if (strncmp(*env, name, sizeof name - 1) == 0) {
			add_header(arena, request, SPAN("AUTHORIZATION"),
			    span_of(*env + sizeof name - 1), &ignored);
			return;
		}
}

/* What follows the first `mark` in the path; p NULL when it is not there. */
static struct span
after(struct span path, const char *mark)
{
	const char *at = path.n > 0 ? memmem(path.p, path.n, mark, strlen(mark)) : NULL;
	struct span rest = { NULL, 0 };

	if (at == NULL)
		return rest;
	rest.p = at + strlen(mark);
	rest.n = path.n - (size_t)(rest.p - path.p);
	return rest.n == 0 || rest.p[0] == '/' ? rest : (struct span){ NULL, 0 };
}

/* A request line may name a foreign host, and some servers pass all of it on. */
static struct span
without_host(struct span uri)
{
	const char *host = uri.n > 0 && uri.p[0] != '/' ? memmem(uri.p, uri.n, "://", 3) : NULL;
	size_t at;

	if (host == NULL)
		return uri;
	for (at = (size_t)(host - uri.p) + 3; at < uri.n && uri.p[at] != '/'; at++)
		;
	return (struct span){ uri.p + at, uri.n - at };
}

static struct span
without_query(struct span uri)
{
	return text_cut(&uri, '?');
}

/* PATH_INFO was decoded: encode what would decode to something else. */
static struct span
encoded(struct arena *arena, struct span path)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];

		if (c == '/')
			buf_putc(&out, '/');
		else
			text_percent_encode(&out, (struct span){ path.p + i, 1 });
	}
	return buf_keep(&out, arena);
}

static struct span
raw_path(struct arena *arena, const char *type, const struct variables *variables)
{
	struct span uri = without_query(variables->of[REQUEST_URI]), path;
	const char *binary = arena_join(arena, SPAN("/"), span_of(type), SPAN(".fcgi"));
	const char *mapped = arena_join(arena, SPAN("/listen/"), span_of(type), SPAN(""));

	if ((path = after(uri, binary)).p != NULL || (path = after(uri, mapped)).p != NULL)
		return path;
	if (variables->of[PATH_INFO].n > 0)
		return encoded(arena, variables->of[PATH_INFO]);
	/* Apache's mod_proxy_fcgi leaves all of it in SCRIPT_NAME. */
	path = after(variables->of[SCRIPT_NAME], binary);
	return path.p != NULL ? encoded(arena, path) : SPAN("");
}

static struct span
or_empty(struct span value)
{
	return value.p != NULL ? value : SPAN("");
}

bool
environment_read(struct arena *arena, char *const *env, const char *type,
    struct request *request_r, int64_t *length_r, struct error *error)
{
	struct variables variables = { 0 };
	uint64_t length;
	bool good = true;

	*request_r = (struct request){ .type = span_of(type), .body = SPAN("") };
	request_r->headers = arena_alloc(arena,
	    most_headers(env) * sizeof *request_r->headers);
	for (char *const *p = env; *p != NULL; p++) {
		const char *equals = strchr(*p, '=');

		if (equals != NULL)
			good = read_variable(arena,
			    (struct span){ *p, (size_t)(equals - *p) },
			    span_of(equals + 1), request_r, &variables, error) && good;
	}
	restore_authorization(arena, env, request_r);
	request_r->method = or_empty(variables.of[REQUEST_METHOD]);
	request_r->query = or_empty(variables.of[QUERY_STRING]);
	request_r->content_type = or_empty(variables.of[CONTENT_TYPE]);
	request_r->address = or_empty(variables.of[REMOTE_ADDR]);
	request_r->user = or_empty(variables.of[REMOTE_USER]);
	request_r->https = variables.of[HTTPS].n > 0 && !span_is(variables.of[HTTPS], "off");
	variables.of[REQUEST_URI] = without_host(variables.of[REQUEST_URI]);
	request_r->url = or_empty(variables.of[REQUEST_URI]);
	request_r->path = raw_path(arena, type, &variables);
	/* Unset, empty or nonsense ("-1" for chunked bodies): read to the end. */
	*length_r = text_unsigned(or_empty(variables.of[CONTENT_LENGTH]), INT64_MAX, &length) ? (int64_t)length : -1;
	return good;
}

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 303, "See Other" }, { 304, "Not Modified" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 409, "Conflict" },
		{ 408, "Request Timeout" }, { 410, "Gone" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" }, { 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" }, { 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status < 300 ? "OK" : status < 500 ? "Refused" : "Failed";
}

/* The URL of the page about the code, by its full path (RFC 9457, 3.1.1), goes before the
 * other members. An answer that was kept before there were such pages has a type already. */
static void
begin_problem(struct buf *type, struct span *body, const struct request *request,
    const struct reply *reply)
{
	struct span mount = request_mount(request);
	struct jsonout out = json_to(type);

	if (!span_is(reply->content_type, "application/problem+json") ||
	    !span_starts(*body, "{") || span_starts(*body, "{\"type\":"))
		return;
	json_open(&out, '{');
	json_key(&out, "type");
	if (mount.n == 0)
		json_text(&out, SPAN("about:blank"));
	else
		buf_printf(type, "\"%.*s" PAGES_PROBLEMS "/%s\"", (int)mount.n, mount.p,
		    fault_info(reply->fault)->code);
	buf_putc(type, ',');
	body->p++;
	body->n--;
}

void
environment_answer(struct buf *out, const struct request *request, const struct reply *reply,
    const struct id *id, bool head_only)
{
	struct buf type = { 0 };
	struct span body = buf_bytes(&reply->body);
	/* A listener may answer 204, a reader 304, which by HTTP have no body. */
	bool has_body = reply->status != 204 && reply->status != 304;
	/* What has a tag may be kept, if it is asked for again. */
	bool tagged = reply->headers.n > 0 &&
	    memmem(reply->headers.p, reply->headers.n, "ETag: ", 6) != NULL;
	char text[ID_TEXT_SIZE];

	buf_puts(out, "Status: ");
	buf_int(out, reply->status);
	buf_putc(out, ' ');
	buf_puts(out, reason(reply->status));
	if (has_body) {
		buf_puts(out, "\r\nContent-Type: ");
		buf_span(out, reply->content_type);
		buf_puts(out, "\r\nContent-Length: ");
		begin_problem(&type, &body, request, reply);
		buf_int(out, (int64_t)(type.n + body.n));
	}
	buf_puts(out, reply->immutable ? "\r\nCache-Control: public, max-age=31536000, immutable"
	    : tagged ? "\r\nCache-Control: private, no-cache" : "\r\nCache-Control: no-store");
	buf_puts(out, "\r\nX-Content-Type-Options: nosniff\r\nX-Earshot-Delivery: ");
	buf_puts(out, id_text(*id, text));
	buf_puts(out, "\r\n");
	buf_span(out, buf_bytes(&reply->headers));
	buf_puts(out, "\r\n");
	if (has_body && !head_only) {
		buf_span(out, buf_bytes(&type));
		buf_span(out, body);
	}
	buf_free(&type);
}
