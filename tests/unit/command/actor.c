/* SPDX-License-Identifier: ISC */
/*
 * Who may do what: every command of the table, in the community and in two projects, for an
 * admin, a manager of all, a manager of one project, a viewer and a tester; and what no
 * manager may, since he could do more afterwards.
 */
#include "act/delivery.h"
#include "base/json.h"
#include "command/command_private.h"
#include "command/job.h"
#include "community/condition.h"
#include "community/outbox.h"
#include "listen/journal.h"
#include "listen/listener.h"
#include "listen/refusals.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct scratch store;

/* Where things stand. */
static struct place {
	const char *key;           /* "" the community */
	const char *ticket, *user; /* a participant */
	char delivery[ID_TEXT_SIZE], parcel[ID_TEXT_SIZE], change[ID_TEXT_SIZE];
} places[] = {
	{ .key = "", .ticket = "9", .user = "tom@mail.example" },
	{ .key = "phone", .ticket = "1", .user = "ann@mail.example" },
	{ .key = "watch", .ticket = "2", .user = "tom@mail.example" },
};

/* In the text, <p/> is "phone/", <m> "'project':'phone',", and <ticket>, <user>, <delivery>,
 * <parcel>, <change> those of the place. */
static const char *
at(const struct place *place, struct arena *arena, const char *text)
{
	bool community = *place->key == '\0';
	const char *const names[][2] = {
		{ "<p/>", community ? "" : arena_printf(arena, "%s/", place->key) },
		{ "<m>", community ? "" : arena_printf(arena, "'project':'%s',", place->key) },
		{ "<key>", place->key }, { "<ticket>", place->ticket }, { "<user>", place->user },
		{ "<delivery>", place->delivery }, { "<parcel>", place->parcel },
		{ "<change>", place->change },
	};
	struct buf out = { 0 };

	while (*text != '\0') {
		size_t i = 0;

		while (i < COUNT(names) && strncmp(text, names[i][0], strlen(names[i][0])) != 0)
			i++;
		if (i == COUNT(names)) {
			buf_putc(&out, *text++);
		} else {
			buf_puts(&out, names[i][1]);
			text += strlen(names[i][0]);
		}
	}
	return arena_string(arena, buf_keep(&out, arena));
}

/* The text with another for all of what is looked for. */
static const char *
text_with(struct arena *arena, const char *text, const char *sought, const char *with)
{
	struct buf out = { 0 };
	const char *found;

	for (; (found = strstr(text, sought)) != NULL; text = found + strlen(sought)) {
		buf_span(&out, (struct span){ text, (size_t)(found - text) });
		buf_puts(&out, with);
	}
	buf_puts(&out, text);
	return arena_string(arena, buf_keep(&out, arena));
}

static const char world[] = "{'command':'apply','documents':["
    "{'doc':{'kind':'setting','community':'C'}},"
    "{'doc':{'kind':'project','key':'phone','name':'Phone','managers':['pam@acme.example']}},"
    "{'doc':{'kind':'project','key':'watch','name':'Watch'}},"
    "{'doc':{'kind':'user','email':'jim@acme.example','roles':['admin']}},"
    "{'doc':{'kind':'user','email':'mia@acme.example','roles':['manager']}},"
    "{'doc':{'kind':'user','email':'pam@acme.example','roles':['tester']}},"
    "{'doc':{'kind':'user','email':'vic@acme.example','roles':['viewer']}},"
    "{'doc':{'kind':'user','email':'tom@mail.example','roles':['tester'],"
    "'teams':['watch/w'],'projects':['watch']}},"
    "{'doc':{'kind':'user','email':'ann@mail.example','roles':['tester'],"
    "'teams':['phone/w'],'projects':['phone']}},"
    "{'doc':{'kind':'team','key':'w','project':'phone','name':'W'}},"
    "{'doc':{'kind':'team','key':'w','project':'watch','name':'W'}},"
    "{'doc':{'kind':'feedback','project':'phone','id':'1','title':'A'}},"
    "{'doc':{'kind':'feedback','project':'watch','id':'2','title':'B'}}]}";

static const char rules[] = "{'command':'apply','documents':["
    "{'doc':{'kind':'group','key':'usage',<m>'name':'U','automation':'user','fields':["
    "{'label':'N','parameter':'n','type':'integer'}]}},"
    "{'doc':{'kind':'macro','key':'praise',<m>'automation':'user','actions':["
    "{'action':'add-points','points':1}]}},"
    "{'doc':{'kind':'template','key':'hello',<m>'automation':'user',"
    "'subject':'s','text':'t'}},"
    "{'doc':{'kind':'filter','key':'f',<m>'automation':'user','filter':'true'}},"
    "{'doc':{'kind':'listener','key':'in',<m>'type':'macro','automation':'user','macro':"
    "'praise','apiKey':'app','target':{'match':'email','parameter':'e'}}}]}";

static void
add_traffic(struct txn *txn, void *arg)
{
	struct request request = { .path = SPAN("/in"), .body = SPAN("{\"e\":\"x\"}"),
		.address = SPAN("192.0.2.1"), .content_type = SPAN("application/json") };

	(void)arg;
	for (size_t i = 0; i < COUNT(places); i++) {
		struct place *place = &places[i];
		struct arena *arena = txn_arena(txn);
		struct listener listener = { .type = &listener_macro,
			.full_name = span_of(at(place, arena, "<p/>in")) };
		struct delivery delivery = { .now = text_now(), .arena = arena,
			.request = &request, .listener = &listener, .id = id_new(text_now()) };
		struct journal_entry entry = { .status = 422, .answer = SPAN("{}"),
			.outcome = FAULT_UNKNOWN_TARGET, .body = request.body };

		delivery_step(&delivery, "target", STEP_FAILED, "not found");
		condition_is(txn, &(struct condition){ .kind = CONDITION_LISTENER_FAILING,
		    .subject = listener.full_name, .count = 3, .all = 3 }, text_now());
		condition_is(txn, &(struct condition){ .kind = CONDITION_APIKEY_ENDS,
		    .subject = SPAN("app"), .projects = SPAN("phone") }, text_now());
		journal_add(txn, &delivery, &entry);
		id_text(delivery.id, place->delivery);
		snprintf(place->parcel, sizeof place->parcel, "%s", arena_string(arena,
		    outbox_add(txn, doc_of(txn, at(place, arena, "{'kind':'email','to':"
		    "'ann@mail.example','macro':'<p/>praise'}")), text_now(),
		    text_now() + INT64_C(3600000000))));
	}
}

static bool
fill(void)
{
	struct arena *arena = arena_new();
	struct run job = { .store = NULL };
	bool good = ok(strstr(run(&job, &store, world), "! ") == NULL, "people and projects") &&
	    ok(strstr(run(&job, &store, "{'command':'apikey-create','name':'app','sha256':'"
	        HASH "'}"), "! ") == NULL, "a key");

	if (!good)
		printf("# %s\n", job.out.p);
	for (size_t i = 0; i < COUNT(places); i++)
		if (!ok(strstr(run(&job, &store, at(&places[i], arena, rules)), "! ") == NULL,
		        "rules of %s", places[i].key)) {
			printf("# %s\n", job.out.p);
			good = false;
		}
	good = scratch_run(&store, STORE_WRITE, add_traffic, NULL) && good;
	for (size_t i = 0; i < COUNT(places); i++) {
		const char *id = strstr(run(&job, &store, at(&places[i], arena, "{'command':'audit',"
		    "'kind':'listener','name':'<p/>in'}")), "'id':'");

		good = ok(id != NULL, "its listener is in the log of changes") && good;
		snprintf(places[i].change, sizeof places[i].change, "%s", id != NULL ? id + 6 : "");
	}
	run_close(&job);
	arena_free(&arena);
	return good;
}

