/* SPDX-License-Identifier: ISC */
#include "listen/answer.h"

#include "base/json.h"
#include "base/text.h"
#include "http/pages.h"
#include "listen/journal.h"
#include "listen/listener.h"
#include "listen/listener_example.h"
#include "listen/make_target.h"

#include <stdio.h>
#include <string.h>

static void
write_head(struct jsonout *out, const struct delivery *delivery, const char *outcome)
{
	char id[ID_TEXT_SIZE];

	json_open(out, '{');
	json_member(out, "delivery", span_of(id_text(delivery->id, id)));
	json_member(out, "outcome", span_of(outcome));
	if (delivery->listener != NULL) {
		json_member(out, "listener", delivery->listener->key);
		json_member(out, "type", span_of(delivery->listener->type->name));
	}
}

static void
end(struct reply *reply, struct jsonout *out)
{
	json_close(out, '}');
	buf_putc(&reply->body, '\n');
}

void
answer_delivery(struct reply *reply, const struct delivery *delivery,
    const struct outcome *outcome)
{
	struct jsonout out = json_to(&reply->body);
	struct buf more = { 0 };

	reply->status = listener_status(delivery->listener, outcome->fault);
	reply->fault = outcome->fault;
	if (!fault_info(outcome->fault)->settled) {
		reply_problem(reply, outcome->fault, reply->status, delivery->id,
		    outcome->detail);
		out = json_to(&more);
		delivery_complaints(&out, outcome->item);
		if (more.n > 0)
			reply_problem_more(reply, buf_bytes(&more));
		buf_free(&more);
		return;
	}
	reply->body.n = 0;
	write_head(&out, delivery, fault_info(outcome->fault)->code);
	delivery_tell(&out, outcome->item, false);
	end(reply, &out);
}

void
answer_item(struct buf *buf, const struct outcome *outcome, size_t index)
{
	struct jsonout out = json_to(buf);

	json_open(&out, '{');
	json_member_int(&out, "index", (int64_t)index);
	json_member(&out, "outcome", span_of(fault_info(outcome->fault)->code));
	delivery_tell(&out, outcome->item, !fault_info(outcome->fault)->settled);
	if (outcome->detail != NULL && outcome->detail[0] != '\0')
		json_member(&out, "detail", span_of(outcome->detail));
	json_close(&out, '}');
}

static void
write_items(struct jsonout *out, const struct buf *items, size_t untold)
{
	json_key(out, "items");
	json_open(out, '[');
	if (items->n > 0)
		json_raw(out, buf_bytes(items));
	json_close(out, ']');
	if (untold > 0)
		json_member_int(out, "untold", (int64_t)untold);
}

void
answer_batch(struct reply *reply, const struct delivery *delivery,
    const struct batch *batch)
{
	struct jsonout out = json_to(&reply->body);
	struct buf more = { 0 };
	char *detail;

	/* All of an atomic batch failed with its first bad item. */
	if (batch->failed > 0 && (batch->failed == batch->count ||
	    delivery->listener->each_atomic)) {
		detail = arena_printf(delivery->arena, "%zu of %zu items cannot be applied; "
		    "nothing was changed", batch->failed, batch->count);
		reply_problem(reply, FAULT_BATCH_FAILED,
		    listener_status(delivery->listener, FAULT_BATCH_FAILED), delivery->id, detail);
		out = json_to(&more);
		write_items(&out, &batch->failures, batch->untold_failures);
		reply_problem_more(reply, buf_bytes(&more));
		buf_free(&more);
		return;
	}
	reply->fault = batch->applied > 0 || batch->count == 0 ? FAULT_NONE : FAULT_FILTERED;
	reply->status = listener_status(delivery->listener, reply->fault);
	reply->body.n = 0;
	write_head(&out, delivery, fault_info(reply->fault)->code);
	json_member_int(&out, "applied", (int64_t)batch->applied);
	json_member_int(&out, "filtered", (int64_t)batch->filtered);
	json_member_int(&out, "failed", (int64_t)batch->failed);
	write_items(&out, &batch->items, batch->untold);
	end(reply, &out);
}

