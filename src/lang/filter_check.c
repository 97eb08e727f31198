/* SPDX-License-Identifier: ISC */
#include "lang/filter_private.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOL FILTER_BIT(FILTER_BOOL)
#define INT FILTER_BIT(FILTER_INT)
#define STRING FILTER_BIT(FILTER_STRING)
#define TIME FILTER_BIT(FILTER_TIME)
#define DURATION FILTER_BIT(FILTER_DURATION)
#define CONTAINERS (FILTER_BIT(FILTER_LIST) | FILTER_BIT(FILTER_MAP))
#define ORDERED (FILTER_NUMBERS | STRING | TIME | DURATION)
#define ANY (FILTER_BIT(FILTER_TYPES) - 1)

static const struct function {
	const char *name;
	bool plain, dotted;   /* f(x), x.f() */
	unsigned arguments;   /* with what stands before the dot */
	unsigned left, right; /* types taken */
	unsigned result;
} functions[FILTER_FUNCTIONS] = {
	[FILTER_HAS] = { "has", true, false, 1, ANY, 0, BOOL },
	[FILTER_SIZE] = { "size", true, true, 1, STRING | CONTAINERS, 0, INT },
	[FILTER_STARTS_WITH] = { "startsWith", false, true, 2, STRING, STRING,
	    BOOL },
	[FILTER_ENDS_WITH] = { "endsWith", false, true, 2, STRING, STRING, BOOL },
	[FILTER_CONTAINS] = { "contains", false, true, 2, STRING, STRING, BOOL },
	[FILTER_MATCHES] = { "matches", true, true, 2, STRING, STRING, BOOL },
	[FILTER_TIMESTAMP] = { "timestamp", true, false, 1,
	    STRING | FILTER_NUMBERS | TIME,
	    0, TIME },
	[FILTER_DURATION_OF] = { "duration", true, false, 1, STRING | DURATION,
	    0, DURATION },
	[FILTER_INT_OF] = { "int", true, false, 1,
	    FILTER_NUMBERS | STRING | TIME, 0, INT },
	[FILTER_STRING_OF] = { "string", true, false, 1,
	    FILTER_NUMBERS | STRING | BOOL | TIME | DURATION, 0, STRING },
	[FILTER_SAVED] = { "saved", true, false, 1, STRING, 0, BOOL },
	[FILTER_LOWER_ASCII] = { "lowerAscii", false, true, 1, STRING, 0,
	    STRING },
};

const char *
filter_function_name(enum filter_function function)
{
	return functions[function].name;
}

static const char *
type_name(unsigned types)
{
	static const char *const names[FILTER_TYPES] = {
		[FILTER_NULL] = "null",
		[FILTER_BOOL] = "true or false",
		[FILTER_INT] = "a number",
		[FILTER_DOUBLE] = "a number",
		[FILTER_STRING] = "text",
		[FILTER_TIME] = "a timestamp",
		[FILTER_DURATION] = "a duration",
		[FILTER_LIST] = "a list",
		[FILTER_MAP] = "an object",
	};

	if (types == FILTER_JSON)
		return "a field";
	for (int type = FILTER_NULL; type < FILTER_TYPES; type++)
		if (types & FILTER_BIT(type))
			return names[type];
	return "nothing";
}

static size_t
place(struct filter_compiler *compiler, const struct filter_node *node)
{
	return (size_t)(node->text.p - compiler->filter->source.p);
}

static bool
is_null(const struct filter_node *node)
{
	return node->kind == FILTER_CONSTANT && node->value.type == FILTER_NULL;
}

bool
filter_check_truth(struct filter_compiler *compiler,
    const struct filter_node *node)
{
	if (node->types & BOOL)
		return true;
	return filter_fail(compiler, place(compiler, node), "this is %s, where "
	    "true or false is needed; compare it with something",
	    type_name(node->types)) != NULL;
}

static bool
check_in(struct filter_compiler *compiler, const struct filter_node *node,
    size_t at)
{
	unsigned container = node->right->types;

	if (container == STRING)
		return filter_fail(compiler, at, "\"in\" looks into lists and "
		    "objects; for text write text.contains('part')") != NULL;
	if (!(container & CONTAINERS))
		return filter_fail(compiler, at, "\"in\" needs a list or an "
		    "object on its right; this is %s", type_name(container)) != NULL;
	return true;
}

bool
filter_check_compare(struct filter_compiler *compiler,
    struct filter_node *node, size_t at)
{
	unsigned left = node->left->types, right = node->right->types;
	bool equality = node->sign == FILTER_SIGN_EQ ||
	    node->sign == FILTER_SIGN_NE;

