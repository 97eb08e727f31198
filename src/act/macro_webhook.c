/* SPDX-License-Identifier: ISC */
/* The action "webhook": a request that is put together now and sent later. */
#include "act/macro_private.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"
#include "community/group.h"
#include "http/request.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "record/scope.h"
#include "store/store.h"

#include <string.h>

#define URL_MAX ((size_t)4096)
#define HEADER_MAX ((size_t)4096)
#define HEADER_NAME_MAX 100
#define HEADERS_MAX 50
#define BODY_MAX ((size_t)256 * 1024)
#define SECOND INT64_C(1000000)
#define TIMEOUT_MAX (120 * SECOND)

const struct member webhook_auth_parts[] = {
	{ "user", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "User" },
	{ "password", MEMBER_ANY, MEMBER_NEEDED | MEMBER_SEALED, .label = "Password" },
	{ .name = NULL },
};
const struct member webhook_returns_parts[] = {
	{ "group", MEMBER_STRING, MEMBER_NEEDED | MEMBER_FILLED, .label = "Group",
	    .names = "group" },
	{ "fields", MEMBER_OBJECT, MEMBER_NEEDED | MEMBER_PAIRS, .label = "Fields",
	    .hint = "parameter of the group, and where it stands in the answer" },
	{ .name = NULL },
};

struct webhook_header {
	struct span name;
	const struct tag *value;     /* NULL: a sealed value */
	struct json_object *sealed;
};

struct webhook {
	struct span method;
	const struct tag *url, *body; /* url: NULL sealed; body: NULL none */
	struct json_object *sealed_url;
	struct span host;             /* of a sealed URL, for people */
	struct webhook_header *headers;
	size_t header_count;
	struct span content_type;     /* as a header says, "" none does */
	struct json_object *auth, *secret, *returns; /* NULL: none */
	int64_t timeout;              /* microseconds, 0: the setting */
	bool ordered;
};

/* Without the port. */
static struct span
host_of(struct span authority)
{
	return authority.n > 0 && authority.p[0] != '[' ? text_cut(&authority, ':') : authority;
}

/* https://host[:port] must stand there as it is: no sender chooses whom we call. */
static void
check_url(struct macro_compile *compile, struct span url)
{
	size_t scheme = span_starts(url, "https://") ? 8
	    : span_starts(url, "http://") ? 7 : 0;
	size_t i = scheme;
	struct arena *scratch;
	struct span name;

	if (scheme == 0) {
		macro_complain(compile, "url", "must begin with https:// or http://");
		return;
	}
	scratch = arena_new();
	while (i < url.n && (strchr("[]:.-_", url.p[i]) != NULL ||
	    (url.p[i] >= '0' && url.p[i] <= '9') || (unsigned char)url.p[i] >= 0x80 ||
	    ((url.p[i] | 0x20) >= 'a' && (url.p[i] | 0x20) <= 'z')) && url.p[i] != '\0')
		i++;
	name = (struct span){ url.p + scheme, i - scheme };
	if (!text_host_ascii(scratch, host_of(name), &name))
		macro_complain(compile, "url", "\"%.*s\" cannot be the name of a host",
		    (int)(name.n > 100 ? 100 : name.n), name.p);
	else if (i == scheme || (i < url.n && strchr("/?#", url.p[i]) == NULL) ||
	    (i < url.n && url.p[i] == '\0'))
		macro_complain(compile, "url", "must name its host without tags, user or "
		    "password, and then go on with / or ?");
	arena_free(&scratch);
}

/* Nothing that would have to be percent-encoded; where it stands else. */
static bool
is_sendable(struct span url, size_t *at_r)
{
	for (*at_r = 0; *at_r < url.n; ++*at_r)
		if (url.p[*at_r] <= ' ' || url.p[*at_r] >= 0x7f)
			return false;
	return true;
}

/* A secret as it stands in the document: text, or {"sealed": text}. */
static bool
is_sealed(struct json_object *value)
{
	return json_is_object(value) && json_string(value, "sealed").n > 0;
}

