/* SPDX-License-Identifier: ISC */
#include "lang/filter_rows.h"

#include "base/pointer.h"
#include "base/secret.h"
#include "base/text.h"
#include "lang/filter_private.h"

#include <string.h>

#define ORDERED (FILTER_HAS_NUMBER | FILTER_HAS_ANY)
#define WORDS (FILTER_HAS_TEXT | FILTER_HAS_ANY)
#define SINGLE (FILTER_HAS_TEXT | FILTER_HAS_NUMBER | FILTER_HAS_BOOL | FILTER_HAS_ANY)
#define FIELD (SINGLE | FILTER_HAS_TIME | FILTER_HAS_LIST)
#define TIMES (FILTER_HAS_TIME | FILTER_HAS_ANY)
#define LISTS (FILTER_HAS_LIST | FILTER_HAS_ANY)

static const struct filter_qualifier_info infos[] = {
	[FILTER_ROW_IS] = { "is", "is", SINGLE, FILTER_TAKES_ONE },
	[FILTER_ROW_IS_NOT] = { "is-not", "is not", SINGLE, FILTER_TAKES_ONE },
	[FILTER_ROW_NOT_IS] = { "not-is", "is not, or has none", SINGLE, FILTER_TAKES_ONE },
	[FILTER_ROW_ONE_OF] = { "one-of", "is one of", SINGLE & ~(unsigned)FILTER_HAS_BOOL,
	    FILTER_TAKES_MANY },
	[FILTER_ROW_CONTAINS] = { "contains", "contains", WORDS, FILTER_TAKES_ONE },
	[FILTER_ROW_BEGINS] = { "begins", "begins with", WORDS, FILTER_TAKES_ONE },
	[FILTER_ROW_ENDS] = { "ends", "ends with", WORDS, FILTER_TAKES_ONE },
	[FILTER_ROW_MORE] = { "more", "is more than", ORDERED, FILTER_TAKES_ONE },
	[FILTER_ROW_AT_LEAST] = { "at-least", "is at least", ORDERED, FILTER_TAKES_ONE },
	[FILTER_ROW_LESS] = { "less", "is less than", ORDERED, FILTER_TAKES_ONE },
	[FILTER_ROW_AT_MOST] = { "at-most", "is at most", ORDERED, FILTER_TAKES_ONE },
	[FILTER_ROW_AFTER] = { "after", "is after", TIMES, FILTER_TAKES_ONE },
	[FILTER_ROW_BEFORE] = { "before", "is before", TIMES, FILTER_TAKES_ONE },
	[FILTER_ROW_WITHIN] = { "within", "is within the last", TIMES, FILTER_TAKES_ONE },
	[FILTER_ROW_LONGER] = { "longer", "is longer ago than", TIMES, FILTER_TAKES_ONE },
	[FILTER_ROW_HOLDS] = { "holds", "has", LISTS, FILTER_TAKES_ONE },
	[FILTER_ROW_HOLDS_NOT] = { "holds-not", "has not", LISTS, FILTER_TAKES_ONE },
	[FILTER_ROW_THERE] = { "there", "is there", FIELD, FILTER_TAKES_NONE },
	[FILTER_ROW_NOT_THERE] = { "not-there", "is not there", FIELD, FILTER_TAKES_NONE },
	[FILTER_ROW_SAVED] = { "saved", "holds", FILTER_HAS_NAME, FILTER_TAKES_ONE },
	[FILTER_ROW_NOT_SAVED] = { "not-saved", "does not hold", FILTER_HAS_NAME,
	    FILTER_TAKES_ONE },
};
_Static_assert(sizeof infos / sizeof infos[0] == FILTER_ROW__MAX, "each has a row");

static const char *const has_names[] = { "text", "number", "boolean", "time", "list", "any",
	"saved" };
#define HAS_COUNT (sizeof has_names / sizeof has_names[0])

const char *
filter_has_name(enum filter_has has)
{
	for (size_t i = 0; i < HAS_COUNT; i++)
		if (has == 1u << i)
			return has_names[i];
	return "";
}

