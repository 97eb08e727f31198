/* SPDX-License-Identifier: ISC */
/*
 * Shared by the files of the sender room: the columns of the table of presets,
 * and what a signature check passes from hand to hand.
 */
#ifndef EARSHOT_SENDER_PRIVATE_H
#define EARSHOT_SENDER_PRIVATE_H

#include "base/arena.h"
#include "base/secret.h"
#include "http/request.h"
#include "http/sender.h"

/* How the signature header is written. */
enum sender_grammar {
	GRAMMAR_TOKEN,    /* the secret itself: nothing is signed */
	GRAMMAR_ONE,      /* prefix and one signature */
	GRAMMAR_LIST,     /* several of these, between commas or spaces */
	GRAMMAR_STRIPE,   /* t=SECONDS,v1=HEX,… */
	GRAMMAR_STANDARD, /* v1,BASE64 v1a,BASE64 … and keys as whsec_ and whpk_ */
};

/* What the signature covers. */
enum sender_covers {
	COVERS_BODY,
	COVERS_STAMP,    /* lead, timestamp, separator, body */
	COVERS_ID_STAMP, /* id, separator, timestamp, separator, body */
	COVERS_URL,      /* Twilio: the public URL and the sorted form */
};

/* What the same signed body is under another id that is not signed. */
enum sender_same {
	SAME_BY_SCHEME, /* a replay where a time is signed with it, else an event */
	SAME_REPLAY,    /* bodies of this sender tell events apart */
	SAME_EVENT,
};

/* How much of a row a listener's document may change. */
enum sender_freedom {
	FREEDOM_NONE,   /* tolerance and pointers only */
	FREEDOM_HEADER, /* the name of the header too */
	FREEDOM_ALL,
};

/*
 * Places in the body, tried in their order; the pieces of one place are
 * joined by a space, and all of them must be there.
 */
#define SENDER_PLACES 3
#define SENDER_PIECES 5
struct sender_place {
	const char *pieces[SENDER_PIECES]; /* JSON Pointers */
};

/* Header names are in lower case. A column that is not set is NULL or 0. */
struct sender_preset {
	const char *name;
	struct sender_words words;
	enum sender_freedom freedom;

	const char *header; /* of the signature */
	enum sender_grammar grammar;
	enum sender_covers covers;
	const char *prefix;
	enum secret_hash hash;
	bool base64; /* else hex */
	const char *lead;
	const char *separator;
	const char *stamp_header;
	const char *signed_id_header;
	const char *standard_as; /* preset by which secrets "whsec_…" sign */
	const char *headers_as;  /* preset whose headers it may send instead of its own */
	bool prefixless;         /* it may write its headers without "X-" */
	enum sender_same same;
	int64_t tolerance;       /* seconds, to either side */

	const char *id_headers[2];
	const char *shared_id_header; /* its id is that of several events: what is in them is
	                               * added, as to an id that is made of places */
	struct sender_place id_places[SENDER_PLACES];
	const char *event_header;
	struct sender_place event_places[SENDER_PLACES];
	struct span id_pointer; /* of the document: before all other places */
	struct span event_pointer;

	const char *zone; /* of its times that name none; NULL: they name one */
	bool settles;    /* what will never pass is answered 200, what may pass 503 */
	bool challenges; /* url_verification */
	const char *no_retry; /* header line that ends its retries */
};

struct sender {
	struct sender_preset row; /* a copy, with what the document changed */
};

/* The rows end with one without a name. */
extern const struct sender_preset sender_table[];

/* NULL when there is none of this name. */
const struct sender_preset *sender_row(struct span name);

/* What a request claims about its signature; nothing of it is proven yet. */
#define SENDER_SIGNATURES 10 /* in one header */
#define SENDER_ED25519 2     /* of these: a stranger's wrong one costs as much as a right one */
struct sender_claim {
	bool whole;        /* all that the scheme asks for, well-formed */
	struct span stamp; /* as sent; "" when absent */
	int64_t seconds;
	struct span id;
	struct span macs[SENDER_SIGNATURES];
	size_t mac_count;
	struct span ed25519[SENDER_ED25519];
	size_t ed25519_count;
};

/* A header of the sender by its name in the row; "" when absent. */
struct span sender_header(const struct sender_preset *row, const struct request *request,
    const char *name);

/* Never fails: a claim that cannot be read is not whole. */
void sender_claim_read(const struct sender_preset *row,
    const struct request *request, struct arena *arena,
    struct sender_claim *claim_r);

/* A text that may have been signed. */
struct sender_message {
	const struct span *parts;
	size_t count;
};

/*
 * The texts that Twilio may have signed: the public URL as configured, with
 * and without its port, and with the name and password that it sends. False when the body is not covered by any of them;
 * the messages are there in either case.
 */
#define SENDER_MESSAGES 8
bool sender_twilio(const struct request *request, struct span base_url,
    struct arena *arena, struct sender_message messages[SENDER_MESSAGES],
    size_t *count_r);

/* The HMAC key of a secret; false when the text is none. */
bool sender_standard_key(struct arena *arena, struct span secret,
    struct span *key_r);
/* The Ed25519 public key of a text "whpk_…". */
bool sender_public_key(struct arena *arena, struct span secret,
    struct span *key_r);

#endif
