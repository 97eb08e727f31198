/* SPDX-License-Identifier: ISC */
#include "command/command_private.h"
#include "command/task.h"

#include "base/json.h"
#include "base/text.h"
#include "listen/journal.h"
#include "listen/register.h"
#include "record/doc_check.h"

#include <string.h>

#define PLACE_ROWS 500 /* that come again when an owner dies */
/* Calls are sent again within seconds. */
#define REPEAT_US (INT64_C(3600) * 1000000)
#define KEY_US (INT64_C(7) * 86400 * 1000000)
#define KEY_MAX_BYTES 100
/* No listener has a name with a space. */
#define REPEAT_LISTENER SPAN("the command")

static const struct command *const commands[] = {
	&command_apply,
	&command_export,
	&command_list,
	&command_select,
	&command_search,
	&command_show,
	&command_remove,
	&command_group_clear, &command_groups, &command_group_uses, &command_group_preview,
	&command_group_values,
	&command_group_stop,
	&command_user_tickets,
	&command_record_values, &command_record_comments, &command_record_parcels,
	&command_record_runs, &command_comment_add,
	&command_set, &command_uses, &command_settings,
	&command_init,
	&command_stat,
	&command_apikey_create,
	&command_apikey_rotate,
	&command_apikey_revoke,
	&command_deliveries,
	&command_delivery,
	&command_replay,
	&command_filter_count, &command_filter_fields,
	&command_listener_describe, &command_listener_test, &command_listener_past,
	&command_suggest,
	&command_outbox,
	&command_outbox_show,
	&command_outbox_retry,
	&command_outbox_drop, &command_mail_trial,
	&command_macro_run,
	&command_macro_run_all,
	&command_macro_stop,
	&command_macro_log,
	&command_template_preview,
	&command_schedule_run,
	&command_tidy,
	&command_post_take,
	&command_post_report,
	&command_report,
	&command_pulse,
	&command_console_link, &command_console_mail, &command_console_salt,
	&command_console_sign_in,
	&command_console_session, &command_console_sessions, &command_console_sessions_end,
	&command_console_password, &command_console_alerts,
	&command_check,
	&command_backup,
	&command_watch,
	&command_attention,
	&command_tasks,
	&command_import_create, &command_import_put, &command_import_check,
	&command_import_start, &command_import_stop, &command_import_drop, &command_imports,
	&command_import, &command_import_refused, &command_import_run, &command_import_rows,
	&command_audit, &command_audit_show, &command_audit_undo,
};

const struct command *
command_at(size_t place)
{
	return place < sizeof commands / sizeof commands[0] ? commands[place] : NULL;
}

