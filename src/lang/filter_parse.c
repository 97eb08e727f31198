/* SPDX-License-Identifier: ISC */
/*
 * or := and { "||" and }          and := relation { "&&" relation }
 * relation := sum { OP sum }      sum := unary { ("+" | "-") unary }
 * unary := ("!" | "-") unary | member
 * member := primary { "." NAME | "." DIGITS | "." NAME "(" [or] ")" | "[" or "]" }
 * primary := literal | NAME | NAME "(" [or {"," or}] ")" | "(" or ")" | "[" [or {"," or}] "]"
 *
 * Every function returns NULL after an error.
 */
#include "base/text.h"
#include "lang/filter_private.h"

#include <string.h>

static struct filter_node *parse_or(struct filter_compiler *compiler);

static struct filter_node *
node_new(struct filter_compiler *compiler, enum filter_kind kind, size_t at)
{
	struct filter_node *node;

	if (++compiler->nodes > FILTER_NODES_MAX)
		return filter_fail(compiler, at, "this filter has more than "
		    "%d parts; make it shorter", FILTER_NODES_MAX);
	node = arena_alloc(compiler->arena, sizeof *node);
	node->kind = kind;
	node->types = FILTER_BIT(FILTER_BOOL);
	node->text.p = compiler->filter->source.p + at;
	return node;
}

/* The node ends with the last token that was taken. */
static struct filter_node *
node_done(struct filter_compiler *compiler, struct filter_node *node)
{
	const char *end = compiler->filter->source.p + compiler->last;

	node->text.n = (size_t)(end - node->text.p);
	return node;
}

static size_t
place(struct filter_compiler *compiler, const struct filter_node *node)
{
	return (size_t)(node->text.p - compiler->filter->source.p);
}

static bool
is_sign(struct filter_compiler *compiler, enum filter_sign sign)
{
	return compiler->token.sign == sign;
}

/* For a token that nothing can be made of; wanted is what would be right. */
static void *
unexpected(struct filter_compiler *compiler, const char *wanted)
{
	static const char *const words[][2] = {
		{ "and", "&&" }, { "or", "||" }, { "not", "!" },
		{ "is", "==" }, { "eq", "==" }, { "ne", "!=" },
	};
	const struct filter_token *token = &compiler->token;

	if (token->sign == FILTER_SIGN_END)
		return filter_fail(compiler, compiler->last,
		    "the filter ends where %s should follow", wanted);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (span_is_nocase(token->raw, words[i][0]))
			return filter_fail(compiler, token->at,
			    "write %s instead of %s", words[i][1], words[i][0]);
	if (token->sign == FILTER_SIGN_CLOSE ||
	    token->sign == FILTER_SIGN_CLOSE_LIST)
		return filter_fail(compiler, token->at, "%s stands where %s "
		    "should; is the opening one missing?",
		    filter_sign_text(token->sign), wanted);
	return filter_fail(compiler, token->at, "expected %s here", wanted);
}

/* The end of what was opened at a place. */
static bool
take_closing(struct filter_compiler *compiler, enum filter_sign sign, size_t opened)
{
	bool list = sign == FILTER_SIGN_CLOSE_LIST;

	if (is_sign(compiler, FILTER_SIGN_END))
		return filter_fail(compiler, opened, "this %s is never closed",
		    list ? "[" : "(") != NULL;
	if (!is_sign(compiler, sign))
		return unexpected(compiler, list ? "an operator, \",\" or \"]\""
		    : "an operator, \",\" or \")\"") != NULL;
	return filter_lex(compiler);
}

static struct filter_node *
parse_constant(struct filter_compiler *compiler, struct filter_value value)
{
	struct filter_node *node = node_new(compiler, FILTER_CONSTANT,
	    compiler->token.at);

	if (node == NULL || !filter_lex(compiler))
		return NULL;
	node->value = value;
	node->types = FILTER_BIT(value.type);
	return node_done(compiler, node);
}

/* A number; negative when a minus sign at a place stood before it. */
static struct filter_node *
parse_number(struct filter_compiler *compiler, bool negative, size_t at)
{
	const struct filter_token *token = &compiler->token;
	struct filter_value value = { .type = FILTER_DOUBLE };
	struct filter_node *node;

	if (is_sign(compiler, FILTER_SIGN_INT)) {
		value.type = FILTER_INT;
		if (token->integer > INT64_MAX && !negative)
			return filter_fail(compiler, token->at,
			    "this number does not fit in 64 bits");
		value.integer = (int64_t)(negative ? -token->integer
						   : token->integer);
	} else {
		value.number = negative ? -token->number : token->number;
	}
	node = parse_constant(compiler, value);
	if (node == NULL)
		return NULL;
	node->text.p = compiler->filter->source.p + at;
	return node_done(compiler, node);
}