bool
filter_has_by_name(struct span name, enum filter_has *has_r)
{
	for (size_t i = 0; i < HAS_COUNT; i++)
		if (span_is(name, has_names[i])) {
			*has_r = (enum filter_has)(1u << i);
			return true;
		}
	return false;
}

const struct filter_qualifier_info *
filter_qualifier_info(enum filter_qualifier qualifier)
{
	return &infos[qualifier];
}

bool
filter_qualifier_by_name(struct span name, enum filter_qualifier *qualifier_r)
{
	for (int i = 0; i < FILTER_ROW__MAX; i++)
		if (span_is(name, infos[i].name)) {
			*qualifier_r = (enum filter_qualifier)i;
			return true;
		}
	return false;
}

/* ---- paths */

/* What stands behind a dot: names as filters have them. */
static bool
is_plain(const char *name)
{
	if (name[0] == '\0' || (name[0] >= '0' && name[0] <= '9') || strcmp(name, "in") == 0)
		return false;
	return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
	    "0123456789")] == '\0';
}

static bool
is_digits(const char *name)
{
	size_t n = strspn(name, "0123456789");

	return n > 0 && n < 10 && name[n] == '\0' && (name[0] != '0' || n == 1);
}

/* In single quotes, as filters read it. */
static void
put_text(struct buf *out, struct span text)
{
	buf_putc(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '\'' || c == '\\')
			buf_putc(out, '\\');
		if (c == '\n')
			buf_puts(out, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\u%04x", c);
		else
			buf_putc(out, (char)c);
	}
	buf_putc(out, '\'');
}

static void
put_step(struct buf *out, const char *name)
{
	if (is_plain(name) || is_digits(name)) {
		buf_printf(out, ".%s", name);
		return;
	}
	buf_putc(out, '[');
	put_text(out, span_of(name));
	buf_putc(out, ']');
}

static struct span
path_of(struct arena *arena, const struct filter *filter, const struct filter_node *node)
{
	struct buf out = { 0 };

	buf_puts(&out, filter->roots[node->root]);
	for (const struct filter_step *step = node->steps; step != NULL; step = step->next) {
		if (step->name != NULL)
			put_step(&out, step->name);
		else
			buf_printf(&out, ".%zu", step->index);
	}
	return buf_keep(&out, arena);
}

struct span
filter_path_of(struct arena *arena, const char *root, struct span parameter)
{
	struct buf out = { 0 };
	struct span rest = parameter, name;

	buf_puts(&out, root);
	while (pointer_token(arena, &rest, &name))
		put_step(&out, arena_string(arena, name));
	return buf_keep(&out, arena);
}

/* The name behind the dot or in brackets at p; where it ends, NULL for none. */
static const char *
read_step(struct arena *arena, const char *p, struct buf *name)
{
	if (*p == '.') {
		size_t n = strcspn(++p, ".[");

		buf_put(name, p, n);
		return n > 0 ? p + n : NULL;
	}
	if (p[0] != '[' || p[1] != '\'')
		return NULL;
	for (p += 2; *p != '\0' && *p != '\''; p++) {
		if (*p == '\\' && p[1] == 'n') {
			buf_putc(name, '\n');
			p++;
		} else if (*p == '\\' && p[1] == 'u' && strlen(p) > 6) {
			struct span bytes = { NULL, 0 };

			if (!secret_hex_read(arena, (struct span){ p + 4, 2 }, &bytes))
				return NULL;
			buf_put(name, bytes.p, bytes.n);
			p += 5;
		} else {
			if (*p == '\\' && p[1] != '\0')
				p++;
			buf_putc(name, *p);
		}
	}
	return p[0] == '\'' && p[1] == ']' ? p + 2 : NULL;
}

