/* SPDX-License-Identifier: ISC */
#include "listen/admit.h"

#include "base/settings.h"
#include "community/apikey.h"
#include "listen/listener.h"
#include "store/store.h"

#include <string.h>

static const char *
closed(const struct delivery *delivery)
{
	const struct listener *listener = delivery->listener;

	if (!listener->enabled)
		return "the listener is disabled";
	return listener->expires != 0 && listener->expires <= delivery->now
	    ? "the listener has expired" : NULL;
}

static bool
is_trusted(const struct settings *settings, struct span address)
{
	for (size_t i = 0; i < settings->trusted_proxy_count; i++)
		if (text_network_has(&settings->trusted_proxies[i], address))
			return true;
	return false;
}

struct span
admit_address(const struct settings *settings, const struct request *request,
    struct arena *arena)
{
	struct span address = request->address;
	struct span list = request_header(request, "x-forwarded-for");
	struct text_network network;
	size_t end = list.n;

	/* From the right: what our own proxies wrote, as far as we trust them. */
	while (end > 0 && is_trusted(settings, address)) {
		size_t start = end, first, last;

		while (start > 0 && list.p[start - 1] != ',')
			start--;
		for (first = start; first < end && list.p[first] == ' '; first++)
			continue;
		for (last = end; last > first && list.p[last - 1] == ' '; last--)
			continue;
		if (!text_network((struct span){ list.p + first, last - first }, &network))
			break;
		address = arena_copy(arena, (struct span){ list.p + first, last - first });
		end = start > 0 ? start - 1 : 0;
	}
	return address;
}

/* NULL: it does not open. */
static const struct apikey_pass *
check_key(struct txn *txn, struct delivery *delivery, struct span presented,
    struct span name, const char *verb)
{
	const struct apikey_pass *key;

	if (presented.n == 0) {
		delivery_cause(delivery, "api-key", "no API key was presented");
		return NULL;
	}
	if (!apikey_check(txn, presented, delivery->request->address,
	        name, verb, delivery->now, &key)) {
		delivery_cause(delivery, "api-key", "%s", txn_error(txn)->detail);
		return NULL;
	}
	delivery->api_key = key->name;
	delivery->key_limits = key->limits;
	delivery->reads_records = key->reads_records;
	return key;
}

/* A listener without an API key is described to those that name the verb. */
static bool
is_its_key(const struct listener *listener, const struct apikey_pass *key)
{
	return listener->api_key.n > 0 ? span_eq(key->name, listener->api_key) : key->describes;
}

static bool
check_signature(struct txn *txn, struct delivery *delivery, const struct listener *listener)
{
	struct error error = { 0 };

	if (sender_verify(listener->sender, delivery->request, listener->secrets,
	        listener->secret_count, delivery->base_url,
	        delivery->now, delivery->arena, &delivery->proof, &error)) {
		delivery_step(delivery, "signature", STEP_OK, "signed by %s",
		    sender_name(listener->sender));
		return true;
	}
	delivery_cause(delivery, "signature", "%s", error.detail);
	/* Only the holder of a secret can be late. */
	if (error.fault == FAULT_STALE_SIGNATURE)
		return txn_fail(txn, error.fault, "%s", error.detail);
	return false;
}

static bool
check_address(struct txn *txn, struct delivery *delivery, const struct listener *listener)
{
	struct span address = delivery->request->address;

	for (size_t i = 0; i < listener->allow_count; i++)
		if (text_network_has(&listener->allow[i], address)) {
			delivery_step(delivery, "address", STEP_OK, "%.*s is in the allow list",
			    (int)address.n, address.p);
			return true;
		}
	if (listener->allow_count == 0)
		return true;
	delivery_step(delivery, "address", STEP_FAILED, "%.*s is not in the allow list",
	    (int)address.n, address.p);
	return txn_fail(txn, FAULT_ADDRESS_NOT_ALLOWED,
	    "%.*s is not in the listener's allow list", (int)address.n, address.p);
}

