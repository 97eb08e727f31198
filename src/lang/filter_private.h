/* SPDX-License-Identifier: ISC */
/*
 * The inside of filters. Source becomes tokens (filter_lex.c), a tree
 * (filter_parse.c) whose possible types are checked as it grows
 * (filter_check.c), and the tree is walked over facts (filter_eval.c).
 */
#ifndef EARSHOT_FILTER_PRIVATE_H
#define EARSHOT_FILTER_PRIVATE_H

#include "lang/filter.h"

#include <stdint.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
	FILTER_SOURCE_MAX = 8 * 1024,
	FILTER_DEPTH_MAX = 64,
	FILTER_NODES_MAX = 1000,
	FILTER_ROOTS_MAX = 16,
	FILTER_SAVED_MAX = 8,           /* within each other */
	FILTER_PATTERNS_MAX = 16,
	FILTER_PATTERN_MAX = 1024,      /* bytes of one */
	FILTER_SUBJECT_MAX = 64 * 1024, /* bytes that matches() looks at */
	FILTER_STEPS_MAX = 1000000,     /* of one evaluation */
	FILTER_STEP_BYTES = 16,         /* of text that cost one step */
	FILTER_SHOWN_MAX = 120,         /* bytes of a value in a trace */
};

enum filter_type {
	FILTER_ABSENT,
	FILTER_NULL,
	FILTER_BOOL,
	FILTER_INT,
	FILTER_DOUBLE,
	FILTER_STRING,
	FILTER_TIME,
	FILTER_DURATION,
	FILTER_LIST,
	FILTER_MAP,
	FILTER_TYPES
};

/* Sets of types. */
#define FILTER_BIT(type) (1u << (type))
#define FILTER_NUMBERS (FILTER_BIT(FILTER_INT) | FILTER_BIT(FILTER_DOUBLE))
/* What a field can hold: JSON has no times and durations. */
#define FILTER_JSON (FILTER_BIT(FILTER_NULL) | FILTER_BIT(FILTER_BOOL) | \
    FILTER_NUMBERS | FILTER_BIT(FILTER_STRING) | FILTER_BIT(FILTER_LIST) | \
    FILTER_BIT(FILTER_MAP))

struct filter_value {
	enum filter_type type;
	union {
		bool flag;
		int64_t integer; /* also times and durations, in microseconds */
		double number;
		struct span text;
		const struct filter_node *list; /* written in the source */
	};
	struct json_object *json; /* where it was read from, or NULL */
	bool hidden;              /* made of what facts->hides: no trace shows it */
};

enum filter_sign {
	FILTER_SIGN_END,
	FILTER_SIGN_NAME,
	FILTER_SIGN_INT,
	FILTER_SIGN_DOUBLE,
	FILTER_SIGN_STRING,
	FILTER_SIGN_EQ, /* up to FILTER_SIGN_IN: the comparisons */
	FILTER_SIGN_NE,
	FILTER_SIGN_LT,
	FILTER_SIGN_LE,
	FILTER_SIGN_GT,
	FILTER_SIGN_GE,
	FILTER_SIGN_IN,
	FILTER_SIGN_AND,
	FILTER_SIGN_OR,
	FILTER_SIGN_NOT,
	FILTER_SIGN_PLUS,
	FILTER_SIGN_MINUS,
	FILTER_SIGN_OPEN,
	FILTER_SIGN_CLOSE,
	FILTER_SIGN_OPEN_LIST,
	FILTER_SIGN_CLOSE_LIST,
	FILTER_SIGN_COMMA,
	FILTER_SIGN_DOT,
};

struct filter_token {
	enum filter_sign sign;
	size_t at;
	struct span raw;   /* as written */
	struct span text;  /* FILTER_SIGN_STRING, without quotes and escapes */
	uint64_t integer;  /* FILTER_SIGN_INT, at most 2^63 */
	double number;     /* FILTER_SIGN_DOUBLE */
};

enum filter_function {
	FILTER_HAS,
	FILTER_SIZE,
	FILTER_STARTS_WITH,
	FILTER_ENDS_WITH,
	FILTER_CONTAINS,
	FILTER_MATCHES,
	FILTER_TIMESTAMP,
	FILTER_DURATION_OF,
	FILTER_INT_OF,
	FILTER_STRING_OF,
	FILTER_LOWER_ASCII,
	FILTER_SAVED,
	FILTER_FUNCTIONS
};

enum filter_kind {
	FILTER_CONSTANT,
	FILTER_PATH,     /* root and steps */
	FILTER_NOW,
	FILTER_INDEX,    /* left[right], where it is not a path */
	FILTER_ITEMS,    /* left is the first, each has a next */
	FILTER_CALL,     /* left is the first argument or what stands before the dot */
	FILTER_COMPARE,
	FILTER_SUM,      /* + or - */
	FILTER_NEGATIVE, /* -left */
	FILTER_NOT,      /* !left */
	FILTER_AND,      /* chains lean to the right */
	FILTER_OR,
};

