/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "lang/filter_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>
#include <unistr.h>
#include <uniwidth.h>

/* Bytes of a long line that are shown before and behind the caret. */

void *
filter_fail(struct filter_compiler *compiler, size_t at, const char *format, ...)
{
	struct filter_error *error = compiler->error;
	va_list args;

	error->at = at;
	va_start(args, format);
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	return NULL;
}

static void
put_constant(void *constant)
{
	json_object_put(constant);
}

/* The constant in JSON, NULL when an index knows nothing like it. */
static struct json_object *
constant_of(struct filter_compiler *compiler, const struct filter_value *value)
{
	struct json_object *json;

	switch (value->type) {
	case FILTER_BOOL:
		json = json_object_new_boolean(value->flag);
		break;
	case FILTER_INT:
	case FILTER_TIME:
		json = json_object_new_int64(value->integer);
		break;
	case FILTER_DOUBLE:
		json = json_object_new_double(value->number);
		break;
	case FILTER_STRING:
		json = json_object_new_string_len(value->text.p,
		    (int)value->text.n);
		break;
	default:
		return NULL;
	}
	if (json != NULL)
		arena_defer(compiler->arena, put_constant, json);
	return json;
}

/* "data.usage.launches"; an empty span where the path is not that plain. */
static struct span
dotted(struct filter_compiler *compiler, const struct filter_node *node)
{
	struct buf out = { 0 };

	if (node->kind != FILTER_PATH)
		return (struct span){ 0 };
	buf_puts(&out, compiler->filter->roots[node->root]);
	for (const struct filter_step *step = node->steps; step != NULL;
	    step = step->next) {
		if (step->name == NULL || step->index != SIZE_MAX ||
		    strchr(step->name, '.') != NULL) {
			buf_free(&out);
			return (struct span){ 0 };
		}
		buf_printf(&out, ".%s", step->name);
	}
	return buf_keep(&out, compiler->arena);
}

/* What can be compared with: a constant, now, now and a duration. */
struct known {
	struct filter_value value;
	bool from_now;
};

static bool
known(const struct filter_node *node, struct known *known_r)
{
	*known_r = (struct known){ .value = node->value };
	if (node->kind == FILTER_CONSTANT)
		return true;
	known_r->from_now = true;
	known_r->value = filter_value_int(FILTER_TIME, 0);
	if (node->kind == FILTER_NOW)
		return true;
	if (node->kind != FILTER_SUM || node->left->kind != FILTER_NOW ||
	    node->right->kind != FILTER_CONSTANT ||
	    node->right->value.type != FILTER_DURATION)
		return false;
	known_r->value.integer = node->right->value.integer;
	return node->sign == FILTER_SIGN_PLUS ||
	    !__builtin_sub_overflow(0, known_r->value.integer, &known_r->value.integer);
}

static void
add_condition(struct filter_compiler *compiler, const struct filter_node *path,
    enum filter_operator operator, const struct known *constant)
{
	struct filter *filter = compiler->filter;
	const struct filter_value *value = &constant->value;
	struct filter_condition *condition =
	    &filter->conditions[filter->condition_count];
	bool is_time = value->type == FILTER_TIME;

	/* Only timestamp(path) can be compared with a time. */
	if (is_time && path->kind == FILTER_CALL &&
	    path->function == FILTER_TIMESTAMP)
		path = path->left;
	*condition = (struct filter_condition){ .path = dotted(compiler, path),
		.operator = operator, .is_time = is_time,
		.from_now = constant->from_now };
	if (condition->path.n > 0)
		condition->constant = constant_of(compiler, value);
	if (condition->constant != NULL)
		filter->condition_count++;
}

static void
gather_compare(struct filter_compiler *compiler, const struct filter_node *node)
{
	static const struct {
		enum filter_sign sign;
		enum filter_operator operator, turned;
	} operators[] = {
		{ FILTER_SIGN_EQ, FILTER_EQ, FILTER_EQ },
		{ FILTER_SIGN_LT, FILTER_LT, FILTER_GT },
		{ FILTER_SIGN_LE, FILTER_LE, FILTER_GE },
		{ FILTER_SIGN_GT, FILTER_GT, FILTER_LT },
		{ FILTER_SIGN_GE, FILTER_GE, FILTER_LE },
	};
	struct known constant;

	if (node->sign == FILTER_SIGN_IN && known(node->left, &constant))
		add_condition(compiler, node->right, FILTER_HOLDS, &constant);
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
		if (operators[i].sign != node->sign)
			continue;
		if (known(node->right, &constant))
			add_condition(compiler, node->left,
			    operators[i].operator, &constant);
		else if (known(node->left, &constant))
			add_condition(compiler, node->right,
			    operators[i].turned, &constant);
	}
}

static void
gather_part(struct filter_compiler *compiler, const struct filter_node *node)
{
	struct known constant = { .value = filter_value_flag(true) };

	if (node->kind == FILTER_COMPARE)
		gather_compare(compiler, node);
	else if (node->kind == FILTER_PATH)
		add_condition(compiler, node, FILTER_EQ, &constant);
	else if (node->kind == FILTER_CALL &&
	    node->function == FILTER_STARTS_WITH &&
	    node->right->kind == FILTER_CONSTANT && known(node->right, &constant))
		add_condition(compiler, node->left, FILTER_PREFIX, &constant);
}

/* Parentheses can nest conjunctions, no deeper than anything nests. */
static void
gather(struct filter_compiler *compiler, const struct filter_node *node)
{
	for (; node->kind == FILTER_AND; node = node->right)
		gather(compiler, node->left);
	gather_part(compiler, node);
}

static void
gather_conditions(struct filter_compiler *compiler)
{
	compiler->filter->conditions = arena_alloc(compiler->arena,
	    compiler->nodes * sizeof *compiler->filter->conditions);
	gather(compiler, compiler->filter->top);
}

const struct filter *
filter_compile(struct arena *arena, struct span source,
    const struct filter_roots *roots, struct filter_error *error_r)
{
	struct filter *filter = arena_alloc(arena, sizeof *filter);
	struct filter_compiler compiler = {
		.arena = arena, .filter = filter, .error = error_r, .given = roots,
		.roots = roots != NULL && roots->names != NULL ? roots->names : facts_roots
	};

	if (source.n > FILTER_SOURCE_MAX)
		return filter_fail(&compiler, FILTER_SOURCE_MAX,
		    "a filter has at most %d bytes", FILTER_SOURCE_MAX);
	if (!text_utf8(source))
		return filter_fail(&compiler, 0, "a filter is UTF-8 text");
	filter->source = arena_copy(arena, source);
	if (!filter_lex(&compiler))
		return NULL;
	if (compiler.token.sign == FILTER_SIGN_END)
		return filter;
	filter->top = filter_parse(&compiler);
	if (filter->top == NULL)
		return NULL;
	gather_conditions(&compiler);
	return filter;
}

const char *
filter_error_show(struct arena *arena, const struct filter_error *error, struct span source)
{
	struct buf out = { 0 };

	buf_printf(&out, "%s\n", error->text);
	text_point(&out, source, error->at);
	return buf_keep(&out, arena).p;
}

size_t
filter_conditions(const struct filter *filter, struct filter_condition *out,
    size_t max)
{
	size_t n = filter->condition_count < max ? filter->condition_count : max;

	if (n > 0)
		memcpy(out, filter->conditions, n * sizeof *out);
	return n;
}
