/* SPDX-License-Identifier: ISC */
/*
 * suggest {"listener", "limit"?, "delivery"?: of that one alone}: what the kept bodies of a
 * listener hold, a line
 * {"parameter", "type", "seen", "of", "example", "use"?} for each value that
 * stands in them, and {"document": …} lines that apply takes: the listener with
 * what it would need, and the group of one of type data. The summary {"leftOut": N,
 * "unweighed": N} says how many seldom ones are not among them, and by how many fields of
 * records no target was looked for.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "community/group.h"
#include "base/pointer.h"
#include "http/body.h"
#include "http/sender.h"
#include "listen/journal.h"
#include "listen/match.h"

#include <stdlib.h>
#include <string.h>

#define BODIES_USUAL 100
#define PARAMETERS_TOLD 300  /* the most frequent */
#define PARAMETERS_MAX 4096  /* collected */
#define PLACES (2 * PARAMETERS_MAX)
#define SMALL_DIGITS 6       /* so few of them are a count as often as an id */
#define MATCHES_MAX 64       /* ways to find a target */
#define EXAMPLE_MAX 60

/* A value by its place. */
struct parameter {
	struct span name;
	int64_t seen;
	int64_t types[4];            /* by enum group_type */
	int64_t unix_times;          /* among the integers: those that could be one */
	bool of_several;             /* in an item of a list that had more */
	bool left_out;               /* others are more frequent */
	int64_t length;              /* of all texts */
	int64_t *hits;               /* records found by it, by each match */
	int64_t *authors;            /* likewise users, for comments */
	struct span example;
	const char *use;
};

/* "email", "fields.jira" …, the best first. */
struct matches {
	enum record record;
	bool authors;                /* users who may be authors */
	struct span project;         /* of the listener */
	struct span by[MATCHES_MAX];
	size_t count;
	size_t beyond;               /* that have no place */
};

struct suggest {
	struct job *job;
	struct journal_query query;
	int64_t limit, bodies;
	struct json_object *listener;
	struct matches matches;      /* of the target */
	struct matches authors;      /* of authors, where comments are made */
	bool mistyped;               /* JSON came under another name */
	bool zoned;                  /* times without a zone can be read */
	struct parameter *parameters;
	size_t count;
	size_t places[PLACES];       /* by the hash of the name: index + 1, 0 free */
	int64_t left_out;            /* parameters that are not told */
	bool beyond;                 /* nor are some that were not even collected */
};

static void
add_match(struct arena *arena, struct matches *matches, struct span match)
{
	for (size_t i = 0; i < matches->count; i++)
		if (span_eq(matches->by[i], match))
			return;
	if (matches->count < MATCHES_MAX)
		matches->by[matches->count++] = arena_copy(arena, match);
	else
		matches->beyond++;
}

/* Fields of records are known from their index; the last place is for the id. */
static void
add_fields(struct txn *txn, struct arena *arena, struct matches *matches)
{
	struct span path = SPAN("fields");

	while (record_path_next(txn, matches->record, path, &path) && span_starts(path, "fields."))
		if (matches->count < MATCHES_MAX - 1)
			add_match(arena, matches, path);
		else
			matches->beyond++;
}

/* By what a record may be found. An id comes last: small numbers are found everywhere. */
static void
add_matches(struct txn *txn, struct arena *arena, struct matches *matches)
{
	if (matches->record == RECORD_USER) {
		add_match(arena, matches, SPAN("email"));
		add_match(arena, matches, SPAN("username"));
	}
	add_fields(txn, arena, matches);
	add_match(arena, matches, SPAN("id"));
}

