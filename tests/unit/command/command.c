/* SPDX-License-Identifier: ISC */
#include "act/delivery.h"
#include "act/macro_log.h"
#include "command/job.h"
#include "community/outbox.h"
#include "listen/journal.h"
#include "listen/listener.h"

#define WORLD "'documents':[" \
	"{'line':1,'doc':{'kind':'user','email':'ann@mail.example','firstName':'Ann'," \
	"'teams':['phone/vip']}}," \
	"{'line':2,'doc':{'kind':'user','email':'jim@acme.example','roles':['admin']}}," \
	"{'line':3,'doc':{'kind':'comment','id':'0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'," \
	"'feedback':'1042','author':'jim@acme.example','text':'Hm','at':'2026-01-02'}}," \
	"{'line':4,'doc':{'kind':'feedback','project':'phone','id':'1042','type':'issue'," \
	"'title':'Crash','submitter':'ann@mail.example','fields':{'jira':'PHN-7','n':1}," \
	"'votes':2,'createdAt':'2026-01-01'}}," \
	"{'line':5,'doc':{'kind':'team','key':'vip','project':'phone','name':'VIP'}}," \
	"{'line':6,'doc':{'kind':'project','key':'phone','name':'Phone'}}," \
	"{'line':7,'doc':{'kind':'setting','community':'Acme'}}," \
	"{'line':8,'doc':{'kind':'rank','key':'hero','name':'Hero','points':5}}," \
	"{'line':9,'doc':{'kind':'group','key':'usage','name':'Usage','automation':'user'," \
	"'fields':[{'label':'Launches','parameter':'launches','type':'integer'}]}}," \
	"{'line':10,'doc':{'kind':'value','group':'usage','user':'ann@mail.example'," \
	"'values':{'launches':41},'at':'2026-01-03'}}," \
	"{'line':11,'doc':{'kind':'macro','key':'praise','automation':'user','actions':[" \
	"{'action':'add-rank','rank':'hero'}]}}]"

static struct scratch store;

struct asked {
	const char *name, *args, *expected;
};

static void
calls(const struct asked *call)
{
	struct run job = { 0 };

	for (; call->name != NULL; call++)
		is_like(run(&job, &store, call->args), call->expected, call->name);
	run_close(&job);
}

static void
apply(void)
{
	static const struct asked cases[] = {
		{ "init", "{'command':'init'}", "{'format':1}\n" },
		{ "a dry run says what would be", "{'command':'apply','dryRun':true," WORLD "}",
		    "{'line':1,'kind':'user','name':'ann@mail.example','result':'created'}\n*" },
		{ "and changes nothing", "{'command':'export'}", "" },
		{ "documents are stored in their own order and told in the file's",
		    "{'command':'apply'," WORLD "}",
		    "{'line':1,'kind':'user','name':'ann@mail.example','result':'created'}\n"
		    "{'line':2,'kind':'user','name':'jim@acme.example','result':'created'}\n"
		    "{'line':3,'kind':'comment',"
		    "'name':'1042/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b','result':'created'}\n"
		    "{'line':4,'kind':'feedback','name':'1042','result':'created'}\n"
		    "{'line':5,'kind':'team','name':'phone/vip','result':'created'}\n"
		    "{'line':6,'kind':'project','name':'phone','result':'created'}\n"
		    "{'line':7,'kind':'setting','name':'setting','result':'created'}\n"
		    "{'line':8,'kind':'rank','name':'hero','result':'created'}\n"
		    "{'line':9,'kind':'group','name':'usage','result':'created'}\n"
		    "{'line':10,'kind':'value','name':'usage/ann@mail.example',"
		    "'result':'created'}\n"
		    "{'line':11,'kind':'macro','name':'praise','result':'created'}\n" },
		{ "what is there already is the same", "{'command':'apply','documents':["
		    "{'doc':{'kind':'rank','key':'hero','name':'Hero','points':5}},"
		    "{'doc':{'kind':'project','key':'phone','name':'Phones'}}]}",
		    "{'line':1,*'result':'same'}\n{'line':2,*'result':'updated'}\n" },
		{ "shapes: every error with its line", "{'command':'apply','documents':["
		    "{'line':3,'doc':{'kind':'rank','key':'X','nam':'x'}},"
		    "{'line':5,'doc':{'kind':'usr','email':'a@b.example'}},"
		    "{'line':6,'doc':{'key':'a'}},{'line':7,'doc':[]},"
		    "{'line':9,'doc':{'kind':'project','key':'ok','name':'Ok'}}]}",
		    "{'line':3,'pointer':'/key','error':*}\n*"
		    "{'line':3,'pointer':'/nam','error':*did you mean \\'name\\'?'}\n"
		    "{'line':5,'pointer':'/kind','error':'there is no kind \\'usr\\'; "
		    "did you mean \\'user\\'?'}\n"
		    "{'line':6,'pointer':'/kind','error':'\\'kind\\' is missing: one of setting, "
		    "project, rank, team, user, feedback, template, group, filter, view, report, macro, "
		    "listener, schedule, apikey, comment, value'}\n"
		    "{'line':7,'pointer':'','error':'a document must be an object'}\n"
		    "! bad-document: * errors in 4 documents; nothing was changed\n" },
		{ "references: nothing is stored", "{'command':'apply','documents':["
		    "{'line':1,'doc':{'kind':'project','key':'ok','name':'Ok'}},"
		    "{'line':2,'doc':{'kind':'team','key':'t','project':'none','name':'T'}}]}",
		    "{'line':2,'pointer':'/project','error':'there is no project \\'none\\''}\n"
		    "! bad-document: 1 error in 1 document; nothing was changed\n" },
		{ "of a refused file", "{'command':'show','kind':'project','name':'ok'}",
		    "! not-found: there is no project 'ok'\n" },
		{ "records are not applied", "{'command':'apply','documents':["
		    "{'doc':{'kind':'delivery','id':'1'}}]}", "*! bad-document: 1 error*" },
		{ "no documents", "{'command':'apply','documents':[]}", "" },
		{ "documents are a list", "{'command':'apply'}", "! usage: *" },
		{ "a ticket without id gets one and tells it", "{'command':'apply','documents':["
		    "{'doc':{'kind':'feedback','project':'phone','title':'New'}}]}",
		    "{'line':1,'kind':'feedback','name':'1043','result':'created'}\n" },
		{ NULL, NULL, NULL },
	};

	calls(cases);
}