/* Expressions up to the closing sign, which is taken too, as a chain. */
static bool
parse_items(struct filter_compiler *compiler, enum filter_sign closing,
    size_t opened, struct filter_node **first_r, unsigned *count_r)
{
	struct filter_node **last = first_r;

	*first_r = NULL;
	*count_r = 0;
	while (*count_r == 0 ? !is_sign(compiler, closing)
	    : is_sign(compiler, FILTER_SIGN_COMMA)) {
		if (*count_r > 0 && !filter_lex(compiler))
			return false;
		*last = parse_or(compiler);
		if (*last == NULL)
			return false;
		last = &(*last)->next;
		++*count_r;
	}
	return take_closing(compiler, closing, opened);
}

static struct filter_node *
parse_list(struct filter_compiler *compiler)
{
	size_t at = compiler->token.at;
	struct filter_node *node = node_new(compiler, FILTER_ITEMS, at);
	unsigned count;

	if (node == NULL || !filter_lex(compiler) ||
	    !parse_items(compiler, FILTER_SIGN_CLOSE_LIST, at, &node->left, &count))
		return NULL;
	node->types = FILTER_BIT(FILTER_LIST);
	node->value = (struct filter_value){ .type = FILTER_LIST, .list = node };
	return node_done(compiler, node);
}

/* "(" is the token; subject is what stands before the dot, or NULL. */
static struct filter_node *
parse_call(struct filter_compiler *compiler, struct span name, size_t at,
    struct filter_node *subject)
{
	size_t start = subject != NULL ? place(compiler, subject) : at;
	size_t opened = compiler->token.at;
	struct filter_node *node, *first;
	unsigned count;

	node = node_new(compiler, FILTER_CALL, start);
	if (node == NULL ||
	    !filter_find_function(compiler, name, at, &node->function) ||
	    !filter_lex(compiler) ||
	    !parse_items(compiler, FILTER_SIGN_CLOSE, opened, &first, &count))
		return NULL;
	if (subject != NULL) {
		subject->next = first;
		first = subject;
		count++;
	}
	node->left = first;
	node->right = first != NULL ? first->next : NULL;
	node_done(compiler, node);
	return filter_check_call(compiler, node, count, subject != NULL, at)
	    ? node : NULL;
}

static struct filter_node *
parse_name(struct filter_compiler *compiler)
{
	const struct filter_token name = compiler->token;
	struct filter_node *node;

	if (span_is(name.raw, "true") || span_is(name.raw, "false"))
		return parse_constant(compiler,
		    filter_value_flag(span_is(name.raw, "true")));
	if (span_is(name.raw, "null"))
		return parse_constant(compiler,
		    (struct filter_value){ .type = FILTER_NULL });
	if (!filter_lex(compiler))
		return NULL;
	if (is_sign(compiler, FILTER_SIGN_OPEN))
		return parse_call(compiler, name.raw, name.at, NULL);
	node = node_new(compiler, FILTER_PATH, name.at);
	if (node == NULL ||
	    !filter_find_root(compiler, name.raw, name.at, &node->root))
		return NULL;
	node->types = FILTER_JSON;
	if (span_is(name.raw, "now")) {
		node->kind = FILTER_NOW;
		node->types = FILTER_BIT(FILTER_TIME);
	}
	return node_done(compiler, node);
}

static struct filter_node *
parse_primary(struct filter_compiler *compiler)
{
	const struct filter_token *token = &compiler->token;
	struct filter_node *node;
	size_t at = token->at;

	switch (token->sign) {
	case FILTER_SIGN_INT:
	case FILTER_SIGN_DOUBLE:
		return parse_number(compiler, false, at);
	case FILTER_SIGN_STRING:
		return parse_constant(compiler, filter_value_text(token->text));
	case FILTER_SIGN_NAME:
		return parse_name(compiler);
	case FILTER_SIGN_OPEN_LIST:
		return parse_list(compiler);
	case FILTER_SIGN_OPEN:
		if (!filter_lex(compiler) ||
		    (node = parse_or(compiler)) == NULL ||
		    !take_closing(compiler, FILTER_SIGN_CLOSE, at))
			return NULL;
		return node;
	default:
		return unexpected(compiler, "a value");
	}
}

