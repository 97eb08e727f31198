/* SPDX-License-Identifier: ISC */
/*
 * suggest {"listener", "limit"?}: what the kept bodies of a listener hold, a line
 * {"parameter", "type", "seen", "of", "example", "use"?} for each value that
 * stands in them, and {"document": …} lines that apply takes: the listener with
 * what it would need, and the group of one of type data.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/json_document.h"
#include "base/text.h"
#include "community/group.h"
#include "http/body.h"
#include "listen/journal.h"
#include "record/record.h"

#include <string.h>

#define BODIES_USUAL 100
#define BODIES_LOOKED_UP 20  /* whose values are looked for among the records */
#define PARAMETERS_MAX 300
#define MATCHES_MAX 20       /* ways to find a target */
#define TICKETS_SAMPLED 100
#define EXAMPLE_MAX 60

/* A value by its place. */
struct parameter {
	struct span name;
	int64_t seen;
	int64_t types[4];            /* by enum group_type */
	int64_t length;              /* of all texts */
	int64_t hits[MATCHES_MAX];   /* records found by it */
	struct span example;
	const char *use;
};

struct suggest {
	struct job *job;
	struct journal_query query;
	int64_t limit, bodies;
	struct json_object *listener;
	enum record record;
	struct span matches[MATCHES_MAX]; /* "email", "fields.jira" …, the best first */
	size_t match_count;
	struct parameter parameters[PARAMETERS_MAX];
	size_t count;
};

static void
add_match(struct suggest *suggest, struct span match)
{
	for (size_t i = 0; i < suggest->match_count; i++)
		if (span_eq(suggest->matches[i], match))
			return;
	if (suggest->match_count < MATCHES_MAX)
		suggest->matches[suggest->match_count++] = arena_copy(suggest->job->arena, match);
}

/* Fields of tickets are known from the tickets. */
static void
add_fields(struct txn *txn, struct suggest *suggest)
{
	struct span position = SPAN("");
	struct json_object *ticket;

	for (int i = 0; i < TICKETS_SAMPLED && (ticket = record_next(txn, RECORD_FEEDBACK,
	         position, &position)) != NULL; i++) {
		struct doc_member *members;
		size_t n = doc_members(txn_arena(txn), json_get(ticket, "fields"), &members);

		for (size_t k = 0; k < n; k++)
			add_match(suggest, span_of(arena_printf(txn_arena(txn), "fields.%s",
			    members[k].name)));
	}
}

static void
start(struct txn *txn, struct suggest *suggest)
{
	struct span name = suggest->query.listener, project, key;
	struct json_object *doc;

	doc_name_split(name, &project, &key);
	doc = doc_load(txn, "listener", project, key);
	if (doc == NULL || !record_by_name(json_string(doc, "automation"), &suggest->record)) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no listener \"%.*s\"",
		    (int)(name.n > 128 ? 128 : name.n), name.p);
		return;
	}
	suggest->listener = json_copy(suggest->job->arena, doc);
	json_del(suggest->listener, "sealed");
	if (suggest->record == RECORD_FEEDBACK) {
		add_fields(txn, suggest);
	} else {
		add_match(suggest, SPAN("email"));
		add_match(suggest, SPAN("username"));
	}
	add_match(suggest, SPAN("id"));
}

static struct parameter *
parameter(struct suggest *suggest, struct span name)
{
	for (size_t i = 0; i < suggest->count; i++)
		if (span_eq(suggest->parameters[i].name, name))
			return &suggest->parameters[i];
	if (suggest->count == PARAMETERS_MAX)
		return NULL;
	suggest->parameters[suggest->count].name = arena_copy(suggest->job->arena, name);
	return &suggest->parameters[suggest->count++];
}

/* Digits with a sign or zeros before them are numbers of telephones and the like. */
static enum group_type
type_of(struct json_object *value)
{
	struct span text = json_span(value);
	int64_t number;
	bool flag;

	switch (doc_type(value)) {
	case DOC_BOOLEAN:
		return GROUP_BOOLEAN;
	case DOC_INTEGER:
		return GROUP_INTEGER;
	case DOC_STRING:
		if (text_time(text, &number))
			return GROUP_DATETIME;
		if (text_boolean(text, &flag))
			return GROUP_BOOLEAN;
		return text_integer(text, &number) && text.n < 16 && text.p[0] != '+' &&
		    (text.p[0] != '0' || text.n == 1) ? GROUP_INTEGER : GROUP_STRING;
	default:
		return GROUP_STRING;
	}
}

