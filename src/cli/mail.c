/* SPDX-License-Identifier: ISC */
/* One e-mail at once, to see what the relay says to it. Its own file, since only
 * programs that send link libcurl. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "post/mail.h"

#include <poll.h>

static struct json_object *
test_parcel(struct cli *cli, struct span address)
{
	struct json_object *parcel = json_new_object(cli->arena);
	const struct settings *settings = &cli->settings;
	char id[ID_TEXT_SIZE], time[TEXT_TIME_SIZE];

	json_set_text(parcel, "id", span_of(id_text(id_new(text_now()), id)));
	json_set_text(parcel, "created", span_of(text_time_write(text_now(), time)));
	json_set_text(parcel, "kind", SPAN("email"));
	json_set_text(parcel, "to", address);
	json_set_bool(parcel, "essential", true);
	json_set_text(parcel, "subject", SPAN("Test of Earshot"));
	json_set_text(parcel, "text", span_of(arena_printf(cli->arena,
	    "This is a test: earshot mail test\n\nIt came from %.*s by %.*s.\n"
	    "Look at its headers for what the receiver says of SPF, DKIM and DMARC.\n",
	    (int)settings->mail_from.n, settings->mail_from.p, (int)settings->mail_url.n,
	    settings->mail_url.p)));
	return parcel;
}

/* Until the program has ended, or its time is over. */
static void
wait_program(struct mail *mail, struct verdict *verdict)
{
	while (!mail_ended(mail, false, verdict)) {
		struct pollfd out = { mail_event(mail), POLLIN, 0 };

		poll(&out, out.fd >= 0 ? 1 : 0, 100);
	}
}

static void
tell(struct cli *cli, struct span address, const struct verdict *verdict)
{
	struct json_object *told = json_new_object(cli->arena);

	if (cli->json) {
		json_set_text(told, "to", address);
		json_set_text(told, "from", cli->settings.mail_from);
		json_set_text(told, "result", span_of(verdict_name(verdict->result)));
		if (verdict->status > 0)
			json_set_int(told, "status", verdict->status);
		if (verdict->answer.n > 0)
			json_set_text(told, "answer", verdict->answer);
		if (verdict->error[0] != '\0')
			json_set_text(told, "error", span_of(verdict->error));
		cli_json(stdout, &cli->screen, told);
	} else if (verdict->result == VERDICT_SENT) {
		printf("sent to %.*s from %.*s%s%.*s\n", (int)address.n, address.p,
		    (int)cli->settings.mail_from.n, cli->settings.mail_from.p,
		    verdict->answer.n > 0 ? ": " : "", (int)verdict->answer.n,
		    verdict->answer.n > 0 ? verdict->answer.p : "");
	} else {
		cli_say(cli, "not sent: %s", verdict->error);
	}
}

int
cli_mail_test(struct cli *cli)
{
	struct span address = span_of(cli->given->operands[0]);
	struct verdict verdict;
	struct mail *mail;

	if (!text_email(address)) {
		cli_say(cli, "%s is no e-mail address", cli->given->operands[0]);
		return CLI_USAGE;
	}
	mail = mail_new(cli->arena, &cli->settings, test_parcel(cli, address), &verdict);
	if (mail != NULL && mail_handle(mail) != NULL)
		mail_judge(mail, curl_easy_perform(mail_handle(mail)), &verdict);
	else if (mail != NULL)
		wait_program(mail, &verdict);
	tell(cli, address, &verdict);
	return verdict.result == VERDICT_SENT ? CLI_DONE : CLI_FAILED;
}
