/* SPDX-License-Identifier: ISC */
/* Imported files between their tasks: what was refused goes in slices, no address stands in what
 * is remembered, and odd encodings are not taken. */
#include "command/command_import_private.h"
#include "command/job.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "record/sweep.h"

#include <sys/stat.h>

#define ROWS 800
#define AT_ONCE 100

static struct scratch s;
static struct run r;

static void
set_up(struct txn *txn, void *arg)
{
	(void)arg;
	is_text(apply(txn, &kind_user, "{'email':'root@acme.example','roles':['admin']}"), "c",
	    "an admin");
	is_text(apply(txn, &kind_user, "{'email':'jim@acme.example','roles':['manager']}"), "c",
	    "a manager");
}

static void
to_id(struct span text, struct id *id_r)
{
	if (!id_read(text, id_r))
		printf("Bail out! no id\n");
}

/* Of the row that was told last. */
static const char *
told(const char *member)
{
	static char text[200];
	const char *at = strstr(r.out.p, member);

	snprintf(text, sizeof text, "%.36s", at != NULL ? at + strlen(member) + 2 : "");
	return text;
}

static const char *
call(const char *format, const char *import)
{
	static char text[1000];

	snprintf(text, sizeof text, format, import);
	return run(&r, &s, text);
}

struct prefix {
	const char *text;
	size_t n;
};

static void
count_rows(struct txn *txn, void *arg)
{
	struct prefix *prefix = arg;
	struct walk *walk = walk_open(txn, TABLE_META, span_of(prefix->text), SPAN(""), false);
	struct span key;

	prefix->n = 0;
	while (walk_next(walk, &key, NULL))
		prefix->n++;
	walk_close(&walk);
}

static size_t
rows(const char *text)
{
	struct prefix prefix = { text, 0 };

	scratch_run(&s, STORE_READ, count_rows, &prefix);
	return prefix.n;
}

static void
find_task(struct txn *txn, void *import)
{
	struct id id;

	to_id(span_of(import), &id);
	to_id(json_string(import_load(txn, id), "task"), &r.job.id);
}

/* The task that the import waits for, before its beginning. */
static void
open_task(const char *import)
{
	char text[120];
	struct id id;

	scratch_run(&s, STORE_READ, find_task, (void *)(uintptr_t)import);
	id = r.job.id;
	snprintf(text, sizeof text, "{'command':'import-run','import':'%s','from':{'via':'import'}}",
	    import);
	if (!run_open(&r, &s, text))
		printf("Bail out! no task\n");
	r.job.task = true;
	r.job.id = id;
}

/* To its end. */
static void
carry_out(const char *import)
{
	open_task(import);
	while (run_step(&r))
		continue;
	is_text(run_text(&r), "", "the task ends");
}

static void
upload_some(char import[40], const char *even, const char *odd, int n)
{
	struct buf file = { 0 };
	char text[120000];

	buf_puts(&file, "email\n");
	for (int i = 0; i < n; i++)
		buf_printf(&file, "%s%d@mail.example\n", i % 2 == 0 ? even : odd, i);
	snprintf(text, sizeof text, "{'command':'import-create','kind':'user','file':'a.csv',"
	    "'bytes':%zu}", file.n);
	is_like(run(&r, &s, text), "{'import':'*'}\n", "a file is begun");
	snprintf(import, 40, "%s", told("import'"));
	snprintf(text, sizeof text, "{'command':'import-put','import':'%s','at':0,'data':'%s'}", import,
	    arena_string(r.arena, secret_base64(r.arena, buf_bytes(&file))));
	is_text(run(&r, &s, text), "", "and comes");
	buf_free(&file);
}

static void
upload(char import[40], const char *row)
{
	upload_some(import, row, row, ROWS);
}

static void
sweep(struct txn *txn, void *more)
{
	*(bool *)more = sweep_some(txn, AT_ONCE);
}

