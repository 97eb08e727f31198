/* SPDX-License-Identifier: ISC */
/*
 * Filters as rows of a form: a field, a qualifier, values; all rows hold, or any. What can
 * be shown as rows is read from the compiled filter, and rows are written as the source of
 * one: written and read again they are the same rows. Pure.
 */
#ifndef EARSHOT_FILTER_ROWS_H
#define EARSHOT_FILTER_ROWS_H

#include "lang/filter.h"

/* What a field has; a qualifier says on which of them it works. */
enum filter_has {
	FILTER_HAS_TEXT = 1 << 0,
	FILTER_HAS_NUMBER = 1 << 1,
	FILTER_HAS_BOOL = 1 << 2,
	FILTER_HAS_TIME = 1 << 3,  /* as text */
	FILTER_HAS_LIST = 1 << 4,  /* of texts */
	FILTER_HAS_ANY = 1 << 5,   /* nobody knows: what another system sends */
	FILTER_HAS_NAME = 1 << 6,  /* not a field, but a saved filter: the path is "saved" */
};
const char *filter_has_name(enum filter_has has); /* "text", "number" … */
bool filter_has_by_name(struct span name, enum filter_has *has_r);

/* How a row is written, with x for the field and v for the value. */
enum filter_qualifier {
	FILTER_ROW_IS,        /* x == v; a path alone is x == true */
	FILTER_ROW_IS_NOT,    /* x != v: of those that have one */
	FILTER_ROW_NOT_IS,    /* !(x == v): also of those that have none */
	FILTER_ROW_ONE_OF,    /* x in [v, …] */
	FILTER_ROW_CONTAINS,
	FILTER_ROW_BEGINS,
	FILTER_ROW_ENDS,
	FILTER_ROW_MORE,      /* x > v */
	FILTER_ROW_AT_LEAST,
	FILTER_ROW_LESS,
	FILTER_ROW_AT_MOST,
	FILTER_ROW_AFTER,     /* timestamp(x) > timestamp(v) */
	FILTER_ROW_BEFORE,
	FILTER_ROW_WITHIN,    /* timestamp(x) > now - duration(v) */
	FILTER_ROW_LONGER,    /* timestamp(x) < now - duration(v) */
	FILTER_ROW_HOLDS,     /* v in x */
	FILTER_ROW_HOLDS_NOT, /* !(v in x): also of those that have no list */
	FILTER_ROW_THERE,     /* x != null */
	FILTER_ROW_NOT_THERE, /* x == null */
	FILTER_ROW_SAVED,     /* saved(v) */
	FILTER_ROW_NOT_SAVED, /* !saved(v) */
	FILTER_ROW__MAX
};
enum filter_operand { FILTER_TAKES_NONE, FILTER_TAKES_ONE, FILTER_TAKES_MANY };
struct filter_qualifier_info {
	const char *name;     /* of a form's option: "at-least" */
	const char *label;    /* for people: "is at least" */
	unsigned has;         /* enum filter_has */
	enum filter_operand takes;
};
const struct filter_qualifier_info *filter_qualifier_info(enum filter_qualifier qualifier);
bool filter_qualifier_by_name(struct span name, enum filter_qualifier *qualifier_r);

struct filter_row_value {
	enum filter_constant_type type;
	struct span text;     /* "true", "-4.5", the text itself, "2026-11-24", "36h" */
};
struct filter_row {
	struct span path;     /* as filters write it: user.score, payload["pull-request"].id */
	enum filter_qualifier qualifier;
	const struct filter_row_value *values;
	size_t count;
};
struct filter_rows {
	struct filter_row *rows;
	size_t count;
	bool any;             /* one of them must hold, not all */
};

/* In the arena. False where rows cannot say what the filter does, or would lose what its
 * author wrote: a comment. The empty filter is no rows. */
bool filter_rows_read(struct arena *arena, const struct filter *filter,
    struct filter_rows *rows_r);
/* The source. A time or duration that is none, or a path that is none, is an error when that
 * is compiled; who takes them from elsewhere reads them back, and compares. */
struct span filter_rows_write(struct arena *arena, const struct filter_rows *rows);
bool filter_rows_same(const struct filter_rows *a, const struct filter_rows *b);

/*
 * A path and the parameter of a body that it looks at: payload.issue.key is "/issue/key",
 * payload["pull-request"] "pull-request". `root` is all before: "payload", "user.fields".
 * p NULL where it does not begin so.
 */
struct span filter_path_of(struct arena *arena, const char *root, struct span parameter);
struct span filter_path_parameter(struct arena *arena, const char *root, struct span path);

/*
 * The part of the filter that these roots (and now) answer: its source, of which the whole
 * is a conjunction with what was left out, told by left_r. "" when nothing is left.
 */
struct span filter_about(struct arena *arena, const struct filter *filter,
    const char *const roots[], bool *left_r);

#endif