/* A URL that is a secret itself: {"secret": text}, in the store {"sealed": text, "host"}. */
static void
compile_url(struct macro_compile *compile, struct json_object *doc, struct webhook *webhook)
{
	static const struct member members[] = {
		{ "secret", MEMBER_STRING, MEMBER_FILLED, .label = "Secret" },
		{ "sealed", MEMBER_STRING, MEMBER_FILLED, .label = "Sealed" },
		{ "host", MEMBER_STRING, MEMBER_FILLED, .label = "Host" }, { .name = NULL } };
	struct json_object *url = json_get(doc, "url");
	struct span secret = json_string(url, "secret");

	if (!json_is_object(url)) {
		if (url != NULL && json_span(url).p == NULL)
			macro_complain(compile, "url", "must be a text, or {\"secret\": text}");
		check_url(compile, json_span(url));
		webhook->url = macro_tag(compile, "url", json_span(url), TAG_URL);
		return;
	}
	if (compile->shape)
		schema_check(SCHEMA(members), url, compile->complaints,
		    arena_printf(compile->arena, "%s/url", compile->pointer));
	if (secret.n > 0)
		check_url(compile, secret);
	else if (!is_sealed(url))
		macro_complain(compile, "url", "must be a text, or {\"secret\": text}");
	if (secret.n > 0 && memmem(secret.p, secret.n, "{{", 2) != NULL)
		macro_complain(compile, "url/secret", "cannot hold tags");
	if (secret.n > 0 && !is_sendable(secret, &(size_t){ 0 }))
		macro_complain(compile, "url/secret",
		    "has a character that has to be percent-encoded");
	webhook->sealed_url = json_copy(compile->arena, url);
	webhook->host = arena_copy(compile->arena, json_string(url, "host"));
}

static void
compile_header(struct macro_compile *compile, const struct doc_member *member,
    struct webhook_header *header)
{
	struct span name = span_of(member->name);

	header->name = arena_copy(compile->arena, name);
	if (name.n > HEADER_NAME_MAX || !request_is_token(name))
		macro_complain(compile, "headers",
		    "the name of a header is 1 to 100 letters, digits and dashes");
	else if (request_is_reserved(name))
		macro_complain(compile, "headers", "%s is set when the request is sent",
		    member->name);
	else if (is_sealed(member->value))
		header->sealed = json_copy(compile->arena, member->value);
	else if (json_span(member->value).p == NULL)
		macro_complain(compile, "headers", "the header %s must be a string",
		    member->name);
	else
		header->value = macro_tag(compile,
		    arena_printf(compile->arena, "headers/%s", member->name),
		    json_span(member->value), TAG_HEADER);
	if (header->value != NULL && span_is_nocase(name, "content-type") &&
	    !tag_is_plain(header->value))
		macro_complain(compile, "headers/Content-Type",
		    "cannot hold tags: it decides how those of the body are escaped");
}

static void
compile_headers(struct macro_compile *compile, struct json_object *doc,
    struct webhook *webhook)
{
	struct doc_member *members;
	size_t count = doc_members(compile->arena, json_get(doc, "headers"), &members);

	if (count > HEADERS_MAX) {
		macro_complain(compile, "headers", "at most %d headers", HEADERS_MAX);
		return;
	}
	webhook->headers = arena_alloc(compile->arena,
	    (count + 1) * sizeof *webhook->headers);
	webhook->header_count = count;
	for (size_t i = 0; i < count; i++) {
		compile_header(compile, &members[i], &webhook->headers[i]);
		if (span_is_nocase(webhook->headers[i].name, "content-type"))
			webhook->content_type = arena_copy(compile->arena,
			    json_span(members[i].value));
	}
}

/* How tags in the body are escaped follows from what the body is. */
static enum tag_place
body_place(struct arena *arena, struct span content_type)
{
	struct span type = text_fold(arena, content_type);

	if (type.n == 0 || memmem(type.p, type.n, "json", 4) != NULL)
		return TAG_JSON;
	if (span_starts(type, "application/x-www-form-urlencoded"))
		return TAG_URL;
	if (memmem(type.p, type.n, "xml", 3) != NULL || span_starts(type, "text/html"))
		return TAG_HTML;
	return TAG_TEXT;
}

