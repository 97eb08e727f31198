/* SPDX-License-Identifier: ISC */
/*
 * The log of changes. Whatever changes are made, of any kind, drawn from the schema (draw.h):
 * undone one after the other, the last first, they leave the store as it was, but for times;
 * and undone once more, from the log of the undoing, as they had made it. Beside that: what
 * is not undone and why, what of people and secrets stands in it, who may see it, and its end.
 */
#include "base/json_document.h"
#include "base/settings.h"
#include "command/job.h"
#include "draw.h"
#include "listen/register.h"
#include "record/audit.h"
#include "record/doc.h"
#include "store/table.h"

#define ROUNDS 40
#define CHANGES 12 /* of one round, at most */
#define TRIES 400  /* drawn for one that is valid */

static struct scratch store;
static struct draw draw;

/* As it is printed; NULL when it failed. */
static const char *
call_told(struct arena *arena, const char *args, const char **failure_r)
{
	struct run job = { 0 };
	char *quoted = arena_string(arena, span_of(args));
	const char *out;

	/* run_open() takes ' for ". */
	for (char *p = quoted; *p != '\0'; p++)
		if (*p == '\'')
			*p = '`';
	if (!run_open(&job, &store, quoted))
		return NULL;
	while (run_step(&job))
		continue;
	if (failure_r != NULL)
		*failure_r = arena_string(arena, span_of(job.job.error.detail));
	out = job.job.error.fault != FAULT_NONE ? NULL
	    : arena_printf(arena, "%.*s", (int)job.out.n, job.out.n > 0 ? job.out.p : "");
	run_close(&job);
	return out;
}

static const char *
call(struct arena *arena, const char *args)
{
	return call_told(arena, args, NULL);
}

static struct json_object *
first_line(struct arena *arena, const char *text)
{
	struct span rest = span_of(text);

	return text != NULL ? json_load(arena, text_cut(&rest, '\n')) : NULL;
}

/* The change last made: "id" and all that the list tells. NULL: none. */
static struct json_object *
newest(struct arena *arena)
{
	return first_line(arena, call(arena, "{\"command\":\"audit\",\"limit\":1}"));
}

static struct json_object *
undo(struct arena *arena, struct span id, const char **failure_r)
{
	return first_line(arena, call_told(arena, arena_printf(arena,
	    "{\"command\":\"audit-undo\",\"id\":\"%.*s\"}", (int)id.n, id.p), failure_r));
}

/* ---- any changes */

/* Everything, without times and what only tells of times: of values when each was set and
 * what it was before that, of schedules since when they are on, of comments when and by whom
 * their text was changed. */
static const char *
world(struct arena *arena)
{
	static const char *const dated[] = { "updatedAt", "at", "set", "history", NULL };
	struct span text = span_of(arena_printf(arena, "%s%s", call(arena,
	    "{\"command\":\"export\"}"), call(arena, "{\"command\":\"export\",\"kind\":\"apikey\"}")));
	struct buf out = { 0 };

	while (text.n > 0) {
		struct json_object *doc = json_load(arena, text_cut(&text, '\n'));
		bool value = span_is(json_string(doc, "kind"), "value");

		for (size_t i = 0; doc != NULL && dated[i] != NULL; i++)
			if (value || i == 0)
				json_del(doc, dated[i]);
		if (span_is(json_string(doc, "kind"), "schedule"))
			json_del(doc, "since");
		if (span_is(json_string(doc, "kind"), "comment"))
			json_del(doc, "changed");
		if (doc != NULL)
			buf_span(&out, json_write(arena, doc));
		buf_putc(&out, '\n');
	}
	return arena_string(arena, buf_keep(&out, arena));
}

static const char *
apply(struct arena *arena, struct json_object *doc, bool dry, bool replace)
{
	return call(arena, arena_printf(arena, "{\"command\":\"apply\",\"dryRun\":%s,\"replace\":%s,"
	    "\"documents\":[{\"line\":1,\"doc\":%s}]}", dry ? "true" : "false",
	    replace ? "true" : "false", arena_string(arena, json_write(arena, doc))));
}

