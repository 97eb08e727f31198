/* SPDX-License-Identifier: ISC */
/* The form as its template shows it. */
#include "console/listener_private.h"

#include "act/macro.h"
#include "base/json.h"
#include "base/text.h"
#include "community/group.h"
#include "community/throttle.h"
#include "console/filter_form.h"
#include "console/form.h"
#include "console/page.h"
#include "http/sender.h"
#include "lang/filter_rows.h"
#include "listen/listener.h"
#include "record/schema.h"
#include "record/words.h"

#include <ctype.h>
#include <string.h>

#define EMPTY_ROWS 3 /* of a new data group */
/* Of all that is seldom said, what is said most. */
#define FIRST_OF_MORE "enabled capture expires allow rate concurrency each batch"

/* ---- options */

static struct json_object *
option_add(struct page *page, struct json_object *options, struct span value, struct span label,
    bool chosen)
{
	struct json_object *option = json_new_object(page->arena);

	json_set_text(option, "value", value);
	json_set_text(option, "label", label);
	json_set_bool(option, "chosen", chosen);
	json_append(options, json_share(option));
	return option;
}

/* Complaints name members as documents do; people know the label. */
static struct span
in_words(struct page *page, const char *label, struct span text)
{
	struct span rest = text, none = text_cut(&rest, '"');
	const char *first = arena_string(page->arena, span_of(label));

	if (none.n > 0 || rest.p == NULL)
		return text;
	text_cut(&rest, '"');
	return rest.p == NULL ? text : span_of(arena_join(page->arena, span_of(first), rest,
	    SPAN("")));
}

static void
take_problems(struct page *page, struct json_object *into, const char *pointer, const char *id,
    const char *label, bool rest)
{
	struct json_object *problems = json_get(page_root(page, "page"), "problems");
	size_t n = strlen(pointer);

	for (size_t i = 0; i < json_count(problems); i++) {
		struct json_object *one = json_at(problems, i);
		struct span at = json_string(one, "pointer");

		if (!span_is(at, pointer) && !(span_starts(at, pointer) && at.n > n &&
		    (at.p[n] == '/' || pointer[n - 1] == '/')))
			continue;
		if (rest && json_has(one, "id"))
			continue;
		if (!json_has(one, "id")) {
			json_set_text(one, "id", span_of(id));
			json_set_text(one, "text", in_words(page, label, json_string(one, "text")));
		}
		if (!json_has(into, "problem"))
			json_set_text(into, "problem", json_string(one, "text"));
	}
}

/* The first complaint at this pointer or below it: its text into the object, and a link to
 * where that is shown. */
static void
take_problem(struct page *page, struct json_object *into, const char *pointer, const char *id,
    const char *label)
{
	take_problems(page, into, pointer, id, label, false);
}

/* Likewise, but for what is told at its own field already. */
static void
take_rest(struct page *page, struct json_object *into, const char *pointer, const char *id,
    const char *label)
{
	take_problems(page, into, pointer, id, label, true);
}

/* ---- the listener itself */

static void
draw_key(struct page *page, struct json_object *doc, bool edit)
{
	struct json_object *shown = page_root(page, "page"), *key = page_add(page, "key");
	struct span value = listener_said(page, "/key", doc, "key");
	struct span project = json_string(shown, "project"), type = listener_said(page, "/type", doc,
	    "type"), listen = page_text(page, "me", "listen");
	const char *ours = words_ours(words_listener_types, type);

	json_set_text(key, "value", value);
	json_set_bool(key, "fixed", edit);
	json_set_text(key, "before", span_of(arena_printf(page->arena, "%.*s/", (int)listen.n,
	    listen.p)));
	json_set_text(key, "type", ours != NULL ? span_of(ours) : type);
	json_set_text(key, "within", span_of(project.n == 0 ? "" : arena_printf(page->arena,
	    "projects/%.*s/", (int)project.n, project.p)));
	/* What its field says, in a place of its own. */
	form_part(page, key, "", kind_listener.members, doc, "key");
	json_set(key, "field", json_share(json_at(json_get(key, "fields"), 0)));
	if (!span_is(page_text(page, "form", "ask"), "key"))
		return;
	if (!text_key(value))
		json_set_text(key, "state", SPAN("A key is at most 64 of a-z, 0-9, dot, dash and "
		    "underscore, a letter or digit first."));
	else
		json_set_text(key, "state", page_problem(page, "taken") != NULL
		    ? SPAN("This key is free.") : SPAN("There is a listener with this key already."));
}

