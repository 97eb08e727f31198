/* SPDX-License-Identifier: ISC */
/* The command check: a store in order, and what it says of one that is not. */
#include "act/delivery.h"
#include "command/job.h"
#include "community/feedback.h"
#include "community/outbox.h"
#include "listen/journal.h"
#include "listen/listener.h"

#define WORLD "{'command':'apply','documents':[" \
	"{'doc':{'kind':'project','key':'phone','name':'Phone'}}," \
	"{'doc':{'kind':'team','key':'vip','project':'phone','name':'VIP'}}," \
	"{'doc':{'kind':'user','id':'1','email':'Ann@mail.example','teams':['phone/vip']}}," \
	"{'doc':{'kind':'user','id':'2','email':'jim@acme.example','roles':['admin']}}," \
	"{'doc':{'kind':'feedback','project':'phone','id':'7','title':'Crash'," \
	"'submitter':'ann@mail.example','followers':['jim@acme.example']," \
	"'fields':{'jira':'PHN-7','n':-1}}}," \
	"{'doc':{'kind':'feedback','project':'phone','id':'8','title':'Slow'}}," \
	"{'doc':{'kind':'comment','feedback':'7','author':'jim@acme.example','text':'A'}}," \
	"{'doc':{'kind':'comment','feedback':'7','author':'ann@mail.example','text':'B'}}," \
	"{'doc':{'kind':'comment','feedback':'8','author':'jim@acme.example','text':'C'}}," \
	"{'doc':{'kind':'comment','user':'ann@mail.example'," \
	"'author':'jim@acme.example','text':'D'}}," \
	"{'doc':{'kind':'group','key':'usage','project':'phone','name':'Usage'," \
	"'automation':'user','fields':[" \
	"{'label':'Launches','parameter':'launches','type':'integer','history':'30d'}," \
	"{'label':'Seen','parameter':'/last.seen','type':'datetime'}," \
	"{'label':'Paying','parameter':'paying','type':'boolean'}," \
	"{'label':'Plan','parameter':'plan','type':'string'}]}}," \
	"{'doc':{'kind':'value','group':'phone/usage','user':'ann@mail.example'," \
	"'values':{'launches':41,'/last.seen':'2026-01-01','paying':true,'plan':'Pro'}}}," \
	"{'doc':{'kind':'macro','key':'close','automation':'feedback','actions':[" \
	"{'action':'set-status','status':'Closed'}]}}]}"

static struct scratch store;
static struct id delivery_id = { { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 9, 10, 11, 12, 13, 14,
	15 } };

static void
add_logs(struct txn *txn, void *arg)
{
	struct listener listener = { .full_name = SPAN("phone/x"), .type = &listener_macro };
	struct request request = { .body = SPAN("{}") };
	struct delivery delivery = { .id = delivery_id, .arena = txn_arena(txn),
		.request = &request, .listener = &listener };
	struct journal_entry entry = { .status = 200, .answer = SPAN("{}"),
		.body = request.body };
	struct journal_mark mark = { .delivery = delivery_id };

	(void)arg;
	journal_add(txn, &delivery, &entry);
	journal_mark_add(txn, SPAN("phone/x"), MARK_ID, SPAN("k"), &mark, INT64_MAX);
	outbox_add(txn, doc_of(txn, "{'kind':'email','to':'ann@mail.example'}"), 1000000,
	    5000000);
}

/* A constant span. */
#define KEY(literal) { (literal), sizeof(literal) - 1 }

