/* SPDX-License-Identifier: ISC */
#include "http/sender.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/pointer.h"
#include "base/text.h"
#include "http/sender_private.h"

#include <string.h>

#define HEADER_MAX 4096
#define ID_MAX 255
#define MADE_HASH 16 /* bytes of the hash in an id that is made */
#define CHALLENGE_MAX 1024
#define SECOND INT64_C(1000000)

/* In rising order: the best of all secrets counts. */
enum verdict {
	WRONG,
	STALE, /* signed, but outside the window */
	RIGHT,
};

struct check {
	const struct request *request;
	struct span base_url;
	int64_t now; /* microseconds */
	struct arena *scratch;
	int64_t age; /* seconds, of a stale signature; negative: from the future */
	struct sender_proof proof; /* of a right one */
	size_t hashed; /* bytes */
};

#define SECRET_MIN 8 /* bytes */
/* MACs over the body that a request costs before it is refused, whatever is there: a
 * sender that changes its secret has two. */
#define MACS_USUAL 2

const char *
sender_name(const struct sender *sender)
{
	return sender->row.name;
}

bool
sender_signs(const struct sender *sender)
{
	return sender->row.header != NULL;
}

bool
sender_signs_url(const struct sender *sender)
{
	return sender->row.covers == COVERS_URL;
}

/* GitLab has secrets of two kinds and tells them apart by their first letters. */
static const struct sender_preset *
row_of(const struct sender_preset *row, struct span secret, struct arena *arena)
{
	struct sender_preset *other;

	if (row->standard_as == NULL || !span_starts(secret, "whsec_"))
		return row;
	other = arena_alloc(arena, sizeof *other);
	*other = *sender_row(span_of(row->standard_as));
	other->tolerance = row->tolerance;
	return other;
}

struct span
sender_header(const struct sender_preset *row, const struct request *request,
    const char *name)
{
	struct span value = request_header(request, name);

	if (value.n == 0 && row->prefixless && strncmp(name, "x-", 2) == 0)
		value = request_header(request, name + 2);
	return value;
}

/* Svix signs by the headers of Standard Webhooks for those who asked for it. The id is
 * then that of the headers that signed, whatever else is there. */
static const struct sender_preset *
row_seen(const struct sender_preset *row, const struct request *request)
{
	const struct sender_preset *other =
	    row->headers_as != NULL ? sender_row(span_of(row->headers_as)) : NULL;

	return other != NULL && request_header(request, row->header).n == 0 &&
	    request_header(request, other->header).n > 0 ? other : row;
}

const char *
sender_secret_check(const struct sender *sender, struct span secret,
    struct arena *scratch)
{
	const struct sender_preset *row = row_of(&sender->row, secret, scratch);
	struct span key;

	if (secret.n == 0)
		return "the secret is empty";
	if (secret.n < SECRET_MIN)
		return "the secret has less than 8 characters, which can be guessed from one "
		    "signed request; make one with: openssl rand -hex 32";
	if (row->grammar == GRAMMAR_TOKEN && secret.n > HEADER_MAX)
		return "the secret is longer than a header may be";
	if (row->grammar != GRAMMAR_STANDARD)
		return NULL;
	if (span_starts(secret, "whpk_"))
		return sender_public_key(scratch, secret, &key) ? NULL
		    : "\"whpk_\" must be followed by the base64 of 32 bytes";
	return sender_standard_key(scratch, secret, &key) ? NULL
	    : "the secret must be \"whsec_\" and the base64 of 24 to 75 bytes";
}

/* By hash, so that not even the length of the secret shows in the time. */
static enum verdict
judge_token(const struct sender_preset *row, struct span secret,
    const struct check *check)
{
	struct span token = sender_header(row, check->request, row->header);
	unsigned char a[SECRET_SHA256_SIZE], b[SECRET_SHA256_SIZE];
	bool equal;

	if (token.n > HEADER_MAX)
		token = SPAN("");
	secret_sha256(secret, a);
	secret_sha256(token, b);
	equal = secret_equal((struct span){ (char *)a, sizeof a },
	    (struct span){ (char *)b, sizeof b });
	return equal && secret.n > 0 ? RIGHT : WRONG;
}