static const struct kind *
any_kind(void)
{
	size_t n = 0;

	while (kinds[n] != NULL)
		n++;
	return kinds[draw_below(&draw, n)];
}

static const char *
named(struct json_object *doc)
{
	const struct kind *kind = kind_by_name(json_string(doc, "kind"));

	return arena_printf(draw.arena, "\"kind\":\"%s\",\"name\":\"%s\"", kind->name,
	    arena_string(draw.arena, kind_name(draw.arena, kind, doc)));
}

/* It has secrets, which nothing could bring back. */
static bool
is_secret(struct json_object *doc, struct span text)
{
	return memmem(text.p, text.n, "\"sealed\"", 8) != NULL ||
	    (span_is(json_string(doc, "kind"), "listener") &&
	    (json_has(doc, "sender") || !json_has(doc, "apiKey")));
}

/* The document that is there under this name. */
static bool
replaces_secret(struct json_object *doc)
{
	const char *text = call(draw.arena, arena_printf(draw.arena, "{\"command\":\"show\",%s}",
	    named(doc)));

	return text != NULL && is_secret(first_line(draw.arena, text), span_of(text));
}

/* Makes one, or makes another one of it. */
static bool
apply_any(void)
{
	const struct kind *kind = any_kind();
	const char *name = arena_printf(draw.arena, "drawn-%d", (int)draw_below(&draw, 3));
	bool replace = draw_below(&draw, 2) == 0;

	if (kind->members == NULL)
		return false;
	if (strcmp(kind->name, "apikey") == 0)
		name = "app";
	for (int i = 0; i < TRIES; i++) {
		struct json_object *doc = draw_document(&draw, kind, name);

		if (apply(draw.arena, json_copy(draw.arena, doc), true, replace) != NULL &&
		    !replaces_secret(doc))
			return apply(draw.arena, doc, false, replace) != NULL;
	}
	return false;
}

/* A document that is there, without secrets. */
static struct json_object *
any_document(void)
{
	struct span text = span_of(call(draw.arena, "{\"command\":\"export\"}"));
	struct json_object *found = NULL;
	uint64_t seen = 0;

	while (text.n > 0) {
		struct span line = text_cut(&text, '\n');
		struct json_object *doc = json_load(draw.arena, line);

		if (doc == NULL || span_is(json_string(doc, "kind"), "user") || is_secret(doc, line))
			continue;
		if (draw_below(&draw, ++seen) == 0)
			found = doc;
	}
	return found;
}

static bool
remove_any(void)
{
	struct json_object *doc = any_document();

	return doc != NULL && call(draw.arena, arena_printf(draw.arena,
	    "{\"command\":\"remove\",%s}", named(doc))) != NULL;
}

/* Takes a member away. */
static bool
clear_any(void)
{
	struct json_object *doc = any_document();
	struct doc_member *members;
	size_t n = doc_members(draw.arena, doc, &members);

	return n > 0 && call(draw.arena, arena_printf(draw.arena,
	    "{\"command\":\"set\",%s,\"members\":{\"%s\":null}}", named(doc),
	    members[draw_below(&draw, n)].name)) != NULL;
}

/* Gives somebody another address, whom others name. */
static bool
rename_any(void)
{
	int from = 1 + (int)draw_below(&draw, 2), to = (int)draw_below(&draw, 3);

	return call(draw.arena, arena_printf(draw.arena, "{\"command\":\"set\",\"kind\":\"user\","
	    "\"name\":\"p%d@mail.example\",\"members\":{\"email\":\"moved-%d@mail.example\"}}",
	    from, to)) != NULL;
}

static bool
revoke_or_rotate(void)
{
	return call(draw.arena, "{\"command\":\"set\",\"kind\":\"apikey\",\"name\":\"app\","
	    "\"members\":{\"description\":\"another\"}}") != NULL;
}

