/* SPDX-License-Identifier: ISC */
#include "command/read_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/apikey.h"
#include "community/throttle.h"
#include "listen/admit.h"
#include "listen/gate.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define ROWS_USUAL 100
#define ROWS_MAX 1000
#define BODY_MAX ((size_t)1 << 20) /* a page ends behind the row that exceeds it */
#define PAGE_ENDS ((size_t)64 << 10) /* what stands behind the last row, and more */
#define COLUMNS_MAX 200
#define ALLOW "Allow: GET, HEAD, OPTIONS\r\n"

const char *const reading_types[] = { "lookup", "package", NULL };

/* Parameters of the query */

static bool
bad_request(struct error *error, const char *format, struct span what)
{
	return error_set(error, FAULT_BAD_REQUEST, format, (int)(what.n > 60 ? 60 : what.n),
	    what.p);
}

static bool
read_columns(struct reading *reading, struct span list, struct error *error)
{
	struct span *columns = arena_alloc(reading->job->arena, COLUMNS_MAX * sizeof *columns);
	size_t n = 0;

	if (reading->package)
		return error_set(error, FAULT_BAD_REQUEST, "the view says which columns there are");
	while (list.n > 0) {
		struct span column = text_cut(&list, ',');

		if (n == COLUMNS_MAX)
			return error_set(error, FAULT_BAD_REQUEST, "at most %d columns", COLUMNS_MAX);
		if (column.n > 0)
			columns[n++] = column;
	}
	reading->ask.columns = columns;
	reading->ask.column_count = n;
	return true;
}

static bool
read_limit(struct reading *reading, struct span value, struct error *error)
{
	uint64_t limit;

	if (!text_unsigned(value, ROWS_MAX, &limit) || limit == 0)
		return error_set(error, FAULT_BAD_REQUEST, "limit is 1 to %d", ROWS_MAX);
	reading->limit = (int64_t)limit;
	return true;
}

static bool
read_parameter(struct txn *txn, struct reading *reading, struct span name, struct span value)
{
	struct error *error = txn_error(txn);
	if (span_is(name, "apiKey"))
		return true;
	if (span_is(name, "format")) {
		reading->csv = span_is(value, "csv");
		return reading->csv || span_is(value, "json") ||
		    error_set(error, FAULT_BAD_REQUEST, "format is json or csv");
	}
	if (span_is(name, "by")) {
		reading->by = value;
		return true;
	}
	if (span_is(name, "columns"))
		return read_columns(reading, value, error);
	if (span_is(name, "limit") && reading->package)
		return read_limit(reading, value, error);
	if (span_is(name, "after") && reading->package)
		return read_cursor_take(txn, reading, value) || error_set(error, FAULT_BAD_REQUEST,
		    "after is what stood in \"next\" of this view, for this API key; begin again "
		    "without it");
	return bad_request(error, "there is no parameter %.*s here", name);
}

static bool
read_query(struct txn *txn, struct reading *reading)
{
	struct error *error = txn_error(txn);
	struct arena *arena = reading->job->arena;
	struct span rest = reading->request->query, name, value;
	struct span accept = request_header(reading->request, "accept");

	reading->csv = accept.n >= 8 && strncasecmp(accept.p, "text/csv", 8) == 0;
	reading->limit = ROWS_USUAL;
	while (request_pair(&rest, &name, &value)) {
		if (!text_percent_decode(arena, name, true, &name) ||
		    !text_percent_decode(arena, value, true, &value) ||
		    !text_utf8(name) || !text_utf8(value))
			return error_set(error, FAULT_BAD_REQUEST,
			    "the query is not percent-encoded UTF-8");
		if (!read_parameter(txn, reading, name, value))
			return false;
	}
	return true;
}

/* Who asks, and for what */

static bool
is_package(const struct request *request)
{
	return span_is(request->type, "package");
}

