/* SPDX-License-Identifier: ISC */
/* New objects of any kind: by options, which are the members of the kind, by assignments
 * (assign.h), or by questions (ask.h). */
#include "cli/create.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/assign.h"
#include "cli/changes.h"
#include "cli/cli.h"
#include "http/sender.h"
#include "listen/register.h"
#include "record/schema.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 3 /* of objects in objects that have options of their own */

/* Options */

struct listed {
	const char *dotted;      /* its name */
	const struct member *member;
};

struct listing {
	struct arena *arena;
	struct buf grammar;
	struct cli_option *options;
	struct listed *members;  /* of each option */
	size_t count, room, members_room;
};

/* "apiKey" is --api-key, "target.match" --target-match. */
static const char *
option_name(struct arena *arena, const char *dotted)
{
	struct buf name = { 0 };

	for (const char *p = dotted; *p != '\0'; p++) {
		if (isupper((unsigned char)*p))
			buf_putc(&name, '-');
		buf_putc(&name, *p == '.' ? '-' : (char)tolower((unsigned char)*p));
	}
	return buf_keep(&name, arena).p;
}

static const char *
value_word(const struct member *member)
{
	switch (member->type) {
	case MEMBER_KEY:
		return "KEY";
	case MEMBER_NAME:
		return "NAME";
	case MEMBER_ID:
	case MEMBER_UUID:
		return "ID";
	case MEMBER_EMAIL:
		return "EMAIL";
	case MEMBER_TIME:
		return "TIME";
	case MEMBER_DURATION:
		return "DURATION";
	case MEMBER_PARAMETER:
		return "PARAMETER";
	case MEMBER_NETWORK:
		return "NETWORK";
	case MEMBER_INTEGER:
		return "NUMBER";
	case MEMBER_BOOLEAN:
		return "YES|NO";
	default:
		return "TEXT";
	}
}

/* "Found by: id, email …"; of a part behind what it is a part of. */
static const char *
option_help(struct arena *arena, const char *within, const struct member *member)
{
	struct buf help = { 0 };
	const char *between = ": ", *offer;

	buf_printf(&help, "%s%s%s", within, within[0] != '\0' ? ", " : "", schema_label(member));
	for (size_t i = 0; (offer = schema_offer(member, i)) != NULL; i++, between = ", ")
		buf_printf(&help, "%s%s", between, offer);
	if (member->hint != NULL) {
		buf_puts(&help, between[0] == ':' ? ": " : "; ");
		for (const char *p = member->hint; *p != '\0'; p++)
			buf_putc(&help, *p == '\n' ? ' ' : *p);
	}
	if (member->flags & MEMBER_LIST)
		buf_puts(&help, "; may be repeated");
	return buf_keep(&help, arena).p;
}

static bool
is_listed(const struct listing *listing, const char *option)
{
	for (size_t i = 0; i < listing->count; i++)
		if (strcmp(listing->options[i].name, option) == 0)
			return true;
	return false;
}

static void
add_option(struct listing *listing, struct cli_option option)
{
	listing->options = arena_grow(listing->arena, listing->options, listing->count + 1,
	    &listing->room, sizeof *listing->options);
	listing->options[listing->count++] = option;
	listing->options[listing->count] = (struct cli_option){ NULL, NULL };
}

static void
list_option(struct listing *listing, const char *within, const char *dotted,
    const struct member *member)
{
	const char *name = option_name(listing->arena, dotted);

	if (is_listed(listing, name))
		return;
	listing->members = arena_grow(listing->arena, listing->members, listing->count,
	    &listing->members_room, sizeof *listing->members);
	listing->members[listing->count] = (struct listed){ dotted, member };
	add_option(listing, (struct cli_option){ name,
	    option_help(listing->arena, within, member) });
	buf_printf(&listing->grammar, " [--%s %s]%s", name, value_word(member),
	    member->flags & MEMBER_LIST || member->type == MEMBER_FIELDS ? "..." : "");
}

static void
list_table(struct listing *listing, const char *within, const char *before,
    const struct member *table, int depth)
{
	for (const struct member *m = table; m->name != NULL; m++) {
		const char *dotted = arena_printf(listing->arena, "%s%s", before, m->name);
		bool whole = (m->flags & MEMBER_LIST) || m->parts == NULL ||
		    m->type == MEMBER_PARAMETER;

		if (m->flags & MEMBER_DERIVED)
			continue;
		if (whole)
			list_option(listing, within, dotted, m);
		if (m->parts != NULL && !(m->flags & MEMBER_LIST) && depth < DEPTH)
			list_table(listing, schema_label(m), arena_printf(listing->arena, "%s.", dotted),
			    m->parts, depth + 1);
	}
}