struct span
filter_path_parameter(struct arena *arena, const char *root, struct span path)
{
	const struct span none = { NULL, 0 };
	const char *p = arena_string(arena, path) + strlen(root);
	struct buf pointer = { 0 }, name = { 0 };
	struct span first = none;
	size_t steps = 0;

	if (!span_starts(path, root))
		return none;
	while (p != NULL && *p != '\0') {
		name.n = 0;
		p = read_step(arena, p, &name);
		if (steps++ == 0)
			first = arena_copy(arena, buf_bytes(&name));
		buf_putc(&pointer, '/');
		for (size_t i = 0; i < name.n; i++)
			if (name.p[i] == '~')
				buf_puts(&pointer, "~0");
			else if (name.p[i] == '/')
				buf_puts(&pointer, "~1");
			else
				buf_putc(&pointer, name.p[i]);
	}
	buf_free(&name);
	if (p == NULL || steps == 0) {
		buf_free(&pointer);
		return none;
	}
	/* A name at the top that does not look like a pointer is one by itself. */
	if (steps == 1 && first.n > 0 && first.p[0] != '/') {
		buf_free(&pointer);
		return first;
	}
	return buf_keep(&pointer, arena);
}

/* ---- reading */

struct reading {
	struct arena *arena;
	const struct filter *filter;
	struct filter_rows rows;
	size_t room;
};

static struct span
printed(struct arena *arena, const struct filter_value *value)
{
	struct buf out = { 0 };

	filter_print(&out, value);
	return buf_keep(&out, arena);
}

static struct span
time_text(struct arena *arena, int64_t time)
{
	char text[TEXT_TIME_SIZE];
	struct span span = span_of(text_time_write(time, text));

	/* A date alone is its midnight. */
	if (time % INT64_C(86400000000) == 0)
		span.n -= sizeof "T00:00:00Z" - 1;
	return arena_copy(arena, span);
}

static struct span
duration_text(struct arena *arena, int64_t duration)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = { { "d", INT64_C(86400000000) }, { "h", INT64_C(3600000000) },
		{ "m", 60000000 }, { "s", 1000000 }, { "ms", 1000 }, { "us", 1 } };
	size_t i = 0;

	while (units[i].us > 1 && duration % units[i].us != 0)
		i++;
	return span_of(arena_printf(arena, "%lld%s", (long long)(duration / units[i].us),
	    units[i].unit));
}

static bool
value_of(struct arena *arena, const struct filter_node *node, struct filter_row_value *value_r)
{
	const struct filter_value *value = &node->value;

	if (node->kind != FILTER_CONSTANT || node->saved.p != NULL)
		return false;
	switch (value->type) {
	case FILTER_BOOL:
		*value_r = (struct filter_row_value){ FILTER_IS_BOOL, printed(arena, value) };
		return true;
	case FILTER_INT:
	case FILTER_DOUBLE:
		*value_r = (struct filter_row_value){ FILTER_IS_NUMBER, printed(arena, value) };
		return true;
	case FILTER_STRING:
		*value_r = (struct filter_row_value){ FILTER_IS_TEXT, value->text };
		return !text_has_nul(value->text);
	case FILTER_TIME:
		*value_r = (struct filter_row_value){ FILTER_IS_TEXT,
			time_text(arena, value->integer) };
		return true;
	case FILTER_DURATION:
		*value_r = (struct filter_row_value){ FILTER_IS_TEXT,
			duration_text(arena, value->integer) };
		return value->integer >= 0;
	default:
		return false;
	}
}

static bool
add(struct reading *reading, const struct filter_node *path, enum filter_qualifier qualifier,
    struct filter_row_value *values, size_t count)
{
	struct filter_rows *rows = &reading->rows;

	rows->rows = arena_grow(reading->arena, rows->rows, rows->count, &reading->room,
	    sizeof *rows->rows);
	rows->rows[rows->count++] = (struct filter_row){
		.path = path != NULL ? path_of(reading->arena, reading->filter, path)
		                     : SPAN("saved"),
		.qualifier = qualifier, .values = values, .count = count };
	return true;
}

static bool
add_value(struct reading *reading, const struct filter_node *path,
    enum filter_qualifier qualifier, const struct filter_node *constant)
{
	struct filter_row_value *value = arena_alloc(reading->arena, sizeof *value);

	return value_of(reading->arena, constant, value) &&
	    add(reading, path, qualifier, value, 1);
}

static bool
add_text(struct reading *reading, const struct filter_node *path,
    enum filter_qualifier qualifier, struct span text, enum filter_constant_type type)
{
	struct filter_row_value *value = arena_alloc(reading->arena, sizeof *value);

	*value = (struct filter_row_value){ type, text };
	return add(reading, path, qualifier, value, 1);
}

