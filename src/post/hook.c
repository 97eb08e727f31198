/* SPDX-License-Identifier: ISC */
#include "post/hook.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/json_document.h"
#include "base/secret.h"
#include "base/settings.h"
#include "base/text.h"
#include "http/request.h"
#include "post/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_MS 5000L
#define ANSWER_KEPT ((size_t)1024)
#define SECRETS_MAX 64
#define SECRET_MIN 4  /* shorter ones would mask the words around them */
#define SECOND INT64_C(1000000)

struct hook {
	struct arena *arena;
	const struct settings *settings;
	struct json_object *parcel;
	CURL *easy;
	struct curl_slist *headers;
	struct buf answer;
	bool cut;                   /* the answer is longer than what is read */
	const char *refused;        /* what kind of network the address lies in */
	char address[INET6_ADDRSTRLEN];
	struct span secrets[SECRETS_MAX]; /* masked in what is kept of the answer */
	size_t secret_count;
	char error[CURL_ERROR_SIZE];
};

struct span
hook_url(struct json_object *parcel)
{
	struct json_object *url = json_get(parcel, "url");

	return json_is_object(url) ? json_string(url, "secret") : json_span(url);
}

struct span
hook_host(struct arena *arena, struct span url)
{
	CURLU *parsed = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;
	struct span name = SPAN("");

	if (parsed == NULL)
		abort();
	if (curl_url_set(parsed, CURLUPART_URL, arena_string(arena, url), 0) == CURLUE_OK &&
	    curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		name = text_fold(arena, span_of(arena_printf(arena, "%s://%s:%s", scheme, host,
		    port)));
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parsed);
	return name;
}

struct span
hook_signature(struct arena *arena, struct span secret, struct span id,
    int64_t timestamp, struct span body)
{
	const char *time = arena_printf(arena, "%lld", (long long)timestamp);
	const struct span parts[] = { id, SPAN("."), span_of(time), SPAN("."), body };
	unsigned char mac[SECRET_MAC_MAX];
	struct span key, encoded;
	size_t n;

	if (!span_starts(secret, "whsec_") || !secret_base64_read(arena,
	    (struct span){ secret.p + 6, secret.n - 6 }, &key) || key.n == 0)
		return SPAN("");
	n = secret_hmac(SECRET_SHA256, key, parts, sizeof parts / sizeof parts[0], mac);
	encoded = secret_base64(arena, (struct span){ (const char *)mac, n });
	return span_of(arena_printf(arena, "v1,%.*s", (int)encoded.n, encoded.p));
}

/* Decides with the address after resolution: names, odd spellings and answers
 * that change have become what is really called. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct hook *hook = arg;
	const struct settings *settings = hook->settings;
	const void *bytes = to->family == AF_INET6
	    ? (const void *)&((struct sockaddr_in6 *)(void *)&to->addr)->sin6_addr
	    : (const void *)&((struct sockaddr_in *)(void *)&to->addr)->sin_addr;

	(void)purpose;
	if ((to->family != AF_INET && to->family != AF_INET6) ||
	    inet_ntop(to->family, bytes, hook->address, sizeof hook->address) == NULL)
		return CURL_SOCKET_BAD;
	hook->refused = address_refused(span_of(hook->address), settings->hooks_allow,
	    settings->hooks_allow_count);
	if (hook->refused != NULL)
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t
take_answer(char *bytes, size_t one, size_t n, void *arg)
{
	struct hook *hook = arg;
	size_t room = (size_t)hook->settings->hooks_response_bytes - hook->answer.n;

	(void)one;
	hook->cut = n > room;
	buf_put(&hook->answer, bytes, hook->cut ? room : n);
	return hook->cut ? 0 : n;
}

static void
hook_free(void *arg)
{
	struct hook *hook = arg;

	curl_easy_cleanup(hook->easy);
	curl_slist_free_all(hook->headers);
	buf_free(&hook->answer);
}

static void
add_header(struct hook *hook, const char *name, struct span value)
{
	/* libcurl leaves out a header without value, but for this spelling. */
	const char *line = value.n > 0
	    ? arena_printf(hook->arena, "%s: %.*s", name, (int)value.n, value.p)
	    : arena_printf(hook->arena, "%s;", name);
	struct curl_slist *longer = curl_slist_append(hook->headers, line);

	if (longer == NULL)
		abort();
	hook->headers = longer;
}

static void
remember_secret(struct hook *hook, struct span secret)
{
	if (secret.n >= SECRET_MIN && hook->secret_count < SECRETS_MAX)
		hook->secrets[hook->secret_count++] = secret;
}

/* Receivers know it as the path. */
static void
remember_url(struct hook *hook, struct span url)
{
	const char *start = memmem(url.p, url.n, "://", 3), *path = start == NULL ? NULL
	    : memchr(start + 3, '/', (size_t)(url.p + url.n - start) - 3);

	remember_secret(hook, url);
	if (path != NULL)
		remember_secret(hook, (struct span){ path, (size_t)(url.p + url.n - path) });
}