static void
start(struct txn *txn, struct suggest *suggest)
{
	struct span name = suggest->query.listener, project, key;
	const struct sender *sender;
	struct error error = { 0 };
	struct json_object *doc;

	doc_name_split(name, &project, &key);
	doc = doc_load(txn, "listener", project, key);
	if (doc == NULL || !record_by_name(json_string(doc, "automation"), &suggest->matches.record)) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no listener \"%.*s\"",
		    (int)(name.n > 128 ? 128 : name.n), name.p);
		return;
	}
	suggest->listener = json_copy(suggest->job->arena, doc);
	suggest->matches.project = json_string(suggest->listener, "project");
	suggest->zoned = json_has(doc, "zone") || (json_get(doc, "sender") != NULL &&
	    (sender = sender_compile(txn_arena(txn), json_get(doc, "sender"), &error)) != NULL &&
	    sender_zone(sender) != NULL);
	json_del(suggest->listener, "sealed");
	add_matches(txn, suggest->job->arena, &suggest->matches);
	if (!span_is(json_string(doc, "type"), "comment"))
		return;
	suggest->authors.record = RECORD_USER;
	suggest->authors.authors = true;
	suggest->authors.project = suggest->matches.project;
	add_matches(txn, suggest->job->arena, &suggest->authors);
	suggest->authors.count--; /* not by the id of ours, which no sender knows */
}

static size_t
hash_of(struct span name)
{
	size_t hash = 0;

	for (size_t i = 0; i < name.n; i++)
		hash = hash * 31 + (unsigned char)name.p[i];
	return hash;
}

static struct parameter *
parameter(struct suggest *suggest, struct span name)
{
	size_t place = hash_of(name) % PLACES;

	for (; suggest->places[place] != 0; place = (place + 1) % PLACES) {
		struct parameter *known = &suggest->parameters[suggest->places[place] - 1];

		if (span_eq(known->name, name))
			return known;
	}
	if (suggest->count == PARAMETERS_MAX) {
		suggest->beyond = true;
		return NULL;
	}
	suggest->parameters[suggest->count] = (struct parameter){
		.name = arena_copy(suggest->job->arena, name),
		.hits = arena_alloc(suggest->job->arena,
		    (suggest->matches.count + 1) * sizeof(int64_t)),
		.authors = arena_alloc(suggest->job->arena,
		    (suggest->authors.count + 1) * sizeof(int64_t)) };
	suggest->places[place] = ++suggest->count;
	return &suggest->parameters[suggest->count - 1];
}

/* Between 2001 and 2096, in seconds or milliseconds: a count seldom is. */
static bool
is_unix_time(int64_t number)
{
	return (number >= 1000000000 && number < 4000000000) ||
	    (number >= 1000000000000 && number < 4000000000000);
}

/* Digits with a sign or zeros before them are numbers of telephones and the like. */
static enum group_type
type_of_text(const struct suggest *suggest, struct span text, bool *unix_r)
{
	int64_t number;
	bool flag;

	if (text_boolean(text, &flag))
		return GROUP_BOOLEAN;
	if (text_integer(text, &number)) {
		*unix_r = is_unix_time(number);
		return text.n < 16 && text.p[0] != '+' && (text.p[0] != '0' || text.n == 1)
		    ? GROUP_INTEGER : GROUP_STRING;
	}
	switch (text_time_sent(text, &number)) {
	case TEXT_SENT_TIME:
		return GROUP_DATETIME;
	case TEXT_SENT_LOCAL:
		return suggest->zoned ? GROUP_DATETIME : GROUP_STRING;
	default:
		return GROUP_STRING;
	}
}

static enum group_type
type_of(const struct suggest *suggest, struct json_object *value, bool *unix_r)
{
	int64_t time;

	*unix_r = false;
	switch (doc_type(value)) {
	case DOC_BOOLEAN:
		return GROUP_BOOLEAN;
	case DOC_INTEGER:
		*unix_r = is_unix_time(doc_number(value));
		return GROUP_INTEGER;
	case DOC_FRACTION:
		return text_unix_number(json_number_text(value), &time) &&
		    is_unix_time(time / 1000000) ? GROUP_DATETIME : GROUP_STRING;
	case DOC_STRING:
		return type_of_text(suggest, json_span(value), unix_r);
	default:
		return GROUP_STRING;
	}
}