static bool
is_path(const struct filter_node *node)
{
	return node->kind == FILTER_PATH && node->saved.p == NULL;
}

static bool
read_items(struct reading *reading, const struct filter_node *path,
    const struct filter_node *items)
{
	struct filter_row_value *values;
	size_t n = 0, count = 0;

	for (const struct filter_node *item = items->left; item != NULL; item = item->next)
		n++;
	values = arena_alloc(reading->arena, (n + 1) * sizeof *values);
	for (const struct filter_node *item = items->left; item != NULL; item = item->next)
		if (!value_of(reading->arena, item, &values[count++]))
			return false;
	return n > 0 && add(reading, path, FILTER_ROW_ONE_OF, values, n);
}

/* timestamp(x) and a time, or now and a duration before it. */
static bool
read_time(struct reading *reading, const struct filter_node *node)
{
	const struct filter_node *path = node->left->left, *right = node->right;
	bool after = node->sign == FILTER_SIGN_GT;

	if (!is_path(path) || (!after && node->sign != FILTER_SIGN_LT))
		return false;
	if (right->kind == FILTER_CONSTANT && right->value.type == FILTER_TIME)
		return add_value(reading, path, after ? FILTER_ROW_AFTER : FILTER_ROW_BEFORE,
		    right);
	return right->kind == FILTER_SUM && right->sign == FILTER_SIGN_MINUS &&
	    right->left->kind == FILTER_NOW && right->right->kind == FILTER_CONSTANT &&
	    right->right->value.type == FILTER_DURATION && add_value(reading, path,
	    after ? FILTER_ROW_WITHIN : FILTER_ROW_LONGER, right->right);
}

static bool
read_compare(struct reading *reading, const struct filter_node *node)
{
	static const enum filter_qualifier of_sign[] = {
		[FILTER_SIGN_EQ] = FILTER_ROW_IS, [FILTER_SIGN_NE] = FILTER_ROW_IS_NOT,
		[FILTER_SIGN_LT] = FILTER_ROW_LESS, [FILTER_SIGN_LE] = FILTER_ROW_AT_MOST,
		[FILTER_SIGN_GT] = FILTER_ROW_MORE, [FILTER_SIGN_GE] = FILTER_ROW_AT_LEAST,
	};
	const struct filter_node *left = node->left, *right = node->right;

	if (node->sign == FILTER_SIGN_IN) {
		if (is_path(left) && right->kind == FILTER_ITEMS)
			return read_items(reading, left, right);
		return is_path(right) && left->value.type == FILTER_STRING &&
		    add_value(reading, right, FILTER_ROW_HOLDS, left);
	}
	if (left->kind == FILTER_CALL && left->function == FILTER_TIMESTAMP)
		return read_time(reading, node);
	if (!is_path(left) || right->kind != FILTER_CONSTANT)
		return false;
	if (right->value.type == FILTER_NULL && node->sign == FILTER_SIGN_NE)
		return add(reading, left, FILTER_ROW_THERE, NULL, 0);
	if (right->value.type == FILTER_NULL && node->sign == FILTER_SIGN_EQ)
		return add(reading, left, FILTER_ROW_NOT_THERE, NULL, 0);
	/* Texts have an order, too, which no form offers. */
	if (node->sign > FILTER_SIGN_NE && right->value.type != FILTER_INT &&
	    right->value.type != FILTER_DOUBLE)
		return false;
	return right->value.type != FILTER_TIME && right->value.type != FILTER_DURATION &&
	    add_value(reading, left, of_sign[node->sign], right);
}

static bool
read_not(struct reading *reading, const struct filter_node *node)
{
	if (node->saved.p != NULL)
		return add_text(reading, NULL, FILTER_ROW_NOT_SAVED, node->saved, FILTER_IS_TEXT);
	if (is_path(node))
		return add_text(reading, node, FILTER_ROW_NOT_IS, SPAN("true"), FILTER_IS_BOOL);
	if (node->kind != FILTER_COMPARE)
		return false;
	if (node->sign == FILTER_SIGN_IN)
		return is_path(node->right) && node->left->value.type == FILTER_STRING &&
		    add_value(reading, node->right, FILTER_ROW_HOLDS_NOT, node->left);
	return node->sign == FILTER_SIGN_EQ && is_path(node->left) &&
	    node->right->kind == FILTER_CONSTANT && node->right->value.type != FILTER_TIME &&
	    node->right->value.type != FILTER_DURATION &&
	    add_value(reading, node->left, FILTER_ROW_NOT_IS, node->right);
}

