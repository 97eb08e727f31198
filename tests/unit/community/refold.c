/* SPDX-License-Identifier: ISC */
#include "community/refold.h"

#include "base/buf.h"
#include "community/comment_rows.h"
#include "community/outbox.h"
#include "community/people.h"
#include "community/people_apply.h"

#define SHARP "\xc3\x9f" /* ß */
#define JIM "Jim@stra" SHARP "e.example"

static struct scratch s;

static void
fill(struct txn *txn, void *arg)
{
	static const struct {
		const struct kind *kind;
		const char *text;
	} docs[] = {
		{ &kind_project, "{'key':'phone','name':'Phone'}" },
		{ &kind_user, "{'id':'1','email':'" JIM "','username':'Gro" SHARP "'}" },
		{ &kind_user, "{'id':'2','email':'ann@mail.example','firstName':'J" SHARP "',"
		    "'notes':[{'text':'T','at':'2026-01-01T00:00:00Z','author':'" JIM "'}]}" },
		{ &kind_feedback, "{'id':'7','project':'phone','title':'T','submitter':'" JIM "',"
		    "'followers':['" JIM "','ann@mail.example']}" },
		{ &kind_comment, "{'feedback':'7','author':'" JIM "','text':'x'}" },
		{ &kind_comment, "{'user':'ann@mail.example','author':'" JIM "','text':'x'}" },
		{ &kind_comment, "{'user':'ann@mail.example','author':'ann@mail.example',"
		    "'text':'x" SHARP "'}" },
	};

	/* Who shared his rows. */
	const struct comment comment = { .record = RECORD_FEEDBACK, .target = SPAN("7"),
		.id = id_new(1), .author = SPAN("jim@strasse.example"), .text = SPAN("x"), .at = 1 };

	(void)arg;
	for (size_t i = 0; i < sizeof docs / sizeof docs[0]; i++)
		is_text(apply(txn, docs[i].kind, docs[i].text), "c", docs[i].text);
	ok(comment_store(txn, &comment), "a comment by another");
	outbox_add(txn, doc_of(txn, "{'kind':'email','to':'" JIM "','subject':'x'}"), 1, 1);
	outbox_add(txn, doc_of(txn, "{'kind':'email','to':'ann@mail.example'}"), 1, 1);
}

/* The keys of both tables, in hex: they hold NUL. */
static void
dump_keys(struct txn *txn, void *arg)
{
	static const enum table tables[] = { TABLE_INDEX, TABLE_DUE };
	struct buf *out = arg;
	struct span key;

	out->n = 0;
	for (size_t i = 0; i < 2; i++) {
		struct walk *walk = walk_open(txn, tables[i], SPAN(""), SPAN(""), false);

		while (walk_next(walk, &key, NULL)) {
			buf_span(out, secret_hex(txn_arena(txn), key));
			buf_putc(out, '\n');
		}
		walk_close(&walk);
	}
	buf_putc(out, '\0');
}

/* Older stores have none. */
static bool
is_word(struct span key)
{
	return key.n > 7 && memcmp(key.p + 1, "words", 6) == 0;
}

/* As the store was: every ß of a key was ss. */
static void
make_old(struct txn *txn, void *arg)
{
	static const enum table tables[] = { TABLE_INDEX, TABLE_DUE };
	struct span keys[100], key;
	int *changed = arg;
	size_t n;

	for (size_t i = 0; i < 2; i++) {
		struct walk *walk = walk_open(txn, tables[i], SPAN(""), SPAN(""), false);

		for (n = 0; walk_next(walk, &key, NULL);)
			if (memmem(key.p, key.n, SHARP, 2) != NULL && !is_word(key))
				keys[n++] = arena_copy(txn_arena(txn), key);
		walk_close(&walk);
		for (size_t k = 0; k < n; k++, ++*changed) {
			char *old = arena_string(txn_arena(txn), keys[k]);

			memcpy(old + ((char *)memmem(old, keys[k].n, SHARP, 2) - old), "ss", 2);
			table_del(txn, tables[i], keys[k]);
			table_put(txn, tables[i], (struct span){ old, keys[k].n }, SPAN(""));
		}
	}
	table_del(txn, TABLE_META, SPAN("fold"));
}

static void
look(struct txn *txn, void *arg)
{
	struct span id;

	(void)arg;
	ok(people_id(txn, SPAN("JIM@STRA\xe1\xba\x9e" "E.example"), &id), "he is found");
	ok(!people_id(txn, SPAN("jim@strasse.example"), &id), "by no other's address");
	outbox_drop_to(txn, SPAN("jim@strasse.example"), 2);
	ok(outbox_next_due(txn) == 1, "whose mail is not his");
	is_text(apply(txn, &kind_user, "{'email':'jim@strasse.example'}"), "c",
	    "another owner's domain is another user's");
}

int
main(void)
{
	struct buf want = { 0 }, old = { 0 }, got = { 0 };
	int changed = 0;

	if (!scratch_open(&s))
		return 99;
	ok(scratch_run(&s, STORE_WRITE, fill, NULL) && refold(s.store, &s.error), "a store");
	scratch_run(&s, STORE_READ, dump_keys, &want);
	scratch_run(&s, STORE_WRITE, make_old, &changed);
	scratch_run(&s, STORE_READ, dump_keys, &old);
	ok(changed == 8 && strcmp(want.p, old.p) != 0, "as it was: %d keys", changed);
	ok(refold(s.store, &s.error), "is refolded");
	scratch_run(&s, STORE_READ, dump_keys, &got);
	is_text(got.p, want.p, "to the keys of today");
	scratch_run(&s, STORE_WRITE, make_old, &changed);
	ok(refold(s.store, &s.error) && refold(s.store, &s.error), "again");
	scratch_run(&s, STORE_DRY, look, NULL);
	buf_free(&want);
	buf_free(&old);
	buf_free(&got);
	scratch_close(&s);
	return tap_done();
}