/* The texts that may have been signed; false when none covers the request. */
static bool
messages_of(const struct sender_preset *row, const struct sender_claim *claim,
    const struct check *check, struct sender_message *messages, size_t *count_r)
{
	struct span *parts = arena_alloc(check->scratch, 5 * sizeof *parts);
	size_t n = 0;

	if (row->covers == COVERS_URL)
		return sender_twilio(check->request, check->base_url,
		    check->scratch, messages, count_r);
	if (row->covers == COVERS_STAMP && row->lead != NULL)
		parts[n++] = span_of(row->lead);
	if (row->covers == COVERS_ID_STAMP) {
		parts[n++] = claim->id;
		parts[n++] = span_of(row->separator);
	}
	if (row->covers != COVERS_BODY) {
		parts[n++] = claim->stamp;
		parts[n++] = span_of(row->separator);
	}
	parts[n++] = check->request->body;
	messages[0] = (struct sender_message){ parts, n };
	*count_r = 1;
	return true;
}

static bool
macs_match(const struct sender_preset *row, const struct sender_claim *claim,
    struct span key, const struct sender_message *message)
{
	unsigned char mac[SECRET_MAC_MAX];
	size_t n = secret_hmac(row->hash, key, message->parts, message->count, mac);
	bool match = false;

	for (size_t i = 0; i < claim->mac_count; i++)
		match |= secret_equal(claim->macs[i],
		    (struct span){ (char *)mac, n });
	return match;
}

static bool
ed25519_matches(const struct sender_claim *claim, struct span key,
    const struct sender_message *message, struct arena *arena)
{
	struct span whole = { NULL, 0 };
	bool match = false;
	char *p;

	for (size_t i = 0; i < message->count; i++)
		whole.n += message->parts[i].n;
	whole.p = p = arena_alloc(arena, whole.n + 1);
	for (size_t i = 0; i < message->count; i++) {
		if (message->parts[i].n > 0)
			memcpy(p, message->parts[i].p, message->parts[i].n);
		p += message->parts[i].n;
	}
	for (size_t i = 0; i < claim->ed25519_count; i++)
		match |= secret_ed25519(claim->ed25519[i], whole, key);
	return match;
}

static enum verdict
judge_time(const struct sender_preset *row, const struct sender_claim *claim,
    struct check *check)
{
	int64_t age;

	if (row->covers != COVERS_STAMP && row->covers != COVERS_ID_STAMP)
		return RIGHT;
	age = check->now / SECOND - claim->seconds;
	if (age >= -row->tolerance && age <= row->tolerance)
		return RIGHT;
	check->age = age;
	return STALE;
}