/* Expectations stand here once more, and are not taken from the table of commands. */
enum needs { READ, CHANGE, ADMINISTER };
#define HERE 1u  /* of the community alone */
#define EACH 7u  /* of the place that the arguments name */
#define PARTS 6u /* of the projects */
#define ROWS 8u  /* for everybody what he may read */

static const struct {
	enum needs needs;
	unsigned where;
	const char *args;
} calls[] = {
	{ READ, ROWS, "{'command':'list','kind':'listener'}" },
	{ READ, ROWS, "{'command':'deliveries'}" },
	{ READ, ROWS, "{'command':'search','kind':'user','text':'ann'}" },
	{ READ, ROWS, "{'command':'search','kind':'feedback','text':'1'}" },
	{ READ, ROWS, "{'command':'search','kind':'listener','text':'in'}" },
	{ READ, ROWS, "{'command':'search','kind':'macro','text':'praise'}" },
	{ READ, ROWS, "{'command':'search','kind':'delivery','text':'01a2'}" },
	{ READ, ROWS, "{'command':'deliveries','refused':true}" },
	{ READ, ROWS, "{'command':'pulse'}" },
	/* About who asks, or for who is not signed in yet. */
	{ READ, ROWS, "{'command':'console-session'}" },
	{ READ, ROWS, "{'command':'console-sessions'}" },
	{ READ, ROWS, "{'command':'console-sessions-end','id':'0000'}" },
	{ READ, ROWS, "{'command':'console-password'}" },
	{ READ, ROWS, "{'command':'console-alerts'}" },
	{ READ, ROWS, "{'command':'console-mail','user':'nobody'}" },
	{ READ, ROWS, "{'command':'console-salt','user':'nobody'}" },
	{ READ, ROWS, "{'command':'console-sign-in','hash':'" HASH "'}" },
	{ READ, ROWS, "{'command':'outbox'}" },
	{ READ, ROWS, "{'command':'tasks'}" },
	{ READ, ROWS, "{'command':'attention'}" },
	{ READ, ROWS, "{'command':'audit'}" },
	{ READ, EACH, "{'command':'audit-show','id':'<change>'}" },
	{ READ, EACH, "{'command':'audit-undo','id':'<change>','dryRun':true}" },
	{ READ, EACH, "{'command':'listener-past','listener':'<p/>in'}" },
	{ READ, EACH, "{'command':'listener-past','listener':'<p/>in','documents':[{'doc':{"
	    "'kind':'team','key':'t',<m>'name':'T'}}]}" },
	{ READ, ROWS, "{'command':'outbox','delivery':'<delivery>'}" },
	{ READ, HERE, "{'command':'export'}" },
	{ READ, HERE, "{'command':'stat'}" },
	{ READ, HERE, "{'command':'select','kind':'user'}" },
	{ READ, PARTS, "{'command':'select','kind':'user','project':'<key>'}" },
	{ READ, PARTS, "{'command':'show','kind':'project','name':'<key>'}" },
	{ READ, EACH, "{'command':'show','kind':'user','name':'<user>'}" },
	{ READ, PARTS, "{'command':'show','kind':'feedback','name':'<ticket>'}" },
	{ READ, EACH, "{'command':'show','kind':'group','name':'<p/>usage'}" },
	{ READ, EACH, "{'command':'show','kind':'delivery','name':'<delivery>'}" },
	{ READ, HERE, "{'command':'show','kind':'setting'}" },
	{ READ, EACH, "{'command':'user-tickets','name':'<user>'}" },
	{ READ, EACH, "{'command':'record-values','kind':'user','name':'<user>'}" },
	{ READ, PARTS, "{'command':'record-values','kind':'feedback','name':'<ticket>'}" },
	{ READ, EACH, "{'command':'record-comments','kind':'user','name':'<user>'}" },
	{ READ, PARTS, "{'command':'record-comments','kind':'feedback','name':'<ticket>'}" },
	{ READ, EACH, "{'command':'record-parcels','name':'<user>'}" },
	{ READ, EACH, "{'command':'record-runs','kind':'user','name':'<user>'}" },
	{ READ, PARTS, "{'command':'record-runs','kind':'feedback','name':'<ticket>'}" },
	{ READ, EACH, "{'command':'delivery','id':'<delivery>'}" },
	{ READ, EACH, "{'command':'listener-test','listener':'<p/>in','body':'{}'}" },
	{ READ, EACH, "{'command':'listener-describe','listener':'<p/>in'}" },
	{ READ, PARTS, "{'command':'filter-fields','automation':'user','project':'<key>'}" },
	{ READ, PARTS, "{'command':'filter-count','automation':'user','project':'<key>',"
	    "'filter':'true'}" },
	{ READ, EACH, "{'command':'listener-past','listener':'<p/>in','delivery':'<delivery>',"
	    "'documents':[]}" },
	{ READ, EACH, "{'command':'suggest','listener':'<p/>in'}" },
	{ READ, EACH, "{'command':'listener-describe','listener':'<p/>in'}" },
	{ READ, HERE, "{'command':'filter-fields','automation':'user'}" },
	{ READ, PARTS, "{'command':'filter-fields','automation':'user','project':'<key>'}" },
	{ READ, HERE, "{'command':'filter-count','automation':'feedback'}" },
	{ READ, PARTS, "{'command':'filter-count','automation':'user','project':'<key>'}" },
	{ READ, EACH, "{'command':'outbox-show','id':'<parcel>'}" },
	{ READ, EACH, "{'command':'macro-log','macro':'<p/>praise'}" },
	{ READ, EACH, "{'command':'uses','kind':'macro','name':'<p/>praise'}" },
	{ READ, EACH, "{'command':'template-preview','template':'<p/>hello',"
	    "'target':{'id':'<user>'}}" },
	{ READ, EACH, "{'command':'report','of':'<p/>usage'}" },
	{ READ, HERE, "{'command':'report','of':'delivery'}" },
	{ READ, EACH, "{'command':'report','of':'data.<p/>usage','plan':true}" },
	{ READ, PARTS, "{'command':'report','of':'delivery','project':'<key>'}" },
	{ READ, PARTS, "{'command':'report','of':'user','project':'<key>'}" },
	{ READ, PARTS, "{'command':'report','of':'data.usage','project':'<key>'}" },
	{ READ, EACH, "{'command':'group-clear','name':'<p/>usage','count':true}" },
	{ READ, ROWS, "{'command':'groups'}" },
	{ READ, EACH, "{'command':'group-uses','name':'<p/>usage'}" },
	{ READ, EACH, "{'command':'group-values','name':'<p/>usage'}" },
	{ READ, EACH, "{'command':'macro-run','macro':'<p/>praise','preview':true,"
	    "'target':{'id':'<user>'}}" },
	{ READ, EACH, "{'command':'macro-run','macro':'<p/>praise','preview':true,"
	    "'target':{'id':'<user>'},'documents':[{'doc':{'kind':'macro','key':'praise',<m>"
	    "'automation':'user','actions':[{'action':'add-points','points':1}]}}]}" },
	{ READ, EACH, "{'command':'macro-run','macro':'<p/>praise','preview':true,"
	    "'target':{'id':'<user>'},'delivery':'<delivery>'}" },
	{ READ, EACH, "{'command':'template-preview','template':'<p/>hello','target':{'id':"
	    "'<user>'},'documents':[{'doc':{'kind':'template','key':'hello',<m>"
	    "'automation':'user','subject':'S','text':'T'}}]}" },
	{ READ, EACH, "{'command':'macro-run-all','macro':'<p/>praise','filter':'true',"
	    "'preview':true}" },
	{ READ, EACH, "{'command':'replay','id':'<delivery>','dryRun':true}" },
	{ READ, EACH, "{'command':'apply','dryRun':true,'documents':[{'doc':{'kind':'team',"
	    "'key':'t',<m>'name':'T'}}]}" },
	{ CHANGE, EACH, "{'command':'macro-run','macro':'<p/>praise','target':{'email':'<user>'}}" },
	{ CHANGE, EACH, "{'command':'macro-run-all','macro':'<p/>praise','filter':'true'}" },
	{ CHANGE, EACH, "{'command':'macro-run-all','macro':'<p/>praise','ids':['1']}" },
	{ READ, ROWS, "{'command':'imports'}" },
	{ READ, ROWS, "{'command':'import','import':'none'}" },
	{ READ, ROWS, "{'command':'import-refused','import':'none'}" },
	{ READ, ROWS, "{'command':'import-rows','import':'none'}" },
	{ CHANGE, ROWS, "{'command':'import-create','kind':'user','file':'a.csv','bytes':3}" },
	{ CHANGE, ROWS, "{'command':'import-put','import':'none','at':0,'data':'YWJj'}" },
	{ CHANGE, ROWS, "{'command':'import-check','import':'none'}" },
	{ CHANGE, ROWS, "{'command':'import-start','import':'none'}" },
	{ CHANGE, ROWS, "{'command':'import-stop','import':'none'}" },
	{ CHANGE, ROWS, "{'command':'import-drop','import':'none'}" },
	{ CHANGE, ROWS, "{'command':'import-run','import':'none'}" },
	{ CHANGE, EACH, "{'command':'macro-stop','macro':'<p/>praise','run':'none'}" },
	{ CHANGE, EACH, "{'command':'replay','id':'<delivery>'}" },
	{ CHANGE, EACH, "{'command':'replay','listener':'<p/>in'}" },
	{ CHANGE, HERE, "{'command':'replay'}" },
	{ CHANGE, EACH, "{'command':'replay','listener':'<p/>in','count':true}" },
	{ CHANGE, EACH, "{'command':'apply','documents':[{'doc':{'kind':'team','key':'t',<m>"
	    "'name':'T'}}]}" },
	{ CHANGE, PARTS, "{'command':'apply','documents':[{'doc':{'kind':'comment','feedback':"
	    "'<ticket>','author':'jim@acme.example','text':'x'}}]}" },
	{ CHANGE, PARTS, "{'command':'comment-add','feedback':'<ticket>','text':'x'}" },
	{ CHANGE, EACH, "{'command':'comment-add','user':'<user>',<m>'text':'x'}" },
	{ CHANGE, EACH, "{'command':'apply','documents':[{'doc':{'kind':'value','group':'usage',"
	    "<m>'user':'<user>','values':{'n':1}}}]}" },
	{ CHANGE, HERE, "{'command':'apply','documents':[{'doc':{'kind':'user','email':"
	    "'ann@mail.example','firstName':'Ann'}}]}" },
	{ CHANGE, HERE, "{'command':'set','kind':'user','name':'ann@mail.example','members':"
	    "{'firstName':'A'}}" },
	{ CHANGE, PARTS, "{'command':'set','kind':'project','name':'<key>','members':"
	    "{'name':'P'}}" },
	{ CHANGE, PARTS, "{'command':'set','kind':'feedback','name':'<ticket>','members':"
	    "{'title':'T'}}" },
	{ CHANGE, EACH, "{'command':'set','kind':'listener','name':'<p/>in','members':"
	    "{'description':'D'}}" },
	{ CHANGE, EACH, "{'command':'group-clear','name':'<p/>usage'}" },
	{ CHANGE, EACH, "{'command':'group-preview','name':'<p/>usage','members':{'fields':[]}}" },
	{ CHANGE, EACH, "{'command':'group-stop','name':'<p/>usage'}" },
	{ CHANGE, EACH, "{'command':'outbox-retry','id':'<parcel>'}" },
	{ CHANGE, HERE, "{'command':'outbox-retry','all':true}" },
	{ CHANGE, EACH, "{'command':'outbox-drop','id':'<parcel>'}" },
	{ CHANGE, HERE, "{'command':'outbox-drop','all':true,'count':true}" },
	{ CHANGE, EACH, "{'command':'remove','kind':'filter','name':'<p/>f'}" },
	{ CHANGE, EACH, "{'command':'audit-undo','id':'<change>'}" },
	{ ADMINISTER, HERE, "{'command':'apikey-create','name':'new','sha256':'" HASH "'}" },
	{ ADMINISTER, HERE, "{'command':'apply','documents':[],'keys':[{'name':'made','sha256':'"
	    HASH "'}]}" },
	{ ADMINISTER, HERE, "{'command':'apikey-rotate','name':'app','sha256':'" HASH "'}" },
	{ ADMINISTER, HERE, "{'command':'apikey-revoke','name':'none'}" },
	{ ADMINISTER, HERE, "{'command':'console-link','user':'vic@acme.example','hash':'" HASH "'}" },
	{ ADMINISTER, HERE, "{'command':'mail-trial','to':'ann@mail.example'}" },
	{ ADMINISTER, HERE, "{'command':'init'}" },
	{ ADMINISTER, HERE, "{'command':'schedule-run'}" },
	{ ADMINISTER, HERE, "{'command':'tidy'}" },
	{ ADMINISTER, HERE, "{'command':'watch'}" },
	{ ADMINISTER, HERE, "{'command':'post-take'}" },
	{ ADMINISTER, HERE, "{'command':'post-report'}" },
	{ ADMINISTER, HERE, "{'command':'settings'}" },
	{ ADMINISTER, HERE, "{'command':'check'}" },
	{ ADMINISTER, HERE, "{'command':'backup'}" },
	/* What makes others more than they are. */
	{ ADMINISTER, HERE, "{'command':'set','kind':'user','name':'ann@mail.example','members':"
	    "{'roles':['tester']}}" },
	{ ADMINISTER, HERE, "{'command':'set','kind':'user','name':'vic@acme.example','members':"
	    "{'firstName':'V'}}" },
	{ ADMINISTER, HERE, "{'command':'apply','documents':[{'doc':{'kind':'user','email':"
	    "'new@mail.example','roles':['Administrator']}}]}" },
	{ ADMINISTER, HERE, "{'command':'apply','documents':[{'doc':{'kind':'User','id':'1',"
	    "'firstName':'J'}}]}" },
	{ ADMINISTER, HERE, "{'command':'remove','kind':'user','name':'vic@acme.example'}" },
	{ ADMINISTER, HERE, "{'command':'set','kind':'apikey','name':'app','members':"
	    "{'description':'D'}}" },
	{ ADMINISTER, HERE, "{'command':'set','kind':'setting','members':{'community':'C'}}" },
	{ ADMINISTER, HERE, "{'command':'apply','documents':[{'doc':{'kind':'setting',"
	    "'community':'C'}}]}" },
	{ ADMINISTER, HERE, "{'command':'remove','kind':'apikey','name':'none'}" },
};