/* Its last part is id, or ends so: user_id, issueKey, iid. */
static bool
speaks_of_id(struct span name)
{
	static const char *const ends[] = { "id", "key", "uuid", "number", "no", "ref", "ticket",
		"issue", "bug", "username", "login", "user" };
	const char *slash = name.n > 0 ? memrchr(name.p, '/', name.n) : NULL;
	struct span last = slash == NULL ? name
	    : (struct span){ slash + 1, name.n - (size_t)(slash + 1 - name.p) };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		size_t n = strlen(ends[i]);
		struct span end = { last.p + last.n - n, n };

		if (last.n < n || !span_is_nocase(end, ends[i]))
			continue;
		/* A word of its own: paid is no id. */
		if (last.n == n || n > 3 || strchr("_-.", last.p[last.n - n - 1]) != NULL ||
		    (end.p[0] >= 'A' && end.p[0] <= 'Z') || span_is_nocase(last, "iid") ||
		    span_is_nocase(last, "uid"))
			return true;
	}
	return false;
}

/* Small numbers are ids of somebody, whatever they count. */
static bool
may_name(struct span match, struct span name, struct span text)
{
	size_t digits = 0;

	if (span_is(match, "email") || span_is(match, "username"))
		return true;
	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	return speaks_of_id(name) || (!span_is(match, "id") &&
	    !(digits == text.n && digits <= SMALL_DIGITS));
}

static void
count_hits(struct txn *txn, const struct matches *matches, struct span name, struct span text,
    int64_t *hits)
{
	struct span id;

	for (size_t i = 0; i < matches->count; i++) {
		const struct match match = { matches->record, matches->project, matches->by[i] };

		hits[i] += may_name(matches->by[i], name, text) && (matches->authors
		    ? match_find_people(txn, &match, text, &id, 1)
		    : match_find(txn, &match, text, &id, 1)) == 1;
	}
}

static void
look_up(struct txn *txn, struct suggest *suggest, struct parameter *parameter,
    struct span text)
{
	if (text.n == 0 || text.n > 200)
		return;
	count_hits(txn, &suggest->matches, parameter->name, text, parameter->hits);
	count_hits(txn, &suggest->authors, parameter->name, text, parameter->authors);
}

static void
take_value(struct txn *txn, struct suggest *suggest, struct span name,
    struct json_object *value, bool of_several)
{
	bool unix_time;
	struct parameter *parameter_of = parameter(suggest, name);
	struct span text = json_span(value).p != NULL ? json_span(value)
	                                              : json_number_text(value);

	if (parameter_of == NULL)
		return;
	parameter_of->seen++;
	parameter_of->of_several |= of_several;
	if (value == NULL)
		return;
	parameter_of->types[type_of(suggest, value, &unix_time)]++;
	parameter_of->unix_times += unix_time;
	parameter_of->length += (int64_t)text.n;
	if (parameter_of->example.n == 0) {
		struct span example = text;

		if (example.n > EXAMPLE_MAX)
			example.n = EXAMPLE_MAX;
		while (example.n > 0 && !text_utf8(example))
			example.n--;
		parameter_of->example = arena_copy(suggest->job->arena, example);
	}
	look_up(txn, suggest, parameter_of, text);
}

/* A plain name at the top, a JSON Pointer below. */
static struct span
name_below(struct arena *arena, struct span above, const char *name, bool top)
{
	struct buf out = { 0 };

	if (top && name[0] != '/' && name[0] != '\0')
		return arena_copy(arena, span_of(name));
	buf_span(&out, above);
	buf_putc(&out, '/');
	for (; *name != '\0'; name++) {
		if (*name == '~' || *name == '/')
			buf_puts(&out, *name == '~' ? "~0" : "~1");
		else
			buf_putc(&out, *name);
	}
	return buf_keep(&out, arena);
}

/* Of a list, the first item stands for all. */
static void
walk(struct txn *txn, struct suggest *suggest, struct json_object *value, struct span name,
    struct span pointer, bool of_several)
{
	struct arena *arena = txn_arena(txn);