	if (node->sign == FILTER_SIGN_IN)
		return check_in(compiler, node, at);
	if (equality && (is_null(node->left) || is_null(node->right)))
		return true;
	left |= (left & FILTER_NUMBERS) ? FILTER_NUMBERS : 0;
	right |= (right & FILTER_NUMBERS) ? FILTER_NUMBERS : 0;
	if (!equality && (!(left & ORDERED) || !(right & ORDERED)))
		return filter_fail(compiler, at, "%s has no order; \"%s\" is for "
		    "numbers, text and times",
		    type_name((left & ORDERED) ? right : left),
		    filter_sign_text(node->sign)) != NULL;
	if (left & right & (equality ? ANY : ORDERED))
		return true;
	if ((left | right) == (TIME | STRING))
		return filter_fail(compiler, at, "a timestamp does not compare "
		    "with text; write timestamp('…') around the text") != NULL;
	if ((left | right) == (DURATION | STRING))
		return filter_fail(compiler, at, "a duration does not compare "
		    "with text; write duration('…') around the text") != NULL;
	if ((left == FILTER_JSON || right == FILTER_JSON) &&
	    ((left | right) & (TIME | DURATION)))
		return filter_fail(compiler, at, "fields hold %s as text; write "
		    "%s(…) around the field",
		    (left | right) & TIME ? "times" : "durations",
		    (left | right) & TIME ? "timestamp" : "duration") != NULL;
	return filter_fail(compiler, at, "%s and %s are never the same kind of "
	    "value", type_name(left), type_name(right)) != NULL;
}

bool
filter_check_sum(struct filter_compiler *compiler, struct filter_node *node,
    size_t at)
{
	unsigned left = node->left->types, right = node->right->types;

	node->types = 0;
	for (int a = FILTER_NULL; a < FILTER_TYPES; a++)
		for (int b = FILTER_NULL; b < FILTER_TYPES; b++)
			if ((left & FILTER_BIT(a)) && (right & FILTER_BIT(b)))
				node->types |= FILTER_BIT(filter_sum_type(
				    node->sign, (enum filter_type)a,
				    (enum filter_type)b));
	node->types &= ~FILTER_BIT(FILTER_ABSENT);
	if (node->types != 0)
		return true;
	return filter_fail(compiler, at, "\"%s\" does not go between %s and %s",
	    filter_sign_text(node->sign), type_name(left),
	    type_name(right)) != NULL;
}

bool
filter_check_negative(struct filter_compiler *compiler, struct filter_node *node)
{
	node->types = node->left->types & FILTER_NUMBERS;
	if (node->types != 0)
		return true;
	return filter_fail(compiler, place(compiler, node),
	    "\"-\" needs a number; this is %s",
	    type_name(node->left->types)) != NULL;
}

bool
filter_check_index(struct filter_compiler *compiler, struct filter_node *node)
{
	const struct filter_node *index = node->right;

	if (!(node->left->types & CONTAINERS))
		return filter_fail(compiler, place(compiler, node),
		    "%s has no members or items",
		    type_name(node->left->types)) != NULL;
	if (!(index->types & (INT | STRING)))
		return filter_fail(compiler, place(compiler, index),
		    "an index is a whole number or the name of a member") != NULL;
	return true;
}

static void
free_pattern(void *pattern)
{
	pcre2_code_free(pattern);
}

/* Where byte i of the text stands in the source, if nothing is escaped. */
static size_t
place_in_text(struct filter_compiler *compiler, const struct filter_node *node,
    size_t i)
{
	struct span raw = node->text;
	size_t quote = raw.p[0] == '\'' || raw.p[0] == '"' ? 1 : 2;

	if (raw.n != node->value.text.n + quote + 1)
		i = 0;
	return place(compiler, node) + (i > 0 ? quote + i : 0);
}

/* As in CEL's RE2, $ is the end of the text, not before a last newline. Callouts let
 * filter_eval.c count what a match costs: PCRE2's own match limit begins anew at each
 * place of the text where a match is tried. */
static bool
compile_pattern(struct filter_compiler *compiler, struct filter_node *node)
{
	const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
	    PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
	const struct filter_node *text = node->right;
	PCRE2_UCHAR reason[128];
	PCRE2_SIZE at;
	int code;

	if (text->kind != FILTER_CONSTANT)
		return filter_fail(compiler, place(compiler, text),
		    "the pattern of matches() is written as it is, in "
		    "quotes") != NULL;
	if (text->value.text.n > FILTER_PATTERN_MAX)
		return filter_fail(compiler, place(compiler, text),
		    "a pattern has at most %d bytes", FILTER_PATTERN_MAX) != NULL;
	if (++compiler->patterns > FILTER_PATTERNS_MAX)
		return filter_fail(compiler, place(compiler, text),
		    "a filter has at most %d patterns", FILTER_PATTERNS_MAX) != NULL;
	node->pattern = pcre2_compile((PCRE2_SPTR)text->value.text.p,
	    text->value.text.n, options, &code, &at, NULL);
	if (node->pattern == NULL) {
		pcre2_get_error_message(code, reason, sizeof reason);
		return filter_fail(compiler, place_in_text(compiler, text, at),
		    "this pattern is wrong: %s", (const char *)reason) != NULL;
	}
	arena_defer(compiler->arena, free_pattern, node->pattern);
	return true;
}

