/* SPDX-License-Identifier: ISC */
/*
 * search {"text", "kind", "limit"?, "look"?, "after"?}: what a person means by what he types,
 * among user, feedback, listener, macro and delivery: lines {"kind", "name", "title"?,
 * "state"?, "project"?, "at"?}; "name" is what show takes; and of all {"partial", "indexed"?}:
 * there are more fields than were looked into; of so many percent of the records alone the words
 * are known yet. Users and tickets are found as search.h says, listeners and macros by words of
 * key, project and name, deliveries by their id or how it begins, and by the id that their sender
 * has given them.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "community/search.h"
#include "http/actor.h"
#include "listen/register.h"
#include "record/record.h"

#include <string.h>

#define LOOK_USUAL 2000 /* rows, of each call */
#define LISTENERS_MAX 2000 /* that are asked for a sender's id */

struct hit {
	struct span name, title, state, project, at;
};

static void
put_hit(struct command_page *page, const char *kind, const struct hit *hit)
{
	struct jsonout out = json_to(page->job->out);

	json_open(&out, '{');
	json_member(&out, "kind", span_of(kind));
	json_member(&out, "name", hit->name);
	if (hit->title.n > 0)
		json_member(&out, "title", hit->title);
	if (hit->state.n > 0)
		json_member(&out, "state", hit->state);
	if (hit->project.n > 0)
		json_member(&out, "project", hit->project);
	if (hit->at.n > 0)
		json_member(&out, "at", hit->at);
	json_close(&out, '}');
	buf_putc(page->job->out, '\n');
	page->count++;
}

static void
tell_partial(struct txn *txn, struct job *job, bool partial)
{
	struct jsonout out = json_to(job->out);
	int percent = record_words_percent(txn);
	size_t at = job->out->n;

	json_open(&out, '{');
	json_member_bool(&out, "partial", partial);
	if (percent < 100)
		json_member_int(&out, "indexed", percent);
	json_close(&out, '}');
	command_summary(job, at);
}

/* ---- users and tickets */

static void
put_record(struct txn *txn, struct command_page *page, enum record record,
    struct json_object *doc)
{
	struct span first = json_string(doc, "firstName"), last = json_string(doc, "lastName");
	struct hit hit = { .project = json_string(doc, "project"),
		.state = json_string(doc, "status") };

	if (record == RECORD_USER) {
		hit.name = json_string(doc, "email");
		hit.title = span_of(arena_printf(txn_arena(txn), "%.*s%s%.*s", (int)first.n, first.p,
		    first.n > 0 && last.n > 0 ? " " : "", (int)last.n, last.p));
	} else {
		hit.name = json_string(doc, "id");
		hit.title = json_string(doc, "title");
	}
	put_hit(page, record_name(record), &hit);
}

/* Those of a manager of some projects; NULL: he reads all. */
static struct json_object *
projects_of(const struct job *job)
{
	const struct actor *actor = job->actor;

	return actor != NULL && actor->role == ACTOR_MANAGER && !actor->reads_all ? actor->projects
	                                                                         : NULL;
}

/* Whether some fields were left out. */
static bool
search_records(struct txn *txn, struct command_page *page, const struct kind *kind,
    enum record record)
{
	struct job *job = page->job;
	struct span after = command_position(&page->position), position;
	const struct search_ask ask = { .record = record, .text = json_string(job->args, "text"),
		.projects = projects_of(job) };
	struct search *search = search_new(txn, job->arena, &ask);
	struct arena_mark mark;
	struct json_object *doc;
	enum search_step step;

	if (search == NULL)
		return false;
	if (after.n > 0 && !search_after(search, after))
		return txn_fail(txn, FAULT_USAGE, "\"after\" belongs to another question");
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn)) {
		step = search_step(txn, search, &doc);
		position = search_position(search);
		if (!command_page_take(page, step != SEARCH_END, &position))
			break;
		if (step == SEARCH_HIT && command_may_read(txn, job, kind, doc))
			put_record(txn, page, record, doc);
		arena_rewind(txn_arena(txn), mark);
	}
	return search_is_partial(search);
}

/* ---- listeners and macros */

struct words {
	struct span words[16];
	size_t n;
};

static void
read_words(struct job *job, struct words *words)
{
	struct span rest = text_fold(job->arena, json_string(job->args, "text"));

	words->n = 0;
	while (words->n < sizeof words->words / sizeof words->words[0] &&
	    text_word(&rest, &words->words[words->n]))
		words->n++;
}