static void
look_up(struct txn *txn, struct suggest *suggest, struct parameter *parameter,
    struct span text)
{
	struct span id;

	if (suggest->bodies >= BODIES_LOOKED_UP || text.n == 0 || text.n > 200)
		return;
	for (size_t i = 0; i < suggest->match_count; i++)
		parameter->hits[i] += record_find(txn, suggest->record, suggest->matches[i], text,
		    &id, 1) == 1;
}

static void
take_value(struct txn *txn, struct suggest *suggest, struct span name,
    struct json_object *value)
{
	struct parameter *parameter_of = parameter(suggest, name);
	struct span text = json_span(value).p != NULL ? json_span(value)
	                                              : json_number_text(value);

	if (parameter_of == NULL)
		return;
	parameter_of->seen++;
	if (value == NULL)
		return;
	parameter_of->types[type_of(value)]++;
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
    struct span pointer)
{
	struct arena *arena = txn_arena(txn);

	if (json_is_array(value)) {
		struct span below = name_below(arena, pointer, "0", false);

		if (json_count(value) > 0)
			walk(txn, suggest, json_at(value, 0), below, below);
	} else if (json_is_object(value)) {
		struct doc_member *members;
		size_t n = doc_members(arena, value, &members);

		for (size_t i = 0; i < n; i++)
			walk(txn, suggest, members[i].value,
			    name_below(arena, pointer, members[i].name, pointer.n == 0),
			    name_below(arena, pointer, members[i].name, false));
	} else {
		take_value(txn, suggest, name, value);
	}
}

static void
take_body(struct txn *txn, struct suggest *suggest, struct json_object *entry)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *payload;
	struct error error = { 0 };
	struct span body, each = json_string(suggest->listener, "each");
	struct id id;

	if (json_flag(entry, "cut", false) || !id_read(json_string(entry, "id"), &id) ||
	    !journal_body(txn, id, &body))
		return;
	payload = body_read(arena, json_string(entry, "contentType"), body,
	    &json_limits_document, &error);
	if (payload == NULL)
		return;
	/* The parameters of a batch are those of its items. */
	if (each.n > 0 && json_is_array(payload))
		payload = json_at(payload, 0);
	walk(txn, suggest, payload, SPAN(""), SPAN(""));
	suggest->bodies++;
}

static void
gather(struct txn *txn, struct suggest *suggest)
{
	struct arena_mark mark = arena_mark(txn_arena(txn));
	struct command_position after = { .n = 0 };
	struct json_object *entry;
	struct span position;

	while (suggest->bodies < suggest->limit && txn_breathe(txn) &&
	    (entry = journal_next(txn, &suggest->query, command_position(&after),
	        &position)) != NULL) {
		command_position_set(&after, position);
		take_body(txn, suggest, entry);
		arena_rewind(txn_arena(txn), mark);
	}
}

/* What most of its values are; text, as soon as one is nothing else. */
static enum group_type
settled_type(const struct parameter *parameter)
{
	const int64_t *types = parameter->types;

	if (types[GROUP_STRING] > 0)
		return GROUP_STRING;
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

/* The parameter by which most records were found; NULL when there is none. */
static struct parameter *
best_target(struct suggest *suggest, size_t *match_r)
{
	struct parameter *best = NULL;
	int64_t most = 0;

	for (size_t m = 0; m < suggest->match_count; m++)
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
			json_set_text(target, "match", suggest->matches[match]);
			json_set_text(target, "parameter", best->name);
			json_set(suggest->listener, "target", json_share(target));
		}
	}
	if (span_is(type, "comment")) {
		use(suggest, best_author(suggest), "author");
		use(suggest, best_comment(suggest), "comment");
	}
	json_del(suggest->listener, "capture");
}

/* "Last seen" of "/user/last_seen". */
static struct span
label_of(struct arena *arena, struct span name)
{
	size_t begin = name.n;
	char *label;

	while (begin > 0 && name.p[begin - 1] != '/')
		begin--;
	label = arena_string(arena, (struct span){ name.p + begin, name.n - begin });
	for (char *p = label; *p != '\0'; p++)
		if (*p == '_' || *p == '-')
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

	choose(suggest);
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
}

static void
run(struct txn *txn, struct job *job)
{
	struct suggest *suggest = arena_alloc(job->arena, sizeof *suggest);

	suggest->job = job;
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

const struct command command_suggest = { .name = "suggest", .mode = STORE_READ, .body = run };
