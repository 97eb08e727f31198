/* SPDX-License-Identifier: ISC */
/* What belongs to one user or ticket, as calls tell it; comments of one's own; searches. */
#include "command/job.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct scratch store;

static const char world[] = "{'command':'apply','documents':["
    "{'doc':{'kind':'setting','community':'C'}},"
    "{'doc':{'kind':'project','key':'phone','name':'Phone','managers':['pam@acme.example']}},"
    "{'doc':{'kind':'project','key':'watch','name':'Watch'}},"
    "{'doc':{'kind':'team','key':'w','project':'phone','name':'W'}},"
    "{'doc':{'kind':'user','id':'1','email':'jim@acme.example','roles':['admin']}},"
    "{'doc':{'kind':'user','id':'2','email':'pam@acme.example'}},"
    "{'doc':{'kind':'user','id':'3','email':'ann@mail.example','firstName':'Ann','lastName':'Lee',"
    "'teams':['phone/w']}},"
    "{'doc':{'kind':'user','id':'4','email':'tom@mail.example','firstName':'Tom'}},"
    "{'doc':{'kind':'feedback','project':'phone','id':'7','title':'It crashes','followers':["
    "'ann@mail.example','tom@mail.example']}},"
    "{'doc':{'kind':'feedback','project':'watch','id':'8','title':'It is late','fields':{"
    "'jira':'WAT-3'}}},"
    "{'doc':{'kind':'group','key':'usage','name':'Usage','automation':'user','fields':["
    "{'label':'N','parameter':'n','type':'integer'},{'label':'M','parameter':'m','type':'integer'}]}},"
    "{'doc':{'kind':'group','key':'usage','project':'phone','name':'Phone usage','automation':"
    "'user','fields':[{'label':'N','parameter':'n','type':'integer'}]}},"
    "{'doc':{'kind':'value','group':'usage','user':'ann@mail.example','values':{'n':41},"
    "'at':'2026-01-02T03:04:05Z'}},"
    "{'doc':{'kind':'value','group':'phone/usage','user':'ann@mail.example','values':{'n':5},"
    "'at':'2026-01-02T03:04:05Z'}},"
    "{'doc':{'kind':'macro','key':'praise','automation':'user','actions':[{'action':'add-points',"
    "'points':1}]}},"
    "{'doc':{'kind':'comment','feedback':'7','author':'jim@acme.example','text':'one','at':"
    "'2026-01-01T00:00:01Z'}},"
    "{'doc':{'kind':'comment','feedback':'7','author':'jim@acme.example','text':'two','at':"
    "'2026-01-01T00:00:02Z'}},"
    "{'doc':{'kind':'comment','feedback':'7','author':'jim@acme.example','text':'three','at':"
    "'2026-01-01T00:00:03Z'}},"
    "{'doc':{'kind':'comment','feedback':'8','author':'jim@acme.example','text':'other','at':"
    "'2026-01-01T00:00:04Z'}}]}";

#define SUMMED "{'partial':false}\n"

