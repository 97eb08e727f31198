/* SPDX-License-Identifier: ISC */
/*
 * What a request claims about its signature: strict readers of the headers.
 * An entry that is no signature of a scheme we know is passed over, so that
 * nobody can talk us down to a weaker scheme, and nothing else is forgiven.
 */
#include "base/text.h"
#include "http/sender_private.h"

#include <string.h>

#define HEADER_MAX 4096
#define STAMP_DIGITS 12
#define STAMP_MAX UINT64_C(999999999999)

#define ED25519_SIGNATURE 64
#define ED25519_KEY 32
/* Standard Webhooks says 24 to 64 bytes, Svix hands out up to 75. */
#define STANDARD_KEY_MIN 24
#define STANDARD_KEY_MAX 75

static bool
stamp_read(struct span text, int64_t *seconds_r)
{
	uint64_t value;

	if (text.n == 0 || text.n > STAMP_DIGITS ||
	    !text_unsigned(text, STAMP_MAX, &value))
		return false;
	*seconds_r = (int64_t)value;
	return true;
}

static struct span
behind(struct span text, size_t n)
{
	return (struct span){ text.p + n, text.n - n };
}

static void
mac_read(bool base64, struct span text, struct arena *arena,
    struct sender_claim *claim)
{
	struct span bytes;

	if (base64 ? secret_base64_read(arena, text, &bytes)
	           : secret_hex_read(arena, text, &bytes))
		claim->macs[claim->mac_count++] = bytes;
}

/* Entries between separators; false when a header has too many or an empty one. */
static bool
entries(struct span header, char separator, struct span *list, size_t max,
    size_t *count_r)
{
	size_t count = 0, begin = 0;

	for (size_t i = 0; i <= header.n; i++) {
		if (i < header.n && header.p[i] != separator)
			continue;
		if (i == begin || count == max)
			return false;
		list[count++] = (struct span){ header.p + begin, i - begin };
		begin = i + 1;
	}
	*count_r = count;
	return true;
}

static bool
stripe_read(struct span header, struct arena *arena, struct sender_claim *claim)
{
	struct span list[SENDER_SIGNATURES + 1]; /* and the time */
	size_t count;
	bool stamped = false;

	if (!entries(header, ',', list, SENDER_SIGNATURES + 1, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (span_starts(list[i], "t=")) {
			if (stamped)
				return false;
			stamped = true;
			claim->stamp = behind(list[i], 2);
		} else if (span_starts(list[i], "v1=") &&
		    claim->mac_count < SENDER_SIGNATURES) {
			mac_read(false, behind(list[i], 3), arena, claim);
		}
	}
	return stamped;
}

static bool
standard_read(struct span header, struct arena *arena, struct sender_claim *claim)
{
	struct span list[SENDER_SIGNATURES], bytes;
	size_t count;

	if (!entries(header, ' ', list, SENDER_SIGNATURES, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (span_starts(list[i], "v1,"))
			mac_read(true, behind(list[i], 3), arena, claim);
		else if (span_starts(list[i], "v1a,") &&
		    claim->ed25519_count < SENDER_ED25519 &&
		    secret_base64_read(arena, behind(list[i], 4), &bytes) &&
		    bytes.n == ED25519_SIGNATURE)
			claim->ed25519[claim->ed25519_count++] = bytes;
	}
	return true;
}

/* A comma ends an entry, with a space behind it or not; without commas a space does. A
 * prefix that has one of these in it is left whole. */
static bool
list_read(const struct sender_preset *row, struct span header, struct arena *arena,
    struct sender_claim *claim)
{
	const char *prefix = row->prefix != NULL ? row->prefix : "";
	char separator = memchr(header.p, ',', header.n) != NULL ? ',' : ' ';
	struct span list[SENDER_SIGNATURES];
	size_t count = 1;

	list[0] = header;
	if (strchr(prefix, separator) == NULL &&
	    !entries(header, separator, list, SENDER_SIGNATURES, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && separator == ',' && list[i].p[0] == ' ')
			list[i] = behind(list[i], 1);
		if (span_starts(list[i], prefix))
			mac_read(row->base64, behind(list[i], strlen(prefix)), arena, claim);
	}
	return true;
}

static bool
signatures_read(const struct sender_preset *row, struct span header,
    struct arena *arena, struct sender_claim *claim)
{
	if (header.n == 0 || header.n > HEADER_MAX)
		return false;
	switch (row->grammar) {
	case GRAMMAR_STRIPE:
		return stripe_read(header, arena, claim);
	case GRAMMAR_STANDARD:
		return standard_read(header, arena, claim);
	case GRAMMAR_LIST:
		return list_read(row, header, arena, claim);
	default:
		if (row->prefix != NULL) {
			if (!span_starts(header, row->prefix))
				return false;
			header = behind(header, strlen(row->prefix));
		}
		mac_read(row->base64, header, arena, claim);
		return true;
	}
}

void
sender_claim_read(const struct sender_preset *row,
    const struct request *request, struct arena *arena,
    struct sender_claim *claim_r)
{
	struct span header = sender_header(row, request, row->header);
	bool whole;

	*claim_r = (struct sender_claim){ .stamp = SPAN(""), .id = SPAN("") };
	whole = signatures_read(row, header, arena, claim_r);
	if (row->stamp_header != NULL)
		claim_r->stamp = sender_header(row, request, row->stamp_header);
	if (row->covers == COVERS_STAMP || row->covers == COVERS_ID_STAMP)
		whole &= stamp_read(claim_r->stamp, &claim_r->seconds);
	if (row->covers == COVERS_ID_STAMP) {
		/* With the separator in it an id could swallow the time. */
		struct span id = sender_header(row, request, row->signed_id_header);

		whole &= id.n > 0 && id.n <= HEADER_MAX &&
		    memchr(id.p, row->separator[0], id.n) == NULL;
		claim_r->id = id;
	}
	claim_r->whole = whole;
}

/* Some tools print base64 without its padding; a person pastes what they print. */
static bool
key_read(struct arena *arena, struct span text, struct span *key_r)
{
	static const char *const padding[] = { "", NULL, "==", "=" };
	const char *missing = padding[text.n % 4];

	/* All of it or none. */
	if (missing == NULL || (missing[0] != '\0' && text.p[text.n - 1] == '='))
		return false;
	return secret_base64_read(arena, span_of(arena_printf(arena,
	    "%.*s%s", (int)text.n, text.p, missing)), key_r);
}

bool
sender_standard_key(struct arena *arena, struct span secret, struct span *key_r)
{
	if (span_starts(secret, "whsec_"))
		secret = behind(secret, 6);
	return key_read(arena, secret, key_r) &&
	    key_r->n >= STANDARD_KEY_MIN && key_r->n <= STANDARD_KEY_MAX;
}

bool
sender_public_key(struct arena *arena, struct span secret, struct span *key_r)
{
	return span_starts(secret, "whpk_") &&
	    key_read(arena, behind(secret, 5), key_r) &&
	    key_r->n == ED25519_KEY;
}
