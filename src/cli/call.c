/* SPDX-License-Identifier: ISC */
/* Options into arguments, calls out, lines of answers back. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/progress.h"
#include "serve/caller.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_WHOLE 10000

static void
say(struct cli *cli, const char *who, struct span text)
{
	struct buf line = { 0 };

	if (cli->progress != NULL)
		progress_clear(cli->progress);
	while (text.n > 0) {
		if (line.n == 0)
			buf_puts(&line, who);
		else
			buf_printf(&line, "%*s", (int)strlen(who), "");
		text_visible(&line, text_cut(&text, '\n'));
		buf_putc(&line, '\n');
	}
	fflush(stdout);
	fwrite(line.p, 1, line.n, stderr);
	buf_free(&line);
}

__attribute__((format(printf, 3, 0))) static void
say_args(struct cli *cli, const char *who, const char *format, va_list args)
{
	char *text = NULL;
	int n = vasprintf(&text, format, args);

	if (n < 0)
		abort();
	say(cli, who, (struct span){ text, (size_t)n });
	free(text);
}

void
cli_say(struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_args(cli, "earshot: ", format, args);
	va_end(args);
}

void
cli_note(struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_args(cli, "", format, args);
	va_end(args);
}

void
cli_complain(struct cli *cli, const char *file, struct json_object *complaint)
{
	struct span pointer = json_string(complaint, "pointer");
	struct span error = json_string(complaint, "error");

	cli_note(cli, "%s:%" PRId64 ": %.*s%s%.*s", file, json_integer(complaint, "line", 0),
	    (int)pointer.n, pointer.p, pointer.n > 0 ? ": " : "", (int)error.n, error.p);
}

int
cli_fail(struct cli *cli, const struct error *error)
{
	cli_say(cli, "%s", error->detail);
	return fault_info(error->fault)->exit_code;
}

const char *
cli_option(const struct cli *cli, const char *name)
{
	return cli_value(cli->given, name);
}

bool
cli_flag(const struct cli *cli, const char *name)
{
	return cli_value(cli->given, name) != NULL;
}

struct json_object *
cli_option_list(const struct cli *cli, const char *name)
{
	struct json_object *list = json_new_array(cli->arena);

	for (size_t i = 0; i < cli->given->value_count; i++)
		if (strcmp(cli->given->values[i].name, name) == 0)
			json_append(list, json_share(json_new_text(cli->arena,
			    span_of(cli->given->values[i].value))));
	return list;
}

struct json_object *
cli_items(const struct cli *cli, const char *text)
{
	struct json_object *list = json_new_array(cli->arena);
	struct span rest = span_of(text), item;

	while (rest.n > 0)
		if ((item = text_cut(&rest, ',')).n > 0)
			json_append(list, json_share(json_new_text(cli->arena, item)));
	return list;
}

bool
cli_number(struct cli *cli, const char *name, int64_t *number_r)
{
	const char *text = cli_option(cli, name);
	uint64_t number = 0;

	if (text == NULL)
		return true;
	if (!text_unsigned(span_of(text), INT64_MAX, &number) || number == 0) {
		cli_say(cli, "--%s takes a number from 1 on, not \"%s\"", name, text);
		return false;
	}
	*number_r = (int64_t)number;
	return true;
}

bool
cli_time(struct cli *cli, const char *name, int direction, struct json_object *args,
    const char *member)
{
	const char *text = cli_option(cli, name);
	char written[TEXT_TIME_SIZE];
	int64_t time, duration;

	if (text == NULL)
		return true;
	if (text_duration(span_of(text), &duration) && duration >= 0) {
		time = text_now();
		if (duration > INT64_C(3155760000) * 1000000)
			duration = INT64_C(3155760000) * 1000000; /* a hundred years */
		time += direction * duration;
	} else if (!text_time(span_of(text), &time)) {
		cli_say(cli, "--%s takes a time such as 2026-11-24T09:30:00Z, a date, or a "
		    "duration such as 36h or 7d, not \"%s\"", name, text);
		return false;
	}
	json_set_text(args, member, span_of(text_time_write(time, written)));
	return true;
}

struct json_object *
cli_from(const struct cli *cli, const char *via)
{
	struct json_object *from = json_new_object(cli->arena);

	json_set_text(from, "via", span_of(via));
	cli_set(from, "login", cli->login);
	return from;
}