static bool
spelled_alike(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* An id that is signed with the text needs no more; where it stands in the body,
 * sender_id_in_body() tells. */
static bool
is_once(const struct sender_preset *preset, const struct sender_preset *row)
{
	if (preset->same == SAME_EVENT)
		return false;
	if (row->covers == COVERS_ID_STAMP)
		return !spelled_alike(preset->id_headers[0], row->signed_id_header);
	return row->covers == COVERS_STAMP || preset->same == SAME_REPLAY;
}

/* Whatever the request lacks, the MAC is computed before it is refused. */
static enum verdict
judge(const struct sender_preset *preset, struct span secret,
    struct check *check)
{
	const struct sender_preset *row = row_of(preset, secret, check->scratch);
	enum verdict verdict;
	size_t matching = 0;
	struct sender_message messages[SENDER_MESSAGES];
	struct sender_claim claim;
	struct span key = secret;
	size_t count;
	bool usable = secret.n > 0, is_public = false, match = false;

	if (row->grammar == GRAMMAR_TOKEN)
		return judge_token(row, secret, check);
	sender_claim_read(row, check->request, check->scratch, &claim);
	usable &= messages_of(row, &claim, check, messages, &count);
	if (row->grammar == GRAMMAR_STANDARD) {
		is_public = span_starts(secret, "whpk_");
		if (!(is_public ? sender_public_key : sender_standard_key)(
		    check->scratch, secret, &key)) {
			usable = false;
			is_public = false;
			key = secret;
		}
	}
	if (is_public && (!usable || !claim.whole || judge_time(row, &claim, check) != RIGHT))
		return WRONG;
	for (size_t i = 0; i < count; i++) {
		bool matches;

		for (size_t k = 0; k < messages[i].count; k++)
			check->hashed += messages[i].parts[k].n;
		matches = is_public
		    ? ed25519_matches(&claim, key, &messages[i], check->scratch)
		    : macs_match(row, &claim, key, &messages[i]);

		if (matches)
			matching = i;
		match |= matches;
	}
	if (!usable || !claim.whole || !match)
		return WRONG;
	verdict = judge_time(row, &claim, check);
	if (verdict == RIGHT)
		check->proof = (struct sender_proof){ .parts = messages[matching].parts,
			.count = messages[matching].count, .once = is_once(preset, row) };
	return verdict;
}

/* Why no secret matches, as far as that can be seen without one. */
static void
find_cause(const struct sender_preset *row, bool live, const struct check *check,
    struct error *error)
{
	struct span header = sender_header(row, check->request, row->header);
	struct sender_claim claim;

	if (!live) {
		error_set(error, FAULT_BAD_SIGNATURE, "the listener has no live secret of %s",
		    row->name);
		return;
	}
	if (header.n == 0) {
		error_set(error, FAULT_BAD_SIGNATURE, "the header %s is absent", row->header);
		return;
	}
	if (row->grammar != GRAMMAR_TOKEN) {
		sender_claim_read(row, check->request, check->scratch, &claim);
		if (row->covers == COVERS_URL && check->base_url.n == 0)
			error_set(error, FAULT_BAD_SIGNATURE, "%s signs the public URL of this "
			    "endpoint, but base_url of earshot.conf is empty", row->name);
		else if (row->stamp_header != NULL && claim.stamp.n == 0)
			error_set(error, FAULT_BAD_SIGNATURE, "the header %s, the time that is "
			    "signed, is absent", row->stamp_header);
		else if (row->signed_id_header != NULL && claim.id.n == 0 &&
		    row->covers == COVERS_ID_STAMP)
			error_set(error, FAULT_BAD_SIGNATURE, "the header %s, the id that is "
			    "signed, is absent", row->signed_id_header);
		else if (!claim.whole || claim.mac_count + claim.ed25519_count == 0)
			error_set(error, FAULT_BAD_SIGNATURE, "the header %s holds no signature "
			    "in the form of %s", row->header, row->name);
		else if (claim.mac_count == 0 && judge_time(row, &claim, &(struct check){
		    .now = check->now }) == STALE)
			error_set(error, FAULT_BAD_SIGNATURE, "its time lies outside of the %lld "
			    "seconds that are allowed", (long long)row->tolerance);
	}
	error_set(error, FAULT_BAD_SIGNATURE, row->grammar == GRAMMAR_TOKEN
	    ? "no live secret of the listener is in the header %s"
	    : "the header %s holds no signature by a live secret of the listener", row->header);
}

bool
sender_verify(const struct sender *sender, const struct request *request,
    const struct sender_secret *secrets, size_t count, struct span base_url,
    int64_t now, struct arena *scratch, struct sender_proof *proof_r, struct error *error)
{
	const struct sender_preset *row = row_seen(&sender->row, request);
	struct sender_preset own;
	struct check check = { .request = request, .base_url = base_url, .now = now,
		.scratch = scratch };
	enum verdict best = WRONG;
	bool judged = false;

	if (row != &sender->row) {
		own = *row;
		own.name = sender->row.name;
		own.tolerance = sender->row.tolerance;
		own.same = sender->row.same;
		row = &own;
	}
	for (size_t i = 0; i < count; i++) {
		enum verdict verdict;

		if (secrets[i].secret.n == 0 ||
		    (secrets[i].until != 0 && secrets[i].until <= now))
			continue;
		verdict = judge(row, secrets[i].secret, &check);
		if (verdict > best)
			best = verdict;
		judged = true;
	}
	if (!judged) /* as much work, and never right */
		judge(row, SPAN("none"), &check);
	*proof_r = check.proof;
	proof_r->hashed = check.hashed;
	if (best == RIGHT)
		return true;
	if (best == STALE)
		return error_set(error, FAULT_STALE_SIGNATURE,
		    "The signature is right, but its time lies %lld seconds in the "
		    "%s; at most %lld are allowed. Compare the clocks.",
		    (long long)(check.age < 0 ? -check.age : check.age),
		    check.age < 0 ? "future" : "past", (long long)row->tolerance);
	find_cause(row, judged, &check, error);
	return false;
}

size_t
sender_decoy(const struct request *request, size_t hashed)
{
	size_t usual = MACS_USUAL * request->body.n, missing = usual > hashed ? usual - hashed : 0;
	unsigned char mac[SECRET_MAC_MAX];
	struct span part = request->body;

	for (size_t left = missing; left > 0; left -= part.n) {
		part.n = left < request->body.n ? left : request->body.n;
		secret_hmac(SECRET_SHA256, SPAN("none"), &part, 1, mac);
	}
	return missing;
}

/* A string or a number as it was written; "" for all else. */
static struct span
from_pointer(struct span pointer, struct json_object *payload,
    struct arena *arena)
{
	struct json_object *value;
	struct span text;

	if (pointer_get(payload, pointer, &value) != 1 || value == NULL ||
	    json_is_object(value) || json_is_array(value))
		return SPAN("");
	text = json_span(value);
	if (text.n == 0) {
		text = json_number_text(value);
		if (text.n == 0 || strchr("-0123456789", text.p[0]) == NULL)
			return SPAN("");
	}
	return arena_copy(arena, text);
}

/* The pieces of the first place that is there in full, joined by spaces. */
static struct span
from_places(const struct sender_place *places, struct json_object *payload,
    struct arena *arena)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < SENDER_PLACES && text.n == 0; i++) {
		const char *const *pieces = places[i].pieces;

		for (size_t k = 0; k < SENDER_PIECES && pieces[k] != NULL; k++) {
			struct span piece =
			    from_pointer(span_of(pieces[k]), payload, arena);

			if (piece.n == 0) {
				text.n = 0;
				break;
			}
			if (k > 0)
				buf_putc(&text, ' ');
			buf_span(&text, piece);
		}
	}
	return buf_keep(&text, arena);
}

