/* SPDX-License-Identifier: ISC */
#include "cli/ask.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/assign.h"
#include "cli/cli.h"
#include "cli/create.h"
#include "http/sender.h"
#include "listen/register.h"
#include "record/schema.h"
#include "record/words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOCUMENTS_MAX 16  /* that one set of questions makes */
#define OFFERS_WIDTH 76
#define SHOWN_MAX 20      /* names of what there is */
#define PLACES_MAX 100    /* of questions about one kind */

struct asking {
	struct cli *cli;
	struct json_object *documents[DOCUMENTS_MAX]; /* finished ones */
	size_t count;
	const char *new_key;   /* an API key that is made at the end; NULL: none */
	bool ended;            /* no answers come any more */
};

/* Of one document. */
struct form {
	struct asking *asking;
	const struct kind *kind;
	struct json_object *doc;
	bool key_answered;     /* that there is no apiKey is an answer, too */
};

/* What is asked: a member by its dotted name. */
struct question {
	const struct member *member;
	const char *name;
	bool needed;
	const char *proposal;  /* NULL: none */
};

/* The terminal */

/* In the arena, without blanks around it; p NULL at the end of all answers. */
static struct span
read_answer(struct asking *asking)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	struct span answer = { NULL, 0 };

	fflush(stdout);
	n = getline(&line, &size, stdin);
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	if (n >= 0)
		answer = arena_copy(asking->cli->arena, text_trim((struct span){ line, (size_t)n }));
	else
		putchar('\n');
	asking->ended = n < 0;
	free(line);
	return answer;
}

bool
cli_ask_whether(const char *question, bool otherwise)
{
	char answer[16] = "";

	printf("%s [%s] ", question, otherwise ? "Y/n" : "y/N");
	fflush(stdout);
	if (fgets(answer, sizeof answer, stdin) == NULL) {
		putchar('\n');
		return false;
	}
	return answer[0] == '\n' ? otherwise : answer[0] == 'y' || answer[0] == 'Y';
}

static void
put_bold(struct cli *cli, const char *text)
{
	printf(cli->screen.colour ? "\x1b[1m%s\x1b[0m" : "%s", text);
}

/* A hint of several lines stands below its first one. */
static void
put_hint(const char *hint)
{
	printf("  ");
	for (; *hint != '\0'; hint++)
		printf(*hint == '\n' ? "\n  " : "%c", *hint);
	putchar('\n');
}

/* What there is */

struct names {
	struct arena *arena;
	struct span *items;
	size_t count, room;
};

static void
take_name(void *arg, struct json_object *object, struct span text)
{
	struct names *names = arg;
	struct span project = json_string(object, "project"), key = json_string(object, "key");

	(void)text;
	if (json_has(object, "revoked"))
		return;
	if (key.n == 0)
		key = json_string(object, "name");
	names->items = arena_grow(names->arena, names->items, names->count, &names->room,
	    sizeof *names->items);
	names->items[names->count++] = span_of(project.n == 0 ? arena_string(names->arena, key)
	    : arena_printf(names->arena, "%.*s/%.*s", (int)project.n, project.p, (int)key.n, key.p));
}

static void
forget_names(void *arg)
{
	((struct names *)arg)->count = 0;
}

/* Of this kind, those of the project and the community, and with those that are made here. */
static struct names
names_of(struct asking *asking, const char *kind)
{
	struct names names = { .arena = asking->cli->arena };
	struct cli_sink sink = { .line = take_name, .again = forget_names, .arg = &names };
	struct json_object *args = cli_args(asking->cli, &command_list);

	cli_set(args, "kind", kind);
	cli_call(asking->cli, args, &sink);
	for (size_t i = 0; i < asking->count; i++)
		if (span_is(json_string(asking->documents[i], "kind"), kind))
			take_name(&names, asking->documents[i], SPAN(""));
	if (asking->new_key != NULL && strcmp(kind, "apikey") == 0) {
		struct json_object *key = json_new_object(asking->cli->arena);

		cli_set(key, "name", asking->new_key);
		take_name(&names, key, SPAN(""));
	}
	return names;
}