static void
draw_types(struct page *page, struct json_object *doc)
{
	struct json_object *types = json_new_array(page->arena);
	struct span chosen = listener_said(page, "/type", doc, "type");
	const char *ours = words_ours(words_listener_types, chosen);
	struct json_object *holder = page_add(page, "types");
	const struct listener_type *type;

	for (size_t i = 0; (type = listener_type_at(i)) != NULL; i++) {
		const struct word *word = words_listener_types;
		struct json_object *one;

		while (word->said != NULL && strcmp(word->ours, type->name) != 0)
			word++;
		one = option_add(page, types, span_of(type->name), word->said != NULL
		    ? span_of(word->said) : span_of(type->name),
		    span_is(chosen, type->name) || (ours != NULL && strcmp(ours, type->name) == 0));
		json_set_text(one, "id", span_of(arena_printf(page->arena, "f-type-%s", type->name)));
		if (type->help != NULL)
			json_set_text(one, "help", span_of(type->help));
		json_set_bool(one, arena_printf(page->arena, "is_%s", type->name), true);
		form_part_without(page, one, "", SCHEMA(type->members), doc, "macro group");
	}
	json_set(holder, "all", json_share(types));
	take_problem(page, holder, "/type", "f-type", "Listener Type");
}

/* ---- a macro, there or made with it */

/* "add-rank" is Add rank. */
static struct span
action_label(struct arena *arena, const char *name)
{
	char *label = arena_string(arena, span_of(name));

	for (char *p = label; *p != '\0'; p++)
		if (*p == '-')
			*p = ' ';
	label[0] = (char)toupper((unsigned char)label[0]);
	return span_of(label);
}

static void
draw_action(struct page *page, struct json_object *actions, size_t n, enum record record)
{
	const char *prefix = arena_printf(page->arena, "macro:/actions/%zu", n);
	struct json_object *action = json_new_object(page->arena);
	struct json_object *options = json_new_array(page->arena);
	const char *const *names = macro_action_names(page->arena, record);
	struct span chosen = page_text(page, "form", arena_printf(page->arena, "%s/action", prefix));
	const struct member *members = macro_action_members(chosen), *to;

	for (size_t i = 0; names[i] != NULL; i++)
		option_add(page, options, span_of(names[i]), action_label(page->arena, names[i]),
		    span_is(chosen, names[i]));
	json_set_int(action, "n", (int64_t)n);
	json_set_int(action, "number", (int64_t)n + 1);
	json_set(action, "options", json_share(options));
	/* A user is all that a macro of users can be about. */
	to = members != NULL && record == RECORD_USER ? schema_member(members, SPAN("to")) : NULL;
	if (members != NULL)
		form_part_without(page, action, prefix, SCHEMA(members), NULL,
		    to != NULL && to->words != NULL ? "to" : "");
	take_problem(page, action, arena_printf(page->arena, "%s/action", prefix),
	    arena_printf(page->arena, "f-macro-%zu-action", n), "Action");
	take_rest(page, action, prefix, arena_printf(page->arena, "f-macro-%zu-action", n),
	    "Action");
	json_append(actions, json_share(action));
}

/* Whether one is to be made with the listener: as was chosen, or where it names none and none
 * is offered. */