/* All that the listener asks for must hold; GET needs no signature but a key. */
static bool
authenticate(struct txn *txn, struct delivery *delivery, const struct listener *listener,
    struct span presented, const char *verb)
{
	bool describing = strcmp(verb, "describe") == 0;

	if (listener->api_key.n > 0 || describing) {
		const struct apikey_pass *key = check_key(txn, delivery, presented,
		    listener->full_name, verb);

		if (key == NULL)
			return false;
		if (!is_its_key(listener, key)) {
			if (listener->api_key.n > 0)
				delivery_cause(delivery, "api-key", "the API key %.*s is another than "
				    "the listener's, %.*s", (int)key->name.n, key->name.p,
				    (int)listener->api_key.n, listener->api_key.p);
			else
				delivery_cause(delivery, "api-key", "the API key %.*s does not name the "
				    "verb describe", (int)key->name.n, key->name.p);
			return false;
		}
		if (delivery->explain)
			delivery_step(delivery, "api-key", STEP_OK, "%.*s",
			    (int)delivery->api_key.n, delivery->api_key.p);
	}
	if (describing || listener->sender == NULL || !sender_signs(listener->sender))
		return listener->api_key.n > 0 || describing;
	if (listener->secret_count == 0 && listener->api_key.n > 0) {
		delivery_step(delivery, "signature", STEP_SKIPPED, "the listener has no secret "
		    "of %s; the API key suffices", sender_name(listener->sender));
		return true;
	}
	return check_signature(txn, delivery, listener);
}

/* Said only to those who hold a key: expired, revoked, from elsewhere. */
static bool
key_is_known(const struct error *error)
{
	return error->fault == FAULT_API_KEY_EXPIRED ||
	    error->fault == FAULT_API_KEY_DISABLED ||
	    error->fault == FAULT_ADDRESS_NOT_ALLOWED ||
	    error->fault == FAULT_STALE_SIGNATURE ||
	    error->fault == FAULT_INTERNAL || error->fault == FAULT_STORE_UNAVAILABLE;
}

/* Any header by which a known sender signs: the answer to a request that
 * carries one says "signature", whatever the listener wants. */
static bool
carries_signature(const struct request *request)
{
	for (size_t i = 0; i < request->header_count; i++) {
		struct span name = request->headers[i].name;

		if (memmem(name.p, name.n, "signature", 9) != NULL ||
		    memmem(name.p, name.n, "hmac", 4) != NULL ||
		    span_is(name, "x-gitlab-token"))
			return true;
	}
	return false;
}

/* The answer depends on the request and on the keys alone, not on what listeners exist
 * here; and so does the work, where they have no more than two secrets. */
static bool
refuse(struct txn *txn, struct delivery *delivery, const struct listener *listener,
    struct span presented, struct span name, const char *verb)
{
	struct span near = request_query_near(delivery->request, delivery->arena, "apiKey");
	struct span odd = apikey_odd_scheme(delivery->request);

	/* A listener that asks for none does not hide that this one was revoked. */
	if (presented.n > 0 && txn_ok(txn))
		check_key(txn, delivery, presented, name, verb);
	sender_decoy(delivery->request, delivery->proof.hashed);
	if (listener != NULL)
		delivery->refused_by = listener->full_name;
	listener_take(delivery, NULL);
	if (key_is_known(txn_error(txn)))
		return false;
	error_clear(txn_error(txn));
	if (odd.n > 0 && request_is_token(odd))
		return txn_fail(txn, FAULT_BAD_API_KEY, "an API key is not sent as Authorization: "
		    "%.*s; the ways are " APIKEY_WAYS, (int)(odd.n > 60 ? 60 : odd.n), odd.p);
	if (presented.n > 0)
		return txn_fail(txn, FAULT_BAD_API_KEY,
		    "the API key presented does not open this endpoint");
	if (near.p != NULL)
		return txn_fail(txn, FAULT_NO_API_KEY, "an API key is not sent as %.*s in the "
		    "query; the ways are " APIKEY_WAYS, (int)(near.n > 60 ? 60 : near.n), near.p);
	if (carries_signature(delivery->request))
		return txn_fail(txn, FAULT_BAD_SIGNATURE,
		    "the signature does not open this endpoint; the log of those who run it "
		    "says why");
	return txn_fail(txn, FAULT_NO_API_KEY,
	    "send an API key (" APIKEY_WAYS "), or sign as the "
	    "listener's sender does; where that was done, the log of those who run it "
	    "says what is wrong");
}

