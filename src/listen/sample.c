/* SPDX-License-Identifier: ISC */
#include "listen/sample.h"

#include "base/json.h"
#include "base/text.h"
#include "community/select.h"
#include "lang/filter_rows.h"
#include "listen/listener.h"
#include "listen/listener_example.h"
#include "listen/match.h"

#define LOOKED_MAX 2000 /* records; one that matches may stand behind them */

static void
set_text(struct delivery *delivery, struct span parameter, struct json_object *value)
{
	if (parameter.n > 0 && value != NULL)
		listener_example_set(delivery->payload, parameter, value);
}

/* A value by which the row holds; NULL: any may do. */
static struct json_object *
value_of(struct arena *arena, const struct filter_row *row)
{
	struct span text = row->count > 0 ? row->values[0].text : SPAN("text");
	struct json_object *holder = json_new_object(arena);
	int64_t number;

	switch (row->qualifier) {
	case FILTER_ROW_IS_NOT:
	case FILTER_ROW_NOT_IS:
	case FILTER_ROW_NOT_THERE:
	case FILTER_ROW_HOLDS_NOT:
	case FILTER_ROW_AFTER:
	case FILTER_ROW_BEFORE:
	case FILTER_ROW_WITHIN:
	case FILTER_ROW_LONGER:
		return NULL;
	case FILTER_ROW_HOLDS:
		json_set(holder, "v", json_share(json_new_array(arena)));
		json_append(json_get(holder, "v"), json_share(json_new_text(arena, text)));
		return json_get(holder, "v");
	default:
		break;
	}
	if (row->count > 0 && row->values[0].type == FILTER_IS_BOOL) {
		json_set_bool(holder, "v", span_is(text, "true"));
	} else if (row->count > 0 && row->values[0].type == FILTER_IS_NUMBER) {
		if (!text_integer(text, &number))
			return json_load(arena, text);
		json_set_int(holder, "v", number + (row->qualifier == FILTER_ROW_MORE &&
		    number < INT64_MAX) - (row->qualifier == FILTER_ROW_LESS && number > INT64_MIN));
	} else {
		json_set_text(holder, "v", text);
	}
	return json_get(holder, "v");
}

/* What the filter asks of the body. */
static void
take_filter(struct delivery *delivery)
{
	struct filter_rows rows;

	if (delivery->listener->filter == NULL ||
	    !filter_rows_read(delivery->arena, delivery->listener->filter, &rows))
		return;
	for (size_t i = 0; i < rows.count && (i == 0 || !rows.any); i++)
		if (span_starts(rows.rows[i].path, "payload"))
			set_text(delivery, filter_path_parameter(delivery->arena, "payload",
			    rows.rows[i].path), value_of(delivery->arena, &rows.rows[i]));
}

/* The first record that the filter takes, as far as it is about records, and that can be
 * named; value_r is by what. */
static struct json_object *
find_record(struct txn *txn, struct delivery *delivery, struct json_object **value_r)
{
	const struct match match = { delivery->listener->record, delivery->listener->project,
		delivery->listener->match };
	const struct listener *listener = delivery->listener;
	const char *const roots[] = { record_name(listener->record), "data", "project", NULL };
	struct select_ask ask = { .record = listener->record, .project = listener->project,
		.now = delivery->now, .limit = 1, .looks = LOOKED_MAX };
	struct json_object *found = NULL;
	struct select *select;
	struct select_row row;
	bool left;

	if (listener->filter != NULL)
		ask.filter = filter_about(delivery->arena, listener->filter, roots, &left);
	select = select_new(delivery->arena, &ask);
	if (!select_begin(txn, select))
		return NULL;
	while (*value_r == NULL && select_next(select, &row)) {
		found = select_document(select, &row);
		*value_r = match_value(txn, delivery->arena, &match, found);
	}
	if (*value_r != NULL) {
		found = json_copy(delivery->arena, found);
		*value_r = json_keep(delivery->arena, *value_r);
	}
	select_end(select);
	return *value_r != NULL ? found : NULL;
}

/* Who may comment everywhere; "" where there is nobody. */
static struct span
find_admin(struct txn *txn)
{
	struct span id;

	return record_find(txn, RECORD_USER, SPAN("roles"), SPAN("admin"), &id, 1) == 0 ? SPAN("")
	    : json_string(record_load(txn, RECORD_USER, id), "email");
}

struct span
sample_take(struct txn *txn, struct delivery *delivery, const struct sample *sample)
{
	const struct listener *listener = delivery->listener;
	struct json_object *record, *value = NULL;
	struct span person = sample->person.n > 0 ? sample->person : find_admin(txn);

	delivery->payload = json_new_object(delivery->arena);
	take_filter(delivery);
	record = find_record(txn, delivery, &value);
	if (record != NULL) {
		delivery->target = (struct target){ .record = listener->record, .doc = record,
			.id = arena_copy(delivery->arena, json_string(record, "id")) };
		set_text(delivery, listener->parameter, value);
	}
	if (listener->rule != NULL && listener->type->sample != NULL && person.n > 0)
		listener->type->sample(txn, listener->rule, person, delivery->payload);
	if (delivery->base_url.n == 0)
		delivery->base_url = sample->base;
	if (value == NULL || listener->parameter.n > 0)
		return SPAN("");
	return json_span(value).p != NULL ? json_span(value) : json_number_text(value);
}