/* What is done to one row, and what check says then. */
static const struct damage {
	const char *name;
	enum table table;
	struct span key;     /* the first key that begins so */
	const char *value;   /* NULL: the row is taken away; "" empty */
	bool add;            /* the key itself is added */
	const char *expected;
} damages[] = {
	{ "a document that cannot be read", TABLE_DOC, KEY("macro"), "{\"a\"", false,
	    "{'table':'doc','key':'macro close','problem':'cannot be read',"
	    "'repair':'*'}\n" },
	{ "a document under another name", TABLE_DOC, KEY("macro"),
	    "{\"kind\":\"macro\",\"key\":\"open\"}", false,
	    "*'problem':'says that it is another document'*" },
	{ "a document of no kind", TABLE_DOC, KEY("nothing\0\0a"), "{}", true,
	    "*'problem':'is of no kind that is known'*" },
	{ "a team that is used", TABLE_DOC, KEY("team"), NULL, false,
	    "{'table':'user','key':'1','problem':'/teams/0: there is no team *" },
	{ "a user that cannot be read", TABLE_USER, KEY("2"), "{", false,
	    "*{'table':'user','key':'2','problem':'cannot be read'*" },
	{ "a user under another id", TABLE_USER, KEY("2"),
	    "{\"id\":\"3\",\"email\":\"jim@acme.example\",\"roles\":[\"admin\"]}", false,
	    "{'table':'user','key':'2','problem':'says that it is another user'*" },
	{ "a ticket is missing", TABLE_FEEDBACK, KEY("8"), NULL, false,
	    "*{'table':'comment','key':'8/*'problem':'belongs to feedback 8, which does not "
	    "exist'*{'table':'index',*" },
	{ "another value than in the index", TABLE_FEEDBACK, KEY("8"),
	    "{\"id\":\"8\",\"project\":\"phone\",\"title\":\"Slow\",\"status\":\"Shut\"}",
	    false, "*{'table':'feedback','key':'8','problem':'the index does not know its "
	    "status'*{'table':'index','key':'fstatus*'problem':'says of feedback something "
	    "that is not so'*" },
	{ "a term is missing", TABLE_INDEX, KEY("ffields.jira"), NULL, false,
	    "{'table':'feedback','key':'7','problem':'the index does not know its "
	    "fields.jira','repair':'export everything*'}\n" },
	{ "an e-mail address is missing", TABLE_INDEX, KEY("uemail\0sann@"), NULL, false,
	    "*{'table':'user','key':'1','problem':'the index does not know its email'*" },
	{ "a term of nobody", TABLE_INDEX, KEY("uscore\0i\x80\0\0\0\0\0\0\0\0\0""99"), "",
	    true, "{'table':'index',*'problem':'says of user something that is not so'*" },
	{ "a term of another value", TABLE_INDEX, KEY("ffields.jira\0sPHN-8\0\0""7"), "", true,
	    "{'table':'index',*'problem':'says of feedback *" },
	{ "two users of one address", TABLE_INDEX, KEY("uemail\0sann@mail.example\0\0""2"),
	    "", true, "*user 2 has the same e-mail address*says of user *" },
	{ "a comment's author is missing in the index", TABLE_INDEX,
	    KEY("cauthor\0sjim@acme.example\0\0f8"), NULL, false,
	    "{'table':'comment','key':'8/*-*-*','problem':'the index does not know its author'*" },
	{ "of one on a user", TABLE_INDEX, KEY("cauthor\0sjim@acme.example\0\0u1"), NULL, false,
	    "{'table':'comment','key':'Ann@mail.example/*-*-*','problem':'the index does not "
	    "know its author'*" },
	{ "an author of no comment", TABLE_INDEX,
	    KEY("cauthor\0sjim@acme.example\0\0f8\0aaaaaaaaaaaaaaaa"), "", true,
	    "{'table':'index',*'problem':'says of a comment *" },
	{ "a comment is missing", TABLE_COMMENT, KEY("f7"), NULL, false,
	    "{'table':'comment','key':'7','problem':'the ticket has 1 comments, 2 are "
	    "counted'*{'table':'index',*" },
	{ "a comment is not counted", TABLE_TALLY, KEY("7"),
	    "{\"comments\":3,\"followers\":1}", false,
	    "{'table':'comment','key':'7','problem':'the ticket has 2 comments, 3 are*" },
	{ "comments are counted where there are none", TABLE_COMMENT, KEY("f8"), NULL, false,
	    "{'table':'tally','key':'8','problem':'counts comments where there are none'*" },
	{ "followers are not counted", TABLE_TALLY, KEY("7"),
	    "{\"comments\":2,\"followers\":0}", false,
	    "{'table':'feedback','key':'7','problem':'has 1 followers, 0 are counted'*" },
	{ "a tally of no ticket", TABLE_TALLY, KEY("99"), "{\"comments\":1}", true,
	    "{'table':'tally','key':'99','problem':'counts for a ticket that does not exist'*" },
	{ "a value is missing in the index", TABLE_INDEX, KEY("udata.phone/usage.launches"),
	    NULL, false, "{'table':'value',*'problem':'the index does not know its "
	    "data.phone/usage.launches'*" },
	{ "a row of values is missing", TABLE_VALUE, KEY("u1"), NULL, false,
	    "{'table':'index','key':'udata.phone/usage\\\\x00*"
	    "{'table':'index','key':'udata.phone/usage./last.seen*"
	    "{'table':'index','key':'udata.phone/usage.launches*" },
	{ "a value that is none of its type is told once", TABLE_VALUE, KEY("u1"),
	    "{\"values\":{\"launches\":\"many\",\"/last.seen\":\"2026-01-01\",\"paying\":true,"
	    "\"plan\":\"Pro\"}}", false, "{'table':'value','key':'u1\\\\x00phone/usage','problem':"
	    "'its launches is not of the type integer','repair':'restore a backup, or remove it and "
	    "apply it again'}\n{'table':'index','key':'udata.phone/usage.launches\\\\x00i\\\\x80"
	    "\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00)\\\\x00\\\\x001','problem':'says of user "
	    "something that is not so','repair':'export everything and apply it to a new store: the "
	    "index is made anew'}\n" },
	{ "NUL in a value, of an older version", TABLE_VALUE, KEY("u1"),
	    "{\"values\":{\"launches\":41,\"/last.seen\":\"2026-01-01\",\"paying\":true,"
	    "\"plan\":\"Pr\\u0000o\"}}", false, "{'table':'value',*'problem':'has a text with the "
	    "character NUL (\\\\u0000), which older versions took','repair':'change or remove "
	    "it; *'}\n"
	    "{'table':'value',*'problem':'the index does not know its data.phone/usage.plan'*}\n"
	    "{'table':'index','key':'udata.phone/usage.plan*'problem':'says of user *" },
	{ "in a ticket", TABLE_FEEDBACK, KEY("8"),
	    "{\"id\":\"8\",\"project\":\"phone\",\"title\":\"Slow\","
	    "\"description\":\"a\\\\\\u0000\"}", false,
	    "*{'table':'feedback','key':'8','problem':'has a text with the character NUL*" },
	{ "but not a backslash before u0000", TABLE_FEEDBACK, KEY("8"),
	    "{\"id\":\"8\",\"project\":\"phone\",\"title\":\"Slow\",\"status\":\"Shut\","
	    "\"description\":\"a\\\\u0000\\\\\"}", false,
	    "{'table':'feedback','key':'8','problem':'the index does not know its status'*" },
	{ "a group is missing", TABLE_DOC, KEY("group"), NULL, false,
	    "{'table':'value','key':'u1*'problem':'is of a group that does not exist'*" },
	{ "history of nobody", TABLE_HISTORY, KEY("u9\0phone/usage\0launches\0""12345678"),
	    "1", true, "{'table':'history',*'problem':'belongs to user 9, which *" },
	{ "a delivery is missing", TABLE_DELIVERY, KEY("\1\2"), NULL, false,
	    "{'table':'bylist',*'problem':'names a delivery*" },
	{ "a body of no delivery", TABLE_BODY, KEY("0123456789abcdef"), "body", true,
	    "{'table':'body','key':'30313233-*'problem':'is the body of a delivery that is "
	    "not in the log'*" },
	{ "a delivery is not in its listener's log", TABLE_BYLIST, KEY("phone/x"), NULL, false,
	    "{'table':'delivery','key':'01020304-*'problem':'is missing in the log of *" },
	{ "with another outcome", TABLE_BYLIST, KEY("phone/x"), "filtered", false,
	    "{'table':'delivery',*another outcome*{'table':'bylist',*'differs from the log'*" },
	{ "a mark that cannot be read", TABLE_DEDUP, KEY("phone/x"), "x", false,
	    "{'table':'dedup',*'problem':'cannot be read'*" },
	{ "a parcel is missing", TABLE_OUTBOX, KEY(""), NULL, false,
	    "{'table':'due',*'problem':'names a parcel that does not exist'*" },
	{ "a parcel is not due", TABLE_DUE, KEY("w"), NULL, false,
	    "{'table':'outbox',*'problem':'is missing among the parcels that are due'*" },
};

