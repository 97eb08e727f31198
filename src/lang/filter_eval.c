/* SPDX-License-Identifier: ISC */
#include "lang/filter_private.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

static const struct filter_value absent;

/* One evaluation. The filter itself is never written to. */
struct run {
	const struct filter *filter;
	const struct facts *facts;
	struct arena *scratch;
	const struct filter_trace *trace;
	size_t steps;                     /* left, of `allowed` */
	size_t allowed, unused;           /* unused: when it was stopped for another reason */
	const char *stopped;              /* why, or NULL */
	struct span where;                /* it was stopped */
	unsigned fetched;                 /* bits of roots */
	struct json_object *roots[FILTER_ROOTS_MAX];
	pcre2_match_data *match;
	pcre2_match_context *limits;      /* of matches */
	size_t position;                  /* in its text, of the step before */
};

static struct filter_value evaluate(struct run *run,
    const struct filter_node *node);

/* From here on everything is absent and costs nothing. */
static void
stop(struct run *run, const struct filter_node *node, const char *why)
{
	if (run->stopped == NULL) {
		run->unused = run->steps;
		run->stopped = why;
		run->where = node->text;
	}
	run->steps = 0;
}

static bool
spend(struct run *run, const struct filter_node *node, size_t steps)
{
	if (steps > run->steps) {
		run->steps = 0;
		stop(run, node, "the filter takes too many steps on this data");
		return false;
	}
	run->steps -= steps;
	return true;
}

static bool
spend_bytes(struct run *run, const struct filter_node *node, size_t bytes)
{
	return spend(run, node, bytes / FILTER_STEP_BYTES + 1);
}

static void
report(struct run *run, const struct filter_node *node,
    const struct filter_value *left, const char *operator,
    const struct filter_value *right, bool result)
{
	struct buf shown_left = { 0 }, shown_right = { 0 };

	filter_show(&shown_left, left);
	if (right != NULL)
		filter_show(&shown_right, right);
	run->trace->step(run->trace->arg, node->text, buf_bytes(&shown_left),
	    operator, buf_bytes(&shown_right), result);
	buf_free(&shown_left);
	buf_free(&shown_right);
}

/* The result, after the trace has been told. */
static bool
told(struct run *run, const struct filter_node *node,
    const struct filter_value *left, const char *operator,
    const struct filter_value *right, bool result)
{
	if (run->stopped != NULL)
		return false;
	if (run->trace != NULL)
		report(run, node, left, operator, right, result);
	return result;
}

static struct json_object *
root(struct run *run, size_t i)
{
	if (!(run->fetched & 1u << i)) {
		run->fetched |= 1u << i;
		run->roots[i] = run->facts->root(run->facts->arg,
		    run->filter->roots[i]);
	}
	return run->roots[i];
}

static struct filter_value
hidden_if(bool hidden, struct filter_value value)
{
	value.hidden = value.hidden || hidden;
	return value;
}

static bool
hides(struct run *run, const struct filter_node *node, struct json_object *json)
{
	return run->trace != NULL && run->facts->hides != NULL &&
	    run->facts->hides(run->facts->arg, run->filter->roots[node->root], json);
}

static struct filter_value
walk(struct run *run, const struct filter_node *node)
{
	struct json_object *json = root(run, node->root);

	if (json == NULL)
		return hidden_if(hides(run, node, NULL), absent);
	if (run->facts->whole != NULL)
		json = run->facts->whole(run->facts->arg, run->filter->roots[node->root], json,
		    span_of(node->steps != NULL && node->steps->name != NULL ? node->steps->name
		                                                             : ""));
	for (const struct filter_step *step = node->steps; step != NULL;
	    step = step->next) {
		if (json_object_is_type(json, json_type_object)) {
			if (step->name == NULL ||
			    !json_object_object_get_ex(json, step->name, &json))
				return hidden_if(hides(run, node, NULL), absent);
		} else if (json_object_is_type(json, json_type_array)) {
			if (step->index >= json_object_array_length(json))
				return hidden_if(hides(run, node, NULL), absent);
			json = json_object_array_get_idx(json, step->index);
		} else {
			return hidden_if(hides(run, node, NULL), absent);
		}
	}
	return hidden_if(hides(run, node, json), filter_value_of(json));
}