/* One step further from a path; name or index as in struct filter_step. */
static bool
add_step(struct filter_compiler *compiler, struct filter_node *path,
    const struct span *name, size_t index, size_t at)
{
	struct filter_step **last = &path->steps, *step;

	if (++compiler->nodes > FILTER_NODES_MAX)
		return filter_fail(compiler, at, "this filter has more than "
		    "%d parts; make it shorter", FILTER_NODES_MAX) != NULL;
	if (name != NULL && memchr(name->p, '\0', name->n) != NULL)
		return filter_fail(compiler, at,
		    "no member has a NUL in its name") != NULL;
	while (*last != NULL)
		last = &(*last)->next;
	step = arena_alloc(compiler->arena, sizeof *step);
	step->name = name == NULL ? NULL : arena_string(compiler->arena, *name);
	step->index = index;
	*last = step;
	return true;
}

static struct filter_node *
index_new(struct filter_compiler *compiler, struct filter_node *base,
    struct filter_node *index)
{
	struct filter_node *node = node_new(compiler, FILTER_INDEX,
	    place(compiler, base));

	if (node == NULL)
		return NULL;
	node->left = base;
	node->right = index;
	node->types = FILTER_JSON;
	node_done(compiler, node);
	return filter_check_index(compiler, node) ? node : NULL;
}

/* base.name; in front of anything but a path it is base["name"]. */
static struct filter_node *
parse_member(struct filter_compiler *compiler, struct filter_node *base)
{
	struct filter_token name;
	struct filter_node *node;

	if (!filter_lex(compiler))
		return NULL;
	name = compiler->token;
	if (name.sign != FILTER_SIGN_NAME && name.sign != FILTER_SIGN_IN)
		return unexpected(compiler, "the name of a member");
	if (!filter_lex(compiler))
		return NULL;
	if (is_sign(compiler, FILTER_SIGN_OPEN))
		return parse_call(compiler, name.raw, name.at, base);
	if (base->kind == FILTER_PATH)
		return add_step(compiler, base, &name.raw, SIZE_MAX, name.at)
		    ? node_done(compiler, base) : NULL;
	node = node_new(compiler, FILTER_CONSTANT, name.at);
	if (node == NULL)
		return NULL;
	node->value = filter_value_text(arena_copy(compiler->arena, name.raw));
	node->types = FILTER_BIT(FILTER_STRING);
	return index_new(compiler, base, node_done(compiler, node));
}

/* base.0, an item of a list or a member of that name, as tags write it. */
static struct filter_node *
parse_digits(struct filter_compiler *compiler, struct filter_node *base)
{
	const struct filter_token token = compiler->token;
	struct span digits = { token.raw.p + 1, token.raw.n - 1 };
	uint64_t index;

	if (base->kind != FILTER_PATH ||
	    !text_unsigned(digits, INT32_MAX, &index))
		return unexpected(compiler, "an operator");
	if (!filter_lex(compiler) ||
	    !add_step(compiler, base, &digits, (size_t)index, token.at))
		return NULL;
	return node_done(compiler, base);
}

static struct filter_node *
parse_index(struct filter_compiler *compiler, struct filter_node *base)
{
	size_t at = compiler->token.at;
	const struct filter_value *value;
	struct filter_node *index;

	if (!filter_lex(compiler) || (index = parse_or(compiler)) == NULL ||
	    !take_closing(compiler, FILTER_SIGN_CLOSE_LIST, at))
		return NULL;
	value = &index->value;
	if (base->kind != FILTER_PATH || index->kind != FILTER_CONSTANT ||
	    (value->type != FILTER_STRING &&
	    (value->type != FILTER_INT || value->integer < 0)))
		return index_new(compiler, base, index);
	if (value->type == FILTER_STRING)
		at = place(compiler, index);
	if (!add_step(compiler, base,
	    value->type == FILTER_STRING ? &value->text : NULL,
	    value->type == FILTER_STRING ? SIZE_MAX : (size_t)value->integer, at))
		return NULL;
	return node_done(compiler, base);
}

static struct filter_node *
parse_postfix(struct filter_compiler *compiler)
{
	const char *start = compiler->filter->source.p + compiler->token.at;
	struct filter_node *node = parse_primary(compiler);

	while (node != NULL) {
		if (is_sign(compiler, FILTER_SIGN_DOT))
			node = parse_member(compiler, node);
		else if (is_sign(compiler, FILTER_SIGN_OPEN_LIST))
			node = parse_index(compiler, node);
		else if (is_sign(compiler, FILTER_SIGN_DOUBLE) &&
		    compiler->token.raw.p[0] == '.')
			node = parse_digits(compiler, node);
		else
			return node;
		/* Parentheses around the base belong to it now. */
		if (node != NULL) {
			node->text.p = start;
			node_done(compiler, node);
		}
	}
	return NULL;
}

static struct filter_node *parse_unary(struct filter_compiler *compiler);

