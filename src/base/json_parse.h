/* SPDX-License-Identifier: ISC */
/*
 * The strict half of json_read(): one pass over the text that checks the
 * grammar of RFC 8259 and the limits, and builds nothing. Only json.c uses it.
 */
#ifndef EARSHOT_JSON_SCAN_H
#define EARSHOT_JSON_SCAN_H

#include "base/json.h"

/*
 * A number that json-c would change: -0, or an integer outside 64 bits (with
 * sign). It is the ordinal-th number of the text, counted from 0.
 */
struct json_oddity {
	size_t ordinal;
	struct span text; /* inside the scanned text */
};

struct json_scan {
	struct span value;  /* the text without mark and outer white space */
	unsigned depth;     /* of the deepest array or object; 0 for a scalar */
	struct json_oddity *oddities; /* in their order, in the arena */
	size_t oddity_count;
};

/* False with the error set. Scratch memory stays in the arena. */
bool json_scan(struct arena *arena, struct span text,
    const struct json_limits *limits, struct json_scan *scan_r,
    struct error *error);

#endif