static void
compile_method(struct macro_compile *compile, struct json_object *doc,
    struct webhook *webhook)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE", "GET" };

	webhook->method = json_get(doc, "method") != NULL ? macro_span(compile, doc, "method")
	                                          : SPAN("POST");
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (span_is(webhook->method, methods[i])) {
			if (i == 4 && json_get(doc, "body") != NULL)
				macro_complain(compile, "body", "a GET has no body");
			return;
		}
	macro_complain(compile, "method", "must be POST, PUT, PATCH, DELETE or GET");
}

/* Seconds, or a duration such as "15s". */
static void
compile_timeout(struct macro_compile *compile, struct json_object *doc,
    struct webhook *webhook)
{
	struct span text = json_string(doc, "timeout");
	int64_t seconds = json_integer(doc, "timeout", 0);

	if (json_get(doc, "timeout") == NULL)
		return;
	if (text.p == NULL && seconds >= 1 && seconds <= TIMEOUT_MAX / SECOND)
		webhook->timeout = seconds * SECOND;
	else if (text.p == NULL || !text_duration(text, &webhook->timeout) ||
	    webhook->timeout < SECOND || webhook->timeout > TIMEOUT_MAX)
		macro_complain(compile, "timeout",
		    "must be 1 to %d seconds, as a number or as \"15s\"",
		    (int)(TIMEOUT_MAX / SECOND));
}

static void
compile_auth(struct macro_compile *compile, struct json_object *doc,
    struct webhook *webhook)
{
	struct json_object *auth = json_get(doc, "auth");
	struct json_object *password = json_get(auth, "password");

	if (auth == NULL)
		return;
	if (password != NULL && json_span(password).n == 0 && !is_sealed(password))
		macro_complain(compile, "auth/password", "must be a string that is not empty");
	webhook->auth = json_copy(compile->arena, auth);
}

/* Standard Webhooks: "whsec_" and 24 to 64 bytes in base64. */
static void
compile_secret(struct macro_compile *compile, struct json_object *doc,
    struct webhook *webhook)
{
	struct json_object *secret = json_get(doc, "secret");
	struct span text = json_span(secret), key = { "", 0 };

	if (secret == NULL)
		return;
	webhook->secret = json_copy(compile->arena, secret);
	if (is_sealed(secret))
		return;
	if (span_starts(text, "whsec_"))
		(void)secret_base64_read(compile->arena,
		    (struct span){ text.p + 6, text.n - 6 }, &key);
	if (key.n < 24 || key.n > 64)
		macro_complain(compile, "secret",
		    "must be \"whsec_\" and 24 to 64 bytes in base64 (Standard Webhooks)");
}

static bool
has_field(const struct group *group, const char *parameter)
{
	for (size_t i = 0; i < group->field_count; i++)
		if (span_is(group->fields[i].parameter, parameter))
			return true;
	return false;
}

/* The group by its full name, so that the courier finds it without this macro. */
static void
refer_returns(struct macro_compile *compile, struct webhook *webhook,
    const struct doc_member *fields, size_t count)
{
	struct span name = json_string(webhook->returns, "group"), project, key;
	const struct group *group = NULL;

	if (scope_find(compile->txn, "group", compile->project, name, &project, &key))
		group = group_load(compile->txn, compile->arena, project, key);
	if (group == NULL) {
		macro_complain(compile, "returns/group", "there is no group '%.*s'",
		    (int)name.n, name.p);
		return;
	}
	if (group->record != compile->record)
		macro_complain(compile, "returns/group", "'%.*s' is for %s automation",
		    (int)name.n, name.p, record_name(group->record));
	for (size_t i = 0; i < count; i++)
		if (!has_field(group, fields[i].name))
			macro_complain(compile, "returns/fields",
			    "the group '%.*s' has no parameter '%s'", (int)name.n, name.p,
			    doc_short(compile->arena, span_of(fields[i].name)));
	json_set_text(webhook->returns, "group", doc_name(compile->arena, project, key));
}

