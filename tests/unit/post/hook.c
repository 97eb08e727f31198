/* SPDX-License-Identifier: ISC */
#include "post/hook.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/settings.h"
#include "post/address.h"
#include "tap.h"

#define ID "\"id\":\"019ac1d8-7c00-7abc-8def-0123456789ab\","
#define POST "\"method\":\"POST\",\"url\":\"https://hooks.example/\""

static void
check_signature(struct arena *arena)
{
	static const struct {
		const char *secret, *expected;
	} cases[] = {
		/* The vector of Standard Webhooks' libraries */
		{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		  "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" },
		{ "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "" },
		{ "whsec_", "" },
		{ "whsec_?", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_text(arena_string(arena, hook_signature(arena, span_of(cases[i].secret),
		    SPAN("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
		    SPAN("{\"test\": 2432232314}"))), cases[i].expected,
		    arena_printf(arena, "signature with the secret '%s'", cases[i].secret));
}

static const char *const never[] = {
	"0.0.0.0", "0.255.255.255", "10.0.0.1", "10.255.255.255", "100.64.0.1",
	"100.127.255.255", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.0.1",
	"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
	"192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255",
	"198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1",
	"255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
	"::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1",
	"100::1", "2001::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
	"5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
	"::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "2001:0:7f00:1::1",
	"2a00::5efe:127.0.0.1", "2a00::200:5efe:10.0.0.1", "2a00::5efe:169.254.169.254",
	"", "localhost", "1.2.3", "0x7f000001", "2130706433",
};

static const char *const always[] = {
	"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
	"126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255",
	"169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255",
	"192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:1.1.1.1",
	"2a00::5efe:8.8.8.8", "2a00::100:5efe:10.0.0.1", "2001:200::1", "2606:4700:4700::1111", "2a00::1",
};

static void
check_addresses(void)
{
	static const struct {
		const char *network, *address;
		bool allowed;
	} allow[] = {
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "::ffff:127.0.0.1", true },
		{ "127.0.0.1", "127.0.0.2", false },
		{ "10.1.0.0/16", "10.1.255.255", true },
		{ "10.1.0.0/16", "10.2.0.0", false },
		{ "fd00::/8", "fd12::1", true },
		{ "::/0", "127.0.0.1", false },
		{ "0.0.0.0/0", "::1", false },
	};
	struct text_network network;

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		ok(address_special(span_of(never[i])) != NULL, "'%s' is not called", never[i]);
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		ok(address_special(span_of(always[i])) == NULL, "'%s' may be called", always[i]);
	for (size_t i = 0; i < sizeof allow / sizeof allow[0]; i++) {
		text_network(span_of(allow[i].network), &network);
		ok((address_refused(span_of(allow[i].address), &network, 1) == NULL) ==
		    allow[i].allowed, "%s %s when %s is allowed", allow[i].address,
		    allow[i].allowed ? "is called" : "is not called", allow[i].network);
	}
}

static void
check_hosts(struct arena *arena)
{
	static const struct {
		const char *url, *host;
	} cases[] = {
		{ "https://Hooks.Example/a?b#c", "https://hooks.example:443" },
		{ "http://hooks.example", "http://hooks.example:80" },
		{ "https://hooks.example:8443/", "https://hooks.example:8443" },
		{ "https://[2001:db8::1]/", "https://[2001:db8::1]:443" },
		{ "https://", "" },
		{ "nonsense", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_text(arena_string(arena, hook_host(arena, span_of(cases[i].url))),
		    cases[i].host, arena_printf(arena, "the host of '%s'", cases[i].url));
}

static void
check_refusals(struct arena *arena)
{
	static const struct {
		const char *name, *parcel;
		bool good;
	} cases[] = {
		{ "a plain one", ID POST, true },
		{ "with headers", ID POST ",\"headers\":{\"X-A\":\"b\",\"X-B\":\"\",\"X-C\":"
		  "{\"secret\":\"s\"}}", true },
		{ "fifth of a chain", ID POST ",\"hops\":4", true },
		{ "sixth of a chain", ID POST ",\"hops\":5", false },
		{ "without a method", ID "\"url\":\"https://hooks.example/\"", false },
		{ "a method with a line break", ID
		  "\"method\":\"POST / HTTP/1.1\\r\\nX: y\",\"url\":\"https://hooks.example/\"",
		  false },
		{ "a line break in a value", ID POST ",\"headers\":{\"X-A\":\"b\\r\\nX-B: c\"}",
		  false },
		{ "a line break in a secret", ID POST
		  ",\"headers\":{\"X-A\":{\"secret\":\"b\\nX-B: c\"}}", false },
		{ "a NUL in a value", ID POST ",\"headers\":{\"X-A\":\"b\\u0000\"}", false },
		{ "a line break in a name", ID POST ",\"headers\":{\"X-A: b\\r\\nX-B\":\"c\"}",
		  false },
		{ "a colon in a name", ID POST ",\"headers\":{\"X-A:\":\"c\"}", false },
		{ "no name", ID POST ",\"headers\":{\"\":\"c\"}", false },
		{ "another host", ID POST ",\"headers\":{\"Host\":\"x.example\"}", false },
		{ "another length", ID POST ",\"headers\":{\"content-length\":\"0\"}", false },
		{ "another id", ID POST ",\"headers\":{\"Webhook-Id\":\"1\"}", false },
		{ "another count of hops", ID POST
		  ",\"headers\":{\"X-Earshot-Hops\":\"0\"}", false },
		{ "a secret that is none", ID POST ",\"sign\":\"whsec_?\"", false },
		{ "a NUL in the URL", ID
		  "\"method\":\"POST\",\"url\":\"https://a.example\\u0000/\"",
		  false },
	};
	struct text_network none = { { 0 }, 0 };
	struct settings settings = { .hooks_allow = &none, .hooks_timeout = 1000000 };
	struct error error = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct verdict verdict = { 0 };
		struct json_object *parcel = json_read(arena,
		    span_of(arena_printf(arena, "{%s}", cases[i].parcel)), &json_limits_default,
		    &error);
		struct hook *hook = hook_new(arena, &settings, parcel, 1, &verdict);

		ok(cases[i].good ? hook != NULL : hook == NULL &&
		    verdict.result == VERDICT_DEAD && verdict.error[0] != '\0' &&
		    strpbrk(verdict.error, "\r\n") == NULL, "%s: %s%s%s",
		    cases[i].good ? "sent" : "refused", cases[i].name,
		    verdict.error[0] != '\0' ? ": " : "", verdict.error);
	}
}

int
main(void)
{
	struct arena *arena = arena_new();

	secret_start();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	check_signature(arena);
	check_addresses();
	check_hosts(arena);
	check_refusals(arena);
	arena_free(&arena);
	curl_global_cleanup();
	return tap_done();
}