struct json_object *
cli_args(struct cli *cli, const struct command *command)
{
	struct json_object *args = json_new_object(cli->arena);

	cli_set(args, "command", command->name);
	json_set(args, "from", json_share(cli_from(cli, "command line")));
	return args;
}

void
cli_set(struct json_object *args, const char *member, const char *text)
{
	if (text != NULL)
		json_set_text(args, member, span_of(text));
}

struct calling {
	struct cli *cli;
	const struct cli_sink *sink;
	struct call *call;
	struct arena *arena;       /* of one line */
	struct buf half;           /* a line whose end has not come yet */
	size_t lines;              /* that come again when the call does */
	unsigned sent;             /* which time this is */
	bool spoilt;
	struct progress progress;
};

static void
show_progress(struct calling *calling, struct json_object *line)
{
	struct span share = json_number_text(json_get(line, "progress"));
	struct cli *cli = calling->cli;
	double value;

	if (calling->sink->doing == NULL)
		return;
	value = strtod(arena_string(calling->arena, share), NULL);
	if (cli->progress == NULL) {
		progress_start(&calling->progress, calling->sink->doing, PROGRESS_SHARE,
		    PROGRESS_WHOLE, cli_screen(2).utf8);
		cli->progress = &calling->progress;
	}
	progress_set(&calling->progress, (int64_t)(value * PROGRESS_WHOLE));
}

static void
show_complaint(struct calling *calling, struct json_object *line)
{
	struct span pointer = json_string(line, "pointer"), error = json_string(line, "error");

	if (calling->sink->complaint != NULL)
		calling->sink->complaint(calling->sink->arg, line);
	else
		cli_say(calling->cli, "%.*s%s%.*s", (int)pointer.n, pointer.p,
		    pointer.n > 0 ? ": " : "", (int)error.n, error.p);
}

static void
take_line(struct calling *calling, struct span text)
{
	const struct cli_sink *sink = calling->sink;
	struct json_object *line;

	/* Also one without text, which may stand inside a cell of CSV. */
	if (sink->raw) {
		calling->lines++;
		sink->line(sink->arg, NULL, text);
		return;
	}
	if (text.n == 0)
		return;
	line = json_load(calling->arena, text);
	if (line != NULL && sink->line != NULL) {
		calling->lines++;
		sink->line(sink->arg, line, text);
	}
	arena_reset(calling->arena);
}

static void
take_lines(struct calling *calling, struct span output)
{
	const char *end;

	while (output.n > 0 && (end = memchr(output.p, '\n', output.n)) != NULL) {
		size_t n = (size_t)(end - output.p);

		if (calling->half.n > 0) {
			buf_put(&calling->half, output.p, n);
			take_line(calling, buf_bytes(&calling->half));
			calling->half.n = 0;
		} else {
			take_line(calling, (struct span){ output.p, n });
		}
		output = (struct span){ end + 1, output.n - n - 1 };
	}
	buf_span(&calling->half, output);
}

/* When an owner has died its successor begins anew. */
static void
look_again(struct calling *calling)
{
	unsigned sent = caller_sent(calling->cli->caller), before = calling->sent;

	calling->sent = sent;
	if (before == 0 || sent == before)
		return;
	calling->half.n = 0;
	if (calling->lines > 0 && calling->sink->again == NULL)
		calling->spoilt = true;
	else if (calling->lines > 0)
		calling->sink->again(calling->sink->arg);
	calling->lines = 0;
}

static void
take_signal(struct calling *calling, enum part kind, struct span text)
{
	struct json_object *signal = json_load(calling->arena, text);

	if (kind == PART_PROGRESS)
		show_progress(calling, signal);
	else if (kind == PART_COMPLAINT)
		show_complaint(calling, signal);
	else if (kind == PART_MORE && calling->sink->more != NULL)
		calling->sink->more(calling->sink->arg);
	else if (kind == PART_SUMMARY && calling->sink->summary != NULL)
		calling->sink->summary(calling->sink->arg, signal);
	else if (kind == PART_COLUMNS && calling->sink->columns != NULL)
		calling->sink->columns(calling->sink->arg, json_get(signal, "columns"));
	else if (kind == PART_PLACE && calling->sink->place != NULL) {
		calling->call->view.args = calling->sink->place(calling->sink->arg,
		    json_string(signal, "place"));
		calling->lines = 0;
	}
	arena_reset(calling->arena);
}

