/* SPDX-License-Identifier: ISC */
#include "listen/find_target.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/settings.h"
#include "listen/listener.h"
#include "listen/make_target.h"
#include "listen/match.h"
#include "store/store.h"

static struct match
match_of(const struct listener *listener)
{
	return (struct match){ listener->record, listener->project, listener->match };
}

static void
none_named(struct txn *txn, struct delivery *item)
{
	const struct listener *listener = item->listener;
	bool by_body = listener->parameter.n > 0;
	struct span name = by_body ? listener->parameter : listener->key;

	txn_fail(txn, FAULT_MISSING_PARAMETER, by_body
	    ? "the target is named neither by the path nor by the parameter %.*s"
	    : "the target is not named: add it to the path, …/%.*s/<target>", (int)name.n, name.p);
	delivery_step(item, "target", STEP_FAILED, by_body
	    ? "neither the path nor the parameter %.*s names it"
	    : "the path does not name it: …/%.*s/<target>", (int)name.n, name.p);
}

/* The target as path and body name it, as sentences show it, and where it stands in the
 * body; p is NULL after a failure, and where it is not named and the listener passes over
 * what it does not find. */
static struct span
target_named(struct txn *txn, struct delivery *item, struct span by_path,
    struct span *shown_r, struct json_object **value_r)
{
	const struct listener *listener = item->listener;
	const struct match match = match_of(listener);
	struct span by_body = { NULL, 0 };
	struct json_object *value = NULL;

	*value_r = NULL;
	if (by_path.p != NULL)
		by_path = match_tidy(&match, by_path);
	if (listener->parameter.n > 0 &&
	    pointer_get(item->payload, listener->parameter, &value) && value != NULL) {
		by_body = match_name(item->arena, &match, value);
		if (by_body.p == NULL) {
			delivery_bad_field(item, listener->parameter,
			    "a string or a number is expected");
			txn_fail(txn, FAULT_BAD_VALUE, "the target's parameter %.*s holds no text",
			    (int)listener->parameter.n, listener->parameter.p);
			return by_body;
		}
	}
	*value_r = value;
	*shown_r = by_path.p != NULL ? delivery_shown(item, NULL, by_path)
	    : by_body.p != NULL ? delivery_shown(item, value, by_body) : by_body;
	item->target.unnamed = by_path.p == NULL && mask_covers(&item->masked, value);
	if (by_path.p != NULL && by_body.p != NULL && !span_eq(by_path, by_body)) {
		struct span shown = delivery_shown(item, value, by_body);

		txn_fail(txn, FAULT_TARGET_CONFLICT, "the path names %.*s, the body %.*s",
		    (int)shown_r->n, shown_r->p, (int)shown.n, shown.p);
		return (struct span){ NULL, 0 };
	}
	if (by_path.p == NULL && by_body.p == NULL && listener->miss == TARGET_SKIP &&
	    listener->parameter.n > 0)
		delivery_step(item, "target", STEP_SKIPPED, "the parameter %.*s is not in the "
		    "body; nothing is done", (int)listener->parameter.n, listener->parameter.p);
	else if (by_path.p == NULL && by_body.p == NULL)
		none_named(txn, item);
	return by_path.p != NULL ? by_path : by_body;
}

static void
none_found(struct txn *txn, struct delivery *item, struct span name)
{
	const struct listener *listener = item->listener;
	const char *sentence = arena_printf(item->arena, "no %s%s%.*s has %.*s %.*s",
	    record_name(listener->record), listener->project.n > 0 ? " of project " : "",
	    (int)listener->project.n, listener->project.p, (int)listener->match.n,
	    listener->match.p, (int)name.n, name.p);

	delivery_step(item, "target", listener->miss == TARGET_SKIP ? STEP_SKIPPED
	    : STEP_FAILED, "%s", sentence);
	if (listener->miss != TARGET_SKIP)
		txn_fail(txn, FAULT_UNKNOWN_TARGET, "%s", sentence);
}

/* More than one, or than are acted on at once. */
static void
many_found(struct txn *txn, struct delivery *item, struct span name, size_t most)
{
	const struct listener *listener = item->listener;
	const char *bound = most > 1 ? arena_printf(item->arena, "%zu", most) : "one";
	const char *sentence = arena_printf(item->arena, "more than %s %s has %.*s %.*s%s", bound,
	    record_name(listener->record), (int)listener->match.n, listener->match.p,
	    (int)name.n, name.p, most > 1
	    ? ", too many at once (atomic_targets in earshot.conf)" : "");

	delivery_step(item, "target", STEP_FAILED, "%s", sentence);
	txn_fail(txn, most > 1 ? FAULT_TOO_MUCH_WORK : FAULT_AMBIGUOUS_TARGET, "%s", sentence);
}

size_t
find_targets(struct txn *txn, struct delivery *item, struct span by_path,
    struct span **ids_r)
{
	const struct listener *listener = item->listener;
	const struct match match = match_of(listener);
	size_t most = (size_t)store_settings(txn_store(txn))->atomic_targets;
	size_t max = match_is_unique(&match) ? 1 : listener->many == TARGET_ALL ? most + 1 : 2;
	size_t count;
	struct json_object *value;
	struct span shown, name = target_named(txn, item, by_path, &shown, &value);

	item->target.record = listener->record;
	if (name.p == NULL)
		return 0;
	*ids_r = arena_alloc(item->arena, max * sizeof **ids_r);
	count = match_find(txn, &match, name, *ids_r, max);
	if (count > most) {
		many_found(txn, item, shown, most);
		return 0;
	}
	if (!txn_ok(txn)) {
		delivery_step(item, "target", STEP_FAILED, "%s", txn_error(txn)->detail);
		return 0;
	}
	if (count == 0 && listener->miss == TARGET_CREATE) {
		(*ids_r)[0] = make_target(txn, item, name, value);
		item->target.created = (*ids_r)[0].p != NULL;
		return item->target.created;
	}
	if (count == 0)
		none_found(txn, item, shown);
	if (count > 1 && listener->many == TARGET_AMBIGUOUS) {
		many_found(txn, item, shown, 1);
		return 0;
	}
	return count > 1 && listener->many == TARGET_FIRST ? 1 : count;
}
