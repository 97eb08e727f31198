/* SPDX-License-Identifier: ISC */
/* The circuit breaker: who gets how much. Pauses end by the test setting them. */
#include "post/courier_private.h"

#include "base/settings.h"
#include "base/text.h"
#include "tap.h"

#define FAILURES 5

static const struct verdict ill = { .result = VERDICT_LATER, .host_ill = true },
	well = { .result = VERDICT_SENT }, refused = { .result = VERDICT_DEAD };

static int64_t
pause_of(const struct host *host)
{
	return (host->paused_until - text_clock() + COURIER_SECOND / 2) / COURIER_SECOND;
}

static void
fail(struct host *host, unsigned times)
{
	while (times-- > 0)
		host_note(host, &ill, 1);
}

static void
test_breaker(struct courier *courier, struct host *host)
{
	int64_t pauses[] = { 20, 40, 80, 160, 320, 600, 600 };

	ok(host_limit(courier, host) == 4, "as many at once as the setting says");
	fail(host, FAILURES - 1);
	ok(host_limit(courier, host) == 4, "four failures are nothing");
	host_note(host, &refused, 1);
	fail(host, FAILURES - 1);
	ok(host_limit(courier, host) == 4, "nor in a row when it answered between them");
	fail(host, 1);
	ok(host_limit(courier, host) == 0 && pause_of(host) == 10, "after five it gets nothing");
	fail(host, 3);
	ok(pause_of(host) == 10, "those that were on their way together count once");
	for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
		host->paused_until = text_clock();
		ok(host_limit(courier, host) == 1, "after a pause one goes ahead");
		fail(host, 1);
		ok(host_limit(courier, host) == 0 && pause_of(host) == pauses[i],
		    "and if it fails the next pause has %d s", (int)pauses[i]);
	}
	host->paused_until = text_clock();
	host_note(host, &well, 1);
	ok(host_limit(courier, host) == 4, "if it does not, all is as before");
}

static void
test_retry_after(struct courier *courier, struct host *host)
{
	struct verdict later = ill;

	later.retry_after = 40 * COURIER_SECOND;
	host_note(host, &later, 1);
	ok(host_limit(courier, host) == 0 && pause_of(host) == 40,
	    "a host that says when is left in peace until then");
	host->paused_until = text_clock();
	later.retry_after = 86400 * COURIER_SECOND;
	host_note(host, &later, 1);
	ok(pause_of(host) == 600, "but others for it not longer than by itself");
}

int
main(void)
{
	struct settings settings = { .hooks_per_host = 4 };
	struct courier courier = { .settings = &settings };

	test_breaker(&courier, host_get(&courier, SPAN("https://a.example:443")));
	test_retry_after(&courier, host_get(&courier, SPAN("https://b.example:443")));
	ok(host_get(&courier, SPAN("https://a.example:443")) !=
	    host_get(&courier, SPAN("https://b.example:443")) &&
	    host_get(&courier, SPAN("https://a.example:443"))->failures == 0,
	    "each host has its own");
	while (courier.hosts != NULL) {
		courier.hosts->paused_until = 0;
		courier.hosts->used -= 601 * COURIER_SECOND;
		host_free_unused(&courier);
	}
	ok(courier.hosts == NULL, "those that are not used any more are forgotten");
	return tap_done();
}