/* One member or item further into a document. */
struct filter_step {
	const char *name; /* NULL: an item only */
	size_t index;     /* SIZE_MAX: a member only */
	struct filter_step *next;
};

struct filter_node {
	enum filter_kind kind;
	enum filter_sign sign;         /* of FILTER_COMPARE, FILTER_SUM */
	enum filter_function function; /* of FILTER_CALL */
	unsigned types;                /* that it can have, unless absent */
	struct span text;              /* in the source */
	struct filter_node *left, *right, *next;
	struct filter_value value;     /* of FILTER_CONSTANT */
	size_t root;                   /* of FILTER_PATH, in filter->roots */
	struct filter_step *steps;
	pcre2_code *pattern;           /* of FILTER_MATCHES */
	struct span saved;             /* its name, where a saved filter stands here; p NULL: none */
};

struct filter {
	struct span source;      /* NUL-terminated */
	struct filter_node *top; /* NULL: everything matches */
	const char *roots[FILTER_ROOTS_MAX];
	size_t root_count;
	bool commented;          /* its author has explained it */
	struct filter_condition *conditions;
	size_t condition_count;
};

struct filter_compiler {
	struct arena *arena;
	struct filter *filter;
	const struct filter_roots *given; /* NULL: no saved ones */
	const char *const *roots;   /* that may be named */
	struct filter_error *error; /* the first one */
	size_t next;                /* where the token after this one begins */
	size_t last;                /* where the token before this one ended */
	struct filter_token token;
	unsigned depth, nodes, patterns, saved;
};

/* Says what is wrong; returns NULL for the caller to return. */
void *filter_fail(struct filter_compiler *compiler, size_t at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts the next token into compiler->token; false after an error. */
bool filter_lex(struct filter_compiler *compiler);
const char *filter_sign_text(enum filter_sign sign);

/* NULL after an error. With the first token read. */
struct filter_node *filter_parse(struct filter_compiler *compiler);

/*
 * Each takes a finished node and refuses what can never hold, with the place
 * of the operator; the types of the node are set.
 */
bool filter_check_truth(struct filter_compiler *compiler,
    const struct filter_node *node);
bool filter_check_compare(struct filter_compiler *compiler,
    struct filter_node *node, size_t at);
bool filter_check_sum(struct filter_compiler *compiler,
    struct filter_node *node, size_t at);
bool filter_check_negative(struct filter_compiler *compiler,
    struct filter_node *node);
bool filter_check_index(struct filter_compiler *compiler,
    struct filter_node *node);
/* Knows the pattern of matches(); makes a constant of timestamp('…'). */
bool filter_check_call(struct filter_compiler *compiler,
    struct filter_node *node, unsigned arguments, bool dotted, size_t at);
/* False with an error when there is none of that name. */
bool filter_find_function(struct filter_compiler *compiler, struct span name,
    size_t at, enum filter_function *function_r);
bool filter_find_root(struct filter_compiler *compiler, struct span name,
    size_t at, size_t *root_r);
const char *filter_function_name(enum filter_function function);

struct filter_value filter_value_of(struct json_object *json);
struct filter_value filter_value_flag(bool flag);
struct filter_value filter_value_int(enum filter_type type, int64_t integer);
struct filter_value filter_value_text(struct span text);
/* FILTER_ABSENT where it cannot be done. */
struct filter_value filter_to_time(struct filter_value value, const struct zone *zone);
struct filter_value filter_to_duration(struct filter_value value);
struct filter_value filter_to_int(struct filter_value value);
/* The type of a sum or difference, FILTER_ABSENT when there is none. */
enum filter_type filter_sum_type(enum filter_sign sign, enum filter_type left,
    enum filter_type right);

/* Of scalars; lists, maps and what is absent are FILTER_UNORDERED. */
enum filter_order {
	FILTER_LESS = -1, FILTER_SAME, FILTER_GREATER, FILTER_UNORDERED
};
enum filter_order filter_order(const struct filter_value *left,
    const struct filter_value *right);
/* < <= > >=; false where there is no order, as among truths. */
bool filter_is_ordered(enum filter_sign sign, const struct filter_value *left,
    const struct filter_value *right);
struct filter_value filter_negate(struct filter_value value);
/* startsWith, endsWith, contains. */
bool filter_has_part(enum filter_function function, struct span text,
    struct span part);

/* A number, time, duration or bool as string() gives it; nothing for others. */
void filter_print(struct buf *out, const struct filter_value *value);
/* The same for a trace: text in quotes, JSON, and all of it cut. */
void filter_show(struct buf *out, const struct filter_value *value);

#endif
