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
#define RECORDS_SAMPLED 100
#define EXAMPLE_MAX 60

/* A value by its place. */
struct parameter {
	struct span name;
	int64_t seen;
	int64_t types[4];            /* by enum group_type */
	int64_t length;              /* of all texts */
	int64_t hits[MATCHES_MAX];   /* records found by it */
	int64_t authors[MATCHES_MAX]; /* likewise users, for comments */
	struct span example;
	const char *use;
};

/* "email", "fields.jira" …, the best first. */
struct matches {
	enum record record;
	struct span by[MATCHES_MAX];
	size_t count;
};

struct suggest {
	struct job *job;
	struct journal_query query;
	struct command_position position;
	int64_t limit, bodies;
	struct json_object *listener;
	struct matches matches;      /* of the target */
	struct matches authors;      /* of authors, where comments are made */
	struct parameter parameters[PARAMETERS_MAX];
	size_t count;
	bool ended;
};

static void
add_match(struct arena *arena, struct matches *matches, struct span match)
{
	for (size_t i = 0; i < matches->count; i++)
		if (span_eq(matches->by[i], match))
			return;
	if (matches->count < MATCHES_MAX)
		matches->by[matches->count++] = arena_copy(arena, match);
}

/* Fields of records are known from the records. */
static void
add_fields(struct txn *txn, struct arena *arena, struct matches *matches)
{
	struct span position = SPAN("");
	struct json_object *doc;

	for (int i = 0; i < RECORDS_SAMPLED && (doc = record_next(txn, matches->record,
	         position, &position)) != NULL; i++) {
		struct doc_member *members;
		size_t n = doc_members(txn_arena(txn), json_get(doc, "fields"), &members);

		for (size_t k = 0; k < n; k++)
			add_match(arena, matches, span_of(arena_printf(txn_arena(txn), "fields.%s",
			    members[k].name)));
	}
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
start(struct txn *txn, void *arg)
{
	struct suggest *suggest = arg;
	struct span name = suggest->query.listener, project, key;
	struct json_object *doc;

	doc_name_split(name, &project, &key);
	doc = doc_load(txn, "listener", project, key);
	if (doc == NULL || !record_by_name(json_string(doc, "automation"), &suggest->matches.record)) {
		txn_fail(txn, FAULT_NOT_FOUND, "there is no listener \"%.*s\"",
		    (int)(name.n > 128 ? 128 : name.n), name.p);
		return;
	}
	suggest->listener = json_copy(suggest->job->arena, doc);
	json_del(suggest->listener, "sealed");
	add_matches(txn, suggest->job->arena, &suggest->matches);
	if (!span_is(json_string(doc, "type"), "comment"))
		return;
	suggest->authors.record = RECORD_USER;
	add_matches(txn, suggest->job->arena, &suggest->authors);
	suggest->authors.count--; /* not by the id of ours, which no sender knows */
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
	for (size_t i = 0; i < suggest->matches.count; i++)
		parameter->hits[i] += record_find(txn, suggest->matches.record,
		    suggest->matches.by[i], text, &id, 1) == 1;
	for (size_t i = 0; i < suggest->authors.count; i++)
		parameter->authors[i] += record_find(txn, RECORD_USER, suggest->authors.by[i], text,
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

static bool
gather_next(struct txn *txn, void *arg)
{
	struct suggest *suggest = arg;
	struct span position;
	struct json_object *entry = suggest->bodies < suggest->limit
	    ? journal_next(txn, &suggest->query, command_position(&suggest->position),
	          &position) : NULL;

	if (entry == NULL)
		return false;
	command_position_set(&suggest->position, position);
	take_body(txn, suggest, entry);
	return true;
}

static void
gather(struct txn *txn, void *arg)
{
	struct suggest *suggest = arg;

	suggest->ended = !command_visit(txn, suggest->job, gather_next, suggest);
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

	for (size_t m = 0; m < suggest->matches.count; m++)
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

/* No address of anybody: perhaps a name or a field by which a user is known. */
static void
use_named_author(struct suggest *suggest)
{
	struct json_object *author = json_new_object(suggest->job->arena);
	struct parameter *best = NULL;
	size_t by = 0;
	int64_t most = 0;

	for (size_t m = 0; m < suggest->authors.count; m++)
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

static struct suggest *
begin(struct job *job)
{
	struct suggest *suggest = job->state = arena_alloc(job->arena, sizeof *suggest);

	suggest->job = job;
	if (!command_text(job, "listener", &suggest->query.listener) ||
	    !command_limit(job, &suggest->limit))
		return suggest;
	if (suggest->limit == 0)
		suggest->limit = BODIES_USUAL;
	command_run(job, STORE_READ, start, suggest);
	return suggest;
}

static enum job_state
step(struct job *job)
{
	struct suggest *suggest = job->state != NULL ? job->state : begin(job);

	if (job->error.fault != FAULT_NONE || !command_run(job, STORE_READ, gather, suggest))
		return JOB_DONE;
	if (!suggest->ended)
		return JOB_MORE;
	if (suggest->bodies == 0)
		error_set(&job->error, FAULT_NOT_FOUND, "the log has no body of this listener; "
		    "let its sender send something, with \"capture\":true if need be");
	else
		tell(suggest);
	return JOB_DONE;
}

const struct command command_suggest = { .name = "suggest", .step = step };