static bool
is_made(struct page *page, struct json_object *doc, const char *what)
{
	struct span from = page_text(page, "form", arena_printf(page->arena, "%s/from", what));
	struct json_object *offered = page_reply(page, arena_printf(page->arena, "offered-%s", what));

	return from.n > 0 ? span_is(from, "new")
	    : json_string(doc, what).n == 0 && json_count(json_get(offered, "rows")) == 0;
}

static void
draw_macro(struct page *page, struct json_object *doc, enum record record)
{
	struct json_object *macro = page_add(page, "macro");
	struct json_object *actions = json_new_array(page->arena);
	size_t rows = form_rows(page, "macro:/actions");

	json_set_bool(macro, "is_new", is_made(page, doc, "macro"));
	form_part(page, macro, "", SCHEMA(listener_macro.members), doc, "macro");
	json_set(macro, "existing", json_share(json_get(macro, "fields")));
	json_set_text(macro, "name", page_text(page, "form", "macro:/name"));
	for (size_t i = 0; i < rows || i == 0; i++)
		draw_action(page, actions, i, record);
	json_set(macro, "actions", json_share(actions));
	take_problem(page, macro, "macro:/key", "f-macro-name", "Name of the macro");
	take_problem(page, macro, "macro:/name", "f-macro-name", "Name of the macro");
	take_rest(page, macro, "macro:", "f-macro-name", "Macro");
}

/* ---- a data group, there or made with it */

static void
draw_group_row(struct page *page, struct json_object *rows, size_t n)
{
	static const char *const types[] = { "string", "integer", "boolean", "datetime" };
	const char *prefix = arena_printf(page->arena, "group:/fields/%zu", n);
	struct json_object *row = json_new_object(page->arena);
	struct json_object *options = json_new_array(page->arena);
	struct span type = page_text(page, "form", arena_printf(page->arena, "%s/type", prefix));

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct span label = strcmp(types[i], "datetime") == 0 ? SPAN("Date and Time")
		                                                      : action_label(page->arena, types[i]);

		option_add(page, options, span_of(types[i]), label, span_is(type, types[i]));
	}
	json_set_int(row, "n", (int64_t)n);
	json_set_int(row, "number", (int64_t)n + 1);
	json_set_text(row, "label", page_text(page, "form", arena_printf(page->arena, "%s/label",
	    prefix)));
	json_set_text(row, "parameter", page_text(page, "form", arena_printf(page->arena,
	    "%s/parameter", prefix)));
	json_set(row, "options", json_share(options));
	for (size_t i = 0; i < 3; i++) {
		static const char *const parts[] = { "label", "parameter", "type" };
		static const char *const said[] = { "Label", "Parameter", "Type" };
		const char *at = arena_printf(page->arena, "%s/%s", prefix, parts[i]);
		const char *id = arena_printf(page->arena, "f-group-%zu-%s", n, parts[i]);
		struct json_object *one = json_new_object(page->arena);

		take_problem(page, one, at, id, said[i]);
		if (!json_has(one, "problem"))
			continue;
		json_set_bool(row, arena_printf(page->arena, "wrong_%s", parts[i]), true);
		if (!json_has(row, "problem"))
			json_set_text(row, "problem", json_string(one, "problem"));
	}
	take_problem(page, row, prefix, arena_printf(page->arena, "f-group-%zu-label", n), "Field");
	json_append(rows, json_share(row));
}

static void
draw_group(struct page *page, struct json_object *doc)
{
	struct json_object *group = page_add(page, "group"), *rows = json_new_array(page->arena);
	size_t count = form_rows(page, "group:/fields");

	json_set_bool(group, "is_new", is_made(page, doc, "group"));
	form_part(page, group, "", SCHEMA(listener_data.members), doc, "group");
	json_set(group, "existing", json_share(json_get(group, "fields")));
	json_set_text(group, "name", page_text(page, "form", "group:/name"));
	if (count == 0)
		count = EMPTY_ROWS;
	for (size_t i = 0; i < count; i++)
		draw_group_row(page, rows, i);
	json_set(group, "rows", json_share(rows));
	take_problem(page, group, "group:/key", "f-group-name", "Name of the group");
	take_problem(page, group, "group:/name", "f-group-name", "Name of the group");
	take_rest(page, group, "group:/fields", "f-group-0-label", "Fields");
	take_rest(page, group, "group:", "f-group-name",
	    words_said(words_kinds, "group"));
}