/* NULL after txn_fail(). */
static const struct apikey_pass *
key_of(struct txn *txn, const struct settings *settings, const struct request *request,
    const struct endpoint *endpoint, int64_t now)
{
	struct arena *arena = txn_arena(txn);
	struct span presented = apikey_presented(request, arena);
	struct span odd = apikey_odd_scheme(request);
	const struct apikey_pass *pass;
	const char *verb = is_package(request) ? "package" : "lookup";

	if (presented.n == 0) {
		txn_fail(txn, FAULT_NO_API_KEY, "send an API key with the verb %s: " APIKEY_WAYS,
		    verb);
		return NULL;
	}
	if (odd.n > 0 && request_is_token(odd)) {
		txn_fail(txn, FAULT_BAD_API_KEY, "an API key is not sent as Authorization: "
		    "%.*s; the ways are " APIKEY_WAYS, (int)(odd.n > 60 ? 60 : odd.n), odd.p);
		return NULL;
	}
	return apikey_check(txn, presented, admit_address(settings, request, arena),
	    doc_name(arena, endpoint->project, endpoint->key), verb, now, &pass) ? pass : NULL;
}

struct admission {
	const struct settings *settings;
	const struct request *request;
	struct endpoint endpoint;
	struct span name;         /* of the key that lets it in */
};

static void
check_key(struct txn *txn, void *arg)
{
	struct admission *asked = arg;
	const struct apikey_pass *pass = key_of(txn, asked->settings, asked->request,
	    &asked->endpoint, text_now());

	if (pass != NULL)
		asked->name = arena_copy(txn_arena(txn), pass->name);
}

bool
reading_admit(struct gate *gate, const struct call_view *call, struct reply *reply,
    struct span *name_r)
{
	struct admission asked = { .settings = gate->settings, .request = &call->request };
	struct span method = call->request.method;
	struct error error = { 0 };

	arena_reset(gate->arena);
	if (span_is(method, "OPTIONS")) {
		reply->fault = FAULT_DESCRIBED;
		buf_puts(&reply->headers, ALLOW);
		return false;
	}
	if (!span_is(method, "GET") && !span_is(method, "HEAD"))
		error_set(&error, FAULT_METHOD_NOT_ALLOWED, "%.*s is not possible here; "
		    "records are read by GET", (int)(method.n > 20 ? 20 : method.n), method.p);
	else if (endpoint_read(gate->arena, call->request.path, &asked.endpoint, &error))
		store_run(gate->store, STORE_READ, gate->arena, check_key, &asked, &error);
	*name_r = asked.name;
	if (error.fault == FAULT_NONE)
		return true;
	reply_problem(reply, error.fault, fault_info(error.fault)->status, call->id, error.detail);
	if (error.fault == FAULT_METHOD_NOT_ALLOWED) {
		reply->headers.n = 0;
		buf_puts(&reply->headers, ALLOW);
	}
	return false;
}

/* Once more: since it was admitted the key may have been taken away. */
static bool
may_read(struct txn *txn, struct reading *reading)
{
	struct job *job = reading->job;
	const struct apikey_pass *pass = key_of(txn, job->settings, reading->request,
	    &reading->endpoint, job->now);

	if (pass == NULL)
		return false;
	reading->api_key = arena_copy(job->arena, pass->name);
	return throttle_enter(job->gate->throttle, 'k', pass->name, &pass->limits, job->now,
	    &job->reply->places[0], &job->wait, txn_error(txn));
}

static bool
find_view(struct txn *txn, struct reading *reading)
{
	struct span project = reading->endpoint.project, key = reading->endpoint.key;

	if (!doc_exists(txn, "view", project, key))
		return txn_fail(txn, FAULT_NOT_FOUND, "there is no view %.*s here",
		    (int)reading->view.n, reading->view.p);
	return select_view(txn, reading->job->arena, project, key, &reading->ask);
}