	if (json_is_array(value)) {
		struct span below = name_below(arena, pointer, "0", false);

		if (json_count(value) > 0)
			walk(txn, suggest, json_at(value, 0), below, below,
			    of_several || pointer.n == 0 || json_count(value) > 1);
	} else if (json_is_object(value)) {
		struct doc_member *members;
		size_t n = doc_members(arena, value, &members);

		for (size_t i = 0; i < n; i++)
			walk(txn, suggest, members[i].value,
			    name_below(arena, pointer, members[i].name, pointer.n == 0),
			    name_below(arena, pointer, members[i].name, false), of_several);
	} else {
		take_value(txn, suggest, name, value, of_several);
	}
}

static void
take_body(struct txn *txn, struct suggest *suggest, struct json_object *entry)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *payload, *items = NULL;
	struct error error = { 0 };
	struct span type = json_string(entry, "contentType");
	struct span body, each = json_string(suggest->listener, "each");
	struct id id;
	bool mistyped;

	if (json_flag(entry, "cut", false) || !id_read(json_string(entry, "id"), &id) ||
	    !journal_body(txn, id, &body))
		return;
	mistyped = body_mistyped(arena, type, body);
	payload = body_read(arena, mistyped ? SPAN("application/json") : type, body,
	    &json_limits_kept, NULL, &error);
	if (payload == NULL)
		return;
	suggest->mistyped |= mistyped;
	/* The parameters of a batch are those of its items. */
	if (each.n > 0 && json_is_array(payload))
		payload = json_at(payload, 0);
	else if (each.n > 0 && pointer_get(payload, each, &items) && json_is_array(items))
		payload = json_at(items, 0);
	walk(txn, suggest, payload, SPAN(""), SPAN(""), false);
	suggest->bodies++;
}

static void
gather_one(struct txn *txn, struct suggest *suggest)
{
	struct json_object *entry;
	struct id id;

	entry = id_read(json_string(suggest->job->args, "delivery"), &id) ? journal_load(txn, id)
	                                                                  : NULL;
	if (!span_eq(json_string(entry, "listener"), suggest->query.listener))
		txn_fail(txn, FAULT_NOT_FOUND, "the log has no such delivery of listener %.*s",
		    (int)suggest->query.listener.n, suggest->query.listener.p);
	else
		take_body(txn, suggest, entry);
}

static void
gather(struct txn *txn, struct suggest *suggest)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct command_position after = { .n = 0 };
	struct json_object *entry;
	struct span position;

	if (json_has(suggest->job->args, "delivery")) {
		gather_one(txn, suggest);
		return;
	}
	while (suggest->bodies < suggest->limit && txn_breathe(txn) &&
	    (entry = journal_next(txn, &suggest->query, command_position(&after),
	        &position)) != NULL) {
		command_position_set(&after, position);
		take_body(txn, suggest, entry);
		arena_rewind(txn_arena(txn), mark);
	}
}

/* What most of its values are; text, as soon as one is nothing else. Times are written in
 * several ways. */
static enum group_type
settled_type(const struct parameter *parameter)
{
	const int64_t *types = parameter->types;

	if (types[GROUP_STRING] > 0)
		return GROUP_STRING;
	if (types[GROUP_DATETIME] > 0 && types[GROUP_BOOLEAN] == 0 &&
	    types[GROUP_INTEGER] == parameter->unix_times)
		return GROUP_DATETIME;
	for (enum group_type type = GROUP_BOOLEAN; type < GROUP_STRING; type++)
		if (types[type] > 0)
			return types[GROUP_BOOLEAN] + types[GROUP_DATETIME] +
			    types[GROUP_INTEGER] == types[type] ? type : GROUP_STRING;
	return GROUP_STRING;
}

static bool
name_has(const struct parameter *parameter, const char *const words[])
{
	for (; *words != NULL; words++)
		if (memmem(parameter->name.p, parameter->name.n, *words, strlen(*words)) != NULL)
			return true;
	return false;
}

/* The parameter by which most records were found, in the best way in which any were; NULL
 * when there is none. */
static struct parameter *
best_target(struct suggest *suggest, size_t *match_r)
{
	struct parameter *best = NULL;
	int64_t most = 0;

	for (size_t m = 0; m < suggest->matches.count && best == NULL; m++)
		for (size_t i = 0; i < suggest->count; i++)
			if (suggest->parameters[i].hits[m] > most) {
				best = &suggest->parameters[i];
				most = best->hits[m];
				*match_r = m;
			}
	return best;
}

