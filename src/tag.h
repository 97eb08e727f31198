/* SPDX-License-Identifier: ISC */
/*
 * Tags: Mustache (mustache.github.io: variables, sections, inverted sections,
 * comments, set delimiters; no partials, no lambdas) over facts, compiled once.
 * Pure: no store.
 *
 * {{x}} escapes for the place that the template stands in; {{{x}}} and {{&x}}
 * insert as they are where that is safe (never in a header or URL, where they
 * escape all the same). Dotted names walk objects and, by number, arrays.
 *
 * A name may be followed by a format: {{user.createdAt | date}},
 * {{now | date "%d.%m.%Y %H:%M"}} (strftime's Y m d H M S B b A a j only),
 * {{score | number}} (grouped thousands), {{x | upper}}, {{x | lower}},
 * {{x | default "none"}}. Absent values are empty.
 */
#ifndef EARSHOT_TAG_H
#define EARSHOT_TAG_H

#include "arena.h"
#include "buf.h"
#include "facts.h"

enum tag_place {
	TAG_TEXT,   /* nothing is escaped */
	TAG_HTML,   /* & < > " ' */
	TAG_JSON,   /* inside a JSON string */
	TAG_URL,    /* percent-encoded */
	TAG_HEADER, /* control characters become spaces, line breaks too */
};

struct tag;

struct tag_error {
	size_t at;      /* byte offset in the source */
	char text[200];
};

/* NULL with error. Bounds: 256 KiB of source, sections nested 32 deep. */
const struct tag *tag_compile(struct arena *arena, struct span source,
    enum tag_place place, struct tag_error *error_r);
/* Appends; false when more than limit bytes would be written (out is cut back). */
bool tag_render(const struct tag *tag, const struct facts *facts,
    struct arena *scratch, size_t limit, struct buf *out);
/* Every name outside sections, and every section's own name: for finding unknown roots. */
void tag_names(const struct tag *tag, void (*each)(void *arg, struct span name, size_t at),
    void *arg);
bool tag_is_plain(const struct tag *tag); /* holds no tag at all */

#endif