static struct listing
list_members(struct arena *arena, const struct kind *kind)
{
	struct listing listing = { .arena = arena };
	const struct member *table;
	const char *word;

	for (size_t t = 0; kind->members[t] != NULL; t++)
		list_table(&listing, "", "", kind->members[t], 0);
	for (size_t i = 0; kind->variants != NULL &&
	    (table = kind->variants->table(i, &word)) != NULL; i++)
		list_table(&listing, "", "", table, 0);
	return listing;
}

const char *
cli_create_options(struct arena *arena, const char *kind, const struct cli_option *others,
    const struct cli_option **options_r)
{
	struct listing listing = list_members(arena, kind_by_name(span_of(kind)));

	for (; others->name != NULL; others++)
		if (!is_listed(&listing, others->name))
			add_option(&listing, *others);
	*options_r = listing.options;
	return buf_keep(&listing.grammar, arena).p;
}

/* Documents */

static const struct member *
top_member(const struct kind *kind, const char *name)
{
	return schema_find(kind->members, NULL, NULL, span_of(name));
}

/* What the command line calls it by, into its members. */
static void
take_name(struct cli_assigning *assigning, const char *name)
{
	const struct kind *kind = assigning->kind;
	struct json_object *doc = assigning->doc;
	const char *slash = strrchr(name, '/');
	const char *plain = slash != NULL ? slash + 1 : name;

	if (strcmp(kind->name, "value") == 0) {
		if (slash != NULL)
			json_set_text(doc, "group", (struct span){ name, (size_t)(slash - name) });
		json_set_text(doc, strchr(plain, '@') != NULL ? "user" : "feedback", span_of(plain));
	} else if (top_member(kind, "key") != NULL) {
		if (slash != NULL && top_member(kind, "project") != NULL)
			json_set_text(doc, "project", (struct span){ name, (size_t)(slash - name) });
		json_set_text(doc, "key", span_of(slash != NULL &&
		    top_member(kind, "project") != NULL ? plain : name));
	} else {
		json_set_text(doc, top_member(kind, "email") != NULL ? "email" : "id",
		    span_of(name));
	}
}

/* NULL: it is no member. */
static const struct listed *
listed_as(const struct listing *listing, const char *option)
{
	for (size_t i = 0; i < listing->count; i++)
		if (strcmp(option, listing->options[i].name) == 0)
			return &listing->members[i];
	return NULL;
}

static bool
take_options(struct cli *cli, struct cli_assigning *assigning)
{
	struct listing listing = list_members(cli->arena, assigning->kind);
	const struct variants *variants = assigning->kind->variants;
	bool good = true;

	/* First what says what it is: the rest is read by that. */
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; good && i < cli->given->value_count; i++) {
			struct cli_value value = cli->given->values[i];
			const struct listed *listed = listed_as(&listing, value.name);
			bool first = listed != NULL && variants != NULL &&
			    strcmp(listed->dotted, variants->by) == 0;

			if (listed != NULL && first == (turn == 0))
				good = cli_assign_value(assigning, span_of(listed->dotted),
				    listed->member->flags & MEMBER_LIST ? '+' : '=', span_of(value.value));
		}
	if (!good)
		cli_say(cli, "%.*s", (int)assigning->wrong->n, assigning->wrong->p);
	buf_free(&listing.grammar);
	return good;
}

/* Call */

static void
take_made(void *arg, struct json_object *object, struct span text)
{
	struct cli *cli = arg;

	(void)text;
	cli_result(cli, object);
}

#define MISSING "\" is missing"

/* How the options say what is missing, and a name what is no key. */
static const char *
way_out(struct cli *cli, struct span at, struct span member, struct span error)
{
	const struct cli_given *given = cli->given;
	struct span name = span_of(given->operand_count > 0 ? given->operands[0] : "");
	const char *key;

	if (member.n > 0 && error.n > strlen(MISSING) &&
	    memcmp(error.p + error.n - strlen(MISSING), MISSING, strlen(MISSING)) == 0 &&
	    strcspn(arena_string(cli->arena, at), "0123456789") == at.n)
		return arena_printf(cli->arena, "; it is given by --%s", option_name(cli->arena,
		    arena_string(cli->arena, member)));
	if (!span_is(at, "/key") || name.n == 0 || cli_is_assignment(name) ||
	    memchr(name.p, '/', name.n) != NULL || text_key(name) ||
	    (key = cli_key_of(cli->arena, name)) == NULL)
		return "";
	return arena_printf(cli->arena, "; such as %s, with --name '%.*s'", key, (int)name.n, name.p);
}