static void
compile_returns(struct macro_compile *compile, struct json_object *doc,
    struct webhook *webhook)
{
	struct json_object *returns = json_get(doc, "returns");
	struct doc_member *fields;
	size_t count = doc_members(compile->arena, json_get(returns, "fields"), &fields);

	if (returns == NULL)
		return;
	webhook->returns = json_copy(compile->arena, returns);
	if (!compile->shape) {
		refer_returns(compile, webhook, fields, count);
		return;
	}
	if (json_is_object(json_get(returns, "fields")) && count == 0)
		macro_complain(compile, "returns/fields", "must name at least one parameter");
	for (size_t i = 0; i < count; i++) {
		struct span pointer = json_span(fields[i].value);
		const char *wrong = pointer.n == 0 ? "must be a string" : pointer_check(pointer);

		if (wrong != NULL)
			macro_complain(compile, "returns/fields", "%s: %s",
			    doc_short(compile->arena, span_of(fields[i].name)), wrong);
	}
}

/* A tag at *p, "{{…}}" or "{{{…}}}": its end, whether a value stands there, and whether
 * as it is. */
static const char *
skip_tag(const char *p, const char *end, bool *value_r, bool *raw_r)
{
	bool triple = end - p > 2 && p[2] == '{';
	const char *close = memmem(p, (size_t)(end - p), triple ? "}}}" : "}}", triple ? 3 : 2);
	const char *name = p + 2;

	while (name < end && *name == ' ')
		name++;
	*raw_r = triple || (name < end && *name == '&');
	*value_r = *raw_r || (name < end && strchr("#^/!=", *name) == NULL);
	return close != NULL ? close + (triple ? 3 : 2) : end;
}

/* The first tag of a JSON template whose value would stand there without its quotes, or
 * with two pairs of them. */
static struct span
misquoted(struct span source, bool *quoted_r)
{
	const char *p = source.p, *end = source.p + source.n;
	bool value, raw;

	*quoted_r = false;
	while (p < end) {
		if (end - p > 1 && p[0] == '{' && p[1] == '{') {
			const char *tag = p;

			p = skip_tag(p, end, &value, &raw);
			if (value && raw == *quoted_r)
				return (struct span){ tag, (size_t)(p - tag) };
		} else if (*quoted_r && *p == '\\' && end - p > 1) {
			p += 2;
		} else {
			*quoted_r ^= *p == '"';
			p++;
		}
	}
	return (struct span){ NULL, 0 };
}

const char *
webhook_warn(struct arena *arena, struct json_object *doc)
{
	struct span body = json_string(doc, "body"), type = SPAN("");
	struct doc_member *members;
	size_t n = doc_members(arena, json_get(doc, "headers"), &members);
	struct span tag;
	bool quoted;

	for (size_t i = 0; i < n; i++)
		if (span_is_nocase(span_of(members[i].name), "content-type"))
			type = json_span(members[i].value);
	/* With other delimiters it is not looked at. */
	if (body.n == 0 || body_place(arena, type) != TAG_JSON ||
	    memmem(body.p, body.n, "{{=", 3) != NULL || (tag = misquoted(body, &quoted)).p == NULL)
		return NULL;
	return arena_printf(arena, quoted
	    ? "in the JSON of its body, %.*s writes a value with its own quotes inside of others; "
	      "{{x}} is for texts in quotes"
	    : "in the JSON of its body, %.*s stands outside of quotes: only numbers, true and "
	      "false are JSON there; {{{x}}} writes any value", (int)(tag.n > 60 ? 60 : tag.n), tag.p);
}