/* timestamp('…') and duration('…') are computed once. */
static bool
fold_time(struct filter_compiler *compiler, struct filter_node *node)
{
	bool time = node->function == FILTER_TIMESTAMP;
	const struct filter_node *argument = node->left;
	struct filter_value value;

	if (argument->kind != FILTER_CONSTANT)
		return true;
	value = time ? filter_to_time(argument->value, NULL)
		     : filter_to_duration(argument->value);
	if (value.type == FILTER_ABSENT)
		return filter_fail(compiler, place(compiler, argument), "%s",
		    time ? "this is no time; write it like "
		    "2026-11-23T09:00:00Z or 2026-11-23"
		    : "this is no duration; write it like 90s, 36h, 7d or "
		    "1h30m") != NULL;
	node->kind = FILTER_CONSTANT;
	node->value = value;
	return true;
}

/* Parses the source as if it stood there. NULL after an error in it. */
static struct filter_node *
parse_saved(struct filter_compiler *compiler, struct span source)
{
	struct filter_compiler outer = *compiler;
	struct span outer_source = compiler->filter->source;
	bool commented = compiler->filter->commented;
	struct filter_node *node = NULL;

	compiler->filter->source = arena_copy(compiler->arena, source);
	compiler->next = compiler->last = 0;
	compiler->saved++;
	if (compiler->saved > FILTER_SAVED_MAX)
		filter_fail(compiler, 0, "saved filters stand in each other more than %d "
		    "deep, or for ever", FILTER_SAVED_MAX);
	else if (filter_lex(compiler))
		node = filter_parse(compiler);
	compiler->filter->source = outer_source;
	compiler->filter->commented = commented;
	compiler->next = outer.next;
	compiler->last = outer.last;
	compiler->token = outer.token;
	compiler->saved--;
	return node;
}

/* saved('name') becomes what it stands for. */
static bool
expand(struct filter_compiler *compiler, struct filter_node *node)
{
	const struct filter_node *name = node->left;
	struct filter_node *next = node->next;
	const char *sentence = "saved filters cannot be named here";
	char inner[sizeof compiler->error->text];
	struct span source = { NULL, 0 }, text = node->text;
	struct span saved = name->value.text;
	struct filter_node *top;

	if (name->kind != FILTER_CONSTANT)
		return filter_fail(compiler, place(compiler, name), "the name of a saved "
		    "filter is written as it is, in quotes") != NULL;
	if (compiler->given != NULL && compiler->given->saved != NULL)
		source = compiler->given->saved(compiler->given->arg, name->value.text,
		    &sentence);
	if (source.p == NULL)
		return filter_fail(compiler, place(compiler, name), "%s", sentence) != NULL;
	top = parse_saved(compiler, source);
	if (top == NULL) {
		/* Of saved filters in saved filters the outermost is named. */
		sentence = span_starts(span_of(compiler->error->text), "in saved('")
		    ? strstr(compiler->error->text, "'): ") + 4 : compiler->error->text;
		snprintf(inner, sizeof inner, "%s", sentence);
		return filter_fail(compiler, place(compiler, name), "in saved('%.*s'): %s",
		    name->value.text.n > 40 ? 40 : (int)name->value.text.n,
		    name->value.text.p, inner) != NULL;
	}
	*node = *top;
	node->text = text;
	node->next = next;
	node->saved = saved;
	return true;
}

static bool
check_shape(struct filter_compiler *compiler, const struct function *function,
    unsigned arguments, bool dotted, size_t at)
{
	if (dotted && !function->dotted)
		return filter_fail(compiler, at, "%s does not follow a dot; "
		    "write %s(value)", function->name, function->name) != NULL;
	if (!dotted && !function->plain)
		return filter_fail(compiler, at, "%s follows what it looks at; "
		    "write text.%s(%s)", function->name, function->name,
		    function->arguments > 1 ? "'part'" : "") != NULL;
	if (arguments != function->arguments)
		return filter_fail(compiler, at, "%s takes %u %s in its "
		    "parentheses; here are %u", function->name,
		    function->arguments - dotted,
		    function->arguments - dotted == 1 ? "value" : "values",
		    arguments - dotted) != NULL;
	return true;
}