struct change {
	const struct damage *damage;
	struct span key, value;   /* as it was */
	bool undo;
};

static void
find_row(struct txn *txn, struct change *change)
{
	struct walk *walk = walk_open(txn, change->damage->table, change->damage->key,
	    SPAN(""), false);
	struct span key, value;

	if (walk_next(walk, &key, &value)) {
		change->key = arena_copy(store.kept, key);
		change->value = arena_copy(store.kept, value);
	}
	walk_close(&walk);
}

static void
do_change(struct txn *txn, void *arg)
{
	struct change *change = arg;
	const struct damage *damage = change->damage;

	if (change->undo && change->value.p != NULL) {
		table_put(txn, damage->table, change->key, change->value);
		return;
	}
	if (damage->add)
		change->key = damage->key;
	else
		find_row(txn, change);
	if (change->undo || damage->value == NULL)
		table_del(txn, damage->table, change->key);
	else
		table_put(txn, damage->table, change->key, span_of(damage->value));
}

/* Without the lines of progress and the last. */
static const char *
problems(struct run *job)
{
	const char *text = run(job, &store, "{'command':'check'}"), *last = text;
	struct buf out = { 0 };
	struct span copy;

	for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		last = text;
		if (strncmp(text, "{'progress'", 11) != 0 && end[1] != '\0')
			buf_put(&out, text, (size_t)(end + 1 - text));
	}
	if (!text_like(last, "{'checked':*,'problems':*}\n"))
		buf_puts(&out, last);
	copy = arena_copy(job->arena, buf_bytes(&out));
	buf_free(&out);
	return copy.p;
}

