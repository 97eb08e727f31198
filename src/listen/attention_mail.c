/* SPDX-License-Identifier: ISC */
/* Who is written to about what needs a hand, and what the mail says. */
#include "listen/attention.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/opt_out.h"
#include "community/outbox.h"
#include "community/site.h"
#include "record/doc.h"
#include "record/record.h"
#include "store/store.h"

#define NEWS_MAX 100 /* of one mail, and as many that are over */

static bool
manages(const struct attention_person *person, struct span project)
{
	for (size_t i = 0; i < person->project_count; i++)
		if (span_eq(person->projects[i], project))
			return true;
	return false;
}

bool
attention_concerns(const struct attention_person *person, const struct condition *condition)
{
	struct span project = condition_project(condition), projects = condition->projects;

	if (person->admin)
		return true;
	if (condition_is_of_store(condition->kind))
		return false;
	while (projects.n > 0)
		if (manages(person, text_cut(&projects, ',')))
			return true;
	return project.n > 0 ? manages(person, project) : person->manager;
}

enum attention_way
attention_way(struct txn *txn, const struct attention_person *person, int64_t now)
{
	const struct settings *settings = store_settings(txn_store(txn));
	struct json_object *user = record_load(txn, RECORD_USER, person->id);
	int64_t written = condition_written(txn, person->id), since = now - written;

	/* Of a clock that was set back by more than that nobody waits for. */
	if (written != 0 && since < settings->alerts_interval && since > -settings->alerts_interval)
		return ATTENTION_WAITS;
	if (user == NULL || opt_out_has(user, OPT_OUT_ALERTS))
		return ATTENTION_FORGETS;
	return settings->mail_url.n > 0 && settings->mail_from.n > 0 ? ATTENTION_WRITES
	                                                             : ATTENTION_WAITS;
}

bool
attention_is_news(struct txn *txn, const struct attention_person *person,
    const struct condition *condition, int64_t now)
{
	return condition_lasts(condition) && attention_concerns(person, condition) &&
	    now - condition->begun >= store_settings(txn_store(txn))->alerts_after &&
	    !condition_told(txn, person->id, condition);
}

bool
attention_is_over(struct txn *txn, const struct attention_person *person,
    struct condition *told)
{
	condition_load(txn, told->kind, told->subject, told);
	return !condition_lasts(told) || !attention_concerns(person, told);
}

/* One mail as it is put together. */
struct digest {
	struct txn *txn;
	const struct attention_person *person;
	struct buf news, over;
	size_t news_count, over_count;
	bool more;             /* than it may hold */
};

static void
put_item(struct digest *digest, struct buf *out, const struct condition *condition)
{
	struct span console = site_console(digest->txn);
	struct span code = condition->code;
	enum fault fault = fault_by_code(arena_string(txn_arena(digest->txn), code));

	buf_printf(out, "* %s\n", attention_sentence(digest->txn, condition));
	if (condition->over != 0 || condition->begun == 0)
		return;
	/* Details may quote what was sent: they stay here, and are a click away. */
	if (code.n > 0 && fault != FAULT__MAX)
		buf_printf(out, "  %s\n", fault_info(fault)->title);
	if (console.n > 0)
		buf_printf(out, "  %.*s%s\n", (int)console.n, console.p,
		    attention_page(digest->txn, condition, digest->person->admin));
	else
		buf_printf(out, "  %s\n", attention_command(digest->txn, condition));
}

static void
gather_news(struct digest *digest, int64_t now)
{
	struct condition condition;
	struct span position = SPAN("");

	while (condition_next(digest->txn, position, &position, &condition)) {
		if (!attention_is_news(digest->txn, digest->person, &condition, now))
			continue;
		if (digest->news_count == NEWS_MAX) {
			digest->more = true;
			break;
		}
		put_item(digest, &digest->news, &condition);
		condition_tell(digest->txn, digest->person->id, &condition);
		digest->news_count++;
	}
}

static void
gather_over(struct digest *digest, int64_t now)
{
	struct condition told;
	struct span position = SPAN("");

	while (condition_told_next(digest->txn, digest->person->id, position, &position, &told)) {
		if (!attention_is_over(digest->txn, digest->person, &told))
			continue;
		if (digest->over_count == NEWS_MAX) {
			digest->more = true;
			break;
		}
		condition_untell(digest->txn, digest->person->id, &told);
		if (!attention_concerns(digest->person, &told))
			continue;
		if (told.over == 0) { /* its row is gone, or counts anew */
			told.over = now;
			told.detail = SPAN("");
		}
		put_item(digest, &digest->over, &told);
		digest->over_count++;
	}
}

static struct span
subject_of(struct digest *digest)
{
	struct span community = json_string(doc_load(digest->txn, "setting", SPAN(""), SPAN("")),
	    "community");
	struct buf out = { 0 };
	struct span subject;

	if (community.n > 0)
		buf_printf(&out, "%.*s: ", (int)community.n, community.p);
	if (digest->news_count > 0)
		buf_printf(&out, "%zu thing%s a hand", digest->news_count,
		    digest->news_count == 1 ? " needs" : "s need");
	if (digest->news_count > 0 && digest->over_count > 0)
		buf_puts(&out, ", ");
	if (digest->over_count > 0)
		buf_printf(&out, "%zu %s well again", digest->over_count,
		    digest->over_count == 1 ? "is" : "are");
	subject = buf_keep(&out, txn_arena(digest->txn));
	return subject;
}

static struct span
text_of(struct digest *digest)
{
	struct buf out = { 0 };

	if (digest->news_count > 0)
		buf_puts(&out, "This needs a hand:\n\n");
	buf_span(&out, buf_bytes(&digest->news));
	if (digest->news_count > 0 && digest->over_count > 0)
		buf_putc(&out, '\n');
	if (digest->over_count > 0)
		buf_puts(&out, "This is well again:\n\n");
	buf_span(&out, buf_bytes(&digest->over));
	if (digest->more)
		buf_puts(&out, "\nThere is more, which the next of these mails tells; "
		    "\"earshot attention\" shows all of it now.\n");
	buf_puts(&out, "\nYou get this as one of those who run or manage this community. To get no "
	    "more of it, use the link to unsubscribe, or have \"alerts\" of your user document "
	    "set to false: other mail is not concerned.\n");
	return buf_keep(&out, txn_arena(digest->txn));
}

void
attention_write(struct txn *txn, const struct attention_person *person, int64_t now)
{
	struct digest digest = { .txn = txn, .person = person };
	struct arena *arena = txn_arena(txn);
	struct json_object *parcel;

	enum attention_way way = attention_way(txn, person, now);

	if (way == ATTENTION_FORGETS)
		condition_forget(txn, person->id);
	if (way != ATTENTION_WRITES)
		return;
	gather_news(&digest, now);
	gather_over(&digest, now);
	if (digest.news_count + digest.over_count > 0) {
		parcel = json_new_object(arena);
		json_set_text(parcel, "kind", SPAN("email"));
		json_set_bool(parcel, "alert", true);
		json_set_text(parcel, "to", json_string(record_load(txn, RECORD_USER, person->id),
		    "email"));
		json_set_text(parcel, "subject", subject_of(&digest));
		json_set_text(parcel, "text", text_of(&digest));
		json_set_bool(parcel, "essential", false);
		outbox_add(txn, parcel, now, now);
		condition_write(txn, person->id, now);
	}
	buf_free(&digest.news);
	buf_free(&digest.over);
}