bool
filter_check_call(struct filter_compiler *compiler, struct filter_node *node,
    unsigned arguments, bool dotted, size_t at)
{
	const struct function *function = &functions[node->function];
	const struct filter_node *left = node->left, *right = node->right;

	if (!check_shape(compiler, function, arguments, dotted, at))
		return false;
	node->types = function->result;
	if (!(left->types & function->left))
		return filter_fail(compiler, place(compiler, left),
		    "%s does not work on %s", function->name,
		    type_name(left->types)) != NULL;
	if (right != NULL && !(right->types & function->right))
		return filter_fail(compiler, place(compiler, right),
		    "%s needs %s here; this is %s", function->name,
		    type_name(function->right), type_name(right->types)) != NULL;
	if (node->function == FILTER_HAS && left->kind != FILTER_PATH &&
	    left->kind != FILTER_INDEX)
		return filter_fail(compiler, place(compiler, left),
		    "has() asks for a field, such as "
		    "has(payload.issue)") != NULL;
	if (node->function == FILTER_MATCHES)
		return compile_pattern(compiler, node);
	if (node->function == FILTER_SAVED)
		return expand(compiler, node);
	if (node->function == FILTER_TIMESTAMP ||
	    node->function == FILTER_DURATION_OF)
		return fold_time(compiler, node);
	return true;
}

static void *
fail_unknown(struct filter_compiler *compiler, const char *what,
    struct span name, size_t at, const char *const *names, size_t count)
{
	struct text_nearest meant = text_nearest_to(name);
	int shown = name.n > 40 ? 40 : (int)name.n;
	char list[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		text_nearest_try(&meant, span_of(names[i]));
	if (meant.found.p != NULL)
		return filter_fail(compiler, at,
		    "there is no %s \"%.*s\"; did you mean \"%s\"?", what, shown,
		    name.p, meant.found.p);
	for (size_t i = 0; i < count && used < sizeof list; i++)
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
		    i > 0 ? ", " : "", names[i]);
	return filter_fail(compiler, at, "there is no %s \"%.*s\"; there are %s",
	    what, shown, name.p, list);
}

bool
filter_find_function(struct filter_compiler *compiler, struct span name,
    size_t at, enum filter_function *function_r)
{
	const char *names[FILTER_FUNCTIONS];

	for (int i = 0; i < FILTER_FUNCTIONS; i++) {
		names[i] = functions[i].name;
		if (span_is(name, names[i])) {
			*function_r = (enum filter_function)i;
			return true;
		}
	}
	return fail_unknown(compiler, "function", name, at, names,
	    FILTER_FUNCTIONS) != NULL;
}

/* The place of a known root among those that the filter uses. */
static bool
use_root(struct filter_compiler *compiler, const char *name, size_t at,
    size_t *root_r)
{
	struct filter *filter = compiler->filter;

	for (*root_r = 0; *root_r < filter->root_count; ++*root_r)
		if (strcmp(filter->roots[*root_r], name) == 0)
			return true;
	if (filter->root_count == FILTER_ROOTS_MAX)
		return filter_fail(compiler, at, "a filter looks at no more than "
		    "%d different things", FILTER_ROOTS_MAX) != NULL;
	filter->roots[filter->root_count++] = arena_string(compiler->arena,
	    span_of(name));
	return true;
}

/* payload.pull-request is a difference, though hardly meant as one. */
static bool
is_dashed(struct filter_compiler *compiler, size_t at)
{
	const char *p = compiler->filter->source.p;

	return at >= 2 && p[at - 1] == '-' &&
	    memchr(" \t\n\r\f()[]", p[at - 2], 9) == NULL;
}

bool
filter_find_root(struct filter_compiler *compiler, struct span name, size_t at,
    size_t *root_r)
{
	const char *names[32] = { "now" }; /* for suggestions, more are too many */
	size_t count = 1;

	if (span_is(name, "now"))
		return use_root(compiler, "now", at, root_r);
	for (size_t i = 0; compiler->roots[i] != NULL; i++) {
		if (span_is(name, compiler->roots[i]))
			return use_root(compiler, compiler->roots[i], at, root_r);
		if (count < sizeof names / sizeof names[0])
			names[count++] = compiler->roots[i];
	}
	if (span_is(name, "not"))
		return filter_fail(compiler, at, "write ! instead of not") != NULL;
	if (is_dashed(compiler, at))
		return filter_fail(compiler, at - 1, "\"-\" subtracts; write "
		    "[\"…-%.*s\"] for a member with a dash in its name",
		    name.n > 40 ? 40 : (int)name.n, name.p) != NULL;
	return fail_unknown(compiler, "root", name, at, names, count) != NULL;
}