#define MANY 1500

/* The first comment on ticket 8. */
static void
drop_comment(struct txn *txn, void *arg)
{
	struct span position = SPAN("f8"), name;
	struct complaints none = { 0 };
	struct json_object *comment;

	(void)arg;
	comment = kind_walk(txn, &kind_comment, position, &position);
	name = doc_name(txn_arena(txn), SPAN("8"), json_string(comment, "id"));
	if (!kind_remove(txn, &kind_comment, name, &none))
		printf("# not removed: %.*s\n", (int)name.n, name.p);
}

static void
slices(void)
{
	struct buf args = { 0 };
	struct run job = { 0 };
	const char *text;

	buf_puts(&args, "{'command':'apply','documents':[");
	for (int i = 0; i < MANY; i++)
		buf_printf(&args, "%s{'doc':{'kind':'comment','feedback':'8',"
		    "'author':'jim@acme.example','text':'n'}}", i > 0 ? "," : "");
	buf_puts(&args, "]}");
	buf_putc(&args, '\0');
	run(&job, &store, args.p);
	text = run(&job, &store, "{'command':'check'}");
	ok(job.steps > MANY, "check with a breath for each comment");
	is_like(text, "{'progress':0.*'what':'*'}\n*{'progress':0.*'what':'index'}\n*"
	    "{'checked':*,'problems':0}\n", "with progress, and nothing is wrong");
	/* Comments that come and go while they are counted */
	run_open(&job, &store, "{'command':'check'}");
	while (run_step(&job)) {
		struct run other = { 0 };

		if (job.steps % 20 != 0) /* else they are never overtaken */
			continue;
		scratch_run(&store, STORE_WRITE, drop_comment, NULL);
		run(&other, &store, "{'command':'apply','documents':[{'doc':{'kind':'comment',"
		    "'feedback':'8','author':'jim@acme.example','text':'n'}}]}");
		run_close(&other);
	}
	ok(job.steps > 3 && text_like(run_text(&job), "*'problems':0}\n"),
	    "nor is what changes meanwhile");
	buf_free(&args);
	run_close(&job);
}

/* What a macro gives to tickets and their project does not list is told when it is saved, where
 * the project is known; and of what is stored, when the project has changed since. */
static void
listed(void)
{
#define DOC(text) "{'command':'apply','documents':[{'doc':{" text "}}]}"
#define MACRO(key, more, actions) DOC("'kind':'macro','key':'" key "'," more \
	"'automation':'feedback','actions':[" actions "]")