/* The ids of all changes behind this one, the last first. */
static size_t
changes_since(struct arena *arena, struct span begin, struct span **ids_r)
{
	struct span text = span_of(call(arena, "{\"command\":\"audit\"}"));
	struct span *ids = NULL;
	size_t n = 0, room = 0;

	while (text.n > 0) {
		struct span id = json_string(json_load(arena, text_cut(&text, '\n')), "id");

		if (id.n == 0 || span_eq(id, begin))
			break;
		ids = arena_grow(arena, ids, n, &room, sizeof *ids);
		ids[n++] = arena_copy(arena, id);
	}
	*ids_r = ids;
	return n;
}

/* Accounts and secrets are kept nowhere: that one was made and undone is not taken back. */
static bool
took_for_good(struct arena *arena, struct span begin)
{
	struct span text = span_of(call(arena, "{\"command\":\"audit\"}"));

	while (text.n > 0) {
		struct json_object *entry = json_load(arena, text_cut(&text, '\n'));

		if (entry == NULL || span_eq(json_string(entry, "id"), begin))
			break;
		if ((span_is(json_string(entry, "kind"), "user") &&
		    span_is(json_string(entry, "change"), "removed")) ||
		    json_flag(entry, "secrets", false))
			return true;
	}
	return false;
}

/* True when all were undone. */
static bool
undo_since(struct arena *arena, struct span begin, size_t *count_r)
{
	struct span *ids;
	size_t n = changes_since(arena, begin, &ids);

	for (size_t i = 0; i < n; i++) {
		const char *why = NULL;

		if (undo(arena, ids[i], &why) != NULL)
			continue;
		printf("# %.*s: %s\n# %s", (int)ids[i].n, ids[i].p, why, call(arena, arena_printf(arena,
		    "{\"command\":\"audit-show\",\"id\":\"%.*s\"}", (int)ids[i].n, ids[i].p)));
		return false;
	}
	*count_r += n;
	return true;
}

static void
tell_difference(const char *before, const char *after)
{
	struct span a = span_of(before), b = span_of(after);

	while (a.n > 0 || b.n > 0) {
		struct span x = text_cut(&a, '\n'), y = text_cut(&b, '\n');

		if (span_eq(x, y))
			continue;
		printf("# was %.*s\n#  is %.*s\n", (int)x.n, x.p, (int)y.n, y.p);
		return;
	}
}

static void
any_changes(void)
{
	static bool (*const ways[])(void) = { apply_any, apply_any, apply_any, remove_any,
		clear_any, rename_any, revoke_or_rotate };
	size_t changes = 0, bad = 0, again = 0;

	for (int round = 0; round < ROUNDS && bad == 0; round++) {
		struct arena_mark mark = arena_mark(draw.arena);
		struct span begin = json_string(newest(draw.arena), "id"), middle;
		const char *before = world(draw.arena), *made;
		uint64_t n = 1 + draw_below(&draw, CHANGES);

		for (uint64_t i = 0; i < n; i++)
			ways[draw_below(&draw, sizeof ways / sizeof ways[0])]();
		made = world(draw.arena);
		middle = json_string(newest(draw.arena), "id");
		bad += !undo_since(draw.arena, begin, &changes);
		if (bad == 0 && strcmp(world(draw.arena), before) != 0) {
			tell_difference(before, world(draw.arena));
			bad++;
		}
		/* And back to what they had made. */
		if (bad == 0 && round % 2 == 0 && !took_for_good(draw.arena, middle)) {
			struct span end = json_string(newest(draw.arena), "id");

			bad += !undo_since(draw.arena, middle, &again);
			if (bad == 0 && strcmp(world(draw.arena), made) != 0) {
				tell_difference(made, world(draw.arena));
				bad++;
			}
			bad += !undo_since(draw.arena, end, &again);
		}
		arena_rewind(draw.arena, mark);
	}
	ok(bad == 0, "what was changed and undone is as it was");
	ok(changes > 3 * ROUNDS && again > 0, "%zu changes, and %zu of the undoing", changes, again);
}