static bool
showable(struct span text)
{
	return text.n <= ID_MAX && text_utf8(text) && text_printable(text);
}

struct span
sender_id_text(struct span id, struct arena *arena)
{
	unsigned char hash[SECRET_SHA256_SIZE];

	if (showable(id))
		return id;
	secret_sha256(id, hash);
	id = secret_hex(arena, (struct span){ (char *)hash, sizeof hash });
	return span_of(arena_printf(arena, "sha256-%.*s", (int)id.n, id.p));
}

/*
 * Before the body was read, an id that lies in it is not known: a header must
 * not stand in for it then.
 */
static struct span
own_id(const struct sender_preset *row, const struct request *request,
    struct json_object *payload, struct arena *arena)
{
	const struct sender_preset *seen = row_seen(row, request);
	struct span id = SPAN("");

	if (row->id_pointer.n > 0) {
		if (payload == NULL)
			return id;
		id = from_pointer(row->id_pointer, payload, arena);
	}
	for (size_t i = 0; i < 2 && id.n == 0 && seen->id_headers[i] != NULL; i++)
		id = sender_header(seen, request, seen->id_headers[i]);
	/* One piece is an id of the sender's. */
	if (id.n == 0 && payload != NULL && row->id_places[0].pieces[1] == NULL)
		id = from_places(row->id_places, payload, arena);
	return id;
}

/* What the sender has instead of an id: a text that several events may share. */
static struct span
shared_id(const struct sender_preset *row, const struct request *request,
    struct json_object *payload, struct arena *arena)
{
	if (row->shared_id_header != NULL)
		return sender_header(row, request, row->shared_id_header);
	return row->id_places[0].pieces[1] != NULL ? from_places(row->id_places, payload, arena)
	                                           : SPAN("");
}

static bool
make_id(const struct sender_preset *row, const struct request *request,
    struct json_object *payload, struct arena *arena, struct span *id_r,
    unsigned char hash_r[SECRET_SHA256_SIZE])
{
	if (payload == NULL || own_id(row, request, payload, arena).n > 0)
		return false;
	*id_r = shared_id(row, request, payload, arena);
	if (id_r->n == 0)
		return false;
	secret_sha256(json_canonical(arena, payload), hash_r);
	return true;
}

