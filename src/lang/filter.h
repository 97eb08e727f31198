/* SPDX-License-Identifier: ISC */
/*
 * Filters: a subset of CEL (Common Expression Language, cel.dev), compiled
 * once and evaluated over facts. Pure: no store, no clock but facts->now.
 *
 * Literals (int, double, string, bool, null, list), == != < <= > >= && || !
 * in + - (numbers, strings, times), unary -, field and index access,
 * parentheses, has(), size(), startsWith, endsWith, contains, matches (PCRE2
 * with limits, the pattern a literal), timestamp(), duration(), int(),
 * string(), lowerAscii(), saved(). `now` is a timestamp. // begins a comment.
 *
 * A comparison with an absent field or with a value of another type is false
 * (!= too), never an error: senders cannot break a filter. Hence !(x == 1) is
 * true when x is absent, where x != 1 is false. An operand of && || ! and the
 * whole filter hold when they are true, and not for anything else, be it "true"
 * or 1 or absent. Ints compare exactly with doubles, text by its bytes. && and
 * || are short-circuit. What a source can never mean is an error of compiling.
 *
 * The word null is the exception: x == null is true when x is absent or null,
 * x != null when it is present and not null. has(x) is true when x is present,
 * even as null.
 *
 * payload.list[0] and payload.list.0 are the same item, payload["a-b"] is a
 * member. x in list, "name" in object; not in text, which has contains().
 * timestamp() takes what text_time() reads and integers: Unix seconds, from
 * 10^11 on milliseconds (as datetime fields do). duration() takes what
 * text_duration() reads. size() of text counts characters. $ in a pattern is
 * the end of the text only, and a match may lie anywhere in the text.
 */
#ifndef EARSHOT_FILTER_H
#define EARSHOT_FILTER_H

#include "base/arena.h"
#include "base/buf.h"
#include "lang/facts.h"

struct filter;

struct filter_error {
	size_t at;      /* byte offset in the source */
	char text[200]; /* what is wrong and what would be right */
};

struct filter_roots {
	/* Beyond these and `now` roots are refused. NULL-terminated; NULL: those of facts.h. */
	const char *const *names;
	/* The source that saved('name') stands for, like that in parentheses; it is looked
	 * at until the next call. p NULL: the sentence says why not. NULL: there are none. */
	struct span (*saved)(void *arg, struct span name, const char **sentence_r);
	void *arg;
};

/* NULL with error. The empty source matches everything. Bounds: 8 KiB of
 * source, depth 64, 1000 nodes, 16 patterns of 1 KiB, with the saved ones. Lives in the arena and
 * needs neither source nor roots any more. */
const struct filter *filter_compile(struct arena *arena, struct span source,
    const struct filter_roots *roots, struct filter_error *error_r);
/* The sentence, and below it the source line with a caret below the place, for a
 * terminal: three lines, a long one cut around the place, control characters as "?". */
const char *filter_error_show(struct arena *arena, const struct filter_error *error,
    struct span source);

/*
 * Told of every comparison, every call giving a bool, and every field that
 * stands as an operand by itself (as `field == true`), when it was evaluated.
 * Values are text: strings as JSON, "(absent)", all cut to about 120 bytes; the
 * right one is empty for has(). The spans live as long as the step.
 */
struct filter_trace {
	/* "***" stands for what facts->hides. */
	void (*step)(void *arg, struct span expression, struct span left,
	    const char *operator, struct span right, bool result);
	void *arg;
};

/*
 * trace may be NULL. Scratch memory comes from the arena. Cost is bounded: a
 * million steps, or as many as the facts have left (of evaluation, one for every
 * 16 bytes of text looked at, and one for each part of a pattern that is tried),
 * and for matches() 64 KiB of text. Beyond a bound the whole filter is false,
 * also under !, and the last step told is "(stopped)" because "…"; facts->steps
 * is 0 when it was theirs.
 */
bool filter_match(const struct filter *filter, const struct facts *facts,
    struct arena *scratch, const struct filter_trace *trace);

/*
 * The comparisons that must all hold (the top-level conjunction) of the form
 * path OP constant, for choosing an index: also constant OP path, turned round;
 * path alone (== true); path.startsWith('…'); constant in path; timestamp(path) OP
 * timestamp('…'), now, or now and a duration. Paths through items of lists or names with a dot are left
 * out. Returns how many, at most max. They live as long as the filter.
 */
enum filter_operator {
	FILTER_EQ, FILTER_LT, FILTER_LE, FILTER_GT, FILTER_GE, FILTER_PREFIX,
	FILTER_HOLDS /* the path is a list, or an object, with this item */
};
struct filter_condition {
	struct span path;               /* "data.usage.launches" */
	enum filter_operator operator;
	struct json_object *constant;   /* string, int, double or bool */
	bool is_time;                   /* constant is an int64: microseconds UTC */
	bool from_now;                  /* likewise, but to be added to now */
};
size_t filter_conditions(const struct filter *filter, struct filter_condition *out,
    size_t max);

/* A field that the source names, and the constants that it is compared with there. Those of
 * saved filters are left out. Lives until the callback returns. */
enum filter_constant_type { FILTER_IS_BOOL, FILTER_IS_NUMBER, FILTER_IS_TEXT };
struct filter_constant {
	enum filter_constant_type type;
	struct span text;               /* FILTER_IS_TEXT */
	size_t at;
};
struct filter_mention {
	struct span path;               /* "user.ranks.0.rank"; "user.ranks" where an index is computed */
	size_t at;                      /* byte offset in the source */
	bool holds;                     /* the constant is to be in the path, as an item of it */
	const struct filter_constant *constants;
	size_t constant_count;
};
void filter_mentions(const struct filter *filter, struct arena *scratch,
    void (*each)(void *arg, const struct filter_mention *mention), void *arg);

#endif