#define NEW_HASH "'sha256':'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'"

static void
together(void)
{
	static const struct asked cases[] = {
		{ "a key, a group and a listener that need each other", "{'command':'apply','keys':"
		    "[{'line':4,'name':'fresh'," NEW_HASH ",'hint':'ear_0…ef'}],'documents':["
		    "{'line':1,'creates':true,'doc':{'kind':'listener','key':'use','type':'data',"
		    "'automation':'user','apiKey':'fresh','group':'made','target':{'match':'email',"
		    "'parameter':'email'}}},{'line':3,'creates':true,'doc':{'kind':'group','key':'made',"
		    "'name':'Made','automation':'user','fields':[{'label':'N','parameter':'n',"
		    "'type':'integer'}]}}]}", "{'line':1,*'result':'created'}\n"
		    "{'line':3,*'result':'created'}\n" },
		{ "all of them or none", "{'command':'apply','keys':[{'line':4,'name':'fresh'," NEW_HASH
		    ",'hint':''}],'documents':[{'line':1,'creates':true,'doc':{'kind':'rank','key':"
		    "'hero','name':'H','points':1}},{'line':3,'creates':true,'doc':{'kind':'rank','key':"
		    "'other','name':'O','points':1}}]}", "*{'line':1,'pointer':'/key','error':"
		    "'there is a rank \\'hero\\' already; to change it: *! bad-document: *" },
		{ "so there is no other", "{'command':'show','kind':'rank','name':'other'}",
		    "! not-found: *" },
		{ "a key of this name is there", "{'command':'apply','keys':[{'line':4,'name':'fresh',"
		    "'sha256':'1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',"
		    "'hint':''}],'documents':[]}", "{'line':4,'pointer':'/name','error':'there is an "
		    "API key of this name already*" },
		{ "a key without hash", "{'command':'apply','keys':[{'name':'k'}],'documents':[]}",
		    "! usage: 'sha256'*" },
		{ "it has changed since", "{'command':'apply','documents':[{'line':2,'version':'0011',"
		    "'doc':{'kind':'rank','key':'hero','name':'Hero','points':6}}]}",
		    "{'line':2,'pointer':'','error':'somebody else has changed it*" },
		{ "it has gone since", "{'command':'apply','documents':[{'line':2,'version':'0011',"
		    "'doc':{'kind':'rank','key':'gone','name':'Hero','points':6}}]}",
		    "{'line':2,'pointer':'','error':'somebody else has changed it*" },
		{ "and stays", "{'command':'show','kind':'rank','name':'hero'}", "*'points':5*" },
		{ NULL, NULL, NULL },
	};

	calls(cases);
}

/* What forms of filters are drawn from, and what a listener is tried with. */
static void
filters(void)
{
	static const struct asked cases[] = {
		{ "fields of users", "{'command':'filter-fields','automation':'user'}",
		    "*{'field':'user.score','label':'Score','heading':'User','type':'number',"
		    "'qualifiers':['is','is-not','not-is','one-of','more','at-least','less','at-most',"
		    "'there','not-there']}\n*{'field':'user.fields','label':'Another field …',*"
		    "'free':true,*{'field':'data.usage.launches','label':'Launches','heading':"
		    "'External Data','of':'Usage','type':'number',*{'field':'payload',*" },
		{ "fields of tickets", "{'command':'filter-fields','automation':'Feedback Automation',"
		    "'project':'phone'}", "{'field':'feedback.id',*{'field':'feedback.fields.jira',*"
		    "{'field':'user.email','label':'E-mail','heading':'Submitter',*" },
		{ "of what", "{'command':'filter-fields','automation':'project'}", "! usage: *" },
		{ "of no project", "{'command':'filter-fields','automation':'user','project':'fone'}",
		    "! not-found: *did you mean*" },
		{ "how many, and who", "{'command':'filter-count','automation':'user','filter':"
		    "'data.usage.launches > 40'}", "{'count':1,'more':false,'of':2,'left':false,"
		    "'filter':'(data.usage.launches > 40)','first':[{'id':'1','name':"
		    "'Ann (ann@mail.example)'}]}\n" },
		{ "what is sent is left out", "{'command':'filter-count','automation':'feedback',"
		    "'limit':1,'filter':'payload.x == 1 && feedback.votes > 1'}", "{'count':1,"
		    "'more':false,*'left':true,'filter':'(feedback.votes > 1)','first':[{'id':'1042',"
		    "'name':'Crash'}]}\n" },
		{ "a filter that is none", "{'command':'filter-count','automation':'user','filter':"
		    "'user.scroe > 1'}", "! usage: the filter: nothing is called*" },
		{ "too many", "{'command':'filter-count','automation':'user','limit':101}", "! usage: *" },
		{ "a listener with an example", "{'command':'listener-describe','listener':'use',"
		    "'base':'http://here.example/listen'}", "*'url':"
		    "'http://here.example/listen/data.fcgi/use'*'example':{'email':'ann@mail.example',"
		    "'n':41}*" },
		{ "no listener", "{'command':'listener-describe','listener':'nobody'}",
		    "! not-found: *" },
		{ NULL, NULL, NULL },
	};

	calls(cases);
}

