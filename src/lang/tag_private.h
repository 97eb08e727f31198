/* SPDX-License-Identifier: ISC */
/*
 * What the three files of the tag engine share: a template is a flat list of
 * operations, so that rendering needs no recursion. tag_parse.c writes it,
 * tag.c runs it, tag_format.c knows what stands behind '|'.
 */
#ifndef EARSHOT_TAG_PRIVATE_H
#define EARSHOT_TAG_PRIVATE_H

#include "lang/tag.h"

#define TAG_SOURCE_MAX ((size_t)256 * 1024)
#define TAG_NAME_MAX 256      /* bytes of one dotted name */
#define TAG_DEPTH 32          /* sections inside each other */
#define TAG_DELIMITER_MAX 16  /* bytes of {{=one two=}} */
#define TAG_FORMATS_MAX 8     /* behind one name */
#define TAG_PARTS_DEPTH 8     /* partials inside each other */

enum tag_format_kind {
	TAG_FORMAT_DATE,
	TAG_FORMAT_NUMBER,
	TAG_FORMAT_UPPER,
	TAG_FORMAT_LOWER,
	TAG_FORMAT_DEFAULT,
	TAG_FORMAT_AGO,
	TAG_FORMAT_PATH,
};

struct zone;

struct tag_format {
	const struct tag_format *next;
	enum tag_format_kind kind;
	struct span argument; /* the pattern of a date, the text of default */
	const struct zone *zone; /* of a date; NULL: that of the facts */
};

enum tag_op_kind {
	TAG_OP_TEXT,
	TAG_OP_VALUE,
	TAG_OP_SECTION,
	TAG_OP_INVERTED,
	TAG_OP_END, /* of either kind of section */
};

struct tag_op {
	enum tag_op_kind kind;
	bool raw;          /* {{{x}}} or {{&x}} */
	bool outermost;    /* in no section: only a root can answer the name */
	unsigned parts;    /* of the name */
	size_t at;         /* of the name in the source */
	size_t partner;    /* the section of an end, the end of a section */
	struct span text;  /* literal text, or the whole name */
	const char *first; /* part of the name; NULL: the name is '.' */
	bool own;          /* ".name": of the value of the section around it alone */
	bool reserved;     /* the first part names a root */
	bool rooted;       /* of tag_parts */
	struct span rest;  /* of the name, behind the first dot */
	const struct tag_format *formats;
};

struct tag {
	enum tag_place place;
	bool plain;
	size_t count;
	const struct tag_op *ops;
};

/* Sets the error; always false. */
bool tag_fail(struct tag_error *error, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool tag_is_space(char c);

/*
 * Reads "| date "%d.%m.%Y" | default 'none'", which stands at this offset of
 * the source; blanks around it are allowed.
 */
bool tag_format_read(struct arena *arena, struct span text, size_t at,
    const struct tag_format **formats_r, struct tag_error *error);
/* The text that the formats make of this one, in the arena; dates without a zone of
 * their own are of that of the facts. */
struct span tag_format_apply(const struct tag_format *formats,
    struct span text, const struct facts *facts, struct arena *scratch);

#endif