static const struct {
	const char *email;
	enum needs most;
	bool one;     /* only of phone */
	bool nothing;
} people[] = {
	{ "tom@mail.example", READ, false, true },
	{ "vic@acme.example", READ, false, false },
	{ "pam@acme.example", CHANGE, true, false },
	{ "mia@acme.example", CHANGE, false, false },
	{ "jim@acme.example", ADMINISTER, false, false },
	{ NULL, ADMINISTER, false, false },
};

/* What came is of the kind that the row says. */
static bool
answered(const struct run *job)
{
	size_t rows = 0, summaries = 0;
	enum answer answer = job->command->answer;

	for (size_t i = 0; i < job->out.n; i++)
		rows += job->out.p[i] == '\n';
	for (size_t i = 0; i < job->job.signal_count; i++) {
		rows--;
		summaries += job->job.signals[i].kind == PART_SUMMARY;
	}
	return job->job.error.fault != FAULT_NONE || ((answer != ANSWER_ONE || rows == 1) &&
	    (answer != ANSWER_NONE || rows == 0) && summaries == (answer == ANSWER_SUMMED &&
	    strcmp(job->command->name, "suggest") != 0));
}

static void
test_table(void)
{
	struct arena *arena = arena_new();
	struct run job = { .store = NULL };

	for (size_t i = 0; i < COUNT(calls); i++)
		for (size_t k = 0; k < COUNT(people); k++)
			for (size_t p = 0; p < COUNT(places); p++) {
				bool project = (calls[i].where & PARTS) != 0;
				bool expected = !people[k].nothing && people[k].most >= calls[i].needs &&
				    (!people[k].one || calls[i].where == ROWS || p == 1);
				const char *args, *text;

				if (calls[i].where == ROWS ? p != 0 : !(calls[i].where >> p & 1))
					continue;
				args = at(&places[p], arena, calls[i].args);
				job.as = people[k].email;
				text = run(&job, &store, args);
				if (!ok((strstr(text, "! not-allowed") == NULL) == expected &&
				        answered(&job) && strstr(text, "! usage: this") == NULL,
				        "%s%s %s: %s", project ? places[p].key : "", project ? ":" : "",
				        people[k].email != NULL ? people[k].email : "the operator", args))
					printf("# %s\n", text);
			}
	run_close(&job);
	arena_free(&arena);
}