static void
repeated(void)
{
	static const char note[] = "{'command':'apply','documents':[{'doc':{'kind':'comment',"
	    "'feedback':'1043','author':'jim@acme.example','text':'Once'}}]}";
	struct run job = { 0 };

	is_like(run(&job, &store, note), "*'name':'1043/*','result':'created'}\n",
	    "a comment without id");
	job.again = true;
	is_like(run(&job, &store, note), "*'result':'repeated'}\n",
	    "a call that is sent again has its effect once");
	is_like(run(&job, &store, "{'command':'show','kind':'feedback','name':'1043'}"),
	    "*'comments':1*", "one comment");
	is_like(run(&job, &store, note), "*'result':'created'}\n",
	    "another call has another effect");
	is_like(run(&job, &store, "{'command':'remove','kind':'feedback','name':'1043'}"),
	    "{'kind':'feedback','name':'1043','result':'removed'}\n", "remove");
	job.again = true;
	is_like(run(&job, &store, "{'command':'remove','kind':'feedback','name':'1043'}"),
	    "*'result':'removed'}\n", "removed again");
	is_like(run(&job, &store, "{'command':'remove','kind':'feedback','name':'1043'}"),
	    "! not-found: there is no feedback '1043'\n", "another call finds nothing");
	run_close(&job);
}

static void
lists(void)
{
	static const struct asked cases[] = {
		{ "export is in the order of references", "{'command':'export'}",
		    "{'kind':'setting'*\n{'kind':'project'*\n{'kind':'rank'*\n{'kind':'team'*\n"
		    "{'kind':'user'*\n{'kind':'user'*\n{'kind':'feedback'*\n{'kind':'group'*\n"
		    "{'kind':'macro'*\n{'kind':'comment'*\n{'kind':'value'*\n" },
		{ "export of one kind", "{'command':'export','kind':'rank'}",
		    "{'kind':'rank','key':'hero','name':'Hero','points':5}\n" },
		{ "export shows nothing derived", "{'command':'export','kind':'feedback'}",
		    "{'kind':'feedback','id':'1042',*'updatedAt':'2026-01-01T00:00:00Z'}\n" },
		{ "of an unknown kind", "{'command':'export','kind':'rnk'}",
		    "! usage: there is no kind 'rnk'; did you mean 'rank'?\n" },
		{ "lists show what is derived", "{'command':'select','kind':'feedback'}",
		    "{'kind':'feedback','id':'1042',*'comments':1,'popularity':7}\n" },
		{ "filter of the document", "{'command':'select','kind':'user',"
		    "'filter':'user.firstName == \\'Ann\\' && \\'phone\\' in user.projects'}",
		    "{'kind':'user',*ann@mail.example*'score':0*}\n" },
		{ "filter of data", "{'command':'select','kind':'user',"
		    "'filter':'data.usage.launches > 40'}", "{'kind':'user',*ann@mail*}\n" },
		{ "filter of data that is not so", "{'command':'select','kind':'user',"
		    "'filter':'data.usage.launches > 41'}", "" },
		{ "filter of the project", "{'command':'select','kind':'feedback',"
		    "'filter':'project.name == \\'Phones\\' && feedback.popularity == 7'}",
		    "{'kind':'feedback',*}\n" },
		{ "filter with now", "{'command':'select','kind':'feedback',"
		    "'filter':'timestamp(feedback.createdAt) > now'}", "" },
		{ "another root is refused", "{'command':'list','kind':'rank',"
		    "'filter':'user.email == \\'a\\''}", "! usage: the filter: *" },
		{ "no kind", "{'command':'list'}", "! usage: 'kind' is missing\n" },
		{ "a limit of none", "{'command':'list','kind':'user','limit':0}", "! usage: *" },
		{ "a bad position", "{'command':'list','kind':'user','after':'xy'}", "! usage: *" },
		{ "a limit that nothing is behind", "{'command':'list','kind':'user','limit':2}",
		    "{*}\n{*}\n" },
		{ "the limit tells where it goes on", "{'command':'list','kind':'user','limit':1}",
		    "{'kind':'user','id':'1',*}\n{'more':'31'}\n" },
		{ "so many are looked at", "{'command':'list','kind':'user','look':1,'filter':"
		    "'user.email == null'}", "{'more':'31'}\n" },
		{ "and told", "{'command':'list','kind':'user','look':1}",
		    "{'kind':'user','id':'1',*}\n{'more':'31'}\n" },
		{ "all of them", "{'command':'list','kind':'user','look':2,'filter':"
		    "'user.email == null'}", "" },
		{ "the rest", "{'command':'list','kind':'user','limit':1,'after':'31'}",
		    "{'kind':'user','id':'2',*jim@acme.example*}\n" },
		{ NULL, NULL, NULL },
	};

	calls(cases);
}