static bool
find_kind(struct txn *txn, struct reading *reading)
{
	struct span kind = reading->endpoint.key;

	reading->ask.project = reading->endpoint.project;
	reading->ask.names = true;
	return record_by_name(kind, &reading->ask.record) || txn_fail(txn, FAULT_NOT_FOUND,
	    "%.*s cannot be looked up; user, feedback and project can", (int)kind.n, kind.p);
}

static bool
begin(struct txn *txn, struct reading *reading)
{
	const struct endpoint *endpoint = &reading->endpoint;

	reading->view = doc_name(reading->job->arena, endpoint->project, endpoint->key);
	reading->single = endpoint->target.p != NULL;
	if (!may_read(txn, reading) || !gate_integrations(txn) ||
	    !read_query(txn, reading) ||
	    !(reading->package ? find_view(txn, reading) : find_kind(txn, reading)))
		return false;
	if (!reading->single && !reading->package)
		txn_fail(txn, FAULT_MISSING_PARAMETER, "which %.*s? Add it to the path: /%.*s/<target>",
		    (int)endpoint->key.n, endpoint->key.p, (int)endpoint->key.n, endpoint->key.p);
	else if (reading->csv && reading->ask.column_count == 0)
		txn_fail(txn, FAULT_BAD_REQUEST, reading->package ? "the view has no columns, which "
		    "CSV needs; ask for JSON" : "CSV needs columns: add columns=email,…");
	if (!txn_ok(txn) || (reading->single && !read_target_begin(txn, reading)))
		return false;
	reading->ask.limit = reading->limit;
	reading->ask.now = reading->job->now;
	reading->select = select_new(reading->job->arena, &reading->ask);
	select_after(reading->select, command_position(&reading->after));
	return true;
}

/* Rows */

static void
put_row(struct reading *reading, const struct select_row *row)
{
	struct jsonout out = json_to(reading->out);

	if (reading->csv) {
		select_csv(reading->job->scratch, reading->out, row->values,
		    reading->ask.column_count);
		return;
	}
	if (reading->package && !reading->single)
		buf_puts(reading->out, reading->rows > 0 ? ",\n" : "\n");
	if (reading->ask.column_count > 0)
		select_json(&out, reading->ask.columns, row->values, reading->ask.column_count);
	else
		buf_span(reading->out, json_write(reading->job->scratch,
		    select_document(reading->select, row)));
}

/* One row is never cut, and a page ends behind the row that makes it long. */
static bool
fits(struct txn *txn, const struct reading *reading)
{
	if (reading->out->n <= REPLY_MAX - PAGE_ENDS)
		return true;
	return txn_fail(txn, FAULT_ANSWER_TOO_LARGE, "this %s is longer than the " REPLY_MAX_TEXT
	    " that an answer may have; %s", record_name(reading->ask.record), reading->package
	    ? "choose columns in the view" : "ask for some of it: ?columns=id,…");
}

static void
read_one(struct txn *txn, struct reading *reading)
{
	struct select_row row;

	/* Removed since it was found it is not there. */
	if (!read_target_find(txn, reading))
		return;
	if (!select_one(reading->select, reading->target.id, &row)) {
		if (txn_ok(txn))
			txn_fail(txn, FAULT_NOT_FOUND, "there is no such %s here",
			    record_name(reading->ask.record));
		return;
	}
	put_row(reading, &row);
	(void)fits(txn, reading);
}

static void
read_page(struct txn *txn, struct reading *reading)
{
	struct select_row row;

	for (;;) {
		bool full = reading->rows == reading->limit || reading->out->n > BODY_MAX;

		if (full)
			command_position_set(&reading->after, select_position(reading->select));
		if (!select_next(reading->select, &row))
			return;
		/* One more than the page has: then there is another one. */
		if (full) {
			reading->next = read_cursor(txn, reading);
			return;
		}
		put_row(reading, &row);
		reading->rows++;
		if (!fits(txn, reading))
			return;
	}
}

/* The answer */