static void
applied(const char *documents)
{
	const char *out, *why = NULL;
	struct span rest = span_of(documents);
	struct buf list = { 0 };

	for (int i = 1; rest.n > 0; i++) {
		struct span line = text_cut(&rest, '\n');

		buf_printf(&list, "%s{\"line\":%d,\"doc\":%.*s}", i > 1 ? "," : "", i, (int)line.n,
		    line.p);
	}
	out = call_told(draw.arena, arena_printf(draw.arena,
	    "{\"command\":\"apply\",\"documents\":[%.*s]}", (int)list.n, list.p), &why);
	buf_free(&list);
	if (out == NULL)
		printf("Bail out! %s: %s\n", documents, why);
}

/* ---- single cases */

/* {'command':…} as it stands in the table; what it says, or why it failed. */
static const char *
said(const char *args)
{
	static struct run job;

	return run(&job, &store, args);
}

/* Undoes the change that was made before the last n. */
static const char *
undo_before(size_t n, bool dry)
{
	struct span *ids;
	size_t count = changes_since(draw.arena, SPAN("-"), &ids);

	if (n >= count)
		return "none";
	return said(arena_printf(draw.arena, "{'command':'audit-undo','id':'%.*s'%s}",
	    (int)ids[n].n, ids[n].p, dry ? ",'dryRun':true" : ""));
}

static void
set(const char *kind, const char *name, const char *members)
{
	const char *text = said(arena_printf(draw.arena,
	    "{'command':'set','kind':'%s','name':'%s','members':%s}", kind, name, members));

	if (strstr(text, "! ") != NULL)
		printf("Bail out! %s\n", text);
}

static void
not_overwritten(void)
{
	applied("{\"kind\":\"team\",\"key\":\"t\",\"name\":\"One\"}");
	set("team", "t", "{'name':'Two'}");
	set("team", "t", "{'description':'D'}");
	is_like(undo_before(1, true), "{'undid':'*','change':'changed','kind':'team','name':'t'}\n",
	    "a dry run tells that it can be undone");
	is_like(said("{'command':'audit','kind':'team','name':'t','limit':1}"),
	    "{'change':'changed',*'members':['description']}\n*", "and changes nothing");
	is_like(undo_before(1, false), "{'id':'*','undid':'*'}\n", "a change is undone");
	is_like(said("{'command':'show','kind':'team','name':'t'}"),
	    "{'kind':'team','key':'t','name':'One','description':'D'}\n",
	    "and what was changed beside it stays");
	is_like(said("{'command':'audit','limit':1}"), "{'change':'changed','kind':'team',"
	    "'by':{'via':'command line'},'undoes':'*'name':'t','who':'command line',"
	    "'members':['name']}\n*", "as a change itself");
	set("team", "t", "{'name':'Three'}");
	is_like(undo_before(3, false), "! bad-document: this change cannot be undone: name was changed "
	    "since, at * by command line; undo that first: *\n", "one that was changed again is not");
	is_like(undo_before(4, false), "! bad-document: this change cannot be undone: *",
	    "nor made away with by undoing that it was made");
	applied("{\"kind\":\"user\",\"email\":\"in@mail.example\",\"teams\":[\"t\"]}");
	said("{'command':'set','kind':'user','name':'in@mail.example','members':{'teams':[]}}");
	said("{'command':'remove','kind':'team','name':'t'}");
	is_like(undo_before(1, false), "{'pointer':'/teams/0','error':'there is no team *'}\n"
	    "! bad-document: this change cannot be undone: what it was before cannot stand any more\n",
	    "what names something that is gone is not put back");
	is_like(undo_before(0, false), "*'kind':'team','name':'t'}\n", "that is");
	is_like(undo_before(2, false), "*'kind':'user','name':'in@mail.example'}\n",
	    "and then the other");
	applied("{\"kind\":\"team\",\"key\":\"u\",\"name\":\"U\"}");
	set("user", "in@mail.example", "{'teams':['t','u']}");
	is_like(undo_before(1, false), "*user in@mail.example*! bad-document: this change cannot be "
	    "undone: it is used by now\n", "what is used by now is not removed, and it is told by whom");
}