static struct parameter *
best_author(struct suggest *suggest)
{
	static const char *const words[] = { "author", "user", "sender", "actor", "by",
		"comment", NULL };
	struct parameter *best = NULL;

	for (size_t i = 0; i < suggest->count; i++) {
		struct parameter *one = &suggest->parameters[i];

		if (one->use == NULL && text_email(one->example) &&
		    (best == NULL || (name_has(one, words) && !name_has(best, words))))
			best = one;
	}
	return best;
}

static struct parameter *
best_comment(struct suggest *suggest)
{
	static const char *const words[] = { "comment", "text", "body", "message", "note",
		"description", NULL };
	struct parameter *best = NULL;

	for (size_t i = 0; i < suggest->count; i++) {
		struct parameter *one = &suggest->parameters[i];
		bool named = name_has(one, words), was = best != NULL && name_has(best, words);

		if (one->use != NULL || settled_type(one) != GROUP_STRING || one->seen == 0)
			continue;
		if (best == NULL || (named && !was) || (named == was &&
		        one->length / one->seen > best->length / best->seen))
			best = one;
	}
	return best;
}

static void
use(struct suggest *suggest, struct parameter *parameter, const char *member)
{
	if (parameter == NULL)
		return;
	parameter->use = member;
	if (!json_has(suggest->listener, member))
		json_set_text(suggest->listener, member, parameter->name);
}

/* Behind the first "/0" that is an item: "/events/0/email" to "email", below an object
 * "/contact/email". */
static bool
of_item(struct arena *arena, struct span name, struct span *list_r, struct span *name_r)
{
	const char *item = memmem(name.p, name.n, "/0/", 3);
	struct span rest;

	if (item == NULL || name.p[0] != '/')
		return false;
	*list_r = (struct span){ name.p, (size_t)(item - name.p) };
	rest = (struct span){ item + 2, name.n - list_r->n - 2 };
	if (memchr(rest.p + 1, '/', rest.n - 1) == NULL && rest.n > 1 &&
	    memchr(rest.p, '~', rest.n) == NULL)
		rest = (struct span){ rest.p + 1, rest.n - 1 };
	*name_r = arena_copy(arena, rest);
	return true;
}

/* What is about many at once is a batch: parameters are those of an item then, and what
 * stands around them is out of reach. */
static void
choose_each(struct suggest *suggest)
{
	struct arena *arena = suggest->job->arena;
	size_t match, kept = 0;
	struct parameter *target = best_target(suggest, &match);
	struct span list, own, name, each;

	if (json_has(suggest->listener, "each") || suggest->count == 0)
		return;
	if (target == NULL && span_starts(suggest->parameters[0].name, "/0/"))
		target = &suggest->parameters[0]; /* the body itself is a list */
	if (target == NULL || !target->of_several || !of_item(arena, target->name, &list, &name))
		return;
	for (size_t i = 0; i < suggest->count; i++) {
		struct parameter *one = &suggest->parameters[i];

		if (!of_item(arena, one->name, &own, &name) || !span_eq(own, list))
			continue;
		suggest->parameters[kept] = *one;
		suggest->parameters[kept++].name = name;
	}
	suggest->count = kept;
	/* Of a body that is a list the name does not matter. */
	each = list.n == 0 ? SPAN("items") : memchr(list.p + 1, '/', list.n - 1) == NULL &&
	    memchr(list.p, '~', list.n) == NULL ? (struct span){ list.p + 1, list.n - 1 } : list;
	json_set_text(suggest->listener, "each", each);
}

/* What has a use first, then the most frequent, then as they came. */
static int
by_weight(const void *a, const void *b)
{
	const struct parameter *x = *(struct parameter *const *)a;
	const struct parameter *y = *(struct parameter *const *)b;

	if ((x->use != NULL) != (y->use != NULL))
		return x->use != NULL ? -1 : 1;
	if (x->seen != y->seen)
		return x->seen > y->seen ? -1 : 1;
	return x < y ? -1 : 1;
}

