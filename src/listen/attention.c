/* SPDX-License-Identifier: ISC */
#include "listen/attention.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "base/zone.h"
#include "community/local_zone.h"
#include "record/clock.h"
#include "record/doc.h"
#include "store/rep.h"
#include "store/store.h"

#include <inttypes.h>
#include <string.h>

/* The list */

/* When it began stands in its row, once the watch has seen it. */
static void
take_row(struct txn *txn, struct condition *seen)
{
	struct condition row;

	if (condition_load(txn, seen->kind, seen->subject, &row) && condition_lasts(&row))
		seen->begun = row.begun;
}

static bool
disk_low(struct txn *txn, struct condition *condition)
{
	const struct settings *settings = store_settings(txn_store(txn));
	uint64_t left;

	if (!store_free_bytes(txn_store(txn), &left))
		return false;
	/* Megabytes, so that it is not another condition with each byte. */
	condition->count = (int64_t)(left >> 20);
	return left < (uint64_t)settings->alerts_free_bytes || !store_has_room(txn_store(txn));
}

static bool
clock_is_doubted(struct txn *txn, struct condition *condition)
{
	struct clock_doubt doubt;

	if (!clock_doubted(txn, &doubt))
		return false;
	condition->since = doubt.believed;
	condition->end = doubt.until;
	return true;
}

/* All in one: they are one group. */
static bool
sites_are_behind(struct txn *txn, struct condition *condition)
{
	const struct settings *settings = store_settings(txn_store(txn));
	struct rep_standing standing;

	rep_standing(txn_store(txn), &standing);
	for (unsigned i = 0; i < standing.sites; i++)
		if (!standing.site[i].in_step)
			condition->subject = span_of(arena_join(txn_arena(txn), condition->subject,
			    condition->subject.n > 0 ? SPAN(", ") : SPAN(""),
			    settings->group_sites[i].name));
	return condition->subject.n > 0;
}

bool
attention_seen(struct txn *txn, struct service_counters *counters, enum condition_kind kind,
    struct condition *condition_r)
{
	*condition_r = (struct condition){ .kind = kind, .subject = SPAN("") };
	switch (kind) {
	case CONDITION_STORE_EMPTY:
		return service_holds_nothing(txn);
	case CONDITION_DISK_LOW:
		return disk_low(txn, condition_r);
	case CONDITION_SECRET_UNREADABLE:
		return !service_secrets_good(txn, counters);
	case CONDITION_SECRET_KEY_GONE:
		return service_secrets_good(txn, counters) && counters->secrets_held &&
		    !store_has_key_file(txn_store(txn));
	case CONDITION_CLOCK_DOUBTED:
		return clock_is_doubted(txn, condition_r);
	case CONDITION_SITE_BEHIND:
		return sites_are_behind(txn, condition_r);
	default:
		return false;
	}
}

/* Secrets that are lost are told by whose they are. */
static bool
next_seen(struct txn *txn, struct attention_list *list, struct condition *condition_r)
{
	enum condition_kind kind = (enum condition_kind)list->live;
	bool seen = attention_seen(txn, list->counters, kind, condition_r);
	struct sealed_lost lost;

	if (seen)
		take_row(txn, condition_r);
	if (seen && kind == CONDITION_SECRET_UNREADABLE &&
	    sealed_next_lost(txn, &list->secrets, &lost)) {
		condition_r->subject = span_of(arena_printf(txn_arena(txn), "%s %.*s", lost.kind,
		    (int)lost.name.n, lost.name.p));
		condition_r->count = (int64_t)lost.secrets;
		return true;
	}
	list->live++;
	return seen && kind != CONDITION_SECRET_UNREADABLE;
}

bool
attention_next(struct txn *txn, struct attention_list *list, struct condition *condition_r)
{
	while (condition_is_of_store((enum condition_kind)list->live))
		if (next_seen(txn, list, condition_r))
			return true;
	while (condition_next(txn, list->after, &list->after, condition_r))
		if (!condition_is_of_store(condition_r->kind) && condition_lasts(condition_r))
			return true;
	return false;
}