static void
test_all_commands(void)
{
	for (size_t i = 0; command_at(i) != NULL; i++) {
		const struct command *command = command_at(i);
		bool found = false;
		char name[100];

		snprintf(name, sizeof name, "'command':'%s'", command->name);
		for (size_t k = 0; k < COUNT(calls) && !found; k++)
			found = strstr(calls[k].args, name) != NULL;
		ok(found && command->right != 0 && command->words != NULL, "%s is tried, and says "
		    "what it does and needs", command->name);
		ok(command_by_name(span_of(command->name)) == command, "and is found by its name");
	}
}

static void
test_sentences(void)
{
	static const struct {
		const char *as, *args, *like;
	} cases[] = {
		{ "vic@acme.example", "{'command':'remove','kind':'team','name':'phone/w'}",
		    "! not-allowed: to remove objects needs the right to change here; "
		    "vic@acme.example is viewer\n" },
		{ "pam@acme.example", "{'command':'show','kind':'listener','name':'watch/in'}",
		    "! not-allowed: to show an object needs the right to read project watch; "
		    "pam@acme.example is manager of phone\n" },
		{ "pam@acme.example", "{'command':'stat'}",
		    "! not-allowed: to show the store in numbers needs the right to read the "
		    "community; pam@acme.example is manager of phone\n" },
		{ "mia@acme.example", "{'command':'backup'}",
		    "! not-allowed: to copy the store needs the right to administer Earshot; "
		    "mia@acme.example is manager\n" },
		{ "pam@acme.example", "{'command':'pulse'}", "{'listener':'phone/in'*}\n" },
		{ "nobody@acme.example", "{'command':'stat'}",
		    "! not-allowed: there is no user 'nobody@acme.example'*" },
		/* Rows of his project alone. */
		{ "pam@acme.example", "{'command':'list','kind':'group'}",
		    "{'kind':'group','key':'usage','project':'phone'*}\n" },
		{ "pam@acme.example", "{'command':'list','kind':'project'}",
		    "{'kind':'project','key':'phone'*}\n" },
		{ "pam@acme.example", "{'command':'list','kind':'user'}", "*'ann@mail.example'*" },
		{ "pam@acme.example", "{'command':'deliveries'}", "{*'listener':'phone/in'*}\n" },
		{ "pam@acme.example", "{'command':'outbox'}", "{*'macro':'phone/praise'*}\n" },
		{ "pam@acme.example", "{'command':'attention'}", "{'conditions':[{'condition':"
		    "'apikey-ends','subject':'app',*},{'condition':'listener-failing','subject':"
		    "'phone/in',*}],'over':[]*}\n" },
		{ "pam@acme.example", "{'command':'audit','kind':'listener'}", "{*'name':'phone/in'*}\n" },
		{ "pam@acme.example", "{'command':'uses','kind':'macro','name':'phone/praise'}",
		    "{'kind':'listener','name':'phone/in'}\n{'uses':2}\n" },
		{ "vic@acme.example", "{'command':'uses','kind':'macro','name':'phone/praise'}",
		    "*'name':'theirs'*{'uses':2}\n" },
		{ "vic@acme.example", "{'command':'attention'}", "*'subject':'in'*'subject':'phone/in'*"
		    "'subject':'watch/in'*" },
		/* Who refers to it is named where he may be known, and counted otherwise. */
		{ "pam@acme.example", "{'command':'remove','kind':'macro','name':'phone/praise'}",
		    "*'is still used by listener phone/in and others'*" },
		{ "mia@acme.example", "{'command':'remove','kind':'macro','name':'phone/praise'}",
		    "*is still used by listener *theirs*" },
		/* Tickets of his projects, and data of theirs and of the community. */
		{ "pam@acme.example", "{'command':'user-tickets','name':'ann@mail.example'}",
		    "{'tickets':1,'more':false}\n" },
		{ "mia@acme.example", "{'command':'user-tickets','name':'ann@mail.example'}",
		    "{'tickets':2,'more':false}\n" },
		{ "pam@acme.example", "{'command':'record-values','kind':'user','name':'ann@mail.example'}",
		    "{'group':'phone/usage'*}\n{'group':'usage'*}\n" },
		{ "mia@acme.example", "{'command':'record-values','kind':'user','name':'ann@mail.example'}",
		    "{'group':'phone/usage'*}\n{'group':'usage'*}\n{'group':'watch/usage'*}\n" },
		/* What he may not know of is not suggested. */
		{ "pam@acme.example", "{'command':'show','kind':'listener','name':'phone/theirs'}",
		    "! not-found: there is no listener 'phone/theirs'; did you mean phone/in?\n" },
		{ "mia@acme.example", "{'command':'show','kind':'listener','name':'phone/theirs'}",
		    "! not-found: there is no listener 'phone/theirs'; did you mean theirs?\n" },
		/* Documents that are only tried are read, too. */
		{ "pam@acme.example", "{'command':'listener-past','listener':'phone/in','documents':[{"
		    "'doc':{'kind':'macro','key':'praise','automation':'user','actions':[]}}]}",
		    "! not-allowed: *the community*" },
		/* A ticket goes from a project that is not his into his, or out of it. */
		{ "pam@acme.example", "{'command':'apply','documents':[{'doc':{'kind':'feedback',"
		    "'id':'2','project':'phone','title':'B'}}]}", "! not-allowed: *project watch*" },
		{ "pam@acme.example", "{'command':'apply','documents':[{'doc':{'kind':'feedback',"
		    "'id':'1','project':'watch','title':'B'}}]}", "! not-allowed: *project watch*" },
		{ "pam@acme.example", "{'command':'set','kind':'feedback','name':'1','members':"
		    "{'project':'watch'}}", "! not-allowed: *project watch*" },
		/* One of many documents is none of his: nothing is done. */
		{ "pam@acme.example", "{'command':'apply','documents':[{'doc':{'kind':'team','key':"
		    "'x','project':'phone','name':'X'}},{'doc':{'kind':'team','key':'x','name':"
		    "'X'}}]}", "! not-allowed: *the community*" },
		{ NULL, "{'command':'show','kind':'team','name':'phone/x'}", "! not-found: *" },
		/* Who is of no project of his is for him who does not exist. */
		{ "pam@acme.example", "{'command':'macro-run','macro':'phone/praise','target':"
		    "{'email':'tom@mail.example'}}",
		    "! unknown-target: there is no user 'tom@mail.example'\n" },
		{ "pam@acme.example", "{'command':'macro-run','macro':'phone/praise','target':"
		    "{'email':'none@mail.example'}}",
		    "! unknown-target: there is no user 'none@mail.example'\n" },
		{ "pam@acme.example", "{'command':'template-preview','template':'phone/hello','target':"
		    "{'id':'tom@mail.example'}}",
		    "! unknown-target: there is no user 'tom@mail.example'\n" },
		/* Nor is he found by a macro or template that is only tried, whatever its kind is
		 * called, and which of two of one name it is. */
		{ "pam@acme.example", "{'command':'macro-run','macro':'phone/untitled','preview':true,"
		    "'target':{'email':'tom@mail.example'},'documents':[{'doc':{'kind':'Macro',"
		    "'key':'untitled','project':'phone','automation':'user','actions':[{'action':"
		    "'add-points','points':1}]}}]}",
		    "! unknown-target: there is no user 'tom@mail.example'\n" },
		{ "pam@acme.example", "{'command':'template-preview','template':'phone/t','target':"
		    "{'id':'tom@mail.example'},'documents':[{'doc':{'kind':'template','key':'t',"
		    "'project':'phone','automation':'feedback','subject':'s','text':'t'}},{'doc':"
		    "{'kind':'template','key':'t','project':'phone','automation':'user','subject':'s',"
		    "'text':'{{user.score}}'}}]}",
		    "! unknown-target: there is no user 'tom@mail.example'\n" },
		{ "jim@acme.example", "{'command':'macro-run','macro':'phone/praise','preview':true,"
		    "'target':{'email':'tom@mail.example'}}", "{'steps'*'effects'*}\n" },
	};
	struct run job = { .store = NULL };

	is_like(run(&job, &store, "{'command':'apply','documents':[{'doc':{'kind':'listener','key':"
	    "'theirs','type':'macro','automation':'user','macro':'phone/praise','apiKey':'app',"
	    "'target':{'match':'email','parameter':'e'}}}]}"), "{*'created'*", "one of the community");
	is_like(run(&job, &store, "{'command':'apply','documents':["
	    "{'doc':{'kind':'feedback','id':'1','project':'phone','submitter':'ann@mail.example'}},"
	    "{'doc':{'kind':'feedback','id':'2','project':'watch','submitter':'ann@mail.example'}},"
	    "{'doc':{'kind':'value','group':'usage','user':'ann@mail.example','values':{'n':1}}},"
	    "{'doc':{'kind':'value','group':'phone/usage','user':'ann@mail.example','values':{'n':2}}},"
	    "{'doc':{'kind':'value','group':'watch/usage','user':'ann@mail.example','values':{'n':3}}}]}"),
	    "{*'result'*}\n", "and what ann has");
	for (size_t i = 0; i < COUNT(cases); i++) {
		job.as = cases[i].as;
		is_like(run(&job, &store, cases[i].args), cases[i].like, cases[i].args);
		if (strstr(cases[i].args, "'list'") != NULL ||
		    strstr(cases[i].args, "'audit'") != NULL || (strstr(cases[i].args, "'attention'") !=
		    NULL && job.as[0] == 'p'))
			ok(strstr(job.out.p, "watch") == NULL && strstr(job.out.p, "tom@") == NULL &&
			    strstr(job.out.p, "jim@") == NULL, "and no others");
	}
	/* Who manages a project and reads all. */
	job.as = NULL;
	run(&job, &store, "{'command':'set','kind':'project','name':'phone','members':{'managers':["
	    "'pam@acme.example','vic@acme.example']}}");
	job.as = "vic@acme.example";
	is_like(run(&job, &store, "{'command':'user-tickets','name':'ann@mail.example'}"),
	    "{'tickets':2,'more':false}\n", "tickets of all projects");
	ok(job.steps > 2, "one by one");
	job.as = NULL;
	run(&job, &store, "{'command':'set','kind':'project','name':'phone','members':{'managers':["
	    "'pam@acme.example']}}");
	run(&job, &store, "{'command':'remove','kind':'listener','name':'theirs'}");
	run_close(&job);
}