static void
keep_most_frequent(struct suggest *suggest)
{
	struct parameter **order = arena_alloc(suggest->job->arena,
	    (suggest->count + 1) * sizeof *order);
	size_t kept = 0;

	for (size_t i = 0; i < suggest->count; i++)
		order[i] = &suggest->parameters[i];
	if (suggest->count > 0)
		qsort(order, suggest->count, sizeof *order, by_weight);
	for (size_t i = PARAMETERS_TOLD; i < suggest->count; i++) {
		order[i]->left_out = true;
		suggest->left_out++;
	}
	for (size_t i = 0; i < suggest->count; i++)
		if (!suggest->parameters[i].left_out)
			suggest->parameters[kept++] = suggest->parameters[i];
	suggest->count = kept;
}

/* No address of anybody: perhaps a name or a field by which a user is known. */
static void
use_named_author(struct suggest *suggest)
{
	struct json_object *author = json_new_object(suggest->job->arena);
	struct parameter *best = NULL;
	size_t by = 0;
	int64_t most = 0;

	for (size_t m = 0; m < suggest->authors.count && best == NULL; m++)
		for (size_t i = 0; i < suggest->count; i++) {
			struct parameter *one = &suggest->parameters[i];

			if (one->use == NULL && one->authors[m] > most) {
				best = one;
				most = one->authors[m];
				by = m;
			}
		}
	if (best == NULL)
		return;
	best->use = "author";
	json_set_text(author, "match", suggest->authors.by[by]);
	json_set_text(author, "parameter", best->name);
	if (!json_has(suggest->listener, "author"))
		json_set(suggest->listener, "author", json_share(author));
}

static void
choose(struct suggest *suggest)
{
	struct span type = json_string(suggest->listener, "type");
	struct json_object *target;
	size_t match = 0;
	struct parameter *best = best_target(suggest, &match);

	if (best != NULL) {
		best->use = "target";
		if (!json_has(suggest->listener, "target")) {
			target = json_new_object(suggest->job->arena);
			json_set_text(target, "match", suggest->matches.by[match]);
			json_set_text(target, "parameter", best->name);
			json_set(suggest->listener, "target", json_share(target));
		}
	}
	if (span_is(type, "comment")) {
		best = best_author(suggest);
		use(suggest, best, "author");
		if (best == NULL)
			use_named_author(suggest);
		use(suggest, best_comment(suggest), "comment");
	}
	json_del(suggest->listener, "capture");
	if (suggest->mistyped)
		json_set_text(suggest->listener, "body", SPAN("json"));
}

/* Where its last part begins; the number of an item belongs to the name of its list. */
static size_t
last_part(struct span name)
{
	bool number = name.n > 0;
	size_t begin = name.n;

	while (begin > 0 && name.p[begin - 1] != '/') {
		begin--;
		number &= name.p[begin] >= '0' && name.p[begin] <= '9';
	}
	return number && begin > 1 ? last_part((struct span){ name.p, begin - 1 }) : begin;
}

/* "Last seen" of "/user/last_seen", "Tags 0" of "/tags/0". */
static struct span
label_of(struct arena *arena, struct span name)
{
	size_t begin = last_part(name);
	char *label;

	label = arena_string(arena, (struct span){ name.p + begin, name.n - begin });
	for (char *p = label; *p != '\0'; p++)
		if (*p == '_' || *p == '-' || *p == '/')
			*p = ' ';
	if (label[0] >= 'a' && label[0] <= 'z')
		label[0] = (char)(label[0] - 'a' + 'A');
	return span_of(label);
}

/* Two fields of one label: the later is told by its whole parameter. */
static bool
label_taken(struct json_object *fields, struct span label)
{
	for (size_t i = 0; i < json_count(fields); i++)
		if (span_eq(json_string(json_at(fields, i), "label"), label))
			return true;
	return false;
}

