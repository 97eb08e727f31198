/* SPDX-License-Identifier: ISC */
/*
 * Links of HTML that tags have been put into. Escaping keeps a value inside its attribute;
 * where the attribute is a URL, the value may still choose what a click does.
 */
#include "lang/tag.h"

#include <strings.h>

#define SCHEME_MAX 16

struct scan {
	struct span html;
	size_t at;
};

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static char
here(const struct scan *scan)
{
	return scan->at < scan->html.n ? scan->html.p[scan->at] : '>';
}

static bool
is_link(struct span name)
{
	static const char *const names[] = { "href", "src", "action", "formaction",
		"background", "poster", "data", "xlink:href" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_is_nocase(name, names[i]))
			return true;
	return false;
}

/*
 * Programs, and documents that hold programs. Readers of HTML pass over blanks and control
 * characters here (WHATWG URL, 4.4).
 */
static bool
runs(struct span url)
{
	char scheme[SCHEME_MAX];
	size_t n = 0, i = 0;

	for (; i < url.n && url.p[i] != ':'; i++) {
		if ((unsigned char)url.p[i] <= ' ')
			continue;
		if (n == sizeof scheme - 1 || !is_letter(url.p[i]))
			return false;
		scheme[n++] = url.p[i];
	}
	scheme[n] = '\0';
	if (i == url.n)
		return false;
	if (strcasecmp(scheme, "data") == 0)
		return url.n - i < 7 || strncasecmp(url.p + i, ":image/", 7) != 0 ||
		    (url.n - i >= 10 && strncasecmp(url.p + i, ":image/svg", 10) == 0);
	return strcasecmp(scheme, "javascript") == 0 || strcasecmp(scheme, "vbscript") == 0;
}

static struct span
name(struct scan *scan)
{
	size_t from = scan->at;

	while (!is_blank(here(scan)) && here(scan) != '=' && here(scan) != '>' &&
	    here(scan) != '/')
		scan->at++;
	return (struct span){ scan->html.p + from, scan->at - from };
}

/* Behind '='. */
static struct span
value(struct scan *scan)
{
	char quote = here(scan);
	size_t from;

	if (quote != '"' && quote != '\'')
		quote = 0;
	scan->at += quote != 0;
	from = scan->at;
	while (scan->at < scan->html.n && (quote != 0 ? here(scan) != quote
	                                            : !is_blank(here(scan)) && here(scan) != '>'))
		scan->at++;
	return (struct span){ scan->html.p + from, scan->at - from };
}

static void
blanks(struct scan *scan)
{
	while (is_blank(here(scan)))
		scan->at++;
}

/* Of the next attribute of a tag; false at the tag's end. p is NULL without a value. */
static bool
attribute(struct scan *scan, struct span *name_r, struct span *value_r)
{
	while (is_blank(here(scan)) || here(scan) == '/')
		scan->at++;
	if (here(scan) == '>')
		return false;
	*name_r = name(scan);
	scan->at += name_r->n == 0; /* a stray '=' */
	*value_r = (struct span){ NULL, 0 };
	blanks(scan);
	if (here(scan) != '=')
		return true;
	scan->at++;
	blanks(scan);
	*value_r = value(scan);
	return true;
}

struct span
tag_html_links(struct arena *arena, struct span html)
{
	struct scan scan = { html, 0 };
	struct buf out = { 0 };
	size_t done = 0;

	while (scan.at < html.n) {
		struct span name, value;

		if (html.p[scan.at++] != '<' || !is_letter(here(&scan)))
			continue;
		while (is_letter(here(&scan)) || (here(&scan) >= '0' && here(&scan) <= '9') ||
		    here(&scan) == ':' || here(&scan) == '-')
			scan.at++;
		while (attribute(&scan, &name, &value)) {
			size_t at = value.p != NULL ? (size_t)(value.p - html.p) : 0;

			if (value.p == NULL || !is_link(name) || !runs(value))
				continue;
			buf_put(&out, html.p + done, at - done);
			buf_puts(&out, "unsafe:");
			done = at;
		}
	}
	if (done == 0)
		return html;
	buf_put(&out, html.p + done, html.n - done);
	return buf_keep(&out, arena);
}