static bool
read_call(struct reading *reading, const struct filter_node *node)
{
	enum filter_qualifier qualifier = node->function == FILTER_CONTAINS
	    ? FILTER_ROW_CONTAINS : node->function == FILTER_STARTS_WITH ? FILTER_ROW_BEGINS
	    : node->function == FILTER_ENDS_WITH ? FILTER_ROW_ENDS : FILTER_ROW__MAX;

	return qualifier != FILTER_ROW__MAX && is_path(node->left) &&
	    node->right->value.type == FILTER_STRING &&
	    add_value(reading, node->left, qualifier, node->right);
}

static bool
read_row(struct reading *reading, const struct filter_node *node)
{
	if (node->saved.p != NULL)
		return add_text(reading, NULL, FILTER_ROW_SAVED, node->saved, FILTER_IS_TEXT);
	switch (node->kind) {
	case FILTER_PATH:
		return add_text(reading, node, FILTER_ROW_IS, SPAN("true"), FILTER_IS_BOOL);
	case FILTER_COMPARE:
		return read_compare(reading, node);
	case FILTER_NOT:
		return read_not(reading, node->left);
	case FILTER_CALL:
		return read_call(reading, node);
	default:
		return false;
	}
}

/* Parentheses can nest chains of one kind. */
static bool
read_chain(struct reading *reading, const struct filter_node *node, enum filter_kind kind)
{
	for (; node->kind == kind && node->saved.p == NULL; node = node->right)
		if (!read_chain(reading, node->left, kind))
			return false;
	return read_row(reading, node);
}

bool
filter_rows_read(struct arena *arena, const struct filter *filter, struct filter_rows *rows_r)
{
	struct reading reading = { .arena = arena, .filter = filter };
	bool any = filter->top != NULL && filter->top->kind == FILTER_OR &&
	    filter->top->saved.p == NULL;

	*rows_r = (struct filter_rows){ .any = false };
	if (filter->commented)
		return false;
	if (filter->top == NULL)
		return true;
	if (!read_chain(&reading, filter->top, any ? FILTER_OR : FILTER_AND))
		return false;
	reading.rows.any = any;
	*rows_r = reading.rows;
	return true;
}

/* ---- writing */

static void
put_value(struct buf *out, const struct filter_row_value *value)
{
	if (value->type == FILTER_IS_TEXT)
		put_text(out, value->text);
	else
		buf_span(out, value->text);
}