/* Goes through a list of the source or of a document. */
struct cursor {
	const struct filter_node *next;
	struct json_object *array;
	size_t i, n;
};

static struct cursor
cursor_of(const struct filter_value *list)
{
	if (list->json == NULL)
		return (struct cursor){ .next = list->list->left };
	return (struct cursor){ .array = list->json,
		.n = json_object_array_length(list->json) };
}

static bool
next_item(struct run *run, struct cursor *cursor, struct filter_value *item_r)
{
	if (cursor->next != NULL) {
		*item_r = evaluate(run, cursor->next);
		cursor->next = cursor->next->next;
		return true;
	}
	if (cursor->i >= cursor->n)
		return false;
	*item_r = filter_value_of(json_object_array_get_idx(cursor->array,
	    cursor->i++));
	return true;
}

/* Values of different types are not the same, and neither is one absent. */
static bool same(struct run *run, const struct filter_node *node,
    const struct filter_value *left, const struct filter_value *right);

static bool
same_list(struct run *run, const struct filter_node *node,
    const struct filter_value *left, const struct filter_value *right)
{
	struct cursor a = cursor_of(left), b = cursor_of(right);
	struct filter_value item, other;

	for (;;) {
		bool more = next_item(run, &a, &item);

		if (more != next_item(run, &b, &other))
			return false;
		if (!more)
			return true;
		if (!same(run, node, &item, &other))
			return false;
	}
}

static bool
same_map(struct run *run, const struct filter_node *node,
    const struct filter_value *left, const struct filter_value *right)
{
	struct lh_table *members = json_object_get_object(left->json);
	struct json_object *json;

	if (json_object_object_length(left->json) !=
	    json_object_object_length(right->json))
		return false;
	for (const struct lh_entry *member = members->head; member != NULL;
	    member = member->next) {
		struct filter_value value, other;

		if (!json_object_object_get_ex(right->json, member->k, &json))
			return false;
		value = filter_value_of((struct json_object *)(uintptr_t)member->v);
		other = filter_value_of(json);
		if (!same(run, node, &value, &other))
			return false;
	}
	return true;
}

static bool
same(struct run *run, const struct filter_node *node,
    const struct filter_value *left, const struct filter_value *right)
{
	if (!spend_bytes(run, node,
	    left->type == FILTER_STRING ? left->text.n : 0))
		return false;
	if (left->type == FILTER_LIST && right->type == FILTER_LIST)
		return same_list(run, node, left, right);
	if (left->type == FILTER_MAP && right->type == FILTER_MAP)
		return same_map(run, node, left, right);
	return filter_order(left, right) == FILTER_SAME;
}

static bool
is_in(struct run *run, const struct filter_node *node,
    const struct filter_value *value, const struct filter_value *container)
{
	struct filter_value item;
	struct cursor cursor;

	if (value->type == FILTER_ABSENT)
		return false;
	if (container->type == FILTER_MAP)
		return value->type == FILTER_STRING &&
		    memchr(value->text.p, '\0', value->text.n) == NULL &&
		    json_object_object_get_ex(container->json, value->text.p, NULL);
	if (container->type != FILTER_LIST)
		return false;
	cursor = cursor_of(container);
	while (next_item(run, &cursor, &item))
		if (same(run, node, value, &item))
			return true;
	return false;
}

/* An operand is the word null: what is absent counts as null. */
static bool
has_null_word(const struct filter_node *node)
{
	return (node->right->kind == FILTER_CONSTANT &&
	    node->right->value.type == FILTER_NULL) ||
	    (node->left->kind == FILTER_CONSTANT &&
	    node->left->value.type == FILTER_NULL);
}

