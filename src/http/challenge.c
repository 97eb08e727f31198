/* SPDX-License-Identifier: ISC */
#include "http/challenge.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/secret.h"
#include "base/text.h"

#include <string.h>

#define VALUE_MAX 1024 /* Microsoft Graph's are sentences */

enum where { IN_QUERY, IN_BODY, IN_HEADER };
enum as { AS_TEXT, AS_JSON, AS_HMAC, AS_HEADER, AS_SHOW };

/* A parameter of the body that tells a challenge from everything else. */
struct condition {
	struct span parameter, value;
};

struct challenge {
	enum where where;
	enum as as;
	struct span name;       /* in the query, of the header, or a parameter of the body */
	struct span member;     /* of the JSON that is answered */
	struct span verify;     /* in the query, "" none */
	bool hmac;
	struct span hmac_member, hmac_prefix;
	bool hmac_base64;
	struct condition *conditions;
	size_t condition_count;
};

static bool
as_of(struct json_object *spec, enum as *as_r)
{
	static const char *const names[] = { [AS_TEXT] = "text", [AS_JSON] = "json",
		[AS_HMAC] = "hmac", [AS_HEADER] = "header", [AS_SHOW] = "show" };
	struct span as = json_string(spec, "as");

	*as_r = json_has(spec, "header") ? AS_HEADER : AS_TEXT;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_is(as, names[i])) {
			*as_r = (enum as)i;
			return true;
		}
	return as.n == 0;
}

static const char *
wrong_conditions(struct arena *arena, struct json_object *where)
{
	struct doc_member *members;
	size_t n = doc_members(arena, where, &members);
	const char *wrong = NULL;

	for (size_t i = 0; i < n && wrong == NULL; i++)
		wrong = doc_type(members[i].value) != DOC_STRING
		    ? "\"where\" has texts: {\"event\": \"endpoint.url_validation\"}"
		    : pointer_check(span_of(members[i].name));
	return wrong;
}

const char *
challenge_wrong(struct arena *arena, struct json_object *spec)
{
	bool query = json_has(spec, "query"), body = json_has(spec, "parameter");
	bool header = json_has(spec, "header"), hmac = json_has(spec, "hmac");
	enum as as;

	as_of(spec, &as);
	if (query + body + header != 1)
		return "one of \"query\", \"parameter\" and \"header\" names what is echoed";
	/* It becomes a header of the answer, where other names mean something. */
	if (header && (!request_is_token(json_string(spec, "header")) ||
	        !span_starts(text_fold(arena, json_string(spec, "header")), "x-")))
		return "\"header\" must be the name of a header that begins with X-";
	if (header != (as == AS_HEADER))
		return "a header is echoed as a header, and nothing else is";
	if (as == AS_HMAC && !hmac)
		return "\"hmac\" is missing: how the value is signed";
	if (hmac && as != AS_HMAC && as != AS_JSON)
		return "\"hmac\" is answered in JSON: \"as\" is \"hmac\" or \"json\"";
	if (!body && json_has(spec, "where"))
		return "\"where\" looks at the body, and such a challenge has none";
	if (body && json_members(json_get(spec, "where")) == 0)
		return "\"where\" is missing: what in the body tells a challenge from all else";
	if (body && json_has(spec, "verify"))
		return "\"verify\" is for challenges in the query; one in the body is signed";
	return wrong_conditions(arena, json_get(spec, "where"));
}

/* The last part of "/payload/plainToken". */
static struct span
last_part(struct span name)
{
	const char *slash = name.n > 0 && name.p[0] == '/'
	    ? memrchr(name.p, '/', name.n) : NULL;

	return slash == NULL ? name
	    : (struct span){ slash + 1, (size_t)(name.p + name.n - slash - 1) };
}

static struct span
kept(struct arena *arena, struct json_object *object, const char *member)
{
	return arena_copy(arena, json_string(object, member));
}

const struct challenge *
challenge_compile(struct arena *arena, struct json_object *spec)
{
	struct challenge *challenge = arena_alloc(arena, sizeof *challenge);
	struct json_object *hmac = json_get(spec, "hmac");
	struct doc_member *where;
	size_t n = doc_members(arena, json_get(spec, "where"), &where);

	challenge->where = json_has(spec, "query") ? IN_QUERY
	    : json_has(spec, "header") ? IN_HEADER : IN_BODY;
	as_of(spec, &challenge->as);
	challenge->name = kept(arena, spec, challenge->where == IN_QUERY ? "query"
	    : challenge->where == IN_HEADER ? "header" : "parameter");
	challenge->member = kept(arena, spec, "name");
	if (challenge->member.n == 0)
		challenge->member = last_part(challenge->name);
	challenge->verify = kept(arena, spec, "verify");
	challenge->hmac = hmac != NULL;
	challenge->hmac_member = kept(arena, hmac, "name");
	challenge->hmac_prefix = kept(arena, hmac, "prefix");
	challenge->hmac_base64 = span_is(json_string(hmac, "encoding"), "base64");
	challenge->conditions = arena_alloc(arena, (n + 1) * sizeof *challenge->conditions);
	for (size_t i = 0; i < n; i++)
		challenge->conditions[challenge->condition_count++] = (struct condition){
			arena_copy(arena, span_of(where[i].name)),
			arena_copy(arena, json_span(where[i].value)) };
	return challenge;
}