bool
attention_next_over(struct txn *txn, struct attention_list *list, int64_t within,
    struct condition *condition_r)
{
	while (condition_next(txn, list->after, &list->after, condition_r))
		if (condition_r->over != 0 && condition_r->over >= list->now - within)
			return true;
	return false;
}

/* Words */

#define TEXT(span) (int)(span).n, (span).p

/* "2026-11-29 19:30 CET": of the community's zone. */
static const char *
when(struct txn *txn, int64_t time)
{
	struct text_date date;
	const char *zone = "UTC";

	text_date(zone_local(local_zone(txn), time, NULL, &zone), &date);
	return arena_printf(txn_arena(txn), "%04d-%02d-%02d %02d:%02d %s", date.year, date.month,
	    date.day, date.hour, date.minute, zone);
}

static const char *
disk_sentence(struct txn *txn, const struct condition *condition)
{
	struct store *store = txn_store(txn);
	int64_t free_bytes = store_settings(store)->free_bytes;
	bool whole = free_bytes % (1 << 20) == 0;
	const char *unit = whole ? "MB" : "bytes";

	if (whole)
		free_bytes >>= 20;
	if (!store_has_room(store))
		return arena_printf(txn_arena(txn), "the disk of %s is almost full: deliveries "
		    "are refused until %" PRId64 " %s are free (free_bytes in earshot.conf)",
		    store_home(store), free_bytes, unit);
	return arena_printf(txn_arena(txn), "the disk of %s has %" PRId64 " MB left: deliveries "
	    "are refused when it has less than %" PRId64 " %s (free_bytes in earshot.conf)",
	    store_home(store), condition->count, free_bytes, unit);
}

static const char *
secret_sentence(struct txn *txn, const struct condition *condition)
{
	if (condition->subject.n == 0)
		return arena_printf(txn_arena(txn), "secrets of listeners or macros cannot be "
		    "opened: %s", sealed_why(txn));
	return arena_printf(txn_arena(txn), "%.*s: %" PRId64 " of its secrets cannot be opened: %s",
	    TEXT(condition->subject), condition->count, sealed_why(txn));
}

static const char *
key_sentence(struct txn *txn, const struct condition *condition)
{
	(void)condition;
	return arena_printf(txn_arena(txn), "%s/secret.key is gone, and secrets can be opened only "
	    "as long as this owner of the store lives: put it back before that ends",
	    store_home(txn_store(txn)));
}

static const char *
clock_sentence(struct txn *txn, const struct condition *condition)
{
	char believed[TEXT_TIME_SIZE], until[TEXT_TIME_SIZE];

	return arena_printf(txn_arena(txn), "is the clock right? It is far ahead of %s; nothing "
	    "that is old is removed until it is set right, or has gone on until %s",
	    text_time_write(condition->since, believed), text_time_write(condition->end, until));
}

static const char *
site_sentence(struct txn *txn, const struct condition *condition)
{
	return arena_printf(txn_arena(txn), "of the group of machines %.*s %s away or behind: until "
	    "all keep up again, it can bear less", TEXT(condition->subject),
	    memchr(condition->subject.p, ',', condition->subject.n) != NULL ? "are" : "is");
}

static const char *
failing_sentence(struct txn *txn, const struct condition *condition)
{
	return arena_printf(txn_arena(txn), "listener %.*s: %" PRId64 " of its last %" PRId64
	    " deliveries failed, since %s, the last one with %.*s", TEXT(condition->subject),
	    condition->count, condition->all, when(txn, condition->since),
	    TEXT(condition->code));
}

static const char *
refusing_sentence(struct txn *txn, const struct condition *condition)
{
	return arena_printf(txn_arena(txn), "listener %.*s: nobody is let in; the last %" PRId64
	    " requests, since %s, were refused, the last one with %.*s",
	    TEXT(condition->subject), condition->count, when(txn, condition->since),
	    TEXT(condition->code));
}