static bool
is_equal(struct run *run, const struct filter_node *node,
    const struct filter_value *left, const struct filter_value *right)
{
	bool equal = node->sign == FILTER_SIGN_EQ;
	enum filter_order order;

	if (has_null_word(node))
		return equal == (left->type <= FILTER_NULL &&
		    right->type <= FILTER_NULL);
	if (left->type == right->type &&
	    (left->type == FILTER_LIST || left->type == FILTER_MAP))
		return same(run, node, left, right) == equal;
	order = filter_order(left, right);
	return order != FILTER_UNORDERED && (order == FILTER_SAME) == equal;
}

static bool
compare(struct run *run, const struct filter_node *node)
{
	struct filter_value left = evaluate(run, node->left);
	struct filter_value right = evaluate(run, node->right);
	bool result;

	if (left.type == FILTER_STRING && right.type == FILTER_STRING &&
	    !spend_bytes(run, node, left.text.n))
		return false;
	switch (node->sign) {
	case FILTER_SIGN_EQ:
	case FILTER_SIGN_NE:
		result = is_equal(run, node, &left, &right);
		break;
	case FILTER_SIGN_IN:
		result = is_in(run, node, &left, &right);
		break;
	default:
		result = filter_is_ordered(node->sign, &left, &right);
		break;
	}
	return told(run, node, &left, filter_sign_text(node->sign), &right,
	    result);
}

/* Called for each part of the pattern that is tried. A part that repeats runs over much
 * text at once. */
static int
on_callout(pcre2_callout_block *callout, void *arg)
{
	struct run *run = arg;
	size_t at = callout->current_position, steps = 1;

	if (at > run->position)
		steps += (at - run->position) / FILTER_STEP_BYTES;
	run->position = at;
	if (steps > run->steps) {
		run->steps = 0;
		return PCRE2_ERROR_CALLOUT;
	}
	run->steps -= steps;
	return 0;
}

static void
match_begin(struct run *run)
{
	run->match = pcre2_match_data_create(1, NULL);
	run->limits = pcre2_match_context_create(NULL);
	if (run->match == NULL || run->limits == NULL)
		abort();
	pcre2_set_match_limit(run->limits, FILTER_STEPS_MAX);
	pcre2_set_depth_limit(run->limits, 1000);
	pcre2_set_heap_limit(run->limits, 2048);
	pcre2_set_callout(run->limits, on_callout, run);
}

static bool
match(struct run *run, const struct filter_node *node, struct span subject)
{
	int result;

	if (subject.n > FILTER_SUBJECT_MAX) {
		stop(run, node, "matches() does not look at texts of more than "
		    "64 KiB");
		return false;
	}
	if (run->match == NULL)
		match_begin(run);
	run->position = 0;
	result = pcre2_match(node->pattern, (PCRE2_SPTR)subject.p, subject.n, 0,
	    0, run->match, run->limits);
	if (result < 0 && result != PCRE2_ERROR_NOMATCH)
		stop(run, node, "the pattern takes too many steps on this text");
	return result >= 0;
}

/* The functions with two texts and a truth. */
static bool
look(struct run *run, const struct filter_node *node)
{
	struct filter_value left = evaluate(run, node->left);
	struct filter_value right = evaluate(run, node->right);
	bool result = false;

	if (left.type == FILTER_STRING && right.type == FILTER_STRING &&
	    spend_bytes(run, node, left.text.n))
		result = node->function == FILTER_MATCHES
		    ? match(run, node, left.text)
		    : filter_has_part(node->function, left.text, right.text);
	return told(run, node, &left, filter_function_name(node->function),
	    &right, result);
}

static struct filter_value
size_of(struct run *run, const struct filter_node *node,
    const struct filter_value *value)
{
	struct filter_value item;
	struct cursor cursor;
	int64_t size = 0;

	switch (value->type) {
	case FILTER_STRING:
		if (!spend_bytes(run, node, value->text.n))
			return absent;
		for (size_t i = 0; i < value->text.n; i++)
			size += ((unsigned char)value->text.p[i] & 0xc0) != 0x80;
		break;
	case FILTER_LIST:
		cursor = cursor_of(value);
		if (cursor.array != NULL)
			size = (int64_t)cursor.n;
		else
			while (next_item(run, &cursor, &item))
				size++;
		break;
	case FILTER_MAP:
		size = json_object_object_length(value->json);
		break;
	default:
		return absent;
	}
	return filter_value_int(FILTER_INT, size);
}

