/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "http/body.h"
#include "http/body_private.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct span
body_token(struct span *rest)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	struct span token = { rest->p, 0 };

	while (token.n < rest->n) {
		char c = rest->p[token.n];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && (c == '\0' || strchr(others, c) == NULL))
			break;
		token.n++;
	}
	rest->p += token.n;
	rest->n -= token.n;
	return token;
}

static bool
skip(struct span *rest, char c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	rest->p++;
	rest->n--;
	return true;
}

static bool
is_protected(const char *p, size_t n)
{
	return n > 1 && p[0] == '\\' && (p[1] == '"' || p[1] == '\\');
}

/*
 * Behind the opening quote. A backslash protects only a quote and itself:
 * browsers send file names such as C:\new.txt as they are.
 */
static bool
quoted(struct arena *arena, struct span *rest, struct span *value_r)
{
	char *out;
	size_t n = 0, end = 0;

	/* Room for this one alone: there may be hundreds in a line. */
	while (end < rest->n && rest->p[end] != '"')
		end += is_protected(rest->p + end, rest->n - end) ? 2 : 1;
	if (end >= rest->n)
		return false;
	out = arena_alloc(arena, end + 1);
	while (!skip(rest, '"')) {
		if (is_protected(rest->p, rest->n))
			skip(rest, '\\');
		out[n++] = *rest->p++;
		rest->n--;
	}
	*value_r = (struct span){ out, n };
	return true;
}

int
body_parameter(struct arena *arena, struct span *rest, struct span *name_r,
    struct span *value_r)
{
	bool separated = false;

	for (;;) {
		*rest = text_trim(*rest);
		if (rest->n == 0)
			return 0;
		if (!skip(rest, ';'))
			break;
		separated = true;
	}
	*name_r = body_token(rest);
	if (!separated || name_r->n == 0 || !skip(rest, '='))
		return -1;
	if (skip(rest, '"'))
		return quoted(arena, rest, value_r) ? 1 : -1;
	*value_r = body_token(rest);
	return value_r->n > 0 ? 1 : -1;
}

bool
body_media(struct arena *arena, struct span header, struct media *media_r)
{
	struct span rest = text_trim(header), name, value;
	const char *start = rest.p;
	int more;

	*media_r = (struct media){ 0 };
	if (body_token(&rest).n == 0 || !skip(&rest, '/') || body_token(&rest).n == 0)
		return false;
	media_r->type = (struct span){ start, (size_t)(rest.p - start) };
	while ((more = body_parameter(arena, &rest, &name, &value)) > 0) {
		struct span *known = span_is_nocase(name, "charset") ? &media_r->charset
		    : span_is_nocase(name, "boundary")               ? &media_r->boundary
		                                                     : NULL;

		if (known != NULL && known->p != NULL)
			return false;
		if (known != NULL)
			*known = value;
	}
	return more == 0;
}

bool
body_charset(const struct media *media)
{
	static const char *const readable[] = { "utf-8", "utf8", "us-ascii" };

	if (media->charset.p == NULL)
		return true;
	for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++)
		if (span_is_nocase(media->charset, readable[i]))
			return true;
	return false;
}

bool
form_too_many(struct form *form, const char *what, unsigned limit, const char *setting)
{
	if (form->limits->settings)
		return error_set(form->error, FAULT_TOO_LARGE, "The form has more than %u %s: "
		    "%s = %u in earshot.conf is the limit.", limit, what, setting, limit);
	return error_set(form->error, FAULT_BAD_FORM, "The form has more than %u %s.", limit,
	    what);
}

/* A name that comes again makes an array of its values. */
static bool
add_field(struct form *form, struct span name, struct json_object *value)
{
	char *key = arena_string(form->arena, name);
	struct json_object *first = json_get(form->fields, key), *all = first;

	if (memchr(name.p, '\0', name.n) != NULL)
		return error_set(form->error, FAULT_BAD_FORM,
		    "The name of a form field contains a NUL byte.");
	if (!text_utf8(name))
		return error_set(form->error, FAULT_BAD_ENCODING,
		    "The name of form field %u is not valid UTF-8.", form->count + 1);
	if (form->count == form->limits->members)
		return form_too_many(form, "fields", form->limits->members, "body_members");
	form->count++;
	if (first == NULL) {
		json_set(form->fields, key, json_share(value));
		return true;
	}
	if (!json_is_array(first)) {
		all = json_new_array(form->arena);
		json_append(all, json_share(first));
		json_set(form->fields, key, json_share(all));
	}
	json_append(all, json_share(value));
	return true;
}