static const char *
ends_sentence(struct txn *txn, const struct condition *condition)
{
	return arena_printf(txn_arena(txn), "%s %.*s ends at %s",
	    condition->kind == CONDITION_APIKEY_ENDS ? "API key" : "listener",
	    TEXT(condition->subject), when(txn, condition->end));
}

/* Who made them: a macro, or words that stand for the others. */
static const char *
maker(struct txn *txn, const struct condition *condition)
{
	return arena_printf(txn_arena(txn), "%s%.*s",
	    memchr(condition->subject.p, ' ', condition->subject.n) == NULL ? "macro " : "",
	    TEXT(condition->subject));
}

static const char *
dead_sentence(struct txn *txn, const struct condition *condition)
{
	return arena_printf(txn_arena(txn), "%s: %" PRId64 " e-mail%s or webhook%s given up",
	    maker(txn, condition), condition->count, condition->count == 1 ? "" : "s",
	    condition->count == 1 ? " was" : "s were");
}

static const char *
missed_sentence(struct txn *txn, const struct condition *condition)
{
	return arena_printf(txn_arena(txn), "schedule %.*s was due at %s, and %.*s",
	    TEXT(condition->subject), when(txn, condition->end), TEXT(condition->detail));
}

static const char *
empty_sentence(struct txn *txn, const struct condition *condition)
{
	(void)txn;
	(void)condition;
	return "the store holds nothing: is it the right one, and its disk mounted?";
}

/* How each kind is told. %s stands for the subject. */
static const struct {
	const char *(*sentence)(struct txn *txn, const struct condition *condition);
	const char *over;      /* "it is well again" */
	const char *command;
	const char *page;      /* percent-encoded, but for slashes of a path; %i is the id */
} told[] = {
	[CONDITION_STORE_EMPTY] = { empty_sentence, "the store holds something",
	    "earshot stat", "/" },
	[CONDITION_DISK_LOW] = { disk_sentence, "the disk has enough room again",
	    "earshot stat", "/" },
	[CONDITION_SECRET_UNREADABLE] = { secret_sentence, "all secrets can be opened again",
	    "earshot check", "/" },
	[CONDITION_SECRET_KEY_GONE] = { key_sentence, "secret.key is there again",
	    "earshot stat", "/" },
	[CONDITION_CLOCK_DOUBTED] = { clock_sentence, "the clock is believed again",
	    "earshot stat", "/" },
	[CONDITION_SITE_BEHIND] = { site_sentence, "all machines of the group keep up again",
	    "earshot group stat", "/" },
	[CONDITION_LISTENER_FAILING] = { failing_sentence,
	    "listener %s: its deliveries succeed again",
	    "earshot delivery list --listener %s --outcome failed",
	    "/deliveries?listener=%s&outcome=failed" },
	[CONDITION_LISTENER_REFUSING] = { refusing_sentence,
	    "listener %s: requests are let in again",
	    "earshot delivery explain %i", "/deliveries?listener=%s&outcome=not-let-in" },
	[CONDITION_LISTENER_ENDS] = { ends_sentence, "listener %s does not end soon any more",
	    "earshot listener show %s", "/listeners/edit/%s" },
	[CONDITION_APIKEY_ENDS] = { ends_sentence, "API key %s does not end soon any more",
	    "earshot apikey show %s", "/documents/apikey/edit/%s" },
	[CONDITION_PARCEL_DEAD] = { dead_sentence, "%s: no e-mail or webhook is given up any more",
	    "earshot outbox list --state dead", "/outbox?state=dead" },
	[CONDITION_SCHEDULE_MISSED] = { missed_sentence, "schedule %s has run in time again",
	    "earshot schedule show %s", "/documents/schedule/edit/%s" },
};
_Static_assert(sizeof told / sizeof told[0] == CONDITION__MAX, "words per kind");

