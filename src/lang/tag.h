/* SPDX-License-Identifier: ISC */
/*
 * Tags: Mustache (mustache.github.io: variables, sections, inverted sections,
 * comments, set delimiters; partials for our own pages; no lambdas, no blocks, no parents)
 * over facts, compiled once. Pure: no store.
 *
 * {{x}} escapes for the place that the template stands in; {{{x}}} and {{&x}}
 * insert as they are where that is safe (never in a header or URL, where they
 * escape all the same). In JSON {{{x}}} inserts a whole JSON value: strings
 * with their quotes, and null for what is absent. Dotted names walk objects
 * and, by number, arrays. `now` is the time of the delivery, as RFC 3339 text.
 *
 * Numbers and booleans print as their JSON text, objects and arrays as compact
 * JSON, absent values and null as nothing. In a section, names are looked for in its value
 * first, but the names of roots never in what is of the payload; {{.name}} is of the value
 * of the innermost section that is an object, alone. A section is passed over when its
 * value is absent, null, false, an empty list or empty text (a form's empty
 * field is no answer); 0 and {} hold. {{.}} is the value of the section around
 * it and an error outside of sections.
 *
 * A name may be followed by a format: {{user.createdAt | date}} (2026-11-23),
 * {{now | date "%d.%m.%Y %H:%M" "Europe/Berlin"}} (strftime's Y m d H M S B b A a
 * j Z z only, in English and in that zone, without one that of the facts; from RFC 3339 text, Unix seconds, or from 10^11 on
 * milliseconds), {{score | number}} (grouped thousands), {{x | upper}},
 * {{x | lower}}, {{x | default "none"}} (of what is absent or empty; single
 * quotes do too), {{x | ago}} ("3 min ago", "in 2 h", before or after `now`), {{x | path}}
 * (percent-encoded for a URL, but for its slashes). Formats can follow each other. What is
 * no time or number passes date, ago and number unchanged.
 */
#ifndef EARSHOT_TAG_H
#define EARSHOT_TAG_H

#include "base/arena.h"
#include "base/buf.h"
#include "lang/facts.h"

enum tag_place {
	TAG_TEXT,   /* nothing is escaped */
	TAG_HTML,   /* & < > " ' */
	TAG_JSON,   /* inside a JSON string */
	TAG_URL,    /* percent-encoded */
	TAG_HEADER, /* control characters become spaces, the template's own too */
};

struct tag;

struct tag_error {
	size_t at;      /* byte offset in the source */
	char text[200];
};

/* NULL with error. Bounds: 256 KiB of source, sections nested 32 deep. */
const struct tag *tag_compile(struct arena *arena, struct span source,
    enum tag_place place, struct tag_error *error_r);
/*
 * Likewise, for pages of our own. {{>name}} is the text of that name, put in its place before
 * anything is read, so that a section may not begin in one and end in another; partials stand
 * in each other, at most 8 deep. An error says in which part it is; `at` counts in that.
 */
struct tag_parts {
	/* False when there is none of that name. The text lives as long as the arena. */
	bool (*part)(void *arg, struct span name, struct span *text_r);
	void *arg;
	/* Names, NULL-terminated, that are of roots in every section, whatever its value has. */
	const char *const *roots;
};
const struct tag *tag_compile_with(struct arena *arena, struct span source,
    enum tag_place place, const struct tag_parts *parts, struct tag_error *error_r);
/*
 * Appends; false when more than limit bytes would be written, or when sections
 * repeat beyond a million steps (out is cut back in both cases).
 */
bool tag_render(const struct tag *tag, const struct facts *facts,
    struct arena *scratch, size_t limit, struct buf *out);
/* Likewise; tells where values stand in out, also those that are empty. */
bool tag_render_told(const struct tag *tag, const struct facts *facts,
    struct arena *scratch, size_t limit, struct buf *out,
    void (*value)(void *arg, size_t from, size_t to), void *arg);
/*
 * HTML in which no link runs a program: URLs of attributes such as href and src with a
 * scheme that does (javascript:, vbscript:, data: but for images) get "unsafe:" before it.
 * In the arena, or html itself. Pure.
 */
struct span tag_html_links(struct arena *arena, struct span html);
/*
 * Every name, of values and of sections, that only a root can answer because
 * it stands in no section ({{^x}} makes no context): for finding unknown roots.
 */
void tag_names(const struct tag *tag,
    void (*each)(void *arg, struct span name, size_t at), void *arg);
bool tag_is_plain(const struct tag *tag); /* holds no tag at all */

#endif