static bool
is_there(struct form *form, const struct names *names, struct span name)
{
	struct span project = json_string(form->doc, "project");

	for (size_t i = 0; i < names->count; i++)
		if (span_eq(names->items[i], name) || span_is(names->items[i],
		        arena_printf(names->arena, "%.*s/%.*s", (int)project.n, project.p,
		            (int)name.n, name.p)))
			return true;
	return false;
}

static const char *
kind_named(const struct member *member)
{
	const char *kind = member->names != NULL ? member->names : member->refers;

	return kind == NULL || strcmp(kind, "user") == 0 || strcmp(kind, "feedback") == 0
	    ? NULL : kind;
}

static void
put_offers(struct form *form, const struct member *member)
{
	const char *offer, *said;
	struct names names;
	size_t column = 0;

	/* With the words of guides below each other, else in a line. */
	for (size_t i = 0; (offer = schema_offer(member, i)) != NULL; i++) {
		said = words_said(member->words, offer);
		if (member->words == NULL) {
			column = i > 0 && column + strlen(offer) + 2 > OFFERS_WIDTH ? 0 : column;
			column += (size_t)printf("%s%s", i == 0 ? "  " : column == 0 ? ",\n  " : ", ",
			    offer);
		} else {
			printf("  - %s", offer);
			if (said != NULL)
				printf("%*s%s", (int)(strlen(offer) < 10 ? 10 - strlen(offer) : 1), "", said);
			putchar('\n');
		}
	}
	if (member->words == NULL && schema_offer(member, 0) != NULL)
		putchar('\n');
	if (kind_named(member) == NULL)
		return;
	names = names_of(form->asking, kind_named(member));
	for (size_t i = 0; i < names.count && i < SHOWN_MAX; i++)
		printf("%s%.*s", i == 0 ? "  there are: " : ", ", (int)names.items[i].n,
		    names.items[i].p);
	if (names.count > 0)
		printf("%s\n", names.count > SHOWN_MAX ? " and more" : "");
}

/* Checks */

static const char *
pointer_of(struct arena *arena, const char *name)
{
	char *pointer = arena_printf(arena, "/%s", name);

	for (char *p = pointer; *p != '\0'; p++)
		if (*p == '.')
			*p = '/';
	return pointer;
}

/* What is not answered yet must not stand in the way of the checks of what is. */
static struct json_object *
filled(struct form *form)
{
	struct arena *arena = form->asking->cli->arena;
	struct json_object *doc = json_copy(arena, form->doc), *sender, *secrets;
	const struct member *variant;

	for (const struct member *const *table = form->kind->members; *table != NULL; table++)
		for (const struct member *m = *table; m->name != NULL; m++) {
			if (!(m->flags & MEMBER_NEEDED) || (m->flags & MEMBER_LIST) ||
			    json_has(doc, m->name))
				continue;
			if (m->type == MEMBER_CHOICE)
				cli_set(doc, m->name, m->choices[0]);
			else if (m->type == MEMBER_KEY || m->type == MEMBER_LINE)
				cli_set(doc, m->name, "asked-for-later");
		}
	if (strcmp(form->kind->name, "listener") != 0)
		return doc;
	if (!json_has(doc, "type"))
		cli_set(doc, "type", "data");
	variant = schema_variant(form->kind->variants, doc);
	for (; variant != NULL && variant->name != NULL; variant++)
		if ((variant->flags & MEMBER_NEEDED) && !json_has(doc, variant->name))
			json_set_bool(doc, "capture", true);
	if (form->asking->new_key != NULL)
		json_del(doc, "apiKey");
	if (json_has(doc, "apiKey") || (form->key_answered && form->asking->new_key == NULL))
		return doc;
	sender = json_get(doc, "sender");
	if (sender == NULL) {
		sender = json_new_object(arena);
		cli_set(sender, "preset", "github");
		json_set(doc, "sender", json_share(sender));
	}
	if (!json_has(sender, "secrets")) {
		secrets = json_new_array(arena);
		json_append(secrets, json_share(json_new_text(arena, SPAN("asked for later"))));
		json_set(sender, "secrets", json_share(secrets));
	}
	return doc;
}

struct checking {
	struct arena *arena;
	int64_t line;            /* of the document in question */
	struct span pointer;     /* of the answer; empty: all of it */
	struct span at;          /* where the first complaint stands that is about it */
	const char *sentence;    /* NULL: none */
};

