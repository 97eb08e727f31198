/* SPDX-License-Identifier: ISC */
/*
 * Who signs how: the presets as one table, and `hmac` for any other scheme.
 * Pure: no store. Signatures are computed over the raw body and compared in
 * constant time; a missing signature costs the same as a wrong one.
 */
#ifndef EARSHOT_SENDER_H
#define EARSHOT_SENDER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"
#include "http/request.h"

#include <stdint.h>

struct json_object;
struct sender; /* compiled, immutable */

/* A live secret: the text as configured ("whsec_…" for some). */
struct sender_secret {
	struct span secret;
	int64_t until; /* microseconds UTC, 0 for ever: rotation with overlap */
};

/*
 * spec is the listener's "sender" member: "github" or
 * {"preset":"github", …} or {"preset":"hmac","header":…,"hash":"sha256",
 * "encoding":"hex","prefix":"sha256=","signed":"body"|"timestamp.body"|
 * "id.timestamp.body","lead":"","separator":".","timestampHeader":…,"tolerance":300,"idHeader":…,
 * "eventHeader":…}. Optional for every preset: "tolerance" (seconds),
 * "idHeader", "idPointer", "eventPointer", "sameBody":"replay"|"event" (what the same signed
 * body is under another id); bugzilla also takes "header". A "secrets" member
 * is passed over: secrets are kept apart. NULL with FAULT_BAD_DOCUMENT.
 */
const struct sender *sender_compile(struct arena *arena, struct json_object *spec,
    struct error *error);
const char *sender_name(const struct sender *sender);
/* sender_verify() can judge its requests, by signature or by a secret header. */
bool sender_signs(const struct sender *sender);
/* What it signs is the public URL: without base_url nothing can be verified. */
bool sender_signs_url(const struct sender *sender);
/*
 * A preset for the person who sets it up: what to enter at the sender, in the words of its
 * own pages, and who makes the secret.
 */
enum sender_entry_of { SENDER_ENTRY_NONE, SENDER_ENTRY_URL, SENDER_ENTRY_SECRET,
	SENDER_ENTRY_TEXT };
struct sender_entry {
	const char *field;
	enum sender_entry_of of;
	const char *text;    /* SENDER_ENTRY_TEXT */
};
#define SENDER_ENTRIES 5
struct sender_words {
	const char *label;   /* "GitHub" */
	const char *where;   /* "Settings → Webhooks → Add webhook"; NULL: as it says itself */
	const char *secret;  /* where the sender shows its secret; NULL: it takes ours */
	struct sender_entry entries[SENDER_ENTRIES];
};
/* The i-th preset; NULL behind the last. */
const char *sender_preset_name(size_t i);
const struct sender_words *sender_words(struct span preset); /* NULL: there is none */
/* All of it in a line; NULL: there is nothing to say. */
const char *sender_enter(struct arena *arena, struct span preset);
/* The sender makes the secret: nobody else can. */
bool sender_gives_secret(struct span preset);

/* NULL when the secret can be used, else a sentence that says what is wrong. */
const char *sender_secret_check(const struct sender *sender, struct span secret,
    struct arena *scratch);
/*
 * Arguments of curl ("-H … ") that sign $BODY by $SECRET, for a shell in which
 * what goes to `before` has been run. False where that takes more than a line.
 */
bool sender_shell(const struct sender *sender, struct buf *before, struct buf *out);

/* The text that was signed, as parts; count is 0 where nothing is (a secret in a header).
 * Of a request that is refused there is what it cost alone. */
struct sender_proof {
	size_t hashed; /* bytes of all texts that were tried, for each secret */
	const struct span *parts;
	size_t count;
	bool once;   /* the same text once more is this request played again, whatever id it
	              * bears in a header that is not signed */
};
/*
 * True, with the proof, when one of the live secrets signed the request. Else
 * FAULT_BAD_SIGNATURE, whose detail is the cause and for the log only, or
 * FAULT_STALE_SIGNATURE (right, but its time is outside the window to either side;
 * of an Ed25519 signature the time is looked at first, and no more than two in a
 * header are tried, since one costs much more than a MAC). Hex may be upper case; base64 must be exact. base_url (setting) is what
 * Twilio signed: the public URL of the binary's mount point, followed by
 * request->url's path and query; a path that begins both is not doubled.
 */
bool sender_verify(const struct sender *sender, const struct request *request,
    const struct sender_secret *secrets, size_t count, struct span base_url,
    int64_t now, struct arena *scratch, struct sender_proof *proof_r, struct error *error);
/* Makes up for what sender_verify() has not hashed, of two MACs over the body: a request
 * to what is not there, or is not signed, takes the time of one that is. Gives the bytes. */
size_t sender_decoy(const struct request *request, size_t hashed);

/*
 * The sender's own id of this delivery and its event name; "" when it has none.
 * payload may be NULL before the body was read. Both are printable UTF-8 of at
 * most 255 bytes: another id becomes "sha256-…", another event "".
 */
struct span sender_delivery_id(const struct sender *sender, const struct request *request,
    struct json_object *payload, struct arena *arena);
/* Such an id as we keep it, of a header of ours: Idempotency-Key. */
struct span sender_id_text(struct span id, struct arena *arena);
/*
 * The sender gives none that is of this event alone: its id is made of what identifies it
 * in the body and of a hash of all of it, members in the order of their names. False where
 * the sender's own is used.
 */
bool sender_id_made(const struct sender *sender, const struct request *request,
    struct json_object *payload, struct arena *arena,
    unsigned char hash_r[SECRET_SHA256_SIZE]);
/* The id stands in the body, which is signed with it. */
bool sender_id_in_body(const struct sender *sender, struct json_object *payload,
    struct arena *arena);
struct span sender_event(const struct sender *sender, const struct request *request,
    struct json_object *payload, struct arena *arena);
/* Slack's url_verification and its like: the body to echo, or p NULL. */
struct span sender_challenge(const struct sender *sender, const struct request *request,
    struct json_object *payload, struct arena *arena, const char **content_type_r);
/*
 * The status that this sender should see for a fault (its acknowledgement map);
 * never 2xx for a failed authentication, nor for what is not on disk.
 */
int sender_status(const struct sender *sender, enum fault fault);
/* The zone of times that it writes without one; NULL: it writes none such. */
const char *sender_zone(const struct sender *sender);
/* A line of the answer's header by which this sender is asked not to try again
 * what will never pass; NULL: it knows none. */
const char *sender_no_retry(const struct sender *sender, enum fault fault);

#endif
