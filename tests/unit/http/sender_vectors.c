/* SPDX-License-Identifier: ISC */
/* Signatures that others have published. */
#include "http/sender_draft.h"

#define KEY1 "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define WHSEC1 "whsec_" KEY1

#define SLACK_BODY "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&" \
	"team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&" \
	"user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&" \
	"text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J" \
	"%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015." \
	"47445629121.803a0bc887a14d10d2c447fce8b6703c"

/* Of the event in the tests of Stripe's own library for .NET. */
#define STRIPE_BODY \
	"{\n" \
	"  \"id\": \"evt_123\",\n" \
	"  \"object\": \"event\",\n" \
	"  \"account\": \"acct_123\",\n" \
	"  \"api_version\": \"2017-05-25\",\n" \
	"  \"created\": 1533204620,\n" \
	"  \"data\": {\n" \
	"    \"object\": {\n" \
	"      \"id\": \"ii_123\",\n" \
	"      \"object\": \"invoiceitem\",\n" \
	"      \"amount\": 1000,\n" \
	"      \"currency\": \"usd\",\n" \
	"      \"customer\": \"cus_123\",\n" \
	"      \"date\": 1533204620,\n" \
	"      \"description\": \"Test Invoice Item\",\n" \
	"      \"discountable\": false,\n" \
	"      \"invoice\": \"in_123\",\n" \
	"      \"livemode\": false,\n" \
	"      \"metadata\": {},\n" \
	"      \"period\": {\n" \
	"        \"start\": 1533204620,\n" \
	"        \"end\": 1533204620\n" \
	"      },\n" \
	"      \"plan\": null,\n" \
	"      \"proration\": false,\n" \
	"      \"quantity\": null,\n" \
	"      \"subscription\": null\n" \
	"    }\n" \
	"  },\n" \
	"  \"livemode\": false,\n" \
	"  \"pending_webhooks\": 1,\n" \
	"  \"request\": {\n" \
	"    \"id\": \"req_123\",\n" \
	"    \"idempotency_key\": \"idempotency-key-123\"\n" \
	"  },\n" \
	"  \"type\": \"invoiceitem.created\"\n" \
	"}\n"

static void
test_vectors(void)
{
	static const struct {
		const char *spec, *secret, *body;
		const char *headers[6];
		int64_t now;
	} vectors[] = {
		{ "github", "It's a Secret to Everybody", "Hello, World!",
		    { "x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b"
		      "8a37570b6d7586c22c46f4379c8b043e17" }, 1 },
		{ "standard-webhooks", WHSEC1, "{\"test\": 2432232314}",
		    { "webhook-signature",
		      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		      "webhook-timestamp", "1614265330",
		      "webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek" }, 1614265330 },
		{ "svix", KEY1, "{\"test\": 2432232314}",
		    { "svix-signature",
		      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		      "svix-timestamp", "1614265330",
		      "svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek" }, 1614265330 },
		{ "slack", "8f742231b10e8888abcd99yyyzzz85a5", SLACK_BODY,
		    { "x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4"
		      "a8d21a10bd27519666489c69b503",
		      "x-slack-request-timestamp", "1531420618" }, 1531420618 },
		{ "stripe", "webhook_secret", STRIPE_BODY,
		    { "stripe-signature", "t=1533204620,v1=f0bdba6d4eacbd8ad8a3bbadd7248e"
		      "633ec1477f7899c124c51b39405fa36613,v0=63f3a72374a733066c4be69ed7f8"
		      "e5ac85c22c9f0a6a612ab9a025a9e4ee7eef" }, 1533204620 + 100 },
	};

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct draft draft = { .request.body = span_of(vectors[i].body) };

		for (size_t k = 0; k < 6 && vectors[i].headers[k] != NULL; k += 2)
			draft_header(&draft, vectors[i].headers[k],
			    span_of(vectors[i].headers[k + 1]));
		is_fault(verify_at(vectors[i].spec, &draft, vectors[i].secret,
		    vectors[i].now * 1000000), FAULT_NONE, vectors[i].spec,
		    "published signature");
	}
}

int
main(void)
{
	if (!secret_start())
		return 1;
	arena = arena_new();
	test_vectors();
	arena_free(&arena);
	return tap_done();
}
