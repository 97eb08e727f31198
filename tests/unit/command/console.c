/* SPDX-License-Identifier: ISC */
/*
 * Calls of the web: by a session it is somebody with rights, and without one nobody, who may
 * sign in and nothing else.
 */
#include "base/secret.h"
#include "command/job.h"

static struct scratch store;
static struct run job = { .web = true };

static const char world[] = "{'command':'apply','documents':["
    "{'doc':{'kind':'setting','community':'C'}},"
    "{'doc':{'kind':'project','key':'phone','name':'Phone','managers':['pam@acme.example']}},"
    "{'doc':{'kind':'project','key':'watch','name':'Watch'}},"
    "{'doc':{'kind':'user','email':'jim@acme.example','roles':['admin']}},"
    "{'doc':{'kind':'user','email':'pam@acme.example','roles':['tester']}},"
    "{'doc':{'kind':'user','email':'vic@acme.example','roles':['viewer']}},"
    "{'doc':{'kind':'user','email':'tom@mail.example','roles':['tester']}},"
    "{'doc':{'kind':'team','key':'w','project':'phone','name':'W'}},"
    "{'doc':{'kind':'team','key':'w','project':'watch','name':'W'}}]}";

static const char *
hash(const char *token)
{
	static char out[2][2 * SECRET_SHA256_SIZE + 1];
	static int turn;
	unsigned char bytes[SECRET_SHA256_SIZE];

	turn = !turn;
	secret_sha256(span_of(token), bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(out[turn] + 2 * i, 3, "%02x", bytes[i]);
	return out[turn];
}

/* As the operator makes a link, and the console uses it: the session has the user's name. */
static void
sign_in(const char *user)
{
	char args[600];

	job.web = false;
	snprintf(args, sizeof args, "{'command':'console-link','user':'%s','hash':'%s'}", user,
	    hash("link"));
	is_like(run(&job, &store, args), "{'minutes':15}\n", user);
	job.web = true;
	snprintf(args, sizeof args, "{'command':'console-sign-in','link':'%s','hash':'%s'}",
	    hash("link"), hash(user));
	is_like(run(&job, &store, args), "{'signedIn':true}\n", "signs in");
	is_like(run(&job, &store, args), "! not-signed-in: *", "once");
}

/* args without its first brace. */
static const char *
by(const char *session, const char *args)
{
	static char text[2000];

	snprintf(text, sizeof text, "{'session':'%s',%s", session, args);
	return run(&job, &store, text);
}

static void
nobody(void)
{
	for (size_t i = 0; command_at(i) != NULL; i++) {
		const struct command *command = command_at(i);
		char args[200];

		snprintf(args, sizeof args, "{'command':'%s','kind':'team'}", command->name);
		ok((strstr(run(&job, &store, args), "! not-signed-in: nobody is") != NULL) ==
		    !command->open, "without a session, %s", command->name);
		snprintf(args, sizeof args, "'command':'%s','kind':'team'}", command->name);
		ok((strstr(by("0000", args), "! not-signed-in: the session has") != NULL) ==
		    !command->open, "with one that was made up, %s", command->name);
	}
}

static void
somebody(void)
{
	sign_in("jim@acme.example");
	sign_in("pam@acme.example");
	sign_in("vic@acme.example");
	is_like(by("vic@acme.example", "'command':'console-session'}"),
	    "{*'email':'vic@acme.example'*'role':'viewer'*}\n", "who it is");
	is_like(by("pam@acme.example", "'command':'console-session'}"),
	    "{*'role':'manager'*'projects':[{'key':'phone','name':'Phone'}]*}\n",
	    "and what he manages");
	is_like(by("vic@acme.example", "'command':'show','kind':'team','name':'watch/w'}"),
	    "{'kind':'team'*}\n", "a viewer reads");
	is_like(by("vic@acme.example", "'command':'remove','kind':'team','name':'watch/w'}"),
	    "! not-allowed: *", "and changes nothing");
	is_like(by("pam@acme.example", "'command':'show','kind':'team','name':'watch/w'}"),
	    "! not-allowed: *project watch*", "a manager has his project");
	is_like(by("pam@acme.example", "'command':'set','kind':'team','name':'phone/w','members':"
	    "{'name':'V'}}"), "{*'updated'}\n", "and changes what belongs to it");
	is_like(by("jim@acme.example", "'command':'stat','brief':true}"), "{*}\n",
	    "an admin may all");
	is_like(by("jim@acme.example", "'command':'console-sessions'}"),
	    "{*'user':'jim@acme.example'*'own':true}\n", "everybody sees his own sessions");
	is_like(by("vic@acme.example", "'command':'console-sessions','user':'jim@acme.example'}"),
	    "! not-allowed: sessions of others are for admins\n", "and nobody others', but an admin");
	is_like(by("vic@acme.example", "'command':'console-sessions-end','user':"
	    "'jim@acme.example'}"), "! not-allowed: *", "nor ends them");
	is_like(by("vic@acme.example", "'command':'console-sessions','user':'vic@acme.example'}"),
	    "{*'user':'vic@acme.example'*}\n", "his own he sees by name, too");
	is_like(by("jim@acme.example", "'command':'console-sessions-end','own':true}"),
	    "{'ended':1}\n", "one's own ends");
	is_like(by("jim@acme.example", "'command':'stat'}"), "! not-signed-in: *", "and is none");
	job.web = false;
	is_like(run(&job, &store, "{'command':'set','kind':'user','name':'vic@acme.example',"
	    "'members':{'roles':['tester']}}"), "{*'updated'}\n", "a role is taken away");
	job.web = true;
	is_like(by("vic@acme.example", "'command':'list','kind':'team'}"), "! not-signed-in: *",
	    "and the session with it");
}

static void
mail(void)
{
	is_like(run(&job, &store, "{'command':'console-mail','user':'tom@mail.example'}"),
	    "{'minutes':15}\n", "a mail to who may not sign in");
	is_like(run(&job, &store, "{'command':'console-mail','user':'pam@acme.example'}"),
	    "{'minutes':15}\n", "and to who may are answered the same");
	job.web = false;
	is_like(run(&job, &store, "{'command':'outbox'}"), "", "without an address nothing is sent");
	is_like(run(&job, &store, "{'command':'set','kind':'setting','name':'setting','members':"
	    "{'baseUrl':'https://beta.acme.example/listen'}}"), "{*'updated'}\n", "with one");
	job.web = true;
	is_like(run(&job, &store, "{'command':'console-mail','user':'pam@acme.example'}"),
	    "{'minutes':15}\n", "again");
	job.web = false;
	is_like(run(&job, &store, "{'command':'outbox'}"), "{*'to':'pam@acme.example'*}\n",
	    "one is");
	is_like(run(&job, &store, "{'command':'outbox-show','id':'last'}"), "{*'text':'***'*}\n",
	    "nobody sees the link");
	job.web = true;
}

/* How often a password may be tried from this address, each time by another name. One that
 * ends in a colon is a network, in which each comes from an address of its own. */
static int64_t
tries_from(const char *address)
{
	bool network = address[strlen(address) - 1] == ':';
	char args[200], name[20];
	int64_t n = 0;

	for (; n < 200; n++) {
		snprintf(name, sizeof name, "nobody%d", (int)n);
		snprintf(args, sizeof args, "{'command':'console-salt','user':'%s','address':"
		    "'%s%.*s'}", name, address, network ? 4 : 0, hash(name));
		if (strncmp(run(&job, &store, args), "! rate-limited: ", 16) == 0)
			break;
	}
	return n;
}

static void
networks(void)
{
	ok(tries_from("192.0.2.1") == 60, "so many tries from one address");
	ok(tries_from("::ffff:192.0.2.1") == 0, "which is the same as IPv6 writes it");
	ok(tries_from("::ffff:192.0.2.2") == 60, "another is another, however it is written");
	ok(tries_from("2001:db8::") == 60, "an IPv6 network has one person");
}

/* How often it may be tried by these names together, one after the other. */
static int
tries_by(const char *const names[])
{
	char args[200];
	int n = 0;

	for (size_t i = 0; names[i] != NULL; i++)
		for (int k = 0; k < 20; k++) {
			snprintf(args, sizeof args, "{'command':'console-salt','user':'%s'}", names[i]);
			if (strncmp(run(&job, &store, args), "! rate-limited: ", 16) == 0)
				break;
			n++;
		}
	return n;
}

/* A person has one count, however he is called. */
static void
names(void)
{
	static const char *const same[] = { "ida@acme.example", "IDA@acme.example", "ida", "Ida",
		"777", NULL };
	static const char *const nobody[] = { "none@acme.example", "None@ACME.example", NULL };
	static const char *const others[] = { "none2@acme.example", "778", NULL };
	int mails = 0;

	job.web = false;
	is_like(run(&job, &store, "{'command':'apply','documents':[{'doc':{'kind':'user','id':'777',"
	    "'email':'ida@acme.example','username':'ida','roles':['admin']}}]}"), "*created*", "Ida");
	job.web = true;
	ok(tries_by(same) == 10, "ten tries for a person by all names together");
	ok(tries_by(nobody) == 10, "and for a name of nobody");
	ok(tries_by(others) == 20, "each");
	for (int i = 0; i < 5; i++)
		run(&job, &store, i % 2 == 0 ? "{'command':'console-mail','user':'ida@acme.example'}"
		    : "{'command':'console-mail','user':'Ida'}");
	job.web = false;
	run(&job, &store, "{'command':'outbox'}");
	for (const char *p = job.out.p; (p = strstr(p, "'to':'ida@")) != NULL; p++)
		mails++;
	ok(mails == 3, "three links are mailed to a person, by whichever name: %d", mails);
	job.web = true;
}

int
main(void)
{
	if (!scratch_open(&store))
		return 99;
	job.web = false;
	ok(strstr(run(&job, &store, world), "! ") == NULL, "people and projects");
	job.web = true;
	nobody();
	somebody();
	mail();
	networks();
	names();
	run_close(&job);
	scratch_close(&store);
	return tap_done();
}