/* One of them stands at or below the other. */
static bool
touches(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	return n > 0 && memcmp(a.p, b.p, n) == 0 && (a.n == b.n ||
	    (a.n > n ? a.p[n] : b.p[n]) == '/');
}

static void
take_complaint(void *arg, struct json_object *object)
{
	struct checking *checking = arg;
	struct span pointer = json_string(object, "pointer");
	int64_t line = json_integer(object, "line", 0);

	if (checking->sentence != NULL || (line != 0 && line != checking->line) ||
	    (checking->pointer.n > 0 && !touches(pointer, checking->pointer)))
		return;
	checking->at = arena_copy(checking->arena, pointer);
	checking->sentence = arena_string(checking->arena, json_string(object, "error"));
}

static void
forget_complaint(void *arg)
{
	((struct checking *)arg)->sentence = NULL;
}

static void
pass_over(void *arg, struct json_object *object, struct span text)
{
	(void)arg;
	(void)object;
	(void)text;
}

/* What is wrong with the answer, or, whole, with the document; NULL: nothing. */
static const char *
wrong_with(struct form *form, const char *name, struct span *at_r)
{
	struct asking *asking = form->asking;
	struct checking checking = { .arena = asking->cli->arena,
		.line = (int64_t)asking->count + 1, .pointer = name == NULL ? SPAN("")
		    : span_of(pointer_of(asking->cli->arena, name)) };
	struct cli_sink sink = { .line = pass_over, .again = forget_complaint, .complaint = take_complaint,
		.arg = &checking, .quiet = true };
	struct json_object *documents[DOCUMENTS_MAX + 1], *args;

	memcpy(documents, asking->documents, asking->count * sizeof *documents);
	documents[asking->count] = filled(form);
	args = cli_create_args(asking->cli, documents, asking->count + 1);
	json_set_bool(args, "dryRun", true);
	cli_call(asking->cli, args, &sink);
	*at_r = checking.at;
	return checking.sentence;
}

/* Proposals */

const char *
cli_key_of(struct arena *arena, struct span name)
{
	struct buf key = { 0 };

	for (size_t i = 0; i < name.n && key.n < 64; i++) {
		char c = name.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buf_putc(&key, c);
		else if (key.n > 0 && key.p[key.n - 1] != '-')
			buf_putc(&key, '-');
	}
	while (key.n > 0 && key.p[key.n - 1] == '-')
		key.n--;
	return key.n > 0 ? buf_keep(&key, arena).p : NULL;
}

/* "last_seen" or "/user/last_seen" is "Last seen". */
static const char *
words_of(struct arena *arena, struct span name)
{
	const char *slash = name.n > 0 ? memrchr(name.p, '/', name.n) : NULL;
	char *words;

	if (slash != NULL)
		name = (struct span){ slash + 1, name.n - (size_t)(slash + 1 - name.p) };
	if (name.n == 0)
		return NULL;
	words = arena_string(arena, name);
	for (char *p = words; *p != '\0'; p++)
		if (*p == '_' || *p == '-')
			*p = ' ';
	if (words[0] >= 'a' && words[0] <= 'z')
		words[0] = (char)(words[0] - 'a' + 'A');
	return words;
}

/* What another answer suggests. object: that the member stands in. */
static const char *
proposal(struct form *form, const struct question *question, struct json_object *object)
{
	struct arena *arena = form->asking->cli->arena;
	const char *name = question->member->name;
	struct names names;

	if (strcmp(name, "key") == 0)
		return cli_key_of(arena, json_string(form->doc, "name"));
	if (strcmp(name, "name") == 0 && question->needed)
		return words_of(arena, json_string(form->doc, "key"));
	if (strcmp(name, "label") == 0)
		return words_of(arena, json_string(object, "parameter"));
	if (strcmp(question->name, "target.match") == 0)
		return span_is(json_string(form->doc, "automation"), "feedback") ? "id" : "email";
	if (strcmp(name, "to") == 0 && span_is(json_string(form->doc, "automation"), "feedback"))
		return "submitter";
	if (strcmp(name, "to") == 0 && question->needed)
		return "target";
	if (strcmp(name, "apiKey") == 0) {
		if (json_count(json_get(json_get(form->doc, "sender"), "secrets")) > 0)
			return NULL;
		names = names_of(form->asking, "apikey");
		return names.count > 0 ? names.items[0].p
		    : arena_string(arena, json_string(form->doc, "key"));
	}
	if ((question->member->flags & MEMBER_SECRET) && !sender_gives_secret(
	        json_string(object, "preset")))
		return "new";
	return question->member->usual;
}