bool
challenge_is_bare(const struct challenge *challenge)
{
	return challenge->where != IN_BODY;
}

bool
challenge_has_token(const struct challenge *challenge)
{
	return challenge->verify.n > 0;
}

struct span
challenge_token(const struct challenge *challenge, const struct request *request,
    struct arena *arena)
{
	struct span token = challenge->verify.n == 0 ? SPAN("")
	    : request_query(request, arena, arena_string(arena, challenge->verify));

	return token.p != NULL ? token : SPAN("");
}

static bool
holds(const struct challenge *challenge, struct json_object *payload)
{
	struct json_object *value;

	for (size_t i = 0; i < challenge->condition_count; i++)
		if (!pointer_get(payload, challenge->conditions[i].parameter, &value) ||
		    !span_eq(json_span(value), challenge->conditions[i].value))
			return false;
	return true;
}

static struct span
value_of(const struct challenge *challenge, const struct request *request,
    struct json_object *payload, struct arena *arena)
{
	struct json_object *value = NULL;
	struct span text = { NULL, 0 };

	switch (challenge->where) {
	case IN_QUERY:
		return request_query(request, arena, arena_string(arena, challenge->name));
	case IN_HEADER:
		return request_header(request, arena_string(arena,
		    text_fold(arena, challenge->name)));
	case IN_BODY:
		if (payload != NULL && holds(challenge, payload) &&
		    pointer_get(payload, challenge->name, &value))
			text = json_span(value).p != NULL ? json_span(value)
			    : json_number_text(value);
		return text;
	}
	return text;
}

/* Nothing of a stranger's that could be more than a token is signed with a secret that
 * signs bodies as well: no JSON, no form, no "v0:time:body". */
static bool
is_token(struct span value)
{
	size_t n = value.n;

	while (n > 0 && value.p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		char c = value.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_' && c != '.' && c != '/' && c != '+')
			return false;
	}
	return n > 0;
}

static void
set_hmac(const struct challenge *challenge, struct span value, struct span secret,
    struct arena *arena, struct json_object *answer)
{
	unsigned char mac[SECRET_MAC_MAX];
	size_t n = secret_hmac(SECRET_SHA256, secret, &value, 1, mac);
	struct span bytes = { (const char *)mac, n };
	struct span text = challenge->hmac_base64 ? secret_base64(arena, bytes)
	                                          : secret_hex(arena, bytes);

	json_set_text(answer, arena_string(arena, challenge->hmac_member),
	    span_of(arena_join(arena, challenge->hmac_prefix, text, SPAN(""))));
}

/* It goes into a header of ours. */
static bool
is_visible(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < ' ' || value.p[i] > '~')
			return false;
	return true;
}

bool
challenge_read(const struct challenge *challenge, const struct request *request,
    struct json_object *payload, struct span secret, struct arena *arena,
    struct challenge_answer *answer_r)
{
	struct span value = value_of(challenge, request, payload, arena);
	struct json_object *answer = json_new_object(arena);

	*answer_r = (struct challenge_answer){ .sentence = SPAN("echoed") };
	if (value.n == 0 || value.n > VALUE_MAX || !text_printable(value) ||
	    (challenge->hmac && (secret.p == NULL || !is_token(value))))
		return false;
	switch (challenge->as) {
	case AS_TEXT:
		answer_r->content_type = "text/plain; charset=utf-8";
		answer_r->body = arena_copy(arena, value);
		return true;
	case AS_HEADER:
		if (!is_visible(value))
			return false;
		answer_r->headers = span_of(arena_printf(arena, "%.*s: %.*s\r\n",
		    (int)challenge->name.n, challenge->name.p, (int)value.n, value.p));
		return true;
	case AS_SHOW:
		answer_r->sentence = span_of(arena_printf(arena, "to be confirmed by opening %.*s",
		    (int)value.n, value.p));
		return true;
	case AS_JSON:
	case AS_HMAC:
		if (challenge->as == AS_JSON)
			json_set_text(answer, arena_string(arena, challenge->member), value);
		if (challenge->hmac)
			set_hmac(challenge, value, secret, arena, answer);
		answer_r->content_type = "application/json";
		answer_r->body = json_write(arena, answer);
		return true;
	}
	return false;
}