static void
documents(void)
{
	static const struct asked cases[] = {
		{ "show", "{'command':'show','kind':'user','name':'jim@acme.example'}",
		    "{'kind':'user','id':'2','email':'jim@acme.example',*}\n" },
		{ "show the one setting", "{'command':'show','kind':'setting'}",
		    "{'kind':'setting','community':'Acme'}\n" },
		{ "set: objects by member, null takes away", "{'command':'set',"
		    "'kind':'feedback','name':'1042','members':{'status':'Closed',"
		    "'fields':{'jira':null,'os':'x'}}}",
		    "{'kind':'feedback','name':'1042','result':'updated'}\n" },
		{ "was set", "{'command':'show','kind':'feedback','name':'1042'}",
		    "*'status':'Closed',*'fields':{'n':1,'os':'x'}*" },
		{ "set to the same", "{'command':'set','kind':'feedback','name':'1042',"
		    "'members':{'status':'Closed'}}", "*'result':'same'}\n" },
		{ "set a new e-mail address", "{'command':'set','kind':'user',"
		    "'name':'ann@mail.example','members':{'email':'ann@new.example'}}",
		    "{'kind':'user','name':'ann@new.example','result':'updated'}\n" },
		{ "it is known everywhere", "{'command':'show','kind':'feedback','name':'1042'}",
		    "*'submitter':'ann@new.example'*" },
		{ "lists of the system are emptied", "{'command':'set','kind':'feedback',"
		    "'name':'1042','members':{'followers':['jim@acme.example']}}", "*updated*" },
		{ "by null", "{'command':'set','kind':'feedback','name':'1042',"
		    "'members':{'followers':null}}", "*updated*" },
		{ "they are empty", "{'command':'show','kind':'feedback','name':'1042'}",
		    "*'followers':[]*" },
		{ "a member that is wrong", "{'command':'set','kind':'rank','name':'hero',"
		    "'members':{'point':6}}", "{'pointer':'/point','error':*}\n"
		    "! bad-document: 1 error in 1 document; nothing was changed\n" },
		{ "a reference that is wrong", "{'command':'set','kind':'user',"
		    "'name':'jim@acme.example','members':{'teams':['none']}}",
		    "{'pointer':'/teams/0','error':*}\n! bad-document: *" },
		{ "no other name", "{'command':'set','kind':'rank','name':'hero',"
		    "'members':{'key':'heroine'}}", "{'pointer':''*another name*}\n! bad-*" },
		{ "set what is not there", "{'command':'set','kind':'rank','name':'none',"
		    "'members':{}}", "! not-found: *" },
		{ "remove what is used", "{'command':'remove','kind':'rank','name':'hero'}",
		    "{'pointer':'rank hero','error':'is still used by macro praise*'}\n! bad-document: *" },
		{ "remove what is not there",
		    "{'command':'remove','kind':'rank','name':'none'}",
		    "! not-found: there is no rank 'none'\n" },
		{ "remove the last admin",
		    "{'command':'remove','kind':'user','name':'jim@acme.example'}",
		    "{'pointer':'user jim@acme.example','error':'this is the last admin;*}\n! bad-document: *" },
		{ "the log is not removed", "{'command':'remove','kind':'delivery','name':'1'}",
		    "! usage: *" },
		{ NULL, NULL, NULL },
	};

	calls(cases);
}

#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HASH2 "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HASH3 "fe0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define APPLY_APP(MEMBERS) "{'command':'apply','documents':[{'doc':{'kind':'apikey'," \
	"'name':'app'" MEMBERS "}}]}"
#define SET_APP(MEMBERS) "{'command':'set','kind':'apikey','name':'app','members':{" MEMBERS "}}"
#define WIDER(POINTER) "{*'pointer':'" POINTER "','error':'the key would *apikey set app*}\n" \
	"! bad-document: *"

