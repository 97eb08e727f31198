/* SPDX-License-Identifier: ISC */
/*
 * Filters: a subset of CEL (Common Expression Language, cel.dev), compiled
 * once and evaluated over facts. Pure: no store, no clock but facts->now.
 *
 * Literals (int, double, string, bool, null, list), == != < <= > >= && || !
 * in + - (numbers, strings, times), unary -, field and index access,
 * parentheses, has(), size(), startsWith, endsWith, contains, matches (PCRE2
 * with limits), timestamp(), duration(), int(), string(), lowerAscii().
 * `now` is a timestamp.
 *
 * A comparison with an absent field or with a value of another type is false
 * (!= too), never an error: senders cannot break a filter. Ints compare
 * exactly with doubles. && and || are short-circuit.
 */
#ifndef EARSHOT_FILTER_H
#define EARSHOT_FILTER_H

#include "arena.h"
#include "buf.h"
#include "facts.h"

struct filter;

struct filter_error {
	size_t at;      /* byte offset in the source */
	char text[200]; /* what is wrong and what would be right */
};

/* Roots beyond these are refused; NULL: the roots named in facts.h and `now`. */
struct filter_roots {
	const char *const *names; /* NULL-terminated */
};

/* NULL with error. The empty source matches everything. Bounds: 8 KiB of
 * source, depth 64, 1000 nodes, 16 patterns. Lives in the arena. */
const struct filter *filter_compile(struct arena *arena, struct span source,
    const struct filter_roots *roots, struct filter_error *error_r);
/* The source line with a caret below the place, for a terminal. */
void filter_error_show(const struct filter_error *error, struct span source,
    struct buf *out);

/* Told of every comparison (and call giving a bool) that was evaluated. */
struct filter_trace {
	void (*step)(void *arg, struct span expression, struct span left, /* values as text */
	    const char *operator, struct span right, bool result);
	void *arg;
};

/* trace may be NULL. Scratch memory comes from the arena. Cost is bounded
 * (steps of evaluation, bytes matched); beyond the bound the result is false
 * and the trace says so. */
bool filter_match(const struct filter *filter, const struct facts *facts,
    struct arena *scratch, const struct filter_trace *trace);

/* True when the filter looks at this root ("payload", "data", …). */
bool filter_uses(const struct filter *filter, const char *root);

/* The comparisons that must all hold (the top-level conjunction) of the form
 * path OP constant, for choosing an index. Returns how many, at most max. */
enum filter_operator {
	FILTER_EQ, FILTER_LT, FILTER_LE, FILTER_GT, FILTER_GE, FILTER_PREFIX
};
struct filter_condition {
	struct span path;               /* "data.usage.launches" */
	enum filter_operator operator;
	struct json_object *constant;   /* string, int, double or bool */
	bool is_time;                   /* constant is an int64: microseconds UTC */
};
size_t filter_conditions(const struct filter *filter, struct filter_condition *out,
    size_t max);

#endif