/* "more" of what a call has told, in the arena; "" nothing. */
static const char *
more_of(struct arena *arena, struct run *job, const char *as, const char *args, const char *after)
{
	const char *text, *more;

	job->as = as;
	text = run(job, &store, *after == '\0' ? args : arena_printf(arena, "%.*s,'after':'%s'}",
	    (int)strlen(args) - 1, args, after));
	more = strstr(text, "{'more':'");
	return more == NULL ? "" : arena_string(arena, (struct span){ more + 9,
	    strcspn(more + 9, "'") });
}

/* Where a list goes on may be a row that somebody may not know of. */
static void
test_cursors(void)
{
	static const struct {
		const char *args, *hidden; /* key of the first row, in hexadecimal */
	} lists[] = {
		{ "{'command':'list','kind':'listener','look':1}", "00696e" },
		{ "{'command':'search','kind':'listener','text':'in','look':1}", "00696e" },
		{ "{'command':'groups','look':1}", "007573616765" },
	};
	struct arena *arena = arena_new();
	struct run job = { .store = NULL };

	for (size_t i = 0; i < COUNT(lists); i++) {
		const char *args = lists[i].args, *plain = more_of(arena, &job, NULL, args, "");
		const char *own = more_of(arena, &job, "pam@acme.example", args, "");
		const char *longer;

		is_text(plain, lists[i].hidden, args);
		ok(strlen(own) > 40 && strstr(own, plain) == NULL, "to a manager of a project it is sealed");
		more_of(arena, &job, "pam@acme.example", args, own);
		ok(strstr(job.out.p, "phone") != NULL && strstr(job.out.p, "watch") == NULL,
		    "it leads him on");
		longer = more_of(arena, &job, "pam@acme.example", args, own);
		ok(strlen(longer) == 0 || strlen(longer) == strlen(own), "its length tells nothing");
		more_of(arena, &job, "pam@acme.example", args, plain);
		is_like(job.out.p, "! usage: *must be what stood in 'more'*", "and none that he makes");
		more_of(arena, &job, "pam@acme.example", "{'command':'audit','limit':1}", own);
		is_like(job.out.p, "! usage: *", "nor one of another question");
		more_of(arena, &job, "mia@acme.example", args, own);
		is_like(job.out.p, "! usage: *", "nor is it for anybody else");
	}
	run_close(&job);
	arena_free(&arena);
}