struct span
sender_delivery_id(const struct sender *sender, const struct request *request,
    struct json_object *payload, struct arena *arena)
{
	const struct sender_preset *row = &sender->row;
	unsigned char hash[SECRET_SHA256_SIZE];
	struct span id;

	if (make_id(row, request, payload, arena, &id, hash))
		id = span_of(arena_join(arena, id, SPAN(" "), secret_hex(arena,
		    (struct span){ (const char *)hash, MADE_HASH })));
	else
		id = own_id(row, request, payload, arena);
	return sender_id_text(id, arena);
}

bool
sender_id_made(const struct sender *sender, const struct request *request,
    struct json_object *payload, struct arena *arena,
    unsigned char hash_r[SECRET_SHA256_SIZE])
{
	struct span id;

	return make_id(&sender->row, request, payload, arena, &id, hash_r);
}

bool
sender_id_in_body(const struct sender *sender, struct json_object *payload,
    struct arena *arena)
{
	const struct sender_preset *row = &sender->row;

	if (row->id_pointer.n > 0)
		return from_pointer(row->id_pointer, payload, arena).n > 0;
	return row->id_headers[0] == NULL && from_places(row->id_places, payload, arena).n > 0;
}

struct span
sender_event(const struct sender *sender, const struct request *request,
    struct json_object *payload, struct arena *arena)
{
	const struct sender_preset *row = &sender->row;
	struct span event = SPAN("");

	if (row->event_pointer.n > 0 && payload != NULL)
		event = from_pointer(row->event_pointer, payload, arena);
	if (event.n == 0 && row->event_header != NULL)
		event = sender_header(row, request, row->event_header);
	if (event.n == 0 && payload != NULL)
		event = from_places(row->event_places, payload, arena);
	return showable(event) ? event : SPAN("");
}

struct span
sender_challenge(const struct sender *sender, const struct request *request,
    struct json_object *payload, struct arena *arena, const char **content_type_r)
{
	struct span challenge = { NULL, 0 };

	(void)request;
	if (!sender->row.challenges || payload == NULL ||
	    !span_is(json_string(payload, "type"), "url_verification"))
		return challenge;
	challenge = json_string(payload, "challenge");
	if (challenge.n == 0 || challenge.n > CHALLENGE_MAX)
		return (struct span){ NULL, 0 };
	*content_type_r = "text/plain; charset=utf-8";
	return arena_copy(arena, challenge);
}

/*
 * The sender is known and its delivery is kept, but no repeat will ever pass.
 * Everything not listed keeps its own status: refusals for want of
 * authentication, and what cannot be kept.
 */
static bool
is_hopeless(enum fault fault)
{
	switch (fault) {
	case FAULT_BAD_JSON:
	case FAULT_BAD_FORM:
	case FAULT_BAD_ENCODING:
	case FAULT_UNSUPPORTED_MEDIA_TYPE:
	case FAULT_TOO_LARGE:
	case FAULT_AUTHOR_NOT_PERMITTED:
	case FAULT_ID_REUSED:
	case FAULT_MISSING_PARAMETER:
	case FAULT_BAD_VALUE:
	case FAULT_UNKNOWN_TARGET:
	case FAULT_AMBIGUOUS_TARGET:
	case FAULT_TARGET_CONFLICT:
	case FAULT_UNKNOWN_AUTHOR:
	case FAULT_MACRO_FAILED:
	case FAULT_BATCH_FAILED:
		return true;
	default:
		return false;
	}
}

const char *
sender_zone(const struct sender *sender)
{
	return sender->row.zone;
}

const char *
sender_no_retry(const struct sender *sender, enum fault fault)
{
	return is_hopeless(fault) ? sender->row.no_retry : NULL;
}

int
sender_status(const struct sender *sender, enum fault fault)
{
	const struct fault_info *info = fault_info(fault);

	if (!sender->row.settles)
		return info->status;
	if (info->passing)
		return fault_info(FAULT_BUSY)->status;
	return is_hopeless(fault) ? fault_info(FAULT_NONE)->status : info->status;
}