static void
say_complaint(void *arg, struct json_object *object)
{
	struct cli *cli = arg;
	struct span error = json_string(object, "error"), at = json_string(object, "pointer");
	struct buf line = { 0 };

	cli_member_name(&line, at);
	cli_say(cli, "%.*s%s%.*s%s", (int)line.n, line.p, line.n > 0 ? ": " : "", (int)error.n,
	    error.p, way_out(cli, at, buf_bytes(&line), error));
	buf_free(&line);
}

struct json_object *
cli_create_args(struct cli *cli, struct json_object *const documents[], size_t count)
{
	struct json_object *args = cli_args(cli, &command_apply), *list = json_new_array(cli->arena);

	json_set_bool(args, "creates", true);
	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_new_object(cli->arena);

		json_set(one, "doc", json_share(documents[i]));
		json_append(list, json_share(one));
	}
	json_set(args, "documents", json_share(list));
	return args;
}

/* What the sender needs: where to post, and how. */
static int
tell_listener(struct cli *cli, const char *name)
{
	struct json_object *args = cli_args(cli, &command_listener_describe), *told;
	int code;

	cli_set(args, "listener", name);
	code = cli_ask(cli, args, &told);
	if (code != CLI_DONE)
		return code;
	if (json_string(told, "url").n > 0 && json_string(told, "url").p[0] == '/')
		cli_say(cli, "no public URL is known: set base_url in %s/earshot.conf, such as "
		    "https://beta.acme.example/listen; it stands before what follows", cli->home);
	printf("URL   %.*s\n", (int)json_string(told, "url").n, json_string(told, "url").p);
	printf("try   %.*s\n", (int)json_string(told, "curl").n, json_string(told, "curl").p);
	return CLI_DONE;
}

/* Where the product of the sender wants it. */
static void
tell_sender(struct arena *arena, struct json_object *sender)
{
	struct span preset = json_is_object(sender) ? json_string(sender, "preset")
	                                            : json_span(sender);
	const char *enter = preset.n > 0 ? sender_enter(arena, preset) : NULL;

	if (enter != NULL)
		printf("At %.*s enter the URL%s: %s\n", (int)preset.n, preset.p,
		    json_has(sender, "secrets") ? " and the secret" : "", enter);
}

int
cli_create_documents(struct cli *cli, struct json_object *const documents[], size_t count)
{
	struct cli_sink sink = { .line = take_made, .complaint = say_complaint, .arg = cli };
	struct json_object *last = documents[count - 1];
	int code = cli_call(cli, cli_create_args(cli, documents, count), &sink);

	if (code != CLI_DONE || cli->json || !span_is(json_string(last, "kind"), "listener"))
		return code;
	code = tell_listener(cli, doc_full_name(cli->arena, last).p);
	if (code == CLI_DONE)
		tell_sender(cli->arena, json_get(last, "sender"));
	return code;
}

int
cli_object_create(struct cli *cli)
{
	const char *kind = cli->given->words[0];
	struct buf wrong = { 0 };
	struct cli_assigning assigning = { .arena = cli->arena, .wrong = &wrong,
		.kind = kind_by_name(span_of(kind)), .doc = json_new_object(cli->arena) };
	size_t named = cli->given->operand_count > 0 &&
	    !cli_is_assignment(span_of(cli->given->operands[0]));
	size_t options = cli->given->value_count;
	bool good;

	json_set_text(assigning.doc, "kind", span_of(kind));
	if (cli_flag(cli, "json"))
		options--;
	if (cli_flag(cli, "home"))
		options--;
	if (cli->given->operand_count == 0 && options == 0) {
		if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
			return cli_ask_create(cli, assigning.kind);
		cli_say(cli, "without a terminal to ask on it takes members: see "
		    "earshot %s create --help, and earshot %s example", kind, kind);
		return CLI_USAGE;
	}
	if (named)
		take_name(&assigning, cli->given->operands[0]);
	good = take_options(cli, &assigning) && cli_assign_operands(cli, &assigning, named);
	buf_free(&wrong);
	if (!good)
		return CLI_USAGE;
	return cli_create_documents(cli, &assigning.doc, 1);
}
