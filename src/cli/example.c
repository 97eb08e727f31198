/* SPDX-License-Identifier: ISC */
/* A command for each kind to begin with: tests/create.sh carries them out in this order. */
#include "cli/cli.h"

#include "listen/listener.h"
#include "record/words.h"

#include <string.h>

static const struct {
	const char *kind;
	const char *command;
} examples[] = {
	{ "setting", "earshot setting set community='Phone testers' timeZone=Europe/Berlin\n" },
	{ "project", "earshot project create phone --name 'Phone beta' \\\n"
	    "    --statuses Open --statuses 'In progress' --statuses Closed\n" },
	{ "rank", "earshot rank create bug-hunter --name 'Bug hunter' --points 25\n" },
	{ "team", "earshot team create vip --name 'Very important testers'\n" },
	{ "user", "earshot user create ann@mail.example --first-name Ann --last-name Lee \\\n"
	    "    --roles tester --projects phone --fields plan=pro\n" },
	{ "feedback", "earshot feedback create 1042 --project phone --title 'Crash on rotate' \\\n"
	    "    --submitter ann@mail.example --fields jira=PHN-7\n" },
	{ "comment", "earshot comment create --feedback 1042 --author ann@mail.example \\\n"
	    "    --text 'Seen again with 2.4'\n" },
	{ "template", "earshot template create thanks --automation user \\\n"
	    "    --subject 'Thank you, {{user.firstName}}' --text 'You helped a lot.'\n" },
	{ "group", "earshot group create usage --name 'Product usage' --automation user \\\n"
	    "    --fields 'Launches launches integer' --fields '\"Last seen\" last_seen datetime'\n" },
	{ "value", "earshot value create usage/ann@mail.example --values launches:=41\n" },
	{ "filter", "earshot filter create busy --automation user --filter 'data.usage.launches > 20'\n" },
	{ "view", "earshot view create busy --automation user --filter \"saved('busy')\" \\\n"
	    "    --columns email --columns data.usage.launches --sort=-data.usage.launches\n" },
	{ "report", "earshot report create launches --name 'Launches by plan' --of usage \\\n"
	    "    --fields launches --by fields.plan\n" },
	{ "macro", "earshot macro create phone/close-ticket --automation feedback \\\n"
	    "    --actions 'set-status Closed' \\\n"
	    "    --actions 'add-rank bug-hunter to=submitter' \\\n"
	    "    --actions 'email submitter subject=\"Fixed: {{feedback.title}}\" text=\"Thank you.\"'\n"
	    "earshot macro create award --automation user --once yes --actions 'add-points 10'\n" },
	{ "schedule", "earshot schedule create weekly-award --macro award --every weekly \\\n"
	    "    --start 2026-12-07T09:00:00Z --filter \"saved('busy')\"\n" },
	{ "apikey", "earshot apikey create app --description 'The app'\n" },
};

/* Each type has its own. */
static void
put_listeners(void)
{
	const struct listener_type *type;
	const char *said;

	for (size_t i = 0; (type = listener_type_at(i)) != NULL; i++) {
		said = words_said(words_listener_types, type->name);
		if (type->command != NULL)
			printf("# %s\n%s", said != NULL ? said : type->name, type->command);
	}
}

int
cli_object_example(struct cli *cli)
{
	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
		if (strcmp(examples[i].kind, cli->given->words[0]) == 0)
			fputs(examples[i].command, stdout);
	if (strcmp(kind_listener.name, cli->given->words[0]) == 0)
		put_listeners();
	return CLI_DONE;
}