/* "; it is one of type comment, …": for who has its API key, to whom that is no news. */
static const char *
other_type(struct txn *txn, struct delivery *delivery, const struct endpoint *endpoint)
{
	const struct listener_type *type;
	const struct listener *other;

	for (size_t i = 0; (type = listener_type_at(i)) != NULL; i++)
		if ((other = listener_load(txn, span_of(type->name), endpoint->project,
		         endpoint->key)) != NULL &&
		    span_eq(other->api_key, delivery->api_key))
			return arena_printf(delivery->arena, "; it is one of type %s, whose URL "
			    "says so", other->type->name);
	return "";
}

/* "; …/projects/phone/jira": /phone/jira names a listener "phone" of the community. */
static const char *
of_project(struct txn *txn, struct delivery *delivery, const struct endpoint *endpoint)
{
	const struct listener *other;

	if (endpoint->project.n > 0 || !text_key(endpoint->target))
		return NULL;
	other = listener_load(txn, delivery->request->type, endpoint->key, endpoint->target);
	return other == NULL || !span_eq(other->api_key, delivery->api_key) ? NULL
	    : arena_printf(delivery->arena, "; that of the project is at /projects/%.*s/%.*s",
	        (int)endpoint->key.n, endpoint->key.p, (int)endpoint->target.n, endpoint->target.p);
}

bool
admit(struct txn *txn, struct delivery *delivery, const struct endpoint *endpoint,
    const char *verb)
{
	struct span presented = apikey_presented(delivery->request, delivery->arena);
	struct span name = doc_name(delivery->arena, endpoint->project, endpoint->key);
	const struct listener *listener = listener_load(txn, delivery->request->type,
	    endpoint->project, endpoint->key);

	if (listener == NULL && !txn_ok(txn))
		return false;
	if (listener == NULL) {
		delivery_cause(delivery, "endpoint", "there is no %.*s listener %.*s",
		    (int)delivery->request->type.n, delivery->request->type.p,
		    (int)name.n, name.p);
		if (check_key(txn, delivery, presented, name, verb)) {
			const char *hint = of_project(txn, delivery, endpoint);

			return txn_fail(txn, FAULT_UNKNOWN_LISTENER,
			    "there is no %.*s listener %.*s here%s",
			    (int)delivery->request->type.n, delivery->request->type.p,
			    (int)name.n, name.p,
			    hint != NULL ? hint : other_type(txn, delivery, endpoint));
		}
		return refuse(txn, delivery, NULL, presented, name, verb);
	}
	listener_take(delivery, listener);
	if (delivery->explain)
		delivery_step(delivery, "endpoint", STEP_OK, "%s listener %.*s",
		    listener->type->name, (int)name.n, name.p);
	if (!authenticate(txn, delivery, listener, presented, verb))
		return refuse(txn, delivery, listener, presented, name, verb);
	if (closed(delivery) != NULL) {
		delivery_cause(delivery, "endpoint", "%s", closed(delivery));
		return txn_fail(txn, FAULT_UNKNOWN_LISTENER, "%s", closed(delivery));
	}
	return check_address(txn, delivery, listener);
}

/* One that is live; p NULL: none. */
static struct span
live_secret(const struct listener *listener, int64_t now)
{
	for (size_t i = 0; i < listener->secret_count; i++)
		if (listener->secrets[i].until == 0 || listener->secrets[i].until > now)
			return listener->secrets[i].secret;
	return (struct span){ NULL, 0 };
}