/* ---- the target */

/* By what it may be found: what stands in an index and names one. */
static void
draw_matches(struct page *page, struct json_object *target, struct span chosen,
    enum record record)
{
	struct json_object *options = json_new_array(page->arena);
	struct json_object *rows = json_get(page_reply(page, FILTER_FORM_CALL), "rows");
	const char *root = record_name(record);
	const char *const own[] = { "email", "username", "id" };
	bool found = chosen.n == 0;

	for (size_t i = record == RECORD_USER ? 0 : 2; i < 3; i++) {
		option_add(page, options, span_of(own[i]), span_of(i == 0 ? "E-mail" : i == 1
		    ? "Username" : "Id"), span_is(chosen, own[i]));
		found = found || span_is(chosen, own[i]);
	}
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_at(rows, i);
		struct span path = json_string(row, "field"), of = json_string(row, "of"), name, value;
		struct buf text = { 0 };

		name = filter_path_parameter(page->arena, of.n > 0 ? "data" : arena_printf(page->arena,
		    "%s.fields", root), path);
		if (name.p == NULL || json_flag(row, "free", false))
			continue;
		/* "/usage/plan" is data.usage.plan. */
		buf_puts(&text, of.n > 0 ? "data" : "fields");
		if (name.p[0] != '/')
			buf_putc(&text, '.');
		for (size_t k = 0; k < name.n; k++)
			buf_putc(&text, of.n > 0 && name.p[k] == '/' ? '.' : name.p[k]);
		value = buf_keep(&text, page->arena);
		found = found || span_eq(value, chosen);
		option_add(page, options, value, span_of(of.n > 0 ? arena_printf(page->arena,
		    "%.*s: %.*s", (int)of.n, of.p, (int)json_string(row, "label").n,
		    json_string(row, "label").p) : arena_printf(page->arena, "Field %.*s",
		    (int)json_string(row, "label").n, json_string(row, "label").p)),
		    span_eq(value, chosen));
	}
	if (!found && !span_is(chosen, "fields."))
		option_add(page, options, chosen, chosen, true);
	json_set_bool(option_add(page, options, SPAN("fields."), SPAN("Another field …"),
	    span_is(chosen, "fields.")), "free", true);
	json_set(target, "matches", json_share(options));
	json_set_text(target, "field", page_text(page, "form", "target/field"));
}

/* What is folded is unfolded where something is wrong in it. */
static bool
has_problem(struct json_object *fields)
{
	for (size_t i = 0; i < json_count(fields); i++)
		if (json_has(json_at(fields, i), "problem"))
			return true;
	return false;
}

static void
draw_target(struct page *page, struct json_object *doc, enum record record, bool new)
{
	struct json_object *target = page_add(page, "target"), *stored = json_get(doc, "target");
	const struct member *parts = schema_member(kind_listener.members[0], SPAN("target"))->parts;
	struct span match = listener_typed(page) ? page_text(page, "form", "/target/match")
	    : json_string(stored, "match");

	if (match.n == 0 && new && !listener_typed(page))
		match = record == RECORD_USER ? SPAN("email") : SPAN("id");
	if (match.n == 0)
		match = SPAN("id");
	draw_matches(page, target, match, record);
	form_part(page, target, "/target", SCHEMA(parts), stored, "parameter");
	json_set(target, "parameter", json_share(json_get(target, "fields")));
	form_part(page, target, "/target", SCHEMA(parts), stored, "create");
	json_set(target, "create", json_share(json_get(target, "fields")));
	json_set_bool(target, "create_open", has_problem(json_get(target, "create")));
	form_part_without(page, target, "/target", SCHEMA(parts), stored, "match parameter create");
	json_set_bool(target, "open", has_problem(json_get(target, "fields")) ||
	    has_problem(json_get(target, "create")));
	take_problem(page, target, "/target/match", "f-target-match", "Target");
	take_problem(page, target, "/target", "f-target-match", "Target");
}