static bool
is_value(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (((unsigned char)value.p[i] < ' ' && value.p[i] != '\t') ||
		    value.p[i] == 0x7f)
			return false;
	return true;
}

static void
refuse_header(const char *name, struct verdict *verdict)
{
	struct buf shown = { 0 };

	text_visible(&shown, span_of(name));
	verdict_set(verdict, VERDICT_DEAD, "the header '%.*s' cannot be sent: it is set by "
	    "Earshot, or holds control characters", (int)(shown.n > 80 ? 80 : shown.n),
	    shown.n > 0 ? shown.p : "");
	buf_free(&shown);
}

static bool
set_headers(struct hook *hook, struct verdict *verdict)
{
	struct doc_member *members;
	size_t n = doc_members(hook->arena, json_get(hook->parcel, "headers"), &members);
	bool type = false, agent = false;

	for (size_t i = 0; i < n; i++) {
		const char *name = members[i].name;
		struct span value = json_span(members[i].value);

		if (json_is_object(members[i].value)) {
			value = json_string(members[i].value, "secret");
			remember_secret(hook, value);
		}
		if (!request_is_token(span_of(name)) || !is_value(value) ||
		    request_is_reserved(span_of(name)) ||
		    strcasecmp(name, "x-earshot-hops") == 0) {
			refuse_header(name, verdict);
			return false;
		}
		type = type || strcasecmp(name, "content-type") == 0;
		agent = agent || strcasecmp(name, "user-agent") == 0;
		add_header(hook, name, value);
	}
	if (!agent)
		add_header(hook, "User-Agent", SPAN("Earshot"));
	/* Without a value libcurl leaves out what it would send by itself. */
	hook->headers = curl_slist_append(hook->headers, "Expect:");
	if (!type)
		hook->headers = curl_slist_append(hook->headers, "Content-Type:");
	return true;
}

static bool
set_own_headers(struct hook *hook, struct span body, int64_t now,
    struct verdict *verdict)
{
	struct span id = json_string(hook->parcel, "id"), signature;
	struct span secret = json_string(hook->parcel, "sign");
	int64_t hops = json_integer(hook->parcel, "hops", 0) + 1;
	const char *time = arena_printf(hook->arena, "%lld", (long long)(now / SECOND));

	if (hops < 1 || hops > HOOK_HOPS_MAX) {
		verdict_set(verdict, VERDICT_DEAD, "it is the last of a chain of %d webhooks that "
		    "caused each other; longer ones are taken for a loop", HOOK_HOPS_MAX);
		return false;
	}
	add_header(hook, "X-Earshot-Hops",
	    span_of(arena_printf(hook->arena, "%d", (int)hops)));
	add_header(hook, "webhook-id", id);
	add_header(hook, "webhook-timestamp", span_of(time));
	if (!json_has(hook->parcel, "sign"))
		return true;
	signature = hook_signature(hook->arena, secret, id, now / SECOND, body);
	if (signature.n == 0) {
		verdict_set(verdict, VERDICT_DEAD, "its secret is not \"whsec_\" and base64");
		return false;
	}
	remember_secret(hook, secret);
	add_header(hook, "webhook-signature", signature);
	return true;
}

static bool
set_method(struct hook *hook, struct span body, struct verdict *verdict)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	struct span method = json_string(hook->parcel, "method");
	size_t i = 0;

	while (i < sizeof methods / sizeof methods[0] && !span_is(method, methods[i]))
		i++;
	if (i == sizeof methods / sizeof methods[0]) {
		verdict_set(verdict, VERDICT_DEAD, "its method must be POST, PUT, PATCH, DELETE "
		    "or GET");
		return false;
	}
	if (i != 0 && (i != 4 || body.n > 0)) {
		curl_easy_setopt(hook->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(hook->easy, CURLOPT_POSTFIELDS, body.n > 0 ? body.p : "");
		curl_easy_setopt(hook->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	}
	curl_easy_setopt(hook->easy, CURLOPT_CUSTOMREQUEST, methods[i]);
	return true;
}

static void
set_auth(struct hook *hook)
{
	struct json_object *auth = json_get(hook->parcel, "auth");
	struct span password = json_string(auth, "password");

	if (auth == NULL)
		return;
	remember_secret(hook, password);
	curl_easy_setopt(hook->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(hook->easy, CURLOPT_USERNAME,
	    arena_string(hook->arena, json_string(auth, "user")));
	curl_easy_setopt(hook->easy, CURLOPT_PASSWORD, arena_string(hook->arena, password));
}

/* Nothing of the environment and nothing of the answer leads elsewhere. */
static void
set_limits(struct hook *hook)
{
	const struct settings *settings = hook->settings;
	int64_t timeout = json_integer(hook->parcel, "timeout", settings->hooks_timeout);
	CURL *easy = hook->easy;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
	    settings->hooks_allow_http ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* the macro has judged it */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, hook);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, hook);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, hook->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (settings->hooks_ca_file.n > 0)
		curl_easy_setopt(easy, CURLOPT_CAINFO,
		    arena_string(hook->arena, settings->hooks_ca_file));
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(timeout / 1000));
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
}

