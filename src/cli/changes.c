/* SPDX-License-Identifier: ISC */
#include "cli/changes.h"

#include "base/json.h"
#include "base/pointer.h"
#include "base/text.h"
#include "cli/table.h"

#include <inttypes.h>

#define SHOWN_BYTES 60 /* of a value */

void
cli_count(struct cli_counts *counts, struct json_object *result)
{
	struct span became = json_string(result, "result");

	if (json_has(result, "created")) { /* of many */
		counts->created += json_integer(result, "created", 0);
		counts->updated += json_integer(result, "updated", 0);
		counts->same += json_integer(result, "same", 0);
		counts->repeated += json_integer(result, "repeated", 0);
	} else if (span_is(became, "created"))
		counts->created++;
	else if (span_is(became, "updated"))
		counts->updated++;
	else if (span_is(became, "repeated"))
		counts->repeated++;
	else
		counts->same++;
}

const char *
cli_repeated(struct arena *arena, const struct cli_counts *counts)
{
	return counts->repeated == 0 ? "" : arena_printf(arena, ", %" PRId64 " stored by a call whose "
	    "answer was lost", counts->repeated);
}

void
cli_member_name(struct buf *out, struct span pointer)
{
	struct arena *arena = arena_new();
	struct span token;
	bool first = true;

	while (pointer_token(arena, &pointer, &token)) {
		if (!first)
			buf_putc(out, '.');
		first = false;
		text_visible(out, token);
	}
	arena_free(&arena);
}

static void
show_value(struct buf *out, const struct cli_screen *screen, struct json_object *value)
{
	struct buf text = { 0 };
	struct span head;

	cli_cell(&text, value);
	head = text_head(buf_bytes(&text), SHOWN_BYTES);
	if (value == NULL)
		buf_puts(out, screen->utf8 ? "—" : "-");
	else if (text.n == 0)
		buf_puts(out, json_is_array(value) ? "[]" : "\"\"");
	text_visible(out, head);
	if (head.n < text.n)
		buf_puts(out, screen->utf8 ? "…" : "...");
	buf_free(&text);
}

void
cli_changes_show(struct buf *out, const struct cli_screen *screen,
    struct json_object *result)
{
	struct json_object *changes = json_get(result, "changes");
	struct buf who = { 0 };

	text_visible(&who, json_string(result, "kind"));
	buf_putc(&who, ' ');
	text_visible(&who, json_string(result, "name"));
	for (size_t i = 0; i < json_count(changes); i++) {
		struct json_object *change = json_at(changes, i);

		buf_span(out, buf_bytes(&who));
		buf_puts(out, ": ");
		cli_member_name(out, json_string(change, "member"));
		buf_putc(out, ' ');
		show_value(out, screen, json_get(change, "before"));
		buf_puts(out, screen->utf8 ? " → " : " -> ");
		show_value(out, screen, json_get(change, "after"));
		buf_putc(out, '\n');
	}
	if (json_is_array(changes) && json_count(changes) == 0) {
		buf_span(out, buf_bytes(&who));
		buf_puts(out, ": secrets, which are not shown\n");
	}
	buf_free(&who);
}

void
cli_changes_json(struct jsonout *out, struct json_object *result)
{
	static const char *const sides[] = { "before", "after" };
	struct json_object *changes = json_get(result, "changes");

	for (size_t i = 0; i < json_count(changes); i++) {
		struct json_object *change = json_at(changes, i);

		json_open(out, '{');
		json_member(out, "kind", json_string(result, "kind"));
		json_member(out, "name", json_string(result, "name"));
		json_member(out, "member", json_string(change, "member"));
		for (size_t side = 0; side < 2; side++) {
			struct json_object *value = json_get(change, sides[side]);

			if (value == NULL)
				continue;
			json_key(out, sides[side]);
			json_raw(out, json_number_text(value));
		}
		json_close(out, '}');
	}
}