static const struct {
	const char *name, *as, *args, *expected;
} cases[] = {
	{ "values by group", NULL, "{'command':'record-values','kind':'user','name':'ann@mail.example'}",
	    "{'group':'phone/usage',*'value':5,'at':'2026-01-02T03:04:05Z'}]}\n"
	    "{'group':'usage','name':'Usage','at':'2026-01-02T03:04:05Z','fields':[{'label':'N',"
	    "'parameter':'n','type':'integer','value':41,'at':'2026-01-02T03:04:05Z'},{'label':'M',"
	    "'parameter':'m','type':'integer'}]}\n" },
	{ "a manager sees those of his project", "pam@acme.example",
	    "{'command':'record-values','kind':'user','name':'3'}", "{'group':'phone/usage',*]}\n" },
	{ "of nobody else", "pam@acme.example",
	    "{'command':'record-values','kind':'user','name':'4'}", "! not-allowed: *" },
	{ "a ticket without any", NULL, "{'command':'record-values','kind':'feedback','name':'7'}", "" },
	{ "nobody", NULL, "{'command':'record-values','kind':'user','name':'nobody'}", "! not-found: *" },
	{ "another kind", NULL, "{'command':'record-values','kind':'project','name':'phone'}",
	    "! usage: *" },
	{ "comments, the newest first", NULL,
	    "{'command':'record-comments','kind':'feedback','name':'7','limit':2}",
	    "*'text':'three',*\n*'text':'two',*\n{'more':'*'}\n" },
	{ "a position elsewhere leads to no others", NULL, "{'command':'record-comments','kind':"
	    "'feedback','name':'7','after':'663800'}", "*'three',*\n*'two',*\n*'one',*\n" },
	{ "no comments", NULL, "{'command':'record-comments','kind':'user','name':'3'}", "" },
	{ "a macro", NULL, "{'command':'macro-run','macro':'praise','target':{'id':'3'}}", "*" },
	{ "on another", NULL, "{'command':'macro-run','macro':'praise','target':{'id':'4'}}", "*" },
	{ "what was run on one", NULL, "{'command':'record-runs','kind':'user','name':'3'}",
	    "{'at':*,'target':{'kind':'user','id':'3',*'macro':'praise'}\n" },
	{ "not on the ticket of that id", NULL,
	    "{'command':'record-runs','kind':'feedback','name':'7'}", "" },
	{ "a comment of one's own", "jim@acme.example",
	    "{'command':'comment-add','feedback':'7','text':'mine'}", "{'id':'*'}\n" },
	{ "is the last", NULL, "{'command':'record-comments','kind':'feedback','name':'7','limit':1}",
	    "{'author':'jim@acme.example','text':'mine','at':*}\n{'more':*" },
	{ "who follows is written to", NULL, "{'command':'record-parcels','name':'ann@mail.example'}",
	    "{'id':*'to':'ann@mail.example',*'subject':'New comment on 7: It crashes',*}\n" },
	{ "in nobody's name", NULL, "{'command':'comment-add','feedback':'7','text':'x'}",
	    "! usage: 'author' is missing*" },
	{ "in a name that is given", NULL, "{'command':'comment-add','feedback':'7','text':'x',"
	    "'author':'JIM@acme.example'}", "{'id':'*'}\n" },
	{ "not in another's", "pam@acme.example", "{'command':'comment-add','feedback':'7','text':'x',"
	    "'author':'jim@acme.example'}", "! not-allowed: *one's own name*" },
	{ "by who may not", NULL, "{'command':'comment-add','feedback':'8','text':'x','author':"
	    "'tom@mail.example'}", "! not-allowed: tom@mail.example may not comment on this ticket\n" },
	{ "by nobody", NULL, "{'command':'comment-add','feedback':'7','text':'x','author':"
	    "'no@mail.example'}", "! not-found: *" },
	{ "on nothing", NULL, "{'command':'comment-add','text':'x','author':'jim@acme.example'}",
	    "! usage: either *" },
	{ "on both", NULL, "{'command':'comment-add','feedback':'7','user':'3','text':'x','author':"
	    "'jim@acme.example'}", "! usage: either *" },
	{ "without text", "jim@acme.example", "{'command':'comment-add','feedback':'7'}",
	    "! bad-value: a comment must be *" },
	{ "on a participant, in the project", "pam@acme.example", "{'command':'comment-add','user':"
	    "'ann@mail.example','project':'phone','text':'fine'}", "{'id':'*'}\n" },
	{ "of a project that is none", NULL, "{'command':'comment-add','user':'3','project':'none',"
	    "'text':'x','author':'jim@acme.example'}", "! not-found: *" },
	{ "which is told", NULL, "{'command':'record-comments','kind':'user','name':'3'}",
	    "{'project':'phone','author':'pam@acme.example','text':'fine',*}\n" },

	{ "a search", NULL, "{'command':'search','kind':'user','text':'lee an'}",
	    "{'kind':'user','name':'ann@mail.example','title':'Ann Lee'}\n" SUMMED },
	{ "nothing", NULL, "{'command':'search','kind':'user','text':'nothing'}", SUMMED },
	{ "a ticket by its number", NULL, "{'command':'search','kind':'feedback','text':'#7'}",
	    "{'kind':'feedback','name':'7','title':'It crashes','state':'Open','project':'phone'}\n"
	    SUMMED },
	{ "by a value", NULL, "{'command':'search','kind':'feedback','text':'wat-3'}",
	    "{'kind':'feedback','name':'8',*\n" SUMMED },
	{ "few at once", NULL, "{'command':'search','kind':'feedback','text':'it','limit':1}",
	    "{'kind':'feedback','name':'7',*\n{'more':'*'}\n" SUMMED },
	{ "of his project", "pam@acme.example", "{'command':'search','kind':'feedback','text':'it'}",
	    "{'kind':'feedback','name':'7',*\n" SUMMED },
	{ "no value of others", "pam@acme.example",
	    "{'command':'search','kind':'feedback','text':'WAT-3'}", SUMMED },
	{ "no macro of the community", "pam@acme.example",
	    "{'command':'search','kind':'macro','text':'praise'}", SUMMED },
	{ "a macro", NULL, "{'command':'search','kind':'macro','text':'PRAISE'}",
	    "{'kind':'macro','name':'praise',*\n" SUMMED },
	{ "no delivery", NULL, "{'command':'search','kind':'delivery','text':'0193a1'}", SUMMED },
	{ "no kind to look into", NULL, "{'command':'search','kind':'rank','text':'x'}", "*! usage: *" },
	{ "no text", NULL, "{'command':'search','kind':'user'}", "! usage: *" },
	{ "a position that is none", NULL, "{'command':'search','kind':'user','text':'ann','after':"
	    "'00'}", "*! usage: *" },
};

int
main(void)
{
	struct run job = { .store = NULL };
	const char *text;

	if (!scratch_open(&store))
		return 99;
	is_text(run(&job, &store, "{'command':'tidy'}"), "", "a new store has all its words");
	text = run(&job, &store, world);
	if (!ok(strstr(text, "! ") == NULL, "the world"))
		printf("# %s\n", text);
	for (size_t i = 0; i < COUNT(cases); i++) {
		job.as = cases[i].as;
		is_like(run(&job, &store, cases[i].args), cases[i].expected, cases[i].name);
	}
	run_close(&job);
	scratch_close(&store);
	return tap_done();
}