bool
form_text(struct form *form, struct span name, struct span text)
{
	if (!text_utf8(text))
		return error_set(form->error, FAULT_BAD_ENCODING,
		    "The value of form field %u is not valid UTF-8.", form->count + 1);
	form->texts++;
	if (span_is(name, "payload"))
		form->payload = text;
	return add_field(form, name, json_new_text(form->arena, text));
}

bool
form_file(struct form *form, struct span name, struct json_object *file)
{
	return add_field(form, name, file);
}

static bool
decoded(struct form *form, struct span text, struct span *out_r)
{
	if (text_percent_decode(form->arena, text, true, out_r))
		return true;
	return error_set(form->error, FAULT_BAD_FORM,
	    "In form field %u a %% is not followed by two hexadecimal digits.",
	    form->count + 1);
}

/* application/x-www-form-urlencoded, as the URL standard of WHATWG reads it. */
static bool
form_urlencoded(struct form *form, struct span body)
{
	while (body.n > 0) {
		struct span raw = text_cut(&body, '&'), name, value;

		if (raw.n == 0)
			continue;
		name = text_cut(&raw, '=');
		if (raw.p == NULL)
			raw = SPAN("");
		if (!decoded(form, name, &name) || !decoded(form, raw, &value) ||
		    !form_text(form, name, value))
			return false;
		if (form->field != NULL)
			form->field(form->arg, name, raw, value);
	}
	return true;
}

/* At the first byte that is no space. */
static bool
begins_like_json(struct span text)
{
	while (text.n > 0 && memchr(" \t\r\n", text.p[0], 4) != NULL)
		text = (struct span){ text.p + 1, text.n - 1 };
	return span_starts(text, "{") || span_starts(text, "[");
}

static struct span
without_mark(struct span text)
{
	return span_starts(text, "\xef\xbb\xbf") ? (struct span){ text.p + 3, text.n - 3 }
	                                           : text;
}

/*
 * GitHub, Slack and others wrap their JSON into payload=, the only text of the
 * form. Beside other text it is a field like any.
 */
static struct json_object *
form_done(struct form *form)
{
	if (form->texts == 1 && span_starts(form->payload, "{"))
		return json_read(form->arena, form->payload, form->limits, form->error);
	form->is_form = true;
	return form->fields;
}

static bool
form_read(struct form *form, const struct media *media, struct span body)
{
	body = without_mark(body);
	if (body.n == 0)
		return true;
	return span_is_nocase(media->type, "multipart/form-data")
	    ? form_multipart(form, media->boundary, body) : form_urlencoded(form, body);
}

/* JSON that its sender calls a form: whether it is, for better or worse. A form whose first
 * name begins with a brace is one, if it has more than that. */
static bool
is_json_in_disguise(struct form *form, const struct media *media, struct span body,
    struct json_object **json_r)
{
	struct error error = { 0 };

	*json_r = NULL;
	if (!span_is_nocase(media->type, "application/x-www-form-urlencoded") ||
	    !begins_like_json(without_mark(body)))
		return false;
	*json_r = json_read(form->arena, body, form->limits, &error);
	if (*json_r != NULL || (error.fault == FAULT_BAD_JSON &&
	    memchr(body.p, '&', body.n) != NULL))
		return *json_r != NULL;
	return !error_set(form->error, error.fault, "%s (The Content-Type says form, but the "
	    "body begins like JSON; with curl add: -H 'Content-Type: application/json')",
	    error.detail);
}

static struct json_object *
read_form(struct arena *arena, const struct media *media, struct span body,
    const struct json_limits *limits, bool *form_r, struct error *error)
{
	struct form form = { .arena = arena, .limits = limits, .error = error,
		.fields = json_new_object(arena) };
	struct json_object *value;

	if (is_json_in_disguise(&form, media, body, &value))
		return value;
	value = form_read(&form, media, body) ? form_done(&form) : NULL;
	*form_r = form.is_form;
	return value;
}

/* By its first bytes it is something else, as which it should have been sent. */
static bool
is_no_json(struct span body, struct error *error)
{
	size_t name = 0;

	while (name < body.n && (isalnum((unsigned char)body.p[name]) ||
	    memchr("_-.[]%+", body.p[name], 7) != NULL))
		name++;
	if (body.n > 1 && (unsigned char)body.p[0] == 0x1f && (unsigned char)body.p[1] == 0x8b)
		return !error_set(error, FAULT_BAD_ENCODING, "The body is compressed by gzip; send "
		    "Content-Encoding: gzip with it.");
	if (name > 0 && name < body.n && body.p[name] == '=' && body.p[0] != '[')
		return !error_set(error, FAULT_BAD_JSON, "The body is no JSON, but looks like a form; send "
		    "Content-Type: application/x-www-form-urlencoded with it.");
	return false;
}