static struct filter_value
to_text(struct run *run, const struct filter_value *value)
{
	struct buf out = { 0 };
	struct span text;

	if (value->type == FILTER_STRING)
		return *value;
	filter_print(&out, value);
	text = buf_keep(&out, run->scratch);
	/* What cannot be printed (null, lists, objects) leaves nothing. */
	return text.n > 0 ? filter_value_text(text) : absent;
}

static struct filter_value
to_lower(struct run *run, const struct filter_node *node,
    const struct filter_value *value)
{
	struct span text = value->text;
	char *copy = NULL;

	if (value->type != FILTER_STRING || !spend_bytes(run, node, text.n))
		return absent;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 'A' && text.p[i] <= 'Z') {
			if (copy == NULL)
				copy = arena_string(run->scratch, text);
			copy[i] |= 0x20;
		}
	return copy == NULL ? *value
	    : filter_value_text((struct span){ copy, text.n });
}

/* The functions of one value. */
static struct filter_value
made_of(struct run *run, const struct filter_node *node, struct filter_value value)
{
	switch (node->function) {
	case FILTER_SIZE:
		return size_of(run, node, &value);
	case FILTER_TIMESTAMP:
		return filter_to_time(value, run->facts->unzoned);
	case FILTER_DURATION_OF:
		return filter_to_duration(value);
	case FILTER_INT_OF:
		return filter_to_int(value);
	case FILTER_STRING_OF:
		return to_text(run, &value);
	default:
		return to_lower(run, node, &value);
	}
}

static struct filter_value
call(struct run *run, const struct filter_node *node)
{
	struct filter_value value;

	if (node->right != NULL)
		return filter_value_flag(look(run, node));
	value = evaluate(run, node->left);
	if (node->function == FILTER_HAS)
		return filter_value_flag(told(run, node, &value, "has", NULL,
		    value.type != FILTER_ABSENT));
	return hidden_if(value.hidden, made_of(run, node, value));
}

static struct filter_value
item_of(struct run *run, struct filter_value base, struct filter_value index)
{
	struct filter_value item;
	struct json_object *json;
	struct cursor cursor;

	if (base.type == FILTER_MAP && index.type == FILTER_STRING &&
	    memchr(index.text.p, '\0', index.text.n) == NULL &&
	    json_object_object_get_ex(base.json, index.text.p, &json))
		return filter_value_of(json);
	if (base.type != FILTER_LIST || index.type != FILTER_INT ||
	    index.integer < 0)
		return absent;
	cursor = cursor_of(&base);
	if (cursor.array != NULL) {
		cursor.i = (size_t)index.integer;
		return next_item(run, &cursor, &item) ? item : absent;
	}
	while (next_item(run, &cursor, &item))
		if (index.integer-- == 0)
			return item;
	return absent;
}

/* Whatever hides a part hides the whole that was read, and so the item. */
static struct filter_value
index_into(struct run *run, const struct filter_node *node)
{
	struct filter_value base = evaluate(run, node->left);
	struct filter_value index = evaluate(run, node->right);

	return hidden_if(base.hidden || index.hidden, item_of(run, base, index));
}

static struct filter_value
join(struct run *run, const struct filter_node *node, struct span left,
    struct span right)
{
	char *text;

	if (!spend_bytes(run, node, left.n + right.n))
		return absent;
	text = arena_alloc(run->scratch, left.n + right.n + 1);
	if (left.n > 0)
		memcpy(text, left.p, left.n);
	if (right.n > 0)
		memcpy(text + left.n, right.p, right.n);
	return filter_value_text((struct span){ text, left.n + right.n });
}