/* Each word begins one of these texts. */
static bool
says(struct arena *arena, const struct words *words, struct json_object *doc)
{
	static const char *const members[] = { "key", "project", "name" };
	unsigned found = 0;

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		struct span rest = text_fold(arena, json_string(doc, members[i])), word;

		while (text_word(&rest, &word))
			for (size_t k = 0; k < words->n; k++)
				if (word.n >= words->words[k].n &&
				    memcmp(word.p, words->words[k].p, words->words[k].n) == 0)
					found |= 1u << k;
	}
	return words->n > 0 && found == (1u << words->n) - 1;
}

static void
search_rules(struct txn *txn, struct command_page *page, const struct kind *kind)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct words words;
	struct json_object *doc;
	struct span position;

	read_words(page->job, &words);
	while (txn_breathe(txn)) {
		doc = kind_walk(txn, kind, command_position(&page->position), &position);
		if (!command_page_take(page, doc != NULL, &position))
			break;
		if (command_may_read(txn, page->job, kind, doc) && says(txn_arena(txn), &words, doc))
			put_hit(page, kind->name, &(struct hit){
			    .name = kind_name(txn_arena(txn), kind, doc),
			    .title = json_string(doc, "name"), .project = json_string(doc, "project"),
			    .state = json_flag(doc, "enabled", true) ? SPAN("on") : SPAN("off") });
		arena_rewind(txn_arena(txn), mark);
	}
}

/* ---- deliveries */

static bool
put_delivery(struct txn *txn, struct command_page *page, struct id id)
{
	struct json_object *entry = journal_load_brief(txn, id);
	struct span listener = json_string(entry, "listener");

	if (entry == NULL || !command_may_read_of(page->job, listener))
		return false;
	put_hit(page, "delivery", &(struct hit){ .name = json_string(entry, "id"),
	    .title = listener, .state = json_string(entry, "outcome"),
	    .at = json_string(entry, "at") });
	return true;
}

/* Whose sender has called it so: each listener has its own such ids. */
static void
find_senders(struct txn *txn, struct command_page *page, struct span text)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct json_object *listener;
	struct command_position after = { .n = 0 };
	struct journal_mark found;
	struct span at;

	for (int i = 0; i < LISTENERS_MAX && txn_breathe(txn); i++) {
		listener = doc_next(txn, "listener", command_position(&after), &at);
		if (listener == NULL)
			break;
		command_position_set(&after, at);
		if (journal_mark_find(txn, doc_full_name(txn_arena(txn), listener), MARK_ID, text,
		        page->job->now, &found))
			put_delivery(txn, page, found.delivery);
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
search_deliveries(struct txn *txn, struct command_page *page)
{
	struct span text = text_strip(json_string(page->job->args, "text")), key;
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct id_beginning beginning;
	struct id id;

	if (page->position.n == 0)
		find_senders(txn, page, text);
	if (!command_id_begins(text, &beginning))
		return;
	while (txn_breathe(txn)) {
		struct span from = command_position(&page->position);
		struct walk *walk = walk_open(txn, TABLE_DELIVERY, SPAN(""), from.n > 0 ? from
		    : id_span(&beginning.from), false);
		bool found = walk_next(walk, &key, NULL);

		if (found && from.n > 0 && span_eq(key, from))
			found = walk_next(walk, &key, NULL);
		found = found && key.n == sizeof id.b;
		if (found)
			memcpy(id.b, key.p, sizeof id.b);
		walk_close(&walk);
		key = id_span(&id);
		if (!command_page_take(page, found && command_id_fits(&beginning, &id), &key))
			break;
		put_delivery(txn, page, id);
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
search(struct txn *txn, struct job *job)
{
	struct command_page page;
	const struct kind *kind;
	enum record record;
	struct span name, text;
	bool partial = false;

	if (!command_text(job, "kind", &name) || !command_text(job, "text", &text) ||
	    (kind = command_kind(job, name)) == NULL || !command_page_read(job, &page))
		return;
	if (page.look == 0)
		page.look = LOOK_USUAL;
	if (kind == &kind_delivery)
		search_deliveries(txn, &page);
	else if (strcmp(kind->name, "listener") == 0 || strcmp(kind->name, "macro") == 0)
		search_rules(txn, &page, kind);
	else if (record_by_name(span_of(kind->name), &record) && record != RECORD_PROJECT)
		partial = search_records(txn, &page, kind, record);
	else
		error_set(&job->error, FAULT_USAGE, "\"kind\" must be user, feedback, listener, macro "
		    "or delivery");
	tell_partial(txn, job, partial);
}

const struct command command_search = {
	.name = "search", .words = "find by a name, an address or an id",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_SUMMED,
	.mode = STORE_READ, .body = search,
};
