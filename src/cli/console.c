/* SPDX-License-Identifier: ISC */
/* Signing in to the console from the command line: links, and who is signed in. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/secret.h"

#include <string.h>

/* The public URL of the console, as far as it is known; a guess is told. */
static const char *
console_url(struct cli *cli)
{
	const struct settings *settings = &cli->settings;
	struct json_object *args, *setting;
	struct span base = settings->base_url;

	if (settings->console_address.n > 0)
		return arena_string(cli->arena, settings->console_address);
	if (base.n == 0) {
		args = cli_args(cli, &command_list);
		cli_set(args, "kind", "setting");
		if (cli_ask(cli, args, &setting) == CLI_DONE)
			base = json_string(setting, "baseUrl");
	}
	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n > 0)
		return arena_join(cli->arena, base, SPAN("/console"), SPAN(""));
	cli_say(cli, "the address of the console is not known: set address in the section [console] "
	    "of earshot.conf, or put yours for http://localhost");
	return "http://localhost/listen/console";
}

int
cli_console_link(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_console_link), *answer;
	unsigned char bytes[32], hash[SECRET_SHA256_SIZE];
	struct span token;
	const char *url;
	int code;

	secret_random(bytes, sizeof bytes);
	token = secret_hex(cli->arena, (struct span){ (const char *)bytes, sizeof bytes });
	secret_sha256(token, hash);
	cli_set(args, "user", cli->given->operands[0]);
	json_set_text(args, "hash", secret_hex(cli->arena,
	    (struct span){ (const char *)hash, sizeof hash }));
	code = cli_ask(cli, args, &answer);
	if (code != CLI_DONE)
		return code;
	url = arena_printf(cli->arena, "%s/sign-in/link?token=%.*s", console_url(cli),
	    (int)token.n, token.p);
	if (cli->json) {
		cli_set(answer, "url", url);
		cli_json(stdout, &cli->screen, answer);
	} else {
		printf("%s\n", url);
		if (cli->screen.terminal)
			cli_say(cli, "it signs in once, within 15 minutes");
	}
	return CLI_DONE;
}

int
cli_console_sessions(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_console_sessions);

	if (cli->given->operand_count > 0)
		cli_set(args, "user", cli->given->operands[0]);
	return cli_list(cli, args, "id,user,began,seen,by,address,agent", 0);
}

int
cli_console_end(struct cli *cli)
{
	struct json_object *args = cli_args(cli, &command_console_sessions_end), *answer;
	const char *whose = cli->given->operands[0];
	int code;

	cli_set(args, strchr(whose, '@') != NULL ? "user" : "id", whose);
	code = cli_ask(cli, args, &answer);
	if (code == CLI_DONE && cli->json)
		cli_json(stdout, &cli->screen, answer);
	else if (code == CLI_DONE)
		printf("%lld ended\n", (long long)json_integer(answer, "ended", 0));
	return code;
}