static bool
shows_secret(const struct listener *listener, struct span token, int64_t now)
{
	bool shown = false;

	for (size_t i = 0; i < listener->secret_count; i++)
		shown |= (listener->secrets[i].until == 0 || listener->secrets[i].until > now) &&
		    secret_equal(listener->secrets[i].secret, token);
	return shown;
}

static bool
allows(const struct listener *listener, struct span address)
{
	for (size_t i = 0; i < listener->allow_count; i++)
		if (text_network_has(&listener->allow[i], address))
			return true;
	return listener->allow_count == 0;
}

bool
admit_challenge(struct txn *txn, struct delivery *delivery, const struct endpoint *endpoint,
    bool *known_r, struct challenge_answer *answer_r)
{
	const struct listener *listener = listener_load(txn, delivery->request->type,
	    endpoint->project, endpoint->key);
	const struct challenge *challenge = listener != NULL ? listener->challenge : NULL;
	struct span token;

	if (challenge == NULL || !challenge_is_bare(challenge) || !listener->enabled ||
	    (listener->expires != 0 && listener->expires <= delivery->now) ||
	    !allows(listener, delivery->request->address) ||
	    !challenge_read(challenge, delivery->request, NULL,
	        live_secret(listener, delivery->now), delivery->arena, answer_r))
		return false;
	*known_r = listener->api_key.n > 0 || challenge_has_token(challenge);
	token = challenge_token(challenge, delivery->request, delivery->arena);
	if (challenge_has_token(challenge) && !shows_secret(listener, token, delivery->now))
		return false;
	if (listener->api_key.n > 0 && (!check_key(txn, delivery, apikey_presented(
	        delivery->request, delivery->arena), listener->full_name, "deliver") ||
	        !span_eq(delivery->api_key, listener->api_key))) {
		error_clear(txn_error(txn));
		return false;
	}
	listener_take(delivery, listener);
	return true;
}

struct span
admit_live_secret(const struct delivery *delivery)
{
	return live_secret(delivery->listener, delivery->now);
}

/* With headers it is known what a sender would send. */
static bool
tell_signature(struct delivery *delivery, struct error *error)
{
	const struct listener *listener = delivery->listener;

	if (delivery->request->header_count == 0 || listener->secret_count == 0) {
		delivery_step(delivery, "signature", STEP_SKIPPED, listener->secret_count == 0
		    ? "the listener has no secret of %s" : "%s has to sign; give the headers "
		    "of a request to have its signature checked", sender_name(listener->sender));
		return true;
	}
	if (!sender_verify(listener->sender, delivery->request, listener->secrets,
	    listener->secret_count, delivery->base_url, delivery->now,
	    delivery->arena, &delivery->proof, error)) {
		delivery_step(delivery, "signature", STEP_FAILED, "%s", error->detail);
		return false;
	}
	delivery_step(delivery, "signature", STEP_OK, "signed by %s",
	    sender_name(listener->sender));
	return true;
}

bool
admit_tell(struct delivery *delivery, struct error *error)
{
	const struct listener *listener = delivery->listener;
	struct span name = listener->full_name, key = listener->api_key;
	const char *why = closed(delivery);

	delivery_step(delivery, "endpoint", why == NULL ? STEP_OK : STEP_FAILED,
	    "%s listener %.*s%s%s", listener->type->name, (int)name.n, name.p,
	    why != NULL ? "; " : "", why != NULL ? why : "");
	if (key.n > 0)
		delivery_step(delivery, "api-key", STEP_SKIPPED, "a sender needs the API key %.*s",
		    (int)key.n, key.p);
	if (listener->sender != NULL && sender_signs(listener->sender) &&
	    !tell_signature(delivery, error))
		return false;
	return why == NULL || error_set(error, FAULT_UNKNOWN_LISTENER, "%s", why);
}
