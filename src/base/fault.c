/* SPDX-License-Identifier: ISC */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const struct fault_info infos[] = {
	[FAULT_NONE] = { 200, "applied", "Applied.", true, false, 0 },
	[FAULT_DUPLICATE] = { 200, "duplicate", "Applied before; nothing was changed.", true, false, 0 },
	[FAULT_FILTERED] = { 200, "filtered", "The target does not match the listener's filter; nothing was done.", true, false, 0 },
	[FAULT_CHALLENGE] = { 200, "challenge", "The sender's challenge was answered.", true, false, 0 },
	[FAULT_CAPTURED] = { 200, "captured", "Kept without acting: the listener captures.", true, false, 0 },
	[FAULT_DRY_RUN] = { 200, "dry-run", "Nothing was changed: this was a dry run.", true, false, 0 },
	[FAULT_DESCRIBED] = { 200, "described", "The listener was described.", true, false, 0 },
	[FAULT_BAD_JSON] = { 400, "bad-json", "The body is not the JSON that is expected here.", false, false, 1 },
	[FAULT_BAD_FORM] = { 400, "bad-form", "The body is not a well-formed form.", false, false, 1 },
	[FAULT_BAD_ENCODING] = { 400, "bad-encoding", "The request is not valid UTF-8.", false, false, 1 },
	[FAULT_BAD_PATH] = { 400, "bad-path", "The path does not name an endpoint.", false, false, 1 },
	[FAULT_BAD_REQUEST] = { 400, "bad-request", "The request is ambiguous or incomplete.", false, false, 1 },
	[FAULT_NO_API_KEY] = { 401, "no-api-key", "An API key or a signature is needed.", false, false, 1 },
	[FAULT_BAD_API_KEY] = { 401, "bad-api-key", "The API key is not valid here.", false, false, 1 },
	[FAULT_API_KEY_EXPIRED] = { 401, "api-key-expired", "The API key has expired.", false, false, 1 },
	[FAULT_API_KEY_DISABLED] = { 401, "api-key-disabled", "The API key was revoked.", false, false, 1 },
	[FAULT_BAD_SIGNATURE] = { 401, "bad-signature", "The signature is missing or wrong.", false, false, 1 },
	[FAULT_STALE_SIGNATURE] = { 401, "stale-signature", "The signature's time is outside the allowed window.", false, false, 1 },
	[FAULT_ADDRESS_NOT_ALLOWED] = { 403, "address-not-allowed", "Requests from this address are not allowed.", false, false, 1 },
	[FAULT_AUTHOR_NOT_PERMITTED] = { 403, "author-not-permitted", "The author may not comment here.", false, false, 1 },
	[FAULT_UNKNOWN_LISTENER] = { 404, "unknown-listener", "There is no such listener.", false, false, 1 },
	[FAULT_METHOD_NOT_ALLOWED] = { 405, "method-not-allowed", "The method is not possible here.", false, false, 1 },
	[FAULT_ID_REUSED] = { 409, "id-reused", "Another body came with this delivery id before.", false, false, 1 },
	[FAULT_TOO_LARGE] = { 413, "too-large", "The body is larger than allowed.", false, false, 1 },
	[FAULT_UNSUPPORTED_MEDIA_TYPE] = { 415, "unsupported-media-type", "Bodies of this type are not understood.", false, false, 1 },
	[FAULT_MISSING_PARAMETER] = { 422, "missing-parameter", "A parameter of the listener is missing.", false, false, 1 },
	[FAULT_BAD_VALUE] = { 422, "bad-value", "A value does not have the right type.", false, false, 1 },
	[FAULT_UNKNOWN_TARGET] = { 422, "unknown-target", "No user or ticket matches.", false, false, 1 },
	[FAULT_AMBIGUOUS_TARGET] = { 422, "ambiguous-target", "More than one user or ticket matches.", false, false, 1 },
	[FAULT_TARGET_CONFLICT] = { 422, "target-conflict", "Path and body name different targets.", false, false, 1 },
	[FAULT_UNKNOWN_AUTHOR] = { 422, "unknown-author", "The author is not a user.", false, false, 1 },
	[FAULT_MACRO_FAILED] = { 422, "macro-failed", "An action of the macro cannot be carried out.", false, false, 1 },
	[FAULT_BATCH_FAILED] = { 422, "batch-failed", "An item of the batch cannot be applied; none was.", false, false, 1 },
	[FAULT_ANSWER_TOO_LARGE] = { 422, "answer-too-large", "The answer would be larger than allowed.", false, false, 1 },
	[FAULT_RATE_LIMITED] = { 429, "rate-limited", "Too many requests.", false, true, EX_TEMPFAIL },
	[FAULT_INTERNAL] = { 500, "internal", "Something went wrong inside Earshot.", false, false, 1 },
	[FAULT_BUSY] = { 503, "busy", "Too much work at the moment.", false, true, EX_TEMPFAIL },
	[FAULT_STORE_UNAVAILABLE] = { 503, "store-unavailable", "The store cannot be reached.", false, true, EX_UNAVAILABLE },
	[FAULT_DISK_FULL] = { 503, "disk-full", "The disk is almost full.", false, true, EX_UNAVAILABLE },
	[FAULT_SECRET_UNREADABLE] = { 503, "secret-unreadable", "A secret that is needed here cannot be opened.", false, true, EX_UNAVAILABLE },
	[FAULT_INTEGRATIONS_DISABLED] = { 503, "integrations-disabled", "Integrations are switched off.", false, true, 1 },
	[FAULT_USAGE] = { 400, "usage", "Wrong usage.", false, false, 2 },
	[FAULT_NOT_FOUND] = { 404, "not-found", "There is no such thing.", false, false, 1 },
	[FAULT_BAD_DOCUMENT] = { 422, "bad-document", "The document is not valid.", false, false, 1 },
	[FAULT_NOT_PERMITTED] = { 403, "not-permitted", "This caller may not do that.", false, false, 1 },
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
	va_list args;

	if (error->fault != FAULT_NONE)
		return false;
	error->fault = fault;
	va_start(args, format);
	vsnprintf(error->detail, sizeof error->detail, format, args);
	va_end(args);
	return false;
}

void
error_clear(struct error *error)
{
	error->fault = FAULT_NONE;
	error->detail[0] = '\0';
}