static struct json_object *
group_document(struct suggest *suggest)
{
	struct arena *arena = suggest->job->arena;
	struct json_object *group = json_new_object(arena), *fields = json_new_array(arena);
	struct json_object *listener = suggest->listener;

	json_set_text(group, "kind", SPAN("group"));
	json_set_text(group, "key", json_string(listener, "group"));
	if (json_has(listener, "project"))
		json_set_text(group, "project", json_string(listener, "project"));
	json_set_text(group, "name", json_string(listener, json_has(listener, "name") ? "name"
	                                                                               : "key"));
	json_set_text(group, "automation", json_string(listener, "automation"));
	for (size_t i = 0; i < suggest->count; i++) {
		struct parameter *one = &suggest->parameters[i];
		struct json_object *field = json_new_object(arena);
		struct span label = label_of(arena, one->name);

		if (one->use != NULL)
			continue;
		one->use = "field";
		if (label.n == 0 || label_taken(fields, label))
			label = one->name;
		json_set_text(field, "label", label);
		json_set_text(field, "parameter", one->name);
		json_set_text(field, "type", span_of(group_type_name(settled_type(one))));
		json_append(fields, json_share(field));
	}
	json_set(group, "fields", json_share(fields));
	return group;
}

static void
put_document(struct suggest *suggest, struct json_object *document)
{
	struct json_object *line = json_new_object(suggest->job->arena);

	json_set(line, "document", json_share(document));
	command_put(suggest->job, line);
}

static void
tell(struct suggest *suggest)
{
	struct job *job = suggest->job;
	struct jsonout out;
	struct json_object *group = NULL;
	size_t at;

	choose_each(suggest);
	choose(suggest);
	keep_most_frequent(suggest);
	if (span_is(json_string(suggest->listener, "type"), "data") &&
	    !json_has(suggest->listener, "group")) {
		json_set_text(suggest->listener, "group", json_string(suggest->listener, "key"));
		group = group_document(suggest);
	}
	for (size_t i = 0; i < suggest->count; i++) {
		const struct parameter *one = &suggest->parameters[i];

		out = json_to(job->out);
		json_open(&out, '{');
		json_member(&out, "parameter", one->name);
		json_member(&out, "type", span_of(group_type_name(settled_type(one))));
		json_member_int(&out, "seen", one->seen);
		json_member_int(&out, "of", suggest->bodies);
		json_member(&out, "example", one->example);
		if (one->use != NULL)
			json_member(&out, "use", span_of(one->use));
		json_close(&out, '}');
		buf_putc(job->out, '\n');
	}
	if (group != NULL)
		put_document(suggest, group);
	put_document(suggest, suggest->listener);
	if (suggest->left_out == 0 && !suggest->beyond && suggest->matches.beyond == 0)
		return;
	at = job->out->n;
	out = json_to(job->out);
	json_open(&out, '{');
	json_member_int(&out, "leftOut", suggest->left_out);
	json_member_bool(&out, "more", suggest->beyond);
	json_member_int(&out, "unweighed", (int64_t)suggest->matches.beyond);
	json_close(&out, '}');
	command_summary(job, at);
}

static void
run(struct txn *txn, struct job *job)
{
	struct suggest *suggest = arena_alloc(job->arena, sizeof *suggest);

	suggest->job = job;
	suggest->parameters = arena_alloc(job->arena,
	    PARAMETERS_MAX * sizeof *suggest->parameters);
	if (!command_text(job, "listener", &suggest->query.listener) ||
	    !command_limit(job, &suggest->limit))
		return;
	if (suggest->limit == 0)
		suggest->limit = BODIES_USUAL;
	start(txn, suggest);
	if (txn_ok(txn))
		gather(txn, suggest);
	if (!txn_ok(txn))
		return;
	if (suggest->bodies == 0)
		txn_fail(txn, FAULT_NOT_FOUND, "the log has no body of this listener; "
		    "let its sender send something, with \"capture\":true if need be");
	else
		tell(suggest);
}

const struct command command_suggest = {
	.name = "suggest", .words = "propose parameters and types from the bodies that have come",
	.right = RIGHT_READ, .scope = SCOPE_DOCUMENT, .kind = "listener", .named = "listener",
	.answer = ANSWER_SUMMED,
	.mode = STORE_READ, .body = run,
};