static void
apikeys(void)
{
	static const struct asked cases[] = {
		{ "create", "{'command':'apikey-create','name':'app','sha256':'" HASH "',"
		    "'hint':'x7Kq','allow':['192.0.2.0/24']}",
		    "{'kind':'apikey','name':'app','allow':['192.0.2.0/24'],"
		    "'secrets':[{'hint':'x7Kq','created':*}]}\n" },
		{ "a name is taken once", "{'command':'apikey-create','name':'app',"
		    "'sha256':'" HASH2 "'}", "{'pointer':'/name',*}\n! bad-document: *" },
		{ "the hash is needed", "{'command':'apikey-create','name':'b','sha256':'12'}",
		    "! usage: 'sha256' *" },
		{ "rotate ends what was, at once", "{'command':'apikey-rotate','name':'app',"
		    "'sha256':'" HASH2 "','hint':'b'}",
		    "*'hint':'x7Kq','created':*'until':'20*Z'},{'hint':'b','created':*" },
		{ "rotate what is not there", "{'command':'apikey-rotate','name':'none',"
		    "'sha256':'" HASH "'}", "{'pointer':'/name',*}\n! bad-document: *" },
		{ "a time that is none", "{'command':'apikey-rotate','name':'app',"
		    "'sha256':'" HASH "','overlapUntil':'soon'}", "! usage: 'overlapUntil' *" },
		{ "list", "{'command':'list','kind':'apikey'}",
		    "{'kind':'apikey','name':'app'*}\n" },
		{ "narrow by name", SET_APP("'expires':'2099-01-01','concurrency':2,"
		    "'rate':{'perMinute':60,'burst':10},'scope':{'listeners':['phone/*','u'],"
		    "'verbs':['deliver','metrics']}"), "*'result':'updated'*" },
		{ "a file that is silent", APPLY_APP(""), "*'result':'same'*" },
		{ "null is silent", APPLY_APP(",'allow':null,'scope':{'verbs':null}"),
		    "*'result':'same'*" },
		{ "a file that narrows", APPLY_APP(",'allow':['192.0.2.0/25','192.0.2.200'],"
		    "'expires':'2098-01-01','scope':{'listeners':['phone/x','u']},"
		    "'rate':{'perMinute':30}"), "*'result':'updated'*" },
		{ "it narrowed only that", "{'command':'show','kind':'apikey','name':'app'}",
		    "*'listeners':['phone/x','u'],'verbs':['deliver',"
		    "'metrics']},'rate':{'perMinute':30,'burst':10},'concurrency':2,*" },
		{ "addresses", APPLY_APP(",'allow':['192.0.2.0/24']"), WIDER("/allow") },
		{ "other addresses", APPLY_APP(",'allow':['2001:db8::1']"), WIDER("/allow") },
		{ "all addresses", APPLY_APP(",'allow':[]"), WIDER("/allow") },
		{ "all of IPv6", APPLY_APP(",'allow':['::/0']"), WIDER("/allow") },
		{ "a later end", APPLY_APP(",'expires':'2098-01-02'"), WIDER("/expires") },
		{ "a listener", APPLY_APP(",'scope':{'listeners':['phone/y']}"),
		    WIDER("/scope/listeners") },
		{ "listeners", APPLY_APP(",'scope':{'listeners':['phone/*']}"),
		    WIDER("/scope/listeners") },
		{ "all listeners", APPLY_APP(",'scope':{'listeners':[]}"),
		    WIDER("/scope/listeners") },
		{ "a verb", APPLY_APP(",'scope':{'verbs':['deliver','lookup']}"),
		    WIDER("/scope/verbs") },
		{ "the usual verbs", APPLY_APP(",'scope':{'verbs':[]}"), WIDER("/scope/verbs") },
		{ "a rate", APPLY_APP(",'rate':{'perMinute':31}"), WIDER("/rate") },
		{ "no rate", APPLY_APP(",'rate':{'perMinute':30,'burst':11}"), WIDER("/rate") },
		{ "more at once", APPLY_APP(",'concurrency':3"), WIDER("/concurrency") },
		{ "widen by name", SET_APP("'allow':null,'expires':null,'scope':null"),
		    "*'result':'updated'*" },
		{ "a file narrows again", APPLY_APP(",'scope':{'verbs':['metrics']}"),
		    WIDER("/scope/verbs") },
		{ "to what it did", APPLY_APP(",'scope':{'verbs':['deliver']}"),
		    "*'result':'updated'*" },
		{ "an end in the past", SET_APP("'expires':'2020-01-01'"), "*'updated'*" },
		{ "no rotation of what has ended", "{'command':'apikey-rotate','name':'app',"
		    "'sha256':'" HASH3 "','hint':'c'}",
		    "{'pointer':'/name','error':'the key has expired*}\n! bad-document: *" },
		{ "revoke", "{'command':'apikey-revoke','name':'app'}", "*'revoked':'20*'*" },
		{ "it stays revoked", APPLY_APP(""), "*'result':'same'*" },
		{ "whatever a file says", APPLY_APP(",'revoked':'2020-01-01'"),
		    "{*'pointer':'/revoked',*}\n! bad-document: *" },
		{ "or a command", SET_APP("'revoked':null"),
		    "{*'pointer':'/revoked',*}\n! bad-document: *" },
		{ "no rotation of what was revoked", "{'command':'apikey-rotate','name':'app',"
		    "'sha256':'" HASH3 "','hint':'c'}",
		    "{'pointer':'/name','error':'the key was revoked*}\n! bad-document: *" },
		{ "revoke what is not there", "{'command':'apikey-revoke','name':'none'}",
		    "! not-found: there is no API key 'none'\n" },
		{ "remove", "{'command':'remove','kind':'apikey','name':'app'}",
		    "{'kind':'apikey','name':'app','result':'removed'}\n" },
		{ NULL, NULL, NULL },
	};

	calls(cases);
}

#define DELIVERIES 2000

struct logged {
	int64_t now;
	size_t n;
};

/* Every tenth is refused. One transaction, as the log itself has one for each. */
static void
add_deliveries(struct txn *txn, void *arg)
{
	const struct logged *logged = arg;
	struct listener listener = { .full_name = SPAN("phone/x"), .type = &listener_macro };
	struct request request = { .path = SPAN("/x"), .body = SPAN("{\"a\":1}"),
		.address = SPAN("192.0.2.1"), .content_type = SPAN("application/json") };

	/* The oldest first: ids rise. */
	for (size_t i = logged->n; i-- > 0;) {
		struct arena_mark mark = arena_mark(txn_arena(txn));
		struct delivery delivery = { .now = logged->now - (int64_t)i * 1000000,
			.arena = txn_arena(txn), .request = &request, .listener = &listener };
		struct journal_entry entry = { .status = 200, .answer = SPAN("{}"),
			.outcome = i % 10 == 9 ? FAULT_UNKNOWN_TARGET : FAULT_NONE,
			.body = request.body };

		delivery.id = id_new(delivery.now);
		if (i == 1)
			entry.body = request.body = SPAN("\xff\x01");
		delivery_step(&delivery, "target", STEP_OK, "found");
		journal_add(txn, &delivery, &entry);
		request.body = SPAN("{\"a\":1}");
		arena_rewind(txn_arena(txn), mark);
	}
}