static void
parts(void)
{
	applied("{\"kind\":\"feedback\",\"id\":\"p\",\"project\":\"home\",\"title\":\"P\"}\n"
	    "{\"kind\":\"comment\",\"feedback\":\"p\",\"id\":\"0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a66\","
	    "\"author\":\"in@mail.example\",\"text\":\"Hm.\"}");
	is_like(undo_before(1, false), "! bad-document: this change cannot be undone: it has got comments "
	    "or values since*", "a ticket with comments is not removed by undoing that it was made");
	said("{'command':'remove','kind':'feedback','name':'p'}");
	is_like(said("{'command':'audit','limit':1}"), "{'change':'removed','kind':'feedback',"
	    "'project':'home',*'parts':1,*", "what goes with a ticket is told");
	is_like(said("{'command':'show','kind':'comment','name':'p/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a66'}"),
	    "! not-found*", "and gone");
	is_like(undo_before(0, false), "{'id':*", "it is undone");
	is_like(said("{'command':'show','kind':'comment','name':'p/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a66'}"),
	    "{'kind':'comment',*'author':'in@mail.example','text':'Hm.',*", "with the comments");
	is_like(undo_before(0, false), "{'id':*", "and that is undone, though it has comments");
	is_like(undo_before(0, false), "{'id':*", "and that");
}

/* Every row of the log, as it lies on the disk. */
struct rows {
	const char *text;
	size_t found, rows;
};

static void
look_for(struct txn *txn, void *arg)
{
	static const enum table tables[] = { TABLE_AUDIT, TABLE_AUDIT_OF, TABLE_AUDIT_PART };
	struct rows *rows = arg;
	struct span key, value;

	rows->found = rows->rows = 0;
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		struct walk *walk = walk_open(txn, tables[i], SPAN(""), SPAN(""), false);

		while (walk_next(walk, &key, &value)) {
			size_t n = strlen(rows->text);

			rows->rows++;
			rows->found += memmem(key.p, key.n, rows->text, n) != NULL ||
			    (value.n > 0 && memmem(value.p, value.n, rows->text, n) != NULL);
		}
		walk_close(&walk);
	}
}

static size_t
found(const char *text)
{
	struct rows rows = { .text = text };

	scratch_run(&store, STORE_READ, look_for, &rows);
	return rows.found;
}