static void
put_row(struct buf *out, const struct filter_row *row)
{
	static const char *const signs[FILTER_ROW__MAX] = {
		[FILTER_ROW_IS] = "==", [FILTER_ROW_IS_NOT] = "!=", [FILTER_ROW_MORE] = ">",
		[FILTER_ROW_AT_LEAST] = ">=", [FILTER_ROW_LESS] = "<", [FILTER_ROW_AT_MOST] = "<=",
	};
	int n = (int)row->path.n;
	const char *path = row->path.p;

	switch (row->qualifier) {
	case FILTER_ROW_NOT_IS:
		buf_printf(out, "!(%.*s == ", n, path);
		put_value(out, row->values);
		buf_putc(out, ')');
		break;
	case FILTER_ROW_ONE_OF:
		buf_printf(out, "%.*s in [", n, path);
		for (size_t i = 0; i < row->count; i++) {
			buf_puts(out, i > 0 ? ", " : "");
			put_value(out, &row->values[i]);
		}
		buf_putc(out, ']');
		break;
	case FILTER_ROW_CONTAINS:
	case FILTER_ROW_BEGINS:
	case FILTER_ROW_ENDS:
		buf_printf(out, "%.*s.%s(", n, path, row->qualifier == FILTER_ROW_CONTAINS
		    ? "contains" : row->qualifier == FILTER_ROW_BEGINS ? "startsWith" : "endsWith");
		put_text(out, row->values[0].text);
		buf_putc(out, ')');
		break;
	case FILTER_ROW_AFTER:
	case FILTER_ROW_BEFORE:
		buf_printf(out, "timestamp(%.*s) %c timestamp(", n, path,
		    row->qualifier == FILTER_ROW_AFTER ? '>' : '<');
		put_text(out, row->values[0].text);
		buf_putc(out, ')');
		break;
	case FILTER_ROW_WITHIN:
	case FILTER_ROW_LONGER:
		buf_printf(out, "timestamp(%.*s) %c now - duration(", n, path,
		    row->qualifier == FILTER_ROW_WITHIN ? '>' : '<');
		put_text(out, row->values[0].text);
		buf_putc(out, ')');
		break;
	case FILTER_ROW_HOLDS:
	case FILTER_ROW_HOLDS_NOT:
		buf_puts(out, row->qualifier == FILTER_ROW_HOLDS ? "" : "!(");
		put_text(out, row->values[0].text);
		buf_printf(out, " in %.*s%s", n, path, row->qualifier == FILTER_ROW_HOLDS ? "" : ")");
		break;
	case FILTER_ROW_THERE:
	case FILTER_ROW_NOT_THERE:
		buf_printf(out, "%.*s %s null", n, path,
		    row->qualifier == FILTER_ROW_THERE ? "!=" : "==");
		break;
	case FILTER_ROW_SAVED:
	case FILTER_ROW_NOT_SAVED:
		buf_puts(out, row->qualifier == FILTER_ROW_SAVED ? "saved(" : "!saved(");
		put_text(out, row->values[0].text);
		buf_putc(out, ')');
		break;
	default:
		buf_printf(out, "%.*s %s ", n, path, signs[row->qualifier]);
		put_value(out, row->values);
		break;
	}
}

struct span
filter_rows_write(struct arena *arena, const struct filter_rows *rows)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < rows->count; i++) {
		buf_puts(&out, i == 0 ? "" : rows->any ? " || " : " && ");
		put_row(&out, &rows->rows[i]);
	}
	return buf_keep(&out, arena);
}

bool
filter_rows_same(const struct filter_rows *a, const struct filter_rows *b)
{
	if (a->count != b->count || (a->any != b->any && a->count > 1))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct filter_row *x = &a->rows[i], *y = &b->rows[i];

		if (!span_eq(x->path, y->path) || x->qualifier != y->qualifier ||
		    x->count != y->count)
			return false;
		for (size_t k = 0; k < x->count; k++)
			if (x->values[k].type != y->values[k].type ||
			    !span_eq(x->values[k].text, y->values[k].text))
				return false;
	}
	return true;
}

/* ---- parts */

static bool
is_about(const struct filter *filter, const struct filter_node *node, const char *const roots[])
{
	size_t i = 0;

	if (node->kind == FILTER_PATH) {
		while (roots[i] != NULL && strcmp(roots[i], filter->roots[node->root]) != 0)
			i++;
		return roots[i] != NULL;
	}
	for (const struct filter_node *item = node->left; item != NULL; item = item->next)
		if (!is_about(filter, item, roots))
			return false;
	return node->right == NULL || node->kind == FILTER_CALL ||
	    is_about(filter, node->right, roots);
}

static void
gather_about(const struct filter *filter, const struct filter_node *node,
    const char *const roots[], struct buf *out, bool *left_r)
{
	if (node->kind == FILTER_AND && node->saved.p == NULL) {
		gather_about(filter, node->left, roots, out, left_r);
		gather_about(filter, node->right, roots, out, left_r);
	} else if (is_about(filter, node, roots)) {
		buf_puts(out, out->n > 0 ? " && (" : "(");
		buf_span(out, node->text);
		buf_putc(out, ')');
	} else {
		*left_r = true;
	}
}

struct span
filter_about(struct arena *arena, const struct filter *filter, const char *const roots[],
    bool *left_r)
{
	struct buf out = { 0 };

	*left_r = false;
	if (filter->top != NULL)
		gather_about(filter, filter->top, roots, &out, left_r);
	return buf_keep(&out, arena);
}
