/* SPDX-License-Identifier: ISC */
/*
 * The files of cgi-bin/pages: templates, the style sheet, the script. They are a part of the
 * program (pages.c is made of them by the build), or read from a directory while somebody
 * works on them.
 */
#ifndef EARSHOT_TEXTS_H
#define EARSHOT_TEXTS_H

#include "base/arena.h"

struct tag;
struct texts;

/* directory: NULL for what is in the program; else read anew for every request. */
struct texts *texts_new(const char *directory);
void texts_free(struct texts **texts);
/* Once for each request. */
void texts_begin(struct texts *texts);

/* The page NAME.html within layout.html, {{>part}} being part.html. NULL when it is not
 * there or wrong, which the log tells. Lives until texts_begin(). */
const struct tag *texts_page(struct texts *texts, const char *name);
/* What {{>content}} leads to stands alone: no layout. */
const struct tag *texts_part(struct texts *texts, const char *name);

/* The style sheet and the script under names that change with what is in them:
 * "console.0123456789ab.css". */
const char *texts_asset_name(struct texts *texts, const char *name);
/* By such a name; false: there is none. */
bool texts_asset(struct texts *texts, struct span name, struct span *bytes_r,
    const char **type_r);

/* Roots of templates (console/page.h says what they are). */
extern const char *const texts_roots[];

/* pages.c, made by the build; ends with a row without a name. */
struct texts_file {
	const char *name;
	const unsigned char *bytes;
	size_t size;
};
extern const struct texts_file texts_files[];

#endif