struct hook *
hook_new(struct arena *arena, const struct settings *settings,
    struct json_object *parcel, int64_t now, struct verdict *verdict)
{
	struct hook *hook = arena_alloc(arena, sizeof *hook);
	struct span url = hook_url(parcel), body = json_string(parcel, "body");

	*hook = (struct hook){ .arena = arena, .settings = settings, .parcel = parcel,
		.easy = curl_easy_init() };
	if (hook->easy == NULL)
		abort();
	arena_defer(arena, hook_free, hook);
	if (memchr(url.n > 0 ? url.p : "", '\0', url.n) != NULL) {
		verdict_set(verdict, VERDICT_DEAD, "its URL holds a NUL");
		return NULL;
	}
	if (json_is_object(json_get(parcel, "url")))
		remember_url(hook, url);
	curl_easy_setopt(hook->easy, CURLOPT_URL, arena_string(arena, url));
	set_limits(hook);
	set_auth(hook);
	if (!set_method(hook, body, verdict) || !set_headers(hook, verdict) ||
	    !set_own_headers(hook, body, now, verdict))
		return NULL;
	curl_easy_setopt(hook->easy, CURLOPT_HTTPHEADER, hook->headers);
	return hook;
}

CURL *
hook_handle(struct hook *hook)
{
	return hook->easy;
}

/* An echo of our request must not carry secrets into the outbox. */
static struct span
masked(struct hook *hook, struct span text)
{
	struct buf out = { 0 };
	size_t i = 0, k;

	while (i < text.n) {
		for (k = 0; k < hook->secret_count; k++)
			if (hook->secrets[k].n <= text.n - i &&
			    memcmp(text.p + i, hook->secrets[k].p, hook->secrets[k].n) == 0)
				break;
		if (k < hook->secret_count) {
			buf_puts(&out, "***");
			i += hook->secrets[k].n;
		} else {
			buf_putc(&out, text.p[i++]);
		}
	}
	return buf_keep(&out, hook->arena);
}

static void
judge_status(struct hook *hook, struct verdict *verdict)
{
	int status = verdict->status;
	bool passing = status == 408 || status == 409 || status == 425 || status == 429;

	if (status >= 200 && status < 300)
		verdict->result = VERDICT_SENT;
	else if (status >= 400 && status < 500 && !passing)
		verdict_set(verdict, VERDICT_DEAD, "answered with status %d%s", status,
		    status == 410 ? ": gone for good" : "");
	else
		verdict_set(verdict, VERDICT_LATER, "answered with status %d%s", status,
		    status >= 300 && status < 400 ? "; redirects are not followed" : "");
	verdict->host_ill = verdict->result == VERDICT_LATER && status != 409;
	if (verdict->result != VERDICT_SENT || json_get(hook->parcel, "returns") == NULL)
		return;
	if (hook->cut)
		verdict_set(verdict, VERDICT_SENT, "the answer was longer than %lld bytes, and "
		    "nothing was taken from it: [hooks] response_bytes",
		    (long long)hook->settings->hooks_response_bytes);
	else
		verdict->returned = arena_copy(hook->arena, buf_bytes(&hook->answer));
}

static void
judge_failure(struct hook *hook, CURLcode result, struct verdict *verdict)
{
	const char *error = hook->error[0] != '\0' ? hook->error : curl_easy_strerror(result);

	if (result == CURLE_COULDNT_CONNECT && hook->refused != NULL)
		verdict_set(verdict, VERDICT_DEAD, "%s is not called, it lies in %s: [hooks] allow "
		    "lists exceptions", hook->address, hook->refused);
	else if (result == CURLE_UNSUPPORTED_PROTOCOL)
		verdict_set(verdict, VERDICT_DEAD, "only https:// is called%s",
		    hook->settings->hooks_allow_http ? ", and http://"
		                                     : ": [hooks] allow_http adds http://");
	else if (result == CURLE_URL_MALFORMAT || result == CURLE_LOGIN_DENIED)
		verdict_set(verdict, VERDICT_DEAD, "its URL cannot be called: %s", error);
	else
		verdict_set(verdict, VERDICT_LATER, "%s", error);
	verdict->host_ill = verdict->result == VERDICT_LATER;
}

void
hook_judge(struct hook *hook, CURLcode result, struct verdict *verdict)
{
	curl_off_t retry_after = 0;
	long status = 0;

	curl_easy_getinfo(hook->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(hook->easy, CURLINFO_RETRY_AFTER, &retry_after);
	*verdict = (struct verdict){ .status = status > 0 && status < 1000 ? (int)status : 0 };
	if (retry_after > 0)
		verdict->retry_after = retry_after < 86400 ? retry_after * SECOND
		                                           : 86400 * SECOND;
	if (result == CURLE_OK || (result == CURLE_WRITE_ERROR && hook->cut))
		judge_status(hook, verdict);
	else
		judge_failure(hook, result, verdict);
	verdict->answer = text_head(masked(hook, buf_bytes(&hook->answer)), ANSWER_KEPT);
}