static double
number_of(const struct filter_value *value)
{
	return value->type == FILTER_INT ? (double)value->integer : value->number;
}

static struct filter_value
sum_of(struct run *run, const struct filter_node *node, struct filter_value left,
    struct filter_value right)
{
	bool plus = node->sign == FILTER_SIGN_PLUS;
	struct filter_value value = { .type = filter_sum_type(node->sign,
	    left.type, right.type) };

	switch (value.type) {
	case FILTER_ABSENT:
		return absent;
	case FILTER_STRING:
		return join(run, node, left.text, right.text);
	case FILTER_DOUBLE:
		value.number = number_of(&left) +
		    (plus ? number_of(&right) : -number_of(&right));
		return value;
	default:
		if (plus ? __builtin_add_overflow(left.integer, right.integer,
			       &value.integer)
			 : __builtin_sub_overflow(left.integer, right.integer,
			       &value.integer))
			return absent;
		return value;
	}
}

static struct filter_value
sum(struct run *run, const struct filter_node *node)
{
	struct filter_value left = evaluate(run, node->left);
	struct filter_value right = evaluate(run, node->right);

	return hidden_if(left.hidden || right.hidden, sum_of(run, node, left, right));
}

/* The truth of an operand: anything but true is false. */
static bool
holds(struct run *run, const struct filter_node *node)
{
	struct filter_value value;

	for (;; node = node->right) {
		if (node->kind == FILTER_AND) {
			if (!holds(run, node->left))
				return false;
		} else if (node->kind == FILTER_OR) {
			if (holds(run, node->left))
				return true;
		} else {
			break;
		}
	}
	value = evaluate(run, node);
	if (node->kind == FILTER_PATH || node->kind == FILTER_INDEX) {
		const struct filter_value yes = filter_value_flag(true);

		return told(run, node, &value, "==", &yes,
		    value.type == FILTER_BOOL && value.flag);
	}
	return value.type == FILTER_BOOL && value.flag;
}

static struct filter_value
negative(struct run *run, const struct filter_node *node)
{
	struct filter_value value = evaluate(run, node->left);

	return hidden_if(value.hidden, filter_negate(value));
}

static struct filter_value
evaluate(struct run *run, const struct filter_node *node)
{
	if (!spend(run, node, 1))
		return absent;
	switch (node->kind) {
	case FILTER_CONSTANT:
	case FILTER_ITEMS:
		return node->value;
	case FILTER_PATH:
		return walk(run, node);
	case FILTER_NOW:
		return filter_value_int(FILTER_TIME, run->facts->now);
	case FILTER_INDEX:
		return index_into(run, node);
	case FILTER_CALL:
		return call(run, node);
	case FILTER_COMPARE:
		return filter_value_flag(compare(run, node));
	case FILTER_SUM:
		return sum(run, node);
	case FILTER_NEGATIVE:
		return negative(run, node);
	case FILTER_NOT:
		return filter_value_flag(!holds(run, node->left));
	case FILTER_AND:
	case FILTER_OR:
		return filter_value_flag(holds(run, node));
	}
	return absent;
}

bool
filter_match(const struct filter *filter, const struct facts *facts,
    struct arena *scratch, const struct filter_trace *trace)
{
	struct run run = {
		.filter = filter, .facts = facts, .scratch = scratch,
		.trace = trace, .steps = FILTER_STEPS_MAX
	};
	bool result;

	if (filter->top == NULL)
		return true;
	if (facts->steps != NULL && *facts->steps < run.steps)
		run.steps = *facts->steps;
	run.allowed = run.steps;
	result = holds(&run, filter->top);
	if (facts->steps != NULL)
		*facts->steps -= run.allowed - (run.stopped != NULL ? run.unused : run.steps);
	pcre2_match_data_free(run.match);
	pcre2_match_context_free(run.limits);
	if (run.stopped == NULL)
		return result;
	if (trace != NULL)
		trace->step(trace->arg, run.where, SPAN("(stopped)"), "because",
		    span_of(run.stopped), false);
	return false;
}
