/* SPDX-License-Identifier: ISC */
/*
 * Documents of kind comment: {"id", "feedback" or "user" (e-mail), "project"?,
 * "author" (null: deleted), "text", "at", "changed"? {"at", "by"? (id of a user)}, "listener"?,
 * "delivery"?}. Of one that is there the text alone can be changed, which "changed" tells. On the
 * command line a comment is named by its target and id: "1042/0193…",
 * "ann@mail.example/0193…".
 */
#include "community/comment_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "community/people.h"
#include "kinds/parts.h"
#include "record/doc_check.h"
#include "record/schema.h"
#include "store/store.h"
#include "store/table.h"

#include <string.h>

static const struct member changed_parts[] = {
	{ "at", MEMBER_TIME, MEMBER_NEEDED, .label = "At" },
	{ "by", MEMBER_ID, 0, .label = "By" },
	{ .name = NULL },
};

static const struct member members[] = {
	{ "id", MEMBER_UUID, 0, .label = "Id" },
	{ "feedback", MEMBER_ID, MEMBER_FILLED, .label = "Ticket", .refers = "feedback", .column = 3,
	    .report = 3 },
	{ "user", MEMBER_EMAIL, 0, .label = "User", .column = 4 },
	{ "project", MEMBER_KEY, 0, .label = "Project", .refers = "project" },
	{ "author", MEMBER_EMAIL, 0, .label = "Author", .refers = "user", .column = 2, .report = 2 },
	{ "text", MEMBER_TEXT, MEMBER_NEEDED | MEMBER_FILLED, .label = "Text", .max = COMMENT_TEXT_MAX,
	    .column = 5 },
	{ "at", MEMBER_TIME, 0, .label = "Written", .column = 1, .report = 1 },
	{ "changed", MEMBER_OBJECT, MEMBER_KEPT, .label = "Text changed", .parts = changed_parts },
	{ "listener", MEMBER_LINE, 0, .label = "Listener", .report = 4 },
	{ "delivery", MEMBER_UUID, 0, .label = "Delivery" },
	{ .name = NULL },
};

static void
check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	bool feedback = json_string(doc, "feedback").n > 0;

	(void)txn;
	schema_check(SCHEMA(members), doc, complaints, "");
	if (feedback == (json_string(doc, "user").n > 0))
		complain(complaints, "", "either \"feedback\" or \"user\" must be given");
	if (feedback && json_string(doc, "project").n > 0)
		complain(complaints, "/project", "only comments on users have a project");
}

static char
put(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	struct span email = json_string(doc, "user");
	struct json_object *changed = json_get(doc, "changed");
	struct comment comment = {
		.record = email.n > 0 ? RECORD_USER : RECORD_FEEDBACK,
		.target = json_string(doc, "feedback"),
		.project = json_string(doc, "project"),
		.author = json_string(doc, "author"),
		.text = json_string(doc, "text"),
		.listener = json_string(doc, "listener"),
		.changed_by = json_string(changed, "by"),
	};

	if (email.n > 0 && !people_id(txn, email, &comment.target)) {
		complain(complaints, "/user", "there is no user \"%.*s\"", (int)email.n, email.p);
		return '=';
	}
	if (!text_time(json_string(doc, "at"), &comment.at))
		comment.at = text_now();
	(void)text_time(json_string(changed, "at"), &comment.changed);
	if (!id_read(json_string(doc, "id"), &comment.id))
		comment.id = id_new(comment.at);
	if (!id_read(json_string(doc, "delivery"), &comment.delivery))
		memset(&comment.delivery, 0, sizeof comment.delivery);
	if (comment_store(txn, &comment))
		return 'c';
	return comment_reword(txn, &comment) ? 'u' : '=';
}

static struct json_object *
shown(struct txn *txn, struct span key, struct span row)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *doc = json_new_object(arena), *user;
	struct doc_member *stored;
	char text[ID_TEXT_SIZE];
	enum record record;
	struct span target;
	struct id id;
	size_t n = doc_members(arena, json_load(arena, row), &stored);

	if (!comment_key_read(key, &record, &target, &id))
		return NULL;
	json_set_text(doc, "kind", SPAN("comment"));
	json_set_text(doc, "id", span_of(id_text(id, text)));
	if (record == RECORD_USER) {
		user = record_load(txn, RECORD_USER, target);
		json_set_text(doc, "user", json_string(user, "email"));
	} else {
		json_set_text(doc, "feedback", target);
	}
	for (size_t i = 0; i < n; i++)
		json_set(doc, stored[i].name, json_share(stored[i].value));
	return doc;
}