static void
expire(struct txn *txn, void *arg)
{
	(void)arg;
	import_expire(txn, text_now());
}

static void
test_refused(const char *import)
{
	size_t before, after, most = 0;
	bool more = true;

	call("{'command':'import-check','import':'%s'}", import);
	carry_out(import);
	is_like(call("{'command':'import','import':'%s'}", import), "*'state':'checked'*'refused':800*",
	    "every row is refused");
	before = rows("import-refused");
	ok(before == ROWS + 1, "and kept with its reason: %zu", before);
	is_like(call("{'command':'import-check','import':'%s','clearEmpty':true}", import),
	    "*'checking'*", "looked at again");
	after = rows("import-refused");
	ok(before <= after + AT_ONCE, "one transaction forgets few of them: %zu are left", after);
	is_text(call("{'command':'import-refused','import':'%s','limit':5}", import), "",
	    "though none is told any more");
	carry_out(import);
	while (more) {
		before = rows("import-refused");
		scratch_run(&s, STORE_WRITE, sweep, &more);
		after = rows("import-refused");
		most = before - after > most ? before - after : most;
	}
	ok(most <= AT_ONCE && rows("import-refused") == ROWS + 1 && rows("sweep") == 0,
	    "they go by and by, %zu at once, and those of the second look stay: %zu", most,
	    rows("import-refused"));
	is_like(call("{'command':'import-refused','import':'%s','limit':2}", import),
	    "{'line':1,'header':true*}\n{'line':2,*", "and are told");
	is_like(call("{'command':'import-drop','import':'%s'}", import), "*'gone'*", "thrown away");
	is_like(call("{'command':'import','import':'%s'}", import), "! not-found*", "it is there no more");
	for (more = true; more;)
		scratch_run(&s, STORE_WRITE, sweep, &more);
	ok(rows("import") == 0 && rows("sweep") == 0, "and nothing is left of it");
}

/* ---- by and by */

#define FEW 40

/* Neither what is refused nor what is shown is done in one go; and owners that die on the way
 * leave nothing out, and count nothing twice. */
static void
test_slices(void)
{
	size_t before, after, most = 0;
	const char *first;
	char import[40];
	int owners = 0;
	bool more = true;

	upload_some(import, "good", "no body", FEW);
	call("{'command':'import-check','import':'%s'}", import);
	open_task(import);
	for (before = rows("import-refused"); more; before = after) {
		more = run_step(&r);
		after = rows("import-refused");
		most = after - before > most ? after - before : most;
	}
	ok(most <= 2, "at most %zu rows of what is refused come at once, with the first of all", most);
	is_like(call("{'command':'import','import':'%s'}", import), "*'checked'*'refused':20,*", "all do");
	call("{'command':'import-rows','import':'%s','limit':30}", import);
	ok(r.steps > 30, "and 30 are shown in %d steps", r.steps);
	call("{'command':'import-check','import':'%s','clearEmpty':true}", import);
	for (more = true; more && owners < 100; owners++) {
		open_task(import);
		for (int i = 0; i < 5 * owners && more; i++)
			more = run_step(&r);
		run_close(&r);
	}
	ok(!more && owners > 3, "%d owners have looked at it", owners);
	is_like(call("{'command':'import','import':'%s'}", import), "*'checked'*'line':41,*'created':20,"
	    "*'refused':20,'kept':20,*", "at each row once");
	is_like(call("{'command':'import-refused','import':'%s'}", import), "{'line':1,'header':true*",
	    "the first row of all stands before those that are refused");
	first = strstr(r.out.p, "'header'");
	ok(first != NULL && strstr(first + 1, "'header'") == NULL,
	    "and no other does, whoever went on");
	call("{'command':'import-drop','import':'%s'}", import);
	for (more = true; more;)
		scratch_run(&s, STORE_WRITE, sweep, &more);
}