/* A position opens for whom it was sealed, to the letter, and nothing else that was sealed does. */
static void
test_sealed(void)
{
	struct arena *arena = arena_new();
	struct job job = { .store = store.store, .scratch = arena };
	struct span sealed = command_seal_position(&job, arena, SPAN("cursor view app"),
	    SPAN("b\0\0"));
	struct span empty = seal_text(store_seal(store.store), arena, SPAN("cursor view app\0\0"));
	struct span other = seal_text(store_seal(store.store), arena, SPAN("cursor view app\0x"));
	struct span position;

	ok(command_unseal_position(&job, SPAN("cursor view app"), sealed, &position) &&
	    span_eq(position, SPAN("b\0\0")), "a sealed position");
	ok(!command_unseal_position(&job, SPAN("cursor view ap"), sealed, &position) &&
	    !command_unseal_position(&job, SPAN("cursor view appb"), sealed, &position),
	    "not for one whose name begins so, or goes on as the position does");
	ok(!command_unseal_position(&job, SPAN("cursor view app"), text_head(sealed, sealed.n - 4),
	    &position), "nor a part of it");
	ok(store_has_key(store.store) &&
	    !command_unseal_position(&job, SPAN("cursor view app"), empty, &position) &&
	    !command_unseal_position(&job, SPAN("cursor view app"), other, &position),
	    "nor other secrets");
	arena_free(&arena);
}

/* Who names one of hers does not get all by that. */
static void
test_one_of_all(void)
{
	static const char *const commands[] = { "outbox-drop", "outbox-retry" };
	struct run job = { .as = "pam@acme.example" };
	char text[200];

	for (size_t i = 0; i < COUNT(commands); i++) {
		snprintf(text, sizeof text, "{'command':'%s','id':'%s','all':true,'count':true}",
		    commands[i], places[1].parcel);
		is_like(run(&job, &store, text), "! not-allowed: *the community*", text);
	}
	run_close(&job);
}

/* ---- those that were not let in */

static struct refusals *refusals;

static void
refuse_one(struct arena *arena, const char *listener, char id[ID_TEXT_SIZE])
{
	struct request request = { .path = SPAN("/in"), .address = SPAN("192.0.2.1") };
	struct delivery delivery = { .arena = arena, .request = &request, .id = id_new(text_now()),
		.listener_name = span_of(listener) };

	refusals_add(refusals, &delivery, FAULT_BAD_API_KEY, 401, listener);
	id_text(delivery.id, id);
}

static void
add_delivery(struct txn *txn, void *listener_name)
{
	struct listener listener = { .type = &listener_macro, .full_name = span_of(listener_name) };
	struct request request = { .path = SPAN("/in"), .body = SPAN("{}"),
		.address = SPAN("192.0.2.1"), .content_type = SPAN("application/json") };
	struct delivery delivery = { .now = text_now(), .arena = txn_arena(txn),
		.request = &request, .listener = &listener, .id = id_new(text_now()) };
	struct journal_entry entry = { .status = 200, .answer = SPAN("{}"), .body = request.body };

	journal_add(txn, &delivery, &entry);
}

static const char *
show_delivery(struct run *job, const char *id)
{
	char text[100];

	snprintf(text, sizeof text, "{'command':'delivery','id':'%s'}", id);
	if (!run_open(job, &store, text))
		return "none";
	job->gate.refusals = refusals;
	while (run_step(job))
		continue;
	return run_text(job);
}

/* Those of his listeners are his to see, and the last of all is so alone if it is one of them. */
static void
test_refusals(void)
{
	static char his[] = "phone/in";
	struct arena *arena = arena_new();
	struct run job = { .store = NULL };
	char own[ID_TEXT_SIZE], other[ID_TEXT_SIZE];

	refusals = refusals_new();
	scratch_run(&store, STORE_WRITE, add_delivery, his);
	job.as = "pam@acme.example";
	is_like(show_delivery(&job, "last"), "{*'listener':'phone/in'*'outcome':'applied'*",
	    "the last delivery is of her project");
	refuse_one(arena, "phone/in", own);
	refuse_one(arena, "watch/in", other);
	is_like(show_delivery(&job, own), "{*'listener':'phone/in'*'refused':true*",
	    "one that her listener did not let in");
	is_like(show_delivery(&job, other), "! not-allowed: *project watch*", "one of another's");
	is_like(show_delivery(&job, "last"), "! not-allowed: *project watch*",
	    "which is not shown as the last either");
	job.as = NULL;
	is_like(show_delivery(&job, "last"), "{*'listener':'watch/in'*'refused':true*",
	    "as it is to others");
	run_close(&job);
	refusals_free(&refusals);
	arena_free(&arena);
}

/* Documents of a manager's own project, that would do for him what he may not do himself. */
#define DOC(text) "{'command':'apply','documents':[{'doc':{" text "}}]}"
#define LISTENER "'kind':'listener','key':'l','project':'phone','apiKey':'app'," \
	"'target':{'match':'email','parameter':'e'},"
#define MACRO(automation, actions) DOC("'kind':'macro','key':'m','project':'phone'," \
	"'automation':'" automation "','actions':[" actions "]")
#define NEEDS(what) "*belongs to " what ": to have it here needs the right to change that, too*"
#define ACCOUNTS "*accounts belong to the community, and this needs the right to change it*"
#define DONE "{'line'*'result'*}\n"