/* Questions */

static void ask_members(struct form *form, const struct member *const tables[],
    const struct variants *variants, const char *before, bool whether);
static bool ask_document(struct asking *asking, const struct kind *kind,
    struct json_object *doc);

static const char *
new_secret(struct cli *cli)
{
	char *token = arena_alloc(cli->arena, SECRET_TOKEN_SIZE);

	secret_token_new(SPAN("sig"), token);
	return token;
}

/* What it names and is not there yet: true when it is there now, or will be. */
static bool
make_named(struct form *form, const struct member *member, struct span name)
{
	struct asking *asking = form->asking;
	const char *kind = kind_named(member);
	struct names names = names_of(asking, kind);
	struct json_object *doc = json_new_object(asking->cli->arena);
	struct span project = json_string(form->doc, "project"), key = name;
	const struct kind *made = kind_by_name(span_of(kind));

	if (is_there(form, &names, name))
		return true;
	if (strcmp(kind, "apikey") != 0 && memchr(name.p, '/', name.n) != NULL)
		doc_name_split(name, &project, &key);
	if (!text_key(key)) {
		printf("  ! there is no %s \"%.*s\", nor can there be: a key is at most 64 of a-z, "
		    "0-9, dot, dash and underscore, a letter or digit first\n", kind,
		    (int)name.n, name.p);
		return false;
	}
	if (!cli_ask_whether(arena_printf(asking->cli->arena, "  There is no %s \"%.*s\" yet. Make "
	        "it?", strcmp(kind, "apikey") == 0 ? "API key" : kind, (int)name.n, name.p), true))
		return false;
	if (strcmp(kind, "apikey") == 0) {
		asking->new_key = arena_string(asking->cli->arena, name);
		return true;
	}
	cli_set(doc, "kind", kind);
	json_set_text(doc, "key", key);
	if (project.n > 0 && schema_find(made->members, NULL, NULL, SPAN("project")) != NULL)
		json_set_text(doc, "project", project);
	if (json_has(form->doc, "automation") &&
	    schema_find(made->members, NULL, NULL, SPAN("automation")) != NULL)
		json_set_text(doc, "automation", json_string(form->doc, "automation"));
	return ask_document(asking, made, doc);
}

/* Into the document; false was said. */
static bool
take_answer(struct form *form, const struct question *question, struct span answer)
{
	const struct member *member = question->member;
	struct buf wrong = { 0 };
	struct cli_assigning assigning = { .arena = form->asking->cli->arena,
		.kind = form->kind, .doc = form->doc, .wrong = &wrong };
	const char *sentence;
	struct span at, rest;

	if (kind_named(member) != NULL && !(member->flags & MEMBER_LIST) && answer.n > 0 &&
	    !make_named(form, member, answer))
		return false;
	if (!text_utf8(answer))
		buf_puts(&wrong, "the answer is not UTF-8");
	else if (cli_assign_value(&assigning, span_of(question->name),
	        member->flags & MEMBER_SECRET ? '+' : '=', answer) &&
	    (sentence = wrong_with(form, question->name, &at)) != NULL)
		buf_puts(&wrong, sentence);
	if (wrong.n == 0)
		return true;
	rest = buf_keep(&wrong, form->asking->cli->arena);
	while (rest.n > 0) {
		struct span line = text_cut(&rest, '\n');

		printf("  ! %.*s\n", (int)line.n, line.p);
	}
	cli_assign_value(&assigning, span_of(question->name), '=', SPAN(""));
	return false;
}