static void
people(void)
{
	const char *id;

	applied("{\"kind\":\"user\",\"email\":\"eva@mail.example\",\"firstName\":\"Evangeline\"}\n"
	    "{\"kind\":\"feedback\",\"id\":\"e\",\"project\":\"home\",\"title\":\"E\","
	    "\"submitter\":\"eva@mail.example\",\"followers\":[\"eva@mail.example\",\"in@mail.example\"]}\n"
	    "{\"kind\":\"comment\",\"user\":\"eva@mail.example\",\"id\":"
	    "\"0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a77\",\"author\":\"in@mail.example\",\"text\":\"Evas.\"}\n"
	    "{\"kind\":\"value\",\"group\":\"usage\",\"user\":\"eva@mail.example\",\"values\":{\"n\":1}}");
	set("user", "eva@mail.example", "{'lastName':'Evason'}");
	ok(found("Evangeline") > 0, "what was told of an account is there");
	set("user", "eva@mail.example", "{'email':'eve@mail.example'}");
	is_like(said("{'command':'audit','kind':'value','name':'usage/eve@mail.example'}"),
	    "{'change':'created','kind':'value',*'name':'usage/eve@mail.example',*}\n",
	    "a change is found by the address that somebody has now");
	id = arena_string(draw.arena, json_string(first_line(draw.arena, call(draw.arena,
	    "{\"command\":\"audit\",\"kind\":\"feedback\",\"name\":\"e\"}")), "id"));
	is_like(said(arena_printf(draw.arena, "{'command':'audit-show','id':'%s'}", id)),
	    "*'submitter':'eve@mail.example',*'followers':['eve@mail.example','in@mail.example']*",
	    "and shows it");
	set("feedback", "e", "{'submitter':null}");
	is_like(undo_before(0, false), "{'id':*", "so a change of before is undone");
	is_like(said("{'command':'show','kind':'feedback','name':'e'}"),
	    "*'submitter':'eve@mail.example'*", "with the new address");
	set("feedback", "e", "{'submitter':null,'followers':[]}");
	said("{'command':'remove','kind':'user','name':'eve@mail.example'}");
	ok(found("Evangeline") == 0 && found("Evason") == 0 && found("Evas.") == 0 &&
	    found("eva@mail.example") == 0 && found("eve@mail.example") == 0,
	    "nothing is left of an account that is deleted");
	is_like(said(arena_printf(draw.arena, "{'command':'audit-show','id':'%s'}", id)),
	    "*'followers':['in@mail.example']*", "and others are told without it");
	is_like(said("{'command':'audit','kind':'user','limit':1}"),
	    "{'change':'removed','kind':'user',*", "that it was deleted is told");
	is_like(undo_before(0, false), "! bad-document: this change cannot be undone: when an account is "
	    "deleted nothing of it is kept, here neither; make a new one\n", "and not undone");
	is_like(undo_before(1, false), "{'id':*", "what named it is undone without it");
	is_like(said("{'command':'show','kind':'feedback','name':'e'}"),
	    "{*'title':'E',*'followers':['in@mail.example']*", "and who is left is back");
	is_like(said("{'command':'check'}"), "*'problems':0*", "the log and its index are whole");
}