static void
test_reach(void)
{
	static const struct {
		const char *args, *like;
		bool nobody;      /* likewise of somebody who does not exist */
	} cases[] = {
		/* Macros that are not his. */
		{ DOC(LISTENER "'type':'macro','automation':'user','macro':'watch/praise'"),
		    NEEDS("project watch"), false },
		{ DOC("'kind':'listener','key':'l','project':'phone','apiKey':'app','target':{'match':"
		    "'email','parameter':'e'},'type':'macro','automation':'user','macro':'purge'"),
		    NEEDS("the community"), false },
		{ DOC("'kind':'schedule','key':'s','project':'phone','macro':'purge','every':'daily',"
		    "'start':'2026-12-01T00:00:00Z'"), NEEDS("the community"), false },
		{ MACRO("user", "{'action':'run-macro','macro':'purge'}"), NEEDS("the community"), false },
		{ MACRO("user", "{'action':'run-macro','macro':'watch/praise'}"),
		    NEEDS("project watch"), false },
		{ DOC(LISTENER "'type':'macro','automation':'user','macro':'praise'"), DONE, false },
		/* Accounts. */
		{ MACRO("user", "{'action':'delete-user'}"), ACCOUNTS, false },
		{ MACRO("user", "{'action':'set-field','field':'x','value':'y'}"), ACCOUNTS, false },
		{ MACRO("user", "{'action':'add-note','text':'y'}"), ACCOUNTS, false },
		{ MACRO("feedback", "{'action':'add-note','to':'submitter','text':'y'}"), ACCOUNTS, false },
		{ MACRO("feedback", "{'action':'set-field','field':'x','value':'y'}"), DONE, false },
		{ DOC("'kind':'listener','key':'l','project':'phone','apiKey':'app','type':'macro',"
		    "'automation':'user','macro':'praise','target':{'match':'email','parameter':'e',"
		    "'missing':'create'}"), ACCOUNTS, false },
		/* Teams of others: who is of one, and their addresses. */
		{ MACRO("user", "{'action':'add-teams','teams':['w','staff']}"), NEEDS("the community"),
		    false },
		{ MACRO("user", "{'action':'remove-teams','teams':['watch/w']}"), NEEDS("project watch"),
		    false },
		{ MACRO("user", "{'action':'email','to':{'team':'watch/w'},'subject':'s','text':'t'}"),
		    NEEDS("project watch"), false },
		{ MACRO("user", "{'action':'email','to':['target',{'team':'staff'}],'subject':'s',"
		    "'text':'t'}"), NEEDS("the community"), false },
		{ MACRO("user", "{'action':'email','to':['target',{'team':'w'}],'subject':'s',"
		    "'text':'t'},{'action':'add-teams','teams':['w']}"), DONE, false },
		/* Texts of others; those of the community are for all. */
		{ MACRO("user", "{'action':'email','to':'target','template':'watch/hello'}"),
		    NEEDS("project watch"), false },
		{ MACRO("user", "{'action':'email','to':'target','template':'common'}"), DONE, false },
		/* Values in groups of others. */
		{ DOC(LISTENER "'type':'data','automation':'user','group':'watch/usage'"),
		    NEEDS("project watch"), false },
		{ DOC(LISTENER "'type':'data','automation':'user','group':'shared'"),
		    NEEDS("the community"), false },
		{ MACRO("user", "{'action':'webhook','url':'https://hooks.example/','returns':{'group':"
		    "'watch/usage','fields':{'n':'/n'}}}"), NEEDS("project watch"), false },
		{ DOC(LISTENER "'type':'data','automation':'user','group':'usage'"), DONE, false },
		/* People of others. */
		{ DOC("'kind':'feedback','project':'phone','title':'T','submitter':'<who>'"),
		    "*project phone has no user *<who>*", true },
		{ "{'command':'set','kind':'feedback','name':'1','members':{'submitter':'<who>'}}",
		    "*project phone has no user *<who>*", true },
		{ "{'command':'set','kind':'feedback','name':'1','members':{'followers':['<who>']}}",
		    "*project phone has no user *<who>*", true },
		{ "{'command':'set','kind':'project','name':'phone','members':{'managers':["
		    "'pam@acme.example','<who>']}}", "*project phone has no user *<who>*", true },
		{ DOC("'kind':'value','project':'phone','group':'usage','user':'<who>','values':{'n':1}"),
		    "*project phone has no user *<who>*", true },
		{ DOC("'kind':'value','project':'phone','group':'plan','feedback':'2','values':{'n':1}"),
		    "*project phone has no ticket *2*", false },
		{ DOC("'kind':'feedback','project':'phone','title':'T','submitter':'Ann@mail.example',"
		    "'followers':['jim@acme.example']"), DONE, false },
		/* Before it is stored, too, and in what is only tried. */
		{ "{'command':'apply','dryRun':true,'documents':[{'doc':{" LISTENER "'type':'macro',"
		    "'automation':'user','macro':'watch/praise'}}]}", NEEDS("project watch"), false },
		{ "{'command':'listener-past','listener':'phone/in','documents':[{'doc':{'kind':"
		    "'feedback','project':'phone','id':'1','title':'A','submitter':'<who>'}}]}",
		    "*project phone has no user *<who>*", true },
		/* What somebody else has written may be described, and switched off; not on. */
		{ "{'command':'set','kind':'listener','name':'phone/theirs','members':{'name':'N'}}",
		    "{*'result':'updated'*}\n", false },
		{ "{'command':'set','kind':'listener','name':'phone/theirs','members':{'filter':"
		    "'user.score > 1'}}", NEEDS("the community"), false },
		{ "{'command':'set','kind':'listener','name':'phone/theirs','members':{'enabled':false}}",
		    "{*'result':'updated'*}\n", false },
		{ "{'command':'set','kind':'listener','name':'phone/theirs','members':{'enabled':true}}",
		    NEEDS("the community"), false },
	};
	static const char *const names[] = { "tom@mail.example", "nobody@mail.example" };
	struct arena *arena = arena_new();
	struct run job = { .store = NULL };

	run(&job, &store, "{'command':'apply','documents':["
	    "{'doc':{'kind':'team','key':'staff','name':'Staff'}},"
	    "{'doc':{'kind':'template','key':'common','automation':'user','subject':'s','text':'t'}},"
	    "{'doc':{'kind':'macro','key':'purge','automation':'user','actions':["
	    "{'action':'delete-user'}]}},"
	    "{'doc':{'kind':'group','key':'shared','name':'S','automation':'user','fields':["
	    "{'label':'N','parameter':'n','type':'integer'}]}},"
	    "{'doc':{'kind':'group','key':'plan','project':'phone','name':'P','automation':'feedback',"
	    "'fields':[{'label':'N','parameter':'n','type':'integer'}]}},"
	    "{'doc':{'kind':'listener','key':'theirs','project':'phone','type':'macro','automation':"
	    "'user','macro':'purge','apiKey':'app','target':{'match':'email','parameter':'e'}}}]}");
	if (!ok(strstr(job.out.p, "! ") == NULL, "what others have written"))
		printf("# %s\n", job.out.p);
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t n = 0; n < (cases[i].nobody ? COUNT(names) : 1); n++) {
			const char *args = text_with(arena, cases[i].args, "<who>", names[n]);

			job.as = "pam@acme.example";
			is_like(run(&job, &store, args), text_with(arena, cases[i].like, "<who>",
			    names[n]), args);
		}
	/* Who may change the community may have all of this. */
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *args = text_with(arena, cases[i].args, "<who>", names[0]);

		job.as = "jim@acme.example";
		run(&job, &store, args);
		if (!ok(strstr(job.out.p, "! ") == NULL || strstr(args, "'feedback':'2'") != NULL,
		        "an admin may: %s", args))
			printf("# %s\n", job.out.p);
	}
	run_close(&job);
	arena_free(&arena);
}

/* A manager's people and tickets are found by the index, however many others there are: few
 * are looked at. */