static void
put_head(struct reading *reading)
{
	struct jsonout out = json_to(reading->out);

	if (reading->csv) {
		text_csv_line(reading->out, reading->ask.columns, reading->ask.column_count);
	} else if (!reading->single) {
		json_open(&out, '{');
		json_member(&out, "view", reading->view);
		buf_puts(reading->out, ",\"rows\":[");
	}
}

static void
put_end(struct reading *reading)
{
	struct jsonout out = { reading->out, true };

	if (reading->next.n > 0)
		buf_printf(&reading->job->reply->headers, "Link: <?limit=%" PRId64 "&format=%s"
		    "&after=%.*s>; rel=\"next\"\r\n", reading->limit, reading->csv ? "csv" : "json",
		    (int)reading->next.n, reading->next.p);
	if (reading->csv)
		return;
	if (!reading->single) {
		buf_puts(reading->out, "\n]");
		json_key(&out, "next");
		if (reading->next.n > 0)
			json_text(&out, reading->next);
		else
			json_null(&out);
		json_close(&out, '}');
	}
	buf_putc(reading->out, '\n');
}

/* The tag is one of a list, weak or not; what compresses may have added its name. */
static bool
is_known(struct span list, struct span tag)
{
	while (list.n >= tag.n) {
		struct span rest = { list.p + tag.n, list.n - tag.n };

		if (memcmp(list.p, tag.p, tag.n) == 0 && rest.n > 0 &&
		    (rest.p[0] == '"' || rest.p[0] == '-' || rest.p[0] == ';'))
			return true;
		list.p++;
		list.n--;
	}
	return false;
}

/* Of the rows: a cursor is another one each time. */
static struct span
tag_of(const struct reading *reading)
{
	unsigned char hash[SECRET_SHA256_SIZE];

	secret_sha256(buf_bytes(reading->out), hash);
	hash[0] = (unsigned char)((hash[0] & ~1U) | (reading->next.n > 0));
	return secret_hex(reading->job->arena, (struct span){ (const char *)hash, 16 });
}

static void
put_tag(struct reading *reading, struct span tag)
{
	struct reply *reply = reading->job->reply;
	struct span known = request_header(reading->request, "if-none-match");

	buf_printf(&reply->headers, "ETag: \"%.*s\"\r\nVary: Accept, Authorization\r\n",
	    (int)tag.n, tag.p);
	if (!span_is(known, "*") && !is_known(known, tag))
		return;
	reply->status = 304;
	reading->out->n = 0;
}

static void
answer(struct reading *reading)
{
	struct reply *reply = reading->job->reply;
	struct span tag = tag_of(reading);

	put_end(reading);
	reply->fault = FAULT_DESCRIBED;
	if (reading->csv)
		reply->content_type = SPAN("text/csv; charset=utf-8; header=present");
	put_tag(reading, tag);
}

static void
run(struct txn *txn, struct job *job)
{
	const struct request *request = &job->call->view.request;
	struct reading *reading = arena_alloc(job->arena, sizeof *reading);

	*reading = (struct reading){ .job = job, .request = request, .out = job->out,
		.package = is_package(request) };
	if (!endpoint_read(job->arena, request->path, &reading->endpoint, &job->error) ||
	    !begin(txn, reading))
		return;
	put_head(reading);
	if (!select_begin(txn, reading->select))
		return;
	if (reading->single)
		read_one(txn, reading);
	else
		read_page(txn, reading);
	select_end(reading->select);
	if (txn_ok(txn))
		answer(reading);
}

bool
reading_is_brief(const struct call_view *call)
{
	struct span rest = call->request.query, name, value, path = call->request.path;
	size_t parts = 0;

	while (request_pair(&rest, &name, &value))
		if (span_is(name, "by") || memchr(name.p, '%', name.n) != NULL)
			return false;
	/* /<kind or view>/<target>, perhaps behind /projects/<project> */
	for (size_t i = 0; i < path.n; i++)
		parts += path.p[i] == '/';
	return parts == (span_starts(path, "/projects/") ? 4 : 2);
}

const struct command command_read = { .name = "read", .mode = STORE_READ, .body = run };
