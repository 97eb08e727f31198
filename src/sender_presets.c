/* SPDX-License-Identifier: ISC */
/*
 * The table of senders. Its facts are from the senders' own documentation;
 * the Standard Webhooks specification describes two of the rows.
 */
#include "sender.h"
#include "sender_private.h"

#define TOLERANCE 300 /* seconds: what Stripe, Slack and Standard Webhooks name */

const struct sender_preset sender_table[] = {
	{
		.name = "github",
		.header = "x-hub-signature-256",
		.prefix = "sha256=",
		.hash = SECRET_SHA256,
		.grammar = GRAMMAR_ONE,
		.id_headers = { "x-github-delivery" },
		.event_header = "x-github-event",
	},
	{
		.name = "gitlab",
		.header = "x-gitlab-token",
		.grammar = GRAMMAR_TOKEN,
		.standard_as = "standard-webhooks",
		.tolerance = TOLERANCE,
		.id_headers = { "idempotency-key", "x-gitlab-event-uuid" },
		.event_header = "x-gitlab-event",
		.settles = true,
	},
	{
		.name = "jira",
		.header = "x-hub-signature", /* the old name with the new hash */
		.prefix = "sha256=",
		.hash = SECRET_SHA256,
		.grammar = GRAMMAR_ONE,
		.id_headers = { "x-atlassian-webhook-identifier" },
		.event_places = { { { "/webhookEvent" } } },
		.settles = true,
	},
	{
		.name = "bugzilla",
		.freedom = FREEDOM_HEADER,
		.header = "x-api-key",
		.grammar = GRAMMAR_TOKEN,
		/* One change of many bugs gives them all the same time. */
		.id_places = { { { "/webhook_id", "/event/time",
		    "/event/target", "/event/action", "/bug/id" } } },
		.event_places = { { { "/event/target", "/event/action" } } },
		.settles = true,
	},
	{
		.name = "stripe",
		.header = "stripe-signature",
		.hash = SECRET_SHA256,
		.grammar = GRAMMAR_STRIPE,
		.covers = COVERS_STAMP,
		.separator = ".",
		.tolerance = TOLERANCE,
		.id_places = { { { "/id" } } },
		.event_places = { { { "/type" } } },
		.settles = true,
	},
	{
		.name = "slack",
		.header = "x-slack-signature",
		.prefix = "v0=",
		.hash = SECRET_SHA256,
		.grammar = GRAMMAR_ONE,
		.covers = COVERS_STAMP,
		.lead = "v0:",
		.separator = ":",
		.stamp_header = "x-slack-request-timestamp",
		.tolerance = TOLERANCE,
		.id_places = { { { "/event_id" } } },
		/* Of the Events API, interactive messages, slash commands. */
		.event_places = { { { "/event/type" } }, { { "/type" } },
		    { { "/command" } } },
		.challenges = true,
		.no_retry = "X-Slack-No-Retry: 1\r\n",
	},
	{
		.name = "shopify",
		.header = "x-shopify-hmac-sha256",
		.hash = SECRET_SHA256,
		.base64 = true,
		.grammar = GRAMMAR_ONE,
		.id_headers = { "x-shopify-webhook-id" },
		.event_header = "x-shopify-topic",
		.settles = true,
	},
	{
		.name = "twilio",
		.header = "x-twilio-signature",
		.hash = SECRET_SHA1,
		.base64 = true,
		.grammar = GRAMMAR_ONE,
		.covers = COVERS_URL,
		.id_headers = { "i-twilio-idempotency-token" },
	},
	{
		.name = "sentry",
		.header = "sentry-hook-signature",
		.hash = SECRET_SHA256,
		.grammar = GRAMMAR_ONE,
		.id_headers = { "request-id" },
		.event_header = "sentry-hook-resource",
	},
	{
		.name = "standard-webhooks",
		.header = "webhook-signature",
		.hash = SECRET_SHA256,
		.base64 = true,
		.grammar = GRAMMAR_STANDARD,
		.covers = COVERS_ID_STAMP,
		.separator = ".",
		.stamp_header = "webhook-timestamp",
		.signed_id_header = "webhook-id",
		.tolerance = TOLERANCE,
		.id_headers = { "webhook-id" },
		.event_places = { { { "/type" } } },
		.settles = true,
	},
	{
		.name = "svix",
		.header = "svix-signature",
		.hash = SECRET_SHA256,
		.base64 = true,
		.grammar = GRAMMAR_STANDARD,
		.covers = COVERS_ID_STAMP,
		.separator = ".",
		.stamp_header = "svix-timestamp",
		.signed_id_header = "svix-id",
		.tolerance = TOLERANCE,
		.id_headers = { "svix-id" },
		.event_places = { { { "/type" } } },
		.settles = true,
	},
	{
		.name = "hmac", /* the document describes the rest */
		.freedom = FREEDOM_ALL,
		.hash = SECRET_SHA256,
		.grammar = GRAMMAR_ONE,
		.separator = ".",
		.tolerance = TOLERANCE,
	},
	{ .name = NULL },
};

static const char *const names[] = { "github", "gitlab", "jira", "bugzilla",
	"stripe", "slack", "shopify", "twilio", "sentry", "standard-webhooks",
	"svix", "hmac", NULL };
_Static_assert(sizeof names / sizeof names[0] ==
    sizeof sender_table / sizeof sender_table[0], "a name per row");

const char *const *
sender_presets(void)
{
	return names;
}