static size_t
lines(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* The value of the first member of this name in the text. */
static const char *
member(struct run *job, const char *text, const char *name)
{
	const char *key = arena_printf(job->arena, "'%s':'", name);
	const char *at = strstr(text, key);

	return at == NULL ? "" : arena_string(job->arena,
	    (struct span){ at + strlen(key), strcspn(at + strlen(key), "'") });
}

static void
deliveries(void)
{
	struct logged logged = { text_now(), DELIVERIES };
	struct run job = { 0 };
	char args[300], position[100], id[40], second[40];
	const char *text;

	scratch_run(&store, STORE_WRITE, add_deliveries, &logged);
	text = run(&job, &store, "{'command':'deliveries'}");
	ok(lines(text, "'kind':'delivery'") == DELIVERIES, "all deliveries");
	ok(job.steps > DELIVERIES, "with a breath for each");
	ok(strstr(text, "'steps'") == NULL, "without their traces");
	text = run(&job, &store, "{'command':'deliveries','filter':'delivery.steps[0].step == "
	    "\\'endpoint\\' && delivery[\\'answer\\'] == \\'{}\\''}");
	ok(lines(text, "'kind':'delivery'") == DELIVERIES && strstr(text, "'steps'") == NULL &&
	    strstr(text, "'answer'") == NULL, "which a filter may look at");
	text = run(&job, &store, "{'command':'deliveries','outcome':'failed'}");
	ok(lines(text, "\n") == DELIVERIES / 10, "those that were refused");
	text = run(&job, &store, "{'command':'deliveries','outcome':'unknown-target',"
	    "'listener':'phone/x','limit':3}");
	ok(lines(text, "'outcome':'unknown-target'") == 3 && lines(text, "\n") == 4,
	    "three of one outcome and listener, and the position");
	snprintf(position, sizeof position, "%s", member(&job, text, "more"));
	snprintf(args, sizeof args, "{'command':'deliveries','outcome':'unknown-target',"
	    "'listener':'phone/x','after':'%s'}", position);
	text = run(&job, &store, args);
	ok(lines(text, "\n") == DELIVERIES / 10 - 3, "and the others behind it");
	is_like(run(&job, &store, "{'command':'deliveries','listener':'none'}"),
	    "*there is no listener 'none'*", "of a listener that was never there");
	is_like(run(&job, &store, "{'command':'deliveries','outcome':'fine'}"), "! usage: *",
	    "an outcome that there is not");
	is_like(run(&job, &store, "{'command':'deliveries','since':'soon'}"), "! usage: *",
	    "a time that is none");
	text = run(&job, &store, "{'command':'deliveries','limit':2}");
	snprintf(id, sizeof id, "%s", member(&job, text, "id"));
	snprintf(second, sizeof second, "%s", member(&job, strchr(text, '\n'), "id"));
	snprintf(args, sizeof args, "{'command':'delivery','id':'%s','body':true}", id);
	is_like(run(&job, &store, args), "{'kind':'delivery',*'steps':[*{'step':'target'*"
	    "'body':'{\\'a\\':1}'}\n", "one delivery with its trace and body");
	snprintf(args, sizeof args, "{'command':'delivery','id':'%s','body':true}", second);
	is_like(run(&job, &store, args), "*'bodyBase64':'/wE='}\n", "a body that is no text");
	snprintf(args, sizeof args, "{'command':'delivery','id':'%s'}", id);
	ok(strstr(run(&job, &store, args), "'body':'{") == NULL, "without its body");
	is_like(run(&job, &store, "{'command':'delivery',"
	    "'id':'0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'}"), "! not-found: *", "no delivery");
	is_like(run(&job, &store, "{'command':'delivery','id':'12'}"), "! usage: *", "no id");
	text = run(&job, &store, "{'command':'export','kind':'delivery'}");
	ok(lines(text, "'answer':'{}'") == DELIVERIES, "the log is exported whole");
	run_close(&job);
}

static const char *const parcel_states[] = { "waiting", "leased", "dead", "sent", "dropped" };
static char parcel_ids[5][ID_TEXT_SIZE];

static void
add_parcels(struct txn *txn, void *arg)
{
	int64_t now = *(int64_t *)arg;

	for (size_t i = 0; i < 5; i++) {
		struct json_object *parcel = doc_of(txn, "{'kind':'webhook','to':"
		    "'https://hooks.example/','body':'secret text','sign':'SECRET',"
		    "'headers':{'X-Key':{'sealed':'SECRET'}},"
		    "'auth':{'user':'u','password':'SECRET'}}");
		struct id id;

		snprintf(parcel_ids[i], sizeof parcel_ids[i], "%s",
		    outbox_add(txn, parcel, now - 60000000, now + 3600000000).p);
		if (i > 0 && id_read(span_of(parcel_ids[i]), &id))
			outbox_save(txn, id, outbox_load(txn, id), parcel_states[i],
			    now + 3600000000);
	}
}

static void
outbox(void)
{
	/* command, parcel, expected */
	static const struct {
		const char *command;
		size_t parcel;
		const char *expected;
	} cases[] = {
		{ "outbox-show", 0, "{*'body':'secret text'*}\n" },
		{ "outbox-retry", 2, "{*'state':'waiting'*}\n" },
		{ "outbox-retry", 3, "! usage: *is sent\n" },
		{ "outbox-retry", 1, "! usage: *is leased\n" },
		{ "outbox-drop", 1, "! busy: *" },
		{ "outbox-drop", 3, "! usage: *" },
		{ "outbox-drop", 4, "{*'state':'dropped'*}\n" },
		{ "outbox-drop", 0, "{*'state':'dropped'*}\n" },
	};
	int64_t now = text_now();
	struct run job = { 0 };
	char args[200];
	const char *text;

	scratch_run(&store, STORE_WRITE, add_parcels, &now);
	text = run(&job, &store, "{'command':'outbox'}");
	ok(lines(text, "\n") == 5 && strstr(text, "secret") == NULL, "all, without content");
	is_like(run(&job, &store, "{'command':'stat'}"),
	    "{'objects':{'setting':*}*'outbox':{'waiting':2,'dead':1,'oldestSeconds':6*}*}\n",
	    "stat of the outbox");
	for (size_t i = 0; i < 5; i++) {
		snprintf(args, sizeof args, "{'command':'outbox','state':'%s'}",
		    parcel_states[i]);
		text = run(&job, &store, args);
		ok(lines(text, "\n") == 1 && strstr(text, parcel_ids[i]) != NULL, "outbox %s",
		    parcel_states[i]);
	}
	is_like(run(&job, &store, "{'command':'outbox','limit':2}"), "{*}\n{*}\n{'more':'*'}\n",
	    "two of the outbox");
	is_like(run(&job, &store, "{'command':'outbox','state':'x'}"), "! usage: *",
	    "a state that there is not");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(args, sizeof args, "{'command':'%s','id':'%s'}", cases[i].command,
		    parcel_ids[cases[i].parcel]);
		text = run(&job, &store, args);
		is_like(text, cases[i].expected, arena_printf(job.arena, "%s %s",
		    cases[i].command, parcel_states[cases[i].parcel]));
		ok(strstr(text, "SECRET") == NULL, "no secrets");
	}
	is_like(run(&job, &store, "{'command':'outbox-retry','all':true}"), "{'retried':1}\n",
	    "all that wait or are dead");
	is_like(run(&job, &store, "{'command':'outbox-show',"
	    "'id':'0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'}"), "! not-found: *", "no parcel");
	run_close(&job);
}