#define PHONE "'project':'phone',"
	static const struct {
		const char *args, *like;
	} cases[] = {
		{ "{'command':'set','kind':'project','name':'phone','members':{'statuses':['Open',"
		    "'Closed'],'exposures':['private'],'fields':['jira','n']}}", "*updated*" },
		{ MACRO("m", PHONE, "{'action':'set-status','status':'Done'}"), "*'pointer':"
		    "'/actions/0/status','error':'project phone has no status *Done*" },
		{ MACRO("m", PHONE, "{'action':'set-status','status':'closed'}"),
		    "*did you mean *Closed*" },
		{ MACRO("m", PHONE, "{'action':'set-exposure','exposure':'public'}"), "*'pointer':"
		    "'/actions/0/exposure','error':'project phone has no exposure *public*" },
		{ MACRO("m", PHONE, "{'action':'set-field','field':'jra','value':'x'}"), "*'pointer':"
		    "'/actions/0/field','error':'project phone has no field *jra*did you mean *jira*" },
		{ MACRO("m", PHONE, "{'action':'set-status','status':'Closed'},{'action':'set-field',"
		    "'field':'jira','value':'x'},{'action':'set-exposure','exposure':'private'}"),
		    "*created*" },
		/* Of the community: where it is run. */
		{ MACRO("done", "", "{'action':'set-status','status':'Done'}"), "*created*" },
		{ MACRO("outer", "", "{'action':'run-macro','macro':'done'}"), "*created*" },
		{ MACRO("in", PHONE, "{'action':'run-macro','macro':'outer'}"), "*'pointer':"
		    "'/actions/0/macro','error':'macro done: project phone has no status *Done*" },
		{ DOC("'kind':'listener','key':'l'," PHONE "'type':'macro','automation':'feedback',"
		    "'macro':'outer','sender':{'preset':'github','secrets':['0123456789abcdef']}"),
		    "*'pointer':'/macro','error':'macro done: project phone has no status *Done*" },
		{ DOC("'kind':'schedule','key':'s'," PHONE "'macro':'done','every':'daily',"
		    "'start':'2026-12-01'"),
		    "*'pointer':'/macro','error':'macro done: project phone has no status *Done*" },
		{ DOC("'kind':'listener','key':'l','type':'macro','automation':'feedback',"
		    "'macro':'outer','sender':{'preset':'github','secrets':['0123456789abcdef']}"),
		    "*created*" },
		{ DOC("'kind':'listener','key':'l'," PHONE "'type':'macro','automation':'feedback',"
		    "'macro':'close','sender':{'preset':'github','secrets':['0123456789abcdef']}"),
		    "*created*" },
		/* The project changes. */
		{ "{'command':'set','kind':'project','name':'phone','members':{'statuses':['Open']}}",
		    "*updated*" },
		{ "{'command':'check'}", "*'listener phone/l'*'/macro: macro close: project phone has no "
		    "status *Closed*'macro phone/m'*'/actions/0/status: project phone has no status "
		    "*Closed*" },
		{ "{'command':'set','kind':'project','name':'phone','members':{'statuses':[]}}",
		    "*updated*" },
		{ "{'command':'check'}", "*'problems':0}\n" },
	};
	struct run job = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_like(run(&job, &store, cases[i].args), cases[i].like, cases[i].args);
	run_close(&job);
}

int
main(void)
{
	struct run job = { 0 };

	if (!scratch_open(&store))
		return 1;
	ok(strstr(run(&job, &store, WORLD), "! ") == NULL, "a small community");
	scratch_run(&store, STORE_WRITE, add_logs, NULL);
	is_text(problems(&job), "", "a store in order");
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		struct change change = { .damage = &damages[i] };

		scratch_run(&store, STORE_WRITE, do_change, &change);
		is_like(problems(&job), damages[i].expected, damages[i].name);
		change.undo = true;
		scratch_run(&store, STORE_WRITE, do_change, &change);
	}
	is_text(problems(&job), "", "in order again");
	listed();
	slices();
	run_close(&job);
	scratch_close(&store);
	return tap_done();
}
