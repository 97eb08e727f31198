/* SPDX-License-Identifier: ISC */
/*
 * The words that managers know for what documents name in short: read as they are written
 * in forms and guides, in any case, and never stored. Each list ends with a row without
 * words; "External Data" and "external-data" are the same.
 */
#ifndef EARSHOT_WORDS_H
#define EARSHOT_WORDS_H

#include "base/arena.h"

struct word {
	const char *said, *ours;
};

extern const struct word words_kinds[], words_automations[], words_listener_types[],
    words_field_types[], words_roles[];

/* Without case (of ASCII), spaces, dashes and underscores. */
bool words_same(struct span a, struct span b);
/* Ours for what was said, or for ours itself in another case; NULL: it is none of them. */
const char *words_ours(const struct word *words, struct span said);
/* What people call ours; NULL: nothing else. words may be NULL. */
const char *words_said(const struct word *words, const char *ours);

#endif