/* ---- who sends */

static void
add_entries(struct page *page, struct json_object *into, const struct sender_words *words,
    struct span url, struct span secret)
{
	struct json_object *entries = json_new_array(page->arena);

	for (size_t i = 0; i < SENDER_ENTRIES && words->entries[i].field != NULL; i++) {
		const struct sender_entry *entry = &words->entries[i];
		struct json_object *one = json_new_object(page->arena);

		json_set_text(one, "field", span_of(entry->field));
		if (entry->of == SENDER_ENTRY_TEXT)
			json_set_text(one, "text", span_of(entry->text));
		json_set_bool(one, "is_url", entry->of == SENDER_ENTRY_URL);
		json_set_bool(one, "is_secret", entry->of == SENDER_ENTRY_SECRET);
		if (entry->of == SENDER_ENTRY_URL)
			json_set_text(one, "value", url);
		if (entry->of == SENDER_ENTRY_SECRET && secret.n > 0)
			json_set_text(one, "value", secret);
		json_append(entries, json_share(one));
	}
	json_set_text(into, "label", span_of(words->label));
	if (words->where != NULL)
		json_set_text(into, "where", span_of(words->where));
	if (words->secret != NULL)
		json_set_text(into, "gives", span_of(words->secret));
	json_set(into, "entries", json_share(entries));
}

void
listener_sender_words(struct page *page, struct json_object *into, struct span preset,
    struct span url, struct span secret)
{
	const struct sender_words *words = sender_words(preset);

	if (words != NULL)
		add_entries(page, into, words, url, secret);
}

static void
draw_sender(struct page *page, struct json_object *doc)
{
	struct json_object *sender = page_add(page, "sender"), *stored = json_get(doc, "sender");
	struct json_object *options = json_new_array(page->arena), *words;
	struct span was = json_span(stored).p != NULL ? json_span(stored)
	                                              : json_string(stored, "preset");
	struct span preset = listener_typed(page) ? page_text(page, "form", "sender/preset") : was;
	const char *name;

	for (size_t i = 0; (name = sender_preset_name(i)) != NULL; i++)
		option_add(page, options, span_of(name), span_of(sender_words(span_of(name))->label),
		    span_is(preset, name));
	json_set(sender, "options", json_share(options));
	json_set_bool(sender, "chosen", preset.n > 0);
	json_set_bool(sender, "kept", stored != NULL && span_eq(was, preset) &&
	    json_string(page_root(page, "page"), "version").n > 0);
	json_set_text(sender, "secret", page_text(page, "form", "sender/secret"));
	words = json_new_object(page->arena);
	listener_sender_words(page, words, preset, SPAN(""), SPAN(""));
	json_set(sender, "words", json_share(words));
	form_part_without(page, sender, "sender:", SCHEMA(listener_sender_parts),
	    json_is_object(stored) ? stored : NULL, "preset secrets");
	take_problem(page, sender, "sender/secret", "f-sender-secret", "Secret");
	take_problem(page, sender, "/sender/secrets", "f-sender-secret", "Secret");
	take_problem(page, sender, "/sender", "f-sender-preset", "Sender");
}

/* Those that were revoked open nothing. */
static void
drop_revoked(struct page *page)
{
	struct json_object *reply = page_reply(page, "offered-apikey");
	struct json_object *kept = json_new_array(page->arena), *rows = json_get(reply, "rows");

	for (size_t i = 0; i < json_count(rows); i++)
		if (json_string(json_at(rows, i), "revoked").n == 0)
			json_append(kept, json_share(json_at(rows, i)));
	/* Who may not see them knows the name of his. */
	if (json_count(kept) == 0 && !json_flag(page_root(page, "me"), "is_admin", false))
		json_del(page_root(page, "calls"), "offered-apikey");
	else if (reply != NULL)
		json_set(reply, "rows", json_share(kept));
}