static void
on_part(void *arg, enum part kind, struct span output)
{
	struct calling *calling = arg;

	look_again(calling);
	if (calling->spoilt)
		return;
	if (kind == PART_ROWS)
		take_lines(calling, output);
	else
		take_signal(calling, kind, output);
}

/* The problem document of a call that failed. */
static int
show_problem(struct calling *calling, const struct reply *reply)
{
	struct error error = { 0 };
	struct json_object *problem = json_read(calling->arena, buf_bytes(&reply->body),
	    &json_limits_document, &error);
	struct json_object *errors = json_get(problem, "errors");
	struct span detail = json_string(problem, "detail");

	for (size_t i = 0; i < json_count(errors); i++)
		show_complaint(calling, json_at(errors, i));
	if (detail.n == 0)
		detail = span_of(fault_info(reply->fault)->title);
	if (!calling->sink->quiet || reply->fault != FAULT_BAD_DOCUMENT)
		cli_say(calling->cli, "%.*s", (int)detail.n, detail.p);
	return fault_info(reply->fault)->exit_code;
}

static int
call_once(struct calling *calling, struct call *call, struct reply *reply)
{
	struct cli *cli = calling->cli;
	bool answered;
	int code;

	if (cli->caller == NULL)
		cli->caller = caller_new(cli->home, &cli->settings, CALLER_SPAWNS);
	answered = caller_call(cli->caller, call, reply, on_part, calling);
	look_again(calling);
	if (answered && reply->fault == FAULT_NONE && !calling->spoilt)
		take_lines(calling, buf_bytes(&reply->body));
	if (cli->progress == &calling->progress) {
		progress_clear(&calling->progress);
		cli->progress = NULL;
	}
	if (calling->spoilt) {
		cli_say(cli, "the owner of the store went away meanwhile, so the output is "
		    "not whole; try again");
		return fault_info(FAULT_BUSY)->exit_code;
	}
	code = reply->fault != FAULT_NONE ? show_problem(calling, reply) : CLI_DONE;
	return answered || code != CLI_DONE ? code
	    : fault_info(FAULT_STORE_UNAVAILABLE)->exit_code;
}

int
cli_call_text(struct cli *cli, struct span args, const struct cli_sink *sink)
{
	struct call call = { .view = { .verb = cli->about_site ? VERB_GROUP : VERB_COMMAND,
		.id = id_new(text_now()), .args = args } };
	struct reply reply = { .fault = FAULT_NONE };
	struct calling calling = { .cli = cli, .sink = sink, .call = &call,
		.arena = arena_new() };
	int code = call_once(&calling, &call, &reply);

	reply_free(&reply);
	buf_free(&calling.half);
	arena_free(&calling.arena);
	return code;
}

int
cli_call(struct cli *cli, struct json_object *args, const struct cli_sink *sink)
{
	return cli_call_text(cli, json_write(cli->arena, args), sink);
}

struct asking {
	struct arena *arena;
	struct json_object *answer;
};

static void
keep_answer(void *arg, struct json_object *object, struct span text)
{
	struct asking *asking = arg;

	(void)text;
	asking->answer = json_keep(asking->arena, object);
}

static void
forget_answer(void *arg)
{
	((struct asking *)arg)->answer = NULL;
}

int
cli_ask_long(struct cli *cli, struct json_object *args, const char *doing,
    struct json_object **answer_r)
{
	struct asking asking = { .arena = cli->arena };
	struct cli_sink sink = { .line = keep_answer, .again = forget_answer, .arg = &asking,
		.doing = doing };
	int code = cli_call(cli, args, &sink);

	*answer_r = asking.answer;
	return code;
}

int
cli_ask(struct cli *cli, struct json_object *args, struct json_object **answer_r)
{
	return cli_ask_long(cli, args, NULL, answer_r);
}

int
cli_ask_show(struct cli *cli, struct json_object *args)
{
	struct json_object *answer;
	int code = cli_ask(cli, args, &answer);

	if (code == CLI_DONE && answer != NULL)
		cli_show(cli, answer);
	return code;
}

static void
print_line(void *arg, struct json_object *object, struct span text)
{
	(void)object;
	cli_json_line(stdout, arg, text);
}

int
cli_pass_on(struct cli *cli, struct json_object *args)
{
	struct cli_sink sink = { .line = print_line, .arg = &cli->screen, .raw = true };

	return cli_call(cli, args, &sink);
}
