/* SPDX-License-Identifier: ISC */
/* The loop. */
#include "post/courier_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "serve/caller.h"
#include "store/owner.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define LOOK_EVERY (COURIER_SECOND / 2)
#define SCHEDULES_EVERY (60 * COURIER_SECOND)
#define TELL_AFTER (COURIER_SECOND / 20)
#define TELL_COUNT 50
#define TROUBLE_PAUSE (2 * COURIER_SECOND)   /* when the store cannot be asked */
#define LEASE_MARGIN (5 * COURIER_SECOND)
#define STOP_TIME (5 * COURIER_SECOND)       /* for what is on its way */
#define OWNER_TIME (5 * COURIER_SECOND)
#define RELIEF_AFTER COURIER_SECOND
#define COURIER_FEW (COURIER_HELD / 2)       /* room for more */
#define PROGRAM_LOOK (COURIER_SECOND / 50)

static void
begin(struct courier *courier, const char *home, const struct settings *settings)
{
	*courier = (struct courier){ .settings = settings };
	/* A receiver that hangs up, or a program that does not read. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	owner_process(courier->worker);
	courier->caller = caller_new(home, settings, CALLER_SPAWNS);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (courier->multi = curl_multi_init()) == NULL)
		abort();
	curl_multi_setopt(courier->multi, CURLMOPT_MAXCONNECTS, (long)COURIER_AT_ONCE);
}

static void
end(struct courier *courier)
{
	struct host *host;

	curl_multi_cleanup(courier->multi);
	curl_global_cleanup();
	caller_free(&courier->caller);
	buf_free(&courier->reports);
	while ((host = courier->hosts) != NULL) {
		courier->hosts = host->next;
		free(host->name);
		free(host);
	}
}

static CURL *
handle_of(const struct errand *errand)
{
	return errand->hook != NULL ? hook_handle(errand->hook) : mail_handle(errand->mail);
}

/* It is not on its way any more. */
static void
finish(struct courier *courier, struct errand *errand, const struct verdict *verdict)
{
	struct errand **at = &courier->running;

	while (*at != errand)
		at = &(*at)->next;
	*at = errand->next;
	courier->on_way--;
	errand->host->running--;
	if (handle_of(errand) == NULL)
		courier->programs--;
	else
		curl_multi_remove_handle(courier->multi, handle_of(errand));
	host_note(errand->host, verdict, text_clock() - errand->started);
	post_report(courier, errand, verdict);
}

static void
start(struct courier *courier, struct errand *errand)
{
	bool is_mail = span_is(json_string(errand->parcel, "kind"), "email");
	struct verdict verdict = { .result = VERDICT_BACK };

	if (text_clock() + errand->timeout + LEASE_MARGIN > errand->lease_end) {
		post_report(courier, errand, &verdict); /* it could be sent twice */
		return;
	}
	errand->started = text_clock();
	if (is_mail)
		errand->mail = mail_new(errand->arena, courier->settings, errand->parcel, &verdict);
	else
		errand->hook = hook_new(errand->arena, courier->settings, errand->parcel,
		    text_now(), &verdict);
	if (errand->mail == NULL && errand->hook == NULL) {
		if (verdict.host_ill)
			host_note(errand->host, &verdict, 0);
		post_report(courier, errand, &verdict);
		return;
	}
	errand->next = courier->running;
	courier->running = errand;
	courier->on_way++;
	errand->host->running++;
	if (handle_of(errand) == NULL) {
		courier->programs++;
		return;
	}
	curl_easy_setopt(handle_of(errand), CURLOPT_PRIVATE, errand);
	if (curl_multi_add_handle(courier->multi, handle_of(errand)) != CURLM_OK)
		abort();
}

/* One each in turn, so that no host keeps the others out. */
static void
start_some(struct courier *courier)
{
	bool started = true;

	while (started && courier->on_way < COURIER_AT_ONCE) {
		started = false;
		for (struct host *host = courier->hosts;
		    host != NULL && courier->on_way < COURIER_AT_ONCE; host = host->next)
			if (host->queued > 0 && host->running < host_limit(courier, host)) {
				start(courier, host_pop(host));
				started = true;
			}
	}
}

static void
pause_hosts(struct courier *courier)
{
	for (struct host *host = courier->hosts; host != NULL; host = host->next)
		host_pause(courier, host);
	host_free_unused(courier);
}

/* When our hands stay full, it is of parcels for slow hosts, and others may wait
 * behind them: make room to have a look. */
static void
relieve_hosts(struct courier *courier)
{
	int64_t now = text_clock();

	if (courier->held < COURIER_FEW) {
		courier->next_relief = now + RELIEF_AFTER;
		return;
	}
	if (now < courier->next_relief)
		return;
	courier->next_relief = now + RELIEF_AFTER;
	for (struct host *host = courier->hosts; host != NULL; host = host->next)
		host_relieve(courier, host);
}

static void
collect_transfers(struct courier *courier)
{
	struct verdict verdict;
	struct errand *errand;
	CURLMsg *message;
	int running, left;

	curl_multi_perform(courier->multi, &running);
	while ((message = curl_multi_info_read(courier->multi, &left)) != NULL) {
		CURLcode result = message->data.result;
		void *private = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		errand = private;
		if (errand->hook != NULL)
			hook_judge(errand->hook, result, &verdict);
		else
			mail_judge(errand->mail, result, &verdict);
		finish(courier, errand, &verdict);
	}
}

static void
collect_programs(struct courier *courier, bool now)
{
	struct errand *errand = courier->running, *next;
	struct verdict verdict;

	for (; errand != NULL && courier->programs > 0; errand = next) {
		next = errand->next;
		if (handle_of(errand) == NULL && mail_ended(errand->mail, now, &verdict))
			finish(courier, errand, &verdict);
	}
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until something happens, at most so long. */
static void
wait_for(struct courier *courier, int stop_fd, int64_t most)
{
	struct curl_waitfd fds[COURIER_AT_ONCE + 1];
	unsigned n = 0;

	if (stop_fd >= 0)
		fds[n++] = (struct curl_waitfd){ .fd = stop_fd, .events = CURL_WAIT_POLLIN };
	if (courier->programs > 0)
		most = least(most, PROGRAM_LOOK);
	for (struct errand *errand = courier->running; errand != NULL; errand = errand->next)
		if (handle_of(errand) == NULL && mail_event(errand->mail) >= 0)
			fds[n++] = (struct curl_waitfd){ .fd = mail_event(errand->mail),
				.events = CURL_WAIT_POLLIN };
	if (courier->report_count > 0)
		most = least(most, TELL_AFTER);
	if (most > 0)
		curl_multi_poll(courier->multi, fds, n, (int)(most / 1000), NULL);
}

/* False when the store could not be asked; both are tried again later then. */
static bool
tell_if_due(struct courier *courier)
{
	int64_t now = text_clock();

	if (courier->report_count == 0 || now < courier->reported ||
	    (courier->report_count < TELL_COUNT && courier->held > 0 &&
	    now - courier->reported < TELL_AFTER) || post_tell(courier))
		return true;
	courier->reported = courier->next_take = now + TROUBLE_PAUSE;
	return false;
}

static bool
take_if_due(struct courier *courier)
{
	int64_t now = text_clock();

	if (courier->held >= COURIER_FEW || courier->report_count > COURIER_HELD ||
	    (!courier->more && now < courier->next_take))
		return true;
	courier->next_take = now + LOOK_EVERY;
	if (!post_take(courier, COURIER_HELD - courier->held)) {
		courier->next_take = now + TROUBLE_PAUSE;
		return false;
	}
	return true;
}

static void
schedules_if_due(struct courier *courier)
{
	int64_t now = text_clock();

	if (!courier->schedules_more && now < courier->next_schedules)
		return;
	courier->next_schedules = now + SCHEDULES_EVERY;
	post_schedules(courier);
	/* What a run was missed by is told with the rest. */
	if (!courier->schedules_more)
		post_watch(courier);
}

static bool
work(struct courier *courier)
{
	collect_transfers(courier);
	collect_programs(courier, false);
	pause_hosts(courier);
	relieve_hosts(courier);
	start_some(courier);
	return tell_if_due(courier);
}

/* There is something to be asked for at once. */
static bool
is_pressed(const struct courier *courier)
{
	return courier->schedules_more || (courier->more && courier->held < COURIER_FEW);
}

/* Nothing is begun any more; what is on its way may arrive. */
static void
stop(struct courier *courier)
{
	int64_t deadline = text_clock() + STOP_TIME;
	struct verdict verdict = { 0 };

	for (struct host *host = courier->hosts; host != NULL; host = host->next)
		while (host->queued > 0)
			post_back(courier, host_pop(host), 0, NULL);
	while (courier->on_way > 0 && text_clock() < deadline) {
		collect_transfers(courier);
		collect_programs(courier, false);
		wait_for(courier, -1, LOOK_EVERY);
	}
	collect_programs(courier, true);
	verdict_set(&verdict, VERDICT_LATER, "the courier was stopped meanwhile");
	while (courier->running != NULL)
		finish(courier, courier->running, &verdict);
	/* Its owner may be a daemon that ends as well, and another one come. */
	while (courier->report_count > 0 && !post_tell(courier) && text_clock() < deadline)
		usleep(100000);
}

static bool
must_stop(int stop_fd)
{
	struct pollfd pollfd = { .fd = stop_fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) > 0;
}

/* The daemon that started us opens the store; only without one is it done here. */
static void
wait_for_owner(const char *home, int stop_fd)
{
	int64_t deadline = text_clock() + OWNER_TIME;
	int fd;

	while (text_clock() < deadline && !must_stop(stop_fd)) {
		fd = owner_connect(home);
		if (fd >= 0) {
			close(fd);
			return;
		}
		usleep(20000);
	}
}

void
courier_run(const char *home, const struct settings *settings, int stop_fd)
{
	struct courier courier;

	/* They go to all processes of a daemon; the end comes through stop_fd, and
	 * leaves time for what is on its way. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	wait_for_owner(home, stop_fd);
	begin(&courier, home, settings);
	while (!must_stop(stop_fd)) {
		take_if_due(&courier);
		schedules_if_due(&courier);
		work(&courier);
		wait_for(&courier, stop_fd, is_pressed(&courier) ? 0 : LOOK_EVERY);
	}
	stop(&courier);
	end(&courier);
}

bool
courier_round(const char *home, const struct settings *settings,
    struct courier_summary *summary_r, struct error *error)
{
	struct courier courier;
	bool good = true;

	begin(&courier, home, settings);
	courier.before = text_now();
	courier.more = true;
	while (good && (courier.more || courier.held > 0 || courier.report_count > 0)) {
		if (courier.more)
			good = take_if_due(&courier);
		good = good && work(&courier);
		if (courier.held > 0 || courier.report_count > 0)
			wait_for(&courier, -1, is_pressed(&courier) ? 0 : LOOK_EVERY);
	}
	if (!good) {
		stop(&courier);
		*error = courier.error;
	}
	*summary_r = courier.summary;
	end(&courier);
	return good;
}