static void
draw_apikey(struct page *page, struct json_object *doc, bool new)
{
	struct json_object *apikey = page_add(page, "apikey");
	struct span from = page_text(page, "form", "key/from"), has = json_string(doc, "apiKey");
	bool any;

	drop_revoked(page);
	any = json_count(json_get(page_reply(page, "offered-apikey"), "rows")) > 0;
	if (from.n == 0)
		from = has.n > 0 ? SPAN("existing") : !new ? SPAN("none")
		    : any || !json_flag(page_root(page, "me"), "is_admin", false) ? SPAN("existing")
		                                                                   : SPAN("new");
	json_set_bool(apikey, arena_printf(page->arena, "is_%.*s", (int)from.n, from.p), true);
	/* Hidden where another choice is made: the complaint stands above the choices. */
	take_problem(page, apikey, "/apiKey", "f-key-from", "API Key");
	form_part(page, apikey, "", kind_listener.members, doc, "apiKey");
	json_set_text(apikey, "name", page_text(page, "form", "key:/name"));
	take_problem(page, apikey, "key:/name", "f-key-name", "Name of the API Key");
	take_problem(page, apikey, "key:", "f-key-name", "API Key");
}

/* ---- all of it */

static void
draw_matching(struct page *page, enum record record)
{
	struct json_object *matching = filter_form_matching(page, "count",
	    span_of(record_name(record)));
	struct json_object *row = json_get(matching, "row");

	json_set_bool(matching, "of_users", record == RECORD_USER);
	json_set_bool(matching, "none", row != NULL && json_integer(row, "count", 0) == 0 &&
	    !json_flag(row, "more", false));
}

void
listener_draw(struct page *page, struct json_object *doc)
{
	struct json_object *shown = page_root(page, "page"), *more;
	struct span automation = json_string(shown, "automation");
	bool edit = json_string(shown, "version").n > 0;
	enum record record = span_is(automation, "feedback") ? RECORD_FEEDBACK : RECORD_USER;

	form_part(page, page_add(page, "basics"), "", kind_listener.members, doc,
	    "name description");
	if (!edit)
		form_part(page, page_add(page, "scope"), "", kind_listener.members, doc, "project");
	draw_key(page, doc, edit);
	filter_form_draw(page, json_string(doc, "filter"));
	json_set_bool(json_get(page_root(page, "page"), "filter"), "of_users",
	    record == RECORD_USER);
	draw_matching(page, record);
	draw_types(page, doc);
	draw_macro(page, doc, record);
	draw_group(page, doc);
	draw_target(page, doc, record, !edit && !json_has(doc, "key"));
	draw_sender(page, doc);
	draw_apikey(page, doc, !edit && !json_has(doc, "key"));
	more = page_add(page, "more");
	form_part(page, more, "", kind_listener.members, doc, "challenge");
	json_set(more, "challenge", json_share(json_get(more, "fields")));
	form_part(page, more, "", kind_listener.members, doc, FIRST_OF_MORE);
	json_set(more, "first", json_share(json_get(more, "fields")));
	form_part_without(page, more, "", SCHEMA(kind_listener.members[0], throttle_members), doc,
	    "key project type automation name description apiKey sender target filter challenge "
	    FIRST_OF_MORE);
	json_set_bool(more, "open", has_problem(json_get(more, "first")) ||
	    has_problem(json_get(more, "fields")) || has_problem(json_get(more, "challenge")));
	json_set_bool(more, "challenge_open", has_problem(json_get(more, "challenge")));
	take_problem(page, page_add(page, "filter_problem"), "/filter", "f-filter-expression", "Filter");
	if (!json_has(shown, "past"))
		page_add(page, "past");
	json_set_text(json_get(shown, "past"), "typed", page_text(page, "form", "past/since"));
	take_problem(page, json_get(shown, "past"), "past/since", "f-past-since", "From");
}