/* However long a slice is, one row that is only tried knows nothing of another. */
static void
test_alone(void)
{
	char import[40];

	upload_some(import, "twin@mail.example\ntwin@mail.example\nu", "", 1);
	call("{'command':'import-check','import':'%s'}", import);
	open_task(import);
	r.job.slice = 60 * INT64_C(1000000);
	while (run_step(&r))
		continue;
	is_like(call("{'command':'import','import':'%s'}", import), "*'checked'*'created':3,*'same':0,*",
	    "two rows about one new user would make him each");
	call("{'command':'import-drop','import':'%s'}", import);
}

/* Lines of JSON may say what they are of; not another group than the import is of. */
static void
test_other_group(void)
{
	static const char file[] =
	    "{\"user\":\"root@acme.example\",\"values\":{\"n\":1}}\n"
	    "{\"project\":\"watch\",\"user\":\"root@acme.example\",\"values\":{\"n\":1}}\n"
	    "{\"group\":\"watch/usage\",\"user\":\"root@acme.example\",\"values\":{\"n\":1}}\n"
	    "{\"group\":\"usage\",\"user\":\"root@acme.example\",\"values\":{\"n\":1}}\n";
	char import[40], text[1000];

	is_like(run(&r, &s, "{'command':'apply','documents':["
	    "{'doc':{'kind':'project','key':'watch','name':'Watch'}},"
	    "{'doc':{'kind':'group','key':'usage','name':'U','automation':'user','fields':["
	    "{'label':'N','parameter':'n','type':'integer'}]}},"
	    "{'doc':{'kind':'group','key':'usage','project':'watch','name':'U','automation':'user',"
	    "'fields':[{'label':'N','parameter':'n','type':'integer'}]}}]}"), "*'created'}\n", "two groups");
	snprintf(text, sizeof text, "{'command':'import-create','kind':'value','group':'usage','file':"
	    "'a.jsonl','bytes':%zu}", sizeof file - 1);
	is_like(run(&r, &s, text), "{'import':'*'}\n", "values of one");
	snprintf(import, sizeof import, "%s", told("import'"));
	snprintf(text, sizeof text, "{'command':'import-put','import':'%s','at':0,'data':'%s'}", import,
	    arena_string(r.arena, secret_base64(r.arena, (struct span){ file, sizeof file - 1 })));
	is_text(run(&r, &s, text), "", "come");
	is_like(call("{'command':'import-rows','import':'%s'}", import), "*'line':1,*'created'*\n"
	    "{'line':2,*'refused'*data group watch/usage*\n{'line':3,*'refused'*data group watch/usage*\n"
	    "{'line':4,*'created'*\n", "and none of the other");
	call("{'command':'import-drop','import':'%s'}", import);
}

struct search {
	const char *text;
	size_t n;
};

static void
find_text(struct txn *txn, void *arg)
{
	struct search *search = arg;
	struct walk *walk = walk_open(txn, TABLE_META, SPAN(""), SPAN(""), false);
	struct span key, value;

	search->n = 0;
	while (walk_next(walk, &key, &value))
		search->n += memmem(value.p, value.n, search->text, strlen(search->text)) != NULL;
	walk_close(&walk);
}

static size_t
rows_with(const char *text)
{
	struct search search = { text, 0 };

	scratch_run(&s, STORE_READ, find_text, &search);
	return search.n;
}