static void
test_lists(void)
{
	struct run job = { .store = NULL };
	struct buf args = { 0 };

	buf_puts(&args, "{'command':'apply','documents':[");
	for (int i = 0; i < 300; i++)
		buf_printf(&args, "%s{'doc':{'kind':'user','email':'u%d@mail.example'%s}},{'doc':{'kind':"
		    "'feedback','id':'t%d','project':'%s','title':'T'}}", i > 0 ? "," : "", i,
		    i % 100 == 7 ? ",'projects':['phone','watch']" : "", i,
		    i % 100 == 9 ? "phone" : "watch");
	buf_puts(&args, "]}");
	buf_putc(&args, '\0');
	run(&job, &store, args.p);
	ok(strstr(job.out.p, "! ") == NULL, "many people and tickets");
	buf_free(&args);
	job.as = "pam@acme.example";
	is_like(run(&job, &store, "{'command':'list','kind':'user','look':5}"),
	    "*'u107@*'u7@*'u207@*'ann@mail.example'*", "her people, by looking at five");
	ok(strstr(job.out.p, "tom@") == NULL && strstr(job.out.p, "'more'") == NULL,
	    "and no others; those were all");
	is_like(run(&job, &store, "{'command':'list','kind':'user','limit':2}"), "*'more':*",
	    "page by page");
	is_like(run(&job, &store, "{'command':'list','kind':'feedback','look':5}"),
	    "*'id':'1'*'id':'t109'*'id':'t209'*'id':'t9'*", "her tickets");
	ok(strstr(job.out.p, "'more'") == NULL, "all of them");
	job.as = NULL;
	run(&job, &store, "{'command':'set','kind':'project','name':'watch','members':{'managers':["
	    "'pam@acme.example']}}");
	job.as = "pam@acme.example";
	is_like(run(&job, &store, "{'command':'list','kind':'user','look':6}"),
	    "*'u107@*'u7@*'u207@*'tom@mail.example'*'ann@mail.example'*",
	    "of two projects, who is in both once");
	job.as = NULL;
	run(&job, &store, "{'command':'set','kind':'project','name':'watch','members':{'managers':[]}}");
	run_close(&job);
}

/* An example for senders is about nobody of whom who asks may not know. */
static void
test_person(void)
{
	struct run job = { .store = NULL };

	run(&job, &store, "{'command':'apply','documents':["
	    "{'doc':{'kind':'user','email':'tom@mail.example','fields':{'pay':4711}}},"
	    "{'doc':{'kind':'user','email':'ann@mail.example','fields':{'pay':4712}}},"
	    "{'doc':{'kind':'listener','key':'say','project':'phone','type':'comment','automation':"
	    "'user','apiKey':'app','author':{'match':'fields.pay','parameter':'by'},'comment':'text',"
	    "'target':{'match':'email','parameter':'e'}}}]}");
	job.as = "pam@acme.example";
	run(&job, &store, "{'command':'listener-describe','listener':'phone/say','person':"
	    "'tom@mail.example'}");
	if (!ok(strstr(job.out.p, "4711") == NULL && strstr(job.out.p, "'by'") != NULL,
	        "not about somebody of another project"))
		printf("# %s\n", job.out.p);
	run(&job, &store, "{'command':'listener-describe','listener':'phone/say','person':"
	    "'ann@mail.example'}");
	ok(strstr(job.out.p, "4712") != NULL, "but about one of his own");
	run_close(&job);
}

/* The text of comments: on tickets of hers, and on participants what was written in her project;
 * of the community nothing. */
static void
test_comments(void)
{
	static const struct {
		const char *as, *args, *named, *said;
	} cases[] = {
		{ "jim@acme.example", "'feedback':'hers'", "hers", "{*'updated'*" },
		{ "pam@acme.example", "'user':'ann@mail.example','project':'phone'", "ann@mail.example",
		    "{*'updated'*" },
		{ "jim@acme.example", "'user':'ann@mail.example'", "ann@mail.example",
		    "! not-allowed: *the community*" },
		{ "jim@acme.example", "'user':'ann@mail.example','project':'watch'", "ann@mail.example",
		    "! not-allowed: *the community*" },
	};
	struct arena *arena = arena_new();
	struct run job = { .store = NULL };
	const char *id, *name;

	job.as = "pam@acme.example";
	is_like(run(&job, &store, "{'command':'apply','documents':[{'doc':{'kind':'feedback','id':"
	    "'hers','project':'phone','title':'T'}}]}"), "{*'created'*", "a ticket");
	for (size_t i = 0; i < COUNT(cases); i++) {
		job.as = cases[i].as;
		id = strstr(run(&job, &store, arena_printf(arena, "{'command':'comment-add',%s,'text':"
		    "'x'}", cases[i].args)), "'id':'");
		name = arena_printf(arena, "%s/%.36s", cases[i].named, id != NULL ? id + 6 : "");
		job.as = "pam@acme.example";
		is_like(run(&job, &store, arena_printf(arena, "{'command':'set','kind':'comment','name':"
		    "'%s','members':{'text':'y'}}", name)), cases[i].said, cases[i].args);
		is_like(run(&job, &store, arena_printf(arena, "{'command':'set','kind':'comment','name':"
		    "'%s','members':{'text':'y'}}", name)), *cases[i].said == '!' ? cases[i].said
		    : "{*'same'*", "and what it says already is the same");
	}
	run_close(&job);
	arena_free(&arena);
}

/* A ticket has gone to a project that is not hers since she changed it, and since she wrote
 * about it: that is not hers to undo any more. */
static void
test_moved(void)
{
	static const char *const kinds_changed[] = { "feedback", "comment" };
	struct arena *arena = arena_new();
	struct run job = { .store = NULL };
	const char *ids[COUNT(kinds_changed)], *found;

	job.as = "pam@acme.example";
	is_like(run(&job, &store, "{'command':'apply','documents':[{'doc':{'kind':'feedback','id':"
	    "'goes','project':'phone','title':'Before'}}]}"), "{*'created'*", "a ticket");
	is_like(run(&job, &store, "{'command':'set','kind':'feedback','name':'goes','members':{"
	    "'title':'After'}}"), "{*'updated'*", "which she changes");
	is_like(run(&job, &store, "{'command':'comment-add','feedback':'goes','text':'x'}"),
	    "{'id'*", "and comments on");
	for (size_t i = 0; i < COUNT(ids); i++) {
		found = strstr(run(&job, &store, arena_printf(arena, "{'command':'audit','kind':'%s',"
		    "'limit':1}", kinds_changed[i])), "'id':'");
		ids[i] = found == NULL ? "" : arena_printf(arena, "%.36s", found + 6);
		is_like(run(&job, &store, arena_printf(arena, "{'command':'audit-undo','dryRun':true,"
		    "'id':'%s'}", ids[i])), "{*'undid'*", "may be undone");
	}
	job.as = "jim@acme.example";
	is_like(run(&job, &store, "{'command':'set','kind':'feedback','name':'goes','members':{"
	    "'project':'watch'}}"), "{*'updated'*", "until the ticket has gone");
	job.as = "pam@acme.example";
	for (size_t i = 0; i < COUNT(ids); i++)
		is_like(run(&job, &store, arena_printf(arena, "{'command':'audit-undo','id':'%s'}",
		    ids[i])), "! not-allowed: *project watch*", "and then not");
	run(&job, &store, arena_printf(arena, "{'command':'comment-add','user':'ann@mail.example',"
	    "'project':'phone','text':'y'}"));
	found = strstr(run(&job, &store, "{'command':'audit','kind':'comment','limit':1}"), "'id':'");
	is_like(run(&job, &store, arena_printf(arena, "{'command':'audit-undo','id':'%.36s'}",
	    found == NULL ? "" : found + 6)), "{*'undid'*", "what she wrote about a participant is");
	run_close(&job);
	arena_free(&arena);
}

int
main(void)
{
	if (!scratch_open(&store))
		return 99;
	if (fill()) {
		test_all_commands();
		test_sentences();
		test_cursors();
		test_sealed();
		test_one_of_all();
		test_refusals();
		test_table();
		test_person();
		test_lists();
		test_reach();
		test_moved();
		test_comments();
	}
	scratch_close(&store);
	return tap_done();
}