void *
webhook_compile(struct macro_compile *compile, struct json_object *doc)
{
	struct webhook *webhook = arena_alloc(compile->arena, sizeof *webhook);

	compile_method(compile, doc, webhook);
	compile_url(compile, doc, webhook);
	compile_headers(compile, doc, webhook);
	if (json_get(doc, "body") != NULL)
		webhook->body = macro_tag(compile, "body", json_string(doc, "body"),
		    body_place(compile->arena, webhook->content_type));
	compile_auth(compile, doc, webhook);
	compile_timeout(compile, doc, webhook);
	compile_secret(compile, doc, webhook);
	compile_returns(compile, doc, webhook);
	webhook->ordered = json_flag(doc, "ordered", false);
	return webhook;
}

/* Where values stand in a URL. */
struct url_values {
	struct arena *arena;
	struct { size_t from, to; } *all;
	size_t n, max;
};

static void
add_value(void *arg, size_t from, size_t to)
{
	struct url_values *values = arg;

	if (values->n == values->max) {
		void *old = values->all;

		values->max = values->max == 0 ? 16 : values->max * 2;
		values->all = arena_alloc(values->arena, values->max * sizeof *values->all);
		if (values->n > 0)
			memcpy(values->all, old, values->n * sizeof *values->all);
	}
	values->all[values->n].from = from;
	values->all[values->n++].to = to;
}

/* "", "." and "..", also with "%2e" (RFC 3986, 5.2.4). */
static bool
is_dots(struct span segment)
{
	size_t dots = 0;

	while (segment.n > 0 && dots < 3) {
		size_t n = segment.p[0] == '.' ? 1
		    : segment.n >= 3 && segment.p[0] == '%' && segment.p[1] == '2' &&
		    (segment.p[2] | 0x20) == 'e' ? 3 : 0;

		if (n == 0)
			return false;
		segment = (struct span){ segment.p + n, segment.n - n };
		dots++;
	}
	return dots < 3;
}

/*
 * A value that leaves its segment of the path empty, or makes it lead upwards, would turn
 * .../users/{{payload.id}} into the URL of all users. Values hold no "/": it is encoded.
 */
static bool
check_segments(struct macro_run *run, struct span url, const struct url_values *values)
{
	const char *start = memmem(url.p, url.n, "://", 3);
	size_t from = start != NULL ? (size_t)(start - url.p) + 3 : 0, v = 0;

	for (size_t to = from; from <= url.n; from = ++to) {
		struct span segment;
		bool value = false;

		while (to < url.n && strchr("/?#", url.p[to]) == NULL)
			to++;
		for (; v < values->n && values->all[v].from <= to; v++)
			value = true;
		segment = (struct span){ url.p + from, to - from };
		if (value && is_dots(segment))
			return txn_fail(run->txn, FAULT_MACRO_FAILED, "a tag makes a segment of "
			    "the URL's path %s%.*s, which would call another URL: %s",
			    segment.n == 0 ? "empty" : "", (int)segment.n, segment.p,
			    doc_short(run->delivery->arena, url));
		if (to < url.n && url.p[to] != '/')
			break;
	}
	return true;
}

/* The name of its host as DNS has it. */
static struct span
with_ascii_host(struct arena *arena, struct span url)
{
	const char *slashes = memmem(url.p, url.n, "://", 3);
	size_t begin = slashes != NULL ? (size_t)(slashes + 3 - url.p) : 0, end = begin;
	struct span host, ascii;

	while (end < url.n && strchr("/?#:", url.p[end]) == NULL)
		end++;
	host = (struct span){ url.p + begin, end - begin };
	if (!text_host_ascii(arena, host, &ascii) || ascii.p == host.p)
		return url;
	return span_of(arena_join(arena, (struct span){ url.p, begin }, ascii,
	    (struct span){ url.p + end, url.n - end }));
}

static bool
render_url(struct macro_run *run, const struct webhook *webhook,
    struct json_object *parcel)
{
	struct url_values values = { .arena = run->delivery->arena };
	struct span url;
	size_t at;