/* False: there is no answer. */
static bool
ask_value(struct form *form, struct question question, struct json_object *object)
{
	struct cli *cli = form->asking->cli;

	question.proposal = proposal(form, &question, object);
	put_bold(cli, schema_label(question.member));
	putchar('\n');
	if (question.member->hint != NULL)
		put_hint(question.member->hint);
	if ((question.member->flags & MEMBER_LIST) && !(question.member->flags & MEMBER_SECRET))
		printf("  several with commas between\n");
	put_offers(form, question.member);
	while (!form->asking->ended) {
		struct span answer;

		if (question.proposal != NULL)
			printf("[%s] ", question.proposal);
		printf("> ");
		answer = read_answer(form->asking);
		if (form->asking->ended)
			break;
		if (answer.n == 0 && question.proposal != NULL)
			answer = span_of(question.proposal);
		else if (span_is(answer, "-") && !question.needed)
			answer.n = 0;
		if (answer.n == 0 && question.needed) {
			printf("  ! an answer is needed here\n");
			continue;
		}
		if (strcmp(question.name, "apiKey") == 0)
			form->key_answered = true;
		if (answer.n == 0 && (strcmp(question.name, "apiKey") != 0 ||
		        json_count(json_get(json_get(form->doc, "sender"), "secrets")) > 0))
			return false;
		if ((question.member->flags & MEMBER_SECRET) && span_is(answer, "new"))
			answer = span_of(new_secret(cli));
		if (take_answer(form, &question, answer))
			return true;
	}
	return false;
}

static bool
is_needed(const struct member *member, const struct variants *variants)
{
	return (member->flags & MEMBER_NEEDED) != 0 ||
	    (variants != NULL && strcmp(variants->by, member->name) == 0);
}

/* NULL where there is none. */
static struct json_object *
first_items(struct arena *arena, struct json_object *list, size_t n)
{
	struct json_object *first = json_new_array(arena);

	for (size_t i = 0; i < n; i++)
		json_append(first, json_share(json_at(list, i)));
	return n > 0 ? first : NULL;
}

/* Until there is no answer to the first question of one. */
static void
ask_items(struct form *form, const struct question *question)
{
	struct arena *arena = form->asking->cli->arena;

	put_bold(form->asking->cli, schema_label(question->member));
	printf(", one after the other; an empty answer to the first question ends them\n");
	for (size_t i = 0; !form->asking->ended;) {
		const char *item = arena_printf(arena, "%s.%zu", question->name, i);
		struct json_object *list;

		ask_members(form, SCHEMA(question->member->parts), question->member->variants,
		    arena_printf(arena, "%s.", item), true);
		list = json_get(form->doc, question->member->name);
		if (json_members(json_at(list, i)) > 0) {
			i++;
			continue;
		}
		json_set(form->doc, question->member->name, json_share(first_items(arena, list, i)));
		if (i > 0 || !(question->member->flags & MEMBER_NEEDED))
			return;
		printf("  ! at least one is needed\n");
	}
}

static struct json_object *
object_at(struct form *form, const char *before)
{
	struct json_object *object = form->doc;
	struct span rest = span_of(before), token;

	while (rest.n > 0 && object != NULL) {
		uint64_t index;

		token = text_cut(&rest, '.');
		object = json_is_array(object) && text_unsigned(token, 1000, &index)
		    ? json_at(object, (size_t)index)
		    : json_get(object, arena_string(form->asking->cli->arena, token));
	}
	return object;
}

/* False: the first question of an object was not answered, so there is none. */
static bool
ask_one(struct form *form, const struct member *member, bool needed, const char *before)
{
	struct arena *arena = form->asking->cli->arena;
	struct question question = { .member = member, .needed = needed,
		.name = arena_printf(arena, "%s%s", before, member->name) };
	struct json_object *object = object_at(form, before);

	if (json_has(object, member->name))
		return true;
	if ((member->flags & MEMBER_LIST) && (member->parts != NULL || member->variants != NULL)) {
		ask_items(form, &question);
		return true;
	}
	if (member->parts != NULL && member->type != MEMBER_PARAMETER) {
		ask_members(form, SCHEMA(member->parts), NULL,
		    arena_printf(arena, "%s.", question.name), true);
		if (json_members(json_get(object, member->name)) == 0)
			json_del(object, member->name);
		return true;
	}
	return ask_value(form, question, object);
}

/* Those with a place, in its order, then needed ones without; behind that which says the
 * variant those of the variant. whether: the first answer says if there is such an object. */