void
answer_dry_run(struct reply *reply, const struct delivery *delivery,
    const struct outcome *outcome)
{
	struct jsonout out = json_to(&reply->body);

	reply->status = 200;
	reply->fault = FAULT_DRY_RUN;
	reply->body.n = 0;
	write_head(&out, delivery, fault_info(FAULT_DRY_RUN)->code);
	json_member(&out, "would", span_of(fault_info(outcome->fault)->code));
	if (outcome->detail != NULL && outcome->detail[0] != '\0')
		json_member(&out, "detail", span_of(outcome->detail));
	delivery_tell(&out, delivery, false);
	json_key(&out, "steps");
	journal_steps(&out, delivery);
	end(reply, &out);
}

/* What answer_delivery() wrote, from what was kept of it. */
static struct json_object *
told_answer(struct arena *arena, struct json_object *entry, bool settled)
{
	static const char *const of_success[] = { "outcome", NULL, "type", "target", "actions",
		"ignored", "didYouMean" };
	static const char *const of_failure[] = { "status", NULL, "detail", "errors", "ignored",
		"didYouMean" };
	const char *const *names = settled ? of_success : of_failure;
	size_t count = settled ? 7 : 6;
	struct json_object *answer = json_new_object(arena);
	struct span project, key;
	enum fault fault;

	fault = fault_by_code(arena_string(arena, json_string(entry, "outcome")));
	doc_name_split(json_string(entry, "listener"), &project, &key);
	if (settled)
		json_set_text(answer, "delivery", json_string(entry, "id"));
	else
		json_set_text(answer, "title", span_of(fault_info(fault)->title));
	for (size_t i = 0; i < count; i++) {
		if (names[i] == NULL && settled)
			json_set_text(answer, "listener", key);
		else if (names[i] == NULL)
			json_set_text(answer, "code", json_string(entry, "outcome"));
		else if (json_get(entry, names[i]) != NULL)
			json_set(answer, names[i], json_share(json_get(entry, names[i])));
	}
	if (!settled)
		json_set_text(answer, "delivery", json_string(entry, "id"));
	return answer;
}

void
answer_again(struct reply *reply, struct arena *arena, struct json_object *entry,
    bool duplicate)
{
	enum fault fault = fault_by_code(arena_string(arena, json_string(entry, "outcome")));
	struct span kept = json_string(entry, "answer");
	struct json_object *answer = kept.n > 0 ? json_load(arena, kept) : NULL;

	if (answer == NULL)
		answer = told_answer(arena, entry, fault_info(fault)->settled);
	if (duplicate) {
		json_set_text(answer, "outcome", SPAN("duplicate"));
		json_set_text(answer, "first", span_of(fault_info(fault)->code));
	}
	reply->fault = duplicate ? FAULT_DUPLICATE : fault;
	if (!fault_info(reply->fault)->settled)
		reply->content_type = SPAN("application/problem+json");
	reply->body.n = 0;
	buf_span(&reply->body, json_write(arena, answer));
	buf_putc(&reply->body, '\n');
}

static void
write_parameter(struct jsonout *out, struct span name, const char *type, bool required,
    const char *description)
{
	if (name.n == 0)
		return;
	json_open(out, '{');
	json_member(out, "name", name);
	json_member(out, "type", span_of(type));
	json_member_bool(out, "required", required);
	json_member(out, "description", span_of(description));
	json_close(out, '}');
}

static void
write_parameters(struct jsonout *out, const struct listener *listener,
    struct arena *arena)
{
	json_key(out, "parameters");
	json_open(out, '[');
	write_parameter(out, listener->each, "list", true,
	    "the items; the other parameters are those of each");
	write_parameter(out, listener->parameter, "string", listener->miss != TARGET_SKIP,
	    arena_printf(arena, "names the %s (by %.*s), unless the path does",
	    record_name(listener->record), (int)listener->match.n, listener->match.p));
	for (size_t i = 0; listener->making != NULL && i < listener->making->count; i++) {
		const struct making_member *member = &listener->making->members[i];

		write_parameter(out, member->parameter, "string", member->needed,
		    arena_printf(arena, "%s%s of the %s that is made when there is none",
		    member->field ? "fields." : "", member->name, record_name(listener->record)));
	}
	write_parameter(out, listener->event_time, "datetime", true,
	    "when it happened; does not replace what happened later");
	if (listener->rule != NULL)
		listener->type->describe(listener->rule, out);
	json_close(out, ']');
}

