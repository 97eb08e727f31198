/* SPDX-License-Identifier: ISC */
/* A group of machines: group key, found, join, yield, stat. (What a group of data is, the
 * other words behind "group" are about.) */
#include "cli/cli.h"

#include "base/json.h"
#include "base/secret.h"
#include "serve/engine.h"
#include "store/member.h"
#include "store/owner.h"
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_FILE "group.key"

static int
failed(struct cli *cli, const char *sentence)
{
	cli_say(cli, "%s", sentence);
	return CLI_FAILED;
}

int
cli_site_key(struct cli *cli)
{
	unsigned char key[SECRET_KEY_SIZE];
	struct error error = { 0 };
	bool present;

	if (mkdir(cli->home, 0700) != 0 && errno != EEXIST) {
		cli_say(cli, "cannot make %s: %s", cli->home, strerror(errno));
		return CLI_FAILED;
	}
	if (!secret_key_file(cli->home, KEY_FILE, false, key, &present, &error))
		return cli_fail(cli, &error);
	if (present)
		return failed(cli, arena_printf(cli->arena, "%s/" KEY_FILE " is there already; a new "
		    "key is one for all sites of the group: remove it at all of them first",
		    cli->home));
	if (!secret_key_file(cli->home, KEY_FILE, true, key, &present, &error))
		return cli_fail(cli, &error);
	if (!cli->json)
		printf("made %s/" KEY_FILE "; copy it, and secret.key, to the homes of the other sites, "
		    "closed to others (install -m 600). Whoever has it can read and change "
		    "everything\n", cli->home);
	return CLI_DONE;
}

/* The settings and the key are there, and the home is a member of nothing. */
static bool
may_become(struct cli *cli)
{
	unsigned char key[SECRET_KEY_SIZE];
	struct error error = { 0 };
	struct member member;
	bool present = false;

	if (cli->settings.group_site_count == 0)
		cli_say(cli, "%s/earshot.conf names no [group]: write site and sites there first",
		    cli->home);
	else if (!member_read(cli->home, &member, &error) ||
	    !secret_key_file(cli->home, KEY_FILE, false, key, &present, &error))
		cli_fail(cli, &error);
	else if (!present)
		cli_say(cli, "there is no %s/" KEY_FILE ": copy that of the other sites; for the first "
		    "one it is made by: earshot --home %s group key", cli->home, cli->home);
	else if (member.state != MEMBER_NONE)
		cli_say(cli, "%s is a member of a group already (%s). To give that up, whatever the "
		    "other sites have: rm %s/group.member", cli->home, member_word(member.state),
		    cli->home);
	else
		return true;
	return false;
}

static bool
become(struct cli *cli, enum member_state state, struct error *error)
{
	struct member member = { .state = state };

	if (state == MEMBER_FOUNDS)
		secret_random(member.group, sizeof member.group);
	return member_write(cli->home, &member, error);
}

/* In the newest form, recovered, and whole. */
static bool
put_in_order(struct cli *cli, struct owner *owner, struct error *error)
{
	struct engine *engine = NULL;
	bool recover;

	if (owner_mark_dirty(owner, &recover, error))
		engine = engine_open(cli->home, &cli->settings, recover, true, error);
	if (engine == NULL)
		return false;
	if (engine_close(&engine))
		owner_mark_clean(owner);
	return true;
}

int
cli_site_found(struct cli *cli)
{
	struct error error = { 0 };
	struct owner *owner;
	bool good;

	if (!store_is_there(cli->home, &error))
		return cli_fail(cli, &error);
	if (!may_become(cli) || (owner = cli_own(cli, true)) == NULL)
		return CLI_FAILED;
	good = put_in_order(cli, owner, &error) && become(cli, MEMBER_FOUNDS, &error);
	owner_release(owner);
	owner_free(&owner);
	if (!good)
		return cli_fail(cli, &error);
	if (!cli->json)
		printf("%s is the first site of a new group; start earshotd here, then, at each other "
		    "site: earshot group join\n", cli->home);
	return CLI_DONE;
}

int
cli_site_join(struct cli *cli)
{
	struct error error = { 0 }, ignored = { 0 };
	struct owner *owner;
	bool good;

	if (!may_become(cli))
		return CLI_FAILED;
	if (store_is_there(cli->home, &ignored))
		return failed(cli, arena_printf(cli->arena, "%s has a store, and all of a site's comes "
		    "from its group: move it away first, and keep earshot.conf, secret.key and "
		    KEY_FILE, cli->home));
	owner = cli_own(cli, true);
	if (owner == NULL)
		return CLI_FAILED;
	good = become(cli, MEMBER_JOINS, &error);
	owner_release(owner);
	owner_free(&owner);
	if (!good)
		return cli_fail(cli, &error);
	if (!cli->json)
		printf("%s joins its group once earshotd runs here\n", cli->home);
	return CLI_DONE;
}

static int
ask(struct cli *cli, const char *what, struct json_object **answer_r)
{
	struct json_object *args = json_new_object(cli->arena);

	cli->about_site = true;
	cli_set(args, "do", what);
	return cli_ask(cli, args, answer_r);
}

int
cli_site_yield(struct cli *cli)
{
	struct json_object *answer;
	int code = ask(cli, "yield", &answer);

	if (code == CLI_DONE && !cli->json)
		printf("this site is master no more; the others elect one\n");
	return code;
}

/* What a site does, in words. */
static const char *
state_of(struct cli *cli, struct json_object *site)
{
	struct span why = json_string(site, "why");

	if (!json_flag(site, "connected", false))
		return why.n > 0 ? arena_printf(cli->arena, "away: %.*s", (int)why.n, why.p) : "away";
	if (span_is(json_string(site, "member"), "joins") ||
	    span_is(json_string(site, "member"), "ready"))
		return "joins";
	if (span_is(json_string(site, "role"), "master"))
		return "master";
	return "replica";
}

static void
show_sites(struct cli *cli, struct json_object *sites)
{
	struct cli_table *table = cli_table_new(stdout, CLI_TEXT, &cli->screen,
	    "site,address,state,behind,version");

	for (size_t i = 0; i < json_count(sites); i++) {
		struct json_object *site = json_at(sites, i), *row = json_new_object(cli->arena);

		json_set(row, "site", json_share(json_get(site, "site")));
		json_set(row, "address", json_share(json_get(site, "address")));
		json_set_text(row, "state", span_of(state_of(cli, site)));
		if (json_has(site, "lag"))
			json_set_text(row, "behind", span_of(arena_printf(cli->arena, "%" PRId64 " bytes",
			    json_integer(site, "lag", 0))));
		json_set(row, "version", json_share(json_get(site, "version")));
		cli_table_row(table, row);
	}
	cli_table_end(&table);
}

int
cli_site_stat(struct cli *cli)
{
	struct json_object *stat;
	int code = ask(cli, "stat", &stat);

	if (code != CLI_DONE)
		return code;
	if (cli->json) {
		cli_json(stdout, &cli->screen, stat);
		return code;
	}
	show_sites(cli, json_get(stat, "sites"));
	if (json_string(stat, "master").n == 0)
		cli_say(cli, "there is no master");
	return code;
}