static void
ask_members(struct form *form, const struct member *const tables[],
    const struct variants *variants, const char *before, bool whether)
{
	for (unsigned place = 1; place <= PLACES_MAX; place++)
		for (const struct member *const *table = tables; *table != NULL; table++)
			for (const struct member *m = *table; m->name != NULL; m++) {
				bool last = place == PLACES_MAX && m->asked == 0 &&
				    (m->flags & MEMBER_NEEDED);
				bool opens = whether && place == 1;

				if (form->asking->ended || (m->asked != place && !last))
					continue;
				if (!ask_one(form, m, is_needed(m, variants) && !opens, before) && opens)
					return;
				if (variants != NULL && strcmp(variants->by, m->name) == 0) {
					const struct member *own = schema_variant(variants,
					    object_at(form, before));

					if (own != NULL)
						ask_members(form, SCHEMA(own), NULL, before, false);
				}
			}
}

/* What is still wrong with the whole is asked again. */
static bool
finish(struct form *form)
{
	struct asking *asking = form->asking;
	const char *sentence;
	struct span at;

	while (!asking->ended && (sentence = wrong_with(form, NULL, &at)) != NULL) {
		struct span rest = at, token;
		const struct member *member;

		printf("  ! %.*s%s%s\n", (int)at.n, at.p, at.n > 0 ? ": " : "", sentence);
		text_cut(&rest, '/');
		token = text_cut(&rest, '/');
		member = schema_find(form->kind->members, form->kind->variants, form->doc, token);
		if (member == NULL)
			return false;
		json_del(form->doc, member->name);
		ask_one(form, member, (member->flags & MEMBER_NEEDED) != 0, "");
	}
	return !asking->ended;
}

static bool
ask_document(struct asking *asking, const struct kind *kind, struct json_object *doc)
{
	struct form form = { .asking = asking, .kind = kind, .doc = doc };

	printf("\n");
	put_bold(asking->cli, arena_printf(asking->cli->arena, "A new %s", kind->name));
	printf("\n\n");
	ask_members(&form, kind->members, kind->variants, "", false);
	if (asking->ended || !finish(&form))
		return false;
	if (asking->count == DOCUMENTS_MAX) {
		cli_say(asking->cli, "these are more than %d new objects at once", DOCUMENTS_MAX);
		return false;
	}
	asking->documents[asking->count++] = form.doc;
	return true;
}

/* What the sender has to know beside the URL. */
static void
tell_secrets(struct json_object *listener)
{
	struct json_object *secrets = json_get(json_get(listener, "sender"), "secrets");

	for (size_t i = 0; i < json_count(secrets); i++)
		printf("secret  %.*s\n", (int)json_span(json_at(secrets, i)).n,
		    json_span(json_at(secrets, i)).p);
	if (json_has(listener, "apiKey"))
		printf("The sender shows the API key as the header \"Authorization: Bearer KEY\" or "
		    "\"X-API-Key: KEY\",\nor as ?apiKey=KEY behind the URL.\n");
}

int
cli_ask_create(struct cli *cli, const struct kind *kind)
{
	struct asking asking = { .cli = cli };
	struct json_object *doc = json_new_object(cli->arena);
	int code = CLI_DONE;

	printf("Empty answers take what stands in [brackets], or nothing; - is nothing. "
	    "Nothing is\nstored before the end; Ctrl-C leaves without a trace.\n");
	cli_set(doc, "kind", kind->name);
	if (!ask_document(&asking, kind, doc)) {
		cli_say(cli, "nothing was made");
		return CLI_FAILED;
	}
	putchar('\n');
	for (size_t i = 0; i < asking.count; i++) {
		cli_details(stdout, &cli->screen, asking.documents[i]);
		putchar('\n');
	}
	if (asking.new_key != NULL)
		printf("and the API key %s\n\n", asking.new_key);
	if (!cli_ask_whether("Make this?", true)) {
		cli_say(cli, "nothing was made");
		return CLI_FAILED;
	}
	if (asking.new_key != NULL) {
		printf("API key %s: ", asking.new_key);
		code = cli_apikey_plain(cli, asking.new_key);
	}
	if (code != CLI_DONE)
		return code;
	code = cli_create_documents(cli, asking.documents, asking.count);
	if (code != CLI_DONE && asking.new_key != NULL)
		cli_say(cli, "the API key %s was made before; earshot apikey remove %s takes it away",
		    asking.new_key, asking.new_key);
	if (code == CLI_DONE && strcmp(kind->name, "listener") == 0)
		tell_secrets(doc);
	return code;
}