/* A body that has every parameter once; that of a sample has some already. */
static struct span
example_body(const struct delivery *delivery)
{
	const struct listener *listener = delivery->listener;
	struct arena *arena = delivery->arena;
	struct json_object *body = delivery->payload, *items;

	if (body == NULL)
		body = json_new_object(arena);

	if (listener->rule != NULL)
		listener->type->example(listener->rule, body);
	listener_example_set(body, listener->parameter, json_new_text(arena,
	    span_is(listener->match, "email") ? SPAN("ann@example.com") : SPAN("1042")));
	for (size_t i = 0; listener->making != NULL && i < listener->making->count; i++)
		listener_example_set(body, listener->making->members[i].parameter,
		    json_new_text(arena, span_of(making_example(listener->making, i))));
	listener_example_set(body, listener->event_time,
	    json_new_text(arena, SPAN("2030-01-31T12:00:00Z")));
	if (listener->each.n > 0) {
		items = json_new_array(arena);
		json_append(items, json_share(body));
		body = json_new_object(arena);
		listener_example_set(body, listener->each, items);
	}
	return json_write(arena, body);
}

/* Without a target: as configured, else below the place where this request came in. */
static struct span
listener_url(const struct delivery *delivery)
{
	const struct listener *listener = delivery->listener;
	struct span base = delivery->base_url, mount = request_mount(delivery->request);
	/* By a command there is no mount: what is told goes on where a base ends. */
	const char *place = base.n == 0 && (mount.n > 0 || delivery->request->url.n > 0)
	    ? arena_string(delivery->arena, mount)
	    : arena_printf(delivery->arena, "%.*s/%s.fcgi", (int)base.n, base.p,
	    listener->type->name);

	return span_of(arena_printf(delivery->arena, "%s/%s%.*s%s%.*s", place,
	    listener->project.n > 0 ? "projects/" : "", (int)listener->project.n,
	    listener->project.p, listener->project.n > 0 ? "/" : "",
	    (int)listener->key.n, listener->key.p));
}

/* Where it is posted to. */
static struct span
url_of(const struct delivery *delivery)
{
	struct span base = delivery->base_url, uri = delivery->request->url;
	struct span host = request_header(delivery->request, "host");
	const char *mark = uri.n > 0 ? memchr(uri.p, '?', uri.n) : NULL;

	if (base.n == 0 && host.n > 0 && uri.n > 0 && uri.p[0] == '/')
		return span_of(arena_printf(delivery->arena, "http://%.*s%.*s", (int)host.n, host.p,
		    (int)(mark != NULL ? (size_t)(mark - uri.p) : uri.n), uri.p));
	return listener_url(delivery);
}

/* In single quotes for a shell. */
static void
put_word(struct buf *out, struct span text)
{
	buf_putc(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\'')
			buf_puts(out, "'\\'");
		buf_putc(out, text.p[i]);
	}
	buf_putc(out, '\'');
}

/* Ready but for $API_KEY and $SECRET. */
static void
write_curl(struct jsonout *out, const struct delivery *delivery, struct span body,
    struct span url, struct span target)
{
	const struct listener *listener = delivery->listener;
	bool signs = listener->sender != NULL && listener->secret_count > 0;
	struct buf line = { 0 }, headers = { 0 }, whole = { 0 };

	buf_span(&whole, url);
	if (target.n > 0) {
		buf_putc(&whole, '/');
		text_percent_encode(&whole, target);
	}
	buf_puts(&line, "BODY=");
	put_word(&line, body);
	buf_puts(&line, "; ");
	if (signs && !sender_shell(listener->sender, &line, &headers))
		buf_printf(&headers, "-H \"<the signature of %s>\" ",
		    sender_name(listener->sender));
	buf_puts(&line, "curl ");
	if (listener->api_key.n > 0)
		buf_puts(&line, "-H \"Authorization: Bearer $API_KEY\" ");
	buf_span(&line, buf_bytes(&headers));
	buf_puts(&line, "-H 'Content-Type: application/json' -d \"$BODY\" ");
	put_word(&line, buf_bytes(&whole));
	json_member(out, "curl", buf_bytes(&line));
	buf_free(&line);
	buf_free(&headers);
	buf_free(&whole);
}

