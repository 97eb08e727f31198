/* SPDX-License-Identifier: ISC */
/* multipart/form-data: RFC 7578 inside the syntax of RFC 2046, section 5.1. */
#include "base/text.h"
#include "http/body_private.h"

#include <string.h>

#define HEAD_MAX 4096
#define BOUNDARY_MAX 70

struct part {
	struct span name;     /* p is NULL while unknown */
	struct span filename; /* likewise; only files have one */
	struct span type;     /* the Content-Type as sent, or empty */
};

static bool
bad(struct form *form, const char *what)
{
	return error_set(form->error, FAULT_BAD_FORM, "%s", what);
}

static void
advance(struct span *rest, size_t n)
{
	rest->p += n;
	rest->n -= n;
}

/* RFC 2046: 1 to 70 of these, the last no space. */
static bool
boundary_check(struct span boundary)
{
	static const char marks[] = "'()+_,-./:=? ";

	if (boundary.n == 0 || boundary.n > BOUNDARY_MAX ||
	    boundary.p[boundary.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < boundary.n; i++) {
		char c = boundary.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && (c == '\0' || strchr(marks, c) == NULL))
			return false;
	}
	return true;
}

/* What stands before the mark; rest moves behind it. False without one. */
static bool
cut(struct span *rest, struct span mark, struct span *before_r)
{
	const char *at = memmem(rest->p, rest->n, mark.p, mark.n);

	if (at == NULL)
		return false;
	*before_r = (struct span){ rest->p, (size_t)(at - rest->p) };
	advance(rest, before_r->n + mark.n);
	return true;
}

static bool
disposition(struct form *form, struct span value, struct part *part)
{
	struct span parameter;
	struct span name;
	int more;

	if (part->name.p != NULL)
		return bad(form, "A part of the form has two Content-Dispositions.");
	if (!span_is_nocase(body_token(&value), "form-data"))
		return bad(form, "The Content-Disposition of each part has to be form-data.");
	while ((more = body_parameter(form->arena, &value, &name, &parameter)) > 0) {
		struct span *known = span_is_nocase(name, "name") ? &part->name
		    : span_is_nocase(name, "filename")            ? &part->filename
		                                                  : NULL;

		if (known != NULL && known->p != NULL)
			return bad(form, "A Content-Disposition names one parameter twice.");
		if (known != NULL)
			*known = parameter;
	}
	if (more < 0)
		return bad(form, "The Content-Disposition of a part is malformed.");
	if (part->name.p == NULL)
		return bad(form, "A part of the form has no name.");
	return true;
}

/* RFC 7578 deprecates it; only what changes no byte is understood. */
static bool
transfer_encoding(struct form *form, struct span value)
{
	if (span_is_nocase(value, "7bit") || span_is_nocase(value, "8bit") ||
	    span_is_nocase(value, "binary"))
		return true;
	return bad(form, "The Content-Transfer-Encoding of parts has to be 8bit or binary.");
}

static bool
header_line(struct form *form, struct span line, struct part *part)
{
	struct span name = body_token(&line);

	if (name.n == 0 || line.n == 0 || line.p[0] != ':')
		return bad(form, "A header line of a part is not of the form Name: value.");
	advance(&line, 1);
	line = text_trim(line);
	if (span_is_nocase(name, "Content-Disposition"))
		return disposition(form, line, part);
	if (span_is_nocase(name, "Content-Transfer-Encoding"))
		return transfer_encoding(form, line);
	if (span_is_nocase(name, "Content-Type")) {
		if (part->type.n > 0)
			return bad(form, "A part of the form has two Content-Types.");
		part->type = line;
	}
	return true;
}

/* Lines that each end with CR LF. */
static bool
read_head(struct form *form, struct span head, struct part *part)
{
	struct span line;

	if (!text_utf8(head))
		return error_set(form->error, FAULT_BAD_ENCODING,
		    "The headers of a part are not valid UTF-8.");
	while (cut(&head, SPAN("\r\n"), &line)) {
		for (size_t i = 0; i < line.n; i++)
			if (((unsigned char)line.p[i] < ' ' && line.p[i] != '\t') ||
			    line.p[i] == 0x7f)
				return bad(form, "A header of a part has a control character.");
		if (!header_line(form, line, part))
			return false;
	}
	return part->name.p != NULL || bad(form, "A part has no Content-Disposition.");
}

static bool
put_text(struct form *form, const struct part *part, struct span content)
{
	struct media media = { 0 };

	if (part->type.n > 0 && !body_media(form->arena, part->type, &media))
		return bad(form, "The Content-Type of a part is malformed.");
	if (!body_charset(&media))
		return error_set(form->error, FAULT_UNSUPPORTED_MEDIA_TYPE,
		    "The charset of a part is not read; send UTF-8.");
	return form_text(form, part->name, content);
}

static bool
put_file(struct form *form, const struct part *part, struct span content)
{
	const struct body_file told = { part->name, part->filename, content };
	struct json_object *file;

	if (form->file != NULL) {
		form->file(form->arg, &told);
		return true;
	}
	file = json_new_object(form->arena);
	json_set_text(file, "filename", part->filename);
	json_set_text(file, "type",
	    part->type.n > 0 ? part->type : SPAN("application/octet-stream"));
	json_set_int(file, "size", (int64_t)content.n);
	return form_file(form, part->name, file);
}

static bool
read_part(struct form *form, struct span text)
{
	struct span within = { text.p, text.n < HEAD_MAX ? text.n : HEAD_MAX };
	struct span head;
	struct part part = { 0 };

	if (!cut(&within, SPAN("\r\n\r\n"), &head))
		return bad(form, "The headers of a part do not end within 4096 bytes.");
	head.n += 2; /* its last line keeps its end */
	if (!read_head(form, head, &part))
		return false;
	advance(&text, head.n + 2);
	if (form->field != NULL)
		form->field(form->arg, part.name, text, text);
	if (part.filename.p != NULL)
		return put_file(form, &part, text);
	return put_text(form, &part, text);
}

bool
form_multipart(struct form *form, struct span boundary, struct span body)
{
	struct span mark, part, line;

	if (!boundary_check(boundary))
		return bad(form, "multipart/form-data needs a boundary of 1 to 70 characters.");
	mark = span_of(arena_printf(form->arena, "\r\n--%.*s", (int)boundary.n, boundary.p));
	/* At the start of the body it has no line end before it. */
	if (body.n >= mark.n - 2 && memcmp(body.p, mark.p + 2, mark.n - 2) == 0)
		advance(&body, mark.n - 2);
	else if (!cut(&body, mark, &part))
		return bad(form, "The boundary of the Content-Type is not in the body.");
	for (unsigned parts = 0; !span_starts(body, "--"); parts++) {
		if (!cut(&body, SPAN("\r\n"), &line) || text_trim(line).n > 0)
			return bad(form, "After a boundary the line has to end with CR LF.");
		if (parts == form->limits->members)
			return form_too_many(form, "parts", parts, "body_members");
		if (!cut(&body, mark, &part))
			return bad(form, "The last part of the form does not end with the boundary.");
		if (!read_part(form, part))
			return false;
	}
	return true;
}