/* Names have slashes, which stay in a path. */
static void
encode(struct buf *out, struct span text, bool in_query)
{
	while (text.n > 0) {
		struct span rest = text, part = in_query ? text : text_cut(&rest, '/');

		text_percent_encode(out, part);
		if (part.n < text.n)
			buf_putc(out, '/');
		text = part.n < text.n ? rest : SPAN("");
	}
}

static const char *
fill(struct txn *txn, const char *pattern, struct span subject, struct span id, bool encoded)
{
	struct buf out = { 0 };
	struct span text;
	bool in_query = false;

	for (; *pattern != '\0'; pattern++) {
		in_query = in_query || *pattern == '?';
		if (*pattern != '%') {
			buf_putc(&out, *pattern);
			continue;
		}
		text = *++pattern == 'i' ? id : subject;
		if (encoded)
			encode(&out, text, in_query);
		else
			buf_span(&out, text);
	}
	text = buf_keep(&out, txn_arena(txn));
	return arena_string(txn_arena(txn), text);
}

const char *
attention_sentence(struct txn *txn, const struct condition *condition)
{
	const char *subject;

	if (condition->over == 0)
		return told[condition->kind].sentence(txn, condition);
	subject = condition->kind == CONDITION_PARCEL_DEAD ? maker(txn, condition)
	    : arena_string(txn_arena(txn), condition->subject);
	if (condition->detail.n == 0)
		return fill(txn, told[condition->kind].over, span_of(subject), SPAN(""), false);
	return arena_string(txn_arena(txn), condition->detail);
}

const char *
attention_command(struct txn *txn, const struct condition *condition)
{
	return fill(txn, told[condition->kind].command, condition->subject, condition->id, false);
}

const char *
attention_page(struct txn *txn, const struct condition *condition, bool admin)
{
	/* API keys are shown to admins alone: others have the sentence, on the first page. */
	if (condition->kind == CONDITION_APIKEY_ENDS && !admin)
		return "/";
	return fill(txn, told[condition->kind].page, condition->subject, condition->id, true);
}

static void
tell_time(struct jsonout *out, const char *name, int64_t time)
{
	char text[TEXT_TIME_SIZE];

	if (time != 0)
		json_member(out, name, span_of(text_time_write(time, text)));
}

static void
tell_text(struct jsonout *out, const char *name, struct span text)
{
	if (text.n > 0)
		json_member(out, name, text);
}

static void
tell_number(struct jsonout *out, const char *name, int64_t number)
{
	if (number != 0)
		json_member_int(out, name, number);
}

static void
tell_projects(struct jsonout *out, struct span projects)
{
	if (projects.n == 0)
		return;
	json_key(out, "projects");
	json_open(out, '[');
	while (projects.n > 0)
		json_text(out, text_cut(&projects, ','));
	json_close(out, ']');
}

void
attention_tell(struct txn *txn, struct jsonout *out, const struct condition *condition,
    bool admin)
{
	json_open(out, '{');
	json_member(out, "condition", span_of(condition_code(condition->kind)));
	tell_text(out, "subject", condition->subject);
	tell_text(out, "project", condition_project(condition));
	tell_projects(out, condition->projects);
	tell_time(out, "begun", condition->begun);
	tell_time(out, "over", condition->over);
	tell_time(out, "last", condition->last);
	tell_time(out, "since", condition->since);
	tell_time(out, "end", condition->end);
	tell_number(out, "count", condition->count);
	tell_number(out, "deliveries", condition->all);
	tell_text(out, "outcome", condition->code);
	tell_text(out, "detail", condition->detail);
	tell_text(out, condition->kind == CONDITION_PARCEL_DEAD ? "parcel"
	    : condition->kind == CONDITION_SCHEDULE_MISSED ? "run" : "delivery", condition->id);
	json_member(out, "sentence", span_of(attention_sentence(txn, condition)));
	json_member(out, "command", span_of(attention_command(txn, condition)));
	json_member(out, "page", span_of(attention_page(txn, condition, admin)));
	json_close(out, '}');
}
