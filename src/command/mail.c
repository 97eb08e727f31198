/* SPDX-License-Identifier: ISC */
/*
 * mail-trial {"to"}: an e-mail that says it is a trial goes into the outbox, where all e-mails are
 * sent from, and is tried once, whatever the relay says; outbox-show tells what that was: {"id"}.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/site.h"
#include "record/doc_check.h"

static bool
read_address(struct job *job, struct span *to_r)
{
	if (!command_text(job, "to", to_r))
		return false;
	if (job->settings->mail_url.n == 0 || job->settings->mail_from.n == 0)
		return error_set(&job->error, FAULT_USAGE, "no e-mail can be sent: url and from in the "
		    "section [mail] of earshot.conf are not set");
	return text_email(*to_r) || error_set(&job->error, FAULT_BAD_VALUE,
	    "\"%s\" is no e-mail address", doc_short(job->scratch, *to_r));
}

static void
trial(struct txn *txn, struct job *job)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *parcel = json_new_object(arena);
	struct span community = json_string(doc_load(txn, "setting", SPAN(""), SPAN("")), "community");
	struct span from = job->settings->mail_from, to, id;

	if (!read_address(job, &to) || command_repeated(txn, job))
		return;
	json_set_text(parcel, "kind", SPAN("email"));
	json_set_text(parcel, "to", to);
	json_set_text(parcel, "subject", span_of(arena_printf(arena, "A trial of %.*s",
	    (int)community.n, community.p)));
	json_set_text(parcel, "text", span_of(arena_printf(arena, "This is a trial, asked for by "
	    "%s: e-mails of %.*s come from %.*s.\n\nLook at its headers for what the receiver says of "
	    "SPF, DKIM and DMARC.\n", job->actor != NULL ? doc_short(arena, job->actor->email)
	    : "whoever runs the server", (int)community.n, community.p, (int)from.n, from.p)));
	json_set_bool(parcel, "essential", true);
	json_set_bool(parcel, "trial", true);
	id = outbox_add(txn, parcel, job->now, job->now);
	if (txn_ok(txn))
		buf_printf(job->out, "{\"id\":\"%.*s\"}\n", (int)id.n, id.p);
}

const struct command command_mail_trial = {
	.name = "mail-trial", .words = "send a trial e-mail",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = trial,
};