/* The "!" or "-" is the token. */
static struct filter_node *
parse_prefix(struct filter_compiler *compiler)
{
	bool not = is_sign(compiler, FILTER_SIGN_NOT);
	size_t at = compiler->token.at;
	struct filter_node *node;

	if (!filter_lex(compiler))
		return NULL;
	if (!not && (is_sign(compiler, FILTER_SIGN_INT) ||
	    is_sign(compiler, FILTER_SIGN_DOUBLE)))
		return parse_number(compiler, true, at);
	node = node_new(compiler, not ? FILTER_NOT : FILTER_NEGATIVE, at);
	if (node == NULL || (node->left = parse_unary(compiler)) == NULL)
		return NULL;
	node_done(compiler, node);
	return (not ? filter_check_truth(compiler, node->left)
	    : filter_check_negative(compiler, node)) ? node : NULL;
}

/* Everything that nests passes here. */
static struct filter_node *
parse_unary(struct filter_compiler *compiler)
{
	struct filter_node *node;

	if (++compiler->depth > FILTER_DEPTH_MAX)
		return filter_fail(compiler, compiler->token.at,
		    "parentheses, lists and signs are nested more than %d deep",
		    FILTER_DEPTH_MAX);
	node = is_sign(compiler, FILTER_SIGN_NOT) ||
	    is_sign(compiler, FILTER_SIGN_MINUS) ? parse_prefix(compiler)
						 : parse_postfix(compiler);
	compiler->depth--;
	return node;
}

/* Operators between two signs of the list, from left to right. */
static struct filter_node *
parse_pairs(struct filter_compiler *compiler, enum filter_sign first, enum filter_sign last,
    enum filter_kind kind, struct filter_node *(*parse_part)(struct filter_compiler *),
    bool (*check)(struct filter_compiler *, struct filter_node *, size_t at))
{
	size_t start = compiler->token.at;
	struct filter_node *left = parse_part(compiler), *node;

	while (left != NULL && compiler->token.sign >= first && compiler->token.sign <= last) {
		size_t at = compiler->token.at;

		node = node_new(compiler, kind, start);
		if (node == NULL)
			return NULL;
		node->sign = compiler->token.sign;
		node->left = left;
		if (!filter_lex(compiler) || (node->right = parse_part(compiler)) == NULL ||
		    !check(compiler, node, at))
			return NULL;
		left = node_done(compiler, node);
	}
	return left;
}

static struct filter_node *
parse_sum(struct filter_compiler *compiler)
{
	return parse_pairs(compiler, FILTER_SIGN_PLUS, FILTER_SIGN_MINUS, FILTER_SUM,
	    parse_unary, filter_check_sum);
}

static struct filter_node *
parse_relation(struct filter_compiler *compiler)
{
	return parse_pairs(compiler, FILTER_SIGN_EQ, FILTER_SIGN_IN, FILTER_COMPARE, parse_sum,
	    filter_check_compare);
}

/* a && (b && (c …)): the evaluation goes along it without recursion. */
static struct filter_node *
parse_chain(struct filter_compiler *compiler, enum filter_sign sign,
    enum filter_kind kind,
    struct filter_node *(*parse_part)(struct filter_compiler *))
{
	size_t start = compiler->token.at;
	struct filter_node *first = parse_part(compiler), *part = first, *node;
	struct filter_node **last = &first;

	while (part != NULL && is_sign(compiler, sign)) {
		node = node_new(compiler, kind, start);
		if (node == NULL || !filter_check_truth(compiler, part) ||
		    !filter_lex(compiler))
			return NULL;
		start = compiler->token.at;
		if ((part = parse_part(compiler)) == NULL ||
		    !filter_check_truth(compiler, part))
			return NULL;
		node->left = *last;
		node->right = part;
		*last = node;
		last = &node->right;
	}
	if (part == NULL)
		return NULL;
	for (node = first; node != part; node = node->right)
		node_done(compiler, node);
	return first;
}

static struct filter_node *
parse_and(struct filter_compiler *compiler)
{
	return parse_chain(compiler, FILTER_SIGN_AND, FILTER_AND, parse_relation);
}

static struct filter_node *
parse_or(struct filter_compiler *compiler)
{
	return parse_chain(compiler, FILTER_SIGN_OR, FILTER_OR, parse_and);
}

struct filter_node *
filter_parse(struct filter_compiler *compiler)
{
	struct filter_node *node = parse_or(compiler);

	if (node == NULL)
		return NULL;
	if (!is_sign(compiler, FILTER_SIGN_END))
		return unexpected(compiler, "an operator such as == or &&");
	return filter_check_truth(compiler, node) ? node : NULL;
}