void
comment_each(struct txn *txn, enum record record, struct span id,
    const struct doc_visit *visit)
{
	struct arena *arena = txn_arena(txn);
	struct span prefix = comment_key(arena, record, id, (struct id){ { 0 } }), key, row;
	struct walk *walk;
	struct arena_mark mark;

	prefix.n -= sizeof(struct id);
	walk = walk_open(txn, TABLE_COMMENT, prefix, SPAN(""), false);
	mark = arena_mark(arena);
	while (walk_next(walk, &key, &row)) {
		visit->fn(visit->arg, &kind_comment, shown(txn, arena_copy(arena, key), row));
		arena_rewind(arena, mark);
	}
	walk_close(&walk);
}

/* The key that a name on the command line means. */
static bool
find(struct txn *txn, struct span name, struct span *key_r)
{
	const char *slash = name.n > 0 ? memrchr(name.p, '/', name.n) : NULL;
	enum record record = RECORD_FEEDBACK;
	struct span target;
	struct id id;

	if (slash == NULL)
		return false;
	target = (struct span){ name.p, (size_t)(slash - name.p) };
	if (!id_read((struct span){ slash + 1, name.n - target.n - 1 }, &id))
		return false;
	if (target.n > 0 && memchr(target.p, '@', target.n) != NULL) {
		record = RECORD_USER;
		if (!people_id(txn, target, &target))
			return false;
	}
	if (!record_id_valid(target))
		return false;
	*key_r = comment_key(txn_arena(txn), record, target, id);
	return true;
}

static struct json_object *
get(struct txn *txn, struct span name)
{
	struct span key, row;

	if (!find(txn, name, &key) || !table_get(txn, TABLE_COMMENT, key, &row))
		return NULL;
	return shown(txn, key, row);
}

static bool
comment_remove(struct txn *txn, struct span name, struct complaints *complaints)
{
	struct span key;

	(void)complaints;
	if (!find(txn, name, &key) || !table_has(txn, TABLE_COMMENT, key))
		return false;
	comment_drop(txn, key);
	return true;
}

static struct json_object *
next(struct txn *txn, struct span after, struct span *position_r)
{
	struct arena *arena = txn_arena(txn);
	struct span from = { NULL, 0 }, key, row;
	struct json_object *doc = NULL;
	struct walk *walk;

	if (after.n > 0) /* a copy has a NUL behind it: the least key that is greater */
		from = (struct span){ arena_copy(arena, after).p, after.n + 1 };
	walk = walk_open(txn, TABLE_COMMENT, SPAN(""), from, false);
	if (walk_next(walk, &key, &row)) {
		*position_r = arena_copy(arena, key);
		doc = shown(txn, *position_r, row);
	}
	walk_close(&walk);
	return doc;
}

/* Whose it is stays. */
static const char *
warn(struct txn *txn, struct json_object *doc)
{
	struct span target = json_string(doc, json_has(doc, "user") ? "user" : "feedback");
	struct json_object *stored = get(txn, span_of(arena_printf(txn_arena(txn), "%.*s/%.*s",
	    (int)target.n, target.p, (int)json_string(doc, "id").n, json_string(doc, "id").p)));

	if (stored == NULL || json_equal(json_get(stored, "author"), json_get(doc, "author")))
		return NULL;
	return "of a comment that is there the text can be changed, and its author stays; to say it "
	    "by somebody else, remove it and create another";
}

/* The log of changes tells the text, and when it was. */
static const char *const dated[] = { "changed", NULL };

const struct kind kind_comment = {
	.name = "comment",
	.order = 120,
	.exported = true,
	.dated = dated,
	.members = SCHEMA(members),
	.check = check,
	.warn = warn,
	.put = put,
	.get = get,
	.remove = comment_remove,
	.next = next,
};
