/* SPDX-License-Identifier: ISC */
/* What a filter names, for those who know what there is. */
#include "lang/filter_private.h"

struct walk_mentions {
	const struct filter *filter;
	struct arena *scratch;
	void (*each)(void *arg, const struct filter_mention *mention);
	void *arg;
};

/* False: it stands in a saved filter. */
static bool
place_of(const struct filter *filter, const struct filter_node *node, size_t *at_r)
{
	if (node->text.p < filter->source.p || node->text.p > filter->source.p + filter->source.n)
		return false;
	*at_r = (size_t)(node->text.p - filter->source.p);
	return true;
}

/* False: null and what is computed compare with everything. */
static bool
constant_of(const struct filter *filter, const struct filter_node *node,
    struct filter_constant *constant_r)
{
	*constant_r = (struct filter_constant){ .type = FILTER_IS_NUMBER };
	if (node->kind != FILTER_CONSTANT || !place_of(filter, node, &constant_r->at))
		return false;
	switch (node->value.type) {
	case FILTER_BOOL:
		constant_r->type = FILTER_IS_BOOL;
		return true;
	case FILTER_INT:
	case FILTER_DOUBLE:
		return true;
	case FILTER_STRING:
		constant_r->type = FILTER_IS_TEXT;
		constant_r->text = node->value.text;
		return true;
	default:
		return false;
	}
}

static void
mention(const struct walk_mentions *walk, const struct filter_node *node,
    const struct filter_constant *constants, size_t count, bool holds)
{
	struct filter_mention out = { .constants = constants, .constant_count = count,
		.holds = holds };
	struct buf path = { 0 };

	if (!place_of(walk->filter, node, &out.at))
		return;
	buf_puts(&path, walk->filter->roots[node->root]);
	for (const struct filter_step *step = node->steps; step != NULL; step = step->next) {
		if (step->name != NULL)
			buf_printf(&path, ".%s", step->name);
		else
			buf_printf(&path, ".%zu", step->index);
	}
	out.path = buf_keep(&path, walk->scratch);
	walk->each(walk->arg, &out);
}

/* The constants of a list that is written out, or the one. */
static size_t
constants_of(const struct walk_mentions *walk, const struct filter_node *node,
    struct filter_constant **constants_r)
{
	const struct filter_node *first = node->kind == FILTER_ITEMS ? node->left : node;
	bool list = node->kind == FILTER_ITEMS;
	size_t n = 0, count = 0;

	for (const struct filter_node *item = first; item != NULL; item = list ? item->next : NULL)
		n++;
	*constants_r = arena_alloc(walk->scratch, (n + 1) * sizeof **constants_r);
	for (const struct filter_node *item = first; item != NULL; item = list ? item->next : NULL)
		count += constant_of(walk->filter, item, &(*constants_r)[count]);
	return count;
}

static void
visit(const struct walk_mentions *walk, const struct filter_node *node)
{
	const struct filter_node *left, *right;
	struct filter_constant *constants;
	size_t count;

	if (node == NULL)
		return;
	left = node->left;
	right = node->right;
	if (node->kind == FILTER_PATH) {
		mention(walk, node, NULL, 0, false);
	} else if (node->kind == FILTER_COMPARE && left->kind == FILTER_PATH &&
	    right->kind != FILTER_PATH) {
		count = constants_of(walk, right, &constants);
		mention(walk, left, constants, count, false);
		visit(walk, right);
	} else if (node->kind == FILTER_COMPARE && right->kind == FILTER_PATH &&
	    left->kind != FILTER_PATH) {
		count = constants_of(walk, left, &constants);
		mention(walk, right, constants, count, node->sign == FILTER_SIGN_IN);
		visit(walk, left);
	} else {
		/* The arguments of a call and the items of a list have each a next. */
		for (const struct filter_node *item = left; item != NULL; item = item->next)
			visit(walk, item);
		if (node->kind != FILTER_CALL)
			visit(walk, right);
	}
}

void
filter_mentions(const struct filter *filter, struct arena *scratch,
    void (*each)(void *arg, const struct filter_mention *mention), void *arg)
{
	const struct walk_mentions walk = { filter, scratch, each, arg };

	visit(&walk, filter->top);
}