static void
macros(void)
{
	static const struct asked cases[] = {
		{ "a preview", "{'command':'macro-run','macro':'praise','preview':true,"
		    "'target':{'email':'jim@acme.example'}}",
		    "{'steps':[{'step':'add-rank','verdict':'ok','text':*}],"
		    "'effects':[{'action':'add-rank','result':'hero: score 0 → 5'}],'parcels':[]}\n" },
		{ "changes nothing", "{'command':'show','kind':'user','name':'jim@acme.example'}",
		    "*'score':0*" },
		{ "run", "{'command':'macro-run','macro':'praise',"
		    "'target':{'kind':'user','id':'2'}}", "*score 0 → 5*" },
		{ "changes it", "{'command':'show','kind':'user','name':'jim@acme.example'}",
		    "*'score':5*" },
		{ "no macro", "{'command':'macro-run','macro':'none','target':{'id':'2'}}",
		    "! not-found: *" },
		{ "the log of no macro", "{'command':'macro-log','macro':'prise'}",
		    "! not-found: there is no macro 'prise'; did you mean praise?\n" },
		{ "no run", "{'command':'macro-stop','macro':'praise','run':'none'}",
		    "! not-found: *; its log keeps the last 100\n" },
		{ "no group", "{'command':'group-clear','name':'usages'}",
		    "! not-found: there is no group 'usages'; did you mean usage?\n" },
		{ "no user", "{'command':'macro-run','macro':'praise','target':{'id':'99'}}",
		    "! unknown-target: there is no user '99'\n" },
		{ "no target", "{'command':'macro-run','macro':'praise'}", "! usage: *" },
		{ "another kind of target", "{'command':'macro-run','macro':'praise',"
		    "'target':{'kind':'feedback','id':'1042'}}", "! usage: *" },
		{ NULL, NULL, NULL },
	};
	static const char praise[] = "{'command':'macro-run','macro':'praise',"
	    "'target':{'id':'2'}}";
	struct run job = { 0 };

	calls(cases);
	is_like(run(&job, &store, praise), "*score 5 → 10*", "run once more");
	job.again = true;
	is_like(run(&job, &store, praise), "{'repeated':true,*}\n", "the same call again");
	is_like(run(&job, &store, "{'command':'show','kind':'user','name':'2'}"),
	    "*'score':10*", "has no effect");
	run_close(&job);
}

/* As if it had been long ago that the run went on. */
static void
long_ago(struct txn *txn, void *arg)
{
	struct id id;
	struct json_object *row = macro_log_before(txn, SPAN("praise"), NULL, &id);

	(void)arg;
	ok(json_has(row, "awaited"), "it is remembered when it went on");
	json_set_text(row, "awaited", SPAN("2001-01-01T00:00:00Z"));
	macro_log_save(txn, SPAN("praise"), id, row);
}

