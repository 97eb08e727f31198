/* SPDX-License-Identifier: ISC */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const struct fault_info infos[] = {
	[FAULT_NONE] = { 200, "applied", "Applied.", true, false, 0,
	    "Nothing is left to do: it is on disk." },
	[FAULT_DUPLICATE] = { 200, "duplicate", "Applied before; nothing was changed.", true, false, 0,
	    "Nothing is left to do. Send another Idempotency-Key, or none, for what is not a repeat." },
	[FAULT_FILTERED] = { 200, "filtered", "The target does not match the listener's filter; nothing was done.", true, false, 0,
	    "Nothing is left to do for the sender. The steps of a dry run (dry_run=1) and \"earshot delivery explain\" show each comparison of the filter with its values." },
	[FAULT_CHALLENGE] = { 200, "challenge", "The sender's challenge was answered.", true, false, 0,
	    "Nothing is left to do: the sender has seen that the URL works." },
	[FAULT_CAPTURED] = { 200, "captured", "Kept without acting: the listener captures.", true, false, 0,
	    "The manager of the listener sees the body by \"earshot listener suggest\", and has it carried out by \"earshot delivery replay\" once the listener acts." },
	[FAULT_DRY_RUN] = { 200, "dry-run", "Nothing was changed: this was a dry run.", true, false, 0,
	    "Leave dry_run away to have it carried out." },
	[FAULT_UNFINISHED] = { 200, "unfinished", "It is being carried out, item by item.", true, false, 0,
	    "Nothing is to be done: it ends by itself, and the same id then answers as a duplicate." },
	[FAULT_DESCRIBED] = { 200, "described", "The listener was described.", true, false, 0,
	    "Send deliveries by POST." },
	[FAULT_BAD_JSON] = { 400, "bad-json", "The body is not the JSON that is expected here.", false, false, 1,
	    "The detail tells the place. Send one JSON object in UTF-8 without names that occur twice; an array only where the listener takes batches." },
	[FAULT_BAD_FORM] = { 400, "bad-form", "The body is not a well-formed form.", false, false, 1,
	    "Encode the fields as the Content-Type says, or send JSON." },
	[FAULT_BAD_ENCODING] = { 400, "bad-encoding", "The request is not valid UTF-8.", false, false, 1,
	    "Send text in UTF-8." },
	[FAULT_BAD_PATH] = { 400, "bad-path", "The path does not name an endpoint.", false, false, 1,
	    "Copy the URL of the listener from \"earshot listener url\", and percent-encode the target behind it." },
	[FAULT_BAD_REQUEST] = { 400, "bad-request", "The request is ambiguous or incomplete.", false, false, 1,
	    "The detail says what is missing, ambiguous or misspelt. Nothing was done." },
	[FAULT_NO_API_KEY] = { 401, "no-api-key", "An API key or a signature is needed.", false, false, 1,
	    "Send the API key of the listener as \"Authorization: Bearer KEY\", as \"X-API-Key: KEY\", or as apiKey=KEY in the query; or sign as the sender of the listener does." },
	[FAULT_BAD_API_KEY] = { 401, "bad-api-key", "The API key is not valid here.", false, false, 1,
	    "Compare the key with the one that was printed when it was made, and see which key the listener names. Those who run Earshot see the cause by \"earshot delivery explain\"." },
	[FAULT_API_KEY_EXPIRED] = { 401, "api-key-expired", "The API key has expired.", false, false, 1,
	    "Ask for a new secret: \"earshot apikey rotate\" makes one." },
	[FAULT_API_KEY_DISABLED] = { 401, "api-key-disabled", "The API key was revoked.", false, false, 1,
	    "Ask for another API key." },
	[FAULT_BAD_SIGNATURE] = { 401, "bad-signature", "The signature is missing or wrong.", false, false, 1,
	    "Compare the secrets on both sides, and let nothing change the body on its way. Those who run Earshot see the cause by \"earshot delivery explain\"." },
	[FAULT_STALE_SIGNATURE] = { 401, "stale-signature", "The signature's time is outside the allowed window.", false, false, 1,
	    "Set the clocks of both sides right, and do not send an old request once more." },
	[FAULT_ADDRESS_NOT_ALLOWED] = { 403, "address-not-allowed", "Requests from this address are not allowed.", false, false, 1,
	    "Ask for the address to be allowed, for the listener or for the API key. Behind a proxy, trusted_proxies tells whose word counts." },
	[FAULT_AUTHOR_NOT_PERMITTED] = { 403, "author-not-permitted", "The author may not comment here.", false, false, 1,
	    "Name an author who may comment there: an admin, a manager, or on feedback a participant who can see the ticket." },
	[FAULT_UNKNOWN_LISTENER] = { 404, "unknown-listener", "There is no such listener.", false, false, 1,
	    "Compare key, type and project of the URL with \"earshot listener list\"; a listener that is disabled or has expired is not there either." },
	[FAULT_METHOD_NOT_ALLOWED] = { 405, "method-not-allowed", "The method is not possible here.", false, false, 1,
	    "Send deliveries by POST; GET describes what is expected." },
	[FAULT_TOO_SLOW] = { 408, "too-slow", "The body did not arrive in time.", false, true, EX_TEMPFAIL,
	    "Nothing was applied. Send it again." },
	[FAULT_ID_REUSED] = { 409, "id-reused", "Another body came with this delivery id before.", false, false, 1,
	    "Give each delivery an id of its own; repeat one with the same body to the same path." },
	[FAULT_TOO_LARGE] = { 413, "too-large", "The body is larger than allowed.", false, false, 1,
	    "Send less at a time; the detail names the setting of earshot.conf that is the bound." },
	[FAULT_UNSUPPORTED_MEDIA_TYPE] = { 415, "unsupported-media-type", "Bodies of this type are not understood.", false, false, 1,
	    "Send application/json, application/x-www-form-urlencoded or multipart/form-data. JSON "
	    "under another name is read by a listener whose document says \"body\":\"json\"." },
	[FAULT_MISSING_PARAMETER] = { 422, "missing-parameter", "A parameter of the listener is missing.", false, false, 1,
	    "The detail names it; \"didYouMean\" names what was probably meant for it. GET on the URL of the listener shows every parameter." },
	[FAULT_BAD_VALUE] = { 422, "bad-value", "A value does not have the right type.", false, false, 1,
	    "\"errors\" tells for each parameter what is accepted. Nothing was changed, not even by the good ones." },
	[FAULT_UNKNOWN_TARGET] = { 422, "unknown-target", "No user or ticket matches.", false, false, 1,
	    "Name a user or ticket that exists, as the listener looks for it; GET on its URL tells how." },
	[FAULT_AMBIGUOUS_TARGET] = { 422, "ambiguous-target", "More than one user or ticket matches.", false, false, 1,
	    "Name it by something that only one has, such as its id." },
	[FAULT_TARGET_CONFLICT] = { 422, "target-conflict", "Path and body name different targets.", false, false, 1,
	    "Name the target in the path or in the body, or the same in both." },
	[FAULT_UNKNOWN_AUTHOR] = { 422, "unknown-author", "The author is not a user.", false, false, 1,
	    "Name the author by the e-mail address of a user." },
	[FAULT_MACRO_FAILED] = { 422, "macro-failed", "An action of the macro cannot be carried out.", false, false, 1,
	    "The detail names the action and why. Nothing was changed." },
	[FAULT_BATCH_FAILED] = { 422, "batch-failed", "An item of the batch cannot be applied; none was.", false, false, 1,
	    "\"items\" tells what is wrong with each. Nothing was changed." },
	[FAULT_ANSWER_TOO_LARGE] = { 422, "answer-too-large", "The answer would be larger than allowed.", false, false, 1,
	    "Ask for less at a time: fewer columns, a smaller page." },
	[FAULT_TOO_MUCH_WORK] = { 422, "too-much-work", "One delivery may not ask for so much.", false, false, 1,
	    "The detail names the setting of earshot.conf, its value, and what to do: usually to send less at a time." },
	[FAULT_RATE_LIMITED] = { 429, "rate-limited", "Too many requests.", false, true, EX_TEMPFAIL,
	    "Wait for as long as Retry-After says." },
	[FAULT_INTERNAL] = { 500, "internal", "Something went wrong inside Earshot.", false, false, 1,
	    "Tell those who run Earshot the id of the delivery: the log has more about it." },
	[FAULT_BUSY] = { 503, "busy", "Too much work at the moment.", false, true, EX_TEMPFAIL,
	    "Repeat it with the same id after Retry-After: it is applied once." },
	[FAULT_STORE_UNAVAILABLE] = { 503, "store-unavailable", "The store cannot be reached.", false, true, EX_UNAVAILABLE,
	    "Repeat it with the same id after Retry-After: it is applied once. The log of the programs says why." },
	[FAULT_DISK_FULL] = { 503, "disk-full", "The disk is almost full.", false, true, EX_UNAVAILABLE,
	    "Repeat it later. Those who run Earshot have to make room." },
	[FAULT_SECRET_UNREADABLE] = { 503, "secret-unreadable", "A secret that is needed here cannot be opened.", false, true, EX_UNAVAILABLE,
	    "Repeat it later. Those who run Earshot have to put secret.key back; \"earshot check\" says for what." },
	[FAULT_INTEGRATIONS_DISABLED] = { 503, "integrations-disabled", "Integrations are switched off.", false, true, 1,
	    "Repeat it later. A manager has to switch integrations on again." },
	[FAULT_USAGE] = { 400, "usage", "Wrong usage.", false, false, 2,
	    "The detail tells what is expected." },
	[FAULT_NOT_FOUND] = { 404, "not-found", "There is no such thing.", false, false, 1,
	    "Compare the name with those that there are." },
	[FAULT_BAD_DOCUMENT] = { 422, "bad-document", "The document is not valid.", false, false, 1,
	    "Each complaint names the member." },
	[FAULT_NOT_PERMITTED] = { 403, "not-permitted", "This caller may not do that.", false, false, 1,
	    "Ask somebody who may." },
	[FAULT_NOT_SIGNED_IN] = { 401, "not-signed-in", "Nobody is signed in.", false, false, 1,
	    "Sign in to the console." },
	[FAULT_NOT_ALLOWED] = { 403, "not-allowed", "This user may not do that.", false, false, 1,
	    "The detail names the right that it needs. An admin gives roles; the managers of a project stand in its document." },
};
_Static_assert(sizeof infos / sizeof infos[0] == FAULT__MAX, "a row per fault");

const struct fault_info *
fault_info(enum fault fault)
{
	return &infos[fault < FAULT__MAX ? fault : FAULT_INTERNAL];
}

enum fault
fault_by_code(const char *code)
{
	for (int i = 0; i < FAULT__MAX; i++)
		if (strcmp(infos[i].code, code) == 0)
			return (enum fault)i;
	return FAULT__MAX;
}

bool
error_set(struct error *error, enum fault fault, const char *format, ...)
{
	static const char cut[] = " …";
	va_list args;
	int n;

	if (error->fault != FAULT_NONE)
		return false;
	error->fault = fault;
	va_start(args, format);
	n = vsnprintf(error->detail, sizeof error->detail, format, args);
	va_end(args);
	/* Nobody shall carry out half a command. */
	if (n >= (int)sizeof error->detail)
		memcpy(error->detail + sizeof error->detail - sizeof cut, cut, sizeof cut);
	return false;
}

void
error_clear(struct error *error)
{
	error->fault = FAULT_NONE;
	error->detail[0] = '\0';
}