/* How the target is named, where the body need not. */
static void
write_target_rule(struct jsonout *out, const struct delivery *delivery)
{
	const struct listener *listener = delivery->listener;
	struct span url = listener_url(delivery);

	json_key(out, "target");
	json_open(out, '{');
	json_member(out, "kind", span_of(record_name(listener->record)));
	json_member(out, "match", listener->match);
	if (listener->parameter.n > 0)
		json_member(out, "parameter", listener->parameter);
	json_member(out, "path", span_of(arena_printf(delivery->arena, "%.*s/{target}",
	    (int)url.n, url.p)));
	json_close(out, '}');
}

/* The codes that this listener answers with each status. What only the command line meets
 * stands last in the table. */
static void
write_statuses(struct jsonout *out, const struct listener *listener)
{
	char text[8];

	json_key(out, "answers");
	json_open(out, '{');
	for (int status = 200; status < 600; status++) {
		bool open = false;

		for (int fault = FAULT_NONE; fault < FAULT_USAGE; fault++) {
			if (listener_status(listener, (enum fault)fault) != status)
				continue;
			if (!open) {
				snprintf(text, sizeof text, "%d", status);
				json_key(out, text);
				json_open(out, '[');
			}
			open = true;
			json_text(out, span_of(fault_info((enum fault)fault)->code));
		}
		if (open)
			json_close(out, ']');
	}
	json_close(out, '}');
}

/* What may go with every delivery. */
static void
write_usage(struct jsonout *out, const struct listener *listener)
{
	static const char *const accepts[] = { "application/json",
		"application/x-www-form-urlencoded", "multipart/form-data" };

	json_key(out, "accepts");
	json_open(out, '[');
	for (size_t i = 0; i < sizeof accepts / sizeof accepts[0]; i++)
		json_text(out, span_of(accepts[i]));
	json_close(out, ']');
	json_key(out, "options");
	json_open(out, '{');
	json_member(out, "?dry_run=1", SPAN("does everything but keep it, and answers with each "
	    "step"));
	json_member(out, "Idempotency-Key", SPAN("a header: a repeat with the same value, body and "
	    "path answers as the first time and changes nothing"));
	json_close(out, '}');
	write_statuses(out, listener);
}

/* What a sender has to show; all of it. */
static void
write_needs(struct jsonout *out, const struct listener *listener)
{
	json_key(out, "authentication");
	json_open(out, '[');
	if (listener->api_key.n > 0)
		json_text(out, SPAN("api-key"));
	if (listener->sender != NULL && listener->secret_count > 0)
		json_text(out, SPAN("signature"));
	json_close(out, ']');
}

void
answer_describe(struct reply *reply, const struct delivery *delivery, struct span target)
{
	const struct listener *listener = delivery->listener;
	struct jsonout out = json_to(&reply->body);
	struct span body = example_body(delivery), url = url_of(delivery);
	struct span mount = request_mount(delivery->request);

	reply->fault = FAULT_DESCRIBED;
	reply->status = 200;
	reply->body.n = 0;
	json_open(&out, '{');
	json_member(&out, "listener", listener->key);
	if (listener->project.n > 0)
		json_member(&out, "project", listener->project);
	json_member(&out, "name", listener->name);
	json_member(&out, "type", span_of(listener->type->name));
	json_member(&out, "automation", span_of(record_name(listener->record)));
	json_member(&out, "url", url);
	write_target_rule(&out, delivery);
	if (listener->sender != NULL)
		json_member(&out, "sender", span_of(sender_name(listener->sender)));
	write_needs(&out, listener);
	if (listener->capture) {
		json_member_bool(&out, "capture", true);
	}
	write_parameters(&out, listener, delivery->arena);
	if (listener->rule != NULL && listener->type->needs != NULL)
		json_member(&out, "needs", span_of(listener->type->needs));
	json_key(&out, "example");
	json_raw(&out, body);
	write_curl(&out, delivery, body, url, target);
	if (delivery->target.id.n > 0) {
		json_key(&out, "sample");
		json_raw(&out, json_write(delivery->arena, delivery->target.doc));
	}
	write_usage(&out, listener);
	if (mount.n > 0) {
		json_member(&out, "problems", span_of(arena_printf(delivery->arena,
		    "%.*s" PAGES_PROBLEMS, (int)mount.n, mount.p)));
		json_member(&out, "openapi", span_of(arena_printf(delivery->arena,
		    "%.*s" PAGES_OPENAPI, (int)mount.n, mount.p)));
	}
	end(reply, &out);
}