static void
secrets(void)
{
	static const char hook[] = "{\"kind\":\"macro\",\"key\":\"hook\",\"automation\":\"user\",%s"
	    "\"actions\":[{\"action\":\"webhook\",\"url\":\"https://%s.example/in\",\"headers\":"
	    "{\"X-Key\":\"%s\"},\"body\":\"{}\"}]}";

	applied(arena_printf(draw.arena, hook, "", "a", "first secret"));
	applied(arena_printf(draw.arena, hook, "\"name\":\"N\",", "a", "first secret"));
	ok(found("first secret") == 0 && found("sealed") > 0, "no secret is in the log");
	is_like(said("{'command':'audit-show','id':'last'}"), "*'changes':[{'member':'/name','after':'N'}]*",
	    "nor is its seal");
	is_like(undo_before(0, false), "{'id':*'name':'hook'}\n", "what was changed beside it is undone");
	is_like(undo_before(0, false), "{'id':*'name':'hook'}\n", "and back");
	applied(arena_printf(draw.arena, hook, "\"name\":\"M\",", "a", "second secret"));
	is_like(said("{'command':'audit-show','id':'last'}"), "*'secrets':true*", "that it was changed is told");
	is_like(undo_before(0, false), "{'id':*'notes':['secrets were changed, too, and what they were is "
	    "kept nowhere: those that are there now stay']}\n", "undone without the secret, which is said");
	is_like(said("{'command':'show','kind':'macro','name':'hook'}"), "*'name':'N'*'sealed':*",
	    "and the present one stays");
	applied(arena_printf(draw.arena, hook, "\"name\":\"N\",", "b", "third secret"));
	is_like(undo_before(0, false), "! bad-document: this change cannot be undone: a secret stood in it "
	    "that is kept nowhere; change it by hand*", "no secret goes to another address than it is for");
	said("{'command':'remove','kind':'macro','name':'hook'}");
	is_like(undo_before(0, false), "! bad-document: this change cannot be undone: a secret stood in it "
	    "that is kept nowhere; make it anew*", "what was removed with its secrets is gone");

	applied("{\"kind\":\"listener\",\"key\":\"l\",\"type\":\"comment\",\"automation\":\"user\",\"apiKey\":"
	    "\"app\",\"author\":\"a\",\"comment\":\"c\",\"sender\":{\"preset\":\"github\",\"secrets\":"
	    "[\"a secret of the sender\"]},\"target\":{\"match\":\"email\",\"parameter\":\"e\"}}");
	applied("{\"kind\":\"listener\",\"key\":\"l\",\"type\":\"comment\",\"automation\":\"user\",\"apiKey\":"
	    "\"app\",\"author\":\"a\",\"comment\":\"c\",\"sender\":{\"preset\":\"github\",\"secrets\":"
	    "[\"another secret of the sender\"]},\"target\":{\"match\":\"email\",\"parameter\":\"e\"}}");
	ok(found("secret of the sender") == 0, "nor is that of a sender");
	is_like(undo_before(0, false), "! bad-document: this change cannot be undone: it changed secrets "
	    "alone, *", "secrets alone are not changed back");
	said("{'command':'remove','kind':'listener','name':'l'}");
	is_like(undo_before(0, false), "{'id':*'notes':['its secrets are kept nowhere: give them anew']}\n",
	    "a listener comes back without them, which is said");
	applied("{\"kind\":\"listener\",\"key\":\"m\",\"type\":\"comment\",\"automation\":\"user\",\"author\":"
	    "\"a\",\"comment\":\"c\",\"sender\":{\"preset\":\"github\",\"secrets\":[\"a secret of the sender\"]},"
	    "\"target\":{\"match\":\"email\",\"parameter\":\"e\"}}");
	applied("{\"kind\":\"listener\",\"key\":\"m\",\"type\":\"comment\",\"automation\":\"user\",\"author\":"
	    "\"a\",\"comment\":\"c\",\"apiKey\":\"app\",\"target\":{\"match\":\"email\",\"parameter\":\"e\"}}");
	is_like(undo_before(0, false), "*! bad-document: this change cannot be undone: what it was before "
	    "cannot stand any more, without the secrets that it had, which are kept nowhere; *",
	    "one that was let in by them alone does not, which is said as well");

	said(arena_printf(draw.arena, "{'command':'apikey-create','name':'k','sha256':'%064d','hint':'ear'}", 8));
	said(arena_printf(draw.arena, "{'command':'apikey-rotate','name':'k','sha256':'%064d','hint':'ear',"
	    "'overlapUntil':'2030-01-01T00:00:00Z'}", 9));
	ok(found(arena_printf(draw.arena, "%064d", 9)) == 0, "nor the hash of an API key");
	is_like(undo_before(0, false), "! bad-document: this change cannot be undone: secrets of API keys "
	    "are kept nowhere; give it another one: earshot apikey rotate k\n", "a rotation stays");
	set("apikey", "k", "{'description':'D'}");
	is_like(undo_before(0, false), "{'id':*", "another change of the key does not");
	said("{'command':'apikey-revoke','name':'k'}");
	is_like(undo_before(0, false), "{'pointer':'/revoked','error':'a key that was revoked stays "
	    "revoked*cannot be undone*", "nor is one that was revoked valid again");
	said("{'command':'remove','kind':'apikey','name':'k'}");
	is_like(undo_before(0, false), "! bad-document: *make another one: earshot apikey create k\n",
	    "or there again");
}