const struct command *
command_by_name(struct span name)
{
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (span_is(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static void
command_begin(struct job *job)
{
	job->slice_end = text_clock() + job->slice;
}

bool
command_late(const struct job *job)
{
	return text_clock() >= job->slice_end;
}

static bool
is_late(void *job)
{
	return command_late(job);
}

void
command_progress_tell(struct job *job)
{
	struct job_progress *progress = &job->progress;
	double share = progress->share != NULL ? progress->share(progress->of) : 0;
	const char *what = progress->what != NULL ? progress->what(progress->of) : NULL;
	int percent = (int)(share * 100);

	if (progress->share == NULL || (percent == progress->percent && what == progress->said))
		return;
	progress->percent = percent;
	progress->said = what;
	command_progress(job, share, what);
}

static void
let_by(void *arg)
{
	struct job *job = arg;

	command_progress_tell(job);
	job->pause(job);
	job->settled = job->out->n;
	command_begin(job);
}

bool
job_breathe(struct job *job)
{
	if (job->error.fault == FAULT_NONE && job->pause != NULL && command_late(job))
		let_by(job);
	return job->error.fault == FAULT_NONE;
}

static void
run_body(struct txn *txn, void *arg)
{
	struct job *job = arg;

	job->command->body(txn, job);
}

static void
end_task(struct txn *txn, void *arg)
{
	struct job *job = arg;

	if (job->error.fault != FAULT_NONE)
		job->command->give_up(txn, job);
	task_drop(txn, job->id);
}

/* Only the operator's own programs are believed when they say how they came to call. */
static void
begin_log(struct job *job)
{
	struct json_object *from = job->rights == RIGHTS_ALL ? json_get(job->args, "from") : NULL;
	struct span via = json_string(from, "via");

	job->by = (struct audit_by){ .via = job->session.n > 0 ? "console"
	        : via.n > 0 ? arena_string(job->arena, via) : "command line",
		.user = job->actor != NULL ? job->actor->user : SPAN(""),
		.operator = json_string(from, "login"),
		.macro = json_string(job->args, "macro") };
}

void
command_do(const struct command *command, struct job *job)
{
	struct error error = { 0 };

	job->command = command;
	job->breath = (struct breath){ .late = is_late, .pause = let_by, .arg = job };
	command_begin(job);
	if (command_admit(job)) {
		begin_log(job);
		if (command->run != NULL)
			command->run(job);
		else
			command_run(job, command->mode, run_body, job);
	}
	/* What passes it waits for, and goes on. */
	if (job->task && !fault_info(job->error.fault)->passing)
		(void)store_run(job->store, STORE_WRITE, job->scratch, end_task, job, &error);
}

struct span
command_position(const struct command_position *position)
{
	return (struct span){ position->p, position->n };
}

void
command_position_set(struct command_position *position, struct span to)
{
	position->n = to.n < sizeof position->p ? to.n : sizeof position->p;
	if (position->n > 0)
		memcpy(position->p, to.p, position->n);
}

/* What was written since job->out->n was `at` is no row. */
static void
end_signal(struct job *job, enum part kind, size_t at)
{
	job->signals = arena_grow(job->arena, job->signals, job->signal_count, &job->signal_room,
	    sizeof *job->signals);
	buf_putc(job->out, '\n');
	job->signals[job->signal_count++] = (struct signal){ kind, at, job->out->n - at };
}

static void
tell_position(struct job *job, enum part kind, const char *member, struct span position)
{
	struct jsonout out = json_to(job->out);
	size_t at = job->out->n;

	json_open(&out, '{');
	json_member(&out, member, command_position_text(job, position));
	json_close(&out, '}');
	end_signal(job, kind, at);
}

void
command_more(struct job *job, struct span position)
{
	tell_position(job, PART_MORE, "more", position);
}

void
command_summary(struct job *job, size_t at)
{
	end_signal(job, PART_SUMMARY, at);
}

bool
command_tells_places(const struct job *job)
{
	return json_flag(job->args, "places", false);
}

void
command_place(struct job *job, struct command_places *places, int64_t count,
    struct span position)
{
	if (count - places->told < PLACE_ROWS || !command_tells_places(job))
		return;
	places->told = count;
	tell_position(job, PART_PLACE, "place", position);
}

void
command_columns(struct job *job, const struct span *columns, size_t count)
{
	struct jsonout out = json_to(job->out);
	size_t at = job->out->n;

	json_open(&out, '{');
	json_key(&out, "columns");
	json_open(&out, '[');
	for (size_t i = 0; i < count; i++)
		json_text(&out, columns[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	end_signal(job, PART_COLUMNS, at);
}

bool
command_text(struct job *job, const char *member, struct span *text_r)
{
	*text_r = json_string(job->args, member);
	if (text_r->n == 0)
		return error_set(&job->error, FAULT_USAGE, "\"%s\" is missing", member);
	return true;
}

bool
command_limit(struct job *job, int64_t *limit_r)
{
	*limit_r = json_integer(job->args, "limit", 0);
	if (*limit_r < 0 || (*limit_r == 0 && json_has(job->args, "limit")))
		return error_set(&job->error, FAULT_USAGE, "\"limit\" must be 1 or more");
	return true;
}

bool
command_time(struct job *job, const char *member, int64_t *time_r)
{
	*time_r = 0;
	if (!json_has(job->args, member) ||
	    text_time(json_string(job->args, member), time_r))
		return true;
	return error_set(&job->error, FAULT_USAGE,
	    "\"%s\" must be a time with its zone such as 2026-11-24T09:30:00Z", member);
}

const char *const *
command_kind_names(struct arena *arena)
{
	const char **names;
	size_t n = 0;

	while (kinds[n] != NULL)
		n++;
	names = arena_alloc(arena, (n + 1) * sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = kinds[i]->name;
	return names;
}

const struct kind *
command_kind(struct job *job, struct span name)
{
	const struct kind *kind = span_is(name, kind_delivery.name) ? &kind_delivery
	                                                            : kind_by_word(name);
	const char *nearest;

	if (kind != NULL)
		return kind;
	nearest = doc_nearest(name, command_kind_names(job->scratch));
	error_set(&job->error, FAULT_USAGE, "there is no kind \"%s\"%s%s%s",
	    doc_short(job->scratch, name), nearest != NULL ? "; did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	return NULL;
}

static void
complaint_add(struct complaints *complaints, const char *pointer, const char *sentence)
{
	struct command_complaints *own = complaints->arg;
	struct jsonout out = json_to(own->job->out);
	size_t at = own->job->out->n;

	if (*pointer == '\0' && own->subject != NULL)
		pointer = own->subject;
	complaints->count++;
	if (own->first == NULL)
		own->first = arena_string(own->job->arena, span_of(sentence));
	json_open(&out, '{');
	if (own->line > 0) {
		json_member_int(&out, "line", own->line);
	}
	json_member(&out, "pointer", span_of(pointer));
	json_member(&out, "error", span_of(sentence));
	json_close(&out, '}');
	end_signal(own->job, PART_COMPLAINT, at);
}

void
command_complaints(struct command_complaints *complaints, struct job *job)
{
	*complaints = (struct command_complaints){
		.base = { .add = complaint_add, .arg = complaints }, .job = job };
}

static bool
may_know(const struct complaints *base, const char *name, struct span full_name)
{
	const struct command_complaints *complaints = base->arg;
	const struct kind *kind = kind_by_name(span_of(name));

	return !command_is_limited(complaints->job) || (kind != NULL && command_may_read(
	    complaints->txn, complaints->job, kind, kind_find(complaints->txn, kind, full_name)));
}

void
command_complaints_in(struct command_complaints *complaints, struct txn *txn)
{
	complaints->txn = txn;
	complaints->base.may_know = may_know;
}

struct body {
	struct job *job;
	void (*body)(struct txn *txn, void *arg);
	void *arg;
	bool writes;
};

static void
breathing(struct txn *txn, void *arg)
{
	const struct body *body = arg;

	if (body->job->pause != NULL)
		txn_breathes(txn, &body->job->breath);
	if (body->writes)
		audit_made_by(txn, &body->job->by);
	body->body(txn, body->arg);
}

/* What was undone has no result; what was wrong, and how far it had come, is told all the
 * same. */
static void
take_back_rows(struct job *job, size_t at)
{
	size_t kept = at, count = 0;

	for (size_t i = 0; i < job->signal_count; i++) {
		struct signal signal = job->signals[i];

		if (signal.at >= at) {
			if (signal.kind != PART_COMPLAINT && signal.kind != PART_PROGRESS)
				continue;
			memmove(job->out->p + kept, job->out->p + signal.at, signal.n);
			signal.at = kept;
			kept += signal.n;
		}
		job->signals[count++] = signal;
	}
	job->signal_count = count;
	job->out->n = kept;
}

bool
command_run(struct job *job, enum store_mode mode,
    void (*body)(struct txn *, void *), void *arg)
{
	struct body own = { job, body, arg, mode == STORE_WRITE };

	if (job->error.fault != FAULT_NONE || !command_admit_again(job))
		return false;
	job->settled = job->out->n;
	if (store_run(job->store, mode, job->scratch, breathing, &own, &job->error))
		return true;
	if (mode == STORE_WRITE)
		take_back_rows(job, job->settled);
	return false;
}

bool
command_page_read(struct job *job, struct command_page *page)
{
	*page = (struct command_page){ .job = job, .look = json_integer(job->args, "look", 0) };
	return command_limit(job, &page->limit) &&
	    command_position_read(job, &page->position);
}

bool
command_page_take(struct command_page *page, bool found, const struct span *position)
{
	if (found && ((page->limit > 0 && page->count == page->limit) ||
	    (page->look > 0 && page->looked == page->look))) {
		command_more(page->job, command_position(&page->position));
		return false;
	}
	if (!found)
		return false;
	page->looked++;
	command_place(page->job, &page->places, page->count, command_position(&page->position));
	command_position_set(&page->position, *position);
	return true;
}

void
command_page_put(struct command_page *page, struct json_object *doc)
{
	command_put(page->job, doc);
	page->count++;
}

bool
command_repeated(struct txn *txn, struct job *job)
{
	struct journal_mark mark = { .delivery = job->id }, found;
	struct span key = id_span(&job->id);

	if (job->again && journal_mark_find(txn, REPEAT_LISTENER, MARK_CALL, key, job->now, &found))
		return true;
	journal_mark_add(txn, REPEAT_LISTENER, MARK_CALL, key, &mark, job->now + REPEAT_US);
	return false;
}

bool
command_keyed(struct txn *txn, struct job *job, struct id *id_r)
{
	struct span key = text_head(json_string(job->args, "key"), KEY_MAX_BYTES);
	struct span user = job->actor != NULL ? job->actor->user : SPAN("");
	struct journal_mark mark = { .delivery = *id_r }, found;

	if (key.n == 0)
		return false;
	key = span_of(arena_printf(txn_arena(txn), "%s %.*s %.*s", job->command->name,
	    (int)user.n, user.p, (int)key.n, key.p));
	if (journal_mark_find(txn, REPEAT_LISTENER, MARK_CALL, key, job->now, &found)) {
		*id_r = found.delivery;
		return true;
	}
	journal_mark_add(txn, REPEAT_LISTENER, MARK_CALL, key, &mark, job->now + KEY_US);
	return false;
}

const char *
command_by(const struct job *job)
{
	return job->actor != NULL ? arena_string(job->arena, job->actor->email) : "hand";
}

const char *
command_who(struct txn *txn, struct span user)
{
	struct span email;

	if (user.n == 0)
		return "hand";
	email = json_string(record_load(txn, RECORD_USER, user), "email");
	return email.n > 0 ? arena_string(txn_arena(txn), email) : "an account that was deleted";
}

void
command_put(struct job *job, struct json_object *doc)
{
	buf_span(job->out, json_write(job->scratch, doc));
	buf_putc(job->out, '\n');
}

void
command_result(struct job *job, const struct kind *kind, struct span name,
    const char *result, const char *warning)
{
	struct jsonout out = json_to(job->out);

	json_open(&out, '{');
	json_member(&out, "kind", span_of(kind->name));
	json_member(&out, "name", name);
	json_member(&out, "result", span_of(result));
	if (warning != NULL)
		json_member(&out, "warning", span_of(warning));
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

void
command_progress(struct job *job, double progress, const char *what)
{
	int percent = (int)(progress * 100);
	size_t at = job->out->n;

	if (percent > 100)
		percent = 100;
	buf_printf(job->out, "{\"progress\":%d.%02d", percent / 100, percent % 100);
	if (what != NULL) {
		struct jsonout out = { job->out, true };

		json_member(&out, "what", span_of(what));
	}
	buf_putc(job->out, '}');
	end_signal(job, PART_PROGRESS, at);
}