static void
test_names(void)
{
	char import[40];

	r.as = "jim@acme.example";
	upload(import, "no body");
	is_like(call("{'command':'import','import':'%s'}", import), "*'by':'jim@acme.example'*",
	    "it is told who has sent it");
	r.as = NULL;
	call("%s", "{'command':'set','kind':'user','name':'jim@acme.example','members':"
	    "{'email':'jimmy@acme.example'}}");
	is_like(call("{'command':'imports'}%s", ""), "*'by':'jimmy@acme.example'*", "by his address of now");
	is_like(call("{'command':'import-check','import':'%s'}", import), "*'checking'*",
	    "the operator has it looked at");
	r.as = "root@acme.example";
	is_like(call("{'command':'import-check','import':'%s'}", import),
	    "! not-allowed: the file belongs to jimmy@acme.example, who has sent it\n", "others may not");
	r.as = NULL;
	call("%s", "{'command':'remove','kind':'user','name':'jimmy@acme.example'}");
	is_like(call("{'command':'import','import':'%s'}", import),
	    "*'by':'an account that was deleted'*", "of an account that is gone nothing is told");
	ok(rows_with("jim@acme.example") + rows_with("jimmy@") == 0, "and nothing is kept: %zu rows",
	    rows_with("jim@acme.example") + rows_with("jimmy@"));
}

static void
test_encodings(void)
{
	static const struct {
		const char *name, *answer;
	} cases[] = {
		{ "windows-1252", "{'import':'*" }, { "", "{'import':'*" }, { "shift_jis", "{'import':'*" },
		{ "nonsense", "! usage: there is no encoding*one of *windows-1252*" },
		{ "UTF-7", "! usage: there is no encoding*" },
		{ "UTF-16LE//IGNORE", "! usage: there is no encoding*" },
		{ "ISO-2022-CN-EXT", "! usage: there is no encoding*" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		call("{'command':'import-create','kind':'user','file':'a.csv','bytes':9,'encoding':'%s'}",
		    cases[i].name);
		is_like(r.out.p, cases[i].answer, cases[i].name);
		if (strstr(r.out.p, "'import'") != NULL) {
			char import[40];

			snprintf(import, sizeof import, "%s", told("import'"));
			call("{'command':'import-drop','import':'%s'}", import);
		}
	}
}

/* ---- what it leaves in the log of changes */

static void
add_bytes(struct txn *txn, void *bytes)
{
	static const enum table tables[] = { TABLE_AUDIT, TABLE_AUDIT_OF };
	struct span key, value;

	for (int i = 0; i < 2; i++) {
		struct walk *walk = walk_open(txn, tables[i], SPAN(""), SPAN(""), false);

		while (walk_next(walk, &key, &value))
			*(size_t *)bytes += key.n + value.n;
		walk_close(&walk);
	}
}

/* A change per row, as if each had been made by hand, in pages that are full. */
static void
test_log(void)
{
	char import[40], path[100];
	struct stat file;
	size_t bytes = 0;

	upload(import, "user");
	call("{'command':'import-check','import':'%s'}", import);
	carry_out(import);
	call("{'command':'import-start','import':'%s'}", import);
	carry_out(import);
	is_like(call("{'command':'import','import':'%s'}", import), "*'state':'done'*'created':800*",
	    "a file is imported");
	is_like(call("{'command':'audit','kind':'user','name':'user7@mail.example'%s}", ""),
	    "*'change':'created'*'via':'import'*", "and each row is in the log of changes");
	scratch_run(&s, STORE_READ, add_bytes, &bytes);
	ok(store_checkpoint(s.store, true, &s.error), "it comes to its file");
	snprintf(path, sizeof path, "%s/audit.db", s.home);
	if (stat(path, &file) != 0)
		file.st_size = INT32_MAX;
	ok((size_t)file.st_size < bytes + bytes * 6 / 10,
	    "%zu bytes of it take %lld", bytes, (long long)file.st_size);
}

int
main(void)
{
	char import[40];

	if (!scratch_open(&s))
		return 99;
	s.settings.free_bytes = 0;
	ok(scratch_run(&s, STORE_WRITE, set_up, NULL), "a community");
	upload(import, "no body");
	test_refused(import);
	scratch_run(&s, STORE_WRITE, expire, NULL);
	test_slices();
	test_alone();
	test_other_group();
	test_names();
	test_encodings();
	test_log();
	run_close(&r);
	scratch_close(&s);
	return tap_done();
}