static void
lossy(void)
{
	applied("{\"kind\":\"group\",\"key\":\"g\",\"name\":\"G\",\"automation\":\"user\",\"fields\":"
	    "[{\"label\":\"A\",\"parameter\":\"a\",\"type\":\"string\"}]}\n"
	    "{\"kind\":\"value\",\"group\":\"g\",\"user\":\"in@mail.example\",\"values\":{\"a\":\"x\"}}");
	applied("{\"kind\":\"group\",\"key\":\"g\",\"name\":\"G\",\"automation\":\"user\",\"convert\":\"lossy\","
	    "\"fields\":[{\"label\":\"A\",\"parameter\":\"a\",\"type\":\"integer\"}]}");
	is_like(undo_before(0, false), "{'id':*'notes':['values were given up by that change: they do not "
	    "come back']}\n", "that values do not come back is said");
	applied("{\"kind\":\"value\",\"group\":\"g\",\"user\":\"in@mail.example\",\"values\":{\"a\":\"y\"}}");
	said("{'command':'group-clear','name':'g'}");
	said("{'command':'remove','kind':'group','name':'g'}");
	is_like(undo_before(0, false), "{'id':*", "a group comes back");
	is_like(undo_before(2, false), "{'id':*'kind':'value','name':'g/in@mail.example'}\n",
	    "and its values, which were dropped before");
	is_like(said("{'command':'show','kind':'value','name':'g/in@mail.example'}"), "*{'a':'y'}*",
	    "each as it was");
}

/* ---- its end */

static bool more;

static void
expire(struct txn *txn, void *arg)
{
	more = audit_expire(txn, text_now() + *(int64_t *)arg, 50);
}

static size_t
rows_left(void)
{
	struct rows rows = { .text = "\"change\"" };

	scratch_run(&store, STORE_READ, look_for, &rows);
	return rows.rows;
}

static void
ends(void)
{
	int64_t later = 0;
	size_t before = rows_left(), slices = 0;

	scratch_run(&store, STORE_WRITE, expire, &later);
	ok(!more && rows_left() == before, "what is young stays");
	store.settings.audit_bytes = 4096;
	do {
		scratch_run(&store, STORE_WRITE, expire, &later);
		slices++;
	} while (more && slices < 10000);
	ok(slices > 1 && found("\"change\"") > 3 && found("\"change\"") < 40,
	    "no more than the settings say is kept: %zu changes, after %zu slices", found("\"change\""),
	    slices);
	is_like(said("{'command':'check'}"), "*'problems':0*", "and its index goes along");
	later = store.settings.audit_keep + 1000000;
	do
		scratch_run(&store, STORE_WRITE, expire, &later);
	while (more);
	/* A clock that has leapt removes nothing. */
	ok(found("\"change\"") > 3, "a clock that leaps takes nothing");
	store.settings.audit_keep = -1000000;
	later = 0;
	do
		scratch_run(&store, STORE_WRITE, expire, &later);
	while (more);
	ok(rows_left() == 0, "what is old goes, to the last row");
	is_like(said("{'command':'audit-show','id':'0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a66'}"),
	    "! not-found: there is no change *", "and is not found any more");
}

int
main(void)
{
	struct arena *arena = arena_new();
	struct error error = { 0 };
	struct json_object *base;

	if (!scratch_open(&store))
		return 1;
	draw = (struct draw){ .arena = arena_new(), .state = draw_seed() };
	ok(call(arena, "{\"command\":\"init\"}") != NULL &&
	    call(arena, arena_printf(arena, "{\"command\":\"apikey-create\",\"name\":\"app\",\"sha256\":"
	        "\"%064d\",\"hint\":\"ear\"}", 7)) != NULL, "a store with an API key");
	base = json_read(arena, span_of(arena_printf(arena, "[%s]", draw_base())),
	    &json_limits_document, &error);
	for (size_t i = 0; i < json_count(base); i++)
		applied(arena_string(arena, json_write(arena, json_at(base, i))));
	any_changes();
	applied("{\"kind\":\"user\",\"email\":\"root@mail.example\",\"roles\":[\"admin\"]}");
	not_overwritten();
	parts();
	people();
	secrets();
	lossy();
	ends();
	said("{'command':'stat'}");
	arena_free(&draw.arena);
	arena_free(&arena);
	scratch_close(&store);
	return tap_done();
}