static struct json_object *
read_json(struct arena *arena, struct span body, const struct json_limits *limits,
    struct error *error)
{
	struct json_object *root;

	if (without_mark(body).n == 0) {
		error_set(error, FAULT_BAD_JSON, "The body is empty; a JSON object is expected.");
		return NULL;
	}
	if (is_no_json(body, error))
		return NULL;
	root = json_read(arena, body, limits, error);
	if (root == NULL || json_is_object(root) || json_is_array(root))
		return root;
	error_set(error, FAULT_BAD_JSON,
	    "The body is a single JSON value; a JSON object is expected.");
	return NULL;
}

static bool
is_json(struct span type)
{
	static const char suffix[] = "+json";
	size_t n = sizeof suffix - 1;

	return span_is_nocase(type, "application/json") ||
	    (type.n > n && strncasecmp(type.p + type.n - n, suffix, n) == 0);
}

static bool
is_form(struct span type)
{
	return span_is_nocase(type, "application/x-www-form-urlencoded") ||
	    span_is_nocase(type, "multipart/form-data");
}

bool
body_mistyped(struct arena *arena, struct span content_type, struct span body)
{
	struct media media;
	size_t i = 0;

	content_type = text_trim(content_type);
	if (content_type.n == 0 || (body_media(arena, content_type, &media) &&
	        (is_json(media.type) || is_form(media.type))))
		return false;
	while (i < body.n && memchr(" \t\r\n", body.p[i], 4) != NULL)
		i++;
	return i < body.n && (body.p[i] == '{' || body.p[i] == '[');
}

struct json_object *
body_read(struct arena *arena, struct span content_type, struct span body,
    const struct json_limits *limits, bool *form_r, struct error *error)
{
	struct media media;
	bool form;

	if (form_r == NULL)
		form_r = &form;
	*form_r = false;
	content_type = text_trim(content_type);
	if (content_type.n == 0)
		return read_json(arena, body, limits, error);
	if (!body_media(arena, content_type, &media)) {
		error_set(error, FAULT_UNSUPPORTED_MEDIA_TYPE,
		    "The Content-Type is malformed; send application/json.");
		return NULL;
	}
	if (!is_json(media.type) && !is_form(media.type)) {
		error_set(error, FAULT_UNSUPPORTED_MEDIA_TYPE,
		    "Bodies of type %.*s are not read; send application/json, "
		    "application/x-www-form-urlencoded or multipart/form-data. If it is JSON "
		    "all the same, the listener may say \"body\":\"json\".",
		    media.type.n < 60 ? (int)media.type.n : 60, media.type.p);
		return NULL;
	}
	if (!body_charset(&media)) {
		error_set(error, FAULT_UNSUPPORTED_MEDIA_TYPE,
		    "The charset of the Content-Type is not read; send UTF-8.");
		return NULL;
	}
	if (is_json(media.type))
		return read_json(arena, body, limits, error);
	return read_form(arena, &media, body, limits, form_r, error);
}

struct json_object *
body_upload(struct arena *arena, struct span content_type, struct span body,
    unsigned fields_max, void (*file)(void *, const struct body_file *), void *arg,
    struct error *error)
{
	const struct json_limits limits = { .members = fields_max };
	struct form form = { .arena = arena, .limits = &limits, .error = error,
		.fields = json_new_object(arena), .file = file, .arg = arg };
	struct media media;

	if (!body_media(arena, text_trim(content_type), &media) ||
	    !span_is_nocase(media.type, "multipart/form-data")) {
		error_set(error, FAULT_UNSUPPORTED_MEDIA_TYPE,
		    "A file is sent as multipart/form-data.");
		return NULL;
	}
	return form_read(&form, &media, body) ? form.fields : NULL;
}

bool
body_fields(struct arena *arena, struct span content_type, struct span body,
    void (*field)(void *, struct span, struct span, struct span), void *arg)
{
	struct error error = { 0 };
	struct form form = { .arena = arena, .limits = &json_limits_kept,
		.error = &error, .fields = json_new_object(arena), .field = field, .arg = arg };
	struct json_object *json;
	struct media media;

	return body_media(arena, text_trim(content_type), &media) && is_form(media.type) &&
	    !is_json_in_disguise(&form, &media, body, &json) && form_read(&form, &media, body);
}
