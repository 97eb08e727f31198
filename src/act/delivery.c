/* SPDX-License-Identifier: ISC */
#include "act/delivery.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

/* Longer sentences are cut: a step explains, it does not carry data. */
#define SENTENCE_MAX 2000
#define SHOWN_BYTES 200 /* of a value in one */

static struct span
sentence(struct arena *arena, const char *format, va_list args)
{
	char text[SENTENCE_MAX];
	int n = vsnprintf(text, sizeof text, format, args);
	size_t length = n < 0 ? 0 : (size_t)n;

	if (length >= sizeof text) {
		length = sizeof text - 1;
		/* Without the last character: it may be cut in two. */
		while (length > 0 && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
			length--;
		if (length > 0 && (unsigned char)text[length - 1] >= 0xc0)
			length--;
	}
	return arena_copy(arena, (struct span){ text, length });
}

/* Room for one more step or effect. */
static bool
has_room(struct delivery *delivery, bool failed)
{
	/* Why it failed is always told: that ends it. */
	if (delivery->told < DELIVERY_TOLD_MAX || failed)
		return true;
	delivery->untold++;
	return false;
}

/* A step or effect with its name, quotes and brackets. */
#define TOLD_FRAME 40

static void
add_step(struct delivery *delivery, const char *name, enum step_verdict verdict,
    struct span text)
{
	struct step *step = arena_alloc(delivery->arena, sizeof *step);

	*step = (struct step){ .name = name, .verdict = verdict, .sentence = text };
	if (delivery->steps == NULL)
		delivery->steps_end = &delivery->steps;
	*delivery->steps_end = step;
	delivery->steps_end = &step->next;
	delivery->told += text.n + TOLD_FRAME;
}

void
delivery_told(struct delivery *delivery)
{
	if (delivery->untold > 0)
		add_step(delivery, "trace", STEP_SKIPPED, span_of(arena_printf(delivery->arena,
		    "%zu more steps and actions are not told", delivery->untold)));
}

void
delivery_step(struct delivery *delivery, const char *name, enum step_verdict verdict,
    const char *format, ...)
{
	va_list args;

	if (!has_room(delivery, verdict == STEP_FAILED))
		return;
	va_start(args, format);
	add_step(delivery, name, verdict, sentence(delivery->arena, format, args));
	va_end(args);
}

void
delivery_effect(struct delivery *delivery, const char *action, const char *format, ...)
{
	struct effect *effect;
	va_list args;

	if (!has_room(delivery, false))
		return;
	effect = arena_alloc(delivery->arena, sizeof *effect);
	va_start(args, format);
	*effect = (struct effect){ .action = action,
		.result = sentence(delivery->arena, format, args) };
	va_end(args);
	if (delivery->effects == NULL)
		delivery->effects_end = &delivery->effects;
	*delivery->effects_end = effect;
	delivery->effects_end = &effect->next;
	delivery->told += effect->result.n + TOLD_FRAME;
}

void
delivery_bad_field(struct delivery *delivery, struct span parameter,
    const char *why)
{
	struct bad_field *bad = arena_alloc(delivery->arena, sizeof *bad);

	*bad = (struct bad_field){
		.parameter = arena_copy(delivery->arena, parameter),
		.sentence = arena_copy(delivery->arena, span_of(why)) };
	if (delivery->bad_fields == NULL)
		delivery->bad_fields_end = &delivery->bad_fields;
	*delivery->bad_fields_end = bad;
	delivery->bad_fields_end = &bad->next;
	delivery_step(delivery, "field", STEP_FAILED, "%.*s: %s", (int)parameter.n,
	    parameter.p, why);
}

const char *
delivery_ignored_text(struct arena *arena, struct span name, struct span near)
{
	if (near.p == NULL)
		return arena_printf(arena, "%.*s is not read", (int)name.n, name.p);
	return arena_printf(arena, "%.*s is not read; did you mean %.*s?", (int)name.n, name.p,
	    (int)near.n, near.p);
}

void
delivery_ignore(struct delivery *delivery, struct span name, struct span near)
{
	struct ignored *ignored = arena_alloc(delivery->arena, sizeof *ignored);

	*ignored = (struct ignored){ .name = name, .near = near };
	if (delivery->ignored == NULL)
		delivery->ignored_end = &delivery->ignored;
	*delivery->ignored_end = ignored;
	delivery->ignored_end = &ignored->next;
	if (delivery->explain)
		delivery_step(delivery, "body", STEP_SKIPPED, "%s",
		    delivery_ignored_text(delivery->arena, name, near));
}

static void
tell_ignored(struct jsonout *out, const struct delivery *delivery)
{
	bool open = false;

	if (delivery->ignored == NULL)
		return;
	json_key(out, "ignored");
	json_open(out, '[');
	for (const struct ignored *one = delivery->ignored; one != NULL; one = one->next)
		json_text(out, one->name);
	json_close(out, ']');
	for (const struct ignored *one = delivery->ignored; one != NULL; one = one->next) {
		if (one->near.p == NULL)
			continue;
		if (!open) {
			json_key(out, "didYouMean");
			json_open(out, '{');
		}
		open = true;
		json_key(out, one->name.p);
		json_text(out, one->near);
	}
	if (open)
		json_close(out, '}');
}

struct span
delivery_shown(const struct delivery *delivery, struct json_object *value, struct span text)
{
	struct span head = text_head(text, SHOWN_BYTES);
	const char *quote = text.n == 0 || text_strip(text).n < text.n ? "\"" : "";
	struct buf out = { 0 };

	if (mask_covers(&delivery->masked, value))
		return SPAN(MASK_TEXT);
	buf_puts(&out, quote);
	text_visible(&out, head);
	buf_printf(&out, "%s%s", head.n < text.n ? "…" : "", quote);
	return buf_keep(&out, delivery->arena);
}

void
delivery_cause(struct delivery *delivery, const char *step, const char *format, ...)
{
	va_list args;

	if (delivery->cause != NULL)
		return;
	va_start(args, format);
	delivery->cause_step = step;
	delivery->cause = arena_string(delivery->arena,
	    sentence(delivery->arena, format, args));
	va_end(args);
}

void
delivery_effects(struct jsonout *out, const char *name, const struct delivery *delivery)
{
	json_key(out, name);
	json_open(out, '[');
	for (const struct effect *effect = delivery->effects; effect != NULL;
	    effect = effect->next) {
		json_open(out, '{');
		json_member(out, "action", span_of(effect->action));
		json_member(out, "result", effect->result);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
tell_bad_fields(struct jsonout *out, const struct delivery *delivery)
{
	if (delivery->bad_fields == NULL)
		return;
	json_key(out, "errors");
	json_open(out, '[');
	for (const struct bad_field *bad = delivery->bad_fields; bad != NULL; bad = bad->next) {
		json_open(out, '{');
		json_member(out, "parameter", bad->parameter);
		json_member(out, "detail", bad->sentence);
		json_close(out, '}');
	}
	json_close(out, ']');
}

void
delivery_complaints(struct jsonout *out, const struct delivery *delivery)
{
	tell_bad_fields(out, delivery);
	tell_ignored(out, delivery);
}

void
delivery_tell(struct jsonout *out, const struct delivery *delivery, bool undone)
{
	target_tell(out, &delivery->target);
	if (delivery->effects != NULL && !undone)
		delivery_effects(out, "actions", delivery);
	if (delivery->untold > 0 && !undone)
		json_member_int(out, "untold", (int64_t)delivery->untold);
	delivery_complaints(out, delivery);
}