/* The caller and the owner die; nobody comes again. */
static void
macro_broken_off(void)
{
	static const char log[] = "{'command':'macro-log','macro':'praise','limit':1}";
	struct run job = { 0 };

	ok(run_open(&job, &store, "{'command':'macro-run-all','macro':'praise','filter':'true'}"),
	    "a run on all");
	ok(run_step(&job), "which is left behind the first");
	run_close(&job);
	job = (struct run){ 0 };
	is_like(run(&job, &store, log), "{*'state':'running'*'of':2*}\n*",
	    "a run that was left a moment ago");
	ok(strstr(run_text(&job), "awaited") == NULL, "without what is remembered");
	scratch_run(&store, STORE_WRITE, long_ago, NULL);
	is_like(run(&job, &store, log), "{*'state':'left'*'detail':'broken off at * of 2: *"
	    "'ended':'2001-01-01T00:00:00Z'*}\n*", "and one that nobody has taken up again");
	run_close(&job);
}

#define LISTENERS 30

static void
add_runs(struct txn *txn, void *arg)
{
	struct request request = { .path = SPAN("/l"), .body = SPAN("{}"),
		.address = SPAN("192.0.2.1"), .content_type = SPAN("application/json") };
	struct journal_entry entry = { .status = 200, .answer = SPAN("{}") };

	(void)arg;
	for (int i = 0; i < LISTENERS; i++)
		doc_put(txn, "listener", doc_of(txn, arena_printf(txn_arena(txn),
		    "{'key':'l%d','macro':'praise'}", i)));
	for (int i = 0; i < 7; i++) {
		struct listener listener = { .type = &listener_macro,
			.full_name = span_of(arena_printf(txn_arena(txn), "l%d", i % 3)) };
		struct delivery delivery = { .now = text_now(), .arena = txn_arena(txn),
			.request = &request, .listener = &listener, .id = id_new(text_now()) };

		entry.outcome = i == 5 ? FAULT_FILTERED : FAULT_NONE;
		journal_add(txn, &delivery, &entry);
	}
}

/* A macro that many listeners run: each is looked at by itself, and again once it was told. */
static void
macro_of_many(void)
{
	struct run job = { 0 };
	char args[200];

	scratch_run(&store, STORE_WRITE, add_runs, NULL);
	is_like(run(&job, &store, "{'command':'macro-log','macro':'praise','limit':4}"),
	    "{*'listener l0'*\n{*'listener l1'*\n{*'listener l0'*\n{*'listener l2'*\n{'more':'*'}\n",
	    "the last runs, newest first");
	ok(strstr(job.out.p, "'by':'hand'") == NULL && job.steps > 2 * LISTENERS,
	    "with a breath for each listener that was looked at");
	snprintf(args, sizeof args, "{'command':'macro-log','macro':'praise','limit':3,'after':'%s'}",
	    member(&job, job.out.p, "more"));
	is_like(run(&job, &store, args), "{*'listener l1'*\n{*'listener l0'*\n{*'by':'hand'*\n{'more'*",
	    "and those before, by hand as well");
	run_close(&job);
}

static void
stat_day(void)
{
	struct run job = { 0 };

	is_like(run(&job, &store, "{'command':'stat'}"),
	    "{'objects':{'setting':1,*}*'deliveries':{'hour':{'applied':1800,"
	    "'unknown-target':200},'day':{'applied':1800,'unknown-target':200}}*"
	    "'owner':{'pid':*,'program':'*','since':'*','answered':{}},'post':{},'listeners':[{'listener':'*',"
	    "'deliveries':2000,'failed':200,'lastFailure':'unknown-target',"
	    "'lastFailureAt':'2*Z',"
	    "'failedQuietly':200}]*'store':{'home':'*','logBytesWritten':*},'problems':[],'attention':[]}\n", "stat");
	ok(job.steps > DELIVERIES, "stat with a breath for each");
	run_close(&job);
}

#define MANY 3000

static void
large(void)
{
	struct buf args = { 0 };
	struct run job = { 0 };
	const char *text;

	buf_puts(&args, "{'command':'apply','documents':[");
	for (int i = 0; i < MANY; i++)
		buf_printf(&args, "%s{'doc':{'kind':'user','email':'u%d@mail.example',"
		    "'fields':{'n':%d}}}", i > 0 ? "," : "", i, i);
	buf_puts(&args, "]}");
	buf_putc(&args, '\0');
	ok(lines(run(&job, &store, args.p), "'created'") == MANY, "many documents");
	text = run(&job, &store, "{'command':'export','kind':'user'}");
	ok(lines(text, "\n") == MANY + 2 && job.steps > MANY, "exported with a breath for each");
	text = run(&job, &store,
	    "{'command':'list','kind':'user','filter':'user.fields.n == 7'}");
	ok(lines(text, "\n") == 1 && job.steps > MANY, "filtered with a breath for each");
	buf_free(&args);
	run_close(&job);
}

int
main(void)
{
	if (!scratch_open(&store))
		return 1;
	ok(command_by_name(SPAN("nothing")) == NULL, "no such command");
	apply();
	together();
	filters();
	repeated();
	lists();
	documents();
	apikeys();
	deliveries();
	stat_day();
	outbox();
	macros();
	macro_broken_off();
	macro_of_many();
	large();
	scratch_close(&store);
	return tap_done();
}