	if (webhook->sealed_url != NULL) {
		json_set_text(parcel, "to", span_of(arena_printf(values.arena, "%.*s/***",
		    (int)webhook->host.n, webhook->host.p)));
		json_set(parcel, "url",
		    json_share(json_copy(values.arena, webhook->sealed_url)));
		return true;
	}
	if (!macro_render_told(run, webhook->url, URL_MAX, "the URL", &url, add_value,
	        &values) || !check_segments(run, url, &values))
		return false;
	url = with_ascii_host(run->delivery->arena, url);
	if (!is_sendable(url, &at))
		return txn_fail(run->txn, FAULT_MACRO_FAILED,
		    "the URL has a character at byte %zu that has to be percent-encoded", at);
	json_set_text(parcel, "to", url);
	json_set_text(parcel, "url", url);
	return true;
}

static bool
render_headers(struct macro_run *run, const struct webhook *webhook,
    struct json_object *parcel)
{
	struct json_object *headers = json_new_object(run->delivery->arena);
	struct span value;

	if (webhook->content_type.n == 0 && webhook->body != NULL)
		json_set_text(headers, "Content-Type", SPAN("application/json"));
	for (size_t i = 0; i < webhook->header_count; i++) {
		const struct webhook_header *header = &webhook->headers[i];

		if (header->sealed != NULL) {
			json_set(headers, header->name.p,
			    json_share(json_copy(run->delivery->arena, header->sealed)));
			continue;
		}
		if (!macro_render(run, header->value, HEADER_MAX, "a header", &value))
			return false;
		json_set_text(headers, header->name.p, value);
	}
	json_set(parcel, "headers", json_share(headers));
	return true;
}

static void
copy_member(struct macro_run *run, struct json_object *parcel, const char *member,
    struct json_object *value)
{
	if (value != NULL)
		json_set(parcel, member, json_share(json_copy(run->delivery->arena, value)));
}

/* Method, URL and body: the same request is sent once. */
static struct span
identity_of(struct arena *arena, const struct webhook *webhook,
    struct json_object *parcel)
{
	struct buf identity = { 0 };

	buf_span(&identity, webhook->method);
	buf_putc(&identity, ' ');
	buf_span(&identity, webhook->url != NULL ? json_string(parcel, "url")
	    : json_string(webhook->sealed_url, "sealed"));
	buf_putc(&identity, '\n');
	buf_span(&identity, json_string(parcel, "body"));
	return buf_keep(&identity, arena);
}

/* What the receiver will say of a body that its type calls JSON; NULL: nothing. */
static const char *
no_json(struct arena *arena, const struct webhook *webhook, struct span body)
{
	struct error error = { 0 };

	if (webhook->body == NULL || body_place(arena, webhook->content_type) != TAG_JSON ||
	    span_is(body, "null") ||
	    json_read(arena, body, &json_limits_document, &error) != NULL)
		return NULL;
	return arena_string(arena, span_of(error.detail));
}

const char *
webhook_run(struct macro_run *run, const void *rule)
{
	const struct webhook *webhook = rule;
	struct json_object *parcel = macro_parcel_new(run, "webhook");
	struct span body = SPAN("");
	const char *wrong;

	json_set_text(parcel, "method", webhook->method);
	if (!render_url(run, webhook, parcel) || !render_headers(run, webhook, parcel))
		return NULL;
	if (webhook->body != NULL) {
		if (!macro_render(run, webhook->body, BODY_MAX, "the body", &body))
			return NULL;
		json_set_text(parcel, "body", body);
	}
	copy_member(run, parcel, "auth", webhook->auth);
	copy_member(run, parcel, "sign", webhook->secret);
	copy_member(run, parcel, "returns", webhook->returns);
	if (webhook->timeout > 0)
		json_set_int(parcel, "timeout", webhook->timeout);
	if (webhook->ordered)
		json_set_bool(parcel, "ordered", true);
	if (!macro_parcel_add(run, identity_of(run->delivery->arena, webhook, parcel), parcel))
		return macro_skip(run, "queued by an action before this one");
	wrong = no_json(run->delivery->arena, webhook, body);
	return wrong == NULL ? "queued" : arena_printf(run->delivery->arena,
	    "queued, but its body is no JSON: %s", wrong);
}
